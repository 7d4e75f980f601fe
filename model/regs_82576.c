// SPDX-License-Identifier: Apache-2.0
#include "model/regs_82576.h"

#include <string.h>

// ---- addresses ----

void regs_82576_map(regs_82576_map_t *map)
{
    memset(map, 0, sizeof *map);
    for (unsigned r = 0; r < igb_reg_row_count; r++) {
        const reg_row_t *row = &igb_reg_rows[r];
        const igb_at_t view = igb_view(row->first);
        for (uint32_t i = 0; i < row->count; i++) {
            map->row[row->first + i] = (uint16_t)r;
            map->target[row->first + i] = view.reg;
            map->kind[row->first + i] = (uint8_t)view.kind;
        }
    }
    for (unsigned i = 0; i < igb_place_row_count;
         i++) { // as igb_reg_at() finds them: the first one that fits
        const igb_place_row_t *p = &igb_place_rows[i];
        const uint16_t reg = p->reg == IGB_R_CTRL_DUP ? IGB_R_CTRL : p->reg;
        for (uint32_t k = 0; k < p->count; k++) {
            uint16_t *number = &map->pf[(p->off + k * p->stride) / 4];
            if (*number == 0) *number = (uint16_t)(reg + p->first + k + 1);
        }
    }
    for (unsigned v = 0; v < igb_vreg_row_count; v++)
        for (uint32_t k = 0; k < igb_vreg_rows[v].count; k++)
            map->vf[(igb_vreg_rows[v].off + k * igb_vreg_rows[v].stride) / 4] = (uint8_t)(v + 1);
}

static regs_82576_at_t pf_at(const regs_82576_map_t *map, uint32_t off)
{
    const unsigned number = map->pf[off % (REGS_82576_WORDS * 4) / 4] - 1u;
    if (number >= IGB_R_COUNT) return (regs_82576_at_t){0};
    const reg_row_t *row = &igb_reg_rows[map->row[number]];
    const uint16_t index = (uint16_t)(number - row->first);
    if (row->owner != OWN_vf) return (regs_82576_at_t){true, VREG_SAME, 0, row->first, index};
    return (regs_82576_at_t){true, map->kind[number], (uint8_t)(1 + index), map->target[number], 0};
}

static regs_82576_at_t vf_at(const regs_82576_map_t *map, unsigned vf, uint32_t off)
{
    off %= REGS_82576_VF_WORDS * 4;
    const uint8_t at = map->vf[off / 4];
    if (at == 0) return (regs_82576_at_t){0};
    const igb_vreg_row_t *v = &igb_vreg_rows[at - 1];
    const uint32_t k = v->stride ? (off - v->off) / v->stride : 0;
    uint32_t index = 0;
    switch (v->kind) {
    case VREG_SAME:
    case VREG_VECTOR: break;
    case VREG_EITR: index = igb_first_vector(vf) + k; break;
    case VREG_IVAR:
    case VREG_IVAR_MISC: index = vf; break;
    case VREG_QUEUE: index = vf + IGB_Vfs * k; break;
    case VREG_VF: index = vf * v->count + k; break;
    }
    return (regs_82576_at_t){true, (uint8_t)v->kind, (uint8_t)(1 + vf), v->target, (uint16_t)index};
}

regs_82576_at_t regs_82576_at(const regs_82576_map_t *map, unsigned func, uint32_t off)
{
    if (func == 0) return pf_at(map, off);
    return func <= IGB_Vfs ? vf_at(map, func - 1, off) : (regs_82576_at_t){0};
}

// ---- resets ----

static void load_from_nvm(regs_82576_t *s, const regs_82576_in_t *in)
{
    s->file[IGB_R_RAL] = in->ral0;
    s->file[IGB_R_RAH] = in->rah0;
    regs_82576_changed(s);
}

static uint16_t enables(const uint32_t *dctl)
{
    uint32_t mask = 0;
    for (int q = 0; q < IGB_Queues; q++)
        mask |= FGET(IGB_RXDCTL_ENABLE, dctl[q]) << q; // TXDCTL has it at the same place
    return (uint16_t)mask;
}

