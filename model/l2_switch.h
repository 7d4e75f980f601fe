// SPDX-License-Identifier: Apache-2.0
// The switch of the 82576: decides for each frame that tx_dma lists whether it goes to the wire (mac_tx), to receive queues
// (rx_dma_82576), to both or nowhere, and gives its granules back when all who have it are through.
//
// Cycle contract: docs/cycle-contract-82576.md, "Switch". A frame visible in cycle c, with the switch free, is decided in tick
// c + SwitchCyc - 1, with the registers visible then; the lists, events and looked_q show it one cycle later, and in that
// cycle's tick the next one is begun. A decided frame is free in the first tick in which all before it are and the counts of
// those who have it, as visible, say that they are through; freed_q shows it one cycle later. So one that nobody has is free
// in the tick behind that which decides it.
#ifndef MODERATO_L2_SWITCH_H
#define MODERATO_L2_SWITCH_H

#include "model/packet_buffer.h"
#include "rtl/defs_82576.h"

// What became of the frame that was decided last.
typedef struct l2_decision {
    uint64_t cyc;    // an event in this cycle
    uint32_t len;    // on the wire, with FCS
    uint8_t queue;   // that sent it
    bool vf;         // its pool belongs to a VF that is there
    bool spoof;      // dropped
    bool wire;       // to the wire
    uint16_t queues; // to these, loop_len bytes
    uint32_t loop_len;
} l2_decision_t;

typedef struct l2_switch {
    uint32_t looked_q; // frames decided (free running)
    uint64_t due_cyc;  // the tick that decides the frame looked at; NIC_NEVER: none is
    uint32_t wire_q;   // frames listed for mac_tx, and for rx_dma_82576 (free running)
    uint32_t loop_q;
    uint32_t free_q;      // frames that are free (free running),
    uint32_t wire_free_q; // those of them that were listed
    uint32_t loop_free_q;
    uint32_t freed_q;      // granules given back (free running)
    uint16_t wvbr_q;       // WVBR
    uint64_t doutsync_cyc; // ICR.DOUTSYNC is set in this cycle
    l2_decision_t what;
    uint16_t held[NIC_TxFramesMax]; // decided and not free: granules, and who has the frame
    tx_frame_t wire[NIC_TxFramesMax];
    sw_loop_t loop[NIC_TxFramesMax];
} l2_switch_t;

typedef struct l2_switch_in {
    uint64_t now;
    uint32_t listed;         // tx_dma: frames listed (free running)
    const tx_frame_t *frame; // entry looked_q (valid when listed != looked_q)
    const uint32_t *reg;
    uint32_t wire_ended; // mac_tx: frames of the list whose last byte is out (free running)
    uint32_t loop_ended; // rx_dma_82576: frames of the list that are finished (free running)
    uint8_t there;       // VFs
    csr_t csr;           // WVBR is read
} l2_switch_in_t;

void l2_switch_reset(l2_switch_t *s); // PF reset
void l2_switch_tick(l2_switch_t *s, const l2_switch_in_t *in);
// First tick at or behind `now` in which something can happen with unchanged inputs but a read of WVBR.
uint64_t l2_switch_quiet(const l2_switch_t *s, uint64_t now, uint32_t listed, uint32_t wire_ended,
                         uint32_t loop_ended);

#endif
