// SPDX-License-Identifier: Apache-2.0
// Interrupt handler and NAPI poll.
//
// Why no wakeup is lost: the handler masks everything before it schedules the poll; the poll
// unmasks only after it found fewer packets than its budget. A frame that completes in between has
// set ICR, and the write of IMS raises the line.
#include "driver/e1000.h"

#define IRQ_CAUSES                                                                                 \
    (FMASK(E1000_ICR_TXDW) | FMASK(E1000_ICR_LSC) | FMASK(E1000_ICR_RXSEQ) |                       \
     FMASK(E1000_ICR_RXDMT0) | FMASK(E1000_ICR_RXT0)) // 9Dh

void e1000_irq_enable(e1000_t *a)
{
    wr32(&a->hw, E1000_IMS, IRQ_CAUSES);
    flush(&a->hw);
}

void e1000_irq_disable(e1000_t *a)
{
    wr32(&a->hw, E1000_IMC, 0xFFFFFFFF);
    flush(&a->hw);
}

enum os_irqreturn e1000_isr(void *priv)
{
    e1000_t *a = priv;
    uint32_t icr = rd32(&a->hw, E1000_ICR); // clears it, and with it the line

    if (!icr) return OS_IRQ_NONE; // the line is shared
    if (a->down) return OS_IRQ_HANDLED;
    if (icr & (FMASK(E1000_ICR_LSC) | FMASK(E1000_ICR_RXSEQ))) {
        a->hw.link_unconfirmed = true;
        if (a->work) os_timer_mod(a->work, E1000_LSC_DELAY_NS);
    }
    e1000_irq_disable(a);
    if (os_napi_schedule_prep(a->napi)) {
        a->rx_load = a->tx_load = (e1000_itr_load_t){0, 0};
        os_napi_schedule(a->napi);
    } else {
        e1000_irq_enable(
            a); // a poll is scheduled already: cannot be, for it runs with interrupts masked
    }
    return OS_IRQ_HANDLED;
}

int e1000_poll(void *priv, int budget)
{
    e1000_t *a = priv;
    bool tx_done = e1000_tx_clean(a);
    int done = e1000_rx_clean(a, budget);

    if (!tx_done) done = budget;
    // All of the budget used: the os calls again, the interrupt stays masked, even if the ring is
    // empty by now.
    if (done == budget) return done;

    if (a->mod.adaptive && e1000_itr_update(&a->itr, a->mbps, a->rx_load, a->tx_load)) {
        a->itr_reg = e1000_itr_from_rate(a->itr.rate);
        a->stats.itr_writes++;
        wr32(&a->hw, E1000_ITR, a->itr_reg);
    }
    os_napi_complete(a->napi);
    if (!a->down) e1000_irq_enable(a);
    return done;
}
