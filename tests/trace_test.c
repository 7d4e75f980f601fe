// SPDX-License-Identifier: Apache-2.0
// Properties of reading, treating and writing captures, on files made here byte by byte.
#include "tests/trace_files.h"

#include <stdio.h>
#include <string.h>

static void refused(trace_files_t *f, const char *message)
{
    trace_files_save(f);
    trace_files_refused(f->path, NULL, message);
}

static void every_kind_of_file_reads_the_same(void **state)
{
    trace_files_t *f = *state;
    for (int kind = 0; kind < 8; kind++) {
        bool big = kind & 1, ns = kind & 2, ng = kind & 4;
        uint32_t unit = ns ? 1000 : 1;
        if (ng) {
            f->n = 0;
            trace_files_ng(f, big);
            trace_files_ng_interface(f, 1, 65535, ns ? 9 : 6);
            trace_files_ng_packet(f, 0, 1000000ull * unit * 1500000000, 64, 64);
            trace_files_ng_packet(f, 0, 1000000ull * unit * 1500000001 + 7 * unit, 100, 100);
        } else {
            trace_files_pcap(f, ns ? TRACE_FILES_NS : TRACE_FILES_US, big, 65535, 1);
            trace_files_record(f, 1500000000, 0, 64, 64);
            trace_files_record(f, 1500000001, 7 * unit, 100, 100);
        }
        trace_played_t p = trace_files_play(f, NULL);
        assert_int_equal(p.result, 0);
        assert_true(p.n == 2 && p.at_ps[0] == 0 && p.at_ps[1] == 1000007000000);
        assert_true(p.len[0] == 64 && p.len[1] == 100);
    }
}

static void short_and_cut_frames_are_filled_with_zero_bytes(void **state)
{
    trace_files_t *f = *state;
    trace_frame_t frame;
    char err[TRACE_ERR_LEN];
    static const uint8_t zero[1514];
    trace_files_pcap(f, TRACE_FILES_US, false, 65535, 1);
    trace_files_record(f, 1, 0, 1514, 1514); // leaves its bytes in every buffer on the way
    trace_files_record(f, 1, 0, 20, 20);
    trace_files_record(f, 1, 0, 68, 1514);
    trace_files_record(f, 1, 0, 10, 58);
    trace_files_record(f, 1, 0, 0, 0);
    trace_files_save(f);
    trace_t *t = trace_open(f->path, NULL, err);
    assert_non_null(t);
    const uint32_t caplen[] = {1514, 20, 68, 10, 0}, len[] = {1514, 60, 1514, 60, 60};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(trace_next(t, &frame, err), 1);
        assert_int_equal(frame.len, len[i]);
        for (uint32_t k = 0; k < caplen[i]; k++)
            assert_int_equal(frame.data[k], (uint8_t)(0x40 + k));
        assert_memory_equal(frame.data + caplen[i], zero, frame.len - caplen[i]);
        assert_false(frame.fcs_known || frame.bad_fcs);
    }
    assert_true(trace_stats(t)->padded == 3 && trace_stats(t)->cut == 2);
    trace_close(t);
}

// A record with `tags` VLAN tags of alternating kind.
static void tagged_record(trace_files_t *f, uint32_t len, int tags)
{
    size_t at = f->n + 16 + 12;
    trace_files_record(f, 1, 0, len, len);
    for (int i = 0; i < tags; i++) memcpy(f->bytes + at + 4 * i, i % 2 ? "\x81\0" : "\x88\xa8", 2);
}

static void a_link_allows_four_bytes_for_each_of_two_tags(void **state)
{
    trace_files_t *f = *state;
    for (uint32_t max = 0; max <= 1000; max += 1000) {
        trace_pace_t pace = {.max_frame = max};
        trace_files_pcap(f, TRACE_FILES_US, false, 65535, 1);
        for (int tags = 0; tags <= 3; tags++) {
            uint32_t longest = (max ? max : 1514) + 4 * (tags > 2 ? 2 : (uint32_t)tags);
            tagged_record(f, longest, tags);
            tagged_record(f, longest + 1, tags);
        }
        trace_played_t p = trace_files_play(f, &pace);
        assert_true(p.n == 4 && p.stats.oversize == 4);
    }
    trace_pace_t low = {.max_frame = 59}, high = {.max_frame = TRACE_FRAME_MAX - 7};
    trace_files_refused(f->path, &low, "longest frame 59");
    trace_files_refused(f->path, &high, "longest frame");
}

