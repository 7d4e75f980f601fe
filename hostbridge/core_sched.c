// SPDX-License-Identifier: Apache-2.0
// Tasks and work items of a core, and the decision what is next.
#include "hostbridge/core.h"
#include "hostbridge/credit.h"

// ---- fair tasks --------------------------------------------------------------------------------

void core_task_add(core_t *c, core_task_t *t)
{
    t->core = c;
    t->next = NULL;
    core_task_t **at = &c->tasks;
    while (*at) at = &(*at)->next;
    *at = t;
}

// Books what the running task has used, and raises the vruntime from which sleepers start again.
static void core_book(core_t *c)
{
    if (c->running) {
        uint64_t used_ps = c->account_ps[c->running->account];
        c->running->vruntime_ps += used_ps - c->run_begin_ps;
        c->run_begin_ps = used_ps;
    }
    uint64_t least_ps = UINT64_MAX;
    for (const core_task_t *t = c->tasks; t; t = t->next) {
        if ((t->ready || t == c->running) && t->vruntime_ps < least_ps) least_ps = t->vruntime_ps;
    }
    if (least_ps != UINT64_MAX && least_ps > c->min_vruntime_ps) c->min_vruntime_ps = least_ps;
}

static bool core_runs_tasks(const core_t *c)
{
    if (c->items || c->item) return true;
    for (const core_task_t *t = c->tasks; t; t = t->next)
        if (t->ready) return true;
    return false;
}

// Where a floating task is to run.
static core_t *core_place(core_t *waker, const core_task_t *t)
{
    core_set_t *s = waker->set;
    const bool host = !t->core->vcpu; // its tasks do not go to guests, nor theirs to it
    if (!core_runs_tasks(waker)) return waker;
    if (!core_runs_tasks(t->core)) return t->core;
    for (unsigned i = 0; i < s->count; i++)
        if (!core_runs_tasks(&s->core[i]) && host == !s->core[i].vcpu) return &s->core[i];
    return t->core;
}

static void core_migrate(core_task_t *t, core_t *to)
{
    core_t *from = t->core;
    core_task_t **at = &from->tasks;
    while (*at != t) at = &(*at)->next;
    *at = t->next;
    if (from->task == t) from->task = NULL;
    t->vruntime_ps = to->min_vruntime_ps;
    core_task_add(to, t);
}

// Its idle loop looks by itself whether something is to be run (Linux' TIF_POLLING_NRFLAG).
static bool core_polls(core_t *waker, const core_t *c)
{
    if (!c->vcpu || !c->vcpu->p.idle_poll) return false;
    core_settle(waker);
    return c->last_run == NULL;
}

void core_task_wake(core_t *waker, core_task_t *t)
{
    core_t *c = t->core;
    if (t->ready) return;
    if (t->floats && waker) {
        core_settle(waker); // the others may be looked at
        core_t *to = core_place(waker, t);
        if (to != c) core_migrate(t, to);
        c = to;
    }
    if (waker == c) {
        if (!t->tasklet) core_charge(c, c->set->params.wakeup_ps);
    } else if (waker) {
        if (!core_polls(waker, c)) core_exit(waker, VCPU_EXIT_ipi);
        core_charge(waker, c->set->params.wakeup_remote_ps);
        core_settle(waker);
    }
    core_book(c);
    if (t->vruntime_ps < c->min_vruntime_ps)
        t->vruntime_ps = c->min_vruntime_ps; // no credit for sleeping
    t->ready = true;
    t->ready_cyc = c->sim->now_cyc;
    core_kick(c, c->sim->now_cyc);
}

// A tasklet waits for a process.
static bool core_tasklet_due(const core_t *c)
{
    if (c->task && c->task->tasklet) return false;
    for (const core_task_t *t = c->tasks; t; t = t->next)
        if (t->ready && t->tasklet) return true;
    return false;
}

static uint64_t core_slice_left(const core_t *c)
{
    if (core_tasklet_due(c)) return 0;
    uint64_t used_ps = c->account_ps[c->task->account] - c->slice_begin_ps;
    return used_ps < c->set->params.slice_ps ? c->set->params.slice_ps - used_ps : 0;
}

static bool core_rival(const core_t *c)
{
    for (const core_task_t *t = c->tasks; t; t = t->next) {
        if (t->ready && t != c->task && (t->tasklet || !c->task || !c->task->tasklet)) return true;
    }
    return false;
}

bool core_slice_over(const core_t *c)
{
    return c->task && core_rival(c) && core_slice_left(c) == 0;
}

