// SPDX-License-Identifier: Apache-2.0
// Other machines on the network with clients of netperf's request and response in them, by what an answer and the next request take there:
// the machine itself, Dom0 of a machine with Xen, or one of its guests.
//
// Of each machine one processor is looked at, which Dom0 has (of a machine without Xen: all there is); whoever needs it waits for those
// that came before. A guest's own work is beside it:
//
//   native   driver, stack, wake-up, application, and back
//   Dom0     the same, and twice the bridge
//   guest    driver, bridge, netback · wake-up of the guest, its driver, stack, application and notification · netback, bridge, driver
//
// All of it from the costs of the profile (peer_costs_of), as the run's own machine has it; and a switch on the way, which sends a frame on
// when it has it as a whole.
//
// ## Inaccuracies
// - Interrupts come one for each frame, from an idle processor: nothing is shared by frames that come together.
// - Guests of a machine do not get in each other's way, nor in Dom0's: each has a processor of its own.
// - Links and memory there take no time, and the switch's queues are those of the links.
#ifndef MODERATO_PEER_HOST_H
#define MODERATO_PEER_HOST_H

#include "hostbridge/profile.h"
#include "hostbridge/sim.h"
#include "traces/traces.h"

// Of a client: the answer on the machine's processor, what follows beside it, and the request on it again.
typedef struct peer_path {
    uint64_t in_ps, away_ps, out_ps;
} peer_path_t;

typedef struct peer_costs {
    peer_path_t path[TRACE_CLIENT_KINDS];
    uint64_t switch_ps; // each way
} peer_costs_t;

typedef struct peer_hosts peer_hosts_t;

// For frames of so many bytes (without FCS); netback is a thread or a tasklet.
peer_costs_t peer_costs_of(const profile_t *p, uint32_t link_mbps, uint32_t bytes, bool tasklet);
// The machines and clients of f. ready(ctx, client) says in an event that the client's request is at the switch's port to the run's machine. NULL:
// out of memory.
peer_hosts_t *peer_hosts_create(sim_t *sim, const trace_feedback_t *f, const peer_costs_t *c,
                                void (*ready)(void *ctx, unsigned client), void *ctx);
// NULL is allowed.
void peer_hosts_destroy(peer_hosts_t *h);
// The answer to the client's request will have come into the switch in that cycle.
void peer_hosts_answered(peer_hosts_t *h, unsigned client, uint64_t at_cyc);
// Clients of a machine are numbered by kind. What they are called: "remote1.guest0".
void peer_hosts_name(const peer_hosts_t *h, unsigned client, char name[32]);

#endif
