// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/meter.h"

#include "traces/traces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static int up(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

// The same by sorting: smallest sample with at least permille/1000 of the samples at or below it.
static uint64_t exact(const uint64_t *sorted, uint64_t n, uint32_t permille)
{
    uint64_t rank = (n * permille + 999) / 1000;
    return sorted[rank ? rank - 1 : 0];
}

static void empty_histogram_is_all_zero(void **state)
{
    (void)state;
    meter_hist_t h;
    assert_int_equal(meter_hist_init(&h), 0);
    assert_int_equal(h.count, 0);
    assert_int_equal(h.min, 0);
    assert_int_equal(h.max, 0);
    assert_int_equal(meter_hist_percentile(&h, 500), 0);
    assert_int_equal(meter_hist_mean_milli(&h), 0);
    meter_hist_free(&h);
    meter_hist_free(&h);
}

static void percentiles_below_256_are_exact(void **state)
{
    (void)state;
    enum { N = 5003 };
    static uint64_t v[N];
    meter_hist_t h;
    meter_hist_init(&h);
    rng_t r;
    rng_seed(&r, 1);
    for (unsigned i = 0; i < N; i++) meter_hist_add(&h, v[i] = rng_below(&r, 256));
    qsort(v, N, sizeof *v, up);
    for (uint32_t p = 0; p <= 1000; p++) {
        assert_int_equal(meter_hist_percentile(&h, p), exact(v, N, p));
    }
    meter_hist_free(&h);
}

static void percentiles_are_within_1_in_128_above(void **state)
{
    (void)state;
    enum { N = 5003 };
    static uint64_t v[N];
    meter_hist_t h;
    meter_hist_init(&h);
    rng_t r;
    rng_seed(&r, 2);
    for (unsigned i = 0; i < N; i++) meter_hist_add(&h, v[i] = rng_next(&r) >> rng_below(&r, 64));
    qsort(v, N, sizeof *v, up);
    assert_int_equal(h.min, v[0]);
    assert_int_equal(h.max, v[N - 1]);
    for (uint32_t p = 0; p <= 1000; p++) {
        uint64_t want = exact(v, N, p), got = meter_hist_percentile(&h, p);
        assert_true(got >= want);
        assert_true(got - want <= want / 128);
        if (want < 256) assert_int_equal(got, want);
    }
    assert_int_equal(meter_hist_percentile(&h, 1000), v[N - 1]);
    meter_hist_free(&h);
}

static void known_percentiles(void **state)
{
    (void)state;
    meter_hist_t h;
    meter_hist_init(&h);
    for (uint64_t i = 1; i <= 100; i++) meter_hist_add(&h, i);
    assert_int_equal(meter_hist_percentile(&h, 0), 1);
    assert_int_equal(meter_hist_percentile(&h, 500), 50);
    assert_int_equal(meter_hist_percentile(&h, 501), 51);
    assert_int_equal(meter_hist_percentile(&h, 990), 99);
    assert_int_equal(meter_hist_percentile(&h, 999), 100);
    assert_int_equal(meter_hist_mean_milli(&h), 50500);
    meter_hist_free(&h);
}

static void sums_beyond_64_bits_are_exact(void **state)
{
    (void)state;
    meter_hist_t h;
    meter_hist_init(&h);
    for (unsigned i = 0; i < 3; i++) meter_hist_add(&h, UINT64_MAX);
    assert_int_equal(h.sum_hi, 2);
    assert_int_equal(h.sum_lo, UINT64_MAX - 2);
    assert_int_equal(h.max, UINT64_MAX);
    assert_int_equal(meter_hist_percentile(&h, 500), UINT64_MAX);
    meter_hist_free(&h);
    meter_hist_init(&h);
    for (unsigned i = 0; i < 4; i++) meter_hist_add(&h, UINT64_C(1) << 62);
    for (unsigned i = 0; i < 4; i++) meter_hist_add(&h, 0);
    assert_int_equal(h.sum_hi, 1);
    assert_int_equal(h.sum_lo, 0);
    meter_hist_free(&h);
}

