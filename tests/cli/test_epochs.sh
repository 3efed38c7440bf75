#!/bin/sh
# Which bytes are taken for which epoch: names, attributes, links, appended rows.
# Expected rankings are by NumPy, see fixtures/make_epochs.py.
#
# From the environment: srcdir and WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/epochs.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

cd "$top/fixtures/epochs" || exit 1
each cases.txt '' expect
each errors.txt ': refused' refused

two_names() {
    scan names_two.h5 --logits='logits_epoch_*' >"$work/out" 2>"$work/err" &&
        cmp "$work/out" all.csv
}
ok "one of two patterns" two_names

broken() {
    scan unrelated.h5 >"$work/out" 2>"$work/err" && cmp "$work/out" first.csv &&
        says 'warning: unrelated.h5: /images: a link to something that is missing'
}
ok "a link that leads nowhere is warned of" broken

skipped_once() {
    scan -k gone_logits.h5 best/epoch_0.h5 >"$work/out" 2>"$work/err"
    [ $? -eq 3 ] && cmp "$work/out" first.csv &&
        [ "$(grep -c gone_logits.h5 "$work/err")" -eq 1 ] &&
        says 'warning: skipped: gone_logits.h5: /epoch_1/logits: a link to'
}
ok "... and once if the file is skipped for it" skipped_once

# A folder's name is no word for some of the dumps in it, however they are given.
given_differently() (
    mkdir "$work/dev" && cp best/epoch_0.h5 best/epoch_1.h5 "$work/dev" &&
        cd "$work/dev" && scan -q epoch_0.h5 "$work/dev/epoch_1.h5" |
        cmp - "$top/fixtures/epochs/to_1.csv"
)
ok "a folder that all dumps are in tells no split" given_differently

# ---- probabilities ----

# Their margins are those of their logarithms, which may differ in the last bit.
logs() { # NAME
    scan -q --probabilities "$1.h5" >"$work/out" 2>"$work/err" || { cat "$work/err"; return 1; }
    paste -d , "$work/out" "$1.csv" | awk -F , 'NR == 1 { next }
        { d = $4 - $12; if ($2 != $10 || $7 != $15 || $8 != $16 || d * d > 1e-24) bad++ }
        END { exit bad != 0 || NR != 41 }'
}
ok "margins of log-softmax" logs softmax
ok "margins of log-sigmoid" logs sigmoid
kept_logs() {
    rm -f "$work/p" && scan -q --probabilities --state="$work/p" epoch_0_softmax.h5 >"$work/a" &&
        scan -q --probabilities "$work/p" | cmp - "$work/a" &&
        refused 'was made with --probabilities; give that again' "$work/p"
}
ok "a state of them" kept_logs
traces_of_logs() {
    scan -q --probabilities --records="$work/r" --only=3 softmax.h5 >"$work/out" &&
        scan -q --probabilities --trace=3 softmax.h5 >"$work/trace" &&
        cut -d , -f 7 "$work/r" | tail -n 3 >"$work/a" &&
        cut -d , -f 6 "$work/trace" | tail -n 3 | cmp - "$work/a"
}
ok "traces of them" traces_of_logs

# ---- what was never written ----

warns() { # PATTERN FILE: one such warning, and status 0
    scan "$2" >"$work/out" 2>"$work/err" &&
        [ "$(grep -Ec -- "$1" "$work/err")" -eq 1 ] || { cat "$work/err"; return 1; }
}
quiet() { scan "$1" 2>&1 >"$work/out" | grep warning && return 1; return 0; }
ok "epochs that were never written are counted" warns \
    'warning: 3 epoch records left out: never written' unwritten_contiguous.h5
ok "... and the first is named" warns \
    '/logits: epoch 2 was never written, and is left out' unwritten_chunked.h5
ok "... and are no epochs" warns ': 2 epochs, 12 samples' unwritten_gzip.h5
ok "rows that were never written are counted" warns \
    'warning: 4 rows left out: never written' unwritten_tail.h5
ok "... and the first is named" warns \
    '/logits: row 8 of epoch 0 was never written, and is left out' unwritten_labels.h5
ok "... in other files" warns 'warning: 8 rows left out: never written' \
    unwritten_source.h5
ok "a row of fill values is measured, and warned of" warns \
    'row 0 of epoch 0 has logits that all equal the fill value' unwritten_row.h5
ok "a head that starts with zeros is no news" quiet unwritten_head.h5

# Where the library has assertions, one of them stops the process that reads.
short_all() {
    if scan --version | grep -q 'HDF5 [2-9]'; then
        refused 'the HDF5 library crashed' unwritten_short_all.h5 && return 0
    fi
    expect rows_0_8.csv unwritten_short_all.h5
}
ok "a source that is mapped as a whole, and too short" short_all

