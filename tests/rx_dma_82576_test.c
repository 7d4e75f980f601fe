// SPDX-License-Identifier: Apache-2.0
// Frames to the buffers of their queues, from the contract ("Receive path"): what lies where in host memory, what is written
// back, what is dropped, and in which cycle.
#include "model/rx_dma_82576.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
    ON = FMASK(IGB_RXDCTL_ENABLE),
    DROP_EN = (int)FMASK(IGB_SRRCTL_DROP_EN),
    MEM = 1 << 20,
    FRAMES = 8,
    TLPS = 16,
    LATENCY = 5, // from request to `sent`
    RX_BYTES = 4096,
    TX_BYTES = 2048,
};

typedef struct bench {
    rx_dma_82576_t s;
    rx_dma_82576_in_t in;
    uint32_t reg[IGB_R_COUNT];
    desc_ring_t ring[IGB_Queues];
    uint8_t func[IGB_Queues];
    rx_frame_t frame[FRAMES];
    sw_loop_t loop[FRAMES];
    uint8_t rx[RX_BYTES], tx[TX_BYTES];
    uint8_t mem[MEM];
    uint32_t wait; // cycles that the request has been visible
    bool hold;     // the port does not serve
    struct {
        uint64_t addr;
        uint32_t len;
    } tlp[TLPS]; // the first of the requests
    uint32_t tlps;
    uint32_t drops, offs, rnbcs, ps; // events so far
    uint32_t granules, frees;        // given back
    uint32_t lli;
    uint64_t wb[IGB_Queues][64][2]; // written back
} bench_t;

static uint64_t rng_q = 0x82576;

static uint32_t rnd(uint32_t below)
{
    rng_q ^= rng_q << 13;
    rng_q ^= rng_q >> 7;
    rng_q ^= rng_q << 17;
    return (uint32_t)((rng_q >> 16) % below);
}

static bench_t *fresh(void)
{
    static bench_t b;
    memset(&b, 0, sizeof b);
    rx_dma_82576_reset(&b.s);
    b.reg[IGB_R_RCTL] = FMASK(IGB_RCTL_EN);
    for (uint32_t q = 0; q < IGB_Queues; q++) {
        b.reg[IGB_R_RXDCTL + q] = ON;
        b.reg[IGB_R_SRRCTL + q] = FPUT(IGB_SRRCTL_BSIZEPACKET, 2) | FPUT(IGB_SRRCTL_DESCTYPE, 1);
        b.func[q] = (uint8_t)(1 + q % IGB_Pools);
    }
    for (uint32_t i = 0; i < RX_BYTES; i++) b.rx[i] = (uint8_t)rnd(256);
    for (uint32_t i = 0; i < TX_BYTES; i++) b.tx[i] = (uint8_t)rnd(256);
    b.in = (rx_dma_82576_in_t){
        .reg = b.reg,
        .may = 0xFFFF,
        .func = b.func,
        .ring = b.ring,
        .rx_mem = b.rx,
        .tx_mem = b.tx,
        .rx_bytes = RX_BYTES,
        .tx_bytes = TX_BYTES,
    };
    return &b;
}

// A received frame, and one of the switch, for the queues of a mask.
static rx_frame_t *receive(bench_t *b, uint16_t queues, uint32_t start, uint32_t len)
{
    rx_frame_t *f = &b->frame[b->in.frames++ % FRAMES];
    *f = (rx_frame_t){.queues = queues, .start = start, .len = len};
    f->granules = 1 + (len + NIC_GranuleBytes - 1) / NIC_GranuleBytes;
    return f;
}

static sw_loop_t *looped(bench_t *b, uint16_t queues, uint32_t start, uint32_t len)
{
    sw_loop_t *f = &b->loop[b->in.loops++ % FRAMES];
    *f = (sw_loop_t){.queues = queues, .start = start, .len = len};
    return f;
}

// A descriptor of queue q.
static void give(bench_t *b, uint32_t q, uint64_t packet, uint64_t header)
{
    uint64_t *d = b->ring[q].cache[b->ring[q].filled_q++ % NIC_DescCache];
    d[0] = packet;
    d[1] = header;
}

static void note(bench_t *b)
{
    const rx_dma_82576_t *s = &b->s;
    const uint64_t next = b->in.now + 1;
    if (s->done.cyc == next) {
        const uint32_t q = s->done_queue;
        uint64_t *wb = b->wb[q][(s->taken_q[q] - 1) % 64];
        wb[0] = s->done.wb[0];
        wb[1] = s->done.wb[1];
        b->lli += s->done_lli;
    }
    b->ps += s->p_cyc == next;
    b->rnbcs += s->rnbc_cyc == next;
    if (s->drop_cyc == next) {
        b->offs += s->drop_off;
        b->drops += !s->drop_off;
    }
    for (; b->frees != s->free_count; b->frees++)
        b->granules += s->free_log[b->frees % PB_FREES].granules;
}

