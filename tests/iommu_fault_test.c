// SPDX-License-Identifier: Apache-2.0
// Faults and their records, time and order of requests, and the invalidation queue.
#include "tests/iommu_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct bench {
    iommu_rig_t g;
    iommu_domain_t d[3]; // of functions 0 to 2, each with 64 pages from 1 MiB on
    unsigned events;
} bench_t;

#define FIRST 0x100000u

static void bench_init(bench_t *b, const iommu_params_t *p)
{
    memset(b, 0, sizeof *b);
    iommu_rig_init(&b->g, p, 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(iommu_domain_init(&b->d[i], &b->g.pages, (uint16_t)(10 + i), 4));
        assert_int_equal(
            iommu_domain_map(&b->d[i], FIRST, MEMORY_BASE + i * 0x100000, 64 * 4096, 3, 0), 0);
        iommu_rig_attach(&b->g, (uint8_t)i, &b->d[i]);
    }
}

static void bench_free(bench_t *b)
{
    for (unsigned i = 0; i < 3; i++) iommu_domain_free(&b->d[i]);
    iommu_rig_free(&b->g);
}

static iommu_request_t ask(bench_t *b, uint16_t rid, bool write, uint64_t iova, uint64_t at_ps)
{
    iommu_request_t r;
    iommu_translate(b->g.u, rid, write, iova, 64, at_ps, &r);
    return r;
}

static void on_fault(void *ctx)
{
    ((bench_t *)ctx)->events++;
}

static uint64_t record(const bench_t *b, unsigned i, unsigned word)
{
    return iommu_rd(b->g.u, IOMMU_FRCD + 16 * i + 8 * word);
}

// ---- faults ------------------------------------------------------------------------------------

static void each_fault_is_recorded_or_counted_as_lost(void **state)
{
    (void)state;
    const iommu_params_t p = iommu_rig_params(); // four records
    bench_t b;
    bench_init(&b, &p);
    const iommu_stats_t *s = iommu_stats(b.g.u);
    iommu_on_fault(b.g.u, on_fault, &b);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_FSTS), 0);
    assert_true(ask(&b, 1, false, 0x5123, 0).refused);
    assert_int_equal(b.events, 0); // masked after reset
    assert_int_equal(iommu_rd(b.g.u, IOMMU_FECTL), IOMMU_FECTL_IM | IOMMU_FECTL_IP);
    iommu_wr(b.g.u, 0, IOMMU_FECTL, 0);
    assert_int_equal(b.events, 1); // it was pending
    assert_int_equal(iommu_rd(b.g.u, IOMMU_FSTS), IOMMU_PPF);
    assert_true(record(&b, 0, 0) == 0x5000);
    assert_true(record(&b, 0, 1) == (IOMMU_FRCD_F | IOMMU_FRCD_READ | 6ull << 32 | 1));
    for (unsigned i = 1; i < 4; i++) assert_true(ask(&b, 2, true, 0x7000u + i * 0x1000, 0).refused);
    assert_int_equal(b.events, 1); // one was waiting
    assert_int_equal(s->recorded, 4);
    for (unsigned i = 0; i < 5; i++) assert_true(ask(&b, 0, true, 0, 0).refused);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_FSTS), IOMMU_PPF | IOMMU_PFO);
    assert_int_equal(s->overflowed, 5);
    assert_true(record(&b, 3, 0) == 0xA000 && record(&b, 3, 1) == (IOMMU_FRCD_F | 5ull << 32 | 2));
    // Room alone does not help; the overflow has to be seen first.
    for (unsigned i = 0; i < 4; i++) iommu_wr(b.g.u, 0, IOMMU_FRCD + 16 * i + 8, IOMMU_FRCD_F);
    ask(&b, 0, true, 0, 0);
    assert_int_equal(s->overflowed, 6);
    iommu_wr(b.g.u, 0, IOMMU_FSTS, IOMMU_PFO);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_FSTS) & 0xFF, 0);
    ask(&b, 0, true, 0x3000, 0);
    assert_int_equal(b.events, 2);
    assert_int_equal(s->recorded, 5);
    // Of a request that crosses a page the one that was refused.
    ask(&b, 0, true, FIRST + 64 * 4096 - 8, 0);
    assert_true(record(&b, 1, 0) == FIRST + 64 * 4096);
    assert_int_equal(s->faults, s->recorded + s->overflowed + s->unrecorded);
    assert_int_equal(s->reason[IOMMU_NO_WRITE] + s->reason[IOMMU_NO_READ], s->faults);
    bench_free(&b);
}

