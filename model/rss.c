// SPDX-License-Identifier: Apache-2.0
#include "model/rss.h"

#include <string.h>

enum {
    TYPE_AT = 12,
    ETH_IPV4 = 0x0800,
    ETH_IPV6 = 0x86DD,
    IPV4_MIN = 20,
    IPV6_LEN = 40,
    PORTS = 4, // bytes of a TCP, UDP or SCTP header that must be there
    TCP_LEN = 20,
    UDP_LEN = 8,
    OFFSET_AT = 12, // in a TCP header: its length
    FLAGS_AT = 13,
    PROTO_HOPOPTS = 0,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_ROUTING = 43,
    PROTO_FRAGMENT = 44,
    PROTO_DSTOPTS = 60,
    PROTO_SCTP = 132,
    EX_FIELDS = FMASK(IGB_MRQC_TCP_IPV6EX) | FMASK(IGB_MRQC_IPV6EX) | FMASK(IGB_MRQC_UDP_IPV6EX),
    FIELDS = FMASK(IGB_MRQC_TCP_IPV4) | FMASK(IGB_MRQC_IPV4) | FMASK(IGB_MRQC_IPV6) |
             FMASK(IGB_MRQC_TCP_IPV6) | FMASK(IGB_MRQC_UDP_IPV4) | FMASK(IGB_MRQC_UDP_IPV6) |
             EX_FIELDS,
};

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

// ---- Toeplitz ----

static uint32_t key_byte(const uint32_t *key, uint32_t n)
{
    return key[n / 4] >> 8 * (n % 4) & 0xFF;
}

// The sum of `len` bytes in places from `first` on.
static uint32_t sum_slow(const uint32_t *key, uint32_t first, const uint8_t *p, uint32_t len)
{
    uint32_t sum = 0;
    uint64_t window = 0; // five bytes of the key from the place on, the first in bits 39:32
    for (uint32_t i = 0; i < 4; i++) window = window << 8 | key_byte(key, first + i);
    for (uint32_t i = 0; i < len; i++) {
        window = window << 8 | key_byte(key, first + i + 4);
        for (uint32_t bit = 0; bit < 8; bit++)
            if (p[i] >> (7 - bit) & 1) sum ^= (uint32_t)(window >> (8 - bit));
    }
    return sum;
}

static __attribute__((noinline, cold)) void make_sums(rss_sums_t *s, const uint32_t *key)
{
    memcpy(s->key, key, sizeof s->key);
    for (uint32_t at = 0; at < RSS_BYTES; at++)
        for (uint32_t v = 1; v < 256; v++) {
            const uint8_t bit = (uint8_t)(v & -v);
            s->of[at][v] =
                v == bit ? sum_slow(key, at, &bit, 1) : s->of[at][v ^ bit] ^ s->of[at][bit];
        }
}

static bool same_key(const uint32_t *a, const uint32_t *b)
{
    uint32_t differs = 0;
    for (unsigned n = 0; n < IGB_RSSRK_COUNT; n++) differs |= a[n] ^ b[n];
    return differs == 0;
}

bool rss_same_shape(const rss_shape_t *a, const rss_shape_t *b)
{
    return same_key(a->key, b->key) && a->mrqc == b->mrqc && a->vet == b->vet &&
           a->ex_dis == b->ex_dis;
}

// `len` is a multiple of 4, as all that is summed.
static inline uint32_t sum_fast(const rss_sums_t *s, uint32_t first, const uint8_t *p, uint32_t len)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < len; i += 4)
        for (uint32_t k = i; k < i + 4; k++) sum ^= s->of[first + k][p[k]];
    return sum;
}

// ---- headers ----

typedef struct found {
    const uint8_t *addresses; // of the IP header; NULL: there is none
    uint32_t addresses_len;
    const uint8_t *l4; // TCP, UDP or SCTP, of which the ports are there; NULL: none
} found_t;

// A header of protocol `proto` at `at`.
static void find_l4(const uint8_t *f, uint32_t at, uint32_t end, uint32_t proto, found_t *found,
                    rss_packet_t *r)
{
    const uint32_t bit = proto == PROTO_TCP    ? PACKET_TCP
                         : proto == PROTO_UDP  ? PACKET_UDP
                         : proto == PROTO_SCTP ? PACKET_SCTP
                                               : 0;
    if (!bit || at + PORTS > end) return;
    r->packet |= (uint16_t)bit;
    r->dport = (uint16_t)be16(f + at + 2);
    found->l4 = f + at;
    if (bit == PACKET_TCP && at + FLAGS_AT < end) r->tcp_flags = f[at + FLAGS_AT] & 0x3F;

    uint32_t len = bit == PACKET_UDP ? UDP_LEN : 0;
    if (bit == PACKET_TCP && at + TCP_LEN <= end) len = (f[at + OFFSET_AT] >> 4) * 4u;
    if (bit == PACKET_TCP && len < TCP_LEN) len = 0;
    if (at + len <= end) r->hdr_len = (uint16_t)(at + len);
}

static void find_ipv4(const uint8_t *f, uint32_t at, uint32_t end, found_t *found, rss_packet_t *r)
{
    const uint8_t *ip = f + at;
    if (at + IPV4_MIN > end || ip[0] >> 4 != 4) return;
    const uint32_t hlen = (ip[0] & 15u) * 4;
    if (hlen < IPV4_MIN || at + hlen > end) return;
    r->packet |= hlen > IPV4_MIN ? PACKET_IPV4 | PACKET_IPV4_OPTIONS : PACKET_IPV4;
    found->addresses = ip + 12;
    found->addresses_len = 8;
    r->hdr_len = (uint16_t)(at + hlen);
    if (!(be16(ip + 6) & 0x3FFF)) find_l4(f, at + hlen, end, ip[9], found, r); // MF, offset
}

