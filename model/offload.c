// SPDX-License-Identifier: Apache-2.0
#include "model/offload.h"

#include <endian.h>
#include <string.h>

#define INLINE inline __attribute__((always_inline))

enum { SUM_ONCE = 128 }; // bytes; for less, a second pass is cheaper than three pieces

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

// ---- one's complement sums ----
//
// Sums are made of little-endian words, eight bytes at a time, and byte-swapped at the end (RFC
// 1071: neither the order of the bytes nor that of the additions matters). They stay 64 bits wide
// until they are folded. End-around carry never makes 0 of anything else, at any width.

static uint64_t le64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return le64toh(v);
}

static uint64_t add_around(uint64_t sum, uint64_t v)
{
    sum += v;
    return sum + (sum < v);
}

// Sum of the bytes at..to-1 of a frame. Four chains, because one would wait for its own carries.
static uint64_t sum_range(const uint8_t *frame, uint32_t at, uint32_t to)
{
    uint64_t s0 = 0;
    if (at + 32 <= to) {
        uint64_t s1 = 0, s2 = 0, s3 = 0;
        for (; at + 32 <= to; at += 32) {
            s0 = add_around(s0, le64(frame + at));
            s1 = add_around(s1, le64(frame + at + 8));
            s2 = add_around(s2, le64(frame + at + 16));
            s3 = add_around(s3, le64(frame + at + 24));
        }
        s0 = add_around(add_around(s0, s1), add_around(s2, s3));
    }
    uint32_t left = to - at;
    if (left & 16) {
        s0 = add_around(s0, add_around(le64(frame + at), le64(frame + at + 8)));
        at += 16;
    }
    if (left & 8) s0 = add_around(s0, le64(frame + at));
    left &= 7;
    if (left == 0) return s0;

    // The last 1 to 7 bytes end the 8 bytes before `to`, if the frame has so many.
    uint64_t rest = 0;
    if (to >= 8) rest = le64(frame + to - 8) >> (8 - left) * 8;
    else
        for (uint32_t n = to; n > to - left; n--) rest = rest << 8 | frame[n - 1];
    return add_around(s0, rest);
}

// Sum of an IPv4 header; mostly it has no options.
static uint64_t sum_header(const uint8_t *ip, uint32_t hlen)
{
    if (hlen != NIC_Ipv4Len) return sum_range(ip, 0, hlen);
    uint32_t last;
    memcpy(&last, ip + 16, sizeof last);
    return add_around(add_around(le64(ip), le64(ip + 8)), le32toh(last));
}

// What a sum is worth when `before` bytes come before it.
static uint64_t sum_behind(uint32_t before, uint64_t sum)
{
    return before & 1 ? sum << 8 | sum >> 56 : sum;
}

static uint32_t swap16(uint32_t v)
{
    return (uint16_t)(v << 8 | v >> 8);
}

// The sum in 16 bits. A number plus itself with its halves exchanged has in its upper half the sum
// of both halves, carry included.
static uint32_t sum_fold(uint64_t sum)
{
    uint32_t half = (uint32_t)((sum + (sum << 32 | sum >> 32)) >> 32);
    return (half + (half << 16 | half >> 16)) >> 16;
}

// As a number of big-endian words.
static uint32_t sum_value(uint64_t sum)
{
    return swap16(sum_fold(sum));
}

// ---- receive ----

// The packet in an IP packet; proto is 0 if there is none to check.
typedef struct l4 {
    uint32_t proto;
    uint32_t at, to;    // first byte, and the one behind the last
    uint64_t addresses; // sum of both IP addresses
} l4_t;

// Where the network header is; *type gets its EtherType, 0 if there is none.
static uint32_t find_l3(const uint8_t *f, uint32_t end, const rx_shape_t *shape, uint32_t *type)
{
    *type = 0;
    if (end < NIC_TypeAt + 2 + NIC_Ipv4Len)
        return 0; // no room for any IP header, but for all that is read below
    uint32_t at = NIC_TypeAt;
    uint32_t t = be16(f + at);
    if (t == shape->vet && !shape->vme) {
        at += NIC_TagLen;
        t = be16(f + at);
    }
    if (t < NIC_TypeMin) {
        if ((le64(f + at + 2) & 0xFFFFFFFFFFFFu) != NIC_SnapHeader) return 0;
        at += 8;
        t = be16(f + at);
    }
    *type = t;
    return at + 2;
}

// Returns the length of the IPv4 header, 0 if there is none to check.
static INLINE uint32_t parse_ipv4(const uint8_t *f, uint32_t at, uint32_t end, l4_t *l4)
{
    const uint8_t *ip = f + at;
    uint32_t hlen = (ip[0] & 15u) * 4;
    if (at + NIC_Ipv4Len > end || ip[0] >> 4 != 4 || hlen < NIC_Ipv4Len || at + hlen > end)
        return 0;
    uint32_t total = be16(ip + 2);
    bool fragment = be16(ip + 6) & 0x3FFF; // MF and offset
    if (fragment || total < hlen || at + total > end) return hlen;
    l4->proto = ip[9];
    l4->at = at + hlen;
    l4->to = at + total;
    l4->addresses = le64(ip + 12);
    return hlen;
}

