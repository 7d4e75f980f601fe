// SPDX-License-Identifier: Apache-2.0
// Moderation of the 82576 beside formulas: interval, packets per interrupt, rates and latencies of a host that empties its ring
// in no time, of PF and VFs. Arrivals are regular or random; a packet arrives when its descriptor is written.
#include "tests/igb_guests.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
    PORT_CYC = 40, // what the host port makes a message wait behind other TLPs, at most
    LEN = 64,      // of frames
    TYPE = 0x1234, // igb_frame()
    BACKLOG = 65536,
};

#define US ((double)IGB_EitrUnitCyc) // cycles

typedef struct eitr_host {
    igb_bench_t b;
    unsigned f; // the function under test: 0 PF, 1 + n VF n
    uint32_t given;
    uint64_t wb[BACKLOG]; // when packets came that have not been told of
    uint32_t put, get;
    uint64_t now; // of arrivals
    uint8_t frame[LEN];
    uint64_t message; // the last one
    // counted
    uint64_t packets, interrupts, first, delay;
    double shortest, longest, sum_latency, most;
} eitr_host_t;

static uint64_t on_tlp(void *ctx, uint64_t first, const nic_tlp_t *t)
{
    eitr_host_t *h = ctx;
    if (t->type == NIC_TLP_WRITE && (t->tag & 7) == RQ_RX_WB)
        for (uint32_t i = 0; i < t->len; i += NIC_DescBytes) h->wb[h->put++ % BACKLOG] = first;
    if (t->type == NIC_TLP_MSG) {
        const double gap = (double)(first - h->message);
        if (h->interrupts) {
            h->shortest = gap < h->shortest ? gap : h->shortest;
            h->longest = gap > h->longest ? gap : h->longest;
        } else {
            h->first = first;
        }
        for (; h->get != h->put; h->get++) {
            const double w = (double)(first - h->wb[h->get % BACKLOG]) - (double)h->delay;
            h->sum_latency += w;
            h->most = w > h->most ? w : h->most;
            h->packets++;
        }
        h->interrupts++;
        h->message = first;
    }
    return igb_bench_tlp(&h->b, first, t);
}

static uint32_t own(const eitr_host_t *h, uint32_t pf, uint32_t vf)
{
    return h->f ? vf : pf;
}

static void eitr(eitr_host_t *h, uint32_t value)
{
    igb_wr(&h->b, h->f, own(h, IGB_EITR, IGBVF_VTEITR), value);
}

static void forget(eitr_host_t *h)
{
    h->packets = h->interrupts = 0;
    h->shortest = 1e30;
    h->longest = h->sum_latency = h->most = 0;
}

static void empty(eitr_host_t *h)
{
    const uint32_t q = h->f ? h->f - 1 : 0;
    const uint32_t head = nic_peek(h->b.nic, IGB_RDH + IGB_RDH_STRIDE * q);
    for (; h->given % IGB_RING != (head + IGB_RING - 1) % IGB_RING; h->given++) {
        igb_bench_put(&h->b, igb_ring_at(false, q) + h->given % IGB_RING * 16,
                      igb_buf_at(false, q, h->given));
        igb_bench_put(&h->b, igb_ring_at(false, q) + h->given % IGB_RING * 16 + 8, 0);
    }
    igb_access(&h->b, NIC_SPACE_MEM, h->f, own(h, IGB_RDT, IGBVF_RDT), true, h->given % IGB_RING);
}

// The next frame begins on the wire in cycle `at`, or as soon as it can.
static void arrive(eitr_host_t *h, uint64_t at)
{
    igb_bench_t *b = &h->b;
    if (at > nic_now(b->nic) + 4) nic_run(b->nic, at - 4);
    empty(h);
    while (nic_rx_wire_free(b->nic) > nic_now(b->nic)) igb_run(b, 1);
    const uint64_t first = at > nic_now(b->nic) ? at : nic_now(b->nic);
    nic_rx_frame(b->nic, first, h->frame, LEN, true, false);
    h->now = first;
}

