// SPDX-License-Identifier: Apache-2.0
// For the tests of traces/: makes capture files byte by byte in memory, and plays traces.
#ifndef MODERATO_TESTS_TRACE_FILES_H
#define MODERATO_TESTS_TRACE_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "traces/trace_priv.h"

#define TRACE_FILES_US 0xa1b2c3d4u
#define TRACE_FILES_NS 0xa1b23c4du
#define TRACE_FILES_N  64

// A file being made, and where it is saved (one of its own for each test program).
typedef struct trace_files {
    uint8_t bytes[1 << 17];
    size_t n;
    bool big;
    char path[64];
} trace_files_t;

// cmocka group fixtures: make and remove the file.
int trace_files_setup(void **state);
int trace_files_teardown(void **state);

void trace_files_put(trace_files_t *f, const void *p, size_t n);
void trace_files_int(trace_files_t *f, uint32_t v, int n);
// n bytes 0x40, 0x41, ...
void trace_files_frame(trace_files_t *f, uint32_t n);
void trace_files_pcap(trace_files_t *f, uint32_t magic, bool big, uint32_t snaplen,
                      uint32_t linktype);
void trace_files_record(trace_files_t *f, uint32_t sec, uint32_t frac, uint32_t caplen,
                        uint32_t len);
void trace_files_ng(trace_files_t *f, bool big);
// tsresol: 6 = microseconds, 9 = nanoseconds.
void trace_files_ng_interface(trace_files_t *f, uint32_t linktype, uint32_t snaplen,
                              uint8_t tsresol);
void trace_files_ng_packet(trace_files_t *f, uint32_t interface, uint64_t stamp, uint32_t caplen,
                           uint32_t len);
void trace_files_save(trace_files_t *f);

// What playing a trace to its end gave; times and lengths of the first frames.
typedef struct trace_played {
    int result; // of the last trace_next
    uint64_t n;
    uint64_t at_ps[TRACE_FILES_N];
    uint32_t len[TRACE_FILES_N];
    trace_stats_t stats;
    char err[TRACE_ERR_LEN];
} trace_played_t;

// Saves and plays the file; fails the test when it does not open.
trace_played_t trace_files_play(trace_files_t *f, const trace_pace_t *pace);
// Fails the test unless trace_open refuses with a message that contains `message`.
void trace_files_refused(const char *spec, const trace_pace_t *pace, const char *message);

// trace_open and trace_next that fail the test on an error.
trace_t *trace_files_open(const char *spec, const trace_pace_t *pace);
bool trace_files_next(trace_t *t, trace_frame_t *f);
trace_u128_t trace_files_at_ps(const trace_frame_t *f);

#endif
