// SPDX-License-Identifier: Apache-2.0
// Transfers handed in, and levels told from outside.
#include "model/check.h"
#include "model/schedule.h"
#include "model/wiring.h"

#include <string.h>

void nic_rx_frame(nic_t *n, uint64_t first_cyc, const uint8_t *bytes, uint32_t len, bool fcs_good,
                  bool er)
{
    nic_chip_t *c = &n->c;
    CHECK(first_cyc >= n->now, "frame at cycle %llu, now %llu", (unsigned long long)first_cyc,
          (unsigned long long)n->now);
    CHECK(len > 0 && len <= MAC_RX_BYTES, "frame of %u bytes", len);
    if (phy_loopback(&c->phy) ||
        FGET(E1000_RCTL_LBM, c->regs.file[E1000_R_RCTL]) == 3) { // the wire is cut off
        probe(n, NIC_PROBE_RX_FATE, first_cyc, NIC_FATE_FILTERED, 0);
        return;
    }
    CHECK(!c->mac_rx.active, "the wire is taken");
    mac_rx_start(&c->mac_rx, first_cyc, nic_wire_stride(n), bytes, len, false);
    c->mac_rx.fcs_good = fcs_good;
    c->mac_rx.er = er;
    wake(n, BIT(SLOT_MAC_RX), mac_rx_quiet(&c->mac_rx));
}

uint64_t nic_rx_wire_free(const nic_t *n)
{
    const mac_rx_t *m = &n->c.mac_rx;
    if (!m->active) return n->now;
    return mac_rx_quiet(m) + 1;
}

bool nic_access(nic_t *n, uint64_t cyc, const nic_access_t *a)
{
    nic_inbox_t *in = &n->in;
    if (in->access_put - in->access_get >= REGS_QUEUE) return false;
    CHECK(cyc >= n->now, "access at cycle %llu, now %llu", (unsigned long long)cyc,
          (unsigned long long)n->now);
    in->access[in->access_put % REGS_QUEUE].cyc = cyc;
    in->access[in->access_put++ % REGS_QUEUE].a = *a;
    wake(n, BIT(SLOT_REGS), cyc);
    return true;
}

void nic_completion(nic_t *n, uint64_t first_cyc, uint8_t tag, const uint8_t *data, uint32_t len)
{
    CHECK(first_cyc >= n->now, "completion in the past");
    nic_completion_end(n,
                       first_cyc + NIC_CplHdrBeats - 1 + (len + NIC_BeatBytes - 1) / NIC_BeatBytes,
                       tag, data, len);
}

void nic_completion_end(nic_t *n, uint64_t end, uint8_t tag, const uint8_t *data, uint32_t len)
{
    CHECK(end >= n->now && len <= NIC_Mrrs, "completion of %u bytes", len);
    if (tag == RQ_TX_DATA) {
        tx_dma_landed(&n->c.tx_dma, end, data, len);
        wake(n, BIT(SLOT_TX_DMA), end + NIC_TxFinishCyc);
        return;
    }
    const uint32_t q = tag == RQ_TX_FETCH ? 1 : 0;
    CHECK(tag == RQ_TX_FETCH || tag == RQ_RX_FETCH, "completion with tag %u", tag);
    CHECK(n->in.cpl_put[q] - n->in.cpl_get[q] < CPL_QUEUE, "completion nobody asked for");
    nic_cpl_t *c = &n->in.cpl[q][n->in.cpl_put[q]++ % CPL_QUEUE];
    c->end_cyc = end;
    c->len = len;
    memcpy(c->data, data, len);
    wake(n, BIT(q ? SLOT_TX_RING : SLOT_RX_RING), end);
}

void nic_partner(nic_t *n, uint64_t cyc, bool present, uint8_t speed, bool pause)
{
    n->in.lp_next.cyc = cyc;
    n->in.lp_next.present = present;
    n->in.lp_next.speed = speed;
    n->in.lp_next.pause = pause;
    wake(n, BIT(SLOT_PHY), cyc);
}

// ---- levels ----

bool nic_intx(const nic_t *n)
{
    return wiring_intx(&n->c);
}

bool nic_loopback(const nic_t *n)
{
    return wiring_loopback(&n->c);
}

// Nothing is under way and no pulse is visible in the present cycle (docs/cycle-contract.md, "Quiet and idle").
bool nic_still(const nic_t *n)
{
    const nic_chip_t *c = &n->c;
    const uint64_t now = n->now;
    const regs_t *r = &c->regs;
    const rx_dma_t *rx = &c->rx_dma;
    const tx_dma_t *tx = &c->tx_dma;
    const desc_ring_t *rr = &c->rx_ring, *tr = &c->tx_ring;
    if (c->mac_rx.active || c->mac_tx.busy || c->throttle.msi_q || c->port.free_cyc > now)
        return false;
    if (c->mac_tx.xoff_wanted || c->mac_tx.xon_wanted) return false; // they may wait for the gap
    if (rx->state_q != RXD_IDLE || rx->frames_q != c->pb.rx_count || rr->wrote_q != rr->done_q)
        return false;
    if (tx->req.valid || tx->get_q != tx->put_q || tx->frames_q != c->mac_tx.sent_q) return false;
    if (rr->fetch.valid || rr->fetching || rr->wb.valid) return false;
    if (tr->fetch.valid || tr->fetching || tr->wb.valid) return false;
    const uint64_t pulse[] = {
        r->csr_cyc,
        r->reply_cyc,
        r->reset_cyc,
        r->lsc_cyc,
        c->phy.core.mdac_cyc,
        c->phy.phyint_cyc,
        c->mac_rx.rxo_cyc,
        c->mac_rx.pause_cyc,
        rx->done.cyc,
        rx->p_cyc,
        rx->rnbc_cyc,
        rr->cause_cyc,
        tr->cause_cyc,
        c->timers.rx_flush_cyc,
        c->timers.tx_flush_cyc,
        tx->done.cyc,
        tx->w_cyc,
        tx->tsc_cyc,
    };
    for (unsigned i = 0; i < sizeof pulse / sizeof pulse[0]; i++)
        if (pulse[i] == now) return false;
    return true;
}

uint64_t nic_counting(const nic_t *n)
{
    const nic_chip_t *c = &n->c;
    const uint64_t timers = timers_quiet(&c->timers);
    const uint64_t gate = throttle_quiet(&c->throttle, irq_pend(&c->irq));
    return sooner(sooner(timers, gate), sooner(phy_quiet(&c->phy), eeprom_quiet(&c->eeprom)));
}
