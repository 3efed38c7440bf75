#!/bin/sh
# variant.sh NAME ARGUMENT... - builds a copy of the sources in variants/NAME,
# configured with these arguments, and runs its tests, or those that
# TESTS lists; called from the folder of a build
set -eu
name=$1
shift
rm -rf "variants/$name"
mkdir -p variants
${MAKE:-make} distdir distdir="variants/$name" >/dev/null
cd "variants/$name"
./configure -q --disable-shared "$@"
[ -n "${TESTS:-}" ] || exec ${MAKE:-make} check
# Only the programs that these need, or shell tests may call.
programs="tests/corpus tests/make_dump tests/mutants"
for test in $TESTS; do
    case $test in
    *.sh) ;;
    *) programs="$programs $test" ;;
    esac
done
exec ${MAKE:-make} check TESTS="$TESTS" check_PROGRAMS="$programs"
