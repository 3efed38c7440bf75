#!/usr/bin/python3
"""How well each cutoff finds flipped labels, and what dropping its suspects is worth.

    detection.py FOLDER [WORD...]

Trains small networks on real data from the distribution and on mixtures, with labels
flipped on purpose, once with threshold samples and once without (FOLDER keeps the
dumps), and prints three tables: F1 of the flags of each rule; the share that is
flagged where no label is wrong; and the test error after training again without what
-t auto flags, beside all samples, as many removed at random, and the flips removed.
WORDs choose settings by their names. About 20 minutes on one core.

Needs the packages python3-torch, -sklearn and -h5py, dataset-fashion-mnist, and
libopenblas0-pthread: the reference BLAS is 50 times slower. AUM_BIN is the folder of
aum-scan and aum-plan (default: the current one).
"""
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys

OPENBLAS = "/usr/lib/x86_64-linux-gnu/openblas-pthread"
if OPENBLAS not in os.environ.get("LD_LIBRARY_PATH", "") and os.path.isdir(OPENBLAS):
    path = ":".join(filter(None, [OPENBLAS, os.environ.get("LD_LIBRARY_PATH")]))
    os.execve(sys.executable, [sys.executable, *sys.argv],
              {**os.environ, "LD_LIBRARY_PATH": path, "OPENBLAS_NUM_THREADS": "1"})

import h5py
import numpy as np
import torch
from sklearn import datasets

BIN = pathlib.Path(os.environ.get("AUM_BIN", ".")).resolve()
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")


# ---- data: (x, labels, test x, test labels, classes) ----

