// SPDX-License-Identifier: Apache-2.0
#include "tests/igb/igb_chip.h"

#include <string.h>

void chip_init(chip_t *c, void (*reset)(void *ctx), void *ctx)
{
    memset(c, 0, sizeof *c);
    c->ctrl = 0x00100201;
    c->eecd = 0x1300;
    c->reset = reset;
    c->ctx = ctx;
    c->nvm[0] = 0x0002, c->nvm[2] = 0x0200, c->nvm[8] = c->nvm[9] = 0xFFFF, c->nvm[0x0B] = 0xA03C;
    c->nvm[0x0C] = c->nvm[0x0E] = 0x8086, c->nvm[0x0D] = 0x10C9, c->nvm[0x0F] = 0x7000;
    c->nvm[0x26] = 0x10CA, c->nvm[0x37] = 0xFFFF, c->nvm[0x3F] = 0x85E0;
    c->phy[0] = 0x1140, c->phy[2] = 0x02A8, c->phy[3] = 0x0391;
    c->phy[4] = 0x0DE1, c->phy[5] = 0x45E1, c->phy[9] = 0x0E00, c->phy[10] = 0x3C00;
    c->phy[0x19] = 0x0043, c->phy[0x10] = 0x0120, c->phy[0x11] = 0xC000;
    chip_link(c, true);
}

void chip_link(chip_t *c, bool up)
{
    c->phy[1] = up ? 0x796D : 0x7949;
}

static unsigned paged(const chip_t *c, unsigned reg)
{
    return reg < 0x10 || reg == 0x1F ? reg : (c->phy[0x1F] & 0xFFE0) | reg;
}

static void mdio(chip_t *c, uint32_t command)
{
    const unsigned at = paged(c, FGET(IGB_MDIC_REGADD, command));
    const bool write = FGET(IGB_MDIC_OP, command) == 1;

    if (!(c->sync & 2)) c->stray++;
    c->mdic = command & ~(FMASK(IGB_MDIC_R) | FMASK(IGB_MDIC_E));
    if (FGET(IGB_MDIC_PHYADD, command) != 1) c->mdic |= FMASK(IGB_MDIC_E);
    else if (write) c->phy[at] = (uint16_t)command;
    else c->mdic = (c->mdic & ~0xFFFFu) | c->phy[at];
    if (c->phy_access) c->phy_access(c->ctx, write, at, (uint16_t)c->mdic);
    c->phy[0] &= 0x7DFF; // reset and restart clear themselves
    c->mdic_left = c->mdic_polls;
}

static void eerd(chip_t *c, bool write, uint32_t *v)
{
    if (write) {
        c->eerd = *v & FMASK(IGB_EERD_ADDR);
        c->eerd_left = c->eerd_polls;
    } else if (c->eerd_left) {
        *v = c->eerd;
        c->eerd_left--;
    } else {
        *v = c->eerd | 2 | (uint32_t)c->nvm[FGET(IGB_EERD_ADDR, c->eerd) & 255] << 16;
    }
}

static void swsm(chip_t *c, bool write, uint32_t *v)
{
    if (write) {
        c->swsm = (*v & ~1u) | (c->swsm & *v & 1);
        if (c->swesmbi_never) c->swsm &= ~2u;
    } else {
        *v = c->swsm;
        c->swsm |= 1;
    }
    if (c->smbi_stuck) c->swsm |= 1;
}

static void ctrl(chip_t *c, uint32_t v)
{
    if (v & FMASK(IGB_CTRL_RST)) {
        c->resets++;
        c->ctrl = 0x00100201;
        c->ctrl_ext = 0;
        c->reset(c->ctx);
        return;
    }
    if (~c->ctrl & v & FMASK(IGB_CTRL_PHY_RST)) c->phy_resets++;
    c->ctrl = v;
}

static uint32_t status(const chip_t *c)
{
    uint32_t v = 0x80000481; // 1000, full duplex

    if ((c->phy[1] & 4) && !(c->phy[0] & 0x0800)) v |= FMASK(IGB_STATUS_LU);
    if (c->txoff) v |= FMASK(IGB_STATUS_TXOFF);
    if (!(c->ctrl & 4) || c->master_hangs) v |= FMASK(IGB_STATUS_GIO_MASTER_ENABLE);
    return v;
}

bool chip_access(chip_t *c, bool write, uint32_t off, uint32_t *v)
{
    switch (off) {
    case IGB_EERD: eerd(c, write, v); return true;
    case IGB_EECD:
        if (!write) *v = c->eecd;
        return true;
    case IGB_SWSM: swsm(c, write, v); return true;
    case IGB_SW_FW_SYNC:
        if (write) c->sync = (c->sync & 0xFFFF0000) | (*v & 0xFFFF);
        else *v = c->sync;
        return true;
    case IGB_MDIC:
        if (write) {
            mdio(c, *v);
        } else if (c->mdic_left) {
            *v = c->mdic;
            c->mdic_left--;
        } else {
            *v = c->mdic | FMASK(IGB_MDIC_R);
        }
        return true;
    case IGB_CTRL:
        if (write) ctrl(c, *v);
        else *v = c->ctrl;
        return true;
    case IGB_CTRL_EXT:
        if (write) c->ctrl_ext = *v;
        else *v = c->ctrl_ext;
        return true;
    case IGB_FWSM:
        if (!write) *v = c->fwsm;
        return true;
    case IGB_STATUS:
        if (!write) *v = status(c);
        return true;
    default: return false;
    }
}
