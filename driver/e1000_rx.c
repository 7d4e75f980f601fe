// SPDX-License-Identifier: Apache-2.0
// Receive ring. A frame has one descriptor; frames that span several (longer than the buffer) are
// discarded up to their end, as Linux does.
#include "driver/e1000.h"

#include <stdlib.h>

// Descriptor, §6.2: second quadword = length 15:0, checksum 31:16, status 39:32, errors 47:40,
// special 63:48.
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "descriptors are read as little-endian words");
// A frame that is not good.
enum {
    ERR_FRAME = E1000_RXD_ERR_CE | E1000_RXD_ERR_SE | E1000_RXD_ERR_SEQ | E1000_RXD_ERR_CXE |
                E1000_RXD_ERR_RXE
};

int e1000_rx_alloc(e1000_t *a)
{
    e1000_ring_t *r = &a->rx;

    *r = (e1000_ring_t){.base = E1000_RDBAL, .count = a->rx_count};
    a->rx_buf = calloc(r->count, sizeof *a->rx_buf);
    if (!a->rx_buf) return -ENOMEM;
    r->desc = os_dma_alloc(a->hw.d, (size_t)r->count * NIC_DescBytes, &r->dma);
    if (r->desc) return 0;
    os_log(a->hw.d, "no memory for %u receive descriptors", r->count);
    free(a->rx_buf);
    a->rx_buf = NULL;
    return -ENOMEM;
}

void e1000_rx_free_buffers(e1000_t *a)
{
    for (uint32_t i = 0; i < a->rx.count; i++) {
        e1000_rx_buf_t *b = &a->rx_buf[i];
        if (!b->pkt) continue;
        os_dma_unmap(a->hw.d, b->dma, E1000_RX_BUFFER, OS_DMA_FROM_DEVICE);
        os_pkt_free(a->hw.d, b->pkt);
        b->pkt = NULL;
    }
    a->rx.use = a->rx.clean = 0;
    a->discarding = false;
}

void e1000_rx_free(e1000_t *a)
{
    e1000_rx_free_buffers(a);
    os_dma_free(a->hw.d, a->rx.desc, (size_t)a->rx.count * NIC_DescBytes, a->rx.dma);
    free(a->rx_buf);
    a->rx_buf = NULL;
    a->rx.desc = NULL;
}

void e1000_rx_configure(e1000_t *a)
{
    const e1000_hw_t *hw = &a->hw;
    const e1000_ring_t *r = &a->rx;

    // 2048-byte buffers, broadcasts, threshold at half the ring; no long, bad or CRC-stripped
    // frames.
    rmw32(hw, E1000_RCTL,
          FMASK(E1000_RCTL_SBP) | FMASK(E1000_RCTL_LPE) | FMASK(E1000_RCTL_LBM) |
              FMASK(E1000_RCTL_RDMTS) | FMASK(E1000_RCTL_MO) | FMASK(E1000_RCTL_BSIZE) |
              FMASK(E1000_RCTL_BSEX) | FMASK(E1000_RCTL_SECRC),
          FMASK(E1000_RCTL_BAM));

    uint32_t rctl = rd32(hw, E1000_RCTL);
    wr32(hw, E1000_RCTL, rctl & ~FMASK(E1000_RCTL_EN));
    wr32(hw, E1000_RDTR, a->mod.rdtr);
    wr32(hw, E1000_RADV, a->mod.radv);
    wr32(hw, E1000_ITR, a->itr_reg);
    e1000_write_extensions(a);
    wr32(hw, r->base + E1000_Q_LEN, r->count * NIC_DescBytes);
    wr32(hw, r->base + E1000_Q_BAH, (uint32_t)(r->dma >> 32));
    wr32(hw, r->base + E1000_Q_BAL, (uint32_t)r->dma);
    wr32(hw, r->base + E1000_Q_T, 0);
    wr32(hw, r->base + E1000_Q_H, 0);
    rmw32(hw, E1000_RXCSUM, FMASK(E1000_RXCSUM_TUOFLD), FPUT(E1000_RXCSUM_TUOFLD, a->rx_csum));
    wr32(hw, E1000_RCTL, rctl | FMASK(E1000_RCTL_EN));
}

// A new buffer for a descriptor, or the one that a dropped frame left there.
static bool fill(e1000_t *a, e1000_rx_buf_t *b)
{
    os_dev_t *d = a->hw.d;

    if (b->pkt) {
        os_dma_sync_for_device(d, b->dma, E1000_RX_BUFFER, OS_DMA_FROM_DEVICE);
        return true;
    }
    os_pkt_t *p = os_pkt_alloc(d, E1000_RX_BUFFER);
    if (!p) goto failed;
    b->dma = os_dma_map(d, p->data, E1000_RX_BUFFER, OS_DMA_FROM_DEVICE);
    if (!b->dma) goto unmapped;
    b->pkt = p;
    return true;

unmapped:
    os_pkt_free(d, p);
failed:
    a->stats.rx_alloc_failed++;
    return false;
}

