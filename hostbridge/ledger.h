// SPDX-License-Identifier: Apache-2.0
// The frames of one receive queue, from when the device takes them until the driver hands them up:
// a FIFO, because meters see events and not frames. A frame is identified by its place:
//
//   [received, hosted)   in host memory, in the order of the ring
//   [hosted, accepted)   in the device, in the order in which it took them
//
// The device may take frames of two kinds, from the wire and looped from other queues of its own,
// and serves either kind in its order, but not the one with the other: those behind `hosted` are
// looked through for the first of the kind, which is the very first when there is one kind.
#ifndef MODERATO_LEDGER_H
#define MODERATO_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_FREED 1u

enum { LEDGER_FRAMES = 16384 }; // more than the packet buffer and the largest ring hold

typedef struct ledger_frame {
    uint64_t from_cyc; // last byte on the wire; looped: the switch let it go
    uint64_t p_cyc;    // completely in host memory
    // Where it begins there; 0: not known; LEDGER_FREED: the driver has freed its buffer.
    uint64_t hpa;
    uint32_t fcs; // as sent: identifies the contents; 0: not known
    uint16_t len; // without FCS; no frame is longer than 16 KiB
    bool looped;
    bool bad_fcs; // and the device was told to keep it
} ledger_frame_t;

_Static_assert(sizeof(ledger_frame_t) == 32, "two vector moves, and an index is a shift");

typedef struct ledger {
    ledger_frame_t *frame;                         // ring of LEDGER_FRAMES
    uint64_t accepted, hosted, asserted, received; // free running
} ledger_t;

// False: out of memory. Free with ledger_free(); one that is all zero may be freed.
bool ledger_init(ledger_t *q);
void ledger_free(ledger_t *q);

static inline ledger_frame_t *ledger_at(const ledger_t *q, uint64_t count)
{
    return &q->frame[count % LEDGER_FRAMES];
}

// The device has taken a frame for this queue.
static inline void ledger_accept(ledger_t *q, const ledger_frame_t *f)
{
    *ledger_at(q, q->accepted++) = *f;
}

// For the two below: makes the first frame of that kind the one at `hosted`; false if there is
// none.
bool ledger_advance(ledger_t *q, bool looped);

static inline bool ledger_next_is(ledger_t *q, bool looped)
{
    if (q->hosted == q->accepted) return false;
    return ledger_at(q, q->hosted)->looped == looped || ledger_advance(q, looped);
}

// The first frame of that kind is in host memory. NULL: there is none.
static inline ledger_frame_t *ledger_host(ledger_t *q, bool looped)
{
    return ledger_next_is(q, looped) ? ledger_at(q, q->hosted++) : NULL;
}

// The device has dropped the first frame of that kind for this queue. False: there is none.
bool ledger_drop(ledger_t *q, bool looped, ledger_frame_t *dropped);
// The newest frame is lost, wherever it is. False: there is none.
bool ledger_lose(ledger_t *q, ledger_frame_t *lost);
// The same of those in host memory that the driver has not handed up.
bool ledger_lose_hosted(ledger_t *q, ledger_frame_t *lost);

// Frames that the device has and the host has not.
static inline uint64_t ledger_waiting(const ledger_t *q)
{
    return q->accepted - q->hosted;
}

// The oldest frame that the driver has not handed up, NULL if there is none.
static inline const ledger_frame_t *ledger_oldest(const ledger_t *q)
{
    return q->received == q->accepted ? NULL : ledger_at(q, q->received);
}

// Takes the oldest frame out: it must exist, and stays valid until the next one is accepted.
static inline const ledger_frame_t *ledger_receive(ledger_t *q)
{
    return ledger_at(q, q->received++);
}

// An interrupt reports frames that are in host memory: those from *first up to the count returned
// had not been reported. The driver may have taken some without an interrupt.
static inline uint64_t ledger_assert(ledger_t *q, uint64_t *first)
{
    *first = q->asserted < q->received ? q->received : q->asserted;
    q->asserted = *first < q->hosted ? q->hosted : *first;
    return q->asserted;
}

#endif
