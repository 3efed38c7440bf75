/*
 * across_template.h - margins of rows of few classes, many rows at once
 *
 * A row of ten logits does not fill a vector, and finding the largest element
 * within a vector takes longer than everything else. So a block of rows is
 * transposed first: one vector per class, one row per lane. Then every
 * operation is one between vectors. These are GCC's vector types, which clang
 * has too and which compile for any processor.
 *
 * Included once for each element type and variant, with these macros set (KEY
 * is an arithmetic type that orders like the values):
 *
 *   FN(base)        name of a function or type of this type and variant
 *   TARGET          the functions' attributes
 *   VECTOR          bytes of a vector
 *   STORED          the type of an element in memory
 *   KEY             see above
 *   KEY_OF(x)       stored -> key
 *   KEY_LOWEST      a key not above any other
 *   KEY_NAN         a NaN's
 *   VALUE_OF(k)     key -> double; NaN of KEY_NAN
 *   WHOLE           the signed integer of KEY's size
 *
 *   FILL(element, data, stride, classes)
 *                   element[c][r] = key of class c in row r, for ACROSS_ROWS
 *                   rows that are `stride` bytes apart; or not set
 *
 * and for vectors of keys, all bits of a lane meaning "yes":
 *
 *   NANS(k)         which are NaNs
 *   TIE(k)          keys that are the same for equal values
 */

typedef KEY FN(keys_) __attribute__((vector_size(VECTOR)));
typedef WHOLE FN(wholes_) __attribute__((vector_size(VECTOR)));

enum {
    FN(lanes_) = VECTOR / sizeof(KEY),
    FN(vectors_) = ACROSS_ROWS / (VECTOR / sizeof(KEY))
};

/* As many rows as a vector has lanes. */
struct FN(rows_) {
    FN(wholes_) label; /* -1: leave this row out */
    FN(keys_) assigned;
    FN(keys_) top;         /* the largest of the others so far */
    FN(wholes_) top_class; /* the first class that had it */
    FN(wholes_) nan;       /* is one of the others NaN? */
};

union FN(tile_) {
    KEY element[ACROSS_CLASSES][ACROSS_ROWS];
    FN(keys_) column[ACROSS_CLASSES][FN(vectors_)];
};

#define SELECT(type, mask, yes, no) \
    ((type)(((FN(wholes_))(yes) & (mask)) | ((FN(wholes_))(no) & ~(mask))))

TARGET static inline void FN(take_)(struct FN(rows_) * rows, FN(keys_) keys,
                                    WHOLE class)
{
    const FN(wholes_) own = rows->label == class;
    const FN(wholes_) larger = ~own & (TIE(keys) > TIE(rows->top));
    rows->nan |= ~own & NANS(keys);
    rows->assigned = SELECT(FN(keys_), own, keys, rows->assigned);
    rows->top = SELECT(FN(keys_), larger, keys, rows->top);
    rows->top_class = (rows->top_class & ~larger) | (larger & class);
}

TARGET static inline void FN(tell_)(struct FN(rows_) * rows,
                                    struct aum_measurements out, size_t first)
{
    const FN(keys_) none = {0};
    const FN(wholes_) left_out = rows->label < 0;
    const FN(wholes_) no_assigned = left_out | NANS(rows->assigned);
    const FN(wholes_) no_other = left_out | rows->nan;
    const FN(wholes_) beaten =
        (TIE(rows->top) > TIE(rows->assigned)) & ~no_assigned & ~no_other;
    KEY assigned[FN(lanes_)];
    KEY other[FN(lanes_)];
    WHOLE class[FN(lanes_)];
    const FN(keys_) assigned_keys =
        SELECT(FN(keys_), no_assigned, none + KEY_NAN, rows->assigned);
    const FN(keys_) other_keys =
        SELECT(FN(keys_), no_other, none + KEY_NAN, rows->top);
    const FN(wholes_) classes = rows->top_class | ~beaten;
    memcpy(assigned, &assigned_keys, sizeof assigned);
    memcpy(other, &other_keys, sizeof other);
    memcpy(class, &classes, sizeof class);
    for (size_t i = 0; i < FN(lanes_); i++)
        out.assigned[first + i] = VALUE_OF(assigned[i]);
    for (size_t i = 0; i < FN(lanes_); i++)
        out.other[first + i] = VALUE_OF(other[i]);
    for (size_t i = 0; i < FN(lanes_); i++) /* -1 is AUM_NO_CLASS */
        out.other_class[first + i] = (uint32_t)(int32_t) class[i];
}

TARGET static void FN(measure_across_)(const struct aum_logits *logits,
                                       size_t first_row, const uint32_t *labels,
                                       struct aum_measurements out)
{
    union FN(tile_) tile;
    const unsigned char *data =
        (const unsigned char *)logits->data + first_row * logits->row_stride;
#ifdef FILL
    FILL(tile.element, data, logits->row_stride, logits->classes);
#else
    for (size_t r = 0; r < ACROSS_ROWS; r++, data += logits->row_stride) {
        const STORED *row = (const void *)data;
        for (size_t c = 0; c < logits->classes; c++)
            tile.element[c][r] = KEY_OF(row[c]);
    }
#endif
    for (size_t v = 0; v < FN(vectors_); v++) {
        const size_t first = first_row + v * FN(lanes_);
        const FN(keys_) none = {0};
        struct FN(rows_)
            rows = {.assigned = none + KEY_LOWEST, .top = none + KEY_LOWEST};
        for (size_t i = 0; i < FN(lanes_); i++)
            rows.label[i] = (WHOLE)(int32_t)labels[first + i];
        for (size_t c = 0; c < logits->classes; c++)
            FN(take_)(&rows, tile.column[c][v], (WHOLE)c);
        FN(tell_)(&rows, out, first);
    }
}

#undef FN
#undef TARGET
#undef STORED
#undef KEY
#undef KEY_OF
#undef KEY_LOWEST
#undef KEY_NAN
#undef VALUE_OF
#undef WHOLE
#undef NANS
#undef TIE
#undef SELECT
