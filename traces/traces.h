// SPDX-License-Identifier: Apache-2.0
// Where frames come from: captures (pcap, pcapng through libpcap) and generators ("gen:cbr,..."),
// both behind one streaming interface; and where they go: a pcap writer.
//
// Nothing here knows the device. Frames are streamed, never loaded whole: memory use does not
// depend on the length of the trace. Two traces may be read at the same time, each by one thread.
#ifndef MODERATO_TRACES_H
#define MODERATO_TRACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_ERR_LEN   256
#define TRACE_FRAME_MAX 16384 // longest frame a source hands out, bytes without FCS

// How the recorded times become send times. At most one of multiplier/pps/mbps/topspeed may be set
// (more are an error of trace_open); all zero = original timing.
//
// Original timing: the first record (of the first pass) is at 0, even when it is too long to be
// handed out; every later frame keeps its distance to it. Where recorded time steps back, frames
// are sent at the latest time before, until the recording has caught up.
// Loop: a pass starts after the last record of the one before, by the mean gap of that pass as
// played (rounded down to a picosecond; 0 for a single record); with pps and mbps at the rate; with
// topspeed at once. A generator starts over with its seed and sequence number, as a file would.
// Rates: frame n of pps=P is at floor(n * 1e12 / P) ps, of mbps at the bits of all frames before
// over the rate, rounded down the same way: nothing accumulates. Records that are not handed out
// take no slot of a rate. --max-gap works on recorded gaps only.
typedef struct trace_pace {
    uint64_t multiplier_ppm; // --multiplier: speed factor in millionths (1000000 = original)
    uint64_t pps_milli;      // --pps: packets per second in thousandths
    uint64_t mbps_milli;     // --mbps: megabits of frame (as sent, no FCS) a second in thousandths
    bool topspeed;           // --topspeed: all at time 0, the link spaces them out at line rate
    uint64_t loop;           // --loop: how many times to play the trace, 0 or 1 = once
    uint64_t limit;          // --limit: stop after so many records of all passes (too long ones
                             // included), 0 = all
    uint64_t max_gap_ns; // --max-gap: longer recorded gaps, as played, are cut to this, 0 = keep
    uint32_t max_frame;  // longest untagged frame without FCS the link allows, 60..16376,
                         // 0 = 1514. +4 for each VLAN tag (0x8100, 0x88a8), at most two
    uint64_t seed;       // for gen: sources
} trace_pace_t;

// One frame as it goes onto the wire, without preamble and FCS.
typedef struct trace_frame {
    const uint8_t *data; // `len` bytes, padded and filled; valid until the next call
    uint32_t len;        // 60 .. TRACE_FRAME_MAX
    uint64_t at_cyc; // asked start of the first preamble byte: whole 8 ns cycles since the start
    uint32_t at_ps;  // ... and the remainder, 0 .. 7999 ps. Never before the frame before
    uint64_t record; // 1-based number in the capture or generator, from 1 in each pass
    bool bad_fcs;    // send with a wrong FCS
    uint32_t fcs;    // when fcs_known: the right FCS of `data`, bad_fcs or not, as zlib's crc32()
                     // gives it (least significant byte first on the wire)
    bool fcs_known;  // generators know it; else to be computed
} trace_frame_t;

// What was read and how it was treated; JSON object "trace". Over all passes of a loop.
typedef struct trace_stats {
    uint64_t records;  // whole frames read: offered + oversize
    uint64_t offered;  // frames handed out
    uint64_t oversize; // longer than the link allows: not handed out, the caller counts a drop
    uint64_t oversize_bytes;
    uint64_t padded;   // shorter than 60 bytes: filled with zero bytes to 60
    uint64_t cut;      // caplen < len: filled with zero bytes to the original length
    uint64_t clamped;  // times the recorded time stepped back (0 where recorded times are not used)
    uint64_t gaps_cut; // gaps shortened by --max-gap
    uint64_t truncated; // 1 when the file ends inside a record (that record is not sent)
    // One line for the user ("f.pcap: record 9: cut off ..."), "" if none.
    char notice[TRACE_ERR_LEN];
} trace_stats_t;

typedef struct trace trace_t;

