// SPDX-License-Identifier: Apache-2.0
// The random stimulus of the 82540EM: a driver of good will, mostly.
#include "hostbridge/stim_frame.h"
#include "hostbridge/stim_state.h"
#include "model/pci_config.h"

#include <string.h>

enum { RX_RING = STIM_MEM_BASE, TX_RING = 0x20000, BUFFERS = 0x40000 };
// Receive addresses in use: 02:00:00:00:00 and the number plus 1, of which 0 is in the EEPROM.
static const uint8_t ADDRESS[] = {0, 1, 2, 15};

// A read that is to come.
static void later(stim_t *s, uint64_t cyc, uint32_t off)
{
    s->later_cyc = cyc;
    s->later_off = off;
}

void stim_write(stim_t *s, uint64_t now, uint32_t off, uint32_t data)
{
    stim_access(s, now, true, NIC_SPACE_MEM, off, data);
    stim_note_delay(s, off, data);
}

// Descriptors: valid ones mostly.
static void rx_desc(stim_t *s, uint32_t i, uint64_t h)
{
    const uint32_t at = RX_RING + i * 16;
    const uint32_t buf =
        BUFFERS + pick(h, 0, 64) * 2048 + (pick(h, 16, 4) == 0 ? pick(h, 32, 64) : 0);
    stim_put(s, at, pick(h, 40, 50) == 0 ? 0 : buf, 8);
    stim_put(s, at + 8, h, 8);
}

static void tx_desc(stim_t *s, uint32_t i, uint64_t h, bool moderated)
{
    const uint32_t at = TX_RING + i * 16;
    const uint64_t g = mix(h + 21);
    const uint32_t kind = pick(h, 48, 10);
    const uint32_t buf =
        BUFFERS + 0x40000 + pick(h, 0, 64) * 2048 + (pick(g, 0, 8) ? 0 : pick(g, 4, 2048));
    uint32_t cmd =
        (pick(g, 8, 8) ? E1000_TXD_CMD_IFCS : 0u) | (pick(h, 16, 4) ? E1000_TXD_CMD_EOP : 0u) |
        (pick(h, 20, 3) ? E1000_TXD_CMD_RS : 0u) | (pick(h, 24, 2) ? E1000_TXD_CMD_IDE : 0u) |
        (pick(h, 28, 4) == 0 ? E1000_TXD_CMD_VLE : 0u);
    if (moderated) cmd |= E1000_TXD_CMD_EOP | E1000_TXD_CMD_RS | E1000_TXD_CMD_IDE;
    uint32_t len = pick(h, 32, 5) == 0 ? pick(h, 8, 1500) : pick(h, 8, 120);
    const bool usual = pick(g, 12, 3) != 0; // where the checksums are
    uint64_t hi;
    if (kind < 5) { // legacy
        if (pick(h, 12, 5) == 0) cmd |= E1000_TXD_CMD_IC;
        const uint64_t css = usual ? 14 : pick(g, 16, 80), cso = usual ? 16 : pick(g, 24, 80);
        hi = DPUT(E1000_TXD_LENGTH, len) | DPUT(E1000_TXD_CSO, cso) | DPUT(E1000_TXD_CMD, cmd) |
             DPUT(E1000_TXD_CSS, css) | DPUT(E1000_TXD_SPECIAL, h >> 16 & 0xFFF);
    } else if (kind < 7) { // context
        const uint32_t mss = 100 + pick(h, 4, 400), head = usual ? 54 : 1 + pick(g, 32, 100);
        stim_put(s, at,
                 usual ? DPUT(E1000_TXC_IPCSS, 14) | DPUT(E1000_TXC_IPCSO, 24) |
                             DPUT(E1000_TXC_IPCSE, 33) | DPUT(E1000_TXC_TUCSS, 34) |
                             DPUT(E1000_TXC_TUCSO, 50)
                       : DPUT(E1000_TXC_IPCSS, pick(g, 16, 60)) |
                             DPUT(E1000_TXC_IPCSO, pick(g, 20, 80)) |
                             DPUT(E1000_TXC_IPCSE, pick(g, 24, 100)) |
                             DPUT(E1000_TXC_TUCSS, pick(g, 28, 60)) |
                             DPUT(E1000_TXC_TUCSO, pick(g, 36, 80)) |
                             DPUT(E1000_TXC_TUCSE, pick(g, 40, 2) ? pick(g, 44, 200) : 0),
                 8);
        const uint32_t tse = kind == 6 ? E1000_TXC_TUCMD_TSE : 0;
        const uint32_t ip = pick(g, 48, 4) ? E1000_TXC_TUCMD_IP : 0;
        // the bit of EOP is that of TCP
        const uint32_t rest = cmd & (E1000_TXC_TUCMD_TCP | E1000_TXD_CMD_RS | E1000_TXD_CMD_IDE);
        stim_put(s, at + 8,
                 DPUT(E1000_TXC_PAYLEN, pick(h, 8, 2000)) |
                     DPUT(E1000_TXC_TUCMD, E1000_TXD_CMD_DEXT | tse | ip | rest) |
                     DPUT(E1000_TXC_HDRLEN, head) | DPUT(E1000_TXC_MSS, mss),
                 8);
        return;
    } else { // data
        if (kind == 9) cmd |= E1000_TXD_CMD_TSE;
        hi = DPUT(E1000_TXD_DTALEN, len) | DPUT(E1000_TXD_DTYP, E1000_TXD_DTYP_D) |
             DPUT(E1000_TXD_CMD, cmd | E1000_TXD_CMD_DEXT) | DPUT(E1000_TXD_POPTS, pick(h, 4, 4)) |
             DPUT(E1000_TXD_SPECIAL, h >> 8 & 0xFFF);
    }
    stim_put(s, at, buf, 8);
    stim_put(s, at + 8, hi, 8);
}