static void step(bench_t *b)
{
    b->in.frame = &b->frame[b->s.frames_q % FRAMES];
    b->in.next = &b->frame[(b->s.frames_q + 1) % FRAMES];
    b->in.loop = &b->loop[b->s.loops_q % FRAMES];
    b->in.loop_next = &b->loop[(b->s.loops_q + 1) % FRAMES];
    const port_req_t *r = &b->s.req;
    b->in.sent = r->valid && !b->hold && b->wait >= LATENCY;
    if (r->valid) {
        b->wait++;
        assert_true(r->len > 0);
        assert_true(r->off < r->wrap);
    }
    if (b->in.sent) {
        for (uint32_t i = 0; i < r->len; i++)
            b->mem[(r->addr + i) % MEM] = r->data[(r->off + i) % r->wrap];
        if (b->tlps < TLPS) {
            b->tlp[b->tlps].addr = r->addr;
            b->tlp[b->tlps].len = r->len;
        }
        b->tlps++;
        b->wait = 0;
    }
    // A tick that it does not ask for must change nothing.
    const bool quiet =
        !b->in.sent && !b->in.restart && rx_dma_82576_quiet(&b->s, b->in.frames, b->in.loops);
    static rx_dma_82576_t was;
    if (quiet) was = b->s;
    rx_dma_82576_tick(&b->s, &b->in);
    if (quiet) {
        was.waits = b->s.waits;
        assert_memory_equal(&was, &b->s, sizeof was);
    }
    note(b);
    b->in.restart = 0;
    b->in.now++;
}

// Whoever changes an input wakes it.
static void wake(bench_t *b)
{
    b->s.waits = false;
}

static void run(bench_t *b, uint32_t cycles)
{
    wake(b);
    for (uint32_t i = 0; i < cycles; i++) step(b);
}

// Until a request is visible.
static void to_request(bench_t *b)
{
    wake(b);
    for (uint32_t i = 0; !b->s.req.valid; i++) {
        assert_true(i < 50);
        step(b);
    }
}

// Until the request that is visible has been sent; behind the tick of its `sent`.
static void to_sent(bench_t *b)
{
    to_request(b);
    while (b->wait < LATENCY) step(b);
    step(b);
}

static void same_bytes(const bench_t *b, uint64_t addr, const uint8_t *region, uint32_t wrap,
                       uint32_t at, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        assert_int_equal(b->mem[(addr + i) % MEM], region[(at + i) % wrap]);
}

static void same_tlp(const bench_t *b, uint32_t i, uint64_t addr, uint32_t len)
{
    assert_true(i < b->tlps);
    assert_int_equal(b->tlp[i].addr, addr);
    assert_int_equal(b->tlp[i].len, len);
}

static void legacy(void **state)
{
    (void)state;
    bench_t *b = fresh();
    b->reg[IGB_R_SRRCTL + 3] = 0; // RCTL.BSIZE 0: 2048
    give(b, 3, 0x1000, 0);
    rx_frame_t *f = receive(b, 1 << 3, 256, 100);
    f->csum = 0x1234;
    f->vlan = 0x5678;
    f->status = IGB_ARXD_STAT_VP | IGB_ARXD_STAT_IPCS;
    f->errors = E1000_RXD_ERR_TCPE;
    f->hash = 0xFFFFFFFF;
    f->packet = 0x1FFF;
    f->hdr_len = 54;
    step(b); // frame and descriptor visible in cycle 0
    assert_true(b->s.req.valid);
    assert_int_equal(b->s.req.func, 4);
    assert_int_equal(b->s.req.len, 100);
    assert_int_equal(b->s.p_cyc == b->in.now, 0);
    to_sent(b); // its tick d is over: d+1 is now
    assert_false(b->s.req.valid);
    assert_int_equal(b->s.done.cyc, b->in.now);
    assert_int_equal(b->s.p_cyc, b->in.now);
    assert_int_equal(b->s.free_log[0].cyc, b->in.now);
    assert_int_equal(b->s.free_log[0].granules, 8);
    assert_int_equal(b->s.done_queue, 3);
    assert_int_equal(b->s.frames_q, 1);
    assert_int_equal(b->s.taken_q[3], 1);
    same_bytes(b, 0x1000, b->rx, RX_BYTES, 256, 100);
    assert_int_equal(b->wb[3][0][0], 0x1000);
    assert_int_equal(b->wb[3][0][1],
                     0x5678ull << 48 | 0x20ull << 40 | 0x4Bull << 32 | 0x1234 << 16 | 100);
}

static void legacy_spans(void **state)
{
    (void)state;
    bench_t *b = fresh();
    b->reg[IGB_R_SRRCTL] = 0;
    b->reg[IGB_R_RCTL] |= FPUT(IGB_RCTL_BSIZE, 3); // 256
    for (uint64_t i = 0; i < 3; i++) give(b, 0, 0x1000 + 0x400 * i, 0);
    rx_frame_t *f = receive(b, 1, RX_BYTES - 300, 600);
    f->csum = 0xAAAA;
    f->status = IGB_ARXD_STAT_PIF;
    run(b, 40);
    assert_int_equal(b->tlps, 3);
    for (uint32_t i = 0; i < 3; i++)
        same_bytes(b, 0x1000 + 0x400 * i, b->rx, RX_BYTES, RX_BYTES - 300 + 256 * i,
                   i < 2 ? 256 : 88);
    assert_int_equal(b->wb[0][0][1], 1ull << 32 | 0xAAAAull << 16 | 256);
    assert_int_equal(b->wb[0][1][1], 1ull << 32 | 256);
    assert_int_equal(b->wb[0][2][1], 0x83ull << 32 | 88);
    assert_int_equal(b->ps, 1);
}

