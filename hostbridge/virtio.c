// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/virtio.h"

#include "hostbridge/virtio_dev.h"

#include <stdlib.h>
#include <string.h>

enum { ADDRESSES = 12, TAG = 4, HEADER_MIN = 14 };

typedef struct virtio {
    virtio_params_t params;
    virtio_dev_t device;
    os_dev_t *dev;
    backend_t *backend;
    unsigned port;
    virtio_stats_t stats;
    // the frame of the guest in hand
    virtio_chain_t chain, to_guest;
    uint64_t resets, chain_resets; // how many before it was taken
} virtio_t;

static virtio_ring_t *ring_of(virtio_t *v, unsigned queue)
{
    return &v->device.queue[queue].ring;
}

// ---- registers ---------------------------------------------------------------------------------

static enum vcpu_exit on_trap(void *ctx, nic_access_t *a)
{
    (void)ctx;
    if (!a->write) return VCPU_EXIT_mmio_read;
    return virtio_dev_notifies(a) ? VCPU_EXIT_kick : VCPU_EXIT_mmio_write;
}

static uint32_t on_read(void *ctx, core_t *c, const nic_access_t *a)
{
    const virtio_t *v = ctx;
    (void)c;
    return virtio_dev_read(&v->device, a);
}

static void on_write(void *ctx, core_t *c, const nic_access_t *a)
{
    virtio_t *v = ctx;
    (void)c;
    virtio_dev_write(&v->device, a);
    // What waits for a device that has stopped is to be thrown away.
    if (backend_waiting(v->backend) && !virtio_dev_runs(&v->device, VIRTIO_NET_RX))
        backend_wake(v->backend, NULL);
}

static void on_notified(void *ctx, unsigned queue)
{
    virtio_t *v = ctx;
    v->stats.kicks[queue]++;
    backend_wake(v->backend, NULL); // that is in the exit
}

static void on_reset(void *ctx)
{
    virtio_t *v = ctx;
    v->resets++;
}

static void interrupt(virtio_t *v, core_t *c, unsigned queue)
{
    uint64_t addr;
    uint32_t data;
    if (!virtio_ring_interrupts(ring_of(v, queue))) return;
    if (!virtio_dev_message(&v->device, queue, &addr, &data)) return;
    v->stats.interrupts[queue]++;
    const uint64_t now_cyc = core_now_cyc(c);
    if (v->params.vif.interrupt) v->params.vif.interrupt(v->params.vif.ctx, now_cyc, true);
    os_dev_msi(v->dev, now_cyc, addr, data);
}

// What is in a ring to be taken. One that is not sound breaks the device.
static bool ready(virtio_t *v, unsigned queue)
{
    if (!virtio_dev_runs(&v->device, queue)) return false;
    const enum virtio_ring_state s = virtio_ring_look(ring_of(v, queue));
    if (s == VIRTIO_RING_BROKEN) virtio_dev_break(&v->device);
    return s == VIRTIO_RING_READY;
}

static bool take(virtio_t *v, unsigned queue, bool write, virtio_chain_t *chain)
{
    if (!ready(v, queue)) return false;
    if (virtio_ring_take(ring_of(v, queue), write, chain) == VIRTIO_RING_READY) return true;
    virtio_dev_break(&v->device);
    return false;
}

static uint64_t work_ps(const virtio_t *v, uint64_t len)
{
    return v->params.packet_ps + v->params.byte_ps * len;
}

// ---- to the guest ------------------------------------------------------------------------------

static uint32_t len_for_guest(const os_pkt_t *p)
{
    return p->len + (p->vlan_present ? TAG : 0);
}

static void refuse(const virtio_t *v, os_pkt_t *p)
{
    if (v->params.vif.refused) v->params.vif.refused(v->params.vif.ctx, p);
    os_pkt_free(v->params.vif.uplink, p);
}

static void from_bridge(void *ctx, core_t *c, os_pkt_t *p)
{
    virtio_t *v = ctx;
    if (v->params.vif.offered) v->params.vif.offered(v->params.vif.ctx, p, core_now_cyc(c));
    core_settle(c);
    if (!virtio_dev_runs(&v->device, VIRTIO_NET_RX) || len_for_guest(p) > VIRTIO_NET_FRAME_MAX ||
        p->len < HEADER_MIN || !backend_put(v->backend, c, p))
        refuse(v, p);
}

