// SPDX-License-Identifier: Apache-2.0
// Settings of igb and igbvf: coalescing, adaptive throttling, frame counters, ring sizes, features.
#include "driver/igb.h"
#include "driver/igbvf.h"
#include "tests/igbdev/igbdev.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static os_dev_t *pf(dev_world_t *w)
{
    return &w->dev[DEV_PF];
}

static os_dev_t *vf(dev_world_t *w)
{
    return &w->dev[0];
}

// With a VF: the PF has queue 1, the VF queue 0.
static dev_world_t *opened(unsigned vfs)
{
    dev_world_t *w = dev_create();

    assert_int_equal(dev_probe(pf(w), igb_driver()), 0);
    if (vfs) assert_int_equal(dev_set_vfs(pf(w), vfs), 0);
    assert_int_equal(dev_open(pf(w)), 0);
    if (vfs) {
        assert_int_equal(dev_probe(vf(w), igbvf_driver()), 0);
        assert_int_equal(dev_open(vf(w)), 0);
        assert_true(vf(w)->carrier);
    }
    assert_true(pf(w)->carrier);
    dev_log_clear(w);
    return w;
}

static void gone(dev_world_t *w)
{
    if (vf(w)->drv) dev_remove(vf(w));
    dev_remove(pf(w));
    dev_destroy(w);
}

static os_coalesce_t keep(void)
{
    os_coalesce_t c;

    memset(&c, 0xFF, sizeof c);
    return c;
}

static int set(os_dev_t *d, const os_coalesce_t *c)
{
    return d->drv->set_coalesce(d->priv, c);
}

static os_coalesce_t get(os_dev_t *d)
{
    os_coalesce_t c;

    assert_int_equal(d->drv->get_coalesce(d->priv, &c), 0);
    return c;
}

static void frames(dev_world_t *w, unsigned queue, unsigned n, uint32_t len)
{
    for (unsigned i = 0; i < n; i++) assert_true(dev_rx(w, queue, len, 2, 0, 0));
    dev_settle(w);
}

// ---- igb ----------------------------------------------------------------------------------------

static void intervals_are_written_by_the_next_interrupt(void **state)
{
    (void)state;
    dev_world_t *w = opened(0);
    os_coalesce_t c = keep();

    assert_int_equal(get(pf(w)).adaptive_rx, 1);
    c.rx_usecs = 50;
    c.tx_usecs = 100;
    assert_int_equal(set(pf(w), &c), 0);
    assert_string_equal(dev_log_text(w, DEV_PF), "");
    frames(w, 0, 1, 60);
    assert_int_equal(w->regs[IGB_R_EITR + 1], 200);
    os_wr32(pf(w), IGB_EICS, 4);
    dev_settle(w);
    assert_int_equal(w->regs[IGB_R_EITR + 2], 400);
    c = get(pf(w));
    assert_int_equal(c.rx_usecs, 50);
    assert_int_equal(c.tx_usecs, 100);
    assert_int_equal(c.adaptive_rx, 0);
    dev_log_clear(w);
    frames(w, 0, 1, 1500); // stays
    assert_int_equal(dev_count(w, DEV_PF, 'W', IGB_R_EITR), 0);
    c = keep();
    c.rx_usecs = 0; // off: 1 us is the least
    assert_int_equal(set(pf(w), &c), 0);
    frames(w, 0, 1, 60);
    assert_int_equal(w->regs[IGB_R_EITR + 1], 4);
    // survives stop and open
    assert_int_equal(dev_stop(pf(w)), 0);
    c.rx_usecs = 1000;
    assert_int_equal(set(pf(w), &c), 0);
    assert_int_equal(dev_open(pf(w)), 0);
    frames(w, 0, 1, 60);
    assert_int_equal(w->regs[IGB_R_EITR + 1], 4000);
    gone(w);
}

