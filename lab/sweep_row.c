// SPDX-License-Identifier: Apache-2.0
// What a row of a sweep consists of. Nothing of it depends on the machine or on -j.
#include "lab/sweep.h"

#include <string.h>

// ---- columns -----------------------------------------------------------------------------------

#define COUNTER(name, expr)                                                                        \
    static uint64_t col_##name(const run_result_t *r, const figures_t *g)                          \
    {                                                                                              \
        (void)r;                                                                                   \
        (void)g;                                                                                   \
        return expr;                                                                               \
    }
#define PERCENTILE(name, hist, permille)                                                           \
    COUNTER(name, r->hist.count ? meter_hist_percentile(&r->hist, permille) : FIGURE_NONE)
#define LATENCY(prefix, hist)                                                                      \
    COUNTER(prefix##_mean, r->hist.count ? meter_hist_mean_milli(&r->hist) : FIGURE_NONE)          \
    PERCENTILE(prefix##_p50, hist, 500)                                                            \
    PERCENTILE(prefix##_p99, hist, 990)                                                            \
    PERCENTILE(prefix##_p999, hist, 999)                                                           \
    COUNTER(prefix##_max, r->hist.count ? r->hist.max : FIGURE_NONE)

// Share of all cores' time in one account, in millionths.
#define CPU(name, field)                                                                           \
    static uint64_t col_cpu_##name(const run_result_t *r, const figures_t *g)                      \
    {                                                                                              \
        uint64_t part = 0, wall = 0;                                                               \
        (void)g;                                                                                   \
        for (unsigned c = 0; c < r->cores && c < RUN_CORES; c++) {                                 \
            part += r->cpu[c].field;                                                               \
            wall += r->cpu[c].wall_ps;                                                             \
        }                                                                                          \
        return figures_scale(part, 1000000, wall);                                                 \
    }

COUNTER(offered, r->offered)
COUNTER(delivered, r->delivered)
COUNTER(dropped, g->dropped)
COUNTER(loss, g->loss_ppm)
#define DROPPED(name, doc) COUNTER(dropped_##name, r->drops.name)
DROP_CAUSES(DROPPED)
COUNTER(offered_mbps, g->offered_mbps_milli)
COUNTER(delivered_mbps, g->delivered_mbps_milli)
COUNTER(offered_pps, g->offered_pps_milli)
COUNTER(delivered_pps, g->delivered_pps_milli)
COUNTER(interrupts, r->irq_asserted)
COUNTER(irq_per_s, g->irq_per_s_milli)
COUNTER(irq_min_gap, r->irq_gaps ? r->irq_min_gap_ns : FIGURE_NONE)
COUNTER(irq_mean_gap, r->irq_gaps ? g->irq_mean_gap_ns_milli : FIGURE_NONE)
COUNTER(packets_per_irq, r->irq_asserted ? g->packets_per_irq_milli : FIGURE_NONE)
COUNTER(itr_programmed, r->programmed.none ? FIGURE_NONE : r->programmed.itr)
COUNTER(itr_writes, r->itr_writes)
COUNTER(polls, r->polls)
COUNTER(packets_per_poll, r->polls ? g->packets_per_poll_milli : FIGURE_NONE)
COUNTER(budget_exhausted, r->budget_exhausted)
COUNTER(ksoftirqd, r->ksoftirqd_wakeups)
LATENCY(latency, latency)
LATENCY(driver, latency_driver)
LATENCY(coalescing, coalescing)
CPU(irq, irq_ps)
CPU(softirq, softirq_ps)
CPU(ksoftirqd, ksoftirqd_ps)
CPU(app, app_ps)
CPU(idle, idle_ps)
CPU(hypervisor, hypervisor_ps)
CPU(backend, backend_ps)
CPU(steal, steal_ps)
COUNTER(replicated, r->replicated)
COUNTER(unsent, g->unsent)
COUNTER(simulated_ns, g->simulated_ns)
COUNTER(policy_changes, r->policy.driver.changes)
COUNTER(deferred, r->policy.deferred)
COUNTER(timer_polls, r->policy.timer_polls)
COUNTER(irq_packets, r->policy.irq_packets)
COUNTER(gro_merged, r->gro.merged)
COUNTER(answers, r->feedback.answers)
COUNTER(exits, result_exits(r))
COUNTER(rtt, r->feedback.rtt.count ? meter_hist_mean_milli(&r->feedback.rtt) : FIGURE_NONE)
COUNTER(iommu_translations, r->iommu.unit.translations)
COUNTER(iommu_iotlb_hits, r->iommu.unit.hits)
COUNTER(iommu_walks, r->iommu.unit.walks)
COUNTER(iommu_faults, result_iommu_faults(&r->iommu))

#define LATENCY_COLUMNS(prefix, what)                                                              \
    {#prefix "_mean_ns", what ", mean", 3, col_##prefix##_mean},                                   \
        {#prefix "_p50_ns", what ", median", 0, col_##prefix##_p50},                               \
        {#prefix "_p99_ns", what ", 99th percentile", 0, col_##prefix##_p99},                      \
        {#prefix "_p999_ns", what ", 99.9th percentile", 0, col_##prefix##_p999},                  \
    {                                                                                              \
#prefix "_max_ns", what ", largest", 0, col_##prefix##_max                                 \
    }

#define DROPPED_COLUMN(name, doc) {"dropped_" #name, "dropped: " doc, 0, col_dropped_##name},
const sweep_column_t sweep_columns[] = {
    {"offered", "frames offered to the link", 0, col_offered},
    {"delivered", "frames the application got", 0, col_delivered},
    {"dropped", "frames lost, all causes", 0, col_dropped},
    {"loss", "dropped of offered, 0..1", 6, col_loss},
    DROP_CAUSES(DROPPED_COLUMN) // a column each
    {"offered_mbps", "Mb/s offered, frames without FCS", 3, col_offered_mbps},
    {"delivered_mbps", "Mb/s delivered", 3, col_delivered_mbps},
    {"offered_pps", "frames per second offered", 3, col_offered_pps},
    {"delivered_pps", "frames per second delivered", 3, col_delivered_pps},
    {"interrupts", "interrupts asserted", 0, col_interrupts},
    {"interrupts_per_s", "interrupts per second of traffic", 3, col_irq_per_s},
    {"min_gap_ns", "least time between two interrupts", 0, col_irq_min_gap},
    {"mean_gap_ns", "mean time between two interrupts", 3, col_irq_mean_gap},
    {"packets_per_interrupt", "packets that polls took, per interrupt", 3, col_packets_per_irq},
    {"itr_programmed", "ITR register at the start of traffic, 256 ns (82576: EITR, us)", 0,
     col_itr_programmed},
    {"itr_writes", "writes of ITR by the adaptive algorithm", 0, col_itr_writes},
    {"polls", "NAPI polls", 0, col_polls},
    {"packets_per_poll", "packets per poll", 3, col_packets_per_poll},
    {"budget_exhausted", "polls that used up their budget", 0, col_budget_exhausted},
    {"ksoftirqd_wakeups", "times that polling moved to ksoftirqd", 0, col_ksoftirqd},
    LATENCY_COLUMNS(latency, "last wire byte to application"),
    LATENCY_COLUMNS(driver, "last wire byte to driver"),
    LATENCY_COLUMNS(coalescing, "packet in memory (P) to interrupt"),
    {"cpu_irq", "share of all cores in interrupt handlers, 0..1", 6, col_cpu_irq},
    {"cpu_softirq", "in softirq", 6, col_cpu_softirq},
    {"cpu_ksoftirqd", "in ksoftirqd", 6, col_cpu_ksoftirqd},
    {"cpu_app", "in the application", 6, col_cpu_app},
    {"cpu_idle", "idle", 6, col_cpu_idle},
    {"cpu_hypervisor", "in the hypervisor", 6, col_cpu_hypervisor},
    {"cpu_backend", "in threads behind guests", 6, col_cpu_backend},
    {"cpu_steal", "of vCPUs: ready to run while another had the processor", 6, col_cpu_steal},
    {"replicated", "copies of frames for further functions", 0, col_replicated},
    {"simulated_ns", "length of the run in simulated time", 0, col_simulated_ns},
    {"policy_changes", "class, profile or mode changed by the policy", 0, col_policy_changes},
    {"deferred", "ends of polling that left the interrupt off (napi-defer)", 0, col_deferred},
    {"timer_polls", "polls that the timer has started (napi-defer)", 0, col_timer_polls},
    {"irq_packets", "packets taken by interrupt handlers (hybrid)", 0, col_irq_packets},
    {"gro_merged", "frames merged on to others by GRO", 0, col_gro_merged},
    {"answers", "answers to requests, or acknowledgements (netperf-rr, iperf-tcp)", 0, col_answers},
    {"rtt_mean_ns", "mean round trip of requests", 3, col_rtt},
    {"exits", "exits of guests, all kinds", 0, col_exits},
    {"iommu_translations", "addresses translated by the IOMMU", 0, col_iommu_translations},
    {"iommu_iotlb_hits", "of these, found in its IOTLB", 0, col_iommu_iotlb_hits},
    {"iommu_walks", "walks through its tables", 0, col_iommu_walks},
    {"iommu_faults", "requests that the IOMMU refused", 0, col_iommu_faults},
    {"unsent", "frames that the stack had to send and the device has not sent", 0, col_unsent},
    {NULL, NULL, 0, NULL}};

void sweep_help_columns(FILE *f)
{
    fprintf(f, "The columns of a sweep: the axes, trace, version, the rest of the configuration\n"
               "(the names of JSON \"config\"), then:\n\n");
    for (const sweep_column_t *c = sweep_columns; c->name; c++)
        fprintf(f, "  %-24s %s\n", c->name, c->doc);
    fprintf(f, "  %-24s %s\n", "error", "why the point failed; empty if it did not");
}

// ---- rows --------------------------------------------------------------------------------------

// A field of CSV (RFC 4180).
static void row_field(FILE *f, const char *s)
{
    if (!strpbrk(s, ",\"\r\n")) {
        fputs(s, f);
        return;
    }
    putc('"', f);
    for (; *s; s++) {
        if (*s == '"') putc('"', f);
        putc(*s == '\n' ? ' ' : *s, f);
    }
    putc('"', f);
}

static bool row_is_axis(enum option_id id, const sweep_axis_t *axes, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (axes[i].option == id) return true;
    }
    return false;
}

void sweep_header(FILE *f, const sweep_axis_t *axes, unsigned n)
{
    for (unsigned i = 0; i < n; i++) fprintf(f, "%s,", option_rows[axes[i].option].key);
    fputs("trace,version", f);
    for (int i = 0; i < OPT_COUNT; i++) {
        if (option_rows[i].key && !row_is_axis((enum option_id)i, axes, n))
            fprintf(f, ",%s", option_rows[i].key);
    }
    for (const sweep_column_t *c = sweep_columns; c->name; c++) fprintf(f, ",%s", c->name);
    fputs(",error\n", f);
}

// Times in the unit of their key, everything else as it would be typed.
static void row_option(FILE *f, const lab_options_t *o, enum option_id id)
{
    char buf[NUMBER_LEN];
    if (id == OPT_MAX_GAP) fprintf(f, "%llu", (unsigned long long)o->run.pace.max_gap_ns);
    else row_field(f, options_text(o, id, buf));
}

void sweep_row_config(FILE *f, const lab_options_t *o, const sweep_axis_t *axes, unsigned n)
{
    const char *slash = strncmp(o->run.trace, "gen:", 4) == 0 ? NULL : strrchr(o->run.trace, '/');
    for (unsigned i = 0; i < n; i++) {
        row_option(f, o, axes[i].option);
        putc(',', f);
    }
    row_field(f, slash ? slash + 1 : o->run.trace);
    fprintf(f, ",%s", MODERATO_VERSION);
    for (int i = 0; i < OPT_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        if (!option_rows[i].key || row_is_axis(id, axes, n)) continue;
        putc(',', f);
        row_option(f, o, id);
    }
}

void sweep_row_figures(FILE *f, const run_result_t *r, const char *error)
{
    figures_t g;
    char buf[NUMBER_LEN];
    if (r) figures_compute(r, &g);
    for (const sweep_column_t *c = sweep_columns; c->name; c++) {
        buf[0] = '\0';
        const uint64_t v = r ? c->get(r, &g) : FIGURE_NONE;
        if (v != FIGURE_NONE) number_format(buf, v, c->decimals);
        fprintf(f, ",%s", buf);
    }
    putc(',', f);
    row_field(f, error);
    putc('\n', f);
}
