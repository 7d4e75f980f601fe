// SPDX-License-Identifier: Apache-2.0
// Which output goes to which input: the netlist of the 82576, one function a module. Included by nic_82576.c and
// outside_82576.c only.
#ifndef MODERATO_WIRING_82576_H
#define MODERATO_WIRING_82576_H

#include "model/pool_filter.h"
#include "model/state.h"

// Modules that are visited. Interrupts are three: irq_82576, eitr and msix have the vectors that are sent in common. rx_dma
// ticks before the rings, which it looks at by pointer. regs is the last, as in wiring.h, and the mailbox with it: pools look at
// VFRE among the registers.
enum nic_slot {
    SLOT_MAC_RX,
    SLOT_RX_DMA,
    SLOT_RX_RING,
    SLOT_TX_RING,
    SLOT_TX_SCHED,
    SLOT_TX_DMA,
    SLOT_SWITCH,
    SLOT_MAC_TX,
    SLOT_IRQ,
    SLOT_PORT,
    SLOT_PHY,
    SLOT_NVM,
    SLOT_PCI,
    SLOT_STATS,
    SLOT_REGS,
    SLOT_COUNT
};
#define SLOW_SLOTS (1u << SLOT_IRQ | 1u << SLOT_PHY | 1u << SLOT_NVM)
#include "model/schedule.h"

enum { RX, TX }; // directions

// What a cycle brings to the rings of a direction; bit q: to that of queue q.
typedef struct rings_in {
    uint16_t mask; // rings that tick
    uint16_t restart, head, flush, fetch_sent, wb_sent, fetch_held, wb_held, done, cpl;
    const igb_cpl_t *cpl_of;
    ring_arbiter_in_t arbiter;
    const ring_done_t *what; // of `done`
} rings_in_t;

typedef struct ring_ins {
    rings_in_t all;
    ring_done_t what; // it lies in the state of the consumer: kept until the ring has ticked
    ring_reg_t reg[IGB_Queues];
    desc_ring_in_t ring[IGB_Queues];
} ring_ins_t;

// irq_82576, eitr and msix.
typedef struct vector_ins {
    irq_82576_in_t irq;
    eitr_in_t eitr;
    msix_in_t msix;
    bool msix_ticks; // it has a reason
    bool flr;        // of the PF
} vector_ins_t;

typedef struct stats_ins {
    stats_82576_in_t in;
    bool read;
    uint16_t id, index;
} stats_ins_t;

// Inputs of a cycle.
typedef struct nic_ins {
    mac_rx_in_t mac_rx;
    rx_dma_82576_in_t rx_dma;
    ring_ins_t rings[2];
    tx_sched_in_t tx_sched;
    tx_dma_in_t tx_dma;
    l2_switch_in_t l2_switch;
    mac_tx_in_t mac_tx;
    vector_ins_t vectors;
    host_port_in_t port;
    phy_in_t phy;
    nvm_in_t nvm;
    pci_config_82576_in_t pci;
    stats_ins_t stats;
    mailbox_in_t mailbox;
    bool to_mailbox; // it ticks
    regs_82576_in_t regs;
} nic_ins_t;

// Value of a register as it is visible in cycle `now`.
uint32_t nic_82576_value(const nic_t *n, uint64_t now, uint16_t id, uint32_t index);
// After pci_config_82576 or CTRL has changed.
void nic_82576_levels(nic_t *n);
// The sizes of the packet buffers as the registers have them.
void nic_82576_buffers(nic_t *n);

static inline void wiring_csr(const nic_chip_82576_t *c, uint64_t now, csr_t *csr)
{
    if (__builtin_expect(c->regs.csr_cyc == now, 0)) *csr = c->regs.csr;
    else csr->valid = false;
}

// A pulse of configuration space is visible.
static inline bool wiring_pci_pulse(const nic_chip_82576_t *c, uint64_t now)
{
    return c->pci.flr_cyc == now || c->pci.vf_start_cyc == now || c->pci.vf_stop_cyc == now;
}

// Bit f: FLR of function f.
static inline uint16_t wiring_flr(const nic_chip_82576_t *c, uint64_t now)
{
    return (uint16_t)(c->pci.flr_cyc == now ? 1u << c->pci.flr_func : 0);
}

static inline uint8_t wiring_vf_start(const nic_t *n, uint64_t now)
{
    return n->igb.c.pci.vf_start_cyc == now ? n->igb.level.there : 0;
}

