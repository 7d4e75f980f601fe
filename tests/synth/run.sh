#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Synthesis of the RTL, module by module: BUILD=build sh tests/synth/run.sh docs/synthesis.md [MODULE...]
#
# Each module of rtl/ (or those named) with what is inside it, flat, twice: gates (generic cells, memories left alone), and
# ECP5. Fails on a latch, on what `check -assert` finds before and after, on a combinational loop, on a memory that became
# flip-flops and is not in tests/synth/flops, and on one that vanished and is not in tests/synth/unused. The rows of the modules that
# were run replace theirs in the table of the file; one that has failed has none. The two run side by side; what `synth_ecp5` does
# last, finding better names for cells, is left out: of a whole device it had not ended when time was up. SYNTH_LIMIT (9000):
# seconds for a run of Yosys.
LC_ALL=C
export LC_ALL
build=${BUILD:-build}/synth
limit=${SYNTH_LIMIT:-9000}
file=$1
[ $# -gt 0 ] && shift
cd "$(dirname "$0")/../.." || exit 2
rm -rf "$build"
mkdir -p "$build" || exit 2

all=$(ls rtl/*.sv | sed 's|.*/||; s|\.sv$||; /^nic_.*pkg$/d')
modules=${*:-$all}
now() { date +%s; }
failed=0

# Number of cells of types that match, in what `stat` printed last.
cells() { # PATTERN LOG
    awk -v type="^($1)\$" '
        /Printing statistics/ { n = 0 }
        /^ +[^ ]+ +[0-9]+$/ && $1 ~ type { n += $2 }
        END { print n + 0 }' "$2"
}

# Reads the module and what it needs, no more: ABC's result depends on the order of what else was read.
run_yosys() { # LOG MODULE COMMANDS
    second=
    grep -q nic_82576_pkg "rtl/$2.sv" && second=rtl/nic_82576_pkg.sv
    timeout "$limit" yosys -q -l "$1" -p "read_verilog -sv rtl/nic_pkg.sv $second rtl/$2.sv
        hierarchy -check -top $2 -libdir rtl; $3" >"$1.out" 2>&1
}

# Memories that became flip-flops, as flops or already when read, and may not. A memory of the module itself is listed with the
# module; one of an instance inside goes by its own name, because the module it is declared in is run too.
strays() { # MODULE LOG
    {
        sed -n 's/^using FF mapping for memory //p; s/.*Replacing memory \\\([^ ]*\) with list of registers.*/'"$1"'.\1/p' "$2"
    } | tr -d "\\\\" | sort -u | while read -r memory; do
        name=${memory#*.}
        case $name in
        *.*) grep -q "^[a-z0-9_]*\.${name##*.} " tests/synth/flops || echo "$memory" ;;
        *) grep -q "^$memory " tests/synth/flops || echo "$memory" ;;
        esac
    done
}

# Memories that are there when read and not when optimized, because nobody writes or reads them, and are not listed.
vanished() { # MODULE
    sed 's|/|.|' "$build/$1-arrays" >"$build/$1-left"
    sed 's|/|.|' "$build/$1-written" | grep -vxFf "$build/$1-left" | while read -r memory; do
        grep -q "^$memory " tests/synth/unused || echo "$memory"
    done
}

module() { # MODULE
    m=$1 start=$(now) trouble=
    gates=$build/$m-gates.log ecp5=$build/$m-ecp5.log
    run_yosys "$gates" "$m" "proc; flatten
        select -assert-none t:\$dlatch t:\$adlatch t:\$dlatchsr; check -assert
        tee -q -o $build/$m-written select -list m:*
        synth -top $m -run begin:fine; tee -q -o $build/$m-arrays select -list t:\$mem_v2
        opt -fast -full; techmap -map tests/synth/shiftx.v; techmap; opt -fast; abc -fast; opt -fast; check -assert; stat" &
    first=$!
    run_yosys "$ecp5" "$m" "synth_ecp5 -top $m -run :map_gates; techmap -map tests/synth/shiftx.v; synth_ecp5 -top $m -run map_gates:check
        check -assert; stat
        delete t:TRELLIS_FF t:DP16KD t:PDPW16KD; techmap -map tests/synth/paths.v; ltp" ||
        trouble="$trouble ECP5: $(grep -m 1 ERROR "$ecp5" || echo "$ecp5")"
    wait $first || trouble="$trouble generic cells: $(grep -m 1 ERROR "$gates" || echo "$gates")"
    gone=$(vanished "$m")
    arrays=$(wc -l <"$build/$m-arrays")
    stray=$(strays "$m" "$ecp5")
    grep -q 'Detected loop' "$ecp5" && trouble="$trouble combinational loop"
    [ -n "$gone" ] && trouble="$trouble memory vanished: $gone"
    [ -n "$stray" ] && trouble="$trouble memory became flip-flops: $stray"
    flops=$(grep -c '^using FF mapping for memory' "$ecp5")
    path=$(sed -n 's/^Longest topological path in .*(length=\([0-9]*\)).*/\1/p' "$ecp5" | tail -n 1)
    lut=$(cells LUT4 "$ecp5") ff=$(cells TRELLIS_FF "$ecp5") carry=$(cells CCU2C "$ecp5")
    bram=$(cells 'DP16KD|PDPW16KD' "$ecp5") dram=$(cells TRELLIS_DPR16X4 "$ecp5") mul=$(cells 'MULT.*' "$ecp5")
    gate_ff=$(cells '[$]_.*(DFF|SR).*_' "$gates") gate=$(cells '[$]_.*_' "$gates")
    gate=$((gate - gate_ff))
    s=$(($(now) - start))
    if [ -z "$trouble" ]; then
        verdict=ok
    else
        verdict=FAIL failed=$((failed + 1))
    fi
    printf '%-5s%5d s  %-12s %6d LUT4 %6d FF %5d CCU2C %3d block RAM %4d DPR16X4, path %s%s\n' $verdict $s "$m" "$lut" "$ff" \
        "$carry" "$bram" "$dram" "${path:--}" "${trouble:+: $trouble}"
    [ -n "$trouble" ] || echo "| \`$m\` | $lut | $ff | $carry | $mul | $bram | $dram | ${arrays:-?} | $flops | ${path:--} | $gate | $gate_ff | $s |" \
        >>"$build/rows"
}

begin=$(now)
yosys -q -s tests/synth/shiftx.ys || { echo "FAIL tests/synth/shiftx.v"; exit 1; }
for m in $modules; do module "$m"; done
echo "$(echo "$modules" | wc -w) modules in $(($(now) - begin)) s, $failed failed"
[ -n "$file" ] || exit $((failed > 0))

# What the table has of other modules.
touch "$build/rows"
for m in $all; do
    case " $(echo $modules) " in
    *" $m "*) grep "^| \`$m\` |" "$build/rows" ;;
    *) sed -n '/^<!-- synth:begin -->$/,/^<!-- synth:end -->$/p' "$file" | grep "^| \`$m\` |" ;;
    esac
done >"$build/table-rows"
{
    echo
    echo "$(yosys -V), $(date -u +%Y-%m-%d)."
    echo
    echo '| module | LUT4 | FF | CCU2C | MULT18X18D | block RAM | distributed RAM | memories | of these flops | longest path |' \
        'gates | gate FF | s |'
    echo '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|'
    cat "$build/table-rows"
    echo
} >"$build/tables.md"
sh tests/put_table.sh "$file" synth "$build/tables.md" || exit 1
exit $((failed > 0))
