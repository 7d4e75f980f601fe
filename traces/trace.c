// SPDX-License-Identifier: Apache-2.0
// The public face: opens a source, and makes of each record a frame that may go onto the wire.
#include "traces/trace_priv.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACE_FRAME_MIN   60u // without FCS
#define TRACE_MAX_DEFAULT 1514u
#define TRACE_TAG         4u
#define TRACE_TAGS_MAX    2u

static const trace_format_t TRACE_GENERATED = {.format = "generator", .resolution = "ps"};

struct trace {
    char *spec;
    const char *name; // in spec
    trace_pace_t pace;
    trace_clock_t clock;
    trace_capture_t *capture; // one of the two
    trace_gen_t *gen;
    uint64_t passes_left; // after this one
    uint64_t limit;       // records of all passes
    bool fast;            // see trace_next_fast
    trace_stats_t stats;
    bool ended;
    char failed[TRACE_ERR_LEN]; // the error, once there was one
    char sha256[65];
    uint8_t frame[TRACE_FRAME_MAX]; // padded and filled frames
};

int trace_fail(char err[TRACE_ERR_LEN], const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(err, TRACE_ERR_LEN, fmt, args);
    va_end(args);
    return -1;
}

// ---- opening -----------------------------------------------------------------------------------

static int trace_start(trace_t *t, char err[TRACE_ERR_LEN])
{
    if (t->pace.max_frame == 0) t->pace.max_frame = TRACE_MAX_DEFAULT;
    if (t->pace.max_frame < TRACE_FRAME_MIN ||
        t->pace.max_frame > TRACE_FRAME_MAX - TRACE_TAGS_MAX * TRACE_TAG) {
        return trace_fail(err, "longest frame %u: %u..%u expected", t->pace.max_frame,
                          TRACE_FRAME_MIN, TRACE_FRAME_MAX - TRACE_TAGS_MAX * TRACE_TAG);
    }
    if (trace_clock_init(&t->clock, &t->pace, err) != 0) return -1;
    t->passes_left = t->pace.loop > 1 ? t->pace.loop - 1 : 0;
    t->limit = t->pace.limit ? t->pace.limit : UINT64_MAX;
    if (strncmp(t->spec, "gen:", 4) == 0) {
        t->name = t->spec;
        t->gen = trace_gen_open(t->spec, t->pace.seed, t->pace.limit != 0, err);
        if (!t->gen) return -1;
        if (t->passes_left && trace_gen_feedback(t->gen).kind)
            return trace_fail(err, "%.80s: it cannot be played in a loop: count=N", t->spec);
        t->fast = t->clock.mode == TRACE_RECORDED && !t->clock.cut_gaps &&
                  trace_gen_longest(t->gen) <= t->pace.max_frame;
        return 0;
    }
    const char *slash = strrchr(t->spec, '/');
    t->name = slash ? slash + 1 : t->spec;
    t->capture = trace_capture_open(t->spec, err);
    return t->capture ? 0 : -1;
}

trace_t *trace_open(const char *spec, const trace_pace_t *pace, char err[TRACE_ERR_LEN])
{
    trace_t *t = calloc(1, sizeof *t);
    if (t) t->spec = strdup(spec);
    if (!t || !t->spec) {
        trace_fail(err, "%s: out of memory", trace_shown(spec));
    } else {
        if (pace) t->pace = *pace;
        if (trace_start(t, err) == 0) return t;
    }
    trace_close(t);
    return NULL;
}

void trace_close(trace_t *t)
{
    if (!t) return;
    trace_capture_close(t->capture);
    trace_gen_close(t->gen);
    free(t->spec);
    free(t);
}

trace_feedback_t trace_feedback(const trace_t *t)
{
    return t->gen ? trace_gen_feedback(t->gen) : (trace_feedback_t){.kind = TRACE_NO_FEEDBACK};
}

// ---- records to frames -------------------------------------------------------------------------

// Pads and fills. Zero bytes in both cases: the fill is not what was on the wire, and says so.
static void trace_shape(trace_t *t, const trace_raw_t *raw, trace_frame_t *frame)
{
    frame->len = raw->len < TRACE_FRAME_MIN ? TRACE_FRAME_MIN : raw->len;
    frame->data = raw->data;
    t->stats.padded += raw->len < TRACE_FRAME_MIN;
    t->stats.cut += raw->caplen < raw->len;
    if (raw->caplen < frame->len) {
        memcpy(t->frame, raw->data, raw->caplen);
        memset(t->frame + raw->caplen, 0, frame->len - raw->caplen);
        frame->data = t->frame;
    }
}

// The next record of the source, over as many passes as asked for. 1, 0 or -1.
static int trace_record(trace_t *t, trace_raw_t *raw, char err[TRACE_ERR_LEN])
{
    for (;;) {
        if (t->gen && trace_gen_next(t->gen, raw)) return 1;
        if (t->capture) {
            int got = trace_capture_next(t->capture, raw, err);
            if (got == 1 || got == -1) return got;
            if (got == 2) {
                t->stats.truncated = 1;
                memcpy(t->stats.notice, err, TRACE_ERR_LEN);
                err[0] = '\0';
            }
        }
        if (t->stats.records == 0 && !t->stats.notice[0]) {
            trace_fail(t->stats.notice, "%s: no frames", trace_shown(t->spec));
        }
        if (t->passes_left == 0 || t->stats.records == 0) return 0;
        t->passes_left--;
        trace_clock_wrap(&t->clock);
        if (t->gen) trace_gen_rewind(t->gen);
        if (t->capture && trace_capture_rewind(t->capture, err) != 0) return -1;
    }
}

