// SPDX-License-Identifier: Apache-2.0
// Device to host: posted writes, read requests, messages, register replies, INTx.
#include "hostbridge/link_priv.h"

#include <assert.h>
#include <string.h>

static uint32_t message_data(const uint8_t *data, uint32_t len)
{
    uint8_t b[4] = {0};
    memcpy(b, data, len < 4 ? len : 4);
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static uint64_t host_tlp(void *ctx, uint64_t first_cyc, const nic_tlp_t *t)
{
    link_t *l = ctx;
    // Nobody looks at memory before this cycle any more: keeps the queue of posted writes short.
    memory_observe(l->mem, l->sim->now_cyc);
    uint64_t ready_cyc = first_cyc + t->beats;
    uint64_t end_ps = (ready_cyc - 1) * CYC_PS; // ideal: with the last beat
    if (!l->ideal) {
        enum link_xfer what = t->type == NIC_TLP_READ ? LINK_READ : LINK_WRITE;
        link_slot_t s = link_take(l, LINK_UP, ready_cyc * CYC_PS,
                                  link_bus_cost(&l->bus, what, t->addr, t->len));
        uint64_t start_cyc = cyc_of_ps(s.start_ps);
        end_ps = s.end_ps;
        if (start_cyc > ready_cyc) {
            l->stats.backpressure_cyc += start_cyc - ready_cyc;
            ready_cyc = start_cyc;
        }
    }
    l->awaits = LINK_LATE_NONE;
    if (t->type == NIC_TLP_WRITE) {
        l->stats.writes++;
        l->stats.write_bytes += t->len;
        const bool posted =
            memory_post(l->mem, cyc_of_ps(end_ps + l->dma_write_ps), t->addr, t->data, t->len);
        if (posted && !t->data) l->awaits = LINK_LATE_WRITE;
        return ready_cyc;
    }
    uint64_t after_cyc = memory_last_visible(l->mem);
    if (t->type == NIC_TLP_READ) {
        assert(t->len <= NIC_Mrrs);
        l->stats.reads++;
        l->stats.read_bytes += t->len;
        uint64_t at_ps = link_max(end_ps + l->dma_read_ps, after_cyc * CYC_PS);
        link_msg_t *m = link_queue_put(&l->reads, LINK_MSG_DMA_READ);
        m->when_cyc = cyc_of_ps(at_ps);
        m->at_ps = at_ps;
        m->addr = t->addr;
        m->len = t->len;
        m->tag = t->tag;
        link_told(l, &l->read_event, &l->reads);
    } else {
        l->stats.messages++;
        if (!t->data) l->awaits = LINK_LATE_MSI;
        link_msg_t *m = link_queue_put(&l->up, LINK_MSG_MSI);
        m->addr = t->addr;
        m->func = t->func;
        m->when_cyc = link_max(cyc_of_ps(end_ps + l->dma_write_ps), after_cyc);
        m->data = t->data ? message_data(t->data, t->len) : 0;
        link_told(l, &l->up_event, &l->up);
    }
    return ready_cyc;
}

static void late_payload(void *ctx, const uint8_t *data, uint32_t len)
{
    link_t *l = ctx;
    if (l->awaits == LINK_LATE_WRITE) {
        memory_fill(l->mem, data, len);
    } else if (l->awaits == LINK_LATE_MSI) { // the youngest message in the queue
        uint32_t i = l->up.tail - 1;
        while (link_queue_at(&l->up, i)->kind != LINK_MSG_MSI && i != l->up.head) i--;
        link_queue_at(&l->up, i)->data = message_data(data, len);
    }
    l->awaits = LINK_LATE_NONE;
}

static void host_csr_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    link_t *l = ctx;
    uint64_t when_cyc = cyc;
    if (!l->ideal) {
        uint64_t end_ps = (cyc + 1) * CYC_PS;
        uint64_t wait_ps = l->read_wait_ps;
        if (l->pci) {
            end_ps = link_max(end_ps, l->read_bus_ps);
        } else {
            link_slot_t s = link_take(l, LINK_UP, end_ps, link_bus_cost(&l->bus, LINK_REPLY, 0, 4));
            wait_ps += s.start_ps - end_ps;
            end_ps = s.end_ps;
        }
        when_cyc = cyc_of_ps(link_max(end_ps, l->read_issue_ps + l->mmio_read_ps + wait_ps));
    }
    link_msg_t *m = link_queue_put(&l->up, LINK_MSG_REPLY);
    m->data = data;
    m->when_cyc = link_max(when_cyc, memory_last_visible(l->mem));
    link_told(l, &l->up_event, &l->up);
}

static void host_intx(void *ctx, uint64_t cyc, bool level)
{
    link_t *l = ctx;
    if (l->ideal || l->pci) { // a wire beside the bus
        link_msg_t *m = link_queue_put(&l->irq, LINK_MSG_IRQ);
        m->level = level;
        m->when_cyc = l->ideal ? cyc : cyc_of_ps(cyc * CYC_PS + l->irq_ps);
        link_told(l, &l->irq_event, &l->irq);
        return;
    }
    uint64_t at_ps = cyc * CYC_PS;
    link_slot_t s = link_take(l, LINK_UP, at_ps, link_bus_cost(&l->bus, LINK_INTX, 0, 0));
    link_msg_t *m = link_queue_put(&l->up, LINK_MSG_IRQ);
    m->level = level;
    m->when_cyc = link_max(cyc_of_ps(link_max(s.end_ps, s.start_ps + l->irq_ps)),
                           memory_last_visible(l->mem));
    link_told(l, &l->up_event, &l->up);
}

static void host_tx_frame(void *ctx, uint64_t first_cyc, unsigned stride_cyc, const uint8_t *bytes,
                          uint32_t len)
{
    link_t *l = ctx;
    if (l->client.tx_frame && bytes)
        l->client.tx_frame(l->client.ctx, first_cyc, stride_cyc, bytes, len);
}

static void host_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    link_t *l = ctx;
    l->client.probe(l->client.ctx, what, cyc, a, b);
}

// One message an event: the host may let time pass inside its function.
static void deliver(link_t *l, sim_event_t *e, link_queue_t *q, uint64_t now_cyc)
{
    link_msg_t m = *link_queue_head(q);
    q->head++;
    link_arm(l, e, q);
    switch (m.kind) {
    case LINK_MSG_IRQ: l->client.irq(l->client.ctx, now_cyc, m.level); break;
    case LINK_MSG_MSI: l->client.msi(l->client.ctx, now_cyc, m.func, m.addr, m.data); break;
    default:
        l->reading = false;
        l->stats.mmio_reads++;
        l->client.reply(l->client.ctx, now_cyc, m.data);
    }
}

void link_up_event(void *ctx, uint64_t now_cyc)
{
    link_t *l = ctx;
    deliver(l, &l->up_event, &l->up, now_cyc);
}

void link_irq_event(void *ctx, uint64_t now_cyc)
{
    link_t *l = ctx;
    deliver(l, &l->irq_event, &l->irq, now_cyc);
}

nic_host_t link_up_host(link_t *l)
{
    return (nic_host_t){.ctx = l,
                        .tlp = host_tlp,
                        .csr_reply = host_csr_reply,
                        .intx = host_intx,
                        .tx_frame = host_tx_frame,
                        .probe = l->client.probe ? host_probe : NULL};
}

nic_late_t link_up_late(link_t *l)
{
    return (nic_late_t){.ctx = l, .payload = late_payload, .tx_frame = host_tx_frame};
}