static void adaptive_values_follow_the_sizes(void **state)
{
    (void)state;
    dev_world_t *w = opened(0);
    os_coalesce_t c = keep();
    os_drv_stats_t s;

    frames(w, 0, 1, 60); // writes the start value
    assert_int_equal(w->regs[IGB_R_EITR + 1], 648);
    frames(w, 0, 1, 60);
    assert_int_equal(w->regs[IGB_R_EITR + 1], 196); // mode 3
    frames(w, 0, 10, 600);                          // 624 / 3
    frames(w, 0, 10, 1500);                         // 1524 / 2
    assert_int_equal(w->regs[IGB_R_EITR + 1], 208);
    frames(w, 0, 1, 1500);
    assert_int_equal(w->regs[IGB_R_EITR + 1], 760); // 762, in whole microseconds
    assert_int_equal(get(pf(w)).rx_usecs, 190);
    assert_int_equal(pf(w)->drv->get_stats(pf(w)->priv, &s), 0);
    assert_int_equal(s.itr_writes, 3);
    // Without a gigabit link: bulk.
    ((igb_t *)pf(w)->priv)->mbps = 100;
    frames(w, 0, 1, 60);
    frames(w, 0, 1, 60);
    assert_int_equal(w->regs[IGB_R_EITR + 1], 980);
    ((igb_t *)pf(w)->priv)->mbps = 1000;
    // Turning it off keeps what is reached; mode 1 has no lower bound.
    c.adaptive_rx = 0;
    assert_int_equal(set(pf(w), &c), 0);
    assert_int_equal(get(pf(w)).rx_usecs, 245);
    assert_int_equal(get(pf(w)).adaptive_rx, 0);
    c = keep();
    c.rx_usecs = 1;
    assert_int_equal(set(pf(w), &c), 0);
    assert_int_equal(get(pf(w)).adaptive_rx, 1);
    for (unsigned i = 0; i < 3; i++) frames(w, 0, 1, 60);
    assert_int_equal(w->regs[IGB_R_EITR + 1], 40); // 84 / 2
    c.rx_usecs = OS_KEEP;
    c.tx_usecs = 1; // begins anew, as in Linux the other does
    assert_int_equal(set(pf(w), &c), 0);
    assert_int_equal(get(pf(w)).rx_usecs, 162);
    c = keep();
    c.adaptive_rx = 1; // is on already
    assert_int_equal(set(pf(w), &c), 0);
    assert_int_equal(get(pf(w)).rx_usecs, 162);
    gone(w);
}

static void what_igb_refuses(void **state)
{
    (void)state;
    dev_world_t *w = opened(0);
    const os_coalesce_t before = get(pf(w));

    for (unsigned i = 0; i < 13; i++) {
        os_coalesce_t c = keep();
        c.rx_frames = 3; // good by itself
        if (i == 0) c.rx_usecs = 2;
        if (i == 1) c.rx_usecs = 9;
        if (i == 2) c.rx_usecs = 10001;
        if (i == 3) c.tx_usecs = 5;
        if (i == 4) c.adaptive_rx = 2;
        if (i == 5) c.adaptive_rx = 1, c.rx_usecs = 50;
        if (i == 6) c.adaptive_rx = 1, c.tx_usecs = 50;
        if (i == 7) c.rx_frames = 65536;
        if (i == 8) c.tx_frames = 65536;
        if (i == 9) c.rdtr = 1;
        if (i == 10) c.itr = 1;
        if (i == 11) c.mtdly = 1;
        if (i == 12) c.rx_usecs = 50, c.tx_usecs = 4;
        assert_int_equal(set(pf(w), &c), -EINVAL);
        const os_coalesce_t after = get(pf(w));
        assert_memory_equal(&after, &before, sizeof after);
    }
    assert_string_equal(dev_log_text(w, DEV_PF), "");
    gone(w);
}

static void pairs_have_one_interval(void **state)
{
    (void)state;
    dev_world_t *w = dev_create();
    os_coalesce_t c = keep();

    assert_int_equal(dev_probe(pf(w), igb_driver()), 0);
    assert_int_equal(pf(w)->drv->set_queues(pf(w)->priv, 5), 0);
    c.tx_usecs = 50;
    assert_int_equal(set(pf(w), &c), -EINVAL);
    c.tx_usecs = 0;
    c.rx_usecs = 30;
    c.rx_frames = 8;
    c.tx_frames = 4;
    assert_int_equal(set(pf(w), &c), 0);
    assert_int_equal(get(pf(w)).tx_usecs, 30);
    assert_int_equal(dev_open(pf(w)), 0);
    frames(w, 4, 1, 60);
    assert_int_equal(w->regs[IGB_R_EITR + 5], 120);
    assert_int_equal(w->regs[IGB_R_VRXFRAMES + 5], 8);
    assert_int_equal(w->regs[IGB_R_VTXFRAMES + 5], 4);
    gone(w);
}

