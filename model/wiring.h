// SPDX-License-Identifier: Apache-2.0
// Which output goes to which input: the netlist of the 82540EM, one function a module. Included by nic_82540em.c and
// outside_82540em.c only.
#ifndef MODERATO_WIRING_H
#define MODERATO_WIRING_H

#include "model/state.h"

// Modules that are visited. regs is the last: it alone changes what the others read through a pointer (the register
// file), so it ticks after them. The order of the others does not matter (tests shuffle it).
enum nic_slot {
    SLOT_MAC_RX,
    SLOT_RX_DMA,
    SLOT_RX_RING,
    SLOT_TX_RING,
    SLOT_TX_DMA,
    SLOT_MAC_TX,
    SLOT_TIMERS,
    SLOT_IRQ,
    SLOT_THROTTLE,
    SLOT_PORT,
    SLOT_PHY,
    SLOT_EEPROM,
    SLOT_PCI,
    SLOT_STATS,
    SLOT_REGS,
    SLOT_COUNT
};
// Their deadlines lie far ahead, and more often than not are put off before they come.
#define SLOW_SLOTS (1u << SLOT_TIMERS | 1u << SLOT_THROTTLE | 1u << SLOT_PHY | 1u << SLOT_EEPROM)
#include "model/schedule.h"

typedef struct stats_in {
    bool rnbc, tsc, tsc_bad, read;
    uint16_t id;
} stats_in_t;

// Inputs of a cycle.
typedef struct nic_ins {
    mac_rx_in_t mac_rx;
    rx_dma_in_t rx_dma;
    desc_ring_in_t rx_ring, tx_ring;
    ring_done_t rx_done, tx_done;
    tx_dma_in_t tx_dma;
    mac_tx_in_t mac_tx;
    timers_in_t timers;
    irq_in_t irq;
    throttle_in_t throttle;
    host_port_in_t port;
    phy_in_t phy;
    eeprom_in_t eeprom;
    pci_config_in_t pci;
    stats_in_t stats;
    regs_in_t regs;
} nic_ins_t;

// Value of a register as it is visible in cycle `now`.
uint32_t nic_82540em_value(const nic_t *n, uint64_t now, uint16_t id, uint32_t index);

static inline void wiring_csr(const nic_chip_t *c, uint64_t now, csr_t *csr)
{
    if (__builtin_expect(c->regs.csr_cyc == now, 0)) *csr = c->regs.csr;
    else csr->valid = false;
}

static inline bool wiring_wrote(const nic_chip_t *c, uint64_t now, uint16_t id)
{
    return c->regs.csr_cyc == now && c->regs.csr.valid && c->regs.csr.write && c->regs.csr.id == id;
}

// The enable bit `mask` of register `id` rises with the write that is visible now.
static inline bool wiring_rises(const nic_chip_t *c, uint64_t now, uint16_t id, uint32_t mask)
{
    return wiring_wrote(c, now, id) && (c->regs.file[id] & mask) && !(c->regs.old_q & mask);
}

static inline bool wiring_restart_rx(const nic_chip_t *c, uint64_t now)
{
    if (__builtin_expect(c->regs.csr_cyc != now, 1)) return false;
    return wiring_wrote(c, now, E1000_R_RDH) || wiring_wrote(c, now, E1000_R_RDBAL) ||
           wiring_wrote(c, now, E1000_R_RDBAH) || wiring_wrote(c, now, E1000_R_RDLEN) ||
           wiring_rises(c, now, E1000_R_RCTL, FMASK(E1000_RCTL_EN));
}

static inline bool wiring_restart_tx(const nic_chip_t *c, uint64_t now)
{
    if (__builtin_expect(c->regs.csr_cyc != now, 1)) return false;
    return wiring_wrote(c, now, E1000_R_TDH) || wiring_wrote(c, now, E1000_R_TDBAL) ||
           wiring_wrote(c, now, E1000_R_TDBAH) || wiring_wrote(c, now, E1000_R_TDLEN) ||
           wiring_rises(c, now, E1000_R_TCTL, FMASK(E1000_TCTL_EN));
}

