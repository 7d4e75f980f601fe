// SPDX-License-Identifier: Apache-2.0
// Descriptor rings as software sees them: prefetch and write-back thresholds, wrap, null and multi-descriptor packets,
// rings that are not valid, the causes that depend on heads and tails.
#include "tests/dev_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum {
    EOP = E1000_TXD_CMD_EOP,
    IFCS = E1000_TXD_CMD_IFCS,
    RS = E1000_TXD_CMD_RS,
    IDE = E1000_TXD_CMD_IDE,
    GRAN = FMASK(E1000_RXDCTL_GRAN)
};
enum { DD = 1, RX_EOP = 2 };

static uint32_t rnd(uint64_t *s, uint32_t n)
{
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return (uint32_t)(*s >> 20) % n;
}

static uint32_t count_tlps(const bench_t *b, uint8_t tag)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->tlps; i++) n += b->tlp[i].tag == tag;
    return n;
}

// The k-th TLP with the tag.
static const bench_tlp_t *tlp(const bench_t *b, uint8_t tag, uint32_t k)
{
    for (uint32_t i = 0; i < b->tlps; i++)
        if (b->tlp[i].tag == tag && k-- == 0) return &b->tlp[i];
    fail_msg("TLP %u with tag %u is missing", k, tag);
    return NULL;
}

// The descriptor range of the k-th TLP with the tag is [at, at + n).
static void tlp_is(const bench_t *b, uint8_t tag, uint32_t k, uint64_t ring, uint32_t at,
                   uint32_t n)
{
    const bench_tlp_t *t = tlp(b, tag, k);
    assert_int_equal(t->addr, ring + 16ull * at);
    assert_int_equal(t->len, 16 * n);
}

static bench_t *receiver(uint32_t rxdctl, uint32_t n, uint32_t rctl)
{
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_RXDCTL, rxdctl);
    bench_wr(b, E1000_RDTR, 0xFFFF); // nothing is flushed for a long time
    bench_rx(b, n, rctl);
    bench_run(b, 200);
    return b;
}

static void some(bench_t *b, uint32_t n)
{
    uint8_t f[64];
    for (uint32_t i = 0; i < n; i++) bench_make(f, bench_mac, 64, i), bench_send(b, f, 64);
    bench_run(b, 84ull * n + 300);
}

// ---- write-back ----

static void receive_write_back_threshold(void **state)
{
    (void)state;
    static const struct {
        uint32_t dctl, batch;
    } t[] = {
        {GRAN, 1},
        {GRAN | 1 << 16, 1},
        {GRAN | 4 << 16, 4},
        {GRAN | 8 << 16, 8},
        {2 << 16, 4},
        {1 << 16, 2},
        {0, 1},
    };
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        bench_t *b = receiver(t[k].dctl, 64, 0);
        for (uint32_t i = 1; i <= 2 * t[k].batch + 1; i++) {
            some(b, 1);
            const uint32_t due = i / t[k].batch * t[k].batch;
            if (nic_peek(b->nic, E1000_RDH) != due)
                fail_msg("RXDCTL %08x: RDH %u after %u frames", t[k].dctl,
                         nic_peek(b->nic, E1000_RDH), i);
            for (uint32_t d = 0; d <= i; d++)
                assert_int_equal(bench_rx_desc(b, d).status & DD, d < due);
            assert_int_equal(count_tlps(b, RQ_RX_WB), due / t[k].batch);
        }
        tlp_is(b, RQ_RX_WB, 1, BENCH_RX_RING, t[k].batch, t[k].batch);
        bench_close(b);
    }
}

static bench_t *transmitter(uint32_t txdctl, uint32_t n)
{
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_TXDCTL, txdctl);
    bench_wr(b, E1000_TIDV, 0xFFFF);
    bench_tx(b, n);
    bench_run(b, 200);
    return b;
}

