// SPDX-License-Identifier: Apache-2.0
// Formulas of a NAPI cycle whose parts take time, in whole runs of the e1000 driver on the device:
// packets per interrupt, share of the softirq, capacity, and what is left to the application.
//
// c_i from the interrupt to the first look at the ring, c_p a packet, R a poll, c_e from the last
// look to the unmasking, c_a the application's packet; tau = 1 / lambda between frames, I the ITR.
// The same formulas without a device, where they are exact to the picosecond, are in os_test and
// netstack_test. Here the device's own way adds up to 0.3 us a cycle, which the tolerances allow.
#include "tests/run_help.h"

#include "traces/traces.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static char dir[64];

static int make_dir(void **state)
{
    (void)state;
    run_dir_make(dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    run_dir_remove(dir);
    return 0;
}

// An ideal machine but for these costs, ns; the application has a core of its own if it is free.
typedef struct costs {
    uint64_t c_i, c_exit, c_read, c_p, r, c_a, slice_us;
    uint32_t hz;
} costs_t;

static void set_up(run_case_t *k, const costs_t *c, const char *trace)
{
    static char profile[128];
    char lines[512];
    snprintf(lines, sizeof lines,
             "irq_entry_ns = %" PRIu64 " ns ; c_i\nirq_exit_ns = %" PRIu64
             " ns ; c_i\nmmio_read_ns = %" PRIu64 " ns ; of c_i and c_e\n"
             "rx_packet_ns = %" PRIu64 " ns ; c_p\npoll_ns = %" PRIu64 " ns ; R\n"
             "app_packet_ns = %" PRIu64 " ns ; c_a\nsched_slice_us = %" PRIu64 " us ; T_s\n"
             "%s",
             c->c_i, c->c_exit, c->c_read, c->c_p, c->r, c->c_a, c->slice_us ? c->slice_us : 6000,
             c->c_read ? "link = pcie1-x4\n" : ""); // an ideal one reads in no time
    run_profile(dir, profile, lines);
    run_ideal(k, "%s", trace);
    k->c.profile = profile;
    k->c.hz = c->hz ? c->hz : 250;
    if (c->c_a) return;
    k->c.cpus = 2;
    k->c.app_cpu = 1;
}

static double softirq_share(const run_result_t *r)
{
    return (double)(r->cpu[0].irq_ps + r->cpu[0].softirq_ps + r->cpu[0].ksoftirqd_ps) /
           (double)r->cpu[0].wall_ps;
}

// Packets a second between the first and the last delivery.
static double goodput(const run_result_t *r)
{
    return (double)(r->delivered - 1) * 1e9 /
           (double)((r->last_delivery_cyc - r->first_delivery_cyc) * CYC_NS);
}

// ---- one cycle: 3a, 3c, 3d, 3e -----------------------------------------------------------------

// 3a: n = floor(c_i / (tau - c_p)) + 1 and U = (c_i + n c_p) / (n tau), where no frame arrives
// between the read of ICR and the unmasking (if one does, see 3e).
static void packets_per_interrupt_with_regular_arrivals(void **state)
{
    (void)state;
    static const struct {
        uint64_t c_i, n;
    } rows[] = {{5000, 1}, {40000, 3}, {80000, 5}, {97000, 6}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const costs_t c = {.c_i = rows[i].c_i, .c_p = 300};
        run_case_t k;
        set_up(&k, &c, "gen:cbr,size=64,gap-ns=16800,count=30000");
        run_play(&k);
        RUN_EXPECT("n", rows[i].n, rows[i].c_i / (16800 - 300) + 1);
        RUN_EXPECT("n", k.r.packets_per_poll.min, rows[i].n);
        RUN_EXPECT("n", k.r.packets_per_poll.max, rows[i].n);
        RUN_EXPECT("interrupts", k.r.irq_asserted, 30000 / rows[i].n);
        RUN_EXPECT("spurious", k.r.irq_spurious, 0);
        const double cycle = (double)(c.c_i + rows[i].n * c.c_p);
        RUN_NEAR("U", softirq_share(&k.r), cycle / (double)(rows[i].n * 16800), 0.03);
        run_free(&k);
    }
}

// 3d: f = 1 / I, n = I / tau, U = (c_i + c_e + n c_p + polls R) / I. Each cycle has a poll that
// finds less than the budget, so polls = floor(n / b) + 1: the driver writes its tail in the last one
// too. The published example has R for polls that took packets only: tests/netstack_test.c, 4a.
static void the_throttle_bounds_the_share_of_the_softirq(void **state)
{
    (void)state;
    static const uint32_t budgets[] = {6, 10, 64};
    for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
        const costs_t c = {.c_i = 18000, .c_read = 1000, .c_p = 3000, .r = 2000};
        run_case_t k;
        set_up(&k, &c, "gen:cbr,size=64,gap-ns=16800,count=100000");
        k.c.itr = 977;
        k.c.budget = budgets[i];
        run_play(&k);
        const double interval = 977 * 0.256, n = interval / 16.8;
        const double polls = (unsigned)(n / budgets[i]) + 1.0;
        RUN_NEAR("f", (double)k.r.irq_gap_sum_ns / (double)k.r.irq_gaps / 1000, interval, 0.0001);
        RUN_NEAR("n", (double)k.r.delivered / (double)k.r.irq_asserted, n, 0.002);
        RUN_NEAR("polls", (double)k.r.polls / (double)k.r.irq_asserted, polls, 0.002);
        RUN_NEAR("U", softirq_share(&k.r), (20 + 1 + n * 3 + polls * 2) / interval, 0.01);
        run_free(&k);
    }
}