// Registers of queues, a row for each of them.
static bool of_queues(const reg_row_t *row)
{
    return row->owner == OWN_regs && row->first >= IGB_R_RDBAL && row->first <= IGB_R_TDWBAH;
}

// The queues of the VFs in `stay` keep what was written to them, but are disabled.
static void reset_registers(regs_82576_t *s, bool power_good, uint8_t stay,
                            const regs_82576_in_t *in)
{
    for (unsigned r = 0; r < igb_reg_row_count; r++) {
        const reg_row_t *row = &igb_reg_rows[r];
        if (row->owner != OWN_regs || (row->keep && !power_good)) continue;
        for (uint32_t i = 0; i < row->count; i++)
            if (!of_queues(row) || !(stay >> i % IGB_Pools & 1))
                s->file[row->first + i] = igb_reg_reset(row, i);
    }
    for (unsigned q = 0; q < IGB_Queues; q++)
        if (stay >> q % IGB_Pools & 1) {
            s->file[IGB_R_RXDCTL + q] &= ~FMASK(IGB_RXDCTL_ENABLE);
            s->file[IGB_R_TXDCTL + q] &= ~FMASK(IGB_TXDCTL_ENABLE);
        }
    for (int i = 0; i < IGB_RAH_COUNT; i++) s->file[IGB_R_RAH + i] &= ~FMASK(IGB_RAH_AV);
    load_from_nvm(s, in);
    s->rx_en_q = enables(&s->file[IGB_R_RXDCTL]);
    s->tx_en_q = enables(&s->file[IGB_R_TXDCTL]);
    s->lu_q = false;
}

void regs_82576_reset(regs_82576_t *s, const regs_82576_in_t *in)
{
    memset(s, 0, sizeof *s);
    reset_registers(s, true, 0, in);
    s->csr_cyc = s->reply_cyc = s->reset_cyc = s->lsc_cyc = NIC_NEVER;
    s->speed_q = 2;
    s->fd_q = true;
}

// Registers of the VFs' queues; these are disabled, queue 0 too.
static void reset_queues(regs_82576_t *s, uint8_t vfs)
{
    for (const reg_row_t *row = igb_reg_row(IGB_R_RDBAL); row->first <= IGB_R_TDWBAH; row++) {
        if (!of_queues(row)) continue;
        for (int q = 0; q < IGB_Queues; q++)
            if (vfs >> q % IGB_Pools & 1) s->file[row->first + q] = row->reset;
    }
    s->rx_en_q &= (uint16_t) ~(vfs * 0x101u);
    s->tx_en_q &= (uint16_t) ~(vfs * 0x101u);
}

// ---- accesses ----

// A write of RXDCTL, TXDCTL.
static void store_dctl(regs_82576_pulses_t *p, bool tx, uint16_t *en, unsigned q, uint32_t w)
{
    const uint16_t bit = (uint16_t)(1u << q), is = w & FMASK(IGB_RXDCTL_ENABLE) ? bit : 0;
    const uint16_t rises = is & (uint16_t) ~*en;
    *en = (uint16_t)((*en & ~bit) | is);
    if (tx) p->tx_restart = rises;
    else p->rx_restart = rises;
    if (!(w & FMASK(IGB_RXDCTL_SWFLUSH))) return;
    if (tx) p->tx_flush = bit;
    else p->rx_flush = bit;
}