static inline bool wiring_loopback(const nic_chip_t *c)
{
    return phy_loopback(&c->phy) || FGET(E1000_RCTL_LBM, c->regs.file[E1000_R_RCTL]) == 3;
}

// INTA# on the pin.
static inline bool wiring_intx(const nic_chip_t *c)
{
    if (!c->throttle.int_q) return false;
    const pci_config_out_t p = pci_config_out(&c->pci);
    return !p.msi_en && !p.intx_disable;
}

static inline uint32_t wiring_requests(const nic_chip_t *c)
{
    uint32_t mask = (uint32_t)c->rx_dma.req.valid << RQ_RX_DATA |
                    (uint32_t)c->rx_ring.fetch.valid << RQ_RX_FETCH |
                    (uint32_t)c->rx_ring.wb.valid << RQ_RX_WB |
                    (uint32_t)c->tx_ring.fetch.valid << RQ_TX_FETCH |
                    (uint32_t)c->tx_ring.wb.valid << RQ_TX_WB |
                    (uint32_t)c->tx_dma.req.valid << RQ_TX_DATA |
                    (uint32_t)c->throttle.msi_q << RQ_MSI;
    const uint32_t command = c->pci.cfg[PCI_CONFIG_COMMAND / 4];
    const uint32_t pmcsr = c->pci.cfg[PCI_CONFIG_PMCSR / 4]; // pci_config_out_t.bus_master, cheaper
    if (!(command & FMASK(PCI_CONFIG_COMMAND_MASTER))) return 0;
    return FGET(PCI_CONFIG_PMCSR_STATE, pmcsr) == 0 ? mask : 0;
}

static inline void wiring_mac_rx(const nic_t *n, uint64_t now, mac_rx_in_t *in)
{
    const nic_chip_t *c = &n->c;
    const uint32_t *reg = c->regs.file;
    in->now = now;
    in->en = (reg[E1000_R_RCTL] & FMASK(E1000_RCTL_EN)) && (c->regs.lu_q || wiring_loopback(c)) &&
             !c->mac_tx.orphan;
    in->ring_empty =
        desc_ring_empty(&c->rx_ring, reg[E1000_R_RDLEN], reg[E1000_R_RDT], c->rx_dma.taken_q);
    in->written = c->regs.csr_cyc == now;
    in->reg = reg;
    in->free_count = c->rx_dma.free_count;
    in->free_log = c->rx_dma.free_log;
}

static inline void wiring_rx_dma(const nic_t *n, uint64_t now, rx_dma_in_t *in)
{
    const nic_chip_t *c = &n->c;
    const uint32_t *reg = c->regs.file;
    const uint32_t taken = c->rx_dma.taken_q;
    in->now = now;
    in->en = (reg[E1000_R_RCTL] & FMASK(E1000_RCTL_EN)) != 0;
    in->restart = wiring_restart_rx(c, now);
    in->rctl = reg[E1000_R_RCTL];
    in->frames = c->pb.rx_count;
    in->frame = &c->pb.rx[c->rx_dma.frames_q % NIC_RxFramesMax];
    in->next = &c->pb.rx[(c->rx_dma.frames_q + 1) % NIC_RxFramesMax];
    in->filled = c->rx_ring.filled_q;
    in->desc = c->rx_ring.cache[taken % NIC_DescCache];
    in->desc_next = c->rx_ring.cache[(taken + 1) % NIC_DescCache];
    in->ring_empty = desc_ring_empty(&c->rx_ring, reg[E1000_R_RDLEN], reg[E1000_R_RDT], taken);
    in->sent = c->port.done_cyc[RQ_RX_DATA] == now;
    in->mem = c->pb.mem;
    in->mem_bytes = c->pb.rx_cap * NIC_GranuleBytes;
    in->func = 0;
}

