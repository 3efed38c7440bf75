/*
 * images.h - where the pictures of samples are: a pattern, and the id in it
 *
 * Ids come from dumps, which may be strangers'. None of them makes a browser
 * look elsewhere than the pattern says: below its folder, or on its host.
 */
#ifndef REPORT_IMAGES_H
#define REPORT_IMAGES_H

#include <stdint.h>

#include "common/text.h"

/* What is wrong with a pattern; NULL: nothing. */
const char *images_wrong(const char *pattern);

/* Puts the URL of a sample's picture, for an attribute: the pattern, with the
 * id in place of {id} and the label of {label}. False, and nothing is put, if
 * that would lead elsewhere, or if the id is empty. */
bool images_put_url(struct text *text, const char *pattern, const char *id,
                    int64_t label);

#endif