static void host_up(eitr_host_t *h, unsigned f)
{
    memset(h, 0, sizeof *h);
    igb_bench_t *b = &h->b;
    igb_bench_up(b, NULL);
    h->f = f;
    igb_pf_up(b);
    if (f) {
        igb_vfs_up(b, IGB_Vfs);
        igb_vf_up(b, f - 1);
    } else {
        igb_wr(b, 0, IGB_IVAR, 0x80);
        igb_ring_up(b, false, 0, 0, 0);
        igb_fill(b, 0, 0, 0, IGB_RING - 1);
    }
    igb_run(b, 4000);
    h->given = IGB_RING - 1;
    b->ctx = h;
    b->tlp = on_tlp;
    igb_frame(h->frame, f ? igb_vf_mac(f - 1) : IGB_PF_MAC, 0x55, LEN);
    // How long a message takes that nothing holds up.
    forget(h);
    arrive(h, nic_now(b->nic) + 100);
    igb_run(b, 1000);
    assert_int_equal(h->interrupts, 1);
    h->delay = (uint64_t)h->sum_latency;
    assert_in_range(h->delay, 1, 20);
}

static eitr_host_t *new_host(unsigned f)
{
    eitr_host_t *h = malloc(sizeof *h);
    assert_non_null(h);
    host_up(h, f);
    return h;
}

static void host_down(eitr_host_t *h)
{
    igb_bench_down(&h->b);
    free(h);
}

static double rate(const eitr_host_t *h) // interrupts a microsecond
{
    return (double)(h->interrupts - 1) / ((double)(h->message - h->first) / US);
}

static double near(double is, double want)
{
    return fabs(is - want) / want;
}

// Arrivals every tau cycles, for so many packets.
static void regular(eitr_host_t *h, uint64_t tau, unsigned packets)
{
    const uint64_t from = nic_now(h->b.nic) + 1000;
    for (unsigned i = 0; i < packets; i++) {
        arrive(h, from + i * tau);
        if (i == 20) forget(h);
    }
}

static const unsigned FUNC[] = {0, 1, 4, 8};
#define FUNCS (sizeof FUNC / sizeof FUNC[0])

// tau < I: 1/I exactly, at most one interrupt an interval; otherwise each packet has its own, at once.
static void regular_arrivals(void **state)
{
    (void)state;
    static const struct {
        uint32_t interval; // microseconds
        uint32_t tau;      // cycles
    } c[] = {{128, 2100}, {125, 1768}, {250, 2100}, {50, 411}, {10, 2100},
             {16, 2100},  {17, 2100},  {2, 100},    {1, 90},   {8000, 200000}};
    for (unsigned k = 0; k < FUNCS; k++) {
        for (unsigned i = 0; i < sizeof c / sizeof c[0]; i++) {
            eitr_host_t *h = new_host(FUNC[k]);
            const double I = c[i].interval, tau = c[i].tau / US;
            eitr(h, FPUT(IGB_EITR_INTERVAL, c[i].interval));
            regular(h, c[i].tau, 4000);
            const double n = (double)h->packets / (double)h->interrupts,
                         w = h->sum_latency / (double)h->packets / US;
            const double f = tau < I ? 1 / I : 1 / tau;
            if (k < 2)
                printf("%s: I %4.0f us, tau %7.3f us: %.6f interrupts/us (%.6f), %.3f packets each "
                       "(%.3f), mean wait %.2f us\n",
                       FUNC[k] ? "VF" : "PF", I, tau, rate(h), f, n, tau < I ? I / tau : 1, w);
            assert_true(near(rate(h), f) < 1e-3);
            assert_true(h->shortest >= (tau < I ? I : tau) * US - PORT_CYC);
            assert_true(h->longest <= (tau < I ? I : tau) * US + PORT_CYC);
            assert_true(near(n, tau < I ? I / tau : 1) < 0.03);
            assert_true(h->most <= (tau < I ? I * US : 0) + PORT_CYC);
            if (tau >= I) assert_true(w < PORT_CYC / US);
            else
                assert_true(fabs(w - I / 2) <=
                            tau / 2 + PORT_CYC / US); // I/2, but for a lattice of at most tau
            host_down(h);
        }
    }
}

