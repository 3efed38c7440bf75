/*
 * dispatch.c - margins of blocks of rows, by the best kernels that the
 * processor runs
 */
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "aum.h"
#include "libaum/margin/kernels.h"

/* ---- dispatch ---- */

/* The best first. */
static const struct margin_variant *const variants[] = {
#if defined(__x86_64__)
    &margin_avx512,
    &margin_avx2,
#endif
    &margin_portable,
};

#define VARIANT_COUNT (sizeof variants / sizeof *variants)

/* Set on first use. Threads that race set it to the same. */
static const struct margin_variant *_Atomic chosen;

static const struct margin_variant *variant(void)
{
    const struct margin_variant *found =
        atomic_load_explicit(&chosen, memory_order_acquire);
    if (found != NULL)
        return found;
    size_t i = 0;
    while (!variants[i]->runs_here()) /* the last one does anywhere */
        i++;
    atomic_store_explicit(&chosen, variants[i], memory_order_release);
    return variants[i];
}

const char *aum_kernel_name(void)
{
    return variant()->name;
}

bool aum_kernel_select(const char *name)
{
    for (size_t i = 0; i < VARIANT_COUNT; i++) {
        if (strcmp(variants[i]->name, name) == 0 && variants[i]->runs_here()) {
            atomic_store_explicit(&chosen, variants[i], memory_order_release);
            return true;
        }
    }
    return false;
}

static const struct margin_kernel *kernel(enum aum_type type)
{
    const struct margin_kernel *found = &variant()->kernels[type];
    return found->rows != NULL ? found : &margin_portable.kernels[type];
}

/* ---- types ---- */

size_t aum_type_size(enum aum_type type)
{
    static const unsigned char sizes[] = {
        [AUM_F16] = 2, [AUM_BF16] = 2, [AUM_F32] = 4, [AUM_F64] = 8,
        [AUM_I8] = 1,  [AUM_I16] = 2,  [AUM_I32] = 4, [AUM_I64] = 8,
        [AUM_U8] = 1,  [AUM_U16] = 2,  [AUM_U32] = 4, [AUM_U64] = 8,
    };
    const size_t i = (size_t)type;
    return i < sizeof sizes ? sizes[i] : 0;
}

size_t aum_label_classes(size_t logit_classes)
{
    return logit_classes == 1 ? 2 : logit_classes;
}

static struct aum_logits with_stride(const struct aum_logits *logits)
{
    struct aum_logits full = *logits;
    if (full.row_stride == 0)
        full.row_stride = full.classes * aum_type_size(full.type);
    return full;
}

/* ---- measuring ---- */

#define BINARY_ROWS 256

/* One logit z per row: the measurements of the two logits (0, z). */
static void measure_binary(const struct aum_logits *logits,
                           const uint32_t *labels, struct aum_measurements out)
{
    /* The kernel reads z as the assigned logit of class 0. */
    static const uint32_t zeros[BINARY_ROWS] = {0};
    struct aum_logits block = *logits;
    for (size_t start = 0; start < logits->rows; start += BINARY_ROWS) {
        const size_t left = logits->rows - start;
        block.rows = left < BINARY_ROWS ? left : BINARY_ROWS;
        block.data =
            (const unsigned char *)logits->data + start * logits->row_stride;
        const struct aum_measurements at = measurements_from(out, start);
        kernel(logits->type)->rows(&block, zeros, at);
        for (size_t i = 0; i < block.rows; i++) {
            const uint32_t y = labels[start + i];
            const double z = at.assigned[i];
            at.assigned[i] = y == 1 ? z : 0;
            at.other[i] = y == 1 ? 0 : z;
            if (y == AUM_NO_CLASS)
                at.assigned[i] = at.other[i] = NAN;
            at.other_class[i] =
                at.other[i] > at.assigned[i] ? 1 - y : AUM_NO_CLASS;
        }
    }
}

/* Without the first rows. */
static struct aum_logits logits_from(const struct aum_logits *logits,
                                     size_t row)
{
    struct aum_logits rest = *logits;
    rest.rows -= row;
    rest.data = (const unsigned char *)logits->data + row * logits->row_stride;
    return rest;
}

/* As many rows at once as the kernel takes, the others one by one. */
static void measure_rows(const struct aum_logits *logits,
                         const uint32_t *labels, struct aum_measurements out)
{
    const struct margin_kernel *found = kernel(logits->type);
    size_t done = 0;
    if (found->across != NULL && logits->classes <= ACROSS_CLASSES) {
        for (; logits->rows - done >= ACROSS_ROWS; done += ACROSS_ROWS)
            found->across(logits, done, labels, out);
    }
    const struct aum_logits rest = logits_from(logits, done);
    found->rows(&rest, labels + done, measurements_from(out, done));
}

void aum_measure(const struct aum_logits *logits, const uint32_t *labels,
                 struct aum_measurements out)
{
    struct aum_logits full = with_stride(logits);
    if (full.classes == 1)
        measure_binary(&full, labels, out);
    else
        measure_rows(&full, labels, out);
}

void aum_measure_clear(struct aum_measurements out, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        out.assigned[i] = NAN;
        out.other[i] = -INFINITY;
        out.other_class[i] = AUM_NO_CLASS;
    }
}

void aum_measure_piece(const struct aum_logits *piece, size_t first_class,
                       const uint32_t *labels, struct aum_measurements out)
{
    const struct aum_logits full = with_stride(piece);
    const struct margin_kernel *found = kernel(full.type);
    size_t done = 0;
    if (found->across != NULL && full.classes <= ACROSS_CLASSES) {
        for (; full.rows - done >= ACROSS_ROWS; done += ACROSS_ROWS)
            found->piece_across(&full, done, first_class, labels, out);
    }
    const struct aum_logits rest = logits_from(&full, done);
    found->piece(&rest, first_class, labels + done,
                 measurements_from(out, done));
}

void aum_measure_finish(struct aum_measurements out, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        if (!(out.other[i] > out.assigned[i]))
            out.other_class[i] = AUM_NO_CLASS;
    }
}
