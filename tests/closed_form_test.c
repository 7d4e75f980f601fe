// SPDX-License-Identifier: Apache-2.0
// Closed forms for evenly spaced arrivals and a driver that takes no time: absolute and packet
// timer, frame count, throttle, and their combinations. Everything is exact: number and spacing of
// interrupts, and minimum, maximum and sum of the latency P -> INTA#.
//
// Times are those of the registers (1.024 us, 256 ns) and of cycles of 8 ns: frame k starts in
// cycle ceil(k * gap / 8 ns). The formulas give the batches; to each latency comes the way from the
// event to the pin (run_help.h), which is exactly constant. There is no warm-up: the first
// interrupt is like all.
//
// "No time" is not quite zero: the driver reads ICR, masks, and looks at the ring 7 cycles after
// INTA#. A register read does not overtake writes of the device, so a frame whose data are on the
// pins then holds the driver until its descriptor is written, too: frames completely in memory by
// SERVED_CYC after INTA# are taken with the batch before and never wait for an interrupt. The rows
// of the exact table keep clear of that (which is checked); the throttle test computes with it.
#include "tests/run_help.h"

#include <stdlib.h>
#include <inttypes.h>
#include <string.h>

// The ICR access is on the pins one cycle after INTA#, its reply announced one later. 64 bytes are
// 2 + 8 beats, granted 12 cycles before P: P = INTA# + 14 is the last frame whose data the reply
// waits for.
#define SERVED_CYC 14u
// A frame that starts a fetch has its descriptor written 4 cycles later, which is too late for the
// poll unless that was announced before the reply that ends the handler (INTA# + 7).
#define SERVED_FETCH_CYC 1u

typedef struct row {
    const char *name;
    uint64_t gap_ns;
    uint32_t rdtr, radv, frames, itr; // registers
    uint32_t timer; // the timer that decides, units of 1.024 us; 0: the frame count does
    uint32_t n;     // frames an interrupt: the closed form
} row_t;

// RADV alone is RDTR = RADV + 1 (spec/interrupt-moderation.md 3.4 rule 1).
static const row_t ROWS[] = {
    {"absolute, 16.8 us", 16800, 123, 122, 0, 0, 122, 8},
    {"absolute, 14.7 us", 14700, 123, 122, 0, 0, 122, 9},
    {"absolute, line rate of 1516 bytes", 12288, 123, 122, 0, 0, 122, 11},
    {"absolute, 3.3 us", 3300, 123, 122, 0, 0, 122, 38},
    {"absolute, slower than the timer", 200000, 123, 122, 0, 0, 122, 1},
    {"absolute, one unit", 900, 2, 1, 0, 0, 1, 2},
    {"packet, slower than the timer", 30000, 24, 0, 0, 0, 24, 1},
    {"packet and absolute, packet decides", 30000, 24, 98, 0, 0, 24, 1},
    {"packet and absolute, absolute decides", 20000, 24, 98, 0, 0, 98, 6},
    {"packet longer than absolute, both shorter than the gap", 200000, 98, 49, 0, 0, 49, 1},
    {"count 4", 16800, 0, 0, 4, 0, 0, 4},
    {"count 16", 16800, 0, 0, 16, 0, 0, 16},
    {"count 64", 16800, 0, 0, 64, 0, 0, 64},
    {"count 1", 16800, 0, 0, 1, 0, 0, 1},
    {"count 5 or 124.9 us: the count", 16800, 123, 122, 5, 0, 0, 5},
    {"count 5 or 50.2 us: the timer", 16800, 50, 49, 5, 0, 49, 3},
    {"absolute 124.9 us and ITR 124.9 us, which has no effect", 16800, 123, 122, 0, 488, 122, 8},
};

static uint64_t arrival(uint64_t gap_ns, uint64_t k)
{
    return (k * gap_ns + CYC_NS - 1) / CYC_NS;
}

