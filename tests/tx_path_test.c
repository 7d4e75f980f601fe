// SPDX-License-Identifier: Apache-2.0
// The transmit path of the whole device: what descriptors say is what goes over the wire (device specification §7), the
// driver's loopback test included.
#include "tests/dev_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { EOP = 1, IFCS = 2, IC = 4, TSE = 4, RS = 8, DEXT = 0x20, VLE = 0x40, IDE = 0x80 };
enum { IXSM = 1, TXSM = 2, CTX_TCP = 1, CTX_IP = 2 };
enum { SLU = FMASK(E1000_CTRL_SLU), VME = FMASK(E1000_CTRL_VME) };

static uint32_t rnd(uint64_t *s, uint32_t n)
{
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return (uint32_t)(*s >> 20) % n;
}

static bench_t *transmitter(uint32_t n)
{
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_TXDCTL, 0x01010000);
    bench_wr(b, E1000_VET, 0x8100);
    bench_tx(b, n);
    bench_run(b, 100);
    bench_forget(b);
    return b;
}

static void fill(bench_t *b, uint64_t at, uint32_t len, uint32_t seed)
{
    uint8_t f[17000];
    bench_make(f, bench_bcast, len + 4, seed);
    memcpy(bench_at(b, at), f, len);
}

static void data_desc(bench_t *b, uint64_t at, uint32_t len, uint32_t cmd, uint32_t popts,
                      uint32_t special)
{
    bench_tx_put(b, at,
                 (uint64_t)len | 1ull << 20 | (uint64_t)(cmd | DEXT) << 24 | (uint64_t)popts << 40 |
                     (uint64_t)special << 48);
}

typedef struct ctx {
    uint32_t ipcss, ipcso, ipcse, tucss, tucso, tucse, paylen, hdrlen, mss, cmd;
} ctx_t;

static void context(bench_t *b, const ctx_t *c)
{
    bench_tx_put(b,
                 (uint64_t)c->ipcss | (uint64_t)c->ipcso << 8 | (uint64_t)c->ipcse << 16 |
                     (uint64_t)c->tucss << 32 | (uint64_t)c->tucso << 40 | (uint64_t)c->tucse << 48,
                 (uint64_t)c->paylen | (uint64_t)(c->cmd | DEXT) << 24 | (uint64_t)c->hdrlen << 40 |
                     (uint64_t)c->mss << 48);
}

static void go(bench_t *b, uint64_t cycles)
{
    bench_tx_go(b);
    bench_run(b, cycles);
}

// Frame k is `len` bytes at `data`, padded to `min`, with its FCS.
static void frame_is(bench_t *b, uint32_t k, const uint8_t *data, uint32_t len, uint32_t min)
{
    uint8_t want[17000] = {0};
    memcpy(want, data, len);
    const uint32_t total = (len < min ? min : len) + 4;
    bench_fcs(want, total);
    assert_true(b->frames > k);
    assert_int_equal(b->frame[k].len, total);
    assert_memory_equal(b->frame[k].bytes, want, total);
}

// ---- plain frames ----

static void frames_leave_as_they_are(void **state)
{
    (void)state;
    bench_t *b = transmitter(256);
    uint32_t k = 0;
    for (uint32_t len = 14; len <= 1518; len += len < 80 ? 1 : 97, k++) {
        fill(b, BENCH_TX_BUF + (k & 3), len, k);
        bench_tx_legacy(b, BENCH_TX_BUF + (k & 3), len, EOP | IFCS | RS);
        go(b, len + 600);
        frame_is(b, k, bench_at(b, BENCH_TX_BUF + (k & 3)), len, 60); // PSP pads
    }
    bench_wr(b, E1000_TCTL, 2); // PSP off
    for (uint32_t len = 14; len < 60; len += 15, k++) {
        bench_tx_legacy(b, BENCH_TX_BUF, len, EOP | IFCS | RS);
        go(b, 700);
        frame_is(b, k, bench_at(b, BENCH_TX_BUF), len, 0);
    }
    assert_int_equal(b->frames, k);
    assert_int_equal(b->stray, 0);
    bench_close(b);
}

static void without_ifcs_the_host_brings_its_own(void **state)
{
    (void)state;
    bench_t *b = transmitter(64);
    fill(b, BENCH_TX_BUF, 100, 1);
    bench_tx_legacy(b, BENCH_TX_BUF, 100, EOP | RS);
    go(b, 700);
    assert_int_equal(b->frame[0].len, 100);
    assert_memory_equal(b->frame[0].bytes, bench_at(b, BENCH_TX_BUF), 100);
    bench_close(b);
}

