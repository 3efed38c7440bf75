#!/bin/sh
# Traces, plots and reports: their numbers are those of the records and rankings
# that fixtures/procedure.py and reference.py expect.
#
# From the environment: srcdir, WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/pictures.$$
fixtures=$top/fixtures
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"
HDF5_PLUGIN_PRELOAD=::
export HDF5_PLUGIN_PRELOAD
cd "$work" || exit 1

quiet() { scan -q "$@" 2>"$work/err" || { cat "$work/err"; return 1; }; }

refused() { # STATUS PATTERN ARGUMENTS...
    status=$1
    pattern=$2
    shift 2
    scan -q "$@" >out 2>err
    [ $? -eq "$status" ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] &&
        grep -Eq -- "$pattern" err || { cat err; return 1; }
}

# The rows of some samples in expected records, as traces: the n-th measurement
# is that of epoch n - 1, as each epoch has each sample once.
as_traces() { # RECORDS ID...
    records=$1
    shift
    echo sample_id,epoch,assigned_logit,other_logit,other_class,margin
    for id in "$@"; do
        awk -F, -v id="$id" '$1 == id {
            print id "," $2 - 1 "," $4 "," $6 "," $5 "," $7 }' "$records"
    done
}

# ---- traces ----

runs=$fixtures/two_runs
as_traces "$runs/expected_records.csv" 1796 4 99 >expected
traced() { quiet -e 0:3 --trace=1796,4,99 "$@" >out && diff out expected; }
ok "traces are the records of their samples" traced "$runs/run1.h5"
ok "... with one thread" traced -j 1 "$runs/run1.h5"
printf 'sample_id\n1796\n4\n99\n4\n' >ids
listed() { quiet -e 0:3 --trace=@ids "$runs/run1.h5" >out && diff out expected; }
ok "... by a file of ids, each once" listed
# Of the records of both, the run is the last column.
two() {
    quiet --trace=20,4 --run "$runs/run1.h5" --run "$runs/run2.h5" >out || return 1
    head -n 1 out | grep -q 'margin,run$' || return 1
    for run in 1 2; do
        sed -n "s/,$run\$//p" "$runs/expected_records_both.csv" >records.csv
        as_traces records.csv 20 4 >wanted
        { sed -n '1s/,run$//p' out && sed -n "2,\$s/,$run\$//p" out; } |
            diff - wanted || return 1
        [ "$(wc -l <wanted)" -eq 25 ] || return 1
    done
}
ok "of two runs" two

# Of every layout: what the records say, which come by another way.
layout() { # FILE IDS
    file=$1
    ids=$2
    quiet -o /dev/null --records="$work/records.csv" --only="$ids" "$file" &&
        quiet --trace="$ids" "$file" >"$work/out" || return 1
    # sample_id, assigned, other class, other, margin
    cut -d, -f1,4-7 "$work/records.csv" | tail -n +2 | sort >"$work/wanted"
    awk -F, 'NR > 1 { print $1 "," $3 "," $5 "," $4 "," $6 }' "$work/out" |
        sort | diff - "$work/wanted" && [ -s "$work/wanted" ]
}
layouts() {
    # Some are in several files, which are found from here.
    cd "$fixtures/layouts" || return 1
    for name in per_epoch groups.h5 cube.h5 cube_shuffled.h5 shards \
        resizable.h5 storage_*.h5 type_*.h5 shape_*.h5 \
        binary_n.h5 binary_n_1.h5 binary_cube.h5 ids_u1.h5 ids_be_i2.h5 \
        labels_one_hot_u1.h5 labels_at_root.h5; do
        layout "$name" 3,11,17 || { echo "$name"; return 1; }
    done
    # Strings, and numbers that are no row's.
    for name in ids_variable.h5 ids_fixed.h5 ids_space_padded.h5 ids_huge.h5 \
        ids_signed.h5; do
        some=$(quiet -n 3 "$name" | cut -d, -f2 | tail -n +2 |
            tr '\n' ,)
        layout "$name" "$some" || { echo "$name"; return 1; }
    done
}
ok "of every layout" layouts
cd "$work" || exit 1

