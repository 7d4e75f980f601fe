// SPDX-License-Identifier: Apache-2.0
// The result for people: 80 columns, aligned, rows that say nothing left out (-v keeps them). The
// moderation block puts asked, programmed and observed side by side, because "the knob does
// nothing" is what people meet first.
#include "lab/result.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

typedef struct text {
    char s[NUMBER_LEN];
} text_t;

static text_t tab_int(uint64_t v)
{
    text_t t;
    number_group(t.s, v, 0);
    return t;
}

static text_t tab_milli(uint64_t v)
{
    text_t t;
    number_group(t.s, v, 3);
    return t;
}

// ns as microseconds.
static text_t tab_us(uint64_t ns)
{
    text_t t;
    number_group(t.s, ns, 3);
    return t;
}

// Millionths as percent with two decimals.
static text_t tab_percent(uint64_t ppm)
{
    text_t t;
    number_group(t.s, ppm / 100, 2);
    return t;
}

static text_t tab_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static text_t tab_text(const char *fmt, ...)
{
    text_t t;
    va_list args;
    va_start(args, fmt);
    vsnprintf(t.s, sizeof t.s, fmt, args);
    va_end(args);
    return t;
}

static void tab_row(FILE *f, const char *name, uint64_t v, const char *what)
{
    fprintf(f, "  %-26s %15s%s%s\n", name, tab_int(v).s, *what ? "  " : "", what);
}

static void tab_row_if(FILE *f, bool always, const char *name, uint64_t v, const char *what)
{
    if (v || always) tab_row(f, name, v, what);
}

// ---- traffic -----------------------------------------------------------------------------------

static void tab_trace(FILE *f, const report_t *p, bool all)
{
    const trace_stats_t *t = &p->result->trace;
    fprintf(f, "\ntrace  %s\n", p->trace_name);
    fprintf(f, "  sha256 %s\n", p->sha256);
    tab_row(f, "records", t->records, "");
    tab_row_if(f, all, "padded", t->padded, "shorter than 60 bytes");
    tab_row_if(f, all, "cut", t->cut, "captured in part, zero filled");
    tab_row_if(f, all, "clamped", t->clamped, "time stepped back");
    tab_row_if(f, all, "gaps cut", t->gaps_cut, "by --max-gap");
    tab_row_if(f, all, "oversize", t->oversize, "longer than the link allows");
    uint64_t late = p->result->max_injection_error_ns;
    if (late || all) {
        fprintf(f, "  %-26s %15s  us, latest start of a frame\n", "injection error",
                tab_us(late).s);
    }
}

// Of `whole`, by cause.
static void tab_causes(FILE *f, const run_result_t *r, const drop_row_t *rows, uint64_t whole,
                       bool all)
{
    for (const drop_row_t *d = rows; d->key; d++) {
        uint64_t n = drop_count(r, d);
        // Only the 82576 has queues that can be off.
        const bool only = d->offset == offsetof(run_result_t, drops.queue_disabled);
        if (n == 0 && (!all || only)) continue;
        fprintf(f, "    %-24s %15s %8s %%\n", d->key, tab_int(n).s,
                tab_percent(figures_scale(n, 1000000, whole)).s);
    }
}

// What the stack had to send and the device has not sent.
static void tab_unsent(FILE *f, const report_t *p, bool all)
{
    const run_result_t *r = p->result;
    const uint64_t unsent = p->figures.unsent;
    if (!unsent && !(all && r->to_send)) return;
    fprintf(f, "  %-26s %15s %8s %%\n", "not sent", tab_int(unsent).s,
            tab_percent(figures_scale(unsent, 1000000, r->to_send)).s);
    tab_causes(f, r, unsent_rows, r->to_send, all);
}

