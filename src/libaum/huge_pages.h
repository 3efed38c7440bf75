/*
 * huge_pages.h - fewer address translations for large arrays used at random
 *
 * With pages of 4 KiB, nearly every access to a large array at random takes a
 * walk through the page tables, and every page takes a page fault when it is
 * first touched. With pages of 2 MiB neither matters. On systems without them,
 * these functions are realloc().
 */
#ifndef LIBAUM_HUGE_PAGES_H
#define LIBAUM_HUGE_PAGES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

/* Below the first size, small pages do. From the second on, nearly all of an
 * array lies in whole huge pages even if its start is not aligned, and
 * realloc() may let it grow without a copy. */
#define HUGE_PAGES_FROM ((size_t)1 << 20)
#define HUGE_PAGES_UNALIGNED_FROM ((size_t)64 << 20)

static inline void huge_pages_prefer(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t mask = HUGE_PAGE - 1;
    const uintptr_t start = ((uintptr_t)memory + mask) & ~mask;
    const uintptr_t end = ((uintptr_t)memory + bytes) & ~mask;
    if (start < end)
        madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
}

/* Like calloc(): of large arrays, what is not used takes no memory. */
static inline void *huge_pages_zeroed(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory != NULL && bytes >= HUGE_PAGES_FROM)
        huge_pages_prefer(memory, bytes);
    return memory;
}

/* Like realloc(); old_bytes is the size of `old`. To be freed with free(). */
static inline void *huge_pages_resize(void *old, size_t old_bytes, size_t bytes)
{
    if (bytes < HUGE_PAGES_FROM || bytes >= HUGE_PAGES_UNALIGNED_FROM) {
        void *grown = realloc(old, bytes);
        if (grown != NULL && bytes >= HUGE_PAGES_FROM)
            huge_pages_prefer(grown, bytes);
        return grown;
    }
    const size_t whole = (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    void *grown = aligned_alloc(HUGE_PAGE, whole);
    if (grown == NULL)
        return NULL;
    huge_pages_prefer(grown, whole);
    if (old != NULL)
        memcpy(grown, old, old_bytes < bytes ? old_bytes : bytes);
    free(old);
    return grown;
}

#endif