static void a_jumbo_link_takes_the_longest_frame(void **state)
{
    trace_files_t *f = *state;
    trace_pace_t pace = {.max_frame = TRACE_FRAME_MAX - 8};
    trace_files_pcap(f, TRACE_FILES_US, false, 262144, 1);
    tagged_record(f, TRACE_FRAME_MAX, 2);
    tagged_record(f, TRACE_FRAME_MAX + 1, 2);
    trace_files_record(f, 1, 0, 4, 1 << 20);
    trace_played_t p = trace_files_play(f, &pace);
    assert_true(p.n == 1 && p.len[0] == TRACE_FRAME_MAX && p.stats.oversize == 2);
    assert_true(p.stats.cut == 0); // what is not sent is not filled
}

static void time_steps_back_are_clamped_and_counted(void **state)
{
    trace_files_t *f = *state;
    const uint32_t us[] = {100, 150, 140, 145, 149, 160, 90, 170};
    const uint64_t want_us[] = {0, 50, 50, 50, 50, 60, 60, 70};
    trace_files_pcap(f, TRACE_FILES_US, false, 65535, 1);
    for (int i = 0; i < 8; i++) trace_files_record(f, 5, us[i], 60, 60);
    trace_played_t p = trace_files_play(f, NULL);
    for (int i = 0; i < 8; i++) assert_true(p.at_ps[i] == want_us[i] * 1000000);
    assert_true(p.stats.clamped == 2);
    trace_pace_t rate = {.pps_milli = 1000};
    assert_true(trace_files_play(f, &rate).stats.clamped == 0); // the times are not used
}

static void a_cut_file_gives_its_whole_frames_and_a_notice(void **state)
{
    trace_files_t *f = *state;
    trace_files_pcap(f, TRACE_FILES_US, false, 65535, 1);
    for (uint32_t i = 0; i < 3; i++) trace_files_record(f, i, 0, 60 + i, 60 + i);
    size_t whole = f->n, ends[4] = {24, 24 + 76, 24 + 76 + 77, whole};
    for (size_t n = 24; n <= whole; n++) {
        f->n = n;
        uint64_t frames = 0;
        while (frames < 3 && ends[frames + 1] <= n) frames++;
        trace_played_t p = trace_files_play(f, NULL);
        assert_true(p.result == 0 && p.n == frames);
        assert_true(p.stats.truncated == (ends[frames] != n));
        char text[40];
        snprintf(text, sizeof text, "record %d: cut off", (int)frames + 1);
        if (p.stats.truncated) assert_non_null(strstr(p.stats.notice, text));
    }
    trace_pace_t twice = {.loop = 2};
    f->n = whole - 1;
    trace_played_t p = trace_files_play(f, &twice);
    assert_true(p.result == 0 && p.n == 4 && p.stats.truncated == 1);
}

static void a_cut_pcapng_gives_its_whole_frames_and_a_notice(void **state)
{
    trace_files_t *f = *state;
    f->n = 0;
    trace_files_ng(f, false);
    trace_files_ng_interface(f, 1, 65535, 6);
    size_t first = f->n;
    for (uint64_t i = 0; i < 3; i++) trace_files_ng_packet(f, 0, i, 60, 60);
    size_t whole = f->n;
    for (size_t n = first; n <= whole; n++) {
        f->n = n;
        trace_played_t p = trace_files_play(f, NULL);
        assert_true(p.result == 0 && p.n == (n - first) / 92);
        assert_true(p.stats.truncated == ((n - first) % 92 != 0));
    }
}

