#!/bin/sh
# --list: what would be read. Expected lists are by hand, from the scripts that
# made the fixtures.
#
# From the environment: srcdir and WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/list.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

# The columns that are named, of the list of some arguments: lists COLUMNS EXPECTED
# ARGUMENTS...; no cell of these fixtures has a tab.
lists() {
    columns=$1
    expected=$2
    shift 2
    scan -q -l -f tsv "$@" >"$work/out" 2>"$work/err" || { cat "$work/err"; return 1; }
    awk -F '\t' -v wanted="$columns" 'NR == 1 { n = split(wanted, w, ",")
            for (i = 1; i <= NF; i++) at[$i] = i
            next }
        { line = ""
          for (i = 1; i <= n; i++) line = line (i > 1 ? " " : "") $at[w[i]]
          print line }' "$work/out" >"$work/columns"
    printf '%s\n' "$expected" | diff "$work/columns" -
}

cd "$top/fixtures/epochs" || exit 1
header() {
    scan -q --list splits.h5 --group=train | head -n 1 | grep -qx \
        'run,epoch,epoch_from,file,group,rows,classes,logits,logits_shape,logits_type,logits_storage,logits_filters,labels,labels_shape,labels_type,labels_storage,labels_filters,ids,ids_shape,ids_type,ids_storage,ids_filters,status'
}
ok "the columns" header
ok "records in the order of a scan" lists run,epoch,epoch_from,file,group,rows,classes,status \
    '1 2 file file/epoch_2.h5 / 12 4 read
1 9 file file/epoch_9.h5 / 12 4 read
1 10 file file/epoch_10.h5 / 12 4 read' \
    file/epoch_10.h5 file/epoch_2.h5 file/epoch_9.h5
from() { # EXPECTED ARGUMENTS...
    expected=$1
    shift
    scan -q -l -f tsv "$@" 2>"$work/err" | awk -F '\t' 'NR == 2 { print $2, $3 }' |
        grep -qx "$expected"
}
ok "an attribute" from '4 attribute' attribute_integer/c.h5
ok "a dataset" from '0 dataset' dataset/epoch_3.h5
ok "the name of a dataset" from '8 name' names.h5
ok "the name of a group" from '0 group' hard.h5
ok "the name of a folder" from '2 folder' folder/epoch_2/logits.h5
ok "the number that varies" from '2 number' bare/002.h5 bare/009.h5
ok "the axis of epochs" from '0 axis' unwritten_gzip.h5
ok "the order of the names" from '0 order' order/a.h5 order/b.h5
ok "arrays, and how they are stored" lists \
    logits,logits_shape,logits_type,logits_storage,logits_filters,labels,labels_type,ids,ids_type \
    '/logits (36, 4) float32 chunked (7, 3) gzip /labels int64  
/logits (36, 4) float32 chunked (7, 3) gzip /labels int64  
/logits (36, 4) float32 chunked (7, 3) gzip /labels int64  ' appended_gzip.h5
ok "rows of appended epochs" lists epoch,rows '0 12
1 12
2 12' appended_ids.h5
ok "names of groups as ids" lists ids "$(yes @group | head -n 12)" --ids=@group samples.h5
ok "groups that are not wanted" lists epoch,group,status '0 /train/epoch_0 read
1 /train/epoch_1 read
2 /train/epoch_2 read
 /val/epoch_0 another group wanted
 /val/epoch_1 another group wanted
 /val/epoch_2 another group wanted' --group=train splits.h5
ok "epochs that are not wanted" lists epoch,file,status '10 file/epoch_10.h5 read
 file/epoch_2.h5 epoch not wanted
 file/epoch_9.h5 epoch not wanted' -e 10: file/epoch_2.h5 file/epoch_9.h5 file/epoch_10.h5
ok "other names of a group" lists epoch,group,status '0 /epoch_0 read
1 /epoch_1 read
2 /epoch_2 read
 /a_first another name of what is read
 /best another name of what is read' hard.h5
ok "several runs" lists run,epoch '1 2
2 9' --run file/epoch_2.h5 --run file/epoch_9.h5