// VFs that are as new: what a guest had before is not for the next one to see.
static inline uint8_t wiring_vf_anew(const nic_t *n, uint64_t now)
{
    return (uint8_t)(wiring_flr(&n->igb.c, now) >> 1 | wiring_vf_start(n, now));
}

static inline regs_82576_pulses_t wiring_pulses(const nic_t *n, uint64_t now)
{
    const nic_chip_82576_t *c = &n->igb.c;
    if (__builtin_expect(n->igb.pulse_cyc != now, 1)) return (regs_82576_pulses_t){0};
    if (wiring_pci_pulse(c, now)) {
        const uint8_t gone = regs_82576_vf_gone(&c->regs, wiring_flr(c, now),
                                                wiring_vf_start(n, now), c->pci.vf_stop_cyc == now);
        return regs_82576_pulses(&c->regs, now, gone);
    }
    return regs_82576_pulses(&c->regs, now, 0);
}

// PF reset: CTRL.RST or FLR.
static inline bool wiring_reset(const nic_chip_82576_t *c, uint64_t now)
{
    return c->regs.reset_cyc == now || (c->pci.flr_cyc == now && c->pci.flr_func == 0);
}

static inline bool wiring_loopback(const nic_chip_82576_t *c)
{
    return regs_82576_loopback(&c->regs, phy_core_loopback(&c->phy.core));
}

// INTA# on the pin.
static inline bool wiring_intx(const nic_t *n)
{
    const pci_config_82576_out_t *p = &n->igb.level.pci;
    return n->igb.c.irq.int_q && !p->msi_en && !(p->msix_en & 1) && !p->intx_disable;
}

static inline uint32_t wiring_tx_cap(const nic_chip_82576_t *c)
{
    return NIC_PbBytes / NIC_GranuleBytes - c->tx_pb.rx_cap;
}

// ---- messages ----

// MSI of irq_82576 may go.
static inline bool wiring_msi(const nic_t *n)
{
    return n->igb.c.irq.msi_q && (n->igb.level.may_func & 1) && !n->igb.level.pci.msi_mask;
}

// Whose message is at the port: who has been there goes on while it asks. In each cycle in which one of the two may change.
static inline void wiring_message(nic_t *n)
{
    nic_chip_82576_t *c = &n->igb.c;
    if (!c->msi_q && !c->irq.msi_q) return;
    const bool msi = wiring_msi(n);
    if (c->msi_q ? !msi && c->msix.req_q : msi && !c->msix.req_q) c->msi_q = !c->msi_q;
}

// A pick of a cycle before `now` that is still to be done. Nothing that it depends on has changed since.
static inline void wiring_pick(nic_t *n, uint64_t now, uint32_t d)
{
    igb_rings_t *r = &n->igb.rings[d];
    if (r->pick_cyc >= now) return;
    r->pick_cyc = NIC_NEVER;
    const ring_arbiter_in_t in = {.fetch = r->fetch, .wb = r->wb, .may = n->igb.level.may};
    ring_arbiter_tick(&n->igb.c.arbiter[d], &in);
}

static inline void wiring_picks(nic_t *n, uint64_t now)
{
    wiring_pick(n, now, RX);
    wiring_pick(n, now, TX);
}

// Without picks that are still to be done.
static inline uint32_t wiring_requests(const nic_t *n)
{
    const nic_chip_82576_t *c = &n->igb.c;
    return (uint32_t)c->rx_dma.req.valid << RQ_RX_DATA |
           (uint32_t)c->arbiter[RX].fetch.held_q << RQ_RX_FETCH |
           (uint32_t)c->arbiter[RX].wb.held_q << RQ_RX_WB |
           (uint32_t)c->arbiter[TX].fetch.held_q << RQ_TX_FETCH |
           (uint32_t)c->arbiter[TX].wb.held_q << RQ_TX_WB |
           (uint32_t)c->tx_dma.req.valid << RQ_TX_DATA |
           (uint32_t)(c->msix.req_q || wiring_msi(n)) << RQ_MSI;
}

// ---- receive ----

static inline void wiring_mac_rx(const nic_t *n, uint64_t now, mac_rx_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const uint32_t *reg = c->regs.file;
    in->now = now;
    in->en = (reg[IGB_R_RCTL] & FMASK(IGB_RCTL_EN)) && (c->regs.lu_q || wiring_loopback(c)) &&
             !c->mac_tx.orphan;
    in->ring_empty =
        c->rx_dma.starved_q; // which of the two losses: a frame in front waits for descriptors
    in->written = c->regs.csr_cyc == now;
    in->reg = reg;
    in->free_count = c->rx_dma.free_count;
    in->free_log = c->rx_dma.free_log;
    in->changes = c->regs.changes;
}

