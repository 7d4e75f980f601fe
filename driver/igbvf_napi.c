// SPDX-License-Identifier: Apache-2.0
// Interrupt handlers and the poll of igbvf (C.3). The transmit ring is cleaned in the handler.
//
// Why no wakeup is lost: as in igb_napi.c. After an unfinished cleaning only EICS is written: that
// unmasks the vector as well.
#include "driver/igbvf.h"

static void write_itr(const igbvf_t *a, igbvf_itr_t *s, unsigned vector)
{
    if (!s->changed) return;
    s->changed = false;
    igbvf_wr(a, IGBVF_VTEITR + IGBVF_VTEITR_STRIDE * vector, igbvf_itr_reg(s->value));
}

enum os_irqreturn igbvf_tx_isr(void *priv)
{
    igbvf_t *a = priv;

    write_itr(a, &a->tx_itr, IGBVF_V_TX);
    a->tx.load = (e1000_itr_load_t){0, 0};
    const bool all = igb_tx_clean(&a->tx, a->tx.ring.count, a->carrier && !a->down);
    igbvf_wr(a, all ? IGBVF_VTEIMS : IGBVF_VTEICS, 1u << IGBVF_V_TX);
    return OS_IRQ_HANDLED;
}

// Hybrid, up to moderate load: as in igb_napi.c.
static bool serve(igbvf_t *a)
{
    int n;

    do {
        n = igb_rx_clean(&a->rx, POLICY_BATCH);
        if (policy_took(&a->policy, os_now_ns(a->d), n)) return false;
    } while (n == POLICY_BATCH);
    if (a->rx.starved && a->work) os_timer_mod(a->work, IGB_REFILL_WAIT_NS);
    os_napi_complete(a->napi);
    if (!a->down) igbvf_wr(a, IGBVF_VTEIMS, 1u << IGBVF_V_RX);
    return true;
}

enum os_irqreturn igbvf_rx_isr(void *priv)
{
    igbvf_t *a = priv;

    write_itr(a, &a->rx_itr, IGBVF_V_RX);
    if (os_napi_schedule_prep(a->napi)) {
        a->rx.load = (e1000_itr_load_t){0, 0};
        policy_event(&a->policy);
        if (!policy_at_once(&a->policy) || !serve(a)) os_napi_schedule(a->napi);
    } else {
        a->missed = true;
    }
    return OS_IRQ_HANDLED;
}

enum os_irqreturn igbvf_other_isr(void *priv)
{
    igbvf_t *a = priv;

    if (!a->down && a->work) os_timer_mod(a->work, IGBVF_EVENT_NS);
    igbvf_wr(a, IGBVF_VTEIMS, 1u << IGBVF_V_OTHER);
    return OS_IRQ_HANDLED;
}

// DIM writes at once, without touching the running interval (CNT_IGNR).
static void update_itr(igbvf_t *a)
{
    uint32_t usecs;

    a->stats.itr_writes += igbvf_itr_update(&a->tx_itr, a->tx.load);
    const bool changed = igbvf_itr_update(&a->rx_itr, a->rx.load);
    a->stats.itr_writes += changed;
    if (a->policy.set.kind != OS_POLICY_DIM) a->policy.stats.changes += changed;
    if (!policy_polled(&a->policy, os_now_ns(a->d), a->rx.load.packets, a->rx.load.bytes, &usecs))
        return;
    (void)igbvf_itr_fix_usecs(&a->rx_itr, usecs);
    a->stats.itr_writes++;
    igbvf_wr(a, IGBVF_VTEITR + IGBVF_VTEITR_STRIDE * IGBVF_V_RX, igb_itr_reg(a->rx_itr.value));
}

int igbvf_poll(void *priv, int budget)
{
    igbvf_t *a = priv;
    const int done = igb_rx_clean(&a->rx, budget);

    if (a->rx.starved && a->work) os_timer_mod(a->work, IGB_REFILL_WAIT_NS);
    (void)policy_took(&a->policy, os_now_ns(a->d), done);
    if (done == budget) return done;

    if (!os_napi_complete_done(a->napi, done)) return done;
    if (a->missed && os_napi_schedule_prep(a->napi)) {
        a->missed = false;
        os_napi_schedule(a->napi);
        return done;
    }
    update_itr(a);
    if (!a->down) igbvf_wr(a, IGBVF_VTEIMS, 1u << IGBVF_V_RX);
    return done;
}
