// SPDX-License-Identifier: Apache-2.0
// From the driver to the stack, through GRO if it is on.
#include "hostbridge/os_priv.h"

static void os_rx_up(os_dev_t *d, core_t *c, os_pkt_t *p)
{
    if (d->stack.receive) {
        d->stack.receive(d->stack.ctx, c, p);
    } else {
        os_pkt_free(d, p);
    }
}

// The frames of a packet; the protocols see it once.
static void os_rx_chain(os_dev_t *d, core_t *c, os_pkt_t *p)
{
    core_charge(c, d->host->params.rx_stack_ps);
    while (p) {
        os_pkt_t *next = p->next;
        p->next = NULL;
        os_rx_up(d, c, p);
        p = next;
    }
}

static void os_rx_flushed(os_dev_t *d, core_t *c, const gro_packet_t *k, enum gro_cause cause)
{
    gro_stats_t *const both[] = {&d->host->stats.gro, &d->stats.gro};
    for (unsigned i = 0; i < 2; i++) {
        both[i]->flushed[cause]++;
        if (k->frames > both[i]->largest) both[i]->largest = k->frames;
    }
    os_rx_chain(d, c, k->head);
}

static void os_rx_gro(os_napi_t *n, core_t *c, os_pkt_t *p)
{
    os_dev_t *d = n->dev;
    gro_stats_t *const both[] = {&d->host->stats.gro, &d->stats.gro};
    gro_packet_t flushed;
    enum gro_cause cause = GRO_AT_END;
    const uint64_t jiffy = c->local_ps / d->host->params.jiffy_ps;
    const enum gro_result r = gro_receive(n->gro, p, jiffy, &flushed, &cause);
    for (unsigned i = 0; i < 2; i++) {
        both[i]->frames++;
        both[i]->held += r == GRO_HELD;
        both[i]->merged += r == GRO_MERGED;
    }
    if (flushed.head) os_rx_flushed(d, c, &flushed, cause);
    if (r == GRO_NORMAL) os_rx_chain(d, c, p);
}

void os_rx_flush(os_napi_t *n, bool old, enum gro_cause cause)
{
    if (!n->gro || !n->gro->held) return;
    core_t *c = os_core(n->dev);
    const uint64_t jiffy = c->local_ps / n->dev->host->params.jiffy_ps;
    gro_packet_t k;
    while (gro_flush(n->gro, old, jiffy, &k)) os_rx_flushed(n->dev, c, &k, cause);
}

uint32_t os_dev_gro_frames(const os_dev_t *d)
{
    uint32_t frames = 0;
    for (unsigned i = 0; i < OS_NAPIS; i++)
        if (d->napi[i].gro) frames += gro_frames(d->napi[i].gro);
    return frames;
}

// Outside of polls, in an interrupt handler, there is no GRO: nobody would say when it ends.
void os_napi_receive(os_napi_t *n, os_pkt_t *p)
{
    os_dev_t *d = n->dev;
    os_host_t *h = d->host;
    const os_params_t *params = &h->params;
    const bool gro = n->gro && n->polling;
    core_t *c = os_core(d);
    ((os_buf_t *)p)->holder = NULL;
    if (h->call[c->id]) h->call[c->id]->begin_ps = core_spent_ps(c, c->account);
    p->stamp[OS_STAMP_DRIVER] = core_now_cyc(c);
    p->next = NULL;
    if (!n->polling) {
        h->stats.irq_packets++;
        d->stats.irq_packets++;
    }
    core_charge(c, params->rx_packet_ps + params->rx_byte_ps * p->len -
                       (gro || d->stack.forwards ? params->rx_stack_ps : 0) +
                       (gro ? params->gro_ps : 0));
    if (d->stack.arrived) d->stack.arrived(d->stack.ctx, c, p);
    if (gro) os_rx_gro(n, c, p);
    else os_rx_up(d, c, p);
}
