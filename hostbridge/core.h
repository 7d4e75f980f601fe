// SPDX-License-Identifier: Apache-2.0
// Processor cores: local time, accounts, interrupts, softirqs and tasks.
//
// A core is a coroutine with a time of its own in ps. Charging only moves that local time ahead of
// the world; before a core looks at anything others can change, core_sync() runs the world
// (sim_step) up to its local time, on the core's own stack. Only when another core's turn comes
// first are stacks switched. What a core does is decided by core_dispatch():
//   hard interrupts > softirqs > work items (process context of the driver) > tasklets > fair-scheduled tasks.
//
// Who goes first in a cycle: cores whose time it is, in the order of their numbers, then its
// events. A core that an event wakes goes on right after that event. It does not matter which stack
// happens to run the world, nor where core_set_run() stops.
//
// Time lands on cycle edges when a core meets the world: the world is brought to the first edge at
// or after the local time, while the local time keeps its remainder, so that costs below a cycle
// add up exactly.
//
// Whatever two cores share may be touched only with core_sync() or core_settle() just before: then
// no other core can do anything earlier any more. A core that is asleep (idle, or in core_work) may
// be woken early; no other core ever is.
//
// ## Inaccuracies
// - An interrupt preempts a task in core_work at its exact cycle. Driver code and softirqs take it
//   at their next observation (register read or write, load or store of DMA memory), nested on the
//   same stack. So does the loss of a processor that is shared (credit.h), also where interrupts
//   are off.
// - The timer tick takes no time and wakes nobody: it only samples (core_ticks), idle cores too.
//   Slices and the two jiffies of a softirq run are measured from their start, not in ticks. Ticks
//   of all cores come at the same times.
// - Work items (kernel threads other than ksoftirqd) go before fair tasks and are accounted as
//   ksoftirqd.
// - A softirq that is raised in process context runs at core_bh_enable() or the next scheduling
//   decision.
// - A tasklet is never handed to ksoftirqd: processes behind one that is always busy starve.
// - Softirqs that wait for ksoftirqd are run at the end of an interrupt, as in Linux before 4.10, but
//   not by a system call of the application nor the tick (that Linux does, at the end of every section
//   with bottom halves off and of every tick).
// - A task that wakes does not preempt one that has its slice, however much longer that has run (CFS
//   lets it, beyond a granularity, and gives credit for sleeping): beside ksoftirqd the application
//   waits up to a slice.
#ifndef MODERATO_CORE_H
#define MODERATO_CORE_H

#include "hostbridge/coro.h"
#include "hostbridge/profile.h"
#include "hostbridge/sim.h"
#include "hostbridge/vcpu.h"

#include <stddef.h>

#define CORE_MAX            16u
#define CORE_SOFTIRQ_ROUNDS 10u // rounds of one softirq run before ksoftirqd takes over
#define CORE_LOOK_WAITS     1024u
#define CORE_INSTANTS       65536u
#define CORE_INSTANTS_AGAIN 256u // once that has happened on the core

enum core_account {
    CORE_IRQ,
    CORE_SOFTIRQ,
    CORE_KSOFTIRQD,
    CORE_APP,
    CORE_HYPERVISOR,
    CORE_BACKEND, // threads of the host behind guests (backend.h)
    CORE_IDLE,
    CORE_STEAL, // it has something to do, and another core has its processor (credit.h)
    CORE_ACCOUNTS
};
enum core_softirq { CORE_SOFTIRQ_TX, CORE_SOFTIRQ_RX, CORE_SOFTIRQS }; // in the order they are run

typedef struct core core_t;
typedef struct core_set core_set_t;
typedef struct credit_vcpu credit_vcpu_t;

// Costs in ps.
typedef struct core_params {
    uint64_t irq_entry_ps, irq_exit_ps, softirq_entry_ps;
    uint64_t wakeup_ps, wakeup_remote_ps, idle_exit_ps, context_switch_ps, slice_ps;
    uint64_t tick_ps; // between timer ticks, a jiffy; 0: there are none
} core_params_t;

