// SPDX-License-Identifier: Apache-2.0
// The walker with its caches against the reference: tables of random contents, tables as domains
// build them, and what is left when entries change one by one. IOMMU_TESTS=10: a tenth as much.
#include "tests/iommu_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TABLES   24u
#define FUNCS    6u
#define ROUNDS   180000u
#define ACCESSES 60u

// Entries lie at a few places, so that walks get far.
static const uint16_t places[] = {0, 1, 2, 255, 256, 511};
enum { PLACES = sizeof places / sizeof places[0] };

typedef struct soup {
    iommu_rig_t g;
    uint64_t table[TABLES];
    uint64_t seen[IOMMU_REASONS], recent[8];
} soup_t;

static uint64_t random_entry(soup_t *s)
{
    iommu_rig_t *g = &s->g;
    uint64_t e = s->table[iommu_rig_below(g, TABLES)];
    const unsigned kind = (unsigned)iommu_rig_below(g, 64);
    if (kind < 6) return 0;
    e |= kind < 12 ? 1 + iommu_rig_below(g, 3) : 3;
    if (kind == 12) e |= UINT64_C(1) << iommu_rig_below(g, 64);  // reserved, ignored or address
    if (kind == 13) e = (e & 3) | (UINT64_C(0x3FFFFFFFF) << 12); // outside memory
    if (kind > 40) e |= 0x80;                                    // a page, mostly not aligned
    if (kind > 46) e &= ~UINT64_C(0x1FF000);
    if (kind > 58) e &= ~UINT64_C(0x3FFFF000);
    if (iommu_rig_below(g, 4) == 0) e |= iommu_rig_random(g) & 0x9FF0000000000778; // ignored ones
    return e;
}

static void mutate(soup_t *s, unsigned n)
{
    iommu_rig_t *g = &s->g;
    while (n--)
        iommu_rig_store(
            g, s->table[iommu_rig_below(g, TABLES)] + 8u * places[iommu_rig_below(g, PLACES)],
            random_entry(s));
}

static void random_context(soup_t *s, uint8_t func)
{
    iommu_rig_t *g = &s->g;
    const unsigned kind = (unsigned)iommu_rig_below(g, 32);
    uint64_t word0 = s->table[iommu_rig_below(g, TABLES)] | 1;
    uint64_t word1 = (1 + iommu_rig_below(g, 2)) | (uint64_t)func << 8;
    if (kind == 0) word0 &= ~UINT64_C(1);
    if (kind == 1) word0 |= UINT64_C(1) << iommu_rig_below(g, 64);
    if (kind == 2) word1 |= UINT64_C(1) << (24 + iommu_rig_below(g, 40)); // no domain of another
    if (kind == 6) word1 |= 0x80;
    if (kind == 3) word0 |= 8; // pass through
    if (kind == 4) word1 = (word1 & ~UINT64_C(7)) | iommu_rig_below(g, 8);
    if (kind == 5) word1 |= iommu_rig_below(g, 16) << 3; // software's
    iommu_rig_context(g, func, word0, word1);
}

static uint64_t random_iova(soup_t *s)
{
    iommu_rig_t *g = &s->g;
    uint64_t iova = 0, *recent = &s->recent[iommu_rig_below(g, 8)];
    if (iommu_rig_below(g, 3)) return (*recent & ~UINT64_C(0xFFF)) | iommu_rig_below(g, 4096);
    for (unsigned level = 4; level >= 1; level--)
        iova = iova << 9 | places[iommu_rig_below(g, PLACES)];
    if (iommu_rig_below(g, 4)) iova &= (UINT64_C(1) << 27) - 1; // below 39 bits
    iova = iova << 12 | iommu_rig_below(g, 4096);
    return *recent = iommu_rig_below(g, 200) ? iova : iommu_rig_random(g);
}

static void expect(soup_t *s, const iommu_request_t *got, const iommu_ref_t *want)
{
    s->seen[want->reason]++;
    if (got->reason != want->reason || got->refused != (want->reason != 0))
        fail_msg("reason %x, not %x", got->reason, want->reason);
    assert_int_equal(got->parts, want->parts);
    for (unsigned i = 0; i < got->parts; i++) {
        assert_int_equal(got->part[i].hpa, want->hpa[i]);
        assert_int_equal(got->part[i].len, want->len[i]);
    }
}