static void advanced(void **state)
{
    (void)state;
    bench_t *b = fresh();
    b->reg[IGB_R_SRRCTL] = FPUT(IGB_SRRCTL_BSIZEPACKET, 1) | FPUT(IGB_SRRCTL_DESCTYPE, 1);
    for (uint64_t i = 0; i < 4; i++)
        give(b, 0, 0x1000 * i, 0x8001); // address 0 is one like any other
    for (uint32_t i = 0; i < 2; i++) {
        rx_frame_t *f = receive(b, 1, 128, 1500);
        f->csum = 0xBEEF;
        f->hash = 0x12345678;
        f->rss_type = 7;
        f->packet = 0x1021;
        f->vlan = 0x0123;
        f->status = IGB_ARXD_STAT_L4CS | IGB_ARXD_STAT_UDPCS;
        f->errors = 0xE1;
        f->hdr_len = 42;
        f->lli = i;
    }
    b->reg[IGB_R_RXCSUM] = FMASK(IGB_RXCSUM_PCSD);
    while (b->ps < 1) step(b);
    b->reg[IGB_R_RXCSUM] = 0;
    run(b, 30);
    assert_int_equal(b->wb[0][0][0], 0);
    assert_int_equal(b->wb[0][0][1], 1024ull << 32 | 1);
    assert_int_equal(b->wb[0][1][0], 0x12345678ull << 32 | 0x1021 << 4 | 7);
    assert_int_equal(b->wb[0][1][1], 0x0123ull << 48 | 476ull << 32 | 0xE1000000u | 0x33);
    assert_int_equal(b->wb[0][3][0], 0xBEEFull << 48 | 0x1021 << 4 | 7);
    assert_int_equal(b->lli, 1);
    same_bytes(b, 0, b->rx, RX_BYTES, 128, 1024);
    same_bytes(b, 0x1000, b->rx, RX_BYTES, 128 + 1024, 476);
    // No low latency with a legacy descriptor.
    b->reg[IGB_R_SRRCTL] = 0;
    give(b, 0, 0x5000, 0);
    receive(b, 1, 0, 60)->lli = true;
    run(b, 20);
    assert_int_equal(b->ps, 3);
    assert_int_equal(b->lli, 1);
}

// One row of the table of buffers.
typedef struct split_row {
    uint32_t type, room, hdr_len, len; // DESCTYPE, BSIZEHEADER, header, frame
    bool strip;
    uint32_t head, part; // bytes in header and packet buffer of the first descriptor
    uint32_t sph, len_field, hbo;
} split_row_t;

static void split(void **state)
{
    (void)state;
    static const split_row_t rows[] = {
        {2, 2, 54, 500, false, 54, 446, 1, 54, 0},    // split
        {2, 2, 128, 500, false, 128, 372, 1, 128, 0}, // as much as there is room
        {2, 2, 129, 500, false, 0, 500, 1, 129, 1},   // too long
        {2, 2, 0, 500, false, 0, 500, 0, 0, 0},       // not known
        {2, 2, 54, 54, false, 54, 0, 1, 54, 0},       // nothing but header
        {2, 0, 54, 500, false, 0, 500, 1, 54, 1},     // no room at all
        {2, 2, 58, 500, true, 54, 442, 1, 54, 0},     // without tag
        {2, 2, 132, 500, true, 128, 368, 1, 128, 0},
        {2, 2, 54, 2000, false, 54, 1024, 1, 54, 0}, // more than one descriptor
        {2, 63, 2000, 2100, false, 2000, 100, 1, 1023, 0},
        {5, 2, 54, 500, false, 54, 446, 1, 54, 0},
        {5, 2, 129, 500, false, 128, 372, 1, 128, 1},
        {5, 2, 0, 500, false, 128, 372, 0, 128, 0},
        {5, 2, 0, 60, false, 60, 0, 0, 60, 0},
        {5, 2, 0, 64, true, 60, 0, 0, 60, 0},
        {5, 0, 54, 500, false, 0, 500, 1, 0, 1},
        {5, 2, 0, 2000, false, 128, 1024, 0, 128, 0},
        {1, 2, 54, 500, false, 0, 500, 0, 0, 0}, // no split
        {0, 2, 54, 500, false, 0, 500, 0, 0, 0},
        {3, 2, 54, 500, true, 0, 496, 0, 0, 0}, // as 1
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const split_row_t *r = &rows[i];
        bench_t *b = fresh();
        b->reg[IGB_R_SRRCTL + 9] = FPUT(IGB_SRRCTL_BSIZEPACKET, 1) |
                                   FPUT(IGB_SRRCTL_BSIZEHEADER, r->room) |
                                   FPUT(IGB_SRRCTL_DESCTYPE, r->type);
        for (uint64_t k = 0; k < 3; k++) give(b, 9, 0x10000 * k, 0x80001 + 0x10000 * k);
        rx_frame_t *f = receive(b, 1 << 9, RX_BYTES - 16, r->len);
        f->hdr_len = (uint16_t)r->hdr_len;
        f->strip_tag = r->strip;
        run(b, 60);
        assert_int_equal(b->ps, 1);
        // What the host has got, put together again.
        uint8_t want[2100], got[2100];
        uint32_t n = 0, at = 0;
        for (uint32_t k = 0; k < r->len; k++)
            if (!r->strip || k < 12 || k >= 16) want[n++] = b->rx[(RX_BYTES - 16 + k) % RX_BYTES];
        memcpy(got, &b->mem[0x80000], r->head);
        at = r->head;
        memcpy(&got[at], &b->mem[0], r->part);
        at += r->part;
        for (uint32_t k = 1; at < n; k++) {
            const uint32_t more = n - at < 1024 ? n - at : 1024;
            memcpy(&got[at], &b->mem[0x10000 * k], more);
            at += more;
            assert_int_equal(b->wb[9][k][0], 0);
            assert_int_equal(b->wb[9][k][1] >> 32, more);
        }
        assert_memory_equal(got, want, n);
        const uint64_t *wb = b->wb[9][0];
        if (r->type == 0) {
            assert_int_equal(wb[1] & 0xFFFF, r->part);
            continue;
        }
        assert_int_equal(DGET(IGB_ARXD_LENGTH, wb), r->part);
        assert_int_equal(DGET(IGB_ARXD_SPH, wb), r->sph);
        assert_int_equal(DGET(IGB_ARXD_HDR_LEN, wb), r->len_field);
        assert_int_equal((DGET(IGB_ARXD_ERR, wb) & IGB_ARXD_ERR_HBO) != 0, r->hbo);
        assert_int_equal(DGET(IGB_ARXD_STAT, wb), r->head + r->part == n ? 3 : 1);
    }
}

