#!/bin/sh
# What labels mean: conventions that are read, and those that are refused with the
# option that reads them. Expected rankings are by NumPy, see fixtures/make_labels.py.
#
# From the environment: srcdir and WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/labels.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

cd "$top/fixtures/labels" || exit 1
each cases.txt '' expect
each errors.txt ': refused' refused

ok "rows that are ignored are counted" tells '20 rows ignored for the label' \
    --ignore-label=-100 minus_100.h5
ok "labels -1 and 1 are told of" tells 'the labels -1 and 1 are those of two classes' \
    signs_one.h5
skipped() {
    scan -k few.h5 >"$work/out" 2>"$work/err"
    [ $? -eq 3 ] && says 'label 77 in row 7' && [ "$(wc -l <"$work/out")" -eq 300 ]
}
ok "single bad rows can be skipped" skipped
for wrong in x 1,x "" "," 1,,2 9999999999999999999; do
    ok "--ignore-label=$wrong: refused" usage "ignore-label=$wrong: not a list" \
        "--ignore-label=$wrong" minus_100.h5
done
ok "--first-label=-1: refused" usage 'first-label=-1: not a number' --first-label=-1 \
    from_1.h5
ok "a threshold class below the first label: refused" usage \
    'threshold-class=0: the first label is 1' --first-label=1 -c 0 from_1.h5

# ---- labels in other inputs and outputs ----

truth() {
    awk -F , 'NR == 1 { print "sample_id,label" } NR > 1 { print $2 "," $3 }' \
        from_1.csv >"$work/truth.csv"
    scan --first-label=1 -t 0 --truth="$work/truth.csv" from_1.h5 2>"$work/err" \
        >"$work/out" && says 'truth: 0 of 40 samples mislabeled'
}
ok "true labels are the dumps', too" truth
bad_truth() {
    printf 'sample_id,label\n1,0\n' >"$work/truth.csv"
    refused 'sample 1 is of label 0, which no class has; the first label is 1' \
        --first-label=1 --truth="$work/truth.csv" from_1.h5
}
ok "... and a label that no class has is refused" bad_truth
in_range() { # COLUMN FILE: numbers 1 to 5, all of them
    cut -d , -f "$1" "$2" | sed 1d | sort -u | tr '\n' ' ' >"$work/range"
    [ "$(cat "$work/range")" = '1 2 3 4 5 ' ]
}
tables() {
    scan -q --first-label=1 --records="$work/records.csv" --report-json="$work/r.json" \
        from_1.h5 >"$work/out" && in_range 3 "$work/records.csv" &&
        in_range 5 "$work/records.csv" && grep -q '"label": *5' "$work/r.json" &&
        ! grep -q '"label": *0' "$work/r.json"
}
ok "records and the JSON report have the dumps' labels" tables
traced() {
    scan -q --first-label=1 --trace=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 from_1.h5 \
        >"$work/out" && in_range 5 "$work/out"
}
ok "traces have them, too" traced
page() {
    scan -q --first-label=1 -t 0 --report="$work/page.html" from_1.h5 >"$work/out" &&
        grep -q 'data-label="5"' "$work/page.html" &&
        ! grep -q 'data-label="0"' "$work/page.html"
}
ok "the page has them, too" page

late_strings() { # a window that begins before there are samples
    printf 'sample_id\ns1\ns2\n' >"$work/ids" &&
        scan -T "$work/ids" --ignore-label=-100 -e auto -p 50 late_strings.h5 >"$work/a" \
            2>"$work/err" && says 'epochs up to 4 chosen, 5 of 6' &&
        ! grep 'the highest label is 0' "$work/err" &&
        scan -q -T "$work/ids" --ignore-label=-100 -e 3:4 -p 50 late_strings.h5 |
        cmp - "$work/a"
}
ok "epochs without any labels come first" late_strings

# ---- names ----

ok "a state keeps no order of names" refused \
    '/labels: labels are strings, whose order a state does not keep' \
    --state="$work/none" names_one.h5

json() {
    scan -q -f jsonl --class-names=names.txt zero.h5 >"$work/out" &&
        head -n 1 "$work/out" | grep -q '"label_name":"[^"]*","suggested_name":"[^"]*"}$'
}
ok "JSON lines have names" json
named_page() {
    scan -q -t 0 --class-names=names.txt --report="$work/page.html" \
        --report-json="$work/r.json" zero.h5 >"$work/out" &&
        grep -q '<td>2 car, old</td>' "$work/page.html" &&
        grep -q 'samples labeled 1 dog look like' "$work/page.html" &&
        grep -q 'looks like <b>1 dog</b> (50% of epochs)' "$work/page.html" &&
        grep -q '"name": *"car, old"' "$work/r.json"
}
ok "the page, its map and the JSON report have names" named_page
named_traces() {
    scan -q --class-names=names.txt --trace=0,1,2,3 --plot="$work/t.svg" zero.h5 \
        >"$work/out" && grep -qE 'label [0-9] (cat|dog|car, old|truck)' "$work/t.svg"
}
ok "pictures of traces have names" named_traces
threshold_named() {
    scan -q -c 4 --class-names=names.txt --trace=0,1,2,3,4,5,6,7,8,9,10,11 \
        --plot="$work/t.svg" zero.h5 >"$work/out" &&
        grep -q 'label 4 threshold' "$work/t.svg" && ! grep -q truck "$work/t.svg"
}
ok "the threshold class is called that" threshold_named
zipped() {
    gzip -c names.txt >"$work/names.gz" &&
        scan -q --class-names="$work/names.gz" zero.h5 | cmp - plain_named.csv
}
ok "names may be compressed" zipped
ok "a file of names is not overwritten" refused 'names.txt' --class-names=names.txt \
    -o names.txt zero.h5

# ---- states ----

kept() {
    rm -f "$work/state"
    scan -q --first-label=1 --ignore-label=-100 --state="$work/state" -e 0 \
        from_1_ignored.h5 >/dev/null &&
        scan -q --first-label=1 --ignore-label=-100 --state="$work/state" \
            from_1_ignored.h5 >"$work/out" && cmp "$work/out" from_1_ignored.csv &&
        scan -q --first-label=1 --ignore-label=-100 "$work/state" >"$work/out" &&
        cmp "$work/out" from_1_ignored.csv
}
ok "a state keeps what labels mean" kept
ok "... and refuses others" refused 'was made with other --first-label' \
    --first-label=1 --state="$work/state" from_1_ignored.h5
ok "... or none" refused 'was made with other --first-label' "$work/state"
signs_kept() {
    rm -f "$work/signs"
    scan -q --state="$work/signs" signs_two.h5 >/dev/null &&
        scan -q "$work/signs" >"$work/out" && cmp "$work/out" signs_two.csv
}
ok "a state keeps labels -1 and 1" signs_kept
tap_end
