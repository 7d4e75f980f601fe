// SPDX-License-Identifier: Apache-2.0
// What reproductions are judged with. That of the thesis as a whole is in make test-long.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lab/reproduce_kuroda.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void near(double value, double want)
{
    if (fabs(value - want) > 1e-9) fail_msg("%.12f, not %.12f", value, want);
}

static void correlations_are_those_of_the_books(void **state)
{
    (void)state;
    // 1..5 against its squares: 0.98 by hand, ranks alike; and turned round.
    const double x[] = {1, 2, 3, 4, 5}, squares[] = {1, 4, 9, 16, 25}, down[] = {5, 4, 3, 2, 1};
    near(repro_pearson(x, squares, 5), 60 / sqrt(10.0 * 374));
    near(repro_spearman(x, squares, 5), 1);
    near(repro_pearson(x, down, 5), -1);
    // Ties share their rank: 1, 2.5, 2.5, 4 against 1..4.
    const double ties[] = {1, 2, 2, 3};
    near(repro_spearman(x, ties, 4), 4.5 / sqrt(5 * 4.5));
    const double same[] = {7, 7, 7, 7};
    near(repro_pearson(x, same, 4), 0);
}

static void a_line_needs_three_points_to_say_anything(void **state)
{
    (void)state;
    const double x[] = {100, 100.9, 100, 200, 200.5, 300}, y[] = {50, 50.4, 51, 40, 40, 30};
    assert_int_equal(repro_distinct(x, y, 2), 1);
    assert_int_equal(repro_distinct(x, y, 3), 2); // one side will do
    assert_int_equal(repro_distinct(x, y, 5), 3);
    assert_int_equal(repro_distinct(x, y, 6), 4);
    const double up[] = {1, 2, 3, 4}, down[] = {9, 7, 5, 3}, same[] = {7, 7, 7, 7};
    near(repro_slope(up, down, 4), -2);
    near(repro_slope(down, up, 4), -0.5);
    near(repro_slope(same, up, 4), 0);
}

enum { GRID = KURODA_BUDGETS * KURODA_RATES };

static enum repro_verdict verdict_of(const kuroda_t *k, repro_t *r, const char *id)
{
    r->claims = 0;
    kuroda_claims(r, k);
    for (unsigned i = 0; i < r->claims; i++)
        if (strcmp(r->claim[i].id, id) == 0) return r->claim[i].verdict;
    fail_msg("no claim %s", id);
    return REPRO_REPORT;
}

// The driver's packets and the application's on one processor, D c_soft + G c_app = 100 %, at so many budgets that differ.
static void share(kuroda_t *k, repro_t *r, unsigned distinct, double slope)
{
    for (unsigned i = 0; i < KURODA_A_BUDGETS; i++) {
        repro_outcome_t *o = &r->point[k->small + i].o;
        const double step = i < distinct ? i : distinct - 1;
        o->driver_mbps = 300 + 20 * step;
        o->goodput_mbps = 200 + slope * 20 * step;
        o->softirq[0] = 0.2 * o->driver_mbps;
        o->app[0] = 0.2 * o->goodput_mbps;
    }
}

static void budgets_share_a_processor_or_not(void **state)
{
    (void)state;
    repro_t *r = calloc(1, sizeof *r);
    assert_non_null(r);
    kuroda_t k = {.r = r, .small = 500 - KURODA_A_BUDGETS};
    share(&k, r, 2, -1);
    assert_int_equal(verdict_of(&k, r, "K-6"), REPRO_NO);
    share(&k, r, 3, -1);
    assert_int_equal(verdict_of(&k, r, "K-6"), REPRO_YES);
    share(&k, r, 3, -1.15);
    assert_int_equal(verdict_of(&k, r, "K-6"), REPRO_YES);
    share(&k, r, 3, -0.1);
    assert_int_equal(verdict_of(&k, r, "K-6"), REPRO_NO);
    free(r);
}

// What the driver gets with budget 1 at most.
static void plateau(const kuroda_t *k, repro_t *r, enum kuroda_exp e, double mbps)
{
    for (unsigned i = 1; i <= KURODA_RATES; i++) {
        repro_outcome_t *o = &r->point[k->grid[e] + i - 1].o;
        o->offered_mbps = 100 * i;
        o->driver_mbps = fmin(o->offered_mbps, mbps);
    }
}

static void xen_loses_later_than_virtualbox(void **state)
{
    (void)state;
    repro_t *r = calloc(1, sizeof *r);
    assert_non_null(r);
    kuroda_t k = {.r = r};
    for (unsigned i = 0; i < KURODA_EXPS; i++) k.grid[i] = i * GRID;
    plateau(&k, r, KURODA_D, 610);
    plateau(&k, r, KURODA_C, 390);
    assert_int_equal(verdict_of(&k, r, "K-35"), REPRO_YES);
    plateau(&k, r, KURODA_C, 610);
    assert_int_equal(verdict_of(&k, r, "K-35"), REPRO_NO);
    plateau(&k, r, KURODA_C, 390);
    plateau(&k, r, KURODA_D, 390);
    assert_int_equal(verdict_of(&k, r, "K-35"), REPRO_NO);
    free(r);
}

