#!/bin/sh
# Which bytes are taken for which epoch: names, attributes, links, appended rows.
# Expected rankings are by NumPy, see fixtures/make_epochs.py.
#
# From the environment: srcdir and WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/epochs.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

says() { grep -Eq -- "$1" "$work/err" || { cat "$work/err"; return 1; }; }

# An error of one line, and nothing else.
refused() {
    pattern=$1
    shift
    scan -q "$@" >"$work/out" 2>"$work/err"
    [ $? -eq 1 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
        says "$pattern"
}

cd "$top/fixtures/epochs" || exit 1
set -f # patterns of the options are not the shell's
while IFS='	' read -r expected arguments; do
    # shellcheck disable=SC2086 # several arguments
    ok "$arguments" expect "$expected" $arguments
done <cases.txt
while IFS='	' read -r pattern arguments; do
    # shellcheck disable=SC2086
    ok "$arguments: refused" refused "$pattern" $arguments
done <errors.txt
set +f

two_names() {
    scan names_two.h5 --logits='logits_epoch_*' >"$work/out" 2>"$work/err" &&
        cmp "$work/out" all.csv
}
ok "one of two patterns" two_names
tap_end
