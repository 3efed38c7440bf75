#!/bin/sh
# aum-scan over damaged copies of the fixtures; see tests/mutants.c.
#
# From the environment: srcdir, WRAPPER, AUM_MUTANTS, AUM_TEST_SEED.
top=$(cd "${srcdir:-.}" && pwd)
# Some plugins lose memory as they are looked for; see test_end_to_end.sh.
HDF5_PLUGIN_PRELOAD=::
export HDF5_PLUGIN_PRELOAD
# The HDF5 library loses memory over some damaged files; the process is done.
ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0
export ASAN_OPTIONS
if [ -n "${WRAPPER:-}" ]; then
    echo "1..0 # SKIP hundreds of processes under another program take too long"
    exit 0
fi
mkdir -p tests/work
rm -f tests/work/numbers.state tests/work/strings.state tests/work/wide.state
./aum-scan -q --state=tests/work/numbers.state \
    "$top"/fixtures/layouts/per_epoch >tests/work/mutants.out &&
    ./aum-scan -q --state=tests/work/strings.state \
        "$top/fixtures/layouts/ids_variable.h5" >tests/work/mutants.out &&
    ./aum-scan -q --state=tests/work/wide.state \
        "$top/fixtures/layouts/wide.h5" >tests/work/mutants.out || exit 1
exec tests/mutants ./aum-scan "$top"/fixtures/layouts/*.h5 \
    "$top/fixtures/types/ids_enum_i1.h5" "$top/fixtures/types/missing.h5" \
    "$top/fixtures/types/opaque_gzip.h5" "$top/fixtures/types/e4m3_gzip.h5" \
    "$top/fixtures/digits/epoch_00.h5" "$top/fixtures/bad/good.h5" \
    "$top/fixtures/tables/records.h5" "$top/fixtures/tables/columns.h5" \
    "$top/fixtures/tables/appended.h5" \
    "tests/work/numbers.state:$top/fixtures/layouts/per_epoch" \
    "tests/work/strings.state:$top/fixtures/layouts/ids_variable.h5" \
    "tests/work/wide.state:$top/fixtures/layouts/wide.h5"
