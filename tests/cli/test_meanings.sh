#!/bin/sh
# What values mean: probabilities, axes, labels and tables with odd rows among them.
# Expected rankings are by NumPy, see fixtures/make_meanings.py.
#
# From the environment: srcdir and WRAPPER.
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
work=$build/tests/work/meanings.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

cd "$top/fixtures/meanings" || exit 1
both() { # EXPECTED ARGUMENTS...: with one thread, and with four
    expected=$1
    shift
    expect "$expected" -j 1 "$@" && expect "$expected" -j 4 "$@"
}
tells() { # PATTERN ARGUMENTS...: such a line, and status 0
    pattern=$1
    shift
    scan "$@" >"$work/out" 2>"$work/err" && says "$pattern"
}
set -f # patterns of the options are not the shell's
while IFS='	' read -r expected arguments; do
    # shellcheck disable=SC2086 # several arguments
    ok "$arguments" both "$expected" $arguments
done <cases.txt
while IFS='	' read -r pattern arguments; do
    # shellcheck disable=SC2086
    ok "$arguments: refused" refused "$pattern" $arguments
done <errors.txt
while IFS='	' read -r pattern arguments; do
    # shellcheck disable=SC2086
    ok "$arguments: told of" tells "$pattern" $arguments
done <warnings.txt
set +f
tap_end
