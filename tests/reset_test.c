// SPDX-License-Identifier: Apache-2.0
// CTRL.RST at any moment, and the link going down and up (device specification §3, §5.3).
#include "tests/dev_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { RST = 1 << 26, SLU = FMASK(E1000_CTRL_SLU), LSC = FMASK(E1000_ICR_LSC) };

static uint32_t rnd(uint64_t *s, uint32_t n)
{
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return (uint32_t)(*s >> 20) % n;
}

static bench_t *running(void)
{
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_TXDCTL, 0x01010000);
    bench_rx(b, 64, 0);
    bench_tx(b, 64);
    bench_run(b, 200);
    bench_rd(b, E1000_ICR);
    bench_forget(b);
    return b;
}

// From c + 1 on the device is in reset, CTRL.RST reads 1 for 125 cycles, and writes are ignored as long.
static void reset_lasts_125_cycles(void **state)
{
    (void)state;
    for (uint64_t k = 1; k < 135; k++) {
        bench_t *b = running();
        const uint64_t c = bench_now(b) + 20;
        bench_wr_at(b, c, E1000_CTRL, RST);
        bench_rd_at(b, c + k, E1000_CTRL); // its value is that of c + k + 1
        bench_run(b, 300);
        assert_int_equal(b->reply[0].cyc, c + k + NIC_CsrReadCyc);
        assert_int_equal(b->reply[0].data & RST, k + 1 <= 125 ? RST : 0);
        bench_close(b);
        b = running();
        const uint64_t w = bench_now(b) + 20;
        bench_wr_at(b, w, E1000_CTRL, RST);
        bench_wr_at(b, w + k, E1000_VET, 0x8100);
        bench_run(b, 300);
        assert_int_equal(nic_peek(b->nic, E1000_VET), k > 125 ? 0x8100 : 0);
        bench_close(b);
    }
}

static void causes_masks_and_the_line_are_gone(void **state)
{
    (void)state;
    bench_t *b = running();
    bench_wr(b, E1000_ITR, 100);
    bench_wr(b, E1000_IMS, 0x1FFFF);
    bench_wr(b, E1000_ICS, 1);
    bench_run(b, 10);
    assert_int_equal(b->edges, 1);
    const uint64_t c = bench_now(b) + 20;
    bench_wr_at(b, c, E1000_CTRL, RST);
    bench_run(b, 200);
    assert_int_equal(b->edges, 2);
    assert_int_equal(b->edge[1].cyc, c + 2);
    assert_int_equal(bench_rd(b, E1000_ICS) | bench_rd(b, E1000_IMS) | bench_rd(b, E1000_ITR), 0);
    bench_wr(b, E1000_IMS, 1); // the throttle does not remember either
    const uint64_t again = bench_access(b, NIC_SPACE_MEM, true, 0xF, E1000_ICS, 1);
    bench_run(b, 20);
    assert_int_equal(b->edges, 3);
    assert_int_equal(b->edge[2].cyc, again + 3);
    bench_close(b);
}

// The status bit shows the line of the cycle before: INTA# is low from c + 2 on, the bit from c + 3 on.
static void the_status_bit_falls_one_cycle_later(void **state)
{
    (void)state;
    bench_t *b = running();
    bench_wr(b, E1000_IMS, 1);
    bench_wr(b, E1000_ICS, 1);
    bench_run(b, 10);
    bench_wr_at(b, bench_now(b) + 20, E1000_CTRL, RST);
    const uint32_t was = b->replies; // a read of cycle c shows the value of c + 1
    for (int i = 0; i < 2; i++) bench_access(b, NIC_SPACE_CFG, false, 0xF, PCI_CONFIG_COMMAND, 0);
    bench_run(b, 200);
    assert_int_equal(b->replies, was + 2);
    assert_int_equal(FGET(PCI_CONFIG_COMMAND_INTX_STATUS, b->reply[was].data), 1);
    assert_int_equal(FGET(PCI_CONFIG_COMMAND_INTX_STATUS, b->reply[was + 1].data), 0);
    bench_close(b);
}

