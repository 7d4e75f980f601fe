// SPDX-License-Identifier: Apache-2.0
// The copper PHY (88E1011 class) behind MDIC, with its link state machine.
//
// Cycle contract
//   MDIC written in cycle c   R = 0 in c+1 .. c+MdicCyc. From c+MdicCyc+1 on R = 1, and the PHY
//                             register is written, or read with its side effect; with I,
//                             mdac_cyc == c+MdicCyc+1
//   MDIC written while R = 0  the running operation is given up, the PHY never sees it, and the new
//                             one takes its whole time; in the cycle in which the old one ends
//                             both happen
//   negotiation started in c  link, speed and the registers of the partner are there from
//                             c+PhyAutonegCyc+1 on
//   partner lost in c         link reads 0 from c+1 on
//   phy_int rises in c        with GPI_EN bit 1 visible in c-1: phyint_cyc == c
//   GPI_EN bit 1 rises in c   while phy_int stays 1: phyint_cyc == c+1
//
// Choices where the specification leaves one
//   - Where the data sheet and an emulator give different reset values, the data sheet's is here:
//     registers 4 = 01E1h, 9 = 1E00h, 16 = 0068h.
//   - A software reset (0.15, or leaving power-down) keeps the configuration: 0.13, 0.12, 0.8, 0.6
//     and registers 4, 7, 9, 16, 18, 20, 29, 30. The manual has software change 0.12 in the same
//     write as 0.15 or 0.9, and the driver writes 16 and 20 first and resets to bring them into
//     force. Status, counters and the other bits of register 0 go to their reset values.
//   - 0.6, 0.8, 0.12, 0.13, 4 and 9 come into force when a negotiation starts: by 0.15, 0.9, at the
//     end of power-down or of loopback, after a loss of link, at each repetition.
//   - Negotiation without a common capability starts over; so does a forced speed above the
//     partner's.
//   - A forced link takes PhyAutonegCyc as well. The partner hears it by parallel detection, so it
//     comes up whatever the duplex.
//   - MDIC operations 00 and 11, an address other than 1 and a PHY held in reset end with
//     R = E = 1 and DATA as written (with I, the MDAC pulse comes all the same).
//   - PINTE and PINTS know one event, the change of link (bit 10).
//
// Known to be inaccurate: no next pages, remote fault, idle errors, cable length, downshift, MDI-X
// or energy detection; isolate and collision test are storage; a partner that changes lp_speed or
// lp_pause is believed at the next negotiation only; the partner always negotiates.
#ifndef MODERATO_PHY_H
#define MODERATO_PHY_H

#include "model/phy_core.h"

typedef struct phy {
    phy_core_t core;     // MDIC, registers 0 to 15 but for 7, link: most of the outputs
    uint64_t phyint_cyc; // output: cycle in which the PHYINT pulse is visible
    uint16_t npt;        // register 7 (storage)
    uint16_t pscon;      // register 16 (storage)
    uint16_t pinte;      // register 18: interrupt enable
    uint16_t pints;      // register 19: interrupt status, cleared by reading
    uint16_t epscon;     // register 20 (storage)
    uint16_t prec;       // register 21: receive errors, cleared by reading, saturating
    uint16_t page;       // register 29 (storage)
    uint16_t window;     // register 30 (storage)
    bool phyint_q;       // phy_int and its enable
} phy_t;

// Power-good reset. The first clock has to be ticked: it looks at the partner.
void phy_reset(phy_t *s);

// One clock edge at the end of cycle in->now.
void phy_tick(phy_t *s, const phy_in_t *in);

// First cycle that must be ticked if the inputs stay as they are; NIC_NEVER: none.
uint64_t phy_quiet(const phy_t *s);

// Output: transmitted bytes return to the receiver and nothing is sent on the wire.
static inline bool phy_loopback(const phy_t *s)
{
    return phy_core_loopback(&s->core);
}

// Output: the PHY interrupt (level).
static inline bool phy_int(const phy_t *s)
{
    return (s->pinte & s->pints) != 0;
}

#endif
