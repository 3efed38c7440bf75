#!/usr/bin/python3
"""Window, cutoffs, flags, suggestions and several runs of -t auto, by their definition.

    tests/study/auto_reference.py DUMP.h5 [--threshold-class K] [--all-epochs]

Prints what `-t auto` must find in a dump: logits [T,N,C] with labels [N], or a group
for each epoch. Shares no code with aum-scan. AUMs are the exact means of margins,
rounded once; all else is in doubles, in the order of operations of the definition, with
sums in ascending order (NumPy's cumsum is sequential, its sum is not). Needs
python3-h5py to read dumps.
"""
import argparse
import fractions
import math
import re

import numpy as np

CLASS_MIN = 20  # samples of a class that is split on its own
EPOCHS_MIN = 3  # of the shortest window
NEARLY = 0.98  # of the largest effect
COUNTED = 4  # classes whose votes are counted, for each sample
ID_NAMES = ("ids", "id", "indices", "index", "sample_ids", "sample_id")


# ---- margins and AUMs ----


def margins(logits, labels):
    """[..., N, C] and [N] -> the margins, NaN where there is none, and who came next."""
    z = np.asarray(logits).astype("f8")
    if z.shape[-1] == 1:  # one logit: the same as two of which the first is 0
        z = np.concatenate([np.zeros_like(z), z], axis=-1)
    own = np.broadcast_to(np.asarray(labels)[:, None], z.shape[:-1] + (1,))
    others = z.copy()
    np.put_along_axis(others, own, -np.inf, axis=-1)
    with np.errstate(invalid="ignore", over="ignore"):
        m = np.take_along_axis(z, own, axis=-1)[..., 0] - others.max(axis=-1)
    m[~np.isfinite(m)] = np.nan
    return m, others.argmax(axis=-1)  # of equal ones the lowest class


