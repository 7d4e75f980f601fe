#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Proofs of tests/formal/list.sh with Yosys' own solver: BUILD=build sh tests/formal/run.sh [docs/formal.md]
#
# prove: temporal induction (sat -tempinduct) at the numbers of nic_pkg, over the assertions of one property, the invariants
# (Inv*) of its top and the RTL's own assertions (dut.*); they are proved together, none is assumed.
# reach, mutant: search from power-good for the shortest run that breaks one assertion, which must exist: in the RTL as it
# is (the situation exists), in a copy with a planted bug (the property sees it). With short units of time, or these runs
# were hundreds of cycles; with these the RTL as it is is proved once more, as a control.
# One line a result; exit status 1 when one is not as it should be. FORMAL_LIMIT (300): seconds for a run of Yosys.
# The tables replace what is between the markers of the file.
LC_ALL=C
export LC_ALL
build=${BUILD:-build}/formal
file=$1
depth=6       # of inductions, at most
steps=40      # of searches, at most
unit=4        # cycles of ITR's and the timers' units in searches
limit=${FORMAL_LIMIT:-300}
cd "$(dirname "$0")/../.." || exit 2
rm -rf "$build"
mkdir -p "$build/short" || exit 2
sed "s/\(TimerUnitCyc\|ItrUnitCyc\) = [0-9]*;/\1 = $unit;/" rtl/nic_pkg.sv >"$build/short/nic_pkg.sv"
sed "s/\(EitrUnitCyc\) = [0-9]*;/\1 = $unit;/" rtl/nic_82576_pkg.sv >"$build/short/nic_82576_pkg.sv"
[ "$(diff rtl/nic_pkg.sv "$build/short/nic_pkg.sv" | grep -c '^>')" = 2 ] || {
    echo 'formal: nic_pkg.sv has no units as they were' >&2
    exit 2
}

failed=0 count=0
now() { date +%s%N; }

# Yosys' log of the design TOP with the assertions KEEP and no others (a selection; there must be some called NAMES), and then
# a command.
yosys_log() { # LOG TOP NAMES KEEP COMMAND FILE...
    log=$1 top=$2 names=$3 keep=$4 command=$5
    shift 5
    timeout $limit yosys -q -l "$log" -p "read_verilog -sv -formal ${1%nic_pkg.sv}nic_82576_pkg.sv $* tests/formal/$top.sv; hierarchy -check -top $top
        proc; flatten; async2sync; check -assert
        select -assert-any t:\$assert c:$names %i; delete t:\$assert $keep %d
        opt -full; $command" >"$log.out" 2>&1
}

# What came out of it: `proved DEPTH`, `broken STEPS` or `nothing`.
outcome() { # LOG
    awk '/^\[base case [0-9]+\]/ { step = $3 + 0 }
        /^\[induction step [0-9]+\]/ { step = $3 + 0 }
        /^ERROR|Timeout|Interrupted/ && !/Called with -verify/ { bad = 1 }
        /Induction step proven: SUCCESS!/ { result = "proved " step }
        /model found for base case: FAIL!/ { result = "broken " step }
        END { print bad || !result ? "nothing 0" : result }' "$1"
}

line() { # GOOD SECONDS-SINCE WHAT RESULT
    count=$((count + 1))
    ms=$((($(now) - $2) / 1000000))
    verdict=ok
    [ "$1" = 1 ] || { verdict=FAIL; failed=$((failed + 1)); }
    printf '%-5s%5d.%d s  %s: %s\n' $verdict $((ms / 1000)) $((ms % 1000 / 100)) "$3" "$4"
    seconds=$((ms / 1000)).$((ms % 1000 / 100))
}

paths() { for m; do echo "rtl/$m.sv"; done; }

prove() { # PROPERTY|own|all TOP RTL WHAT [PACKAGE]
    set -- "$1" "$2" "$3" "$4" "${5:-rtl/nic_pkg.sv}"
    log=$build/$1-$2.log
    names="$1*"
    [ "$1" = own ] && names='*.*'
    [ "$1" = all ] && names='P*'
    start=$(now)
    # shellcheck disable=SC2046,SC2086 # words are wanted
    yosys_log "$log" "$2" "$names" "c:$names c:Inv* c:*.* %u %u" \
        "sat -verify -tempinduct -prove-asserts -maxsteps $depth" "$5" $(paths $3)
    status=$?
    # shellcheck disable=SC2046 # words are wanted
    set -- "$@" $(outcome "$log")
    good=0
    [ "$status" = 0 ] && [ "$6" = proved ] && good=1
    line $good "$start" "prove $1 of $2" "$6, induction over $7"
    [ "$1" = all ] || echo "| $1 | \`$(echo "$3" | sed 's/ /`, `/')\` | $4 | $7 | $seconds |" >>"$build/proofs"
}

