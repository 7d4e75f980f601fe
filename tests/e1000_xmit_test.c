// SPDX-License-Identifier: Apache-2.0
// The driver's transmit side: descriptors, offloads, stopping and waking the queue, lost links and
// hangs.
#include "driver/e1000.h"
#include "tests/mock/mock_os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ID_82540EM 0x8086100Eu

static os_dev_t *opened(uint32_t tx_ring, bool vlan, bool watchdog)
{
    os_dev_t *d = mock_create(e1000_driver(), ID_82540EM);
    os_ringparam_t r = {.rx = OS_KEEP, .tx = tx_ring};

    assert_int_equal(d->drv->probe(d, &d->priv), 0);
    assert_int_equal(d->drv->set_ringparam(d->priv, &r), 0);
    assert_int_equal(d->drv->set_features(d->priv, vlan, true), 0);
    assert_int_equal(d->drv->set_watchdog(d->priv, watchdog), 0);
    assert_int_equal(d->drv->open(d->priv), 0);
    mock_irq(d);
    mock_softirq(d, 64);
    mock_timer(d);
    mock_irq(d);
    mock_softirq(d, 64);
    assert_true(d->carrier);
    mock_log_clear(d);
    d->wakes = d->stops = d->tx_freed = 0;
    return d;
}

static void gone(os_dev_t *d)
{
    d->drv->remove(d->priv);
    mock_destroy(d);
}

static os_pkt_t *packet(os_dev_t *d, uint32_t len)
{
    os_pkt_t *p = os_pkt_alloc(d, len ? len : 1);

    p->len = len;
    return p;
}

static int send(os_dev_t *d, uint32_t len)
{
    os_pkt_t *p = packet(d, len);
    int err = d->drv->xmit(d->priv, p);

    if (err) os_pkt_free(d, p);
    return err;
}

static void complete(os_dev_t *d)
{
    mock_irq(d);
    mock_softirq(d, 64);
}

static os_coalesce_t keep(void)
{
    os_coalesce_t c;

    memset(&c, 0xFF, sizeof c);
    return c;
}

static void a_plain_frame_is_one_descriptor_and_one_tail_write(void **state)
{
    os_dev_t *d = opened(256, false, false);
    os_pkt_t *p = packet(d, 60);
    uint64_t at = (uintptr_t)p->data + MOCK_DMA_OFFSET;
    os_drv_stats_t s;
    (void)state;

    assert_int_equal(d->drv->xmit(d->priv, p), 0);
    assert_string_equal(mock_log_text(d), "W TDT=1");
    mock_tx(d);
    assert_int_equal(d->tx_descs, 1);
    assert_int_equal(d->tx[0][0], at);
    assert_int_equal(d->tx[0][1], 0x8B00003C); // IDE, RS, IFCS, EOP
    assert_int_equal(d->tx_freed, 0);
    complete(d);
    assert_int_equal(d->tx_freed, 1);
    assert_int_equal(d->drv->get_stats(d->priv, &s), 0);
    assert_int_equal(s.tx_packets, 1);
    assert_int_equal(s.tx_bytes, 60);
    gone(d);
}

static void interrupt_delay_is_asked_for_only_if_something_ends_it(void **state)
{
    os_dev_t *d = opened(256, false, false);
    os_coalesce_t c = keep();
    (void)state;

    c.tidv = 0;
    assert_int_equal(d->drv->set_coalesce(d->priv, &c), 0);
    assert_int_equal(send(d, 60), 0);
    c.tx_frames = 4;
    assert_int_equal(d->drv->set_coalesce(d->priv, &c), 0);
    assert_int_equal(send(d, 60), 0);
    mock_tx(d);
    assert_int_equal(d->tx[0][1] >> 31 & 1, 0);
    assert_int_equal(d->tx[1][1] >> 31 & 1, 1);
    complete(d);
    gone(d);
}