static inline void wiring_completion(const nic_t *n, uint64_t now, uint32_t q, desc_ring_in_t *in)
{
    in->cpl = false;
    if (n->in.cpl_get[q] != n->in.cpl_put[q]) {
        const nic_cpl_t *p = &n->in.cpl[q][n->in.cpl_get[q] % CPL_QUEUE];
        in->cpl = p->end_cyc == now;
        in->cpl_len = p->len;
        in->cpl_data = p->data;
    }
}

static inline void wiring_tx_ring(const nic_t *n, uint64_t now, desc_ring_in_t *in)
{
    const nic_chip_t *c = &n->c;
    const uint32_t *reg = c->regs.file;
    in->now = now;
    wiring_completion(n, now, 1, in);
    in->head_we = __builtin_expect(c->regs.csr_cyc == now, 0) && wiring_wrote(c, now, E1000_R_TDH);
    if (in->head_we) in->head = c->regs.csr.wdata;
    const bool delayed = reg[E1000_R_TIDV] != 0 || reg[E1000_R_TXFRAMES] != 0;
    in->en = (reg[E1000_R_TCTL] & FMASK(E1000_TCTL_EN)) != 0;
    in->restart = wiring_restart_tx(c, now);
    in->reg = RING_REGS(reg, E1000_R_TDBAL);
    in->rdmts = 0;
    in->taken = c->tx_dma.taken_q;
    in->done = c->tx_dma.done.cyc == now;
    in->what = &c->tx_dma.done;
    in->immediate = in->what->rs && (!in->what->ide || !delayed);
    in->flush = c->timers.tx_flush_cyc == now;
    in->flush_cause = FMASK(E1000_ICR_TXDW);
    in->fetch_sent = c->port.done_cyc[RQ_TX_FETCH] == now;
    in->wb_sent = c->port.done_cyc[RQ_TX_WB] == now;
}

static inline void wiring_rx_ring(const nic_t *n, uint64_t now, desc_ring_in_t *in)
{
    const nic_chip_t *c = &n->c;
    const uint32_t *reg = c->regs.file;
    in->now = now;
    wiring_completion(n, now, 0, in);
    in->head_we = __builtin_expect(c->regs.csr_cyc == now, 0) && wiring_wrote(c, now, E1000_R_RDH);
    if (in->head_we) in->head = c->regs.csr.wdata;
    in->en = (reg[E1000_R_RCTL] & FMASK(E1000_RCTL_EN)) != 0;
    in->restart = wiring_restart_rx(c, now);
    in->reg = RING_REGS(reg, E1000_R_RDBAL);
    in->rdmts = FGET(E1000_RCTL_RDMTS, reg[E1000_R_RCTL]);
    in->taken = c->rx_dma.taken_q;
    in->done = c->rx_dma.done.cyc == now;
    in->what = &c->rx_dma.done;
    // No delay and nothing counted: the packet raises RXT0 as soon as it is written back.
    in->immediate = c->rx_dma.p_cyc == now &&
                    (reg[E1000_R_RDTR] | reg[E1000_R_RXFRAMES] | reg[E1000_R_RSRPD]) == 0;
    in->flush = c->timers.rx_flush_cyc == now;
    in->flush_cause = FMASK(E1000_ICR_RXT0) | (c->timers.rx_srpd_q ? FMASK(E1000_ICR_SRPD) : 0);
    in->fetch_sent = c->port.done_cyc[RQ_RX_FETCH] == now;
    in->wb_sent = c->port.done_cyc[RQ_RX_WB] == now;
}

