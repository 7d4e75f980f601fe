// SPDX-License-Identifier: Apache-2.0
// Traces whose frames wait for what comes back: requests for answers (analytic-models 7), segments
// for the window of the receiver. The frames in between are looked at by a tap.
#include "tests/run_help.h"

#include "hostbridge/rcv_window.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MSS 1460u

// ---- request and response ----------------------------------------------------------------------

static run_feedback_t requests(uint32_t itr, unsigned think_us)
{
    run_case_t k;
    run_ideal(&k, "gen:netperf-rr,size=64,count=2000,think-us=%u", think_us);
    k.c.respond = RESPOND_ECHO;
    k.c.itr = itr;
    k.c.tidv = 65535; // the answer's own interrupt never comes
    k.c.tadv = 0;
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, 2000);
    RUN_EXPECT(k.trace, k.r.tx_frames, 2000);
    RUN_EXPECT(k.trace, k.r.feedback.answers, 2000);
    RUN_EXPECT(k.trace, k.r.feedback.rtt.count, 2000);
    RUN_EXPECT(k.trace, k.r.feedback.timeouts, 0);
    const run_feedback_t f = k.r.feedback;
    assert_true(run_sum(&f.rtt) >= f.span_ns - 1999 * think_us * UINT64_C(1000));
    run_free(&k);
    return f;
}

// TPS = 1 / max(RTT0, I), exactly.
static void the_throttle_sets_the_rate_of_transactions(void **state)
{
    (void)state;
    static const unsigned think_us[] = {0, 40, 100, 120};
    for (size_t i = 0; i < 4; i++)
        RUN_EXPECT("I > RTT0", requests(488, think_us[i]).span_ns, 1999 * UINT64_C(488) * 256);
    RUN_EXPECT("RTT0 > I", requests(488, 200).span_ns, requests(0, 200).span_ns);
    RUN_NEAR("RTT0 of 200 us", (double)requests(0, 200).span_ns / 1999, 202000, 0.003);
}

// K clients, an application that needs S a transaction: X = min(1 / S, K / (Z + S)).
static void sessions_share_the_application(void **state)
{
    (void)state;
    static const struct {
        unsigned sessions;
        double per_s;
    } rows[] = {{1, 1e6 / (100 + 20 + 1.8)}, {2, 2e6 / (100 + 20 + 1.8)}, {16, 1e6 / 20}};
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, "app_packet_ns = 12000 ns ; S\napp_send_ns = 8000 ns ; S\n");
    for (size_t i = 0; i < 3; i++) {
        run_case_t k;
        run_ideal(&k, "gen:netperf-rr,count=4000,think-us=100,sessions=%u", rows[i].sessions);
        k.c.respond = RESPOND_ECHO;
        k.c.profile = profile;
        run_play(&k);
        RUN_NEAR(k.trace, (double)(k.r.feedback.answers - 1) * 1e9 / (double)k.r.feedback.span_ns,
                 rows[i].per_s, 0.01);
        run_free(&k);
    }
    run_dir_remove(dir);
}

// ---- window ------------------------------------------------------------------------------------

// What goes by on the wire, both ways.
typedef struct eaves {
    uint32_t sent, acked, edge; // sequence numbers
    uint32_t acks, most;        // bytes under way
    bool beyond;                // of the window, but for a probe
    bool wrong;                 // an acknowledgement with a bad checksum, or that takes back
} eaves_t;

static void on_sent(void *ctx, const struct wire_sent *f)
{
    eaves_t *e = ctx;
    rcv_segment_t s;
    assert_true(rcv_segment(f->data, f->len, &s));
    e->sent = s.end;
    if (e->sent - e->acked > e->most) e->most = e->sent - e->acked;
    if (e->edge && (int32_t)(e->sent - e->edge) > 0) e->beyond = true;
}

static uint32_t sum(const uint8_t *p, uint32_t n)
{
    uint32_t s = 0;
    for (uint32_t i = 0; i < n; i += 2) s += (uint32_t)p[i] << 8 | p[i + 1];
    while (s >> 16) s = (s & 0xFFFF) + (s >> 16);
    return s;
}

static uint32_t on_ack(void *ctx, uint64_t last_cyc, const uint8_t *data, uint32_t len,
                       uint8_t *answer, uint64_t *when_cyc)
{
    eaves_t *e = ctx;
    rcv_segment_t s;
    uint8_t pseudo[32] = {0};
    (void)last_cyc;
    (void)answer;
    (void)when_cyc;
    assert_true(len >= 60 && rcv_segment(data, len, &s));
    memcpy(pseudo, data + 26, 8);
    pseudo[9] = 6;
    pseudo[11] = 20;
    memcpy(pseudo + 12, data + 34, 20);
    const uint32_t edge = s.ack + s.window;
    e->wrong |= sum(data + 14, 20) != 0xFFFF || sum(pseudo, 32) != 0xFFFF || s.end != s.seq;
    e->wrong |= e->edge && (int32_t)(edge - e->edge) < 0;
    e->acked = s.ack;
    e->edge = edge;
    e->acks++;
    return 0;
}

