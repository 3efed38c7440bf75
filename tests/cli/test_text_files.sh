#!/bin/sh
# What the programs write for reading back reads back the same: ids of all kinds
# in the files of --sweep-dir, in plans and in tables of labels, compressed too.
#
# From the environment: srcdir, WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/text_files.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"
cd "$work" || exit 1

make_dump() { "$build/tests/make_dump" "$@"; }
plan() { ${WRAPPER:-} "$build/aum-plan" "$@"; }
quiet() { scan -q "$@" 2>err || { cat err; return 1; }; }

refused() { # PATTERN ARGUMENTS...
    pattern=$1
    shift
    scan -q "$@" >out 2>err
    [ $? -eq 1 ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] &&
        grep -Eq -- "$pattern" err || { cat err; return 1; }
}

# The ids of rows in JSON, each in its line whatever it holds.
ids() {
    sed -nE 's/.*"sample_id":(".*"),"(label|num_measurements|epoch)":.*/\1/p' "$@" |
        LC_ALL=C sort
}

# The ids of a sweep's file, read again, are the samples below 0, of which the
# one named is the first in the file.
sweep() { # NUMBER
    rm -rf drop
    make_dump odd-ids odd.h5 "$1" &&
        quiet -f jsonl odd.h5 >all &&
        grep '"aum":-' all | ids >below && grep -v '"aum":-' all | ids >others &&
        [ "$(wc -l <below)" -ge 20 ] && [ "$(cat below others | wc -l)" -eq 40 ] &&
        quiet -f jsonl --sweep=0:0:1 --sweep-dir=drop odd.h5 >table &&
        quiet -f jsonl -p 50 -T drop/cutoff_0.txt --all odd.h5 >ranked &&
        ids ranked | diff - others
}
sweeps() {
    count=$(make_dump count-odd-ids)
    for i in $(seq 0 "$((count - 1))"); do
        sweep "$i" || { echo "id $i"; od -c drop/cutoff_0.txt | head; return 1; }
    done
}
ok "threshold samples by a sweep's file, whatever id comes first" sweeps
only() {
    quiet -f jsonl --records=records --only=@drop/cutoff_0.txt odd.h5 >out &&
        ids records | diff - below
}
ok "records by a sweep's file" only
only_none() { # below a cutoff that flags nothing
    quiet --sweep=-1000:-1000:1 --sweep-dir=none odd.h5 >table &&
        [ -f none/cutoff_-1000.txt ] && [ ! -s none/cutoff_-1000.txt ] &&
        quiet --records=records.csv --only=@none/cutoff_-1000.txt odd.h5 >out &&
        quiet odd.h5 | cmp - out && [ "$(wc -l <records.csv)" -eq 1 ]
}
ok "... of none" only_none
trace() { quiet -f jsonl --trace=@drop/cutoff_0.txt odd.h5 >out && ids out | diff - below; }
ok "traces by a sweep's file" trace
compressed() {
    gzip -c drop/cutoff_0.txt >list && # in two members, and by another name
        printf '"s\n""x"""\n' | gzip -c >>list &&
        quiet -f jsonl --trace=@list odd.h5 >out && ids out | diff - below
}
ok "... compressed" compressed

# Five sets of eight are all forty samples.
planned() {
    plan -q --labels=odd.h5 --classes=4 --sets=5 -o plan.csv.gz &&
        gzip -t plan.csv.gz || return 1
    : >spent
    for set in 1 2 3 4 5; do
        scan -q -f jsonl -p 50 -T plan.csv.gz --set=$set --all odd.h5 >out 2>err &&
            [ ! -s err ] || return 1
        ids out >ranked
        ids all | LC_ALL=C comm -23 - ranked >threshold
        [ "$(wc -l <threshold)" -eq 8 ] || return 1
        cat threshold >>spent
    done
    ids all >wanted
    LC_ALL=C sort spent | diff - wanted
}
ok "a compressed plan" planned

# Its column "label" is what the samples were trained with.
truth() {
    quiet -o truth.csv.gz odd.h5 &&
        quiet --truth=truth.csv.gz --report-json=report.json odd.h5 >out &&
        grep -q '"samples": 40,' report.json &&
        sed -n '/"evaluation"/,/}/p' report.json >evaluation &&
        grep -q '"samples": 40' evaluation && grep -q '"mislabeled": 0' evaluation
}
ok "a compressed ranking as the truth" truth
standard_input() {
    quiet -f jsonl --truth=- odd.h5 <truth.csv.gz >out && quiet -f jsonl odd.h5 | diff out -
}
ok "... from standard input" standard_input

# ---- what is damaged ----