static void tab_packets(FILE *f, const report_t *p, bool all)
{
    const run_result_t *r = p->result;
    const figures_t *g = &p->figures;
    const uint64_t offered = r->offered + r->replicated;
    uint64_t delivered_ppm = figures_scale(r->delivered, 1000000, offered);
    fprintf(f, "\npackets\n");
    tab_row(f, "offered", r->offered, "");
    tab_row_if(f, false, "replicated", r->replicated, "copies for further functions");
    fprintf(f, "  %-26s %15s %8s %%\n", "delivered", tab_int(r->delivered).s,
            tab_percent(delivered_ppm).s);
    fprintf(f, "  %-26s %15s %8s %%\n", "dropped", tab_int(g->dropped).s,
            tab_percent(g->loss_ppm).s);
    tab_causes(f, r, drop_rows, offered, all);
    if (p->options->run.verify) tab_row(f, "delivered, but different", r->mismatched, "");
    tab_row_if(f, all || p->figures.unsent, "sent back", r->tx_frames, "");
    tab_unsent(f, p, all);
    fprintf(f, "\n%-28s %15s %15s\n", "rates", "offered", "delivered");
    fprintf(f, "  %-26s %15s %15s\n", "frames/s", tab_milli(g->offered_pps_milli).s,
            tab_milli(g->delivered_pps_milli).s);
    fprintf(f, "  %-26s %15s %15s\n", "Mb/s (without FCS)", tab_milli(g->offered_mbps_milli).s,
            tab_milli(g->delivered_mbps_milli).s);
    fprintf(f, "  %-26s %15s %15s\n", "over ms", tab_milli(g->offered_ns / 1000).s,
            tab_milli(g->delivered_ns / 1000).s);
}

// ---- moderation --------------------------------------------------------------------------------

// "Requested" is the effective configuration: what was typed, and what follows from it.
static bool tab_is_asked(const report_t *p, enum option_id id)
{
    char buf[NUMBER_LEN];
    return id != OPT_COUNT && *options_text(p->options, id, buf) != '\0';
}

static text_t tab_asked(const report_t *p, enum option_id a, enum option_id b)
{
    char buf[NUMBER_LEN];
    for (int i = 0; i < 2; i++) {
        enum option_id id = i ? b : a;
        if (!tab_is_asked(p, id)) continue;
        const char *text = options_text(p->options, id, buf);
        const char *unit = id == OPT_RX_USECS || id == OPT_TX_USECS ? " us" : "";
        return tab_text("%s%s", text, unit);
    }
    return tab_text("-");
}

static void tab_mod(FILE *f, const char *name, text_t asked, text_t programmed, text_t observed)
{
    fprintf(f, "  %-22s %12s %20s %20s\n", name, asked.s, programmed.s, observed.s);
}

// A register in its units and in time.
static text_t tab_units(uint32_t units, uint64_t ns)
{
    return units ? tab_text("%" PRIu32 " = %s us", units, tab_us(ns).s) : tab_text("off");
}

static void tab_mod_timer(FILE *f, const report_t *p, bool all, const char *name, enum option_id a,
                          enum option_id b, uint32_t units, text_t observed)
{
    bool asked = tab_is_asked(p, a) || tab_is_asked(p, b);
    if (!all && !asked && units == 0) return;
    tab_mod(f, name, tab_asked(p, a, b), tab_units(units, figures_timer_ns(units)), observed);
}

static text_t tab_fired(const run_result_t *r, unsigned bit)
{
    return tab_text("fired %s", tab_int(r->timer[bit]).s);
}

// Those of the 82540EM.
static void tab_timers(FILE *f, const report_t *p, bool all)
{
    const run_result_t *r = p->result;
    tab_mod_timer(f, p, all, "packet timer (RDTR)", OPT_RDTR, OPT_COUNT, r->programmed.rdtr,
                  tab_fired(r, 0));
    bool inert = r->programmed.radv != 0 && r->programmed.rdtr == 0;
    tab_mod_timer(f, p, all, "absolute timer (RADV)", OPT_RADV, OPT_COUNT, r->programmed.radv,
                  inert ? tab_text("inert: RDTR is 0") : tab_fired(r, 1));
    tab_mod_timer(f, p, all, "transmit (TIDV)", OPT_TIDV, OPT_TX_USECS, r->programmed.tidv,
                  tab_fired(r, 2));
    tab_mod_timer(f, p, all, "transmit (TADV)", OPT_TADV, OPT_COUNT, r->programmed.tadv,
                  tab_fired(r, 3));
    if (all || tab_is_asked(p, OPT_MASTER) || r->programmed.mtctl) {
        text_t window = r->programmed.mtdly
                            ? tab_units(r->programmed.mtdly, figures_timer_ns(r->programmed.mtdly))
                            : tab_text("%s", r->programmed.mtctl ? "fold only" : "off");
        tab_mod(f, "master timer", tab_asked(p, OPT_MASTER, OPT_COUNT), window, tab_fired(r, 4));
    }
}

