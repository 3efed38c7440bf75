#!/bin/sh
# Tables (compound datasets) of PyTables, pandas and NumPy: what is read of them.
# Expected rankings are by NumPy, see fixtures/make_tables.py.
#
# From the environment: srcdir and WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/tables.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

cd "$top/fixtures/tables" || exit 1
each cases.txt '' expect
each cases.txt ', one and four threads' expect_threads
each errors.txt ': refused' refused

lists() { # COLUMNS EXPECTED ARGUMENTS...
    columns=$1
    expected=$2
    shift 2
    scan -l -f tsv "$@" >"$work/out" 2>"$work/err" || { cat "$work/err"; return 1; }
    awk -F '	' -v columns="$columns" 'NR == 1 {
            for (i = 1; i <= NF; i++) place[$i] = i
            n = split(columns, wanted, ",")
            next
        }
        { for (i = 1; i <= n; i++) printf "%s%s", $place[wanted[i]], i < n ? " " : "\n" }' \
        "$work/out" >"$work/listed"
    echo "$expected" | diff "$work/listed" -
}
ok "fields are listed" lists \
    epoch,group,logits,logits_shape,logits_type,logits_storage,labels,labels_type,ids,status \
    '0 /epoch_0 /epoch_0/logits (12, 11) float32 contiguous /epoch_0/label int32 /epoch_0/id read
1 /epoch_1 /epoch_1/logits (12, 11) float32 contiguous /epoch_1/label int32 /epoch_1/id read
2 /epoch_2 /epoch_2/logits (12, 11) float32 contiguous /epoch_2/label int32 /epoch_2/id read' \
    records.h5
ok "columns are listed" lists epoch,epoch_from,logits,logits_shape,logits_filters,ids \
    '0 group /run/epoch_0/logit_* (12, 11) fletcher32 /run/epoch_0/id
1 group /run/epoch_1/logit_* (12, 11) fletcher32 /run/epoch_1/id
2 group /run/epoch_2/logit_* (12, 11) fletcher32 /run/epoch_2/id' columns.h5
ok "a column of epochs is listed" lists epoch,epoch_from,rows \
    '0 dataset 12
1 dataset 12
2 dataset 12' appended.h5

unwritten() {
    scan "$1" >"$work/out" 2>"$work/err" && cmp "$work/out" five.csv &&
        says 'warning: 7 rows left out: never written'
}
ok "unwritten rows are counted" unwritten unwritten.h5
ok "rows without a source are counted" unwritten virtual.h5
ok "rows that a raw file lacks are counted" unwritten raw.h5

index_of_pandas() {
    scan data_columns.h5 >"$work/out" 2>"$work/err" &&
        says '/df/table/id is read, not /df/table/index, which differs'
}
ok "the index of a frame is not taken in place of ids" index_of_pandas

running_index() {
    scan running_index.h5 >"$work/out" 2>"$work/err" && cmp "$work/out" rows.csv &&
        says '/df/table/index: a number for each row of all epochs, and so no sample ids'
}
ok "... nor if it goes on through all epochs" running_index

folder() {
    mkdir -p "$work/run" && cp records.h5 frame.h5 unnamed.h5 "$work/run/" &&
        scan "$work/run" >"$work/out" 2>"$work/err" && cmp "$work/out" all.csv &&
        says 'run/frame.h5: passed over: no logits' &&
        says 'run/unnamed.h5: passed over: no logits'
}
ok "other tables in a folder of dumps are passed over" folder

kept() {
    rm -f "$work/state" && scan -q --state="$work/state" -e :1 appended.h5 >"$work/out" &&
        scan -q --state="$work/state" appended.h5 | cmp - all.csv
}
ok "a state of a table" kept
traces() {
    id=$(sed -n '2s/^1,\([0-9]*\),.*/\1/p' all.csv)
    scan -q --trace="$id" records.h5 >"$work/a" && scan -q --trace="$id" appended.h5 |
        cmp - "$work/a" && [ "$(wc -l <"$work/a")" -eq 4 ]
}
ok "traces of a table" traces

# A chunk of a table is damaged: one of the second epoch, which -k leaves out.
damaged() {
    cp columns.h5 "$work/d.h5" && offset=$(($(wc -c <"$work/d.h5") - 60)) &&
        printf 'x' | dd of="$work/d.h5" bs=1 seek="$offset" conv=notrunc 2>"$work/dd" &&
        refused 'd.h5: /run/epoch_[0-9]/.*: the chunk at \([0-9]*\) is damaged: .*-k skips' \
            "$work/d.h5"
    scan -q -k "$work/d.h5" >"$work/out" 2>"$work/err"
    [ $? -eq 3 ] && [ "$(wc -l <"$work/out")" -eq 13 ]
}
ok "a damaged chunk" damaged

planned() {
    ${WRAPPER:-} "$build/aum-plan" --labels=records.h5 >"$work/out" 2>"$work/err" ||
        { cat "$work/err"; return 1; }
    [ "$(wc -l <"$work/out")" -gt 2 ]
}
ok "aum-plan reads tables" planned

tap_end
