/*
 * scan_options.h - what a scan may be told
 */
#ifndef SCAN_SCAN_OPTIONS_H
#define SCAN_SCAN_OPTIONS_H

#include "aum.h"
#include "dump/index.h"
#include "ui/progress.h"

enum probabilities {
    PROBABILITIES_REFUSED, /* what looks like them is an error */
    PROBABILITIES_TAKEN,   /* margins are of their logarithms */
    PROBABILITIES_LOGITS   /* what looks like them are logits */
};

struct scan_options {
    struct dump_epochs epochs; /* those to be read */
    uint32_t threshold_class;  /* AUM_NO_CLASS: none */
    bool allow_relabel;        /* a sample's label may change */
    bool strict;               /* margins that are not finite are errors */
    bool keep_going;           /* bad rows are skipped */
    enum probabilities probabilities;
    unsigned threads; /* 0: one per processor */
    enum progress_when progress;
};

#endif
