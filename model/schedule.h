// SPDX-License-Identifier: Apache-2.0
// When a slot is visited: what the scheduler (run.h) and those who hand transfers in share. Compiled for each personality,
// which has defined (wiring.h, wiring_82576.h):
//   SLOT_COUNT   how many slots; the last one is that of the registers
//   SLOW_SLOTS   their deadlines lie far ahead, and more often than not are put off before they come
#ifndef MODERATO_SCHEDULE_H
#define MODERATO_SCHEDULE_H

#include "model/state.h"

#define BIT(slot) (1u << (slot))
#define ALL_SLOTS ((uint32_t)((1ull << SLOT_COUNT) - 1))

// Visits `slots` in `cyc` at the latest.
static inline void wake(nic_t *n, uint32_t slots, uint64_t cyc)
{
    if (cyc == n->now) {
        n->wake |= slots;
        return;
    }
    for (uint32_t m = slots; m; m &= m - 1) {
        const int s = __builtin_ctz(m);
        if (!(n->armed >> s & 1) || cyc < n->due[s]) n->due[s] = cyc;
    }
    n->armed |= slots;
    if (cyc < n->soonest) n->soonest = cyc;
    if ((slots & SLOW_SLOTS) && cyc < n->soonest_slow) n->soonest_slow = cyc;
}

// The slot is due in `cyc`, whatever was said before.
static inline void due(nic_t *n, uint32_t s, uint64_t cyc)
{
    if (cyc < n->now) cyc = n->now; // overdue: in the next cycle
    n->due[s] = cyc;
    n->armed = (n->armed & ~(1u << s)) | (uint32_t)(cyc != NIC_NEVER) << s;
    if (cyc < n->soonest) n->soonest = cyc;
    if ((SLOW_SLOTS >> s & 1) && cyc < n->soonest_slow) n->soonest_slow = cyc;
}

// A stamp or deadline that still lies ahead.
static inline uint64_t ahead(uint64_t cyc, uint64_t now)
{
    return cyc > now ? cyc : NIC_NEVER;
}

static inline uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// Tells the meters.
static inline void probe(const nic_t *n, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    if (n->host.probe) n->host.probe(n->host.ctx, what, cyc, a, b);
}

static inline uint64_t xorshift(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

#endif
