// SPDX-License-Identifier: Apache-2.0
// driver/os.h: DMA memory and mapping, and where interrupt messages go behind an IOMMU.
#include "hostbridge/os_priv.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

// ---- deferred invalidation ---------------------------------------------------------------------

// An invalidation is waited for.
static void os_dma_wait(core_t *c, uint64_t done_ps)
{
    if (done_ps <= c->local_ps) return;
    core_charge(c, done_ps - c->local_ps);
    core_settle(c);
}

static void os_dma_flush(void *ctx)
{
    os_host_t *h = ctx;
    core_t *c = core_current(h->sim);
    core_settle(c);
    h->dma_armed = false;
    os_dma_wait(c, dma_flush(h->dma, c->local_ps));
}

static void os_dma_timer(void *ctx, uint64_t now_cyc)
{
    os_host_t *h = ctx;
    const uint64_t due_cyc = cyc_of_ps(dma_flush_due_ps(h->dma));
    if (dma_flush_due_ps(h->dma) == UINT64_MAX) h->dma_armed = false;
    else if (due_cyc > now_cyc) sim_at(h->sim, &h->dma_event, due_cyc); // flushed and begun again
    else core_item_queue(h->dma_core, &h->dma_item);
}

// The timer runs from the first entry of the list on, on the core that has made it. While a flush is
// on its way (a core still switches to it), it takes what is added.
static void os_dma_arm(os_host_t *h, core_t *c)
{
    const uint64_t due_ps = dma_flush_due_ps(h->dma);
    if (due_ps == UINT64_MAX || h->dma_armed) return;
    h->dma_armed = true;
    h->dma_core = c;
    sim_at(h->sim, &h->dma_event, cyc_of_ps(due_ps));
}

void os_host_set_dma(os_host_t *h, dma_unit_t *u)
{
    h->dma = u;
    h->dma_item = (core_item_t){.fn = os_dma_flush, .ctx = h};
    sim_event_init(&h->dma_event, "dma flush", os_dma_timer, h);
}

// ---- memory ------------------------------------------------------------------------------------

static inline dma_addr_t os_map(os_dev_t *d, uint64_t hpa, size_t bytes, uint32_t perm)
{
    core_t *c = os_core(d);
    const uint64_t ps = dma_map_ps(d->space, hpa, bytes);
    if (ps) core_charge(c, ps);
    core_settle(c);
    return dma_map(d->space, hpa, bytes, perm);
}

static inline void os_unmap(os_dev_t *d, dma_addr_t addr, size_t bytes)
{
    core_t *c = os_core(d);
    const uint64_t ps = dma_unmap_ps(d->space, addr, bytes);
    uint64_t done_ps;
    if (ps) core_charge(c, ps);
    core_settle(c);
    if (dma_unmap(d->space, c->local_ps, addr, bytes, &done_ps) != 0) {
        os_driver_error(d, "unmapped what was not mapped");
        return;
    }
    os_dma_wait(c, done_ps);
    os_dma_arm(d->host, c);
}

void *os_dma_alloc(os_dev_t *d, size_t bytes, dma_addr_t *addr)
{
    os_block_t *b = malloc(sizeof *b);
    const uint64_t hpa = b ? memory_alloc(d->host->mem, bytes, 4096) : 0;
    *addr = 0;
    if (hpa) *addr = d->space ? os_map(d, hpa, bytes, IOMMU_PTE_R | IOMMU_PTE_W) : hpa;
    if (!*addr) {
        memory_free(d->host->mem, hpa, bytes);
        free(b);
        return NULL;
    }
    os_observe(d); // what a former user had written to it by now must not come later
    void *p = memory_at(d->host->mem, hpa, bytes);
    memset(p, 0, bytes);
    *b = (os_block_t){d, p, bytes, *addr, d->host->blocks};
    d->host->blocks = b;
    return p;
}

void os_dma_free(os_dev_t *d, void *p, size_t bytes, dma_addr_t addr)
{
    if (!p) return;
    os_block_t **at = &d->host->blocks, *b;
    while ((b = *at) && (b->dev != d || b->p != p)) at = &b->next;
    if (!b || b->bytes != bytes || b->addr != addr) {
        os_driver_error(d, "os_dma_free of %s",
                        b ? "another size or address" : "what is not allocated");
        return;
    }
    *at = b->next;
    free(b);
    if (d->space) os_unmap(d, addr, bytes);
    memory_free(d->host->mem, memory_hpa(d->host->mem, p), bytes);
}

unsigned os_dma_blocks(const os_dev_t *d)
{
    unsigned n = 0;
    for (const os_block_t *b = d->host->blocks; b; b = b->next) n += b->dev == d;
    return n;
}

void os_dma_forget(os_host_t *h)
{
    while (h->blocks) {
        os_block_t *next = h->blocks->next;
        free(h->blocks);
        h->blocks = next;
    }
}

dma_addr_t os_dma_map(os_dev_t *d, void *p, size_t bytes, enum os_dma_dir dir)
{
    const uint64_t hpa = memory_hpa_within(d->host->mem, p, bytes);
    if (!hpa) {
        os_driver_error(d, "mapped what is no packet buffer or other DMA memory");
        return 0;
    }
    if (!d->space) return hpa;
    return os_map(d, hpa, bytes, dir == OS_DMA_TO_DEVICE ? IOMMU_PTE_R : IOMMU_PTE_W);
}

