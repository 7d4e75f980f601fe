// SPDX-License-Identifier: Apache-2.0
// GRO: what is merged and why packets go up, frame by frame; then in whole runs, counted and priced.
#include "hostbridge/gro.h"
#include "tests/run_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- frames ------------------------------------------------------------------------------------

#define FRAMES 512
#define MSS    1460u

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16, CWR = 128 };

// A TCP segment as one writes it down.
typedef struct seg {
    uint32_t seq, len; // of payload
    uint32_t ack, flow;
    uint16_t id, window, vlan;
    uint8_t flags, tos, ttl, options; // options: words
    bool no_df, v6, udp, tagged, bad_csum, padded, fragment;
} seg_t;

static struct {
    os_pkt_t pkt;
    uint8_t data[1600];
} frames[FRAMES];
static unsigned used;

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

static os_pkt_t *frame(seg_t s)
{
    assert_true(used < FRAMES);
    os_pkt_t *p = &frames[used].pkt;
    uint8_t *d = frames[used++].data;
    memset(d, 0, sizeof frames[0].data);
    memset(d, 2, 12);
    uint8_t *ip = d + 14;
    if (s.tagged) {
        put16(d + 12, 0x8100);
        put16(d + 14, 5);
        ip += 4;
    }
    put16(ip - 2, s.v6 ? 0x86DD : 0x0800);
    const uint32_t tcp_len = 20 + 4u * s.options + s.len;
    uint8_t *tcp = ip + (s.v6 ? 40 : 20);
    if (s.v6) {
        put32(ip, 6u << 28 | (uint32_t)s.tos << 20 | 0x12345);
        put16(ip + 4, tcp_len);
        ip[6] = 6;
        ip[7] = s.ttl;
        ip[23] = 1;
        ip[39] = 2;
    } else {
        ip[0] = 0x45;
        ip[1] = s.tos;
        put16(ip + 2, 20 + tcp_len);
        put16(ip + 4, s.id);
        put16(ip + 6, (s.no_df ? 0 : 0x4000) | (s.fragment ? 0x2000 : 0));
        ip[8] = s.ttl;
        ip[9] = s.udp ? 17 : 6;
        put32(ip + 12, 0xC6120001);
        put32(ip + 16, 0xC6130001);
    }
    put16(tcp, 10000 + s.flow);
    put16(tcp + 2, 5001);
    put32(tcp + 4, s.seq);
    put32(tcp + 8, s.ack);
    tcp[12] = (uint8_t)((5 + s.options) << 4);
    tcp[13] = s.flags | ACK;
    put16(tcp + 14, s.window);
    memset(tcp + 20, 1, 4u * s.options);
    *p = (os_pkt_t){.data = d,
                    .len = (uint32_t)(tcp - d) + tcp_len + (s.padded ? 6 : 0),
                    .csum_ok = !s.bad_csum,
                    .vlan_present = s.vlan != 0,
                    .vlan_tci = s.vlan};
    return p;
}

// ---- one after the other -----------------------------------------------------------------------

typedef struct bench {
    gro_t g;
    gro_stats_t n;
    gro_packet_t up; // what went up last
    uint64_t up_frames;
} bench_t;

static bench_t *fresh(void)
{
    static bench_t b;
    memset(&b, 0, sizeof b);
    used = 0;
    return &b;
}

// The frames of a chain are as many as it says, and in the order in which they came.
static void went_up(bench_t *b, const gro_packet_t *k)
{
    uint32_t n = 0;
    const os_pkt_t *last = NULL;
    for (const os_pkt_t *p = k->head; p; last = p, p = p->next, n++)
        if (last) assert_true(p > last);
    assert_int_equal(n, k->frames);
    assert_ptr_equal(last, k->tail);
    b->up = *k;
    b->up_frames += n;
}

