// SPDX-License-Identifier: Apache-2.0
// The 82576: wiring only, and who is visited when. What nic_82540em.c says of phases and visits holds here.
//
// The rings of a direction are one slot with a mask of those that have a reason. A ring has no deadlines but those of others:
// `done` of the port and completions (whose ring they are is known in their cycle), and the gate that finished descriptors wait
// for; all other reasons are of the cycle before.
#include "model/wiring_82576.h"

// Part of the loop that visits, or of it for one direction.
#define PART static inline __attribute__((always_inline))

// A new request for the port.
static void ask_port(nic_t *n, uint64_t now)
{
    const uint64_t free_cyc = n->igb.c.port.free_cyc;
    wake(n, BIT(SLOT_PORT), free_cyc > now + 1 ? free_cyc : now + 1);
}

static const uint8_t ring_slot[2] = {SLOT_RX_RING, SLOT_TX_RING};

// These rings have a reason to be visited in the next cycle.
static void wake_rings(nic_t *n, uint64_t now, uint32_t d, uint32_t queues)
{
    n->igb.rings[d].look |= (uint16_t)queues;
    if (queues) wake(n, BIT(ring_slot[d]), now + 1);
}

static void wake_all(nic_t *n, uint64_t now)
{
    wake_rings(n, now, RX, 0xFFFF);
    wake_rings(n, now, TX, 0xFFFF);
    wake(n, ALL_SLOTS, now + 1);
}

void nic_82576_levels(nic_t *n)
{
    const nic_chip_82576_t *c = &n->igb.c;
    igb_levels_t *l = &n->igb.level;
    wiring_picks(n, n->now); // with the levels as they were
    n->igb.levels_cyc = n->now;
    l->pci = pci_config_82576_out(&c->pci, 0);
    l->may_func = regs_82576_may(&c->regs) ? l->pci.may_request : 0;
    l->there = (uint8_t)((1u << l->pci.vfs) - 1);
    const uint32_t pools =
        (l->may_func >> 1 & l->there) | (l->may_func & 1 ? 0xFFu & ~l->there : 0);
    l->may = (uint16_t)(pools * 0x101u);
    for (uint32_t q = 0; q < IGB_Queues; q++)
        l->func[q] = (uint8_t)(q % IGB_Pools < l->pci.vfs ? 1 + q % IGB_Pools : 0);
}

// ---- receive ----

static void tick_mac_rx(nic_t *n, uint64_t now, const mac_rx_in_t *in)
{
    nic_chip_82576_t *c = &n->igb.c;
    const bool ended = c->mac_rx.active && now == mac_rx_quiet(&c->mac_rx);
    const int fate = mac_rx_tick_82576(&c->mac_rx, in, &c->rx_pb, &c->stats.core, ended);
    due(n, SLOT_MAC_RX, mac_rx_quiet(&c->mac_rx));
    if (c->regs.file[IGB_R_CTRL] & FMASK(IGB_CTRL_TFCE))
        wake(n, BIT(SLOT_MAC_TX), now + 1); // watermarks
    if (fate < 0) return;
    if (c->mac_rx.rxo_cyc == now + 1) wake(n, BIT(SLOT_IRQ), now + 1);
    if (c->mac_rx.pause_cyc == now + 1) wake(n, BIT(SLOT_MAC_TX), now + 1);
    uint32_t what = 0;
    if (fate == NIC_FATE_ACCEPTED) {
        const rx_frame_t *f = &c->rx_pb.rx[(c->rx_pb.rx_count - 1) % NIC_RxFramesMax];
        wake(n, BIT(SLOT_RX_DMA), now + 1);
        what = f->len | (uint32_t)f->queues << 16;
    }
    probe(n, NIC_PROBE_RX_FATE, now, (uint32_t)fate, what);
}

static void tick_rx_dma(nic_t *n, uint64_t now, const rx_dma_82576_in_t *in)
{
    nic_chip_82576_t *c = &n->igb.c;
    rx_dma_82576_t *d = &c->rx_dma;
    const uint32_t loops_was = d->loops_q;
    const bool asked = d->req.valid && !in->sent;
    if (in->sent) wiring_count_p(n); // there may be another one
    rx_dma_82576_tick(d, in);
    const bool quiet = rx_dma_82576_quiet(d, in->frames, in->loops);
    due(n, SLOT_RX_DMA, quiet ? ahead(c->port.done_cyc[RQ_RX_DATA], now) : now + 1);
    if (d->req.valid && !asked) ask_port(n, now);
    if (d->loops_q != loops_was) wake(n, BIT(SLOT_SWITCH), now + 1);
    if (d->rnbc_cyc == now + 1) wake(n, BIT(SLOT_STATS), now + 1);
    if (d->done.cyc == now + 1) wake(n, BIT(SLOT_RX_RING), now + 1);
    if (d->drop_cyc == now + 1) {
        wake(n, BIT(SLOT_STATS), now + 1);
        probe(n, NIC_PROBE_RX_DROP, now + 1, d->drop_queue,
              d->drop_off | (d->drop_loop ? NIC_PROBE_LOOPED : 0));
    }
    if (d->p_cyc == now + 1) {
        n->igb.p_due = true;
        probe(n, NIC_PROBE_RX_HOST, now + 1, d->taken_q[d->p_queue] - 1,
              d->p_len | (uint32_t)d->p_queue << 16 | (d->p_loop ? NIC_PROBE_LOOPED : 0));
    }
    if (d->free_count != c->rx_pb.rx_freed && ((c->regs.file[IGB_R_CTRL] & FMASK(IGB_CTRL_TFCE)) ||
                                               d->free_count - c->rx_pb.rx_freed >= PB_FREES / 2))
        wake(n, BIT(SLOT_MAC_RX), now + 1);
}

