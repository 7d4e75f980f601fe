// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/credit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t credit_now(const credit_t *k)
{
    return k->set->sim->now_cyc;
}

static int64_t credit_slice_ps(const credit_t *k)
{
    return (int64_t)(k->slice_cyc * CYC_PS);
}

// ---- times -------------------------------------------------------------------------------------

static void vcpu_enter(credit_vcpu_t *v, enum credit_state state)
{
    const uint64_t now_cyc = credit_now(v->credit);
    v->state_ps[v->state] += (now_cyc - v->since_cyc) * CYC_PS;
    v->since_cyc = now_cyc;
    v->state = state;
}

// Before `running` or `coming` change.
static void cpu_book(credit_t *k)
{
    const uint64_t now_cyc = credit_now(k), ps = (now_cyc - k->since_cyc) * CYC_PS;
    if (!k->running) *(k->coming ? &k->switch_ps : &k->idle_ps) += ps;
    k->since_cyc = now_cyc;
}

// Ticks and accountings are multiples of their periods, whatever they were stopped for.
static void credit_start(credit_t *k, sim_event_t *e, uint64_t period_cyc)
{
    if (e->queued) return;
    const uint64_t n = (credit_now(k) - k->begin_cyc) / period_cyc;
    sim_at(k->set->sim, e, k->begin_cyc + (n + 1) * period_cyc);
}

// Takes what it has run since the last time off its credits.
static void credit_debit(credit_vcpu_t *v)
{
    vcpu_enter(v, v->state);
    const uint64_t ps = v->state_ps[CREDIT_RUNNING] - v->debited_ps;
    if (ps == 0) return;
    v->debited_ps += ps;
    v->credit_ps -= (int64_t)ps;
    v->active = true;
    credit_start(v->credit, &v->credit->accounting, v->credit->slice_cyc);
}

// ---- who is next -------------------------------------------------------------------------------

static void credit_insert(credit_vcpu_t *v)
{
    credit_vcpu_t **at = &v->credit->queue;
    if (v->parked) return;
    while (*at && (*at)->priority >= v->priority) at = &(*at)->next;
    v->next = *at;
    v->queued = true;
    *at = v;
}

static void credit_dispatch(credit_vcpu_t *v)
{
    credit_t *k = v->credit;
    vcpu_enter(v, CREDIT_RUNNING);
    v->runs++;
    k->running = k->last = v;
    sim_at(k->set->sim, &k->timer, credit_now(k) + k->slice_cyc);
    credit_start(k, &k->tick, k->tick_cyc);
    credit_start(k, &k->accounting, k->slice_cyc);
    core_wake(v->core, credit_now(k));
}

// Nobody has the processor: gives it to the first in the queue.
static void credit_choose(credit_t *k)
{
    credit_vcpu_t *v = k->queue;
    cpu_book(k);
    sim_cancel(k->set->sim, &k->timer);
    if (!v) return;
    k->queue = v->next;
    v->queued = false;
    const bool same = !k->last || k->last == v;
    if (!same) k->switches++;
    if (same || !k->switch_cyc) {
        credit_dispatch(v);
        return;
    }
    k->coming = v;
    sim_at(k->set->sim, &k->timer, credit_now(k) + k->switch_cyc);
}

// It shall give the processor back: at once where it can be woken, else when it next looks.
static void credit_preempt(credit_vcpu_t *v)
{
    core_t *c = v->core;
    c->preempted = true;
    if (c->sleeping || c->spinning) core_wake(c, credit_now(v->credit));
}

// Priorities have changed, or somebody has come.
static void credit_reconsider(credit_t *k)
{
    if (!k->running) {
        if (!k->coming) credit_choose(k);
    } else if (k->running->parked || (k->queue && k->queue->priority > k->running->priority)) {
        credit_preempt(k->running);
    }
}

static void credit_release(credit_vcpu_t *v, enum credit_state state)
{
    credit_t *k = v->credit;
    credit_debit(v);
    vcpu_enter(v, state);
    cpu_book(k);
    k->running = NULL;
    v->core->preempted = false;
    if (state == CREDIT_WAITING) credit_insert(v);
    credit_choose(k);
}

