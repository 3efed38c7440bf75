#!/usr/bin/python3
"""One training, dumped in eight styles: is it one and the same ranking?

    AUM_SCAN=./aum-scan tests/study/styles.py [FOLDER]

Trains a network on scikit-learn's digits with PyTorch, and writes what its loop
sees as training code does: a file, a group or a dataset for each epoch, one
dataset of three axes, rows that are appended, files of two ranks, groups of
batches, and a virtual dataset over the ranks. All rankings have to be the same,
byte for byte, and that of NumPy. Also prints what --list says of each. Needs
python3-torch, python3-sklearn and python3-h5py.
"""
import csv
import io
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import sklearn.datasets
import torch

SCAN = os.path.abspath(os.environ.get("AUM_SCAN", "./aum-scan"))
EPOCHS, BATCH = 6, 256


def train():
    """The batches of each epoch, as the loop sees them: (logits, labels, ids)."""
    torch.manual_seed(16)
    x, y = sklearn.datasets.load_digits(return_X_y=True)
    x = torch.tensor(x, dtype=torch.float32) / 16
    y = torch.tensor(y)
    flipped = torch.rand(len(y)) < 0.2
    y[flipped] = torch.randint(0, 10, (int(flipped.sum()),))
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(),
                                torch.nn.Linear(64, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    for _ in range(EPOCHS):
        batches = []
        for ids in torch.randperm(len(y)).split(BATCH):
            z = model(x[ids])
            loss = torch.nn.functional.cross_entropy(z, y[ids])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            batches.append((z.detach().numpy(), y[ids].numpy(), ids.numpy()))
        yield batches


def put(group, parts):
    for name, values in zip(("logits", "labels", "indices"), zip(*parts)):
        group[name] = np.concatenate(values)


def whole(batches):
    return [np.concatenate(values) for values in zip(*batches)]


def per_file(run, folder):
    for t, batches in enumerate(run):
        with h5py.File(folder / f"epoch_{t}.h5", "w") as f:
            put(f, batches)


def per_group(run, folder):
    with h5py.File(folder / "run.h5", "w") as f:
        for t, batches in enumerate(run):
            put(f.create_group(f"epoch_{t}"), batches)


def per_dataset(run, folder):
    with h5py.File(folder / "run.h5", "w") as f:
        for t, batches in enumerate(run):
            for name, values in zip(("logits", "labels", "indices"), whole(batches)):
                f[f"{name}_epoch_{t}"] = values


def cube(run, folder):
    with h5py.File(folder / "run.h5", "w") as f:
        for name, values in zip(("logits", "labels", "indices"), zip(*map(whole, run))):
            f.create_dataset(name, data=np.stack(values), compression="gzip")


def appended(run, folder):
    """Resized for each batch, as loggers do."""
    with h5py.File(folder / "run.h5", "w") as f:
        names = ("logits", "labels", "indices", "epoch")
        for t, batches in enumerate(run):
            for z, y, i in batches:
                rows = (z, y, i, np.full(len(y), t))
                for name, values in zip(names, rows):
                    if name not in f:
                        f.create_dataset(name, data=values, chunks=True,
                                         maxshape=(None,) + values.shape[1:])
                        continue
                    d = f[name]
                    d.resize(len(d) + len(values), axis=0)
                    d[-len(values):] = values


def ranks(run, folder):
    for t, batches in enumerate(run):
        (folder / f"epoch_{t}").mkdir()
        for k in (0, 1):
            with h5py.File(folder / f"epoch_{t}" / f"rank_{k}.h5", "w") as f:
                put(f, batches[k::2])


def batch_groups(run, folder):
    with h5py.File(folder / "run.h5", "w") as f:
        for t, batches in enumerate(run):
            for b, batch in enumerate(batches):
                put(f.create_group(f"epoch_{t}/batch_{b}"), [batch])


def virtual(run, folder):
    """A file that shows the files of the ranks as one dataset for each epoch."""
    (folder / "ranks").mkdir()
    with h5py.File(folder / "run.h5", "w", libver="latest") as f:
        for t, batches in enumerate(run):
            for k in (0, 1):
                with h5py.File(folder / "ranks" / f"{t}_{k}.h5", "w") as g:
                    put(g, batches[k::2])
            for name, values in zip(("logits", "labels", "indices"), whole(batches)):
                layout = h5py.VirtualLayout(values.shape, values.dtype)
                at = 0
                for k in (0, 1):
                    rows = sum(len(b[1]) for b in batches[k::2])
                    layout[at:at + rows] = h5py.VirtualSource(
                        f"ranks/{t}_{k}.h5", name, (rows,) + values.shape[1:])
                    at += rows
                f.create_virtual_dataset(f"epoch_{t}/{name}", layout)


def aums(run):
    """NumPy's."""
    margins = {}
    for batches in run:
        z, y, ids = whole(batches)
        z = z.astype("f8")
        own = z[np.arange(len(y)), y].copy()
        z[np.arange(len(y)), y] = -np.inf
        for i, m in zip(ids, own - z.max(1)):
            margins.setdefault(int(i), []).append(m)
    return {i: np.mean(m) for i, m in margins.items()}


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    run = list(train())
    expected = aums(run)
    first, bad = None, 0
    styles = (per_file, per_group, per_dataset, cube, appended, ranks, batch_groups, virtual)
    for style in styles:
        folder = root / style.__name__
        folder.mkdir(parents=True)
        style(run, folder)
        what = folder / "run.h5" if style is virtual else folder
        done = subprocess.run([SCAN, what], capture_output=True)
        first = first or done.stdout
        rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
        worst = max((abs(float(r["aum"]) - expected[int(r["sample_id"])]) for r in rows),
                    default=np.nan)
        same = done.returncode == 0 and done.stdout == first and len(rows) == len(expected)
        bad += not (same and worst < 1e-12)
        listed = subprocess.run([SCAN, "-q", "-l", what], capture_output=True, text=True)
        print(f"{style.__name__:13} {'same' if same else 'OTHER'}, off by {worst:.0e}, "
              f"{len(listed.stdout.splitlines()) - 1} records: {done.stderr.decode().strip()}")
    print(f"{len(styles)} styles, {bad} differ")
    return bad != 0


sys.exit(main())
