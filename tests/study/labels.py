#!/usr/bin/python3
"""labels.py [SEED [COUNT]]: labels in every convention and type, against NumPy.

Each dump has random numbers of classes, epochs and samples, one convention and
one type of labels, and perhaps rows that are to be ignored. The ranking by
aum-scan must be reference.py's, and without the option the dump must be refused.
AUM_SCAN is the program.
"""
import collections
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "fixtures"))
import reference

seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
rng = np.random.default_rng(seed)
program = os.environ.get("AUM_SCAN", "aum-scan")
seen, failed = collections.Counter(), 0
INTEGERS = ["i1", "i2", ">i2", "i4", ">i8", "i8", "u1", "u2", ">u4", "u8", "f2", "f4", ">f8"]


def run(*arguments):
    done = subprocess.run([program, "-q", *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout


def expected(epochs, first, step):
    lines = reference.ranking(epochs)[0].splitlines()
    for i, line in enumerate(lines[1:], 1):
        cells = line.split(",")
        for k in (2, 6):
            cells[k] = str(first + step * int(cells[k])) if cells[k] else ""
        lines[i] = ",".join(cells)
    return "\n".join(lines) + "\n"


for case in range(count):
    kind = ["from_1", "ignored", "both", "soft", "signs", "one_hot"][case % 6]
    c = 2 if kind == "signs" else int(rng.integers(3, 40))
    n, t = int(rng.integers(2 * c + 20, 300)), int(rng.integers(1, 4))
    y = rng.integers(0, c, n)
    y[:c] = np.arange(c)
    z = rng.normal(size=(t, n, 1 if kind == "signs" and case % 2 else c)).astype("f4")
    kept = np.ones((t, n), bool)
    dtype = np.dtype(INTEGERS[rng.integers(len(INTEGERS))])
    first, step, options, soft = 0, 1, [], kind in ("soft", "one_hot")
    if kind in ("from_1", "both"):
        first, options = 1, ["--first-label=1"]
    if kind == "signs":
        first, step = -1, 2
        dtype = np.dtype(rng.choice(["i1", ">i4", "i8", "f2", "f8"]))
    stored = np.tile(y * step + first, (t, 1))
    if kind in ("ignored", "both"):
        values = [255] if dtype.kind == "u" else [-100] if case % 4 else [-1, -100]
        kept = rng.random((t, n)) > rng.uniform(0.05, 0.4)
        kept[:, :c] = True
        stored = np.where(kept, stored, rng.choice(values, (t, n)))
        kept = ~np.isin(stored, values)
        options.append("--ignore-label=" + ",".join(map(str, values)))
    if soft:
        hot = np.eye(c)[y]
        if kind == "soft":
            hot = hot * 0.9 + 0.1 / c
            options = ["--soft-labels"]
        stored = np.tile(hot.astype("f4"), (t, 1, 1))
    else:
        stored = stored.astype(dtype)
    chunks = {"chunks": True, "compression": "gzip"} if rng.random() < 0.5 else {}
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/a.h5"
        with h5py.File(path, "w") as f:
            f.create_dataset("logits", data=z, **chunks)
            f.create_dataset("labels", data=stored, **chunks)
        want = expected([(np.arange(n)[kept[i]], y[kept[i]], z[i][kept[i]]) for i in range(t)],
                        first, step)
        for threads in ("1", "3"):
            status, found = run(f"-j{threads}", *options, path)
            if status != 0 or found != want:
                failed += 1
                print("differs:", case, kind, dtype, n, t, c, options, status)
        if options and run(path)[0] == 0:
            failed += 1
            print("not refused:", case, kind, dtype, n, t, c)
    seen[kind] += 1
print("seed", seed, "cases", count, dict(seen), "differ", failed)
