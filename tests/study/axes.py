#!/usr/bin/python3
"""Random dumps with their axes in any order: is it NumPy's ranking?

    AUM_SCAN=./aum-scan tests/study/axes.py [SEED [COUNT]]

Epochs, measurements, samples, positions and classes in any order, with axes of
length 1, in every kind of storage; labels and ids that lack some of them, or are
one-hot; chunks that were never written; samples that are files or groups; the
marks of MATLAB and Octave. With one thread and with four, as measurements, as
traces of one id, and through a state. Needs python3-h5py.
"""
import csv
import io
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "fixtures"))
import reference

SCAN = os.path.abspath(os.environ.get("AUM_SCAN", "./aum-scan"))
seed = int(sys.argv[1]) if len(sys.argv) > 1 else 4
count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
os.chdir(tempfile.mkdtemp(dir=os.environ.get("AUM_TMP")))
LETTERS = {"epoch": "e", "measurement": "m", "sample": "s", "position": "p", "class": "c"}


def store(r, f, name, values, whole, marks):
    """Writes an array in some kind of storage; which elements were written?"""
    kinds = ["contiguous", "contiguous", "chunked", "chunked", "auto", "filtered",
             "library", "compact", "raw", "virtual", "holes"]
    kind = str(r.choice(kinds))
    if values.dtype == object or values.ndim == 0 or values.size == 0:
        kind = "contiguous" if values.dtype != object or values.ndim == 0 else "chunked"
    if kind == "holes" and (whole or values.dtype.kind not in "fiu"):
        kind = "chunked"
    if values.dtype.kind == "S" and kind in ("library", "raw", "virtual"):
        kind = "filtered"
    written = np.ones(values.shape, bool)
    chunks = tuple(int(r.integers(1, n + 1)) for n in values.shape)
    dtype = h5py.string_dtype() if values.dtype == object else values.dtype
    if kind == "contiguous":
        d = f.create_dataset(name, data=values, dtype=dtype)
    elif kind == "compact":
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        if values.nbytes < 60000:
            plist.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple(values.shape)
        d = h5py.Dataset(h5py.h5d.create(f.id, name.encode(), h5py.h5t.py_create(dtype),
                                         space, plist))
        d[...] = values
    elif kind == "raw":
        raw = pathlib.Path(f"{name.replace('/', '_')}.raw").resolve()
        raw.write_bytes(b"\0" * 8 + values.tobytes())
        d = f.create_dataset(name, values.shape, dtype,
                             external=[(raw.name, 8, values.nbytes)])
    elif kind == "virtual":
        axis = int(r.integers(values.ndim))
        layout = h5py.VirtualLayout(values.shape, dtype)
        source = f"{name.replace('/', '_')}_source.h5"
        missing = not whole and values.dtype.kind in "f" and r.random() < .5
        with h5py.File(source, "w") as g:
            for k in range(values.shape[axis]):
                here = (slice(None),) * axis + (k,)
                if missing and r.random() < .3:
                    written[here] = False
                    continue
                g[f"d{k}"] = values[here]
                layout[here] = h5py.VirtualSource(source, f"d{k}", values[here].shape)
        d = f.create_virtual_dataset(name, layout)
    elif kind == "holes":
        d = f.create_dataset(name, values.shape, dtype, chunks=chunks,
                             compression=r.choice([None, "gzip"]))
        for at in itertools.product(*(range(0, n, c) for n, c in zip(values.shape, chunks))):
            here = tuple(slice(a, a + c) for a, c in zip(at, chunks))
            if r.random() < .8:
                d[here] = values[here]
            else:
                written[here] = False
    else:
        how = {}
        if kind in ("chunked", "filtered", "library"):
            how["chunks"] = chunks
        if kind == "filtered":
            how.update(compression=str(r.choice(["gzip", "lzf"])), shuffle=bool(r.random() < .5),
                       fletcher32=bool(r.random() < .5))
        if kind == "library" and values.dtype.kind in "iu":
            how.update(scaleoffset=0)
        elif kind == "library" and values.dtype.kind == "f":
            how.update(compression="szip") if min(np.prod(chunks), 32) >= 32 else None
        if kind == "auto":
            how["chunks"] = True
        if r.random() < .3:
            how["maxshape"] = (None,) * values.ndim
        try:
            d = f.create_dataset(name, data=values, dtype=dtype, **how)
        except (ValueError, OSError):
            if name in f:
                del f[name]
            d = f.create_dataset(name, data=values, dtype=dtype, chunks=chunks)
    if marks:
        d.attrs["MATLAB_class"] = np.bytes_("double")
    return kind, written