static void timers_stop(void **state)
{
    (void)state;
    bench_t *b = running();
    bench_wr(b, E1000_RDTR, 50);
    bench_wr(b, E1000_RADV, 80);
    bench_wr(b, E1000_TIDV, 50);
    bench_wr(b, E1000_RXDCTL, 0x01080000);
    bench_one(b, 64, 1);
    bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x8B);
    bench_tx_go(b);
    bench_run(b, 500);
    bench_wr(b, E1000_CTRL, RST);
    bench_run(b, 20000);
    assert_int_equal(bench_probe_count(b, NIC_PROBE_TIMER, 0), 0);
    assert_int_equal(nic_peek(b->nic, E1000_ICR), 0);
    assert_int_equal(bench_rx_desc(b, 0).status, 0);
    assert_int_equal(bench_probe_count(b, NIC_PROBE_RX_LOST, 0),
                     1); // the frame was in memory, but never reported
    bench_close(b);
}

static void dma_ends_with_the_transaction_in_progress(void **state)
{
    (void)state;
    for (uint64_t when = 0; when < 400; when += 7) {
        bench_t *b = running();
        uint8_t f[1500];
        bench_make(f, bench_mac, 1500, 1);
        const uint64_t first = bench_send(b, f, 1500), c = first + 1500 + when;
        bench_until(b, first + 1400);
        for (int i = 0; i < 10; i++) bench_tx_legacy(b, BENCH_TX_BUF, 1000, 0x0B);
        bench_tx_go(b);
        bench_wr_at(b, c, E1000_CTRL, RST);
        bench_run(b, 5000);
        for (uint32_t i = 0; i < b->tlps; i++) assert_true(b->tlp[i].cyc <= c + 1);
        assert_int_equal(b->stray, 0);
        assert_int_equal(nic_peek(b->nic, E1000_RDH) | nic_peek(b->nic, E1000_TDH), 0);
        bench_close(b);
    }
}

static void a_frame_on_the_wire_is_finished_and_forgotten(void **state)
{
    (void)state;
    bench_t *b = running();
    bench_tx_legacy(b, BENCH_TX_BUF, 1000, 0x0B);
    bench_tx_legacy(b, BENCH_TX_BUF, 1000, 0x0B);
    bench_tx_go(b);
    bench_run(b, 400);
    assert_int_equal(b->frames, 1);
    uint8_t f[1000];
    bench_make(f, bench_mac, 1000, 1);
    bench_send(b, f, 1000);
    bench_run(b, 100);
    bench_wr(b, E1000_CTRL, RST);
    bench_run(b, 130);
    bench_wr(b, E1000_CTRL, SLU);
    bench_rx(b, 64, 0); // while the frame is still arriving
    bench_tx(b, 64);
    bench_run(b, 3000);
    assert_int_equal(b->frames, 1);
    assert_int_equal(bench_rx_desc(b, 0).status, 0);
    assert_int_equal(bench_rd(b, E1000_TPR), 0);
    bench_one(b, 64, 1);
    assert_int_equal(bench_rx_desc(b, 0).status & 3, 3);
    bench_close(b);
}