// What may be received, and where its addresses are looked for: mostly everything.
static uint32_t receive_bits(uint64_t h)
{
    const uint32_t who = FMASK(E1000_RCTL_UPE) | FMASK(E1000_RCTL_MPE) | FMASK(E1000_RCTL_BAM);
    const uint32_t all = FMASK(E1000_RCTL_LPE) | FMASK(E1000_RCTL_RDMTS) | FMASK(E1000_RCTL_VFE) |
                         FMASK(E1000_RCTL_CFIEN) | FMASK(E1000_RCTL_CFI) | FMASK(E1000_RCTL_DPF) |
                         FMASK(E1000_RCTL_PMCF) | FMASK(E1000_RCTL_BSEX);
    const uint32_t some = (uint32_t)mix(h);
    return (pick(h, 0, 3) ? who : who & some) | (some & FMASK(E1000_RCTL_MO)) |
           (pick(h, 16, 3) ? 0 : some & (uint32_t)mix(h + 1) & all) |
           (pick(h, 20, 6)
                ? 0
                : some & (FMASK(E1000_RCTL_VFE) | FMASK(E1000_RCTL_CFIEN) | FMASK(E1000_RCTL_CFI)));
}

// A register anywhere. Not the window of the packet buffer, which is for stopped devices.
static uint32_t any_register(uint64_t h)
{
    const reg_row_t *r = &reg_rows[pick(h, 0, reg_row_count)];
    return strcmp(r->name, "PBM") == 0 ? E1000_STATUS : r->off + pick(h, 16, r->count) * r->stride;
}

// A value for it that leaves the wire where it is: no loopback.
static uint32_t any_value(uint32_t off, uint64_t h)
{
    const uint32_t v = (uint32_t)mix(h);
    if (off == E1000_RCTL) return v & ~FMASK(E1000_RCTL_LBM);
    if (off == E1000_MDIC && FGET(E1000_MDIC_REGADD, v) == E1000_PHY_CTRL)
        return v & ~FMASK(E1000_PHY_CTRL_LOOPBACK);
    return v;
}

// Likewise through IODATA: IOADDR may not have taken its last value yet, so it may be any of the above.
static uint32_t any_iodata(uint64_t h)
{
    return any_value(E1000_MDIC, h) & ~FMASK(E1000_RCTL_LBM);
}

void stim_restart(stim_t *s, uint64_t now, bool tx)
{
    stim_write(s, now, tx ? E1000_TDH : E1000_RDH, 0);
    if (tx) s->tdt = 0;
    else s->rdt = s->ring_rx - 1;
    stim_write(s, now, tx ? E1000_TDT : E1000_RDT, tx ? s->tdt : s->rdt);
}

