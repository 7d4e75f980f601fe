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
    COUNTER(name, r->hist.count ? meter_hist_percentile(&r->hist, permille) : 0)
#define LATENCY(prefix, hist)                                                                      \
    COUNTER(prefix##_mean, r->hist.count ? meter_hist_mean_milli(&r->hist) : 0)                    \
    PERCENTILE(prefix##_p50, hist, 500)                                                            \
    PERCENTILE(prefix##_p99, hist, 990)                                                            \
    PERCENTILE(prefix##_p999, hist, 999)                                                           \
    COUNTER(prefix##_max, r->hist.count ? r->hist.max : 0)

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
COUNTER(bad_fcs, r->drops.bad_fcs)
COUNTER(oversize, r->drops.oversize)
COUNTER(undersize, r->drops.undersize)
COUNTER(filtered, r->drops.filtered)
COUNTER(fifo_overflow, r->drops.fifo_overflow)
COUNTER(no_descriptor, r->drops.no_descriptor)
COUNTER(socket_buffer, r->drops.socket_buffer)
COUNTER(in_flight, r->drops.in_flight_at_end)
COUNTER(offered_mbps, g->offered_mbps_milli)
COUNTER(delivered_mbps, g->delivered_mbps_milli)
COUNTER(offered_pps, g->offered_pps_milli)
COUNTER(delivered_pps, g->delivered_pps_milli)
COUNTER(interrupts, r->irq_asserted)
COUNTER(irq_per_s, g->irq_per_s_milli)
COUNTER(irq_min_gap, r->irq_min_gap_ns)
COUNTER(irq_mean_gap, g->irq_mean_gap_ns_milli)
COUNTER(packets_per_irq, g->packets_per_irq_milli)
COUNTER(itr_programmed, r->programmed.itr)
COUNTER(itr_writes, r->itr_writes)
COUNTER(polls, r->polls)
COUNTER(packets_per_poll, g->packets_per_poll_milli)
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
COUNTER(replicated, r->replicated)
COUNTER(queue_disabled, r->drops.queue_disabled)
COUNTER(driver_drops, r->drops.driver)
COUNTER(unsent, g->unsent)
COUNTER(simulated_ns, g->simulated_ns)
COUNTER(policy_changes, r->policy.driver.changes)
COUNTER(deferred, r->policy.deferred)
COUNTER(timer_polls, r->policy.timer_polls)
COUNTER(irq_packets, r->policy.irq_packets)
COUNTER(gro_merged, r->gro.merged)
COUNTER(answers, r->feedback.answers)
COUNTER(exits, result_exits(r))
COUNTER(rtt, meter_hist_mean_milli(&r->feedback.rtt))

#define LATENCY_COLUMNS(prefix, what)                                                              \
    {#prefix "_mean_ns", what ", mean", 3, col_##prefix##_mean},                                   \
        {#prefix "_p50_ns", what ", median", 0, col_##prefix##_p50},                               \
        {#prefix "_p99_ns", what ", 99th percentile", 0, col_##prefix##_p99},                      \
        {#prefix "_p999_ns", what ", 99.9th percentile", 0, col_##prefix##_p999},                  \
    {                                                                                              \
#prefix "_max_ns", what ", largest", 0, col_##prefix##_max                                 \
    }

const sweep_column_t sweep_columns[] = {
    {"offered", "frames offered to the link", 0, col_offered},
    {"delivered", "frames the application got", 0, col_delivered},
    {"dropped", "frames lost, all causes", 0, col_dropped},
    {"loss", "dropped of offered, 0..1", 6, col_loss},
    {"bad_fcs", "dropped: wrong frame check sequence", 0, col_bad_fcs},
    {"oversize", "dropped: longer than the link allows", 0, col_oversize},
    {"undersize", "dropped: shorter than 64 bytes", 0, col_undersize},
    {"filtered", "dropped: address or VLAN filter, PAUSE, receiver off", 0, col_filtered},
    {"fifo_overflow", "dropped: packet buffer full, descriptors available", 0, col_fifo_overflow},
    {"no_descriptor", "dropped: packet buffer full, ring empty", 0, col_no_descriptor},
    {"socket_buffer", "dropped: receive buffer of the socket full", 0, col_socket_buffer},
    {"in_flight_at_end", "never signalled by the end of the run", 0, col_in_flight},
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
    {"replicated", "copies of frames for further functions", 0, col_replicated},
    {"queue_disabled", "dropped: the queue was off (82576)", 0, col_queue_disabled},
    {"simulated_ns", "length of the run in simulated time", 0, col_simulated_ns},
    {"policy_changes", "class, profile or mode changed by the policy", 0, col_policy_changes},
    {"deferred", "ends of polling that left the interrupt off (napi-defer)", 0, col_deferred},
    {"timer_polls", "polls that the timer has started (napi-defer)", 0, col_timer_polls},
    {"irq_packets", "packets taken by interrupt handlers (hybrid)", 0, col_irq_packets},
    {"gro_merged", "frames merged on to others by GRO", 0, col_gro_merged},
    {"answers", "answers to requests, or acknowledgements (netperf-rr, iperf-tcp)", 0, col_answers},
    {"rtt_mean_ns", "mean round trip of requests", 3, col_rtt},
    {"exits", "exits of guests, all kinds (--path vf)", 0, col_exits},
    {"cpu_hypervisor", "share of all cores in the hypervisor, 0..1", 6, col_cpu_hypervisor},
    {"cpu_backend", "share of all cores in threads behind guests, 0..1", 6, col_cpu_backend},
    {"driver_drops", "dropped: by the driver", 0, col_driver_drops},
    {"unsent", "frames that the stack had to send and the device has not sent", 0, col_unsent},
    {NULL, NULL, 0, NULL}};

void sweep_help_columns(FILE *f)
{
    fprintf(f, "The columns of a sweep: the axes, trace, version, the rest of the configuration\n"
               "(the names of JSON \"config\"), then:\n\n");
    for (const sweep_column_t *c = sweep_columns; c->name; c++)
        fprintf(f, "  %-22s %s\n", c->name, c->doc);
    fprintf(f, "  %-22s %s\n", "error", "why the point failed; empty if it did not");
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
        if (r) number_format(buf, c->get(r, &g), c->decimals);
        fprintf(f, ",%s", buf);
    }
    putc(',', f);
    row_field(f, error);
    putc('\n', f);
}