// ---- rings ----

// What a transmit ring has for tx_sched.
static void count_whole(nic_t *n, uint32_t queues)
{
    const nic_chip_82576_t *c = &n->igb.c;
    igb_rings_t *r = &n->igb.rings[TX];
    for (uint32_t m = queues; m; m &= m - 1) {
        const uint32_t q = (uint32_t)__builtin_ctz(m), taken = c->tx_dma.taken[q];
        const uint16_t bit = (uint16_t)(1u << q);
        const uint32_t cached = c->ring[TX][q].filled_q - taken;
        if (cached > NIC_DescCache)
            continue; // both restart in this tick, and tx_dma is still to come
        const bool whole = desc_ring_whole(&c->ring[TX][q], taken) != 0;
        r->whole = whole ? r->whole | bit : r->whole & ~bit;
        r->full = !whole && cached == NIC_DescCache ? r->full | bit : r->full & ~bit;
        r->some = cached ? r->some | bit : r->some & ~bit;
    }
}

static void tell_sched(nic_t *n, uint64_t now)
{
    const uint32_t malformed = wiring_malformed(n);
    const uint32_t ready = (malformed | n->igb.rings[TX].whole) | malformed << 16;
    if (ready == n->igb.ready) return;
    n->igb.ready = ready;
    wake(n, BIT(SLOT_TX_SCHED), now + 1);
}

// The event of the cycle behind this one is for the interrupts, as they are then: they have ticked, or do not in this cycle.
static inline bool is_news(nic_t *n, uint64_t now, const uint32_t d)
{
    igb_rings_t *r = &n->igb.rings[d];
    if (n->intx_left & BIT(SLOT_IRQ)) return true;
    irq_82576_wb_t wb;
    wiring_event(n, now + 1, d, &wb);
    if ((r->deaf >> wb.queue & 1) && !wb.lli && !wb.rxdmt) return false;
    if (irq_82576_heeds(&n->igb.c.irq, &wb, d == TX)) return true;
    if (wb.packets) r->deaf |= (uint16_t)(1u << wb.queue);
    return false;
}

static inline void put(uint16_t *mask, uint16_t bit, bool value)
{
    *mask ^= (uint16_t)((-(uint32_t)value ^ *mask) & bit);
}

PART void after_ring(nic_t *n, uint64_t now, const uint32_t d, uint32_t q, bool restart,
                     bool filled)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const desc_ring_t *ring = &c->ring[d][q];
    igb_rings_t *r = &n->igb.rings[d];
    const uint16_t bit = (uint16_t)(1u << q);
    put(&r->fetch, bit, ring->fetch.valid);
    put(&r->wb, bit, ring->wb.valid);
    put(&r->held_back, bit, desc_ring_held_back(ring));
    if (restart) r->look |= bit; // a restart asks for nothing in its own tick
    if (ring->event_cyc == now + 1) {
        r->event_cyc = now + 1;
        r->event_queue = (uint8_t)q;
        if (is_news(n, now, d)) wake(n, BIT(SLOT_IRQ), now + 1);
    }
    if (d == TX) {
        count_whole(n, bit);
        if (filled && c->tx_sched.queue_q == q) wake(n, BIT(SLOT_TX_DMA), now + 1);
    } else if (c->rx_dma.state_q == RXQ_IDLE && c->rx_dma.busy_q && c->rx_dma.queue_q == q) {
        wake(n, BIT(SLOT_RX_DMA), now + 1);
    }
    if (ring->wrote_n)
        probe(n, d == TX ? NIC_PROBE_TX_WB : NIC_PROBE_RX_WB, now, ring->wb_idx,
              ring->wrote_n | q << 16);
    if (ring->lost_frames && d == RX) probe(n, NIC_PROBE_RX_LOST, now, ring->lost_frames, q);
}

static void after_rings(nic_t *n, uint64_t now, const uint32_t d)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const ring_arbiter_t *a = &c->arbiter[d];
    igb_rings_t *r = &n->igb.rings[d];
    const uint32_t may = n->igb.level.may;
    uint64_t next = r->look ? now + 1 : NIC_NEVER;
    r->pick_cyc = NIC_NEVER;
    if (!ring_pick_quiet(&a->fetch, r->fetch & may, false) ||
        !ring_pick_quiet(&a->wb, r->wb & may, false)) {
        r->pick_cyc = now + 1; // unless they tick then
        ask_port(n, now + 1);
    }
    next = sooner(next, ahead(c->port.done_cyc[wiring_fetch_of[d]], now));
    next = sooner(next, ahead(c->port.done_cyc[wiring_wb_of[d]], now));
    if (r->cpl_get != r->cpl_put) next = sooner(next, r->cpl[r->cpl_get % IGB_CPL_QUEUE].end_cyc);
    r->gate_cyc = NIC_NEVER;
    for (uint32_t m = r->held_back; m; m &= m - 1)
        r->gate_cyc =
            sooner(r->gate_cyc, ahead(wiring_gate(c, d, (uint32_t)__builtin_ctz(m)), now));
    due(n, ring_slot[d], sooner(next, r->gate_cyc));
}

static inline void tick_ring(nic_t *n, uint64_t now, const uint32_t d, uint32_t q,
                             const desc_ring_in_t *in)
{
    desc_ring_t *ring = &n->igb.c.ring[d][q];
    const uint32_t filled_was = ring->filled_q;
    if (in->cpl) n->igb.rings[d].cpl_get++;
    desc_ring_tick_82576(ring, in);
    after_ring(n, now, d, q, in->restart, ring->filled_q != filled_was);
}

