// SPDX-License-Identifier: Apache-2.0
// The M88 copper PHY behind MDIC, negotiation and the link. Only automatic negotiation is offered;
// flow control is resolved by IEEE 802.3 rules alone.
#include "driver/e1000_hw.h"

#define PHY_ID_M88 ((uint32_t)E1000_PHY_ID1_INIT << 16 | E1000_PHY_ID2_INIT)

#define CTRL(bit)   FMASK(E1000_PHY_CTRL_##bit)
#define STATUS(bit) FMASK(E1000_PHY_STATUS_##bit)
#define ANA(bit)    FMASK(E1000_PHY_ANA_##bit)
#define GCON(bit)   FMASK(E1000_PHY_GCON_##bit)

static int mdic(const e1000_hw_t *hw, uint32_t command, unsigned tries, uint32_t us, uint32_t *last)
{
    wr32(hw, E1000_MDIC, command | FPUT(E1000_MDIC_PHYADD, NIC_PhyAddress));
    int err = e1000_wait_set(hw, E1000_MDIC, FMASK(E1000_MDIC_R), tries, us, last);
    if (!err && (*last & FMASK(E1000_MDIC_E))) {
        os_log(hw->d, "MDIC error, MDIC=%08X", *last);
        err = -EIO;
    }
    return err;
}

int e1000_phy_read(const e1000_hw_t *hw, unsigned reg, uint16_t *value)
{
    uint32_t last;
    int err =
        mdic(hw, FPUT(E1000_MDIC_OP, NIC_MdicOpRead) | FPUT(E1000_MDIC_REGADD, reg), 64, 50, &last);

    if (!err) *value = (uint16_t)FGET(E1000_MDIC_DATA, last);
    return err;
}

int e1000_phy_write(const e1000_hw_t *hw, unsigned reg, uint16_t value)
{
    uint32_t last;

    return mdic(hw, FPUT(E1000_MDIC_OP, NIC_MdicOpWrite) | FPUT(E1000_MDIC_REGADD, reg) | value,
                641, 5, &last);
}

static int phy_rmw(const e1000_hw_t *hw, unsigned reg, unsigned clear, unsigned set)
{
    uint16_t v;
    int err = e1000_phy_read(hw, reg, &v);

    return err ? err : e1000_phy_write(hw, reg, (uint16_t)((v & ~clear) | set));
}

// PHY status, read twice because link is latched low.
static int phy_status(const e1000_hw_t *hw, uint16_t *v)
{
    int err = e1000_phy_read(hw, E1000_PHY_STATUS, v);

    return err ? err : e1000_phy_read(hw, E1000_PHY_STATUS, v);
}

// A.5 step 8, once.
static int identify(e1000_hw_t *hw)
{
    uint16_t hi, lo;
    int err;

    if (hw->phy_known) return 0;
    if ((err = e1000_phy_read(hw, E1000_PHY_ID1, &hi))) return err;
    os_udelay(hw->d, 20);
    if ((err = e1000_phy_read(hw, E1000_PHY_ID2, &lo))) return err;
    uint32_t id = (uint32_t)hi << 16 | lo;
    if ((id & ~0xFu) != PHY_ID_M88) {
        os_log(hw->d, "unknown PHY id %08X, %08X expected", id, PHY_ID_M88);
        return -ENODEV;
    }
    hw->phy_rev = id & 0xF;
    hw->phy_known = true;
    return 0;
}

