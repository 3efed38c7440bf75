#!/bin/sh
# coverage.sh FOLDER - the share of lines run, of each source file and room, in a
# build with gcc --coverage
set -eu
cd "$1"
find src -name '*.gcda' | while read -r data; do
    gcov -n "$data" 2>/dev/null
done | awk -F"'" '
    /^File/ { file = $2 }
    /^Lines executed/ && file ~ /^src\/.*\.[ch]$/ {
        sub(/.*:/, "")
        split($0, part, "% of ")
        lines[file] = part[2]
        if (part[1] > best[file])
            best[file] = part[1] # a header has a share in each includer
        file = "" # the last such line is a total
    }
    END {
        for (file in lines) {
            split(file, folder, "/")
            run[folder[2]] += best[file] * lines[file] / 100
            all[folder[2]] += lines[file]
            printf "%6.1f%% of %4d  %s\n", best[file], lines[file], file
        }
        for (room in all)
            printf "%6.1f%% of %4d  src/%s (all)\n", 100 * run[room] / all[room],
                all[room], room
    }' | sort -k4
