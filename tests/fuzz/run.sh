#!/bin/sh
# Builds the fuzzers with clang and runs each for a while: make fuzz.
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
mkdir -p "$work"
# Neither profiles nor cores are left where this is started.
LLVM_PROFILE_FILE=$work/unnamed.profile
export LLVM_PROFILE_FILE
ulimit -c 0
eval "set -- $FUZZ_FLAGS" # which is quoted for a shell
sources=$(find "$top/src" -name '*.c' ! -name '*main.c' | sort)
compile() { # NAME OUTPUT FLAGS...
    of=$1
    output=$2
    shift 2
    # shellcheck disable=SC2086 # several words
    clang -g -O1 -DH5_USE_110_API -I"$top/include" -I"$top/src" "$@" -o "$output" "$top/tests/fuzz/$of.c" \
        $sources $FUZZ_LIBS
}

# The share of lines that a fuzzer's corpus reaches.
tell_coverage() { # NAME FLAGS...
    of=$1
    shift
    compile "$of" "$work/$of.coverage" -fsanitize=fuzzer \
        -fprofile-instr-generate -fcoverage-mapping "$@"
    LLVM_PROFILE_FILE=$work/$of.profile "$work/$of.coverage" -runs=0 \
        "$corpus/$of" >/dev/null 2>&1
    llvm-profdata merge -o "$work/$of.merged" "$work/$of.profile"
    for file in $sources; do
        case $file in
        */$FUZZ_COVERAGE) llvm-cov report "$work/$of.coverage" \
            -instr-profile="$work/$of.merged" "$file" |
            awk -v of="${file##*/}" '$1 == "TOTAL" { print "lines of " of ": " $10 }' ;;
        esac
    done
}

for name in ${FUZZERS:-fuzz_decode fuzz_text fuzz_options fuzz_state}; do
    compile "$name" "$work/$name" -fsanitize=fuzzer,address,undefined \
        -fno-sanitize-recover=undefined "$@"
    mkdir -p "$corpus/$name"
    case $name in
    fuzz_decode)
        # Chunks of real filters, as the seeds: deflate, and both with shuffle.
        printf '\006\000\000\004\000\000' >"$corpus/$name/seed"
        printf 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' |
            gzip -c | tail -c +11 >>"$corpus/$name/seed"
        ;;
    fuzz_text)
        printf '\001' | cat - "$top/fixtures/two_runs/truth.csv" |
            head -c 4000 >"$corpus/$name/truth"
        printf '\022' | cat - "$top/fixtures/two_runs/plan.csv" \
            >"$corpus/$name/plan"
        printf '\000-1:1:0.25' >"$corpus/$name/range"
        printf '\00090,95,99.5%%' >"$corpus/$name/list"
        ;;
    fuzz_options)
        "$(pwd)/aum-scan" --help | grep -oE -- '--?[a-zA-Z][a-z-]*' |
            sed 's/$/=1/' >"$corpus/$name/all"
        printf -- '--run\na\n-T\np\n--run=b\nc\n-e\n1:auto\n--sweep=90:99:3%%\n' \
            >"$corpus/$name/runs"
        ;;
    fuzz_state*)
        # flags, dumps, records, samples, kind of ids, wide sums
        printf '\000\001\003\024\000\001' >"$corpus/$name/numbers"
        printf '\013\002\003\024\002\002\024\021\005' >"$corpus/$name/strings"
        printf '\212\003\005\024\001\003' >"$corpus/$name/many"
        rm -f /tmp/fuzz_state_??????
        ;;
    fuzz_dump)
        cp "$top"/fixtures/layouts/*.h5 "$corpus/$name/"
        rm -f /tmp/fuzz_dump_??????
        ;;
    esac
    echo "== $name"
    more=
    # What the HDF5 library dies of, or loses, is not the end.
    [ "$name" != fuzz_dump ] ||
        more='-fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 -detect_leaks=0'
    # shellcheck disable=SC2086 # several words
    ASAN_OPTIONS=allocator_may_return_null=1 \
        "$work/$name" $more -max_total_time="${FUZZ_SECONDS:-60}" \
        -rss_limit_mb=2048 -timeout=10 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$work/" "$corpus/$name" >"$work/log" 2>&1 || true
    grep -E 'cov:.*DONE|stat::number|ERROR|SUMMARY|runtime error' "$work/log" ||
        tail -n 1 "$work/log"
    [ -z "${FUZZ_COVERAGE:-}" ] || tell_coverage "$name" "$@"
    # Those of the library: their report names one of its functions.
    for found in "$work"/crash-* "$work"/timeout-* "$work"/leak-* "$work"/oom-*; do
        [ -e "$found" ] || continue
        if [ "$name" = fuzz_dump ] &&
            ASAN_OPTIONS=allocator_may_return_null=1 \
                "$work/$name" -detect_leaks=0 -timeout=10 "$found" 2>&1 |
            grep -qE '#[0-9]+ .* in H5|Test unit|Executed .* in [0-9]* ms'; then
            echo "the library's: $found"
            rm "$found"
            continue
        fi
        echo "found: $found"
        exit 1
    done
done
