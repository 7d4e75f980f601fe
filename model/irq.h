// SPDX-License-Identifier: Apache-2.0
// Interrupt causes and masks: ICR, ICS, IMS, IMC.
//
// Cycle contract: a cause pulse or register access visible in cycle c changes ICR/IMS in tick c; the new value is
// visible (to register reads and to the throttle) in c+1. A set and a clear of one bit in the same cycle: the set survives.
#ifndef MODERATO_IRQ_H
#define MODERATO_IRQ_H

#include "rtl/defs.h"

typedef struct irq {
    uint32_t icr_q;
    uint32_t ims_q;
} irq_t;

typedef struct irq_in {
    uint32_t set; // causes pulsed in this cycle
    csr_t csr;
} irq_in_t;

void irq_reset(irq_t *s);
void irq_tick(irq_t *s, const irq_in_t *in);

// A cause is set and not masked (to the throttle).
static inline bool irq_pend(const irq_t *s)
{
    return (s->icr_q & s->ims_q) != 0;
}

#endif
