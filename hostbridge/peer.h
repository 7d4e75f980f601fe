// SPDX-License-Identifier: Apache-2.0
// The other host, where what it sends depends on what it gets (trace_feedback): it holds the frames
// of the trace back until they may go (wire_gate). No cores, no costs: it acts in the cycle after
// the last byte.
//
//   TRACE_ANSWERS  netperf's request and response: `sessions` requests at a time; each answer lets
//                  the next request go think_ps later. With clients on machines it is they that take
//                  the time (peer_host.h). An answer is a frame of the device that
//                  carries the number of a request (trace_gen_frame.c). A round trip is from the
//                  first preamble byte of the request to the last byte of the answer.
//   TRACE_WINDOW   a TCP sender that is limited by the window: payload under way stays within what
//                  the receiver has advertised, and within its own limit (the send buffer).
//
// ## Inaccuracies
// - No congestion control and no handshake; the sender knows the first window.
// - A lost segment is not sent again: the next acknowledgement passes over it (rcv_window.h). When
//   none comes for 200 ms with nothing to send, all that is under way counts as lost (RTO).
// - A window that is too small for the next segment is probed with it after the same time.
// - A lost request or answer ends its session, as in netperf's UDP_RR.
#ifndef MODERATO_PEER_H
#define MODERATO_PEER_H

#include "hostbridge/meter.h"
#include "hostbridge/peer_host.h"
#include "hostbridge/rr.h"
#include "hostbridge/sim.h"
#include "traces/traces.h"

#define PEER_RTO_NS UINT64_C(200000000) // TCP_RTO_MIN of Linux

typedef struct peer peer_t;

typedef struct peer_stats {
    uint64_t answers;             // answers, or acknowledgements
    uint64_t first_cyc, last_cyc; // of them
    uint64_t timeouts;
    meter_hist_t rtt; // ns, of requests
} peer_stats_t;

// costs: of clients on machines, else NULL. window: the receiver's first one (TRACE_WINDOW). changed(ctx): ask peer_gate again; not called
// from within the functions below. NULL: out of memory.
peer_t *peer_create(sim_t *sim, const trace_feedback_t *f, const peer_costs_t *costs,
                    uint32_t window, void (*changed)(void *ctx), void *ctx);
void peer_destroy(peer_t *p);
// When the next frame of the trace may go: a cycle, or SIM_NEVER.
uint64_t peer_gate(const peer_t *p, const uint8_t *frame, uint32_t len);
// It goes.
void peer_sent(peer_t *p, uint64_t first_cyc, const uint8_t *frame, uint32_t len);
// A frame of the device will have arrived with its last byte in last_cyc. Ask peer_gate again.
void peer_heard(peer_t *p, uint64_t last_cyc, const uint8_t *frame, uint32_t len);
const peer_stats_t *peer_stats(const peer_t *p);
// The client whose request that is, none: -1.
int peer_asker(const peer_t *p, const uint8_t *frame, uint32_t len);
// Of clients on machines: how many, and what one of them got, its round trips as at the port of the switch.
unsigned peer_clients(const peer_t *p);
const rr_stats_t *peer_client(const peer_t *p, unsigned client, char name[32]);

#endif