// 3e, a plain simulation of it: `sticky` is ICR as the device has it, which a frame sets again when
// it arrives after the handler has read it, and which then interrupts at the unmasking whether or
// not the poll has taken that frame.
typedef struct sticky {
    rng_t rng;
    double tau_us, line_us; // mean distance of frames, and the least
    double t, asked, next;  // now; when the next frame was to come, and when the line lets it
    uint64_t waiting, frames;
    bool icr;
} sticky_t;

static void arrive(sticky_t *s)
{
    while (s->next <= s->t) {
        s->waiting++;
        s->frames++;
        s->icr = true;
        s->asked += (double)rng_exp(&s->rng, (uint64_t)(s->tau_us * 1e6)) / 1e6;
        s->next = s->asked > s->next + s->line_us ? s->asked : s->next + s->line_us;
    }
}

typedef struct cycle {
    double irqs, empty; // per us; share that finds nothing
} cycle_t;

static cycle_t sticky_cycle(double line_us, double c_i, double c_p, double c_e, bool sticky)
{
    sticky_t s = {.tau_us = 1000 / 59.5, .line_us = line_us};
    uint64_t irqs = 0, empty = 0;
    rng_seed(&s.rng, 5);
    while (s.frames < 2000000) {
        arrive(&s);
        if (sticky ? !s.icr : s.waiting == 0) {
            s.t = s.next;
            continue;
        }
        irqs++;
        s.icr = false;
        s.t += c_i;
        arrive(&s);
        empty += s.waiting == 0;
        for (; s.waiting; arrive(&s)) {
            s.waiting--;
            s.t += c_p;
        }
        s.t += c_e;
    }
    return (cycle_t){(double)irqs / s.t, (double)empty / (double)irqs};
}

