// SPDX-License-Identifier: Apache-2.0
// Replacement, against plain models of it, and what the closed forms of cyclic use say.
#include "tests/iommu_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// ---- a plain model -----------------------------------------------------------------------------

#define LINES 64u

typedef struct plain {
    iommu_geometry_t g;
    uint64_t key[LINES], used[LINES], filled[LINES];
    uint8_t tree[LINES];
    uint64_t clock;
} plain_t;

static unsigned plain_set(const plain_t *m, uint64_t key)
{
    return (unsigned)(key >> IOMMU_KEY_PAGE_LSB) % (m->g.entries / m->g.ways) * m->g.ways;
}

// A binary tree over the ways; each node says on which side the older half is.
static void plain_touch(plain_t *m, unsigned set, unsigned way)
{
    unsigned lo = 0, hi = m->g.ways, node = 0;
    m->used[set + way] = ++m->clock;
    while (hi - lo > 1) {
        const unsigned mid = (lo + hi) / 2;
        const bool right = way >= mid;
        m->tree[set + node] = !right;
        node = 2 * node + 1 + right;
        if (right) lo = mid;
        else hi = mid;
    }
}

static unsigned plain_victim(const plain_t *m, unsigned set)
{
    unsigned best = 0, lo = 0, hi = m->g.ways, node = 0;
    const uint64_t *age = m->g.policy == IOMMU_LRU ? m->used : m->filled;
    if (m->g.policy != IOMMU_PLRU) {
        for (unsigned w = 1; w < m->g.ways; w++)
            if (age[set + w] < age[set + best]) best = w;
        return best;
    }
    while (hi - lo > 1) {
        const unsigned right = m->tree[set + node];
        if (right) lo = (lo + hi) / 2;
        else hi = (lo + hi) / 2;
        node = 2 * node + 1 + right;
    }
    return lo;
}

static bool plain_use(plain_t *m, uint64_t key)
{
    const unsigned set = plain_set(m, key);
    unsigned invalid = m->g.ways;
    for (unsigned w = m->g.ways; w-- > 0;) {
        if (m->key[set + w] == key) {
            plain_touch(m, set, w);
            return true;
        }
        if (!m->key[set + w]) invalid = w;
    }
    const unsigned w = invalid < m->g.ways ? invalid : plain_victim(m, set);
    m->key[set + w] = key;
    m->filled[set + w] = ++m->clock;
    plain_touch(m, set, w);
    return false;
}

static void use(iommu_cache_t *c, uint64_t key)
{
    iommu_line_t *l = iommu_cache_find(c, key);
    if (l) {
        assert_int_equal(l->value, key);
        iommu_cache_touch(c, l);
        return;
    }
    l = iommu_cache_put(c, key);
    assert_non_null(l);
    l->value = key;
}

static bool is_in(const iommu_cache_t *c, uint64_t key)
{
    return iommu_cache_find(c, key) != NULL;
}

static void replacement_is_that_of_a_plain_model(void **state)
{
    (void)state;
    static const iommu_geometry_t shapes[] = {
        {64, 64, IOMMU_LRU}, {64, 4, IOMMU_LRU}, {16, 16, IOMMU_FIFO}, {32, 2, IOMMU_FIFO},
        {64, 8, IOMMU_PLRU}, {4, 4, IOMMU_PLRU}, {8, 1, IOMMU_LRU},    {1, 1, IOMMU_FIFO}};
    uint64_t rng = 99;
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        iommu_cache_t c;
        plain_t m = {.g = shapes[i]};
        assert_true(iommu_cache_init(&c, &shapes[i], 1));
        for (unsigned n = 0; n < 200000; n++) {
            rng = rng * 6364136223846793005u + 1442695040888963407u;
            const uint64_t key = iommu_key(
                (rng >> 33) % (shapes[i].entries + shapes[i].entries / 2 + 1) << 12, 7, 0);
            const bool hit = is_in(&c, key);
            assert_int_equal(plain_use(&m, key), hit);
            use(&c, key);
        }
        iommu_cache_free(&c);
    }
}

static void invalid_lines_are_taken_first(void **state)
{
    (void)state;
    for (unsigned policy = 0; policy < IOMMU_POLICIES; policy++) {
        const iommu_geometry_t g = {8, 8, (enum iommu_policy)policy};
        iommu_cache_t c;
        assert_true(iommu_cache_init(&c, &g, 5));
        for (uint64_t i = 0; i < 8; i++) use(&c, iommu_key(i << 12, (uint16_t)(i & 1), 0));
        assert_true(iommu_cache_drop(&c, iommu_key(3 << 12, 1, 0)));
        assert_false(iommu_cache_drop(&c, iommu_key(3 << 12, 1, 0)));
        use(&c, iommu_key(99 << 12, 0, 0));
        for (uint64_t i = 0; i < 8; i++)
            assert_int_equal(is_in(&c, iommu_key(i << 12, (uint16_t)(i & 1), 0)), i != 3);
        const uint64_t mask = IOMMU_KEY_VALID | IOMMU_KEY_DID_MASK;
        assert_int_equal(iommu_cache_drop_all(&c, mask, iommu_key(0, 1, 0) & mask), 3);
        assert_true(is_in(&c, iommu_key(99 << 12, 0, 0)));
        assert_int_equal(iommu_cache_drop_all(&c, 0, 0), 5);
        assert_false(is_in(&c, iommu_key(99 << 12, 0, 0)));
        iommu_cache_free(&c);
    }
}

// ---- closed forms: `pages` used in turn --------------------------------------------------------