// Behind those of the rings.
static inline void tick_arbiter(nic_t *n, uint64_t now, const uint32_t d, const rings_in_t *in)
{
    ring_arbiter_t *a = &n->igb.c.arbiter[d];
    const bool fetch_was = a->fetch.held_q, wb_was = a->wb.held_q;
    ring_arbiter_tick(a, &in->arbiter);
    if ((a->fetch.held_q && (!fetch_was || in->arbiter.fetch_done)) ||
        (a->wb.held_q && (!wb_was || in->arbiter.wb_done)))
        ask_port(n, now);
    if (d == TX && in->mask) tell_sched(n, now);
    after_rings(n, now, d);
}

static void sample_rings(nic_t *n, uint64_t now, const uint32_t d, ring_ins_t *in)
{
    wiring_rings(n, now, d, &in->all);
    if (in->all.done) {
        in->what = *in->all.what;
        in->all.what = &in->what;
    }
    for (uint32_t m = in->all.mask; m; m &= m - 1) {
        const uint32_t q = (uint32_t)__builtin_ctz(m);
        wiring_ring(n, now, d, q, &in->all, &in->reg[q], &in->ring[q], false);
    }
}

static void tick_rings(nic_t *n, uint64_t now, const uint32_t d, const ring_ins_t *in)
{
    for (uint32_t m = in->all.mask; m; m &= m - 1) {
        const uint32_t q = (uint32_t)__builtin_ctz(m);
        tick_ring(n, now, d, q, &in->ring[q]);
    }
    tick_arbiter(n, now, d, &in->all);
}

// Rings alone, which share nothing that their ticks change; and only a descriptor that is finished, or a write-back that is done.
// False: there is something else.
static inline bool visit_rings(nic_t *n, uint64_t now, const uint32_t d)
{
    nic_chip_82576_t *c = &n->igb.c;
    ring_arbiter_t *a = &c->arbiter[d];
    igb_rings_t *r = &n->igb.rings[d];
    if (n->igb.pulse_cyc == now || r->look || (r->held_back && now >= r->gate_cyc) ||
        c->port.done_cyc[wiring_fetch_of[d]] == now || n->how.every_cycle || n->how.extra)
        return false;
    if (r->cpl_get != r->cpl_put && r->cpl[r->cpl_get % IGB_CPL_QUEUE].end_cyc == now) return false;
    wiring_pick(n, now, d);
    r->pick_cyc = NIC_NEVER;
    const bool wb_done = c->port.done_cyc[wiring_wb_of[d]] == now;
    rings_in_t all = {
        .arbiter = {.fetch = r->fetch, .wb = r->wb, .may = n->igb.level.may, .wb_done = wb_done}};
    all.wb_sent = (uint16_t)ring_pick_done(&a->wb, wb_done);
    all.what = d == TX ? &c->tx_dma.done : &c->rx_dma.done;
    if (all.what->cyc == now)
        all.done = (uint16_t)(1u << (d == TX ? c->tx_dma.done_queue : c->rx_dma.done_queue));
    all.mask = all.done | all.wb_sent;
    for (uint32_t m = all.mask; m; m &= m - 1) {
        const uint32_t q = (uint32_t)__builtin_ctz(m);
        ring_reg_t reg;
        desc_ring_in_t in;
        wiring_ring(n, now, d, q, &all, &reg, &in, true);
        if (d == TX) desc_ring_step_tx_82576(&c->ring[d][q], &in);
        else desc_ring_step_rx_82576(&c->ring[d][q], &in);
        after_ring(n, now, d, q, false, false);
    }
    tick_arbiter(n, now, d, &all);
    return true;
}

// ---- transmit ----

static void tick_tx_sched(nic_t *n, uint64_t now, const tx_sched_in_t *in)
{
    tx_sched_t *s = &n->igb.c.tx_sched;
    const uint32_t granted_was = s->granted_q;
    tx_sched_tick(s, in);
    due(n, SLOT_TX_SCHED, tx_sched_quiet(s, now, in->ready, in->pkts));
    if (s->granted_q != granted_was) wake(n, BIT(SLOT_TX_DMA), now + 1);
}

static void tick_tx_dma(nic_t *n, uint64_t now, const tx_dma_in_t *in)
{
    nic_chip_82576_t *c = &n->igb.c;
    tx_dma_t *d = &c->tx_dma;
    const bool req_was = d->req.valid && !in->sent;
    const uint32_t q = in->queue, taken_was = d->taken[q], pkts_was = d->pkts_q;
    tx_dma_tick_82576(d, in, &c->tx_pb);
    uint64_t next =
        sooner(tx_dma_quiet_82576(d, now, in->en, in->granted, q, c->ring[TX][q].filled_q),
               ahead(c->port.done_cyc[RQ_TX_DATA], now));
    if (d->stalled && in->freed != c->l2_switch.freed_q) next = now + 1; // in this very cycle
    due(n, SLOT_TX_DMA, next);
    if (d->req.valid && !req_was) ask_port(n, now);
    if (d->done.cyc == now + 1) wake(n, BIT(SLOT_TX_RING), now + 1);
    if (d->taken[q] != taken_was || in->restarts) {
        count_whole(n, 1u << q | in->restarts);
        tell_sched(n, now);
        // What is left in the cache asks for more.
        if (!(n->igb.rings[TX].whole >> q & 1) ||
            (c->regs.file[IGB_R_TXDCTL + q] & FMASK(IGB_TXDCTL_PTHRESH)))
            wake_rings(n, now, TX, 1u << q);
    }
    if (d->pkts_q != pkts_was) {
        wake(n, BIT(SLOT_TX_SCHED), now + 1);
        tell_sched(n, now);
    }
    if (d->bad_cyc == now + 1) wake(n, BIT(SLOT_REGS) | BIT(SLOT_IRQ), now + 1);
    if (d->tsc_cyc == now + 1) wake(n, BIT(SLOT_STATS), now + 1);
    if (d->frame_cyc == now + 1) {
        wake(n, BIT(SLOT_SWITCH), now + 1);
        probe(n, NIC_PROBE_TX_FETCH, now + 1, d->frames_q, 0);
    }
}

