// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/virtio_dev.h"

#include "rtl/defs.h"

#include <string.h>

// Configuration space.
enum {
    CFG_ID = 0x00,
    CFG_COMMAND = 0x04, // and status
    CFG_CLASS = 0x08,
    CFG_SUBSYSTEM = 0x2C,
    CFG_CAPABILITIES = 0x34,
    CFG_MSIX = 0x40
};
#define CFG_STATUS_LIST  0x00100000u // there are capabilities
#define CLASS_ETHERNET   0x02000001u // revision 1: no transitional device
#define SUBSYSTEM        0x00011AF4u
#define CAP_MSIX         0x11u
#define MSIX_ENABLE      0x80000000u
#define MSIX_MASK        0x40000000u
#define MSIX_ENTRY_BYTES 16u
#define STATUS_BITS                                                                                \
    (VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_DRIVER_OK | VIRTIO_FEATURES_OK | VIRTIO_FAILED)

// ---- state -------------------------------------------------------------------------------------

// What a reset of the driver's leaves; PCI has its own.
static void dev_reset(virtio_dev_t *d)
{
    d->status = d->device_select = d->driver_select = d->queue_select = 0;
    d->features = 0;
    d->config_vector = VIRTIO_NO_VECTOR;
    for (unsigned i = 0; i < VIRTIO_NET_QUEUES; i++) {
        virtio_dev_queue_t *q = &d->queue[i];
        q->enabled = false;
        q->size = d->size_max;
        q->vector = VIRTIO_NO_VECTOR;
        memset(q->part, 0, sizeof q->part);
    }
}

void virtio_dev_init(virtio_dev_t *d, memory_t *mem, uint64_t offered, unsigned size_max,
                     const uint8_t mac[6], const virtio_dev_client_t *client)
{
    memset(d, 0, sizeof *d);
    d->mem = mem;
    d->offered = offered;
    d->size_max = size_max;
    d->client = *client;
    memcpy(d->mac, mac, sizeof d->mac);
    dev_reset(d);
}

void virtio_dev_break(virtio_dev_t *d)
{
    d->status |= VIRTIO_NEEDS_RESET;
    d->broken++;
}

bool virtio_dev_runs(const virtio_dev_t *d, unsigned queue)
{
    return d->status & VIRTIO_DRIVER_OK && !(d->status & VIRTIO_NEEDS_RESET) &&
           d->queue[queue].enabled;
}

bool virtio_dev_message(const virtio_dev_t *d, unsigned queue, uint64_t *addr, uint32_t *data)
{
    const unsigned vector = d->queue[queue].vector;
    if (vector >= VIRTIO_NET_QUEUES || !(d->msix_control & MSIX_ENABLE)) return false;
    const uint32_t *e = d->msix[vector];
    if (d->msix_control & MSIX_MASK || e[3] & 1) return false;
    *addr = e[0] | (uint64_t)e[1] << 32;
    *data = e[2];
    return true;
}

static unsigned notified_queue(uint32_t addr)
{
    return (addr - VIRTIO_NOTIFY) / VIRTIO_NOTIFY_STRIDE; // huge below
}

bool virtio_dev_notifies(const nic_access_t *a)
{
    return a->write && a->space == NIC_SPACE_MEM && notified_queue(a->addr) < VIRTIO_NET_QUEUES;
}

// ---- reading -----------------------------------------------------------------------------------

static uint32_t read_config(const virtio_dev_t *d, uint32_t addr)
{
    switch (addr) {
    case CFG_ID: return VIRTIO_NET_ID << 16 | VIRTIO_NET_ID >> 16; // the vendor is below
    case CFG_COMMAND: return d->command | CFG_STATUS_LIST;
    case CFG_CLASS: return CLASS_ETHERNET;
    case CFG_SUBSYSTEM: return SUBSYSTEM;
    case CFG_CAPABILITIES: return CFG_MSIX;
    case CFG_MSIX: return CAP_MSIX | (VIRTIO_NET_QUEUES - 1) << 16 | d->msix_control;
    default: return 0;
    }
}

static uint32_t *msix_word(virtio_dev_t *d, uint32_t addr)
{
    const uint32_t i = addr / MSIX_ENTRY_BYTES;
    return i < VIRTIO_NET_QUEUES && addr % 4 == 0 ? &d->msix[i][addr % MSIX_ENTRY_BYTES / 4] : NULL;
}

static uint32_t read_msix(const virtio_dev_t *d, uint32_t addr)
{
    const uint32_t i = addr / MSIX_ENTRY_BYTES;
    return i < VIRTIO_NET_QUEUES ? d->msix[i][addr % MSIX_ENTRY_BYTES / 4] : 0;
}

static uint32_t half(uint64_t v, uint32_t select)
{
    return select < 2 ? (uint32_t)(v >> 32 * select) : 0;
}

static uint32_t read_queue(const virtio_dev_t *d, uint32_t addr)
{
    if (d->queue_select >= VIRTIO_NET_QUEUES) return 0; // no such: its size is 0
    const virtio_dev_queue_t *q = &d->queue[d->queue_select];
    switch (addr) {
    case VIRTIO_QUEUE_SIZE: return q->size;
    case VIRTIO_QUEUE_VECTOR: return q->vector;
    case VIRTIO_QUEUE_ENABLE: return q->enabled;
    default: break;
    }
    if (addr < VIRTIO_QUEUE_DESC_LO || addr > VIRTIO_QUEUE_DEVICE_HI) return 0;
    const uint32_t word = (addr - VIRTIO_QUEUE_DESC_LO) / 4;
    return half(q->part[word / 2], word % 2);
}

