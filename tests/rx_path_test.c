// SPDX-License-Identifier: Apache-2.0
// The receive path of the whole device: what is accepted, stored, counted and lost (device specification §2.7, §6).
#include "tests/dev_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { G = NIC_GranuleBytes };
enum {
    DD = 1,
    EOP = 2,
    IXSM = 4,
    VP = 8,
    TCPCS = 0x20,
    IPCS = 0x40,
    PIF = 0x80,
    CE = 1,
    RXE = 0x80,
    TCPE = 0x20,
    IPE = 0x40
};

#define RCTL(x) FMASK(E1000_RCTL_##x)

static uint32_t rnd(uint64_t *s, uint32_t n)
{
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return (uint32_t)(*s >> 20) % n;
}

static bench_t *receiver(uint32_t rctl)
{
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_rx(b, 128, rctl);
    bench_run(b, 200);
    return b;
}

static void send(bench_t *b, const uint8_t *f, uint32_t len, bool good, bool er)
{
    bench_send_at(b, b->wire_free > bench_now(b) ? b->wire_free : bench_now(b), f, len, good, er);
    bench_run(b, len + len / 4 + 500);
}

static uint32_t stat(bench_t *b, uint32_t off)
{
    return bench_rd(b, off);
}

static bool all_zero(bench_t *b, uint32_t from, uint32_t to)
{
    bool zero = true;
    for (uint32_t off = from; off <= to; off += 4)
        if (nic_peek(b->nic, off))
            printf("  counter %05x is %u\n", off, nic_peek(b->nic, off)), zero = false;
    return zero;
}

// ---- storing ----

static void frames_arrive_whole(void **state)
{
    (void)state;
    for (int strip = 0; strip < 2; strip++) {
        bench_t *b = receiver(strip ? RCTL(SECRC) : 0);
        uint32_t i = 0;
        for (uint32_t len = 64; len <= 1522; len += len < 140 ? 1 : 173, i++) {
            uint8_t f[1600];
            bench_make(f, bench_mac, len, len);
            memset(bench_rx_data(b, i), 0xEE, 2048);
            send(b, f, len, true, false);
            const uint32_t stored = strip ? len - 4 : len;
            const bench_desc_t d = bench_rx_desc(b, i);
            assert_int_equal(d.len, stored);
            assert_int_equal(d.status, DD | EOP | IXSM);
            assert_int_equal(d.errors, 0);
            assert_int_equal(d.special, 0);
            assert_memory_equal(bench_rx_data(b, i), f, stored);
            assert_int_equal(bench_rx_data(b, i)[stored], 0xEE);
        }
        assert_int_equal(stat(b, E1000_GPRC), i);
        assert_int_equal(stat(b, E1000_TPR), i);
        bench_close(b);
    }
}

// A byte takes 1, 10 or 100 cycles; the verdict is passed RxVerdictCyc behind the last one.
static void the_three_speeds(void **state)
{
    (void)state;
    static const unsigned strides[3] = {100, 10, 1};
    for (uint8_t speed = 0; speed < 3; speed++) {
        bench_t *b = bench_open();
        bench_up(b, speed);
        assert_int_equal(nic_wire_stride(b->nic), strides[speed]);
        assert_int_equal(FGET(E1000_STATUS_SPEED, bench_rd(b, E1000_STATUS)), speed);
        bench_rx(b, 64, 0);
        bench_run(b, 100);
        bench_forget(b);
        uint8_t f[200];
        bench_make(f, bench_mac, 200, 1);
        const uint64_t first = bench_send(b, f, 200);
        bench_run(b, 30000);
        const uint64_t last = first + (8 + 200 - 1) * strides[speed];
        assert_int_equal(b->probe[0].what, NIC_PROBE_RX_FATE);
        assert_int_equal(b->probe[0].a, NIC_FATE_ACCEPTED);
        assert_int_equal(b->probe[0].cyc, last + NIC_RxVerdictCyc);
        assert_int_equal(bench_rx_desc(b, 0).len, 200);
        assert_memory_equal(bench_rx_data(b, 0), f, 200);
        bench_close(b);
    }
}

