// SPDX-License-Identifier: Apache-2.0
// The hybrid policy: when it changes its mode.
#include "driver/hybrid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// So many windows of 1 ms with n packets each, in ten parts; returns how often the mode changed.
static unsigned windows(hybrid_t *s, uint64_t *now_ns, unsigned count, uint32_t n)
{
    unsigned changes = 0;
    for (unsigned i = 0; i < 10 * count; i++) {
        *now_ns += HYBRID_WINDOW_NS / 10;
        changes += hybrid_count(s, *now_ns, n / 10);
    }
    return changes;
}

static void it_switches_at_its_thresholds_and_not_between(void **state)
{
    uint64_t now_ns = 0;
    hybrid_t s;
    (void)state;
    hybrid_start(&s, 100000, 50000);
    assert_int_equal(s.mode, HYBRID_DISABLE_ENABLE);
    assert_int_equal(windows(&s, &now_ns, 5, 90), 0);
    assert_int_equal(s.pps, 90000);
    assert_int_equal(windows(&s, &now_ns, 1, 100), 1);
    assert_int_equal(s.mode, HYBRID_NAPI);
    assert_int_equal(windows(&s, &now_ns, 20, 60), 0); // between the two
    assert_int_equal(s.mode, HYBRID_NAPI);
    assert_int_equal(windows(&s, &now_ns, 1, 50), 1);
    assert_int_equal(s.mode, HYBRID_DISABLE_ENABLE);
    assert_int_equal(windows(&s, &now_ns, 20, 90), 0);
    assert_int_equal(s.mode, HYBRID_DISABLE_ENABLE);
    assert_int_equal(s.windows, 5 + 1 + 20 + 1 + 20);
}

static void a_window_is_as_long_as_the_silence(void **state)
{
    hybrid_t s;
    (void)state;
    hybrid_start(&s, 100000, 50000);
    assert_false(hybrid_count(&s, 999999, 1000000)); // too early to tell
    assert_true(hybrid_count(&s, 1000000, 0));       // 10^9 a second
    assert_true(hybrid_count(&s, 1000000000, 1000)); // 1001 a second
    assert_int_equal(s.pps, 1001);
    assert_int_equal(s.mode, HYBRID_DISABLE_ENABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_switches_at_its_thresholds_and_not_between),
        cmocka_unit_test(a_window_is_as_long_as_the_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
