#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `make install` puts where, and that it can be used from there: BUILD=build sh tests/install_test.sh
# The last line is 'N passed, N failed'.
build=${BUILD:-build}
root=$(mktemp -d) || exit 2
trap 'rm -rf "$root"' EXIT
passed=0
failed=0

verdict() { # NAME OK?
    if [ "$2" = 0 ]; then
        passed=$((passed + 1)); echo "ok    $1"
    else
        failed=$((failed + 1)); echo "FAIL  $1"
    fi
}

unset MAKEFLAGS MAKELEVEL
make --no-print-directory install BUILD="$build" DEPS=no DESTDIR="$root/stage" PREFIX=/opt/moderato >"$root/log" 2>&1 ||
    cat "$root/log"
for file in bin/moderato lib/moderato/e1000.so lib/moderato/igb.so lib/moderato/igbvf.so lib/moderato/virtio_net.so lib/moderato/netfront.so lib/libmoderato.a lib/libmoderato.so lib/pkgconfig/moderato.pc share/man/man1/moderato.1 \
    include/moderato/model/nic.h include/moderato/driver/os.h include/moderato/rtl/defs.h include/moderato/rtl/defs_82576.h \
    include/moderato/rtl/regs_82540em.def; do
    [ -s "$root/stage/opt/moderato/$file" ]
    verdict "DESTDIR, PREFIX: $file" $?
done
[ "$(find "$root/stage" -mindepth 1 -maxdepth 1)" = "$root/stage/opt" ]
verdict 'nothing is put beside PREFIX' $?

prefix=$root/usr
make --no-print-directory install BUILD="$build" DEPS=no PREFIX="$prefix" >"$root/log" 2>&1 || cat "$root/log"
gen=gen:cbr,size=64,pps=10000,count=100
"$prefix/bin/moderato" --version | grep -q '^moderato [0-9]'
verdict 'the program runs' $?
for driver in e1000 "$prefix/lib/moderato/e1000.so"; do
    "$prefix/bin/moderato" replay $gen --driver "$driver" --json "$root/run.json" -q 2>"$root/err"
    grep -v '"driver"' "$root/run.json" | sed '/^  "sim": {/,$d' >"$root/$(basename "$driver").cut"
done
[ -s "$root/e1000.cut" ] && cmp -s "$root/e1000.cut" "$root/e1000.so.cut"
verdict 'the installed driver does as the built-in one' $?
for options in '--profile ideal' '--respond echo --rx-usecs 50'; do
    # shellcheck disable=SC2086 # the words are wanted
    for program in "$build/moderato" "$prefix/bin/moderato"; do
        "$program" replay gen:imix,load=60,count=20000 $options --json - -q 2>"$root/err" | sed '/^  "sim": {/,$d'
    done >"$root/both"
    half=$(($(wc -l <"$root/both") / 2))
    [ $half -gt 100 ] && head -n $half "$root/both" >"$root/one" && tail -n $half "$root/both" | cmp -s - "$root/one"
    verdict "the fast build gives the same result: $options" $?
done
grep -q '^\.TH MODERATO 1' "$prefix/share/man/man1/moderato.1"
verdict 'the manual page is one' $?

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
cp -r docs/example "$root/example" && make --no-print-directory -C "$root/example" >"$root/log" 2>&1 || cat "$root/log"
for program in interrupt interrupt-static; do
    "$root/example/$program" | grep -q "INTA#, 27 cycles = 216 ns"
    verdict "a program outside uses the device through pkg-config: $program" $?
done
"$prefix/bin/moderato" replay gen:imix,pps=20000,count=500 --driver "$root/example/mini.so" --respond echo --verify >"$root/out" 2>"$root/err" &&
    grep -q "delivered  *500 " "$root/out" && grep -q "sent back  *500$" "$root/out"
verdict "a driver outside is built with the installed headers, and runs" $?
printf "#include <driver/os.h>\n#include <rtl/defs_82576.h>\n#include <driver/virtio_abi.h>\n#include <driver/xen_netif.h>\n" >"$root/headers.c"
# shellcheck disable=SC2046 # the words are wanted
${CC:-cc} -std=c11 -fsyntax-only $(pkg-config --cflags moderato) "$root/headers.c"
verdict "headers for drivers of other devices are complete" $?
ldd "$root/example/interrupt" | grep -q "$prefix/lib/libmoderato.so"
verdict "the first of them uses the shared library" $?

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
