#!/bin/sh
# Outputs harm no file, and are there whole or not at all.
. "${srcdir:-.}/tests/cli/outputs.sh"

# Refused at once, in one line, with all files as they were: refused PATTERN
# COMMAND...
refused() {
    pattern=$1
    shift
    find . -type f ! -path ./err ! -path ./ok.log -exec cksum {} + | sort >../before.$$
    "$@" >/dev/null 2>err
    status=$?
    find . -type f ! -path ./err ! -path ./ok.log ! -name '.*.lock' -exec cksum {} + |
        sort | diff ../before.$$ - || return 1
    rm ../before.$$
    [ $status -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] && says "$pattern"
}

# ---- inputs ----

ok "an output is no list of threshold samples" refused \
    '^aum-scan: spent\.csv: is an input of --threshold-ids; write to another file$' \
    scan -q -T spent.csv -p 50 -o spent.csv run
ok "... spelled otherwise" refused 'is an input of --threshold-ids' \
    scan -q -T spent.csv -p 50 --records=./run/../spent.csv run
ln -s spent.csv link.csv
ok "... through a symbolic link" refused 'link\.csv: is an input of --threshold-ids' \
    scan -q -T spent.csv -p 50 --report-json=link.csv run
ok "... which is an input, too" refused 'spent\.csv: is an input of --threshold-ids' \
    scan -q -T link.csv -p 50 --report=spent.csv run
ln spent.csv hard.csv
ok "... by another name of the same file" refused 'hard\.csv: is an input' \
    scan -q -T spent.csv -p 50 --plot=hard.csv run
ok "no truth" refused 'truth\.csv: is an input of --truth' \
    scan -q --truth=truth.csv -o truth.csv run
ok "no list of samples for records" refused 'ids\.txt: is an input of --only' \
    scan -q --only=@ids.txt --records=ids.txt run
ok "no list of samples to trace" refused 'ids\.txt: is an input of --trace' \
    scan -q --trace=@ids.txt -o ids.txt run
ok "no dump" refused 'run/epoch_1\.h5: is an input; write to another file' \
    scan -q -o run/epoch_1.h5 run
ok "no state that is read" refused 'is an input' \
    scan -q --records=run/epoch_1.h5 run/epoch_1.h5
ok "nothing that comes from standard input" refused 'is an input of --threshold-ids' \
    sh -c "${WRAPPER:-} '$build/aum-scan' -q -T - -p 50 -o spent.csv run <spent.csv"
ok "standard output is no input either" refused \
    'standard output: is an input of --truth' \
    sh -c "${WRAPPER:-} '$build/aum-scan' -q --truth=truth.csv run >>truth.csv"
cp run/epoch_1.h5 labels.h5
ok "a plan is not what it is made from" refused \
    '^aum-plan: \./labels\.h5: is an input of --labels; write to another file$' \
    plan -q --labels=labels.h5 -o ./labels.h5
cp truth.csv .out.csv.aum-scan
ok "nor may an output's hidden name be an input" refused 'out\.csv: is an input' \
    scan -q --truth=.out.csv.aum-scan -o out.csv run
rm .out.csv.aum-scan

# Files that a dump names: storage_external.h5 has its logits in raw files.
mkdir raw
cp "$fixtures"/layouts/storage_external* raw
chmod -R u+w raw
raw_file() { (cd raw && ${WRAPPER:-} "$build/aum-scan" -q -o storage_external_10.raw storage_external.h5); }
ok "nor a file that a dump names" refused \
    'storage_external_10\.raw.*is an output of this run; write to another file$' raw_file
raw_scan() { (cd raw && scan -q storage_external.h5 | cmp - "$fixtures/layouts/plain.csv"); }
ok "... which is read otherwise" raw_scan

