// SPDX-License-Identifier: Apache-2.0
#include "model/tx_sched.h"

enum { POOLS = (1 << IGB_Pools) - 1 };

_Static_assert(IGB_Queues == 2 * IGB_Pools, "pool p has queues p and p + Pools");

void tx_sched_reset(tx_sched_t *s)
{
    const uint8_t pool = s->pool_q, upper = s->upper_q;
    *s = (tx_sched_t){.queue_q = pool, .pool_q = pool, .upper_q = upper};
}

static void put(tx_sched_t *s, uint32_t pool, int32_t deficit)
{
    const uint8_t bit = (uint8_t)(1u << pool);
    s->deficit[pool] = deficit;
    s->some = deficit != 0 ? s->some | bit : s->some & ~bit;
    s->more = deficit > 0 ? s->more | bit : s->more & ~bit;
}

static void forget(tx_sched_t *s, uint32_t pools)
{
    for (pools &= s->some; pools; pools &= pools - 1) put(s, (uint32_t)__builtin_ctz(pools), 0);
}

void tx_sched_tick(tx_sched_t *s, const tx_sched_in_t *in)
{
    const bool due = in->pkts == s->granted_q;
    if (due && s->busy_q) {
        put(s, s->pool_q, s->deficit[s->pool_q] - (int32_t)in->cost);
        s->busy_q = false;
    }
    if (!in->en) forget(s, POOLS);
    if (!due || !in->en) return;

    const uint32_t pools = (in->ready | in->ready >> IGB_Pools) & POOLS;
    forget(s, ~pools);
    if (pools == 0) return;
    uint32_t of = pools & s->more;
    if (of == 0) {
        for (of = pools; of; of &= of - 1) {
            const uint32_t p = (uint32_t)__builtin_ctz(of);
            put(s, p, s->deficit[p] + IGB_TxQuantum);
        }
        return;
    }
    const uint32_t behind = of & (POOLS << s->pool_q); // the one chosen last, and those behind it
    const uint32_t p = (uint32_t)__builtin_ctz(behind ? behind : of);
    const bool upper =
        (in->ready >> (p + (s->upper_q >> p & 1) * IGB_Pools) & 1) == (s->upper_q >> p & 1);
    const uint32_t q = upper ? p + IGB_Pools : p;
    s->pool_q = (uint8_t)p;
    s->upper_q = (uint8_t)(upper ? s->upper_q & ~(1u << p) : s->upper_q | 1u << p);
    s->queue_q = (uint8_t)q;
    s->drain_q = in->malformed >> q & 1;
    s->busy_q = true;
    s->granted_q++;
}
