// SPDX-License-Identifier: Apache-2.0
// igb: probe -> reset -> queues and vectors -> open, and back; virtual functions.
#include "driver/igb.h"

#include <stdlib.h>
#include <string.h>

#define ID_82576    0x808610C9u
#define CFG_COMMAND 0x04u
#define CMD_MEMORY  2u
#define CMD_MASTER  4u
#define VFS_UP_MS   100u // until VFs answer
#define VFS_DOWN_MS 500u
#define REUSE_MS    100u

// ---- queues and vectors -------------------------------------------------------------------------

// How many there are beside the VFs.
static unsigned queues_now(const igb_t *a)
{
    if (!igb_has_pool(a)) return 0;
    return a->hw.vfs && a->queues_wanted > IGB_QUEUES_VFS ? IGB_QUEUES_VFS : a->queues_wanted;
}

static void name_queues(igb_t *a)
{
    const unsigned most = a->hw.vfs ? IGB_QUEUES_VFS : IGB_QUEUES_MAX;
    const bool paired = a->queues > most / 2; // vectors are few

    a->vectors = paired ? a->queues : 2 * a->queues;
    for (unsigned i = 0; i < a->vectors; i++)
        a->vector[i] = (igb_vector_t){.a = a, .number = i + 1};
    for (unsigned i = 0; i < a->queues; i++) {
        a->vector[i].rx = &a->rx[i];
        a->vector[paired ? i : a->queues + i].tx = &a->tx[i];
        a->rx[i].queue = (uint8_t)i;
        a->rx[i].by_length = true;
        a->tx[i].chunk = IGB_TX_CHUNK;
        a->tx[i].wake = IGB_TX_WAKE;
        a->tx[i].stops = &a->tx_stops;
    }
}

static void clear_scheme(igb_t *a)
{
    for (unsigned i = 0; i < a->vectors; i++)
        if (a->vector[i].napi) os_napi_del(a->vector[i].napi);
    a->vectors = a->queues = 0;
    os_msix_disable(a->hw.d);
}

// 0; -errno: no queues, no vectors.
static int init_scheme(igb_t *a)
{
    int err;

    a->queues = queues_now(a);
    name_queues(a);
    if ((err = os_msix_enable(a->hw.d, 1 + a->vectors))) goto failed;
    for (unsigned i = 0; i < a->vectors; i++) {
        igb_vector_t *v = &a->vector[i];
        v->napi = os_napi_add(a->hw.d, igb_poll, v);
        err = -ENOMEM;
        if (!v->napi) goto failed;
        if (v->rx) v->rx->napi = v->napi;
    }
    igb_apply_settings(a);
    return 0;

failed:
    os_log(a->hw.d, "no %u interrupt vectors (%d)", 1 + a->vectors, err);
    clear_scheme(a);
    return err;
}

// ---- reset --------------------------------------------------------------------------------------

// B.4.
static void reset(igb_t *a)
{
    igb_mbx_begin(a);
    if (a->hw.vfs) igb_mbx_stop(&a->mbx);
    igb_hw_restart(&a->hw);
    igb_mbx_restart(&a->mbx);
    igb_mbx_end(a);
    if (!a->opened) igb_phy_power(&a->hw, false);
}

// ---- probe --------------------------------------------------------------------------------------

static void defaults(igb_t *a, os_dev_t *d)
{
    a->hw.d = d;
    a->down = true;
    a->rx_count = a->tx_count = IGB_RING_DEFAULT;
    a->rx_csum = true;
    a->rx_setting = a->tx_setting = IGB_ITR_CONSERVATIVE;
    a->queues_wanted = 1;
    igb_mbx_init(&a->mbx, d, 0);
}

