#!/usr/bin/python3
"""Random dumps in tables (compound datasets): is the ranking NumPy's?

    AUM_SCAN=./aum-scan tests/study/tables.py [SEED [COUNT]]

Logits as an array field or a field per class, in any order of fields, beside
others; a table per epoch, per file, or one for all with a column of epochs or an
axis of them; labels in the table or above it; ids of several types; nested,
chunked, filtered, contiguous, compact, resizable, virtual, external and partly
unwritten tables. With one thread and with four. Needs python3-h5py.
"""
import csv
import io
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

AUM = os.path.abspath(os.environ.get("AUM_SCAN", "./aum-scan"))
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 17
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 200


def fields_of(r, C, kind, columns, names):
    """The dtype of a row, in any order of fields, and the options it asks for."""
    options = []
    if columns:
        stem = str(r.choice(["logit_", "logits_", "p_", "class_"]))
        if stem[:5] != "logit":
            options.append(f"--logits={stem}*")
        fields = [(f"{stem}{c}", kind) for c in r.permutation(C)]
    else:
        fields = [(str(r.choice(["logits", "outputs", "scores"])), kind, (C,))]
    fields += names
    for k in range(int(r.integers(0, 3))):
        fields.append((f"extra_{k}", str(r.choice(["f8", "S7", "i1", "?"])),
                       [(), (3,)][int(r.integers(0, 2))]))
    r.shuffle(fields)
    return np.dtype([tuple(f) for f in fields]), options


def fill(table, r, z, values):
    for name in table.dtype.names:
        if name in values:
            table[name] = values[name]
        elif name.startswith("extra"):
            continue
        elif table.dtype[name].subdtype is not None:
            table[name] = z
        else:
            table[name] = z[..., int(name.rsplit("_", 1)[1])]


def how(r, shape, compact):
    """How a table is stored."""
    kw = {}
    if r.random() < 0.6:
        kw["chunks"] = tuple(int(r.integers(1, n + 1)) for n in shape)
        if r.random() < 0.5:
            kw["compression"] = str(r.choice(["gzip", "lzf"]))
            kw["shuffle"] = bool(r.random() < 0.5)
        kw["fletcher32"] = bool(r.random() < 0.3)
        if r.random() < 0.4:
            kw["maxshape"] = (None,) + shape[1:]
    elif compact:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_layout(h5py.h5d.COMPACT)
        kw["dcpl"] = plist
    return kw


def write(f, path, table, r, external=None):
    if external is not None:
        f.create_dataset(path, data=table, external=external)
        return
    small = table.nbytes < 30000
    kw = how(r, table.shape, small and r.random() < 0.3)
    plist = kw.pop("dcpl", None)
    if plist is not None:
        folder, _, name = path.rpartition("/")
        group = f.require_group(folder) if folder else f
        space = h5py.h5s.create_simple(table.shape)
        d = h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(table.dtype, logical=True),
                            space, plist)
        d.write(h5py.h5s.ALL, h5py.h5s.ALL, table)
        return
    f.create_dataset(path, data=table, **kw)


def expect(rows):
    """{id: (mean margin, count)} of (id, label, logits)."""
    found = {}
    for i, y, z in rows:
        z = np.asarray(z, "f8")
        found.setdefault(i, []).append(z[y] - np.delete(z, y).max())
    return {i: (np.mean(v), len(v)) for i, v in found.items()}


