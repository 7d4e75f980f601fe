// SPDX-License-Identifier: Apache-2.0
// vCPUs that share a physical processor, scheduled in the manner of Xen's credit scheduler (the first one, "credit1").
//
// A credit_t is one processor, with the vCPUs that are pinned to it. A core that belongs to one runs only while it has the
// processor; when it has something to do and has it not, its time goes to the account CORE_STEAL. One that idles gives it back at
// once. A core without a credit_t has a processor of its own, as if all this did not exist.
//
//   credits   are time on the processor. Who runs is debited exactly what it takes: at ticks, and when it stops. With every
//             accounting (once in a slice) a slice's worth of them is dealt out by weight, less what switches took. Nobody
//             saves up more than a slice: what one has no room for is for the others. Active are those that have less than a
//             slice; while there are none accountings rest.
//   priority  UNDER: has credits. OVER: has none. BOOST: has woken up while UNDER, until a tick or an accounting finds it running.
//             The highest goes first, among equals who has waited longest. A lower one that runs is preempted.
//   slice     after which one that runs lets its equals go first.
//   cap       percent of the processor that a vCPU may take at most (0: no cap). Its share of the credits is no larger, the
//             others have the rest; one that is in debt by more than that share is parked until it is not in debt at all. Parked
//             is stolen, too.
//   switch    from one vCPU to another, during which neither runs. Back to the one that ran last is free.
//
// The processor is handed over at cycle edges, and what a core has of a cycle beyond one stays with it (see core.h); so run, wait
// and blocked times are whole cycles, and sum to wall time exactly, as do those of a processor (credit_check).
//
// ## Inaccuracies
// - Pinned: vCPUs do not move between processors, and weights compare those of one processor only. Weight and cap are a vCPU's,
//   not a domain's.
// - Preemption happens at the exact cycle where the core is in core_work(), spins for a lock or idles without halting, elsewhere
//   when the core's local time meets the world's (core_settle): one stretch of driver code later, in handlers too. A core that
//   waits for the reply to a register read does not lose the processor before the next such point.
// - Who runs is preempted at the accounting that makes it of lower priority than another; Xen lets it end its slice.
// - Credits beyond a slice go to the others. Xen takes half of them away, and deals none to that vCPU until a tick finds it
//   running; how much the others lose by those that use little then depends on where ticks fall. There debt ends at a slice;
//   here it is bounded because no credits are lost.
// - So weights decide only between vCPUs that want the processor all the time. One that blocks now and then is BOOST when it wakes up
//   and takes what it wants; the credits that the other has no time to use are dealt to it, so it is never OVER, whatever the weights.
//   A host that takes 60 % of a processor and a guest that would have all of it get the same with 256:256, 65535:1 and 1:65535. In
//   Xen the one of small weight is dealt next to nothing but while the other does not earn: it is OVER at times.
// - No rate limit for preemption (Xen 4.2 on: 1 ms), no yield by guests that spin.
// - An interrupt for a vCPU that is not running takes no time from the one that is; it is injected, without an exit, when its
//   vCPU runs. Ticks and accountings take no time.
// - At the start each vCPU has the processor once, to find that it has nothing to do.
#ifndef MODERATO_CREDIT_H
#define MODERATO_CREDIT_H

#include "hostbridge/core.h"

#define CREDIT_WEIGHT     256u // default
#define CREDIT_WEIGHT_MAX 65535u
#define CREDIT_CAP_MAX    100u
// A second: what all are in debt, times a weight, fits 63 bits.
#define CREDIT_SLICE_MAX_PS UINT64_C(1000000000000)

typedef struct credit credit_t;

typedef struct credit_params {
    uint64_t slice_ps; // also between accountings
    uint64_t tick_ps;
    uint64_t switch_ps;
} credit_params_t;

enum credit_priority { CREDIT_OVER, CREDIT_UNDER, CREDIT_BOOST };
enum credit_state { CREDIT_BLOCKED, CREDIT_WAITING, CREDIT_RUNNING, CREDIT_STATES };

struct credit_vcpu {
    credit_t *credit;
    core_t *core;
    unsigned weight, cap;
    enum credit_state state;
    enum credit_priority priority;
    bool queued; // waits, and is not parked
    bool active; // its credits are less than a slice
    bool parked;
    int64_t credit_ps;
    uint64_t debited_ps; // of its time running
    uint64_t since_cyc;  // in this state
    uint64_t state_ps[CREDIT_STATES];
    uint64_t runs, boosts, preemptions, parkings;
    credit_vcpu_t *next; // in the queue
};

struct credit {
    core_set_t *set;
    uint64_t slice_cyc, tick_cyc, switch_cyc;
    uint64_t begin_cyc;
    unsigned count;
    credit_vcpu_t vcpu[CORE_MAX];
    credit_vcpu_t *running; // NULL: nobody
    credit_vcpu_t *coming;  // the switch to it is under way
    credit_vcpu_t *last;    // ran last
    credit_vcpu_t *queue;   // by priority, and by how long they have waited
    uint64_t since_cyc;     // `running` or `coming` have changed
    uint64_t idle_ps, switch_ps, switches;
    uint64_t dealt_switch_ps; // of it, up to the last accounting
    sim_event_t tick, accounting;
    sim_event_t timer; // end of the slice, or of the switch
};

// Up to now; run, wait and blocked sum to the time since the processor was made.
typedef struct credit_stats {
    uint64_t run_ps, wait_ps, blocked_ps;
    uint64_t runs;        // how often it was given the processor
    uint64_t boosts;      // woken up with priority BOOST
    uint64_t preemptions; // lost the processor to another, at the end of its slice too
    uint64_t parkings;
} credit_stats_t;

typedef struct credit_cpu_stats {
    uint64_t run_ps, idle_ps, switch_ps;
    uint64_t switches;
} credit_cpu_stats_t;

// ---- a processor (main context) ----------------------------------------------------------------

// Slices of 30 ms, ticks of 10 ms; the switch of the profile.
credit_params_t credit_params_of(const profile_t *p);
// A processor for cores of the set. NULL when out of memory, slice or tick are 0, or a slice is longer than
// CREDIT_SLICE_MAX_PS.
credit_t *credit_create(core_set_t *s, const credit_params_t *p);
// Pins a core to it, before core_set_run() is called for the first time. 0, or -EINVAL: weight is not 1 to CREDIT_WEIGHT_MAX, cap
// more than CREDIT_CAP_MAX, the core of another set, it has a processor already, or it has run.
int credit_add(credit_t *k, core_t *c, unsigned weight, unsigned cap);
// Before core_set_destroy(); the set is not run any more.
void credit_destroy(credit_t *k);
credit_stats_t credit_stats(const core_t *c);
credit_cpu_stats_t credit_cpu_stats(const credit_t *k);
// The times of the processor, and of each vCPU, sum to wall time exactly, and what a vCPU has waited is in its core's CORE_STEAL.
// 0, or -1 with a message.
int credit_check(const credit_t *k, char err[256]);

// ---- for core.c, core_irq.c and core_sched.c ---------------------------------------------------

// It has nothing to do any more.
void credit_block(core_t *c);
// It has something to do: waits until it has the processor.
void credit_wake(core_t *c);
// credit_yield() is in core.h.

static inline bool credit_runs(const core_t *c)
{
    return !c->credit || c->credit->state == CREDIT_RUNNING;
}

#endif
