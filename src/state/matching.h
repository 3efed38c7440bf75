/*
 * matching.h - which epoch records states have read already
 */
#ifndef STATE_MATCHING_H
#define STATE_MATCHING_H

#include "state/states.h"

/*
 * Marks the records of an index, not finished yet, that a state has read: those
 * whose file has not changed, and those with the same content in another place.
 * Records that only a state has are added to the index. A state whose records
 * are all in other states is left out. States that overlap otherwise are an
 * error, and so is a dump that has changed. False after an error message.
 */
bool states_match(struct states *states);

#endif
