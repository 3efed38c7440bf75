/*
 * fuzz_text.c - libFuzzer: files of ids and of truth, steps, percentiles
 *
 * The first byte chooses the reader. Files go through memfd.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input/id_list.h"
#include "report/sweep_steps.h"
#include "input/truth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct aum_tally *some_samples(bool strings)
{
    static const float z[4] = {1, 2, 3, 4};
    static const int64_t targets[4] = {0, 0, 0, 0};
    static const int64_t numbers[4] = {0, 1, 2, -7};
    static const char *const texts[4] = {"a", "b,c", "", "7"};
    struct aum_tally_options options = {.threshold_class = AUM_NO_CLASS,
                                        .threshold_later = true};
    struct aum_tally *tally = aum_tally_create(&options);
    const struct aum_logits logits = {
        .data = z, .type = AUM_F32, .rows = 4, .classes = 1};
    const struct aum_ids ids = {strings ? AUM_IDS_STRING : AUM_IDS_INT64,
                                strings ? (const void *)texts
                                        : (const void *)numbers};
    if (tally != NULL)
        aum_tally_update(tally, &logits, targets, ids, NULL);
    return tally;
}

static void read_steps(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct sweep_steps steps = {NULL, 0, false};
    struct aum_percentile percentile;
    if (text == NULL)
        return;
    memcpy(text, data, size);
    text[size] = '\0';
    if (sweep_steps_parse(&steps, text)) {
        char number[32];
        for (size_t i = 0; i < steps.count; i++) {
            decimal_format(steps.numbers[i], number, sizeof number);
            if (strtod(number, NULL) != decimal_value(steps.numbers[i]))
                abort(); /* it reads back */
            if (i > 0 && decimal_value(steps.numbers[i - 1]) >=
                             decimal_value(steps.numbers[i]))
                abort(); /* from low to high */
        }
    }
    sweep_steps_free(&steps);
    aum_percentile_parse(text, &percentile);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error;
    if (size < 1)
        return 0;
    const unsigned kind = data[0];
    data++;
    size--;
    if (kind % 4 == 0) {
        read_steps(data, size);
        return 0;
    }
    char path[64];
    const int fd = memfd_create("input", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct aum_tally *tally = some_samples(kind & 4);
    if (tally == NULL)
        abort();
    if (kind % 4 == 1) {
        struct truth *truth;
        if (truth_read(&truth, path, &error))
            truth_tell(truth, &(struct class_labels){.first = kind >> 3}, tally,
                       NULL, &error);
        truth_free(truth);
    } else {
        struct id_list list;
        size_t found;
        if (id_list_read(&list, path, kind >> 3, &error))
            id_list_mark(&list, tally, &found, &error);
        id_list_free(&list);
    }
    aum_tally_destroy(tally);
    close(fd);
    return 0;
}