// Wherever in the registers its record lies.
static void the_first_condition_after_none_is_an_event(void **state)
{
    (void)state;
    const iommu_params_t p = iommu_rig_params();
    bench_t b;
    bench_init(&b, &p);
    iommu_on_fault(b.g.u, on_fault, &b);
    iommu_wr(b.g.u, 0, IOMMU_FECTL, 0);
    for (unsigned i = 0; i < 9; i++) {
        assert_true(ask(&b, 1, true, 0x5000, 0).refused);
        assert_true(ask(&b, 1, true, 0x5000, 0).refused);
        assert_int_equal(b.events, i + 1);
        for (unsigned k = 0; k < 4; k++) iommu_wr(b.g.u, 0, IOMMU_FRCD + 16 * k + 8, IOMMU_FRCD_F);
    }
    iommu_wr(b.g.u, 0, IOMMU_FECTL, IOMMU_FECTL_IM);
    assert_true(ask(&b, 1, true, 0x5000, 0).refused);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_FSTS), IOMMU_PPF | 2u << IOMMU_FRI_LSB);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_FECTL), IOMMU_FECTL_IM | IOMMU_FECTL_IP);
    // Served by polling, it is not pending any more.
    iommu_wr(b.g.u, 0, IOMMU_FRCD + 16 * 2 + 8, IOMMU_FRCD_F);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_FECTL), IOMMU_FECTL_IM);
    iommu_wr(b.g.u, 0, IOMMU_FECTL, 0);
    assert_int_equal(b.events, 9);
    // So is a queue that stops.
    iommu_rig_submit(&b.g, 9, 0);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_FSTS) & 0xFF, IOMMU_IQE);
    assert_int_equal(b.events, 10);
    assert_true(ask(&b, 1, true, 0x5000, 0).refused);
    assert_int_equal(b.events, 10);
    bench_free(&b);
}

static void a_log_in_memory_takes_as_many_as_it_has_room_for(void **state)
{
    (void)state;
    const iommu_params_t p = iommu_rig_params();
    bench_t b;
    bench_init(&b, &p);
    const uint64_t log = iommu_page_take(&b.g.pages);
    iommu_wr(b.g.u, 0, IOMMU_AFLOG, log);
    iommu_wr(b.g.u, 0, IOMMU_GCMD, IOMMU_QIE | IOMMU_TE | IOMMU_SFL);
    iommu_wr(b.g.u, 0, IOMMU_GCMD, IOMMU_QIE | IOMMU_TE | IOMMU_EAFL);
    for (unsigned i = 0; i < 300; i++) ask(&b, 1, true, (uint64_t)i << 12, 0);
    const iommu_stats_t *s = iommu_stats(b.g.u);
    assert_int_equal(s->faults, 300 - 44); // pages 256 to 299 are mapped
    assert_int_equal(s->recorded, 256);
    for (unsigned i = 0; i < 20; i++) ask(&b, 1, true, 0, 0);
    assert_int_equal(s->overflowed, 20);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_FSTS), IOMMU_AFO | IOMMU_APF);
    for (unsigned i = 0; i < 256; i++) {
        uint64_t words[2];
        memcpy(words, memory_at(b.g.mem, log + 16 * i, 16), 16);
        assert_true(words[0] == (uint64_t)i << 12 && words[1] == (IOMMU_FRCD_F | 5ull << 32 | 1));
    }
    assert_int_equal(record(&b, 0, 1), 0);
    iommu_rig_store(&b.g, log + 8, 0); // read, but the overflow has not been seen
    ask(&b, 1, true, 0, 0);
    assert_int_equal(s->overflowed, 21);
    iommu_wr(b.g.u, 0, IOMMU_FSTS, IOMMU_AFO | IOMMU_APF);
    ask(&b, 1, true, 0x44000, 0);
    assert_int_equal(s->recorded, 257);
    bench_free(&b);
}

