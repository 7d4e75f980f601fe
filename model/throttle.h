// SPDX-License-Identifier: Apache-2.0
// The interrupt throttle (ITR) and the INTA# line.
//
// Cycle contract: pend visible in cycle c and gate open -> int_q changes in tick c, INTA# is on the pin in c+1. The gate
// opens again exactly ITR * ItrUnitCyc ticks after the tick that asserted. Deassertion is never throttled.
// Difference from the flops: the down-counter is held as the cycle in which it reaches 0 (open_cyc).
#ifndef MODERATO_THROTTLE_H
#define MODERATO_THROTTLE_H

#include "rtl/defs.h"

typedef struct throttle {
    bool int_q;
    bool msi_q;        // an interrupt message waits for the host port
    uint64_t open_cyc; // the gate is open in this tick and after
} throttle_t;

typedef struct throttle_in {
    uint64_t now;
    bool pend;
    bool msi_en;
    bool msi_done; // the host port has sent the message
    uint32_t itr;  // interval, ItrUnitCyc units, 0 = off
    csr_t csr;
} throttle_in_t;

void throttle_reset(throttle_t *s);
void throttle_tick(throttle_t *s, const throttle_in_t *in);
// First cycle in which a tick with unchanged inputs changes something.
static inline uint64_t throttle_quiet(const throttle_t *s, bool pend)
{
    return pend && !s->int_q ? s->open_cyc : NIC_NEVER;
}

#endif
