// SPDX-License-Identifier: Apache-2.0
// Statistics of the 82576: the counters of the 82540EM for the registers that it has at the same offsets (stats, which
// mac_rx and mac_tx count in), and those of queues, of VFs, and of the host.
//
// Cycle contract: an event or a read visible in cycle c acts in tick c, new values are visible in c+1. A read returns the
// value as of cycle c and clears first: stats_82576_read_clear(), then the events of the same tick.
//
//   RQDPC[q]                 frames dropped because queue q had no descriptor
//   RPTHC, HGORC             frames delivered to a queue, once for each: from the wire or from the switch
//   HGPTC, HGOTC             frames of queues that the switch lets go to the wire
//   VFGPRC, VFGORC, VFMPRC   of these by VF, while it is there: delivered from the wire (VFMPRC: of both ways),
//   VFGPRLBC, VFGORLBC       delivered from the switch,
//   VFGPTC, VFGOTC           to the wire,
//   VFGPTLBC, VFGOTLBC       to queues
//   IAC                      vectors sent, rises of the line included
// Octets are those of the frame with FCS, as it is or would be on the wire. Counters stick at all ones and clear when read
// (a pair: with its high half); those of VFs are of 32 bits, wrap, and do not clear. All other registers read 0.
#ifndef MODERATO_STATS_82576_H
#define MODERATO_STATS_82576_H

#include "model/stats.h"
#include "rtl/defs_82576.h"

enum { STATS_82576_VF_COUNT = 9 };

typedef struct stats_82576 {
    stats_t core; // for mac_rx, mac_tx; and for stats_count() of RNBC, ROC, TSCTC, TSCTFC
    uint32_t rqdpc_q[IGB_Queues];
    uint32_t iac_q, rpthc_q, hgptc_q;
    uint64_t hgorc_q, hgotc_q;
    uint32_t vf_q[STATS_82576_VF_COUNT][IGB_Vfs]; // in the order of their rows: VFGPRC, VFGPTC, ...
} stats_82576_t;

// A frame delivered to a queue (rx_dma), or one of a queue that was decided upon (l2_switch).
typedef struct stats_82576_frame {
    bool valid;
    uint8_t queue; // rx: that gets it; tx: that has sent it
    uint16_t len;  // with FCS
    bool mcast;    // rx: group address, but not broadcast
    bool loop;     // rx: from the switch; tx: it goes to queues
    bool wire;     // tx: it goes to the wire
} stats_82576_frame_t;

// Events of one cycle, beside those of mac_rx and mac_tx.
typedef struct stats_82576_in {
    bool reset;        // CTRL.RST, FLR of the PF: nothing counts in this tick
    bool rnbc;         // a frame waits for a descriptor
    bool tsc, tsc_bad; // a segmentation is over; it failed
    bool drop;         // RQDPC of drop_queue
    uint8_t drop_queue;
    stats_82576_frame_t rx, tx;
    uint32_t sent;    // vectors sent: irq_82576_sent()
    uint8_t there;    // level: VFs that are there
    uint8_t vf_clear; // pulses: FLR of VF n, vf_start; behind everything else, in a reset too
} stats_82576_in_t;

// Power-good.
void stats_82576_reset(stats_82576_t *s);

void stats_82576_tick(stats_82576_t *s, const stats_82576_in_t *in);

// A frame delivered, one of a VF that is there or not: what the tick does with `rx`.
void stats_82576_delivered(stats_82576_t *s, const stats_82576_frame_t *f, bool vf);

// The register is one of these.
static inline bool stats_82576_mine(uint16_t id)
{
    return (id >= IGB_R_CRCERRS && id <= IGB_R_SCVPC) || id == IGB_R_RQDPC ||
           (id >= IGB_R_VFGPRC && id <= IGB_R_VFGOTLBC);
}

// The value without side effect; 0 if the register is none of these.
uint32_t stats_82576_peek(const stats_82576_t *s, uint16_t id, uint32_t index);

// The value as a read returns it, with the side effect.
uint32_t stats_82576_read_clear(stats_82576_t *s, uint16_t id, uint32_t index);

#endif
