// SPDX-License-Identifier: Apache-2.0
// Properties of generated frames: they are valid, and the FCS handed over is the one a full
// computation gives; and of the specification.
#include "tests/trace_files.h"

#include <libdeflate.h>
#include <stdio.h>
#include <string.h>

static uint32_t be(const uint8_t *p, int n)
{
    uint32_t v = 0;
    for (int i = 0; i < n; i++) v = v << 8 | p[i];
    return v;
}

// RFC 1071 sum, complemented: 0 over a block that contains its own right checksum.
static uint32_t checksum(const uint8_t *p, uint32_t n, uint32_t sum)
{
    for (uint32_t i = 0; i < n; i++) sum += (uint32_t)p[i] << (i % 2 ? 0 : 8);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static void check_frame(const trace_frame_t *f, uint32_t seq, uint32_t ip_at)
{
    const uint8_t *ip = f->data + ip_at, *udp = ip + 20;
    uint32_t ip_len = f->len - ip_at;
    assert_int_equal(be(f->data + ip_at - 2, 2), 0x0800);
    assert_int_equal(ip[0], 0x45);
    assert_int_equal(ip[9], 17);
    assert_int_equal(be(ip + 2, 2), ip_len);
    assert_int_equal(checksum(ip, 20, 0), 0);
    assert_int_equal(be(udp + 4, 2), ip_len - 20);
    assert_int_not_equal(be(udp + 6, 2), 0);
    assert_int_equal(checksum(udp, ip_len - 20,
                              be(ip + 12, 2) + be(ip + 14, 2) + be(ip + 16, 2) + be(ip + 18, 2) +
                                  17 + ip_len - 20),
                     0);
    assert_int_equal(be(udp + 8, 4), seq);
    assert_true(f->fcs_known);
    assert_int_equal(f->fcs, libdeflate_crc32(0, f->data, f->len));
}

static void frames_of_every_size_are_valid(void **state)
{
    (void)state;
    for (uint32_t size = 64; size <= 1522; size++) {
        for (int vlan = size > 1518; vlan < 2; vlan++) {
            char spec[80];
            trace_frame_t f;
            snprintf(spec, sizeof spec, "gen:cbr,size=%u,count=300%s", size, vlan ? ",vlan=5" : "");
            trace_t *t = trace_files_open(spec, NULL);
            for (uint32_t seq = 0; trace_files_next(t, &f); seq++) {
                assert_int_equal(f.len, size - 4);
                assert_true(f.record == seq + 1);
                if (seq < 3 || seq > 297) check_frame(&f, seq, vlan ? 18 : 14);
            }
            trace_close(t);
        }
    }
}

static void fcs_is_right_for_every_sequence_number(void **state)
{
    (void)state;
    static trace_gen_frame_t f;
    char err[TRACE_ERR_LEN];
    rng_t r;
    rng_seed(&r, 5);
    for (int i = 0; i < 200; i++) {
        trace_gen_spec_t s;
        assert_int_equal(trace_gen_parse("gen:cbr", false, &s, err), 0);
        s.vlan_set = i % 3 == 0;
        trace_gen_frame_build(&f, &s, 64 + (uint32_t)rng_below(&r, 1455));
        for (int k = 0; k < 200; k++) {
            uint32_t seq = (uint32_t)rng_next(&r);
            uint32_t fcs = trace_gen_frame_stamp(&f, seq);
            assert_int_equal(fcs, libdeflate_crc32(0, f.data, f.len));
            trace_frame_t frame = {.data = f.data, .len = f.len, .fcs = fcs, .fcs_known = true};
            check_frame(&frame, seq, s.vlan_set ? 18 : 14);
        }
    }
}

static void addresses_and_tag_are_as_asked(void **state)
{
    (void)state;
    trace_frame_t f;
    trace_t *t = trace_files_open(
        "gen:cbr,count=1,dst=01:23:45:67:89:aB,src=Fe:dc:ba:98:76:54,vlan=4094", NULL);
    assert_true(trace_files_next(t, &f));
    assert_memory_equal(f.data, "\x01\x23\x45\x67\x89\xab\xfe\xdc\xba\x98\x76\x54\x81\x00\x0f\xfe",
                        16);
    trace_close(t);
    t = trace_files_open("gen:cbr,count=1", NULL);
    assert_true(trace_files_next(t, &f));
    assert_memory_equal(f.data, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08", 13);
    trace_close(t);
}

static void hosts_take_turns(void **state)
{
    (void)state;
    trace_frame_t f;
    trace_t *t = trace_files_open("gen:imix,count=2000,vlan=7,hosts=254", NULL);
    for (uint32_t seq = 0; trace_files_next(t, &f); seq++) {
        check_frame(&f, seq, 18);
        assert_memory_equal(f.data + 34, "\xc6\x13\0", 3);
        assert_int_equal(f.data[37], 1 + seq % 254);
    }
    trace_close(t);
    t = trace_files_open("gen:cbr,count=4", NULL);
    for (uint32_t seq = 0; trace_files_next(t, &f); seq++)
        assert_memory_equal(f.data + 30, "\xc6\x13\0\x01", 4);
    trace_close(t);
}

static void bad_fcs_is_every_nth_frame(void **state)
{
    (void)state;
    trace_frame_t f;
    trace_t *t = trace_files_open("gen:cbr,count=1000,bad-fcs=1-in-7", NULL);
    for (uint64_t n = 1; trace_files_next(t, &f); n++) {
        assert_int_equal(f.bad_fcs, n % 7 == 0);
        assert_int_equal(f.fcs, libdeflate_crc32(0, f.data, f.len)); // the right one, always
    }
    trace_close(t);
}

static void imix_is_seven_four_one_in_every_twelve(void **state)
{
    (void)state;
    trace_pace_t one = {.seed = 1}, two = {.seed = 2};
    trace_t *t = trace_files_open("gen:imix,count=12000", &one),
            *u = trace_files_open("gen:imix,count=12000", &two);
    trace_frame_t f, g;
    unsigned seen[3] = {0}, differ = 0;
    uint64_t expect_cyc = 0;
    for (unsigned n = 0; trace_files_next(t, &f); n++) {
        assert_true(trace_files_next(u, &g));
        differ += f.len != g.len;
        unsigned kind = f.len == 60 ? 0 : f.len == 590 ? 1 : 2;
        if (kind == 2) assert_int_equal(f.len, 1514);
        seen[kind]++;
        assert_true(f.at_cyc == expect_cyc && f.at_ps == 0); // line rate: back to back
        expect_cyc += f.len + 24;
        check_frame(&f, n, 14);
        if (n % 12 == 11) {
            assert_true(seen[0] == 7 && seen[1] == 4 && seen[2] == 1);
            memset(seen, 0, sizeof seen);
        }
    }
    assert_in_range(differ, 5000, 8000); // 1 - (49+16+1)/144 of 12000 = 6500
    trace_close(t);
    trace_close(u);
}

// What a sender of iperf-udp did, from its gaps: frames, its time, and the bursts behind stalls.
typedef struct paced {
    uint64_t frames, end_ps, bursts, longest; // longest: frames of a burst
    uint64_t spaced;                          // gaps that are neither
} paced_t;

static paced_t paced(const char *spec)
{
    enum { SLOT_PS = 1536 * 8000 }; // 1470 bytes of payload
    paced_t p = {0};
    uint64_t before = 0, run = 0;
    trace_frame_t f;
    trace_t *t = trace_files_open(spec, NULL);
    for (; trace_files_next(t, &f); p.frames++) {
        p.end_ps = f.at_cyc * 8000 + f.at_ps;
        const uint64_t gap = p.end_ps - before;
        before = p.end_ps;
        if (p.frames == 0) continue;
        assert_true(gap >= SLOT_PS);
        if (gap == SLOT_PS && run++ == 0) p.bursts++;
        if (gap != SLOT_PS) {
            p.spaced += run == 0;
            run = 0;
        }
        // With the first of it, and the last one that is late, by less than a frame.
        if (run && run + 2 > p.longest) p.longest = run + 2;
    }
    trace_close(t);
    return p;
}

static double payload_mbps(const paced_t *p)
{
    return (double)(p->frames - 1) * 1470 * 8 * 1e6 / (double)p->end_ps;
}

static void iperf_catches_up_back_to_back(void **state)
{
    (void)state;
    const double line = 957.03125; // Mb/s of payload: 1470 of 1536 bytes
    // Not stalled it keeps its rate, below that of the line.
    paced_t p = paced("gen:iperf-udp,mbps=800,ceiling-mbps=810,count=20000");
    assert_true(payload_mbps(&p) > 799.999 && payload_mbps(&p) < 800.001);
    assert_int_equal(p.bursts, 0);
    p = paced("gen:iperf-udp,count=20000");
    assert_true(payload_mbps(&p) > line - 0.001 && payload_mbps(&p) < line + 0.001);

    // A burst behind a stall has s R / (1 - R/L) frames (analytic-models section 9).
    static const struct {
        const char *spec;
        double rate, stall_us;
    } ROWS[] = {
        {"gen:iperf-udp,mbps=810,stall-us=5000,stall-every-us=200000,count=100000", 810, 5000},
        {"gen:iperf-udp,mbps=810,stall-us=1000,stall-every-us=50000,count=100000", 810, 1000},
        {"gen:iperf-udp,mbps=100,stall-us=10000,stall-every-us=50000,count=20000", 100, 10000},
        {"gen:iperf-udp,mbps=1000,ceiling-mbps=810,count=100000", 810, 1000},
        {"gen:iperf-udp,mbps=900,ceiling-mbps=810,stall-us=5000,count=100000", 810, 5000},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const double pps = ROWS[i].rate * 1e6 / (1470 * 8);
        const double want = ROWS[i].stall_us * 1e-6 * pps / (1 - ROWS[i].rate / line);
        p = paced(ROWS[i].spec);
        if ((double)p.longest < want - 2 || (double)p.longest > want + 2)
            fail_msg("%s: a burst of %llu, %.1f expected", ROWS[i].spec,
                     (unsigned long long)p.longest, want);
        // The mean is off by no more than one stall.
        const double off = ROWS[i].rate * ROWS[i].stall_us * 1e6 / (double)p.end_ps;
        assert_true(payload_mbps(&p) > ROWS[i].rate - off - 0.01 &&
                    payload_mbps(&p) < ROWS[i].rate + 0.1);
        assert_true(p.bursts > 3);
        assert_true((strstr(ROWS[i].spec, "ceiling") != NULL) == (p.spaced < p.bursts));
    }
    // Stalls far shorter than the gaps between datagrams are found without looking at each.
    p = paced("gen:iperf-udp,mbps=0.001,stall-us=0,stall-every-us=0.001,count=30");
    assert_int_equal(p.bursts, 0);

    trace_frame_t f;
    trace_t *t = trace_files_open("gen:iperf-udp,count=3", NULL);
    for (uint32_t seq = 0; trace_files_next(t, &f); seq++) {
        check_frame(&f, seq, 14);
        assert_int_equal(f.len, 1512);
        assert_int_equal(be(f.data + 36, 2), 5001);
    }
    trace_close(t);
}

static void hash_depends_on_specification_and_seed(void **state)
{
    (void)state;
    trace_pace_t one = {.seed = 1}, two = {.seed = 2};
    trace_t *t[4] = {trace_files_open("gen:cbr", &one), trace_files_open("gen:cbr", &one),
                     trace_files_open("gen:cbr", &two), trace_files_open("gen:cbr,size=65", &one)};
    assert_string_equal(trace_name(t[3]), "gen:cbr,size=65");
    assert_int_equal(strlen(trace_sha256(t[0])), 64);
    assert_string_equal(trace_sha256(t[0]), trace_sha256(t[1]));
    assert_string_not_equal(trace_sha256(t[0]), trace_sha256(t[2]));
    assert_string_not_equal(trace_sha256(t[0]), trace_sha256(t[3]));
    for (int i = 0; i < 4; i++) trace_close(t[i]);
}

static void wrong_specifications_are_refused_naming_the_key(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"gen:", "unknown kind"},
        {"gen:foo", "gen:foo: unknown kind"},
        {"gen:cbrx,size=64", "unknown kind"},
        {"gen:cbr,", "key=value expected"},
        {"gen:cbr,size", "\"size\": key=value expected"},
        {"gen:cbr,speed=3", "unknown key \"speed\""},
        {"gen:cbr,size=63", "size=63: 64..1518"},
        {"gen:cbr,size=1519", "size=1519"},
        {"gen:cbr,size=1523,vlan=1", "size=1523"},
        {"gen:cbr,size=", "size=:"},
        {"gen:cbr,size=64.0", "size=64.0"},
        {"gen:cbr,size=0x40", "size=0x40"},
        {"gen:cbr,size=-64", "size=-64"},
        {"gen:cbr,size= 64", "size= 64"},
        {"gen:cbr,size=64,size=65", "size: given twice"},
        {"gen:imix,size=64", "size: not a key of this kind"},
        {"gen:cbr,burst=5", "burst: not a key of this kind"},
        {"gen:bursts,pps=5", "pps: not a key of this kind"},
        {"gen:cbr,pacing=cbr", "pacing: not a key of this kind"},
        {"gen:imix,pacing=fast", "pacing=fast: cbr or poisson"},
        {"gen:cbr,pps=0", "pps=0"},
        {"gen:cbr,pps=1.0001", "pps=1.0001"},
        {"gen:cbr,pps=1..5", "pps=1..5"},
        {"gen:cbr,pps=.", "pps=."},
        {"gen:cbr,load=100.001", "load=100.001"},
        {"gen:cbr,pps=5,load=3", "exclude each other"},
        {"gen:cbr,count=5,duration-ms=3", "count and duration-ms exclude each other"},
        {"gen:cbr,count=0", "count=0"},
        {"gen:cbr,count=18446744073709551616", "count=18446744073709551616"},
        {"gen:cbr,pps=18446744073709551615", "pps=18446744073709551615"},
        {"gen:cbr,dst=02:00:00:00:00", "dst=02:00:00:00:00: a MAC address"},
        {"gen:cbr,src=02-00-00-00-00-01", "src=02-00-00-00-00-01"},
        {"gen:cbr,vlan=4095", "vlan=4095: 0..4094"},
        {"gen:cbr,hosts=0", "hosts=0: 1..254"},
        {"gen:cbr,hosts=255", "hosts=255: 1..254"},
        {"gen:cbr,bad-fcs=7", "bad-fcs=7: 1-in-N"},
        {"gen:cbr,bad-fcs=1-in-0", "bad-fcs=1-in-0"},
        {"gen:poisson,pps=0.001", "rate too low"},
        {"gen:iperf-udp,pps=5", "pps: not a key of this kind"},
        {"gen:cbr,stall-us=5", "stall-us: not a key of this kind"},
        {"gen:iperf-udp,ceiling-mbps=0", "ceiling-mbps=0"},
        {"gen:iperf-udp,stall-us=50,stall-every-us=50", "more than stall-us expected"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char err[TRACE_ERR_LEN] = "";
        assert_null(trace_open(ROWS[i][0], NULL, err));
        if (!strstr(err, ROWS[i][1])) fail_msg("%s gives \"%s\"", ROWS[i][0], err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_every_size_are_valid),
        cmocka_unit_test(fcs_is_right_for_every_sequence_number),
        cmocka_unit_test(addresses_and_tag_are_as_asked),
        cmocka_unit_test(hosts_take_turns),
        cmocka_unit_test(bad_fcs_is_every_nth_frame),
        cmocka_unit_test(imix_is_seven_four_one_in_every_twelve),
        cmocka_unit_test(iperf_catches_up_back_to_back),
        cmocka_unit_test(hash_depends_on_specification_and_seed),
        cmocka_unit_test(wrong_specifications_are_refused_naming_the_key),
    };
    return cmocka_run_group_tests_name("trace_gen", tests, NULL, NULL);
}
