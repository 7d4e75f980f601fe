// SPDX-License-Identifier: Apache-2.0
#include "model/regs.h"

#include <string.h>

void regs_map(uint16_t map[REGS_WORDS])
{
    memset(map, 0, REGS_WORDS * sizeof map[0]);
    for (unsigned r = 0; r < reg_row_count; r++)
        for (uint32_t i = 0; i < reg_rows[r].count; i++)
            map[(reg_rows[r].off + i * reg_rows[r].stride) / 4] = (uint16_t)(r + 1);
}

static void load_from_eeprom(regs_t *s, const regs_in_t *in)
{
    s->file[E1000_R_RAL] = in->ral0;
    s->file[E1000_R_RAH] = in->rah0;
    s->file[E1000_R_CTRL] = in->ee_ctrl;
}

void regs_reset(regs_t *s, bool power_good, const regs_in_t *in)
{
    const uint32_t sdp67 =
        power_good ? 0 : s->file[E1000_R_CTRL_EXT] & FMASK(E1000_CTRL_EXT_SDP67_DIR);
    for (unsigned r = 0; r < reg_row_count; r++) {
        const reg_row_t *row = &reg_rows[r];
        if (row->owner != OWN_regs || (row->keep && !power_good)) continue;
        for (uint32_t i = 0; i < row->count; i++) s->file[row->first + i] = row->reset;
    }
    s->file[E1000_R_CTRL_EXT] |= sdp67;
    for (int i = 0; i < 16; i++) s->file[E1000_R_RAH + i] &= ~FMASK(E1000_RAH_AV);
    load_from_eeprom(s, in);
    s->csr_cyc = s->reply_cyc = s->reset_cyc = NIC_NEVER;
    s->read_q = false;
    s->lu_q = false;
    s->lsc_cyc = NIC_NEVER;
    if (power_good) {
        s->reset_end = 0;
        s->speed_q = 2;
        s->fd_q = true;
    }
}

static void store(regs_t *s, const reg_row_t *row, uint32_t index, uint32_t w)
{
    const uint16_t id = (uint16_t)(row->first + index);
    s->file[id] = (s->file[id] & ~row->wmask) | (w & row->wmask);
    if (row->first == E1000_R_CTRL_DUP) // the same flops at a second address
        s->file[E1000_R_CTRL] = (s->file[E1000_R_CTRL] & ~row->wmask) | (w & row->wmask);
}

static void decode(regs_t *s, const uint16_t *map, const regs_in_t *in)
{
    const nic_access_t *a = &in->what;
    s->csr_cyc = in->now + 1;
    s->space_q = a->space;
    s->addr_q = a->addr;
    s->be_q = a->be;
    s->wdata_q = a->wdata;
    s->read_q = !a->write;
    s->csr.valid = false;
    uint32_t off = a->addr;
    if (a->space == NIC_SPACE_CFG) return;
    if (a->space == NIC_SPACE_IO) {
        if (!in->io_en || (a->addr & ~3u) != 4) return; // IOADDR belongs to pci_config
        off = in->ioaddr;
        if (off >= REGS_WORDS * 4) return;
    } else if (!in->mem_en) {
        return;
    }
    off %= REGS_WORDS * 4; // the memory BAR decodes so many bits
    const uint16_t at = map[off / 4];
    if (at == 0 || (a->write && a->be != 0xF)) return;
    if (a->write && in->now < s->reset_end) return;
    const reg_row_t *row = &reg_rows[at - 1];
    const uint32_t index = row->stride ? (off - row->off) / row->stride : 0;
    s->csr = (csr_t){.valid = true, .write = a->write, .index = (uint16_t)index, .wdata = a->wdata};
    s->csr.id = row->first == E1000_R_CTRL_DUP ? E1000_R_CTRL : row->first;
    if (!a->write || row->owner != OWN_regs) return;
    s->old_q = s->file[row->first + index];
    store(s, row, index, a->wdata);
    if (s->csr.id == E1000_R_CTRL && (a->wdata & FMASK(E1000_CTRL_RST))) {
        s->reset_cyc = in->now + 1;
        s->reset_end = in->now + 1 + NIC_ResetCyc;
    }
    if (s->csr.id == E1000_R_CTRL_EXT && (a->wdata & FMASK(E1000_CTRL_EXT_EE_RST)))
        load_from_eeprom(s, in);
}

// §2.1: LU = SLU and PHY link; speed and duplex from CTRL when forced, else from the PHY.
static void resolve_link(regs_t *s, const regs_in_t *in, uint32_t ctrl)
{
    const bool lu = in->phy_link && ((ctrl & FMASK(E1000_CTRL_SLU)) || in->phy_loopback);
    const bool forced = (ctrl & FMASK(E1000_CTRL_FRCSPD)) ||
                        (s->file[E1000_R_CTRL_EXT] & FMASK(E1000_CTRL_EXT_SPD_BYPS));
    const uint32_t speed = forced ? FGET(E1000_CTRL_SPEED, ctrl) : in->phy_speed;
    if (lu != s->lu_q) s->lsc_cyc = in->now + 1;
    s->lu_q = lu;
    s->speed_q = (uint8_t)(speed > 2 ? 2 : speed);
    s->fd_q = (ctrl & FMASK(E1000_CTRL_FRCDPLX)) ? (ctrl & FMASK(E1000_CTRL_FD)) != 0 : in->phy_fd;
}

void regs_tick(regs_t *s, const uint16_t *map, const regs_in_t *in)
{
    const uint32_t ctrl = s->file[E1000_R_CTRL];
    if (s->csr_cyc == in->now && s->read_q) {
        s->reply_cyc = in->now + 1;
        s->rdata_q = in->rdata;
        s->read_q = false;
    }
    resolve_link(s, in, ctrl);
    if (in->access) decode(s, map, in);
}

uint64_t regs_quiet(const regs_t *s, uint64_t now)
{
    return s->csr_cyc != NIC_NEVER && s->csr_cyc > now ? s->csr_cyc : NIC_NEVER;
}
