#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `moderato config-space`, and what lspci makes of it: sh tests/config_space_test.sh build/moderato
# One line per check; the last line is 'N passed, N failed, N skipped'.
LC_ALL=C
export LC_ALL
bin=${1:-build/moderato}
case $bin in */*) ;; *) bin=./$bin ;; esac
[ -x "$bin" ] || { echo "config_space_test: $bin: not a program" >&2; exit 2; }
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0 skipped=0

verdict() { # NAME OK?
    if [ "$2" = 0 ]; then
        passed=$((passed + 1)); echo "ok    $1"
    else
        failed=$((failed + 1)); echo "FAIL  $1${3:+: $3}"
    fi
}

# dump NAME ADDRESSES BYTES arguments...: one function after the other, each a whole space.
dump() {
    name=$1 addresses=$2 bytes=$3
    shift 3
    "$bin" config-space "$@" >"$dir/dump" 2>"$dir/err"
    [ $? = 0 ] && [ ! -s "$dir/err" ]
    verdict "$name" $? "$(head -n 1 "$dir/err")"
    [ "$(awk '/ Ethernet controller: /{ printf "%s%s", sep, $1; sep = " " }' "$dir/dump")" = "$addresses" ]
    verdict "$name: addresses" $? "$(grep -c Ethernet "$dir/dump") functions"
    awk -v bytes="$bytes" '
        / Ethernet controller: /{ at = 0; functions++; next }
        NF == 0 { if (at != bytes) bad = 1; ended++; next }
        { if ($1 != sprintf("%02x:", at) || NF != 17) bad = 1; at += 16 }
        END { exit bad || functions == 0 || ended != functions }' "$dir/dump"
    verdict "$name: $bytes bytes each" $?
}

vfs='01:10.0 01:10.2 01:10.4 01:10.6 01:11.0 01:11.2 01:11.4 01:11.6'
dump '82540EM without options' 01:00.0 256
dump 82545GM 01:00.0 256 --nic 82545gm
grep -q '^00: 86 80 26 10 ' "$dir/dump"
verdict '... is an 82545GM' $?
dump '82540EM, PF' 01:00.0 256 --function pf
dump '82576, all functions' "01:00.0 $vfs" 4096 --nic 82576
cp "$dir/dump" "$dir/all"
n=0
for address in $vfs; do
    dump "82576, VF $n" $address 4096 --nic 82576 --function vf$n
    sed -n "/^$address /,/^\$/p" "$dir/all" | cmp -s - "$dir/dump"
    verdict '... as among all' $?
    n=$((n + 1))
done
dump '82576, PF' 01:00.0 4096 --nic 82576 --function pf
cp "$dir/dump" "$dir/pf"
"$bin" config-space --function vf3 >"$dir/out" 2>"$dir/err"
[ $? = 2 ] && [ ! -s "$dir/out" ] && grep -q '^moderato: --function vf3: the 82540EM has no VFs' "$dir/err"
verdict 'a VF of a controller without' $?
"$bin" config-space --nic 82576 --function vf8 >"$dir/out" 2>"$dir/err"
[ $? = 2 ] && grep -q 'available: all, pf, vf0' "$dir/err"
verdict 'a VF too many' $?

# ---- lspci ----

if ! command -v lspci >/dev/null; then
    skipped=1
    echo 'skip  lspci (package pciutils) is not installed: nothing decoded'
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    exit
fi

# decode FILE ADDRESS: what lspci prints of one function, a line each, without indentation.
decode() {
    lspci -n -vvv -F "$1" -s "$2" 2>"$dir/err" | sed 's/^[ \t]*//' >"$dir/lspci"
    # not the remark of a machine without kernel modules
    if grep -v libkmod "$dir/err" >"$dir/out"; then verdict "$2: no message" 1 "$(head -n 1 "$dir/out")"; fi
    grep -Ein 'unknown|downgraded|overdriven|<\?>|!!!|invalid|denied|broken|truncated|chain loop|pcilib' "$dir/lspci" >"$dir/out"
    [ $? = 1 ]
    verdict "$2: no complaint" $? "$(head -n 1 "$dir/out")"
}
capabilities() { # NAME LIST
    got=$(sed -n 's/^Capabilities: \[\([^]]*\)\] .*/\1/p' "$dir/lspci" | tr '\n' ',')
    [ "$got" = "$2" ]
    verdict "$1: capabilities" $? "$got"
}
says() { # NAME LINES: each of LINES is the beginning of a line
    echo "$2" | while read -r line; do
        awk -v line="$line" 'index($0, line) == 1 { found = 1 } END { exit !found }' "$dir/lspci" || { echo "$line"; break; }
    done >"$dir/out"
    [ ! -s "$dir/out" ]
    verdict "$1" $? "no line '$(cat "$dir/out")'"
}