static void checksum_offload_takes_a_context(void **state)
{
    os_dev_t *d = opened(256, false, false);
    os_pkt_t *p = packet(d, 100);
    (void)state;

    p->tx_flags = OS_TX_CSUM;
    p->csum_start = 34;
    p->csum_offset = 6;
    assert_int_equal(d->drv->xmit(d->priv, p), 0);
    assert_string_equal(mock_log_text(d), "W TDT=2");
    mock_tx(d);
    assert_int_equal(d->tx[0][0], 0x0000282200000000); // TUCSO 40, TUCSS 34
    assert_int_equal(d->tx[0][1], 0x20000000);
    assert_int_equal(d->tx[1][1], 0x00000200AB100064); // TXSM; data descriptor
    complete(d);
    assert_int_equal(d->tx_freed, 1);

    p = packet(d, 300); // out of a context's reach
    p->tx_flags = OS_TX_CSUM;
    p->csum_start = 250;
    p->csum_offset = 6;
    assert_int_equal(d->drv->xmit(d->priv, p), 0);
    assert_int_equal(d->tx_freed, 2);
    assert_int_equal(mock_count(d, 'W', E1000_TDT), 1);
    gone(d);
}

static void segmentation_prepares_headers_and_counts_frames(void **state)
{
    os_dev_t *d = opened(256, false, false);
    os_pkt_t *p = packet(d, 10054);
    os_drv_stats_t s;
    (void)state;

    p->tx_flags = OS_TX_TSO | OS_TX_CSUM | OS_TX_IPV4;
    p->csum_start = 34;
    p->csum_offset = 16;
    p->hdr_len = 54;
    p->gso_size = 1460;
    memset(p->data + 14, 0xEE, 12);
    memcpy(p->data + 26, (uint8_t[]){10, 0, 0, 1, 10, 0, 0, 2}, 8);
    assert_int_equal(d->drv->xmit(d->priv, p), 0);
    static const uint8_t zero[2],
        pseudo[2] = {0x14, 0x09}; // 0A00 + 0001 + 0A00 + 0002 + protocol 6
    assert_memory_equal(p->data + 16, zero, 2);
    assert_memory_equal(p->data + 24, zero, 2);
    assert_memory_equal(p->data + 50, pseudo, 2);
    assert_string_equal(mock_log_text(d), "W TDT=4");
    mock_tx(d);
    assert_int_equal(d->tx[0][0],
                     0x000032220021180E); // IP 14..33, sum at 24; TCP from 34, sum at 50
    assert_int_equal(d->tx[0][1],
                     0x05B4360027002710); // MSS 1460, header 54, DEXT TSE IP TCP, payload 10000
    assert_int_equal(d->tx[1][1], 0x0000030026101000); // IXSM TXSM; 4096 bytes
    assert_int_equal(d->tx[2][1], 0x0000030026101000);
    assert_int_equal(d->tx[3][1], 0x00000300AF100746); // EOP RS IDE; the rest
    complete(d);
    assert_int_equal(d->drv->get_stats(d->priv, &s), 0);
    assert_int_equal(s.tx_packets, 7);
    assert_int_equal(s.tx_bytes, 10054 + 6 * 54);

    p = packet(d, 2000); // header shorter than IP and TCP
    p->tx_flags = OS_TX_TSO | OS_TX_IPV4;
    p->csum_start = 34;
    p->csum_offset = 16;
    p->hdr_len = 50;
    p->gso_size = 1460;
    assert_int_equal(d->drv->xmit(d->priv, p), 0);
    assert_int_equal(d->tx_freed, 2);
    gone(d);
}

static void tags_are_inserted_by_the_device_or_not_at_all(void **state)
{
    (void)state;
    for (unsigned on = 0; on < 2; on++) {
        os_dev_t *d = opened(256, on, false);
        os_pkt_t *p = packet(d, 60);
        p->vlan_present = true;
        p->vlan_tci = 0x2005;
        assert_int_equal(d->drv->xmit(d->priv, p), 0);
        mock_tx(d);
        assert_int_equal(d->tx_descs, on);
        if (on) assert_int_equal(d->tx[0][1], 0x20050000CB00003C);
        else assert_non_null(strstr(d->last_log, "tagged packets dropped"));
        complete(d);
        assert_int_equal(d->tx_freed, 1);
        gone(d);
    }
}