void os_dma_unmap(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir)
{
    (void)dir;
    if (d->space) os_unmap(d, addr, bytes);
}

void os_dma_sync_for_cpu(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir)
{
    (void)addr;
    (void)bytes;
    (void)dir;
    os_observe(d);
}

void os_dma_sync_for_device(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir)
{
    (void)addr;
    (void)bytes;
    (void)dir;
    os_observe(d);
}

// ---- interrupt messages ------------------------------------------------------------------------

// A vector of the core for one of the function; 0: none is left.
static uint8_t os_vector_take(os_dev_t *d, unsigned index)
{
    os_owner_t *owner = d->host->owner[d->core->id];
    for (unsigned v = OS_FIRST_VECTOR; v < OS_LAST_VECTOR; v++) {
        if (owner[v].dev) continue;
        owner[v] = (os_owner_t){d, (uint8_t)index};
        return (uint8_t)v;
    }
    return 0;
}

// The posted-interrupt descriptor of a vCPU.
static uint64_t os_posted(const os_host_t *h, unsigned core)
{
    return h->posted + (uint64_t)core * IOMMU_PD_BYTES;
}

bool os_host_post(os_host_t *h)
{
    h->posted = memory_alloc(h->mem, CORE_MAX * IOMMU_PD_BYTES, IOMMU_PD_BYTES);
    if (!h->posted) return false;
    for (unsigned i = 0; i < CORE_MAX; i++) {
        uint64_t *pd = memory_at(h->mem, os_posted(h, i), IOMMU_PD_BYTES);
        memset(pd, 0, IOMMU_PD_BYTES);
        pd[IOMMU_PD_CONTROL / 8] = htole64((uint64_t)OS_NOTIFICATION << IOMMU_PD_NV_LSB |
                                           (uint64_t)i << IOMMU_PD_NDST_LSB);
    }
    return true;
}

// A notification: what has been posted becomes interrupts.
static void os_notified(os_host_t *h, uint64_t now_cyc, unsigned core)
{
    uint64_t *pd = memory_at(h->mem, os_posted(h, core), IOMMU_PD_BYTES);
    pd[IOMMU_PD_CONTROL / 8] &= ~htole64(IOMMU_PD_ON);
    for (unsigned v = 0; v < 256; v++) {
        if (!(le64toh(pd[v / 64]) >> v % 64 & 1)) continue;
        pd[v / 64] &= ~htole64(UINT64_C(1) << v % 64);
        const os_owner_t *o = &h->owner[core][v];
        if (o->dev) core_irq_edge(&o->dev->vector[o->index].irq, now_cyc);
    }
}

bool os_msi_route(os_dev_t *d, unsigned index, uint32_t *addr, uint32_t *data)
{
    os_host_t *h = d->host;
    *addr = OS_MSI_ADDRESS;
    *data = index;
    if (!d->unit) return true;
    core_settle(os_core(d));
    const uint8_t vector = os_vector_take(d, index);
    if (!vector) return false;
    iommu_host_t *u = dma_unit_host(d->unit);
    const uint64_t now_ps = os_core(d)->local_ps;
    if (h->posted && d->func != 0) // of a guest
        *addr = (uint32_t)iommu_host_posted_irq(u, now_ps, d->func, index,
                                                os_posted(h, d->core->id), vector, false);
    else *addr = (uint32_t)iommu_host_irq(u, now_ps, d->func, index, d->core->id, vector);
    *data = 0;
    return true;
}

void os_msi_unroute(os_dev_t *d)
{
    os_host_t *h = d->host;
    if (!d->unit) return;
    core_settle(os_core(d));
    for (unsigned v = OS_FIRST_VECTOR; v < OS_LAST_VECTOR; v++) {
        os_owner_t *o = &h->owner[d->core->id][v];
        if (o->dev != d) continue;
        iommu_host_no_irq(dma_unit_host(d->unit), os_core(d)->local_ps, d->func, o->index);
        o->dev = NULL;
    }
}

unsigned os_dev_msi_index(const os_dev_t *d, uint64_t addr, uint32_t data)
{
    return (d->unit ? iommu_host_irq_index(addr) : data) % OS_VECTORS;
}

void os_dev_msi(os_dev_t *d, uint64_t now_cyc, uint64_t addr, uint32_t data)
{
    os_host_t *h = d->host;
    if (!d->unit) {
        if (data < OS_VECTORS) core_irq_edge(&d->vector[data].irq, now_cyc);
        return;
    }
    const unsigned core = (unsigned)(addr >> 12 & 255);
    if (core >= CORE_MAX) return;
    if (h->posted && (data & 255) == OS_NOTIFICATION) {
        os_notified(h, now_cyc, core);
        return;
    }
    const os_owner_t *o = &h->owner[core][data & 255];
    if (o->dev) core_irq_edge(&o->dev->vector[o->index].irq, now_cyc);
}
