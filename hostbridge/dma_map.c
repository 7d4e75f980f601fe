// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/dma_map.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define IOVA_TOP     IOMMU_MSI_BASE // below the interrupt range
#define IOVA_BOTTOM  (UINT64_C(1) << 20)
#define DIRECT_BASE  (UINT64_C(1) << 40) // by pages: I/O address = this + physical address
#define SPACE_LEVELS 4u

// Free I/O addresses of a size, the last freed on top.
typedef struct dma_stack {
    uint64_t *iova;
    size_t count, room;
} dma_stack_t;

struct dma_space {
    dma_unit_t *unit;
    iommu_domain_t domain;
    uint64_t next; // addresses from here up have been used
    dma_stack_t free[DMA_ORDERS];
    uint32_t *users; // by pages, from address 0 on: buffers in each
    uint64_t users_count;
};

typedef struct dma_stale {
    dma_space_t *space;
    uint64_t iova;
    unsigned order;
} dma_stale_t;

struct dma_unit {
    memory_t *mem;
    iommu_host_t host;
    dma_params_t p;
    bool by_call;   // mapping is work that is done for every buffer
    bool by_page;   // by pages around buffers, at a fixed distance from their physical address
    unsigned shift; // of their size
    dma_stats_t stats;
    unsigned spaces;
    dma_space_t space[DMA_SPACES];
    dma_stale_t stale[DMA_FLUSH_ENTRIES];
    unsigned stale_count;
    uint64_t stale_since_ps;
};

dma_params_t dma_params_of(const profile_t *p, enum dma_mode mode, unsigned size)
{
    const uint64_t *v = p->value;
    const enum profile_key iova = mode == DMA_STRICT ? COST_iova_strict_ns : COST_iova_deferred_ns;
    return (dma_params_t){.mode = mode,
                          .size = size,
                          .iova_ps = v[iova] * 1000,
                          .iova_free_ps = v[COST_iova_free_ns] * 1000,
                          .pte_ps = v[COST_iommu_pte_ns] * 1000};
}

dma_unit_t *dma_unit_create(memory_t *mem, const iommu_params_t *p, const dma_params_t *dma)
{
    dma_unit_t *u = calloc(1, sizeof *u);
    if (!u) return NULL;
    u->mem = mem;
    u->p = *dma;
    u->by_call = dma->mode == DMA_STRICT || dma->mode == DMA_DEFERRED;
    u->by_page = dma->size != IOMMU_SIZE_4K || dma->mode == DMA_PINNED;
    u->shift = IOMMU_SHIFT(dma->size + 1);
    if (iommu_host_init(&u->host, mem, p)) return u;
    free(u);
    return NULL;
}

void dma_unit_destroy(dma_unit_t *u)
{
    if (!u) return;
    for (unsigned i = 0; i < u->spaces; i++) {
        for (unsigned k = 0; k < DMA_ORDERS; k++) free(u->space[i].free[k].iova);
        free(u->space[i].users);
    }
    iommu_host_free(&u->host);
    free(u);
}

iommu_host_t *dma_unit_host(dma_unit_t *u)
{
    return &u->host;
}

void dma_unit_stats_reset(dma_unit_t *u)
{
    u->stats = (dma_stats_t){0};
}

enum dma_mode dma_unit_mode(const dma_unit_t *u)
{
    return u->p.mode;
}

const dma_stats_t *dma_unit_stats(const dma_unit_t *u)
{
    return &u->stats;
}

dma_space_t *dma_space_create(dma_unit_t *u, uint64_t now_ps, uint8_t func)
{
    if (u->spaces == DMA_SPACES) return NULL;
    dma_space_t *s = &u->space[u->spaces];
    *s = (dma_space_t){.unit = u, .next = IOVA_TOP};
    if (u->p.mode == DMA_PT) {
        iommu_host_attach(&u->host, now_ps, func, NULL);
        u->spaces++;
        return s;
    }
    s->users_count = (MEMORY_BASE >> u->shift) + 1;
    while (memory_at(u->mem, s->users_count << u->shift, 1)) s->users_count++;
    s->users = calloc(s->users_count, sizeof *s->users);
    if (!s->users) return NULL;
    if (!iommu_domain_init(&s->domain, &u->host.pages, (uint16_t)(1 + func), SPACE_LEVELS)) {
        free(s->users);
        return NULL;
    }
    u->spaces++;
    iommu_host_attach(&u->host, now_ps, func, &s->domain);
    return s;
}

