// SPDX-License-Identifier: Apache-2.0
// Transmit DMA of the 82576: descriptors of 16 queues, what they make of frames, and what becomes of packets that are bad or
// whose queue restarts. The scheduler is the real one; rings, host and switch are of this file.
#include "model/tx_dma.h"
#include "model/tx_sched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { Q = IGB_Queues, SLOT = NIC_DescCache - 1, LATENCY = 40 };
enum { EOP = 1, IFCS = 2, IC = 4, RS = 8, DEXT = 0x20, VLE = 0x40, TSE = 0x80 };
enum { IXSM = 1, TXSM = 2, UDP = 0, TCP = 1, SCTP = 2, IPV4 = 1 };

static struct {
    tx_dma_t d;
    tx_sched_t sched;
    packet_buffer_t pb;
    tx_dma_in_t in;
    uint32_t vmvir[IGB_Pools];
    uint64_t now;
    uint64_t cache[Q][NIC_DescCache][2];
    uint32_t filled[Q], done[Q], whole[Q]; // whole: EOPs of the count so far
    uint32_t ends[Q][NIC_DescCache];
    uint16_t disabled;
    uint32_t bad[Q], bads; // events
    uint64_t answer;       // the data of the request come now
    port_req_t asked;
    uint8_t host[1 << 17];
} b;

static void fresh(void)
{
    memset(&b, 0, sizeof b);
    tx_dma_reset(&b.d, 0, 0);
    tx_sched_reset(&b.sched);
    packet_buffer_reset(&b.pb, 64 - IGB_TxPbKiB);
    b.in = (tx_dma_in_t){.en = true,
                         .psp = true,
                         .vme = true,
                         .vet = 0x8100,
                         .tx_cap = IGB_TxPbKiB * 64,
                         .rx_bytes = (64 - IGB_TxPbKiB) * 1024,
                         .vmvir = b.vmvir};
    b.answer = NIC_NEVER;
    for (uint32_t i = 0; i < sizeof b.host; i++) b.host[i] = (uint8_t)(i * 7 + (i >> 8) * 13 + 1);
}

static void put(unsigned q, uint64_t lo, uint64_t hi)
{
    const uint32_t k = b.filled[q]++ & SLOT;
    b.cache[q][k][0] = lo;
    b.cache[q][k][1] = hi;
}

static void data(unsigned q, uint64_t at, uint32_t len, uint32_t cmd, uint32_t popts, unsigned idx,
                 uint32_t paylen)
{
    put(q, at,
        (uint64_t)len | 3ull << 20 | (uint64_t)(cmd | DEXT) << 24 | (uint64_t)idx << 36 |
            (uint64_t)popts << 40 | (uint64_t)paylen << 46);
}

static void context(unsigned q, unsigned idx, uint32_t vlan, uint32_t mac, uint32_t ip,
                    uint32_t ipv4, uint32_t l4t, uint32_t l4len, uint32_t mss)
{
    put(q, (uint64_t)ip | (uint64_t)mac << 9 | (uint64_t)vlan << 16,
        (uint64_t)ipv4 << 10 | (uint64_t)l4t << 11 | 2ull << 20 | (uint64_t)DEXT << 24 |
            (uint64_t)idx << 36 | (uint64_t)l4len << 40 | (uint64_t)mss << 48);
}

static void legacy(unsigned q, uint64_t at, uint32_t len, uint32_t cmd, uint32_t cso, uint32_t css,
                   uint32_t special)
{
    put(q, at,
        (uint64_t)len | (uint64_t)cso << 16 | (uint64_t)cmd << 24 | (uint64_t)css << 40 |
            (uint64_t)special << 48);
}

static bool has_eop(unsigned q, uint32_t from)
{
    for (uint32_t k = from; k != b.filled[q]; k++) {
        const uint64_t hi = b.cache[q][k & SLOT][1];
        const bool ctx = (hi >> 24 & DEXT) && (hi >> 20 & 15) == 2;
        if (!ctx && (hi >> 24 & EOP)) return true;
    }
    return false;
}

