// SPDX-License-Identifier: Apache-2.0
// When iperf's UDP client sends. It has a target for every datagram, one after the other at the rate it was asked for, and
// sends as soon as the target is reached; behind, it sends back to back at the rate of its link until it has caught up.
// It falls behind when it stalls: now and then because it is not scheduled, or, asked for more than its machine can do (the
// ceiling), whenever it has caught up, because its device has no room. So the mean is the smaller of both rates, and a stall
// of s at rate R on a link of rate L is followed by s R / (1 - R/L) datagrams back to back.
//
// Inaccuracy: iperf 2 forgets the debt of a loop that began without delay left; here it is always made up for, as the
// measurements that this source is for suggest.
#include "traces/trace_priv.h"

void trace_iperf_rewind(trace_iperf_t *p)
{
    p->rest = 0;
    p->target_ps = p->at_ps = 0;
    p->stall_at_ps = p->every_ps;
}

trace_span_t trace_iperf_gap(trace_iperf_t *p)
{
    p->target_ps += p->step_num / p->den;
    p->rest += (uint64_t)(p->step_num % p->den);
    if (p->rest >= p->den) {
        p->rest -= p->den;
        p->target_ps++;
    }
    const trace_u128_t free_ps = p->at_ps + p->slot_ps; // its link
    const bool behind = free_ps > p->target_ps;
    trace_u128_t at_ps = behind ? free_ps : p->target_ps;
    if (p->blocks && !behind) at_ps += p->stall_ps;
    if (p->every_ps && at_ps >= p->stall_at_ps) { // in the last stall that has begun, or behind it
        const trace_u128_t begun = at_ps - (at_ps - p->stall_at_ps) % p->every_ps;
        if (at_ps < begun + p->stall_ps) at_ps = begun + p->stall_ps;
        p->stall_at_ps = begun + p->every_ps;
    }
    const trace_span_t gap = trace_span_of(at_ps - p->at_ps);
    p->at_ps = at_ps;
    return gap;
}
