// SPDX-License-Identifier: Apache-2.0
// MDIC, the PHY registers and the link state machine; the contract is in phy.h.
#include "model/phy.h"

#include <string.h>

enum phy_register {
    REG_CTRL = 0,
    REG_STATUS = 1,
    REG_ID1 = 2,
    REG_ID2 = 3,
    REG_ANA = 4,
    REG_LPA = 5,
    REG_ANE = 6,
    REG_NPT = 7,
    REG_GCON = 9,
    REG_GSTATUS = 10,
    REG_EPSTATUS = 15,
    REG_PSCON = 16,
    REG_PSSTAT = 17,
    REG_PINTE = 18,
    REG_PINTS = 19,
    REG_EPSCON = 20,
    REG_PREC = 21,
    REG_PAGE = 29,
    REG_WINDOW = 30
};

enum { MDIO_ADDRESS = 1, NO_MODE = -1 };

// Bits of the registers.
enum {
    CTRL_SPEED_MSB = 0x0040,
    CTRL_FD = 0x0100,
    CTRL_RESTART = 0x0200,
    CTRL_POWERDOWN = 0x0800,
    CTRL_AN = 0x1000,
    CTRL_SPEED_LSB = 0x2000,
    CTRL_LOOPBACK = 0x4000,
    CTRL_RESET = 0x8000,
    CTRL_STORED = 0x7DC0,    // what a write keeps
    CTRL_CONFIGURED = 0x3140 // what a software reset keeps
};
enum { STATUS_FIXED = 0x7949, STATUS_LINK = 0x0004, STATUS_AN_DONE = 0x0020 };
enum {
    AN_SELECTOR = 0x0001,
    AN_10HD = 0x0020,
    AN_10FD = 0x0040,
    AN_100HD = 0x0080,
    AN_100FD = 0x0100,
    AN_PAUSE = 0x0400,
    AN_ACK = 0x4000
};
enum {
    GCON_1000HD = 0x0100,
    GCON_1000FD = 0x0200,
    GCON_MULTIPORT = 0x0400,
    GCON_MASTER = 0x0800,
    GCON_MANUAL = 0x1000
};
enum { GSTATUS_LP_1000 = 0x0C00, GSTATUS_RX_OK = 0x3000, GSTATUS_MASTER = 0x4000 };
enum { PSSTAT_PAUSE = 0x000C, PSSTAT_LINK = 0x0400, PSSTAT_RESOLVED = 0x0800, PSSTAT_FD = 0x2000 };
enum { PINT_LINK = 0x0400 };

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
    s->ctrl = 0x1140;
    s->ana = 0x01E1;
    s->npt = 0x2001;
    s->gcon = 0x1E00;
    s->pscon = 0x0068;
    s->pinte = 0;
    s->epscon = 0x0D60;
    s->page = 0;
    s->window = 0;
    s->speed = 2;
    s->fd = true;
}

static uint8_t phy_forced_speed(uint16_t ctrl)
{
    if (ctrl & CTRL_SPEED_MSB) return 2;
    return ctrl & CTRL_SPEED_LSB ? 1 : 0;
}

static void phy_enter_loopback(phy_t *s)
{
    phy_down(s);
    s->state = PHY_ST_LOOPBACK;
    s->speed = phy_forced_speed(s->ctrl);
    s->fd = s->ctrl & CTRL_FD;
}

// --- registers ---

static uint16_t phy_status(const phy_t *s)
{
    unsigned v = STATUS_FIXED;
    if (s->link && !s->link_lost) v |= STATUS_LINK;
    if (s->an_done) v |= STATUS_AN_DONE;
    return (uint16_t)v;
}

static uint16_t phy_specific_status(const phy_t *s)
{
    if (!s->link) return 0;
    unsigned v = (unsigned)s->speed << 14 | PSSTAT_RESOLVED | PSSTAT_LINK;
    if (s->fd) v |= PSSTAT_FD;
    if (s->fd && (s->op_ana & s->lpa & AN_PAUSE)) v |= PSSTAT_PAUSE;
    return (uint16_t)v;
}

// Value of a register, without side effects.
static uint16_t phy_value(const phy_t *s, unsigned reg)
{
    switch (reg) {
    case REG_CTRL: return s->ctrl;
    case REG_STATUS: return phy_status(s);
    case REG_ID1: return 0x0141;
    case REG_ID2: return 0x0C20;
    case REG_ANA: return s->ana;
    case REG_LPA: return s->lpa;
    case REG_ANE: return s->an_done ? 0x0003 : 0;
    case REG_NPT: return s->npt;
    case REG_GCON: return s->gcon;
    case REG_GSTATUS: return s->gstatus;
    case REG_EPSTATUS: return 0x3000;
    case REG_PSCON: return s->pscon;
    case REG_PSSTAT: return phy_specific_status(s);
    case REG_PINTE: return s->pinte;
    case REG_PINTS: return s->pints;
    case REG_EPSCON: return s->epscon;
    case REG_PREC: return s->prec;
    case REG_PAGE: return s->page;
    case REG_WINDOW: return s->window;
    default: return 0;
    }
}

