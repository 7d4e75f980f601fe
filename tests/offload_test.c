// SPDX-License-Identifier: Apache-2.0
// Checksum and segmentation offload against byte-wise references, on packets written out by hand
// (their checksums come from another program) and on random frames of every shape the rules
// mention.
#include "model/offload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t rng_q = 0x0ff10ad0ff10ad;

static uint32_t rnd(uint32_t below)
{
    rng_q ^= rng_q << 13;
    rng_q ^= rng_q >> 7;
    rng_q ^= rng_q << 17;
    return (uint32_t)((rng_q >> 16) % below);
}

static bool one_in(uint32_t n)
{
    return rnd(n) == 0;
}

enum { IPOFLD = 1 << 8, TUOFLD = 1 << 9, IPV6OFL = 1 << 10, SECRC = 1 << 26, VME = 1 << 30 };
enum { IXSM = 0x04, TCPCS = 0x20, IPCS = 0x40, TCPE = 0x20, IPE = 0x40 };

static uint32_t reg[E1000_R_COUNT];

static void set_registers(uint32_t rxcsum, bool secrc)
{
    memset(reg, 0, sizeof reg);
    reg[E1000_R_RXCSUM] = rxcsum;
    reg[E1000_R_RCTL] = secrc ? SECRC : 0;
    reg[E1000_R_VET] = 0x8100;
}

static void w16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v / 256);
    p[1] = (uint8_t)(v % 256);
}

static uint32_t r16(const uint8_t *p)
{
    return p[0] * 256u + p[1];
}

// ---- reference: one byte at a time ----

static uint32_t ref_sum(const uint8_t *p, uint32_t n)
{
    uint32_t s = 0;
    for (uint32_t i = 0; i < n; i++) {
        s += i % 2 ? p[i] : p[i] * 256u;
        if (s > 0xFFFF) s -= 0xFFFF;
    }
    return s;
}

// Sum of an L4 packet behind its pseudo-header, laid out as bytes.
static uint32_t ref_l4_sum(const uint8_t *src_dst, uint32_t address_bytes, uint32_t proto,
                           const uint8_t *l4, uint32_t len)
{
    static uint8_t b[70000];
    memcpy(b, src_dst, address_bytes);
    uint8_t *p = b + address_bytes;
    memset(p, 0, 8);
    w16(p + 2, len);
    p[7] = (uint8_t)proto;
    memcpy(p + 8, l4, len);
    return ref_sum(b, address_bytes + 8 + len);
}

typedef struct ref_ip {
    bool v4, found;
    uint32_t at, hlen;          // IP header
    uint32_t proto, l4, l4_len; // found
    uint32_t addresses, address_bytes;
} ref_ip_t;

static ref_ip_t ref_parse(const uint8_t *f, uint32_t end)
{
    ref_ip_t r = {0};
    uint32_t i = 12;
#define HAVE(n) (i + (n) <= end)
    if (!HAVE(2)) return r;
    if (r16(f + i) == reg[E1000_R_VET]) {
        if (reg[E1000_R_CTRL] & VME) return r;
        i += 4;
        if (!HAVE(2)) return r;
    }
    if (r16(f + i) < 1536) {
        if (!HAVE(10)) return r;
        if (f[i + 2] != 0xAA || f[i + 3] != 0xAA || f[i + 4] != 3) return r;
        if (f[i + 5] != 0 || f[i + 6] != 0 || f[i + 7] != 0) return r;
        i += 8;
    }
    uint32_t type = r16(f + i);
    i += 2;
    if (type == 0x0800 && HAVE(20) && f[i] / 16 == 4) {
        uint32_t words = f[i] % 16;
        if (words < 5 || !HAVE(words * 4)) return r;
        r.v4 = true;
        r.at = i;
        r.hlen = words * 4;
        r.proto = f[i + 9];
        r.l4 = i + r.hlen;
        r.l4_len = r16(f + i + 2) - r.hlen;
        r.addresses = i + 12;
        r.address_bytes = 8;
        bool more = f[i + 6] & 0x20;
        uint32_t offset = (f[i + 6] & 0x1Fu) * 256 + f[i + 7];
        r.found = !more && offset == 0 && r16(f + i + 2) >= r.hlen && r.l4 + r.l4_len <= end;
    } else if (type == 0x86DD && HAVE(40) && f[i] / 16 == 6 && (reg[E1000_R_RXCSUM] & IPV6OFL)) {
        uint32_t left = r16(f + i + 4);
        r.proto = f[i + 6];
        r.addresses = i + 8;
        r.address_bytes = 32;
        i += 40;
        if (i + left > end) return r;
        for (;;) {
            if (r.proto != 0 && r.proto != 43 && r.proto != 60) break;
            if (left < 8) return r;
            uint32_t size = 8 + 8u * f[i + 1];
            if (size > 64 || size > left || (r.proto == 43 && f[i + 3] > 0)) return r;
            r.proto = f[i];
            i += size;
            left -= size;
        }
        r.found = true;
        r.l4 = i;
        r.l4_len = left;
    }
#undef HAVE
    return r;
}

