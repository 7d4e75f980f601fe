// SPDX-License-Identifier: Apache-2.0
// The transmit side of the MAC: puts frames from the packet buffer on the wire (preamble, padding done by tx_dma, FCS),
// keeps the inter-packet gap, obeys received PAUSE and sends its own.
//
// Cycle contract: a frame visible in cycle c, with the wire free, starts in tick c: tx_en and the first preamble byte are
// on the pins in c+1. After the last byte (cycle e) the granules and counters are visible in e+1, and the next frame may
// be on the pins in e + 1 + gap, gap = TIPG.IPGT + 4 + AIT clocks times the stride of the link. PAUSE frames go first.
// A frame that has started is finished even when reset or PAUSE comes. One that reset finds on the wire is an orphan: until
// its last byte is out the device receives nothing and takes no transmit descriptor, so that nobody writes to the bytes
// that are being sent.
#ifndef MODERATO_MAC_TX_H
#define MODERATO_MAC_TX_H

#include "model/nic.h"
#include "model/packet_buffer.h"
#include "model/stats.h"

typedef struct mac_tx {
    bool busy;   // a frame is on the wire
    bool loop;   // it goes to the receiver, not to the pins
    bool orphan; // the frame on the wire is of the time before the reset
    uint64_t first_cyc, end_cyc;
    uint32_t stride;
    uint32_t len;          // with FCS
    uint32_t granules;     // to give back at its end
    bool listed;           // it is of the list: counted at its end
    uint64_t ready_cyc;    // the next frame may start in this tick and after
    uint32_t sent_q;       // frames of tx_dma taken (free running)
    uint32_t freed_q;      // granules given back (free running)
    uint32_t ended_q;      // frames of the list whose last byte is out (free running)
    uint64_t paused_until; // PAUSE received: no frame of tx_dma starts before this tick
    bool xoff_wanted, xon_wanted;
    bool xoff_sent;         // an XOFF is in force at the partner
    stats_tx_event_t event; // counted at the end
    uint8_t buf[NIC_FrameMax + 64];
} mac_tx_t;

typedef struct mac_tx_in {
    uint64_t now;
    bool link; // STATUS.LU or loopback
    bool loopback;
    bool tx_en; // TCTL.EN
    uint32_t stride;
    uint32_t frames;        // frames listed (free running),
    const tx_frame_t *list; // the list: TxFramesMax of them
    const uint32_t *reg;
    uint32_t rx_bytes; // size of the receive region
    uint32_t rx_used;  // granules in the receive region (watermarks)
    bool pause;        // mac_rx saw a PAUSE
    uint16_t pause_quanta;
    bool overflow; // mac_rx lost a frame
    csr_t csr;
} mac_tx_in_t;

// now: cycle of the reset (power-good: 0).
void mac_tx_reset(mac_tx_t *s, uint64_t now);
// Returns true when a frame starts in the next cycle (s->buf, s->len, s->first_cyc). The tick of the 82540EM, and that of the
// 82576: the same with another register file.
bool mac_tx_tick(mac_tx_t *s, const mac_tx_in_t *in, const packet_buffer_t *pb, stats_t *stats);
bool mac_tx_tick_82576(mac_tx_t *s, const mac_tx_in_t *in, const packet_buffer_t *pb,
                       stats_t *stats);
// First tick in which something can happen with unchanged inputs. frames, link: as in the input.
uint64_t mac_tx_quiet(const mac_tx_t *s, uint32_t frames, bool link);
// PAUSE state for STATUS.TXOFF.
static inline bool mac_tx_off(const mac_tx_t *s, uint64_t now)
{
    return now < s->paused_until;
}

#endif
