// SPDX-License-Identifier: Apache-2.0
#include "model/irq.h"

enum { CAUSES = (2 << E1000_ICR_SRPD_LSB) - 1 }; // bits that exist in ICR

void irq_reset(irq_t *s)
{
    s->icr_q = 0;
    s->ims_q = 0;
}

void irq_tick(irq_t *s, const irq_in_t *in)
{
    uint32_t set = in->set;
    uint32_t clear = 0;
    if (in->csr.valid) {
        const uint32_t w = in->csr.wdata & CAUSES;
        if (in->csr.write) {
            switch (in->csr.id) {
            case E1000_R_ICR: clear = w; break;
            case E1000_R_ICS: set |= w; break;
            case E1000_R_IMS: s->ims_q |= w; break;
            case E1000_R_IMC: s->ims_q &= ~w; break;
            default: break;
            }
        } else if (in->csr.id == E1000_R_ICR) {
            clear = CAUSES; // every read clears the whole register
        }
    }
    s->icr_q = (s->icr_q & ~clear) | set;
}
