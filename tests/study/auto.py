#!/usr/bin/python3
"""Random dumps for -t auto and -e auto: does their definition find the same?

    AUM_SCAN=./aum-scan tests/study/auto.py [SEED [COUNT]]

Windows, cutoffs, flags, suggestions and several runs, as auto_reference.py has them: ties,
constants, classes below 20, one class, one or two epochs, equal epochs, margins that are
not finite, samples missing from early epochs or given twice, epochs in parts, threshold
samples by class and by list, one to three runs. With one thread and with four, and over
all epochs through a state. Needs python3-h5py.
"""
import csv
import io
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import auto_reference as reference

SCAN = os.path.abspath(os.environ.get("AUM_SCAN", "./aum-scan"))
seed = int(sys.argv[1]) if len(sys.argv) > 1 else 18
count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
only = int(sys.argv[3]) if len(sys.argv) > 3 else None  # one case, which is kept
os.chdir(tempfile.mkdtemp(dir=os.environ.get("AUM_TMP")))
COMBINE = "--combine" in subprocess.run([SCAN, "--help"], capture_output=True, text=True).stdout


# ---- dumps ----


def draw_labels(r, n, classes, spare):
    """Labels in the classes but `spare`, some of which have few samples."""
    use = [c for c in range(classes) if c != spare]
    if r.random() < .15:
        use = use[:1]
    weights = r.random(len(use)) ** float(r.choice([0, 1, 4])) + 1e-9
    labels = r.choice(use, n, p=weights / weights.sum())
    if n > 45 and len(use) > 1 and r.random() < .3:  # a class at the edge
        few = int(r.integers(18, 22))
        labels[:] = np.where(labels == use[0], use[1], labels)
        labels[r.permutation(n)[:few]] = use[0]
    return labels


def draw_logits(r, kind, epochs, labels, classes):
    n = len(labels)
    if kind == "ties":
        z = r.integers(-2, 3, (epochs, n, classes)).astype("f8")
    elif kind == "tenths":  # three AUMs add up to about 0, and the order shows
        z = np.zeros((epochs, n, classes))
        z[:, np.arange(n), labels] = r.choice([-8, -1, 9], (epochs, n)) / 10
    elif kind == "two values":
        z = np.zeros((epochs, n, classes))
        z[:, :, 0] = r.choice([-1, 1], (epochs, n))
    elif kind == "constant":
        z = np.tile(r.integers(-3, 4, (epochs, 1, classes)) / 2, (1, n, 1))
    elif kind == "steady":
        z = np.tile(r.normal(size=(1, n, classes)).astype("f4"), (epochs, 1, 1)).astype("f8")
    elif kind == "mirror":  # k and n - k are about equally good
        z = np.zeros((epochs, n, classes))
        z[:, :, 0] = r.permutation(np.arange(n) - (n - 1) / 2) * r.choice([1, 1, 3]) / 2
        z[:, labels != 0] *= -1
    elif kind == "one constant":
        z = r.integers(-2, 3, (epochs, n, classes)).astype("f8")
        z[:, labels == np.bincount(labels).argmax()] = r.normal(size=classes)
    elif kind == "edge":  # E is 1 after three epochs, 0.98 after four, and falls
        # In doubles, 0.98 of the first is just below the second, equal, or just above.
        two = np.where(np.arange(n) < r.choice([11, 9, 2]), -1, 1)
        three = np.repeat([-17, 15, 23], [12, 5, 3])
        aums = [two, two, two, three] + [np.arange(n)] * (epochs - 4)
        sums = np.array([(t + 1) * a for t, a in enumerate(aums[:epochs])])
        z = np.zeros((epochs, n, classes))
        z[np.arange(epochs)[:, None], np.arange(n), labels] = np.diff(sums, axis=0, prepend=0)
    elif kind == "wide":
        z = r.normal(size=(epochs, n, classes)) * 10.0 ** r.integers(-60, 60)
        z *= 10.0 ** r.integers(-6, 7, (1, n, 1))
    else:  # learns, then memorises
        z = r.normal(size=(epochs, n, classes))
        wrong = r.random(n) < r.choice([.02, .2, .5])
        true = np.where(wrong, r.integers(0, classes, n), labels)
        slow, late, start = r.uniform(.2, 3), r.uniform(0, 6), r.integers(0, 4)
        for t in range(epochs):
            z[t, np.arange(n), true] += slow * (t + 1)
            z[t, np.arange(n), labels] += late * max(0, t - start) ** 1.5
    if kind != "edge" and r.random() < .2:
        z[r.random(z.shape) < .02] = r.choice([np.nan, np.inf, -np.inf])
    with np.errstate(over="ignore"):
        z = z.astype("f8" if kind in ("wide", "tenths") else
                     str(r.choice(["f4", "f8", "f2", ">f4"])))
    for t in range(epochs):  # zeros alone would have been never written
        if not z[t].any():
            z[t] = 1
    return z