static void read_phy(stim_t *s, uint64_t now, uint32_t reg, uint64_t h)
{
    stim_write(s, now, E1000_MDIC,
               FMASK(E1000_MDIC_I) | FPUT(E1000_MDIC_OP, NIC_MdicOpRead) |
                   FPUT(E1000_MDIC_PHYADD, NIC_PhyAddress) | FPUT(E1000_MDIC_REGADD, reg));
    later(s, now + NIC_MdicCyc + 40 + pick(h, 24, 100), E1000_MDIC);
}

// Writes a PHY register. how: 0 or MDIC.I.
static void mdic(stim_t *s, uint64_t now, uint32_t how, uint32_t reg, uint32_t value)
{
    stim_write(s, now, E1000_MDIC,
               how | FPUT(E1000_MDIC_OP, NIC_MdicOpWrite) |
                   FPUT(E1000_MDIC_PHYADD, NIC_PhyAddress) | FPUT(E1000_MDIC_REGADD, reg) |
                   FPUT(E1000_MDIC_DATA, value));
}

// Brings the device into working order again; one write every few cycles.
static void set_up(stim_t *s, uint64_t now)
{
    const uint64_t h = hash3(s->seed, now, 77);
    s->ring_rx = 8 * (1 + pick(h, 0, 8));
    s->ring_tx = 8 * (1 + pick(h, 8, 8));
    for (uint32_t i = 0; i < s->ring_rx; i++) rx_desc(s, i, hash3(s->seed, now + i, 3));
    const uint64_t g = mix(h + 3);
    stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_PMCSR, 0);
    stim_access(s, now, true, NIC_SPACE_CFG, 4, 0x0407 & ~0x400u);
    stim_write(s, now, E1000_CTRL,
               0x40u |
                   (pick(g, 0, 16)
                        ? 0
                        : FMASK(E1000_CTRL_FRCSPD) | FPUT(E1000_CTRL_SPEED, 1 + pick(g, 4, 3))) |
                   (pick(h, 16, 3) == 0 ? FMASK(E1000_CTRL_VME) : 0) |
                   (pick(h, 20, 2) ? FMASK(E1000_CTRL_TFCE) : 0) |
                   (pick(h, 24, 2) ? FMASK(E1000_CTRL_RFCE) : 0));
    // A PHY that is reset to 100 or 10 Mb/s without negotiation, or back to negotiating.
    const uint32_t phy = pick(h, 28, 48);
    const uint32_t reset = FMASK(E1000_PHY_CTRL_RESET) | FMASK(E1000_PHY_CTRL_FD);
    if (phy < 4) mdic(s, now, 0, E1000_PHY_CTRL, reset | FMASK(E1000_PHY_CTRL_SPEED_LSB));
    else if (phy == 4) mdic(s, now, 0, E1000_PHY_CTRL, reset);
    else if (phy < 16)
        mdic(s, now, 0, E1000_PHY_CTRL,
             reset | FMASK(E1000_PHY_CTRL_AN_ENABLE) | FMASK(E1000_PHY_CTRL_SPEED_MSB));
    else if (phy < 24) read_phy(s, now, pick(g, 36, 32), h);
    stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_MSI,
                pick(h, 31, 10) == 0 ? 0x00010000u : 0);
    stim_write(s, now, E1000_EECD, 0);
    stim_write(s, now, E1000_CTRL_EXT, pick(h, 33, 2) ? 0x20u : 0);
    stim_write(s, now, E1000_MTA + 4 * pick(h, 9, pick(g, 8, 4) ? 8 : 128), (uint32_t)mix(h));
    stim_write(s, now, E1000_VFTA + 4 * pick(h, 11, pick(g, 10, 4) ? 8 : 128),
               (uint32_t)mix(h + 1));
    const uint32_t entry = ADDRESS[pick(h, 13, sizeof ADDRESS)];
    stim_write(s, now, E1000_RAL + 8 * entry, 2);
    stim_write(s, now, E1000_RAH + 8 * entry,
               pick(h, 14, 2) << 31 | (pick(g, 12, 3) ? 0 : pick(g, 14, 4) << 16) |
                   (entry + 1) << 8);
    stim_write(s, now, E1000_VET, NIC_TypeVlan);
    stim_write(s, now, E1000_FCT, NIC_TypeControl);
    stim_write(s, now, E1000_FCAL, (uint32_t)NIC_PauseAddress);
    stim_write(s, now, E1000_FCAH, (uint32_t)(NIC_PauseAddress >> 32));
    stim_write(s, now, E1000_FCTTV, 3);
    stim_write(s, now, E1000_FCRTH, pick(h, 30, 2) ? 0x100 + 8 * pick(g, 24, 256) : 0x8000);
    stim_write(s, now, E1000_FCRTL, 0x80000000 + 16 * pick(g, 28, 256));
    stim_write(s, now, E1000_RXCSUM,
               (pick(h, 32, 2) ? 0x700 : 0x10E) + (pick(g, 16, 3) ? 0 : pick(g, 18, 70)));
    stim_write(s, now, E1000_RDBAL, RX_RING);
    stim_write(s, now, E1000_RDLEN, s->ring_rx * 16);
    stim_write(s, now, E1000_RDH, 0);
    s->rdt = s->ring_rx - 1;
    stim_write(s, now, E1000_RDT, s->rdt);
    stim_write(s, now, E1000_TDBAL, TX_RING);
    stim_write(s, now, E1000_TDLEN, s->ring_tx * 16);
    stim_write(s, now, E1000_TDH, 0);
    s->tdt = 0;
    stim_write(s, now, E1000_TDT, 0);
    stim_write(s, now, E1000_TIPG, pick(h, 36, 3) ? 0x00602008 : 0);
    stim_write(s, now, E1000_RCTL,
               2u | (pick(h, 40, 3) == 0 ? 0x10000u : 0) | (pick(h, 42, 2) ? 0x04000000u : 0) |
                   (pick(h, 44, 6) == 0 ? 4u : 0) | (pick(h, 46, 4) == 0 ? 0x30000u : 0) |
                   receive_bits(mix(h + 2)));
    stim_write(s, now, E1000_TCTL, 0x0003F0F2 | (pick(g, 20, 6) ? FMASK(E1000_TCTL_PSP) : 0));
    stim_write(s, now, E1000_IMS, 0x1FFFF);
}

