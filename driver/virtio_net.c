// SPDX-License-Identifier: Apache-2.0
// virtio_net: probe -> negotiate -> rings -> interrupts, and back; settings.
#include "driver/virtio_net.h"

#include <stdlib.h>

#define CFG_COMMAND 0x04u
#define CMD_MASTER  4u
#define RESET_TRIES 100u
#define NEEDED      (VIRTIO_F_VERSION_1 | VIRTIO_NET_F_MAC)
#define WANTED      (NEEDED | VIRTIO_RING_F_EVENT_IDX | VIRTIO_NET_F_STATUS | VIRTIO_NET_F_GUEST_CSUM)

// ---- the device ---------------------------------------------------------------------------------

static void add_status(virtio_net_t *a, uint32_t bits)
{
    os_wr32(a->d, VIRTIO_STATUS, os_rd32(a->d, VIRTIO_STATUS) | bits);
}

static int reset(virtio_net_t *a)
{
    os_wr32(a->d, VIRTIO_STATUS, 0);
    for (unsigned i = 0; os_rd32(a->d, VIRTIO_STATUS); i++) {
        if (i == RESET_TRIES) return -ETIMEDOUT;
        os_msleep(a->d, 1);
    }
    return 0;
}

static uint64_t device_features(const virtio_net_t *a)
{
    uint64_t f = 0;

    for (unsigned i = 0; i < 2; i++) {
        os_wr32(a->d, VIRTIO_DEVICE_FEATURE_SELECT, i);
        f |= (uint64_t)os_rd32(a->d, VIRTIO_DEVICE_FEATURE) << 32 * i;
    }
    return f;
}

static int negotiate(virtio_net_t *a)
{
    int err = reset(a);

    if (err) return err;
    add_status(a, VIRTIO_ACKNOWLEDGE);
    add_status(a, VIRTIO_DRIVER);
    a->features = device_features(a) & WANTED;
    for (unsigned i = 0; i < 2; i++) {
        os_wr32(a->d, VIRTIO_DRIVER_FEATURE_SELECT, i);
        os_wr32(a->d, VIRTIO_DRIVER_FEATURE, (uint32_t)(a->features >> 32 * i));
    }
    add_status(a, VIRTIO_FEATURES_OK);
    if ((a->features & NEEDED) == NEEDED && os_rd32(a->d, VIRTIO_STATUS) & VIRTIO_FEATURES_OK)
        return 0;
    add_status(a, VIRTIO_FAILED);
    os_log(a->d, "the device does not have what is needed");
    return -ENODEV;
}

static void read_mac(virtio_net_t *a)
{
    const uint32_t lo = os_rd32(a->d, VIRTIO_NET_MAC_LO), hi = os_rd32(a->d, VIRTIO_NET_MAC_HI);

    for (unsigned i = 0; i < 6; i++) a->mac[i] = (uint8_t)((i < 4 ? lo : hi) >> 8 * (i % 4));
    os_set_mac(a->d, a->mac);
}

// ---- probe --------------------------------------------------------------------------------------

static int find(virtio_net_t *a)
{
    os_dev_t *d = a->d;
    int err;

    os_cfg_wr32(d, CFG_COMMAND, (os_cfg_rd32(d, CFG_COMMAND) & 0xFFFF) | CMD_MASTER);
    if ((err = negotiate(a))) return err;
    read_mac(a);
    if ((err = os_msix_enable(d, VIRTIO_NET_QUEUES))) return err;
    a->rx_napi = os_napi_add(d, virtio_net_rx_poll, a);
    a->tx_napi = os_napi_add(d, virtio_net_tx_poll, a);
    if (a->rx_napi && a->tx_napi) return 0;
    if (a->rx_napi) os_napi_del(a->rx_napi);
    os_msix_disable(d);
    return -ENOMEM;
}

static int probe(os_dev_t *d, void **priv)
{
    virtio_net_t *a = calloc(1, sizeof *a);
    int err;

    if (!a) return -ENOMEM;
    a->d = d;
    a->rx_size = a->tx_size = VIRTIO_NET_RING_DEFAULT;
    if ((err = find(a))) {
        free(a);
        return err;
    }
    os_carrier(d, false, 0);
    *priv = a;
    return 0;
}

// ---- rings --------------------------------------------------------------------------------------

static void free_bufs(const virtio_net_t *a, const virtio_net_buf_t *b, unsigned n,
                      enum os_dma_dir dir)
{
    for (unsigned i = 0; i < n; i++) {
        if (!b[i].pkt) continue;
        os_dma_unmap(a->d, b[i].dma,
                     dir == OS_DMA_TO_DEVICE ? b[i].pkt->len
                                             : VIRTIO_NET_HEADER + VIRTIO_NET_FRAME_MAX,
                     dir);
        os_pkt_free(a->d, b[i].pkt);
    }
}

