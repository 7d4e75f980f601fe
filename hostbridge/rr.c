// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/rr.h"

#include "hostbridge/core.h"
#include "hostbridge/net_bytes.h"

#include <string.h>

enum { IP_AT = 14, UDP_AT = 34, NUMBER_AT = 42, PORT = 12865 };

// From 198.19.1.NUMBER to 198.19.0.1, the UDP checksum left out.
static void write_request(const rr_client_t *c, uint8_t *f)
{
    memset(f, 0, RR_FRAME);
    memcpy(f, c->server, 6);
    memcpy(f + 6, c->mac, 6);
    net_put16(f + 12, 0x0800);
    uint8_t *ip = f + IP_AT, *udp = f + UDP_AT;
    ip[0] = 0x45;
    net_put16(ip + 2, RR_FRAME - IP_AT);
    ip[8] = 64;
    ip[9] = 17;
    net_put32(ip + 12, 0xC6130100u | c->number);
    net_put32(ip + 16, 0xC6130001u);
    net_put16(ip + 10, net_checksum(net_sum(0, ip, 20)));
    net_put16(udp, 1024u + c->number);
    net_put16(udp + 2, PORT);
    net_put16(udp + 4, RR_FRAME - UDP_AT);
    net_put32(f + NUMBER_AT, (uint32_t)c->stats.requests);
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
        net_get32(data + NUMBER_AT) != (uint32_t)c->stats.requests)
        return false;
    c->waits = false;
    rr_answered(&c->stats, c->asked_cyc, cyc);
    return true;
}
