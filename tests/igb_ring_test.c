// SPDX-License-Identifier: Apache-2.0
// Rings of igb and igbvf: what descriptors say, offloads, wrapping, errors, want of memory, stopping
// and waking. Both drivers go through most of it: the PF on queue 0 or 2, VF 1 beside it.
#include "driver/igb.h"
#include "driver/igbvf.h"
#include "tests/igbdev/igbdev.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct bench {
    dev_world_t *w;
    os_dev_t *d;
    unsigned queue;
    igb_rx_t *rx;
    igb_tx_t *tx;
    bool vf;
} bench_t;

static bench_t bench_with(bool vf, uint32_t rx_ring, uint32_t tx_ring, bool strip)
{
    bench_t b = {.w = dev_create(), .vf = vf};
    const os_ringparam_t r = {rx_ring, tx_ring};
    os_dev_t *pf = &b.w->dev[DEV_PF];

    assert_int_equal(dev_probe(pf, igb_driver()), 0);
    if (vf) {
        assert_int_equal(dev_set_vfs(pf, 2), 0);
        assert_int_equal(dev_open(pf), 0);
    }
    b.d = vf ? &b.w->dev[1] : pf;
    if (vf) assert_int_equal(dev_probe(b.d, igbvf_driver()), 0);
    assert_int_equal(b.d->drv->set_ringparam(b.d->priv, &r), 0);
    assert_int_equal(b.d->drv->set_features(b.d->priv, strip, true), 0);
    assert_int_equal(dev_open(b.d), 0);
    assert_true(b.d->carrier);
    b.queue = vf ? 1 : 0;
    b.rx = vf ? &((igbvf_t *)b.d->priv)->rx : &((igb_t *)b.d->priv)->rx[0];
    b.tx = vf ? &((igbvf_t *)b.d->priv)->tx : &((igb_t *)b.d->priv)->tx[0];
    b.d->wakes = b.d->stops = b.d->tx_freed = 0;
    dev_log_clear(b.w);
    return b;
}

static bench_t bench(bool vf)
{
    return bench_with(vf, OS_KEEP, OS_KEEP, true);
}

static void gone(bench_t *b)
{
    for (unsigned i = 0; i < DEV_FUNCTIONS; i++)
        if (b->w->dev[i].drv) dev_remove(&b->w->dev[i]);
    dev_destroy(b->w);
}

static os_pkt_t *packet(const bench_t *b, uint32_t len)
{
    const unsigned fail = b->d->fail[DEV_F_PKT]; // is for the driver
    const bool all = b->d->fail_all[DEV_F_PKT];
    b->d->fail[DEV_F_PKT] = 0;
    b->d->fail_all[DEV_F_PKT] = false;
    os_pkt_t *p = os_pkt_alloc(b->d, len < 64 ? 64 : len);
    b->d->fail[DEV_F_PKT] = fail;
    b->d->fail_all[DEV_F_PKT] = all;

    p->len = len;
    return p;
}

static int xmit(const bench_t *b, os_pkt_t *p)
{
    int err = b->d->drv->xmit(b->d->priv, p);

    if (err) os_pkt_free(b->d, p);
    return err;
}

// Transmits what is there; the i-th word of descriptor n counted from then on.
static void transmit(const bench_t *b)
{
    b->w->tx_descs = 0;
    dev_tx(b->w, b->queue);
    dev_settle(b->w);
}

static uint64_t word(const bench_t *b, unsigned n, unsigned i)
{
    return b->w->tx[n].word[i];
}

// ---- transmit descriptors -----------------------------------------------------------------------

