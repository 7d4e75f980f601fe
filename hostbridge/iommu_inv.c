// SPDX-License-Identifier: Apache-2.0
// Queued invalidation. Descriptors take effect when the tail is written, in order; a wait descriptor
// is complete when the invalidations before it are, and the requests translated before them have
// reached memory.
#include "hostbridge/iommu_priv.h"

#define DESC_BYTES 16u

static bool invalidate_context(iommu_t *u, const uint64_t d[2])
{
    const uint16_t did = (uint16_t)(d[0] >> IOMMU_INV_DID_LSB);
    const uint16_t rid = (uint16_t)(d[0] >> IOMMU_INV_SID_LSB);
    const unsigned what = (unsigned)IOMMU_GET(d[0], IOMMU_INV_G_LSB, 2);
    if (what == 0) return false;
    u->stats.inv_context++;
    for (unsigned i = 0; i < IOMMU_FUNCS; i++) {
        iommu_func_t *f = &u->func[i];
        if (!f->source || (what != IOMMU_INV_GLOBAL && f->domain != iommu_key_domain(did)))
            continue;
        if (what == IOMMU_INV_ONE && f->source != IOMMU_SOURCE(rid)) continue;
        f->source = 0;
        u->stats.dropped_lines++;
    }
    return true;
}

// All sizes of a page whose range of 2^am small pages is named.
static void drop_range(iommu_t *u, iommu_cache_t *c, unsigned sizes, uint64_t iova, uint16_t did,
                       unsigned am)
{
    const uint64_t bytes = (uint64_t)IOMMU_PAGE << am;
    iova &= ~(bytes - 1);
    for (unsigned size = 0; size < 4; size++) {
        if (!(sizes >> size & 1) || !c->valid[size]) continue;
        const uint64_t step = IOMMU_BIT(IOMMU_SHIFT(size + 1));
        if (bytes / step > c->entries) { // a look at every line is less
            for (uint32_t i = 0; i < c->entries; i++) {
                const uint64_t key = c->line[i].key;
                const uint64_t page = (key & ~IOMMU_KEY_VALID) >> IOMMU_KEY_PAGE_LSB;
                if (key == iommu_key(page * step, did, size) && page * step - iova < bytes)
                    u->stats.dropped_lines += iommu_cache_drop(c, key);
            }
            continue;
        }
        for (uint64_t at = iova & ~(step - 1); at - iova < bytes || at < iova; at += step)
            u->stats.dropped_lines += iommu_cache_drop(c, iommu_key(at, did, size));
    }
}

static bool invalidate_pages(iommu_t *u, uint64_t word, uint16_t did)
{
    const unsigned am = (unsigned)(word & IOMMU_INV_AM_MASK);
    if (am > IOMMU_INV_AM_MAX) return false;
    drop_range(u, &u->iotlb, 7, word & IOMMU_ADDR_MASK, did, am);
    if (word & IOMMU_INV_IH) return true;
    for (unsigned i = 0; i < 3; i++)
        drop_range(u, &u->walk[i], 2u << i, word & IOMMU_ADDR_MASK, did, am);
    return true;
}

static bool invalidate_iotlb(iommu_t *u, const uint64_t d[2])
{
    const uint16_t did = (uint16_t)(d[0] >> IOMMU_INV_DID_LSB);
    const unsigned what = (unsigned)IOMMU_GET(d[0], IOMMU_INV_G_LSB, 2);
    const uint64_t key = iommu_key_domain(did);
    const uint64_t mask = what == IOMMU_INV_GLOBAL ? 0 : IOMMU_KEY_VALID | IOMMU_KEY_DID_MASK;
    if (what == 0) return false;
    if (what == IOMMU_INV_ONE && !invalidate_pages(u, d[1], did)) return false;
    u->stats.inv_iotlb++;
    if (what == IOMMU_INV_ONE) return true;
    u->stats.dropped_lines += iommu_cache_drop_all(&u->iotlb, mask, key & mask);
    for (unsigned i = 0; i < 3; i++)
        u->stats.dropped_lines += iommu_cache_drop_all(&u->walk[i], mask, key & mask);
    return true;
}

static void invalidate_irte(iommu_t *u, const uint64_t d[2])
{
    const unsigned im = (unsigned)IOMMU_GET(d[0], IOMMU_INV_IM_LSB, 5);
    const uint64_t index = IOMMU_GET(d[0], IOMMU_INV_IIDX_LSB, 16);
    u->stats.inv_irte++;
    if (!IOMMU_GET(d[0], IOMMU_INV_G_LSB, 1)) {
        u->stats.dropped_lines += iommu_cache_drop_all(&u->irte, 0, 0);
        return;
    }
    const uint64_t first = index >> im << im;
    for (uint64_t i = first; i < first + (UINT64_C(1) << im) && i < 65536; i++)
        u->stats.dropped_lines += iommu_cache_drop(&u->irte, iommu_key(i << 12, 0, 0));
}

static bool wait(iommu_t *u, const uint64_t d[2])
{
    u->stats.inv_waits++;
    u->inv_ps = iommu_max(u->inv_ps, u->flight_ps);
    if (d[0] & IOMMU_WAIT_SW) {
        const uint32_t status = htole32((uint32_t)(d[0] >> IOMMU_WAIT_STATUS_LSB));
        const uint64_t cyc = (u->inv_ps + 7999) / 8000;
        if (!memory_post_lane(u->mem, IOMMU_LANE, cyc, d[1] & ~UINT64_C(3), &status, sizeof status))
            return false;
    }
    if (d[0] & IOMMU_WAIT_IF) u->ics |= 1;
    return true;
}

static bool carry_out(iommu_t *u, const uint64_t d[2])
{
    switch (d[0] & 15) {
    case IOMMU_INV_CONTEXT: return invalidate_context(u, d);
    case IOMMU_INV_IOTLB: return invalidate_iotlb(u, d);
    case IOMMU_INV_IEC: invalidate_irte(u, d); return true;
    case IOMMU_INV_WAIT: return wait(u, d);
    }
    return false;
}

// A descriptor that cannot be stops the queue in front of it.
void iommu_run_queue(iommu_t *u, uint64_t now_ps)
{
    const uint32_t bytes = IOMMU_PAGE << IOMMU_GET(u->iqa, 0, 3);
    if (!(u->gsts & IOMMU_QIE) || (u->fsts & IOMMU_IQE)) return;
    u->inv_ps = iommu_max(u->inv_ps, now_ps);
    while (u->iqh != u->iqt) {
        uint64_t d[2];
        if (u->iqt >= bytes || u->iqt % DESC_BYTES ||
            !iommu_load(u, (u->iqa & IOMMU_ADDR_MASK) + u->iqh, d, 2)) {
            iommu_set_status(u, IOMMU_IQE);
            return;
        }
        if ((d[0] & 15) != IOMMU_INV_WAIT) u->inv_ps += u->p.inv_ps;
        if (!carry_out(u, d)) {
            iommu_set_status(u, IOMMU_IQE);
            return;
        }
        u->iqh = (u->iqh + DESC_BYTES) % bytes;
    }
}

uint64_t iommu_idle_ps(const iommu_t *u)
{
    return u->inv_ps;
}
