// SPDX-License-Identifier: Apache-2.0
// The 82540EM as its surroundings see it: power-good, values of registers, transfers handed in, levels told.
#include "model/check.h"
#include "model/wiring.h"

#include <string.h>

enum { VENDOR_INTEL = PCI_CONFIG_ID_RESET & 0xFFFF };

uint32_t nic_82540em_value(const nic_t *n, uint64_t now, uint16_t id, uint32_t index)
{
    const nic_chip_t *c = &n->c;
    const uint32_t *reg = c->regs.file;
    if (id >= E1000_R_CRCERRS && id <= E1000_R_TSCTFC) return stats_peek(&c->stats, id);
    switch (id) {
    case E1000_R_CTRL:
        return reg[E1000_R_CTRL] | (now < c->regs.reset_end ? FMASK(E1000_CTRL_RST) : 0);
    case E1000_R_STATUS:
        return (c->regs.fd_q ? FMASK(E1000_STATUS_FD) : 0) |
               (c->regs.lu_q ? FMASK(E1000_STATUS_LU) : 0) |
               (mac_tx_off(&c->mac_tx, now) ? FMASK(E1000_STATUS_TXOFF) : 0) |
               FPUT(E1000_STATUS_SPEED, c->regs.speed_q) | FMASK(E1000_STATUS_PCI66);
    case E1000_R_EECD: return eeprom_eecd(&c->eeprom);
    case E1000_R_EERD: return eeprom_eerd(&c->eeprom);
    case E1000_R_CTRL_EXT: return reg[id] | (phy_int(&c->phy) ? FMASK(E1000_CTRL_EXT_PHYINT) : 0);
    case E1000_R_MDIC: return c->phy.core.mdic;
    case E1000_R_ICR:
    case E1000_R_ICS: return c->irq.icr_q;
    case E1000_R_IMS: return c->irq.ims_q;
    case E1000_R_IMC: return 0;
    case E1000_R_RDH: return c->rx_ring.head_q;
    case E1000_R_TDH: return c->tx_ring.head_q;
    case E1000_R_PBA: {
        const uint32_t rxa = FGET(E1000_PBA_RXA, reg[id]);
        return rxa | FPUT(E1000_PBA_TXA, rxa < 64 ? 64 - rxa : 0);
    }
    case E1000_R_PBM: {
        uint32_t v;
        memcpy(&v, c->pb.mem + index * 4, sizeof v);
        return v;
    }
    default: return reg[id + index];
    }
}

uint32_t nic_82540em_peek(const nic_t *n, uint32_t off)
{
    if (off >= REGS_WORDS * 4) return 0;
    const uint16_t at = n->map[off / 4];
    if (at == 0) return 0;
    const reg_row_t *row = &reg_rows[at - 1];
    const uint16_t id = row->first == E1000_R_CTRL_DUP ? E1000_R_CTRL : row->first;
    return nic_82540em_value(n, n->now, id, row->stride ? (off - row->off) / row->stride : 0);
}

void nic_82540em_power_good(nic_t *n)
{
    regs_map(n->map);
    nic_chip_t *c = &n->c;
    const uint16_t device = nic_device_id(n->cfg.personality);
    eeprom_reset(&c->eeprom);
    eeprom_image(c->eeprom.word, n->cfg.mac, device);
    phy_reset(&c->phy);
    const uint32_t id = (uint32_t)device << 16 | VENDOR_INTEL;
    pci_config_reset(&c->pci, eeprom_pci_id(&c->eeprom, id),
                     eeprom_pci_subsystem(&c->eeprom, PCI_CONFIG_SUBSYSTEM_RESET),
                     eeprom_msi(&c->eeprom));
    regs_in_t in = {.ral0 = eeprom_ral0(&c->eeprom), .rah0 = eeprom_rah0(&c->eeprom)};
    in.ee_ctrl = eeprom_ctrl(&c->eeprom, reg_rows[0].reset);
    regs_reset(&c->regs, true, &in);
    packet_buffer_reset(&c->pb, FGET(E1000_PBA_RXA, c->regs.file[E1000_R_PBA]));
    mac_rx_init(&c->mac_rx);
    rx_dma_reset(&c->rx_dma);
    desc_ring_reset(&c->rx_ring, false, 0);
    desc_ring_reset(&c->tx_ring, true, 0);
    tx_dma_reset(&c->tx_dma, 0, 0);
    mac_tx_reset(&c->mac_tx, 0);
    timers_reset(&c->timers);
    irq_reset(&c->irq);
    throttle_reset(&c->throttle);
    host_port_reset(&c->port, 0);
    c->port.free_cyc = 0; // nothing has been asked for before
    stats_reset(&c->stats);
    n->wake = ALL_SLOTS;
}

// ---- transfers ----

