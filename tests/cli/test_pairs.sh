#!/bin/sh
# --pairs: a table of assigned and suggested labels. Expected rows are counted
# here, from rankings of fixtures/procedure.py and NumPy; see fixtures/README.md.
#
# From the environment: srcdir and WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/pairs.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"
cd "$top/fixtures" || exit 1

# The rows for a ranking of all samples, of which those are flagged that have an
# AUM below CUTOFF, or that the ranking says are: counted RANKING [CUTOFF].
# Pairs without a suggestion are last in a tie.
counted() {
    awk -F, -v cutoff="${2:-}" '
        FNR == 1 { next }
        { samples[$3]++ }
        cutoff == "" ? $6 == "true" : $4 + 0 < cutoff + 0 { pairs[$3 "," $7]++ }
        function shortest(x, digits, text) {
            for (digits = 1; digits <= 17; digits++) {
                text = sprintf("%." digits "g", x)
                if (text + 0 == x)
                    return text
            }
        }
        END {
            for (pair in pairs) {
                split(pair, of, ",")
                printf "%s,%d,%s,%s\n", pair, pairs[pair],
                    shortest(pairs[pair] / samples[of[1]]), of[2] == "" ? 999 : of[2]
            }
        }' "$1" | sort -t, -k3,3nr -k1,1n -k5,5n | cut -d, -f1-4
}

# Writes the same pairs as expected, whatever the threads: pairs EXPECTED
# ARGUMENTS...
pairs() {
    expected=$1
    shift
    for threads in 1 4; do
        scan -q -j $threads --pairs="$work/pairs" -o /dev/null "$@" &&
            diff "$work/pairs" "$expected" || return 1
    done
}

header=label,suggested_label,flagged,share_of_label
{ echo $header && counted two_runs/expected_both_all.csv; } >"$work/expected"
ok "there are pairs" [ "$(wc -l <"$work/expected")" -gt 60 ]
ok "two runs" pairs "$work/expected" -T two_runs/plan.csv \
    --run two_runs/run1.h5 --run two_runs/run2.h5
ok "... all rows, or few" pairs "$work/expected" -a -n 3 -T two_runs/plan.csv \
    --run two_runs/run1.h5 --run two_runs/run2.h5
ok "... in the other order" pairs "$work/expected" -c 10 \
    --run two_runs/run2.h5 --run two_runs/run1.h5
{ echo $header && counted splits/memorised.auto.csv; } >"$work/expected"
ok "cutoffs of the data, by class" pairs "$work/expected" -t auto splits/memorised.h5
{ echo $header && counted digits/expected_all.csv; } >"$work/expected"
ok "one run" pairs "$work/expected" -c 10 digits
{ echo $header && counted digits/expected_no_cutoff.csv -1.5; } >"$work/expected"
ok "a fixed cutoff" pairs "$work/expected" -t -1.5 -e 1: digits
echo $header >"$work/expected"
ok "nothing is flagged" pairs "$work/expected" -t -1e9 digits
{ echo $header && counted digits/expected_no_cutoff.csv 1e9; } >"$work/expected"
without() { grep -Eq '^[0-9]+,,[0-9]+,0\.[0-9]+$' "$work/expected"; }
ok "everything is flagged: some samples have no suggestion" without
ok "... and a row without one" pairs "$work/expected" -t 1e9 -e 1: digits
{ echo $header && counted labels/signs_two.csv 1e9; } >"$work/expected"
ok "labels -1 and 1" pairs "$work/expected" -t 1e9 labels/signs_two.h5
{ echo $header && counted labels/from_1.csv -5; } >"$work/expected"
ok "labels are the dumps'" pairs "$work/expected" --first-label=1 -t -5 \
    labels/from_1.h5

# Names, in every format.
{
    echo "$header,label_name,suggested_name"
    counted labels/plain.csv 20 | awk -F, '
        BEGIN { split("cat;dog;\"car, old\";bär;truck", name, ";") }
        { print $0 "," name[$1 + 1] "," ($2 == "" ? "" : name[$2 + 1]) }'
} >"$work/expected"
ok "names of the classes" pairs "$work/expected" --class-names=labels/names.txt \
    -t 20 labels/zero.h5
sed 's/"car, old"/car; old/g; s/,/	/g; s/;/,/g' "$work/expected" >"$work/tsv"
ok "... as TSV" pairs "$work/tsv" -f tsv --class-names=labels/names.txt -t 20 \
    labels/zero.h5
sed '1d; s/"car, old"/car; old/g' "$work/expected" | awk -F, '
    function text(s) { gsub(/;/, ",", s); return s == "" ? "null" : "\"" s "\"" }
    { printf "{\"label\":%s,\"suggested_label\":%s,\"flagged\":%s,", $1, $2 == "" ? "null" : $2, $3
      printf "\"share_of_label\":%s,\"label_name\":%s,\"suggested_name\":%s}\n", $4, text($5), text($6) }' \
    >"$work/jsonl"
ok "... as JSON lines" pairs "$work/jsonl" -f jsonl --class-names=labels/names.txt \
    -t 20 labels/zero.h5
ok "... beside aum_values.csv" pairs "$work/expected" -f aum \
    --class-names=labels/names.txt -t 20 labels/zero.h5
ok "... of classes with names in the dump" pairs "$work/expected" -t 20 \
    labels/names_dataset.h5
traced() { # which alone needs no ranking
    pairs "$work/expected" --trace=1,2 -t 20 labels/names_dataset.h5
}
ok "... beside traces" traced

zipped() {
    scan -q -t 20 --pairs="$work/pairs.gz" -o /dev/null labels/names_dataset.h5 &&
        gzip -dc "$work/pairs.gz" | diff - "$work/expected"
}
ok "compressed" zipped

# ---- usage, and other files ----

ok "pairs need a cutoff" usage \
    '^aum-scan: --pairs counts flagged samples, and needs a cutoff: ' \
    --pairs="$work/pairs" digits
ok "pairs need a file" usage '--pairs and --plot need the name of a file' \
    -t 0 --pairs=- digits
cp labels/zero.h5 "$work/zero.h5"
ok "which is no input" refused 'zero\.h5: is an input' -t 0 \
    --pairs="$work/zero.h5" "$work/zero.h5"
ok "nor another output" refused 'is named for two outputs, --pairs and --plot' \
    -t 0 --pairs="$work/x" --plot="$work/x" digits
ok "a full disk" refused '/dev/full: cannot write: No space' -t 0 \
    --pairs=/dev/full digits
listed() {
    rm -f "$work/pairs"
    scan -q -l -t 0 --pairs="$work/pairs" digits >"$work/out" && [ ! -e "$work/pairs" ]
}
ok "--list writes none" listed

tap_end