// Of all that may be there; the device has been reset.
static void free_rings(virtio_net_t *a)
{
    if (a->rx_buf) free_bufs(a, a->rx_buf, a->rx.size, OS_DMA_FROM_DEVICE);
    if (a->tx_buf) free_bufs(a, a->tx_buf, a->tx_slots, OS_DMA_TO_DEVICE);
    free(a->rx_buf);
    free(a->tx_buf);
    free(a->rx_free);
    free(a->tx_free);
    a->rx_buf = a->tx_buf = NULL;
    a->rx_free = a->tx_free = NULL;
    virtio_queue_free(&a->rx);
    virtio_queue_free(&a->tx);
    os_dma_free(a->d, a->tx_header, VIRTIO_NET_HEADER, a->tx_header_dma);
    a->tx_header = NULL;
    if (a->refill) os_timer_del(a->refill);
    a->refill = NULL;
}

static void again(void *priv)
{
    virtio_net_kick_rx(priv);
}

static bool alloc_rings(virtio_net_t *a)
{
    const bool event_idx = a->features & VIRTIO_RING_F_EVENT_IDX;

    if (virtio_queue_alloc(&a->rx, a->d, VIRTIO_NET_RX, a->rx_size, event_idx)) return false;
    if (virtio_queue_alloc(&a->tx, a->d, VIRTIO_NET_TX, a->tx_size, event_idx)) return false;
    a->tx_slots = a->tx_size / 2;
    a->tx_stop = a->tx_slots / 4 < VIRTIO_NET_TX_STOP ? a->tx_slots / 4 : VIRTIO_NET_TX_STOP;
    if (a->tx_stop == 0) a->tx_stop = 1;
    a->tx_took = a->tx_freed = 0;
    a->tx_stopped = false;
    a->rx_frees = a->rx_size;
    a->rx_buf = calloc(a->rx_size, sizeof *a->rx_buf);
    a->rx_free = calloc(a->rx_size, sizeof *a->rx_free);
    a->tx_buf = calloc(a->tx_slots, sizeof *a->tx_buf);
    a->tx_free = calloc(a->tx_slots, sizeof *a->tx_free);
    a->tx_header = os_dma_alloc(a->d, VIRTIO_NET_HEADER, &a->tx_header_dma);
    a->refill = os_timer_add(a->d, again, a);
    return a->rx_buf && a->rx_free && a->tx_buf && a->tx_free && a->tx_header && a->refill;
}

// The header of each slot stays as it is: nothing is asked of the host.
static void prepare(virtio_net_t *a)
{
    for (unsigned i = 0; i < a->rx_size; i++) a->rx_free[a->rx_size - 1 - i] = (uint16_t)i;
    for (unsigned i = 0; i < a->tx_slots; i++) {
        a->tx_free[i] = (uint16_t)i;
        virtio_queue_desc(&a->tx, (uint16_t)(2 * i), a->tx_header_dma, VIRTIO_NET_HEADER,
                          VIRTIO_F_NEXT, (uint16_t)(2 * i + 1));
    }
}

// ---- open and stop ------------------------------------------------------------------------------

static int request_irqs(virtio_net_t *a)
{
    int err = os_request_irq(a->d, VIRTIO_NET_RX, virtio_net_rx_isr, a);

    if (err) return err;
    err = os_request_irq(a->d, VIRTIO_NET_TX, virtio_net_tx_isr, a);
    if (err) os_free_irq(a->d, VIRTIO_NET_RX);
    return err;
}

static int start(virtio_net_t *a)
{
    int err;

    if ((err = virtio_queue_program(&a->rx, VIRTIO_NET_RX))) return err;
    if ((err = virtio_queue_program(&a->tx, VIRTIO_NET_TX))) return err;
    if ((err = request_irqs(a))) return err;
    add_status(a, VIRTIO_DRIVER_OK);
    virtio_net_fill(a);
    if (a->rx_frees == a->rx_size) {
        os_free_irq(a->d, VIRTIO_NET_RX);
        os_free_irq(a->d, VIRTIO_NET_TX);
        return -ENOMEM;
    }
    return 0;
}

static int driver_open(void *priv)
{
    virtio_net_t *a = priv;
    int err;

    if (a->opened) return -EBUSY;
    if ((err = negotiate(a))) return err;
    err = alloc_rings(a) ? 0 : -ENOMEM;
    if (!err) {
        prepare(a);
        err = start(a);
    }
    if (err) {
        (void)reset(a); // nothing may be written into what is freed now
        free_rings(a);
        return err;
    }
    a->opened = a->up = true;
    os_napi_enable(a->rx_napi);
    os_napi_enable(a->tx_napi);
    // What has come before the polls were enabled told nobody; nor do the rings before the first look at them.
    virtio_net_kick_rx(a);
    if (a->each_tx) (void)virtio_net_tx_isr(a);
    os_carrier(a->d,
               !(a->features & VIRTIO_NET_F_STATUS) ||
                   os_rd32(a->d, VIRTIO_NET_STATUS) & VIRTIO_LINK_UP,
               1000);
    os_tx_wake(a->d);
    return 0;
}