static inline void wiring_rx_dma(const nic_t *n, uint64_t now, rx_dma_82576_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    in->now = now;
    in->reg = c->regs.file;
    in->restart = wiring_pulses(n, now).rx_restart;
    in->may = n->igb.level.may;
    in->there = n->igb.level.there;
    in->func = n->igb.level.func;
    in->frames = c->rx_pb.rx_count;
    in->frame = &c->rx_pb.rx[c->rx_dma.frames_q % NIC_RxFramesMax];
    in->next = &c->rx_pb.rx[(c->rx_dma.frames_q + 1) % NIC_RxFramesMax];
    in->loops = c->l2_switch.loop_q;
    in->ring = c->ring[RX];
    in->sent = c->port.done_cyc[RQ_RX_DATA] == now;
    in->rx_mem = c->rx_pb.mem;
    in->rx_bytes = c->rx_pb.rx_cap * NIC_GranuleBytes;
    in->loop = in->loop_next = NULL;
    if (in->loops == c->rx_dma.loops_q) return; // the others belong to them
    in->loop = &c->l2_switch.loop[c->rx_dma.loops_q % NIC_TxFramesMax];
    in->loop_next = &c->l2_switch.loop[(c->rx_dma.loops_q + 1) % NIC_TxFramesMax];
    in->tx_mem = c->tx_pb.mem + c->tx_pb.rx_cap * NIC_GranuleBytes;
    in->tx_bytes = wiring_tx_cap(c) * NIC_GranuleBytes;
}

// ---- rings ----

static const uint8_t wiring_fetch_of[2] = {RQ_RX_FETCH, RQ_TX_FETCH};
static const uint8_t wiring_wb_of[2] = {RQ_RX_WB, RQ_TX_WB};

// The cycle from which the gate of queue q is open; 0: it has none.
static inline uint64_t wiring_gate(const nic_chip_82576_t *c, uint32_t d, uint32_t q)
{
    const unsigned gate = irq_82576_gate(&c->irq, q, d == TX);
    return gate < IGB_Vectors ? c->eitr.open_cyc[gate] : 0;
}

// Which rings have a reason to be visited.
static inline void wiring_rings(nic_t *n, uint64_t now, const uint32_t d, rings_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const ring_arbiter_t *a = &c->arbiter[d];
    igb_rings_t *r = &n->igb.rings[d];
    wiring_pick(n, now, d);
    r->pick_cyc = NIC_NEVER; // in this tick
    in->restart = in->head = in->flush = 0;
    if (__builtin_expect(n->igb.pulse_cyc == now, 0)) {
        const regs_82576_pulses_t pulse = wiring_pulses(n, now);
        in->restart = d == TX ? pulse.tx_restart : pulse.rx_restart;
        in->head = d == TX ? pulse.tx_head : pulse.rx_head;
        in->flush = d == TX ? pulse.tx_flush : pulse.rx_flush;
    }
    in->arbiter = (ring_arbiter_in_t){.fetch = r->fetch,
                                      .wb = r->wb,
                                      .may = n->igb.level.may,
                                      .restart = in->restart,
                                      .fetch_done = c->port.done_cyc[wiring_fetch_of[d]] == now,
                                      .wb_done = c->port.done_cyc[wiring_wb_of[d]] == now};
    in->fetch_sent = (uint16_t)ring_pick_done(&a->fetch, in->arbiter.fetch_done);
    in->wb_sent = (uint16_t)ring_pick_done(&a->wb, in->arbiter.wb_done);
    in->fetch_held = (uint16_t)ring_pick_held(&a->fetch);
    in->wb_held = (uint16_t)ring_pick_held(&a->wb);
    in->what = d == TX ? &c->tx_dma.done : &c->rx_dma.done;
    in->done = 0;
    if (in->what->cyc == now)
        in->done = (uint16_t)(1u << (d == TX ? c->tx_dma.done_queue : c->rx_dma.done_queue));
    in->cpl_of = &r->cpl[r->cpl_get % IGB_CPL_QUEUE];
    in->cpl = 0;
    if (r->cpl_get != r->cpl_put && in->cpl_of->end_cyc == now)
        in->cpl = (uint16_t)(1u << in->cpl_of->queue);
    uint32_t mask =
        r->look | in->restart | in->flush | in->fetch_sent | in->wb_sent | in->done | in->cpl;
    if (r->held_back && now >= r->gate_cyc)
        for (uint32_t m = r->held_back; m; m &= m - 1)
            if (now >= wiring_gate(c, d, (uint32_t)__builtin_ctz(m))) mask |= m & -m;
    if (n->how.every_cycle) mask = 0xFFFF;
    else if (__builtin_expect(n->how.extra != 0, 0)) mask |= (uint16_t)xorshift(&n->how.rng);
    r->look = 0;
    in->mask = (uint16_t)mask;
}