static void tick_l2_switch(nic_t *n, uint64_t now, const l2_switch_in_t *in)
{
    nic_chip_82576_t *c = &n->igb.c;
    l2_switch_t *s = &c->l2_switch;
    const uint32_t freed_was = s->freed_q, wire_was = s->wire_q, loop_was = s->loop_q;
    l2_switch_tick(s, in);
    due(n, SLOT_SWITCH,
        l2_switch_quiet(s, now + 1, c->tx_dma.frames_q, c->mac_tx.ended_q, c->rx_dma.loops_q));
    if (s->freed_q != freed_was && c->tx_dma.stalled) wake(n, BIT(SLOT_TX_DMA), now + 1);
    if (s->what.cyc != now + 1) return;
    wake(n, BIT(SLOT_STATS), now + 1);
    if (s->doutsync_cyc == now + 1) wake(n, BIT(SLOT_IRQ), now + 1);
    if (s->wire_q != wire_was) {
        // In the middle of a frame it need not know: it looks again at its end.
        const uint64_t start_cyc =
            mac_tx_quiet(&c->mac_tx, s->wire_q, c->regs.lu_q || wiring_loopback(c));
        if (!c->mac_tx.busy && start_cyc != NIC_NEVER)
            wake(n, BIT(SLOT_MAC_TX), start_cyc > now ? start_cyc : now + 1);
    }
    if (s->loop_q != loop_was) wake(n, BIT(SLOT_RX_DMA), now + 1);
    if (s->what.spoof) probe(n, NIC_PROBE_SPOOF, now + 1, s->what.queue, 0);
    if (s->what.wire) probe(n, NIC_PROBE_WIRE, now + 1, s->what.len, (uint32_t)s->what.queue << 16);
    if (s->what.queues)
        probe(n, NIC_PROBE_LOOP, now + 1, s->what.loop_len,
              s->what.queues | (uint32_t)s->what.queue << 16);
}

static void tick_mac_tx(nic_t *n, uint64_t now, const mac_tx_in_t *in)
{
    nic_chip_82576_t *c = &n->igb.c;
    mac_tx_t *t = &c->mac_tx;
    const bool orphan_was = t->orphan, sent_was = t->xoff_sent;
    const uint32_t ended_was = t->ended_q;
    const bool starts = mac_tx_tick_82576(t, in, &c->tx_pb, &c->stats.core);
    if (t->xoff_sent != sent_was)
        wake(n, BIT(SLOT_MAC_TX), now + 1); // with FCRTL above FCRTH, the other mark is next
    due(n, SLOT_MAC_TX, mac_tx_quiet(t, c->l2_switch.wire_q, in->link));
    if (t->ended_q != ended_was) wake(n, BIT(SLOT_SWITCH), now + 1);
    if (orphan_was && !t->orphan) wake(n, BIT(SLOT_MAC_RX) | BIT(SLOT_TX_DMA), now + 1);
    if (!starts) return;
    if (!t->loop) {
        n->host.tx_frame(n->host.ctx, t->first_cyc, t->stride, t->buf, t->len);
    } else if (!c->mac_rx.active) {
        mac_rx_start(&c->mac_rx, t->first_cyc + 1, t->stride, t->buf, t->len, true);
        c->mac_rx.fcs_good = mac_rx_fcs_good(t->buf, t->len); // the host may have made it
        c->mac_rx.er = false;
        wake(n, BIT(SLOT_MAC_RX), mac_rx_quiet(&c->mac_rx));
    }
}

// ---- interrupts ----

// Interrupts and configuration space make the pin between them: the later one of a cycle tells of it.
static void tell_intx(nic_t *n, uint64_t now, enum nic_slot slot)
{
    n->intx_left &= ~BIT(slot);
    if (n->intx_left) return;
    const bool pin = wiring_intx(n);
    if (pin == n->intx_q) return;
    n->intx_q = pin;
    n->host.intx(n->host.ctx, now + 1, pin);
}

// A gate may open earlier, or be another one.
static bool moves_gates(const csr_t *csr)
{
    if (!csr->valid || !csr->write) return false;
    return csr->id == IGB_R_EITR || csr->id == IGB_R_IVAR || csr->id == IGB_R_GPIE;
}

static void after_vectors(nic_t *n, uint64_t now, const vector_ins_t *in, bool asked)
{
    const nic_chip_82576_t *c = &n->igb.c;
    if (in->irq.sent || in->irq.vf_reset || moves_gates(&in->irq.csr)) {
        wake_rings(n, now, RX, n->igb.rings[RX].held_back);
        wake_rings(n, now, TX, n->igb.rings[TX].held_back);
    }
    uint64_t next = eitr_quiet(&c->eitr, irq_82576_want(&c->irq), irq_82576_lli(&c->irq));
    next = sooner(next, irq_82576_quiet(&c->irq));
    if (n->igb.msix_due) next = now + 1;
    next = sooner(next, ahead(c->port.done_cyc[RQ_MSI], now));
    if (irq_82576_ll_interval(&c->irq) != in->eitr.ll_interval)
        next = now + 1; // the clock of credits starts or stands still
    due(n, SLOT_IRQ, next > now ? next : now + 1);
    if (!asked && (c->msix.req_q || wiring_msi(n))) ask_port(n, now);
    tell_intx(n, now, SLOT_IRQ);
}