static void parse_ipv6(const uint8_t *f, uint32_t at, uint32_t end, l4_t *l4)
{
    const uint8_t *ip = f + at;
    if (at + NIC_Ipv6Len > end || ip[0] >> 4 != 6) return;
    uint32_t to = at + NIC_Ipv6Len + be16(ip + 4);
    uint32_t next = ip[6];
    if (to > end) return;
    at += NIC_Ipv6Len;
    while (next == NIC_ProtoHopopts || next == NIC_ProtoRouting || next == NIC_ProtoDstopts) {
        if (at + 8 > to) return;
        uint32_t hlen = (f[at + 1] + 1u) * 8;
        if (hlen > NIC_ExtensionMax || at + hlen > to) return;
        if (next == NIC_ProtoRouting && f[at + 3] != 0) return; // segments left
        next = f[at];
        at += hlen;
    }
    l4->proto = next;
    l4->at = at;
    l4->to = to;
    l4->addresses = sum_range(ip, 8, NIC_Ipv6Len);
}

static bool l4_checkable(const uint8_t *f, const l4_t *l4)
{
    const uint8_t *p = f + l4->at;
    uint32_t len = l4->to - l4->at;
    if (l4->proto == NIC_ProtoTcp) return len >= NIC_TcpLen;
    return l4->proto == NIC_ProtoUdp && len >= NIC_UdpLen && be16(p + 4) == len && be16(p + 6) != 0;
}

// In both functions that say what it is, so that who does not ask pays nothing.
static INLINE rx_offload_t check(const uint8_t *frame, uint32_t stored_len, const rx_shape_t *shape,
                                 bool *udp)
{
    rx_offload_t r = {0};
    uint32_t rxcsum = shape->rxcsum;
    uint32_t pcss = FGET(E1000_RXCSUM_PCSS, rxcsum);
    bool l4_on = FGET(E1000_RXCSUM_TUOFLD, rxcsum);
    bool ip_on = FGET(E1000_RXCSUM_IPOFLD, rxcsum);
    uint32_t fcs = shape->secrc ? 0 : NIC_FcsBytes;
    uint32_t end = stored_len > fcs ? stored_len - fcs : 0;

    l4_t l4 = {0};
    uint32_t type = 0;
    uint32_t l3 = l4_on || ip_on ? find_l3(frame, end, shape, &type) : 0;
    if (type == NIC_TypeIpv4) {
        uint32_t hlen = parse_ipv4(frame, l3, end, &l4);
        if (ip_on && hlen) {
            r.status |= E1000_RXD_STAT_IPCS;
            if (sum_fold(sum_header(frame + l3, hlen)) != 0xFFFF) r.errors |= E1000_RXD_ERR_IPE;
        }
    }
    if (type == NIC_TypeIpv6 && FGET(E1000_RXCSUM_IPV6OFL, rxcsum)) parse_ipv6(frame, l3, end, &l4);

    if (!l4_on || !l4_checkable(frame, &l4)) {
        if (!r.status) r.status = E1000_RXD_STAT_IXSM;
        if (pcss < stored_len) r.csum = (uint16_t)sum_value(sum_range(frame, pcss, stored_len));
        return r;
    }
    uint64_t l4_sum = sum_range(frame, l4.at, l4.to);
    uint64_t pseudo = add_around(l4.addresses, (uint64_t)swap16(l4.proto) + swap16(l4.to - l4.at));
    r.status |= E1000_RXD_STAT_TCPCS;
    if (udp) *udp = l4.proto == NIC_ProtoUdp;
    if (sum_fold(add_around(pseudo, l4_sum)) != 0xFFFF) r.errors |= E1000_RXD_ERR_TCPE;

    // The packet checksum. The bulk of a long frame has just been summed: what lies before, that
    // sum, and what lies behind.
    if (pcss <= l4.at && l4.to - l4.at > SUM_ONCE) {
        uint64_t sum = sum_range(frame, pcss, l4.at);
        sum = add_around(sum, sum_behind(l4.at - pcss, l4_sum));
        sum = add_around(sum, sum_behind(l4.to - pcss, sum_range(frame, l4.to, stored_len)));
        r.csum = (uint16_t)sum_value(sum);
    } else if (pcss < stored_len) {
        r.csum = (uint16_t)sum_value(sum_range(frame, pcss, stored_len));
    }
    return r;
}

rx_offload_t offload_rx(const uint8_t *frame, uint32_t stored_len, const rx_shape_t *shape)
{
    return check(frame, stored_len, shape, NULL);
}

rx_offload_t offload_rx_udp(const uint8_t *frame, uint32_t stored_len, const rx_shape_t *shape,
                            bool *udp)
{
    *udp = false;
    return check(frame, stored_len, shape, udp);
}

// ---- transmit ----