// An interrupt source (a pin or a message vector), owned by whoever raises it; zero it first.
typedef struct core_irq {
    core_t *core;          // where it is delivered
    bool (*fn)(void *ctx); // handler: true if it was its device; NULL: nobody listens
    void *ctx;
    bool line;          // it is a pin: its end is told to the I/O APIC
    bool level;         // present level of a pin
    bool pending;       // to be delivered
    bool in_service;    // the handler runs
    bool in_guest;      // it has come while its core ran a guest
    bool window;        // which had interrupts off
    bool disabled;      // switched off after too many interrupts that nobody claimed
    uint32_t unclaimed; // the same in a row
    uint32_t unheeded;  // calls of the handler since a pin has risen that has not fallen
    uint64_t taken, spurious;
    struct core_irq *next; // list of pending ones of the core
} core_irq_t;

// A fair-scheduled task. run() does a bounded step, with its time spent in core_work(); it clears
// `ready` to sleep.
typedef struct core_task {
    const char *name;
    core_t *core;
    enum core_account account;
    void (*run)(core_t *c, void *ctx);
    void *ctx;
    bool floats; // not bound to its core: see core_task_wake
    // Not a process but a tasklet: it goes before all that are, as a softirq does, with no wake-up nor switch to be paid for.
    bool tasklet;
    bool ready;
    uint64_t vruntime_ps;
    uint64_t ready_cyc; // since when it is ready
    struct core_task *next;
} core_task_t;

// A function to be called once in process context (it may core_sleep()).
typedef struct core_item {
    void (*fn)(void *ctx);
    void *ctx;
    bool queued;
    struct core_item *next;
} core_item_t;

// One user at a time, for what cores share and hold while they wait: others spin. Not recursive.
typedef struct core_lock {
    core_t *owner, *waiting;
} core_lock_t;

struct core {
    sim_t *sim;
    core_set_t *set;
    unsigned id;
    uint64_t local_ps;
    enum core_account account; // of what is running now
    uint64_t account_ps[CORE_ACCOUNTS];
    uint64_t entered_ps;   // since when `account`
    uint64_t next_tick_ps; // SIM_NEVER: no ticks
    uint64_t ticks[CORE_ACCOUNTS];
    vcpu_t *vcpu;          // it is one of a guest; NULL: a processor
    credit_vcpu_t *credit; // it shares a processor; NULL: it has one of its own
    bool preempted;        // it has to give that back
    // waiting
    coro_t coro;
    uint64_t deadline_cyc; // it goes on then
    sim_event_t event;     // wakes it
    bool waiting;          // in core_wait(): what runs on its stack is the world
    bool sleeping;         // may be woken early
    bool spinning;         // for a lock
    core_t *lock_next;
    // interrupts and softirqs
    core_irq_t *irq_pending;
    bool irq_off, in_softirq;
    unsigned bh_off; // softirqs disabled, nesting
    uint8_t softirq_pending;
    core_task_t ksoftirqd;
    // tasks
    core_task_t *tasks;            // all of them
    core_task_t *task;             // the one that has the slice
    core_task_t *running;          // the one whose run() is on the stack
    core_task_t *interrupted;      // by a tasklet: goes on behind it
    uint64_t interrupted_begin_ps; // its slice
    const void *last_run; // for context switches: task, core itself for work items, NULL for idle
    uint64_t slice_begin_ps, run_begin_ps, min_vruntime_ps;
    core_item_t *items, **items_tail;
    core_item_t *item; // the one that has begun
    bool in_item;      // it runs (in process context)
    bool item_asleep;  // it sleeps; others wait until it has finished
    sim_event_t alarm;
    bool alarm_rung; // it shall go on
    // counters
    uint64_t irqs, irqs_spurious, softirq_runs, softirq_rounds, ksoftirqd_wakeups, switches;
    uint64_t idle_exits; // each has taken idle_exit_ps, of CORE_IDLE
    uint64_t waits;      // calls of core_wait()
    // core_instant()
    uint64_t instant_ps;
    uint32_t instants, instants_max;
};

struct core_set {
    sim_t *sim;
    core_params_t params;
    unsigned count;
    core_t core[CORE_MAX];
    coro_t main;
    uint64_t until_cyc; // the main context goes on then
    core_t *first;      // who goes on first of those that wait
    uint64_t turn_cyc;  // somebody goes on then: that core or the main context
    bool runs;          // in core_set_run()
    void (*softirq[CORE_SOFTIRQS])(core_t *c, void *ctx);
    void *softirq_ctx[CORE_SOFTIRQS];
    // Observer of interrupts served; NULL: nobody looks.
    void (*on_irq)(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, bool claimed);
    void *on_irq_ctx;
    // ... and of exits of vCPUs, and of waking them ("wake").
    void (*on_exit)(void *ctx, unsigned core, const char *name, uint64_t from_ps, uint64_t to_ps);
    void *on_exit_ctx;
    // Looks after the cores now and then, on one that is about to wait; NULL: nobody does.
    void (*look)(void *ctx);
    void *look_ctx;
    bool abandoned;
};