static void a_cause_that_polling_leaves_interrupts_again(void **state)
{
    (void)state;
    // The published numbers: 48.8 instead of 37.5 interrupts/ms, 22.6 % of them empty.
    cycle_t s = sticky_cycle(0, 5, 3, 2, true);
    RUN_NEAR("sticky", s.irqs * 1000, 48.8, 0.005);
    RUN_NEAR("empty", s.empty, 0.226, 0.02);
    s = sticky_cycle(0, 5, 3, 2, false);
    RUN_NEAR("not sticky", s.irqs * 1000, 37.5, 0.005);
    // The device. All of c_i comes behind the read of ICR; the driver has no c_e. (As the cost of
    // entering the softirq it would be spent once: an interrupt at the unmasking finds the softirq
    // still running.)
    static const struct {
        uint64_t c_i, c_p;
    } rows[] = {{5000, 3000}, {2000, 8000}, {12000, 1000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const costs_t c = {.c_exit = rows[i].c_i, .c_p = rows[i].c_p};
        run_case_t k;
        set_up(&k, &c, "gen:poisson,size=64,pps=59500,count=300000");
        run_play(&k);
        s = sticky_cycle(0.672, (double)rows[i].c_i / 1000, (double)rows[i].c_p / 1000, 0, true);
        const double us = (double)(k.r.last_cyc - k.r.first_cyc) * CYC_NS / 1000;
        RUN_NEAR("interrupts", (double)k.r.irq_asserted / us, s.irqs, 0.01);
        RUN_NEAR("empty", (double)k.r.packets_per_poll.bucket[0] / (double)k.r.irq_asserted,
                 s.empty, 0.01);
        run_free(&k);
    }
}

// ---- overload: 3b, 3g, NAPI_HOWTO --------------------------------------------------------------

// Linux' NAPI_HOWTO, e1000 on a machine of 2002: in overload every poll that is not the last one
// takes exactly the budget, there are no interrupts, and what is delivered does not depend on what
// is offered: about 1 / 2.8 us. Its table per million frames: 409,362 of 890 kpps, 464,364 of 758,
// 774,646 of 446; 17 to 42 interrupts, 60.0 packets a poll.
static void saturated_polls_deliver_exactly_the_budget(void **state)
{
    (void)state;
    static const struct {
        const char *trace;
        double delivered;
    } rows[] = {{"gen:cbr,size=64,pps=890000,count=200000", 0.409362},
                {"gen:cbr,size=128,pps=758150,count=200000", 0.464364},
                {"gen:cbr,size=256,pps=445632,count=200000", 0.774646}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const costs_t c = {.c_i = 500, .c_p = 2700, .r = 6000}; // 2.8 us with 60 packets a poll
        run_case_t k;
        set_up(&k, &c, rows[i].trace);
        k.c.budget = 60;
        run_play(&k);
        // Behind the last frame the ring and the packet buffer are emptied.
        RUN_NEAR("delivered", (double)k.r.delivered / 200000, rows[i].delivered, 0.04);
        RUN_NEAR("capacity", goodput(&k.r), 1e6 / 2.8, 0.005);
        assert_true(k.r.irq_asserted <= 42);
        assert_true(k.r.polls - k.r.budget_exhausted <= 21);
        const uint64_t full = k.r.budget_exhausted * 60;
        assert_true(k.r.delivered - full < 60 * (k.r.polls - k.r.budget_exhausted));
        RUN_EXPECT("in the device", run_lost(&k.r),
                   k.r.drops.no_descriptor + k.r.drops.fifo_overflow);
        run_free(&k);
    }
}

// 3g: with 29.4 us a packet and a budget of 1 the two jiffies (8 ms at 250 Hz) come before the 300
// packets, at 100 Hz the packets do, at 1000 Hz it is 2 ms. Ten of those, then ksoftirqd.
static void a_softirq_run_is_bounded_by_jiffies_and_by_packets(void **state)
{
    (void)state;
    static const struct {
        uint32_t hz;
        uint64_t packets;
    } rows[] = {{250, 273}, {100, 300}, {1000, 69}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const costs_t c = {.c_p = 29400, .hz = rows[i].hz};
        run_case_t k;
        set_up(&k, &c, "gen:cbr,size=64,pps=100000,count=60000");
        k.c.budget = 1;
        run_play(&k);
        RUN_EXPECT("squeezed", k.r.time_squeeze, k.r.delivered / rows[i].packets);
        RUN_EXPECT("ksoftirqd", k.r.ksoftirqd_wakeups, 1);
        // Until then ten rounds.
        RUN_NEAR("softirq", (double)k.r.cpu[0].softirq_ps / 1e6,
                 10 * (double)rows[i].packets * 29.4, 0.002);
        run_free(&k);
    }
}

// ---- the application: 4a - 4d ------------------------------------------------------------------

#define IPERF "gen:cbr,size=1516,gap-ns=14518,count=" // 68.878 kpps: 810 Mb/s of 1470 bytes

// 4a: strict priority on one core, G = (1 - U) / c_a, with U of 3d.
static void strict_priority_leaves_the_rest_to_the_application(void **state)
{
    (void)state;
    static const uint32_t budgets[] = {1, 2, 4, 8, 16, 64};
    double before = 0;
    for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
        // c_i = 10 + two reads, c_e = one read
        const costs_t c = {.c_i = 10000, .c_read = 5000, .c_p = 2000, .r = 6000, .c_a = 12000};
        run_case_t k;
        set_up(&k, &c, IPERF "70000");
        k.c.itr = 488;
        k.c.budget = budgets[i];
        k.c.sockbuf = 90 * 2048;
        run_play(&k);
        const double interval = (double)k.r.irq_gap_sum_ns / (double)k.r.irq_gaps / 1000;
        const double n = interval / 14.518, irqs = (double)k.r.irq_asserted;
        const double u = (25 + n * 2 + (double)k.r.polls / irqs * 6) / interval;
        RUN_NEAR("I", interval, 488 * 0.256, i ? 0.0001 : 0.15);
        RUN_NEAR("polls", (double)k.r.polls / irqs, (unsigned)(n / budgets[i]) + 1.0, 0.1);
        RUN_NEAR("U", softirq_share(&k.r), u, 0.01);
        RUN_NEAR("G", goodput(&k.r), (1 - softirq_share(&k.r)) / 12e-6, 0.01);
        RUN_NEAR("G c_a + U", (double)k.r.cpu[0].app_ps / (double)k.r.cpu[0].wall_ps,
                 1 - softirq_share(&k.r), 0.005);
        RUN_EXPECT("app", k.r.cpu[0].app_ps, k.r.delivered * 12000000);
        RUN_EXPECT("ksoftirqd", k.r.cpu[0].ksoftirqd_ps, 0);
        RUN_EXPECT("lost in the socket", run_lost(&k.r), k.r.drops.socket_buffer);
        assert_true(goodput(&k.r) > before * 0.999); // never falls with the budget
        before = goodput(&k.r);
        run_free(&k);
    }
}

