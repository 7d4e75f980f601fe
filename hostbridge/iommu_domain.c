// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/iommu_domain.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES     512u
#define PIECE_BYTES (UINT64_C(2) << 20)

// ---- pages for tables --------------------------------------------------------------------------

void iommu_pages_init(iommu_pages_t *p, memory_t *mem)
{
    *p = (iommu_pages_t){.mem = mem};
}

void iommu_pages_free(iommu_pages_t *p)
{
    free(p->free);
    *p = (iommu_pages_t){0};
}

uint64_t iommu_page_take(iommu_pages_t *p)
{
    uint64_t hpa = 0;
    if (p->count) {
        hpa = p->free[--p->count];
    } else {
        if (p->next_hpa == p->end_hpa) {
            p->next_hpa = memory_alloc(p->mem, PIECE_BYTES, PIECE_BYTES);
            p->end_hpa = p->next_hpa ? p->next_hpa + PIECE_BYTES : 0;
            if (!p->next_hpa) return 0;
        }
        hpa = p->next_hpa;
        p->next_hpa += IOMMU_PAGE;
    }
    p->used++;
    memset(memory_at(p->mem, hpa, IOMMU_PAGE), 0, IOMMU_PAGE);
    return hpa;
}

void iommu_page_give(iommu_pages_t *p, uint64_t hpa)
{
    p->used--;
    if (p->count == p->room) {
        const size_t room = p->room ? p->room * 2 : 64;
        uint64_t *grown = realloc(p->free, room * sizeof *grown);
        if (!grown) return; // the page is lost to this run
        p->free = grown;
        p->room = room;
    }
    p->free[p->count++] = hpa;
}

// ---- tables ------------------------------------------------------------------------------------

static uint64_t *table_at(const iommu_domain_t *d, uint64_t hpa)
{
    return memory_at(d->pages->mem, hpa, IOMMU_PAGE);
}

static uint64_t load(const uint64_t *at)
{
    return le64toh(*at);
}

static void store(uint64_t *at, uint64_t v)
{
    *at = htole64(v);
}

static bool present(uint64_t pte)
{
    return (pte & (IOMMU_PTE_R | IOMMU_PTE_W)) != 0;
}

static bool is_leaf(uint64_t pte, unsigned level)
{
    return level == 1 || (pte & IOMMU_PTE_PS);
}

bool iommu_domain_init(iommu_domain_t *d, iommu_pages_t *pages, uint16_t did, unsigned levels)
{
    assert(levels == 3 || levels == 4);
    *d = (iommu_domain_t){.pages = pages, .did = did, .levels = levels};
    d->root_hpa = iommu_page_take(pages);
    d->tables = d->root_hpa != 0;
    return d->root_hpa != 0;
}

// The tables below a table, then itself. Depth is bounded by the levels.
static void free_table(iommu_domain_t *d, uint64_t hpa, unsigned level)
{
    uint64_t *table = table_at(d, hpa);
    for (unsigned i = 0; i < ENTRIES && level > 1; i++) {
        const uint64_t pte = load(&table[i]);
        if (present(pte) && !is_leaf(pte, level)) free_table(d, pte & IOMMU_ADDR_MASK, level - 1);
    }
    d->near = NULL;
    iommu_page_give(d->pages, hpa);
    d->tables--;
}

void iommu_domain_free(iommu_domain_t *d)
{
    if (d->root_hpa) free_table(d, d->root_hpa, d->levels);
    d->root_hpa = 0;
}

// The entry of iova, as far down as `level` or to a leaf above it; *at: its level.
static uint64_t *descend(const iommu_domain_t *d, uint64_t iova, unsigned level, unsigned *at)
{
    uint64_t hpa = d->root_hpa;
    for (*at = d->levels;; --*at) {
        uint64_t *pte = &table_at(d, hpa)[IOMMU_GET(iova, IOMMU_SHIFT(*at), 9)];
        const uint64_t v = load(pte);
        if (*at == level || !present(v) || is_leaf(v, *at)) return pte;
        hpa = v & IOMMU_ADDR_MASK;
    }
}

// Down to a small page, from the table used last if it is in that.
static uint64_t *descend_near(iommu_domain_t *d, uint64_t iova, unsigned *at)
{
    const uint64_t region = iova >> IOMMU_SHIFT(2);
    const unsigned index = (unsigned)IOMMU_GET(iova, IOMMU_SHIFT(1), 9);
    if (d->near && d->near_region == region) {
        *at = 1;
        return &d->near[index];
    }
    uint64_t *pte = descend(d, iova, 1, at);
    if (*at == 1) {
        d->near = pte - index;
        d->near_region = region;
    }
    return pte;
}

