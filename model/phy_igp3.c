// SPDX-License-Identifier: Apache-2.0
// The vendor's registers of the IGP3 PHY; the rest is phy_core. The contract is in phy_igp3.h.
#include "model/phy_igp3.h"

#include <string.h>

static const phy_kind_t kind_igp3 = {
    .mdic = IGB_R_MDIC,
    .id1 = IGB_PHY_ID1_INIT,
    .id2 = IGB_PHY_ID2_INIT,
    .ana = IGB_PHY_ANA_INIT,
    .gcon = IGB_PHY_GCON_INIT,
    .multiport = false,
};

static void phy_hard_reset(phy_igp3_t *s)
{
    s->pconf = IGB_PHY_PCONF_INIT;
    s->pctrl = IGB_PHY_PCTRL_INIT;
    s->reg14 = IGB_PHY_REG14_INIT;
    s->pm = IGB_PHY_PM_INIT;
    s->reg1b = IGB_PHY_REG1B_INIT;
    s->page = IGB_PHY_PAGE_INIT;
}

// --- registers ---

static unsigned phy_address(const phy_igp3_t *s, unsigned reg)
{
    const bool paged = reg > E1000_PHY_EPSTATUS && reg != IGB_PHY_PAGE;
    return paged ? (s->page & FMASK(IGB_PHY_PAGE_PAGE)) | reg : reg;
}

// Register 11h: 1, 2, 3 for 10, 100, 1000 Mb/s.
static uint16_t phy_port_status(const phy_core_t *s)
{
    return s->link ? (uint16_t)FPUT(IGB_PHY_PSTAT_SPEED, s->speed + 1u) : 0;
}

static uint16_t phy_value(const phy_igp3_t *s, unsigned address)
{
    switch (address) {
    case IGB_PHY_PCONF: return s->pconf;
    case IGB_PHY_PSTAT: return phy_port_status(&s->core);
    case IGB_PHY_PCTRL: return s->pctrl;
    case IGB_PHY_LHR: return IGB_PHY_LHR_INIT;
    case IGB_PHY_REG14: return s->reg14;
    case IGB_PHY_PM: return s->pm;
    case IGB_PHY_REG1B: return s->reg1b;
    case IGB_PHY_PAGE: return s->page;
    case IGB_PHY_PCS: return IGB_PHY_PCS_INIT;
    case IGB_PHY_AGC_A: return IGB_PHY_AGC_A_INIT;
    case IGB_PHY_AGC_B: return IGB_PHY_AGC_B_INIT;
    case IGB_PHY_AGC_C: return IGB_PHY_AGC_C_INIT;
    case IGB_PHY_AGC_D: return IGB_PHY_AGC_D_INIT;
    default: return 0;
    }
}

static void phy_write(phy_igp3_t *s, unsigned address, uint16_t v)
{
    switch (address) {
    case IGB_PHY_PCONF: s->pconf = v; break;
    case IGB_PHY_PCTRL: s->pctrl = v; break;
    case IGB_PHY_REG14: s->reg14 = v; break;
    case IGB_PHY_PM: s->pm = v; break;
    case IGB_PHY_REG1B: s->reg1b = v; break;
    case IGB_PHY_PAGE: s->page = v; break;
    default: break;
    }
}

// --- the module ---

void phy_igp3_reset(phy_igp3_t *s)
{
    memset(s, 0, sizeof *s);
    phy_core_reset(&s->core, &kind_igp3);
    phy_hard_reset(s);
}

void phy_igp3_tick(phy_igp3_t *s, const phy_in_t *in)
{
    const phy_op_t op = phy_core_op(&s->core, in, &kind_igp3);
    if (op.read) phy_core_answer(&s->core, phy_value(s, phy_address(s, op.reg)));
    if (op.write) phy_write(s, phy_address(s, op.reg), op.data);
    phy_core_step(&s->core, in, &kind_igp3);
    if (in->phy_rst) phy_hard_reset(s);
}

uint64_t phy_igp3_quiet(const phy_igp3_t *s)
{
    return phy_core_quiet(&s->core);
}
