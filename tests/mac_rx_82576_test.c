// SPDX-License-Identifier: Apache-2.0
// The receive side of the 82576's MAC: queues, limits, what is stored and listed, MAC control, when
// registers count.
#include "model/mac_rx_82576.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// Bits, from the specification.
enum { EN = 1 << 1, SBP = 1 << 2, UPE = 1 << 3, R_LPE = 1 << 5, R_BAM = 1 << 15, VFE = 1 << 18 };
enum { DPF = 1 << 22, PMCF = 1 << 23, SECRC = 1 << 26 };
enum { LPE = 1 << 16, RSSE = 1 << 17, STRVLAN = 1 << 30, STRCRC = (int)(1u << 31) };
enum { BAM = 1 << 27, AUPE = 1 << 24, REPL_EN = 1 << 30, DIS_DEF_POOL = 1 << 29 };
enum { MODE_RSS = 2, MODE_VMDQ = 3, MODE_VMDQ_RSS = 5, TCP_IPV4 = 1 << 16, UDP_IPV4 = 1 << 22 };
enum { VP = 8, UDPCS = 0x10, L4CS = 0x20, IPCS = 0x40, PIF = 0x80 }; // status
enum { CE = 1, L4E = 0x20, IPE = 0x40, RXE = 0x80 };                 // errors
#define AV   (1u << 31)
#define RFCE (1u << 27)
#define VME  (1u << 30)

static const uint8_t own[6] = {0x02, 0x12, 0x34, 0x56, 0x78, 0x9A};
static const uint8_t vf1[6] = {0x52, 0, 0, 1, 0, 1};
static const uint8_t strange[6] = {0x02, 0x12, 0x34, 0x56, 0x78, 0x9B};
static const uint8_t bcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t pause_group[6] = {0x01, 0x80, 0xC2, 0x00, 0x00, 0x01};

static uint32_t reg[IGB_R_COUNT];
static mac_rx_t mac;
static packet_buffer_t pb;
static stats_t stats;
static uint64_t now;
static bool en, ring_empty;
static pb_free_t free_log[PB_FREES];

static void set_rar(unsigned n, const uint8_t a[6], uint32_t pools)
{
    reg[IGB_R_RAL + n] =
        (uint32_t)a[0] | (uint32_t)a[1] << 8 | (uint32_t)a[2] << 16 | (uint32_t)a[3] << 24;
    reg[IGB_R_RAH + n] = (uint32_t)a[4] | (uint32_t)a[5] << 8 | AV | pools << 18;
}

static int fresh(void **state)
{
    (void)state;
    memset(reg, 0, sizeof reg);
    for (unsigned i = 0; i < igb_reg_row_count; i++)
        for (unsigned k = 0; k < igb_reg_rows[i].count; k++)
            reg[igb_reg_rows[i].first + k] = igb_reg_reset(&igb_reg_rows[i], k);
    reg[IGB_R_RCTL] = EN;
    set_rar(0, own, 1);
    reg[IGB_R_FCAL] = 0x00C28001;
    reg[IGB_R_FCAH] = 0x0100;
    reg[IGB_R_FCT] = 0x8808;
    memset(&mac, 0, sizeof mac);
    mac_rx_init(&mac);
    packet_buffer_reset(&pb, 64);
    stats_reset(&stats);
    now = 1000;
    en = true;
    ring_empty = false;
    return 0;
}

// MODE_VMDQ or MODE_VMDQ_RSS: pool 0 is the PF's, pool 1 has vf1.
static void pools(uint32_t mode)
{
    reg[IGB_R_MRQC] = mode;
    reg[IGB_R_VFRE] = 0xFF;
    reg[IGB_R_VT_CTL] = REPL_EN;
    for (unsigned p = 0; p < 8; p++) reg[IGB_R_VMOLR + p] = AUPE | BAM;
    set_rar(1, vf1, 2);
}

// ---- frames ----

typedef struct frame {
    uint8_t b[17000];
    uint32_t len; // with FCS, when it is there
    bool er;
} frame_t;

static void u8(frame_t *f, uint32_t v)
{
    f->b[f->len++] = (uint8_t)v;
}

static void u16(frame_t *f, uint32_t v)
{
    u8(f, v >> 8);
    u8(f, v);
}

static void put16(frame_t *f, uint32_t at, uint32_t v)
{
    f->b[at] = (uint8_t)(v >> 8);
    f->b[at + 1] = (uint8_t)v;
}

