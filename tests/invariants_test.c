// SPDX-License-Identifier: Apache-2.0
// What must hold for any traffic and setting: monotonicities, capacity and its saw-tooth, scaling,
// determinism, the masked window. (Conservation, and the distance between interrupts, are checked
// by run_play for every run of every test.)
#include "tests/run_help.h"

#include "hostbridge/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double mean_ns(const meter_hist_t *h)
{
    return (double)run_sum(h) / (double)h->count;
}

// ---- monotonicities ----------------------------------------------------------------------------

enum knob { KNOB_TIMER, KNOB_COUNT, KNOB_THROTTLE };

static void turn(run_case_t *k, enum knob what, uint32_t to)
{
    if (what == KNOB_TIMER) {
        k->c.radv = to;
        k->c.rdtr = to + 1;
    } else if (what == KNOB_COUNT) {
        k->c.rx_frames = to;
    } else {
        k->c.itr = to;
    }
}

static void more_moderation_never_means_more_interrupts_or_less_latency(void **state)
{
    (void)state;
    static const uint32_t steps[] = {1, 2, 4, 8, 15, 31, 61, 122, 244, 488};
    static const char *const loads[] = {"pps=5000", "pps=59500", "pps=400000"};
    const char *fewer = getenv("INVARIANT_FRAMES");
    const unsigned frames = fewer ? (unsigned)strtoul(fewer, NULL, 10) : 20000;
    for (size_t load = 0; load < 3; load++) {
        for (enum knob what = KNOB_TIMER; what <= KNOB_THROTTLE; what++) {
            uint64_t irqs = UINT64_MAX;
            double latency = 0;
            for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
                run_case_t k;
                run_ideal(&k, "gen:poisson,size=64,%s,count=%u", loads[load], frames);
                k.c.rx_ring = 4096;
                turn(&k, what, steps[i]);
                run_play(&k);
                assert_true(k.r.irq_asserted <= irqs);
                assert_true(mean_ns(&k.r.coalescing) >= latency);
                assert_true(k.r.irq_asserted <= k.r.offered);
                irqs = k.r.irq_asserted;
                latency = mean_ns(&k.r.coalescing);
                run_free(&k);
            }
        }
    }
}

// A cause waits for the timer, then for the gate, then for a descriptor to be written.
static void no_frame_waits_longer_than_timer_and_throttle_together(void **state)
{
    (void)state;
    static const char *const profiles[] = {"ideal", "native-2012"};
    for (unsigned i = 0; i < 24; i++) {
        const uint32_t t = 1 + i * 13 % 90, itr = i * 37 % 400;
        run_case_t k;
        run_ideal(&k, "gen:poisson,size=%u,pps=%u,count=5000", 64 + i * 50, 3000 + i * 2500);
        k.c.profile = profiles[i & 1];
        k.c.radv = t;
        k.c.rdtr = 1 + i * 7 % 100; // above and below RADV
        k.c.itr = itr;
        run_play(&k);
        const uint64_t bound_ns = t * UINT64_C(1024) + itr * UINT64_C(256);
        assert_true(k.r.coalescing.max <= bound_ns + 5000); // 5 us for the bus of native-2012
        RUN_EXPECT(k.trace, k.r.delivered, 5000);
        run_free(&k);
    }
}

// ---- capacity ----------------------------------------------------------------------------------

// c_p = 1.5 us a packet, R = 26 us a poll, nothing else costs anything; 1.3 million frames/s.
static run_case_t overload(const char *profile, uint32_t budget)
{
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,pps=1300000,count=200000");
    k.c.profile = profile;
    k.c.budget = budget;
    k.c.cpus = 2;
    k.c.app_cpu = 1; // takes each packet at once: its time is that of the driver
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.packets_per_poll.max, budget);
    RUN_EXPECT(k.trace, k.r.drops.no_descriptor + k.r.drops.fifo_overflow, run_lost(&k.r));
    // Polling never ends: interrupts only before the backlog has built up and when it is gone.
    assert_true(k.r.irq_asserted < 12);
    assert_true(k.r.polls <= k.r.delivered / budget + 12);
    return k;
}