static int probe(os_dev_t *d, void **priv)
{
    igb_t *a = calloc(1, sizeof *a);
    int err;

    if (!a) return -ENOMEM;
    defaults(a, d);
    igb_hw_t *hw = &a->hw;
    os_cfg_wr32(d, CFG_COMMAND, (os_cfg_rd32(d, CFG_COMMAND) & 0xFFFF) | CMD_MEMORY | CMD_MASTER);
    (void)os_cfg_rd32(d,
                      CFG_COMMAND); // the write was posted: only now registers answer for certain
    if ((err = igb_hw_identify(hw)) || (err = init_scheme(a))) goto failed;
    igb_irq_disable(hw, igb_vectors(a));
    (void)rd32(hw, IGB_MANC); // Linux asks whether firmware keeps the PHY
    igb_hw_reset(hw);
    if ((err = igb_nvm_check(hw)) || (err = igb_hw_read_mac(hw))) goto failed;
    igb_rar_set(&a->mbx.pools, 0, hw->mac, hw->vfs);
    os_set_mac(d, hw->mac);
    reset(a);
    rmw32(hw, IGB_CTRL_EXT, 0, FMASK(IGB_CTRL_EXT_DRV_LOAD));
    os_carrier(d, false, 0);
    *priv = a;
    return 0;

failed:
    clear_scheme(a);
    free(a);
    return err;
}

// ---- up and down --------------------------------------------------------------------------------

static void start(igb_t *a)
{
    const igb_hw_t *hw = &a->hw;
    uint32_t causes = FMASK(IGB_ICR_LSC) | FMASK(IGB_ICR_DOUTSYNC) | FMASK(IGB_ICR_DRSTA);

    a->down = false;
    a->tx_stops = 0;
    for (unsigned i = 0; i < a->vectors; i++) {
        a->vector[i].missed = false;
        os_napi_enable(a->vector[i].napi);
    }
    igb_vectors_configure(a);
    if (hw->vfs) {
        igb_mbx_enable(&a->mbx);
        causes |= FMASK(IGB_ICR_VMMB);
    }
    igb_irq_enable(hw, igb_vectors(a), causes);
    if (hw->vfs) igb_mbx_reset_done(&a->mbx);
    if (a->queues) os_tx_wake(hw->d);
    a->hw.link_unconfirmed = true;
    if (a->work) os_timer_mod(a->work, 0);
}

int igb_up(igb_t *a)
{
    int err = igb_configure(a);

    if (err) {
        reset(a);
        return err;
    }
    start(a);
    return 0;
}

static void free_buffers(igb_t *a)
{
    for (unsigned i = 0; i < a->queues; i++) {
        igb_tx_free_buffers(&a->tx[i]);
        igb_rx_free_buffers(&a->rx[i]);
        a->tx[i].stopped = false;
    }
    a->tx_stops = 0;
}

void igb_down(igb_t *a)
{
    const igb_hw_t *hw = &a->hw;

    if (a->down) return;
    a->down = true;
    rmw32(hw, IGB_RCTL, FMASK(IGB_RCTL_EN), 0);
    a->carrier = false;
    os_carrier(hw->d, false, 0);
    os_tx_stop(hw->d);
    rmw32(hw, IGB_TCTL, FMASK(IGB_TCTL_EN), 0);
    flush(hw);
    os_msleep(hw->d, 10); // frames and descriptors under way
    igb_irq_disable(hw, igb_vectors(a));
    for (unsigned i = 0; i < a->vectors; i++) os_napi_disable(a->vector[i].napi);
    igb_fold_stats(a); // the reset clears them
    a->mbps = 0;
    reset(a);
    free_buffers(a);
}

// ---- rings and interrupts -----------------------------------------------------------------------

static void free_rings(igb_t *a)
{
    for (unsigned i = 0; i < a->queues; i++) {
        if (a->tx[i].buf) igb_tx_free(&a->tx[i]);
        if (a->rx[i].buf) igb_rx_free(&a->rx[i]);
    }
}