# A writer that is killed, and goes on: what was not there is read then.
later() {
    cp unwritten_contiguous.h5 "$work/run.h5" && chmod u+w "$work/run.h5" &&
        scan -q --state="$work/s" "$work/run.h5" >"$work/out" 2>"$work/err" &&
        cmp "$work/out" to_1.csv && scan -q "$work/s" | cmp - to_1.csv &&
        cp "$top/fixtures/epochs/written.h5" "$work/run.h5" &&
        scan -q --state="$work/s" "$work/run.h5" >"$work/out" 2>"$work/err" &&
        cmp "$work/out" all.csv
}
ok "a state has epochs once they are written" later
ok "a state keeps whole epochs" refused \
    'row 8 of epoch 0 was never written, and a state keeps whole epochs' \
    --state="$work/t" epoch_0_tail.h5
ok "... as far as fill values tell" refused \
    'row 8 of epoch 1 has logits that all equal the fill value.*A state keeps whole' \
    --state="$work/t" epoch_1_half.h5
ok "... with -k, too" refused 'was this epoch written in full' -k \
    --state="$work/t" epoch_1_half.h5
traced() {
    scan -q --trace=3 unwritten_contiguous.h5 >"$work/out" 2>"$work/err" &&
        [ "$(wc -l <"$work/out")" -eq 3 ]
}
ok "traces have the epochs that were written" traced

# ---- names of groups as ids ----

groups_kept() {
    cp samples.h5 "$work/epoch_3.h5" && rm -f "$work/g" &&
        scan -q --ids=@group --state="$work/g" "$work/epoch_3.h5" >"$work/a" &&
        cmp "$work/a" samples.csv &&
        scan --ids=@group --state="$work/g" "$work/epoch_3.h5" 2>"$work/err" |
        cmp - samples.csv &&
        says 'has ([0-9]+) of \1 epoch records already' &&
        scan -q "$work/g" | cmp - samples.csv
}
ok "a state has names of groups as ids" groups_kept
groups_traced() {
    id=$(awk -F , 'NR == 2 { print $2 }' samples.csv)
    scan -q --ids=@group --trace="$id" samples.h5 >"$work/out" &&
        [ "$(grep -c "^$id," "$work/out")" -ge 1 ]
}
ok "traces have them, too" groups_traced

# ---- epoch numbers that cannot be taken ----

ok "rows without an epoch number are warned of" warns \
    'warning: numbers_cut.h5: /epoch: epoch numbers that were never written' \
    numbers_cut.h5
ok "epoch numbers that fit nothing are warned of" warns \
    'warning: numbers_few.h5: /epoch: not a number for each epoch or row' \
    numbers_few.h5
ok "... and those that are text" warns \
    'warning: numbers_text.h5: /epoch: not a number for each' numbers_text.h5
ok "... and those of rows that are above them" warns \
    'warning: numbers_above.h5: /epoch: not a number for each' numbers_above.h5
ok "what may be logits, too, is told of" warns \
    'warning: others.h5: /logits_final: named like logits, but not read' others.h5
ok "a second candidate that differs later is told of" warns \
    'choice_later.h5: /epoch_2/logits is read, not /epoch_2/scores, which differs; --logits=scores' \
    choice_later.h5
ok "... and one of a dataset for each epoch" warns \
    "not /labels_epoch_0, which differs; --labels='labels_epoch_\\*' takes it" \
    choice_names.h5
ok "... but not one that is the same in another type" quiet -e 0: choice_same.h5
same_choice() {
    scan choice_same.h5 2>"$work/err" >"$work/out" && ! grep -q differs "$work/err"
}
ok "... and is not said to differ" same_choice
ok "logits of other names beside plain ones are told of" warns \
    '/epoch_0/logits_0: named like logits, but not read' beside_plain.h5
resumed() {
    scan resumed 2>"$work/err" >"$work/out" &&
        says 'warning: epochs 0 and 1 have 12 and 24 rows, and no sample ids'
}
ok "epochs of other lengths without ids are told of" resumed
blank_head() {
    scan unwritten_head.h5 2>"$work/err" >"$work/out" &&
        says 'all logits of the first epoch, 0, equal the fill value.* -e 1: leaves it out'
}
ok "a first epoch of fill values is told of" blank_head
in_order() {
    scan order/a.h5 order/b.h5 order/c.h5 2>"$work/err" >"$work/out" &&
        says 'numbered in the order of their names' &&
        scan file/epoch_2.h5 file/epoch_9.h5 2>"$work/err" >"$work/out" &&
        ! grep -q 'order of their names' "$work/err"
}
ok "the order of names is told of" in_order
gaps_traced() {
    scan -q --trace=3 numbers_axis_whole.h5 >"$work/out" 2>"$work/err" &&
        [ "$(wc -l <"$work/out")" -eq 3 ]
}
ok "traces leave out what was never written, whatever its number" gaps_traced
tap_end