// ---- events ------------------------------------------------------------------------------------

static void credit_end_switch(credit_t *k)
{
    credit_vcpu_t *v = k->coming;
    cpu_book(k);
    k->coming = NULL;
    if (v->parked || (k->queue && k->queue->priority > v->priority)) {
        credit_insert(v);
        credit_choose(k);
    } else {
        credit_dispatch(v);
    }
}

static void credit_on_timer(void *ctx, uint64_t now_cyc)
{
    credit_t *k = ctx;
    if (k->coming) {
        credit_end_switch(k);
    } else if (k->queue && k->queue->priority >= k->running->priority) {
        credit_preempt(k->running);
    } else {
        sim_at(k->set->sim, &k->timer, now_cyc + k->slice_cyc);
    }
}

static void credit_on_tick(void *ctx, uint64_t now_cyc)
{
    credit_t *k = ctx;
    credit_vcpu_t *v = k->running;
    (void)now_cyc;
    if (!v && !k->coming) return;
    credit_start(k, &k->tick, k->tick_cyc);
    if (!v) return;
    credit_debit(v);
    if (v->priority == CREDIT_BOOST) v->priority = CREDIT_UNDER;
    credit_reconsider(k);
}

static int64_t credit_cap_ps(const credit_vcpu_t *v)
{
    return credit_slice_ps(v->credit) * v->cap / 100;
}

// What it may get at most: it saves up no more than a slice.
static int64_t credit_room_ps(const credit_vcpu_t *v)
{
    const int64_t room_ps = credit_slice_ps(v->credit) - v->credit_ps;
    return v->cap && credit_cap_ps(v) < room_ps ? credit_cap_ps(v) : room_ps;
}

typedef struct credit_pool {
    int64_t ps, weights; // left, and for whom
    bool dealt[CORE_MAX];
} credit_pool_t;

// A slice, less what switches took: else all would save up, and weights mean nothing any more.
static credit_pool_t credit_fill_pool(credit_t *k)
{
    credit_pool_t p = {.ps = credit_slice_ps(k) - (int64_t)(k->switch_ps - k->dealt_switch_ps)};
    if (p.ps < 0) p.ps = 0;
    k->dealt_switch_ps = k->switch_ps;
    for (unsigned i = 0; i < k->count; i++) p.weights += k->vcpu[i].weight;
    return p;
}

// Deals to those that may not have their whole share; what they leave is for the others. Returns whether there was one.
static bool credit_deal_rooms(credit_t *k, credit_pool_t *p)
{
    bool any = false;
    for (unsigned i = 0; i < k->count && p->weights; i++) {
        credit_vcpu_t *v = &k->vcpu[i];
        const int64_t room_ps = credit_room_ps(v);
        if (p->dealt[i] || p->ps * v->weight / p->weights < room_ps) continue;
        v->credit_ps += room_ps;
        p->ps -= room_ps;
        p->weights -= v->weight;
        p->dealt[i] = any = true;
    }
    return any;
}

static void credit_deal(credit_t *k)
{
    credit_pool_t p = credit_fill_pool(k);
    while (credit_deal_rooms(k, &p)) {}
    for (unsigned i = 0; i < k->count; i++)
        if (!p.dealt[i]) k->vcpu[i].credit_ps += p.ps * k->vcpu[i].weight / p.weights;
}

// What follows from its credits.
static void credit_judge(credit_vcpu_t *v)
{
    v->active = v->credit_ps < credit_slice_ps(v->credit);
    if (v->credit_ps >= 0) {
        if (v->priority == CREDIT_OVER || v->state == CREDIT_RUNNING) v->priority = CREDIT_UNDER;
        v->parked = false;
        return;
    }
    v->priority = CREDIT_OVER;
    if (v->cap && !v->parked && v->credit_ps < -credit_cap_ps(v)) {
        v->parked = true;
        v->parkings++;
    }
}

