#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How fast the simulator is: BUILD=build bash tests/bench.sh docs/performance.md
# RUNS rounds over all cases on one core (rounds, so that a busy minute of the machine does not fall on one case); per case the
# median by user CPU time (the whole program: traffic, device, host, driver, result) and by wall time of the run. The tables
# replace what is between the markers of the file. Nothing is judged here. bash for its `time`, which sees milliseconds.
set -e
LC_ALL=C
export LC_ALL
build=${BUILD:-build} runs=${RUNS:-5} count=${COUNT:-300000}
file=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
pin=
command -v taskset >/dev/null && pin='taskset -c 0'
TIMEFORMAT=%U

cases=(
    "64 bytes, line rate|gen:cbr,size=64"
    "IMIX, line rate|gen:imix"
    "1518 bytes, line rate|gen:cbr,size=1518"
    "64 bytes, Poisson, 10 % load|gen:poisson,size=64,load=10"
)
profiles='ideal native-2012'

key() { sed -n "s/^ *\"$1\": \([0-9.]*\),*$/\1/p" "$2" | tail -n 1; }
median() { sort -n "$1" | sed -n "$((($(wc -l <"$1") + 1) / 2))p"; }

# One run of one case; its times go to the files of the case.
run() { # PROFILE none|echo NUMBER
    local at=$tmp/$1-$2-$3 trace=${cases[$3]#*|}
    { time $pin "$build/moderato" replay "$trace,count=$count" --profile "$1" --respond "$2" --json "$at.json" -q \
        2>"$tmp/err"; } 2>>"$at.user"
    key wall_s "$at.json" >>"$at.wall"
}

row() { # PROFILE none|echo NUMBER
    local at=$tmp/$1-$2-$3 name=${cases[$3]%|*}
    [ "$2" = none ] || name="$name, echoed (full duplex)"
    awk -v name="$name" -v n="$count" -v user="$(median "$at.user")" -v wall="$(median "$at.wall")" \
        -v least="$(sort -n "$at.user" | head -n 1)" -v most="$(sort -n "$at.user" | tail -n 1)" \
        -v simulated="$(key simulated_s "$at.json")" -v visits="$(key visits "$at.json")" \
        -v delivered="$(key delivered "$at.json")" 'BEGIN {
            printf "| %s | %.0f | %.0f | %.2f | %.2f | %.2f | %.2f | %.1f |\n", name, n / user, n / wall, simulated / user,
                simulated / wall, most / least, visits / n, 100 * delivered / n
        }'
}

# The 82576: traffic to its PF, to one VF and to eight. With 400 us each of eight gets as many frames in an interrupt as one with 50.
functions=(
    "PF, \`--rx-usecs 50\`|--vfs 0 --rx-usecs 50"
    "1 VF, \`--rx-usecs 50\`|--vfs 1 --rx-usecs 50"
    "8 VFs, \`--rx-usecs 400\`|--vfs 8 --rx-usecs 400"
    "8 VFs, \`--rx-usecs 50\`|--vfs 8 --rx-usecs 50"
    "1 VF, \`--policy adaptive\`|--vfs 1"
    "8 VFs, \`--policy adaptive\`|--vfs 8"
)
# Every path, with the NIC that is the fastest to simulate: guests behind a bridge have a device or rings of their own besides.
paths=(
    "\`native\`|--nic 82540em --path native --rx-usecs 50"
    "\`container\`|--nic 82540em --path container --rx-usecs 50"
    "\`vf\`|--nic 82576 --path vf --rx-usecs 50"
    "\`virtio\`|--nic 82540em --path virtio --host-rx-usecs 50"
    "\`xen-pv\`|--nic 82540em --path xen-pv --host-rx-usecs 50"
    "\`emulated\`|--nic 82540em --path emulated --rx-usecs 50 --host-rx-usecs 50"
)
paths_round() {
    local i at
    for i in "${!paths[@]}"; do
        at=$tmp/path-$i
        # shellcheck disable=SC2086 # options
        { time $pin "$build/moderato" replay "gen:cbr,size=64,count=$count" --profile ideal ${paths[i]#*|} \
            --json "$at.json" -q 2>"$tmp/err"; } 2>>"$at.user"
        key wall_s "$at.json" >>"$at.wall"
    done
}

paths_table() {
    local i at
    echo
    echo "Paths, 64 bytes at line rate to one guest, profile \`ideal\`, $count frames:"
    echo
    echo "| path | frames/s, user | × real time, user | × real time, wall | wall, native = 1 | visits/frame | delivered, % |"
    echo '|---|---:|---:|---:|---:|---:|---:|'
    for i in "${!paths[@]}"; do
        at=$tmp/path-$i
        awk -v name="${paths[i]%%|*}" -v n="$count" -v user="$(median "$at.user")" -v wall="$(median "$at.wall")" \
            -v one="$(median "$tmp/path-0.wall")" -v simulated="$(key simulated_s "$at.json")" -v visits="$(key visits "$at.json")" \
            -v delivered="$(sed -n 's/^ *"delivered": \([0-9]*\),*$/\1/p' "$at.json" | head -n 1)" 'BEGIN {
                printf "| %s | %.0f | %.2f | %.2f | %.2f | %.1f | %.1f |\n", name, n / user, simulated / user, simulated / wall,
                    wall / one, visits / n, 100 * delivered / n
            }'
    done
}

