#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Reproductions as a whole: every claim as tests/reproductions.tsv has it (`make reproductions`; minutes).
#   sh tests/reproductions.sh build/moderato            compares
#   sh tests/reproductions.sh build/moderato -w         writes the table anew
set -e
LC_ALL=C
export LC_ALL
bin=$1 want=$(dirname "$0")/reproductions.tsv
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for name in kuroda2013 embrapa2010 ufsm2007; do
    "$bin" reproduce "$name" >"$tmp/$name"
    awk -v name="$name" '/^[^ ].*: (not reproduced|reproduced|reported)$/ {
        verdict = $0; sub(/.*: /, "", verdict)
        claim = $0; sub(/: [a-z ]*$/, "", claim)
        print name "\t" claim "\t" verdict }' "$tmp/$name" >>"$tmp/got.tsv"
    tail -n 1 "$tmp/$name"
done
if [ "$2" = -w ]; then
    cp "$tmp/got.tsv" "$want"
else
    diff "$want" "$tmp/got.tsv" && echo "every claim as before"
fi