# Rows 10 to 19 of this dump are in a chunk that cannot be read.
skips() {
    quiet --trace=3,25 "$fixtures/bad/chunk_gzip.h5" >out && [ "$(wc -l <out)" -eq 3 ]
}
ok "chunks without one of the samples are not read" skips
ok "... but those with one" refused 1 'chunk_gzip\.h5: .*damaged' --trace=3,12 \
    "$fixtures/bad/chunk_gzip.h5"
left_out() {
    scan -q -k --trace=3,12,25 "$fixtures/bad/chunk_gzip.h5" >out 2>err
    [ $? -eq 3 ] && [ "$(cut -d, -f1 out | tr '\n' ' ')" = "sample_id 3 25 " ]
}
ok "... which -k leaves out" left_out
one_row() {
    scan -q -k --trace=4,5,6 "$fixtures/bad/label_high.h5" >out 2>err
    [ $? -eq 3 ] && [ "$(cut -d, -f1 out | tr '\n' ' ')" = "sample_id 4 6 " ]
}
ok "... as it does a row with a wrong label" one_row
ok "a wrong label" refused 1 'row 5 of epoch 0 has a label that is no class' --trace=4,5,6 \
    "$fixtures/bad/label_high.h5"
missing() {
    scan --trace=3,99999 "$runs/run1.h5" >out 2>err && [ "$(wc -l <out)" -eq 13 ] &&
        grep -q 'warning: --trace: sample 99999 is in no dump' err
}
ok "a sample that is nowhere" missing
ok "none that is anywhere" refused 1 \
    '--trace=99999: none of these samples is in the dumps' --trace=99999 \
    "$runs/run1.h5"
ok "text in place of numbers" refused 1 '"cat" is no id of these dumps' \
    --trace=cat "$runs/run1.h5"
seq 1001 >many
ok "more samples than traces are for" refused 1 'at most 1000 are traced' \
    --trace=@many "$runs/run1.h5"
kept() {
    quiet --state=s "$runs/run1.h5" >out &&
        quiet --trace=1796,4,99 s "$runs/run1.h5" >out &&
        awk -F, 'NR == 1 || $2 < 4' out | diff - expected
}
ok "dumps that a state has read are traced all the same" kept
ok "dumps that are gone are not" refused 1 \
    's: a state has no logits for --trace; give the dumps' --trace=7 s

# ---- plots ----

# One series of a panel: series NAME FILE
series() { sed -n "s/.* data-$1=\"\([^\"]*\)\".*/\1/p" "$2" | tr ' ' '\n'; }
panels() {
    quiet --trace=1439,7,0 --plot=plot.svg "$runs/run1.h5" >out || return 1
    column=1
    for name in sample_id epoch assigned_logit other_logit other_class margin; do
        cut -d, -f$column out | tail -n +2 >wanted
        [ $name != sample_id ] || uniq wanted >once
        [ $name != sample_id ] || mv once wanted
        series $name plot.svg | diff - wanted || { echo $name; return 1; }
        column=$((column + 1))
    done
}
ok "a panel shows the numbers of its trace" panels
lines() { [ "$(grep -c 'class="thin"' plot.svg)" -eq 36 ]; } # 11 classes + key
ok "... and lines of all classes" lines
flagged=$fixtures/digits/expected_flagged.csv
sum() { sed -n "s/.* data-$1=\"\([0-9]*\)\".*/\1/p" "$2" | awk '{ n += $1 } END { print n + 0 }'; }
histogram() {
    quiet -c 10 --plot=h.svg "$fixtures/digits" >out && diff out "$flagged" &&
        [ "$(sum samples h.svg)" -eq 1634 ] &&
        [ "$(sum threshold h.svg)" -eq 163 ] &&
        [ "$(sum flagged h.svg)" -eq $(($(wc -l <"$flagged") - 1)) ] &&
        grep -q 'data-cutoff="-0.34498291015625"' h.svg
}
ok "a histogram of all samples, threshold samples and the cutoff" histogram
# Bins hold what the ranking has between their ends.
bins() {
    sed -n 's/.*data-low="\([^"]*\)" data-high="\([^"]*\)" data-samples="\([0-9]*\)".*/\1 \2 \3/p' \
        h.svg >bins
    awk 'NR == FNR { split($0, row, ","); if (FNR > 1) aum[++n] = row[4]; next }
        { count = 0
          for (i = 1; i <= n; i++) count += aum[i] >= $1 && aum[i] < $2
          # An AUM within rounding of an end may count to either side.
          off += count > $3 ? count - $3 : $3 - count; bins++ }
        END { print bins " bins, " off + 0 " off"; exit !(bins > 20 && off <= 2) }' \
        "$fixtures/digits/expected_all.csv" bins
}
ok "... whose bins are right" bins
valid() {
    xmllint --noout plot.svg h.svg && ! grep -q '<script' plot.svg h.svg
}
if xmllint --version 2>/dev/null; then
    ok "plots are XML" valid
