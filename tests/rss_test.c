// SPDX-License-Identifier: Apache-2.0
// RSS: the published verification vectors, which headers are found, what is summed when; against a
// second implementation, bit by bit.
#include "model/rss.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { VET = 0x8100, TCP = 6, UDP = 17, SCTP = 132 };
#define BIT(n) (1u << (n))

// Bits of MRQC, from the specification.
enum { TCP4 = 1 << 16, IP4 = 1 << 17, TCP6EX = 1 << 18, IP6EX = 1 << 19, IP6 = 1 << 20 };
enum { TCP6 = 1 << 21, UDP4 = 1 << 22, UDP6 = 1 << 23, UDP6EX = 1 << 24 };
enum { ALL = 0x1FF << 16 };

static uint64_t rng_q = 0x55a55a55a5;

static uint32_t rnd(uint32_t below)
{
    rng_q ^= rng_q << 13;
    rng_q ^= rng_q >> 7;
    rng_q ^= rng_q << 17;
    return (uint32_t)((rng_q >> 16) % below);
}

// Microsoft, "Verifying the RSS Hash Calculation" (Windows driver documentation, "RSS hashing
// functions"); the same suite is in the data sheet of Intel's 82599, 7.1.2.8.3.
static const uint8_t ms_key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                   0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                   0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                   0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

typedef struct vector {
    uint8_t source[16], destination[16];
    uint16_t source_port, destination_port;
    uint32_t addresses, with_ports;
} vector_t;

