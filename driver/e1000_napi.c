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

// Hybrid, up to moderate load: the handler takes all there is, with interrupts off. False: too much
// for that, the poll shall go on.
static bool serve(e1000_t *a)
{
    bool more;

    do {
        more = !e1000_tx_clean(a);
        const int n = e1000_rx_clean(a, POLICY_BATCH);
        more |= n == POLICY_BATCH;
        if (policy_took(&a->policy, os_now_ns(a->hw.d), n)) return false;
    } while (more);
    os_napi_complete(a->napi);
    e1000_irq_enable(a);
    return true;
}

// Without NAPI: an interrupt takes one frame, up to the socket, and asks for another one if the next
// frame is there already. Nothing is masked, so frames have priority over everything that is to
// become of them: under overload the application gets no time at all (receive livelock).
static void serve_one(e1000_t *a)
{
    (void)e1000_tx_clean(a);
    if (e1000_rx_clean(a, 1) == 0) return; // taken by the interrupt before
    if (e1000_rx_waiting(a)) wr32(&a->hw, E1000_ICS, FMASK(E1000_ICR_RXT0));
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
    if (a->per_packet) {
        serve_one(a);
        return OS_IRQ_HANDLED;
    }
    e1000_irq_disable(a);
    if (os_napi_schedule_prep(a->napi)) {
        a->rx_load = a->tx_load = (e1000_itr_load_t){0, 0};
        policy_event(&a->policy);
        if (!policy_at_once(&a->policy) || !serve(a)) os_napi_schedule(a->napi);
    } else {
        e1000_irq_enable(
            a); // a poll is scheduled already: cannot be, for it runs with interrupts masked
    }
    return OS_IRQ_HANDLED;
}

// At the end of polling, interrupts being masked still.
static void update_itr(e1000_t *a)
{
    uint32_t usecs;

    if (a->mod.adaptive) {
        const bool changed = e1000_itr_update(&a->itr, a->mbps, a->rx_load, a->tx_load);
        policy_decided(&a->policy, a->itr.rx > a->itr.tx ? a->itr.rx : a->itr.tx);
        if (!changed) return;
        a->itr_reg = e1000_itr_from_rate(a->itr.rate);
    } else if (policy_polled(&a->policy, os_now_ns(a->hw.d), a->rx_load.packets, a->rx_load.bytes,
                             &usecs)) {
        a->itr_reg = (uint32_t)e1000_itr_from_usecs(usecs);
    } else {
        return;
    }
    a->stats.itr_writes++;
    wr32(&a->hw, E1000_ITR, a->itr_reg);
}

int e1000_poll(void *priv, int budget)
{
    e1000_t *a = priv;
    bool tx_done = e1000_tx_clean(a);
    int done = e1000_rx_clean(a, budget);

    (void)policy_took(&a->policy, os_now_ns(a->hw.d), done);
    if (!tx_done) done = budget;
    // All of the budget used: the os calls again, the interrupt stays masked, even if the ring is
    // empty by now.
    if (done == budget) return done;

    update_itr(a);
    if (os_napi_complete_done(a->napi, done) && !a->down) e1000_irq_enable(a);
    return done;
}