static enum gro_result give(bench_t *b, os_pkt_t *p)
{
    gro_packet_t flushed;
    enum gro_cause cause = GRO_CAUSES;
    const enum gro_result r = gro_receive(&b->g, p, 0, &flushed, &cause);
    b->n.frames++;
    b->n.held += r == GRO_HELD;
    b->n.merged += r == GRO_MERGED;
    b->up_frames += r == GRO_NORMAL;
    if (!flushed.head) return r;
    assert_true(cause < GRO_CAUSES);
    b->n.flushed[cause]++;
    went_up(b, &flushed);
    return r;
}

static uint32_t flush(bench_t *b)
{
    gro_packet_t k;
    uint32_t packets = 0;
    for (; gro_flush(&b->g, false, 0, &k); packets++) went_up(b, &k);
    assert_int_equal(gro_frames(&b->g), 0);
    assert_int_equal(b->up_frames, b->n.frames);
    return packets;
}

static void segments_in_a_row_are_one_packet(void **state)
{
    bench_t *b = fresh();
    (void)state;
    for (uint32_t i = 0; i < 40; i++)
        assert_int_equal(give(b, frame((seg_t){.seq = 7 + i * MSS, .len = MSS, .id = (uint16_t)i})),
                         i ? GRO_MERGED : GRO_HELD);
    assert_int_equal(gro_frames(&b->g), 40);
    assert_int_equal(flush(b), 1);
    assert_int_equal(b->up.frames, 40);
}

// 40 bytes of headers and 44 segments are 64,280; the next would make it 65,740.
static void a_packet_stays_below_64_kib(void **state)
{
    bench_t *b = fresh();
    (void)state;
    for (uint32_t i = 0; i < 100; i++) give(b, frame((seg_t){.seq = i * MSS, .len = MSS}));
    assert_int_equal(b->n.flushed[GRO_AT_LIMIT], 2);
    assert_int_equal(b->up.frames, 44);
    assert_int_equal(b->n.merged, 97);
    assert_int_equal(flush(b), 1);
    assert_int_equal(b->up.frames, 12);
    // 65,535 is the most.
    for (uint32_t len = 1255; len <= 1256; len++) {
        b = fresh();
        for (uint32_t i = 0; i < 44; i++) give(b, frame((seg_t){.seq = i * MSS, .len = MSS}));
        const enum gro_result r = give(b, frame((seg_t){.seq = 44 * MSS, .len = (uint16_t)len}));
        assert_int_equal(r, len == 1255 ? GRO_MERGED : GRO_HELD);
        flush(b);
    }
}

static void the_last_segment_takes_the_packet_up(void **state)
{
    static const seg_t last[] = {{.seq = 2 * MSS, .len = MSS, .flags = PSH},
                                 {.seq = 2 * MSS, .len = MSS, .flags = FIN},
                                 {.seq = 2 * MSS, .len = MSS - 1},
                                 {.seq = 2 * MSS, .len = 1}};
    (void)state;
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++) {
        bench_t *b = fresh();
        give(b, frame((seg_t){.seq = 0, .len = MSS}));
        give(b, frame((seg_t){.seq = MSS, .len = MSS}));
        assert_int_equal(give(b, frame(last[i])), GRO_MERGED);
        assert_int_equal(b->n.flushed[GRO_AT_LAST], 1);
        assert_int_equal(b->up.frames, 3);
        assert_int_equal(flush(b), 0);
    }
}

