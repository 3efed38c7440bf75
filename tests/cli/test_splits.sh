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
    ! tells "$@"
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
    [ $? -eq 1 ] && cat "$work/err" && [ ! -s "$work/out" ] &&
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
