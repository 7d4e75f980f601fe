// SPDX-License-Identifier: Apache-2.0
// The IOMMU of a run: builds it, counts from where the traffic begins, and fails a run whose device
// was refused anything.
#include "hostbridge/testbed_priv.h"

#include <inttypes.h>
#include <stdio.h>

enum { TB_WALKERS = 8, TB_PLACES = 16, TB_RECORDS = 8, TB_IRTE_LINES = 32 };

static bool geometry(const char *text, iommu_geometry_t *g)
{
    char err[128];
    return iommu_geometry_parse(text, g, err) == 0;
}

int tb_iommu_build(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    const uint64_t *v = t->profile.value;
    if (c->iommu == DMA_OFF) return 0;
    iommu_params_t p = {.irte = {TB_IRTE_LINES, TB_IRTE_LINES, IOMMU_LRU},
                        .walkers = TB_WALKERS,
                        .places = TB_PLACES,
                        .records = TB_RECORDS,
                        .hit_ps = v[COST_iommu_hit_ns] * 1000,
                        .walk_ps = v[COST_iommu_walk_ns] * 1000,
                        .access_ps = v[COST_iommu_access_ns] * 1000,
                        .inv_ps = v[COST_iommu_inv_ns] * 1000,
                        .seed = c->seed};
    if (!geometry(c->iotlb, &p.iotlb))
        return tb_fail(t, 2, "--iotlb %s: no such geometry", c->iotlb);
    if (!geometry(c->walk_cache, &p.walk))
        return tb_fail(t, 2, "--walk-cache %s: no such geometry", c->walk_cache);
    const dma_params_t dma = dma_params_of(&t->profile, (enum dma_mode)c->iommu, c->pages);
    t->dma = dma_unit_create(t->mem, &p, &dma);
    if (!t->dma) return tb_fail(t, 2, "out of memory");
    os_host_set_dma(t->host, t->dma);
    return 0;
}

void tb_iommu_begin(testbed_t *t)
{
    if (!t->dma) return;
    t->r->iommu.early_faults = iommu_stats(dma_unit_host(t->dma)->unit)->faults;
    iommu_stats_reset(dma_unit_host(t->dma)->unit);
    dma_unit_stats_reset(t->dma);
}

void tb_iommu_collect(testbed_t *t)
{
    run_iommu_t *r = &t->r->iommu;
    if (!t->dma) return;
    r->on = true;
    r->unit = *iommu_stats(dma_unit_host(t->dma)->unit);
    r->dma = *dma_unit_stats(t->dma);
}

// What was refused first and is still recorded.
int tb_iommu_conserve(testbed_t *t)
{
    const run_iommu_t *r = &t->r->iommu;
    const uint64_t faults = r->early_faults + r->unit.faults;
    if (faults == 0) return 0;
    const iommu_t *u = dma_unit_host(t->dma)->unit;
    const unsigned first = (unsigned)(iommu_rd(u, IOMMU_FSTS) >> IOMMU_FRI_LSB & 255);
    const uint64_t word0 = iommu_rd(u, IOMMU_FRCD + 16 * first);
    const uint64_t word1 = iommu_rd(u, IOMMU_FRCD + 16 * first + 8);
    const unsigned func = (unsigned)(word1 & 0xFFFF);
    char name[32] = "the PF";
    if (func) snprintf(name, sizeof name, "VF %u", func - 1);
    return tb_fail(t, 1,
                   "the IOMMU refused the device %" PRIu64
                   " times; first %s of %s at page 0x%" PRIx64 ": %s",
                   faults, word1 & IOMMU_FRCD_READ ? "a read" : "a write", name, word0,
                   iommu_reason_name((enum iommu_reason)(word1 >> IOMMU_FRCD_REASON_LSB & 255)));
}