// Of tasks that have had as much: of those that are not bound, who has waited longest; else who was there first.
static bool core_goes_before(const core_task_t *a, const core_task_t *b)
{
    if (a->tasklet != b->tasklet) return a->tasklet;
    if (a->vruntime_ps != b->vruntime_ps) return a->vruntime_ps < b->vruntime_ps;
    return a->floats && b->floats && a->ready_cyc < b->ready_cyc;
}

static core_task_t *core_pick(core_t *c)
{
    if (c->task && c->task->ready && !core_slice_over(c)) return c->task;
    if (c->task && c->task->ready && core_tasklet_due(c)) {
        c->interrupted = c->task;
        c->interrupted_begin_ps = c->slice_begin_ps;
    }
    core_task_t *best = NULL;
    for (core_task_t *t = c->tasks; t; t = t->next) {
        if (t->ready && (!best || core_goes_before(t, best))) best = t;
    }
    const bool resume = best && !best->tasklet && c->interrupted && c->interrupted->ready;
    if (resume) best = c->interrupted;
    if (best && !best->tasklet) c->interrupted = NULL;
    c->task = best;
    if (best) c->slice_begin_ps = resume ? c->interrupted_begin_ps : c->account_ps[best->account];
    return best;
}

static void core_switch_to(core_t *c, const void *what)
{
    if (c->last_run == what) return;
    c->last_run = what;
    if (!what) return;
    c->switches++;
    core_charge(c, c->set->params.context_switch_ps);
    core_sync(c);
}

static void core_run_task(core_t *c, core_task_t *t)
{
    enum core_account old = core_enter(c, t->account);
    c->running = t;
    c->run_begin_ps = c->account_ps[t->account];
    if (t->tasklet) core_charge(c, c->set->params.softirq_entry_ps);
    else core_switch_to(c, t);
    t->run(c, t->ctx);
    core_book(c);
    c->running = NULL;
    core_enter(c, old);
}

bool core_should_yield(const core_t *c)
{
    return c->irq_pending || c->preempted || core_item_due(c) || core_slice_over(c) ||
           (c->softirq_pending && !c->ksoftirqd.ready);
}

uint64_t core_work(core_t *c, uint64_t ps)
{
    if (ps == 0) return 0;
    core_settle(c);
    if (core_should_yield(c)) return ps;
    uint64_t asked_ps = ps;
    if (core_rival(c) && core_slice_left(c) < ps) ps = core_slice_left(c);
    uint64_t deadline_cyc = cyc_of_ps(c->local_ps + ps);
    c->sleeping = true;
    core_wait(c, deadline_cyc);
    c->sleeping = false;
    uint64_t now_cyc = c->sim->now_cyc;
    if (now_cyc < deadline_cyc) ps = now_cyc * CYC_PS - c->local_ps;
    core_charge(c, ps);
    return asked_ps - ps;
}

static void core_ksoftirqd(core_t *c, void *ctx)
{
    (void)ctx;
    if (c->softirq_pending) core_run_softirqs(c, CORE_KSOFTIRQD);
    if (!c->softirq_pending) c->ksoftirqd.ready = false; // only this core raises its softirqs
}

void core_sched_init(core_t *c)
{
    c->items_tail = &c->items;
    c->ksoftirqd =
        (core_task_t){.name = "ksoftirqd", .account = CORE_KSOFTIRQD, .run = core_ksoftirqd};
    core_task_add(c, &c->ksoftirqd);
}

// ---- work items --------------------------------------------------------------------------------

void core_item_queue(core_t *c, core_item_t *item)
{
    core_t *me = core_current(c->sim);
    if (me) core_settle(me);
    if (item->queued) return;
    item->queued = true;
    item->next = NULL;
    *c->items_tail = item;
    c->items_tail = &item->next;
    core_kick(c, c->sim->now_cyc);
}

void core_item_cancel(core_t *c, core_item_t *item)
{
    core_t *me = core_current(c->sim);
    if (me) core_settle(me);
    if (!item->queued) return;
    core_item_t **at = &c->items;
    while (*at != item) at = &(*at)->next;
    *at = item->next;
    if (!*at) c->items_tail = at;
    item->queued = false;
}

static void core_run_item(core_t *c)
{
    core_item_t *item = c->items;
    core_item_cancel(c, item);
    enum core_account old = core_enter(c, CORE_KSOFTIRQD);
    c->item = item;
    c->in_item = true;
    c->task = NULL;
    core_switch_to(c, c);
    item->fn(item->ctx); // may free the item
    core_settle(c);
    c->in_item = false;
    c->item = NULL;
    core_enter(c, old);
}

static void core_on_alarm(void *ctx, uint64_t now_cyc)
{
    core_t *c = ctx;
    c->alarm_rung = true;
    core_kick(c, now_cyc);
}