static run_tap_t tap_of(eaves_t *e)
{
    *e = (eaves_t){.acked = RCV_FIRST};
    return (run_tap_t){.ctx = e, .sent = on_sent, .answer = on_ack};
}

// Eight segments go, wait for the interrupt, are acknowledged, and the next eight go: 8 / I.
static void a_window_goes_once_an_interval(void **state)
{
    (void)state;
    eaves_t e;
    const run_tap_t tap = tap_of(&e);
    run_case_t k;
    run_ideal(&k, "gen:iperf-tcp,count=8000,window=%u", 8 * MSS);
    k.c.respond = RESPOND_ACK;
    k.c.itr = 977; // 250 us
    k.c.tap = &tap;
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, 8000);
    assert_in_range(e.acks, 4000,
                    4010); // every second one, and the first, for which the gate is open
    RUN_EXPECT(k.trace, e.most, 8 * MSS);
    assert_false(e.beyond || e.wrong);
    RUN_NEAR("rate", (double)(k.r.last_cyc - k.r.first_cyc) * CYC_NS, 999 * 977.0 * 256, 0.003);
    run_free(&k);
}

// An application of 30 us a segment: the sender slows down to it, and nothing is lost on the way,
// where datagrams are. (K-3: what TCP's driver counts is what its application gets.)
static void the_window_of_the_socket_slows_the_sender_down(void **state)
{
    (void)state;
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile,
                "app_packet_ns = 30000 ns ; c_a\nskb_truesize_bytes = 512 bytes ; x\n"
                "rx_packet_ns = 1000 ns ; c_p\n");
    for (unsigned tcp = 0; tcp < 2; tcp++) {
        eaves_t e;
        const run_tap_t tap = tap_of(&e);
        run_case_t k;
        run_ideal(&k, tcp ? "gen:iperf-tcp,count=20000" : "gen:cbr,size=1518,count=20000");
        k.c.profile = profile;
        k.c.sockbuf = 212992;
        if (tcp) {
            k.c.respond = RESPOND_ACK;
            k.c.tap = &tap;
        }
        run_play(&k);
        if (tcp) {
            RUN_EXPECT(k.trace, k.r.delivered, 20000);
            RUN_NEAR("rate", (double)(k.r.last_delivery_cyc - k.r.first_cyc) * CYC_NS / 20000,
                     31000, 0.01);
            assert_false(e.beyond || e.wrong);
            assert_in_range(e.most, MSS, 212992 / 2);
            RUN_EXPECT(k.trace, k.r.feedback.timeouts, 0);
        } else {
            assert_true(k.r.drops.socket_buffer > 10000);
        }
        run_free(&k);
    }
    run_dir_remove(dir);
}

// Segments that the window cannot hold, and losses in the ring: probes and timeouts keep it going.
static void what_is_lost_does_not_stop_the_sender(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:iperf-tcp,count=20");
    k.c.respond = RESPOND_ACK;
    k.c.sockbuf = 2100; // one buffer, and a window of less than a segment
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, 20);
    assert_true((k.r.last_cyc - k.r.first_cyc) * CYC_NS > 19 * UINT64_C(199000000));
    run_free(&k);
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, "rx_packet_ns = 40000 ns ; slow\n");
    run_ideal(&k, "gen:iperf-tcp,count=3000");
    k.c.respond = RESPOND_ACK;
    k.c.profile = profile;
    k.c.rx_ring = 8;
    run_play(&k);
    assert_true(run_lost(&k.r) > 100 && k.r.delivered > 500);
    run_free(&k);
    run_dir_remove(dir);
}

