// SPDX-License-Identifier: Apache-2.0
// Generated traffic: which frame comes next, and how long after the one before. Frame 0 is at 0;
// the gap before frame n follows from the length of frame n-1 where the rate is one of bits.
//
// Gaps are from first preamble byte to first preamble byte. Those of constant rate are exact
// fractions (frame n of pps=P at floor(n*1e12/P) ps). Poisson means are rounded to a picosecond,
// and an arrival process does not know the wire: at high loads gaps shorter than a frame occur, and
// the link then queues. imix deals 7 frames of 64, 4 of 594 and 1 of 1518 bytes in random order,
// twelve by twelve.
//
// tcp-stream is like cbr, with the segments of TCP flows in turn. iperf-udp has a clock of its own (trace_gen_iperf.c).
#include "traces/trace_priv.h"

#include <stdlib.h>
#include <string.h>

#define GEN_WIRE_OVERHEAD 20u                 // preamble and inter-frame gap, bytes
#define GEN_BYTE_PS       8000u               // 1 Gb/s
#define GEN_EXP_MEAN_MAX  ((uint64_t)1 << 48) // rng_exp's limit, ps
#define GEN_DECK          12

static const struct {
    uint32_t size, weight;
} GEN_IMIX_SIZES[3] = {{64, 7}, {594, 4}, {1518, 1}};

// The step after a frame: whole part and numerator of the rest over trace_gen.den ps.
typedef struct gen_step {
    trace_span_t whole;
    uint64_t rest;
} gen_step_t;

struct trace_gen {
    trace_gen_spec_t spec;
    uint64_t seed;
    bool steady;    // see gen_emit
    uint64_t count; // without end UINT64_MAX
    rng_t rng;
    uint64_t den;
    gen_step_t step[3]; // by frame kind
    gen_step_t pause;   // behind a burst
    trace_iperf_t iperf;
    uint64_t mean_ps; // poisson
    trace_span_t end; // of duration_ms

    uint64_t sent; // frames so far
    uint64_t in_burst;
    uint64_t to_bad; // frames until the next bad FCS
    uint64_t rest;   // numerator carried
    unsigned kind;   // of the frame before
    uint32_t host;   // of the next frame
    trace_span_t at;
    uint8_t deck[GEN_DECK];
    unsigned dealt; // cards of the deck used
    trace_gen_frame_t frame[3];
};

// ---- opening -----------------------------------------------------------------------------------

// Bytes of a frame that are not payload of UDP.
static uint32_t gen_around(const trace_gen_spec_t *s)
{
    return 14 + 20 + 8 + 4 + (s->vlan_set ? 4 : 0);
}

// The time from a frame of `size` bytes to the next, in ps, is the returned value over gen_den.
static trace_u128_t gen_step_num(const trace_gen_spec_t *s, uint32_t size)
{
    switch (s->rate) { // bursts know no rate keys and stay at line rate
    case GEN_PPS: return 1000000000000000u;
    case GEN_MBPS:
        return (trace_u128_t)(size - (s->kind == GEN_IPERF_UDP ? gen_around(s) : 4)) * 8 *
               1000000000u;
    case GEN_GAP: return s->rate_milli; // is ps
    case GEN_LOAD: break;               // rate_milli is 1e5 at line rate
    }
    return (trace_u128_t)(size + GEN_WIRE_OVERHEAD) * GEN_BYTE_PS * 100000;
}

static uint64_t gen_den(const trace_gen_spec_t *s)
{
    return s->rate == GEN_GAP ? 1 : s->rate_milli;
}

static gen_step_t gen_step_of(trace_u128_t num, uint64_t den)
{
    return (gen_step_t){trace_span_of(num / den), (uint64_t)(num % den)};
}

// Frame kind k; returns the numerator of its step.
static trace_u128_t gen_plan_frame(trace_gen_t *g, unsigned k, uint32_t size)
{
    trace_u128_t num = gen_step_num(&g->spec, size);
    trace_gen_frame_build(&g->frame[k], &g->spec, size);
    g->step[k] = gen_step_of(num, g->den);
    return num;
}

