#!/usr/bin/python3
"""Random dumps of which parts were never written: is what is left NumPy's ranking?

    AUM_SCAN=./aum-scan tests/study/unwritten.py [SEED [COUNT]]

Chunked, contiguous, resizable and virtual datasets, of which random parts of
logits or labels were written, with several fill values. What storage tells was
never written does not count, nor does an epoch after the first that reads as the
fill value alone. With one thread and with four. Needs python3-h5py.
"""
import h5py, numpy as np, subprocess, csv, io, sys, os, tempfile

A = os.path.abspath(os.environ.get("AUM_SCAN", "./aum-scan"))
seed = int(sys.argv[1]) if len(sys.argv) > 1 else 16
n = int(sys.argv[2]) if len(sys.argv) > 2 else 200
os.chdir(tempfile.mkdtemp())
bad = 0
kinds = {}
for case in range(n):
    r = np.random.default_rng([seed, case])
    N = int(r.integers(3, 90))
    C = int(r.integers(2, 7))
    T = int(r.integers(1, 6))
    y = r.integers(0, C, N)
    Z = r.normal(size=(T, N, C)).astype(r.choice(["f4", "f8", "f2", ">f4"]))
    fill = float(r.choice([0, 0, 0, -1, np.nan]))
    W = np.ones((T, N), bool)  # by storage: written whole?
    F = np.zeros((T, N), bool)  # reads as fill though allocated
    kind = r.choice(["chunks3", "contig3", "groups", "resize", "virtual", "labels", "lib"])
    kinds[kind] = kinds.get(kind, 0) + 1
    ids = None
    D = Z.copy()
    lw = np.ones(N, bool)
    with h5py.File(
        "d.h5",
        "w",
        libver=r.choice(["earliest", "latest"]) if kind != "virtual" else "latest",
    ) as f:
        if kind in ("chunks3", "lib"):
            c = (
                int(r.integers(1, T + 1)),
                int(r.integers(1, N + 1)),
                int(r.integers(1, C + 1)),
            )
            kw = dict(chunks=c)
            if kind == "lib":
                kw["scaleoffset"] = None
                kw.pop("scaleoffset")
                kw["compression"] = "szip" if False else None
            if r.random() < 0.4:
                kw["compression"] = "gzip"
                kw["shuffle"] = bool(r.random() < 0.5)
            d = f.create_dataset("logits", (T, N, C), Z.dtype, fillvalue=fill, **kw)
            alloc = np.zeros((T, N, C), bool)
            D[:] = fill
            val = np.zeros((T, N, C), bool)
            for _ in range(int(r.integers(1, 5))):
                a = int(r.integers(0, T))
                b = int(r.integers(a, T)) + 1
                p = int(r.integers(0, N))
                q = int(r.integers(p, N)) + 1
                d[a:b, p:q] = Z[a:b, p:q]
                D[a:b, p:q] = Z[a:b, p:q]
                for t in range(a // c[0] * c[0], min(T, -(-b // c[0]) * c[0])):
                    alloc[t, p // c[1] * c[1] : min(N, -(-q // c[1]) * c[1])] = True
            W = alloc.all(2)
        elif kind == "contig3":
            d = f.create_dataset("logits", (T, N, C), Z.dtype, fillvalue=fill)
            D[:] = fill
            k = int(r.integers(0, T + 1))
            if k > 0:
                d[:k] = Z[:k]
                D[:k] = Z[:k]
            else:
                W[:] = False
            if k > 0 and r.random() < 0.5 and N > 4:
                p = int(r.integers(0, N - 1))
                d[:, p] = fill
                D[:, p] = fill
        elif kind in ("groups", "labels"):
            for t in range(T):
                g = f.create_group(f"epoch_{t}")
                c = (int(r.integers(1, N + 1)), int(r.integers(1, C + 1)))
                lc = int(r.integers(1, N + 1))
                d = g.create_dataset("logits", (N, C), Z.dtype, chunks=c, fillvalue=fill)
                m = int(r.integers(0, N + 1))
                D[t, m:] = fill
                d[:m] = Z[t, :m]
                W[t] = np.arange(N) < min(N, -(-m // c[0]) * c[0])
                l = g.create_dataset("labels", (N,), "i8", chunks=(lc,))
                ml = int(r.integers(0, N + 1)) if kind == "labels" else N
                l[:ml] = y[:ml]
                okl = np.arange(N) < min(N, -(-ml // lc) * lc)
                # labels inside an allocated chunk but unwritten read 0: give them the right value
                l2 = np.arange(N)[okl]
                if okl.any():
                    l[: l2.max() + 1] = y[: l2.max() + 1]
                W[t] &= okl
        elif kind == "resize":
            d = f.create_dataset(
                "logits",
                (1, C),
                Z.dtype,
                maxshape=(None, C),
                chunks=(int(r.integers(1, 9)), C),
                fillvalue=fill,
            )
            d.resize((N, C))
            p = int(r.integers(0, N))
            d[p:] = Z[0, p:]
            T = 1
            Z = Z[:1]
            D = D[:1]
            W = W[:1]
            D[0, :p] = fill
            c = d.chunks[0]
            W[0] = np.arange(N) >= p // c * c
        elif kind == "virtual":
            k = int(r.integers(1, 4))
            lay = h5py.VirtualLayout((T, N, C), Z.dtype)
            W[:] = False
            D[:] = fill if fill == fill else np.nan
            step = int(r.integers(0, 2))
            for j in range(k):
                if r.random() < 0.3:
                    continue
                rows = slice(j, N, k) if step else slice(j * N // k, (j + 1) * N // k)
                src = Z[:, rows]
                if src.shape[1] == 0:
                    continue
                with h5py.File(f"s{j}.h5", "w") as g:
                    g["z"] = src
                lay[:, rows] = h5py.VirtualSource(f"s{j}.h5", "z", src.shape)
                W[:, rows] = True
                D[:, rows] = src
            f.create_virtual_dataset("logits", lay, fillvalue=fill)
        if "labels" not in f and "epoch_0" not in f:
            f["labels"] = y
    same = lambda a: (a == np.array(fill).astype(Z.dtype).astype("f8")) | (
        np.isnan(a) & np.isnan(fill)
    )
    m = {}
    for t in range(T):
        z = D[t].astype("f8")
        rows = np.where(W[t])[0]
        if len(rows) == 0:
            continue
        if t > 0 and same(z[rows]).all():
            continue
        for i in rows:
            a = z[i, y[i]]
            o = np.delete(z[i], y[i])
            v = a - (np.nan if np.isnan(o).any() else o.max())
            if np.isfinite(v):
                m.setdefault(i, []).append(v)
    exp = {i: (np.mean(v), len(v)) for i, v in m.items()}
    for j in ("-j1", "-j4"):
        p = subprocess.run([A, j, "d.h5"], capture_output=True, text=True)
        if not exp and "was ever written" in p.stderr:
            continue  # nothing at all: an error
        if p.returncode != 0:
            print("case", case, kind, "rc", p.returncode, p.stderr.strip()[:300])
            bad += 1
            break
        got = {
            int(x["sample_id"]): (float(x["aum"]), int(x["measurements"]))
            for x in csv.DictReader(io.StringIO(p.stdout))
        }
        if set(got) != set(exp) or any(
            got[i][1] != exp[i][1] or abs(got[i][0] - exp[i][0]) > 1e-9 for i in exp
        ):
            print(
                "case",
                case,
                kind,
                "N",
                N,
                "C",
                C,
                "T",
                T,
                "fill",
                fill,
                "DIFF",
                len(got),
                len(exp),
                p.stderr.strip()[:400],
            )
            bad += 1
            break
print("seed", seed, "cases", n, kinds, "differ", bad)
