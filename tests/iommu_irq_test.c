// SPDX-License-Identifier: Apache-2.0
// Interrupt remapping and posting: random entries against a plain reading of docs/iommu.md, and the
// rules one by one.
#include "hostbridge/iommu_host.h"
#include "tests/iommu_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct world {
    memory_t *mem;
    iommu_host_t h;
    uint64_t rng;
    uint64_t pd;
} world_t;

static void world_init(world_t *w)
{
    iommu_params_t p = iommu_rig_params();
    p.access_ps = 80000;
    p.records = 64;
    w->mem = memory_create(RIG_BYTES);
    w->rng = 77;
    assert_true(iommu_host_init(&w->h, w->mem, &p));
    w->pd = memory_alloc(w->mem, 4096, 4096);
}

static void world_free(world_t *w)
{
    iommu_host_free(&w->h);
    memory_destroy(w->mem);
}

static uint64_t below(world_t *w, uint64_t n)
{
    w->rng ^= w->rng << 13;
    w->rng ^= w->rng >> 7;
    w->rng ^= w->rng << 17;
    return w->rng % n;
}

static iommu_irq_t send(world_t *w, uint16_t rid, uint64_t addr, uint32_t data)
{
    iommu_irq_t r;
    iommu_interrupt(w->h.unit, rid, addr, data, 1000, &r);
    return r;
}

static uint64_t pd_word(const world_t *w, unsigned i)
{
    uint64_t v;
    memcpy(&v, memory_at(w->mem, w->pd + 8 * i, 8), 8);
    return v;
}

static void pd_set(world_t *w, unsigned i, uint64_t v)
{
    memcpy(memory_at(w->mem, w->pd + 8 * i, 8), &v, 8);
}

static void remapped_messages_go_where_the_entry_says(void **state)
{
    (void)state;
    world_t w;
    world_init(&w);
    for (unsigned func = 0; func < 9; func++) {
        for (unsigned i = 0; i < 25; i++) {
            const uint64_t addr =
                iommu_host_irq(&w.h, 0, (uint8_t)func, i, func % 4, (uint8_t)(64 + i));
            assert_int_equal(iommu_host_irq_index(addr), i);
            iommu_irq_t r = send(&w, (uint16_t)func, addr, 0);
            assert_true(r.tell && r.core == func % 4 && r.vector == 64 + i);
            assert_int_equal(r.done_ps, 1000 + 80000); // the entry is read
            r = send(&w, (uint16_t)func, addr, 0);
            assert_int_equal(r.done_ps, 1000);
            r = send(&w, (uint16_t)(func + 1), addr, 0); // by another function
            assert_true(r.refused && !r.tell && r.reason == IOMMU_IR_SOURCE);
        }
    }
    const iommu_stats_t *s = iommu_stats(w.h.unit);
    assert_int_equal(s->remapped, 2 * 9 * 25);
    assert_int_equal(s->faults, s->recorded + s->overflowed);
    // The record tells the index.
    const uint64_t word0 = iommu_rd(w.h.unit, IOMMU_FRCD + 16);
    assert_int_equal(word0 >> 48, 1);
    world_free(&w);
}

static void requests_that_are_none_are_refused(void **state)
{
    (void)state;
    world_t w;
    world_init(&w);
    const uint64_t addr = iommu_host_irq(&w.h, 0, 1, 3, 0, 99);
    assert_int_equal(send(&w, 1, 0xFEE00000, 99).reason, IOMMU_IR_COMPATIBILITY);
    assert_true(send(&w, 1, addr, 0xFFFFFFFF).vector == 99); // data without SHV do not count
    assert_int_equal(send(&w, 1, addr | 1, 0).reason, IOMMU_IR_REQUEST);
    assert_int_equal(send(&w, 1, addr + (1 << 5), 0).reason, IOMMU_IRTE_NOT_PRESENT);
    assert_int_equal(send(&w, 1, addr | 4, 0).reason, IOMMU_IR_INDEX); // handle 15
    assert_int_equal(send(&w, 1, 0xFEE00010 | 512 << 5, 0).reason, IOMMU_IR_INDEX);
    // With SHV the data are added: entry 32 + 1 and 2.
    assert_true(send(&w, 1, 0xFEE00010 | 8 | 33 << 5, 2).tell);
    assert_int_equal(send(&w, 1, 0xFEE00010 | 8 | 33 << 5, 0x10002).reason, IOMMU_IR_REQUEST);
    iommu_wr(w.h.unit, 0, IOMMU_GCMD, iommu_rd(w.h.unit, IOMMU_GSTS) | IOMMU_CFI);
    const iommu_irq_t r = send(&w, 1, 0xFEE03000, 99);
    assert_true(r.tell && r.core == 3 && r.vector == 99);
    world_free(&w);
}