// A frame at 100 Mb/s is still on the wire when the device works again. Until its last byte is out nothing is received and
// no transmit descriptor taken.
static void an_orphan_stops_both_directions(void **state)
{
    (void)state;
    for (int k = -1; k <= 2; k++) {
        bench_t *b = bench_open();
        bench_up(b, 1);
        bench_tx(b, 64);
        bench_tx_legacy(b, BENCH_TX_BUF, 300, 0x0B);
        bench_tx_go(b);
        bench_run(b, 400);
        assert_int_equal(b->frames, 1);
        const uint64_t e = b->frame[0].cyc + (NIC_PreambleBytes + 304 - 1) * 10;
        bench_forget(b);
        bench_wr(b, E1000_CTRL, RST);
        bench_run(b, NIC_ResetCyc + 5);
        bench_wr(b, E1000_CTRL, SLU);
        bench_rx(b, 64, 0);
        bench_tx(b, 64);
        bench_tx_legacy(b, BENCH_TX_BUF, 300, 0x0B);
        bench_tx_go(b);
        assert_true(bench_now(b) < e - 100);
        uint8_t f[64];
        bench_make(f, bench_mac, 64, 1);
        bench_send_at(b, e + (uint64_t)k, f, 64, true, false);
        bench_run(b, 10000);
        // The frame counts as over in e + 1: descriptor taken, request visible, header beat.
        uint64_t read = NIC_NEVER;
        for (uint32_t i = 0; i < b->tlps && read == NIC_NEVER; i++)
            if (b->tlp[i].tag == RQ_TX_DATA) read = b->tlp[i].cyc;
        assert_int_equal(read, e + 3);
        assert_int_equal(b->frames, 1);
        assert_int_equal(bench_rx_desc(b, 0).status & 1, k >= 1);
        bench_close(b);
    }
}

// Whether there is an orphan: not when the last byte goes out in the cycle of the reset.
static void an_orphan_ends_with_its_last_byte(void **state)
{
    (void)state;
    for (uint64_t early = 0; early < 3; early++) {
        bench_t *b = running();
        bench_tx_legacy(b, BENCH_TX_BUF, 300, 0x0B);
        bench_tx_go(b);
        bench_run(b, 200);
        assert_int_equal(b->frames, 1);
        const uint64_t e = b->frame[0].cyc + NIC_PreambleBytes + 304 - 1, reset = e + 1 - early;
        bench_wr_at(b, reset - 1, E1000_CTRL, RST);
        bench_until(b, reset + 1);
        assert_int_equal(b->nic->c.mac_tx.orphan, reset < e);
        assert_int_equal(b->nic->c.mac_tx.busy, reset < e);
        bench_until(b, e + 1);
        assert_false(b->nic->c.mac_tx.orphan);
        bench_close(b);
    }
}

static uint32_t mdio_read(bench_t *b, uint32_t reg)
{
    bench_wr(b, E1000_MDIC, 0x08200000 | reg << 16);
    bench_run(b, NIC_MdicCyc + 10);
    return bench_rd(b, E1000_MDIC) & 0xFFFF;
}

static void phy_and_configuration_space_are_untouched(void **state)
{
    (void)state;
    bench_t *b = running();
    bench_wr(b, E1000_MDIC, 0x043D1234); // PHY register 29
    bench_run(b, NIC_MdicCyc + 10);
    mdio_read(b, 1);
    bench_put(b, NIC_SPACE_CFG, 0xF, PCI_CONFIG_MSI_DATA, 0x4321);
    bench_wr(b, E1000_MDIC, 0x08210000); // under way when the reset comes
    bench_run(b, 100);
    bench_wr(b, E1000_CTRL, RST | SLU);
    bench_run(b, 200);
    assert_int_equal(bench_rd(b, E1000_MDIC), 0);
    assert_int_equal(bench_get(b, NIC_SPACE_CFG, 0xF, 4) & 7, 7);
    assert_int_equal(bench_get(b, NIC_SPACE_CFG, 0xF, PCI_CONFIG_MSI_DATA), 0x4321);
    assert_int_equal(mdio_read(b, 29), 0x1234);
    assert_int_equal(mdio_read(b, 1), 0x796D); // the PHY has never lost its link
    // The MAC waits for SLU and then has the link at once.
    assert_int_equal(bench_rd(b, E1000_STATUS) & FMASK(E1000_STATUS_LU), 0);
    assert_int_equal(bench_rd(b, E1000_ICR), 0);
    bench_wr(b, E1000_CTRL, SLU);
    bench_run(b, 5);
    assert_int_equal(bench_rd(b, E1000_STATUS) & FMASK(E1000_STATUS_LU), FMASK(E1000_STATUS_LU));
    assert_int_equal(bench_rd(b, E1000_ICR), LSC);
    bench_close(b);
}

