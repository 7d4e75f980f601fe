// SPDX-License-Identifier: Apache-2.0
// Every set is a list from its newest line to its oldest, invalid ones at the old end; for LRU and
// FIFO the oldest is the victim, for the others the list only finds the invalid ones.
#include "hostbridge/iommu_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

static const char *const policy_names[IOMMU_POLICIES] = {"lru", "fifo", "random", "plru"};

const char *iommu_policy_name(enum iommu_policy p)
{
    return p < IOMMU_POLICIES ? policy_names[p] : "?";
}

static bool is_power(uint32_t v)
{
    return v && (v & (v - 1)) == 0;
}

static bool parse_count(const char **at, uint32_t *v)
{
    char *end;
    if (**at < '0' || **at > '9') return false;
    const unsigned long n = strtoul(*at, &end, 10);
    if (*end != ':' || n > IOMMU_ENTRIES_MAX) return false;
    *v = (uint32_t)n;
    *at = end + 1;
    return true;
}

int iommu_geometry_parse(const char *text, iommu_geometry_t *g, char err[128])
{
    const char *at = text;
    const char *why = "not ENTRIES:WAYS:POLICY (64:4:lru)";
    *g = (iommu_geometry_t){0};
    if (!parse_count(&at, &g->entries) || !parse_count(&at, &g->ways)) goto bad;
    why = "no such policy (lru, fifo, random, plru)";
    for (g->policy = IOMMU_LRU; g->policy < IOMMU_POLICIES; g->policy++)
        if (strcmp(at, policy_names[g->policy]) == 0) break;
    if (g->policy == IOMMU_POLICIES) goto bad;
    if (g->entries == 0 && g->ways == 0) return 0;
    why = "the ways do not divide the entries into a power of two of sets";
    if (g->ways == 0 || g->entries % g->ways || !is_power(g->entries / g->ways)) goto bad;
    why = "plru needs a power of two of ways";
    if (g->policy == IOMMU_PLRU && !is_power(g->ways)) goto bad;
    return 0;
bad:
    snprintf(err, 128, "%.40s: %s", text, why);
    return -1;
}

// All lines invalid, in the order of their ways.
static void reset_lists(iommu_cache_t *c)
{
    for (uint32_t i = 0; i < c->entries; i++) {
        const uint32_t way = i % c->ways;
        c->line[i] =
            (iommu_line_t){.newer = way + 1 < c->ways ? i + 1 : NONE, .older = way ? i - 1 : NONE};
    }
    for (uint32_t s = 0; s < c->sets; s++) {
        c->oldest[s] = s * c->ways;
        c->newest[s] = s * c->ways + c->ways - 1;
    }
    memset(c->valid, 0, sizeof c->valid);
}

bool iommu_cache_init(iommu_cache_t *c, const iommu_geometry_t *g, uint64_t seed)
{
    *c = (iommu_cache_t){.policy = g->policy, .rng = seed * 2 + 1};
    if (g->entries == 0) return true;
    c->entries = g->entries;
    c->ways = g->ways ? g->ways : g->entries;
    if (c->entries % c->ways || c->entries > IOMMU_ENTRIES_MAX) return false;
    c->sets = c->entries / c->ways;
    if (!is_power(c->sets) || (c->policy == IOMMU_PLRU && !is_power(c->ways))) return false;
    c->hash_shift = 63;
    while (64 - c->hash_shift < 31 && (1u << (64 - c->hash_shift)) < 2 * c->entries)
        c->hash_shift--;
    c->line = calloc(c->entries, sizeof *c->line);
    c->bucket = calloc((size_t)1 << (64 - c->hash_shift), sizeof *c->bucket);
    c->newest = calloc(c->sets, sizeof *c->newest);
    c->oldest = calloc(c->sets, sizeof *c->oldest);
    c->tree = calloc(c->entries, 1);
    if (!c->line || !c->bucket || !c->newest || !c->oldest || !c->tree) {
        iommu_cache_free(c);
        return false;
    }
    reset_lists(c);
    return true;
}

void iommu_cache_free(iommu_cache_t *c)
{
    free(c->line);
    free(c->bucket);
    free(c->newest);
    free(c->oldest);
    free(c->tree);
    *c = (iommu_cache_t){0};
}

// ---- lists -------------------------------------------------------------------------------------

