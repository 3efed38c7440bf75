#!/bin/sh
# Outputs harm no file, are there whole or not at all, and are written by one
# scan at a time, whatever ends it.
#
# From the environment: srcdir, WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/outputs.$$
fixtures=$top/fixtures
mkdir -p "$work/run"
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
failing=$build/tests/.libs/libfailing.so
can_preload() {
    [ -z "${WRAPPER:-}" ] && [ -e "$failing" ] &&
        LD_PRELOAD=$failing "$build/aum-scan" --version >/dev/null 2>&1
}
says() { grep -Eq -- "$1" err || { cat err; return 1; }; }
plan() { ${WRAPPER:-} "$build/aum-plan" "$@"; }

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
    sh -c "'$build/aum-scan' -q -T - -p 50 -o spent.csv run <spent.csv"
ok "standard output is no input either" refused \
    'standard output: is an input of --truth' \
    sh -c "'$build/aum-scan' -q --truth=truth.csv run >>truth.csv"
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
raw_file() { (cd raw && "$build/aum-scan" -q -o storage_external_10.raw storage_external.h5); }
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
        sh -c "cd raw && '$build/aum-scan' -q -o ranking12.csv hidden.h5"
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
        sh -c "cat spent.csv | '$build/aum-scan' -q -T /dev/stdin --only=@/dev/fd/0 --records=r.csv run"
    ok "... also as -" once '--truth=/dev/stdin and --trace=@-: they are one pipe' \
        sh -c "cat truth.csv | '$build/aum-scan' -q --truth=/dev/stdin --trace=@- run"
    ok "... also for several runs" once \
        '--threshold-ids=/dev/fd/0 and --threshold-ids=/dev/fd/0: the ids of several runs cannot all come from a pipe' \
        sh -c "cat spent.csv | '$build/aum-scan' -q -T /dev/fd/0 --run run --run run"
    twice_file() { # a file may be read twice
        scan -q --only=@/dev/stdin --trace=@/dev/fd/0 --records=r.csv run <ids.txt >/dev/null &&
            [ -s r.csv ] && rm r.csv
    }
    ok "... unless it is a file" twice_file
fi
mkfifo once
ok "so is a named pipe" once '--truth=once and --only=@\./once: they are one pipe' \
    "$build/aum-scan" -q --truth=once --only=@./once --records=r.csv run
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
    "$build/aum-scan" -q -o "$1" "$2" 2>err
    [ $? -eq 1 ] && [ "$(cat err)" = \
        "aum-scan: $1: is what locks $2, if that is a state; write to another file" ] &&
        [ -e .kept.lock ] && [ ! -s .kept.lock ]
}
ok "nor the lock of a state that is only read" lock_of_file ./.kept.lock ./kept
ln -s kept link_to_kept
ok "... by whatever name" lock_of_file .kept.lock link_to_kept
rm kept .kept.lock link_to_kept
ok "standard output is one output" refused 'is named for two outputs' \
    sh -c "'$build/aum-scan' -q --records=/dev/stdout run >x.csv; status=\$?; rm x.csv; exit \$status"
ok "a file of a sweep is one" refused 'is named for two outputs' \
    sh -c "mkdir drop; '$build/aum-scan' -q --sweep=-1,0 --sweep-dir=drop -o drop/cutoff_0.txt run
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

scan -q run >expected
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
    "$build/aum-scan" -o out.csv run 2>&- && cmp out.csv expected &&
        "$build/aum-plan" --samples=1000 --classes=10 -o plan.csv 2>&- &&
        [ "$(head -n 1 plan.csv)" = set,sample_id ]
}
ok "messages never go to an output" no_stderr
read_only() { scan -q -o /dev/fd/3 run 3<truth.csv 2>err; [ $? -eq 1 ] && says '/dev/fd/3: cannot write: '; }
ok "a descriptor for reading is no output" read_only

# ---- all or nothing ----

