// SPDX-License-Identifier: Apache-2.0
// Properties of pacing: the send times of captures are the ones the options state, exactly.
#include "tests/trace_files.h"

#include <stdio.h>
#include <string.h>

// Four frames of 60, 1514, 2000 (too long) and 100 bytes at 0, 10, 25 and 1025 us.
static void four_records(trace_files_t *f)
{
    trace_files_pcap(f, TRACE_FILES_US, false, 65535, 1);
    trace_files_record(f, 9, 999990, 60, 60);
    trace_files_record(f, 10, 0, 1514, 1514);
    trace_files_record(f, 10, 15, 2000, 2000);
    trace_files_record(f, 10, 1015, 100, 100);
}

static void check_times(trace_files_t *f, trace_pace_t pace, uint64_t a, uint64_t b, uint64_t c)
{
    trace_played_t p = trace_files_play(f, &pace);
    assert_true(p.n == 3 && p.result == 0);
    assert_true(p.at_ps[0] == a);
    assert_true(p.at_ps[1] == b);
    assert_true(p.at_ps[2] == c);
}

static void every_pace_gives_the_times_it_states(void **state)
{
    trace_files_t *f = *state;
    const uint64_t us = 1000000;
    four_records(f);
    check_times(f, (trace_pace_t){0}, 0, 10 * us, 1025 * us);
    check_times(f, (trace_pace_t){.multiplier_ppm = 1000000}, 0, 10 * us, 1025 * us);
    check_times(f, (trace_pace_t){.multiplier_ppm = 2000000}, 0, 5 * us, 512500000);
    check_times(f, (trace_pace_t){.multiplier_ppm = 3000000}, 0, 3333333, 341666666);
    check_times(f, (trace_pace_t){.multiplier_ppm = 1}, 0, 10 * us * us, 1025 * us * us);
    check_times(f, (trace_pace_t){.pps_milli = 3000000}, 0, 333333333, 666666666);
    check_times(f, (trace_pace_t){.mbps_milli = 700000}, 0, 480000000 / 700, 12592000000 / 700);
    check_times(f, (trace_pace_t){.topspeed = true}, 0, 0, 0);
    check_times(f, (trace_pace_t){.max_gap_ns = 12000}, 0, 10 * us, 34 * us);
    check_times(f, (trace_pace_t){.max_gap_ns = 12000, .multiplier_ppm = 500000}, 0, 12 * us,
                36 * us);
    check_times(f, (trace_pace_t){.max_gap_ns = 7, .multiplier_ppm = 3000000}, 0, 7000, 21000);
}

static void cut_gaps_are_counted(void **state)
{
    trace_files_t *f = *state;
    four_records(f);
    trace_pace_t pace = {.max_gap_ns = 15000};
    assert_true(trace_files_play(f, &pace).stats.gaps_cut == 1);
    pace.multiplier_ppm = 999999;
    assert_true(trace_files_play(f, &pace).stats.gaps_cut == 2);
    pace.multiplier_ppm = 2000000;
    assert_true(trace_files_play(f, &pace).stats.gaps_cut == 1);
    pace.max_gap_ns = 0;
    assert_true(trace_files_play(f, &pace).stats.gaps_cut == 0);
}

static void loops_go_on_after_the_mean_gap(void **state)
{
    trace_files_t *f = *state;
    const uint64_t pass = 1025000000, gap = 1025000000 / 3; // four records, three gaps
    four_records(f);
    trace_pace_t pace = {.loop = 3};
    trace_played_t p = trace_files_play(f, &pace);
    assert_true(p.n == 9 && p.stats.records == 12 && p.stats.oversize == 3);
    for (uint64_t k = 0; k < 3; k++) {
        assert_true(p.at_ps[3 * k] == k * (pass + gap));
        assert_true(p.at_ps[3 * k + 2] == k * (pass + gap) + pass);
    }
    pace.multiplier_ppm = 2000000;
    p = trace_files_play(f, &pace);
    assert_true(p.at_ps[3] == pass / 2 + pass / 2 / 3);
    pace = (trace_pace_t){.loop = 2, .pps_milli = 1000000000};
    p = trace_files_play(f, &pace);
    for (uint64_t n = 0; n < 6; n++) assert_true(p.at_ps[n] == n * 1000000);
    pace = (trace_pace_t){.loop = 2, .topspeed = true};
    p = trace_files_play(f, &pace);
    assert_true(p.n == 6 && p.at_ps[5] == 0);
    pace = (trace_pace_t){.loop = 1000, .limit = 7};
    p = trace_files_play(f, &pace);
    assert_true(p.stats.records == 7 && p.n == 5); // the limit counts the long ones too
}