static void pieces(void **state)
{
    (void)state;
    bench_t *b = fresh();
    const uint32_t srrctl = FPUT(IGB_SRRCTL_BSIZEPACKET, 2) | FPUT(IGB_SRRCTL_BSIZEHEADER, 2) |
                            FPUT(IGB_SRRCTL_DESCTYPE, RXD_SPLIT);
    b->reg[IGB_R_SRRCTL] = srrctl;
    give(b, 0, 0x1000, 0x2001);
    rx_frame_t *f = receive(b, 1, 0, 200);
    f->strip_tag = true;
    f->hdr_len = 58;
    // Each piece in the cycle behind `done` of the one before; nothing is told in between.
    for (uint32_t i = 0; i < 3; i++) {
        to_sent(b);
        assert_int_equal(b->s.req.valid, i < 2);
        assert_int_equal(b->s.done.cyc == b->in.now, i == 2);
    }
    same_tlp(b, 0, 0x2000, 12);
    same_tlp(b, 1, 0x200C, 42);
    same_tlp(b, 2, 0x1000, 142);
    same_bytes(b, 0x2000, b->rx, RX_BYTES, 0, 12);
    same_bytes(b, 0x200C, b->rx, RX_BYTES, 16, 42);
    same_bytes(b, 0x1000, b->rx, RX_BYTES, 58, 142);
    assert_int_equal(b->tlps, 3);

    // A tag that was put in is a piece by itself.
    b = fresh();
    give(b, 5, 0x3000, 0);
    sw_loop_t *l = looped(b, 1 << 5, TX_BYTES - 14, 100);
    l->tagged = l->put_tag = true;
    l->vlan = 0x0777;
    run(b, 40);
    assert_int_equal(b->tlps, 3);
    same_tlp(b, 0, 0x3000, 12);
    same_tlp(b, 1, 0x300C, 4);
    same_tlp(b, 2, 0x3010, 84);
    same_bytes(b, 0x3000, b->tx, TX_BYTES, TX_BYTES - 14, 100);
    assert_int_equal(b->wb[5][0][0], 0);
    assert_int_equal(b->wb[5][0][1],
                     100ull << 32 | IGB_ARXD_STAT_LB | 3); // no tag: it is in the frame
    assert_int_equal(b->s.loops_q, 1);
    assert_int_equal(b->s.free_count, 0);

    // Taken off, it is none; nor is one that the host had put in.
    give(b, 5, 0x4000, 0);
    give(b, 5, 0x5000, 0);
    l = looped(b, 1 << 5, 0, 100);
    l->tagged = l->put_tag = l->strip_tag = l->pif = true;
    l->vlan = 0x0777;
    looped(b, 1 << 5, 0, 100)->tagged = true;
    run(b, 40);
    assert_int_equal(b->tlps, 6);
    same_tlp(b, 3, 0x4000, 12);
    same_tlp(b, 4, 0x400C, 84);
    same_tlp(b, 5, 0x5000, 100);
    same_bytes(b, 0x400C, b->tx, TX_BYTES, 16, 84);
    assert_int_equal(b->wb[5][1][1], 0x0777ull << 48 | 96ull << 32 | IGB_ARXD_STAT_LB | 0x8B);
}