// One cycle. The host answers a request LATENCY cycles after it was made.
static void cycle(void)
{
    tx_sched_in_t si = {.en = b.in.en, .pkts = b.d.pkts_q, .cost = b.d.cost};
    for (unsigned q = 0; q < Q; q++) {
        if (b.d.done.cyc == b.now && b.d.done_queue == q && !(b.in.restarts >> q & 1)) b.done[q]++;
        if ((b.in.restarts | b.disabled) >> q & 1) continue;
        const bool whole = has_eop(q, b.d.taken[q]);
        const bool full = b.filled[q] - b.d.taken[q] == NIC_DescCache;
        if (whole || full) si.ready |= 1u << q;
        if (!whole && full) si.malformed |= 1u << q;
    }
    if (b.d.bad_cyc == b.now) b.bad[b.d.bad_queue]++, b.bads++;
    b.in.now = b.now;
    b.in.granted = b.sched.granted_q;
    b.in.queue = b.sched.queue_q;
    b.in.drain = b.sched.drain_q;
    b.in.filled = b.filled[b.in.queue];
    b.in.desc = b.cache[b.in.queue][b.d.taken[b.in.queue] & SLOT];
    b.in.func = (uint8_t)(b.in.queue % IGB_Pools + 1);
    b.in.sent = b.answer == b.now;
    if (b.in.sent) {
        tx_dma_landed(&b.d, b.now, b.host + b.asked.addr, b.asked.len);
        b.answer = NIC_NEVER;
    }
    tx_sched_tick(&b.sched, &si);
    tx_dma_tick_82576(&b.d, &b.in, &b.pb);
    if (b.d.req.valid && b.answer == NIC_NEVER) {
        b.asked = b.d.req;
        b.answer = b.now + LATENCY;
    }
    for (unsigned q = 0; q < Q; q++)
        if (b.in.restarts >> q & 1) b.filled[q] = 0;
    b.in.restarts = b.in.forget = 0;
    b.now++;
}

static void run(unsigned cycles)
{
    while (cycles--) cycle();
}

static const tx_frame_t *frame(uint32_t k)
{
    assert_true(k < b.d.frames_q);
    return &b.pb.tx[k];
}

static void bytes(uint32_t k, uint8_t *to)
{
    packet_buffer_tx_read(&b.pb, b.in.rx_bytes, frame(k)->start, to, frame(k)->len);
}

// Frame k is of queue q: `len` bytes of the host at `at`, as they are.
static void plain(uint32_t k, unsigned q, uint32_t at, uint32_t len)
{
    uint8_t got[NIC_FrameMax], want[16] = {0};
    assert_int_equal(frame(k)->queue, q);
    assert_int_equal(frame(k)->raw_len, len);
    assert_int_equal(frame(k)->len, len < 60 ? 60 : len);
    assert_false(frame(k)->tag_put);
    bytes(k, got);
    assert_memory_equal(got, b.host + at, len);
    memcpy(want, b.host + at, len < 16 ? len : 16);
    assert_memory_equal(frame(k)->head, want, 16);
}

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

// One's complement sum of p[0..n-1].
static uint32_t sum(const uint8_t *p, uint32_t n, uint32_t s)
{
    for (uint32_t i = 0; i < n; i++) s += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    while (s >> 16) s = (s & 0xFFFF) + (s >> 16);
    return s;
}

// ---- frames ----

