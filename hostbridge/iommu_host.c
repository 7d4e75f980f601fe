// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/iommu_host.h"

#include <endian.h>
#include <string.h>

#define QUEUE_BYTES IOMMU_PAGE
#define IRT_ORDER   9u // log2 of its entries: two pages
#define FUNCS       ((1u << IRT_ORDER) / IOMMU_HOST_IRQS)

static void store(iommu_host_t *h, uint64_t hpa, uint64_t word0, uint64_t word1)
{
    const uint64_t words[2] = {htole64(word0), htole64(word1)};
    memcpy(memory_at(h->mem, hpa, sizeof words), words, sizeof words);
}

bool iommu_host_init(iommu_host_t *h, memory_t *mem, const iommu_params_t *p)
{
    *h = (iommu_host_t){.mem = mem};
    iommu_pages_init(&h->pages, mem);
    const uint64_t root = iommu_page_take(&h->pages);
    h->context_hpa = iommu_page_take(&h->pages);
    h->queue_hpa = iommu_page_take(&h->pages);
    h->status_hpa = iommu_page_take(&h->pages);
    h->irt_hpa = iommu_page_take(&h->pages);
    const uint64_t more = iommu_page_take(&h->pages); // the next one of a fresh piece
    h->unit = iommu_create(mem, p);
    if (!root || more != h->irt_hpa + IOMMU_PAGE || !h->unit) {
        iommu_host_free(h);
        return false;
    }
    store(h, root, h->context_hpa | IOMMU_ROOT_P, 0);
    iommu_wr(h->unit, 0, IOMMU_RTADDR, root);
    iommu_wr(h->unit, 0, IOMMU_IRTA, h->irt_hpa | (IRT_ORDER - 1));
    iommu_wr(h->unit, 0, IOMMU_IQA, h->queue_hpa);
    iommu_wr(h->unit, 0, IOMMU_GCMD, IOMMU_SRTP | IOMMU_SIRTP);
    iommu_wr(h->unit, 0, IOMMU_GCMD, IOMMU_QIE | IOMMU_TE | IOMMU_IRE);
    return true;
}

void iommu_host_free(iommu_host_t *h)
{
    iommu_destroy(h->unit);
    iommu_pages_free(&h->pages);
    *h = (iommu_host_t){0};
}

// ---- invalidation ------------------------------------------------------------------------------

static void put(iommu_host_t *h, uint64_t word0, uint64_t word1)
{
    store(h, h->queue_hpa + h->tail, word0, word1);
    h->tail = (h->tail + 16) % QUEUE_BYTES;
}

static uint64_t submit(iommu_host_t *h, uint64_t now_ps)
{
    h->status++;
    put(h, IOMMU_INV_WAIT | IOMMU_WAIT_SW | (uint64_t)h->status << IOMMU_WAIT_STATUS_LSB,
        h->status_hpa);
    iommu_wr(h->unit, now_ps, IOMMU_IQT, h->tail);
    return iommu_idle_ps(h->unit);
}

static void put_iotlb(iommu_host_t *h, unsigned what, uint16_t did, uint64_t word1)
{
    put(h, IOMMU_INV_IOTLB | what << IOMMU_INV_G_LSB | (uint64_t)did << IOMMU_INV_DID_LSB, word1);
}

uint64_t iommu_host_flush(iommu_host_t *h, uint64_t now_ps, uint16_t did, uint64_t iova,
                          uint64_t bytes, bool leaves)
{
    // The smallest aligned power of two that has all of it.
    unsigned am = 0;
    while (am <= IOMMU_INV_AM_MAX && (iova >> (12 + am)) != ((iova + bytes - 1) >> (12 + am))) {
        am++;
    }
    if (am > IOMMU_INV_AM_MAX) put_iotlb(h, IOMMU_INV_DOMAIN, did, 0);
    else
        put_iotlb(h, IOMMU_INV_ONE, did,
                  (iova & IOMMU_ADDR_MASK) | am | (leaves ? IOMMU_INV_IH : 0));
    return submit(h, now_ps);
}