static void payload_is_cut_at_pages_and_at_the_payload_size(void **state)
{
    (void)state;
    bench_t *b = receiver(0);
    bench_wr(b, E1000_RCTL, 0);
    static const uint32_t offs[] = {0, 1, 7, 100, 127, 4000, 4095, 2600};
    for (uint32_t i = 0; i < 8; i++)
        bench_le_put(b, BENCH_RX_RING + 16 * i, BENCH_TX_BUF + 0x4000 * i + offs[i], 8);
    bench_wr(b, E1000_RDH, 0);
    bench_wr(b, E1000_RCTL, 0x8002);
    for (uint32_t i = 0; i < 8; i++) {
        uint8_t f[1518];
        bench_make(f, bench_mac, 1518, i);
        bench_forget(b);
        send(b, f, 1518, true, false);
        uint64_t at = BENCH_TX_BUF + 0x4000 * i + offs[i];
        uint32_t sum = 0;
        for (uint32_t k = 0; k < b->tlps; k++) {
            if (b->tlp[k].tag != RQ_RX_DATA) continue;
            assert_int_equal(b->tlp[k].addr, at);
            const uint32_t page = 4096 - (uint32_t)(at & 4095);
            uint32_t want = 1518 - sum < NIC_Mps ? 1518 - sum : NIC_Mps;
            if (want > page) want = page;
            assert_int_equal(b->tlp[k].len, want);
            assert_int_equal(b->tlp[k].beats, 2 + (want + 7) / 8);
            at += want, sum += want;
        }
        assert_int_equal(sum, 1518);
        assert_memory_equal(bench_at(b, BENCH_TX_BUF + 0x4000 * i + offs[i]), f, 1518);
    }
    bench_close(b);
}

static void long_packets(void **state)
{
    (void)state;
    static uint8_t f[NIC_FrameMax + 8];
    static const uint32_t lens[] = {1523, 9018, 16383, 16384};
    for (int code = 0; code < 2; code++) { // 2048-byte buffers, one of 16384
        bench_t *b = bench_open();
        bench_up(b, 2);
        b->rx_stride = code ? 16384 : 2048;
        bench_rx(b, code ? 16 : 128,
                 RCTL(LPE) | (code ? RCTL(BSEX) | 1 << E1000_RCTL_BSIZE_LSB : 0));
        uint32_t i = 0;
        for (int k = 0; k < 4; k++) {
            bench_make(f, bench_mac, lens[k], (uint32_t)k);
            send(b, f, lens[k], true, false);
            for (uint32_t at = 0; at < lens[k];) {
                const bench_desc_t d = bench_rx_desc(b, i);
                assert_int_equal(d.status & DD, DD);
                assert_memory_equal(bench_rx_data(b, i), f + at, d.len);
                at += d.len;
                assert_int_equal((d.status & EOP) != 0, at == lens[k]);
                i++;
            }
        }
        bench_make(f, bench_mac, NIC_FrameMax + 1, 9); // one too long
        send(b, f, NIC_FrameMax + 1, true, false);
        assert_int_equal(stat(b, E1000_ROC), 1);
        assert_int_equal(stat(b, E1000_GPRC), 4);
        assert_int_equal(nic_peek(b->nic, E1000_RDH), i);
        bench_close(b);
    }
}

// ---- bad frames ----

typedef struct bad_case {
    const char *name;
    uint32_t len;
    bool good, er;
    uint32_t rctl;
    uint32_t count[4]; // counters that go to 1
    bool stored;
    uint8_t errors;
} bad_case_t;

static void bad_frames(void **state)
{
    (void)state;
    static const bad_case_t t[] = {
        {"CRC", 64, false, false, 0, {E1000_CRCERRS}, false, 0},
        {"CRC, SBP", 64, false, false, RCTL(SBP), {E1000_CRCERRS}, true, CE},
        {"RX_ER", 100, true, true, 0, {E1000_RXERRC}, false, 0},
        {"RX_ER, SBP", 100, true, true, RCTL(SBP), {E1000_RXERRC}, true, RXE},
        {"both, SBP", 100, false, true, RCTL(SBP), {E1000_RXERRC, E1000_CRCERRS}, true, CE | RXE},
        {"63", 63, true, false, 0, {E1000_RUC, E1000_RLEC}, false, 0},
        {"63, SBP", 63, true, false, RCTL(SBP), {E1000_RUC, E1000_RLEC}, true, 0},
        {"fragment", 40, false, false, 0, {E1000_RFC, E1000_RLEC}, false, 0},
        {"1523", 1523, true, false, 0, {E1000_ROC, E1000_RLEC}, false, 0},
        {"1523, SBP", 1523, true, false, RCTL(SBP), {E1000_ROC, E1000_RLEC}, true, 0},
        {"jabber", 1523, false, false, 0, {E1000_RJC, E1000_RLEC, E1000_CRCERRS}, false, 0},
    };
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        bench_t *b = receiver(t[k].rctl);
        uint8_t f[1600];
        bench_make(f, bench_mac, t[k].len, 3);
        send(b, f, t[k].len, t[k].good, t[k].er);
        for (int i = 0; i < 4 && t[k].count[i]; i++)
            if (stat(b, t[k].count[i]) != 1) fail_msg("%s: counter %05x", t[k].name, t[k].count[i]);
        assert_int_equal(stat(b, E1000_TPR), 1);
        assert_int_equal(stat(b, E1000_TORL), t[k].len);
        bench_rd(b, E1000_TORH);
        if (!all_zero(b, E1000_CRCERRS, E1000_TSCTFC)) fail_msg("%s: more was counted", t[k].name);
        const bench_desc_t d = bench_rx_desc(b, 0);
        assert_int_equal(d.status & DD, t[k].stored);
        if (t[k].stored) {
            assert_int_equal(d.len, t[k].len);
            assert_int_equal(d.errors, t[k].errors);
        }
        bench_one(b, 64, 1); // life goes on
        assert_int_equal(stat(b, E1000_GPRC), 1);
        bench_close(b);
    }
}

