#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs groups of suites, JOBS at a time: BUILD=build sh tests/run.sh GROUP...
#
#   unit   tests/*_test.c          quick  the same without the longest, others shortened    shell  tests/*_test.sh
#   asan ubsan cov                 quick, from the build of that name
#   rtl    tests/rtl_test.sh: the RTL beside the model, for each device; four of the faults of tests/mutants.tsv, others with every SEED
#   fuzz   tests/*_fuzz.c, FUZZ_SECONDS each, from SEED and tests/corpus/        lint   no program is run
#
# No suite may take more than SUITE_SECONDS (1800).
# One line per suite with its seconds; logs in BUILD/test-logs; then the logs of what failed; the last line is
# 'N passed, N failed, N skipped' (tests, not suites). Exit status 1 when anything failed.
LC_ALL=C
export LC_ALL
build=${BUILD:-build} jobs=${JOBS:-2} seed=${SEED:-$(($(date +%s) / 86400))} fuzz_seconds=${FUZZ_SECONDS:-20}
logs=$build/test-logs
export SEED="$seed"

# ---- one suite -----------------------------------------------------------------------------------

# Too long for the short groups even with small numbers: millions of packets for a mean, of cycles one by one, statistics of runs
# like those that other suites do.
long='budget_sweep_test
closed_form_poisson_test
livelock_test
lockstep_floor_test
napi_closed_form_test
pin_engine_ticks_test'

# What the long ones do in the time there is: cycles x seeds, of each of their ways of visiting (10^7 and more).
# IOMMU_TESTS: percent. IRQ_PACKETS: packets a point. MEMORY_FRAMES: of a long trace. INVARIANT_FRAMES: of a run of many.
full_length() { export STIM_SEEDS="${STIM_SEEDS:-34}" STIM_CYCLES="${STIM_CYCLES:-300000}" IOMMU_TESTS="${IOMMU_TESTS:-100}" IRQ_PACKETS="${IRQ_PACKETS:-400000}" MEMORY_FRAMES="${MEMORY_FRAMES:-3000000}" INVARIANT_FRAMES="${INVARIANT_FRAMES:-20000}"; }
short_length() { export STIM_SEEDS="${STIM_SEEDS:-4}" STIM_CYCLES="${STIM_CYCLES:-100000}" IOMMU_TESTS="${IOMMU_TESTS:-10}" IRQ_PACKETS="${IRQ_PACKETS:-40000}" MEMORY_FRAMES="${MEMORY_FRAMES:-300000}" TEST_STRIDE="${TEST_STRIDE:-5}" INVARIANT_FRAMES="${INVARIANT_FRAMES:-4000}"; }

sources() { find model driver hostbridge traces lab tests rtl -name '*.[ch]' | sort; }