"$bin" config-space >"$dir/em"
decode "$dir/em" 01:00.0
capabilities 82540EM dc,f0,
says '82540EM: as it is' '01:00.0 0200: 8086:100e (rev 02)
Subsystem: 8086:001e
Capabilities: [dc] Power Management version 2
Capabilities: [f0] MSI: Enable- Count=1/1 Maskable- 64bit+'

pf_list='40,50,70,a0,100 v1,150 v1,160 v1,'
decode "$dir/pf" 01:00.0
capabilities PF "$pf_list"
says 'PF: header' '01:00.0 0200: 8086:10c9 (rev 01)
Subsystem: 8086:a03c
Interrupt: pin A'
says 'PF: power, messages' 'Capabilities: [40] Power Management version 3
Flags: PMEClk- DSI+ D1- D2- AuxCurrent=0mA PME(D0+,D1-,D2-,D3hot+,D3cold-)
Status: D0 NoSoftRst+ PME-Enable-
Capabilities: [50] MSI: Enable- Count=1/1 Maskable+ 64bit+
Capabilities: [70] MSI-X: Enable- Count=10 Masked-
Vector table: BAR=3 offset=00000000
PBA: BAR=3 offset=00002000'
pcie='Capabilities: [a0] Express (v2) Endpoint, MSI 00
DevCap:	MaxPayload 512 bytes, PhantFunc 0, Latency L0s <512ns, L1 <64us
ExtTag- AttnBtn- AttnInd- PwrInd- RBE+ FLReset+
LnkCap:	Port #0, Speed 2.5GT/s, Width x4, ASPM L0s L1, Exit Latency L0s <4us, L1 <64us
LnkSta:	Speed 2.5GT/s, Width x4
TrErr- Train- SlotClk+
DevCap2: Completion Timeout: Range ABCD, TimeoutDis+
Capabilities: [100 v1] Advanced Error Reporting
UESta:	DLP- SDES- TLP-
Capabilities: [150 v1] Alternative Routing-ID Interpretation (ARI)
ARICap:	MFVC- ACS-, Next Function: 0'
says 'PF: PCI Express' "$pcie
MaxPayload 128 bytes, MaxReadReq 512 bytes
LnkCtl2: Target Link Speed: 2.5GT/s
UESvrt:	DLP+ SDES- TLP- FCP+ CmpltTO- CmpltAbrt- UnxCmplt- RxOF+ MalfTLP+"
sriov='Capabilities: [160 v1] Single Root I/O Virtualization (SR-IOV)
IOVCap:	Migration-
VF offset: 128, stride: 2, Device ID: 10ca
Supported Page Size: 00000553, System Page Size: 00000001
Region 0: Memory at 0000000000000000 (64-bit, prefetchable)
Region 3: Memory at 0000000000000000 (64-bit, prefetchable)
VF Migration: offset: 00000000, BIR: 0'
says 'PF: SR-IOV, off' "$sriov
IOVCtl:	Enable- Migration- Interrupt- MSE-
Initial VFs: 8, Total VFs: 8, Number of VFs: 0, Function Dependency Link: 00"
decode "$dir/all" 01:00.0
capabilities 'PF with VFs' "$pf_list"
says 'PF with VFs: SR-IOV, on' "$sriov
IOVCtl:	Enable+ Migration- Interrupt- MSE+
Initial VFs: 8, Total VFs: 8, Number of VFs: 8, Function Dependency Link: 00"

for address in $vfs; do
    decode "$dir/all" $address
    capabilities $address '70,a0,100 v1,150 v1,'
    says "$address: header, MSI-X" "$address 0200: 8086:10ca (rev 01)
Subsystem: 8086:a03c
Control: I/O- Mem- BusMaster-
Status: Cap+
Capabilities: [70] MSI-X: Enable- Count=3 Masked-
Vector table: BAR=3 offset=00000000
PBA: BAR=3 offset=00002000"
    says "$address: PCI Express" "$pcie"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