static void tick_vectors(nic_t *n, uint64_t now, const vector_ins_t *in)
{
    nic_chip_82576_t *c = &n->igb.c;
    const uint32_t icr_was = c->irq.icr_q;
    const uint32_t full =
        in->irq.reset ? 0
                      : (irq_82576_fills(&c->irq, &in->irq.rx, false) ? NIC_TIMER_RXFRAMES : 0) |
                            (irq_82576_fills(&c->irq, &in->irq.tx, true) ? NIC_TIMER_TXFRAMES : 0);
    const bool asked = (c->msix.req_q || wiring_msi(n)) && !in->msix.done && !in->irq.msi_done;
    n->igb.rings[RX].deaf = n->igb.rings[TX].deaf = 0;
    irq_82576_tick(&c->irq, &in->irq);
    eitr_tick(&c->eitr, &in->eitr);
    if (in->flr) eitr_reset(&c->eitr);
    if (in->msix_ticks) {
        msix_tick(&c->msix, &in->msix);
        msix_in_t next = in->msix; // levels: until configuration space changes them
        next.reset = 0;
        n->igb.msix_due = msix_quiet(&c->msix, &next, now + 1) != NIC_NEVER;
    }
    if (in->irq.sent) {
        const stats_82576_in_t told = {.sent = in->irq.sent};
        stats_82576_tick(&c->stats, &told); // it adds to what the others tell in this cycle
    }
    if (full) probe(n, NIC_PROBE_TIMER, now, full, 0);
    const uint32_t fresh = c->irq.icr_q & ~icr_was;
    if (fresh) probe(n, NIC_PROBE_CAUSE, now, fresh, 0);
    after_vectors(n, now, in, asked);
}

// ---- host ----

static const uint8_t requester_slot[RQ_COUNT] = {
    [RQ_RX_DATA] = SLOT_RX_DMA,   [RQ_RX_FETCH] = SLOT_RX_RING, [RQ_RX_WB] = SLOT_RX_RING,
    [RQ_TX_FETCH] = SLOT_TX_RING, [RQ_TX_WB] = SLOT_TX_RING,    [RQ_TX_DATA] = SLOT_TX_DMA,
    [RQ_MSI] = SLOT_IRQ,
};

// waiting: the requests, with those that were made in this very cycle.
static void tick_port(nic_t *n, uint64_t now, const host_port_in_t *in, uint32_t waiting)
{
    nic_chip_82576_t *c = &n->igb.c;
    host_port_t *p = &c->port;
    const bool starts = host_port_tick(p, in);
    if (starts) {
        host_port_ready(p, n->host.tlp(n->host.ctx, p->first_cyc, &p->tlp));
        if (p->done_cyc[in->grant] == p->end_cyc + 1) {
            wake(n, BIT(requester_slot[in->grant]), p->done_cyc[in->grant]);
            waiting &= ~(1u << in->grant);
        }
    }
    uint64_t next = waiting ? now + 1 : NIC_NEVER;
    const uint64_t pick_cyc = sooner(n->igb.rings[RX].pick_cyc, n->igb.rings[TX].pick_cyc);
    if (pick_cyc != NIC_NEVER) next = sooner(next, pick_cyc + 1);
    due(n, SLOT_PORT, next > p->free_cyc ? next : p->free_cyc);
}

static void tick_phy(nic_t *n, uint64_t now, const phy_in_t *in)
{
    phy_igp3_t *s = &n->igb.c.phy;
    const bool link_was = s->core.link, loop_was = phy_core_loopback(&s->core);
    const uint8_t speed_was = s->core.speed;
    phy_igp3_tick(s, in);
    uint64_t next = phy_igp3_quiet(s);
    if (next <= now) next = now + 1;
    due(n, SLOT_PHY, sooner(next, n->in.lp_next.cyc));
    if (s->core.mdac_cyc == now + 1) wake(n, BIT(SLOT_IRQ), now + 1);
    if (s->core.link != link_was || s->core.speed != speed_was ||
        phy_core_loopback(&s->core) != loop_was)
        wake(n, BIT(SLOT_REGS) | BIT(SLOT_MAC_RX) | BIT(SLOT_MAC_TX), now + 1);
}

static void tick_nvm(nic_t *n, const nvm_in_t *in)
{
    nvm_tick(&n->igb.c.nvm, in);
    due(n, SLOT_NVM, nvm_quiet(&n->igb.c.nvm));
}

static void tick_pci(nic_t *n, uint64_t now, const pci_config_82576_in_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    pci_config_82576_tick(&n->igb.c.pci, in);
    if (in->write) {
        nic_82576_levels(n);
        if (wiring_pci_pulse(c, now + 1)) {
            n->igb.pulse_cyc = now + 1;
            wake_all(n, now);
        } else wake(n, ALL_SLOTS, now + 1); // rare
    }
    tell_intx(n, now, SLOT_PCI);
}

// ---- registers ----