// A.5 steps 9 to 11.
static int negotiate(const e1000_hw_t *hw)
{
    unsigned pause = 0;
    uint16_t ana, gcon;
    int err;

    if (hw->type == E1000_MAC_82545GM &&
        (err = phy_rmw(hw, E1000_PHY_PSCON, 0, FMASK(E1000_PHY_PSCON_CLK125_OFF))))
        return err;
    // Carrier sense on transmit, automatic crossover, polarity correction.
    if ((err = phy_rmw(hw, E1000_PHY_PSCON, FMASK(E1000_PHY_PSCON_POLARITY_OFF),
                       FMASK(E1000_PHY_PSCON_CRS_TX) | FMASK(E1000_PHY_PSCON_MDI))))
        return err;
    // 25 MHz transmit clock, downshift after one attempt.
    if (hw->phy_rev < 4 &&
        (err = phy_rmw(hw, E1000_PHY_EPSCON, FMASK(E1000_PHY_EPSCON_DOWNSHIFT),
                       FPUT(E1000_PHY_EPSCON_DOWNSHIFT, 1) | FPUT(E1000_PHY_EPSCON_TX_CLK, 7))))
        return err;
    if ((err = phy_rmw(hw, E1000_PHY_CTRL, 0, CTRL(RESET)))) return err;
    os_udelay(hw->d, 1);

    if (hw->fc_wanted & E1000_FC_RX) pause = ANA(PAUSE) | ANA(ASM_DIR);
    else if (hw->fc_wanted & E1000_FC_TX) pause = ANA(ASM_DIR);
    if ((err = e1000_phy_read(hw, E1000_PHY_ANA, &ana))) return err;
    if ((err = e1000_phy_read(hw, E1000_PHY_GCON, &gcon))) return err;
    ana = (uint16_t)((ana & ~(ANA(PAUSE) | ANA(ASM_DIR))) | ANA(10HD) | ANA(10FD) | ANA(100HD) |
                     ANA(100FD) | pause);
    if ((err = e1000_phy_write(hw, E1000_PHY_ANA, ana))) return err;
    gcon = (uint16_t)((gcon & ~GCON(1000HD)) | GCON(1000FD)); // 1000BASE-T, full duplex only
    if ((err = e1000_phy_write(hw, E1000_PHY_GCON, gcon))) return err;
    return phy_rmw(hw, E1000_PHY_CTRL, 0, CTRL(AN_ENABLE) | CTRL(RESTART_AN));
}

unsigned e1000_link_speed(const e1000_hw_t *hw, bool *full_duplex)
{
    static const unsigned mbps[4] = {10, 100, 1000, 1000};
    uint32_t status = rd32(hw, E1000_STATUS);

    *full_duplex = FGET(E1000_STATUS_FD, status);
    return mbps[FGET(E1000_STATUS_SPEED, status)];
}

// IEEE 802.3 annex 28B: what both ends advertise decides who may pause whom.
static uint8_t resolve_pause(uint16_t own, uint16_t partner)
{
    const unsigned both = ANA(PAUSE) | ANA(ASM_DIR);

    if (own & partner & ANA(PAUSE)) return E1000_FC_FULL;
    if ((own & both) == ANA(ASM_DIR) && (partner & both) == both) return E1000_FC_TX;
    if ((own & both) == both && (partner & both) == ANA(ASM_DIR)) return E1000_FC_RX;
    return E1000_FC_NONE;
}

// What the MAC must know once the PHY has a link: collision distance and flow control.
static int apply_link(e1000_hw_t *hw)
{
    uint16_t status, own, partner;
    bool fd;
    int err;

    rmw32(hw, E1000_TCTL, FMASK(E1000_TCTL_COLD), FPUT(E1000_TCTL_COLD, 0x40));
    if ((err = phy_status(hw, &status))) return err;
    if (!(status & STATUS(AN_DONE))) return 0;
    if ((err = e1000_phy_read(hw, E1000_PHY_ANA, &own))) return err;
    if ((err = e1000_phy_read(hw, E1000_PHY_LPA, &partner))) return err;
    hw->fc = resolve_pause(own, partner);
    e1000_link_speed(hw, &fd);
    if (!fd) hw->fc = E1000_FC_NONE;
    rmw32(hw, E1000_CTRL, FMASK(E1000_CTRL_RFCE) | FMASK(E1000_CTRL_TFCE),
          FPUT(E1000_CTRL_RFCE, hw->fc & E1000_FC_RX) |
              FPUT(E1000_CTRL_TFCE, (hw->fc & E1000_FC_TX) >> 1));
    return 0;
}

