/*
 * options.c - the command line
 *
 * One table tells what there is: the parser, --help and the checks are made
 * from it.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct option_row {
    int letter; /* or 0 */
    const char *name;
    const char *argument; /* NULL: it takes none */
    /* Takes the argument; false if it cannot be understood. */
    bool (*take)(struct options *options, const char *text);
    const char *expected; /* what an argument has to be */
    const char *help;     /* NULL: the next row's is for both */
};

/* ---- arguments ---- */

static bool parse_number(const char *text, uint64_t max, uint64_t *out)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *out <= max;
}

static bool take_threshold(struct options *o, const char *text)
{
    char *end;
    o->threshold = strtod(text, &end);
    o->has_threshold = true;
    return end != text && *end == '\0' && isfinite(o->threshold);
}

static bool take_threshold_class(struct options *o, const char *text)
{
    uint64_t number;
    if (!parse_number(text, AUM_NO_CLASS - 1, &number))
        return false;
    o->threshold_class = (uint32_t)number;
    return true;
}

static bool take_threshold_ids(struct options *o, const char *text)
{
    o->threshold_ids = text;
    return true;
}

static bool take_percentile(struct options *o, const char *text)
{
    o->percentile_text = text;
    return aum_percentile_parse(text, &o->percentile);
}

static bool take_epochs(struct options *o, const char *text)
{
    char first[32];
    uint64_t number;
    const char *colon = strchr(text, ':');
    const size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
    const char *last = colon != NULL ? colon + 1 : text;
    if (length >= sizeof first)
        return false;
    memcpy(first, text, length);
    first[length] = '\0';
    o->epochs = (struct dump_epochs){INT64_MIN, INT64_MAX};
    if (*first != '\0') {
        if (!parse_number(first, INT64_MAX, &number))
            return false;
        o->epochs.first = (int64_t)number;
    }
    if (*last != '\0') {
        if (!parse_number(last, INT64_MAX, &number))
            return false;
        o->epochs.last = (int64_t)number;
    }
    return (*first != '\0' || *last != '\0') &&
           o->epochs.first <= o->epochs.last;
}

static bool take_all(struct options *o, const char *text)
{
    (void)text;
    o->all = true;
    return true;
}

static bool take_top(struct options *o, const char *text)
{
    uint64_t number;
    if (!parse_number(text, SIZE_MAX - 1, &number))
        return false;
    o->top = (size_t)number;
    return true;
}

static bool take_output(struct options *o, const char *text)
{
    o->output = strcmp(text, "-") == 0 ? NULL : text;
    return *text != '\0';
}

static bool take_format(struct options *o, const char *text)
{
    return table_format_parse(text, &o->format);
}

static bool take_logits(struct options *o, const char *text)
{
    o->names.logits = text;
    return *text != '\0';
}

static bool take_labels(struct options *o, const char *text)
{
    o->names.labels = text;
    return *text != '\0';
}

static bool take_ids(struct options *o, const char *text)
{
    o->names.ids = text;
    return *text != '\0';
}

static bool take_group(struct options *o, const char *text)
{
    o->names.group = text;
    return *text != '\0';
}

static bool take_allow_relabel(struct options *o, const char *text)
{
    (void)text;
    o->allow_relabel = true;
    return true;
}

static bool take_strict(struct options *o, const char *text)
{
    (void)text;
    o->strict = true;
    return true;
}

static bool take_threads(struct options *o, const char *text)
{
    uint64_t number;
    if (!parse_number(text, 1024, &number))
        return false;
    o->threads = (unsigned)number;
    return true;
}

static bool take_keep_going(struct options *o, const char *text)
{
    (void)text;
    o->keep_going = true;
    return true;
}

static bool take_quiet(struct options *o, const char *text)
{
    (void)text;
    o->level = MESSAGE_QUIET;
    return true;
}

static bool take_verbose(struct options *o, const char *text)
{
    (void)text;
    o->level = MESSAGE_VERBOSE;
    return true;
}

static bool take_progress(struct options *o, const char *text)
{
    static const char *const words[] = {[PROGRESS_AUTO] = "auto",
                                        [PROGRESS_ALWAYS] = "always",
                                        [PROGRESS_NEVER] = "never"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i]) == 0) {
            o->progress = (enum progress_when)i;
            return true;
        }
    }
    return false;
}

static bool take_help(struct options *o, const char *text)
{
    (void)text;
    o->action = OPTIONS_HELP;
    return true;
}

static bool take_version(struct options *o, const char *text)
{
    (void)text;
    o->action = OPTIONS_VERSION;
    return true;
}

/* ---- the table ---- */