static void change_moderation(stim_t *s, uint64_t now, uint64_t h)
{
    const uint32_t small = pick(h, 0, 3) ? pick(h, 16, 6) : 0;
    switch (pick(h, 32, 14)) {
    case 0: stim_write(s, now, E1000_RDTR, small); break;
    case 1: stim_write(s, now, E1000_RADV, small); break;
    case 2: stim_write(s, now, E1000_TIDV, small); break;
    case 3: stim_write(s, now, E1000_TADV, small); break;
    case 4: stim_write(s, now, E1000_ITR, pick(h, 16, 40)); break;
    case 5:
        if (pick(mix(h), 0, 2)) stim_write(s, now, E1000_RXFRAMES, 0);
        stim_write(s, now, E1000_RXFRAMES, small);
        break;
    case 6:
        if (pick(mix(h), 0, 2)) stim_write(s, now, E1000_TXFRAMES, 0);
        stim_write(s, now, E1000_TXFRAMES, small);
        break;
    case 7: stim_write(s, now, E1000_MTCTL, pick(h, 16, 8)); break;
    case 8: stim_write(s, now, E1000_MTDLY, small); break;
    case 9: stim_write(s, now, E1000_RSRPD, pick(h, 16, 2) ? 100 : 0); break;
    case 10: stim_write(s, now, E1000_RDTR, small | FMASK(E1000_RDTR_FPD)); break;
    case 11:
        stim_write(s, now, E1000_RXDCTL,
                   (pick(h, 16, 2) ? 0x01000000u : 0) | pick(h, 20, 10) << 16 |
                       pick(h, 24, 8) << 8 | pick(h, 28, 40));
        break;
    case 12:
        stim_write(s, now, E1000_TXDCTL,
                   (pick(h, 16, 2) ? 0x01000000u : 0) | pick(h, 20, 5) << 16 | pick(h, 24, 8) << 8 |
                       pick(h, 28, 40) | pick(h, 36, 3) << 25);
        break;
    default: stim_write(s, now, E1000_ITR, 0); break;
    }
}