tx_context_t tx_context_parse(const uint64_t desc[2])
{
    const uint32_t tucmd = (uint32_t)DGET(E1000_TXC_TUCMD, desc);
    return (tx_context_t){
        .ipcss = (uint8_t)DGET(E1000_TXC_IPCSS, desc),
        .ipcso = (uint8_t)DGET(E1000_TXC_IPCSO, desc),
        .ipcse = (uint16_t)DGET(E1000_TXC_IPCSE, desc),
        .tucss = (uint8_t)DGET(E1000_TXC_TUCSS, desc),
        .tucso = (uint8_t)DGET(E1000_TXC_TUCSO, desc),
        .tucse = (uint16_t)DGET(E1000_TXC_TUCSE, desc),
        .paylen = (uint32_t)DGET(E1000_TXC_PAYLEN, desc),
        .tcp = tucmd & E1000_TXC_TUCMD_TCP,
        .ip = tucmd & E1000_TXC_TUCMD_IP,
        .tse = tucmd & E1000_TXC_TUCMD_TSE,
        .hdrlen = (uint8_t)DGET(E1000_TXC_HDRLEN, desc),
        .mss = (uint16_t)DGET(E1000_TXC_MSS, desc),
    };
}

// One engine: whether there is anything to sum, and the checksum to store.
static bool engine_sum(const uint8_t *frame, uint32_t len, uint32_t css, uint32_t cse,
                       uint32_t extra, uint32_t *csum)
{
    uint32_t stop = cse == 0 || cse >= len ? len : cse + 1;
    if (css >= stop) return false;
    *csum = ~sum_value(add_around(sum_range(frame, css, stop), swap16(extra))) & 0xFFFF;
    return true;
}

static void engine_store(uint8_t *frame, uint32_t len, uint32_t cso, uint32_t csum)
{
    if (cso + 2 <= len) put16(frame + cso, csum);
}

static void insert(uint8_t *frame, uint32_t len, const tx_context_t *ctx, uint8_t popts,
                   uint32_t extra)
{
    uint32_t ip = 0, tu = 0;
    bool store_ip =
        (popts & E1000_TXD_POPTS_IXSM) && engine_sum(frame, len, ctx->ipcss, ctx->ipcse, 0, &ip);
    bool store_tu = (popts & E1000_TXD_POPTS_TXSM) &&
                    engine_sum(frame, len, ctx->tucss, ctx->tucse, extra, &tu);
    if (store_ip) engine_store(frame, len, ctx->ipcso, ip);
    if (store_tu) engine_store(frame, len, ctx->tucso, tu ? tu : 0xFFFF);
}

void offload_tx(uint8_t *frame, uint32_t len, const tx_context_t *ctx, uint8_t popts)
{
    insert(frame, len, ctx, popts, 0);
}

void offload_tso_csum(uint8_t *frame, uint32_t len, const tx_context_t *ctx, uint8_t popts)
{
    insert(frame, len, ctx, popts, (len - ctx->tucss) & 0xFFFF);
}

void offload_tx_legacy(uint8_t *frame, uint32_t len, uint8_t css, uint8_t cso)
{
    tx_context_t ctx = {.tucss = css, .tucso = cso};
    insert(frame, len, &ctx, E1000_TXD_POPTS_TXSM, 0);
}

// ---- segmentation ----

uint32_t offload_tso_count(const tx_context_t *ctx)
{
    if (ctx->mss == 0) return 0;
    return (ctx->paylen + ctx->mss - 1) / ctx->mss;
}

uint32_t offload_tso_len(const tx_context_t *ctx, uint32_t k)
{
    uint64_t before = (uint64_t)k * ctx->mss;
    if (before >= ctx->paylen) return 0;
    uint32_t rest = ctx->paylen - (uint32_t)before;
    return rest < ctx->mss ? rest : ctx->mss;
}

void offload_tso_header(uint8_t *hdr, uint32_t hdrlen, const tx_context_t *ctx, uint32_t k,
                        uint32_t len_k, bool last)
{
    uint32_t ip = ctx->ipcss, tu = ctx->tucss;
    uint32_t ip_len = hdrlen + len_k - ip, tu_len = hdrlen + len_k - tu;
    uint32_t seq = 0; // as the host gave it, should the IP fields lie over it
    if (tu + 8 <= hdrlen) seq = be16(hdr + tu + 4) << 16 | be16(hdr + tu + 6);
    if (ctx->ip) {
        if (ip + 4 <= hdrlen) put16(hdr + ip + 2, ip_len);
        if (ip + 6 <= hdrlen) put16(hdr + ip + 4, be16(hdr + ip + 4) + k);
    } else if (ip + 6 <= hdrlen) {
        put16(hdr + ip + 4, ip_len - NIC_Ipv6Len); // the base header does not count
    }
    if (!ctx->tcp) {
        if (tu + 6 <= hdrlen) put16(hdr + tu + 4, tu_len);
        return;
    }
    if (tu + 8 <= hdrlen) {
        seq += k * ctx->mss;
        put16(hdr + tu + 4, seq >> 16);
        put16(hdr + tu + 6, seq);
    }
    if (tu + 14 <= hdrlen && !last) hdr[tu + 13] &= (uint8_t) ~(NIC_TcpFin | NIC_TcpPsh);
}