// Who looks at the register bus in the cycle after this access, beside the rings. All have ticked: their state is that of the
// next cycle.
static uint32_t listeners(nic_t *n, uint64_t now)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const regs_82576_t *r = &c->regs;
    const uint32_t reply = r->read_q ? BIT(SLOT_REGS) : 0;
    if (r->to_q == REGS_TO_CFG || r->to_q == REGS_TO_IOADDR) return reply | BIT(SLOT_PCI);
    if (r->to_q == REGS_TO_MSIX) return reply | (r->read_q ? 0 : BIT(SLOT_IRQ));
    if (!r->csr.valid) return reply;
    const uint16_t id = r->csr.id, k = r->csr.index;
    if (!r->csr.write) {
        switch (id) {
        case IGB_R_ICR:
        case IGB_R_EICR: return reply | BIT(SLOT_IRQ);
        case IGB_R_WVBR: return reply | BIT(SLOT_SWITCH);
        case IGB_R_SWSM: return reply | BIT(SLOT_NVM);
        default: return reply | (stats_82576_mine(id) ? BIT(SLOT_STATS) : 0);
        }
    }
    switch (id) {
    case IGB_R_RDT: {
        const ring_reg_t g = {.ctl = r->file[IGB_R_RXDCTL + k]};
        if (desc_ring_wants_82576(&c->ring[RX][k], &g, c->rx_dma.taken_q[k]))
            wake_rings(n, now, RX, 1u << k);
        return 0;
    }
    case IGB_R_TDT: {
        const ring_reg_t g = {.ctl = r->file[IGB_R_TXDCTL + k]};
        if (desc_ring_wants_82576(&c->ring[TX][k], &g, c->tx_dma.taken[k]))
            wake_rings(n, now, TX, 1u << k);
        return 0;
    }
    case IGB_R_MTA:
    case IGB_R_UTA:
    case IGB_R_VFTA:
    case IGB_R_RAL:
    case IGB_R_RAH:
    case IGB_R_VLVF:
    case IGB_R_RETA: return 0;
    default: break;
    }
    switch (igb_reg_rows[n->igb.map.row[id]].owner) {
    case OWN_irq:
    case OWN_eitr: return BIT(SLOT_IRQ);
    case OWN_mailbox: return BIT(SLOT_REGS);
    case OWN_phy: return BIT(SLOT_PHY);
    case OWN_nvm: return BIT(SLOT_NVM);
    case OWN_stats: return 0;
    default: break;
    }
    wake_all(n, now); // rare
    return ALL_SLOTS;
}

static void tick_mailbox(nic_t *n, uint64_t now, const mailbox_in_t *in)
{
    mailbox_t *m = &n->igb.c.mailbox;
    const uint8_t vfte_was = m->vfte_q;
    mailbox_tick(m, in);
    if (n->igb.c.regs.file[IGB_R_VFRE] != m->vfre_q) {
        n->igb.c.regs.file[IGB_R_VFRE] = m->vfre_q;
        regs_82576_changed(&n->igb.c.regs);
    }
    if (m->vfte_q != vfte_was) wake(n, BIT(SLOT_TX_SCHED), now + 1);
    if (m->vmmb_cyc == now + 1 || m->vf_cyc == now + 1) wake(n, BIT(SLOT_IRQ), now + 1);
}

static void after_regs(nic_t *n, uint64_t now, bool lu_was, uint8_t speed_was)
{
    nic_chip_82576_t *c = &n->igb.c;
    regs_82576_t *r = &c->regs;
    if (r->reply_cyc == now + 1) n->host.csr_reply(n->host.ctx, r->reply_cyc, r->rdata_q);
    if (r->lsc_cyc == now + 1) wake(n, BIT(SLOT_IRQ), now + 1);
    if (r->lu_q != lu_was || r->speed_q != speed_was)
        wake(n, BIT(SLOT_MAC_RX) | BIT(SLOT_MAC_TX), now + 1);
    if (r->csr_cyc == now + 1) {
        n->igb.pulse_cyc = now + 1;
        if (r->csr.valid && r->csr.write && r->csr.id == IGB_R_CTRL) nic_82576_levels(n);
        wake(n, listeners(n, now), now + 1);
    }
    if (r->reset_cyc == now + 1) wake_all(n, now);
    const nic_inbox_t *in = &n->in;
    due(n, SLOT_REGS,
        in->access_get != in->access_put ? in->access[in->access_get % REGS_QUEUE].cyc : NIC_NEVER);
}

static void tick_regs(nic_t *n, uint64_t now, const nic_ins_t *in)
{
    regs_82576_t *r = &n->igb.c.regs;
    const bool lu_was = r->lu_q;
    const uint8_t speed_was = r->speed_q;
    const uint32_t enabled_was = r->tx_en_q;
    if (in->to_mailbox) tick_mailbox(n, now, &in->mailbox);
    if (in->regs.access) n->in.access_get++;
    regs_82576_tick(r, &n->igb.map, &in->regs);
    if (in->regs.bad && r->tx_en_q != enabled_was) { // malicious driver protection
        wake_rings(n, now, TX, 1u << in->regs.bad_queue);
        wake(n, BIT(SLOT_TX_SCHED), now + 1);
    }
    after_regs(n, now, lu_was, speed_was);
}

// ---- one cycle ----

static void sample_regs(nic_t *n, uint64_t now, nic_ins_t *in)
{
    const nic_chip_82576_t *c = &n->igb.c;
    wiring_regs(n, now, &in->regs);
    in->to_mailbox = c->regs.csr_cyc == now || wiring_pci_pulse(c, now) || n->how.every_cycle;
    if (in->to_mailbox) wiring_mailbox(n, now, &in->mailbox);
}

static void sample(nic_t *n, uint64_t now, int slot, nic_ins_t *in)
{
    switch (slot) {
    case SLOT_MAC_RX: wiring_mac_rx(n, now, &in->mac_rx); break;
    case SLOT_RX_DMA: wiring_rx_dma(n, now, &in->rx_dma); break;
    case SLOT_RX_RING: sample_rings(n, now, RX, &in->rings[RX]); break;
    case SLOT_TX_RING: sample_rings(n, now, TX, &in->rings[TX]); break;
    case SLOT_TX_SCHED: wiring_tx_sched(n, now, &in->tx_sched); break;
    case SLOT_TX_DMA: wiring_tx_dma(n, now, &in->tx_dma); break;
    case SLOT_SWITCH: wiring_l2_switch(n, now, &in->l2_switch); break;
    case SLOT_MAC_TX: wiring_mac_tx(n, now, &in->mac_tx); break;
    case SLOT_IRQ:
        wiring_message(n);
        wiring_vectors(n, now, &in->vectors);
        break;
    case SLOT_PORT:
        wiring_message(n);
        wiring_port(n, now, &in->port);
        break;
    case SLOT_PHY: wiring_phy(n, now, &in->phy); break;
    case SLOT_NVM: wiring_nvm(n, now, &in->nvm); break;
    case SLOT_PCI:
        wiring_message(n);
        wiring_pci(n, now, &in->pci);
        break;
    case SLOT_STATS: wiring_stats(n, now, &in->stats); break;
    default: sample_regs(n, now, in); break;
    }
}