// Poisson arrivals: f = l / (l I + exp(-l I)), E[n] = l I + exp(-l I), E[W] = (l I^2 / 2) / E[n].
static void random_arrivals(void **state)
{
    (void)state;
    static const struct {
        double lambda, interval;
    } c[] = {{0.0595, 125}, {0.005, 125}, {0.02, 20}, {0.0595, 400}};
    for (unsigned k = 0; k < FUNCS; k += 2) {
        for (unsigned i = 0; i < sizeof c / sizeof c[0]; i++) {
            eitr_host_t *h = new_host(FUNC[k]);
            const double l = c[i].lambda, I = c[i].interval, n = l * I + exp(-l * I);
            eitr(h, FPUT(IGB_EITR_INTERVAL, (uint32_t)I));
            uint64_t rng = 88172645463325252ull + i;
            double at = (double)nic_now(h->b.nic) + 1000;
            for (unsigned p = 0; p < 60000; p++) {
                rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
                at -= log(((double)(rng >> 11) + 1) / 9007199254740993.0) / l * US;
                arrive(h, (uint64_t)at);
                if (p == 100) forget(h);
            }
            const double w = h->sum_latency / (double)h->packets / US, f = l / n,
                         want = l * I * I / 2 / n;
            const double is = (double)h->packets / (double)h->interrupts;
            printf("%s: l %.4f/us, I %3.0f us: %.6f interrupts/us (%.6f), %.3f packets each "
                   "(%.3f), mean wait %.2f us (%.2f)\n",
                   FUNC[k] ? "VF" : "PF", l, I, rate(h), f, is, n, w, want);
            assert_true(near(rate(h), f) < 0.01 && near(is, n) < 0.015 && near(w, want) < 0.02);
            assert_true(h->shortest >= I * US - PORT_CYC && h->most <= I * US + PORT_CYC);
            host_down(h);
        }
    }
}

// So many packets each (extension): N, 1/(N tau), (N - 1) tau / 2; with an interval above N tau that decides.
static void packets_per_interrupt(void **state)
{
    (void)state;
    static const struct {
        uint32_t n, tau, interval;
    } c[] = {{16, 2100, 0}, {5, 2100, 0}, {1, 2100, 0}, {5, 2100, 50}, {5, 2100, 250}};
    for (unsigned k = 0; k < FUNCS; k++) {
        for (unsigned i = 0; i < sizeof c / sizeof c[0]; i++) {
            eitr_host_t *h = new_host(FUNC[k]);
            const double tau = c[i].tau / US, alone = c[i].n * tau,
                         period = c[i].interval > alone ? c[i].interval : alone;
            igb_wr(&h->b, h->f, own(h, IGB_VRXFRAMES, IGBVF_VRXFRAMES), c[i].n);
            eitr(h, FPUT(IGB_EITR_INTERVAL, c[i].interval));
            regular(h, c[i].tau, 4000);
            assert_true(near(rate(h), 1 / period) < 1e-3);
            if (period == alone) {
                assert_true(near(h->sum_latency / (double)h->packets / US + 1,
                                 (c[i].n - 1) * tau / 2 + 1) < 0.02);
                assert_true(near((double)h->packets / (double)h->interrupts, c[i].n) < 0.01);
            }
            host_down(h);
        }
    }
}