// The inputs of one of them. plain: those that desc_ring_step_rx_82576() and desc_ring_step_tx_82576() look at.
static inline __attribute__((always_inline)) void wiring_ring(const nic_t *n, uint64_t now,
                                                              const uint32_t d, uint32_t q,
                                                              const rings_in_t *all, ring_reg_t *g,
                                                              desc_ring_in_t *in, const bool plain)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const uint32_t *reg = c->regs.file, bit = 1u << q;
    g->bal = reg[(d == TX ? IGB_R_TDBAL : IGB_R_RDBAL) + q];
    g->bah = reg[(d == TX ? IGB_R_TDBAH : IGB_R_RDBAH) + q];
    g->len = reg[(d == TX ? IGB_R_TDLEN : IGB_R_RDLEN) + q] & ~0x7Fu;
    g->tail = reg[(d == TX ? IGB_R_TDT : IGB_R_RDT) + q];
    g->ctl = reg[(d == TX ? IGB_R_TXDCTL : IGB_R_RXDCTL) + q];
    in->now = now;
    in->en = d == TX ? (reg[IGB_R_TCTL] & FMASK(IGB_TCTL_EN)) != 0
                     : (reg[IGB_R_RCTL] & FMASK(IGB_RCTL_EN)) != 0;
    in->reg = g;
    in->rdmts = d == TX ? 0 : FGET(IGB_SRRCTL_RDMTS, reg[IGB_R_SRRCTL + q]);
    in->taken = d == TX ? c->tx_dma.taken[q] : c->rx_dma.taken_q[q];
    in->done = (all->done & bit) != 0;
    in->what = all->what;
    in->immediate = d == RX && c->rx_dma.done_lli;
    in->wb_sent = (all->wb_sent & bit) != 0;
    // The gate is looked at below the threshold only.
    in->gate_open = FGET(IGB_RXDCTL_WTHRESH, g->ctl) <= 1 || now >= wiring_gate(c, d, q);
    in->func = n->igb.level.func[q];
    in->head_wb = d == TX ? (uint64_t)reg[IGB_R_TDWBAH + q] << 32 | reg[IGB_R_TDWBAL + q] : 0;
    if (plain) return;
    in->restart = (all->restart & bit) != 0;
    in->flush = (all->flush & bit) != 0;
    in->flush_cause = 0;
    in->fetch_sent = (all->fetch_sent & bit) != 0;
    in->cpl = (all->cpl & bit) != 0;
    in->cpl_len = all->cpl_of->len;
    in->cpl_data = all->cpl_of->data;
    in->head_we = (all->head & bit) != 0;
    in->head = 0;
    if (__builtin_expect(in->head_we, 0)) {
        const regs_82576_pulses_t pulse = wiring_pulses(n, now);
        in->head = regs_82576_head(&c->regs, &pulse, q);
    }
    in->fetch_held = (all->fetch_held & bit) != 0;
    in->wb_held = (all->wb_held & bit) != 0;
}

// ---- transmit ----

// Transmit queues with a packet, or one that is malformed, whether or not they may send it.
static inline uint32_t wiring_malformed(const nic_t *n)
{
    const igb_rings_t *r = &n->igb.rings[TX];
    return r->full;
}

static inline void wiring_tx_sched(const nic_t *n, uint64_t now, tx_sched_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const uint32_t malformed = wiring_malformed(n);
    in->en = (c->regs.file[IGB_R_TCTL] & FMASK(IGB_TCTL_EN)) != 0;
    in->ready = 0;
    if (in->en)
        in->ready = (malformed | n->igb.rings[TX].whole) & c->regs.tx_en_q &
                    (c->mailbox.vfte_q * 0x101u) & n->igb.level.may &
                    ~(uint32_t)wiring_pulses(n, now).tx_restart;
    in->malformed = malformed;
    in->pkts = c->tx_dma.pkts_q;
    in->cost = c->tx_dma.cost;
}

