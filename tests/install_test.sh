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
for file in bin/moderato lib/moderato/e1000.so lib/libmoderato.a lib/pkgconfig/moderato.pc share/man/man1/moderato.1 \
    include/moderato/model/nic.h include/moderato/rtl/defs.h include/moderato/rtl/regs_82540em.def; do
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

cat >"$root/use.c" <<'END'
#include <model/nic.h>
static uint64_t tlp(void *c, uint64_t cyc, const nic_tlp_t *t) { (void)c; return cyc + t->beats; }
static void reply(void *c, uint64_t cyc, uint32_t v) { (void)cyc; *(uint32_t *)c = v; }
static void intx(void *c, uint64_t cyc, bool l) { (void)c, (void)cyc, (void)l; }
static void frame(void *c, uint64_t cyc, unsigned s, const uint8_t *b, uint32_t n) { (void)c, (void)cyc, (void)s, (void)b, (void)n; }
int main(void)
{
    uint32_t id = 0;
    const nic_config_t cfg = {.personality = NIC_82540EM, .mac = {2, 0, 0, 0, 0, 1}};
    const nic_host_t host = {&id, tlp, reply, intx, frame, 0};
    const nic_access_t read = {.space = NIC_SPACE_CFG, .be = 15};
    nic_t *n = nic_create(&cfg, &host);
    if (!n || !nic_access(n, 10, &read)) return 1;
    nic_run(n, 100);
    nic_destroy(n);
    return id != 0x100E8086;
}
END
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
# shellcheck disable=SC2046 # the words are wanted
${CC:-cc} -Wall -Wextra -Werror -std=c11 -o "$root/use" "$root/use.c" $(pkg-config --cflags --libs moderato) && "$root/use"
verdict 'a program uses the device through pkg-config' $?

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
