// SPDX-License-Identifier: Apache-2.0
// Time and stacks of cores; what they do with them is in core_sched.c.
#include "hostbridge/core.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CORE_ACCOUNTS <= VCPU_ACCOUNTS, "an account for each");

// A core runs the device model, the links and the driver on its stack.
#define CORE_STACK_BYTES (256u * 1024)

void core_fail(const sim_t *sim, const char *file, int line, const char *text)
{
    fprintf(stderr, "%s:%d: cycle %" PRIu64 ": %s\n", file, line, sim->now_cyc, text);
    abort();
}

// ---- switching ---------------------------------------------------------------------------------

static coro_t *core_stack_of(core_set_t *s, core_t *c)
{
    return c ? &c->coro : &s->main;
}

// Of the cores that wait, the one that goes on first: cores of the same cycle in the order of their
// numbers, so that it does not matter who happens to run the world. And until when the world runs.
static void core_find_first(core_set_t *s)
{
    core_t *first = NULL;
    for (unsigned i = 0; i < s->count; i++) {
        core_t *c = &s->core[i];
        if (c->waiting && (!first || c->deadline_cyc < first->deadline_cyc)) first = c;
    }
    s->first = first;
    const uint64_t first_cyc = first ? first->deadline_cyc : SIM_NEVER;
    s->turn_cyc = first_cyc < s->until_cyc ? first_cyc : s->until_cyc;
}

// Runs the world until somebody has to go on, and returns who: a core whose deadline has come
// (before the events of that cycle), NULL for the main context.
static core_t *core_run_world(core_set_t *s)
{
    while (sim_step(s->sim, s->turn_cyc)) {} // it may wake a core
    const bool due = s->first && s->first->deadline_cyc == s->turn_cyc && s->turn_cyc != SIM_NEVER;
    return due ? s->first : NULL;
}

// Lets the world run until deadline_cyc, or until the core is woken earlier. Local time is not
// touched.
void core_wait(core_t *c, uint64_t deadline_cyc)
{
    core_set_t *s = c->set;
    if (++c->waits % CORE_LOOK_WAITS == 0 && s->look) s->look(s->look_ctx);
    c->waiting = true;
    c->deadline_cyc = deadline_cyc;
    s->sim->current = NULL;
    core_find_first(s);
    core_t *next = core_run_world(s);
    if (next != c) coro_switch(&c->coro, core_stack_of(s, next));
    s->sim->current = c;
    c->waiting = false;
}

void core_wake(core_t *c, uint64_t now_cyc)
{
    sim_t *sim = c->sim;
    if (!c->waiting || now_cyc >= c->deadline_cyc) return;
    if (sim->batch_cyc != 0) { // the device is running and has to stop first
        if (!c->event.queued || now_cyc < c->event.when_cyc) sim_at(sim, &c->event, now_cyc);
        return;
    }
    c->deadline_cyc = now_cyc;
    core_find_first(c->set);
}

static void core_on_event(void *ctx, uint64_t now_cyc)
{
    core_wake(ctx, now_cyc);
}

// Raises the local time to that of the world, for the present context.
void core_catch_up(core_t *c)
{
    uint64_t now_ps = c->sim->now_cyc * CYC_PS;
    if (c->local_ps < now_ps) core_charge(c, now_ps - c->local_ps);
}

void core_settle_slow(core_t *c)
{
    core_wait(c, core_now_cyc(c));
    CORE_CHECK(c, core_settled(c), "a core looks at a world that is behind it");
    core_give_way(c);
}

// Ticks up to a time that have not been counted. They are those of the present context, but for a
// handler, where they wait for its end, and for one that has taken no time.
static uint64_t core_ticks_until(const core_t *c, uint64_t ps)
{
    if (ps < c->next_tick_ps || ps == c->entered_ps) return 0;
    return (ps - c->next_tick_ps) / c->set->params.tick_ps + 1;
}

void core_count_ticks(core_t *c, enum core_account of)
{
    const uint64_t ticks = core_ticks_until(c, c->local_ps);
    c->ticks[of] += ticks;
    c->next_tick_ps += ticks * c->set->params.tick_ps;
}

enum core_account core_enter(core_t *c, enum core_account account)
{
    enum core_account old = c->account;
    core_settle(c);
    if (old != CORE_IRQ) core_count_ticks(c, old);
    c->account = account;
    c->entered_ps = c->local_ps;
    return old;
}