static uint32_t sum(const uint8_t *p, uint32_t len)
{
    uint32_t s = 0;
    for (uint32_t i = 0; i < len; i++) s += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    while (s >> 16) s = (s & 0xFFFF) + (s >> 16);
    return s;
}

static void fcs(frame_t *f)
{
    uint32_t crc = UINT32_MAX;
    for (uint32_t i = 0; i < f->len; i++) {
        crc ^= f->b[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    for (int i = 0; i < 4; i++) u8(f, ~crc >> 8 * i);
}

static frame_t *begin(const uint8_t da[6], int tci, uint32_t type)
{
    static frame_t f;
    f.len = 0;
    f.er = false;
    for (int i = 0; i < 6; i++) u8(&f, da[i]);
    for (int i = 0; i < 6; i++) u8(&f, 0x40 + 2u * i);
    if (tci >= 0) {
        u16(&f, 0x8100);
        u16(&f, (uint32_t)tci);
    }
    u16(&f, type);
    return &f;
}

// A frame of `len` bytes with FCS that is no IP packet.
static frame_t *plain(const uint8_t da[6], int tci, uint32_t len)
{
    frame_t *f = begin(da, tci, 0x0806);
    while (f->len < len - 4) u8(f, f->len);
    fcs(f);
    return f;
}

// IPv4 with TCP (6) or UDP (17), ports 1000 and `dport`, `data` bytes.
static frame_t *ipv4(const uint8_t da[6], int tci, uint32_t proto, uint32_t dport, uint32_t data)
{
    frame_t *f = begin(da, tci, 0x0800);
    const uint32_t ip = f->len, l4_len = (proto == 6 ? 20 : 8) + data;
    u16(f, 0x4500);
    u16(f, 20 + l4_len);
    u16(f, 7);
    u16(f, 0x4000);
    u16(f, 0x4000 | proto);
    u16(f, 0);
    for (int i = 0; i < 8; i++) u8(f, 10 + i);
    put16(f, ip + 10, ~sum(f->b + ip, 20));
    const uint32_t at = f->len;
    u16(f, 1000);
    u16(f, dport);
    if (proto == 6) {
        for (int i = 0; i < 8; i++) u8(f, i);
        u16(f, 0x5000 | 0x10); // ACK
        u16(f, 100);
        u16(f, 0);
        u16(f, 0);
    } else {
        u16(f, l4_len);
        u16(f, 0);
    }
    for (uint32_t i = 0; i < data; i++) u8(f, 3 * i);
    uint32_t s = sum(f->b + at, l4_len) + sum(f->b + ip + 12, 8) + proto + l4_len;
    while (s >> 16) s = (s & 0xFFFF) + (s >> 16);
    put16(f, at + (proto == 6 ? 16 : 6), ~s);
    while (f->len < 60) u8(f, 0);
    fcs(f);
    return f;
}

static frame_t *control(const uint8_t da[6], uint32_t opcode, uint32_t quanta)
{
    frame_t *f = begin(da, -1, 0x8808);
    u16(f, opcode);
    u16(f, quanta);
    while (f->len < 60) u8(f, 0);
    fcs(f);
    return f;
}

// ---- the wire ----

static int tick(bool ended)
{
    const mac_rx_in_t in = {.now = now,
                            .en = en,
                            .ring_empty = ring_empty,
                            .written = true,
                            .reg = reg,
                            .free_count = 0,
                            .free_log = free_log};
    const int fate = mac_rx_tick_82576(&mac, &in, &pb, &stats, ended);
    now++;
    return fate;
}

static void start(frame_t *f)
{
    mac_rx_start(&mac, now, 1, f->b, f->len, false);
    mac.fcs_good = mac_rx_fcs_good(f->b, f->len);
    mac.er = f->er;
}

// Everything up to the tick of the verdict.
static int finish(void)
{
    while (now < mac_rx_quiet(&mac)) assert_int_equal(tick(false), -1);
    const int fate = tick(true);
    assert_false(mac.active);
    return fate;
}

static int receive(frame_t *f)
{
    tick(false);
    start(f);
    return finish();
}

static const rx_frame_t *last(void)
{
    assert_true(pb.rx_count > 0);
    return &pb.rx[(pb.rx_count - 1) % NIC_RxFramesMax];
}

// It is stored, `stored` bytes of it as they were on the wire; the entry.
static const rx_frame_t *accepted(frame_t *f, uint32_t stored)
{
    const uint32_t count = pb.rx_count;
    assert_int_equal(receive(f), NIC_FATE_ACCEPTED);
    assert_int_equal(pb.rx_count, count + 1);
    const rx_frame_t *e = last();
    assert_int_equal(e->len, stored);
    assert_int_equal(e->granules, 1 + (stored + 15) / 16);
    for (uint32_t i = 0; i < stored; i++)
        assert_int_equal(pb.mem[(e->start + i) % (pb.rx_cap * NIC_GranuleBytes)], f->b[i]);
    return e;
}

static void not_stored(frame_t *f, enum nic_fate fate)
{
    const uint32_t count = pb.rx_count;
    assert_int_equal(receive(f), fate);
    assert_int_equal(pb.rx_count, count);
}

static uint32_t counted(uint16_t id)
{
    return stats_peek(&stats, id);
}

// ---- without VMDq ----

static void queue_by_default_and_by_rss(void **state)
{
    (void)state;
    reg[IGB_R_MRQC] = 5 << 3; // DEF_Q
    const rx_frame_t *e = accepted(plain(own, -1, 64), 64);
    assert_int_equal(e->queues, 1 << 5);
    assert_false(e->several);
    assert_int_equal(e->rss_type, 0);
    assert_int_equal(e->hash, 0);
    assert_int_equal(e->hdr_len, 0);
    assert_int_equal(e->packet, 0);

    reg[IGB_R_MRQC] = MODE_RSS | TCP_IPV4;
    for (unsigned i = 0; i < 10; i++) reg[IGB_R_RSSRK + i] = 0x12345678 * (i + 1);
    for (unsigned i = 0; i < 32; i++) reg[IGB_R_RETA + i] = 0x03020100 + 0x04040404 * (i % 4);
    unsigned seen = 0;
    for (uint32_t port = 1; port < 200; port++) {
        e = accepted(ipv4(own, -1, 6, port, 10), 14 + 20 + 20 + 10 + 4);
        assert_int_equal(e->rss_type, RSS_TCP_IPV4);
        assert_int_equal(e->packet, PACKET_IPV4 | PACKET_TCP);
        assert_int_equal(e->hdr_len, 54);
        assert_int_equal(e->queues, 1 << (e->hash & 15)); // so is the table
        seen |= e->queues;
        packet_buffer_reset(&pb, 64);
    }
    assert_int_equal(seen, 0xFFFF);
    // What is not summed has sum 0, and goes by its entry.
    reg[IGB_R_RETA] = 0x0D;
    assert_int_equal(accepted(ipv4(own, -1, 17, 5, 20), 66)->queues, 1 << 13);
    assert_int_equal(accepted(plain(own, -1, 64), 64)->queues, 1 << 13);
    not_stored(plain(strange, -1, 64), NIC_FATE_FILTERED);
}

static void tag_and_fcs(void **state)
{
    (void)state;
    const rx_frame_t *e = accepted(plain(own, 0xA123, 100), 100);
    assert_true(e->tagged);
    assert_false(e->strip_tag);
    assert_int_equal(e->vlan, 0);
    assert_int_equal(e->status, 0);
    assert_int_equal(e->packet, PACKET_VLAN);
    reg[IGB_R_CTRL] |= VME;
    e = accepted(plain(own, 0xA123, 100), 100); // rx_dma takes it off
    assert_true(e->tagged && e->strip_tag);
    assert_int_equal(e->vlan, 0xA123);
    assert_int_equal(e->status, VP);
    reg[IGB_R_RCTL] |= SECRC;
    e = accepted(plain(own, 0xA123, 100), 96);
    assert_true(e->strip_tag);
    e = accepted(plain(own, -1, 100), 96);
    assert_false(e->tagged || e->strip_tag);
    assert_int_equal(e->vlan, 0);
    e = accepted(ipv4(own, 0xA123, 17, 9, 200), 18 + 28 + 200);
    assert_int_equal(e->hdr_len, 46); // with the tag
    assert_int_equal(e->packet, PACKET_VLAN | PACKET_IPV4 | PACKET_UDP);
    // Never down to 4 bytes or less. Runts are stored with SBP only.
    reg[IGB_R_RCTL] |= SBP;
    frame_t *f = plain(own, 0x123, 24);
    for (f->len = 14; f->len < 24; f->len++) accepted(f, f->len - 4);
    reg[IGB_R_RCTL] |= UPE | 1 << 4;
    for (f->len = 1; f->len <= 8; f->len++) accepted(f, f->len > 4 ? f->len - 4 : f->len);
}

static void checksums_are_without_tag_and_fcs(void **state)
{
    (void)state;
    static const uint32_t strip[] = {0, SECRC};
    for (unsigned tag = 0; tag < 2; tag++) {
        for (unsigned i = 0; i < 4; i++) {
            reg[IGB_R_CTRL] = i & 1 ? VME : 0;
            reg[IGB_R_RCTL] = EN | strip[i >> 1];
            const int tci = tag ? 0x8005 : -1;
            reg[IGB_R_RXCSUM] = 0x300;
            frame_t *f = ipv4(own, tci, 6, 80, 333);
            const uint32_t stored = f->len - (i & 2 ? 4 : 0);
            const rx_frame_t *e = accepted(f, stored);
            assert_int_equal(e->status & ~VP, L4CS | IPCS);
            assert_int_equal(e->errors, 0);
            // The fragment checksum: the frame of the same packet without tag and FCS.
            frame_t *g = ipv4(own, -1, 6, 80, 333);
            assert_int_equal(e->csum, sum(g->b, g->len - 4));
            reg[IGB_R_RXCSUM] = 0x300 | 14;
            f = ipv4(own, tci, 6, 80, 333);
            e = accepted(f, stored);
            g = ipv4(own, -1, 6, 80, 333);
            assert_int_equal(e->csum, sum(g->b + 14, g->len - 18));

            e = accepted(ipv4(own, tci, 17, 80, 334), (tag ? 18 : 14) + 28 + 334 + (i & 2 ? 0 : 4));
            assert_int_equal(e->status & ~VP, UDPCS | L4CS | IPCS);
            f = ipv4(own, tci, 17, 80, 40);
            f->b[f->len - 6] ^= 1;
            f->len -= 4;
            fcs(f);
            e = accepted(f, f->len - (i & 2 ? 4 : 0));
            assert_int_equal(e->status & ~VP, UDPCS | L4CS | IPCS);
            assert_int_equal(e->errors, L4E);
            f = ipv4(own, tci, 17, 80, 40);
            f->b[tag ? 28 : 24] ^= 1; // identification
            f->len -= 4;
            fcs(f);
            e = accepted(f, f->len - (i & 2 ? 4 : 0));
            assert_int_equal(e->errors, IPE);
            reg[IGB_R_RXCSUM] = 0; // off: nothing is said, and there is no IXSM
            e = accepted(ipv4(own, tci, 17, 80, 334), (tag ? 18 : 14) + 28 + 334 + (i & 2 ? 0 : 4));
            assert_int_equal(e->status & ~VP, 0);
        }
    }
}

static void ipv6_is_checked_without_an_enable(void **state)
{
    (void)state;
    frame_t *f = begin(own, -1, 0x86DD);
    u16(f, 0x6000);
    u16(f, 0);
    u16(f, 28);
    u16(f, 17 << 8 | 64);
    for (unsigned i = 0; i < 32; i++) u8(f, i);
    u16(f, 1);
    u16(f, 2);
    u16(f, 28);
    u16(f, 0);
    for (unsigned i = 0; i < 20; i++) u8(f, i);
    uint32_t s = sum(f->b + 22, 32) + sum(f->b + 54, 28) + 17 + 28;
    while (s >> 16) s = (s & 0xFFFF) + (s >> 16);
    put16(f, 60, ~s);
    fcs(f);
    const rx_frame_t *e = accepted(f, f->len);
    assert_int_equal(e->status, UDPCS | L4CS);
    assert_int_equal(e->errors, 0);
    assert_int_equal(e->hdr_len, 62);
    assert_int_equal(e->packet, PACKET_IPV6 | PACKET_UDP);
}

static void limit_of_the_mac(void **state)
{
    (void)state;
    accepted(plain(own, -1, 1522), 1522);
    not_stored(plain(own, -1, 1523), NIC_FATE_OVERSIZE);
    assert_int_equal(counted(E1000_R_ROC), 1);
    reg[IGB_R_RCTL] |= R_LPE;
    accepted(plain(own, -1, 9728), 9728); // RLPML at reset
    not_stored(plain(own, -1, 9729), NIC_FATE_OVERSIZE);
    reg[IGB_R_RLPML] = 0x3FFF;
    not_stored(plain(own, -1, 9729), NIC_FATE_OVERSIZE); // of this device
    reg[IGB_R_RLPML] = 1000;
    accepted(plain(own, 5, 1000), 1000); // a tag does not matter
    not_stored(plain(own, -1, 1001), NIC_FATE_OVERSIZE);
    assert_int_equal(counted(E1000_R_ROC), 4);
    assert_int_equal(counted(E1000_R_RLEC), 4);
    assert_int_equal(counted(E1000_R_GPRC), 3);
    assert_int_equal(counted(E1000_R_TPR), 7);
    frame_t *f = plain(own, -1, 1001);
    f->b[50] ^= 1;
    not_stored(f, NIC_FATE_OVERSIZE);
    assert_int_equal(counted(E1000_R_RJC), 1);
    assert_int_equal(counted(E1000_R_CRCERRS), 1);
    not_stored(plain(strange, -1, 1001), NIC_FATE_OVERSIZE); // not for this station: not counted
    assert_int_equal(counted(E1000_R_ROC), 4);
    assert_int_equal(counted(E1000_R_TPR), 8);
    reg[IGB_R_RCTL] |= SBP;
    assert_int_equal(accepted(plain(own, -1, 1001), 1001)->queues, 1);
    assert_int_equal(counted(E1000_R_ROC), 5);
    assert_int_equal(counted(E1000_R_GPRC), 3);
    reg[IGB_R_RLPML] = 40; // a runt is a runt
    accepted(plain(own, -1, 63), 63);
    assert_int_equal(counted(E1000_R_RUC), 1);
    assert_int_equal(counted(E1000_R_ROC), 5);
}

static void bad_frames(void **state)
{
    (void)state;
    frame_t *f = plain(own, -1, 80);
    f->b[30] ^= 1;
    not_stored(f, NIC_FATE_BAD_FCS);
    f = plain(own, -1, 80);
    f->er = true;
    not_stored(f, NIC_FATE_BAD_FCS);
    assert_int_equal(mac.err_cyc, now);
    not_stored(plain(own, -1, 63), NIC_FATE_UNDERSIZE);
    assert_int_equal(counted(E1000_R_CRCERRS), 1);
    assert_int_equal(counted(E1000_R_RXERRC), 1);
    assert_int_equal(counted(E1000_R_RUC), 1);
    reg[IGB_R_RCTL] |= SBP;
    reg[IGB_R_MRQC] = 2 << 3;
    reg[IGB_R_IMIR] = 1 << 17 | 1 << 16; // every frame: low latency
    reg[IGB_R_IMIREXT] = 1 << 12 | 1 << 19;
    assert_true(accepted(plain(own, -1, 80), 80)->lli);
    f = plain(own, -1, 80);
    f->b[30] ^= 1;
    const rx_frame_t *e = accepted(f, 80);
    assert_int_equal(e->errors, CE);
    assert_int_equal(e->queues, 1 << 2);
    assert_false(e->lli);
    f = plain(own, -1, 80);
    f->er = true;
    e = accepted(f, 80);
    assert_int_equal(e->errors, RXE);
    assert_false(e->lli);
    assert_false(accepted(plain(own, -1, 63), 63)->lli);
    assert_false(accepted(plain(own, -1, 1523), 1523)->lli);
    not_stored(plain(strange, -1, 63), NIC_FATE_UNDERSIZE);
}

// ---- pools ----

static void pools_get_it(void **state)
{
    (void)state;
    pools(MODE_VMDQ);
    assert_int_equal(accepted(plain(own, -1, 64), 64)->queues, 1);
    const rx_frame_t *e = accepted(plain(vf1, -1, 64), 64);
    assert_int_equal(e->queues, 2);
    assert_false(e->several);
    assert_false(e->mcast);
    assert_int_equal(e->status, 0);
    reg[IGB_R_VFRE] = 0x0F;
    e = accepted(plain(bcast, -1, 64), 64);
    assert_int_equal(e->queues, 0x0F);
    assert_true(e->several);
    assert_false(e->mcast);
    assert_int_equal(counted(E1000_R_BPRC), 1);
    reg[IGB_R_VMOLR + 3] |= 1 << 28; // MPME
    static const uint8_t group[6] = {1, 2, 3, 4, 5, 6};
    e = accepted(plain(group, -1, 64), 64);
    assert_int_equal(e->queues, 8);
    assert_true(e->mcast);
    assert_int_equal(e->status, PIF);
    assert_int_equal(counted(E1000_R_MPRC), 1);
    assert_int_equal(accepted(plain(strange, -1, 64), 64)->queues, 1); // the default pool
    reg[IGB_R_VT_CTL] |= DIS_DEF_POOL;
    not_stored(plain(strange, -1, 64), NIC_FATE_FILTERED);
    reg[IGB_R_VFRE] = 0;
    not_stored(plain(own, -1, 64), NIC_FATE_FILTERED);
    assert_int_equal(counted(E1000_R_TPR), 5); // what is filtered is not counted
}

static void rss_over_the_queues_of_a_pool(void **state)
{
    (void)state;
    pools(MODE_VMDQ_RSS | UDP_IPV4);
    reg[IGB_R_RSSRK] = 0x9E3779B9;
    for (unsigned i = 0; i < 32; i++) reg[IGB_R_RETA + i] = 0x08000800; // as Linux does it
    reg[IGB_R_VMOLR + 1] |= RSSE;
    unsigned seen = 0, both = 0;
    for (uint32_t port = 0; port < 100; port++) {
        const rx_frame_t *e = accepted(ipv4(vf1, -1, 17, 77 * port, 20), 66);
        assert_int_equal(e->rss_type, RSS_UDP_IPV4);
        assert_int_equal(e->queues, e->hash & 1 ? 1 << 9 : 1 << 1);
        seen |= e->queues;
        both |= accepted(ipv4(own, -1, 17, 77 * port, 20), 66)->queues; // without RSSE
        packet_buffer_reset(&pb, 64);
    }
    assert_int_equal(both, 1);
    assert_true(seen & 2); // ports lie behind the key that is 0, addresses do not change
}

static void limits_of_pools(void **state)
{
    (void)state;
    pools(MODE_VMDQ);
    reg[IGB_R_RCTL] |= R_LPE;
    reg[IGB_R_RLPML] = 100; // the MAC's is not looked at
    reg[IGB_R_VMOLR + 1] |= LPE | 200;
    accepted(plain(own, -1, 1518), 1518);
    accepted(plain(own, 5, 1522), 1522);
    accepted(plain(vf1, 5, 200), 200);
    assert_int_equal(counted(E1000_R_GPRC), 3);
    not_stored(plain(own, -1, 1519), NIC_FATE_OVERSIZE);
    not_stored(plain(own, 5, 1523), NIC_FATE_OVERSIZE);
    not_stored(plain(vf1, -1, 201), NIC_FATE_OVERSIZE);
    assert_int_equal(counted(E1000_R_ROC), 3);
    assert_int_equal(counted(E1000_R_RLEC), 3);
    assert_int_equal(counted(E1000_R_GPRC), 3);
    assert_int_equal(accepted(plain(bcast, -1, 1000), 1000)->queues, 0xFD); // the others get it
    assert_int_equal(counted(E1000_R_ROC), 3);
    reg[IGB_R_RCTL] |= SBP; // no queue, nowhere to store it
    not_stored(plain(vf1, -1, 201), NIC_FATE_OVERSIZE);
    reg[IGB_R_VMOLR + 1] |= 0x3FFF;
    accepted(plain(vf1, -1, 9728), 9728);
    assert_int_equal(accepted(plain(vf1, -1, 9729), 9729)->queues, 2); // SBP
    assert_int_equal(counted(E1000_R_ROC), 5);
    reg[IGB_R_RCTL] &= ~SBP;
    not_stored(plain(vf1, -1, 9729), NIC_FATE_OVERSIZE);
}

static void stripping_in_pools(void **state)
{
    (void)state;
    pools(MODE_VMDQ);
    reg[IGB_R_VMOLR + 1] |= STRCRC | STRVLAN;
    const rx_frame_t *e = accepted(plain(vf1, 0x777, 100), 96);
    assert_true(e->strip_tag);
    assert_int_equal(e->vlan, 0x777);
    assert_int_equal(e->status, VP);
    e = accepted(plain(own, 0x777, 100), 100);
    assert_true(e->tagged && !e->strip_tag);
    e = accepted(plain(bcast, 0x777, 100), 100); // several: RPLOLR
    assert_true(e->tagged && !e->strip_tag);
    reg[IGB_R_RPLOLR] = STRCRC | STRVLAN;
    e = accepted(plain(bcast, 0x777, 100), 96);
    assert_true(e->several && e->strip_tag);
    assert_int_equal(e->vlan, 0x777);
}

// ---- MAC control ----

static void pause_frames(void **state)
{
    (void)state;
    not_stored(control(pause_group, 1, 10), NIC_FATE_FILTERED); // RFCE = 0: a frame like any other
    assert_true(mac.pause_cyc != now);
    reg[IGB_R_CTRL] |= RFCE;
    for (unsigned vmdq = 0; vmdq < 2; vmdq++) {
        if (vmdq) pools(MODE_VMDQ);
        not_stored(control(pause_group, 1, 0x1234), NIC_FATE_FILTERED);
        assert_int_equal(mac.pause_cyc, now);
        assert_int_equal(mac.pause_quanta, 0x1234);
        accepted(control(own, 1, 0), 64); // its address passes
        assert_int_equal(mac.pause_cyc, now);
        assert_int_equal(mac.pause_quanta, 0);
        reg[IGB_R_RCTL] |= DPF;
        not_stored(control(own, 1, 0), NIC_FATE_FILTERED);
        assert_int_equal(mac.pause_cyc, now);
        reg[IGB_R_RCTL] &= ~DPF;
    }
    assert_int_equal(counted(E1000_R_XOFFRXC), 2);
    assert_int_equal(counted(E1000_R_XONRXC), 4);
    reg[IGB_R_RAH] &= ~AV; // RAR0 counts when it is valid
    reg[IGB_R_VT_CTL] |= DIS_DEF_POOL;
    not_stored(control(own, 1, 5), NIC_FATE_FILTERED);
    assert_true(mac.pause_cyc != now);
}

static void other_mac_control(void **state)
{
    (void)state;
    reg[IGB_R_CTRL] |= RFCE;
    reg[IGB_R_MRQC] = 6 << 3;
    not_stored(control(pause_group, 2, 0), NIC_FATE_FILTERED);
    assert_int_equal(counted(E1000_R_FCRUC), 1);
    reg[IGB_R_RCTL] |= PMCF;
    const rx_frame_t *e = accepted(control(pause_group, 2, 0), 64);
    assert_int_equal(e->queues, 1 << 6); // of MRQC, also when there is RSS
    assert_true(e->mcast);
    reg[IGB_R_MRQC] = 6 << 3 | MODE_RSS;
    for (unsigned i = 0; i < 32; i++) reg[IGB_R_RETA + i] = 0x0B0B0B0B;
    assert_int_equal(accepted(control(pause_group, 2, 0), 64)->queues, 1 << 6);
    assert_int_equal(accepted(control(own, 2, 0), 64)->queues, 1 << 11); // its address passes
    reg[IGB_R_RCTL] |= SECRC;
    assert_int_equal(accepted(control(pause_group, 2, 0), 60)->queues, 1 << 6);
    pools(MODE_VMDQ);
    reg[IGB_R_VT_CTL] |= 4 << 7 | DIS_DEF_POOL; // DEF_PL
    e = accepted(control(pause_group, 2, 0), 60);
    assert_int_equal(e->queues, 1 << 4);
    assert_false(e->several);
    assert_int_equal(e->status, 0);
    assert_int_equal(counted(E1000_R_FCRUC), 6);
    assert_int_equal(counted(E1000_R_GPRC), 5);
}

// ---- low latency, packet type ----

static void low_latency(void **state)
{
    (void)state;
    reg[IGB_R_IMIR + 3] = 80 | 1 << 16;    // port 80, IMM
    reg[IGB_R_IMIREXT + 3] = 70 | 1 << 19; // less than 70 bytes, any flags
    assert_false(accepted(ipv4(own, -1, 6, 81, 0), 64)->lli);
    assert_true(accepted(ipv4(own, -1, 6, 80, 0), 64)->lli);
    assert_true(accepted(ipv4(own, -1, 6, 80, 11), 69)->lli);
    assert_false(accepted(ipv4(own, -1, 6, 80, 12), 70)->lli);
    assert_false(accepted(ipv4(own, 5, 6, 80, 8), 70)->lli);
    reg[IGB_R_CTRL] |= VME; // what is taken off is not stored for the host
    assert_true(accepted(ipv4(own, 5, 6, 80, 8), 70)->lli);
    reg[IGB_R_RCTL] |= SECRC;
    assert_true(accepted(ipv4(own, 5, 6, 80, 15), 73)->lli);
    assert_false(accepted(ipv4(own, 5, 6, 80, 16), 74)->lli);
    reg[IGB_R_ETQF + 2] = 0x0806 | 1 << 26 | 1 << 29; // FILTER_EN, IMM_INT
    const rx_frame_t *e = accepted(plain(own, -1, 80), 76);
    assert_true(e->lli);
    assert_int_equal(e->packet, PACKET_L2 | 2);
}

// ---- when registers count ----

static void when_registers_count(void **state)
{
    (void)state;
    reg[IGB_R_MRQC] = MODE_RSS | TCP_IPV4;
    reg[IGB_R_RSSRK] = 0xDEADBEEF;
    const uint32_t hash = accepted(ipv4(own, 5, 6, 80, 20), 82)->hash;
    const uint16_t csum = last()->csum;
    assert_true(hash != 0);

    tick(false);
    frame_t *f = ipv4(own, 5, 6, 80, 20);
    start(f);
    tick(false); // f
    // Not any more: what is made while the bytes come.
    reg[IGB_R_RSSRK] = 1;
    reg[IGB_R_RXCSUM] = 0x20;
    reg[IGB_R_MRQC] = MODE_RSS;
    // But still: queues, and what is taken off.
    for (unsigned i = 0; i < 32; i++) reg[IGB_R_RETA + i] = 0x07070707;
    reg[IGB_R_RCTL] |= SECRC;
    reg[IGB_R_CTRL] |= VME;
    assert_int_equal(finish(), NIC_FATE_ACCEPTED);
    const rx_frame_t *e = last();
    assert_int_equal(e->hash, hash);
    assert_int_equal(e->csum, csum);
    assert_int_equal(e->status, VP | L4CS | IPCS);
    assert_int_equal(e->queues, 1 << 7);
    assert_int_equal(e->len, 78);

    // VET: the tag of headers is that of f, the one that is taken off that of the verdict.
    tick(false);
    f = ipv4(own, 5, 6, 80, 20);
    start(f);
    tick(false);
    reg[IGB_R_VET] = 0x88A8;
    assert_int_equal(finish(), NIC_FATE_ACCEPTED);
    e = last();
    assert_int_equal(e->hdr_len, 58);
    assert_int_equal(e->packet, PACKET_VLAN | PACKET_IPV4 | PACKET_TCP);
    assert_false(e->tagged || e->strip_tag);

    // The receiver must be on in f.
    en = false;
    tick(false);
    start(f);
    tick(false);
    en = true;
    assert_int_equal(finish(), NIC_FATE_FILTERED);
    tick(false);
    start(f);
    tick(false);
    en = false;
    assert_int_equal(finish(), NIC_FATE_ACCEPTED);
    assert_int_equal(counted(E1000_R_TPR), 4);
}

static void a_full_buffer(void **state)
{
    (void)state;
    packet_buffer_reset(&pb, 1);
    accepted(plain(own, -1, 500), 500);
    not_stored(plain(own, -1, 500), NIC_FATE_FIFO);
    assert_int_equal(mac.rxo_cyc, now);
    ring_empty = true;
    not_stored(plain(own, -1, 500), NIC_FATE_NO_DESC);
    assert_int_equal(counted(E1000_R_MPC), 2);
    assert_int_equal(counted(E1000_R_GPRC), 1);
    not_stored(plain(strange, -1, 500), NIC_FATE_FILTERED); // no queue wants it
    assert_int_equal(counted(E1000_R_MPC), 2);
    accepted(plain(own, -1, 400), 400);
}

static void a_reset_forgets(void **state)
{
    (void)state;
    tick(false);
    start(plain(own, -1, 64));
    for (int i = 0; i < 20; i++) tick(false);
    assert_false(mac_rx_reset(&mac, now++));
    assert_int_equal(finish(), NIC_FATE_FILTERED);
    assert_int_equal(counted(E1000_R_TPR), 0);
    accepted(plain(own, -1, 64), 64);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh)
    const struct CMUnitTest tests[] = {
        TEST(queue_by_default_and_by_rss),
        TEST(tag_and_fcs),
        TEST(checksums_are_without_tag_and_fcs),
        TEST(ipv6_is_checked_without_an_enable),
        TEST(limit_of_the_mac),
        TEST(bad_frames),
        TEST(pools_get_it),
        TEST(rss_over_the_queues_of_a_pool),
        TEST(limits_of_pools),
        TEST(stripping_in_pools),
        TEST(pause_frames),
        TEST(other_mac_control),
        TEST(low_latency),
        TEST(when_registers_count),
        TEST(a_full_buffer),
        TEST(a_reset_forgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
