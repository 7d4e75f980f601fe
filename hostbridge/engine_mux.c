// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/engine_mux.h"

// While one part runs the others are not touched, so what they have to do next is asked once a batch.

static uint64_t part_next(const engine_mux_t *m, unsigned i)
{
    return m->part[i].next(m->part[i].ctx);
}

static void look_at_all(engine_mux_t *m)
{
    for (unsigned i = 0; i < m->count; i++) m->next_cyc[i] = part_next(m, i);
}

// The part that has work first, the first added of several; *other_cyc: the earliest work of the others.
static unsigned first_part(const engine_mux_t *m, uint64_t *other_cyc)
{
    unsigned first = 0;
    *other_cyc = SIM_NEVER;
    for (unsigned i = 1; i < m->count; i++) {
        const unsigned later = m->next_cyc[i] < m->next_cyc[first] ? first : i;
        if (later == first) first = i;
        if (m->next_cyc[later] < *other_cyc) *other_cyc = m->next_cyc[later];
    }
    return first;
}

static uint64_t mux_next(void *ctx)
{
    engine_mux_t *m = ctx;
    uint64_t other_cyc;
    look_at_all(m);
    return m->next_cyc[first_part(m, &other_cyc)];
}

// The loop has just asked for mux_next().
static uint64_t mux_run(void *ctx, uint64_t until)
{
    engine_mux_t *m = ctx;
    m->stopped = false;
    for (;;) {
        uint64_t other_cyc;
        const unsigned i = first_part(m, &other_cyc);
        if (m->next_cyc[i] >= until) return until;
        uint64_t end_cyc = other_cyc < until ? other_cyc : until;
        if (end_cyc == m->next_cyc[i]) end_cyc++; // both have work in this cycle: its own first
        m->running = i;
        const uint64_t reached_cyc = m->part[i].run(m->part[i].ctx, end_cyc);
        // Nobody may look any more at what all have simulated.
        if (m->stopped) return reached_cyc < other_cyc ? reached_cyc : other_cyc;
        m->next_cyc[i] = part_next(m, i);
    }
}

static void mux_stop(void *ctx)
{
    engine_mux_t *m = ctx;
    m->stopped = true;
    m->part[m->running].stop(m->part[m->running].ctx);
}

bool engine_mux_add(engine_mux_t *m, sim_engine_t part)
{
    if (m->count == ENGINE_MUX_PARTS) return false;
    m->part[m->count++] = part;
    return true;
}

sim_engine_t engine_mux_time(engine_mux_t *m)
{
    if (m->count == 1) return m->part[0];
    return (sim_engine_t){m, mux_next, mux_run, mux_stop};
}

void engine_mux_catch_up(engine_mux_t *m, uint64_t until)
{
    for (unsigned i = 0; i < m->count; i++) m->part[i].run(m->part[i].ctx, until);
}
