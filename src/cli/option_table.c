/*
 * option_table.c - what a program offers, in one table
 */
#include "cli/option_table.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS_MAX 63
#define LONG_BASE 256 /* getopt's value for long options: row + this */

/* Where the explanations start. */
#define HELP_COLUMN 28

bool option_number(const char *text, uint64_t max, uint64_t *out)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *out <= max;
}

void option_table_print(const struct option_table *table, FILE *stream)
{
    for (size_t i = 0; i < table->count; i++) {
        char left[80];
        size_t used = 0;
        for (const char *before = "  ";; before = ", ", i++) {
            const struct option_row *row = &table->rows[i];
            const char *gap = used == 0 && row->letter == 0 ? "    " : "";
            used += (size_t)snprintf(left + used, sizeof left - used,
                                     row->letter != 0 ? "%s-%c, " : "%s",
                                     before, row->letter);
            used += (size_t)snprintf(
                left + used, sizeof left - used, "%s--%s%s%s", gap, row->name,
                row->argument != NULL && row->argument[0] != '[' ? "=" : "",
                row->argument != NULL ? row->argument : "");
            if (row->help != NULL)
                break;
        }
        fprintf(stream, "%-*s  %s\n", HELP_COLUMN - 3, left,
                table->rows[i].help);
    }
}

/* getopt's tables from ours. */
static void make_tables(const struct option_table *table,
                        struct option *long_options, char *letters)
{
    size_t used = 0;
    /* Files are handed out in their order among the options; a missing
     * argument is told from an unknown option. */
    letters[used++] = '-';
    letters[used++] = ':';
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = &table->rows[i];
        const bool has_argument = row->argument != NULL;
        const bool may_lack_it = has_argument && row->argument[0] == '[';
        long_options[i] = (struct option){row->name,
                                          may_lack_it    ? optional_argument
                                          : has_argument ? required_argument
                                                         : no_argument,
                                          NULL, LONG_BASE + (int)i};
        if (row->letter != 0)
            letters[used++] = (char)row->letter;
        if (row->letter != 0 && has_argument)
            letters[used++] = ':';
    }
    letters[used] = '\0';
    long_options[table->count] = (struct option){0};
}

static bool store(const struct option_row *row, void *options)
{
    unsigned char *field = (unsigned char *)options + row->offset;
    const char *text = optarg;
    const bool yes = true;
    switch (row->kind) {
    case OPTION_IS_TAKEN:
        return row->take(options, text);
    case OPTION_IS_TEXT:
        memcpy(field, &text, sizeof text);
        return *text != '\0';
    case OPTION_IS_FLAG:
        memcpy(field, &yes, sizeof yes);
        break;
    }
    return true;
}

static bool take(const struct option_row *row, void *options,
                 struct messages *messages)
{
    if (store(row, options))
        return true;
    log_error(messages, "--%s=%s: not %s (try --help)", row->name, optarg,
              row->expected);
    return false;
}

bool option_table_parse(const struct option_table *table, void *options,
                        int argc, char **argv, struct messages *messages)
{
    struct option long_options[ROWS_MAX + 1];
    char letters[2 * ROWS_MAX + 3];
    make_tables(table, long_options, letters);
    opterr = 0;
    optind = 0; /* start anew */
    int found;
    while ((found = getopt_long(argc, argv, letters, long_options, NULL)) !=
           -1) {
        if (found == 1) {
            table->file(options, optarg);
            continue;
        }
        if (found == '?' || found == ':') {
            log_error(messages, "%s: %s (try --help)", argv[optind - 1],
                      found == ':' ? "its argument is missing"
                                   : "no such option");
            return false;
        }
        size_t i = 0;
        while (found >= LONG_BASE ? i != (size_t)(found - LONG_BASE)
                                  : table->rows[i].letter != found)
            i++;
        if (!take(&table->rows[i], options, messages))
            return false;
        if (table->done(options))
            return true;
    }
    for (int i = optind; i < argc; i++) /* behind "--" */
        table->file(options, argv[i]);
    return true;
}