static void capacity_grows_with_the_budget_as_the_formula_says(void **state)
{
    (void)state;
    static const uint32_t budgets[] = {1, 2, 3, 4, 6, 8, 12, 16, 17, 32, 33, 60, 64, 200};
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, "rx_packet_ns = 1500 ns ; c_p\npoll_ns = 26000 ns ; R\n");
    double before = 0;
    for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
        const uint32_t b = budgets[i];
        run_case_t k = overload(profile, b);
        const double us = (double)(k.r.last_delivery_cyc - k.r.first_delivery_cyc) * CYC_NS / 1000;
        const double rate = (double)k.r.delivered / us;
        RUN_NEAR("capacity", rate, 1 / (1.5 + 26.0 / b), 0.005);
        assert_true(rate > before);
        before = rate;
        // The saw-tooth: the tail register is written every 16 packets and at the end of a poll. On
        // this path a posted write costs the core nothing; where each is trapped, this is the
        // capacity.
        const double writes = (double)k.r.link.mmio_writes / (double)k.r.delivered;
        RUN_NEAR("tail writes a packet", writes, (double)((b + 15) / 16) / b, 0.005);
        run_free(&k);
    }
    run_dir_remove(dir);
}

// n packets wait, budget b: floor(n / b) full polls and one that finds the rest, which may be none.
static void a_batch_takes_one_poll_more_than_its_full_ones(void **state)
{
    (void)state;
    static const struct {
        uint32_t budget, full;
    } rows[] = {{1, 10}, {2, 5}, {3, 3}, {5, 2}, {9, 1}, {10, 1}, {11, 0}, {60, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_case_t k;
        run_ideal(&k, "gen:bursts,size=64,burst=10,gap-us=200,count=2000");
        k.c.budget = rows[i].budget;
        k.c.rx_frames = 10;
        run_play(&k);
        RUN_EXPECT(k.trace, k.r.irq_asserted, 200);
        RUN_EXPECT(k.trace, k.r.budget_exhausted, 200 * rows[i].full);
        RUN_EXPECT(k.trace, k.r.polls, 200 * (rows[i].full + 1));
        run_free(&k);
    }
}

// ---- scaling -----------------------------------------------------------------------------------

// Everything that takes time takes `by` times as long.
static run_case_t scaled(uint32_t by, uint32_t timer, uint32_t itr, uint64_t gap_ns)
{
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,gap-ns=%" PRIu64 ",count=16000", gap_ns * by);
    k.c.radv = timer * by;
    k.c.rdtr = timer ? timer * by + 1 : 0;
    k.c.itr = itr * by;
    run_play(&k);
    return k;
}

static void stretched_time_stretches_latency_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        uint32_t timer, itr;
        uint64_t pin_ns; // does not scale
    } rows[] = {{49, 0, 32}, {122, 0, 32}, {0, 500, 72}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_case_t one = scaled(1, rows[i].timer, rows[i].itr, 16800);
        for (uint32_t by = 2; by <= 16; by *= 2) {
            run_case_t k = scaled(by, rows[i].timer, rows[i].itr, 16800);
            RUN_EXPECT(k.trace, k.r.irq_asserted, one.r.irq_asserted);
            RUN_EXPECT(k.trace, k.r.polls, one.r.polls);
            RUN_EXPECT(k.trace, k.r.irq_min_gap_ns, by * one.r.irq_min_gap_ns);
            RUN_EXPECT(k.trace, run_sum(&k.r.coalescing) - 16000 * rows[i].pin_ns,
                       by * (run_sum(&one.r.coalescing) - 16000 * rows[i].pin_ns));
            run_free(&k);
        }
        run_free(&one);
    }
}