uint64_t dma_space_mapped(const dma_space_t *s)
{
    return s->domain.leaves[0] + s->domain.leaves[1] + s->domain.leaves[2];
}

// ---- I/O addresses -----------------------------------------------------------------------------

// Small pages that [addr, addr + bytes) touches.
static uint64_t pages_of(uint64_t addr, size_t bytes)
{
    return (addr % IOMMU_PAGE + bytes + IOMMU_PAGE - 1) / IOMMU_PAGE;
}

static unsigned order_of(uint64_t pages)
{
    unsigned k = 0;
    while ((UINT64_C(1) << k) < pages) k++;
    return k;
}

static uint64_t take_iova(dma_space_t *s, unsigned order)
{
    if (order >= DMA_ORDERS) return 0;
    dma_stack_t *f = &s->free[order];
    if (f->count) return f->iova[--f->count];
    const uint64_t bytes = (uint64_t)IOMMU_PAGE << order;
    const uint64_t iova = (s->next - bytes) & ~(bytes - 1);
    if (iova < IOVA_BOTTOM || iova > s->next) return 0;
    return s->next = iova;
}

static void give_iova(dma_space_t *s, uint64_t iova, unsigned order)
{
    dma_stack_t *f = &s->free[order];
    if (f->count == f->room) {
        const size_t room = f->room ? f->room * 2 : 64;
        uint64_t *grown = realloc(f->iova, room * sizeof *grown);
        if (!grown) return; // never used again
        f->iova = grown;
        f->room = room;
    }
    f->iova[f->count++] = iova;
}

// ---- pages: mapped while anybody uses them, pinned ones from then on ----------------------------

static void unmap_page(dma_space_t *s, uint64_t at)
{
    const unsigned shift = s->unit->shift;
    iommu_domain_unmap(&s->domain, DIRECT_BASE + (at << shift), UINT64_C(1) << shift);
}

static uint64_t map_pages(dma_space_t *s, uint64_t hpa, size_t bytes)
{
    const unsigned shift = s->unit->shift;
    const uint64_t first = hpa >> shift, last = (hpa + bytes - 1) >> shift;
    assert(hpa >= MEMORY_BASE && last < s->users_count);
    if (first == last && s->users[first]) { // the usual one
        s->users[first]++;
        return DIRECT_BASE + hpa;
    }
    for (uint64_t at = first; at <= last; at++) {
        if (s->users[at]++) continue;
        if (iommu_domain_map(&s->domain, DIRECT_BASE + (at << shift), at << shift,
                             UINT64_C(1) << shift, IOMMU_PTE_R | IOMMU_PTE_W, s->unit->p.size) == 0)
            continue;
        s->users[at]--;
        // Nobody has the address, and no time has passed: those before it are in no cache yet.
        for (uint64_t k = first; k < at; k++)
            if (--s->users[k] == 0) unmap_page(s, k);
        return 0;
    }
    if (s->unit->p.mode == DMA_PINNED)
        for (uint64_t at = first; at <= last; at++)
            s->users[at] += s->users[at] == 1; // who never goes
    return DIRECT_BASE + hpa;
}

static int unmap_pages(dma_space_t *s, uint64_t addr, size_t bytes, bool *gone)
{
    const unsigned shift = s->unit->shift;
    const uint64_t hpa = addr - DIRECT_BASE;
    const uint64_t first = hpa >> shift, last = (hpa + bytes - 1) >> shift;
    const uint32_t who_stays = s->unit->p.mode == DMA_PINNED;
    if (first == last && first < s->users_count && s->users[first] > 1) { // the usual one
        s->users[first]--;
        return 0;
    }
    for (uint64_t at = first; at <= last; at++)
        if (at >= s->users_count || s->users[at] <= who_stays) return -EINVAL;
    for (uint64_t at = first; at <= last; at++) {
        if (--s->users[at]) continue;
        unmap_page(s, at);
        *gone = true;
    }
    return 0;
}

// How many of its pages would come (users 0) or go (1).
static uint64_t large_changes(const dma_space_t *s, uint64_t hpa, size_t bytes, uint32_t users)
{
    const unsigned shift = s->unit->shift;
    uint64_t n = 0;
    for (uint64_t at = hpa >> shift; at <= (hpa + bytes - 1) >> shift; at++)
        n += at < s->users_count && s->users[at] == users;
    return n;
}

// ---- mapping -----------------------------------------------------------------------------------