def held_out(x, y, classes, rng):
    order = rng.permutation(len(x))
    test, rest = order[:len(x) // 5], order[len(x) // 5:]
    return x[rest], y[rest], x[test], y[test], classes


def digits(rng):
    x, y = datasets.load_digits(return_X_y=True)
    return held_out(x / 16, y, 10, rng)


def cancer(rng):
    x, y = datasets.load_breast_cancer(return_X_y=True)
    return held_out((x - x.mean(0)) / x.std(0), y, 2, rng)


def idx(name):
    with gzip.open(FASHION / name) as f:
        data = f.read()
    return np.frombuffer(data, "u1", offset=4 + 4 * data[3])


def fashion(samples):
    def make(rng):
        x = idx("train-images-idx3-ubyte.gz").reshape(-1, 784) / 255
        y = idx("train-labels-idx1-ubyte.gz").astype("i8")
        test_x = idx("t10k-images-idx3-ubyte.gz").reshape(-1, 784) / 255
        test_y = idx("t10k-labels-idx1-ubyte.gz").astype("i8")
        some = rng.choice(len(x), samples, replace=False)
        return x[some], y[some], test_x, test_y, 10
    return make


def mixture(classes, samples, spread):
    """Gaussian clusters, two per class, in 32 dimensions."""
    def make(rng):
        centres = rng.normal(size=(classes, 2, 32))
        y = rng.integers(0, classes, samples)
        x = centres[y, rng.integers(0, 2, samples)] + spread * rng.normal(size=(samples, 32))
        return held_out(x, y, classes, rng)
    return make


# ---- noise ----

def move(y, classes, those, share, to, rng):
    y = y.copy()
    chosen = rng.choice(those, int(share * len(those)), replace=False)
    y[chosen] = (y[chosen] + to(len(chosen))) % classes
    return y


def symmetric(y, classes, share, rng):
    return move(y, classes, np.arange(len(y)), share, lambda n: rng.integers(1, classes, n), rng)


def cyclic(y, classes, share, rng):
    """Each class is mistaken for the next one only."""
    return move(y, classes, np.arange(len(y)), share, lambda n: 1, rng)


def of_a_third(y, classes, share, rng):
    """Labels of a third of the classes are bad, those of the others right."""
    return move(y, classes, np.flatnonzero(y < max(1, classes // 3)), share,
                lambda n: rng.integers(1, classes, n), rng)


def one_sided(y, classes, share, rng):
    """Some of class 1 are labeled 0, none the other way."""
    return move(y, classes, np.flatnonzero(y == 1), share, lambda n: 1, rng)


# Confusable pairs of Fashion-MNIST: T-shirt and shirt, pullover and coat, sandal
# and sneaker, trouser and dress, bag and boot.
PAIRS = np.array([6, 3, 4, 1, 2, 7, 0, 5, 9, 8])


def pairs(y, classes, share, rng):
    y = y.copy()
    chosen = rng.choice(len(y), int(share * len(y)), replace=False)
    y[chosen] = PAIRS[y[chosen]]
    return y


# ---- networks ----

def mlp(hidden):
    return lambda inputs, outputs: torch.nn.Sequential(
        torch.nn.Linear(inputs, hidden), torch.nn.ReLU(),
        torch.nn.Linear(hidden, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, outputs))


def cnn(inputs, outputs):
    return torch.nn.Sequential(
        torch.nn.Unflatten(1, (1, 28, 28)),
        torch.nn.Conv2d(1, 16, 3, stride=2), torch.nn.ReLU(),
        torch.nn.Conv2d(16, 32, 3, stride=2), torch.nn.ReLU(),
        torch.nn.Flatten(), torch.nn.Linear(32 * 36, outputs))


# name, data, noise, share, network, epochs
SETTINGS = [
    ("digits, 20% symmetric", digits, symmetric, 0.2, mlp(256), 40),
    ("digits, 40% symmetric", digits, symmetric, 0.4, mlp(256), 40),
    ("digits, 20% symmetric, 8 epochs", digits, symmetric, 0.2, mlp(256), 8),
    ("digits, 30% to the next class", digits, cyclic, 0.3, mlp(256), 40),
    ("digits, 60% of three classes", digits, of_a_third, 0.6, mlp(256), 40),
    ("digits, none", digits, symmetric, 0, mlp(256), 40),
    ("breast cancer, 15% symmetric", cancer, symmetric, 0.15, mlp(64), 60),
    ("breast cancer, 20% one-sided", cancer, one_sided, 0.2, mlp(64), 60),
    ("breast cancer, none", cancer, symmetric, 0, mlp(64), 60),
    ("fashion, 5% symmetric", fashion(10000), symmetric, 0.05, mlp(256), 30),
    ("fashion, 20% symmetric", fashion(10000), symmetric, 0.2, mlp(256), 40),
    ("fashion, 40% symmetric", fashion(10000), symmetric, 0.4, mlp(256), 40),
    ("fashion, 20% of confusable pairs", fashion(10000), pairs, 0.2, mlp(256), 30),
    ("fashion, 20% symmetric, CNN", fashion(10000), symmetric, 0.2, cnn, 30),
    ("fashion, none", fashion(10000), symmetric, 0, mlp(256), 30),
    ("mixture of 20 classes, 20%", mixture(20, 10000, 0.6), symmetric, 0.2, mlp(256), 40),
    ("mixture of 100 classes, 40%", mixture(100, 20000, 0.6), symmetric, 0.4, mlp(256), 40),
    ("mixture of 20 classes, none", mixture(20, 10000, 0.6), symmetric, 0, mlp(256), 40),
]


def epochs_of(model, x, labels, count):
    """Trains, and yields each epoch's logits, of all samples in the order of the
    shuffling loader, and that order."""
    x, labels = torch.tensor(x, dtype=torch.float32), torch.tensor(labels)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    for _ in range(count):
        order = torch.randperm(len(x))
        logits = []
        for batch in order.split(64):
            z = model(x[batch])
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(z, labels[batch]).backward()
            optimizer.step()
            logits.append(z.detach())
        yield torch.cat(logits).numpy(), order.numpy()


def dump(path, network, x, labels, outputs, epochs):
    torch.manual_seed(1)
    with h5py.File(path, "w") as f:
        run = epochs_of(network(x.shape[1], outputs), x, labels, epochs)
        for epoch, (logits, order) in enumerate(run):
            g = f.create_group(f"epoch_{epoch}")
            g["logits"], g["labels"], g["indices"] = logits, labels[order], order


def test_error(network, x, labels, test_x, test_y, outputs, epochs, keep):
    torch.manual_seed(2)
    model = network(x.shape[1], outputs)
    for _ in epochs_of(model, x[keep], labels[keep], epochs):
        pass
    with torch.no_grad():
        z = model(torch.tensor(test_x, dtype=torch.float32))
    return float((z.argmax(1).numpy() != test_y).mean())


def scan(folder, dump_name, *arguments):
    """The report and the ids flagged."""
    subprocess.run([BIN / "aum-scan", "-q", "-o", folder / "flagged.csv",
                    "--truth", folder / "truth.csv", "--report-json", folder / "report.json",
                    folder / dump_name, *arguments], check=True)
    with open(folder / "flagged.csv") as f:
        flagged = [int(r["sample_id"]) for r in csv.DictReader(f)]
    return json.loads((folder / "report.json").read_text()), flagged


def prepare(folder, data, noise, share, network, epochs):
    """Both dumps, unless they exist; the data again either way."""
    rng = np.random.default_rng(1)
    x, truth, test_x, test_y, classes = data(rng)
    labels = noise(truth, classes, share, rng)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "truth.csv").write_text(
        "sample_id,true_label\n" + "".join(f"{i},{y}\n" for i, y in enumerate(truth)))
    if not (folder / "done").exists():
        dump(folder / "ordinary.h5", network, x, labels, classes, epochs)
        plan = subprocess.run([BIN / "aum-plan", "-q", "--sets=1", f"--samples={len(x)}",
                               f"--classes={classes}"], check=True, capture_output=True, text=True)
        spent = [int(r["sample_id"]) for r in csv.DictReader(plan.stdout.splitlines())]
        with_extra = labels.copy()
        with_extra[spent] = classes
        dump(folder / "threshold.h5", network, x, with_extra, classes + 1, epochs)
        (folder / "done").touch()
    return x, labels, truth, test_x, test_y, classes


RULES = [("paper", "threshold.h5", lambda c: ["-c", str(c)]),
         ("-t auto -c C", "threshold.h5", lambda c: ["-t", "auto", "-c", str(c)]),
         ("-t 0", "ordinary.h5", lambda c: ["-t", "0"]),
         ("-t auto", "ordinary.h5", lambda c: ["-t", "auto"])]


def text(value):
    return f"{value:.3f}".replace("0.", ".", 1) if value is not None else "-"


def rule_table(found, noisy):
    print("\n| " + ("F1" if noisy else "flagged, though no label is wrong") + " | "
          + " | ".join(f"`{r[0]}`" if r[0][0] == "-" else r[0] for r in RULES)
          + " | effect | epochs |\n" + "|---" * (len(RULES) + 3) + "|")
    rows = []
    for name, reports, epochs in found:
        values = [(r["evaluation"]["f1"] or 0.0) if noisy else r["flagged_share"] for r in reports]
        window = reports[-1]["runs"][0]["window"]
        rows.append(values)
        print(f"| {name} | " + " | ".join(map(text, values))
              + f" | {text(window['effect'])} | {window['epochs']} of {epochs} |")
    if rows:
        print("| mean | " + " | ".join(map(text, np.mean(rows, axis=0))) + " | | |")


def retraining(found):
    print("\n| test error, trained on | all | without the flagged | as many at random |"
          " without the flips |\n|---|---|---|---|---|")
    for name, errors in found:
        print(f"| {name} | " + " | ".join(f"{100 * e:.1f}%" for e in errors) + " |")


def main():
    torch.set_num_threads(1)
    root = pathlib.Path(sys.argv[1])
    noisy, clean, trained = [], [], []
    for name, data, noise, share, network, epochs in SETTINGS:
        if sys.argv[2:] and not any(word in name for word in sys.argv[2:]):
            continue
        folder = root / name.replace(" ", "_").replace("%", "").replace(",", "")
        x, labels, truth, test_x, test_y, classes = prepare(folder, data, noise, share,
                                                            network, epochs)
        scans = [scan(folder, d, *arguments(classes)) for _, d, arguments in RULES]
        (noisy if share else clean).append((name, [r for r, _ in scans], epochs))
        print(name, *[text(r["evaluation"]["f1"] or 0.0) for r, _ in scans], file=sys.stderr)
        if name not in ("digits, 40% symmetric", "fashion, 20% symmetric",
                        "fashion, 40% symmetric", "mixture of 100 classes, 40%"):
            continue
        every = np.arange(len(x))
        flagged = scans[-1][1]
        at_random = np.random.default_rng(3).choice(every, len(flagged), replace=False)
        trained.append((name, [
            test_error(network, x, labels, test_x, test_y, classes, epochs, keep)
            for keep in (every, np.setdiff1d(every, flagged), np.setdiff1d(every, at_random),
                         np.flatnonzero(labels == truth))]))
    rule_table(noisy, True)
    rule_table(clean, False)
    retraining(trained)


main()