functions_round() {
    local i at
    for i in "${!functions[@]}"; do
        at=$tmp/function-$i
        # shellcheck disable=SC2086 # options
        { time $pin "$build/moderato" replay "gen:cbr,size=64,count=$count,hosts=8" --profile ideal --nic 82576 ${functions[i]#*|} \
            --json "$at.json" -q 2>"$tmp/err"; } 2>>"$at.user"
        key wall_s "$at.json" >>"$at.wall"
    done
}

functions_table() {
    local i at
    echo
    echo "82576, 64 bytes at line rate to 8 hosts, profile \`ideal\`, $count frames:"
    echo
    echo "| traffic to | frames/s, user | × real time, user | × real time, wall | wall, 1 VF = 1 | frames/interrupt | visits/frame |" \
        "delivered, % |"
    echo '|---|---:|---:|---:|---:|---:|---:|---:|'
    for i in "${!functions[@]}"; do
        at=$tmp/function-$i
        awk -v name="${functions[i]%|*}" -v n="$count" -v user="$(median "$at.user")" -v wall="$(median "$at.wall")" \
            -v one="$(median "$tmp/function-1.wall")" -v simulated="$(key simulated_s "$at.json")" -v visits="$(key visits "$at.json")" \
            -v interrupts="$(sed -n 's/^ *"asserted": \([0-9]*\),*$/\1/p' "$at.json" | head -n 1)" \
            -v delivered="$(sed -n 's/^ *"delivered": \([0-9]*\),*$/\1/p' "$at.json" | head -n 1)" 'BEGIN {
                printf "| %s | %.0f | %.2f | %.2f | %.2f | %.1f | %.1f | %.1f |\n", name, n / user, simulated / user, simulated / wall,
                    wall / one, n / interrupts, visits / n, 100 * delivered / n
            }'
    done
}

# Frames behind an IOMMU, best of the rounds by user time, and what that is beside none; then translations alone. The host of
# native-2012 drops most of them: of the work a frame is little is left.
iommu=${IOMMU:-}
iommu_modes=(off pt pinned deferred strict 'strict --pages 2m')
iommu_run() { # PROFILE NIC MODE
    local at=$tmp/iommu-$1-$2-$3
    # shellcheck disable=SC2086 # options
    { time $pin "$build/moderato" replay "gen:cbr,size=64,count=$count" --profile "$1" --nic "$2" --iommu ${iommu_modes[$3]} \
        --json "$at.json" -q 2>"$tmp/err"; } 2>>"$at.user"
}
iommu_row() { # PROFILE NIC MODE
    local at=$tmp/iommu-$1-$2-$3 off=$tmp/iommu-$1-$2-0
    awk -v mode="${iommu_modes[$3]}" -v nic="$2" -v n="$count" -v user="$(sort -n "$at.user" | head -n 1)" \
        -v off="$(sort -n "$off.user" | head -n 1)" -v simulated="$(key simulated_s "$at.json")" \
        -v hits="$(key iotlb_hits "$at.json")" -v all="$(key translations "$at.json")" \
        -v delivered="$(key delivered "$at.json")" 'BEGIN {
            printf "| %s | %s | %.0f | %.2f | %+.0f | %.2f | %.1f | %.1f |\n", mode, nic, n / user, simulated / user,
                (user - off) / n * 1e9, all / n, all ? 100 * hits / all : 0, 100 * delivered / n
        }'
}
iommu_table() {
    [ -n "$iommu" ] || return 0
    local profile nic mode i
    for ((i = 0; i < runs; i++)); do
        for profile in $profiles; do
            for nic in 82540em 82576; do
                for mode in "${!iommu_modes[@]}"; do iommu_run "$profile" $nic "$mode"; done
            done
        done
    done
    for profile in $profiles; do
        echo
        echo "IOMMU, 64 bytes at line rate, profile \`$profile\`, $count frames, best of $runs:"
        echo
        echo "| \`--iommu\` | NIC | frames/s, user | × real time, user | ns/frame beside \`off\` | translations/frame |" \
            "IOTLB hits, % | delivered, % |"
        echo '|---|---|---:|---:|---:|---:|---:|---:|'
        for nic in 82540em 82576; do
            for mode in "${!iommu_modes[@]}"; do iommu_row "$profile" $nic "$mode"; done
        done
    done
    echo
    echo "Translations alone, one function, pages at random, with their times (\`tests/bench/iommu.c\`):"
    echo
    echo "| IOTLB | pages | hits, % | million/s |"
    echo '|---|---|---:|---:|'
    $pin "$iommu"
}