else
    skip "plots are XML" "no xmllint"
fi

# ---- reports ----

report() { # ARGUMENTS...
    quiet --report=page.html "$@" >out
}
attributes() { # NAME: of the cards
    sed -n "s/^<div class=\"card\".* data-$1=\"\([^\"]*\)\".*/\1/p" page.html
}
first_fifty() {
    report -T "$runs/plan.csv" --run "$runs/run1.h5" --run "$runs/run2.h5" \
        --truth="$runs/truth.csv" && diff out "$runs/expected_both.csv" || return 1
    column=1
    for name in rank sample_id label aum; do
        head -n 51 "$runs/expected_both.csv" | tail -n +2 | cut -d, -f$column >wanted
        attributes $name | diff - wanted || { echo $name; return 1; }
        column=$((column + 1))
    done
}
ok "a report has the first fifty of the ranking" first_fifty
small() {
    [ "$(wc -c <page.html)" -lt 2097152 ] &&
        ! grep -Ei '<script|<link|@import|src=.?http' page.html
}
ok "... is one file without scripts" small
tables() {
    tail -n +2 "$runs/expected_both.csv" | awk -F, '
        { n[$3]++ } END { for (c in n) print c " " n[c] }' | sort >wanted
    sed -n 's/^<tr data-label="\([0-9]*\)"><td>[0-9]*<\/td><td>[0-9]*<\/td><td>\([0-9]*\)<.*/\1 \2/p' \
        page.html | sort | diff - wanted &&
        tail -n +2 "$runs/expected_both.csv" | awk -F, '
            $7 != "" { n[$3 " " $7]++ } END { for (c in n) print c " " n[c] }' |
        sort >wanted &&
        sed -n 's/.*data-label="\([0-9]*\)" data-suggested_label="\([0-9]*\)" data-count="\([0-9]*\)".*/\1 \2 \3/p' \
            page.html | sort | diff - wanted
}
ok "... with classes, and which look like which" tables
curve() { # precision and recall of the flags: see fixtures/README.md
    grep -q 'data-recall="0.99164345403[0-9]*" data-precision="0.8855721393[0-9]*"' page.html
}
ok "... and precision and recall" curve
plain() { report "$fixtures/digits" && [ "$(attributes aum | wc -l)" -eq 50 ]; }
ok "a report without a cutoff" plain
none() { report -t -99 "$fixtures/digits" && [ -z "$(attributes aum)" ]; }
ok "... with nothing flagged" none
one() { report "$fixtures/layouts/one_sample.h5" && [ "$(attributes aum | wc -l)" -eq 1 ]; }
ok "... of one sample" one
strings() {
    report --images='p/{label}/{id}.png?a&b' "$fixtures/layouts/ids_variable.h5" &&
        first=$(sed -n 2p out) && id=$(echo "$first" | cut -d, -f2) &&
        label=$(echo "$first" | cut -d, -f3) &&
        grep -q "src=\"p/$label/$id.png?a&amp;b\"" page.html
}
ok "... with links to pictures" strings
# Ids that would lead elsewhere have no picture, and none is shown otherwise than
# it is.
"$build/tests/make_dump" odd-ids odd.h5 0
elsewhere() {
    report --images='images/{id}' odd.h5 &&
        sed -n 's/.* src="\([^"]*\)".*/\1/p' page.html >urls &&
        [ "$(wc -l <urls)" -eq 38 ] && # but for ../../x and the empty one
        [ "$(grep -c '^images/[A-Za-z0-9._~/%-]*$' urls)" -eq 38 ] &&
        ! grep -E '(^|/)\.\.?(/|$)' urls &&
        grep -q '^images///host/x$' urls &&
        [ "$(grep -c 'No picture: ' page.html)" -eq 2 ] &&
        quiet --trace=@list --plot=plot.svg odd.h5 >out &&
        ! grep -E ">[^<]*$(printf '\342\200\256')" page.html plot.svg &&
        [ "$(grep -c "=\"$(printf '\342\200\256')gpj.x" page.html plot.svg | cut -d: -f2 | tr '\n' ' ')" = "1 1 " ]
}
printf '\342\200\256gpj.x\302\233\n' >list
ok "... which stay below their folder" elsewhere
ok "links to scripts" refused 2 '--images=javascript:\{id\}: only http, https' \
    --report=x.html --images='javascript:{id}' odd.h5