static void a_frame_from_many_places(void **state)
{
    (void)state;
    uint64_t s = 31337;
    bench_t *b = transmitter(256);
    for (uint32_t k = 0; k < 60; k++) {
        uint8_t want[4096];
        uint32_t len = 0;
        const uint32_t parts = 1 + rnd(&s, 7);
        for (uint32_t p = 0; p < parts; p++) {
            uint32_t n = rnd(&s, 4) ? 1 + rnd(&s, 300) : 0; // empty descriptors too
            if (p + 1 == parts && len + n < 14) n = 60;
            const uint64_t at =
                BENCH_TX_BUF + p * 0x2000 + 0xF00 + rnd(&s, 0x120); // over a page now and then
            fill(b, at, n < 20 ? 20 : n, k * 10 + p);
            memcpy(want + len, bench_at(b, at), n);
            len += n;
            const bool last = p + 1 == parts;
            if (k & 1) bench_tx_legacy(b, at, n, (last ? EOP | RS : 0) | IFCS);
            else data_desc(b, at, n, (last ? EOP | RS : 0) | IFCS, 0, 0);
        }
        go(b, 6000);
        frame_is(b, k, want, len, 60);
        assert_int_equal(nic_peek(b->nic, E1000_TDH), b->tdt);
    }
    assert_int_equal(b->stray, 0);
    bench_close(b);
}

static void reads_are_cut_at_pages_and_at_the_request_size(void **state)
{
    (void)state;
    bench_t *b = transmitter(64);
    const uint64_t at = BENCH_TX_BUF + 4096 - 700;
    fill(b, at, 1514, 1);
    bench_tx_legacy(b, at, 1514, EOP | IFCS | RS);
    go(b, 4000);
    static const uint32_t want[] = {512, 188, 512, 302}; // 700 up to the page, 814 behind it
    uint32_t k = 0;
    uint64_t a = at;
    for (uint32_t i = 0; i < b->tlps; i++) {
        if (b->tlp[i].tag != RQ_TX_DATA) continue;
        assert_int_equal(b->tlp[i].addr, a);
        assert_int_equal(b->tlp[i].len, want[k]);
        assert_int_equal(b->tlp[i].beats, 2);
        a += want[k++];
    }
    assert_int_equal(k, 4);
    bench_close(b);
}

static void long_and_impossible_frames(void **state)
{
    (void)state;
    bench_t *b = transmitter(64);
    fill(b, BENCH_TX_BUF, 16000, 1);
    bench_tx_legacy(b, BENCH_TX_BUF, 9014, EOP | IFCS | RS);
    bench_tx_legacy(b, BENCH_TX_BUF, 16000, EOP | IFCS | RS);
    for (int i = 0; i < 2; i++)
        data_desc(b, BENCH_TX_BUF, 9000, (i ? EOP : 0) | IFCS | RS, 0, 0); // 18000: more than fits
    bench_tx_legacy(b, BENCH_TX_BUF, 100, EOP | IFCS | RS);
    go(b, 60000);
    assert_int_equal(b->frames, 3); // the impossible one is left out, its descriptors are done
    frame_is(b, 0, bench_at(b, BENCH_TX_BUF), 9014, 0);
    frame_is(b, 1, bench_at(b, BENCH_TX_BUF), 16000, 0);
    frame_is(b, 2, bench_at(b, BENCH_TX_BUF), 100, 0);
    for (uint32_t i = 0; i < 5; i++) assert_int_equal(bench_tx_sta(b, i) & 1, 1);
    bench_close(b);
}

// With a bigger transmit region it is FrameMax that a frame from the host must not exceed.
static void the_longest_frame(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_PBA, 32);
    bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_RST));
    bench_run(b, 200);
    bench_wr(b, E1000_CTRL, SLU);
    bench_run(b, 10);
    bench_tx(b, 64);
    for (uint32_t i = 0; i < 2; i++) fill(b, BENCH_TX_BUF + 8192 * i, 8192, i);
    for (uint32_t more = 0; more < 2; more++) {
        data_desc(b, BENCH_TX_BUF, 16000, IFCS | RS, 0, 0);
        data_desc(b, BENCH_TX_BUF + 16000, 384 + more, EOP | IFCS | RS, 0, 0);
    }
    bench_tx_legacy(b, BENCH_TX_BUF, 100, EOP | IFCS | RS);
    go(b, 60000);
    assert_int_equal(b->frames, 2);
    assert_int_equal(b->frame[0].len, NIC_FrameMax + 4);
    assert_memory_equal(b->frame[0].bytes, bench_at(b, BENCH_TX_BUF), NIC_FrameMax);
    frame_is(b, 1, bench_at(b, BENCH_TX_BUF), 100, 60);
    bench_close(b);
}

