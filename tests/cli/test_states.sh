#!/bin/sh
# States: scans that are killed and go on, that are done in pieces, that are
# given the wrong state. Whatever the way, the ranking has to be that of the
# fixtures, which comes from fixtures/reference.py.
#
# From the environment: srcdir, WRAPPER, AUM_KILLS (how often to kill a scan) and
# AUM_TEST_SEED.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/states.$$
fixtures=$top/fixtures
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"
HDF5_PLUGIN_PRELOAD=::
export HDF5_PLUGIN_PRELOAD

cd "$work" || exit 1
digits=$fixtures/digits
all=$digits/expected_all.csv
state() { # FILE ARGUMENTS...
    state=$1
    shift
    scan -q --state="$state" "$@" >out 2>err || { cat err; return 1; }
}

# ---- every layout: kept after each epoch, then known whole, then by itself ----

layouts() {
    cd "$fixtures/layouts" || exit 1
    while IFS='	' read -r expected arguments; do
        case $arguments in
        *auto* | *--records* | *-k* | *--strict*) continue ;;
        storage_holes.h5) continue ;; # a state keeps whole epochs
        esac
        # The options alone: what is no file here.
        options=
        # shellcheck disable=SC2086 # several arguments
        for argument in $arguments; do
            case $argument in
            *.h5 | per_epoch* | shards) ;;
            *) options="$options $argument" ;;
            esac
        done
        # Those that nothing numbers, under a name that does.
        at=.
        case $arguments in
        shape_n_c_1_1.h5* | shape_unit_axis_grows.h5* | one_sample.h5* | names_own.h5*)
            name=${arguments%% *}
            ln -sf "$fixtures/layouts/$name" "$work/epoch_0_$name"
            at=$work
            arguments=epoch_0_$arguments
            ;;
        esac
        # shellcheck disable=SC2086
        (
            cd "$at" && expected=$fixtures/layouts/$expected &&
                AUM_STATE_SECONDS=0 expect "$expected" --state="$work/s" $arguments &&
                expect "$expected" --state="$work/s" $arguments &&
                expect "$expected" $options "$work/s"
        ) || {
            echo "$arguments"
            return 1
        }
        rm "$work/s"
        n=$((n + 1))
    done <cases.txt
    echo "# $n layouts" >&3
}
n=0
exec 3>&1
ok "states of every layout" layouts
cd "$work" || exit 1

# ---- in pieces ----

pieces() {
    state a "$digits"/epoch_0[0-4].h5 && state b "$digits"/epoch_0[5-9].h5
}
ok "states of two halves" pieces
ok "halves add up" expect "$all" -c 10 -a a b
ok "in any order" expect "$all" -c 10 -a b a
ok "the half that is missing is read" expect "$all" -c 10 -a a "$digits"
ok "... and told of" says 'a: has 5 of 10 epoch records already'
ok "the sum is kept" expect "$all" -c 10 -a --state=ab a b
ok "a state that another one has all of does not count twice" \
    expect "$all" -c 10 -a a ab b
state later -e 2:7 "$digits"
ok "the cutoff may be chosen later" expect "$digits/expected_97.5.csv" \
    -c 10 -p 97.5 later
ok "ids of threshold samples, too" expect "$digits/expected_flagged.csv" \
    -T "$digits/threshold.csv" ab
state none -e 1: "$digits"
ok "or not at all" expect "$digits/expected_no_cutoff.csv" none
three() { expect "$all" -c 10 -a ab b later a; }
ok "nor do two, beside others" three
grows() {
    expect "$all" -c 10 -a --state=a "$digits" && says 'a: has 5 of 10' &&
        expect "$all" -c 10 -a --state=a "$digits" && says 'a: has 10 of 10'
}
ok "new epochs are added" grows

