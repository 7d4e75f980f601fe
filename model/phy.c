// SPDX-License-Identifier: Apache-2.0
// MDIC, the PHY registers and the link state machine; the contract is in phy.h.
#include "model/phy.h"

#include <string.h>

enum { NO_MODE = -1 };

#define CTRL(bit)    FMASK(E1000_PHY_CTRL_##bit)
#define STATUS(bit)  FMASK(E1000_PHY_STATUS_##bit)
#define ANA(bit)     FMASK(E1000_PHY_ANA_##bit)
#define GCON(bit)    FMASK(E1000_PHY_GCON_##bit)
#define GSTATUS(bit) FMASK(E1000_PHY_GSTATUS_##bit)
#define PSSTAT(bit)  FMASK(E1000_PHY_PSSTAT_##bit)

// What a software reset keeps of register 0.
#define CTRL_KEPT (CTRL(SPEED_MSB) | CTRL(SPEED_LSB) | CTRL(FD) | CTRL(AN_ENABLE))

// --- resets and transitions ---

// To DOWN: what was learnt from the partner is forgotten.
static void phy_down(phy_t *s)
{
    s->state = PHY_ST_DOWN;
    s->an_end_cyc = NIC_NEVER;
    s->an_done = false;
    s->lpa = 0;
    s->gstatus = 0;
}

// Software reset but for register 0. The link is taken down here and not by phy_record, so that the
// reset leaves no record of itself.
static void phy_soft_reset(phy_t *s)
{
    phy_down(s);
    s->link = false;
    s->link_lost = false;
    s->pints = 0;
    s->prec = 0;
}

static void phy_hard_reset(phy_t *s)
{
    phy_soft_reset(s);
    s->state = PHY_ST_RESET;
    s->ctrl = E1000_PHY_CTRL_INIT;
    s->ana = E1000_PHY_ANA_INIT;
    s->npt = E1000_PHY_NPT_INIT;
    s->gcon = E1000_PHY_GCON_INIT;
    s->pscon = E1000_PHY_PSCON_INIT;
    s->pinte = 0;
    s->epscon = E1000_PHY_EPSCON_INIT;
    s->page = 0;
    s->window = 0;
    s->speed = 2;
    s->fd = true;
}

static uint8_t phy_forced_speed(uint16_t ctrl)
{
    if (ctrl & CTRL(SPEED_MSB)) return 2;
    return ctrl & CTRL(SPEED_LSB) ? 1 : 0;
}

static void phy_enter_loopback(phy_t *s)
{
    phy_down(s);
    s->state = PHY_ST_LOOPBACK;
    s->speed = phy_forced_speed(s->ctrl);
    s->fd = s->ctrl & CTRL(FD);
}

// --- registers ---

static uint16_t phy_status(const phy_t *s)
{
    unsigned v = E1000_PHY_STATUS_INIT;
    if (s->link && !s->link_lost) v |= STATUS(LINK);
    if (s->an_done) v |= STATUS(AN_DONE);
    return (uint16_t)v;
}

static uint16_t phy_specific_status(const phy_t *s)
{
    if (!s->link) return 0;
    unsigned v = FPUT(E1000_PHY_PSSTAT_SPEED, s->speed) | PSSTAT(RESOLVED) | PSSTAT(LINK);
    if (s->fd) v |= PSSTAT(FD);
    if (s->fd && (s->op_ana & s->lpa & ANA(PAUSE))) v |= PSSTAT(PAUSE);
    return (uint16_t)v;
}

