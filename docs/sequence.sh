#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The pictures of docs/paths.md: what a lone packet meets on each path, from the timeline of a run (`make pictures`).
#   sh docs/sequence.sh build/moderato docs/img
# A row is a track of the timeline, an interval a box; time is from the last byte of the frame on the wire.
set -e
LC_ALL=C
export LC_ALL
bin=$1 dir=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$dir"

# Rows of the last packet: track, begin, end (us), name. Of several writes in a row one box.
rows() { # TIMELINE
    awk '
        function field(key) { return match($0, "\"" key "\":\"?[^,\"}]*") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) : "" }
        function text(key, v) { v = field(key); sub(/^"/, "", v); return v }
        /"thread_name"/ { id = field("tid"); match($0, /"args":\{"name":"[^"]*/); track[id] = substr($0, RSTART + 16, RLENGTH - 16); next }
        /"ph":"X"/ { n++; tid[n] = field("tid"); from[n] = field("ts") + 0; to[n] = from[n] + field("dur"); name[n] = text("name") }
        END {
            for (i = 1; i <= n; i++) if (track[tid[i]] == "wire receive") last = i
            zero = to[last]
            for (i = 1; i <= n; i++) if (track[tid[i]] ~ /application/ && from[i] > zero) end = to[i]
            for (i = 1; i <= n; i++) {
                if (i != last && (from[i] < zero - 1 || from[i] > end + 1)) continue
                print track[tid[i]] "\t" (i == last ? -1 : from[i] - zero) "\t" to[i] - zero "\t" name[i]
            }
        }' "$1" | sed 's/core 0 //' | sort -t "$(printf '\t')" -k 2,2g
}

draw() { # NAME OPTIONS...
    name=$1
    shift
    "$bin" replay gen:cbr,size=1516,pps=5000,count=3 --nic 82576 --profile kvm-2012 --rx-usecs 0 "$@" --out "$tmp/$name" -q
    rows "$tmp/$name/timeline.json" >"$tmp/rows"
    awk -F '\t' 'BEGIN { n = split("application,poll,interrupt,exits,DMA write,wire receive", row, ","); for (i = 1; i <= n; i++) at[row[i]] = i }
        $1 in at && $4 != "message" { printf "%.3f %.3f %.3f %d \"%s\"\n", ($2 + $3) / 2, $2, $3, at[$1], $1 == "DMA write" || $1 == "wire receive" ? "" : $4 }' \
        "$tmp/rows" >"$tmp/boxes"
    gnuplot <<END
set terminal svg size 900,300 dynamic noenhanced
set output '$dir/$name.svg'
set title 'a lone packet, $*'
set xrange [-1:18]
set yrange [0.4:6.6]
set xlabel 'us from the last byte on the wire'
set ytics ('application' 1, 'poll' 2, 'interrupt' 3, 'exits' 4, 'DMA write' 5, 'wire' 6)
set grid x
unset key
set style fill solid 0.7
plot '$tmp/boxes' using 1:4:2:3:(\$4-0.3):(\$4+0.3):4 with boxxyerror lc variable, '' using 1:4:5 with labels font ',9'
END
}

draw native --path native
draw container --path container
draw vf --path vf
draw vf-posted --path vf --guest-idle poll --guest-interrupts posted
