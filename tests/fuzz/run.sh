#!/bin/sh
# Builds the fuzzers with clang and runs each for a while, as many at a time as
# there are processors: make fuzz.
#
#   FUZZERS        which (default: those of our own code)
#   FUZZ_SECONDS   how long each (60)
#   FUZZ_CORPUS    a folder that keeps what was found (variants/fuzz/corpus)
#   FUZZ_COVERAGE  a pattern of source files: what share of their lines the
#                  corpus reaches is told too (needs llvm-profdata, llvm-cov)
#
# From the environment: srcdir, FUZZ_FLAGS, FUZZ_LIBS (from configure).
set -eu
top=$(cd "${srcdir:-.}" && pwd)
work=$(pwd)/variants/fuzz
corpus=${FUZZ_CORPUS:-$work/corpus}
case $corpus in
/*) ;;
*) corpus=$(pwd)/$corpus ;;
esac
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
mkdir -p "$work"
# Neither profiles nor cores are left where this is started.
LLVM_PROFILE_FILE=$work/unnamed.profile
export LLVM_PROFILE_FILE
ulimit -c 0
eval "set -- $FUZZ_FLAGS" # which is quoted for a shell
set -- -g -O1 -DH5_USE_110_API -I"$top/include" -I"$top/src" "$@"

# All but main(), once for all fuzzers.
compile_sources() { # FOLDER FLAGS...
    objects=$1
    shift
    rm -rf "$objects"
    mkdir "$objects"
    # shellcheck disable=SC2016 # for the shells that xargs starts
    (cd "$top/src" && find . -name '*.c' ! -name '*main.c' -print0) |
        xargs -0 -P "$jobs" -I @@ sh -c 'cd "$1" && source=$2 objects=$3 && shift 3 &&
            clang -c "$@" -o "$objects/$(echo "${source#./}" | tr / _).o" "$source"' \
            sh "$top/src" @@ "$objects" "$@"
}

link_fuzzer() { # NAME OUTPUT FOLDER FLAGS...
    of=$1
    output=$2
    objects=$3
    shift 3
    # shellcheck disable=SC2086 # several words
    clang "$@" -o "$output" "$top/tests/fuzz/$of.c" "$objects"/*.o $FUZZ_LIBS
}

# The share of lines that a fuzzer's corpus reaches.
tell_coverage() { # NAME FLAGS...
    of=$1
    shift
    set -- -fprofile-instr-generate -fcoverage-mapping "$@"
    [ -e "$work/covered" ] || compile_sources "$work/covered" -fsanitize=fuzzer-no-link "$@"
    link_fuzzer "$of" "$work/$of.coverage" "$work/covered" -fsanitize=fuzzer "$@"
    LLVM_PROFILE_FILE=$work/$of.profile "$work/$of.coverage" -runs=0 \
        "$corpus/$of" >/dev/null 2>&1
    llvm-profdata merge -o "$work/$of.merged" "$work/$of.profile"
    find "$top/src" -name "$FUZZ_COVERAGE" | while read -r file; do
        llvm-cov report "$work/$of.coverage" -instr-profile="$work/$of.merged" "$file" |
            awk -v of="${file##*/}" '$1 == "TOTAL" { print "lines of " of ": " $10 }'
    done
}

make_seeds() { # NAME
    mkdir -p "$corpus/$1"
    case $1 in
    fuzz_decode)
        # Chunks of real filters: deflate, and both with shuffle.
        printf '\006\000\000\004\000\000' >"$corpus/$1/seed"
        printf 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' |
            gzip -c | tail -c +11 >>"$corpus/$1/seed"
        ;;
    fuzz_text)
        printf '\001' | cat - "$top/fixtures/two_runs/truth.csv" |
            head -c 4000 >"$corpus/$1/truth"
        printf '\022' | cat - "$top/fixtures/two_runs/plan.csv" >"$corpus/$1/plan"
        printf '\000-1:1:0.25' >"$corpus/$1/range"
        printf '\00090,95,99.5%%' >"$corpus/$1/list"
        ;;
    fuzz_options)
        "$(pwd)/aum-scan" --help | grep -oE -- '--?[a-zA-Z][a-z-]*' |
            sed 's/$/=1/' >"$corpus/$1/all"
        printf -- '--run\na\n-T\np\n--run=b\nc\n-e\n1:auto\n--sweep=90:99:3%%\n' \
            >"$corpus/$1/runs"
        ;;
    fuzz_state*)
        # flags, dumps, records, samples, kind of ids, wide sums
        printf '\000\001\003\024\000\001' >"$corpus/$1/numbers"
        printf '\013\002\003\024\002\002\024\021\005' >"$corpus/$1/strings"
        printf '\212\003\005\024\001\003' >"$corpus/$1/many"
        ;;
    fuzz_dump)
        cp "$top"/fixtures/layouts/*.h5 "$corpus/$1/"
        ;;
    esac
}

# In a folder of its own, where the fuzzer writes its files.
run_fuzzer() { # NAME
    rm -rf "$work/$1.run"
    mkdir "$work/$1.run"
    more=
    # What the HDF5 library dies of, or loses, is not the end.
    [ "$1" != fuzz_dump ] ||
        more='-fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 -detect_leaks=0'
    # shellcheck disable=SC2086 # several words
    (cd "$work/$1.run" && TMPDIR=$work/$1.run ASAN_OPTIONS=allocator_may_return_null=1 \
        "$work/$1" $more -max_total_time="${FUZZ_SECONDS:-60}" \
        -rss_limit_mb=2048 -timeout=10 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$work/$1." "$corpus/$1") >"$work/$1.log" 2>&1 || true
    rm -rf "$work/$1.run"
}

# Is a finding the HDF5 library's? Then its report names one of its functions.
is_the_librarys() { # NAME FINDING
    [ "$1" = fuzz_dump ] &&
        ASAN_OPTIONS=allocator_may_return_null=1 \
            "$work/$1" -detect_leaks=0 -timeout=10 "$2" 2>&1 |
        grep -qE '#[0-9]+ .* in H5|Test unit|Executed .* in [0-9]* ms'
}

tell() { # NAME
    echo "== $1"
    grep -E 'cov:.*DONE|stat::number|ERROR|SUMMARY|runtime error' "$work/$1.log" ||
        tail -n 1 "$work/$1.log"
    for found in "$work/$1".crash-* "$work/$1".timeout-* "$work/$1".leak-* "$work/$1".oom-*; do
        [ -e "$found" ] || continue
        if is_the_librarys "$1" "$found"; then
            echo "the library's: $found"
            rm "$found"
        else
            echo "found: $found"
            status=1
        fi
    done
}

names=${FUZZERS:-fuzz_decode fuzz_text fuzz_options fuzz_state}
set -- -fno-sanitize-recover=undefined "$@"
compile_sources "$work/objects" -fsanitize=fuzzer-no-link,address,undefined "$@"
running=0
for name in $names; do
    link_fuzzer "$name" "$work/$name" "$work/objects" \
        -fsanitize=fuzzer,address,undefined "$@"
    make_seeds "$name"
    run_fuzzer "$name" &
    running=$((running + 1))
    if [ "$running" -eq "$jobs" ]; then
        wait
        running=0
    fi
done
wait
status=0
rm -rf "$work/covered"
for name in $names; do
    tell "$name"
    [ -z "${FUZZ_COVERAGE:-}" ] || tell_coverage "$name" "$@"
done
exit "$status"