static void mean_is_rounded_down_in_thousandths(void **state)
{
    (void)state;
    meter_hist_t h;
    meter_hist_init(&h);
    meter_hist_add(&h, 1);
    meter_hist_add(&h, 1);
    meter_hist_add(&h, 0);
    assert_int_equal(meter_hist_mean_milli(&h), 666);
    meter_hist_free(&h);
}

typedef struct walk {
    uint64_t next, count;
    const uint64_t *v;
} walk_t;

static void walk_fn(void *ctx, uint64_t lower, uint64_t upper, uint64_t count)
{
    walk_t *w = ctx;
    assert_true(lower >= w->next && upper >= lower && count > 0);
    if (lower < 256) assert_int_equal(lower, upper);
    else assert_true(upper - lower <= lower / 128);
    w->next = upper + 1;
    w->count += count;
    unsigned inside = 0;
    for (unsigned i = 0; i < 2000; i++) inside += w->v[i] >= lower && w->v[i] <= upper;
    assert_int_equal(inside, count);
}

static void buckets_are_disjoint_ordered_and_hold_their_samples(void **state)
{
    (void)state;
    static uint64_t v[2000];
    meter_hist_t h;
    meter_hist_init(&h);
    rng_t r;
    rng_seed(&r, 3);
    // Powers of two and their neighbours are where a bucket index goes wrong.
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t one = UINT64_C(1) << rng_below(&r, 63);
        v[i] = one + rng_below(&r, 3) - 1;
        meter_hist_add(&h, v[i]);
    }
    walk_t w = {.v = v};
    meter_hist_each(&h, walk_fn, &w);
    assert_int_equal(w.count, h.count);
    meter_hist_free(&h);
}

static void merged_histograms_are_those_of_all_samples(void **state)
{
    (void)state;
    meter_hist_t part[3], all;
    for (int i = 0; i < 3; i++) assert_int_equal(meter_hist_init(&part[i]), 0);
    assert_int_equal(meter_hist_init(&all), 0);
    for (uint64_t i = 1; i < 3000; i++) {
        const uint64_t v = i * i * i * 7919 + (i % 7 == 0 ? UINT64_MAX / 2 : 0);
        meter_hist_add(&part[i % 2], v);
        meter_hist_add(&all, v);
    }
    meter_hist_merge(&part[2], &part[0]);
    meter_hist_merge(&part[0], &part[1]);
    meter_hist_merge(&part[2], &part[1]);
    for (int i = 0; i < 3; i += 2) {
        assert_memory_equal(part[i].bucket, all.bucket, METER_BUCKETS * sizeof *all.bucket);
        assert_int_equal(part[i].count, all.count);
        assert_int_equal(part[i].min, all.min);
        assert_int_equal(part[i].max, all.max);
        assert_int_equal(part[i].sum_lo, all.sum_lo);
        assert_int_equal(part[i].sum_hi, all.sum_hi);
    }
    for (int i = 0; i < 3; i++) meter_hist_free(&part[i]);
    meter_hist_free(&all);
}

static void buckets_saturate_instead_of_wrapping(void **state)
{
    (void)state;
    meter_hist_t h;
    meter_hist_init(&h);
    meter_hist_add(&h, 7);
    h.bucket[7] = UINT32_MAX;
    meter_hist_add(&h, 7);
    assert_int_equal(h.bucket[7], UINT32_MAX);
    assert_int_equal(h.count, 2);
    meter_hist_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_histogram_is_all_zero),
        cmocka_unit_test(percentiles_below_256_are_exact),
        cmocka_unit_test(percentiles_are_within_1_in_128_above),
        cmocka_unit_test(known_percentiles),
        cmocka_unit_test(sums_beyond_64_bits_are_exact),
        cmocka_unit_test(mean_is_rounded_down_in_thousandths),
        cmocka_unit_test(buckets_are_disjoint_ordered_and_hold_their_samples),
        cmocka_unit_test(buckets_saturate_instead_of_wrapping),
        cmocka_unit_test(merged_histograms_are_those_of_all_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
