#!/bin/sh
# Compiles the example in include/aum.h against the library and runs it; C++ can
# include the header too.
top=$(cd "${srcdir:-.}" && pwd)
work=$(pwd)/tests/work/header_example.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

sed -n '/^ \*     #include <aum.h>/,/^ \*     }$/s/^ \*     \{0,1\}//p' \
    "${AUM_INCLUDE:-$top/include}/aum.h" >"$work/example.c"

# Without an archive (--disable-static), the shared library. What is installed,
# "make installcheck" names.
library=${AUM_INSTALLED:-.libs/libaum.a}
[ -e "$library" ] || library=$(pwd)/.libs/libaum.so
include=${AUM_INCLUDE:-$top/include}
# shellcheck disable=SC2086 # several flags
compile() {
    ${CC:-cc} ${CFLAGS:-} -Wall -Wextra -Werror -I"$include" \
        "$work/example.c" "$library" -lm -Wl,-rpath,"$(dirname "$library")" \
        -o "$work/example"
}
prints() { "$work/example" | diff - "$work/expected"; }
# By hand: sample 7, label 0: (3 - 1 + 4 - 1) / 2; sample 1, label 2:
# (1 - 2 + 1 - 5) / 2.
printf '1 -2.5\n7 2.5\n' >"$work/expected"

ok "the header's example is at most 35 lines" \
    test "$(wc -l <"$work/example.c")" -le 35
ok "it compiles" compile
ok "it prints what the header says" prints
as_cpp() {
    echo '#include <aum.h>
int main() { return aum_type_size(AUM_F32) != 4; }' >"$work/plus.cpp"
    c++ -Wall -Wextra -Werror -I"$include" -c "$work/plus.cpp" \
        -o "$work/plus.o"
}
if command -v c++ >/dev/null 2>&1; then
    ok "C++ takes the header" as_cpp
else
    skip "C++ takes the header" "no C++ compiler"
fi
hidden() { # in the archive that is installed
    nm -g --defined-only "$library" | awk 'NF == 3 && $3 !~ /^aum_/' | grep . && return 1
    return 0
}
case ${AUM_INSTALLED:-} in
*.a) ok "the archive has no other names" hidden ;;
esac
exported() { # nothing but the public names
    nm -D --defined-only .libs/libaum.so | awk '{ print $3 }' |
        grep -Ev '^aum_|^_' && return 1
    return 0
}
if command -v nm >/dev/null 2>&1 && [ -e .libs/libaum.so ]; then
    ok "the shared library exports the public functions alone" exported
else
    skip "the shared library exports the public functions alone" "no nm or .so"
fi
tap_end
