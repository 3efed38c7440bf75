/*
 * advice.c - what the errors of other rooms advise, in options of the programs
 */
#include "cli/advice.h"

#include "common/error.h"

#define WRITE_ARRAYS                                                     \
    "; write arrays with h5py: f[\"logits\"] = df[classes].to_numpy(), " \
    "f[\"labels\"] = df[\"label\"].to_numpy()"
#define TRUST "; if you trust whoever made the dump, --trust reads it"

const char *const advice_of_scan[ADVICE_COUNT] = {
    [ADVICE_NAME_LOGITS] = "; name them with --logits",
    [ADVICE_NAME_LABELS] = "; name them with --labels",
    [ADVICE_NAME_IDS] = "; name them with --ids",
    [ADVICE_OTHER_IDS] =
        "; name others with --ids, or take row numbers with --ids=none",
    [ADVICE_NOT_PROBABILITIES] =
        "; name them with --logits, and probabilities with --probabilities, "
        "too; better, dump the model's output before softmax",
    [ADVICE_NAME_IDS_OR_GROUP] =
        "; name them with --ids, or choose with --group",
    [ADVICE_CHOOSE_GROUP_OR_IDS] =
        "; choose one with --group, or name the ids with --ids",
    [ADVICE_NAME_IDS_OR_SCAN_APART] = "; if they are other runs, give each its "
                                      "--run; if not, --ids names the "
                                      "ids",
    [ADVICE_CHOOSE_SPLIT] =
        "; choose one with --group, or read all with --group='*'",
    [ADVICE_GROUPS_ARE_IDS] =
        "; if the groups' names are the ids, --ids=@group takes them",
    [ADVICE_CHOOSE_GROUP] = "; choose one with --group, or by its path with "
                            "--logits",
    [ADVICE_OTHER_GROUPS] = "; or choose other groups with --group",
    [ADVICE_OTHER_EPOCHS] = "; choose others with --epochs",
    [ADVICE_SKIP_ROWS] = "; -k skips its rows",
    [ADVICE_SKIP_FILE] = ", or skip it with -k",
    [ADVICE_READ_LIVE] =
        "; -k reads what is complete, if it is written with SWMR",
    [ADVICE_PROBABILITIES] =
        "; dump the model's output before softmax, or let --probabilities take "
        "margins of their logarithms (--probabilities=no: they are logits)",
    [ADVICE_NO_PROBABILITIES] =
        "; leave --probabilities out if they are logits or log-probabilities, "
        "or name other datasets with --logits",
    [ADVICE_WRITE_ARRAYS] = WRITE_ARRAYS,
    [ADVICE_TRUST] = TRUST,
};

/* It reads labels alone, and its --labels is a file. */
const char *const advice_of_plan[ADVICE_COUNT] = {
    [ADVICE_NAME_LABELS] = "; name them with --dataset",
    [ADVICE_NAME_IDS] = "; name them with --ids",
    [ADVICE_OTHER_IDS] =
        "; name others with --ids, or take row numbers with --ids=none",
    [ADVICE_NAME_IDS_OR_GROUP] =
        "; name them with --ids, or choose with --group",
    [ADVICE_CHOOSE_GROUP_OR_IDS] =
        "; choose one with --group, or name the ids with --ids",
    [ADVICE_NAME_IDS_OR_SCAN_APART] =
        "; name the ids with --ids, or choose with --group",
    [ADVICE_CHOOSE_SPLIT] =
        "; choose one with --group, or read all with --group='*'",
    [ADVICE_GROUPS_ARE_IDS] =
        "; if the groups' names are the ids, --ids=@group takes them",
    [ADVICE_CHOOSE_GROUP] = "; choose one with --group",
    [ADVICE_OTHER_GROUPS] = "; or choose other groups with --group",
    [ADVICE_SKIP_ROWS] = "; copy it again, or plan from the file of another "
                         "epoch",
    [ADVICE_WRITE_ARRAYS] = WRITE_ARRAYS,
    [ADVICE_TRUST] = TRUST,
};