// Adaptive and fixed are told by the row "adaptive".
static void tab_policy(FILE *f, const report_t *p, bool all)
{
    const run_policy_result_t *r = &p->result->policy;
    const enum run_policy policy = p->options->run.policy;
    if (!all && policy < POLICY_DIM) return;
    tab_mod(f, "policy", tab_asked(p, OPT_POLICY, OPT_COUNT), tab_text("%s", policy_name(p)),
            policy == POLICY_FIXED || policy == POLICY_NAPI_DEFER
                ? tab_text("%s", "")
                : tab_text("%s changes", tab_int(r->driver.changes).s));
    if (policy == POLICY_HYBRID) {
        tab_mod(f, "  thresholds, frames/s", tab_asked(p, OPT_HYBRID_UP, OPT_COUNT),
                tab_text("%" PRIu32 " .. %" PRIu32, p->result->hybrid_down, p->result->hybrid_up),
                tab_text("%s by handler", tab_int(r->irq_packets).s));
    }
    for (unsigned i = 0; policy_level(p, i); i++) {
        const bool here = r->driver.level == i;
        tab_mod(f, tab_text("  %s", policy_level(p, i)).s, tab_text("%s", ""),
                tab_text("%s", here ? "at the end" : ""),
                tab_text("%s decisions", tab_int(r->driver.passes[i]).s));
    }
    if (policy != POLICY_NAPI_DEFER) return;
    tab_mod(f, "  polls left it off", tab_asked(p, OPT_NAPI_DEFER, OPT_COUNT),
            tab_text("%s us", tab_us(p->options->run.gro_flush_timeout).s),
            tab_text("%s, on %s", tab_int(r->deferred).s, tab_int(r->enabled).s));
    tab_mod(f, "  polls by timer", tab_text("%s", ""), tab_text("%s", ""), tab_int(r->timer_polls));
}

static void tab_moderation(FILE *f, const report_t *p, bool all)
{
    const run_result_t *r = p->result;
    const figures_t *g = &p->figures;
    text_t none = tab_text("%s", "");
    fprintf(f, "\n%-24s %12s %20s %20s\n", "moderation", "requested", "programmed", "observed");
    if (r->programmed.none) {
        fprintf(f, "  the guest's interface has no register for it\n");
        tab_mod(f, "packets per interrupt", none, none, tab_milli(g->packets_per_irq_milli));
        return;
    }
    tab_mod(f, "adaptive", tab_asked(p, OPT_ADAPTIVE_RX, OPT_COUNT),
            tab_text(r->programmed.adaptive ? "on" : "off"),
            r->programmed.adaptive ? tab_text("%s ITR writes", tab_int(r->itr_writes).s) : none);
    tab_policy(f, p, all);
    const bool igb = report_nic(p) == NIC_82576;
    tab_mod(f, igb ? "interval (EITR)" : "interval (ITR)", tab_asked(p, OPT_RX_USECS, OPT_ITR),
            tab_units(r->programmed.itr, r->programmed.interval_ns),
            r->irq_asserted > 1 ? tab_text("least %s us", tab_us(r->irq_min_gap_ns).s) : none);
    if (r->irq_asserted > 1) {
        tab_mod(f, "", none, none,
                tab_text("mean %s us", tab_us(g->irq_mean_gap_ns_milli / 1000).s));
    }
    if (!igb) tab_timers(f, p, all);
    if (all || tab_is_asked(p, OPT_RX_FRAMES) || r->programmed.rxframes) {
        tab_mod(f, igb ? "frames (VRXFRAMES)" : "frames (RXFRAMES)",
                tab_asked(p, OPT_RX_FRAMES, OPT_COUNT),
                tab_text("%" PRIu32, r->programmed.rxframes), igb ? none : tab_fired(r, 5));
    }
    if (all || tab_is_asked(p, OPT_TX_FRAMES) || r->programmed.txframes) {
        tab_mod(f, igb ? "frames (VTXFRAMES)" : "frames (TXFRAMES)",
                tab_asked(p, OPT_TX_FRAMES, OPT_COUNT),
                tab_text("%" PRIu32, r->programmed.txframes), igb ? none : tab_fired(r, 6));
    }
    tab_mod(f, "packets per interrupt", none, none, tab_milli(g->packets_per_irq_milli));
}

// Why a setting that is in force may show no effect.
static void tab_remark(FILE *f, const report_t *p)
{
    const run_result_t *r = p->result;
    uint64_t every_ns = figures_scale(p->figures.offered_ns, 1, r->offered);
    uint64_t itr_ns = r->programmed.interval_ns;
    if (r->programmed.itr == 0 || r->irq_asserted < 2 || every_ns <= itr_ns) return;
    fprintf(f,
            "  note: a packet comes every %s us on average, longer than the\n"
            "        interval: most interrupts are not held back\n",
            tab_us(every_ns).s);
}

