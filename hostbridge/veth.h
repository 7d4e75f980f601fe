// SPDX-License-Identifier: Apache-2.0
// What a container has in place of the NIC: one end of a veth pair, whose other end is a port of a bridge that the NIC's driver feeds.
//
// Received: the driver's NAPI context gives the frame to the bridge (bridge_ns), which sends it into the pair (veth_ns); it goes into
// the backlog of the core (netif_rx), from which the core's own NAPI context brings it to the container's stack (rx_stack_ns). Sent:
// the same way back, to the queue in front of the driver. Nothing leaves the kernel, so there are no exits; the price is a second
// pass through the softirq for each frame.
//
// A backlog that is full (netdev_max_backlog) drops: `backend_queue`.
//
// ## Inaccuracies
// - One container on the bridge: no flooding, learning costs nothing.
// - GRO is off: the driver would merge for the bridge, and the costs of that are not known.
#ifndef MODERATO_VETH_H
#define MODERATO_VETH_H

#include "hostbridge/netstack.h"

typedef struct veth veth_t;

typedef struct veth_params {
    uint64_t bridge_ps, veth_ps, stack_ps;
    // A frame that was received, and one to be sent, has been dropped. NULL: nobody looks.
    void *ctx;
    void (*dropped)(void *ctx, const os_pkt_t *p, bool received);
} veth_params_t;

veth_params_t veth_params_of(const profile_t *p);
// Between d and the stack, which must have been created with veth_send() as its way out. NULL: out of memory.
veth_t *veth_create(os_dev_t *d, const veth_params_t *p);
void veth_attach(veth_t *v, netstack_t *stack);
void veth_destroy(veth_t *v);
// netstack_params_t.send.
void veth_send(void *v, core_t *c, os_pkt_t *p);
// Nothing to be sent is in a backlog.
bool veth_idle(const veth_t *v);
// Packets on their way to the queue in front of the driver.
uint32_t veth_sending(const veth_t *v);

#endif