clean() { # no output, under whatever name
    [ -z "$(ls -A out)" ] || { ls -A out; return 1; }
}
mkdir out
all_outputs="--records=out/records.csv --report=out/page.html --plot=out/plot.svg
    --report-json=out/report.json --sweep=-1,0,1 --sweep-dir=out/drop"
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
        [ "$total" -eq 8 ]
    }
    whole_at_signal() {
        n=1
        while [ $n -le 8 ]; do
            renamed AUM_SIGNAL_RENAME=$n
            status=$?
            left=$(find out -type f | wc -l)
            [ $status -eq 143 ] && [ "$left" -eq 8 ] && [ -z "$(find out -name '.*')" ] &&
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
        sh -c "ulimit -n $n; exec '$build/aum-scan' -q run" >result 2>err
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

# ---- one writer ----

if [ -n "${WRAPPER:-}" ]; then
    skip "the rest" "no timing under another program"
    tap_end
    exit 0
fi

wait_for() { # COMMAND...
    tries=0
    until "$@" 2>/dev/null; do
        sleep 0.02
        tries=$((tries + 1))
        [ $tries -lt 500 ] || return 1
    done
}
# A scan that waits for a reader of its pipe, with all else open: hold
# ARGUMENTS...
hold() {
    rm -f pipe
    mkfifo pipe
    "$build/aum-scan" -q "$@" --report-json=pipe run >held 2>held_err &
    pid=$!
}
let_go() { cat pipe >/dev/null; wait $pid; }

second() {
    hold -o out/x.csv
    wait_for test -e out/.x.csv.aum-scan || return 1
    scan -q -o here/out/x.csv run 2>err
    [ $? -eq 1 ] && says 'out/x\.csv: cannot write: another program is writing it; wait until that has ended, or write to another file$' || return 1
    let_go && cmp out/x.csv expected && rm out/x.csv && clean
}
ok "a second writer of an output is told" second
killed() {
    for _ in 1 2 3; do
        hold -o out/x.csv
        wait_for test -e out/.x.csv.aum-scan || return 1
        kill -s KILL $pid
        wait $pid
        [ "$(ls -A out)" = .x.csv.aum-scan ] || return 1
    done
    scan -q -o out/x.csv run && cmp out/x.csv expected && [ "$(ls -A out)" = x.csv ] && rm out/x.csv
}
ok "what killed scans leave is one hidden file, which is taken over" killed
trap_file() { # what has its name, but is not ours to write over
    ln run/epoch_1.h5 out/.x.csv.aum-scan
    before=$(cksum run/epoch_1.h5)
    scan -q -o out/x.csv run/epoch_2.h5 && [ "$(cksum run/epoch_1.h5)" = "$before" ] || return 1
    rm out/.x.csv.aum-scan out/x.csv
    ln -s ../spent.csv out/.x.csv.aum-scan
    before=$(cksum spent.csv)
    scan -q -o out/x.csv run && [ "$(cksum spent.csv)" = "$before" ] || return 1
    rm out/.x.csv.aum-scan out/x.csv
    clean
}
ok "... unless it is another file's name" trap_file
foreign() { # a file of somebody's, by whatever mode
    for mode in 600 644 400 666; do
        echo precious >out/.x.csv.aum-scan && chmod $mode out/.x.csv.aum-scan
        scan -q -o out/x.csv run && cmp out/x.csv expected &&
            [ "$(cat out/.x.csv.aum-scan)" = precious ] && [ "$(ls -A out)" = ".x.csv.aum-scan
x.csv" ] && rm -f out/.x.csv.aum-scan out/x.csv || return 1
    done
    echo precious >out/.x.csv.aum-scan
    scan -q -o out/x.csv nothing.h5 2>err
    [ $? -eq 1 ] && [ "$(cat out/.x.csv.aum-scan)" = precious ] && rm out/.x.csv.aum-scan && clean
}
ok "... or a file that no scan has left" foreign
running() { # which the system lets nobody write to
    cp "$(command -v sleep)" out/.x.csv.aum-scan && cp -p out/.x.csv.aum-scan program
    out/.x.csv.aum-scan 60 &
    pid=$!
    sleep 0.1
    scan -q -o out/x.csv run
    status=$?
    kill $pid && wait $pid 2>/dev/null
    [ $status -eq 0 ] && cmp out/x.csv expected && cmp program out/.x.csv.aum-scan &&
        rm program out/.x.csv.aum-scan out/x.csv && clean
}
ok "... or a program that runs" running
foreign_state() { # nor does a state take one
    echo precious >out/.s.aum-scan
    scan -q --state=out/s run >result && cmp result expected &&
        [ "$(cat out/.s.aum-scan)" = precious ] || return 1
    scan -q --state=out/s nothing.h5 >result 2>err
    [ "$(cat out/.s.aum-scan)" = precious ] || return 1
    ln -f spent.csv out/.s.aum-scan && chmod 1600 spent.csv
    scan -q --state=out/s nothing.h5 >result 2>err
    cmp spent.csv out/.s.aum-scan && rm out/.s.aum-scan out/s out/.s.lock && clean
}
ok "... which a state leaves alone, too" foreign_state
state_leftover() {
    echo left >out/.s.aum-scan && chmod 1600 out/.s.aum-scan
    scan -q --state=out/s run >result && cmp result expected && rm out/s out/.s.lock && clean
}
ok "... but takes over what a scan has left" state_leftover
plain_mode() { # the mark is gone at the end, whatever the umask is
    (umask 277 && scan -q -o out/x.csv run) && [ "$(ls -l out/x.csv | cut -c1-10)" = -r-------- ] &&
        rm -f out/x.csv && clean
}
ok "outputs have the mode of any new file" plain_mode

# ---- one state ----

state_held() {
    hold --state=s
    wait_for test -e .s.lock && sleep 0.2
    scan -q --state=./s run/epoch_2.h5 >/dev/null 2>err
    [ $? -eq 1 ] && says '^aum-scan: \./s: another scan holds this state; --wait waits for it$'
}
ok "a state that is held is an error" state_held
held_stays() { # what its scan is writing
    echo new >.s.aum-scan
    scan -q --state=./s run/epoch_2.h5 >/dev/null 2>err
    [ $? -eq 1 ] && [ "$(cat .s.aum-scan)" = new ] && rm .s.aum-scan
}
ok "... and what is being written of it stays" held_stays
state_waits() {
    "$build/aum-scan" -q --state=s --wait -e 0: "$fixtures/layouts/groups.h5" >/dev/null 2>err &
    second=$!
    sleep 0.3
    let_go || return 1
    wait $second
    rm s .s.lock
    true
}
ok "... or is waited for" state_waits
waiter_ends() { # with what it has made
    hold --state=s
    wait_for test -e .s.lock && sleep 0.2
    "$build/aum-scan" -q --state=s --wait --sweep=0,1 --sweep-dir=out/drop run >/dev/null 2>err &
    second=$!
    wait_for test -d out/drop && sleep 0.2
    kill -s TERM $second
    wait $second
    status=$?
    let_go
    rm -f s .s.lock
    [ $status -eq 143 ] && clean || { rmdir out/drop; return 1; }
}
ok "... unless that is ended" waiter_ends
both_kept() { # each reads another epoch
    hold_state() {
        rm -f pipe
        mkfifo pipe
        "$build/aum-scan" -q --state=s --report-json=pipe run/epoch_1.h5 >held 2>held_err &
        pid=$!
    }
    rm -f s
    hold_state
    wait_for test -e .s.lock && sleep 0.2
    "$build/aum-scan" -q --state=s --wait run/epoch_2.h5 run/epoch_10.h5 >result 2>err &
    second=$!
    sleep 0.3
    let_go && wait $second && scan -q s >all && cmp all expected
}
ok "nothing that either has read is lost" both_kept
usage() { scan -q --wait run 2>err; [ $? -eq 2 ] && says -- '--wait needs a --state'; }
ok "--wait is for states" usage
if can_preload; then
    no_locks() {
        rm -f s
        LD_PRELOAD=$failing AUM_NO_LOCKS=1 "$build/aum-scan" --state=s run >result 2>err &&
            says 'warning: s: this file system has no locks' && cmp result expected &&
            LD_PRELOAD=$failing AUM_NO_LOCKS=1 "$build/aum-scan" -q -o out/x.csv s &&
            cmp out/x.csv expected && [ "$(ls -A out)" = x.csv ] && rm out/x.csv
    }
    ok "a file system without locks is told of" no_locks
    overtaken() {
        rm -f s
        scan -q --state=other run/epoch_1.h5 >/dev/null
        AUM_NO_LOCKS=1 meanwhile 'cp other s' --state=s run
        [ $? -eq 1 ] && says '^aum-scan: s: something else has written' &&
            cmp s other && ! ls .s.aum-scan* 2>/dev/null
    }
    ok "a state that another scan has written meanwhile stays" overtaken
fi

# ---- signals ----

# While it waits for a reader, and while its child writes to a pipe that nobody
# reads.
interrupted() { # SIGNAL STATUS
    rm -f pipe
    mkfifo pipe
    for reader in no yes; do
        env --default-signal="$1" sh -c "ulimit -c 0; exec '$build/aum-scan' -o pipe \
            --report-json=out/x.json --plot=out/x.svg --state=out/s --sweep=-5:4:0.001 '$fixtures/digits'" \
            >/dev/null 2>err &
        pid=$!
        [ $reader = no ] || { sleep 5 <pipe & }
        if [ $reader = no ]; then
            wait_for test -e out/.x.json.aum-scan || return 1
        else # the state is there before the output is written
            wait_for test -e out/s && sleep 0.1
        fi
        n=0 # it may be another program still, that ignores it
        while [ $n -lt 10 ] && kill -s "$1" $pid 2>/dev/null; do
            sleep 0.03
            n=$((n + 1))
        done
        sh -c "sleep 20; kill -s KILL $pid" 2>/dev/null &
        guard=$!
        wait $pid 2>/dev/null
        status=$?
        # Not TERM: this shell's trap might still be set there.
        kill -s KILL $guard
        wait $guard 2>/dev/null
        rm -f out/.s.lock out/s
        [ $status -eq "$2" ] && clean && ! grep -q damaged err || {
            echo "reader: $reader, status $status"
            cat err
            rm -f out/* out/.x*
            return 1
        }
    done
}
if env --default-signal=INT true 2>/dev/null; then
    for signal in INT:130 TERM:143 HUP:129 QUIT:131 USR1:138 USR2:140 ALRM:142 XCPU:152; do
        ok "SIG${signal%:*} leaves no file" interrupted "${signal%:*}" "${signal#*:}"
    done
else
    skip "signals leave no temporary file" "env cannot reset signals"
fi
# ---- aum-plan reads in a child, too ----

plan_crash() {
    plan --labels="$fixtures/bad/crash.h5" >out/plan.csv 2>err
    [ $? -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] && says '^aum-plan: .*crash\.h5: .*damaged' && rm out/plan.csv
}
ok "aum-plan survives what the HDF5 library dies of" plan_crash

tap_end
