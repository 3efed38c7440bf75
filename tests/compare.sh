#!/bin/sh
# compare.sh [--outputs] COMMIT - builds another commit in variants/compare and
# compares what its programs write with what those of this folder do: standard
# output, standard error (not with --outputs, as messages change more often) and
# exit status, over all fixtures and many options. Prints what differs, and how
# many commands were the same. Called from the folder of a build.
set -eu
messages=yes
if [ "$1" = --outputs ]; then
    messages=no
    shift
fi
commit=$1
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
other=$build/variants/compare
rm -rf "$other"
git clone -q "$top" "$other"
(cd "$other" && git checkout -q "$commit" && ./bootstrap CC="${CC:-gcc}" && make) \
    >"$other.log" 2>&1 || { tail "$other.log"; exit 1; }
work=$other/work
mkdir -p "$work/a" "$work/b"

same=0
differ=0
# both ARGUMENTS...: aum-scan of both, in the present folder
both() {
    for of in a b; do
        program=$build/aum-scan
        [ $of = a ] || program=$other/aum-scan
        status=0
        "$program" "$@" >"$work/$of/out" 2>"$work/$of.err" || status=$?
        [ "$messages" = no ] || mv "$work/$of.err" "$work/$of/err"
        echo "$status" >"$work/$of/status"
    done
    if diff -r "$work/a" "$work/b" >"$work/diff"; then
        same=$((same + 1))
    else
        differ=$((differ + 1))
        echo "aum-scan $*"
        sed 's/^/    /' "$work/diff" | head -n 6
    fi
}

cd "$top/fixtures/layouts"
for dump in *.h5 per_epoch; do
    both "$dump"
    both -v -j 3 -a -t 0 --format=jsonl "$dump"
done
cd "$top/fixtures/bad"
for dump in *.h5; do
    both "$dump"
    both -k -q "$dump"
done
cd "$top/fixtures"
both -c 10 digits
both -c 10 -p 95 -a --format=tsv -n 50 digits
both -c 10 -e auto digits
both -c 10 -e 2:5 --trace=3,11,17 digits
both -c 10 --sweep=90,95,99% digits
both -t -1 --sweep=-2:2:0.5 digits
both -c 10 --plot=/dev/stdout -o /dev/null digits
both -c 10 --report=/dev/stdout -o /dev/null digits
both -c 10 --report-json=/dev/stdout -o /dev/null digits
both -c 10 --pairs=/dev/stdout -o /dev/null digits
both --records=/dev/stdout --only=3,4,5 -o /dev/null digits
both --format=aum -c 10 digits
both -c 10 --run=two_runs/run1.h5 --run=two_runs/run2.h5 --truth=two_runs/truth.csv
both -T two_runs/plan.csv --run=two_runs/run1.h5 --run=two_runs/run2.h5 -a
both --help
echo "$same commands do the same as $commit, $differ do not"
[ "$differ" -eq 0 ]
