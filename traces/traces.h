// SPDX-License-Identifier: Apache-2.0
// Where frames come from: captures (pcap, pcapng through libpcap) and generators ("gen:cbr,..."),
// both behind one streaming interface; and where they go: a pcap writer.
//
// Nothing here knows the device. Frames are streamed, never loaded whole: memory use does not
// depend on the length of the trace.
#ifndef MODERATO_TRACES_H
#define MODERATO_TRACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_ERR_LEN   256
#define TRACE_FRAME_MAX 16384 // longest frame a source hands out, bytes without FCS

// How the recorded times become send times. Exactly one of multiplier/pps/mbps/topspeed is in
// force; all zero = original timing.
typedef struct trace_pace {
    uint64_t multiplier_ppm; // --multiplier: speed factor in millionths (1000000 = original), 0 = unset
    uint64_t pps_milli;      // --pps: packets per second in thousandths, 0 = unset
    uint64_t mbps_milli;     // --mbps: megabits of frame (without FCS) per second in thousandths, 0 = unset
    bool topspeed;           // --topspeed: back to back at line rate
    uint64_t loop;           // --loop: how many times to play the trace, 0 or 1 = once
    uint64_t limit;          // --limit: stop after so many frames, 0 = all
    uint64_t max_gap_ns;     // --max-gap: idle gaps are cut to this, 0 = keep
    uint32_t max_frame;      // longest untagged frame without FCS the link allows (1514; +4 a VLAN tag, at most two)
    uint64_t seed;           // for gen: sources
} trace_pace_t;

// One frame as it goes onto the wire, without preamble and FCS.
typedef struct trace_frame {
    const uint8_t *data; // `len` bytes, padded and filled by the stated rule; valid until the next call
    uint32_t len;        // 60 .. TRACE_FRAME_MAX
    uint64_t at_cyc;     // asked start of the first preamble byte: whole 8 ns cycles since the start
    uint32_t at_ps;      // ... and the remainder, 0 .. 7999 ps
    uint64_t record;     // 1-based record number in the capture (or sequence number of the generator)
    bool bad_fcs;        // send with a wrong FCS
    uint32_t fcs;        // FCS when fcs_known (generators know it), else to be computed
    bool fcs_known;
} trace_frame_t;

// What was read and how it was treated; JSON object "trace".
typedef struct trace_stats {
    uint64_t records;    // frames read
    uint64_t offered;    // frames handed out
    uint64_t oversize;   // longer than the link allows: not handed out, counted as offered and dropped
    uint64_t padded;     // shorter than 60 bytes: zero padded
    uint64_t cut;        // caplen < len: filled to the original length
    uint64_t clamped;    // time stepped back: sent at the time of the frame before
    uint64_t gaps_cut;   // gaps shortened by --max-gap
    uint64_t truncated;  // 1 when the file ends inside a record (that record is not sent)
    char notice[TRACE_ERR_LEN]; // one line for the user ("file.pcap: record 2042: cut off ..."), "" if none
} trace_stats_t;

typedef struct trace trace_t;

// Opens TRACE: a file name, or "gen:KIND,key=value,...". Returns NULL with a message in err (naming
// file, record or option) for anything that is not a readable Ethernet capture.
trace_t *trace_open(const char *spec, const trace_pace_t *pace, char err[TRACE_ERR_LEN]);

// Next frame: 1 = *frame is valid, 0 = end, -1 = error (message in err).
int trace_next(trace_t *t, trace_frame_t *frame, char err[TRACE_ERR_LEN]);

// Counters so far.
const trace_stats_t *trace_stats(const trace_t *t);

// SHA-256 of the file (or of the generator specification and seed), 64 hex digits. Reads the file once.
const char *trace_sha256(trace_t *t);

// Base name of the file, or the generator specification.
const char *trace_name(const trace_t *t);

void trace_close(trace_t *t);

// Summary of a capture for `moderato info`, as text on stdout. 0 ok, -1 with err.
int trace_info(const char *spec, const trace_pace_t *pace, bool json, char err[TRACE_ERR_LEN]);

// ---- writing -----------------------------------------------------------------------------------

typedef struct trace_writer trace_writer_t;

// Nanosecond pcap, linktype Ethernet. NULL with err on failure.
trace_writer_t *trace_writer_open(const char *path, char err[TRACE_ERR_LEN]);
// One frame without FCS at when_ns. 0 ok, -1 on a write error (reported at close too).
int trace_writer_put(trace_writer_t *w, uint64_t when_ns, const uint8_t *data, uint32_t len);
int trace_writer_close(trace_writer_t *w, char err[TRACE_ERR_LEN]);

// ---- randomness --------------------------------------------------------------------------------

// xoshiro256** seeded by splitmix64; the only source of randomness of the program.
typedef struct rng { uint64_t s[4]; } rng_t;
void rng_seed(rng_t *r, uint64_t seed);
uint64_t rng_next(rng_t *r);
// Uniform in [0, n), n > 0, without bias.
uint64_t rng_below(rng_t *r, uint64_t n);
// Exponential variate with the given mean (any unit, mean < 2^48), integer arithmetic only.
uint64_t rng_exp(rng_t *r, uint64_t mean);

#endif
