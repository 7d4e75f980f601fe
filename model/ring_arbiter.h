// SPDX-License-Identifier: Apache-2.0
// Descriptor fetches and write-backs of the queues of one direction, each to the one requester of the host port that is
// theirs (82576).
//
// Cycle contract (docs/cycle-contract-82576.md, "Rings"): a request visible in cycle c to a picker that is free, or sees `done`
// in c, is held from c+1 on, and then at the port; round robin from the queue behind the one held last. What is held stays until
// `done`, whatever becomes of its ring. A ring that restarts in c is not picked in tick c (it takes its request back). All
// outputs are functions of the state, and of `done` and completion of the same cycle, which only find their way.
#ifndef MODERATO_RING_ARBITER_H
#define MODERATO_RING_ARBITER_H

#include "rtl/defs_82576.h"

// Of one kind of request.
typedef struct ring_pick {
    bool held_q;   // a request is at the port
    uint8_t cur_q; // of this queue, or that was the last one
} ring_pick_t;

typedef struct ring_arbiter {
    ring_pick_t fetch, wb;
} ring_arbiter_t;

typedef struct ring_arbiter_in {
    uint32_t fetch, wb;       // requests, a bit each queue
    uint32_t may;             // the function of the queue may request
    uint32_t restart;         // its ring restarts
    bool fetch_done, wb_done; // from the port
} ring_arbiter_in_t;

void ring_arbiter_reset(ring_arbiter_t *s);
void ring_arbiter_tick(ring_arbiter_t *s, const ring_arbiter_in_t *in);

// Queues whose request is held: none or one.
static inline uint32_t ring_pick_held(const ring_pick_t *s)
{
    return (uint32_t)s->held_q << s->cur_q;
}
// Whose is `done` of the port?
static inline uint32_t ring_pick_done(const ring_pick_t *s, bool done)
{
    return done ? ring_pick_held(s) : 0;
}
// A tick with these requests changes nothing.
static inline bool ring_pick_quiet(const ring_pick_t *s, uint32_t req, bool done)
{
    return !done && (s->held_q || req == 0);
}

#endif
