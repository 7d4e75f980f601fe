// SPDX-License-Identifier: Apache-2.0
// Properties of the summary: the numbers of a trace small enough to work out by hand, as JSON and
// as text.
#include "tests/trace_files.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// What trace_info prints goes into `out`.
static int captured_paced(const trace_files_t *f, const char *spec, const trace_pace_t *pace,
                          bool json, char out[8192])
{
    char name[80], err[TRACE_ERR_LEN] = "";
    snprintf(name, sizeof name, "%s.out", f->path);
    fflush(stdout);
    int keep = dup(STDOUT_FILENO), fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(keep >= 0 && fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
    int result = trace_info(spec, pace, json, err);
    fflush(stdout);
    dup2(keep, STDOUT_FILENO);
    ssize_t n = pread(fd, out, 8191, 0);
    close(keep);
    close(fd);
    unlink(name);
    assert_true(n >= 0);
    out[n] = '\0';
    return result;
}

static int captured_info(const trace_files_t *f, const char *spec, bool json, char out[8192])
{
    return captured_paced(f, spec, NULL, json, out);
}

// 60 bytes at 0, 1000 at 100 us, 40 at 1100 us, 3000 (too long) at 2000 us.
static void make_four(trace_files_t *f)
{
    trace_files_pcap(f, TRACE_FILES_US, true, 65535, 1);
    trace_files_record(f, 1000000000, 0, 60, 60);
    trace_files_record(f, 1000000000, 100, 500, 1000);
    trace_files_record(f, 1000000000, 1100, 40, 40);
    trace_files_record(f, 1000000000, 2000, 3000, 3000);
    trace_files_save(f);
}

static json_int_t number(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_integer(v)) fail_msg("%s is missing", key);
    return json_integer_value(v);
}

static void json_has_the_numbers_of_the_trace(void **state)
{
    trace_files_t *f = *state;
    static char out[8192];
    make_four(f);
    assert_int_equal(captured_info(f, f->path, true, out), 0);
    json_t *o = json_loads(out, 0, NULL);
    assert_non_null(o);
    assert_string_equal(json_string_value(json_object_get(o, "format")), "pcap");
    assert_string_equal(json_string_value(json_object_get(o, "byte_order")), "big");
    assert_string_equal(json_string_value(json_object_get(o, "first_stamp")),
                        "2001-09-09 01:46:40.000000000 UTC");
    assert_int_equal(strlen(json_string_value(json_object_get(o, "sha256"))), 64);
    assert_int_equal(number(o, "records"), 4);
    assert_int_equal(number(o, "offered"), 4);
    assert_int_equal(number(o, "sent"), 3);
    assert_int_equal(number(o, "oversize"), 1);
    assert_int_equal(number(o, "padded"), 1);
    assert_int_equal(number(o, "cut"), 1);
    assert_int_equal(number(o, "bytes"), 4100);
    assert_int_equal(number(o, "duration_ns"), 2000000);
    assert_int_equal(number(o, "line_rate_ns"), (84 + 1024 + 84) * 8);
    assert_int_equal(number(o, "backlog_max_ns"), 0);
    assert_int_equal(number(json_object_get(o, "len"), "min"), 40);
    assert_int_equal(number(json_object_get(o, "len"), "median"), 1000);
    assert_int_equal(number(json_object_get(o, "len"), "max"), 3000);
    assert_true(json_real_value(json_object_get(o, "mean_mbps")) == 16.4);
    assert_true(json_real_value(json_object_get(o, "mean_pps")) == 2000);
    const json_t *peak = json_object_get(o, "peak_1ms");
    assert_int_equal(number(peak, "frames"), 1); // of the window with the 3000 bytes
    assert_true(json_real_value(json_object_get(peak, "mbps")) == 24);
    json_decref(o);
}

static void text_says_what_was_done_to_the_frames(void **state)
{
    trace_files_t *f = *state;
    static char out[8192];
    static const char *const LINES[] = {
        "pcap, big-endian, time unit us, link type 1 (EN10MB), snapshot length 65535\n",
        "frames            4\n",
        "dropped         1 longer",
        "padded          1 shorter",
        "cut             1 captured in part",
        "40 / 1000 / 3000 bytes",
        "0.002000000 s\n",
        "16.400 Mb/s, 2000.000 frames/s\n"};
    make_four(f);
    assert_int_equal(captured_info(f, f->path, false, out), 0);
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++) {
        const char *want = LINES[i];
        if (!strstr(out, want)) fail_msg("no \"%s\" in\n%s", want, out);
    }
}

// Back to back each frame begins when the one before has gone, whatever its stamp was: 60, 1000 and 40 bytes (sent as 60) with 24 beside.
static void at_top_speed_the_line_gives_the_times(void **state)
{
    trace_files_t *f = *state;
    static char out[8192];
    const trace_pace_t pace = {.topspeed = true};
    make_four(f);
    assert_int_equal(captured_paced(f, f->path, &pace, true, out), 0);
    json_t *o = json_loads(out, 0, NULL);
    assert_non_null(o);
    assert_int_equal(number(o, "duration_ns"),
                     (84 + 1024 + 84) * 8); // begin of the last, which is too long
    assert_int_equal(number(o, "line_rate_ns"), (84 + 1024 + 84) * 8);
    assert_int_equal(number(o, "backlog_max_ns"), 0);
    assert_int_equal(number(json_object_get(o, "peak_1ms"), "frames"), 4);
    assert_non_null(json_object_get(o, "mean_mbps"));
    json_decref(o);
    assert_int_equal(captured_paced(f, "gen:cbr,pps=10,count=1000", &pace, true, out), 0);
    o = json_loads(out, 0, NULL);
    assert_non_null(o);
    assert_int_equal(number(o, "duration_ns"), 999 * 672);
    json_decref(o);
}

static void an_empty_file_and_a_generator_have_a_summary(void **state)
{
    trace_files_t *f = *state;
    static char out[8192];
    trace_files_pcap(f, TRACE_FILES_NS, false, 65535, 1);
    trace_files_save(f);
    assert_int_equal(captured_info(f, f->path, false, out), 0);
    assert_non_null(strstr(out, "no frames"));
    assert_int_equal(captured_info(f, "gen:cbr,count=1000", true, out), 0);
    json_t *o = json_loads(out, 0, NULL);
    assert_non_null(o);
    assert_int_equal(number(o, "duration_ns"), 999 * 672);
    json_decref(o);
    assert_int_equal(captured_info(f, "/nowhere", true, out), -1);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_the_numbers_of_the_trace),
        cmocka_unit_test(text_says_what_was_done_to_the_frames),
        cmocka_unit_test(an_empty_file_and_a_generator_have_a_summary),
        cmocka_unit_test(at_top_speed_the_line_gives_the_times),
    };
    return cmocka_run_group_tests_name("trace_info", tests, trace_files_setup,
                                       trace_files_teardown);
}
