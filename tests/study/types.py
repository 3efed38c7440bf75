#!/usr/bin/python3
"""Random element types, packing and ids: is it NumPy's ranking?

    AUM_SCAN=./aum-scan tests/study/types.py [SEED [COUNT]]

Logits of every type, packed as netCDF does or not, with elements that stand for
nothing, in every kind of storage; ids that are floats, large, text, names of an
enumeration, of another length or missing; labels of which some are missing. As
CSV and as JSON lines, with one thread and with four. Rankings are compared byte
for byte with fixtures/reference.py. Needs python3-h5py.
"""
import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "fixtures"))
import reference  # noqa: E402

SCAN = os.path.abspath(os.environ.get("AUM_SCAN", "./aum-scan"))
TYPES = ["f2", "f4", "f8", ">f2", ">f4", ">f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8",
         ">i2", ">i4", ">u2", ">i8", "bfloat16", "be_bfloat16", "opaque", "bits_i2", "bits_be_u2",
         "e4m3", "e5m2", "long_double", "int24"]
STORAGES = ["contiguous", "chunks", "gzip", "shuffle", "fletcher32", "lzf", "compact", "external",
            "virtual", "scaleoffset"]
IDS = ["none", "f2", "f4", ">f8", "i1", "u2", "i8", "large", "negative", "u8", "text", "fixed",
       "enum", "boolean", "dimension", "short", "cube", "missing"]


def float_type(size, exponent, bias, big=False):
    t = (h5py.h5t.IEEE_F32BE if big else h5py.h5t.IEEE_F32LE).copy()
    last = 8 * size - 1
    t.set_fields(last, last - exponent, exponent, 0, last - exponent)
    t.set_precision(8 * size)
    t.set_size(size)
    t.set_ebias(bias)
    return t


def eight_bits(exponent_bits, bias, finite):
    bits = 7 - exponent_bits
    values = []
    for byte in range(256):
        e, m = byte >> bits & 2**exponent_bits - 1, byte & 2**bits - 1
        v = 2.0 ** (max(e, 1) - bias) * ((e > 0) + m / 2**bits)
        if finite and byte & 127 == 127:
            v = np.nan
        if not finite and e == 2**exponent_bits - 1:
            v = np.nan if m else np.inf
        values.append(-v if byte & 128 else v)
    return np.array(values)


BYTES = {"e4m3": eight_bits(4, 7, True), "e5m2": eight_bits(5, 15, False)}


def draw_logits(r, kind, shape):
    """(stored, HDF5 type or None, values, attribute dtype)"""
    if kind in BYTES:
        stored = r.integers(0, 256, shape).astype("u1")
        h5 = float_type(1, *((4, 7) if kind == "e4m3" else (5, 15)))
        return stored, h5, BYTES[kind][stored], None
    z = r.normal(size=shape) * 5
    if kind == "long_double":
        return z.astype("g"), None, z, None
    if kind == "int24":
        t = h5py.h5t.STD_I32LE.copy()
        t.set_precision(24)
        stored = r.integers(-2**23, 2**23, shape).astype("<i4")
        return stored, t, stored.astype("f8"), None
    if kind.endswith("float16") or kind == "opaque" or kind.startswith("bits"):
        bits = (z.astype("f4").view("u4") >> 16).astype("<u2")
        values = (bits.astype("u4") << 16).view("f4").astype("f8")
        if kind == "opaque":
            return bits.view("V2"), None, values, r.choice([None, "bfloat16"])
        if kind.startswith("bits"):
            return (bits.view("<i2") if kind == "bits_i2" else bits.astype(">u2")), None, values, "bfloat16"
        big = kind.startswith("be")
        return bits.astype(">u2" if big else "<u2"), float_type(2, 8, 127, big), values, None
    dtype = np.dtype(kind)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        low, high = max(info.min, -2**40), min(info.max, 2**40)
        stored = r.integers(low, high, shape, endpoint=True).astype(dtype)
    else:
        stored = z.astype(dtype)
    return stored, None, stored.astype("f8"), None


