// SPDX-License-Identifier: Apache-2.0
#include "model/timers.h"

#include "model/nic.h"

static uint64_t load(uint64_t now, uint32_t units)
{
    return now + (uint64_t)units * NIC_TimerUnitCyc;
}

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void rx_flush(timers_t *s, uint64_t now, bool srpd)
{
    s->pt_cyc = NIC_NEVER;
    s->at_cyc = NIC_NEVER;
    s->rxf_q = 0;
    s->rx_flush_cyc = now + 1;
    s->rx_srpd_q = srpd;
}

static void tx_flush(timers_t *s, uint64_t now)
{
    s->tidv_cyc = NIC_NEVER;
    s->tadv_cyc = NIC_NEVER;
    s->txf_q = 0;
    s->tx_flush_cyc = now + 1;
}

void timers_reset(timers_t *s)
{
    s->pt_cyc = s->at_cyc = s->tidv_cyc = s->tadv_cyc = s->mt_cyc = NIC_NEVER;
    s->rxf_q = s->txf_q = 0;
    s->rx_flush_cyc = s->tx_flush_cyc = NIC_NEVER;
    s->rx_srpd_q = false;
    s->fired_q = 0;
}

// Register writes. Writing 0 to a running timer makes it expire in this tick.
static bool csr_write(timers_t *s, const timers_in_t *in)
{
    const uint64_t now = in->now;
    const uint32_t w = in->csr.wdata;
    switch (in->csr.id) {
    case E1000_R_RDTR:
        if ((w & 0xFFFF) == 0 && s->pt_cyc != NIC_NEVER) s->pt_cyc = now;
        return (w & FMASK(E1000_RDTR_FPD)) != 0;
    case E1000_R_RADV:
        if ((w & 0xFFFF) == 0 && s->at_cyc != NIC_NEVER) s->at_cyc = now;
        break;
    case E1000_R_TIDV:
        if ((w & 0xFFFF) == 0 && s->tidv_cyc != NIC_NEVER) s->tidv_cyc = now;
        break;
    case E1000_R_TADV:
        if ((w & 0xFFFF) == 0 && s->tadv_cyc != NIC_NEVER) s->tadv_cyc = now;
        break;
    case E1000_R_RXFRAMES:
        if ((w & 0xFFFF) == 0) s->rxf_q = 0;
        break;
    case E1000_R_TXFRAMES:
        if ((w & 0xFFFF) == 0) s->txf_q = 0;
        break;
    case E1000_R_MTCTL:
        if ((w & FMASK(E1000_MTCTL_EN)) == 0) s->mt_cyc = NIC_NEVER;
        break;
    case E1000_R_MTDLY:
        if ((w & 0xFFFF) == 0 && s->mt_cyc != NIC_NEVER) s->mt_cyc = now;
        break;
    default: break;
    }
    return false;
}

static bool receive_event(timers_t *s, const timers_in_t *in)
{
    const uint64_t now = in->now;
    const uint32_t rdtr = in->reg[E1000_R_RDTR], radv = in->reg[E1000_R_RADV];
    const uint32_t frames = in->reg[E1000_R_RXFRAMES], small = in->reg[E1000_R_RSRPD];
    if (small != 0 && in->p_len <= small) {
        rx_flush(s, now, true);
        s->fired_q |= NIC_TIMER_SRPD;
        return false;
    }
    if (frames != 0 && ++s->rxf_q >= frames) {
        rx_flush(s, now, false);
        s->fired_q |= NIC_TIMER_RXFRAMES;
        return true;
    }
    if (rdtr == 0) {
        // No delay: RXT0 at once, unless frames are counted. See the header for small == 0.
        if (frames == 0 && small != 0) rx_flush(s, now, false);
        return false;
    }
    s->pt_cyc = load(now, rdtr);
    if (radv != 0 && s->at_cyc == NIC_NEVER) s->at_cyc = load(now, radv);
    return false;
}

