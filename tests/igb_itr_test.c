// SPDX-License-Identifier: Apache-2.0
// Throttling of igb and igbvf against tables worked out by hand from interrupt-moderation §9.1, 9.3
// and 9.4.
#include "driver/igb_itr.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static e1000_itr_load_t load(uint32_t packets, uint32_t bytes)
{
    return (e1000_itr_load_t){packets, bytes};
}

static igb_itr_t made(uint32_t setting)
{
    igb_itr_t s;
    igb_itr_set(&s, setting);
    return s;
}

static void usecs_have_the_ranges_of_ethtool(void **state)
{
    static const struct {
        uint32_t usecs;
        int igb, igbvf;
        uint32_t setting;           // igb
        uint32_t reg;               // igb, on the bus
        uint32_t vf_reg, requested; // igbvf
    } t[] = {
        {0, 0, 0, 0, 0x80000004, 4, 976562},
        {1, 0, -EINVAL, 1, 0x80000288, 0, 0}, // 648
        {2, -EINVAL, 0, 0, 0, 488, 2},
        {3, 0, 0, 3, 0x80000288, 488, 3},
        {4, -EINVAL, -EINVAL, 0, 0, 0, 0},
        {9, -EINVAL, -EINVAL, 0, 0, 0, 0},
        {10, 0, 0, 40, 0x80000028, 40, 97656},
        {50, 0, 0, 200, 0x800000C8, 200, 19531},
        {100, 0, 0, 400, 0x80000190, 400, 9765},
        {125, 0, 0, 500, 0x800001F4, 500, 7812},
        {8191, 0, 0, 32764, 0x80007FFC, 0x7FFC, 119},
        {8192, 0, 0, 32768, 0x80000004, 0x8000, 119}, // wraps; igbvf: LLI_EN
        {10000, 0, 0, 40000, 0x80001C40, 0x9C40, 97},
        {10001, -EINVAL, -EINVAL, 0, 0, 0, 0},
        {UINT32_MAX, -EINVAL, -EINVAL, 0, 0, 0, 0},
    };
    (void)state;

    for (unsigned i = 0; i < COUNT(t); i++) {
        uint32_t setting = 77;
        assert_int_equal(igb_itr_from_usecs(t[i].usecs, &setting), t[i].igb);
        if (!t[i].igb) {
            assert_int_equal(setting, t[i].setting);
            assert_int_equal(igb_itr_to_usecs(setting), t[i].usecs);
            const igb_itr_t s = made(setting);
            assert_true(s.changed);
            assert_int_equal(igb_itr_reg(s.value), t[i].reg);
            assert_int_equal(igb_itr_dynamic(&s), t[i].usecs == 1 || t[i].usecs == 3);
        } else {
            assert_int_equal(setting, 77);
        }
        igbvf_itr_t v = {.requested = 1, .value = 2};
        assert_int_equal(igbvf_itr_set_usecs(&v, t[i].usecs), t[i].igbvf);
        assert_int_equal(v.value, t[i].igbvf ? 2 : t[i].vf_reg);
        assert_int_equal(v.requested, t[i].igbvf ? 1 : t[i].requested);
        assert_int_equal(igbvf_itr_reg(v.value), v.value);
        assert_false(v.changed); // written at once
    }
}

// w = max of the means, + 24, at most 3000; 300 < w < 1200: a third, else half.
static void value_follows_the_size_of_packets(void **state)
{
    static const struct {
        e1000_itr_load_t rx, tx;
        uint32_t dynamic, conservative;
    } t[] = {
        {{1, 60}, {0, 0}, 42, 196},       // 84
        {{10, 600}, {0, 0}, 42, 196},     //
        {{1, 276}, {0, 0}, 150, 196},     // 300 is small
        {{1, 277}, {0, 0}, 100, 196},     // 301 is medium
        {{1, 563}, {0, 0}, 195, 196},     // 587
        {{1, 564}, {0, 0}, 196, 196},     // 588
        {{1, 1000}, {0, 0}, 341, 341},    // 1024
        {{1, 1175}, {0, 0}, 399, 399},    // 1199
        {{1, 1176}, {0, 0}, 600, 600},    // 1200 is large
        {{1, 1514}, {0, 0}, 769, 769},    // 1538
        {{0, 0}, {2, 3028}, 769, 769},    // tx counts as well
        {{3, 180}, {1, 1514}, 769, 769},  // the larger one
        {{1, 1514}, {3, 180}, 769, 769},  //
        {{3, 1000}, {0, 0}, 119, 196},    // 333 + 24 = 357
        {{1, 2975}, {0, 0}, 1499, 1499},  // 2999
        {{1, 2976}, {0, 0}, 1500, 1500},  // 3000
        {{1, 65535}, {0, 0}, 1500, 1500}, // no more
        {{0, 0}, {0, 0}, 648, 648},       // nothing: as it was
        {{0, 1514}, {0, 9999}, 648, 648}, //
        {{5, 4}, {0, 0}, 648, 648},       // a mean of 0
        {{4, UINT32_MAX}, {1, 1}, 1500, 1500},
    };
    (void)state;

    for (unsigned i = 0; i < COUNT(t); i++) {
        igb_itr_t s = made(IGB_ITR_DYNAMIC), c = made(IGB_ITR_CONSERVATIVE);
        s.changed = c.changed = false;
        assert_int_equal(igb_itr_update_size(&s, 1000, t[i].rx, t[i].tx), t[i].dynamic != 648);
        assert_int_equal(s.value, t[i].dynamic);
        assert_int_equal(s.changed, t[i].dynamic != 648);
        assert_false(igb_itr_update_size(&s, 1000, t[i].rx, t[i].tx)); // once
        igb_itr_update_size(&c, 1000, t[i].rx, t[i].tx);
        assert_int_equal(c.value, t[i].conservative);
    }
    // 42 is 10 us in the register.
    assert_int_equal(igb_itr_reg(42), 0x80000028);
    assert_int_equal(igb_itr_reg(3), 0x80000004);
}

