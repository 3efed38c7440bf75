/*
 * options.h - the command line
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "aum.h"
#include "dump/discover.h"
#include "ui/message.h"
#include "ui/progress.h"
#include "dump/plan.h"
#include "report/sweep_steps.h"
#include "text/table_writer.h"

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

/* What one training run is about. */
struct run_options {
    size_t first_file; /* of options.files */
    size_t file_count;
    const char *threshold_ids; /* NULL if not given */
    uint64_t set;              /* of a plan; 0: there is but one */
    const char *state;         /* NULL: none is kept */
};

/* Strings belong to argv. Optional ones are NULL if not given. */
struct options {
    enum options_action action;

    bool has_threshold;
    double threshold;
    uint32_t threshold_class; /* AUM_NO_CLASS if not given */
    struct aum_percentile percentile;
    const char *percentile_text;

    struct dump_epochs epochs;
    bool auto_epochs; /* the data choose the last one */
    struct dump_names names;
    bool allow_relabel;
    bool strict;
    bool keep_going;
    bool trust; /* dumps may name files in any folder */

    bool all;
    size_t top; /* SIZE_MAX if not given */
    const char *output;
    enum table_format format;
    bool aum_values; /* like the Python package's aum_values.csv */

    const char *truth;
    const char *report_json;
    struct sweep_steps sweep; /* none: not asked for */
    const char *sweep_folder;
    const char *records;
    const char *only;  /* ids of the records, as id_list_parse() takes them */
    const char *trace; /* likewise, of samples to follow */
    const char *plot;
    const char *report; /* a page */
    const char *images; /* a pattern of where their pictures are */

    bool wait; /* for a state that another scan holds */

    unsigned threads;
    enum message_level level;
    enum progress_when progress;

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

/* Are there threshold samples to set the cutoff? */
bool options_use_threshold_samples(const struct options *options);

/* At most 24 lines of 80 columns. */
void options_print_help(FILE *stream);

#endif