static void queue_stops_below_20_free_and_wakes_from_32(void **state)
{
    os_dev_t *d = opened(64, false, false);
    os_drv_stats_t s;
    (void)state;

    for (unsigned i = 0; i < 43; i++) assert_int_equal(send(d, 60), 0);
    assert_false(d->tx_stopped); // 20 free
    assert_int_equal(send(d, 60), 0);
    assert_true(d->tx_stopped);
    // A stack that goes on nevertheless is refused when one descriptor and the gap do not fit.
    for (unsigned i = 0; i < 17; i++) assert_int_equal(send(d, 60), 0);
    assert_int_equal(send(d, 60), -EBUSY); // 2 free
    mock_tx_some(d, 29);
    complete(d);
    assert_true(d->tx_stopped); // 31 free
    mock_tx_some(d, 1);
    complete(d);
    assert_false(d->tx_stopped);
    assert_int_equal(d->wakes, 1);
    assert_int_equal(d->drv->get_stats(d->priv, &s), 0);
    assert_int_equal(s.tx_busy, 1);
    assert_int_equal(s.tx_restart, 1);
    mock_tx(d);
    complete(d);
    assert_int_equal(s.tx_packets, 30);
    gone(d); // and 1000 more round the ring, in another one
    d = opened(64, false, false);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(send(d, 60 + i), 0);
        if (i % 7 == 0) mock_tx(d), complete(d);
    }
    mock_tx(d);
    complete(d);
    assert_int_equal(d->tx_freed, 1000);
    gone(d);
}

static void transmit_is_cleaned_before_receive_in_each_poll(void **state)
{
    os_dev_t *d = opened(256, false, false);
    (void)state;

    assert_int_equal(send(d, 60), 0);
    mock_tx(d);
    for (unsigned i = 0; i < 5; i++) assert_true(mock_rx(d, 64, 3, 0, 0));
    mock_irq(d);
    assert_int_equal(d->napi.poll(d->napi.priv, 1), 1);
    assert_int_equal(d->tx_freed, 1);
    assert_int_equal(d->received, 1);
    mock_softirq(d, 64);
    gone(d);
}

static unsigned more;

static void send_another(os_dev_t *d)
{
    if (more == 0) return;
    more--;
    assert_int_equal(send(d, 60), 0);
    mock_tx(d);
}

static void a_ring_that_refills_while_cleaned_uses_up_the_budget(void **state)
{
    os_dev_t *d = opened(64, false, false);
    (void)state;

    for (unsigned i = 0; i < 10; i++) assert_int_equal(send(d, 60), 0);
    mock_tx(d);
    more = 100; // 110 in all: more than one ring
    d->on_free = send_another;
    mock_irq(d);
    mock_log_clear(d);
    assert_int_equal(mock_softirq(d, 64), 2);
    assert_non_null(strstr(mock_log_text(d), "P 64"));
    d->on_free = NULL;
    assert_int_equal(d->tx_freed, 110);
    gone(d);
}

static void what_cannot_be_sent_is_dropped(void **state)
{
    os_dev_t *d = opened(256, false, false);
    (void)state;

    d->fail[MOCK_MAP] = 1;
    assert_int_equal(send(d, 60), 0);
    assert_int_equal(send(d, 0), 0);
    assert_int_equal(d->tx_freed, 2);
    assert_int_equal(mock_count(d, 'W', E1000_TDT), 0);
    assert_int_equal(d->drv->stop(d->priv), 0);
    unsigned freed = d->tx_freed;
    assert_int_equal(send(d, 60), 0);
    assert_int_equal(d->tx_freed, freed + 1);
    gone(d);
}