static void pieces_go_on_behind_the_header(void **state)
{
    (void)state;
    bench_t *b = fresh();
    b->reg[IGB_R_SRRCTL] = FPUT(IGB_SRRCTL_BSIZEPACKET, 1) | FPUT(IGB_SRRCTL_BSIZEHEADER, 1) |
                           FPUT(IGB_SRRCTL_DESCTYPE, RXD_SPLIT_ALWAYS);
    give(b, 0, 0x1000, 0x2000);
    sw_loop_t *l = looped(b, 1, 100, 70);
    l->tagged = l->put_tag = true;
    run(b, 50);
    assert_int_equal(b->tlps, 4);
    same_tlp(b, 0, 0x2000, 12);
    same_tlp(b, 1, 0x200C, 4);
    same_tlp(b, 2, 0x2010, 48);
    same_tlp(b, 3, 0x1000, 6);
    same_bytes(b, 0x2000, b->tx, TX_BYTES, 100, 64);
    same_bytes(b, 0x1000, b->tx, TX_BYTES, 164, 6);
}

static void back_to_back(void **state)
{
    (void)state;
    bench_t *b = fresh();
    for (uint32_t i = 0; i < 2; i++) give(b, 2, 0x1000 * i, 0);
    give(b, 7, 0x8000, 0);
    receive(b, 1 << 2 | 1 << 7, 0, 60);
    receive(b, 1 << 2, 64, 60);
    to_sent(b); // queue 2 has it; queue 7 is asked for at once
    assert_int_equal(b->s.p_cyc, b->in.now);
    assert_int_equal(b->s.p_queue, 2);
    assert_int_equal(b->s.frames_q, 0);
    assert_int_equal(b->s.free_count, 0);
    assert_true(b->s.req.valid);
    assert_int_equal(b->s.req.addr, 0x8000);
    assert_int_equal(b->s.req.func, 8);
    to_sent(b); // then the next frame
    assert_int_equal(b->s.p_queue, 7);
    assert_int_equal(b->s.frames_q, 1);
    assert_int_equal(b->granules, 5);
    assert_true(b->s.req.valid);
    assert_int_equal(b->s.req.addr, 0x1000);
    assert_int_equal(b->s.req.off, 64);
    to_sent(b);
    assert_int_equal(b->s.frames_q, 2);
    assert_false(b->s.req.valid);
}

static void lists_alternate(void **state)
{
    (void)state;
    bench_t *b = fresh();
    for (uint64_t i = 0; i < 8; i++) give(b, 0, 0x1000 * i, 0);
    for (uint32_t i = 0; i < 3; i++) receive(b, 1, 64 * i, 60);
    for (uint32_t i = 0; i < 2; i++) looped(b, 1, 64 * i, 60);
    static const bool loop[] = {false, true, false, true, false};
    for (uint32_t i = 0; i < 5; i++) {
        to_sent(b);
        assert_int_equal(b->s.p_loop, loop[i]);
        assert_int_equal(b->s.req.valid, i < 4);
    }
    looped(b, 1, 0, 60); // alone: whose turn it was does not matter
    to_sent(b);
    assert_true(b->s.p_loop);
    // A frame that waits holds up the other list.
    looped(b, 1 << 4, 0, 60);
    run(b, 5);
    receive(b, 1, 0, 60);
    run(b, 30);
    assert_int_equal(b->ps, 6);
    give(b, 4, 0x9000, 0);
    to_sent(b);
    assert_true(b->s.p_loop);
    to_sent(b);
    assert_false(b->s.p_loop);
}

static void counted(void **state)
{
    (void)state;
    bench_t *b = fresh();
    give(b, 2, 0, 0);
    give(b, 10, 0, 0);
    give(b, 10, 0, 0);
    b->in.there = 1 << 2;
    rx_frame_t *f = receive(b, 1 << 2 | 1 << 10, 0, 60);
    f->mcast = f->strip_fcs = true;
    to_sent(b);
    assert_int_equal(b->s.p_len, 60);
    assert_int_equal(b->s.p_bytes, 64);
    assert_true(b->s.p_mcast);
    assert_true(b->s.p_vf);
    b->in.there = 0;
    to_sent(b);
    assert_int_equal(b->s.p_queue, 10);
    assert_false(b->s.p_vf);
    looped(b, 1 << 10, 0, 60);
    to_sent(b);
    assert_int_equal(b->s.p_bytes, 64);
    assert_false(b->s.p_mcast);
    give(b, 2, 0, 0);
    receive(b, 1 << 2, 0, 64); // with its FCS
    to_sent(b);
    assert_int_equal(b->s.p_bytes, 64);
}

static void dropped(void **state)
{
    (void)state;
    bench_t *b = fresh();
    give(b, 1, 0x1000, 0); // but it is disabled
    b->reg[IGB_R_RXDCTL + 1] = 0;
    b->reg[IGB_R_SRRCTL + 3] |= (uint32_t)DROP_EN;
    b->reg[IGB_R_QDE] = 1 << 4 | 1 << 6;
    give(b, 5, 0x5000, 0);
    give(b, 6, 0x6000, 0);
    receive(b, 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6, 0, 60);
    static const uint8_t queue[] = {1, 3, 4};
    for (uint32_t i = 0; i < 3; i++) { // a tick each
        step(b);
        assert_int_equal(b->s.drop_cyc, b->in.now);
        assert_int_equal(b->s.drop_queue, queue[i]);
        assert_int_equal(b->s.drop_off, i == 0);
        assert_false(b->s.req.valid);
    }
    step(b);
    assert_true(b->s.req.valid);
    assert_int_equal(b->s.req.addr, 0x5000);
    to_sent(b);
    to_sent(b);
    assert_int_equal(b->s.frames_q, 1);
    assert_int_equal(b->ps, 2);
    assert_int_equal(b->rnbcs, 0);

    // A function that may not request is an empty ring.
    give(b, 6, 0x6000, 0);
    give(b, 5, 0x5000, 0);
    b->in.may = (uint16_t) ~(1u << 6 | 1u << 5);
    receive(b, 1 << 6, 0, 60);
    run(b, 5);
    assert_int_equal(b->s.drop_queue, 6);
    assert_int_equal(b->s.drop_off, false);
    assert_int_equal(b->s.frames_q, 2);
    receive(b, 1 << 5, 0, 60);
    run(b, 5);
    assert_int_equal(b->rnbcs, 1);
    b->in.may = 0xFFFF;
    to_sent(b);
    assert_int_equal(b->s.frames_q, 3);
    assert_int_equal(b->granules, 15);
}

