// SPDX-License-Identifier: Apache-2.0
// Captures of real traffic, where they are present: every count against numbers made by an
// independent reader. The captures are no part of the project: MODERATO_TRACES names their folder.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "traces/trace_priv.h"

typedef struct sample {
    const char *name;
    uint64_t records, oversize, padded, cut, clamped, bytes;
    uint32_t len_min, len_median, len_max;
    uint64_t duration_us, line_rate_us, backlog_us;          // rounded as the table they come from
    uint64_t peak_10ms_kbps, peak_1ms_kbps, peak_1ms_frames; // 0 = not compared
    const char *sha256;                                      // its beginning
} sample_t;

// The reordered capture has no peak: its numbers were made from unclamped times.
static const sample_t SAMPLES[] = {
    {"small-tcp-echo.pcap", 82582, 0, 0, 0, 2, 5512362, 66, 67, 74, 6494327, 59955, 2, 23601, 91088,
     159, "47bfe2b9385fda1b"},
    {"burst-fix-orders.pcap", 3049, 0, 0, 0, 0, 246720, 60, 60, 174, 7721, 2559, 24, 197376, 415200,
     618, "fc0788e4c6966483"},
    {"audio-aes67-8kpps-ns.pcap", 10000, 0, 0, 0, 0, 1980000, 198, 198, 198, 1249799, 17760, 0,
     12830, 14256, 9, "e6d9da38bb3bab4c"},
    {"voip-opus-rtp.pcapng", 3000, 0, 0, 0, 0, 318589, 91, 106, 114, 59983022, 3125, 0, 91, 912, 1,
     "8f8045638ae96271"},
    {"game-nintendo.pcap", 1000, 0, 21, 0, 0, 333321, 42, 486, 1414, 28112100, 2859, 0, 2840, 25688,
     3, "29c65d0d5998b895"},
    {"dns-lookups.pcap", 464, 0, 0, 0, 0, 57942, 64, 91, 407, 1277622320, 553, 1, 667, 3256, 1,
     "fd19501d47f70843"},
    {"web-http-browse.pcap", 4631, 0, 12, 0, 0, 3738523, 54, 989, 1414, 15645760, 30798, 52, 24876,
     113120, 10, "f0106bd1d7abeb80"},
    {"ipv6-tls-mix.pcap", 7451, 0, 0, 0, 4, 2734637, 60, 219, 1514, 145802127, 23308, 38, 14485,
     100416, 13, "a373cd02f71f719b"},
    {"protocol-mix-year-gaps.pcap", 4709, 0, 1282, 0, 0, 2856009, 42, 119, 1414, 142449834964568,
     23813, 43, 21800, 60640, 8, "0e0437ec1c3c08ad"},
    {"bulk-smb2-read.pcap", 3138, 0, 0, 0, 0, 3374538, 66, 1514, 1514, 45303, 27599, 5381, 1279718,
     1527200, 150, "7328605e1121ddb4"},
    {"bulk-tcp-snap68.pcap", 26690, 0, 8690, 17989, 0, 25996287, 54, 1514, 1514, 32260000, 213512,
     1036, 100913, 1009136, 131, "0b5f21a1ce1f4b08"},
    {"vlan-isp-mix-zero-ts.pcap", 4096, 0, 384, 0, 0, 3647580, 54, 1308, 1518, 0, 29974, 29961, 0,
     0, 0, "bf606aac04880127"},
    {"vlan-goose-multicast.pcap", 451, 0, 0, 0, 0, 110496, 245, 245, 246, 15809009, 971, 0, 588,
     3920, 2, "7d0ab6ea4580e337"},
    {"arp-storm.pcap", 622, 0, 0, 0, 0, 37320, 60, 60, 60, 28969106, 418, 0, 192, 1440, 3,
     "dc101ea9bfda59f5"},
    {"jumbo-lidar-8490.pcap", 222, 192, 0, 0, 0, 1632780, 90, 8490, 8490, 298491, 27, 0, 47616,
     68640, 2, "cad3545a6246c263"},
    {"gro-anydesk.pcap", 2521, 438, 196, 0, 1, 2148884, 54, 60, 5560, 32977821, 3178, 12, 99198,
     136224, 9, "8f515b305065151e"},
    {"dup-reorder-snap68.pcap", 1458, 0, 3, 966, 110, 1250204, 54, 1078, 1514, 3710330, 10282, 25,
     7062, 0, 0, "d5644316c7abe966"},
    {"bigendian-alexa.pcapng", 3435, 0, 625, 0, 0, 1433625, 20, 74, 1514, 176249285, 12161, 0,
     19056, 166280, 15, "71b681a613b486dd"},
    {"cut-tail-melsec.pcap", 2041, 0, 38, 0, 0, 298985, 54, 151, 165, 1926193, 2786, 0, 1566, 4448,
     4, "bd40aa47c245a0aa"},
    {"edge-header-only.pcap", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "704e5e5b3234433c"},
    {"edge-time-2038.pcap", 1, 0, 0, 0, 0, 98, 98, 98, 98, 0, 1, 0, 0, 0, 0, "5dc7a276ce7fcbcc"},
};

static const char *const REFUSED[][2] = {
    {"linktype-sll.pcap", "linktype-sll.pcap: link type 113 (LINUX_SLL)"},
    {"edge-mixed-linktypes.pcapng", "interface 1 has link type 113 (LINUX_SLL)"},
    {"edge-zero-bytes.pcap", "empty file, no capture file header"},
    {"edge-not-pcap.snoop", "unknown magic \"snoop\""},
};

