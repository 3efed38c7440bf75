/*
 * philox.h - Philox4x64-10, a counter-based generator of random numbers
 *
 * J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel Random Numbers: As Easy as
 * 1, 2, 3", SC 2011; also that of numpy.random.Philox.
 */
#ifndef LIBAUM_PHILOX_H
#define LIBAUM_PHILOX_H

#include <stdint.h>

struct philox {
    uint64_t key;
    uint64_t counter; /* of the block in `words` */
    unsigned used;    /* of these words */
    uint64_t words[4];
};

static inline void philox_start(struct philox *philox, uint64_t key)
{
    *philox = (struct philox){.key = key, .used = 4};
}

static inline void philox_block(struct philox *philox)
{
    __extension__ typedef unsigned __int128 wide;
    uint64_t k0 = philox->key;
    uint64_t k1 = 0;
    uint64_t c0 = ++philox->counter;
    uint64_t c1 = 0;
    uint64_t c2 = 0;
    uint64_t c3 = 0;
    for (int round = 0; round < 10; round++) {
        const wide a = (wide)c0 * 0xd2e7470ee14c6c93u;
        const wide b = (wide)c2 * 0xca5a826395121157u;
        c0 = (uint64_t)(b >> 64) ^ c1 ^ k0;
        c1 = (uint64_t)b;
        c2 = (uint64_t)(a >> 64) ^ c3 ^ k1;
        c3 = (uint64_t)a;
        k0 += 0x9e3779b97f4a7c15u;
        k1 += 0xbb67ae8584caa73bu;
    }
    philox->words[0] = c0;
    philox->words[1] = c1;
    philox->words[2] = c2;
    philox->words[3] = c3;
    philox->used = 0;
}

static inline uint64_t philox_next(struct philox *philox)
{
    if (philox->used == 4)
        philox_block(philox);
    return philox->words[philox->used++];
}

/* A number below n > 0, each equally likely. */
static inline uint64_t philox_below(struct philox *philox, uint64_t n)
{
    const uint64_t unfair = -n % n; /* 2^64 mod n: these would come too often */
    uint64_t word;
    do
        word = philox_next(philox);
    while (word < unfair);
    return word % n;
}

#endif
