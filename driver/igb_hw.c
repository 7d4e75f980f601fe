// SPDX-License-Identifier: Apache-2.0
// Identification, MAC reset, the reset routine, interrupts.
#include "driver/igb_hw.h"

#include "driver/igb_pool.h"

#include <string.h>

#define NVM_BANGED    32768u // words from which on EERD does not reach
#define NVM_LED       0x04u
#define NVM_ALT_MAC   0x37u
#define MASTER_TRIES  800u
#define MASTER_US     100u
#define AUTO_RD_TRIES 10u
#define RESET_US      2u
#define CPL_TIMEOUT   5u // device control 2: 16 to 55 ms

int igb_hw_identify(igb_hw_t *hw)
{
    if (FGET(IGB_CTRL_EXT_LINK_MODE, rd32(hw, IGB_CTRL_EXT))) {
        os_log(hw->d, "only copper is supported");
        return -EIO;
    }
    if (FGET(IGB_FWSM_MODE, rd32(hw, IGB_FWSM)))
        os_log(hw->d, "management firmware is not supported");
    hw->nvm_words = 64u << FGET(IGB_EECD_SIZE_EX, rd32(hw, IGB_EECD));
    if (hw->nvm_words >= NVM_BANGED) {
        os_log(hw->d, "an NVM of %u words is not supported", hw->nvm_words);
        return -EIO;
    }
    rmw32(hw, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_I2C_ENA), 0);
    if (FGET(IGB_STATUS_LAN_ID, rd32(hw, IGB_STATUS))) {
        os_log(hw->d, "only the first port is supported");
        return -EIO;
    }
    if (!hw->frame_max) hw->frame_max = IGB_FrameMaxUntagged + 4;
    return igb_phy_identify(hw);
}

// B.3 step 2.
static void completion_timeout(const igb_hw_t *hw)
{
    const uint32_t gcr = rd32(hw, IGB_GCR);

    if (!FGET(IGB_GCR_TMOUT_VALUE, gcr) && FGET(IGB_GCR_CAP_VER2, gcr))
        os_cfg_wr32(hw->d, IGB_CFG_DEVCTL2, os_cfg_rd32(hw->d, IGB_CFG_DEVCTL2) | CPL_TIMEOUT);
    wr32(hw, IGB_GCR, gcr & ~FMASK(IGB_GCR_TMOUT_RESEND));
}

// B.3 step 8.
static void alternate_mac(const igb_hw_t *hw)
{
    uint16_t at, w[3];

    if (igb_nvm_read(hw, NVM_ALT_MAC, &at) || at == 0 || at == 0xFFFF) return;
    for (unsigned i = 0; i < 3; i++)
        if (igb_nvm_read(hw, at + i, &w[i])) return;
    if (w[0] == 0xFFFF || (w[0] & 1)) return;
    wr32(hw, IGB_RAL, w[0] | (uint32_t)w[1] << 16);
    wr32(hw, IGB_RAH, w[2] | FMASK(IGB_RAH_AV));
    flush(hw);
}

void igb_hw_reset(const igb_hw_t *hw)
{
    rmw32(hw, IGB_CTRL, 0, FMASK(IGB_CTRL_GIO_MASTER_DISABLE));
    if (igb_wait(hw, IGB_STATUS, FMASK(IGB_STATUS_GIO_MASTER_ENABLE), 0, MASTER_TRIES, MASTER_US,
                 NULL))
        os_log(hw->d, "requests to the host do not end");
    completion_timeout(hw);
    wr32(hw, IGB_IMC, 0xFFFFFFFF);
    wr32(hw, IGB_RCTL, 0);
    wr32(hw, IGB_TCTL, FMASK(IGB_TCTL_PSP));
    flush(hw);
    os_msleep(hw->d, 10);
    rmw32(hw, IGB_CTRL, 0, FMASK(IGB_CTRL_RST));
    os_udelay(hw->d, RESET_US); // until then the device takes no writes
    uint32_t eecd;
    const uint32_t loaded = FMASK(IGB_EECD_AUTO_RD);
    if (igb_wait(hw, IGB_EECD, loaded, loaded, AUTO_RD_TRIES, 1000, &eecd))
        os_log(hw->d, "the NVM is not loaded in time");
    eecd = rd32(hw, IGB_EECD);
    if (!(eecd & FMASK(IGB_EECD_PRES))) os_log(hw->d, "there is no NVM");
    wr32(hw, IGB_IMC, 0xFFFFFFFF);
    (void)rd32(hw, IGB_ICR);
    alternate_mac(hw);
}

int igb_hw_read_mac(igb_hw_t *hw)
{
    const uint32_t low = rd32(hw, IGB_RAL), high = rd32(hw, IGB_RAH);

    for (unsigned i = 0; i < 6; i++)
        hw->mac[i] = (uint8_t)(i < 4 ? low >> 8 * i : high >> 8 * (i - 4));
    if (igb_mac_valid(hw->mac)) return 0;
    os_log(hw->d, "Invalid MAC Address");
    return -EADDRNOTAVAIL;
}

static void clear(const igb_hw_t *hw, uint32_t off, unsigned count)
{
    for (unsigned i = 0; i < count; i++) wr32(hw, off + 4 * i, 0);
    flush(hw);
}

// B.4 step 4.
static void init_filters(const igb_hw_t *hw)
{
    const igb_pools_t p = {.d = hw->d};

    clear(hw, IGB_VFTA, IGB_VFTA_COUNT);
    igb_rar_set(&p, 0, hw->mac, hw->vfs);
    for (unsigned i = 1; i < IGB_RAL_COUNT; i++) igb_rar_clear(&p, i);
    clear(hw, IGB_MTA, IGB_MTA_COUNT);
    clear(hw, IGB_UTA, IGB_UTA_COUNT);
}

