// SPDX-License-Identifier: Apache-2.0
// The loop of the scheduler. Included once by each personality, behind the functions that it calls, so that nothing of it
// is called through a pointer:
//   nic_ins_t                      inputs of all modules that are visited in a cycle
//   visit_one(n, t, slot, in)      one module alone, the usual case
//   visit(n, t, mask, in, order)   several, their ticks in `order`; NULL: any
//   in_reset(n, t)                 the device is reset in this tick (all are visited then)
//   reset_cycle(n, t)              that tick
#ifndef MODERATO_RUN_H
#define MODERATO_RUN_H

#include "model/schedule.h"

// Adds those of `slots` that are due by `t` to *who; the soonest of the others.
static inline uint64_t look(const nic_t *n, uint32_t slots, uint64_t t, uint32_t *who)
{
    uint64_t soonest = NIC_NEVER;
    for (uint32_t m = slots; m; m &= m - 1) {
        const uint64_t d = n->due[__builtin_ctz(m)];
        if (d <= t) *who |= m & -m;
        else soonest = d < soonest ? d : soonest;
    }
    return soonest;
}

// Takes the slots that are due by `t` off the list and finds the soonest of the others.
static inline uint32_t collect(nic_t *n, uint64_t t)
{
    uint32_t who = 0;
    if (n->soonest_slow <= t) n->soonest_slow = look(n, n->armed & SLOW_SLOTS, t, &who);
    n->soonest = sooner(look(n, n->armed & ~SLOW_SLOTS, t, &who), n->soonest_slow);
    n->armed &= ~who;
    return who;
}

static inline void shuffled(uint8_t order[SLOT_COUNT], uint64_t *rng)
{
    for (uint8_t i = 0; i < SLOT_COUNT; i++) order[i] = i;
    for (uint32_t i = SLOT_COUNT - 2; i > 0; i--) {
        const uint32_t j = (uint32_t)(xorshift(rng) % (i + 1));
        const uint8_t t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
}

// The slower ways of visiting: which cycle, and who in it.
static inline uint64_t odd_visit(nic_t *n, uint64_t t, uint64_t until, uint32_t *mask)
{
    nic_visiting_t *how = &n->how;
    *mask = 0;
    if (how->every_cycle) {
        *mask = ALL_SLOTS;
        return n->now;
    }
    if (how->extra && t > n->now && xorshift(&how->rng) % how->extra == 0) {
        const uint64_t room = (t < until ? t : until) - n->now;
        if (room == 0) return t;
        *mask = (uint32_t)xorshift(&how->rng) & ALL_SLOTS;
        return n->now + xorshift(&how->rng) % (room < 64 ? room : 64);
    }
    return t;
}

// `odd`: a slower way of visiting, for which there is one function and no short cut.
static inline __attribute__((always_inline)) uint64_t run_loop(nic_t *n, uint64_t until,
                                                               const bool odd)
{
    nic_ins_t in;
    uint8_t order[SLOT_COUNT];
    n->until = until;
    for (;;) {
        uint64_t t = n->wake ? n->now : n->soonest;
        uint32_t mask = 0;
        if (odd) t = odd_visit(n, t, until, &mask);
        if (t >= n->until) {
            if (n->until && until > n->now) n->now = until;
            break;
        }
        mask |= n->wake;
        n->wake = 0;
        if (n->soonest <= t) mask |= collect(n, t);
        if (mask == 0) continue; // the one that was soonest has put it off
        // Whoever is visited says anew when it is due.
        n->now = t + 1; // what is handed in by callbacks belongs to later cycles
        n->visits++;
        if (!odd && (mask & (mask - 1)) == 0) {
            visit_one(n, t, __builtin_ctz(mask), &in);
        } else if (__builtin_expect(in_reset(n, t), 0)) {
            reset_cycle(n, t);
        } else {
            for (uint32_t m = mask & (mask - 1); m; m &= m - 1) n->visits++;
            if (odd && n->how.shuffle) shuffled(order, &n->how.rng);
            visit(n, t, mask, &in, odd && n->how.shuffle ? order : NULL);
        }
    }
    return n->now;
}

static __attribute__((noinline, cold)) uint64_t run_oddly(nic_t *n, uint64_t until)
{
    return run_loop(n, until, true);
}

static inline uint64_t run(nic_t *n, uint64_t until)
{
    const bool odd = n->how.every_cycle || n->how.extra || n->how.shuffle;
    return odd ? run_oddly(n, until) : run_loop(n, until, false);
}

#endif
