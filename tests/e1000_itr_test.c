// SPDX-License-Identifier: Apache-2.0
// The adaptive algorithm against the table it was taken from, and its fixed points.
#include "driver/e1000_itr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NONE (-1)

// interrupt-moderation §9.1, row by row; a row matches when all its given conditions hold, the
// first match counts.
typedef struct row {
    enum e1000_itr_class now;
    int64_t b_gt, b_le, b_lt, p_lt, p_le, p_gt, per_gt; // bytes, packets, bytes / packets
    enum e1000_itr_class next;
} row_t;

static const row_t table[] = {
    {E1000_ITR_LOWEST, NONE, NONE, NONE, NONE, NONE, NONE, 8000, E1000_ITR_BULK},
    {E1000_ITR_LOWEST, 512, NONE, NONE, 5, NONE, NONE, NONE, E1000_ITR_LOW},
    {E1000_ITR_LOW, 10000, NONE, NONE, NONE, NONE, NONE, 8000, E1000_ITR_BULK},
    {E1000_ITR_LOW, 10000, NONE, NONE, 10, NONE, NONE, NONE, E1000_ITR_BULK},
    {E1000_ITR_LOW, 10000, NONE, NONE, NONE, NONE, NONE, 1200, E1000_ITR_BULK},
    {E1000_ITR_LOW, 10000, NONE, NONE, NONE, NONE, 35, NONE, E1000_ITR_LOWEST},
    {E1000_ITR_LOW, NONE, 10000, NONE, NONE, NONE, NONE, 2000, E1000_ITR_BULK},
    {E1000_ITR_LOW, NONE, 10000, 512, NONE, 2, NONE, NONE, E1000_ITR_LOWEST},
    {E1000_ITR_BULK, 25000, NONE, NONE, NONE, NONE, 35, NONE, E1000_ITR_LOW},
    {E1000_ITR_BULK, NONE, 25000, 6000, NONE, NONE, NONE, NONE, E1000_ITR_LOW},
};
#define ROWS (sizeof table / sizeof table[0])

static bool matches(const row_t *r, enum e1000_itr_class now, int64_t p, int64_t b)
{
    return r->now == now && (r->b_gt == NONE || b > r->b_gt) && (r->b_le == NONE || b <= r->b_le) &&
           (r->b_lt == NONE || b < r->b_lt) && (r->p_lt == NONE || p < r->p_lt) &&
           (r->p_le == NONE || p <= r->p_le) && (r->p_gt == NONE || p > r->p_gt) &&
           (r->per_gt == NONE || b / p > r->per_gt);
}

static enum e1000_itr_class by_table(enum e1000_itr_class now, uint32_t p, uint32_t b,
                                     unsigned hits[])
{
    if (p == 0) return now;
    for (unsigned i = 0; i < ROWS; i++) {
        if (!matches(&table[i], now, p, b)) continue;
        hits[i]++;
        return table[i].next;
    }
    return now;
}

static e1000_itr_load_t load(uint32_t packets, uint32_t bytes)
{
    return (e1000_itr_load_t){packets, bytes};
}

static void classifier_equals_the_table_on_every_edge(void **state)
{
    static const uint32_t edges[] = {0, 512, 1200, 2000, 6000, 8000, 10000, 25000};
    unsigned hits[ROWS] = {0};
    (void)state;

    for (enum e1000_itr_class c = E1000_ITR_LOWEST; c <= E1000_ITR_BULK; c++) {
        for (uint32_t p = 0; p <= 40; p++) {
            for (unsigned e = 0; e < sizeof edges / sizeof edges[0]; e++) {
                // Around the byte limits, and around the limits of bytes per packet.
                for (int k = -2; k <= 2; k++) {
                    uint32_t b = edges[e] + (uint32_t)(k + 2), q = edges[e] * p + (uint32_t)(k + 2);
                    assert_int_equal(e1000_itr_classify(c, load(p, b)), by_table(c, p, b, hits));
                    assert_int_equal(e1000_itr_classify(c, load(p, q)), by_table(c, p, q, hits));
                    if (b < 4 || q < 4) continue;
                    assert_int_equal(e1000_itr_classify(c, load(p, b - 4)),
                                     by_table(c, p, b - 4, hits));
                    assert_int_equal(e1000_itr_classify(c, load(p, q - 4)),
                                     by_table(c, p, q - 4, hits));
                }
            }
            for (uint32_t b = 0; b < 30000; b += 37)
                assert_int_equal(e1000_itr_classify(c, load(p, b)), by_table(c, p, b, hits));
        }
    }
    for (unsigned i = 0; i < ROWS; i++) assert_true(hits[i] > 0);
}

