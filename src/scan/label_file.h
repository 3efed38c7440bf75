/*
 * label_file.h - the samples and labels of an HDF5 file, for aum-plan
 */
#ifndef SCAN_LABEL_FILE_H
#define SCAN_LABEL_FILE_H

#include "aum.h"
#include "ui/log.h"
#include "dump/discover.h"

struct label_file {
    struct aum_tally *tally;
    struct aum_ranking *samples; /* each once, in the order of their ids */
    bool has_label_0;
    size_t classes; /* one more than the highest label; with a threshold class
                       these are those beside it */
};

/* Which labels are wanted. */
struct label_source {
    const char *path;
    const struct dump_names *names;
    uint32_t threshold_class; /* samples with this label are left out;
                                 AUM_NO_CLASS: none are */
};

/* Logits are not needed. Of a file with several epochs, the first is read.
 * `trust` says which other files it may name; `watch` may be NULL. Free with
 * label_file_free() either way. */
bool label_file_read(struct label_file *file, const struct label_source *source,
                     const struct dump_trust *trust, struct dump_watch *watch,
                     struct messages *messages, struct error *error);
void label_file_free(struct label_file *file);

#endif
