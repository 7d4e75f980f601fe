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

// A message for the host, in its order: behind all others, or, when functions do not wait for each
// other, behind those that are not later.
static link_msg_t *put_up(link_t *l, enum link_msg_kind kind, uint64_t when_cyc)
{
    link_msg_t *m =
        l->iommu ? link_queue_sort(&l->up, kind, when_cyc) : link_queue_put(&l->up, kind);
    m->when_cyc = when_cyc;
    if (l->iommu) link_arm(l, &l->up_event, &l->up);
    else link_told(l, &l->up_event, &l->up);
    return m;
}

// The interrupt message, or the write that is one.
static void take_message(link_t *l, const nic_tlp_t *t, uint64_t end_ps)
{
    const uint64_t after_cyc = memory_lane_visible(l->mem, link_lane(l, t->func));
    const uint64_t when_cyc = link_max(cyc_of_ps(end_ps + l->dma_write_ps), after_cyc);
    l->stats.messages++;
    if (!t->data) l->awaits = LINK_LATE_MSI;
    link_msg_t *m = put_up(l, LINK_MSG_MSI, when_cyc);
    m->addr = t->addr;
    m->func = t->func;
    m->told = false;
    m->late = !t->data;
    m->data = t->data ? message_data(t->data, t->len) : 0;
}

static link_msg_t *take_read(link_t *l, const nic_tlp_t *t, uint64_t at_ps)
{
    assert(t->len <= NIC_Mrrs);
    l->stats.reads++;
    l->stats.read_bytes += t->len;
    link_msg_t *m = link_queue_put(&l->reads, LINK_MSG_DMA_READ);
    m->when_cyc = cyc_of_ps(at_ps);
    m->at_ps = at_ps;
    m->addr = t->addr;
    m->len = t->len;
    m->tag = t->tag;
    link_told(l, &l->read_event, &l->reads);
    return m;
}

// A write is in memory's queue. Where a received frame begins: the meters know by it which packet holds it.
static void written(link_t *l, const nic_tlp_t *t, uint64_t hpa)
{
    if (!t->data) l->awaits = LINK_LATE_WRITE;
    if (t->tag % 8 == RQ_RX_DATA && !l->rx_hpa) l->rx_hpa = hpa;
}

// Behind an IOMMU: `end_ps` is when the request arrives there.
static void take_translated(link_t *l, const nic_tlp_t *t, uint64_t end_ps)
{
    const bool read = t->type == NIC_TLP_READ;
    const unsigned lane = link_lane(l, t->func);
    iommu_request_t q;
    if (iommu_is_msi(t->addr)) {
        if (!read && t->len == 4) {
            take_message(l, t, end_ps);
            return;
        }
        iommu_bad_interrupt(l->iommu, t->func, !read, t->addr);
        q = (iommu_request_t){.refused = true, .done_ps = end_ps};
    } else {
        iommu_translate(l->iommu, t->func, !read, t->addr, t->len, end_ps, &q);
    }
    if (read) {
        const uint64_t after_cyc = memory_lane_visible(l->mem, lane);
        link_msg_t *m = take_read(l, t, link_max(q.done_ps + l->dma_read_ps, after_cyc * CYC_PS));
        m->refused = q.refused;
        m->addr = q.part[0].hpa;
        m->len1 = q.part[0].len;
        m->addr2 = q.part[1].hpa;
        l->reads_cyc = link_max(l->reads_cyc, m->when_cyc); // it may wait for those before it
        if (!q.refused) iommu_in_flight(l->iommu, l->reads_cyc * CYC_PS);
        return;
    }
    l->stats.writes++;
    l->stats.write_bytes += t->len;
    if (q.refused) return;
    const uint64_t cyc = cyc_of_ps(q.done_ps + l->dma_write_ps);
    if (!memory_post_lane(l->mem, lane, cyc, q.part[0].hpa, t->data, q.part[0].len)) return;
    iommu_in_flight(l->iommu, memory_posted_visible(l->mem) * CYC_PS);
    if (q.parts > 1 && !memory_post_more(l->mem, q.part[1].hpa,
                                         t->data ? t->data + q.part[0].len : NULL, q.part[1].len))
        return;
    written(l, t, q.part[0].hpa);
}