// The path of a sample, or false after saying that it is not here.
static bool sample_path(const char *name, char path[512])
{
    const char *dir = getenv("MODERATO_TRACES");
    snprintf(path, 512, "%s/%s", dir ? dir : "../shared/traces/open", name);
    if (access(path, R_OK) == 0) return true;
    print_message("%s: not here\n", path);
    return false;
}

static uint64_t rounded_us(uint64_t cyc)
{
    return (cyc * 8 + 500) / 1000;
}

#define CHECK(value, want)                                                                         \
    if ((value) != (want))                                                                         \
    fail_msg("%s: %s is %llu, not %llu", s->name, #value, (unsigned long long)(value),             \
             (unsigned long long)(want))

static void check_sample(const sample_t *s, trace_t *t)
{
    static trace_info_t in;
    char err[TRACE_ERR_LEN];
    memset(&in, 0, sizeof in);
    assert_int_equal(trace_info_collect(t, &in, err), 0);
    const trace_stats_t *st = trace_stats(t);
    CHECK(st->records, s->records);
    CHECK(st->offered, s->records - s->oversize);
    CHECK(st->oversize, s->oversize);
    CHECK(st->padded, s->padded);
    CHECK(st->cut, s->cut);
    CHECK(st->clamped, s->clamped);
    CHECK(st->truncated, (uint64_t)(strstr(s->name, "cut-tail") != NULL));
    CHECK(in.bytes, s->bytes);
    CHECK(in.len_min, s->len_min);
    CHECK(in.len_median, s->len_median);
    CHECK(in.len_max, s->len_max);
    CHECK((uint64_t)(trace_span_ps(in.last) / 1000000), s->duration_us);
    CHECK(rounded_us(in.line_rate_cyc), s->line_rate_us);
    CHECK(rounded_us(in.backlog_max_cyc), s->backlog_us);
    if (s->peak_10ms_kbps) CHECK(in.ms10.peak_bytes * 8 / 10, s->peak_10ms_kbps);
    if (s->peak_1ms_kbps) CHECK(in.ms1.peak_bytes * 8, s->peak_1ms_kbps);
    if (s->peak_1ms_frames) CHECK(in.ms1.peak_frames, s->peak_1ms_frames);
    if (strncmp(trace_sha256(t), s->sha256, 16) != 0) fail_msg("%s: wrong hash", s->name);
    assert_string_equal(trace_name(t), s->name);
}

static void every_sample_is_treated_as_expected(void **state)
{
    (void)state;
    int here = 0;
    for (size_t i = 0; i < sizeof SAMPLES / sizeof SAMPLES[0]; i++) {
        char path[512], err[TRACE_ERR_LEN];
        if (!sample_path(SAMPLES[i].name, path)) continue;
        trace_t *t = trace_open(path, NULL, err);
        if (!t) fail_msg("%s", err);
        check_sample(&SAMPLES[i], t);
        trace_close(t);
        here++;
    }
    if (!here) skip();
}

static void what_is_not_ethernet_is_refused_with_its_name(void **state)
{
    (void)state;
    int here = 0;
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
        char path[512], err[TRACE_ERR_LEN];
        if (!sample_path(REFUSED[i][0], path)) continue;
        assert_null(trace_open(path, NULL, err));
        if (!strstr(err, REFUSED[i][1])) fail_msg("%s gives \"%s\"", REFUSED[i][0], err);
        here++;
    }
    if (!here) skip();
}

// Writing what was read and reading it back changes nothing.
static void a_sample_survives_writing_and_reading(void **state)
{
    (void)state;
    char path[512], err[TRACE_ERR_LEN], copy[] = "/tmp/moderato-samples-XXXXXX";
    if (!sample_path("audio-aes67-8kpps-ns.pcap", path)) skip();
    int fd = mkstemp(copy);
    assert_true(fd >= 0);
    close(fd);
    trace_frame_t f, g;
    trace_t *t = trace_open(path, NULL, err);
    trace_writer_t *w = trace_writer_open(copy, err);
    assert_non_null(t);
    assert_non_null(w);
    while (trace_next(t, &f, err) == 1) {
        uint64_t ns = f.at_cyc * 8 + f.at_ps / 1000;
        assert_int_equal(trace_writer_put(w, ns, f.data, f.len), 0);
    }
    trace_close(t);
    assert_int_equal(trace_writer_close(w, err), 0);
    t = trace_open(path, NULL, err);
    trace_t *u = trace_open(copy, NULL, err);
    assert_non_null(u);
    while (trace_next(t, &f, err) == 1) {
        assert_int_equal(trace_next(u, &g, err), 1);
        assert_true(f.at_cyc == g.at_cyc && f.at_ps == g.at_ps && f.len == g.len);
        assert_memory_equal(f.data, g.data, f.len);
    }
    assert_int_equal(trace_next(u, &g, err), 0);
    trace_close(t);
    trace_close(u);
    unlink(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_is_treated_as_expected),
        cmocka_unit_test(what_is_not_ethernet_is_refused_with_its_name),
        cmocka_unit_test(a_sample_survives_writing_and_reading),
    };
    return cmocka_run_group_tests_name("trace_samples", tests, NULL, NULL);
}
