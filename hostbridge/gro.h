// SPDX-License-Identifier: Apache-2.0
// Generic receive offload, by Linux' rules: segments of a TCP flow that come one after the other in
// a poll go up the stack as one packet. Pure: no time, no costs.
//
// Held are up to GRO_HELD_MAX packets in each of GRO_BUCKETS lists (by a hash of addresses and
// ports). A frame goes on to the packet of its flow when it is the next segment: same MAC header,
// tag, addresses, ports; same TOS and TTL (traffic class, flow label, hop limit), acknowledgement,
// window, options, flags but FIN and PSH; the sequence number that follows; not longer than the
// first segment, and not empty; an IP identification that counts on, or stays (with DF); at most
// 64 KiB in all. A segment with PSH, FIN, or shorter than the first one is the last. What does not
// go on makes the held packet of its flow go up first, so a flow stays in order.
//
// Merged packets stay chains of frames (os_pkt_t.next): whoever counts counts frames.
//
// ## Inaccuracies
// - TCP over IPv4 without options and over IPv6 without extension headers; no tunnels, no UDP. One
//   802.1Q tag in the frame is looked through.
// - The checksum of the IPv4 header is taken for right; the device has verified that of TCP.
#ifndef MODERATO_GRO_H
#define MODERATO_GRO_H

#include "driver/os.h"

#define GRO_BUCKETS   8u
#define GRO_HELD_MAX  8u     // in a bucket; then the oldest one goes up
#define GRO_BYTES_MAX 65536u // IP header to end, exclusive

enum gro_result {
    GRO_NORMAL, // not for GRO: goes up by itself, after what is flushed
    GRO_HELD,   // the first of a packet
    GRO_MERGED, // on to a held one
};

// Why a packet went up.
enum gro_cause {
    GRO_AT_END,    // of polling
    GRO_AT_BUDGET, // the poll has used it up
    GRO_AT_TIMER,  // gro_flush_timeout: the timer has polled
    GRO_AT_LAST,   // PSH, FIN, short: nothing can follow
    GRO_AT_NEXT,   // a frame of the flow does not go on
    GRO_AT_LIMIT,  // 64 KiB
    GRO_AT_CROWD,  // more flows than there is room for
    GRO_CAUSES
};

typedef struct gro_packet {
    os_pkt_t *head, *tail; // chain of its frames
    uint32_t frames;
} gro_packet_t;

typedef struct gro_stats {
    uint64_t frames;              // seen
    uint64_t held, merged;        // of these: first ones; merged on to them
    uint64_t flushed[GRO_CAUSES]; // packets
    uint64_t largest;             // frames in one packet
} gro_stats_t;

// A held packet and what its next segment must be like.
typedef struct gro_flow {
    gro_packet_t packet;
    uint32_t l3;    // offset of the IP header
    uint32_t tcp;   // ... of the TCP header
    uint32_t mss;   // payload of the first segment
    uint32_t bytes; // of IP, merged
    uint32_t next_seq;
    uint16_t id; // of the first one
    bool fixed_id;
    uint64_t jiffy; // when it was begun
} gro_flow_t;

typedef struct gro {
    gro_flow_t flow[GRO_BUCKETS][GRO_HELD_MAX]; // oldest first
    uint8_t count[GRO_BUCKETS];
    uint32_t held; // packets
} gro_t;

// Takes a frame. *flushed: what goes up before it (GRO_NORMAL, GRO_HELD) or with it (GRO_MERGED: it
// was the last), head NULL if nothing does, and why.
enum gro_result gro_receive(gro_t *g, os_pkt_t *p, uint64_t jiffy, gro_packet_t *flushed,
                            enum gro_cause *cause);
// Takes out a held packet; with `old` only those begun before the jiffy. False: there is none.
bool gro_flush(gro_t *g, bool old, uint64_t jiffy, gro_packet_t *flushed);
// Frames that are held.
uint32_t gro_frames(const gro_t *g);

#endif