// min, max and sum of latencies and of the gaps between interrupts, ns.
typedef struct expected {
    uint64_t irqs, frames, last_cyc;
    uint64_t gap_min, gap_sum, lat_min, lat_max, lat_sum;
} expected_t;

static void expect_irq(expected_t *e, uint64_t cyc)
{
    if (e->irqs++) {
        const uint64_t gap = (cyc - e->last_cyc) * CYC_NS;
        if (e->irqs == 2 || gap < e->gap_min) e->gap_min = gap;
        e->gap_sum += gap;
    }
    e->last_cyc = cyc;
}

static void expect_latency(expected_t *e, uint64_t cyc)
{
    const uint64_t ns = cyc * CYC_NS;
    if (e->frames++ == 0 || ns < e->lat_min) e->lat_min = ns;
    if (ns > e->lat_max) e->lat_max = ns;
    e->lat_sum += ns;
}

static void compare(const char *name, const run_result_t *r, const expected_t *e)
{
    RUN_EXPECT(name, r->irq_asserted, e->irqs);
    RUN_EXPECT(name, r->irq_min_gap_ns, e->gap_min);
    RUN_EXPECT(name, r->irq_gap_sum_ns, e->gap_sum);
    RUN_EXPECT(name, r->coalescing.count, e->frames);
    RUN_EXPECT(name, r->coalescing.min, e->lat_min);
    RUN_EXPECT(name, r->coalescing.max, e->lat_max);
    RUN_EXPECT(name, run_sum(&r->coalescing), e->lat_sum);
    RUN_EXPECT(name, r->irq_spurious, 0);
}

// From the frame that asks for the interrupt itself to the pin; `number` counts from 1.
static uint64_t packet_to_pin(uint64_t number)
{
    return RUN_PACKET_TO_PIN + (number % RUN_FETCH_FRAMES == 0 ? RUN_FETCH_CYC : 0);
}

// The formula of the table: n frames an interrupt, which comes T after the first (timer) or with
// the last (count).
static expected_t by_formula(const row_t *w, uint64_t irqs)
{
    expected_t e = {0};
    for (uint64_t m = 0; m < irqs; m++) {
        const uint64_t first = m * w->n, last = first + w->n - 1;
        const uint64_t irq_cyc =
            w->timer ? arrival(w->gap_ns, first) + w->timer * RUN_TIMER_CYC + RUN_TIMER_TO_PIN
                     : arrival(w->gap_ns, last) + packet_to_pin(last + 1);
        expect_irq(&e, irq_cyc);
        for (uint64_t k = first; k <= last; k++)
            expect_latency(&e, irq_cyc - arrival(w->gap_ns, k));
        // Not degenerate: the next frame comes after the poll.
        assert_true(arrival(w->gap_ns, last + 1) > irq_cyc + SERVED_CYC);
    }
    return e;
}

// Interrupts of a run: enough for whole rounds of the descriptor prefetch for every n. Fewer (TEST_IRQS) for a slow engine.
static uint64_t wanted_irqs(void)
{
    const char *v = getenv("TEST_IRQS");
    return v ? strtoull(v, NULL, 0) : 2016;
}

static void evenly_spaced_arrivals_give_the_closed_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const row_t *w = &ROWS[i];
        const uint64_t irqs = wanted_irqs();
        if (w->timer && w->n > 1)
            RUN_EXPECT(w->name, w->n, 1 + w->timer * UINT64_C(1024) / w->gap_ns);
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=64,gap-ns=%" PRIu64 ",count=%" PRIu64, w->gap_ns, irqs * w->n);
        k.c.rdtr = w->rdtr;
        k.c.radv = w->radv;
        k.c.rx_frames = w->frames;
        k.c.itr = w->itr;
        run_play(&k);
        const expected_t e = by_formula(w, irqs);
        compare(w->name, &k.r, &e);
        RUN_EXPECT(w->name, k.r.delivered, irqs * w->n);
        RUN_EXPECT(w->name, k.r.packets_per_poll.max, w->n);
        run_free(&k);
    }
}