static uint32_t phy_receive_errors(bench_t *b)
{
    bench_wr(b, E1000_MDIC,
             FPUT(E1000_MDIC_OP, NIC_MdicOpRead) | FPUT(E1000_MDIC_PHYADD, NIC_PhyAddress) |
                 FPUT(E1000_MDIC_REGADD, 21));
    bench_run(b, NIC_MdicCyc + 10);
    return FGET(E1000_MDIC_DATA, bench_rd(b, E1000_MDIC));
}

// Once a frame, whatever the receiver makes of it; a wrong FCS is no receive error.
static void the_phy_counts_receive_errors(void **state)
{
    (void)state;
    bench_t *b = receiver(0);
    uint8_t f[64], alien[64];
    bench_make(f, bench_mac, 64, 3);
    bench_make(alien, (const uint8_t[]){2, 9, 9, 9, 9, 9}, 64, 3);
    const uint64_t first = bench_now(b) + 20;
    bench_send_at(b, first, f, 64, true, true);
    const uint64_t last = first + NIC_PreambleBytes + 64 - 1;
    bench_until(b, last + NIC_RxVerdictCyc + 2); // the tick of the cycle before is over
    assert_int_equal(b->nic->c.phy.prec, 1);
    bench_close(b);

    b = receiver(0);
    bench_send_at(b, first, f, 64, true, true);
    bench_until(b, last + NIC_RxVerdictCyc + 1);
    assert_int_equal(b->nic->c.phy.prec, 0);
    send(b, f, 64, false, false);
    send(b, f, 64, false, true);
    send(b, alien, 64, true, true);
    bench_wr(b, E1000_RCTL, 0);
    send(b, f, 64, true, true);
    assert_int_equal(phy_receive_errors(b), 4);
    assert_int_equal(phy_receive_errors(b), 0);
    bench_wr(b, E1000_RCTL, FPUT(E1000_RCTL_LBM, 3)); // the wire is cut off
    send(b, f, 64, true, true);
    assert_int_equal(phy_receive_errors(b), 0);
    bench_close(b);
}

// ---- filters ----

static void filters_and_their_statistics(void **state)
{
    (void)state;
    static const uint8_t mine[6] = {2, 0, 0, 0, 0, 1}, other[6] = {2, 0, 0, 0, 0, 9},
                         group[6] = {1, 0, 0x5E, 0, 0x12, 0x34};
    enum { HASH = 1, RAR3 = 2, NO_BAM = 4, RAR3_SRC = 8 };
    static const struct {
        const uint8_t *dst;
        uint32_t rctl, how;
        bool pass, pif;
    } t[] = {
        {mine, 0, 0, true, false},
        {other, 0, 0, false, false},
        {other, RCTL(UPE), 0, true, true},
        {group, 0, 0, false, false},
        {group, RCTL(MPE), 0, true, true},
        {group, RCTL(UPE), 0, false, false},
        {group, 0, HASH, true, true},
        {other, 0, RAR3, true, false},
        {bench_bcast, 0, 0, true, false},
        {bench_bcast, 0, NO_BAM, false, false},
        {bench_bcast, RCTL(MPE), NO_BAM, false, false},
        {mine, RCTL(MPE), 0, true, false},
        {other, RCTL(MPE), 0, false, false},
        {other, 0, RAR3_SRC, false, false},
        {other, RCTL(UPE) | RCTL(MPE) | RCTL(SBP), 0, true, true},
    };
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        bench_t *b = receiver(t[k].rctl);
        if (t[k].how & NO_BAM) bench_wr(b, E1000_RCTL, RCTL(EN) | t[k].rctl);
        const uint32_t v = 0x3412 >> 4; // MO = 0
        if (t[k].how & HASH) bench_wr(b, E1000_MTA + 4 * (v >> 5), 1u << (v & 31));
        if (t[k].how & (RAR3 | RAR3_SRC)) {
            bench_wr(b, E1000_RAL + 24, 0x00000002);
            bench_wr(b, E1000_RAH + 24, 0x80000900 | (t[k].how & RAR3_SRC ? 1 << 16 : 0));
        }
        uint8_t f[130];
        bench_make(f, t[k].dst, 130, 1);
        send(b, f, 130, true, false);
        const bool bc = t[k].dst == bench_bcast, mc = t[k].dst == group;
        const bench_desc_t d = bench_rx_desc(b, 0);
        if ((d.status & DD) != t[k].pass) fail_msg("filter case %zu: status %02x", k, d.status);
        if (t[k].pass) assert_int_equal(d.status & PIF, t[k].pif ? PIF : 0);
        assert_int_equal(stat(b, E1000_GPRC), t[k].pass);
        assert_int_equal(stat(b, E1000_BPRC), t[k].pass && bc);
        assert_int_equal(stat(b, E1000_MPRC), t[k].pass && mc);
        assert_int_equal(stat(b, E1000_TPR), t[k].pass);
        assert_int_equal(stat(b, E1000_PRC255), t[k].pass);
        assert_int_equal(stat(b, E1000_GORCL), t[k].pass ? 130 : 0);
        assert_int_equal(bench_rd(b, E1000_GORCH), 0);
        assert_int_equal(bench_rd(b, E1000_GORCL), 0);
        bench_close(b);
    }
}

