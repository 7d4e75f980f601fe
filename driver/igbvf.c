// SPDX-License-Identifier: Apache-2.0
// igbvf: probe -> reset by the PF -> rings -> interrupts, and back.
#include "driver/igbvf.h"

#include <stdlib.h>
#include <string.h>

#define ID_82576_VF 0x808610CAu
#define CFG_COMMAND 0x04u
#define CMD_MASTER  4u
#define DRAIN_MS    10u
#define RX_PTHRESH  16u
#define RX_HTHRESH  8u
#define RX_WTHRESH  1u
#define SPLIT_NONE  1u         // SRRCTL.DESCTYPE: advanced, one buffer
#define DCA_RO_WB   (1u << 11) // TXCTL: relaxed ordering of write-backs

// ---- reset --------------------------------------------------------------------------------------

static bool none(const uint8_t mac[6])
{
    static const uint8_t zero[6];

    return !memcmp(mac, zero, 6);
}

// The hand-shake, and the address that we have: the administrator's, if he wants.
static void reset(igbvf_t *a)
{
    if (igbvf_mbx_reset(&a->mbx)) {
        os_log(a->d, "PF still resetting");
        return;
    }
    if (igbvf_set_mac(&a->mbx, a->mac) == -EACCES && !none(a->mbx.mac)) {
        memcpy(a->mac, a->mbx.mac, 6);
        os_set_mac(a->d, a->mac);
    }
}

// ---- probe --------------------------------------------------------------------------------------

static void defaults(igbvf_t *a, os_dev_t *d)
{
    a->d = d;
    a->down = true;
    a->rx_count = a->tx_count = IGB_RING_DEFAULT;
    a->rx_csum = true;
    a->tx.chunk = IGBVF_TX_CHUNK;
    a->tx.wake = IGBVF_TX_WAKE;
    a->tx.stops = &a->tx_stops;
    igbvf_itr_start(&a->rx_itr);
    igbvf_itr_start(&a->tx_itr);
    igbvf_mbx_init(&a->mbx, d);
}

static void random_mac(igbvf_t *a)
{
    const uint64_t r = (os_now_ns(a->d) + 1) * 0x9E3779B97F4A7C15u;

    a->mac[0] = 0x02; // of local administration
    for (unsigned i = 1; i < 6; i++) a->mac[i] = (uint8_t)(r >> (16 + 8 * i));
}

// C.1 steps 4 to 6.
static void introduce(igbvf_t *a)
{
    if (igbvf_mbx_reset(&a->mbx)) os_log(a->d, "PF still in reset state. Is the PF interface up?");
    memcpy(a->mac, a->mbx.mac, 6);
    if (none(a->mac)) {
        os_log(a->d, "MAC address not assigned by administrator.");
        random_mac(a);
    }
    os_set_mac(a->d, a->mac);
    reset(a);
}

static int probe(os_dev_t *d, void **priv)
{
    igbvf_t *a = calloc(1, sizeof *a);
    int err;

    if (!a) return -ENOMEM;
    defaults(a, d);
    os_cfg_wr32(d, CFG_COMMAND, (os_cfg_rd32(d, CFG_COMMAND) & 0xFFFF) | CMD_MASTER);
    if ((err = os_msix_enable(d, IGBVF_VECTORS))) {
        os_log(d, "Failed to initialize MSI-X interrupts.");
        goto err_msix;
    }
    a->napi = os_napi_add(d, igbvf_poll, a);
    if (!a->napi) {
        err = -ENOMEM;
        goto err_napi;
    }
    a->rx.napi = a->napi;
    igbvf_wr(a, IGBVF_VTEIMC, 0xFFFFFFFF);
    igbvf_wr(a, IGBVF_VTEIAC, 0);
    introduce(a);
    os_carrier(d, false, 0);
    *priv = a;
    return 0;

err_napi:
    os_msix_disable(d);
err_msix:
    free(a);
    return err;
}

// ---- configuration (C.2) ------------------------------------------------------------------------

// The answers are the PF's business: without it nothing comes in, and the watchdog tries again.
static void set_filters(igbvf_t *a)
{
    (void)igbvf_set_groups(&a->mbx, NULL, 0);
    if (a->allmulti) (void)igbvf_set_all_multicasts(&a->mbx, true);
    (void)igbvf_clear_macs(&a->mbx);
    for (unsigned vid = 1; vid < IGBVF_VLANS; vid++)
        if (a->vids[vid / 32] >> vid % 32 & 1) (void)igbvf_set_vlan(&a->mbx, (uint16_t)vid, true);
}

static void flush(const igbvf_t *a)
{
    (void)igbvf_rd(a, IGBVF_VTSTATUS);
}

