// SPDX-License-Identifier: Apache-2.0
// driver/os.h: time.
#include "hostbridge/os_priv.h"

uint64_t os_now_ns(os_dev_t *d)
{
    core_t *c = os_core(d);
    core_instant(c);
    return c->local_ps / 1000;
}

void os_udelay(os_dev_t *d, uint32_t us)
{
    core_t *c = os_core(d);
    core_charge(c, us * UINT64_C(1000000));
    core_sync(c);
    core_instant(c);
}

bool os_sleep(os_dev_t *d, uint64_t ps, const char *what)
{
    core_t *c = os_core(d);
    if (!core_may_sleep(c)) {
        os_driver_error(d, "%s outside of process context", what);
        return false;
    }
    os_call_t *k = d->host->call[c->id];
    d->host->call[c->id] = NULL; // others run meanwhile
    core_instant(c);
    core_sleep(c, ps);
    d->host->call[c->id] = k;
    if (k) k->begin_ps = core_spent_ps(c, k->account);
    return true;
}

void os_msleep(os_dev_t *d, uint32_t ms)
{
    const uint64_t ps = ms * UINT64_C(1000000000);
    if (os_sleep(d, ps, "os_msleep")) return;
    core_charge(os_core(d), ps);
    core_sync(os_core(d));
}

// ---- timers ------------------------------------------------------------------------------------

static void os_timer_expired(void *ctx, uint64_t now_cyc)
{
    (void)now_cyc;
    os_timer_t *t = ctx;
    core_item_queue(t->dev->core, &t->item);
}

// Its core has taken it up: it runs, or is about to.
static bool os_timer_begun(const os_timer_t *t)
{
    return t->running || (t->dev && t->dev->core->item == &t->item);
}

static void os_timer_run(void *ctx)
{
    os_timer_t *t = ctx;
    core_t *c = os_core(t->dev);
    os_call_t k;
    os_enter(&k, t->dev, c, "a timer function", false);
    core_instant(c);
    t->running = c;
    if (t->used) t->fn(t->priv);
    t->running = NULL;
    os_leave(&k, c);
}

os_timer_t *os_timer_add(os_dev_t *d, void (*fn)(void *priv), void *priv)
{
    for (unsigned i = 0; i < OS_TIMERS; i++) {
        os_timer_t *t = &d->timer[i];
        if (t->used || os_timer_begun(t)) continue;
        *t = (os_timer_t){.dev = d, .fn = fn, .priv = priv, .used = true};
        t->item = (core_item_t){.fn = os_timer_run, .ctx = t};
        sim_event_init(&t->event, "os timer", os_timer_expired, t);
        return t;
    }
    return NULL;
}

void os_timer_mod(os_timer_t *t, uint64_t delay_ns)
{
    core_t *c = os_core(t->dev);
    core_settle(c);
    if (!t->used) return;
    if (delay_ns == 0) {
        sim_cancel(c->sim, &t->event);
        core_item_queue(t->dev->core, &t->item);
        return;
    }
    uint64_t ps = delay_ns < UINT64_MAX / 4000 ? delay_ns * 1000 : UINT64_MAX / 4;
    sim_at(c->sim, &t->event, cyc_of_ps(c->local_ps + ps));
}

void os_timer_del(os_timer_t *t)
{
    core_t *c = os_core(t->dev);
    core_settle(c);
    t->used = false; // it neither begins nor sets itself again
    sim_cancel(c->sim, &t->event);
    core_item_cancel(t->dev->core, &t->item);
    while (os_timer_begun(t) && t->dev->core != c && os_sleep(t->dev, 1000000, "os_timer_del")) {}
}