static void a_plain_frame(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < 2; vf++) {
        bench_t b = bench(vf);
        os_pkt_t *p = packet(&b, 60);
        const uint64_t at = (uintptr_t)p->data + DEV_DMA_OFFSET;
        os_drv_stats_t s;

        assert_int_equal(xmit(&b, p), 0);
        transmit(&b);
        assert_int_equal(b.w->tx_descs, 1);
        assert_int_equal(word(&b, 0, 0), at);
        assert_int_equal(word(&b, 0, 1), 0x000F00002B30003C); // PAYLEN 60; DEXT, RS, IFCS, EOP
        assert_int_equal(b.d->tx_freed, 1);
        assert_int_equal(b.d->drv->get_stats(b.d->priv, &s), 0);
        assert_int_equal(s.tx_packets, 1);
        assert_int_equal(s.tx_bytes, 60);

        // Less than 17 bytes are padded by the driver; nothing is no packet.
        p = packet(&b, 5);
        memset(p->data, 0xFF, 64);
        assert_int_equal(xmit(&b, p), 0);
        assert_int_equal(p->len, 17);
        assert_int_equal(p->data[4], 0xFF);
        assert_int_equal(p->data[5] | p->data[16], 0);
        transmit(&b);
        assert_int_equal(word(&b, 0, 1), 0x000440002B300011);
        assert_int_equal(xmit(&b, packet(&b, 0)), 0);
        assert_int_equal(b.d->tx_freed, 3);
        gone(&b);
    }
}

static void long_packets_are_cut(void **state)
{
    (void)state;
    bench_t b = bench(false);
    os_pkt_t *p = packet(&b, 70000);
    const uint64_t at = (uintptr_t)p->data + DEV_DMA_OFFSET;

    assert_int_equal(xmit(&b, p), 0);
    transmit(&b);
    assert_int_equal(b.w->tx_descs, 3);
    assert_int_equal(word(&b, 0, 1), 70000ull << 46 | 0x22308000);
    assert_int_equal(word(&b, 1, 0), at + 32768);
    assert_int_equal(word(&b, 1, 1), 0x22308000); // no PAYLEN
    assert_int_equal(word(&b, 2, 1), 0x2B300000 | (70000 - 65536));
    gone(&b);

    b = bench(true);
    assert_int_equal(xmit(&b, packet(&b, 70000)), 0);
    transmit(&b);
    assert_int_equal(b.w->tx_descs, 2);
    assert_int_equal(word(&b, 0, 1) & 0xFFFFFFFF, 0x2230FFFF);
    gone(&b);
}

static os_pkt_t *with_sum(const bench_t *b, uint32_t len, uint16_t start, uint16_t offset)
{
    os_pkt_t *p = packet(b, len);

    p->tx_flags = OS_TX_CSUM;
    p->csum_start = start;
    p->csum_offset = offset;
    return p;
}

static void checksums(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < 2; vf++) {
        bench_t b = bench(vf);

        // MACLEN 14, IPLEN 20; L4T is UDP (0) or TCP.
        assert_int_equal(xmit(&b, with_sum(&b, 100, 34, 6)), 0);
        assert_int_equal(xmit(&b, with_sum(&b, 100, 54, 16)), 0);
        transmit(&b);
        assert_int_equal(b.w->tx_descs, 4);
        assert_int_equal(word(&b, 0, 0), 14 << 9 | 20);
        assert_int_equal(word(&b, 0, 1), 0x20200000);
        assert_int_equal(word(&b, 1, 1), 0x001902002B300064); // TXSM
        assert_int_equal(word(&b, 2, 0), 14 << 9 | 40);
        assert_int_equal(word(&b, 2, 1), 0x20200800);

        // A tag in the data is in front of the IP header.
        os_pkt_t *p = with_sum(&b, 100, 38, 6);
        p->data[12] = 0x81;
        assert_int_equal(xmit(&b, p), 0);
        transmit(&b);
        assert_int_equal(word(&b, 0, 0), 18 << 9 | 20);

        // Neither TCP nor UDP: by hand, complement of the sum; an odd byte at the end.
        p = with_sum(&b, 37, 30, 2);
        memcpy(p->data + 30, "\x12\x34\x00\x01\xFF\xFF\x80", 7);
        assert_int_equal(xmit(&b, p), 0);
        assert_int_equal(p->data[32], 0x6D); // ~(1234 + 0001 + FFFF + 8000)
        assert_int_equal(p->data[33], 0xCA);
        p = with_sum(&b, 34, 30, 2);
        memcpy(p->data + 30, "\xFF\xFF\x00\x00", 4);
        assert_int_equal(xmit(&b, p), 0);
        assert_int_equal(p->data[32] & p->data[33], 0xFF); // 0 would be none
        transmit(&b);
        assert_int_equal(b.w->tx_descs, 2);
        assert_int_equal(word(&b, 0, 1) >> 40 & 3, 0);

        // Beyond the packet: dropped.
        const unsigned freed = b.d->tx_freed;
        assert_int_equal(xmit(&b, with_sum(&b, 100, 98, 6)), 0);
        assert_int_equal(b.d->tx_freed, freed + 1);
        // Too far for IPLEN: by hand.
        assert_int_equal(xmit(&b, with_sum(&b, 1000, 14 + 512, 6)), 0);
        transmit(&b);
        assert_int_equal(b.w->tx_descs, 1);
        gone(&b);
    }
}