static void entries_stay_cached_until_invalidated(void **state)
{
    (void)state;
    world_t w;
    world_init(&w);
    const uint64_t addr = iommu_host_irq(&w.h, 0, 0, 5, 0, 50);
    assert_int_equal(send(&w, 0, addr, 0).vector, 50);
    const uint64_t zero = 0;
    memcpy(memory_at(w.mem, w.h.irt_hpa + 16 * 5, 8), &zero, 8);
    assert_int_equal(send(&w, 0, addr, 0).vector, 50);
    iommu_host_irq(&w.h, 0, 0, 4, 0, 51); // invalidates another one
    assert_int_equal(send(&w, 0, addr, 0).vector, 50);
    iommu_host_no_irq(&w.h, 0, 0, 5);
    assert_int_equal(send(&w, 0, addr, 0).reason, IOMMU_IRTE_NOT_PRESENT);
    world_free(&w);
}

static void invalidate(world_t *w, uint64_t word)
{
    const uint64_t d[2] = {word, 0};
    memcpy(memory_at(w->mem, w->h.queue_hpa + w->h.tail, sizeof d), d, sizeof d);
    w->h.tail = (w->h.tail + 16) % 4096;
    iommu_wr(w->h.unit, 0, IOMMU_IQT, w->h.tail);
}

// Which of the first 16 entries are cached; they are behind it.
static unsigned cached(world_t *w)
{
    unsigned set = 0;
    for (unsigned i = 0; i < 16; i++)
        set |= (send(w, 0, 0xFEE00010 | i << 5, 0).done_ps == 1000 ? 1u : 0) << i;
    return set;
}

static void an_invalidation_takes_the_entries_it_names(void **state)
{
    (void)state;
    world_t w;
    world_init(&w);
    for (unsigned i = 0; i < 16; i++) iommu_host_irq(&w.h, 0, 0, i, 0, (uint8_t)(64 + i));
    cached(&w);
    assert_int_equal(cached(&w), 0xFFFF);
    for (unsigned im = 0; im < 5; im++) {
        const unsigned first = 13u >> im << im, range = ((1u << (1u << im)) - 1) << first;
        invalidate(&w, 4 | 1 << 4 | im << 27 | UINT64_C(13) << 32);
        assert_int_equal(cached(&w), 0xFFFF & ~range);
    }
    invalidate(&w, 4);
    assert_int_equal(cached(&w), 0);
    world_free(&w);
}

static void an_entry_may_want_no_records(void **state)
{
    (void)state;
    world_t w;
    world_init(&w);
    const iommu_stats_t *s = iommu_stats(w.h.unit);
    uint64_t word = 1 | 2; // present, FPD
    const uint64_t addr = iommu_host_irq(&w.h, 0, 2, 0, 0, 64);
    memcpy(memory_at(w.mem, w.h.irt_hpa + 16 * 64, 8), &word, 8);
    for (unsigned i = 1; i < 3; i++) { // fetched, and from the cache
        assert_int_equal(send(&w, 3, addr, 0).reason, IOMMU_IR_SOURCE);
        assert_true(s->unrecorded == i && s->recorded == 0);
    }
    word = 2;
    memcpy(memory_at(w.mem, w.h.irt_hpa + 16 * 64, 8), &word, 8);
    invalidate(&w, 4);
    assert_int_equal(send(&w, 2, addr, 0).reason, IOMMU_IRTE_NOT_PRESENT);
    assert_true(s->unrecorded == 3 && s->recorded == 0);
    assert_int_equal(send(&w, 2, 0xFEE00010 | 512 << 5, 0).reason, IOMMU_IR_INDEX);
    assert_true(s->unrecorded == 3 && s->recorded == 1);
    world_free(&w);
}