void core_hypervisor(core_t *c, uint64_t *n, uint64_t ps, const char *name)
{
    const enum core_account guest = core_enter(c, CORE_HYPERVISOR);
    const uint64_t begin_ps = c->local_ps, ticks = c->ticks[CORE_HYPERVISOR];
    ++*n;
    core_charge(c, ps);
    core_enter(c, guest);
    c->vcpu->in_ps[guest] += ps;
    c->vcpu->in_ticks[guest] += c->ticks[CORE_HYPERVISOR] - ticks;
    if (c->set->on_exit) c->set->on_exit(c->set->on_exit_ctx, c->id, name, begin_ps, c->local_ps);
}

void core_exit(core_t *c, enum vcpu_exit kind)
{
    if (!c->vcpu) return;
    core_hypervisor(c, &c->vcpu->exits[kind], c->vcpu->p.exit_ps[kind], vcpu_exit_name(kind));
}

void core_stall(core_t *c)
{
    core_settle(c);
    core_wait(c, SIM_NEVER);
    core_catch_up(c);
}

void core_instants_over(core_t *c)
{
    core_charge(c, CYC_PS);
    c->instant_ps = c->local_ps;
    c->instants_max = CORE_INSTANTS_AGAIN;
    core_sync(c);
}

void core_kick(core_t *c, uint64_t now_cyc)
{
    if (c->sleeping) core_wake(c, now_cyc);
}

// Waits in line. Returns true when it is its turn, false when it has to give its processor back: then
// it has left the line, in which others would wait behind it.
static bool core_spin(core_t *c, core_lock_t *l)
{
    core_t **at = &l->waiting;
    while (*at) at = &(*at)->lock_next;
    c->lock_next = NULL;
    *at = c;
    c->spinning = true;
    core_wait(c, SIM_NEVER);
    c->spinning = false;
    core_catch_up(c);
    for (at = &l->waiting; *at && *at != c;) at = &(*at)->lock_next;
    if (!*at) return true;
    *at = c->lock_next;
    return false;
}

void core_lock(core_t *c, core_lock_t *l)
{
    core_settle(c);
    while (l->owner) {
        CORE_CHECK(c, l->owner != c, "a core waits for itself");
        if (c->preempted || !core_spin(c, l)) core_give_way(c);
    }
    l->owner = c;
}

void core_unlock(core_t *c, core_lock_t *l)
{
    core_settle(c);
    l->owner = NULL;
    core_t *next = l->waiting;
    if (!next) return;
    l->waiting = next->lock_next;
    core_wake(next, c->sim->now_cyc);
}

// ---- a set -------------------------------------------------------------------------------------

core_params_t core_params_of(const profile_t *p)
{
    const uint64_t *v = p->value;
    return (core_params_t){
        .irq_entry_ps = v[COST_irq_entry_ns] * 1000,
        .irq_exit_ps = v[COST_irq_exit_ns] * 1000,
        .softirq_entry_ps = v[COST_softirq_entry_ns] * 1000,
        .wakeup_ps = v[COST_wakeup_ns] * 1000,
        .wakeup_remote_ps = v[COST_wakeup_remote_ns] * 1000,
        .idle_exit_ps = v[COST_idle_exit_ns] * 1000,
        .context_switch_ps = v[COST_context_switch_ns] * 1000,
        .slice_ps = v[COST_sched_slice_us] * 1000000,
        .tick_ps = UINT64_C(1000000000000) / v[COST_hz],
    };
}

core_set_t *core_set_create(sim_t *sim, unsigned count, const core_params_t *params)
{
    if (count == 0 || count > CORE_MAX) return NULL;
    core_set_t *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->sim = sim;
    s->params = *params;
    coro_adopt(&s->main);
    for (unsigned i = 0; i < count; i++) {
        core_t *c = &s->core[i];
        if (coro_create(&c->coro, CORE_STACK_BYTES, core_main, c) != 0) {
            core_set_destroy(s);
            return NULL;
        }
        s->count = i + 1;
        c->sim = sim;
        c->set = s;
        c->id = i;
        c->local_ps = sim->now_cyc * CYC_PS;
        c->account_ps[CORE_IDLE] = c->local_ps;
        c->next_tick_ps = SIM_NEVER;
        if (params->tick_ps)
            c->next_tick_ps = (c->local_ps / params->tick_ps + 1) * params->tick_ps;
        c->account = CORE_IDLE;
        c->instants_max = CORE_INSTANTS;
        c->waiting = true; // its first run, in which it finds nothing and goes idle
        c->deadline_cyc = sim->now_cyc;
        core_sched_init(c);
        sim_event_init(&c->event, "core", core_on_event, c);
    }
    return s;
}

