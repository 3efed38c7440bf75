#!/usr/bin/python3
"""Random names and links of epochs: is each read as the epoch that it is?

    AUM_SCAN=./aum-scan tests/study/names.py [SEED [COUNT]]

Each case writes a few epochs of random logits under random names of files,
folders, groups and datasets, in random order, behind links and beside things
that are no epochs, and compares the ranking of a random range of epochs (-e) with
NumPy's. An error is fine if no number tells the epochs; another ranking is not.
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

SCAN = os.path.abspath(os.environ.get("AUM_SCAN", "./aum-scan"))
N, C = 11, 4


def word(r, *words):
    return str(r.choice(words))


def epoch_name(r, e):
    """A name that numbers the epoch."""
    pad = int(r.integers(1, 5))
    n = f"{e:0{pad}d}" if e >= 0 else str(e)
    form = word(r, "epoch_{}", "epoch{}", "epoch={}", "Epoch_{}", "ep{}", "ep_{}", "e{}",
                "checkpoint-{}", "epoch_{}_lr0.1", "max_epoch=90_epoch={}",
                "resnet18_epoch_{}", "epoch={}-step=1200", "cifar10_ep{}_bs128")
    if e < 0:
        form = word(r, "epoch_{}", "epoch={}", "run3_epoch_{}")
    return form.format(n)


def number_name(r, e):
    """A name with a number that varies, and no keyword."""
    return word(r, "{:03d}", "dump_{:02d}", "logits-{}", "step{}", "x{}_bs128",
                "resnet50_{:04d}", "2024-05-10_{}", "out.{}").format(e)


def plain_name(r):
    return word(r, "logits", "dump", "data_bs64", "resnet18", "rank0", "fold1_seed2", "a", "z9s")


class Case:
    def __init__(self, r, root):
        self.r, self.root = r, root
        self.labels = r.integers(0, C, N)
        self.labels[:2] = 0, 1
        self.epochs = sorted(int(e) for e in
                             r.choice(np.arange(-3, 130), int(r.integers(2, 6)), replace=False))
        self.logits = {e: r.normal(size=(N, C)).astype("f4") for e in self.epochs}
        self.ids = r.random() < .5
        self.order = list(r.permutation(self.epochs))
        self.arguments = ["."]

    def put(self, group, e, rows=slice(None)):
        order = self.r.permutation(N) if self.ids and rows == slice(None) else np.arange(N)[rows]
        group["logits"], group["labels"] = self.logits[e][order], self.labels[order]
        if self.ids:
            group["ids"] = order

    def file(self, name):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return h5py.File(path, "w")

    # ---- one function for each way to lay epochs out ----

    def files(self):
        for e in self.order:
            with self.file(epoch_name(self.r, e) + word(self.r, ".h5", ".hdf5", ".hdf")) as f:
                self.put(f, int(e))

    def folders(self):
        for e in self.order:
            with self.file(f"run/{epoch_name(self.r, e)}/{plain_name(self.r)}.h5") as f:
                self.put(f, int(e))

    def bare(self):
        self.epochs = [e for e in self.epochs if e >= 0] or [0]
        name = self.r.bit_generator.state
        for e in self.epochs:
            self.r.bit_generator.state = name  # the same form for all
            form = number_name(self.r, e)
            with self.file(form + ".h5") as f:
                self.put(f, int(e))

    def groups(self):
        with self.file("run.h5") as f:
            top = word(self.r, "", "data/", "train/x/")
            for e in self.order:
                self.put(f.create_group(top + epoch_name(self.r, e)), int(e))

    def attributes(self):
        for k, e in enumerate(self.order):
            with self.file(f"{word(self.r, 'epoch_', 'x')}{k}.h5") as f:
                at = f if self.r.random() < .5 else f.create_group("g")
                self.put(at, int(e))
                where = [f, at, at["logits"]][int(self.r.integers(3))]
                where.attrs["epoch"] = [int(e), float(e), str(e)][int(self.r.integers(3))]

    def ranks(self):
        self.ids = True
        for e in self.order:
            for k, rows in enumerate((slice(0, 5), slice(5, None))):
                with self.file(f"{epoch_name(self.r, e)}/{word(self.r, 'rank', 'shard_', 'worker-')}"
                               f"{k}.h5") as f:
                    self.put(f, int(e), rows)

    def links(self):
        """An index of files, some of which have a name in it twice."""
        kind = self.r.integers(3)
        with self.file("index.h5") as f:
            for k, e in enumerate(self.order):
                name = epoch_name(self.r, e)
                if kind == 0:
                    with self.file(f"raw/{k}x.h5") as g:
                        self.put(g, int(e))
                    f[name] = h5py.ExternalLink(f"raw/{k}x.h5", "/")
                else:
                    self.put(f.create_group(f"data/{'abcdef'[k]}"), int(e))
                    f[name] = (h5py.SoftLink(f"/data/{'abcdef'[k]}") if kind == 1
                               else f[f"data/{'abcdef'[k]}"])
            if self.r.random() < .5:
                f["best"] = h5py.SoftLink("/" + name)
            if self.r.random() < .5:
                f[name + "/up"] = h5py.SoftLink("/")
        self.arguments = ["index.h5"] if kind == 0 else ["."]

    def datasets(self):
        self.ids = False
        with self.file("run.h5") as f:
            form = word(self.r, "logits_epoch_{}", "logits/{}", "logits/epoch_{}", "g/outputs_e{}",
                        "epoch_{}_logits", "logits_{}")
            for e in self.order:
                f[form.format(e)] = self.logits[int(e)]
            f["labels"] = self.labels

    def appended(self):
        with self.file("run.h5") as f:
            orders = [self.r.permutation(N) if self.ids else np.arange(N) for _ in self.order]
            f["logits"] = np.concatenate([self.logits[int(e)][o]
                                          for e, o in zip(self.order, orders)])
            f["labels"] = np.concatenate([self.labels[o] for o in orders])
            if self.ids:
                f["ids"] = np.concatenate(orders)
            f[word(self.r, "epoch", "epochs")] = np.repeat(self.order, N).astype(
                word(self.r, "i8", "i2", "f4", "f8"))

    def axis(self):
        self.ids = False
        with self.file("run.h5") as f:
            f["logits"] = np.stack([self.logits[int(e)] for e in self.order])
            f["labels"] = self.labels
            numbers = np.array([int(e) for e in self.order])
            if self.r.random() < .5:
                f["logits"].attrs["epoch"] = numbers
            else:
                f["epoch"] = numbers if self.r.random() < .5 else numbers[:, None]

    def compare(self):
        first = int(self.r.choice(self.epochs))
        chosen = [e for e in self.epochs if e >= first]
        margins = []
        for e in chosen:
            z = self.logits[e].astype("f8")
            own = z[np.arange(N), self.labels].copy()
            z[np.arange(N), self.labels] = -np.inf
            margins.append(own - z.max(1))
        expected = np.mean(margins, 0)
        done = subprocess.run([SCAN, f"--epochs={first}:", *self.arguments], cwd=self.root,
                              capture_output=True, text=True)
        if done.returncode != 0:
            return "refused", done.stderr.strip()
        got = {int(row["sample_id"]): float(row["aum"])
               for row in csv.DictReader(io.StringIO(done.stdout))}
        same = len(got) == N and all(abs(got[i] - expected[i]) < 1e-9 for i in range(N))
        return "same" if same else "OTHER", done.stderr.strip()


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    print("seed", seed)
    bad = 0
    for layout in ("files", "folders", "bare", "groups", "attributes", "ranks", "links",
                   "datasets", "appended", "axis"):
        answers = {"same": 0, "refused": 0, "OTHER": 0}
        for k in range(count):
            with tempfile.TemporaryDirectory() as folder:
                case = Case(np.random.default_rng([seed, len(layout), k]), pathlib.Path(folder))
                getattr(case, layout)()
                answer, said = case.compare()
                answers[answer] += 1
                if answer != "same":
                    files = sorted(str(p.relative_to(folder))
                                   for p in pathlib.Path(folder).rglob("*.h*"))
                    print(f"  {layout} {k}: {answer}: {case.order} {files[:4]}: {said[:300]}")
        bad += answers["OTHER"]
        print(layout, answers)
    print("differ:", bad)
    return bad != 0


sys.exit(main())