static os_pkt_t *segments(const bench_t *b, uint32_t payload, bool v4, bool tcp)
{
    const uint16_t start = v4 ? 34 : 54, hdr = (uint16_t)(start + (tcp ? 20 : 8));
    os_pkt_t *p = with_sum(b, hdr + payload, start, tcp ? 16 : 6);

    memset(p->data, 0x11, hdr);
    p->tx_flags = (uint8_t)(OS_TX_TSO | OS_TX_CSUM | (v4 ? OS_TX_IPV4 : 0));
    p->gso_size = 1000;
    p->hdr_len = hdr;
    return p;
}

static void segmentation(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < 2; vf++) {
        bench_t b = bench(vf);
        os_drv_stats_t s;

        os_pkt_t *p = segments(&b, 10000, true, true);
        assert_int_equal(xmit(&b, p), 0);
        assert_int_equal(p->data[16] | p->data[17], 0);           // total length
        assert_int_equal(p->data[24] & p->data[25], 0xFF);        // -0
        assert_int_equal(p->data[50] << 8 | p->data[51], 0x444A); // 4 x 1111h and protocol 6
        transmit(&b);
        assert_int_equal(b.w->tx_descs, 2);
        assert_int_equal(word(&b, 0, 0), 14 << 9 | 20);
        assert_int_equal(word(&b, 0, 1), 0x03E8140020200C00); // MSS 1000, L4LEN 20; IPV4, TCP
        assert_int_equal(word(&b, 1, 1), 10000ull << 46 | 3ull << 40 | 0xAB300000 | 10054);
        assert_int_equal(b.d->drv->get_stats(b.d->priv, &s), 0);
        assert_int_equal(s.tx_packets, 10);
        assert_int_equal(s.tx_bytes, 10000 + 10 * 54);

        p = segments(&b, 2001, false, true);
        assert_int_equal(xmit(&b, p), 0);
        assert_int_equal(p->data[18] | p->data[19], 0); // payload length
        transmit(&b);
        assert_int_equal(word(&b, 0, 0), 14 << 9 | 40);
        assert_int_equal(word(&b, 0, 1), 0x03E8140020200800);
        assert_int_equal(word(&b, 1, 1) >> 40 & 3, 2);
        p = segments(&b, 3000, true, false); // UDP
        assert_int_equal(xmit(&b, p), 0);
        assert_int_equal(p->data[40] << 8 | p->data[41], 0x4455);
        transmit(&b);
        assert_int_equal(word(&b, 0, 1), 0x03E8080020200400);

        // Headers that do not fit: dropped.
        const unsigned freed = b.d->tx_freed;
        for (unsigned i = 0; i < 5; i++) {
            p = segments(&b, 2000, true, true);
            if (i == 0) p->gso_size = 0;
            if (i == 1) p->hdr_len = 40;
            if (i == 2) p->csum_start = 33;
            if (i == 3) p->csum_offset = 10;
            if (i == 4) p->hdr_len = 241;
            assert_int_equal(xmit(&b, p), 0);
        }
        assert_int_equal(b.d->tx_freed, freed + 5);
        transmit(&b);
        assert_int_equal(b.w->tx_descs, 0);
        gone(&b);
    }
}