def case(r):
    marks = r.random() < .15
    lacks_sample = not marks and r.random() < .15
    kinds = ["position"] if lacks_sample else ["sample"]
    kinds += ["epoch"] * int(r.random() < .6) + ["class"] * int(marks or r.random() < .9)
    if not marks:
        kinds += ["position"] * int(r.choice([0, 0, 1, 2]))
        kinds += ["measurement"] * int(r.choice([0, 0, 0, 1, 2]))
    order = list(r.permutation(kinds))
    if marks:
        order = [k for k in ("class", "sample", "epoch") if k in kinds]
    size = {"epoch": (1, 5), "measurement": (1, 4), "sample": (1, 40), "position": (1, 9),
            "class": (2, 7)}
    dims = [int(r.integers(*size[k])) for k in order]
    if marks:  # which is which has to be told by the shape
        dims = [int(d) for d in r.permutation(np.arange(3, 3 + len(order)))]
    classes = dims[order.index("class")] if "class" in order else 1
    types = ["f4", "f8", "f2", ">f4", "i2"]
    logits = r.integers(8, 1600, dims) * r.choice([-1, 1], dims)  # none is the fill value
    logits = (logits / 8).astype(str(r.choice(types)))
    reverse = bool(r.random() < .5)
    drop = {k for k in ("epoch", "measurement", "position")
            if k in order and r.random() < (.3 if k == "epoch" else .5)} if not marks else set()
    if marks and "epoch" in order:
        drop = {"epoch"}
    drop_ids = {k for k in ("epoch", "measurement", "position") if k in order and r.random() < .6}
    drop_ids |= {"epoch"} if marks else set()

    # One label and one id for each sample and position, whatever is stored.
    here = {i: n for i, (k, n) in enumerate(zip(order, dims))}
    of_label = [i for i, k in enumerate(order) if k != "class" and k not in drop]
    of_id = [i for i, k in enumerate(order) if k != "class" and k not in drop_ids]
    steady = [i for i, k in enumerate(order) if k == "sample" or (k == "position" and k not in drop)]
    table = r.integers(0, max(classes, 2), [here[i] for i in steady])
    shape = [here[i] if i in steady else 1 for i in of_label]
    labels = np.broadcast_to(table.reshape(shape), [here[i] for i in of_label])
    id_kind = str(r.choice(["none", "none", "int", "str", "bytes", "uint"]))
    if id_kind == "str" and "position" in order:
        drop_ids.add("position")
        of_id = [i for i in of_id if order[i] != "position"]
    samples = here[order.index("sample")] if "sample" in order else 1
    names = r.permutation(1000)[:samples]
    name_of = {"int": lambda k: int(names[k]) - 500, "uint": lambda k: int(names[k]) + 2**63,
               "str": lambda k: f"img_{names[k]}é", "bytes": lambda k: f"i{names[k]}",
               "none": lambda k: k}[id_kind]
    ids = np.array([name_of(k) for k in range(samples)],
                   {"int": "i8", "uint": "u8", "none": "i8", "str": object, "bytes": "S6"}[id_kind])
    id_axis = [order[i] == "sample" for i in of_id]
    ids = np.broadcast_to(ids.reshape([samples if s else 1 for s in id_axis] or ()),
                          [here[i] for i in of_id])

    def readings(shape):  # what labels or ids of this shape may lack
        kept = [k for k in order if k != "class"]
        ways = {tuple(i for i, k in enumerate(kept) if k not in out)
                for n in range(4) for out in itertools.combinations(("epoch", "measurement",
                                                                     "position"), n)}
        lengths = [n for k, n in zip(order, dims) if k != "class"]
        return len({tuple(i for i in way if lengths[i] != 1) for way in ways
                    if [lengths[i] for i in way if lengths[i] != 1] == [n for n in shape if n != 1]})

    if readings(labels.shape) > 1 or readings(ids.shape) > 1:
        return None

    one_hot = not drop and "class" in order and r.random() < .1 and "measurement" not in order
    stored = labels
    if one_hot:
        stored = np.moveaxis(np.eye(classes, dtype="u1")[labels], -1, order.index("class"))
    stored = stored.astype(str(r.choice(["i8", "u1", ">i4", "f4"])))
    axes = list(order)
    shapes = [list(logits.shape), list(stored.shape)]
    values = logits
    if not marks:  # axes of length 1
        for _ in range(int(r.choice([0, 0, 1]))):
            at = int(r.integers(len(axes) + 1))
            axes.insert(at, "_")
            values = np.expand_dims(values, at)
    if len(axes) > 8:
        return None
    if stored.ndim and r.random() < .2:
        stored = np.expand_dims(stored, int(r.integers(stored.ndim + 1)))
    if marks and stored.ndim == 1:
        stored = stored[None]

    group = "/"
    file = "epoch_0.h5"
    if lacks_sample and id_kind == "none":
        file, group = str(r.choice(["img_7.h5|/", "epoch_0.h5|/img_7", "img_7.h5|/epoch_3"])).split("|")
    with h5py.File(file, "w", libver="latest") as f:
        g = f.require_group(group)
        k1, written = store(r, g, "logits", values, False, marks)
        k2, ok = store(r, g, "labels", stored, True, marks)
        assert ok.all()
        if id_kind != "none":
            store(r, g, "ids", ids, True, marks)
    arguments = [] if marks else [f"--axes={','.join(axes)}"]

    written = written.reshape(logits.shape)
    measured = {}
    rows = [i for i, k in enumerate(order) if k in ("sample", "position")]
    slices = [i for i, k in enumerate(order) if k in ("epoch", "measurement")]
    base = None if "sample" in order else (ids[()] if id_kind != "none" else "img_7")
    if isinstance(base, np.ndarray):
        base = base.reshape(-1)[0]
    base = base.decode() if isinstance(base, bytes) else base
    out = []
    left_out = 0
    column = order.index("class") if "class" in order else None
    for sl in sorted(itertools.product(*(range(here[i]) for i in slices)),
                     key=lambda s: [s[j] for j in np.argsort([order[i] != "epoch" for i in slices], kind="stable")]):
        part = ([], [], [])
        for ro in itertools.product(*(range(here[i]) for i in rows)):
            at = dict(zip(slices + rows, sl + ro))
            index = tuple(slice(None) if i == column else at[i] for i in range(len(order)))
            if not np.all(written[index]):
                left_out += 1
                continue
            z = np.atleast_1d(logits[index])
            y = labels[tuple(at[i] for i in of_label)]
            name = base if base is not None else name_of(at[order.index("sample")])
            places = [at[i] for i in rows if order[i] == "position"]
            part[0].append(":".join(map(str, [name, *places])) if places else name)
            part[1].append(int(y))
            part[2].append(z)
        out.append(part)
    return file, arguments, out, left_out, f"{axes} {dims} {logits.dtype} {k1} {k2} ids {id_kind} {ids.shape} labels {stored.shape} marks {marks} group {group} {file}"


