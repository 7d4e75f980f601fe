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

enum os_irqreturn igbvf_rx_isr(void *priv)
{
    igbvf_t *a = priv;

    write_itr(a, &a->rx_itr, IGBVF_V_RX);
    if (os_napi_schedule_prep(a->napi)) {
        a->rx.load = (e1000_itr_load_t){0, 0};
        os_napi_schedule(a->napi);
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

int igbvf_poll(void *priv, int budget)
{
    igbvf_t *a = priv;
    const int done = igb_rx_clean(&a->rx, budget);

    if (a->rx.starved && a->work) os_timer_mod(a->work, IGB_REFILL_WAIT_NS);
    if (done == budget) return done;

    os_napi_complete(a->napi);
    if (a->missed && os_napi_schedule_prep(a->napi)) {
        a->missed = false;
        os_napi_schedule(a->napi);
        return done;
    }
    a->stats.itr_writes += igbvf_itr_update(&a->tx_itr, a->tx.load);
    a->stats.itr_writes += igbvf_itr_update(&a->rx_itr, a->rx.load);
    if (!a->down) igbvf_wr(a, IGBVF_VTEIMS, 1u << IGBVF_V_RX);
    return done;
}
