// SPDX-License-Identifier: Apache-2.0
// `moderato info`: what a trace is and what replaying it at the given pace asks of a 1 Gb/s link.
// Lengths and rates are of frames without FCS as recorded, oversize ones included; line-rate time
// and backlog are of the frames that would be sent. Peaks are of the fullest window of a grid that
// begins with the first frame: a burst across its lines counts in two windows. With --topspeed times are those at which the link lets frames
// go. One pass, memory independent of the length of the trace.
#include "traces/trace_priv.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INFO_CYC_1MS    125000u
#define INFO_CYC_10MS   1250000u
#define INFO_CYC_S      125000000u
#define INFO_WIRE_OTHER 24u // FCS, preamble, inter-frame gap: bytes, and cycles at 1 Gb/s

// ---- collecting --------------------------------------------------------------------------------

static void info_window(trace_window_t *w, uint64_t at_cyc, uint32_t len)
{
    uint64_t index = at_cyc / w->cyc;
    if (index != w->index) {
        w->index = index;
        w->bytes = w->frames = 0;
    }
    w->bytes += len;
    w->frames++;
    if (w->bytes <= w->peak_bytes) return;
    w->peak_bytes = w->bytes;
    w->peak_frames = w->frames;
}

// The frame enters a 1 Gb/s link that may still be busy with those before it.
static void info_wire(trace_info_t *in, const trace_frame_t *f, trace_span_t at)
{
    uint64_t at_cyc = at.cyc + (at.ps != 0); // a port starts on a byte
    uint64_t start_cyc = at_cyc > in->free_cyc ? at_cyc : in->free_cyc;
    uint64_t wire_cyc = f->len + INFO_WIRE_OTHER;
    if (start_cyc - at_cyc > in->backlog_max_cyc) in->backlog_max_cyc = start_cyc - at_cyc;
    in->free_cyc = start_cyc + wire_cyc;
    in->line_rate_cyc += wire_cyc;
}

static void info_record(trace_info_t *in, const trace_frame_t *f, uint32_t len, bool oversize)
{
    trace_span_t at = {f->at_cyc, f->at_ps};
    if (in->at_line_rate) at = (trace_span_t){.cyc = in->free_cyc};
    if (in->records++ == 0) in->len_min = len;
    if (len < in->len_min) in->len_min = len;
    if (len > in->len_max) in->len_max = len;
    in->lens[len < TRACE_INFO_LENS ? len : TRACE_INFO_LENS - 1]++;
    in->bytes += len;
    in->last = at;
    info_window(&in->ms1, at.cyc, len);
    info_window(&in->ms10, at.cyc, len);
    if (!oversize) info_wire(in, f, at);
}

// The upper median. Lengths of TRACE_INFO_LENS - 1 and more count as that.
static uint32_t info_median(const trace_info_t *in)
{
    uint64_t below = 0;
    uint32_t len = 0;
    while (in->records != 0 && below + in->lens[len] <= in->records / 2) below += in->lens[len++];
    return len;
}

int trace_info_collect(trace_t *t, trace_info_t *in, char err[TRACE_ERR_LEN])
{
    trace_frame_t frame;
    uint32_t len;
    bool oversize;
    int got;
    in->ms1.cyc = INFO_CYC_1MS;
    in->ms10.cyc = INFO_CYC_10MS;
    while ((got = trace_step(t, &frame, &len, &oversize, err)) == 1) {
        info_record(in, &frame, len, oversize);
    }
    in->len_median = info_median(in);
    return got;
}

// ---- numbers -----------------------------------------------------------------------------------

// `amount` per second over the duration, in thousandths, rounded down; 0 when there is no duration.
static uint64_t info_rate_milli(const trace_info_t *in, trace_u128_t amount)
{
    trace_u128_t ps = trace_span_ps(in->last);
    if (ps == 0) return 0;
    trace_u128_t unit = (trace_u128_t)1000000000000000u; // 1e12 ps * 1000
    trace_u128_t rate = amount * unit / ps;              // amount is far below 2^77
    return rate > UINT64_MAX ? UINT64_MAX : (uint64_t)rate;
}

static uint64_t info_mean_kbps(const trace_info_t *in)
{
    return info_rate_milli(in, (trace_u128_t)in->bytes * 8) / 1000000;
}

