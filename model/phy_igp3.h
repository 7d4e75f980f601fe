// SPDX-License-Identifier: Apache-2.0
// The copper PHY of the 82576 (IGP3 class) behind MDIC: its vendor's registers around phy_core.
//
// Cycle contract and choices are those of phy.h, but
//   - registers 10h to 1Eh are in pages: the address is PAGE with the register's number in bits 4:0;
//   - every register answers: one that is not in phy_core and not in rtl/phy_igp3.def reads 0, and is
//     not written, without an error;
//   - a software reset keeps registers 4, 9, 10h, 12h, 14h, 19h, 1Bh and PAGE;
//   - without a manual setting the partner is the master, as the reference values of registers 9 and
//     10 have it: between two multiport devices lots are drawn;
//   - there is no interrupt, and no counter of receive errors.
//
// Known to be inaccurate, beside what phy.h says: SmartSpeed, crossover and power management are
// storage; the length of the cable is a constant.
#ifndef MODERATO_PHY_IGP3_H
#define MODERATO_PHY_IGP3_H

#include "model/phy_core.h"
#include "rtl/defs_82576.h"

typedef struct phy_igp3 {
    phy_core_t core; // MDIC, registers 0 to 15, link: the outputs
    uint16_t pconf;  // registers by address, all storage
    uint16_t pctrl;
    uint16_t reg14;
    uint16_t pm;
    uint16_t reg1b;
    uint16_t page;
} phy_igp3_t;

// Power-good reset. The first clock has to be ticked: it looks at the partner.
void phy_igp3_reset(phy_igp3_t *s);

// One clock edge at the end of cycle in->now. Numbers of registers in in->csr are IGB_R_; rx_err and
// gpi1 are not looked at.
void phy_igp3_tick(phy_igp3_t *s, const phy_in_t *in);

// First cycle that must be ticked if the inputs stay as they are; NIC_NEVER: none.
uint64_t phy_igp3_quiet(const phy_igp3_t *s);

#endif
