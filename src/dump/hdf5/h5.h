/*
 * h5.h - starting, entering and leaving the HDF5 library, and its errors
 *
 * The library is not made for threads (Debian's build has no lock either). All
 * calls of it, here and in the rest of this room, are made by one thread at a
 * time: the one that has entered it.
 */
#ifndef DUMP_HDF5_H5_H
#define DUMP_HDF5_H5_H

#include <hdf5.h>

#include "dump/index.h"

/* The filter LZF, which comes with h5py but not with libhdf5. */
#define H5_LZF_FILTER 32000

/* Starts the library: it prints no errors, locks no files (NFS and Lustre
 * refuse locks, and readers need none) and knows LZF. Call this first. */
bool h5_start(struct error *error);

/* Enter and leave the library, under the one lock that the process has for it.
 * `watch` (may be NULL) is told for which file. */
void h5_enter(struct dump_watch *watch, const char *path);
void h5_leave(struct dump_watch *watch);

/*
 * How many calls of the library have failed so far. Functions such as
 * H5Lexists() return something that is not positive both if an object does not
 * exist and if they fail; comparing this number before and after tells the two
 * apart. h5_fail_since() returns true if no call has failed since the number
 * was `before`; else it reports the first that did, and returns false.
 * h5_failed_since() compares the number alone, and forgets nothing of that.
 */
unsigned long h5_failures(void);
bool h5_failed_since(unsigned long before);
__attribute__((format(printf, 3, 4))) bool h5_fail_since(unsigned long before,
                                                         struct error *error,
                                                         const char *format,
                                                         ...);

/* The version of the superblock of the dump that is about to be opened: where
 * headers have check sums, what the library does not know is newer, and not
 * damaged. */
void h5_note_superblock(unsigned version);

/* Has the library's last call failed for want of memory? Or has any, since
 * h5_failures() was called? */
bool h5_lacks_memory(void);
bool h5_lacked_memory(void);

/* What errno was as the first call failed since h5_failures() was called, as
 * far as the library tells; 0: it does not, or none has failed. */
int h5_reason(void);

/* Replaces the error's detail with what the library has said last. */
void h5_take_detail(struct error *error);

/* Like error_set(), but adds what the library has said last. */
__attribute__((format(printf, 2, 3))) bool h5_fail(struct error *error,
                                                   const char *format, ...);

/* The same of rows that are damaged, which can be left out. */
__attribute__((format(printf, 2, 3))) bool
h5_fail_rows(struct error *error, const char *format, ...);

#endif
