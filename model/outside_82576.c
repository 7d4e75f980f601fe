// SPDX-License-Identifier: Apache-2.0
// The 82576 as its surroundings see it: power-good, values of registers, transfers handed in, levels told.
#include "model/check.h"
#include "model/wiring_82576.h"

#include <string.h>

// As if the last P had been counted in its cycle.
static uint32_t counter(const nic_t *n, uint64_t now, uint16_t id, uint32_t index)
{
    const nic_chip_82576_t *c = &n->igb.c;
    if (!n->igb.p_due || c->rx_dma.p_cyc >= now) return stats_82576_peek(&c->stats, id, index);
    stats_82576_t s = c->stats;
    const stats_82576_frame_t p = wiring_p(c);
    stats_82576_delivered(&s, &p, c->rx_dma.p_vf);
    return stats_82576_peek(&s, id, index);
}

// A request is at the port, or picked before `now`.
static bool requests(const nic_t *n, uint64_t now)
{
    for (uint32_t d = 0; d < 2; d++)
        if (n->igb.rings[d].pick_cyc < now) return true;
    return wiring_requests(n) != 0;
}

uint32_t nic_82576_value(const nic_t *n, uint64_t now, uint16_t id, uint32_t index)
{
    const nic_chip_82576_t *c = &n->igb.c;
    switch (igb_reg_rows[n->igb.map.row[id]].owner) {
    case OWN_irq: return irq_82576_read(&c->irq, id, (uint16_t)index);
    case OWN_eitr: return eitr_read(&c->eitr, index, now);
    case OWN_mailbox: return mailbox_read(&c->mailbox, id, (uint16_t)index);
    case OWN_stats: return counter(n, now, id, index);
    case OWN_l2_switch: return c->l2_switch.wvbr_q;
    case OWN_phy: return c->phy.core.mdic;
    case OWN_nvm:
        return id == IGB_R_EECD   ? nvm_eecd(&c->nvm)
               : id == IGB_R_EERD ? nvm_eerd(&c->nvm)
                                  : c->nvm.swsm;
    case OWN_desc_ring: return c->ring[id == IGB_R_TDH][index].head_q;
    default: break;
    }
    if (id != IGB_R_STATUS) return regs_82576_value(&c->regs, now, id, index);
    const regs_82576_status_t of = {.txoff = mac_tx_off(&c->mac_tx, now),
                                    .vfe = n->igb.level.pci.vfe,
                                    .vfs = n->igb.level.pci.vfs,
                                    .requests = requests(n, now) || wiring_pending(n, now)};
    return regs_82576_status(&c->regs, &of);
}

uint32_t nic_82576_peek(const nic_t *n, uint32_t off)
{
    const regs_82576_at_t at = regs_82576_at(&n->igb.map, 0, off);
    if (!at.valid || off >= REGS_82576_WORDS * 4) return 0;
    const uint32_t value = nic_82576_value(n, n->now, at.id, at.index);
    return at.func ? vf_view_read(at.kind, at.func - 1u, value) : value;
}