static void transmit_write_back_threshold(void **state)
{
    (void)state;
    { // WTHRESH 0: the status byte of those with RS, nothing else
        bench_t *b = transmitter(GRAN, 64);
        for (uint32_t i = 0; i < 6; i++)
            bench_tx_legacy(b, BENCH_TX_BUF, 60, EOP | IFCS | (i & 1 ? RS | IDE : 0));
        bench_tx_go(b);
        bench_run(b, 3000);
        assert_int_equal(count_tlps(b, RQ_TX_WB), 3);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(tlp(b, RQ_TX_WB, i)->addr, BENCH_TX_RING + 16 * (2 * i + 1) + 12);
            assert_int_equal(tlp(b, RQ_TX_WB, i)->len, 1);
        }
        for (uint32_t i = 0; i < 6; i++) assert_int_equal(bench_tx_sta(b, i), i & 1);
        assert_int_equal(nic_peek(b->nic, E1000_TDH), 6);
        assert_int_equal(nic_peek(b->nic, E1000_ICR) & FMASK(E1000_ICR_TXDW),
                         0); // IDE delays the cause, not the writing
        bench_close(b);
    }
    static const struct {
        uint32_t dctl, batch;
    } t[] = {{GRAN | 1 << 16, 1}, {GRAN | 4 << 16, 4}, {2 << 16, 4}, {1 << 16, 2}};
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        bench_t *b = transmitter(t[k].dctl, 64);
        for (uint32_t i = 1; i <= 2 * t[k].batch + 1; i++) {
            bench_tx_legacy(b, BENCH_TX_BUF, 60, EOP | IFCS | RS | IDE);
            bench_tx_go(b);
            bench_run(b, 400);
            const uint32_t due = i / t[k].batch * t[k].batch;
            for (uint32_t d = 0; d < i; d++)
                if ((bench_tx_sta(b, d) & 1) != (d < due))
                    fail_msg("TXDCTL %08x: descriptor %u after %u", t[k].dctl, d, i);
            assert_int_equal(nic_peek(b->nic, E1000_TDH), i); // TDH does not wait
        }
        tlp_is(b, RQ_TX_WB, 1, BENCH_TX_RING, t[k].batch, t[k].batch);
        assert_int_equal(nic_peek(b->nic, E1000_ICR) & FMASK(E1000_ICR_TXDW), 0);
        // Without IDE: at once, with all that waited before it.
        bench_tx_legacy(b, BENCH_TX_BUF, 60, EOP | IFCS | RS);
        bench_tx_go(b);
        bench_run(b, 400);
        for (uint32_t d = 0; d < b->tdt; d++) assert_int_equal(bench_tx_sta(b, d) & 1, 1);
        assert_int_equal(nic_peek(b->nic, E1000_ICR) & FMASK(E1000_ICR_TXDW),
                         FMASK(E1000_ICR_TXDW));
        bench_close(b);
    }
}

// Whole descriptors are written back as the host gave them, with DD.
static void transmit_write_back_keeps_the_descriptor(void **state)
{
    (void)state;
    bench_t *b = transmitter(GRAN | 1 << 16, 64);
    bench_tx_put(b, BENCH_TX_BUF + 3, 0x1234560F0B000000ull | 61);
    const uint64_t hi = bench_le(b, BENCH_TX_RING + 8, 8);
    bench_tx_go(b);
    bench_run(b, 500);
    assert_int_equal(bench_le(b, BENCH_TX_RING, 8), BENCH_TX_BUF + 3);
    assert_int_equal(bench_le(b, BENCH_TX_RING + 8, 8), (hi & ~0xF00000000ull) | 1ull << 32);
    bench_close(b);
}

// A threshold that the cache cannot reach must not stop the ring.
static void a_high_threshold_does_not_stop_the_ring(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_RXDCTL, 63 << 16); // 126 descriptors
    bench_wr(b, E1000_RXFRAMES, 150);
    bench_rx(b, 256, 0);
    some(b, 150);
    assert_int_equal(nic_peek(b->nic, E1000_RDH), 150);
    assert_int_equal(bench_probe_count(b, NIC_PROBE_CAUSE, FMASK(E1000_ICR_RXT0)), 1);
    bench_close(b);

    b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_TXDCTL, GRAN | 63 << 16); // half of them have RS
    bench_wr(b, E1000_TXFRAMES, 100);
    bench_tx(b, 256);
    for (uint32_t i = 0; i < 200; i++)
        bench_tx_legacy(b, BENCH_TX_BUF, 60, EOP | IFCS | (i & 1 ? RS | IDE : 0));
    bench_tx_go(b);
    bench_run(b, 200 * 84 + 3000);
    assert_int_equal(b->frames, 200);
    assert_int_equal(bench_probe_count(b, NIC_PROBE_CAUSE, FMASK(E1000_ICR_TXDW)), 1);
    bench_close(b);
}