static uint64_t info_peak_kbps(const trace_window_t *w)
{
    return (uint64_t)((trace_u128_t)w->peak_bytes * 8 * INFO_CYC_S / w->cyc / 1000);
}

static uint64_t info_duration_ns(const trace_info_t *in)
{
    trace_u128_t ns = trace_span_ps(in->last) / 1000;
    return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

static void info_start_text(const trace_format_t *f, char out[64])
{
    struct tm tm;
    time_t s = (time_t)f->start_s;
    if (!f->has_start || !gmtime_r(&s, &tm)) {
        strcpy(out, "-");
        return;
    }
    char day[40];
    strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(out, 64, "%s.%09u UTC", day, f->start_ns);
}

// ---- text --------------------------------------------------------------------------------------

static void info_line(const char *label, uint64_t n, const char *note)
{
    printf("%-18s%" PRIu64 "%s\n", label, n, note);
}

// A count nobody needs to read when it is 0.
static void info_line_if(const char *label, uint64_t n, const char *note)
{
    if (n) info_line(label, n, note);
}

static void info_text_format(trace_t *t)
{
    const trace_format_t *f = trace_format(t);
    printf("%-18s%s\n", "trace", trace_name(t));
    printf("%-18s%s\n", "sha256", trace_sha256(t));
    if (strcmp(f->format, "generator") == 0) {
        printf("%-18sgenerator, Ethernet\n", "format");
        return;
    }
    char start[64];
    info_start_text(f, start);
    printf("%-18s%s, %s-endian, time unit %s, link type 1 (EN10MB), snapshot length %d\n", "format",
           f->format, f->big_endian ? "big" : "little", f->resolution, f->snaplen);
    if (f->fcs_bytes) info_line("FCS in the file", f->fcs_bytes, " bytes a frame, removed");
    printf("%-18s%s\n", "first stamp", start);
}

static void info_text(trace_t *t, const trace_info_t *in)
{
    const trace_stats_t *s = trace_stats(t);
    uint64_t ns = info_duration_ns(in), pps_milli = info_rate_milli(in, in->records);
    info_text_format(t);
    info_line("frames", s->records, "");
    info_line_if("  dropped", s->oversize, " longer than the link allows");
    info_line_if("  padded", s->padded, " shorter than 60 bytes");
    info_line_if("  cut", s->cut, " captured in part, filled with zero bytes");
    info_line_if("  clamped", s->clamped, " time stepped back");
    info_line_if("  gaps cut", s->gaps_cut, "");
    info_line("bytes", in->bytes,
              s->oversize ? " without FCS, of all frames as the rates" : " without FCS");
    if (in->records) {
        printf("%-18s%u / %u / %u bytes\n", "min/median/max", in->len_min, in->len_median,
               in->len_max);
    }
    printf("%-18s%" PRIu64 ".%09" PRIu64 " s\n", "duration", ns / 1000000000, ns % 1000000000);
    if (ns) {
        uint64_t kbps = info_mean_kbps(in), peak1 = info_peak_kbps(&in->ms1);
        uint64_t peak10 = info_peak_kbps(&in->ms10);
        printf("%-18s%" PRIu64 ".%03" PRIu64 " Mb/s, %" PRIu64 ".%03" PRIu64 " frames/s\n", "mean",
               kbps / 1000, kbps % 1000, pps_milli / 1000, pps_milli % 1000);
        printf("%-18s%" PRIu64 ".%03" PRIu64 " Mb/s (%" PRIu64 " frames; fixed windows)\n",
               "peak 1 ms", peak1 / 1000, peak1 % 1000, in->ms1.peak_frames);
        printf("%-18s%" PRIu64 ".%03" PRIu64 " Mb/s (%" PRIu64 " frames; fixed windows)\n",
               "peak 10 ms", peak10 / 1000, peak10 % 1000, in->ms10.peak_frames);
    }
    info_line("line-rate time", in->line_rate_cyc * 8,
              s->oversize ? " ns at 1 Gb/s, of the frames that are not dropped" : " ns at 1 Gb/s");
    info_line("backlog max", in->backlog_max_cyc * 8, " ns before a 1 Gb/s port");
    if (s->notice[0]) printf("%-18s%s\n", "notice", s->notice);
}

// ---- JSON --------------------------------------------------------------------------------------

static json_t *info_int(uint64_t v)
{
    return json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v);
}