// At the pins of the device its frames are known later.
static void it_is_the_same_at_the_pins(void **state)
{
    (void)state;
    static const struct {
        const char *trace;
        enum run_respond respond;
    } rows[] = {{"gen:netperf-rr,count=60,sessions=3", RESPOND_ECHO},
                {"gen:iperf-tcp,count=60,window=8760", RESPOND_ACK}};
    for (size_t i = 0; i < 2; i++) {
        run_case_t k[2];
        for (unsigned pins = 0; pins < 2; pins++) {
            run_ideal(&k[pins], "%s", rows[i].trace);
            k[pins].c.profile = "native-2012";
            k[pins].c.respond = rows[i].respond;
            if (pins) k[pins].c.engine = "model-pins";
            run_play(&k[pins]);
        }
        RUN_EXPECT(rows[i].trace, k[1].r.feedback.answers, k[0].r.feedback.answers);
        RUN_EXPECT(rows[i].trace, k[1].r.feedback.span_ns, k[0].r.feedback.span_ns);
        RUN_EXPECT(rows[i].trace, run_sum(&k[1].r.latency), run_sum(&k[0].r.latency));
        RUN_EXPECT(rows[i].trace, k[1].r.end_cyc, k[0].r.end_cyc);
        run_free(&k[0]);
        run_free(&k[1]);
    }
}

// A handler that sends while it has interrupted a sender; other devices and cores.
static void every_driver_takes_part(void **state)
{
    (void)state;
    static const struct {
        const char *driver;
        enum nic_personality nic;
        uint32_t vfs, cpus;
        enum run_policy policy;
    } rows[] = {{"e1000", NIC_82540EM, 0, 2, POLICY_FIXED},
                {"e1000-intr", NIC_82540EM, 0, 1, POLICY_FIXED},
                {"e1000", NIC_82540EM, 0, 1, POLICY_HYBRID},
                {"igb", NIC_82576, 0, 2, POLICY_FIXED},
                {"igbvf", NIC_82576, 2, 3, POLICY_ADAPTIVE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned tcp = 0; tcp < 2; tcp++) {
            run_case_t k;
            run_ideal(&k, tcp ? "gen:iperf-tcp,count=3000"
                              : "gen:netperf-rr,count=3000,sessions=40,size=200");
            k.c.profile = "native-2012";
            k.c.respond = tcp ? RESPOND_ACK : RESPOND_ECHO;
            k.c.driver = rows[i].driver;
            k.c.nic = rows[i].nic;
            k.c.vfs = rows[i].vfs;
            k.c.cpus = rows[i].cpus;
            k.c.app_cpu = rows[i].vfs ? RUN_UNSET : rows[i].cpus - 1;
            k.c.policy = rows[i].policy;
            k.c.adaptive_rx = rows[i].policy == POLICY_ADAPTIVE;
            k.c.itr = RUN_UNSET;
            if (rows[i].policy == POLICY_FIXED) k.c.rx_usecs = 20;
            k.c.verify = true;
            run_play(&k);
            RUN_EXPECT(rows[i].driver, k.r.delivered, 3000);
            if (!tcp) RUN_EXPECT(rows[i].driver, k.r.feedback.answers, 3000);
            else assert_true(k.r.feedback.answers >= 1500);
            run_free(&k);
        }
    }
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *trace;
        enum run_respond respond;
        uint64_t loop;
    } rows[] = {{"gen:netperf-rr,count=9", RESPOND_NONE, 0},
                {"gen:iperf-tcp,count=9", RESPOND_ECHO, 0},
                {"gen:cbr,count=9", RESPOND_ACK, 0},
                {"gen:iperf-tcp,count=9", RESPOND_ACK, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_case_t k;
        run_ideal(&k, "%s", rows[i].trace);
        k.c.respond = rows[i].respond;
        k.c.pace.loop = rows[i].loop;
        RUN_EXPECT(k.trace, run_try(&k), 2);
        run_free(&k);
    }
}

// A request that is never signalled has no answer, and so no successor: the run ends all the same.
static void a_request_that_is_stranded_ends_the_run(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        run_case_t k;
        run_ideal(&k, "gen:netperf-rr,count=65");
        k.c.respond = RESPOND_ECHO;
        k.c.rdtr = 0;
        k.c.rx_frames = 8;
        k.c.watchdog = i == 1;
        run_play(&k);
        if (i == 1) RUN_EXPECT("rescued by the watchdog", k.r.drops.in_flight_at_end, 0);
        else RUN_EXPECT("in flight", k.r.drops.in_flight_at_end, 1);
        run_free(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_is_stranded_ends_the_run),
        cmocka_unit_test(the_throttle_sets_the_rate_of_transactions),
        cmocka_unit_test(sessions_share_the_application),
        cmocka_unit_test(a_window_goes_once_an_interval),
        cmocka_unit_test(the_window_of_the_socket_slows_the_sender_down),
        cmocka_unit_test(what_is_lost_does_not_stop_the_sender),
        cmocka_unit_test(it_is_the_same_at_the_pins),
        cmocka_unit_test(every_driver_takes_part),
        cmocka_unit_test(contradictions_are_refused),
    };
    return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
