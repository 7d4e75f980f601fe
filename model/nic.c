// SPDX-License-Identifier: Apache-2.0
// Life of a device and what can be seen of it from outside without side effects.
#include "model/state.h"

#include <stdlib.h>
#include <string.h>

enum { DEVICE_82545GM = 0x1026, VENDOR_INTEL = PCI_CONFIG_ID_RESET & 0xFFFF };

uint16_t nic_device_id(enum nic_personality p)
{
    return p == NIC_82545GM ? DEVICE_82545GM : PCI_CONFIG_ID_RESET >> 16;
}

uint32_t nic_value(const nic_t *n, uint64_t now, uint16_t id, uint32_t index)
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

uint32_t nic_peek(const nic_t *n, uint32_t off)
{
    if (off >= REGS_WORDS * 4) return 0;
    const uint16_t at = n->map[off / 4];
    if (at == 0) return 0;
    const reg_row_t *row = &reg_rows[at - 1];
    const uint16_t id = row->first == E1000_R_CTRL_DUP ? E1000_R_CTRL : row->first;
    return nic_value(n, n->now, id, row->stride ? (off - row->off) / row->stride : 0);
}

bool nic_link_up(const nic_t *n)
{
    return n->c.regs.lu_q;
}

unsigned nic_wire_stride(const nic_t *n)
{
    static const unsigned stride[3] = {NIC_Stride10, NIC_Stride100, NIC_Stride1000};
    return stride[n->c.regs.speed_q];
}

bool nic_drained(const nic_t *n)
{
    const nic_chip_t *c = &n->c;
    return !c->mac_rx.active && c->pb.rx_count == c->rx_dma.frames_q &&
           c->rx_dma.state_q == RXD_IDLE && c->rx_ring.wrote_q == c->rx_ring.done_q &&
           !c->rx_ring.wb.valid && !c->tx_ring.wb.valid && c->tx_dma.get_q == c->tx_dma.put_q &&
           c->mac_tx.sent_q == c->tx_dma.frames_q && !c->mac_tx.busy;
}

nic_t *nic_create(const nic_config_t *cfg, const nic_host_t *host)
{
    nic_t *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    n->cfg = *cfg;
    n->host = *host;
    regs_map(n->map);
    nic_chip_t *c = &n->c;
    const uint16_t device = nic_device_id(cfg->personality);
    eeprom_reset(&c->eeprom);
    eeprom_image(c->eeprom.word, cfg->mac, device);
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
    n->in.lp_next.cyc = NIC_NEVER;
    n->in.req_ready = true;
    for (int s = 0; s < SLOT_COUNT; s++) n->due[s] = NIC_NEVER;
    n->soonest = n->soonest_slow = NIC_NEVER;
    n->wake = (1u << SLOT_COUNT) - 1;
    return n;
}

void nic_destroy(nic_t *n)
{
    free(n);
}