// The PHY is not reset with the MAC: a receive error counts, in whatever cycle the reset comes.
static void a_receive_error_is_not_lost(void **state)
{
    (void)state;
    for (int at = -3; at < 9; at++) {
        bench_t *b = running();
        uint8_t f[64];
        bench_make(f, bench_mac, 64, 3);
        const uint64_t first = bench_now(b) + 20, last = first + NIC_PreambleBytes + 64 - 1;
        bench_send_at(b, first, f, 64, true, true);
        bench_wr_at(b, last + (uint64_t)at, E1000_CTRL, RST | SLU);
        bench_until(b, last + 200);
        assert_int_equal(mdio_read(b, 21), 1);
        assert_int_equal(mdio_read(b, 21), 0);
        bench_close(b);
    }
}

static void an_eeprom_read_under_way_is_forgotten(void **state)
{
    (void)state;
    bench_t *b = running();
    bench_wr(b, E1000_EERD, 0x0101);
    bench_wr(b, E1000_CTRL, RST);
    bench_run(b, 1000);
    bench_wr(b, E1000_EERD, 0x0001);
    bench_run(b, NIC_EerdCyc + 10);
    assert_int_equal(bench_rd(b, E1000_EERD), 0x00020010);
    bench_close(b);
}

// ---- at any moment ----

typedef struct script {
    uint32_t latency, stall, itr, rdtr, wthresh, tidv;
    uint64_t warm, rest;
} script_t;

static void start(bench_t *b, const script_t *p)
{
    bench_wr(b, E1000_CTRL, SLU | FMASK(E1000_CTRL_TFCE));
    bench_wr(b, E1000_FCRTH, 0x6000);
    bench_wr(b, E1000_FCRTL, 0x80001000);
    bench_wr(b, E1000_ITR, p->itr);
    bench_wr(b, E1000_RDTR, p->rdtr);
    bench_wr(b, E1000_TIDV, p->tidv);
    bench_wr(b, E1000_RXDCTL, 0x01000000 | p->wthresh << 16 | 8);
    bench_wr(b, E1000_TXDCTL, 0x01010000);
    bench_rx(b, 64, 0);
    bench_tx(b, 64);
    bench_wr(b, E1000_IMS, 0x1FFFF);
}

static void traffic(bench_t *b, uint64_t seed, uint32_t frames)
{
    uint64_t s = seed;
    for (uint32_t i = 0; i < frames; i++) {
        uint8_t f[1500];
        const uint32_t len = 64 + rnd(&s, i % 3 ? 100 : 1400);
        bench_make(f, i % 7 ? bench_mac : bench_bcast, len, i);
        bench_send(b, f, len);
    }
    for (uint32_t i = 0; i < frames && i < 60; i++)
        bench_tx_legacy(b, BENCH_TX_BUF + rnd(&s, 4096), 60 + rnd(&s, 1400),
                        0x0B | (i & 1 ? 0x80 : 0));
    bench_tx_go(b);
}

static uint64_t log_hash(const bench_t *b)
{
    uint64_t h = 14695981039346656037ull;
#define MIX(v) h = (h ^ (uint64_t)(v)) * 1099511628211ull
    for (uint32_t i = 0; i < b->tlps; i++)
        MIX(b->tlp[i].cyc), MIX(b->tlp[i].addr), MIX(b->tlp[i].len), MIX(b->tlp[i].tag);
    for (uint32_t i = 0; i < b->frames; i++) MIX(b->frame[i].cyc), MIX(b->frame[i].len);
    for (uint32_t i = 0; i < b->edges; i++) MIX(b->edge[i].cyc), MIX(b->edge[i].level);
#undef MIX
    return h;
}

