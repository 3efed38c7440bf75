/*
 * known.h - which epoch records states have read already
 */
#ifndef STATE_KNOWN_H
#define STATE_KNOWN_H

#include "state/states.h"

/*
 * Marks as known the parts of a plan, not finished yet, that states have read:
 * those whose file has not changed, or that have the content which was read,
 * wherever they are now. Records without a part are added to the plan. A state
 * whose records others have is left out; those that overlap otherwise are an
 * error, as is a dump that has changed. False after an error message.
 */
bool known_match(struct states *states);

#endif
