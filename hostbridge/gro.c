// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/gro.h"

#include "hostbridge/net_bytes.h"

#include <string.h>

#define ETH_ADDRESSES 12u
#define ETH_TAG       4u
#define TYPE_VLAN     0x8100u
#define TYPE_IPV4     0x0800u
#define TYPE_IPV6     0x86DDu
#define IPV4_HEADER   20u
#define IPV6_HEADER   40u
#define IP_TCP        6u
#define IPV4_DF       0x4000u
#define TCP_HEADER    20u
#define TCP_FIN       0x01u
#define TCP_SYN       0x02u
#define TCP_RST       0x04u
#define TCP_PSH       0x08u
#define TCP_URG       0x20u
#define TCP_CWR       0x80u

// ---- a frame -----------------------------------------------------------------------------------

// What is looked at of a frame.
typedef struct segment {
    uint32_t l3, tcp, header, payload; // offsets; bytes of payload
    uint32_t seq;
    uint16_t id, fragment; // IPv4: identification; flags and offset
    uint8_t flags;
    bool v6;
    bool exact; // the frame is as long as its IP packet, and no fragment: not padded
    uint32_t hash;
} segment_t;

static uint32_t hash(const uint8_t *p, uint32_t n, uint32_t h)
{
    for (uint32_t i = 0; i < n; i++) h = (h ^ p[i]) * 16777619u;
    return h;
}

// False: nothing for GRO.
static bool parse(const os_pkt_t *p, segment_t *s)
{
    const uint8_t *d = p->data;
    uint32_t l3 = ETH_ADDRESSES + 2;
    if (!p->csum_ok || p->len < l3 + ETH_TAG) return false;
    uint32_t type = net_get16(d + ETH_ADDRESSES);
    if (type == TYPE_VLAN) {
        l3 += ETH_TAG;
        type = net_get16(d + l3 - 2);
    }
    const uint8_t *ip = d + l3;
    const uint32_t left = p->len - l3;
    *s = (segment_t){.l3 = l3, .v6 = type == TYPE_IPV6};
    if (type == TYPE_IPV4) {
        if (left < IPV4_HEADER + TCP_HEADER || ip[0] != 0x45 || ip[9] != IP_TCP) return false;
        s->id = (uint16_t)net_get16(ip + 4);
        s->fragment = (uint16_t)net_get16(ip + 6);
        s->exact = net_get16(ip + 2) == left && !(s->fragment & ~IPV4_DF);
        s->tcp = l3 + IPV4_HEADER;
        s->hash = hash(ip + 12, 8, 2166136261u);
    } else if (type == TYPE_IPV6) {
        if (left < IPV6_HEADER + TCP_HEADER || ip[0] >> 4 != 6 || ip[6] != IP_TCP) return false;
        s->exact = net_get16(ip + 4) + IPV6_HEADER == left;
        s->tcp = l3 + IPV6_HEADER;
        s->hash = hash(ip + 8, 32, 2166136261u);
    } else {
        return false;
    }
    const uint8_t *tcp = d + s->tcp;
    const uint32_t header = (uint32_t)(tcp[12] >> 4) * 4;
    if (header < TCP_HEADER || s->tcp + header > p->len) return false;
    s->hash = hash(tcp, 4, s->hash);
    s->header = s->tcp + header;
    s->payload = p->len - s->header;
    s->seq = net_get32(tcp + 4);
    s->flags = tcp[13];
    return true;
}

// ---- a flow ------------------------------------------------------------------------------------

static bool same_flow(const gro_flow_t *f, const os_pkt_t *p, const segment_t *s)
{
    const os_pkt_t *h = f->packet.head;
    const uint8_t *a = h->data + f->l3, *b = p->data + s->l3;
    if (f->l3 != s->l3 || f->tcp != s->tcp || h->vlan_present != p->vlan_present ||
        h->vlan_tci != p->vlan_tci || memcmp(h->data, p->data, s->l3) != 0)
        return false;
    if (s->v6) { // version and flow label; the traffic class is looked at later
        if ((net_get32(a) ^ net_get32(b)) & 0xF00FFFFF || memcmp(a + 8, b + 8, 32) != 0)
            return false;
    } else if (memcmp(a + 12, b + 12, 8) != 0) {
        return false;
    }
    return memcmp(h->data + f->tcp, p->data + s->tcp, 4) == 0; // ports
}

// The second frame shows whether identifications count on or stay; without DF they must count on.
static bool id_goes_on(gro_flow_t *f, const segment_t *s)
{
    const uint16_t by = (uint16_t)(s->id - f->id);
    if (s->v6) return true;
    const uint32_t count = f->packet.frames;
    if (!(s->fragment & IPV4_DF)) return by == (uint16_t)count;
    if (count == 1) f->fixed_id = by != 1;
    return by == (f->fixed_id ? 0 : (uint16_t)count);
}