static void statistics(void **state)
{
    (void)state;
    static const uint32_t lens[] = {60,  61,  123,  124,  251, 252,
                                    507, 508, 1019, 1020, 1514}; // without FCS
    static const uint32_t bins[] = {E1000_PTC64,  E1000_PTC127,  E1000_PTC255,
                                    E1000_PTC511, E1000_PTC1023, E1000_PTC1522};
    static const uint32_t in_bin[] = {1, 2, 2, 2, 2, 2};
    bench_t *b = transmitter(64);
    uint32_t octets = 0;
    for (int i = 0; i < 11; i++) {
        fill(b, BENCH_TX_BUF + 2048 * i, lens[i], (uint32_t)i);
        uint8_t *f = bench_at(b, BENCH_TX_BUF + 2048 * i);
        if (i >= 4) f[0] = i >= 8 ? 2 : 1, f[1] = 0; // 4 broadcasts, 4 multicasts
        bench_tx_legacy(b, BENCH_TX_BUF + 2048 * i, lens[i], EOP | IFCS);
        octets += lens[i] + 4;
    }
    go(b, 20000);
    assert_int_equal(bench_rd(b, E1000_GPTC), 11);
    assert_int_equal(bench_rd(b, E1000_TPT), 11);
    assert_int_equal(bench_rd(b, E1000_BPTC), 4);
    assert_int_equal(bench_rd(b, E1000_MPTC), 4);
    assert_int_equal(bench_rd(b, E1000_GOTCL), octets);
    assert_int_equal(bench_rd(b, E1000_TOTL), octets);
    for (int i = 0; i < 6; i++) assert_int_equal(bench_rd(b, bins[i]), in_bin[i]);
    bench_close(b);
}

// ---- VLAN ----

static void vlan_insertion(void **state)
{
    (void)state;
    for (int vme = 0; vme < 2; vme++) {
        for (int vle = 0; vle < 2; vle++) {
            for (int ifcs = 0; ifcs < 2; ifcs++) {
                bench_t *b = transmitter(64);
                bench_wr(b, E1000_CTRL, SLU | (vme ? VME : 0));
                fill(b, BENCH_TX_BUF, 50, 1);
                uint8_t want[64];
                const uint8_t *f = bench_at(b, BENCH_TX_BUF);
                const bool tag = vme && vle;
                memcpy(want, f, 12);
                memcpy(want + 12, "\x81\x00\xA1\x23", 4);
                memcpy(want + (tag ? 16 : 12), f + 12, 38);
                const uint32_t cmd = RS | (vle ? VLE : 0) | (ifcs ? IFCS : 0);
                data_desc(b, BENCH_TX_BUF, 20, cmd & ~(uint32_t)RS, 0,
                          0xBEEF); // the last descriptor counts
                data_desc(b, BENCH_TX_BUF + 20, 30, cmd | EOP, 0, 0xA123);
                go(b, 900);
                if (tag || ifcs) {
                    frame_is(b, 0, want, tag ? 54 : 50, 60); // with a tag the FCS is always ours
                } else {
                    assert_int_equal(b->frame[0].len, 60);
                    assert_memory_equal(b->frame[0].bytes, f, 50);
                }
                bench_close(b);
            }
        }
    }
}

// ---- checksums ----

static uint32_t ones(const uint8_t *p, uint32_t n, uint32_t sum)
{
    for (uint32_t i = 0; i < n; i++) sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum;
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v;
}

// IPv4 and TCP headers of 54 bytes in front of a payload; checksums as the stack leaves them.
static void headers(uint8_t *f, uint32_t payload, uint32_t pseudo_len)
{
    f[12] = 8, f[13] = 0;
    uint8_t *ip = f + 14, *tcp = f + 34;
    ip[0] = 0x45, put16(ip + 2, 40 + payload), put16(ip + 4, 0xFFFE), put16(ip + 6, 0), ip[8] = 64,
    ip[9] = 6;
    put16(ip + 10, 0);
    memcpy(tcp + 4, "\xFF\xFF\xFF\x00", 4); // sequence number, about to wrap
    tcp[12] = 0x50, tcp[13] = 0x19;         // FIN PSH ACK
    put16(tcp + 16, ones(ip + 12, 8, 6 + pseudo_len));
}

static void checksum_insertion(void **state)
{
    (void)state;
    const ctx_t c = {14, 24, 33, 34, 50, 0, 0, 0, 0, CTX_TCP | CTX_IP};
    for (uint32_t popts = 0; popts < 4; popts++) {
        for (uint32_t pay = 0; pay < 64; pay += 21) {
            bench_t *b = transmitter(64);
            const uint32_t len = 54 + 33 + pay;
            fill(b, BENCH_TX_BUF, len, 1);
            uint8_t *f = bench_at(b, BENCH_TX_BUF), want[200];
            headers(f, len - 54, len - 34);
            context(b, &c);
            data_desc(b, BENCH_TX_BUF, 40, IFCS, popts, 0); // options count in the first descriptor
            data_desc(b, BENCH_TX_BUF + 40, len - 40, IFCS | EOP | RS, 3 & ~popts, 0);
            data_desc(b, BENCH_TX_BUF, len, IFCS | EOP | RS, popts, 0); // the context stays
            go(b, 3000);
            memcpy(want, f, len);
            if (popts & IXSM) put16(want + 24, ~ones(f + 14, 20, 0) & 0xFFFF);
            if (popts & TXSM) put16(want + 50, ~ones(f + 34, len - 34, 0) & 0xFFFF);
            frame_is(b, 0, want, len, 60);
            frame_is(b, 1, want, len, 60);
            if (popts == 3) { // and a receiver finds both right
                assert_int_equal(ones(b->frame[0].bytes + 14, 20, 0), 0xFFFF);
                assert_int_equal(
                    ones(b->frame[0].bytes + 34, len - 34, ones(want + 26, 8, 6 + len - 34)),
                    0xFFFF);
            }
            bench_close(b);
        }
    }
}

