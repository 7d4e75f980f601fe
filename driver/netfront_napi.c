// SPDX-License-Identifier: Apache-2.0
// Event, poll and transmission of netfront.
//
// Why no wake-up is lost. The host sends an event when it produces the response that an event index asks for. Whoever sets that index
// looks once more whether the response has been produced before: the poll for the receive ring, when it is over; cleaning for the
// transmit ring. An event that comes while a poll is scheduled does nothing, so the poll remembers it (missed): what it tells of may
// have come behind the look at the transmit ring.
#include "driver/netfront.h"

static uint32_t ring_ld(const netfront_t *a, const netfront_ring_t *r, uint32_t off)
{
    return os_dma_ld32(a->d, r->page + off);
}

static void ring_st(const netfront_t *a, const netfront_ring_t *r, uint32_t off, uint32_t value)
{
    os_dma_st32(a->d, r->page + off, value);
}

static void schedule(netfront_t *a)
{
    if (os_napi_schedule_prep(a->napi)) os_napi_schedule(a->napi);
}

enum os_irqreturn netfront_isr(void *priv)
{
    netfront_t *a = priv;

    os_dma_st32(a->d, a->event, 0); // before anything is looked at
    a->missed = true;
    schedule(a);
    return OS_IRQ_HANDLED;
}

// ---- transmission ------------------------------------------------------------------------------

static void tx_response(netfront_t *a)
{
    netfront_ring_t *t = &a->tx;
    const uint32_t word = ring_ld(a, t, xen_slot(t->rsp_cons++, XEN_TX_SLOT));
    os_pkt_t *p = netfront_take(a, t, word & 0xFFFF);

    if (!p) return;
    if ((int16_t)(word >> 16) == XEN_TX_OKAY) {
        a->stats.tx_packets++;
        a->stats.tx_bytes += p->len;
    }
    os_pkt_free(a->d, p);
}

// One core at a time; another one that comes meanwhile need not wait, since the last look is after the index is set. The next event
// is to come when half of what is under way has been sent.
static void tx_clean(netfront_t *a)
{
    netfront_ring_t *t = &a->tx;

    if (a->tx_cleaning) return;
    a->tx_cleaning = true;
    do {
        const uint32_t prod = ring_ld(a, t, XEN_RSP_PROD);

        while (t->rsp_cons != prod) tx_response(a);
        ring_st(a, t, XEN_RSP_EVENT, prod + ((t->pushed - prod) >> 1) + 1);
    } while (ring_ld(a, t, XEN_RSP_PROD) != t->rsp_cons);
    a->tx_cleaning = false;
    if (!a->tx_stopped || !t->free_ids || a->down) return;
    a->tx_stopped = false;
    a->stats.tx_restart++;
    os_tx_wake(a->d);
}

static void tx_stop(netfront_t *a)
{
    os_tx_stop(a->d);
    a->tx_stopped = true;
    tx_clean(a); // there may be room again, and nobody to say so
}

static void tx_request(netfront_t *a, os_pkt_t *p, dma_addr_t addr)
{
    netfront_ring_t *t = &a->tx;
    const unsigned id = t->free_id[--t->free_ids];
    uint8_t *q = netfront_request(t);

    t->pkt[id] = p;
    t->pkt_addr[id] = addr;
    netfront_grant(a, t, id, true);
    os_dma_st32(a->d, q, t->first_ref + id);
    os_dma_st32(a->d, q + 4, (uint32_t)(addr % XEN_PAGE));
    os_dma_st32(a->d, q + 8, id | p->len << 16);
    t->req_prod++;
}

int netfront_xmit(void *priv, os_pkt_t *p)
{
    netfront_t *a = priv;

    if (!a->down && !a->tx.free_ids) {
        a->stats.tx_busy++;
        return -EBUSY; // the queue is stopped
    }
    const dma_addr_t addr = a->down ? 0 : os_dma_map(a->d, p->data, p->len, OS_DMA_TO_DEVICE);
    if (!addr || addr % XEN_PAGE + p->len > XEN_PAGE) { // it would take two requests
        os_pkt_free(a->d, p);
        return 0;
    }
    tx_request(a, p, addr);
    netfront_push(a, &a->tx);
    tx_clean(a);
    if (!a->tx.free_ids) tx_stop(a);
    return 0;
}

// ---- reception ---------------------------------------------------------------------------------

static void refill_one(netfront_t *a, os_pkt_t *p, dma_addr_t addr)
{
    netfront_ring_t *r = &a->rx;
    const unsigned id = r->free_id[--r->free_ids];
    uint8_t *q = netfront_request(r);

    r->pkt[id] = p;
    r->pkt_addr[id] = addr;
    netfront_grant(a, r, id, false);
    os_dma_st32(a->d, q, id);
    os_dma_st32(a->d, q + 4, r->first_ref + id);
    r->req_prod++;
}

void netfront_refill(netfront_t *a)
{
    netfront_ring_t *r = &a->rx;

    while (r->free_ids && !a->down) {
        os_pkt_t *p = os_pkt_alloc(a->d, XEN_PAGE);
        const dma_addr_t addr = p ? os_dma_map(a->d, p->data, XEN_PAGE, OS_DMA_FROM_DEVICE) : 0;

        if (!addr || addr % XEN_PAGE) { // it has to be a page of its own
            if (p) os_pkt_free(a->d, p);
            a->stats.rx_alloc_failed++;
            if (a->retry) os_timer_mod(a->retry, NETFRONT_RETRY_NS);
            break;
        }
        refill_one(a, p, addr);
    }
    if (r->pushed != r->req_prod) netfront_push(a, r);
}

// True: a packet has gone up.
static bool rx_response(netfront_t *a)
{
    netfront_ring_t *r = &a->rx;
    const uint64_t word = os_dma_ld64(a->d, r->page + xen_slot(r->rsp_cons++, XEN_RX_SLOT));
    const int16_t status = (int16_t)(word >> 48);
    const uint32_t offset = word >> 16 & 0xFFFF;
    os_pkt_t *p = netfront_take(a, r, word & 0xFFFF);

    if (!p) return false;
    if (status < 0 || offset + (uint32_t)status > XEN_PAGE) {
        a->stats.rx_errors++;
        os_pkt_free(a->d, p);
        return false;
    }
    p->data += offset;
    p->len = (uint32_t)status;
    p->size = p->len; // what a socket is charged for: Linux 3.x counts the data here, not the page
    p->csum_ok = (word >> 32 & XEN_RX_VALIDATED) != 0;
    a->stats.rx_packets++;
    a->stats.rx_bytes += p->len;
    os_napi_receive(a->napi, p);
    return true;
}

static int rx_clean(netfront_t *a, int budget)
{
    netfront_ring_t *r = &a->rx;
    uint32_t prod = r->rsp_cons;
    int done = 0;

    while (done < budget) {
        if (r->rsp_cons == prod) prod = ring_ld(a, r, XEN_RSP_PROD);
        if (r->rsp_cons == prod) break;
        done += rx_response(a);
    }
    return done;
}

int netfront_poll(void *priv, int budget)
{
    netfront_t *a = priv;

    a->missed = false;
    tx_clean(a);
    const int done = rx_clean(a, budget);
    netfront_refill(a);
    if (done == budget) return done;

    if (!os_napi_complete_done(a->napi, done)) return done;
    ring_st(a, &a->rx, XEN_RSP_EVENT, a->rx.rsp_cons + 1);
    if (ring_ld(a, &a->rx, XEN_RSP_PROD) != a->rx.rsp_cons || a->missed) schedule(a);
    return done;
}
