/*
 * html_report.h - the report that --report writes: one HTML file that needs no
 * other
 */
#ifndef REPORT_HTML_REPORT_H
#define REPORT_HTML_REPORT_H

#include "report/findings.h"
#include "report/summary.h"
#include "scan/traces.h"
#include "system/out_file.h"

struct html_report {
    const struct summary *summary;
    const struct findings *findings;
    const struct traces *traces; /* of the suspects, one for each run */
    const char *images;          /* pattern of links, or NULL */
};

bool html_report_write(const struct html_report *page, struct out_file *out,
                       struct error *error);

#endif
