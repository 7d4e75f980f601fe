#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Plants the faults of tests/mutants.tsv, one at a time, and plays random stimulus to C model and RTL until they differ.
#
#   sh tests/mutants.sh [--nic NAME] [docs/mutants.md]
#                                            all, or those of one device; the results replace what is between its markers of the file
#   sh tests/mutants.sh --pick N TURN        N of them, half in C and half in RTL; another TURN picks others
#   sh tests/mutants.sh --only 3,17          these
#   sh tests/mutants.sh --check              only whether each row can be planted
#
# A row of the table: number, file, text, what it becomes, the fault in words; tabs between them. The text must be in the
# file exactly once. One line a fault; the last one is 'N passed, N failed', a fault that is not caught has failed. Exit status
# 1 when one has, or when the engines differ without a fault, 2 when a row cannot be planted.
# From the environment: BUILD, JOBS, SEED (of the stimulus; 1, with which the table was made), MUTANT_CYCLES (at most),
# MUTANT_SECONDS (of a build or a play, at most; for slow machines).
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.." || exit 2
build=${BUILD:-build}/mutants jobs=${JOBS:-2} seed=${SEED:-1} cycles=${MUTANT_CYCLES:-10000000} seconds=${MUTANT_SECONDS:-900}
table=tests/mutants.tsv
parts='Makefile CHANGELOG.md model rtl driver hostbridge traces lab'
tab=$(printf '\t')

row() { awk -F '\t' -v n="$1" '$1 == n' $table; }
say() { printf '%s\n' "$*"; }

# The file with the row's text replaced; status 1 unless that is in it once.
plant() { # NUMBER FILE
    row "$1" | awk -F '\t' '
        NR == FNR { was = $3; is = $4; next }
        (at = index($0, was)) {
            count++
            rest = substr($0, at + length(was))
            if (index(rest, was)) count++
            $0 = substr($0, 1, at - 1) is rest
        }
        { print }
        END { exit count != 1 }' - "$2"
}

check_table() {
    bad=0
    awk -F '\t' '/^#/ || NF == 0 { next }
        NF != 5 || $1 !~ /^[0-9]+$/ || $3 == "" || $3 == $4 || $1 in seen { print "tests/mutants.tsv:" FNR ": no row of its own"; bad = 1 }
        { seen[$1] = 1 }
        END { exit bad }' $table || bad=1
    for n in $numbers; do
        file=$(row "$n" | cut -f 2)
        plant "$n" "$file" >/dev/null || { say "mutants: $n: its text is not in $file once"; bad=1; }
    done
    return $bad
}

# ---- one fault -----------------------------------------------------------------------------------

# Quick to compile; C as in the build that it begins from, if any.
compile() { # TREE LOG
    flags='CFLAGS= OPT=-O1'
    [ ! -e "$build/base/begun" ] || flags=
    # shellcheck disable=SC2086 # two words or none
    timeout "$seconds" env $flags make --no-print-directory -C "$1" BUILD=build CHIP_OPT=-O1 JOBS=1 build/rtl/moderato >"$2" 2>&1
}

# Rows from 200 on are of the 82576.
nic_of() { if [ "$1" -ge 200 ]; then echo 82576; else echo 82540em; fi; }

play() { # TREE LOG CYCLES NIC
    timeout "$seconds" "$1/build/rtl/moderato" lockstep --nic "$4" --seed "$seed" --cycles "$3" --floor none --json "$2.json" >"$2" 2>&1
}

# Cycles until the difference, and what it is.
difference() { # JSON
    awk '/^  "lockstep": / { here = 1 }
        here && /^    "(cycles|jumped)": / { sum += $2 }
        here && /^      "pin": / { sub(/.*: "/, ""); sub(/",?$/, ""); pin = $0 }
        /^  }/ { here = 0 }
        END { print sum "\t" pin }' "$1"
}

# Writes NUMBER, VERDICT, CYCLES, PIN, SECONDS to its result; VERDICT is caught, missed or broken.
one() { # NUMBER
    n=$1 start=$(date +%s%N)
    tree=$build/tree-$n log=$build/results/$n
    file=$(row "$n" | cut -f 2)
    rm -rf "$tree"
    cp -a "$build/base" "$tree" || exit 2
    plant "$n" "$file" >"$tree/$file"
    verdict=broken found=$tab
    if compile "$tree" "$log.make"; then
        play "$tree" "$log.log" "$cycles" "$(nic_of "$n")"
        case $? in
        0) verdict=missed ;;
        1) [ -s "$log.log.json" ] && found=$(difference "$log.log.json") && [ -n "${found#*"$tab"}" ] && verdict=caught ;;
        esac
    fi
    rm -rf "$tree"
    ms=$((($(date +%s%N) - start) / 1000000))
    say "$n$tab$verdict$tab$found$tab$((ms / 1000)).$((ms % 1000 / 100))" >"$log.result"
    case $verdict in
    caught) say "ok    $n  $file, cycle ${found%"$tab"*}: ${found#*"$tab"}" ;;
    missed) say "FAIL  $n  $file: not caught in $cycles cycles: $(row "$n" | cut -f 5)" ;;
    broken) say "FAIL  $n  $file: does not build, or no end: $log.make, $log.log" ;;
    esac
}

# ---- all -----------------------------------------------------------------------------------------

