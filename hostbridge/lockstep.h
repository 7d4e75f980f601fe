// SPDX-License-Identifier: Apache-2.0
// Two devices at their pins under the same inputs, as one: a pin_dev_t that answers as the first
// does, and compares every output pin, and every meter, of every cycle.
#ifndef MODERATO_LOCKSTEP_H
#define MODERATO_LOCKSTEP_H

#include "hostbridge/pin_dev.h"
#include "hostbridge/pin_log.h"

enum lockstep_jump {
    LOCKSTEP_JUMP_BOTH,  // what is jumped over, both jump over
    LOCKSTEP_JUMP_CHECK, // one jumps, the other ticks through it, by turns
};

// Who looks on; members may be NULL.
typedef struct lockstep_watch {
    void *ctx;
    // The pins of cycle `now` (of the first device).
    void (*cycle)(void *ctx, uint64_t now, const nic_in_t *in, const nic_out_t *out);
    void (*jump)(void *ctx, uint64_t now, uint64_t cycles);
    pin_dev_probe_fn *probe; // of the first device
} lockstep_watch_t;

// The result; the caller's, so that it outlives the device.
typedef struct lockstep {
    enum lockstep_jump jump;
    lockstep_watch_t watch;
    const volatile int *interrupted; // copied to `stop`; may be NULL
    volatile int stop;               // set at the first difference
    const char *name[2];
    uint64_t cycles; // compared one by one
    uint64_t jumped;
    bool differs;
    uint64_t cyc;
    char what[40]; // the pin, or "meter ...", "horizon"
    uint64_t value[2];
    pin_log_t log[2]; // transfers up to the difference
} lockstep_t;

// Both devices are the new one's, also when NULL is returned (out of memory, or one of them is
// NULL). l: what is above `stop` is set by the caller, the rest is zero.
pin_dev_t *lockstep_dev(pin_dev_t *a, pin_dev_t *b, lockstep_t *l);

#endif
