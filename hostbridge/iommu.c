// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/iommu_priv.h"

#include <stdlib.h>

iommu_t *iommu_create(memory_t *mem, const iommu_params_t *p)
{
    if (p->walkers == 0 || p->walkers > IOMMU_WALKERS_MAX || p->places == 0 ||
        p->places > IOMMU_PLACES_MAX || p->records == 0 || p->records > IOMMU_RECORDS_MAX)
        return NULL;
    iommu_t *u = calloc(1, sizeof *u);
    if (!u) return NULL;
    u->mem = mem;
    u->p = *p;
    u->fectl = IOMMU_FECTL_IM;
    bool ok = iommu_cache_init(&u->iotlb, &p->iotlb, p->seed) &&
              iommu_cache_init(&u->irte, &p->irte, p->seed + 4);
    for (unsigned i = 0; i < 3 && ok; i++)
        ok = iommu_cache_init(&u->walk[i], &p->walk, p->seed + 1 + i);
    if (ok && p->irte.entries)
        ok = (u->irte_words = calloc(p->irte.entries, sizeof *u->irte_words)) != NULL;
    if (ok) return u;
    iommu_destroy(u);
    return NULL;
}

void iommu_destroy(iommu_t *u)
{
    if (!u) return;
    iommu_cache_free(&u->iotlb);
    iommu_cache_free(&u->irte);
    for (unsigned i = 0; i < 3; i++) iommu_cache_free(&u->walk[i]);
    free(u->irte_words);
    free(u);
}

const iommu_stats_t *iommu_stats(const iommu_t *u)
{
    return &u->stats;
}

void iommu_stats_reset(iommu_t *u)
{
    u->stats = (iommu_stats_t){0};
}

const char *iommu_reason_name(enum iommu_reason r)
{
    static const char *const names[IOMMU_REASONS] = {
        [IOMMU_OK] = "none",
        [IOMMU_ROOT_NOT_PRESENT] = "root_not_present",
        [IOMMU_CTX_NOT_PRESENT] = "context_not_present",
        [IOMMU_CTX_INVALID] = "context_invalid",
        [IOMMU_BEYOND_WIDTH] = "beyond_width",
        [IOMMU_NO_WRITE] = "no_write_permission",
        [IOMMU_NO_READ] = "no_read_permission",
        [IOMMU_TABLE_ACCESS] = "table_outside_memory",
        [IOMMU_ROOT_ACCESS] = "root_outside_memory",
        [IOMMU_CTX_ACCESS] = "context_outside_memory",
        [IOMMU_ROOT_BITS] = "root_reserved_bits",
        [IOMMU_CTX_BITS] = "context_reserved_bits",
        [IOMMU_PTE_BITS] = "table_reserved_bits",
        [IOMMU_IR_REQUEST] = "bad_interrupt_request",
        [IOMMU_IR_INDEX] = "interrupt_index_too_large",
        [IOMMU_IRTE_NOT_PRESENT] = "interrupt_entry_not_present",
        [IOMMU_IRTE_ACCESS] = "interrupt_entry_outside_memory",
        [IOMMU_IRTE_BITS] = "interrupt_entry_reserved_bits",
        [IOMMU_IR_COMPATIBILITY] = "interrupt_compatibility_format",
        [IOMMU_IR_SOURCE] = "interrupt_source_not_allowed",
        [IOMMU_PD_ACCESS] = "posted_descriptor_outside_memory",
        [IOMMU_PD_BITS] = "posted_descriptor_reserved_bits"};
    return (unsigned)r < IOMMU_REASONS && names[r] ? names[r] : "?";
}

// ---- time --------------------------------------------------------------------------------------

static uint64_t *earliest(uint64_t *free_ps, unsigned n)
{
    uint64_t *best = free_ps;
    for (unsigned i = 1; i < n; i++)
        if (free_ps[i] < *best) best = &free_ps[i];
    return best;
}

uint64_t iommu_room_ps(const iommu_t *u, uint64_t at_ps)
{
    if (u->places_ps <= at_ps) return at_ps;
    uint64_t first_ps = u->place_ps[0];
    for (unsigned i = 1; i < u->p.places; i++)
        if (u->place_ps[i] < first_ps) first_ps = u->place_ps[i];
    return iommu_max(first_ps, at_ps);
}

void iommu_in_flight(iommu_t *u, uint64_t until_ps)
{
    u->flight_ps = iommu_max(u->flight_ps, until_ps);
}

// Memory accesses of a walk, one after the other, on the walker that is free first.
static uint64_t walk_done_ps(iommu_t *u, uint64_t at_ps, unsigned accesses)
{
    uint64_t *w = earliest(u->walker_ps, u->p.walkers);
    *w = iommu_max(at_ps, *w) + u->p.walk_ps + accesses * u->p.access_ps;
    return *w;
}

