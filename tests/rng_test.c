// SPDX-License-Identifier: Apache-2.0
// Properties of the random numbers. libm appears here only, as the reference for the integer
// logarithm inside rng_exp.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "traces/traces.h"

#define DRAWS 1000000

static void same_seed_same_numbers_and_other_seed_others(void **state)
{
    (void)state;
    rng_t a, b, c;
    int equal = 0;
    rng_seed(&a, 42);
    rng_seed(&b, 42);
    rng_seed(&c, 43);
    for (int i = 0; i < 1000; i++) {
        uint64_t x = rng_next(&a);
        assert_true(x == rng_next(&b));
        equal += x == rng_next(&c);
    }
    assert_int_equal(equal, 0);
}

// First outputs of xoshiro256** from the state {1, 2, 3, 4}, worked out from its definition:
// rotl(2*5, 7)*9 = 11520; then s1 = 2^3^1 = 0 gives 0; then s1 = 262149 gives 1509978240.
static void follows_the_definition_of_xoshiro256ss(void **state)
{
    (void)state;
    rng_t r = {{1, 2, 3, 4}};
    assert_true(rng_next(&r) == 11520);
    assert_true(rng_next(&r) == 0);
    assert_true(rng_next(&r) == 1509978240);
    assert_true(rng_next(&r) == 1215971899390074240);
}

// Seed 0 through splitmix64: its published first outputs become the state.
static void seeds_with_splitmix64(void **state)
{
    (void)state;
    rng_t r;
    rng_seed(&r, 0);
    assert_true(r.s[0] == 0xe220a8397b1dcdafu);
    assert_true(r.s[1] == 0x6e789e6aa1b965f4u);
    assert_true(r.s[2] == 0x06c45d188009454fu);
    assert_true(r.s[3] == 0xf88bb8a8724c81ecu);
}

static void below_is_uniform_and_in_range(void **state)
{
    (void)state;
    rng_t r;
    uint64_t hits[12] = {0};
    rng_seed(&r, 7);
    for (int i = 0; i < 12 * 100000; i++) {
        uint64_t x = rng_below(&r, 12);
        assert_true(x < 12);
        hits[x]++;
    }
    double chi2 = 0;
    for (int i = 0; i < 12; i++) chi2 += pow((double)hits[i] - 1e5, 2) / 1e5;
    assert_true(chi2 < 31.3); // 0.1 % point of chi-square with 11 degrees
    for (int i = 0; i < 100; i++) assert_true(rng_below(&r, 1) == 0);
}

// With n = 3/4 of 2^64 a plain modulo would hit the lower third twice as often as the rest.
static void below_has_no_bias_for_large_ranges(void **state)
{
    (void)state;
    rng_t r;
    uint64_t n = 3ull << 62;
    int low = 0;
    rng_seed(&r, 8);
    for (int i = 0; i < 300000; i++) low += rng_below(&r, n) < n / 3;
    assert_in_range(low, 100000 - 1100, 100000 + 1100); // 4 sigma
}

static void exp_has_mean_and_variance_of_an_exponential(void **state)
{
    (void)state;
    static const uint64_t MEANS[] = {7, 100, 672000, 1000000000, (1ull << 48) - 1};
    for (size_t m = 0; m < sizeof MEANS / sizeof MEANS[0]; m++) {
        rng_t r;
        double mean = (double)MEANS[m], sum = 0, squares = 0;
        rng_seed(&r, 2026); // by chance alone the mean of 1e6 draws has a standard error of 0.1 %
        for (int i = 0; i < DRAWS * 16; i++) {
            double x = (double)rng_exp(&r, MEANS[m]);
            sum += x;
            squares += x * x;
        }
        sum /= DRAWS * 16.0;
        squares = squares / (DRAWS * 16.0) - sum * sum;
        assert_true(fabs(sum / mean - 1) < 1e-3);
        assert_true(fabs(squares / (mean * mean) - 1) < 1e-2);
    }
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// Kolmogorov-Smirnov against 1 - exp(-x/mean): 1.95/sqrt(n) is passed 999 times in 1000.
static void exp_has_the_exponential_distribution(void **state)
{
    (void)state;
    rng_t r;
    uint64_t *draws = malloc(DRAWS * sizeof *draws);
    double worst = 0;
    assert_non_null(draws);
    rng_seed(&r, 3);
    for (int i = 0; i < DRAWS; i++) draws[i] = rng_exp(&r, 1000000000);
    qsort(draws, DRAWS, sizeof *draws, compare_u64);
    for (int i = 0; i < DRAWS; i++) {
        double cdf = 1 - exp(-(double)draws[i] / 1e9);
        worst =
            fmax(worst, fmax(fabs(cdf - i / (double)DRAWS), fabs(cdf - (i + 1) / (double)DRAWS)));
    }
    free(draws);
    assert_true(worst < 1.95 / sqrt(DRAWS));
}

// The integer logarithm itself, draw by draw.
static void exp_is_minus_mean_ln_u(void **state)
{
    (void)state;
    rng_t r, twin;
    const uint64_t mean = (1ull << 48) - 1;
    rng_seed(&r, 11);
    twin = r;
    for (int i = 0; i < DRAWS; i++) {
        double u = (double)rng_next(&twin) / 0x1p64;
        double x = (double)rng_exp(&r, mean) / (double)mean;
        assert_true(fabs(x + log(u)) < 1e-9);
    }
}

// States whose next output is 0, 1 and 2^64 - 1: next = rotl(s1 * 5, 7) * 9.
static void exp_of_the_extreme_draws(void **state)
{
    (void)state;
    const uint64_t inv5 = 0xcccccccccccccccdu, inv9 = 0x8e38e38e38e38e39u;
    const uint64_t mean = 1ull << 47;
    const uint64_t want_u[3] = {0, 1, UINT64_MAX};
    for (int i = 0; i < 3; i++) {
        uint64_t y = want_u[i] * inv9;
        rng_t r = {{1, ((y >> 7) | (y << 57)) * inv5, 0, 0}}, twin = r;
        assert_true(rng_next(&twin) == want_u[i]);
        double x = (double)rng_exp(&r, mean) / (double)mean;
        double want = i < 2 ? 64 * log(2) : 0;
        assert_true(fabs(x - want) < 1e-9);
    }
}

static void exp_of_mean_zero_is_zero(void **state)
{
    (void)state;
    rng_t r;
    rng_seed(&r, 1);
    for (int i = 0; i < 100; i++) assert_true(rng_exp(&r, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_numbers_and_other_seed_others),
        cmocka_unit_test(follows_the_definition_of_xoshiro256ss),
        cmocka_unit_test(seeds_with_splitmix64),
        cmocka_unit_test(below_is_uniform_and_in_range),
        cmocka_unit_test(below_has_no_bias_for_large_ranges),
        cmocka_unit_test(exp_has_mean_and_variance_of_an_exponential),
        cmocka_unit_test(exp_has_the_exponential_distribution),
        cmocka_unit_test(exp_is_minus_mean_ln_u),
        cmocka_unit_test(exp_of_the_extreme_draws),
        cmocka_unit_test(exp_of_mean_zero_is_zero),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