static void reset(stim_t *s, uint64_t now, uint64_t h)
{
    stim_write(s, now, E1000_PBA, pick(h, 28, 2) ? 8 * pick(h, 24, 10) : 8); // taken over by it
    stim_write(s, now, E1000_CTRL, FMASK(E1000_CTRL_RST) | 0x40);
    for (uint32_t i = 0; i < 8 && pick(h, 12, 4) == 0; i++) // into the reset
        stim_access(s, now, i & 1, NIC_SPACE_MEM, any_register(mix(h + i)), (uint32_t)mix(h + i));
    if (pick(h, 14, 4) == 0) stim_write(s, now, E1000_CTRL, FMASK(E1000_CTRL_RST));
    for (uint32_t i = 0; i < 4 && pick(h, 10, 4) == 0; i++) // when it is just over
        stim_access(s, now + NIC_ResetCyc, false, NIC_SPACE_MEM, E1000_CTRL, 0);
    s->r->resets++;
    s->setup_cyc = now + NIC_ResetCyc + 20 + pick(h, 16, 400);
}

static void rare(stim_t *s, uint64_t now, uint64_t h)
{
    static const uint8_t SPEED[] = {0, 1, 1, 2, 2};
    const uint32_t off = any_register(mix(h + 3));
    switch (pick(h, 32, 24)) {
    case 0:
    case 20: reset(s, now, h); break;
    case 1: stim_restart(s, now, false); break;
    case 2: stim_restart(s, now, true); break;
    case 3: stim_write(s, now, E1000_RCTL, 0x0000801Au & ~(pick(h, 16, 2) ? 2u : 0)); break;
    case 4: stim_write(s, now, E1000_TCTL, 0x0003F0FAu & ~(pick(h, 16, 2) ? 2u : 0)); break;
    case 5:
        if (s->speed != 2 || !s->present || pick(h, 28, 2) == 0)
            stim_partner(s, now, pick(h, 16, 3) != 0, SPEED[pick(h, 20, sizeof SPEED)],
                         pick(h, 24, 2));
        break;
    case 6: stim_write(s, now, E1000_PBA, 8 + 8 * pick(h, 16, 7)); break;
    case 7: stim_write(s, now, E1000_TCTL, 0x0043F0FA); break;
    case 8:
    case 21: read_phy(s, now, pick(h, 28, 3) ? pick(h, 16, 31) : E1000_PHY_PREC, h); break;
    case 9:
        stim_write(s, now, E1000_EERD, 1u | pick(h, 16, 64) << 8);
        later(s, now + NIC_EerdCyc + pick(h, 24, 100), E1000_EERD);
        break;
    case 10: stim_access(s, now, true, NIC_SPACE_CFG, 4, pick(h, 16, 3) ? 7 : 3); break;
    case 11:
        stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_COMMAND, pick(h, 16, 2) ? 0x407 : 0x7);
        break;
    case 12: {
        const uint32_t at = (uint32_t)pick(h, 16, 64) * 4;
        stim_access(s, now, false, NIC_SPACE_CFG, at, 0);
        if (at != PCI_CONFIG_COMMAND && at != PCI_CONFIG_PMCSR)
            stim_access(s, now, true, NIC_SPACE_CFG, at, (uint32_t)mix(h));
        break;
    }
    case 13: // messages instead of INTA#
        stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_MSI_ADDR_L, STIM_MEM_BASE + 0x30000);
        stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_MSI_ADDR_H, pick(h, 20, 2));
        stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_MSI_DATA, (uint32_t)mix(h));
        stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_MSI, 0x00010000u);
        if (pick(h, 48, 4) == 1) stim_message(s, now, h);
        if (pick(h, 48, 4)) break;
        stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_COMMAND, 3); // one has to wait
        stim_write(s, now, E1000_ICS, 1u << pick(h, 24, 17));
        break;
    case 14:
    case 15:
        stim_access(s, now, true, NIC_SPACE_IO, 0, off);
        stim_access(s, now, pick(h, 16, 2), NIC_SPACE_IO, 4, any_iodata(h));
        break;
    case 16: s->be = (uint8_t)pick(h, 16, 16); break; // of the next access
    case 17:                                          // the PHY's interrupt, and its registers
        stim_write(s, now, E1000_CTRL_EXT, 0x22u);
        mdic(s, now, 0, E1000_PHY_PINTE, FMASK(E1000_PHY_PINTS_LINK));
        break;
    case 18: {
        static const uint8_t regs[] = {E1000_PHY_ANA,   E1000_PHY_NPT,   E1000_PHY_GCON,
                                       E1000_PHY_PSCON, E1000_PHY_PINTE, E1000_PHY_EPSCON,
                                       E1000_PHY_PAGE,  E1000_PHY_WINDOW};
        mdic(s, now, FMASK(E1000_MDIC_I), regs[pick(h, 16, sizeof regs)], pick(h, 20, 0xFFFF));
        break;
    }
    case 19: // the EEPROM by hand
        if (pick(h, 44, 2)) {
            s->eeprom_left = 2 + pick(h, 46, 6);
            break;
        }
        if (pick(h, 40, 3) == 0) stim_write(s, now, E1000_EECD, 0x40u);
        for (uint32_t i = 0; i < 40; i++) {
            stim_write(s, now, E1000_EECD, 0x42u | (uint32_t)(h >> (i / 2) & 1) << 2 | (i & 1));
            if (i & 1) stim_access(s, now, false, NIC_SPACE_MEM, E1000_EECD, 0);
        }
        break;
    case 22: // asleep, and what can be reached then
        stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_PMCSR, pick(h, 20, 4));
        stim_access(s, now, false, NIC_SPACE_CFG, PCI_CONFIG_PMCSR, 0);
        stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_PMCSR, 3);
        stim_access(s, now, false, NIC_SPACE_MEM, off, 0);
        if (pick(h, 24, 2)) stim_access(s, now, true, NIC_SPACE_CFG, PCI_CONFIG_PMCSR, 0);
        stim_access(s, now, false, NIC_SPACE_CFG, PCI_CONFIG_COMMAND, 0);
        stim_access(s, now, false, NIC_SPACE_IO, 4, 0);
        break;
    default:
        for (uint32_t i = 0; i < 4; i++) {
            const uint32_t at = any_register(mix(h + 6 + i));
            stim_write(s, now, at, any_value(at, mix(h + 10 + i)));
        }
        break;
    }
}

