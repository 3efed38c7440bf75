#!/bin/sh
# The paper's procedure over fixtures/two_runs: whole outputs against those of
# fixtures/procedure.py, which follows the definitions (see fixtures/README.md).
#
# From the environment: srcdir, and WRAPPER, a command to run it under.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/procedure.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

plan() { ${WRAPPER:-} "$build/aum-plan" "$@"; }

cd "$top/fixtures/two_runs" || exit 1
both="--run run1.h5 --run run2.h5"

# Same output as a file's, in a file that the arguments name as $work/made.
expect_made() {
    expected=$1
    shift
    scan "$@" >"$work/out" 2>"$work/err" || {
        cat "$work/err"
        return 1
    }
    sed "s/\"version\": \"$version\"/\"version\": \"VERSION\"/" "$work/made" |
        diff - "$expected"
}
version=$(scan --version | sed -n '1s/^aum-scan //p')

answer() { # STATUS PATTERN ARGUMENTS...
    status=$1
    pattern=$2
    shift 2
    scan "$@" >"$work/out" 2>"$work/err"
    got=$?
    cat "$work/err"
    [ $got -eq "$status" ] && grep -Eq -- "$pattern" "$work/err" &&
        { [ "$status" -eq 0 ] || [ ! -s "$work/out" ]; }
}

# ---- planning ----

# The plan that the two networks were trained by, whose samples are checked
# against an independent drawing by procedure.py.
planned() {
    plan -q --samples=1797 --classes=10 --seed=5 | diff - plan.csv
}
ok "aum-plan draws the same sets again" planned
from_labels() { # ids from 0 on, as if counted
    plan -q --labels=run1.h5 --classes=11 --group=epoch_3 >"$work/a" &&
        plan -q --samples=1797 --classes=11 >"$work/b" && diff "$work/a" "$work/b"
}
ok "aum-plan counts samples and classes in a file" from_labels
from_1() { # 40 samples, labels 1 to 5
    plan --labels=../labels/from_1.h5 >"$work/a" 2>"$work/err" &&
        says 'warning: .*from_1.h5: no sample has label 0; if labels count from 1, --classes=5 says so' &&
        plan --labels=../labels/from_1.h5 --classes=5 >"$work/b" 2>"$work/err" &&
        ! grep warning "$work/err" && says 'of 6 threshold .* 5 classes; their label is 6$' &&
        plan -q --samples=40 --classes=5 | diff - "$work/b"
}
ok "labels that count from 1" from_1
strings() {
    plan -q --labels=../layouts/ids_variable.h5 --sets=3 -o "$work/plan.csv" &&
        scan -q -T "$work/plan.csv" --set=2 ../layouts/ids_variable.h5 >"$work/out" &&
        ! scan -q -T "$work/plan.csv" ../layouts/ids_variable.h5 2>"$work/err" &&
        grep -q 'several sets; say with --set which' "$work/err"
}
ok "a plan's ids are the file's, and --set chooses" strings
refused() { # STATUS PATTERN ARGUMENTS...
    status=$1
    pattern=$2
    shift 2
    plan "$@" >"$work/out" 2>"$work/err"
    got=$?
    cat "$work/err"
    [ $got -eq "$status" ] && [ ! -s "$work/out" ] &&
        [ "$(wc -l <"$work/err")" -eq 1 ] && grep -Eq -- "$pattern" "$work/err"
}
# The same 48 labels of 5 classes, however they are kept; likewise of 2 classes.
any_labels() { # CLASSES FILES...
    plan -q --samples=48 --classes="$1" >"$work/counted" || return 1
    shift
    for file; do
        plan -q --labels="$top/fixtures/layouts/$file.h5" | diff - "$work/counted" || return 1
    done
}
ok "aum-plan: labels as numbers and one-hot" any_labels 5 labels_u1 labels_f4 \
    labels_one_hot_u1 labels_one_hot_f4 labels_one_hot_cube
ok "aum-plan: two classes, booleans among them" any_labels 2 binary_n binary_1_n \
    binary_n_1 binary_one_hot
ok "aum-plan: logits are no labels" refused 1 '/logits: row 0 has no label; ' \
    --labels="$top/fixtures/bad/good.h5" --dataset=logits
ok "aum-plan: nor are strings" refused 1 \
    'labels are strings, and no dataset or attribute class_names' \
    --labels="$top/fixtures/layouts/ids_variable.h5" --dataset=ids