static rx_offload_t ref_rx(const uint8_t *f, uint32_t len, ref_ip_t *ip)
{
    rx_offload_t r = {0};
    uint32_t on = reg[E1000_R_RXCSUM], pcss = on & 0xFF;
    *ip = ref_parse(f, (reg[E1000_R_RCTL] & SECRC) ? len : len < 4 ? 0 : len - 4);
    if (pcss < len) r.csum = (uint16_t)ref_sum(f + pcss, len - pcss);
    if (ip->v4 && (on & IPOFLD)) {
        r.status |= IPCS;
        if (ref_sum(f + ip->at, ip->hlen) != 0xFFFF) r.errors |= IPE;
    }
    bool tcp = ip->found && ip->proto == 6 && ip->l4_len >= 20;
    bool udp = ip->found && ip->proto == 17 && ip->l4_len >= 8 &&
               r16(f + ip->l4 + 4) == ip->l4_len && r16(f + ip->l4 + 6) > 0;
    if ((on & TUOFLD) && (tcp || udp)) {
        r.status |= TCPCS;
        uint32_t s =
            ref_l4_sum(f + ip->addresses, ip->address_bytes, ip->proto, f + ip->l4, ip->l4_len);
        if (s != 0xFFFF) r.errors |= TCPE;
    }
    if (!(r.status & (IPCS | TCPCS))) r.status |= IXSM;
    return r;
}

// ---- packets by hand ----

static const uint8_t udp4[] = { // UDP, odd length
    0x02, 0x12, 0x34, 0x56, 0x78, 0x90, 0x02, 0xab, 0xcd, 0xef, 0x01, 0x02, 0x08, 0x00, 0x45,
    0x00, 0x00, 0x2b, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x11, 0x9c, 0x63, 0xc0, 0xa8, 0x00, 0x01,
    0xc0, 0xa8, 0x00, 0xc7, 0x04, 0x00, 0x00, 0x35, 0x00, 0x17, 0xa4, 0xb6, 0x68, 0x65, 0x6c,
    0x6c, 0x6f, 0x2c, 0x20, 0x6e, 0x65, 0x74, 0x77, 0x6f, 0x72, 0x6b, 0x21};
static const uint8_t tagged_syn[] = { // 802.1Q, TCP with an MSS option
    0x02, 0x12, 0x34, 0x56, 0x78, 0x90, 0x02, 0xab, 0xcd, 0xef, 0x01, 0x02, 0x81, 0x00, 0x20, 0x64,
    0x08, 0x00, 0x45, 0x00, 0x00, 0x2c, 0x00, 0x01, 0x40, 0x00, 0x40, 0x06, 0x26, 0xc9, 0x0a, 0x00,
    0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0xc0, 0x01, 0x00, 0x50, 0x11, 0x22, 0x33, 0x44, 0x00, 0x00,
    0x00, 0x00, 0x60, 0x02, 0xff, 0xff, 0x7f, 0x6c, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4};
static const uint8_t udp6_hopopts[] = { // IPv6, router alert, UDP, odd length
    0x02, 0x12, 0x34, 0x56, 0x78, 0x90, 0x02, 0xab, 0xcd, 0xef, 0x01, 0x02, 0x86, 0xdd, 0x60,
    0x00, 0x00, 0x00, 0x00, 0x15, 0x00, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x11, 0x00, 0x05, 0x02, 0x00, 0x00,
    0x01, 0x00, 0x13, 0x88, 0x13, 0x89, 0x00, 0x0d, 0x53, 0x87, 0x61, 0x62, 0x63, 0x64, 0x65};
static const uint8_t snap_tcp[] = { // 802.3 + SNAP, IP options, TCP
    0x02, 0x12, 0x34, 0x56, 0x78, 0x90, 0x02, 0xab, 0xcd, 0xef, 0x01, 0x02, 0x00, 0x34,
    0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00, 0x46, 0x00, 0x00, 0x2c, 0xab, 0xcd,
    0x40, 0x00, 0x40, 0x06, 0x8d, 0x6a, 0xac, 0x10, 0x0a, 0x63, 0xac, 0x10, 0x0a, 0x0c,
    0x94, 0x04, 0x00, 0x00, 0x1f, 0x90, 0xd4, 0x31, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00,
    0x00, 0x0b, 0x50, 0x18, 0x20, 0x00, 0x2f, 0x66, 0x00, 0x00};

static uint8_t copy[20000]; // the frame a rule is tried on

static rx_offload_t rx(const uint8_t *f, uint32_t len)
{
    rx_shape_t shape = rx_shape(reg);
    return offload_rx(f, len, &shape);
}

#define EXPECT(result, want_status, want_errors)                                                   \
    do {                                                                                           \
        rx_offload_t got_ = (result);                                                              \
        assert_int_equal(got_.status, want_status);                                                \
        assert_int_equal(got_.errors, want_errors);                                                \
    } while (0)