static void a_function_whose_faults_are_not_wanted_is_only_counted(void **state)
{
    (void)state;
    const iommu_params_t p = iommu_rig_params();
    bench_t b;
    bench_init(&b, &p);
    iommu_rig_context(&b.g, 1, b.d[1].root_hpa | 3, 11u << 8 | 2);
    assert_true(ask(&b, 1, true, 0, 0).refused);
    assert_false(ask(&b, 1, true, FIRST, 0).refused);
    iommu_rig_context(&b.g, 1, 2, 0); // not even present
    assert_int_equal(ask(&b, 1, true, 0, 0).reason, IOMMU_CTX_NOT_PRESENT);
    assert_int_equal(iommu_stats(b.g.u)->unrecorded, 2);
    assert_int_equal(iommu_stats(b.g.u)->recorded, 0);
    bench_free(&b);
}

// ---- time and order ----------------------------------------------------------------------------

static iommu_params_t slow(void)
{
    iommu_params_t p = iommu_rig_params();
    p.hit_ps = 2000;
    p.walk_ps = 250000;
    p.access_ps = 80000;
    p.inv_ps = 686000;
    return p;
}

static void functions_wait_for_themselves_only(void **state)
{
    (void)state;
    iommu_params_t p = slow();
    p.walkers = 2;
    bench_t b;
    bench_init(&b, &p);
    // Warm: contexts and upper tables.
    for (uint16_t i = 0; i < 3; i++) ask(&b, i, true, FIRST, 0);
    const uint64_t t = 10000000, walk = 2000 + 330000;
    assert_int_equal(ask(&b, 0, true, FIRST, t).done_ps, t + 2000);
    assert_int_equal(ask(&b, 0, true, FIRST + 0x1000, t + 1).done_ps, t + 2000 + walk);
    // A hit behind it waits, a hit of another function does not.
    assert_int_equal(ask(&b, 0, true, FIRST, t + 2).done_ps, t + 2000 + walk + 2000);
    assert_int_equal(ask(&b, 1, true, FIRST, t + 2).done_ps, t + 2 + 2000);
    // The other walker, then the one that is free first. Refusing takes the time of the walk, and
    // delays nobody else's.
    const iommu_request_t bad = ask(&b, 1, true, FIRST + 64 * 4096, t + 3);
    assert_true(bad.refused);
    assert_int_equal(bad.done_ps, t + 2 + 2000 + walk);
    assert_int_equal(ask(&b, 2, true, FIRST, t + 4).done_ps, t + 4 + 2000);
    assert_int_equal(ask(&b, 2, true, FIRST + 0x1000, t + 5).done_ps, t + 2000 + walk + 330000);
    assert_int_equal(iommu_stats(b.g.u)->waits, 4);
    // The worst were the first three, cold, on two walkers.
    assert_int_equal(iommu_stats(b.g.u)->latency_max_ps, 2000 + 2 * (250000 + 6 * 80000));
    bench_free(&b);
}