void nic_82540em_rx_frame(nic_t *n, uint64_t first_cyc, const uint8_t *bytes, uint32_t len,
                          bool fcs_good, bool er)
{
    nic_chip_t *c = &n->c;
    if (phy_loopback(&c->phy) ||
        FGET(E1000_RCTL_LBM, c->regs.file[E1000_R_RCTL]) == 3) { // the wire is cut off
        probe(n, NIC_PROBE_RX_FATE, first_cyc, NIC_FATE_FILTERED, 0);
        return;
    }
    CHECK(!c->mac_rx.active, "the wire is taken");
    mac_rx_start(&c->mac_rx, first_cyc, nic_stride(c->regs.speed_q), bytes, len, false);
    c->mac_rx.fcs_good = fcs_good;
    c->mac_rx.er = er;
    wake(n, BIT(SLOT_MAC_RX), mac_rx_quiet(&c->mac_rx));
}

void nic_82540em_wake_regs(nic_t *n, uint64_t cyc)
{
    wake(n, BIT(SLOT_REGS), cyc);
}

void nic_82540em_wake_phy(nic_t *n, uint64_t cyc)
{
    wake(n, BIT(SLOT_PHY), cyc);
}

void nic_82540em_completion_end(nic_t *n, uint64_t end, uint8_t tag, const uint8_t *data,
                                uint32_t len)
{
    if (tag == RQ_TX_DATA) {
        tx_dma_landed(&n->c.tx_dma, end, data, len);
        wake(n, BIT(SLOT_TX_DMA), end + NIC_TxFinishCyc);
        return;
    }
    const uint32_t q = tag == RQ_TX_FETCH ? 1 : 0;
    CHECK(tag == RQ_TX_FETCH || tag == RQ_RX_FETCH, "completion with tag %u", tag);
    CHECK(n->in.cpl_put[q] - n->in.cpl_get[q] < CPL_QUEUE, "completion nobody asked for");
    nic_cpl_t *c = &n->in.cpl[q][n->in.cpl_put[q]++ % CPL_QUEUE];
    c->end_cyc = end;
    c->len = len;
    memcpy(c->data, data, len);
    wake(n, BIT(q ? SLOT_TX_RING : SLOT_RX_RING), end);
}

// ---- levels ----

bool nic_82540em_link_up(const nic_t *n)
{
    return n->c.regs.lu_q;
}

uint8_t nic_82540em_speed(const nic_t *n)
{
    return n->c.regs.speed_q;
}

bool nic_82540em_drained(const nic_t *n)
{
    const nic_chip_t *c = &n->c;
    return !c->mac_rx.active && c->pb.rx_count == c->rx_dma.frames_q &&
           c->rx_dma.state_q == RXD_IDLE && c->rx_ring.wrote_q == c->rx_ring.done_q &&
           !c->rx_ring.wb.valid && !c->tx_ring.wb.valid && c->tx_dma.get_q == c->tx_dma.put_q &&
           c->mac_tx.sent_q == c->tx_dma.frames_q && !c->mac_tx.busy;
}

bool nic_82540em_intx(const nic_t *n)
{
    return wiring_intx(&n->c);
}

bool nic_82540em_loopback(const nic_t *n)
{
    return wiring_loopback(&n->c);
}

// Nothing is under way and no pulse is visible in the present cycle (docs/cycle-contract.md, "Quiet and idle").
bool nic_82540em_still(const nic_t *n)
{
    const nic_chip_t *c = &n->c;
    const uint64_t now = n->now;
    const regs_t *r = &c->regs;
    const rx_dma_t *rx = &c->rx_dma;
    const tx_dma_t *tx = &c->tx_dma;
    const desc_ring_t *rr = &c->rx_ring, *tr = &c->tx_ring;
    if (c->mac_rx.active || c->mac_tx.busy || c->throttle.msi_q || c->port.free_cyc > now)
        return false;
    if (c->mac_tx.xoff_wanted || c->mac_tx.xon_wanted) return false; // they may wait for the gap
    if (rx->state_q != RXD_IDLE || rx->frames_q != c->pb.rx_count || rr->wrote_q != rr->done_q)
        return false;
    if (tx->req.valid || tx->get_q != tx->put_q || tx->frames_q != c->mac_tx.sent_q) return false;
    if (rr->fetch.valid || rr->fetching || rr->wb.valid) return false;
    if (tr->fetch.valid || tr->fetching || tr->wb.valid) return false;
    const uint64_t pulse[] = {
        r->csr_cyc,
        r->reply_cyc,
        r->reset_cyc,
        r->lsc_cyc,
        c->phy.core.mdac_cyc,
        c->phy.phyint_cyc,
        c->mac_rx.rxo_cyc,
        c->mac_rx.pause_cyc,
        rx->done.cyc,
        rx->p_cyc,
        rx->rnbc_cyc,
        rr->cause_cyc,
        tr->cause_cyc,
        c->timers.rx_flush_cyc,
        c->timers.tx_flush_cyc,
        tx->done.cyc,
        tx->w_cyc,
        tx->tsc_cyc,
    };
    for (unsigned i = 0; i < sizeof pulse / sizeof pulse[0]; i++)
        if (pulse[i] == now) return false;
    return true;
}

uint64_t nic_82540em_counting(const nic_t *n)
{
    const nic_chip_t *c = &n->c;
    const uint64_t timers = timers_quiet(&c->timers);
    const uint64_t gate = throttle_quiet(&c->throttle, irq_pend(&c->irq));
    return sooner(sooner(timers, gate), sooner(phy_quiet(&c->phy), eeprom_quiet(&c->eeprom)));
}