static double cyclic_hits(const iommu_geometry_t *g, unsigned pages, unsigned rounds)
{
    iommu_params_t p = iommu_rig_params();
    iommu_rig_t r;
    iommu_domain_t d;
    p.iotlb = *g;
    p.hit_ps = 2000;
    p.walk_ps = 250000;
    p.access_ps = 80000;
    iommu_rig_init(&r, &p, 1);
    assert_true(iommu_domain_init(&d, &r.pages, 1, 4));
    assert_int_equal(iommu_domain_map(&d, 0, MEMORY_BASE, pages * 4096ull, 3, 0), 0);
    iommu_rig_attach(&r, 0, &d);
    iommu_stats_t base = {0};
    uint64_t at_ps = 0;
    for (unsigned n = 0; n < 2 * rounds; n++) {
        if (n == rounds) base = *iommu_stats(r.u);
        for (unsigned i = 0; i < pages; i++, at_ps += 1000000) {
            iommu_request_t q;
            iommu_translate(r.u, 0, true, i * 4096ull, 64, at_ps, &q);
            assert_false(q.refused);
        }
    }
    const iommu_stats_t *s = iommu_stats(r.u);
    const double all = (double)(s->translations - base.translations);
    const double h = (double)(s->hits - base.hits) / all;
    // Mean added latency = look-up + (1 - h) * walk; a walk is one access here, the tables above are
    // remembered.
    const double mean = (double)(s->latency_ps - base.latency_ps) / all;
    assert_true(fabs(mean - (2000 + (1 - h) * 330000)) < 1);
    assert_int_equal(s->latency_max_ps,
                     2000 + 250000 + 6 * 80000); // the first: context and four levels
    iommu_domain_free(&d);
    iommu_rig_free(&r);
    return h;
}

static void lru_falls_off_a_cliff_at_one_page_too_many(void **state)
{
    (void)state;
    for (unsigned entries = 16; entries <= 256; entries *= 2) {
        const iommu_geometry_t lru = {entries, entries, IOMMU_LRU}, fifo = {entries, 0, IOMMU_FIFO};
        assert_true(cyclic_hits(&lru, entries, 50) == 1.0);
        assert_true(cyclic_hits(&lru, entries + 1, 50) == 0.0);
        assert_true(cyclic_hits(&fifo, entries + 1, 50) == 0.0);
    }
    // 256 descriptors of 2-KiB buffers: 128 pages and one of the ring.
    const iommu_geometry_t lru = {64, 64, IOMMU_LRU};
    assert_true(cyclic_hits(&lru, 129, 50) == 0.0);
}

// h = (1 - 1/E)^((W - 1)(1 - h)); the root below 1, by iteration from 0.
static double random_hits(double e, double w)
{
    double h = 0;
    for (int i = 0; i < 10000; i++) h = pow(1 - 1 / e, (w - 1) * (1 - h));
    return h;
}

static void random_replacement_follows_its_formula(void **state)
{
    (void)state;
    static const struct {
        unsigned entries, pages;
    } t[] = {{64, 96}, {64, 128}, {64, 256}, {32, 64}, {256, 512}, {128, 300}};
    for (unsigned i = 0; i < sizeof t / sizeof t[0]; i++) {
        const iommu_geometry_t g = {t[i].entries, t[i].entries, IOMMU_RANDOM};
        const double h = cyclic_hits(&g, t[i].pages, 3000);
        const double want = random_hits(t[i].entries, t[i].pages);
        print_message("E %u W %u: %.4f, formula %.4f\n", t[i].entries, t[i].pages, h, want);
        assert_true(fabs(h - want) < 0.01);
    }
    const iommu_geometry_t g = {64, 64, IOMMU_RANDOM};
    const double h = cyclic_hits(&g, 65, 3000);
    print_message("E 64 W 65: %.4f\n", h);
    assert_true(fabs(h - 0.97) < 0.01);
    assert_true(fabs(random_hits(64, 128) - 0.203) < 0.001);
}

static void geometries_are_read_and_checked(void **state)
{
    (void)state;
    iommu_geometry_t g;
    char err[128];
    assert_int_equal(iommu_geometry_parse("64:4:random", &g, err), 0);
    assert_true(g.entries == 64 && g.ways == 4 && g.policy == IOMMU_RANDOM);
    assert_int_equal(iommu_geometry_parse("0:0:lru", &g, err), 0);
    assert_int_equal(iommu_geometry_parse("48:3:plru", &g, err), -1);
    static const char *const bad[] = {
        "",         "64",       "64:4",    "64:4:",       "64:4:mru",  "64:5:lru", "96:4:lru",
        "-1:1:lru", "64:0:lru", "0:1:lru", "70000:1:lru", "64:4:lru ", "a:b:c"};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        err[0] = 0;
        if (iommu_geometry_parse(bad[i], &g, err) == 0 || !err[0])
            fail_msg("'%s' was taken", bad[i]);
    }
    iommu_cache_t c;
    g = (iommu_geometry_t){0};
    assert_true(iommu_cache_init(&c, &g, 1)); // never hits
    assert_null(iommu_cache_put(&c, iommu_key(0, 0, 0)));
    assert_null(iommu_cache_find(&c, iommu_key(0, 0, 0)));
    iommu_cache_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replacement_is_that_of_a_plain_model),
        cmocka_unit_test(invalid_lines_are_taken_first),
        cmocka_unit_test(lru_falls_off_a_cliff_at_one_page_too_many),
        cmocka_unit_test(random_replacement_follows_its_formula),
        cmocka_unit_test(geometries_are_read_and_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
