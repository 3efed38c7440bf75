/*
 * across_halves.h - across_template.h's functions for elements of 16 bits
 *
 * A float holds their values exactly, and there are vector instructions for
 * them; so a block of rows is widened, and measured as floats.
 *
 * Included once for each element type and variant, after that of float, with
 * these macros set:
 *
 *   FN(base)        name of a function or type of this type and variant
 *   F32(base)       the same of float
 *   TARGET          the functions' attributes
 *   VECTOR          bytes of a vector
 *   WIDEN(h)        the bits of elements' floats, of a vector of FN(words_)
 *                   that holds those of the elements
 */

typedef uint16_t FN(halves_) __attribute__((vector_size(VECTOR / 2)));
typedef uint32_t FN(words_) __attribute__((vector_size(VECTOR)));

TARGET static inline void FN(widen_)(const void *from, float *to, size_t n)
{
    for (size_t i = 0; i < n; i += VECTOR / sizeof *to) {
        FN(halves_) halves;
        memcpy(&halves, (const uint16_t *)from + i, sizeof halves);
        const FN(words_) words = __builtin_convertvector(halves, FN(words_));
        const FN(words_) bits = WIDEN(words);
        memcpy(to + i, &bits, sizeof bits);
    }
}

/* Widens ACROSS_ROWS rows, from first_row on, into `wide`: rows 0 and so on of
 * the logits that are returned. */
TARGET static inline struct aum_logits
FN(widen_rows_)(const struct aum_logits *logits, size_t first_row, float *wide)
{
    uint16_t rows[ACROSS_ROWS * ACROSS_CLASSES];
    const size_t row_size = logits->classes * sizeof *rows;
    const unsigned char *data =
        (const unsigned char *)logits->data + first_row * logits->row_stride;
    if (logits->row_stride != row_size) {
        for (size_t r = 0; r < ACROSS_ROWS; r++)
            memcpy(rows + r * logits->classes, data + r * logits->row_stride,
                   row_size);
        data = (const unsigned char *)rows;
    }
    FN(widen_)(data, wide, ACROSS_ROWS * logits->classes);
    return (struct aum_logits){
        .data = wide,
        .type = AUM_F32,
        .rows = ACROSS_ROWS,
        .classes = logits->classes,
        .row_stride = logits->classes * sizeof *wide,
    };
}

TARGET static void FN(measure_across_)(const struct aum_logits *logits,
                                       size_t first_row, const uint32_t *labels,
                                       struct aum_measurements out)
{
    float wide[ACROSS_ROWS * ACROSS_CLASSES];
    const struct aum_logits rows = FN(widen_rows_)(logits, first_row, wide);
    F32(measure_across_)
    (&rows, 0, labels + first_row, measurements_from(out, first_row));
}

TARGET static void FN(piece_across_)(const struct aum_logits *piece,
                                     size_t first_row, size_t first_class,
                                     const uint32_t *labels,
                                     struct aum_measurements out)
{
    float wide[ACROSS_ROWS * ACROSS_CLASSES];
    const struct aum_logits rows = FN(widen_rows_)(piece, first_row, wide);
    F32(piece_across_)
    (&rows, 0, first_class, labels + first_row,
     measurements_from(out, first_row));
}

#undef FN
#undef F32
#undef TARGET
#undef WIDEN
