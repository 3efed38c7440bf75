/*
 * template.h - the margin kernel for one element type and variant
 *
 * Included once for each, with these macros set (KEY is an arithmetic type that
 * orders like the values):
 *
 *   FN(base)        name of a function of this type and variant
 *   TARGET          the functions' attributes
 *   STORED          the type of an element in memory
 *   KEY_OF(x)       stored -> key
 *   KEY             see above
 *   IS_NAN(x)       of a stored element
 *   VALUE_OF(k)     key -> double
 *
 * and with these functions defined:
 *
 *   KEY FN(others_max_)(const STORED *p, size_t n, size_t skip, bool *nan)
 *       the largest key of p[0..n-1] except p[skip] (skip may be beyond n), or
 *       a key below all others if there is none; *nan reports whether one of
 *       them is a NaN, in which case any key may be returned
 *   size_t FN(class_of_)(const STORED *p, size_t n, size_t skip, KEY key)
 *       the index of the first element except p[skip] whose value is the
 *       key's; there always is one
 */

TARGET static void FN(measure_rows_)(const struct aum_logits *logits,
                                     const uint32_t *labels,
                                     struct aum_measurements out)
{
    const unsigned char *data = logits->data;
    const size_t classes = logits->classes;
    for (size_t i = 0; i < logits->rows; i++, data += logits->row_stride) {
        const STORED *row = (const void *)data;
        const size_t y = labels[i];
        out.other_class[i] = AUM_NO_CLASS;
        if (labels[i] == AUM_NO_CLASS) {
            out.assigned[i] = out.other[i] = NAN;
            continue;
        }
        const double assigned =
            IS_NAN(row[y]) ? (double)NAN : VALUE_OF(KEY_OF(row[y]));
        out.assigned[i] = assigned;
        bool nan;
        const KEY top = FN(others_max_)(row, classes, y, &nan);
        const double other = nan ? (double)NAN : VALUE_OF(top);
        out.other[i] = other;
        if (other > assigned)
            out.other_class[i] = (uint32_t)FN(class_of_)(row, classes, y, top);
    }
}

TARGET static void FN(measure_piece_)(const struct aum_logits *piece,
                                      size_t first_class,
                                      const uint32_t *labels,
                                      struct aum_measurements out)
{
    const unsigned char *data = piece->data;
    const size_t classes = piece->classes;
    for (size_t i = 0; i < piece->rows; i++, data += piece->row_stride) {
        const STORED *row = (const void *)data;
        /* Beyond the piece if it does not have the assigned class. */
        const size_t y = (size_t)labels[i] - first_class;
        size_t others = classes;
        if (y < classes) {
            out.assigned[i] =
                IS_NAN(row[y]) ? (double)NAN : VALUE_OF(KEY_OF(row[y]));
            others--;
        }
        if (others == 0)
            continue;
        bool nan;
        const KEY top = FN(others_max_)(row, classes, y, &nan);
        const double other = nan ? (double)NAN : VALUE_OF(top);
        if (nan)
            out.other[i] = NAN;
        else if (other >= out.other[i]) {
            const uint32_t c =
                (uint32_t)(first_class + FN(class_of_)(row, classes, y, top));
            if (other > out.other[i] || c < out.other_class[i])
                out.other_class[i] = c;
            out.other[i] = other;
        }
    }
}

#undef FN
#undef TARGET
#undef STORED
#undef KEY
#undef KEY_OF
#undef IS_NAN
#undef VALUE_OF