static uint64_t to_guest_begin(void *ctx, core_t *c, const os_pkt_t *p)
{
    virtio_t *v = ctx;
    (void)c;
    if (!ready(v, VIRTIO_NET_RX))
        return virtio_dev_runs(&v->device, VIRTIO_NET_RX) ? BACKEND_NOTHING
                                                          : 0; // 0: to throw it away
    virtio_ring_listen(ring_of(v, VIRTIO_NET_RX), false);
    return work_ps(v, len_for_guest(p));
}

// Header and frame, with its tag, into the chain.
static void put_frame(const virtio_chain_t *chain, const os_pkt_t *p)
{
    uint8_t header[VIRTIO_NET_HEADER] = {0};
    const uint8_t tag[TAG] = {0x81, 0x00, (uint8_t)(p->vlan_tci >> 8), (uint8_t)p->vlan_tci};
    virtio_cursor_t at = {.chain = chain};
    header[0] = p->csum_ok ? VIRTIO_NET_DATA_VALID : 0;
    header[VIRTIO_NET_BUFFERS_AT] = 1;
    virtio_chain_put(&at, header, sizeof header);
    virtio_chain_put(&at, p->data, ADDRESSES);
    if (p->vlan_present) virtio_chain_put(&at, tag, sizeof tag);
    virtio_chain_put(&at, p->data + ADDRESSES, p->len - ADDRESSES);
}

static bool copy_to_guest(virtio_t *v, const os_pkt_t *p)
{
    const uint32_t bytes = VIRTIO_NET_HEADER + len_for_guest(p);
    if (!take(v, VIRTIO_NET_RX, true, &v->to_guest)) return false;
    if (v->to_guest.bytes < bytes) { // all buffers are to have room for any frame
        virtio_dev_break(&v->device);
        return false;
    }
    put_frame(&v->to_guest, p);
    virtio_ring_give(ring_of(v, VIRTIO_NET_RX), v->to_guest.head, bytes);
    return true;
}

static void to_guest_end(void *ctx, core_t *c, os_pkt_t *p)
{
    virtio_t *v = ctx;
    memory_observe(v->params.vif.mem, c->sim->now_cyc);
    if (!copy_to_guest(v, p)) {
        v->stats.dropped++;
        refuse(v, p);
        return;
    }
    if (v->params.vif.taken) v->params.vif.taken(v->params.vif.ctx, p);
    if (v->params.vif.hosted)
        v->params.vif.hosted(v->params.vif.ctx, core_now_cyc(c),
                             memory_hpa(v->params.vif.mem, v->to_guest.part[0].at));
    interrupt(v, c, VIRTIO_NET_RX);
    os_pkt_free(v->params.vif.uplink, p);
}

// ---- from the guest ----------------------------------------------------------------------------

static uint64_t from_guest_begin(void *ctx, core_t *c)
{
    virtio_t *v = ctx;
    (void)c;
    if (!take(v, VIRTIO_NET_TX, false, &v->chain)) return BACKEND_NOTHING;
    virtio_ring_listen(ring_of(v, VIRTIO_NET_TX), false);
    v->chain_resets = v->resets;
    if (v->params.vif.fetched) v->params.vif.fetched(v->params.vif.ctx);
    return work_ps(v, v->chain.bytes > VIRTIO_NET_HEADER ? v->chain.bytes - VIRTIO_NET_HEADER : 0);
}

// NULL: it is no frame, or there is no memory for it.
static os_pkt_t *get_frame(const virtio_t *v)
{
    virtio_cursor_t at = {.chain = &v->chain};
    if (v->chain.bytes < VIRTIO_NET_HEADER + HEADER_MIN ||
        v->chain.bytes > VIRTIO_NET_HEADER + VIRTIO_NET_FRAME_MAX)
        return NULL;
    const uint32_t len = (uint32_t)v->chain.bytes - VIRTIO_NET_HEADER;
    os_pkt_t *p = os_dev_pkt(v->params.vif.uplink, len);
    if (!p) return NULL;
    virtio_chain_get(&at, NULL, VIRTIO_NET_HEADER);
    virtio_chain_get(&at, p->data, len);
    p->len = len;
    return p;
}