// What does not go on makes the held packet go up, and is held itself if it can begin one.
static void what_does_not_follow_is_not_merged(void **state)
{
    static const struct {
        seg_t s;
        enum gro_result result;
    } next[] = {
        {{.seq = MSS + 1, .len = MSS}, GRO_HELD},                     // a gap
        {{.seq = 0, .len = MSS}, GRO_HELD},                           // again
        {{.seq = MSS, .len = MSS + 1}, GRO_HELD},                     // longer than the first
        {{.seq = MSS, .len = MSS, .ack = 1}, GRO_HELD},               // an acknowledgement
        {{.seq = MSS, .len = MSS, .window = 9}, GRO_HELD},            //
        {{.seq = MSS, .len = MSS, .tos = 3}, GRO_HELD},               // congestion
        {{.seq = MSS, .len = MSS, .ttl = 1}, GRO_HELD},               //
        {{.seq = MSS, .len = 1400, .options = 3}, GRO_HELD},          //
        {{.seq = MSS, .len = MSS, .no_df = true, .id = 1}, GRO_HELD}, // DF
        {{.seq = MSS, .len = MSS, .id = 2}, GRO_HELD},                // identification
        {{.seq = MSS, .len = MSS, .flags = CWR}, GRO_HELD},           //
        {{.seq = MSS, .len = MSS, .flags = SYN}, GRO_NORMAL},         //
        {{.seq = MSS}, GRO_NORMAL},                                   // empty
        {{.seq = MSS, .len = 6, .padded = true}, GRO_NORMAL},         //
        {{.seq = MSS, .len = MSS, .fragment = true}, GRO_NORMAL},     //
    };
    (void)state;
    for (size_t i = 0; i < sizeof next / sizeof next[0]; i++) {
        bench_t *b = fresh();
        give(b, frame((seg_t){.seq = 0, .len = MSS}));
        assert_int_equal(give(b, frame(next[i].s)), next[i].result);
        assert_int_equal(b->n.flushed[GRO_AT_NEXT], 1);
        assert_int_equal(b->up.frames, 1);
        assert_int_equal(flush(b), next[i].result == GRO_HELD);
    }
}

static void others_do_not_disturb_a_flow(void **state)
{
    static const seg_t other[] = {
        {.seq = MSS, .len = MSS, .udp = true},    {.seq = MSS, .len = MSS, .bad_csum = true},
        {.seq = MSS, .len = MSS, .flow = 1},      {.seq = MSS, .len = MSS, .vlan = 7},
        {.seq = MSS, .len = MSS, .tagged = true}, {.seq = MSS, .len = MSS, .v6 = true}};
    bench_t *b = fresh();
    (void)state;
    give(b, frame((seg_t){.seq = 0, .len = MSS}));
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        assert_int_equal(give(b, frame(other[i])), i < 2 ? GRO_NORMAL : GRO_HELD);
    assert_int_equal(give(b, frame((seg_t){.seq = MSS, .len = MSS})), GRO_MERGED);
    assert_int_equal(b->n.flushed[GRO_AT_NEXT], 0);
    assert_int_equal(flush(b), 5);
}

// With DF: fixed, or counting, as the second frame says. Without: counting.
static void identifications_count_or_stay(void **state)
{
    static const struct {
        uint16_t id[3];
        bool no_df;
        uint32_t merged;
    } row[] = {{{5, 5, 5}, false, 2},    {{5, 6, 7}, false, 2}, {{5, 5, 6}, false, 1},
               {{5, 6, 6}, false, 1},    {{5, 7, 9}, false, 0}, {{5, 6, 7}, true, 2},
               {{5, 5, 5}, true, 0},     {{5, 6, 8}, true, 1},  {{65535, 0, 1}, true, 2},
               {{65535, 0, 1}, false, 2}};
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        bench_t *b = fresh();
        for (uint32_t k = 0; k < 3; k++)
            give(b, frame((seg_t){
                        .seq = k * MSS, .len = MSS, .id = row[i].id[k], .no_df = row[i].no_df}));
        assert_int_equal(b->n.merged, row[i].merged);
        flush(b);
    }
}

