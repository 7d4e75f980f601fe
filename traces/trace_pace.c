// SPDX-License-Identifier: Apache-2.0
// From recorded gaps, or from a rate, to send times. Everything is a sum of exact fractions: `now`
// is whole picoseconds and rem/den of one, so frame n of a 3 Mpps stream is at floor(n*1e12/3e6) ps
// however large n gets.
#include "traces/trace_priv.h"

#define PACE_MAX 1000000000000000ull // largest value of an option in its unit: keeps u64 sums safe

int trace_clock_init(trace_clock_t *c, const trace_pace_t *pace, char err[TRACE_ERR_LEN])
{
    int set = (pace->multiplier_ppm != 0) + (pace->pps_milli != 0) + (pace->mbps_milli != 0) +
              pace->topspeed;
    if (set > 1) {
        return trace_fail(err, "--multiplier, --pps, --mbps and --topspeed exclude each other");
    }
    if (pace->multiplier_ppm > PACE_MAX) return trace_fail(err, "--multiplier: above 1000000000");
    if (pace->pps_milli > PACE_MAX) return trace_fail(err, "--pps: above 1000000000000");
    if (pace->mbps_milli > PACE_MAX) return trace_fail(err, "--mbps: above 1000000000000");

    *c = (trace_clock_t){.mode = TRACE_RECORDED, .den = 1};
    if (pace->multiplier_ppm != 0 && pace->multiplier_ppm != 1000000) {
        c->mode = TRACE_SCALED;
        c->multiplier_ppm = c->den = pace->multiplier_ppm;
    } else if (pace->pps_milli) {
        c->mode = TRACE_PPS;
        c->den = pace->pps_milli;
    } else if (pace->mbps_milli) {
        c->mode = TRACE_MBPS;
        c->den = pace->mbps_milli;
    } else if (pace->topspeed) {
        c->mode = TRACE_TOPSPEED;
    }
    c->cut_gaps = pace->max_gap_ns != 0;
    c->max_gap = trace_span_of((trace_u128_t)pace->max_gap_ns * 1000);
    return 0;
}

// now += num/den picoseconds.
static bool clock_advance(trace_clock_t *c, trace_u128_t num)
{
    num += c->rem;
    trace_u128_t ps;
    if ((uint64_t)(num >> 64) == 0) {
        ps = (uint64_t)num / c->den;
        c->rem = (uint64_t)num % c->den;
    } else {
        ps = num / c->den;
        c->rem = (uint64_t)(num % c->den);
    }
    if ((uint64_t)(ps >> 64) >= TRACE_CYC_PS) return false; // 2^64 cycles or more
    return trace_span_add(&c->now, trace_span_of(ps));
}

static bool clock_scaled(trace_clock_t *c, trace_span_t gap, bool *cut)
{
    trace_u128_t num = trace_span_ps(gap) * 1000000;                    // < 2^97
    trace_u128_t limit = trace_span_ps(c->max_gap) * c->multiplier_ppm; // < 2^124
    if (c->cut_gaps && num > limit) {
        num = limit;
        *cut = true;
    }
    return clock_advance(c, num);
}

bool trace_clock_record(trace_clock_t *c, trace_span_t gap, bool *cut)
{
    bool first = c->in_pass++ == 0;
    *cut = false;
    if (c->mode > TRACE_SCALED) return true;
    if (first) { // the recorded gap of a first record is nothing; of a later pass, the mean gap
        bool ok = trace_span_add(&c->now, c->wrap_gap);
        c->pass_start = c->now;
        return ok;
    }
    if (c->mode == TRACE_SCALED) return clock_scaled(c, gap, cut);
    if (c->cut_gaps &&
        (gap.cyc > c->max_gap.cyc || (gap.cyc == c->max_gap.cyc && gap.ps > c->max_gap.ps))) {
        gap = c->max_gap;
        *cut = true;
    }
    return trace_span_add(&c->now, gap);
}

bool trace_clock_frame(trace_clock_t *c, uint32_t len)
{
    if (c->mode != TRACE_PPS && c->mode != TRACE_MBPS) return true;
    bool ok = clock_advance(c, c->next); // 0 before the first frame
    // pps: 1e12 ps over pps_milli/1e3. mbps: 8*len bits over mbps_milli*1e3 bits a second.
    c->next = c->mode == TRACE_PPS ? 1000000000000000u : (trace_u128_t)len * 8 * 1000000000u;
    return ok;
}

void trace_clock_wrap(trace_clock_t *c)
{
    if (c->in_pass > 1) {
        trace_u128_t played = trace_span_ps(c->now) - trace_span_ps(c->pass_start);
        c->wrap_gap = trace_span_of(played / (c->in_pass - 1));
    }
    c->in_pass = 0;
}