ok "aum-plan: too many sets" refused 1 \
    '^aum-plan: --sets=12: 110 samples are enough for 11 sets of 10, no more$' \
    --samples=110 --classes=10 --sets=12
ok "aum-plan: too few samples" refused 1 'too few: N/\(C\+1\) is below 1' \
    --samples=10 --classes=10
ok "aum-plan: nothing to count" refused 2 'either --labels or both' --classes=3
ok "aum-plan: counts and a file" refused 2 'exclude each other' \
    --labels=run1.h5 --samples=3
ok "aum-plan: no such file" refused 1 '^aum-plan: no: cannot open' --labels=no
ok "aum-plan: no labels" refused 1 'no dataset classes; it has' \
    --labels=run1.h5 --dataset=classes
ok "aum-plan: fewer classes than labels" refused 1 \
    'its labels need 11 classes or more; --classes=3 is too few' --labels=run1.h5 \
    --classes=3
ok "aum-plan: a damaged file" refused 1 'truncated: 500 bytes' \
    --labels=../bad/truncated.h5
ok "aum-plan: a FILE" refused 2 'takes no FILE' --samples=30 --classes=2 x.h5
ok "aum-plan: a full disk" refused 1 '/dev/full: cannot write: No space' \
    -q --samples=30 --classes=2 -o /dev/full
again() { # samples that were no threshold samples, in the order of their ids
    awk -F , 'NR == FNR { if ($1 == 1) spent[$2] = 1; next }
        END { for (i = 0; i < 1797; i++) if (!(i in spent)) print i }' plan.csv plan.csv \
        >"$work/kept" &&
        plan -q --samples=1634 --classes=10 --seed=3 |
        awk -F , 'NR == FNR { id[FNR - 1] = $1; next } FNR > 1 { $2 = id[$2] } 1' OFS=, \
            "$work/kept" - >"$work/a" &&
        plan --seed=3 --labels=run1.h5 --threshold-class=10 >"$work/b" 2>"$work/err" &&
        says '1634 samples of 10 classes; their label is 10$' && diff "$work/a" "$work/b"
}
ok "aum-plan: a dump that has threshold samples" again
middle() { # an extra class that is not the last: 11 classes, 10 without it
    plan --labels=run1.h5 -c 9 >"$work/out" 2>"$work/err" &&
        says '1630 samples of 10 classes; their label is 9$'
}
ok "aum-plan: ... whose class is not the last" middle
ok "aum-plan: ... and one that has not" refused 1 \
    'no sample has the label 11 of --threshold-class; the highest is 10$' -c 11 \
    --labels=run1.h5
ok "aum-plan: a threshold class without a file" refused 2 \
    '--threshold-class and --trust need --labels' -c 3 --samples=30 --classes=2
