// SPDX-License-Identifier: Apache-2.0
// The PF's side of the mailbox (82576 specification §9): answers what VFs ask for and tells them
// when the PF is reset.
//
// The order of a PF's life: igb_mbx_init; before each device reset igb_mbx_stop; after it
// igb_mbx_restart (RAR 1-23, VFTA, MTA cleared, and MRQC, VT_CTL as the driver wants them); with
// the interrupts igb_mbx_enable, last igb_mbx_reset_done; from then on igb_mbx_service for every
// ICR.VMMB. None of them may interrupt another.
//
// Known differences from Linux 6.1: a message of the PF's own accord, or the answer to a VF that
// has been reset meanwhile, is withheld while a request waits, where Linux writes over it and loses
// the request; a NACK for want of a reset counts for the 2 s as the bare one does, the reset itself
// does not; STRVLAN follows from the VLANs a pool is in, not from the last request; a VF may ask for
// the very address that the administrator gave it; a VF's own VLAN by the administrator, trust and
// spoof checks are absent.
#ifndef MODERATO_IGB_MBX_H
#define MODERATO_IGB_MBX_H

#include "driver/igb_msg.h"
#include "driver/igb_pool.h"

typedef struct igb_vf {
    uint8_t mac[6];      // zero: none
    bool mac_fixed;      // by the administrator: the VF may not choose
    bool clear_to_send;  // it has been reset, and answered: requests are served
    bool all_multicasts; // it asked for them
    bool many_groups;    // more than the list takes: it gets all of them, too
    uint8_t hashes;
    uint16_t hash[IGB_MSG_HASHES];
    uint64_t nack_ns; // it is told no more often than every 2 s that it is not clear to send
} igb_vf_t;

typedef struct igb_mbx {
    igb_pools_t pools;
    igb_vf_t vf[IGB_Vfs];
    unsigned withheld, lock_failures; // for the tests and the curious
} igb_mbx_t;

// SR-IOV has been enabled: entry 23-n for each VF, without an address.
void igb_mbx_init(igb_mbx_t *m, os_dev_t *d, unsigned vfs);

// No VF is clear to send, and is told so; VFRE and VFTE are 0 (touch points B.4 step 2).
void igb_mbx_stop(igb_mbx_t *m);
// After the reset: the tables are empty.
void igb_mbx_restart(igb_mbx_t *m);
// Requests and acknowledgements are interrupts (B.5 step 11; ICR.VMMB is the caller's to unmask).
void igb_mbx_enable(const igb_mbx_t *m);
// Tells the VFs that the PF is there (B.5 step 12).
void igb_mbx_reset_done(const igb_mbx_t *m);

// ICR.VMMB: looks at all VFs and does what they ask for.
void igb_mbx_service(igb_mbx_t *m);

// Tells all VFs that the link has changed, and whether they are clear to send.
void igb_mbx_ping(igb_mbx_t *m);

// MTA: the groups of the PF and of all VFs.
void igb_mbx_write_groups(const igb_mbx_t *m);

// The address that a VF gets at its next reset, and may not change; NULL: it may choose.
int igb_mbx_assign_mac(igb_mbx_t *m, unsigned vf, const uint8_t *mac);

#endif