static void tab_gro(FILE *f, const report_t *p, bool all)
{
    const gro_stats_t *g = &p->result->gro;
    if (!p->options->run.gro) return;
    tab_row(f, "GRO: frames seen", g->frames, "");
    tab_row(f, "  merged", g->merged,
            tab_text("on to %s, at most %s in one", tab_int(g->held).s, tab_int(g->largest).s).s);
    for (unsigned i = 0; i < GRO_CAUSES; i++)
        tab_row_if(f, all, tab_text("  up: %s", gro_cause_name(i)).s, g->flushed[i], "packets");
}

static void tab_interrupts(FILE *f, const report_t *p, bool all)
{
    const run_result_t *r = p->result;
    const enum nic_personality nic = report_nic(p);
    fprintf(f, "\ninterrupts and NAPI\n");
    fprintf(f, "  %-26s %15s  %s per second\n", "interrupts asserted", tab_int(r->irq_asserted).s,
            tab_milli(p->figures.irq_per_s_milli).s);
    tab_row_if(f, all || r->guests, "taken by processors", r->irq_taken, "");
    tab_row_if(f, all, "not ours (spurious)", r->irq_spurious, "");
    for (unsigned bit = 0; all && bit < 32; bit++) {
        if (cause_name(nic, bit))
            tab_row(f, tab_text("cause %s", cause_name(nic, bit)).s, r->cause[bit], "");
    }
    tab_row(f, "polls", r->polls, "");
    const meter_hist_t *h = &r->packets_per_poll;
    if (h->count) {
        fprintf(f, "  %-26s %15s  p50 %s  p99 %s  max %s\n", "packets per poll",
                tab_milli(p->figures.packets_per_poll_milli).s,
                tab_int(meter_hist_percentile(h, 500)).s, tab_int(meter_hist_percentile(h, 990)).s,
                tab_int(h->max).s);
    }
    tab_row_if(f, false, "packets taken by handlers", r->policy.irq_packets, "");
    tab_row_if(f, all, "budget exhausted", r->budget_exhausted, "polls");
    tab_gro(f, p, all);
    tab_row_if(f, all, "softirq out of time", r->time_squeeze, "time_squeeze");
    tab_row_if(f, all, "ksoftirqd woken", r->ksoftirqd_wakeups, "");
}

// ---- latency, CPU, simulator -------------------------------------------------------------------

static void tab_latency_row(FILE *f, const char *name, const meter_hist_t *h)
{
    if (h->count == 0) {
        fprintf(f, "  %-18s %10s\n", name, "-");
        return;
    }
    fprintf(f, "  %-18s %9s %9s %9s %9s %9s %9s\n", name, tab_us(h->min).s,
            tab_us(meter_hist_mean_milli(h) / 1000).s, tab_us(meter_hist_percentile(h, 500)).s,
            tab_us(meter_hist_percentile(h, 990)).s, tab_us(meter_hist_percentile(h, 999)).s,
            tab_us(h->max).s);
}

static void tab_latency(FILE *f, const run_result_t *r)
{
    fprintf(f, "\n%-20s %9s %9s %9s %9s %9s %9s\n", "latency, us", "min", "mean", "p50", "p99",
            "p99.9", "max");
    tab_latency_row(f, "wire to app", &r->latency);
    tab_latency_row(f, "wire to driver", &r->latency_driver);
    tab_latency_row(f, "memory to irq (P)", &r->coalescing);
}

static void tab_feedback(FILE *f, const run_feedback_t *r)
{
    if (r->kind == TRACE_NO_FEEDBACK) return;
    const uint64_t gaps = r->answers ? r->answers - 1 : 0;
    fprintf(f, "\n%s\n", feedback_name(r->kind));
    fprintf(f, "  %-26s %15s  %s per second\n",
            r->kind == TRACE_ANSWERS ? "answers" : "acknowledgements", tab_int(r->answers).s,
            tab_milli(figures_scale(gaps, UINT64_C(1000000000000), r->span_ns)).s);
    tab_row_if(f, false, "timeouts of the sender", r->timeouts, "");
    if (r->rtt.count == 0) return;
    fprintf(f, "  %-26s %15s  p50 %s  p99 %s  max %s\n", "round trip, us, mean",
            tab_us(meter_hist_mean_milli(&r->rtt) / 1000).s,
            tab_us(meter_hist_percentile(&r->rtt, 500)).s,
            tab_us(meter_hist_percentile(&r->rtt, 990)).s, tab_us(r->rtt.max).s);
}

