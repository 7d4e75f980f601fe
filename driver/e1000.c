// SPDX-License-Identifier: Apache-2.0
// e1000: probe -> reset -> rings -> interrupts -> start, and back.
#include "driver/e1000.h"

#include <stdlib.h>

#define ID_82540EM  0x8086100Eu
#define ID_82545GM  0x80861026u
#define CFG_ID      0x00u
#define CFG_COMMAND 0x04u
enum { CMD_IO = 1, CMD_MEMORY = 2, CMD_MASTER = 4 };

// Reads MAC address and wake-up default (A.4 steps 2 to 4). A bad EEPROM leaves no address: probe
// goes on, open fails.
static void read_identity(e1000_t *a)
{
    e1000_hw_t *hw = &a->hw;
    uint16_t w = 0;
    int err = e1000_eeprom_check(hw);

    for (unsigned i = 0; i < 3 && !err; i++) {
        err = e1000_eeprom_read(hw, E1000_EE_MAC + i, &w);
        hw->mac[2 * i] = (uint8_t)w;
        hw->mac[2 * i + 1] = (uint8_t)(w >> 8);
    }
    uint8_t any = 0;
    for (unsigned i = 0; i < 6; i++) {
        if (err) hw->mac[i] = 0;
        any |= hw->mac[i];
    }
    hw->mac_valid = any && !(hw->mac[0] & 1);
    if (hw->mac_valid) os_set_mac(hw->d, hw->mac);
    else os_log(hw->d, "Invalid MAC Address");
    if (!e1000_eeprom_read(hw, E1000_EE_INIT3, &w)) hw->wol = FGET(E1000_EE_INIT3_WOL, w);
}

static int probe(os_dev_t *d, void **priv)
{
    uint32_t id = os_cfg_rd32(d, CFG_ID);
    int err;

    e1000_t *a = calloc(1, sizeof *a);
    if (!a) return -ENOMEM;
    a->hw.d = d;
    a->hw.type = id >> 16 == (ID_82545GM & 0xFFFF) ? E1000_MAC_82545GM : E1000_MAC_82540;
    a->down = true;
    a->rx_count = a->tx_count = E1000_RING_DEFAULT;
    a->rx_csum = true;
    e1000_default_moderation(a);

    // A.1: the 82540 needs port I/O for its reset.
    uint32_t enable = CMD_MEMORY | CMD_MASTER | (a->hw.type == E1000_MAC_82540 ? CMD_IO : 0);
    os_cfg_wr32(d, CFG_COMMAND, (os_cfg_rd32(d, CFG_COMMAND) & 0xFFFF) | enable);
    if ((err = e1000_hw_identify(&a->hw))) goto err_identify;
    a->napi = os_napi_add(d, e1000_poll, a);
    if (!a->napi) {
        err = -ENOMEM;
        goto err_identify;
    }

    // A.4.
    e1000_hw_reset(&a->hw);
    read_identity(a);
    e1000_hw_restart(&a->hw);
    rmw32(&a->hw, E1000_CTRL, FMASK(E1000_CTRL_VME), 0);
    rmw32(&a->hw, E1000_RCTL, FMASK(E1000_RCTL_VFE), 0);
    os_carrier(d, false, 0);
    *priv = a;
    return 0;

err_identify:
    free(a);
    return err;
}

// A.6 steps 2 to 6.
static int configure(e1000_t *a)
{
    e1000_hw_rx_mode(&a->hw, a->promisc, a->allmulti);
    if (a->vlan_strip) rmw32(&a->hw, E1000_CTRL, 0, FMASK(E1000_CTRL_VME));
    e1000_tx_configure(a);
    e1000_rx_configure(a);
    e1000_rx_refill(a, e1000_unused(&a->rx));
    if (e1000_unused(&a->rx) < a->rx.count - 1) return 0; // some, at least: polls fill up the rest
    os_log(a->hw.d, "no memory for receive buffers");
    return -ENOMEM;
}

static void start(e1000_t *a)
{
    a->down = false;
    a->refill_starved = false;
    os_napi_enable(a->napi);
    e1000_irq_enable(a);
    a->tx_stopped = false;
    os_tx_wake(a->hw.d);
    wr32(&a->hw, E1000_ICS, FMASK(E1000_ICR_LSC)); // an interrupt of our own: look at the link
}

