// SPDX-License-Identifier: Apache-2.0
// An IOMMU with memory and nothing else, for tests; and a walker of its own, written from
// docs/iommu.md with plain numbers, that caches nothing.
#ifndef MODERATO_IOMMU_RIG_H
#define MODERATO_IOMMU_RIG_H

#include "hostbridge/iommu.h"
#include "hostbridge/iommu_domain.h"

#define RIG_BYTES (UINT64_C(64) << 20)

typedef struct iommu_rig {
    memory_t *mem;
    iommu_t *u;
    iommu_pages_t pages;
    iommu_params_t p;
    uint64_t root, context, queue; // tables; one context table, of bus 0
    uint32_t tail;
    uint64_t rng, now_ps;
} iommu_rig_t;

// 64 entries fully associative LRU, 16 of each walk cache, all costs 0, four fault records.
iommu_params_t iommu_rig_params(void);
// Translation on; no function has a context.
void iommu_rig_init(iommu_rig_t *g, const iommu_params_t *p, uint64_t seed);
void iommu_rig_free(iommu_rig_t *g);
uint64_t iommu_rig_random(iommu_rig_t *g);
// Pseudo-random number below n.
uint64_t iommu_rig_below(iommu_rig_t *g, uint64_t n);
// Puts a descriptor into the queue and writes the tail.
void iommu_rig_submit(iommu_rig_t *g, uint64_t word0, uint64_t word1);
void iommu_rig_flush_all(iommu_rig_t *g);
void iommu_rig_flush_domain(iommu_rig_t *g, uint16_t did);
void iommu_rig_flush_page(iommu_rig_t *g, uint16_t did, uint64_t iova, unsigned am, bool ih);
// Context entry of a function of bus 0, and its invalidation.
void iommu_rig_context(iommu_rig_t *g, uint8_t func, uint64_t word0, uint64_t word1);
void iommu_rig_attach(iommu_rig_t *g, uint8_t func, const iommu_domain_t *d);
void iommu_rig_store(iommu_rig_t *g, uint64_t hpa, uint64_t value);

// A request by the reference: 0 with the address of its first byte, or the reason, with the address
// that was refused. Up to two pieces.
typedef struct iommu_ref {
    unsigned reason, parts;
    uint64_t hpa[2], bad;
    uint32_t len[2];
} iommu_ref_t;
void iommu_ref_walk(memory_t *mem, uint64_t root_hpa, uint16_t rid, bool write, uint64_t iova,
                    uint32_t len, iommu_ref_t *r);

// How often a test of `base` rounds is to be repeated: in percent, IOMMU_TESTS (100).
uint64_t iommu_rig_rounds(uint64_t base);
// Where random numbers of a test begin: SEED (1), so that each of its parts has its own.
uint64_t iommu_rig_seed(uint64_t part);

#endif
