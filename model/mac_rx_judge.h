// SPDX-License-Identifier: Apache-2.0
// What the receivers of both devices do in their ticks: inside mac_rx.c and mac_rx_82576.c.
#ifndef MODERATO_MAC_RX_JUDGE_H
#define MODERATO_MAC_RX_JUDGE_H

#include "model/mac_rx.h"
#include "model/rx_filter.h"

// The first tick behind f: whether the receiver was on then is taken over. True in that tick.
static inline bool mac_rx_latch(mac_rx_t *s, const mac_rx_in_t *in)
{
    const bool first = s->active && !s->latched && s->arr.first_cyc < in->now;
    if (first) {
        s->latched = true;
        s->on = s->en_q; // as it was in every cycle since the tick before this one
    }
    s->en_q = in->en;
    return first;
}

// The frame has ended, in the tick of its verdict.
static inline void mac_rx_ended(mac_rx_t *s, uint64_t now)
{
    s->active = false;
    if (s->er) s->err_cyc = now + 1;
}

// No error, and a length that is legal.
static inline bool mac_rx_legal(const mac_rx_t *s, bool giant)
{
    return s->fcs_good && !s->er && s->arr.len >= NIC_FrameMin && !giant;
}

// The verdict on a frame that the receiver was on for: counts it, tells PAUSE and RXO.
// NIC_FATE_ACCEPTED: it is to be stored.
//   flags     STATS_*: LPE, TOO_LONG, BCAST, MCAST
//   pass      its address and VLAN passed
//   giant     it is too long
//   legal     mac_rx_legal()
//   keep_bad  it is stored also when it is bad (with `pass`)
//   control   of a legal frame
static inline __attribute__((always_inline)) enum nic_fate
mac_rx_judge(mac_rx_t *s, const mac_rx_in_t *in, stats_t *stats, uint32_t flags, bool pass,
             bool giant, bool legal, bool keep_bad, rx_pause_t control)
{
    const uint32_t len = s->arr.len;
    stats_rx_event_t ev = {.len = len,
                           .flags = flags | (s->fcs_good ? 0u : STATS_CRC_ERR) |
                                    (s->er ? STATS_RX_ERR : 0u)};
    const bool runt = len < NIC_FrameMin;
    bool wanted = pass;
    if (legal) {
        if (control.is_pause) {
            s->pause_cyc = in->now + 1;
            s->pause_quanta = control.quanta;
            ev.flags |= control.quanta ? STATS_XOFF : STATS_XON;
        } else if (control.unsupported_opcode) {
            ev.flags |= STATS_UNSUPPORTED;
        }
        wanted = (pass && !control.discard) || control.force;
        if (!wanted && !(ev.flags & (STATS_XON | STATS_XOFF | STATS_UNSUPPORTED)))
            return NIC_FATE_FILTERED;
        if (!wanted) ev.flags |= STATS_DISCARDED;
    } else if (!pass) {
        return runt ? NIC_FATE_UNDERSIZE : giant ? NIC_FATE_OVERSIZE : NIC_FATE_BAD_FCS;
    }
    const bool stored = wanted && (legal || keep_bad);
    const bool missed = stored && s->arr.lost;
    if (missed) ev.flags |= STATS_MISSED;
    stats_rx(stats, &ev);
    if (!wanted) return NIC_FATE_FILTERED;
    if (!stored) return runt ? NIC_FATE_UNDERSIZE : giant ? NIC_FATE_OVERSIZE : NIC_FATE_BAD_FCS;
    if (missed) {
        s->rxo_cyc = in->now + 1;
        return in->ring_empty ? NIC_FATE_NO_DESC : NIC_FATE_FIFO;
    }
    return NIC_FATE_ACCEPTED;
}

// Of an accepted frame: errors of its bytes on the wire, as in the descriptor.
static inline uint8_t mac_rx_errors(const mac_rx_t *s)
{
    return (uint8_t)((s->fcs_good ? 0 : E1000_RXD_ERR_CE) | (s->er ? E1000_RXD_ERR_RXE : 0));
}

#endif