def scan(*arguments):
    done = subprocess.run([SCAN, *arguments], capture_output=True)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


bad = ran = empty = 0
for number in range(count):
    r = np.random.default_rng([seed, number])
    for old in pathlib.Path(".").iterdir():
        old.unlink()
    made = case(r)
    if made is None:
        continue
    file, arguments, parts, left_out, what = made
    if not any(p[0] for p in parts):
        empty += 1
        continue
    expected, _ = reference.ranking(parts)
    ran += 1
    for threads in ("1", "4"):
        status, got, err = scan("-q", "--probabilities=no", "-j", threads, *arguments, file)
        if status != 0 or got != expected:
            bad += 1
            print(f"case {number}: {what} {arguments}: status {status} {err.strip()}")
            if status == 0:
                print("\n".join(l for l in itertools.islice(
                    (f"{a}  |  {b}" for a, b in zip(got.split("\n"), expected.split("\n")) if a != b), 3)))
            break
    else:
        one = next(csv.DictReader(io.StringIO(expected)))
        status, got, err = scan("-q", "--probabilities=no", "-o", "/dev/null", "--records=r.csv",
                                *arguments, file)
        n = sum(1 for _ in open("r.csv")) - 1 if status == 0 else -1
        if n != sum(len(p[0]) for p in parts):
            bad += 1
            print(f"case {number}: {what}: {n} measurements {err}")
        status, got, err = scan("-q", "--probabilities=no", f"--trace={one['sample_id']}", *arguments, file)
        n = got.count("\n") - 1
        if status != 0 or n != int(one["measurements"]):
            bad += 1
            print(f"case {number}: {what}: trace {n} not {one['measurements']} {err}")
        if left_out == 0 and "epoch_" in what:
            for _ in range(2):
                status, got, err = scan("-q", "--probabilities=no", "--state=s", *arguments, file)
                if status != 0 or got != expected:
                    bad += 1
                    print(f"case {number}: {what}: state {status} {err}")
                    break
print(f"{ran} dumps ({empty} with nothing in them), {bad} differences")
sys.exit(bad != 0)