static void a_corrupt_record_is_an_error_with_its_number(void **state)
{
    trace_files_t *f = *state;
    static const uint32_t LENGTHS[][2] = {
        {0x7fffffff, 60}, {0xffffffff, 0xffffffff}, {61, 60},        {262145, 262145},
        {5000, 60},       {60, 0x40000000},         {100000, 99999}, {300, 0xfffffff0}};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        trace_files_pcap(f, TRACE_FILES_US, i % 2, 262144, 1);
        for (uint32_t k = 0; k < 5; k++) trace_files_record(f, k, 0, 60, 60);
        size_t end = f->n;
        f->n = 24 + 2 * 76 + 8;
        trace_files_int(f, LENGTHS[i][0], 4);
        trace_files_int(f, LENGTHS[i][1], 4);
        f->n = end;
        trace_played_t p = trace_files_play(f, NULL);
        assert_true(p.result == -1 && p.n == 2 && p.stats.truncated == 0);
        assert_non_null(strstr(p.err, ": record 3: corrupt"));
        assert_memory_equal(p.err, f->path, strlen(f->path));
    }
    f->n = 0; // pcapng: a block length that cannot be
    trace_files_ng(f, false);
    trace_files_ng_interface(f, 1, 0, 6);
    trace_files_ng_packet(f, 0, 1, 60, 60);
    trace_files_int(f, 6, 4);
    trace_files_int(f, 0x7ffffffd, 4);
    trace_files_frame(f, 100);
    trace_played_t p = trace_files_play(f, NULL);
    assert_true(p.result == -1 && p.n == 1 && strstr(p.err, "record 2: corrupt"));
}

static void a_file_without_frames_is_accepted_and_says_so(void **state)
{
    trace_files_t *f = *state;
    trace_pace_t loop = {.loop = UINT64_MAX};
    trace_files_pcap(f, TRACE_FILES_NS, true, 65535, 1);
    trace_played_t p = trace_files_play(f, &loop);
    assert_true(p.result == 0 && p.n == 0 && p.stats.truncated == 0);
    assert_non_null(strstr(p.stats.notice, "no frames"));
}

static void what_is_no_ethernet_capture_is_refused(void **state)
{
    trace_files_t *f = *state;
    f->n = 0;
    refused(f, "empty file");
    trace_files_put(f, "\x1f\x8b\x08", 3);
    refused(f, "gzip-compressed");
    f->n = 0;
    trace_files_put(f, "snoop\0\0\0\0\0\0\2", 12);
    refused(f, "unknown magic \"snoop\"");
    f->n = 0;
    trace_files_put(f, "\1\2", 2);
    refused(f, "unknown magic 01 02");
    trace_files_pcap(f, TRACE_FILES_US, false, 65535, 1);
    f->n = 23;
    refused(f, f->path);
    trace_files_pcap(f, TRACE_FILES_US, false, 65535, 113);
    trace_files_record(f, 1, 0, 60, 60);
    refused(f, "link type 113 (LINUX_SLL), only Ethernet");
    trace_files_pcap(f, TRACE_FILES_US, true, 65535, 101);
    refused(f, "link type 101 (RAW), only Ethernet");
    trace_files_pcap(f, TRACE_FILES_US, false, 65535, 1);
    trace_files_record(f, 1, 0, 61, 60);
    refused(f, "record 1: corrupt");
    trace_files_refused("/tmp", NULL, "/tmp: not a regular file");
    trace_files_refused("/nowhere/x.pcap", NULL, "/nowhere/x.pcap: No such file");
}

