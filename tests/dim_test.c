// SPDX-License-Identifier: Apache-2.0
// DIM against scripts: rates in, profiles out. The oracle is the text of Linux' net_dim, followed by
// hand.
#include "driver/dim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// Evenly spaced frames, a driver that takes no time: as many interrupts as the interval allows.
static dim_rates_t steady(const dim_t *s, uint32_t pps, uint32_t bytes)
{
    const uint64_t most = 1000000u / dim_profile(s->mode, s->profile).usecs;
    const uint64_t events = pps < most ? pps : most;

    return (dim_rates_t){.bytes = (uint64_t)pps * bytes / 1000,
                         .packets = pps / 1000,
                         .events = (events + 999) / 1000};
}

static void expect_profiles(dim_t *s, uint32_t pps, uint32_t bytes, const char *profiles)
{
    for (; *profiles; profiles++) {
        const dim_rates_t now = steady(s, pps, bytes);
        const uint32_t before = s->profile;
        assert_int_equal(dim_decide(s, &now), before != (uint32_t)(*profiles - '0'));
        assert_int_equal(s->profile, *profiles - '0');
    }
}

static void profiles_are_those_of_linux(void **state)
{
    static const uint16_t eqe[] = {1, 8, 64, 128, 256}, cqe[] = {2, 8, 16, 32, 64};
    (void)state;
    for (uint32_t i = 0; i < DIM_PROFILES; i++) {
        assert_int_equal(dim_profile(DIM_EQE, i).usecs, eqe[i]);
        assert_int_equal(dim_profile(DIM_CQE, i).usecs, cqe[i]);
        assert_int_equal(dim_profile(DIM_EQE, i).packets, 256);
    }
    assert_int_equal(dim_profile(DIM_CQE, 1).packets, 128);
    assert_int_equal(dim_profile(DIM_CQE, 4).packets, 64);
}

// Line rate: one step left (anything is better than nothing), which costs interrupts; then to the
// right as long as that saves some, to the edge, where it stays.
static void line_rate_ends_at_the_longest(void **state)
{
    dim_t s;
    (void)state;
    for (int mode = DIM_EQE; mode <= DIM_CQE; mode++) {
        dim_start(&s, (enum dim_mode)mode);
        expect_profiles(&s, 1488095, 60, "0123444444444444");
        assert_int_equal(s.tune, DIM_PARKED_ON_TOP);
        assert_int_equal(s.decisions, 16);
    }
}

// Slower than one frame in 8 us (and a tenth): the first two profiles do the same, it goes to and
// fro, gets tired after ten steps, rests for ten decisions, and begins again.
static void slow_traffic_goes_to_and_fro_and_rests(void **state)
{
    dim_t s;
    (void)state;
    dim_start(&s, DIM_EQE);
    expect_profiles(&s, 81274, 1514, "0101010101");
    assert_int_equal(s.tired, DIM_TIRED);
    expect_profiles(&s, 81274, 1514, "1");
    assert_int_equal(s.tune, DIM_PARKED_TIRED);
    expect_profiles(&s, 81274, 1514, "1111111110"); // the tenth ends the rest
    assert_int_equal(s.tune, DIM_GOING_LEFT);
    expect_profiles(&s, 81274, 1514, "101010101"); // nine more steps
    assert_int_equal(s.tired, DIM_TIRED);
}

// The rate from which the second profile saves more than a tenth of the interrupts of the first:
// 125/ms against 140 is 10 %, in integers, and against 141 it is 11 %.
static void the_step_to_64_us_is_worth_it_from_141_kpps(void **state)
{
    dim_t s;
    (void)state;
    dim_start(&s, DIM_EQE);
    expect_profiles(&s, 140000, 300, "0101010101");
    dim_start(&s, DIM_EQE);
    expect_profiles(&s, 141000, 300, "012344444");
}

