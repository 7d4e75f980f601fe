// SPDX-License-Identifier: Apache-2.0
// The world around the chip: an event list in cycles of 8 ns and the loop that runs it together
// with the device.
//
// Events are intrusive (they live in the part that owns them); ties are broken by order of
// insertion. A host event of cycle t runs before the device simulates cycle t, so what it hands to
// the device can be on the pins in cycle t.
//
// An event may be queued from a callback of the device, that is, in the middle of a batch of device
// cycles. sim_at() then makes the device return after the cycle in progress if the event is due
// before the end of the batch, so nobody who queues events has to think of it.
#ifndef MODERATO_SIM_H
#define MODERATO_SIM_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_NEVER UINT64_MAX
#define CYC_NS    8u
#define CYC_PS    8000u
// A run ends before this cycle (104 days): picoseconds since the start then fit 64 bits with room.
#define SIM_END_CYC (UINT64_C(1) << 50)

typedef struct sim sim_t;

typedef struct sim_event {
    uint64_t when_cyc;
    uint64_t order; // how many events were queued before this one, set by sim_at (for traces)
    void (*fn)(void *ctx, uint64_t now_cyc);
    void *ctx;
    const char *name; // for traces
    struct sim_event *next;
    bool queued;
} sim_event_t;

// A device engine (C model, later the RTL) in the eyes of the loop; hostbridge/engine.h fills one
// in for the C model.
typedef struct sim_engine {
    void *ctx;
    uint64_t (*next)(void *ctx);                // next cycle with work, SIM_NEVER if none
    uint64_t (*run)(void *ctx, uint64_t until); // simulate cycles < until, may return early
    void (*stop)(void *ctx);                    // from a callback: return after this cycle
} sim_engine_t;

struct sim {
    uint64_t now_cyc; // no cycle before this one will be looked at again
    sim_event_t *head;
    uint64_t order;
    uint64_t batch_cyc;  // end of the batch of device cycles in progress, 0 outside
    sim_engine_t engine; // the physical NIC
    void *current;       // the core whose program is running (core.c), NULL = none
};

// Time 0, no events, an engine that never has anything to do.
void sim_init(sim_t *s);
void sim_event_init(sim_event_t *e, const char *name, void (*fn)(void *, uint64_t), void *ctx);
// Queues e at when_cyc; re-queues it (behind all others of that cycle) when it is queued already.
// when_cyc must not be before now_cyc nor, in a callback of the device, before the cycle that
// follows the one in progress: both are broken invariants and abort.
void sim_at(sim_t *s, sim_event_t *e, uint64_t when_cyc);
// Takes e out of the list; nothing happens when it is not queued.
void sim_cancel(sim_t *s, sim_event_t *e);
// Does the next thing that is due before `until`: one batch of device cycles (now_cyc is then the
// first cycle not simulated), or one event (now_cyc is its cycle during and after it). Returns
// false when nothing is due before `until`, and sets now_cyc = until (unless that is SIM_NEVER).
// An event function may call sim_step() itself (a core that waits); a device callback may not.
bool sim_step(sim_t *s, uint64_t until);
// When the next thing is due; SIM_NEVER: nothing will ever happen.
uint64_t sim_next(const sim_t *s);

// ns or ps to cycles, rounded up.
static inline uint64_t cyc_of_ns(uint64_t ns)
{
    return (ns + CYC_NS - 1) / CYC_NS;
}
static inline uint64_t cyc_of_ps(uint64_t ps)
{
    return (ps + CYC_PS - 1) / CYC_PS;
}

#endif
