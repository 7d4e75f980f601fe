// SPDX-License-Identifier: Apache-2.0
// The backlog of a core: packets from one stack of this machine to another (netif_rx), and the core's own NAPI context that takes
// them on. Only its core touches it.
#include "hostbridge/os_priv.h"

bool os_netif_rx(os_host_t *h, core_t *c, os_pkt_t *p, os_netif_fn fn, void *ctx)
{
    os_softnet_t *s = &h->softnet[c->id];
    if (s->backlog_count >= h->params.max_backlog) return false;
    os_buf_t *b = (os_buf_t *)p;
    b->netif = fn;
    b->netif_ctx = ctx;
    p->next = NULL;
    *s->backlog_tail = p;
    s->backlog_tail = &p->next;
    s->backlog_count++;
    if (s->backlog.scheduled) return true;
    s->backlog.scheduled = true;
    os_napi_list(s, &s->backlog);
    core_softirq_raise(c, CORE_SOFTIRQ_RX);
    return true;
}

int os_backlog_poll(os_softnet_t *s, core_t *c)
{
    unsigned work = 0;
    for (os_pkt_t *p; work < (unsigned)OS_DEV_WEIGHT && (p = s->backlog_head); work++) {
        os_buf_t *b = (os_buf_t *)p;
        s->backlog_head = p->next;
        if (!p->next) s->backlog_tail = &s->backlog_head;
        s->backlog_count--;
        p->next = NULL;
        b->netif(b->netif_ctx, c, p);
    }
    if (s->backlog_head) os_napi_list(s, &s->backlog);
    else s->backlog.scheduled = false;
    return (int)work;
}
