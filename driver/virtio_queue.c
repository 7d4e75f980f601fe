// SPDX-License-Identifier: Apache-2.0
#include "driver/virtio_queue.h"

#include "driver/virtio_abi.h"

enum { AVAIL_ALIGN = 2, USED_ALIGN = 4 };

// ---- memory and registers -----------------------------------------------------------------------

static size_t avail_at(unsigned size)
{
    return (size_t)size * VIRTIO_DESC_BYTES;
}

static size_t used_at(unsigned size)
{
    return (avail_at(size) + virtio_avail_bytes(size) + USED_ALIGN - 1) / USED_ALIGN * USED_ALIGN;
}

static size_t bytes(unsigned size)
{
    return used_at(size) + virtio_used_bytes(size);
}

int virtio_queue_alloc(virtio_queue_t *q, os_dev_t *d, unsigned index, unsigned size,
                       bool event_idx)
{
    *q = (virtio_queue_t){.d = d, .index = index, .size = size, .event_idx = event_idx};
    q->mem = os_dma_alloc(d, bytes(size), &q->dma);
    if (!q->mem) return -ENOMEM;
    q->desc = q->mem;
    q->avail = q->mem + avail_at(size);
    q->used = q->mem + used_at(size);
    return 0;
}

void virtio_queue_free(virtio_queue_t *q)
{
    if (q->mem) os_dma_free(q->d, q->mem, bytes(q->size), q->dma);
    q->mem = NULL;
}

static void write64(const virtio_queue_t *q, uint32_t lo, uint64_t v)
{
    os_wr32(q->d, lo, (uint32_t)v);
    os_wr32(q->d, lo + 4, (uint32_t)(v >> 32));
}

int virtio_queue_program(virtio_queue_t *q, unsigned vector)
{
    os_dev_t *d = q->d;

    virtio_queue_hush(q);
    os_wr32(d, VIRTIO_QUEUE_SELECT, q->index);
    if (os_rd32(d, VIRTIO_QUEUE_SIZE) < q->size) return -ENODEV;
    os_wr32(d, VIRTIO_QUEUE_SIZE, q->size);
    write64(q, VIRTIO_QUEUE_DESC_LO, q->dma);
    write64(q, VIRTIO_QUEUE_DRIVER_LO, q->dma + avail_at(q->size));
    write64(q, VIRTIO_QUEUE_DEVICE_LO, q->dma + used_at(q->size));
    os_wr32(d, VIRTIO_QUEUE_VECTOR, vector);
    if (os_rd32(d, VIRTIO_QUEUE_VECTOR) != vector) return -ENODEV;
    os_wr32(d, VIRTIO_QUEUE_ENABLE, 1);
    return os_rd32(d, VIRTIO_QUEUE_ENABLE) == 1 ? 0 : -ENODEV;
}

// ---- to the device ------------------------------------------------------------------------------

void virtio_queue_desc(virtio_queue_t *q, uint16_t i, dma_addr_t addr, uint32_t len, unsigned flags,
                       uint16_t next)
{
    uint8_t *e = q->desc + (size_t)i * VIRTIO_DESC_BYTES;

    os_dma_st64(q->d, e, addr);
    os_dma_st64(q->d, e + VIRTIO_DESC_LEN, len | (uint64_t)flags << 32 | (uint64_t)next << 48);
}

void virtio_queue_give(virtio_queue_t *q, uint16_t head)
{
    os_dma_st16(q->d, q->avail + virtio_avail_entry(q->size, q->given), head);
    q->given++;
}

// The index is out before the other side's wish is read. That side writes its wish before it looks at the index for the last time, so
// one of us sees the other.
void virtio_queue_tell(virtio_queue_t *q)
{
    const uint16_t before = q->told, now = q->given;
    bool wanted;

    os_dma_st16(q->d, q->avail + VIRTIO_RING_INDEX, now);
    q->told = now;
    if (q->event_idx)
        wanted = virtio_need_event(os_dma_ld16(q->d, q->used + virtio_avail_event(q->size)), now,
                                   before);
    else wanted = !(os_dma_ld16(q->d, q->used) & VIRTIO_NO_NOTIFY);
    if (!wanted) return;
    q->kicks++;
    os_wr32(q->d, VIRTIO_NOTIFY + VIRTIO_NOTIFY_STRIDE * q->index, q->index);
}

// ---- from the device ----------------------------------------------------------------------------

static uint16_t look(virtio_queue_t *q)
{
    q->seen = os_dma_ld16(q->d, q->used + VIRTIO_RING_INDEX);
    return (uint16_t)(q->seen - q->taken);
}

bool virtio_queue_take(virtio_queue_t *q, uint32_t *head, uint32_t *len)
{
    uint64_t element;

    if (q->broken || (q->seen == q->taken && look(q) == 0)) return false;
    if ((uint16_t)(q->seen - q->taken) > q->size) {
        os_log(q->d, "queue %u: more buffers are back than there are", q->index);
        q->broken = true;
        return false;
    }
    element = os_dma_ld64(q->d, q->used + virtio_used_entry(q->size, q->taken));
    q->taken++;
    *head = (uint32_t)element;
    *len = (uint32_t)(element >> 32);
    return true;
}

bool virtio_queue_listen(virtio_queue_t *q, uint16_t more)
{
    if (q->event_idx)
        os_dma_st16(q->d, q->avail + virtio_used_event(q->size), (uint16_t)(q->taken + more));
    else os_dma_st16(q->d, q->avail, 0);
    return look(q) <= more;
}

// With event indices nothing says "never": the event that is farthest away, 65535 buffers from here.
void virtio_queue_hush(virtio_queue_t *q)
{
    if (q->event_idx)
        os_dma_st16(q->d, q->avail + virtio_used_event(q->size), (uint16_t)(q->taken - 1));
    else os_dma_st16(q->d, q->avail, VIRTIO_NO_INTERRUPT);
}
