// SPDX-License-Identifier: Apache-2.0
// Two frames alternate for those of the trace: the device may look at a frame until two
// cycles after its last byte, and the buffer is filled again only when the next frame of the trace
// starts, which is at least the gap of 12 byte times after that. Injected frames have a ring of
// buffers of their own, given back when the next frame of any kind starts.
#include "hostbridge/wire.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIRE_BUF_BYTES (TRACE_FRAME_MAX + NIC_FcsBytes)
#define WIRE_CHANGES   64u

typedef struct wire_frame {
    uint64_t asked_cyc; // earliest start
    uint64_t time_cyc;  // the same without the gate
    uint32_t early_ps;  // asked time = asked_cyc * CYC_PS - early_ps
    uint8_t *bytes;     // its buffer
    wire_sent_t sent;   // what is known of it, in the end all
} wire_frame_t;

// CRC-32 is affine: the same change at the front of frames of the same length changes their FCS alike.
typedef struct wire_change {
    uint64_t bits; // of the first eight bytes
    uint32_t len;  // 0: unused
    uint32_t fcs;
} wire_change_t;

struct wire {
    sim_t *sim;
    nic_ops_t ops;
    trace_t *trace;
    wire_client_t client;
    uint32_t (*edit)(void *ctx, uint8_t *frame, uint32_t len); // NULL: frames stay as they are
    void *edit_ctx;
    uint64_t (*gate)(void *ctx, const uint8_t *frame, uint32_t len); // NULL: time alone decides
    void *gate_ctx;
    wire_change_t change[WIRE_CHANGES];
    wire_stats_t stats;
    sim_event_t send_event, end_event;
    bool asap, started, failed;
    bool ended;      // nothing more comes from the trace
    bool reported;   // client.end was called
    bool ready;      // `next` is to be sent
    bool extra_busy; // the oldest injected frame has been handed to the device
    uint64_t start_cyc;
    uint64_t longest_gap_cyc; // 0: gaps are played in full
    uint64_t free_cyc;        // first cycle for the next preamble, gap included
    uint64_t trace_last_cyc;  // last byte of the trace's latest frame; before that start_cyc
    uint64_t max_error_ps;
    wire_frame_t frame[2], *next; // of the trace, in turn
    wire_frame_t *extra;          // ring of WIRE_EXTRA, allocated at the first use
    uint8_t *extra_bytes;
    uint32_t extra_head, extra_tail; // free running
    char error[TRACE_ERR_LEN];
};

static inline void copy_frame(uint8_t *to, const uint8_t *from, uint32_t len)
{
    if (len == 60) { // the common case with a constant size: a few vector moves
        memcpy(to, from, 60);
    } else {
        memcpy(to, from, len);
    }
}

static inline void put_fcs(uint8_t *at, uint32_t fcs)
{
    at[0] = (uint8_t)fcs;
    at[1] = (uint8_t)(fcs >> 8);
    at[2] = (uint8_t)(fcs >> 16);
    at[3] = (uint8_t)(fcs >> 24);
}

static uint32_t fcs_of(const uint8_t *data, uint32_t len)
{
    return libdeflate_crc32(0, data, len);
}

static uint64_t front(const uint8_t *frame)
{
    uint64_t v;
    memcpy(&v, frame, sizeof v);
    return v;
}

// Lets the client change the frame of f; its FCS.
static uint32_t edit_frame(wire_t *w, uint8_t *frame, const trace_frame_t *f)
{
    const uint64_t was = f->len >= sizeof was ? front(frame) : 0;
    const uint32_t to = w->edit(w->edit_ctx, frame, f->len);
    if (!f->fcs_known || to > sizeof was || f->len < sizeof was) return fcs_of(frame, f->len);
    if (to == 0) return f->fcs;
    const uint64_t bits = was ^ front(frame);
    const uint64_t hash = (bits ^ f->len) * UINT64_C(0x9E3779B97F4A7C15);
    wire_change_t *c = &w->change[(hash >> 32) % WIRE_CHANGES];
    if (c->bits != bits || c->len != f->len)
        *c = (wire_change_t){bits, f->len, fcs_of(frame, f->len) ^ f->fcs};
    return f->fcs ^ c->fcs;
}

static void trace_over(wire_t *w)
{
    w->ended = true;
    uint64_t when_cyc = w->trace_last_cyc + (w->stats.offered != 0);
    if (when_cyc < w->sim->now_cyc) when_cyc = w->sim->now_cyc;
    sim_at(w->sim, &w->end_event, when_cyc);
}

static void ask_gate(wire_t *w)
{
    if (!w->gate || !w->ready) return;
    wire_frame_t *n = w->next;
    const uint64_t open_cyc = w->gate(w->gate_ctx, n->bytes, n->sent.len);
    n->asked_cyc = n->time_cyc;
    if (open_cyc <= n->time_cyc) return;
    n->asked_cyc = open_cyc;
    n->early_ps = 0;
}

