// SPDX-License-Identifier: Apache-2.0
#include "model/throttle.h"

void throttle_reset(throttle_t *s)
{
    s->int_q = false;
    s->msi_q = false;
    s->open_cyc = 0;
}

void throttle_tick(throttle_t *s, const throttle_in_t *in)
{
    // Writing 0 opens the gate at once; any other value counts from the next assertion.
    if (in->csr.valid && in->csr.write && in->csr.id == E1000_R_ITR &&
        (in->csr.wdata & 0xFFFF) == 0)
        s->open_cyc = in->now;
    if (in->msi_done) s->msi_q = false;
    if (!in->pend) {
        s->int_q = false;
    } else if (!s->int_q && in->now >= s->open_cyc) {
        s->int_q = true;
        s->msi_q = in->msi_en;
        s->open_cyc = in->now + (uint64_t)in->itr * NIC_ItrUnitCyc;
    }
}
