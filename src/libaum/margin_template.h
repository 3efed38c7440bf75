/*
 * margin_template.h - the margin kernel for one element type
 *
 * Included by margin.c once per type, with these macros set:
 *
 *   NAME          suffix of the functions
 *   STORED        the element as it is in memory
 *   KEY           an arithmetic type that orders like the values
 *   KEY_OF(x)     stored -> key
 *   KEY_LOWEST    a key that is not above any other
 *   IS_NAN(x)     of a stored element
 *   VALUE_OF(k)   key -> double
 *
 * The maximum runs over LANES independent lanes, so that compilers turn the
 * inner loop into vector instructions for any target without being told that
 * the order of a maximum does not matter (with NaNs about, it would).
 */

#define CAT2(a, b) a##b
#define CAT(a, b) CAT2(a, b)
#define FN(base) CAT(base, NAME)
#define LANES (LANE_BYTES / sizeof(STORED))

/* The largest key of p[0..n-1] and of `top`; *nan is set if a NaN is there. */
static KEY FN(span_max_)(const STORED *p, size_t n, KEY top, bool *nan)
{
    size_t i = 0;
    if (n >= LANES) {
        KEY lane[LANES];
        KEY lane_nan[LANES];
        for (size_t j = 0; j < LANES; j++) {
            lane[j] = KEY_LOWEST;
            lane_nan[j] = 0;
        }
        for (; i + LANES <= n; i += LANES) {
            for (size_t j = 0; j < LANES; j++) {
                KEY k = KEY_OF(p[i + j]);
                lane[j] = k > lane[j] ? k : lane[j];
                lane_nan[j] = IS_NAN(p[i + j]) ? (KEY)1 : lane_nan[j];
            }
        }
        KEY any_nan = 0;
        for (size_t j = 0; j < LANES; j++) {
            top = lane[j] > top ? lane[j] : top;
            any_nan = lane_nan[j] > any_nan ? lane_nan[j] : any_nan;
        }
        *nan |= any_nan > 0;
    }
    for (; i < n; i++) {
        KEY k = KEY_OF(p[i]);
        top = k > top ? k : top;
        *nan |= IS_NAN(p[i]);
    }
    return top;
}

/* The first class but `skip` whose value is that of `key`. */
static uint32_t FN(class_of_)(const STORED *row, size_t skip, KEY key)
{
    size_t j = 0;
    while (j == skip || VALUE_OF(KEY_OF(row[j])) != VALUE_OF(key))
        j++;
    return (uint32_t)j;
}

static void FN(measure_rows_)(const struct aum_logits *logits,
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
        double assigned = IS_NAN(row[y]) ? NAN : VALUE_OF(KEY_OF(row[y]));
        out.assigned[i] = assigned;
        bool nan = false;
        KEY top = FN(span_max_)(row, y, KEY_LOWEST, &nan);
        top = FN(span_max_)(row + y + 1, classes - y - 1, top, &nan);
        double other = nan ? NAN : VALUE_OF(top);
        out.other[i] = other;
        if (other > assigned)
            out.other_class[i] = FN(class_of_)(row, y, top);
    }
}

static void FN(measure_piece_)(const struct aum_logits *piece,
                               size_t first_class, const uint32_t *labels,
                               struct aum_measurements out)
{
    const unsigned char *data = piece->data;
    const size_t classes = piece->classes;
    for (size_t i = 0; i < piece->rows; i++, data += piece->row_stride) {
        const STORED *row = (const void *)data;
        size_t others = classes;
        size_t y = SIZE_MAX; /* the assigned class, if this piece has it */
        bool nan = false;
        KEY top;
        if (labels[i] >= first_class && labels[i] - first_class < classes) {
            y = labels[i] - first_class;
            out.assigned[i] = IS_NAN(row[y]) ? NAN : VALUE_OF(KEY_OF(row[y]));
            top = FN(span_max_)(row, y, KEY_LOWEST, &nan);
            top = FN(span_max_)(row + y + 1, classes - y - 1, top, &nan);
            others--;
        } else {
            top = FN(span_max_)(row, classes, KEY_LOWEST, &nan);
        }
        if (nan) {
            out.other[i] = NAN;
        } else if (others > 0) {
            double other = VALUE_OF(top);
            if (other > out.other[i] || other == out.other[i]) {
                uint32_t c = (uint32_t)first_class + FN(class_of_)(row, y, top);
                if (other > out.other[i] || c < out.other_class[i])
                    out.other_class[i] = c;
                out.other[i] = other;
            }
        }
    }
}

#undef LANES
#undef FN
#undef CAT
#undef CAT2
#undef NAME
#undef STORED
#undef KEY
#undef KEY_OF
#undef KEY_LOWEST
#undef IS_NAN
#undef VALUE_OF