static const vector_t ipv4_vectors[] = {
    {{66, 9, 149, 187}, {161, 142, 100, 80}, 2794, 1766, 0x323e8fc2, 0x51ccc178},
    {{199, 92, 111, 2}, {65, 69, 140, 83}, 14230, 4739, 0xd718262a, 0xc626b0ea},
    {{24, 19, 198, 95}, {12, 22, 207, 184}, 12898, 38024, 0xd2d0a5de, 0x5c2b394a},
    {{38, 27, 205, 30}, {209, 142, 163, 6}, 48228, 2217, 0x82989176, 0xafc7327f},
    {{153, 39, 163, 191}, {202, 188, 127, 2}, 44251, 1303, 0x5d1809c5, 0x10e828a2},
};
static const vector_t ipv6_vectors[] = {
    {{0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 7},
     {0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x00, 0x03, 0, 0, 0, 0, 0, 0, 0, 1},
     2794,
     1766,
     0x2cc18cd5,
     0x40207d3d},
    {{0x3f, 0xfe, 0x05, 0x01, 0, 8, 0, 0, 0x02, 0x60, 0x97, 0xff, 0xfe, 0x40, 0xef, 0xab},
     {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
     14230,
     4739,
     0x0f0c461c,
     0xdde51bbf},
    {{0x3f, 0xfe, 0x19, 0, 0x45, 0x45, 0, 3, 0x02, 0, 0xf8, 0xff, 0xfe, 0x21, 0x67, 0xcf},
     {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x02, 0, 0xf8, 0xff, 0xfe, 0x21, 0x67, 0xcf},
     44251,
     38024,
     0x4b61e985,
     0x02d1feef},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

// ---- frames ----

typedef struct frame {
    uint8_t b[4096];
    uint32_t len;  // without FCS
    uint32_t next; // where the type of the next header is told
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

static void bytes(frame_t *f, const void *p, uint32_t n)
{
    memcpy(f->b + f->len, p, n);
    f->len += n;
}

static void filler(frame_t *f, uint32_t n)
{
    while (n--) u8(f, 0xE0 + n % 7);
}

static void begin(frame_t *f, bool tag, uint16_t type)
{
    f->len = 0;
    filler(f, 12);
    if (tag) {
        u16(f, VET);
        u16(f, 0xA005);
    }
    u16(f, type);
}

static void ipv4(frame_t *f, const vector_t *v, uint32_t options, uint16_t fragment)
{
    u8(f, 0x45 + options);
    filler(f, 5);
    u16(f, fragment);
    u8(f, 64);
    f->next = f->len;
    u8(f, 0);
    filler(f, 2);
    bytes(f, v->source, 4);
    bytes(f, v->destination, 4);
    filler(f, 4 * options);
}

static void ipv6(frame_t *f, const vector_t *v)
{
    u8(f, 0x60);
    filler(f, 5);
    f->next = f->len;
    u8(f, 59);
    u8(f, 64);
    bytes(f, v->source, 16);
    bytes(f, v->destination, 16);
}

static void extension(frame_t *f, uint8_t type, uint8_t units)
{
    f->b[f->next] = type;
    f->next = f->len;
    u8(f, 59);
    u8(f, type == 44 ? 0 : units);
    filler(f, 6 + 8u * units);
}

static void l4(frame_t *f, const vector_t *v, uint8_t proto)
{
    f->b[f->next] = proto;
    u16(f, v->source_port);
    u16(f, v->destination_port);
    filler(f, 9);
    u8(f, 0xD2); // flags: SYN, ACK, and bits that are not flags
    filler(f, 6);
}

static rss_shape_t shape_of(uint32_t mrqc)
{
    static uint32_t reg[IGB_R_COUNT];
    for (unsigned i = 0; i < 10; i++)
        reg[IGB_R_RSSRK + i] = (uint32_t)ms_key[4 * i] | (uint32_t)ms_key[4 * i + 1] << 8 |
                               (uint32_t)ms_key[4 * i + 2] << 16 |
                               (uint32_t)ms_key[4 * i + 3] << 24;
    reg[IGB_R_MRQC] = mrqc;
    reg[IGB_R_VET] = 0x88A80000 | VET;
    return rss_shape(reg);
}

// In a block of exactly the size that may be read, so that a sanitizer sees a read behind it.
static rss_packet_t packet(const frame_t *f, const rss_shape_t *shape)
{
    uint8_t *b = malloc(f->len + 1);
    assert_non_null(b);
    memcpy(b, f->b, f->len);
    rss_packet_t r = rss_packet(b, f->len + 4, shape);
    // The fast way gives the same, for any key and after any other.
    static rss_sums_t sums;
    rss_shape_t other = *shape;
    for (unsigned i = 0; i < 3; i++) {
        const rss_packet_t slow = rss_packet(b, f->len + 4, &other);
        const rss_packet_t fast = rss_packet_sums(b, f->len + 4, &other, &sums);
        assert_memory_equal(&fast, &slow, offsetof(rss_packet_t, priority) + 1);
        other.key[(f->len + i) % IGB_RSSRK_COUNT] ^= 1u << f->len % 32;
    }
    free(b);
    return r;
}

static rss_packet_t with_mrqc(const frame_t *f, uint32_t mrqc)
{
    rss_shape_t shape = shape_of(mrqc);
    return packet(f, &shape);
}

static void expect(const frame_t *f, uint32_t mrqc, uint8_t type, uint32_t hash)
{
    rss_packet_t r = with_mrqc(f, mrqc);
    assert_int_equal(r.type, type);
    assert_int_equal(r.hash, hash);
}

// ---- vectors ----

static void published_vectors_of_ipv4(void **state)
{
    (void)state;
    frame_t f;
    for (unsigned i = 0; i < COUNT(ipv4_vectors); i++) {
        const vector_t *v = &ipv4_vectors[i];
        for (unsigned tag = 0; tag < 2; tag++) {
            begin(&f, tag, 0x0800);
            ipv4(&f, v, 0, 0x4000);
            l4(&f, v, TCP);
            expect(&f, TCP4, 1, v->with_ports);
            expect(&f, TCP4 | IP4, 1, v->with_ports);
            expect(&f, IP4, 2, v->addresses);
            expect(&f, ALL & ~(TCP4 | IP4), 0, 0);
            f.b[f.next] = UDP;
            expect(&f, UDP4 | IP4 | TCP4, 7, v->with_ports);
            expect(&f, IP4 | TCP4, 2, v->addresses);
            f.b[f.next] = SCTP;
            expect(&f, ALL, 2, v->addresses);
        }
    }
}

static void published_vectors_of_ipv6(void **state)
{
    (void)state;
    frame_t f;
    for (unsigned i = 0; i < COUNT(ipv6_vectors); i++) {
        const vector_t *v = &ipv6_vectors[i];
        for (unsigned tag = 0; tag < 2; tag++) {
            begin(&f, tag, 0x86DD);
            ipv6(&f, v);
            l4(&f, v, TCP);
            expect(&f, TCP6 | TCP6EX, 3, v->with_ports);
            expect(&f, IP6 | IP6EX | TCP6EX, 5, v->addresses);
            expect(&f, TCP6EX | IP6EX, 0, 0); // there is no extension header
            f.b[f.next] = UDP;
            expect(&f, ALL, 8, v->with_ports);
            expect(&f, ALL & ~UDP6, 5, v->addresses);
        }
    }
}

// What Linux enables: IPV4, IPV4_TCP, IPV6, IPV6_TCP, IPV6_TCP_EX, with the parser of extension
// headers off.
static void extension_headers(void **state)
{
    (void)state;
    const vector_t *v = &ipv6_vectors[0];
    rss_shape_t linux_shape = shape_of(TCP4 | IP4 | TCP6 | IP6 | TCP6EX);
    linux_shape.ex_dis = true;
    frame_t f;
    for (unsigned n = 1; n < 5; n++) {
        begin(&f, false, 0x86DD);
        ipv6(&f, v);
        for (unsigned i = 0; i < n; i++)
            extension(&f, (uint8_t[]){0, 60, 43, 60}[i], (uint8_t[]){0, 3, 2, 255}[i]);
        l4(&f, v, TCP);
        expect(&f, ALL, 6, v->with_ports);
        expect(&f, ALL & ~TCP6EX, 4, v->addresses);
        expect(&f, IP6 | TCP6 | UDP6EX, 5, v->addresses);
        f.b[f.next] = UDP;
        expect(&f, ALL, 9, v->with_ports);
        rss_packet_t r = packet(&f, &linux_shape);
        assert_int_equal(r.type, 5);
        assert_int_equal(r.hash, v->addresses);
        assert_int_equal(r.packet, PACKET_IPV6);
        r = with_mrqc(&f, ALL);
        assert_int_equal(r.packet, PACKET_IPV6 | PACKET_IPV6_EXT | PACKET_UDP);
    }
}

static void fragments_are_summed_by_address(void **state)
{
    (void)state;
    const vector_t *v = &ipv4_vectors[0], *w = &ipv6_vectors[0];
    static const uint16_t field[] = {0x2000, 0x0001, 0x1000, 0x3FFF};
    frame_t f;
    for (unsigned i = 0; i < 4; i++) {
        begin(&f, false, 0x0800);
        ipv4(&f, v, 0, field[i]);
        l4(&f, v, TCP);
        expect(&f, ALL, 2, v->addresses);
        expect(&f, TCP4, 0, 0);
        assert_int_equal(with_mrqc(&f, ALL).packet, PACKET_IPV4);
        assert_int_equal(with_mrqc(&f, ALL).tcp_flags, 0);
    }
    begin(&f, false, 0x86DD);
    ipv6(&f, w);
    extension(&f, 60, 1);
    extension(&f, 44, 0);
    l4(&f, w, TCP);
    expect(&f, ALL, 4, w->addresses);
    assert_int_equal(with_mrqc(&f, ALL).packet, PACKET_IPV6 | PACKET_IPV6_EXT);
}

static void options_are_passed_over(void **state)
{
    (void)state;
    const vector_t *v = &ipv4_vectors[1];
    frame_t f;
    for (unsigned options = 0; options <= 10; options++) {
        begin(&f, options & 1, 0x0800);
        ipv4(&f, v, options, 0);
        l4(&f, v, TCP);
        expect(&f, ALL, 1, v->with_ports);
        rss_packet_t r = with_mrqc(&f, ALL);
        assert_int_equal(r.packet, (options & 1 ? PACKET_VLAN : 0) | PACKET_IPV4 | PACKET_TCP |
                                       (options ? PACKET_IPV4_OPTIONS : 0));
        assert_int_equal(r.priority, options & 1 ? 5 : 0);
        assert_int_equal(r.dport, v->destination_port);
        assert_int_equal(r.tcp_flags, 0x12);
        assert_int_equal(r.ethertype, 0x0800);
    }
}

// One byte after the other makes the tag, the type, the addresses, the ports and the flags known.
static void short_frames(void **state)
{
    (void)state;
    const vector_t *v = &ipv4_vectors[0];
    frame_t f;
    begin(&f, true, 0x0800);
    ipv4(&f, v, 1, 0);
    l4(&f, v, TCP);
    for (uint32_t len = f.len; len > 0; len--) {
        f.len = len - 1;
        rss_packet_t r = with_mrqc(&f, ALL);
        assert_int_equal(r.packet & PACKET_VLAN, f.len >= 16 ? PACKET_VLAN : 0);
        assert_int_equal(r.ethertype, f.len >= 18 ? 0x0800 : 0);
        assert_int_equal(r.packet & PACKET_IPV4, f.len >= 42 ? PACKET_IPV4 : 0);
        assert_int_equal(r.packet & PACKET_TCP, f.len >= 46 ? PACKET_TCP : 0);
        assert_int_equal(r.tcp_flags, f.len >= 56 ? 0x12 : 0);
        assert_int_equal(r.type, f.len >= 46 ? 1 : f.len >= 42 ? 2 : 0);
        assert_int_equal(r.hash, f.len >= 46 ? v->with_ports : f.len >= 42 ? v->addresses : 0);
    }
    for (uint32_t len = 0; len <= 4; len++) {
        rss_shape_t shape = shape_of(ALL);
        assert_int_equal(rss_packet(NULL, len, &shape).packet, 0);
    }
}

static void what_is_no_ip_packet(void **state)
{
    (void)state;
    const vector_t *v = &ipv4_vectors[0];
    frame_t f;
    static const uint8_t first[] = {0x35, 0x55, 0x65, 0x05, 0x44, 0x40};
    for (unsigned i = 0; i < sizeof first; i++) {
        begin(&f, false, 0x0800);
        ipv4(&f, v, 0, 0);
        f.b[14] = first[i];
        l4(&f, v, TCP);
        expect(&f, ALL, 0, 0);
        assert_int_equal(with_mrqc(&f, ALL).packet, 0);
    }
    begin(&f, false, 0x86DD);
    ipv6(&f, &ipv6_vectors[0]);
    f.b[14] = 0x40;
    l4(&f, v, TCP);
    expect(&f, ALL, 0, 0);
    static const uint16_t type[] = {0x0806, 0x8100, 0x88A8, 0x0046, 0};
    for (unsigned i = 0; i < COUNT(type); i++) { // with a tag, also a second one
        begin(&f, true, type[i]);
        ipv4(&f, v, 0, 0);
        l4(&f, v, TCP);
        expect(&f, ALL, 0, 0);
        assert_int_equal(with_mrqc(&f, ALL).ethertype, type[i]);
        assert_int_equal(with_mrqc(&f, ALL).packet, PACKET_VLAN);
    }
}

// A TCP header with its options: `words` is its length field.
static void tcp(frame_t *f, uint32_t words)
{
    const uint32_t at = f->len;
    l4(f, &ipv4_vectors[0], TCP);
    f->b[at + 12] = (uint8_t)(words << 4 | 0xF);
    while (f->len < at + 4 * words) u8(f, 1);
}

static void header_length(void **state)
{
    (void)state;
    const vector_t *v = &ipv4_vectors[0], *v6 = &ipv6_vectors[0];
    frame_t f;
    for (unsigned tag = 0; tag < 2; tag++) {
        const unsigned l2 = tag ? 18 : 14;
        for (uint32_t options = 0; options < 11; options++) {
            for (uint32_t words = 5; words < 16; words++) {
                begin(&f, tag, 0x0800);
                ipv4(&f, v, options, 0x4000);
                tcp(&f, words);
                assert_int_equal(with_mrqc(&f, 0).hdr_len, l2 + 20 + 4 * (options + words));
                if (words > 5) { // not there whole: it ends behind the IP header
                    f.len--;
                    assert_int_equal(with_mrqc(&f, 0).hdr_len, l2 + 20 + 4 * options);
                }
            }
        }
        for (uint32_t words = 0; words < 5; words++) { // no length of a TCP header
            begin(&f, tag, 0x0800);
            ipv4(&f, v, 0, 0);
            tcp(&f, words);
            assert_int_equal(with_mrqc(&f, 0).hdr_len, l2 + 20);
        }
        static const uint8_t proto[] = {UDP, SCTP, 1};
        static const unsigned l4_len[] = {8, 0, 0};
        for (unsigned i = 0; i < 3; i++) {
            begin(&f, tag, 0x86DD);
            ipv6(&f, v6);
            l4(&f, v, proto[i]);
            assert_int_equal(with_mrqc(&f, 0).hdr_len, l2 + 40 + l4_len[i]);
            begin(&f, tag, 0x0800);
            ipv4(&f, v, 2, 0x2000); // a fragment
            l4(&f, v, proto[i]);
            assert_int_equal(with_mrqc(&f, 0).hdr_len, l2 + 28);
        }
        begin(&f, tag, 0x86DD);
        ipv6(&f, v6);
        extension(&f, 0, 2);
        extension(&f, 60, 40);
        l4(&f, v, UDP);
        assert_int_equal(with_mrqc(&f, 0).hdr_len, l2 + 40 + 24 + 328 + 8);
        rss_shape_t shape = shape_of(0);
        shape.ex_dis = true;
        assert_int_equal(packet(&f, &shape).hdr_len, l2 + 40);
        begin(&f, tag, 0x86DD);
        ipv6(&f, v6);
        extension(&f, 43, 1);
        extension(&f, 44, 0); // a fragment
        l4(&f, v, UDP);
        assert_int_equal(with_mrqc(&f, 0).hdr_len, l2 + 40 + 16);
        begin(&f, tag, 0x86DD);
        ipv6(&f, v6);
        extension(&f, 43, 1);
        f.len--; // not there whole
        assert_int_equal(with_mrqc(&f, 0).hdr_len, l2 + 40);
        begin(&f, tag, 0x0806);
        filler(&f, 46);
        assert_int_equal(with_mrqc(&f, 0).hdr_len, 0);
        begin(&f, tag, 0x0800);
        ipv4(&f, v, 0, 0);
        f.len--;
        assert_int_equal(with_mrqc(&f, 0).hdr_len, 0);
    }
}

static void reta_has_128_entries(void **state)
{
    (void)state;
    static uint32_t reg[IGB_R_COUNT];
    for (uint32_t e = 0; e < 128; e++) {
        memset(reg, 0, sizeof reg);
        reg[IGB_R_RETA + (e >> 2)] = 0xF9u << 8 * (e & 3);
        for (uint32_t h = 0; h < 128; h++)
            assert_int_equal(rss_entry(0xABCDEF00 ^ (h ^ 0x80), reg), h == e ? 9 : 0);
    }
}

// ---- against a second implementation ----

// Bit n of the key, from the left.
static unsigned key_bit(const rss_shape_t *s, unsigned n)
{
    return s->key[n / 32] >> (n % 32 / 8 * 8 + 7 - n % 8) & 1;
}

static uint32_t naive_sum(const rss_shape_t *s, const uint8_t *in, unsigned len)
{
    uint32_t sum = 0;
    for (unsigned bit = 0; bit < 8 * len; bit++)
        for (unsigned k = 0; k < 32; k++)
            if (in[bit / 8] >> (7 - bit % 8) & 1) sum ^= key_bit(s, bit + k) << (31 - k);
    return sum;
}

// Walks the frame from its start, a header at a time; `left` bytes are still to come.
static rss_packet_t naive(const uint8_t *f, uint32_t len, const rss_shape_t *s)
{
    rss_packet_t r = {0};
    if (len < 4 + 14) return r;
    uint32_t left = len - 4 - 12, proto = 256;
    f += 12;
    if (f[0] == s->vet >> 8 && f[1] == (s->vet & 255)) {
        if (left < 4) return r;
        r.packet = 0x1000;
        r.priority = f[2] / 32;
        f += 4;
        left -= 4;
    }
    if (left < 2) return r;
    r.ethertype = (uint16_t)(f[0] * 256 + f[1]);
    f += 2;
    left -= 2;
    uint8_t in[36];
    unsigned n = 0, six = 0, ex = 0;
    if (r.ethertype == 0x0800 && left >= 20 && f[0] >= 0x45 && f[0] <= 0x4F &&
        left >= f[0] % 16 * 4u) {
        memcpy(in, f + 12, n = 8);
        r.packet |= f[0] == 0x45 ? 1 : 3;
        if (f[7] == 0 && f[6] % 64 == 0) proto = f[9];
        left -= f[0] % 16 * 4u;
        r.hdr_len = (uint16_t)(len - 4 - left);
        f += f[0] % 16 * 4;
    } else if (r.ethertype == 0x86DD && left >= 40 && f[0] / 16 == 6) {
        memcpy(in, f + 8, n = 32);
        six = 1;
        r.packet |= 4;
        proto = f[6];
        left -= 40;
        f += 40;
        r.hdr_len = (uint16_t)(len - 4 - left);
        for (;;) {
            const bool known = proto == 0 || proto == 43 || proto == 60;
            if (s->ex_dis || (!known && proto != 44)) break;
            r.packet |= 8;
            ex = 1;
            if (proto == 44 || left < 8 || left < f[1] * 8u + 8) {
                proto = 256;
                break;
            }
            proto = f[0];
            left -= f[1] * 8u + 8;
            r.hdr_len = (uint16_t)(len - 4 - left);
            f += f[1] * 8 + 8;
        }
    }
    if (n == 0) return r;
    bool ports = false;
    if (left >= 4 && (proto == 6 || proto == 17 || proto == 132)) {
        r.packet |= proto == 6 ? 16 : proto == 17 ? 32 : 64;
        r.dport = (uint16_t)(f[2] * 256 + f[3]);
        if (proto == 6 && left >= 14) r.tcp_flags = f[13] & 63;
        if (proto == 6 && left > 12 && f[12] >= 0x50 && left >= f[12] / 16 * 4u)
            r.hdr_len = (uint16_t)(r.hdr_len + f[12] / 16 * 4u);
        if (proto == 17 && left >= 8) r.hdr_len = (uint16_t)(r.hdr_len + 8);
        static const uint8_t bit[2][3] = {{16, 21, 18}, {22, 23, 24}};
        static const uint8_t type[2][3] = {{1, 3, 6}, {7, 8, 9}};
        if (proto != 132 && s->mrqc >> bit[proto == 17][six + ex] & 1) {
            ports = true;
            r.type = type[proto == 17][six + ex];
        }
    }
    if (ports) {
        memcpy(in + n, f, 4);
        n += 4;
    } else if (!six) {
        r.type = s->mrqc & BIT(17) ? 2 : 0;
    } else if (ex && (s->mrqc & BIT(19))) {
        r.type = 4;
    } else {
        r.type = s->mrqc & BIT(20) ? 5 : 0;
    }
    if (r.type) r.hash = naive_sum(s, in, n);
    return r;
}

static void random_frame(frame_t *f)
{
    vector_t v;
    for (unsigned i = 0; i < sizeof v; i++) ((uint8_t *)&v)[i] = (uint8_t)rnd(256);
    const bool six = rnd(2);
    begin(f, rnd(3) == 0, rnd(12) ? six ? 0x86DD : 0x0800 : (uint16_t)rnd(65536));
    if (six) {
        static const uint8_t ext[] = {0, 43, 60, 44, 51};
        ipv6(f, &v);
        for (uint32_t n = rnd(2) ? rnd(4) : 0; n; n--)
            extension(f, ext[rnd(rnd(3) ? 3 : 5)], (uint8_t)(rnd(10) ? rnd(4) : rnd(40)));
    } else {
        ipv4(f, &v, rnd(3) ? 0 : rnd(11), (uint16_t)(rnd(6) ? rnd(2) << 14 : rnd(65536)));
    }
    static const uint8_t proto[] = {TCP, TCP, UDP, UDP, SCTP, 1};
    const uint32_t l4_at = f->len;
    l4(f, &v, proto[rnd(6)]);
    if (rnd(3)) f->b[l4_at + 12] = (uint8_t)(rnd(9) << 4);
    if (rnd(2)) filler(f, rnd(20));
    for (unsigned i = rnd(6) ? 0 : 1 + rnd(3); i; i--) f->b[12 + rnd(f->len - 12)] ^= BIT(rnd(8));
    if (rnd(3) == 0) f->len = rnd(f->len + 1);
}

static void random_frames_as_by_the_second_implementation(void **state)
{
    (void)state;
    unsigned types[10] = {0}, flags = 0, tcp_headers = 0;
    frame_t f;
    for (unsigned i = 0; i < 100000; i++) {
        rss_shape_t s = {.vet = VET, .ex_dis = rnd(4) == 0};
        for (unsigned k = 0; k < 10; k++) s.key[k] = rnd(0x10000) << 16 | rnd(0x10000);
        s.mrqc = rnd(3) ? (uint32_t)ALL : rnd(0x10000) << 16;
        random_frame(&f);
        const rss_packet_t r = packet(&f, &s), w = naive(f.b, f.len + 4, &s);
        if (r.type != w.type || r.hash != w.hash || r.packet != w.packet || r.dport != w.dport ||
            r.tcp_flags != w.tcp_flags || r.priority != w.priority || r.ethertype != w.ethertype ||
            r.hdr_len != w.hdr_len)
            fail_msg("frame %u: type %u/%u hash %08x/%08x packet %04x/%04x header %u/%u", i, r.type,
                     w.type, r.hash, w.hash, r.packet, w.packet, r.hdr_len, w.hdr_len);
        types[w.type]++;
        flags += w.tcp_flags != 0;
        tcp_headers += (w.packet & PACKET_TCP) && w.hdr_len + 8u > f.len;
    }
    for (unsigned t = 0; t < 10; t++) assert_true(types[t] > 300);
    assert_true(flags > 1000);
    assert_true(tcp_headers > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_of_ipv4),
        cmocka_unit_test(published_vectors_of_ipv6),
        cmocka_unit_test(extension_headers),
        cmocka_unit_test(fragments_are_summed_by_address),
        cmocka_unit_test(options_are_passed_over),
        cmocka_unit_test(short_frames),
        cmocka_unit_test(what_is_no_ip_packet),
        cmocka_unit_test(header_length),
        cmocka_unit_test(reta_has_128_entries),
        cmocka_unit_test(random_frames_as_by_the_second_implementation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
