#!/bin/sh
# Runs aum-scan over the fixtures and compares whole outputs with expected ones,
# which come from fixtures/reference.py (see fixtures/README.md).
#
# From the environment: srcdir, and WRAPPER, a command to run it under.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/end_to_end.$$
fixtures=$top/fixtures
mkdir -p "$work"
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

# ---- every layout, with one thread and with more than there are cores ----

cd "$fixtures/layouts" || exit 1
while IFS='	' read -r expected arguments; do
    for threads in 1 5; do
        # shellcheck disable=SC2086 # several arguments
        ok "$arguments (-j $threads)" expect "$expected" -j $threads $arguments
    done
done <cases.txt

if scan -q plugin_lz4.h5 2>&1 | grep -q 'plugin is missing'; then
    skip "lz4, through a plugin" "no plugin for lz4 is installed"
else
    ok "lz4, through a plugin" expect plain.csv plugin_lz4.h5
fi

# The library takes 40 kB of memory for each of such mappings: more than a file
# that does not describe them may have it take.
scattered() {
    "$build/tests/make_dump" scattered "$work/scattered.h5" 3000 &&
        scan -q "$work/scattered.h5" |
        awk -F , 'NR == 1 { next }
            { j = $2 % 40; k = ($2 - j) / 40; r = 3000 * j + (k + 7 * j * j) % 3000 }
            r != $4 || r != NR - 2 { bad++ }
            END { exit bad != 0 || NR != 120001 }'
}
ok "a virtual dataset of 3,000 scattered mappings" scattered
rm -f "$work/scattered.h5"

# One mapping for each row: 33 kB of memory for 100 bytes of the file. Files that
# hold little themselves lead to it.
shuffled() { # FILE
    scan -q "$1" |
        awk -F , 'NR > 1 && ($4 != NR - 2 || $4 != 7919 * $2 % 5000) { bad++ }
            END { exit bad != 0 || NR != 5001 }'
}
"$build/tests/make_dump" shuffled "$work/shuffled.h5" 5000 &&
    "$build/tests/make_dump" linked "$work/linked.h5" shuffled.h5 &&
    (cd "$work" && "$build/tests/make_dump" nested nested.h5 shuffled.h5)
ok "a mapping for each of 5,000 rows" shuffled "$work/shuffled.h5"
ok "a link to it" shuffled "$work/linked.h5"
ok "a virtual dataset of it" shuffled "$work/nested.h5"

# Without memory for a dataset, nothing is missing.
too_little() { # FILE
    AUM_MEMORY_MB=60 scan -q "$1" 2>"$work/err" && return 1
    cat "$work/err"
    grep -q '^aum-scan: .*\.h5: .*memory.*AUM_MEMORY_MB allows more$' "$work/err" ||
        return 1
    ! grep -E 'no logits|missing|: damaged' "$work/err"
}
# An emulated processor has none.
memory_is_limited() {
    ! (ulimit -d 100000 &&
        awk 'BEGIN { s = "x"; while (length(s) < 200000000) s = s s }') >/dev/null 2>&1
}
case "${WRAPPER:-} ${CFLAGS:-}" in
*valgrind* | *-fsanitize*)
    skip "too little memory for a dataset" "they take more themselves" ;;
*)
    if memory_is_limited; then
        for file in shuffled linked; do
            ok "too little memory for a dataset ($file)" too_little "$work/$file.h5"
        done
    else
        skip "too little memory for a dataset" "memory is not limited here"
    fi
    ;;
esac
rm -f "$work/shuffled.h5" "$work/linked.h5" "$work/nested.h5"

# ---- bad input ----

answer() { # STATUS PATTERN ARGUMENTS...
    status=$1
    pattern=$2
    shift 2
    scan "$@" >"$work/out" 2>"$work/err"
    got=$?
    cat "$work/err"
    [ $got -eq "$status" ] || { echo "exit status $got"; return 1; }
    grep -Eq -- "$pattern" "$work/err" || return 1
    grep -Ev '^aum-scan: ' "$work/err" && return 1
    case $status in
    0 | 3) [ -s "$work/out" ] && return 0 ;;
    esac
    # An error: nothing on stdout, and with -q nothing but one line on stderr.
    [ ! -s "$work/out" ] || return 1
    scan -q "$@" 2>"$work/err"
    [ "$(wc -l <"$work/err")" -eq 1 ] && grep -Eq -- "$pattern" "$work/err"
}

cd "$fixtures/bad" || exit 1
# No plugins, whatever is installed: some filters have to be missing. (Looking
# for them would load each, and some lose memory as they are loaded.)
HDF5_PLUGIN_PRELOAD=::
export HDF5_PLUGIN_PRELOAD
while IFS='	' read -r status arguments pattern; do
    case $status in \#*) continue ;; esac
    # shellcheck disable=SC2086
    ok "bad: ${arguments:-no arguments}: $pattern" \
        answer "$status" "$pattern" $arguments
