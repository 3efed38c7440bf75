# outputs.sh - what the tests of outputs share; sourced
#
# A folder of their own, with dumps in run/, texts beside it and out/ for
# outputs; `expected` is the ranking.
#
# From the environment: srcdir, WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/outputs.$$
fixtures=$top/fixtures
mkdir -p "$work/run" "$work/out"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"
HDF5_PLUGIN_PRELOAD=::
export HDF5_PLUGIN_PRELOAD
cd "$work" || exit 1
cp "$fixtures"/layouts/per_epoch/*.h5 run
chmod -R u+w run
cp "$fixtures/layouts/spent_column.csv" spent.csv
printf 'sample_id,label\n3,1\n5,2\n' >truth.csv
printf '3\n5\n' >ids.txt
says() { grep -Eq -- "$1" err || { cat err; return 1; }; }
plan() { ${WRAPPER:-} "$build/aum-plan" "$@"; }
clean() { # no output, under whatever name
    [ -z "$(ls -A out)" ] || { ls -A out; return 1; }
}

# At its last read, the scan waits while something is done: meanwhile
# COMMAND ARGUMENTS...
meanwhile() {
    deed=$1
    shift
    rm -f go
    reads=$(AUM_ONE_PROCESS=1 LD_PRELOAD=$failing AUM_COUNT_FILE=$work/count \
        "$build/aum-scan" -q run >/dev/null && cut -d' ' -f2 count)
    LD_PRELOAD=$failing AUM_WAIT_READ="$reads" AUM_WAIT_FILE=$work/go \
        "$build/aum-scan" -q -j 1 "$@" >result 2>err &
    pid=$!
    sleep 0.7
    eval "$deed"
    touch go
    wait $pid
}

scan -q run >expected
