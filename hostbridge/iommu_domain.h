// SPDX-License-Identifier: Apache-2.0
// Domains: second-stage tables in simulated memory, as the host code that owns them builds them.
// Tables come from pieces of memory of their own, aligned to 2 MiB, so that no page of that size
// that is mapped for a device has tables in it.
#ifndef MODERATO_IOMMU_DOMAIN_H
#define MODERATO_IOMMU_DOMAIN_H

#include "hostbridge/iommu_fmt.h"
#include "hostbridge/memory.h"

// Where table pages come from and go to.
typedef struct iommu_pages {
    memory_t *mem;
    uint64_t next_hpa, end_hpa; // of the piece in use
    uint64_t *free;
    size_t count, room;
    size_t used; // pages handed out
} iommu_pages_t;

void iommu_pages_init(iommu_pages_t *p, memory_t *mem);
void iommu_pages_free(iommu_pages_t *p);
// A zeroed page of 4 KiB; 0: out of memory.
uint64_t iommu_page_take(iommu_pages_t *p);
void iommu_page_give(iommu_pages_t *p, uint64_t hpa);

typedef struct iommu_domain {
    iommu_pages_t *pages;
    uint64_t root_hpa; // top table
    uint16_t did;
    unsigned levels;    // 3 or 4: 39 or 48 bits
    uint64_t leaves[3]; // pages mapped, of 4 KiB, 2 MiB, 1 GiB
    uint64_t tables;
    bool stale_tables; // a table was freed: the next invalidation must not spare the upper levels
    uint64_t *near;    // the table of 4 KiB pages used last, of this region of 2 MiB; NULL: none
    uint64_t near_region;
} iommu_domain_t;

enum { IOMMU_SIZE_4K = 0, IOMMU_SIZE_2M = 1, IOMMU_SIZE_1G = 2 };

static inline uint64_t iommu_size_bytes(unsigned size)
{
    return IOMMU_BIT(12 + 9 * size);
}

// False: out of memory.
bool iommu_domain_init(iommu_domain_t *d, iommu_pages_t *pages, uint16_t did, unsigned levels);
// Frees all tables. No function may use the domain any more.
void iommu_domain_free(iommu_domain_t *d);

// Maps [iova, iova + bytes) to [hpa, ...) in pages of one size; perm: IOMMU_PTE_R | IOMMU_PTE_W. 0, or
// -EINVAL (not aligned, beyond the width, no permission), -EEXIST (something is mapped there) or
// -ENOMEM; then nothing is mapped. No invalidation is needed: what is not present is not cached.
int iommu_domain_map(iommu_domain_t *d, uint64_t iova, uint64_t hpa, uint64_t bytes, uint32_t perm,
                     unsigned size);
// Takes the mappings of [iova, iova + bytes) away. 0; -ENOENT (not all of it is mapped) or -EINVAL (a
// larger page would be cut): then nothing changes. Until the range has been invalidated the device
// may go on using it. Tables stay.
int iommu_domain_unmap(iommu_domain_t *d, uint64_t iova, uint64_t bytes);
// The host's own look: false when iova is not mapped. size: of its page.
bool iommu_domain_find(const iommu_domain_t *d, uint64_t iova, uint64_t *hpa, uint32_t *perm,
                       unsigned *size);

#endif