void core_set_destroy(core_set_t *s)
{
    if (!s) return;
    for (unsigned i = 0; i < s->count; i++) {
        sim_cancel(s->sim, &s->core[i].event);
        sim_cancel(s->sim, &s->core[i].alarm);
        coro_destroy(&s->core[i].coro);
    }
    free(s);
}

void core_set_softirq(core_set_t *s, enum core_softirq nr, void (*fn)(core_t *, void *), void *ctx)
{
    s->softirq[nr] = fn;
    s->softirq_ctx[nr] = ctx;
}

bool core_set_run(core_set_t *s, uint64_t until_cyc)
{
    if (s->runs) core_fail(s->sim, __FILE__, __LINE__, "core_set_run() on a core");
    if (s->abandoned) return false;
    s->runs = true;
    s->until_cyc = until_cyc;
    core_find_first(s);
    for (core_t *next; (next = core_run_world(s));) coro_switch(&s->main, &next->coro);
    s->runs = false;
    return s->until_cyc != SIM_NEVER;
}

void core_set_stop(core_set_t *s)
{
    s->until_cyc = s->sim->now_cyc;
    core_find_first(s);
}

void core_set_abandon(core_set_t *s)
{
    s->abandoned = true;
    core_set_stop(s);
}

typedef struct core_caller {
    core_set_t *set;
    int (*fn)(void *ctx);
    void *ctx;
    int result;
    bool done;
} core_caller_t;

static void core_caller_run(void *ctx)
{
    core_caller_t *k = ctx;
    k->result = k->fn(k->ctx);
    k->done = true;
    core_set_stop(k->set);
}

int core_call(core_t *c, int (*fn)(void *ctx), void *ctx)
{
    core_caller_t k = {.set = c->set, .fn = fn, .ctx = ctx};
    core_item_t item = {.fn = core_caller_run, .ctx = &k};
    core_item_queue(c, &item);
    while (!k.done) {
        if (!core_set_run(c->set, SIM_NEVER)) {
            core_item_cancel(c, &item);
            return -EDEADLK;
        }
    }
    return k.result;
}

// ---- accounts ----------------------------------------------------------------------------------

void core_accounts(const core_t *c, uint64_t now_cyc, uint64_t account_ps[CORE_ACCOUNTS])
{
    uint64_t now_ps = now_cyc * CYC_PS;
    memcpy(account_ps, c->account_ps, sizeof c->account_ps);
    // A core that waits gets the time so far; what one has charged ahead of the world is not over
    // yet. Contexts change only when settled, so all of that belongs to the present one.
    account_ps[c->account] += now_ps - c->local_ps; // wraps to a subtraction
}

void core_ticks(const core_t *c, uint64_t now_cyc, uint64_t ticks[CORE_ACCOUNTS])
{
    memcpy(ticks, c->ticks, sizeof c->ticks);
    if (c->account != CORE_IRQ) ticks[c->account] += core_ticks_until(c, now_cyc * CYC_PS);
}

int core_set_check(const core_set_t *s, char err[256])
{
    uint64_t now_cyc = s->sim->now_cyc;
    for (unsigned i = 0; i < s->count; i++) {
        const core_t *c = &s->core[i];
        uint64_t a[CORE_ACCOUNTS], sum = 0;
        core_accounts(c, now_cyc, a);
        for (unsigned k = 0; k < CORE_ACCOUNTS; k++) sum += a[k];
        if (sum != now_cyc * CYC_PS) {
            snprintf(err, 256, "core %u: accounts sum to %" PRIu64 " ps, wall is %" PRIu64 " ps", i,
                     sum, now_cyc * CYC_PS);
            return -1;
        }
        if (c->entered_ps > now_cyc * CYC_PS) {
            snprintf(err, 256, "core %u: its context changed %" PRIu64 " ps ahead of the world", i,
                     c->entered_ps - now_cyc * CYC_PS);
            return -1;
        }
    }
    return 0;
}