head -c 100 truth.csv.gz >short.csv.gz
ok "truncated gzip" refused '^aum-scan: short\.csv\.gz: truncated' \
    --truth=short.csv.gz odd.h5
ok "... of a list" refused '^aum-scan: short\.csv\.gz: truncated' \
    -T short.csv.gz odd.h5
{ head -c 60 truth.csv.gz && printf 'damaged' && tail -c +68 truth.csv.gz; } >bad.csv.gz
ok "damaged gzip" refused '^aum-scan: bad\.csv\.gz: damaged' \
    --truth=bad.csv.gz odd.h5
{ cat truth.csv.gz && echo more; } >more.csv.gz
ok "text behind gzip" refused '^aum-scan: more\.csv\.gz: damaged' \
    --truth=more.csv.gz odd.h5
printf 's1\n\n"s\n3"\n"open\n' >list
ok "a quote that is not closed" refused \
    '^aum-scan: list: line 5: a quote that is not closed$' -T list odd.h5
printf '"s1",2\n' >list
ok "text behind a quote" refused \
    '^aum-scan: list: line 1: text behind a closing quote' -T list odd.h5
printf 'sample_id,label\n"a\nb",1\n"c"d,2\n' >list
ok "... in a table" refused \
    '^aum-scan: list: line 4: text behind a closing quote' --truth=list odd.h5
printf 'a\0b\n' | gzip -c >list
ok "no text" refused '^aum-scan: list: not a text file$' -T list odd.h5

# Before all memory is taken, which is limited here as no other limit is.
bounded() { # PATTERN ARGUMENTS...
    (ulimit -v 600000 && refused "$@")
}
bomb() { # BYTE: 400 MB of it
    head -c 8000000 /dev/zero | tr '\0' "$1" | gzip -c >member
    for i in $(seq 50); do cat member; done
}
bomb 1 >bomb.gz
bomb '\0' >zeros.gz
case "${WRAPPER:-} ${CFLAGS:-}" in
*valgrind* | *-fsanitize*)
    for name in "gzip that becomes very large" "... of zeros" "a file without end"; do
        skip "$name" "they take memory of their own"
    done
    ;;
*)
    ok "gzip that becomes very large" bounded \
        '^aum-scan: bomb\.gz: becomes more than 100 times .*gunzip first$' \
        -T bomb.gz odd.h5
    ok "... of zeros" bounded '^aum-scan: zeros\.gz: not a text file$' \
        --truth=zeros.gz odd.h5
    ok "a file without end" bounded '^aum-scan: /dev/zero: not a text file$' \
        -T /dev/zero odd.h5
    ;;
esac

# The limit to memory is for dumps, not for what the user hands in.
many_ids() {
    seq 4200000 >many &&
        quiet --records=/dev/null --only=@many "$top/fixtures/two_runs/run1.h5" >out &&
        [ "$(wc -l <out)" -eq 1798 ]
}
ok "many more ids than samples" many_ids

# ---- what contradicts itself ----

printf 'sample_id,label\n1,2\n2,0\n"2",0\n0,1\n2,0\n1,2\n0,2\n' >two
ok "a sample of two true labels" refused \
    '^aum-scan: two: line 8: sample 0 is of label 2, but was of label 1 before; a sample has' \
    --truth=two odd.h5
printf 'sample_id,mislabeled\nx,0\nx,False\nx,1\n' >two
ok "... that is mislabeled and not" refused \
    '^aum-scan: two: line 4: sample x is mislabeled, but was not mislabeled before' \
    --truth=two odd.h5
agrees() {
    { cat "$top/fixtures/two_runs/truth.csv" && sed 1d "$top/fixtures/two_runs/truth.csv"; } >twice
    for truth in twice "$top/fixtures/two_runs/truth.csv"; do
        quiet --truth="$truth" --report-json=report.json -t 0 \
            "$top/fixtures/two_runs/run1.h5" >/dev/null || return 1
        sed -n '/"evaluation"/,/}/p' report.json >"evaluation.$(basename "$truth")"
    done
    cmp evaluation.twice evaluation.truth.csv && [ -s evaluation.twice ]
}
ok "rows that are there twice" agrees
printf 'sample_id,mislabeled\n7,0\n8,0\n007,1\n' >two
ok "... by two names of one number" refused \
    '^aum-scan: two: sample 007 is mislabeled, but was not mislabeled before' \
    --truth=two "$top/fixtures/two_runs/run1.h5"
printf 'sample_id,label,label\n1,2,3\n' >two
ok "two columns of one name" refused \
    '^aum-scan: two: line 1: two columns have the same name' --truth=two odd.h5
printf 'sample_id,set,sample_id\n1,1,3\n' >two
ok "... in a plan" refused '^aum-scan: two: line 1: two columns' -T two odd.h5

tap_end