// ---- prefetch ----

static void receive_prefetch(void **state)
{
    (void)state;
    static const struct {
        uint32_t dctl;
        uint32_t taken; // frames after which the second fetch is asked for
    } t[] = {
        {GRAN | 1 << 16, 32},     // cache empty only
        {GRAN | 1 << 16 | 8, 25}, // fewer than 8 left
        {GRAN | 1 << 16 | 1, 32}, // fewer than 1
        {GRAN | 1 << 16 | 32, 1},
        {1 << 16 | 4, 25},                  // cache lines of two
        {GRAN | 1 << 16 | 31 << 8 | 8, 25}, // 31 are there beyond
        {GRAN | 1 << 16 | 32 << 8 | 8, 32}, // 32 are not: only when empty
        {1 << 16 | 16 << 8 | 4, 32},
    };
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        bench_t *b = receiver(t[k].dctl, 64, 0);
        assert_int_equal(count_tlps(b, RQ_RX_FETCH), 1); // at once, as much as one request may take
        tlp_is(b, RQ_RX_FETCH, 0, BENCH_RX_RING, 0, 32);
        for (uint32_t i = 1; i <= 32; i++) {
            some(b, 1);
            if (count_tlps(b, RQ_RX_FETCH) != (i >= t[k].taken ? 2 : 1))
                fail_msg("RXDCTL %08x: %u fetches after %u frames", t[k].dctl,
                         count_tlps(b, RQ_RX_FETCH), i);
        }
        tlp_is(b, RQ_RX_FETCH, 1, BENCH_RX_RING, 32, 31); // never beyond the tail
        bench_close(b);
    }
}

static void transmit_prefetch(void **state)
{
    (void)state;
    bench_t *b = transmitter(GRAN | 1 << 16, 64);
    assert_int_equal(b->tlps, 0);
    b->latency = 200; // the cache stays non-empty for a while
    for (uint32_t i = 0; i < 6; i++) bench_tx_legacy(b, BENCH_TX_BUF, 60, EOP | IFCS);
    bench_wr(b, E1000_TDT, 2);
    bench_run(b, 50);
    tlp_is(b, RQ_TX_FETCH, 0, BENCH_TX_RING, 0, 2);
    bench_wr(b, E1000_TDT, 3); // while a fetch is under way: not now
    bench_run(b, 50);
    assert_int_equal(count_tlps(b, RQ_TX_FETCH), 1);
    bench_run(b, 5000);
    assert_int_equal(count_tlps(b, RQ_TX_FETCH), 2);
    tlp_is(b, RQ_TX_FETCH, 1, BENCH_TX_RING, 2, 1);
    assert_int_equal(b->frames, 3);
    bench_wr(b, E1000_TDT, 6);
    bench_run(b, 5000);
    assert_int_equal(b->frames, 6);
    bench_close(b);
}

// A page boundary or the ring's end cuts a fetch; a ring of 256 is fetched 32 at a time.
static void fetches_stay_inside_the_ring(void **state)
{
    (void)state;
    bench_t *b = receiver(GRAN | 1 << 16, 40, 0);
    some(b, 32);
    bench_rx_give(b, 32); // tail 31
    some(b, 8); // the cache empties at 39: one descriptor up to the end of the ring was left
    some(b, 20);
    for (uint32_t i = 0; i < b->tlps; i++) {
        if (b->tlp[i].tag != RQ_RX_FETCH) continue;
        assert_true(b->tlp[i].addr >= BENCH_RX_RING &&
                    b->tlp[i].addr + b->tlp[i].len <= BENCH_RX_RING + 640);
    }
    tlp_is(b, RQ_RX_FETCH, 1, BENCH_RX_RING, 32, 7); // up to the tail as it was
    tlp_is(b, RQ_RX_FETCH, 2, BENCH_RX_RING, 39, 1); // up to the end
    tlp_is(b, RQ_RX_FETCH, 3, BENCH_RX_RING, 0, 31);
    assert_int_equal(nic_peek(b->nic, E1000_RDH), 20);
    bench_close(b);
}