static uint32_t ones(const uint8_t *p, uint32_t n, uint32_t sum)
{
    for (uint32_t i = 0; i < n; i++) sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum;
}

static void tag(uint8_t *f, uint32_t len, uint16_t tci)
{
    f[12] = 0x81, f[13] = 0, f[14] = (uint8_t)(tci >> 8), f[15] = (uint8_t)tci, f[16] = 0x88,
    f[17] = 0xB5;
    bench_fcs(f, len);
}

static void vlan_filter_and_strip(void **state)
{
    (void)state;
    enum { VME = 1, IN_TABLE = 2 };
    static const struct {
        uint32_t rctl, how;
        uint16_t tci;
        bool pass;
    } t[] = {
        {0, 0, 0x6123, true},
        {0, VME, 0x6123, true},
        {RCTL(VFE), 0, 0x0123, false},
        {RCTL(VFE), IN_TABLE, 0x0123, true},
        {RCTL(VFE), IN_TABLE | VME, 0xE123, true},
        {RCTL(VFE) | RCTL(CFIEN), IN_TABLE, 0x1123, false},
        {RCTL(VFE) | RCTL(CFIEN) | RCTL(CFI), IN_TABLE, 0x1123, true},
        {RCTL(VFE) | RCTL(CFIEN) | RCTL(CFI), IN_TABLE, 0x0123, false},
    };
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        for (int strip = 0; strip < 2; strip++) {
            bench_t *b = receiver(t[k].rctl | (strip ? RCTL(SECRC) : 0));
            const bool vme = t[k].how & VME;
            bench_wr(b, E1000_VET, 0x8100);
            bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_SLU) | (vme ? FMASK(E1000_CTRL_VME) : 0));
            if (t[k].how & IN_TABLE) bench_wr(b, E1000_VFTA + 4 * (0x123 >> 5), 1u << (0x123 & 31));
            uint8_t f[68], want[68];
            bench_make(f, bench_mac, 68, 1);
            tag(f, 68, t[k].tci);
            send(b, f, 68, true, false);
            const bench_desc_t d = bench_rx_desc(b, 0);
            if ((d.status & DD) != t[k].pass) fail_msg("VLAN case %zu", k);
            assert_int_equal(stat(b, E1000_GPRC), t[k].pass);
            if (t[k].pass) {
                memcpy(want, f, 12); // the CRC that is stored is the one of the wire
                memcpy(want + 12, f + (vme ? 16 : 12), vme ? 52 : 56);
                assert_int_equal(d.len, 68 - (vme ? 4 : 0) - (strip ? 4 : 0));
                assert_int_equal(d.status & VP, vme ? VP : 0);
                assert_int_equal(d.special, vme ? t[k].tci : 0);
                assert_memory_equal(bench_rx_data(b, 0), want, d.len);
                assert_int_equal(stat(b, E1000_GORCL), 68);
            }
            uint8_t g[64]; // no tag: filter and strip do not touch it
            bench_make(g, bench_mac, 64, 2);
            send(b, g, 64, true, false);
            assert_int_equal(bench_rx_desc(b, t[k].pass ? 1 : 0).status & (DD | VP), DD);
            bench_close(b);
        }
    }
}

// What says how a frame is stored is taken in its first preamble cycle. A write on the pins in the cycle before is
// visible by then.
static void a_frame_keeps_the_shape_it_began_with(void **state)
{
    (void)state;
    enum { SLU = FMASK(E1000_CTRL_SLU), VME = FMASK(E1000_CTRL_VME) };
    static const struct {
        uint32_t off, before, after;
    } t[] = {
        {E1000_CTRL, SLU, SLU | VME},
        {E1000_CTRL, SLU | VME, SLU},
        {E1000_VET, 0x8100, 0x88A8},
        {E1000_RCTL, RCTL(EN) | RCTL(BAM), RCTL(EN) | RCTL(BAM) | RCTL(SECRC)},
        {E1000_RXCSUM, 0, 14},
    };
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        bench_desc_t d[3]; // in time, too late, as it was before
        for (uint32_t late = 0; late < 3; late++) {
            bench_t *b = receiver(0);
            bench_wr(b, E1000_VET, 0x8100);
            bench_wr(b, E1000_CTRL, SLU | VME);
            bench_wr(b, t[k].off, t[k].before);
            uint8_t f[68];
            bench_make(f, bench_mac, 68, 1);
            tag(f, 68, 0x6123);
            const uint64_t first = bench_now(b) + 100;
            if (late < 2) bench_wr_at(b, first - 1 + late, t[k].off, t[k].after);
            bench_send_at(b, first, f, 68, true, false);
            bench_run(b, 1000);
            d[late] = bench_rx_desc(b, 0);
            assert_int_equal(d[late].status & DD, DD);
            bench_close(b);
        }
        assert_int_equal(d[1].len, d[2].len);
        assert_int_equal(d[1].csum, d[2].csum);
        assert_int_equal(d[1].status, d[2].status);
        assert_true(d[0].len != d[1].len || d[0].csum != d[1].csum);
    }
}

