// SPDX-License-Identifier: Apache-2.0
// The packet buffer: 64 KiB in granules of 16 bytes, RXA KiB for receive, the rest for transmit, each a ring of frames.
// A frame takes one granule for its status and one for every 16 bytes begun.
//
// Receive allocation goes with the wire: the status granule and the first data granule are taken when the first byte is
// written, one more at every 16th byte. When none is left the frame is lost; whatever it took is given back at its end.
// Frees are applied before the allocation of the same tick. Nothing is visited for that while a frame arrives: whoever
// looks (the end of a frame, a full free list) computes it from the cycles (docs/cycle-contract.md, "packet buffer").
#ifndef MODERATO_PACKET_BUFFER_H
#define MODERATO_PACKET_BUFFER_H

#include "rtl/defs.h"

// A frame in the receive side, as rx_dma finds it.
typedef struct rx_frame {
    uint32_t start;    // first data byte, offset in the receive region
    uint32_t len;      // stored bytes
    uint32_t granules; // taken, status granule included
    uint16_t csum;
    uint16_t vlan;
    uint8_t status; // as in bits 7:0 of the descriptor's status: VP, IXSM, TCPCS, IPCS, PIF
    uint8_t errors; // and in its bits 31:24, or in the byte of that name: CE, TCPE, IPE, RXE
    // The 82576 only; there bytes are stored with the tag, csum is the fragment checksum.
    uint8_t rss_type; // enum rss_type of model/rss.h
    bool several;     // more than one pool gets it
    uint16_t queues;  // bit q: queue q gets it; never 0
    uint16_t packet;  // enum rss_packet_bits of model/rss.h
    uint16_t hdr_len; // bytes in front of the payload, a tag included; 0: no header known
    bool strip_tag; // rx_dma takes bytes 12 .. 15 off; they are in `vlan` then, which is 0 without
    bool tagged;    // bytes 12 .. 15 are a tag
    bool lli;       // low latency
    bool mcast;     // to a group address other than broadcast
    bool strip_fcs; // the FCS is not stored: the frame on the wire has 4 bytes more
    uint32_t hash;  // RSS sum
} rx_frame_t;

typedef struct tx_frame {
    uint32_t start; // offset in the transmit region
    uint32_t len;   // bytes without FCS, or with it when add_fcs is 0
    uint32_t granules;
    bool add_fcs;
    bool pause; // made by flow control, not by a descriptor
    // 82576
    uint8_t queue;    // that sent it
    uint8_t head[16]; // its first bytes as on the wire, zeros behind its end
    bool tag_put;     // the tag was put in by the device
    uint16_t raw_len; // bytes from the host
} tx_frame_t;

// A frame that l2_switch sends to receive queues, as rx_dma_82576 finds it (82576). It lies in the transmit region as it would
// be on the wire, with tag and without FCS.
typedef struct sw_loop {
    uint32_t start;    // offset in the transmit region
    uint32_t len;      // bytes, a tag included
    uint32_t granules; // taken
    uint16_t queues;   // bit q: receive queue q gets it; not 0
    uint16_t vlan;     // the tag that is taken off, else 0
    bool tagged;
    bool strip_tag; // bytes 12 .. 15 are not given to the host: they are the tag
    bool put_tag;   // they were put in by the device: the RTL does not have them in its memory
    bool several;   // more than one pool gets it
    bool mcast;     // group address other than broadcast
    bool pif;       // passed an inexact filter only
    uint8_t queue;  // that sent it
} sw_loop_t;

// A free in flight: `granules` are given back in the tick of cycle `cyc`.
typedef struct pb_free {
    uint64_t cyc;
    uint32_t granules;
} pb_free_t;

enum { PB_FREES = 64 };

typedef struct packet_buffer {
    // receive side
    uint32_t rx_cap;   // granules
    uint32_t rx_wr;    // granule where the next frame starts
    uint32_t rx_used;  // granules of accepted frames
    uint32_t rx_count; // frames accepted since reset (free running)
    uint32_t rx_freed; // entries of the free list applied (free running)
    rx_frame_t rx[NIC_RxFramesMax];
    // transmit side: written by tx_dma, read by mac_tx
    tx_frame_t tx[NIC_TxFramesMax];
    uint8_t mem[NIC_PbBytes + 16]; // 16: readers may take whole blocks
} packet_buffer_t;

void packet_buffer_reset(packet_buffer_t *s, uint32_t rxa_kib);

// The frame on the wire so far, for the allocation arithmetic.
typedef struct pb_arrival {
    uint64_t first_cyc; // first preamble byte on the pins
    uint32_t stride;    // cycles per byte
    uint32_t len;       // bytes of the frame that will have come (or have come)
    bool lost;          // found full
} pb_arrival_t;

// Granules the arriving frame holds after the tick of cycle `now`.
uint32_t packet_buffer_held(const pb_arrival_t *a, uint64_t now);
// Applies the frees of `log` (free-running write index `count`) visible by `now`, noting in *a (may be NULL) whether the
// arriving frame found the buffer full at any tick before.
void packet_buffer_catch_up(packet_buffer_t *s, const pb_free_t *log, uint32_t count, uint64_t now,
                            pb_arrival_t *a);
// Stores an accepted frame of `len` bytes and lists it. Returns its entry with start, len and granules; the caller fills in
// the rest.
rx_frame_t *packet_buffer_accept(packet_buffer_t *s, const uint8_t *data, uint32_t len);
// Copies out of (into) the transmit region of `cap` bytes starting at `base`, with wrap.
void packet_buffer_tx_write(packet_buffer_t *s, uint32_t rx_bytes, uint32_t at, const uint8_t *data,
                            uint32_t len);
void packet_buffer_tx_read(const packet_buffer_t *s, uint32_t rx_bytes, uint32_t at, uint8_t *data,
                           uint32_t len);

#endif