static void legacy_checksum(void **state)
{
    (void)state;
    bench_t *b = transmitter(64);
    fill(b, BENCH_TX_BUF, 101, 1);
    uint8_t *f = bench_at(b, BENCH_TX_BUF), want[101];
    bench_tx_put(b, BENCH_TX_BUF,
                 101 | 50ull << 16 | (uint64_t)(EOP | IFCS | RS | IC) << 24 | 34ull << 40);
    go(b, 800);
    memcpy(want, f, 101);
    put16(want + 50, ~ones(f + 34, 67, 0) & 0xFFFF);
    frame_is(b, 0, want, 101, 60);
    bench_close(b);
}

// CSS and CSO count in the first descriptor, IC in the last.
static void legacy_checksum_of_two_descriptors(void **state)
{
    (void)state;
    bench_t *b = transmitter(64);
    fill(b, BENCH_TX_BUF, 101, 1);
    uint8_t *f = bench_at(b, BENCH_TX_BUF), want[101];
    for (uint64_t k = 0; k < 4; k++) {
        const bool first = k & 1, last = k & 2;
        bench_tx_put(b, BENCH_TX_BUF,
                     40 | 50ull << 16 | (uint64_t)(IFCS | (first ? IC : 0)) << 24 | 34ull << 40);
        bench_tx_put(b, BENCH_TX_BUF + 40,
                     61 | 20ull << 16 | (uint64_t)(EOP | IFCS | RS | (last ? IC : 0)) << 24 |
                         10ull << 40);
        go(b, 800);
        memcpy(want, f, 101);
        if (last) put16(want + 50, ~ones(f + 34, 67, 0) & 0xFFFF);
        frame_is(b, (uint32_t)k, want, 101, 60);
    }
    bench_close(b);
}

// ---- segmentation ----

static void segment(uint8_t *want, const uint8_t *hdr, const uint8_t *payload, uint32_t k,
                    uint32_t mss, uint32_t total)
{
    const uint32_t at = k * mss, n = total - at < mss ? total - at : mss;
    const bool last = at + n == total;
    memcpy(want, hdr, 54);
    memcpy(want + 54, payload + at, n);
    put16(want + 16, 40 + n);
    put16(want + 18, 0xFFFE + k);
    put16(want + 24, 0);
    put16(want + 24, ~ones(want + 14, 20, 0) & 0xFFFF);
    const uint32_t seq = 0xFFFFFF00u + at;
    put16(want + 38, seq >> 16), put16(want + 40, seq & 0xFFFF);
    if (!last) want[47] &= (uint8_t)~0x09;
    put16(want + 50, 0);
    const uint32_t c = ~ones(want + 34, 20 + n, ones(want + 26, 8, 6 + 20 + n)) & 0xFFFF;
    put16(want + 50, c ? c : 0xFFFF);
}

static void segmentation_recombines(void **state)
{
    (void)state;
    uint64_t s = 271828;
    for (uint32_t round = 0; round < 40; round++) {
        bench_t *b = transmitter(256);
        b->latency = rnd(&s, 200);
        const uint32_t mss = 100 + rnd(&s, 1361), total = 1 + rnd(&s, 15000),
                       count = (total + mss - 1) / mss;
        const bool tag = rnd(&s, 2);
        if (tag) bench_wr(b, E1000_CTRL, SLU | VME);
        fill(b, BENCH_TX_BUF, 54 + total, round);
        uint8_t *f = bench_at(b, BENCH_TX_BUF);
        headers(f, 0, 0); // without length: the hardware adds it
        const ctx_t c = {14, 24, 33, 34, 50, 0, total, 54, mss, CTX_TCP | CTX_IP | TSE};
        context(b, &c);
        uint32_t at = 0;
        while (at < 54 + total) {
            const uint32_t left = 54 + total - at,
                           n = rnd(&s, 3) == 0 ? left : 1 + rnd(&s, left < 3000 ? left : 3000);
            const bool first = at == 0, last = n == left;
            data_desc(b, BENCH_TX_BUF + at, n, TSE | IFCS | (tag ? VLE : 0) | (last ? EOP | RS : 0),
                      first ? 3 : 0, first ? 0x0155 : 0xBAD);
            at += n;
        }
        const uint32_t descs = b->tdt;
        bench_tx_legacy(b, BENCH_TX_BUF, 100,
                        EOP | IFCS | RS); // the next packet is untouched by all this
        go(b, 40000 + 40ull * total);
        assert_int_equal(b->frames, count + 1);
        for (uint32_t k = 0; k < count; k++) {
            uint8_t want[1600];
            const uint32_t n = total - k * mss < mss ? total - k * mss : mss;
            segment(want, f, f + 54, k, mss, total);
            if (tag) {
                memmove(want + 16, want + 12, 54 + n - 12);
                memcpy(want + 12, "\x81\x00\x01\x55", 4);
            }
            frame_is(b, k, want, 54 + n + (tag ? 4 : 0), 60);
        }
        frame_is(b, count, f, 100, 60);
        assert_int_equal(bench_rd(b, E1000_TSCTC), 1);
        assert_int_equal(bench_rd(b, E1000_TSCTFC), 0);
        assert_int_equal(bench_tx_sta(b, descs - 1) & 1, 1);
        assert_int_equal(b->stray, 0);
        bench_close(b);
    }
}