// Tag first, then FCS: also where the four bytes behind the addresses are both.
static void short_frames_lose_their_tag_and_then_their_fcs(void **state)
{
    (void)state;
    const uint32_t rctl = RCTL(SBP) | RCTL(UPE) | RCTL(MPE);
    for (uint32_t len = 1; len <= 24; len++) {
        for (int strip = 0; strip < 2; strip++) {
            bench_t *b = receiver(rctl | (strip ? RCTL(SECRC) : 0));
            bench_wr(b, E1000_VET, 0x8100);
            bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_SLU) | FMASK(E1000_CTRL_VME));
            uint8_t f[24], want[24];
            for (uint32_t i = 0; i < len; i++) f[i] = (uint8_t)(i == 12 ? 0x81 : i == 13 ? 0 : i);
            send(b, f, len, false, false);
            const bool cut = len >= 16;
            uint32_t n = 0;
            for (uint32_t i = 0; i < len; i++)
                if (!cut || i < 12 || i >= 16) want[n++] = f[i];
            if (strip && n > 4) n -= 4;
            const bench_desc_t d = bench_rx_desc(b, 0);
            assert_int_equal(d.status & (DD | VP), cut ? DD | VP : DD);
            assert_int_equal(d.len, n);
            assert_memory_equal(bench_rx_data(b, 0), want, n);
            assert_int_equal(d.csum, ones(want, n, 0));
            bench_close(b);
        }
    }
}

// ---- loopback ----

// A frame of the device's own whose FCS the host has made: it is believed no more than any other.
static void own_frames_are_checked_too(void **state)
{
    (void)state;
    for (int bad = 0; bad < 2; bad++) {
        bench_t *b = receiver(FPUT(E1000_RCTL_LBM, 3));
        bench_tx(b, 8);
        uint8_t *f = bench_at(b, BENCH_TX_BUF);
        bench_make(f, bench_mac, 64, 1);
        f[63] ^= (uint8_t)bad;
        bench_tx_legacy(b, BENCH_TX_BUF, 64, 0x9); // EOP, RS, no IFCS
        bench_tx_go(b);
        bench_run(b, 2000);
        assert_int_equal(bench_rx_desc(b, 0).status & DD, !bad);
        assert_int_equal(stat(b, E1000_CRCERRS), bad);
        assert_int_equal(stat(b, E1000_GPRC), !bad);
        bench_close(b);
    }
}

// ---- checksums, as far as the descriptor goes ----

static void checksum_results_reach_the_descriptor(void **state)
{
    (void)state;
    for (int bad = 0; bad < 4; bad++) { // bit 0: IP, bit 1: TCP
        bench_t *b = receiver(0);
        bench_wr(b, E1000_RXCSUM, 0x300 | 20);
        uint8_t f[128];
        bench_make(f, bench_mac, 128, 5);
        f[12] = 8, f[13] = 0;
        uint8_t *ip = f + 14, *tcp = f + 34;
        const uint32_t tot = 110, l4 = 90;
        ip[0] = 0x45, ip[2] = 0, ip[3] = (uint8_t)tot, ip[6] = ip[7] = 0, ip[9] = 6,
        ip[10] = ip[11] = 0;
        tcp[12] = 0x50, tcp[16] = tcp[17] = 0;
        const uint32_t h = ~ones(ip, 20, 0) & 0xFFFF,
                       c = ~ones(tcp, l4, ones(ip + 12, 8, 6 + l4)) & 0xFFFF;
        ip[10] = (uint8_t)(h >> 8), ip[11] = (uint8_t)(h ^ (bad & 1));
        tcp[16] = (uint8_t)(c >> 8), tcp[17] = (uint8_t)(c ^ (bad & 2));
        bench_fcs(f, 128);
        send(b, f, 128, true, false);
        const bench_desc_t d = bench_rx_desc(b, 0);
        assert_int_equal(d.status, DD | EOP | IPCS | TCPCS);
        assert_int_equal(d.errors, (bad & 1 ? IPE : 0) | (bad & 2 ? TCPE : 0));
        assert_int_equal(d.csum, ones(f + 20, 108, 0));
        bench_close(b);
    }
}