// ---- the ring goes round ----

static void long_runs_round_small_rings(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {8, 16, 24, 64, 72, 128};
    uint64_t s = 4711;
    for (size_t k = 0; k < 6; k++) {
        const uint32_t n = sizes[k];
        bench_t *b = bench_open();
        bench_up(b, 2);
        bench_wr(b, E1000_RXDCTL, GRAN | (1 + rnd(&s, 3)) << 16 | rnd(&s, 40));
        bench_rx(b, n, 0);
        uint32_t next = 0;
        for (uint32_t i = 0; i < 400; i++) {
            uint8_t f[600];
            const uint32_t len = 64 + rnd(&s, 500);
            bench_make(f, bench_mac, len, i);
            bench_send(b, f, len);
            bench_run(b, len + 400);
            const bench_desc_t d = bench_rx_desc(b, next);
            assert_int_equal(d.status & 3, 3);
            assert_int_equal(d.len, len);
            assert_memory_equal(bench_rx_data(b, next), f, len);
            bench_le_put(b, BENCH_RX_RING + 16 * next + 8, 0, 8);
            next = (next + 1) % n;
            assert_int_equal(nic_peek(b->nic, E1000_RDH), next);
            bench_rx_give(b, 1);
        }
        assert_int_equal(b->stray, 0);
        bench_close(b);
    }
}

static void null_descriptors_are_given_back_unused(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_rx(b, 64, 3u << E1000_RCTL_BSIZE_LSB); // 256-byte buffers
    bench_wr(b, E1000_RCTL, 0);
    static const uint8_t null[12] = {1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0};
    for (uint32_t i = 0; i < 12; i++)
        if (null[i]) bench_le_put(b, BENCH_RX_RING + 16 * i, 0, 8);
    bench_wr(b, E1000_RDH, 0);
    bench_wr(b, E1000_RCTL, 0x38002);
    uint8_t f[1024];
    bench_make(f, bench_mac, 1000, 9);
    bench_send(b, f, 1000); // null 256 256 null null 256 null 232
    bench_run(b, 2500);
    uint32_t at = 0;
    for (uint32_t i = 0; i < 8; i++) {
        const bench_desc_t d = bench_rx_desc(b, i);
        if (null[i]) {
            assert_int_equal(d.status, DD);
            assert_int_equal(d.len, 0);
            assert_int_equal(d.addr, 0);
            continue;
        }
        const uint32_t want = 1000 - at < 256 ? 1000 - at : 256;
        assert_int_equal(d.len, want);
        assert_int_equal(d.status & 3, at + want == 1000 ? DD | RX_EOP : DD);
        assert_memory_equal(bench_rx_data(b, i), f + at, want);
        at += want;
    }
    assert_int_equal(at, 1000);
    assert_int_equal(bench_rx_desc(b, 8).status, 0); // null, but nobody needed it yet
    bench_one(b, 64, 3);
    for (uint32_t i = 8; i < 11; i++) assert_int_equal(bench_rx_desc(b, i).status, DD);
    assert_int_equal(bench_rx_desc(b, 11).status & 3, DD | RX_EOP);
    assert_int_equal(b->stray, 0);
    bench_close(b);
}

