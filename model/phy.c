// SPDX-License-Identifier: Apache-2.0
// The vendor's registers of the 88E1011, and PHYINT; the rest is phy_core. The contract is in phy.h.
#include "model/phy.h"

#include <string.h>

#define PSSTAT(bit) FMASK(E1000_PHY_PSSTAT_##bit)

static const phy_kind_t kind_88e1011 = {
    .mdic = E1000_R_MDIC,
    .id1 = E1000_PHY_ID1_INIT,
    .id2 = E1000_PHY_ID2_INIT,
    .ana = E1000_PHY_ANA_INIT,
    .gcon = E1000_PHY_GCON_INIT,
    .multiport = true,
};

// --- resets ---

static void phy_soft_reset(phy_t *s)
{
    s->pints = 0;
    s->prec = 0;
}

static void phy_hard_reset(phy_t *s)
{
    phy_soft_reset(s);
    s->npt = E1000_PHY_NPT_INIT;
    s->pscon = E1000_PHY_PSCON_INIT;
    s->pinte = 0;
    s->epscon = E1000_PHY_EPSCON_INIT;
    s->page = 0;
    s->window = 0;
}

// --- registers ---

static uint16_t phy_specific_status(const phy_core_t *s)
{
    if (!s->link) return 0;
    unsigned v = FPUT(E1000_PHY_PSSTAT_SPEED, s->speed) | PSSTAT(RESOLVED) | PSSTAT(LINK);
    if (s->fd) v |= PSSTAT(FD);
    if (s->fd && (s->op_ana & s->lpa & FMASK(E1000_PHY_ANA_PAUSE))) v |= PSSTAT(PAUSE);
    return (uint16_t)v;
}

// Value of a register, without side effects.
static uint16_t phy_value(const phy_t *s, unsigned reg)
{
    switch (reg) {
    case E1000_PHY_NPT: return s->npt;
    case E1000_PHY_PSCON: return s->pscon;
    case E1000_PHY_PSSTAT: return phy_specific_status(&s->core);
    case E1000_PHY_PINTE: return s->pinte;
    case E1000_PHY_PINTS: return s->pints;
    case E1000_PHY_EPSCON: return s->epscon;
    case E1000_PHY_PREC: return s->prec;
    case E1000_PHY_PAGE: return s->page;
    case E1000_PHY_WINDOW: return s->window;
    default: return 0;
    }
}

static uint16_t phy_read(phy_t *s, unsigned reg)
{
    uint16_t v = phy_value(s, reg);
    if (reg == E1000_PHY_PINTS) s->pints = 0;
    if (reg == E1000_PHY_PREC) s->prec = 0;
    return v;
}

static void phy_write(phy_t *s, unsigned reg, uint16_t v)
{
    switch (reg) {
    case E1000_PHY_NPT: s->npt = v & E1000_PHY_NPT_WMASK; break;
    case E1000_PHY_PSCON: s->pscon = v; break;
    case E1000_PHY_PINTE: s->pinte = v; break;
    case E1000_PHY_EPSCON: s->epscon = v; break;
    case E1000_PHY_PAGE: s->page = v; break;
    case E1000_PHY_WINDOW: s->window = v; break;
    default: break;
    }
}

// PHYINT is told of when the interrupt or its enable rises. CTRL.RST takes the enable away.
static void phy_phyint(phy_t *s, const phy_in_t *in)
{
    bool phyint = phy_int(s) && in->gpi1 && !in->reset;
    if (phyint && !s->phyint_q) s->phyint_cyc = in->now + 1;
    s->phyint_q = phyint;
}

// --- the module ---

void phy_reset(phy_t *s)
{
    memset(s, 0, sizeof *s);
    phy_core_reset(&s->core, &kind_88e1011);
    s->phyint_cyc = NIC_NEVER;
    phy_hard_reset(s);
}

void phy_tick(phy_t *s, const phy_in_t *in)
{
    const phy_op_t op = phy_core_op(&s->core, in, &kind_88e1011);
    if (op.read) phy_core_answer(&s->core, phy_read(s, op.reg));
    if (op.write) phy_write(s, op.reg, op.data);
    if (op.soft_reset) phy_soft_reset(s);
    const bool changed = phy_core_step(&s->core, in, &kind_88e1011);
    if (in->phy_rst) {
        phy_hard_reset(s);
    } else {
        if (changed) s->pints |= FMASK(E1000_PHY_PINTS_LINK);
        if (in->rx_err && s->prec != 0xFFFF) s->prec++;
    }
    phy_phyint(s, in);
}

uint64_t phy_quiet(const phy_t *s)
{
    return phy_core_quiet(&s->core);
}