// A frame of low latency breaks through the interval, with LLI_EN as often as there is a credit.
static void low_latency(void **state)
{
    (void)state;
    static const struct {
        uint32_t interval, credit_us; // 0: LLI_EN = 0
    } c[] = {{1000, 0}, {1000, 20}, {1000, 100}, {50, 120}, {60, 100}, {30, 124}, {10, 124}};
    for (unsigned k = 0; k < FUNCS; k++) {
        for (unsigned i = 0; i < sizeof c / sizeof c[0]; i++) {
            eitr_host_t *h = new_host(FUNC[k]);
            const double I = c[i].interval, L = c[i].credit_us, tau = 411 / US;
            igb_wr(&h->b, 0, IGB_ETQF, TYPE | FMASK(IGB_ETQF_EN) | FMASK(IGB_ETQF_IMM_INT));
            igb_wr(
                &h->b, 0, IGB_GPIE,
                FMASK(IGB_GPIE_MSIX_MODE) | FMASK(IGB_GPIE_EIAME) | FMASK(IGB_GPIE_NSICR) |
                    FPUT(IGB_GPIE_LL_INTERVAL, c[i].credit_us * IGB_EitrUnitCyc / IGB_LliUnitCyc));
            eitr(h, FPUT(IGB_EITR_INTERVAL, c[i].interval) | (L > 0 ? FMASK(IGB_EITR_LLI_EN) : 0));
            regular(h, 411, 12000);
            // Each credit is used at once and begins the interval anew; before the next one as many as the interval admits
            // (L is no multiple of I: then it would depend on who is first).
            const double f = L > 0 ? ceil(L / I) / L : 1 / tau;
            if (k < 2)
                printf("%s: low latency, I %4.0f us, a credit every %3.0f us: %.6f interrupts/us "
                       "(%.6f)\n",
                       FUNC[k] ? "VF" : "PF", I, L, rate(h), f);
            assert_true(near(rate(h), f) < 0.005);
            host_down(h);
        }
    }
}

// Credits that are there are spent one after the other; then the interval holds again.
static void credits_are_counted(void **state)
{
    (void)state;
    for (unsigned k = 0; k < FUNCS; k++) {
        for (unsigned credits = 0; credits <= IGB_LliCreditsMax; credits += 10) {
            eitr_host_t *h = new_host(FUNC[k]);
            igb_wr(&h->b, 0, IGB_ETQF, TYPE | FMASK(IGB_ETQF_EN) | FMASK(IGB_ETQF_IMM_INT));
            eitr(h, FPUT(IGB_EITR_INTERVAL, 8000) | FMASK(IGB_EITR_LLI_EN) |
                        FPUT(IGB_EITR_LL_COUNTER, credits));
            forget(h);
            const uint64_t from = nic_now(h->b.nic) + 1000;
            for (unsigned i = 0; i < 50; i++) arrive(h, from + 411 * i);
            igb_run(&h->b, 2000);
            assert_int_equal(h->interrupts,
                             1 + credits); // the first one is free: the gate was open
            igb_run(&h->b, 8000 * IGB_EitrUnitCyc);
            assert_int_equal(h->interrupts, 2 + credits);
            assert_int_equal(h->packets, 50);
            host_down(h);
        }
    }
}

// One request under way: 1/max(round trip, I).
static void request_and_response(void **state)
{
    (void)state;
    static const uint32_t TRIP[] = {40, 100, 200};
    for (unsigned k = 0; k < FUNCS; k++) {
        for (unsigned i = 0; i < 3; i++) {
            double period[2];
            for (unsigned with = 0; with < 2; with++) {
                eitr_host_t *h = new_host(FUNC[k]);
                eitr(h, with ? FPUT(IGB_EITR_INTERVAL, 125) : 0);
                for (unsigned p = 0; p < 500; p++) {
                    const uint64_t before = h->interrupts;
                    arrive(h, h->message + TRIP[i] * IGB_EitrUnitCyc - 91);
                    if (p == 10) forget(h);
                    else
                        while (h->interrupts == before) igb_run(&h->b, 10);
                    while (h->interrupts == 0) igb_run(&h->b, 10);
                }
                period[with] = 1 / rate(h);
                host_down(h);
            }
            assert_true(near(period[1], period[0] > 125 ? period[0] : 125) < 1e-4);
            assert_true(near(period[0], TRIP[i]) < 0.02);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regular_arrivals),      cmocka_unit_test(random_arrivals),
        cmocka_unit_test(packets_per_interrupt), cmocka_unit_test(low_latency),
        cmocka_unit_test(credits_are_counted),   cmocka_unit_test(request_and_response),
    };
    return cmocka_run_group_tests_name("closed forms of the 82576", tests, NULL, NULL);
}
