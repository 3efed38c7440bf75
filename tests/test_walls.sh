#!/bin/sh
# The walls between the rooms of src/: compares the #include lines with
# tests/walls.txt. Prints what should not be there.
#
# From the environment: srcdir.
top=$(cd "${srcdir:-.}" && pwd)
work=$(pwd)/tests/work/walls.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
. "$top/tests/tap.sh"

# "FILE HEADER" for each #include "HEADER" below src/
includes() {
    (cd "$top/src" && find . -name '*.[ch]' | sed 's/^\.\///' | sort) |
        while read -r file; do
            sed -n 's/^ *# *include "\(.*\)"/\1/p' "$top/src/$file" |
                sed "s|^|$file |"
        done
}

# Prints every include that the table does not allow.
forbidden() {
    awk '
        function room_of(path) { # libaum/margin is of libaum
            room = path
            while (room != "" && !(room in known)) {
                if (room !~ /\//)
                    return ""
                sub(/\/[^\/]*$/, "", room)
            }
            return room
        }
        FNR == 1 { table = FNR == NR }
        table && /^#/ { next }
        table {
            split($0, part, ":")
            known[part[1]] = 1
            count = split(part[2], may, " ")
            for (i = 1; i <= count; i++)
                allowed[part[1], may[i]] = 1
            next
        }
        {
            from = room_of($1)
            to = room_of($2)
            if (from == "") {
                print $1 " is in no room"
            } else if (to != from && !((from, $2) in allowed) &&
                       !(to != "" && (from, to) in allowed)) {
                print $1 " includes " $2
            }
        }' "$1" "$2"
}

none() { ! grep . "$1"; }

includes >"$work/includes"
forbidden "$top/tests/walls.txt" "$work/includes" >"$work/forbidden"
ok "there are includes to look at" [ "$(wc -l <"$work/includes")" -gt 200 ]
ok "rooms include only what tests/walls.txt allows" none "$work/forbidden"

# The test itself: a wall that is passed is told.
echo 'common/error.c ui/log.h' >"$work/bad"
forbidden "$top/tests/walls.txt" "$work/bad" >"$work/found"
ok "what is not allowed is found" grep -q 'common/error.c includes ui/log.h' \
    "$work/found"

# HDF5 itself is known to one room.
ok "only dump/hdf5 includes hdf5.h" sh -c "! (cd '$top/src' &&
    grep -rl '<hdf5.h>' . | grep -v '^./dump/hdf5/')"
tap_end