# The build that is there is a beginning: of a planted fault only what has changed is compiled.
begin_from_build() {
    [ "$build" = build/mutants ] && [ -x build/rtl/moderato ] || return 0
    mkdir -p "$build/base/build" && cp -a build/flags build/gen build/obj build/rtl "$build/base/build/" && touch "$build/base/begun"
}

# The sources as they are, built in a tree of their own; what has not changed since the last time is kept.
base() {
    [ -d "$build/base" ] || [ -n "$file" ] || begin_from_build || return 1
    mkdir -p "$build/base" "$build/results" || return 1
    # shellcheck disable=SC2086 # words are wanted
    find $parts -type f | sort >"$build/files"
    (cd "$build/base" && find $parts -type f 2>/dev/null | sort) | comm -13 "$build/files" - |
        while read -r f; do rm -f "$build/base/$f"; done
    while read -r f; do
        cmp -s "$f" "$build/base/$f" && continue
        mkdir -p "$(dirname "$build/base/$f")" && cp -p "$f" "$build/base/$f" || return 1
    done <"$build/files"
    compile "$build/base" "$build/base.make" || { cat "$build/base.make"; return 1; }
    for nic in 82540em 82576; do
        play "$build/base" "$build/base.log" "$sound_cycles" $nic && continue
        case $? in
        124) say "mutants: without a fault ($nic) it takes more than $seconds s (MUTANT_SECONDS)" ;;
        *) cat "$build/base.log"; say "mutants: they differ without a fault ($nic)" ;;
        esac
        return 1
    done
}

# FILE NIC: the table, and how many cycles it took. The seconds are those of the whole run.
report() {
    cat "$build"/results/*.result | while read -r n rest; do
        [ "$(nic_of "$n")" != "$2" ] || say "$n$tab$rest"
    done | sort -n >"$build/all"
    [ -s "$build/all" ] || return 0
    {
        printf '%s, seed %s, at most %s cycles; %s of %s faults caught, in %s s.\n\n' "$(date +%F)" "$seed" "$cycles" \
            "$(grep -c "${tab}caught$tab" "$build/all")" "$(wc -l <"$build/all")" "$(($(date +%s) - begin))"
        awk -F '\t' '$2 == "caught" { print $3 }' "$build/all" | sort -n | awk '
            { x[NR] = $1 }
            END {
                if (!NR) exit
                print "Cycles until the first difference: least " x[1] ", quartiles " x[int((NR + 3) / 4)] ", " x[int((NR + 1) / 2)] \
                    ", " x[int((3 * NR + 3) / 4)] ", most " x[NR] ".\n"
            }'
        printf '| no. | file | fault | cycle | seen at |\n|---:|---|---|---:|---|\n'
        awk -F '\t' 'NR == FNR { cycle[$1] = $2 == "caught" ? $3 : $2; pin[$1] = $4; next }
            $1 in cycle { printf "| %d | `%s` | %s | %s | %s |\n", $1, $2, $5, cycle[$1], pin[$1] ? "`" pin[$1] "`" : "" }' \
            "$build/all" $table
    } >"$build/table"
    awk -v table="$build/table" -v nic="$2" '
        inside && /<!-- mutants:end -->/ { print ""; while ((getline line <table) > 0) print line; print ""; inside = 0 }
        !inside { print }
        $0 == "<!-- mutants:begin " nic " -->" { inside = 1 }' "$1" >"$build/doc" && cp "$build/doc" "$1"
}

if [ "$1" = --one ]; then
    one "$2"
    exit 0
fi
numbers=$(awk -F '\t' '$1 ~ /^[0-9]+$/ { print $1 }' $table)
check_table || exit 2
chosen=$numbers file= sound_cycles=1000000
if [ "$1" = --nic ]; then
    chosen=$(for n in $numbers; do [ "$(nic_of "$n")" != "$2" ] || say "$n"; done)
    [ -n "$chosen" ] || { say "mutants: no faults of $2" >&2; exit 2; }
    shift 2
fi
case $1 in
--check) exit 0 ;;
--only) chosen=$(say "$2" | tr , '\n') ;;
--pick)
    # In each half, those behind the ones of the turn before.
    chosen=$(for side in c sv; do
        awk -F '\t' -v side="$side" '$1 ~ /^[0-9]+$/ && ($2 ~ /\.sv$/) == (side == "sv") { print $1 }' $table |
            awk -v k="$(($2 / 2))" -v turn="$3" '{ x[NR - 1] = $1 } END { for (i = 0; i < k; i++) print x[(turn * k + i) % NR] }'
    done)
    ;;
-*) sed -n '2,/^LC_ALL/s/^# \{0,1\}//p' "$0"; exit 2 ;;
?*) file=$1 sound_cycles=$cycles ;;
esac
begin=$(date +%s)
rm -rf "$build/results" "$build"/tree-*
base || { say '0 passed, 1 failed'; exit 1; }
export BUILD="${BUILD:-build}" SEED="$seed" MUTANT_CYCLES="$cycles"
say "$chosen" | xargs -P "$jobs" -n 1 sh tests/mutants.sh --one
[ -z "$file" ] || for nic in 82540em 82576; do report "$file" $nic; done
cat "$build"/results/*.result | awk -F '\t' '$2 == "caught" { passed++ } $2 != "caught" { failed++ }
    END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || !NR }'