static void when_all_places_are_taken_the_next_has_to_wait_outside(void **state)
{
    (void)state;
    iommu_params_t p = slow();
    p.places = 3;
    bench_t b;
    bench_init(&b, &p);
    ask(&b, 0, true, FIRST, 0);
    const uint64_t t = 10000000;
    uint64_t done_ps[3];
    for (uint16_t i = 1; i < 3; i++) {
        ask(&b, i, true, FIRST, 0);
        assert_int_equal(ask(&b, i, true, FIRST, t).done_ps, t + 2000); // hits take none
    }
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(iommu_room_ps(b.g.u, t), t);
        done_ps[i] = ask(&b, 0, true, FIRST + 0x1000 * (i + 1), t).done_ps;
        assert_int_equal(done_ps[i], t + 332000 * (i + 1));
    }
    assert_int_equal(iommu_room_ps(b.g.u, t), done_ps[0]);
    assert_int_equal(iommu_room_ps(b.g.u, done_ps[0] + 7), done_ps[0] + 7);
    assert_int_equal(ask(&b, 0, true, FIRST + 0x9000, done_ps[0]).done_ps, done_ps[2] + 332000);
    assert_int_equal(iommu_room_ps(b.g.u, done_ps[0]), done_ps[1]);
    bench_free(&b);
}

static uint64_t *earliest(uint64_t *free_ps, unsigned n)
{
    uint64_t *best = free_ps;
    for (unsigned i = 1; i < n; i++)
        if (free_ps[i] < *best) best = &free_ps[i];
    return best;
}

// Requests of three functions that overtake each other, against lists that are searched.
static void walkers_and_places_are_taken_as_they_become_free(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 8; n++) {
        iommu_params_t p = slow();
        uint64_t walker_ps[8] = {0}, place_ps[8] = {0}, order_ps[3] = {0}, t = 1000000000;
        bench_t b;
        p.walkers = n;
        p.places = 9 - n;
        bench_init(&b, &p);
        for (uint16_t i = 0; i < 3; i++) ask(&b, i, true, FIRST, 0);
        for (unsigned k = 0; k < 4000; k++) {
            const uint16_t rid = (uint16_t)iommu_rig_below(&b.g, 3);
            t += iommu_rig_below(&b.g, 400000);
            assert_int_equal(iommu_room_ps(b.g.u, t),
                             *earliest(place_ps, p.places) > t ? *earliest(place_ps, p.places) : t);
            const uint64_t before = iommu_stats(b.g.u)->walk_accesses;
            const iommu_request_t r =
                ask(&b, rid, true, FIRST + 0x1000 * iommu_rig_below(&b.g, 70), t);
            const uint64_t accesses = iommu_stats(b.g.u)->walk_accesses - before;
            uint64_t done_ps = (order_ps[rid] > t ? order_ps[rid] : t) + p.hit_ps;
            if (accesses) {
                uint64_t *w = earliest(walker_ps, n);
                *w = (*w > done_ps ? *w : done_ps) + p.walk_ps + accesses * p.access_ps;
                done_ps = *w;
            }
            order_ps[rid] = done_ps;
            if (done_ps - t > p.hit_ps) *earliest(place_ps, p.places) = done_ps;
            assert_int_equal(r.done_ps, done_ps);
        }
        bench_free(&b);
    }
}

// ---- invalidation ------------------------------------------------------------------------------

static uint32_t status_at(bench_t *b, uint64_t hpa, uint64_t cyc)
{
    uint32_t v;
    memory_observe(b->g.mem, cyc);
    memcpy(&v, memory_at(b->g.mem, hpa, 4), 4);
    return v;
}

