// SPDX-License-Identifier: Apache-2.0
// The end of polling, in the manner of Linux' napi_complete_done: with napi_defer_hard_irqs the
// interrupt stays off after work, and a timer of gro_flush_timeout polls in its place until so many
// polls in a row have found nothing.
#include "hostbridge/os_priv.h"

// ---- the timer ---------------------------------------------------------------------------------

static void os_defer_rings(void *ctx, uint64_t now_cyc)
{
    os_napi_t *n = ctx;
    core_irq_edge(&n->timer_irq, now_cyc);
}

// On the core that started it. A poll that is on its way anyhow is enough.
static bool os_defer_poll(void *ctx)
{
    os_napi_t *n = ctx;
    if (!os_napi_schedule_prep(n)) return true;
    n->by_timer = true;
    n->dev->host->stats.timer_polls++;
    n->dev->stats.timer_polls++;
    os_napi_schedule(n);
    return true;
}

void os_defer_init(os_napi_t *n)
{
    n->timer_irq = (core_irq_t){.core = n->dev->core, .fn = os_defer_poll, .ctx = n};
    sim_event_init(&n->timer, "napi timer", os_defer_rings, n);
}

void os_defer_stop(os_napi_t *n)
{
    core_t *c = os_core(n->dev);
    sim_cancel(c->sim, &n->timer);
    if (n->timer_irq.pending) core_irq_listen(&n->timer_irq, c, os_defer_poll, n);
    n->defers_left = 0;
}

static void os_defer_start(os_napi_t *n, core_t *c, uint64_t timeout_ps)
{
    if (!n->timer_irq.pending && !n->timer_irq.in_service) n->timer_irq.core = c;
    sim_at(c->sim, &n->timer, cyc_of_ps(c->local_ps + timeout_ps));
}

// ---- driver/os.h -------------------------------------------------------------------------------

static enum gro_cause os_defer_cause(os_napi_t *n)
{
    const bool by_timer = n->by_timer;
    n->by_timer = false;
    return by_timer ? GRO_AT_TIMER : GRO_AT_END;
}

static bool os_defer_may(os_napi_t *n)
{
    if (n->scheduled && !n->listed) return true;
    os_driver_error(n->dev, "os_napi_complete of a context that is not polled");
    return false;
}

static void os_defer_completed(os_napi_t *n)
{
    core_settle(os_core(n->dev));
    n->scheduled = false;
}

void os_napi_complete(os_napi_t *n)
{
    if (!os_defer_may(n)) return;
    os_rx_flush(n, false, os_defer_cause(n));
    os_defer_completed(n);
}

bool os_napi_complete_done(os_napi_t *n, int work)
{
    if (!os_defer_may(n)) return true;
    os_host_t *h = n->dev->host;
    uint64_t timeout_ps = 0;
    bool enable = true;
    if (work > 0) {
        if (n->gro && n->gro->held) timeout_ps = h->params.gro_flush_ps;
        n->defers_left = n->dev->plain ? 0 : h->params.defer_hard_irqs;
    }
    if (n->defers_left) {
        n->defers_left--;
        timeout_ps = h->params.gro_flush_ps;
        enable = timeout_ps == 0;
    }
    // While the timer runs, held packets wait for more; not beyond the jiffy.
    os_rx_flush(n, timeout_ps != 0, os_defer_cause(n));
    os_defer_completed(n);
    if (timeout_ps) os_defer_start(n, os_core(n->dev), timeout_ps);
    *(enable ? &h->stats.enabled : &h->stats.deferred) += 1;
    *(enable ? &n->dev->stats.enabled : &n->dev->stats.deferred) += 1;
    return enable;
}