// 4b: ksoftirqd for a slice, then the application until its socket is empty: m = min(S, T_s / c_p),
// G = m / (T_s + m c_a). The device always has frames: c_p is longer than the gaps. Rounds of one
// packet, so that a slice ends when it is over. Not here: the row without loss (S >= 1000 of packets
// that cost nothing to poll). NAPI completes when nothing waits, and ksoftirqd leaves before its slice
// is over.
static void ksoftirqd_and_the_application_take_turns(void **state)
{
    (void)state;
    static const uint64_t sockets[] = {90, 180, 1000};
    for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++) {
        const costs_t c = {.c_p = 14518, .c_a = 5000, .slice_us = 6000};
        run_case_t k;
        set_up(&k, &c, "gen:cbr,size=1516,pps=80000,count=100000");
        k.c.budget = k.c.netdev_budget = 1;
        k.c.sockbuf = (uint32_t)sockets[i] * 2048;
        run_play(&k);
        const double turn = 6000 / 14.518, socket = (double)sockets[i];
        const double m = turn < socket ? turn : socket;
        RUN_NEAR("G", goodput(&k.r), m / (6000 + m * 5) * 1e6, 0.01);
        assert_true(softirq_share(&k.r) > 0.7);
        assert_true(k.r.cpu[0].ksoftirqd_ps > 50 * k.r.cpu[0].softirq_ps);
        run_free(&k);
    }
}

// 4c, 4d: with a core each D = min(lambda, capacity), G = min(D, 1 / c_a); the ring loses
// lambda - D, the socket D - G.
static void on_two_cores_the_slower_stage_decides(void **state)
{
    (void)state;
    static const struct {
        uint32_t budget;
        uint64_t c_a;
    } rows[] = {{1, 12000}, {1, 40000}, {2, 12000}, {60, 12000}, {60, 20000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const costs_t c = {.c_p = 1500, .r = 26000, .c_a = rows[i].c_a};
        run_case_t k;
        set_up(&k, &c, IPERF "100000");
        k.c.cpus = 2;
        k.c.app_cpu = 1;
        k.c.budget = rows[i].budget;
        k.c.sockbuf = 90 * 2048;
        run_play(&k);
        const double lambda = 1e9 / 14518, capacity = 1e6 / (1.5 + 26.0 / rows[i].budget);
        const double d = lambda < capacity ? lambda : capacity;
        const double app = 1e9 / (double)rows[i].c_a, g = d < app ? d : app;
        const double s = (double)(k.r.last_cyc - k.r.first_cyc) * CYC_NS / 1e9;
        const double ring = (double)(k.r.drops.no_descriptor + k.r.drops.fifo_overflow) / s;
        RUN_NEAR("G", goodput(&k.r), g, 0.01);
        // The ring and the buffers behind it hold some hundreds.
        if (d < lambda) RUN_NEAR("lambda - D", ring, lambda - d, 0.02);
        else RUN_EXPECT("lambda - D", ring, 0);
        if (g < d) RUN_NEAR("D - G", (double)k.r.drops.socket_buffer / s, d - g, 0.02);
        else RUN_EXPECT("D - G", k.r.drops.socket_buffer, 0);
        run_free(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_per_interrupt_with_regular_arrivals),
        cmocka_unit_test(the_throttle_bounds_the_share_of_the_softirq),
        cmocka_unit_test(a_cause_that_polling_leaves_interrupts_again),
        cmocka_unit_test(saturated_polls_deliver_exactly_the_budget),
        cmocka_unit_test(a_softirq_run_is_bounded_by_jiffies_and_by_packets),
        cmocka_unit_test(strict_priority_leaves_the_rest_to_the_application),
        cmocka_unit_test(ksoftirqd_and_the_application_take_turns),
        cmocka_unit_test(on_two_cores_the_slower_stage_decides),
    };
    return cmocka_run_group_tests_name("napi_closed_form", tests, make_dir, remove_dir);
}
