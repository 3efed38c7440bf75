/*
 * decode.c - bytes of a chunk as they lie in the file -> elements
 */
#include "dump/decode.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#else
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>
#endif

/* ---- inflate: the one part that has two implementations ---- */

#define WRONG_INFLATED "its gzip data is of the wrong length"

#ifdef HAVE_LIBDEFLATE

struct dump_decoder {
    struct libdeflate_decompressor *inflater;
};

const char *dump_inflater_name(void)
{
    return "libdeflate " LIBDEFLATE_VERSION_STRING;
}

static bool inflater_open(struct dump_decoder *decoder)
{
    decoder->inflater = libdeflate_alloc_decompressor();
    return decoder->inflater != NULL;
}

static void inflater_close(struct dump_decoder *decoder)
{
    libdeflate_free_decompressor(decoder->inflater);
}

static const char *inflate_some(struct dump_decoder *decoder,
                                const unsigned char *in, size_t in_size,
                                unsigned char *out, size_t room, size_t *got)
{
    enum libdeflate_result result = libdeflate_zlib_decompress(
        decoder->inflater, in, in_size, out, room, got);
    switch (result) {
    case LIBDEFLATE_SUCCESS:
        return NULL;
    case LIBDEFLATE_BAD_DATA:
        return "its gzip data is damaged";
    case LIBDEFLATE_SHORT_OUTPUT:
    case LIBDEFLATE_INSUFFICIENT_SPACE:
        break;
    }
    return WRONG_INFLATED;
}

#else

struct dump_decoder {
    z_stream stream;
};

const char *dump_inflater_name(void)
{
    return "zlib " ZLIB_VERSION;
}

static bool inflater_open(struct dump_decoder *decoder)
{
    return inflateInit(&decoder->stream) == Z_OK;
}

static void inflater_close(struct dump_decoder *decoder)
{
    inflateEnd(&decoder->stream);
}

static const char *inflate_some(struct dump_decoder *decoder,
                                const unsigned char *in, size_t in_size,
                                unsigned char *out, size_t room, size_t *got)
{
    /* Chunks are below 4 GiB, as HDF5 has them, but for a few check sums. */
    z_stream *stream = &decoder->stream;
    if (in_size > UINT_MAX || room > UINT_MAX)
        return "it is too large for zlib";
    if (inflateReset(stream) != Z_OK)
        return "zlib failed";
    stream->next_in = in;
    stream->avail_in = (uInt)in_size;
    stream->next_out = out;
    stream->avail_out = (uInt)room;
    int result = inflate(stream, Z_FINISH);
    if (result == Z_DATA_ERROR || result == Z_NEED_DICT)
        return "its gzip data is damaged";
    if (result == Z_MEM_ERROR)
        return "there is no memory to inflate it";
    *got = room - stream->avail_out;
    return result == Z_STREAM_END ? NULL : WRONG_INFLATED;
}

#endif

struct dump_decoder *dump_decoder_create(void)
{
    struct dump_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder != NULL && !inflater_open(decoder)) {
        free(decoder);
        return NULL;
    }
    return decoder;
}

void dump_decoder_destroy(struct dump_decoder *decoder)
{
    if (decoder == NULL)
        return;
    inflater_close(decoder);
    free(decoder);
}

/* ---- the other filters ---- */

/* Byte k of all elements lies together, `count` of each; these put the bytes of
 * each element together again. */
static void unshuffle_any(const unsigned char *in, unsigned char *out,
                          size_t count, size_t element, size_t start)
{
    for (size_t k = 0; k < element; k++) {
        const unsigned char *from = in + k * count;
        for (size_t i = start; i < count; i++)
            out[i * element + k] = from[i];
    }
}

#if defined(__SSE2__)

/* 16 elements a turn, by merging planes in pairs; how many were done. */
static size_t unshuffle_2(const unsigned char *in, unsigned char *out,
                          size_t count)
{
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const __m128i a = _mm_loadu_si128((const void *)(in + i));
        const __m128i b = _mm_loadu_si128((const void *)(in + count + i));
        __m128i *to = (void *)(out + 2 * i);
        _mm_storeu_si128(to, _mm_unpacklo_epi8(a, b));
        _mm_storeu_si128(to + 1, _mm_unpackhi_epi8(a, b));
    }
    return i;
}

