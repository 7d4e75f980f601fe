// SPDX-License-Identifier: Apache-2.0
#include "tests/iommu_rig.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

iommu_params_t iommu_rig_params(void)
{
    return (iommu_params_t){.iotlb = {64, 64, IOMMU_LRU},
                            .walk = {16, 16, IOMMU_LRU},
                            .irte = {16, 16, IOMMU_LRU},
                            .walkers = 4,
                            .places = 8,
                            .records = 4,
                            .seed = 1};
}

uint64_t iommu_rig_random(iommu_rig_t *g)
{
    g->rng ^= g->rng << 13;
    g->rng ^= g->rng >> 7;
    g->rng ^= g->rng << 17;
    return g->rng;
}

uint64_t iommu_rig_below(iommu_rig_t *g, uint64_t n)
{
    return iommu_rig_random(g) % n;
}

uint64_t iommu_rig_rounds(uint64_t base)
{
    const char *s = getenv("IOMMU_TESTS");
    return base * (s ? strtoull(s, NULL, 10) : 100) / 100;
}

uint64_t iommu_rig_seed(uint64_t part)
{
    const char *s = getenv("SEED");
    uint64_t x = (s ? strtoull(s, NULL, 10) : 1) * UINT64_C(0x9E3779B97F4A7C15) + part;
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return (x ^ x >> 31) | 1; // 0 would stay 0
}

void iommu_rig_store(iommu_rig_t *g, uint64_t hpa, uint64_t value)
{
    uint8_t b[8];
    for (unsigned i = 0; i < 8; i++) b[i] = (uint8_t)(value >> 8 * i);
    memcpy(memory_at(g->mem, hpa, 8), b, 8);
}

void iommu_rig_init(iommu_rig_t *g, const iommu_params_t *p, uint64_t seed)
{
    *g = (iommu_rig_t){.rng = seed * 0x9E3779B97F4A7C15u + 1, .p = *p};
    g->mem = memory_create(RIG_BYTES);
    iommu_pages_init(&g->pages, g->mem);
    g->u = iommu_create(g->mem, p);
    assert(g->mem && g->u);
    g->root = iommu_page_take(&g->pages);
    g->context = iommu_page_take(&g->pages);
    g->queue = iommu_page_take(&g->pages);
    iommu_rig_store(g, g->root, g->context | 1);
    iommu_wr(g->u, 0, IOMMU_RTADDR, g->root);
    iommu_wr(g->u, 0, IOMMU_GCMD, IOMMU_SRTP);
    iommu_wr(g->u, 0, IOMMU_IQA, g->queue);
    iommu_wr(g->u, 0, IOMMU_GCMD, IOMMU_QIE);
    iommu_wr(g->u, 0, IOMMU_GCMD, IOMMU_QIE | IOMMU_TE);
}

void iommu_rig_free(iommu_rig_t *g)
{
    iommu_destroy(g->u);
    iommu_pages_free(&g->pages);
    memory_destroy(g->mem);
}

void iommu_rig_submit(iommu_rig_t *g, uint64_t word0, uint64_t word1)
{
    iommu_rig_store(g, g->queue + g->tail, word0);
    iommu_rig_store(g, g->queue + g->tail + 8, word1);
    g->tail = (g->tail + 16) % 4096;
    iommu_wr(g->u, g->now_ps, IOMMU_IQT, g->tail);
}

void iommu_rig_flush_all(iommu_rig_t *g)
{
    iommu_rig_submit(g, 0x01 | 1 << 4, 0);
    iommu_rig_submit(g, 0x02 | 1 << 4, 0);
}

void iommu_rig_flush_domain(iommu_rig_t *g, uint16_t did)
{
    iommu_rig_submit(g, 0x02 | 2 << 4 | (uint64_t)did << 16, 0);
}

void iommu_rig_flush_page(iommu_rig_t *g, uint16_t did, uint64_t iova, unsigned am, bool ih)
{
    iommu_rig_submit(g, 0x02 | 3 << 4 | (uint64_t)did << 16,
                     (iova & ~UINT64_C(0xFFF)) | am | (uint64_t)ih << 6);
}

void iommu_rig_context(iommu_rig_t *g, uint8_t func, uint64_t word0, uint64_t word1)
{
    iommu_rig_store(g, g->context + 16u * func, word0);
    iommu_rig_store(g, g->context + 16u * func + 8, word1);
    iommu_rig_submit(g, 0x01 | 1 << 4, 0);
}

