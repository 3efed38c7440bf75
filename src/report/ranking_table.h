/*
 * ranking_table.h - ranking -> rows of the output
 */
#ifndef REPORT_RANKING_TABLE_H
#define REPORT_RANKING_TABLE_H

#include "aum.h"
#include "report/report_options.h"
#include "system/out_file.h"

/*
 * Writes the rows that the options ask for; has_cutoff tells whether there is
 * anything to be flagged by, and string_ids whether integer ids are written as
 * strings. A ranking of several runs has columns more.
 */
bool ranking_table_write(const struct aum_ranking *ranking, bool has_cutoff,
                         bool string_ids, const struct report_options *options,
                         struct out_file *out, struct error *error);

#endif
