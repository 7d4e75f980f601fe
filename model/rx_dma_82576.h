// SPDX-License-Identifier: Apache-2.0
// Moves received frames and frames of the switch into the buffers of their queues (82576), one request at a time.
//
// Cycle contract (docs/cycle-contract-82576.md, "Receive path"): a frame and a descriptor of its lowest queue visible in cycle c
// -> the first request is visible to the port in c+1. `done` visible in cycle d -> in d+1 are visible: the request of the next
// piece; or the completed descriptor to its ring, for the last one of a queue P, behind the last queue the freed granules (or
// the count of looped frames), and the request of the next descriptor, queue or frame if its descriptor is here. What else can
// become of a frame (dropped for a queue, RNBC) comes from tick d+1 on, and d+3 behind a frame that is finished.
//
// The tick looks at rings, registers and lists by pointer, as they are before the other modules' ticks of this cycle.
#ifndef MODERATO_RX_DMA_82576_H
#define MODERATO_RX_DMA_82576_H

#include "model/desc_ring.h"
#include "model/packet_buffer.h"

// SRRCTL.DESCTYPE; other codes are taken for RXD_ADVANCED.
enum rx_dma_desctype { RXD_LEGACY, RXD_ADVANCED, RXD_SPLIT, RXD_SPLIT_ALWAYS = 5 };

// RXQ_STALE: a request that goes on to its end for nobody.
enum rx_dma_82576_state { RXQ_IDLE, RXQ_REQ, RXQ_STALE };

typedef struct rx_dma_82576 {
    enum rx_dma_82576_state state_q;
    bool busy_q;       // a frame is chosen
    bool loop_q;       // it is one of the switch; not busy: so was the last one
    uint8_t queue_q;   // the queue that it goes to now
    uint16_t left_q;   // queues that it still goes to, this one included; 0 when not busy
    bool starved_q;    // RNBC was counted for frame and queue
    bool gone_q;       // the ring was restarted in the middle: to be dropped for this queue
    bool waits;        // the last tick found nothing to do
    uint64_t rest_cyc; // before this tick nothing is dropped
    uint32_t frames_q; // received frames finished since reset (free running)
    uint32_t loops_q;  // frames of the switch finished
    uint32_t taken_q[IGB_Queues]; // descriptors taken since the restart of the ring
    // the descriptor under way; bytes are counted as the host gets them, without a tag that is taken off
    uint32_t off_q;   // bytes of the frame in front of this piece
    uint32_t chunk_q; // of this piece
    uint32_t here_q;  // that this buffer still gets, this piece included
    uint32_t then_q;  // that the packet buffer gets behind the header buffer
    uint32_t part_q;  // that the packet buffer gets in all
    bool legacy_q;
    bool first_q;    // the first of the frame
    uint64_t head_q; // in the first one HDR_LEN and SPH of quadword 0
    bool hbo_q;
    port_req_t req;
    // what it tells: pulses in the cycle of the stamp, fields stay
    ring_done_t done; // to the ring of done_queue
    uint8_t done_queue;
    bool done_lli;    // the last descriptor of a low latency frame
    uint64_t p_cyc;   // P: a frame is in host memory for p_queue; counters of the VF
    uint32_t p_len;   // its stored length
    uint32_t p_bytes; // on the wire, with FCS
    uint8_t p_queue;
    bool p_loop, p_mcast;
    bool p_vf;         // the queue belongs to a VF that is there
    uint64_t drop_cyc; // a frame is dropped for drop_queue
    uint8_t drop_queue;
    bool drop_off;       // because the queue is disabled or restarted; else RQDPC counts
    bool drop_loop;      // it is one of the switch
    uint64_t rnbc_cyc;   // RNBC counts
    uint32_t free_count; // free running write index of free_log
    pb_free_t free_log[PB_FREES];
} rx_dma_82576_t;

typedef struct rx_dma_82576_in {
    uint64_t now;
    const uint32_t *reg;            // RCTL, RXCSUM, QDE; of the queues SRRCTL, RXDCTL, RDLEN, RDT
    uint16_t restart;               // of the rings
    uint16_t may;                   // the function of the queue may request
    uint8_t there;                  // VFs
    const uint8_t *func;            // of the queues' pools
    uint32_t frames;                // packet buffer: frames accepted
    const rx_frame_t *frame, *next; // entry frames_q of the list and the one behind it
    uint32_t loops;                 // l2_switch: frames listed
    const sw_loop_t *loop, *loop_next;
    const desc_ring_t *ring; // [Queues]
    bool sent;               // the port has sent the request
    const uint8_t *rx_mem;   // receive region
    const uint8_t *tx_mem;   // transmit region
    uint32_t rx_bytes, tx_bytes;
} rx_dma_82576_in_t;

void rx_dma_82576_reset(rx_dma_82576_t *s); // PF reset
void rx_dma_82576_tick(rx_dma_82576_t *s, const rx_dma_82576_in_t *in);
// A tick with unchanged inputs changes nothing: a change of a ring, of its tail, of a register, a list or what may request, `sent`
// and restarts have to wake it.
static inline bool rx_dma_82576_quiet(const rx_dma_82576_t *s, uint32_t frames, uint32_t loops)
{
    return s->state_q != RXQ_IDLE || s->waits || (s->frames_q == frames && s->loops_q == loops);
}

// Queues that the received frame in progress has not come to the end of (for the count of what a reset loses).
static inline uint16_t rx_dma_82576_left(const rx_dma_82576_t *s)
{
    return s->loop_q ? 0 : s->left_q;
}

#endif