// Reads the next frame of the trace into the one whose turn it is.
static inline void trace_fetch(wire_t *w)
{
    trace_frame_t f;
    w->ready = false;
    int rc = w->ended ? 0 : trace_next(w->trace, &f, w->error);
    if (rc <= 0) {
        w->failed = rc < 0;
        if (!w->ended) trace_over(w);
        return;
    }
    // A gap in which the machine comes to rest is played short; the rest of it would change nothing but the clock.
    uint64_t at_cyc = f.at_cyc - w->stats.skipped_cyc;
    const uint64_t before_cyc = w->trace_last_cyc - w->start_cyc;
    if (w->longest_gap_cyc && at_cyc > before_cyc + w->longest_gap_cyc) {
        at_cyc = before_cyc + w->longest_gap_cyc;
        w->stats.skipped_cyc = f.at_cyc - at_cyc;
    }
    if (at_cyc >= SIM_END_CYC - w->start_cyc) {
        w->failed = true;
        snprintf(w->error, sizeof w->error,
                 "%s: record %llu: more than 104 days after the start (--max-gap cuts gaps)",
                 trace_name(w->trace), (unsigned long long)f.record);
        trace_over(w);
        return;
    }
    wire_frame_t *n = w->next;
    n->asked_cyc = w->start_cyc + at_cyc + (f.at_ps != 0);
    // Back to back means: asked for when the line is free. Injected frames get their turn.
    if (w->asap && n->asked_cyc < w->free_cyc) n->asked_cyc = w->free_cyc;
    n->early_ps = f.at_ps ? CYC_PS - f.at_ps : 0;
    n->sent.skipped_cyc = w->stats.skipped_cyc;
    n->sent.len = f.len;
    n->sent.bad_fcs = f.bad_fcs;
    copy_frame(n->bytes, f.data, f.len);
    const uint32_t fcs = w->edit       ? edit_frame(w, n->bytes, &f)
                         : f.fcs_known ? f.fcs
                                       : fcs_of(n->bytes, f.len);
    put_fcs(n->bytes + f.len, f.bad_fcs ? ~fcs : fcs);
    n->time_cyc = n->asked_cyc;
    w->ready = true;
    ask_gate(w);
}

static wire_frame_t *extra_first(const wire_t *w)
{
    uint32_t i = w->extra_head + w->extra_busy;
    return i == w->extra_tail ? NULL : &w->extra[i % WIRE_EXTRA];
}

// Whose turn on the line: the frame that asked first, the trace on a tie; NULL if none waits.
static wire_frame_t *pick(const wire_t *w)
{
    wire_frame_t *x = extra_first(w);
    if (!w->ready) return x;
    return x && x->asked_cyc < w->next->asked_cyc ? x : w->next;
}

static void schedule(wire_t *w)
{
    const wire_frame_t *f = pick(w);
    if (!f || f->asked_cyc == SIM_NEVER) return;
    uint64_t when_cyc = f->asked_cyc > w->free_cyc ? f->asked_cyc : w->free_cyc;
    if (when_cyc < w->sim->now_cyc) when_cyc = w->sim->now_cyc;
    if (w->send_event.queued && w->send_event.when_cyc == when_cyc) return;
    sim_at(w->sim, &w->send_event, when_cyc);
}

static void send_event(void *ctx, uint64_t now_cyc)
{
    wire_t *w = ctx;
    wire_frame_t *f = pick(w);
    if (!f || f->asked_cyc > now_cyc) return;
    // The device has the last word on when the line is free (its link speed may have changed).
    uint64_t free_cyc = w->ops.wire_free(w->ops.nic);
    if (free_cyc > now_cyc) {
        if (w->free_cyc < free_cyc) w->free_cyc = free_cyc;
        schedule(w);
        return;
    }
    if (w->extra_busy) {
        w->extra_head++;
        w->extra_busy = false;
    }
    wire_sent_t *sent = &f->sent;
    uint64_t stride_cyc = w->ops.stride(w->ops.nic);
    uint64_t bytes = WIRE_PREAMBLE_BYTES + sent->len + NIC_FcsBytes;
    w->ops.rx_frame(w->ops.nic, now_cyc, f->bytes, sent->len + NIC_FcsBytes, !sent->bad_fcs, false);
    w->free_cyc = now_cyc + (bytes + WIRE_GAP_BYTES) * stride_cyc;
    sent->first_cyc = now_cyc;
    sent->last_cyc = now_cyc + (bytes - 1) * stride_cyc;
    wire_stats_t *s = &w->stats;
    if (s->last_cyc == 0) s->first_cyc = now_cyc;
    s->last_cyc = sent->last_cyc;
    if (sent->injected) {
        sent->seq = s->injected++;
        s->injected_bytes += sent->len;
        w->extra_busy = true;
    } else {
        sent->seq = s->offered++;
        s->offered_bytes += sent->len;
        w->trace_last_cyc = sent->last_cyc;
        uint64_t error_ps = (now_cyc - f->asked_cyc) * CYC_PS + f->early_ps;
        if (error_ps > w->max_error_ps && !w->asap) {
            w->max_error_ps = error_ps;
            s->max_injection_error_ns = (error_ps + 999) / 1000;
        }
        w->next = f == w->frame ? w->frame + 1 : w->frame;
        trace_fetch(w);
    }
    schedule(w);
    if (w->client.sent) w->client.sent(w->client.ctx, sent);
}