static void every_kind_of_header_is_looked_through(void **state)
{
    static const seg_t kind[] = {
        {.v6 = true}, {.v6 = true, .tagged = true}, {.tagged = true}, {.vlan = 5}, {.options = 3}};
    (void)state;
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        bench_t *b = fresh();
        for (uint32_t k = 0; k < 5; k++) {
            seg_t s = kind[i];
            s.seq = UINT32_MAX - 1000 + 1000 * k; // wraps
            s.len = 1000;
            give(b, frame(s));
        }
        assert_int_equal(b->n.merged, 4);
        assert_int_equal(flush(b), 1);
    }
    bench_t *b = fresh();
    give(b, frame((seg_t){.seq = 0, .len = 10, .v6 = true}));
    assert_int_equal(give(b, frame((seg_t){.seq = 10, .len = 10, .v6 = true, .ttl = 3})), GRO_HELD);
    assert_int_equal(give(b, frame((seg_t){.seq = 20, .len = 10, .v6 = true, .ttl = 3, .tos = 1})),
                     GRO_HELD);
}

// 64 packets at most, 8 in a bucket: of 400 flows the oldest of a full bucket goes up.
static void a_crowd_of_flows_loses_its_oldest(void **state)
{
    bench_t *b = fresh();
    (void)state;
    for (uint32_t i = 0; i < 400; i++)
        assert_int_equal(give(b, frame((seg_t){.len = 10, .flow = i})), GRO_HELD);
    assert_int_equal(b->n.flushed[GRO_AT_CROWD], 400 - GRO_BUCKETS * GRO_HELD_MAX);
    assert_int_equal(flush(b), GRO_BUCKETS * GRO_HELD_MAX);
}

static void old_ones_go_up_alone(void **state)
{
    bench_t *b = fresh();
    gro_packet_t k;
    enum gro_cause cause;
    (void)state;
    for (uint32_t i = 0; i < 6; i++)
        gro_receive(&b->g, frame((seg_t){.len = 10, .flow = i}), i / 3, &k, &cause);
    unsigned old = 0;
    while (gro_flush(&b->g, true, 1, &k)) old++;
    assert_int_equal(old, 3);
    while (gro_flush(&b->g, false, 1, &k)) old++;
    assert_int_equal(old, 6);
}

// No frame of any length is read beyond its end (under the sanitizer), or lost.
static void cut_frames_are_survived(void **state)
{
    bench_t *b = fresh();
    (void)state;
    for (uint32_t len = 0; len < 100; len++) {
        for (int v6 = 0; v6 < 2; v6++) {
            os_pkt_t *p = frame((seg_t){.len = 40, .v6 = v6, .flow = len, .options = 4});
            uint8_t *cut = malloc(len ? len : 1);
            memcpy(cut, p->data, len);
            p->data = cut;
            p->len = len;
            if (give(b, p) == GRO_HELD) flush(b);
            free(cut);
        }
    }
}

// ---- whole runs --------------------------------------------------------------------------------

static const struct {
    const char *name;
    enum nic_personality nic;
    uint32_t vfs;
    const char *driver;
} devices[] = {{"e1000", NIC_82540EM, 0, "e1000"},
               {"igb", NIC_82576, 0, "igb"},
               {"igbvf", NIC_82576, 1, "igbvf"}};
#define DEVICES (sizeof devices / sizeof devices[0])

static void run_on(run_case_t *k, size_t device, const char *trace)
{
    run_ideal(k, "%s", trace);
    k->c.itr = RUN_UNSET;
    k->c.adaptive_rx = 0;
    k->c.rx_usecs = 200;
    k->c.gro = true;
    k->c.verify = true;
    k->c.nic = devices[device].nic;
    k->c.vfs = devices[device].vfs;
    k->c.driver = devices[device].driver;
}

static uint64_t gone_up(const gro_stats_t *g)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < GRO_CAUSES; i++) n += g->flushed[i];
    return n;
}

