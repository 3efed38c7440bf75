#!/usr/bin/python3
"""Times aum-scan, the NumPy peer and the rooflines in turn: bench.py FOLDER
[--runs N] [CASE...]

Whole processes, warm files, medians of N runs (default 5), each command in turn
so that a machine that changes its speed changes it for all. Output goes to
/dev/null. Environment: AUM_SCAN and ROOFLINE, the programs; PEER=no leaves the
peer out.
"""
import os
import pathlib

import statistics
import sys
import time

HERE = pathlib.Path(__file__).parent
SCAN = os.environ.get("AUM_SCAN", "./aum-scan")
ROOFLINE = os.environ.get("ROOFLINE", "./tests/bench/roofline")
CASES = ["f32_1000", "f32_100", "f32_10", "f16_1000", "gzip_1000", "gzip_100", "gzip_10",
         "gzip_auto", "gzip_64", "ten_million", "long_1000", "long_10", "long_2",
         "gzip_f16", "strings"]

def seconds(command, **settings):
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, {**os.environ, **settings}, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    assert status == 0, command
    return time.perf_counter() - start, usage.ru_maxrss

def main():
    words = sys.argv[2:]
    runs = 5
    if words[:1] == ["--runs"]:
        runs, words = int(words[1]), words[2:]
    root = pathlib.Path(sys.argv[1])
    cores = str(os.cpu_count())
    print(f"{'dump':12} {'aum-scan':>9} {'1 thread':>9} {'NumPy':>9} {'faster':>7} "
          f"{'roofline':>9} {'of it':>6} {'MiB':>6} {'isolation':>9}")
    for case in words or CASES:
        folder = root / case
        files = sorted(str(p) for p in folder.glob("*.h5"))
        kind = "inflate" if case.startswith("gzip") else "read"
        commands = {
            "scan": [SCAN, "-q", str(folder)],
            "alone": [SCAN, "-q", str(folder)],  # without a child process
            "one": [SCAN, "-q", "-j1", str(folder)],
            "roof": [ROOFLINE, kind, cores, *files],
            "peer": ["/usr/bin/python3", str(HERE / "peer.py"), str(folder)],
        }
        if os.environ.get("PEER") == "no":
            del commands["peer"]
        times = {name: [] for name in commands}
        memory = 0
        for run in range(runs + 1):  # the first one warms up
            for name, command in commands.items():
                settings = {"AUM_ONE_PROCESS": "1"} if name == "alone" else {}
                wall, peak = seconds(command, **settings)
                if run > 0:
                    times[name].append(wall)
                if name == "scan":
                    memory = max(memory, peak)
        t = {name: statistics.median(values) for name, values in times.items()}
        peer = t.get("peer", float("nan"))
        print(f"{case:12} {t['scan']:9.4f} {t['one']:9.4f} {peer:9.3f} "
              f"{peer / t['scan']:6.1f}x {t['roof']:9.4f} {t['roof'] / t['scan']:6.2f} "
              f"{memory / 1024:6.0f} {1000 * (t['scan'] - t['alone']):6.1f} ms", flush=True)

main()
