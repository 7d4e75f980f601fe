// SPDX-License-Identifier: Apache-2.0
// Whole runs of the 82576: PF alone, and with virtual functions. The traffic is a capture that is
// written here, so that every count can be told in advance.
#include "tests/run_help.h"

#include "rtl/defs_82576.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HOSTS 8u

// ---- traffic -----------------------------------------------------------------------------------

static const uint8_t everybody[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t group[6] = {0x01, 0x00, 0x5E, 0x01, 0x02, 0x03};
static const uint8_t stranger[6] = {0x02, 0xAA, 0, 0, 0, 1};
static const uint8_t sender[6] = {0x02, 0xBB, 0, 0, 0, 2};

typedef struct traffic {
    char dir[64], path[128];
    trace_writer_t *w;
    uint64_t at_ns, step_ns;
    unsigned frames;
} traffic_t;

static void traffic_begin(traffic_t *c, uint64_t step_ns)
{
    char err[TRACE_ERR_LEN];
    memset(c, 0, sizeof *c);
    run_dir_make(c->dir);
    snprintf(c->path, sizeof c->path, "%s/hosts.pcap", c->dir);
    c->w = trace_writer_open(c->path, err);
    assert_non_null(c->w);
    c->step_ns = step_ns;
}

// IPv4 to 10.0.0.<host>, or, host 0, no IP at all. The contents number the frames.
static void traffic_frame(traffic_t *c, const uint8_t to[6], const uint8_t from[6], unsigned host,
                          uint32_t len)
{
    uint8_t f[1514] = {0};
    assert_true(len >= 60 && len <= sizeof f);
    memcpy(f, to, 6);
    memcpy(f + 6, from, 6);
    f[12] = 0x08;
    f[13] = host ? 0x00 : 0x06;
    f[14] = 0x45;
    f[30] = 10;
    f[33] = (uint8_t)host;
    memcpy(f + 40, &c->frames, sizeof c->frames);
    for (uint32_t i = 44; i < len; i++) f[i] = (uint8_t)(i + c->frames);
    trace_writer_put(c->w, c->at_ns, f, len);
    c->at_ns += c->step_ns;
    c->frames++;
}

static void traffic_end(traffic_t *c)
{
    char err[TRACE_ERR_LEN];
    assert_int_equal(trace_writer_close(c->w, err), 0);
}

// `frames` to `hosts` hosts in turn (host h at every h-th place of its own), lengths from 60 on.
static void traffic_hosts(traffic_t *c, unsigned frames, unsigned hosts, uint64_t step_ns)
{
    traffic_begin(c, step_ns);
    for (unsigned i = 0; i < frames; i++)
        traffic_frame(c, stranger, sender, 1 + i % hosts, 60 + i * 37 % 1400);
    traffic_end(c);
}

// ---- runs --------------------------------------------------------------------------------------

static void igb_case(run_case_t *k, const traffic_t *c, unsigned vfs)
{
    run_ideal(k, "%s", c->path);
    k->c.nic = NIC_82576;
    k->c.vfs = vfs;
    k->c.driver = vfs ? "igbvf" : "igb";
    k->c.app_cpu = vfs ? RUN_UNSET : 0;
    k->c.itr = RUN_UNSET;
    k->c.rx_usecs = 20;
    k->c.adaptive_rx = 0;
    k->c.verify = true;
    k->c.engine = "model";
}

static uint64_t drops_of(const run_drops_t *d)
{
    return d->bad_fcs + d->oversize + d->undersize + d->filtered + d->fifo_overflow +
           d->no_descriptor + d->backend_queue + d->socket_buffer + d->iommu_fault +
           d->in_flight_at_end + d->driver + d->queue_disabled;
}

// What holds for every run of a device with functions.
static void check_functions(const run_case_t *k)
{
    const run_result_t *r = &k->r;
    uint64_t delivered = 0, offered = 0, irqs = 0, polls = 0, latencies = 0, own_drops = 0;
    RUN_EXPECT(k->trace, r->functions, 1 + k->c.vfs);
    for (unsigned i = 0; i < r->functions; i++) {
        const run_function_t *f = &r->function[i];
        RUN_EXPECT(k->trace, f->number, i);
        RUN_EXPECT(k->trace, f->wire.offered, f->wire.delivered + drops_of(&f->wire.drops));
        RUN_EXPECT(k->trace, f->looped.offered, f->looped.delivered + drops_of(&f->looped.drops));
        RUN_EXPECT(k->trace, f->latency.count, f->wire.delivered);
        delivered += f->wire.delivered;
        offered += f->wire.offered;
        own_drops += drops_of(&f->wire.drops);
        irqs += f->irq_asserted;
        polls += f->polls;
        latencies += f->latency.count;
    }
    const uint64_t lost = drops_of(&r->drops);
    RUN_EXPECT(k->trace, r->offered + r->replicated, r->delivered + lost);
    RUN_EXPECT(k->trace, r->offered + r->replicated, offered + lost - own_drops);
    RUN_EXPECT(k->trace, r->delivered, delivered);
    RUN_EXPECT(k->trace, r->irq_asserted, irqs);
    RUN_EXPECT(k->trace, r->polls, polls);
    RUN_EXPECT(k->trace, r->latency.count, latencies);
    RUN_EXPECT(k->trace, r->mismatched, 0);
}

static void igb_play(run_case_t *k)
{
    if (run_try(k) != 0) fail_msg("%s: status %d: %s", k->trace, k->status, k->r.error);
    check_functions(k);
}

// ---- the PF alone ------------------------------------------------------------------------------

static void the_pf_alone_carries_everything(void **state)
{
    (void)state;
    traffic_t c;
    run_case_t k;
    traffic_hosts(&c, 2000, 5, 10000);
    igb_case(&k, &c, 0);
    igb_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, 2000);
    RUN_EXPECT(k.trace, k.r.replicated, 0);
    RUN_EXPECT(k.trace, k.r.programmed.interval_ns, 20000);
    assert_true(k.r.irq_asserted >= 950 && k.r.irq_asserted <= 1050); // every 20 us of 20 ms
    RUN_EXPECT(k.trace, k.r.tx_frames, 0);
    k.c.respond = RESPOND_ECHO;
    igb_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, 2000);
    RUN_EXPECT(k.trace, k.r.tx_frames, 2000);
    RUN_EXPECT(k.trace, k.r.function[0].sent, 2000);
    run_free(&k);
    run_dir_remove(c.dir);
}

