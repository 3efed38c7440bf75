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
 * anything to be flagged by. A ranking of several runs has columns more.
 */
bool ranking_table_write(const struct aum_ranking *ranking, bool has_cutoff,
                         const struct report_options *options,
                         struct out_file *out, struct error *error);

void write_sample_id(struct table *table, const struct aum_id *id);

#endif