ok "links to hosts of the ids'" refused 2 '--images=//\{id\}: the host' \
    --report=x.html --images='//{id}' odd.h5
both() {
    quiet --report=page.html --trace=4 --plot=plot.svg -e 0:3 "$runs/run1.h5" >out &&
        as_traces "$runs/expected_records.csv" 4 | diff out - &&
        [ "$(attributes aum | wc -l)" -eq 50 ] &&
        [ "$(grep -c 'class="course"' plot.svg)" -eq 1 ]
}
ok "a report, a trace and its plot at once" both

# ---- many classes ----

# A row takes 800 kB: buffers are bounded in bytes, not in rows.
"$build/tests/make_dump" wide wide.h5 200000
bounded() { (ulimit -v 200000 && quiet -j 4 "$@"); }
wide_trace() {
    bounded --trace=6,7,0 wide.h5 >out &&
        printf '%s\n' sample_id,epoch,assigned_logit,other_logit,other_class,margin \
            6,0,-1,0,0,-1 7,0,1,0,0,1 0,0,-1,0,1,-1 | diff out -
}
wide_report() {
    bounded -n 2 --report=page.html --report-json=page.json --plot=h.svg wide.h5 >out &&
        [ "$(cut -d, -f2-4 out | tr '\n' ' ')" = "sample_id,label,aum 0,0,-1 2,10000,-1 " ] &&
        [ "$(attributes aum | wc -l)" -eq 40 ]
}
case "${CFLAGS:-} ${WRAPPER:-}" in
*-fsanitize* | *valgrind*)
    skip "traces of 200,000 classes in bounded memory" "it takes more itself"
    skip "a report of these" "it takes more itself"
    ;;
*)
    ok "traces of 200,000 classes in bounded memory" wide_trace
    ok "a report of these" wide_report
    ;;
esac
rm -f wide.h5

# ---- what cannot be ----

ok "a full disk" refused 1 '^aum-scan: /dev/full: cannot write' \
    --plot=/dev/full "$fixtures/digits"
ok "a full disk for the report" refused 1 '^aum-scan: /dev/full: cannot write' \
    --report=/dev/full "$fixtures/digits"
ok "no such folder" refused 1 '^aum-scan: no/p.svg: cannot write' \
    --plot=no/p.svg "$fixtures/digits"
ok "two outputs of one name" refused 1 'x.html: is named for two outputs' \
    --report=x.html --plot=x.html "$fixtures/digits"
ok "images without a report" refused 2 '--images needs --report' \
    --images=x "$fixtures/digits"
ok "a report to standard output" refused 2 'need the name of a file' \
    --report=- "$fixtures/digits"
ok "traces and a sweep" refused 2 '--trace writes a table of its own' \
    --trace=1 --sweep=0:1:1 "$fixtures/digits"
nothing_left() { [ -z "$(ls page.html.* plot.svg.* x.html* 2>/dev/null)" ]; }
ok "nothing is left over" nothing_left

tap_end