static int alloc_rings(igb_t *a)
{
    int err = 0;

    for (unsigned i = 0; i < a->queues && !err; i++)
        err = igb_tx_alloc(&a->tx[i], a->hw.d, igb_tx_base(igb_queue(a, i)), a->tx_count);
    for (unsigned i = 0; i < a->queues && !err; i++)
        err = igb_rx_alloc(&a->rx[i], a->hw.d, igb_rx_base(igb_queue(a, i)), a->rx_count);
    if (err) free_rings(a);
    return err;
}

static void free_irqs(igb_t *a, unsigned vectors)
{
    os_free_irq(a->hw.d, 0);
    for (unsigned i = 0; i < vectors; i++) os_free_irq(a->hw.d, a->vector[i].number);
}

static int request_irqs(igb_t *a)
{
    int err = os_request_irq(a->hw.d, 0, igb_other_isr, a);

    if (err) goto failed;
    for (unsigned i = 0; i < a->vectors; i++) {
        igb_vector_t *v = &a->vector[i];
        if (!(err = os_request_irq(a->hw.d, v->number, igb_queue_isr, v))) continue;
        free_irqs(a, i);
        goto failed;
    }
    return 0;

failed:
    os_log(a->hw.d, "no interrupt vector (%d)", err);
    return err;
}

// ---- open and stop ------------------------------------------------------------------------------

static int driver_open(void *priv)
{
    igb_t *a = priv;
    igb_hw_t *hw = &a->hw;
    int err;

    if (a->opened) return -EBUSY;
    os_carrier(hw->d, false, 0);
    if (igb_has_pool(a) && !a->queues) return -ENODEV; // vectors were refused
    if ((err = alloc_rings(a))) return err;
    a->work = os_timer_add(hw->d, igb_work, a);
    if (!a->work) {
        err = -ENOMEM;
        goto err_work;
    }
    (void)igb_phy_reset(hw);
    igb_phy_power(hw, true);
    if (igb_link_setup(hw)) os_log(hw->d, "the link could not be set up");
    if ((err = igb_configure(a)) || (err = request_irqs(a))) goto err_configure;
    a->opened = true;
    start(a);
    return 0;

err_configure:
    // The receiver has been enabled: nothing may be written into the buffers that are freed now.
    reset(a);
    os_timer_del(a->work);
    a->work = NULL;
err_work:
    free_rings(a);
    return err;
}

static int driver_stop(void *priv)
{
    igb_t *a = priv;
    os_timer_t *work = a->work;

    if (!a->opened) return 0;
    a->work = NULL; // handlers arm it no more
    os_timer_del(work);
    a->opened = false;
    igb_down(a);
    free_irqs(a, a->vectors);
    free_rings(a);
    return 0;
}

int igb_xmit(void *priv, os_pkt_t *p)
{
    igb_t *a = priv;

    if (a->down || !a->queues) goto drop;
    // Without pools CTRL.VME inserts and strips together.
    if (p->vlan_present && !a->vlan_strip && !a->hw.vfs) {
        if (!a->tx_vlan_warned) os_log(a->hw.d, "tagged packets dropped: VLAN offload is off");
        a->tx_vlan_warned = true;
        goto drop;
    }
    return igb_tx_xmit(&a->tx[p->queue % a->queues], p);

drop:
    os_pkt_free(a->hw.d, p);
    return 0;
}

// ethtool -L: so many queues of either direction; beside VFs there are two at most.
int igb_set_queues(void *priv, unsigned n)
{
    igb_t *a = priv;

    if (a->opened) return -EBUSY;
    if (n == 0 || n > IGB_QUEUES_MAX) return -EINVAL;
    a->queues_wanted = n;
    clear_scheme(a);
    return init_scheme(a);
}

// ---- virtual functions (B.10) -------------------------------------------------------------------

