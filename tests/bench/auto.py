#!/usr/bin/python3
"""What -t auto adds to a scan: auto.py FOLDER [RUNS]

4,000,000 samples of 10 classes, 20 epochs, 20% wrong labels that are memorised
from epoch 8 on (3.4 GB, made once). Whole processes, warm files, -t 0 and -t auto
in turn, medians; what it adds per epoch that it looks at, beside one NumPy argsort
of as many AUMs in the same run; peak memory beside what the contract allows.
AUM_SCAN names the program.
"""
import os
import pathlib
import statistics
import sys
import time

import h5py
import numpy as np

SCAN = os.environ.get("AUM_SCAN", "./aum-scan")
N, C, EPOCHS = 4_000_000, 10, 20
# Bytes per sample: of every scan, and for a window of epochs.
ALLOWED_MIB = 32 + N * (112 + 96) / 2**20


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(18)
    true = rng.integers(0, C, N, dtype="u1")
    wrong = rng.random(N) < 0.2
    given = np.where(wrong, (true + rng.integers(1, C, N, dtype="u1")) % C, true)
    for epoch in range(EPOCHS):
        path = folder / f"epoch_{epoch:02}.h5"
        if path.exists():
            continue
        z = rng.standard_normal((N, C), dtype="f4")
        z[np.arange(N), true] += 1 + 0.2 * epoch
        z[wrong, given[wrong]] += max(0, epoch - 7) * 1.0
        with h5py.File(path, "w") as f:
            f["logits"] = z
            f["labels"] = given


def run(*arguments):
    start = time.perf_counter()
    pid = os.posix_spawn(SCAN, [SCAN, "-q", *arguments], os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    assert status == 0, arguments
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    folder = pathlib.Path(sys.argv[1]) / "auto"
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    make(folder)
    aums = np.random.default_rng(1).standard_normal(N)
    fixed, auto, argsort, peak = [], [], [], 0
    for i in range(runs + 1):  # the first one warms up
        a, _ = run("-t", "0", str(folder))
        b, memory = run("-t", "auto", str(folder))
        start = time.perf_counter()
        np.argsort(aums)
        c = time.perf_counter() - start
        if i > 0:
            fixed.append(a)
            auto.append(b)
            argsort.append(c)
        peak = max(peak, memory)
    looks = EPOCHS - 2
    each = statistics.median(y - x for x, y in zip(fixed, auto)) / looks
    sort = statistics.median(argsort)
    print(f"-t 0 {statistics.median(fixed):.3f} s, -t auto {statistics.median(auto):.3f} s: "
          f"{1000 * each:.0f} ms more per epoch, {each / sort:.2f} of an argsort "
          f"({1000 * sort:.0f} ms)")
    print(f"peak {peak:.0f} MiB, allowed {ALLOWED_MIB:.0f} MiB")


main()