// ---- the packet buffer ----

// 8 KiB of packet buffer, no descriptors.
static bench_t *small_buffer(uint32_t rctl)
{
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_PBA, 8);
    bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_RST));
    bench_run(b, 200);
    bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_SLU));
    bench_run(b, 10);
    assert_true(nic_link_up(b->nic));
    bench_wr(b, E1000_RCTL, RCTL(EN) | RCTL(BAM) | rctl);
    bench_rd(b, E1000_ICR);
    bench_forget(b);
    return b;
}

enum { CAP = 8192 / G };

static uint32_t granules(uint32_t len)
{
    return 1 + (len + G - 1) / G;
}

static void overrun_comes_at_the_exact_granule(void **state)
{
    (void)state;
    static const struct {
        uint32_t last;
        bool fits;
    } t[] = {{96, true}, {97, false}, {80, true}, {112, false}, {1500, false}};
    for (size_t k = 0; k < 5; k++) {
        bench_t *b = small_buffer(0);
        uint8_t f[1518];
        uint32_t used = 0, n = 0;
        for (; used + granules(64) + granules(96) <= CAP; used += granules(64), n++) {
            bench_make(f, bench_mac, 64, n);
            bench_send(b, f, 64);
        }
        assert_int_equal(CAP - used, granules(96)); // 101 * 5 + 7 = 512: 96 bytes fit exactly
        bench_run(b, 101 * 84 + 100);
        bench_make(f, bench_mac, t[k].last, 999);
        send(b, f, t[k].last, true, false);
        assert_int_equal(nic_peek(b->nic, E1000_MPC), !t[k].fits);
        assert_int_equal(nic_peek(b->nic, E1000_ICR) & FMASK(E1000_ICR_RXO),
                         t[k].fits ? 0 : FMASK(E1000_ICR_RXO));
        assert_int_equal(nic_peek(b->nic, E1000_GPRC), n + t[k].fits);
        assert_int_equal(nic_peek(b->nic, E1000_TPR),
                         n + 1); // a missed frame is still one that came
        assert_int_equal(nic_peek(b->nic, E1000_RNBC), 1);
        assert_int_equal(bench_probe_count(b, NIC_PROBE_RX_FATE, NIC_FATE_NO_DESC), !t[k].fits);
        if (!t[k].fits) { // later frames are not affected: a shorter one still fits
            bench_make(f, bench_mac, 64, 1000);
            send(b, f, 64, true, false);
            assert_int_equal(nic_peek(b->nic, E1000_GPRC), n + 1);
        }
        // All of it comes out when there are descriptors.
        bench_rx(b, 256, 0);
        bench_run(b, 10000);
        assert_int_equal(nic_peek(b->nic, E1000_RDH), n + 1);
        for (uint32_t i = 0; i < n; i++) {
            bench_make(f, bench_mac, 64, i);
            assert_memory_equal(bench_rx_data(b, i), f, 64);
        }
        bench_close(b);
    }
}

// Any lengths: admitted exactly when the frame as it is on the wire fits behind what is stored.
static void overrun_by_arithmetic(void **state)
{
    (void)state;
    uint64_t s = 77;
    for (uint32_t round = 0; round < 40; round++) {
        const bool strip = round & 1;
        bench_t *b = small_buffer(strip ? RCTL(SECRC) : 0);
        uint32_t used = 0, kept = 0, missed = 0;
        for (uint32_t i = 0; i < 160; i++) {
            uint8_t f[800];
            const uint32_t len = 64 + rnd(&s, rnd(&s, 4) ? 60 : 700);
            bench_make(f, bench_mac, len, i);
            send(b, f, len, true, false);
            if (used + granules(len) <= CAP) used += granules(strip ? len - 4 : len), kept++;
            else missed++;
            if (nic_peek(b->nic, E1000_GPRC) != kept || nic_peek(b->nic, E1000_MPC) != missed)
                fail_msg("round %u frame %u of %u bytes, %u granules used", round, i, len, used);
        }
        assert_true(missed > 10);
        bench_close(b);
    }
}

