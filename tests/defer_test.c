// SPDX-License-Identifier: Apache-2.0
// napi_defer_hard_irqs and gro_flush_timeout in a world where nothing takes time: who polls, and
// when.
//
// After a poll that took something the timer polls N times, every T, until one takes something
// again; if none does, the last of them switches the interrupt on. So a packet within N * T of the
// last poll that took any does not interrupt.
#include "tests/host_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FIRST_CYC 1000u

static void defer(host_world_t *w, uint32_t polls, uint64_t timeout_us)
{
    host_world_init(w);
    w->os_params.defer_hard_irqs = polls;
    w->os_params.gro_flush_ps = timeout_us * US_PS;
    host_world_start(w);
}

static void finish(host_world_t *w)
{
    const os_stats_t *s = os_host_stats(w->host);
    host_world_run(w, SIM_NEVER);
    assert_int_equal(w->taken, w->arrived);
    assert_int_equal(s->deferred + s->enabled + s->budget_exhausted, s->polls);
    assert_int_equal(s->polls, w->isr_calls + s->timer_polls + s->budget_exhausted);
    assert_int_equal(s->irq_packets, 0);
    assert_int_equal(s->driver_errors, 0);
}

// Packets every 51 us, the last one at 999 * 51 us. Timers every 20 us.
static void traffic_within_the_timeout_never_interrupts(void **state)
{
    host_world_t w;
    (void)state;
    defer(&w, 3, 20); // 51 < 60
    host_world_traffic(&w, FIRST_CYC, 51 * US_CYC, 1000, 1);
    finish(&w);
    const os_stats_t *s = os_host_stats(w.host);
    assert_int_equal(w.isr_calls, 1);
    assert_int_equal(s->enabled, 1); // after the end
    // The last packet is found by the first timer after it, then three find nothing.
    assert_int_equal(s->timer_polls, (999 * 51 + 19) / 20 + 3);
    host_world_end(&w);
}

static void traffic_beyond_the_timeout_always_interrupts(void **state)
{
    host_world_t w;
    (void)state;
    defer(&w, 2, 20); // 51 > 40
    host_world_traffic(&w, FIRST_CYC, 51 * US_CYC, 1000, 1);
    finish(&w);
    const os_stats_t *s = os_host_stats(w.host);
    assert_int_equal(w.isr_calls, 1000);
    assert_int_equal(s->timer_polls, 2000);
    assert_int_equal(s->deferred, 2000);
    assert_int_equal(s->enabled, 1000);
    host_world_end(&w);
}

// A host's function behind its guests: neither deferred nor with the budget of the guests.
static void a_plain_function_defers_nothing(void **state)
{
    host_world_t w;
    (void)state;
    host_world_init(&w);
    w.os_params.defer_hard_irqs = 3;
    w.os_params.gro_flush_ps = 20 * US_PS;
    w.os_params.weight = 2;
    host_world_start(&w);
    os_dev_set_plain(w.dev);
    host_world_traffic(&w, FIRST_CYC, 51 * US_CYC, 1000, 70);
    finish(&w);
    assert_int_equal(w.isr_calls, 1000);
    assert_int_equal(os_host_stats(w.host)->timer_polls, 0);
    assert_int_equal(os_host_stats(w.host)->packets_per_poll.max, 64);
    host_world_end(&w);
}

// The packets of a timeout come together.
static void the_timer_collects(void **state)
{
    host_world_t w;
    (void)state;
    defer(&w, 1, 200);
    host_world_traffic(&w, FIRST_CYC, 7 * US_CYC, 2000, 1);
    finish(&w);
    const os_stats_t *s = os_host_stats(w.host);
    assert_int_equal(w.isr_calls, 1);
    assert_int_equal(s->timer_polls, (1999 * 7 + 199) / 200 + 1);
    assert_int_equal(s->packets_per_poll.max, 29); // 200 / 7 is 28.6
    host_world_end(&w);
}

static void without_a_timeout_or_a_count_nothing_is_deferred(void **state)
{
    host_world_t w;
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        defer(&w, i ? 0 : 5, i ? 20 : 0);
        host_world_traffic(&w, FIRST_CYC, 51 * US_CYC, 100, 1);
        finish(&w);
        assert_int_equal(w.isr_calls, 100);
        assert_int_equal(os_host_stats(w.host)->deferred, 0);
        assert_int_equal(os_host_stats(w.host)->timer_polls, 0);
        host_world_end(&w);
    }
}

// A poll that uses up its budget is not at its end: no timer, and no interrupt either.
static void overload_needs_neither(void **state)
{
    host_world_t w;
    (void)state;
    host_world_init(&w);
    w.os_params.defer_hard_irqs = 1;
    w.os_params.gro_flush_ps = 20 * US_PS;
    w.profile.value[COST_rx_packet_ns] = 10000;
    host_world_start(&w);
    host_world_traffic(&w, FIRST_CYC, 5 * US_CYC, 1000, 1); // takes 10 ms, comes in 5
    finish(&w);
    assert_int_equal(w.isr_calls, 1);
    assert_int_equal(os_host_stats(w.host)->timer_polls, 1); // behind the last one
    host_world_end(&w);
}

static void closing_stops_the_timer(void **state)
{
    host_world_t w;
    (void)state;
    defer(&w, 100, 1000);
    host_world_traffic(&w, FIRST_CYC, 51 * US_CYC, 3, 1);
    host_world_run(&w, FIRST_CYC + 500 * US_CYC);
    assert_int_equal(os_host_stats(w.host)->deferred, 1);
    assert_non_null(w.sim.head);
    assert_int_equal(os_dev_op(w.dev, OS_OP_STOP, NULL), 0);
    assert_null(w.sim.head);
    host_world_run(&w, SIM_NEVER);
    assert_int_equal(os_host_stats(w.host)->timer_polls, 0);
    host_world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traffic_within_the_timeout_never_interrupts),
        cmocka_unit_test(traffic_beyond_the_timeout_always_interrupts),
        cmocka_unit_test(a_plain_function_defers_nothing),
        cmocka_unit_test(the_timer_collects),
        cmocka_unit_test(without_a_timeout_or_a_count_nothing_is_deferred),
        cmocka_unit_test(overload_needs_neither),
        cmocka_unit_test(closing_stops_the_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