static void tags(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < 2; vf++) {
        bench_t b = bench(vf);
        os_pkt_t *p = packet(&b, 60);
        p->vlan_present = true;
        p->vlan_tci = 0x2123;
        assert_int_equal(xmit(&b, p), 0);
        p = with_sum(&b, 60, 34, 6);
        p->vlan_present = true;
        p->vlan_tci = 7;
        assert_int_equal(xmit(&b, p), 0);
        transmit(&b);
        assert_int_equal(b.w->tx_descs, 4);
        assert_int_equal(word(&b, 0, 0), 0x2123 << 16 | 14 << 9); // Linux leaves IPLEN out
        assert_int_equal(word(&b, 0, 1), 0x20200000);
        assert_int_equal(word(&b, 1, 1) & 0xFF000000, 0x6B000000); // VLE
        assert_int_equal(word(&b, 2, 0), 7 << 16 | 14 << 9 | 20);
        gone(&b);
    }
    // Without pools CTRL.VME decides for both directions.
    bench_t b = bench_with(false, OS_KEEP, OS_KEEP, false);
    for (unsigned i = 0; i < 2; i++) {
        os_pkt_t *p = packet(&b, 60);
        p->vlan_present = true;
        assert_int_equal(xmit(&b, p), 0);
    }
    assert_int_equal(b.d->tx_freed, 2);
    assert_non_null(strstr(b.d->last_log, "VLAN offload is off"));
    gone(&b);
}

// ---- the transmit ring --------------------------------------------------------------------------

static void it_stops_and_wakes(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < 2; vf++) {
        bench_t b = bench_with(vf, OS_KEEP, 64, true);
        os_drv_stats_t s;
        unsigned n = 0;

        while (!b.d->tx_stopped) assert_int_equal((n++, xmit(&b, packet(&b, 60))), 0);
        assert_int_equal(n, 43);               // 63 less 20: not enough for the largest packet
        while (!xmit(&b, packet(&b, 60))) n++; // the stack need not care
        assert_int_equal(n, 60);               // a gap of 3
        dev_tx_some(b.w, b.queue, vf ? 28 : 38);
        dev_settle(b.w);
        assert_true(b.d->tx_stopped);
        dev_tx_some(b.w, b.queue, 1);
        dev_settle(b.w);
        assert_false(b.d->tx_stopped); // 32, or 42 free
        dev_tx(b.w, b.queue);
        dev_settle(b.w);
        assert_int_equal(b.d->drv->get_stats(b.d->priv, &s), 0);
        assert_int_equal(s.tx_packets, 60);
        assert_int_equal(s.tx_busy, 1);
        assert_int_equal(s.tx_restart, 1);
        gone(&b);
    }
}

static void clean_meanwhile(os_dev_t *d)
{
    dev_world_t *w = d->w;
    d->on_stop = NULL;
    dev_tx(w, d->func == DEV_PF ? 0 : 1);
    dev_settle(w);
}

// Another core cleans the ring between the look and the stop: nobody else would wake the queue.
static void a_stop_that_comes_too_late(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < 2; vf++) {
        bench_t b = bench_with(vf, OS_KEEP, 64, true);
        b.d->on_stop = clean_meanwhile;
        for (unsigned i = 0; i < 43; i++) assert_int_equal(xmit(&b, packet(&b, 60)), 0);
        assert_null(b.d->on_stop);
        assert_false(b.d->tx_stopped);
        assert_false(b.tx->stopped);
        assert_int_equal(*b.tx->stops, 0);
        gone(&b);
    }
}

static void several_queues_stop_the_stack_together(void **state)
{
    (void)state;
    bench_t b = bench_with(false, OS_KEEP, 64, true);

    assert_int_equal(dev_stop(b.d), 0);
    assert_int_equal(b.d->drv->set_queues(b.d->priv, 2), 0);
    assert_int_equal(dev_open(b.d), 0);
    for (unsigned q = 0; q < 2; q++) {
        for (unsigned i = 0; i < 43; i++) {
            os_pkt_t *p = packet(&b, 60);
            p->queue = (uint8_t)q;
            assert_int_equal(xmit(&b, p), 0);
        }
        assert_true(b.d->tx_stopped);
    }
    for (unsigned q = 0; q < 2; q++) {
        assert_true(b.d->tx_stopped);
        dev_tx(b.w, q);
        dev_settle(b.w);
    }
    assert_false(b.d->tx_stopped);
    gone(&b);
}