static inline void wiring_tx_dma(const nic_t *n, uint64_t now, tx_dma_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const uint32_t *reg = c->regs.file;
    const uint32_t q = c->tx_sched.queue_q;
    in->now = now;
    in->en = (reg[IGB_R_TCTL] & FMASK(IGB_TCTL_EN)) && !c->mac_tx.orphan;
    in->restart = false;
    in->filled = c->ring[TX][q].filled_q;
    in->desc = c->ring[TX][q].cache[c->tx_dma.taken[q] % NIC_DescCache];
    in->sent = c->port.done_cyc[RQ_TX_DATA] == now;
    in->freed = c->l2_switch.freed_q;
    in->listed = c->l2_switch.looked_q;
    in->tx_cap = wiring_tx_cap(c);
    in->rx_bytes = c->tx_pb.rx_cap * NIC_GranuleBytes;
    in->vme = (reg[IGB_R_CTRL] & FMASK(IGB_CTRL_VME)) != 0;
    in->psp = (reg[IGB_R_TCTL] & FMASK(IGB_TCTL_PSP)) != 0;
    in->vet = (uint16_t)FGET(IGB_VET_VET, reg[IGB_R_VET]);
    in->func = n->igb.level.func[q];
    in->granted = c->tx_sched.granted_q;
    in->queue = c->tx_sched.queue_q;
    in->drain = c->tx_sched.drain_q;
    const regs_82576_pulses_t pulses = wiring_pulses(n, now);
    in->restarts = pulses.tx_restart;
    in->forget = (uint16_t)(pulses.vf_reset * 0x101u);
    in->vmdq = pool_vmdq(reg);
    in->vmvir = &reg[IGB_R_VMVIR];
}

static inline void wiring_l2_switch(const nic_t *n, uint64_t now, l2_switch_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    in->now = now;
    in->listed = c->tx_dma.frames_q;
    in->frame = &c->tx_pb.tx[c->l2_switch.looked_q % NIC_TxFramesMax];
    in->reg = c->regs.file;
    in->wire_ended = c->mac_tx.ended_q;
    in->loop_ended = c->rx_dma.loops_q;
    in->there = n->igb.level.there;
    wiring_csr(c, now, &in->csr);
}

static inline void wiring_mac_tx(const nic_t *n, uint64_t now, mac_tx_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const uint32_t *reg = c->regs.file;
    in->now = now;
    in->loopback = wiring_loopback(c);
    in->link = c->regs.lu_q || in->loopback;
    in->tx_en = (reg[IGB_R_TCTL] & FMASK(IGB_TCTL_EN)) != 0;
    in->stride = nic_stride(c->regs.speed_q);
    in->frames = c->l2_switch.wire_q;
    in->list = c->l2_switch.wire;
    in->reg = reg;
    in->rx_bytes = c->tx_pb.rx_cap * NIC_GranuleBytes;
    in->rx_used = c->rx_pb.rx_used;
    in->pause = c->mac_rx.pause_cyc == now;
    in->pause_quanta = c->mac_rx.pause_quanta;
    in->overflow = c->mac_rx.rxo_cyc == now;
    wiring_csr(c, now, &in->csr);
    if (!(reg[IGB_R_CTRL] & FMASK(IGB_CTRL_TFCE))) return;
    // The watermarks: frees before this cycle with which the packet buffer has not caught up.
    for (uint32_t i = c->rx_pb.rx_freed; i != c->rx_dma.free_count; i++)
        if (c->rx_dma.free_log[i % PB_FREES].cyc < now)
            in->rx_used -= c->rx_dma.free_log[i % PB_FREES].granules;
}

// ---- interrupts ----

static inline void wiring_event(const nic_t *n, uint64_t now, uint32_t d, irq_82576_wb_t *wb)
{
    const igb_rings_t *r = &n->igb.rings[d];
    wb->valid = r->event_cyc == now;
    if (!wb->valid) return;
    const desc_ring_t *ring = &n->igb.c.ring[d][r->event_queue];
    wb->queue = r->event_queue;
    wb->packets = (uint8_t)ring->event_packets;
    wb->lli = ring->event_lli;
    wb->rxdmt = ring->event_rxdmt;
}

