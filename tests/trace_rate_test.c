// SPDX-License-Identifier: Apache-2.0
// Properties of the send times of generated traffic, and of how much of it there is.
#include "tests/trace_files.h"

#include <string.h>

static uint64_t drain(trace_t *t, trace_frame_t *last)
{
    uint64_t n = 0;
    while (trace_files_next(t, last)) n++;
    return n;
}

// Frame n at floor(n * num / den) ps.
static void check_rate(const char *spec, const trace_pace_t *pace, trace_u128_t num, uint64_t den)
{
    trace_frame_t f;
    trace_t *t = trace_files_open(spec, pace);
    uint64_t n = 0;
    for (; trace_files_next(t, &f); n++) assert_true(trace_files_at_ps(&f) == n * num / den);
    assert_true(n == 300000);
    trace_close(t);
}

static void constant_rates_are_exact_at_every_frame(void **state)
{
    (void)state;
    const trace_u128_t s = 1000000000000; // ps
    check_rate("gen:cbr,pps=1488095,count=300000", NULL, s, 1488095);
    check_rate("gen:cbr,pps=0.001,count=300000", NULL, s * 1000, 1);
    check_rate("gen:cbr,pps=3.333,count=300000", NULL, s * 1000, 3333);
    check_rate("gen:cbr,pps=1000000000,count=300000", NULL, 1000, 1);
    check_rate("gen:cbr,size=1474,mbps=700,count=300000", NULL, s * 1470 * 8, 700000000);
    check_rate("gen:cbr,size=64,mbps=0.7,count=300000", NULL, s * 60 * 8, 700000);
    check_rate("gen:cbr,count=300000", NULL, 672000, 1);
    check_rate("gen:cbr,size=1518,load=100,count=300000", NULL, 1538 * 8000, 1);
    check_rate("gen:cbr,size=64,load=33.3,count=300000", NULL, 672000000, 333);
    check_rate("gen:cbr,gap-ns=700.001,count=300000", NULL, 700001, 1);
    trace_pace_t pps = {.pps_milli = 1488095238}, mbps = {.mbps_milli = 333333};
    trace_pace_t half = {.multiplier_ppm = 500000}, odd = {.multiplier_ppm = 1234567};
    check_rate("gen:cbr,count=300000", &pps, s * 1000, 1488095238);
    check_rate("gen:cbr,count=300000", &mbps, s * 60 * 8, 333333000);
    check_rate("gen:cbr,count=300000", &half, 1344000, 1);
    check_rate("gen:cbr,count=300000", &odd, (trace_u128_t)672000 * 1000000, 1234567);
    trace_pace_t top = {.topspeed = true};
    check_rate("gen:cbr,count=300000", &top, 0, 1);
}

// A max-gap nothing reaches changes nothing, but takes the general way through the code.
static void the_fast_way_gives_the_same_frames(void **state)
{
    (void)state;
    static const char *const SPECS[] = {"gen:cbr,pps=1488095,count=5000",
                                        "gen:poisson,count=5000",
                                        "gen:imix,count=5000",
                                        "gen:bursts,count=5000",
                                        "gen:imix,pacing=poisson,load=50,duration-ms=5",
                                        "gen:cbr,count=5000,bad-fcs=1-in-7,vlan=3,size=1522"};
    for (size_t i = 0; i < sizeof SPECS / sizeof SPECS[0]; i++) {
        trace_pace_t quick = {.loop = 3, .limit = 11111, .seed = i, .max_frame = 1518},
                     slow = quick;
        slow.max_gap_ns = UINT64_MAX;
        trace_t *a = trace_files_open(SPECS[i], &quick), *b = trace_files_open(SPECS[i], &slow);
        trace_frame_t f, g;
        while (trace_files_next(a, &f)) {
            assert_true(trace_files_next(b, &g));
            assert_true(trace_files_at_ps(&f) == trace_files_at_ps(&g) && f.len == g.len &&
                        f.fcs == g.fcs);
            assert_true(f.record == g.record && f.bad_fcs == g.bad_fcs);
            assert_memory_equal(f.data, g.data, f.len);
        }
        assert_false(trace_files_next(b, &g));
        assert_memory_equal(trace_stats(a), trace_stats(b), sizeof(trace_stats_t));
        trace_close(a);
        trace_close(b);
    }
}

static uint64_t count_of(const char *spec, const trace_pace_t *pace)
{
    trace_frame_t f;
    trace_t *t = trace_files_open(spec, pace);
    uint64_t n = drain(t, &f);
    assert_true(trace_stats(t)->records == n + trace_stats(t)->oversize);
    trace_close(t);
    return n;
}

