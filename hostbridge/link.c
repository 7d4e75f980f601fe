// SPDX-License-Identifier: Apache-2.0
// Posted writes need no event (memory's queue holds them until somebody looks); everything else
// that arrives somewhere later is a message in one of four queues, each with one event. Here: the
// way from the host to the device, and the life of a link.
#include "hostbridge/link_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// What the IOMMU has made of the read; `to` holds two pieces together. NULL: nobody answers.
static const uint8_t *read_pieces(link_t *l, uint64_t now_cyc, const link_msg_t *m, uint8_t *to)
{
    if (m->refused) return NULL;
    const uint8_t *first = memory_read(l->mem, now_cyc, m->addr, m->len1);
    if (!first || m->len1 == m->len) return first;
    const uint8_t *second = memory_read(l->mem, now_cyc, m->addr2, m->len - m->len1);
    if (!second) return NULL;
    memcpy(to, first, m->len1);
    memcpy(to + m->len1, second, m->len - m->len1);
    return to;
}

// The data of a DMA read leave memory.
static void read_event(void *ctx, uint64_t now_cyc)
{
    link_t *l = ctx;
    const link_msg_t *m =
        link_queue_head(&l->reads); // nobody puts another one in its place before the end
    l->reads.head++;
    link_arm(l, &l->read_event, &l->reads);
    uint8_t nothing[NIC_Mrrs];
    const uint8_t *bytes = l->iommu ? read_pieces(l, now_cyc, m, nothing)
                                    : memory_read(l->mem, now_cyc, m->addr, m->len);
    if (!bytes) bytes = memset(nothing, 0xff, m->len);
    uint64_t first_cyc = now_cyc + 1; // ideal: the request's last beat is in now_cyc
    if (!l->ideal) {
        link_slot_t s =
            link_take(l, LINK_DOWN, m->at_ps, link_bus_cost(&l->bus, LINK_CPL, m->addr, m->len));
        first_cyc = link_max(cyc_of_ps(s.end_ps), now_cyc);
    }
    first_cyc = link_max(first_cyc, l->cpl_free_cyc);
    l->cpl_free_cyc = first_cyc + NIC_CplHdrBeats + (m->len + NIC_BeatBytes - 1) / NIC_BeatBytes;
    l->nic.completion(l->nic.nic, first_cyc, m->tag, bytes, m->len);
}

// Takes the link for the access at the head of the queue and finds its cycle on the pins.
static void place_access(link_t *l, link_msg_t *m, uint64_t now_cyc)
{
    uint64_t pins_cyc = m->issue_cyc + 1; // ideal
    if (!l->ideal) {
        link_cost_t c =
            link_bus_cost(&l->bus, m->access.write ? LINK_REG_WRITE : LINK_REG_READ, 0, 4);
        link_slot_t s = link_take(l, LINK_DOWN, m->at_ps, c);
        pins_cyc = cyc_of_ps(s.end_ps);
        if (!m->access.write) {
            l->read_issue_ps = m->issue_cyc * CYC_PS;
            l->read_wait_ps = s.start_ps - m->at_ps;
            l->read_bus_ps = s.start_ps + c.hold_ps;
        }
    }
    m->pins_cyc = link_max(link_max(pins_cyc, l->pins_cyc), now_cyc);
}

// A CPU access reaches the link.
static void down_event(void *ctx, uint64_t now_cyc)
{
    link_t *l = ctx;
    while (!link_queue_empty(&l->down)) {
        link_msg_t *m = link_queue_head(&l->down);
        if (m->when_cyc > now_cyc) break;
        if (m->pins_cyc == 0) place_access(l, m, now_cyc);
        if (!l->nic.access(l->nic.nic, m->pins_cyc, &m->access)) {
            // The device has its queue full of earlier ones; one leaves every cycle.
            m->when_cyc = now_cyc + 1;
            m->pins_cyc = link_max(m->pins_cyc, now_cyc + 1);
            break;
        }
        l->pins_cyc = m->pins_cyc + 1;
        l->stats.mmio_writes += m->access.write;
        l->down.head++;
    }
    link_arm(l, &l->down_event, &l->down);
}

static void issue(link_t *l, uint64_t issue_cyc, const nic_access_t *a)
{
    uint64_t lead_ps = 0; // from the CPU to the link
    if (!l->ideal) {
        uint64_t way_ps = l->mmio_write_ps;
        if (!a->write && l->mmio_read_ps / 2 < way_ps) way_ps = l->mmio_read_ps / 2;
        uint64_t span_ps =
            link_bus_cost(&l->bus, a->write ? LINK_REG_WRITE : LINK_REG_READ, 0, 4).span_ps;
        if (way_ps > span_ps) lead_ps = way_ps - span_ps;
    }
    link_msg_t *m = link_queue_insert(&l->down, issue_cyc);
    m->access = *a;
    m->at_ps = issue_cyc * CYC_PS + lead_ps;
    m->when_cyc = cyc_of_ps(m->at_ps);
    m->pins_cyc = 0;
    link_arm(l, &l->down_event, &l->down);
}

