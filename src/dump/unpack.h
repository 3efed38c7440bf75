/*
 * unpack.h - elements as they are stored -> numbers that margins are taken of
 *
 * netCDF packs floats into integers: the attributes scale_factor and add_offset
 * say which number an element stands for, _FillValue and missing_value which
 * elements stand for none. Floats of 8 bits become halves, which have all their
 * values.
 */
#ifndef DUMP_UNPACK_H
#define DUMP_UNPACK_H

#include "dump/index.h"

/* Are logits of this layout to be unpacked? */
bool dump_is_packed(const struct dump_layout *layout);

/* What comes of it: the type of logits, unpacked or not, and its bytes. */
enum dump_type dump_logit_type(const struct dump_layout *layout);
size_t dump_logit_size(const struct dump_layout *layout);

/* Unpacks `count` elements in native byte order. Those that stand for no number
 * become NaN. */
void dump_unpack(const struct dump_layout *layout, const void *stored,
                 size_t count, void *logits);

/* Does an element stand for nothing? */
bool dump_is_missing(const struct dump_layout *layout, const void *element);

#endif