void nic_82576_power_good(nic_t *n)
{
    nic_chip_82576_t *c = &n->igb.c;
    regs_82576_map(&n->igb.map);
    nvm_image(c->nvm.word, n->cfg.mac);
    nvm_reset(&c->nvm);
    phy_igp3_reset(&c->phy);
    pci_config_82576_reset(&c->pci, nvm_pci_id(&c->nvm), nvm_pci_subsystem(&c->nvm),
                           nvm_vf_device(&c->nvm));
    const regs_82576_in_t in = {.ral0 = nvm_ral0(&c->nvm), .rah0 = nvm_rah0(&c->nvm)};
    regs_82576_reset(&c->regs, &in);
    mailbox_reset(&c->mailbox, true);
    c->regs.file[IGB_R_VFRE] = c->mailbox.vfre_q;
    nic_82576_buffers(n);
    mac_rx_init(&c->mac_rx);
    rx_dma_82576_reset(&c->rx_dma);
    for (uint32_t d = 0; d < 2; d++) {
        for (uint32_t q = 0; q < IGB_Queues; q++) {
            c->ring[d][q].igb = true;
            desc_ring_reset(&c->ring[d][q], d == TX, 0);
        }
        ring_arbiter_reset(&c->arbiter[d]);
        n->igb.rings[d].event_cyc = n->igb.rings[d].gate_cyc = NIC_NEVER;
        n->igb.rings[d].pick_cyc = NIC_NEVER;
        n->igb.rings[d].look = 0xFFFF;
    }
    tx_sched_reset(&c->tx_sched);
    tx_dma_reset(&c->tx_dma, 0, 0);
    l2_switch_reset(&c->l2_switch);
    mac_tx_reset(&c->mac_tx, 0);
    irq_82576_reset(&c->irq);
    eitr_reset(&c->eitr);
    msix_reset(&c->msix);
    host_port_reset(&c->port, 0);
    c->port.free_cyc = 0; // nothing has been asked for before
    stats_82576_reset(&c->stats);
    n->igb.pulse_cyc = NIC_NEVER;
    nic_82576_levels(n);
    n->wake = ALL_SLOTS;
}

// ---- transfers ----

void nic_82576_rx_frame(nic_t *n, uint64_t first_cyc, const uint8_t *bytes, uint32_t len,
                        bool fcs_good, bool er)
{
    nic_chip_82576_t *c = &n->igb.c;
    if (wiring_loopback(c)) { // the wire is cut off
        probe(n, NIC_PROBE_RX_FATE, first_cyc, NIC_FATE_FILTERED, 0);
        return;
    }
    CHECK(!c->mac_rx.active, "the wire is taken");
    mac_rx_start(&c->mac_rx, first_cyc, nic_stride(c->regs.speed_q), bytes, len, false);
    c->mac_rx.fcs_good = fcs_good;
    c->mac_rx.er = er;
    wake(n, BIT(SLOT_MAC_RX), mac_rx_quiet(&c->mac_rx));
}

// Configuration space shows levels as they were in the cycle of the access: it ticks then.
void nic_82576_wake_regs(nic_t *n, uint64_t cyc)
{
    const nic_inbox_t *in = &n->in;
    const bool cfg = in->access[(in->access_put - 1) % REGS_QUEUE].a.space == NIC_SPACE_CFG;
    wake(n, BIT(SLOT_REGS) | (uint32_t)cfg << SLOT_PCI, cyc);
}

void nic_82576_wake_phy(nic_t *n, uint64_t cyc)
{
    wake(n, BIT(SLOT_PHY), cyc);
}

void nic_82576_completion_end(nic_t *n, uint64_t end, uint8_t tag, const uint8_t *data,
                              uint32_t len)
{
    const uint8_t queue = tag >> 3;
    tag &= 7;
    if (tag == RQ_TX_DATA) {
        tx_dma_landed(&n->igb.c.tx_dma, end, data, len);
        wake(n, BIT(SLOT_TX_DMA), end + NIC_TxFinishCyc);
        return;
    }
    CHECK((tag == RQ_TX_FETCH || tag == RQ_RX_FETCH) && queue < IGB_Queues,
          "completion with tag %u", tag);
    igb_rings_t *r = &n->igb.rings[tag == RQ_TX_FETCH ? TX : RX];
    CHECK(r->cpl_put - r->cpl_get < IGB_CPL_QUEUE, "completion nobody asked for");
    igb_cpl_t *c = &r->cpl[r->cpl_put++ % IGB_CPL_QUEUE];
    c->end_cyc = end;
    c->len = len;
    c->queue = queue;
    memcpy(c->data, data, len);
    wake(n, BIT(tag == RQ_TX_FETCH ? SLOT_TX_RING : SLOT_RX_RING), end);
}

// ---- levels ----

bool nic_82576_link_up(const nic_t *n)
{
    return n->igb.c.regs.lu_q;
}

uint8_t nic_82576_speed(const nic_t *n)
{
    return n->igb.c.regs.speed_q;
}

bool nic_82576_intx(const nic_t *n)
{
    return wiring_intx(n);
}

