#!/bin/sh
# Outputs and states are written by one scan at a time, whatever ends it.
. "${srcdir:-.}/tests/cli/outputs.sh"

# ---- one writer ----

if [ -n "${WRAPPER:-}" ]; then
    skip "one writer" "no timing under another program"
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

ln -s . here
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
        # shellcheck disable=SC2217 # it holds the pipe open
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