static void other_speeds_ask_for_4000(void **state)
{
    static const unsigned mbps[] = {0, 10, 100};
    (void)state;
    for (unsigned i = 0; i < COUNT(mbps); i++) {
        igb_itr_t s = made(IGB_ITR_CONSERVATIVE);
        assert_true(igb_itr_update_size(&s, mbps[i], load(1, 60), load(0, 0)));
        assert_int_equal(s.value, 980);
        assert_false(igb_itr_update_size(&s, mbps[i], load(0, 0), load(0, 0)));
        s = made(IGB_ITR_CONSERVATIVE);
        assert_true(igb_itr_update_class(&s, mbps[i], load(9, 30000), load(0, 0)));
        assert_int_equal(s.value, 980);
        assert_int_equal(s.rx, E1000_ITR_LOWEST); // classes wait for a gigabit link
    }
    assert_int_equal(igb_itr_reg(980), 0x800003D4); // 245 us
}

static void fixed_settings_stay(void **state)
{
    (void)state;
    static const uint32_t usecs[] = {0, 10, 50, 125, 10000};
    for (unsigned i = 0; i < COUNT(usecs); i++) {
        uint32_t setting;
        assert_int_equal(igb_itr_from_usecs(usecs[i], &setting), 0);
        igb_itr_t s = made(setting);
        assert_false(igb_itr_update_size(&s, 1000, load(9, 13608), load(1, 60)));
        assert_false(igb_itr_update_class(&s, 100, load(9, 13608), load(1, 60)));
        assert_int_equal(s.value, usecs[i] * 4);
    }
}

// One vector: a row is a pass; classes as §9.1 gives them with L = 1500.
static void value_follows_the_class(void **state)
{
    static const struct {
        e1000_itr_load_t rx, tx;
        enum e1000_itr_class rx_class, tx_class;
        uint32_t dynamic, conservative;
    } t[] = {
        // from lowest, lowest
        {{1, 60}, {0, 0}, E1000_ITR_LOWEST, E1000_ITR_LOWEST, 56, 196},
        {{4, 513}, {0, 0}, E1000_ITR_LOW, E1000_ITR_LOWEST, 196, 196},
        {{36, 10001}, {0, 0}, E1000_ITR_LOWEST, E1000_ITR_LOWEST, 56, 196},
        {{1, 8001}, {0, 0}, E1000_ITR_BULK, E1000_ITR_LOWEST, 980, 980},
        {{1, 5999}, {0, 0}, E1000_ITR_BULK, E1000_ITR_LOWEST, 980, 980}, // not below 1500
        {{1, 1500}, {0, 0}, E1000_ITR_BULK, E1000_ITR_LOWEST, 980, 980},
        {{1, 1499}, {0, 0}, E1000_ITR_LOW, E1000_ITR_LOWEST, 196, 196},
        {{2, 511}, {4, 600}, E1000_ITR_LOWEST, E1000_ITR_LOW, 196, 196}, // the larger class
        {{0, 0}, {9, 10001}, E1000_ITR_LOWEST, E1000_ITR_BULK, 980, 980},
        {{0, 0}, {36, 25001}, E1000_ITR_LOWEST, E1000_ITR_LOW, 196, 196},
        {{0, 0}, {2, 60}, E1000_ITR_LOWEST, E1000_ITR_LOWEST, 56, 196},
        {{0, 0}, {0, 0}, E1000_ITR_LOWEST, E1000_ITR_LOWEST, 56, 196},
    };
    (void)state;

    igb_itr_t s = made(IGB_ITR_DYNAMIC), c = made(IGB_ITR_CONSERVATIVE);
    for (unsigned i = 0; i < COUNT(t); i++) {
        const uint32_t before = s.value;
        assert_int_equal(igb_itr_update_class(&s, 1000, t[i].rx, t[i].tx), before != t[i].dynamic);
        igb_itr_update_class(&c, 1000, t[i].rx, t[i].tx);
        assert_int_equal(s.rx, t[i].rx_class);
        assert_int_equal(s.tx, t[i].tx_class);
        assert_int_equal(s.value, t[i].dynamic);
        assert_int_equal(c.value, t[i].conservative);
    }
}

