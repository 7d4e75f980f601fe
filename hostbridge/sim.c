// SPDX-License-Identifier: Apache-2.0
// A sorted list is enough: a run has a few tens of events at most, most are queued near the head,
// and taking the next one is the operation that matters.
#include "hostbridge/sim.h"

#include <assert.h>
#include <stddef.h>

static uint64_t no_engine_next(void *ctx)
{
    (void)ctx;
    return SIM_NEVER;
}

static uint64_t no_engine_run(void *ctx, uint64_t until)
{
    (void)ctx;
    return until;
}

static void no_engine_stop(void *ctx)
{
    (void)ctx;
}

void sim_init(sim_t *s)
{
    *s = (sim_t){.engine = {.next = no_engine_next, .run = no_engine_run, .stop = no_engine_stop}};
}

void sim_event_init(sim_event_t *e, const char *name, void (*fn)(void *, uint64_t), void *ctx)
{
    *e = (sim_event_t){.fn = fn, .ctx = ctx, .name = name};
}

void sim_at(sim_t *s, sim_event_t *e, uint64_t when_cyc)
{
    assert(when_cyc >= s->now_cyc);
    if (e->queued) sim_cancel(s, e);
    e->when_cyc = when_cyc;
    e->order = s->order++;
    e->queued = true;
    sim_event_t **at = &s->head;
    while (*at && (*at)->when_cyc <= when_cyc) at = &(*at)->next;
    e->next = *at;
    *at = e;
    if (when_cyc < s->batch_cyc) {
        s->batch_cyc = when_cyc; // later events of the same callback need not stop it again
        s->engine.stop(s->engine.ctx);
    }
}

void sim_cancel(sim_t *s, sim_event_t *e)
{
    if (!e->queued) return;
    sim_event_t **at = &s->head;
    while (*at != e) at = &(*at)->next;
    *at = e->next;
    e->next = NULL;
    e->queued = false;
}

bool sim_step(sim_t *s, uint64_t until)
{
    sim_event_t *e = s->head;
    uint64_t event_cyc = e ? e->when_cyc : SIM_NEVER;
    uint64_t engine_cyc = s->engine.next(s->engine.ctx);
    if (event_cyc <= engine_cyc) {
        if (event_cyc >= until) goto idle;
        // Behind now_cyc only if the event was queued into a cycle the device had already begun.
        assert(event_cyc >= s->now_cyc);
        s->head = e->next;
        e->next = NULL;
        e->queued = false;
        s->now_cyc = event_cyc;
        e->fn(e->ctx, event_cyc);
        return true;
    }
    if (engine_cyc >= until) goto idle;
    s->batch_cyc = event_cyc < until ? event_cyc : until;
    uint64_t reached_cyc = s->engine.run(s->engine.ctx, s->batch_cyc);
    s->batch_cyc = 0;
    if (reached_cyc > s->now_cyc) s->now_cyc = reached_cyc;
    return true;

idle:
    if (until != SIM_NEVER && until > s->now_cyc) s->now_cyc = until;
    return false;
}

uint64_t sim_next(const sim_t *s)
{
    uint64_t engine_cyc = s->engine.next(s->engine.ctx);
    return s->head && s->head->when_cyc < engine_cyc ? s->head->when_cyc : engine_cyc;
}
