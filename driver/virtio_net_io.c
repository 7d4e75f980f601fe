// SPDX-License-Identifier: Apache-2.0
// Interrupts, polls and transmission of virtio_net.
//
// Why no wakeup is lost: whoever goes to sleep first says that it wants to be woken, and then looks once more (virtio_queue_listen); the
// other side writes first and then asks whether it is to wake. After its last look the poll is completed already, so an interrupt
// finds it free to be scheduled.
#include "driver/virtio_net.h"

// ---- receive ------------------------------------------------------------------------------------

static bool fill_one(virtio_net_t *a, uint16_t i)
{
    virtio_net_buf_t *b = &a->rx_buf[i];
    const uint32_t bytes = VIRTIO_NET_HEADER + VIRTIO_NET_FRAME_MAX;
    os_pkt_t *p = os_pkt_alloc(a->d, VIRTIO_NET_BUFFER);

    if (!p) return false;
    b->dma = os_dma_map(a->d, p->data, bytes, OS_DMA_FROM_DEVICE);
    if (!b->dma) {
        os_pkt_free(a->d, p);
        return false;
    }
    b->pkt = p;
    virtio_queue_desc(&a->rx, i, b->dma, bytes, VIRTIO_F_WRITE, 0);
    virtio_queue_give(&a->rx, i);
    return true;
}

void virtio_net_fill(virtio_net_t *a)
{
    const unsigned before = a->rx_frees;

    while (a->rx_frees && fill_one(a, a->rx_free[a->rx_frees - 1])) a->rx_frees--;
    if (a->rx_frees != before) virtio_queue_tell(&a->rx);
    if (!a->rx_frees) return;
    a->stats.rx_alloc_failed++;
    // With buffers left the next frame comes back here; without, nothing would.
    if (a->rx_frees == a->rx.size && a->refill) os_timer_mod(a->refill, VIRTIO_NET_REFILL_NS);
}

static void receive(virtio_net_t *a, uint32_t head, uint32_t len)
{
    if (head >= a->rx.size || !a->rx_buf[head].pkt) {
        os_log(a->d, "receive queue: buffer %u is not the device's", head);
        a->stats.rx_errors++;
        return;
    }
    virtio_net_buf_t *b = &a->rx_buf[head];
    os_pkt_t *p = b->pkt;

    b->pkt = NULL;
    a->rx_free[a->rx_frees++] = (uint16_t)head;
    os_dma_unmap(a->d, b->dma, VIRTIO_NET_HEADER + VIRTIO_NET_FRAME_MAX, OS_DMA_FROM_DEVICE);
    if (len <= VIRTIO_NET_HEADER || len > VIRTIO_NET_HEADER + VIRTIO_NET_FRAME_MAX) {
        a->stats.rx_errors++;
        os_pkt_free(a->d, p);
        return;
    }
    p->csum_ok = (a->features & VIRTIO_NET_F_GUEST_CSUM) &&
                 (os_dma_ld8(a->d, p->data) & VIRTIO_NET_DATA_VALID);
    p->data += VIRTIO_NET_HEADER;
    p->len = len - VIRTIO_NET_HEADER;
    a->stats.rx_packets++;
    a->stats.rx_bytes += p->len;
    os_napi_receive(a->rx_napi, p);
}

void virtio_net_kick_rx(virtio_net_t *a)
{
    if (!os_napi_schedule_prep(a->rx_napi)) return;
    virtio_queue_hush(&a->rx);
    os_napi_schedule(a->rx_napi);
}

enum os_irqreturn virtio_net_rx_isr(void *priv)
{
    virtio_net_kick_rx(priv);
    return OS_IRQ_HANDLED;
}

int virtio_net_rx_poll(void *priv, int budget)
{
    virtio_net_t *a = priv;
    uint32_t head, len;
    int done = 0;

    for (; done < budget && virtio_queue_take(&a->rx, &head, &len); done++) receive(a, head, len);
    if (2 * a->rx_frees > a->rx.size) virtio_net_fill(a);
    if (done == budget || !os_napi_complete_done(a->rx_napi, done)) return done;
    if (!virtio_queue_listen(&a->rx, 0)) virtio_net_kick_rx(a);
    return done;
}