static inline void wiring_vectors(const nic_t *n, uint64_t now, vector_ins_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const igb_levels_t *l = &n->igb.level;
    const bool done = c->port.done_cyc[RQ_MSI] == now;
    uint32_t set = 0;
    if (c->regs.lsc_cyc == now) set |= FMASK(IGB_ICR_LSC);
    if (c->mac_rx.rxo_cyc == now) set |= FMASK(IGB_ICR_RXO);
    if (mailbox_vmmb(&c->mailbox, now)) set |= FMASK(IGB_ICR_VMMB);
    if (c->phy.core.mdac_cyc == now) set |= FMASK(IGB_ICR_MDAC);
    if (c->l2_switch.doutsync_cyc == now) set |= FMASK(IGB_ICR_DOUTSYNC);
    if (c->tx_dma.bad_cyc == now && regs_82576_mdp(&c->regs)) set |= FMASK(IGB_ICR_DOUTSYNC);
    irq_82576_in_t *i = &in->irq;
    i->reset = wiring_reset(c, now);
    i->stay = regs_82576_stay(wiring_flr(c, now), l->there);
    i->vf_reset = wiring_pulses(n, now).vf_reset;
    i->set = set;
    wiring_event(n, now, RX, &i->rx);
    wiring_event(n, now, TX, &i->tx);
    i->vf = mailbox_vf(&c->mailbox, now);
    i->msi_en = l->pci.msi_en;
    i->msix_en = l->pci.msix_en & 1;
    i->msi_done = done && c->msi_q;
    i->sent = 0;
    const uint32_t want = irq_82576_want(&c->irq);
    if (want) {
        uint32_t open = 0;
        for (uint32_t m = want; m; m &= m - 1)
            if (now >= c->eitr.open_cyc[__builtin_ctz(m)]) open |= m & -m;
        const uint32_t credit = want & irq_82576_lli(&c->irq) ? eitr_credit(&c->eitr) : 0;
        i->sent = irq_82576_sent(&c->irq, open, credit, i->reset);
    }
    wiring_csr(c, now, &i->csr);
    i->csr_func = c->regs.csr_func;
    in->flr = (wiring_flr(c, now) & 1) != 0;
    in->eitr.now = now;
    in->eitr.ctrl_rst = i->reset && !in->flr;
    in->eitr.sent = i->sent;
    in->eitr.ll_interval = irq_82576_ll_interval(&c->irq);
    in->eitr.csr = i->csr;
    in->eitr.clear = 0;
    for (uint32_t m = wiring_vf_anew(n, now); m; m &= m - 1)
        in->eitr.clear |= vf_view_vectors((unsigned)__builtin_ctz(m));
    msix_in_t *m = &in->msix;
    m->valid = c->regs.csr_cyc == now && c->regs.to_q == REGS_TO_MSIX;
    m->write = !c->regs.read_q;
    m->func = c->regs.func_q;
    m->addr = c->regs.addr_q;
    m->be = c->regs.be_q;
    m->wdata = c->regs.wdata_q;
    m->sent = i->sent;
    m->done = done && !c->msi_q;
    m->msix_en = l->pci.msix_en;
    m->msix_mask = l->pci.msix_mask;
    m->may_request = l->may_func;
    m->there = (uint16_t)(l->there << 1 | 1);
    m->reset = (uint16_t)(wiring_flr(c, now) | wiring_vf_start(n, now) << 1);
    in->msix_ticks = m->sent || m->done || m->valid || m->reset || n->igb.msix_due ||
                     now <= n->igb.levels_cyc || n->how.every_cycle;
}

// ---- host ----