// Opens TRACE: a file name, or "gen:KIND,key=value,...". Returns NULL with a message in err (naming
// file, record or option) for anything that is not a readable Ethernet capture: other link types
// (of any interface of a pcapng), empty and unknown files, a file damaged in its first record, what
// is not a regular file. pace may be NULL (all zero).
//
// Generators. Frames are Ethernet, IPv4, UDP with right checksums, and carry a 32-bit sequence
// number as the first payload bytes (0 first, wraps), its complement as the next four. KIND:
//   cbr      one size, constant rate
//   poisson  one size, exponential gaps
//   imix     64, 594 and 1518 bytes at 7:4:1, exactly so in every 12 frames, shuffled by the seed;
//            pacing=cbr (default) or poisson
//   bursts   burst=N frames (32) back to back, then gap-us=N of silence (100)
//   tcp-stream  as cbr, segments of flows=N TCP flows (1) in turn; PSH in every push=N-th of a flow (0: none)
//   iperf-udp   datagrams to port 5001 at mbps=N of payload (1000), size=1516 (1470 bytes of payload), as iperf paces them: a
//            sender that is behind sends back to back until it has caught up. It stalls for stall-us=N (1000) every
//            stall-every-us=N (never), and whenever it has caught up if mbps is above ceiling-mbps=N (none)
// and two whose frames wait for what comes back (trace_feedback; hostbridge/peer.h makes them wait):
//   netperf-rr  requests: sessions=N (1) at a time, each think-us=N (0) after the answer to the one before; or those of clients on
//            machines=N (1), each with native=N, dom0=N, domu=N of them (0)
//   iperf-tcp   segments of one TCP flow, as the receiver's window allows and no more than window=N bytes unanswered
// These two go as soon as they may; they know no rate, vlan, hosts and bad-fcs.
// Keys: size=64..1518 bytes on the wire including FCS and VLAN tag (to 1522 with vlan; default 64)
//   rate, one of: load=PCT of 1 Gb/s, preamble and inter-frame gap included (default 100) · pps=N ·
//     mbps=N of frame without FCS · gap-ns=N from start to start. Up to three decimals. Under
//     poisson they give the mean
//   count=N frames, or duration-ms=N (frames that start before). Without either: 100000 frames, or
//     endless when --limit is given
//   dst=MAC (02:00:00:00:00:01) src=MAC (02:00:00:00:00:02) vlan=0..4094 (802.1Q tag, priority 0)
//   bad-fcs=1-in-N: frames N, 2N, ... get a wrong FCS
trace_t *trace_open(const char *spec, const trace_pace_t *pace, char err[TRACE_ERR_LEN]);

// Next frame: 1 = *frame is valid, 0 = end, -1 = error (message in err). Stays at the end, and at
// an error. A file cut off inside its last record ends without error, with truncated and notice
// set.
int trace_next(trace_t *t, trace_frame_t *frame, char err[TRACE_ERR_LEN]);

// What the frames of a trace wait for, beside their time.
#define TRACE_SESSIONS_MAX 1024u
#define TRACE_CLIENTS_MAX  48u // on machines
// Where a client of netperf-rr is, if it is said (hostbridge/peer_host.h).
enum trace_client { TRACE_CLIENT_NATIVE, TRACE_CLIENT_DOM0, TRACE_CLIENT_DOMU, TRACE_CLIENT_KINDS };
enum trace_feedback_kind { TRACE_NO_FEEDBACK, TRACE_ANSWERS, TRACE_WINDOW };
typedef struct trace_feedback {
    enum trace_feedback_kind kind;
    uint32_t sessions; // TRACE_ANSWERS: requests under way
    uint64_t think_ps; // from an answer to the next request
    uint32_t machines; // that the sessions are clients of; 0: think_ps is all there is
    uint32_t clients[TRACE_CLIENT_KINDS]; // on each
    uint32_t window;                      // TRACE_WINDOW: bytes of payload under way
} trace_feedback_t;
trace_feedback_t trace_feedback(const trace_t *t);

// Counters so far.
const trace_stats_t *trace_stats(const trace_t *t);

// SHA-256 of the file (or of the generator specification and seed), 64 hex digits. Reads the file
// once; "" when that fails.
const char *trace_sha256(trace_t *t);

// Base name of the file, or the generator specification.
const char *trace_name(const trace_t *t);

void trace_close(trace_t *t);

// Summary of a trace for `moderato info` on stdout, as text or as one JSON object. 0 ok, -1 with
// err.
int trace_info(const char *spec, const trace_pace_t *pace, bool json, char err[TRACE_ERR_LEN]);

// ---- writing -----------------------------------------------------------------------------------

typedef struct trace_writer trace_writer_t;

// Nanosecond pcap, linktype Ethernet. NULL with err on failure.
trace_writer_t *trace_writer_open(const char *path, char err[TRACE_ERR_LEN]);
// One frame without FCS at when_ns (below 2^32 s). 0 ok, -1 on a write error; message at close.
int trace_writer_put(trace_writer_t *w, uint64_t when_ns, const uint8_t *data, uint32_t len);
// Flushes and frees. -1 with err when anything could not be written.
int trace_writer_close(trace_writer_t *w, char err[TRACE_ERR_LEN]);

// ---- randomness --------------------------------------------------------------------------------

// xoshiro256** seeded by splitmix64; the only source of randomness of the program.
typedef struct rng {
    uint64_t s[4];
} rng_t;
// Any seed is as good as any other.
void rng_seed(rng_t *r, uint64_t seed);
uint64_t rng_next(rng_t *r);
// Uniform in [0, n), n > 0, without bias.
uint64_t rng_below(rng_t *r, uint64_t n);
// Exponential variate with the given mean (any unit, mean < 2^48), integer arithmetic only, rounded
// to the nearest unit; the mean is within 0.1 % from 7 units on.
uint64_t rng_exp(rng_t *r, uint64_t mean);

#endif
