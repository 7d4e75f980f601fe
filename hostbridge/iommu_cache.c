// SPDX-License-Identifier: Apache-2.0
// Every set is a ring from its newest line to its oldest, invalid ones at the old end, closed by the
// set itself; for LRU and FIFO the oldest is the victim, for the others the ring only finds the
// invalid ones.
#include "hostbridge/iommu_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    c->set = calloc(c->sets, sizeof *c->set);
    c->bucket = calloc((size_t)1 << (64 - c->hash_shift), sizeof *c->bucket);
    c->tree = calloc(c->entries, 1);
    if (!c->line || !c->set || !c->bucket || !c->tree) {
        iommu_cache_free(c);
        return false;
    }
    for (uint32_t s = 0; s < c->sets; s++) c->set[s].newer = c->set[s].older = &c->set[s];
    for (uint32_t i = 0; i < c->entries; i++) {
        c->line[i].set = &c->set[i / c->ways];
        iommu_line_in(&c->line[i], c->line[i].set);
    }
    return true;
}

void iommu_cache_free(iommu_cache_t *c)
{
    free(c->line);
    free(c->set);
    free(c->bucket);
    free(c->tree);
    *c = (iommu_cache_t){0};
}

// Every node on the way to the line points away from it.
void iommu_cache_touch_tree(iommu_cache_t *c, const iommu_line_t *l)
{
    const uint32_t i = (uint32_t)(l - c->line);
    uint8_t *tree = &c->tree[i / c->ways * c->ways];
    const uint32_t way = i % c->ways;
    uint32_t node = 1;
    for (uint32_t half = c->ways / 2; half; half /= 2) {
        const bool right = (way & half) != 0;
        tree[node] = !right;
        node = 2 * node + right;
    }
}

static uint32_t tree_victim(const iommu_cache_t *c, uint32_t first)
{
    const uint8_t *tree = &c->tree[first];
    uint32_t node = 1;
    while (node < c->ways) node = 2 * node + tree[node];
    return first + node - c->ways;
}

// ---- contents ----------------------------------------------------------------------------------

static void chain_out(iommu_cache_t *c, const iommu_line_t *l)
{
    iommu_line_t **at = iommu_cache_bucket(c, l->key);
    while (*at != l) at = &(*at)->chain;
    *at = l->chain;
    c->valid[l->key & IOMMU_KEY_SIZE_MASK]--;
}

static uint32_t next_random(iommu_cache_t *c, uint32_t below)
{
    c->rng ^= c->rng >> 12;
    c->rng ^= c->rng << 25;
    c->rng ^= c->rng >> 27;
    return (uint32_t)((c->rng * UINT64_C(0x2545F4914F6CDD1D) >> 32) * below >> 32);
}

static iommu_line_t *victim(iommu_cache_t *c, const iommu_line_t *set)
{
    iommu_line_t *oldest = set->newer;
    const uint32_t first = (uint32_t)(set - c->set) * c->ways;
    if (!oldest->key) return oldest;
    if (c->policy == IOMMU_RANDOM) return &c->line[first + next_random(c, c->ways)];
    return c->policy == IOMMU_PLRU ? &c->line[tree_victim(c, first)] : oldest;
}

iommu_line_t *iommu_cache_put(iommu_cache_t *c, uint64_t key)
{
    if (!c->entries) return NULL;
    iommu_line_t *l = victim(c, &c->set[key >> IOMMU_KEY_PAGE_LSB & (c->sets - 1)]);
    if (l->key) chain_out(c, l);
    l->key = key;
    iommu_line_t **at = iommu_cache_bucket(c, key);
    l->chain = *at;
    *at = l;
    c->valid[key & IOMMU_KEY_SIZE_MASK]++;
    iommu_line_out(l);
    iommu_line_in(l, l->set);
    if (c->policy == IOMMU_PLRU) iommu_cache_touch_tree(c, l);
    return l;
}

static void drop(iommu_cache_t *c, iommu_line_t *l)
{
    chain_out(c, l);
    l->key = 0;
    iommu_line_out(l);
    iommu_line_in(l, l->set->newer);
}

bool iommu_cache_drop(iommu_cache_t *c, uint64_t key)
{
    iommu_line_t *l = iommu_cache_find(c, key);
    if (l) drop(c, l);
    return l != NULL;
}

uint32_t iommu_cache_drop_all(iommu_cache_t *c, uint64_t mask, uint64_t want)
{
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < c->entries; i++) {
        iommu_line_t *l = &c->line[i];
        if (!l->key || (l->key & mask) != want) continue;
        drop(c, l);
        dropped++;
    }
    return dropped;
}
