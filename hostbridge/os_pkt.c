// SPDX-License-Identifier: Apache-2.0
// Packets: headers in host memory, buffers in simulated memory, in chunks that are never given
// back.
#include "hostbridge/os_priv.h"

#include <stdlib.h>

#define OS_CHUNK 256u // packets

typedef struct os_chunk {
    struct os_chunk *next;
    os_buf_t buf[OS_CHUNK];
} os_chunk_t;

// ---- pool --------------------------------------------------------------------------------------

static unsigned os_class_of(uint32_t size)
{
    unsigned k = 0;
    while (k < OS_CLASSES && OS_BUFFER_BYTES << k < size) k++;
    return k;
}

// Large buffers come in smaller chunks.
static bool os_pool_grow(os_host_t *h, unsigned k)
{
    uint32_t bytes = OS_BUFFER_BYTES << k, count = OS_CHUNK >> k;
    uint64_t hpa = memory_alloc(h->mem, (size_t)count * bytes, 4096);
    if (!hpa) return false;
    os_chunk_t *chunk = calloc(1, sizeof *chunk);
    if (!chunk) {
        memory_free(h->mem, hpa, (size_t)count * bytes);
        return false;
    }
    chunk->next = h->chunks;
    h->chunks = chunk;
    uint8_t *base = memory_at(h->mem, hpa, (size_t)count * bytes);
    for (uint32_t i = count; i-- > 0;) { // the first one ends on top
        os_buf_t *b = &chunk->buf[i];
        const size_t at = (size_t)i * bytes;
        *b = (os_buf_t){
            .host = h,
            .fresh = {
                .data = base + at, .size = bytes, .owner = h, .stamp[OS_STAMP_BUFFER] = hpa + at}};
        b->pkt.next = h->free_list[k];
        h->free_list[k] = &b->pkt;
    }
    return true;
}

void os_host_free_packets(os_host_t *h)
{
    while (h->chunks) {
        os_chunk_t *next = h->chunks->next;
        free(h->chunks);
        h->chunks = next;
    }
}

unsigned os_pkts_held(const os_dev_t *d)
{
    unsigned n = 0;
    for (const os_chunk_t *k = d->host->chunks; k; k = k->next)
        for (unsigned i = 0; i < OS_CHUNK; i++) n += k->buf[i].in_use && k->buf[i].holder == d;
    return n;
}

// ---- driver/os.h -------------------------------------------------------------------------------

os_pkt_t *os_dev_pkt(os_dev_t *d, uint32_t size)
{
    os_host_t *h = d->host;
    unsigned k = os_class_of(size);
    core_charge(os_core(d), h->params.rx_alloc_ps);
    if (k == OS_CLASSES || (h->params.packets_max && h->packets >= h->params.packets_max))
        return NULL;
    if (!h->free_list[k] && !os_pool_grow(h, k)) return NULL;
    os_buf_t *b = (os_buf_t *)h->free_list[k];
    h->free_list[k] = b->pkt.next;
    h->packets++;
    b->in_use = true;
    b->sent = false;
    b->holder = NULL;
    b->pkt = b->fresh;
    return &b->pkt;
}

os_pkt_t *os_pkt_alloc(os_dev_t *d, uint32_t size)
{
    os_pkt_t *p = os_dev_pkt(d, size);
    if (p) {
        ((os_buf_t *)p)->holder = d;
        return p;
    }
    core_t *c = os_core(d); // it may be tried again and again
    core_settle(c);
    core_instant(c);
    return NULL;
}

void os_pkt_free(os_dev_t *d, os_pkt_t *p)
{
    os_host_t *h = d->host;
    if (!p) return;
    os_buf_t *b = (os_buf_t *)p;
    if (!b->in_use) {
        os_driver_error(d, "packet freed twice");
        return;
    }
    if (b->sent) {
        core_charge(os_core(d), h->params.tx_clean_ps);
        d->tx_freed++;
    } else if (!p->stamp[OS_STAMP_DRIVER] && d->freed) { // not handed up
        d->freed(d->freed_ctx, p);
    }
    unsigned k = os_class_of(b->fresh.size);
    b->in_use = false;
    p->next = h->free_list[k];
    h->free_list[k] = p;
    h->packets--;
}

// ---- transmission ------------------------------------------------------------------------------

int os_dev_xmit(os_dev_t *d, core_t *c, os_pkt_t *p)
{
    core_bh_disable(c); // the softirq of this core must not wait for a lock that its own task holds
    core_lock(c, &d->xmit);
    int r = -EBUSY;
    if (d->driver && !d->tx_stopped) {
        os_buf_t *b = (os_buf_t *)p;
        b->sent = true;
        b->holder = d;
        core_charge(c, d->host->params.tx_packet_ps);
        os_call_t k;
        os_enter(&k, d, c, "xmit", true);
        r = d->driver->xmit(d->priv, p);
        os_leave(&k, c);
        if (r != 0) { // still ours
            b->sent = false;
            b->holder = NULL;
        }
    }
    core_unlock(c, &d->xmit);
    core_bh_enable(c);
    return r;
}

void os_tx_stop(os_dev_t *d)
{
    core_settle(os_core(d));
    d->tx_stopped = true;
}

void os_tx_wake(os_dev_t *d)
{
    core_t *c = os_core(d);
    core_settle(c);
    d->tx_stopped = false;
    if (d->stack.waiting && d->stack.waiting(d->stack.ctx)) os_dev_tx_schedule(d, c);
}

bool os_dev_tx_stopped(const os_dev_t *d)
{
    return d->tx_stopped;
}

void os_dev_tx_schedule(os_dev_t *d, core_t *c)
{
    d->tx_raised |= 1u << c->id;
    core_softirq_raise(c, CORE_SOFTIRQ_TX);
}

void os_net_tx_action(core_t *c, void *host)
{
    os_host_t *h = host;
    for (unsigned i = 0; i < h->devs; i++) {
        os_dev_t *d = &h->dev[i];
        if (!(d->tx_raised & 1u << c->id)) continue;
        d->tx_raised &= ~(1u << c->id);
        if (d->stack.transmit && d->stack.transmit(d->stack.ctx, c)) os_dev_tx_schedule(d, c);
    }
}