// A poll of igb takes 128 packets.
static void work_is_limited(void **state)
{
    (void)state;
    bench_t b = bench_with(false, OS_KEEP, 512, true);

    for (unsigned i = 0; i < 200; i++) assert_int_equal(xmit(&b, packet(&b, 60)), 0);
    dev_tx(b.w, 0);
    assert_int_equal(dev_irqs(b.w), 1);
    assert_int_equal(dev_polls(b.w, 64), 1);
    assert_int_equal(b.d->tx_freed, 128);
    assert_int_equal(b.w->eims & 4, 0);
    assert_int_equal(dev_polls(b.w, 64), 1);
    assert_int_equal(b.d->tx_freed, 200);
    assert_int_equal(b.w->eims & 4, 4);
    gone(&b);
}

// ---- the receive ring ---------------------------------------------------------------------------

static void where_the_tail_is(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < 2; vf++) {
        bench_t b = bench_with(vf, 64, OS_KEEP, true);
        const uint16_t t = (uint16_t)(IGB_R_RDT + b.queue);

        assert_int_equal(b.w->regs[t], vf ? 62 : 63);
        for (unsigned i = 0; i < 40; i++) assert_true(dev_rx(b.w, b.queue, 60, 2, 0, 0));
        dev_log_clear(b.w);
        dev_settle(b.w);
        assert_int_equal(b.d->received, 40);
        assert_int_equal(dev_count(b.w, b.d->func, 'W', IGB_R_RDT), 3); // 16, 32, 40
        assert_int_equal(b.w->regs[t], vf ? 38 : 39);
        gone(&b);
    }
}

static void what_a_descriptor_says(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < 2; vf++) {
        bench_t b = bench(vf);
        os_drv_stats_t s;

        dev_rx(b.w, b.queue, 60, 2 | 0x20, 0, 0);       // TCP checked
        dev_rx(b.w, b.queue, 61, 2 | 0x20, 1 << 9, 0);  // ... wrong
        dev_rx(b.w, b.queue, 62, 2 | 0x20, 1 << 10, 0); // the IP header
        dev_rx(b.w, b.queue, 63, 2 | 8, 0, 0xE001);     // a tag
        dev_rx(b.w, b.queue, 64, 2, 0, 0xE001);         // none
        dev_rx(b.w, b.queue, 65, 2, 1 << 4, 0);         // CRC
        dev_rx(b.w, b.queue, 66, 2, 1 << 11, 0);        // RX_ER
        dev_rx(b.w, b.queue, 67, 2, 1 << 5, 0);         // symbol, sequence, carrier extension
        dev_rx(b.w, b.queue, 68, 2, 1 << 6, 0);
        dev_rx(b.w, b.queue, 69, 2, 1 << 8, 0);
        dev_rx(b.w, b.queue, 2049, 2, 0, 0); // longer than a buffer
        dev_rx(b.w, b.queue, 2048, 0, 0, 0); // spans three
        dev_rx(b.w, b.queue, 2048, 0, 0, 0);
        dev_rx(b.w, b.queue, 1, 2, 0, 0);
        dev_rx(b.w, b.queue, 2048, 2, 0, 0); // fits
        dev_settle(b.w);
        static const uint32_t len[] = {60, 61, 62, 63, 64, 2048};
        assert_int_equal(b.d->received, 6);
        for (unsigned i = 0; i < 6; i++) {
            assert_int_equal(b.d->rx[i].len, len[i]);
            assert_int_equal(b.d->rx[i].csum_ok, i == 0);
            assert_int_equal(b.d->rx[i].vlan, i == 3);
            assert_int_equal(b.d->rx[i].tci, i == 3 ? 0xE001 : 0);
        }
        assert_int_equal(b.d->drv->get_stats(b.d->priv, &s), 0);
        assert_int_equal(s.rx_packets, 6);
        assert_int_equal(s.rx_errors, 7);
        assert_int_equal(s.rx_bytes, 60 + 61 + 62 + 63 + 64 + 2048);
        gone(&b);
    }
}