// With costs: load, losses and shares stay but for the cycles that the device takes itself.
static void stretched_costs_keep_loss_and_shares(void **state)
{
    (void)state;
    char dir[64], profile[128], lines[256];
    double lost = 0, softirq = 0, app = 0;
    run_dir_make(dir);
    for (unsigned by = 1; by <= 4; by *= 2) {
        snprintf(lines, sizeof lines,
                 "rx_packet_ns = %u ns ; c_p\npoll_ns = %u ns ; R\napp_packet_ns = %u ns ; c_a\n"
                 "irq_entry_ns = %u ns ; c_i\nsched_slice_us = %u us ; slice\n",
                 5000 * by, 4000 * by, 10000 * by, 2000 * by, 1000 * by);
        run_profile(dir, profile, lines);
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=64,gap-ns=%u,count=60000", 14000 * by);
        k.c.profile = profile;
        k.c.itr = 244 * by;
        k.c.sockbuf = 90 * 2048;
        run_play(&k);
        const double wall = (double)k.r.cpu[0].wall_ps;
        if (by == 1) {
            lost = (double)run_lost(&k.r);
            softirq = (double)(k.r.cpu[0].softirq_ps + k.r.cpu[0].ksoftirqd_ps) / wall;
            app = (double)k.r.cpu[0].app_ps / wall;
            assert_true(lost > 1000 && softirq > 0.3 && app > 0.4);
        }
        RUN_NEAR("lost", (double)run_lost(&k.r), lost, 0.03);
        RUN_NEAR("softirq", (double)(k.r.cpu[0].softirq_ps + k.r.cpu[0].ksoftirqd_ps) / wall,
                 softirq, 0.02);
        RUN_NEAR("app", (double)k.r.cpu[0].app_ps / wall, app, 0.03);
        run_free(&k);
    }
    run_dir_remove(dir);
}

// ---- determinism -------------------------------------------------------------------------------

typedef struct outcome {
    run_case_t k;
    uint8_t *pcap, *timeline;
    size_t pcap_bytes, timeline_bytes;
} outcome_t;

static void observe(outcome_t *o, const run_case_t *setting, const char *dir)
{
    char pcap[128], timeline[128], err[TIMELINE_ERR_LEN];
    snprintf(pcap, sizeof pcap, "%s/received.pcap", dir);
    snprintf(timeline, sizeof timeline, "%s/timeline.json", dir);
    o->k = *setting;
    o->k.c.trace = o->k.trace;
    o->k.c.received_pcap = pcap;
    o->k.c.timeline = timeline_open(timeline, 100000, err);
    assert_non_null(o->k.c.timeline);
    run_play(&o->k);
    assert_int_equal(timeline_close(o->k.c.timeline, o->k.r.end_cyc, err), 0);
    o->pcap = run_file(pcap, &o->pcap_bytes);
    o->timeline = run_file(timeline, &o->timeline_bytes);
}

static void assert_same_hist(meter_hist_t *a, meter_hist_t *b)
{
    assert_memory_equal(a->bucket, b->bucket, METER_BUCKETS * sizeof *a->bucket);
    free(a->bucket);
    free(b->bucket);
    a->bucket = b->bucket = NULL;
}

static void assert_same(outcome_t *a, outcome_t *b)
{
    assert_int_equal(a->pcap_bytes, b->pcap_bytes);
    assert_memory_equal(a->pcap, b->pcap, a->pcap_bytes);
    assert_int_equal(a->timeline_bytes, b->timeline_bytes);
    assert_memory_equal(a->timeline, b->timeline, a->timeline_bytes);
    assert_same_hist(&a->k.r.packets_per_poll, &b->k.r.packets_per_poll);
    assert_same_hist(&a->k.r.latency, &b->k.r.latency);
    assert_same_hist(&a->k.r.latency_driver, &b->k.r.latency_driver);
    assert_same_hist(&a->k.r.coalescing, &b->k.r.coalescing);
    assert_same_hist(&a->k.r.feedback.rtt, &b->k.r.feedback.rtt);
    for (unsigned i = 0; i < a->k.r.functions; i++) {
        run_function_t *f = &a->k.r.function[i], *g = &b->k.r.function[i];
        assert_same_hist(&f->packets_per_poll, &g->packets_per_poll);
        assert_same_hist(&f->latency, &g->latency);
        assert_same_hist(&f->latency_driver, &g->latency_driver);
        assert_same_hist(&f->coalescing, &g->coalescing);
    }
    a->k.r.wall_s = b->k.r.wall_s = 0;
    assert_memory_equal(&a->k.r, &b->k.r, sizeof a->k.r);
    free(a->pcap);
    free(b->pcap);
    free(a->timeline);
    free(b->timeline);
}

