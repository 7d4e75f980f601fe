// SPDX-License-Identifier: Apache-2.0
// MDIC, the registers of IEEE 802.3 and the link state machine; the contract is in phy.h.
#include "model/phy_core.h"

#include <string.h>

enum { NO_MODE = -1 };

#define CTRL(bit)    FMASK(E1000_PHY_CTRL_##bit)
#define STATUS(bit)  FMASK(E1000_PHY_STATUS_##bit)
#define ANA(bit)     FMASK(E1000_PHY_ANA_##bit)
#define GCON(bit)    FMASK(E1000_PHY_GCON_##bit)
#define GSTATUS(bit) FMASK(E1000_PHY_GSTATUS_##bit)

// What a software reset keeps of register 0.
#define CTRL_KEPT (CTRL(SPEED_MSB) | CTRL(SPEED_LSB) | CTRL(FD) | CTRL(AN_ENABLE))

// --- resets and transitions ---

// To DOWN: what was learnt from the partner is forgotten.
static void phy_down(phy_core_t *s)
{
    s->state = PHY_ST_DOWN;
    s->an_end_cyc = NIC_NEVER;
    s->an_done = false;
    s->lpa = 0;
    s->gstatus = 0;
}

// Software reset but for register 0. The link is taken down here and not by phy_record, so that the
// reset leaves no record of itself.
static void phy_soft_reset(phy_core_t *s)
{
    phy_down(s);
    s->link = false;
    s->link_lost = false;
}

static void phy_hard_reset(phy_core_t *s, const phy_kind_t *kind)
{
    phy_soft_reset(s);
    s->state = PHY_ST_RESET;
    s->ctrl = E1000_PHY_CTRL_INIT;
    s->ana = kind->ana;
    s->gcon = kind->gcon;
    s->speed = 2;
    s->fd = true;
}

static uint8_t phy_forced_speed(uint16_t ctrl)
{
    if (ctrl & CTRL(SPEED_MSB)) return 2;
    return ctrl & CTRL(SPEED_LSB) ? 1 : 0;
}

static void phy_enter_loopback(phy_core_t *s)
{
    phy_down(s);
    s->state = PHY_ST_LOOPBACK;
    s->speed = phy_forced_speed(s->ctrl);
    s->fd = s->ctrl & CTRL(FD);
}

// --- registers ---

static uint16_t phy_status(const phy_core_t *s)
{
    unsigned v = E1000_PHY_STATUS_INIT;
    if (s->link && !s->link_lost) v |= STATUS(LINK);
    if (s->an_done) v |= STATUS(AN_DONE);
    return (uint16_t)v;
}

// Reads a register that is here, with its side effect; false: it is not.
static bool phy_read(phy_core_t *s, unsigned reg, const phy_kind_t *kind)
{
    unsigned v = 0;
    switch (reg) {
    case E1000_PHY_CTRL: v = s->ctrl; break;
    case E1000_PHY_STATUS:
        v = phy_status(s);
        s->link_lost = false;
        break;
    case E1000_PHY_ID1: v = kind->id1; break;
    case E1000_PHY_ID2: v = kind->id2; break;
    case E1000_PHY_ANA: v = s->ana; break;
    case E1000_PHY_LPA: v = s->lpa; break;
    case E1000_PHY_ANE:
        if (s->an_done) v = FMASK(E1000_PHY_ANE_LP_AN) | FMASK(E1000_PHY_ANE_PAGE);
        break;
    case E1000_PHY_GCON: v = s->gcon; break;
    case E1000_PHY_GSTATUS: v = s->gstatus; break;
    case E1000_PHY_EPSTATUS: v = E1000_PHY_EPSTATUS_INIT; break;
    default: return false;
    }
    phy_core_answer(s, (uint16_t)v);
    return true;
}

// Whether the write resets the PHY.
static bool phy_write_ctrl(phy_core_t *s, uint16_t v)
{
    const uint8_t was = s->state;
    if (v & CTRL(RESET)) {
        s->ctrl = v & CTRL_KEPT;
        phy_soft_reset(s);
        return true;
    }
    s->ctrl = v & E1000_PHY_CTRL_WMASK;
    if (v & CTRL(POWER_DOWN)) {
        phy_down(s);
        s->state = PHY_ST_POWERDOWN;
        return false;
    }
    if (was == PHY_ST_POWERDOWN) phy_soft_reset(s);
    if (v & CTRL(LOOPBACK)) phy_enter_loopback(s);
    else if (was == PHY_ST_LOOPBACK || (v & CTRL(RESTART_AN))) phy_down(s);
    return was == PHY_ST_POWERDOWN;
}

// --- link ---