# One state an epoch or two, of files with epochs 0, 1, 2 or 1, 2, 10.
in_two() { # EXPECTED FILE [OPTION]
    rm -f early late
    state early -e :1 "$2" $3 && state late -e 2: "$2" $3 &&
        expect "$1" $3 late early && expect "$1" $3 early late &&
        expect "$1" $3 --state=early "$2" && expect "$1" $3 --state=late "$2"
}
layouts=$fixtures/layouts
for name in strings:ids_variable huge:ids_huge signed:ids_signed wide:wide \
    gaps:gaps plain:groups plain:cube plain:cube_shuffled plain:shards \
    relabeled:relabeled:--allow-relabel; do
    option=${name#*:}
    file=${option%%:*}
    option=${option#"$file"}
    [ "$file" = shards ] || file=$file.h5
    ok "$file in two states" in_two "$layouts/${name%%:*}.csv" \
        "$layouts/$file" "${option#:}"
done

# ---- dumps that are gone, moved, copied, changed ----

cp -r "$digits" dumps
chmod -R u+w dumps
ok "copied dumps are known by content" expect "$all" -c 10 -a a dumps
ok "... all of them" says 'a: has 10 of 10'
cp a dumps/state.h5
ok "a state among the dumps" expect "$all" -c 10 -a --state=dumps/state.h5 dumps
ok "... is none of them" says 'state.h5: has 10 of 10'
rm dumps/epoch_0[0-6].h5
ok "dumps may be gone" expect "$all" -c 10 -a --state=dumps/state.h5 dumps
touch dumps/*
ok "or be older or newer" expect "$all" -c 10 -a --state=dumps/state.h5 dumps
cp dumps/epoch_08.h5 dumps/epoch_07.h5
ok "a dump with other content is refused" refused \
    'dumps/epoch_07\.h5: /logits: epoch 7 is not what it was when dumps/state\.h5 was written' \
    --state=dumps/state.h5 dumps
mkdir orders
for name in first second third; do
    n=$(ls orders | wc -l)
    cp "$digits/epoch_0$n.h5" "orders/$name.h5"
done
ok "epochs without a number" refused \
    'orders/first\.h5: /: nothing tells which epoch this is, and a state cannot go by' \
    --state=o orders

# ---- the wrong state ----

too_large="cannot write: File too large"
case $(scan --version) in # Debian's HDF5 2 is built with assertions
HDF5\ 1*) ;;
*) too_large="($too_large|damaged: the HDF5 library crashed reading it)" ;;
esac
runs=$fixtures/two_runs
bad=$fixtures/bad
state r1 "$runs/run1.h5"
state r2 "$runs/run2.h5"
ok "runs by their states" expect "$runs/expected_both.csv" -T "$runs/plan.csv" \
    --run r1 --run r2
ok "a state each" expect "$runs/expected_both.csv" -T "$runs/plan.csv" \
    --run "$runs/run1.h5" --state=n1 --run "$runs/run2.h5" --state=n2
ok "... which both are" expect "$runs/expected_both.csv" -T "$runs/plan.csv" \
    --run n1 --run n2
ok "two runs do not add up" refused \
    'are two runs mixed\? Give each its --run' r1 r2
ok "nor a run and another one's state" refused 'two runs mixed|another run' \
    --state=r1 "$runs/run2.h5"
cp "$fixtures/layouts/per_epoch/epoch_1.h5" epoch_1.h5
mkdir other
cp "$fixtures/layouts/per_epoch/epoch_2.h5" other/epoch_1.h5
state e epoch_1.h5
ok "another run of the same samples" refused \
    'other/epoch_1\.h5: epoch 1 is of the same samples as that in epoch_1\.h5, which a state' \
    e other
ok "other classes" refused '11 classes in epoch|4 classes in epoch' \
    --state=e "$digits/epoch_03.h5"
state two "$digits"/epoch_0[3-5].h5
ok "states that overlap" refused \
    'b: has epoch 5 of .*epoch_05\.h5, and so has two|two: has epoch 5 of .*epoch_05\.h5, and so has b' two b
ok "epochs that are not wanted" refused \
    'a: has epoch 0, which --epochs leaves out' --state=a -e 1: "$digits"
ok "labels that may change" refused 'a: was made without --allow-relabel' \
    --state=a --allow-relabel "$digits"
state l --allow-relabel "$bad/relabeled.h5"
ok "... and may not" refused 'l: was made with --allow-relabel' l
# A state wants to be told which epochs they are.
numbered() { ln -s "$bad/$2.h5" "epoch_$1_$2.h5"; }
numbered 0 not_finite && numbered 0 label_high && numbered 0 chunk_gzip
numbered 1 chunk_gzip
state f epoch_0_not_finite.h5
ok "margins that are not finite" refused 'f: .*--strict' f --strict
ok "... are warned of again" scan f
scan f >out 2>err
ok "... in numbers" says '2 measurements left out'
scan -q -k --state=k epoch_0_label_high.h5 >skipping 2>err
# What a state has read is of one dataset of labels and ids, and of the bytes
# that were in other files then.
make_dump=$build/tests/make_dump
"$make_dump" raw e0_raw.h5 1 && "$make_dump" raw e0_other.h5 2
state raw e0_raw.h5 && cp raw raw.kept
ok "a dump whose logits are in another file" scan e0_raw.h5 --state=raw
ok "other labels than those that were read" refused 'e0_raw\.h5: /logits: epoch 0 is not what it was' \
    --state=raw --labels=clean e0_raw.h5
ok "other ids" refused 'e0_raw\.h5: /logits: epoch 0 is not what it was' \
    --state=raw --ids=guid e0_raw.h5
ok "a group that no dump has" refused '--group=typo: no file has such a group' \
    --state=raw --group=typo e0_raw.h5
cp e0_other.h5.raw e0_raw.h5.raw
ok "another file whose bytes have changed" refused 'e0_raw\.h5: /logits: epoch 0 is not what it was' \
    --state=raw e0_raw.h5
touch -d 2001-01-01 e0_raw.h5 e0_raw.h5.raw && cp -p e0_raw.h5.raw old.raw
"$make_dump" raw e0_raw.h5 1 && touch -d 2001-01-01 e0_raw.h5.raw
same_bytes() {
    rm -f b1 b2
    scan -q --state=b1 e0_raw.h5 >/dev/null && sleep 1.1 &&
        scan -q --state=b2 e0_raw.h5 >/dev/null && cmp b1 b2
}
same_as_read() { scan -q --state=raw e0_raw.h5 | cmp - read; }
scan -q raw >./read
ok "... and one that was written again as it was" same_as_read
ok "the same scan leaves the same bytes at any time" same_bytes
# A damaged dump like what a state has: -k has its rows read, and left out.
scan -q -k --strict --state=like epoch_0_not_finite.h5 >out 2>err
ok "a damaged dump is nothing that a state has, with -k" refused \
    'not_finite\.h5: epoch 0 is in .*chunk_gzip\.h5 too' -k --state=like epoch_0_chunk_gzip.h5
ok "rows that were skipped" refused 'k: lacks rows that --keep-going' k
skipped() {
    scan -q -k k >again 2>err
    [ $? -eq 3 ] && cmp skipping again
}
ok "... are skipped again" skipped
scan -q -k --strict --state=ks epoch_0_not_finite.h5 >skipping 2>err
strictly() {
    scan -q -k --strict --state=ks epoch_0_not_finite.h5 >again 2>err
    [ $? -eq 3 ] && cmp skipping again
}
ok "... as are margins that are not finite, with --strict" strictly
mixed() { # what --strict skipped, and what was left out without it
    scan -q -k --state=mixed epoch_0_not_finite.h5 \
        epoch_1_chunk_gzip.h5 >out 2>err
    [ $? -eq 3 ] && refused 'mixed: has left out margins .*, which --strict forbids' \
        -k --strict mixed
}
ok "... but none that were left out without it, beside other rows" mixed
ok "a dump is no state" refused 'epoch_1\.h5: an HDF5 file, but no state of aum-scan' \
    --state=epoch_1.h5 "$digits"
ok "... and stays as it is" cmp epoch_1.h5 "$fixtures/layouts/per_epoch/epoch_1.h5"
plans() {
    ${WRAPPER:-} "$build/aum-plan" --labels=a >out 2>err
    [ $? -eq 1 ] && [ ! -s out ] && says '^aum-plan: a: a state of aum-scan; plan from a dump$'
}
ok "nor is a state a dump to plan from" plans
ok "text is no state" refused \
    'again: not an HDF5 file.*; make it anew from its dumps, or name another file$' \
    --state=again "$digits"
one_remedy() {
    gzip -c a >zipped && : >nothing && refused \
        '^aum-scan: zipped: not an HDF5 file but gzip data; decompress it first$' \
        --state=zipped "$digits" && refused \
        '^aum-scan: nothing: empty file; make it anew from its dumps, or name another file$' \
        --state=nothing "$digits"
}
ok "one remedy alone" one_remedy
short() {
    for bytes in 0 1 8 100 5000; do
        head -c $bytes a >short
        refused '^aum-scan: short: .*; (make it anew from its dumps, or name another|copy it again$)' \
            --state=short "$digits" || return 1
    done
}
ok "a part of a state is none" short
ok "a state has no traces" refused \
    '^aum-scan: a: a state has no logits for --trace; give the dumps that it was made from, too$' \
    --trace=3 a
ok "... beside a dump" refused \
    '^aum-scan: --trace=98765: none of these samples is in the dumps that are there; a state has no traces: give' \
    --trace=98765 a "$digits/epoch_09.h5"
# Check sums are right in these: what no state says is refused, with the column.
odd() { # PATTERN COLUMN ROW NUMBER [STATE [COLUMN THAT IS TOLD OF]]
    cp "${5:-a}" odd && "$build/tests/make_dump" set odd "$2" "$3" "$4" &&
        refused "^aum-scan: odd: ${6:-$2}: damaged: $1; make it anew from its dumps, or leave it out\$" odd
}
far=18446744073709551615
classes=4294967295 # is no class
odd_head() {
    odd 'it is 2, not 0 or 1' allow_relabel 0 2 &&
        odd '.* left out, but there are 17970 rows' not_finite 0 17971 &&
        odd '17971 rows were skipped, .* 17970' skipped_rows 0 17971 &&
        odd '1 margins, but 0 were left out and 0 rows skipped' \
            not_finite_skipped 0 1 &&
        odd 'not one path for each of 10 dumps' dump_paths 0 0 &&
        odd '.*/epoch_00.h5 cannot have had 9223372036854775808 bytes' \
            dump_bytes 0 9223372036854775808 &&
        odd 'epoch record 1 is of dump 10, but there are 10' record_dumps 1 10 &&
        odd 'not four paths for each of 10 epoch records' record_paths 1 1 &&
        odd '1 rows were not read, but 0 were skipped' record_rows 0 1798 &&
        odd '1 rows were not read, .*' record_prints 27 1796 a record_rows &&
        odd '.*rows of epoch record 0 were read, but it has 1797' \
            record_prints 0 "$far" &&
        odd "epoch record 9 cannot have $classes classes" record_classes 9 \
            "$classes" &&
        odd 'epoch record 9 cannot have 0 classes' record_classes 9 0
}
ok "a head that cannot be" odd_head
odd_samples() {
    odd 'there is no kind 3' id_kind 0 3 &&
        odd 'sample 1796 has label 11, but there are 11 classes' labels 1796 11 &&
        odd 'sample 5 cannot have 1073741824' measurements 5 1073741824 &&
        odd '17971 in all, but there are 17970 rows, .*' measurements 0 11 &&
        odd '17969 in all, but there are 17970 rows, of which 0 have none' measurements 0 9 &&
        odd 'sample 0 is of epoch record 10, but there are 10' records 0 10 &&
        odd 'that of sample 0 is 2, not 0 or 1' wide 0 2 &&
        odd 'sample 0 has class 11, but there are 11' suggested 0 11 &&
        odd 'sample 0 has class 12, but there are 11' second_suggested 0 12 &&
        cp a odd && "$build/tests/make_dump" set odd suggested 0 1 &&
        mv odd with && odd 'no class beats the label of sample 0 by 1' worst 0 \
        0x3ff0000000000000 with && odd 'no class beats .* by inf' worst 0 \
        0x7ff0000000000000 with
}
ok "samples that cannot be" odd_samples
# Labels of 32 bits may be of so many classes, and reports take no more memory
# for those that no sample has.
many_classes() {
    cp a many
    for i in 0 1 2 3 4 5 6 7 8 9; do
        "$build/tests/make_dump" set many record_classes $i 4294967294
    done
    scan -q -c 10 --report=few.html --report-json=few.json a >out &&
        scan -q -c 10 --report=many.html --report-json=many.json many >again &&
        cmp out again && grep -q '"classes": 4294967294' many.json || return 1
    sed -n '/"per_class"/,$p' few.json >few && [ -s few ] &&
        sed -n '/"per_class"/,$p' many.json | cmp - few &&
        sed -n '/<h2>Classes/,/<h2>The/p' few.html >few && [ -s few ] &&
        sed -n '/<h2>Classes/,/<h2>The/p' many.html | cmp - few
}
ok "classes without number" many_classes
state names "$fixtures/layouts/ids_variable.h5"
odd_strings() {
    odd 'an id of 4098 bytes with its end' id_lengths 0 4098 names &&
        odd 'an id of 0 bytes .*' id_lengths 0 0 names &&
        odd 'the id of sample 0 has another length' id_strings 0 0 names
}
ok "ids that cannot be" odd_strings
damaged() { # COLUMN ROW NUMBER
    cp b torn && "$build/tests/make_dump" damage torn "$1" "$2" "$3" &&
        refused "^aum-scan: torn: $1: damaged: its check sum differs; make it anew" \
            -c 10 a torn
}
bits() {
    rm a && state a "$digits"/epoch_0[0-4].h5 && damaged labels 1000 7 &&
        damaged labels 0 4000000000 && damaged measurements 1700 "$far" &&
        damaged records 3 17 && damaged suggested 3 11 &&
        damaged id_kind 0 7 && damaged id_numbers 9 8 && damaged sums 0 1 &&
        damaged record_rows 0 1000000 && damaged not_finite 0 "$far" &&
        damaged allow_relabel 0 3
}
ok "a check sum that is wrong is told of first" bits
state a "$digits"
many_sums() { cp a sums && "$build/tests/make_dump" sums sums "$1"; }
many_sums 200
ok "200 check sums in place of one" refused \
    'sums: record_rows: damaged: its check sum differs' sums
many_sums 0
ok "... and none" refused \
    'sums: record_rows: damaged: its check sum differs' sums
# Time that grew with the square of their number would be minutes.
many_empty() {
    cp a empty && "$build/tests/make_dump" empty empty 120000 &&
        ${limit:+timeout} $limit ${WRAPPER:-} "$build/aum-scan" -q -c 10 -a \
            empty >out && cmp out "$all"
}
limit=15
timeout -s KILL 1 true 2>/dev/null || limit=
case "${CFLAGS:-} ${WRAPPER:-}" in
*-fsanitize* | *valgrind*) limit= ;;
esac
ok "many records without rows" many_empty
# Another user's hangs whoever opens it to read.
pipe_as_lock() {
    rm -f .piped.lock && mkfifo .piped.lock &&
        refused '^aum-scan: .*\.piped\.lock: not a regular file, as the lock of piped has to be; remove' \
            --state=piped "$digits" && [ -p .piped.lock ] && [ ! -e piped ]
}
ok "a pipe in place of the lock" pipe_as_lock
ok "a folder that is not there" refused '^aum-scan: no/state: cannot write' \
    --state=no/state "$digits"
