// SPDX-License-Identifier: Apache-2.0
// The 82540EM: wiring only, and the scheduler that visits its modules.
//
// A cycle has two phases. First every module to be visited samples its inputs from the others' state; then they tick.
// Whoever is not visited has, by the contract of quiet(), the same outputs as before, so the inputs are right, and the
// order of ticks cannot matter. A module is visited when something it looks at has changed (the one that changed it wakes
// it for the next cycle) or when its own deadline comes. A visit without cause is a legal no-op.
#include "model/wiring.h"

#include <string.h>

// A new request for the port.
static void ask_port(nic_t *n, uint64_t now)
{
    const uint64_t cyc = n->c.port.free_cyc > now + 1 ? n->c.port.free_cyc : now + 1;
    wake(n, BIT(SLOT_PORT), cyc);
}

// ---- after the tick of each module: who must look, and when is it due again ----

static void after_mac_rx(nic_t *n, uint64_t now, int fate)
{
    const nic_chip_t *c = &n->c;
    due(n, SLOT_MAC_RX, mac_rx_quiet(&c->mac_rx));
    if (c->regs.file[E1000_R_CTRL] & FMASK(E1000_CTRL_TFCE))
        wake(n, BIT(SLOT_MAC_TX), now + 1); // watermarks
    if (fate < 0) return;
    if (fate == NIC_FATE_ACCEPTED) wake(n, BIT(SLOT_RX_DMA), now + 1);
    if (c->mac_rx.rxo_cyc == now + 1) wake(n, BIT(SLOT_IRQ), now + 1);
    if (c->mac_rx.pause_cyc == now + 1) wake(n, BIT(SLOT_MAC_TX), now + 1);
    if (c->mac_rx.err_cyc == now + 1) wake(n, BIT(SLOT_PHY), now + 1);
    probe(n, NIC_PROBE_RX_FATE, now, (uint32_t)fate,
          fate == NIC_FATE_ACCEPTED ? c->pb.rx[(c->pb.rx_count - 1) % NIC_RxFramesMax].len : 0);
}

static void after_rx_dma(nic_t *n, uint64_t now)
{
    const nic_chip_t *c = &n->c;
    const rx_dma_t *d = &c->rx_dma;
    uint64_t next = ahead(c->port.done_cyc[RQ_RX_DATA], now);
    if (d->state_q == RXD_IDLE && d->frames_q != c->pb.rx_count &&
        (d->taken_q != c->rx_ring.filled_q || d->done.cyc == now + 1) && // else it may count RNBC
        (c->regs.file[E1000_R_RCTL] & FMASK(E1000_RCTL_EN)))
        next = now + 1;
    due(n, SLOT_RX_DMA, next);
    if (d->req.valid && next == NIC_NEVER) ask_port(n, now);
    if (d->rnbc_cyc == now + 1) wake(n, BIT(SLOT_STATS), now + 1);
    if (d->done.cyc != now + 1) return;
    wake(n, BIT(SLOT_RX_RING), now + 1);
    if (d->p_cyc != now + 1) return;
    const uint32_t *reg = c->regs.file;
    if (reg[E1000_R_RDTR] | reg[E1000_R_RXFRAMES] | reg[E1000_R_RSRPD])
        wake(n, BIT(SLOT_TIMERS), now + 1);
    if ((reg[E1000_R_CTRL] & FMASK(E1000_CTRL_TFCE)) ||
        d->free_count - c->pb.rx_freed >= PB_FREES / 2)
        wake(n, BIT(SLOT_MAC_RX), now + 1);
    probe(n, NIC_PROBE_RX_HOST, now + 1, d->taken_q - 1, d->p_len);
}

