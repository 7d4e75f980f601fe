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
    u->walkers.count = p->walkers;
    u->places.count = p->places;
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

static uint64_t first_free_ps(const iommu_slots_t *s)
{
    return s->free_ps[s->first];
}

// The slot that is free first is taken until then.
static void take_first(iommu_slots_t *s, uint64_t until_ps)
{
    unsigned at = s->first;
    s->first = at + 1 < s->count ? at + 1 : 0;
    while (at != s->first) { // those that are taken for longer stay behind it
        const unsigned before = at ? at - 1 : s->count - 1;
        if (s->free_ps[before] <= until_ps) break;
        s->free_ps[at] = s->free_ps[before];
        at = before;
    }
    s->free_ps[at] = until_ps;
}

uint64_t iommu_room_ps(const iommu_t *u, uint64_t at_ps)
{
    return iommu_max(first_free_ps(&u->places), at_ps);
}

void iommu_in_flight(iommu_t *u, uint64_t until_ps)
{
    u->flight_ps = iommu_max(u->flight_ps, until_ps);
}

// Memory accesses of a walk, one after the other, on the walker that is free first.
static uint64_t walk_done_ps(iommu_t *u, uint64_t at_ps, unsigned accesses)
{
    const uint64_t done_ps =
        iommu_max(at_ps, first_free_ps(&u->walkers)) + u->p.walk_ps + accesses * u->p.access_ps;
    take_first(&u->walkers, done_ps);
    return done_ps;
}

// A request that could not go through at once has taken a place.
static void settle(iommu_t *u, iommu_func_t *f, uint64_t at_ps, uint64_t done_ps)
{
    const uint64_t added_ps = done_ps - at_ps;
    f->order_ps = done_ps;
    if (added_ps == 0) return;
    u->stats.latency_ps += added_ps;
    if (added_ps > u->stats.latency_max_ps) u->stats.latency_max_ps = added_ps;
    if (added_ps <= u->p.hit_ps) return;
    take_first(&u->places, done_ps);
}

// ---- translation -------------------------------------------------------------------------------

static iommu_line_t *look_up(const iommu_t *u, const iommu_func_t *f, uint64_t iova)
{
    iommu_line_t *l = iommu_cache_find(&u->iotlb, f->domain | iommu_key_page(iova, 0));
    if (!l) l = iommu_cache_find(&u->iotlb, f->domain | iommu_key_page(iova, 1));
    if (!l) l = iommu_cache_find(&u->iotlb, f->domain | iommu_key_page(iova, 2));
    return l;
}

// A page that is not in the IOTLB; from now on it is.
static enum iommu_reason walk_page(iommu_t *u, const iommu_func_t *f, bool write, uint64_t iova,
                                   iommu_leaf_t *leaf, unsigned *accesses)
{
    const unsigned before = *accesses;
    u->stats.walks++;
    const enum iommu_reason reason = iommu_walk(u, f, write, iova, leaf, accesses);
    u->stats.walk_accesses += *accesses - before;
    if (reason) return reason;
    iommu_line_t *l = iommu_cache_put(&u->iotlb, f->domain | iommu_key_page(iova, leaf->size));
    if (!l) return IOMMU_OK;
    l->value = leaf->hpa;
    l->perm = leaf->perm;
    return IOMMU_OK;
}

// One page. *hpa: of iova, and *room the bytes up to the end of the page.
static inline enum iommu_reason translate_page(iommu_t *u, const iommu_func_t *f, bool write,
                                               uint64_t iova, uint64_t *hpa, uint64_t *room,
                                               unsigned *accesses)
{
    iommu_line_t *l = look_up(u, f, iova);
    uint64_t page_hpa;
    unsigned size;
    u->stats.translations++;
    if (l) {
        u->stats.hits++;
        iommu_cache_touch(&u->iotlb, l);
        if (!(l->perm & (write ? IOMMU_PTE_W : IOMMU_PTE_R)))
            return write ? IOMMU_NO_WRITE : IOMMU_NO_READ;
        page_hpa = l->value;
        size = (unsigned)(l->key & IOMMU_KEY_SIZE_MASK);
    } else {
        iommu_leaf_t leaf;
        const enum iommu_reason reason = walk_page(u, f, write, iova, &leaf, accesses);
        if (reason) return reason;
        page_hpa = leaf.hpa;
        size = leaf.size;
    }
    const uint64_t page = IOMMU_BIT(IOMMU_SHIFT(size + 1)), offset = iova & (page - 1);
    *hpa = page_hpa + offset;
    *room = page - offset;
    return IOMMU_OK;
}

static void pass(iommu_request_t *r, uint64_t addr, uint32_t len)
{
    r->part[0].hpa = addr;
    r->part[0].len = len;
    r->parts = 1;
}

// r->parts: how many of them went well.
static enum iommu_reason translate(iommu_t *u, const iommu_func_t *f, bool write, uint64_t iova,
                                   uint32_t len, iommu_request_t *r, unsigned *accesses)
{
    uint64_t room;
    if ((iova | (iova + len - 1)) & f->beyond) return IOMMU_BEYOND_WIDTH;
    if (f->pass) {
        u->stats.translations++;
        u->stats.passed++;
        pass(r, iova, len);
        return IOMMU_OK;
    }
    enum iommu_reason reason = translate_page(u, f, write, iova, &r->part[0].hpa, &room, accesses);
    if (reason) return reason;
    r->part[0].len = len;
    r->parts = 1;
    if (len <= room) return IOMMU_OK;
    r->part[0].len = (uint32_t)room;
    r->part[1].len = len - (uint32_t)room;
    reason = translate_page(u, f, write, iova + room, &r->part[1].hpa, &room, accesses);
    if (!reason) r->parts = 2;
    return reason;
}

void iommu_translate(iommu_t *u, uint16_t rid, bool write, uint64_t iova, uint32_t len,
                     uint64_t at_ps, iommu_request_t *r)
{
    iommu_func_t *f = &u->func[rid % IOMMU_FUNCS];
    unsigned accesses = 0;
    enum iommu_reason reason = IOMMU_OK;
    *r = (iommu_request_t){.done_ps = at_ps};
    if (!(u->gsts & IOMMU_TE)) {
        pass(r, iova, len);
        return;
    }
    u->stats.requests++;
    if (f->source != IOMMU_SOURCE(rid)) reason = iommu_fetch_context(u, f, rid, &accesses);
    if (!reason) reason = translate(u, f, write, iova, len, r, &accesses);
    if (f->order_ps > at_ps) {
        u->stats.waits++;
        r->done_ps = f->order_ps;
    }
    r->done_ps += u->p.hit_ps;
    if (accesses) r->done_ps = walk_done_ps(u, r->done_ps, accesses);
    settle(u, f, at_ps, r->done_ps);
    if (!reason) return;
    r->refused = true;
    r->reason = (uint8_t)reason;
    const uint64_t bad = r->parts ? iova + r->part[0].len : iova;
    r->parts = 0;
    iommu_fault(u, rid, !write, reason, bad, f->fpd);
}
