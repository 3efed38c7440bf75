#!/bin/sh
# variant.sh NAME ARGUMENT... - builds a copy of the sources in variants/NAME,
# configured with these arguments, and runs its tests; called from the folder of
# a build
set -eu
name=$1
shift
rm -rf "variants/$name"
mkdir -p variants
${MAKE:-make} distdir distdir="variants/$name" >/dev/null
cd "variants/$name"
./configure -q --disable-shared "$@"
exec ${MAKE:-make} check
