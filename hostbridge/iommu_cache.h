// SPDX-License-Identifier: Apache-2.0
// A set-associative cache of translations: IOTLB and paging-structure caches. Look-up is by hash, so
// that 64 ways cost what one does; replacement goes by sets and ways as asked.
//
// Policies: lru, fifo, random (numbers of its own, from the seed), plru (tree of a power of two of
// ways). An invalid line of the set is always taken first.
#ifndef MODERATO_IOMMU_CACHE_H
#define MODERATO_IOMMU_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum iommu_policy { IOMMU_LRU, IOMMU_FIFO, IOMMU_RANDOM, IOMMU_PLRU, IOMMU_POLICIES };

typedef struct iommu_geometry {
    uint32_t entries, ways; // ways 0: as many as entries
    enum iommu_policy policy;
} iommu_geometry_t;

#define IOMMU_ENTRIES_MAX 65536u

// What names a translation: page number, domain, size (0 4 KiB, 1 2 MiB, 2 1 GiB, 3 512 GiB).
#define IOMMU_KEY_VALID     (UINT64_C(1) << 63)
#define IOMMU_KEY_DID_LSB   2u
#define IOMMU_KEY_DID_MASK  (UINT64_C(0xFFFF) << IOMMU_KEY_DID_LSB)
#define IOMMU_KEY_PAGE_LSB  18u
#define IOMMU_KEY_SIZE_MASK UINT64_C(3)

// The part of the domain, and that of the page.
static inline uint64_t iommu_key_domain(uint16_t did)
{
    return IOMMU_KEY_VALID | (uint64_t)did << IOMMU_KEY_DID_LSB;
}

static inline uint64_t iommu_key_page(uint64_t iova, unsigned size)
{
    return (iova >> (12 + 9 * size)) << IOMMU_KEY_PAGE_LSB | size;
}

static inline uint64_t iommu_key(uint64_t iova, uint16_t did, unsigned size)
{
    return iommu_key_domain(did) | iommu_key_page(iova, size);
}

typedef struct iommu_line {
    uint64_t key;   // 0: invalid
    uint64_t value; // page or table, host address
    struct iommu_line *set, *newer, *older, *chain;
    uint32_t perm; // IOMMU_PTE_R, IOMMU_PTE_W
} iommu_line_t;

typedef struct iommu_bucket {
    iommu_line_t *first; // of a chain
} iommu_bucket_t;

typedef struct iommu_cache {
    iommu_line_t *line;
    iommu_line_t *set; // joins the ends of its lines: newer is the oldest, older the newest
    iommu_bucket_t *bucket;
    uint8_t *tree; // PLRU: nodes of a set
    uint32_t entries, ways, sets, hash_shift;
    enum iommu_policy policy;
    uint64_t rng;
    uint32_t valid[4]; // lines of each size
} iommu_cache_t;

// "lru", "fifo", "random", "plru"; "?" outside.
const char *iommu_policy_name(enum iommu_policy p);
// "64:4:lru". 0, or -1 with a message of what is wrong. The number of sets and, for plru, of ways
// must be a power of two.
int iommu_geometry_parse(const char *text, iommu_geometry_t *g, char err[128]);
// 0 entries: a cache that never hits. False: out of memory, or a geometry that cannot be.
bool iommu_cache_init(iommu_cache_t *c, const iommu_geometry_t *g, uint64_t seed);
void iommu_cache_free(iommu_cache_t *c);

// A line for a key that is not in the cache, in the place of another one if need be; value and perm
// are to be filled in. NULL: there are no lines.
iommu_line_t *iommu_cache_put(iommu_cache_t *c, uint64_t key);
// False: it was not there.
bool iommu_cache_drop(iommu_cache_t *c, uint64_t key);
// All with (key & mask) == want. Returns how many.
uint32_t iommu_cache_drop_all(iommu_cache_t *c, uint64_t mask, uint64_t want);
// Of PLRU: the line has been used.
void iommu_cache_touch_tree(iommu_cache_t *c, const iommu_line_t *l);

static inline iommu_line_t **iommu_cache_bucket(const iommu_cache_t *c, uint64_t key)
{
    return &c->bucket[key * UINT64_C(0x9E3779B97F4A7C15) >> c->hash_shift].first;
}

static inline void iommu_line_out(const iommu_line_t *l)
{
    l->newer->older = l->older;
    l->older->newer = l->newer;
}

// Behind a line, or, behind the set, as the newest one.
static inline void iommu_line_in(iommu_line_t *l, iommu_line_t *newer)
{
    l->newer = newer;
    l->older = newer->older;
    l->older->newer = newer->older = l;
}

// The line has been used.
static inline void iommu_cache_touch(iommu_cache_t *c, iommu_line_t *l)
{
    if (c->policy == IOMMU_PLRU) iommu_cache_touch_tree(c, l);
    if (c->policy != IOMMU_LRU || l->newer == l->set) return;
    iommu_line_out(l);
    iommu_line_in(l, l->set);
}

// NULL: a miss. Does not count as use.
static inline iommu_line_t *iommu_cache_find(const iommu_cache_t *c, uint64_t key)
{
    if (!c->valid[key & IOMMU_KEY_SIZE_MASK]) return NULL;
    iommu_line_t *l = *iommu_cache_bucket(c, key);
    while (l && l->key != key) l = l->chain;
    return l;
}

#endif