static size_t unshuffle_4(const unsigned char *in, unsigned char *out,
                          size_t count)
{
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const unsigned char *from = in + i;
        const __m128i a = _mm_loadu_si128((const void *)from);
        const __m128i b = _mm_loadu_si128((const void *)(from + count));
        const __m128i c = _mm_loadu_si128((const void *)(from + 2 * count));
        const __m128i d = _mm_loadu_si128((const void *)(from + 3 * count));
        const __m128i ab_low = _mm_unpacklo_epi8(a, b);
        const __m128i ab_high = _mm_unpackhi_epi8(a, b);
        const __m128i cd_low = _mm_unpacklo_epi8(c, d);
        const __m128i cd_high = _mm_unpackhi_epi8(c, d);
        __m128i *to = (void *)(out + 4 * i);
        _mm_storeu_si128(to, _mm_unpacklo_epi16(ab_low, cd_low));
        _mm_storeu_si128(to + 1, _mm_unpackhi_epi16(ab_low, cd_low));
        _mm_storeu_si128(to + 2, _mm_unpacklo_epi16(ab_high, cd_high));
        _mm_storeu_si128(to + 3, _mm_unpackhi_epi16(ab_high, cd_high));
    }
    return i;
}

#elif defined(__aarch64__)

/* Stores that interleave are instructions here. */
static size_t unshuffle_2(const unsigned char *in, unsigned char *out,
                          size_t count)
{
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const uint8x16x2_t planes = {
            {vld1q_u8(in + i), vld1q_u8(in + count + i)}};
        vst2q_u8(out + 2 * i, planes);
    }
    return i;
}

static size_t unshuffle_4(const unsigned char *in, unsigned char *out,
                          size_t count)
{
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const unsigned char *from = in + i;
        const uint8x16x4_t planes = {{vld1q_u8(from), vld1q_u8(from + count),
                                      vld1q_u8(from + 2 * count),
                                      vld1q_u8(from + 3 * count)}};
        vst4q_u8(out + 4 * i, planes);
    }
    return i;
}

#else

static size_t unshuffle_2(const unsigned char *in, unsigned char *out,
                          size_t count)
{
    (void)in, (void)out, (void)count;
    return 0;
}

#define unshuffle_4 unshuffle_2

#endif

/* Bytes after the last whole element are as they were. */
static void unshuffle(const unsigned char *in, unsigned char *out, size_t size,
                      size_t element)
{
    const size_t count = size / element;
    const size_t whole = count * element;
    size_t done = 0;
    if (count <= 1) { /* and `element`, which may be damaged, is no bound */
        memcpy(out, in, size);
        return;
    }
    if (element == 2)
        done = unshuffle_2(in, out, count);
    else if (element == 4)
        done = unshuffle_4(in, out, count);
    unshuffle_any(in, out, count, element, done);
    memcpy(out + whole, in + whole, size - whole);
}

uint32_t dump_fletcher32(const unsigned char *bytes, size_t size)
{
    uint32_t sum1 = 0;
    uint32_t sum2 = 0;
    size_t words = size / 2;
    while (words > 0) {
        /* After 360 words of 16 bits, sum2 may be close to 2^32. */
        size_t run = words < 360 ? words : 360;
        words -= run;
        for (; run > 0; run--, bytes += 2) {
            sum1 += (uint32_t)bytes[0] << 8 | bytes[1];
            sum2 += sum1;
        }
        sum1 = (sum1 & 0xffff) + (sum1 >> 16);
        sum2 = (sum2 & 0xffff) + (sum2 >> 16);
    }
    if (size % 2 != 0) {
        sum1 += (uint32_t)bytes[0] << 8;
        sum2 += sum1;
        sum1 = (sum1 & 0xffff) + (sum1 >> 16);
        sum2 = (sum2 & 0xffff) + (sum2 >> 16);
    }
    sum1 = (sum1 & 0xffff) + (sum1 >> 16);
    sum2 = (sum2 & 0xffff) + (sum2 >> 16);
    return sum2 << 16 | sum1;
}

size_t dump_lzf_decode(const unsigned char *in, size_t in_size,
                       unsigned char *out, size_t out_size)
{
    size_t i = 0;
    size_t o = 0;
    while (i < in_size) {
        const size_t control = in[i++];
        if (control < 32) { /* control + 1 bytes as they are */
            const size_t n = control + 1;
            if (n > in_size - i || n > out_size - o)
                return 0;
            memcpy(out + o, in + i, n);
            i += n;
            o += n;
            continue;
        }
        /* A repeat: 3 bits of length - 2, and 13 of distance - 1. A length of
         * 7 goes on in a byte of its own. */
        size_t n = (control >> 5) + 2;
        size_t distance = (control & 31) << 8;
        if (n == 9 && i < in_size)
            n += in[i++];
        if (i == in_size)
            return 0;
        distance += (size_t)in[i++] + 1;
        if (distance > o || n > out_size - o)
            return 0;
        for (; n > 0; n--, o++) /* source and target may overlap */
            out[o] = out[o - distance];
    }
    return o;
}

void dump_swap_bytes(void *elements, size_t count, size_t size)
{
    unsigned char *p = elements;
    for (size_t i = 0; i < count; i++, p += size) {
        for (size_t a = 0, b = size - 1; a < b; a++, b--) {
            unsigned char byte = p[a];
            p[a] = p[b];
            p[b] = byte;
        }
    }
}

