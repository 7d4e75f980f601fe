// SPDX-License-Identifier: Apache-2.0
// Link watch (one run after each LSC) and the 2 s watchdog of Linux (A.7), off unless asked for:
// its software interrupts rescue packets that moderation has stranded.
#include "driver/e1000.h"

void e1000_fold_stats(e1000_t *a)
{
    a->stats.rx_missed += rd32(&a->hw, E1000_MPC);
    a->stats.rx_no_buffer += rd32(&a->hw, E1000_RNBC);
}

static void carrier_up(e1000_t *a)
{
    static const char *const fc[] = {"no", "receive", "transmit", "full"};
    bool fd;

    a->mbps = e1000_link_speed(&a->hw, &fd);
    (void)rd32(&a->hw, E1000_CTRL); // for Linux's message
    rmw32(&a->hw, E1000_TCTL, 0, FMASK(E1000_TCTL_EN));
    a->carrier = true;
    os_log(a->hw.d, "link up, %u Mb/s, %s duplex, %s flow control", a->mbps, fd ? "full" : "half",
           fc[a->hw.fc]);
    os_carrier(a->hw.d, true, a->mbps);
    // The ring may have been cleaned while there was no carrier to wake the queue for.
    if (a->tx_stopped && e1000_unused(&a->tx) >= E1000_TX_WAKE) {
        a->tx_stopped = false;
        os_tx_wake(a->hw.d);
    }
}

static void carrier_down(e1000_t *a)
{
    a->mbps = 0;
    a->carrier = false;
    os_log(a->hw.d, "link down");
    os_carrier(a->hw.d, false, 0);
}

// The oldest packet has not moved for a whole period, and the partner does not pause us.
static bool tx_hung(e1000_t *a)
{
    bool pending = a->tx.clean != a->tx.use;
    bool stuck = pending && a->hang_pending && a->tx.clean == a->hang_clean;

    a->hang_pending = pending;
    a->hang_clean = a->tx.clean;
    if (!stuck || (rd32(&a->hw, E1000_STATUS) & FMASK(E1000_STATUS_TXOFF))) return false;
    if (os_dma_ld32(a->hw.d, e1000_desc(&a->tx, a->tx_buf[a->tx.clean].watch) + 12) & 1)
        return false; // sent; the interrupt is what is missing
    os_log(a->hw.d, "Detected Tx Unit Hang: TDH %u, TDT %u, next to clean %u",
           rd32(&a->hw, E1000_TDH), rd32(&a->hw, E1000_TDT), a->tx.clean);
    return true;
}

static void restart(e1000_t *a)
{
    e1000_down(a);
    if (e1000_up(a)) os_log(a->hw.d, "the interface stays down: no memory to restart it");
}

// What Linux does every 2 s whatever the link is. True: the transmitter hangs.
static bool periodic(e1000_t *a)
{
    uint16_t v;

    e1000_fold_stats(a); // Linux reads all statistics
    if (a->mbps == 1000 && !e1000_phy_read(&a->hw, E1000_PHY_GSTATUS, &v))
        (void)e1000_phy_read(&a->hw, E1000_PHY_PREC, &v);
    wr32(&a->hw, E1000_AIT, 0);
    wr32(&a->hw, E1000_ICS, FMASK(E1000_ICR_RXDMT0));
    return tx_hung(a);
}

void e1000_work(void *priv)
{
    e1000_t *a = priv;
    bool hung = false;

    if (a->down) return;
    bool link = e1000_link_check(&a->hw);
    if (link && !a->carrier) carrier_up(a);
    else if (!link && a->carrier) carrier_down(a);

    if (a->refill_starved) {
        a->refill_starved = false;
        wr32(&a->hw, E1000_ICS, FMASK(E1000_ICR_RXDMT0));
    }
    if (a->watchdog) hung = periodic(a);
    // Frames that wait for a dead link would go out as stale ones when it returns.
    if (hung || (!a->carrier && a->tx.clean != a->tx.use)) restart(a);
    if (a->watchdog && a->work) os_timer_mod(a->work, E1000_WATCHDOG_NS);
}
