/*
 * status.c - what a status is called, and the version
 */
#include "aum.h"

const char *aum_version(void)
{
    return AUM_VERSION;
}

const char *aum_strerror(enum aum_status status)
{
    switch (status) {
    case AUM_OK:
        return "no error";
    case AUM_NO_MEMORY:
        return "out of memory";
    case AUM_BAD_ARGUMENT:
        return "bad argument";
    case AUM_LABEL_OUT_OF_RANGE:
        return "a label is not one of the classes";
    case AUM_RELABELED:
        return "a sample came back with another label";
    case AUM_MIXED_IDS:
        return "sample ids of kinds that cannot be compared";
    case AUM_TOO_MANY_SAMPLES:
        return "too many samples or measurements";
    case AUM_NO_THRESHOLD_SAMPLES:
        return "no threshold sample has an AUM";
    }
    return "unknown error";
}