/* ---- the pipeline ---- */

#define CHECKSUM_SIZE 4u

/* A deflated chunk may be a little longer than it was: HDF5 allows a
 * thousandth and 12 bytes (H5Zdeflate.c), and keeps it. */
size_t dump_decode_room(size_t chunk_size)
{
    return chunk_size + chunk_size / 256 + 16 +
           DUMP_FILTERS_MAX * CHECKSUM_SIZE;
}

static bool compresses(enum dump_filter_id id)
{
    return id == DUMP_DEFLATE || id == DUMP_LZF;
}

/* Behind a compressor the size is unknown until it has been undone, so that
 * there may be only one, and shuffles only before it. */
bool dump_can_decode(const struct dump_filter *filters, unsigned count)
{
    bool compressed = false;
    for (unsigned i = 0; i < count; i++) {
        if (compressed && filters[i].id != DUMP_FLETCHER32)
            return false;
        if (filters[i].id == DUMP_SHUFFLE && filters[i].parameter == 0)
            return false;
        compressed |= compresses(filters[i].id);
    }
    return count <= DUMP_FILTERS_MAX;
}

#define WRONG_LENGTH "its length is wrong"

static void swap_buffers(unsigned char **a, unsigned char **b)
{
    unsigned char *other = *a;
    *a = *b;
    *b = other;
}

/* How many bytes the chunk has before filter number `index` was applied, when
 * no compressor comes before that. */
static size_t size_before(const struct dump_layout *layout,
                          uint32_t filter_mask, size_t chunk_size,
                          unsigned index)
{
    size_t size = chunk_size;
    for (unsigned i = 0; i < index; i++) {
        if (layout->filter[i].id == DUMP_FLETCHER32 && !(filter_mask >> i & 1))
            size += CHECKSUM_SIZE;
    }
    return size;
}

/* Undoes one filter, from *size bytes to those that come of it, of which there
 * is room for so many. Only the end of a check sum goes: *moved is false. */
static const char *undo_filter(struct dump_decoder *decoder,
                               const struct dump_filter *filter,
                               const unsigned char *from, size_t *size,
                               unsigned char *to, size_t room, bool *moved)
{
    const char *wrong = NULL;
    size_t got = *size;
    *moved = true;
    switch (filter->id) {
    case DUMP_FLETCHER32:
        if (got < CHECKSUM_SIZE)
            return "it is too short";
        got -= CHECKSUM_SIZE;
        *moved = false;
        if (dump_fletcher32(from, got) != dump_le32(from + got))
            wrong = "its checksum (fletcher32) does not match";
        break;
    case DUMP_SHUFFLE:
        if (filter->parameter == 0 || got > room)
            return WRONG_LENGTH;
        unshuffle(from, to, got, filter->parameter);
        break;
    case DUMP_DEFLATE:
        wrong = inflate_some(decoder, from, *size, to, room, &got);
        break;
    case DUMP_LZF:
        got = dump_lzf_decode(from, *size, to, room);
        if (got == 0)
            wrong = "its lzf data is damaged";
        break;
    }
    *size = got;
    return wrong;
}

const char *dump_decode_chunk(struct dump_decoder *decoder,
                              const struct dump_layout *layout,
                              uint32_t filter_mask, unsigned char *raw,
                              size_t raw_size, unsigned char *out,
                              size_t chunk_size, unsigned char **where)
{
    unsigned char *to = out; /* where the bytes are not */
    size_t size = raw_size;
    *where = raw;
    for (unsigned i = layout->filters; i-- > 0;) {
        if (filter_mask >> i & 1)
            continue;
        const size_t before = size_before(layout, filter_mask, chunk_size, i);
        bool moved;
        const char *wrong = undo_filter(decoder, &layout->filter[i], *where,
                                        &size, to, before, &moved);
        if (wrong != NULL)
            return wrong;
        if (!moved)
            continue;
        if (size != before)
            return layout->filter[i].id == DUMP_DEFLATE ? WRONG_INFLATED
                                                        : WRONG_LENGTH;
        swap_buffers(where, &to);
    }
    return size == chunk_size ? NULL : WRONG_LENGTH;
}

const char *dump_undo_filters(struct dump_decoder *decoder,
                              const struct dump_filter *filters, unsigned count,
                              unsigned char *raw, size_t *size,
                              unsigned char *out, size_t room,
                              unsigned char **where)
{
    unsigned char *to = out;
    *where = raw;
    for (unsigned i = count; i-- > 0;) {
        bool moved;
        const char *wrong =
            undo_filter(decoder, &filters[i], *where, size, to, room, &moved);
        if (wrong != NULL)
            return wrong;
        if (moved)
            swap_buffers(where, &to);
    }
    return NULL;
}
