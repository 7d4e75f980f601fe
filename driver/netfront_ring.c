// SPDX-License-Identifier: Apache-2.0
// Grants and rings of netfront.
#include "driver/netfront.h"

// ---- grants ------------------------------------------------------------------------------------

static uint8_t *entry(const netfront_t *a, uint32_t ref)
{
    return a->table + (size_t)ref * XEN_GRANT_BYTES;
}

static void grant(const netfront_t *a, uint32_t ref, dma_addr_t addr, bool readonly)
{
    // The frame first: with its flags the entry is good.
    os_dma_st32(a->d, entry(a, ref) + 4, (uint32_t)(addr >> XEN_PAGE_SHIFT));
    os_dma_st32(a->d, entry(a, ref), XEN_ACCESS | (readonly ? XEN_READONLY : 0));
}

void netfront_grant(const netfront_t *a, const netfront_ring_t *r, unsigned id, bool readonly)
{
    grant(a, r->first_ref + id, r->pkt_addr[id], readonly);
}

bool netfront_revoke(const netfront_t *a, uint32_t ref)
{
    if (os_dma_ld32(a->d, entry(a, ref)) & (XEN_READING | XEN_WRITING)) return false;
    os_dma_st32(a->d, entry(a, ref), 0);
    return true;
}

// ---- rings -------------------------------------------------------------------------------------

static int ring_alloc(netfront_t *a, netfront_ring_t *r, uint32_t slot_bytes, uint32_t ref,
                      uint32_t first_ref)
{
    *r = (netfront_ring_t){.slot_bytes = slot_bytes,
                           .ref = ref,
                           .first_ref = first_ref,
                           .req_prod = XEN_RING_START,
                           .pushed = XEN_RING_START,
                           .rsp_cons = XEN_RING_START,
                           .free_ids = XEN_RING};
    for (unsigned i = 0; i < XEN_RING; i++) r->free_id[i] = (uint16_t)(XEN_RING - 1 - i);
    r->page = os_dma_alloc(a->d, XEN_PAGE, &r->addr);
    if (!r->page) return -ENOMEM;
    os_dma_st32(a->d, r->page + XEN_REQ_PROD, XEN_RING_START);
    os_dma_st32(a->d, r->page + XEN_RSP_PROD, XEN_RING_START);
    os_dma_st32(a->d, r->page + XEN_REQ_EVENT, XEN_RING_START + 1);
    os_dma_st32(a->d, r->page + XEN_RSP_EVENT, XEN_RING_START + 1);
    grant(a, ref, r->addr, false);
    return 0;
}

// Packets whose page the host would not give back are lost.
static void ring_free(netfront_t *a, netfront_ring_t *r)
{
    for (unsigned id = 0; id < XEN_RING; id++) {
        os_pkt_t *p = r->pkt[id] ? netfront_take(a, r, id) : NULL;
        if (p) os_pkt_free(a->d, p);
    }
    if (r->page && netfront_revoke(a, r->ref)) os_dma_free(a->d, r->page, XEN_PAGE, r->addr);
    r->page = NULL;
}

int netfront_rings_alloc(netfront_t *a)
{
    const uint32_t tx_ref = XEN_GRANT_FIRST, rx_ref = tx_ref + 1, first = rx_ref + 1;

    _Static_assert(XEN_GRANT_FIRST + 2 + 2 * XEN_RING <= XEN_GRANTS, "a grant for each slot");
    a->table = os_dma_alloc(a->d, XEN_TABLE_BYTES, &a->table_addr);
    a->event = os_dma_alloc(a->d, XEN_PAGE, &a->event_addr);
    a->tx.page = a->rx.page = NULL;
    if (a->table && a->event && !ring_alloc(a, &a->tx, XEN_TX_SLOT, tx_ref, first) &&
        !ring_alloc(a, &a->rx, XEN_RX_SLOT, rx_ref, first + XEN_RING))
        return 0;
    netfront_rings_free(a);
    return -ENOMEM;
}

void netfront_rings_free(netfront_t *a)
{
    if (a->tx.page) ring_free(a, &a->tx);
    if (a->rx.page) ring_free(a, &a->rx);
    os_dma_free(a->d, a->table, XEN_TABLE_BYTES, a->table_addr);
    os_dma_free(a->d, a->event, XEN_PAGE, a->event_addr);
    a->table = a->event = NULL;
}

uint8_t *netfront_request(const netfront_ring_t *r)
{
    return r->page + xen_slot(r->req_prod, r->slot_bytes);
}

void netfront_push(netfront_t *a, netfront_ring_t *r)
{
    const uint32_t from = r->pushed, to = r->req_prod;

    r->pushed = to;
    os_dma_st32(a->d, r->page + XEN_REQ_PROD, to);
    if (xen_wants_event(from, to, os_dma_ld32(a->d, r->page + XEN_REQ_EVENT)))
        os_wr32(a->d, XEN_REG_NOTIFY, 1);
}

os_pkt_t *netfront_take(netfront_t *a, netfront_ring_t *r, unsigned id)
{
    os_pkt_t *p = id < XEN_RING ? r->pkt[id] : NULL;

    if (!p) {
        os_log(a->d, "response for a request that was not made");
        return NULL;
    }
    if (!netfront_revoke(a, r->first_ref + id)) {
        os_log(a->d, "page still in use by the host");
        return NULL;
    }
    if (r == &a->tx) os_dma_unmap(a->d, r->pkt_addr[id], p->len, OS_DMA_TO_DEVICE);
    else os_dma_unmap(a->d, r->pkt_addr[id], XEN_PAGE, OS_DMA_FROM_DEVICE);
    r->pkt[id] = NULL;
    r->free_id[r->free_ids++] = (uint16_t)id;
    return p;
}