// B.8, in the order of a reset. All clear when read.
static void clear_statistics(const igb_hw_t *hw)
{
    static const uint16_t regs[] = {
        IGB_CRCERRS,  IGB_GPRC,    IGB_GORCL,   IGB_GORCH,   IGB_BPRC,    IGB_MPRC,
        IGB_ROC,      IGB_PRC64,   IGB_PRC127,  IGB_PRC255,  IGB_PRC511,  IGB_PRC1023,
        IGB_PRC1522,  IGB_SYMERRS, IGB_SEC,     IGB_MPC,     IGB_SCC,     IGB_ECOL,
        IGB_MCC,      IGB_LATECOL, IGB_DC,      IGB_RLEC,    IGB_XONRXC,  IGB_XONTXC,
        IGB_XOFFRXC,  IGB_XOFFTXC, IGB_FCRUC,   IGB_GPTC,    IGB_GOTCL,   IGB_GOTCH,
        IGB_RNBC,     IGB_RUC,     IGB_RFC,     IGB_RJC,     IGB_TORH,    IGB_TOTH,
        IGB_TPR,      IGB_PTC64,   IGB_PTC127,  IGB_PTC255,  IGB_PTC511,  IGB_PTC1023,
        IGB_PTC1522,  IGB_MPTC,    IGB_BPTC,    IGB_TPT,     IGB_COLC,    IGB_ALGNERRC,
        IGB_RXERRC,   IGB_TNCRS,   IGB_TSCTC,   IGB_TSCTFC,  IGB_IAC,     IGB_ICRXOC,
        IGB_ICRXPTC,  IGB_ICRXATC, IGB_ICTXPTC, IGB_ICTXATC, IGB_ICTXQEC, IGB_ICTXQMTC,
        IGB_ICRXDMTC, IGB_MGTPTC,  IGB_MGTPRC,  IGB_MGTPDC,  IGB_CBTMPC,  IGB_HGORCL,
        IGB_HGORCH,   IGB_HGOTCL,  IGB_HGOTCH,  IGB_LENERRS, IGB_SCVPC,   IGB_CEXTERR,
        IGB_TORL,     IGB_TOTL,
    };

    for (unsigned i = 0; i < sizeof regs / sizeof regs[0]; i++) (void)rd32(hw, regs[i]);
}

void igb_hw_restart(igb_hw_t *hw)
{
    uint16_t led;

    igb_hw_reset(hw);
    wr32(hw, IGB_WUC, 0);
    int err = igb_nvm_read(hw, NVM_LED, &led);
    if (!err) {
        (void)rd32(hw, IGB_LEDCTL); // Linux saves it for identification
        init_filters(hw);
        err = igb_link_setup(hw);
        clear_statistics(hw);
    }
    if (err) os_log(hw->d, "Hardware Error (%d)", err);
    wr32(hw, IGB_VET, NIC_TypeVlan);
}

// ---- interrupts ---------------------------------------------------------------------------------

void igb_msix_setup(const igb_hw_t *hw)
{
    // First: real parts do not take vectors before.
    wr32(hw, IGB_GPIE,
         FMASK(IGB_GPIE_NSICR) | FMASK(IGB_GPIE_MSIX_MODE) | FMASK(IGB_GPIE_EIAME) |
             FMASK(IGB_GPIE_PBA));
    wr32(hw, IGB_IVAR_MISC, FMASK(IGB_IVAR_MISC_OTHER_VALID));
    flush(hw);
}

void igb_msix_queue(const igb_hw_t *hw, unsigned queue, unsigned rx_vector, unsigned tx_vector)
{
    const uint32_t off = IGB_IVAR + IGB_IVAR_STRIDE * (queue % IGB_IVAR_COUNT);

    if (queue < IGB_IVAR_COUNT)
        rmw32(hw, off, 0xFFFF,
              FPUT(IGB_IVAR_RX_LO, rx_vector) | FMASK(IGB_IVAR_RX_LO_VALID) |
                  FPUT(IGB_IVAR_TX_LO, tx_vector) | FMASK(IGB_IVAR_TX_LO_VALID));
    else
        rmw32(hw, off, 0xFFFF0000,
              FPUT(IGB_IVAR_RX_HI, rx_vector) | FMASK(IGB_IVAR_RX_HI_VALID) |
                  FPUT(IGB_IVAR_TX_HI, tx_vector) | FMASK(IGB_IVAR_TX_HI_VALID));
}

void igb_irq_enable(const igb_hw_t *hw, uint32_t vectors, uint32_t causes)
{
    (void)rd32(hw, IGB_TSICR);
    (void)rd32(hw, IGB_ICR);
    rmw32(hw, IGB_EIAC, 0, vectors);
    rmw32(hw, IGB_EIAM, 0, vectors);
    wr32(hw, IGB_EIMS, vectors);
    wr32(hw, IGB_IMS, causes);
}

void igb_irq_disable(const igb_hw_t *hw, uint32_t vectors)
{
    rmw32(hw, IGB_EIAM, vectors, 0);
    wr32(hw, IGB_EIMC, vectors);
    rmw32(hw, IGB_EIAC, vectors, 0);
    wr32(hw, IGB_IAM, 0);
    wr32(hw, IGB_IMC, 0xFFFFFFFF);
    flush(hw);
}
