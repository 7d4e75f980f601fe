// SPDX-License-Identifier: Apache-2.0
// Packet, absolute and master timers and frame counters, receive and transmit.
//
// Inputs P (a packet is completely in host memory) and W (a transmit descriptor is ready for write-back). Output: flush
// pulses to the descriptor rings, which write back what is pending and then raise RXT0 (TXDW).
// Cycle contract: an event visible in cycle c acts in tick c; a flush is visible in c+1. A delay of D units loaded in
// tick c expires in tick c + D * TimerUnitCyc. Order within a tick: register writes, expiry, P and W, master folding.
// Difference from the flops: each counter with its prescaler is held as the cycle of its expiry (NIC_NEVER = idle).
// Known difference: with RDTR = RXFRAMES = RSRPD = 0 every packet raises RXT0; the ring does that itself (desc_ring.h),
// one cycle earlier than a flush from here could.
#ifndef MODERATO_TIMERS_H
#define MODERATO_TIMERS_H

#include "rtl/defs.h"

typedef struct timers {
    uint64_t pt_cyc; // RDTR
    uint64_t at_cyc; // RADV
    uint64_t tidv_cyc;
    uint64_t tadv_cyc;
    uint64_t mt_cyc;       // MTDLY
    uint32_t rxf_q;        // P events since the last RXT0
    uint32_t txf_q;        // W events with IDE since the last TXDW
    uint64_t rx_flush_cyc; // the flush pulse is visible in this cycle
    uint64_t tx_flush_cyc;
    bool rx_srpd_q;   // the last receive flush was for a small packet
    uint32_t fired_q; // NIC_TIMER_* of the last flush (meters)
} timers_t;

typedef struct timers_in {
    uint64_t now;
    bool p;         // P
    uint32_t p_len; // stored length
    bool w, w_ide, w_rs;
    bool restart_rx; // receive ring restarted: RCTL.EN rose, RDH or RDBAL written
    csr_t csr;
    const uint32_t *reg;
} timers_in_t;

void timers_reset(timers_t *s);
void timers_tick(timers_t *s, const timers_in_t *in);
uint64_t timers_quiet(const timers_t *s);

#endif
