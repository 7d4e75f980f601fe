// SPDX-License-Identifier: Apache-2.0
// driver/os.h: time.
#include "hostbridge/os_priv.h"

uint64_t os_now_ns(os_dev_t *d)
{
    return os_core(d)->local_ps / 1000;
}

void os_udelay(os_dev_t *d, uint32_t us)
{
    core_t *c = os_core(d);
    core_charge(c, us * UINT64_C(1000000));
    core_sync(c);
}

void os_msleep(os_dev_t *d, uint32_t ms)
{
    core_sleep(os_core(d), ms * UINT64_C(1000000000));
}

// ---- timers ------------------------------------------------------------------------------------

static void os_timer_expired(void *ctx, uint64_t now_cyc)
{
    (void)now_cyc;
    os_timer_t *t = ctx;
    core_item_queue(t->dev->core, &t->item);
}

static void os_timer_run(void *ctx)
{
    os_timer_t *t = ctx;
    t->running = os_core(t->dev);
    t->fn(t->priv);
    t->running = NULL;
}

os_timer_t *os_timer_add(os_dev_t *d, void (*fn)(void *priv), void *priv)
{
    for (unsigned i = 0; i < OS_TIMERS; i++) {
        os_timer_t *t = &d->timer[i];
        if (t->used || t->running) continue;
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
    sim_cancel(c->sim, &t->event);
    core_item_cancel(t->dev->core, &t->item);
    while (t->running && t->running != c) core_sleep(c, 1000000);
    t->used = false;
}
