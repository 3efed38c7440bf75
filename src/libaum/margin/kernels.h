/*
 * kernels.h - the variants of the margin kernels, for dispatch.c
 */
#ifndef LIBAUM_MARGIN_KERNELS_H
#define LIBAUM_MARGIN_KERNELS_H

#include "aum.h"

/* Results without those of the first rows. */
static inline struct aum_measurements
measurements_from(struct aum_measurements out, size_t row)
{
    return (struct aum_measurements){out.assigned + row, out.other + row,
                                     out.other_class + row};
}

typedef void (*margin_rows_fn)(const struct aum_logits *logits,
                               const uint32_t *labels,
                               struct aum_measurements out);
typedef void (*margin_piece_fn)(const struct aum_logits *piece,
                                size_t first_class, const uint32_t *labels,
                                struct aum_measurements out);

/* Measure the ACROSS_ROWS rows from first_row on, or pieces of them, of at most
 * ACROSS_CLASSES classes. */
#define ACROSS_CLASSES 32
#define ACROSS_ROWS 32

typedef void (*margin_across_fn)(const struct aum_logits *logits,
                                 size_t first_row, const uint32_t *labels,
                                 struct aum_measurements out);
typedef void (*margin_piece_across_fn)(const struct aum_logits *piece,
                                       size_t first_row, size_t first_class,
                                       const uint32_t *labels,
                                       struct aum_measurements out);

/* Strides and classes are as the public functions document them, but
 * row_stride is never 0, and one logit is not special. */
struct margin_kernel {
    margin_rows_fn rows;
    margin_piece_fn piece;
    margin_across_fn across;             /* both or neither; */
    margin_piece_across_fn piece_across; /* NULL if there is none */
};

/* Kernels by element type; those whose functions are NULL are left to the
 * portable variant. */
struct margin_variant {
    const char *name;
    bool (*runs_here)(void); /* does this processor have what it takes? */
    struct margin_kernel kernels[AUM_U64 + 1];
};

extern const struct margin_variant margin_portable;
#if defined(__x86_64__)
extern const struct margin_variant margin_avx2;
extern const struct margin_variant margin_avx512;
#endif

#endif
