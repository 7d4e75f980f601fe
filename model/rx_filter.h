// SPDX-License-Identifier: Apache-2.0
// Receive filters of the 82540EM: destination (or source) address, multicast hash, VLAN table, and
// the recognition of MAC control frames (device specification §6.1, §8). Pure functions of a frame
// as it was on the wire (VLAN tag inside) and of the register file.
//
// `reg` is indexed by register number: reg[E1000_R_RCTL], reg[E1000_R_MTA + row], ...
//
// Choices where the specification leaves room:
//   SBP+UPE+MPE     passes every address, also a broadcast with BAM=0, but not past the VLAN
//                   filter: the filters follow each other, and Linux clears VFE when it wants
//                   everything.
//   MPE             does not pass broadcasts; BAM, an exact match, a hash match or SBP+UPE+MPE do.
//   RAH.AS 10, 11   match nothing.
//   short frames    below 12 bytes there is no pair of addresses: only SBP+UPE+MPE passes them.
//                   Below 16 bytes there is no VLAN tag.
//   CFIEN           works only where VFE works: on frames with a tag, when VFE=1.
//   PIF             1 when neither an exact match nor BAM let the frame pass.
#ifndef MODERATO_RX_FILTER_H
#define MODERATO_RX_FILTER_H

#include "rtl/defs.h"

typedef struct rx_verdict {
    bool pass; // address and VLAN filter passed
    bool pif;  // status bit 7: only an inexact filter (hash, promiscuous) matched; 0 unless pass
    bool is_bcast; // destination FF:FF:FF:FF:FF:FF; valid whether or not the frame passes
    bool is_mcast; // group address other than broadcast
} rx_verdict_t;

// Address and VLAN rules (§6.1 items 5 and 6) for a frame of `len` bytes. EN, link, length and CRC
// are the business of the caller. Never reads at or behind frame[len].
rx_verdict_t rx_filter(const uint8_t *frame, uint32_t len, const uint32_t *reg);

// What §8 makes of a frame. With RFCE=0 MAC control frames are frames like any other [SDM 8.7.4]:
// only is_mac_control may then be set. With RFCE=1:
//
//   opcode   to                 DPF  PMCF   result
//   PAUSE    FCAH:FCAL, RAR0     0    x     is_pause; stored if rx_filter() passes it
//   PAUSE    RAR0                1    x     is_pause, discard
//   PAUSE    FCAH:FCAL only      1    x     is_pause; stored if rx_filter() passes it
//   other    FCAH:FCAL, RAR0     x    0     unsupported_opcode, discard
//   other    FCAH:FCAL, RAR0     x    1     unsupported_opcode, force: stored in any case
//
// A PAUSE acts (XOFF, XON, counters) whether or not it is stored or its address passes rx_filter().
typedef struct rx_pause {
    bool is_mac_control;     // type == FCT, destination == FCAH:FCAL or RAR0 (with AV=1, AS=00)
    bool is_pause;           // RFCE=1 and opcode 0001h
    bool unsupported_opcode; // RFCE=1 and another opcode: counts in FCRUC
    bool discard;            // must not reach the packet buffer
    bool force;              // reaches the packet buffer also when rx_filter() says no
    uint16_t quanta;         // is_pause: pause time in 512 ns (64 byte times); 0 = XON
} rx_pause_t;

// The registers that decide. Fields of CTRL, RCTL and RAH are at the same places in the 82576.
typedef struct rx_control_regs {
    uint32_t ctrl, rctl;
    uint32_t fcal, fcah;
    uint32_t ral0, rah0;
} rx_control_regs_t;

// For frames without errors and of legal length; below 18 bytes nothing is recognised.
rx_pause_t rx_pause(const uint8_t *frame, uint32_t len, const uint32_t *reg);

// The same in two steps, for any registers: can it be one at all, with FCT `type`; then what it is.
static inline bool rx_control_type(const uint8_t *frame, uint32_t len, uint32_t type)
{
    return len >= 18 && ((uint32_t)frame[NIC_TypeAt] << 8 | frame[NIC_TypeAt + 1]) == type;
}
rx_pause_t rx_control(const uint8_t *frame, const rx_control_regs_t *regs);

#endif
