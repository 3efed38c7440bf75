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

/* The results of as many rows as a vector has. Every key is a double. */
typedef double FN(doubles_)
    __attribute__((vector_size(VECTOR / sizeof(KEY) * sizeof(double))));
typedef uint32_t FN(classes_)
    __attribute__((vector_size(VECTOR / sizeof(KEY) * sizeof(uint32_t))));

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

TARGET static inline void FN(tell_)(const struct FN(rows_) * rows,
                                    struct aum_measurements out, size_t first)
{
    const FN(keys_) none = {0};
    const FN(wholes_) left_out = rows->label < 0;
    const FN(wholes_) no_assigned = left_out | NANS(rows->assigned);
    const FN(wholes_) no_other = left_out | rows->nan;
    const FN(wholes_) beaten =
        (TIE(rows->top) > TIE(rows->assigned)) & ~no_assigned & ~no_other;
    const FN(keys_) assigned_keys =
        SELECT(FN(keys_), no_assigned, none + KEY_NAN, rows->assigned);
    const FN(keys_) other_keys =
        SELECT(FN(keys_), no_other, none + KEY_NAN, rows->top);
    const FN(wholes_) top_class = rows->top_class | ~beaten;
    const FN(doubles_) assigned =
        __builtin_convertvector(assigned_keys, FN(doubles_));
    const FN(doubles_) other =
        __builtin_convertvector(other_keys, FN(doubles_));
    const FN(classes_) class = /* -1 is AUM_NO_CLASS */
        __builtin_convertvector(top_class, FN(classes_));
    memcpy(out.assigned + first, &assigned, sizeof assigned);
    memcpy(out.other + first, &other, sizeof other);
    memcpy(out.other_class + first, &class, sizeof class);
}

/* Of pieces of rows: merges what this piece, whose first class is first_class,
 * has found into the results of those before it. There are no branches, because
 * it cannot be predicted which piece has the largest logit. */
TARGET static inline void FN(merge_)(const struct FN(rows_) * rows,
                                     size_t classes, size_t first_class,
                                     struct aum_measurements out, size_t first)
{
    FN(doubles_) assigned, other;
    FN(classes_) other_class;
    memcpy(&assigned, out.assigned + first, sizeof assigned);
    memcpy(&other, out.other + first, sizeof other);
    memcpy(&other_class, out.other_class + first, sizeof other_class);

    const FN(wholes_) own = rows->label < (WHOLE)classes;
    const FN(keys_) assigned_keys =
        SELECT(FN(keys_), own, rows->assigned,
               __builtin_convertvector(assigned, FN(keys_)));

    /* If all keys are the lowest, top_class is still 0. If class 0 is the
     * assigned one, the first other class is 1, in this piece or the next; that
     * matters only if the keys of all other pieces are the lowest, too. */
    const FN(wholes_) top_class =
        rows->top_class - (rows->top_class == rows->label);
    const FN(classes_) class =
        __builtin_convertvector(top_class, FN(classes_)) +
        (uint32_t)first_class;
    const FN(keys_) before = __builtin_convertvector(other, FN(keys_));
    const FN(wholes_) nan = rows->nan;
    const FN(wholes_) larger = (rows->top > before) & ~nan;
    const FN(wholes_) earlier =
        __builtin_convertvector(class < other_class, FN(wholes_));
    const FN(wholes_) tie = (rows->top == before) & earlier & ~nan;
    const FN(classes_) replaced =
        __builtin_convertvector(larger | tie, FN(classes_));
    const FN(keys_) none = {0};
    const FN(keys_) other_keys =
        SELECT(FN(keys_), nan, none + KEY_NAN,
               SELECT(FN(keys_), larger, rows->top, before));

    assigned = __builtin_convertvector(assigned_keys, FN(doubles_));
    other = __builtin_convertvector(other_keys, FN(doubles_));
    other_class = (class & replaced) | (other_class & ~replaced);
    memcpy(out.assigned + first, &assigned, sizeof assigned);
    memcpy(out.other + first, &other, sizeof other);
    memcpy(out.other_class + first, &other_class, sizeof other_class);
}

/* The rows' keys, by class: element[c][r], with r from 0 at first_row. */
TARGET static inline void FN(fill_)(union FN(tile_) * tile,
                                    const struct aum_logits *logits,
                                    size_t first_row)
{
    const unsigned char *data =
        (const unsigned char *)logits->data + first_row * logits->row_stride;
#ifdef FILL
    FILL(tile->element, data, logits->row_stride, logits->classes);
#else
    for (size_t r = 0; r < ACROSS_ROWS; r++, data += logits->row_stride) {
        const STORED *row = (const void *)data;
        for (size_t c = 0; c < logits->classes; c++)
            tile->element[c][r] = KEY_OF(row[c]);
    }
#endif
}

/* The rows of vector v of the tile. */
TARGET static inline struct FN(rows_)
    FN(walk_)(const union FN(tile_) * tile, size_t v, size_t classes,
              const uint32_t *labels)
{
    const FN(keys_) none = {0};
    struct FN(rows_)
        rows = {.assigned = none + KEY_LOWEST, .top = none + KEY_LOWEST};
    for (size_t i = 0; i < FN(lanes_); i++)
        rows.label[i] = (WHOLE)(int32_t)labels[v * FN(lanes_) + i];
    for (size_t c = 0; c < classes; c++)
        FN(take_)(&rows, tile->column[c][v], (WHOLE)c);
    return rows;
}

TARGET static void FN(measure_across_)(const struct aum_logits *logits,
                                       size_t first_row, const uint32_t *labels,
                                       struct aum_measurements out)
{
    union FN(tile_) tile;
    FN(fill_)(&tile, logits, first_row);
    for (size_t v = 0; v < FN(vectors_); v++) {
        const struct FN(rows_) rows =
            FN(walk_)(&tile, v, logits->classes, labels + first_row);
        FN(tell_)(&rows, out, first_row + v * FN(lanes_));
    }
}

TARGET static void FN(piece_across_)(const struct aum_logits *piece,
                                     size_t first_row, size_t first_class,
                                     const uint32_t *labels,
                                     struct aum_measurements out)
{
    union FN(tile_) tile;
    uint32_t within[ACROSS_ROWS]; /* a class of the piece, or none of them */
    for (size_t r = 0; r < ACROSS_ROWS; r++) {
        const size_t y = (size_t)labels[first_row + r] - first_class;
        within[r] = y < piece->classes ? (uint32_t)y : ACROSS_CLASSES;
    }
    FN(fill_)(&tile, piece, first_row);
    for (size_t v = 0; v < FN(vectors_); v++) {
        const struct FN(rows_) rows =
            FN(walk_)(&tile, v, piece->classes, within);
        FN(merge_)
        (&rows, piece->classes, first_class, out, first_row + v * FN(lanes_));
    }
}

#undef FN
#undef TARGET
#undef STORED
#undef KEY
#undef KEY_OF
#undef KEY_LOWEST
#undef KEY_NAN
#undef WHOLE
#undef NANS
#undef TIE
#undef SELECT