static void smoothing_upwards_is_none(void **state)
{
    static const uint32_t values[] = {4, 56, 196, 648, 980};
    (void)state;
    for (unsigned i = 0; i < COUNT(values); i++)
        for (unsigned k = i + 1; k < COUNT(values); k++) {
            const uint32_t n = values[k], o = values[i];
            assert_true(n * o / (n + o / 4) < n);
        }
}

static void drivers_differ_in_where_bulk_ends(void **state)
{
    (void)state;
    for (uint32_t b = 1400; b < 6100; b++) {
        assert_int_equal(e1000_itr_classify(E1000_ITR_BULK, load(1, b)),
                         b < 6000 ? E1000_ITR_LOW : E1000_ITR_BULK);
        assert_int_equal(e1000_itr_classify_below(E1000_ITR_BULK, load(1, b), IGB_ITR_BULK_ENDS),
                         b < 1500 ? E1000_ITR_LOW : E1000_ITR_BULK);
    }
}

static void igbvf_ends_at_488_whatever_comes(void **state)
{
    static const uint32_t up[] = {126, 248, 370, 488};
    (void)state;
    igbvf_itr_t s;
    igbvf_itr_start(&s);
    assert_false(igbvf_itr_update(&s, load(1, 60))); // is there
    s.value = 4;
    for (unsigned i = 0; i < COUNT(up); i++) {
        assert_true(igbvf_itr_update(&s, i & 1 ? load(1, 60) : load(50, 75000)));
        assert_int_equal(s.value, up[i]);
        assert_true(s.changed);
    }
    assert_false(igbvf_itr_update(&s, load(50, 75000)));
    s.value = 980;
    assert_true(igbvf_itr_update(&s, load(0, 0)));
    assert_int_equal(s.value, 488);

    // §9.4: which fixed settings stick
    static const struct {
        uint32_t usecs, after;
    } t[] = {{10, 40}, {50, 322}, {100, 488}, {125, 500}, {0, 126}};
    for (unsigned i = 0; i < COUNT(t); i++) {
        assert_int_equal(igbvf_itr_set_usecs(&s, t[i].usecs), 0);
        igbvf_itr_update(&s, load(20, 20 * 1514));
        assert_int_equal(s.value, t[i].after);
    }
}

static void igbvf_as_it_was_meant(void **state)
{
    (void)state;
    igbvf_itr_t s;
    igbvf_itr_start(&s);
    s.repaired = true;
    // conservative: lowest becomes low; down at once
    assert_true(igbvf_itr_update(&s, load(1, 60)));
    assert_int_equal(s.value, 196);
    // bulk: by 245 a pass
    static const uint32_t up[] = {441, 686, 931, 980};
    for (unsigned i = 0; i < COUNT(up); i++) {
        assert_true(igbvf_itr_update(&s, load(9, 13626)));
        assert_int_equal(s.value, up[i]);
    }
    assert_false(igbvf_itr_update(&s, load(1, 6000))); // L = 6000
    assert_true(igbvf_itr_update(&s, load(1, 5999)));
    assert_int_equal(s.value, 196);
    assert_int_equal(igbvf_itr_set_usecs(&s, 2), 0);
    s.class = E1000_ITR_LOWEST;
    assert_true(igbvf_itr_update(&s, load(1, 60)));
    assert_int_equal(s.value, 56);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usecs_have_the_ranges_of_ethtool),
        cmocka_unit_test(value_follows_the_size_of_packets),
        cmocka_unit_test(other_speeds_ask_for_4000),
        cmocka_unit_test(fixed_settings_stay),
        cmocka_unit_test(value_follows_the_class),
        cmocka_unit_test(smoothing_upwards_is_none),
        cmocka_unit_test(drivers_differ_in_where_bulk_ends),
        cmocka_unit_test(igbvf_ends_at_488_whatever_comes),
        cmocka_unit_test(igbvf_as_it_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
