// SPDX-License-Identifier: Apache-2.0
// Constrained-random stimulus for the device, and a host that answers it. Everything the stimulus does is a function of the
// seed and of simulated time only, never of the order in which the device calls out, so that two engines that are equal at
// every pin see equal stimulus.
#ifndef MODERATO_STIM_H
#define MODERATO_STIM_H

#include "model/nic.h"
#include "model/state.h"

typedef struct stim_event {
    uint64_t cyc;
    uint32_t kind; // 'T' TLP, 'R' reply, 'I' INTx, 'X' transmitted frame
    uint64_t a, b; // header, hash of the payload
} stim_event_t;

// What was handed to the device, for playing it again through the pins.
typedef struct stim_input {
    uint64_t cyc;   // first beat
    uint64_t until; // READY: req_ready is 0 in [cyc, until)
    enum { STIM_FRAME, STIM_ACCESS, STIM_COMPLETION, STIM_PARTNER, STIM_HASTEN, STIM_READY } kind;
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

// Plays `cycles` cycles of the stimulus of `seed` on a fresh device visited as `how` says.
void stim_play(uint64_t seed, uint64_t cycles, const nic_visiting_t *how, stim_run_t *r);
void stim_free(stim_run_t *r);
// Registers at the end, order of events.
void stim_finish(stim_run_t *r, const nic_t *nic);
// Plays what `from` was given through the pins of another device, and takes its outputs from the pins.
void stim_play_pins(const stim_run_t *from, uint64_t cycles, stim_run_t *r);
// Index of the first event that differs, -1 if the runs are equal (registers at the end included: then the count).
long stim_diff(const stim_run_t *a, const stim_run_t *b);
void stim_print(const char *who, const stim_event_t *e);

#endif
