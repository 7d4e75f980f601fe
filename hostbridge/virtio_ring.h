// SPDX-License-Identifier: Apache-2.0
// The host's end of a split ring in a guest's memory (layout: driver/virtio_abi.h).
//
// The guest is not trusted: addresses, lengths, indices and chains are checked before anything is touched. What cannot be is BROKEN;
// then the ring is not to be used before it is started again. Whoever calls is a core that is settled.
#ifndef MODERATO_VIRTIO_RING_H
#define MODERATO_VIRTIO_RING_H

#include "driver/virtio_abi.h"
#include "hostbridge/memory.h"

#include <stddef.h>

typedef struct virtio_ring {
    memory_t *mem;
    unsigned size;
    bool event_idx;
    uint8_t *desc, *avail, *used; // in the memory, as long as the size says
    uint16_t next;                // of the avail ring
    uint16_t done;                // used index
    uint16_t told;                // used index, when we last asked whether to interrupt
    bool listening;               // the guest is to notify
} virtio_ring_t;

enum virtio_ring_state { VIRTIO_RING_EMPTY, VIRTIO_RING_READY, VIRTIO_RING_BROKEN };

// What a chain of descriptors describes.
typedef struct virtio_chain {
    uint16_t head;
    unsigned parts;
    uint64_t bytes;
    struct {
        uint8_t *at;
        uint32_t len;
    } part[VIRTIO_RING_MAX];
} virtio_chain_t;

// A place in a chain.
typedef struct virtio_cursor {
    const virtio_chain_t *chain;
    unsigned part;
    uint32_t at;
} virtio_cursor_t;

// At these addresses of the guest, aligned as the specification asks; size: a power of two up to VIRTIO_RING_MAX. The guest is to
// notify. False: it is not all in memory.
bool virtio_ring_start(virtio_ring_t *r, memory_t *mem, unsigned size, bool event_idx,
                       const uint64_t part[3]);
enum virtio_ring_state virtio_ring_look(const virtio_ring_t *r);
// The next chain, all of it to be written or all to be read.
enum virtio_ring_state virtio_ring_take(virtio_ring_t *r, bool write, virtio_chain_t *chain);
// Back to the guest, who sees it at once.
void virtio_ring_give(virtio_ring_t *r, uint16_t head, uint32_t written);
// Since it was asked last something has been given that the guest wants an interrupt for.
bool virtio_ring_interrupts(virtio_ring_t *r);
// The guest is to notify from now on, or need not. Look again after switching it on.
void virtio_ring_listen(virtio_ring_t *r, bool on);

// Bytes into a chain, or out of it, as many as there are from here on; `host` may be NULL (passed over).
void virtio_chain_put(virtio_cursor_t *at, const void *host, uint32_t len);
void virtio_chain_get(virtio_cursor_t *at, void *host, uint32_t len);

#endif
