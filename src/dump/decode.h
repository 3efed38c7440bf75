/*
 * decode.h - bytes of a chunk as they lie in the file -> elements
 *
 * No HDF5 here. The formats are those of the HDF5 file format specification
 * (filter pipeline message; deflate, shuffle, Fletcher32) and of h5py's LZF
 * filter.
 */
#ifndef DUMP_DECODE_H
#define DUMP_DECODE_H

#include "dump/plan.h"

/* What one thread needs to decode; not shared. */
struct dump_decoder;

struct dump_decoder *dump_decoder_create(void); /* NULL without memory */
void dump_decoder_destroy(struct dump_decoder *decoder);

/* "libdeflate 1.14" or "zlib 1.2.13". */
const char *dump_inflater_name(void);

/* Can dump_decode_chunk() undo these filters, in this order? */
bool dump_can_decode(const struct dump_filter *filters, unsigned count);

/*
 * Undoes the filters of a layout but those whose bit is set in `filter_mask`
 * (HDF5's: they were skipped when the chunk was written). `raw` holds raw_size
 * bytes and is written over. The chunk of chunk_size bytes is left either in
 * `out`, which has room for that, or in `raw`: *where points to it. Elements
 * are still in the file's byte order. Returns NULL, or what is wrong.
 */
const char *dump_decode_chunk(struct dump_decoder *decoder,
                              const struct dump_layout *layout,
                              uint32_t filter_mask, unsigned char *raw,
                              size_t raw_size, unsigned char *out,
                              size_t chunk_size, unsigned char **where);

/* Room that `raw` and `out` need each, whatever a chunk of chunk_size bytes
 * becomes on its way; the raw bytes of a valid chunk are no more either. */
size_t dump_decode_room(size_t chunk_size);

/* Turns `count` elements of `size` bytes into the other byte order. */
void dump_swap_bytes(void *elements, size_t count, size_t size);

/* Undoes LZF: the number of bytes written, 0 if the input is damaged or `out`
 * too small. */
size_t dump_lzf_decode(const unsigned char *in, size_t in_size,
                       unsigned char *out, size_t out_size);

uint32_t dump_fletcher32(const unsigned char *bytes, size_t size);

#endif
