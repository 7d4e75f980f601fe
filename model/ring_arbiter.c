// SPDX-License-Identifier: Apache-2.0
#include "model/ring_arbiter.h"

static void pick_reset(ring_pick_t *s)
{
    s->held_q = false;
    s->cur_q = IGB_Queues - 1; // queue 0 is next
}

void ring_arbiter_reset(ring_arbiter_t *s)
{
    pick_reset(&s->fetch);
    pick_reset(&s->wb);
}

static void pick_tick(ring_pick_t *s, uint32_t req, bool done)
{
    if (s->held_q ? !done : req == 0) return;
    req &= ~ring_pick_held(s); // its ring lowers it only now
    const uint32_t after = req & ~((2u << s->cur_q) - 1);
    s->held_q = req != 0;
    if (req) s->cur_q = (uint8_t)__builtin_ctz(after ? after : req);
}

void ring_arbiter_tick(ring_arbiter_t *s, const ring_arbiter_in_t *in)
{
    const uint32_t may = in->may & ~in->restart;
    pick_tick(&s->fetch, in->fetch & may, in->fetch_done);
    pick_tick(&s->wb, in->wb & may, in->wb_done);
}
