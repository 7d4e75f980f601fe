// SPDX-License-Identifier: Apache-2.0
// Private to traces/: what a source (capture or generator) hands to trace.c, and how recorded gaps
// become send times.
#ifndef MODERATO_TRACE_PRIV_H
#define MODERATO_TRACE_PRIV_H

#include "traces/traces.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 trace_u128_t;

#define TRACE_CYC_PS 8000u // one device cycle

// A span of simulated time. Two words, because picoseconds in 64 bits end after 213 days and
// captures exist that span years.
typedef struct trace_span {
    uint64_t cyc;
    uint64_t ps; // 0 .. 7999; 64 bits wide so that a span is copied as two whole registers
} trace_span_t;

static inline trace_u128_t trace_span_ps(trace_span_t s)
{
    return (trace_u128_t)s.cyc * TRACE_CYC_PS + s.ps;
}

// The span of `ps` picoseconds; `ps` must be below 2^64 cycles.
static inline trace_span_t trace_span_of(trace_u128_t ps)
{
    if ((uint64_t)(ps >> 64) == 0) {
        return (trace_span_t){(uint64_t)ps / TRACE_CYC_PS, (uint64_t)ps % TRACE_CYC_PS};
    }
    return (trace_span_t){(uint64_t)(ps / TRACE_CYC_PS), (uint64_t)(ps % TRACE_CYC_PS)};
}

// *at += d. False when the sum does not fit 64-bit cycles.
static inline bool trace_span_add(trace_span_t *at, trace_span_t d)
{
    uint64_t ps = at->ps + d.ps;
    uint64_t carry = ps >= TRACE_CYC_PS;
    at->ps = carry ? ps - TRACE_CYC_PS : ps;
    return !__builtin_add_overflow(at->cyc, d.cyc, &at->cyc) &&
           !__builtin_add_overflow(at->cyc, carry, &at->cyc);
}

// One record of a source, before padding, filling and the length check.
typedef struct trace_raw {
    const uint8_t *data; // caplen bytes
    uint32_t caplen;
    uint32_t len;     // original length without FCS
    uint64_t record;  // 1-based
    trace_span_t gap; // since the record before, 0 when time stepped back
    bool stepped_back;
    bool time_bad; // the stamp is outside what can be computed with; gap is 0
    uint8_t tags;  // VLAN tags in front of the EtherType, at most 2 counted
    bool bad_fcs, fcs_known;
    uint32_t fcs;
} trace_raw_t;

// ---- pacing (trace_pace.c) ---------------------------------------------------------------------

typedef enum {
    TRACE_RECORDED, // original gaps
    TRACE_SCALED,   // original gaps / multiplier
    TRACE_PPS,
    TRACE_MBPS,
    TRACE_TOPSPEED
} trace_mode_t;

typedef struct trace_clock {
    trace_mode_t mode;
    trace_span_t now;
    uint64_t den;         // exact remainder of `now`: rem/den ps
    uint64_t rem;         //
    trace_u128_t next;    // numerator of the step before the next frame (PPS, MBPS)
    trace_span_t max_gap; // as played
    uint64_t multiplier_ppm;
    bool cut_gaps;
    uint64_t in_pass; // records of this pass so far
    trace_span_t pass_start;
    trace_span_t wrap_gap; // gap to the first record of a later pass
} trace_clock_t;

// 0, or -1 with err: contradicting or out-of-range options.
int trace_clock_init(trace_clock_t *c, const trace_pace_t *pace, char err[TRACE_ERR_LEN]);
// Moves to the next record of the source; *cut is set when the gap was shortened. False on
// overflow.
bool trace_clock_record(trace_clock_t *c, trace_span_t gap, bool *cut);
// Moves to the next frame handed out (rates), `len` bytes long. False on overflow.
bool trace_clock_frame(trace_clock_t *c, uint32_t len);
// The source starts over.
void trace_clock_wrap(trace_clock_t *c);

// ---- captures (trace_capture.c, trace_pcapng.c) ------------------------------------------------

typedef struct trace_capture trace_capture_t;

// What the file is, for `moderato info`.
typedef struct trace_format {
    const char *format; // "pcap", "pcapng" or "generator"
    bool big_endian;
    const char *resolution; // "us", "ns"; pcapng: "per interface"
    int snaplen;
    unsigned fcs_bytes; // FCS bytes the file says it carries; stripped
    bool has_start;
    int64_t start_s; // stamp of the first record
    uint32_t start_ns;
} trace_format_t;

