#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make demo`: records a capture with traffic of our own, then replays it as if somebody had sent it.
set -e
build=${BUILD:-build}
out=$build/demo
mkdir -p "$out"

# In the profile `ideal` without moderation every frame is delivered as it arrives: the record of the wire.
"$build/moderato" replay gen:imix,pacing=poisson,load=30,count=20000 --profile ideal --adaptive-rx off --out "$out/wire" -q
mv "$out/wire/received.pcap" "$out/sample.pcap"
rm -r "$out/wire"

"$build/moderato" replay "$out/sample.pcap" --out "$out"
echo
echo "timeline.json opens in https://ui.perfetto.dev. Next, the same packets under six intervals:"
echo "  $build/moderato sweep $out/sample.pcap --axis rx-usecs=0,10,25,50,125,250"