void core_sleep(core_t *c, uint64_t ps)
{
    CORE_CHECK(c, core_may_sleep(c), "sleeping outside of process context");
    core_settle(c);
    sim_event_init(&c->alarm, "sleep", core_on_alarm, c);
    sim_at(c->sim, &c->alarm, cyc_of_ps(c->local_ps + ps));
    enum core_account account = core_enter(c, CORE_IDLE);
    c->in_item = false;
    c->item_asleep = true;
    while (!c->alarm_rung) core_dispatch(c);
    c->item_asleep = c->alarm_rung = false;
    c->in_item = true;
    c->task = NULL;
    core_enter(c, account);
    core_switch_to(c, c);
}

// ---- the loop ----------------------------------------------------------------------------------

static bool core_has_work(const core_t *c)
{
    if (c->irq_pending || core_item_due(c) || (c->softirq_pending && !c->ksoftirqd.ready))
        return true;
    for (const core_task_t *t = c->tasks; t; t = t->next)
        if (t->ready) return true;
    return false;
}

// Until something wakes it; meanwhile others have the processor, if it is shared.
static void core_doze(core_t *c)
{
    if (c->credit) credit_block(c);
    c->sleeping = true;
    core_wait(c, SIM_NEVER);
    c->sleeping = false;
    core_catch_up(c);
    if (c->credit) credit_wake(c);
}

// The host looks out for what would wake the vCPU. True: it has come.
static bool core_halt_poll(core_t *c)
{
    vcpu_t *v = c->vcpu;
    if (v->poll_ps == 0 || c->credit) return false;
    const enum core_account guest = core_enter(c, CORE_HYPERVISOR);
    const uint64_t begin_ps = c->local_ps, ticks = c->ticks[CORE_HYPERVISOR];
    const uint64_t end_cyc = cyc_of_ps(begin_ps + v->poll_ps);
    c->sleeping = true;
    while (!core_has_work(c) && core_now_cyc(c) < end_cyc) {
        core_wait(c, end_cyc);
        core_catch_up(c);
    }
    c->sleeping = false;
    core_enter(c, guest);
    const bool come = core_has_work(c);
    v->polls.attempted++;
    v->polls.successful += come;
    v->polls.ps += c->local_ps - begin_ps;
    v->in_ps[guest] += c->local_ps - begin_ps;
    v->in_ticks[guest] += c->ticks[CORE_HYPERVISOR] - ticks;
    if (c->set->on_exit) c->set->on_exit(c->set->on_exit_ctx, c->id, "poll", begin_ps, c->local_ps);
    return come;
}

// The vCPU is blocked until something wakes it, unless it was there before the exit was over or comes while the host polls.
static void core_halt(core_t *c)
{
    vcpu_t *v = c->vcpu;
    core_exit(c, VCPU_EXIT_hlt);
    if (core_has_work(c)) return;
    const uint64_t begin_ps = c->local_ps;
    v->halted = true;
    const bool blocks = !core_halt_poll(c);
    if (blocks) core_doze(c);
    v->halted = false;
    vcpu_learn(v, c->local_ps - begin_ps);
    if (blocks) core_hypervisor(c, &v->wakeups, v->p.wake_ps, "wake");
}

// A guest that does not halt keeps the processor.
static void core_poll_idle(core_t *c)
{
    c->sleeping = true;
    core_wait(c, SIM_NEVER);
    c->sleeping = false;
    core_catch_up(c);
}

static void core_idle(core_t *c)
{
    c->task = NULL;
    core_switch_to(c, NULL);
    if (c->vcpu && !c->vcpu->p.idle_poll) {
        core_halt(c);
    } else if (c->vcpu) {
        core_poll_idle(c);
    } else {
        core_doze(c);
        c->idle_exits++;
        core_charge(c, c->set->params.idle_exit_ps);
    }
}

// One decision and what follows from it. Nothing may wait between the first line and the decision,
// or a wake-up is lost.
void core_dispatch(core_t *c)
{
    core_settle(c);
    core_give_way(c);
    core_task_t *t;
    if (c->irq_pending) {
        core_take_irqs(c);
    } else if (c->softirq_pending && !c->ksoftirqd.ready) {
        core_run_softirqs(c, CORE_SOFTIRQ);
    } else if (core_item_due(c)) {
        if (!c->item_asleep) core_run_item(c); // else: return to the one that sleeps
    } else if ((t = core_pick(c))) {
        core_run_task(c, t);
    } else {
        core_idle(c);
    }
}

void core_main(void *ctx)
{
    core_t *c = ctx;
    c->sim->current = c;
    c->waiting = false;
    core_catch_up(c);
    if (c->credit) credit_wake(c);
    for (;;) core_dispatch(c);
}
