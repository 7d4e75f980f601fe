// SPDX-License-Identifier: Apache-2.0
// What the PHYs of both personalities have in common: MDIC, the registers of IEEE 802.3 and the link
// state machine. The module around it (phy, phy_igp3) has the vendor's registers; the contract and
// the choices made are in phy.h.
//
// In a tick the module around calls, in this order:
//   phy_core_op       the operation of MDIC that ends, if any; what it asks of the vendor's registers
//                     comes back
//   phy_core_answer   when that is a read
//   phy_core_step     the rest; whether the link changed comes back
#ifndef MODERATO_PHY_CORE_H
#define MODERATO_PHY_CORE_H

#include "rtl/defs.h"

enum phy_state {
    PHY_ST_RESET,       // held by phy_rst; also at power-good until the first clock
    PHY_ST_POWERDOWN,   // 0.11 = 1
    PHY_ST_DOWN,        // no partner
    PHY_ST_NEGOTIATING, // until an_end_cyc
    PHY_ST_UP,
    PHY_ST_LOOPBACK, // 0.14 = 1
};

// What differs between PHYs. Constant.
typedef struct phy_kind {
    uint16_t mdic;     // register number of MDIC; its fields are the same
    uint16_t id1, id2; // registers 2 and 3
    uint16_t ana;      // reset value of register 4
    uint16_t gcon;     // reset value of register 9
    bool multiport;    // a multiport device (9.10) without a manual setting is the master
} phy_kind_t;

typedef struct phy_core {
    uint64_t mdic_end_cyc; // cycle in which the MDIC operation ends; NIC_NEVER: none runs
    uint64_t mdac_cyc;     // output: cycle in which the "MDIO access complete" pulse is visible
    uint64_t an_end_cyc;   // cycle in which the negotiation ends; NIC_NEVER outside NEGOTIATING
    uint32_t mdic;         // output: MDIC as software reads it
    uint16_t ctrl;         // register 0 without its self-clearing bits
    uint16_t ana;          // register 4: advertisement
    uint16_t lpa;          // register 5: the partner's word, 0 until negotiated
    uint16_t gcon;         // register 9: 1000BASE-T advertisement
    uint16_t gstatus;      // register 10, bits 14:10
    uint16_t op_ctrl;      // register 0 as it is in force
    uint16_t op_ana;       // register 4 as it is in force
    uint16_t op_gcon;      // register 9 as it is in force
    uint8_t state;         // enum phy_state
    uint8_t speed;         // output: 0=10 1=100 2=1000; the last link's while there is none
    bool fd;               // output: full duplex; the last link's while there is none
    bool link;             // output: link, as the MAC sees it
    bool link_lost;        // the link went down since register 1 was read
    bool an_done;          // register 1.5
    bool started;          // the first clock after power-good has been seen
} phy_core_t;

typedef struct phy_in {
    uint64_t now;         // this cycle
    csr_t csr;            // register access
    bool phy_rst;         // CTRL.PHY_RST or PCI reset: level, holds the PHY in hardware reset
    bool lp_present;      // a partner is connected
    uint8_t lp_speed;     // its fastest speed: 0=10 1=100 2=1000
    bool lp_pause;        // it advertises PAUSE
    bool reset;           // CTRL.RST or PCI reset: level; clears MDIC, does not touch the PHY
    bool rx_err;          // pulse: a frame with RX_ER ended on the wire; of phy alone
    bool gpi1;            // CTRL_EXT.GPI_EN bit 1: PHYINT is enabled; of phy alone
    uint32_t autoneg_cyc; // length of a negotiation, 0 = PhyAutonegCyc; constant
} phy_in_t;

// What an operation of MDIC means to the vendor's registers.
typedef struct phy_op {
    bool read, write; // of a register that phy_core does not have
    uint8_t reg;
    uint16_t data;
    bool soft_reset; // software reset: 0.15, or end of power-down
} phy_op_t;

// Power-good reset. The first clock has to be ticked: it looks at the partner.
void phy_core_reset(phy_core_t *s, const phy_kind_t *kind);

// One clock edge at the end of cycle in->now: see above.
phy_op_t phy_core_op(phy_core_t *s, const phy_in_t *in, const phy_kind_t *kind);
void phy_core_answer(phy_core_t *s, uint16_t value);
bool phy_core_step(phy_core_t *s, const phy_in_t *in, const phy_kind_t *kind);

// First cycle that must be ticked if the inputs stay as they are; NIC_NEVER: none.
uint64_t phy_core_quiet(const phy_core_t *s);

// Output: transmitted bytes return to the receiver and nothing is sent on the wire.
static inline bool phy_core_loopback(const phy_core_t *s)
{
    return s->state == PHY_ST_LOOPBACK;
}

#endif
