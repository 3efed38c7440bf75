/*
 * page.h - the report that --report writes: one HTML file that needs no other
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/findings.h"
#include "report/summary.h"
#include "scan/traces.h"
#include "system/out_file.h"

struct page {
    const struct summary *summary;
    const struct findings *findings;
    const struct traces *traces; /* of the suspects, one for each run */
    const char *images;          /* pattern of links, or NULL */
};

bool page_write(const struct page *page, struct out_file *out,
                struct error *error);

#endif