// Sometimes the driver sleeps for a while: no descriptors, or few.
static bool asleep(const stim_t *s, uint64_t now)
{
    return pick(hash3(s->seed, now >> 16, 21), 0, 3) == 0;
}

static void give_rx(stim_t *s, uint64_t now, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        rx_desc(s, s->rdt, hash3(s->seed, s->step + i, 9));
        s->rdt = (s->rdt + 1) % s->ring_rx;
    }
    stim_write(s, now, E1000_RDT, s->rdt);
}

static void give_tx(stim_t *s, uint64_t now, uint32_t n)
{
    for (uint32_t i = 0; i < n && (s->tdt + 1) % s->ring_tx != s->e->peek(s->e->nic, E1000_TDH);
         i++) {
        const uint64_t h = hash3(s->seed, s->step * 8 + i, 11);
        tx_desc(s, s->tdt, h, stim_aiming(s, now) && pick(h, 44, 2));
        s->tdt = (s->tdt + 1) % s->ring_tx;
    }
    stim_write(s, now, E1000_TDT, s->tdt);
}

static void step_in_beat(stim_t *s, uint64_t now, uint64_t h, bool tx)
{
    if (pick(h, 0, 16) == 0) stim_moderate(s, now, mix(h));
    else if (pick(h, 4, 3) == 0 && !asleep(s, now)) give_rx(s, now, 1 + pick(h, 8, 8));
    if (tx) give_tx(s, now, 1);
}