static int enable_vfs(igb_t *a, unsigned n)
{
    os_dev_t *d = a->hw.d;
    const uint32_t vfs = os_cfg_rd32(d, IGB_CFG_SRIOV_VFS);

    if (FGET(IGB_CFG_SRIOV_VFS_INITIAL, vfs) != FGET(IGB_CFG_SRIOV_VFS_TOTAL, vfs)) return -EIO;
    if (n > FGET(IGB_CFG_SRIOV_VFS_TOTAL, vfs) || n > IGB_Vfs) return -EINVAL;
    os_cfg_wr32(d, IGB_CFG_SRIOV_NUM, n);
    os_cfg_wr32(d, IGB_CFG_SRIOV_CTL,
                os_cfg_rd32(d, IGB_CFG_SRIOV_CTL) | FMASK(IGB_CFG_SRIOV_CTL_VFE) |
                    FMASK(IGB_CFG_SRIOV_CTL_MSE));
    os_msleep(d, VFS_UP_MS);
    a->hw.vfs = n;
    igb_mbx_begin(a);
    igb_mbx_init(&a->mbx, d, n);
    igb_mbx_end(a);
    os_log(d, "%u VFs allocated", n);
    return 0;
}

static void disable_vfs(igb_t *a)
{
    os_dev_t *d = a->hw.d;

    os_sriov_changed(d, 0);
    os_cfg_wr32(d, IGB_CFG_SRIOV_CTL,
                os_cfg_rd32(d, IGB_CFG_SRIOV_CTL) &
                    ~(FMASK(IGB_CFG_SRIOV_CTL_VFE) | FMASK(IGB_CFG_SRIOV_CTL_MSE)));
    os_msleep(d, VFS_DOWN_MS);
    a->hw.vfs = 0;
    igb_mbx_begin(a);
    igb_mbx_init(&a->mbx, d, 0);
    igb_mbx_end(a);
    wr32(&a->hw, IGB_IOVCTL, FMASK(IGB_IOVCTL_REUSE_VFQ));
    flush(&a->hw);
    os_msleep(d, REUSE_MS);
    os_log(d, "IOV Disabled");
}

// Other pools and other queues: an open interface is closed and opened.
static int set_scheme(igb_t *a, bool reopen)
{
    int err;

    clear_scheme(a);
    err = init_scheme(a);
    if (!err && reopen) err = driver_open(a);
    return err;
}

int igb_set_vfs(void *priv, unsigned n)
{
    igb_t *a = priv;
    const bool reopen = a->opened;
    int err = 0;

    if (n == a->hw.vfs) return 0;
    if (n && a->hw.vfs) return -EBUSY;
    if (n) err = enable_vfs(a, n);
    else disable_vfs(a);
    if (err) return err;
    // `a->queues` are still those of before.
    if (reopen) (void)driver_stop(a);
    else reset(a);
    err = set_scheme(a, reopen);
    if (n) os_sriov_changed(a->hw.d, n);
    return err;
}

static void driver_remove(void *priv)
{
    igb_t *a = priv;

    (void)driver_stop(a);
    if (a->hw.vfs) disable_vfs(a);
    clear_scheme(a);
    rmw32(&a->hw, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_DRV_LOAD), 0);
    free(a);
}

const os_driver_t *igb_driver(void)
{
    static const uint32_t ids[] = {ID_82576, 0};
    static const os_driver_t driver = {
        .abi = OS_ABI,
        .name = "igb",
        .ids = ids,
        .probe = probe,
        .remove = driver_remove,
        .open = driver_open,
        .stop = driver_stop,
        .xmit = igb_xmit,
        .set_coalesce = igb_set_coalesce,
        .get_coalesce = igb_get_coalesce,
        .set_ringparam = igb_set_ringparam,
        .set_rx_mode = igb_set_rx_mode,
        .set_features = igb_set_features,
        .set_watchdog = igb_set_watchdog,
        .get_stats = igb_get_stats,
        .set_queues = igb_set_queues,
        .get_queue_stats = igb_get_queue_stats,
        .set_vfs = igb_set_vfs,
        .set_vlan = igb_set_vlan,
        .set_policy = igb_set_policy,
    };
    return &driver;
}

#ifdef MODERATO_DRIVER_SO
const os_driver_t *moderato_driver(void)
{
    return igb_driver();
}
#endif