// Clients of netperf's request and response, one by one.
static void tab_clients(FILE *f, const run_result_t *r)
{
    if (!r->clients) return;
    fprintf(f, "\n%-20s %12s %14s %9s %9s %9s\n", "clients", "answers", "per second", "rtt, us",
            "least", "most");
    for (unsigned i = 0; i < r->clients; i++) {
        const rr_stats_t *s = &r->client[i].s;
        fprintf(f, "  %-18s %12s %14s %9s %9s %9s\n", r->client[i].name, tab_int(s->answers).s,
                tab_milli(figures_client_milli(s)).s,
                tab_us(s->answers ? s->rtt_sum_ns / s->answers : 0).s, tab_us(s->rtt_min_ns).s,
                tab_us(s->rtt_max_ns).s);
    }
}

enum { CPU_ALWAYS = 5, CPU_PARTS = 8 }; // the first five are always shown

typedef struct tab_cpu_parts {
    uint64_t ps[CPU_PARTS], ticks[CPU_PARTS];
} tab_cpu_parts_t;

static const char *const cpu_names[CPU_PARTS] = {"irq",  "softirq",    "ksoftirqd", "app",
                                                 "idle", "hypervisor", "backend",   "steal"};

static tab_cpu_parts_t tab_cpu_parts(const run_result_t *r, unsigned c)
{
    return (tab_cpu_parts_t){.ps = {r->cpu[c].irq_ps, r->cpu[c].softirq_ps, r->cpu[c].ksoftirqd_ps,
                                    r->cpu[c].app_ps, r->cpu[c].idle_ps, r->cpu[c].hypervisor_ps,
                                    r->cpu[c].backend_ps, r->cpu[c].steal_ps},
                             .ticks = {r->cpu[c].irq_ticks, r->cpu[c].softirq_ticks,
                                       r->cpu[c].ksoftirqd_ticks, r->cpu[c].app_ticks,
                                       r->cpu[c].idle_ticks, r->cpu[c].hypervisor_ticks,
                                       r->cpu[c].backend_ticks, r->cpu[c].steal_ticks}};
}

static int tab_width(int part)
{
    const int name = (int)strlen(cpu_names[part]);
    return name > 6 ? name : 6; // "100.00"
}

// Shares of those parts that are shown.
static void tab_shares(FILE *f, const uint64_t part[CPU_PARTS], uint64_t of, const bool shown[])
{
    for (int i = 0; i < CPU_PARTS; i++)
        if (shown[i])
            fprintf(f, " %*s", tab_width(i),
                    of ? tab_percent(figures_scale(part[i], 1000000, of)).s : "-");
    putc('\n', f);
}

// With `all` also as the kernel's timer tick samples it: what top and sar of that machine would say.
static void tab_cpu(FILE *f, const run_result_t *r, bool all)
{
    bool shown[CPU_PARTS];
    for (int i = 0; i < CPU_PARTS; i++) {
        shown[i] = all || i < CPU_ALWAYS;
        for (unsigned c = 0; c < r->cores && c < RUN_CORES; c++)
            shown[i] |= tab_cpu_parts(r, c).ps[i] != 0;
    }
    fprintf(f, "\n%-14s", "CPU, %");
    for (int i = 0; i < CPU_PARTS; i++)
        if (shown[i]) fprintf(f, " %*s", tab_width(i), cpu_names[i]);
    putc('\n', f);
    for (unsigned c = 0; c < r->cores && c < RUN_CORES; c++) {
        const tab_cpu_parts_t p = tab_cpu_parts(r, c);
        fprintf(f, "  core %-7u", c);
        tab_shares(f, p.ps, r->cpu[c].wall_ps, shown);
        uint64_t sum = 0;
        for (int i = 0; i < CPU_PARTS; i++) sum += p.ticks[i];
        if (!all) continue;
        fprintf(f, "    by ticks  ");
        tab_shares(f, p.ticks, sum, shown);
    }
}