static void gen_plan_iperf(trace_gen_t *g)
{
    trace_gen_spec_t *s = &g->spec;
    const bool blocks = s->ceiling_milli != 0 && s->rate_milli > s->ceiling_milli;
    if (blocks) s->rate_milli = s->ceiling_milli;
    g->iperf = (trace_iperf_t){.step_num = gen_step_num(s, s->size),
                               .den = gen_den(s),
                               .slot_ps = (s->size + GEN_WIRE_OVERHEAD) * GEN_BYTE_PS,
                               .stall_ps = (trace_u128_t)s->stall_us_milli * 1000,
                               .every_ps = (trace_u128_t)s->stall_every_us_milli * 1000,
                               .blocks = blocks};
}

// Frames and steps. 0 or -1.
static int gen_plan(trace_gen_t *g, const char *text, char err[TRACE_ERR_LEN])
{
    trace_u128_t sum = 0; // numerators of GEN_DECK steps
    g->den = gen_den(&g->spec);
    if (g->spec.kind == GEN_IMIX) {
        for (unsigned k = 0; k < 3; k++) {
            sum += gen_plan_frame(g, k, GEN_IMIX_SIZES[k].size) * GEN_IMIX_SIZES[k].weight;
        }
    } else {
        sum = gen_plan_frame(g, 0, g->spec.size) * GEN_DECK;
    }
    if (g->spec.kind == GEN_IPERF_UDP) gen_plan_iperf(g);
    trace_u128_t pause =
        trace_span_ps(g->step[0].whole) + (trace_u128_t)g->spec.gap_us_milli * 1000;
    g->pause = gen_step_of(pause, 1);
    trace_u128_t per = (trace_u128_t)g->den * GEN_DECK;
    trace_u128_t mean = (sum + per / 2) / per;
    g->end = trace_span_of((trace_u128_t)g->spec.duration_ms * 1000000000u);
    if (!g->spec.poisson) return 0;
    if (mean >= GEN_EXP_MEAN_MAX) {
        return trace_fail(err, "%.80s: rate too low for poisson: mean gap above 281 s", text);
    }
    g->mean_ps = (uint64_t)mean;
    return 0;
}

trace_gen_t *trace_gen_open(const char *text, uint64_t seed, bool endless_ok,
                            char err[TRACE_ERR_LEN])
{
    trace_gen_spec_t spec;
    if (trace_gen_parse(text, endless_ok, &spec, err) != 0) return NULL;
    trace_gen_t *g = calloc(1, sizeof *g);
    if (!g) {
        trace_fail(err, "%.80s: out of memory", text);
        return NULL;
    }
    g->spec = spec;
    g->seed = seed;
    g->steady = spec.kind == GEN_CBR && !spec.poisson && !spec.duration_ms;
    g->count = spec.count ? spec.count : UINT64_MAX;
    if (gen_plan(g, text, err) != 0) {
        free(g);
        return NULL;
    }
    trace_gen_rewind(g);
    return g;
}

void trace_gen_rewind(trace_gen_t *g)
{
    rng_seed(&g->rng, g->seed);
    g->sent = g->in_burst = g->rest = 0;
    g->to_bad = g->spec.bad_fcs_in;
    g->kind = 0;
    g->host = 0;
    g->at = (trace_span_t){0, 0};
    trace_iperf_rewind(&g->iperf);
    g->dealt = GEN_DECK;
    unsigned card = 0;
    for (unsigned k = 0; k < 3; k++) {
        for (unsigned n = 0; n < GEN_IMIX_SIZES[k].weight; n++) g->deck[card++] = (uint8_t)k;
    }
}

void trace_gen_close(trace_gen_t *g)
{
    free(g);
}

// ---- frames ------------------------------------------------------------------------------------

static unsigned gen_deal(trace_gen_t *g)
{
    if (g->dealt == GEN_DECK) {
        for (unsigned i = GEN_DECK - 1; i > 0; i--) { // Fisher-Yates
            unsigned j = (unsigned)rng_below(&g->rng, i + 1);
            uint8_t card = g->deck[i];
            g->deck[i] = g->deck[j];
            g->deck[j] = card;
        }
        g->dealt = 0;
    }
    return g->deck[g->dealt++];
}

// That step, made whole picoseconds; what is left over is carried.
static trace_span_t gen_stride(trace_gen_t *g, const gen_step_t *step)
{
    trace_span_t gap = step->whole;
    g->rest += step->rest; // both < den <= 1e12
    if (g->rest >= g->den) {
        g->rest -= g->den;
        trace_span_add(&gap, (trace_span_t){0, 1});
    }
    return gap;
}

