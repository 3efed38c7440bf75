# tap.sh - counts and prints results for shell tests, in the Test Anything
# Protocol; sourced

LC_ALL=C # for sort, grep and comm
export LC_ALL

tap_count=0

# ok NAME COMMAND...: passes if the command succeeds
ok() {
    tap_name=$1
    shift
    tap_count=$((tap_count + 1))
    if "$@" >"$work/ok.log" 2>&1; then
        echo "ok $tap_count - $tap_name"
    else
        echo "not ok $tap_count - $tap_name"
        sed 's/^/# /' "$work/ok.log" | head -n 20
    fi
}

skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

tap_end() { echo "1..$tap_count"; }

# What a command wrote to $work/err
says() { grep -Eq -- "$1" "$work/err" || { cat "$work/err"; return 1; }; }

# An error of one line, and nothing else: refused PATTERN ARGUMENTS...
refused() {
    pattern=$1
    shift
    scan -q "$@" >"$work/out" 2>"$work/err"
    [ $? -eq 1 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
        says "$pattern"
}

# A test for each line of a file, which has what to expect, a tab, and arguments; their
# patterns are not the shell's: each FILE END_OF_NAME COMMAND...
each() {
    each_file=$1
    each_end=$2
    shift 2
    set -f
    while IFS='	' read -r each_first each_arguments; do
        # shellcheck disable=SC2086 # several arguments
        ok "$each_arguments$each_end" "$@" "$each_first" $each_arguments
    done <"$each_file"
    set +f
}

# A wrong command line, told in one line: usage PATTERN ARGUMENTS...
usage() {
    pattern=$1
    shift
    scan "$@" >"$work/out" 2>"$work/err"
    [ $? -eq 2 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
        says "$pattern"
}

# Can the library of tests/failing.c be preloaded? $failing is as LD_PRELOAD can name
# it: there spaces and colons separate names.
can_preload() {
    failing=$build/tests/.libs/libfailing.so
    case $failing in
    *[\ :]*)
        [ ! -e "$failing" ] || exec 9<"$failing"
        failing=/proc/self/fd/9
        ;;
    esac
    [ -z "${WRAPPER:-}" ] && [ -e "$failing" ] &&
        LD_PRELOAD=$failing "$build/aum-scan" --version >/dev/null 2>&1
}

# The program under test, in $build.
scan() { ${WRAPPER:-} "$build/aum-scan" "$@"; }

# Same output as a file's: expect FILE ARGUMENTS...
expect() {
    expected=$1
    shift
    scan "$@" >"$work/out" 2>"$work/err" || {
        echo "exit status $?"
        cat "$work/err"
        return 1
    }
    diff "$work/out" "$expected"
}

# The same with one thread, and with four.
expect_threads() {
    first_expected=$1
    shift
    expect "$first_expected" -j 1 "$@" && expect "$first_expected" -j 4 "$@"
}

# Status 0, and a line on standard error: tells PATTERN ARGUMENTS...
tells() {
    pattern=$1
    shift
    scan "$@" >"$work/out" 2>"$work/err" && says "$pattern"
}

# The help of a program fits a terminal of 80 x 24: help_fits COMMAND...
help_fits() {
    "$@" --help >"$work/out" && [ "$(wc -l <"$work/out")" -le 24 ] &&
        ! grep -E '^.{81}' "$work/out"
}

# Its man page has every option of its help, and none else: documented MAN
# COMMAND...
documented() {
    page=$1
    shift
    "$@" --help | grep -oE -- '--[a-z-]+' | sort -u >"$work/help"
    sed -n 's/^\.It .*Fl -\([a-z-]*\).*/--\1/p' "$page" | sort -u >"$work/man"
    diff "$work/help" "$work/man"
}