bool nic_82576_loopback(const nic_t *n)
{
    return wiring_loopback(&n->igb.c);
}

// Frames and write-backs that are nowhere yet.
static bool empty(const nic_chip_82576_t *c)
{
    const l2_switch_t *s = &c->l2_switch;
    if (c->mac_rx.active || c->mac_tx.busy || c->rx_pb.rx_count != c->rx_dma.frames_q ||
        c->rx_dma.state_q != RXQ_IDLE || c->rx_dma.busy_q)
        return false;
    if (c->tx_dma.get_q != c->tx_dma.put_q || c->tx_dma.frames_q != s->looked_q ||
        s->looked_q != s->free_q)
        return false;
    for (uint32_t q = 0; q < IGB_Queues; q++)
        if (c->ring[RX][q].wrote_q != c->ring[RX][q].done_q || c->ring[RX][q].wb.valid ||
            c->ring[TX][q].wb.valid)
            return false;
    return true;
}

bool nic_82576_drained(const nic_t *n)
{
    return empty(&n->igb.c);
}

// Nothing is under way and no pulse is visible in the present cycle (docs/cycle-contract.md, "Quiet and idle").
bool nic_82576_still(const nic_t *n)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const uint64_t now = n->now;
    if (!empty(c) || requests(n, now) || wiring_pending(n, now) || c->port.free_cyc > now)
        return false;
    if (c->mac_tx.xoff_wanted || c->mac_tx.xon_wanted) return false; // they may wait for the gap
    if (n->igb.rings[RX].fetch | n->igb.rings[RX].wb | n->igb.rings[TX].fetch | n->igb.rings[TX].wb)
        return false;
    tx_sched_in_t sched;
    wiring_tx_sched(n, now, &sched);
    if (tx_sched_quiet(&c->tx_sched, now, sched.ready, sched.pkts) != NIC_NEVER) return false;
    const uint64_t pulse[] = {
        c->regs.csr_cyc,
        c->regs.reply_cyc,
        c->regs.reset_cyc,
        c->regs.lsc_cyc,
        c->pci.flr_cyc,
        c->pci.vf_stop_cyc,
        n->igb.level.there ? c->pci.vf_start_cyc : NIC_NEVER, // with NumVFs = 0 nobody starts
        c->phy.core.mdac_cyc,
        c->mac_rx.rxo_cyc,
        c->mac_rx.pause_cyc,
        c->rx_dma.done.cyc,
        c->rx_dma.p_cyc,
        c->rx_dma.rnbc_cyc,
        c->rx_dma.drop_cyc,
        c->tx_dma.done.cyc,
        c->tx_dma.bad_cyc,
        c->tx_dma.tsc_cyc,
        c->l2_switch.what.cyc,
        c->l2_switch.doutsync_cyc,
        c->mailbox.vmmb_cyc,
        c->mailbox.vf_cyc,
        n->igb.rings[RX].event_cyc,
        n->igb.rings[TX].event_cyc,
    };
    for (unsigned i = 0; i < sizeof pulse / sizeof pulse[0]; i++)
        if (pulse[i] == now) return false;
    return true;
}

uint64_t nic_82576_counting(const nic_t *n)
{
    const nic_chip_82576_t *c = &n->igb.c;
    const uint64_t gates = eitr_quiet(&c->eitr, irq_82576_want(&c->irq), irq_82576_lli(&c->irq));
    uint64_t rings = NIC_NEVER; // what is finished and waits for its gate
    for (uint32_t d = 0; d < 2; d++)
        for (uint32_t m = n->igb.rings[d].held_back; m; m &= m - 1) {
            const uint32_t q = (uint32_t)__builtin_ctz(m);
            const desc_ring_t *r = &c->ring[d][q];
            if (d == TX && r->rs_pending == 0) continue; // nobody wants to know
            const uint64_t open_cyc = wiring_gate(c, d, q);
            rings = sooner(rings, open_cyc > n->now ? open_cyc : n->now);
        }
    return sooner(sooner(gates, rings), sooner(phy_igp3_quiet(&c->phy), nvm_quiet(&c->nvm)));
}