static void after_ring(nic_t *n, uint64_t now, desc_ring_t *r, bool restart, bool fetch_was,
                       bool wb_was, uint32_t filled_was)
{
    const nic_chip_t *c = &n->c;
    const bool tx = r->tx;
    const uint32_t q = tx ? 1 : 0;
    const enum port_requester fetch = tx ? RQ_TX_FETCH : RQ_RX_FETCH, wb = tx ? RQ_TX_WB : RQ_RX_WB;
    uint64_t next = sooner(ahead(c->port.done_cyc[fetch], now), ahead(c->port.done_cyc[wb], now));
    if (n->in.cpl_get[q] != n->in.cpl_put[q])
        next = sooner(next, n->in.cpl[q][n->in.cpl_get[q] % CPL_QUEUE].end_cyc);
    if (restart) next = now + 1; // a restart asks for nothing in its own tick
    due(n, tx ? SLOT_TX_RING : SLOT_RX_RING, next);
    if ((r->fetch.valid && !fetch_was) || (r->wb.valid && !wb_was)) ask_port(n, now);
    // A cause that is set already changes nothing, unless it is cleared in this very cycle.
    if (r->cause_cyc == now + 1 && ((r->cause & ~c->irq.icr_q) || c->regs.csr_cyc == now))
        wake(n, BIT(SLOT_IRQ), now + 1);
    if (tx) {
        if (r->filled_q != filled_was) wake(n, BIT(SLOT_TX_DMA), now + 1);
    } else if (r->filled_q != filled_was ||
               (c->rx_dma.state_q == RXD_IDLE && c->rx_dma.frames_q != c->pb.rx_count)) {
        wake(n, BIT(SLOT_RX_DMA), now + 1);
    }
    if (r->wrote_n) probe(n, tx ? NIC_PROBE_TX_WB : NIC_PROBE_RX_WB, now, r->wb_idx, r->wrote_n);
    if (r->lost_frames && !tx) probe(n, NIC_PROBE_RX_LOST, now, r->lost_frames, 0);
}

static void after_tx_dma(nic_t *n, uint64_t now, const tx_dma_in_t *in, bool req_was,
                         uint32_t taken_was)
{
    const nic_chip_t *c = &n->c;
    const tx_dma_t *d = &c->tx_dma;
    uint64_t next = sooner(tx_dma_quiet(d, now, in->en, c->tx_ring.filled_q),
                           ahead(c->port.done_cyc[RQ_TX_DATA], now));
    if (d->stalled && in->freed != c->mac_tx.freed_q) next = now + 1; // in this very cycle
    due(n, SLOT_TX_DMA, next);
    if (d->req.valid && !req_was) ask_port(n, now);
    if (d->done.cyc == now + 1) wake(n, BIT(SLOT_TX_RING), now + 1);
    // Prefetch looks at how many are left in the cache.
    if (d->taken_q != taken_was &&
        (d->taken_q == c->tx_ring.filled_q || (c->regs.file[E1000_R_TXDCTL] & 63)))
        wake(n, BIT(SLOT_TX_RING), now + 1);
    if (d->w_cyc == now + 1) wake(n, BIT(SLOT_TIMERS), now + 1);
    if (d->tsc_cyc == now + 1) wake(n, BIT(SLOT_STATS), now + 1);
    if (d->frame_cyc == now + 1) {
        // In the middle of a frame it need not know: it looks again at its end.
        const uint64_t start_cyc =
            mac_tx_quiet(&c->mac_tx, d->frames_q, c->regs.lu_q || wiring_loopback(c));
        if (!c->mac_tx.busy && start_cyc != NIC_NEVER)
            wake(n, BIT(SLOT_MAC_TX), start_cyc > now ? start_cyc : now + 1);
        probe(n, NIC_PROBE_TX_FETCH, now + 1, d->frames_q, 0);
    }
}