// ---- throttle ----------------------------------------------------------------------------------

static uint64_t served(uint64_t number)
{
    return number % RUN_FETCH_FRAMES == 0 ? SERVED_FETCH_CYC : SERVED_CYC;
}

// Every frame asks for an interrupt; ITR keeps them apart. Frames that come while the driver is on
// its way to the ring go with the batch before.
static expected_t throttled(uint64_t gap_ns, uint32_t itr, uint64_t frames)
{
    expected_t e = {0};
    for (uint64_t k = 0; k < frames;) {
        uint64_t irq_cyc = arrival(gap_ns, k) + packet_to_pin(k + 1);
        const uint64_t open_cyc = e.last_cyc + itr * RUN_ITR_CYC;
        if (e.irqs && irq_cyc < open_cyc) irq_cyc = open_cyc;
        expect_irq(&e, irq_cyc);
        for (; k < frames && arrival(gap_ns, k) <= irq_cyc; k++)
            expect_latency(&e, irq_cyc - arrival(gap_ns, k));
        while (k < frames && arrival(gap_ns, k) <= irq_cyc + served(k + 1)) k++;
    }
    return e;
}

static run_case_t throttle_run(uint64_t gap_ns, uint32_t itr, uint64_t frames)
{
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,gap-ns=%" PRIu64 ",count=%" PRIu64, gap_ns, frames);
    k.c.itr = itr;
    run_play(&k);
    const expected_t e = throttled(gap_ns, itr, frames);
    compare(k.trace, &k.r, &e);
    return k;
}

static void the_throttle_alone_gives_exactly_its_rate(void **state)
{
    (void)state;
    static const struct {
        uint64_t gap_ns;
        uint32_t itr;
    } rows[] = {{16800, 500}, {16800, 488}, {14142, 488}, {3300, 488}, {9999, 977}, {704, 195}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint64_t interval_ns = rows[i].itr * UINT64_C(256);
        const uint64_t irqs = wanted_irqs();
        const uint64_t frames = (irqs + 84) * interval_ns / rows[i].gap_ns;
        run_case_t k = throttle_run(rows[i].gap_ns, rows[i].itr, frames);
        assert_true(k.r.irq_asserted >= irqs);
        RUN_EXPECT(k.trace, k.r.irq_min_gap_ns, interval_ns); // f = 1/I, exactly
        RUN_EXPECT(k.trace, k.r.irq_gap_sum_ns, (k.r.irq_asserted - 1) * interval_ns);
        const double mean = (double)run_sum(&k.r.coalescing) / (double)k.r.coalescing.count;
        if (irqs >= 2016) RUN_NEAR(k.trace, mean, (double)interval_ns / 2, 0.007);
        run_free(&k);
    }
}

// tau/I rational, g = gcd(tau, I) = 0.8 us: latencies lie on a lattice of step g, their mean is
// (I - g) / 2 + r, where r = 72 ns is the way of the very first frame to the pin.
static void the_throttle_on_a_lattice_has_the_lattice_mean(void **state)
{
    (void)state;
    const uint64_t frames = 160 * 100; // whole periods: 160 * 16.8 us = 21 * 128 us
    run_case_t k = throttle_run(16800, 500, frames);
    RUN_EXPECT(k.trace, k.r.irq_asserted, 21 * 100 + 1);
    RUN_EXPECT(k.trace, k.r.coalescing.count, frames);
    RUN_EXPECT(k.trace, run_sum(&k.r.coalescing), frames * ((128000 - 800) / 2 + 72));
    RUN_EXPECT(k.trace, k.r.coalescing.min, 72);
    RUN_EXPECT(k.trace, k.r.coalescing.max, 128000 - 800 + 72);
    run_free(&k);
}

