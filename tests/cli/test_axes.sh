#!/bin/sh
# Which axis of a dataset is what: --axes, the marks of MATLAB and Octave, and what
# labels tell. Expected rankings are by NumPy, see fixtures/make_axes.py.
#
# From the environment: srcdir and WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/axes.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

cd "$top/fixtures/axes" || exit 1
each cases.txt '' expect_threads
each errors.txt ': refused' refused

# ---- names of axes ----

no_list() { # LIST: a usage error
    scan "--axes=$1" two.h5 >"$work/out" 2>"$work/err"
    [ $? -eq 2 ] && [ ! -s "$work/out" ] &&
        says 'epoch, sample, class, position, measurement and _, with sample or position'
}
for list in '' ',' class epoch,class sample,sample class,class,sample epoch,epoch,sample \
    sample,token Sample 'sample, class' 'sample,class,' ',sample' sampleclass _ measurement \
    sample,_,_,_,_,_,_,_,_; do
    ok "--axes=$list is none" no_list "$list"
done
last() { expect first.csv --axes=sample,class --axes=class,sample two.h5; }
ok "the last --axes counts" last

# ---- what labels tell ----

warns() { # PATTERN ARGUMENTS...: one such warning, and status 0
    pattern=$1
    shift
    scan "$@" >"$work/out" 2>"$work/err" && says "warning: $pattern" &&
        [ "$(grep -c warning "$work/err")" -eq 1 ]
}
quiet() { scan "$@" 2>&1 >"$work/out" | grep warning && return 1; return 0; }
ok "few of the classes" warns \
    'few.h5: /labels: of 12 classes, the highest label is 3; if the axes are in another order \(R, MATLAB and Julia reverse them\), name them: --axes=class,sample,epoch$' few.h5
ok "... are no news once axes are named" quiet --axes=class,sample,epoch few.h5
ok "... nor where no other order fits" quiet -e 0: few_two.h5
ok "half of the classes are not few" quiet epoch_sample_class.h5
ok "an ambiguous square is not refused" quiet -e 0: square.h5
skips_nothing() { # ARGUMENTS...: sentences are never ranked as epochs
    scan "$@" >"$work/out" 2>"$work/err"
    [ $? -eq 1 ] && [ ! -s "$work/out" ] && says "--axes=sample,position,class"
}
ok "padding with -k" skips_nothing -k padded.h5
ok "padding with -k and --allow-relabel" skips_nothing -k --allow-relabel padded.h5
ok "labels of tokens with -k" skips_nothing -k tokens.h5
one_change() {
    scan -q -k one_change.h5 >"$work/out" 2>"$work/err"
    [ $? -eq 3 ] && cmp "$work/out" one_change.csv
}
ok "a single label that changes is skipped with -k" one_change

# ---- ids of positions ----

ids_of() { # OPTION: a list of ids with positions
    scan -q --axes=sample,position,class "$@" tokens.h5 >"$work/out"
}
only() {
    ids_of --records="$work/r" --only=3:2,7:0 && [ "$(wc -l <"$work/r")" -eq 3 ] &&
        grep -q '^3:2,' "$work/r" && grep -q '^7:0,' "$work/r"
}
ok "--only of positions" only
trace() { ids_of --trace=3:2 && [ "$(grep -c '^3:2,0,' "$work/out")" -eq 1 ] &&
    [ "$(wc -l <"$work/out")" -eq 2 ]; }
ok "--trace of a position" trace
traced_number() { ids_of --trace=3; [ $? -eq 1 ]; }
ok "the id of a sample is none of a position" traced_number
traced_image() {
    scan -q --axes=class,position,position --trace=img_1:2:1 image_files >"$work/out" &&
        [ "$(grep -c '^img_1:2:1,' "$work/out")" -eq 3 ]
}
ok "--trace of a pixel" traced_image
spent() {
    printf '0:0\n1:1\n2:2\n3:3\n' >"$work/ids" &&
        ids_of -a -T "$work/ids" && ! grep -qE '^[0-9]+,(0:0|1:1|2:2|3:3),' "$work/out" &&
        [ "$(wc -l <"$work/out")" -eq 37 ]
}
ok "-T of positions" spent

# ---- states ----

state() { # EXPECTED ARGUMENTS...: anew, and from the state
    expected=$1
    shift
    rm -f "$work/s"
    for _ in 1 2; do
        scan -q --state="$work/s" "$@" >"$work/out" 2>"$work/err" &&
            cmp "$work/out" "$expected" || { cat "$work/err"; return 1; }
    done
}
ok "a state of other axes" state all.csv --axes=class,sample,epoch class_sample_epoch.h5
ok "... needs them again" refused \
    'was made with --axes=class,sample,epoch; give that again' --state="$work/s" \
    class_sample_epoch.h5
ok "... and no others" refused 'was made with --axes=class,sample,epoch' --state="$work/s" \
    --axes=sample,class,epoch class_sample_epoch.h5
from_state() { scan -q --axes=class,sample,epoch "$work/s" | cmp - all.csv; }
ok "... also alone" from_state
ok "a state of MATLAB's" state all.csv matlab.mat
ok "... without --axes" refused 'was made without --axes; leave that out' --state="$work/s" \
    --axes=class,sample,epoch matlab.mat
ok "a state of measurements" state members.csv --axes=epoch,measurement,sample,class members.h5
members() {
    cp "$work/s" "$work/other" &&
        scan -q --axes=epoch,measurement,sample,class "$work/s" "$work/other" | cmp - members.csv
}
ok "... also alone, and twice" members
ok "a state of images" state images.csv --axes=class,position,position image_files
ok "a state of images in groups" state images.csv --axes=class,position,position image_groups
ok "a state needs the number of the epoch" refused 'put it into a folder epoch_N' \
    --state="$work/t" --axes=class,position,position img_0.h5

# ---- --list ----

listed() { # PATTERN ARGUMENTS...
    pattern=$1
    shift
    scan --list -f csv "$@" >"$work/out" && grep -Eq "$pattern" "$work/out"
}
ok "--list of reversed axes" listed '^1,2,axis,[^,]*,/,8,4,/logits,' matlab.mat
ok "--list of positions" listed '^1,0,file,[^,]*,/,40,4,/logits,|^1,0,order,[^,]*,/,40,4,' \
    --axes=sample,position,class tokens.h5
ok "--list of files that are samples" listed ',@file,' --axes=class,position,position img_0.h5
ok "--list of groups that are samples" listed ',@group,' --axes=class,position,position \
    image_groups
tap_end
