#!/bin/sh
# -t auto and -e auto over fixtures/splits: whole outputs against those of
# fixtures/make_splits.py, which follows the definition (see fixtures/README.md).
#
# From the environment: srcdir, and WRAPPER, a command to run it under.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/splits.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

cd "$top/fixtures/splits" || exit 1

for dump in *.h5; do
    name=${dump%.h5}
    for threads in 1 4; do
        ok "$name: a window and cutoffs of the data, $threads threads" \
            expect "$name.auto.csv" -q --all -t auto -j $threads "$dump"
        ok "$name: the same of all epochs, $threads threads" \
            expect "$name.all.csv" -q --all -t auto -e all -j $threads "$dump"
    done
done

tells() { # PATTERN ARGUMENTS...
    pattern=$1
    shift
    scan "$@" -o /dev/null 2>"$work/err"
    cat "$work/err"
    grep -Eq -- "$pattern" "$work/err"
}
is_silent() { # PATTERN ARGUMENTS...
    pattern=$1
    shift
    scan "$@" -o /dev/null 2>"$work/err" && [ -s "$work/err" ] &&
        ! grep -Eq -- "$pattern" "$work/err"
}
# Effects and counts are those that make_splits.py prints.
ok "the summary names the window" tells \
    'epochs up to 7 chosen, 8 of 12: .*\(effect 0\.973; of all epochs 0\.[0-9]*\)$' \
    -t auto memorised.h5
ok "and what all epochs would flag" tells \
    ': 49 of 200 samples flagged \(24\.5%\); all epochs would flag 0 \(0\.0%\)$' \
    -t auto memorised.h5
ok "and the cutoffs" tells \
    ': cutoffs from -0\.4743968329858035 to -0\.3802706329151988, one for each class' \
    -t auto tiny_class.h5
ok "a window that is all epochs" tells 'all 6 epochs chosen: .*\(effect 0\.648\)$' \
    -t auto steady.h5
ok "groups that hardly separate" tells \
    'warning: the AUMs hardly fall into two groups \(effect 0\.648\)' -t auto steady.h5
ok "groups that do" is_silent 'hardly fall' -t auto memorised.h5
ok "a fixed cutoff in that window" tells ': 49 of 200 samples flagged .*all epochs would flag 0' \
    -t 0 -e auto memorised.h5
ok "a window without a cutoff" tells 'epochs up to 7 chosen, 8 of 12' -e auto memorised.h5
ok "named epochs are no window" is_silent 'chosen' -t auto -e :5 memorised.h5
ok "nor is a window in two epochs" is_silent 'chosen' -t auto -e :1 memorised.h5

# What the window's cutoff is capped at, other percentiles are, too: class 0 of
# above.h5 lies above 0.
capped() {
    scan -q -c 0 -e auto --sweep=50,99% --report-json="$work/json" above.h5 >"$work/out" &&
        [ "$(cut -d, -f1,2 "$work/out" | tr '\n' ' ')" = "percentile,cutoff 50,0 99,0 " ] &&
        grep -q '"cutoff": 0,' "$work/json" && grep -q '"highest": 0,' "$work/json"
}
ok "percentiles are at most 0 in a window" capped
ok "-c 0: labels count from 0 all the same" is_silent 'no sample has label 0' -c 0 above.h5
some_unknown() {
    { echo sample_id && seq 0 9 && echo 7777; } >"$work/ids" &&
        tells '10 of 11 ids name a sample of the dumps' -T "$work/ids" "$@" memorised.h5
}
ok "ids that name no sample" some_unknown -t 0
ok "... in a window" some_unknown -t auto
part_of_a_class() { # which is no threshold class then: it is suggested as before
    { echo sample_id && scan -q memorised.h5 |
        awk -F, '$3 == 0 && ++n <= 10 { print $2 }'; } >"$work/ids"
    tells ' 10 of the [0-9]* samples with label 0 are on this list, and the others are ranked' \
        -t 0 -T "$work/ids" memorised.h5 &&
        scan -q --all -t 0 memorised.h5 | cut -d, -f2-5,7-8 | sort >"$work/a" &&
        scan -q --all -t 0 -T "$work/ids" memorised.h5 | cut -d, -f2-5,7-8 | sort >"$work/b" &&
        [ "$(wc -l <"$work/b")" -eq 191 ] && [ -z "$(comm -13 "$work/a" "$work/b")" ]
}
ok "a list of some samples of an ordinary class" part_of_a_class
ok "samples of later epochs alone are told of" tells \
    ': 20 samples have margins in later epochs alone, and are not ranked' -t auto later.h5

# The window's epochs alone give the same.
alone() {
    scan -q --all -t auto memorised.h5 >"$work/a" &&
        scan -q --all -t auto -e :7 memorised.h5 | diff - "$work/a"
}
ok "the window is those epochs" alone

# A state keeps sums.
states() {
    scan -q --all -t auto -e all --state="$work/state" memorised.h5 >"$work/a" &&
        diff "$work/a" memorised.all.csv &&
        scan -q --all -t auto -e all "$work/state" | diff - memorised.all.csv
}
ok "cutoffs of the data from a state" states
from_state() {
    scan -q --state="$work/state" memorised.h5 >/dev/null || return 1
    scan -t auto "$work/state" 2>"$work/err" >"$work/out"
    [ $? -eq 2 ] && cat "$work/err" && [ ! -s "$work/out" ] &&
        grep -q 'no window of epochs can be chosen from the sums .*--epochs=all' "$work/err"
}
ok "no window from a state" from_state

# The threshold samples' cutoff, which is above 0 here, in that window: below 0.
capped() {
    tells 'cutoff [0-9.]*: number .*; 0 is taken instead' -q -v -c 0 -e auto above.h5 &&
        scan -q -t 0 -c 0 -e auto above.h5 >"$work/a" &&
        scan -q -c 0 -e auto above.h5 | diff - "$work/a"
}
ok "a percentile in that window is at most 0" capped

# Threshold samples are left out of ranking and splits.
left_out() {
    scan -q --all -t auto -e all -c 2 tiny_class.h5 >"$work/a" &&
        ! cut -d, -f3 "$work/a" | grep -q '^2$' &&
        awk -F, '$3 != 2 { print $2, $4, $6 }' tiny_class.all.csv >"$work/b" &&
        cut -d, -f2,4,6 "$work/a" | tr , ' ' | diff - "$work/b"
}
ok "threshold samples are left out" left_out

page() {
    scan -q -t auto memorised.h5 --report="$work/page.html" -o /dev/null &&
        grep -q '<th>cutoff</th>' "$work/page.html" &&
        grep -q '8 of 12 (0 to 7)' "$work/page.html" &&
        scan -q -t auto tiny_class.h5 --report="$work/page.html" -o /dev/null &&
        grep -q -- '-0.4744 to -0.3803' "$work/page.html"
}
ok "the page has them" page

tap_end
