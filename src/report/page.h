/*
 * page.h - the report that --report writes: one HTML file that needs no other
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/findings.h"
#include "report/summary.h"
#include "common/text.h"
#include "scan/traces.h"

struct page {
    const struct summary *summary;
    const struct findings *findings;
    const struct traces *traces; /* of the suspects, one for each run */
    const char *images;          /* pattern of links, or NULL */
};

/* text->failed tells that there was no memory for it. */
void page_put(struct text *text, const struct page *page);

#endif
