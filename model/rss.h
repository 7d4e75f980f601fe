// SPDX-License-Identifier: Apache-2.0
// What the 82576 learns of a received packet while it comes: its RSS sum, what was summed, which
// headers it has, and what the low latency filters look at. Pure functions; the rules are in
// docs/cycle-contract-82576.md, "Which pools".
#ifndef MODERATO_RSS_H
#define MODERATO_RSS_H

#include "rtl/defs_82576.h"

// RSS type of the descriptor: what was summed.
enum rss_type {
    RSS_NONE,
    RSS_TCP_IPV4,
    RSS_IPV4,
    RSS_TCP_IPV6,
    RSS_IPV6EX,
    RSS_IPV6,
    RSS_TCP_IPV6EX,
    RSS_UDP_IPV4,
    RSS_UDP_IPV6,
    RSS_UDP_IPV6EX,
};

// Packet type of the descriptor.
enum rss_packet_bits {
    PACKET_IPV4 = 0x0001,
    PACKET_IPV4_OPTIONS = 0x0002,
    PACKET_IPV6 = 0x0004,
    PACKET_IPV6_EXT = 0x0008,
    PACKET_TCP = 0x0010,
    PACKET_UDP = 0x0020,
    PACKET_SCTP = 0x0040,
    PACKET_L2 = 0x0800, // an EtherType filter knows it: bits 2:0 are its number, 10:3 are 0
    PACKET_VLAN = 0x1000,
};

// TCP flags, as in byte 13 of the header.
enum rss_tcp_flags { TCP_FLAG_SYN = 0x02 };

// What of the registers decides about the sum. The receiver takes it when the frame begins.
typedef struct rss_shape {
    uint32_t key[IGB_RSSRK_COUNT];
    uint32_t mrqc;
    uint16_t vet;
    bool ex_dis; // RFCTL.IPV6_EX_DIS
} rss_shape_t;

bool rss_same_shape(const rss_shape_t *a, const rss_shape_t *b);

enum { RSS_BYTES = 36 }; // that are summed at most: addresses of IPv6 and ports

typedef struct rss_packet {
    uint32_t hash;
    uint16_t packet;    // PACKET_*, but not PACKET_L2
    uint16_t ethertype; // behind the tag; 0: the frame ends before
    uint16_t dport;     // valid with PACKET_TCP and PACKET_UDP
    uint16_t hdr_len;   // bytes in front of the payload, a tag included; 0: no IP header
    uint8_t type;       // enum rss_type
    uint8_t tcp_flags;  // 0: no TCP, or the header is not there
    uint8_t priority;   // of the tag
} rss_packet_t;

rss_shape_t rss_shape(const uint32_t *reg);

// A frame of `len` bytes with FCS, as it was on the wire. Never reads at or behind frame[len - 4].
rss_packet_t rss_packet(const uint8_t *frame, uint32_t len, const rss_shape_t *shape);

// What a byte adds to the sum, for a key: made when it is needed. All zeros is right for the key of zeros.
typedef struct rss_sums {
    uint32_t key[IGB_RSSRK_COUNT];
    uint32_t of[RSS_BYTES][256]; // by place and value
} rss_sums_t;

// The same, faster.
rss_packet_t rss_packet_sums(const uint8_t *frame, uint32_t len, const rss_shape_t *shape,
                             rss_sums_t *sums);

// The entry of RETA for a sum, bits 3:0.
static inline uint32_t rss_entry(uint32_t hash, const uint32_t *reg)
{
    const uint32_t n = hash & (4 * IGB_RETA_COUNT - 1);
    return reg[IGB_R_RETA + n / 4] >> 8 * (n % 4) & 15;
}

#endif