ok "a device" refused '^aum-scan: /dev/full: not a regular file; a state needs the name of one, or a new name$' \
    --state=/dev/full "$digits"
ok "a window chosen by the data" usage 'a: no window of epochs can be chosen from the sums .* add --epochs=all' \
    -q -c 10 -e auto a
ok "records" usage 'a: --records has to read all' -q --records=r a
full() {
    (
        trap '' XFSZ
        ulimit -f 64
        refused '^aum-scan: big: cannot write: File too large$' --state=big "$digits"
    ) && [ ! -e big ] && [ -z "$(ls big.* 2>/dev/null)" ]
}
ok "a disk that is full" full
# Wherever it becomes full, and however long the name is: the HDF5 library tells
# the reason in one place and forgets it in the next.
fuller() {
    folder=$(printf '%0100d/errno = 5, error message = no/' 1 2 3 4 5 6 7 8 9)
    mkdir -p "$folder"
    blocks=4 # which the message needs
    while [ $blocks -le 100 ]; do
        (
            trap '' XFSZ
            ulimit -f $blocks
            refused "big: $too_large\$" --state="$1big" "$digits"
        ) || {
            echo "limit of $blocks blocks"
            return 1
        }
        blocks=$((blocks < 20 ? blocks + 2 : blocks + 40))
    done
}
ok "... at any place" fuller ""
ok "... under any name" fuller "$(printf '%0100d/errno = 5, error message = no/' 1 2 3 4 5 6 7 8 9)"