uint64_t link_mmio_write(link_t *l, uint64_t now_cyc, const nic_access_t *a)
{
    assert(now_cyc >= l->sim->now_cyc && a->write);
    // The posting buffer as the CPU sees it: emptied at the speed of the link, others' traffic left
    // out, because that which is still to come before the stores is not known yet.
    uint64_t *slot = &l->posted_ps[l->posted % LINK_POSTED];
    uint64_t go_cyc = link_max(now_cyc, cyc_of_ps(*slot));
    uint64_t before_ps = l->posted_ps[(l->posted - 1) % LINK_POSTED];
    uint64_t hold_ps = l->ideal ? CYC_PS : link_bus_cost(&l->bus, LINK_REG_WRITE, 0, 4).hold_ps;
    *slot = link_max(go_cyc * CYC_PS, before_ps) + hold_ps;
    l->posted++;
    l->stats.store_wait_cyc += go_cyc - now_cyc;
    issue(l, go_cyc, a);
    return go_cyc;
}

void link_mmio_read(link_t *l, uint64_t now_cyc, const nic_access_t *a)
{
    assert(now_cyc >= l->sim->now_cyc && !a->write && !l->reading);
    l->reading = true;
    l->read_func = a->func;
    issue(l, now_cyc, a);
}

// ---- life --------------------------------------------------------------------------------------

link_t *link_create(sim_t *sim, memory_t *mem, const link_params_t *p, const link_client_t *client)
{
    link_t *l = calloc(1, sizeof *l);
    if (!l) return NULL;
    l->sim = sim;
    l->mem = mem;
    l->client = *client;
    l->host = link_up_host(l);
    l->late = link_up_late(l);
    link_bus_init(&l->bus, p->kind);
    l->ideal = p->kind == LINK_IDEAL;
    l->lane = p->lane % (MEMORY_LANES - 1);
    l->pci = l->bus.clk_ps != 0;
    if (!l->ideal) {
        l->mmio_write_ps = p->mmio_write_ns * UINT64_C(1000);
        l->mmio_read_ps = p->mmio_read_ns * UINT64_C(1000);
        l->dma_write_ps = p->dma_write_ns * UINT64_C(1000);
        l->dma_read_ps = p->dma_read_ns * UINT64_C(1000);
        l->irq_ps = p->irq_ns * UINT64_C(1000);
    }
    sim_event_init(&l->up_event, "link up", link_up_event, l);
    sim_event_init(&l->irq_event, "link intx", link_irq_event, l);
    sim_event_init(&l->read_event, "link dma read", read_event, l);
    sim_event_init(&l->down_event, "link mmio", down_event, l);
    if (!link_queue_init(&l->up) || !link_queue_init(&l->irq) || !link_queue_init(&l->reads) ||
        !link_queue_init(&l->down)) {
        link_destroy(l);
        return NULL;
    }
    return l;
}

void link_destroy(link_t *l)
{
    if (!l) return;
    sim_cancel(l->sim, &l->up_event);
    sim_cancel(l->sim, &l->irq_event);
    sim_cancel(l->sim, &l->read_event);
    sim_cancel(l->sim, &l->down_event);
    free(l->up.ring);
    free(l->irq.ring);
    free(l->reads.ring);
    free(l->down.ring);
    free(l);
}

void link_set_iommu(link_t *l, iommu_t *u)
{
    l->iommu = u;
}

const nic_host_t *link_host(link_t *l)
{
    return &l->host;
}

const nic_late_t *link_late(link_t *l)
{
    return &l->late;
}

void link_attach(link_t *l, const nic_ops_t *ops)
{
    l->nic = *ops;
}

bool link_idle(const link_t *l)
{
    return !l->reading && link_queue_empty(&l->up) && link_queue_empty(&l->irq) &&
           link_queue_empty(&l->reads) && link_queue_empty(&l->down);
}

const link_stats_t *link_stats(const link_t *l)
{
    return &l->stats;
}

uint64_t link_take_frame(link_t *l)
{
    const uint64_t hpa = l->rx_hpa;
    l->rx_hpa = 0;
    return hpa;
}

const char *link_kind_name(enum link_kind k)
{
    static const char *const NAMES[LINK_KINDS] = {"ideal", "pci33", "pci66", "pcie1-x1",
                                                  "pcie1-x4"};
    return k < LINK_KINDS ? NAMES[k] : "?";
}
