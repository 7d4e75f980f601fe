// SPDX-License-Identifier: Apache-2.0
// Paravirtual: the guest has a virtio network interface, and a vhost worker of the host stands behind it.
//
// Guest and worker share two rings in the guest's memory. The worker (hostbridge/backend.h) copies a frame from the bridge, behind a
// header, into the next receive buffer, and frames of the guest into buffers of the host for the bridge; that is its work
// (vhost_packet_ns, backend_byte_ps). What leaves the guest is a notification (exit `kick`, whose cost is the way to the worker),
// and the interrupts that come to it; both are made only when the other side wants them (event indices, or flags without).
//
//   receive    no buffer: the frame waits in the worker's queue, and the guest is to notify when there are some
//   transmit   the worker polls the ring until it is empty, and only then wants a notification
//
// The rings are checked as those of a stranger (virtio_ring.h). If they are not sound the device is broken: it refuses frames and
// does nothing until the guest resets it.
//
// ## Inaccuracies
// - Signalling the guest costs the worker nothing beside vhost_packet_ns, waking the worker nothing beside the exit.
// - The worker goes from one direction to the other after each packet (backend.h); vhost stays with one for up to 512 KiB.
// - Frames longer than 1518 bytes, and those for a device that is not running, are refused as by a full queue.
// - A frame that the driver of the uplink has taken a tag from gets it back on the way; guests' tags stay in the frame.
// - What is memory of the guest is not known here: any memory of the machine is.
#ifndef MODERATO_VIRTIO_H
#define MODERATO_VIRTIO_H

#include "hostbridge/vif.h"

typedef struct virtio_params {
    vif_params_t vif;
    uint64_t packet_ps, byte_ps; // of the worker
    bool event_idx;
} virtio_params_t;

typedef struct virtio_stats {
    uint64_t kicks[2], interrupts[2]; // of the receive and the transmit ring
    uint64_t broken;                  // rings that were not sound
    uint64_t dropped;   // frames for the guest thrown away behind the queue: it was reset, or broke
    uint64_t sent_lost; // frames of the guest
} virtio_stats_t;

// Its function is a new one of the operating system, its port a new one of the bridge. False: out of memory or no room; v is to be
// destroyed all the same if v->ctx is set.
bool virtio_create(vif_t *v, const virtio_params_t *p);
virtio_stats_t virtio_stats(const vif_t *v);

#endif