// A line for each function; counts of copies.
static void tab_function(FILE *f, const char *name, const run_flow_t *flow, uint64_t irqs,
                         const meter_hist_t *h)
{
    fprintf(f, "  %-10s %12s %12s %10s", name, tab_int(flow->offered).s,
            tab_int(flow->delivered + flow->forwarded).s,
            tab_int(flow->offered - flow->delivered - flow->forwarded).s);
    if (!h) {
        putc('\n', f);
        return;
    }
    fprintf(f, " %10s %9s %9s\n", tab_int(irqs).s,
            h->count ? tab_us(meter_hist_percentile(h, 500)).s : "-",
            h->count ? tab_us(meter_hist_percentile(h, 990)).s : "-");
}

static void tab_functions(FILE *f, const run_result_t *r, bool all)
{
    if (r->functions < 2) return;
    fprintf(f, "\n%-12s %12s %12s %10s %10s %9s %9s\n", "functions", "offered", "delivered",
            "dropped", "interrupts", "p50, us", "p99, us");
    for (unsigned i = 0; i < r->functions; i++) {
        const run_function_t *fn = &r->function[i];
        const uint8_t *m = fn->mac;
        char name[FUNCTION_NAME_LEN];
        tab_function(f, result_function_name(r, fn->number, name), &fn->wire, fn->irq_asserted,
                     &fn->latency);
        if (fn->looped.offered) tab_function(f, "  looped", &fn->looped, 0, NULL);
        if (all)
            fprintf(f, "    %02x:%02x:%02x:%02x:%02x:%02x, hosts %s, sent %s\n", m[0], m[1], m[2],
                    m[3], m[4], m[5], tab_int(fn->hosts).s, tab_int(fn->sent).s);
    }
}

static void tab_link(FILE *f, const report_t *p)
{
    const link_stats_t *l = &p->result->link;
    const struct {
        const char *name;
        uint64_t ns;
    } busy[] = {{"busy, to the host", l->up_busy_ps / 1000},
                {"busy, to the device", l->down_busy_ps / 1000}};
    fprintf(f, "\nlink\n");
    tab_row(f, "writes by the device", l->writes, "");
    tab_row(f, "  bytes", l->write_bytes, "");
    tab_row(f, "reads by the device", l->reads, "");
    tab_row(f, "  bytes", l->read_bytes, "");
    tab_row(f, "register reads", l->mmio_reads, "");
    tab_row(f, "register writes", l->mmio_writes, "");
    tab_row(f, "back-pressure", l->backpressure_cyc * CYC_NS, "ns");
    for (unsigned i = 0; i < 2; i++)
        fprintf(f, "  %-26s %15s  ns %8s %%\n", busy[i].name, tab_int(busy[i].ns).s,
                tab_percent(figures_scale(busy[i].ns, 1000000, p->figures.simulated_ns)).s);
}

static void tab_simulator(FILE *f, const report_t *p)
{
    const run_result_t *r = p->result;
    fprintf(f, "\nsimulator: %s ms in %.3f s, %s times real time (%s)\n",
            tab_milli(p->figures.simulated_ns / 1000).s, r->wall_s,
            tab_milli(p->figures.realtime_milli).s, p->options->run.engine);
}

static void tab_files(FILE *f, const report_t *p)
{
    if (!p->summary[0]) return;
    fprintf(f, "\nfiles\n  %s\n  %s\n  %s\n  %s", p->summary, p->pcap, p->latency, p->timeline);
    if (p->timeline_left_out) {
        fprintf(f, "  (first %s events, %s more left out)", tab_int(p->timeline_written).s,
                tab_int(p->timeline_left_out).s);
    }
    putc('\n', f);
}

void result_table(FILE *f, const report_t *p, bool verbose)
{
    if (p->interrupted) fprintf(f, "\nINTERRUPTED: the results are of the part that was played\n");
    if (p->status != 0) fprintf(f, "\nCHECK FAILED: %s\n", p->result->error);
    tab_trace(f, p, verbose);
    tab_packets(f, p, verbose);
    tab_moderation(f, p, verbose);
    tab_remark(f, p);
    tab_interrupts(f, p, verbose);
    tab_latency(f, p->result);
    tab_feedback(f, &p->result->feedback);
    tab_clients(f, p->result);
    tab_functions(f, p->result, verbose);
    tab_cpu(f, p->result, verbose);
    result_exits_table(f, p->result);
    result_iommu_table(f, &p->result->iommu, verbose);
    if (verbose) tab_link(f, p);
    tab_simulator(f, p);
    tab_files(f, p);
}