static void step(stim_t *s, uint64_t now)
{
    const uint64_t h = hash3(s->seed, s->step++, 5);
    s->step_cyc = now + 1 + pick(h, 0, 200);
    if (now >= s->setup_cyc) {
        if (s->step == 1 && pick(h, 36, 2)) stim_packet_buffer(s, now, mix(h + 4));
        if (s->step == 1 && pick(h, 32, 2)) { // for another packet buffer from the beginning
            reset(s, now, mix(h));
            return;
        }
        s->setup_cyc = NIC_NEVER;
        set_up(s, now);
        if ((s->speed != 2 || !s->present) && pick(h, 40, 4) == 0)
            stim_partner(s, now, true, 2, true);
        return;
    }
    if (now >= s->later_cyc) {
        stim_access(s, now, false, NIC_SPACE_MEM, s->later_off, 0);
        s->later_cyc = NIC_NEVER;
    }
    if (s->eeprom_left) {
        s->eeprom_left--;
        s->step_cyc = now + 60 + pick(h, 0, 60);
        stim_eeprom(s, now, mix(h));
        return;
    }
    const uint32_t period = stim_beat(s, now, 1);
    if ((period || stim_beat(s, now, 0)) && pick(h, 24, 4)) {
        s->step_cyc = now + (period ? period : 300 + pick(h, 0, 300));
        step_in_beat(s, now, mix(h), period != 0);
        return;
    }
    if ((stim_aiming(s, now) || stim_behind(s, now)) && pick(h, 40, 12) == 0)
        stim_moderate(s, now, mix(h + 2));
    const uint32_t what = pick(h, 16, 100);
    if (what < 25 && asleep(s, now) && pick(hash3(s->seed, now >> 16, 22), 0, 2)) return;
    if (what < 25) {
        give_rx(s, now, asleep(s, now) ? 1 : 1 + pick(h, 32, 8));
    } else if (what < 45 && stim_behind(s, now) && pick(h, 36, 4)) {
        give_rx(s, now, 4);
    } else if (what < 45) {
        give_tx(s, now, 1 + pick(h, 32, 5));
    } else if (what < 60) {
        stim_access(s, now, false, NIC_SPACE_MEM, E1000_ICR, 0);
    } else if (what < 68) {
        stim_write(s, now, pick(h, 32, 2) ? E1000_IMS : E1000_IMC, (uint32_t)(h >> 40) & 0x1FFFF);
    } else if (what < 80) {
        change_moderation(s, now, mix(h));
    } else if (what < 90) {
        static const uint16_t reads[] = {E1000_STATUS, E1000_ICS,  E1000_RDH,  E1000_TDH,
                                         E1000_GPRC,   E1000_MPC,  E1000_TORL, E1000_TORH,
                                         E1000_RNBC,   E1000_MDIC, E1000_CTRL, E1000_TPT,
                                         E1000_TSCTC,  E1000_EERD, E1000_IMS};
        stim_access(s, now, false, NIC_SPACE_MEM,
                    reads[pick(h, 32, sizeof reads / sizeof reads[0])], 0);
    } else if (what < 93) {
        stim_write(s, now, E1000_ICS, 1u << pick(h, 32, 17));
    } else if (what < 95) {
        stim_access(s, now, false, NIC_SPACE_MEM,
                    pick(h, 48, 4) ? any_register(mix(h + 5)) : (uint32_t)pick(h, 32, 0x6000) & ~3u,
                    0);
    } else if (pick(h, 32, asleep(s, now) ? 60 : 3) == 0) {
        rare(s, now, mix(h + 1));
        if (s->setup_cyc == NIC_NEVER)
            s->setup_cyc = now + 1000 + pick(h, 48, 4000); // and all is well again
    }
}

static void address(uint8_t *at, uint64_t h)
{
    memset(at, 0, 6);
    at[0] = 2;
    at[5] = (uint8_t)(1 + ADDRESS[pick(h, 6, 2) ? 0 : pick(h, 8, sizeof ADDRESS)]);
}

static void contents(stim_t *s, uint8_t *f, uint32_t len, uint64_t h)
{
    const uint64_t g = mix(h + 5);
    (void)s;
    f[0] &= 0xFE;
    const uint32_t kind = pick(h, 36, 12);
    if (pick(g, 0, 4)) address(f, g); // of destination or source
    if (pick(g, 2, 8) == 0) address(f + 6, g);
    if (kind == 0) memset(f, 0xFF, 6);
    if (kind == 1) {
        f[0] |= 1;
        f[5] = 0; // few bits of the table of multicast addresses
    }
    static const uint8_t vlan[] = {0x81, 0x00}, pause[] = {0x01, 0x80, 0xC2, 0,    0, 1, 2, 0, 0,
                                                           0,    0,    1,    0x88, 8, 0, 1, 0, 2};
    if (kind == 2) memcpy(f + 12, vlan, sizeof vlan);
    if (kind == 2) f[14] &= 0xF0; // few identifiers, so that the table has them
    if (kind == 3 && len >= 64) memcpy(f, pause, sizeof pause);
    if (kind >= 5) stim_frame_headers(f, len, mix(h + 7));
}

static void begin(stim_t *s)
{
    memset(s->mem + BUFFERS - STIM_MEM_BASE + 0x40000 + 2048, 0xFF, 2048); // its checksums are 0
    s->ring_rx = s->ring_tx = 8;
}

const stim_script_t stim_82540em = {.beats = true,
                                    .begin = begin,
                                    .step = step,
                                    .frame = contents,
                                    .reset = reset,
                                    .tlp = stim_aim_tlp,
                                    .completion = stim_aim_completion,
                                    .aim = stim_aim};
