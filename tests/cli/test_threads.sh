#!/bin/sh
# Eight threads write the same bytes as one: of every layout, and of real runs
# with measurements, traces and states. Under ThreadSanitizer (make check-tsan),
# races are failures too.
#
# From the environment: srcdir, WRAPPER.
srcdir=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/threads
rm -rf "$work"
mkdir -p "$work"
. "$srcdir/tests/tap.sh"

# ARGUMENTS..., in which @ stands for the number of threads in names of files
same() {
    for threads in 1 8; do
        scan -q -j $threads -a "$@" >"$work/out$threads" 2>"$work/err$threads" || {
            cat "$work/err$threads"
            return 1
        }
    done
    cmp "$work/out1" "$work/out8"
}

layouts() {
    while read -r _ arguments; do
        # shellcheck disable=SC2086 # several words
        same $arguments || { echo "$arguments"; return 1; }
    done <"$srcdir/fixtures/layouts/cases.txt"
}
cd "$srcdir/fixtures/layouts" || exit 1
ok "all layouts" layouts
cd "$srcdir/fixtures" || exit 1
ok "a real run" same -c 10 digits
ok "two runs that judge each other" same -T two_runs/plan.csv \
    --run two_runs/run1.h5 --run two_runs/run2.h5

# Many blocks of rows, of one thread's and of many chunks each.
"$build/tests/make_dump" scattered "$work/scattered.h5" 2000
ok "a virtual dataset of many mappings" same "$work/scattered.h5"
"$build/tests/make_dump" wide "$work/wide.h5" 20000
ok "many classes" same "$work/wide.h5"

others() { # OUTPUT ARGUMENTS...: what is written beside the ranking
    output=$1
    shift
    for threads in 1 8; do
        scan -q -j $threads "$@" "$output=$work/other$threads" \
            -o "$work/ranking$threads" 2>"$work/err" || {
            cat "$work/err"
            return 1
        }
    done
    cmp "$work/other1" "$work/other8" && cmp "$work/ranking1" "$work/ranking8"
}
ok "measurements" others --records -c 10 digits
ok "a report" others --report -c 10 --trace=3,11,17 digits
ok "a report as JSON" others --report-json -c 10 digits

states() {
    scan -q -j 8 -a --state="$work/state" digits/epoch_0[0-4].h5 >"$work/out8" &&
        scan -q -j 8 -a --state="$work/state" digits >"$work/out8" &&
        scan -q -j 1 -a digits >"$work/out1" && cmp "$work/out1" "$work/out8"
}
ok "a state" states

damaged() {
    for threads in 1 8; do
        scan -q -k -j $threads "$1" >"$work/out$threads" 2>/dev/null
        [ $? -eq 3 ] || return 1
    done
    cmp "$work/out1" "$work/out8"
}
cd bad || exit 1
for dump in chunk_gzip.h5 chunk_labels.h5 chunk_ids.h5 virtual_chunk.h5; do
    ok "-k $dump" damaged $dump
done
rm -rf "$work"
tap_end
