#!/bin/sh
# aum-scan without memory, and with reads that fail; see tests/failing.c.
#
# From the environment: srcdir, WRAPPER, and AUM_FAULTS, how many of the
# allocations to try.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/faults.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

if ! can_preload; then
    echo "1..0 # SKIP nothing can be preloaded here"
    exit 0
fi

cd "$top/fixtures/layouts" || exit 1
HDF5_PLUGIN_PRELOAD=::
export HDF5_PLUGIN_PRELOAD

# With what fails set in the environment: an error of one line and no output, or
# the output that would be there anyway.
survives() { # EXPECTED ARGUMENTS...
    expected=$1
    shift
    LD_PRELOAD=$failing "$build/aum-scan" -q "$@" >"$work/out" 2>"$work/err"
    status=$?
    case $status in
    0) cmp "$work/out" "$expected" && [ ! -s "$work/err" ] && return 0 ;;
    1)
        [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
            grep -q '^aum-scan: ' "$work/err" && return 0
        ;;
    2) [ ! -s "$work/out" ] && grep -q 'out of memory' "$work/err" && return 0 ;;
    esac
    echo "status $status"
    cat "$work/err"
    return 1
}

count() { # FIELD ARGUMENTS...: how many there are when nothing fails
    field=$1
    shift
    AUM_ONE_PROCESS=1 LD_PRELOAD=$failing AUM_COUNT_FILE=$work/count \
        "$build/aum-scan" -q "$@" \
        >/dev/null && cut -d' ' -f"$field" "$work/count"
}

# FIRST to the last of COUNT, AUM_FAULTS of them, in even steps.
each() { # VARIABLE COUNT EXPECTED ARGUMENTS...
    variable=$1
    total=$2
    shift 2
    tries=${AUM_FAULTS:-20}
    step=$(((total + tries - 1) / tries))
    n=1
    tried=0
    while [ "$n" -le "$total" ]; do
        export "$variable=$n"
        survives "$@" || {
            echo "$variable=$n of $total"
            unset "$variable"
            return 1
        }
        tried=$((tried + 1))
        n=$((n + step))
    done
    unset "$variable"
    echo "# $tried of $total" >&3
}
exec 3>&1

no_memory() { # EXPECTED ARGUMENTS...
    expected=$1
    shift
    each AUM_FAIL_ALLOCATION "$(count 1 "$@")" "$expected" "$@"
}
no_read() {
    expected=$1
    shift
    each AUM_FAIL_READ "$(count 2 "$@")" "$expected" "$@"
}
ends() {
    expected=$1
    shift
    each AUM_END_READ "$(count 2 "$@")" "$expected" "$@"
}

ok "no memory, contiguous" no_memory plain.csv per_epoch
ok "no memory, chunks and strings" no_memory strings.csv ids_variable.h5
types=$top/fixtures/types
ok "no memory, names of an enumeration" no_memory "$types/enumerated.csv" \
    "$types/ids_enum_i8.h5"
ok "no memory, packed logits" no_memory "$types/missing.csv" "$types/missing.h5"
ok "no memory, ids as strings" no_memory "$types/wide_above.jsonl" -f jsonl \
    --records="$work/records" "$types/wide_above.h5"
ok "reads that fail, ids as strings" no_read "$types/wide_above.jsonl" -f jsonl \
    --records="$work/records" "$types/wide_above.h5"
ok "no memory, threshold samples" no_memory spent.csv -T spent.txt -p 50 -a per_epoch
ok "no memory, a report" no_memory plain.csv --report="$work/page" \
    --plot="$work/plot" per_epoch
ok "no memory, pairs of classes" no_memory cutoff.csv -t -2.5 \
    --pairs="$work/pairs" per_epoch
quiet_trace=$work/trace.csv
"$build/aum-scan" -q --trace=3,11 per_epoch >"$quiet_trace"
ok "no memory, traces" no_memory "$quiet_trace" --trace=3,11 \
    --plot="$work/plot" per_epoch
ok "reads that fail, traces" no_read "$quiet_trace" --trace=3,11 per_epoch
ok "reads that fail" no_read plain.csv per_epoch
ok "files that end while they are read" ends plain.csv per_epoch

# A state has to survive, too: as it was, or complete.
kept=$work/kept
with_state() { # EXPECTED STATE ARGUMENTS...
    expected=$1
    state=$2
    shift 2
    cp "$state" "$kept"
    survives "$expected" --state="$kept" "$@" || return 1
    unset_faults survives_alone "$expected" "$kept" "$@"
}
unset_faults() {
    (
        unset AUM_FAIL_ALLOCATION AUM_FAIL_READ AUM_END_READ
        "$@"
    )
}
survives_alone() {
    expected=$1
    state=$2
    shift 2
    "$build/aum-scan" -q --state="$state" "$@" >"$work/out" 2>"$work/err" &&
        cmp "$work/out" "$expected" && return 0
    cat "$work/err"
    return 1
}
half=$work/half
"$build/aum-scan" -q --state="$half" -e :2 per_epoch >"$work/out"
state_without_memory() {
    total=$(count 1 --state="$work/new" per_epoch)
    tries=${AUM_FAULTS:-20}
    step=$(((total + tries - 1) / tries))
    n=1
    tried=0
    while [ "$n" -le "$total" ]; do
        export AUM_FAIL_ALLOCATION="$n"
        with_state plain.csv "$half" per_epoch || {
            echo "$n of $total"
            unset AUM_FAIL_ALLOCATION
            return 1
        }
        tried=$((tried + 1))
        n=$((n + step))
    done
    unset AUM_FAIL_ALLOCATION
    echo "# $tried of $total" >&3
}
ok "no memory, a state" state_without_memory

# Threads that the system does not have: fewer, or this one alone.
few_threads() {
    for AUM_THREADS_MAX in 0 1 2; do
        export AUM_THREADS_MAX
        survives plain.csv -j 4 per_epoch && [ "$status" -eq 0 ] || return 1
        LD_PRELOAD=$failing "$build/aum-scan" -v -j 4 per_epoch 2>&1 |
            grep -q "only $((AUM_THREADS_MAX + 1)) threads can be started" ||
            return 1
    done
    unset AUM_THREADS_MAX
}
ok "threads that cannot be started" few_threads

# Dumps are not read with more rights instead.
no_process() {
    AUM_FAIL_FORK=1 LD_PRELOAD=$failing "$build/aum-scan" -q per_epoch >"$work/out" 2>"$work/err"
    [ $? -eq 1 ] && [ ! -s "$work/out" ] &&
        grep -q '^aum-scan: cannot start a process to read the dumps: .*; AUM_ONE_PROCESS=1 ' "$work/err" &&
        AUM_ONE_PROCESS=1 AUM_FAIL_FORK=1 LD_PRELOAD=$failing "$build/aum-scan" -q per_epoch |
        cmp - plain.csv
}
ok "no process to read them with" no_process

AUM_SHORT_READS=1
export AUM_SHORT_READS
ok "short and interrupted reads" survives plain.csv per_epoch
same() { survives plain.csv per_epoch && [ "$status" -eq 0 ]; }
ok "short and interrupted reads change nothing" same
unset AUM_SHORT_READS

tap_end