def write(r, f, name, stored, h5, storage):
    """The storage that it came to."""
    shape = stored.shape
    chunks = tuple(int(r.integers(1, n + 1)) for n in shape)
    if h5 is not None:
        space = h5py.h5s.create_simple(shape)
        p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        if storage in ("chunks", "gzip", "shuffle", "fletcher32"):
            p.set_chunk(chunks)
        if storage == "shuffle":
            p.set_shuffle()
        if storage in ("gzip", "shuffle"):
            p.set_deflate(4)
        if storage == "fletcher32":
            p.set_fletcher32()
        if storage == "compact":
            p.set_layout(h5py.h5d.COMPACT)
        d = h5py.h5d.create(f.id, name.encode(), h5, space, p)
        d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(stored), mtype=h5)
        return
    how = {"chunks": {"chunks": chunks}, "gzip": {"chunks": chunks, "compression": "gzip"},
           "shuffle": {"chunks": chunks, "compression": "gzip", "shuffle": True},
           "fletcher32": {"chunks": chunks, "fletcher32": True},
           "lzf": {"chunks": chunks, "compression": "lzf"},
           "external": {"external": [(f"{name}.raw", 0, h5py.h5f.UNLIMITED)]}}.get(storage, {})
    if storage == "scaleoffset" and stored.dtype.kind in "iu" and stored.dtype.itemsize < 8:
        how = {"chunks": chunks, "scaleoffset": 0}
    if storage == "virtual":
        with h5py.File("source.h5", "a") as g:
            g[name] = stored
        layout = h5py.VirtualLayout(shape, stored.dtype)
        layout[...] = h5py.VirtualSource("source.h5", name, shape)
        f.create_virtual_dataset(name, layout)
        return
    f.create_dataset(name, data=stored, **how)


def pack(r, d, stored, values):
    """Gives a dataset of numbers attributes, perhaps. The values it stands for."""
    if r.random() < 0.5:
        scale = r.choice([1, 0.001, -0.25, 3.0, 1e-7])
        d.attrs["scale_factor"] = r.choice([np.float64, np.float32])(scale)
        values = values * float(d.attrs["scale_factor"])
    if r.random() < 0.4:
        offset = r.choice([0, -7, 0.3])
        d.attrs["add_offset"] = np.float64(offset)
        values = values + float(offset)
    for name in ("_FillValue", "missing_value"):
        if r.random() < 0.3:
            missing = stored.flat[int(r.integers(0, stored.size))]
            d.attrs[name] = missing if r.random() < 0.5 else np.array([missing])
            values = np.where(stored == missing, np.nan, values)
    return values


def draw_ids(r, kind, rows):
    """(dataset of ids or None, the ids)"""
    if kind in ("none", "dimension", "short"):
        return None, list(range(rows))
    if kind == "boolean":
        values = r.integers(0, 2, rows).astype(bool)
        return values, [str(bool(v)).upper() for v in values]
    if kind == "enum":
        t = r.choice(["i1", ">i4", "u8"])
        numbers = r.permutation(rows)
        names = {f"name_{i}": int(i) for i in range(rows) if i % 5}
        return (numbers.astype(h5py.enum_dtype(names, t)),
                [f"name_{i}" if i % 5 else str(i) for i in numbers])
    if kind == "text":
        values = [f"é,{i}" for i in r.permutation(rows)]
        return values, values
    if kind == "fixed":
        values = [f"s{i}" for i in r.permutation(rows)]
        return np.array(values, "S9"), values
    base = {"large": 2**53 + 1, "negative": -2**60, "u8": 2**63}.get(kind, 0)
    whole = [int(i) + base for i in r.permutation(rows)]
    if kind == "negative":
        whole = [i if k else -i for k, i in enumerate(whole)]
    dtype = {"large": "i8", "negative": "i8", "u8": "u8", "cube": "f4", "missing": "i8"}.get(kind, kind)
    return np.array(whole, dtype), whole