// What a write does beside storing.
static void effects(regs_82576_t *s, const regs_82576_in_t *in, uint32_t w)
{
    regs_82576_pulses_t *p = &s->pulse;
    const unsigned k = s->csr.index;
    switch (s->csr.id) {
    case IGB_R_CTRL:
        if (!(w & FMASK(IGB_CTRL_RST))) break;
        s->reset_cyc = in->now + 1;
        s->reset_end = in->now + 1 + NIC_ResetCyc;
        break;
    case IGB_R_CTRL_EXT:
        if (w & FMASK(IGB_CTRL_EXT_EE_RST)) load_from_nvm(s, in);
        break;
    case IGB_R_RDH: p->rx_head = (uint16_t)(1u << k); // fall through
    case IGB_R_RDBAL:
    case IGB_R_RDBAH:
    case IGB_R_RDLEN: p->rx_restart = (uint16_t)(1u << k); break;
    case IGB_R_TDH: p->tx_head = (uint16_t)(1u << k); // fall through
    case IGB_R_TDBAL:
    case IGB_R_TDBAH:
    case IGB_R_TDLEN: p->tx_restart = (uint16_t)(1u << k); break;
    case IGB_R_RXDCTL: store_dctl(p, false, &s->rx_en_q, k, w); break;
    case IGB_R_TXDCTL: store_dctl(p, true, &s->tx_en_q, k, w); break;
    case IGB_R_VTCTRL:
        if (w & FMASK(IGB_VTCTRL_RST)) p->vf_reset = (uint8_t)(1u << k);
        break;
    default: break;
    }
}

static void store(regs_82576_t *s, const regs_82576_map_t *map, uint32_t w)
{
    const unsigned number = s->csr.id + s->csr.index;
    const reg_row_t *row = &igb_reg_rows[map->row[number]];
    if (row->owner != OWN_regs) return;
    s->file[number] = (s->file[number] & ~row->wmask) | (w & row->wmask);
    if (s->csr.id != IGB_R_RDT && s->csr.id != IGB_R_TDT) regs_82576_changed(s);
}

// An access to register space, at byte `off` of the function's window.
static void reach(regs_82576_t *s, const regs_82576_map_t *map, const regs_82576_in_t *in,
                  uint32_t off)
{
    const nic_access_t *a = &in->what;
    const regs_82576_at_t at = regs_82576_at(map, a->func, off);
    s->to_q = REGS_TO_HOLE;
    if (!at.valid) return;
    if (a->write) {
        const bool locked = in->now < s->reset_end || regs_82576_resets(s, in->now, in->flr);
        if (a->be != 0xF || locked || (a->func && at.kind == VREG_SAME)) return;
    }
    s->to_q = REGS_TO_CSR;
    s->kind_q = at.kind;
    s->csr_func = at.func;
    s->csr = (csr_t){
        .valid = true, .write = a->write, .id = at.id, .index = at.index, .wdata = a->wdata};
    if (!a->write) return;
    if (at.func) s->csr.wdata = vf_view_write(at.kind, at.func - 1u, a->wdata);
    store(s, map, s->csr.wdata);
    effects(s, in, s->csr.wdata);
}

static void decode(regs_82576_t *s, const regs_82576_map_t *map, const regs_82576_in_t *in)
{
    const nic_access_t *a = &in->what;
    s->csr_cyc = in->now + 1;
    s->space_q = a->space;
    s->func_q = a->func;
    s->addr_q = a->addr;
    s->be_q = a->be;
    s->wdata_q = a->wdata;
    s->read_q = !a->write;
    s->to_q = REGS_TO_NOBODY;
    s->kind_q = VREG_SAME;
    s->csr.valid = false;
    s->pulse = (regs_82576_pulses_t){0};
    const bool decodes = a->func <= IGB_Vfs && (in->decodes >> a->func & 1);
    switch (a->space) {
    case NIC_SPACE_CFG: s->to_q = REGS_TO_CFG; break;
    case NIC_SPACE_MEM:
        if (decodes) reach(s, map, in, a->addr);
        break;
    case NIC_SPACE_MSIX:
        if (decodes) s->to_q = REGS_TO_MSIX;
        break;
    case NIC_SPACE_IO:
        if (a->func != 0 || !in->io_en) break;
        s->to_q = REGS_TO_HOLE;
        if ((a->addr & ~3u) == 0) s->to_q = REGS_TO_IOADDR;
        else if ((a->addr & ~3u) == 4 && in->ioaddr < REGS_82576_WORDS * 4)
            reach(s, map, in, in->ioaddr);
        break;
    default: break;
    }
}

