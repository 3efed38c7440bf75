#!/bin/sh
# distros.sh [SYSTEM...] - builds and tests this commit on other systems, in
# chroots below DISTROS_DIR (variants/distros) that debootstrap makes, and prints
# a line for each. A SYSTEM is a release of Debian and an architecture, such as
# sid:amd64; without any, those below. Needs root, debootstrap, and for other
# processors qemu-user-static, on which only EMULATED_TESTS are run.
# MIRROR is the archive to install from: by default that of this machine.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
dir=${DISTROS_DIR:-$top/variants/distros}
emulated=${EMULATED_TESTS:-tests/libaum/test_margin tests/libaum/test_margin_random \
tests/libaum/test_exact_sum tests/libaum/test_tally tests/dump/test_decode \
tests/dump/test_random_dumps tests/cli/test_end_to_end.sh \
tests/cli/test_procedure.sh tests/cli/test_states.sh}
mirror=${MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -n 's/^URIs: *//p; s/^deb \([^[][^ ]*\) .*/\1/p' | grep '/debian/*$' | head -n 1)}
[ $# -gt 0 ] || set -- bookworm:amd64 trixie:amd64 sid:amd64 bookworm:i386 \
    bookworm:arm64 bookworm:s390x

root= # of the present system

unmount() {
    for at in proc dev/shm dev; do
        mountpoint -q "$root/$at" && umount -l "$root/$at"
    done
}
trap '[ -z "$root" ] || unmount' EXIT
trap 'exit 130' INT TERM

is_native() { # ARCHITECTURE
    case $(uname -m):$1 in
    x86_64:amd64 | x86_64:i386 | aarch64:arm64 | s390x:s390x) ;;
    *) return 1 ;;
    esac
}

install_system() { # RELEASE ARCHITECTURE
    [ ! -e "$root/.installed" ] || return 0
    rm -rf "$root"
    debootstrap --variant=minbase --arch="$2" "$1" "$root" "$mirror" &&
        cp /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" &&
        touch "$root/.installed"
}

# Runs a command in the system, as a user who may do nothing special: tests of
# what is refused to users are skipped for root.
inside() { chroot "$root" env -i HOME=/src PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
as_user() { inside setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=-all "$@"; }

# shellcheck disable=SC2016 # for the shells inside
build_and_test() { # ARCHITECTURE
    tests=
    is_native "$1" || tests="TESTS=$emulated"
    rm -rf "$root/src"
    mkdir "$root/src"
    git -C "$top" archive HEAD | tar -x -C "$root/src"
    mount --bind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t proc proc "$root/proc"
    inside sh -c 'cd /src && ./bootstrap --enable-werror && chown -R 1000:1000 .' &&
        as_user sh -c 'cd /src && make -j"$(nproc)" check "$@"' sh ${tests:+"$tests"}
}

# What it was, and what came of it.
# shellcheck disable=SC2016 # for dpkg-query
summary() { # LOG
    inside sh -c 'gcc -dumpfullversion; dpkg-query -W -f "\${Version}\n" libhdf5-dev' |
        { read -r gcc; read -r hdf5; printf 'gcc %s, HDF5 %s: ' "$gcc" "${hdf5%%[-+]*}"; }
    awk '/^# PASS: /{ p += $3 } /^# (FAIL|XPASS|ERROR): /{ f += $3 } /^# SKIP: /{ s += $3 }
        END { printf "%d passed, %d failed, %d skipped", p, f, s }' "$1"
}

mkdir -p "$dir"
bad=0
for system in "$@"; do
    release=${system%:*}
    arch=${system#*:}
    root=$dir/$release-$arch
    log=$root.log
    start=$(date +%s)
    status=0
    { install_system "$release" "$arch" && build_and_test "$arch"; } >"$log" 2>&1 </dev/null ||
        status=$?
    if [ "$arch" = i386 ]; then # which has no numbers of 128 bits
        line=$(grep '^configure: error: .*__int128' "$log") && status=0
        [ -n "$line" ] || status=1
    else
        line=$(summary "$log" 2>/dev/null) || status=1
    fi
    [ "$status" -eq 0 ] || { line="failed (see $log): $line"; bad=1; }
    echo "$system: $line ($(($(date +%s) - start)) s)"
    unmount || true
    root=
done
exit "$bad"
