// SPDX-License-Identifier: Apache-2.0
// The receive side of the MAC: takes a frame from the wire, passes the verdict (length, FCS, flow control, filter,
// packet buffer), strips VLAN tag and FCS, adds the offload results and hands the frame to the packet buffer.
//
// Cycle contract: rx_dv falls in the cycle after the last byte (cycle e). The verdict is passed in tick
// e + RxVerdictCyc, with the registers as they are then; the frame, its counters and RXO are visible one cycle later.
// A frame is received when the receiver was on (RCTL.EN and link up, or loopback) in its first preamble cycle. RXCSUM,
// VET, CTRL.VME and RCTL.SECRC count as they are in that cycle too, for what is stripped and what the offload reports;
// the VLAN filter takes VET at the verdict.
// A frame with RX_ER is told to the PHY in the cycle behind the verdict, whatever becomes of it here.
//
// Stripped is first the tag (VME, type VET, at least 16 bytes on the wire), then the FCS (SECRC, more than 4 bytes).
// In loopback the device's own frames arrive instead of the wire's, one cycle after they would be on the pins.
#ifndef MODERATO_MAC_RX_H
#define MODERATO_MAC_RX_H

#include "model/nic.h"
#include "model/offload.h"
#include "model/packet_buffer.h"
#include "model/rss.h"
#include "model/rx_filter.h"
#include "model/stats.h"

enum { MAC_RX_BYTES = NIC_FrameMax + 64 };

typedef struct mac_rx {
    bool active;      // a frame is arriving
    bool own;         // it is the device's own (loopback)
    bool latched, on; // the receiver was on when it started; on is valid when latched
    bool en_q;        // receiver on, as of the last tick
    bool fcs_good, er;
    rx_shape_t shape, shape_q; // of the arriving frame (valid when latched), as of the last tick
    pb_arrival_t arr;
    const uint8_t *bytes; // the frame with FCS
    uint64_t rxo_cyc;     // RXO is pulsed in this cycle
    uint64_t err_cyc;     // the PHY is told of a receive error in this cycle; outlives a reset
    uint64_t pause_cyc;   // a PAUSE is told to mac_tx in this cycle
    uint16_t pause_quanta;
    rss_shape_t rss, rss_q; // the 82576 only: as shape, shape_q
} mac_rx_t;

typedef struct mac_rx_in {
    uint64_t now;
    bool en;         // RCTL.EN and (STATUS.LU or loopback)
    bool ring_empty; // meters: which of the two losses
    bool written;    // a register may show a new value in this cycle
    const uint32_t *reg;
    uint32_t free_count; // of rx_dma
    const pb_free_t *free_log;
} mac_rx_in_t;

void mac_rx_init(mac_rx_t *s); // power-good
// CTRL.RST in tick `now`. True: the verdict on a frame would have come in this tick; it is ignored.
bool mac_rx_reset(mac_rx_t *s, uint64_t now);
// A frame begins: first preamble byte in first_cyc. `len` may be raised while it arrives (pins).
void mac_rx_start(mac_rx_t *s, uint64_t first_cyc, uint32_t stride, const uint8_t *bytes,
                  uint32_t len, bool own);
// What fcs_good is to be for these bytes.
bool mac_rx_fcs_good(const uint8_t *bytes, uint32_t len);
// Cycle of the last byte of the frame that is arriving.
static inline uint64_t mac_rx_end(const mac_rx_t *s)
{
    return s->arr.first_cyc + (uint64_t)(NIC_PreambleBytes + s->arr.len - 1) * s->arr.stride;
}
// Returns the fate of the frame that ended in this tick, -1 when none did.
int mac_rx_tick(mac_rx_t *s, const mac_rx_in_t *in, packet_buffer_t *pb, stats_t *stats,
                bool ended);
static inline uint64_t mac_rx_quiet(const mac_rx_t *s)
{
    return s->active ? mac_rx_end(s) + NIC_RxVerdictCyc : NIC_NEVER;
}

// ---- for the ticks of both devices ----

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

// What filters and limits say of a frame that the receiver was on for.
typedef struct mac_rx_judged {
    uint32_t flags; // STATS_*: LPE, TOO_LONG, BCAST, MCAST
    bool pass;      // its address and VLAN passed
    bool giant;
    bool keep_bad;      // it is stored also when it is bad (with `pass`)
    rx_pause_t control; // of a legal frame
} mac_rx_judged_t;

// No error, and a length that is legal.
static inline bool mac_rx_legal(const mac_rx_t *s, bool giant)
{
    return s->fcs_good && !s->er && s->arr.len >= NIC_FrameMin && !giant;
}

// The verdict: counts the frame, tells PAUSE and RXO. NIC_FATE_ACCEPTED: it is to be stored.
static inline enum nic_fate mac_rx_judge(mac_rx_t *s, const mac_rx_in_t *in,
                                         const mac_rx_judged_t *j, stats_t *stats)
{
    const uint32_t len = s->arr.len;
    stats_rx_event_t ev = {.len = len,
                           .flags = j->flags | (s->fcs_good ? 0u : STATS_CRC_ERR) |
                                    (s->er ? STATS_RX_ERR : 0u)};
    const bool runt = len < NIC_FrameMin, legal = mac_rx_legal(s, j->giant);
    const enum nic_fate fault = runt       ? NIC_FATE_UNDERSIZE
                                : j->giant ? NIC_FATE_OVERSIZE
                                           : NIC_FATE_BAD_FCS;
    bool wanted = j->pass;
    if (legal) {
        const rx_pause_t *p = &j->control;
        if (p->is_pause) {
            s->pause_cyc = in->now + 1;
            s->pause_quanta = p->quanta;
            ev.flags |= p->quanta ? STATS_XOFF : STATS_XON;
        } else if (p->unsupported_opcode) {
            ev.flags |= STATS_UNSUPPORTED;
        }
        wanted = (j->pass && !p->discard) || p->force;
        if (!wanted && !p->is_pause && !p->unsupported_opcode) return NIC_FATE_FILTERED;
        if (!wanted) ev.flags |= STATS_DISCARDED;
    } else if (!j->pass) {
        return fault;
    }
    const bool stored = wanted && (legal || j->keep_bad);
    const bool missed = stored && s->arr.lost;
    if (missed) ev.flags |= STATS_MISSED;
    stats_rx(stats, &ev);
    if (!wanted) return NIC_FATE_FILTERED;
    if (!stored) return fault;
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