// ---- transmit -----------------------------------------------------------------------------------
// Slots are taken by virtio_net_xmit, which the os calls once at a time. They are freed there too, or, with tx-frames 1, by the poll
// and nowhere else: it may run on another core meanwhile.

static unsigned tx_room(const virtio_net_t *a)
{
    return a->tx_slots - (uint16_t)(a->tx_took - a->tx_freed);
}

static void tx_reclaim(virtio_net_t *a)
{
    uint32_t head, len;

    while (virtio_queue_take(&a->tx, &head, &len)) {
        if (head % 2 || head / 2 >= a->tx_slots || !a->tx_buf[head / 2].pkt) {
            os_log(a->d, "transmit queue: buffer %u is not the device's", head);
            continue;
        }
        virtio_net_buf_t b = a->tx_buf[head / 2];
        a->tx_buf[head / 2].pkt = NULL;
        a->tx_free[a->tx_freed & (a->tx_slots - 1)] = (uint16_t)(head / 2);
        a->tx_freed++;
        os_dma_unmap(a->d, b.dma, b.pkt->len, OS_DMA_TO_DEVICE);
        os_pkt_free(a->d, b.pkt);
    }
}

static void tx_go_on(virtio_net_t *a)
{
    a->tx_stopped = false;
    a->stats.tx_restart++;
    os_tx_wake(a->d);
}

// False, and the queue of the stack stopped, when fewer than n slots are free; somebody will wake it then.
static bool tx_need(virtio_net_t *a, unsigned n)
{
    if (tx_room(a) >= n) return true;
    a->tx_stopped = true;
    os_tx_stop(a->d);
    // What has been sent meanwhile may have been the last: nobody would tell of it.
    while (!a->each_tx && tx_room(a) < n) {
        const uint16_t out = (uint16_t)(a->tx_took - a->tx_freed);
        if (virtio_queue_listen(&a->tx, (uint16_t)(3 * out / 4))) return false;
        if (a->tx.broken) return false;
        tx_reclaim(a);
    }
    if (tx_room(a) < n) return false;
    if (!a->each_tx) virtio_queue_hush(&a->tx);
    tx_go_on(a);
    return true;
}

int virtio_net_xmit(void *priv, os_pkt_t *p)
{
    virtio_net_t *a = priv;

    if (!a->up || p->len > VIRTIO_NET_FRAME_MAX || p->tx_flags) {
        os_pkt_free(a->d, p);
        return 0;
    }
    if (!a->each_tx) tx_reclaim(a);
    if (!tx_need(a, 1)) {
        a->stats.tx_busy++;
        return -EBUSY;
    }
    const uint16_t slot = a->tx_free[a->tx_took & (a->tx_slots - 1)];
    const dma_addr_t dma = os_dma_map(a->d, p->data, p->len, OS_DMA_TO_DEVICE);
    if (!dma) {
        os_pkt_free(a->d, p);
        return 0;
    }
    a->tx_took++;
    a->tx_buf[slot] = (virtio_net_buf_t){p, dma};
    a->stats.tx_packets++;
    a->stats.tx_bytes += p->len;
    virtio_queue_desc(&a->tx, (uint16_t)(2 * slot + 1), dma, p->len, 0, 0);
    virtio_queue_give(&a->tx, (uint16_t)(2 * slot));
    virtio_queue_tell(&a->tx);
    (void)tx_need(a, a->tx_stop);
    return 0;
}

enum os_irqreturn virtio_net_tx_isr(void *priv)
{
    virtio_net_t *a = priv;

    if (!a->each_tx) {
        // Before the stack goes on: it may want the next one.
        virtio_queue_hush(&a->tx);
        tx_go_on(a);
    } else if (os_napi_schedule_prep(a->tx_napi)) {
        virtio_queue_hush(&a->tx);
        os_napi_schedule(a->tx_napi);
    }
    return OS_IRQ_HANDLED;
}

// Of tx-frames 1. Frames that are freed are no work in the sense of the budget.
int virtio_net_tx_poll(void *priv, int budget)
{
    virtio_net_t *a = priv;

    (void)budget;
    tx_reclaim(a);
    if (a->tx_stopped && tx_room(a) >= a->tx_stop) tx_go_on(a);
    os_napi_complete(a->tx_napi);
    if (!virtio_queue_listen(&a->tx, 0)) (void)virtio_net_tx_isr(a);
    return 0;
}