static void hand_made_packets_are_good_and_flipped_bits_are_seen(void **state)
{
    (void)state;
    static const struct {
        const uint8_t *f;
        uint32_t len, ip, ip_end, l4; // l4: first byte
    } row[] = {
        {udp4, sizeof udp4, 14, 34, 34},
        {tagged_syn, sizeof tagged_syn, 18, 38, 38},
        {udp6_hopopts, sizeof udp6_hopopts, 14, 14, 62},
        {snap_tcp, sizeof snap_tcp, 22, 46, 46},
    };
    set_registers(IPOFLD | TUOFLD | IPV6OFL, true);
    for (unsigned i = 0; i < 4; i++) {
        uint8_t ipcs = row[i].ip_end > row[i].ip ? IPCS : 0;
        memcpy(copy, row[i].f, row[i].len);
        EXPECT(rx(copy, row[i].len), TCPCS | ipcs, 0);
        for (uint32_t bit = row[i].ip * 8; bit < row[i].len * 8; bit++) {
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
            rx_offload_t r = rx(copy, row[i].len);
            bool in_ip = bit / 8 < row[i].ip_end;
            bool both = in_ip && bit / 8 >= row[i].ip + 12 && bit / 8 < row[i].ip + 20; // addresses
            if (in_ip && (r.status & IPCS)) assert_true(r.errors & IPE);
            if (!in_ip || both)
                assert_true(!(r.status & TCPCS) || (r.errors & TCPE) || bit / 8 < row[i].l4);
            if (bit / 8 >= row[i].l4 + 8) assert_true((r.status & TCPCS) && (r.errors & TCPE));
            copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void each_enable_bit_checks_its_own(void **state)
{
    (void)state;
    static const struct {
        uint32_t on;
        uint8_t v4, v6;
    } row[] = {
        {0, IXSM, IXSM},
        {IPOFLD, IPCS, IXSM},
        {TUOFLD, TCPCS, IXSM},
        {IPV6OFL, IXSM, IXSM},
        {IPOFLD | TUOFLD, IPCS | TCPCS, IXSM},
        {TUOFLD | IPV6OFL, TCPCS, TCPCS},
        {IPOFLD | IPV6OFL, IPCS, IXSM},
    };
    for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
        set_registers(row[i].on, true);
        EXPECT(rx(udp4, sizeof udp4), row[i].v4, 0);
        EXPECT(rx(udp6_hopopts, sizeof udp6_hopopts), row[i].v6, 0);
    }
}

// RFC 1071 §3: 0001 f203 f4f5 f6f7 sum to ddf2; the field is stored little-endian.
static void the_packet_checksum_is_the_big_endian_sum_from_pcss(void **state)
{
    (void)state;
    static const uint8_t rfc[8] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    for (uint32_t pcss = 0; pcss < 60; pcss++) {
        memset(copy, 0, 100);
        memcpy(copy + pcss, rfc, 8);
        for (uint32_t on = 0; on <= TUOFLD; on += TUOFLD) {
            set_registers(on | pcss, false);
            assert_int_equal(rx(copy, pcss + 8).csum, 0xDDF2);
            assert_int_equal(rx(copy, pcss + 9).csum, 0xDDF2);
            assert_int_equal(rx(copy, pcss + 7).csum, 0xDCFB); // f6f7 becomes f600
            assert_int_equal(rx(copy, pcss).csum, 0);
            if (pcss) assert_int_equal(rx(copy, pcss - 1).csum, 0);
        }
    }
}

static void fragments_get_no_l4_check(void **state)
{
    (void)state;
    set_registers(IPOFLD | TUOFLD, true);
    for (uint32_t bit = 0; bit < 16; bit++) { // of flags and offset
        memcpy(copy, udp4, sizeof udp4);
        w16(copy + 20, 1u << bit);
        w16(copy + 24, 0);
        w16(copy + 24, 0xFFFF - ref_sum(copy + 14, 20));
        EXPECT(rx(copy, sizeof udp4), bit >= 14 ? IPCS | TCPCS : IPCS, 0);
    }
}

static void a_udp_checksum_of_zero_is_not_checked(void **state)
{
    (void)state;
    set_registers(TUOFLD | IPV6OFL, true);
    memcpy(copy, udp4, sizeof udp4);
    w16(copy + 40, 0);
    EXPECT(rx(copy, sizeof udp4), IXSM, 0);
    memcpy(copy, udp6_hopopts, sizeof udp6_hopopts);
    w16(copy + 68, 0);
    EXPECT(rx(copy, sizeof udp6_hopopts), IXSM, 0);
}

static void the_ip_length_and_not_the_frame_decides(void **state)
{
    (void)state;
    memset(copy, 0x5A, 100);
    memcpy(copy, udp4, sizeof udp4);
    for (uint32_t len = 0; len <= 100; len++) {
        set_registers(TUOFLD, true);
        EXPECT(rx(copy, len), len >= sizeof udp4 ? TCPCS : IXSM, 0);
        set_registers(TUOFLD, false); // the last four are the CRC
        EXPECT(rx(copy, len), len >= sizeof udp4 + 4 ? TCPCS : IXSM, 0);
    }
    w16(copy + 38, 0x16); // UDP length
    EXPECT(rx(copy, 100), IXSM, 0);
}

static void one_tag_is_skipped_and_a_second_one_is_not(void **state)
{
    (void)state;
    set_registers(TUOFLD, true);
    EXPECT(rx(tagged_syn, sizeof tagged_syn), TCPCS, 0);
    reg[E1000_R_VET] = 0x88A8;
    EXPECT(rx(tagged_syn, sizeof tagged_syn), IXSM, 0);
    for (uint32_t outer = 0x8100; outer <= 0x88A8; outer += 0x7A8) { // QinQ
        memcpy(copy, tagged_syn, 12);
        w16(copy + 12, outer);
        w16(copy + 14, 7);
        memcpy(copy + 16, tagged_syn + 12, sizeof tagged_syn - 12);
        for (unsigned vet = 0; vet < 2; vet++) {
            reg[E1000_R_VET] = vet ? 0x88A8 : 0x8100;
            EXPECT(rx(copy, sizeof tagged_syn + 4), IXSM, 0);
        }
    }
    // Stripped: one tag of two is left, and it is the second one.
    set_registers(TUOFLD, true);
    reg[E1000_R_CTRL] = VME;
    EXPECT(rx(tagged_syn, sizeof tagged_syn), IXSM, 0);
    memcpy(copy, tagged_syn, 12);
    memcpy(copy + 12, tagged_syn + 16, sizeof tagged_syn - 16);
    EXPECT(rx(copy, sizeof tagged_syn - 4), TCPCS, 0);
}

static void tunnels_and_other_protocols_get_no_l4_check(void **state)
{
    (void)state;
    set_registers(IPOFLD | TUOFLD | IPV6OFL, true);
    for (uint32_t proto = 0; proto < 256; proto++) {
        memcpy(copy, udp4, sizeof udp4);
        copy[23] = (uint8_t)proto;
        w16(copy + 24, 0);
        w16(copy + 24, 0xFFFF - ref_sum(copy + 14, 20));
        rx_offload_t r = rx(copy, sizeof udp4);
        assert_int_equal(r.status, proto == 6 || proto == 17 ? IPCS | TCPCS : IPCS);
        memcpy(copy, udp6_hopopts, sizeof udp6_hopopts);
        copy[54] = (uint8_t)proto; // behind the hop-by-hop header
        w16(copy + 66, 13);
        r = rx(copy, sizeof udp6_hopopts);
        // TCP needs 20 bytes; 1388h as an extension header is too long
        assert_int_equal(r.status, proto == 17 ? TCPCS : IXSM);
    }
}

static void ipv6_headers_are_skipped_up_to_64_bytes(void **state)
{
    (void)state;
    set_registers(TUOFLD | IPV6OFL, true);
    static const uint8_t kind[] = {0, 43, 60, 44, 51, 50, 135};
    for (unsigned k = 0; k < sizeof kind; k++) {
        for (uint32_t size = 8; size <= 80; size += 8) {
            for (uint32_t segments = 0; segments < 2; segments++) {
                memcpy(copy, udp6_hopopts, 54);
                memset(copy + 54, 0, size);
                copy[20] = kind[k];
                copy[54] = 17;
                copy[55] = (uint8_t)(size / 8 - 1);
                copy[57] = (uint8_t)segments;
                memcpy(copy + 54 + size, udp6_hopopts + 62, 13);
                w16(copy + 18, size + 13);
                bool known = k < 3 && size <= 64 && !(kind[k] == 43 && segments);
                EXPECT(rx(copy, 54 + size + 13), known ? TCPCS : IXSM, 0);
                if (!known) continue;
                copy[54 + size + 12] ^= 1;
                EXPECT(rx(copy, 54 + size + 13), TCPCS, TCPE);
                w16(copy + 18, 0); // jumbogram
                EXPECT(rx(copy, 54 + size + 13), IXSM, 0);
            }
        }
    }
}

static void snap_needs_its_six_bytes(void **state)
{
    (void)state;
    set_registers(TUOFLD, true);
    for (unsigned i = 14; i < 20; i++) {
        memcpy(copy, snap_tcp, sizeof snap_tcp);
        copy[i] ^= 1;
        EXPECT(rx(copy, sizeof snap_tcp), IXSM, 0);
    }
    memcpy(copy, snap_tcp, sizeof snap_tcp);
    w16(copy + 12, 0x05FF);
    EXPECT(rx(copy, sizeof snap_tcp), TCPCS, 0);
    w16(copy + 12, 0x0600);
    EXPECT(rx(copy, sizeof snap_tcp), IXSM, 0);
}

// ---- random frames ----

static uint32_t put_ipv6_headers(uint8_t *p, uint8_t *next)
{
    static const uint8_t kind[] = {0, 60, 43, 60, 0, 43, 44};
    uint32_t n = 0;
    for (uint32_t count = rnd(4); count; count--) {
        *next = kind[rnd(7)];
        uint32_t size = 8 * (1 + rnd(one_in(8) ? 12 : 8));
        for (uint32_t i = 0; i < size; i++) p[n + i] = (uint8_t)rnd(256);
        p[n + 1] = (uint8_t)(size / 8 - 1);
        p[n + 3] = one_in(6);
        next = &p[n];
        n += size;
    }
    static const uint8_t last[] = {6, 17, 6, 17, 6, 17, 6, 17, 58, 59, 4, 41};
    *next = last[rnd(12)];
    return n;
}

// A frame in copy[], without CRC; mostly correct. Returns its length.
static uint32_t random_packet(void)
{
    static const uint8_t proto4[] = {6, 17, 6, 17, 6, 17, 6, 17, 1, 4, 41, 0};
    uint8_t *f = copy, *ip, *l4;
    uint32_t n = 12;
    bool v6 = one_in(3);
    for (unsigned i = 0; i < 12; i++) f[i] = (uint8_t)rnd(256);
    uint32_t tags = rnd(2) ? 0 : one_in(6) ? 2 : rnd(2);
    for (; tags; tags--, n += 4) {
        w16(f + n, one_in(8) ? 0x88A8 : 0x8100);
        w16(f + n + 2, rnd(0x10000));
    }
    if (one_in(6)) {
        static const uint8_t llc[6] = {0xAA, 0xAA, 3, 0, 0, 0};
        w16(f + n, 46 + rnd(1455));
        memcpy(f + n + 2, llc, 6);
        if (one_in(6)) f[n + 2 + rnd(6)] ^= (uint8_t)(1 << rnd(8));
        n += 8;
    }
    w16(f + n, v6 ? 0x86DD : 0x0800);
    ip = f + n + 2;
    uint32_t data = rnd(3) ? rnd(64) : rnd(1400);
    for (unsigned i = 0; i < 60; i++) ip[i] = (uint8_t)rnd(256);
    if (v6) {
        ip[0] = 0x60;
        l4 = ip + 40 + put_ipv6_headers(ip + 40, ip + 6);
    } else {
        uint32_t words = rnd(3) ? 5 : 5 + rnd(11);
        ip[0] = (uint8_t)(0x40 + words);
        w16(ip + 6, rnd(4) ? 0x4000 : 1u << rnd(16));
        ip[9] = proto4[rnd(12)];
        l4 = ip + words * 4;
    }
    uint32_t proto = v6 ? 0 : ip[9];
    for (uint8_t *p = ip + 40, next = ip[6]; v6; next = p[0], p += 8u + 8u * p[1]) {
        proto = next;
        if (next != 0 && next != 43 && next != 44 && next != 60) break;
    }
    uint32_t len = data + (proto == 6 ? 20 : 8);
    for (uint32_t i = 0; i < len; i++) l4[i] = (uint8_t)rnd(256);
    uint32_t field = proto == 6 ? 16 : 6;
    if (proto == 17) w16(l4 + 4, one_in(12) ? len - 1 : len);
    w16(l4 + field, 0);
    uint32_t sum =
        v6 ? ref_l4_sum(ip + 8, 32, proto, l4, len) : ref_l4_sum(ip + 12, 8, proto, l4, len);
    w16(l4 + field, proto == 17 && one_in(12) ? 0 : 0xFFFF - sum);
    uint32_t total = (uint32_t)(l4 - ip) + len;
    if (one_in(12)) total += rnd(9) - 4;
    if (v6) {
        w16(ip + 4, total - 40);
    } else {
        w16(ip + 2, total);
        w16(ip + 10, 0);
        w16(ip + 10, 0xFFFF - ref_sum(ip, (ip[0] & 15u) * 4));
    }
    return (uint32_t)(l4 - f) + len;
}

static void random_frames_are_reported_as_the_reference_does(void **state)
{
    (void)state;
    unsigned good4 = 0, good6 = 0, bad = 0, ip_bad = 0, none = 0, long_sum = 0, odd = 0;
    for (int i = 0; i < 200000; i++) {
        memset(reg, 0, sizeof reg);
        reg[E1000_R_RXCSUM] = (rnd(4) ? 0x700 : rnd(8) << 8) | (rnd(3) ? rnd(3) * 17 : rnd(256));
        reg[E1000_R_RCTL] = rnd(2) ? SECRC : 0;
        reg[E1000_R_CTRL] = one_in(6) ? VME : 0;
        reg[E1000_R_VET] = one_in(8) ? 0x88A8 : 0x8100;
        uint32_t len = random_packet();
        while (len < 60 || one_in(4)) copy[len++] = (uint8_t)rnd(256); // padding
        if (!(reg[E1000_R_RCTL] & SECRC))
            for (int k = 0; k < 4; k++) copy[len++] = (uint8_t)rnd(256);
        if (one_in(4)) copy[12 + rnd(len - 12)] ^= (uint8_t)(1 << rnd(8));
        if (one_in(20)) len = rnd(len);
        uint8_t *block = malloc(len + 1), *f = block + 1; // of exactly its size, at an odd address
        assert_non_null(block);
        memcpy(f, copy, len);
        ref_ip_t ip;
        rx_offload_t r = rx(f, len), w = ref_rx(f, len, &ip);
        if (r.csum != w.csum || r.status != w.status || r.errors != w.errors)
            fail_msg("frame %d (%u bytes): csum %04x/%04x status %02x/%02x errors %02x/%02x", i,
                     len, r.csum, w.csum, r.status, w.status, r.errors, w.errors);
        free(block);
        bool checked = w.status & TCPCS;
        good4 += checked && !(w.errors & TCPE) && ip.v4;
        good6 += checked && !(w.errors & TCPE) && !ip.v4;
        bad += (w.errors & TCPE) != 0;
        ip_bad += (w.errors & IPE) != 0;
        none += (w.status & IXSM) != 0;
        long_sum += checked && ip.l4_len > 200 && (reg[E1000_R_RXCSUM] & 0xFF) <= ip.l4;
        odd += checked && ip.l4_len % 2 && (reg[E1000_R_RXCSUM] & 1);
    }
    assert_true(good4 > 20000 && good6 > 5000 && bad > 5000 && ip_bad > 1000);
    assert_true(none > 10000 && long_sum > 10000 && odd > 5000);
}

// ---- transmit ----

// One engine as the specification words it; whether it stores is decided from the bytes it touches.
static void ref_insert(uint8_t *out, const uint8_t *in, uint32_t len, uint32_t css, uint32_t cso,
                       uint32_t cse, uint32_t add, bool no_zero)
{
    uint32_t s = add, n = 0;
    for (uint32_t i = css; i < len && (cse == 0 || i <= cse); i++, n++)
        s += n % 2 ? in[i] : in[i] * 256u;
    if (n == 0 || cso + 1 >= len) return;
    while (s > 0xFFFF) s = s - 0x10000 + 1;
    uint32_t c = 0xFFFF - s;
    if (c == 0 && no_zero) c = 0xFFFF;
    w16(out + cso, c);
}

static void random_insertions_store_what_the_reference_stores(void **state)
{
    (void)state;
    static uint8_t in[2048], want[2048];
    unsigned stored = 0, skipped = 0;
    for (int i = 0; i < 100000; i++) {
        uint32_t len = one_in(8) ? 1 + rnd(40) : 14 + rnd(one_in(4) ? 1500 : 200);
        bool sparse = one_in(4); // mostly zeros and ones, for sums of 0000 and FFFF
        for (uint32_t k = 0; k < len; k++)
            in[k] = sparse ? (one_in(2) ? 0xFF : 0) : (uint8_t)rnd(256);
        if (sparse && one_in(2)) memset(in, one_in(2) ? 0xFF : 0, len);
        tx_context_t c = {
            .ipcss = (uint8_t)rnd(64),
            .ipcso = (uint8_t)rnd(64),
            .ipcse = (uint16_t)(rnd(2)      ? rnd(80)
                                : one_in(3) ? 0
                                            : rnd(0x10000)),
            .tucss = (uint8_t)rnd(one_in(4) ? 256 : 80),
            .tucso = (uint8_t)rnd(one_in(4) ? 256 : 80),
            .tucse = (uint16_t)(rnd(3) ? 0 : rnd(2000)),
        };
        uint8_t popts = (uint8_t)rnd(4);
        uint8_t *f = malloc(len);
        assert_non_null(f);
        uint32_t mode = rnd(3);
        memcpy(f, in, len);
        memcpy(want, in, len);
        if (mode == 2) {
            offload_tx_legacy(f, len, c.tucss, c.tucso);
            ref_insert(want, in, len, c.tucss, c.tucso, 0, 0, true);
        } else {
            if (mode) offload_tso_csum(f, len, &c, popts);
            else offload_tx(f, len, &c, popts);
            uint32_t add = mode && c.tucss < len ? len - c.tucss : 0;
            if (popts & E1000_TXD_POPTS_IXSM)
                ref_insert(want, in, len, c.ipcss, c.ipcso, c.ipcse, 0, false);
            if (popts & E1000_TXD_POPTS_TXSM)
                ref_insert(want, in, len, c.tucss, c.tucso, c.tucse, add, true);
        }
        if (memcmp(f, want, len) != 0) fail_msg("insertion %d: mode %u, %u bytes", i, mode, len);
        stored += memcmp(want, in, len) != 0;
        skipped += memcmp(want, in, len) == 0;
        free(f);
    }
    assert_true(stored > 40000 && skipped > 10000);
}

static void a_store_outside_the_packet_is_skipped(void **state)
{
    (void)state;
    uint8_t f[12], before[12];
    memset(before, 0x11, sizeof before);
    for (uint32_t cso = 0; cso < 256; cso++) {
        memcpy(f, before, sizeof f);
        offload_tx_legacy(f, 10, 0, (uint8_t)cso);
        assert_int_equal(memcmp(f, before, sizeof f) == 0, cso > 8);
    }
    for (uint32_t css = 0; css < 256; css++) {
        memcpy(f, before, sizeof f);
        offload_tx_legacy(f, 10, (uint8_t)css, 0);
        assert_int_equal(memcmp(f, before, sizeof f) == 0, css > 9);
    }
}

static void only_the_tcp_engine_avoids_zero(void **state)
{
    (void)state;
    uint8_t f[6] = {0xFF, 0xFF, 0, 0, 0, 0};
    tx_context_t c = {.ipcss = 0, .ipcso = 2, .tucss = 0, .tucso = 4};
    offload_tx(f, sizeof f, &c, E1000_TXD_POPTS_IXSM | E1000_TXD_POPTS_TXSM);
    static const uint8_t want[6] = {0xFF, 0xFF, 0x00, 0x00, 0xFF, 0xFF};
    assert_memory_equal(f, want, 6);
}

// The host leaves the pseudo-header sum in the checksum field; the hand-made packets must come
// back.
static void inserted_checksums_are_those_of_the_hand_made_packets(void **state)
{
    (void)state;
    uint8_t f[80];
    memcpy(f, udp4, sizeof udp4);
    w16(f + 24, 0);
    w16(f + 40, ref_l4_sum(udp4 + 26, 8, 17, udp4, 0) + 0x17);
    tx_context_t c = {.ipcss = 14, .ipcso = 24, .ipcse = 33, .tucss = 34, .tucso = 40};
    offload_tx(f, sizeof udp4, &c, E1000_TXD_POPTS_IXSM | E1000_TXD_POPTS_TXSM);
    assert_memory_equal(f, udp4, sizeof udp4);
    w16(f + 40, ref_l4_sum(udp4 + 26, 8, 17, udp4, 0) + 0x17);
    offload_tx_legacy(f, sizeof udp4, 34, 40);
    assert_memory_equal(f, udp4, sizeof udp4);
    memcpy(f, snap_tcp, sizeof snap_tcp);
    w16(f + 32, 0);
    w16(f + 62, ref_l4_sum(snap_tcp + 34, 8, 6, snap_tcp, 0) + 20);
    c = (tx_context_t){.ipcss = 22, .ipcso = 32, .ipcse = 45, .tucss = 46, .tucso = 62};
    offload_tx(f, sizeof snap_tcp, &c, E1000_TXD_POPTS_IXSM | E1000_TXD_POPTS_TXSM);
    assert_memory_equal(f, snap_tcp, sizeof snap_tcp);
}

static void a_context_descriptor_is_taken_apart(void **state)
{
    (void)state;
    static const uint8_t d[16] = {0x0E, 0x18, 0x21, 0x43, 0x22, 0x32, 0x65, 0x87,
                                  0xCD, 0xAB, 0x0F, 0xA7, 0xFF, 0x36, 0xB4, 0x05};
    uint64_t desc[2];
    memcpy(desc, d, sizeof desc);
    tx_context_t c = tx_context_parse(desc);
    assert_true(c.ipcss == 0x0E && c.ipcso == 0x18 && c.ipcse == 0x4321);
    assert_true(c.tucss == 0x22 && c.tucso == 0x32 && c.tucse == 0x8765);
    assert_true(c.paylen == 0xFABCD && c.hdrlen == 0x36 && c.mss == 1460);
    assert_true(c.tcp && c.ip && c.tse);
    uint8_t e[16] = {0};
    for (unsigned bit = 0; bit < 8; bit++) {
        e[11] = (uint8_t)(1 << bit);
        memcpy(desc, e, sizeof desc);
        c = tx_context_parse(desc);
        assert_true(c.tcp == (bit == 0) && c.ip == (bit == 1) && c.tse == (bit == 2));
    }
    memset(e, 0, sizeof e);
    e[10] = 0xF0; // DTYP is not PAYLEN
    memcpy(desc, e, sizeof desc);
    assert_int_equal(tx_context_parse(desc).paylen, 0);
}

// ---- segmentation ----

typedef struct tso {
    tx_context_t c;
    uint8_t hdr[256];
    uint8_t *payload;
    uint32_t seq, id;
    uint8_t flags;
} tso_t;

static void random_tso(tso_t *t, uint8_t *payload)
{
    bool v4 = rnd(2), tcp = rnd(4), tag = one_in(4);
    uint32_t l3 = tag ? 18 : 14, l4 = l3 + (v4 ? 20 + 4 * rnd(5) : 40);
    uint32_t hdrlen = l4 + (tcp ? 20 + 4 * rnd(6) : 8);
    memset(t, 0, sizeof *t);
    for (uint32_t i = 0; i < hdrlen; i++) t->hdr[i] = (uint8_t)rnd(256);
    if (tag) w16(t->hdr + 12, 0x8100);
    w16(t->hdr + l3 - 2, v4 ? 0x0800 : 0x86DD);
    uint8_t *ip = t->hdr + l3, *up = t->hdr + l4;
    ip[0] = v4 ? (uint8_t)(0x40 + (l4 - l3) / 4) : 0x60;
    ip[v4 ? 9 : 6] = tcp ? 6 : 17;
    if (v4) {
        w16(ip + 6, 0x4000);
        w16(ip + 10, 0);
        t->id = r16(ip + 4);
    }
    // The host leaves the pseudo-header sum without the length.
    uint32_t pseudo = ref_l4_sum(ip + (v4 ? 12 : 8), v4 ? 8 : 32, tcp ? 6 : 17, up, 0);
    w16(up + (tcp ? 16 : 6), pseudo);
    t->seq = r16(up + 4) << 16 | r16(up + 6);
    if (one_in(4)) t->seq = UINT32_MAX - rnd(5000);
    if (tcp) {
        w16(up + 4, t->seq >> 16);
        w16(up + 6, t->seq & 0xFFFF);
        up[12] = (uint8_t)((hdrlen - l4) / 4 << 4);
        t->flags = up[13];
    }
    t->c = (tx_context_t){
        .ipcss = (uint8_t)l3,
        .ipcso = (uint8_t)(l3 + 10),
        .ipcse = (uint16_t)(l4 - 1),
        .tucss = (uint8_t)l4,
        .tucso = (uint8_t)(l4 + (tcp ? 16 : 6)),
        .paylen = 1 + rnd(one_in(8) ? 65000 : 9000),
        .hdrlen = (uint8_t)hdrlen,
        .mss = (uint16_t)(one_in(8) ? 1 + rnd(100) : 500 + rnd(1000)),
        .tcp = tcp,
        .ip = v4,
    };
    for (uint32_t i = 0; i < t->c.paylen; i++) payload[i] = (uint8_t)rnd(256);
    t->payload = payload;
}

// Checks frame k, whose payload lies at `done` in the stream, as a receiver would.
static void expect_segment(const tso_t *t, const uint8_t *f, uint32_t len, uint32_t k,
                           uint32_t done)
{
    const tx_context_t *c = &t->c;
    const uint8_t *ip = f + c->ipcss, *up = f + c->tucss;
    uint32_t n = len - c->hdrlen, l4_len = len - c->tucss;
    bool last = done + n == c->paylen;
    assert_true(n == c->mss || last);
    assert_memory_equal(f + c->hdrlen, t->payload + done, n);
    uint32_t sum;
    if (c->ip) {
        assert_int_equal(r16(ip + 2), len - c->ipcss);
        assert_int_equal(r16(ip + 4), (t->id + k) % 0x10000);
        assert_int_equal(ref_sum(ip, c->tucss - c->ipcss), 0xFFFF);
        sum = ref_l4_sum(ip + 12, 8, c->tcp ? 6 : 17, up, l4_len);
    } else {
        assert_int_equal(r16(ip + 4), l4_len);
        sum = ref_l4_sum(ip + 8, 32, c->tcp ? 6 : 17, up, l4_len);
    }
    assert_int_equal(sum, 0xFFFF);
    if (c->tcp) {
        assert_int_equal(r16(up + 4) << 16 | r16(up + 6), t->seq + done);
        assert_int_equal(up[13], last ? t->flags : t->flags & ~9);
    } else {
        assert_int_equal(r16(up + 4), l4_len);
    }
    set_registers(0x700, true);
    rx_offload_t r = rx(f, len);
    assert_int_equal(r.status & TCPCS, TCPCS);
    assert_int_equal(r.errors, 0);
}

static void segments_recombine_and_verify(void **state)
{
    (void)state;
    static uint8_t payload[66000], f[66000];
    unsigned segments = 0;
    for (int i = 0; i < 3000; i++) {
        tso_t t;
        random_tso(&t, payload);
        uint8_t popts = t.c.ip ? E1000_TXD_POPTS_IXSM | E1000_TXD_POPTS_TXSM : E1000_TXD_POPTS_TXSM;
        uint32_t count = offload_tso_count(&t.c), done = 0;
        for (uint32_t k = 0; k < count; k++, segments++) {
            uint32_t n = offload_tso_len(&t.c, k), len = t.c.hdrlen + n;
            assert_true(n > 0);
            memcpy(f, t.hdr, t.c.hdrlen);
            offload_tso_header(f, t.c.hdrlen, &t.c, k, n, k + 1 == count);
            // Everything but the fields that a segment changes is the host's.
            memcpy(f + t.c.hdrlen, payload + done, n);
            offload_tso_csum(f, len, &t.c, popts);
            expect_segment(&t, f, len, k, done);
            uint32_t changed = 0;
            for (uint32_t b = 0; b < t.c.hdrlen; b++) changed += f[b] != t.hdr[b];
            assert_true(changed <= 13);
            assert_memory_equal(f, t.hdr, t.c.ipcss);
            done += n;
        }
        assert_int_equal(done, t.c.paylen);
        assert_int_equal(offload_tso_len(&t.c, count), 0);
        assert_int_equal(offload_tso_len(&t.c, UINT32_MAX), 0);
    }
    assert_true(segments > 30000);
}

static void segment_counts_at_the_edges(void **state)
{
    (void)state;
    static const struct {
        uint32_t paylen;
        uint16_t mss;
        uint32_t count, last;
    } row[] = {
        {0, 1460, 0, 0},          {1, 1460, 1, 1},           {1459, 1460, 1, 1459},
        {1460, 1460, 1, 1460},    {1461, 1460, 2, 1},        {2920, 1460, 2, 1460},
        {0xFFFFF, 1, 0xFFFFF, 1}, {0xFFFFF, 0xFFFF, 17, 15}, {5, 0, 0, 0},
    };
    for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
        tx_context_t c = {.paylen = row[i].paylen, .mss = row[i].mss};
        assert_int_equal(offload_tso_count(&c), row[i].count);
        if (row[i].count) assert_int_equal(offload_tso_len(&c, row[i].count - 1), row[i].last);
    }
}

// A hostile context must not write outside the header.
static void header_edits_stay_inside_the_header(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint32_t hdrlen = rnd(241);
        uint8_t *h = malloc(hdrlen + 16);
        assert_non_null(h);
        memset(h, 0xA5, hdrlen + 16);
        tx_context_t c = {.ipcss = (uint8_t)rnd(256),
                          .tucss = (uint8_t)rnd(256),
                          .mss = (uint16_t)rnd(0x10000),
                          .tcp = rnd(2),
                          .ip = rnd(2)};
        offload_tso_header(h, hdrlen, &c, rnd(1000), rnd(0x10000), rnd(2));
        for (uint32_t k = 0; k < 16; k++) assert_int_equal(h[hdrlen + k], 0xA5);
        free(h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_made_packets_are_good_and_flipped_bits_are_seen),
        cmocka_unit_test(each_enable_bit_checks_its_own),
        cmocka_unit_test(the_packet_checksum_is_the_big_endian_sum_from_pcss),
        cmocka_unit_test(fragments_get_no_l4_check),
        cmocka_unit_test(a_udp_checksum_of_zero_is_not_checked),
        cmocka_unit_test(the_ip_length_and_not_the_frame_decides),
        cmocka_unit_test(one_tag_is_skipped_and_a_second_one_is_not),
        cmocka_unit_test(tunnels_and_other_protocols_get_no_l4_check),
        cmocka_unit_test(ipv6_headers_are_skipped_up_to_64_bytes),
        cmocka_unit_test(snap_needs_its_six_bytes),
        cmocka_unit_test(random_frames_are_reported_as_the_reference_does),
        cmocka_unit_test(random_insertions_store_what_the_reference_stores),
        cmocka_unit_test(a_store_outside_the_packet_is_skipped),
        cmocka_unit_test(only_the_tcp_engine_avoids_zero),
        cmocka_unit_test(inserted_checksums_are_those_of_the_hand_made_packets),
        cmocka_unit_test(a_context_descriptor_is_taken_apart),
        cmocka_unit_test(segments_recombine_and_verify),
        cmocka_unit_test(segment_counts_at_the_edges),
        cmocka_unit_test(header_edits_stay_inside_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