static void queues_send_what_they_have(void **state)
{
    (void)state;
    fresh();
    for (unsigned q = 0; q < Q; q++) {
        legacy(q, q * 64, 60 + q, EOP | IFCS | RS, 0, 0, 0);
        data(q, q * 64 + 1024, 40, IFCS, 0, 0, 0);
        data(q, q * 64 + 1064, 30 + q, EOP | RS, 0, 0, 0); // goes on where the other ends
    }
    run(6000);
    assert_int_equal(b.d.frames_q, 2 * Q);
    uint32_t seen[Q] = {0};
    for (uint32_t k = 0; k < 2 * Q; k++) {
        const unsigned q = frame(k)->queue;
        if (seen[q]++ == 0) plain(k, q, q * 64, 60 + q);
        else plain(k, q, q * 64 + 1024, 70 + q);
        assert_true(frame(k)->add_fcs);
    }
    for (unsigned q = 0; q < Q; q++) assert_int_equal(b.done[q], 3);
    assert_int_equal(b.bads, 0);
}

static void a_request_bears_the_function(void **state)
{
    (void)state;
    fresh();
    legacy(13, 0, 60, EOP, 0, 0, 0);
    run(8);
    assert_true(b.d.req.valid);
    assert_int_equal(b.d.req.func, 6); // VF 5 has pool 5
}

static void short_frames_have_zeros_behind(void **state)
{
    (void)state;
    fresh();
    b.in.psp = false;
    data(1, 5, 9, EOP | IFCS, 0, 0, 0);
    run(200);
    assert_int_equal(frame(0)->len, 9);
    assert_memory_equal(frame(0)->head, b.host + 5, 9);
    for (int i = 9; i < 16; i++) assert_int_equal(frame(0)->head[i], 0);
}

static void the_first_descriptor_of_an_advanced_packet_counts(void **state)
{
    (void)state;
    fresh();
    data(0, 0, 100, IFCS, 0, 0, 0);
    data(0, 100, 100, EOP, 0, 0, 0);
    data(0, 0, 100, 0, 0, 0, 0);
    data(0, 100, 100, EOP | IFCS, 0, 0, 0);
    legacy(0, 0, 100, IFCS, 0, 0, 0);
    legacy(0, 100, 100, EOP, 0, 0, 0);
    run(1000);
    assert_true(frame(0)->add_fcs);
    assert_false(frame(1)->add_fcs);
    assert_false(frame(2)->add_fcs);
}

static void contexts_are_of_queue_and_index(void **state)
{
    (void)state;
    fresh();
    context(3, 0, 0x1003, 14, 20, 0, TCP, 20, 0);
    context(3, 1, 0x2003, 14, 20, 0, TCP, 20, 0);
    context(11, 6, 0x1011, 14, 20, 0, TCP, 20, 0); // bit 0 of the index counts
    for (unsigned i = 0; i < 2; i++) {
        data(3, 0, 100, EOP | IFCS | VLE, 0, i, 0);
        data(11, 0, 100, EOP | IFCS | VLE, 0, i, 0);
    }
    run(2000);
    assert_int_equal(b.d.frames_q, 4);
    uint32_t tags = 0;
    for (uint32_t k = 0; k < 4; k++) {
        uint8_t got[200];
        bytes(k, got);
        assert_int_equal(frame(k)->len, 104);
        assert_int_equal(frame(k)->raw_len, 100);
        assert_true(frame(k)->tag_put);
        assert_int_equal(be16(got + 12), 0x8100);
        assert_memory_equal(got + 16, b.host + 12, 88);
        assert_memory_equal(got, frame(k)->head, 16);
        const uint32_t tag = be16(got + 14);
        assert_true(frame(k)->queue == 3 ? tag == 0x1003 || tag == 0x2003
                                         : tag == 0x1011 || tag == 0);
        tags += tag;
    }
    assert_int_equal(tags, 0x1003 + 0x2003 + 0x1011);
}