# What a dump names may have the hidden name of an output (13 letters, so that
# the names are equally long).
hidden_raw() {
    LC_ALL=C sed 's/storage_external_10\.raw/.ranking12.csv.aum-scan/' \
        "$fixtures/layouts/storage_external.h5" >raw/hidden.h5
    cp raw/storage_external_10.raw raw/.ranking12.csv.aum-scan
    (
        cd raw && scan -q -o ranking12.csv hidden.h5 &&
            cmp ranking12.csv "$fixtures/layouts/plain.csv" &&
            cmp .ranking12.csv.aum-scan storage_external_10.raw &&
            [ "$(find . -name '.ranking12*' | wc -l)" -eq 1 ]
    )
}
ok "... whatever it is called, it stays" hidden_raw
absent_raw() { # and what the output is called meanwhile is not read
    rm raw/.ranking12.csv.aum-scan raw/ranking12.csv
    refused '\.ranking12\.csv\.aum-scan.*is an output of this run; write to another file$' \
        sh -c "cd raw && ${WRAPPER:-} '$build/aum-scan' -q -o ranking12.csv hidden.h5"
}
ok "... and if it is absent, no output takes its place" absent_raw

# ---- what is read once ----

once() { # PATTERN COMMAND...
    pattern=$1
    shift
    timeout 10 "$@" >/dev/null 2>err
    [ $? -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && says "$pattern"
}
if [ -e /dev/fd/0 ]; then
    ok "standard input is read once, whatever its name" once \
        '^aum-scan: --threshold-ids=/dev/stdin and --only=@/dev/fd/0: they are one pipe or terminal, which is read once; name another one for one of them \(try --help\)$' \
        sh -c "cat spent.csv | ${WRAPPER:-} '$build/aum-scan' -q -T /dev/stdin --only=@/dev/fd/0 --records=r.csv run"
    ok "... also as -" once '--truth=/dev/stdin and --trace=@-: they are one pipe' \
        sh -c "cat truth.csv | ${WRAPPER:-} '$build/aum-scan' -q --truth=/dev/stdin --trace=@- run"
    ok "... also for several runs" once \
        '--threshold-ids=/dev/fd/0 and --threshold-ids=/dev/fd/0: the ids of several runs cannot all come from a pipe' \
        sh -c "cat spent.csv | ${WRAPPER:-} '$build/aum-scan' -q -T /dev/fd/0 --run run --run run"
    twice_file() { # a file may be read twice
        scan -q --only=@/dev/stdin --trace=@/dev/fd/0 --records=r.csv run <ids.txt >/dev/null &&
            [ -s r.csv ] && rm r.csv
    }
    ok "... unless it is a file" twice_file
fi
mkfifo once
ok "so is a named pipe" once '--truth=once and --only=@\./once: they are one pipe' \
    ${WRAPPER:-} "$build/aum-scan" -q --truth=once --only=@./once --records=r.csv run
rm once

# ---- two outputs ----

ok "two outputs are two files" refused \
    '^aum-scan: x\.csv: is named for two outputs, --records and --output$' \
    scan -q -o x.csv --records=./x.csv run
ln -s x.csv y.csv
ok "... also through a link to a file that does not exist" refused \
    'is named for two outputs' scan -q -o y.csv --report=x.csv run
ln -s . here
ok "... also in a folder of two names" refused 'is named for two outputs' \
    scan -q --plot=here/x.csv --report-json=x.csv run
ok "a state is no other output" refused 'is named for two outputs, --state and' \
    scan -q --state=x.csv -o x.csv run
ok "... and of one run" refused 'is named for two outputs, --state and --state' \
    scan -q --run run --state=s --run "$fixtures/layouts/groups.h5" --state=./s
for lock in -o --plot --report-json; do
    ok "nor is a state's lock one ($lock)" refused \
        '^aum-scan: \./\.s\.lock: is the lock of the state s; write to another file$' \
        scan -q --state=s "$lock" ./.s.lock "$fixtures/digits"
done
: >.s.lock
is_there() {
    scan -q --state=s -o .s.lock "$fixtures/digits" 2>err
    [ $? -eq 1 ] && says 'is the lock of the state s;' && [ -e .s.lock ] &&
        [ ! -s .s.lock ] && rm .s.lock
}
ok "... if it exists" is_there
ok "... nor another state" refused '\.s\.lock: is the lock of the state s;' \
    scan -q --run run --state=s --run "$fixtures/layouts/groups.h5" --state=.s.lock
ok "... in whatever order" refused '\.s\.lock: is the lock of the state s;' \
    scan -q --run run --state=.s.lock --run "$fixtures/layouts/groups.h5" --state=s
scan -q --state=kept run >/dev/null 2>&1
lock_of_file() { # OUTPUT FILE: another scan may hold it
    ${WRAPPER:-} "$build/aum-scan" -q -o "$1" "$2" 2>err
    [ $? -eq 1 ] && [ "$(cat err)" = \
        "aum-scan: $1: is what locks $2, if that is a state; write to another file" ] &&
        [ -e .kept.lock ] && [ ! -s .kept.lock ]
}
ok "nor the lock of a state that is only read" lock_of_file ./.kept.lock ./kept
ln -s kept link_to_kept
ok "... by whatever name" lock_of_file .kept.lock link_to_kept
rm kept .kept.lock link_to_kept
ok "standard output is one output" refused 'is named for two outputs' \
    sh -c "${WRAPPER:-} '$build/aum-scan' -q --records=/dev/stdout run >x.csv; status=\$?; rm x.csv; exit \$status"
ok "a file of a sweep is one" refused 'is named for two outputs' \
    sh -c "mkdir drop; ${WRAPPER:-} '$build/aum-scan' -q --sweep=-1,0 --sweep-dir=drop -o drop/cutoff_0.txt run
           status=\$?; rmdir drop; exit \$status"
linked_sweep() {
    mkdir drop && ln -s cutoff_-1.txt drop/cutoff_0.txt
    refused '^aum-scan: drop/cutoff_0\.txt: is the same file as drop/cutoff_-1\.txt, both of --sweep-dir; remove the link, or name another folder$' \
        scan -q --sweep=-1,0 --sweep-dir=drop run
    status=$?
    rm -r drop
    return $status
}
ok "two files of a sweep are two files" linked_sweep
ok "/dev/null takes any number" scan -q -o /dev/null --records=/dev/null run

# ---- open descriptors ----

log() { # to the end of a log, which stays what it is
    echo before >log
    inode=$(ls -i log)
    scan -q -o "$1" run >>log || return 1
    [ "$(ls -i log)" = "$inode" ] && { echo before && cat expected; } | cmp - log
}
ok "/dev/stdout is standard output" log /dev/stdout
if [ -d /proc/self/fd ]; then
    ok "/proc/self/fd/1 is, too" log /proc/self/fd/1
fi
ln -s /dev/stdout to_stdout
ok "a link to it, too" log to_stdout
to_stderr() { scan -q -o /dev/stderr run 2>err && cmp err expected; }
ok "/dev/stderr is standard error" to_stderr
to_three() { scan -q -o /dev/fd/3 run 3>three && cmp three expected; }
ok "/dev/fd/3 is what is open there" to_three
four() { scan -q -o /dev/fd/4 run 4>&- 2>err; [ $? -eq 1 ] && says '/dev/fd/4: cannot write: '; }
ok "... or is not" four
through_pipe() { [ "$(scan -q --records=/dev/fd/3 run 3>&1 >/dev/null | wc -l)" -gt 100 ]; }
ok "records go through a pipe" through_pipe
no_reader() { # not even for the first row
    mkfifo records
    : <records & # opens it, and goes
    reader=$!
    scan -q -o out.csv --records=/dev/fd/3 "$fixtures/digits" 3>records 2>err
    status=$?
    wait $reader
    rm records
    [ $status -eq 0 ] && [ ! -s err ] && scan -q "$fixtures/digits" | cmp - out.csv && rm out.csv
}
ok "... whose reader may go" no_reader
is_folder() { scan -q -o run run 2>err; [ $? -eq 1 ] && says 'run: cannot write: Is a directory'; }
ok "a folder is no output" is_folder

no_stderr() { # its number is no output's
    ${WRAPPER:-} "$build/aum-scan" -o out.csv run 2>&- && cmp out.csv expected &&
        ${WRAPPER:-} "$build/aum-plan" --samples=1000 --classes=10 -o plan.csv 2>&- &&
        [ "$(head -n 1 plan.csv)" = set,sample_id ]
}
ok "messages never go to an output" no_stderr
read_only() { scan -q -o /dev/fd/3 run 3<truth.csv 2>err; [ $? -eq 1 ] && says '/dev/fd/3: cannot write: '; }
ok "a descriptor for reading is no output" read_only

# ---- all or nothing ----

all_outputs="--records=out/records.csv --report=out/page.html --plot=out/plot.svg
    --report-json=out/report.json -t 0 --pairs=out/pairs.csv --sweep=-1,0,1 --sweep-dir=out/drop"
nothing_left() { # PATTERN
    # shellcheck disable=SC2086 # several arguments
    scan -q $all_outputs run >"${2:-/dev/full}" 2>err
    [ $? -eq 1 ] && says "$1" && clean
}
ok "without standard output there is no output" nothing_left \
    '^aum-scan: standard output: cannot write: No space left on device$'
too_large() {
    (
        ulimit -f 4
        nothing_left 'cannot write: File too large$' /dev/null
    )
}
ok "nor with files that may not grow so large" too_large
state_too_large() {
    (
        ulimit -f 64
        scan -q --state=out/s "$fixtures/digits" >/dev/null 2>err
        [ $? -eq 1 ] && says '^aum-scan: out/s: cannot write: File too large$' &&
            rm out/.s.lock && clean
    )
}
ok "nor is there such a state" state_too_large
about() {
    for program in aum-scan aum-plan; do
        for option in --help --version; do
            "$build/$program" $option >/dev/full 2>err && return 1
            [ "$(wc -l <err)" -eq 1 ] && says "^$program: standard output: cannot write: No space" || return 1
        done
    done
}
ok "--help to a full device is an error" about
quietly() { scan -q -o out/x.csv --records=out/r.csv run && [ "$(ls -A out)" = "r.csv
x.csv" ] && rm out/*; }
ok "done, there are the outputs and nothing else" quietly
many() {
    (
        ulimit -Sn 64
        scan -q --sweep=-1:1:0.01 --sweep-dir=out/drop run >/dev/null &&
            [ "$(ls -A out/drop | wc -l)" -eq 201 ] && rm -r out/drop
    )
}
ok "a sweep of more files than may be open at first" many
kept_mode() {
    echo old >out/x.csv && chmod 640 out/x.csv && scan -q -o out/x.csv run &&
        cmp out/x.csv expected && [ "$(ls -l out/x.csv | cut -c1-10)" = -rw-r----- ] &&
        rm out/x.csv
}
ok "a file that is replaced keeps its mode" kept_mode
kept_link() {
    echo old >out/x.csv && ln -s x.csv out/l.csv && scan -q -o out/l.csv run &&
        [ -L out/l.csv ] && cmp out/x.csv expected && rm out/x.csv out/l.csv
}
ok "... and a link to it stays one" kept_link
old_stays() {
    echo old >out/x.csv && ! scan -q -o out/x.csv -k run "$fixtures/bad/label_high.h5" --strict 2>err
    scan -q -o out/x.csv "$fixtures/bad/label_high.h5" 2>err
    [ $? -eq 1 ] && [ "$(cat out/x.csv)" = old ] && rm out/x.csv && clean
}
ok "what is there stays, if there is an error" old_stays

if can_preload; then
    count_writes() {
        # shellcheck disable=SC2086
        AUM_ONE_PROCESS=1 LD_PRELOAD=$failing AUM_COUNT_FILE=$work/count \
            "$build/aum-scan" -q $all_outputs run >/dev/null || return 1
        rm -r out/*
        cut -d' ' -f3 count
    }
    every_write() {
        total=$(count_writes) || return 1
        n=1
        while [ "$n" -le "$total" ]; do
            # shellcheck disable=SC2086
            LD_PRELOAD=$failing AUM_FAIL_WRITE=$n "$build/aum-scan" -q $all_outputs run \
                >/dev/null 2>err
            [ $? -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] &&
                says 'cannot write: No space left on device$' && clean || {
                echo "write $n of $total"
                return 1
            }
            n=$((n + 1))
        done
        [ "$total" -ge 8 ]
    }
    ok "whichever write fails, there is no output" every_write

    no_name() {
        meanwhile 'mkdir out/x.csv' --records=out/r.csv --report-json=out/j.json -o out/x.csv run
        [ $? -eq 1 ] && says '^aum-scan: out/x\.csv: cannot write: Is a directory$' &&
            rmdir out/x.csv && clean
    }
    ok "if one cannot get its name, none does" no_name

    # shellcheck disable=SC2086
    renamed() { # VARIABLE=N: the status, with all outputs or none
        env --default-signal=TERM "$1" LD_PRELOAD="$failing" \
            "$build/aum-scan" -q $all_outputs -o out/x.csv run >/dev/null 2>err
    }
    every_rename() {
        renamed AUM_NONE=1 || return 1
        total=$(find out -type f | wc -l)
        rm -r out/*
        n=1
        while [ $n -le "$total" ]; do
            renamed AUM_FAIL_RENAME=$n
            [ $? -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] && says 'cannot write: Input/output error$' &&
                clean || { echo "rename $n of $total"; return 1; }
            n=$((n + 1))
        done
        [ "$total" -eq 9 ]
    }
    whole_at_signal() {
        n=1
        while [ $n -le 9 ]; do
            renamed AUM_SIGNAL_RENAME=$n
            status=$?
            left=$(find out -type f | wc -l)
            [ $status -eq 143 ] && [ "$left" -eq 9 ] && [ -z "$(find out -name '.*')" ] &&
                rm -r out/* || { echo "rename $n: status $status, $left files"; return 1; }
            n=$((n + 1))
        done
    }
    if env --default-signal=TERM true 2>/dev/null; then
        ok "whichever name cannot be given, there is no output" every_rename
        ok "a signal while names are given leaves all outputs" whole_at_signal
    else
        skip "signals while names are given" "env cannot reset signals"
    fi
    old_at_folder() { # what is known beforehand costs no file that was there
        echo old >out/r.csv
        meanwhile 'mkdir out/x.csv' --records=out/r.csv -o out/x.csv run
        [ $? -eq 1 ] && [ "$(cat out/r.csv)" = old ] && rmdir out/x.csv && rm out/r.csv && clean
    }
    ok "... nor is one replaced, if that is known before" old_at_folder
    truncated() { # with a leftover, which cannot be emptied
        n=1
        while [ $n -le 3 ]; do
            echo left >out/.x.csv.aum-scan && chmod 1600 out/.x.csv.aum-scan
            if LD_PRELOAD=$failing AUM_FAIL_TRUNCATE=$n "$build/aum-scan" -q -o out/x.csv run 2>err; then
                cmp out/x.csv expected && rm out/x.csv || return 1
            else
                [ "$(wc -l <err)" -eq 1 ] && says 'out/x\.csv: cannot write: Input/output error$' || return 1
            fi
            clean || return 1
            n=$((n + 1))
        done
    }
    ok "what cannot be emptied does not stay" truncated
else
    skip "whichever write fails, there is no output" "nothing can be preloaded here"
fi

# ---- few files ----

few_files() { # done, or what to do
    few=0
    for n in 5 6 7 8 9 10 11 12; do
        sh -c "ulimit -n $n; exec ${WRAPPER:-} '$build/aum-scan' -q run" >result 2>err
        status=$?
        if [ $status -eq 0 ]; then
            cmp result expected || return 1
        else
            [ $status -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] &&
                says '^aum-scan: .*too many open files; raise the limit \(ulimit -n\)$' ||
                { echo "$n files"; return 1; }
            few=$n
        fi
    done
    [ $few -gt 0 ]
}
case "${WRAPPER:-} ${CFLAGS:-}" in
*valgrind* | *-fsanitize*) skip "too few files that may be open" "they open files of their own" ;;
*) ok "too few files that may be open" few_files ;;
esac

# ---- names of 3,000 bytes ----

long=run
i=0
while [ $i -lt 15 ]; do
    long=$long/$(printf '%0200d' $i)
    i=$((i + 1))
done
mkdir -p "$long"
cp truth.csv "$long/text.h5"
long_name() { # PATTERN ARGUMENTS...
    pattern=$1
    shift
    scan -q "$@" >/dev/null 2>err
    [ $? -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] && says "$pattern"
}
ok "a dump with a long name is named by its end" long_name \
    '^aum-scan: \.\.\.[0-9/]*0014/text\.h5: not an HDF5 file$' "$long/text.h5"
long_output() {
    (
        ulimit -f 4
        long_name '^aum-scan: \.\.\.[0-9/]*0014/x\.csv: cannot write: File too large$' \
            -o "$long/x.csv" "$fixtures/digits"
    )
}
ok "... and an output" long_output
rm -r "run/$(printf '%0200d' 0)"

tap_end
