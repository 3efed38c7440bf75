#!/usr/bin/python3
"""Writes the dumps that `make bench` scans: make_dumps.py FOLDER [CASE...]

Logits as a network has them when it is well into training: normal noise, and
more on the assigned class. Each dump is a file an epoch with logits, int64
labels and int64 indices in training (shuffled) order, but for `ten_million`, which is
one epoch in index order, and `strings`, whose ids are strings of 16 bytes.
"""
import pathlib
import sys

import h5py
import numpy as np

GZIP = dict(compression="gzip", compression_opts=4)


def row_chunks(n, c):
    return dict(chunks=(min(n, max(1, 2**20 // (4 * c))), c), shuffle=True, **GZIP)


CASES = {  # rows, classes, epochs, type, storage
    "f32_1000": (50_000, 1000, 2, "f4", {}),
    "f32_100": (50_000, 100, 10, "f4", {}),
    "f32_10": (60_000, 10, 60, "f4", {}),
    "f16_1000": (50_000, 1000, 2, "f2", {}),
    "gzip_1000": (50_000, 1000, 2, "f4", row_chunks(50_000, 1000)),
    "gzip_100": (50_000, 100, 10, "f4", row_chunks(50_000, 100)),
    "gzip_10": (60_000, 10, 60, "f4", row_chunks(60_000, 10)),
    "gzip_auto": (50_000, 100, 10, "f4", GZIP),
    "gzip_64": (50_000, 100, 10, "f4", dict(chunks=(64, 100), maxshape=(None, 100), **GZIP)),
    "ten_million": (10_000_000, 10, 1, "f4", {}),
    # Long runs: 4 GB, 1.7 GB, 1 GB, 1 GB before compression, 1.3 GB.
    "long_1000": (50_000, 1000, 20, "f4", {}),
    "long_10": (85_000, 10, 500, "f4", {}),
    "long_2": (2_000_000, 2, 20, "f4", {}),
    "gzip_f16": (50_000, 1000, 10, "f2", row_chunks(50_000, 1000)),
    "strings": (20_000_000, 2, 2, "f4", {}),
}


def write(folder, name):
    rows, classes, epochs, kind, storage = CASES[name]
    rng = np.random.default_rng(1)
    labels = rng.integers(0, classes, rows)
    out = folder / name
    out.mkdir(parents=True, exist_ok=True)
    for epoch in range(epochs):
        order = np.arange(rows) if epochs == 1 else rng.permutation(rows)
        logits = rng.standard_normal((rows, classes), dtype="f4")
        logits[np.arange(rows), labels[order]] += 3
        with h5py.File(out / f"epoch_{epoch}.h5", "w") as f:
            f.create_dataset("logits", data=logits.astype(kind), **storage)
            f["labels"] = labels[order]
            f["indices"] = np.char.mod("img_%011d", order).astype("S16") if name == "strings" else order


if __name__ == "__main__":
    where = pathlib.Path(sys.argv[1])
    for case in sys.argv[2:] or CASES:
        if not (where / case / "done").exists():
            write(where, case)
            (where / case / "done").touch()
