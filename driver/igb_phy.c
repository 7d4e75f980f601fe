// SPDX-License-Identifier: Apache-2.0
// The internal copper PHY behind MDIC, negotiation and the link. Flow control is resolved by IEEE
// 802.3 rules alone.
#include "driver/igb_hw.h"

#define PHY_ID   0x02A80390u // without revision
#define RESOURCE 2u          // SW_FW_SYNC: PHY 0

#define MDIC_TRIES      1920u
#define MDIC_US         50u
#define RESET_US        100u
#define RESET_AFTER_US  150u
#define CONFIG_TRIES    100u // of 1 ms
#define CONFIG_AFTER_MS 100u
#define MANC_BLOCK      (1u << 18) // PHY reset is blocked

// Registers and their bits (§7); those that IEEE 802.3 names are as in phy_88e1011.def.
enum {
    PHY_CTRL = 0,
    PHY_STATUS = 1,
    PHY_ID1 = 2,
    PHY_ID2 = 3,
    PHY_ANA = 4,
    PHY_LPA = 5,
    PHY_GCON = 9,
    PHY_PORT_CTRL = 0x12,
    PHY_POWER = 0x19,
    PHY_PAGE = 0x1F,
    PAGED_FROM = 0x10,
    PORT_AUTO_MDIX = 1 << 12,
    PORT_FORCE_MDIX = 1 << 13,
    POWER_LPLU = 1 << 1 | 1 << 2,
};
#define CTRL(bit)   FMASK(E1000_PHY_CTRL_##bit)
#define STATUS(bit) FMASK(E1000_PHY_STATUS_##bit)
#define ANA(bit)    FMASK(E1000_PHY_ANA_##bit)
#define GCON(bit)   FMASK(E1000_PHY_GCON_##bit)

static int mdic(const igb_hw_t *hw, uint32_t command, unsigned reg, uint32_t *last)
{
    wr32(hw, IGB_MDIC,
         command | FPUT(IGB_MDIC_PHYADD, NIC_PhyAddress) | FPUT(IGB_MDIC_REGADD, reg));
    os_udelay(hw->d, MDIC_US);
    int err =
        igb_wait(hw, IGB_MDIC, FMASK(IGB_MDIC_R), FMASK(IGB_MDIC_R), MDIC_TRIES, MDIC_US, last);
    if (!err && (*last & FMASK(IGB_MDIC_E))) err = -EIO;
    if (err) os_log(hw->d, "PHY register %X: MDIC is %08X", reg, *last);
    return err;
}

static int access(const igb_hw_t *hw, uint32_t command, unsigned reg, uint32_t *last)
{
    int err = igb_acquire(hw, RESOURCE);

    if (err) return err;
    if (reg >= PAGED_FROM)
        err = mdic(hw, FPUT(IGB_MDIC_OP, NIC_MdicOpWrite) | (reg & 0xFFFF), PHY_PAGE, last);
    if (!err) err = mdic(hw, command, reg, last);
    igb_release(hw, RESOURCE);
    return err;
}

int igb_phy_read(const igb_hw_t *hw, unsigned reg, uint16_t *value)
{
    uint32_t last;
    int err = access(hw, FPUT(IGB_MDIC_OP, NIC_MdicOpRead), reg, &last);

    if (!err) *value = (uint16_t)FGET(IGB_MDIC_DATA, last);
    return err;
}

int igb_phy_write(const igb_hw_t *hw, unsigned reg, uint16_t value)
{
    uint32_t last;

    return access(hw, FPUT(IGB_MDIC_OP, NIC_MdicOpWrite) | value, reg, &last);
}

static int phy_rmw(const igb_hw_t *hw, unsigned reg, unsigned clear, unsigned set)
{
    uint16_t v;
    int err = igb_phy_read(hw, reg, &v);

    return err ? err : igb_phy_write(hw, reg, (uint16_t)((v & ~clear) | set));
}