// F flows in turn, no PSH: every poll makes one packet of each flow that it meets.
static void a_poll_makes_one_packet_of_each_flow(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEVICES; i++) {
        for (unsigned flows = 1; flows <= 3; flows++) {
            run_case_t k;
            char trace[96];
            snprintf(trace, sizeof trace, "gen:tcp-stream,flows=%u,size=1000,pps=80000,count=8000",
                     flows);
            run_on(&k, i, trace);
            run_play(&k);
            const gro_stats_t *g = &k.r.gro;
            // The first interrupt has one frame; the last one may lack some flows.
            const uint64_t packets = g->held, most = flows * (k.r.polls - 1) + 1;
            assert_true(packets <= most && packets > most - flows);
            RUN_EXPECT(devices[i].name, k.r.delivered, 8000);
            RUN_EXPECT(devices[i].name, g->frames, 8000);
            RUN_EXPECT(devices[i].name, g->merged, 8000 - packets);
            RUN_EXPECT(devices[i].name, g->flushed[GRO_AT_END], packets);
            run_free(&k);
        }
    }
}

// PSH in every fourth segment, and a poll for all: packets of four.
static void pushes_cut_the_stream(void **state)
{
    run_case_t k;
    (void)state;
    run_on(&k, 0, "gen:tcp-stream,push=4,size=64,load=100,count=200");
    k.c.rx_usecs = 0;
    k.c.rdtr = 300;     // 307 us after the last one
    k.c.rx_ring = 1024; // never half empty
    k.c.radv = 0;
    k.c.budget = 256;
    run_play(&k);
    RUN_EXPECT("one poll", k.r.polls, 1);
    RUN_EXPECT("packets", k.r.gro.held, 50);
    RUN_EXPECT("merged", k.r.gro.merged, 150);
    RUN_EXPECT("last", k.r.gro.flushed[GRO_AT_LAST], 50);
    RUN_EXPECT("largest", k.r.gro.largest, 4);
    k.c.budget = 64; // polls of 64, 64, 64, 8: full ones flush old packets only where HZ is 1000
    run_play(&k);
    RUN_EXPECT("packets", k.r.gro.held, 50);
    k.c.trace = "gen:tcp-stream,size=64,load=100,count=200";
    run_play(&k);
    RUN_EXPECT("one packet over four polls", k.r.gro.held, 1);
    run_free(&k);
}

// A full poll takes everything up where HZ is less than 1000.
static void a_full_poll_flushes(void **state)
{
    run_case_t k;
    char dir[64], profile[128];
    (void)state;
    run_dir_make(dir);
    run_profile(dir, profile, "hz = 250 Hz\n");
    run_on(&k, 0, "gen:tcp-stream,size=64,load=100,count=200");
    k.c.profile = profile;
    k.c.rx_usecs = 0;
    k.c.rdtr = 300;
    k.c.rx_ring = 1024;
    k.c.radv = 0;
    run_play(&k);
    RUN_EXPECT("budget", k.r.gro.flushed[GRO_AT_BUDGET], 3);
    RUN_EXPECT("end", k.r.gro.flushed[GRO_AT_END], 1);
    run_free(&k);
    run_dir_remove(dir);
}

static void other_traffic_is_only_seen(void **state)
{
    run_case_t k;
    (void)state;
    run_on(&k, 0, "gen:imix,count=2000,load=50");
    run_play(&k);
    RUN_EXPECT("udp", k.r.gro.frames, 2000);
    RUN_EXPECT("udp", k.r.gro.held, 0);
    k.c.gro = false;
    k.c.trace = "gen:tcp-stream,count=2000,load=50";
    run_play(&k);
    RUN_EXPECT("off", k.r.gro.frames, 0);
    run_free(&k);
}

// What the handler takes does not pass GRO.
static void handlers_know_no_gro(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEVICES; i++) {
        run_case_t k;
        run_on(&k, i, "gen:tcp-stream,size=200,pps=100000,count=2000");
        k.c.policy = POLICY_HYBRID;
        k.c.hybrid_up = 90000;
        k.c.hybrid_down = 1000;
        run_play(&k);
        assert_true(k.r.policy.irq_packets >= 100);
        RUN_EXPECT(devices[i].name, k.r.gro.frames, k.r.poll_packets);
        RUN_EXPECT(devices[i].name, k.r.gro.frames + k.r.policy.irq_packets, 2000);
        run_free(&k);
    }
}

