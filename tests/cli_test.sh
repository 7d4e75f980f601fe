#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The program as a user meets it: sh tests/cli_test.sh build/moderato
# One line per check; the last line is 'N passed, N failed'. Needs no capture: the traffic is generated.
LC_ALL=C
export LC_ALL
bin=$1
case $bin in
'') echo "usage: sh tests/cli_test.sh build/moderato" >&2; exit 2 ;;
*/*) ;;
*) bin=./$bin ;;
esac
[ -x "$bin" ] || { echo "cli_test: $bin: not a program" >&2; exit 2; }
top=$(dirname "$0")/..
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0
gen=gen:cbr,size=64,pps=10000,count=300

verdict() { # NAME OK?
    if [ "$2" = 0 ]; then
        passed=$((passed + 1)); echo "ok    $1"
    else
        failed=$((failed + 1)); echo "FAIL  $1${3:+: $3}"
    fi
}

# match FILE PATTERN: PATTERN is an extended regular expression, '-' = FILE must be empty, '' = anything.
match() {
    case $2 in
    '') return 0 ;;
    -) [ ! -s "$1" ] ;;
    *) grep -Eq -e "$2" "$1" ;;
    esac
}

# check NAME STATUS STDOUT STDERR arguments...
check() {
    name=$1 want=$2 out=$3 err=$4
    shift 4
    "$bin" "$@" >"$dir/out" 2>"$dir/err"
    got=$?
    if [ $got != "$want" ]; then verdict "$name" 1 "exit $got, not $want: $(head -n 1 "$dir/err")"
    elif ! match "$dir/out" "$out"; then verdict "$name" 1 "stdout has no '$out'"
    elif ! match "$dir/err" "$err"; then verdict "$name" 1 "stderr has no '$err': $(head -n 1 "$dir/err")"
    elif grep -qv '^moderato: ' "$dir/err" && [ "$name" != 'no arguments' ]; then
        verdict "$name" 1 "a message without 'moderato: '"
    else verdict "$name" 0
    fi
}

# --- verbs ---
check 'no arguments' 2 - 'usage: moderato VERB'
check 'help' 0 'usage: moderato VERB' - help
check '--help' 0 'usage: moderato VERB' - --help
check '--version' 0 '^moderato [0-9]+\.[0-9]+' - --version
check 'version' 0 '^moderato [0-9]' - version
check 'unknown verb has a hint' 2 - "did you mean 'replay'" repaly "$gen"
check 'unknown verb without a hint' 2 - "unknown verb 'frobnicate'" frobnicate
check 'a later verb is refused by name' 2 - "'tune' is not available.*replay, sweep" tune "$gen"
check 'a file instead of a verb' 2 - 'did you mean .moderato replay' "$0"
check 'an option instead of a verb' 2 - 'a verb comes first' --json
for verb in replay sweep lockstep info regs config-space profiles help version; do
    check "$verb --help" 0 "usage: moderato $verb" - $verb --help
done
check 'help of a verb' 0 'usage: moderato sweep' - help sweep
check 'help axes' 0 'rx-frames=1:64' - help axes
check 'help columns' 0 'packets_per_interrupt' - help columns
check 'help json' 0 'max_injection|config' - help json
check 'help of nothing known' 2 - "unknown topic 'xyz'" help xyz
"$bin" replay --help | grep -Eq -e '--db'
verdict '--help does not offer what is not there' $((1 - $?))
"$bin" help --man >"$dir/man"
cmp -s "$dir/man" "$top/docs/moderato.1"
verdict 'docs/moderato.1 is fresh (moderato help --man >docs/moderato.1)' $?
if command -v groff >/dev/null; then
    [ -z "$(groff -ww -man -Tascii "$dir/man" 2>&1 >/dev/null)" ]
    verdict 'the manual page has no groff warnings' $?
fi

# --- options ---
check 'unknown option has a hint' 2 - 'did you mean --rx-usecs' replay "$gen" --rx-usec 5
check 'a word without dashes' 2 - 'did you mean --rx-usecs' replay "$gen" rx-usecs 5
check 'unknown letter' 2 - "unknown option '-z'" replay "$gen" -z
check 'a missing value' 2 - '--rx-usecs: a value is missing' replay "$gen" --rx-usecs
check 'a missing trace' 2 - 'a trace is missing' replay
check 'an option of another verb' 2 - 'does not apply to' replay "$gen" --axis itr=1
check 'a flag with a value' 2 - 'takes no value' replay "$gen" --topspeed=1
check 'not a number' 2 - "'abc': a whole number expected" replay "$gen" --rx-usecs abc
check 'a negative number' 2 - 'a whole number expected' replay "$gen" --rx-usecs -5
check 'a fraction' 2 - 'a whole number expected' replay "$gen" --budget 1.5
check 'too large' 2 - 'out of range: 0 .. 65535' replay "$gen" --itr 65536
check 'far too large' 2 - 'out of range' replay "$gen" --seed 99999999999999999999999999
check 'too small' 2 - 'out of range: 1 ..' replay "$gen" --budget 0
check 'too fine' 2 - 'at most 3 decimals' replay "$gen" --pps 1.0001
check 'a wrong time' 2 - 'a time' replay "$gen" --max-gap 10x
check 'a wrong word' 2 - 'did you mean 82540em' replay "$gen" --nic 82540
case $("$bin" replay gen:cbr,count=1 --engine rtl -q 2>&1) in # in a build without it
*"see 'make rtl'"*) check 'an engine that is not in this build' 2 '' "this build has no RTL engine; see 'make rtl'" replay "$gen" --engine rtl ;;
esac
check 'a container' 0 '^  delivered +50 ' - replay gen:cbr,pps=5000,count=50 --path container
check 'a container with VFs' 2 - 'behind one function' replay "$gen" --nic 82576 --vfs 2 --path container
check 'a container with GRO' 2 - 'no --gro on' replay "$gen" --path container --gro on
check 'a backlog without a container' 0 '^' 'no effect without --path container' replay gen:cbr,count=1 --netdev-max-backlog 9
check 'a VF in a guest' 0 'halted vCPUs woken' - replay gen:cbr,pps=5000,count=50 --path vf --profile kvm-2012
check 'halts polled for' 0 'halts polled for' - replay gen:cbr,pps=20000,count=50 --path vf --profile server-2020
check 'halts not polled for' 0 '"halt_attempted_poll": 0' - replay gen:cbr,pps=20000,count=50 --path vf --profile server-2020 --halt-poll-ns 0 --json -
check 'polling without a guest' 0 '^' 'halt-poll-ns has no effect without --path vf' replay gen:cbr,count=1 --halt-poll-ns 9
check 'polling on shared processors' 0 '^' 'halt-poll-ns has no effect with --pcpus' replay gen:cbr,count=1 --path vf --pcpus 1 --halt-poll-ns 9
check 'exits by kind' 0 '"interrupt": 50' - replay gen:cbr,pps=5000,count=50 --path vf --guest-idle poll --json -
check 'no guest without a VF' 2 - 'at least --vfs 1' replay "$gen" --path vf --vfs 0
check 'no guest without the IOMMU' 2 - '--iommu pinned' replay "$gen" --path vf --iommu off
check 'no two vCPUs on a core' 2 - 'a core for each of 2' replay "$gen" --path vf --vfs 2 --cpus 1
check 'another device has no VF' 2 - '82576 has functions' replay "$gen" --path vf --nic 82540em
check 'an option of guests without one' 0 '^' 'no effect without --path vf' replay gen:cbr,count=1 --pv-eoi on
check 'a file for no wave' 0 '^' '--wave-file has no effect without --wave' replay gen:cbr,count=1 --wave-file x.fst
check 'events of no timeline' 0 '^' '--timeline-events has no effect without --out' replay gen:cbr,count=1 --timeline-events 5
check 'many options without effect, all named' 0 '^' '--tx-ring has no effect with --path xen-pv' replay gen:cbr,count=1 --path xen-pv \
    --adaptive-rx off --rx-usecs 5 --rx-frames 3 --tx-usecs 3 --rdtr 3 --radv 3 --tadv 3 --master 3 --tx-frames 2 --rx-ring 64 \
    --tx-ring 64 --event-idx off --guest-interrupts posted --pv-eoi on --emulated-itr off --halt-poll-ns 5 --watchdog on
check 'a guest with an emulated device' 0 'descriptor tail write' - replay gen:cbr,pps=5000,count=50 --path emulated --profile kvm-2012
check 'each guest' 0 '^  guest2 +20 ' - replay gen:cbr,pps=5000,count=60,hosts=3 --path emulated --guests 3
check 'guests have no VFs behind a bridge' 2 - '--guests N, not --vfs' replay "$gen" --path emulated --nic 82576 --vfs 2
check 'processors that guests share' 0 ' steal$' - replay gen:cbr,pps=5000,count=60,hosts=3 --path emulated --guests 3 --pcpus 2
check 'more processors than cores' 2 - 'guests and host have 3 cores' replay "$gen" --path emulated --pcpus 4
check 'a weight of nothing' 0 '^' 'no effect without --pcpus' replay gen:cbr,count=1 --path emulated --guest-weight 9
check 'too many cores' 2 - '16 cores at most' replay "$gen" --path emulated --guests 8 --host-cpus 9
check 'as many guests as VFs' 2 - 'each guest has a VF' replay "$gen" --path vf --guests 2 --vfs 3
check 'guests by their VFs' 0 '^  vf1 ' - replay gen:cbr,pps=5000,count=50 --path vf --guests 2
check 'a queue without guests' 0 '^' 'no effect without --path emulated' replay gen:cbr,count=1 --backend-queue 9
check 'paths compared' 0 '^paths +native +vf$' - compare gen:cbr,pps=5000,count=50 --paths native,vf
check 'exits a packet' 0 '^  hlt +0\.000 +1\.000$' - compare gen:cbr,pps=5000,count=50 --paths native,vf --rx-usecs 0
check 'leaving idle is not free' 0 '^  leaving idle +1\.500000 +0\.000000$' - compare gen:cbr,pps=5000,count=50 --paths native,vf:guest-idle=poll --rx-usecs 0
check 'nor is a guest that polls' 0 '^  idle=poll +0\.000000 +189\.256040$' - compare gen:cbr,pps=5000,count=50 --paths native,vf:guest-idle=poll --rx-usecs 0
check 'as of a run' 0 '^  idle=poll +9\.462  ms of idle vCPUs' - replay gen:cbr,pps=5000,count=50 --path vf --nic 82576 --profile kvm-2012 --guest-idle poll --rx-usecs 0
check 'paths compared, as JSON' 0 '^    "vf:pv-eoi=on": [{]$' - compare gen:cbr,pps=5000,count=50 --paths native,vf:pv-eoi=on --json -
# README's table of paths is what compare says.
"$bin" compare gen:poisson,size=512,pps=40000,count=20000 \
    --paths native,vf:rx-usecs=50,vf:rx-usecs=50:guest-interrupts=posted,virtio,xen-pv,emulated >"$dir/paths"
awk '/^[^ ]/ { section = $0 }
    { n = NF }
    section ~ /^wire to/ && $1 == "mean" { for (i = 2; i <= n; i++) mean[i] = $i }
    section ~ /^wire to/ && $1 == "p99" { for (i = 2; i <= n; i++) p99[i] = $i }
    section ~ /^exits/ && $1 == "all" { for (i = 2; i <= n; i++) exits[i] = $i }
    section ~ /^CPU/ && $1 == "all" { for (i = 2; i <= n; i++) cpu[i] = $i }
    END { for (i = 2; i <= 7; i++) printf "%.1f %.1f %.2f %.1f\n", mean[i], p99[i], exits[i], cpu[i] }' "$dir/paths" >"$dir/paths.got"
awk -F '|' '/^\| path \| latency mean/ { on = 1; next }
    on && !/^\|/ { exit }
    on && !/^\|---/ { printf "%.1f %.1f %.2f %.1f\n", $3, $4, $5, $6 }' "$top/README.md" >"$dir/paths.want"
cmp -s "$dir/paths.got" "$dir/paths.want" && [ "$(wc -l <"$dir/paths.want")" = 6 ]
verdict "README's table of paths is what compare says" $?
# Tables that say of which command they are: <!-- COLUMN: ROW OF RESULT of COMMAND -->, options in the second column.
# Of times the mean, of others the last figure.
awk '/^<!-- [0-9]+: .* of replay / { c = $2 + 0; row[c] = command[c] = $0
        sub(/^<!-- [0-9]+: /, "", row[c]); sub(/ of replay .*/, "", row[c])
        sub(/.* of replay /, "replay ", command[c]); sub(/ -->$/, "", command[c]); next }
    !/^\|/ { split("", row) }
    /^\|[^|]*\| `--/ { split($0, v, / *\| */)
        gsub(/`/, "", v[3])
        for (c in row) if (v[c + 1] != "") print row[c] "|" v[c + 1] "|" command[c] " " v[3] }' "$top/docs/paths.md" "$top/docs/manual.md" >"$dir/tables"