static inline void wiring_port(nic_t *n, uint64_t now, host_port_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    wiring_picks(n, now);
    in->now = now;
    in->waiting = wiring_requests(n);
    in->grant =
        now >= c->port.free_cyc && n->in.req_ready ? host_port_pick(&c->port, in->waiting) : -1;
    switch (in->grant) {
    case RQ_RX_DATA:
        in->queue = c->rx_dma.queue_q;
        in->req = &c->rx_dma.req;
        break;
    case RQ_RX_FETCH:
        in->queue = c->arbiter[RX].fetch.cur_q;
        in->req = &c->ring[RX][in->queue].fetch;
        break;
    case RQ_RX_WB:
        in->queue = c->arbiter[RX].wb.cur_q;
        in->req = &c->ring[RX][in->queue].wb;
        break;
    case RQ_TX_FETCH:
        in->queue = c->arbiter[TX].fetch.cur_q;
        in->req = &c->ring[TX][in->queue].fetch;
        break;
    case RQ_TX_WB:
        in->queue = c->arbiter[TX].wb.cur_q;
        in->req = &c->ring[TX][in->queue].wb;
        break;
    case RQ_TX_DATA:
        in->queue = c->tx_dma.entry[(c->tx_dma.put_q - 1) % NIC_TxEntries].queue;
        in->req = &c->tx_dma.req;
        break;
    case RQ_MSI: {
        static const port_req_t message = {
            .valid = true, .type = NIC_TLP_MSG, .len = 4, .wrap = UINT32_MAX};
        in->req = &message;
        in->queue = 0;
        in->msi_func = c->msi_q ? 0 : (uint8_t)msix_func(c->msix.entry_q);
        in->msi_addr = c->msi_q ? n->igb.level.pci.msi_addr : c->msix.to_q;
        in->msi_data = c->msi_q ? n->igb.level.pci.msi_data : c->msix.value_q;
        break;
    }
    default: break;
    }
}

static inline void wiring_phy(nic_t *n, uint64_t now, phy_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    if (n->in.lp_next.cyc <= now) { // the pins change in this cycle
        n->in.lp_present = n->in.lp_next.present;
        n->in.lp_speed = n->in.lp_next.speed;
        n->in.lp_pause = n->in.lp_next.pause;
        n->in.lp_next.cyc = NIC_NEVER;
    }
    in->now = now;
    wiring_csr(c, now, &in->csr);
    in->phy_rst = (c->regs.file[IGB_R_CTRL] & FMASK(IGB_CTRL_PHY_RST)) != 0;
    in->lp_present = n->in.lp_present;
    in->lp_speed = n->in.lp_speed;
    in->lp_pause = n->in.lp_pause;
    in->reset = wiring_reset(c, now);
    in->rx_err = in->gpi1 = false;
    in->autoneg_cyc = n->cfg.autoneg_cyc;
}

static inline void wiring_nvm(const nic_t *n, uint64_t now, nvm_in_t *in)
{
    in->now = now;
    wiring_csr(&n->igb.c, now, &in->csr);
    in->reset = wiring_reset(&n->igb.c, now);
}

// Functions that wait for completions: a ring from the picking of its request on.
static inline uint16_t wiring_pending(const nic_t *n, uint64_t now)
{
    const nic_chip_82576_t *c = &n->igb.c;
    uint32_t mask = 0;
    for (uint32_t d = 0; d < 2; d++) {
        const uint32_t asks = n->igb.rings[d].fetch & ~ring_pick_held(&c->arbiter[d].fetch);
        for (uint32_t q = 0; q < IGB_Queues; q++)
            if (c->ring[d][q].fetching && !(asks >> q & 1)) mask |= 1u << c->ring[d][q].fetch.func;
    }
    for (uint32_t i = c->tx_dma.get_q; i != c->tx_dma.put_q; i++) {
        const tx_entry_t *e = &c->tx_dma.entry[i % NIC_TxEntries];
        // `got` counts what has been announced.
        if (e->len && (e->got != e->len || e->end_cyc > now))
            mask |= 1u << n->igb.level.func[e->queue];
    }
    return (uint16_t)mask;
}

// Status bits of levels are looked at by an access to configuration space only: that wakes this in the cycle before.
static inline void wiring_pci(const nic_t *n, uint64_t now, pci_config_82576_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const regs_82576_t *r = &c->regs;
    in->now = now;
    in->valid = r->csr_cyc == now && (r->to_q == REGS_TO_CFG || r->to_q == REGS_TO_IOADDR);
    in->write = in->valid && !r->read_q;
    in->io = r->to_q == REGS_TO_IOADDR;
    in->func = r->func_q;
    in->addr = r->addr_q;
    in->be = r->be_q;
    in->wdata = r->wdata_q;
    in->intx = c->irq.int_q;
    in->msi_pending = c->irq.msi_q && n->igb.level.pci.msi_mask;
    in->pending = wiring_pending(n, now);
    in->status_func = 0;
    in->status_set = 0; // no pin tells of an error of the bus
}

static inline void put_bit(uint8_t *mask, uint32_t bit, bool value)
{
    *mask = (uint8_t)((*mask & ~(1u << bit)) | (uint32_t)value << bit);
}