// Without moderation every frame that comes by itself has its interrupt, and is taken by it.
static void a_frame_by_itself_is_an_interrupt(void **state)
{
    (void)state;
    for (unsigned vfs = 0; vfs <= 2; vfs += 2) {
        traffic_t c;
        run_case_t k;
        traffic_hosts(&c, 300, 2, 50000);
        igb_case(&k, &c, vfs);
        k.c.rx_usecs = 0;
        igb_play(&k);
        RUN_EXPECT(k.trace, k.r.irq_asserted, 300);
        RUN_EXPECT(k.trace, k.r.poll_packets, 300);
        RUN_EXPECT(k.trace, k.r.coalescing.count, 300);
        assert_true(k.r.coalescing.max < 400); // ns
        run_free(&k);
        run_dir_remove(c.dir);
    }
}

// ---- virtual functions -------------------------------------------------------------------------

static void hosts_are_dealt_to_the_vfs(void **state)
{
    (void)state;
    static const unsigned VFS[] = {1, 2, 4, 7, 8};
    traffic_t c;
    traffic_hosts(&c, 2400, 6, 4000);
    for (size_t i = 0; i < sizeof VFS / sizeof VFS[0]; i++) {
        run_case_t k;
        igb_case(&k, &c, VFS[i]);
        k.c.cpus = 3;
        igb_play(&k);
        RUN_EXPECT(k.trace, k.r.delivered, 2400);
        RUN_EXPECT(k.trace, k.r.replicated, 0);
        for (unsigned f = 0; f <= VFS[i]; f++) {
            unsigned hosts = 0;
            for (unsigned h = 0; h < 6; h++) hosts += f && h % VFS[i] == f - 1;
            RUN_EXPECT(k.trace, k.r.function[f].hosts, hosts);
            RUN_EXPECT(k.trace, k.r.function[f].wire.delivered, 400 * hosts);
            if (!hosts) RUN_EXPECT(k.trace, k.r.function[f].irq_asserted, 0);
            if (f) RUN_EXPECT(k.trace, k.r.function[f].programmed.interval_ns, 20000);
        }
        run_free(&k);
    }
    run_dir_remove(c.dir);
}

