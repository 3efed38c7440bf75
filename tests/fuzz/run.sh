#!/bin/sh
# Builds the fuzzers with clang and runs each for a while: make fuzz.
#
#   FUZZERS        which (default: those of our own code)
#   FUZZ_SECONDS   how long each (60)
#   FUZZ_CORPUS    a folder that keeps what was found (variants/fuzz/corpus)
#
# From the environment: srcdir, FUZZ_FLAGS, FUZZ_LIBS (from configure).
set -eu
top=$(cd "${srcdir:-.}" && pwd)
work=$(pwd)/variants/fuzz
corpus=${FUZZ_CORPUS:-$work/corpus}
mkdir -p "$work"
eval "set -- $FUZZ_FLAGS" # which is quoted for a shell
sources=$(ls "$top"/src/libaum/*.c "$top"/src/dump/*.c "$top"/src/text/*.c \
    "$top"/src/picture/*.c \
    "$top"/src/tool/*.c | grep -v '/[a-z_]*main\.c$')
for name in ${FUZZERS:-fuzz_decode fuzz_text fuzz_options}; do
    # shellcheck disable=SC2086 # several words
    clang -g -O1 -fsanitize=fuzzer,address,undefined \
        -fno-sanitize-recover=undefined -DH5_USE_110_API \
        -I"$top/include" -I"$top/src/libaum" -I"$top/src/dump" \
        -I"$top/src/text" -I"$top/src/picture" -I"$top/src/tool" "$@" -o "$work/$name" \
        "$top/tests/fuzz/$name.c" $sources $FUZZ_LIBS
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
    fuzz_dump)
        cp "$top"/fixtures/layouts/*.h5 "$corpus/$name/"
        ;;
    esac
    echo "== $name"
    "$work/$name" -max_total_time="${FUZZ_SECONDS:-60}" -rss_limit_mb=2048 \
        -timeout=10 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$work/" "$corpus/$name" 2>&1 |
        grep -E 'cov:.*DONE|stat::number|ERROR|SUMMARY|runtime error' || true
    found=$(find "$work" -maxdepth 1 -name 'crash-*' -o -maxdepth 1 \
        -name 'timeout-*' -o -maxdepth 1 -name 'leak-*' -o -maxdepth 1 \
        -name 'oom-*')
    if [ -n "$found" ]; then
        echo "found: $found"
        exit 1
    fi
done
