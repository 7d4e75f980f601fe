// SPDX-License-Identifier: Apache-2.0
// The frame a generator sends: Ethernet (one optional 802.1Q tag), IPv4, UDP to port 9 (iperf-udp: 5001), and in the
// payload a big-endian 32-bit sequence number (0 first, wraps) followed by its complement.
//
// The complement is there so that a frame costs nothing to make: a 16-bit word and its complement
// add up to the same in ones' complement whatever the word, so one UDP checksum is right for every
// frame; and as CRC-32 is affine, the FCS is that of frame 0 with one table value exclusive-or'd
// for each byte of the sequence number, its complement's share included.
//
// The frames of tcp-stream are made anew each time.
#include "traces/trace_priv.h"

#include <libdeflate.h>
#include <string.h>

#define FRAME_FCS     4u
#define FRAME_IP_LEN  20u
#define FRAME_UDP_LEN 8u

// From the IP header on.
enum { DISCARD_PORT = 9, IPERF_PORT = 5001 };
enum { IP_SUM_AT = 10, HOST_AT = 19, UDP_SUM_AT = FRAME_IP_LEN + 6 };

static void frame_put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

// Ones' complement sum of n bytes (RFC 1071), not yet complemented.
static uint32_t frame_sum(const uint8_t *p, uint32_t n, uint32_t sum)
{
    for (uint32_t i = 0; i + 1 < n; i += 2) sum += (uint32_t)p[i] << 8 | p[i + 1];
    if (n & 1) sum += (uint32_t)p[n - 1] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

// 198.18.0.1 -> 198.19.0.1 and on: the addresses RFC 2544 reserves for benchmarks. Zeros are where the sums will be.
static void frame_ip_udp(const trace_gen_spec_t *s, uint8_t *ip, uint32_t ip_len, uint32_t host)
{
    const uint8_t addresses[8] = {198, 18, 0, 1, 198, 19, 0, (uint8_t)(1 + host)};
    uint8_t *udp = ip + FRAME_IP_LEN;
    uint32_t udp_len = ip_len - FRAME_IP_LEN;
    ip[0] = 0x45;
    frame_put16(ip + 2, ip_len);
    frame_put16(ip + 6, 0x4000); // don't fragment
    ip[8] = 64;                  // hops
    ip[9] = 17;                  // UDP
    memcpy(ip + 12, addresses, sizeof addresses);
    frame_put16(ip + 10, ~frame_sum(ip, FRAME_IP_LEN, 0) & 0xffff);

    frame_put16(udp, 49152);
    frame_put16(udp + 2, s->kind == GEN_IPERF_UDP ? IPERF_PORT : DISCARD_PORT);
    frame_put16(udp + 4, udp_len);
    uint32_t sum = frame_sum(addresses, sizeof addresses, 17 + udp_len);
    sum = ~frame_sum(udp, udp_len, sum) & 0xffff;
    frame_put16(udp + 6, sum ? sum : 0xffff); // 0 would mean "no checksum"
}

void trace_gen_frame_build(trace_gen_frame_t *f, const trace_gen_spec_t *s, uint32_t size)
{
    memset(f, 0, sizeof *f);
    f->len = size - FRAME_FCS;
    memcpy(f->data, s->dst, 6);
    memcpy(f->data + 6, s->src, 6);
    uint8_t *p = f->data + 12;
    if (s->vlan_set) {
        frame_put16(p, 0x8100);
        frame_put16(p + 2, s->vlan);
        p += 4;
    }
    frame_put16(p, 0x0800);
    uint8_t *ip = p + 2;
    uint32_t ip_at = (uint32_t)(ip - f->data);
    f->seq_at = ip_at + FRAME_IP_LEN + FRAME_UDP_LEN;
    trace_gen_frame_stamp(f, 0);
    for (uint32_t i = f->seq_at + 8; i < f->len; i++) f->data[i] = (uint8_t)(i - f->seq_at);
    frame_ip_udp(s, ip, f->len - ip_at, 0);

    f->fcs_zero = libdeflate_crc32(0, f->data, f->len);
    for (unsigned byte = 0; byte < 4; byte++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            trace_gen_frame_stamp(f, 1u << (8 * byte + bit));
            uint32_t delta = libdeflate_crc32(0, f->data, f->len) ^ f->fcs_zero;
            // Every value with this bit as its highest: those without it, and the bit.
            for (unsigned low = 0; low < 1u << bit; low++) {
                f->fcs_delta[byte][low | 1u << bit] = f->fcs_delta[byte][low] ^ delta;
            }
        }
    }
    trace_gen_frame_stamp(f, 0);
    if (s->kind & (GEN_TCP | GEN_IPERF_TCP)) memset(f->data + f->seq_at, 0, f->len - f->seq_at);

    for (uint32_t k = s->hosts; k-- > 0;) {
        trace_gen_frame_host_t *h = &f->host[k];
        memset(ip + IP_SUM_AT, 0, sizeof h->ip_sum);
        memset(ip + UDP_SUM_AT, 0, sizeof h->udp_sum);
        frame_ip_udp(s, ip, f->len - ip_at, k);
        memcpy(h->ip_sum, ip + IP_SUM_AT, sizeof h->ip_sum);
        memcpy(h->udp_sum, ip + UDP_SUM_AT, sizeof h->udp_sum);
        h->fcs_zero = libdeflate_crc32(0, f->data, f->len);
    }
}