static void a_map_moves_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *map;
        uint64_t got[4]; // PF, VF 0, 1, 2 of 100 frames each to hosts 1 to 6
    } CASES[] = {
        {NULL, {0, 200, 200, 200}},
        {"10.0.0.0/24=2", {0, 0, 0, 600}},
        {"10.0.0.1=pf,10.0.0.2=pf,10.0.0.4/30=1", {200, 100, 300, 0}},
        {"02:aa:00:00:00:01=1", {0, 0, 600, 0}},
        {"none", {600, 0, 0, 0}}, // a stranger's: the default pool is the PF's
    };
    traffic_t c;
    traffic_hosts(&c, 600, 6, 8000);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        run_case_t k;
        igb_case(&k, &c, 3);
        k.c.map = CASES[i].map;
        igb_play(&k);
        for (unsigned f = 0; f < 4; f++)
            RUN_EXPECT(CASES[i].map, k.r.function[f].wire.delivered, CASES[i].got[f]);
        run_free(&k);
    }
    run_case_t k;
    igb_case(&k, &c, 3);
    k.c.map = "10.0.0.1=3";
    assert_int_equal(run_try(&k), 2);
    assert_string_equal(k.r.error, "--map: '10.0.0.1': =3: a VF (0 .. 2) or pf expected");
    run_free(&k);
    run_dir_remove(c.dir);
}

// Frames of VLAN 5 and 6 in turn, and untagged ones, to two hosts each; the last is a broadcast in
// VLAN 5. A VF takes those of VLANs that it has joined, in its pool as on its way back.
static void a_map_moves_vlans(void **state)
{
    (void)state;
    static const struct {
        const char *map;
        uint64_t got[4], filtered, echoed; // PF, VF 0, 1, 2 of 600 frames and the broadcast
    } CASES[] = {
        {NULL, {0, 100, 100, 0}, 401, 200},
        {"vlan:5=2", {0, 100, 100, 201}, 200, 400},
        {"vlan:5=all", {1, 201, 201, 1}, 200, 401},
        {"vlan:5=1,vlan:6=pf", {200, 100, 301, 0}, 0, 600},
        {"vlan:5=all,vlan:6=all", {1, 301, 301, 1}, 0, 601},
    };
    traffic_t c;
    traffic_begin(&c, 20000);
    for (unsigned i = 0; i <= 600; i++) {
        uint8_t f[120] = {0x02, 0xAA, 0,    0, 0, 1, 0x02, 0xBB, 0,   0,
                          0,    2,    0x81, 0, 0, 0, 8,    0,    0x45};
        const unsigned vid = i == 600 ? 5 : i % 3 ? 4 + i % 3 : 0, tag = vid ? 4 : 0;
        if (i == 600) memset(f, 0xFF, 6);
        f[15] = (uint8_t)vid;
        f[34] = 10;
        f[37] = (uint8_t)(1 + i / 3 % 2);
        memcpy(f + 40, &i, sizeof i);
        if (!tag) memmove(f + 12, f + 16, sizeof f - 16);
        trace_writer_put(c.w, c.at_ns, f, 96 + tag);
        c.at_ns += c.step_ns;
    }
    traffic_end(&c);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        run_case_t k;
        uint64_t got = 0;
        igb_case(&k, &c, 3);
        k.c.map = CASES[i].map;
        k.c.respond = RESPOND_ECHO;
        igb_play(&k);
        for (unsigned f = 0; f < 4; f++) {
            RUN_EXPECT(CASES[i].map, k.r.function[f].wire.delivered, CASES[i].got[f]);
            got += CASES[i].got[f];
        }
        RUN_EXPECT(CASES[i].map, k.r.drops.filtered, CASES[i].filtered);
        RUN_EXPECT(CASES[i].map, k.r.delivered, got);
        // The echo of the broadcast has nobody's address: of a VF that is spoofed, the PF may.
        RUN_EXPECT(CASES[i].map, k.r.tx_frames, CASES[i].echoed);
        run_free(&k);
    }
    run_dir_remove(c.dir);
}

