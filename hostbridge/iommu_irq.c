// SPDX-License-Identifier: Apache-2.0
// Interrupt remapping and posting.
#include "hostbridge/iommu_priv.h"

// The entry, through its cache; adds the memory access of a miss.
static enum iommu_reason fetch_entry(iommu_t *u, uint32_t index, uint64_t irte[2],
                                     unsigned *accesses)
{
    const uint64_t key = iommu_key((uint64_t)index << 12, 0, 0);
    iommu_line_t *l = iommu_cache_find(&u->irte, key);
    if (index >= u->irt_entries) return IOMMU_IR_INDEX;
    if (l) {
        iommu_cache_touch(&u->irte, l);
        memcpy(irte, u->irte_words[l - u->irte.line], 2 * sizeof *irte);
        return IOMMU_OK;
    }
    ++*accesses;
    if (!iommu_load(u, u->irt + 16 * (uint64_t)index, irte, 2)) return IOMMU_IRTE_ACCESS;
    if (!(irte[0] & IOMMU_IRTE_P)) return IOMMU_IRTE_NOT_PRESENT;
    l = iommu_cache_put(&u->irte, key);
    if (l) memcpy(u->irte_words[l - u->irte.line], irte, 2 * sizeof *irte);
    return IOMMU_OK;
}

static enum iommu_reason check_entry(const uint64_t irte[2], uint16_t rid)
{
    const bool posted = (irte[0] & IOMMU_IRTE_IM) != 0;
    const uint64_t reserved = posted ? IOMMU_IRTE_POSTED_RESERVED0 : IOMMU_IRTE_RESERVED0;
    const unsigned svt = (unsigned)IOMMU_GET(irte[1], IOMMU_IRTE_SVT_LSB, 2);
    if ((irte[0] & reserved) || (irte[1] & IOMMU_IRTE_RESERVED1) || svt > IOMMU_SVT_RID ||
        (!posted && irte[1] >> 32))
        return IOMMU_IRTE_BITS;
    if (svt == IOMMU_SVT_NONE) return IOMMU_OK;
    // SQ: how many of the low bits of the function do not count.
    static const uint16_t ignored[] = {0, 4, 6, 7};
    const uint16_t mask = (uint16_t)~ignored[IOMMU_GET(irte[1], IOMMU_IRTE_SQ_LSB, 2)];
    return ((rid ^ irte[1]) & mask) ? IOMMU_IR_SOURCE : IOMMU_OK;
}

// Sets the request bit; tells a core when no notification is on its way yet.
static enum iommu_reason post(iommu_t *u, const uint64_t irte[2], iommu_irq_t *r)
{
    const uint64_t pda = IOMMU_GET(irte[0], IOMMU_IRTE_PDA_LO_LSB, 26) << 6 |
                         IOMMU_GET(irte[1], IOMMU_IRTE_PDA_HI_LSB, 32) << 32;
    const unsigned vector = (unsigned)IOMMU_GET(irte[0], IOMMU_IRTE_VEC_LSB, 8);
    uint64_t pd[8];
    if (!iommu_load(u, pda, pd, 8)) return IOMMU_PD_ACCESS;
    uint64_t *control = &pd[IOMMU_PD_CONTROL / 8];
    if ((*control & IOMMU_PD_RESERVED) || pd[5] || pd[6] || pd[7]) return IOMMU_PD_BITS;
    pd[vector / 64] |= IOMMU_BIT(vector % 64);
    const bool urgent = (irte[0] & IOMMU_IRTE_URG) || !(*control & IOMMU_PD_SN);
    r->tell = urgent && !(*control & IOMMU_PD_ON);
    if (r->tell) *control |= IOMMU_PD_ON;
    r->vector = (uint8_t)(*control >> IOMMU_PD_NV_LSB);
    r->core = (uint32_t)(*control >> IOMMU_PD_NDST_LSB);
    for (unsigned i = 0; i < 8; i++) pd[i] = htole64(pd[i]);
    memcpy(memory_at(u->mem, pda, sizeof pd), pd, sizeof pd);
    u->stats.posted++;
    u->stats.notified += r->tell;
    return IOMMU_OK;
}

static enum iommu_reason remap(iommu_t *u, uint16_t rid, uint64_t addr, uint32_t data,
                               iommu_irq_t *r, unsigned *accesses, uint32_t *index, bool *fpd)
{
    uint64_t irte[2] = {0};
    if (!(addr & IOMMU_MSI_FORMAT)) {
        if (!(u->gsts & IOMMU_CFI)) return IOMMU_IR_COMPATIBILITY;
        r->tell = true;
        r->vector = (uint8_t)data;
        r->core = (uint32_t)IOMMU_GET(addr, 12, 8);
        return IOMMU_OK;
    }
    const bool shv = (addr & IOMMU_MSI_SHV) != 0;
    *index = IOMMU_MSI_HANDLE(addr) + (shv ? data & 0xFFFF : 0);
    if ((addr & 3) || (shv && data >> 16)) return IOMMU_IR_REQUEST;
    enum iommu_reason reason = fetch_entry(u, *index, irte, accesses);
    *fpd = (irte[0] & IOMMU_IRTE_FPD) != 0;
    if (!reason) reason = check_entry(irte, rid);
    if (reason) return reason;
    if (irte[0] & IOMMU_IRTE_IM) {
        ++*accesses;
        return post(u, irte, r);
    }
    r->tell = true;
    r->vector = (uint8_t)(irte[0] >> IOMMU_IRTE_VEC_LSB);
    r->core = (uint32_t)(irte[0] >> IOMMU_IRTE_DST_LSB);
    u->stats.remapped++;
    return IOMMU_OK;
}

void iommu_interrupt(iommu_t *u, uint16_t rid, uint64_t addr, uint32_t data, uint64_t at_ps,
                     iommu_irq_t *r)
{
    *r = (iommu_irq_t){.done_ps = at_ps};
    if (!(u->gsts & IOMMU_IRE)) {
        r->tell = true;
        r->vector = (uint8_t)data;
        r->core = (uint32_t)IOMMU_GET(addr, 12, 8);
        return;
    }
    unsigned accesses = 0;
    uint32_t index = 0;
    bool fpd = false;
    const enum iommu_reason reason = remap(u, rid, addr, data, r, &accesses, &index, &fpd);
    r->done_ps += accesses * u->p.access_ps;
    if (!reason) return;
    r->refused = true;
    r->tell = false;
    r->reason = (uint8_t)reason;
    iommu_fault(u, rid, false, reason, (uint64_t)index << IOMMU_FRCD_INDEX_LSB, fpd);
}

void iommu_bad_interrupt(iommu_t *u, uint16_t rid, bool write, uint64_t addr)
{
    iommu_fault(u, rid, !write, IOMMU_IR_REQUEST, addr, false);
}