// 20000 frames through a small ring, in bursts, with errors, with packets going out and memory that
// fails now and then: what comes up is what was there, in order.
static void around_and_around(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < 2; vf++) {
        bench_t b = bench_with(vf, 24, 64, true);
        uint32_t expected[DEV_RX], rnd = 1;
        unsigned frames = 0, good = 0, up = 0, sent = 0;

        while (frames < 20000) {
            for (unsigned n = (rnd = rnd * 1664525 + 1013904223) >> 24 & 31; n > 0; n--) {
                const bool bad = (rnd >> (n & 15) & 31) == 5;
                const uint32_t seq = b.w->rx_seq;
                if (!dev_rx(b.w, b.queue, 60 + n, 2, bad ? 1 << 4 : 0, 0)) break;
                if (!bad) expected[good++ % DEV_RX] = seq;
                frames++;
            }
            for (unsigned n = rnd >> 16 & 7; n > 0 && !b.d->tx_stopped; n--) {
                os_pkt_t *p = packet(&b, 60 + n);
                if (n & 1) {
                    p->tx_flags = OS_TX_CSUM;
                    p->csum_start = 34;
                    p->csum_offset = 16;
                }
                if (!xmit(&b, p)) sent++;
            }
            if (rnd & 256) b.d->fail[DEV_F_PKT] = 1 + (rnd >> 10 & 15);
            if (rnd & 512) dev_tx_some(b.w, b.queue, rnd >> 12 & 15);
            dev_irqs(b.w);
            dev_polls(b.w, 1 + (int)(rnd >> 8 & 15));
            for (; up < b.d->received; up++)
                assert_int_equal(b.d->rx[up % DEV_RX].seq, expected[up % DEV_RX]);
        }
        b.d->fail[DEV_F_PKT] = 0;
        dev_tx(b.w, b.queue);
        dev_run(b.w, 20 * DEV_MS);
        assert_int_equal(b.d->received, good);
        assert_int_equal(b.tx->packets, sent);
        assert_int_equal(b.d->live_pkts, 23);
        assert_true(sent > 1000);
        gone(&b);
    }
}

static void memory_that_is_short(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < 2; vf++) {
        bench_t b = bench_with(vf, 16, OS_KEEP, true);
        os_drv_stats_t s;
        unsigned n = 0;

        b.d->fail_all[DEV_F_PKT] = true;
        while (dev_rx(b.w, b.queue, 60, 2, 0, 0)) {
            dev_irqs(b.w);
            dev_polls(b.w, 64);
            n++;
        }
        assert_int_equal(n, vf ? 14 : 15);
        dev_run(b.w, 100 * DEV_MS); // tries again and again
        assert_int_equal(b.d->drv->get_stats(b.d->priv, &s), 0);
        assert_true(s.rx_alloc_failed > n + 5);
        assert_true(s.rx_dropped > 0);
        b.d->fail_all[DEV_F_PKT] = false;
        b.d->fail[DEV_F_MAP] = 3; // a mapping fails as well
        dev_run(b.w, 20 * DEV_MS);
        dev_run(b.w, 20 * DEV_MS);
        assert_true(dev_rx(b.w, b.queue, 60, 2, 0, 0));
        dev_settle(b.w);
        assert_int_equal(b.d->received, n + 1);
        assert_int_equal(b.d->live_pkts, 15);
        gone(&b);
    }
}

static void a_packet_that_cannot_be_mapped(void **state)
{
    (void)state;
    bench_t b = bench(false);

    b.d->fail[DEV_F_MAP] = 1;
    assert_int_equal(xmit(&b, packet(&b, 60)), 0);
    assert_int_equal(b.d->tx_freed, 1);
    assert_int_equal(b.w->regs[IGB_R_TDT], 0);
    gone(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_frame),
        cmocka_unit_test(long_packets_are_cut),
        cmocka_unit_test(checksums),
        cmocka_unit_test(segmentation),
        cmocka_unit_test(tags),
        cmocka_unit_test(it_stops_and_wakes),
        cmocka_unit_test(a_stop_that_comes_too_late),
        cmocka_unit_test(several_queues_stop_the_stack_together),
        cmocka_unit_test(work_is_limited),
        cmocka_unit_test(where_the_tail_is),
        cmocka_unit_test(what_a_descriptor_says),
        cmocka_unit_test(around_and_around),
        cmocka_unit_test(memory_that_is_short),
        cmocka_unit_test(a_packet_that_cannot_be_mapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
