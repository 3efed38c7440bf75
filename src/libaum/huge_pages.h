/*
 * huge_pages.h - fewer address translations for large arrays used at random
 *
 * With pages of 4 KiB, each access to another sample of ten million costs a
 * walk through the page tables; with those of 2 MiB they stay in the TLB.
 */
#ifndef AUM_HUGE_PAGES_H
#define AUM_HUGE_PAGES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#define HUGE_PAGE ((uintptr_t)2 << 20)

/* Asks for them in memory from malloc or realloc that has not been touched
 * yet. Changes nothing but speed. */
static inline void huge_pages_prefer(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t start =
        ((uintptr_t)memory + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    const uintptr_t end = ((uintptr_t)memory + bytes) & ~(HUGE_PAGE - 1);
    if (start < end)
        madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
}

#endif