# What cores cost the simulator.
cores=${CORES:-}
cores_table() {
    [ -n "$cores" ] || return 0
    echo
    echo "Cores, where nothing they do takes time (\`tests/bench/cores.c\`):"
    echo
    echo "| | ns |"
    echo '|---|---:|'
    $pin "$cores"
}

# The same short trace on both engines in one round: the best of the rounds for each, by wall time of the run alone.
rtl=${RTL:-} rtl_count=20000 rtl_rounds=3
rtl_cases=("64 bytes, Poisson, 10 % load|gen:poisson,size=64,load=10" "64 bytes, line rate|gen:cbr,size=64")
rtl_table() {
    [ -n "$rtl" ] || return 0
    echo
    echo "C model against the Verilated RTL (\`-O2\`, no tracing, idle cycles jumped over), same trace and host, best of $rtl_rounds:"
    echo
    echo "| traffic, $rtl_count frames | profile | C model, s | RTL, s | C model is faster by |"
    echo '|---|---|---:|---:|---:|'
    for profile in $profiles; do
        for respond in none echo; do
            for case in "${rtl_cases[@]}"; do
                for ((i = 0; i < rtl_rounds; i++)); do
                    for engine in model rtl; do
                        program=$build/moderato
                        [ $engine = rtl ] && program=$rtl
                        $pin "$program" replay "${case#*|},count=$rtl_count" --profile "$profile" --respond $respond \
                            --engine $engine --json "$tmp/rtl.json" -q 2>"$tmp/err"
                        key wall_s "$tmp/rtl.json" >>"$tmp/$engine.wall"
                    done
                done
                name=${case%|*}
                [ $respond = none ] || name="$name, echoed (full duplex)"
                awk -v name="$name" -v profile="$profile" -v c="$(sort -g "$tmp/model.wall" | head -n 1)" \
                    -v r="$(sort -g "$tmp/rtl.wall" | head -n 1)" \
                    'BEGIN { printf "| %s | %s | %.4f | %.2f | %.0f × |\n", name, profile, c, r, r / c }'
                rm "$tmp/model.wall" "$tmp/rtl.wall"
            done
        done
    done
}

for ((round = 0; round < runs; round++)); do
    for profile in $profiles; do
        for respond in none echo; do
            for i in "${!cases[@]}"; do run "$profile" $respond "$i"; done
        done
    done
    functions_round
    paths_round
done

{
    echo
    echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores (one used)," \
        "$(${CC:-cc} --version | head -n 1), $(date -u +%Y-%m-%d), build \`${build##*/}\`; median of $runs runs."
    echo "Spread: the slowest of them over the fastest, by user time."
    for profile in $profiles; do
        echo
        echo "Profile \`$profile\`:"
        echo
        echo "| traffic, $count frames | frames/s, user | frames/s, wall | × real time, user | × real time, wall | spread |" \
            "visits/frame | delivered, % |"
        echo '|---|---:|---:|---:|---:|---:|---:|---:|'
        for respond in none echo; do
            for i in "${!cases[@]}"; do row "$profile" $respond "$i"; done
        done
    done
    functions_table
    paths_table
    iommu_table
    cores_table
    rtl_table
    echo
} >"$tmp/tables"
cat "$tmp/tables"

[ -n "$file" ] || exit 0
sh "$(dirname "$0")/put_table.sh" "$file" bench "$tmp/tables"
