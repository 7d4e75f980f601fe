#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sh tests/put_table.sh FILE NAME TABLE: what stands in FILE between its lines <!-- NAME:begin --> and <!-- NAME:end --> becomes what TABLE has.
file=$1 name=$2 table=$3
grep -qx "<!-- $name:begin -->" "$file" && grep -qx "<!-- $name:end -->" "$file" || {
    echo "$file has no lines <!-- $name:begin --> and <!-- $name:end -->" >&2
    exit 1
}
new=$(mktemp) || exit 1
trap 'rm -f "$new"' EXIT
awk -v name="$name" -v table="$table" '
    $0 == "<!-- " name ":end -->" { inside = 0 }
    !inside { print }
    $0 == "<!-- " name ":begin -->" { inside = 1; while ((getline line < table) > 0) print line }' "$file" >"$new" &&
    cat "$new" >"$file"
