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
        }' "$1" | sed 's/core 0 //; s/core 1 /host /; s/core 2 //' | sort -t "$(printf '\t')" -k 2,2g
}

draw() { # NAME US OPTIONS... (the host of guests has cores 1 and 2)
    name=$1 until=$2
    shift 2
    "$bin" replay gen:cbr,size=1516,pps=5000,count=3 --nic 82576 --profile kvm-2012 --rx-usecs 0 "$@" --out "$tmp/$name" -q
    rows "$tmp/$name/timeline.json" >"$tmp/rows"
    awk -F '\t' 'BEGIN { n = split("application,poll,interrupt,exits,thread,host poll,host interrupt,DMA write,wire receive", row, ","); for (i = 1; i <= n; i++) at[row[i]] = i }
        $1 in at && $4 != "message" { sub(/^mmio_/, "", $4); printf "%.3f %.3f %.3f %d \"%s\"\n", ($2 + $3) / 2, $2, $3, at[$1], $1 == "DMA write" || $1 == "wire receive" ? "" : $4 }' \
        "$tmp/rows" >"$tmp/boxes.all"
    # Rows that nothing is in are left out.
    awk 'BEGIN { n = split("application,poll,interrupt,exits,thread,poll of the host,interrupt of the host,DMA write,wire", row, ",") }
        { seen[$4] = 1; line[NR] = $0 }
        END {
            for (i = 1; i <= n; i++) if (seen[i]) { at[i] = ++k; tics = tics (k > 1 ? ", " : "") q row[i] q " " k }
            for (i = 1; i <= NR; i++) { split(line[i], f, " "); $0 = line[i]; $4 = at[f[4]]; print >boxes }
            print tics
        }' q="'" boxes="$tmp/boxes" "$tmp/boxes.all" >"$tmp/tics"
    tics=$(cat "$tmp/tics")
    gnuplot <<END
set terminal svg size 1000,320 dynamic noenhanced
set output '$dir/$name.svg'
set title 'a lone packet, $*'
set xrange [-1:$until]
set yrange [0.4:$(awk '$4 > m { m = $4 } END { print m + 0.6 }' "$tmp/boxes")]
set xlabel 'us from the last byte on the wire'
set ytics ($tics)
set grid x
unset key
set style fill solid 0.7
plot '$tmp/boxes' using 1:4:2:3:(\$4-0.3):(\$4+0.3):4 with boxxyerror lc variable, '' using 1:4:5 with labels font ',8'
END
}

draw native 18 --path native
draw container 18 --path container
draw emulated 58 --path emulated
draw virtio 28 --path virtio --host-rx-usecs 0
draw xen-pv 36 --path xen-pv --profile xen-pv-4
draw vf 18 --path vf
draw vf-posted 18 --path vf --guest-idle poll --guest-interrupts posted
