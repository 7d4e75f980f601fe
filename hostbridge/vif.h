// SPDX-License-Identifier: Apache-2.0
// A guest's virtual interface as the testbed sees it, whatever plays it: an emulated device, a virtqueue, a pair of Xen rings.
//
// Of a frame from the bridge it tells: offered, then either refused (the queue of its thread was full) or taken, and, if it is taken,
// when it is in the guest's memory (an emulated device tells that by its own probes).
#ifndef MODERATO_VIF_H
#define MODERATO_VIF_H

#include "hostbridge/backend.h"
#include "hostbridge/bridge.h"
#include "hostbridge/engine.h"

// What all of them need.
typedef struct vif_params {
    sim_t *sim;
    memory_t *mem;
    os_dev_t *uplink; // buffers of the host, and its operating system
    bridge_t *bridge;
    core_t *core;        // of the host's thread
    uint32_t queue_max;  // packets that wait for it
    unsigned guest_core; // of the guest's interrupts
    unsigned number;     // of the guest, from 1
    uint8_t mac[6];
    // Observers; all but ctx may be NULL.
    void *ctx;
    void (*offered)(void *ctx, os_pkt_t *p, uint64_t cyc);
    void (*refused)(void *ctx, const os_pkt_t *p);
    void (*taken)(void *ctx, const os_pkt_t *p);
    // The oldest that is taken and not in memory is, from there on.
    void (*hosted)(void *ctx, uint64_t cyc, uint64_t hpa);
    // The thread has taken a frame of the guest's, which comes to the bridge or is lost (an emulated device: see hosted).
    void (*fetched)(void *ctx);
    void (*interrupt)(void *ctx, uint64_t cyc, bool level); // of the guest; a message: true only
} vif_params_t;

typedef struct vif {
    void *ctx;
    uint32_t id;      // vendor << 16 | device, as drivers know it
    os_dev_t *dev;    // of the guest's operating system
    engine_t *engine; // of a device; NULL: none
    link_t *link;     // its
    backend_t *backend;
    // Nothing is under way to the guest or from it, in the device apart.
    bool (*idle)(const void *ctx, uint64_t now_cyc);
    uint64_t (*interval_ns)(
        const void *ctx); // between interrupts, that is enforced; NULL: there is no such thing
    uint64_t (*sent_lost)(const void *ctx); // frames of the guest that the host has dropped
    void (*destroy)(void *ctx);             // after the cores; frames in its queue go with the host
} vif_t;

#endif