static bool transmit_event(timers_t *s, const timers_in_t *in)
{
    const uint64_t now = in->now;
    const uint32_t tidv = in->reg[E1000_R_TIDV], tadv = in->reg[E1000_R_TADV];
    const uint32_t frames = in->reg[E1000_R_TXFRAMES];
    if (!in->w_ide) {
        if (in->w_rs) { // the ring raises TXDW for it now
            s->tidv_cyc = s->tadv_cyc = NIC_NEVER;
            s->txf_q = 0;
        }
        return false;
    }
    if (!in->w_rs) {
        if (s->tidv_cyc != NIC_NEVER) s->tidv_cyc = load(now, tidv);
        return false;
    }
    if (frames != 0 && ++s->txf_q >= frames) {
        tx_flush(s, now);
        s->fired_q |= NIC_TIMER_TXFRAMES;
        return true;
    }
    if (tidv == 0) {
        if (frames == 0) s->tadv_cyc = NIC_NEVER; // as IDE = 0: the ring raises TXDW now
        return false;
    }
    s->tidv_cyc = load(now, tidv);
    if (tadv != 0 && s->tadv_cyc == NIC_NEVER) s->tadv_cyc = load(now, tadv);
    return false;
}

void timers_tick(timers_t *s, const timers_in_t *in)
{
    const uint64_t now = in->now;
    const uint32_t mtctl = in->reg[E1000_R_MTCTL], mtdly = in->reg[E1000_R_MTDLY];
    bool fire = false; // a moderated event: the master folds the others into it
    s->fired_q = 0;

    // 1. register writes
    bool flush_now = false;
    if (in->csr.valid && in->csr.write) flush_now = csr_write(s, in);
    if (in->restart_rx) {
        s->pt_cyc = s->at_cyc = NIC_NEVER;
        s->rxf_q = 0;
    }

    // 2. expiry
    if (s->pt_cyc <= now || s->at_cyc <= now) {
        s->fired_q |= (s->pt_cyc <= now ? NIC_TIMER_PT : 0) | (s->at_cyc <= now ? NIC_TIMER_AT : 0);
        rx_flush(s, now, false);
        fire = true;
    }
    if (flush_now) {
        rx_flush(s, now, false);
        s->fired_q |= NIC_TIMER_FLUSH;
    }
    if (s->tidv_cyc <= now || s->tadv_cyc <= now) {
        s->fired_q |=
            (s->tidv_cyc <= now ? NIC_TIMER_TIDV : 0) | (s->tadv_cyc <= now ? NIC_TIMER_TADV : 0);
        tx_flush(s, now);
        fire = true;
    }
    if (s->mt_cyc <= now) {
        s->fired_q |= NIC_TIMER_MASTER;
        s->mt_cyc = NIC_NEVER;
        fire = true;
    }

    // Folding looks at the timers as they stood before this cycle's packets: what starts now belongs to the next window.
    const bool master = (mtctl & FMASK(E1000_MTCTL_EN)) != 0;
    const bool rx_ran = s->pt_cyc != NIC_NEVER || s->at_cyc != NIC_NEVER;
    const bool tx_ran = s->tidv_cyc != NIC_NEVER || s->tadv_cyc != NIC_NEVER;

    // 3. packet and descriptor events
    if (in->p && receive_event(s, in)) fire = true;
    if (in->w && transmit_event(s, in)) fire = true;

    if (master && fire) {
        s->mt_cyc = NIC_NEVER;
        if ((mtctl & FMASK(E1000_MTCTL_FOLD_RX)) && rx_ran &&
            (s->pt_cyc != NIC_NEVER || s->at_cyc != NIC_NEVER))
            rx_flush(s, now, false);
        if ((mtctl & FMASK(E1000_MTCTL_FOLD_TX)) && tx_ran &&
            (s->tidv_cyc != NIC_NEVER || s->tadv_cyc != NIC_NEVER))
            tx_flush(s, now);
    }
    const bool running = s->pt_cyc != NIC_NEVER || s->at_cyc != NIC_NEVER ||
                         s->tidv_cyc != NIC_NEVER || s->tadv_cyc != NIC_NEVER;
    if (master && mtdly != 0 && running && s->mt_cyc == NIC_NEVER) s->mt_cyc = load(now, mtdly);
}

uint64_t timers_quiet(const timers_t *s)
{
    return min64(min64(min64(s->pt_cyc, s->at_cyc), min64(s->tidv_cyc, s->tadv_cyc)), s->mt_cyc);
}