static void a_lost_link_restarts_when_frames_wait(void **state)
{
    os_dev_t *d = opened(256, false, false);
    (void)state;

    assert_int_equal(send(d, 60), 0);
    unsigned resets = d->resets;
    mock_link(d, false);
    complete(d);
    assert_true(mock_timer(d));
    assert_int_equal(d->resets, resets + 1);
    assert_int_equal(d->regs[E1000_TDT / 4], 0);
    assert_true(d->tx_freed > 0);
    mock_link(d, true);
    mock_settle(d);
    assert_true(d->carrier);
    assert_int_equal(send(d, 60), 0);
    mock_tx(d);
    complete(d);

    // Without memory for buffers it stays down, and says so; stopping and opening again works.
    assert_int_equal(send(d, 60), 0);
    mock_link(d, false);
    complete(d);
    d->fail_all[MOCK_PKT] = true;
    assert_true(mock_timer(d));
    assert_non_null(strstr(d->last_log, "stays down"));
    assert_false(d->regs[E1000_RCTL / 4] & FMASK(E1000_RCTL_EN));
    d->fail_all[MOCK_PKT] = false;
    assert_int_equal(d->drv->stop(d->priv), 0);
    assert_int_equal(d->drv->open(d->priv), 0);
    mock_link(d, true);
    mock_settle(d);
    assert_true(d->carrier);
    gone(d);
}

static void clean_everything(os_dev_t *d)
{
    mock_tx(d);
    complete(d);
}

static void a_poll_on_another_core_cannot_leave_the_queue_stopped(void **state)
{
    os_dev_t *d = opened(64, false, false);
    (void)state;

    d->on_stop = clean_everything;
    for (unsigned i = 0; i < 500; i++) assert_int_equal(send(d, 60), 0);
    assert_true(d->stops > 0);
    assert_false(d->tx_stopped);
    d->on_stop = NULL;
    clean_everything(d);
    gone(d);
}

static void a_stopped_queue_wakes_with_the_carrier(void **state)
{
    os_dev_t *d = opened(64, false, false);
    (void)state;

    for (unsigned i = 0; i < 44; i++) assert_int_equal(send(d, 60), 0);
    mock_link(d, false);
    mock_tx(d); // the last frames leave just before
    e1000_t *a = d->priv;
    a->carrier = false; // the work item ran between
    complete(d);
    assert_true(d->tx_stopped);
    mock_link(d, true);
    mock_settle(d);
    assert_false(d->tx_stopped);
    gone(d);
}

static void the_watchdog_restarts_a_hung_transmitter_but_not_a_paused_one(void **state)
{
    os_dev_t *d = opened(256, false, true);
    (void)state;

    unsigned resets = d->resets;
    assert_int_equal(send(d, 60), 0);
    d->txoff = true;
    for (unsigned i = 0; i < 3; i++) assert_true(mock_timer(d));
    assert_int_equal(d->resets, resets);
    d->txoff = false;
    assert_true(mock_timer(d));
    assert_int_equal(d->resets, resets + 1);
    assert_non_null(strstr(d->all_logs, "Detected Tx Unit Hang: TDH 0, TDT 1"));
    mock_irq(d);
    mock_softirq(d, 64);
    assert_true(mock_timer(d));
    assert_true(d->carrier);
    gone(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_frame_is_one_descriptor_and_one_tail_write),
        cmocka_unit_test(interrupt_delay_is_asked_for_only_if_something_ends_it),
        cmocka_unit_test(checksum_offload_takes_a_context),
        cmocka_unit_test(segmentation_prepares_headers_and_counts_frames),
        cmocka_unit_test(tags_are_inserted_by_the_device_or_not_at_all),
        cmocka_unit_test(queue_stops_below_20_free_and_wakes_from_32),
        cmocka_unit_test(transmit_is_cleaned_before_receive_in_each_poll),
        cmocka_unit_test(a_ring_that_refills_while_cleaned_uses_up_the_budget),
        cmocka_unit_test(what_cannot_be_sent_is_dropped),
        cmocka_unit_test(a_lost_link_restarts_when_frames_wait),
        cmocka_unit_test(a_poll_on_another_core_cannot_leave_the_queue_stopped),
        cmocka_unit_test(a_stopped_queue_wakes_with_the_carrier),
        cmocka_unit_test(the_watchdog_restarts_a_hung_transmitter_but_not_a_paused_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