static bool extension(uint32_t next)
{
    return next == PROTO_HOPOPTS || next == PROTO_ROUTING || next == PROTO_DSTOPTS;
}

static void find_ipv6(const uint8_t *f, uint32_t at, uint32_t end, bool ex_dis, found_t *found,
                      rss_packet_t *r)
{
    const uint8_t *ip = f + at;
    if (at + IPV6_LEN > end || ip[0] >> 4 != 6) return;
    r->packet |= PACKET_IPV6;
    found->addresses = ip + 8;
    found->addresses_len = 32;
    uint32_t next = ip[6];
    at += IPV6_LEN;
    r->hdr_len = (uint16_t)at;
    if (!ex_dis && (extension(next) || next == PROTO_FRAGMENT)) r->packet |= PACKET_IPV6_EXT;
    while (!ex_dis && extension(next)) {
        if (at + 8 > end) return;
        const uint32_t hlen = (f[at + 1] + 1u) * 8;
        if (at + hlen > end) return;
        next = f[at];
        at += hlen;
        r->hdr_len = (uint16_t)at;
    }
    find_l4(f, at, end, next, found, r);
}

// ---- the sum ----

// The type of a sum over addresses and ports, if MRQC wants one.
static enum rss_type type_with_ports(uint32_t packet, uint32_t mrqc)
{
    const bool tcp = packet & PACKET_TCP, udp = packet & PACKET_UDP;
    if (packet & PACKET_IPV4) {
        if (tcp && FGET(IGB_MRQC_TCP_IPV4, mrqc)) return RSS_TCP_IPV4;
        if (udp && FGET(IGB_MRQC_UDP_IPV4, mrqc)) return RSS_UDP_IPV4;
    } else if (packet & PACKET_IPV6_EXT) {
        if (tcp && FGET(IGB_MRQC_TCP_IPV6EX, mrqc)) return RSS_TCP_IPV6EX;
        if (udp && FGET(IGB_MRQC_UDP_IPV6EX, mrqc)) return RSS_UDP_IPV6EX;
    } else if (packet & PACKET_IPV6) {
        if (tcp && FGET(IGB_MRQC_TCP_IPV6, mrqc)) return RSS_TCP_IPV6;
        if (udp && FGET(IGB_MRQC_UDP_IPV6, mrqc)) return RSS_UDP_IPV6;
    }
    return RSS_NONE;
}

static enum rss_type type_of_addresses(uint32_t packet, uint32_t mrqc)
{
    if ((packet & PACKET_IPV4) && FGET(IGB_MRQC_IPV4, mrqc)) return RSS_IPV4;
    if ((packet & PACKET_IPV6_EXT) && FGET(IGB_MRQC_IPV6EX, mrqc)) return RSS_IPV6EX;
    if ((packet & PACKET_IPV6) && FGET(IGB_MRQC_IPV6, mrqc)) return RSS_IPV6;
    return RSS_NONE;
}

rss_shape_t rss_shape(const uint32_t *reg)
{
    rss_shape_t s = {
        .mrqc = reg[IGB_R_MRQC],
        .vet = (uint16_t)FGET(IGB_VET_VET, reg[IGB_R_VET]),
        .ex_dis = FGET(IGB_RFCTL_IPV6_EX_DIS, reg[IGB_R_RFCTL]),
    };
    for (unsigned n = 0; n < IGB_RSSRK_COUNT; n++) s.key[n] = reg[IGB_R_RSSRK + n];
    return s;
}

static inline __attribute__((always_inline)) rss_packet_t
packet(const uint8_t *frame, uint32_t len, const rss_shape_t *shape, rss_sums_t *sums)
{
    rss_packet_t r = {0};
    const uint32_t end = len > NIC_FcsBytes ? len - NIC_FcsBytes : 0;
    uint32_t at = TYPE_AT;
    if (at + 2 > end) return r;
    if (be16(frame + at) == shape->vet) {
        if (at + 4 > end) return r;
        r.packet = PACKET_VLAN;
        r.priority = frame[at + 2] >> 5;
        at += 4;
        if (at + 2 > end) return r;
    }
    r.ethertype = (uint16_t)be16(frame + at);
    at += 2;

    found_t found = {0};
    if (r.ethertype == ETH_IPV4) find_ipv4(frame, at, end, &found, &r);
    if (r.ethertype == ETH_IPV6) find_ipv6(frame, at, end, shape->ex_dis, &found, &r);
    if (!found.addresses || !(shape->mrqc & FIELDS)) return r;

    const enum rss_type ports = type_with_ports(r.packet, shape->mrqc);
    r.type = (uint8_t)(ports ? ports : type_of_addresses(r.packet, shape->mrqc));
    if (r.type == RSS_NONE) return r;
    const uint32_t behind = found.addresses_len;
    if (sums) {
        if (!same_key(sums->key, shape->key)) make_sums(sums, shape->key);
        r.hash = sum_fast(sums, 0, found.addresses, behind);
        if (ports) r.hash ^= sum_fast(sums, behind, found.l4, PORTS);
    } else {
        r.hash = sum_slow(shape->key, 0, found.addresses, behind);
        if (ports) r.hash ^= sum_slow(shape->key, behind, found.l4, PORTS);
    }
    return r;
}

rss_packet_t rss_packet(const uint8_t *frame, uint32_t len, const rss_shape_t *shape)
{
    return packet(frame, len, shape, NULL);
}

rss_packet_t rss_packet_sums(const uint8_t *frame, uint32_t len, const rss_shape_t *shape,
                             rss_sums_t *sums)
{
    return packet(frame, len, shape, sums);
}
