// SPDX-License-Identifier: Apache-2.0
// State of the link, shared by link.c (host to device) and link_up.c (device to host).
#ifndef MODERATO_LINK_PRIV_H
#define MODERATO_LINK_PRIV_H

#include "hostbridge/link.h"
#include "hostbridge/link_bus.h"
#include "hostbridge/link_queue.h"

struct link {
    sim_t *sim;
    memory_t *mem;
    iommu_t *iommu; // NULL: none
    link_client_t client;
    nic_host_t host;
    nic_late_t late;
    enum { LINK_LATE_NONE, LINK_LATE_WRITE, LINK_LATE_MSI } awaits; // its payload
    nic_ops_t nic;
    link_bus_t bus;
    link_stats_t stats;
    bool ideal, pci;
    unsigned lane; // of memory, without an IOMMU
    uint64_t mmio_write_ps, mmio_read_ps, dma_write_ps, dma_read_ps, irq_ps;
    link_queue_t up, irq, reads, down; // FIFO to the host; PCI's INTx wire; DMA reads; CPU accesses
    sim_event_t up_event, irq_event, read_event, down_event;
    uint64_t reads_cyc;              // when the last DMA read leaves memory
    uint64_t cpl_free_cyc;           // end of the completion handed in last
    uint64_t pins_cyc;               // first cycle for another access on the pins
    uint64_t posted_ps[LINK_POSTED]; // when the last stores leave the posting buffer
    uint32_t posted;                 // free running
    // The register read in progress.
    bool reading;
    uint8_t read_func;
    uint64_t read_issue_ps; // CPU time
    uint64_t read_wait_ps;  // of it, waiting for the link
    uint64_t read_bus_ps;   // PCI: end of its data phase
    uint64_t rx_hpa;        // where the frame begins that the device is writing; 0: none
};

static inline uint64_t link_max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline void link_arm(link_t *l, sim_event_t *e, const link_queue_t *q)
{
    if (!link_queue_empty(q))
        sim_at(l->sim, e, link_max(link_queue_head(q)->when_cyc, l->sim->now_cyc));
}

// A message was put into the queue.
static inline void link_told(link_t *l, sim_event_t *e, const link_queue_t *q)
{
    if (!e->queued) link_arm(l, e, q);
}

static inline link_slot_t link_take(link_t *l, enum link_dir dir, uint64_t at_ps, link_cost_t cost)
{
    *(dir == LINK_UP ? &l->stats.up_busy_ps : &l->stats.down_busy_ps) += cost.hold_ps;
    return link_bus_take(&l->bus, dir, at_ps, cost);
}

// Writes of a function keep their order; without an IOMMU all functions of a link are one.
static inline unsigned link_lane(const link_t *l, uint8_t func)
{
    return l->iommu ? func % (MEMORY_LANES - 1) : l->lane;
}

// link_up.c: the device's callbacks, and the events of what goes to the host.
nic_host_t link_up_host(link_t *l);
nic_late_t link_up_late(link_t *l);
void link_up_event(void *ctx, uint64_t now_cyc);
void link_irq_event(void *ctx, uint64_t now_cyc);

#endif
