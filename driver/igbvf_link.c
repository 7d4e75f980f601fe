// SPDX-License-Identifier: Apache-2.0
// Link, as the mailbox tells it, resets, and the 2 s watchdog (C.4). Runs after events of the
// mailbox, and every 2 s while there is no link, or if asked for.
#include "driver/igbvf.h"

static void carrier_up(igbvf_t *a)
{
    static const unsigned mbps[4] = {10, 100, 1000, 1000};
    const uint32_t status = igbvf_rd(a, IGBVF_VTSTATUS);

    a->mbps = mbps[FGET(IGB_STATUS_SPEED, status)];
    a->carrier = true;
    os_log(a->d, "link up, %u Mb/s, %s duplex", a->mbps,
           FGET(IGB_STATUS_FD, status) ? "full" : "half");
    os_carrier(a->d, true, a->mbps);
    // The ring may have been cleaned while there was no carrier to wake the queue for.
    igb_tx_wake(&a->tx);
}

static void carrier_down(igbvf_t *a)
{
    a->mbps = 0;
    a->carrier = false;
    os_log(a->d, "link down");
    os_carrier(a->d, false, 0);
}

static void restart(igbvf_t *a)
{
    a->reset_due = false;
    a->stats.resets++;
    igbvf_down(a);
    if (igbvf_up(a)) os_log(a->d, "the interface stays down: no memory to restart it");
}

static void periodic(igbvf_t *a)
{
    // Linux reads the counters of the VF here.
    (void)igbvf_rd(a, IGBVF_VFGPRC);
    igbvf_wr(a, IGBVF_VTEICS, 1u << IGBVF_V_RX);
    if (igb_tx_hung(&a->tx)) a->reset_due = true;
}

void igbvf_work(void *priv)
{
    igbvf_t *a = priv;

    if (a->down) return;
    const enum igbvf_link link = igbvf_check_link(&a->mbx);
    if (link == IGBVF_LINK_LOST && igbvf_reset_due(&a->mbx)) a->reset_due = true;
    if (link == IGBVF_LINK_UP && !a->carrier) carrier_up(a);
    else if (link != IGBVF_LINK_UP && a->carrier) carrier_down(a);

    if (a->rx.starved) {
        // A queue without buffers gets no frames, and so no interrupts: one of our own.
        a->rx.starved = false;
        igbvf_wr(a, IGBVF_VTEICS, 1u << IGBVF_V_RX);
    }
    if (a->watchdog) periodic(a);
    // Frames that wait for a dead link would go out as stale ones when it returns.
    if (!a->carrier && a->tx.ring.clean != a->tx.ring.use) a->reset_due = true;
    if (a->reset_due) restart(a); // arms the timer
    else if (a->work && (a->watchdog || !a->carrier)) os_timer_mod(a->work, IGBVF_WATCHDOG_NS);
}