static void frame_counters(void **state)
{
    (void)state;
    dev_world_t *w = opened(0);
    os_coalesce_t c = keep();

    c.rx_frames = 16;
    assert_int_equal(set(pf(w), &c), 0);
    assert_string_equal(dev_log_text(w, DEV_PF), "W VRXFRAMES[1]=10; W VTXFRAMES[2]=0");
    c.tx_frames = 4;
    assert_int_equal(set(pf(w), &c), 0);
    assert_int_equal(w->regs[IGB_R_VTXFRAMES + 2], 4);
    assert_int_equal(dev_stop(pf(w)), 0);
    assert_int_equal(dev_open(pf(w)), 0); // the reset forgot them
    assert_int_equal(w->regs[IGB_R_VRXFRAMES + 1], 16);
    assert_int_equal(w->regs[IGB_R_VTXFRAMES + 2], 4);
    c.rx_frames = c.tx_frames = 0;
    assert_int_equal(set(pf(w), &c), 0);
    assert_int_equal(w->regs[IGB_R_VRXFRAMES + 1] | w->regs[IGB_R_VTXFRAMES + 2], 0);
    dev_log_clear(w);
    assert_int_equal(dev_stop(pf(w)), 0);
    assert_int_equal(dev_open(pf(w)), 0);
    assert_int_equal(dev_count(w, DEV_PF, 'W', IGB_R_VRXFRAMES), 0); // a stock device
    gone(w);
}

static void rings_and_features(void **state)
{
    (void)state;
    dev_world_t *w = opened(1);

    for (unsigned i = 0; i < 2; i++) {
        os_dev_t *d = i ? vf(w) : pf(w);
        os_ringparam_t r = {100, 100};
        assert_int_equal(d->drv->set_ringparam(d->priv, &r), -EBUSY);
        assert_int_equal(d->drv->set_features(d->priv, false, true), -EBUSY);
        assert_int_equal(d->drv->set_watchdog(d->priv, true), -EBUSY);
    }
    assert_int_equal(dev_stop(vf(w)), 0);
    assert_int_equal(dev_stop(pf(w)), 0);
    for (unsigned i = 0; i < 2; i++) {
        os_dev_t *d = i ? vf(w) : pf(w);
        const unsigned q = i ? 0 : 1;
        os_ringparam_t r = {100, 100};
        assert_int_equal(d->drv->set_ringparam(d->priv, &r), 0);
        assert_int_equal(d->drv->set_features(d->priv, false, false), 0);
        assert_int_equal(dev_open(d), 0);
        assert_int_equal(w->regs[IGB_R_RDLEN + q], 104 * 16);
        assert_int_equal(w->regs[IGB_R_TDLEN + q], 104 * 16);
        dev_rx(w, q, 60, 2 | 0x20, 0, 0);
        dev_settle(w);
        assert_int_equal(d->received, 1);
        assert_false(d->rx[0].csum_ok);
        assert_int_equal(dev_stop(d), 0);
        r.rx = 4097;
        assert_int_equal(d->drv->set_ringparam(d->priv, &r), -EINVAL);
        r.rx = 64, r.tx = 63;
        assert_int_equal(d->drv->set_ringparam(d->priv, &r), -EINVAL);
        r.rx = 7, r.tx = 64;
        assert_int_equal(d->drv->set_ringparam(d->priv, &r), -EINVAL);
        r.rx = OS_KEEP, r.tx = 4096;
        assert_int_equal(d->drv->set_ringparam(d->priv, &r), 0);
        assert_int_equal(dev_open(d), 0);
        assert_int_equal(w->regs[IGB_R_RDLEN + q], 104 * 16);
        assert_int_equal(w->regs[IGB_R_TDLEN + q], 65536);
    }
    gone(w);
}

// ---- igbvf --------------------------------------------------------------------------------------

static uint32_t vteitr(const dev_world_t *w, unsigned k)
{
    return w->regs[IGB_R_EITR + igb_first_vector(0) + k];
}