// What the host still owes when the device is reset must not reach the new rings.
static uint64_t owed(uint32_t k, bool early)
{
    bench_t *b = bench_open();
    bench_up(b, 2);
    b->latency = 1500; // longer than the reset
    b->early = early;
    memset(bench_at(b, BENCH_TX_BUF), 0x11, 8192);
    bench_rx(b, 64, 0);
    bench_tx(b, 64);
    for (uint32_t i = 0; i < 6; i++) bench_tx_legacy(b, BENCH_TX_BUF + 200 * i, 1200, 0x0B);
    bench_tx_go(b);
    bench_run(b, 1500 + k); // the payload reads go out now
    bench_wr(b, E1000_CTRL, RST);
    bench_run(b, 130);
    bench_wr(b, E1000_CTRL, SLU);
    b->latency = 0;
    bench_wr(b, E1000_TXDCTL, 0x01010000);
    bench_rx(b, 64, 0);
    bench_tx(b, 64);
    memset(bench_at(b, BENCH_TX_BUF + 8192), 0x22, 4096);
    for (uint32_t i = 0; i < 5; i++) bench_tx_legacy(b, BENCH_TX_BUF + 8192, 300 + i, 0x0B);
    bench_tx_go(b);
    for (uint32_t i = 0; i < 5; i++) bench_one(b, 100, i);
    bench_run(b, 10000);
    assert_int_equal(b->frames, 5);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(b->frame[i].len, 304 + i);
        assert_int_equal(b->frame[i].bytes[100], 0x22);
        assert_int_equal(bench_tx_sta(b, i) & 1, 1);
        uint8_t f[100];
        bench_make(f, bench_mac, 100, i);
        assert_memory_equal(bench_rx_data(b, i), f, 100);
    }
    assert_int_equal(b->stray, 0);
    const uint64_t h = log_hash(b);
    bench_close(b);
    return h;
}

static void completions_of_before_are_ignored(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 150; k++) {
        const uint64_t late = owed(k, false);
        // When a completion is handed in must not matter, only when it is on the pins.
        if (owed(k, true) != late)
            fail_msg("%u cycles: completions handed in early change the pins", k);
    }
}

// The descriptor fetches of before, cut at any cycle; their requests cross a page, so that a part may have gone out.
static void a_fetch_of_before_is_ignored(void **state)
{
    (void)state;
    enum { OLD_RING = BENCH_TX_BUF + 0x10F00, OLD_BUF = BENCH_TX_BUF + 0x20000 };
    for (uint32_t k = 0; k < 60; k++) {
        uint64_t h[2];
        for (int early = 0; early < 2; early++) {
            bench_t *b = running();
            b->latency = 500;
            b->early = early;
            for (uint32_t i = 0; i < 64; i++) {
                bench_le_put(b, OLD_RING + 16 * i, OLD_BUF + 2048 * i, 8);
                bench_le_put(b, OLD_RING + 16 * i + 8, 0x0B000000 | 60, 8);
            }
            memset(bench_at(b, OLD_BUF), 0x11, 4096);
            bench_wr(b, E1000_RDBAL, OLD_RING);
            bench_wr(b, E1000_RDH, 0);
            bench_wr(b, E1000_TDBAL, OLD_RING);
            bench_wr(b, E1000_TDT, 40);
            bench_run(b, k);
            bench_wr(b, E1000_CTRL, RST);
            bench_run(b, 130);
            bench_wr(b, E1000_CTRL, SLU);
            bench_wr(b, E1000_TXDCTL, 0x01010000);
            bench_rx(b, 64, 0);
            bench_tx(b, 64);
            memset(bench_at(b, BENCH_TX_BUF), 0x22, 64);
            for (int i = 0; i < 3; i++) bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x0B);
            bench_tx_go(b);
            for (uint32_t i = 0; i < 3; i++) bench_one(b, 64, i);
            bench_run(b, 3000);
            assert_int_equal(nic_peek(b->nic, E1000_RDH), 3);
            assert_int_equal(nic_peek(b->nic, E1000_TDH), 3);
            for (uint32_t i = 0; i < 3; i++) {
                uint8_t f[64];
                bench_make(f, bench_mac, 64, i);
                assert_memory_equal(bench_rx_data(b, i), f, 64);
                assert_int_equal(bench_tx_sta(b, i) & 1, 1);
                assert_int_equal(b->frame[b->frames - 3 + i].bytes[20], 0x22);
            }
            assert_int_equal(b->stray, 0);
            h[early] = log_hash(b);
            bench_close(b);
        }
        if (h[0] != h[1]) fail_msg("%u cycles: completions handed in early change the pins", k);
    }
}