// The same, with the tables on the way. NULL: out of memory; a leaf above `level` ends it.
static uint64_t *descend_making(iommu_domain_t *d, uint64_t iova, unsigned level, unsigned *at)
{
    for (;;) {
        uint64_t *pte = level == 1 ? descend_near(d, iova, at) : descend(d, iova, level, at);
        if (*at == level || present(load(pte))) return pte;
        const uint64_t hpa = iommu_page_take(d->pages);
        if (!hpa) return NULL;
        d->tables++;
        store(pte, hpa | IOMMU_PTE_R | IOMMU_PTE_W);
    }
}

static bool table_empty(const iommu_domain_t *d, uint64_t hpa)
{
    const uint64_t *table = table_at(d, hpa);
    for (unsigned i = 0; i < ENTRIES; i++)
        if (load(&table[i])) return false;
    return true;
}

static bool in_width(const iommu_domain_t *d, uint64_t iova, uint64_t bytes)
{
    const unsigned width = IOMMU_SHIFT(d->levels + 1);
    return bytes && iova + bytes > iova && (iova + bytes - 1) >> width == 0;
}

// A table that lies where a large page is to be; false when there is something in it.
static bool clear_way(iommu_domain_t *d, uint64_t *pte, unsigned level)
{
    const uint64_t v = load(pte);
    if (!present(v)) return true;
    if (is_leaf(v, level)) return false;
    uint64_t *table = table_at(d, v & IOMMU_ADDR_MASK);
    for (unsigned i = 0; i < ENTRIES && level > 2; i++) // of 1 GiB: the tables of its 2 MiB
        if (load(&table[i]) && !clear_way(d, &table[i], level - 1)) return false;
    if (!table_empty(d, v & IOMMU_ADDR_MASK)) return false;
    store(pte, 0);
    free_table(d, v & IOMMU_ADDR_MASK, level - 1);
    d->stale_tables = true;
    return true;
}

static int map_page(iommu_domain_t *d, uint64_t iova, uint64_t hpa, uint32_t perm, unsigned size)
{
    unsigned at;
    uint64_t *pte = descend_making(d, iova, size + 1, &at);
    if (!pte) return -ENOMEM;
    if (at != size + 1 || !clear_way(d, pte, at)) return -EEXIST;
    store(pte, hpa | perm | (size ? IOMMU_PTE_PS : 0));
    d->leaves[size]++;
    return 0;
}

int iommu_domain_map(iommu_domain_t *d, uint64_t iova, uint64_t hpa, uint64_t bytes, uint32_t perm,
                     unsigned size)
{
    const uint64_t page = iommu_size_bytes(size);
    if (size > IOMMU_SIZE_1G || ((iova | hpa | bytes) & (page - 1)) || !in_width(d, iova, bytes) ||
        (hpa + bytes - 1) >> IOMMU_HAW || hpa + bytes < hpa || !present(perm) || perm > 3)
        return -EINVAL;
    for (uint64_t done = 0; done < bytes; done += page) {
        const int r = map_page(d, iova + done, hpa + done, perm, size);
        if (r == 0) continue;
        if (done) iommu_domain_unmap(d, iova, done);
        return r;
    }
    return 0;
}

int iommu_domain_unmap(iommu_domain_t *d, uint64_t iova, uint64_t bytes)
{
    unsigned at;
    if ((iova | bytes) & (IOMMU_PAGE - 1) || !in_width(d, iova, bytes)) return -EINVAL;
    // A look first, so that it is all or nothing; one page is.
    for (unsigned take = bytes == IOMMU_PAGE; take < 2; take++) {
        for (uint64_t next = iova, step; next < iova + bytes; next += step) {
            uint64_t *pte = descend_near(d, next, &at);
            step = IOMMU_BIT(IOMMU_SHIFT(at));
            if (!present(load(pte))) return -ENOENT;
            if ((next & (step - 1)) || iova + bytes - next < step) return -EINVAL;
            if (!take) continue;
            store(pte, 0);
            d->leaves[at - 1]--;
        }
    }
    return 0;
}

bool iommu_domain_find(const iommu_domain_t *d, uint64_t iova, uint64_t *hpa, uint32_t *perm,
                       unsigned *size)
{
    unsigned at;
    if (!in_width(d, iova, 1)) return false;
    const uint64_t pte = load(descend(d, iova, 1, &at));
    if (!present(pte)) return false;
    *hpa = (pte & IOMMU_ADDR_MASK) + (iova & (IOMMU_BIT(IOMMU_SHIFT(at)) - 1));
    *perm = (uint32_t)(pte & 3);
    *size = at - 1;
    return true;
}