static void not_right_behind_a_frame(void **state)
{
    (void)state;
    bench_t *b = fresh();
    b->reg[IGB_R_QDE] = 0xFFFF;
    give(b, 0, 0x1000, 0);
    receive(b, 1, 0, 60);
    receive(b, 2, 0, 60);
    receive(b, 2, 0, 60);
    receive(b, 2 | 4, 0, 60);
    to_sent(b); // tick d; nothing is dropped in d, d+1, d+2
    const uint64_t d = b->in.now - 1;
    assert_false(b->s.drop_cyc == d + 1);
    while (b->s.frames_q < 2) step(b);
    assert_int_equal(b->s.drop_cyc, d + 4);
    while (b->s.frames_q < 3) step(b);
    assert_int_equal(b->s.drop_cyc, d + 7);
    while (b->s.left_q != 4) step(b);
    assert_int_equal(b->s.drop_cyc, d + 10);
    step(b);
    assert_int_equal(b->s.drop_cyc, d + 11);
    assert_int_equal(b->s.frames_q, 4);
    // A descriptor is taken at any time.
    receive(b, 1, 0, 60);
    give(b, 0, 0x1000, 0);
    step(b);
    assert_true(b->s.req.valid);
    // Nor is anything dropped with `done` of another queue.
    b = fresh();
    b->reg[IGB_R_QDE] = 0xFFFF;
    give(b, 0, 0x1000, 0);
    receive(b, 1 | 2 | 4, 0, 60);
    to_sent(b);
    assert_int_equal(b->drops, 0);
    step(b);
    assert_int_equal(b->drops, 1);
    step(b);
    assert_int_equal(b->drops, 2);
    assert_int_equal(b->s.frames_q, 1);
}

static void waits(void **state)
{
    (void)state;
    bench_t *b = fresh();
    b->reg[IGB_R_RDLEN + 1] = 128 | 0x70; // bits that do not count
    b->reg[IGB_R_RDT + 1] = 4;            // there are some, but not yet here
    b->reg[IGB_R_QDE] = 1 << 1;
    receive(b, 1 << 1 | 1 << 2, 0, 60);
    run(b, 10);
    assert_int_equal(b->drops + b->rnbcs + b->tlps, 0);
    give(b, 1, 0x1000, 0);
    run(b, 1);
    assert_true(b->s.req.valid);
    to_sent(b);
    run(b, 10); // queue 2 is empty
    assert_int_equal(b->rnbcs, 1);
    b->ring[2].fetching = true; // what the host gives is taken no notice of until it is here
    run(b, 3);
    b->ring[2].fetching = false;
    run(b, 3);
    assert_int_equal(b->rnbcs, 1); // once for frame and queue
    give(b, 2, 0x2000, 0);
    to_sent(b);
    receive(b, 1 << 2, 0, 60);
    run(b, 3);
    assert_int_equal(b->rnbcs, 2);
    // The receiver off: nothing begins.
    b->reg[IGB_R_RCTL] = 0;
    give(b, 2, 0x2000, 0);
    run(b, 3);
    assert_false(b->s.req.valid);
    b->reg[IGB_R_RCTL] = FMASK(IGB_RCTL_EN);
    to_request(b);
    b->reg[IGB_R_RCTL] = 0; // but what is under way goes on
    to_sent(b);
    assert_int_equal(b->s.frames_q, 2);
}

// In the middle of a frame.
static void dropped_inside(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 3; kind++) {
        bench_t *b = fresh();
        b->reg[IGB_R_SRRCTL] = FPUT(IGB_SRRCTL_BSIZEPACKET, 1) | FPUT(IGB_SRRCTL_DESCTYPE, 1);
        give(b, 0, 0x1000, 0);
        give(b, 1, 0x4000, 0);
        receive(b, 1 | 2, 0, 2000);
        if (kind == 0) {
            b->reg[IGB_R_QDE] = 1;
        } else if (kind == 1) {
            give(b, 0, 0x2000, 0);
            to_request(b);
            b->reg[IGB_R_RXDCTL] = 0; // the descriptor under way is told
        } else {
            b->ring[0].fetching = true;
            while (!b->s.off_q) step(b);
            b->reg[IGB_R_RCTL] = 0; // remembered while the receiver is off
            b->in.restart = 1;
            run(b, 5);
            assert_int_equal(b->offs, 0);
            b->ring[0].fetching = false;
            b->ring[0].filled_q = 0;
            give(b, 0, 0x3000, 0);
            b->reg[IGB_R_RCTL] = FMASK(IGB_RCTL_EN);
        }
        run(b, 30);
        assert_int_equal(b->wb[0][0][1], 1024ull << 32 | 1); // no EOP
        assert_int_equal(b->drops, kind == 0);
        assert_int_equal(b->offs, kind != 0);
        assert_int_equal(b->ps, 1);
        assert_int_equal(b->s.p_queue, 1);
        assert_int_equal(b->s.p_len, 2000);
        assert_int_equal(b->s.frames_q, 1);
        same_bytes(b, 0x4000, b->rx, RX_BYTES, 0, 2000); // the next queue gets all of it
        assert_int_equal(b->s.taken_q[0], kind == 2 ? 0 : 1);
    }
}

