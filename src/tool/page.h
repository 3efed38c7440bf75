/*
 * page.h - the report that --report writes: one HTML file that needs no other
 */
#ifndef TOOL_PAGE_H
#define TOOL_PAGE_H

#include "findings.h"
#include "summary.h"
#include "text.h"
#include "traces.h"

struct page {
    const struct summary *summary;
    const struct findings *findings;
    const struct traces *traces; /* of the suspects, one for each run */
    const char *images;          /* pattern of links, or NULL */
};

/* text->failed tells that there was no memory for it. */
void page_put(struct text *text, const struct page *page);

#endif
