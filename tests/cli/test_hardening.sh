#!/bin/sh
# Programs and library are built with the hardening that configure has found.
#
# From the environment: AUM_HARDENING, what that is.
top=$(cd "${srcdir:-.}" && pwd)
work=$(pwd)/tests/work/hardening.$$
if [ -z "${AUM_HARDENING:-}" ]; then
    echo "1..0 # SKIP configured without hardening"
    exit 0
fi
if ! readelf --version >/dev/null 2>&1 || ! readelf -h aum-scan >/dev/null 2>&1; then
    echo "1..0 # SKIP no readelf, or it cannot read the program"
    exit 0
fi
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

has() { # FEATURE NAME COMMAND...: checked if configure has found it
    case " $AUM_HARDENING " in
    *" $1 "*)
        shift
        ok "$@"
        ;;
    *) skip "$2" "configure has not found it" ;;
    esac
}

is_pie() { readelf -hW "$1" | grep -E 'Type: +DYN'; }
read_only() { readelf -lW "$1" | grep GNU_RELRO; }
bound_now() { readelf -dW "$1" | grep -E 'BIND_NOW|FLAGS_1.* NOW'; }
no_code_on_stack() { readelf -lW "$1" | grep -E 'GNU_STACK.* RW +0x'; }
# Of an object of our own: a library that is linked may have been built so too.
calls() { readelf -sW "$1" | grep -E "UND $2"; }

for file in aum-scan aum-plan .libs/libaum.so; do
    [ -e "$file" ] || continue
    has -Wl,-z,relro "$file: relocations are read-only" read_only "$file"
    has -Wl,-z,now "$file: from the start on" bound_now "$file"
    has -Wl,-z,noexecstack "$file: no code on the stack" no_code_on_stack "$file"
done
for program in aum-scan aum-plan; do
    has -pie "$program may be at any address" is_pie "$program"
done
object=src/ui/log.o
[ -e "$object" ] || object=src/ui/.libs/log.o # without a static library
has -fstack-protector-strong "the stack is watched" \
    calls $object __stack_chk_fail
has fortify "so are copies into buffers" calls $object '__[a-z]*printf_chk'
tap_end
