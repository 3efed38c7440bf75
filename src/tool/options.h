/*
 * options.h - the command line
 */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include "aum.h"
#include "discover.h"
#include "message.h"
#include "plan.h"
#include "table_writer.h"

enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

/* Strings belong to argv. */
struct options {
    enum options_action action;

    bool has_threshold;
    double threshold;
    uint32_t threshold_class;  /* AUM_NO_CLASS if not given */
    const char *threshold_ids; /* NULL if not given */
    struct aum_percentile percentile;
    const char *percentile_text;

    struct dump_epochs epochs;
    struct dump_names names;
    bool allow_relabel;
    bool strict;
    bool keep_going;

    bool all;
    size_t top; /* SIZE_MAX if not given */
    const char *output;
    enum table_format format;

    unsigned threads;
    enum message_level level;
    enum progress_when progress;

    char **files;
    size_t file_count;
};

/* False after an error message: exit with status 2. */
bool options_parse(struct options *options, int argc, char **argv,
                   struct messages *messages);

/* At most 24 lines of 80 columns. */
void options_print_help(FILE *stream);

#endif