static void posted_messages_set_their_bit_and_notify_once(void **state)
{
    (void)state;
    world_t w;
    world_init(&w);
    const uint64_t control = UINT64_C(7) << 32 | 0xF2u << 16; // core 7, vector F2
    pd_set(&w, 4, control);
    const uint64_t a = iommu_host_posted_irq(&w.h, 0, 2, 0, w.pd, 33, false);
    const uint64_t b = iommu_host_posted_irq(&w.h, 0, 2, 1, w.pd, 200, false);
    const uint64_t c = iommu_host_posted_irq(&w.h, 0, 2, 2, w.pd, 255, true);
    iommu_irq_t r = send(&w, 2, a, 0);
    assert_true(r.tell && r.core == 7 && r.vector == 0xF2);
    assert_int_equal(r.done_ps, 1000 + 2 * 80000); // entry and descriptor
    assert_true(pd_word(&w, 0) == UINT64_C(1) << 33 && pd_word(&w, 4) == (control | 1));
    r = send(&w, 2, b, 0); // one is on its way
    assert_false(r.tell || r.refused);
    assert_true(pd_word(&w, 3) == UINT64_C(1) << (200 - 192));
    // The core takes them and clears ON.
    pd_set(&w, 0, 0);
    pd_set(&w, 3, 0);
    pd_set(&w, 4, control | 2); // SN: not running
    r = send(&w, 2, a, 0);
    assert_false(r.tell || r.refused);
    assert_true(pd_word(&w, 0) == UINT64_C(1) << 33 && pd_word(&w, 4) == (control | 2));
    r = send(&w, 2, c, 0); // urgent
    assert_true(r.tell);
    assert_true(pd_word(&w, 3) == UINT64_C(1) << 63 && pd_word(&w, 4) == (control | 3));
    const iommu_stats_t *s = iommu_stats(w.h.unit);
    assert_true(s->posted == 4 && s->notified == 2);
    assert_int_equal(send(&w, 3, a, 0).reason, IOMMU_IR_SOURCE);
    pd_set(&w, 4, control | 4);
    assert_int_equal(send(&w, 2, a, 0).reason, IOMMU_PD_BITS);
    pd_set(&w, 4, control);
    pd_set(&w, 6, 1);
    assert_int_equal(send(&w, 2, a, 0).reason, IOMMU_PD_BITS);
    iommu_host_posted_irq(&w.h, 0, 2, 0, UINT64_C(0x123456789) << 6, 33, false);
    assert_int_equal(send(&w, 2, a, 0).reason, IOMMU_PD_ACCESS);
    world_free(&w);
}

// ---- random entries ----------------------------------------------------------------------------

typedef struct want {
    unsigned reason, core, vector;
    bool tell;
} want_t;

// By the page, with plain numbers.
static want_t reference(const uint64_t e[2], uint16_t rid, const uint64_t pd[8], bool pd_there)
{
    want_t r = {0};
    if (e[0] % 2 == 0) return (want_t){.reason = 0x22};
    const bool posted = e[0] >> 15 & 1;
    const unsigned svt = e[1] >> 18 & 3, sq = e[1] >> 16 & 3;
    static const unsigned care[] = {0xFFFF, 0xFFFB, 0xFFF9, 0xFFF8};
    bool bad = (e[0] & 0x3000) || (e[1] & 0xFFF00000) || svt > 1;
    if (posted) bad = bad || (e[0] & 0x3FFF0000FC);
    else bad = bad || (e[0] & 0xFF004000) || e[1] >> 32;
    if (bad) return (want_t){.reason = 0x24};
    if (svt == 1 && ((rid ^ e[1]) & care[sq])) return (want_t){.reason = 0x26};
    if (!posted) {
        r.tell = true;
        r.vector = e[0] >> 16 & 255;
        r.core = (unsigned)(e[0] >> 32);
        return r;
    }
    if (!pd_there) return (want_t){.reason = 0x27};
    if ((pd[4] & 0xFF00FFFC) || pd[5] || pd[6] || pd[7]) return (want_t){.reason = 0x28};
    const bool on = pd[4] & 1, sn = pd[4] & 2, urgent = e[0] >> 14 & 1;
    r.tell = !on && (!sn || urgent);
    r.vector = pd[4] >> 16 & 255;
    r.core = (unsigned)(pd[4] >> 32);
    return r;
}