static uint16_t phy_read(phy_t *s, unsigned reg)
{
    uint16_t v = phy_value(s, reg);
    if (reg == REG_STATUS) s->link_lost = false;
    if (reg == REG_PINTS) s->pints = 0;
    if (reg == REG_PREC) s->prec = 0;
    return v;
}

static void phy_write_ctrl(phy_t *s, uint16_t v)
{
    uint8_t was = s->state;
    if (v & CTRL_RESET) {
        s->ctrl = v & CTRL_CONFIGURED;
        phy_soft_reset(s);
        return;
    }
    s->ctrl = v & CTRL_STORED;
    if (v & CTRL_POWERDOWN) {
        phy_down(s);
        s->state = PHY_ST_POWERDOWN;
        return;
    }
    if (was == PHY_ST_POWERDOWN) phy_soft_reset(s);
    if (v & CTRL_LOOPBACK) phy_enter_loopback(s);
    else if (was == PHY_ST_LOOPBACK || (v & CTRL_RESTART)) phy_down(s);
}

static void phy_write(phy_t *s, unsigned reg, uint16_t v)
{
    switch (reg) {
    case REG_CTRL: phy_write_ctrl(s, v); break;
    case REG_ANA: s->ana = v & 0xBFFF; break;   // 14: acknowledge, not writable
    case REG_NPT: s->npt = v & 0xB7FF; break;   // 14: reserved, 11: toggle
    case REG_GCON: s->gcon = v & 0xFF00; break; // 7:0 reserved
    case REG_PSCON: s->pscon = v; break;
    case REG_PINTE: s->pinte = v; break;
    case REG_EPSCON: s->epscon = v; break;
    case REG_PAGE: s->page = v; break;
    case REG_WINDOW: s->window = v; break;
    default: break;
    }
}

// --- link ---

// Best common mode: 2 * speed + full duplex, or NO_MODE.
static int phy_resolve(const phy_t *s, unsigned lp_speed)
{
    if (!(s->op_ctrl & CTRL_AN)) {
        unsigned speed = phy_forced_speed(s->op_ctrl);
        return speed > lp_speed ? NO_MODE : (int)(2 * speed + ((s->op_ctrl & CTRL_FD) ? 1 : 0));
    }
    if (lp_speed >= 2 && (s->op_gcon & GCON_1000FD)) return 5;
    if (lp_speed >= 2 && (s->op_gcon & GCON_1000HD)) return 4;
    if (lp_speed >= 1 && (s->op_ana & AN_100FD)) return 3;
    if (lp_speed >= 1 && (s->op_ana & AN_100HD)) return 2;
    if (s->op_ana & AN_10FD) return 1;
    if (s->op_ana & AN_10HD) return 0;
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
    if (s->op_ctrl & CTRL_AN) {
        unsigned lpa = AN_ACK | AN_10FD | AN_10HD | AN_SELECTOR;
        if (lp_speed >= 1) lpa |= AN_100FD | AN_100HD;
        if (in->lp_pause) lpa |= AN_PAUSE;
        if (lp_speed >= 2) gstatus |= GSTATUS_LP_1000;
        s->lpa = (uint16_t)lpa;
        s->an_done = true;
    }
    if (s->speed == 2) {
        bool manual = s->op_gcon & GCON_MANUAL;
        bool master = s->op_gcon & (manual ? GCON_MASTER : GCON_MULTIPORT);
        gstatus |= GSTATUS_RX_OK | (master ? GSTATUS_MASTER : 0);
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
        s->an_end_cyc = in->now + NIC_PhyAutonegCyc;
        s->op_ctrl = s->ctrl;
        s->op_ana = s->ana;
        s->op_gcon = s->gcon;
    }
}

static void phy_record(phy_t *s)
{
    bool link = s->state == PHY_ST_UP || s->state == PHY_ST_LOOPBACK;
    if (link == s->link) return;
    s->pints |= PINT_LINK;
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
    if (held || FGET(E1000_MDIC_PHYADD, s->mdic) != MDIO_ADDRESS || (op != 1 && op != 2))
        s->mdic |= FMASK(E1000_MDIC_E);
    else if (op == 1) phy_write(s, reg, (uint16_t)FGET(E1000_MDIC_DATA, s->mdic));
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