// ---- a set of cores (main context) -------------------------------------------------------------

core_params_t core_params_of(const profile_t *p);
// `count` (1..CORE_MAX) idle cores. NULL when out of memory or count is out of range.
core_set_t *core_set_create(sim_t *sim, unsigned count, const core_params_t *params);
// Not from a core. Takes the events of the cores out of the simulation.
void core_set_destroy(core_set_t *s);
// The function that serves a softirq, on the core that raised it.
void core_set_softirq(core_set_t *s, enum core_softirq nr, void (*fn)(core_t *, void *), void *ctx);
// Runs the world and the cores up to until_cyc, or until core_set_stop(). Returns false when
// nothing will ever happen any more (only with SIM_NEVER).
bool core_set_run(core_set_t *s, uint64_t until_cyc);
// From anywhere: core_set_run() returns as soon as the cores that run now have to wait.
void core_set_stop(core_set_t *s);
// The same, for good: what runs on some core does not come to its end.
void core_set_abandon(core_set_t *s);
// Calls fn(ctx) in process context of the core and runs the world until it has returned. Returns
// its result, or -EDEADLK when the world came to rest or was abandoned before. Main context only.
int core_call(core_t *c, int (*fn)(void *ctx), void *ctx);
// The accounts of the time up to `now_cyc`, the present cycle of the world; their sum is exactly
// now_cyc in ps.
void core_accounts(const core_t *c, uint64_t now_cyc, uint64_t account_ps[CORE_ACCOUNTS]);
// What a kernel of that machine would report which samples at its timer tick (Linux without
// VIRT_CPU_ACCOUNTING or IRQ_TIME_ACCOUNTING): ticks that found the core in each account, up to
// `now_cyc`. Handlers run with interrupts off, so a tick finds what follows them, and CORE_IRQ none.
void core_ticks(const core_t *c, uint64_t now_cyc, uint64_t ticks[CORE_ACCOUNTS]);
// Checks exactly that for all cores, and that nothing of it belongs to another context. 0, or -1
// with a message.
int core_set_check(const core_set_t *s, char err[256]);

// ---- time (on a core) --------------------------------------------------------------------------

// The core whose program is running; NULL in the main context and in events, on whatever stack they
// run.
static inline core_t *core_current(const sim_t *sim)
{
    return sim->current;
}

// The world has reached the core's local time.
static inline bool core_settled(const core_t *c)
{
    return c->local_ps <= c->sim->now_cyc * CYC_PS;
}

// Spends time in the context that is running.
static inline void core_charge(core_t *c, uint64_t ps)
{
    c->local_ps += ps;
    c->account_ps[c->account] += ps;
}

void core_settle_slow(core_t *c);
void core_take_irqs(core_t *c);

// Brings the world to the core's local time. Interrupts stay pending. A core that shares a processor
// may lose it here, and goes on when it has it again.
static inline void core_settle(core_t *c)
{
    if (!core_settled(c)) core_settle_slow(c);
}

// The same, and takes interrupts if they are enabled: an observation point.
static inline void core_sync(core_t *c)
{
    core_settle(c);
    if (c->irq_pending && !c->irq_off) core_take_irqs(c);
}

// Local time as the first cycle edge at or after it.
static inline uint64_t core_now_cyc(const core_t *c)
{
    return cyc_of_ps(c->local_ps);
}

// Something that takes no time has been done that a program may wait with, in a loop: after
// CORE_INSTANTS of them in the same instant each takes a cycle, until something else takes time.
void core_instants_over(core_t *c);
static inline void core_instant(core_t *c)
{
    if (c->local_ps != c->instant_ps) {
        c->instant_ps = c->local_ps;
        c->instants = 0;
    } else if (++c->instants >= c->instants_max) {
        core_instants_over(c);
    }
}

// What a context has taken so far, with its exits.
static inline uint64_t core_spent_ps(const core_t *c, enum core_account account)
{
    return c->account_ps[account] + (c->vcpu ? c->vcpu->in_ps[account] : 0);
}