// A.5 step 12: the link may be up at once (it is in loopback); normally LSC reports it later.
static int quick_look(e1000_hw_t *hw)
{
    for (unsigned i = 0; i < 10; i++) {
        uint16_t status;
        int err = phy_status(hw, &status);
        if (err) return err;
        if (status & STATUS(LINK)) return apply_link(hw);
        os_udelay(hw->d, 10);
    }
    return 0;
}

// A.5 step 14. The high watermark is the smaller of 9/10 of the 48 KiB receive buffer and what
// leaves room for a frame.
static void pause_registers(const e1000_hw_t *hw)
{
    const uint32_t high = (48u * 1024 * 9 / 10) & FMASK(E1000_FCRTH_RTH);
    const bool tx = hw->fc_wanted & E1000_FC_TX;

    wr32(hw, E1000_FCT, NIC_TypeControl);
    wr32(hw, E1000_FCAH, (uint32_t)(NIC_PauseAddress >> 32));
    wr32(hw, E1000_FCAL, (uint32_t)NIC_PauseAddress);
    wr32(hw, E1000_FCTTV, 0xFFFF);
    wr32(hw, E1000_FCRTL, tx ? (high - 8) | FMASK(E1000_FCRTL_XONE) : 0);
    wr32(hw, E1000_FCRTH, tx ? high : 0);
}

int e1000_link_setup(e1000_hw_t *hw)
{
    int err;

    if (!hw->fc_known) {
        uint16_t w;
        if ((err = e1000_eeprom_read(hw, E1000_EE_INIT2, &w))) return err;
        unsigned capability = FGET(E1000_EE_INIT2_PAUSE, w);
        hw->fc_wanted = capability == 0   ? E1000_FC_NONE
                        : capability == 2 ? E1000_FC_TX
                                          : E1000_FC_FULL;
        hw->fc_known = true;
    }
    rmw32(hw, E1000_CTRL, FMASK(E1000_CTRL_FRCSPD) | FMASK(E1000_CTRL_FRCDPLX),
          FMASK(E1000_CTRL_SLU));
    hw->link_unconfirmed = true;
    if ((err = identify(hw)) || (err = negotiate(hw)) || (err = quick_look(hw))) return err;
    pause_registers(hw);
    return 0;
}

bool e1000_link_check(e1000_hw_t *hw)
{
    uint16_t status, pssr;

    (void)rd32(hw, E1000_CTRL);
    (void)rd32(hw, E1000_STATUS);
    if (!hw->link_unconfirmed) return true;
    if (phy_status(hw, &status) || !(status & STATUS(LINK))) return false;
    hw->link_unconfirmed = false;
    if (!e1000_phy_read(hw, E1000_PHY_PSSTAT, &pssr) && (pssr & FMASK(E1000_PHY_PSSTAT_DOWNSHIFT)))
        os_log(hw->d, "the PHY shifted down to a lower speed");
    if (apply_link(hw)) os_log(hw->d, "flow control could not be configured");
    return true;
}

void e1000_phy_info(const e1000_hw_t *hw)
{
    static const uint8_t regs[] = {E1000_PHY_PSCON, E1000_PHY_PSSTAT, E1000_PHY_GSTATUS};
    uint16_t v;

    if (!hw->phy_known || phy_status(hw, &v) || !(v & STATUS(LINK))) return;
    for (unsigned i = 0; i < sizeof regs; i++)
        if (e1000_phy_read(hw, regs[i], &v)) return;
}

void e1000_phy_power(const e1000_hw_t *hw, bool on)
{
    if (hw->wol) return;
    // With SMBUS_EN the management controller needs the PHY.
    if (!on && (rd32(hw, E1000_MANC) & 1)) return;
    (void)phy_rmw(hw, E1000_PHY_CTRL, on ? CTRL(POWER_DOWN) : 0, on ? 0 : CTRL(POWER_DOWN));
}