static uint32_t answer(const regs_82576_t *s, uint32_t value)
{
    switch (s->to_q) {
    case REGS_TO_NOBODY: return 0xFFFFFFFF;
    case REGS_TO_HOLE: return 0;
    case REGS_TO_CSR: return s->csr_func ? vf_view_read(s->kind_q, s->csr_func - 1u, value) : value;
    default: return value;
    }
}

// ---- link ----

// LU = SLU and PHY link; speed and duplex from CTRL when forced, else from the PHY.
static void resolve_link(regs_82576_t *s, const regs_82576_in_t *in)
{
    const uint32_t ctrl = s->file[IGB_R_CTRL];
    const bool lu = in->phy_link && ((ctrl & FMASK(IGB_CTRL_SLU)) || in->phy_loopback);
    const uint32_t speed =
        ctrl & FMASK(IGB_CTRL_FRCSPD) ? FGET(IGB_CTRL_SPEED, ctrl) : in->phy_speed;
    if (lu != s->lu_q) s->lsc_cyc = in->now + 1;
    s->lu_q = lu;
    s->speed_q = (uint8_t)(speed > 2 ? 2 : speed);
    s->fd_q = ctrl & FMASK(IGB_CTRL_FRCDPLX) ? (ctrl & FMASK(IGB_CTRL_FD)) != 0 : in->phy_fd;
}

// ---- the clock edge ----

void regs_82576_tick(regs_82576_t *s, const regs_82576_map_t *map, const regs_82576_in_t *in)
{
    if (s->csr_cyc == in->now && s->read_q) {
        s->reply_cyc = in->now + 1;
        s->rdata_q = answer(s, in->rdata);
        s->read_q = false;
    }
    const uint8_t gone = regs_82576_vf_gone(s, in->flr, in->vf_start, in->vf_stop);
    const uint8_t vf_reset = gone | (s->csr_cyc == in->now ? s->pulse.vf_reset : 0);
    const bool bad = in->bad && regs_82576_mdp(s);
    s->there_q = in->there;
    if (__builtin_expect(regs_82576_resets(s, in->now, in->flr), 0))
        reset_registers(s, false, regs_82576_stay(in->flr, in->there), in);
    if (__builtin_expect(vf_reset != 0, 0)) reset_queues(s, vf_reset);
    if (__builtin_expect(bad, 0)) {
        s->file[IGB_R_TXDCTL + in->bad_queue] &= ~FMASK(IGB_TXDCTL_ENABLE);
        s->tx_en_q &= (uint16_t) ~(1u << in->bad_queue);
    }
    resolve_link(s, in);
    if (in->access) decode(s, map, in);
}

uint64_t regs_82576_quiet(const regs_82576_t *s, uint64_t now)
{
    return s->csr_cyc != NIC_NEVER && s->csr_cyc > now ? s->csr_cyc : NIC_NEVER;
}

// ---- values ----

uint32_t regs_82576_value(const regs_82576_t *s, uint64_t now, uint16_t id, uint32_t index)
{
    const uint32_t value = s->file[id + index];
    return id == IGB_R_CTRL && now < s->reset_end ? value | FMASK(IGB_CTRL_RST) : value;
}

uint32_t regs_82576_status(const regs_82576_t *s, const regs_82576_status_t *of)
{
    uint32_t value = s->file[IGB_R_STATUS] & ~FMASK(IGB_STATUS_GIO_MASTER_ENABLE);
    if (s->fd_q) value |= FMASK(IGB_STATUS_FD);
    if (s->lu_q) value |= FMASK(IGB_STATUS_LU);
    if (of->txoff) value |= FMASK(IGB_STATUS_TXOFF);
    if (of->vfe) value |= FMASK(IGB_STATUS_IOV) | FPUT(IGB_STATUS_NUM_VFS, of->vfs);
    if (regs_82576_may(s) || of->requests) value |= FMASK(IGB_STATUS_GIO_MASTER_ENABLE);
    return value | FPUT(IGB_STATUS_SPEED, s->speed_q);
}