bad = 0
kinds = {}
for case in range(COUNT):
    r = np.random.default_rng([SEED, case])
    os.chdir(tempfile.mkdtemp(dir=os.environ.get("AUM_TMP")))
    N, C, T = int(r.integers(2, 300)), int(r.integers(2, 14)), int(r.integers(2, 5))
    y = r.integers(0, C, N)
    kind = str(r.choice(["f4", "f8", "f2", ">f4", ">f8", "i2"]))
    Z = (r.normal(size=(T, N, C)) * 20).astype(kind)
    ids = r.permutation(10 * N)[:N]
    id_kind = str(r.choice(["i8", "u4", ">i2", "S6", "vlen", "none"]))
    label_kind = str(r.choice(["i8", "u1", ">i4", "f4"]))
    if C > 255:
        label_kind = "i8"
    columns = bool(r.random() < 0.4)
    shape = str(r.choice(["groups", "files", "epoch", "axis", "above", "nested",
                          "resize", "virtual", "external", "own"]))
    kinds[shape] = kinds.get(shape, 0) + 1
    names, values = [("label", label_kind)], {"label": y}
    if shape == "above":
        names, values = [], {}
    if id_kind != "none" and shape != "above":
        texts = id_kind in ("S6", "vlen")
        stored = h5py.string_dtype() if id_kind == "vlen" else id_kind
        if shape == "virtual" and id_kind == "vlen":
            stored = "S6"
        names.append((str(r.choice(["id", "index", "sample_id"])), stored))
        values[names[-1][0]] = [f"s{i}" for i in ids] if texts else ids
        real = [f"s{i}" for i in ids] if texts else list(ids)
    else:
        real = list(range(N))
    if shape == "epoch":
        names.append(("epoch", str(r.choice(["i4", "f8", "u1"]))))
    dtype, options = fields_of(r, C, kind, columns, names)
    files = ["d.h5"]
    rows = [(real[i], y[i], Z[t, i]) for t in range(T) for i in range(N)]
    tables = []
    for t in range(T):
        table = np.zeros(N, dtype)
        fill(table, r, Z[t], dict(values, epoch=t))
        tables.append(table)
    latest = "latest" if shape == "virtual" or r.random() < 0.3 else "earliest"
    with h5py.File("d.h5", "w", libver=latest) as f:
        if shape in ("groups", "own"):
            for t in range(T):
                write(f, f"run/epoch_{t}", tables[t], r)
            if shape == "own":
                T = 1
                rows = rows[:N]
                name = [n for n in dtype.names if dtype[n].subdtype is not None
                        and not n.startswith("extra")]
                stem = [n for n in dtype.names if n.rsplit("_", 1)[0] in
                        ("logit", "logits", "p", "class")]
                last = name[0] if name else stem[0].rsplit("_", 1)[0] + "_*"
                options = [f"--logits=/run/epoch_0/{last}"]
        elif shape == "epoch":
            whole = np.concatenate(tables)
            if r.random() < 0.3:
                f.create_dataset("results", data=whole[:0], maxshape=(None,), chunks=(17,))
                for t in range(T):
                    f["results"].resize((t + 1) * N, 0)
                    f["results"][t * N:] = tables[t]
            else:
                write(f, "results", whole, r)
        elif shape == "axis":
            write(f, "a/results", np.stack(tables), r)
        elif shape == "above":
            f["labels"] = y
            for t in range(T):
                write(f, f"epoch_{t}", tables[t], r)
        elif shape == "nested":
            inner = np.dtype([(n, dtype[n]) for n in dtype.names])
            outer = np.dtype([("a", "f8"), ("pred", inner)])
            for t in range(T):
                table = np.zeros(N, outer)
                table["pred"] = tables[t]
                write(f, f"epoch_{t}", table, r)
        elif shape == "resize":  # chunks before the first that is written are not
            chunk = int(r.integers(1, 40))
            first = int(r.integers(0, N)) // chunk * chunk
            d = f.create_dataset("t", (0,), dtype, chunks=(chunk,), maxshape=(None,))
            d.resize((N,))
            d[first:] = tables[0][first:]
            T = 1
            rows = rows[first:N]
        elif shape == "virtual":
            for t in range(T):
                k = int(r.integers(0, N + 1))
                layout = h5py.VirtualLayout((N,), dtype)
                with h5py.File(f"s{t}.h5", "w") as g:
                    g["x"], g["z"] = tables[t][:k], tables[t][k:]
                gap = t > 0 and 0 < k < N and r.random() < 0.3
                if k > 0 and not gap:
                    layout[:k] = h5py.VirtualSource(f"s{t}.h5", "x", (k,))
                if k < N:
                    layout[k:] = h5py.VirtualSource(f"s{t}.h5", "z", (N - k,))
                f.create_virtual_dataset(f"epoch_{t}", layout)
                if gap:
                    rows[t * N:t * N + k] = [None] * k
            rows = [x for x in rows if x is not None]
        elif shape == "external":
            for t in range(T):
                if any(dtype[n].hasobject for n in dtype.names):
                    write(f, f"epoch_{t}", tables[t], r)
                else:
                    write(f, f"epoch_{t}", tables[t], r,
                          [(f"raw_{t}", 0, h5py.h5f.UNLIMITED)])
                    if t > 0 and r.random() < 0.3 and N > 3:
                        keep = int(r.integers(1, N))
                        rows[t * N + keep:(t + 1) * N] = [None] * (N - keep)
                        f.flush()
                        os.truncate(f"raw_{t}", keep * dtype.itemsize + dtype.itemsize // 2)
            rows = [x for x in rows if x is not None]
    if shape == "files":
        files = []
        for t in range(T):
            files.append(f"epoch_{t}.h5")
            with h5py.File(files[-1], "w") as f:
                write(f, "data", tables[t], r)
    expected = expect(rows)
    for threads in ("-j1", "-j4"):
        p = subprocess.run([AUM, threads, *options, *files], capture_output=True, text=True)
        got = {}
        if p.returncode == 0:
            for x in csv.DictReader(io.StringIO(p.stdout)):
                i = x["sample_id"]
                got[i if isinstance(real[0], str) else int(i)] = (
                    float(x["aum"]), int(x["measurements"]))
        if set(got) != set(expected) or any(
                got[i][1] != expected[i][1] or
                abs(got[i][0] - expected[i][0]) > 1e-9 * (1 + abs(got[i][0])) for i in expected):
            print("case", case, shape, "N", N, "C", C, "T", T, kind, id_kind, label_kind, columns,
                  dtype.names, options, os.getcwd(), p.returncode, len(got), len(expected),
                  p.stderr.strip()[:400])
            bad += 1
            break
print("seed", SEED, "cases", COUNT, kinds, "differ", bad)