void iommu_rig_attach(iommu_rig_t *g, uint8_t func, const iommu_domain_t *d)
{
    iommu_rig_context(g, func, d->root_hpa | 1, (uint64_t)d->did << 8 | (d->levels == 4 ? 2 : 1));
}

// ---- the reference -----------------------------------------------------------------------------

static bool read64(memory_t *mem, uint64_t hpa, uint64_t *v)
{
    const uint8_t *b = memory_at(mem, hpa, 8);
    *v = 0;
    if (!b) return false;
    for (unsigned i = 8; i-- > 0;) *v = *v << 8 | b[i];
    return true;
}

// Bits 63:46 and 11:1 of a root entry, all of its second word.
static unsigned ref_context(memory_t *mem, uint64_t root, uint16_t rid, uint64_t ctx[2])
{
    uint64_t r0, r1;
    const uint64_t at = root + 16 * (uint64_t)(rid / 256);
    if (!memory_at(mem, at, 16)) return 8;
    read64(mem, at, &r0);
    read64(mem, at + 8, &r1);
    if (r0 % 2 == 0) return 1;
    if ((r0 & 0xFFE) || (r0 >> 46) || r1) return 10;
    const uint64_t c = (r0 & 0x000FFFFFFFFFF000) + 16 * (uint64_t)(rid % 256);
    if (!memory_at(mem, c, 16)) return 9;
    read64(mem, c, &ctx[0]);
    read64(mem, c + 8, &ctx[1]);
    if (ctx[0] % 2 == 0) return 2;
    if ((ctx[0] & 0xFF0) || (ctx[0] >> 46) || (ctx[1] & 0x80) || (ctx[1] >> 24)) return 11;
    const unsigned tt = ctx[0] >> 2 & 3, aw = ctx[1] & 7;
    if (tt != 0 && tt != 2) return 3;
    return aw == 1 || aw == 2 ? 0 : 3;
}

static unsigned ref_page(memory_t *mem, uint64_t table, unsigned levels, bool write, uint64_t iova,
                         uint64_t *hpa, uint64_t *page_bytes)
{
    bool readable = true, writable = true;
    for (unsigned level = levels; level >= 1; level--) {
        uint64_t e, span = 4096;
        for (unsigned i = 1; i < level; i++) span *= 512;
        if (!read64(mem, table + 8 * (iova / span % 512), &e)) return 7;
        if ((e & 3) == 0) return write ? 5 : 6;
        const bool leaf = level == 1 || (e & 0x80);
        const uint64_t address = e & 0x000FFFFFFFFFF000;
        if (e & 0x400FC00000000800) return 12; // 62, 51:46, 11
        if (leaf && (level == 4 || address % span)) return 12;
        readable = readable && (e & 1);
        writable = writable && (e & 2);
        if (write ? !writable : !readable) return write ? 5 : 6;
        if (leaf) {
            *hpa = address + iova % span;
            *page_bytes = span;
            return 0;
        }
        table = address;
    }
    return 7;
}

void iommu_ref_walk(memory_t *mem, uint64_t root_hpa, uint16_t rid, bool write, uint64_t iova,
                    uint32_t len, iommu_ref_t *r)
{
    uint64_t ctx[2];
    *r = (iommu_ref_t){.bad = iova};
    r->reason = ref_context(mem, root_hpa, rid, ctx);
    if (r->reason) return;
    const unsigned levels = (ctx[1] & 7) == 1 ? 3 : 4;
    const uint64_t limit = levels == 3 ? UINT64_C(1) << 39 : UINT64_C(1) << 48;
    if (iova >= limit || len > limit - iova) {
        r->reason = 4;
        return;
    }
    if ((ctx[0] >> 2 & 3) == 2) {
        r->parts = 1;
        r->hpa[0] = iova;
        r->len[0] = len;
        return;
    }
    while (len) {
        uint64_t bytes;
        r->bad = iova;
        r->reason = ref_page(mem, ctx[0] & 0x000FFFFFFFFFF000, levels, write, iova,
                             &r->hpa[r->parts], &bytes);
        if (r->reason) {
            r->parts = 0;
            return;
        }
        const uint64_t left = bytes - iova % bytes;
        r->len[r->parts] = len < left ? len : (uint32_t)left;
        len -= r->len[r->parts];
        iova += r->len[r->parts++];
    }
}
