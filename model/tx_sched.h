// SPDX-License-Identifier: Apache-2.0
// Whose packet is sent next (82576): deficit round robin over the pools, and in a pool the queue that was not served last. One
// packet is chosen at a time, when tx_dma has taken all of the one before.
//
// Cycle contract: docs/cycle-contract-82576.md, "Transmit path". granted_q, queue_q and drain_q are state: the EOP of a packet
// is taken in tick c, that shows in c+1 in tx_dma's count, the next choice is made in tick c+1 and visible in c+2.
#ifndef MODERATO_TX_SCHED_H
#define MODERATO_TX_SCHED_H

#include "rtl/defs_82576.h"

typedef struct tx_sched {
    uint32_t granted_q; // packets chosen (free running)
    uint8_t queue_q;    // the last one is of this queue,
    bool drain_q;       // malformed,
    bool busy_q;        // and not paid for
    uint8_t pool_q;     // of the last one
    uint8_t upper_q;    // bit p: the turn in pool p is that of queue p + 8
    uint8_t some, more; // pools whose deficit is not 0, is above 0
    int32_t deficit[IGB_Pools];
} tx_sched_t;

typedef struct tx_sched_in {
    bool en;            // TCTL.EN
    uint32_t ready;     // bit q: queue q has a whole packet or a malformed one, and may send it
    uint32_t malformed; // of them; the others' are whole
    uint32_t pkts;      // tx_dma: packets taken (free running),
    uint32_t cost;      // what the last of them costs
} tx_sched_in_t;

void tx_sched_reset(tx_sched_t *s); // PF reset
void tx_sched_tick(tx_sched_t *s, const tx_sched_in_t *in);
// First tick behind `now` in which something happens with unchanged inputs.
static inline uint64_t tx_sched_quiet(const tx_sched_t *s, uint64_t now, uint32_t ready,
                                      uint32_t pkts)
{
    return pkts == s->granted_q && (ready || s->busy_q) ? now + 1 : NIC_NEVER;
}

#endif