def write_run(r, name, z, labels, numbers, ids, whole):
    """Writes a run; returns its files and what each epoch measures.

    With ids, epochs may lack samples or have them twice, unless all are to be whole.
    """
    epochs, n, _ = z.shape
    if r.random() < .4:
        place = r.permutation(n) if ids is not None else np.arange(n)
        with h5py.File(f"{name}.h5", "w") as f:
            f["logits"] = z[:, place]
            f["labels"] = labels[place]
            f["epoch"] = numbers
            if ids is not None:
                f["ids"] = ids[place]
        return [f"{name}.h5"], [(numbers[t], np.arange(n), z[t]) for t in range(epochs)]
    os.mkdir(name)
    late = r.random(n) < r.choice([0, 0, .3, .9])
    never = r.random(n) < r.choice([0, 0, 0, .2])
    parts = []
    files = [f"{name}/part_{k}.h5" for k in range(int(r.choice([1, 1, 2])))]
    open_files = [h5py.File(file, "w") for file in files]
    for t in range(epochs):
        here = np.arange(n)
        noise = np.zeros((0, z.shape[2]), z.dtype)
        if ids is not None and not whole:
            here = here[~never & ~(late & (t < min(epochs - 1, 3)))]
            if r.random() < .1:
                here = here[:0]
            if r.random() < .3 and len(here):
                twice = r.choice(here, int(r.integers(1, 5)))
                noise = (1 + r.integers(0, 5, (len(twice), z.shape[2]))).astype(z.dtype)
                here = np.concatenate([here, twice])
        rows = np.concatenate([z[t, here[:len(here) - len(noise)]], noise])
        if len(rows) and not rows.any():
            rows[0] = 1
        order = r.permutation(len(here)) if ids is not None else np.arange(len(here))
        shares = np.array_split(order, len(files)) if ids is not None else [order]
        for f, share in zip(open_files, shares):
            if len(share) and not rows[share].any():
                rows[share] = 1
            g = f.create_group(f"epoch_{numbers[t]}")
            g["logits"] = rows[share]
            g["labels"] = labels[here[share]]
            if ids is not None:
                g["ids"] = ids[here[share]]
        parts.append((numbers[t], here, rows))
    for f in open_files:
        f.close()
    return files[:1] if ids is None else files, parts


def draw_numbers(r, length):
    return sorted(int(e) for e in r.choice(np.arange(-3, 20), length, replace=False))


def draw_epochs(r, cut, numbers):
    """-e: its arguments, the first and last epoch, and is a window chosen?"""
    low, high = sorted(int(e) for e in r.choice(numbers, 2))
    ways = {"": (None, None, cut == "auto"), "auto": (None, None, True),
            "all": (None, None, False), f"{low}:": (low, None, cut == "auto"),
            f"{low}:auto": (low, None, True), f"{low}:all": (low, None, False),
            f"{low}:{high}": (low, high, False), f":{high}": (None, high, False)}
    way = str(r.choice(["", "", "", *ways]))
    return ([f"-e{way}"] if way else []), *ways[way]