static inline void wiring_tx_dma(const nic_t *n, uint64_t now, tx_dma_in_t *in)
{
    const nic_chip_t *c = &n->c;
    const uint32_t *reg = c->regs.file;
    in->now = now;
    in->en = (reg[E1000_R_TCTL] & FMASK(E1000_TCTL_EN)) && !c->mac_tx.orphan;
    in->restart = wiring_restart_tx(c, now);
    in->filled = c->tx_ring.filled_q;
    in->desc = c->tx_ring.cache[c->tx_dma.taken_q % NIC_DescCache];
    in->sent = c->port.done_cyc[RQ_TX_DATA] == now;
    in->freed = c->mac_tx.freed_q;
    in->listed = c->mac_tx.sent_q;
    in->tx_cap = NIC_PbBytes / NIC_GranuleBytes - c->pb.rx_cap;
    in->rx_bytes = c->pb.rx_cap * NIC_GranuleBytes;
    in->vme = (reg[E1000_R_CTRL] & FMASK(E1000_CTRL_VME)) != 0;
    in->psp = (reg[E1000_R_TCTL] & FMASK(E1000_TCTL_PSP)) != 0;
    in->vet = (uint16_t)reg[E1000_R_VET];
    in->func = 0;
}

static inline void wiring_mac_tx(const nic_t *n, uint64_t now, mac_tx_in_t *in)
{
    const nic_chip_t *c = &n->c;
    const uint32_t *reg = c->regs.file;
    in->now = now;
    in->link = c->regs.lu_q || wiring_loopback(c);
    in->loopback = wiring_loopback(c);
    in->tx_en = (reg[E1000_R_TCTL] & FMASK(E1000_TCTL_EN)) != 0;
    in->stride = nic_stride(c->regs.speed_q);
    in->frames = c->tx_dma.frames_q;
    in->list = c->pb.tx;
    in->reg = reg;
    in->rx_bytes = c->pb.rx_cap * NIC_GranuleBytes;
    in->rx_used = c->pb.rx_used;
    in->pause = c->mac_rx.pause_cyc == now;
    in->pause_quanta = c->mac_rx.pause_quanta;
    in->overflow = c->mac_rx.rxo_cyc == now;
    wiring_csr(c, now, &in->csr);
    if (!(reg[E1000_R_CTRL] & FMASK(E1000_CTRL_TFCE))) return;
    // The watermarks: frees before this cycle with which the packet buffer has not caught up.
    for (uint32_t i = c->pb.rx_freed; i != c->rx_dma.free_count; i++)
        if (c->rx_dma.free_log[i % PB_FREES].cyc < now)
            in->rx_used -= c->rx_dma.free_log[i % PB_FREES].granules;
}

static inline void wiring_timers(const nic_t *n, uint64_t now, timers_in_t *in)
{
    const nic_chip_t *c = &n->c;
    in->now = now;
    in->p = c->rx_dma.p_cyc == now;
    in->p_len = c->rx_dma.p_len;
    in->w = c->tx_dma.w_cyc == now;
    in->w_ide = c->tx_dma.w_ide;
    in->w_rs = c->tx_dma.w_rs;
    in->restart_rx = wiring_restart_rx(c, now);
    wiring_csr(c, now, &in->csr);
    in->reg = c->regs.file;
}

static inline void wiring_irq(const nic_t *n, uint64_t now, irq_in_t *in)
{
    const nic_chip_t *c = &n->c;
    uint32_t set = 0;
    if (c->rx_ring.cause_cyc == now) set |= c->rx_ring.cause;
    if (c->tx_ring.cause_cyc == now) set |= c->tx_ring.cause;
    if (c->mac_rx.rxo_cyc == now) set |= FMASK(E1000_ICR_RXO);
    if (c->phy.core.mdac_cyc == now) set |= FMASK(E1000_ICR_MDAC);
    if (c->phy.phyint_cyc == now) set |= FMASK(E1000_ICR_PHYINT);
    if (c->regs.lsc_cyc == now) set |= FMASK(E1000_ICR_LSC);
    in->set = set;
    wiring_csr(c, now, &in->csr);
}

static inline void wiring_throttle(const nic_t *n, uint64_t now, throttle_in_t *in)
{
    const nic_chip_t *c = &n->c;
    in->now = now;
    in->pend = irq_pend(&c->irq);
    in->msi_en = pci_config_out(&c->pci).msi_en;
    in->msi_done = c->port.done_cyc[RQ_MSI] == now;
    in->itr = c->regs.file[E1000_R_ITR];
    wiring_csr(c, now, &in->csr);
}