static const struct option_row rows[] = {
    {'t', "threshold", "AUM", take_threshold, "a number",
     "flag samples whose AUM is below this"},
    {'c', "threshold-class", "K", take_threshold_class, "a class number",
     "the threshold samples are those labeled K"},
    {'T', "threshold-ids", "FILE", take_threshold_ids, "a file",
     "the threshold samples' ids, one a line or a CSV"},
    {'p', "percentile", "P", take_percentile, "a number between 0 and 100",
     "of the threshold samples' AUMs, with -c or -T [99]"},
    {'e', "epochs", "FIRST:LAST", take_epochs,
     "FIRST:LAST, FIRST:, :LAST or one epoch number",
     "use these epochs only; 1: skips epoch 0"},
    {'a', "all", NULL, take_all, NULL,
     "with a cutoff: every sample, not just the flagged"},
    {'n', "top", "K", take_top, "a count", "at most K rows"},
    {'o', "output", "FILE", take_output, "a file name",
     "write here, whole or not at all; .gz compresses"},
    {'f', "format", "FORMAT", take_format, "csv, tsv or jsonl",
     "csv, tsv or jsonl [csv]"},
    {0, "logits", "NAME", take_logits, "a dataset's name",
     "the logits' dataset [logits, outputs, output, ...]"},
    {0, "labels", "NAME", take_labels, "a dataset's name",
     "the labels' dataset [labels, label, targets, ...]"},
    {0, "ids", "NAME", take_ids, "a dataset's name",
     "the sample ids' dataset [indices, index, ids, ...]"},
    {0, "group", "GLOB", take_group, "a pattern",
     "read only the groups that match, e.g. train"},
    {0, "allow-relabel", NULL, take_allow_relabel, NULL,
     "a sample's label may change; the last one counts"},
    {0, "strict", NULL, take_strict, NULL,
     "a margin that is NaN or infinite is an error"},
    {'j', "threads", "N", take_threads, "a count up to 1024",
     "threads to use [all cores]"},
    {'k', "keep-going", NULL, take_keep_going, NULL,
     "skip unreadable files and bad rows, and exit 3"},
    {'q', "quiet", NULL, take_quiet, NULL, NULL},
    {'v', "verbose", NULL, take_verbose, NULL,
     "only errors; or more, HDF5's own included"},
    {0, "progress", "WHEN", take_progress, "auto, always or never",
     "a progress bar: auto, always or never [auto]"},
    {'h', "help", NULL, take_help, NULL, NULL},
    {'V', "version", NULL, take_version, NULL,
     "print this, or versions, and exit"},
};

#define ROW_COUNT (sizeof rows / sizeof *rows)
#define LONG_BASE 256 /* getopt's value for long options: row + this */

/* Where the explanations start. */
#define HELP_COLUMN 29

void options_print_help(FILE *stream)
{
    fputs("Usage: " PROGRAM_NAME " [OPTION]... FILE...\n"
          "Rank training samples from HDF5 dumps of logits, mislabeled ones "
          "first.\n"
          "Example: " PROGRAM_NAME " -c 10 run/*.h5 > ranking.csv\n",
          stream);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char left[64];
        size_t used = 0;
        for (const char *before = "  ";; before = ", ", i++) {
            const struct option_row *row = &rows[i];
            used += (size_t)snprintf(left + used, sizeof left - used,
                                     row->letter != 0 ? "%s-%c, " : "%s    ",
                                     before, row->letter);
            used +=
                (size_t)snprintf(left + used, sizeof left - used, "--%s%s%s",
                                 row->name, row->argument != NULL ? "=" : "",
                                 row->argument != NULL ? row->argument : "");
            if (row->help != NULL)
                break;
        }
        fprintf(stream, "%-*s %s\n", HELP_COLUMN - 2, left, rows[i].help);
    }
}

/* ---- the parser ---- */

static bool usage_error(struct messages *messages, const char *what)
{
    message_error(messages, "%s (try --help)", what);
    return false;
}

static bool check(const struct options *o, struct messages *messages)
{
    const int cutoffs = o->has_threshold +
                        (o->threshold_class != AUM_NO_CLASS) +
                        (o->threshold_ids != NULL);
    if (cutoffs > 1)
        return usage_error(messages, "--threshold, --threshold-class and "
                                     "--threshold-ids exclude each other");
    if (o->percentile_text != NULL && (cutoffs == 0 || o->has_threshold))
        return usage_error(messages, "--percentile needs threshold samples: "
                                     "--threshold-class or --threshold-ids");
    if (o->file_count == 0)
        return usage_error(messages, "no FILE given");
    for (size_t i = 0; i < o->file_count; i++) {
        if (strcmp(o->files[i], "-") == 0)
            return usage_error(messages, "-: HDF5 files cannot be read from a "
                                         "pipe; name the file");
    }
    return true;
}

static bool take(struct options *options, const struct option_row *row,
                 struct messages *messages)
{
    if (row->take(options, optarg))
        return true;
    message_error(messages, "--%s=%s: not %s (try --help)", row->name, optarg,
                  row->expected);
    return false;
}

static void defaults(struct options *options)
{
    *options = (struct options){
        .threshold_class = AUM_NO_CLASS,
        .percentile = {99, 1},
        .epochs = {INT64_MIN, INT64_MAX},
        .top = SIZE_MAX,
        .level = MESSAGE_NORMAL,
    };
}

bool options_parse(struct options *options, int argc, char **argv,
                   struct messages *messages)
{
    struct option long_options[ROW_COUNT + 1];
    char letters[2 * ROW_COUNT + 2] = ":";
    size_t used = 1;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const bool has_argument = rows[i].argument != NULL;
        long_options[i] = (struct option){rows[i].name, has_argument, NULL,
                                          LONG_BASE + (int)i};
        if (rows[i].letter != 0)
            letters[used++] = (char)rows[i].letter;
        if (rows[i].letter != 0 && has_argument)
            letters[used++] = ':';
    }
    letters[used] = '\0';
    long_options[ROW_COUNT] = (struct option){0};
    defaults(options);
    opterr = 0;
    optind = 0; /* start anew */
    int found;
    while ((found = getopt_long(argc, argv, letters, long_options, NULL)) !=
           -1) {
        if (found == '?' || found == ':') {
            message_error(messages, "%s: %s (try --help)", argv[optind - 1],
                          found == ':' ? "its argument is missing"
                                       : "no such option");
            return false;
        }
        size_t i = 0;
        while (found >= LONG_BASE ? i != (size_t)(found - LONG_BASE)
                                  : rows[i].letter != found)
            i++;
        if (!take(options, &rows[i], messages))
            return false;
        if (options->action != OPTIONS_RUN)
            return true;
    }
    options->files = argv + optind;
    options->file_count = (size_t)(argc - optind);
    return check(options, messages);
}
