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

#include "model/filters_82576.h"
#include "model/nic.h"
#include "model/offload.h"
#include "model/packet_buffer.h"
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
    // the 82576 only
    rss_shape_t rss_q;  // as shape_q; that of the arriving frame is in filters
    bool shapes_differ; // maybe: shape_q and rss_q have been made anew
    filters_82576_t filters;
} mac_rx_t;

typedef struct mac_rx_in {
    uint64_t now;
    bool en;         // RCTL.EN and (STATUS.LU or loopback)
    bool ring_empty; // meters: which of the two losses
    bool written;    // a register may show a new value in this cycle
    const uint32_t *reg;
    uint32_t free_count; // of rx_dma
    const pb_free_t *free_log;
    uint32_t changes; // the 82576 only: another number when one of `reg` has changed; 0: not told
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

#endif