def case(r):
    """The arguments, and one reference.Run for each run; None if one has no rows."""
    runs = int(r.choice([1, 1, 1, 2, 3]))
    n = int(r.choice([r.integers(1, 6), r.integers(17, 24), r.integers(30, 60),
                      r.integers(60, 160)]))
    classes = int(r.choice([2, 2, 3, 4, 6, 9]))
    kind = str(r.choice(["ties", "ties", "two values", "constant", "one constant",
                         "mirror", "steady", "wide", "edge", "tenths",
                         "learns", "learns", "learns", "learns"]))
    cut = str(r.choice(["auto", "auto", "auto", "percentile", "number", "none"]))
    by = str(r.choice(["", "class", "list"]))
    length = int(r.choice([1, 2, 3, 4, 6, 9, 12]))
    if kind == "edge":
        n, by, length = 20, "", 5
    if kind == "tenths":
        runs, length, cut = 3, 1, "number"
    if cut == "percentile" and not by:
        cut = "auto"
    elif cut == "none" and by:
        cut = "percentile"
    spare = None
    if by == "class" or (by == "list" and r.random() < .5):
        spare = classes if r.random() < .7 else int(r.integers(classes))
        classes = max(classes, spare + 1)
    if spare is not None and classes == 2 and n == 1:
        classes = 3
    labels = draw_labels(r, n, classes, spare)
    if kind == "edge":
        labels[:] = labels[0]
    kinds = str(r.choice(["none", "int", "str"]))
    ids = {"none": None, "int": r.permutation(1000)[:n] - 300,
           "str": np.array([f"s{k}".encode() for k in r.permutation(1000)[:n]])}[kinds]
    numbers = draw_numbers(r, length)
    arguments, first, last, choose = draw_epochs(r, cut, numbers)
    arguments.append("--probabilities=no")
    level = None
    percentile = 99
    if cut == "number":
        level = 0. if kind == "tenths" else float(r.choice([-1, 0, .5, -.25]))
        arguments.append(f"-t{level}")
    elif cut == "auto":
        arguments.append("-tauto")
    if cut == "percentile" and r.random() < .6:
        percentile = str(r.choice(["50", "90", "97.5", "80", "33.3"]))
        arguments.append(f"-p{percentile}")
    if by == "class":
        arguments.append(f"-c{spare}")
    combine = "any"
    if COMBINE and r.random() < .5:
        combine = str(r.choice(["any", "majority", "mean", "mean"]))
        arguments.append(f"--combine={combine}")
    made = []
    for k in range(runs):
        if k > 0 and r.random() < .3:
            length = int(r.integers(5, 7))
            numbers = draw_numbers(r, length)
        spent = np.zeros(n, bool)
        own = labels.copy()
        if by:
            spent[r.permutation(n)[:max(1, n // int(r.integers(3, 7)))]] = True
        if spare is not None:
            own[spent] = spare
        elif by == "list" and r.random() < .5:
            own[spent] = r.integers(0, classes, spent.sum())
        logits = draw_logits(r, kind, length, own, classes)
        # One logit; [epochs, 1, 1] and [epochs, epochs, 1] may be read otherwise.
        one = by == "" and classes == 2 and n not in (1, length) and r.random() < .3
        if one:
            logits = logits[:, :, 1:].copy()
            for t in range(length):
                logits[t] = logits[t] if logits[t].any() else 1
        files, parts = write_run(r, f"run_{k}", logits, own, numbers, ids, kind == "edge")
        arguments += ["--run", *files] if runs > 1 else files
        if by == "list":
            names = np.arange(n) if ids is None else ids
            pathlib.Path(f"spent_{k}").write_text("".join(
                f"{i.decode() if isinstance(i, bytes) else i}\n" for i in names[spent]))
            arguments.append(f"-Tspent_{k}")
        inside = [p for p in parts if (first is None or p[0] >= first)
                  and (last is None or p[0] <= last)]
        if not any(len(rows) for _, _, rows in inside):
            return None
        z, epochs = reference.stack(inside, n)
        m, rivals = reference.margins(z, own)
        run = reference.Run(m, rivals, epochs, own, spent, spare if by == "class" else None,
                            {"number": level, "none": None}.get(cut, cut), choose, percentile)
        if by == "list":  # their class is the threshold class, if all have the same, and
            # most that have it are threshold samples
            here = np.unique(np.concatenate([h for e, h, _ in inside if e in run.numbers]))
            listed = here[spent[here]]
            common = own[listed[0]] if len(listed) else -1
            run.threshold_class = int(common) if len(listed) and (
                (own[listed] == common).all()
                and 2 * len(listed) >= (own[here] == common).sum()) else None
        made.append(run)
    names = np.arange(n) if ids is None else ids
    names = [i.decode() if isinstance(i, bytes) else str(i) for i in names]
    what = f"{kind} {cut} by {by or 'none'} n {n} classes {classes} epochs {numbers}"
    return arguments, made, names, cut, combine, choose, what


# ---- what the program says ----


def scan(*arguments):
    done = subprocess.run([SCAN, "-q", "-a", "--report-json=r.json", *arguments],
                          capture_output=True, text=True)
    report = json.loads(pathlib.Path("r.json").read_text()) if done.returncode == 0 else None
    return done.returncode, done.stdout, done.stderr.strip(), report


def is_same(a, b):
    """Of numbers or None, which stands for NaN."""
    a, b = (None if x is None or math.isnan(float(x)) else float(x) for x in (a, b))
    return a == b


def count_flagged(run):
    return sum(run.flags(i) for i in np.flatnonzero(np.isfinite(run.aums)))


def count_flagged_by_all_epochs(run):
    cutoffs = reference.class_cutoffs(run.last_aums, run.labels)
    return sum(bool(run.last_aums[i] < cutoffs[int(run.labels[i])])
               for i in np.flatnonzero(np.isfinite(run.last_aums)))


def compare_run(got, run, cut, choose):
    """What the JSON report says of a run otherwise."""
    if "window" in got:
        window = got["window"]
        if not choose:
            yield "a window, though none was asked for"
        for name, expected in (("epochs", run.window), ("last_epoch", run.numbers[-1]),
                               ("effect", run.effects[run.window - 1]),
                               ("all_epochs_effect", run.effects[-1])):
            if not is_same(window[name], expected):
                yield f"window: {name} {window[name]} not {expected}: {run.effects}"
        if cut == "auto" and window["all_epochs_flagged"] != count_flagged_by_all_epochs(run):
            yield f"all epochs: {window['all_epochs_flagged']} flagged"
    elif choose and run.window < len(run.effects):
        yield f"no window, not {run.window} of {len(run.effects)} epochs: {run.effects}"
    judged = np.isfinite(run.aums)
    if cut == "auto":
        cutoffs = {c["label"]: c["cutoff"] for c in got["class_cutoffs"]
                   if c["label"] in run.cutoffs or c["cutoff"] is not None}
        if {c: x for c, x in run.cutoffs.items()}.keys() != cutoffs.keys() or not all(
                is_same(x, cutoffs[c]) for c, x in run.cutoffs.items()):
            yield f"cutoffs {cutoffs} not {run.cutoffs}"
        if not is_same(got["effect"], run.effects[run.window - 1]):
            yield f"effect {got['effect']} not {run.effects[run.window - 1]}"
    elif cut != "none" and not is_same(got["cutoff"], run.cut):
        yield f"cutoff {got['cutoff']} not {run.cut}"
    if got["judged"] != judged.sum():
        yield f"{got['judged']} judged, not {judged.sum()}"
    if cut != "none" and got["flagged"] != count_flagged(run):
        yield f"{got['flagged']} flagged, not {count_flagged(run)}"


def is_cell(column, got, x):
    """Is this what the table must have there?"""
    if x is None or got == "":
        return got == "" and x is None
    if isinstance(x, bool):
        return got == str(x).lower()
    if column == "aum_sd":
        return math.isclose(float(got), x, rel_tol=1e-12, abs_tol=1e-300)
    return got == x if isinstance(x, str) else float(got) == x


def compare_rows(table, found, names, cut):
    rows = list(csv.DictReader(io.StringIO(table)))
    by_id = {row["sample_id"]: row for row in rows}
    expected = {names[i]: dict(v) for i, v in found.items()}
    if len(by_id) != len(rows) or by_id.keys() != expected.keys():
        missing = sorted(expected.keys() - by_id.keys())
        yield f"ranked: {len(rows)} not {len(expected)}; missing {missing[:5]}"
        return
    aums = [float(row["aum"]) for row in rows]
    if aums != sorted(aums):
        yield "rows are not in order"
    for name, row in by_id.items():
        v = expected[name]
        if cut == "none":
            v["flagged"] = v["runs_flagged"] = None
        if "suggested_share" not in row:  # as it was before votes
            del v["suggested_label"]
        for column in v.keys() & row.keys():
            if not is_cell(column, row[column], v[column]):
                yield f"{name}: {column} {row[column]!r} not {v[column]!r}"


def differences(arguments, runs, names, cut, combine, choose):
    """Lines that say what is different."""
    none = cut == "percentile" and any(run.cut is None or math.isnan(run.cut) for run in runs)
    status, table, err, report = scan("-j1", *arguments)
    if none:
        if status != 1:
            yield f"status {status} without threshold samples"
        return
    if status != 0:
        yield f"status {status}: {err}"
        return
    for k, (got, run) in enumerate(zip(report["runs"], runs)):
        for line in compare_run(got, run, cut, choose):
            yield f"run {k}: {line}"
    found = reference.verdicts(runs, combine)
    yield from compare_rows(table, found, names, cut)
    if len(runs) == 2 and "rank_correlation" in report:
        rho = reference.rank_correlation(*runs)
        got = report["rank_correlation"]
        got = math.nan if got is None else got
        if not np.isclose(got, rho, rtol=0, atol=1e-12, equal_nan=True):
            yield f"rank correlation {got} not {rho}"
    if scan("-j4", *arguments)[1] != table:
        yield "four threads differ from one"
    if len(runs) == 1 and cut == "auto" and not choose:
        for _ in range(2):
            status, again, err, _ = scan("--state=state", *arguments)
            if "A state keeps whole epochs" in err:  # rows of zeros, up to the last
                break
            if status != 0 or again != table:
                yield f"through a state: status {status} {err}"
                break


def check_reference():
    """Cases that are easy to find by hand."""
    nan = math.nan
    # 0 0 4 4: m = 2, variance 4; at k = 2 (2 * .5 - 0)^2 / .25 = 4.
    assert reference.split([4, 0, 4, 0]) == (1, 2)
    # 0 1 2: m = 1, variance 2/3; k = 1 and 2 give (1/3)^2 / (2/9) = 1/2, but for rounding.
    assert np.allclose(reference.split([0, 1, 2]), (.75, .5))
    assert reference.split([3, 3, 3])[0] == reference.split([])[0] == 0
    assert math.isnan(reference.split([3])[1])  # there is none
    # 20 of class 0 and 19 of class 1, which takes the split of all.
    aums = np.array([-4.] * 5 + [2.] * 15 + [-10.] * 19)
    labels = np.repeat([0, 1], [20, 19])
    assert math.isclose(reference.effect(aums, labels), 1)
    assert reference.class_cutoffs(aums, labels) == {0: -1, 1: -7}
    assert reference.class_cutoffs(aums + 20, labels) == {0: 0, 1: 0}
    assert reference.longest_window([1, 1]) == 2
    assert reference.longest_window([1, 1, .5, .4]) == 3
    assert reference.longest_window([0, 0, .5, .4, .495, .3]) == 5
    assert reference.longest_window([0, 0, 0, 0]) == 4
    # 163 threshold samples at P = 99: floor(1.63), the second highest.
    assert reference.percentile_cutoff(np.arange(163), 99) == 161
    # Five measurements of one sample of class 0; class 3 is the threshold class.
    m = np.array([[-1], [-2], [1], [-9], [-2], [nan]])
    rivals = np.array([[1], [2], [1], [3], [2], [1]])
    run = reference.Run(m, rivals, range(6), [0], threshold_class=3, choose=False, cut=0)
    assert reference.suggestion([run], 0) == (2, 2 / 5)
    m = np.array([[-1], [-2], [-3], [-3], [-1], [-1]])
    rivals = np.array([[1], [2], [5], [4], [3], [3]])
    run = reference.Run(m, rivals, range(6), [0], choose=False, cut=0)
    assert reference.suggestion([run], 0) == (4, None)  # a fifth class: the worst margin
    # Three runs with AUMs -1, 2 and 0 and a cutoff of .5; one run without a cutoff.
    runs = [reference.Run(np.array([[a]]), np.array([[1]]), [0], [0], choose=False, cut=cut)
            for a, cut in ((-1., .5), (2., .5), (0., .5), (-9., None))]
    ways = ("any", "majority", "mean")
    assert [reference.is_flagged(runs[:3], 0, way) for way in ways] == [True, True, True]
    assert [reference.is_flagged(runs[:2], 0, way) for way in ways] == [True, False, False]
    assert [reference.is_flagged(runs[1:], 0, way) for way in ways] == [True, False, False]
    assert not any(reference.is_flagged(runs[3:], 0, way) for way in ways)
    x, y = [reference.Run(np.array([a]), np.ones((1, 4), int), [0], np.zeros(4), cut=None,
                          choose=False) for a in ([1., 2, 2, nan], [9., 5, 1, 3])]
    assert math.isclose(reference.rank_correlation(x, y), -.75 ** .5)
    found = reference.verdicts(runs[:2])[0]
    assert (found["aum"], found["aum_sd"]) == (.5, 1.5)


check_reference()
bad = windows = nothing = 0
for number in range(count) if only is None else [only]:
    r = np.random.default_rng([seed, number])
    for old in pathlib.Path(".").iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    made = case(r)
    if made is None:
        nothing += 1
        continue
    arguments, runs, names, cut, combine, choose, what = made
    windows += any(run.window < len(run.effects) for run in runs)
    found = list(differences(arguments, runs, names, cut, combine, choose))
    if found:
        bad += 1
        print(f"case {number}: {what}: {' '.join(arguments)}")
        print("\n".join(f"    {line}" for line in found[:4]))
if only is not None and made is not None:
    print(os.getcwd(), *arguments)
ran = (count if only is None else 1) - nothing
print(f"{ran} dumps, {windows} with a shorter window, {bad} differ")
sys.exit(bad != 0)