static void list_out(iommu_cache_t *c, uint32_t set, const iommu_line_t *l)
{
    if (l->newer == NONE) c->newest[set] = l->older;
    else c->line[l->newer].older = l->older;
    if (l->older == NONE) c->oldest[set] = l->newer;
    else c->line[l->older].newer = l->newer;
}

static void to_newest(iommu_cache_t *c, uint32_t i)
{
    iommu_line_t *l = &c->line[i];
    const uint32_t set = i / c->ways;
    list_out(c, set, l);
    l->newer = NONE;
    l->older = c->newest[set];
    if (l->older == NONE) c->oldest[set] = i;
    else c->line[l->older].newer = i;
    c->newest[set] = i;
}

static void to_oldest(iommu_cache_t *c, uint32_t i)
{
    iommu_line_t *l = &c->line[i];
    const uint32_t set = i / c->ways;
    list_out(c, set, l);
    l->older = NONE;
    l->newer = c->oldest[set];
    if (l->newer == NONE) c->newest[set] = i;
    else c->line[l->newer].older = i;
    c->oldest[set] = i;
}

// Every node on the way to the line points away from it.
static void tree_touch(iommu_cache_t *c, uint32_t i)
{
    uint8_t *tree = &c->tree[i / c->ways * c->ways];
    const uint32_t way = i % c->ways;
    uint32_t node = 1;
    for (uint32_t half = c->ways / 2; half; half /= 2) {
        const bool right = (way & half) != 0;
        tree[node] = !right;
        node = 2 * node + right;
    }
}

static uint32_t tree_victim(const iommu_cache_t *c, uint32_t set)
{
    const uint8_t *tree = &c->tree[set * c->ways];
    uint32_t node = 1;
    while (node < c->ways) node = 2 * node + tree[node];
    return set * c->ways + node - c->ways;
}

void iommu_cache_touch_slow(iommu_cache_t *c, iommu_line_t *l)
{
    const uint32_t i = (uint32_t)(l - c->line);
    if (c->policy == IOMMU_LRU) to_newest(c, i);
    else if (c->policy == IOMMU_PLRU) tree_touch(c, i);
}

// ---- contents ----------------------------------------------------------------------------------

static void chain_out(iommu_cache_t *c, uint32_t i)
{
    uint32_t *at = iommu_cache_bucket(c, c->line[i].key);
    while (*at != i + 1) at = &c->line[*at - 1].chain;
    *at = c->line[i].chain;
    c->valid[c->line[i].key & IOMMU_KEY_SIZE_MASK]--;
}

static uint32_t next_random(iommu_cache_t *c, uint32_t below)
{
    c->rng ^= c->rng >> 12;
    c->rng ^= c->rng << 25;
    c->rng ^= c->rng >> 27;
    return (uint32_t)((c->rng * UINT64_C(0x2545F4914F6CDD1D) >> 32) * below >> 32);
}

static uint32_t victim(iommu_cache_t *c, uint32_t set)
{
    const uint32_t last = c->oldest[set];
    if (!c->line[last].key) return last;
    if (c->policy == IOMMU_RANDOM) return set * c->ways + next_random(c, c->ways);
    return c->policy == IOMMU_PLRU ? tree_victim(c, set) : last;
}

iommu_line_t *iommu_cache_put(iommu_cache_t *c, uint64_t key)
{
    if (!c->entries) return NULL;
    const uint32_t i = victim(c, iommu_cache_set(c, key));
    iommu_line_t *l = &c->line[i];
    if (l->key) chain_out(c, i);
    l->key = key;
    uint32_t *at = iommu_cache_bucket(c, key);
    l->chain = *at;
    *at = i + 1;
    c->valid[key & IOMMU_KEY_SIZE_MASK]++;
    to_newest(c, i);
    if (c->policy == IOMMU_PLRU) tree_touch(c, i);
    return l;
}

static void drop(iommu_cache_t *c, uint32_t i)
{
    chain_out(c, i);
    c->line[i].key = 0;
    to_oldest(c, i);
}

bool iommu_cache_drop(iommu_cache_t *c, uint64_t key)
{
    const iommu_line_t *l = iommu_cache_find(c, key);
    if (l) drop(c, (uint32_t)(l - c->line));
    return l != NULL;
}

uint32_t iommu_cache_drop_all(iommu_cache_t *c, uint64_t mask, uint64_t want)
{
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < c->entries; i++) {
        if (!c->line[i].key || (c->line[i].key & mask) != want) continue;
        drop(c, i);
        dropped++;
    }
    return dropped;
}
