// SPDX-License-Identifier: Apache-2.0
// Transfers and pins are two forms of one contract: what was handed in as transfers, played as pins in every cycle into
// another device, gives the same transfers read off its pins.
#include "tests/stim_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <cmocka.h>

static uint64_t env(const char *name, uint64_t def)
{
    const char *v = getenv(name);
    return v ? strtoull(v, NULL, 0) : def;
}

static void compare(enum nic_personality nic)
{
    const uint64_t seed0 = env("STIM_SEED", 5001), seeds = env("STIM_SEEDS", 25),
                   cycles = env("STIM_CYCLES", 200000);
    uint64_t frames = 0, events = 0;
    for (uint64_t seed = seed0; seed < seed0 + seeds; seed++) {
        const nic_visiting_t lazy = {0};
        stim_run_t a, b;
        stim_play(nic, seed, cycles, &lazy, &a);
        stim_play_pins(nic, &a, cycles, &b);
        stim_cut(&a, cycles);
        stim_cut(&b, cycles);
        const bool regs_equal = a.regs_hash == b.regs_hash;
        a.regs_hash = b.regs_hash = 0;
        const long d = stim_diff(&a, &b);
        if (d >= 0 || !regs_equal) {
            fprintf(stderr,
                    "seed %llu: difference at event %ld of %zu/%zu, registers at the end %s\n",
                    (unsigned long long)seed, d, a.count, b.count, regs_equal ? "equal" : "differ");
            for (long i = d > 4 ? d - 4 : 0; d >= 0 && i < d + 3; i++) {
                if ((size_t)i < a.count) stim_print(i < d ? "same" : "transfer", &a.event[i]);
                if (i >= d && (size_t)i < b.count) stim_print("pins", &b.event[i]);
            }
            fprintf(stderr,
                    "repro: STIM_SEED=%llu STIM_SEEDS=1 STIM_CYCLES=%llu build/tests/pins_test\n",
                    (unsigned long long)seed, (unsigned long long)cycles);
        }
        assert_int_equal(d, -1);
        assert_true(regs_equal);
        frames += a.accepted;
        events += a.count;
        stim_free(&a);
        stim_free(&b);
    }
    printf("%llu cycles, %llu frames accepted, %llu transfers compared\n",
           (unsigned long long)(seeds * cycles), (unsigned long long)frames,
           (unsigned long long)events);
    if (seeds >= 20) assert_true(frames > 1000);
}

static void pins_equal_transfers(void **state)
{
    (void)state;
    compare(NIC_82540EM);
}

static void pins_of_the_82576_equal_transfers(void **state)
{
    (void)state;
    compare(NIC_82576);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pins_equal_transfers),
                                       cmocka_unit_test(pins_of_the_82576_equal_transfers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
