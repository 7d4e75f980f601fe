// SPDX-License-Identifier: Apache-2.0
// The cost of traffic: which registers the driver touches, in which order. Frames are in
// e1000_rx_test.c and e1000_xmit_test.c, set-up in e1000_setup_test.c. Built over tests/mock, not
// over the simulator.
#include "driver/e1000.h"
#include "tests/mock/mock_os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
    DD = E1000_RXD_STAT_DD,
    EOP = E1000_RXD_STAT_EOP,
    IXSM = E1000_RXD_STAT_IXSM,
    VP = E1000_RXD_STAT_VP,
    TCPCS = E1000_RXD_STAT_TCPCS
};

static void adaptive_off(os_dev_t *d)
{
    os_coalesce_t c;

    memset(&c, 0xFF, sizeof c); // OS_KEEP
    c.adaptive_rx = 0;
    assert_int_equal(d->drv->set_coalesce(d->priv, &c), 0);
    mock_log_clear(d);
}

static void receive(os_dev_t *d, unsigned n)
{
    for (unsigned i = 0; i < n; i++) assert_true(mock_rx(d, 64, DD | EOP, 0, 0));
}

// Three accesses in the handler, two at the end, one for the buffers.
static void one_frame_costs_six_accesses(void **state)
{
    os_dev_t *d = *state;

    adaptive_off(d);
    receive(d, 1);
    assert_true(mock_irq(d));
    assert_string_equal(mock_log_text(d), "R ICR; W IMC=FFFFFFFF; R STATUS; N");
    mock_log_clear(d);
    mock_softirq(d, 64);
    assert_string_equal(mock_log_text(d), "W RDT=FF; C; W IMS=9D; R STATUS; P 1");
}

static void adaptive_writes_itr_only_on_change_and_while_masked(void **state)
{
    os_dev_t *d = *state;

    // The pass before the link came up asked for 4000/s, the one after it for 20000/s: climbing.
    assert_int_equal(d->regs[E1000_ITR / 4], 976);
    static const char *const expected[] = {
        "W RDT=FF; W ITR=1B2; C; W IMS=9D; R STATUS; P 1", // 9000/s
        "W RDT=0; W ITR=117; C; W IMS=9D; R STATUS; P 1",  // 14000/s
        "W RDT=1; W ITR=CD; C; W IMS=9D; R STATUS; P 1",   // 19000/s
        "W RDT=2; W ITR=C3; C; W IMS=9D; R STATUS; P 1",   // 20000/s
        "W RDT=3; C; W IMS=9D; R STATUS; P 1",
    };
    for (unsigned i = 0; i < 5; i++) {
        receive(d, 1);
        assert_true(mock_irq(d));
        mock_log_clear(d);
        mock_softirq(d, 64);
        assert_string_equal(mock_log_text(d), expected[i]);
    }
    os_drv_stats_t s;
    assert_int_equal(d->drv->get_stats(d->priv, &s), 0);
    assert_int_equal(s.itr_writes, 5);
}

static void loads_are_counted_from_interrupt_to_interrupt(void **state)
{
    os_dev_t *d = *state;

    // Seven long frames in seven polls of one interrupt are one load of 10584 bytes: bulk.
    for (unsigned i = 0; i < 6; i++) {
        receive(d, 1);
        mock_irq(d);
        mock_softirq(d, 64);
    }
    assert_int_equal(d->regs[E1000_ITR / 4], 195);
    for (unsigned i = 0; i < 7; i++) assert_true(mock_rx(d, 1516, DD | EOP, 0, 0));
    mock_irq(d);
    assert_int_equal(mock_softirq(d, 1), 8);
    assert_int_equal(d->regs[E1000_ITR / 4], 976);
}

// K-27: full polls, then exactly one that finds less than its budget.
static void budget_splits_ten_packets_into_polls(void **state)
{
    static const struct {
        int budget;
        unsigned polls, rdt;
        const char *log;
    } c[] = {
        {2, 6, 5,
         "W RDT=1; P 2; W RDT=3; P 2; W RDT=5; P 2; W RDT=7; P 2; W RDT=9; P 2; C; W IMS=9D; R "
         "STATUS; P 0"},
        {60, 1, 1, "W RDT=9; C; W IMS=9D; R STATUS; P 10"},
        {1, 11, 10, NULL},
        {10, 2, 1, "W RDT=9; P 10; C; W IMS=9D; R STATUS; P 0"},
        {3, 4, 4, NULL},
    };
    os_dev_t *d = *state;

    adaptive_off(d);
    for (unsigned i = 0; i < sizeof c / sizeof c[0]; i++) {
        assert_int_equal(d->drv->stop(d->priv), 0);
        assert_int_equal(d->drv->open(d->priv), 0);
        mock_settle(d);
        receive(d, 1); // RDT 254 -> 255
        mock_irq(d);
        mock_softirq(d, 64);
        receive(d, 10);
        assert_true(mock_irq(d));
        mock_log_clear(d);
        assert_int_equal(mock_softirq(d, c[i].budget), c[i].polls);
        assert_int_equal(mock_count(d, 'W', E1000_RDT), c[i].rdt);
        // rdt = sum over polls of ceil(k/16); all of one interrupt: masked in between.
        assert_int_equal(mock_count(d, 'W', E1000_IMS), 1);
        assert_int_equal(mock_count(d, 'R', E1000_ICR), 0);
        if (c[i].log) {
            char text[256];
            strncpy(text, mock_log_text(d), sizeof text - 1);
            text[sizeof text - 1] = 0;
            assert_string_equal(text, c[i].log);
        }
    }
}

