/*
 * decode.h - bytes of a chunk as they lie in the file -> elements
 *
 * No HDF5 here. The formats are those of the HDF5 file format specification
 * (filter pipeline message; deflate, shuffle, Fletcher32) and of h5py's LZF
 * filter.
 */
#ifndef DUMP_DECODE_H
#define DUMP_DECODE_H

#include "dump/index.h"

/* The buffers and state of decoding. Each thread needs its own. */
struct dump_decoder;

/* NULL if there is not enough memory. */
struct dump_decoder *dump_decoder_create(void);
void dump_decoder_destroy(struct dump_decoder *decoder);

/* "libdeflate 1.14" or "zlib 1.2.13". */
const char *dump_inflater_name(void);

/* Can dump_decode_chunk() undo these filters, in this order? */
bool dump_can_decode(const struct dump_filter *filters, unsigned count);

/*
 * Undoes the filters of a layout, except those whose bit is set in
 * `filter_mask`: HDF5 sets the bits of filters that were skipped when the chunk
 * was written. `raw` holds raw_size bytes and is overwritten. The decoded chunk
 * of chunk_size bytes ends up in `out` or in `raw`, which both have room for it
 * (see dump_decode_room()); *where points to it. Elements are still in the
 * file's byte order. Returns NULL, or what is wrong with the chunk.
 */
const char *dump_decode_chunk(struct dump_decoder *decoder,
                              const struct dump_layout *layout,
                              uint32_t filter_mask, unsigned char *raw,
                              size_t raw_size, unsigned char *out,
                              size_t chunk_size, unsigned char **where);

/*
 * Undoes filters that may come in any order, whatever length comes of it: *size
 * at first is that of the raw bytes, and then that of what is at *where. `raw`
 * and `out` have `room` bytes, which no length between two filters may exceed.
 * Returns NULL, or what is wrong.
 */
const char *dump_undo_filters(struct dump_decoder *decoder,
                              const struct dump_filter *filters, unsigned count,
                              unsigned char *raw, size_t *size,
                              unsigned char *out, size_t room,
                              unsigned char **where);

/* The size that `raw` and `out` each need, whatever length a chunk of
 * chunk_size bytes has between two filters. The raw bytes of a valid chunk fit,
 * too. */
size_t dump_decode_room(size_t chunk_size);

/* The number in four bytes, the lowest first. */
static inline uint32_t dump_le32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* Reverses the byte order of `count` elements of `size` bytes each. */
void dump_swap_bytes(void *elements, size_t count, size_t size);

/* Undoes LZF. Returns the number of bytes written, 0 if the input is damaged or
 * `out` is too small. */
size_t dump_lzf_decode(const unsigned char *in, size_t in_size,
                       unsigned char *out, size_t out_size);

uint32_t dump_fletcher32(const unsigned char *bytes, size_t size);

#endif