// A read clears before the events of the same cycle count.
static void read_stats(nic_t *n, const stats_ins_t *in)
{
    if (in->read) stats_82576_read_clear(&n->igb.c.stats, in->id, in->index);
}

static void tick(nic_t *n, uint64_t now, int slot, const nic_ins_t *in)
{
    switch (slot) {
    case SLOT_MAC_RX: tick_mac_rx(n, now, &in->mac_rx); break;
    case SLOT_RX_DMA: tick_rx_dma(n, now, &in->rx_dma); break;
    case SLOT_RX_RING: tick_rings(n, now, RX, &in->rings[RX]); break;
    case SLOT_TX_RING: tick_rings(n, now, TX, &in->rings[TX]); break;
    case SLOT_TX_SCHED: tick_tx_sched(n, now, &in->tx_sched); break;
    case SLOT_TX_DMA: tick_tx_dma(n, now, &in->tx_dma); break;
    case SLOT_SWITCH: tick_l2_switch(n, now, &in->l2_switch); break;
    case SLOT_MAC_TX: tick_mac_tx(n, now, &in->mac_tx); break;
    case SLOT_IRQ: tick_vectors(n, now, &in->vectors); break;
    case SLOT_PORT: tick_port(n, now, &in->port, wiring_requests(n)); break;
    case SLOT_PHY: tick_phy(n, now, &in->phy); break;
    case SLOT_NVM: tick_nvm(n, &in->nvm); break;
    case SLOT_PCI: tick_pci(n, now, &in->pci); break;
    case SLOT_STATS: stats_82576_tick(&n->igb.c.stats, &in->stats.in); break;
    default: tick_regs(n, now, in); break;
    }
}

static void visit_slot(nic_t *n, uint64_t now, int slot, nic_ins_t *in)
{
    sample(n, now, slot, in);
    if (slot == SLOT_STATS) read_stats(n, &in->stats);
    tick(n, now, slot, in);
}

// One slot alone, the usual case: the phases of others need no waiting for.
static void visit_one(nic_t *n, uint64_t now, int slot, nic_ins_t *in)
{
    switch (slot) { // the busy ones without going through memory
    case SLOT_RX_DMA: {
        rx_dma_82576_in_t x;
        wiring_rx_dma(n, now, &x);
        tick_rx_dma(n, now, &x);
        break;
    }
    case SLOT_PORT: {
        host_port_in_t x;
        wiring_message(n);
        wiring_port(n, now, &x);
        tick_port(n, now, &x, x.waiting);
        break;
    }
    case SLOT_RX_RING:
        if (!visit_rings(n, now, RX)) visit_slot(n, now, slot, in);
        break;
    case SLOT_MAC_RX: {
        mac_rx_in_t x;
        wiring_mac_rx(n, now, &x);
        tick_mac_rx(n, now, &x);
        break;
    }
    case SLOT_TX_RING:
        if (!visit_rings(n, now, TX)) visit_slot(n, now, slot, in);
        break;
    case SLOT_TX_DMA: {
        tx_dma_in_t x;
        wiring_tx_dma(n, now, &x);
        tick_tx_dma(n, now, &x);
        break;
    }
    case SLOT_SWITCH: {
        l2_switch_in_t x;
        wiring_l2_switch(n, now, &x);
        tick_l2_switch(n, now, &x);
        break;
    }
    case SLOT_TX_SCHED: {
        tx_sched_in_t x;
        wiring_tx_sched(n, now, &x);
        tick_tx_sched(n, now, &x);
        break;
    }
    case SLOT_MAC_TX: {
        mac_tx_in_t x;
        wiring_mac_tx(n, now, &x);
        tick_mac_tx(n, now, &x);
        break;
    }
    default: visit_slot(n, now, slot, in); break;
    }
}

static void visit(nic_t *n, uint64_t now, uint32_t mask, nic_ins_t *in, const uint8_t *order)
{
    n->intx_left = mask & (BIT(SLOT_IRQ) | BIT(SLOT_PCI));
    for (uint32_t m = mask; m; m &= m - 1) sample(n, now, __builtin_ctz(m), in);
    if (mask & BIT(SLOT_STATS)) read_stats(n, &in->stats);
    if (__builtin_expect(order != NULL, 0)) {
        if (mask & BIT(SLOT_RX_DMA)) tick(n, now, SLOT_RX_DMA, in);
        for (int i = 0; i < SLOT_COUNT; i++)
            if (order[i] != SLOT_RX_DMA && (mask >> order[i] & 1)) tick(n, now, order[i], in);
        return;
    }
    for (uint32_t m = mask; m; m &= m - 1) tick(n, now, __builtin_ctz(m), in);
}

// ---- PF reset ----

// Bytes of a fetch of the ring that have gone out.
static uint32_t granted(const nic_chip_82576_t *c, uint32_t d, uint32_t q, uint64_t now)
{
    const uint32_t rq = wiring_fetch_of[d];
    if (!(ring_pick_held(&c->arbiter[d].fetch) >> q & 1)) return 0;
    const uint64_t done = c->port.done_cyc[rq];
    return done >= now && done != NIC_NEVER ? c->ring[d][q].fetch.len : c->port.sent[rq];
}

