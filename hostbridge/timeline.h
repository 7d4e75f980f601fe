// SPDX-License-Identifier: Apache-2.0
// What happened when, for Perfetto (ui.perfetto.dev) or chrome://tracing: a writer of the Chrome
// JSON trace-event format.
//
// Streaming and bounded: the first `max_events` events handed in are written, later ones are only
// counted. Both numbers and the time of the last written event are in "otherData" of the file, so a
// cut timeline says so. Tracks appear when they are first used. Times are cycles of 8 ns.
//
// Every function accepts t == NULL and does nothing, so callers need no test of their own. Names
// and keys are kept by reference while a span is open; they are meant to be constants.
#ifndef MODERATO_TIMELINE_H
#define MODERATO_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_ERR_LEN 320
#define TIMELINE_CORES   16
#define TIMELINE_VECTORS 25 // EITR of the 82576

typedef struct timeline timeline_t;

enum timeline_track {
    TIMELINE_WIRE_RX, // frames on the receive wire
    TIMELINE_WIRE_TX,
    TIMELINE_DMA_WRITE, // TLPs of the device
    TIMELINE_DMA_READ,
    TIMELINE_MMIO,
    TIMELINE_PACKET_TIMER, // running
    TIMELINE_ABSOLUTE_TIMER,
    TIMELINE_TX_TIMERS,
    TIMELINE_MASTER_TIMER,
    TIMELINE_THROTTLE, // ITR counter running
    TIMELINE_EITR,     // vector v: TIMELINE_EITR + v, EITR counter running
    TIMELINE_IRQ = TIMELINE_EITR + TIMELINE_VECTORS, // the interrupt line
    TIMELINE_CORE, // core c: TIMELINE_CORE + TIMELINE_PER_CORE * c + enum timeline_core
};
enum timeline_core {
    TIMELINE_CORE_IRQ,
    TIMELINE_CORE_POLL,
    TIMELINE_CORE_APP,
    TIMELINE_CORE_EXIT,   // of a vCPU
    TIMELINE_CORE_THREAD, // behind guests
    TIMELINE_PER_CORE
};
#define TIMELINE_TRACKS (TIMELINE_CORE + TIMELINE_CORES * TIMELINE_PER_CORE)

static inline unsigned timeline_core(unsigned core, enum timeline_core what)
{
    return TIMELINE_CORE + TIMELINE_PER_CORE * core + what;
}

// NULL with a message naming the file.
timeline_t *timeline_open(const char *path, uint64_t max_events, char err[TIMELINE_ERR_LEN]);
// Something that lasted from from_cyc to to_cyc (exclusive); up to two numbers with it (key NULL =
// none). Slices of one track must not overlap partly; nested is fine.
void timeline_slice(timeline_t *t, unsigned track, uint64_t from_cyc, uint64_t to_cyc,
                    const char *name, const char *key1, uint64_t value1, const char *key2,
                    uint64_t value2);
// The same when the end is not known yet: one open span a track; a second begin ends the first.
void timeline_begin(timeline_t *t, unsigned track, uint64_t cyc, const char *name);
void timeline_end(timeline_t *t, unsigned track, uint64_t cyc);
// A moment.
void timeline_instant(timeline_t *t, unsigned track, uint64_t cyc, const char *name,
                      const char *key, uint64_t value);
// A quantity that changed, drawn as a curve of its own.
void timeline_counter(timeline_t *t, uint64_t cyc, const char *name, uint64_t value);
// True when further events would only be counted: callers may stop preparing them.
bool timeline_full(const timeline_t *t);
uint64_t timeline_written(const timeline_t *t);
uint64_t timeline_left_out(const timeline_t *t);
// Ends open spans at end_cyc, writes the trailer, closes and frees. 0, or -1 with a message (any
// write error so far).
int timeline_close(timeline_t *t, uint64_t end_cyc, char err[TIMELINE_ERR_LEN]);

#endif