// Switches a queue off, and returns its control register.
static uint32_t disable(const igbvf_t *a, uint32_t off)
{
    const uint32_t v = igbvf_rd(a, off) & ~FMASK(IGB_RXDCTL_ENABLE);

    igbvf_wr(a, off, v);
    flush(a);
    os_msleep(a->d, DRAIN_MS);
    return v;
}

static void configure_tx(igbvf_t *a)
{
    const uint32_t control = disable(a, IGBVF_TXDCTL);

    igb_tx_program(&a->tx);
    igbvf_wr(a, IGBVF_TXCTL, igbvf_rd(a, IGBVF_TXCTL) & ~DCA_RO_WB);
    igbvf_wr(a, IGBVF_TXDCTL, control | FMASK(IGB_TXDCTL_ENABLE));
}

static void configure_rx(igbvf_t *a)
{
    a->rx.csum = a->rx_csum;
    igbvf_wr(a, IGBVF_SRRCTL,
             FPUT(IGB_SRRCTL_BSIZEPACKET, IGB_RX_BUFFER / 1024) |
                 FPUT(IGB_SRRCTL_DESCTYPE, SPLIT_NONE) | FMASK(IGB_SRRCTL_DROP_EN));
    (void)disable(a, IGBVF_RXDCTL);
    igb_rx_program(&a->rx);
    (void)igbvf_set_frame_size(&a->mbx, IGBVF_FRAME_MAX);
    igbvf_wr(a, IGBVF_RXDCTL,
             FPUT(IGB_RXDCTL_PTHRESH, RX_PTHRESH) | FPUT(IGB_RXDCTL_HTHRESH, RX_HTHRESH) |
                 FPUT(IGB_RXDCTL_WTHRESH, RX_WTHRESH) | FMASK(IGB_RXDCTL_ENABLE));
}

static int configure(igbvf_t *a)
{
    set_filters(a);
    configure_tx(a);
    configure_rx(a);
    (void)igb_rx_refill(&a->rx, igb_unused(&a->rx.ring));
    if (a->rx.ring.use > 1) return 0; // some, at least: polls fill up the rest
    os_log(a->d, "no memory for receive buffers");
    return -ENOMEM;
}

// C.2 step 6.
static void configure_vectors(igbvf_t *a)
{
    igbvf_wr(a, IGBVF_VTEITR + IGBVF_VTEITR_STRIDE * IGBVF_V_TX, igbvf_itr_reg(a->tx_itr.value));
    igbvf_wr(a, IGBVF_VTEITR + IGBVF_VTEITR_STRIDE * IGBVF_V_RX, igbvf_itr_reg(a->rx_itr.value));
    a->tx_itr.changed = a->rx_itr.changed = false;
    uint32_t ivar = igbvf_rd(a, IGBVF_VTIVAR);
    ivar &= ~(FMASK(IGB_IVAR_TX_LO) | FMASK(IGB_IVAR_RX_LO));
    ivar |= FPUT(IGB_IVAR_TX_LO, IGBVF_V_TX) | FMASK(IGB_IVAR_TX_LO_VALID);
    ivar |= FPUT(IGB_IVAR_RX_LO, IGBVF_V_RX) | FMASK(IGB_IVAR_RX_LO_VALID);
    igbvf_wr(a, IGBVF_VTIVAR, ivar);
    igbvf_wr(a, IGBVF_VTIVAR_MISC,
             FPUT(IGB_VTIVAR_MISC_VECTOR, IGBVF_V_OTHER) | FMASK(IGB_VTIVAR_MISC_VALID));
    igbvf_write_frames(a, false);
}

static void enable_irqs(const igbvf_t *a)
{
    const uint32_t all = (1u << IGBVF_VECTORS) - 1;

    (void)igbvf_rd(a, IGBVF_VTEICR);
    igbvf_wr(a, IGBVF_VTEIAC, all);
    igbvf_wr(a, IGBVF_VTEIAM, all);
    igbvf_wr(a, IGBVF_VTEIMS, all);
}

static void disable_irqs(const igbvf_t *a)
{
    igbvf_wr(a, IGBVF_VTEIMC, 0xFFFFFFFF);
    igbvf_wr(a, IGBVF_VTEIAC, 0);
}

// ---- up and down --------------------------------------------------------------------------------

static void start(igbvf_t *a)
{
    configure_vectors(a);
    a->down = false;
    a->missed = false;
    a->tx_stops = 0;
    os_napi_enable(a->napi);
    enable_irqs(a);
    os_tx_wake(a->d);
    if (a->work) os_timer_mod(a->work, IGBVF_EVENT_NS);
}

int igbvf_up(igbvf_t *a)
{
    int err = configure(a);

    if (err) {
        reset(a);
        return err;
    }
    start(a);
    return 0;
}

