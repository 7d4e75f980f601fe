// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/rr.h"

#include "hostbridge/core.h"

#include <string.h>

enum { IP_AT = 14, UDP_AT = 34, NUMBER_AT = 42, PORT = 12865 };

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xFFFF);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static unsigned ip_sum(const uint8_t *ip)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < 20; i += 2) sum += (uint32_t)ip[i] << 8 | ip[i + 1];
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return ~sum & 0xFFFF;
}

// From 198.19.1.NUMBER to 198.19.0.1, the UDP checksum left out.
static void write_request(const rr_client_t *c, uint8_t *f)
{
    memset(f, 0, RR_FRAME);
    memcpy(f, c->server, 6);
    memcpy(f + 6, c->mac, 6);
    put16(f + 12, 0x0800);
    uint8_t *ip = f + IP_AT, *udp = f + UDP_AT;
    ip[0] = 0x45;
    put16(ip + 2, RR_FRAME - IP_AT);
    ip[8] = 64;
    ip[9] = 17;
    put32(ip + 12, 0xC6130100u | c->number);
    put32(ip + 16, 0xC6130001u);
    put16(ip + 10, ip_sum(ip));
    put16(udp, 1024u + c->number);
    put16(udp + 2, PORT);
    put16(udp + 4, RR_FRAME - UDP_AT);
    put32(f + NUMBER_AT, (uint32_t)c->stats.requests);
}

uint32_t rr_ask(void *ctx, uint8_t *request, uint64_t cyc)
{
    rr_client_t *c = ctx;
    if (!c->on || c->waits) return 0;
    c->stats.requests++;
    c->waits = true;
    c->asked_cyc = cyc;
    write_request(c, request);
    return RR_FRAME;
}

void rr_answered(rr_stats_t *s, uint64_t asked_cyc, uint64_t now_cyc)
{
    const uint64_t ns = (now_cyc - asked_cyc) * CYC_NS;
    s->rtt_sum_ns += ns;
    if (s->answers == 0) s->first_cyc = now_cyc;
    if (s->answers++ == 0 || ns < s->rtt_min_ns) s->rtt_min_ns = ns;
    if (ns > s->rtt_max_ns) s->rtt_max_ns = ns;
    s->last_cyc = now_cyc;
}

bool rr_heard(rr_client_t *c, const uint8_t *data, uint32_t len, uint64_t cyc)
{
    if (!c->waits || len < NUMBER_AT + 4 || memcmp(data, c->mac, 6) != 0 ||
        get32(data + NUMBER_AT) != (uint32_t)c->stats.requests)
        return false;
    c->waits = false;
    rr_answered(&c->stats, c->asked_cyc, cyc);
    return true;
}
