#!/bin/sh
# Looks for mistakes with shellcheck and cppcheck: make lint. Any finding is a
# failure; those of the list below are none.
#
# From the environment: srcdir.
set -eu
cd "${srcdir:-.}"
shellcheck -S warning bootstrap .ci/run tests/*.sh tests/*/*.sh
# A copy that a table keeps; a comparison with hexadecimal floats, which
# cppcheck 2.10 cannot read; and a pointer to the end of a buffer.
cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
    --enable=warning,performance,portability \
    --suppress=memleak:src/dump/others.c \
    --suppress=incorrectLogicOperator:src/libaum/exact_sum.h \
    --suppress=ctuPointerArith:src/text/format_double.c \
    -DH5_USE_110_API -I include -I src src
echo "# nothing found"