// Counts the record and moves the clock to it. 0 or -1.
static int trace_place(trace_t *t, const trace_raw_t *raw, bool oversize, char err[TRACE_ERR_LEN])
{
    bool recorded_times = t->clock.mode <= TRACE_SCALED;
    bool gap_cut = false;
    if (recorded_times && raw->time_bad) {
        return trace_fail(err,
                          "%s: record %llu: time stamp out of range (--pps, --mbps and "
                          "--topspeed do without)",
                          trace_shown(t->spec), (unsigned long long)raw->record);
    }
    bool ok = trace_clock_record(&t->clock, raw->gap, &gap_cut);
    uint32_t sent_len = raw->len < TRACE_FRAME_MIN ? TRACE_FRAME_MIN : raw->len;
    if (ok && !oversize) ok = trace_clock_frame(&t->clock, sent_len);
    if (!ok) {
        return trace_fail(err, "%s: record %llu: send time beyond 2^64 cycles",
                          trace_shown(t->spec), (unsigned long long)raw->record);
    }
    t->stats.records++;
    t->stats.gaps_cut += gap_cut;
    t->stats.clamped += recorded_times && raw->stepped_back;
    t->stats.oversize += oversize;
    if (oversize) t->stats.oversize_bytes += raw->len;
    t->stats.offered += !oversize;
    return 0;
}

int trace_step(trace_t *t, trace_frame_t *frame, uint32_t *raw_len, bool *oversize,
               char err[TRACE_ERR_LEN])
{
    trace_raw_t raw;
    if (t->failed[0]) return trace_fail(err, "%s", t->failed);
    if (t->ended || t->stats.records >= t->limit) return 0;
    int got = trace_record(t, &raw, t->failed);
    if (got == 1) {
        *oversize = raw.len > t->pace.max_frame + raw.tags * TRACE_TAG;
        got = trace_place(t, &raw, *oversize, t->failed) == 0 ? 1 : -1;
    }
    if (got != 1) {
        t->ended = true;
        return got == 0 ? 0 : trace_fail(err, "%s", t->failed);
    }
    *raw_len = raw.len;
    frame->at_cyc = t->clock.now.cyc;
    frame->at_ps = (uint32_t)t->clock.now.ps;
    frame->record = raw.record;
    frame->bad_fcs = raw.bad_fcs;
    frame->fcs = raw.fcs;
    frame->fcs_known = raw.fcs_known;
    if (!*oversize) trace_shape(t, &raw, frame);
    return 1;
}

// Nothing about the frames of a generator at its own pace has to be found out one by one. False
// when the long way must be taken: first frame of a pass, last frame, or no such generator.
static bool trace_next_fast(trace_t *t, trace_frame_t *frame)
{
    if (!t->fast || t->clock.in_pass == 0 || t->stats.records >= t->limit) return false;
    if (!trace_gen_emit(t->gen, frame, &t->clock.now)) return false;
    t->clock.in_pass++;
    t->stats.records++;
    t->stats.offered++;
    return true;
}

int trace_next(trace_t *t, trace_frame_t *frame, char err[TRACE_ERR_LEN])
{
    if (trace_next_fast(t, frame)) return 1;
    uint32_t raw_len;
    bool oversize;
    int got;
    do got = trace_step(t, frame, &raw_len, &oversize, err);
    while (got == 1 && oversize);
    return got;
}

// ---- about the trace ---------------------------------------------------------------------------

const trace_stats_t *trace_stats(const trace_t *t)
{
    return &t->stats;
}

const char *trace_name(const trace_t *t)
{
    return t->name;
}

const trace_format_t *trace_format(const trace_t *t)
{
    return t->capture ? trace_capture_format(t->capture) : &TRACE_GENERATED;
}

static bool trace_hash_file(EVP_MD_CTX *ctx, int fd)
{
    uint8_t block[65536];
    off_t off = 0;
    for (;;) {
        ssize_t got = pread(fd, block, sizeof block, off);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        if (EVP_DigestUpdate(ctx, block, (size_t)got) != 1) return false;
        off += got;
    }
}

const char *trace_sha256(trace_t *t)
{
    if (t->sha256[0]) return t->sha256;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;
    if (ok && t->capture) {
        ok = trace_hash_file(ctx, trace_capture_fd(t->capture));
    } else if (ok) {
        char seed[32];
        int n = snprintf(seed, sizeof seed, "\nseed=%llu\n", (unsigned long long)t->pace.seed);
        ok = EVP_DigestUpdate(ctx, t->spec, strlen(t->spec)) == 1 &&
             EVP_DigestUpdate(ctx, seed, (size_t)n) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(ctx, digest, &len) == 1;
    EVP_MD_CTX_free(ctx);
    for (unsigned i = 0; ok && i < len; i++) snprintf(t->sha256 + 2 * i, 3, "%02x", digest[i]);
    return t->sha256;
}