static void end_event(void *ctx, uint64_t now_cyc)
{
    wire_t *w = ctx;
    w->reported = true;
    if (w->client.end) w->client.end(w->client.ctx, now_cyc, w->failed ? w->error : NULL);
}

wire_t *wire_create(sim_t *sim, const nic_ops_t *ops, trace_t *trace, bool asap,
                    const wire_client_t *client)
{
    wire_t *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->sim = sim;
    w->ops = *ops;
    w->trace = trace;
    w->asap = asap;
    w->client = *client;
    sim_event_init(&w->send_event, "wire frame", send_event, w);
    sim_event_init(&w->end_event, "wire end", end_event, w);
    w->next = w->frame;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *bytes = malloc(WIRE_BUF_BYTES);
        w->frame[i] = (wire_frame_t){.bytes = bytes, .sent.data = bytes};
        if (bytes) continue;
        wire_destroy(w);
        return NULL;
    }
    return w;
}

void wire_destroy(wire_t *w)
{
    if (!w) return;
    sim_cancel(w->sim, &w->send_event);
    sim_cancel(w->sim, &w->end_event);
    free(w->frame[0].bytes);
    free(w->frame[1].bytes);
    free(w->extra);
    free(w->extra_bytes);
    free(w);
}

void wire_skip_gaps(wire_t *w, uint64_t longest_cyc)
{
    w->longest_gap_cyc = longest_cyc;
}

void wire_edit(wire_t *w, uint32_t (*edit)(void *ctx, uint8_t *frame, uint32_t len), void *ctx)
{
    w->edit = edit;
    w->edit_ctx = ctx;
}

void wire_gate(wire_t *w, uint64_t (*gate)(void *ctx, const uint8_t *frame, uint32_t len),
               void *ctx)
{
    w->gate = gate;
    w->gate_ctx = ctx;
}

void wire_regate(wire_t *w)
{
    ask_gate(w);
    schedule(w);
}

void wire_start(wire_t *w, uint64_t start_cyc)
{
    w->started = true;
    w->start_cyc = w->trace_last_cyc = start_cyc;
    if (!w->trace) {
        trace_over(w);
        return;
    }
    trace_fetch(w);
    schedule(w);
}

void wire_stop(wire_t *w)
{
    if (!w->started || w->ended) return;
    w->ready = false;
    trace_over(w);
    sim_cancel(w->sim, &w->send_event);
    schedule(w);
}

bool wire_inject(wire_t *w, uint64_t asked_cyc, const uint8_t *data, uint32_t len, bool bad_fcs)
{
    if (len == 0 || len > TRACE_FRAME_MAX || w->extra_tail - w->extra_head == WIRE_EXTRA) {
        return false;
    }
    if (!w->extra) {
        w->extra = calloc(WIRE_EXTRA, sizeof *w->extra);
        w->extra_bytes = malloc((size_t)WIRE_EXTRA * WIRE_BUF_BYTES);
        if (!w->extra || !w->extra_bytes) {
            free(w->extra);
            free(w->extra_bytes);
            w->extra = NULL;
            w->extra_bytes = NULL;
            return false;
        }
    }
    uint32_t i = w->extra_tail++ % WIRE_EXTRA;
    uint8_t *bytes = w->extra_bytes + (size_t)i * WIRE_BUF_BYTES;
    copy_frame(bytes, data, len);
    uint32_t fcs = fcs_of(data, len);
    put_fcs(bytes + len, bad_fcs ? ~fcs : fcs);
    w->extra[i] =
        (wire_frame_t){.asked_cyc = asked_cyc,
                       .bytes = bytes,
                       .sent = {.data = bytes, .len = len, .bad_fcs = bad_fcs, .injected = true}};
    schedule(w);
    return true;
}

bool wire_idle(const wire_t *w, uint64_t now_cyc)
{
    if (w->ready || extra_first(w) || (w->started && !w->reported)) return false;
    return w->stats.last_cyc < now_cyc || w->stats.offered + w->stats.injected == 0;
}

const wire_stats_t *wire_stats(const wire_t *w)
{
    return &w->stats;
}