static json_t *info_milli(uint64_t v)
{
    return json_real((double)v / 1000);
}

static void info_json_format(json_t *o, trace_t *t)
{
    const trace_format_t *f = trace_format(t);
    json_object_set_new(o, "name", json_string(trace_name(t)));
    json_object_set_new(o, "sha256", json_string(trace_sha256(t)));
    json_object_set_new(o, "format", json_string(f->format));
    json_object_set_new(o, "linktype", json_integer(1));
    json_object_set_new(o, "linktype_name", json_string("EN10MB"));
    json_object_set_new(o, "time_unit", json_string(f->resolution));
    if (strcmp(f->format, "generator") == 0) return;
    char start[64];
    info_start_text(f, start);
    json_object_set_new(o, "byte_order", json_string(f->big_endian ? "big" : "little"));
    json_object_set_new(o, "snaplen", json_integer(f->snaplen));
    json_object_set_new(o, "fcs_bytes_removed", json_integer(f->fcs_bytes));
    json_object_set_new(o, "first_stamp", json_string(start));
}

static void info_json_stats(json_t *o, const trace_stats_t *s)
{
    json_object_set_new(o, "records", info_int(s->records));
    json_object_set_new(o, "offered", info_int(s->records)); // as of a run: oversize is a drop
    json_object_set_new(o, "sent", info_int(s->offered));
    json_object_set_new(o, "oversize", info_int(s->oversize));
    json_object_set_new(o, "padded", info_int(s->padded));
    json_object_set_new(o, "cut", info_int(s->cut));
    json_object_set_new(o, "clamped", info_int(s->clamped));
    json_object_set_new(o, "gaps_cut", info_int(s->gaps_cut));
    json_object_set_new(o, "truncated", info_int(s->truncated));
    json_object_set_new(o, "notice", json_string(s->notice));
}

static json_t *info_peak(const trace_window_t *w)
{
    return json_pack("{s:o,s:o}", "mbps", info_milli(info_peak_kbps(w)), "frames",
                     info_int(w->peak_frames));
}

static json_t *info_json(trace_t *t, const trace_info_t *in)
{
    json_t *o = json_object();
    if (!o) return NULL;
    info_json_format(o, t);
    info_json_stats(o, trace_stats(t));
    json_object_set_new(o, "bytes", info_int(in->bytes));
    json_object_set_new(o, "duration_ns", info_int(info_duration_ns(in)));
    if (trace_span_ps(in->last)) {
        json_object_set_new(o, "mean_mbps", info_milli(info_mean_kbps(in)));
        json_object_set_new(o, "mean_pps", info_milli(info_rate_milli(in, in->records)));
        json_object_set_new(o, "peak_1ms", info_peak(&in->ms1));
        json_object_set_new(o, "peak_10ms", info_peak(&in->ms10));
    }
    json_object_set_new(o, "len",
                        json_pack("{s:o,s:o,s:o}", "min", info_int(in->len_min), "median",
                                  info_int(in->len_median), "max", info_int(in->len_max)));
    json_object_set_new(o, "line_rate_ns", info_int(in->line_rate_cyc * 8));
    json_object_set_new(o, "backlog_max_ns", info_int(in->backlog_max_cyc * 8));
    return o;
}

// A name that is not UTF-8 has no JSON string; the object then misses it and is still valid.
int trace_info(const char *spec, const trace_pace_t *pace, bool json, char err[TRACE_ERR_LEN])
{
    trace_t *t = trace_open(spec, pace, err);
    if (!t) return -1;
    trace_info_t *in = calloc(1, sizeof *in);
    if (in) in->at_line_rate = pace && pace->topspeed;
    int result = in ? trace_info_collect(t, in, err)
                    : trace_fail(err, "%s: out of memory", trace_shown(spec));
    if (result == 0 && json) {
        json_t *o = info_json(t, in);
        if (!o || json_dumpf(o, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0) {
            result = trace_fail(err, "%s: cannot write JSON", trace_shown(spec));
        }
        putchar('\n');
        json_decref(o);
    } else if (result == 0) {
        info_text(t, in);
    }
    free(in);
    trace_close(t);
    return result;
}
