// SPDX-License-Identifier: Apache-2.0
// Constrained-random stimulus for the device, and a host that answers it. Everything the stimulus
// does is a function of the seed and of simulated time only, never of the order in which the device
// calls out, so that two engines that are equal at every pin see equal stimulus.
//
// Inaccuracy: while the device is in loopback, engines may differ in when they let a frame begin on
// the wire, which is cut off then.
#ifndef MODERATO_STIM_H
#define MODERATO_STIM_H

#include "hostbridge/engine.h"

// The PHY negotiates this fast (nic_config_t.autoneg_cyc): else it takes longer than everything else
// together.
#define STIM_AUTONEG_CYC 3000u

typedef struct stim_event {
    uint64_t cyc;
    uint32_t kind; // 'T' TLP, 'R' reply, 'I' INTx, 'X' transmitted frame
    uint64_t a, b; // header, hash of the payload
} stim_event_t;

// What was handed to the device, for playing it again.
typedef struct stim_input {
    uint64_t cyc;   // first beat
    uint64_t until; // READY: req_ready is 0 in [cyc, until)
    enum { STIM_FRAME, STIM_ACCESS, STIM_COMPLETION, STIM_PARTNER, STIM_READY } kind;
    uint32_t len; // bytes
    uint32_t stride;
    uint8_t tag;
    bool er, present, pause;
    uint8_t speed;
    nic_access_t access;
    uint8_t *bytes;
} stim_input_t;

typedef struct stim_run {
    stim_input_t *input; // in order of cyc, per kind
    size_t inputs, input_size;
    stim_event_t *event; // sorted by cycle, kind, a, b
    size_t count, size;
    uint64_t visits;
    uint64_t regs_hash; // all registers at the end
    uint64_t frames, accepted, tlps, replies, edges, tx_frames, resets;
    uint64_t fate[8]; // of the frames, by enum nic_fate
} stim_run_t;

typedef struct stim stim_t;

// r is set to zero. record: inputs and events are kept in it. NULL: out of memory.
stim_t *stim_create(enum nic_personality nic, uint64_t seed, stim_run_t *r, bool record);
// NULL is allowed; r stays.
void stim_destroy(stim_t *s);
// The device that this stimulus expects, and what it calls.
nic_config_t stim_config(enum nic_personality nic);
nic_host_t stim_host(stim_t *s);
nic_late_t stim_late(stim_t *s);
// Plays cycles 0 .. cycles - 1 on a fresh device with those callbacks, and sorts the events. *stop,
// if given, is polled.
void stim_drive(stim_t *s, engine_t *e, uint64_t cycles, const volatile int *stop);

// Of a payload or a frame. Not the CRC alone: that is the same for all frames of a length, FCS included.
uint64_t stim_hash(const uint8_t *p, uint32_t len);
// Events in order of cycle, kind, a, b.
void stim_sort(stim_run_t *r);
// Frees what r has.
void stim_free(stim_run_t *r);
// Index of the first event that differs, -1 if the runs are equal (registers at the end included: then the count).
long stim_diff(const stim_run_t *a, const stim_run_t *b);
void stim_print(const char *who, const stim_event_t *e);

#endif