static void restarted(void **state)
{
    (void)state;
    // Under a request, and in the tick of its `sent`.
    for (uint32_t late = 0; late < 2; late++) {
        bench_t *b = fresh();
        give(b, 0, 0x1000, 0x1001);
        give(b, 3, 0x3000, 0);
        rx_frame_t *f = receive(b, 1 | 8, 0, 60);
        f->strip_tag = true; // two pieces
        to_request(b);
        const port_req_t req = b->s.req;
        while (late && b->wait < LATENCY) step(b);
        b->in.restart = 1;
        b->ring[0].filled_q = 0;
        step(b);
        assert_int_equal(b->s.taken_q[0], 0);
        if (!late) {
            assert_true(b->s.req.valid); // it goes on
            assert_int_equal(b->s.req.addr, req.addr);
            give(b, 0, 0x2000, 0); // for the next frame
            to_sent(b);
        }
        assert_false(b->s.req.valid); // no second piece
        assert_int_equal(b->offs, 0);
        step(b); // dropped in the tick behind `sent`
        assert_int_equal(b->offs, 1);
        assert_int_equal(b->s.drop_queue, 0);
        step(b);
        assert_true(b->s.req.valid);
        assert_int_equal(b->s.req.addr, 0x3000);
        run(b, 20);
        assert_int_equal(b->ps, 1);
        assert_int_equal(b->s.taken_q[0], 0);
        assert_int_equal(b->s.frames_q, 1);
    }
    // While a frame waits that has not begun; another ring's; the receiver is off.
    bench_t *b = fresh();
    receive(b, 1 << 3, 0, 60);
    run(b, 5);
    b->in.restart = 1 << 4;
    run(b, 5);
    assert_int_equal(b->offs, 0);
    b->reg[IGB_R_RCTL] = 0;
    b->in.restart = 1 << 3;
    run(b, 5);
    b->reg[IGB_R_RCTL] = FMASK(IGB_RCTL_EN);
    run(b, 5);
    assert_int_equal(b->offs, 0);
    b->in.restart = 1 << 3;
    step(b);
    assert_int_equal(b->s.drop_cyc, b->in.now);
    assert_int_equal(b->offs, 1);
    assert_int_equal(b->s.frames_q, 1);
    // In the tick in which its descriptor would be taken.
    give(b, 3, 0x1000, 0);
    receive(b, 1 << 3, 0, 60);
    run(b, 1);
    assert_true(b->s.req.valid);
    b = fresh();
    give(b, 3, 0x1000, 0);
    receive(b, 1 << 3, 0, 60);
    b->in.restart = 1 << 3;
    step(b);
    assert_false(b->s.req.valid);
    assert_int_equal(b->offs, 1);
}

static void pf_reset(void **state)
{
    (void)state;
    bench_t *b = fresh();
    give(b, 0, 0x1000, 0);
    receive(b, 1 | 2 | 4, 0, 60);
    receive(b, 1 | 2, 0, 60);
    to_request(b);
    assert_int_equal(rx_dma_82576_left(&b->s), 7);
    to_sent(b);
    assert_int_equal(rx_dma_82576_left(&b->s), 6);
    rx_dma_82576_reset(&b->s);
    assert_int_equal(rx_dma_82576_left(&b->s), 0);
    assert_false(b->s.req.valid);
    b->in.frames = 0;
    memset(b->ring, 0, sizeof b->ring);
    b->wait = 0;
    looped(b, 1, 0, 60);
    receive(b, 1, 0, 60);
    give(b, 0, 0x1000, 0);
    to_sent(b);
    assert_false(b->s.p_loop); // a received one is first
}

// Everything at random: each queue finds the frames that it should get, in order, byte for byte, from what is written back.
enum { RANDOM_FRAMES = 4000, BUF = 0x4000 };

typedef struct got {
    uint8_t bytes[4096];
    uint32_t len;
    bool inside;
} got_t;

