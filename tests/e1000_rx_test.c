// SPDX-License-Identifier: Apache-2.0
// The receive side of the driver: what becomes of frames, good and bad, and of a shortage of
// memory. Built over tests/mock.
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

static void receive(os_dev_t *d, unsigned n)
{
    for (unsigned i = 0; i < n; i++) assert_true(mock_rx(d, 64, DD | EOP, 0, 0));
}

static void frames_arrive_without_crc_and_with_their_marks(void **state)
{
    os_dev_t *d = *state;

    assert_true(mock_rx(d, 64, DD | EOP, 0, 0));
    assert_true(mock_rx(d, 1518, DD | EOP | TCPCS, 0, 0));
    assert_true(mock_rx(d, 100, DD | EOP | TCPCS, 0x20, 0)); // bad checksum: up, unverified
    assert_true(mock_rx(d, 100, DD | EOP | TCPCS | IXSM, 0, 0));
    assert_true(mock_rx(d, 68, DD | EOP | VP, 0, 0x2005));
    mock_irq(d);
    mock_softirq(d, 64);
    assert_int_equal(d->received, 5);
    static const struct {
        uint32_t len;
        bool csum, vlan;
        uint16_t tci;
    } e[] = {{60, false, false, 0},
             {1514, true, false, 0},
             {96, false, false, 0},
             {96, false, false, 0},
             {64, false, true, 0x2005}};
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(d->rx[i].seq, i);
        assert_int_equal(d->rx[i].len, e[i].len);
        assert_int_equal(d->rx[i].csum_ok, e[i].csum);
        assert_int_equal(d->rx[i].vlan, e[i].vlan);
        assert_int_equal(d->rx[i].tci, e[i].tci);
    }
}

static void bad_and_split_frames_are_dropped_and_counted(void **state)
{
    static const uint8_t errors[] = {0x01, 0x02, 0x04, 0x10, 0x80};
    os_dev_t *d = *state;
    os_drv_stats_t s;

    for (unsigned i = 0; i < sizeof errors; i++)
        assert_true(mock_rx(d, 64, DD | EOP, errors[i], 0));
    assert_true(mock_rx(d, 2048, DD, 0, 0)); // three descriptors, one frame
    assert_true(mock_rx(d, 2048, DD, 0, 0));
    assert_true(mock_rx(d, 900, DD | EOP, 0, 0));
    assert_true(mock_rx(d, 4, DD | EOP, 0, 0)); // nothing but CRC
    assert_true(mock_rx(d, 64, DD | EOP, 0, 0));
    mock_irq(d);
    assert_int_equal(mock_softirq(d, 64), 1);
    assert_int_equal(d->received, 1);
    assert_int_equal(d->rx[0].seq, 9);
    assert_int_equal(d->drv->get_stats(d->priv, &s), 0);
    assert_int_equal(s.rx_errors, 7);
    assert_int_equal(s.rx_packets, 1);
    assert_int_equal(s.rx_bytes, 60);
    // The dropped frames' buffers go round again.
    assert_int_equal(s.rx_alloc_failed, 0);
    receive(d, 254);
    assert_false(mock_rx(d, 64, DD | EOP, 0, 0));
}

static void a_frame_that_spans_two_polls_is_still_discarded(void **state)
{
    os_dev_t *d = *state;

    assert_true(mock_rx(d, 2048, DD, 0, 0));
    mock_irq(d);
    mock_softirq(d, 64);
    assert_true(mock_rx(d, 100, DD | EOP, 0, 0));
    assert_true(mock_rx(d, 64, DD | EOP, 0, 0));
    mock_irq(d);
    mock_softirq(d, 64);
    assert_int_equal(d->received, 1);
    assert_int_equal(d->rx[0].len, 60);
}

static void shortage_of_memory_loses_no_frame_and_recovers(void **state)
{
    os_dev_t *d = *state;
    os_drv_stats_t s;

    d->fail[MOCK_PKT] = 3;
    receive(d, 8);
    mock_irq(d);
    mock_log_clear(d);
    mock_softirq(d, 64);
    assert_int_equal(d->received, 8);
    assert_int_equal(mock_count(d, 'W', E1000_RDT), 1);
    assert_int_equal(d->regs[E1000_RDT / 4], 0); // 254 + 2
    receive(d, 1);
    mock_irq(d);
    mock_softirq(d, 64);
    assert_int_equal(d->regs[E1000_RDT / 4], 7); // all filled again
    assert_int_equal(d->drv->get_stats(d->priv, &s), 0);
    assert_int_equal(s.rx_alloc_failed, 1);
}

static void an_empty_ring_is_refilled_by_the_work_item(void **state)
{
    os_dev_t *d = *state;

    d->fail_all[MOCK_MAP] = true;
    receive(d, 253);
    mock_irq(d);
    mock_softirq(d, 64);
    assert_int_equal(d->received, 253);
    assert_false(d->timer.armed); // one is left: it can still make an interrupt
    receive(d, 1);
    assert_false(mock_rx(d, 64, DD | EOP, 0, 0));
    mock_irq(d);
    mock_softirq(d, 64);
    assert_true(d->timer.armed);
    d->fail_all[MOCK_MAP] = false;
    assert_true(mock_timer(d));
    assert_true(d->icr & FMASK(E1000_ICR_RXDMT0));
    assert_true(mock_irq(d));
    mock_softirq(d, 64);
    receive(d, 254);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, mock_setup_open, mock_teardown_open)
    const struct CMUnitTest tests[] = {
        T(frames_arrive_without_crc_and_with_their_marks),
        T(bad_and_split_frames_are_dropped_and_counted),
        T(a_frame_that_spans_two_polls_is_still_discarded),
        T(shortage_of_memory_loses_no_frame_and_recovers),
        T(an_empty_ring_is_refilled_by_the_work_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
