// SPDX-License-Identifier: Apache-2.0
// Two meters of a core side by side: exact accounts, and what a kernel reports that samples at its
// timer tick. They agree where the work has nothing to do with the tick, and not where it keeps
// step with it, or is done in interrupt handlers.
#include "tests/run_help.h"

#include <math.h>

static double ticks_of(const run_result_t *r, unsigned core)
{
    return (double)(r->cpu[core].irq_ticks + r->cpu[core].softirq_ticks +
                    r->cpu[core].ksoftirqd_ticks + r->cpu[core].app_ticks +
                    r->cpu[core].hypervisor_ticks + r->cpu[core].idle_ticks +
                    r->cpu[core].steal_ticks);
}

static double jiffies_of(const run_result_t *r, uint32_t hz, unsigned core)
{
    return (double)r->cpu[core].wall_ps * hz / 1e12;
}

static void there_is_a_tick_each_jiffy(void **state)
{
    (void)state;
    static const uint32_t hz[] = {100, 250, 300, 1000};
    for (size_t i = 0; i < 4; i++) {
        run_case_t k;
        run_ideal(&k, "gen:imix,load=50,count=40000");
        k.c.profile = "native-2012";
        k.c.cpus = 3;
        k.c.app_cpu = 1;
        k.c.hz = hz[i];
        run_play(&k);
        for (unsigned c = 0; c < 3; c++)
            assert_true(fabs(ticks_of(&k.r, c) - jiffies_of(&k.r, hz[i], c)) <= 1);
        RUN_EXPECT("an idle core", k.r.cpu[2].idle_ticks, ticks_of(&k.r, 2));
        run_free(&k);
    }
}

// 2,000 samples: a standard deviation of at most 1.1 %. Time in handlers goes to the softirq that
// follows them.
static void random_work_is_sampled_as_it_is(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:poisson,size=200,pps=150000,count=300000");
    k.c.profile = "native-2012";
    k.c.hz = 1000;
    run_play(&k);
    const double n = ticks_of(&k.r, 0), wall = (double)k.r.cpu[0].wall_ps;
    const double app = (double)k.r.cpu[0].app_ps / wall, idle = (double)k.r.cpu[0].idle_ps / wall;
    const double irq = (double)k.r.cpu[0].irq_ps / wall;
    assert_true(n >= 1999);
    const double softirq = (double)k.r.cpu[0].softirq_ps / wall;
    assert_true(app > 0.1 && irq > 0.1 && softirq > 0.1 && idle > 0.1);
    assert_true(fabs((double)k.r.cpu[0].app_ticks / n - app) < 0.04);
    assert_true(fabs((double)k.r.cpu[0].idle_ticks / n - idle) < 0.04);
    assert_true(fabs((double)k.r.cpu[0].softirq_ticks / n - softirq - irq) < 0.04);
    RUN_EXPECT("handlers", k.r.cpu[0].irq_ticks, 0);
    run_free(&k);
}

// A frame a tick: each sample finds the same moment of the work, all of it or none.
static void work_in_step_with_the_tick_is_not_seen(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,pps=1000,count=1000");
    k.c.profile = "native-2012";
    k.c.hz = 1000;
    run_play(&k);
    const double busy = 1 - (double)k.r.cpu[0].idle_ps / (double)k.r.cpu[0].wall_ps;
    assert_true(busy > 0.005 && busy < 0.05);
    const uint64_t seen = (uint64_t)ticks_of(&k.r, 0) - k.r.cpu[0].idle_ticks;
    assert_true(seen <= 1 || seen >= 999);
    run_free(&k);
}

// Receive livelock as its victim reports it: all time is the application's, which gets none.
static void time_of_handlers_goes_to_their_victims(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,pps=1000000,count=200000");
    k.c.profile = "native-2012";
    k.c.driver = "e1000-intr";
    k.c.itr = RUN_UNSET;
    k.c.hz = 1000;
    run_play(&k);
    assert_true((double)k.r.cpu[0].irq_ps > 0.97 * (double)k.r.cpu[0].wall_ps);
    assert_true((double)k.r.cpu[0].app_ps < 0.01 * (double)k.r.cpu[0].wall_ps);
    RUN_EXPECT("handlers", k.r.cpu[0].irq_ticks, 0);
    assert_true((double)k.r.cpu[0].app_ticks > 0.97 * ticks_of(&k.r, 0));
    run_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_a_tick_each_jiffy),
        cmocka_unit_test(random_work_is_sampled_as_it_is),
        cmocka_unit_test(work_in_step_with_the_tick_is_not_seen),
        cmocka_unit_test(time_of_handlers_goes_to_their_victims),
    };
    return cmocka_run_group_tests_name("tick", tests, NULL, NULL);
}