static void reset_rings(nic_t *n, uint64_t now, const uint32_t d, uint32_t *lost)
{
    nic_chip_82576_t *c = &n->igb.c;
    igb_rings_t *r = &n->igb.rings[d];
    const igb_cpl_t *p = &r->cpl[r->cpl_get % IGB_CPL_QUEUE];
    if (r->cpl_get != r->cpl_put && p->end_cyc == now) { // it is not under way any more
        c->ring[d][p->queue].fetch_bytes -= p->len;
        r->cpl_get++;
    }
    for (uint32_t q = 0; q < IGB_Queues; q++) {
        desc_ring_reset(&c->ring[d][q], d == TX, granted(c, d, q, now));
        if (d == RX) *lost += c->ring[d][q].lost_frames;
    }
    ring_arbiter_reset(&c->arbiter[d]);
    r->look = 0;
    r->fetch = r->wb = r->held_back = 0;
    r->pick_cyc = NIC_NEVER;
    r->whole = r->full = r->some = 0;
    r->event_cyc = NIC_NEVER;
}

// Frames that their queues do not get, received ones and those of the switch: so often as there are queues.
static uint32_t lost_frames(const nic_chip_82576_t *c)
{
    const rx_dma_82576_t *d = &c->rx_dma;
    uint32_t frame = d->frames_q, loop = d->loops_q, lost = 0;
    if (d->busy_q) {
        lost = (uint32_t)__builtin_popcount(d->left_q);
        if (d->loop_q) loop++;
        else frame++;
    }
    for (; frame != c->rx_pb.rx_count; frame++)
        lost += (uint32_t)__builtin_popcount(c->rx_pb.rx[frame % NIC_RxFramesMax].queues);
    for (; loop != c->l2_switch.loop_q; loop++)
        lost += (uint32_t)__builtin_popcount(c->l2_switch.loop[loop % NIC_TxFramesMax].queues);
    return lost;
}

static uint32_t kib(uint32_t value, uint32_t most)
{
    return value < most ? value : most;
}

void nic_82576_buffers(nic_t *n)
{
    nic_chip_82576_t *c = &n->igb.c;
    const uint32_t *reg = c->regs.file;
    packet_buffer_reset(&c->rx_pb, kib(reg[IGB_R_RXPBS], IGB_RxPbKiB));
    packet_buffer_reset(&c->tx_pb, NIC_PbBytes / 1024 - kib(reg[IGB_R_TXPBS], IGB_TxPbKiB));
}

// All modules go back to their reset state in this tick, but for those that live on: PHY, configuration space, messages; of
// others what the contract says.
static void reset_cycle(nic_t *n, uint64_t now)
{
    nic_chip_82576_t *c = &n->igb.c;
    nic_ins_t in;
    wiring_picks(n, now);
    if (c->rx_dma.p_cyc != now) wiring_count_p(n);
    n->igb.p_due = false;
    sample(n, now, SLOT_IRQ, &in);
    sample(n, now, SLOT_PHY, &in);
    sample(n, now, SLOT_NVM, &in);
    sample(n, now, SLOT_PCI, &in);
    sample_regs(n, now, &in);
    in.to_mailbox = true;
    wiring_mailbox(n, now, &in.mailbox);
    uint32_t lost = lost_frames(c);
    if (c->rx_dma.done.cyc == now && c->rx_dma.done.eop) lost++;
    const uint64_t tx_done = c->port.done_cyc[RQ_TX_DATA];
    const uint32_t tx_data =
        tx_done >= now && tx_done != NIC_NEVER ? c->tx_dma.req.len : c->port.sent[RQ_TX_DATA];
    reset_rings(n, now, RX, &lost);
    reset_rings(n, now, TX, &lost);
    if (lost) probe(n, NIC_PROBE_RX_LOST, now, lost, NIC_PROBE_ALL);
    rx_dma_82576_reset(&c->rx_dma);
    tx_dma_reset(&c->tx_dma, now, tx_data);
    tx_sched_reset(&c->tx_sched);
    l2_switch_reset(&c->l2_switch);
    nic_82576_buffers(n);
    if (mac_rx_reset(&c->mac_rx, now)) probe(n, NIC_PROBE_RX_FATE, now, NIC_FATE_FILTERED, 0);
    mac_tx_reset(&c->mac_tx, now);
    host_port_reset(&c->port, now);
    n->intx_left = BIT(SLOT_IRQ) | BIT(SLOT_PCI);
    tick_vectors(n, now, &in.vectors);
    const stats_82576_in_t nothing = {.reset = true, .vf_clear = wiring_vf_anew(n, now)};
    stats_82576_tick(&c->stats, &nothing); // nothing counts in this tick, nor what is sent in it
    tick_phy(n, now, &in.phy);
    tick_nvm(n, &in.nvm);
    tick_pci(n, now, &in.pci);
    tick_mailbox(n, now, &in.mailbox);
    mailbox_reset(&c->mailbox, false);
    in.to_mailbox = false;
    tick_regs(n, now, &in);
    c->regs.file[IGB_R_VFRE] = c->mailbox.vfre_q;
    regs_82576_changed(&c->regs);
    nic_82576_levels(n);
    n->igb.ready = 0;
    for (uint32_t s = 0; s < SLOT_COUNT; s++) due(n, s, NIC_NEVER);
    wake_all(n, now); // whatever is still under way finds itself again
}

static inline bool in_reset(const nic_t *n, uint64_t now)
{
    return wiring_reset(&n->igb.c, now);
}

#include "model/run.h"

uint64_t nic_82576_run(nic_t *n, uint64_t until)
{
    return run(n, until);
}
