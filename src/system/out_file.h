/*
 * out_file.h - output files that appear complete or not at all
 *
 * A regular file is written under a hidden name beside its own and gets its
 * name once it is complete: out_file_open(), out_file_write(),
 * out_file_finish(), out_file_commit(). The hidden name is always the same for
 * the same file and is locked while in use, so that a second writer is told,
 * and what a killed one has left is taken over.
 */
#ifndef SYSTEM_OUT_FILE_H
#define SYSTEM_OUT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "system/out_place.h"
#include "common/error.h"
#include "common/text.h"

struct out_file;

/*
 * Opens what is at a place; NULL on failure. Messages call it `name` (NULL:
 * standard output). A descriptor is duplicated; what is no regular file is
 * opened as it is. If the name ends in .gz, it is compressed.
 *
 * Until it is committed or abandoned, signals that end this process (SIGINT,
 * SIGTERM and the like) remove its hidden file first. Its children neither do
 * that nor must they commit: they write to it, and finish it.
 */
struct out_file *out_file_open(const struct out_place *place, const char *name,
                               struct error *error);

/* The same for a regular file that others write, without compression: under
 * out_file_temporary(), which they must not replace, and to the end before
 * out_file_commit(). */
struct out_file *out_file_reserve(const struct out_place *place,
                                  const char *name, struct error *error);
const char *out_file_temporary(const struct out_file *file);

/* What is known of the file that is written under a hidden name; false: there
 * is none. */
bool out_file_find(const struct out_file *file, struct stat *status);

/* Is it a file that appears when it is committed? Others take what is written
 * at once. */
bool out_file_is_replaced(const struct out_file *file);

/* Forgets all that was written to a regular file. */
bool out_file_restart(struct out_file *file, struct error *error);

bool out_file_write(struct out_file *file, const void *data, size_t size,
                    struct error *error);

/* The same of a text; one that has failed is "out of memory". */
bool out_file_write_text(struct out_file *file, const struct text *text,
                         struct error *error);

/* Writes what is still to be written, down to the disk. */
bool out_file_finish(struct out_file *file, struct error *error);

/* Could a regular file get its name, as far as that can be known before? */
bool out_file_is_ready(const struct out_file *file, struct error *error);

/* Gives a regular file that was finished, here or in a child, its name. Close
 * it then; until that, abandoning it removes it from its name. */
bool out_file_name(struct out_file *file, struct error *error);
void out_file_close(struct out_file *file);

/* Both. It is closed either way; on failure it leaves no trace. */
bool out_file_commit(struct out_file *file, struct error *error);

/* Leaves no trace; NULL is fine. A file that was replaced does not come back.
 */
void out_file_abandon(struct out_file *file);

#endif
