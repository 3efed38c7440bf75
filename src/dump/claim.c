/*
 * claim.c - can a file hold what it says that it holds?
 */
#include "dump/claim.h"

#include <inttypes.h>

#include "common/saturate.h"
#include "dump/shape.h"

uint64_t dump_element_count(const struct dump_layout *layout)
{
    uint64_t count = 1;
    for (int i = 0; i < layout->rank; i++)
        count *= layout->dims[i];
    return count;
}

/*
 * A shape is only a claim: what was never written reads as zeros, without end
 * if the claim is damaged. Filters make a thousandth of zeros, unknown ones
 * perhaps a millionth; nobody writes less of a dump than that. Each epoch is
 * kept in memory, even if it has no rows.
 */
#define CLAIM_ALWAYS ((uint64_t)1 << 20)

static bool is_possible(uint64_t claimed, uint64_t stored,
                        const struct dump_array *array)
{
    const uint64_t shrink = array->layout->unknown_filters ? 1000000
                            : array->layout->convert ? 16000 /* to 8 bytes */
                                                     : 2000;
    return claimed <= CLAIM_ALWAYS || claimed / shrink <= stored;
}

/* Of a table, with its other fields. */
static uint64_t claimed_bytes(const struct dump_layout *layout)
{
    uint64_t bytes = dump_own_size(layout);
    for (int i = 0; i < dump_own_rank(layout); i++)
        bytes = saturated_product(bytes, layout->dims[i]);
    return bytes;
}

bool check_shape_claim(uint64_t stored, const struct dump_file *of,
                       const struct dump_array *array, struct error *error)
{
    const uint64_t claimed = claimed_bytes(array->layout);
    if (claimed == 0)
        return true;
    if (!is_possible(claimed, stored, array)) {
        char shape[128];
        dump_format_shape(array->layout, shape, sizeof shape);
        return error_set(error,
                         "%s: %s: damaged, or never written: its shape %s asks "
                         "for %" PRIu64 " bytes, of which the file holds "
                         "%" PRIu64,
                         of->path, array->path, shape, claimed, stored);
    }
    /* Whole chunks are decoded, however little of them is in the shape. */
    if (array->layout->chunked &&
        !is_possible(dump_chunk_bytes(array->layout), stored, array))
        return error_set(error,
                         "%s: %s: damaged, or never written: its chunks have "
                         "%zu bytes each, of which the file holds %" PRIu64,
                         of->path, array->path, dump_chunk_bytes(array->layout),
                         stored);
    return true;
}

#define PART_BYTES 512u /* of memory, at most */

bool check_epoch_claim(const struct dump_file *of,
                       const struct dump_array *logits, uint64_t count,
                       struct error *error)
{
    uint64_t stored = of->bytes;
    if (logits->layout->foreign)
        stored = saturated_sum(stored, logits->layout->home.bytes);
    const uint64_t bytes =
        saturated_product(stored, logits->layout->elsewhere ? 2000 : 256);
    if (count <= (bytes > CLAIM_ALWAYS ? bytes : CLAIM_ALWAYS) / PART_BYTES)
        return true;
    return error_set(error,
                     "%s: %s: damaged, or never written: %" PRIu64
                     " epochs in a file of %" PRIu64 " bytes",
                     of->path, logits->path, count, stored);
}

bool check_end(const struct dump_file *of, const struct dump_array *array,
               struct error *error)
{
    const uint64_t bytes =
        dump_element_count(array->layout) * array->layout->size;
    if (array->offset <= of->bytes && bytes <= of->bytes - array->offset)
        return true;
    return error_set(error,
                     "%s: truncated: %s ends %" PRIu64 " bytes behind the "
                     "end of the file; copy it again, or leave it out",
                     of->path, array->path, array->offset + bytes - of->bytes);
}
