// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/veth.h"

#include <stdlib.h>

struct veth {
    os_dev_t *dev;
    netstack_t *stack;
    os_stack_t inner; // the stack as the driver would have it
    veth_params_t params;
    uint32_t sending; // in backlogs, to be sent
};

veth_params_t veth_params_of(const profile_t *p)
{
    const uint64_t *v = p->value;
    return (veth_params_t){.bridge_ps = v[COST_bridge_ns] * 1000,
                           .veth_ps = v[COST_veth_ns] * 1000,
                           .stack_ps = os_params_of(p).rx_stack_ps};
}

static void veth_drop(veth_t *v, os_pkt_t *p, bool received)
{
    if (v->params.dropped) v->params.dropped(v->params.ctx, p, received);
    os_pkt_free(v->dev, p);
}

// ---- received ----------------------------------------------------------------------------------

static void veth_up(void *ctx, core_t *c, os_pkt_t *p)
{
    veth_t *v = ctx;
    core_charge(c, v->params.stack_ps);
    v->inner.receive(v->inner.ctx, c, p);
}

static void veth_arrived(void *ctx, core_t *c, os_pkt_t *p)
{
    const veth_t *v = ctx;
    if (v->inner.arrived) v->inner.arrived(v->inner.ctx, c, p);
}

static void veth_receive(void *ctx, core_t *c, os_pkt_t *p)
{
    veth_t *v = ctx;
    core_charge(c, v->params.bridge_ps + v->params.veth_ps);
    if (!os_netif_rx(os_dev_host(v->dev), c, p, veth_up, v)) veth_drop(v, p, true);
}

// ---- sent --------------------------------------------------------------------------------------

static void veth_out(void *ctx, core_t *c, os_pkt_t *p)
{
    veth_t *v = ctx;
    core_charge(c, v->params.bridge_ps);
    netstack_send(v->stack, c, p);
    v->sending--; // not idle before it is out
}

void veth_send(void *ctx, core_t *c, os_pkt_t *p)
{
    veth_t *v = ctx;
    core_bh_disable(c); // the backlog is polled when it is over
    v->sending++;
    core_charge(c, v->params.veth_ps);
    core_settle(c);
    if (!os_netif_rx(os_dev_host(v->dev), c, p, veth_out, v)) {
        v->sending--;
        veth_drop(v, p, false);
    }
    core_bh_enable(c);
}

// ---- the queue in front of the driver is the host's ----------------------------------------------

static bool veth_waiting(void *ctx)
{
    const veth_t *v = ctx;
    return v->inner.waiting(v->inner.ctx);
}

static bool veth_transmit(void *ctx, core_t *c)
{
    const veth_t *v = ctx;
    return v->inner.transmit(v->inner.ctx, c);
}

// ---- set-up ------------------------------------------------------------------------------------

veth_t *veth_create(os_dev_t *d, const veth_params_t *p)
{
    veth_t *v = calloc(1, sizeof *v);
    if (!v) return NULL;
    v->dev = d;
    v->params = *p;
    return v;
}

void veth_attach(veth_t *v, netstack_t *stack)
{
    v->stack = stack;
    v->inner = *os_dev_stack(v->dev);
    const os_stack_t mine = {.ctx = v,
                             .forwards = true,
                             .arrived = veth_arrived,
                             .receive = veth_receive,
                             .waiting = veth_waiting,
                             .transmit = veth_transmit};
    os_dev_set_stack(v->dev, &mine);
}

void veth_destroy(veth_t *v)
{
    free(v);
}

uint32_t veth_sending(const veth_t *v)
{
    return v->sending;
}

bool veth_idle(const veth_t *v)
{
    return v->sending == 0;
}
