// SPDX-License-Identifier: Apache-2.0
#include "model/eitr.h"

enum { VECTORS = (1 << IGB_Vectors) - 1 };

static void reset_vectors(eitr_t *s, uint32_t vectors)
{
    for (uint32_t m = vectors & VECTORS; m; m &= m - 1) {
        const unsigned k = (unsigned)__builtin_ctz(m);
        s->interval_q[k] = 0;
        s->credit_q[k] = 0;
        s->open_cyc[k] = 0;
    }
    s->lli_en_q &= ~vectors;
}

void eitr_reset(eitr_t *s)
{
    reset_vectors(s, VECTORS);
    s->lli_en_q = 0;
    s->credit_cyc = NIC_NEVER;
}

// Some vector is to get a credit.
static bool poor(const eitr_t *s)
{
    for (unsigned k = 0; k < IGB_Vectors; k++)
        if ((s->lli_en_q >> k & 1) && s->credit_q[k] < IGB_LliCreditsMax) return true;
    return false;
}

static void csr_write(eitr_t *s, unsigned k, uint32_t w, uint64_t now)
{
    s->interval_q[k] = FGET(IGB_EITR_INTERVAL, w);
    s->lli_en_q = (s->lli_en_q & ~(1u << k)) | FGET(IGB_EITR_LLI_EN, w) << k;
    if (w & FMASK(IGB_EITR_CNT_IGNR)) return;
    s->credit_q[k] = FGET(IGB_EITR_LL_COUNTER, w);
    s->open_cyc[k] = now + 8 * (uint64_t)FGET(IGB_EITR_COUNTER, w) * IGB_EitrUnitCyc;
}

void eitr_tick(eitr_t *s, const eitr_in_t *in)
{
    const uint64_t now = in->now;
    const bool grow = in->ll_interval != 0 && s->credit_cyc == now;
    const uint32_t sent = in->ctrl_rst ? 0 : in->sent;
    for (uint32_t m = sent & VECTORS; m; m &= m - 1) {
        const unsigned k = (unsigned)__builtin_ctz(m);
        if ((s->lli_en_q >> k & 1) && now < s->open_cyc[k]) s->credit_q[k]--;
        s->open_cyc[k] = now + (uint64_t)s->interval_q[k] * IGB_EitrUnitCyc;
    }
    for (uint32_t m = grow ? s->lli_en_q : 0; m; m &= m - 1) {
        uint32_t *credit = &s->credit_q[__builtin_ctz(m)];
        if (*credit < IGB_LliCreditsMax) ++*credit;
    }
    if (in->csr.valid && in->csr.write && in->csr.id == IGB_R_EITR)
        csr_write(s, in->csr.index, in->csr.wdata, now);
    if (in->clear) reset_vectors(s, in->clear);

    if (in->ll_interval == 0 || !poor(s)) s->credit_cyc = NIC_NEVER;
    else if (grow || s->credit_cyc == NIC_NEVER)
        s->credit_cyc = now + (uint64_t)in->ll_interval * IGB_LliUnitCyc;
}

uint32_t eitr_open(const eitr_t *s, uint64_t now)
{
    uint32_t open = 0;
    for (unsigned k = 0; k < IGB_Vectors; k++) open |= (uint32_t)(now >= s->open_cyc[k]) << k;
    return open;
}

uint32_t eitr_credit(const eitr_t *s)
{
    uint32_t credit = 0;
    for (unsigned k = 0; k < IGB_Vectors; k++) credit |= (uint32_t)(s->credit_q[k] != 0) << k;
    return credit | (~s->lli_en_q & ((1u << IGB_Vectors) - 1));
}

uint32_t eitr_read(const eitr_t *s, unsigned k, uint64_t now)
{
    const uint64_t left = now < s->open_cyc[k] ? s->open_cyc[k] - now : 0;
    const uint64_t units = (left + IGB_EitrUnitCyc - 1) / IGB_EitrUnitCyc;
    return FPUT(IGB_EITR_INTERVAL, s->interval_q[k]) | FPUT(IGB_EITR_LLI_EN, s->lli_en_q >> k) |
           FPUT(IGB_EITR_LL_COUNTER, s->credit_q[k]) | FPUT(IGB_EITR_COUNTER, units >> 3);
}

uint64_t eitr_quiet(const eitr_t *s, uint32_t want, uint32_t lli)
{
    if ((want & lli) && (want & lli & eitr_credit(s))) return 0;
    uint64_t quiet = s->credit_cyc;
    for (want &= (1u << IGB_Vectors) - 1; want; want &= want - 1) {
        const uint64_t open_cyc = s->open_cyc[__builtin_ctz(want)];
        quiet = open_cyc < quiet ? open_cyc : quiet;
    }
    return quiet;
}