// A request that could not go through at once has taken a place.
static void settle(iommu_t *u, iommu_func_t *f, uint64_t at_ps, uint64_t done_ps)
{
    const uint64_t added_ps = done_ps - at_ps;
    f->order_ps = done_ps;
    u->stats.latency_ps += added_ps;
    if (added_ps > u->stats.latency_max_ps) u->stats.latency_max_ps = added_ps;
    if (added_ps <= u->p.hit_ps) return;
    *earliest(u->place_ps, u->p.places) = done_ps;
    u->places_ps = iommu_max(u->places_ps, done_ps);
}

// ---- translation -------------------------------------------------------------------------------

static iommu_line_t *look_up(const iommu_t *u, uint16_t did, uint64_t iova)
{
    iommu_line_t *l = NULL;
    for (unsigned size = 0; size < 3 && !l; size++)
        l = iommu_cache_find(&u->iotlb, iommu_key(iova, did, size));
    return l;
}

// One page. *hpa: of iova, and *room the bytes up to the end of the page.
static enum iommu_reason translate_page(iommu_t *u, iommu_func_t *f, bool write, uint64_t iova,
                                        uint64_t *hpa, uint64_t *room, unsigned *accesses)
{
    iommu_leaf_t leaf;
    iommu_line_t *l = look_up(u, f->did, iova);
    u->stats.translations++;
    if (l) {
        u->stats.hits++;
        iommu_cache_touch(&u->iotlb, l);
        leaf = (iommu_leaf_t){l->value, l->perm, (unsigned)(l->key & IOMMU_KEY_SIZE_MASK)};
        if (!(leaf.perm & (write ? IOMMU_PTE_W : IOMMU_PTE_R)))
            return write ? IOMMU_NO_WRITE : IOMMU_NO_READ;
    } else {
        const unsigned before = *accesses;
        u->stats.walks++;
        const enum iommu_reason reason = iommu_walk(u, f, write, iova, &leaf, accesses);
        u->stats.walk_accesses += *accesses - before;
        if (reason) return reason;
        l = iommu_cache_put(&u->iotlb, iommu_key(iova, f->did, leaf.size));
        if (l) {
            l->value = leaf.hpa;
            l->perm = leaf.perm;
        }
    }
    const uint64_t offset = iova & (IOMMU_BIT(IOMMU_SHIFT(leaf.size + 1)) - 1);
    *hpa = leaf.hpa + offset;
    *room = IOMMU_BIT(IOMMU_SHIFT(leaf.size + 1)) - offset;
    return IOMMU_OK;
}

static void pass(iommu_request_t *r, uint64_t addr, uint32_t len)
{
    r->parts = 1;
    r->part[0].hpa = addr;
    r->part[0].len = len;
}

static enum iommu_reason translate(iommu_t *u, iommu_func_t *f, bool write, uint64_t iova,
                                   uint32_t len, iommu_request_t *r, unsigned *accesses,
                                   uint64_t *bad)
{
    *bad = iova;
    if (iova >> f->width || (iova + len - 1) >> f->width) return IOMMU_BEYOND_WIDTH;
    if (f->pass) {
        u->stats.translations++;
        u->stats.passed++;
        pass(r, iova, len);
        return IOMMU_OK;
    }
    for (r->parts = 0; len; r->parts++) {
        uint64_t room;
        *bad = iova;
        const enum iommu_reason reason =
            translate_page(u, f, write, iova, &r->part[r->parts].hpa, &room, accesses);
        if (reason) return reason;
        const uint32_t n = len < room ? len : (uint32_t)room;
        r->part[r->parts].len = n;
        iova += n;
        len -= n;
    }
    return IOMMU_OK;
}

void iommu_translate(iommu_t *u, uint16_t rid, bool write, uint64_t iova, uint32_t len,
                     uint64_t at_ps, iommu_request_t *r)
{
    iommu_func_t *f = &u->func[rid % IOMMU_FUNCS];
    unsigned accesses = 0;
    uint64_t bad = iova;
    enum iommu_reason reason = IOMMU_OK;
    r->refused = false;
    r->reason = IOMMU_OK;
    r->done_ps = at_ps;
    if (!(u->gsts & IOMMU_TE)) {
        pass(r, iova, len);
        return;
    }
    u->stats.requests++;
    if (!f->valid || f->rid != rid) reason = iommu_fetch_context(u, f, rid, &accesses);
    if (!reason) reason = translate(u, f, write, iova, len, r, &accesses, &bad);
    uint64_t done_ps = at_ps;
    if (f->order_ps > at_ps) {
        u->stats.waits++;
        done_ps = f->order_ps;
    }
    done_ps += u->p.hit_ps;
    if (accesses) done_ps = walk_done_ps(u, done_ps, accesses);
    settle(u, f, at_ps, done_ps);
    r->done_ps = done_ps;
    if (!reason) return;
    r->refused = true;
    r->reason = (uint8_t)reason;
    r->parts = 0;
    iommu_fault(u, rid, !write, reason, bad, f->fpd);
}
