// SPDX-License-Identifier: Apache-2.0
// The owner of an IOMMU: host code that sets its tables up, attaches functions of bus 0 to domains,
// and drives the invalidation queue. One invalidation and one wait at a time; many may be under way.
#ifndef MODERATO_IOMMU_HOST_H
#define MODERATO_IOMMU_HOST_H

#include "hostbridge/iommu.h"
#include "hostbridge/iommu_domain.h"

#define IOMMU_HOST_IRQS 32u // interrupt entries of a function

typedef struct iommu_host {
    memory_t *mem;
    iommu_t *unit;
    iommu_pages_t pages;
    uint64_t context_hpa, queue_hpa, irt_hpa, status_hpa;
    uint32_t tail, status;
} iommu_host_t;

// Builds the unit and switches translation and interrupt remapping on; no function has a context
// yet. False: out of memory or a geometry that cannot be.
bool iommu_host_init(iommu_host_t *h, memory_t *mem, const iommu_params_t *p);
void iommu_host_free(iommu_host_t *h);

// From now on the function uses the domain; NULL: addresses pass through.
void iommu_host_attach(iommu_host_t *h, uint64_t now_ps, uint8_t func, const iommu_domain_t *d);
void iommu_host_detach(iommu_host_t *h, uint64_t now_ps, uint8_t func);

// Submit an invalidation and a wait behind it; return when it is complete. `leaves`: no table has
// been freed.
uint64_t iommu_host_flush(iommu_host_t *h, uint64_t now_ps, uint16_t did, uint64_t iova,
                          uint64_t bytes, bool leaves);
uint64_t iommu_host_flush_all(iommu_host_t *h, uint64_t now_ps);
// The status of the wait submitted last is in memory.
bool iommu_host_flushed(iommu_host_t *h, uint64_t now_cyc);

// Entry `index` (< IOMMU_HOST_IRQS) of a function: where its messages go. The address to program into
// the function, with data 0.
uint64_t iommu_host_irq(iommu_host_t *h, uint64_t now_ps, uint8_t func, unsigned index,
                        unsigned core, uint8_t vector);
// The same for a descriptor in memory, aligned to 64 bytes.
uint64_t iommu_host_posted_irq(iommu_host_t *h, uint64_t now_ps, uint8_t func, unsigned index,
                               uint64_t descriptor_hpa, uint8_t vector, bool urgent);
void iommu_host_no_irq(iommu_host_t *h, uint64_t now_ps, uint8_t func, unsigned index);
// Index of the message, as the function sends it.
static inline unsigned iommu_host_irq_index(uint64_t addr)
{
    return IOMMU_MSI_HANDLE(addr) % IOMMU_HOST_IRQS;
}

#endif
