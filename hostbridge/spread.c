// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/spread.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAC_BYTES   6u
#define TYPE_OFFSET 12u
#define TAGS_MAX    2u
#define FIRST_HOSTS 256u // slots
#define RECENT_BITS 6u
#define VLAN_WORD   "vlan:"
#define ALL         0xFFu // who joins a VLAN: everybody; its hosts are assigned as others are

enum spread_kind { SPREAD_FREE, SPREAD_MAC, SPREAD_IPV4, SPREAD_IPV6, SPREAD_VLAN };

typedef struct spread_host {
    uint8_t addr[16]; // the rest is 0
    uint16_t vlan;    // that is one function's, else 0
    uint8_t kind;     // enum spread_kind
    uint8_t func;
} spread_host_t;

typedef struct spread_entry {
    spread_host_t host;
    unsigned bits; // of it that count
} spread_entry_t;

typedef struct spread_recent {
    uint32_t addr;
    uint8_t func;
    bool valid;
} spread_recent_t;

struct spread {
    unsigned vfs;
    bool none, failed;
    uint8_t mac[SPREAD_FUNCS][MAC_BYTES];
    spread_entry_t *entry; // longest first
    unsigned entries;
    spread_host_t *host; // open addressing; at most half full
    uint64_t slots, used;
    uint64_t hosts[SPREAD_FUNCS];
    uint64_t dealt;
    uint64_t strays; // frames in VLANs that the map does not name
    unsigned stray_vid;
    spread_recent_t recent[1u << RECENT_BITS]; // IPv4 hosts of untagged frames
};

// ---- the map -----------------------------------------------------------------------------------

static unsigned kind_bits(uint8_t kind)
{
    switch (kind) {
    case SPREAD_VLAN: return 0;
    case SPREAD_MAC: return 48;
    case SPREAD_IPV4: return 32;
    default: return 128;
    }
}

