// SPDX-License-Identifier: Apache-2.0
// DMA mapping of functions behind an IOMMU: I/O addresses, mappings, and when what is no longer
// mapped is invalidated (docs/iommu.md, "DMA mapping"). Knows no cores: the caller charges the times
// that it is told.
#ifndef MODERATO_DMA_MAP_H
#define MODERATO_DMA_MAP_H

#include "hostbridge/iommu_host.h"
#include "hostbridge/profile.h"

enum dma_mode { DMA_OFF, DMA_PT, DMA_STRICT, DMA_DEFERRED, DMA_PINNED };

#define DMA_FLUSH_ENTRIES 250u // deferred: Linux' high water mark
#define DMA_FLUSH_PS      UINT64_C(10000000000)
#define DMA_ORDERS        16u // I/O address ranges of up to 2^15 pages
#define DMA_SPACES        16u

typedef struct dma_params {
    enum dma_mode mode; // not DMA_OFF
    unsigned size;      // IOMMU_SIZE_*
    uint64_t iova_ps, iova_free_ps, pte_ps;
} dma_params_t;

typedef struct dma_stats {
    uint64_t maps, unmaps, map_failed;
    uint64_t flushes; // invalidations waited for
    // of unmapped addresses that the device could still use: most at a time, and for how long
    uint64_t stale_max, stale_max_ps;
} dma_stats_t;

typedef struct dma_unit dma_unit_t;
typedef struct dma_space dma_space_t; // of a function

dma_params_t dma_params_of(const profile_t *p, enum dma_mode mode, unsigned size);
// NULL: out of memory, or a geometry that cannot be.
dma_unit_t *dma_unit_create(memory_t *mem, const iommu_params_t *p, const dma_params_t *dma);
// NULL is allowed.
void dma_unit_destroy(dma_unit_t *u);
iommu_host_t *dma_unit_host(dma_unit_t *u);
enum dma_mode dma_unit_mode(const dma_unit_t *u);
const dma_stats_t *dma_unit_stats(const dma_unit_t *u);
void dma_unit_stats_reset(dma_unit_t *u);
// A function's space; its context names the domain from now on. NULL: no room.
dma_space_t *dma_space_create(dma_unit_t *u, uint64_t now_ps, uint8_t func);
// Pages that are mapped.
uint64_t dma_space_mapped(const dma_space_t *s);

// What the calls below cost a core, apart from flushes.
uint64_t dma_map_ps(const dma_space_t *s, uint64_t hpa, size_t bytes);
uint64_t dma_unmap_ps(const dma_space_t *s, uint64_t addr, size_t bytes);
// Address for the device; perm: IOMMU_PTE_R | IOMMU_PTE_W. 0: no I/O address or no memory left.
uint64_t dma_map(dma_space_t *s, uint64_t hpa, size_t bytes, uint32_t perm);
// With what it was mapped with. *done_ps: when the caller may go on: now_ps, or, if it must wait for an
// invalidation, its end. 0, or -EINVAL: that is not mapped.
int dma_unmap(dma_space_t *s, uint64_t now_ps, uint64_t addr, size_t bytes, uint64_t *done_ps);
// Deferred: invalidates what is on the list; when that is complete.
uint64_t dma_flush(dma_unit_t *u, uint64_t now_ps);
// Deferred: when the list must be flushed at the latest; UINT64_MAX: it is empty.
uint64_t dma_flush_due_ps(const dma_unit_t *u);

#endif
