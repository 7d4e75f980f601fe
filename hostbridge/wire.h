// SPDX-License-Identifier: Apache-2.0
// The receive wire: plays a trace into the device, frame by frame, never faster than the line.
//
// The first preamble byte of a frame is on the pins in the asked cycle (rounded up), or as soon as
// the frame before it and the gap of 12 byte times have passed at the present link speed. The FCS
// is appended here. One event a frame; a frame is handed to the device in the very cycle of its
// first preamble byte. Frames of one's own (answers of a peer, tests) share the line with the
// trace: who asked for the earlier cycle goes first, the trace on a tie.
//
// Frames are sent whether the link is up or not (the device counts what it does not take), and the
// sender does not honour PAUSE: a replay measures the device, not the sender's patience.
#ifndef MODERATO_WIRE_H
#define MODERATO_WIRE_H

#include "hostbridge/link.h"
#include "hostbridge/sim.h"
#include "traces/traces.h"

#define WIRE_PREAMBLE_BYTES ((unsigned)NIC_PreambleBytes)
#define WIRE_GAP_BYTES      12u
#define WIRE_EXTRA          64u // injected frames that can wait

typedef struct wire wire_t;

// A frame that has just been handed to the device.
typedef struct wire_sent {
    uint64_t seq; // 0, 1, ... among the frames of the trace; among the injected ones if injected
    uint64_t first_cyc;   // first preamble byte
    uint64_t last_cyc;    // last byte (of the FCS)
    uint64_t skipped_cyc; // time of the trace left out of gaps before it (wire_skip_gaps)
    const uint8_t *data;  // valid during the call
    uint32_t len;         // without FCS; the FCS lies behind it
    bool bad_fcs;
    bool injected;
} wire_sent_t;

typedef struct wire_client {
    void *ctx;
    // A frame was handed to the device; called in the cycle first_cyc. May be NULL.
    void (*sent)(void *ctx, const wire_sent_t *f);
    // The trace is over: called once, in the cycle after the last byte of its last frame. error =
    // NULL, or why it failed (what came before the failure has been sent). May be NULL.
    void (*end)(void *ctx, uint64_t now_cyc, const char *error);
} wire_client_t;

typedef struct wire_stats {
    uint64_t offered;       // frames of the trace handed to the device
    uint64_t offered_bytes; // ... their bytes without FCS
    uint64_t injected, injected_bytes;
    uint64_t skipped_cyc; // left out of gaps so far
    uint64_t first_cyc;   // first preamble byte of the first frame of all
    uint64_t last_cyc;    // last byte of the latest frame; 0 before the first
    // Frames of the trace: start minus asked time, rounded up, waits for the line included; stays 0
    // with asap.
    uint64_t max_injection_error_ns;
} wire_stats_t;

// asap: the trace asks for no times (--topspeed): frames go back to back, no error is counted.
// trace may be NULL (injected frames only) and stays the caller's. NULL: out of memory.
wire_t *wire_create(sim_t *sim, const nic_ops_t *ops, trace_t *trace, bool asap,
                    const wire_client_t *client);
// NULL is allowed. The device must not have a frame in progress that it will look at again.
void wire_destroy(wire_t *w);

// Gaps of the trace longer than this are played this long, the rest is added to skipped_cyc. Exact when the machine is at
// rest by then: the device has no free-running counters. 0 = never. Before wire_start().
void wire_skip_gaps(wire_t *w, uint64_t longest_cyc);
// Every frame of the trace passes through here before its FCS is put behind it. Returned: none of its bytes from there on
// has changed, 0 if none at all. Before wire_start().
void wire_edit(wire_t *w, uint32_t (*edit)(void *ctx, uint8_t *frame, uint32_t len), void *ctx);
// Frames of the trace may have to wait, beside their time, for something else: gate() is asked for the earliest cycle of
// the next frame, SIM_NEVER = not yet, and again after each wire_regate(). What a frame waits for this is no injection
// error. Before wire_start().
void wire_gate(wire_t *w, uint64_t (*gate)(void *ctx, const uint8_t *frame, uint32_t len),
               void *ctx);
void wire_regate(wire_t *w);
// Starts the trace: its time 0 is the start of cycle start_cyc (>= sim now). Once. A frame asked
// for at or after SIM_END_CYC fails the trace.
void wire_start(wire_t *w, uint64_t start_cyc);
// Ends the trace early: nothing more is read from it; client.end follows as at its natural end.
void wire_stop(wire_t *w);
// One frame of one's own, without FCS (len 1 .. TRACE_FRAME_MAX; the bytes are copied), not before
// asked_cyc (>= sim now and, in a callback of the device, later than the cycle in progress).
// Injected frames keep their order. False when WIRE_EXTRA frames are waiting, len is out of range,
// or memory is short: not sent.
bool wire_inject(wire_t *w, uint64_t asked_cyc, const uint8_t *data, uint32_t len, bool bad_fcs);

// No frame is waiting or on the line at now_cyc, and the trace (if started) is over.
bool wire_idle(const wire_t *w, uint64_t now_cyc);
const wire_stats_t *wire_stats(const wire_t *w);

#endif