// Makes `account` the present context (settled, so that no charge of the old one lies ahead of the
// world). Returns the old.
enum core_account core_enter(core_t *c, enum core_account account);
// Waits, stalled (not to be interrupted), until core_wake(). The time goes to the present context.
void core_stall(core_t *c);
// On the vCPU of a guest: an exit of that kind. Settles. On a processor nothing.
void core_exit(core_t *c, enum vcpu_exit kind);
// On the vCPU of a guest: `ps` in the hypervisor, counted in *n in the same instant. Settles.
void core_hypervisor(core_t *c, uint64_t *n, uint64_t ps, const char *name);
// Resumes a core that stalls or sleeps, at now_cyc (>= the present cycle of the world). From
// callbacks and other cores.
void core_wake(core_t *c, uint64_t now_cyc);
// The same if it sleeps, else nothing: it will look by itself.
void core_kick(core_t *c, uint64_t now_cyc);
void core_lock(core_t *c, core_lock_t *l);
void core_unlock(core_t *c, core_lock_t *l);

// ---- interrupts and softirqs -------------------------------------------------------------------

// The level of a pin changes. A rising edge is delivered even if the level falls again before the
// core takes it.
void core_irq_level(core_irq_t *q, uint64_t now_cyc, bool level);
// A message.
void core_irq_edge(core_irq_t *q, uint64_t now_cyc);
// Attaches a handler (fn NULL: detaches); what is asserted already is delivered. No other core is
// in the handler on return when called in process context.
void core_irq_listen(core_irq_t *q, core_t *on, bool (*fn)(void *ctx), void *ctx);
// On the core itself: the softirq runs at the end of the interrupt or at the next scheduling
// decision.
static inline void core_softirq_raise(core_t *c, enum core_softirq nr)
{
    c->softirq_pending |= (uint8_t)(1u << nr);
}
// Softirqs off and on again for process context (nests).
static inline void core_bh_disable(core_t *c)
{
    c->bh_off++;
}
void core_bh_enable(core_t *c);

// ---- tasks and work items ----------------------------------------------------------------------

void core_task_add(core_t *c, core_task_t *t);
// Makes t ready. `waker` pays for it and may be another core; NULL: an event, free of charge.
// Nothing when it is ready. One that floats goes where Linux' wake_affine and select_idle_sibling
// would put it: on the waker's core if that runs no task (softirqs may have interrupted its idling;
// ksoftirqd is a task), else on its last core if that runs none, else on the first that does, else
// it stays. It is not moved while it is ready: there is no load balancer.
void core_task_wake(core_t *waker, core_task_t *t);
// For run(): does `ps` of work, preempted at the exact cycle by interrupts, work items and the end
// of the slice. Returns what is left to do; if that is not 0, run() must return and go on with it
// the next time.
uint64_t core_work(core_t *c, uint64_t ps);
// For run(), between pieces of work that take no time: something more urgent waits.
bool core_should_yield(const core_t *c);
// Queues an item on the core, from anywhere; nothing when it is queued already.
void core_item_queue(core_t *c, core_item_t *item);
// Takes it out again if it has not begun.
void core_item_cancel(core_t *c, core_item_t *item);
// It is in process context.
static inline bool core_may_sleep(const core_t *c)
{
    return c->in_item && !c->in_softirq && !c->irq_off && !c->bh_off;
}
// Process context only (CHECKed): the core does other things until its local time + ps.
void core_sleep(core_t *c, uint64_t ps);

// Prints file, line, cycle and text, and aborts: an invariant of ours is broken.
__attribute__((noreturn)) void core_fail(const sim_t *sim, const char *file, int line,
                                         const char *text);
#define CORE_CHECK(c, cond, text) ((cond) ? (void)0 : core_fail((c)->sim, __FILE__, __LINE__, text))

// ---- between core.c, core_irq.c and core_sched.c ------------------------------------------------
void core_main(void *ctx);
void core_sched_init(core_t *c);
void core_wait(core_t *c, uint64_t deadline_cyc);
void core_catch_up(core_t *c);
// credit.c: gives the processor to whoever it is for, and waits until it has it again.
void credit_yield(core_t *c);
// Settled.
static inline void core_give_way(core_t *c)
{
    if (c->preempted) credit_yield(c);
}
void core_run_softirqs(core_t *c, enum core_account account);
void core_count_ticks(core_t *c, enum core_account of);
void core_dispatch(core_t *c);
bool core_slice_over(const core_t *c);
// A work item waits for the core.
static inline bool core_item_due(const core_t *c)
{
    return c->item_asleep ? c->alarm_rung : c->items != NULL;
}

#endif