static inline void wiring_port(const nic_t *n, uint64_t now, host_port_in_t *in)
{
    const nic_chip_t *c = &n->c;
    in->now = now;
    in->queue = in->msi_func = 0;
    in->waiting = wiring_requests(c);
    in->grant =
        now >= c->port.free_cyc && n->in.req_ready ? host_port_pick(&c->port, in->waiting) : -1;
    switch (in->grant) {
    case RQ_RX_DATA: in->req = &c->rx_dma.req; break;
    case RQ_RX_FETCH: in->req = &c->rx_ring.fetch; break;
    case RQ_RX_WB: in->req = &c->rx_ring.wb; break;
    case RQ_TX_FETCH: in->req = &c->tx_ring.fetch; break;
    case RQ_TX_WB: in->req = &c->tx_ring.wb; break;
    case RQ_TX_DATA: in->req = &c->tx_dma.req; break;
    case RQ_MSI: {
        const pci_config_out_t p = pci_config_out(&c->pci);
        static const port_req_t message = {
            .valid = true, .type = NIC_TLP_MSG, .len = 4, .wrap = UINT32_MAX};
        in->req = &message;
        in->msi_addr = p.msi_addr;
        in->msi_data = p.msi_data;
        break;
    }
    default: break;
    }
}

static inline void wiring_phy(nic_t *n, uint64_t now, phy_in_t *in)
{
    const nic_chip_t *c = &n->c;
    if (n->in.lp_next.cyc <= now) { // the pins change in this cycle
        n->in.lp_present = n->in.lp_next.present;
        n->in.lp_speed = n->in.lp_next.speed;
        n->in.lp_pause = n->in.lp_next.pause;
        n->in.lp_next.cyc = NIC_NEVER;
    }
    in->now = now;
    wiring_csr(c, now, &in->csr);
    in->phy_rst = (c->regs.file[E1000_R_CTRL] & FMASK(E1000_CTRL_PHY_RST)) != 0;
    in->lp_present = n->in.lp_present;
    in->lp_speed = n->in.lp_speed;
    in->lp_pause = n->in.lp_pause;
    in->reset = c->regs.reset_cyc == now;
    in->rx_err = c->mac_rx.err_cyc == now;
    in->gpi1 = (FGET(E1000_CTRL_EXT_GPI_EN, c->regs.file[E1000_R_CTRL_EXT]) & 2) != 0;
    in->autoneg_cyc = n->cfg.autoneg_cyc;
}

static inline void wiring_eeprom(const nic_t *n, uint64_t now, eeprom_in_t *in)
{
    in->now = now;
    wiring_csr(&n->c, now, &in->csr);
    in->reset = n->c.regs.reset_cyc == now;
}

static inline void wiring_pci(const nic_t *n, uint64_t now, pci_config_in_t *in)
{
    const regs_t *r = &n->c.regs;
    const bool mine =
        r->csr_cyc == now &&
        (r->space_q == NIC_SPACE_CFG ||
         (r->space_q == NIC_SPACE_IO && (r->addr_q & ~3u) == 0 && pci_config_out(&n->c.pci).io_en));
    in->now = now;
    in->valid = mine;
    in->write = mine && !r->read_q;
    in->io = r->space_q == NIC_SPACE_IO;
    in->addr = r->addr_q;
    in->be = r->be_q;
    in->wdata = r->wdata_q;
    in->intx = n->c.throttle.int_q;
    in->status_set = 0; // no pin tells of an error of the bus
}

static inline void wiring_stats(const nic_t *n, uint64_t now, stats_in_t *in)
{
    const nic_chip_t *c = &n->c;
    const csr_t *csr = &c->regs.csr;
    in->rnbc = c->rx_dma.rnbc_cyc == now;
    in->tsc = c->tx_dma.tsc_cyc == now;
    in->tsc_bad = c->tx_dma.tsc_bad;
    in->read = c->regs.csr_cyc == now && csr->valid && !csr->write && csr->id >= E1000_R_CRCERRS &&
               csr->id <= E1000_R_TSCTFC;
    in->id = csr->id;
}