static void vmvir_of_the_pool_decides(void **state)
{
    (void)state;
    static const struct {
        bool vmdq, vme, vle;
        uint32_t vmvir;
        int tag;
    } rows[] = {
        {false, true, true, 0x80000000, 0x0123},
        {false, false, true, 0x40000777, -1},
        {false, true, false, 0x40000777, -1},
        {true, false, true, 0, 0x0123},
        {true, true, false, 0, -1},
        {true, false, false, 0x40000777, 0x0777},
        {true, false, true, 0x40000777, 0x0777},
        {true, true, true, 0x80000777, -1},
        {true, true, true, 0xC0000777, -1},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        fresh();
        b.in.vmdq = rows[i].vmdq;
        b.in.vme = rows[i].vme;
        b.vmvir[5] = rows[i].vmvir;
        context(13, 0, 0x0123, 14, 20, 0, UDP, 0, 0);
        data(13, 0, 80, EOP | (rows[i].vle ? VLE : 0), 0, 0, 0);
        run(200);
        assert_int_equal(frame(0)->tag_put, rows[i].tag >= 0);
        assert_int_equal(frame(0)->add_fcs, rows[i].tag >= 0);
        if (rows[i].tag < 0) continue;
        assert_int_equal(be16(frame(0)->head + 14), rows[i].tag);
    }
}

static void checksums_are_where_the_context_says(void **state)
{
    (void)state;
    static const uint32_t types[] = {UDP, TCP, SCTP, 3};
    for (uint32_t i = 0; i < 4; i++) {
        fresh();
        memset(b.host + 24, 0, 2);
        const uint32_t at = types[i] == UDP ? 6 : 16;
        context(2, 1, 0, 14, 20, 0, types[i], 0, 0);
        data(2, 0, 200, EOP | IFCS, IXSM | TXSM, 1, 0);
        run(200);
        uint8_t got[200];
        bytes(0, got);
        assert_int_equal(sum(got + 14, 20, 0), 0xFFFF);
        if (types[i] >= SCTP) {
            assert_memory_equal(got + 34, b.host + 34, 166);
            continue;
        }
        const uint32_t want = ~sum(b.host + 34, 166, 0) & 0xFFFF;
        assert_int_equal(be16(got + 34 + at), want ? want : 0xFFFF);
        assert_memory_equal(got + 34, b.host + 34, at);
        assert_memory_equal(got + 36 + at, b.host + 36 + at, 164 - at);
    }
}

static void sums_without_a_place_are_not_stored(void **state)
{
    (void)state;
    fresh();
    context(0, 0, 0, 100, 150, 0, TCP, 0, 0); // 250 + 16
    context(0, 1, 0, 14, 0, 0, TCP, 0, 0);    // no IP header
    data(0, 0, 400, EOP | IFCS, TXSM, 0, 0);
    data(0, 0, 400, EOP | IFCS, IXSM, 1, 0);
    run(1000);
    plain(0, 0, 0, 400);
    plain(1, 0, 0, 400);
}

// 14 + 20 + 20 bytes of header, data behind.
static void tcp_packet(void)
{
    memset(b.host, 0, 54);
    b.host[12] = 8;
    b.host[14] = 0x45;
    b.host[18] = 0x12, b.host[19] = 0xFE; // identification
    b.host[22] = 64, b.host[23] = 6;
    b.host[26] = 10, b.host[30] = 11;
    b.host[38] = 1, b.host[41] = 9;       // sequence number
    b.host[46] = 0x50, b.host[47] = 0x19; // ACK, PSH, FIN
    const uint32_t pseudo = sum(b.host + 26, 8, 6);
    b.host[50] = (uint8_t)(pseudo >> 8), b.host[51] = (uint8_t)pseudo;
}

