// SPDX-License-Identifier: Apache-2.0
// Mailboxes between the PF and the VFs: P2VMAILBOX, V2PMAILBOX, VMBMEM, MBVFICR, MBVFIMR, VFLRE, and
// the enables of the pools, VFRE and VFTE.
//
// Cycle contract: docs/cycle-contract-82576.md, "Mailbox". A write, a read of V2PMAILBOX or a pulse
// visible in cycle c acts in tick c; registers and outputs show it in c+1. An event is a pulse in
// c+1. What an access reads is what is visible in the cycle of its pulse (mailbox_read).
// Within a tick the access comes first, then what happens to VFs; so a VF that is reset is reset. A VF
// that is not there has no mailbox: its bits are 0, RSTI and RSTD apart.
#ifndef MODERATO_MAILBOX_H
#define MODERATO_MAILBOX_H

#include "rtl/defs_82576.h"

typedef struct mailbox {
    // bit n: of VF n
    uint8_t vfu_q, pfu_q;             // who owns the buffer
    uint8_t pfsts_q, pfack_q;         // of V2PMAILBOX
    uint8_t rsti_q, rstd_q;           // of V2PMAILBOX
    uint8_t vfreq_q, vfack_q;         // MBVFICR
    uint8_t imr_q;                    // MBVFIMR
    uint8_t vflre_q;                  // VFLRE
    uint8_t vfre_q, vfte_q;           // VFRE, VFTE
    uint8_t vf_q;                     // the events of vf_cyc
    uint64_t vmmb_cyc;                // the event VMMB is visible in this cycle
    uint64_t vf_cyc;                  // events of VFs are
    uint32_t mem_q[IGB_VMBMEM_COUNT]; // VF n: 16n to 16n+15
} mailbox_t;

typedef struct mailbox_in {
    uint64_t now;
    csr_t csr;        // accesses of VFs as the decoder translates them
    uint8_t there;    // level, bit n: VF n is there
    uint8_t vf_flr;   // pulse: FLR of VF n
    uint8_t vf_start; // pulse: VF n is there from this cycle on
} mailbox_in_t;

// CTRL.RST, FLR of the PF; power-good clears the memory as well.
void mailbox_reset(mailbox_t *s, bool power_good);
void mailbox_tick(mailbox_t *s, const mailbox_in_t *in);

// Value of a register, by its number and element; 0 for those of other modules.
uint32_t mailbox_read(const mailbox_t *s, uint16_t id, uint16_t index);

// A cause for ICR.VMMB.
static inline bool mailbox_vmmb(const mailbox_t *s, uint64_t now)
{
    return s->vmmb_cyc == now;
}

// Causes for the mailbox vectors of VFs, bit n: of VF n.
static inline uint8_t mailbox_vf(const mailbox_t *s, uint64_t now)
{
    return s->vf_cyc == now ? s->vf_q : 0;
}

// First cycle in which a tick without access and pulse changes something.
static inline uint64_t mailbox_quiet(void)
{
    return NIC_NEVER;
}

#endif