// From the frame before to the next one.
static trace_span_t gen_gap(trace_gen_t *g)
{
    if (g->spec.poisson) return trace_span_of(rng_exp(&g->rng, g->mean_ps));
    if (g->spec.kind == GEN_IPERF_UDP) return trace_iperf_gap(&g->iperf);
    if (g->spec.kind == GEN_BURSTS && ++g->in_burst == g->spec.burst) {
        g->in_burst = 0;
        return gen_stride(g, &g->pause);
    }
    return gen_stride(g, &g->step[g->kind]);
}

// With constant `steady`, which leaves nothing to be decided frame by frame: one kind of frame at one rate.
static inline bool gen_emit(trace_gen_t *g, bool steady, trace_frame_t *frame, trace_span_t *now)
{
    if (g->sent == g->count) return false;
    trace_span_t gap = {0, 0};
    if (g->sent != 0) gap = steady ? gen_stride(g, &g->step[0]) : gen_gap(g);
    if (!steady && g->spec.duration_ms) {
        trace_span_add(&g->at, gap);
        if (g->at.cyc >= g->end.cyc) return false; // the end is a whole number of cycles
    }
    // No generator reaches 2^64 cycles: its longest gap is 1000 s.
    trace_span_add(now, gap);
    if (!steady && g->spec.kind == GEN_IMIX) g->kind = gen_deal(g);
    trace_gen_frame_t *f = &g->frame[steady ? 0 : g->kind];
    if (g->spec.hosts > 1) {
        trace_gen_frame_host(f, g->host);
        if (++g->host == g->spec.hosts) g->host = 0;
    }
    frame->data = f->data;
    frame->len = f->len;
    frame->at_cyc = now->cyc;
    frame->at_ps = (uint32_t)now->ps;
    frame->bad_fcs = g->to_bad != 0 && --g->to_bad == 0;
    if (frame->bad_fcs) g->to_bad = g->spec.bad_fcs_in;
    frame->fcs = !steady && g->spec.kind & (GEN_TCP | GEN_IPERF_TCP)
                     ? trace_gen_frame_tcp(f, &g->spec, g->sent)
                     : trace_gen_frame_stamp(f, (uint32_t)g->sent);
    frame->fcs_known = true;
    frame->record = ++g->sent;
    return true;
}

static __attribute__((noinline)) bool gen_emit_any(trace_gen_t *g, trace_frame_t *frame,
                                                   trace_span_t *now)
{
    return gen_emit(g, false, frame, now);
}

bool trace_gen_emit(trace_gen_t *g, trace_frame_t *frame, trace_span_t *now)
{
    return g->steady ? gen_emit(g, true, frame, now) : gen_emit_any(g, frame, now);
}

bool trace_gen_next(trace_gen_t *g, trace_raw_t *raw)
{
    trace_frame_t frame;
    trace_span_t gap = {0, 0};
    if (!trace_gen_emit(g, &frame, &gap)) return false;
    *raw = (trace_raw_t){.data = frame.data,
                         .caplen = frame.len,
                         .len = frame.len,
                         .record = frame.record,
                         .gap = gap,
                         .tags = g->spec.vlan_set,
                         .bad_fcs = frame.bad_fcs,
                         .fcs_known = true,
                         .fcs = frame.fcs};
    return true;
}

uint32_t trace_gen_longest(const trace_gen_t *g)
{
    return g->frame[g->spec.kind == GEN_IMIX ? 2 : 0].len;
}

trace_feedback_t trace_gen_feedback(const trace_gen_t *g)
{
    const trace_gen_spec_t *s = &g->spec;
    trace_feedback_t f = {.kind = TRACE_NO_FEEDBACK};
    if (s->kind == GEN_RR) f.kind = TRACE_ANSWERS;
    if (s->kind == GEN_IPERF_TCP) f.kind = TRACE_WINDOW;
    f.sessions = (uint32_t)s->sessions;
    f.think_ps = s->think_us_milli * 1000;
    f.window = (uint32_t)s->window;
    f.machines = (uint32_t)s->machines;
    for (unsigned k = 0; k < TRACE_CLIENT_KINDS; k++) f.clients[k] = (uint32_t)s->clients[k];
    return f;
}