// Parked, the measure stays that of the first decision there; more than a tenth away it looks around.
static void parked_it_wakes_when_the_traffic_changes(void **state)
{
    dim_t s;
    (void)state;
    dim_start(&s, DIM_EQE);
    expect_profiles(&s, 1000000, 60, "01234444");
    expect_profiles(&s, 1100000, 60, "44444"); // 10 %
    expect_profiles(&s, 1111000, 60, "3");     // 11 %: one step left, as ever
    assert_int_equal(s.tune, DIM_GOING_LEFT);
    expect_profiles(&s, 1111000, 60, "4"); // more interrupts: back
    expect_profiles(&s, 1111000, 60, "4"); // the edge
    assert_int_equal(s.tune, DIM_PARKED_ON_TOP);
    assert_int_equal(s.tired, 0);
}

// Both neighbours are worse, after two steps in a row: parked on top in the middle.
static void a_top_in_the_middle_is_found(void **state)
{
    static const uint64_t bytes[DIM_PROFILES] = {1000, 2000, 9000, 4000, 3000};
    dim_t s;
    (void)state;
    dim_start(&s, DIM_EQE);
    for (unsigned i = 0; i < 20; i++) {
        const dim_rates_t now = {.bytes = bytes[s.profile], .packets = 10, .events = 10};
        dim_decide(&s, &now);
    }
    assert_int_equal(s.profile, 2);
    assert_int_equal(s.tune, DIM_PARKED_ON_TOP);
}

// One step to and one fro are no comparison of three: it goes on where it is better.
static void a_top_needs_two_steps(void **state)
{
    static const uint64_t bytes[] = {1000, 2000, 1500, 1000, 2000};
    static const uint32_t profile[] = {2, 1, 2, 1, 0};
    dim_t s;
    (void)state;
    dim_start(&s, DIM_EQE);
    s.profile = 3;
    s.before.bytes = 5000;
    for (unsigned i = 0; i < 5; i++) {
        const dim_rates_t now = {.bytes = bytes[i], .packets = 10, .events = 10};
        dim_decide(&s, &now);
        assert_int_equal(s.profile, profile[i]);
    }
}

static void silence_decides_nothing(void **state)
{
    const dim_rates_t none = {0};
    dim_t s;
    (void)state;
    dim_start(&s, DIM_EQE);
    for (unsigned i = 0; i < 50; i++) assert_false(dim_decide(&s, &none));
    assert_int_equal(s.profile, DIM_START);
}

// 64 interrupts a decision; the one that follows a change only begins the next measurement.
static void a_decision_takes_64_interrupts(void **state)
{
    dim_sample_t now = {.time_us = 1000000, .events = UINT32_MAX - 20, .bytes = UINT32_MAX - 9};
    dim_t s;
    (void)state;
    dim_start(&s, DIM_EQE);
    for (unsigned i = 0; i <= DIM_EVENTS; i++) { // counters wrap
        assert_int_equal(dim_sample(&s, &now), i == DIM_EVENTS);
        assert_int_equal(s.decisions, i == DIM_EVENTS);
        now.time_us += 9;
        now.events++;
        now.packets += 12;
        now.bytes += 720;
    }
    assert_int_equal(s.before.bytes, 80000);
    assert_int_equal(s.before.packets, 1334); // rounded up
    assert_int_equal(s.before.events, 112);
    for (unsigned i = 0; i <= DIM_EVENTS; i++) {
        assert_int_equal(s.decisions, 1);
        dim_sample(&s, &now);
        now.time_us += 1;
        now.events++;
    }
    assert_int_equal(s.decisions, 2);
    // No time passes: no rates.
    for (unsigned i = 0; i < 3 * DIM_EVENTS; i++, now.events++) dim_sample(&s, &now);
    assert_int_equal(s.decisions, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles_are_those_of_linux),
        cmocka_unit_test(line_rate_ends_at_the_longest),
        cmocka_unit_test(slow_traffic_goes_to_and_fro_and_rests),
        cmocka_unit_test(the_step_to_64_us_is_worth_it_from_141_kpps),
        cmocka_unit_test(parked_it_wakes_when_the_traffic_changes),
        cmocka_unit_test(a_top_in_the_middle_is_found),
        cmocka_unit_test(a_top_needs_two_steps),
        cmocka_unit_test(silence_decides_nothing),
        cmocka_unit_test(a_decision_takes_64_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