static void broadcasts_are_copied_to_all(void **state)
{
    (void)state;
    traffic_t c;
    traffic_begin(&c, 8000);
    for (unsigned i = 0; i < 200; i++) {
        traffic_frame(&c, everybody, sender, 0, 60 + i);
        traffic_frame(&c, stranger, sender, 1, 60 + i);
        traffic_frame(&c, group, sender, 2, 100);
    }
    traffic_end(&c);
    for (unsigned vfs = 0; vfs <= 8; vfs += 4) {
        const unsigned pools = vfs == 8 ? 8 : vfs + 1;
        run_case_t k;
        igb_case(&k, &c, vfs);
        igb_play(&k);
        RUN_EXPECT(k.trace, k.r.offered, 600);
        RUN_EXPECT(k.trace, k.r.replicated, 400 * (pools - 1));
        RUN_EXPECT(k.trace, k.r.delivered, 600 + 400 * (pools - 1));
        for (unsigned f = 0; f <= vfs; f++) {
            const uint64_t all = f == 0 && vfs == 8 ? 0 : 400, own = f == (vfs != 0) ? 200 : 0;
            RUN_EXPECT(k.trace, k.r.function[f].wire.delivered, all + own);
        }
        run_free(&k);
    }
    run_dir_remove(c.dir);
}

typedef struct seen {
    uint64_t count[RUN_FUNCTIONS], wrong;
    uint8_t host[RUN_FUNCTIONS]; // of the first frame, the only one expected
    uint8_t mac[RUN_FUNCTIONS][6];
} seen_t;

static void on_delivered_by(void *ctx, unsigned func, uint64_t cyc, const uint8_t *data,
                            uint32_t len)
{
    seen_t *s = ctx;
    (void)cyc;
    if (s->count[func]++ == 0) {
        memcpy(s->mac[func], data, 6);
        s->host[func] = data[33];
    }
    s->wrong += len < 60 || memcmp(data, s->mac[func], 6) != 0 || data[33] != s->host[func];
}

static void every_function_gets_its_own_frames(void **state)
{
    (void)state;
    traffic_t c;
    run_case_t k;
    seen_t s = {.wrong = 0};
    const run_tap_t tap = {.ctx = &s, .delivered_by = on_delivered_by};
    traffic_hosts(&c, 800, 4, 3000);
    igb_case(&k, &c, 4);
    k.c.profile = "native-2012";
    k.c.cpus = 2;
    k.c.tap = &tap;
    igb_play(&k);
    assert_int_equal(s.wrong, 0);
    for (unsigned f = 1; f <= 4; f++) {
        assert_int_equal(s.count[f], 200);
        assert_int_equal(s.host[f], f);
        assert_memory_equal(s.mac[f], k.r.function[f].mac, 6);
        for (unsigned g = 1; g < f; g++) assert_memory_not_equal(s.mac[f], s.mac[g], 6);
    }
    // Functions 1 and 3 are on core 1, 0, 2 and 4 on core 0, with their applications.
    assert_true(k.r.cpu[0].irq_ps > 0 && k.r.cpu[0].app_ps > 0);
    assert_true(k.r.cpu[1].irq_ps > 0 && k.r.cpu[1].app_ps > 0);
    k.c.app_cpu = 0;
    igb_play(&k);
    assert_true(k.r.cpu[1].irq_ps > 0 && k.r.cpu[1].app_ps == 0);
    run_free(&k);
    run_dir_remove(c.dir);
}

