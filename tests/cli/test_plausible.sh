#!/bin/sh
# What is warned of because it is hardly what was meant, and what is not. The numbers
# are those of the arrays, see fixtures/make_plausible.py.
#
# From the environment: srcdir and WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/plausible.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

warns() { # PATTERN ARGUMENTS...: one warning, and status 0
    pattern=$1
    shift
    scan "$@" >"$work/out" 2>"$work/err" && says "warning: $pattern" &&
        [ "$(grep -c warning "$work/err")" -eq 1 ]
}
quiet() { scan "$@" 2>&1 >"$work/out" | grep warning && return 1; [ -s "$work/out" ]; }

cd "$top/fixtures/plausible" || exit 1
while IFS='	' read -r pattern arguments; do
    # shellcheck disable=SC2086 # several arguments
    ok "$arguments" warns "$pattern" $arguments
    # shellcheck disable=SC2086
    ok "... in one thread" warns "$pattern" -j 1 $arguments
done <warnings.txt
while read -r arguments; do
    # shellcheck disable=SC2086
    ok "$arguments: nothing odd" quiet $arguments
done <quiet.txt

several() { # PATTERN ARGUMENTS...: one warning of several
    pattern=$1
    shift
    scan "$@" >"$work/out" 2>"$work/err" && says "warning: $pattern"
}
ok "a threshold class below the highest label" several \
    '--threshold-class=2: labels go up to 4, .* is it -c 4\?' -c 2 extra.h5
ok "... in the labels of the dumps" several \
    '--threshold-class=3: labels go up to 5, .* is it -c 5\?' --first-label=1 -c 3 \
    extra_from_1.h5
mixed() { # two runs whose threshold samples nobody has named
    scan "$@" >"$work/out" 2>"$work/err"
    [ $? -eq 1 ] && says 'sample 0 has label 3, but had 10 in an earlier run that judges it; if the highest label, 10, is the extra class of threshold samples, -c 10 says so$'
}
ok "threshold samples of two runs, without -c" mixed --run ../two_runs/run1.h5 \
    --run ../two_runs/run2.h5
incremental() { # a state begins with one epoch
    scan --state="$work/state" one.h5 2>&1 >"$work/out" | grep warning && return 1
    [ -s "$work/out" ]
}
ok "a state begins with one epoch" incremental
no_harm() { # warnings change no output
    scan -t 0.5 cutoff.h5 >"$work/a" 2>"$work/err" && scan -q -t 0.5 cutoff.h5 2>"$work/err" |
        cmp - "$work/a" && [ ! -s "$work/err" ]
}
ok "-q says nothing of it, and the ranking is the same" no_harm

# ---- real trainings ----

cd "$top/fixtures" || exit 1
ok "digits" quiet -c 10 digits
ok "digits, epochs chosen" quiet -c 10 -e auto digits
ok "digits, without the threshold samples' class" warns \
    'digits/epoch_00.h5: /labels: the 163 samples with the highest label, 10,' digits
ok "two runs" quiet -T two_runs/plan.csv --run two_runs/run1.h5 --run two_runs/run2.h5
ok "two runs, evaluated" quiet -c 10 --truth=two_runs/truth.csv --run two_runs/run1.h5 \
    --run two_runs/run2.h5

tap_end