// Best common mode: 2 * speed + full duplex, or NO_MODE.
static int phy_resolve(const phy_core_t *s, unsigned lp_speed)
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
// its own takes the role that is left, or that of the master where this end does not prefer it.
static void phy_finish(phy_core_t *s, const phy_in_t *in, const phy_kind_t *kind)
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
        bool prefers = kind->multiport && (s->op_gcon & GCON(MULTIPORT));
        bool master = manual ? s->op_gcon & GCON(MASTER) : prefers;
        gstatus |= GSTATUS(RX_OK) | (master ? GSTATUS(MASTER) : 0);
    }
    s->gstatus = (uint16_t)gstatus;
}

static void phy_link_step(phy_core_t *s, const phy_in_t *in, const phy_kind_t *kind)
{
    if (s->state == PHY_ST_RESET) phy_down(s);
    if ((s->state == PHY_ST_UP || s->state == PHY_ST_NEGOTIATING) && !in->lp_present) phy_down(s);
    if (s->state == PHY_ST_NEGOTIATING && s->an_end_cyc <= in->now) phy_finish(s, in, kind);
    if (s->state == PHY_ST_DOWN && in->lp_present) {
        s->state = PHY_ST_NEGOTIATING;
        s->an_end_cyc = in->now + (in->autoneg_cyc ? in->autoneg_cyc : NIC_PhyAutonegCyc);
        s->op_ctrl = s->ctrl;
        s->op_ana = s->ana;
        s->op_gcon = s->gcon;
    }
}

// Whether the link changed.
static bool phy_record(phy_core_t *s)
{
    bool link = s->state == PHY_ST_UP || s->state == PHY_ST_LOOPBACK;
    if (link == s->link) return false;
    if (!link) s->link_lost = true;
    s->link = link;
    return true;
}

// --- the module ---

void phy_core_reset(phy_core_t *s, const phy_kind_t *kind)
{
    memset(s, 0, sizeof *s);
    s->mdic_end_cyc = NIC_NEVER;
    s->mdac_cyc = NIC_NEVER;
    phy_hard_reset(s, kind);
}

// The operation reaches its end: the PHY sees it now, and its events of this cycle come after it.
phy_op_t phy_core_op(phy_core_t *s, const phy_in_t *in, const phy_kind_t *kind)
{
    phy_op_t op = {.reg = (uint8_t)FGET(E1000_MDIC_REGADD, s->mdic),
                   .data = (uint16_t)FGET(E1000_MDIC_DATA, s->mdic)};
    s->started = true;
    if (in->reset || s->mdic_end_cyc > in->now) return op;

    const uint32_t code = FGET(E1000_MDIC_OP, s->mdic);
    const bool held = in->phy_rst || s->state == PHY_ST_RESET;
    s->mdic_end_cyc = NIC_NEVER;
    s->mdic |= FMASK(E1000_MDIC_R);
    if (s->mdic & FMASK(E1000_MDIC_I)) s->mdac_cyc = in->now + 1;
    if (held || FGET(E1000_MDIC_PHYADD, s->mdic) != NIC_PhyAddress ||
        (code != NIC_MdicOpWrite && code != NIC_MdicOpRead)) {
        s->mdic |= FMASK(E1000_MDIC_E);
        return op;
    }
    if (code == NIC_MdicOpRead) {
        op.read = !phy_read(s, op.reg, kind);
        return op;
    }
    switch (op.reg) {
    case E1000_PHY_CTRL: op.soft_reset = phy_write_ctrl(s, op.data); break;
    case E1000_PHY_ANA: s->ana = op.data & E1000_PHY_ANA_WMASK; break;
    case E1000_PHY_GCON: s->gcon = op.data & E1000_PHY_GCON_WMASK; break;
    default: op.write = true; break; // read-only ones too: nobody has them to write
    }
    return op;
}

void phy_core_answer(phy_core_t *s, uint16_t value)
{
    s->mdic = (s->mdic & ~FMASK(E1000_MDIC_DATA)) | FPUT(E1000_MDIC_DATA, value);
}

static void phy_mdic_write(phy_core_t *s, const phy_in_t *in, const phy_kind_t *kind)
{
    if (in->reset) {
        s->mdic = 0;
        s->mdic_end_cyc = NIC_NEVER;
    } else if (in->csr.valid && in->csr.write && in->csr.id == kind->mdic) {
        s->mdic =
            in->csr.wdata & (FMASK(E1000_MDIC_DATA) | FMASK(E1000_MDIC_REGADD) |
                             FMASK(E1000_MDIC_PHYADD) | FMASK(E1000_MDIC_OP) | FMASK(E1000_MDIC_I));
        s->mdic_end_cyc = in->now + NIC_MdicCyc;
    }
}

bool phy_core_step(phy_core_t *s, const phy_in_t *in, const phy_kind_t *kind)
{
    phy_mdic_write(s, in, kind);
    if (in->phy_rst) {
        phy_hard_reset(s, kind);
        return false;
    }
    phy_link_step(s, in, kind);
    return phy_record(s);
}

uint64_t phy_core_quiet(const phy_core_t *s)
{
    if (!s->started) return 0;
    return s->mdic_end_cyc < s->an_end_cyc ? s->mdic_end_cyc : s->an_end_cyc;
}