trace_capture_t *trace_capture_open(const char *path, char err[TRACE_ERR_LEN]);
// 1 = *raw valid until the next call, 0 = end, 2 = end inside a record (message in err),
// -1 = error.
int trace_capture_next(trace_capture_t *c, trace_raw_t *raw, char err[TRACE_ERR_LEN]);
// Back to the first record. 0 or -1 with err.
int trace_capture_rewind(trace_capture_t *c, char err[TRACE_ERR_LEN]);
int trace_capture_fd(const trace_capture_t *c);
const trace_format_t *trace_capture_format(const trace_capture_t *c);
void trace_capture_close(trace_capture_t *c);

// What the first bytes of a file say (trace_identify.c).
typedef struct trace_identity {
    bool classic;           // pcap, else pcapng
    bool big;               // big-endian
    uint32_t record_header; // bytes before each classic record
    const char *resolution;
    uint32_t linktype; // of pcap
} trace_identity_t;

// Name of a link type as files number them.
const char *trace_linktype_name(uint32_t linktype);

// 0, or -1 with a message: empty, compressed or unknown.
int trace_identify(int fd, const char *path, trace_identity_t *id, char err[TRACE_ERR_LEN]);

// Walks the blocks of a pcapng file for an interface libpcap would stop at in the middle of a run.
// 0 = none (or not a pcapng file, or damaged: libpcap reports that), -1 = message in err.
int trace_pcapng_check(int fd, const char *path, char err[TRACE_ERR_LEN]);

// ---- generators (trace_gen.c, trace_gen_spec.c, trace_gen_frame.c) -----------------------------

typedef enum {
    GEN_CBR = 1,
    GEN_POISSON = 2,
    GEN_IMIX = 4,
    GEN_BURSTS = 8,
    GEN_TCP = 16,
    GEN_RR = 32,        // their frames wait for answers
    GEN_IPERF_TCP = 64, //
    GEN_IPERF_UDP = 128
} trace_gen_kind_t;
typedef enum { GEN_LOAD, GEN_PPS, GEN_MBPS, GEN_GAP } trace_gen_rate_t;

// A parsed "gen:..." specification.
typedef struct trace_gen_spec {
    trace_gen_kind_t kind;
    trace_gen_rate_t rate;
    uint64_t rate_milli;  // load in 1/1000 percent, pps and mbps in 1/1000, gap in ps
    uint32_t size;        // bytes incl. FCS (and tag)
    bool poisson;         // gaps are exponential
    uint64_t count;       // 0 = endless
    uint64_t duration_ms; // 0 = none
    uint64_t burst;       // frames per burst
    uint64_t gap_us_milli;
    uint64_t bad_fcs_in; // every so many frames one with a bad FCS, 0 = none
    bool vlan_set;
    uint16_t vlan;
    uint64_t flows,
        push;       // tcp-stream: flows in turn; PSH in every so many segments of a flow, 0 = none
    uint32_t hosts; // destination addresses, in turn
    uint64_t sessions, think_us_milli, window;      // netperf-rr; iperf-tcp
    uint64_t machines, clients[TRACE_CLIENT_KINDS]; // netperf-rr: 0, no client is said
    uint64_t ceiling_milli, stall_us_milli,
        stall_every_us_milli; // iperf-udp: Mb/s, 0 none; every 0: none
    uint8_t dst[6], src[6];
} trace_gen_spec_t;

// `endless_ok`: without count and duration, no end instead of the default count.
int trace_gen_parse(const char *text, bool endless_ok, trace_gen_spec_t *s,
                    char err[TRACE_ERR_LEN]);

#define TRACE_GEN_FRAME_MAX 1522
#define GEN_HOSTS_MAX       254u

// What differs with the destination address.
typedef struct trace_gen_frame_host {
    uint8_t ip_sum[2], udp_sum[2];
    uint32_t fcs_zero;
} trace_gen_frame_host_t;

// A frame ready to send, with the tables that keep its FCS right when the sequence number changes.
typedef struct trace_gen_frame {
    uint8_t data[TRACE_GEN_FRAME_MAX];
    uint32_t len;      // without FCS
    uint32_t seq_at;   // offset of the sequence number; its complement follows
    uint32_t fcs_zero; // FCS with sequence number 0
    uint32_t fcs_delta[4][256];
    trace_gen_frame_host_t host[GEN_HOSTS_MAX];
} trace_gen_frame_t;