// The throttle of a vector: messages leave no closer than the interval, but may wait for the port.
static void the_interval_is_that_of_each_function(void **state)
{
    (void)state;
    enum { PORT_NS = 1000 };
    traffic_t c;
    traffic_hosts(&c, 4000, 4, 10000);
    for (uint32_t us = 10; us <= 200; us *= 4) {
        run_case_t k;
        igb_case(&k, &c, 4);
        k.c.rx_usecs = us;
        igb_play(&k);
        for (unsigned f = 1; f <= 4; f++) {
            const run_function_t *fn = &k.r.function[f];
            RUN_EXPECT(k.trace, fn->wire.delivered, 1000);
            RUN_EXPECT(k.trace, fn->programmed.interval_ns, us * 1000);
            assert_true(fn->irq_min_gap_ns + PORT_NS >= us * 1000);
            assert_true(fn->irq_gaps == fn->irq_asserted - 1);
            // 40 ms with a frame every 40 us
            assert_true(fn->irq_asserted <= 40000 / us + 2);
            assert_true(fn->irq_asserted + 2 >= 40000 / (us + 40));
        }
        run_free(&k);
    }
    run_dir_remove(c.dir);
}

// ---- the switch --------------------------------------------------------------------------------

// The address of VF 1 is known from a run before: as the sender of frames to VF 0 it gets the echo,
// which never sees the wire, and which it does not send back again.
static void an_answer_to_another_vf_is_looped(void **state)
{
    (void)state;
    traffic_t c;
    run_case_t k;
    uint8_t vf1[6];
    traffic_hosts(&c, 10, 2, 10000);
    igb_case(&k, &c, 2);
    igb_play(&k);
    memcpy(vf1, k.r.function[2].mac, 6);
    run_free(&k);
    run_dir_remove(c.dir);
    traffic_begin(&c, 10000);
    for (unsigned i = 0; i < 500; i++) {
        traffic_frame(&c, stranger, vf1, 1, 60 + i);    // VF 0 answers VF 1
        traffic_frame(&c, stranger, sender, 1, 60 + i); // and somebody outside
    }
    traffic_end(&c);
    igb_case(&k, &c, 2);
    k.c.respond = RESPOND_ECHO;
    igb_play(&k);
    const run_function_t *f = k.r.function;
    RUN_EXPECT(k.trace, f[1].wire.delivered, 1000);
    RUN_EXPECT(k.trace, f[1].sent, 1000);
    RUN_EXPECT(k.trace, f[1].looped_sent, 500);
    RUN_EXPECT(k.trace, f[2].looped.offered, 500);
    RUN_EXPECT(k.trace, f[2].looped.delivered, 500);
    RUN_EXPECT(k.trace, f[2].sent, 0);
    RUN_EXPECT(k.trace, f[0].looped.offered, 0);
    RUN_EXPECT(k.trace, k.r.tx_frames, 500);
    RUN_EXPECT(k.trace, k.r.delivered, 1000);
    run_free(&k);
    run_dir_remove(c.dir);
}

// ---- loss --------------------------------------------------------------------------------------

static void loss_has_a_cause_and_a_function(void **state)
{
    (void)state;
    traffic_t c;
    run_case_t k;
    traffic_hosts(&c, 6000, 3, 1000);
    igb_case(&k, &c, 3);
    k.c.profile = "native-2012";
    k.c.map = "10.0.0.3=0";
    k.c.sockbuf = 16384;
    k.c.pace.topspeed = true;
    k.c.rx_ring = 64;
    k.c.rx_usecs = 2000;
    igb_play(&k);
    const run_result_t *r = &k.r;
    assert_true(r->function[1].hosts == 2 && r->function[3].hosts == 0); // two more were dealt
    assert_true(r->drops.no_descriptor + r->drops.fifo_overflow > 0);
    assert_true(r->drops.socket_buffer > 0);
    RUN_EXPECT(k.trace, r->function[3].wire.offered, 0);
    run_free(&k);
    run_dir_remove(c.dir);
}