static void count_duration_limit_and_default_end_a_generator(void **state)
{
    (void)state;
    trace_pace_t limit = {.limit = 123456}, less = {.limit = 5}, loop = {.loop = 3};
    assert_true(count_of("gen:cbr", NULL) == 100000);
    assert_true(count_of("gen:cbr,count=17", NULL) == 17);
    assert_true(count_of("gen:cbr", &limit) == 123456);
    assert_true(count_of("gen:cbr,count=17", &less) == 5);
    assert_true(count_of("gen:cbr,count=17", &loop) == 51);
    // Frames that start before the end: 0, 1000, ... 999000 ns.
    assert_true(count_of("gen:cbr,gap-ns=1000,duration-ms=1", NULL) == 1000);
    assert_true(count_of("gen:cbr,gap-ns=1001,duration-ms=1", NULL) == 1000);
    assert_true(count_of("gen:cbr,gap-ns=999,duration-ms=1", NULL) == 1002);
}

static void poisson_has_the_mean_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        double mean_ps;
    } ROWS[] = {
        {"gen:poisson,pps=1000000,count=1000001", 1e6},
        {"gen:poisson,load=50,count=1000001", 1344000},
        {"gen:poisson,mbps=100,count=1000001,size=129", 1e7},
        {"gen:poisson,gap-ns=1234.5,count=1000001", 1234500},
        {"gen:imix,pacing=poisson,load=10,count=1000001", (4342.0 / 12 + 20) * 80000},
        {"gen:imix,pacing=poisson,pps=1000,count=1000001", 1e9},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        trace_pace_t pace = {.seed = 4};
        trace_frame_t f = {0};
        trace_t *t = trace_files_open(ROWS[i].spec, &pace);
        assert_true(trace_files_next(t, &f));
        assert_true(trace_files_at_ps(&f) == 0);
        drain(t, &f);
        double mean = (double)trace_files_at_ps(&f) / 1e6 / ROWS[i].mean_ps;
        assert_true(mean > 0.997 && mean < 1.003); // 3 standard errors
        trace_close(t);
    }
}

static void bursts_are_back_to_back_with_silence_between(void **state)
{
    (void)state;
    trace_frame_t f;
    trace_t *t = trace_files_open("gen:bursts,size=100,burst=5,gap-us=12.5,count=1000", NULL);
    for (uint64_t n = 0; trace_files_next(t, &f); n++) {
        uint64_t ns = n * 960 + n / 5 * 12500;
        assert_true(trace_files_at_ps(&f) == (trace_u128_t)ns * 1000);
    }
    trace_close(t);
}

static void a_looped_generator_plays_the_same_again(void **state)
{
    (void)state;
    trace_pace_t pace = {.loop = 2, .seed = 9};
    trace_frame_t f;
    uint32_t lens[120];
    uint64_t last_ps = 0, first_ps[2] = {0};
    trace_t *t = trace_files_open("gen:imix,count=120", &pace);
    for (unsigned n = 0; n < 240; n++) {
        assert_true(trace_files_next(t, &f));
        if (n < 120) lens[n] = f.len;
        assert_int_equal(f.len, lens[n % 120]);
        assert_true(f.record == n % 120 + 1);
        if (n % 120 == 0) first_ps[n / 120] = (uint64_t)trace_files_at_ps(&f);
        if (n == 119) last_ps = (uint64_t)trace_files_at_ps(&f);
    }
    assert_false(trace_files_next(t, &f));
    assert_true(first_ps[1] == last_ps + last_ps / 119); // the mean gap
    trace_close(t);
}

static void frames_too_long_for_the_link_are_counted_and_take_their_time(void **state)
{
    (void)state;
    trace_pace_t pace = {.max_frame = 1000};
    trace_frame_t f, g;
    trace_t *t = trace_files_open("gen:imix,count=1200", &pace);
    trace_t *all = trace_files_open("gen:imix,count=1200", NULL);
    while (trace_files_next(all, &g)) {
        if (g.len > 1000) continue;
        assert_true(trace_files_next(t, &f));
        assert_true(trace_files_at_ps(&f) == trace_files_at_ps(&g) && f.record == g.record);
    }
    assert_false(trace_files_next(t, &f));
    assert_true(trace_stats(t)->oversize == 100 && trace_stats(t)->offered == 1100);
    trace_close(t);
    trace_close(all);
    pace.max_frame = 1514; // a tag is allowed on top
    assert_true(count_of("gen:cbr,size=1522,vlan=1,count=10", &pace) == 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_rates_are_exact_at_every_frame),
        cmocka_unit_test(the_fast_way_gives_the_same_frames),
        cmocka_unit_test(count_duration_limit_and_default_end_a_generator),
        cmocka_unit_test(poisson_has_the_mean_asked_for),
        cmocka_unit_test(bursts_are_back_to_back_with_silence_between),
        cmocka_unit_test(a_looped_generator_plays_the_same_again),
        cmocka_unit_test(frames_too_long_for_the_link_are_counted_and_take_their_time),
    };
    return cmocka_run_group_tests_name("trace_rate", tests, NULL, NULL);
}