static void a_wait_ends_when_all_before_it_has(void **state)
{
    (void)state;
    const iommu_params_t p = slow();
    bench_t b;
    bench_init(&b, &p);
    const uint64_t status = iommu_page_take(&b.g.pages), wait = 5 | 1 << 5 | 1 << 4;
    const uint64_t t0 = iommu_idle_ps(b.g.u);
    b.g.now_ps = t0 + 8000000;
    iommu_rig_flush_page(&b.g, 10, FIRST, 0, true);
    iommu_rig_submit(&b.g, wait | UINT64_C(77) << 32, status);
    assert_int_equal(iommu_idle_ps(b.g.u), b.g.now_ps + 686000);
    const uint64_t done_cyc = (b.g.now_ps + 686000 + 7999) / 8000;
    assert_int_equal(status_at(&b, status, done_cyc - 1), 0);
    assert_int_equal(status_at(&b, status, done_cyc), 77);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_ICS), 1);
    iommu_wr(b.g.u, 0, IOMMU_ICS, 1);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_ICS), 0);
    iommu_rig_submit(&b.g, 5 | 1 << 5 | UINT64_C(76) << 32, status);
    assert_int_equal(iommu_rd(b.g.u, IOMMU_ICS), 0); // it has not asked for an interrupt
    // A request translated before it and still under way.
    const uint64_t flight = b.g.now_ps + 5000000;
    iommu_in_flight(b.g.u, flight);
    iommu_rig_flush_page(&b.g, 10, FIRST, 0, true);
    iommu_rig_submit(&b.g, wait | UINT64_C(78) << 32, status);
    assert_int_equal(iommu_idle_ps(b.g.u), flight);
    assert_int_equal(status_at(&b, status, flight / 8000 - 1), 76);
    assert_int_equal(status_at(&b, status, (flight + 7999) / 8000), 78);
    bench_free(&b);
}

// Which of the 64 pages of function 0 are still in the IOTLB.
static uint64_t cached(bench_t *b)
{
    uint64_t set = 0;
    for (unsigned i = 0; i < 64; i++) {
        const uint64_t before = iommu_stats(b->g.u)->hits;
        ask(b, 0, false, FIRST + i * 4096u, 0);
        set |= (iommu_stats(b->g.u)->hits - before) << i;
    }
    return set;
}

static void an_invalidation_takes_what_it_names_and_no_more(void **state)
{
    (void)state;
    iommu_params_t p = iommu_rig_params();
    p.iotlb = (iommu_geometry_t){256, 8, IOMMU_PLRU};
    bench_t b;
    bench_init(&b, &p);
    const uint64_t far = UINT64_C(1) << 30;
    assert_int_equal(iommu_domain_map(&b.d[0], far, MEMORY_BASE, 4096, 3, 0), 0);
    ask(&b, 0, false, far, 0);
    cached(&b);
    assert_true(cached(&b) == UINT64_MAX);
    for (unsigned am = 0; am <= 6; am++) {
        const unsigned at = 37, first = at >> am << am;
        iommu_rig_flush_page(&b.g, 10, FIRST + at * 4096u, am, true);
        const uint64_t range = am == 6 ? UINT64_MAX : ((UINT64_C(1) << (1u << am)) - 1) << first;
        if (cached(&b) != ~range) fail_msg("am %u", am);
    }
    iommu_rig_flush_page(&b.g, 11, FIRST, 6, true); // another domain
    assert_true(cached(&b) == UINT64_MAX);
    iommu_rig_flush_domain(&b.g, 11);
    assert_true(cached(&b) == UINT64_MAX);
    iommu_rig_flush_domain(&b.g, 10);
    assert_true(cached(&b) == 0);
    ask(&b, 0, false, far, 0);
    iommu_rig_flush_page(&b.g, 10, 0, 18, false); // a GiB
    const uint64_t hits = iommu_stats(b.g.u)->hits;
    ask(&b, 0, false, far, 0); // the first page behind it
    assert_int_equal(iommu_stats(b.g.u)->hits, hits + 1);
    assert_true(cached(&b) == 0);
    iommu_rig_submit(&b.g, 2 | 1 << 4, 0);
    assert_true(cached(&b) == 0);
    // The hint spares the upper tables: then a walk is one access.
    uint64_t accesses = iommu_stats(b.g.u)->walk_accesses;
    iommu_rig_flush_page(&b.g, 10, FIRST, 0, true);
    ask(&b, 0, false, FIRST, 0);
    assert_int_equal(iommu_stats(b.g.u)->walk_accesses - accesses, 1);
    accesses = iommu_stats(b.g.u)->walk_accesses;
    iommu_rig_flush_page(&b.g, 10, FIRST, 0, false);
    ask(&b, 0, false, FIRST, 0);
    assert_int_equal(iommu_stats(b.g.u)->walk_accesses - accesses, 4);
    bench_free(&b);
}