uint64_t dma_map_ps(const dma_space_t *s, uint64_t hpa, size_t bytes)
{
    const dma_params_t *p = &s->unit->p;
    if (!s->unit->by_call || bytes == 0) return 0;
    if (p->size) return large_changes(s, hpa, bytes, 0) * p->pte_ps;
    return p->iova_ps + pages_of(hpa, bytes) * p->pte_ps;
}

uint64_t dma_unmap_ps(const dma_space_t *s, uint64_t addr, size_t bytes)
{
    const dma_params_t *p = &s->unit->p;
    if (!s->unit->by_call || bytes == 0) return 0;
    if (p->size) return large_changes(s, addr - DIRECT_BASE, bytes, 1) * p->pte_ps;
    return p->iova_free_ps + pages_of(addr, bytes) * p->pte_ps;
}

uint64_t dma_map(dma_space_t *s, uint64_t hpa, size_t bytes, uint32_t perm)
{
    dma_unit_t *u = s->unit;
    if (u->p.mode == DMA_PT) return hpa;
    uint64_t addr = 0;
    if (bytes && u->by_page) {
        addr = map_pages(s, hpa, bytes);
    } else if (bytes) {
        const uint64_t pages = pages_of(hpa, bytes), offset = hpa % IOMMU_PAGE;
        const unsigned order = order_of(pages);
        const uint64_t iova = take_iova(s, order);
        if (iova && iommu_domain_map(&s->domain, iova, hpa - offset, pages * IOMMU_PAGE, perm,
                                     IOMMU_SIZE_4K) == 0)
            addr = iova + offset;
        else if (iova) give_iova(s, iova, order);
    }
    if (addr) u->stats.maps++;
    else u->stats.map_failed++;
    return addr;
}

static uint64_t flush_now(dma_space_t *s, uint64_t now_ps, uint64_t iova, uint64_t bytes)
{
    s->unit->stats.flushes++;
    return iommu_host_flush(&s->unit->host, now_ps, s->domain.did, iova, bytes, true);
}

static uint64_t defer(dma_space_t *s, uint64_t now_ps, uint64_t iova, unsigned order)
{
    dma_unit_t *u = s->unit;
    if (u->stale_count == 0) u->stale_since_ps = now_ps;
    u->stale[u->stale_count++] = (dma_stale_t){s, iova, order};
    if (u->stale_count > u->stats.stale_max) u->stats.stale_max = u->stale_count;
    return u->stale_count == DMA_FLUSH_ENTRIES ? dma_flush(u, now_ps) : now_ps;
}

int dma_unmap(dma_space_t *s, uint64_t now_ps, uint64_t addr, size_t bytes, uint64_t *done_ps)
{
    dma_unit_t *u = s->unit;
    *done_ps = now_ps;
    if (u->p.mode == DMA_PT) return 0;
    if (bytes == 0) return -EINVAL;
    if (u->by_page) {
        bool gone = false;
        if (addr < DIRECT_BASE || unmap_pages(s, addr, bytes, &gone) != 0) return -EINVAL;
        u->stats.unmaps++;
        if (!gone) return 0;
        *done_ps =
            u->p.mode == DMA_STRICT ? flush_now(s, now_ps, addr, bytes) : defer(s, now_ps, 0, 0);
        return 0;
    }
    const uint64_t pages = pages_of(addr, bytes), iova = addr - addr % IOMMU_PAGE;
    const unsigned order = order_of(pages);
    if (iommu_domain_unmap(&s->domain, iova, pages * IOMMU_PAGE) != 0) return -EINVAL;
    u->stats.unmaps++;
    if (u->p.mode == DMA_DEFERRED) {
        *done_ps = defer(s, now_ps, iova, order);
        return 0;
    }
    *done_ps = flush_now(s, now_ps, iova, pages * IOMMU_PAGE);
    give_iova(s, iova, order);
    return 0;
}

uint64_t dma_flush(dma_unit_t *u, uint64_t now_ps)
{
    if (u->stale_count == 0) return now_ps;
    const uint64_t done_ps = iommu_host_flush_all(&u->host, now_ps);
    for (unsigned i = 0; i < u->stale_count; i++)
        if (u->stale[i].iova) give_iova(u->stale[i].space, u->stale[i].iova, u->stale[i].order);
    u->stale_count = 0;
    u->stats.flushes++;
    if (done_ps - u->stale_since_ps > u->stats.stale_max_ps)
        u->stats.stale_max_ps = done_ps - u->stale_since_ps;
    return done_ps;
}

uint64_t dma_flush_due_ps(const dma_unit_t *u)
{
    return u->stale_count ? u->stale_since_ps + DMA_FLUSH_PS : UINT64_MAX;
}
