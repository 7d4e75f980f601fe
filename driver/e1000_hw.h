// SPDX-License-Identifier: Apache-2.0
// The chip below the rings: registers, EEPROM, PHY, reset, link. Section numbers "A.x" are those of
// the driver touch-point tables (what Linux reads and writes, in order), "§x" those of the 82540EM
// specification.
#ifndef MODERATO_E1000_HW_H
#define MODERATO_E1000_HW_H

#include "driver/os.h"
#include "rtl/defs.h"

// Names of EEPROM words, PHY registers, their bits and descriptors are those of rtl/*.def.

enum e1000_mac_type { E1000_MAC_82540, E1000_MAC_82545GM };
enum { E1000_FC_NONE = 0, E1000_FC_RX = 1, E1000_FC_TX = 2, E1000_FC_FULL = 3 };

typedef struct e1000_hw {
    os_dev_t *d;
    enum e1000_mac_type type;
    uint8_t eeprom_addr_bits; // 6 or 8
    uint8_t mac[6];
    bool mac_valid;
    bool wol;       // wake on LAN by EEPROM: the PHY is never powered down
    bool phy_known; // id read and accepted
    uint8_t phy_rev;
    bool fc_known;         // word 0Fh read
    uint8_t fc_wanted;     // E1000_FC_*, advertised
    uint8_t fc;            // negotiated
    bool link_unconfirmed; // LSC came, or the PHY was set up: ask the PHY before believing in the
                           // link
} e1000_hw_t;

static inline uint32_t rd32(const e1000_hw_t *hw, uint32_t off)
{
    return os_rd32(hw->d, off);
}

static inline void wr32(const e1000_hw_t *hw, uint32_t off, uint32_t value)
{
    os_wr32(hw->d, off, value);
}

// Reads, clears `clear`, sets `set`, writes.
static inline void rmw32(const e1000_hw_t *hw, uint32_t off, uint32_t clear, uint32_t set)
{
    wr32(hw, off, (rd32(hw, off) & ~clear) | set);
}

// Posted writes have reached the device when a read returns.
static inline void flush(const e1000_hw_t *hw)
{
    (void)rd32(hw, E1000_STATUS);
}

// Up to `tries` times: waits `us`, reads; 0 when all bits of `mask` are set, else -ETIMEDOUT and a
// message. *last (may be NULL) is the last value read.
int e1000_wait_set(const e1000_hw_t *hw, uint32_t off, uint32_t mask, unsigned tries, uint32_t us,
                   uint32_t *last);

// ---- e1000_eeprom.c
// Reads one word by Microwire bit banging (§4.3). 0, or -ETIMEDOUT when direct access is not
// granted.
int e1000_eeprom_read(const e1000_hw_t *hw, unsigned word, uint16_t *value);
// Sums all words. 0; -EBADMSG with a dump in the log when the sum is wrong; other errors of
// e1000_eeprom_read.
int e1000_eeprom_check(const e1000_hw_t *hw);

// ---- e1000_phy.c
// MDIO access through MDIC (§5.1). 0, -ETIMEDOUT, or -EIO when the device reports an error.
int e1000_phy_read(const e1000_hw_t *hw, unsigned reg, uint16_t *value);
int e1000_phy_write(const e1000_hw_t *hw, unsigned reg, uint16_t value);
// Steps 6 to 14 of A.5: flow control defaults, PHY identity and set-up, negotiation restart. 0 or
// -errno.
int e1000_link_setup(e1000_hw_t *hw);
// Whether the link is up (A.7): believes the last answer until LSC, then asks the PHY and programs
// what it negotiated.
bool e1000_link_check(e1000_hw_t *hw);
// Link speed in Mb/s and duplex, from STATUS.
unsigned e1000_link_speed(const e1000_hw_t *hw, bool *full_duplex);
// PHY registers that are read for information only, at the end of A.5.
void e1000_phy_info(const e1000_hw_t *hw);
// Clears or sets PHY power-down; nothing with wake on LAN (A.6 step 1, A.8).
void e1000_phy_power(const e1000_hw_t *hw, bool on);

// ---- e1000_hw.c
// A.1 steps 5 to 8. 0, or -EIO when this is not a copper device.
int e1000_hw_identify(e1000_hw_t *hw);
// MAC reset, A.2.
void e1000_hw_reset(const e1000_hw_t *hw);
// The reset routine after every change of configuration, A.5. Failures are logged and survived, as
// Linux does: without a PHY the carrier never comes up.
void e1000_hw_restart(e1000_hw_t *hw);
// Receive filters (A.6 step 2): promiscuous modes, RAR1..14 and MTA cleared.
void e1000_hw_rx_mode(const e1000_hw_t *hw, bool promisc, bool allmulti);

#endif
