// SPDX-License-Identifier: Apache-2.0
#include "tests/iso_frames.h"

#include <string.h>

enum { IP_AT = 14, TCP_AT = IP_AT + 20, MARK_AT = TCP_AT + 20, DATA_AT = MARK_AT + 8 };

static const uint8_t MARK[4] = {'i', 's', 'o', '6'};

void iso_mac(uint8_t mac[6], unsigned who)
{
    static const uint8_t BROADCAST[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
                         GROUP[6] = {1, 0, 0x5E, 1, 2, 3};
    if (who == ISO_ALL || who == ISO_GROUP) {
        memcpy(mac, who == ISO_ALL ? BROADCAST : GROUP, 6);
        return;
    }
    memset(mac, 0, 6);
    mac[0] = 2;
    mac[5] = (uint8_t)(who == ISO_PEER ? 0x55 : 0x10 + who);
}

iso_frame_t *iso_new(iso_frames_t *s, uint64_t now, unsigned src, unsigned dst, unsigned queue,
                     uint32_t len)
{
    iso_frame_t *f = &s->list[s->next_id % ISO_LIVE];
    if (f->live) return NULL;
    *f = (iso_frame_t){.id = s->next_id++,
                       .live = true,
                       .len = (uint16_t)len,
                       .src = (uint8_t)src,
                       .dst = (uint8_t)dst,
                       .queue = (uint8_t)queue,
                       .born = now};
    s->live++;
    s->made++;
    return f;
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

static uint32_t sum16(const uint8_t *p, uint32_t len, uint32_t sum)
{
    for (; len > 1; len -= 2, p += 2) sum += (uint32_t)p[0] << 8 | p[1];
    if (len) sum += (uint32_t)p[0] << 8;
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum;
}

void iso_bytes(const iso_frame_t *f, uint8_t *out, bool raw)
{
    iso_mac(out, f->dst);
    iso_mac(out + 6, f->src);
    put16(out + 12, NIC_TypeIpv4);
    uint8_t *ip = out + IP_AT, *tcp = out + TCP_AT;
    const uint32_t tcp_len = f->len - TCP_AT;
    memset(ip, 0, MARK_AT - IP_AT);
    ip[0] = 0x45;
    put16(ip + 2, f->len - IP_AT);
    put16(ip + 4, f->id);
    ip[8] = 64;
    ip[9] = NIC_ProtoTcp;
    put32(ip + 12, 0x0A000000u | (uint32_t)f->src << 8);
    put32(ip + 16, 0x0A010000u | (uint32_t)f->dst << 8);
    put16(tcp, 1000 + f->id % 61);
    put16(tcp + 2, 80);
    put32(tcp + 4, f->id);
    tcp[12] = 0x50;
    tcp[13] = 0x10;
    memcpy(out + MARK_AT, MARK, sizeof MARK);
    put32(out + MARK_AT + 4, f->id);
    uint32_t x = f->id * 2654435761u | 1;
    for (uint32_t i = DATA_AT; i < f->len; i++) {
        if ((i & 3) == 0) x ^= x << 13, x ^= x >> 17, x ^= x << 5;
        out[i] = (uint8_t)(x >> (8 * (i & 3)));
    }
    const uint32_t pseudo = sum16(ip + 12, 8, NIC_ProtoTcp + tcp_len);
    if (raw) {
        put16(tcp + 16, pseudo);
        return;
    }
    put16(ip + 10, ~sum16(ip, 20, 0));
    const uint16_t sum = (uint16_t)~sum16(tcp, tcp_len, pseudo);
    put16(tcp + 16, sum ? sum : 0xFFFF); // as the device does it
}

static bool in_order(iso_frames_t *s, const iso_frame_t *f, unsigned who, unsigned queue)
{
    uint32_t *last = &s->last[f->src][f->queue][who][queue];
    const bool ok = *last < f->id + 1;
    *last = f->id + 1;
    return ok;
}

const char *iso_arrived(iso_frames_t *s, uint64_t now, unsigned who, unsigned queue,
                        const uint8_t *bytes, uint32_t len)
{
    uint8_t want[ISO_LEN_MAX];
    if (len < ISO_LEN_MIN || len > ISO_LEN_MAX) return "it has not the length of any frame";
    if (memcmp(bytes + MARK_AT, MARK, sizeof MARK) != 0) return "it is nobody's frame";
    const uint8_t *p = bytes + MARK_AT + 4;
    const uint32_t id = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    iso_frame_t *f = &s->list[id % ISO_LIVE];
    if (!f->live || f->id != id) return "it is not under way (any more)";
    if (len != f->len) return "it has another length";
    iso_bytes(f, want, false);
    if (memcmp(bytes, want, len) != 0) return "it has been altered";
    if (!in_order(s, f, who, queue)) return "it has been overtaken";
    if (who == ISO_PEER) {
        if (!f->wire) return "it must not be on the wire (again)";
        f->wire = false;
        s->on_wire++;
    } else {
        if (!(f->pools >> who & 1)) return "it is not for this VF (again)";
        f->pools &= (uint8_t) ~(1u << who);
        s->got++;
    }
    if (f->pools || f->wire) return NULL;
    f->live = false;
    s->live--;
    if (now - f->born > s->latest) s->latest = now - f->born;
    return NULL;
}

const iso_frame_t *iso_oldest(const iso_frames_t *s)
{
    const iso_frame_t *oldest = NULL;
    for (unsigned i = 0; i < ISO_LIVE && s->live; i++)
        if (s->list[i].live && (!oldest || s->list[i].id < oldest->id)) oldest = &s->list[i];
    return oldest;
}