// Value of a register, without side effects.
static uint16_t phy_value(const phy_t *s, unsigned reg)
{
    switch (reg) {
    case E1000_PHY_CTRL: return s->ctrl;
    case E1000_PHY_STATUS: return phy_status(s);
    case E1000_PHY_ID1: return E1000_PHY_ID1_INIT;
    case E1000_PHY_ID2: return E1000_PHY_ID2_INIT;
    case E1000_PHY_ANA: return s->ana;
    case E1000_PHY_LPA: return s->lpa;
    case E1000_PHY_ANE:
        return s->an_done ? FMASK(E1000_PHY_ANE_LP_AN) | FMASK(E1000_PHY_ANE_PAGE) : 0;
    case E1000_PHY_NPT: return s->npt;
    case E1000_PHY_GCON: return s->gcon;
    case E1000_PHY_GSTATUS: return s->gstatus;
    case E1000_PHY_EPSTATUS: return E1000_PHY_EPSTATUS_INIT;
    case E1000_PHY_PSCON: return s->pscon;
    case E1000_PHY_PSSTAT: return phy_specific_status(s);
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
    if (reg == E1000_PHY_STATUS) s->link_lost = false;
    if (reg == E1000_PHY_PINTS) s->pints = 0;
    if (reg == E1000_PHY_PREC) s->prec = 0;
    return v;
}

static void phy_write_ctrl(phy_t *s, uint16_t v)
{
    uint8_t was = s->state;
    if (v & CTRL(RESET)) {
        s->ctrl = v & CTRL_KEPT;
        phy_soft_reset(s);
        return;
    }
    s->ctrl = v & E1000_PHY_CTRL_WMASK;
    if (v & CTRL(POWER_DOWN)) {
        phy_down(s);
        s->state = PHY_ST_POWERDOWN;
        return;
    }
    if (was == PHY_ST_POWERDOWN) phy_soft_reset(s);
    if (v & CTRL(LOOPBACK)) phy_enter_loopback(s);
    else if (was == PHY_ST_LOOPBACK || (v & CTRL(RESTART_AN))) phy_down(s);
}

static void phy_write(phy_t *s, unsigned reg, uint16_t v)
{
    switch (reg) {
    case E1000_PHY_CTRL: phy_write_ctrl(s, v); break;
    case E1000_PHY_ANA: s->ana = v & E1000_PHY_ANA_WMASK; break;
    case E1000_PHY_NPT: s->npt = v & E1000_PHY_NPT_WMASK; break;
    case E1000_PHY_GCON: s->gcon = v & E1000_PHY_GCON_WMASK; break;
    case E1000_PHY_PSCON: s->pscon = v; break;
    case E1000_PHY_PINTE: s->pinte = v; break;
    case E1000_PHY_EPSCON: s->epscon = v; break;
    case E1000_PHY_PAGE: s->page = v; break;
    case E1000_PHY_WINDOW: s->window = v; break;
    default: break;
    }
}

// --- link ---

// Best common mode: 2 * speed + full duplex, or NO_MODE.
static int phy_resolve(const phy_t *s, unsigned lp_speed)
{
    if (!(s->op_ctrl & CTRL(AN_ENABLE))) {
        unsigned speed = phy_forced_speed(s->op_ctrl);
        return speed > lp_speed ? NO_MODE : (int)(2 * speed + ((s->op_ctrl & CTRL(FD)) ? 1 : 0));
    }
    if (lp_speed >= 2 && (s->op_gcon & GCON(1000FD))) return 5;
    if (lp_speed >= 2 && (s->op_gcon & GCON(1000HD))) return 4;
    if (lp_speed >= 1 && (s->op_ana & ANA(100FD))) return 3;
    if (lp_speed >= 1 && (s->op_ana & ANA(100HD))) return 2;
    if (s->op_ana & ANA(10FD)) return 1;
    if (s->op_ana & ANA(10HD)) return 0;
    return NO_MODE;
}

// The negotiation is over: UP, or DOWN if nothing is common. A partner without a manual setting of
// its own takes the role that is left; a single port leaves the clock to it.
static void phy_finish(phy_t *s, const phy_in_t *in)
{
    unsigned lp_speed = in->lp_speed > 2 ? 2 : in->lp_speed;
    int mode = phy_resolve(s, lp_speed);
    phy_down(s);
    if (mode == NO_MODE) return;

    s->state = PHY_ST_UP;
    s->speed = (uint8_t)(mode >> 1);
    s->fd = mode & 1;
    unsigned gstatus = 0;
    if (s->op_ctrl & CTRL(AN_ENABLE)) {
        unsigned lpa = ANA(ACK) | ANA(10FD) | ANA(10HD) | FPUT(E1000_PHY_ANA_SELECTOR, 1);
        if (lp_speed >= 1) lpa |= ANA(100FD) | ANA(100HD);
        if (in->lp_pause) lpa |= ANA(PAUSE);
        if (lp_speed >= 2) gstatus |= GSTATUS(LP_1000);
        s->lpa = (uint16_t)lpa;
        s->an_done = true;
    }
    if (s->speed == 2) {
        bool manual = s->op_gcon & GCON(MANUAL);
        bool master = s->op_gcon & (manual ? GCON(MASTER) : GCON(MULTIPORT));
        gstatus |= GSTATUS(RX_OK) | (master ? GSTATUS(MASTER) : 0);
    }
    s->gstatus = (uint16_t)gstatus;
}

static void phy_link_step(phy_t *s, const phy_in_t *in)
{
    if (s->state == PHY_ST_RESET) phy_down(s);
    if ((s->state == PHY_ST_UP || s->state == PHY_ST_NEGOTIATING) && !in->lp_present) phy_down(s);
    if (s->state == PHY_ST_NEGOTIATING && s->an_end_cyc <= in->now) phy_finish(s, in);
    if (s->state == PHY_ST_DOWN && in->lp_present) {
        s->state = PHY_ST_NEGOTIATING;
        s->an_end_cyc = in->now + (in->autoneg_cyc ? in->autoneg_cyc : NIC_PhyAutonegCyc);
        s->op_ctrl = s->ctrl;
        s->op_ana = s->ana;
        s->op_gcon = s->gcon;
    }
}

static void phy_record(phy_t *s)
{
    bool link = s->state == PHY_ST_UP || s->state == PHY_ST_LOOPBACK;
    if (link == s->link) return;
    s->pints |= FMASK(E1000_PHY_PINTS_LINK);
    if (!link) s->link_lost = true;
    s->link = link;
}

// PHYINT is told of when the interrupt or its enable rises. CTRL.RST takes the enable away.
static void phy_phyint(phy_t *s, const phy_in_t *in)
{
    bool phyint = phy_int(s) && in->gpi1 && !in->reset;
    if (phyint && !s->phyint_q) s->phyint_cyc = in->now + 1;
    s->phyint_q = phyint;
}

// --- MDIC ---

// The operation reaches its end: the PHY sees it now, and its events of this cycle come after it.
static void phy_mdic_end(phy_t *s, const phy_in_t *in)
{
    uint32_t op = FGET(E1000_MDIC_OP, s->mdic);
    unsigned reg = FGET(E1000_MDIC_REGADD, s->mdic);
    bool held = in->phy_rst || s->state == PHY_ST_RESET;

    s->mdic_end_cyc = NIC_NEVER;
    s->mdic |= FMASK(E1000_MDIC_R);
    if (held || FGET(E1000_MDIC_PHYADD, s->mdic) != NIC_PhyAddress ||
        (op != NIC_MdicOpWrite && op != NIC_MdicOpRead))
        s->mdic |= FMASK(E1000_MDIC_E);
    else if (op == NIC_MdicOpWrite) phy_write(s, reg, (uint16_t)FGET(E1000_MDIC_DATA, s->mdic));
    else s->mdic = (s->mdic & ~FMASK(E1000_MDIC_DATA)) | FPUT(E1000_MDIC_DATA, phy_read(s, reg));
    if (s->mdic & FMASK(E1000_MDIC_I)) s->mdac_cyc = in->now + 1;
}

static void phy_mdic_step(phy_t *s, const phy_in_t *in)
{
    if (in->reset) {
        s->mdic = 0;
        s->mdic_end_cyc = NIC_NEVER;
        return;
    }
    if (s->mdic_end_cyc <= in->now) phy_mdic_end(s, in);
    if (in->csr.valid && in->csr.write && in->csr.id == E1000_R_MDIC) {
        s->mdic =
            in->csr.wdata & (FMASK(E1000_MDIC_DATA) | FMASK(E1000_MDIC_REGADD) |
                             FMASK(E1000_MDIC_PHYADD) | FMASK(E1000_MDIC_OP) | FMASK(E1000_MDIC_I));
        s->mdic_end_cyc = in->now + NIC_MdicCyc;
    }
}

// --- the module ---

void phy_reset(phy_t *s)
{
    memset(s, 0, sizeof *s);
    s->mdic_end_cyc = NIC_NEVER;
    s->mdac_cyc = NIC_NEVER;
    s->phyint_cyc = NIC_NEVER;
    phy_hard_reset(s);
}

void phy_tick(phy_t *s, const phy_in_t *in)
{
    s->started = true;
    phy_mdic_step(s, in);
    if (in->phy_rst) {
        phy_hard_reset(s);
    } else {
        phy_link_step(s, in);
        phy_record(s);
        if (in->rx_err && s->prec != 0xFFFF) s->prec++;
    }
    phy_phyint(s, in);
}

uint64_t phy_quiet(const phy_t *s)
{
    if (!s->started) return 0;
    return s->mdic_end_cyc < s->an_end_cyc ? s->mdic_end_cyc : s->an_end_cyc;
}
