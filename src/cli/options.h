/*
 * options.h - the command line
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "aum.h"
#include "dump/discover.h"
#include "ui/log.h"
#include "dump/index.h"
#include "report/report_options.h"
#include "scan/scan_options.h"

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

/* What one training run is about. */
struct run_options {
    size_t first_file; /* of options.files */
    size_t file_count;
    const char *threshold_ids; /* NULL if not given */
    uint64_t set;              /* of a plan; 0: there is but one */
    const char *state;         /* NULL: none is kept */
};

/* Where a cutoff comes from. */
enum cutoff_source {
    CUTOFF_NONE,
    CUTOFF_FIXED,      /* --threshold=AUM */
    CUTOFF_SPLITS,     /* --threshold=auto: of the AUMs, class by class */
    CUTOFF_PERCENTILE, /* of the threshold samples' AUMs */
};

/* What --epochs says of the last epoch. */
enum epochs_end {
    EPOCHS_END_UNSAID,
    EPOCHS_END_NAMED,
    EPOCHS_END_ALL,
    EPOCHS_END_AUTO,
};

/* How cutoffs are found. */
struct cutoff_options {
    enum cutoff_source
        source; /* without --threshold, known once all are read */
    double threshold;
    struct aum_percentile percentile;
    const char *percentile_text;
    enum epochs_end epochs_end;
    bool auto_epochs; /* the data choose the last one */
};

/* What is read. */
struct input_options {
    struct dump_names names;
    struct dump_label_rules labels;
    const char *class_names; /* the file that has them */
    bool trust;              /* dumps may name files in any folder */
};

/* All rooms' options. Strings belong to argv; optional ones are NULL if not
 * given. */
struct options {
    enum options_action action;

    struct scan_options scan;
    struct cutoff_options cutoff;
    struct input_options input;
    struct report_options report;

    bool list; /* what would be read, in place of all else */

    bool has_threshold_label;
    int64_t threshold_label; /* as the dumps have it */

    const char *output;
    const char *report_json;
    const char *pairs;
    const char *records;
    const char *only; /* ids of the records, as id_list_parse() takes them */
    bool wait;        /* for a state that another scan holds */
    enum aum_combine combine; /* of several runs */

    enum log_level level;

    char **files;
    size_t file_count;
    struct run_options *runs; /* one, unless --run is given more than once */
    size_t run_count;
    struct run_options common; /* while parsing: what came before any --run */
};

/* False after an error message: exit with status 2. Free with options_free()
 * either way. */
bool options_parse(struct options *options, int argc, char **argv,
                   struct messages *messages);
void options_free(struct options *options);

/* Are threshold samples named? They are not ranked. */
bool options_name_threshold_samples(const struct options *options);

/* At most 24 lines of 80 columns. */
void options_print_help(FILE *stream);

#endif