int e1000_up(e1000_t *a)
{
    int err = configure(a);

    if (err) {
        e1000_hw_reset(&a->hw);
        return err;
    }
    start(a);
    return 0;
}

// A.8, without freeing the interrupt and the rings.
void e1000_down(e1000_t *a)
{
    e1000_hw_t *hw = &a->hw;

    if (a->down) return;
    a->down = true;
    rmw32(hw, E1000_RCTL, FMASK(E1000_RCTL_EN), 0);
    os_tx_stop(hw->d);
    rmw32(hw, E1000_TCTL, FMASK(E1000_TCTL_EN), 0);
    flush(hw);
    os_msleep(hw->d, 10); // frames and descriptors under way
    os_napi_disable(a->napi);
    e1000_irq_disable(a);
    a->mbps = 0;
    a->carrier = false;
    os_carrier(hw->d, false, 0);
    e1000_fold_stats(a); // the reset clears them
    e1000_hw_restart(hw);
    e1000_tx_free_buffers(a);
    e1000_rx_free_buffers(a);
}

static int driver_open(void *priv)
{
    e1000_t *a = priv;
    e1000_hw_t *hw = &a->hw;
    int err;

    if (a->opened) return -EBUSY;
    if (!hw->mac_valid) {
        os_log(hw->d, "cannot open without a MAC address");
        return -EADDRNOTAVAIL;
    }
    os_carrier(hw->d, false, 0);
    if ((err = e1000_tx_alloc(a))) goto err_tx;
    if ((err = e1000_rx_alloc(a))) goto err_rx;
    a->work = os_timer_add(hw->d, e1000_work, a);
    if (!a->work) {
        err = -ENOMEM;
        goto err_work;
    }
    e1000_phy_power(hw, true);
    if ((err = configure(a))) goto err_configure;
    if ((err = os_request_irq(hw->d, 0, e1000_isr, a))) {
        os_log(hw->d, "no interrupt line (%d)", err);
        goto err_configure;
    }
    a->opened = true;
    start(a);
    return 0;

err_configure:
    // The receiver has been enabled: nothing may be written into the buffers that are freed now.
    e1000_hw_restart(hw);
    e1000_phy_power(hw, false);
    os_timer_del(a->work);
    a->work = NULL;
err_work:
    e1000_rx_free(a);
err_rx:
    e1000_tx_free(a);
err_tx:
    return err;
}

static int driver_stop(void *priv)
{
    e1000_t *a = priv;
    os_timer_t *work = a->work;

    if (!a->opened) return 0;
    a->work = NULL; // the handler arms it no more
    os_timer_del(work);
    e1000_down(a);
    e1000_phy_power(&a->hw, false);
    os_free_irq(a->hw.d, 0);
    e1000_rx_free(a);
    e1000_tx_free(a);
    a->opened = false;
    return 0;
}

static void driver_remove(void *priv)
{
    e1000_t *a = priv;

    (void)driver_stop(a);
    os_napi_del(a->napi);
    free(a);
}

static int probe_per_packet(os_dev_t *d, void **priv)
{
    const int err = probe(d, priv);

    if (err) return err;
    e1000_t *a = *priv;
    a->per_packet = true;
    a->mod.adaptive = false; // which is a matter of polls
    a->itr_reg = 0;
    return 0;
}

static const uint32_t known_ids[] = {ID_82540EM, ID_82545GM, 0};

#define COMMON                                                                                     \
    .abi = OS_ABI, .ids = known_ids, .remove = driver_remove, .open = driver_open,                 \
    .stop = driver_stop, .xmit = e1000_xmit, .set_coalesce = e1000_set_coalesce,                   \
    .get_coalesce = e1000_get_coalesce, .set_ringparam = e1000_set_ringparam,                      \
    .set_rx_mode = e1000_set_rx_mode, .set_features = e1000_set_features,                          \
    .set_watchdog = e1000_set_watchdog, .get_stats = e1000_get_stats

const os_driver_t *e1000_driver(void)
{
    static const os_driver_t driver = {COMMON, .name = "e1000", .probe = probe,
                                       .set_policy = e1000_set_policy};
    return &driver;
}

const os_driver_t *e1000_intr_driver(void)
{
    static const os_driver_t driver = {COMMON, .name = "e1000-intr", .probe = probe_per_packet};
    return &driver;
}

#ifdef MODERATO_DRIVER_SO
const os_driver_t *moderato_driver(void)
{
    return e1000_driver();
}
#endif
