// SPDX-License-Identifier: Apache-2.0
// A Xen guest without a chip for tests: frames are made on Dom0's core and given to the bridge, or made by the guest and given to its
// driver. Each frame says which one it is, and what comes out at the other end is compared byte by byte.
#ifndef MODERATO_XEN_RIG_H
#define MODERATO_XEN_RIG_H

#include "hostbridge/netstack.h"
#include "hostbridge/xen_net.h"
#include "traces/traces.h"

#define XEN_RIG_US_CYC UINT64_C(125)

// What has come out somewhere.
typedef struct xen_seen {
    uint64_t next;  // number that the next one has at least
    uint64_t sum;   // of the numbers, scrambled: each has come once
    uint64_t wrong; // not as they were made
    uint64_t overtaken;
} xen_seen_t;

// Frames of one direction.
typedef struct xen_flow {
    struct xen_rig *rig;
    uint64_t gap_cyc, left, burst;
    bool random;                   // gaps and bursts up to these
    uint64_t made, made_sum, came; // came: out at the other end
    xen_seen_t seen;               // at the other end
    sim_event_t event;
    core_irq_t irq;
    core_item_t item;
} xen_flow_t;

typedef struct xen_rig {
    // to be set after xen_rig_init
    profile_t profile; // all costs 0
    bool idle_poll, echo;
    unsigned
        cores; // 1: Dom0 and the guest share one; 2: one each; 3: the guest sends on another than it receives
    uint32_t queue_max, weight, packets_max;
    uint32_t len_min, len_max;
    // what happens
    xen_flow_t to_guest, from_guest;
    uint64_t offered, refused, taken, hosted, interrupts;
    uint64_t echoed; // frames that the guest has sent back, out of the uplink
    xen_seen_t echo_seen;
    uint64_t first_cyc, last_cyc;     // first taken, last delivered
    uint64_t offered_cyc, hosted_cyc; // of the last frame
    // the machine
    rng_t random;
    sim_t sim;
    memory_t *mem;
    core_set_t *set;
    os_host_t *host;
    os_dev_t *uplink;
    bridge_t *bridge;
    vcpu_t vcpu[2]; // of the guest
    vif_t vif;
    netstack_t *net;
} xen_rig_t;

void xen_rig_init(xen_rig_t *g, uint64_t seed);
// Builds what was set up, probes netfront and opens it.
void xen_rig_start(xen_rig_t *g);
// `count` frames, `burst` every gap_cyc from now on; random: gaps up to twice that, bursts up to that.
void xen_rig_flow(xen_rig_t *g, xen_flow_t *f, uint64_t gap_cyc, uint64_t burst, uint64_t count,
                  bool random);
void xen_rig_run(xen_rig_t *g, uint64_t us);
// All that was sent is where it belongs, nothing is under way, and nothing was wrong.
void xen_rig_check(xen_rig_t *g);
void xen_rig_end(xen_rig_t *g);

#endif
