// SPDX-License-Identifier: Apache-2.0
// Moves accepted frames from the packet buffer into host buffers, one request (one descriptor's share) at a time.
//
// Cycle contract: a frame and a descriptor visible in cycle c -> the data request is visible to the port in c+1. `done`
// visible in cycle d (last data beat of the descriptor's share was on the pins in d-1) -> in d+1 are visible: the
// completed descriptor to the ring, for the last one P to the timers and the freed granules to the packet buffer, and the
// request of the next frame if there is one.
#ifndef MODERATO_RX_DMA_H
#define MODERATO_RX_DMA_H

#include "model/desc_ring.h"
#include "model/packet_buffer.h"

enum rx_dma_state { RXD_IDLE, RXD_REQ, RXD_STALE };

typedef struct rx_dma {
    enum rx_dma_state state_q;
    uint32_t taken_q;  // descriptors taken since the restart of the ring
    uint32_t frames_q; // frames finished since reset (free running)
    uint32_t off_q;    // bytes of the present frame already in host memory
    uint32_t chunk_q;  // bytes of the request under way
    bool starved_q;    // RNBC was counted for the present frame
    port_req_t req;
    ring_done_t done;    // to the ring
    uint64_t p_cyc;      // P is visible in this cycle
    uint32_t p_len;      // stored length of that packet
    uint64_t rnbc_cyc;   // RNBC counts in this cycle
    uint32_t free_count; // free running write index of free_log
    pb_free_t free_log[PB_FREES];
} rx_dma_t;

typedef struct rx_dma_in {
    uint64_t now;
    bool en, restart;
    uint32_t rctl;
    uint32_t frames; // packet buffer: frames accepted
    const rx_frame_t
        *frame; // entry of frames_q (valid when frames != frames_q), frame[1] is not looked at
    const rx_frame_t *next;    // the entry behind it
    uint32_t filled;           // ring: descriptors in the cache
    const uint64_t *desc;      // descriptor taken_q
    const uint64_t *desc_next; // the one behind it
    bool ring_empty;
    bool sent;          // the port has sent the request
    const uint8_t *mem; // receive region of the packet buffer
    uint32_t mem_bytes;
    uint8_t func;
} rx_dma_in_t;

void rx_dma_reset(rx_dma_t *s);
void rx_dma_tick(rx_dma_t *s, const rx_dma_in_t *in);
// Buffer size that RCTL selects, bytes (0: the reserved code, treated as 2048 by the tick).
uint32_t rx_dma_bsize(uint32_t rctl);

#endif