uint64_t iommu_host_flush_all(iommu_host_t *h, uint64_t now_ps)
{
    put_iotlb(h, IOMMU_INV_GLOBAL, 0, 0);
    return submit(h, now_ps);
}

bool iommu_host_flushed(iommu_host_t *h, uint64_t now_cyc)
{
    uint32_t status;
    memory_observe(h->mem, now_cyc);
    memcpy(&status, memory_at(h->mem, h->status_hpa, sizeof status), sizeof status);
    return le32toh(status) == h->status;
}

// ---- contexts ----------------------------------------------------------------------------------

static void set_context(iommu_host_t *h, uint64_t now_ps, uint8_t func, uint64_t word0,
                        uint64_t word1)
{
    store(h, h->context_hpa + 16u * func, word0, word1);
    put(h, IOMMU_INV_CONTEXT | IOMMU_INV_GLOBAL << IOMMU_INV_G_LSB, 0);
    put_iotlb(h, IOMMU_INV_GLOBAL, 0, 0);
    submit(h, now_ps);
}

void iommu_host_attach(iommu_host_t *h, uint64_t now_ps, uint8_t func, const iommu_domain_t *d)
{
    const uint64_t word0 =
        d ? d->root_hpa | IOMMU_CTX_P : IOMMU_CTX_P | IOMMU_TT_PASS << IOMMU_CTX_TT_LSB;
    const uint64_t width = d && d->levels == 3 ? IOMMU_AW_39 : IOMMU_AW_48;
    set_context(h, now_ps, func, word0, width | (uint64_t)(d ? d->did : 0) << IOMMU_CTX_DID_LSB);
}

void iommu_host_detach(iommu_host_t *h, uint64_t now_ps, uint8_t func)
{
    set_context(h, now_ps, func, 0, 0);
}

// ---- interrupts --------------------------------------------------------------------------------

static uint64_t set_irq(iommu_host_t *h, uint64_t now_ps, uint8_t func, unsigned index,
                        uint64_t word0, uint64_t word1)
{
    const uint32_t at = func % FUNCS * IOMMU_HOST_IRQS + index % IOMMU_HOST_IRQS;
    store(h, h->irt_hpa + 16u * at, word0, word1);
    put(h, IOMMU_INV_IEC | 1u << IOMMU_INV_G_LSB | (uint64_t)at << IOMMU_INV_IIDX_LSB, 0);
    submit(h, now_ps);
    return IOMMU_MSI_BASE | IOMMU_MSI_FORMAT | (uint64_t)at << 5;
}

static uint64_t source(uint8_t func)
{
    return (uint64_t)IOMMU_SVT_RID << IOMMU_IRTE_SVT_LSB | func;
}

uint64_t iommu_host_irq(iommu_host_t *h, uint64_t now_ps, uint8_t func, unsigned index,
                        unsigned core, uint8_t vector)
{
    return set_irq(h, now_ps, func, index,
                   IOMMU_IRTE_P | (uint64_t)vector << IOMMU_IRTE_VEC_LSB |
                       (uint64_t)core << IOMMU_IRTE_DST_LSB,
                   source(func));
}

uint64_t iommu_host_posted_irq(iommu_host_t *h, uint64_t now_ps, uint8_t func, unsigned index,
                               uint64_t descriptor_hpa, uint8_t vector, bool urgent)
{
    return set_irq(h, now_ps, func, index,
                   IOMMU_IRTE_P | IOMMU_IRTE_IM | (urgent ? IOMMU_IRTE_URG : 0) |
                       (uint64_t)vector << IOMMU_IRTE_VEC_LSB |
                       IOMMU_GET(descriptor_hpa, 6, 26) << IOMMU_IRTE_PDA_LO_LSB,
                   source(func) | (descriptor_hpa >> 32) << IOMMU_IRTE_PDA_HI_LSB);
}

void iommu_host_no_irq(iommu_host_t *h, uint64_t now_ps, uint8_t func, unsigned index)
{
    set_irq(h, now_ps, func, index, 0, 0);
}