# ---- slow readers and disks ----

# What takes the output may take its time: this is no stall of the dumps.
impatient() {
    AUM_STALL_SECONDS=0.3 AUM_NOTE_SECONDS=0.3 scan -q -j 1 "$@" >out 2>err &&
        cmp out "$digits/expected_no_cutoff.csv" && [ ! -s err ]
}
slowly_read() {
    mkfifo fifo
    (sleep 1.2 && cat) <fifo >slowly.csv &
    impatient --records=/dev/fd/3 -e 1: "$digits" 3>fifo || return 1
    wait
    scan -q --records=records.csv -e 1: "$digits" >out && cmp slowly.csv records.csv
}
ok "a reader that takes its time" slowly_read
if ! can_preload; then
    skip "a disk that takes its time" "nothing can be preloaded here"
else
    slowly_written() {
        LD_PRELOAD=$failing AUM_SLOW_SYNC=1200 AUM_STATE_SECONDS=1000 \
            impatient --state=slow -e 1: "$digits"
    }
    ok "a disk that takes its time" slowly_written
fi

# ---- killed ----

if [ -n "${WRAPPER:-}" ] || ! timeout -s KILL 1 true 2>/dev/null; then
    skip "killed scans" "no timing under another program"
    tap_end
    exit 0
fi

