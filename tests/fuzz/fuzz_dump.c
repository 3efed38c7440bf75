/*
 * fuzz_dump.c - libFuzzer: a whole HDF5 file -> an index, and all that is read
 *
 * What the HDF5 library itself dies of is not ours to mend; run.sh goes on
 * behind it and tells it apart. It takes most of the time, so that this is not
 * part of "make fuzz", which is about our own code: make fuzz
 * FUZZERS=fuzz_dump.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dump/discover.h"
#include "scan/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *context, const char *text)
{
    (void)context, (void)text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    static bool started;
    struct error error;
    if (!started)
        started = dump_start(&error);
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    /* HDF5 wants a name that it can resolve, which a file in memory has not. */
    static char path[] = "fuzz_dump_XXXXXX";
    static int fd = -1;
    if (fd < 0)
        fd = mkstemp(path);
    if (nowhere == NULL || fd < 0 || ftruncate(fd, 0) != 0 ||
        pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    struct dump_index index;
    memset(&index, 0, sizeof index);
    const struct dump_names names = {.logits = NULL};
    const struct dump_epochs any = DUMP_ALL_EPOCHS;
    struct dump_found found;
    if (dump_discover(&index, path, &names, &found, ignore, NULL, &error) &&
        dump_index_finish(&index, any, &error)) {
        struct messages messages = {.level = LOG_QUIET, .stream = nowhere};
        const struct scan_options options = {.threshold_class = AUM_NO_CLASS,
                                             .threads = 1,
                                             .keep_going = true,
                                             .progress = PROGRESS_NEVER};
        struct scan_result result = {.tally = aum_tally_create(NULL)};
        scan_run(&index, NULL, &options, NULL, 0, &messages, &result, &error);
        aum_tally_destroy(result.tally);
    }
    dump_index_destroy(&index);
    return 0;
}
