#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How fast the simulator is: BUILD=build bash tests/bench.sh docs/performance.md
# Each case RUNS times on one core, median by user CPU time (the whole program: traffic, device, host, driver, result) and by
# wall time of the run. The tables replace what is between the markers of the file. Nothing is judged here.
# bash for its `time`, which sees milliseconds of user time.
set -e
LC_ALL=C
export LC_ALL
build=${BUILD:-build} runs=${RUNS:-5} count=${COUNT:-300000}
file=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
pin=
command -v taskset >/dev/null && pin='taskset -c 0'

key() { sed -n "s/^ *\"$1\": \([0-9.]*\),*$/\1/p" "$tmp/json" | tail -n 1; }
median() { sort -n "$1" | sed -n "$((($(wc -l <"$1") + 1) / 2))p"; }

# A row of the table: NAME, TRACE, options...
row() {
    local name=$1 trace=$2 TIMEFORMAT=%U
    shift 2
    rm -f "$tmp/user" "$tmp/wall"
    for ((i = 0; i < runs; i++)); do
        { time $pin "$build/moderato" replay "$trace" "$@" --json "$tmp/json" -q 2>"$tmp/err"; } 2>>"$tmp/user"
        key wall_s >>"$tmp/wall"
    done
    awk -v name="$name" -v n="$count" -v user="$(median "$tmp/user")" -v wall="$(median "$tmp/wall")" \
        -v simulated="$(key simulated_s)" -v visits="$(key visits)" -v delivered="$(key delivered)" 'BEGIN {
            printf "| %s | %.0f | %.0f | %.2f | %.2f | %.1f | %.1f |\n", name, n / user, n / wall, simulated / user,
                simulated / wall, visits / n, 100 * delivered / n
        }'
}

table() { # PROFILE
    echo
    echo "Profile \`$1\`:"
    echo
    echo '| traffic, '"$count"' frames | frames/s, user | frames/s, wall | x real time, user | x real time, wall | visits/frame | delivered, % |'
    echo '|---|---:|---:|---:|---:|---:|---:|'
    for respond in none echo; do
        local to=
        [ $respond = echo ] && to=', echoed (full duplex)'
        row "64 bytes, line rate$to" gen:cbr,size=64,count="$count" --profile "$1" --respond $respond
        row "IMIX, line rate$to" gen:imix,count="$count" --profile "$1" --respond $respond
        row "1518 bytes, line rate$to" gen:cbr,size=1518,count="$count" --profile "$1" --respond $respond
        row "64 bytes, Poisson, 10 % load$to" gen:poisson,size=64,load=10,count="$count" --profile "$1" --respond $respond
    done
}

{
    echo
    echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores (one used)," \
        "$(${CC:-cc} --version | head -n 1), $(date -u +%Y-%m-%d), build \`${build##*/}\`; median of $runs runs."
    table ideal
    table native-2012
    echo
} >"$tmp/tables"
cat "$tmp/tables"

[ -n "$file" ] || exit 0
grep -q '^<!-- bench:begin -->$' "$file" && grep -q '^<!-- bench:end -->$' "$file" || {
    echo "bench.sh: $file has no markers bench:begin and bench:end" >&2
    exit 1
}
awk -v tables="$tmp/tables" '
    /^<!-- bench:end -->$/ { inside = 0 }
    !inside { print }
    /^<!-- bench:begin -->$/ { inside = 1; while ((getline line < tables) > 0) print line }' "$file" >"$tmp/new"
cat "$tmp/new" >"$file"