static uint64_t reset_once(uint64_t seed, bool early)
{
    uint64_t s = seed * 0x9E3779B97F4A7C15ull + 1;
    rnd(&s, 2), rnd(&s, 2);
    script_t p = {.latency = rnd(&s, 3) ? rnd(&s, 60) : rnd(&s, 1500),
                  .stall = rnd(&s, 2) ? 0 : rnd(&s, 50)};
    p.itr = rnd(&s, 2) * rnd(&s, 50), p.rdtr = rnd(&s, 2) * rnd(&s, 10), p.tidv = rnd(&s, 8),
    p.wthresh = 1 + rnd(&s, 4);
    p.warm = 200 + rnd(&s, 12000), p.rest = NIC_ResetCyc + 1 + rnd(&s, 300);
    bench_t *b = bench_open();
    bench_up(b, 2);
    b->latency = p.latency, b->stall = p.stall, b->early = early;
    start(b, &p);
    traffic(b, seed, 40);
    bench_run(b, p.warm);
    const uint64_t c = bench_access(b, NIC_SPACE_MEM, true, 0xF, E1000_CTRL, RST | SLU);
    bench_run(b, p.rest + 2);
    for (uint32_t i = 0; i < b->tlps; i++) assert_true(b->tlp[i].cyc <= c + 1);
    if (b->edges) assert_false(b->edge[b->edges - 1].level);
    // What had been on its way over the wire is over before the new life is looked at.
    start(b, &p);
    while (b->wire_get != b->wires) bench_run(b, 500);
    bench_run(b, 3000);
    start(b, &p);
    bench_run(b, 2000);
    bench_rd(b, E1000_ICR);
    bench_run(b, 10);
    const uint32_t frames = b->frames, edges = b->edges;
    for (uint32_t i = 0; i < 20; i++) {
        uint8_t f[700];
        bench_make(f, bench_mac, 64 + 30 * i, 100 + i);
        bench_send(b, f, 64 + 30 * i);
        bench_tx_legacy(b, BENCH_TX_BUF + 64 * i, 60 + 50 * i, 0x0B);
    }
    bench_tx_go(b);
    bench_run(b, 60000);
    if (b->frames != frames + 20)
        fail_msg("seed %llu: %u of 20 frames sent", (unsigned long long)seed, b->frames - frames);
    if (nic_peek(b->nic, E1000_RDH) != 20)
        fail_msg("seed %llu: RDH %u", (unsigned long long)seed, nic_peek(b->nic, E1000_RDH));
    for (uint32_t i = 0; i < 20; i++) {
        uint8_t f[700];
        bench_make(f, bench_mac, 64 + 30 * i, 100 + i);
        assert_int_equal(bench_rx_desc(b, i).len, 64 + 30 * i);
        assert_memory_equal(bench_rx_data(b, i), f, 64 + 30 * i);
        assert_int_equal(b->frame[frames + i].len, 64 + 50 * i);
        assert_memory_equal(b->frame[frames + i].bytes, bench_at(b, BENCH_TX_BUF + 64 * i),
                            60 + 50 * i);
        assert_int_equal(bench_tx_sta(b, i) & 1, 1);
    }
    assert_true(b->edges > edges);
    assert_int_equal(b->stray, 0);
    const uint64_t h = log_hash(b);
    bench_close(b);
    return h;
}

