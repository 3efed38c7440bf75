/*
 * fuzz_decode.c - libFuzzer: chunk bytes, filters and an element size
 *
 * The input's first bytes choose the filters and sizes, the rest is the chunk.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dump/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum dump_filter_id ids[] = {DUMP_DEFLATE, DUMP_SHUFFLE,
                                              DUMP_FLETCHER32, DUMP_LZF};
    static const uint32_t sizes[] = {1, 2, 4, 8};
    if (size < 6)
        return 0;
    struct dump_layout layout = {.size = sizes[data[0] & 3], .rank = 1};
    layout.filters = (data[0] >> 2) % 4;
    for (unsigned i = 0; i < layout.filters; i++) {
        layout.filter[i].id = ids[data[1] >> 2 * i & 3];
        layout.filter[i].parameter = sizes[data[2] >> 2 * i & 3];
    }
    layout.chunk[0] = (uint64_t)data[3] << 4 | (data[4] & 15);
    const uint32_t mask = data[5] & 7;
    data += 6;
    size -= 6;
    const size_t chunk_size = (size_t)layout.chunk[0] * layout.size;
    const size_t room = dump_decode_room(chunk_size);
    if (chunk_size == 0 || size > room ||
        !dump_can_decode(layout.filter, layout.filters))
        return 0;
    struct dump_decoder *decoder = dump_decoder_create();
    unsigned char *raw = malloc(room);
    unsigned char *out = malloc(room);
    unsigned char *where = NULL;
    if (decoder != NULL && raw != NULL && out != NULL) {
        memcpy(raw, data, size);
        if (dump_decode_chunk(decoder, &layout, mask, raw, size, out,
                              chunk_size, &where) == NULL) {
            /* All of it is there to be read. */
            volatile unsigned char sum = 0;
            for (size_t i = 0; i < chunk_size; i++)
                sum = (unsigned char)(sum + where[i]);
            if (where != raw && where != out)
                abort();
        }
    }
    free(raw);
    free(out);
    dump_decoder_destroy(decoder);
    return 0;
}