static repro_t *two_points(void)
{
    repro_t *r = calloc(1, sizeof *r);
    assert_non_null(r);
    repro_add(r, "native", "ideal", "gen:cbr,size=64,pps=%u,count=100", 1000)->payload_bits = 368;
    repro_add(r, "nowhere", "ideal", "gen:cbr,count=1");
    return r;
}

// Points come back in their places whatever the number of processes; one that fails says why.
static void points_are_played_in_any_number_of_processes(void **state)
{
    (void)state;
    static const volatile int go = 0;
    char err[LAB_ERR_LEN] = "";
    for (unsigned jobs = 1; jobs <= 5; jobs += 2) {
        repro_t *r = two_points();
        assert_int_equal(repro_play(r, jobs, false, &go, err), 0);
        const repro_outcome_t *o = &r->point[0].o;
        assert_int_equal(o->status, 0);
        assert_int_equal(o->delivered, 100);
        assert_true(fabs(o->offered_mbps - 0.368) < 0.01 && fabs(o->goodput_mbps - 0.368) < 0.01);
        assert_int_equal(o->poll[1], 100);
        assert_int_equal(r->point[1].o.status, 2);
        assert_non_null(strstr(r->point[1].o.error, "--path nowhere"));
        free(r);
    }
}

static void a_stop_is_seen(void **state)
{
    (void)state;
    static const volatile int stop = 1;
    char err[LAB_ERR_LEN] = "";
    repro_t *r = two_points();
    assert_int_equal(repro_play(r, 2, false, &stop, err), 1);
    free(r);
}

static void verdicts_have_reasons_when_they_need_one(void **state)
{
    (void)state;
    repro_t *r = calloc(1, sizeof *r);
    assert_non_null(r);
    repro_judge(r, "yes", "it holds", true, "unused", "%d", 1);
    repro_judge(r, "no", "it holds", false, "used", "%d", 2);
    repro_report(r, "so", "it is", "a note", "%d", 3);
    assert_int_equal(r->claims, 3);
    assert_int_equal(r->claim[0].verdict, REPRO_YES);
    assert_null(r->claim[0].why);
    assert_int_equal(r->claim[1].verdict, REPRO_NO);
    assert_string_equal(r->claim[1].why, "used");
    assert_int_equal(r->claim[2].verdict, REPRO_REPORT);
    assert_string_equal(r->claim[2].got, "3");
    free(r);
}

// Row 13 of table 4.27: less CPU with bursts in so many of the budgets above 1, as VMware does not have in any.
static enum repro_verdict bursts(enum kuroda_exp e, unsigned budgets, const char *id)
{
    repro_t *r = calloc(1, sizeof *r);
    assert_non_null(r);
    kuroda_t k = {.r = r};
    enum repro_verdict verdict = REPRO_REPORT;
    for (unsigned i = 0; i < KURODA_EXPS; i++) k.grid[i] = i * GRID;
    for (unsigned i = 0; i < KURODA_EXPS * GRID; i++) r->point[i].o.cpu_all = 100;
    for (unsigned b = 1; b <= budgets; b++)
        r->point[k.grid[e] + b * KURODA_RATES + KURODA_RATES - 1].o.cpu_all = 90; // at 1000 Mbit/s
    kuroda_table(r, &k);
    for (unsigned i = 0; i < r->claims; i++)
        if (strcmp(r->claim[i].id, id) == 0) verdict = r->claim[i].verdict;
    free(r);
    return verdict;
}

static void no_budget_or_all_take_less_cpu_with_bursts(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 3; n++) {
        assert_int_equal(bursts(KURODA_C, n, "4.27 row 13, VirtualBox"),
                         n == 3 ? REPRO_YES : REPRO_NO);
        assert_int_equal(bursts(KURODA_E, n, "4.27 row 13, VMware"), n == 0 ? REPRO_YES : REPRO_NO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correlations_are_those_of_the_books),
        cmocka_unit_test(a_line_needs_three_points_to_say_anything),
        cmocka_unit_test(budgets_share_a_processor_or_not),
        cmocka_unit_test(xen_loses_later_than_virtualbox),
        cmocka_unit_test(points_are_played_in_any_number_of_processes),
        cmocka_unit_test(a_stop_is_seen),
        cmocka_unit_test(verdicts_have_reasons_when_they_need_one),
        cmocka_unit_test(no_budget_or_all_take_less_cpu_with_bursts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