static void segmentation(void **state)
{
    (void)state;
    fresh();
    const uint32_t pay = 5000, mss = 1448;
    tcp_packet();
    context(9, 0, 0x0042, 14, 20, IPV4, TCP, 20, mss);
    data(9, 0, 54, IFCS | VLE | TSE, IXSM | TXSM, 0, pay);
    data(9, 54, pay, EOP | RS, 0, 0, 0);
    run(3000);
    assert_int_equal(b.d.frames_q, 4);
    assert_int_equal(b.done[9], 3);
    assert_int_equal(b.bads, 0);
    for (uint32_t k = 0; k < 4; k++) {
        uint8_t f[2000];
        const uint32_t n = k < 3 ? mss : pay - 3 * mss;
        bytes(k, f);
        assert_int_equal(frame(k)->len, 58 + n);
        assert_memory_equal(frame(k)->head, f, 16);
        assert_int_equal(be16(f + 14), 0x0042);
        memmove(f + 12, f + 16, 42 + n);
        assert_int_equal(be16(f + 16), 40 + n);
        assert_int_equal(be16(f + 18), 0x12FE + k);
        assert_int_equal(sum(f + 14, 20, 0), 0xFFFF);
        assert_int_equal(be16(f + 38) << 16 | be16(f + 40), 0x01000009 + k * mss);
        assert_int_equal(f[47], k < 3 ? 0x10 : 0x19);
        assert_int_equal(sum(f + 34, 20 + n, sum(f + 26, 8, 6 + 20 + n)), 0xFFFF);
        assert_memory_equal(f + 54, b.host + 54 + k * mss, n);
    }
}

static void udp_segmentation_has_headers_of_eight_bytes(void **state)
{
    (void)state;
    fresh();
    context(0, 0, 0, 14, 40, 0, UDP, 99, 100);
    data(0, 0, 62 + 150, EOP | IFCS | TSE, 0, 0, 150);
    run(1000);
    assert_int_equal(b.d.frames_q, 2);
    uint8_t f[200];
    bytes(1, f);
    assert_int_equal(frame(1)->raw_len, 112);
    assert_int_equal(be16(f + 18), 58); // IPv6 payload
    assert_int_equal(be16(f + 58), 58); // UDP
    assert_memory_equal(f + 62, b.host + 162, 50);
}

static void legacy_with_a_checksum_and_a_tag(void **state)
{
    (void)state;
    fresh();
    legacy(7, 0, 100, EOP | IFCS | IC | VLE, 50, 34, 0x0BCD);
    run(200);
    uint8_t f[200];
    bytes(0, f);
    assert_int_equal(be16(f + 14), 0x0BCD);
    const uint32_t want = ~sum(b.host + 34, 66, 0) & 0xFFFF;
    assert_int_equal(be16(f + 54), want ? want : 0xFFFF);
}

// ---- packets that are not sent ----

static void bad_packets_are_finished_and_told(void **state)
{
    (void)state;
    fresh();
    unsigned n = 0;
    context(1, 0, 0, 14, 20, IPV4, TCP, 20, 0); // MSS 0
    data(1, 0, 100, EOP | TSE, 0, 0, 46), n++;
    context(1, 0, 0, 14, 20, IPV4, TCP, 20, 1000);
    data(1, 0, 100, EOP | TSE, 0, 0, 0), n++;  // PAYLEN 0
    data(1, 0, 100, EOP | TSE, 0, 0, 45), n++; // a byte too many
    data(1, 0, 100, EOP | TSE, 0, 0, 47), n++; // one is missing
    context(1, 0, 0, 14, 20, IPV4, SCTP, 20, 1000);
    data(1, 0, 100, EOP | TSE, 0, 0, 46), n++;
    context(1, 0, 0, 127, 114, IPV4, UDP, 0, 1000); // header of 249 bytes
    data(1, 0, 300, EOP | TSE, 0, 0, 51), n++;
    put(1, 0, 100ull | 1ull << 20 | (uint64_t)(DEXT | EOP) << 24), n++; // the type of the 82540EM
    data(1, 0, 100, 0, 0, 0, 0);
    put(1, 0, 100ull | 7ull << 20 | (uint64_t)DEXT << 24);
    data(1, 0, 100, EOP, 0, 0, 0), n++;
    data(1, 0, IGB_FrameMax, 0, 0, 0, 0);
    data(1, 0, 1, EOP, 0, 0, 0), n++;
    run(4000);
    assert_int_equal(b.d.frames_q, 1); // the segment in front of the byte too many
    assert_int_equal(b.bad[1], n);
    assert_int_equal(b.bads, n);
    assert_int_equal(b.done[1], b.filled[1]);
    assert_int_equal(b.d.alloc_q, frame(0)->granules); // nothing else is held
    legacy(1, 77, 60, EOP | IFCS, 0, 0, 0);
    data(1, 0, IGB_FrameMax, EOP, 0, 0, 0);
    run(2500);
    plain(1, 1, 77, 60);
    assert_int_equal(frame(2)->len, IGB_FrameMax);
}

