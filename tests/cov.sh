#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Line coverage per room, out of what the instrumented tests left behind: BUILD=build sh tests/cov.sh
LC_ALL=C
export LC_ALL
build=${BUILD:-build}
info=$build/cov/moderato.info
lcov --quiet --capture --directory "$build/cov/obj" --base-directory . --no-external --output-file "$info" 2>"$build/cov/lcov.log" ||
    { cat "$build/cov/lcov.log"; exit 1; }
lcov --quiet --remove "$info" '*/tests/*' "*/gen/*" --output-file "$info" 2>>"$build/cov/lcov.log"
genhtml --quiet --output-directory "$build/cov/html" "$info" >>"$build/cov/lcov.log" 2>&1
awk -v top="$PWD/" '
    /^SF:/ { file = substr($0, 4); sub(top, "", file); split(file, part, "/"); room = part[1] }
    /^LF:/ { lines = substr($0, 4); all[room] += lines; total += lines }
    /^LH:/ {
        run = substr($0, 4); hit[room] += run; sum += run
        if (lines) least[file] = 100 * run / lines
    }
    END {
        printf "%-12s %8s %8s\n", "room", "lines", "run"
        n = split("model driver hostbridge traces lab", room_of, " ")
        for (i = 1; i <= n; i++) if (all[room_of[i]])
            printf "%-12s %8d %7.1f %%\n", room_of[i], all[room_of[i]], 100 * hit[room_of[i]] / all[room_of[i]]
        printf "%-12s %8d %7.1f %%\n", "all", total, total ? 100 * sum / total : 0
        for (file in least) if (least[file] < 80) printf "below 80 %%: %s %.1f %%\n", file, least[file] | "sort"
    }' "$info"
echo "lines: $build/cov/html/index.html"