static void access_soup(soup_t *s)
{
    iommu_rig_t *g = &s->g;
    const uint16_t rid =
        (uint16_t)(iommu_rig_below(g, 50) ? iommu_rig_below(g, FUNCS) : iommu_rig_below(g, 65536));
    const bool write = iommu_rig_below(g, 2);
    const uint64_t iova = random_iova(s);
    const uint32_t len = 1 + (uint32_t)iommu_rig_below(g, iommu_rig_below(g, 8) ? 64 : 4096);
    iommu_request_t got;
    iommu_ref_t want;
    iommu_translate(g->u, rid, write, iova, len, 0, &got);
    iommu_ref_walk(g->mem, g->root, rid, write, iova, len, &want);
    expect(s, &got, &want);
}

static void random_tables(const iommu_params_t *p, uint64_t rounds, uint64_t seed)
{
    soup_t s = {0};
    iommu_rig_init(&s.g, p, iommu_rig_seed(seed));
    for (unsigned i = 0; i < TABLES; i++) s.table[i] = iommu_page_take(&s.g.pages);
    for (unsigned i = 0; i < TABLES; i++) mutate(&s, PLACES);
    uint64_t accesses = 0;
    for (uint64_t r = 0; r < rounds; r++) {
        mutate(&s, 1 + (unsigned)iommu_rig_below(&s.g, 12));
        random_context(&s, (uint8_t)iommu_rig_below(&s.g, FUNCS));
        iommu_rig_flush_all(&s.g);
        for (unsigned i = 0; i < ACCESSES; i++, accesses++) access_soup(&s);
    }
    // Every reason has been met, but for those of entries that lie outside memory.
    static const uint8_t must[] = {0, 1, 2, 3, 4, 5, 6, 7, 11, 12};
    for (unsigned i = 0; i < sizeof must; i++)
        if (s.seen[must[i]] == 0) fail_msg("reason %x was not met", must[i]);
    const iommu_stats_t *st = iommu_stats(s.g.u);
    assert_true(st->hits > accesses / 50);
    assert_int_equal(st->requests, accesses);
    print_message("%llu requests, %.1f %% hits, %.1f %% translated\n", (unsigned long long)accesses,
                  100.0 * (double)st->hits / (double)st->translations,
                  100.0 * (double)s.seen[0] / (double)accesses);
    iommu_rig_free(&s.g);
}

static void tables_of_random_contents_give_what_the_reference_gives(void **state)
{
    (void)state;
    const uint64_t rounds = iommu_rig_rounds(ROUNDS);
    static const iommu_geometry_t shapes[] = {
        {64, 64, IOMMU_LRU}, {64, 4, IOMMU_FIFO}, {32, 2, IOMMU_RANDOM}, {128, 8, IOMMU_PLRU}};
    for (unsigned i = 0; i < 4; i++) {
        iommu_params_t p = iommu_rig_params();
        p.iotlb = shapes[i];
        p.walk = i == 1 ? (iommu_geometry_t){0} : (iommu_geometry_t){4u << i, 4, shapes[i].policy};
        random_tables(&p, rounds / 4, 7 + i);
    }
}

static void root_entries_are_checked_like_all_others(void **state)
{
    (void)state;
    const iommu_params_t p = iommu_rig_params();
    iommu_rig_t g;
    iommu_rig_init(&g, &p, 3);
    iommu_domain_t d;
    assert_true(iommu_domain_init(&d, &g.pages, 5, 4));
    assert_int_equal(iommu_domain_map(&d, 0, MEMORY_BASE, 4096, 3, 0), 0);
    iommu_rig_attach(&g, 1, &d);
    const struct {
        uint64_t word0, word1;
        unsigned reason;
    } t[] = {{g.context, 0, 1},
             {g.context | 1, 0, 0},
             {g.context | 3, 0, 10},
             {g.context | 1, 1, 10},
             {g.context | 1 | UINT64_C(1) << 46, 0, 10},
             {UINT64_C(1) << 40 | 1, 0, 9}};
    for (unsigned i = 0; i < sizeof t / sizeof t[0]; i++) {
        iommu_request_t r;
        iommu_ref_t want;
        iommu_rig_store(&g, g.root, t[i].word0);
        iommu_rig_store(&g, g.root + 8, t[i].word1);
        iommu_rig_flush_all(&g);
        iommu_translate(g.u, 1, true, 0, 64, 0, &r);
        iommu_ref_walk(g.mem, g.root, 1, true, 0, 64, &want);
        assert_int_equal(r.reason, t[i].reason);
        assert_int_equal(want.reason, t[i].reason);
    }
    iommu_wr(g.u, 0, IOMMU_RTADDR, UINT64_C(1) << 40);
    iommu_wr(g.u, 0, IOMMU_GCMD, IOMMU_QIE | IOMMU_TE | IOMMU_SRTP);
    iommu_rig_flush_all(&g);
    iommu_request_t r;
    iommu_translate(g.u, 1, true, 0, 64, 0, &r);
    assert_int_equal(r.reason, IOMMU_ROOT_ACCESS);
    iommu_domain_free(&d);
    iommu_rig_free(&g);
}