static void after_mac_tx(nic_t *n, uint64_t now, bool starts, bool busy_was, bool orphan_was,
                         bool link)
{
    nic_chip_t *c = &n->c;
    mac_tx_t *t = &c->mac_tx;
    due(n, SLOT_MAC_TX, mac_tx_quiet(t, c->tx_dma.frames_q, link));
    if (c->tx_dma.stalled && busy_was && !(t->busy && !starts))
        wake(n, BIT(SLOT_TX_DMA), now + 1); // room
    if (orphan_was && !t->orphan)
        wake(n, BIT(SLOT_MAC_RX) | BIT(SLOT_TX_DMA), now + 1); // and transmit, as above
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

static void after_timers(nic_t *n, uint64_t now)
{
    const timers_t *t = &n->c.timers;
    due(n, SLOT_TIMERS, timers_quiet(t));
    if (t->rx_flush_cyc == now + 1) wake(n, BIT(SLOT_RX_RING), now + 1);
    if (t->tx_flush_cyc == now + 1) wake(n, BIT(SLOT_TX_RING), now + 1);
    if (t->fired_q) probe(n, NIC_PROBE_TIMER, now, t->fired_q, 0);
}

// The throttle and configuration space make the pin between them: the later one of a cycle tells of it.
static void tell_intx(nic_t *n, uint64_t now, enum nic_slot slot)
{
    n->intx_left &= ~BIT(slot);
    if (n->intx_left) return;
    const bool pin = wiring_intx(&n->c);
    if (pin == n->intx_q) return;
    n->intx_q = pin;
    n->host.intx(n->host.ctx, now + 1, pin);
}

static void after_throttle(nic_t *n, uint64_t now, bool int_was)
{
    const nic_chip_t *c = &n->c;
    if (c->throttle.int_q != int_was) wake(n, BIT(SLOT_PCI), now + 1); // its status bit
    due(n, SLOT_THROTTLE,
        sooner(throttle_quiet(&c->throttle, irq_pend(&c->irq)),
               ahead(c->port.done_cyc[RQ_MSI], now)));
    if (c->throttle.msi_q) ask_port(n, now);
    tell_intx(n, now, SLOT_THROTTLE);
}

static const uint8_t requester_slot[RQ_COUNT] = {
    [RQ_RX_DATA] = SLOT_RX_DMA,   [RQ_RX_FETCH] = SLOT_RX_RING, [RQ_RX_WB] = SLOT_RX_RING,
    [RQ_TX_FETCH] = SLOT_TX_RING, [RQ_TX_WB] = SLOT_TX_RING,    [RQ_TX_DATA] = SLOT_TX_DMA,
    [RQ_MSI] = SLOT_THROTTLE,
};

static void after_port(nic_t *n, uint64_t now, bool starts, int granted, uint32_t waiting)
{
    host_port_t *p = &n->c.port;
    if (starts) {
        host_port_ready(p, n->host.tlp(n->host.ctx, p->first_cyc, &p->tlp));
        if (p->done_cyc[granted] == p->end_cyc + 1) {
            wake(n, BIT(requester_slot[granted]), p->done_cyc[granted]);
            waiting &= ~(1u << granted);
        }
    }
    due(n, SLOT_PORT, waiting ? (p->free_cyc > now ? p->free_cyc : now + 1) : NIC_NEVER);
}

static void after_phy(nic_t *n, uint64_t now, bool link_was, bool loop_was, uint8_t speed_was)
{
    nic_chip_t *c = &n->c;
    uint64_t next = phy_quiet(&c->phy);
    if (next <= now) next = now + 1;
    due(n, SLOT_PHY, sooner(next, n->in.lp_next.cyc));
    if (c->phy.core.mdac_cyc == now + 1 || c->phy.phyint_cyc == now + 1)
        wake(n, BIT(SLOT_IRQ), now + 1);
    if (c->phy.core.link != link_was || c->phy.core.speed != speed_was ||
        phy_loopback(&c->phy) != loop_was)
        wake(n, BIT(SLOT_REGS) | BIT(SLOT_MAC_RX) | BIT(SLOT_MAC_TX), now + 1);
}

static void after_regs(nic_t *n, uint64_t now, bool lu_was, uint8_t speed_was)
{
    nic_chip_t *c = &n->c;
    regs_t *r = &c->regs;
    if (r->reply_cyc == now + 1) n->host.csr_reply(n->host.ctx, r->reply_cyc, r->rdata_q);
    if (r->lsc_cyc == now + 1) wake(n, BIT(SLOT_IRQ), now + 1);
    if (r->lu_q != lu_was || r->speed_q != speed_was)
        wake(n, BIT(SLOT_MAC_RX) | BIT(SLOT_MAC_TX), now + 1);
    if (r->csr_cyc == now + 1) wake(n, wiring_listeners(c), now + 1);
    if (r->reset_cyc == now + 1) wake(n, ALL_SLOTS, now + 1);
    due(n, SLOT_REGS,
        n->in.access_get != n->in.access_put ? n->in.access[n->in.access_get % REGS_QUEUE].cyc
                                             : NIC_NEVER);
}

// ---- one cycle ----

// CTRL.RST: all modules but phy and pci_config go back to their reset state in this tick.
static void reset_cycle(nic_t *n, uint64_t now)
{
    nic_chip_t *c = &n->c;
    const bool int_q = c->throttle.int_q;
    const uint32_t lost = c->pb.rx_count - c->rx_dma.frames_q;
    const uint64_t *done = c->port.done_cyc;
#define GRANTED(rq, req)                                                                           \
    (done[rq] > now && done[rq] != NIC_NEVER ? (req).len                                           \
     : done[rq] == now                       ? (req).len                                           \
                                             : c->port.sent[rq])
    const uint32_t rx_fetch = GRANTED(RQ_RX_FETCH, c->rx_ring.fetch),
                   tx_fetch = GRANTED(RQ_TX_FETCH, c->tx_ring.fetch);
    const uint32_t tx_data = GRANTED(RQ_TX_DATA, c->tx_dma.req);
#undef GRANTED
    for (uint32_t q = 0; q < 2;
         q++) { // a completion that ends in this cycle is not under way any more
        const nic_cpl_t *p = &n->in.cpl[q][n->in.cpl_get[q] % CPL_QUEUE];
        if (n->in.cpl_get[q] == n->in.cpl_put[q] || p->end_cyc != now) continue;
        (q ? &c->tx_ring : &c->rx_ring)->fetch_bytes -= p->len;
        n->in.cpl_get[q]++;
    }
    desc_ring_reset(&c->rx_ring, false, rx_fetch);
    desc_ring_reset(&c->tx_ring, true, tx_fetch);
    const uint32_t lost_wb =
        c->rx_ring.lost_frames + (c->rx_dma.done.cyc == now && c->rx_dma.done.eop ? 1 : 0);
    if (lost + lost_wb) probe(n, NIC_PROBE_RX_LOST, now, lost + lost_wb, 0);
    rx_dma_reset(&c->rx_dma);
    tx_dma_reset(&c->tx_dma, now, tx_data);
    packet_buffer_reset(&c->pb, FGET(E1000_PBA_RXA, c->regs.file[E1000_R_PBA]));
    if (mac_rx_reset(&c->mac_rx, now)) probe(n, NIC_PROBE_RX_FATE, now, NIC_FATE_FILTERED, 0);
    mac_tx_reset(&c->mac_tx, now);
    timers_reset(&c->timers);
    irq_reset(&c->irq);
    throttle_reset(&c->throttle);
    host_port_reset(&c->port, now);
    stats_reset(&c->stats);
    // These three live on: the PHY and configuration space are not reset, the EEPROM keeps its contents.
    phy_in_t phy;
    eeprom_in_t eeprom;
    pci_config_in_t pci;
    regs_in_t in;
    wiring_phy(n, now, &phy);
    wiring_eeprom(n, now, &eeprom);
    wiring_pci(n, now, &pci);
    pci.intx = int_q; // as it was in this cycle
    wiring_regs(n, now, &in);
    // CTRL starts anew too; only the directions of the software pins are kept (§2.1).
    in.ee_ctrl = eeprom_ctrl(
        &c->eeprom, reg_rows[0].reset | (c->regs.file[E1000_R_CTRL] & FMASK(E1000_CTRL_SDP01_DIR)));
    phy_tick(&c->phy, &phy);
    eeprom_tick(&c->eeprom, &eeprom);
    pci_config_tick(&c->pci, &pci);
    regs_reset(&c->regs, false, &in);
    if (in.access) n->in.access_get++;
    regs_tick(&c->regs, n->map, &in);
    for (int s = 0; s < SLOT_COUNT; s++) due(n, (enum nic_slot)s, NIC_NEVER);
    wake(n, ALL_SLOTS, now + 1); // whatever is still under way finds itself again
    n->intx_left = 0;
    tell_intx(n, now, SLOT_THROTTLE);
    if (c->regs.reply_cyc == now + 1) n->host.csr_reply(n->host.ctx, now + 1, c->regs.rdata_q);
}

// ---- the tick of each module with what follows from it ----

static void tick_mac_rx(nic_t *n, uint64_t now, const mac_rx_in_t *in)
{
    nic_chip_t *c = &n->c;
    const bool ended = c->mac_rx.active && now == mac_rx_quiet(&c->mac_rx);
    after_mac_rx(n, now, mac_rx_tick(&c->mac_rx, in, &c->pb, &c->stats, ended));
}

static void tick_rx_dma(nic_t *n, uint64_t now, const rx_dma_in_t *in)
{
    rx_dma_tick(&n->c.rx_dma, in);
    after_rx_dma(n, now);
}

static void tick_ring(nic_t *n, uint64_t now, desc_ring_t *r, const desc_ring_in_t *in)
{
    const bool fetch_was = r->fetch.valid && !in->fetch_sent, wb_was = r->wb.valid && !in->wb_sent;
    const uint32_t filled_was = r->filled_q;
    if (in->cpl) n->in.cpl_get[r->tx]++;
    desc_ring_tick(r, in);
    after_ring(n, now, r, in->restart, fetch_was, wb_was, filled_was);
}

static void tick_tx_dma(nic_t *n, uint64_t now, const tx_dma_in_t *in)
{
    tx_dma_t *d = &n->c.tx_dma;
    const bool req_was = d->req.valid && !in->sent;
    const uint32_t taken_was = d->taken_q;
    tx_dma_tick(d, in, &n->c.pb);
    after_tx_dma(n, now, in, req_was, taken_was);
}

static void tick_mac_tx(nic_t *n, uint64_t now, const mac_tx_in_t *in)
{
    nic_chip_t *c = &n->c;
    const bool busy_was = c->mac_tx.busy, orphan_was = c->mac_tx.orphan;
    const bool sent_was = c->mac_tx.xoff_sent;
    const bool starts = mac_tx_tick(&c->mac_tx, in, &c->pb, &c->stats);
    if (c->mac_tx.xoff_sent != sent_was)
        wake(n, BIT(SLOT_MAC_TX), now + 1); // with FCRTL above FCRTH, the other mark is next
    after_mac_tx(n, now, starts, busy_was, orphan_was, in->link);
}

static void tick_timers(nic_t *n, uint64_t now, const timers_in_t *in)
{
    timers_tick(&n->c.timers, in);
    after_timers(n, now);
}

static void tick_irq(nic_t *n, uint64_t now, const irq_in_t *in)
{
    irq_t *q = &n->c.irq;
    const bool pend_was = irq_pend(q);
    const uint32_t fresh = in->set & ~q->icr_q;
    irq_tick(q, in);
    if (irq_pend(q) != pend_was) wake(n, BIT(SLOT_THROTTLE), now + 1);
    if (fresh) probe(n, NIC_PROBE_CAUSE, now, fresh, 0);
}

static void tick_throttle(nic_t *n, uint64_t now, const throttle_in_t *in)
{
    const bool int_was = n->c.throttle.int_q;
    throttle_tick(&n->c.throttle, in);
    after_throttle(n, now, int_was);
}

// waiting: the requests, with those that were made in this very cycle.
static void tick_port(nic_t *n, uint64_t now, const host_port_in_t *in, uint32_t waiting)
{
    const bool starts = host_port_tick(&n->c.port, in);
    after_port(n, now, starts, in->grant, waiting);
}

static void tick_phy(nic_t *n, uint64_t now, const phy_in_t *in)
{
    nic_chip_t *c = &n->c;
    const bool link_was = c->phy.core.link, loop_was = phy_loopback(&c->phy);
    const uint8_t speed_was = c->phy.core.speed;
    phy_tick(&c->phy, in);
    after_phy(n, now, link_was, loop_was, speed_was);
}

static void tick_eeprom(nic_t *n, const eeprom_in_t *in)
{
    eeprom_tick(&n->c.eeprom, in);
    due(n, SLOT_EEPROM, eeprom_quiet(&n->c.eeprom));
}

static void tick_pci(nic_t *n, uint64_t now, const pci_config_in_t *in)
{
    pci_config_tick(&n->c.pci, in);
    tell_intx(n, now, SLOT_PCI);
    if (wiring_requests(&n->c)) ask_port(n, now); // bus mastering may have been switched on
}

static void tick_stats(nic_t *n, const stats_in_t *in)
{
    stats_t *s = &n->c.stats;
    if (in->rnbc) stats_count(s, E1000_R_RNBC);
    if (in->tsc) stats_count(s, in->tsc_bad ? E1000_R_TSCTFC : E1000_R_TSCTC);
}

static void tick_regs(nic_t *n, uint64_t now, const regs_in_t *in)
{
    regs_t *r = &n->c.regs;
    const bool lu_was = r->lu_q;
    const uint8_t speed_was = r->speed_q;
    if (wiring_wrote(&n->c, now, E1000_R_PBM)) // behind the others: software has the last word
        memcpy(n->c.pb.mem + r->csr.index * 4u, &r->csr.wdata, sizeof r->csr.wdata);
    if (in->access) n->in.access_get++;
    regs_tick(r, n->map, in);
    after_regs(n, now, lu_was, speed_was);
}

static void sample(nic_t *n, uint64_t now, int slot, nic_ins_t *in)
{
    switch (slot) {
    case SLOT_MAC_RX: wiring_mac_rx(n, now, &in->mac_rx); break;
    case SLOT_RX_DMA: wiring_rx_dma(n, now, &in->rx_dma); break;
    case SLOT_RX_RING: wiring_rx_ring(n, now, &in->rx_ring); break;
    case SLOT_TX_RING: wiring_tx_ring(n, now, &in->tx_ring); break;
    case SLOT_TX_DMA: wiring_tx_dma(n, now, &in->tx_dma); break;
    case SLOT_MAC_TX: wiring_mac_tx(n, now, &in->mac_tx); break;
    case SLOT_TIMERS: wiring_timers(n, now, &in->timers); break;
    case SLOT_IRQ: wiring_irq(n, now, &in->irq); break;
    case SLOT_THROTTLE: wiring_throttle(n, now, &in->throttle); break;
    case SLOT_PORT: wiring_port(n, now, &in->port); break;
    case SLOT_PHY: wiring_phy(n, now, &in->phy); break;
    case SLOT_EEPROM: wiring_eeprom(n, now, &in->eeprom); break;
    case SLOT_PCI: wiring_pci(n, now, &in->pci); break;
    case SLOT_STATS: wiring_stats(n, now, &in->stats); break;
    default: wiring_regs(n, now, &in->regs); break;
    }
}

static void tick(nic_t *n, uint64_t now, int slot, const nic_ins_t *in)
{
    switch (slot) {
    case SLOT_MAC_RX: tick_mac_rx(n, now, &in->mac_rx); break;
    case SLOT_RX_DMA: tick_rx_dma(n, now, &in->rx_dma); break;
    case SLOT_RX_RING: tick_ring(n, now, &n->c.rx_ring, &in->rx_ring); break;
    case SLOT_TX_RING: tick_ring(n, now, &n->c.tx_ring, &in->tx_ring); break;
    case SLOT_TX_DMA: tick_tx_dma(n, now, &in->tx_dma); break;
    case SLOT_MAC_TX: tick_mac_tx(n, now, &in->mac_tx); break;
    case SLOT_TIMERS: tick_timers(n, now, &in->timers); break;
    case SLOT_IRQ: tick_irq(n, now, &in->irq); break;
    case SLOT_THROTTLE: tick_throttle(n, now, &in->throttle); break;
    case SLOT_PORT: tick_port(n, now, &in->port, wiring_requests(&n->c)); break;
    case SLOT_PHY: tick_phy(n, now, &in->phy); break;
    case SLOT_EEPROM: tick_eeprom(n, &in->eeprom); break;
    case SLOT_PCI: tick_pci(n, now, &in->pci); break;
    case SLOT_STATS: tick_stats(n, &in->stats); break;
    default: tick_regs(n, now, &in->regs); break;
    }
}

// One module alone, the usual case: the phases of others need no waiting for.
static void visit_one(nic_t *n, uint64_t now, int slot, nic_ins_t *in)
{
    switch (slot) { // the busy ones without going through memory
    case SLOT_RX_DMA: {
        rx_dma_in_t x;
        wiring_rx_dma(n, now, &x);
        tick_rx_dma(n, now, &x);
        break;
    }
    case SLOT_PORT: {
        host_port_in_t x;
        wiring_port(n, now, &x);
        tick_port(n, now, &x, x.waiting);
        break;
    }
    case SLOT_RX_RING: {
        desc_ring_in_t x;
        wiring_rx_ring(n, now, &x);
        tick_ring(n, now, &n->c.rx_ring, &x);
        break;
    }
    case SLOT_MAC_RX: {
        mac_rx_in_t x;
        wiring_mac_rx(n, now, &x);
        tick_mac_rx(n, now, &x);
        break;
    }
    case SLOT_TX_RING: {
        desc_ring_in_t x;
        wiring_tx_ring(n, now, &x);
        tick_ring(n, now, &n->c.tx_ring, &x);
        break;
    }
    case SLOT_TX_DMA: {
        tx_dma_in_t x;
        wiring_tx_dma(n, now, &x);
        tick_tx_dma(n, now, &x);
        break;
    }
    case SLOT_MAC_TX: {
        mac_tx_in_t x;
        wiring_mac_tx(n, now, &x);
        tick_mac_tx(n, now, &x);
        break;
    }
    case SLOT_REGS: {
        regs_in_t x;
        wiring_regs(n, now, &x);
        tick_regs(n, now, &x);
        break;
    }
    default:
        sample(n, now, slot, in);
        if (slot == SLOT_STATS && in->stats.read) stats_read_clear(&n->c.stats, in->stats.id);
        tick(n, now, slot, in);
        break;
    }
}

static void visit(nic_t *n, uint64_t now, uint32_t mask, nic_ins_t *in, const uint8_t *order)
{
    n->intx_left = mask & (BIT(SLOT_THROTTLE) | BIT(SLOT_PCI));
    for (uint32_t m = mask; m; m &= m - 1) sample(n, now, __builtin_ctz(m), in);
    // What a ring and its consumer say to each other lies in their state: keep it until both have ticked.
    if (mask & BIT(SLOT_RX_RING)) {
        in->rx_done = *in->rx_ring.what;
        in->rx_ring.what = &in->rx_done;
    }
    if (mask & BIT(SLOT_TX_RING)) {
        in->tx_done = *in->tx_ring.what;
        in->tx_ring.what = &in->tx_done;
    }
    // A read clears before the events of the same cycle count.
    if ((mask & BIT(SLOT_STATS)) && in->stats.read) stats_read_clear(&n->c.stats, in->stats.id);
    if (__builtin_expect(order != NULL, 0)) {
        for (int i = 0; i < SLOT_COUNT; i++)
            if (mask >> order[i] & 1) tick(n, now, order[i], in);
        return;
    }
    for (uint32_t m = mask; m; m &= m - 1) tick(n, now, __builtin_ctz(m), in);
}

static inline bool in_reset(const nic_t *n, uint64_t now)
{
    return n->c.regs.reset_cyc == now;
}

#include "model/run.h"

uint64_t nic_82540em_run(nic_t *n, uint64_t until)
{
    return run(n, until);
}