static void malformed_packets_do_not_hold_others_up(void **state)
{
    (void)state;
    fresh();
    for (int i = 0; i < NIC_DescCache; i++) data(4, 0, 1000, i == 3 ? RS : 0, 0, 0, 0);
    legacy(6, 300, 70, EOP | IFCS | RS, 0, 0, 0);
    run(800);
    assert_int_equal(b.bad[4], 1);
    assert_int_equal(b.done[4], NIC_DescCache);
    plain(0, 6, 300, 70);
    // The rest of it goes the same way, then all is as before.
    data(4, 0, 1000, 0, 0, 0, 0);
    context(4, 0, 0x0055, 14, 20, 0, TCP, 0, 0);
    run(100);
    assert_int_equal(b.done[4], NIC_DescCache);
    data(4, 0, 1000, EOP, 0, 0, 0);
    data(4, 500, 90, EOP | VLE, 0, 0, 0);
    run(300);
    assert_int_equal(b.bads, 1);
    assert_int_equal(b.done[4], NIC_DescCache + 4);
    assert_int_equal(b.d.frames_q, 2);
    assert_int_equal(be16(frame(1)->head + 14), 0x0055);
}

// ---- restarts ----

static void a_restart_ends_the_packet_of_its_queue_only(void **state)
{
    (void)state;
    for (unsigned at = 1; at < 400; at++) {
        fresh();
        for (int i = 0; i < 3; i++)
            data(2, (uint64_t)i * 2500, 2500, IFCS | (i == 2 ? EOP : 0) | RS, 0, 0, 0);
        legacy(3, 100, 80, EOP | IFCS | RS, 0, 0, 0);
        run(at);
        const uint32_t done = b.done[2], frames = b.d.frames_q;
        b.in.restarts = 1u << 2;
        cycle();
        assert_int_equal(b.d.taken[2], 0);
        run(1800);
        assert_int_equal(b.done[2], done); // nothing is told any more
        assert_int_equal(b.done[3], 1);
        assert_int_equal(b.bads, 0);
        // the frame of queue 3, and that of queue 2 if it was there or taken whole
        assert_true(b.d.frames_q == 1 || b.d.frames_q == 2);
        assert_true(b.d.frames_q >= frames);
        assert_int_equal(b.d.alloc_q, b.d.land_alloc_q);
        const uint32_t n = b.d.frames_q;
        for (uint32_t k = 0; k < n; k++) {
            if (frame(k)->queue == 3) plain(k, 3, 100, 80);
            else plain(k, 2, 0, 7500);
        }
    }
}

static void after_a_restart_the_queue_begins_again(void **state)
{
    (void)state;
    for (unsigned at = 1; at < 300; at += 3) {
        fresh();
        tcp_packet();
        context(5, 0, 0, 14, 20, IPV4, TCP, 20, 600);
        data(5, 0, 54, IFCS | TSE, IXSM | TXSM, 0, 4000);
        data(5, 54, 4000, EOP | RS, 0, 0, 0);
        run(at);
        b.in.restarts = 1u << 5;
        cycle();
        const uint32_t done = b.done[5];
        data(5, 1000, 61, EOP | IFCS | RS, 0, 0, 0);
        run(1500);
        assert_int_equal(b.done[5], done + 1);
        assert_int_equal(b.d.alloc_q, b.d.land_alloc_q);
        plain(b.d.frames_q - 1, 5, 1000, 61);
        for (uint32_t k = 0; k + 1 < b.d.frames_q; k++) // segments that were whole
            assert_int_equal(be16(frame(k)->head + 14), 0x4500);
    }
}

