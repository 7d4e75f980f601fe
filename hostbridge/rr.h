// SPDX-License-Identifier: Apache-2.0
// netperf's request and response from the client's side, in a machine of the run: an application that sends a request, waits for its answer
// and sends the next one. It plugs into a socket (netstack_params_t.ask and .delivered).
//
// A round trip is from when the application turns to the request to when it has processed the answer, as netperf takes its times.
//
// ## Inaccuracies
// - A datagram of 60 bytes each way, where TCP_RR with netperf's one byte has segments of that size once padded. No connection is set up.
// - A lost request or answer ends the client, as in netperf's UDP_RR.
#ifndef MODERATO_RR_H
#define MODERATO_RR_H

#include <stdbool.h>
#include <stdint.h>

#define RR_FRAME 60u // bytes of a request, without FCS

// What a client got: of one in the run, or of one on the network (peer.h).
typedef struct rr_stats {
    uint64_t requests, answers;
    uint64_t first_cyc, last_cyc; // of answers
    uint64_t rtt_sum_ns, rtt_min_ns, rtt_max_ns;
} rr_stats_t;

typedef struct rr_client {
    uint8_t mac[6];        // its own
    const uint8_t *server; // MAC address
    uint8_t number;        // of the client: in its IP address
    bool on;               // asks on
    bool waits;            // for the answer to request `requests`
    uint64_t asked_cyc;    // when that was asked
    rr_stats_t stats;
} rr_client_t;

// An answer after so many cycles, at that time.
void rr_answered(rr_stats_t *s, uint64_t asked_cyc, uint64_t now_cyc);
// For netstack_params_t: ctx is the client.
uint32_t rr_ask(void *ctx, uint8_t *request, uint64_t cyc);
// A frame that its application has processed. True: the answer it waits for.
bool rr_heard(rr_client_t *c, const uint8_t *data, uint32_t len, uint64_t cyc);

#endif
