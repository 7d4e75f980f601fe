#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A long lockstep of RTL and model in pieces: BUILD=build JOBS=2 NIC=82540em SEED=1 LOCKSTEP_CYCLES=1000000000 sh tests/lockstep_long.sh
# Pieces of 25 (82576: 5) million cycles; their seeds follow each other (an episode of 200,000 cycles takes one). The sum is printed;
# exit status 1 at a difference, whose report is shown.
build=${BUILD:-build} jobs=${JOBS:-2} seed=${SEED:-1} nic=${NIC:-82540em} cycles=${LOCKSTEP_CYCLES:-1000000000}
piece=25000000 episode=200000
[ "$nic" = 82576 ] && piece=5000000 # it is slower
logs=$build/lockstep-long
rm -rf "$logs" && mkdir -p "$logs" || exit 2
start=$(date +%s)
pieces=$(((cycles + piece - 1) / piece))
i=0
while [ $i -lt $pieces ]; do
    echo $((seed + i * (piece / episode)))
    i=$((i + 1))
done | xargs -P "$jobs" -I{} sh -c "'$build/rtl/moderato' lockstep --nic $nic --floor none --against rtl --cycles $piece --seed {} >'$logs/{}.log' 2>&1 || exit 255" ||
    { cat $(grep -L '^lockstep: model = rtl' "$logs"/*.log); exit 1; }
cat "$logs"/*.log | awk -v pieces=$pieces -v s=$(($(date +%s) - start)) -v seed="$seed" '
    /^lockstep: model = rtl in/ { n++; ticked += $6; jumped += $8; runs += $(NF - 1) }
    END {
        printf "lockstep: model = rtl in %.0f cycles, %.0f more jumped over, %d runs, seeds %d..%d, %d s\n",
            ticked, jumped, runs, seed, seed + runs - 1, s
        exit n != pieces
    }'