static void no_packets_leave_the_class(void **state)
{
    (void)state;
    for (enum e1000_itr_class c = E1000_ITR_LOWEST; c <= E1000_ITR_BULK; c++)
        assert_int_equal(e1000_itr_classify(c, load(0, 0)), c);
}

static void register_values_are_those_of_linux(void **state)
{
    (void)state;
    assert_int_equal(e1000_itr_from_rate(70000), 55);
    assert_int_equal(e1000_itr_from_rate(20000), 195);
    assert_int_equal(e1000_itr_from_rate(8000), 488);
    assert_int_equal(e1000_itr_from_rate(4000), 976);
    assert_int_equal(e1000_itr_from_rate(0), 0);
}

static void microseconds_survive_the_register(void **state)
{
    (void)state;
    assert_int_equal(e1000_itr_from_usecs(0), 0);
    assert_int_equal(e1000_itr_from_usecs(1), 4);    // 3.9
    assert_int_equal(e1000_itr_from_usecs(50), 195); // 195.3
    assert_int_equal(e1000_itr_from_usecs(128), 500);
    assert_int_equal(e1000_itr_from_usecs(16777), 65535);
    assert_true(e1000_itr_from_usecs(16778) > E1000_ITR_MAX);
    assert_true(e1000_itr_from_usecs(UINT32_MAX) > E1000_ITR_MAX);
    for (uint32_t us = 0; us <= 16777; us++)
        assert_int_equal(e1000_itr_to_usecs((uint32_t)e1000_itr_from_usecs(us)), us);
    assert_int_equal(e1000_delay_from_usecs(0), 0);
    assert_int_equal(e1000_delay_from_usecs(1), 1);
    assert_int_equal(e1000_delay_from_usecs(1000), 977); // 976.6
    assert_int_equal(e1000_delay_to_usecs(8), 8);
    assert_int_equal(e1000_delay_to_usecs(32), 33);
}

static void rate_rises_in_quarters_and_falls_at_once(void **state)
{
    (void)state;
    assert_int_equal(e1000_itr_step(4000, 20000), 9000);
    assert_int_equal(e1000_itr_step(9000, 20000), 14000);
    assert_int_equal(e1000_itr_step(14000, 20000), 19000);
    assert_int_equal(e1000_itr_step(19000, 20000), 20000);
    assert_int_equal(e1000_itr_step(20000, 20000), 20000);
    assert_int_equal(e1000_itr_step(20000, 4000), 4000);
    assert_int_equal(e1000_itr_step(20000, 70000), 37500);
}

static void first_pass_without_link_asks_for_4000(void **state)
{
    e1000_itr_t s;
    (void)state;

    e1000_itr_start(&s);
    assert_true(e1000_itr_update(&s, 0, load(0, 0), load(0, 0)));
    assert_int_equal(s.rate, 4000);
    assert_int_equal(s.rx, E1000_ITR_LOWEST); // classes wait for a gigabit link
    assert_false(e1000_itr_update(&s, 100, load(1, 60), load(1, 60)));

    // Then one small frame a pass: low is the lowest class of mode 3, reached in steps.
    static const uint32_t rates[] = {9000, 14000, 19000, 20000};
    for (unsigned i = 0; i < 4; i++) {
        assert_true(e1000_itr_update(&s, 1000, load(1, 60), load(0, 0)));
        assert_int_equal(s.rate, rates[i]);
    }
    assert_int_equal(s.rx, E1000_ITR_LOW);
    assert_int_equal(s.tx, E1000_ITR_LOW);
    assert_false(e1000_itr_update(&s, 1000, load(1, 60), load(0, 0)));
}

