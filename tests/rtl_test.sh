#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The RTL against the C model: BUILD=build sh tests/rtl_test.sh [long]
#
# Every sample trace (cut to 2,000 frames) and generated ones: the same result (JSON but for "sim") and the same received.pcap
# from both engines, and every pin in every cycle in lockstep; random stimulus in lockstep (LOCKSTEP_CYCLES, SEED), with the
# idle jump and against not jumping; closed forms on the RTL; waves of both engines. `long`: whole traces, all closed forms.
# The last line is 'N passed, N failed, N skipped'.
build=${BUILD:-build} cycles=${LOCKSTEP_CYCLES:-12000000} cycles_82576=${LOCKSTEP_CYCLES_82576:-10000000}
seed=$((${SEED:-1} * 100)) # 60 episodes in 12,000,000 cycles: those of the next SEED are others
samples=${MODERATO_TRACES:-../shared/traces/open}
program=$build/rtl/moderato
root=$(mktemp -d) || exit 2
trap 'rm -rf "$root"' EXIT
passed=0 failed=0 skipped=0
long=$1

verdict() { # NAME STATUS
    if [ "$2" = 0 ]; then
        passed=$((passed + 1)); echo "ok    $1"
    else
        failed=$((failed + 1)); echo "FAIL  $1"
        head -n 60 "$root/err" "$root/out" 2>/dev/null
    fi
}

# Both engines play the same; what differs is shown.
same() { # NAME REPLAY-ARGUMENTS...
    name=$1; shift
    for engine in model rtl; do
        "$program" replay "$@" --engine $engine --json "$root/$engine.json" --out "$root/$engine" -q >"$root/out" 2>"$root/err" ||
            return 1
        sed '/^  "sim": {/,$d' "$root/$engine.json" >"$root/$engine.cut"
    done
    diff "$root/model.cut" "$root/rtl.cut" >"$root/out" && [ "$(wc -l <"$root/model.cut")" -gt 50 ] &&
        cmp "$root/model/received.pcap" "$root/rtl/received.pcap" >>"$root/out"
}
lockstep() { "$program" lockstep "$@" --against rtl >"$root/out" 2>"$root/err"; }

for options in 'gen:cbr,size=64,count=2000 --profile ideal' 'gen:cbr,size=64,count=2000 --profile ideal --respond echo' \
    'gen:imix,count=2000 --respond echo' 'gen:poisson,size=64,load=30,count=2000 --rdtr 8 --radv 32' \
    'gen:poisson,size=64,load=10,count=2000 --itr 488 --profile ideal' \
    'gen:cbr,size=1518,vlan=5,bad-fcs=1-in-7,count=500 --link-speed 100' \
    'gen:bursts,burst=64,count=2000 --rx-ring 32 --respond echo --tx-frames 4 --master 20'; do
    # shellcheck disable=SC2086 # the words are wanted
    same gen $options; verdict "same result: $options" $?
    # shellcheck disable=SC2086
    lockstep $options; verdict "lockstep: $options" $?
done

limit='--limit 2000' limit_82576='--limit 200'
[ -n "$long" ] && limit= limit_82576=
for options in 'gen:cbr,size=64,count=1000 --profile ideal' 'gen:imix,count=1000 --vfs 8 --respond echo' 'gen:imix,vlan=5,count=500 --vfs 1 --rx-usecs 50'; do
    # shellcheck disable=SC2086 # the words are wanted
    same $options --nic 82576; verdict "same result, 82576: $options" $?
    # shellcheck disable=SC2086
    lockstep $options --nic 82576 --floor none; verdict "lockstep, 82576: $options" $?
done

if [ -d "$samples" ]; then
    for trace in "$samples"/*.pcap "$samples"/*.pcapng; do
        "$program" info "$trace" >/dev/null 2>&1 || continue # not Ethernet, empty
        # shellcheck disable=SC2086
        same "$trace" "$trace" $limit --topspeed; verdict "same result: ${trace##*/} $limit" $?
        # shellcheck disable=SC2086
        lockstep "$trace" $limit --topspeed; verdict "lockstep: ${trace##*/} $limit" $?
        for vfs in 1 4 8; do
            # shellcheck disable=SC2086
            lockstep "$trace" $limit_82576 --topspeed --nic 82576 --vfs $vfs --floor none
            verdict "lockstep, 82576, $vfs VFs: ${trace##*/} $limit_82576" $?
        done
    done
    [ -z "$long" ] || { same own "$samples/small-tcp-echo.pcap" --respond echo; verdict 'same result: small-tcp-echo.pcap at its own timing' $?; }
else
    skipped=$((skipped + 1))
    echo "skip  sample traces: no folder $samples (MODERATO_TRACES)"
fi

lockstep --cycles "$cycles" --seed "$seed"; verdict "lockstep: $cycles random cycles, seed $seed" $?
sed -n 's/^/      /p' "$root/out"
lockstep --cycles $((cycles / 8)) --seed $((seed + 1000)) --jump check; verdict 'lockstep: one jumps over idle time, the other does not' $?
lockstep --nic 82576 --cycles "$cycles_82576" --seed "$seed"; verdict "lockstep, 82576: $cycles_82576 random cycles, seed $seed" $?
lockstep --nic 82576 --cycles $((cycles_82576 / 20)) --seed $((seed + 1000)) --jump check --floor none
verdict 'lockstep, 82576: one jumps over idle time, the other does not' $?

export TEST_ENGINE=rtl
[ -n "$long" ] || export TEST_IRQS=50
for filter in 'evenly*' 'the_throttle_alone*' 'frames_short*' ${long:+'*'}; do
    TEST_FILTER=$filter "$build/rtl/tests/closed_form_test" >"$root/out" 2>"$root/err"
    verdict "closed forms: $filter" $?
done

waves_of() # device, options of a replay
{
    nic=$1
    shift
    for engine in model rtl; do
        "$program" replay gen:imix,count=20 --respond echo --nic "$nic" "$@" --engine $engine --wave 0s:200us --wave-file "$root/$engine.fst" -q \
            >"$root/out" 2>"$root/err"
        verdict "wave: $nic, $engine" $?
    done
    command -v fst2vcd >/dev/null || return
    for engine in model rtl; do fst2vcd -f "$root/$engine.fst" -o "$root/$engine.vcd" 2>/dev/null; done
    [ "$(grep -c '^#' "$root/rtl.vcd")" -gt 20000 ] && cmp "$root/model.vcd" "$root/rtl.vcd" >"$root/out"
    verdict "waves of both engines are equal: $nic" $?
    sed -n "s/^nic_$nic\\.\\([a-z_0-9]*\\.\\)*\\([a-z_0-9]*\\).*/\\2/p" "rtl/nic_$nic.gtkw" | sort -u >"$root/wanted"
    awk '$1 == "$var" { print $5 }' "$root/rtl.vcd" | sort -u >"$root/there"
    [ -s "$root/wanted" ] && ! comm -23 "$root/wanted" "$root/there" | grep . >"$root/out"
    verdict "the layout names signals that are there: $nic" $?
}
waves_of 82540em
waves_of 82576 --vfs 2
if ! command -v fst2vcd >/dev/null; then
    skipped=$((skipped + 1)); echo 'skip  waves: no fst2vcd (package gtkwave)'
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
