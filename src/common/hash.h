/*
 * hash.h - hashes of sample ids
 */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The finalizer of splitmix64. */
static inline uint64_t hash_spread(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Of a row's id: numbers of 64 bits, or strings. States keep what is made from
 * it: it must not change. */
static inline uint64_t hash_id(bool strings, const void *values, size_t row)
{
    if (!strings)
        return hash_spread(((const uint64_t *)values)[row]);
    const char *text = ((const char *const *)values)[row];
    uint64_t word = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *text != '\0'; text++)
        word = (word ^ (unsigned char)*text) * 0x100000001b3u;
    return hash_spread(word);
}

#endif