static void failed_segmentation_does_no_harm(void **state)
{
    (void)state;
    static const struct {
        uint32_t data, paylen, hdrlen, mss;
    } t[] = {
        {500, 1000, 54, 400},  // EOP before PAYLEN
        {1500, 1000, 54, 400}, // more data than PAYLEN
        {1000, 946, 54, 0},    // no MSS
        {1000, 1000, 0, 400},  // no header
        {1000, 745, 255, 400}, // header too long
        {54, 0, 54, 400},      // nothing but a header
        {30, 0, 54, 400},      // not even the header
    };
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        bench_t *b = transmitter(64);
        fill(b, BENCH_TX_BUF, 2000, 1);
        const ctx_t c = {14, 24,          33,          34,       50,
                         0,  t[k].paylen, t[k].hdrlen, t[k].mss, CTX_TCP | CTX_IP | TSE};
        context(b, &c);
        data_desc(b, BENCH_TX_BUF, t[k].data, TSE | IFCS | EOP | RS, 3, 0);
        bench_tx_legacy(b, BENCH_TX_BUF, 100, EOP | IFCS | RS);
        go(b, 20000);
        if (bench_rd(b, E1000_TSCTFC) != 1) fail_msg("case %zu is not counted as a failure", k);
        assert_int_equal(bench_rd(b, E1000_TSCTC), 0);
        frame_is(b, b->frames - 1, bench_at(b, BENCH_TX_BUF), 100, 60);
        assert_int_equal(nic_peek(b->nic, E1000_TDH), 3);
        const ctx_t good = {14, 24, 33, 34, 50, 0, 800, 54, 400, CTX_TCP | CTX_IP | TSE};
        const uint32_t before = b->frames;
        context(b, &good);
        data_desc(b, BENCH_TX_BUF, 854, TSE | IFCS | EOP | RS, 3, 0);
        go(b, 5000);
        assert_int_equal(b->frames, before + 2);
        assert_int_equal(bench_rd(b, E1000_TSCTC), 1);
        bench_close(b);
    }
}

// Granules of a frame that does not come to its end, because EOP comes first, are those of the next frame.
static void failed_segmentation_leaks_nothing(void **state)
{
    (void)state;
    bench_t *b = transmitter(256);
    fill(b, BENCH_TX_BUF, 2000, 1);
    const ctx_t c = {14, 24, 33, 34, 50, 0, 1000, 54, 400, CTX_TCP | CTX_IP | TSE};
    context(b, &c);
    for (uint32_t i = 0; i < 100; i++) // 27 granules each, of 1024
        data_desc(b, BENCH_TX_BUF, 400, TSE | IFCS | EOP | RS, 3, 0);
    go(b, 20000);
    assert_int_equal(bench_rd(b, E1000_TSCTFC), 100);
    for (uint32_t i = 0; i < 40; i++) bench_tx_legacy(b, BENCH_TX_BUF, 1514, EOP | IFCS | RS);
    go(b, 40 * 1600);
    assert_int_equal(b->frames, 40);
    for (uint32_t i = 0; i < 40; i++) frame_is(b, i, bench_at(b, BENCH_TX_BUF), 1514, 60);
    bench_close(b);
}

// Nor is anything lost when the ring starts again in the middle of a packet.
static void a_restart_leaks_nothing(void **state)
{
    (void)state;
    bench_t *b = transmitter(64);
    fill(b, BENCH_TX_BUF, 9000, 1);
    for (uint32_t round = 0; round < 8; round++) {
        bench_tx_legacy(b, BENCH_TX_BUF, 1000, EOP | IFCS | RS);
        bench_tx_legacy(b, BENCH_TX_BUF, 9000, IFCS); // 565 granules of 1024, and no end
        go(b, 200 + 400 * round);                     // under way, or landed
        bench_tx(b, 64);
    }
    bench_run(b, 20000);
    const uint32_t before = b->frames;
    for (uint32_t i = 0; i < 20; i++) bench_tx_legacy(b, BENCH_TX_BUF, 1514, EOP | IFCS | RS);
    go(b, 40000);
    assert_int_equal(b->frames, before + 20);
    for (uint32_t i = 0; i < 20; i++) frame_is(b, before + i, bench_at(b, BENCH_TX_BUF), 1514, 60);
    bench_close(b);
}

