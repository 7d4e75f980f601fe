// SPDX-License-Identifier: Apache-2.0
// Messages under way through the link, in order of time. Private to link.c.
#ifndef MODERATO_LINK_QUEUE_H
#define MODERATO_LINK_QUEUE_H

#include "model/nic.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum link_msg_kind {
    LINK_MSG_IRQ,
    LINK_MSG_MSI,
    LINK_MSG_REPLY,
    LINK_MSG_DMA_READ,
    LINK_MSG_ACCESS
};

typedef struct link_msg {
    uint64_t when_cyc;  // of its event
    uint64_t at_ps;     // DMA_READ, ACCESS: ready for the link, exactly
    uint64_t addr;      // MSI, DMA_READ
    uint64_t issue_cyc; // ACCESS: CPU time
    uint64_t pins_cyc; // ACCESS: cycle on the pins, 0 as long as the link has not been taken for it
    uint64_t addr2;    // DMA_READ: the second piece, when len is more than len1
    nic_access_t access;
    uint32_t data; // MSI, REPLY
    uint32_t len;  // DMA_READ
    uint32_t len1; // of the first piece
    uint8_t kind;  // enum link_msg_kind
    uint8_t tag;   // DMA_READ
    uint8_t func;  // MSI
    bool level;    // IRQ
    bool refused;  // DMA_READ: by the IOMMU
    bool told;     // MSI: the IOMMU has dealt with it
    bool late;     // MSI: the data are to come
} link_msg_t;

typedef struct link_queue {
    link_msg_t *ring;
    uint32_t head, tail, room; // free running; room is a power of two
} link_queue_t;

static inline bool link_queue_init(link_queue_t *q)
{
    *q = (link_queue_t){.room = 16};
    q->ring = malloc(q->room * sizeof *q->ring);
    return q->ring != NULL;
}

static inline bool link_queue_empty(const link_queue_t *q)
{
    return q->head == q->tail;
}

static inline link_msg_t *link_queue_at(const link_queue_t *q, uint32_t i)
{
    return &q->ring[i & (q->room - 1)];
}

static inline link_msg_t *link_queue_head(const link_queue_t *q)
{
    return link_queue_at(q, q->head);
}

// Room for one more. A run that cannot get a few kilobytes here has no way to go on.
static inline void link_queue_reserve(link_queue_t *q)
{
    if (q->tail - q->head < q->room) return;
    link_msg_t *grown = malloc((size_t)q->room * 2 * sizeof *grown);
    assert(grown);
    for (uint32_t i = q->head; i != q->tail; i++) grown[i - q->head] = *link_queue_at(q, i);
    free(q->ring);
    q->ring = grown;
    q->tail -= q->head;
    q->head = 0;
    q->room *= 2;
}

// The new message at the end, to be filled in place: a FIFO. A message that is due before the one ahead of it leaves right
// behind it.
static inline link_msg_t *link_queue_put(link_queue_t *q, enum link_msg_kind kind)
{
    link_queue_reserve(q);
    link_msg_t *m = link_queue_at(q, q->tail++);
    m->kind = (uint8_t)kind;
    return m;
}

// The same in order of when_cyc, behind those of the same cycle.
static inline link_msg_t *link_queue_sort(link_queue_t *q, enum link_msg_kind kind,
                                          uint64_t when_cyc)
{
    link_queue_reserve(q);
    uint32_t i = q->tail++;
    while (i != q->head && link_queue_at(q, i - 1)->when_cyc > when_cyc) {
        *link_queue_at(q, i) = *link_queue_at(q, i - 1);
        i--;
    }
    link_msg_t *m = link_queue_at(q, i);
    m->kind = (uint8_t)kind;
    m->when_cyc = when_cyc;
    return m;
}

// The same for an access: in order of issue_cyc, behind those of the same cycle.
static inline link_msg_t *link_queue_insert(link_queue_t *q, uint64_t issue_cyc)
{
    link_queue_reserve(q);
    uint32_t i = q->tail++;
    while (i != q->head && link_queue_at(q, i - 1)->issue_cyc > issue_cyc) {
        *link_queue_at(q, i) = *link_queue_at(q, i - 1);
        i--;
    }
    link_msg_t *m = link_queue_at(q, i);
    m->kind = LINK_MSG_ACCESS;
    m->issue_cyc = issue_cyc;
    return m;
}

#endif