static void a_looped_single_frame_has_no_gap(void **state)
{
    trace_files_t *f = *state;
    trace_pace_t pace = {.loop = 5};
    trace_files_pcap(f, TRACE_FILES_US, false, 65535, 1);
    trace_files_record(f, 0x80000000u, 0, 60, 60);
    trace_played_t p = trace_files_play(f, &pace);
    assert_true(p.n == 5 && p.at_ps[4] == 0);
}

// 2^31 and 2^32 - 1 seconds are later than 1, and 136 years are exact to the nanosecond.
static void stamps_beyond_2038_and_captures_of_a_century_are_exact(void **state)
{
    trace_files_t *f = *state;
    char err[TRACE_ERR_LEN];
    trace_frame_t frame;
    trace_files_pcap(f, TRACE_FILES_NS, false, 65535, 1);
    trace_files_record(f, 0, 1, 60, 60);
    trace_files_record(f, 0x7fffffff, 999999999, 60, 60);
    trace_files_record(f, 0x80000000u, 0, 60, 60);
    trace_files_record(f, 0xffffffffu, 999999999, 60, 60);
    trace_files_save(f);
    trace_t *t = trace_open(f->path, NULL, err);
    const uint64_t want_ns[] = {0, 2147483647999999998, 2147483647999999999, 4294967295999999998};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(trace_next(t, &frame, err), 1);
        assert_true(frame.at_cyc == want_ns[i] / 8 && frame.at_ps == want_ns[i] % 8 * 1000);
    }
    assert_true(trace_stats(t)->clamped == 0);
    trace_close(t);
    trace_pace_t slow = {.multiplier_ppm = 1}; // 136 million years do not fit
    trace_played_t p = trace_files_play(f, &slow);
    assert_true(p.result == -1 && p.n == 1 && strstr(p.err, "record 2: send time beyond"));
}

static void a_stamp_out_of_range_is_an_error_unless_unused(void **state)
{
    trace_files_t *f = *state;
    trace_pace_t top = {.topspeed = true};
    f->n = 0;
    trace_files_ng(f, false);
    trace_files_ng_interface(f, 1, 65535, 6);
    trace_files_ng_packet(f, 0, 5, 60, 60);
    trace_files_ng_packet(f, 0, UINT64_MAX - 500, 60, 60);
    trace_played_t p = trace_files_play(f, NULL);
    assert_true(p.result == -1 && p.n == 1 && strstr(p.err, "record 2: time stamp out of range"));
    assert_true(trace_files_play(f, &top).n == 2);
}

static void options_that_contradict_are_refused(void **state)
{
    trace_files_t *f = *state;
    four_records(f);
    trace_files_save(f);
    const trace_pace_t both = {.pps_milli = 1, .mbps_milli = 1};
    const trace_pace_t also = {.multiplier_ppm = 1000000, .topspeed = true};
    const trace_pace_t huge = {.multiplier_ppm = UINT64_MAX};
    trace_files_refused(f->path, &both,
                        "--multiplier, --pps, --mbps and --topspeed exclude each other");
    trace_files_refused(f->path, &also, "exclude each other");
    trace_files_refused(f->path, &huge, "--multiplier");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pace_gives_the_times_it_states),
        cmocka_unit_test(cut_gaps_are_counted),
        cmocka_unit_test(loops_go_on_after_the_mean_gap),
        cmocka_unit_test(a_looped_single_frame_has_no_gap),
        cmocka_unit_test(stamps_beyond_2038_and_captures_of_a_century_are_exact),
        cmocka_unit_test(a_stamp_out_of_range_is_an_error_unless_unused),
        cmocka_unit_test(options_that_contradict_are_refused),
    };
    return cmocka_run_group_tests_name("trace_pace", tests, trace_files_setup,
                                       trace_files_teardown);
}