// By the priorities of now, in the old order among equals; those that are not parked any more come last.
static void credit_sort(credit_t *k)
{
    credit_vcpu_t *v = k->queue, *next;
    k->queue = NULL;
    for (; v; v = next) {
        next = v->next;
        v->queued = false;
        credit_insert(v);
    }
    for (unsigned i = 0; i < k->count; i++) {
        v = &k->vcpu[i];
        if (v->state == CREDIT_WAITING && !v->queued && v != k->coming) credit_insert(v);
    }
}

static void credit_on_accounting(void *ctx, uint64_t now_cyc)
{
    credit_t *k = ctx;
    bool active = k->running || k->coming;
    (void)now_cyc;
    cpu_book(k);
    if (k->running) credit_debit(k->running);
    credit_deal(k);
    for (unsigned i = 0; i < k->count; i++) {
        credit_judge(&k->vcpu[i]);
        active |= k->vcpu[i].active;
    }
    credit_sort(k);
    credit_reconsider(k);
    if (active) credit_start(k, &k->accounting, k->slice_cyc);
}

// ---- on a core ---------------------------------------------------------------------------------

// What the core's local time lacks to the edge of the cycle stays as it is.
static void credit_wait(core_t *c)
{
    const uint64_t begin_cyc = c->sim->now_cyc;
    if (credit_runs(c)) return;
    const enum core_account account = core_enter(c, CORE_STEAL);
    while (!credit_runs(c)) core_wait(c, SIM_NEVER);
    core_charge(c, (c->sim->now_cyc - begin_cyc) * CYC_PS);
    core_enter(c, account);
}

void credit_block(core_t *c)
{
    credit_release(c->credit, CREDIT_BLOCKED);
}

void credit_wake(core_t *c)
{
    credit_vcpu_t *v = c->credit;
    if (v->priority == CREDIT_UNDER && !v->parked) v->priority = CREDIT_BOOST;
    v->boosts += v->priority == CREDIT_BOOST;
    vcpu_enter(v, CREDIT_WAITING);
    credit_insert(v);
    credit_reconsider(v->credit);
    credit_wait(c);
}

void credit_yield(core_t *c)
{
    credit_vcpu_t *v = c->credit;
    credit_release(v, CREDIT_WAITING);
    v->preemptions += v->state != CREDIT_RUNNING;
    credit_wait(c);
}

// ---- a processor -------------------------------------------------------------------------------

credit_params_t credit_params_of(const profile_t *p)
{
    return (credit_params_t){.slice_ps = UINT64_C(30000000000),
                             .tick_ps = UINT64_C(10000000000),
                             .switch_ps = p->value[COST_vcpu_switch_ns] * 1000};
}

credit_t *credit_create(core_set_t *s, const credit_params_t *p)
{
    if (!p->slice_ps || p->slice_ps > CREDIT_SLICE_MAX_PS || !p->tick_ps) return NULL;
    credit_t *k = calloc(1, sizeof *k);
    if (!k) return NULL;
    k->set = s;
    k->slice_cyc = cyc_of_ps(p->slice_ps);
    k->tick_cyc = cyc_of_ps(p->tick_ps);
    k->switch_cyc = cyc_of_ps(p->switch_ps);
    k->begin_cyc = k->since_cyc = s->sim->now_cyc;
    sim_event_init(&k->tick, "credit tick", credit_on_tick, k);
    sim_event_init(&k->accounting, "credit accounting", credit_on_accounting, k);
    sim_event_init(&k->timer, "credit timer", credit_on_timer, k);
    return k;
}

int credit_add(credit_t *k, core_t *c, unsigned weight, unsigned cap)
{
    const bool begun = !c->waiting || c->sleeping || c->account != CORE_IDLE;
    if (weight == 0 || weight > CREDIT_WEIGHT_MAX || cap > CREDIT_CAP_MAX) return -EINVAL;
    if (c->set != k->set || c->credit || begun) return -EINVAL;
    credit_vcpu_t *v = &k->vcpu[k->count++];
    v->credit = k;
    v->core = c;
    v->weight = weight;
    v->cap = cap;
    v->priority = CREDIT_UNDER;
    v->since_cyc = k->begin_cyc;
    c->credit = v;
    return 0;
}