// The copies of the header in front of short segments set the pace, whatever the host does.
static void headers_take_their_time(void **state)
{
    (void)state;
    enum { HDR = 240, MSS = 8, SEGMENTS = 20 };
    tx_dma_t *d = calloc(1, sizeof *d);
    packet_buffer_t *pb = calloc(1, sizeof *pb);
    assert_true(d && pb);
    packet_buffer_reset(pb, 32);
    tx_dma_reset(d, 0, 0);
    const uint64_t desc[2][2] = {
        {0, (uint64_t)(SEGMENTS * MSS) | (uint64_t)(TSE | DEXT) << 24 | (uint64_t)HDR << 40 |
                (uint64_t)MSS << 48},
        {0, (uint64_t)(HDR + SEGMENTS * MSS) | 1ull << 20 | (uint64_t)(TSE | EOP | DEXT) << 24}};
    static const uint8_t data[NIC_TxChunk];
    uint64_t at[SEGMENTS + 1] = {0};
    for (uint64_t now = 0; now < 2000 && d->frames_q < SEGMENTS; now++) {
        const tx_dma_in_t in = {.now = now,
                                .en = true,
                                .filled = 2,
                                .desc = desc[d->taken_q & 1],
                                .sent = d->req.valid,
                                .tx_cap = NIC_PbBytes / NIC_GranuleBytes - pb->rx_cap,
                                .rx_bytes = pb->rx_cap * NIC_GranuleBytes};
        tx_dma_tick(d, &in, pb);
        if (d->req.valid) tx_dma_landed(d, now + 4 + (d->req.len + 7) / 8, data, d->req.len);
        at[d->frames_q] = at[d->frames_q] ? at[d->frames_q] : now;
    }
    assert_int_equal(d->frames_q, SEGMENTS);
    for (uint32_t k = 2; k <= SEGMENTS; k++)
        assert_int_equal(at[k] - at[k - 1], NIC_TxHeaderCyc + HDR / 8 + MSS / 8);
    free(d);
    free(pb);
}

static void contexts_do_not_mix(void **state)
{
    (void)state;
    bench_t *b = transmitter(64);
    fill(b, BENCH_TX_BUF, 600, 1);
    uint8_t *f = bench_at(b, BENCH_TX_BUF), want[700];
    const ctx_t sum = {0, 0, 0, 34, 50, 0, 0, 0, 0, CTX_TCP | CTX_IP};
    const ctx_t tso = {14, 24, 33, 34, 50, 0, 546, 54, 300, CTX_TCP | CTX_IP | TSE};
    headers(f, 546, 0);
    context(b, &tso);
    context(b, &sum);
    data_desc(b, BENCH_TX_BUF, 600, IFCS | EOP | RS, TXSM, 0);    // the first context
    data_desc(b, BENCH_TX_BUF, 600, TSE | IFCS | EOP | RS, 3, 0); // the second
    go(b, 6000);
    memcpy(want, f, 600);
    put16(want + 50, ~ones(f + 34, 566, 0) & 0xFFFF);
    frame_is(b, 0, want, 600, 60);
    segment(want, f, f + 54, 0, 300, 546);
    frame_is(b, 1, want, 354, 60);
    segment(want, f, f + 54, 1, 300, 546);
    frame_is(b, 2, want, 300, 60);
    bench_close(b);
}

// ---- wire ----

static void gaps_between_frames(void **state)
{
    (void)state;
    static const struct {
        uint32_t tipg, ait, gap;
    } t[] = {{8, 0, 12}, {0x602008, 0, 12}, {20, 0, 24}, {8, 100, 112}, {0, 0, 8}, {6, 0, 10}};
    for (size_t k = 0; k < 6; k++) {
        bench_t *b = transmitter(64);
        bench_wr(b, E1000_TIPG, t[k].tipg);
        bench_wr(b, E1000_AIT, t[k].ait);
        for (int i = 0; i < 8; i++) bench_tx_legacy(b, BENCH_TX_BUF, 1000, EOP | IFCS);
        go(b, 12000);
        assert_int_equal(b->frames, 8);
        for (uint32_t i = 1; i < 8; i++)
            assert_int_equal(b->frame[i].cyc - b->frame[i - 1].cyc, 8 + 1004 + t[k].gap);
        bench_close(b);
    }
}

static void slow_links_lose_nothing(void **state)
{
    (void)state;
    for (uint8_t speed = 0; speed < 2; speed++) {
        bench_t *b = bench_open();
        bench_up(b, speed);
        bench_wr(b, E1000_TXDCTL, 0x01010000);
        bench_tx(b, 128);
        // 60 KiB do not fit into the 16 KiB of the transmit buffer.
        for (uint32_t i = 0; i < 40; i++) {
            fill(b, BENCH_TX_BUF + 2048 * i, 1500, i);
            bench_tx_legacy(b, BENCH_TX_BUF + 2048 * i, 1500, EOP | IFCS | RS);
        }
        go(b, 1000);
        assert_true(nic_peek(b->nic, E1000_TDH) < 15); // it waits for room
        bench_run(b, 41ull * 1530 * (speed ? 10 : 100));
        assert_int_equal(b->frames, 40);
        for (uint32_t i = 0; i < 40; i++) {
            frame_is(b, i, bench_at(b, BENCH_TX_BUF + 2048 * i), 1500, 60);
            assert_int_equal(b->frame[i].stride, speed ? 10 : 100);
            if (i)
                assert_int_equal(b->frame[i].cyc - b->frame[i - 1].cyc,
                                 (8 + 1504 + 12) * b->frame[i].stride);
        }
        bench_close(b);
    }
}

