// SPDX-License-Identifier: Apache-2.0
// EEPROM by bit banging: the 82540 family's driver does not use EERD. Every edge is followed by a
// flush and 50 us, so one word takes about 3 ms.
#include "driver/e1000_hw.h"

#define EDGE_US     50u
#define SK          FMASK(E1000_EECD_SK)
#define CS          FMASK(E1000_EECD_CS)
#define DI          FMASK(E1000_EECD_DI)
#define DO          FMASK(E1000_EECD_DO)
#define OPCODE_READ (4u | E1000_EEOP_READ >> 2) // start bit and opcode

static void edge(const e1000_hw_t *hw, uint32_t *eecd, uint32_t clear, uint32_t set)
{
    *eecd = (*eecd & ~clear) | set;
    wr32(hw, E1000_EECD, *eecd);
    flush(hw);
    os_udelay(hw->d, EDGE_US);
}

// Most significant bit first; the device samples DI at the rising edge of SK.
static void shift_out(const e1000_hw_t *hw, uint32_t value, unsigned bits)
{
    uint32_t eecd = rd32(hw, E1000_EECD) & ~DO;

    while (bits--) {
        edge(hw, &eecd, DI, (value >> bits & 1) ? DI : 0);
        edge(hw, &eecd, 0, SK);
        edge(hw, &eecd, SK, 0);
    }
    eecd &= ~DI;
    wr32(hw, E1000_EECD, eecd);
}

static uint16_t shift_in(const e1000_hw_t *hw, unsigned bits)
{
    uint32_t eecd = rd32(hw, E1000_EECD) & ~(DO | DI);
    uint32_t value = 0;

    while (bits--) {
        edge(hw, &eecd, 0, SK);
        eecd = rd32(hw, E1000_EECD);
        value = value << 1 | FGET(E1000_EECD_DO, eecd);
        eecd &= ~DI;
        edge(hw, &eecd, SK, 0);
    }
    return (uint16_t)value;
}

// Ends a command: CS low, a clock without it, CS high again with SK high, SK low.
static void standby(const e1000_hw_t *hw)
{
    uint32_t eecd = rd32(hw, E1000_EECD);

    edge(hw, &eecd, CS | SK, 0);
    edge(hw, &eecd, 0, SK);
    edge(hw, &eecd, 0, CS);
    edge(hw, &eecd, SK, 0);
}

static int acquire(const e1000_hw_t *hw)
{
    uint32_t eecd = rd32(hw, E1000_EECD) | FMASK(E1000_EECD_REQ);

    wr32(hw, E1000_EECD, eecd);
    eecd = rd32(hw, E1000_EECD);
    if (!(eecd & FMASK(E1000_EECD_GNT)) &&
        e1000_wait_set(hw, E1000_EECD, FMASK(E1000_EECD_GNT), 1000, 5, &eecd)) {
        wr32(hw, E1000_EECD, eecd & ~FMASK(E1000_EECD_REQ));
        os_log(hw->d, "Could not acquire EEPROM grant");
        return -ETIMEDOUT;
    }
    eecd &= ~(DI | SK);
    wr32(hw, E1000_EECD, eecd);
    wr32(hw, E1000_EECD, eecd | CS);
    return 0;
}

static void release(const e1000_hw_t *hw)
{
    uint32_t eecd = rd32(hw, E1000_EECD) & ~(CS | DI);

    wr32(hw, E1000_EECD, eecd);
    edge(hw, &eecd, 0, SK);
    edge(hw, &eecd, SK, 0);
    wr32(hw, E1000_EECD, eecd & ~FMASK(E1000_EECD_REQ));
}

int e1000_eeprom_read(const e1000_hw_t *hw, unsigned word, uint16_t *value)
{
    int err = acquire(hw);

    if (err) return err;
    shift_out(hw, OPCODE_READ, 3);
    shift_out(hw, word, hw->eeprom_addr_bits);
    *value = shift_in(hw, 16);
    standby(hw);
    release(hw);
    return 0;
}

int e1000_eeprom_check(const e1000_hw_t *hw)
{
    uint16_t w[NIC_EepromWords];
    uint32_t sum = 0;

    for (unsigned i = 0; i < NIC_EepromWords; i++) {
        int err = e1000_eeprom_read(hw, i, &w[i]);
        if (err) return err;
        sum += w[i];
    }
    if ((sum & 0xFFFF) == NIC_EepromSum) return 0;

    os_log(hw->d, "The EEPROM Checksum Is Not Valid: words add up to %04X, not %04X", sum & 0xFFFF,
           NIC_EepromSum);
    for (unsigned i = 0; i < NIC_EepromWords; i += 8) {
        os_log(hw->d, "EEPROM %02X: %04X %04X %04X %04X %04X %04X %04X %04X", i, w[i], w[i + 1],
               w[i + 2], w[i + 3], w[i + 4], w[i + 5], w[i + 6], w[i + 7]);
    }
    return -EBADMSG;
}
