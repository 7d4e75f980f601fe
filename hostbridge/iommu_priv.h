// SPDX-License-Identifier: Apache-2.0
// Between the iommu*.c files of the unit.
#ifndef MODERATO_IOMMU_PRIV_H
#define MODERATO_IOMMU_PRIV_H

#include "hostbridge/iommu.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define IOMMU_FUNCS 256u               // slots of the context cache
#define IOMMU_LANE  (MEMORY_LANES - 1) // of the unit's own writes

#define IOMMU_SOURCE(rid) (UINT32_C(0x10000) | (rid))

// A context entry as cached, and the order of the function's requests.
typedef struct iommu_func {
    uint64_t order_ps; // the request before is translated
    uint64_t table;
    uint64_t domain; // in keys
    uint64_t beyond; // address bits that its tables do not cover
    uint32_t source; // IOMMU_SOURCE() of its requester id; 0: invalid
    uint8_t levels;
    bool pass, fpd;
} iommu_func_t;

// When each of several walkers or places is free: a ring in order of time, from the first on.
typedef struct iommu_slots {
    uint64_t free_ps[IOMMU_PLACES_MAX];
    unsigned count, first;
} iommu_slots_t;
static_assert(IOMMU_WALKERS_MAX <= IOMMU_PLACES_MAX, "slots for the walkers");

struct iommu {
    memory_t *mem;
    iommu_params_t p;
    iommu_stats_t stats;
    iommu_cache_t iotlb, walk[3], irte; // walk[k]: tables below entries of level k + 2
    uint64_t (*irte_words)[2];          // of each line of irte
    iommu_slots_t walkers, places;
    uint64_t flight_ps, inv_ps;
    uint32_t gsts, fsts, fectl, ics;
    uint64_t rtaddr, root, iqa, irta, irt, aflog, log;
    uint32_t iqh, iqt;
    uint32_t irt_entries, log_records;
    uint32_t record_at, log_at; // where the next one goes
    uint64_t record[IOMMU_RECORDS_MAX][2];
    void (*on_fault)(void *ctx);
    void *on_fault_ctx;
    iommu_func_t func[IOMMU_FUNCS];
};

static inline uint64_t iommu_max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

// False: outside memory.
static inline bool iommu_load(const iommu_t *u, uint64_t hpa, uint64_t *words, size_t n)
{
    const void *p = memory_at(u->mem, hpa, n * sizeof *words);
    if (!p) return false;
    memcpy(words, p, n * sizeof *words);
    for (size_t i = 0; i < n; i++) words[i] = le64toh(words[i]);
    return true;
}

// iommu_walk.c. The context of a function into its slot; adds the accesses. 0 or a reason.
enum iommu_reason iommu_fetch_context(iommu_t *u, iommu_func_t *f, uint16_t rid,
                                      unsigned *accesses);
// A page by the tables. On success: its size (0, 1, 2), its address, what may be done with it.
typedef struct iommu_leaf {
    uint64_t hpa;
    uint32_t perm;
    unsigned size;
} iommu_leaf_t;
enum iommu_reason iommu_walk(iommu_t *u, const iommu_func_t *f, bool write, uint64_t iova,
                             iommu_leaf_t *leaf, unsigned *accesses);

// iommu_reg.c. addr: of the request, or index << 48 of an interrupt.
void iommu_fault(iommu_t *u, uint16_t rid, bool read, enum iommu_reason reason, uint64_t addr,
                 bool fpd);
// A condition of FSTS; an event when there was none.
void iommu_set_status(iommu_t *u, uint32_t bit);
// iommu_inv.c
void iommu_run_queue(iommu_t *u, uint64_t now_ps);

#endif