void igbvf_down(igbvf_t *a)
{
    if (a->down) return;
    a->down = true;
    igbvf_wr(a, IGBVF_RXDCTL, igbvf_rd(a, IGBVF_RXDCTL) & ~FMASK(IGB_RXDCTL_ENABLE));
    a->carrier = false;
    os_carrier(a->d, false, 0);
    os_tx_stop(a->d);
    igbvf_wr(a, IGBVF_TXDCTL, igbvf_rd(a, IGBVF_TXDCTL) & ~FMASK(IGB_TXDCTL_ENABLE));
    flush(a);
    os_msleep(a->d, DRAIN_MS);
    os_napi_disable(a->napi);
    disable_irqs(a);
    a->rx.dropped += igbvf_rd(a, IGBVF_RQDPC);
    a->mbps = 0;
    reset(a);
    igb_tx_free_buffers(&a->tx);
    igb_rx_free_buffers(&a->rx);
    a->tx.stopped = false;
    a->tx_stops = 0;
}

// ---- open and stop ------------------------------------------------------------------------------

static void free_irqs(igbvf_t *a, unsigned vectors)
{
    for (unsigned i = 0; i < vectors; i++) os_free_irq(a->d, i);
}

static int request_irqs(igbvf_t *a)
{
    static const os_irq_fn handler[IGBVF_VECTORS] = {igbvf_tx_isr, igbvf_rx_isr, igbvf_other_isr};

    for (unsigned i = 0; i < IGBVF_VECTORS; i++) {
        int err = os_request_irq(a->d, i, handler[i], a);
        if (!err) continue;
        free_irqs(a, i);
        os_log(a->d, "no interrupt vector (%d)", err);
        return err;
    }
    return 0;
}

static int driver_open(void *priv)
{
    igbvf_t *a = priv;
    int err;

    if (a->opened) return -EBUSY;
    if ((err = igb_tx_alloc(&a->tx, a->d, IGBVF_TDBAL, a->tx_count))) return err;
    if ((err = igb_rx_alloc(&a->rx, a->d, IGBVF_RDBAL, a->rx_count))) goto err_rx;
    a->work = os_timer_add(a->d, igbvf_work, a);
    if (!a->work) {
        err = -ENOMEM;
        goto err_work;
    }
    if ((err = configure(a)) || (err = request_irqs(a))) goto err_configure;
    a->opened = true;
    start(a);
    return 0;

err_configure:
    // The queue has been enabled: nothing may be written into the buffers that are freed now.
    reset(a);
    os_timer_del(a->work);
    a->work = NULL;
err_work:
    igb_rx_free(&a->rx);
err_rx:
    igb_tx_free(&a->tx);
    return err;
}

static int driver_stop(void *priv)
{
    igbvf_t *a = priv;
    os_timer_t *work = a->work;

    if (!a->opened) return 0;
    a->work = NULL; // handlers arm it no more
    os_timer_del(work);
    igbvf_down(a);
    free_irqs(a, IGBVF_VECTORS);
    igb_rx_free(&a->rx);
    igb_tx_free(&a->tx);
    a->opened = false;
    return 0;
}

int igbvf_xmit(void *priv, os_pkt_t *p)
{
    igbvf_t *a = priv;

    if (!a->down) return igb_tx_xmit(&a->tx, p);
    os_pkt_free(a->d, p);
    return 0;
}

static void driver_remove(void *priv)
{
    igbvf_t *a = priv;

    (void)driver_stop(a);
    os_napi_del(a->napi);
    os_msix_disable(a->d);
    free(a);
}

const os_driver_t *igbvf_driver(void)
{
    static const uint32_t ids[] = {ID_82576_VF, 0};
    static const os_driver_t driver = {
        .abi = OS_ABI,
        .name = "igbvf",
        .ids = ids,
        .probe = probe,
        .remove = driver_remove,
        .open = driver_open,
        .stop = driver_stop,
        .xmit = igbvf_xmit,
        .set_coalesce = igbvf_set_coalesce,
        .get_coalesce = igbvf_get_coalesce,
        .set_ringparam = igbvf_set_ringparam,
        .set_rx_mode = igbvf_set_rx_mode,
        .set_features = igbvf_set_features,
        .set_watchdog = igbvf_set_watchdog,
        .get_stats = igbvf_get_stats,
        .get_queue_stats = igbvf_get_queue_stats,
        .set_vlan = igbvf_set_vids,
        .set_policy = igbvf_set_policy,
    };
    return &driver;
}

#ifdef MODERATO_DRIVER_SO
const os_driver_t *moderato_driver(void)
{
    return igbvf_driver();
}
#endif