static uint32_t read_bar(const virtio_dev_t *d, uint32_t addr)
{
    const uint8_t *m = d->mac;
    switch (addr) {
    case VIRTIO_DEVICE_FEATURE_SELECT: return d->device_select;
    case VIRTIO_DEVICE_FEATURE: return half(d->offered, d->device_select);
    case VIRTIO_DRIVER_FEATURE_SELECT: return d->driver_select;
    case VIRTIO_DRIVER_FEATURE: return half(d->features, d->driver_select);
    case VIRTIO_CONFIG_VECTOR: return d->config_vector;
    case VIRTIO_NUM_QUEUES: return VIRTIO_NET_QUEUES;
    case VIRTIO_STATUS: return d->status;
    case VIRTIO_QUEUE_SELECT: return d->queue_select;
    case VIRTIO_NET_MAC_LO:
        return m[0] | (uint32_t)m[1] << 8 | (uint32_t)m[2] << 16 | (uint32_t)m[3] << 24;
    case VIRTIO_NET_MAC_HI: return m[4] | (uint32_t)m[5] << 8;
    case VIRTIO_NET_STATUS: return VIRTIO_LINK_UP;
    default: return read_queue(d, addr);
    }
}

uint32_t virtio_dev_read(const virtio_dev_t *d, const nic_access_t *a)
{
    switch (a->space) {
    case NIC_SPACE_CFG: return read_config(d, a->addr);
    case NIC_SPACE_MEM: return read_bar(d, a->addr);
    case NIC_SPACE_MSIX: return read_msix(d, a->addr);
    default: return 0;
    }
}

// ---- writing -----------------------------------------------------------------------------------

// FEATURES_OK stays only with features that fit, DRIVER_OK only behind it.
static void write_status(virtio_dev_t *d, uint32_t w)
{
    if (w == 0) {
        dev_reset(d);
        d->client.reset(d->client.ctx);
        return;
    }
    uint32_t s = d->status | (w & STATUS_BITS);
    if (!(d->status & VIRTIO_FEATURES_OK) &&
        (d->features & ~d->offered || !(d->features & VIRTIO_F_VERSION_1)))
        s &= ~(uint32_t)VIRTIO_FEATURES_OK;
    if (!(s & VIRTIO_FEATURES_OK)) s &= ~(uint32_t)VIRTIO_DRIVER_OK;
    d->status = s;
}

static void write_features(virtio_dev_t *d, uint32_t w)
{
    if (d->status & VIRTIO_FEATURES_OK || d->driver_select > 1) return;
    const unsigned at = 32 * d->driver_select;
    d->features = (d->features & ~(UINT64_C(0xFFFFFFFF) << at)) | (uint64_t)w << at;
}

static void enable_queue(virtio_dev_t *d, virtio_dev_queue_t *q)
{
    if (!(d->status & VIRTIO_FEATURES_OK)) return;
    const bool event_idx = d->features & VIRTIO_RING_F_EVENT_IDX;
    q->enabled = virtio_ring_start(&q->ring, d->mem, q->size, event_idx, q->part);
    if (!q->enabled) virtio_dev_break(d);
}

// A queue that is enabled stays as it is.
static void write_queue(virtio_dev_t *d, uint32_t addr, uint32_t w)
{
    if (d->queue_select >= VIRTIO_NET_QUEUES) return;
    virtio_dev_queue_t *q = &d->queue[d->queue_select];
    if (q->enabled) return;
    switch (addr) {
    case VIRTIO_QUEUE_SIZE:
        if (w && w <= d->size_max && !(w & (w - 1))) q->size = w;
        return;
    case VIRTIO_QUEUE_VECTOR: q->vector = w < VIRTIO_NET_QUEUES ? w : VIRTIO_NO_VECTOR; return;
    case VIRTIO_QUEUE_ENABLE:
        if (w == 1) enable_queue(d, q);
        return;
    default: break;
    }
    if (addr < VIRTIO_QUEUE_DESC_LO || addr > VIRTIO_QUEUE_DEVICE_HI) return;
    const uint32_t word = (addr - VIRTIO_QUEUE_DESC_LO) / 4, at = 32 * (word % 2);
    uint64_t *part = &q->part[word / 2];
    *part = (*part & ~(UINT64_C(0xFFFFFFFF) << at)) | (uint64_t)w << at;
}

static void write_bar(virtio_dev_t *d, const nic_access_t *a)
{
    const uint32_t w = a->wdata;
    if (virtio_dev_notifies(a)) {
        d->client.notified(d->client.ctx, notified_queue(a->addr));
        return;
    }
    switch (a->addr) {
    case VIRTIO_DEVICE_FEATURE_SELECT: d->device_select = w; return;
    case VIRTIO_DRIVER_FEATURE_SELECT: d->driver_select = w; return;
    case VIRTIO_DRIVER_FEATURE: write_features(d, w); return;
    case VIRTIO_CONFIG_VECTOR:
        d->config_vector = w < VIRTIO_NET_QUEUES ? w : VIRTIO_NO_VECTOR;
        return;
    case VIRTIO_STATUS: write_status(d, w); return;
    case VIRTIO_QUEUE_SELECT: d->queue_select = w & 0xFFFF; return;
    default: write_queue(d, a->addr, w);
    }
}

void virtio_dev_write(virtio_dev_t *d, const nic_access_t *a)
{
    uint32_t *word = a->space == NIC_SPACE_MSIX ? msix_word(d, a->addr) : NULL;
    if (word) *word = a->wdata;
    if (a->space == NIC_SPACE_MEM) write_bar(d, a);
    if (a->space != NIC_SPACE_CFG) return;
    if (a->addr == CFG_COMMAND) d->command = a->wdata & 0xFFFF;
    if (a->addr == CFG_MSIX) d->msix_control = a->wdata & (MSIX_ENABLE | MSIX_MASK);
}