done <"$top/tests/cli/errors.txt"
unset HDF5_PLUGIN_PRELOAD

# Messages are one line each even when a dump's names are not.
newline_name() {
    cp good.h5 "$work/two
lines.h5"
    head -c 1000 good.h5 >"$work/short
line.h5"
    scan -q "$work/short
line.h5" >"$work/out" 2>"$work/err"
    [ $? -eq 1 ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
        scan -q "$work/two
lines.h5" | cmp - good.csv
}
ok "a file's name with a newline" newline_name

# As on file systems that refuse locks: someone else holds one.
locked() {
    cp good.h5 "$work/locked.h5"
    flock "$work/locked.h5" ${WRAPPER:-} "$build/aum-scan" -q "$work/locked.h5" |
        diff - good.csv
}
if command -v flock >/dev/null 2>&1; then
    ok "files are read without locks" locked
else
    skip "files are read without locks" "no flock"
fi

left() { # EXPECTED ARGUMENTS...
    expected=$1
    shift
    scan -q -k "$@" >"$work/out"
    [ $? -eq 3 ] && diff "$work/out" "$expected"
}
ok "-k leaves out a damaged chunk's rows" left without_chunk.csv chunk_gzip.h5
ok "-k: of labels" left without_chunk.csv chunk_labels.h5
ok "-k: of ids" left without_chunk.csv chunk_ids.h5
ok "-k: of a source" left without_rows_32_39.csv virtual_chunk.h5
ok "-k: szip" left without_chunk.csv chunk_szip.h5
ok "-k: lzf" left without_chunk.csv chunk_lzf.h5
ok "-k leaves out a row with a bad label" left without_row_5.csv label_high.h5
ok "-k: three epochs of four, while the last is written" left live_3.csv live.h5
ok "-k: four, while the fifth is begun" left live_4.csv live_ahead.h5
ok "-k: two groups, while the third is written" left live_2.csv live_groups.h5
ok "-k leaves out a bad file" left good.csv truncated.h5 good.h5
crashed() { # a library that does not crash tells of damage of another kind
    scan -k crash.h5 ../layouts/ids_variable.h5 >"$work/out" 2>"$work/err"
    [ $? -eq 3 ] || return 1
    ! grep -q 'skipped: crash.h5: damaged: the HDF5 library crashed' \
        "$work/err" || diff "$work/out" ../layouts/strings.csv
}
ok "-k leaves out a file that crashes the HDF5 library" crashed
ok "rows without a finite margin are not ranked" \
    expect without_rows_17_18.csv -q not_finite.h5
ok "HDF5's own errors come with -v" \
    answer 1 'aum-scan: truncated.h5: truncated' truncated.h5
verbose() { # of a file whose list of names is overwritten
    at=$(grep -obUa HEAP good.h5 | head -n 1 | cut -d: -f1)
    cp good.h5 "$work/list.h5" && chmod u+w "$work/list.h5"
    printf LIST | dd of="$work/list.h5" bs=1 seek="$at" conv=notrunc 2>/dev/null
    scan -v "$work/list.h5" 2>"$work/err"
    grep -q '^aum-scan: HDF5: H5[A-Za-z_0-9]*: ' "$work/err"
}
ok "HDF5's own errors come with -v, a line each" verbose

# ---- dumps that name other files ----

# The dump's raw files are in the working folder, wherever that leads to.
mkdir "$work/named" "$work/pipes"
cp ../layouts/storage_external.h5 "$work/named"
cp ../layouts/storage_external.h5 "$work/pipes"
for epoch in 1 2 10; do
    ln -s "$fixtures/layouts/storage_external_$epoch.raw" "$work/named"
    mkfifo "$work/pipes/storage_external_$epoch.raw"
done
cd "$work/named" || exit 1
ok "a dump that names files elsewhere" answer 1 \
    '^aum-scan: storage_external\.h5: /epoch_.*, storage_external_.*\.raw \(/.*/layouts/.*\.raw\), which lies outside .*--trust' \
    storage_external.h5
trusted() {
    expect "$fixtures/layouts/plain.csv" "$@" storage_external.h5
}
ok "such a dump with --trust" trusted --trust
ok "such a dump, and a FILE from the folder" scan -q -o "$work/out" \
    --run=storage_external.h5 --run="$fixtures/layouts/storage_external.h5"
ok "such a dump with HDF5_EXTFILE_PREFIX" \
    env HDF5_EXTFILE_PREFIX="$fixtures/layouts" \
    ${WRAPPER:-} "$build/aum-scan" -q -o "$work/out" storage_external.h5
ok "-k leaves it out" left "$fixtures/bad/good.csv" storage_external.h5 \
    "$fixtures/bad/good.h5"
cd "$work/pipes" || exit 1
waits() { # with what waits for a pipe, `timeout` ends it
    timeout 20 ${WRAPPER:-} "$build/aum-scan" "$@" >"$work/out" 2>"$work/err"
    got=$?
    cat "$work/err"
    [ $got -eq 1 ] && grep -q 'raw), which is not a regular file$' "$work/err"
}
if command -v timeout >/dev/null 2>&1; then
    ok "a dump that names a pipe" waits storage_external.h5
    ok "a dump that names a pipe, with --trust" waits --trust storage_external.h5
else
    skip "a dump that names a pipe" "no timeout"
fi
cd "$fixtures/bad" || exit 1

# ---- the digits: a real training run ----

digits=$fixtures/digits
ok "digits: flagged" expect "$digits/expected_flagged.csv" -c 10 "$digits"
ok "digits: all" expect "$digits/expected_all.csv" -c 10 -a "$digits"
ok "digits: threshold samples by id" \
    expect "$digits/expected_all.csv" -T "$digits/threshold.csv" -a "$digits"
ok "digits: no cutoff, without the first epoch" \
    expect "$digits/expected_no_cutoff.csv" -e 1: "$digits"
ok "digits: another percentile, some epochs" \
    expect "$digits/expected_97.5.csv" -c 10 -p 97.5 -e 2:7 "$digits"
reversed() {
    set --
    for file in "$digits"/epoch_*.h5; do
        set -- "$file" "$@"
    done
    expect "$digits/expected_flagged.csv" -c 10 "$@"
}
ok "digits: files in reverse order" reversed

# Every kernel that this processor has, with one thread and several.
for kernel in portable AVX2 AVX-512; do
    if AUM_KERNEL=$kernel scan -q "$digits" >/dev/null 2>&1; then
        for threads in 1 2 7; do
            ok "digits: the same bytes with $kernel, $threads threads" \
                env AUM_KERNEL=$kernel ${WRAPPER:-} "$build/aum-scan" -q -c 10 -a \
                -j $threads -o "$work/kernel.csv" "$digits"
            ok "digits: they are" \
                diff "$work/kernel.csv" "$digits/expected_all.csv"
        done
    else
        skip "digits: the same bytes with $kernel" "not on this processor"
    fi
done
no_kernel() {
    AUM_KERNEL=abacus scan "$digits" >"$work/out" 2>"$work/err"
    [ $? -eq 2 ] && [ ! -s "$work/out" ] && grep -q AUM_KERNEL=abacus "$work/err"
}
ok "a kernel that does not exist" no_kernel

# Precision and recall of the flags against the flips, computed here.
judge() {
    scan -q -c 10 "$digits" >"$work/out" &&
        awk -F, '
            FILENAME ~ /threshold/ { spent[$1] = 1; next }
            FILENAME ~ /flips/ { wrong[$1] = $4; next }
            FNR > 1 { flagged++; right += wrong[$2] == "true" }
            END {
                for (i in wrong)
                    flips += wrong[i] == "true" && !(i in spent)
                printf "precision %.4f recall %.4f\n", right / flagged,
                    right / flips
                exit !(right / flagged > 0.9 && right / flips > 0.95)
            }' "$digits/threshold.csv" "$digits/flips.csv" "$work/out"
}
ok "digits: the flips are found: precision above 0.9, recall above 0.95" judge
suggest() {
    awk -F, 'FILENAME ~ /flips/ { truth[$1] = $3; wrong[$1] = $4; next }
        FNR > 1 && wrong[$2] == "true" { n++; right += $7 == truth[$2] }
        END { print right / n; exit !(right / n > 0.9) }' \
        "$digits/flips.csv" "$work/out"
}
ok "digits: the suggested label is the true one 9 times in 10" suggest
told() {
    scan -c 10 "$digits" 2>"$work/err" >/dev/null
    cat "$work/err"
    diff - "$work/err" <<END
aum-scan: $digits: passed over 6 files of other names (--list shows them)
aum-scan: 10 epochs, 1797 samples, 11 classes, 10 files, 518 kB
aum-scan: cutoff -0.34498291015625: number 2 of the AUMs of 163 threshold samples from the top (percentile 99)
aum-scan: 354 of 1634 samples flagged (21.7%)
END
}
ok "digits: the summary" told

# ---- output ----

cd "$fixtures/layouts" || exit 1
first() { # COUNT EXPECTED ARGUMENTS...
    head -n $(($1 + 1)) "$2" >"$work/expected"
    shift 2
    expect "$work/expected" "$@"
}
ok "-n 7" first 7 plain.csv -n 7 per_epoch
ok "-n 0" first 0 plain.csv -n 0 per_epoch
ok "-n with a cutoff" first 3 cutoff.csv -n 3 -t -2.5 per_epoch
tsv() {
    tr , '\t' <plain.csv >"$work/expected"
    expect "$work/expected" -f tsv per_epoch
}
ok "-f tsv" tsv
jsonl() { # EXPECTED ARGUMENTS...: numbers alone, so that awk can make it
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
        { for (i = 1; i <= NF; i++)
              printf("%s\"%s\":%s", (i > 1 ? "," : "{"), name[i],
                     ($i == "" ? "null" : $i))
          print "}" }' "$1" >"$work/expected"
    shift
    expect "$work/expected" -f jsonl "$@"
}
ok "-f jsonl" jsonl plain.csv per_epoch
ok "-f jsonl with a cutoff" jsonl class_4.csv -c 4 -p 60 -a per_epoch
to_file() {
    scan -q -o "$work/r.csv" per_epoch && diff "$work/r.csv" plain.csv &&
        [ "$(ls "$work" | grep -c '^r\.csv')" -eq 1 ]
}
ok "-o" to_file
mode() {
    rm -f "$work/m.csv"
    (umask 027 && scan -q -o "$work/m.csv" per_epoch) || return 1
    ls -l "$work/m.csv" | grep '^-rw-r-----'
}
ok "-o makes a file as the umask says" mode
replaced() {
    echo old >"$work/old.csv"
    chmod 604 "$work/old.csv"
    ln -sf old.csv "$work/link.csv"
    scan -q -o "$work/link.csv" per_epoch && [ -L "$work/link.csv" ] &&
        diff "$work/old.csv" plain.csv && ls -l "$work/old.csv" |
        grep '^-rw----r--'
}
ok "-o through a link replaces the file and keeps its mode" replaced
kept() {
    echo old >"$work/kept.csv"
    scan -q -o "$work/kept.csv" ../bad/truncated.h5 2>/dev/null
    [ $? -eq 1 ] && [ "$(cat "$work/kept.csv")" = old ] &&
        [ "$(ls "$work" | grep -c '^kept')" -eq 1 ]
}
ok "-o leaves the old file after an error" kept
compressed() {
    scan -q -o "$work/z.csv.gz" per_epoch &&
        gzip -dc "$work/z.csv.gz" | diff - plain.csv
}
ok "-o FILE.gz" compressed
ok "-o -" expect plain.csv -o - per_epoch

no_reader() { # a pipe whose reader is gone
    (
        scan -q "$digits"
        echo $? >"$work/status"
    ) 2>"$work/err" | true
    sleep 0.2
    [ "$(cat "$work/status")" -eq 0 ] && [ ! -s "$work/err" ]
}
ok "a closed pipe ends it quietly" no_reader
head_of() {
    scan -q "$digits" 2>"$work/err" | head -n 1 >"$work/out"
    [ ! -s "$work/err" ] && [ "$(cut -d, -f1 "$work/out")" = rank ]
}
ok "| head" head_of
closed() {
    scan -q per_epoch >&- 2>"$work/err"
    [ $? -eq 1 ] && grep -q 'standard output: cannot write' "$work/err"
}
ok "stdout that is closed is an error" closed
full() {
    scan -q per_epoch >/dev/full 2>"$work/err"
    [ $? -eq 1 ] && grep -q 'standard output: cannot write: No space' "$work/err"
}
ok "a full disk is an error" full

# ---- speaking ----

silent() {
    scan -q -c 4 -p 60 per_epoch 2>"$work/err" >/dev/null && [ ! -s "$work/err" ]
}
ok "-q says nothing" silent
no_bar() {
    scan per_epoch 2>"$work/err" >/dev/null && ! grep -q '\[' "$work/err"
}
ok "no bar where stderr is no terminal" no_bar
ok "--help fits a terminal of 80 x 24" help_fits scan
ok "the man page has the options of --help" \
    documented "$top/man/aum-scan.1" scan
lint() { # pages may refer to each other before they are installed
    (cd "$top" && mandoc -T lint man/*.[13] 2>&1) |
        grep -v 'manual not found: Xr \(aum\|h5ls\)\|outdated mandoc.db' \
            >"$work/lint"
    cat "$work/lint"
    [ ! -s "$work/lint" ]
}
if command -v mandoc >/dev/null 2>&1; then
    ok "mandoc finds nothing in the man pages" lint
else
    skip "mandoc finds nothing in the man pages" "no mandoc"
fi
version() { scan --version | grep -E '^HDF5 [0-9.]+, inflating with '; }
ok "--version" version

tap_end
