// SPDX-License-Identifier: Apache-2.0
// NAPI: contexts, and the receive softirq that polls them within its bounds.
#include "hostbridge/os_priv.h"

#include <stdlib.h>

#define OS_JIFFIES_PER_ROUND 2u
#define OS_SHORT_JIFFY_PS                                                                          \
    UINT64_C(1000000000) // from HZ = 1000 on a full poll flushes old packets only

// ---- contexts ----------------------------------------------------------------------------------

os_napi_t *os_napi_add(os_dev_t *d, os_poll_fn poll, void *priv)
{
    for (unsigned i = 0; i < OS_NAPIS; i++) {
        os_napi_t *n = &d->napi[i];
        if (n->used) continue;
        *n = (os_napi_t){.dev = d, .poll = poll, .priv = priv, .used = true};
        os_defer_init(n);
        if (d->host->params.gro && !d->plain && !(n->gro = calloc(1, sizeof *n->gro))) {
            n->used = false;
            return NULL;
        }
        return n;
    }
    return NULL;
}

void os_napi_del(os_napi_t *n)
{
    if (n->enabled) os_napi_disable(n);
    free(n->gro);
    n->gro = NULL;
    n->used = false;
}

void os_napi_enable(os_napi_t *n)
{
    core_settle(os_core(n->dev));
    n->enabled = true;
    n->disabling = false;
}

void os_napi_disable(os_napi_t *n)
{
    core_t *c = os_core(n->dev);
    core_settle(c);
    n->disabling = true;
    while (n->scheduled && os_sleep(n->dev, 1000000000, "os_napi_disable")) {}
    os_defer_stop(n);
    os_rx_flush(n, false, GRO_AT_END);
    n->enabled = false;
}

bool os_napi_schedule_prep(os_napi_t *n)
{
    core_settle(os_core(n->dev));
    if (!n->enabled || n->disabling || n->scheduled) return false;
    n->scheduled = true;
    return true;
}

void os_napi_list(os_softnet_t *s, os_napi_t *n)
{
    n->listed = true;
    n->next = NULL;
    *s->tail = n;
    s->tail = &n->next;
}

void os_napi_schedule(os_napi_t *n)
{
    core_t *c = os_core(n->dev);
    if (n->listed) {
        os_driver_error(n->dev, "os_napi_schedule without os_napi_schedule_prep");
        return;
    }
    os_napi_list(&n->dev->host->softnet[c->id], n);
    core_softirq_raise(c, CORE_SOFTIRQ_RX);
}

// ---- the softirq -------------------------------------------------------------------------------

// Polls the context at the head of the list once. Returns the packets it took.
static int os_poll_first(os_host_t *h, os_softnet_t *s, core_t *c)
{
    os_napi_t *n = s->head;
    s->head = n->next;
    if (!s->head) s->tail = &s->head;
    n->listed = false;
    core_instant(c); // a driver that never finishes where nothing takes time
    const uint64_t begin_ps = c->local_ps;
    core_charge(c, h->params.poll_ps);
    if (n == &s->backlog) {
        const int taken = os_backlog_poll(s, c);
        if (h->params.on_poll)
            h->params.on_poll(h->params.poll_ctx, c->id, begin_ps, c->local_ps, taken);
        return taken;
    }
    const int weight = n->dev->plain ? OS_DEV_WEIGHT : h->params.weight;
    n->polling = true;
    os_call_t k;
    os_enter(&k, n->dev, c, "poll", true);
    int work = n->poll(n->priv, weight);
    os_leave(&k, c);
    n->polling = false;
    os_stats_t *mine = &n->dev->stats;
    h->stats.polls++;
    mine->polls++;
    if (work < 0 || work > weight) {
        os_driver_error(n->dev, "poll returned more than its budget");
        work = weight;
    }
    h->stats.poll_packets += (unsigned)work;
    mine->poll_packets += (unsigned)work;
    meter_hist_add(&h->stats.packets_per_poll, (unsigned)work);
    meter_hist_add(&mine->packets_per_poll, (unsigned)work);
    h->stats.budget_exhausted += work == weight;
    mine->budget_exhausted += work == weight;
    if (h->params.on_poll)
        h->params.on_poll(h->params.poll_ctx, c->id, begin_ps, c->local_ps, work);
    if (n->listed || !n->scheduled) return work; // completed
    if (n->disabling) {
        n->scheduled = false;
        return work;
    }
    n->by_timer = false;
    os_rx_flush(n, h->params.jiffy_ps <= OS_SHORT_JIFFY_PS, GRO_AT_BUDGET);
    if (work < weight)
        os_driver_error(n->dev, "poll returned less than its budget without os_napi_complete");
    os_napi_list(s, n);
    return work;
}

// One round: until nothing is listed, netdev_budget packets are taken, or two jiffies are over.
void os_net_rx_action(core_t *c, void *host)
{
    os_host_t *h = host;
    os_softnet_t *s = &h->softnet[c->id];
    uint64_t end_ps = c->local_ps + OS_JIFFIES_PER_ROUND * h->params.jiffy_ps;
    int left = h->params.netdev_budget;
    while (s->head) {
        if (left <= 0 || c->local_ps >= end_ps) {
            h->stats.time_squeeze++;
            core_softirq_raise(c, CORE_SOFTIRQ_RX);
            return;
        }
        left -= os_poll_first(h, s, c);
    }
}
