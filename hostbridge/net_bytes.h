// SPDX-License-Identifier: Apache-2.0
// Numbers of a frame's headers, which are in network byte order, and the sum over them.
#ifndef MODERATO_NET_BYTES_H
#define MODERATO_NET_BYTES_H

#include <stdint.h>

static inline uint32_t net_get16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t net_get32(const uint8_t *p)
{
    return net_get16(p) << 16 | net_get16(p + 2);
}

// The low 16 bits of v.
static inline void net_put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void net_put32(uint8_t *p, uint32_t v)
{
    net_put16(p, v >> 16);
    net_put16(p + 2, v);
}

// `sum` and the 16-bit words of `len` bytes, the last one filled up with zero. Not folded: good for 64 KiB.
static inline uint32_t net_sum(uint32_t sum, const uint8_t *p, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    return sum;
}

// What a header shows of such a sum (RFC 1071).
static inline uint32_t net_checksum(uint32_t sum)
{
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return ~sum & 0xFFFF;
}

#endif