static void frames_over_several_descriptors(void **state)
{
    (void)state;
    static const struct {
        uint32_t bits, size;
    } t[] = {{3 << 16, 256}, {2 << 16, 512}, {1 << 16, 1024}, {0, 2048}};
    for (int k = 0; k < 4; k++) {
        static const uint32_t lens[] = {64,  255, 256,  257,  511,  512,
                                        513, 768, 1024, 1025, 1500, 1518};
        bench_t *b = bench_open();
        bench_up(b, 2);
        bench_wr(b, E1000_RXCSUM, 14);
        bench_rx(b, 128, t[k].bits);
        uint32_t i = 0;
        for (size_t n = 0; n < sizeof lens / sizeof lens[0]; n++) {
            uint8_t f[1600];
            bench_make(f, bench_mac, lens[n], (uint32_t)n);
            memset(bench_rx_data(b, i), 0xEE, 8 * 2048);
            bench_send(b, f, lens[n]);
            bench_run(b, lens[n] + 1000);
            for (uint32_t at = 0; at < lens[n]; at += t[k].size, i++) {
                const uint32_t left = lens[n] - at, want = left < t[k].size ? left : t[k].size;
                const bench_desc_t d = bench_rx_desc(b, i);
                assert_int_equal(d.len, want);
                assert_int_equal(d.status & 3, left <= t[k].size ? 3 : 1);
                if (left > t[k].size)
                    assert_int_equal(d.status, DD);  // the rest is in the last one only
                if (at) assert_int_equal(d.csum, 0); // the first one only
                else assert_true(d.csum != 0);
                assert_memory_equal(bench_rx_data(b, i), f + at, want);
                assert_int_equal(bench_rx_data(b, i)[want], 0xEE); // not a byte more
            }
        }
        assert_int_equal(nic_peek(b->nic, E1000_RDH), i);
        bench_close(b);
    }
}

// ---- rings that are not there ----

static void invalid_rings_make_no_dma(void **state)
{
    (void)state;
    static const struct {
        uint32_t len, head, tail;
    } t[] = {
        {1024, 0xFFFF, 0xFFFF}, {1024, 0xFFFF, 3}, {1024, 3, 0xFFFF}, {0, 0, 0}, {0, 0, 3},
        {1024, 64, 3},          {1024, 3, 64},     {1024, 5, 5},
    };
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        bench_t *b = bench_open();
        bench_up(b, 2);
        bench_rx(b, 64, 0);
        bench_tx(b, 64);
        bench_wr(b, E1000_RCTL, 0);
        bench_wr(b, E1000_TCTL, 0);
        for (uint32_t tx = 0; tx < 2; tx++) {
            const uint32_t off = tx ? E1000_TDBAL - E1000_RDBAL : 0;
            bench_wr(b, E1000_RDLEN + off, t[k].len);
            bench_wr(b, E1000_RDH + off, t[k].head);
            bench_wr(b, E1000_RDT + off, t[k].tail);
        }
        bench_run(b, 500);
        bench_forget(b);
        bench_wr(b, E1000_RCTL, 0x8002);
        bench_wr(b, E1000_TCTL, 2);
        some(b, 3);
        assert_int_equal(b->tlps, 0);
        assert_int_equal(nic_peek(b->nic, E1000_RNBC),
                         1); // only the first one needs a descriptor so far
        assert_int_equal(nic_peek(b->nic, E1000_MPC), 0);
        // A proper ring comes: the frames were kept.
        bench_rx(b, 64, 0);
        bench_run(b, 1000);
        assert_int_equal(nic_peek(b->nic, E1000_RDH), 3);
        assert_int_equal(nic_peek(b->nic, E1000_GPRC), 3);
        bench_close(b);
    }
}

static void a_new_ring_discards_what_is_being_fetched(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 2);
    b->latency = 1000;
    bench_rx(b, 64, 0);
    bench_run(b, 100); // the fetch is under way
    assert_int_equal(count_tlps(b, RQ_RX_FETCH), 1);
    bench_wr(b, E1000_RDH, 10);
    for (uint32_t i = 0; i < 64; i++)
        bench_le_put(b, BENCH_RX_RING + 16 * i, BENCH_TX_BUF + 2048 * i, 8);
    some(b, 1);
    bench_run(b, 4000);
    assert_int_equal(bench_rx_desc(b, 10).status & 3, 3);
    assert_int_equal(bench_rx_desc(b, 0).status, 0);
    assert_int_equal(nic_peek(b->nic, E1000_RDH), 11);
    uint8_t f[64];
    bench_make(f, bench_mac, 64, 0);
    assert_memory_equal(bench_at(b, BENCH_TX_BUF + 2048 * 10), f, 64);
    bench_close(b);
}

