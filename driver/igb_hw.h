// SPDX-License-Identifier: Apache-2.0
// The 82576 below the rings: registers, NVM, semaphores, PHY, reset, link, interrupt set-up of the
// PF. Section numbers "B.x" are those of the driver touch-point tables (what Linux reads and
// writes, in order), "§x" those of the 82576 specification.
//
// Known differences from Linux 6.1: NVM by EERD only; only the internal PHY (IGP03E1000) at
// automatic negotiation; no management firmware, no SerDes, no time stamping.
#ifndef MODERATO_IGB_HW_H
#define MODERATO_IGB_HW_H

#include "driver/os.h"
#include "rtl/defs_82576.h"

enum { IGB_FC_NONE = 0, IGB_FC_RX = 1, IGB_FC_TX = 2, IGB_FC_FULL = 3 };

typedef struct igb_hw {
    os_dev_t *d;
    unsigned nvm_words;
    unsigned vfs; // the PF's pool has this number
    uint8_t mac[6];
    bool phy_known;
    bool fc_known;         // NVM word read
    uint8_t fc_wanted;     // IGB_FC_*, advertised
    uint8_t fc;            // negotiated
    bool link_unconfirmed; // ask the PHY before believing in the link
    uint32_t frame_max;    // longest frame that the MTU admits
} igb_hw_t;

static inline uint32_t rd32(const igb_hw_t *hw, uint32_t off)
{
    return os_rd32(hw->d, off);
}

static inline void wr32(const igb_hw_t *hw, uint32_t off, uint32_t value)
{
    os_wr32(hw->d, off, value);
}

// Reads, clears `clear`, sets `set`, writes.
static inline void rmw32(const igb_hw_t *hw, uint32_t off, uint32_t clear, uint32_t set)
{
    wr32(hw, off, (rd32(hw, off) & ~clear) | set);
}

// Posted writes have reached the device when a read returns.
static inline void flush(const igb_hw_t *hw)
{
    (void)rd32(hw, IGB_STATUS);
}

// Reads up to `tries` times, `us` between them, until bits of `mask` are `want`: 0 or -ETIMEDOUT.
int igb_wait(const igb_hw_t *hw, uint32_t off, uint32_t mask, uint32_t want, unsigned tries,
             uint32_t us, uint32_t *last);

// ---- igb_nvm.c
// Words by EERD (§5). 0, -EINVAL, -ETIMEDOUT.
int igb_nvm_read(const igb_hw_t *hw, unsigned word, uint16_t *value);
// 0; -EIO: the words do not add up.
int igb_nvm_check(const igb_hw_t *hw);
// A resource that is shared with firmware, as bits of SW_FW_SYNC (B.2). 0 or -EBUSY.
int igb_acquire(const igb_hw_t *hw, uint32_t resource);
void igb_release(const igb_hw_t *hw, uint32_t resource);

// ---- igb_phy.c
// MDIO registers; those above 15 have 16 bits of address, the page in the upper ones (§7). Each
// access holds the PHY's resource. 0, -EBUSY, -ETIMEDOUT, -EIO.
int igb_phy_read(const igb_hw_t *hw, unsigned reg, uint16_t *value);
int igb_phy_write(const igb_hw_t *hw, unsigned reg, uint16_t value);
// -ENODEV: not the PHY we know.
int igb_phy_identify(igb_hw_t *hw);
// B.4 step 6.
int igb_phy_reset(const igb_hw_t *hw);
void igb_phy_power(const igb_hw_t *hw, bool on);
// B.4 steps 5 to 9.
int igb_link_setup(igb_hw_t *hw);
// Whether the link is up (B.7); programs what was negotiated.
bool igb_link_check(igb_hw_t *hw);
unsigned igb_link_speed(const igb_hw_t *hw, bool *full_duplex);

// ---- igb_hw.c
// B.1 steps 3 to 6. -EIO: not copper, or not a part we know.
int igb_hw_identify(igb_hw_t *hw);
// MAC reset, B.3. The NVM's address is in RAL0 and RAH0 then.
void igb_hw_reset(const igb_hw_t *hw);
// The address in RAL0 and RAH0; -EADDRNOTAVAIL: it is none.
int igb_hw_read_mac(igb_hw_t *hw);
// The reset routine, B.4 but for step 2 (igb_mbx_stop comes before, igb_mbx_restart behind).
// Failures are logged and survived: without a PHY the carrier never comes up.
void igb_hw_restart(igb_hw_t *hw);
// B.5 step 10: MSI-X mode, the other causes to vector 0; then the vectors of queues.
void igb_msix_setup(const igb_hw_t *hw);
void igb_msix_queue(const igb_hw_t *hw, unsigned queue, unsigned rx_vector, unsigned tx_vector);
// B.5 step 11: `vectors` are those in use, vector 0 among them; `causes` for IMS. With VFs
// igb_mbx_enable comes before, igb_mbx_reset_done behind.
void igb_irq_enable(const igb_hw_t *hw, uint32_t vectors, uint32_t causes);
void igb_irq_disable(const igb_hw_t *hw, uint32_t vectors);

#endif