known() { # how many epochs a state has
    [ -e killed ] || { echo 0; return; }
    scan -v killed -c 10 2>&1 >/dev/null | sed -n 's/.*: has \([0-9]*\) of .*/\1/p'
}

# Scans are killed at random moments, which find the state as it was or as it is
# after another epoch; whatever they find, the next one goes on from there. The
# child of one that was killed may hold the state a moment longer.
kills() {
    seed=${AUM_TEST_SEED:-5}
    start=$(date +%s%N)
    AUM_STATE_SECONDS=0 scan -q -j 1 --state=once "$digits" >/dev/null || return 1
    long=$(($(date +%s%N) - start))
    wanted=${AUM_KILLS:-20}
    killed=0
    complete=0
    between=0
    before=0
    turn=0
    rm -f killed
    while [ $killed -lt "$wanted" ]; do
        turn=$((turn + 1))
        after=$(awk -v seed="$seed" -v turn=$turn -v long=$long \
            'BEGIN { srand(seed * 100000 + turn); printf "%.4f", rand() * long / 1e9 }')
        AUM_STATE_SECONDS=0 timeout -s KILL "$after" "$build/aum-scan" -q -j 1 \
            -c 10 -a --wait --state=killed "$digits" >out 2>err
        status=$?
        now=$(known)
        [ -n "$now" ] && [ "$now" -ge "$before" ] || {
            echo "turn $turn: $before epochs became '$now'"
            return 1
        }
        before=$now
        case $status in
        0) cmp out "$all" || return 1
            complete=$((complete + 1))
            rm -f killed
            before=0 ;;
        137) killed=$((killed + 1))
            [ "$now" -gt 0 ] && [ "$now" -lt 10 ] && between=$((between + 1)) ;;
        *) cat err
            return 1 ;;
        esac
    done
    echo "# seed $seed: $killed kills, $complete scans completed, $between kills" \
        "left a part of the epochs" >&3
    [ $complete -gt 0 ] || [ "$wanted" -lt 40 ] || return 1
    expect "$all" -c 10 -a --wait --state=killed "$digits"
}
ok "killed scans lose nothing" kills

tap_end