static void a_restart_ends_a_drain(void **state)
{
    (void)state;
    for (unsigned at = 1; at < 80; at++) {
        fresh();
        for (int i = 0; i < NIC_DescCache; i++) data(4, 0, 1000, 0, 0, 0, 0);
        run(at);
        b.in.restarts = 1u << 4;
        cycle();
        const uint32_t done = b.done[4];
        data(4, 200, 60, EOP | IFCS, 0, 0, 0);
        run(300);
        assert_int_equal(b.done[4], done + 1);
        plain(0, 4, 200, 60);
    }
}

static void contexts_outlive_a_restart_but_not_a_reset(void **state)
{
    (void)state;
    fresh();
    context(0, 0, 0x0321, 14, 20, 0, TCP, 0, 0);
    data(0, 0, 60, EOP | VLE, 0, 0, 0);
    run(200);
    b.in.restarts = 0xFFFF;
    cycle();
    data(0, 0, 60, EOP | VLE, 0, 0, 0);
    run(200);
    assert_int_equal(be16(frame(1)->head + 14), 0x0321);
    // Reset of a VF: those of its queues.
    b.in.restarts = b.in.forget = 2;
    cycle();
    data(0, 0, 60, EOP | VLE, 0, 0, 0);
    run(200);
    assert_int_equal(be16(frame(2)->head + 14), 0x0321);
    b.in.restarts = b.in.forget = 1;
    cycle();
    data(0, 0, 60, EOP | VLE, 0, 0, 0);
    run(200);
    assert_int_equal(be16(frame(3)->head + 14), 0);
    tx_dma_reset(&b.d, b.now, 0);
    tx_sched_reset(&b.sched);
    memset(b.filled, 0, sizeof b.filled);
    data(0, 0, 60, EOP | VLE, 0, 0, 0);
    run(200);
    assert_int_equal(b.d.frames_q, 1);
    assert_int_equal(be16(frame(0)->head + 14), 0);
}

static void what_is_chosen_goes_on_when_the_transmitter_does(void **state)
{
    (void)state;
    fresh();
    data(8, 0, 9000, IFCS | EOP, 0, 0, 0);
    run(60);
    b.in.en = false;
    run(500);
    assert_int_equal(b.d.frames_q, 0);
    b.in.en = true;
    run(1500);
    plain(0, 8, 0, 9000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queues_send_what_they_have),
        cmocka_unit_test(a_request_bears_the_function),
        cmocka_unit_test(short_frames_have_zeros_behind),
        cmocka_unit_test(the_first_descriptor_of_an_advanced_packet_counts),
        cmocka_unit_test(contexts_are_of_queue_and_index),
        cmocka_unit_test(vmvir_of_the_pool_decides),
        cmocka_unit_test(checksums_are_where_the_context_says),
        cmocka_unit_test(sums_without_a_place_are_not_stored),
        cmocka_unit_test(segmentation),
        cmocka_unit_test(udp_segmentation_has_headers_of_eight_bytes),
        cmocka_unit_test(legacy_with_a_checksum_and_a_tag),
        cmocka_unit_test(bad_packets_are_finished_and_told),
        cmocka_unit_test(malformed_packets_do_not_hold_others_up),
        cmocka_unit_test(a_restart_ends_the_packet_of_its_queue_only),
        cmocka_unit_test(after_a_restart_the_queue_begins_again),
        cmocka_unit_test(a_restart_ends_a_drain),
        cmocka_unit_test(contexts_outlive_a_restart_but_not_a_reset),
        cmocka_unit_test(what_is_chosen_goes_on_when_the_transmitter_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