static void the_same_run_gives_the_same_result_to_the_last_bit(void **state)
{
    (void)state;
    static outcome_t a, b;
    char dir[64];
    run_dir_make(dir);
    for (unsigned i = 0; i < 6; i++) {
        run_case_t k;
        run_ideal(&k, i & 1 ? "gen:imix,pacing=poisson,load=60,count=8000"
                            : "gen:poisson,size=200,pps=150000,count=8000,bad-fcs=1-in-50");
        k.c.profile = i & 2 ? "native-2012" : "ideal";
        k.c.respond = i & 4 ? RESPOND_ECHO : RESPOND_NONE;
        k.c.cpus = 1 + i;
        k.c.app_cpu = i;
        if (i >= 3) k.c.itr = RUN_UNSET; // adaptive
        k.c.pace.seed = 7 + i;
        observe(&a, &k, dir);
        observe(&b, &k, dir);
        assert_same(&a, &b);
    }
    run_dir_remove(dir);
}

// ---- the masked window -------------------------------------------------------------------------

typedef struct mask {
    bool masked;
    uint64_t since_cyc; // the write was on the pins
    uint64_t windows, broken;
} mask_t;

// A write acts three cycles after the pins: register bus, mask, line.
#define MASK_TO_PIN 3u

static void note_access(void *ctx, uint64_t cyc, const nic_access_t *a)
{
    mask_t *m = ctx;
    if (!a->write || a->space != NIC_SPACE_MEM) return;
    if (a->addr == E1000_IMC && a->wdata == UINT32_MAX) {
        m->masked = true;
        m->since_cyc = cyc;
        m->windows++;
    } else if (a->addr == E1000_IMS) {
        m->masked = false;
    }
}

static void note_line(void *ctx, uint64_t cyc, bool level)
{
    mask_t *m = ctx;
    if (level && m->masked && cyc >= m->since_cyc + MASK_TO_PIN) m->broken++;
}

static void no_interrupt_is_asserted_while_masked(void **state)
{
    (void)state;
    static const char *const traffic[] = {"gen:poisson,size=64,pps=300000,count=20000",
                                          "gen:cbr,size=64,load=100,count=20000",
                                          "gen:bursts,size=64,burst=3,gap-us=7,count=20000"};
    uint64_t windows = 0;
    for (unsigned i = 0; i < 12; i++) {
        mask_t m = {0};
        const run_tap_t tap = {.ctx = &m, .access = note_access, .intx = note_line};
        run_case_t k;
        run_ideal(&k, "%s", traffic[i % 3]);
        k.c.profile = i / 3 & 1 ? "native-2012" : "ideal";
        k.c.rdtr = i / 6 ? 2 : 0;
        k.c.tap = &tap;
        k.c.respond = i == 7 ? RESPOND_ECHO : RESPOND_NONE;
        run_play(&k);
        windows += m.windows;
        RUN_EXPECT(k.trace, m.broken, 0);
        run_free(&k);
    }
    assert_true(windows > 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_moderation_never_means_more_interrupts_or_less_latency),
        cmocka_unit_test(no_frame_waits_longer_than_timer_and_throttle_together),
        cmocka_unit_test(capacity_grows_with_the_budget_as_the_formula_says),
        cmocka_unit_test(a_batch_takes_one_poll_more_than_its_full_ones),
        cmocka_unit_test(stretched_time_stretches_latency_and_nothing_else),
        cmocka_unit_test(stretched_costs_keep_loss_and_shares),
        cmocka_unit_test(the_same_run_gives_the_same_result_to_the_last_bit),
        cmocka_unit_test(no_interrupt_is_asserted_while_masked),
    };
    return cmocka_run_group_tests_name("invariants", tests, NULL, NULL);
}