def json_lines(text, ids):
    wide = any(isinstance(i, int) and abs(i) > 2**53 for i in ids)
    text_ids = wide or isinstance(ids[0], str)
    lines = []
    for row in csv.DictReader(io.StringIO(text)):
        cells = [json.dumps(v, ensure_ascii=False) if k == "sample_id" and text_ids else v or "null"
                 for k, v in row.items()]
        lines.append("{" + ",".join(f'"{k}":{v}' for k, v in zip(row, cells)) + "}\n")
    return "".join(lines)


def make(case, seed):
    """Writes d.h5 and returns what it is, and the measurements that count."""
    r = np.random.default_rng([seed, case])
    kind = TYPES[case % len(TYPES)]
    storage, id_kind = r.choice(STORAGES), r.choice(IDS)
    rows, classes, epochs = int(r.integers(2, 60)), int(r.integers(2, 9)), int(r.integers(1, 4))
    for old in ("source.h5", "logits.raw", "d.h5"):
        pathlib.Path(old).unlink(missing_ok=True)
    stored, h5, values, dtype = draw_logits(r, kind, (epochs, rows, classes))
    labels = np.ones(rows, "i8") if id_kind == "boolean" else r.integers(0, classes, rows)
    dataset, ids = draw_ids(r, id_kind, rows)
    kept = np.ones(rows, bool)
    with h5py.File("d.h5", "w", libver="latest" if storage == "virtual" else "earliest") as f:
        write(r, f, "logits", stored, h5, storage)
        if dtype is not None:
            f["logits"].attrs["dtype"] = dtype
        packable = h5 is None and kind not in ("opaque", "long_double") and not kind.startswith("bits")
        if packable and r.random() < 0.6:
            values = pack(r, f["logits"], stored, values)
        written = labels.astype(r.choice(["i8", "i2", ">i4", "f4", "f8"]))
        if r.random() < 0.2:
            missing = r.random(rows) < 0.3
            written[missing] = -1
            kept &= ~missing
        f.create_dataset("labels", data=written)
        f["labels"].attrs["_FillValue"] = np.array(-1, written.dtype)
        if id_kind == "dimension":
            f["index"] = np.zeros(rows, ">f4")
            f["index"].attrs["NAME"] = np.bytes_(
                f"This is a netCDF dimension but not a netCDF variable.{rows:10d}")
        elif id_kind == "short":
            f["ids"] = np.arange(rows + 1)
        elif id_kind == "cube":
            f["ids"] = np.tile(dataset, (epochs, 1))
        elif dataset is not None:
            f["ids"] = dataset
        if id_kind == "missing":
            f["ids"].attrs["_FillValue"] = dataset[0]
            kept[0] = False
    where = np.flatnonzero(kept)
    return (f"{kind} {storage} ids: {id_kind}",
            [([ids[i] for i in where], labels[where], values[t][where]) for t in range(epochs)])


def measured(found):
    """Is there a margin at all?"""
    return any(np.isfinite(m) for _, y, z in found for m, _ in reference.margins(z, y))


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 270
    os.chdir(tempfile.mkdtemp())
    differ = none = 0
    for case in range(count):
        with np.errstate(all="ignore"):
            what, found = make(case, seed)
        if not measured(found):
            none += 1
            continue
        text, _ = reference.ranking(found)
        lines = json_lines(text, [i for ids, _, _ in found for i in ids])
        for threads in ("-j1", "-j4"):
            for form, expected in (("csv", text), ("jsonl", lines)):
                ran = subprocess.run([SCAN, threads, "-f", form, "d.h5"], capture_output=True, text=True)
                if ran.returncode != 0 or ran.stdout != expected:
                    print("case", case, what, threads, form, ran.returncode, ran.stderr.strip()[:300])
                    differ += 1
    print("seed", seed, "cases", count, "without margins", none, "differ", differ)
    return differ > 0


if __name__ == "__main__":
    sys.exit(main())
