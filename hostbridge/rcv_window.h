// SPDX-License-Identifier: Apache-2.0
// The receiving half of TCP, cut down to what bounds the sender: which segments are acknowledged
// when, and what window is advertised. Pure functions, no cores.
//
// By the rules of Linux: every second segment is acknowledged at once (in the softirq that brings
// it); the window is what is free of the socket buffer, half of it being kept for the overhead of
// buffers (tcp_adv_win_scale 1), in units of 128 bytes (window scale 7), and never taken back; when
// the application has read, an update is sent if it at least doubles what the sender has left.
//
// ## Inaccuracies
// - An odd segment is acknowledged when the application has emptied the socket, not by a timer of
//   40 ms.
// - Segments arrive in order. What is missing is passed over: acknowledged with what follows it.
// - Of options there is the window scale, agreed upon beforehand.
#ifndef MODERATO_RCV_WINDOW_H
#define MODERATO_RCV_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define RCV_FIRST     1u  // first sequence number
#define RCV_SCALE     7u  // window scale
#define RCV_ACK_BYTES 60u // frame of an acknowledgement, without FCS
#define RCV_HEADER    54u // Ethernet, IPv4, TCP

// What a frame says.
typedef struct rcv_segment {
    uint32_t seq, end; // of its payload
    uint32_t ack, window;
} rcv_segment_t;
// False: no TCP over IPv4 without options and tags.
bool rcv_segment(const uint8_t *frame, uint32_t len, rcv_segment_t *s);

typedef struct rcv_window {
    uint32_t next;              // everything before has been received, or is lost
    uint32_t acked, edge;       // told: up to there received, and that much may come
    uint32_t pending;           // segments since
    uint8_t header[RCV_HEADER]; // of a segment
    bool any;
} rcv_window_t;

// The window of a socket with so many bytes of its buffer free.
uint32_t rcv_window_of(uint32_t free_bytes);
void rcv_window_init(rcv_window_t *w, uint32_t free_bytes);
// A segment has been queued; or the application has taken one, and `empty`: the last. True: an
// acknowledgement is due.
bool rcv_window_arrived(rcv_window_t *w, const uint8_t *frame, uint32_t len);
bool rcv_window_read(const rcv_window_t *w, uint32_t free_bytes, bool empty);
// Writes the acknowledgement, RCV_ACK_BYTES. What is told is told.
void rcv_window_ack(rcv_window_t *w, uint32_t free_bytes, uint8_t *frame);

#endif