own_options() { # all that it says of any dump names options that it has
    for file in ../*/*.h5; do
        plan --labels="$file" 2>&1 >"$work/out" | sed 's/h5clear -s//; s/ptrepack --complib//'
    done | grep -oE -- "[ ,('](-[a-zA-Z]|--[a-z-]+)\>" | tr -d " ,('" | sort -u >"$work/named"
    plan --help | grep -oE -- '(-[a-zA-Z]|--[a-z-]+)\>' | sort -u >"$work/own"
    [ -s "$work/named" ] && ! comm -23 "$work/named" "$work/own" | grep .
}
ok "aum-plan: messages name its own options" own_options
ok "aum-plan --help fits a terminal" help_fits plan
ok "aum-plan's man page has the options of --help" \
    documented "$top/man/aum-plan.1" plan
if command -v mandoc >/dev/null 2>&1; then
    ok "aum-plan's man page is correct" mandoc -T lint -W warning "$top/man/aum-plan.1"
else
    skip "aum-plan's man page is correct" "no mandoc"
fi

# ---- several runs ----

for threads in 1 3; do
    # shellcheck disable=SC2086 # several arguments
    ok "two runs, flagged (-j $threads)" \
        expect expected_both.csv -j $threads $both -c 10
done
# shellcheck disable=SC2086
{
    ok "two runs, all" expect expected_both_all.csv $both -c 10 --all
    ok "threshold samples by a plan" expect expected_both.csv $both -T plan.csv
    ok "the other order of runs" expect expected_both.csv -T plan.csv \
        --run run2.h5 --set=2 --run run1.h5 --set=1
    top_rows() {
        head -n 6 expected_both.csv >"$work/top"
        expect "$work/top" $both -c 10 -n 5
    }
    ok "two runs, five rows" top_rows
    sum() {
        scan -c 10 $both 2>"$work/err" | tail -n +2 | wc -l >"$work/n"
        grep -q "$(cat "$work/n" | tr -d ' ') of 1797 samples flagged" "$work/err"
    }
    ok "the summary counts the same" sum
    ok "a fixed cutoff: labels of spent samples differ" answer 1 \
        '^aum-scan: run 2 \(run2\.h5\): sample [0-9]+ has label [0-9]+, but had [0-9]+ in an earlier run' \
        -q -t 0 $both
    ok "not the runs of the plan" answer 1 \
        '^aum-scan: run 1: plan\.csv: the samples of set 2 have several labels in run1\.h5, but the [0-9]+ of set 1 all have label 10: .*--set=1 after its --run, or' \
        -T plan.csv --run run1.h5 --set 2 --run run2.h5 --set 1
    ok "... by their order" answer 1 'the 163 of set 2 all have label 10: .*--set=2 ' \
        -T plan.csv --run run2.h5 --run run1.h5
}
ok "not the run of a set" answer 1 \
    '^aum-scan: plan\.csv: the samples of set 1 have .* of set 2 all .*; give it --set=2$' \
    -T plan.csv --set=1 run2.h5
mixed_sets() { # each has some of both
    awk -F, 'NR == 1 { print; next } { print NR % 2 + 1 "," $2 }' plan.csv >"$work/list"
    answer 0 'warning: the threshold samples have several labels' \
        -T "$work/list" --set=1 run1.h5
}
ok "a plan that fits no run" mixed_sets
ok "one file as two runs" answer 0 \
    '^aum-scan: warning: \./run1\.h5: given to run 1 and to run 2, as 1 of their files is' \
    -c 10 --run run1.h5 --run ./run1.h5
shared() {
    mkdir "$work/one" "$work/two" && cp run1.h5 "$work/one/x.h5" && cp run2.h5 "$work/two/y.h5" || return 1
    answer 0 'run 2' -c 10 --run "$work/one" --run "$work/two" || return 1
    ! grep -q 'given to' "$work/err" || return 1
    for i in 3 10 2; do ln "$work/one/x.h5" "$work/two/x$i.h5"; done
    cp run1.h5 "$work/one/x1.h5" && ln "$work/one/x1.h5" "$work/two/z.h5" || return 1
    scan -c 10 --run "$work/one" --run "$work/two" >"$work/out" 2>"$work/err"
    grep -q 'two/x2.h5: given to run 1 and to run 2, as 2 of their files are' "$work/err"
}
ok "some files of two runs" shared
ok "spent in every run: never judged" answer 0 \
    '163 samples never judged' -c 10 --run run1.h5 --run ./run1.h5
ok "spent in every run: which, with -v" answer 0 'and 143 more' -v -c 10 \
    --run run1.h5 --run ./run1.h5
ok "files before --run" answer 2 'FILEs before the first --run' x.h5 --run run1.h5
ok "threshold samples for some runs only" answer 2 'missing for some' \
    --run run1.h5 -T plan.csv --run run2.h5 --run run2.h5 -T plan.csv
ok "a plan without that set" answer 1 'plan\.csv: it has no set 3' -T plan.csv \
    --run run1.h5 --run run2.h5 --run run1.h5
ok "several sets, one run" answer 1 'plan\.csv: it has several sets' \
    -T plan.csv run1.h5
ok "--set without a list" answer 2 '--set needs --threshold-ids' --set=1 run1.h5

# ---- truth, windows, sweeps ----

# shellcheck disable=SC2086
{
    ok "windows that the data choose" expect expected_auto.csv $both -e 1:auto \
        -T plan.csv
    ok "the whole as JSON" expect_made expected_auto.json $both -e 1:auto \
        -T plan.csv --truth=truth.csv --sweep=90,95,97.5,99% \
        --report-json="$work/made"
    # Cutoffs between the two groups of AUMs of each class.
    ok "cutoffs of the data" expect expected_splits.csv $both -t auto -T plan.csv
    ok "the same, by class" expect expected_splits.csv $both -t auto -c 10
    ok "the same, of all epochs" expect expected_splits_all.csv $both -t auto \
        -e all -T plan.csv
    ok "cutoffs of the data as JSON" expect_made expected_splits.json $both \
        -t auto -T plan.csv --truth=truth.csv --report-json="$work/made"
    ok "the same, of all epochs, as JSON" expect_made expected_splits_all.json \
        $both -t auto -e all -T plan.csv --truth=truth.csv \
        --report-json="$work/made"
    ok "a sweep of percentiles" expect expected_auto_sweep.csv $both -e 1:auto \
        -T plan.csv --truth=truth.csv --sweep=99,97.5,95,90%
    sweep_ids() {
        scan -q $both -e 1:auto -T plan.csv --sweep=99,97.5,95,90% \
            --sweep-dir="$work/ids" >/dev/null && diff -r "$work/ids" expected_ids
    }
    ok "ids to drop at each cutoff" sweep_ids
}
stale() { # files of another sweep would be taken for this one's
    scan -q run1.h5 -c 10 --sweep=90% --sweep-dir="$work/stale" >/dev/null &&
        scan -q run1.h5 -c 10 --sweep=90% --sweep-dir="$work/stale" >/dev/null &&
        answer 1 'percentile_90\.txt is of another sweep; remove it' run1.h5 \
            -c 10 --sweep=91% --sweep-dir="$work/stale"
}
ok "files of another sweep are noticed" stale
ok "a sweep of AUMs" expect expected_sweep.csv run1.h5 -c 10 \
    --truth=truth.csv --sweep=-1:0.3:0.3
ok "one run as JSON" expect_made expected_one.json run1.h5 -c 10 \
    --truth=truth.csv --report-json="$work/made"
told() {
    scan run1.h5 -c 10 --truth=truth.csv -o /dev/null 2>"$work/err"
    for name in precision recall f1 auroc average_precision; do
        value=$(sed -n "s/^    \"$name\": \(.*[0-9]\),*$/\1/p" expected_one.json)
        printf 'truth:.*%.4f\n' "$value" >"$work/pattern"
        grep -Eq -f "$work/pattern" "$work/err" || return 1
    done
}
ok "the summary tells the same" told
interval() { # with --verbose alone, and as in the expected JSON
    scan -v run1.h5 -c 10 -o /dev/null 2>"$work/err"
    low=$(sed -n 's/^ *"lowest": \(.*\)$/\1/p' expected_one.json)
    high=$(sed -n 's/^ *"highest": \(.*\),$/\1/p' expected_one.json)
    says "95% interval of the cutoff: $low to $high, .* ranks 4 and 0 " &&
        scan run1.h5 -c 10 -o /dev/null 2>"$work/err" && ! grep interval "$work/err"
}
ok "... and the cutoff's interval" interval
few() { # of 5, all are above the median with a probability of 1/32
    printf '0\n1\n2\n3\n4\n' >"$work/spent"
    scan -v -p 50 -T "$work/spent" --report-json="$work/made" run1.h5 \
        -o /dev/null 2>"$work/err"
    says '95% interval of the cutoff: .*without a lower end, as the threshold' &&
        grep -q '"last_rank": null' "$work/made" && grep -q '"lowest": null' "$work/made"
}
ok "... which few threshold samples leave open" few
mislabeled() { # true or false in place of labels
    cut -d, -f1,4 truth.csv >"$work/truth.csv"
    expect_made expected_one.json run1.h5 -c 10 --truth="$work/truth.csv" \
        --report-json="$work/made"
}
ok "truth as true and false" mislabeled
label_column() {
    cut -d, -f1,3 truth.csv | sed 's/true_label/label/' >"$work/truth.csv"
    expect_made expected_one.json run1.h5 -c 10 --truth="$work/truth.csv" \
        --report-json="$work/made"
}
ok "truth as a column label" label_column
# Threshold samples are mislabeled on purpose, and do not count: judged ARGUMENTS...
judged() {
    awk -F, 'FILENAME ~ /flips/ { wrong[$1] = $4 == "true"; next }
        FNR > 1 {
            n++
            mislabeled += wrong[$2]
            flagged += $4 < 0
            right += $4 < 0 && wrong[$2]
        }
        END {
            printf "    \"samples\": %d,\n    \"mislabeled\": %d,\n", n, mislabeled
            printf "    \"flagged\": %d,\n    \"flagged_mislabeled\": %d,\n", flagged, right
        }' ../digits/flips.csv ../digits/expected_all.csv >"$work/counts"
    scan -q --truth=../digits/flips.csv --report-json="$work/made" "$@" ../digits \
        >"$work/out" &&
        sed -n '/"evaluation"/,/"precision"/p' "$work/made" | sed '1d;$d' |
        diff - "$work/counts"
}
ok "truth of judged samples, at a fixed cutoff" judged -t 0 -c 10
ok "... with threshold samples by their ids" judged -t 0 -T ../digits/threshold.csv
judged_sweep() {
    judged -t 0 -c 10 --sweep=-1,0 &&
        right=$(awk -F'[ ,]+' '/flagged_mis/ { r = $3 } /"flagged"/ { f = $3 }
            END { printf "%.6f", r / f }' "$work/counts") &&
        awk -F, -v right="$right" 'NR == 3 { exit sprintf("%.6f", $5) != right }' "$work/out"
}
ok "... in a sweep, too" judged_sweep
ok "truth of some samples" answer 0 \
    'some_truth.csv: no truth for 1631 of 1634 ranked' -c 10 run1.h5 -o /dev/null \
    --truth="$top/tests/cli/ids/some_truth.csv"
ok "truth of none" answer 1 'none of its ids is a sample' run1.h5 \
    --truth="$top/tests/cli/ids/no_truth.csv"
ok "truth without columns" answer 1 'columns sample_id and label' run1.h5 \
    --truth=plan.csv
ok "truth with a bad label" answer 1 'line 3: "dog" is no label' run1.h5 \
    --truth="$top/tests/cli/ids/bad_truth.csv"
ok "truth with a bad word" answer 1 'line 2: "maybe" is neither true nor false' \
    run1.h5 --truth="$top/tests/cli/ids/maybe_truth.csv"
same_as_all() { # of two epochs, none is chosen
    scan -q -e 10:auto -t 0 -c 10 run1.h5 >"$work/a" && scan -q -e 10: -t 0 -c 10 run1.h5 | diff - "$work/a"
}
ok "fewer than three epochs stay as they are" same_as_all
ok "a sweep of percentiles needs threshold samples" answer 2 \
    '--sweep=\.\.\.% needs threshold samples' --sweep=90% run1.h5
ok "a folder that cannot be made" answer 1 'no/such: cannot make the folder' \
    --sweep=0 --sweep-dir=no/such run1.h5
ok "two outputs of one name" answer 1 'is named for two outputs' run1.h5 \
    -o "$work/x" --records="$work/x"
ok "no file for the report" answer 2 'need the name of a file' run1.h5 \
    --report-json=-
ok "an input as report" answer 1 'run1\.h5: is an input' run1.h5 \
    --report-json=./run1.h5

# ---- records and values ----

ok "records of some samples" expect_made expected_records.csv -e 0:3 run1.h5 \
    --only=1796,4,99,20,5000 --records="$work/made"
from_file() {
    printf '99\n4\n20\n1796\n' >"$work/only"
    expect_made expected_records.csv -e 0:3 run1.h5 -j 4 --only="@$work/only" \
        --records="$work/made"
}
ok "records of the samples of a file" from_file
# shellcheck disable=SC2086
ok "records of two runs" expect_made expected_records_both.csv $both -c 10 \
    --only=1796,4,99,20 --records="$work/made"
ok "records of a binary model" expect_made expected_records_binary_n.csv \
    ../layouts/binary_n.h5 --records="$work/made"
ok "records where labels change" expect_made expected_records_relabeled.csv \
    ../layouts/relabeled.h5 --allow-relabel --records="$work/made"
zipped() {
    scan -q -e 0:3 run1.h5 --only=1796,4,99,20 -o /dev/null \
        --records="$work/made.gz" &&
        gzip -dc "$work/made.gz" | diff - expected_records.csv
}
ok "records that are compressed" zipped
all_records() { # one a measurement, whatever the chunks
    scan -q -f tsv ../layouts/ids_i4.h5 --records="$work/made" -o /dev/null &&
        [ "$(wc -l <"$work/made")" -eq 145 ] &&
        scan -q -f tsv ../layouts/storage_chunks_alone.h5 --records="$work/b" \
            -o /dev/null && cut -f2- "$work/made" >"$work/a" &&
        cut -f2- "$work/b" | diff "$work/a" -
}
ok "records of every measurement" all_records
ok "a full disk for records" answer 1 '/dev/full: cannot write: No space' \
    run1.h5 --records=/dev/full
ok "ids that are none" answer 1 '"cat" is no id of these dumps' run1.h5 \
    --records="$work/x" --only=cat
ok "aum_values.csv" expect expected_values.csv run1.h5 -c 10 -f aum
some_values() {
    head -n 4 expected_values.csv >"$work/top"
    expect "$work/top" run1.h5 -f aum -n 3
}
ok "aum_values.csv, three rows" some_values

tap_end
