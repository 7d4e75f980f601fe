// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/virtio_ring.h"

#include <endian.h>
#include <string.h>

// ---- the guest's memory ------------------------------------------------------------------------

static uint16_t load16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return le16toh(v);
}

static void store16(uint8_t *p, uint16_t v)
{
    v = htole16(v);
    memcpy(p, &v, sizeof v);
}

static void store32(uint8_t *p, uint32_t v)
{
    v = htole32(v);
    memcpy(p, &v, sizeof v);
}

// A part of the ring; NULL: not in memory, or not where it may be.
static uint8_t *locate(memory_t *mem, uint64_t addr, size_t bytes, uint64_t align)
{
    return addr % align == 0 ? memory_at(mem, addr, bytes) : NULL;
}

bool virtio_ring_start(virtio_ring_t *r, memory_t *mem, unsigned size, bool event_idx,
                       const uint64_t part[3])
{
    *r = (virtio_ring_t){.mem = mem, .size = size, .event_idx = event_idx};
    if (size == 0 || size > VIRTIO_RING_MAX || (size & (size - 1))) return false;
    r->desc = locate(mem, part[0], (size_t)size * VIRTIO_DESC_BYTES, 16);
    r->avail = locate(mem, part[1], virtio_avail_bytes(size), 2);
    r->used = locate(mem, part[2], virtio_used_bytes(size), 4);
    if (!r->desc || !r->avail || !r->used) return false;
    virtio_ring_listen(r, true);
    return true;
}

// ---- from the guest ----------------------------------------------------------------------------

enum virtio_ring_state virtio_ring_look(const virtio_ring_t *r)
{
    const uint16_t there =
        (uint16_t)(load16(r->avail + VIRTIO_RING_INDEX) - r->next); // chains not taken
    if (there > r->size) return VIRTIO_RING_BROKEN;
    return there ? VIRTIO_RING_READY : VIRTIO_RING_EMPTY;
}

// A descriptor as it is now: it is read once, whatever the guest does to it later.
typedef struct ring_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
} ring_desc_t;

static ring_desc_t load_desc(const virtio_ring_t *r, unsigned i)
{
    uint64_t w[2];
    memcpy(w, r->desc + (size_t)i * VIRTIO_DESC_BYTES, sizeof w);
    w[0] = le64toh(w[0]);
    w[1] = le64toh(w[1]);
    return (ring_desc_t){w[0], (uint32_t)w[1], (uint16_t)(w[1] >> 32), (uint16_t)(w[1] >> 48)};
}

static bool add_part(const virtio_ring_t *r, virtio_chain_t *chain, const ring_desc_t *d)
{
    uint8_t *at = memory_at(r->mem, d->addr, d->len);
    if (!at) return false;
    chain->part[chain->parts].at = at;
    chain->part[chain->parts].len = d->len;
    chain->parts++;
    chain->bytes += d->len;
    return true;
}

enum virtio_ring_state virtio_ring_take(virtio_ring_t *r, bool write, virtio_chain_t *chain)
{
    const enum virtio_ring_state state = virtio_ring_look(r);
    if (state != VIRTIO_RING_READY) return state;
    unsigned i = load16(r->avail + virtio_avail_entry(r->size, r->next));
    chain->head = (uint16_t)i;
    chain->parts = 0;
    chain->bytes = 0;
    for (;;) {
        if (i >= r->size || chain->parts == r->size) return VIRTIO_RING_BROKEN; // no such; a loop
        const ring_desc_t d = load_desc(r, i);
        if (d.flags & VIRTIO_F_INDIRECT) return VIRTIO_RING_BROKEN; // not offered
        if (!(d.flags & VIRTIO_F_WRITE) == write) return VIRTIO_RING_BROKEN;
        if (!add_part(r, chain, &d)) return VIRTIO_RING_BROKEN;
        if (!(d.flags & VIRTIO_F_NEXT)) break;
        i = d.next;
    }
    r->next++;
    return VIRTIO_RING_READY;
}

// ---- to the guest ------------------------------------------------------------------------------

void virtio_ring_give(virtio_ring_t *r, uint16_t head, uint32_t written)
{
    uint8_t *e = r->used + virtio_used_entry(r->size, r->done);
    store32(e, head);
    store32(e + 4, written);
    store16(r->used + VIRTIO_RING_INDEX, ++r->done);
}

bool virtio_ring_interrupts(virtio_ring_t *r)
{
    const uint16_t before = r->told;
    r->told = r->done;
    if (!r->event_idx) return !(load16(r->avail) & VIRTIO_NO_INTERRUPT);
    return virtio_need_event(load16(r->avail + virtio_used_event(r->size)), r->done, before);
}

// With event indices the wish is of one time, and where it is out of date it is none.
void virtio_ring_listen(virtio_ring_t *r, bool on)
{
    r->listening = on;
    if (!r->event_idx) store16(r->used, (uint16_t)(on ? 0 : VIRTIO_NO_NOTIFY));
    else if (on) store16(r->used + virtio_avail_event(r->size), r->next);
}

// ---- chains ------------------------------------------------------------------------------------

// The rest of the present part, up to len bytes; NULL: the chain is over.
static uint8_t *advance(virtio_cursor_t *c, uint32_t *len)
{
    const virtio_chain_t *k = c->chain;
    while (c->part < k->parts && c->at == k->part[c->part].len) {
        c->part++;
        c->at = 0;
    }
    if (c->part == k->parts) return NULL;
    uint8_t *at = k->part[c->part].at + c->at;
    const uint32_t left = k->part[c->part].len - c->at;
    if (*len > left) *len = left;
    c->at += *len;
    return at;
}

void virtio_chain_put(virtio_cursor_t *c, const void *host, uint32_t len)
{
    const uint8_t *from = host;
    while (len) {
        uint32_t n = len;
        uint8_t *to = advance(c, &n);
        if (!to) return;
        if (from) memmove(to, from, n);
        if (from) from += n;
        len -= n;
    }
}

void virtio_chain_get(virtio_cursor_t *c, void *host, uint32_t len)
{
    uint8_t *to = host;
    while (len) {
        uint32_t n = len;
        const uint8_t *from = advance(c, &n);
        if (!from) return;
        if (to) memmove(to, from, n);
        if (to) to += n;
        len -= n;
    }
}
