// SPDX-License-Identifier: Apache-2.0
// Interrupt handlers and NAPI polls (B.6).
//
// Why no wakeup is lost: the device masks a vector when it sends its message (EIAM); the poll
// unmasks it only after it found fewer packets than its budget, and what has come meanwhile is sent
// by that. The watchdog's EICS unmasks vectors under a running poll: an interrupt that comes then
// makes the poll run again.
#include "driver/igb.h"

// ---- mailbox ------------------------------------------------------------------------------------

void igb_mbx_begin(igb_t *a)
{
    a->mbx_busy = true;
}

void igb_mbx_end(igb_t *a)
{
    while (a->mbx_event) {
        a->mbx_event = false;
        igb_mbx_service(&a->mbx);
    }
    a->mbx_busy = false;
}

// ---- vector 0 -----------------------------------------------------------------------------------

enum os_irqreturn igb_other_isr(void *priv)
{
    igb_t *a = priv;
    const igb_hw_t *hw = &a->hw;
    const uint32_t icr = rd32(hw, IGB_ICR);
    bool work = false;

    if (icr & FMASK(IGB_ICR_DRSTA)) a->reset_due = work = true;
    if (icr & FMASK(IGB_ICR_DOUTSYNC)) a->wvbr |= rd32(hw, IGB_WVBR);
    if (icr & FMASK(IGB_ICR_VMMB)) {
        a->mbx_event = true;
        if (!a->mbx_busy) {
            igb_mbx_begin(a);
            igb_mbx_end(a);
        }
    }
    if (icr & FMASK(IGB_ICR_LSC)) a->hw.link_unconfirmed = work = true;
    if (work && !a->down && a->work) os_timer_mod(a->work, IGB_LSC_DELAY_NS);
    wr32(hw, IGB_EIMS, 1);
    return OS_IRQ_HANDLED;
}

// ---- vectors of queues --------------------------------------------------------------------------

void igb_write_itr(igb_vector_t *v)
{
    if (!v->itr.changed) return;
    v->itr.changed = false;
    wr32(&v->a->hw, IGB_EITR + IGB_EITR_STRIDE * v->number, igb_itr_reg(v->itr.value));
}

// Hybrid, up to moderate load: the handler takes all there is, the vector being masked. False: too
// much for that, the poll shall go on.
static bool serve(igb_vector_t *v)
{
    igb_t *a = v->a;
    bool more;

    do {
        more = v->tx && !igb_tx_clean(v->tx, IGB_TX_WORK, a->carrier && !a->down);
        const int n = igb_rx_clean(v->rx, POLICY_BATCH);
        more |= n == POLICY_BATCH;
        if (policy_took(&v->policy, os_now_ns(a->hw.d), n)) return false;
    } while (more);
    if (v->rx->starved && a->work) os_timer_mod(a->work, IGB_REFILL_WAIT_NS);
    os_napi_complete(v->napi);
    if (!a->down) wr32(&a->hw, IGB_EIMS, 1u << v->number);
    return true;
}

enum os_irqreturn igb_queue_isr(void *priv)
{
    igb_vector_t *v = priv;

    igb_write_itr(v);
    if (!os_napi_schedule_prep(v->napi)) {
        v->missed = true;
        return OS_IRQ_HANDLED;
    }
    policy_event(&v->policy);
    if (!policy_at_once(&v->policy) || !serve(v)) os_napi_schedule(v->napi);
    return OS_IRQ_HANDLED;
}

static void run_dim(igb_vector_t *v, e1000_itr_load_t rx)
{
    uint32_t usecs;

    if (!policy_polled(&v->policy, os_now_ns(v->a->hw.d), rx.packets, rx.bytes, &usecs)) return;
    (void)igb_itr_literal(usecs, &v->itr.value);
    v->itr.changed = true;
    v->a->stats.itr_writes++;
    igb_write_itr(v);
}

// At the end of polling.
static void update_itr(igb_vector_t *v)
{
    static const e1000_itr_load_t none = {0, 0};
    igb_t *a = v->a;
    const e1000_itr_load_t rx = v->rx ? v->rx->load : none, tx = v->tx ? v->tx->load : none;

    if (!igb_itr_dynamic(&v->itr) && v->policy.set.kind != OS_POLICY_DIM) return;
    if (v->rx) v->rx->load = none;
    if (v->tx) v->tx->load = none;
    if (v->policy.set.kind == OS_POLICY_DIM) {
        run_dim(v, rx);
        return;
    }
    const bool by_class = a->vectors == 1 && !a->hw.vfs;
    const bool changed = by_class ? igb_itr_update_class(&v->itr, a->mbps, rx, tx)
                                  : igb_itr_update_size(&v->itr, a->mbps, rx, tx);
    if (changed) a->stats.itr_writes++;
    if (by_class) policy_decided(&v->policy, v->itr.rx > v->itr.tx ? v->itr.rx : v->itr.tx);
    else v->policy.stats.changes += changed;
}

int igb_poll(void *priv, int budget)
{
    igb_vector_t *v = priv;
    igb_t *a = v->a;
    bool all = true;
    int done = 0;

    if (v->tx) all = igb_tx_clean(v->tx, IGB_TX_WORK, a->carrier && !a->down);
    if (v->rx) {
        done = igb_rx_clean(v->rx, budget);
        if (v->rx->starved && a->work) os_timer_mod(a->work, IGB_REFILL_WAIT_NS);
        (void)policy_took(&v->policy, os_now_ns(a->hw.d), done);
    }
    // More may be there: the os calls again, the vector stays masked.
    if (!all || done == budget) return budget;

    if (!os_napi_complete_done(v->napi, done)) return done;
    if (v->missed && os_napi_schedule_prep(v->napi)) {
        v->missed = false;
        os_napi_schedule(v->napi);
        return done;
    }
    update_itr(v);
    if (!a->down) wr32(&a->hw, IGB_EIMS, 1u << v->number);
    return done;
}