while IFS='|' read -r row want command; do
    # shellcheck disable=SC2086 # a command line
    "$bin" $command >"$dir/one" 2>"$dir/stderr"
    got=$(awk -v row="$row" 'index($0, "  " row) == 1 { print row ~ / / ? $5 : $NF; exit }' "$dir/one")
    [ "$got" = "$want" ]
    verdict "docs: $want of $command" $? "$got"
done <"$dir/tables"
[ "$(wc -l <"$dir/tables")" = 41 ]
verdict 'all tables with commands' $?
# Examples of the manual: `    $ moderato ...` and, to the next command or heading, indented lines that its output has in this order.
mkdir "$dir/path" && ln -s "$(cd "$(dirname "$bin")" && pwd)/$(basename "$bin")" "$dir/path/moderato"
awk -v file="$dir/example" '/^#/ || /^    moderato / { on = 0 }
    /^    \$ / { on = $2 == "moderato" && !/\.pcap/; if (on) { n++; print substr($0, 7) >(file n ".sh") } next }
    on && /^    / && $1 != "..." { print substr($0, 5) >(file n ".want") }' "$top/docs/manual.md"
for script in "$dir"/example*.sh; do
    (cd "$dir" && PATH=$dir/path:$PATH sh "$script") >"$dir/one" 2>"$dir/stderr"
    got=$(awk 'NR == FNR { want[++n] = $0; next } { sub(/ +$/, ""); gsub(/\t/, "        ") } i < n && $0 == want[i + 1] { i++ }
        END { if (i < n || n == 0) print "not there: " want[i + 1] }' "${script%.sh}.want" "$dir/one")
    [ -z "$got" ]
    verdict "the manual: $(cat "$script")" $? "$got"
done
[ "$(ls "$dir"/example*.sh | wc -l)" = 5 ]
verdict 'all examples of the manual' $?
check 'each column by itself' 0 '^moderato replay gen:cbr,count=9 .*' - compare gen:cbr,count=9 --paths native,vf
check 'settings of a path' 0 '^2: vf:guest-idle=poll:rx-usecs=100$' - compare gen:cbr,pps=5000,count=50 --paths native,vf:guest-idle=poll:rx-usecs=100
check 'a paravirtual guest' 0 'halted vCPUs woken' - replay gen:cbr,pps=5000,count=50 --path xen-pv --profile xen-pv-4
check 'its hypercalls' 0 '"hypercall": 50' - replay gen:cbr,pps=5000,count=50 --path xen-pv --respond echo --json -
check 'its way through Dom0' 0 '^  delivered +50 ' - replay gen:cbr,pps=5000,count=50 --path xen-pv --dom0-net nat
check 'no moderation to be set' 0 '^' 'rx-usecs has no effect with --path xen-pv' replay gen:cbr,count=1 --path xen-pv --rx-usecs 9
check 'no VFs for it' 2 - '--guests N, not --vfs' replay "$gen" --path xen-pv --vfs 2
check 'Dom0 elsewhere' 0 '^' 'dom0-net has no effect without --path xen-pv' replay gen:cbr,count=1 --dom0-net nat
check 'a path that is not there' 2 - 'nowhere' compare "$gen" --paths native,nowhere
check 'a path named twice' 2 - 'vf: named twice' compare "$gen" --paths vf,vf
check 'a path without a name' 2 - 'a value is missing' compare "$gen" --paths vf,
check 'an option that no path has' 2 - 'no such option of a run' compare "$gen" --paths vf:json=x
check 'other packets for a path' 2 - 'the same packets' compare "$gen" --paths native,vf:seed=3
check 'a wrong value for a path' 2 - 'guest-idle' compare "$gen" --paths vf:guest-idle=sleep
check 'more than eight paths' 2 - 'more than eight' compare "$gen" --paths vf:budget=1,vf:budget=2,vf:budget=3,vf:budget=4,vf:budget=5,vf:budget=6,vf:budget=7,vf:budget=8,vf
check 'a plot of another kind' 2 - '\.png, \.svg or \.pdf expected' compare "$gen" --plot x.gif
check 'a plot where none can be' 2 - 'nowhere' compare "$gen" --plot nowhere/x.svg
check 'a comparison drawn' 0 - - compare gen:cbr,pps=5000,count=50 --plot "$dir/paths.svg" -q
grep -q "vf" "$dir/paths.svg"
verdict "the picture names its paths" $?
few=gen:cbr,pps=5000,count=50
check 'a path that has lost all' 0 '^  p99 +[0-9.]+ +-$' - compare $few --paths native,native:sockbuf=1
grep -Eq '^  all +[0-9.]+ +-$' "$dir/out" && ! grep -q IOTLB "$dir/out"
verdict '... has no latency and no CPU a packet' $?
check 'only a path with an IOMMU has hits' 0 '^  IOTLB hits, % +- +[0-9.]+$' - compare $few --paths native,vf
check 'a path that has lost all, drawn' 0 - - compare $few --paths native,native:sockbuf=1 --plot "$dir/lost.svg" -q
[ "$(grep -c 'nothing delivered' "$dir/lost.svg")" = 2 ] && grep -q ">sockbuf=1<" "$dir/lost.svg"
verdict '... says so' $?
check 'nothing to draw' 2 - 'no picture' compare $few --paths native --sockbuf 1 --plot "$dir/none.png" -q
[ ! -e "$dir/none.png" ]
verdict '... and no file' $?
check 'long names drawn' 0 - - compare $few -q --plot "$dir/long.svg" \
    --paths native,vf,vf:rx-usecs=50:guest-interrupts=posted:iotlb=32:32:lru,virtio
grep -q 'guest-interrupts=posted<' "$dir/long.svg" && grep -q 'iotlb=32:32:lru<' "$dir/long.svg"
verdict '... a setting a line' $?
[ "$(sed -n 's/.*viewBox="0 0 1100 \([0-9]*\)".*/\1/p' "$dir/long.svg")" -gt \
    "$(sed -n 's/.*viewBox="0 0 1100 \([0-9]*\)".*/\1/p' "$dir/lost.svg")" ]
verdict '... with room for each' $?
check 'processors that only guests share' 0 '^paths +native +virtio$' 'native: --pcpus has no effect without --path vf' compare gen:cbr,pps=5000,count=50 --paths native,virtio --pcpus 1
check 'frames in a VLAN that nobody has joined' 0 'filtered +50 ' '^moderato: 50 frames are in VLANs that no function has joined, the first in VLAN 5: --map vlan:5=all$' replay gen:cbr,vlan=5,pps=5000,count=50 --nic 82576 --vfs 2
check 'the same in a comparison' 0 '^paths ' '^moderato: vf: 50 frames are in VLANs' compare gen:cbr,vlan=5,pps=5000,count=50 --paths native,vf
check '... and joined' 0 'delivered +50 ' - replay gen:cbr,vlan=5,pps=5000,count=50 --nic 82576 --vfs 2 --map vlan:5=all
check 'a comparison without a trace' 2 - 'nofile' compare nofile
check 'lockstep with random inputs' 0 '^lockstep: model = model in [0-9]+ cycles, .* 1 run$' - lockstep --against model --cycles 100000
check 'what can be reproduced' 0 '^kuroda2013 ' - reproduce
check 'a published row' 0 '^7 of 7 claims reproduced' - reproduce embrapa2010
check 'a published row, as JSON' 0 '"verdict": "reproduced"' - reproduce embrapa2010 --json -
check 'a published table' 0 '^21 of 34 claims reproduced; 3 reported$' - reproduce ufsm2007
check 'what nobody has published' 2 - 'no such reproduction' reproduce nobody1999
check 'lockstep of a replay' 0 '^lockstep: model = model' - lockstep "$gen" --limit 20 --against model
check 'lockstep as JSON' 0 '"equal": true' - lockstep --against model --cycles 20000 --json -
check 'lockstep, quiet' 0 - - lockstep --against model --cycles 20000 -q
check 'lockstep with a floor that is not there' 2 - 'nofile: No such file' lockstep --against model --cycles 1000 --floor nofile
check 'lockstep with a floor that cannot be read' 2 - '--floor: .*: Is a directory' lockstep --against model --cycles 1000 --floor "$dir"
check 'a floor is looked at before the run' 2 - 'neither .N GROUP. nor' lockstep --against model --cycles 100000000000 --floor "$0"
check 'random inputs have no pace' 0 '^lockstep: model = model' '--pps has no effect without a trace' lockstep --against model --cycles 1000 --pps 5
check 'a replay has no cycles' 0 '^lockstep: model = model' '--cycles has no effect with a trace' lockstep "$gen" --limit 20 --against model --cycles 5
check 'lockstep with an unknown engine' 2 - "available: model, rtl" lockstep --against verilog
for later in --db; do
    check "refused by name: $later" 2 - "$later is not available in this version" replay "$gen" $later x
done
check 'the link says how full it is' 0 'busy, to the host .* ns ' 'link up' replay "$gen" -v
check 'an IOMMU has its part of the table' 0 'IOTLB hits' - replay "$gen" --iommu strict --iotlb 16:4:plru --pages 2m
check 'a cache that cannot be' 2 - '--iotlb: 64:5:lru: the ways do not divide' replay "$gen" --iommu strict --iotlb 64:5:lru
check 'a cache without an IOMMU' 0 . 'have no effect without --iommu strict' replay "$gen" --iotlb 16:4:lru
check 'VFs of a device that has none' 2 - 'the 82540em has no virtual functions' replay "$gen" --vfs 4
check 'a map of a device with one function' 2 - 'has one function' replay "$gen" --map 10.0.0.1=0
check 'too many VFs' 2 - 'out of range: 0 .. 8' replay "$gen" --vfs 9
check 'lockstep of an 82576 with random inputs' 0 '^lockstep: model = model in [0-9]+ cycles' - lockstep --against model --nic 82576 --cycles 100000
check 'lockstep of VFs in a replay' 0 '^lockstep: model = model' - lockstep "$gen" --limit 20 --against model --nic 82576 --vfs 2 --map 10.0.0.1=1
check 'a timer of another device' 2 - 'the 82576 has no such timer' replay "$gen" --nic 82576 --rdtr 5
check 'waves of an 82576' 0 '' - replay "$gen" --limit 5 --nic 82576 --wave 0s:1us --wave-file "$dir/igb.fst" -q
# A wave leaves the results as they are, wherever its window is; what it writes is written whole and where it is asked for.
alone() { # NAME arguments...: the same JSON as of --engine model-pins
    name=$1
    shift
    for run in a b; do
        [ $run = a ] || set -- "$@" --wave "$window" --wave-file "$dir/same.fst"
        "$bin" replay "$gen" --limit 20 --engine model-pins -q --json - "$@" 2>"$dir/err" | grep -v -e wall_s -e realtime >"$dir/wave.$run"
    done
    cmp -s "$dir/wave.a" "$dir/wave.b" && [ -s "$dir/wave.a" ]
    verdict "$name" $?
}
window=0s:1s alone 'a wave longer than the run'
window=5s:6s alone 'a wave that begins behind the run'
match "$dir/err" - ; verdict 'of which nothing is said with -q' $?
window=@0s:100us alone 'a wave from power-good'
check 'a wave that begins behind the run is empty, and said to be' 0 . 'ended before the window begins' replay "$gen" --limit 5 --wave 5s:6s --wave-file "$dir/same.fst"
fst_ns() # OFFSET FILE: a number of the header, the first and the last time
{
    echo $((0x$(od -An -tx1 -j "$1" -N 8 "$2" | tr -d ' \n')))
}
check 'a wave of a window without end' 0 - - replay "$gen" --limit 5 --wave 0s:1000s --wave-file "$dir/end.fst" -q
[ $(($(fst_ns 17 "$dir/end.fst") - $(fst_ns 9 "$dir/end.fst"))) -lt 1000000 ]; verdict 'ends with the run' $?
echo keep >"$dir/target"; echo mine >"$dir/link.fst.hier"; ln -s target "$dir/link.fst"
check 'a wave through a link' 0 - - replay "$gen" --limit 5 --wave 0s:1us --wave-file "$dir/link.fst" -q
[ -L "$dir/link.fst" ] && [ "$(wc -c <"$dir/target")" -gt 300 ]; verdict 'is in what the link names' $?
match "$dir/link.fst.hier" '^mine'; verdict 'and nothing beside it is touched' $?
mkfifo "$dir/fifo"
check 'a wave needs a plain file' 2 - 'not a plain file' replay "$gen" --wave 0s:1us --wave-file "$dir/fifo" -q
[ -p "$dir/fifo" ]; verdict 'what is none stays' $?
(ulimit -f 8; trap '' XFSZ; "$bin" replay "$gen" --wave 0s:2ms --wave-file "$dir/short.fst" -q) 2>"$dir/err"
[ $? = 2 ] && match "$dir/err" 'short.fst: could not be written to its end'; verdict 'a wave that has no room' $?
# --- what an earlier run left: kept when nothing is run, and never taken for the result of a run that failed ---
"$bin" replay "$gen" --limit 5 --out "$dir/old" --json "$dir/old.json" --wave 0s:1us --wave-file "$dir/old.fst" -q
stays() # NAME MESSAGE arguments...: refused, and nothing is written or told
{
    name=$1 message=$2
    shift 2
    check "$name" 2 - "$message" replay "$gen" --out "$dir/old" --json "$dir/old.json" --wave-file "$dir/old.fst" "$@"
    [ -s "$dir/old/summary.json" ] && [ -s "$dir/old/received.pcap" ] && [ -s "$dir/old.json" ] && [ -s "$dir/old.fst" ]
    verdict 'and older results stay' $?
}
stays 'a wave that ends before it begins' 'TO must be at least' --wave 5us:1us
stays 'a wave of no times' 'want FROM:TO' --wave now
stays 'a driver that is not there' 'nowhere.so' --driver nowhere.so
stays 'a wave that cannot be written' 'nowhere' --wave 0s:1us --wave-file "$dir/nowhere/x.fst"
mkdir "$dir/part" "$dir/part/timeline.json"; echo old >"$dir/part/summary.json"
check 'a directory in place of a file' 2 - 'timeline.json: Is a directory' replay "$gen" --out "$dir/part"
[ -s "$dir/part/summary.json" ]; verdict 'leaves the others alone' $?
check 'a run that the driver refuses' 2 . 'coalescing refused' replay "$gen" --nic 82576 --rx-usecs 9000 --out "$dir/old" --json "$dir/old.json" --wave 0s:1us --wave-file "$dir/old.fst"
[ ! -s "$dir/old/summary.json" ] && [ ! -s "$dir/old.json" ]; verdict 'has no result' $?
echo old >"$dir/compared.json"
check 'a path that cannot be played' 2 - 'nowhere.so' compare "$gen" --paths native,virtio:driver=nowhere.so --json "$dir/compared.json"
match "$dir/compared.json" old; verdict 'leaves an older result' $?
# --- files: what is read is not written, and nothing twice ---
"$bin" replay "$gen" --out "$dir/keep" -q; cp "$dir/keep/received.pcap" "$dir/copy"
cap=$dir/keep/received.pcap
ln -s keep/received.pcap "$dir/caplink"; ln "$cap" "$dir/caphard"
same() { # NAME PATTERN arguments...
    check "$1" 2 - "$2 the same file as" $3 "$cap" $4 -q
    cmp -s "$cap" "$dir/copy" || verdict "$1, and the trace is destroyed" 1
}
same 'the trace in --out' '--out: .*received.pcap is' replay "--out $dir/keep"
same 'the trace as --json' '--json: .* is' replay "--json $cap"
same 'the trace by a link' '--json: .* is' replay "--json $dir/caplink"
same 'the trace by a hard link' '--json: .* is' compare "--paths native --json $dir/caphard"
same 'the trace by another path' '--csv: .* is' sweep "--axis rx-usecs=8 --csv $dir/./keep/../keep/received.pcap"
same 'the trace as a wave' '--wave-file: .* is' replay "--wave 0s:1us --wave-file $cap"
same 'the trace as a wave of lockstep' '--json: .* is' lockstep "--against model --json $cap"
same 'two outputs' '--wave-file: .* is' replay "--json $dir/new --wave 0s:1us --wave-file $dir/./new"
same 'two outputs, one in a directory to come' '--out: .* is' replay "--out $dir/come --json $dir/come/summary.json"
check 'the trace of info' 2 - '--json: .* is the same file as the trace' info "$cap" --json "$cap"
cmp -s "$cap" "$dir/copy"; verdict 'the trace is whole after all of these' $?
"$bin" replay "$cap" --json /dev/null --out "$dir/other" -q; verdict 'other files are none of its business' $?
check 'an engine that is not here, of another device' 2 '' 'engine rtl' replay "$gen" --nic 82576 --engine rtl
check 'a map with a VF that is not there' 2 - '--map: .10.0.0.1.: =4: a VF' replay "$gen" --nic 82576 --vfs 4 --map 10.0.0.1=4
check 'a map with a VLAN that is none' 2 - '--map: .vlan:4095.: a VLAN is 1 to 4094' replay "$gen" --nic 82576 --vfs 4 --map vlan:4095=1
check 'more VLANs than the device has room for' 2 '' 'joining a VLAN failed: .*no room for another' \
    replay "$gen" --nic 82576 --vfs 4 --map "$(seq -s, -f 'vlan:%g=3' 1 32)"
check 'frames in a VLAN that a VF has joined' 0 '^  delivered  *20 ' - \
    replay gen:cbr,count=20,vlan=5 --nic 82576 --vfs 2 --map vlan:5=1
check 'a driver of another device' 2 '' 'it knows no function of the device' replay "$gen" --nic 82576 --driver e1000
# --- the application on the host of guests ---
rr=gen:netperf-rr,machines=1,dom0=1,domu=1,count=200
check 'Dom0 is asked from outside' 0 '^  remote0.dom0 ' - replay $rr --path xen-pv --server host
check 'and from inside' 0 '^  localhost ' - replay $rr --path xen-pv --guests 2 --server host --clients host,0,1
check 'clients in JSON' 0 '"client": "guest1"' - replay $rr --path virtio --guests 2 --server host --clients 1 --json -
check 'their rows of a run without any' 0 '"clients": \[\]' - replay "$gen" --json -
check 'netback of another time' 0 '^  guest0 ' - replay $rr --path xen-pv --server host --clients 0 --netback tasklet
check 'netback elsewhere' 0 '^' 'netback has no effect without --path xen-pv' replay gen:cbr,count=1 --netback tasklet
check 'netback of one path of a comparison' 0 '^2: xen-pv:netback=tasklet' - compare gen:cbr,pps=5000,count=50 --paths xen-pv,xen-pv:netback=tasklet
check 'no bridge to have a port' 2 - '--server host: guests behind a bridge' replay "$gen" --server host
check 'clients of nobody' 2 - '--clients: --server host expected' replay "$gen" --path xen-pv --clients 0
check 'a client that is not there' 2 - "'2': a guest \(0 .. 1\) or host" replay "$gen" --path xen-pv --guests 2 --server host --clients 0,2
check 'clients without answers' 2 - 'they wait for --respond echo' replay "$gen" --path xen-pv --server host --clients 0 --respond none
check 'clients that think' 2 - 'sessions and think-us, or clients' replay gen:netperf-rr,dom0=1,think-us=3
check 'machines without clients' 2 - 'clients in all expected' replay gen:netperf-rr,machines=3
check 'requests wait for answers' 0 'answers +300  ' - replay gen:netperf-rr,count=300 --rx-usecs 125
check 'segments wait for the window' 0 'acknowledgements +[1-9]' - replay gen:iperf-tcp,count=300
check 'the wrong answer to requests' 2 - 'waits for --respond echo' replay gen:netperf-rr --respond none
check 'acknowledgements nobody waits for' 2 - 'only gen:iperf-tcp waits' replay "$gen" --respond ack
check 'a closed loop in a loop' 2 - 'cannot be played in a loop' replay gen:netperf-rr,count=9 --loop 2
check 'a rate for a closed loop' 2 - 'not a key of this kind' replay gen:iperf-tcp,pps=9
check 'an application that is not bound' 0 '^  core 1' - replay "$gen" --cpus 2 --wake-affine on
check 'a tick out of range' 2 - '--hz.* out of range: 100 .. 1000' replay "$gen" --hz 50
check 'what the tick sees' 0 '^    by ticks +0.00' 'link up' replay "$gen" --hz 1000 -v
check 'a driver without NAPI' 0 '^  packets taken by handlers *300' - replay "$gen" --driver e1000-intr
check 'a policy for a driver without polls' 2 - 'no policy but fixed' replay "$gen" --driver e1000-intr --policy dim
check 'adaptive throttling for a driver without polls' 2 - 'no policy but fixed' replay "$gen" --driver e1000-intr --adaptive-rx on
check 'the PF of an 82576' 0 'interval \(EITR\)' - replay "$gen" --nic 82576
check 'VFs have a line each' 0 '^  vf3 ' - replay "$gen" --nic 82576 --vfs 4
check 'the PF without a pool' 0 '^  pf  *0  *0 ' - replay "$gen" --nic 82576 --vfs 8
check 'interval and adaptive' 2 - 'exclude each other' replay "$gen" --rx-usecs 5 --adaptive-rx on
check 'policy and adaptive' 2 - 'exclude each other' replay "$gen" --policy fixed --adaptive-rx on
check 'policy and interval' 2 - 'it rewrites the interval' replay "$gen" --policy dim --rx-usecs 5
check 'an option of another policy' 0 . 'no effect without --policy hybrid' replay "$gen" --hybrid-up 5
check 'a policy and its decisions' 0 'policy  *dim  *dim  *[0-9]+ changes' - replay "$gen" --policy dim
check 'a policy that defers' 0 'polls by timer' - replay "$gen" --policy napi-defer --nic 82576
check 'GRO merges a stream' 0 'merged  *[1-9][0-9,]*  on to' - replay gen:tcp-stream,count=500,size=1000 --gro on
check 'a timeout for nothing' 0 . 'no effect without --gro on or --policy napi-defer' replay "$gen" --gro-flush-timeout 5
check 'a key of another generator' 2 - 'not a key of this kind' replay gen:cbr,flows=2
check 'interval twice' 2 - 'both set the ITR register' replay "$gen" --rx-usecs 5 --itr 5
check 'two paces' 2 - 'one pace at a time' replay "$gen" --pps 5 --topspeed
check 'a core that is not there' 2 - 'no such core' replay "$gen" --cpus 2 --app-cpu 2
check 'an odd ring' 2 - 'multiple of 8' replay "$gen" --rx-ring 100
check 'an unknown profile' 2 - 'did you mean native-2012' replay "$gen" --profile native-2021
check 'a missing driver' 2 - '--driver: ./none.so' replay "$gen" --driver ./none.so
check 'what drivers log' 0 '' '^moderato: \[ +0\.[0-9]{9}\] driver: link up' replay gen:cbr,count=1 -v
cat >"$dir/bad.c" <<'C'
#include "driver/os.h"
static int probe(os_dev_t *d, void **priv)
{
    *priv = d;
    while (!BAD) os_udelay(d, 1);
    os_pkt_t *p = os_pkt_alloc(d, 64);
    os_pkt_free(d, p);
    os_pkt_free(d, p);
    return -EIO;
}
static int up(void *d) { return (void)d, 0; }
static void gone(void *d) { (void)d; }
static int xmit(void *d, os_pkt_t *p) { return (void)d, (void)p, -EBUSY; }
static const uint32_t ids[] = {0x8086100E, 0};
static const os_driver_t bad = {.abi = OS_ABI, .name = "bad", .ids = ids, .probe = probe, .remove = gone, .open = up, .stop = up, .xmit = xmit};
const os_driver_t *moderato_driver(void) { return &bad; }
C
for b in 0 1; do
    ${CC:-cc} -std=c11 -DBAD=$b -I"$top" -fPIC -shared -fvisibility=hidden -o "$dir/bad$b.so" "$dir/bad.c"
done
check 'a driver that hangs' 1 . 'probe has not returned after [0-9]+ ms' replay "$gen" --driver "$dir/bad0.so"
check 'a driver that breaks a rule' 1 . 'rule of driver/os.h: bad: packet freed twice' replay "$gen" --driver "$dir/bad1.so"
check 'a missing file' 2 - 'none.pcap: No such file' replay none.pcap
check 'a wrong file' 2 - . replay "$0"
check 'a wrong generator' 2 - 'gen:nope' replay gen:nope
check 'an unwritable --out' 2 - '--out: .*Not a directory' replay "$gen" --out "$0/x"
check 'an unwritable --json' 2 - '--json: /no/such' replay "$gen" --json /no/such/file

# --- replay ---
check 'replay' 0 'packets per interrupt' '' replay "$gen"
check 'the configuration comes first' 0 '^moderato replay gen:cbr' '' replay "$gen"
head -n 1 "$dir/out" | grep -q '^moderato replay'
verdict '... as the first line' $?
[ "$(awk 'length($0) > 80' "$dir/out" | wc -l)" = 0 ]
verdict 'the table fits 80 columns' $?
sed -n '1,/^$/p' "$dir/out" | sed -e '1s/^moderato //' -e 's/\\$//' | tr -d '\n' >"$dir/args"
# shellcheck disable=SC2046 # the words of the line are wanted
"$bin" $(cat "$dir/args") 2>/dev/null | grep -v '^simulator' >"$dir/again"
grep -v '^simulator' "$dir/out" | cmp -s - "$dir/again"
verdict 'the printed command gives the same result' $?
check 'interval off turns adaptive off' 0 'adaptive-rx off' '' replay "$gen" --rx-usecs 50
check 'asked, programmed, observed' 0 '50 us +195 = 49.920 us' '' replay "$gen" --rx-usecs 50
check 'RADV without RDTR is said to be inert' 0 '' '--radv has no effect' replay "$gen" --radv 8
check 'verbose' 0 'cause RXT0' '' replay "$gen" -v
check 'quiet' 0 - - replay "$gen" --quiet
check 'letters together' 0 - 'link up' replay "$gen" -qv
check 'letters together, one with its value' 0 - - sweep "$gen" --limit 2 --axis rx-usecs=1,2 --csv "$dir/letters.csv" -qj1
check 'a letter that is none' 2 - "'-qx': unknown option -x" replay "$gen" -qx
check 'JSON on stdout is all there is' 0 '^\{$' '' replay "$gen" --json -
head -n 1 "$dir/out" | grep -qx '{' && tail -n 1 "$dir/out" | grep -qx '}'
verdict '... from the first byte to the last' $?
"$bin" replay "$gen" --seed 5 --json "$dir/a.json" -q && "$bin" replay "$gen" --seed 5 --json "$dir/b.json" -q
for f in a b; do sed '/^  "sim": {/,$d' "$dir/$f.json" >"$dir/$f.cut"; done
cmp -s "$dir/a.cut" "$dir/b.cut" && [ -s "$dir/a.cut" ]
verdict 'the same inputs give the same bytes' $?
check '--out' 0 'received.pcap' '' replay "$gen" --out "$dir/new/out"
for f in summary.json received.pcap latency.csv timeline.json; do
    [ -s "$dir/new/out/$f" ]
    verdict "... $f" $?
done
tail -n 1 "$dir/new/out/timeline.json" | grep -q '"left_out":0'
verdict '... the timeline is whole' $?
grep -q '"name":"write"' "$dir/new/out/timeline.json" && grep -q 'register access' "$dir/new/out/timeline.json"
verdict '... and has the register accesses' $?
"$bin" replay gen:cbr,size=64,pps=200000,count=400,hosts=2 --nic 82576 --vfs 2 --rx-usecs 50 --out "$dir/new/gates" -q &&
    [ "$(grep -o 'throttle (EITR [0-9]*)' "$dir/new/gates/timeline.json" | sort | tr '\n' ';')" = 'throttle (EITR 20);throttle (EITR 23);' ] &&
    awk -F'"dur":' '/"name":"EITR"/ { n++; if ($2 + 0 <= 49.5 || $2 + 0 > 50) bad = 1 } END { exit bad || n < 40 }' "$dir/new/gates/timeline.json"
verdict '... and the throttles of all VFs, each closed for its interval' $?
check 'a bounded timeline says so' 0 'first 10 events' '' replay "$gen" --out "$dir/new/out" --timeline-events 10
"$bin" replay "$gen" >&- 2>"$dir/err"
[ $? = 2 ] && grep -q '^moderato: stdout: ' "$dir/err"
verdict 'a closed stdout is reported' $?
if [ -w /dev/full ]; then
    "$bin" replay "$gen" --json - >/dev/full 2>"$dir/err"
    [ $? = 2 ] && grep -q '^moderato: stdout: ' "$dir/err" && [ "$(wc -l <"$dir/err")" = 1 ]
    verdict 'a full disk is reported, once' $?
    ln -s /dev/full "$dir/full.png"
    check 'a picture that cannot be written is no success' 2 - 'could not be written to its end' compare $few --paths native --plot "$dir/full.png" -q
fi
"$bin" regs 2>"$dir/err" | head -n 1 >/dev/null
[ ! -s "$dir/err" ]
verdict 'a reader that goes away is no noise' $?

# --- info, regs, config-space, profiles ---
check 'info' 0 '^frames +300' '' info "$gen"
check 'info as JSON' 0 '"records": 300' '' info "$gen" --json -
"$bin" info "$gen" --json "$dir/info.json" && grep -q '"records": 300' "$dir/info.json"
verdict 'info as JSON in a file' $?
check 'info of a missing file' 2 - 'none.pcap' info none.pcap
check 'info does not take --budget' 2 - 'does not apply' info "$gen" --budget 5
check 'regs' 0 '^000C4 +ITR ' - regs
check 'regs in capitals or not' 0 '^ITR, offset 000C4' - regs itr
check 'regs with fields' 0 '^  7 +RXT0 ' - regs ICR
check 'regs by offset' 0 '^RAH.16., offset' - regs 0x540C
check 'regs for the manual' 0 '^\| 000C4 \| ITR \|' - regs --markdown
check 'an unknown register' 2 - 'did you mean RDTR' regs rdtrr
check 'an index of an array' 0 '^  element   3, offset 0520C' - regs 'MTA[3]'
check 'an offset into an array' 0 '^  element   1, offset 0540C' - regs 0x540C
check 'an index that is not there' 2 - 'MTA\[128\]: there are elements 0 to 127' regs 'MTA[128]'
check 'an index of a plain register' 2 - 'the register is no array' regs 'ITR[0]'
check 'several registers' 0 '^ITR, offset' - regs ICR itr
check 'the registers of the 82576' 0 '^01680\+4\*n +EITR\[25\] +CNT' - regs --nic 82576
check 'a second address' 0 '^02800\+256\*n +RDBAL\[16\] +second address, elements 0 to 3' - regs --nic 82576
check 'an array in two pieces' 0 '^054E0\+8\*n +RAL\[24\] +elements 16 to 23, n less 16' - regs --nic 82576
check 'its element in the second piece' 0 '^  element   17, offset 054E8' - regs --nic 82576 'ral[17]'
check 'a second name' 0 '^CEXTERR, offset' - regs --nic 82576 HTDPMC
check 'a reset value of one element' 0 '^  reset     00010000, of element 0 02010000' - regs --nic 82576 RXDCTL
check 'an element by its second address' 0 '^  element   2, offset 0C080' - regs --nic 82576 02A00
check 'fields of the 82576' 0 '^  7 +BSIZE|^  25 +ENABLE' - regs --nic 82576 RXDCTL
check 'the VF window' 0 '^01680\+4\*n +VTEITR\[3\] +EITR +EITR ' - regs --nic 82576
check 'a register of the VF window' 0 '^VTEITR\[3\], offset 01680\+4\*n in the VF window' - regs --nic 82576 vteitr
check 'one of PF and VF window' 0 '^RDBAL\[2\], offset 02800\+256\*n in the VF window' - regs --nic 82576 RDBAL
check 'the 82576 for the manual' 0 '^\| 01680\+4\*n \| VTEITR\[3\] \| EITR \| EITR \|' - regs --nic 82576 --markdown
check 'a register of the other device' 2 - "no register 'EITR' in the 82540em; the 82576 has it: --nic 82576" regs EITR
check 'config-space' 0 '^00: 86 80 0e 10 ' - config-space
check 'config-space of a VF' 0 '^01:10.6 ' - config-space --nic 82576 --function vf3
check 'a function that is not there' 2 - 'did you mean vf7' config-space --nic 82576 --function vf77
check 'profiles' 0 '^native-2012 ' - profiles
check 'a profile with its sources' 0 '^irq_entry_ns +[0-9]+ ns' - profiles native-2012
check 'an unknown profile has a hint' 2 - 'native-2012' profiles native-2021

# --- sweep ---
check 'sweep without an axis' 2 - 'no --axis' sweep "$gen"
check 'an unknown axis' 2 - 'did you mean rx-usecs' sweep "$gen" --axis rx-usec=1
check 'an axis that is no setting' 2 - 'not an axis' sweep "$gen" --axis json=a
check 'an empty value' 2 - 'an empty value' sweep "$gen" --axis itr=1,,2
check 'a range that goes nowhere' 2 - 'step above 0' sweep "$gen" --axis itr=0:5:+0
check 'an axis given twice' 2 - 'given twice' sweep "$gen" --axis itr=1 --axis itr=2
check 'an axis and an option' 2 - 'one of the two' sweep "$gen" --axis itr=1 --itr 2
check 'a wrong point stops before anything runs' 2 - 'at rx-usecs=0 adaptive-rx=on' \
    sweep "$gen" --axis rx-usecs=0,5 --axis adaptive-rx=off,on
check 'a missing trace file' 2 - 'none.pcap' sweep none.pcap --axis itr=1
check 'an unwritable --csv' 2 - '--csv: /no/such' sweep "$gen" --axis itr=1 --csv /no/such/file
check 'sweep' 0 '^rx_usecs,budget,trace,version,' - sweep "$gen" --axis rx-usecs=0,8,32 --axis budget=16:64:*2 -j 2
cut -d, -f1,2 "$dir/out" | tr '\n' ' ' >"$dir/order"
[ "$(cat "$dir/order")" = 'rx_usecs,budget 0,16 0,32 0,64 8,16 8,32 8,64 32,16 32,32 32,64 ' ]
verdict '... in grid order' $?
cp "$dir/out" "$dir/j2"
"$bin" sweep "$gen" --axis rx-usecs=0,8,32 --axis budget=16:64:*2 -j1 --csv "$dir/j1" && cmp -s "$dir/j1" "$dir/j2"
verdict '... with the same bytes whatever -j is' $?
for j in 1 3; do
    "$bin" sweep gen:imix,count=500 --nic 82576 --axis vfs=0,1,4,8 --axis rx-usecs=0,50 --respond echo -j $j --csv "$dir/vfs$j" 2>"$dir/err"
done
cmp -s "$dir/vfs1" "$dir/vfs3" && [ "$(wc -l <"$dir/vfs1")" = 9 ] && ! grep -q moderato: "$dir/err"
verdict '... of VFs too' $?
sed 's/"[^"]*"//g' "$dir/j1" | awk -F, 'NR == 1 { n = NF } NF != n { bad = 1 } END { exit bad || NR != 10 }'
verdict '... as many fields in every row' $?
[ "$(awk -F, 'NR > 1 && $NF != ""' "$dir/j1" | wc -l)" = 0 ]
verdict '... without errors' $?
check 'policies and an IOMMU are axes' 0 '^hybrid,pinned,' - \
    sweep gen:cbr,count=50 --axis policy=fixed,adaptive,dim,napi-defer,hybrid --axis iommu=off,pt,strict,deferred,pinned -q
[ "$(wc -l <"$dir/out")" = 26 ]
verdict '... all of them' $?
"$bin" help columns | awk '/^  [a-z]/ { print $1 }' >"$dir/columns"
head -n 1 "$dir/j1" | tr ',' '\n' | tail -n "$(wc -l <"$dir/columns")" | cmp -s - "$dir/columns"
verdict '... and columns as documented' $?

# --- Ctrl-C ---
if command -v timeout >/dev/null; then
    long=gen:cbr,size=64,load=90,count=4000000000
    # SIGINT after two seconds; on a busy machine it may not have come so far as to say PATTERN, and gets more.
    interrupt() { # PATTERN ARGUMENTS...
        said=$1
        shift
        for seconds in 2 15; do
            timeout --preserve-status -k 20 -s INT $seconds "$bin" "$@" >"$dir/out" 2>"$dir/err"
            status=$?
            cat "$dir/out" "$dir/err" | grep -Eq "$said" && break
        done
        [ $status = 130 ] && cat "$dir/out" "$dir/err" | grep -Eq "$said"
    }
    interrupt INTERRUPTED replay $long --json "$dir/int.json" && grep -q '"interrupted": true' "$dir/int.json"
    verdict 'Ctrl-C ends a replay with what it has' $?
    interrupt '1 of 2 points' sweep $long --axis limit=10,4000000000 -j 2 && [ "$(wc -l <"$dir/out")" = 2 ]
    verdict 'Ctrl-C ends a sweep and keeps finished rows' $?
    interrupt '^moderato: interrupted: [0-9]+ of [0-9]+ runs are done' reproduce kuroda2013 && [ ! -s "$dir/out" ]
    verdict 'Ctrl-C ends a reproduction without verdicts' $?
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
