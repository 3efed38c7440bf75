#!/bin/sh
# aum-scan over the files below the folder AUM_CORPUS; see tests/corpus.c.
#
# From the environment: AUM_CORPUS, WRAPPER.
if [ -z "${AUM_CORPUS:-}" ]; then
    echo "1..0 # SKIP AUM_CORPUS names no folder of foreign files"
    exit 0
fi
if [ -n "${WRAPPER:-}" ]; then
    echo "1..0 # SKIP so many processes under another program take too long"
    exit 0
fi
# The HDF5 library loses memory over some damaged files; the process is done.
ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0
export ASAN_OPTIONS
mkdir -p tests/work
exec tests/corpus ./aum-scan "$AUM_CORPUS"