class Mean:
    """An exact mean, as a whole number of the smallest double."""

    UNIT = 2**1074

    def __init__(self):
        self.total = self.count = 0

    def add(self, x):
        numerator, denominator = float(x).as_integer_ratio()
        self.total += numerator * (self.UNIT // denominator)
        self.count += 1

    def value(self):  # Python rounds the quotient of two integers correctly
        return self.total / (self.count * self.UNIT) if self.count else math.nan


def mean(numbers):
    m = Mean()
    for x in numbers:
        m.add(x)
    return m.value()


def aums_after_each_epoch(m, epochs):
    """Margins [M,N] with an epoch for each of the M -> AUMs [N] after each epoch."""
    means = [Mean() for _ in range(m.shape[1])]
    for epoch in sorted(set(epochs)):
        for row in m[np.asarray(epochs) == epoch]:
            for i in np.flatnonzero(np.isfinite(row)):
                means[i].add(row[i])
        yield np.array([x.value() for x in means])


# ---- -e auto and -t auto ----


def split(numbers):
    """(effect, split); no split is NaN."""
    x = np.sort(np.asarray(numbers, "f8"))
    n = len(x)
    if n == 0 or x[0] == x[-1]:
        return 0.0, math.nan
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.cumsum(x)
        m = sums[-1] / n
        variance = np.cumsum((x - m) * (x - m))[-1] / n
        if not 0 < variance < np.inf:  # beyond doubles: the definition says nothing
            return 0.0, math.nan
        w = np.arange(1, n) / n
        distance = m * w - sums[:-1] / n
        between = distance * distance / (w * (1 - w))
    k = int(np.argmax(between)) + 1  # the lowest of equal ones
    return float(between[k - 1] / variance), float((x[k - 1] + x[k]) / 2)


def large_classes(aums, labels):
    """{class: its AUMs} of the classes that are split on their own, in ascending order."""
    known = np.isfinite(aums)
    classes, counts = np.unique(labels[known], return_counts=True)
    return {int(c): aums[known & (labels == c)] for c, n in zip(classes, counts)
            if n >= CLASS_MIN}


def effect(aums, labels):
    """E: how clearly the AUMs of a class fall into two groups."""
    large = large_classes(aums, labels)
    if not large:
        return split(aums[np.isfinite(aums)])[0]
    weighted = np.cumsum([len(x) * split(x)[0] for x in large.values()])[-1]
    return float(weighted / sum(map(len, large.values())))


def longest_window(effects):
    """E after each epoch -> the number of epochs in the window."""
    if len(effects) < EPOCHS_MIN:
        return len(effects)
    late = np.array(effects[EPOCHS_MIN - 1:])
    return EPOCHS_MIN + int(np.flatnonzero(late >= NEARLY * late.max())[-1])


def class_cutoffs(aums, labels):
    """{class: cutoff}; NaN where nothing is flagged."""
    known = np.isfinite(aums)
    large = large_classes(aums, labels)
    of_all = split(aums[known])[1]
    found = {}
    for c in np.unique(labels[known]):
        at = split(large[c])[1] if c in large else of_all
        found[int(c)] = at if math.isnan(at) else min(0.0, at)
    return found


def percentile_cutoff(aums, percentile):
    """The paper's. None without threshold samples."""
    p = fractions.Fraction(str(percentile))
    place = math.floor(len(aums) * (100 - p) / 100)
    return sorted(aums, reverse=True)[place] if len(aums) else None


# ---- a run ----


class Run:
    """What one training run says.

    m, rivals [M,N]: margins (NaN: none) and who came next; epochs [M]; labels [N];
    threshold [N]: which are threshold samples. cut is "auto", "percentile", a number,
    or None; choose: is the window chosen from the data?
    """

    def __init__(self, m, rivals, epochs, labels, threshold=None, threshold_class=None,
                 cut="auto", choose=True, percentile=99):
        self.labels = np.asarray(labels)
        if threshold is None:
            threshold = np.zeros(len(self.labels), bool)
        self.threshold_class = threshold_class
        known = [np.where(threshold, np.nan, a) for a in aums_after_each_epoch(m, epochs)]
        every = list(aums_after_each_epoch(m, epochs))
        self.effects = [effect(a, self.labels) for a in known]
        self.window = longest_window(self.effects) if choose else len(every)
        self.numbers = sorted(set(epochs))[:self.window]
        inside = np.isin(epochs, self.numbers)
        self.m, self.rivals = m[inside], rivals[inside]
        self.aums = known[self.window - 1]  # of the samples that the run judges
        self.last_aums = known[-1]  # over all epochs
        self.counts = np.isfinite(self.m).sum(axis=0)
        all_aums = every[self.window - 1]
        if cut == "auto":
            self.cutoffs = class_cutoffs(self.aums, self.labels)
        else:
            if cut == "percentile":
                cut = percentile_cutoff(all_aums[threshold & np.isfinite(all_aums)], percentile)
                if cut is not None and choose:
                    cut = min(0.0, cut)
            cut = math.nan if cut is None else cut
            self.cutoffs = {int(c): cut for c in np.unique(self.labels)}
        self.cut = cut

    def judges(self, i):
        return bool(np.isfinite(self.aums[i]))

    def cutoff(self, i):
        return self.cutoffs[int(self.labels[i])]

    def flags(self, i):
        return bool(self.aums[i] < self.cutoff(i))

    def votes(self, i):
        """[(margin, class)] of the measurements that another class has won."""
        lost = np.flatnonzero(self.m[:, i] < 0)
        return [(float(self.m[k, i]), int(self.rivals[k, i])) for k in lost
                if self.rivals[k, i] != self.threshold_class]


# ---- several runs ----


def suggestion(runs, i):
    """(class, share) of a sample, over the runs that judge it; None where there is none."""
    judging = [r for r in runs if r.judges(i)]
    votes = [v for r in judging for v in r.votes(i)]
    if not votes:
        return None, None
    counts = {c: sum(v[1] == c for v in votes) for c in sorted({v[1] for v in votes})}
    if len(counts) > COUNTED:
        return min(votes)[1], None
    best = max(counts, key=counts.get)  # of equal ones the first
    return best, counts[best] / sum(int(r.counts[i]) for r in judging)


def is_flagged(runs, i, combine="any"):
    judging = [r for r in runs if r.judges(i)]
    flags = [r.flags(i) for r in judging]
    if combine == "any":
        return any(flags)
    if combine == "majority":
        return 2 * sum(flags) > len(flags)
    # The sum is exact, so that the order of the runs does not matter.
    return math.fsum(float(r.aums[i]) - r.cutoff(i)
                     for r in judging if not math.isnan(r.cutoff(i))) < 0


def deviation(numbers):
    """The population standard deviation, of exact numbers."""
    x = [fractions.Fraction(float(v)) for v in numbers]
    m = sum(x) / len(x)
    return math.sqrt(sum((v - m) ** 2 for v in x) / len(x))


def ranks(numbers):
    """From 1; equal numbers have the mean of their ranks."""
    _, which, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[which]


def rank_correlation(x, y):
    """Spearman's, over the samples that both of two runs judge."""
    both = [i for i in range(len(x.labels)) if x.judges(i) and y.judges(i)]
    if not both or len(set(x.aums[both])) == 1 or len(set(y.aums[both])) == 1:
        return math.nan
    return float(np.corrcoef(ranks(x.aums[both]), ranks(y.aums[both]))[0, 1])


def verdicts(runs, combine="any"):
    """One dict for each sample that a run judges, by place."""
    found = {}
    for i in range(len(runs[0].labels)):
        judging = [r for r in runs if r.judges(i)]
        if not judging:
            continue
        aums = [float(r.aums[i]) for r in judging]
        suggested, share = suggestion(runs, i)
        found[i] = {
            "label": int(judging[0].labels[i]),
            "aum": mean(aums),
            "measurements": sum(int(r.counts[i]) for r in judging),
            "flagged": is_flagged(runs, i, combine),
            "suggested_label": suggested,
            "suggested_share": share,
            "runs": len(judging),
            "runs_flagged": sum(r.flags(i) for r in judging),
            "aum_sd": deviation(aums) if len(aums) > 1 else None,
        }
    return found


# ---- dumps ----


def stack(parts, n):
    """[(epoch, places, logits [rows,C])] of n samples -> logits [M,n,C], epochs [M].

    NaN where a sample is missing; one that an epoch has twice has two measurements.
    Epochs without rows do not count.
    """
    rows, epochs = [], []
    for epoch, places, logits in sorted(parts, key=lambda p: p[0]):
        turn = np.array([np.count_nonzero(places[:k] == p) for k, p in enumerate(places)], int)
        for t in range(turn.max(initial=-1) + 1):
            row = np.full((n, logits.shape[1]), np.nan)
            row[places[turn == t]] = logits[turn == t]
            rows.append(row)
            epochs.append(epoch)
    return np.array(rows).reshape(len(rows), n, parts[0][2].shape[1]), epochs


def ids_of(group, n):
    return next((group[name][()] for name in ID_NAMES if name in group), np.arange(n))


def read(path):
    """A dump -> logits [M,N,C], epochs [M], labels [N], ids [N]."""
    import h5py

    with h5py.File(path) as f:
        if "logits" in f:
            logits = f["logits"][()]
            logits = logits if logits.ndim == 3 else logits[None]
            epochs = range(len(logits))
            if "epoch" in f and f["epoch"].size == len(logits):
                epochs = f["epoch"][()].ravel()
            labels = f["labels"][()]
            return logits, [int(e) for e in epochs], labels, ids_of(f, len(labels))
        groups = []
        for name, g in f.items():
            number = g.attrs.get("epoch", (re.findall(r"-?\d+", name) or [0])[0])
            labels = g["labels"][()]
            groups.append((int(number), ids_of(g, len(labels)), labels, g["logits"][()]))
    ids = np.unique(np.concatenate([g[1] for g in groups]))
    labels = np.zeros(len(ids), int)
    for _, own, y, _ in groups:
        labels[np.searchsorted(ids, own)] = y
    parts = [(number, np.searchsorted(ids, own), z) for number, own, _, z in groups]
    return *stack(parts, len(ids)), labels, ids


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("dump")
    parser.add_argument("--threshold-class", type=int)
    parser.add_argument("--all-epochs", action="store_true")
    options = parser.parse_args()
    logits, epochs, labels, ids = read(options.dump)
    m, rivals = margins(logits, labels)
    spent = labels == options.threshold_class
    run = Run(m, rivals, epochs, labels, spent, options.threshold_class,
              choose=not options.all_epochs)
    print("E after each epoch:", *(f"{n}: {e!r}" for n, e in
                                   zip(sorted(set(epochs)), run.effects)))
    print(f"window: {run.window} epochs, the last is {run.numbers[-1]}")
    for c, cutoff in run.cutoffs.items():
        print(f"class {c}: {np.sum(run.labels[np.isfinite(run.aums)] == c)} samples, "
              f"cutoff {cutoff!r}")
    found = verdicts([run])
    flagged = sorted((v["aum"], ids[i], v) for i, v in found.items() if v["flagged"])
    print(f"{len(flagged)} of {len(found)} flagged: id, label, AUM, suggested, share")
    for aum, i, v in flagged:
        i = i.decode() if isinstance(i, bytes) else i
        print(i, v["label"], repr(aum), v["suggested_label"], v["suggested_share"])


if __name__ == "__main__":
    main()
