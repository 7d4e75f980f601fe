// SPDX-License-Identifier: Apache-2.0
// Hard interrupts and softirqs of a core.
#include "hostbridge/core.h"
#include "hostbridge/credit.h"

#define CORE_UNCLAIMED_MAX                                                                         \
    1000u // then the interrupt is switched off (Linux waits for 99,900 of 100,000)

// ---- interrupts --------------------------------------------------------------------------------

static void core_irq_pend(core_irq_t *q, uint64_t now_cyc)
{
    if (q->pending || q->disabled || !q->fn) return;
    const vcpu_t *v = q->core->vcpu;
    q->in_guest = v && !v->halted && credit_runs(q->core);
    q->window = q->core->irq_off;
    q->pending = true;
    core_irq_t **at = &q->core->irq_pending;
    while (*at) at = &(*at)->next;
    q->next = NULL;
    *at = q;
    core_kick(q->core, now_cyc);
}

void core_irq_level(core_irq_t *q, uint64_t now_cyc, bool level)
{
    q->line = true;
    q->level = level;
    if (!level) q->unheeded = 0;
    if (level && !q->in_service)
        core_irq_pend(q, now_cyc); // else the level is looked at when the handler ends
}

void core_irq_edge(core_irq_t *q, uint64_t now_cyc)
{
    core_irq_pend(q, now_cyc);
}

void core_irq_listen(core_irq_t *q, core_t *on, bool (*fn)(void *ctx), void *ctx)
{
    core_t *me = core_current(on->sim);
    if (me) core_settle(me);
    if (q->pending) {
        core_irq_t **at = &q->core->irq_pending;
        while (*at != q) at = &(*at)->next;
        *at = q->next;
        q->pending = false;
    }
    q->fn = NULL;
    while (me && me->in_item && q->in_service && q->core != me) core_sleep(me, 1000000);
    q->core = on;
    q->ctx = ctx;
    q->fn = fn;
    q->disabled = false;
    q->unclaimed = 0;
    if (q->level && !q->in_service) core_irq_pend(q, on->sim->now_cyc);
}

// To a guest that runs; for one that halts it is part of waking it, for one without a processor of
// the entry that follows.
static void core_deliver(core_t *c, const core_irq_t *q)
{
    if (!c->vcpu || !q->in_guest) return;
    if (c->vcpu->p.posted) {
        core_charge(c, c->vcpu->p.posted_ps);
        return;
    }
    core_exit(c, VCPU_EXIT_interrupt);
    if (q->window && !c->vcpu->p.pv) core_exit(c, VCPU_EXIT_irq_window);
}

// Whether the guest's EOI is an exit. KVM does not offer PV-EOI for one that the I/O APIC waits for, nor
// while another interrupt is pending.
static bool core_eoi_exits(core_t *c, const core_irq_t *q)
{
    const vcpu_t *v = c->vcpu;
    if (!v || v->p.pv || v->p.posted) return false;
    if (!v->p.pv_eoi || q->line) return true;
    core_settle(c);
    return c->irq_pending != NULL;
}

static void core_serve_irq(core_t *c, core_irq_t *q)
{
    c->irq_pending = q->next;
    q->pending = false;
    q->in_service = true;
    uint64_t begin_ps = c->local_ps;
    core_deliver(c, q);
    core_charge(c, c->set->params.irq_entry_ps);
    c->irqs++;
    q->taken++;
    bool claimed = q->fn && q->fn(q->ctx);
    core_charge(c, c->set->params.irq_exit_ps);
    if (core_eoi_exits(c, q)) core_exit(c, VCPU_EXIT_eoi);
    core_settle(c);
    if (c->set->on_irq) c->set->on_irq(c->set->on_irq_ctx, c->id, begin_ps, c->local_ps, claimed);
    q->in_service = false;
    q->unclaimed = claimed ? 0 : q->unclaimed + 1;
    if (!claimed) {
        q->spurious++;
        c->irqs_spurious++;
    }
    if (q->unclaimed == CORE_UNCLAIMED_MAX) q->disabled = true;
    if (!q->level) return;
    q->unheeded++;
    // Still asserted. What the handler wrote to the device may need a cycle to take effect: where
    // everything else is free, time must go on all the same.
    if (c->local_ps == begin_ps) {
        core_charge(c, CYC_PS);
        core_settle(c);
    }
    if (!q->level) return;
    core_irq_pend(q, c->sim->now_cyc);
    q->window = false; // it comes when the one before has been ended
}

// Ticks that have come in a handler: at its end interrupts are on for a moment, or in the softirqs
// that follow it.
static void core_late_ticks(core_t *c, enum core_account interrupted)
{
    if (c->softirq_pending && !c->irq_pending && !c->in_softirq && !c->bh_off) return;
    const bool between = interrupted == CORE_IDLE && c->task && c->task->ready; // two of its steps
    core_count_ticks(c, between ? c->task->account : interrupted);
}

// Called settled, with interrupts enabled and one pending.
void core_take_irqs(core_t *c)
{
    enum core_account interrupted = core_enter(c, CORE_IRQ);
    c->irq_off = true;
    while (c->irq_pending) {
        core_serve_irq(c, c->irq_pending);
        core_late_ticks(c, interrupted);
    }
    core_enter(c, interrupted);
    if (c->softirq_pending && !c->in_softirq && !c->bh_off) core_run_softirqs(c, CORE_SOFTIRQ);
    c->irq_off = false;
}

// ---- softirqs ----------------------------------------------------------------------------------

void core_run_softirqs(core_t *c, enum core_account account)
{
    bool irq_off = c->irq_off;
    enum core_account interrupted = core_enter(c, account);
    c->in_softirq = true;
    c->irq_off = false;
    c->softirq_runs++;
    core_charge(c, c->set->params.softirq_entry_ps);
    unsigned rounds = 0;
    bool yield = false;
    do {
        unsigned pending = c->softirq_pending;
        c->softirq_pending = 0;
        for (unsigned nr = 0; nr < CORE_SOFTIRQS; nr++) {
            if (pending & 1u << nr) c->set->softirq[nr](c, c->set->softirq_ctx[nr]);
        }
        rounds++;
        core_sync(c);
        yield = account == CORE_KSOFTIRQD && (core_slice_over(c) || core_item_due(c));
    } while (c->softirq_pending && rounds < CORE_SOFTIRQ_ROUNDS && !yield);
    c->softirq_rounds += rounds;
    c->in_softirq = false;
    if (c->softirq_pending && !c->ksoftirqd.ready) {
        c->ksoftirqd_wakeups++;
        core_task_wake(c, &c->ksoftirqd);
    }
    core_enter(c, interrupted);
    c->irq_off = irq_off;
}

void core_bh_enable(core_t *c)
{
    if (--c->bh_off || c->in_softirq || c->irq_off) return;
    if (c->softirq_pending && !c->ksoftirqd.ready) core_run_softirqs(c, CORE_SOFTIRQ);
}
