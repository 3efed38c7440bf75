#!/bin/sh
# Sample ids, element types and attributes as programs write them that are not
# h5py. Expected rankings are by NumPy, see fixtures/make_types.py.
#
# From the environment: srcdir and WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/types.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

cd "$top/fixtures/types" || exit 1
each cases.txt '' expect
each errors.txt ': refused' refused

# ---- ids that doubles cannot tell apart ----

# How many lines begin with an id of the form that is wanted: lines FILE PATTERN N
lines() {
    [ "$(wc -l <"$1")" -eq "$3" ] && [ "$(grep -c "^{\"sample_id\":$2," "$1")" -eq "$3" ]
}
records() { # NAME PATTERN
    scan -q -f jsonl --records="$work/r" "$1.h5" >"$work/out" && lines "$work/r" "$2" 36
}
ok "all records have strings if one id is wide" records wide_above '"[0-9]*"'
ok "... or if it is negative" records wide_below '"-\{0,1\}[0-9]*"'
ok "... and numbers if none is" records wide_2_53 '[0-9]*'
traces() { # NAME PATTERN
    scan -q -f jsonl --trace=3,4 "$1.h5" >"$work/out" && lines "$work/out" "$2" 6
}
ok "traces have strings if any id is wide" traces wide_u8 '"[34]"'
ok "... and numbers if none is" traces wide_2_53 '[34]'
two_runs() {
    scan -q -f jsonl --records="$work/r" --run wide_2_53.h5 --run wide_above.h5 >"$work/out" &&
        lines "$work/r" '"[0-9]*"' 72 && ! grep -q '"sample_id":[0-9]' "$work/out"
}
ok "all runs have one form" two_runs
kept() {
    rm -f "$work/s" && scan -q --state="$work/s" epoch_0_wide.h5 >"$work/out" &&
        scan -q -f jsonl "$work/s" >"$work/out" && ! grep -q '"sample_id":[0-9]' "$work/out" &&
        [ "$(wc -l <"$work/out")" -eq 13 ]
}
ok "... also from a state" kept

# ---- ids that are none ----

notes() { # PATTERN FILE: one such line, and status 0
    scan "$2" >"$work/out" 2>"$work/err" &&
        [ "$(grep -Ec -- "$1" "$work/err")" -eq 1 ] && ! grep warning "$work/err" ||
        { cat "$work/err"; return 1; }
}
ok "dimensions that are no ids are noted" notes \
    'ids_dimension.h5: /index: a netCDF dimension without values; the row numbers are the ids$' \
    ids_dimension.h5
ok "... but not if there are ids" sh -c \
    "! '$build/aum-scan' ids_after_dimension.h5 2>&1 >'$work/out' | grep dimension"
ok "ids of another length are noted" notes \
    'ids_short.h5: /index: not one id per row; other ids, or else the row numbers, are taken$' \
    ids_short.h5
ok "... and the others are taken without a word" sh -c \
    "! '$build/aum-scan' ids_after_short.h5 2>&1 >'$work/out' | grep differs"
listed() { scan --list ids_short.h5 | grep -q '/index.*not one id per row'; }
ok "... and listed" listed
planned() { # PATTERN FILE
    "$build/aum-plan" --labels="$2" >"$work/out" 2>"$work/err" && says "$1"
}
ok "a plan tells of ids that are none, too" planned '/index: not one id per row' ids_short.h5
ok "... and takes those that are floats" planned '' ids_f4.h5

# ---- element types ----

bits() { # FILE
    scan "$1" >"$work/out" 2>"$work/err" &&
        [ "$(grep -c 'warning: .*/logits: read as 16-bit integers; if they are bfloat16 bits' \
            "$work/err")" -eq 1 ] || { cat "$work/err"; return 1; }
}
silent() { # FILE: no assumption
    scan "$1" >"$work/out" 2>"$work/err" &&
        [ "$(grep -cv 'all samples are ranked' "$work/err")" -eq 1 ] ||
        { cat "$work/err"; return 1; }
}
ok "integers that may be bits are warned of" bits integers_i2.h5
once() {
    cp integers_i2.h5 "$work/a.h5" && cp integers_i2.h5 "$work/b.h5"
    scan --list "$work/a.h5" "$work/b.h5" >"$work/out" 2>"$work/err"
    [ "$(grep -c 'bfloat16 bits' "$work/err")" -eq 1 ]
}
ok "... once for datasets that are alike" once
ok "... but not if they are packed" sh -c \
    "! '$build/aum-scan' packed_i2.h5 2>&1 >'$work/out' | grep warning"
ok "... or bits, as an attribute says" silent bits_i2.h5
ok "... or integers, as it says" silent integers_told.h5
ok "... but if it says something else" bits integers_half.h5
ok "opaque elements are noted" notes '/logits: opaque elements of 2 bytes, read as bfloat16$' \
    opaque.h5
ok "... but not if an attribute says it" silent opaque_keras.h5
listed_types() {
    scan --list opaque.h5 | grep -q opaque && scan --list e4m3.h5 | grep -q float8_e4m3fn &&
        scan --list e5m2.h5 | grep -q float8_e5m2
}
ok "types are listed as they are called" listed_types

# ---- packed logits ----

ok "unpacking is noted" notes '/logits: unpacked: 0.001 \* stored \+ 1.5$' packed_i2.h5
counts() { # PATTERN FILE
    scan "$2" >"$work/out" 2>"$work/err" && says "$1"
}
ok "what is missing is noted" counts \
    'unpacked: 0.01 \* stored \+ 0; what equals _FillValue or missing_value is NaN$' missing.h5
ok "... and counted" counts '3 measurements left out: margin NaN or infinite' missing.h5
ok "... in floats, too" counts '2 measurements left out' missing_floats.h5
ok "epochs that were never written are no epochs" counts \
    '2 epoch records left out: never written' unwritten_1.h5
ok "labels that are missing are counted" counts '6 rows left out: never written' labels_fill.h5
ok "ids that are missing are counted" counts '3 rows left out: never written' ids_fill.h5
same_records() { # NAME: traces and records of packed logits are the same
    scan -q --records="$work/r" --only=3 "$1.h5" >"$work/out" &&
        scan -q --trace=3 "$1.h5" >"$work/trace" && [ -s "$work/trace" ] &&
        cut -d , -f 7 "$work/r" | tail -n +2 >"$work/a" &&
        cut -d , -f 6 "$work/trace" | tail -n +2 | cmp - "$work/a"
}
for name in packed_i2 packed_gzip missing e4m3 e5m2_gzip opaque unwritten_1; do
    ok "traces of $name" same_records "$name"
done
kept_packed() {
    rm -f "$work/s" && scan -q --state="$work/s" packed_i2.h5 >"$work/a" &&
        scan -q "$work/s" | cmp - "$work/a" && scan -q --state="$work/s" packed_i2.h5 |
        cmp - "$work/a"
}
ok "a state of packed logits" kept_packed

tap_end