// What is reserved for a tag or for padding and not needed comes back, as does all the rest.
static void nothing_leaks_from_the_buffer(void **state)
{
    (void)state;
    bench_t *b = transmitter(128);
    fill(b, BENCH_TX_BUF, 2000, 1);
    uint32_t sent = 0;
    for (uint32_t round = 0; round < 60; round++) {
        for (uint32_t i = 0; i < 100; i++)
            bench_tx_legacy(b, BENCH_TX_BUF, 61 + (round + i) % 16, EOP | IFCS);
        go(b, 100 * 110 + 1000);
        assert_int_equal(b->frames, sent += 100);
    }
    bench_close(b);
}

static void link_down_holds_frames_back(void **state)
{
    (void)state;
    bench_t *b = transmitter(64);
    nic_partner(b->nic, bench_now(b), false, 2, true);
    bench_run(b, 10);
    bench_tx_legacy(b, BENCH_TX_BUF, 100, EOP | IFCS | RS);
    go(b, 5000);
    assert_int_equal(b->frames, 0);
    assert_int_equal(bench_tx_sta(b, 0) & 1,
                     1); // its data are in the buffer: for software it is done
    nic_partner(b->nic, bench_now(b), true, 2, true);
    bench_run(b, NIC_PhyAutonegCyc + 500);
    assert_int_equal(b->frames, 1);
    bench_close(b);
}

static void transmitter_off_takes_no_descriptor(void **state)
{
    (void)state;
    bench_t *b = transmitter(64);
    bench_wr(b, E1000_TCTL, 8);
    bench_tx_legacy(b, BENCH_TX_BUF, 100, EOP | IFCS | RS);
    go(b, 5000);
    assert_int_equal(b->tlps, 0);
    bench_wr(b, E1000_TCTL, 10);
    bench_run(b, 1000);
    assert_int_equal(b->frames, 1);
    bench_close(b);
}

// A lot of anything: frames come out in order and whole, heads reach tails.
static void random_traffic(void **state)
{
    (void)state;
    uint64_t s = 161803;
    for (uint32_t round = 0; round < 25; round++) {
        bench_t *b = bench_open();
        b->latency = rnd(&s, 2) ? rnd(&s, 30) : rnd(&s, 800), b->stall = rnd(&s, 40),
        b->early = rnd(&s, 2);
        bench_up(b, rnd(&s, 4) ? 2 : 1);
        bench_wr(b, E1000_TXDCTL,
                 rnd(&s, 40) | rnd(&s, 20) << 8 | rnd(&s, 6) << 16 | rnd(&s, 2) << 24);
        const uint32_t n = 8 * (2 + rnd(&s, 12));
        bench_tx(b, n);
        bench_wr(b, E1000_TIDV, 5);
        static struct {
            uint32_t at, len, desc;
        } sent[256];
        uint32_t put = 0, done = 0, head = 0, spins = 0;
        for (uint32_t i = 0; i < 0x40000; i += 1024) fill(b, BENCH_TX_BUF + i, 1024, i);
        while (put < 200 || b->frames < put) {
            while (put < 200 && rnd(&s, 3)) {
                const uint32_t parts = 1 + rnd(&s, 3), free_n = (head + n - b->tdt - 1) % n;
                if (free_n < parts) break;
                const uint32_t at = rnd(&s, 0x3F000), len = 60 + rnd(&s, 1440);
                sent[put].at = at, sent[put].len = len;
                uint32_t off = 0;
                for (uint32_t p = 0; p < parts; p++) {
                    const bool last = p + 1 == parts;
                    const uint32_t k = last ? len - off : rnd(&s, len - off);
                    const uint32_t cmd = IFCS | (last ? EOP | RS : 0) | (rnd(&s, 2) ? RS : 0) |
                                         (rnd(&s, 2) ? IDE : 0);
                    if (put & 1) bench_tx_legacy(b, BENCH_TX_BUF + at + off, k, cmd);
                    else data_desc(b, BENCH_TX_BUF + at + off, k, cmd, 0, 0);
                    off += k;
                }
                sent[put++].desc = (b->tdt + n - 1) % n;
            }
            go(b, 1 + rnd(&s, 3000));
            // TDH moves before the write-back: a descriptor is free when DD of its packet is there.
            while (done < put && (bench_tx_sta(b, sent[done].desc) & 1))
                head = (sent[done++].desc + 1) % n;
            if (++spins > 3000) fail_msg("round %u: %u of %u frames", round, b->frames, put);
        }
        for (uint32_t i = 0; i < 200; i++)
            frame_is(b, i, bench_at(b, BENCH_TX_BUF + sent[i].at), sent[i].len, 60);
        bench_run(b, 2000);
        assert_int_equal(nic_peek(b->nic, E1000_TDH), b->tdt);
        assert_int_equal(b->stray, 0);
        bench_close(b);
    }
}