static void a_vf_writes_at_once(void **state)
{
    (void)state;
    dev_world_t *w = opened(1);
    os_coalesce_t c = keep();

    assert_int_equal(vteitr(w, 0), 488);
    assert_int_equal(vteitr(w, 1), 488);
    c.rx_usecs = 10; // 97656/s: sticks
    assert_int_equal(set(vf(w), &c), 0);
    assert_string_equal(dev_log_text(w, 0), "W EITR[23]=28");
    assert_int_equal(get(vf(w)).rx_usecs, 10);
    assert_int_equal(get(vf(w)).tx_usecs, 122);
    assert_int_equal(get(vf(w)).adaptive_rx, 0);
    for (unsigned i = 0; i < 4; i++) frames(w, 0, 1, 60);
    assert_int_equal(vteitr(w, 1), 40);
    c.rx_usecs = 100; // 9765/s: its low bits say dynamic
    assert_int_equal(set(vf(w), &c), 0);
    assert_int_equal(vteitr(w, 1), 400);
    for (unsigned i = 0; i < 2; i++) frames(w, 0, 1, 60);
    assert_int_equal(vteitr(w, 1), 488);
    c = keep();
    c.adaptive_rx = 0;
    assert_int_equal(set(vf(w), &c), 0);
    assert_int_equal(get(vf(w)).adaptive_rx, 0);
    c.adaptive_rx = 1;
    assert_int_equal(set(vf(w), &c), 0);
    assert_int_equal(get(vf(w)).adaptive_rx, 1);
    assert_int_equal(vteitr(w, 1), 488);
    gone(w);
}

static void what_igbvf_refuses(void **state)
{
    (void)state;
    dev_world_t *w = opened(1);
    const os_coalesce_t before = get(vf(w));

    for (unsigned i = 0; i < 8; i++) {
        os_coalesce_t c = keep();
        c.rx_frames = 3;
        if (i == 0) c.rx_usecs = 1;
        if (i == 1) c.rx_usecs = 9;
        if (i == 2) c.rx_usecs = 10001;
        if (i == 3) c.tx_usecs = 50;
        if (i == 4) c.adaptive_rx = 2;
        if (i == 5) c.adaptive_rx = 1, c.rx_usecs = 50;
        if (i == 6) c.rx_frames = 65536;
        if (i == 7) c.tidv = 1;
        assert_int_equal(set(vf(w), &c), -EINVAL);
        const os_coalesce_t after = get(vf(w));
        assert_memory_equal(&after, &before, sizeof after);
    }
    assert_string_equal(dev_log_text(w, 0), "");
    gone(w);
}

static void frame_counters_of_a_vf(void **state)
{
    (void)state;
    dev_world_t *w = opened(1);
    os_coalesce_t c = keep();

    c.rx_frames = 16, c.tx_frames = 2;
    assert_int_equal(set(vf(w), &c), 0);
    assert_int_equal(w->regs[IGB_R_VRXFRAMES + 23], 16);
    assert_int_equal(w->regs[IGB_R_VTXFRAMES + 22], 2);
    w->regs[IGB_R_VRXFRAMES + 23] = w->regs[IGB_R_VTXFRAMES + 22] = 0; // as a VF reset does
    assert_int_equal(dev_stop(vf(w)), 0);
    assert_int_equal(dev_open(vf(w)), 0);
    assert_int_equal(w->regs[IGB_R_VRXFRAMES + 23], 16);
    assert_int_equal(w->regs[IGB_R_VTXFRAMES + 22], 2);
    assert_int_equal(get(vf(w)).rx_frames, 16);
    gone(w);
}

static void statistics(void **state)
{
    (void)state;
    dev_world_t *w = opened(1);

    for (unsigned i = 0; i < 2; i++) {
        os_dev_t *d = i ? vf(w) : pf(w);
        const unsigned q = i ? 0 : 1;
        os_drv_stats_t s;
        os_queue_stats_t qs;
        frames(w, q, 3, 100);
        w->regs[IGB_R_RQDPC + q] = 4;
        assert_int_equal(d->drv->get_stats(d->priv, &s), 0);
        assert_int_equal(s.rx_packets, 3);
        assert_int_equal(s.rx_bytes, 300);
        assert_int_equal(s.rx_dropped, 4);
        assert_int_equal(d->drv->get_queue_stats(d->priv, 0, &qs), 0);
        assert_int_equal(qs.rx_packets, 3);
        assert_int_equal(qs.rx_bytes, 300);
        assert_int_equal(qs.rx_dropped, 4);
        assert_int_equal(d->drv->get_queue_stats(d->priv, 1, &qs), -EINVAL);
    }
    gone(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_written_by_the_next_interrupt),
        cmocka_unit_test(adaptive_values_follow_the_sizes),
        cmocka_unit_test(what_igb_refuses),
        cmocka_unit_test(pairs_have_one_interval),
        cmocka_unit_test(frame_counters),
        cmocka_unit_test(rings_and_features),
        cmocka_unit_test(a_vf_writes_at_once),
        cmocka_unit_test(what_igbvf_refuses),
        cmocka_unit_test(frame_counters_of_a_vf),
        cmocka_unit_test(statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
