#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The RTL against the C model: BUILD=build NIC=82540em sh tests/rtl_test.sh [long]
#
# Every sample trace (cut to 2,000 frames) and generated ones: the same result (JSON but for "sim") and the same received.pcap
# from both engines, and every pin in every cycle in lockstep; random stimulus in lockstep (LOCKSTEP_CYCLES, SEED), with the
# idle jump and against not jumping; closed forms on the RTL; waves of both engines. `long`: whole traces, all closed forms.
# Of the 82576 (NIC=82576): replays and lockstep with VFs, every sample with 1, 4 or 8 VFs (cut to 200 frames), random stimulus;
# `long`: whole traces, with 1, 4 and 8.
# The last line is 'N passed, N failed, N skipped'.
build=${BUILD:-build} nic=${NIC:-82540em}
cycles=${LOCKSTEP_CYCLES:-$([ "$nic" = 82576 ] && echo 10000000 || echo 12000000)}
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
waves_of() # device, options of a replay
{
    nic=$1
    shift
    for engine in model rtl; do
        "$program" replay gen:imix,count=20 --respond echo --nic "$nic" "$@" --engine $engine --wave 0s:200us --wave-file "$root/$engine.fst" -q \
            >"$root/out" 2>"$root/err"
        verdict "wave: $nic, $engine" $?
    done
    command -v fst2vcd >/dev/null || {
        skipped=$((skipped + 1))
        echo 'skip  waves: no fst2vcd (package gtkwave)'
        return
    }
    for engine in model rtl; do fst2vcd -f "$root/$engine.fst" -o "$root/$engine.vcd" 2>/dev/null; done
    [ "$(grep -c '^#' "$root/rtl.vcd")" -gt 20000 ] && cmp "$root/model.vcd" "$root/rtl.vcd" >"$root/out"
    verdict "waves of both engines are equal: $nic" $?
    sed -n "s/^nic_$nic\\.\\([a-z_0-9]*\\.\\)*\\([a-z_0-9]*\\).*/\\2/p" "rtl/nic_$nic.gtkw" | sort -u >"$root/wanted"
    awk '$1 == "$var" { print $5 }' "$root/rtl.vcd" | sort -u >"$root/there"
    [ -s "$root/wanted" ] && ! comm -23 "$root/wanted" "$root/there" | grep . >"$root/out"
    verdict "the layout names signals that are there: $nic" $?
}
finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    exit
}
no_samples() {
    skipped=$((skipped + 1))
    echo "skip  sample traces: no folder $samples (MODERATO_TRACES)"
}

if [ "$nic" = 82576 ]; then
    for options in 'gen:cbr,size=64,count=1000 --profile ideal' 'gen:imix,count=1000 --vfs 8 --respond echo' \
        'gen:imix,vlan=5,count=500 --vfs 1 --map vlan:5=0 --rx-usecs 50'; do
        # shellcheck disable=SC2086 # the words are wanted
        same gen $options --nic 82576; verdict "same result: $options" $?
        # shellcheck disable=SC2086
        lockstep $options --nic 82576 --floor none; verdict "lockstep: $options" $?
    done
    limit='--limit 200' turn=0
    [ -n "$long" ] && limit=
    [ -d "$samples" ] || no_samples
    for trace in "$samples"/*.pcap "$samples"/*.pcapng; do
        "$program" info "$trace" >/dev/null 2>&1 || continue # not Ethernet, empty, not there
        turn=$((turn + 1))
        case $turn in *[147]) some=1 ;; *[258]) some=4 ;; *) some=8 ;; esac
        for vfs in ${long:+1 4 8} $([ -n "$long" ] || echo $some); do
            # shellcheck disable=SC2086
            lockstep "$trace" $limit --topspeed --nic 82576 --vfs $vfs --floor none
            verdict "lockstep, $vfs VFs: ${trace##*/} $limit" $?
        done
    done
    lockstep --nic 82576 --cycles "$cycles" --seed "$seed"; verdict "lockstep: $cycles random cycles, seed $seed" $?
    lockstep --nic 82576 --cycles $((cycles / 20)) --seed $((seed + 1000)) --jump check --floor none
    verdict 'lockstep: one jumps over idle time, the other does not' $?
    waves_of 82576 --vfs 2
    finish
fi

for options in 'gen:cbr,size=64,count=2000 --profile ideal' 'gen:cbr,size=64,count=2000 --profile ideal --respond echo' \
    'gen:imix,count=2000 --respond echo' 'gen:poisson,size=64,load=30,count=2000 --rdtr 8 --radv 32' \
    'gen:poisson,size=64,load=10,count=2000 --itr 488 --profile ideal' \
    'gen:cbr,size=1518,vlan=5,bad-fcs=1-in-7,count=150 --link-speed 100' \
    'gen:bursts,burst=64,count=2000 --rx-ring 32 --respond echo --tx-frames 4 --master 20'; do
    # shellcheck disable=SC2086 # the words are wanted
    same gen $options; verdict "same result: $options" $?
    # shellcheck disable=SC2086
    lockstep $options; verdict "lockstep: $options" $?
done

limit='--limit 2000'
[ -n "$long" ] && limit=
if [ -d "$samples" ]; then
    for trace in "$samples"/*.pcap "$samples"/*.pcapng; do
        "$program" info "$trace" >/dev/null 2>&1 || continue # not Ethernet, empty
        # shellcheck disable=SC2086
        same "$trace" "$trace" $limit --topspeed; verdict "same result: ${trace##*/} $limit" $?
        # shellcheck disable=SC2086
        lockstep "$trace" $limit --topspeed; verdict "lockstep: ${trace##*/} $limit" $?
    done
    [ -z "$long" ] || { same own "$samples/small-tcp-echo.pcap" --respond echo; verdict 'same result: small-tcp-echo.pcap at its own timing' $?; }
else
    no_samples
fi

lockstep --cycles "$cycles" --seed "$seed"; verdict "lockstep: $cycles random cycles, seed $seed" $?
sed -n 's/^/      /p' "$root/out"
lockstep --cycles $((cycles / 8)) --seed $((seed + 1000)) --jump check; verdict 'lockstep: one jumps over idle time, the other does not' $?

export TEST_ENGINE=rtl
[ -n "$long" ] || export TEST_IRQS=50
for filter in 'evenly*' 'the_throttle_alone*' 'frames_short*' ${long:+'*'}; do
    TEST_FILTER=$filter "$build/rtl/tests/closed_form_test" >"$root/out" 2>"$root/err"
    verdict "closed forms: $filter" $?
done

waves_of 82540em

finish
