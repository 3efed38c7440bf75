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
each cases.txt '' expect_threads
each errors.txt ': refused' refused
each warnings.txt ': told of' tells

ok "a state keeps no order of columns" refused \
    'the columns are in another order than the class names, which a state does not keep; leave --state out' \
    --state="$work/none" '--logits=p_*' --class-names=names.txt columns.h5
named_numbers() {
    scan -q named_numbers.h5 | cut -d, -f1-8 | diff - named_numbers.csv
}
ok "names that are numbers are names" named_numbers
# Columns of one-hot labels have an order, too.
label_columns() {
    printf '%s\n' "$@" >"$work/names" && shift $#
    scan -q --state="$work/state" --labels='y_*' --class-names="$work/names" \
        one_hot_columns.h5 >"$work/out" 2>"$work/err"
}
ok "a state keeps labels in columns in their order" label_columns ant cat dog
other_columns() { ! label_columns cat ant dog && says 'y_.: the columns are in another order'; }
ok "... and refuses another order" other_columns
ok "the order of labels in columns is told" tells \
    'y_.: the classes are these columns in natural order: ant, cat, dog' '--labels=y_*' \
    one_hot_columns.h5
tap_end
