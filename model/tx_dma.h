// SPDX-License-Identifier: Apache-2.0
// Takes transmit descriptors, reads their payload from the host, assembles frames (checksums, segmentation, VLAN tag,
// padding) and lists them in the packet buffer for mac_tx.
//
// Two halves: the issue side takes descriptors in order, reserves room and cuts them into read requests (at TxChunk, and at
// segment boundaries), at most TxReads in flight; the landing side has the data in request order. Where a frame lies in the
// packet buffer is known at issue: hardware writes its words as they come, ahead of the landing.
// Cycle contract: a descriptor visible in cycle c, with room, is taken in tick c and its request visible in c+1 (one
// descriptor a tick; one request at the port at a time). The last completion beat of a request in cycle e: in tick
// e + TxFinishCyc the data are in the buffer; the completed descriptor, W and the frame are visible one cycle later.
// Segmentation can make that later: a header is copied in front of each segment (tx_entry_t.work).
// Descriptors without data complete in the tick after those before them.
// The 82576 (docs/cycle-contract-82576.md, "Transmit path"): 16 queues, one at a time takes a packet as tx_sched says. Advanced
// descriptors are decoded to what the engine of the 82540EM knows; a restart of a queue ends its packet and nobody else's.
#ifndef MODERATO_TX_DMA_H
#define MODERATO_TX_DMA_H

#include "model/desc_ring.h"
#include "model/offload.h"
#include "model/packet_buffer.h"
#include "rtl/defs_82576.h"

// What is known of a packet from its descriptors.
typedef struct tx_fields {
    bool ifcs, vle;
    bool legacy; // the first descriptor is one, and so is that which has ic
    bool ic;
    uint8_t css, cso; // of the first descriptor
    uint8_t popts;    // likewise
    uint16_t special;
    bool tse;
} tx_fields_t;

// A request, or a descriptor without data, on its way from issue to landing.
typedef struct tx_entry {
    uint32_t len, got;  // bytes asked for, bytes here
    uint64_t taken_cyc; // the tick that put it here
    uint64_t end_cyc;   // last beat so far
    uint64_t ready_cyc; // its tick; NIC_NEVER while bytes are missing
    uint32_t work;      // ticks that a copier of a word a tick takes for it
    uint32_t off;       // where its data belong: in the frame, or in the header
    bool drop;          // reset or restart: nobody wants it any more
    bool desc_end;      // it finishes a descriptor
    bool eop, rs, ide;
    bool header;       // segmentation: its data are part of the header
    bool begins;       // its data are the first of a frame; in front of a segment goes the header
    bool closes;       // it finishes a frame
    bool last;         // segmentation: the last frame of the packet
    uint32_t start;    // that frame: first data granule,
    uint32_t granules; // those it takes,
    uint32_t total;    // bytes from the host
    bool count_tso, count_tso_bad;
    tx_fields_t f;
    tx_context_t ctx;
    // 82576
    uint8_t queue;
    bool mute; // the queue has restarted: nothing is told to the ring
    uint64_t desc[2];
} tx_entry_t;

// Advanced context of the 82576, as the 82540EM would have it.
typedef struct tx_advanced {
    tx_context_t ctx; // without PAYLEN
    uint16_t vlan;
    uint8_t popts; // what can be stored
} tx_advanced_t;

typedef struct tx_dma {
    // issue side
    uint32_t taken_q; // descriptors taken since the restart of the ring
    tx_context_t csum_ctx, tso_ctx;
    tx_context_t ctx; // of the packet in progress
    bool in_packet, bad;
    tx_fields_t f;     // of the packet in progress
    uint32_t desc_off; // bytes of the present descriptor already asked for
    uint32_t total;    // bytes of the frame in progress
    uint32_t hdr_left, seg_left, pay_left;
    port_req_t req;
    uint32_t put_q, get_q; // entries (free running)
    uint32_t alloc_q;      // granules reserved (free running)
    uint32_t pos_q;        // granule where the frame in progress starts
    bool stalled;          // waits for room in the packet buffer,
    uint32_t stall_grain;  // for so many granules
    // landing side
    uint64_t through_cyc;  // tick in which the copier is through with all that is complete
    uint32_t seg_k;        // number of the segment
    uint32_t land_alloc_q; // granules of the frames listed (free running)
    uint32_t land_pos_q;   // granule behind the last of them
    uint32_t frames_q;     // frames listed (free running)
    ring_done_t done;      // to the ring
    uint64_t w_cyc;        // W, or a descriptor with IDE, is visible in this cycle
    bool w_rs, w_ide;
    uint64_t frame_cyc; // a frame was listed
    uint64_t tsc_cyc;   // TSCTC (tsc_bad: TSCTFC) counts in this cycle
    bool tsc_bad;
    tx_entry_t entry[NIC_TxEntries];
    uint8_t data[NIC_TxEntries]
                [NIC_TxChunk + 64]; // what they bring, with room for a tag or padding
    uint8_t hdr[256];
    uint8_t frame[NIC_FrameMax + 64];
    // 82576
    uint32_t taken[IGB_Queues]; // descriptors taken since the restart of the queue
    uint32_t pkts_q;            // packets taken (free running)
    uint32_t cost;              // bytes of the last of them
    bool turn;                  // the one that is granted has been looked at
    uint16_t draining;          // queues with a packet that is drained up to its EOP
    uint8_t done_queue;         // of `done`
    uint64_t bad_cyc;           // event: a packet was bad,
    uint8_t bad_queue;          // of this queue
    tx_advanced_t advanced[IGB_Queues][2];
} tx_dma_t;

typedef struct tx_dma_in {
    uint64_t now;
    bool en, restart;
    uint32_t filled;      // ring: descriptors in the cache
    const uint64_t *desc; // descriptor taken_q
    bool sent;            // the port has sent the request
    uint32_t freed;       // mac_tx: granules given back
    uint32_t listed;      // mac_tx: frames taken
    uint32_t tx_cap;      // granules of the transmit region
    uint32_t rx_bytes;    // where it begins
    bool vme, psp;
    uint16_t vet;
    uint8_t func;
    // 82576: filled, desc and func are those of `queue`, desc that of taken[queue]
    uint32_t granted; // tx_sched
    uint8_t queue;
    bool drain;
    uint16_t restarts;     // queues; `restart` is not looked at
    uint16_t forget;       // those of them whose VF is reset: their contexts too
    bool vmdq;             // MRQC
    const uint32_t *vmvir; // of pool 0
} tx_dma_in_t;

// CTRL.RST in tick `now`. granted: bytes of the request at the port that have gone out.
void tx_dma_reset(tx_dma_t *s, uint64_t now, uint32_t granted);
// The tick of the 82540EM, and that of the 82576: two straps of one module.
void tx_dma_tick(tx_dma_t *s, const tx_dma_in_t *in, packet_buffer_t *pb);
void tx_dma_tick_82576(tx_dma_t *s, const tx_dma_in_t *in, packet_buffer_t *pb);
// A completion whose last beat is on the pins in end_cyc (announced ahead).
void tx_dma_landed(tx_dma_t *s, uint64_t end_cyc, const uint8_t *data, uint32_t len);
// First tick behind `now` in which something happens with unchanged inputs. en, filled: as in the input.
uint64_t tx_dma_quiet(const tx_dma_t *s, uint64_t now, bool en, uint32_t filled);
uint64_t tx_dma_quiet_82576(const tx_dma_t *s, uint64_t now, bool en, uint32_t granted,
                            uint32_t queue, uint32_t filled);

#endif