static void a_new_ring_while_a_frame_is_being_moved(void **state)
{
    (void)state;
    for (uint64_t when = 0; when < 300; when += 3) { // somewhere in the move of 1500 bytes
        bench_t *b = bench_open();
        bench_up(b, 2);
        bench_rx(b, 64, 0);
        uint8_t f[1500];
        bench_make(f, bench_mac, 1500, 1);
        const uint64_t first = bench_send(b, f, 1500);
        bench_until(b, first + 1508);
        bench_wr_at(b, first + 1510 + when, E1000_RDH, 20);
        bench_run(b, 4000);
        const bool early = bench_rx_desc(b, 0).status != 0; // moved and written before
        const uint32_t at = early ? 0 : 20;
        if (nic_peek(b->nic, E1000_RDH) == 21) { // the frame came (again) into the new ring
            assert_int_equal(bench_rx_desc(b, 20).len, 1500);
            assert_memory_equal(bench_rx_data(b, 20), f, 1500);
        } else {
            assert_int_equal(nic_peek(b->nic, E1000_RDH), 20);
            assert_true(early || bench_probe_count(b, NIC_PROBE_RX_LOST, 0) == 1);
            if (early) assert_memory_equal(bench_rx_data(b, at), f, 1500);
        }
        bench_close(b);
    }
}

static void addresses_have_64_bits(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_RDBAH, 0x12345678);
    bench_wr(b, E1000_RDBAL, 0x9ABCDEFF);
    bench_wr(b, E1000_RDLEN, 1024);
    bench_wr(b, E1000_RDT, 5);
    bench_wr(b, E1000_RCTL, 0x8002);
    bench_run(b, 100);
    assert_int_equal(tlp(b, RQ_RX_FETCH, 0)->addr, 0x123456789ABCDEF0ull);
    bench_wr(b, E1000_TDBAH, 0x87654321);
    bench_wr(b, E1000_TDBAL, 0x11111110);
    bench_wr(b, E1000_TDLEN, 1024);
    bench_wr(b, E1000_TCTL, 2);
    bench_wr(b, E1000_TDT, 5);
    bench_run(b, 100);
    assert_int_equal(tlp(b, RQ_TX_FETCH, 0)->addr, 0x8765432111111110ull);
    bench_close(b);
}

// ---- causes ----

static void rxdmt0_is_an_edge(void **state)
{
    (void)state;
    for (uint32_t rdmts = 0; rdmts < 3; rdmts++) {
        const uint32_t n = 64, limit = n >> (rdmts + 1);
        bench_t *b = bench_open();
        bench_up(b, 2);
        bench_rx(b, n, rdmts << E1000_RCTL_RDMTS_LSB);
        for (uint32_t i = 1; i < n; i++) { // free: n - 1 - i
            some(b, 1);
            const uint32_t c = bench_rd(b, E1000_ICR) & FMASK(E1000_ICR_RXDMT0);
            if ((c != 0) != (n - 1 - i == limit))
                fail_msg("RDMTS %u: cause %x with %u free", rdmts, c, n - 1 - i);
        }
        bench_rx_give(b, limit); // up to the threshold: no edge from below
        some(b, 1);
        assert_int_equal(bench_rd(b, E1000_ICR) & FMASK(E1000_ICR_RXDMT0), 0);
        bench_rx_give(b, 3); // limit + 2
        some(b, 1);
        assert_int_equal(bench_rd(b, E1000_ICR) & FMASK(E1000_ICR_RXDMT0), 0);
        some(b, 1);
        assert_int_equal(bench_rd(b, E1000_ICR) & FMASK(E1000_ICR_RXDMT0), FMASK(E1000_ICR_RXDMT0));
        bench_close(b);
    }
    bench_t *b = receiver(GRAN | 8 << 16, 64, 0); // 63 -> 55 .. 31: a write-back steps over 32
    for (uint32_t i = 1; i <= 40; i++) {
        some(b, 1);
        assert_int_equal((bench_rd(b, E1000_ICR) & FMASK(E1000_ICR_RXDMT0)) != 0, i == 32);
    }
    bench_close(b);
}

