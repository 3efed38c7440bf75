/*
 * wide_ids.h - are there sample ids that a double cannot tell apart?
 *
 * Most programs that read JSON keep numbers as doubles.
 */
#ifndef SCAN_WIDE_IDS_H
#define SCAN_WIDE_IDS_H

#include "aum.h"
#include "dump/index.h"

/* Are any of these integers beyond 2^53 in size? Strings are not. Rows do not
 * count whose byte in `left_out` is not 0, which may be NULL. */
bool ids_any_wide(struct aum_ids ids, size_t rows,
                  const unsigned char *left_out);

/* The same of all records that a scan is to read (`marks` are the scan's, or
 * NULL), before it does. Reads ids that have 64 bits; what cannot be read is
 * left for the scan to report. Fails without memory alone. */
bool find_wide_ids(const struct dump_index *index, const unsigned char *marks,
                   bool *any, struct error *error);

#endif