// A descriptor frees space in the cycle P, before the allocation of that cycle.
static void space_is_free_from_the_cycle_of_p_on(void **state)
{
    (void)state;
    uint64_t p = 0;
    for (int k = 0; k < 14; k++) { // with and without somebody who watches the level
        const int off = k % 7 - 3;
        bench_t *b = small_buffer(0);
        uint8_t f[128];
        if (k >= 7) bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_SLU) | FMASK(E1000_CTRL_TFCE));
        // 510 of 512 granules
        for (uint32_t i = 0; i < 102; i++) bench_make(f, bench_mac, 64, i), bench_send(b, f, 64);
        bench_run(b, 102 * 84 + 100);
        for (uint32_t i = 0; i < 8; i++)
            bench_le_put(b, BENCH_RX_RING + 16 * i, BENCH_RX_BUF + 2048 * i, 8);
        bench_wr(b, E1000_RDBAL, BENCH_RX_RING);
        bench_wr(b, E1000_RDLEN, 128);
        const uint64_t go = bench_now(b) + 300;
        bench_wr_at(b, go, E1000_RDT, 1);
        // The frame needs a third granule with its 17th byte: in tick first + 8 + 16 + 1.
        if (off > -3) {
            bench_make(f, bench_mac, 64, 7);
            bench_send_at(b, go + p + (uint64_t)off - 25, f, 64, true, false);
        }
        bench_run(b, 2000);
        for (uint32_t i = 0; i < b->probes && !p; i++)
            if (b->probe[i].what == NIC_PROBE_RX_HOST) p = b->probe[i].cyc - go;
        if (!p) fail_msg("P did not come");
        if (off > -3) {
            if ((nic_peek(b->nic, E1000_MPC) == 1) != (off < 0))
                fail_msg("third granule %+d cycles from P: MPC %u", off,
                         nic_peek(b->nic, E1000_MPC));
        }
        bench_close(b);
    }
}

static void full_buffer_with_descriptors_is_a_loss_of_the_device(void **state)
{
    (void)state;
    bench_t *b = small_buffer(0);
    b->stall = 5000; // the host takes a TLP in 40 us
    bench_rx(b, 128, 0);
    uint8_t f[1500];
    for (uint32_t i = 0; i < 12; i++) bench_make(f, bench_mac, 1500, i), bench_send(b, f, 1500);
    bench_run(b, 12 * 1520 + 100);
    assert_true(nic_peek(b->nic, E1000_MPC) > 0);
    uint32_t fifo = 0;
    for (uint32_t i = 0; i < b->probes; i++)
        fifo += b->probe[i].what == NIC_PROBE_RX_FATE && b->probe[i].a == NIC_FATE_FIFO;
    assert_int_equal(fifo, nic_peek(b->nic, E1000_MPC));
    assert_int_equal(nic_peek(b->nic, E1000_RNBC), 0);
    bench_close(b);
}

static void buffer_allocation_of_all_sizes(void **state)
{
    (void)state;
    for (uint32_t kib = 0; kib <= 0x78; kib += 8) { // the register stores more than there is
        bench_t *b = bench_open();
        bench_up(b, 2);
        bench_wr(b, E1000_PBA, kib);
        bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_RST));
        bench_run(b, 200);
        bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_SLU));
        bench_run(b, 10);
        bench_wr(b, E1000_RCTL, RCTL(EN));
        uint8_t f[1500];
        for (uint32_t i = 0; i < 60; i++) bench_make(f, bench_mac, 1500, i), bench_send(b, f, 1500);
        bench_run(b, 60 * 1520 + 100);
        const uint32_t real = kib < 64 ? kib : 64, fit = real * 1024 / G / granules(1500);
        assert_int_equal(nic_peek(b->nic, E1000_GPRC), fit < 60 ? fit : 60);
        bench_tx(b, 64); // and the other side
        for (uint32_t i = 0; i < 4; i++) bench_tx_legacy(b, BENCH_TX_BUF, 1400, 0x0B);
        bench_tx_go(b);
        bench_run(b, 10000);
        assert_int_equal(b->frames, real < 64 ? 4 : 0);
        for (uint32_t i = 0; i < 4; i++)
            assert_int_equal(bench_tx_sta(b, i) & 1, 1); // it is not stuck
        bench_close(b);
    }
}

// ---- enabling ----

static void receiver_off_or_link_down_hears_nothing(void **state)
{
    (void)state;
    for (int k = 0; k < 3; k++) {
        bench_t *b = receiver(0);
        if (k == 0) bench_wr(b, E1000_RCTL, 0x8000);
        if (k == 1) bench_wr(b, E1000_CTRL, 0); // SLU
        if (k == 2) nic_partner(b->nic, bench_now(b), false, 2, true);
        bench_run(b, 10);
        uint8_t f[64];
        bench_make(f, bench_mac, 64, 1);
        send(b, f, 64, true, false);
        send(b, f, 64, false, false);
        assert_int_equal(bench_rx_desc(b, 0).status, 0);
        assert_true(all_zero(b, E1000_CRCERRS, E1000_TSCTFC));
        bench_close(b);
    }
}