static void txqe_comes_when_head_reaches_tail(void **state)
{
    (void)state;
    bench_t *b = transmitter(GRAN | 1 << 16, 8);
    uint32_t sent = 0;
    for (uint32_t round = 1; round < 12; round++) {
        const uint32_t k = 1 + round % 7;
        for (uint32_t i = 0; i < k; i++)
            bench_tx_legacy(b, BENCH_TX_BUF, 60, EOP | IFCS | RS | IDE);
        bench_tx_go(b);
        bench_run(b, 84 * k + 600);
        sent += k;
        assert_int_equal(b->frames, sent);
        assert_int_equal(bench_probe_count(b, NIC_PROBE_CAUSE, FMASK(E1000_ICR_TXQE)), round);
        assert_int_equal(bench_rd(b, E1000_ICR) & FMASK(E1000_ICR_TXQE),
                         FMASK(E1000_ICR_TXQE)); // IDE does not delay it
        bench_tx_go(b);                          // the same tail again: nothing was processed
        bench_run(b, 100);
        assert_int_equal(nic_peek(b->nic, E1000_ICR) & FMASK(E1000_ICR_TXQE), 0);
    }
    bench_close(b);
}

static void txd_low_at_the_threshold(void **state)
{
    (void)state;
    for (uint32_t lw = 0; lw < 4; lw++) {
        bench_t *b = transmitter(GRAN | 1 << 16 | lw << 25, 64);
        b->latency = 300; // descriptors are processed at a distance
        for (uint32_t i = 0; i < 40; i++) bench_tx_legacy(b, BENCH_TX_BUF, 60, EOP | IFCS);
        bench_tx_go(b);
        bench_run(b, 40000);
        assert_int_equal(bench_probe_count(b, NIC_PROBE_CAUSE, FMASK(E1000_ICR_TXD_LOW)), 1);
        const uint64_t low = bench_probe_cyc(b, NIC_PROBE_CAUSE, FMASK(E1000_ICR_TXD_LOW), 0);
        // TXD_LOW is raised with the descriptor that leaves 8 * LWTHRESH: visible one cycle behind its W.
        assert_int_equal(low, bench_probe_cyc(b, NIC_PROBE_TX_FETCH, 0, 40 - 8 * lw - 1) + 1);
        bench_close(b);
    }
}

static void txdw_needs_rs(void **state)
{
    (void)state;
    bench_t *b = transmitter(GRAN | 1 << 16, 64);
    for (uint32_t i = 0; i < 3; i++)
        bench_tx_legacy(b, BENCH_TX_BUF, 60, EOP | IFCS | (i == 1 ? IDE : 0));
    bench_tx_go(b);
    bench_run(b, 2000);
    assert_int_equal(b->frames, 3);
    assert_int_equal(nic_peek(b->nic, E1000_ICR), FMASK(E1000_ICR_TXQE) | FMASK(E1000_ICR_TXD_LOW));
    assert_int_equal(count_tlps(b, RQ_TX_WB), 0);
    // What lies in front of a descriptor with RS is not written either, and heads go on.
    bench_tx_legacy(b, BENCH_TX_BUF, 60, EOP | IFCS | RS);
    bench_tx_go(b);
    bench_run(b, 2000);
    tlp_is(b, RQ_TX_WB, 0, BENCH_TX_RING, 3, 1);
    bench_close(b);
}

static void rnbc_counts_each_starved_frame_once(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_rx(b, 8, 0);
    some(b, 7);
    assert_int_equal(nic_peek(b->nic, E1000_RNBC), 0);
    some(b, 5);
    assert_int_equal(nic_peek(b->nic, E1000_RNBC), 1); // the first waits, the others wait for it
    for (uint32_t i = 1; i <= 5; i++) {
        bench_rx_give(b, 1);
        bench_run(b, 500);
        assert_int_equal(nic_peek(b->nic, E1000_RNBC), i < 5 ? i + 1 : 5);
        assert_int_equal(nic_peek(b->nic, E1000_RDH), (7 + i) % 8);
    }
    bench_close(b);
}

// ---- anything goes ----

typedef struct sent {
    uint32_t len, seed;
} sent_t;