folder() (
    mkdir -p "$work/run/sub/.hidden" && cp file/epoch_2.h5 "$work/run/" &&
        cp file/epoch_10.h5 "$work/run/sub/epoch_10.hdf" && : >"$work/run/notes.txt" &&
        : >"$work/run/._epoch_3.h5" && echo text >"$work/run/model.h5" &&
        cp file/epoch_9.h5 "$work/run/epoch_9.nc" &&
        ln -s epoch_9.nc "$work/run/best.h5" && ln -s .. "$work/run/sub/up" &&
        cd "$work" && lists epoch,file,status '2 run/epoch_2.h5 read
9 run/epoch_9.nc read
10 run/sub/epoch_10.hdf read
 run/model.h5 no HDF5 file
 run/._epoch_3.h5 hidden
 run/best.h5 another name of a file
 run/notes.txt not a dump'"'"'s name
 run/sub/.hidden hidden
 run/sub/up a folder that it is in' run
)
ok "a folder" folder
same_ranking() (
    cd "$work" && scan run >"$work/out" 2>"$work/err" &&
        cmp "$work/out" "$top/fixtures/epochs/all.csv" &&
        says 'run/model.h5: passed over: no HDF5 file' &&
        says 'run: passed over 1 file of other names'
)
ok "... is read like that" same_ranking
ok "damage in a folder is an error" sh -c "
    cd '$work' && : >run/epoch_4.h5 && ! ${WRAPPER:-} '$build/aum-scan' -q run >/dev/null 2>err &&
        grep -q 'run/epoch_4.h5: empty file' err && rm run/epoch_4.h5"
twice() (
    cd "$work" && scan run run >/dev/null 2>"$work/err" &&
        [ "$(grep -c 'given twice' "$work/err")" -eq 1 ] || { cat "$work/err"; return 1; }
    says '5 files are given twice|4 files are given twice|3 files are given twice'
)
ok "a folder given twice is one warning" twice

nothing() {
    scan -l -f tsv scenes/scene0000.h5 scenes/scene0001.h5 >"$work/out" 2>"$work/err"
    [ $? -eq 1 ] && [ "$(wc -l <"$work/out")" -eq 3 ] &&
        says 'these are epochs of the same samples only if'
}
ok "with an error, what there is is listed" nothing
no_output() {
    scan -q -l -o "$work/list.csv" scenes/scene0000.h5 scenes/scene0001.h5 2>/dev/null
    [ $? -eq 1 ] && [ ! -e "$work/list.csv" ]
}
ok "... but to no file" no_output
to_file() {
    scan -q -l -o "$work/list.csv" hard.h5 && [ "$(wc -l <"$work/list.csv")" -eq 6 ]
}
ok "to a file" to_file
json() {
    scan -q -l -f jsonl file/epoch_2.h5 | grep -qF \
        '"epoch":2,"epoch_from":"file","file":"file/epoch_2.h5","group":"/","rows":12'
}
ok "JSON lines" json
# The rest of a command line may stay as it is, and writes nothing.
alone() {
    scan -q -l -c 3 -a --records="$work/r.csv" --report="$work/p.html" --trace=3 \
        --truth=none.csv file/epoch_2.h5 >"$work/out" 2>"$work/err" &&
        [ ! -e "$work/r.csv" ] && [ ! -e "$work/p.html" ] &&
        grep -q ',read$' "$work/out"
}
ok "beside other options" alone
verbose() {
    scan -v hard.h5 >"$work/out" 2>"$work/err" && cmp "$work/out" all.csv &&
        says 'epoch 2 \(group\): hard.h5: /epoch_2/logits \(12, 4\) float32 contiguous, /epoch_2/labels, no ids' &&
        says 'hard.h5: passed over: /best: another name of what is read'
}
ok "-v tells the same" verbose
# script(1) gives it a terminal.
terminal() {
    COLUMNS=$1 script -qec "${WRAPPER:-} '$build/aum-scan' -q -l splits.h5 --group=train" /dev/null \
        </dev/null | tr -d '\r' >"$work/out"
    awk -v most="$1" 'length($0) > most { exit 1 }' "$work/out" &&
        [ "$(head -n 1 "$work/out")" = "$2" ]
}
if script -qec true /dev/null </dev/null >/dev/null 2>&1 && [ -z "${WRAPPER:-}" ]; then
    ok "a terminal of 80 columns" terminal 80 \
        'epoch  file       group           rows  classes  status'
    ok "... of 200" terminal 200 \
        'epoch  epoch_from  file       group           rows  classes  logits                 logits_shape  logits_type  logits_storage  labels                 labels_shape  labels_type  status'
else
    skip "a terminal of 80 columns" "no script(1)"
    skip "... of 200" "no script(1)"
fi
tap_end
