// SPDX-License-Identifier: Apache-2.0
// A guest with a virtio interface behind a bridge, and nothing else: frames come from an event instead of a NIC, go to the guest, and
// what it sends ends at the bridge's uplink. Every frame has a number and contents that follow from it, checked wherever it comes by.
#ifndef MODERATO_TESTS_VIRTIO_RIG_H
#define MODERATO_TESTS_VIRTIO_RIG_H

#include "hostbridge/netstack.h"
#include "hostbridge/virtio.h"
#include "traces/traces.h"

#define RIG_FRAMES 65536u // of a rig, at most

enum rig_fate { RIG_NONE, RIG_OFFERED, RIG_REFUSED, RIG_HOSTED, RIG_DELIVERED, RIG_ANSWERED };

typedef struct virtio_rig {
    // to be set before virtio_rig_start
    profile_t profile; // of host and guest: all costs 0
    unsigned vcpus, app_vcpu;
    bool event_idx, each_tx, no_driver;
    bool echo;
    uint32_t rx_ring, tx_ring, queue_max, packets_max, defer;
    int budget;
    uint64_t worker_ps, byte_ps;
    vcpu_params_t vcpu_params;
    rng_t *rng; // of lengths and gaps
    // the machine: vCPUs, then the core of the bridge, then that of the worker
    sim_t sim;
    memory_t *mem;
    core_set_t *set;
    os_host_t *host;
    os_dev_t *uplink;
    bridge_t *bridge;
    vif_t vif;
    netstack_t *net;
    vcpu_t vcpu[2];
    core_irq_t source; // of frames, on the core of the bridge
    sim_event_t event;
    unsigned due; // frames that the source is to send
    uint32_t left, burst_max;
    uint64_t gap_max_cyc;
    // what happened
    uint8_t fate[RIG_FRAMES];
    uint32_t frames, hosted, interrupts, logs; // logs: lines of the driver
    uint32_t count[RIG_ANSWERED + 1];          // how often each fate
    int64_t last_delivered, last_answered;
} virtio_rig_t;

// One vCPU that does not halt, event indices, 64 packets a poll, rings of 256, a queue of 1000, all costs 0.
void virtio_rig_init(virtio_rig_t *g, rng_t *rng);
void virtio_rig_start(virtio_rig_t *g);
// `frames` of them from now on, up to burst_max at a time, every up to gap_max_cyc.
void virtio_rig_traffic(virtio_rig_t *g, uint32_t frames, uint32_t burst_max, uint64_t gap_max_cyc);
// One burst, now.
void virtio_rig_burst(virtio_rig_t *g, uint32_t frames);
// Until nothing moves any more.
void virtio_rig_rest(virtio_rig_t *g);
void virtio_rig_end(virtio_rig_t *g);

#endif