void credit_destroy(credit_t *k)
{
    if (!k) return;
    sim_cancel(k->set->sim, &k->tick);
    sim_cancel(k->set->sim, &k->accounting);
    sim_cancel(k->set->sim, &k->timer);
    for (unsigned i = 0; i < k->count; i++) k->vcpu[i].core->credit = NULL;
    free(k);
}

credit_stats_t credit_stats(const core_t *c)
{
    credit_vcpu_t v = *c->credit;
    vcpu_enter(&v, v.state);
    return (credit_stats_t){.run_ps = v.state_ps[CREDIT_RUNNING],
                            .wait_ps = v.state_ps[CREDIT_WAITING],
                            .blocked_ps = v.state_ps[CREDIT_BLOCKED],
                            .runs = v.runs,
                            .boosts = v.boosts,
                            .preemptions = v.preemptions,
                            .parkings = v.parkings};
}

credit_cpu_stats_t credit_cpu_stats(const credit_t *k)
{
    const uint64_t ps = k->running ? 0 : (credit_now(k) - k->since_cyc) * CYC_PS;
    credit_cpu_stats_t s = {.idle_ps = k->idle_ps + (k->coming ? 0 : ps),
                            .switch_ps = k->switch_ps + (k->coming ? ps : 0),
                            .switches = k->switches};
    for (unsigned i = 0; i < k->count; i++) s.run_ps += credit_stats(k->vcpu[i].core).run_ps;
    return s;
}

static int credit_check_vcpu(const credit_vcpu_t *v, uint64_t wall_ps, char err[256])
{
    const core_t *c = v->core;
    const credit_stats_t s = credit_stats(c);
    uint64_t account_ps[CORE_ACCOUNTS];
    core_accounts(c, c->sim->now_cyc, account_ps);
    // While it waits its account begins at its local time, which may lack less than a cycle.
    const uint64_t part_ps = v->state == CREDIT_WAITING ? v->since_cyc * CYC_PS - c->local_ps : 0;
    if (s.run_ps + s.wait_ps + s.blocked_ps != wall_ps) {
        snprintf(err, 256,
                 "vCPU %u: %" PRIu64 " ps run, %" PRIu64 " waiting, %" PRIu64
                 " blocked, wall is %" PRIu64 " ps",
                 c->id, s.run_ps, s.wait_ps, s.blocked_ps, wall_ps);
        return -1;
    }
    if (account_ps[CORE_STEAL] != s.wait_ps + part_ps) {
        snprintf(err, 256, "vCPU %u: %" PRIu64 " ps stolen, %" PRIu64 " ps waited", c->id,
                 account_ps[CORE_STEAL], s.wait_ps + part_ps);
        return -1;
    }
    if (account_ps[CORE_IDLE] < s.blocked_ps) {
        snprintf(err, 256, "vCPU %u: %" PRIu64 " ps idle, %" PRIu64 " ps blocked", c->id,
                 account_ps[CORE_IDLE], s.blocked_ps);
        return -1;
    }
    return 0;
}

int credit_check(const credit_t *k, char err[256])
{
    const credit_cpu_stats_t s = credit_cpu_stats(k);
    const uint64_t wall_ps = (credit_now(k) - k->begin_cyc) * CYC_PS;
    if (s.run_ps + s.idle_ps + s.switch_ps != wall_ps) {
        snprintf(err, 256,
                 "processor: %" PRIu64 " ps run, %" PRIu64 " idle, %" PRIu64
                 " switching, wall is %" PRIu64 " ps",
                 s.run_ps, s.idle_ps, s.switch_ps, wall_ps);
        return -1;
    }
    for (unsigned i = 0; i < k->count; i++)
        if (credit_check_vcpu(&k->vcpu[i], wall_ps, err) != 0) return -1;
    return 0;
}