// analytic-models §3f for every small n and budget, and the number of RDT writes.
static void polls_and_tail_writes_follow_the_formula(void **state)
{
    os_dev_t *d = *state;

    for (unsigned n = 1; n <= 70; n += 3) {
        for (unsigned b = 1; b <= 80; b = b < 20 ? b + 1 : b + 15) {
            receive(d, n);
            assert_true(mock_irq(d));
            mock_log_clear(d);
            unsigned before = d->received;
            assert_int_equal(mock_softirq(d, (int)b), n / b + 1);
            assert_int_equal(d->received - before, n);
            unsigned writes = n / b * ((b + 15) / 16) + (n % b + 15) / 16;
            assert_int_equal(mock_count(d, 'W', E1000_RDT), writes);
        }
    }
    for (unsigned i = 0; i < d->received && i < MOCK_RX_MAX; i++)
        if (d->received <= MOCK_RX_MAX) assert_int_equal(d->rx[i].seq, i);
}

static void long_poll_moves_the_tail_every_sixteen(void **state)
{
    os_dev_t *d = *state;

    adaptive_off(d);
    receive(d, 40);
    mock_irq(d);
    mock_log_clear(d);
    mock_softirq(d, 64);
    assert_string_equal(mock_log_text(d),
                        "W RDT=E; W RDT=1E; W RDT=26; C; W IMS=9D; R STATUS; P 40");
}

static void foreign_interrupts_are_not_claimed(void **state)
{
    os_dev_t *d = *state;

    assert_int_equal(d->irq(d->irq_priv), OS_IRQ_NONE);
    assert_string_equal(mock_log_text(d), "R ICR");
}

static void an_interrupt_while_a_poll_waits_is_unmasked_again(void **state)
{
    os_dev_t *d = *state;

    receive(d, 1);
    assert_true(mock_irq(d));
    mock_log_clear(d);
    d->icr = FMASK(E1000_ICR_RXT0);
    assert_int_equal(d->irq(d->irq_priv), OS_IRQ_HANDLED);
    assert_string_equal(mock_log_text(d), "R ICR; W IMC=FFFFFFFF; R STATUS; W IMS=9D; R STATUS");
    mock_softirq(d, 64);
    assert_int_equal(d->received, 1);
}

static void link_loss_and_return_are_reported(void **state)
{
    os_dev_t *d = *state;

    mock_link(d, false);
    assert_true(mock_irq(d));
    mock_softirq(d, 64);
    assert_int_equal(d->timer.delay_ns, E1000_LSC_DELAY_NS);
    mock_log_clear(d);
    assert_true(mock_timer(d));
    assert_string_equal(mock_log_digest(d), "R CTRL; R STATUS; PHY 1; PHY 1");
    assert_false(d->carrier);
    mock_link(d, true);
    assert_true(mock_irq(d));
    mock_softirq(d, 64);
    mock_log_clear(d);
    assert_true(mock_timer(d));
    assert_string_equal(
        mock_log_digest(d),
        "R CTRL; R STATUS; PHY 1; PHY 1; PHY 17; R TCTL; W TCTL=10400FA; PHY 1; PHY 1; "
        "PHY 4; PHY 5; R STATUS; R CTRL; W CTRL=18000241; R STATUS; R CTRL; R TCTL; "
        "W TCTL=10400FA");
    assert_true(d->carrier);
    assert_int_equal(d->mbps, 1000);
    assert_false(mock_timer(d)); // no watchdog
}

static void device_counters_are_added_up(void **state)
{
    os_dev_t *d = *state;
    os_drv_stats_t s;

    d->regs[E1000_MPC / 4] = 5;
    d->regs[E1000_RNBC / 4] = 7;
    assert_int_equal(d->drv->get_stats(d->priv, &s), 0);
    d->regs[E1000_MPC / 4] = 2;
    assert_int_equal(d->drv->stop(d->priv), 0); // the reset would lose them
    assert_int_equal(d->drv->get_stats(d->priv, &s), 0);
    assert_int_equal(s.rx_missed, 7);
    assert_int_equal(s.rx_no_buffer, 7);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, mock_setup_open, mock_teardown_open)
    const struct CMUnitTest tests[] = {
        T(one_frame_costs_six_accesses),
        T(adaptive_writes_itr_only_on_change_and_while_masked),
        T(loads_are_counted_from_interrupt_to_interrupt),
        T(budget_splits_ten_packets_into_polls),
        T(polls_and_tail_writes_follow_the_formula),
        T(long_poll_moves_the_tail_every_sixteen),
        T(foreign_interrupts_are_not_claimed),
        T(an_interrupt_while_a_poll_waits_is_unmasked_again),
        T(link_loss_and_return_are_reported),
        T(device_counters_are_added_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