// Same flow: is it the next segment? *full: it would be, but for the size.
static bool goes_on(gro_flow_t *f, const os_pkt_t *p, const segment_t *s, bool *full)
{
    const uint8_t *a = f->packet.head->data, *b = p->data;
    const uint8_t *ip_a = a + f->l3, *ip_b = b + s->l3, *tcp_a = a + f->tcp, *tcp_b = b + s->tcp;
    if (!s->exact) return false;
    if (s->v6 ? net_get32(ip_a) != net_get32(ip_b) || ip_a[7] != ip_b[7]
              : ip_a[1] != ip_b[1] || ip_a[8] != ip_b[8] || ((ip_a[6] ^ ip_b[6]) & IPV4_DF >> 8))
        return false;
    const uint8_t may_differ = TCP_CWR | TCP_FIN | TCP_PSH;
    if (s->flags & TCP_CWR || ((tcp_a[13] ^ s->flags) & ~may_differ) || tcp_a[12] != tcp_b[12] ||
        net_get16(tcp_a + 14) != net_get16(tcp_b + 14) ||
        net_get32(tcp_a + 8) != net_get32(tcp_b + 8) ||
        memcmp(tcp_a + TCP_HEADER, tcp_b + TCP_HEADER, s->header - s->tcp - TCP_HEADER) != 0)
        return false;
    if (s->payload == 0 || s->payload > f->mss || s->seq != f->next_seq) return false;
    if (!id_goes_on(f, s)) return false;
    *full = f->bytes + s->payload >= GRO_BYTES_MAX;
    return !*full;
}

static gro_packet_t take(gro_t *g, uint32_t bucket, uint32_t i)
{
    gro_flow_t *f = g->flow[bucket];
    const gro_packet_t packet = f[i].packet;
    memmove(&f[i], &f[i + 1], (g->count[bucket] - i - 1) * sizeof *f);
    g->count[bucket]--;
    g->held--;
    return packet;
}

static void hold(gro_t *g, uint32_t bucket, os_pkt_t *p, const segment_t *s, uint64_t jiffy)
{
    p->next = NULL;
    g->flow[bucket][g->count[bucket]++] = (gro_flow_t){
        .packet = {.head = p, .tail = p, .frames = 1},
        .l3 = s->l3,
        .tcp = s->tcp,
        .mss = s->payload,
        .bytes = p->len - s->l3,
        .next_seq = s->seq + s->payload,
        .id = s->id,
        .jiffy = jiffy,
    };
    g->held++;
}

// Nothing can follow a segment with these flags.
static bool is_last(const segment_t *s)
{
    return s->flags & (TCP_URG | TCP_PSH | TCP_RST | TCP_SYN | TCP_FIN);
}

// ---- receiving ---------------------------------------------------------------------------------

enum gro_result gro_receive(gro_t *g, os_pkt_t *p, uint64_t jiffy, gro_packet_t *flushed,
                            enum gro_cause *cause)
{
    segment_t s;
    *flushed = (gro_packet_t){0};
    if (!parse(p, &s)) return GRO_NORMAL;
    const uint32_t bucket = s.hash % GRO_BUCKETS;
    gro_flow_t *f = g->flow[bucket];
    uint32_t i = 0;
    while (i < g->count[bucket] && !same_flow(&f[i], p, &s)) i++;
    if (i < g->count[bucket]) {
        bool full = false;
        if (goes_on(&f[i], p, &s, &full)) {
            p->next = NULL;
            f[i].packet.tail->next = p;
            f[i].packet.tail = p;
            f[i].packet.frames++;
            f[i].bytes += s.payload;
            f[i].next_seq += s.payload;
            if (is_last(&s) || s.payload < f[i].mss) {
                *flushed = take(g, bucket, i);
                *cause = GRO_AT_LAST;
            }
            return GRO_MERGED;
        }
        *flushed = take(g, bucket, i);
        *cause = full ? GRO_AT_LIMIT : GRO_AT_NEXT;
    }
    if (!s.exact || s.payload == 0 || is_last(&s)) return GRO_NORMAL;
    if (g->count[bucket] == GRO_HELD_MAX) {
        *flushed = take(g, bucket, 0);
        *cause = GRO_AT_CROWD;
    }
    hold(g, bucket, p, &s, jiffy);
    return GRO_HELD;
}

bool gro_flush(gro_t *g, bool old, uint64_t jiffy, gro_packet_t *flushed)
{
    for (uint32_t b = 0; g->held && b < GRO_BUCKETS; b++) {
        if (g->count[b] == 0 || (old && g->flow[b][0].jiffy == jiffy)) continue;
        *flushed = take(g, b, 0);
        return true;
    }
    return false;
}

uint32_t gro_frames(const gro_t *g)
{
    uint32_t n = 0;
    for (uint32_t b = 0; b < GRO_BUCKETS; b++)
        for (uint32_t i = 0; i < g->count[b]; i++) n += g->flow[b][i].packet.frames;
    return n;
}
