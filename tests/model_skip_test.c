// SPDX-License-Identifier: Apache-2.0
// Visiting modules only when they ask for it gives the same pins as visiting all of them in every cycle, whatever the order
// of visits within a cycle and whatever superfluous visits there are.
#include "tests/stim_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <cmocka.h>

static const enum nic_personality NICS[2] = {NIC_82540EM, NIC_82576};

static uint64_t env(const char *name, uint64_t def)
{
    const char *v = getenv(name);
    return v ? strtoull(v, NULL, 0) : def;
}

static void compare(enum nic_personality nic, const nic_visiting_t *how, const char *name,
                    uint64_t seed0, uint64_t seeds, uint64_t cycles)
{
    uint64_t total = 0, accepted = 0, tlps = 0, tx = 0, edges = 0, resets = 0;
    for (uint64_t seed = seed0; seed < seed0 + seeds; seed++) {
        const nic_visiting_t lazy = {0};
        stim_run_t a, b;
        stim_play(nic, seed, cycles, &lazy, &a);
        stim_play(nic, seed, cycles, how, &b);
        const long d = stim_diff(&a, &b);
        if (d >= 0) {
            fprintf(stderr, "seed %llu: first difference at event %ld of %zu/%zu\n",
                    (unsigned long long)seed, d, a.count, b.count);
            for (long i = d > 5 ? d - 5 : 0; i < d + 3; i++) {
                if ((size_t)i < a.count) stim_print(i < d ? "same" : "lazy", &a.event[i]);
                if (i >= d && (size_t)i < b.count) stim_print(name, &b.event[i]);
            }
            fprintf(
                stderr,
                "repro: STIM_SEED=%llu STIM_SEEDS=1 STIM_CYCLES=%llu build/tests/model_skip_test\n",
                (unsigned long long)seed, (unsigned long long)cycles);
        }
        assert_int_equal(d, -1);
        total += cycles, accepted += a.accepted, tlps += a.tlps, tx += a.tx_frames,
            edges += a.edges, resets += a.resets;
        stim_free(&a);
        stim_free(&b);
    }
    printf("%s: %llu cycles, %llu frames accepted, %llu sent, %llu TLPs, %llu interrupt edges, "
           "%llu resets\n",
           name, (unsigned long long)total, (unsigned long long)accepted, (unsigned long long)tx,
           (unsigned long long)tlps, (unsigned long long)edges, (unsigned long long)resets);
    // The stimulus must reach what it is for.
    if (seeds >= 20 && cycles >= 100000) {
        assert_true(accepted > 1000);
        assert_true(tx > 500);
        assert_true(nic == NIC_82576 || edges > 500); // most of its interrupts are messages
        assert_true(resets > 5);
    }
}

static void every_cycle_equals_visits_on_demand(void **state)
{
    (void)state;
    const nic_visiting_t how = {.every_cycle = true};
    for (unsigned i = 0; i < 2; i++)
        compare(NICS[i], &how, "every", env("STIM_SEED", 1), env("STIM_SEEDS", 40),
                env("STIM_CYCLES", 300000));
}

static void every_cycle_in_shuffled_order_is_equal(void **state)
{
    (void)state;
    const nic_visiting_t how = {.every_cycle = true, .shuffle = true};
    for (unsigned i = 0; i < 2; i++)
        compare(NICS[i], &how, "shuffled", env("STIM_SEED", 1001), env("STIM_SEEDS", 10),
                env("STIM_CYCLES", 200000));
}

static void random_extra_visits_change_nothing(void **state)
{
    (void)state;
    const nic_visiting_t how = {.extra = 2, .shuffle = true};
    for (unsigned i = 0; i < 2; i++)
        compare(NICS[i], &how, "extra", env("STIM_SEED", 2001), env("STIM_SEEDS", 100),
                env("STIM_CYCLES", 300000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cycle_equals_visits_on_demand),
        cmocka_unit_test(every_cycle_in_shuffled_order_is_equal),
        cmocka_unit_test(random_extra_visits_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
