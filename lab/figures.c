// SPDX-License-Identifier: Apache-2.0
// Derived figures, in integers so that they are the same text on every machine.
#include "lab/result.h"

#include "rtl/defs_82576.h"

#include <string.h>

__extension__ typedef unsigned __int128 figures_u128_t;

#define FIGURES_S_NS 1000000000u

uint64_t figures_scale(uint64_t value, uint64_t num, uint64_t den)
{
    if (den == 0) return 0;
    figures_u128_t q = (figures_u128_t)value * num / den;
    return q > UINT64_MAX ? UINT64_MAX : (uint64_t)q;
}

// `amount` per second over ns, in thousandths.
static uint64_t figures_rate_milli(uint64_t amount, uint64_t ns)
{
    return figures_scale(amount, (uint64_t)FIGURES_S_NS * 1000, ns);
}

static uint64_t figures_mbps_milli(uint64_t bytes, uint64_t ns)
{
    // bytes * 8 bits / (ns / 1e9 s) / 1e6, in thousandths
    return figures_scale(bytes, 8000000, ns);
}

static uint64_t figures_span_ns(uint64_t from_cyc, uint64_t to_cyc)
{
    return to_cyc >= from_cyc ? (to_cyc - from_cyc + 1) * CYC_NS : 0;
}

uint64_t figures_timer_ns(uint32_t units)
{
    return (uint64_t)units * NIC_TimerUnitCyc * CYC_NS;
}

void figures_compute(const run_result_t *r, figures_t *f)
{
    memset(f, 0, sizeof *f);
    for (const drop_row_t *d = drop_rows; d->key; d++) f->dropped += drop_count(r, d);
    for (const drop_row_t *d = unsent_rows; d->key; d++) f->unsent += drop_count(r, d);
    f->loss_ppm = figures_scale(f->dropped, 1000000, r->offered + r->replicated);
    if (r->last_cyc) f->offered_ns = figures_span_ns(r->first_cyc, r->last_cyc);
    if (r->delivered) f->delivered_ns = figures_span_ns(r->first_cyc, r->last_delivery_cyc);
    f->traffic_ns = f->offered_ns > f->delivered_ns ? f->offered_ns : f->delivered_ns;
    f->simulated_ns = r->cycles * CYC_NS;
    f->offered_mbps_milli = figures_mbps_milli(r->offered_bytes, f->offered_ns);
    f->offered_pps_milli = figures_rate_milli(r->offered, f->offered_ns);
    f->delivered_mbps_milli = figures_mbps_milli(r->delivered_bytes, f->delivered_ns);
    f->delivered_pps_milli = figures_rate_milli(r->delivered, f->delivered_ns);
    f->irq_per_s_milli = figures_rate_milli(r->irq_asserted, f->traffic_ns);
    f->irq_mean_gap_ns_milli = figures_scale(r->irq_gap_sum_ns, 1000, r->irq_gaps);
    f->packets_per_irq_milli =
        figures_scale(r->poll_packets + r->policy.irq_packets, 1000, r->irq_asserted);
    f->packets_per_poll_milli = figures_scale(r->poll_packets, 1000, r->polls);
    if (r->wall_s > 0) {
        double times = (double)f->simulated_ns / 1e9 / r->wall_s * 1000;
        f->realtime_milli = times < 1e15 ? (uint64_t)times : (uint64_t)1e15;
    }
}

void figures_function(const run_result_t *r, unsigned i, run_result_t *v)
{
    const run_function_t *f = &r->function[i];
    *v = (run_result_t){.first_cyc = r->first_cyc,
                        .last_cyc = r->last_cyc,
                        .last_delivery_cyc = r->last_delivery_cyc,
                        .bridged = r->bridged && i != 0,
                        .offered = f->wire.offered,
                        .offered_bytes = f->wire.offered_bytes,
                        .delivered = f->wire.delivered,
                        .delivered_bytes = f->wire.delivered_bytes,
                        .drops = f->wire.drops,
                        .to_send = f->to_send,
                        .unsent = f->unsent,
                        .programmed = f->programmed,
                        .itr_writes = f->itr_writes,
                        .policy = f->policy,
                        .gro = f->gro,
                        .hybrid_up = r->hybrid_up,
                        .hybrid_down = r->hybrid_down,
                        .irq_asserted = f->irq_asserted,
                        .irq_gaps = f->irq_gaps,
                        .irq_min_gap_ns = f->irq_min_gap_ns,
                        .irq_gap_sum_ns = f->irq_gap_sum_ns,
                        .irq_spurious = f->irq_spurious,
                        .irq_taken = f->irq_taken,
                        .polls = f->polls,
                        .poll_packets = f->poll_packets,
                        .budget_exhausted = f->budget_exhausted,
                        .packets_per_poll = f->packets_per_poll,
                        .latency = f->latency,
                        .latency_driver = f->latency_driver,
                        .coalescing = f->coalescing};
}

