// SPDX-License-Identifier: Apache-2.0
// Identification, MAC reset and the reset routine.
#include "driver/e1000_hw.h"

#define RAR_ENTRIES 15u // of 16: Linux leaves the last one alone
#define RXA_KIB     48u
#define MANC_ARP_EN (1u << 13)

int e1000_wait_set(const e1000_hw_t *hw, uint32_t off, uint32_t mask, unsigned tries, uint32_t us,
                   uint32_t *last)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < tries; i++) {
        os_udelay(hw->d, us);
        v = rd32(hw, off);
        if ((v & mask) == mask) break;
    }
    if (last) *last = v;
    if ((v & mask) == mask) return 0;
    os_log(hw->d, "timeout: register %05X is %08X after %u x %u us, bits %08X expected", off, v,
           tries, us, mask);
    return -ETIMEDOUT;
}

int e1000_hw_identify(e1000_hw_t *hw)
{
    if (rd32(hw, E1000_STATUS) & FMASK(E1000_STATUS_TBIMODE)) {
        os_log(hw->d, "the device is in TBI mode, only copper is supported");
        return -EIO;
    }
    wr32(hw, E1000_IMC, 0xFFFFFFFF);
    flush(hw);
    hw->eeprom_addr_bits = (rd32(hw, E1000_EECD) & FMASK(E1000_EECD_SIZE)) ? 8 : 6;
    return 0;
}

void e1000_hw_reset(const e1000_hw_t *hw)
{
    wr32(hw, E1000_IMC, 0xFFFFFFFF);
    wr32(hw, E1000_RCTL, 0);
    wr32(hw, E1000_TCTL, FMASK(E1000_TCTL_PSP));
    flush(hw);
    os_msleep(hw->d, 10);

    uint32_t ctrl = rd32(hw, E1000_CTRL) | FMASK(E1000_CTRL_RST);
    if (hw->type == E1000_MAC_82545GM) {
        wr32(hw, E1000_CTRL_DUP, ctrl);
    } else {
        // Through IOADDR and IODATA: the 82540 cannot acknowledge the memory write that resets it
        // (A.3).
        os_io_wr32(hw->d, 0, E1000_CTRL);
        os_io_wr32(hw->d, 4, ctrl);
    }
    os_msleep(hw->d, 5); // reset and EEPROM auto-load, not polled
    rmw32(hw, E1000_MANC, MANC_ARP_EN, 0);
    wr32(hw, E1000_IMC, 0xFFFFFFFF);
    (void)rd32(hw, E1000_ICR);
}

static void rar_set(const e1000_hw_t *hw, unsigned i, uint32_t low, uint32_t high)
{
    wr32(hw, E1000_RAL + 8 * i, low);
    flush(hw);
    wr32(hw, E1000_RAH + 8 * i, high);
    flush(hw);
}

// A.5 step 5.
static void init_filters(const e1000_hw_t *hw)
{
    const uint8_t *m = hw->mac;

    for (unsigned i = 0; i < 128; i++) {
        wr32(hw, E1000_VFTA + 4 * i, 0);
        flush(hw);
    }
    rar_set(hw, 0, (uint32_t)m[3] << 24 | (uint32_t)m[2] << 16 | (uint32_t)m[1] << 8 | m[0],
            (uint32_t)m[5] << 8 | m[4] | FMASK(E1000_RAH_AV));
    for (unsigned i = 1; i < RAR_ENTRIES; i++) rar_set(hw, i, 0, 0);
    for (unsigned i = 0; i < 128; i++) {
        wr32(hw, E1000_MTA + 4 * i, 0);
        flush(hw);
    }
}

// All statistics clear when read; the high half of a pair clears both.
static void clear_statistics(const e1000_hw_t *hw)
{
    static const uint16_t regs[] = {
        E1000_CRCERRS, E1000_SYMERRS,  E1000_MPC,     E1000_SCC,     E1000_ECOL,    E1000_MCC,
        E1000_LATECOL, E1000_COLC,     E1000_DC,      E1000_SEC,     E1000_RLEC,    E1000_XONRXC,
        E1000_XONTXC,  E1000_XOFFRXC,  E1000_XOFFTXC, E1000_FCRUC,   E1000_PRC64,   E1000_PRC127,
        E1000_PRC255,  E1000_PRC511,   E1000_PRC1023, E1000_PRC1522, E1000_GPRC,    E1000_BPRC,
        E1000_MPRC,    E1000_GPTC,     E1000_GORCL,   E1000_GORCH,   E1000_GOTCL,   E1000_GOTCH,
        E1000_RNBC,    E1000_RUC,      E1000_RFC,     E1000_ROC,     E1000_RJC,     E1000_TORL,
        E1000_TORH,    E1000_TOTL,     E1000_TOTH,    E1000_TPR,     E1000_TPT,     E1000_PTC64,
        E1000_PTC127,  E1000_PTC255,   E1000_PTC511,  E1000_PTC1023, E1000_PTC1522, E1000_MPTC,
        E1000_BPTC,    E1000_ALGNERRC, E1000_RXERRC,  E1000_TNCRS,   E1000_CEXTERR, E1000_TSCTC,
        E1000_TSCTFC,  E1000_MGTPRC,   E1000_MGTPDC,  E1000_MGTPTC,
    };

    for (unsigned i = 0; i < sizeof regs / sizeof regs[0]; i++) (void)rd32(hw, regs[i]);
}

// A.5 steps 3 to 16.
static int init(e1000_hw_t *hw)
{
    uint16_t led;
    int err = e1000_eeprom_read(hw, E1000_EE_LED, &led);

    if (err) return err;
    (void)rd32(hw,
               E1000_LEDCTL); // Linux saves it for identification blinking, which this driver does
                              // not offer
    (void)rd32(hw, E1000_STATUS);
    if (hw->type == E1000_MAC_82540) wr32(hw, E1000_VET, 0);
    init_filters(hw);
    err = e1000_link_setup(hw);
    // Write back each transmit descriptor that asks for it at once.
    wr32(hw, E1000_TXDCTL, FPUT(E1000_TXDCTL_GRAN, 1) | FPUT(E1000_TXDCTL_WTHRESH, 1));
    clear_statistics(hw);
    return err;
}

void e1000_hw_restart(e1000_hw_t *hw)
{
    wr32(hw, E1000_PBA, RXA_KIB);
    e1000_hw_reset(hw);
    wr32(hw, E1000_WUC, 0);
    int err = init(hw);
    if (err) os_log(hw->d, "Hardware Error (%d)", err);
    wr32(hw, E1000_VET, NIC_TypeVlan);
    wr32(hw, E1000_AIT, 0);
    e1000_phy_info(hw);
}

void e1000_hw_rx_mode(const e1000_hw_t *hw, bool promisc, bool allmulti)
{
    uint32_t set = promisc    ? FMASK(E1000_RCTL_UPE) | FMASK(E1000_RCTL_MPE)
                   : allmulti ? FMASK(E1000_RCTL_MPE)
                              : 0;

    rmw32(hw, E1000_RCTL, FMASK(E1000_RCTL_UPE) | FMASK(E1000_RCTL_MPE) | FMASK(E1000_RCTL_VFE),
          set);
    for (unsigned i = 1; i < RAR_ENTRIES; i++) rar_set(hw, i, 0, 0);
    // From the last to the first: write-combining bridges must not merge them.
    for (unsigned i = 128; i-- > 0;) wr32(hw, E1000_MTA + 4 * i, 0);
    flush(hw);
}
