// SPDX-License-Identifier: Apache-2.0
// A VF's side of the mailbox (82576 specification §9): the reset hand-shake, requests to the PF,
// and what the mailbox says about the link. For process contexts: every call waits for the PF, up
// to a second or two.
//
// Known difference from Linux 6.1: when a word of the PF's own accord has replaced an answer, the
// request is made again; that to RESET is known by its address.
#ifndef MODERATO_IGBVF_MBX_H
#define MODERATO_IGBVF_MBX_H

#include "driver/igb_msg.h"
#include "driver/os.h"

#define IGBVF_RESET_AGAIN_NS 10000000000ull

enum igbvf_link {
    IGBVF_LINK_UNKNOWN, // no link, or the PF has not spoken
    IGBVF_LINK_UP,
    IGBVF_LINK_LOST, // the PF does not know us: a reset is due, no sooner than IGBVF_RESET_AGAIN_NS
                     // after the last one
};

typedef struct igbvf_mbx {
    os_dev_t *d;
    uint32_t latched;  // PFSTS, PFACK, RSTD: reading cleared them in the device
    bool silent;       // the PF has not answered in time: nothing is sent until the next reset
    bool link_unknown; // since a reset of either side
    uint8_t mac[6];    // what the PF gave at the last reset, zero: none
    uint64_t reset_ns; // time of it
} igbvf_mbx_t;

// Before the first reset.
void igbvf_mbx_init(igbvf_mbx_t *m, os_dev_t *d);

// Resets the VF and asks the PF for its pool (§9.8); m->mac is what it gives. 0; -EBUSY: the PF is
// still in reset; -ETIMEDOUT; -EPROTO: the PF said something else.
int igbvf_mbx_reset(igbvf_mbx_t *m);

// Requests. 0; -EACCES: refused; -ENOTCONN: not clear to send; -EBUSY: the PF holds the buffer;
// -ETIMEDOUT. Of groups and frame size the PF's answer is not waited for: it stays in the buffer,
// for the link check.
int igbvf_set_mac(igbvf_mbx_t *m, const uint8_t mac[6]);
int igbvf_clear_macs(igbvf_mbx_t *m); // further addresses; igb refuses it always, after doing it
int igbvf_add_mac(igbvf_mbx_t *m, const uint8_t mac[6]);
int igbvf_set_groups(igbvf_mbx_t *m, const uint8_t (*mac)[6], unsigned count); // 30 at most count
int igbvf_set_vlan(igbvf_mbx_t *m, uint16_t vid, bool on);
int igbvf_set_frame_size(igbvf_mbx_t *m, uint32_t bytes); // tag and FCS included
int igbvf_set_all_multicasts(igbvf_mbx_t *m, bool on);

// Every 2 s, or on the mailbox vector (touch points C.4).
enum igbvf_link igbvf_check_link(igbvf_mbx_t *m);
// Whether IGBVF_LINK_LOST has to be followed by a reset now.
bool igbvf_reset_due(const igbvf_mbx_t *m);

#endif