// ---- domains -----------------------------------------------------------------------------------

// A window of 16 slots of 2 MiB each in two domains, by what was mapped.
#define SLOTS  16u
#define WINDOW (UINT64_C(3) << 30) // its first address: three GiB

typedef struct world {
    iommu_rig_t g;
    iommu_domain_t d[2];
} world_t;

static unsigned level_shift(unsigned size)
{
    return 12 + 9 * size;
}

// One change, with the invalidation that belongs to it and no more.
static void change(world_t *w)
{
    iommu_rig_t *g = &w->g;
    iommu_domain_t *d = &w->d[iommu_rig_below(g, 2)];
    const unsigned size = iommu_rig_below(g, 64) ? (iommu_rig_below(g, 8) ? 0 : 1) : 2;
    const uint64_t page = UINT64_C(1) << level_shift(size);
    const uint64_t iova =
        (WINDOW + (iommu_rig_below(g, SLOTS) << 21) + (iommu_rig_below(g, 3) << 12)) & ~(page - 1);
    const uint64_t hpa = (MEMORY_BASE + (iommu_rig_below(g, RIG_BYTES >> 12) << 12)) & ~(page - 1);
    uint64_t was_hpa;
    uint32_t was_perm;
    unsigned was_size;
    if (!iommu_domain_find(d, iova, &was_hpa, &was_perm, &was_size)) {
        const int r =
            iommu_domain_map(d, iova, hpa, page, 1 + (uint32_t)iommu_rig_below(g, 3), size);
        assert_true(r == 0 || r == -17);
        if (d->stale_tables) {
            d->stale_tables = false;
            iommu_rig_flush_page(g, d->did, iova, 9 * size, false);
        }
        return;
    }
    const uint64_t at = iova & ~((UINT64_C(1) << level_shift(was_size)) - 1);
    assert_int_equal(iommu_domain_unmap(d, at, UINT64_C(1) << level_shift(was_size)), 0);
    if (iommu_rig_below(g, 16) == 0) iommu_rig_flush_domain(g, d->did);
    else iommu_rig_flush_page(g, d->did, at, 9 * was_size, true); // only leaves have changed
}

static void access_domain(world_t *w)
{
    iommu_rig_t *g = &w->g;
    const uint16_t rid = (uint16_t)iommu_rig_below(g, 2);
    const bool write = iommu_rig_below(g, 2);
    const uint64_t iova = WINDOW + (iommu_rig_below(g, SLOTS + 1) << 21) +
                          (iommu_rig_below(g, 3) << 12) + iommu_rig_below(g, 4096);
    const uint32_t len = 1 + (uint32_t)iommu_rig_below(g, 512);
    iommu_request_t got;
    iommu_ref_t want;
    iommu_translate(g->u, rid, write, iova, len, 0, &got);
    iommu_ref_walk(g->mem, g->root, rid, write, iova, len, &want);
    if (got.reason != want.reason)
        fail_msg("%llx: reason %x, not %x", (unsigned long long)iova, got.reason, want.reason);
    for (unsigned i = 0; i < want.parts; i++) assert_int_equal(got.part[i].hpa, want.hpa[i]);
    // And what the owner believes.
    uint64_t hpa;
    uint32_t perm;
    unsigned size;
    const bool mapped = iommu_domain_find(&w->d[rid], iova, &hpa, &perm, &size);
    if (want.reason == 0) {
        assert_true(mapped && (perm & (write ? 2 : 1)));
        assert_int_equal(hpa, want.hpa[0]);
    } else if (want.bad == iova) {
        assert_false(mapped && (perm & (write ? 2 : 1)));
    }
}

