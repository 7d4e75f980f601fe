// SPDX-License-Identifier: Apache-2.0
// Receive livelock (Mogul and Ramakrishnan, "Eliminating receive livelock in an interrupt-driven
// kernel", ACM TOCS 15(3), 1997): where every frame interrupts and interrupts go before everything
// else, more frames than the machine can take leave the application nothing. With NAPI ksoftirqd
// and the application share the core, and what is delivered under overload stays where it was.
#include "tests/run_help.h"

#include <inttypes.h>

#define SOCKBUF (8u << 20)
#define HELD    (SOCKBUF / (2048 + 512)) // frames of native-2012 that a socket holds

static run_case_t load(const char *driver, uint64_t pps)
{
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,pps=%" PRIu64 ",count=%" PRIu64, pps, pps / 5); // 200 ms
    k.c.profile = "native-2012";
    k.c.driver = driver;
    k.c.itr = RUN_UNSET;
    k.c.sockbuf = SOCKBUF;
    run_play(&k);
    return k;
}

static double goodput(const run_result_t *r)
{
    return (double)r->delivered * 1e9 / (double)((r->last_delivery_cyc - r->first_cyc) * CYC_NS);
}

static const uint64_t overload[] = {500000, 700000, 1000000, 1488095};

static void one_interrupt_per_frame_is_a_livelock(void **state)
{
    (void)state;
    static const uint64_t light[] = {50000, 100000, 200000};
    for (size_t i = 0; i < 3; i++) {
        run_case_t k = load("e1000-intr", light[i]);
        RUN_EXPECT(k.trace, k.r.delivered, light[i] / 5);
        RUN_EXPECT(k.trace, k.r.irq_asserted, light[i] / 5);
        RUN_EXPECT(k.trace, k.r.policy.irq_packets, light[i] / 5);
        RUN_EXPECT(k.trace, k.r.polls, 0);
        run_free(&k);
    }
    for (size_t i = 0; i < sizeof overload / sizeof overload[0]; i++) {
        run_case_t k = load("e1000-intr", overload[i]);
        // What the socket holds is processed when it is over; before that next to nothing.
        assert_in_range(k.r.delivered, HELD, HELD + HELD / 20);
        RUN_EXPECT(k.trace, k.r.irq_asserted, k.r.policy.irq_packets);
        RUN_EXPECT(k.trace, k.r.policy.irq_packets, k.r.delivered + k.r.drops.socket_buffer);
        assert_true(k.r.drops.socket_buffer > 50000 && k.r.drops.no_descriptor > 5000);
        run_free(&k);
    }
}

// Where polls take 1.06 us a frame, that is from 940 kpps on. (Just below, the softirq alone has
// nearly all of the core, and the application what is left: 4a of the formulas.)
static void with_napi_there_is_none(void **state)
{
    (void)state;
    static const uint64_t polled[] = {1000000, 1200000, 1488095};
    double most = 0, g[3];
    for (uint64_t pps = 100000; pps <= 500000; pps += 100000) {
        run_case_t k = load("e1000", pps);
        RUN_EXPECT(k.trace, k.r.delivered, pps / 5);
        if (goodput(&k.r) > most) most = goodput(&k.r);
        run_free(&k);
    }
    for (size_t i = 0; i < 3; i++) {
        run_case_t k = load("e1000", polled[i]);
        g[i] = goodput(&k.r);
        assert_true(g[i] > 0.75 * most);
        RUN_EXPECT(k.trace, k.r.policy.irq_packets, 0);
        assert_true(k.r.irq_asserted < 10);
        RUN_NEAR("once it polls only, more offered makes no difference", g[i], g[0], 0.001);
        run_free(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_interrupt_per_frame_is_a_livelock),
        cmocka_unit_test(with_napi_there_is_none),
    };
    return cmocka_run_group_tests_name("livelock", tests, NULL, NULL);
}