static void the_throttle_slower_than_arrivals_has_no_effect(void **state)
{
    (void)state;
    run_case_t k = throttle_run(200000, 488, 2016), off = throttle_run(200000, 0, 2016);
    RUN_EXPECT(k.trace, k.r.irq_asserted, 2016);
    RUN_EXPECT(k.trace, run_sum(&k.r.coalescing),
               2016 * 72 + 2016 / 32 * 32); // 32 ns at each fetch
    RUN_EXPECT(k.trace, k.r.irq_gap_sum_ns, off.r.irq_gap_sum_ns);
    RUN_EXPECT(k.trace, run_sum(&k.r.latency), run_sum(&off.r.latency));
    run_free(&k);
    run_free(&off);
}

// T + tau <= I: the timer's cause waits for the gate.
static void the_absolute_timer_under_a_longer_throttle_gives_the_rate_of_the_throttle(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,gap-ns=16800,count=31250"); // 525 ms
    k.c.radv = 49;
    k.c.rdtr = 50;
    k.c.itr = 977;
    run_play(&k);
    const uint64_t interval_ns = 977 * 256; // 250.112 us: 4 000/s
    RUN_EXPECT(k.trace, k.r.irq_min_gap_ns, interval_ns);
    // The last batch may end with the trace instead of with the gate.
    assert_true(k.r.irq_asserted > 2090);
    RUN_EXPECT(k.trace, k.r.irq_gap_sum_ns / interval_ns, k.r.irq_asserted - 1);
    assert_true(k.r.irq_gap_sum_ns % interval_ns < 16800 + 50176);
    RUN_NEAR(k.trace, (double)k.r.delivered / (double)k.r.irq_asserted, 250.112 / 16.8, 0.002);
    run_free(&k);
}

// ---- never signalled ---------------------------------------------------------------------------

// Each frame restarts the packet timer, so it never fires. What rescues the ring is RXDMT0, at half
// the ring (the driver's setting). Of 256 descriptors the driver leaves one empty and one behind
// the tail: 254 are free, and 128 after 126 frames.
static void a_packet_timer_longer_than_the_gap_never_fires(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,gap-ns=20000,count=25200");
    k.c.rdtr = 24;
    k.c.radv = 0;
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.cause[4], 200); // RXDMT0
    RUN_EXPECT(k.trace, k.r.timer[0], 1);   // NIC_TIMER_PT, when the frames have ended
    RUN_EXPECT(k.trace, k.r.irq_asserted, 200 + 1);
    RUN_EXPECT(k.trace, k.r.packets_per_poll.max, 64); // 64 + 62
    RUN_EXPECT(k.trace, k.r.delivered, 25200);
    run_free(&k);
}

static void frames_short_of_the_count_are_never_signalled(void **state)
{
    (void)state;
    for (uint64_t rest = 0; rest < 7; rest += 3) {
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=64,gap-ns=16800,count=%" PRIu64, 700 + rest);
        k.c.rx_frames = 7;
        run_play(&k);
        RUN_EXPECT(k.trace, k.r.irq_asserted, 100);
        RUN_EXPECT(k.trace, k.r.delivered, 700);
        RUN_EXPECT(k.trace, k.r.drops.in_flight_at_end, rest);
        run_free(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evenly_spaced_arrivals_give_the_closed_forms),
        cmocka_unit_test(the_throttle_alone_gives_exactly_its_rate),
        cmocka_unit_test(the_throttle_on_a_lattice_has_the_lattice_mean),
        cmocka_unit_test(the_throttle_slower_than_arrivals_has_no_effect),
        cmocka_unit_test(the_absolute_timer_under_a_longer_throttle_gives_the_rate_of_the_throttle),
        cmocka_unit_test(a_packet_timer_longer_than_the_gap_never_fires),
        cmocka_unit_test(frames_short_of_the_count_are_never_signalled),
    };
    if (getenv("TEST_FILTER")) cmocka_set_test_filter(getenv("TEST_FILTER"));
    return cmocka_run_group_tests_name("closed_form", tests, NULL, NULL);
}