static int driver_stop(void *priv)
{
    virtio_net_t *a = priv;

    if (!a->opened) return 0;
    a->up = false;
    os_tx_stop(a->d);
    os_msleep(a->d, 1); // a sender on another core is out by then
    os_carrier(a->d, false, 0);
    os_napi_disable(a->rx_napi);
    os_napi_disable(a->tx_napi);
    if (reset(a)) os_log(a->d, "the device does not leave its reset");
    os_free_irq(a->d, VIRTIO_NET_RX);
    os_free_irq(a->d, VIRTIO_NET_TX);
    free_rings(a);
    a->opened = false;
    return 0;
}

static void driver_remove(void *priv)
{
    virtio_net_t *a = priv;

    (void)driver_stop(a);
    os_napi_del(a->rx_napi);
    os_napi_del(a->tx_napi);
    os_msix_disable(a->d);
    free(a);
}

// ---- settings -----------------------------------------------------------------------------------

// ethtool -C: tx-frames 0 or 1, as Linux has it, while stopped. Of what there is not, zero is how it is.
static int set_coalesce(void *priv, const os_coalesce_t *c)
{
    virtio_net_t *a = priv;
    const uint32_t none[] = {c->rx_usecs, c->tx_usecs, c->rx_frames, c->adaptive_rx,
                             c->rdtr,     c->radv,     c->tidv,      c->tadv,
                             c->itr,      c->mtctl,    c->mtdly};
    bool refused = c->tx_frames != OS_KEEP && c->tx_frames > 1;

    for (unsigned i = 0; i < sizeof none / sizeof none[0]; i++)
        refused |= none[i] != OS_KEEP && none[i] != 0;
    if (refused) {
        os_log(a->d, "coalescing refused: there is only tx-frames, 0 or 1");
        return -EOPNOTSUPP;
    }
    if (c->tx_frames == OS_KEEP) return 0;
    if (a->opened) return -EBUSY;
    a->each_tx = c->tx_frames;
    return 0;
}

static int get_coalesce(void *priv, os_coalesce_t *c)
{
    const virtio_net_t *a = priv;

    *c = (os_coalesce_t){.tx_frames = a->each_tx};
    return 0;
}

// To a power of two; OS_KEEP leaves it alone. False: out of range.
static bool ring_size(uint32_t n, uint32_t min, uint32_t *to)
{
    uint32_t size = min;

    if (n == OS_KEEP) return true;
    if (n < min || n > VIRTIO_RING_MAX) return false;
    while (size < n) size *= 2;
    *to = size;
    return true;
}

static int set_ringparam(void *priv, const os_ringparam_t *r)
{
    virtio_net_t *a = priv;
    uint32_t rx = a->rx_size, tx = a->tx_size;

    if (a->opened) return -EBUSY;
    if (!ring_size(r->rx, VIRTIO_NET_RX_RING_MIN, &rx) ||
        !ring_size(r->tx, VIRTIO_NET_TX_RING_MIN, &tx)) {
        os_log(a->d, "ring sizes refused: receive %u to %u, transmit %u to %u",
               VIRTIO_NET_RX_RING_MIN, VIRTIO_RING_MAX, VIRTIO_NET_TX_RING_MIN, VIRTIO_RING_MAX);
        return -EINVAL;
    }
    a->rx_size = rx;
    a->tx_size = tx;
    return 0;
}

static int set_rx_mode(void *priv, bool promisc, bool allmulti)
{
    (void)priv, (void)promisc, (void)allmulti; // the bridge decides what comes
    return 0;
}

static int set_features(void *priv, bool vlan_strip, bool rx_csum)
{
    (void)priv, (void)vlan_strip, (void)rx_csum; // tags stay in the frame, checksums are the host's
    return 0;
}

// There is none: frames that hang are the host's business.
static int set_watchdog(void *priv, bool on)
{
    (void)priv, (void)on;
    return 0;
}

static int get_stats(void *priv, os_drv_stats_t *s)
{
    const virtio_net_t *a = priv;

    *s = a->stats;
    return 0;
}

const os_driver_t *virtio_net_driver(void)
{
    static const uint32_t ids[] = {VIRTIO_NET_ID, 0};
    static const os_driver_t driver = {
        .abi = OS_ABI,
        .name = "virtio-net",
        .ids = ids,
        .probe = probe,
        .remove = driver_remove,
        .open = driver_open,
        .stop = driver_stop,
        .xmit = virtio_net_xmit,
        .set_coalesce = set_coalesce,
        .get_coalesce = get_coalesce,
        .set_ringparam = set_ringparam,
        .set_rx_mode = set_rx_mode,
        .set_features = set_features,
        .set_watchdog = set_watchdog,
        .get_stats = get_stats,
    };
    return &driver;
}

#ifdef MODERATO_DRIVER_SO
const os_driver_t *moderato_driver(void)
{
    return virtio_net_driver();
}
#endif
