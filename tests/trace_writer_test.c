// SPDX-License-Identifier: Apache-2.0
// Properties of what is said about a trace and of the pcap writer.
#include "tests/trace_files.h"

#include <stdio.h>
#include <string.h>

static void hash_and_name_are_those_of_the_file(void **state)
{
    trace_files_t *f = *state;
    char err[TRACE_ERR_LEN];
    trace_frame_t frame;
    trace_files_pcap(f, TRACE_FILES_US, false, 65535, 1);
    trace_files_record(f, 1, 2, 60, 60);
    trace_files_save(f);
    trace_t *t = trace_open(f->path, NULL, err);
    assert_int_equal(trace_next(t, &frame, err), 1);
    char command[128], want[65] = "";
    snprintf(command, sizeof command, "sha256sum %s", f->path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%64s", want), 1);
    pclose(pipe);
    assert_string_equal(trace_sha256(t), want);
    assert_string_equal(trace_name(t), f->path + strlen("/tmp/"));
    assert_int_equal(trace_next(t, &frame, err), 0);
    trace_close(t);
}

static void what_is_written_is_read_back_to_the_nanosecond(void **state)
{
    trace_files_t *f = *state;
    char err[TRACE_ERR_LEN];
    uint8_t data[1514];
    trace_frame_t frame;
    trace_writer_t *w = trace_writer_open(f->path, err);
    assert_non_null(w);
    for (uint32_t i = 0; i < 1000; i++) {
        memset(data, (int)i, sizeof data);
        uint64_t ns = i < 999 ? 123456789ull * i : UINT32_MAX * 1000000000ull + 999999999;
        assert_int_equal(trace_writer_put(w, ns, data, 60 + i), 0);
    }
    assert_int_equal(trace_writer_close(w, err), 0);
    trace_t *t = trace_open(f->path, NULL, err);
    assert_non_null(t);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(trace_next(t, &frame, err), 1);
        uint64_t ns = i < 999 ? 123456789ull * i : UINT32_MAX * 1000000000ull + 999999999;
        assert_true(frame.at_cyc == ns / 8 && frame.at_ps == ns % 8 * 1000 && frame.len == 60 + i);
        assert_true(frame.data[0] == (uint8_t)i && frame.data[frame.len - 1] == (uint8_t)i);
    }
    assert_int_equal(trace_next(t, &frame, err), 0);
    trace_close(t);
}

static void write_errors_are_reported(void **state)
{
    trace_files_t *f = *state;
    char err[TRACE_ERR_LEN] = "";
    uint8_t data[1514] = {0};
    assert_null(trace_writer_open("/nowhere/out.pcap", err));
    assert_non_null(strstr(err, "/nowhere/out.pcap: No such file"));
    trace_writer_t *w = trace_writer_open("/dev/full", err);
    assert_non_null(w);
    int failed = 0;
    for (int i = 0; i < 1000; i++) failed |= trace_writer_put(w, 0, data, sizeof data);
    assert_int_equal(failed, -1);
    assert_int_equal(trace_writer_close(w, err), -1);
    assert_string_equal(err, "/dev/full: write error: No space left on device");
    w = trace_writer_open("/dev/full", err);
    assert_int_equal(trace_writer_put(w, 0, data, sizeof data), 0); // still in the buffer
    assert_int_equal(trace_writer_close(w, err), -1);
    w = trace_writer_open(f->path, err);
    assert_int_equal(trace_writer_put(w, UINT64_MAX, data, 60), -1);
    assert_int_equal(trace_writer_close(w, err), -1);
    assert_non_null(strstr(err, "does not fit a pcap stamp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_and_name_are_those_of_the_file),
        cmocka_unit_test(what_is_written_is_read_back_to_the_nanosecond),
        cmocka_unit_test(write_errors_are_reported),
    };
    return cmocka_run_group_tests_name("trace_writer", tests, trace_files_setup,
                                       trace_files_teardown);
}