// Read twice because link is latched low.
static int phy_status(const igb_hw_t *hw, uint16_t *v)
{
    int err = igb_phy_read(hw, PHY_STATUS, v);

    return err ? err : igb_phy_read(hw, PHY_STATUS, v);
}

int igb_phy_identify(igb_hw_t *hw)
{
    uint16_t hi, lo;
    int err;

    if (hw->phy_known) return 0;
    if ((err = igb_phy_read(hw, PHY_ID1, &hi)) || (err = igb_phy_read(hw, PHY_ID2, &lo)))
        return err;
    const uint32_t id = (uint32_t)hi << 16 | lo;
    if ((id & ~0xFu) != PHY_ID) {
        os_log(hw->d, "unknown PHY id %08X, %08X expected", id, PHY_ID);
        return -ENODEV;
    }
    hw->phy_known = true;
    return 0;
}

void igb_phy_power(const igb_hw_t *hw, bool on)
{
    (void)phy_rmw(hw, PHY_CTRL, on ? CTRL(POWER_DOWN) : 0, on ? 0 : CTRL(POWER_DOWN));
}

// B.4 step 6. What firmware would configure afterwards takes a while; it is not there, so go on
// anyway.
int igb_phy_reset(const igb_hw_t *hw)
{
    if (rd32(hw, IGB_MANC) & MANC_BLOCK) return 0;
    int err = igb_acquire(hw, RESOURCE);
    if (err) return err;
    const uint32_t ctrl = rd32(hw, IGB_CTRL);
    wr32(hw, IGB_CTRL, ctrl | FMASK(IGB_CTRL_PHY_RST));
    flush(hw);
    os_udelay(hw->d, RESET_US);
    wr32(hw, IGB_CTRL, ctrl);
    flush(hw);
    os_udelay(hw->d, RESET_AFTER_US);
    igb_release(hw, RESOURCE);
    const uint32_t done = FMASK(IGB_EEMNGCTL_CFG_DONE0);
    if (igb_wait(hw, IGB_EEMNGCTL, done, done, CONFIG_TRIES, 1000, NULL))
        os_log(hw->d, "the PHY is not configured in time");
    (void)rd32(hw, IGB_EECD); // without NVM there would be a script to run
    os_msleep(hw->d, CONFIG_AFTER_MS);
    return 0;
}

// B.4 step 7.
static int negotiate(const igb_hw_t *hw)
{
    unsigned pause = 0;
    int err;

    if ((err = phy_rmw(hw, PHY_POWER, POWER_LPLU, 0)) ||
        (err = phy_rmw(hw, PHY_PORT_CTRL, PORT_FORCE_MDIX, PORT_AUTO_MDIX)))
        return err;
    if (hw->fc_wanted & IGB_FC_RX) pause = ANA(PAUSE) | ANA(ASM_DIR);
    else if (hw->fc_wanted & IGB_FC_TX) pause = ANA(ASM_DIR);
    if ((err = phy_rmw(hw, PHY_ANA, ANA(PAUSE) | ANA(ASM_DIR),
                       ANA(10HD) | ANA(10FD) | ANA(100HD) | ANA(100FD) | pause)) ||
        (err = phy_rmw(hw, PHY_GCON, GCON(1000HD), GCON(1000FD))))
        return err;
    return phy_rmw(hw, PHY_CTRL, 0, CTRL(AN_ENABLE) | CTRL(RESTART_AN));
}

unsigned igb_link_speed(const igb_hw_t *hw, bool *full_duplex)
{
    static const unsigned mbps[4] = {10, 100, 1000, 1000};
    const uint32_t status = rd32(hw, IGB_STATUS);

    *full_duplex = FGET(IGB_STATUS_FD, status);
    return mbps[FGET(IGB_STATUS_SPEED, status)];
}