# The shortest run of the design that breaks an assertion. Sets good and length.
search() { # LOG ASSERTION TOP FILE...
    log=$1 assertion=$2 top=$3
    shift 3
    yosys_log "$log" "$top" "$assertion" "c:$assertion" \
        "sat -tempinduct -tempinduct-baseonly -prove-asserts -maxsteps $steps -dump_vcd $log.vcd" \
        "$build/short/nic_pkg.sv" "$@"
    status=$?
    found=$(outcome "$log")
    length=${found#* }
    good=0
    [ "$status" = 0 ] && [ "${found% *}" = broken ] && good=1
}

reach() { # ASSERTION TOP RTL
    start=$(now)
    # shellcheck disable=SC2046,SC2086 # words are wanted
    search "$build/$1.log" "$1" "$2" $(paths $3)
    line $good "$start" "reach $1 of $2" "${found% *} in $length cycles"
    echo "| $1 | $length |" >>"$build/reached"
}

mutant() { # ASSERTION TOP RTL FILE SED WORDS
    start=$(now)
    mutants=$((mutants + 1))
    dir=$build/mutant-$mutants
    mkdir -p "$dir"
    files=
    for m in $3; do
        cp "rtl/$m.sv" "$dir/"
        files="$files $dir/$m.sv"
    done
    sed "$5" "rtl/$4.sv" >"$dir/$4.sv"
    if diff "rtl/$4.sv" "$dir/$4.sv" >"$dir/diff"; then
        good=0 found='nothing planted' length=0
    else
        # shellcheck disable=SC2086 # words are wanted
        search "$dir/log" "$1" "$2" $files
    fi
    line $good "$start" "mutant $mutants, $1: $6" "${found% *} in $length cycles"
    echo "| $(echo "$1" | sed "s/^\(P[0-9]*\).*/\1/") | \`$4\`: $6 | $1 | $length |" >>"$build/caught"
}
mutants=0

begin=$(now)
for top in throttle_formal:throttle irq_formal:irq 'interrupt_formal:irq throttle' timers_formal:timers \
    mailbox_formal:vf_mailbox msix_formal:msix eitr_gate_formal:eitr_gate irq_82576_formal:irq_82576; do
    prove all "${top%%:*}" "${top#*:}" 'short units' "$build/short/nic_pkg.sv"
done
. tests/formal/list.sh
total=$((($(now) - begin) / 1000000000))

{
    echo
    echo "$(yosys -V), $(date -u +%Y-%m-%d); $count runs in $total s on one core, $failed not as they should be."
    echo
    echo '| property | modules | what | induction depth | s |'
    echo '|---|---|---|---:|---:|'
    cat "$build/proofs"
    echo
    echo "Planted bugs, and the shortest counterexample in cycles from power-good (units of $unit cycles):"
    echo
    echo '| property | bug | assertion that fails | cycles |'
    echo '|---|---|---|---:|'
    cat "$build/caught"
    echo
    echo 'Situations that exist in the RTL as it is, and after how many cycles the first of them:'
    echo
    echo '| assertion that must be false | cycles |'
    echo '|---|---:|'
    cat "$build/reached"
    echo
} >"$build/tables.md"

echo "$((count - failed)) passed, $failed failed, $total s"
[ "$failed" = 0 ] || exit 1
[ -n "$file" ] || exit 0
grep -q '^<!-- formal:begin -->$' "$file" && grep -q '^<!-- formal:end -->$' "$file" || {
    echo "formal: $file has no markers formal:begin and formal:end" >&2
    exit 1
}
awk -v tables="$build/tables.md" '
    /^<!-- formal:end -->$/ { inside = 0 }
    !inside { print }
    /^<!-- formal:begin -->$/ { inside = 1; while ((getline line < tables) > 0) print line }' "$file" >"$build/new"
cat "$build/new" >"$file"
