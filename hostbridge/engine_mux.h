// SPDX-License-Identifier: Apache-2.0
// Several devices in one world: the physical NIC, and virtual ones that are devices of their own. To the loop of sim.h they
// look like one engine. Devices meet only in the world (an event, a core), never within a cycle, so each may run up to the next cycle
// in which another has work; of the same cycle the one that was added first goes first.
#ifndef MODERATO_ENGINE_MUX_H
#define MODERATO_ENGINE_MUX_H

#include "hostbridge/sim.h"

#define ENGINE_MUX_PARTS 9u

typedef struct engine_mux {
    sim_engine_t part[ENGINE_MUX_PARTS];
    unsigned count;
    bool stopped;
    unsigned running;
    uint64_t next_cyc[ENGINE_MUX_PARTS]; // as asked last
} engine_mux_t;

// False: there are ENGINE_MUX_PARTS already. The engine is copied.
bool engine_mux_add(engine_mux_t *m, sim_engine_t part);
// Lets all of them go on to `until`, before which none has work: one that has none may have been left behind.
void engine_mux_catch_up(engine_mux_t *m, uint64_t until);
// The engine that all of them are, for sim_t.engine; of one part that part itself.
sim_engine_t engine_mux_time(engine_mux_t *m);

#endif