// ---- the loopback part of the driver's self-test ----

static void mdio(bench_t *b, uint32_t reg, uint32_t v)
{
    bench_wr(b, E1000_MDIC, 0x04200000 | reg << 16 | v);
    bench_run(b, NIC_MdicCyc + 10);
    assert_int_equal(bench_rd(b, E1000_MDIC) & FMASK(E1000_MDIC_E), 0);
}

static void phy_loopback_self_test(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) { // PHY loopback; RCTL.LBM
        bench_t *b = bench_open();
        bench_up(b, 2);
        bench_tx(b, 256);
        bench_wr(b, E1000_TCTL, 0x0003F0FA);
        bench_rx(b, 256, 0);
        if (way == 0) {
            mdio(b, 16, 0x0808);
            mdio(b, 0, 0x9140);
            mdio(b, 0, 0x8140);
            mdio(b, 0, 0x4140);
            bench_wr(b, E1000_CTRL, 0x00001A81 | SLU);
            mdio(b, 29, 0x1F), mdio(b, 30, 0x8FFC), mdio(b, 29, 0x1A), mdio(b, 30, 0x8FF0);
        } else {
            bench_wr(b, E1000_RCTL, 0x80C2);
        }
        bench_run(b, 62500);                               // 500 us
        nic_partner(b->nic, bench_now(b), false, 2, true); // the cable does not matter
        bench_run(b, 10);
        const uint32_t outside = b->frames;
        uint8_t wire[64]; // what comes from outside is not heard
        bench_make(wire, bench_bcast, 64, 1);
        bench_send(b, wire, 64);
        bench_run(b, 200);
        uint8_t *f = bench_at(b, BENCH_TX_BUF);
        memset(f, 0xFF, 1024);
        memset(f + 512, 0xAA, 512);
        f[522] = 0xBE, f[524] = 0xAF;
        for (uint32_t round = 0; round < 10; round++) {
            for (int i = 0; i < 64; i++) bench_tx_legacy(b, BENCH_TX_BUF, 1024, EOP | IFCS);
            bench_tx_go(b);
            bench_run(b, 25000000);                                // 200 ms
            assert_int_equal(nic_peek(b->nic, E1000_TDH), b->tdt); // transmission never stalls
        }
        assert_int_equal(b->frames, outside); // nothing on the wire
        for (uint32_t i = 0; i < 255; i++) {
            const uint8_t *g = bench_rx_data(b, i);
            assert_int_equal(bench_rx_desc(b, i).len, 1028);
            assert_int_equal(bench_rx_desc(b, i).status & 3, 3);
            assert_memory_equal(g, f, 1024);
        }
        assert_int_equal(nic_peek(b->nic, E1000_RDH), 255);
        const uint32_t kept = 48 * 1024 / 16 / (1 + (1028 + 15) / 16); // in the buffer
        assert_int_equal(bench_rd(b, E1000_GPRC), 255 + kept);
        assert_int_equal(bench_rd(b, E1000_MPC), 640 - 255 - kept);
        assert_int_equal(bench_rd(b, E1000_TPR), 640);
        assert_int_equal(bench_rd(b, E1000_GPTC), 640);
        assert_int_equal(b->stray, 0);
        bench_close(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_leave_as_they_are),
        cmocka_unit_test(without_ifcs_the_host_brings_its_own),
        cmocka_unit_test(a_frame_from_many_places),
        cmocka_unit_test(reads_are_cut_at_pages_and_at_the_request_size),
        cmocka_unit_test(long_and_impossible_frames),
        cmocka_unit_test(the_longest_frame),
        cmocka_unit_test(statistics),
        cmocka_unit_test(vlan_insertion),
        cmocka_unit_test(checksum_insertion),
        cmocka_unit_test(legacy_checksum),
        cmocka_unit_test(legacy_checksum_of_two_descriptors),
        cmocka_unit_test(segmentation_recombines),
        cmocka_unit_test(failed_segmentation_does_no_harm),
        cmocka_unit_test(failed_segmentation_leaks_nothing),
        cmocka_unit_test(a_restart_leaks_nothing),
        cmocka_unit_test(headers_take_their_time),
        cmocka_unit_test(contexts_do_not_mix),
        cmocka_unit_test(gaps_between_frames),
        cmocka_unit_test(slow_links_lose_nothing),
        cmocka_unit_test(nothing_leaks_from_the_buffer),
        cmocka_unit_test(link_down_holds_frames_back),
        cmocka_unit_test(transmitter_off_takes_no_descriptor),
        cmocka_unit_test(random_traffic),
        cmocka_unit_test(phy_loopback_self_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