// ---- names -------------------------------------------------------------------------------------

#define DROP(name, doc) {#name, offsetof(run_result_t, drops.name)},
const drop_row_t drop_rows[] = {DROP_CAUSES(DROP){NULL, 0}};
#define UNSENT(name, what) {#name, offsetof(run_result_t, unsent.name)},
const drop_row_t unsent_rows[] = {UNSENT_CAUSES(UNSENT){NULL, 0}};

uint64_t drop_count(const run_result_t *r, const drop_row_t *row)
{
    uint64_t v;
    memcpy(&v, (const char *)r + row->offset, sizeof v);
    return v;
}

const char *cause_name(enum nic_personality nic, unsigned bit)
{
    const fld_row_t *row = nic == NIC_82576 ? igb_fld_rows : fld_rows;
    const unsigned rows = nic == NIC_82576 ? igb_fld_row_count : fld_row_count;
    for (unsigned i = 0; i < rows; i++)
        if (row[i].lsb == bit && strcmp(row[i].reg, "ICR") == 0) return row[i].name;
    return NULL;
}

const char *function_name(unsigned number, char buf[FUNCTION_NAME_LEN])
{
    if (number == 0) return "pf";
    snprintf(buf, FUNCTION_NAME_LEN, "vf%u", number - 1);
    return buf;
}

const char *result_function_name(const run_result_t *r, unsigned number,
                                 char buf[FUNCTION_NAME_LEN])
{
    if (!r->bridged) return function_name(number, buf);
    if (number == 0) return "host";
    snprintf(buf, FUNCTION_NAME_LEN, "guest%u", number - 1);
    return buf;
}

enum nic_personality report_nic(const report_t *p)
{
    return p->result->bridged ? NIC_82540EM : p->options->run.nic;
}

const char *policy_name(const report_t *p)
{
    static const char *const names[] = {[POLICY_ADAPTIVE] = "adaptive",
                                        [POLICY_FIXED] = "fixed",
                                        [POLICY_DIM] = "dim",
                                        [POLICY_NAPI_DEFER] = "napi-defer",
                                        [POLICY_HYBRID] = "hybrid"};
    return names[p->options->run.policy];
}

const char *policy_level(const report_t *p, unsigned level)
{
    static const char *const classes[] = {"lowest", "low", "bulk"},
                             *const modes[] = {"disable_enable", "napi"},
                             *const eqe[] = {"1us", "8us", "64us", "128us", "256us"},
                             *const cqe[] = {"2us", "8us", "16us", "32us", "64us"};
    const run_config_t *c = &p->options->run;
    switch (c->policy) {
    case POLICY_ADAPTIVE: return level < 3 ? classes[level] : NULL;
    case POLICY_DIM:
        return level >= 5 ? NULL : c->dim_mode == DIM_MODE_CQE ? cqe[level] : eqe[level];
    case POLICY_HYBRID: return level < 2 ? modes[level] : NULL;
    case POLICY_FIXED:
    case POLICY_NAPI_DEFER: break;
    }
    return NULL;
}

const char *gro_cause_name(unsigned cause)
{
    static const char *const names[GRO_CAUSES] = {
        [GRO_AT_END] = "poll_end", [GRO_AT_BUDGET] = "budget", [GRO_AT_TIMER] = "timer",
        [GRO_AT_LAST] = "last",    [GRO_AT_NEXT] = "next",     [GRO_AT_LIMIT] = "size",
        [GRO_AT_CROWD] = "crowd"};
    return names[cause];
}

const char *feedback_name(enum trace_feedback_kind kind)
{
    return kind == TRACE_ANSWERS ? "netperf-rr" : "iperf-tcp";
}

uint64_t figures_client_milli(const rr_stats_t *s)
{
    return figures_scale(s->answers ? s->answers - 1 : 0, UINT64_C(1000000000000),
                         (s->last_cyc - s->first_cyc) * CYC_NS);
}
