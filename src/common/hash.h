/*
 * hash.h - hashes
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

/* FNV-1a (Fowler, Noll, Vo). */
static inline uint64_t hash_text(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

/* Of a row's id: numbers of 64 bits, or strings. States keep what is made from
 * it: it must not change. */
static inline uint64_t hash_id(bool strings, const void *values, size_t row)
{
    if (!strings)
        return hash_spread(((const uint64_t *)values)[row]);
    return hash_spread(hash_text(((const char *const *)values)[row]));
}

#endif
