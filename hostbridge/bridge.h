// SPDX-License-Identifier: Apache-2.0
// The host's software switch: one port to the physical NIC (the uplink), one to each guest, and one to the host's own stack if somebody
// listens there.
//
// A frame is forwarded on the core that brings it (bridge_ns, once for each port it goes to): to the port that has its destination, a
// group address to all other ports, an unknown one from the uplink to all guests, from elsewhere to the uplink. A copy for a further
// port takes a buffer (rx_alloc_ns). A frame whose destination is behind the port by which it came is dropped, as a Linux bridge drops
// it without hairpin mode.
//
// ## Inaccuracies
// - The addresses of guests are known from the start, those of others are all behind the uplink: nothing is learned or forgotten.
// - VLANs are not looked at.
// - A copy for which there is no buffer is not made, and counted nowhere; the frame itself goes to the last of its ports.
#ifndef MODERATO_BRIDGE_H
#define MODERATO_BRIDGE_H

#include "hostbridge/os_host.h"

#define BRIDGE_PORTS  10u
#define BRIDGE_UPLINK 0u

// Takes a frame out of the bridge, on the core that runs.
typedef void (*bridge_out_fn)(void *ctx, core_t *c, os_pkt_t *p);

typedef struct bridge_params {
    uint64_t forward_ps;
    // A frame from port `from` leaves to the ports of the set: none, if nobody takes it (it is freed then). May be NULL.
    void *ctx;
    void (*forwarded)(void *ctx, unsigned from, const os_pkt_t *p, uint32_t ports);
} bridge_params_t;

typedef struct bridge bridge_t;

// With the uplink as port 0. The buffers of copies are of `uplink`. NULL: out of memory.
bridge_t *bridge_create(os_dev_t *uplink, const bridge_params_t *p, bridge_out_fn out, void *ctx);
void bridge_destroy(bridge_t *b);
// The next port, of a guest with that address (known when the first frame comes: the bytes stay the caller's). 0: no room.
unsigned bridge_add(bridge_t *b, const uint8_t *mac, bridge_out_fn out, void *ctx);
// The same for the host itself, once: it gets nothing that is for strangers.
unsigned bridge_add_host(bridge_t *b, const uint8_t *mac, bridge_out_fn out, void *ctx);
// A frame has come in by a port.
void bridge_in(bridge_t *b, core_t *c, unsigned port, os_pkt_t *p);

#endif
