// SPDX-License-Identifier: Apache-2.0
// Root, context and second-stage tables in memory, and what is remembered of their upper levels.
#include "hostbridge/iommu_priv.h"

enum iommu_reason iommu_fetch_context(iommu_t *u, iommu_func_t *f, uint16_t rid, unsigned *accesses)
{
    uint64_t root[2], ctx[2];
    u->stats.context_fetches++;
    f->source = 0;
    f->fpd = false;
    ++*accesses;
    if (!iommu_load(u, u->root + (rid >> 8) * 16u, root, 2)) return IOMMU_ROOT_ACCESS;
    if (!(root[0] & IOMMU_ROOT_P)) return IOMMU_ROOT_NOT_PRESENT;
    if ((root[0] & IOMMU_ROOT_RESERVED) || root[1]) return IOMMU_ROOT_BITS;
    ++*accesses;
    if (!iommu_load(u, (root[0] & IOMMU_ADDR_MASK) + (rid & 255) * 16u, ctx, 2))
        return IOMMU_CTX_ACCESS;
    f->fpd = (ctx[0] & IOMMU_CTX_FPD) != 0;
    if (!(ctx[0] & IOMMU_CTX_P)) return IOMMU_CTX_NOT_PRESENT;
    if ((ctx[0] & IOMMU_CTX_RESERVED0) || (ctx[1] & IOMMU_CTX_RESERVED1)) return IOMMU_CTX_BITS;
    const unsigned type = (unsigned)IOMMU_GET(ctx[0], IOMMU_CTX_TT_LSB, 2);
    const unsigned width = (unsigned)IOMMU_GET(ctx[1], IOMMU_CTX_AW_LSB, 3);
    if (type != IOMMU_TT_TABLES && type != IOMMU_TT_PASS) return IOMMU_CTX_INVALID;
    if (width != IOMMU_AW_39 && width != IOMMU_AW_48) return IOMMU_CTX_INVALID;
    f->pass = type == IOMMU_TT_PASS;
    f->levels = width == IOMMU_AW_39 ? 3 : 4;
    f->beyond = ~UINT64_C(0) << IOMMU_SHIFT(f->levels + 1u);
    f->table = ctx[0] & IOMMU_ADDR_MASK;
    f->domain = iommu_key_domain((uint16_t)IOMMU_GET(ctx[1], IOMMU_CTX_DID_LSB, 16));
    f->source = IOMMU_SOURCE(rid);
    return IOMMU_OK;
}

static enum iommu_reason forbidden(bool write)
{
    return write ? IOMMU_NO_WRITE : IOMMU_NO_READ;
}

// Address bits that a page entry at this level must not have.
static uint64_t below_page(unsigned level)
{
    return level == 1 ? 0 : IOMMU_BITS(IOMMU_SHIFT(level) - 1, 12);
}

// The lowest table that is remembered; its level.
static unsigned remembered(iommu_t *u, const iommu_func_t *f, uint64_t iova, uint64_t *table,
                           uint32_t *perm)
{
    for (unsigned level = 1; level < f->levels; level++) {
        iommu_cache_t *c = &u->walk[level - 1];
        iommu_line_t *l = iommu_cache_find(c, f->domain | iommu_key_page(iova, level));
        if (!l) continue;
        iommu_cache_touch(c, l);
        u->stats.walk_cache_hits++;
        *table = l->value;
        *perm = l->perm;
        return level;
    }
    return f->levels;
}

enum iommu_reason iommu_walk(iommu_t *u, const iommu_func_t *f, bool write, uint64_t iova,
                             iommu_leaf_t *leaf, unsigned *accesses)
{
    const uint32_t need = write ? IOMMU_PTE_W : IOMMU_PTE_R;
    uint64_t table = f->table;
    uint32_t perm = IOMMU_PTE_R | IOMMU_PTE_W;
    unsigned level = remembered(u, f, iova, &table, &perm);
    if (!(perm & need)) return forbidden(write);
    for (;; level--) {
        uint64_t pte;
        ++*accesses;
        if (!iommu_load(u, table + IOMMU_GET(iova, IOMMU_SHIFT(level), 9) * 8, &pte, 1))
            return IOMMU_TABLE_ACCESS;
        if (!(pte & (IOMMU_PTE_R | IOMMU_PTE_W))) return forbidden(write);
        const bool page = level == 1 || (pte & IOMMU_PTE_PS);
        if ((pte & IOMMU_PTE_RESERVED) || (page && level == 4) ||
            (page && (pte & below_page(level))))
            return IOMMU_PTE_BITS;
        perm &= (uint32_t)pte;
        if (!(perm & need)) return forbidden(write);
        table = pte & IOMMU_ADDR_MASK;
        if (page) break;
        iommu_line_t *l =
            iommu_cache_put(&u->walk[level - 2], f->domain | iommu_key_page(iova, level - 1));
        if (!l) continue;
        l->value = table;
        l->perm = perm;
    }
    *leaf = (iommu_leaf_t){.hpa = table, .perm = perm, .size = level - 1};
    return IOMMU_OK;
}