void trace_gen_frame_build(trace_gen_frame_t *f, const trace_gen_spec_t *s, uint32_t size);
// The frame is for host k of the specification.
void trace_gen_frame_host(trace_gen_frame_t *f, uint32_t k);
static inline void trace_put32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

// For a frame of tcp-stream or iperf-tcp: makes it segment number `n` of all flows, and returns the FCS.
uint32_t trace_gen_frame_tcp(trace_gen_frame_t *f, const trace_gen_spec_t *s, uint64_t n);
// Writes the sequence number and its complement, and returns the FCS.
static inline uint32_t trace_gen_frame_stamp(trace_gen_frame_t *f, uint32_t seq)
{
    trace_put32(f->data + f->seq_at, seq);
    trace_put32(f->data + f->seq_at + 4, ~seq);
    return f->fcs_zero ^ f->fcs_delta[0][seq & 0xff] ^ f->fcs_delta[1][seq >> 8 & 0xff] ^
           f->fcs_delta[2][seq >> 16 & 0xff] ^ f->fcs_delta[3][seq >> 24];
}

// The clock of iperf-udp (trace_gen_iperf.c). All times from the first frame on.
typedef struct trace_iperf {
    trace_u128_t step_num; // from target to target: step_num / den ps
    uint64_t den;
    uint64_t slot_ps;                // a frame and its gap on the link
    trace_u128_t stall_ps, every_ps; // every_ps 0: it is always scheduled
    bool blocks;                     // asked for more than the ceiling
    uint64_t rest;                   // of target_ps
    trace_u128_t target_ps, at_ps;   // of the frame before
    trace_u128_t stall_at_ps;        // the next one that comes of itself
} trace_iperf_t;

void trace_iperf_rewind(trace_iperf_t *p);
// From the frame before to the next one.
trace_span_t trace_iperf_gap(trace_iperf_t *p);

typedef struct trace_gen trace_gen_t;
trace_gen_t *trace_gen_open(const char *text, uint64_t seed, bool endless_ok,
                            char err[TRACE_ERR_LEN]);
// False = end.
bool trace_gen_next(trace_gen_t *g, trace_raw_t *raw);
// The same straight into a frame, for a generator at its own pace: *now moves on by the gap.
// False = end.
bool trace_gen_emit(trace_gen_t *g, trace_frame_t *frame, trace_span_t *now);
trace_feedback_t trace_gen_feedback(const trace_gen_t *g);
// Length of its longest frame without FCS.
uint32_t trace_gen_longest(const trace_gen_t *g);
void trace_gen_rewind(trace_gen_t *g);
void trace_gen_close(trace_gen_t *g);

// ---- shared (trace.c) --------------------------------------------------------------------------

// A path as messages show it: the tail of a very long one, so that the reason still fits.
static inline const char *trace_shown(const char *path)
{
    size_t n = strlen(path);
    return n > 128 ? path + n - 128 : path;
}

// Writes a message into err and returns -1.
int trace_fail(char err[TRACE_ERR_LEN], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

// As trace_next, but also gives records that are too long (*oversize) and the length before
// padding.
int trace_step(trace_t *t, trace_frame_t *frame, uint32_t *raw_len, bool *oversize,
               char err[TRACE_ERR_LEN]);
const trace_format_t *trace_format(const trace_t *t);

// ---- summary (trace_info.c) --------------------------------------------------------------------

#define TRACE_INFO_LENS 65537 // lengths told apart; longer ones count as the last

// The fullest window of a grid that begins with the first frame.
typedef struct trace_window {
    uint64_t cyc; // width
    uint64_t index, bytes, frames;
    uint64_t peak_bytes, peak_frames; // of the window with most bytes
} trace_window_t;

typedef struct trace_info {
    uint64_t records, bytes;
    uint32_t len_min, len_median, len_max;
    trace_span_t last; // time of the last record
    trace_window_t ms1, ms10;
    uint64_t free_cyc, line_rate_cyc, backlog_max_cyc; // of a 1 Gb/s port
    bool at_line_rate; // set before: the port gives the times (--topspeed)
    uint64_t lens[TRACE_INFO_LENS];
} trace_info_t;

// Reads the trace to its end into a zeroed *in. 0 or -1.
int trace_info_collect(trace_t *t, trace_info_t *in, char err[TRACE_ERR_LEN]);

#endif