void trace_gen_frame_host(trace_gen_frame_t *f, uint32_t k)
{
    const trace_gen_frame_host_t *h = &f->host[k];
    uint8_t *ip = f->data + f->seq_at - FRAME_IP_LEN - FRAME_UDP_LEN;
    memcpy(ip + IP_SUM_AT, h->ip_sum, sizeof h->ip_sum);
    ip[HOST_AT] = (uint8_t)(1 + k);
    memcpy(ip + UDP_SUM_AT, h->udp_sum, sizeof h->udp_sum);
    f->fcs_zero = h->fcs_zero;
}

// ---- TCP ---------------------------------------------------------------------------------------

#define FRAME_TCP_LEN 20u
#define FRAME_TCP_ACK 0x10u
#define FRAME_TCP_PSH 0x08u

// Segment n / flows of flow n % flows: ACK only, sequence numbers from 1, identification counting
// with DF, no options, payload of zeros.
uint32_t trace_gen_frame_tcp(trace_gen_frame_t *f, const trace_gen_spec_t *s, uint64_t n)
{
    const uint64_t flow = n % s->flows, segment = n / s->flows;
    uint8_t *tcp = f->data + f->seq_at - FRAME_UDP_LEN, *ip = tcp - FRAME_IP_LEN;
    const uint32_t tcp_len = (uint32_t)(f->data + f->len - tcp);
    const bool push = s->push && (segment + 1) % s->push == 0;
    memset(tcp, 0, FRAME_TCP_LEN);
    frame_put16(ip + 4, (uint32_t)segment & 0xffff);
    ip[9] = 6; // TCP
    frame_put16(ip + 10, 0);
    frame_put16(ip + 10, ~frame_sum(ip, FRAME_IP_LEN, 0) & 0xffff);
    frame_put16(tcp, (uint32_t)(49152 + flow));
    frame_put16(tcp + 2, IPERF_PORT);
    trace_put32(tcp + 4, (uint32_t)(1 + segment * (tcp_len - FRAME_TCP_LEN)));
    trace_put32(tcp + 8, 1);
    tcp[12] = FRAME_TCP_LEN / 4 << 4;
    tcp[13] = (uint8_t)(FRAME_TCP_ACK | (push ? FRAME_TCP_PSH : 0));
    frame_put16(tcp + 14, 0xffff); // window
    // The payload adds nothing to the sum.
    const uint32_t sum = frame_sum(ip + 12, 8, 6 + tcp_len);
    frame_put16(tcp + 16, ~frame_sum(tcp, FRAME_TCP_LEN, sum) & 0xffff);
    return libdeflate_crc32(0, f->data, f->len);
}
