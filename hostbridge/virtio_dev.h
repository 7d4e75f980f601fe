// SPDX-License-Identifier: Apache-2.0
// The registers of a virtio network device on PCI, as a guest finds them: configuration space, MSI-X table, BAR (driver/virtio_abi.h).
//
//   space    what is there
//   CFG      identification, command, one capability: MSI-X
//   MEM      common configuration, device configuration, notification registers
//   MSIX     two entries, one for each queue
//
// A device that is broken (virtio_dev_break) says so in its status, and does nothing until the driver resets it.
//
// ## Inaccuracies
// - A change of the configuration has a vector, but nothing changes.
// - A message that is masked is not sent later: there are no pending bits.
#ifndef MODERATO_VIRTIO_DEV_H
#define MODERATO_VIRTIO_DEV_H

#include "hostbridge/virtio_ring.h"
#include "model/nic.h"

// From a write of the guest; ctx of the owner.
typedef struct virtio_dev_client {
    void *ctx;
    void (*notified)(void *ctx, unsigned queue);
    void (*reset)(void *ctx);
} virtio_dev_client_t;

typedef struct virtio_dev_queue {
    unsigned size, vector;
    uint64_t part[3]; // descriptors, avail, used
    bool enabled;
    virtio_ring_t ring; // while it is enabled
} virtio_dev_queue_t;

typedef struct virtio_dev {
    memory_t *mem;
    virtio_dev_client_t client;
    uint64_t offered; // features
    unsigned size_max;
    uint8_t mac[6];
    uint64_t broken; // times
    // configuration space
    uint32_t command, msix_control;
    uint32_t msix[VIRTIO_NET_QUEUES][4];
    // common configuration
    uint32_t status, device_select, driver_select, queue_select, config_vector;
    uint64_t features; // of the driver
    virtio_dev_queue_t queue[VIRTIO_NET_QUEUES];
} virtio_dev_t;

// size_max: largest ring, a power of two.
void virtio_dev_init(virtio_dev_t *d, memory_t *mem, uint64_t offered, unsigned size_max,
                     const uint8_t mac[6], const virtio_dev_client_t *client);
uint32_t virtio_dev_read(const virtio_dev_t *d, const nic_access_t *a);
void virtio_dev_write(virtio_dev_t *d, const nic_access_t *a);
// The driver has done something that it must not.
void virtio_dev_break(virtio_dev_t *d);
// The queue is at work.
bool virtio_dev_runs(const virtio_dev_t *d, unsigned queue);
// The message of a queue; false: there is none to send.
bool virtio_dev_message(const virtio_dev_t *d, unsigned queue, uint64_t *addr, uint32_t *data);
// It is a write of a notification register.
bool virtio_dev_notifies(const nic_access_t *a);

#endif