static inline void wiring_regs(const nic_t *n, uint64_t now, regs_in_t *in)
{
    const nic_chip_t *c = &n->c;
    const pci_config_out_t p = pci_config_out(&c->pci);
    in->now = now;
    in->access = false;
    in->ioaddr = p.ioaddr;
    in->mem_en = p.mem_en;
    in->io_en = p.io_en;
    in->rdata = 0xFFFFFFFF;
    in->phy_link = c->phy.core.link;
    in->phy_fd = c->phy.core.fd;
    in->phy_speed = c->phy.core.speed;
    in->phy_loopback = phy_loopback(&c->phy);
    in->ral0 = eeprom_ral0(&c->eeprom);
    in->rah0 = eeprom_rah0(&c->eeprom);
    in->ee_ctrl = eeprom_ctrl(&c->eeprom, c->regs.file[E1000_R_CTRL]);
    const nic_inbox_t *box = &n->in;
    if (box->access_get != box->access_put &&
        box->access[box->access_get % REGS_QUEUE].cyc == now) {
        in->access = true;
        in->what = box->access[box->access_get % REGS_QUEUE].a;
    }
    const regs_t *r = &c->regs;
    if (r->csr_cyc == now && r->read_q) {
        if (r->space_q == NIC_SPACE_CFG) in->rdata = pci_config_read(&c->pci, r->addr_q);
        else if (r->space_q == NIC_SPACE_IO && (r->addr_q & ~3u) == 0 && p.io_en)
            in->rdata = p.ioaddr;
        else if (r->csr.valid) in->rdata = nic_82540em_value(n, now, r->csr.id, r->csr.index);
        else
            in->rdata =
                (r->space_q == NIC_SPACE_MEM && p.mem_en) || (r->space_q == NIC_SPACE_IO && p.io_en)
                    ? 0
                    : 0xFFFFFFFF;
    }
}

// Who looks at the register bus in the cycle after this access. All have ticked: their state is that of the next cycle.
// The registers themselves have a reply to give, or look at what is not in this list (the link, the packet buffer).
static inline uint32_t wiring_listeners(const nic_chip_t *c)
{
    const regs_t *r = &c->regs;
    const uint32_t reply = r->read_q ? BIT(SLOT_REGS) : 0;
    if (r->space_q != NIC_SPACE_MEM && (r->space_q == NIC_SPACE_CFG || (r->addr_q & ~3u) == 0))
        return reply | BIT(SLOT_PCI);
    if (!r->csr.valid) return reply;
    const uint16_t id = r->csr.id;
    if (!r->csr.write) {
        if (id == E1000_R_ICR) return reply | BIT(SLOT_IRQ);
        return reply | (id >= E1000_R_CRCERRS && id <= E1000_R_TSCTFC ? BIT(SLOT_STATS) : 0);
    }
    switch (id) {
    case E1000_R_ICR:
    case E1000_R_ICS:
    case E1000_R_IMS:
    case E1000_R_IMC: return BIT(SLOT_IRQ);
    case E1000_R_RDT:
        return desc_ring_wants(&c->rx_ring, RING_REGS(r->file, E1000_R_RDBAL), c->rx_dma.taken_q)
                   ? BIT(SLOT_RX_RING)
                   : 0;
    case E1000_R_TDT:
        return desc_ring_wants(&c->tx_ring, RING_REGS(r->file, E1000_R_TDBAL), c->tx_dma.taken_q)
                   ? BIT(SLOT_TX_RING)
                   : 0;
    case E1000_R_ITR: return BIT(SLOT_THROTTLE);
    case E1000_R_EECD:
    case E1000_R_EERD: return BIT(SLOT_EEPROM);
    case E1000_R_MDIC: return BIT(SLOT_PHY);
    case E1000_R_MTA:
    case E1000_R_VFTA:
    case E1000_R_RAL:
    case E1000_R_RAH: return 0;
    default: return ALL_SLOTS; // rare
    }
}

#endif