// The link takes the TLP as soon as it is whole, the one before is on its way, and, with an IOMMU,
// there is a place for it to wait. Returns when the next one may come; *end_ps: it has arrived.
static uint64_t take_link(link_t *l, uint64_t first_cyc, const nic_tlp_t *t, uint64_t *end_ps)
{
    uint64_t ready_cyc = first_cyc + t->beats, at_ps = ready_cyc * CYC_PS;
    if (l->ideal) {
        *end_ps = at_ps - CYC_PS; // with the last beat
        if (!l->iommu) return ready_cyc;
        const uint64_t room_ps = iommu_room_ps(l->iommu, *end_ps);
        if (room_ps == *end_ps) return ready_cyc;
        const uint64_t room_cyc = cyc_of_ps(room_ps);
        *end_ps = room_cyc * CYC_PS;
        l->stats.backpressure_cyc += room_cyc + 1 - ready_cyc;
        return room_cyc + 1;
    }
    const enum link_xfer what = t->type == NIC_TLP_READ ? LINK_READ : LINK_WRITE;
    if (l->iommu) at_ps = iommu_room_ps(l->iommu, at_ps);
    const link_slot_t s =
        link_take(l, LINK_UP, at_ps, link_bus_cost(&l->bus, what, t->addr, t->len));
    const uint64_t start_cyc = cyc_of_ps(s.start_ps);
    *end_ps = s.end_ps;
    if (start_cyc <= ready_cyc) return ready_cyc;
    l->stats.backpressure_cyc += start_cyc - ready_cyc;
    return start_cyc;
}

static uint64_t host_tlp(void *ctx, uint64_t first_cyc, const nic_tlp_t *t)
{
    link_t *l = ctx;
    // Nobody looks at memory before this cycle any more: keeps the queue of posted writes short.
    memory_observe(l->mem, l->sim->now_cyc);
    uint64_t end_ps;
    const uint64_t ready_cyc = take_link(l, first_cyc, t, &end_ps);
    l->awaits = LINK_LATE_NONE;
    if (l->iommu) {
        take_translated(l, t, end_ps);
    } else if (t->type == NIC_TLP_WRITE) {
        l->stats.writes++;
        l->stats.write_bytes += t->len;
        const bool posted = memory_post_lane(
            l->mem, link_lane(l, 0), cyc_of_ps(end_ps + l->dma_write_ps), t->addr, t->data, t->len);
        if (posted) written(l, t, t->addr);
    } else if (t->type == NIC_TLP_READ) {
        const uint64_t after_cyc = memory_lane_visible(l->mem, link_lane(l, 0));
        take_read(l, t, link_max(end_ps + l->dma_read_ps, after_cyc * CYC_PS));
    } else {
        take_message(l, t, end_ps);
    }
    return ready_cyc;
}

static bool is_late(const link_msg_t *m)
{
    return m->kind == LINK_MSG_MSI && m->late;
}

static void late_payload(void *ctx, const uint8_t *data, uint32_t len)
{
    link_t *l = ctx;
    if (l->awaits == LINK_LATE_WRITE) {
        memory_fill(l->mem, data, len);
    } else if (l->awaits == LINK_LATE_MSI) {
        uint32_t i = l->up.tail - 1;
        while (i != l->up.head && !is_late(link_queue_at(&l->up, i))) i--;
        link_queue_at(&l->up, i)->data = message_data(data, len);
        link_queue_at(&l->up, i)->late = false;
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
    when_cyc = link_max(when_cyc, memory_lane_visible(l->mem, link_lane(l, l->read_func)));
    put_up(l, LINK_MSG_REPLY, when_cyc)->data = data;
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
    const uint64_t when_cyc = link_max(cyc_of_ps(link_max(s.end_ps, s.start_ps + l->irq_ps)),
                                       memory_lane_visible(l->mem, link_lane(l, 0)));
    put_up(l, LINK_MSG_IRQ, when_cyc)->level = level;
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

// The IOMMU makes a message of the request: now, or, when it has to fetch the entry, later. False:
// nothing is to be delivered yet.
static bool remapped(link_t *l, link_msg_t *m, uint64_t now_cyc)
{
    iommu_irq_t q;
    if (m->told) return true;
    iommu_interrupt(l->iommu, m->func, m->addr, m->data, now_cyc * CYC_PS, &q);
    if (!q.tell) return false;
    m->told = true;
    m->addr = IOMMU_MSI_BASE | (uint64_t)q.core << 12;
    m->data = q.vector;
    const uint64_t when_cyc = cyc_of_ps(q.done_ps);
    if (when_cyc <= now_cyc) return true;
    link_msg_t *later = put_up(l, LINK_MSG_MSI, when_cyc);
    *later = *m;
    later->when_cyc = when_cyc;
    return false;
}

// One message an event: the host may let time pass inside its function.
static void deliver(link_t *l, sim_event_t *e, link_queue_t *q, uint64_t now_cyc)
{
    link_msg_t m = *link_queue_head(q);
    q->head++;
    link_arm(l, e, q);
    switch (m.kind) {
    case LINK_MSG_IRQ: l->client.irq(l->client.ctx, now_cyc, m.level); break;
    case LINK_MSG_MSI:
        if (!l->iommu || remapped(l, &m, now_cyc))
            l->client.msi(l->client.ctx, now_cyc, m.func, m.addr, m.data);
        break;
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
