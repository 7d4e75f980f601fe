// SPDX-License-Identifier: Apache-2.0
// Link watch (one run at open, and after each LSC), and the 2 s watchdog of Linux (B.7), off unless
// asked for: its software interrupts rescue packets that moderation has stranded.
#include "driver/igb.h"

#define PHY_GSTATUS      10u
#define RECEIVER_TRIES   20u
#define RECEIVER_WAIT_MS 100u

void igb_fold_stats(igb_t *a)
{
    a->stats.rx_missed += rd32(&a->hw, IGB_MPC);
    a->stats.rx_no_buffer += rd32(&a->hw, IGB_RNBC);
    for (unsigned i = 0; i < a->queues; i++)
        a->rx[i].dropped += rd32(&a->hw, a->rx[i].ring.base + IGB_Q_DROPS);
}

static void ping(igb_t *a)
{
    igb_mbx_begin(a);
    igb_mbx_ping(&a->mbx);
    igb_mbx_end(a);
}

// At 1000 Mb/s the partner's receiver has to say so.
static void wait_for_receiver(const igb_hw_t *hw)
{
    uint16_t v;

    for (unsigned i = 0; i <= RECEIVER_TRIES; i++) {
        if (i) os_msleep(hw->d, RECEIVER_WAIT_MS);
        if (igb_phy_read(hw, PHY_GSTATUS, &v)) return;
        if (FGET(E1000_PHY_GSTATUS_RX_OK, v) & 1) return;
    }
    os_log(hw->d, "exceed max 2 second");
}

static void carrier_up(igb_t *a)
{
    static const char *const fc[] = {"no", "receive", "transmit", "full"};
    bool fd;

    a->mbps = igb_link_speed(&a->hw, &fd);
    (void)rd32(&a->hw, IGB_CTRL); // for Linux' message
    if (a->mbps == 1000) wait_for_receiver(&a->hw);
    if (a->down) return;
    a->carrier = true;
    os_log(a->hw.d, "link up, %u Mb/s, %s duplex, %s flow control", a->mbps, fd ? "full" : "half",
           fc[a->hw.fc]);
    os_carrier(a->hw.d, true, a->mbps);
    ping(a);
    // The rings may have been cleaned while there was no carrier to wake the queues for.
    for (unsigned i = 0; i < a->queues; i++) igb_tx_wake(&a->tx[i]);
}

static void carrier_down(igb_t *a)
{
    a->mbps = 0;
    a->carrier = false;
    os_log(a->hw.d, "link down");
    os_carrier(a->hw.d, false, 0);
    ping(a);
}

static bool tx_pending(const igb_t *a)
{
    for (unsigned i = 0; i < a->queues; i++)
        if (a->tx[i].ring.clean != a->tx[i].ring.use) return true;
    return false;
}

static bool tx_hung(igb_t *a)
{
    bool hung = false;

    for (unsigned i = 0; i < a->queues; i++) hung |= igb_tx_hung(&a->tx[i]);
    // The partner may have paused us.
    return hung && !(rd32(&a->hw, IGB_STATUS) & FMASK(IGB_STATUS_TXOFF));
}

static void restart(igb_t *a)
{
    a->reset_due = false;
    a->stats.resets++;
    igb_down(a);
    if (igb_up(a)) os_log(a->hw.d, "the interface stays down: no memory to restart it");
}

// What Linux does every 2 s whatever the link is.
static void periodic(igb_t *a)
{
    uint16_t v;

    igb_fold_stats(a); // Linux reads all statistics
    if (a->mbps == 1000) (void)igb_phy_read(&a->hw, PHY_GSTATUS, &v);
    wr32(&a->hw, IGB_EICS, igb_vectors(a) & ~1u);
    if (tx_hung(a)) a->reset_due = true;
}

// Queues without buffers get no frames, and so no interrupts: one of our own.
static void refill(igb_t *a)
{
    uint32_t vectors = 0;

    for (unsigned i = 0; i < a->vectors; i++) {
        igb_rx_t *q = a->vector[i].rx;
        if (!q || !q->starved) continue;
        q->starved = false;
        vectors |= 1u << a->vector[i].number;
    }
    if (vectors) wr32(&a->hw, IGB_EICS, vectors);
}

static void report_spoofing(igb_t *a)
{
    for (unsigned n = 0; n < a->hw.vfs; n++)
        if ((a->wvbr | a->wvbr >> IGB_WVBR_VLAN_LSB) >> n & 1)
            os_log(a->hw.d, "Spoof event(s) detected on VF %u", n);
    a->wvbr = 0;
}

void igb_work(void *priv)
{
    igb_t *a = priv;

    if (a->down) return;
    const bool link = igb_link_check(&a->hw);
    if (link && !a->carrier) carrier_up(a);
    else if (!link && a->carrier) carrier_down(a);
    refill(a);
    if (a->watchdog) periodic(a);
    if (a->wvbr) report_spoofing(a);
    // Frames that wait for a dead link would go out as stale ones when it returns.
    if (a->reset_due || (!a->carrier && tx_pending(a))) restart(a); // arms the timer
    else if (a->watchdog && a->work) os_timer_mod(a->work, IGB_WATCHDOG_NS);
}