static void busier_direction_wins(void **state)
{
    e1000_itr_t s = {.rate = 20000, .rx = E1000_ITR_LOW, .tx = E1000_ITR_LOW};
    (void)state;

    assert_true(e1000_itr_update(&s, 1000, load(1, 60), load(9, 13608)));
    assert_int_equal(s.tx, E1000_ITR_BULK);
    assert_int_equal(s.rx, E1000_ITR_LOW); // lowest, made low
    assert_int_equal(s.rate, 4000);
    s = (e1000_itr_t){.rate = 20000, .rx = E1000_ITR_LOW, .tx = E1000_ITR_LOW};
    assert_true(e1000_itr_update(&s, 1000, load(9, 13608), load(1, 60)));
    assert_int_equal(s.rate, 4000);
}

// Ideal NAPI: a pass takes what arrived in one interval at the present rate, one packet at least.
static uint32_t settle(enum e1000_itr_class from, uint32_t pps, uint32_t bytes)
{
    e1000_itr_t s = {.rate = e1000_itr_target(from), .rx = from, .tx = E1000_ITR_LOW};
    uint64_t owed = 0; // packets * rate

    for (unsigned i = 0; i < 20000; i++) {
        uint32_t f = s.rate;
        owed += pps;
        uint32_t n = (uint32_t)(owed / f);
        owed -= (uint64_t)n * f;
        if (n == 0) {
            n = 1;
            owed = 0;
        }
        e1000_itr_update(&s, 1000, load(n, n * bytes), load(0, 0));
    }
    return s.rate;
}

static void long_frames_have_two_fixed_points(void **state)
{
    (void)state;
    for (uint32_t pps = 21000; pps <= 77000; pps += 500) {
        assert_int_equal(settle(E1000_ITR_LOW, pps, 1512), 20000);
        assert_int_equal(settle(E1000_ITR_BULK, pps, 1512), 4000);
    }
    // Four frames in each of 250 us, or a lull ends it.
    assert_int_equal(settle(E1000_ITR_BULK, 16000, 1512), 4000);
    assert_int_equal(settle(E1000_ITR_BULK, 15900, 1512), 20000);
    // Slower than the throttle: one packet an interrupt, from either side.
    static const uint32_t slow[] = {5000, 13000};
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(settle(E1000_ITR_LOW, slow[i], 1512), 20000);
        assert_int_equal(settle(E1000_ITR_BULK, slow[i], 1512), 20000);
    }
}

static void one_batch_of_seven_drops_to_bulk_and_only_a_lull_returns(void **state)
{
    e1000_itr_t s = {.rate = 20000, .rx = E1000_ITR_LOW, .tx = E1000_ITR_LOW};
    (void)state;

    assert_false(e1000_itr_update(&s, 1000, load(6, 6 * 1512), load(0, 0)));
    assert_true(e1000_itr_update(&s, 1000, load(7, 7 * 1512), load(0, 0)));
    assert_int_equal(s.rate, 4000);
    for (uint32_t n = 4; n <= 20; n++)
        assert_false(e1000_itr_update(&s, 1000, load(n, n * 1512), load(0, 0)));
    assert_true(e1000_itr_update(&s, 1000, load(3, 3 * 1512), load(0, 0)));
    assert_int_equal(s.rate, 9000);
}

static void short_frames_never_enter_bulk(void **state)
{
    (void)state;
    for (uint32_t n = 1; n < 2000; n++)
        assert_int_not_equal(e1000_itr_classify(E1000_ITR_LOW, load(n, n * 60)), E1000_ITR_BULK);
    assert_int_equal(settle(E1000_ITR_LOW, 1400000, 60), 20000);
    assert_int_equal(settle(E1000_ITR_BULK, 400000, 60), 4000);
    assert_int_equal(settle(E1000_ITR_BULK, 1400000, 60), 4000);
    assert_int_equal(settle(E1000_ITR_BULK, 390000, 60), 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classifier_equals_the_table_on_every_edge),
        cmocka_unit_test(no_packets_leave_the_class),
        cmocka_unit_test(register_values_are_those_of_linux),
        cmocka_unit_test(microseconds_survive_the_register),
        cmocka_unit_test(rate_rises_in_quarters_and_falls_at_once),
        cmocka_unit_test(first_pass_without_link_asks_for_4000),
        cmocka_unit_test(busier_direction_wins),
        cmocka_unit_test(long_frames_have_two_fixed_points),
        cmocka_unit_test(one_batch_of_seven_drops_to_bulk_and_only_a_lull_returns),
        cmocka_unit_test(short_frames_never_enter_bulk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