// IEEE 802.3 annex 28B: what both ends advertise decides who may pause whom.
static uint8_t resolve_pause(uint16_t own, uint16_t partner)
{
    const unsigned both = ANA(PAUSE) | ANA(ASM_DIR);

    if (own & partner & ANA(PAUSE)) return IGB_FC_FULL;
    if ((own & both) == ANA(ASM_DIR) && (partner & both) == both) return IGB_FC_TX;
    if ((own & both) == both && (partner & both) == ANA(ASM_DIR)) return IGB_FC_RX;
    return IGB_FC_NONE;
}

// B.4 step 8: collision distance and flow control of the link that the PHY has.
static int apply_link(igb_hw_t *hw)
{
    uint16_t status, own, partner;
    bool fd;
    int err;

    rmw32(hw, IGB_TCTL, FMASK(IGB_TCTL_COLD), FPUT(IGB_TCTL_COLD, 0x3F));
    if ((err = phy_status(hw, &status))) return err;
    if (!(status & STATUS(AN_DONE))) return 0;
    if ((err = igb_phy_read(hw, PHY_ANA, &own)) || (err = igb_phy_read(hw, PHY_LPA, &partner)))
        return err;
    hw->fc = resolve_pause(own, partner);
    (void)igb_link_speed(hw, &fd);
    if (!fd) hw->fc = IGB_FC_NONE;
    rmw32(hw, IGB_CTRL, FMASK(IGB_CTRL_RFCE) | FMASK(IGB_CTRL_TFCE),
          FPUT(IGB_CTRL_RFCE, hw->fc & IGB_FC_RX) | FPUT(IGB_CTRL_TFCE, (hw->fc & IGB_FC_TX) >> 1));
    return 0;
}

// The link may be up at once; normally LSC reports it later.
static int quick_look(igb_hw_t *hw)
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

// B.4 step 9. Above the high watermark there is room for a frame that has begun and one more.
static void pause_registers(const igb_hw_t *hw)
{
    const uint32_t room = hw->frame_max + 16128;
    const uint32_t high = ((rd32(hw, IGB_RXPBS) & 0x7F) * 1024 - room) & 0xFFF0;
    const bool tx = hw->fc_wanted & IGB_FC_TX;

    wr32(hw, IGB_FCT, NIC_TypeControl);
    wr32(hw, IGB_FCAH, (uint32_t)(NIC_PauseAddress >> 32));
    wr32(hw, IGB_FCAL, (uint32_t)NIC_PauseAddress);
    wr32(hw, IGB_FCTTV, 0xFFFF);
    wr32(hw, IGB_FCRTL, tx ? (high - 16) | FMASK(IGB_FCRTL_XONE) : 0);
    wr32(hw, IGB_FCRTH, tx ? high : 0);
}

int igb_link_setup(igb_hw_t *hw)
{
    int err;

    if (!hw->fc_known) {
        uint16_t w;
        if ((err = igb_nvm_read(hw, E1000_EE_INIT2, &w))) return err;
        const unsigned capability = FGET(E1000_EE_INIT2_PAUSE, w);
        hw->fc_wanted = capability == 0 ? IGB_FC_NONE : capability == 2 ? IGB_FC_TX : IGB_FC_FULL;
        hw->fc_known = true;
    }
    rmw32(hw, IGB_CTRL, FMASK(IGB_CTRL_FRCSPD) | FMASK(IGB_CTRL_FRCDPLX), FMASK(IGB_CTRL_SLU));
    hw->link_unconfirmed = true;
    if ((err = igb_phy_reset(hw)) || (err = igb_phy_identify(hw)) || (err = negotiate(hw)) ||
        (err = quick_look(hw)))
        return err;
    pause_registers(hw);
    return 0;
}

bool igb_link_check(igb_hw_t *hw)
{
    uint16_t status;

    if (!hw->link_unconfirmed) return FGET(IGB_STATUS_LU, rd32(hw, IGB_STATUS));
    if (phy_status(hw, &status) || !(status & STATUS(LINK))) return false;
    hw->link_unconfirmed = false;
    if (apply_link(hw)) os_log(hw->d, "flow control could not be configured");
    return true;
}
