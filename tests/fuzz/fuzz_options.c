/*
 * fuzz_options.c - libFuzzer: command lines, a word a line
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    char *text = malloc(size + 1);
    char **argv = malloc((size + 3) * sizeof *argv);
    if (text == NULL || argv == NULL || nowhere == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    int argc = 0;
    char name[] = "aum-scan";
    argv[argc++] = name;
    for (char *word = strtok(text, "\n"); word != NULL;
         word = strtok(NULL, "\n"))
        argv[argc++] = word;
    argv[argc] = NULL;
    struct messages messages = {.level = LOG_QUIET, .stream = nowhere};
    struct options options;
    if (options_parse(&options, argc, argv, &messages) &&
        options.action == OPTIONS_RUN) {
        size_t files = 0;
        for (size_t i = 0; i < options.run_count; i++)
            files += options.runs[i].file_count;
        if (files != options.file_count || files == 0)
            abort(); /* each file is of one run */
    }
    options_free(&options);
    free(argv);
    free(text);
    return 0;
}
