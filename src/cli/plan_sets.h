/*
 * plan_sets.h - which set of a plan a run has spent
 */
#ifndef CLI_PLAN_SETS_H
#define CLI_PLAN_SETS_H

#include "cli/run.h"

/* The samples that were said to be the run's threshold samples do not all have
 * one label, so they are not. False, after an error message, if those of
 * another set of the plan do. */
bool plan_set_is_the_best(const struct run *run);

#endif