static void random_entry(world_t *w, uint64_t e[2])
{
    e[0] = 1 | below(w, 256) << 16 | below(w, 16) << 8;
    e[1] = below(w, 16) | below(w, 4) << 16 | below(w, 2) << 18;
    if (below(w, 2)) e[0] |= below(w, 16) << 32;
    else e[0] |= 1 << 15 | below(w, 2) << 14 | (w->pd >> 6 & 0x3FFFFFF) << 38;
    if ((e[0] >> 15 & 1) && below(w, 8) == 0) e[0] ^= UINT64_C(1) << (38 + below(w, 26));
    if (below(w, 8) == 0) e[0] ^= UINT64_C(1) << below(w, 38);
    if (below(w, 8) == 0) e[1] ^= UINT64_C(1) << below(w, 64);
}

static void random_entries_give_what_the_page_says(void **state)
{
    (void)state;
    world_t w;
    world_init(&w);
    uint64_t seen[64] = {0}, told = 0;
    const uint64_t rounds = iommu_rig_rounds(400000);
    for (uint64_t n = 0; n < rounds; n++) {
        const unsigned func = (unsigned)below(&w, 16), index = (unsigned)below(&w, 32);
        uint64_t e[2], pd[8] = {0};
        random_entry(&w, e);
        const uint64_t addr = iommu_host_irq(&w.h, 0, (uint8_t)func, index, 0, 0);
        memcpy(memory_at(w.mem, w.h.irt_hpa + (func * 32 + index) * 16, 16), e, 16);
        pd[4] = below(&w, 4) | below(&w, 256) << 16 | below(&w, 16) << 32;
        if (below(&w, 8) == 0) pd[4 + below(&w, 4)] ^= UINT64_C(1) << below(&w, 64);
        const uint64_t at = (e[0] >> 38 & 0x3FFFFFF) << 6 | e[1] >> 32 << 32;
        uint8_t *there = memory_at(w.mem, at, 64);
        uint8_t saved[64];
        if (there) {
            memcpy(saved, there, 64);
            memcpy(there, pd, 64);
        }
        for (unsigned again = 0; again < 2; again++) { // fetched, then from the cache
            const uint16_t rid = (uint16_t)below(&w, 16);
            if (there) memcpy(pd, there, 64);
            const want_t want = reference(e, rid, pd, there != NULL);
            const iommu_irq_t got = send(&w, rid, addr, 0);
            seen[want.reason]++;
            if (got.reason != want.reason) fail_msg("reason %x, not %x", got.reason, want.reason);
            assert_int_equal(got.tell, want.tell);
            told += want.tell;
            if (want.tell) assert_true(got.core == want.core && got.vector == want.vector);
            if (want.reason || !(e[0] >> 15 & 1)) continue;
            const unsigned v = e[0] >> 16 & 255;
            assert_true(there[v / 8] >> v % 8 & 1);
        }
        if (there) memcpy(there, saved, 64);
    }
    static const uint8_t must[] = {0, 0x22, 0x24, 0x26, 0x27, 0x28};
    for (unsigned i = 0; i < sizeof must; i++) assert_true(seen[must[i]] > rounds / 1000);
    assert_true(told > rounds / 4);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remapped_messages_go_where_the_entry_says),
        cmocka_unit_test(requests_that_are_none_are_refused),
        cmocka_unit_test(entries_stay_cached_until_invalidated),
        cmocka_unit_test(an_invalidation_takes_the_entries_it_names),
        cmocka_unit_test(an_entry_may_want_no_records),
        cmocka_unit_test(posted_messages_set_their_bit_and_notify_once),
        cmocka_unit_test(random_entries_give_what_the_page_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
