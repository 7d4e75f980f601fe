// SPDX-License-Identifier: Apache-2.0
// Settings of the driver: coalescing, ring sizes, features. Built over tests/mock.
#include "driver/e1000.h"
#include "tests/mock/mock_os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID_82540EM 0x8086100Eu

static os_dev_t *probed(uint32_t id)
{
    os_dev_t *d = mock_create(e1000_driver(), id);

    assert_int_equal(d->drv->probe(d, &d->priv), 0);
    return d;
}

static os_dev_t *opened(void)
{
    os_dev_t *d = probed(ID_82540EM);

    assert_int_equal(d->drv->open(d->priv), 0);
    mock_settle(d);
    assert_true(d->carrier);
    mock_log_clear(d);
    return d;
}

static void gone(os_dev_t *d)
{
    d->drv->remove(d->priv);
    mock_destroy(d);
}

static os_coalesce_t keep(void)
{
    os_coalesce_t c;

    memset(&c, 0xFF, sizeof c);
    return c;
}

static void naming_an_interval_turns_adaptive_off(void **state)
{
    os_dev_t *d = opened();
    os_coalesce_t c = keep(), g;
    (void)state;

    assert_int_equal(d->drv->get_coalesce(d->priv, &g), 0);
    assert_int_equal(g.adaptive_rx, 1);
    assert_int_equal(g.radv, 8);
    assert_int_equal(g.tidv, 8);
    assert_int_equal(g.tadv, 32);
    c.rx_usecs = 50;
    assert_int_equal(d->drv->set_coalesce(d->priv, &c), 0);
    assert_string_equal(mock_log_text(d), "W ITR=C3");
    assert_int_equal(d->drv->get_coalesce(d->priv, &g), 0);
    assert_int_equal(g.adaptive_rx, 0);
    assert_int_equal(g.rx_usecs, 50);
    assert_int_equal(g.itr, 195);
    c.rx_usecs = 0; // off
    assert_int_equal(d->drv->set_coalesce(d->priv, &c), 0);
    assert_int_equal(d->regs[E1000_ITR / 4], 0);
    c = keep();
    c.adaptive_rx = 1;
    assert_int_equal(d->drv->set_coalesce(d->priv, &c), 0);
    assert_int_equal(d->regs[E1000_ITR / 4], 195);
    c = keep();
    c.itr = 500;
    assert_int_equal(d->drv->set_coalesce(d->priv, &c), 0);
    assert_int_equal(d->drv->get_coalesce(d->priv, &g), 0);
    assert_int_equal(g.rx_usecs, 128);
    assert_int_equal(g.adaptive_rx, 0);
    gone(d);
}

static void registers_and_extensions_are_programmed_now_and_at_open(void **state)
{
    os_dev_t *d = probed(ID_82540EM);
    os_coalesce_t c = keep();
    (void)state;

    c.rdtr = 32, c.radv = 128, c.tx_usecs = 100, c.tadv = 200, c.rx_frames = 16, c.tx_frames = 4,
    c.mtctl = 7, c.mtdly = 50;
    mock_log_clear(d);
    assert_int_equal(d->drv->set_coalesce(d->priv, &c), 0);
    assert_string_equal(mock_log_text(d), ""); // not open
    assert_int_equal(d->drv->open(d->priv), 0);
    assert_non_null(strstr(mock_log_digest(d), "W TIDV=62; W TADV=C8; "));
    assert_non_null(strstr(mock_log_digest(d),
                           "W RDTR=20; W RADV=80; W ITR=C3; W RXFRAMES=10; W TXFRAMES=4; "
                           "W MTDLY=32; W MTCTL=7; W RDLEN"));
    mock_settle(d);
    mock_log_clear(d);
    c = keep();
    c.rdtr = 0, c.rx_frames = 0, c.mtctl = 0;
    assert_int_equal(d->drv->set_coalesce(d->priv, &c), 0);
    assert_string_equal(mock_log_text(d), "W RDTR=0; W RXFRAMES=0; W MTCTL=0");
    gone(d);
}

static void contradictions_and_overflows_change_nothing(void **state)
{
    os_dev_t *d = opened();
    os_coalesce_t before, after;
    (void)state;

    assert_int_equal(d->drv->get_coalesce(d->priv, &before), 0);
    for (unsigned i = 0; i < 9; i++) {
        os_coalesce_t c = keep();
        c.rdtr = 1; // good by itself
        if (i == 0) c.adaptive_rx = 1, c.rx_usecs = 50;
        if (i == 1) c.adaptive_rx = 1, c.itr = 50;
        if (i == 2) c.rx_usecs = 50, c.itr = 195;
        if (i == 3) c.tx_usecs = 50, c.tidv = 50;
        if (i == 4) c.rx_usecs = 16778;
        if (i == 5) c.radv = 0x10000;
        if (i == 6) c.mtctl = 8;
        if (i == 7) c.adaptive_rx = 2;
        if (i == 8) c.rx_frames = 0x10000;
        assert_int_equal(d->drv->set_coalesce(d->priv, &c), -EINVAL);
    }
    assert_int_equal(d->drv->get_coalesce(d->priv, &after), 0);
    assert_memory_equal(&before, &after, sizeof before);
    assert_string_equal(mock_log_text(d), "");
    gone(d);
}

static void ring_sizes_features_and_mode_take_effect(void **state)
{
    os_dev_t *d = probed(ID_82540EM);
    os_ringparam_t r = {.rx = 509, .tx = OS_KEEP};
    (void)state;

    assert_int_equal(d->drv->set_ringparam(d->priv, &r), 0);
    r = (os_ringparam_t){.rx = 4, .tx = 256};
    assert_int_equal(d->drv->set_ringparam(d->priv, &r), -EINVAL);
    assert_int_equal(d->drv->set_features(d->priv, true, false), 0);
    assert_int_equal(d->drv->set_rx_mode(d->priv, true, false), 0);
    assert_int_equal(d->drv->open(d->priv), 0);
    assert_int_equal(d->regs[E1000_RDLEN / 4], 512 * 16);
    assert_int_equal(d->regs[E1000_RDT / 4], 510);
    assert_int_equal(d->live_pkts, 511);
    assert_true(d->regs[E1000_CTRL / 4] & FMASK(E1000_CTRL_VME));
    assert_int_equal(d->regs[E1000_RXCSUM / 4], 0);
    assert_int_equal(d->regs[E1000_RCTL / 4], 0x801A); // BAM, MPE, UPE, EN
    assert_int_equal(d->drv->set_ringparam(d->priv, &r), -EBUSY);
    assert_int_equal(d->drv->set_features(d->priv, false, true), -EBUSY);
    assert_int_equal(d->drv->set_watchdog(d->priv, true), -EBUSY);
    assert_int_equal(d->drv->set_rx_mode(d->priv, false, true), 0);
    assert_int_equal(d->regs[E1000_RCTL / 4], 0x8012);
    gone(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(naming_an_interval_turns_adaptive_off),
        cmocka_unit_test(registers_and_extensions_are_programmed_now_and_at_open),
        cmocka_unit_test(contradictions_and_overflows_change_nothing),
        cmocka_unit_test(ring_sizes_features_and_mode_take_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