// P of rx_dma, as it is counted.
static inline stats_82576_frame_t wiring_p(const nic_chip_82576_t *c)
{
    const rx_dma_82576_t *d = &c->rx_dma;
    return (stats_82576_frame_t){.valid = true,
                                 .queue = d->p_queue,
                                 .len = (uint16_t)d->p_bytes,
                                 .mcast = d->p_mcast,
                                 .loop = d->p_loop};
}

// It has been counted in a tick before this cycle, or it should have been.
static inline void wiring_count_p(nic_t *n)
{
    if (!n->igb.p_due) return;
    n->igb.p_due = false;
    const stats_82576_frame_t p = wiring_p(&n->igb.c);
    stats_82576_delivered(&n->igb.c.stats, &p, n->igb.c.rx_dma.p_vf);
}

static inline void wiring_stats(nic_t *n, uint64_t now, stats_ins_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const csr_t *csr = &c->regs.csr;
    const rx_dma_82576_t *d = &c->rx_dma;
    const l2_decision_t *w = &c->l2_switch.what;
    in->in = (stats_82576_in_t){
        .rnbc = d->rnbc_cyc == now,
        .tsc = c->tx_dma.tsc_cyc == now,
        .tsc_bad = c->tx_dma.tsc_bad,
        .drop = d->drop_cyc == now && !d->drop_off,
        .drop_queue = d->drop_queue,
        .there = n->igb.level.there,
        .vf_clear = wiring_vf_anew(n, now),
    };
    if (d->p_cyc != now) wiring_count_p(n);
    else if (n->igb.p_due) in->in.rx = wiring_p(c);
    n->igb.p_due = false;
    if (w->cyc == now && !w->spoof)
        in->in.tx = (stats_82576_frame_t){.valid = true,
                                          .queue = w->queue,
                                          .len = (uint16_t)w->len,
                                          .loop = w->queues != 0,
                                          .wire = w->wire};
    // Whether the VF is there was seen when the event came about.
    if (in->in.rx.valid) put_bit(&in->in.there, d->p_queue % IGB_Pools, d->p_vf);
    if (in->in.tx.valid) put_bit(&in->in.there, w->queue % IGB_Pools, w->vf);
    in->read = c->regs.csr_cyc == now && csr->valid && !csr->write && stats_82576_mine(csr->id);
    in->id = csr->id;
    in->index = csr->index;
}

static inline void wiring_mailbox(const nic_t *n, uint64_t now, mailbox_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    in->now = now;
    wiring_csr(c, now, &in->csr);
    in->there = n->igb.level.there;
    in->vf_flr = (uint8_t)(wiring_flr(c, now) >> 1);
    in->vf_start = wiring_vf_start(n, now);
}

static inline void wiring_regs(const nic_t *n, uint64_t now, regs_82576_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const igb_levels_t *l = &n->igb.level;
    const regs_82576_t *r = &c->regs;
    const nic_inbox_t *box = &n->in;
    in->now = now;
    in->access =
        box->access_get != box->access_put && box->access[box->access_get % REGS_QUEUE].cyc == now;
    if (in->access) in->what = box->access[box->access_get % REGS_QUEUE].a;
    in->ioaddr = l->pci.ioaddr;
    in->io_en = l->pci.io_en;
    in->decodes = l->pci.decodes;
    in->flr = wiring_flr(c, now);
    in->vf_start = wiring_vf_start(n, now);
    in->vf_stop = c->pci.vf_stop_cyc == now;
    in->there = l->there;
    in->rdata = 0;
    in->bad = c->tx_dma.bad_cyc == now;
    in->bad_queue = c->tx_dma.bad_queue;
    in->phy_link = c->phy.core.link;
    in->phy_fd = c->phy.core.fd;
    in->phy_speed = c->phy.core.speed;
    in->phy_loopback = phy_core_loopback(&c->phy.core);
    in->ral0 = nvm_ral0(&c->nvm);
    in->rah0 = nvm_rah0(&c->nvm);
    if (r->csr_cyc != now || !r->read_q) return;
    switch (r->to_q) {
    case REGS_TO_CSR: in->rdata = nic_82576_value(n, now, r->csr.id, r->csr.index); break;
    case REGS_TO_CFG: in->rdata = pci_config_82576_read(&c->pci, r->func_q, r->addr_q); break;
    case REGS_TO_IOADDR: in->rdata = l->pci.ioaddr; break;
    case REGS_TO_MSIX: in->rdata = msix_read(&c->msix, r->func_q, r->addr_q); break;
    default: break;
    }
}

#endif
