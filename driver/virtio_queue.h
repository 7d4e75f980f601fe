// SPDX-License-Identifier: Apache-2.0
// The guest's end of a split ring.
//
// One caller at a time gives buffers, one at a time takes them back; the two need not know of each other. Who takes also says when
// the next interrupt is wanted.
#ifndef MODERATO_VIRTIO_QUEUE_H
#define MODERATO_VIRTIO_QUEUE_H

#include "driver/os.h"

typedef struct virtio_queue {
    os_dev_t *d;
    unsigned index, size; // which queue of the device, descriptors
    bool event_idx;
    bool broken; // the other side has said what cannot be
    uint8_t *desc, *avail, *used;
    uint8_t *mem;
    dma_addr_t dma;
    uint16_t given, told; // avail index, and what it was when we last asked whether to kick
    uint16_t taken, seen; // used index up to which buffers are back, and as we last saw it
    uint64_t kicks;
} virtio_queue_t;

// Memory of a ring, size: a power of two. 0 or -ENOMEM.
int virtio_queue_alloc(virtio_queue_t *q, os_dev_t *d, unsigned index, unsigned size,
                       bool event_idx);
void virtio_queue_free(virtio_queue_t *q);
// Tells the device, which has been reset, where it is, with that vector, and enables it. -ENODEV: it does not take it. No interrupts
// are wanted.
int virtio_queue_program(virtio_queue_t *q, unsigned vector);

void virtio_queue_desc(virtio_queue_t *q, uint16_t i, dma_addr_t addr, uint32_t len, unsigned flags,
                       uint16_t next);
// A chain; the other side sees it with the next virtio_queue_tell().
void virtio_queue_give(virtio_queue_t *q, uint16_t head);
// Publishes, and kicks if that is wanted.
void virtio_queue_tell(virtio_queue_t *q);

// The next one that is back. False: there is none.
bool virtio_queue_take(virtio_queue_t *q, uint32_t *head, uint32_t *len);
// An interrupt is wanted when more than `more` are back. False: they are already, and there may be none.
bool virtio_queue_listen(virtio_queue_t *q, uint16_t more);
// No interrupts are wanted.
void virtio_queue_hush(virtio_queue_t *q);

#endif