static void at_random(void **state)
{
    (void)state;
    bench_t *b = fresh();
    static got_t got[IGB_Queues];
    memset(got, 0, sizeof got);
    static const uint32_t types[] = {0, 1, 2, 5};
    uint32_t split_heads = 0, spans = 0, drops = 0;
    for (uint32_t n = 0; b->s.frames_q + b->s.loops_q < RANDOM_FRAMES; n++) {
        assert_true(n < 2000000);
        wake(b);
        // One frame at a time in each list, so that the entry is there when the queue is through.
        if (b->in.frames == b->s.frames_q && rnd(8) == 0) {
            const uint32_t len = 60 + rnd(rnd(3) ? 200 : 3500);
            rx_frame_t *f = receive(b, (uint16_t)(1 + rnd(0xFFFF)), 16 * rnd(RX_BYTES / 16), len);
            f->strip_tag = rnd(2);
            f->hdr_len = (uint16_t)(rnd(3) ? 18 + rnd(len < 300 ? len - 17 : 280) : 0);
        }
        if (b->in.loops == b->s.loops_q && rnd(8) == 0) {
            sw_loop_t *l =
                looped(b, (uint16_t)(1 + rnd(0xFFFF)), 16 * rnd(TX_BYTES / 16), 60 + rnd(1500));
            l->strip_tag = rnd(2);
            l->put_tag = rnd(2);
        }
        if (!b->s.req.valid && !b->s.off_q) { // between frames: other kinds of buffers
            const uint32_t q = rnd(IGB_Queues);
            if (b->s.queue_q != q || !b->s.busy_q)
                b->reg[IGB_R_SRRCTL + q] = FPUT(IGB_SRRCTL_BSIZEPACKET, 1 + rnd(3)) |
                                           FPUT(IGB_SRRCTL_BSIZEHEADER, rnd(8)) |
                                           FPUT(IGB_SRRCTL_DESCTYPE, types[rnd(4)]) |
                                           (rnd(2) ? (uint32_t)DROP_EN : 0);
        }
        for (uint32_t q = 0; q < IGB_Queues; q++) {
            if (rnd(30) || b->ring[q].filled_q - b->s.taken_q[q] >= 2) continue;
            const uint32_t slot = 2 * q + b->ring[q].filled_q % 2; // two sets of buffers a queue
            give(b, q, slot * BUF, slot * BUF + BUF / 2 + 1);
        }
        const rx_frame_t f = b->frame[b->s.frames_q % FRAMES];
        const sw_loop_t l = b->loop[b->s.loops_q % FRAMES];
        const uint32_t type_of = b->s.legacy_q;
        step(b);
        if (b->s.drop_cyc == b->in.now) {
            drops++;
            got[b->s.drop_queue].len = 0;
            got[b->s.drop_queue].inside = false;
        }
        if (b->s.done.cyc != b->in.now) continue;
        const uint32_t q = b->s.done_queue;
        got_t *g = &got[q];
        const uint32_t slot = 2 * q + (b->s.taken_q[q] - 1) % 2;
        const uint64_t *wb = b->s.done.wb;
        const uint32_t part =
            (uint32_t)(type_of ? DGET(E1000_RXD_LENGTH, wb) : DGET(IGB_ARXD_LENGTH, wb));
        uint32_t head = 0;
        if (!type_of && !g->inside && !(DGET(IGB_ARXD_ERR, wb) & IGB_ARXD_ERR_HBO))
            head = (uint32_t)DGET(IGB_ARXD_HDR_LEN, wb);
        else if (!type_of && !g->inside && // HBO: the header buffer has its part with DESCTYPE 5
                 FGET(IGB_SRRCTL_DESCTYPE, b->reg[IGB_R_SRRCTL + q]) == RXD_SPLIT_ALWAYS)
            head = (uint32_t)DGET(IGB_ARXD_HDR_LEN, wb);
        memcpy(&g->bytes[g->len], &b->mem[slot * BUF + BUF / 2], head);
        g->len += head;
        memcpy(&g->bytes[g->len], &b->mem[slot * BUF], part);
        g->len += part;
        split_heads += head != 0;
        spans += g->inside;
        g->inside = !b->s.done.eop;
        if (g->inside) continue;
        assert_int_equal(b->s.p_queue, q);
        const uint8_t *region = b->s.p_loop ? b->tx : b->rx;
        const uint32_t wrap = b->s.p_loop ? TX_BYTES : RX_BYTES;
        const uint32_t start = b->s.p_loop ? l.start : f.start, len = b->s.p_loop ? l.len : f.len;
        const bool strip = b->s.p_loop ? l.strip_tag : f.strip_tag;
        uint32_t at = 0;
        for (uint32_t i = 0; i < len; i++) {
            if (strip && i >= 12 && i < 16) continue;
            assert_true(at < g->len);
            assert_int_equal(g->bytes[at++], region[(start + i) % wrap]);
        }
        assert_int_equal(at, g->len);
        g->len = 0;
    }
    assert_true(split_heads > 100);
    assert_true(spans > 100);
    assert_true(drops > 100);
    assert_true(b->s.loops_q > 100 && b->s.frames_q > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legacy),
        cmocka_unit_test(legacy_spans),
        cmocka_unit_test(advanced),
        cmocka_unit_test(split),
        cmocka_unit_test(pieces),
        cmocka_unit_test(pieces_go_on_behind_the_header),
        cmocka_unit_test(back_to_back),
        cmocka_unit_test(lists_alternate),
        cmocka_unit_test(counted),
        cmocka_unit_test(dropped),
        cmocka_unit_test(not_right_behind_a_frame),
        cmocka_unit_test(waits),
        cmocka_unit_test(dropped_inside),
        cmocka_unit_test(restarted),
        cmocka_unit_test(pf_reset),
        cmocka_unit_test(at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