// With a timeout packets wait for more until the jiffy (here 1 ms) is over.
static void the_timeout_lets_packets_grow(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEVICES; i++) {
        run_case_t k;
        run_on(&k, i, "gen:tcp-stream,size=200,pps=100000,count=20000");
        k.c.rx_usecs = 50;
        k.c.gro_flush_timeout = 100000; // 100 us, always restarted
        run_play(&k);
        RUN_EXPECT(devices[i].name, k.r.delivered, 20000);
        RUN_NEAR("a packet a jiffy", (double)k.r.gro.held, 200, 0.02);
        RUN_EXPECT(devices[i].name, k.r.gro.held, gone_up(&k.r.gro));
        RUN_NEAR("frames of a jiffy", (double)k.r.gro.largest, 100, 0.10);
        k.c.policy = POLICY_NAPI_DEFER; // the timer polls
        k.c.rx_usecs = RUN_UNSET;
        k.c.napi_defer_hard_irqs = 2;
        run_play(&k);
        assert_true(k.r.irq_asserted <= 2); // one at the end, by what has come while they were off
        RUN_NEAR("a packet a jiffy", (double)k.r.gro.flushed[GRO_AT_TIMER], 200, 0.02);
        run_free(&k);
    }
}

// Protocols once for a packet, GRO for every frame. (Polls take some cycles of the device.)
static void merged_packets_cost_what_costs_def_says(void **state)
{
    char dir[64], profile[128];
    (void)state;
    run_dir_make(dir);
    run_profile(
        dir, profile,
        "rx_packet_ns = 900 ns\nrx_stack_ns = 500 ns\ngro_ns = 36 ns\nrx_byte_ps = 10 ps\n");
    for (size_t i = 0; i < DEVICES; i++) {
        uint64_t softirq_ps[2];
        run_case_t k;
        run_on(&k, i, "gen:tcp-stream,flows=2,push=5,size=1000,pps=80000,count=4000");
        k.c.profile = profile;
        for (int on = 0; on < 2; on++) {
            k.c.gro = on;
            run_play(&k);
            softirq_ps[on] = k.r.cpu[0].softirq_ps + k.r.cpu[0].ksoftirqd_ps;
        }
        const gro_stats_t *g = &k.r.gro;
        const uint64_t packets = g->held + (g->frames - g->held - g->merged);
        assert_true(g->merged > 2000);
        RUN_NEAR("off", (double)softirq_ps[0], 4000 * (900e3 + 996 * 10), 0.01);
        RUN_NEAR("saved", (double)(softirq_ps[0] - softirq_ps[1]),
                 4000 * (500e3 - 36e3) - (double)packets * 500e3, 0.01);
        run_free(&k);
    }
    run_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_in_a_row_are_one_packet),
        cmocka_unit_test(a_packet_stays_below_64_kib),
        cmocka_unit_test(the_last_segment_takes_the_packet_up),
        cmocka_unit_test(what_does_not_follow_is_not_merged),
        cmocka_unit_test(others_do_not_disturb_a_flow),
        cmocka_unit_test(identifications_count_or_stay),
        cmocka_unit_test(every_kind_of_header_is_looked_through),
        cmocka_unit_test(a_crowd_of_flows_loses_its_oldest),
        cmocka_unit_test(old_ones_go_up_alone),
        cmocka_unit_test(cut_frames_are_survived),
        cmocka_unit_test(a_poll_makes_one_packet_of_each_flow),
        cmocka_unit_test(pushes_cut_the_stream),
        cmocka_unit_test(a_full_poll_flushes),
        cmocka_unit_test(other_traffic_is_only_seen),
        cmocka_unit_test(handlers_know_no_gro),
        cmocka_unit_test(the_timeout_lets_packets_grow),
        cmocka_unit_test(merged_packets_cost_what_costs_def_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