static bool parse_mac(const char *s, uint8_t mac[MAC_BYTES])
{
    for (unsigned i = 0; i < MAC_BYTES; i++, s += 3) {
        if (!isxdigit((unsigned char)s[0]) || !isxdigit((unsigned char)s[1])) return false;
        if (s[2] != (i + 1 < MAC_BYTES ? ':' : '\0')) return false;
        const char two[3] = {s[0], s[1], 0};
        mac[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    return true;
}

// A decimal number up to max, without anything behind it.
static bool parse_number(const char *s, unsigned max, unsigned *v)
{
    *v = 0;
    if (!*s) return false;
    for (; *s; s++) {
        if (!isdigit((unsigned char)*s)) return false;
        *v = *v * 10 + (unsigned)(*s - '0');
        if (*v > max) return false;
    }
    return true;
}

static bool bits_behind(const spread_entry_t *e)
{
    for (unsigned b = e->bits; b < kind_bits(e->host.kind); b++)
        if (e->host.addr[b / 8] & 0x80 >> b % 8) return true;
    return false;
}

static int fail(char err[SPREAD_ERR_LEN], const char *host, const char *what)
{
    snprintf(err, SPREAD_ERR_LEN, "'%.80s': %s", host, what);
    return -1;
}

static int parse_vlan(const char *host, spread_entry_t *e, char err[SPREAD_ERR_LEN])
{
    unsigned vid;
    if (!parse_number(host + strlen(VLAN_WORD), SPREAD_VID_MAX, &vid) || vid == 0)
        return fail(err, host, "a VLAN is 1 to 4094");
    e->host.kind = SPREAD_VLAN;
    e->host.vlan = (uint16_t)vid;
    return 0;
}

static int parse_host(char *host, spread_entry_t *e, char err[SPREAD_ERR_LEN])
{
    *e = (spread_entry_t){0};
    if (strncmp(host, VLAN_WORD, strlen(VLAN_WORD)) == 0) return parse_vlan(host, e, err);
    char *slash = strchr(host, '/');
    if (slash) *slash = '\0';
    if (parse_mac(host, e->host.addr)) e->host.kind = SPREAD_MAC;
    else if (inet_pton(AF_INET, host, e->host.addr) == 1) e->host.kind = SPREAD_IPV4;
    else if (inet_pton(AF_INET6, host, e->host.addr) == 1) e->host.kind = SPREAD_IPV6;
    else return fail(err, host, "not an IP or MAC address");
    e->bits = kind_bits(e->host.kind);
    if (!slash) return 0;
    *slash = '/';
    if (e->host.kind == SPREAD_MAC) return fail(err, host, "a MAC address has no prefix");
    if (!parse_number(slash + 1, e->bits, &e->bits)) return fail(err, host, "no such prefix");
    return bits_behind(e) ? fail(err, host, "the address has bits behind its prefix") : 0;
}

static int parse_function(const spread_t *s, bool pf_pool, const char *host, const char *text,
                          uint8_t *func, char err[SPREAD_ERR_LEN])
{
    unsigned vf;
    *func = 0;
    if (strcmp(text, "pf") == 0)
        return pf_pool ? 0 : fail(err, host, "the PF has no pool: all belong to VFs");
    if (s->vfs && parse_number(text, s->vfs - 1, &vf)) {
        *func = (uint8_t)(1 + vf);
        return 0;
    }
    char what[64];
    if (s->vfs)
        snprintf(what, sizeof what, "=%.16s: a VF (0 .. %u) or pf expected", text, s->vfs - 1);
    else snprintf(what, sizeof what, "=%.16s: pf expected, there are no VFs", text);
    return fail(err, host, what);
}

static int longest_first(const void *a, const void *b)
{
    const spread_entry_t *x = a, *y = b;
    return x->bits == y->bits ? 0 : x->bits > y->bits ? -1 : 1;
}

static bool same_host(const spread_host_t *a, const spread_host_t *b)
{
    return a->kind == b->kind && a->vlan == b->vlan &&
           memcmp(a->addr, b->addr, sizeof a->addr) == 0;
}

// One HOST=VF.
static int parse_entry(spread_t *s, bool pf_pool, char *item, char err[SPREAD_ERR_LEN])
{
    spread_entry_t e;
    char *equals = strchr(item, '=');
    if (!equals) return fail(err, item, "HOST=VF expected");
    *equals = '\0';
    if (parse_host(item, &e, err) != 0) return -1;
    const bool vlan = e.host.kind == SPREAD_VLAN;
    if (vlan && strcmp(equals + 1, "all") == 0) e.host.func = ALL;
    else if (parse_function(s, pf_pool, item, equals + 1, &e.host.func, err) != 0) return -1;
    for (unsigned i = 0; i < s->entries; i++)
        if (s->entry[i].bits == e.bits && same_host(&s->entry[i].host, &e.host))
            return fail(err, item, "named twice");
    s->entry[s->entries++] = e;
    return 0;
}

static int parse_map(spread_t *s, const char *map, bool pf_pool, char err[SPREAD_ERR_LEN])
{
    size_t items = 1;
    for (const char *c = map; *c; c++) items += *c == ',';
    char *copy = strdup(map);
    s->entry = calloc(items, sizeof *s->entry);
    int rc = copy && s->entry ? 0 : fail(err, map, "out of memory");
    for (char *item = copy; rc == 0 && item;) {
        char *comma = strchr(item, ',');
        if (comma) *comma = '\0';
        rc = parse_entry(s, pf_pool, item, err);
        item = comma ? comma + 1 : NULL;
    }
    free(copy);
    if (rc == 0) qsort(s->entry, s->entries, sizeof *s->entry, longest_first);
    return rc;
}

spread_t *spread_create(const char *map, unsigned vfs, bool pf_pool, char err[SPREAD_ERR_LEN])
{
    spread_t *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(err, SPREAD_ERR_LEN, "out of memory");
        return NULL;
    }
    s->vfs = vfs;
    s->none = map ? strcmp(map, "none") == 0 : vfs == 0;
    if (map && !s->none && parse_map(s, map, pf_pool, err) != 0) {
        spread_destroy(s);
        return NULL;
    }
    return s;
}

void spread_destroy(spread_t *s)
{
    if (!s) return;
    free(s->entry);
    free(s->host);
    free(s);
}

void spread_set_mac(spread_t *s, unsigned func, const uint8_t mac[6])
{
    memcpy(s->mac[func], mac, MAC_BYTES);
}

// ---- hosts -------------------------------------------------------------------------------------

static unsigned type_at(const uint8_t *frame, uint32_t at)
{
    return (unsigned)frame[at] << 8 | frame[at + 1];
}

// The VLAN of a frame, 0: none.
static unsigned vlan_of(const uint8_t *frame, uint32_t len)
{
    if (len < TYPE_OFFSET + 4 || type_at(frame, TYPE_OFFSET) != 0x8100) return 0;
    return type_at(frame, TYPE_OFFSET + 2) & 0xFFF;
}

// What the map says of a VLAN; NULL: nothing.
static const spread_host_t *named(const spread_t *s, unsigned vid)
{
    for (unsigned i = 0; i < s->entries; i++)
        if (s->entry[i].host.kind == SPREAD_VLAN && s->entry[i].host.vlan == vid)
            return &s->entry[i].host;
    return NULL;
}

// The host that a frame is for.
static void host_of(const uint8_t *frame, uint32_t len, spread_host_t *h)
{
    *h = (spread_host_t){.kind = SPREAD_MAC};
    uint32_t at = TYPE_OFFSET;
    for (unsigned tags = 0; at + 6 <= len && tags < TAGS_MAX; tags++, at += 4) {
        const unsigned type = type_at(frame, at);
        if (type != 0x8100 && type != 0x88A8 && type != 0x9100) break;
    }
    const uint8_t *ip = frame + at + 2;
    if (at + 2 + 20 <= len && type_at(frame, at) == 0x0800 && ip[0] >> 4 == 4) {
        h->kind = SPREAD_IPV4;
        memcpy(h->addr, ip + 16, 4);
    } else if (at + 2 + 40 <= len && type_at(frame, at) == 0x86DD && ip[0] >> 4 == 6) {
        h->kind = SPREAD_IPV6;
        memcpy(h->addr, ip + 24, 16);
    } else {
        memcpy(h->addr, frame, MAC_BYTES);
    }
}

static bool covers(const spread_entry_t *e, const spread_host_t *h)
{
    const unsigned whole = e->bits / 8, rest = e->bits % 8;
    if (e->host.kind != h->kind || memcmp(e->host.addr, h->addr, whole) != 0) return false;
    return rest == 0 || ((e->host.addr[whole] ^ h->addr[whole]) & (0xFF00 >> rest & 0xFF)) == 0;
}

// The map's word on a host of which a frame has come; without one it is dealt.
static uint8_t assign(spread_t *s, const spread_host_t *h, const uint8_t *frame)
{
    if (h->vlan) return named(s, h->vlan)->func;
    spread_host_t station = {.kind = SPREAD_MAC};
    memcpy(station.addr, frame, MAC_BYTES);
    for (unsigned i = 0; i < s->entries; i++)
        if (s->entry[i].host.kind != SPREAD_MAC && covers(&s->entry[i], h))
            return s->entry[i].host.func;
    for (unsigned i = 0; i < s->entries; i++)
        if (covers(&s->entry[i], &station)) return s->entry[i].host.func;
    return s->vfs ? (uint8_t)(1 + s->dealt++ % s->vfs) : 0;
}

static uint64_t hash_of(const spread_host_t *h)
{
    uint64_t a, b;
    memcpy(&a, h->addr, sizeof a);
    memcpy(&b, h->addr + 8, sizeof b);
    a = (a ^ h->kind ^ (uint64_t)h->vlan << 8) * UINT64_C(0x9E3779B97F4A7C15);
    a ^= a >> 32;
    a = (a ^ b) * UINT64_C(0xD6E8FEB86659FD93);
    return a ^ a >> 32;
}

static spread_host_t *slot_of(const spread_t *s, const spread_host_t *h)
{
    uint64_t i = hash_of(h);
    while (s->host[i & (s->slots - 1)].kind != SPREAD_FREE &&
           !same_host(&s->host[i & (s->slots - 1)], h))
        i++;
    return &s->host[i & (s->slots - 1)];
}

static bool grow(spread_t *s)
{
    spread_host_t *old = s->host;
    const uint64_t slots = s->slots;
    spread_host_t *host = calloc(slots ? 2 * slots : FIRST_HOSTS, sizeof *host);
    if (!host) return false;
    s->host = host;
    s->slots = slots ? 2 * slots : FIRST_HOSTS;
    for (uint64_t i = 0; i < slots; i++)
        if (old[i].kind != SPREAD_FREE) *slot_of(s, &old[i]) = old[i];
    free(old);
    return true;
}

static bool put_mac(const spread_t *s, uint8_t *frame, uint8_t func)
{
    const uint8_t *mac = s->mac[func];
    if (memcmp(frame, mac, MAC_BYTES) == 0) return false;
    memcpy(frame, mac, MAC_BYTES);
    return true;
}

// Finds the host, or makes it known; remembers it in *recent, if that is not NULL. Not inlined: to find one that is remembered takes
// no registers to be saved.
static __attribute__((noinline)) bool look_far(spread_t *s, uint8_t *frame, uint32_t len,
                                               spread_recent_t *recent, uint32_t addr)
{
    if (s->used * 2 >= s->slots && !grow(s)) {
        s->failed = true;
        return false;
    }
    spread_host_t h;
    host_of(frame, len, &h);
    const unsigned vid = vlan_of(frame, len);
    const spread_host_t *vlan = vid ? named(s, vid) : NULL;
    if (vlan && vlan->func != ALL) h.vlan = vlan->vlan;
    if (vid && !vlan && s->strays++ == 0) s->stray_vid = vid;
    spread_host_t *known = slot_of(s, &h);
    if (known->kind == SPREAD_FREE) {
        h.func = assign(s, &h, frame);
        *known = h;
        s->used++;
        s->hosts[h.func]++;
    }
    if (recent) *recent = (spread_recent_t){addr, known->func, true};
    return put_mac(s, frame, known->func);
}

bool spread_frame(spread_t *s, uint8_t *frame, uint32_t len)
{
    if (s->none || len < MAC_BYTES || frame[0] & 1) return false;
    const bool ipv4 = len >= TYPE_OFFSET + 2 + 20 && type_at(frame, TYPE_OFFSET) == 0x0800 &&
                      frame[TYPE_OFFSET + 2] >> 4 == 4;
    if (!ipv4) return look_far(s, frame, len, NULL, 0);
    uint32_t addr;
    memcpy(&addr, frame + TYPE_OFFSET + 2 + 16, sizeof addr);
    spread_recent_t *r = &s->recent[(addr * 0x9E3779B1u) >> (32 - RECENT_BITS)];
    if (!r->valid || r->addr != addr) return look_far(s, frame, len, r, addr);
    return put_mac(s, frame, r->func);
}

bool spread_joins(const spread_t *s, unsigned func, unsigned vid)
{
    const spread_host_t *vlan = named(s, vid);
    return vlan && (vlan->func == ALL || vlan->func == func);
}

uint64_t spread_hosts(const spread_t *s, unsigned func)
{
    return s->hosts[func];
}

uint64_t spread_strays(const spread_t *s, unsigned *vid)
{
    *vid = s->stray_vid;
    return s->strays;
}

bool spread_failed(const spread_t *s)
{
    return s->failed;
}
