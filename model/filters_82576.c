// SPDX-License-Identifier: Apache-2.0
#include "model/filters_82576.h"

#include <endian.h>
#include <string.h>

enum { TYPE_AT = 12, TAG_LEN = 4, FCS_BYTES = 4, IPV4_LEN = 20, TCP_OFFSET_AT = 12 };
enum { ETH_IPV4 = 0x0800, NO_OPTIONS = 0x45, PROTO_TCP = 6 };

// Of the words of an IPv4 header, as they lie in memory: not length, identification, time to live and checksum.
#define FRAGMENT htole64(UINT64_C(0xFF3F) << 48)
#define PROTO    htole64(UINT64_C(0xFFFFFFFF0000FF00))

static uint64_t word(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

void filters_82576_take(filters_82576_t *f, const rss_shape_t *shape)
{
    if (rss_same_shape(&f->shape, shape)) return;
    f->shape = *shape;
    for (unsigned i = 0; i < FLOW_MEMOS; i++) f->flow[i].changes = 0;
}

static void look(filters_82576_t *f, const uint8_t *frame, uint32_t len, const uint32_t *reg,
                 uint32_t changes, filters_verdict_t *v)
{
    v->packet = rss_packet_sums(frame, len, &f->shape, &f->sums);
    const uint32_t entry = pool_by_entry(reg) ? rss_entry(v->packet.hash, reg) : 0;
    v->pool = pool_filter_wire(frame, len, entry, reg, changes, f->pool);
    v->lli = lli_filter(&v->packet, v->pool.stored, reg);
}

// False: it is none of those that are remembered.
static bool key_of(const uint8_t *frame, uint32_t len, const rss_shape_t *shape, flow_key_t *k)
{
    uint32_t at = TYPE_AT;
    if (len < TYPE_AT + 2 + TAG_LEN + IPV4_LEN + TCP_OFFSET_AT + 2 + FCS_BYTES) return false;
    if (be16(frame + at) == shape->vet) at += TAG_LEN;
    if (be16(frame + at) != ETH_IPV4 || frame[at + 2] != NO_OPTIONS) return false;
    const uint8_t *ip = frame + at + 2;
    k->mac[0] = word(frame);
    k->mac[1] = word(frame + 8);
    k->ip[0] = word(ip) & FRAGMENT;
    k->ip[1] = word(ip + 8) & PROTO;
    k->ip[2] = word(ip + 16);
    k->tcp = ip[9] == PROTO_TCP ? be16(ip + IPV4_LEN + TCP_OFFSET_AT) : 0;
    k->len = len;
    return true;
}

static bool same(const flow_key_t *a, const flow_key_t *b)
{
    return ((a->mac[0] ^ b->mac[0]) | (a->mac[1] ^ b->mac[1]) | (a->ip[0] ^ b->ip[0]) |
            (a->ip[1] ^ b->ip[1]) | (a->ip[2] ^ b->ip[2]) | (a->tcp ^ b->tcp) |
            (a->len ^ b->len)) == 0;
}

const filters_verdict_t *filters_82576(filters_82576_t *f, const uint8_t *frame, uint32_t len,
                                       const uint32_t *reg, uint32_t changes)
{
    flow_key_t k;
    if (changes == 0 || !key_of(frame, len, &f->shape, &k)) {
        look(f, frame, len, reg, changes, &f->v);
        return &f->v;
    }
    const uint64_t hash = (k.mac[0] ^ k.ip[1] ^ k.ip[2] ^ k.len) * UINT64_C(0x9E3779B97F4A7C15);
    flow_memo_t *m = &f->flow[(hash >> 32) % FLOW_MEMOS];
    if (m->changes != changes || !same(&m->key, &k)) {
        m->changes = changes;
        m->key = k;
        look(f, frame, len, reg, changes, &m->v);
    }
    return &m->v;
}
