#!/usr/bin/python3
"""What --epochs=auto is worth: windows.py [FOLDER]

Trains small networks on data whose labels were flipped on purpose, dumps them,
and runs aum-scan over all epochs, over those that it chooses, and over every
possible number of first epochs, of which the one with the best F1 by the truth
is what nobody can know beforehand. Prints a table of F1 of the flags against
the flips; where no label is wrong, of the share that is flagged all the same.
Needs python3-torch, -sklearn and -h5py; aum-scan and aum-plan from the folder
in AUM_BIN (default: the current one).
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import torch
from sklearn import datasets

BIN = pathlib.Path(os.environ.get("AUM_BIN", ".")).resolve()


def digits(rng):
    x, y = datasets.load_digits(return_X_y=True)
    return x / 16, y, 10


def cancer(rng):
    x, y = datasets.load_breast_cancer(return_X_y=True)
    return (x - x.mean(0)) / x.std(0), y, 2


def mixture(classes, samples, spread):
    """Gaussian clusters, two a class, in 32 dimensions."""
    def make(rng):
        centres = rng.normal(size=(classes, 2, 32))
        y = rng.integers(0, classes, samples)
        which = rng.integers(0, 2, samples)
        return centres[y, which] + spread * rng.normal(size=(samples, 32)), y, classes
    return make


def symmetric(y, classes, share, rng):
    y = y.copy()
    chosen = rng.choice(len(y), int(share * len(y)), replace=False)
    y[chosen] = (y[chosen] + rng.integers(1, classes, len(chosen))) % classes
    return y


def asymmetric(y, classes, share, rng):
    """Each class is mistaken for the next one only."""
    y = y.copy()
    chosen = rng.choice(len(y), int(share * len(y)), replace=False)
    y[chosen] = (y[chosen] + 1) % classes
    return y


def confused(y, classes, share, rng):
    """Labels of a third of the classes are bad, those of the others right."""
    y = y.copy()
    there = np.flatnonzero(y < max(1, classes // 3))
    chosen = rng.choice(there, int(share * len(there)), replace=False)
    y[chosen] = (y[chosen] + rng.integers(1, classes, len(chosen))) % classes
    return y


# name, data, noise, share, hidden units, epochs, epoch of a tenth of the rate
CASES = [
    ("digits, 20% symmetric", digits, symmetric, 0.2, 256, 40, None),
    ("digits, 40% symmetric", digits, symmetric, 0.4, 256, 40, None),
    ("digits, 30% asymmetric", digits, asymmetric, 0.3, 256, 40, None),
    ("digits, 60% of three classes", digits, confused, 0.6, 256, 40, None),
    ("digits, 20%, lower rate from epoch 15", digits, symmetric, 0.2, 256, 40, 15),
    ("digits, no noise", digits, symmetric, 0.0, 256, 40, None),
    ("breast cancer, 2 classes, 15%", cancer, symmetric, 0.15, 64, 60, None),
    ("mixture of 20 classes, 20%", mixture(20, 8000, 0.6), symmetric, 0.2, 256, 40, None),
    ("mixture of 20 classes, 30% asymmetric", mixture(20, 8000, 0.6), asymmetric, 0.3, 256, 40, None),
    ("mixture of 50 classes, 20%", mixture(50, 15000, 0.6), symmetric, 0.2, 256, 40, None),
    ("mixture of 50 classes, overlapping, 20%", mixture(50, 15000, 1.0), symmetric, 0.2, 256, 40, None),
    ("mixture of 20 classes, 10 epochs only", mixture(20, 8000, 0.6), symmetric, 0.2, 256, 10, None),
    ("mixture of 20 classes, no noise", mixture(20, 8000, 0.6), symmetric, 0.0, 256, 40, None),
]


def train(path, x, labels, outputs, hidden, epochs, drop):
    data = torch.utils.data.TensorDataset(
        torch.tensor(x, dtype=torch.float32), torch.tensor(labels), torch.arange(len(x)))
    loader = torch.utils.data.DataLoader(data, batch_size=64, shuffle=True)
    model = torch.nn.Sequential(torch.nn.Linear(x.shape[1], hidden), torch.nn.ReLU(),
                                torch.nn.Linear(hidden, hidden), torch.nn.ReLU(),
                                torch.nn.Linear(hidden, outputs))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    with h5py.File(path, "w") as f:
        for epoch in range(epochs):
            if epoch == drop:
                optimizer.param_groups[0]["lr"] /= 10
            logits, targets, indices = [], [], []
            for xs, ys, i in loader:
                z = model(xs)
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(z, ys).backward()
                optimizer.step()
                logits.append(z.detach()), targets.append(ys), indices.append(i)
            g = f.create_group(f"epoch_{epoch}")
            g["logits"] = torch.cat(logits).numpy()
            g["labels"] = torch.cat(targets).numpy()
            g["indices"] = torch.cat(indices).numpy()


def scan(folder, classes, *arguments):
    subprocess.run([BIN / "aum-scan", "-q", "-n0", "-o", "/dev/null", "-c", str(classes),
                    "--truth", folder / "truth.csv", "--report-json", folder / "report.json",
                    folder / "run.h5", *arguments], check=True)
    return json.loads((folder / "report.json").read_text())


def case(folder, name, data, noise, share, hidden, epochs, drop):
    rng = np.random.default_rng(1)
    torch.manual_seed(1)
    x, truth, classes = data(rng)
    labels = noise(truth, classes, share, rng)
    with open(folder / "truth.csv", "w") as f:
        f.write("sample_id,true_label\n" + "".join(f"{i},{y}\n" for i, y in enumerate(truth)))
    plan = subprocess.run([BIN / "aum-plan", "-q", "--sets=1", f"--samples={len(x)}",
                           f"--classes={classes}"], check=True, capture_output=True, text=True)
    spent = [int(r["sample_id"]) for r in csv.DictReader(plan.stdout.splitlines())]
    labels[spent] = classes
    train(folder / "run.h5", x, labels, classes + 1, hidden, epochs, drop)
    every = scan(folder, classes)
    auto = scan(folder, classes, "-e", "auto")
    noisy = share > 0
    value = lambda r: r["evaluation"]["f1"] if noisy else r["flagged_share"]
    looks = [(value(scan(folder, classes, "-e", f":{t - 1}")), t) for t in range(3, epochs + 1)]
    best, t = max(looks) if noisy else min(looks)
    show = (lambda v: f"{v:.3f}".lstrip("0")) if noisy else (lambda v: f"{100 * v:.1f}% flagged")
    print(f"| {name} | {show(value(every))} ({epochs}) | {show(value(auto))} "
          f"({auto['runs'][0]['window']['epochs']}) | {show(best)} ({t}) |", flush=True)


def main():
    torch.set_num_threads(1)
    print("| | all epochs | `-e auto` | best by the truth |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for row in CASES:
            if not sys.argv[1:] or any(word in row[0] for word in sys.argv[1:]):
                case(pathlib.Path(folder), *row)


main()