static void bad_frames_are_nobodys(void **state)
{
    (void)state;
    run_case_t k;
    traffic_t none = {.path = "gen:imix,count=3000,bad-fcs=1-in-10"};
    igb_case(&k, &none, 2);
    igb_play(&k);
    RUN_EXPECT(k.trace, k.r.drops.bad_fcs, 300);
    RUN_EXPECT(k.trace, k.r.delivered, 2700);
    RUN_EXPECT(k.trace, k.r.function[1].wire.offered, 2700);
    run_free(&k);
}

// ---- the same again ----------------------------------------------------------------------------

static void same_hist(const meter_hist_t *a, const meter_hist_t *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->bucket, b->bucket, METER_BUCKETS * sizeof *a->bucket);
}

static void the_same_run_gives_the_same_result(void **state)
{
    (void)state;
    static run_case_t k[2];
    traffic_t c;
    traffic_hosts(&c, 3000, 7, 1500);
    for (unsigned i = 0; i < 2; i++) {
        igb_case(&k[i], &c, 5);
        k[i].c.profile = "native-2012";
        k[i].c.respond = RESPOND_ECHO;
        k[i].c.cpus = 3;
        k[i].c.adaptive_rx = k[i].c.rx_usecs = RUN_UNSET;
        igb_play(&k[i]);
    }
    run_result_t *a = &k[0].r, *b = &k[1].r;
    assert_int_equal(a->end_cyc, b->end_cyc);
    assert_int_equal(a->visits, b->visits);
    assert_int_equal(a->latency.sum_lo, b->latency.sum_lo);
    assert_memory_equal(a->cpu, b->cpu, sizeof a->cpu);
    assert_memory_equal(&a->link, &b->link, sizeof a->link);
    for (unsigned i = 0; i < a->functions; i++) {
        const run_function_t *f = &a->function[i], *g = &b->function[i];
        same_hist(&f->latency, &g->latency);
        same_hist(&f->coalescing, &g->coalescing);
        same_hist(&f->packets_per_poll, &g->packets_per_poll);
        assert_memory_equal(f, g, offsetof(run_function_t, packets_per_poll));
    }
    for (unsigned i = 0; i < 2; i++) run_free(&k[i]);
    run_dir_remove(c.dir);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    run_case_t k;
    traffic_t none = {.path = "gen:cbr,count=1"};
    igb_case(&k, &none, 9);
    assert_int_equal(run_try(&k), 2);
    assert_string_equal(k.r.error, "--vfs 9: the device has 8");
    run_free(&k);
    igb_case(&k, &none, 2);
    k.c.driver = "e1000";
    assert_int_equal(run_try(&k), 2);
    assert_string_equal(k.r.error, "--driver e1000: it knows no function of the device "
                                   "(8086:10C9, 8086:10CA)");
    run_free(&k);
    igb_case(&k, &none, 0);
    k.c.driver = "igbvf"; // there are no VFs
    assert_int_equal(run_try(&k), 2);
    run_free(&k);
    run_ideal(&k, "gen:cbr,count=1");
    k.c.vfs = 1;
    assert_int_equal(run_try(&k), 2);
    assert_string_equal(k.r.error, "--vfs 1: the device has 0");
    run_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pf_alone_carries_everything),
        cmocka_unit_test(a_frame_by_itself_is_an_interrupt),
        cmocka_unit_test(hosts_are_dealt_to_the_vfs),
        cmocka_unit_test(a_map_moves_hosts),
        cmocka_unit_test(a_map_moves_vlans),
        cmocka_unit_test(broadcasts_are_copied_to_all),
        cmocka_unit_test(every_function_gets_its_own_frames),
        cmocka_unit_test(the_interval_is_that_of_each_function),
        cmocka_unit_test(an_answer_to_another_vf_is_looped),
        cmocka_unit_test(loss_has_a_cause_and_a_function),
        cmocka_unit_test(bad_frames_are_nobodys),
        cmocka_unit_test(the_same_run_gives_the_same_result),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