lint() {
    case $1 in
    generated) # as `make gen` makes them
        defs=${DEFS:?of the Makefile} defs_82576=${DEFS_82576:?of the Makefile}
        "$build/moderato" help --man | diff -u docs/moderato.1 - &&
            awk -f rtl/gen.awk $defs | diff -u rtl/nic_pkg.sv - &&
            awk -f rtl/gen.awk $defs_82576 | diff -u rtl/nic_82576_pkg.sv - &&
            awk -v manual=1 -f rtl/gen.awk $defs $defs_82576 docs/manual.md | diff -u docs/manual.md -
        ;;
    mutants) sh tests/mutants.sh --check ;; # each fault can still be planted
    format)
        bad=$(for f in $(sources); do clang-format --dry-run -Werror "$f" 2>/dev/null || echo "$f"; done)
        [ -z "$bad" ] || { echo 'not formatted (make format):'; echo "$bad"; return 1; }
        ;;
    cppcheck)
        cppcheck --quiet --std=c11 --language=c --error-exitcode=1 --inline-suppr --enable=warning,performance,portability \
            --suppressions-list=tests/cppcheck.txt -I. -D_GNU_SOURCE model driver hostbridge/*.c hostbridge/tlm/*.c traces lab
        ;;
    tidy-*)
        clang-tidy --quiet --warnings-as-errors='*' "${1#tidy-}"/*.c -- -std=c11 -I. -Irtl -D_GNU_SOURCE '-DMODERATO_VERSION=""'
        ;;
    esac
}

fuzz() {
    corpus=$build/fuzz-corpus/$1 dict=
    mkdir -p "$corpus"
    [ -f "tests/$1_fuzz.dict" ] && dict=-dict=tests/$1_fuzz.dict
    given=
    [ -d "tests/corpus/$1" ] && given=tests/corpus/$1
    max_len=4096
    [ "$1" = pcap ] && max_len=140000
    # shellcheck disable=SC2086 # empty means none
    "$build/fuzz/tests/$1_fuzz" -max_total_time="$fuzz_seconds" -max_len=$max_len -timeout=20 -rss_limit_mb=4096 -seed="$seed" \
        -artifact_prefix="$logs/$1-" $dict "$corpus" $given
}

suite() {
    name=${1#*/}
    case $1 in
    unit/*) full_length; "$build/tests/$name" ;;
    quick/*) short_length; "$build/tests/$name" ;;
    asan/cli_test | ubsan/cli_test | cov/cli_test) sh tests/cli_test.sh "$build/${1%%/*}/moderato" ;;
    asan/* | ubsan/* | cov/*) short_length; "$build/${1%%/*}/tests/$name" ;;
    shell/*) BUILD=$build sh "tests/$name.sh" "$build/moderato" ;;
    rtl/rtl_test) BUILD=$build SEED=$seed sh tests/rtl_test.sh ;;
    rtl/rtl_82576_test) BUILD=$build SEED=$seed NIC=82576 sh tests/rtl_test.sh ;;
    rtl/mutants) BUILD=$build SEED=1 JOBS=1 sh tests/mutants.sh --pick 4 "$seed" ;;
    fuzz/*) fuzz "$name" ;;
    lint/*) lint "$name" ;;
    esac
}

# passed, failed, skipped: as cmocka and the shell suites report them; otherwise the exit status is the one result.
count() { # LOG STATUS
    awk -v status="$2" '
        /^\[  PASSED  \] [0-9]+ test/ { passed += $4; said = 1 }
        /^\[  FAILED  \] .*[0-9]+ test\(s\)/ { match($0, /[0-9]+ test\(s\)/); failed += substr($0, RSTART); said = 1 }
        /^\[  SKIPPED \] .*[0-9]+ test\(s\)/ { match($0, /[0-9]+ test\(s\)/); skipped += substr($0, RSTART); said = 1 }
        /^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3; skipped += $5; said = 1 }
        END {
            if (status && !failed) failed = 1
            if (!status && !said) passed = 1
            print passed + 0, failed + 0, skipped + 0
        }' "$1"
}

# Where its random numbers came from and how far it got, as far as the suite says so.
remark() {
    awk '/^INFO: Seed: / { seed = $3 }
        /^Done [0-9]+ runs/ { print "seed " seed ", " $2 " runs" }
        /^[a-z]+: [0-9]+ cycles, / { cycles = cycles (cycles ? ", " : "") $1 " " $2 }
        END { if (cycles) print cycles " cycles" }' "$1" | head -n 1
}

one() {
    log=$logs/$(echo "$1" | tr / -).log
    start=$(date +%s%N)
    timeout -k 10 "${SUITE_SECONDS:-1800}" sh tests/run.sh --suite "$1" >"$log" 2>&1 </dev/null
    status=$?
    [ $status != 124 ] || echo "not ended after ${SUITE_SECONDS:-1800} s (SUITE_SECONDS)" >>"$log"
    ms=$((($(date +%s%N) - start) / 1000000))
    counts=$(count "$log" $status)
    # shellcheck disable=SC2086 # three numbers
    set -- "$1" $counts
    verdict=ok
    [ "$3" = 0 ] || verdict=FAIL
    [ "$status" = 124 ] && verdict=TIMEOUT
    echo "$verdict $1 $log $2 $3 $4" >"$log.result"
    printf '%-5s%7d.%d s  %-32s %4d passed%s%s  %s\n' $verdict $((ms / 1000)) $((ms % 1000 / 100)) "$1" "$2" \
        "$([ "$3" = 0 ] || echo ", $3 failed")" "$([ "$4" = 0 ] || echo ", $4 skipped")" "$(remark "$log")"
}

# ---- all -----------------------------------------------------------------------------------------

tests() { ls tests/*_test.c 2>/dev/null | sed 's|.*/||; s|\.c$||'; }
short_tests() { tests | grep -vxF "$long"; }

suites_of() {
    case $1 in
    unit) tests | sed 's|^|unit/|' ;;
    quick) short_tests | sed 's|^|quick/|' ;;
    asan | ubsan | cov) short_tests | sed "s|^|$1/|"; echo "$1/cli_test" ;;
    rtl) echo rtl/rtl_82576_test; echo rtl/rtl_test; echo rtl/mutants ;;
    shell) ls tests/*_test.sh | grep -v /rtl_test | sed 's|.*/|shell/|; s|\.sh$||' ;;
    fuzz) ls tests/*_fuzz.c | sed 's|.*/|fuzz/|; s|_fuzz\.c$||' ;;
    lint)
        printf 'lint/%s\n' tidy-model tidy-hostbridge tidy-lab cppcheck tidy-driver tidy-traces format generated mutants
        ;;
    *) echo "run.sh: unknown group $1" >&2; exit 2 ;;
    esac
}

cd "$(dirname "$0")/.." || exit 2
if [ "$1" = --suite ]; then
    suite "$2"
    exit
fi
if [ "$1" = --one ]; then
    one "$2"
    exit 0
fi
rm -rf "$logs"
mkdir -p "$logs"
start=$(date +%s)
echo "seed $seed (SEED=N make test), $jobs at a time, logs in $logs"
for group; do suites_of "$group" || exit; done >"$logs/suites"
xargs -P "$jobs" -n 1 sh tests/run.sh --one <"$logs/suites" || exit 2
for result in "$logs"/*.result; do
    read -r verdict name log rest <"$result"
    [ "$verdict" = ok ] && continue
    printf '\n--- %s: %s\n' "$name" "$log"
    tail -n 60 "$log"
done
[ "$(ls "$logs"/*.result | wc -l)" = "$(wc -l <"$logs/suites")" ] || { echo 'run.sh: a suite got lost' >&2; exit 2; }
echo "$(wc -l <"$logs/suites") suites in $(($(date +%s) - start)) s"
awk '{ passed += $4; failed += $5; skipped += $6 }
    END {
        printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
        exit failed > 0
    }' "$logs"/*.result
