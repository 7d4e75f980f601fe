// SPDX-License-Identifier: Apache-2.0
// An IOMMU in the manner of VT-d (legacy mode) between the link and memory: requests of a function
// (requester id) are translated by second-stage tables in simulated memory, interrupt messages by a
// table of their own; what is not mapped never reaches memory. Formats: iommu_fmt.h; who owns the
// tables: iommu_host.h, iommu_domain.h. docs/iommu.md is the contract: formats, order, time,
// inaccuracies.
//
// The unit holds caches and registers, and no clock: a request comes with its time and goes with the
// time at which its translation is known. Requests of one function are translated in their order,
// those of different functions wait for each other only for a walker.
#ifndef MODERATO_IOMMU_H
#define MODERATO_IOMMU_H

#include "hostbridge/iommu_cache.h"
#include "hostbridge/iommu_fmt.h"
#include "hostbridge/memory.h"

#define IOMMU_WALKERS_MAX 32u
#define IOMMU_PLACES_MAX  64u
#define IOMMU_RECORDS_MAX 64u

typedef struct iommu_params {
    iommu_geometry_t iotlb;
    iommu_geometry_t walk; // of each of the three paging-structure caches
    iommu_geometry_t irte; // interrupt entry cache
    unsigned walkers;      // walks at a time
    unsigned places;       // requests that may wait; then the link has to hold the next
    unsigned records;      // fault recording registers
    uint64_t hit_ps;       // a look-up, in every translation
    uint64_t walk_ps;      // a walk, beside its memory accesses
    uint64_t access_ps;    // a memory access of a walk
    uint64_t inv_ps;       // an invalidation, from the tail write on
    uint64_t seed;         // of random replacement
} iommu_params_t;

typedef struct iommu_stats {
    uint64_t requests;     // DMA requests of functions
    uint64_t translations; // pages of these: one but for those that cross a page
    uint64_t passed, hits, walks, walk_accesses, walk_cache_hits, context_fetches;
    uint64_t latency_ps, latency_max_ps;       // added: from arrival to translated, waits included
    uint64_t waits;                            // requests that waited for others
    uint64_t faults, reason[IOMMU_REASONS];    // requests refused, interrupts included
    uint64_t recorded, overflowed, unrecorded; // of the faults; unrecorded: FPD
    uint64_t inv_context, inv_iotlb, inv_irte, inv_waits, dropped_lines;
    uint64_t remapped, posted, notified; // interrupts
} iommu_stats_t;

typedef struct iommu iommu_t;

// `mem` must outlive the unit. NULL: out of memory, or a geometry that cannot be.
iommu_t *iommu_create(memory_t *mem, const iommu_params_t *p);
// NULL is allowed.
void iommu_destroy(iommu_t *u);
const iommu_stats_t *iommu_stats(const iommu_t *u);
// Counts from here on.
void iommu_stats_reset(iommu_t *u);
// "no_write_permission", ...; "?": there is no such.
const char *iommu_reason_name(enum iommu_reason r);

// ---- requests (the link's side) ----------------------------------------------------------------

// What a request became. refused: nothing of it may reach memory, and a fault has been taken.
// Otherwise `parts` pieces in order.
typedef struct iommu_request {
    bool refused;
    uint8_t reason; // enum iommu_reason
    uint8_t parts;
    struct {
        uint64_t hpa;
        uint32_t len;
    } part[2];
    uint64_t done_ps; // >= arrival
} iommu_request_t;

// A read or write of len (1 .. 4096) bytes that arrives at at_ps. Requests of a function must come
// in the order of their arrival.
void iommu_translate(iommu_t *u, uint16_t rid, bool write, uint64_t iova, uint32_t len,
                     uint64_t at_ps, iommu_request_t *r);
// When the next request finds a place to wait: not before at_ps. Until then the link holds it.
uint64_t iommu_room_ps(const iommu_t *u, uint64_t at_ps);
// A translated request reaches memory at that time: an invalidation wait lets it pass before.
void iommu_in_flight(iommu_t *u, uint64_t until_ps);

// A DMA address that is an interrupt request.
static inline bool iommu_is_msi(uint64_t addr)
{
    return (addr & IOMMU_MSI_MASK) == IOMMU_MSI_BASE;
}

// What an interrupt request became. When to tell a core: `tell`, then core and vector are valid.
typedef struct iommu_irq {
    bool refused, tell;
    uint8_t reason, vector;
    uint32_t core;
    uint64_t done_ps;
} iommu_irq_t;

// With remapping off, `tell` with the address' destination and the data's vector.
void iommu_interrupt(iommu_t *u, uint16_t rid, uint64_t addr, uint32_t data, uint64_t at_ps,
                     iommu_irq_t *r);
// A request in the interrupt range that is none: a read, or not a DWORD.
void iommu_bad_interrupt(iommu_t *u, uint16_t rid, bool write, uint64_t addr);

// ---- registers (the owner's side) --------------------------------------------------------------

enum iommu_reg {
    IOMMU_CAP = 0x08, // 33:24 offset of the fault records in 16 bytes, 47:40 their number less 1
    IOMMU_GCMD = 0x18,
    IOMMU_GSTS = 0x1C,
    IOMMU_RTADDR = 0x20,
    IOMMU_FSTS = 0x34,
    IOMMU_FECTL = 0x38,
    IOMMU_AFLOG = 0x58, // 63:12 address, 11:9 log2 of its pages
    IOMMU_IQH = 0x80,
    IOMMU_IQT = 0x88,
    IOMMU_IQA = 0x90, // 63:12 address, 2:0 log2 of its pages
    IOMMU_ICS = 0x9C,
    IOMMU_IRTA = 0xB8, // 63:12 address, 3:0 log2 of the entries, less 1
    IOMMU_FRCD = 0x200 // two words each
};
// GCMD and GSTS. TE, QIE, IRE, EAFL and CFI are levels; SRTP, SFL and SIRTP take the pointer over.
#define IOMMU_TE    0x80000000u
#define IOMMU_SRTP  0x40000000u
#define IOMMU_SFL   0x20000000u
#define IOMMU_EAFL  0x10000000u
#define IOMMU_QIE   0x04000000u
#define IOMMU_IRE   0x02000000u
#define IOMMU_SIRTP 0x01000000u
#define IOMMU_CFI   0x00800000u
// FSTS: PFO, AFO and IQE are cleared by writing 1.
#define IOMMU_PFO      0x01u // records or log overflowed: PFO, AFO
#define IOMMU_PPF      0x02u // a record is waiting
#define IOMMU_AFO      0x04u
#define IOMMU_APF      0x08u
#define IOMMU_IQE      0x10u // invalidation queue: a descriptor that cannot be
#define IOMMU_FRI_LSB  8u
#define IOMMU_FECTL_IM 0x80000000u // masks the event
#define IOMMU_FECTL_IP 0x40000000u

uint64_t iommu_rd(const iommu_t *u, uint32_t reg);
// A write of IQT carries out what is in the queue: caches have changed on return, status writes and
// iommu_idle_ps() tell when hardware is done with it.
void iommu_wr(iommu_t *u, uint64_t now_ps, uint32_t reg, uint64_t value);
// When the invalidations so far are complete.
uint64_t iommu_idle_ps(const iommu_t *u);
// Called for the first condition in FSTS after none was waiting, unless FECTL.IM is set (as it is at first).
void iommu_on_fault(iommu_t *u, void (*fn)(void *ctx), void *ctx);

#endif