static void contexts_are_remembered_until_invalidated(void **state)
{
    (void)state;
    const iommu_params_t p = iommu_rig_params();
    bench_t b;
    bench_init(&b, &p);
    const uint64_t fetches = iommu_stats(b.g.u)->context_fetches;
    assert_false(ask(&b, 0, true, FIRST, 0).refused);
    assert_false(ask(&b, 1, true, FIRST, 0).refused);
    iommu_rig_store(&b.g, b.g.context, 0); // function 0 is gone, but nobody knows
    assert_false(ask(&b, 0, true, FIRST, 0).refused);
    iommu_rig_submit(&b.g, 1 | 3 << 4 | 10 << 16 | UINT64_C(1) << 32, 0); // of the domain, another
    assert_false(ask(&b, 0, true, FIRST, 0).refused);
    iommu_rig_submit(&b.g, 1 | 3 << 4 | 10 << 16, 0);
    assert_int_equal(ask(&b, 0, true, FIRST, 0).reason, IOMMU_CTX_NOT_PRESENT);
    iommu_rig_submit(&b.g, 1 | 2 << 4 | 11 << 16, 0);
    assert_false(ask(&b, 1, true, FIRST, 0).refused);
    assert_int_equal(iommu_stats(b.g.u)->context_fetches - fetches, 4);
    bench_free(&b);
}

static void a_descriptor_that_cannot_be_stops_the_queue(void **state)
{
    (void)state;
    const iommu_params_t p = iommu_rig_params();
    bench_t b;
    bench_init(&b, &p);
    static const uint64_t bad[][2] = {{0, 0}, {9, 0},           {2, 0},
                                      {1, 0}, {2 | 3 << 4, 19}, {5 | 1 << 5, 0x10}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const uint64_t head = iommu_rd(b.g.u, IOMMU_IQH);
        cached(&b);
        iommu_rig_submit(&b.g, bad[i][0], bad[i][1]);
        iommu_rig_submit(&b.g, 2 | 1 << 4, 0);
        if (!(iommu_rd(b.g.u, IOMMU_FSTS) & IOMMU_IQE)) fail_msg("descriptor %u was taken", i);
        assert_int_equal(iommu_rd(b.g.u, IOMMU_IQH), head);
        assert_true(cached(&b) == UINT64_MAX); // nothing behind it has happened
        iommu_rig_store(&b.g, b.g.queue + head, 2 | 1 << 4);
        iommu_rig_store(&b.g, b.g.queue + head + 8, 0);
        iommu_wr(b.g.u, 0, IOMMU_FSTS, IOMMU_IQE);
        assert_int_equal(iommu_rd(b.g.u, IOMMU_IQH), iommu_rd(b.g.u, IOMMU_IQT));
        assert_true(cached(&b) == 0);
    }
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_recorded_or_counted_as_lost),
        cmocka_unit_test(the_first_condition_after_none_is_an_event),
        cmocka_unit_test(a_log_in_memory_takes_as_many_as_it_has_room_for),
        cmocka_unit_test(a_function_whose_faults_are_not_wanted_is_only_counted),
        cmocka_unit_test(functions_wait_for_themselves_only),
        cmocka_unit_test(when_all_places_are_taken_the_next_has_to_wait_outside),
        cmocka_unit_test(walkers_and_places_are_taken_as_they_become_free),
        cmocka_unit_test(a_wait_ends_when_all_before_it_has),
        cmocka_unit_test(an_invalidation_takes_what_it_names_and_no_more),
        cmocka_unit_test(contexts_are_remembered_until_invalidated),
        cmocka_unit_test(a_descriptor_that_cannot_be_stops_the_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