// Any ring size, thresholds, buffer size, null descriptors and host speed: every frame arrives once, in order, unharmed,
// and the device touches only descriptors that are its own.
static void random_receive_rings_deliver_everything(void **state)
{
    (void)state;
    uint64_t s = 20240607;
    for (uint32_t round = 0; round < 60; round++) {
        const uint32_t n = 8 * (1 + rnd(&s, 12)), code = rnd(&s, 4), size = 2048u >> code,
                       total = 120;
        static sent_t sent[128];
        bench_t *b = bench_open();
        b->latency = rnd(&s, 3) ? rnd(&s, 40) : rnd(&s, 900);
        b->stall = rnd(&s, 2) ? 0 : rnd(&s, 60);
        b->early = rnd(&s, 2);
        bench_up(b, 2);
        bench_wr(b, E1000_RXDCTL,
                 rnd(&s, 64) | rnd(&s, 64) << 8 | rnd(&s, 20) << 16 | rnd(&s, 2) << 24);
        if (rnd(&s, 2)) bench_wr(b, E1000_RDTR, 1 + rnd(&s, 20));
        bench_rx(b, n, code << E1000_RCTL_BSIZE_LSB);
        uint32_t queued = 0, got = 0, head = 0, at = 0, spins = 0;
        uint8_t f[1600];
        while (got < total) {
            if (queued < total && b->wires - b->wire_get < 2 && rnd(&s, 3)) {
                sent[queued] = (sent_t){rnd(&s, 3) ? 64 + rnd(&s, 100) : 64 + rnd(&s, 1450),
                                        round * 1000 + queued};
                bench_make(f, bench_mac, sent[queued].len, sent[queued].seed);
                bench_send(b, f, sent[queued++].len);
            }
            bench_run(b, 1 + rnd(&s, 1500));
            uint32_t free_n = 0;
            for (; bench_rx_desc(b, head).status & DD; head = (head + 1) % n, free_n++) {
                const bench_desc_t d = bench_rx_desc(b, head);
                if (d.len) {
                    bench_make(f, bench_mac, sent[got].len, sent[got].seed);
                    assert_true(got < queued);
                    assert_true(d.len <= size && at + d.len <= sent[got].len);
                    assert_memory_equal(bench_rx_data(b, head), f + at, d.len);
                    at += d.len;
                    assert_int_equal((d.status & RX_EOP) != 0, at == sent[got].len);
                    if (at == sent[got].len) got++, at = 0;
                }
                bench_le_put(b, BENCH_RX_RING + 16 * head,
                             rnd(&s, 8) == 0 ? 0 : BENCH_RX_BUF + (uint64_t)head * 2048, 8);
                bench_le_put(b, BENCH_RX_RING + 16 * head + 8, 0, 8);
            }
            if (free_n) bench_rx_give(b, free_n);
            // What a high threshold keeps back is fetched with FPD.
            if (rnd(&s, 8) == 0) bench_wr(b, E1000_RDTR, 0x80000000 | nic_peek(b->nic, E1000_RDTR));
            if (++spins > 5000) fail_msg("round %u: %u of %u frames came", round, got, total);
        }
        assert_int_equal(nic_peek(b->nic, E1000_GPRC), total);
        assert_int_equal(b->stray, 0);
        bench_close(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receive_write_back_threshold),
        cmocka_unit_test(transmit_write_back_threshold),
        cmocka_unit_test(transmit_write_back_keeps_the_descriptor),
        cmocka_unit_test(a_high_threshold_does_not_stop_the_ring),
        cmocka_unit_test(receive_prefetch),
        cmocka_unit_test(transmit_prefetch),
        cmocka_unit_test(fetches_stay_inside_the_ring),
        cmocka_unit_test(long_runs_round_small_rings),
        cmocka_unit_test(null_descriptors_are_given_back_unused),
        cmocka_unit_test(frames_over_several_descriptors),
        cmocka_unit_test(invalid_rings_make_no_dma),
        cmocka_unit_test(a_new_ring_discards_what_is_being_fetched),
        cmocka_unit_test(a_new_ring_while_a_frame_is_being_moved),
        cmocka_unit_test(addresses_have_64_bits),
        cmocka_unit_test(rxdmt0_is_an_edge),
        cmocka_unit_test(txqe_comes_when_head_reaches_tail),
        cmocka_unit_test(txd_low_at_the_threshold),
        cmocka_unit_test(txdw_needs_rs),
        cmocka_unit_test(rnbc_counts_each_starved_frame_once),
        cmocka_unit_test(random_receive_rings_deliver_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