// The frame in progress is still taken; it waits in the buffer until the receiver is on again.
static void switching_off_finishes_the_frame_in_progress(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 88; at += at < 80 ? 4 : 1) {
        bench_t *b = receiver(0);
        uint8_t f[64];
        bench_make(f, bench_mac, 64, 1);
        const uint64_t first = bench_send(b, f, 64);
        bench_wr_at(b, first + at, E1000_RCTL, 0x8000);
        send(b, f, 64, true,
             false); // the second one is ignored when the receiver is off in its first cycle
        bench_run(b, 500);
        assert_int_equal(nic_peek(b->nic, E1000_GPRC), at + 1 > 84 ? 2 : 1);
        bench_wr(b, E1000_RCTL, 0x8002);
        bench_run(b, 500);
        assert_int_equal(bench_rx_desc(b, 0).status & DD, DD);
        assert_int_equal(bench_rx_desc(b, 1).status & DD, at + 1 > 84);
        assert_memory_equal(bench_rx_data(b, 0), f, 64);
        bench_close(b);
    }
    for (uint64_t at = 1; at < 70; at += 4) { // switched on in the middle: not this one
        bench_t *b = receiver(0);
        bench_wr(b, E1000_RCTL, 0x8000);
        uint8_t f[64];
        bench_make(f, bench_mac, 64, 1);
        const uint64_t first = bench_send(b, f, 64);
        bench_wr_at(b, first + at, E1000_RCTL, 0x8002);
        bench_run(b, 500);
        assert_int_equal(nic_peek(b->nic, E1000_TPR), 0);
        bench_one(b, 64, 1);
        assert_int_equal(nic_peek(b->nic, E1000_GPRC), 1);
        bench_close(b);
    }
}

static void no_dma_without_bus_mastering(void **state)
{
    (void)state;
    bench_t *b = receiver(0);
    bench_put(b, NIC_SPACE_CFG, 0xF, 4, 3);
    bench_forget(b);
    bench_one(b, 64, 1);
    assert_int_equal(b->tlps, 0);
    bench_put(b, NIC_SPACE_CFG, 0xF, 4, 7);
    bench_run(b, 500);
    assert_int_equal(bench_rx_desc(b, 0).status & 3, 3);
    bench_close(b);
}

// A slow or hesitant host changes times, never contents.
static void any_host_gets_the_same_frames(void **state)
{
    (void)state;
    uint64_t s = 5;
    for (uint32_t round = 0; round < 20; round++) {
        bench_t *b = bench_open();
        b->latency = rnd(&s, 500), b->stall = rnd(&s, 100), b->early = round & 1;
        bench_up(b, 2);
        bench_rx(b, 128, 0);
        for (uint32_t i = 0; i < 100; i++) {
            uint8_t f[1518];
            const uint32_t len = 64 + rnd(&s, 300);
            bench_make(f, bench_mac, len, i);
            bench_send(b, f, len);
        }
        bench_run(b, 100 * 400 + 200000);
        assert_int_equal(nic_peek(b->nic, E1000_RDH), 100);
        for (uint32_t i = 0; i < 100; i++) {
            uint8_t f[1518];
            bench_make(f, bench_mac, bench_rx_desc(b, i).len, i);
            assert_memory_equal(bench_rx_data(b, i), f, bench_rx_desc(b, i).len);
        }
        assert_int_equal(b->stray, 0);
        bench_close(b);
    }
}

static void packet_buffer_memory_can_be_read(void **state)
{
    (void)state;
    bench_t *b = small_buffer(0);
    uint8_t f[64];
    bench_make(f, bench_mac, 64, 1);
    send(b, f, 64, true, false);
    for (uint32_t i = 0; i < 16; i++) { // behind the status granule
        uint32_t w;
        memcpy(&w, f + 4 * i, 4);
        assert_int_equal(bench_rd(b, E1000_PBM + G + 4 * i), w);
    }
    bench_wr(b, E1000_PBM + G + 8, 0x11223344); // and written
    bench_rx(b, 8, 0);
    bench_run(b, 500);
    assert_int_equal(bench_le(b, BENCH_RX_BUF + 8, 4), 0x11223344);
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_arrive_whole),
        cmocka_unit_test(the_three_speeds),
        cmocka_unit_test(payload_is_cut_at_pages_and_at_the_payload_size),
        cmocka_unit_test(long_packets),
        cmocka_unit_test(bad_frames),
        cmocka_unit_test(the_phy_counts_receive_errors),
        cmocka_unit_test(filters_and_their_statistics),
        cmocka_unit_test(vlan_filter_and_strip),
        cmocka_unit_test(a_frame_keeps_the_shape_it_began_with),
        cmocka_unit_test(short_frames_lose_their_tag_and_then_their_fcs),
        cmocka_unit_test(own_frames_are_checked_too),
        cmocka_unit_test(checksum_results_reach_the_descriptor),
        cmocka_unit_test(overrun_comes_at_the_exact_granule),
        cmocka_unit_test(overrun_by_arithmetic),
        cmocka_unit_test(space_is_free_from_the_cycle_of_p_on),
        cmocka_unit_test(full_buffer_with_descriptors_is_a_loss_of_the_device),
        cmocka_unit_test(buffer_allocation_of_all_sizes),
        cmocka_unit_test(receiver_off_or_link_down_hears_nothing),
        cmocka_unit_test(switching_off_finishes_the_frame_in_progress),
        cmocka_unit_test(no_dma_without_bus_mastering),
        cmocka_unit_test(any_host_gets_the_same_frames),
        cmocka_unit_test(packet_buffer_memory_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
