// SPDX-License-Identifier: Apache-2.0
// EITR of the 82576: a gate and low-latency credits for each vector, and the clock of credits.
//
// Cycle contract (docs/cycle-contract-82576.md, Moderation): gates and credits are state; irq_82576 decides
// with them what is sent in tick c, and that acts here in tick c. A gate that closes in tick c is open again
// in tick c + INTERVAL * EitrUnitCyc. Order within a tick: sending, clock of credits, register write, resets of VFs.
// Difference from the flops: each down-counter with its prescaler is held as the cycle in which its gate is
// open again (open_cyc), that of the credits as the tick of the next one (NIC_NEVER = the clock stands).
// Known to be inaccurate: EITR bits 15 and 30:16 are where recollection has them; LLI through an open gate
// is free and credits come to all vectors at the same time, both chosen.
#ifndef MODERATO_EITR_H
#define MODERATO_EITR_H

#include "rtl/defs_82576.h"

typedef struct eitr {
    uint32_t interval_q[IGB_Vectors]; // EitrUnitCyc units, 0 = off
    uint32_t lli_en_q;                // by vector
    uint32_t credit_q[IGB_Vectors];
    uint64_t open_cyc[IGB_Vectors]; // the gate is open in this tick and after
    uint64_t credit_cyc;            // the tick in which credits grow
} eitr_t;

typedef struct eitr_in {
    uint64_t now;
    bool ctrl_rst;        // CTRL.RST in this tick: what is sent now closes no gate
    uint32_t sent;        // vectors sent in this tick
    uint32_t ll_interval; // of GPIE, LliUnitCyc units, 0 = no credits
    csr_t csr;
    uint32_t clear; // vectors that are at reset behind this tick: FLR of their VF, vf_start
} eitr_in_t;

// Power-good, FLR of the PF.
void eitr_reset(eitr_t *s);
void eitr_tick(eitr_t *s, const eitr_in_t *in);

// Gates that are open in tick `now`.
uint32_t eitr_open(const eitr_t *s, uint64_t now);

// Vectors of which a low-latency event goes through a closed gate.
uint32_t eitr_credit(const eitr_t *s);

// EITR[k] as read in cycle `now`.
uint32_t eitr_read(const eitr_t *s, unsigned k, uint64_t now);

// First cycle in which something changes, with these vectors waiting (irq_82576_want(), irq_82576_lli()).
uint64_t eitr_quiet(const eitr_t *s, uint32_t want, uint32_t lli);

#endif
