// SPDX-License-Identifier: Apache-2.0
// Dynamic interrupt moderation: the algorithm of Linux' net_dim, with its receive profiles. Pure
// functions, no device.
//
// Every DIM_EVENTS interrupts the rates since the last decision are compared with those before it:
// more bytes, else more packets, else fewer interrupts is better, when it differs by more than a
// tenth. Better: one more step in the same direction; else the other way. Where both neighbours
// are worse, or there is none, it parks until the traffic changes; ten steps in a row make it
// tired, and it rests for ten decisions where it stands.
//
// ## Inaccuracies
// - A profile holds from the decision on; Linux leaves that to a work item.
// - Profiles have a frame count as well, which nobody programs: as Intel's ice and idpf, which have
//   a throttle and no count, these devices take the time.
#ifndef MODERATO_DIM_H
#define MODERATO_DIM_H

#include <stdbool.h>
#include <stdint.h>

#define DIM_PROFILES 5u
#define DIM_START    1u // the profile to begin with
#define DIM_EVENTS   64u
#define DIM_TIRED    (2 * DIM_PROFILES) // steps

// What a device's period counts from: the first event that is not signalled, or the last.
enum dim_mode { DIM_EQE, DIM_CQE };
enum dim_tune { DIM_PARKED_ON_TOP, DIM_PARKED_TIRED, DIM_GOING_RIGHT, DIM_GOING_LEFT };

typedef struct dim_profile {
    uint16_t usecs, packets;
} dim_profile_t;

// Counters, free-running.
typedef struct dim_sample {
    uint64_t time_us;
    uint32_t events, packets, bytes;
} dim_sample_t;

// Per millisecond, rounded up.
typedef struct dim_rates {
    uint64_t bytes, packets, events;
} dim_rates_t;

typedef struct dim {
    enum dim_mode mode;
    enum dim_tune tune;
    uint32_t profile; // right: longer
    uint32_t steps_right, steps_left, tired;
    dim_rates_t before;
    dim_sample_t start;
    bool measuring;
    uint64_t decisions;
} dim_t;

dim_profile_t dim_profile(enum dim_mode mode, uint32_t profile);
void dim_start(dim_t *s, enum dim_mode mode);
// At the end of an interrupt's polling. True: s->profile has changed.
bool dim_sample(dim_t *s, const dim_sample_t *now);
// One decision. True: s->profile has changed.
bool dim_decide(dim_t *s, const dim_rates_t *now);

#endif
