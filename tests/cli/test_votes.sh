#!/bin/sh
# Suggestions by vote, and what several runs come to, over fixtures/votes: whole outputs
# against those of fixtures/make_votes.py, which follows the definitions (see
# fixtures/README.md).
#
# From the environment: srcdir, and WRAPPER, a command to run it under.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/votes.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

cd "$top/fixtures/votes" || exit 1

# ---- votes ----

ok "votes of one run" expect one.csv -q -a -c 7 -p 60 run_1.h5
ok "... whose threshold class is known at the end" \
    expect one.csv -q -a -T spent_1.csv -p 60 run_1.h5
in_parts() { # epochs in any order, and in two states
    scan -q --state="$work/a" -e 3: -c 7 -p 60 run_1.h5 >"$work/out" &&
        scan -q --state="$work/b" -e :2 -c 7 -p 60 run_1.h5 >"$work/out" &&
        expect one.csv -q -a -c 7 -p 60 "$work/a" "$work/b" &&
        expect one.csv -q -a -c 7 -p 60 "$work/b" "$work/a" &&
        expect one.csv -q -a -T spent_1.csv -p 60 "$work/b" "$work/a"
}
ok "votes are kept in states" in_parts

# ---- several runs ----

# The last column, which takes square roots, within a few units of its last digit.
expect_runs() { # FILE ARGUMENTS...
    expected=$1
    shift
    scan "$@" --run run_1.h5 --run run_2.h5 --run run_3.h5 >"$work/out" || return 1
    cut -d, -f1-10 "$expected" >"$work/a"
    cut -d, -f1-10 "$work/out" | diff - "$work/a" || return 1
    paste -d, "$expected" "$work/out" | awk -F, '
        NR > 1 && ($11 == "") != ($22 == "") { exit bad = 1 }
        NR > 1 && ($11 - $22) ^ 2 > (1e-14 * $11) ^ 2 { exit bad = 1 }
        END { exit bad || NR < 100 }'
}
for rule in any majority mean; do
    ok "--combine=$rule" expect_runs $rule.csv -q -a -c 7 -p 60 --combine=$rule
    ok "--combine=$rule, four threads" \
        expect_runs $rule.csv -q -a -c 7 -p 60 --combine=$rule -j 4
    ok "--combine=$rule, cutoffs by class and one class without" \
        expect_runs auto_$rule.csv -q -a -c 7 -t auto -e all --combine=$rule
done
ok "any is the default" expect_runs any.csv -q -a -c 7 -p 60
listed() { # the threshold samples of each run, by their ids
    scan -q -a -p 60 --combine=mean --run run_1.h5 -T spent_1.csv --run run_2.h5 \
        -T spent_2.csv --run run_3.h5 -T spent_3.csv | cut -d, -f1-10 >"$work/out"
    cut -d, -f1-10 mean.csv | diff - "$work/out"
}
ok "... with a list for each run" listed
only_flagged() { # any run judges it alike, whatever -a says
    scan -q -c 7 -p 60 --combine=mean --run run_1.h5 --run run_2.h5 --run run_3.h5 >"$work/a" &&
        scan -q -a -c 7 -p 60 --combine=mean --run run_1.h5 --run run_2.h5 --run run_3.h5 |
        awk -F, 'NR == 1 || $6 == "true"' | diff - "$work/a"
}
ok "without -a, those that are flagged" only_flagged
one_run() {
    scan -q -c 7 -p 60 --combine=mean run_1.h5 >"$work/a" && scan -q -c 7 -p 60 run_1.h5 |
        diff - "$work/a"
}
ok "of one run, all rules are the same" one_run

ok "an unknown rule" usage 'any, majority or mean' --combine=most run_1.h5
for rule in majority mean; do
    ok "--sweep with $rule" usage '--sweep counts what any run flags; leave --combine out' \
        --combine=$rule --sweep=-1,0 --run run_1.h5 --run run_2.h5
done
sweep() {
    scan -q --combine=any -c 7 --sweep=-1,0 --run run_1.h5 --run run_2.h5 >"$work/out" &&
        [ "$(wc -l <"$work/out")" -eq 3 ]
}
ok "--sweep with any" sweep

# ---- what is told of them ----

cd ../two_runs || exit 1
for rule in majority mean; do
    ok "two runs, $rule" expect "expected_$rule.csv" -q -c 10 --combine=$rule \
        --run run1.h5 --run run2.h5
done
version=$(scan --version | sed -n '1s/^aum-scan //p')
told() { # RULE
    scan -q -c 10 --combine="$1" --truth=truth.csv --report-json="$work/made" \
        --run run1.h5 --run run2.h5 >"$work/out" &&
        sed "s/\"version\": \"$version\"/\"version\": \"VERSION\"/" "$work/made" |
        diff - "expected_$1.json"
}
ok "JSON report, majority" told majority
ok "JSON report, mean" told mean
three() { # the correlation is that of two runs
    cd ../votes &&
        scan -q -c 7 --report-json="$work/json" --run run_1.h5 --run run_2.h5 --run run_3.h5 \
            >"$work/out" && grep -q '"combine": "any"' "$work/json" &&
        ! grep -q rank_correlation "$work/json" &&
        scan -q --report-json="$work/json" --run run_1.h5 --run run_3.h5 -c 7 -t auto -e all \
            >"$work/out" && grep -q '"rank_correlation": 0\.' "$work/json"
}
ok "... of three runs" three

tap_end