static void a_foreign_pcapng_interface_is_found_wherever_it_is(void **state)
{
    trace_files_t *f = *state;
    for (int big = 0; big < 2; big++) {
        f->n = 0;
        trace_files_ng(f, big);
        trace_files_ng_interface(f, 113, 65535, 6);
        refused(f, "interface 0 has link type 113 (LINUX_SLL), only Ethernet");
        f->n = 0;
        trace_files_ng(f, big);
        trace_files_ng_interface(f, 1, 65535, 6);
        for (uint64_t i = 0; i < 1000; i++)
            trace_files_ng_packet(f, 0, i, 60, 60); // beyond one window
        trace_files_ng(f, !big);
        trace_files_ng_interface(f, 101, 65535, 6);
        refused(f, "interface 1 has link type 101 (RAW), only Ethernet");
    }
    f->n = 0;
    trace_files_ng(f, false);
    trace_files_ng_interface(f, 1, 65535, 6);
    trace_files_ng_packet(f, 0, 0, 60, 60);
    trace_files_ng_interface(f, 1, 96, 6);
    refused(f, "interface 1 has snapshot length 96, interface 0 has 65535");
    f->n = 0;
    trace_files_ng(f, true);
    trace_files_ng_interface(f, 1, 0, 6);
    trace_files_ng_packet(f, 0, 1, 60, 60);
    trace_files_ng_interface(f, 1, 262144, 9); // no limit and the largest are one to libpcap
    trace_files_ng_packet(f, 1, 3000, 60, 60);
    trace_played_t p = trace_files_play(f, NULL);
    assert_true(p.n == 2 && p.result == 0 && p.at_ps[1] == 2000000);
}

static void an_fcs_the_file_header_announces_is_removed(void **state)
{
    trace_files_t *f = *state;
    // libpcap keeps the count of 16-bit words above bit 28 and a flag at bit 26: 4 bytes, Ethernet.
    trace_files_pcap(f, TRACE_FILES_US, false, 65535, 2u << 28 | 1u << 26 | 1);
    trace_files_record(f, 1, 0, 64, 64);
    trace_files_record(f, 1, 0, 1518, 1518);
    trace_files_record(f, 1, 0, 62, 64);
    trace_files_record(f, 1, 0, 2, 2);
    trace_played_t p = trace_files_play(f, NULL);
    assert_true(p.n == 4 && p.stats.cut == 0 && p.stats.oversize == 0 && p.stats.padded == 1);
    assert_true(p.len[0] == 60 && p.len[1] == 1514 && p.len[2] == 60 && p.len[3] == 60);
}

static void records_longer_than_the_snapshot_length_are_read(void **state)
{
    trace_files_t *f = *state;
    trace_files_pcap(f, TRACE_FILES_US, false, 68, 1);
    trace_files_record(f, 1, 0, 200, 200);
    trace_files_record(f, 1, 0, 60, 60);
    trace_files_int(f, 0, 4); // and the place of a cut or garbled record is still known
    trace_files_int(f, 0, 4);
    trace_files_int(f, 300, 4);
    trace_files_int(f, 200, 4);
    trace_files_frame(f, 100);
    trace_played_t p = trace_files_play(f, NULL);
    assert_true(p.n == 2 && p.len[0] == 200 && p.len[1] == 60 && p.stats.cut == 1);
    assert_true(p.result == -1 && strstr(p.err, "record 3: corrupt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_file_reads_the_same),
        cmocka_unit_test(short_and_cut_frames_are_filled_with_zero_bytes),
        cmocka_unit_test(a_link_allows_four_bytes_for_each_of_two_tags),
        cmocka_unit_test(a_jumbo_link_takes_the_longest_frame),
        cmocka_unit_test(time_steps_back_are_clamped_and_counted),
        cmocka_unit_test(a_cut_file_gives_its_whole_frames_and_a_notice),
        cmocka_unit_test(a_cut_pcapng_gives_its_whole_frames_and_a_notice),
        cmocka_unit_test(a_corrupt_record_is_an_error_with_its_number),
        cmocka_unit_test(a_file_without_frames_is_accepted_and_says_so),
        cmocka_unit_test(what_is_no_ethernet_capture_is_refused),
        cmocka_unit_test(a_foreign_pcapng_interface_is_found_wherever_it_is),
        cmocka_unit_test(an_fcs_the_file_header_announces_is_removed),
        cmocka_unit_test(records_longer_than_the_snapshot_length_are_read),
    };
    return cmocka_run_group_tests_name("trace", tests, trace_files_setup, trace_files_teardown);
}
