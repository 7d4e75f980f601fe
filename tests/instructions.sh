#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Instructions that a frame takes: BUILD=build sh tests/instructions.sh docs/performance.md
# By callgrind, so the same on a busy machine as on a quiet one; seconds follow them, as far as caches and branches allow. Each case
# is played with FEW and with MANY frames: what they differ by is the frames' own, without starting, setting up and the result.
# The table replaces what is between the markers of the file.
set -e
LC_ALL=C
export LC_ALL
build=${BUILD:-build} few=${FEW:-2000} many=${MANY:-32000}
file=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
command -v valgrind >/dev/null || { echo 'instructions.sh: no valgrind' >&2; exit 2; }

cases() { # name|options
    cat <<'CASES'
`native`, 82540EM|
`native`, 82540EM, echoed (full duplex)|--respond echo
`native`, 82540EM, `--iommu pt`|--iommu pt
`native`, 82540EM, `--iommu deferred --pages 2m`|--iommu deferred --pages 2m
`native`, 82576, 1 VF|--nic 82576 --vfs 1
`native`, 82576, 8 VFs, `--rx-usecs 400`|--nic 82576 --vfs 8 --rx-usecs 400
`container`|--path container
`virtio`|--path virtio
`xen-pv`|--path xen-pv
`vf`|--path vf
`emulated`|--path emulated
CASES
}

instructions() { # FRAMES OPTIONS...
    frames=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$build/moderato" replay "gen:cbr,size=64,hosts=8,count=$frames" \
        --profile ideal "$@" -q 2>"$tmp/err" >"$tmp/out" || { cat "$tmp/err" >&2; return 1; }
    sed -n 's/.*Collected : *//p' "$tmp/err"
}

{
    echo
    echo "$(${CC:-cc} --version | head -n 1), build \`fast\`, $(uname -m), $(date -u +%Y-%m-%d). 64 bytes at line rate, profile \`ideal\`."
    echo
    echo '| path | instructions a frame |'
    echo '|---|---:|'
    cases | while IFS='|' read -r name options; do
        # shellcheck disable=SC2086 # options are words
        a=$(instructions "$few" $options) b=$(instructions "$many" $options)
        echo "| $name | $(((b - a) / (many - few))) |"
    done
    echo
} >"$tmp/table"
cat "$tmp/table"
grep -c '^| .* | [1-9][0-9]* |$' "$tmp/table" | grep -qx "$(cases | wc -l)"

[ -n "$file" ] || exit 0
sh "$(dirname "$0")/put_table.sh" "$file" instructions "$tmp/table"