static void from_guest_end(void *ctx, core_t *c)
{
    virtio_t *v = ctx;
    // After a reset the memory is somebody else's.
    os_pkt_t *p = v->resets == v->chain_resets ? get_frame(v) : NULL;
    if (p) bridge_in(v->params.vif.bridge, c, v->port, p);
    else v->stats.sent_lost++;
    core_settle(c);
    if (v->resets != v->chain_resets || !virtio_dev_runs(&v->device, VIRTIO_NET_TX)) return;
    virtio_ring_give(ring_of(v, VIRTIO_NET_TX), v->chain.head, 0);
    interrupt(v, c, VIRTIO_NET_TX);
}

// ---- sleeping ----------------------------------------------------------------------------------

// The guest is to notify; true: it has brought something before it knew.
static bool listen(virtio_t *v, unsigned queue)
{
    if (!virtio_dev_runs(&v->device, queue)) return false;
    virtio_ring_t *r = ring_of(v, queue);
    if (!r->listening) virtio_ring_listen(r, true);
    return virtio_ring_look(r) != VIRTIO_RING_EMPTY;
}

static bool rest(void *ctx, core_t *c)
{
    virtio_t *v = ctx;
    (void)c;
    const bool sent = listen(v, VIRTIO_NET_TX);
    if (!backend_waiting(v->backend)) return sent;
    if (!virtio_dev_runs(&v->device, VIRTIO_NET_RX)) return true; // to be thrown away
    return listen(v, VIRTIO_NET_RX) || sent;
}

// ---- set-up ------------------------------------------------------------------------------------

static bool is_idle(const void *ctx, uint64_t now_cyc)
{
    const virtio_t *v = ctx;
    (void)now_cyc;
    return backend_idle(v->backend) &&
           (!virtio_dev_runs(&v->device, VIRTIO_NET_TX) ||
            virtio_ring_look(&v->device.queue[VIRTIO_NET_TX].ring) == VIRTIO_RING_EMPTY);
}

static uint64_t sent_lost(const void *ctx)
{
    const virtio_t *v = ctx;
    return v->stats.sent_lost;
}

static void virtio_destroy(void *ctx)
{
    virtio_t *v = ctx;
    backend_destroy(v->backend);
    free(v);
}

virtio_stats_t virtio_stats(const vif_t *vif)
{
    const virtio_t *v = vif->ctx;
    virtio_stats_t s = v->stats;
    s.broken = v->device.broken;
    return s;
}

bool virtio_create(vif_t *vif, const virtio_params_t *p)
{
    virtio_t *v = calloc(1, sizeof *v);
    if (!v) return false;
    const os_virt_t virt = {.ctx = v, .trap = on_trap, .read = on_read, .write = on_write};
    const backend_ops_t ops = {.ctx = v,
                               .to_guest_begin = to_guest_begin,
                               .to_guest_end = to_guest_end,
                               .from_guest_begin = from_guest_begin,
                               .from_guest_end = from_guest_end,
                               .rest = rest};
    const virtio_dev_client_t client = {v, on_notified, on_reset};
    const uint64_t features = VIRTIO_F_VERSION_1 | VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS |
                              VIRTIO_NET_F_GUEST_CSUM |
                              (p->event_idx ? VIRTIO_RING_F_EVENT_IDX : 0);
    v->params = *p;
    virtio_dev_init(&v->device, p->vif.mem, features, VIRTIO_RING_MAX, p->vif.mac, &client);
    v->dev = os_dev_create_virtual(os_dev_host(p->vif.uplink), p->vif.guest_core, &virt);
    v->backend = backend_create(p->vif.core, p->vif.queue_max, &ops);
    v->port = bridge_add(p->vif.bridge, v->params.vif.mac, from_bridge, v);
    *vif = (vif_t){.ctx = v,
                   .dev = v->dev,
                   .backend = v->backend,
                   .idle = is_idle,
                   .sent_lost = sent_lost,
                   .id = VIRTIO_NET_ID,
                   .destroy = virtio_destroy};
    return v->dev && v->backend && v->port;
}