static void reset_at_any_moment_under_traffic(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        const uint64_t late = reset_once(seed, false);
        // When a completion is handed in must not matter, only when it is on the pins.
        if (reset_once(seed, true) != late)
            fail_msg("seed %llu: completions handed in early change the pins",
                     (unsigned long long)seed);
    }
}

static void one_reset_after_the_other(void **state)
{
    (void)state;
    bench_t *b = running();
    uint64_t s = 42;
    for (int i = 0; i < 50; i++) {
        traffic(b, (uint64_t)i, 3);
        bench_run(b, rnd(&s, 1500));
        bench_wr(b, E1000_CTRL, RST);
        bench_run(b, rnd(&s, 3) ? rnd(&s, 124) : 200);
        bench_wr(b, E1000_CTRL, RST | SLU); // ignored while the first is on
        bench_run(b, NIC_ResetCyc + rnd(&s, 100));
        bench_wr(b, E1000_CTRL, SLU);
        bench_wr(b, E1000_TXDCTL, 0x01010000);
        bench_rx(b, 64, 0);
        bench_tx(b, 64);
    }
    while (b->wire_get != b->wires) bench_run(b, 500);
    bench_run(b, 3000);
    bench_rx(b, 64, 0);
    bench_one(b, 64, 3);
    assert_int_equal(nic_peek(b->nic, E1000_RDH), 1);
    assert_int_equal(b->stray, 0);
    bench_close(b);
}

// ---- link ----

static void link_changes_are_reported(void **state)
{
    (void)state;
    bench_t *b = running();
    bench_wr(b, E1000_IMS, LSC);
    const uint64_t down = bench_now(b) + 50;
    nic_partner(b->nic, down, false, 2, true);
    bench_run(b, 1000);
    assert_false(nic_link_up(b->nic));
    assert_int_equal(bench_rd(b, E1000_STATUS) & FMASK(E1000_STATUS_LU), 0);
    assert_int_equal(bench_probe_count(b, NIC_PROBE_CAUSE, LSC), 1);
    // PHY, STATUS.LU, ICR, INTA#: one cycle each behind the cycle of the pin.
    assert_int_equal(b->edge[0].cyc, down + 4);
    assert_int_equal(bench_rd(b, E1000_ICR), LSC);
    const uint64_t up = bench_now(b) + 50;
    nic_partner(b->nic, up, true, 2, true);
    bench_run(b, NIC_PhyAutonegCyc + 100);
    assert_true(nic_link_up(b->nic));
    assert_int_equal(bench_rd(b, E1000_ICR), LSC);
    assert_int_equal(b->edge[2].cyc, up + NIC_PhyAutonegCyc + 4);
    bench_wr(b, E1000_CTRL, 0); // SLU is a link change too
    bench_run(b, 10);
    assert_int_equal(bench_rd(b, E1000_ICR), LSC);
    bench_wr(b, E1000_CTRL, SLU);
    bench_run(b, 10);
    assert_int_equal(bench_rd(b, E1000_ICR), LSC);
    bench_one(b, 64, 1);
    assert_int_equal(bench_rx_desc(b, 0).status & 3, 3);
    bench_close(b);
}

static void mdio(bench_t *b, uint32_t op, uint32_t reg, uint32_t data, uint32_t i)
{
    bench_wr(b, E1000_MDIC,
             FPUT(E1000_MDIC_OP, op) | FPUT(E1000_MDIC_PHYADD, 1) | FPUT(E1000_MDIC_REGADD, reg) |
                 FPUT(E1000_MDIC_I, i) | data);
    bench_run(b, 10000);
    assert_true(bench_rd(b, E1000_MDIC) & FMASK(E1000_MDIC_R));
}