bool e1000_rx_refill(e1000_t *a, uint32_t n)
{
    e1000_ring_t *r = &a->rx;
    uint32_t i = r->use, last = i;
    bool ok = true;

    for (; n > 0; n--) {
        if (!fill(a, &a->rx_buf[i])) {
            ok = false;
            break;
        }
        uint8_t *desc = e1000_desc(r, i);
        os_dma_st64(a->hw.d, desc, a->rx_buf[i].dma);
        os_dma_st64(a->hw.d, desc + 8, 0); // DD of the last round
        last = i;
        i = e1000_next(r, i);
    }
    if (i != r->use) {
        r->use = i;
        // The device owns [RDH, RDT): the last filled descriptor waits for the next move of the
        // tail.
        wr32(&a->hw, r->base + E1000_Q_T, last);
    }
    return ok;
}

// The frame of one completed descriptor goes up, or its buffer stays for the refill.
static void receive(e1000_t *a, e1000_rx_buf_t *b, const uint64_t desc[2])
{
    os_dev_t *d = a->hw.d;
    const unsigned status = (unsigned)DGET(E1000_RXD_STAT, desc);
    const unsigned errors = (unsigned)DGET(E1000_RXD_ERR, desc);
    const uint32_t length = (uint32_t)DGET(E1000_RXD_LENGTH, desc);

    if (!(status & E1000_RXD_STAT_EOP)) {
        a->discarding = true;
        return;
    }
    if (a->discarding || (errors & ERR_FRAME) || length <= NIC_FcsBytes ||
        length > E1000_RX_BUFFER) {
        a->discarding = false;
        a->stats.rx_errors++;
        return;
    }

    os_pkt_t *p = b->pkt;
    b->pkt = NULL;
    os_dma_unmap(d, b->dma, E1000_RX_BUFFER, OS_DMA_FROM_DEVICE);
    p->len = length - NIC_FcsBytes; // SECRC is off: the device stores the FCS
    p->csum_ok = a->rx_csum &&
                 (status & (E1000_RXD_STAT_IXSM | E1000_RXD_STAT_TCPCS)) == E1000_RXD_STAT_TCPCS &&
                 !(errors & E1000_RXD_ERR_TCPE);
    p->vlan_present = status & E1000_RXD_STAT_VP;
    p->vlan_tci = p->vlan_present ? (uint16_t)DGET(E1000_RXD_SPECIAL, desc) : 0;
    a->rx_load.packets++;
    a->rx_load.bytes += p->len;
    a->stats.rx_packets++;
    a->stats.rx_bytes += p->len;
    os_napi_receive(a->napi, p);
}

// Looks at the next descriptor: has the device finished with it?
static bool finished(e1000_t *a, uint64_t desc[2])
{
    const e1000_ring_t *r = &a->rx;

    os_dma_ldcopy(a->hw.d, desc, e1000_desc(r, r->clean), NIC_DescBytes);
    return DGET(E1000_RXD_STAT, desc) & E1000_RXD_STAT_DD && r->clean != r->use;
}

bool e1000_rx_waiting(e1000_t *a)
{
    uint64_t desc[2];

    return finished(a, desc);
}

int e1000_rx_clean(e1000_t *a, int budget)
{
    e1000_ring_t *r = &a->rx;
    uint32_t cleaned = 0; // not yet refilled
    int done = 0;

    while (done < budget) {
        uint64_t desc[2];
        uint32_t i = r->clean;
        if (!finished(a, desc)) break;
        done++;
        r->clean = e1000_next(r, i);
        receive(a, &a->rx_buf[i], desc);
        if (++cleaned == E1000_RX_TAIL_STEP) {
            e1000_rx_refill(a, cleaned);
            cleaned = 0;
        }
    }

    // Once at the end of a poll that cleaned something, and whatever a shortage of memory left
    // open.
    uint32_t unused = e1000_unused(r);
    if (unused > 0 && !e1000_rx_refill(a, unused) && e1000_unused(r) >= r->count - 2) {
        // Nothing left that the device may fill (it does not get the last one): no frame will
        // arrive to make an interrupt and with it the next attempt. Linux leaves this to its 2 s
        // watchdog.
        a->refill_starved = true;
        if (a->work) os_timer_mod(a->work, E1000_REFILL_DELAY_NS);
    }
    return done;
}
