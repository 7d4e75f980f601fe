// SPDX-License-Identifier: Apache-2.0
// netfront: probe -> rings and grants -> connected, and back.
#include "driver/netfront.h"

#include <stdlib.h>

#define CARRIER_MBPS 1000u // there is no line; something has to be said

// ---- the host's end ----------------------------------------------------------------------------

static int connect(const netfront_t *a)
{
    os_wr32(a->d, XEN_REG_GRANT_FRAME, (uint32_t)(a->table_addr >> XEN_PAGE_SHIFT));
    os_wr32(a->d, XEN_REG_EVENT_FRAME, (uint32_t)(a->event_addr >> XEN_PAGE_SHIFT));
    os_wr32(a->d, XEN_REG_TX_REF, a->tx.ref);
    os_wr32(a->d, XEN_REG_RX_REF, a->rx.ref);
    os_wr32(a->d, XEN_REG_STATE, XEN_CONNECTED);
    if (os_rd32(a->d, XEN_REG_STATE) == XEN_CONNECTED) return 0;
    os_log(a->d, "backend did not connect");
    return -EIO;
}

// It may be in the middle of a packet.
static void disconnect(const netfront_t *a)
{
    os_wr32(a->d, XEN_REG_STATE, XEN_CLOSED);
    for (unsigned ms = 0; ms < NETFRONT_CLOSE_MS; ms++) {
        if (os_rd32(a->d, XEN_REG_STATE) == XEN_CLOSED) return;
        os_msleep(a->d, 1);
    }
    os_log(a->d, "backend did not close");
}

// ---- open and stop -----------------------------------------------------------------------------

static void retry(void *priv)
{
    netfront_t *a = priv;

    if (!a->down && os_napi_schedule_prep(a->napi)) os_napi_schedule(a->napi);
}

// Pages before polls: both fill the ring. Events that came by then are made up for by the first poll.
static void start(netfront_t *a)
{
    a->down = false;
    a->missed = a->tx_stopped = a->tx_cleaning = false;
    netfront_refill(a);
    os_napi_enable(a->napi);
    if (os_napi_schedule_prep(a->napi)) os_napi_schedule(a->napi);
    os_carrier(a->d, true, CARRIER_MBPS);
    os_tx_wake(a->d);
}

static int driver_open(void *priv)
{
    netfront_t *a = priv;
    int err;

    if (a->opened) return -EBUSY;
    if ((err = netfront_rings_alloc(a))) return err;
    a->retry = os_timer_add(a->d, retry, a);
    if (!a->retry) {
        err = -ENOMEM;
        goto err_timer;
    }
    if ((err = os_request_irq(a->d, 0, netfront_isr, a))) goto err_irq;
    if ((err = connect(a))) goto err_connect;
    a->opened = true;
    start(a);
    return 0;

err_connect:
    os_free_irq(a->d, 0);
err_irq:
    os_timer_del(a->retry);
    a->retry = NULL;
err_timer:
    netfront_rings_free(a);
    return err;
}

static int driver_stop(void *priv)
{
    netfront_t *a = priv;
    os_timer_t *timer = a->retry;

    if (!a->opened) return 0;
    a->down = true;
    os_carrier(a->d, false, 0);
    os_tx_stop(a->d);
    a->retry = NULL; // polls arm it no more
    os_timer_del(timer);
    disconnect(a);
    os_napi_disable(a->napi);
    os_free_irq(a->d, 0);
    netfront_rings_free(a);
    a->opened = false;
    return 0;
}

// ---- probe and remove --------------------------------------------------------------------------

static void read_mac(netfront_t *a)
{
    const uint32_t lo = os_rd32(a->d, XEN_REG_MAC_LO), hi = os_rd32(a->d, XEN_REG_MAC_HI);
    uint8_t mac[6];

    for (unsigned i = 0; i < 6; i++) mac[i] = (uint8_t)(i < 4 ? lo >> 8 * i : hi >> 8 * (i - 4));
    os_set_mac(a->d, mac);
}

static int probe(os_dev_t *d, void **priv)
{
    netfront_t *a = calloc(1, sizeof *a);

    if (!a) return -ENOMEM;
    a->d = d;
    a->down = true;
    a->napi = os_napi_add(d, netfront_poll, a);
    if (!a->napi) {
        free(a);
        return -ENOMEM;
    }
    read_mac(a);
    os_carrier(d, false, 0);
    *priv = a;
    return 0;
}

static void driver_remove(void *priv)
{
    netfront_t *a = priv;

    (void)driver_stop(a);
    os_napi_del(a->napi);
    free(a);
}

static int get_stats(void *priv, os_drv_stats_t *s)
{
    const netfront_t *a = priv;

    *s = a->stats;
    return 0;
}

// No moderation to be set: there is no device that would hold an event back.
const os_driver_t *netfront_driver(void)
{
    static const uint32_t ids[] = {XEN_ID, 0};
    static const os_driver_t driver = {
        .abi = OS_ABI,
        .name = "netfront",
        .ids = ids,
        .probe = probe,
        .remove = driver_remove,
        .open = driver_open,
        .stop = driver_stop,
        .xmit = netfront_xmit,
        .get_stats = get_stats,
    };
    return &driver;
}

#ifdef MODERATO_DRIVER_SO
const os_driver_t *moderato_driver(void)
{
    return netfront_driver();
}
#endif