// The end of an MDIO access that asks for it, and what the PHY itself has to say, when CTRL_EXT lets it.
static void causes_of_the_phy_are_reported(void **state)
{
    (void)state;
    enum { PINTE = 18, LINK_CHANGED = 1 << 10, GPI1 = 2 };
    bench_t *b = running();
    mdio(b, NIC_MdicOpRead, 2, 0, 0);
    assert_int_equal(bench_rd(b, E1000_ICR), 0);
    mdio(b, NIC_MdicOpRead, 2, 0, 1);
    assert_int_equal(bench_rd(b, E1000_ICR), FMASK(E1000_ICR_MDAC));
    mdio(b, NIC_MdicOpWrite, PINTE, LINK_CHANGED, 1);
    assert_int_equal(bench_rd(b, E1000_ICR), FMASK(E1000_ICR_MDAC));
    for (unsigned on = 0; on < 2; on++) {
        bench_wr(b, E1000_CTRL_EXT, on ? GPI1 : 0);
        nic_partner(b->nic, bench_now(b) + 10, on != 0, 2, true);
        bench_run(b, NIC_PhyAutonegCyc + 100);
        assert_int_equal(bench_rd(b, E1000_ICR), LSC | (on ? FMASK(E1000_ICR_PHYINT) : 0));
        mdio(b, NIC_MdicOpRead, PINTE + 1, 0, 0); // the PHY's status: clears
        assert_int_equal(bench_rd(b, E1000_ICR), 0);
    }
    bench_close(b);
}

static void speed_of_partner_or_of_force(void **state)
{
    (void)state;
    for (uint32_t speed = 0; speed < 3; speed++) {
        bench_t *b = bench_open();
        bench_up(b, (uint8_t)speed);
        static const uint32_t stride[3] = {100, 10, 1};
        assert_int_equal(nic_wire_stride(b->nic), stride[speed]);
        assert_int_equal(bench_rd(b, E1000_STATUS) & 0xC3, speed << 6 | 3);
        for (uint32_t force = 0; force < 4; force++) { // 11b is 1000 too
            bench_wr(b, E1000_CTRL,
                     SLU | FMASK(E1000_CTRL_FRCSPD) | FMASK(E1000_CTRL_FRCDPLX) | force << 8 |
                         (force & 1));
            bench_run(b, 5);
            assert_int_equal(nic_wire_stride(b->nic), stride[force > 2 ? 2 : force]);
            assert_int_equal(bench_rd(b, E1000_STATUS) & 1, force & 1);
        }
        bench_close(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_lasts_125_cycles),
        cmocka_unit_test(causes_masks_and_the_line_are_gone),
        cmocka_unit_test(the_status_bit_falls_one_cycle_later),
        cmocka_unit_test(timers_stop),
        cmocka_unit_test(dma_ends_with_the_transaction_in_progress),
        cmocka_unit_test(a_frame_on_the_wire_is_finished_and_forgotten),
        cmocka_unit_test(an_orphan_stops_both_directions),
        cmocka_unit_test(an_orphan_ends_with_its_last_byte),
        cmocka_unit_test(phy_and_configuration_space_are_untouched),
        cmocka_unit_test(a_receive_error_is_not_lost),
        cmocka_unit_test(an_eeprom_read_under_way_is_forgotten),
        cmocka_unit_test(completions_of_before_are_ignored),
        cmocka_unit_test(a_fetch_of_before_is_ignored),
        cmocka_unit_test(reset_at_any_moment_under_traffic),
        cmocka_unit_test(one_reset_after_the_other),
        cmocka_unit_test(link_changes_are_reported),
        cmocka_unit_test(causes_of_the_phy_are_reported),
        cmocka_unit_test(speed_of_partner_or_of_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
