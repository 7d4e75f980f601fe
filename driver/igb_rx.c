// SPDX-License-Identifier: Apache-2.0
#include "driver/igb_ring_priv.h"

#include <stdlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "descriptors are read as little-endian words");
// A frame that is not good; a wrong checksum is for the stack.
enum {
    ERR_FRAME =
        IGB_ARXD_ERR_CE | IGB_ARXD_ERR_SE | IGB_ARXD_ERR_SEQ | IGB_ARXD_ERR_CXE | IGB_ARXD_ERR_RXE,
    ERR_SUM = IGB_ARXD_ERR_L4E | IGB_ARXD_ERR_IPE
};

int igb_rx_alloc(igb_rx_t *q, os_dev_t *d, uint32_t base, uint32_t count)
{
    q->buf = calloc(count, sizeof *q->buf);
    if (!q->buf) return -ENOMEM;
    if (!igb_ring_alloc(&q->ring, d, base, count)) return 0;
    free(q->buf);
    q->buf = NULL;
    return -ENOMEM;
}

void igb_rx_free_buffers(igb_rx_t *q)
{
    igb_ring_t *r = &q->ring;

    for (uint32_t i = 0; i < r->count; i++) {
        igb_rx_buf_t *b = &q->buf[i];
        if (!b->pkt) continue;
        os_dma_unmap(r->d, b->dma, IGB_RX_BUFFER, OS_DMA_FROM_DEVICE);
        os_pkt_free(r->d, b->pkt);
        b->pkt = NULL;
    }
    r->use = r->clean = 0;
    q->discarding = q->starved = false;
}

void igb_rx_free(igb_rx_t *q)
{
    igb_rx_free_buffers(q);
    igb_ring_free(&q->ring);
    free(q->buf);
    q->buf = NULL;
}

void igb_rx_program(igb_rx_t *q)
{
    const igb_ring_t *r = &q->ring;

    os_wr32(r->d, r->base + IGB_Q_BAL, (uint32_t)r->dma);
    os_wr32(r->d, r->base + IGB_Q_BAH, (uint32_t)(r->dma >> 32));
    os_wr32(r->d, r->base + IGB_Q_LEN, r->count * NIC_DescBytes);
    os_wr32(r->d, r->base + IGB_Q_H, 0);
    os_wr32(r->d, r->base + IGB_Q_T, 0);
    os_dma_st64(r->d, igb_desc(r, 0) + 8, 0);
}

// A new buffer for a descriptor, or the one that a dropped frame left there.
static bool fill(igb_rx_t *q, igb_rx_buf_t *b)
{
    os_dev_t *d = q->ring.d;

    if (b->pkt) {
        os_dma_sync_for_device(d, b->dma, IGB_RX_BUFFER, OS_DMA_FROM_DEVICE);
        return true;
    }
    os_pkt_t *p = os_pkt_alloc(d, IGB_RX_BUFFER);
    if (!p) goto failed;
    b->dma = os_dma_map(d, p->data, IGB_RX_BUFFER, OS_DMA_FROM_DEVICE);
    if (!b->dma) goto unmapped;
    b->pkt = p;
    return true;

unmapped:
    os_pkt_free(d, p);
failed:
    q->alloc_failed++;
    return false;
}

bool igb_rx_refill(igb_rx_t *q, uint32_t n)
{
    igb_ring_t *r = &q->ring;
    uint32_t i = r->use, last = i;
    bool ok = true;

    for (; n > 0; n--) {
        if (!fill(q, &q->buf[i])) {
            ok = false;
            break;
        }
        last = i;
        i = igb_next(r, i);
        if (q->by_length) {
            // The next one's old length ends the cleaning there; this one's went with the last.
            os_dma_st64(r->d, igb_desc(r, last), q->buf[last].dma);
            os_dma_st64(r->d, igb_desc(r, i) + 8, 0);
        } else {
            igb_put(r, last, q->buf[last].dma, 0);
        }
    }
    if (i != r->use) {
        r->use = i;
        os_wr32(r->d, r->base + IGB_Q_T, q->by_length ? i : last);
    }
    return ok;
}

// The frame of one completed descriptor goes up, or its buffer stays for the refill.
static void receive(igb_rx_t *q, igb_rx_buf_t *b, const uint64_t desc[2])
{
    os_dev_t *d = q->ring.d;
    const uint32_t status = (uint32_t)DGET(IGB_ARXD_STAT, desc);
    const uint32_t errors = (uint32_t)DGET(IGB_ARXD_ERR, desc);
    const uint32_t length = (uint32_t)DGET(IGB_ARXD_LENGTH, desc);

    if (!(status & IGB_ARXD_STAT_EOP)) {
        q->discarding = true;
        return;
    }
    if (q->discarding || (errors & ERR_FRAME) || length == 0 || length > IGB_RX_BUFFER) {
        q->discarding = false;
        q->errors++;
        return;
    }

    os_pkt_t *p = b->pkt;
    b->pkt = NULL;
    os_dma_unmap(d, b->dma, IGB_RX_BUFFER, OS_DMA_FROM_DEVICE);
    p->len = length; // the FCS is taken off
    p->csum_ok = q->csum && (status & IGB_ARXD_STAT_L4CS) && !(errors & ERR_SUM);
    p->vlan_present = status & IGB_ARXD_STAT_VP;
    p->vlan_tci = p->vlan_present ? (uint16_t)DGET(IGB_ARXD_VLAN, desc) : 0;
    p->queue = q->queue;
    q->load.packets++;
    q->load.bytes += p->len;
    q->packets++;
    q->bytes += p->len;
    os_napi_receive(q->napi, p);
}

static bool completed(const igb_rx_t *q, const uint64_t desc[2])
{
    return q->by_length ? DGET(IGB_ARXD_LENGTH, desc)
                        : DGET(IGB_ARXD_STAT, desc) & IGB_ARXD_STAT_DD;
}

int igb_rx_clean(igb_rx_t *q, int budget)
{
    igb_ring_t *r = &q->ring;
    uint32_t cleaned = igb_unused(r); // not refilled
    int done = 0;

    while (done < budget) {
        uint64_t desc[2];
        const uint32_t i = r->clean;
        if (cleaned >= IGB_RX_TAIL_STEP) {
            (void)igb_rx_refill(q, cleaned);
            cleaned = 0;
        }
        os_dma_ldcopy(r->d, desc, igb_desc(r, i), sizeof desc);
        if (i == r->use || !completed(q, desc)) break;
        done++;
        r->clean = igb_next(r, i);
        receive(q, &q->buf[i], desc);
        cleaned++;
    }
    const uint32_t unused = igb_unused(r);
    // What the device has is without the descriptor at igbvf's tail.
    const uint32_t empty = r->count - 1 - !q->by_length;
    if (unused > 0 && !igb_rx_refill(q, unused) && igb_unused(r) >= empty) q->starved = true;
    return done;
}