static void domains_change_page_by_page_and_nothing_stale_is_used(void **state)
{
    (void)state;
    iommu_params_t p = iommu_rig_params();
    p.iotlb = (iommu_geometry_t){256, 8, IOMMU_LRU};
    p.walk = (iommu_geometry_t){64, 4, IOMMU_RANDOM};
    world_t w = {0};
    iommu_rig_init(&w.g, &p, iommu_rig_seed(11));
    for (unsigned i = 0; i < 2; i++) {
        assert_true(iommu_domain_init(&w.d[i], &w.g.pages, (uint16_t)(100 + i), 3 + i));
        iommu_rig_attach(&w.g, (uint8_t)i, &w.d[i]);
    }
    const uint64_t rounds = iommu_rig_rounds(60000);
    for (uint64_t r = 0; r < rounds; r++) {
        change(&w);
        for (unsigned i = 0; i < 10; i++) access_domain(&w);
    }
    print_message("%llu translations, %llu hits\n",
                  (unsigned long long)iommu_stats(w.g.u)->translations,
                  (unsigned long long)iommu_stats(w.g.u)->hits);
    assert_true(iommu_stats(w.g.u)->hits > rounds);
    const size_t others = 3; // root, context, queue
    for (unsigned i = 0; i < 2; i++) iommu_domain_free(&w.d[i]);
    assert_int_equal(w.g.pages.used, others);
    iommu_rig_free(&w.g);
}

static void a_domain_refuses_what_cannot_be(void **state)
{
    (void)state;
    const iommu_params_t p = iommu_rig_params();
    iommu_rig_t g;
    iommu_domain_t d;
    uint64_t hpa;
    uint32_t perm;
    unsigned size;
    iommu_rig_init(&g, &p, 1);
    assert_true(iommu_domain_init(&d, &g.pages, 1, 3));
    assert_int_equal(iommu_domain_map(&d, 4096, MEMORY_BASE + 1, 4096, 3, 0), -22);
    assert_int_equal(iommu_domain_map(&d, 4096, MEMORY_BASE, 4096, 0, 0), -22);
    assert_int_equal(iommu_domain_map(&d, 4096, MEMORY_BASE, 0, 3, 0), -22);
    assert_int_equal(iommu_domain_map(&d, UINT64_C(1) << 39, MEMORY_BASE, 4096, 3, 0), -22);
    assert_int_equal(iommu_domain_map(&d, (UINT64_C(1) << 39) - 4096, MEMORY_BASE, 8192, 3, 0),
                     -22);
    assert_int_equal(iommu_domain_map(&d, 4096, MEMORY_BASE, 2 << 20, 3, 1), -22);
    assert_int_equal(iommu_domain_map(&d, 4096, MEMORY_BASE, 8192, 3, 0), 0);
    assert_int_equal(iommu_domain_map(&d, 8192, MEMORY_BASE, 8192, 3, 0), -17);
    assert_false(iommu_domain_find(&d, 12288, &hpa, &perm, &size)); // all or nothing
    assert_int_equal(iommu_domain_map(&d, 0, MEMORY_BASE, 8192, 3, 0), -17);
    assert_false(iommu_domain_find(&d, 0, &hpa, &perm, &size));
    assert_int_equal(iommu_domain_map(&d, 0, MEMORY_BASE, 2 << 20, 3, 1), -17);
    assert_int_equal(iommu_domain_unmap(&d, 4096, 12288), -2);
    assert_true(iommu_domain_find(&d, 8192, &hpa, &perm, &size));
    assert_int_equal(iommu_domain_unmap(&d, 4096, 8192), 0);
    assert_int_equal(iommu_domain_map(&d, 0, MEMORY_BASE, 2 << 20, 2, 1),
                     0); // the empty table goes
    assert_true(d.stale_tables);
    assert_int_equal(iommu_domain_unmap(&d, 4096, 4096), -22);
    assert_true(iommu_domain_find(&d, 0x12345, &hpa, &perm, &size));
    assert_true(hpa == MEMORY_BASE + 0x12345 && perm == 2 && size == 1);
    assert_int_equal(d.leaves[0], 0);
    assert_int_equal(d.leaves[1], 1);
    iommu_domain_free(&d);
    iommu_rig_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_random_contents_give_what_the_reference_gives),
        cmocka_unit_test(root_entries_are_checked_like_all_others),
        cmocka_unit_test(domains_change_page_by_page_and_nothing_stale_is_used),
        cmocka_unit_test(a_domain_refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
