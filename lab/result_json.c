// SPDX-License-Identifier: Apache-2.0
// The result as JSON. Integers are integers; reals are quotients computed in integers and printed
// with at most 15 digits, so the text depends on nothing but the result. Everything that is not a
// function of the inputs is in "sim".
#include "hostbridge/core.h"
#include "lab/result.h"

#include "model/nic.h"

#include <string.h>

static json_t *rj_int(uint64_t v)
{
    return json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v);
}

static json_t *rj_milli(uint64_t v)
{
    return json_real((double)v / 1000);
}

static void rj_set_int(json_t *o, const char *key, uint64_t v)
{
    json_object_set_new(o, key, rj_int(v));
}

static void rj_set_milli(json_t *o, const char *key, uint64_t v)
{
    json_object_set_new(o, key, rj_milli(v));
}

// ---- parts -------------------------------------------------------------------------------------

static json_t *rj_trace(const report_t *p)
{
    const trace_stats_t *t = &p->result->trace;
    json_t *o = json_object();
    json_object_set_new(o, "name", options_json_string(p->trace_name));
    json_object_set_new(o, "sha256", json_string(p->sha256));
    rj_set_int(o, "records", t->records);
    rj_set_int(o, "padded", t->padded);
    rj_set_int(o, "cut", t->cut);
    rj_set_int(o, "clamped", t->clamped);
    rj_set_int(o, "oversize", t->oversize);
    rj_set_int(o, "gaps_cut", t->gaps_cut);
    rj_set_int(o, "truncated", t->truncated);
    rj_set_int(o, "max_injection_error_ns", p->result->max_injection_error_ns);
    rj_set_int(o, "gaps_skipped_ns", p->result->skipped_cyc * CYC_NS);
    return o;
}

static json_t *rj_causes(const run_result_t *r, const drop_row_t *rows)
{
    json_t *o = json_object();
    for (const drop_row_t *d = rows; d->key; d++) rj_set_int(o, d->key, drop_count(r, d));
    return o;
}

// What was to arrive, arrived, and did not.
static json_t *rj_flow(const run_result_t *r, const figures_t *f)
{
    json_t *o = json_object();
    rj_set_int(o, "offered", r->offered);
    rj_set_int(o, "delivered", r->delivered);
    json_object_set_new(o, "dropped", rj_causes(r, drop_rows));
    rj_set_int(o, "dropped_total", f->dropped);
    rj_set_int(o, "offered_bytes", r->offered_bytes);
    rj_set_int(o, "delivered_bytes", r->delivered_bytes);
    return o;
}

// What the stack had to send, and what of it was not sent.
static void rj_set_unsent(json_t *o, const run_result_t *r)
{
    rj_set_int(o, "to_send", r->to_send);
    json_object_set_new(o, "unsent", rj_causes(r, unsent_rows));
}

static json_t *rj_packets(const report_t *p)
{
    const run_result_t *r = p->result;
    json_t *o = rj_flow(r, &p->figures);
    if (p->options->run.verify) rj_set_int(o, "mismatched", r->mismatched);
    rj_set_int(o, "sent", r->tx_frames);
    rj_set_int(o, "sent_bytes", r->tx_bytes);
    rj_set_unsent(o, r);
    rj_set_int(o, "replicated", r->replicated);
    return o;
}

static json_t *rj_rates(const report_t *p)
{
    const figures_t *f = &p->figures;
    json_t *o = json_object();
    rj_set_milli(o, "offered_mbps", f->offered_mbps_milli);
    rj_set_milli(o, "delivered_mbps", f->delivered_mbps_milli);
    rj_set_milli(o, "offered_pps", f->offered_pps_milli);
    rj_set_milli(o, "delivered_pps", f->delivered_pps_milli);
    rj_set_int(o, "offered_ns", f->offered_ns);
    rj_set_int(o, "delivered_ns", f->delivered_ns);
    return o;
}

// A register that the device does not have: null.
static void rj_set_register(json_t *o, const char *key, uint32_t v, bool there)
{
    json_object_set_new(o, key, there ? rj_int(v) : json_null());
}

// The policy and what it has decided; "passes": decisions by the level in which they ended.
static json_t *rj_policy(const report_t *p)
{
    const run_policy_result_t *r = &p->result->policy;
    json_t *o = json_object(), *passes = json_object();
    uint64_t decisions = 0;
    for (unsigned i = 0; policy_level(p, i); i++) {
        rj_set_int(passes, policy_level(p, i), r->driver.passes[i]);
        decisions += r->driver.passes[i];
    }
    json_object_set_new(o, "name", json_string(policy_name(p)));
    rj_set_int(o, "changes", r->driver.changes);
    json_object_set_new(o, "level",
                        decisions ? json_string(policy_level(p, r->driver.level)) : json_null());
    json_object_set_new(o, "passes", passes);
    rj_set_int(o, "deferred", r->deferred);
    rj_set_int(o, "enabled", r->enabled);
    rj_set_int(o, "timer_polls", r->timer_polls);
    rj_set_int(o, "irq_packets", r->irq_packets);
    const bool hybrid = p->options->run.policy == POLICY_HYBRID;
    json_object_set_new(o, "hybrid_up", hybrid ? rj_int(p->result->hybrid_up) : json_null());
    json_object_set_new(o, "hybrid_down", hybrid ? rj_int(p->result->hybrid_down) : json_null());
    return o;
}

// What was asked for (null: nothing, the driver's own value holds), what the registers hold, what
// came of it.
static json_t *rj_moderation(const report_t *p)
{
    const run_result_t *r = p->result;
    json_t *o = json_object(), *asked = json_object(), *prog = json_object(), *seen = json_object();
    for (int i = 0; i < OPT_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        if (option_rows[id].group != OPTION_MODERATION) continue;
        json_object_set_new(asked, option_rows[id].key, options_json_value(p->options, id));
    }
    const run_programmed_t *g = &r->programmed;
    const bool timers = report_nic(p) != NIC_82576;
    json_object_set_new(prog, "adaptive_rx", json_boolean(g->adaptive));
    rj_set_int(prog, "interval_ns", g->interval_ns);
    rj_set_int(prog, "itr", g->itr);
    rj_set_register(prog, "rdtr", g->rdtr, timers);
    rj_set_register(prog, "radv", g->radv, timers);
    rj_set_register(prog, "tidv", g->tidv, timers);
    rj_set_register(prog, "tadv", g->tadv, timers);
    rj_set_int(prog, "rx_frames", g->rxframes);
    rj_set_int(prog, "tx_frames", g->txframes);
    rj_set_register(prog, "mtctl", g->mtctl, timers);
    rj_set_register(prog, "mtdly", g->mtdly, timers);
    rj_set_int(seen, "min_gap_ns", r->irq_min_gap_ns);
    rj_set_milli(seen, "mean_gap_ns", p->figures.irq_mean_gap_ns_milli);
    rj_set_milli(seen, "packets_per_interrupt", p->figures.packets_per_irq_milli);
    rj_set_int(seen, "itr_writes", r->itr_writes);
    json_object_set_new(o, "requested", asked);
    if (g->none) { // the path has no such knob
        json_decref(prog);
        prog = json_null();
    }
    json_object_set_new(o, "programmed", prog);
    json_object_set_new(o, "observed", seen);
    json_object_set_new(o, "policy", rj_policy(p));
    return o;
}

static json_t *rj_interrupts(const report_t *p, bool device)
{
    static const char *const TIMERS[] = {"packet",    "absolute",  "tidv",         "tadv", "master",
                                         "rx_frames", "tx_frames", "small_packet", "flush"};
    const run_result_t *r = p->result;
    json_t *o = json_object();
    rj_set_int(o, "asserted", r->irq_asserted);
    rj_set_milli(o, "per_second", p->figures.irq_per_s_milli);
    rj_set_int(o, "min_gap_ns", r->irq_min_gap_ns);
    rj_set_int(o, "taken", r->irq_taken);
    rj_set_int(o, "spurious", r->irq_spurious);
    if (!device) return o;
    const enum nic_personality nic = report_nic(p);
    json_t *causes = json_object(), *timers = json_object();
    for (unsigned bit = 0; bit < 32; bit++) {
        if (cause_name(nic, bit)) rj_set_int(causes, cause_name(nic, bit), r->cause[bit]);
    }
    for (unsigned i = 0; i < sizeof TIMERS / sizeof TIMERS[0]; i++) {
        rj_set_int(timers, TIMERS[i], r->timer[i]);
    }
    json_object_set_new(o, "causes", causes);
    json_object_set_new(o, "timers", timers);
    return o;
}

static void rj_bucket(void *ctx, uint64_t lower, uint64_t upper, uint64_t count)
{
    (void)lower;
    json_array_append_new(ctx, json_pack("[o,o]", rj_int(upper), rj_int(count)));
}

// Zeros with GRO off.
static json_t *rj_gro(const gro_stats_t *g)
{
    json_t *o = json_object(), *flushed = json_object();
    for (unsigned i = 0; i < GRO_CAUSES; i++) rj_set_int(flushed, gro_cause_name(i), g->flushed[i]);
    rj_set_int(o, "frames", g->frames);
    rj_set_int(o, "held", g->held);
    rj_set_int(o, "merged", g->merged);
    rj_set_int(o, "largest", g->largest);
    json_object_set_new(o, "flushed", flushed);
    return o;
}

static json_t *rj_napi(const report_t *p, bool machine)
{
    const run_result_t *r = p->result;
    const meter_hist_t *h = &r->packets_per_poll;
    json_t *o = json_object(), *ppp = json_object(), *buckets = json_array();
    rj_set_milli(ppp, "mean", p->figures.packets_per_poll_milli);
    rj_set_int(ppp, "p50", h->count ? meter_hist_percentile(h, 500) : 0);
    rj_set_int(ppp, "p99", h->count ? meter_hist_percentile(h, 990) : 0);
    rj_set_int(ppp, "max", h->count ? h->max : 0);
    if (h->count) meter_hist_each(h, rj_bucket, buckets);
    json_object_set_new(ppp, "histogram", buckets);
    rj_set_int(o, "polls", r->polls);
    json_object_set_new(o, "packets_per_poll", ppp);
    rj_set_int(o, "budget_exhausted", r->budget_exhausted);
    json_object_set_new(o, "gro", rj_gro(&r->gro));
    if (!machine) return o;
    rj_set_int(o, "time_squeeze", r->time_squeeze);
    rj_set_int(o, "ksoftirqd_wakeups", r->ksoftirqd_wakeups);
    return o;
}

// All zero when nothing was measured: "count" tells.
static json_t *rj_latency(const meter_hist_t *h)
{
    bool any = h->count != 0;
    json_t *o = json_object();
    rj_set_int(o, "min", any ? h->min : 0);
    rj_set_milli(o, "mean", any ? meter_hist_mean_milli(h) : 0);
    rj_set_int(o, "p50", any ? meter_hist_percentile(h, 500) : 0);
    rj_set_int(o, "p90", any ? meter_hist_percentile(h, 900) : 0);
    rj_set_int(o, "p99", any ? meter_hist_percentile(h, 990) : 0);
    rj_set_int(o, "p999", any ? meter_hist_percentile(h, 999) : 0);
    rj_set_int(o, "max", any ? h->max : 0);
    rj_set_int(o, "count", h->count);
    return o;
}

// What a guest's kernel would say: it does not know that it was left, so exits are part of what they interrupt.
static json_t *rj_guest_cpu(const run_result_t *r, unsigned c)
{
    const struct {
        const char *key;
        enum core_account account;
        uint64_t ps, ticks;
    } PARTS[] = {{"irq", CORE_IRQ, r->cpu[c].irq_ps, r->cpu[c].irq_ticks},
                 {"softirq", CORE_SOFTIRQ, r->cpu[c].softirq_ps, r->cpu[c].softirq_ticks},
                 {"ksoftirqd", CORE_KSOFTIRQD, r->cpu[c].ksoftirqd_ps, r->cpu[c].ksoftirqd_ticks},
                 {"app", CORE_APP, r->cpu[c].app_ps, r->cpu[c].app_ticks},
                 {"idle", CORE_IDLE, r->cpu[c].idle_ps, r->cpu[c].idle_ticks}};
    json_t *o = json_object(), *ticks = json_object();
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        const uint64_t ps = PARTS[i].ps + r->cpu[c].in_ps[PARTS[i].account];
        const uint64_t ppm = figures_scale(ps, 1000000, r->cpu[c].wall_ps);
        json_object_set_new(o, PARTS[i].key, json_real((double)ppm / 1000000));
        rj_set_int(ticks, PARTS[i].key, PARTS[i].ticks + r->cpu[c].in_ticks[PARTS[i].account]);
    }
    json_object_set_new(o, "ticks", ticks);
    return o;
}

// Shares of wall time with six decimals; the exact picoseconds beside them, and what a kernel would
// report that samples at its timer tick.
static json_t *rj_cpu(const run_result_t *r)
{
    json_t *list = json_array();
    for (unsigned c = 0; c < r->cores && c < RUN_CORES; c++) {
        const struct {
            const char *key, *key_ps;
            uint64_t ps, ticks;
        } PARTS[] = {
            {"irq", "irq_ps", r->cpu[c].irq_ps, r->cpu[c].irq_ticks},
            {"softirq", "softirq_ps", r->cpu[c].softirq_ps, r->cpu[c].softirq_ticks},
            {"ksoftirqd", "ksoftirqd_ps", r->cpu[c].ksoftirqd_ps, r->cpu[c].ksoftirqd_ticks},
            {"app", "app_ps", r->cpu[c].app_ps, r->cpu[c].app_ticks},
            {"hypervisor", "hypervisor_ps", r->cpu[c].hypervisor_ps, r->cpu[c].hypervisor_ticks},
            {"backend", "backend_ps", r->cpu[c].backend_ps, r->cpu[c].backend_ticks},
            {"idle", "idle_ps", r->cpu[c].idle_ps, r->cpu[c].idle_ticks},
            {"steal", "steal_ps", r->cpu[c].steal_ps, r->cpu[c].steal_ticks}};
        json_t *o = json_object();
        rj_set_int(o, "core", c);
        for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
            uint64_t ppm = figures_scale(PARTS[i].ps, 1000000, r->cpu[c].wall_ps);
            json_object_set_new(o, PARTS[i].key, json_real((double)ppm / 1000000));
        }
        rj_set_int(o, "wall_ps", r->cpu[c].wall_ps);
        for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
            rj_set_int(o, PARTS[i].key_ps, PARTS[i].ps);
        }
        rj_set_int(o, "idle_exit_ps", r->cpu[c].idle_exit_ps);
        rj_set_int(o, "idle_poll_ps", r->cpu[c].idle_poll_ps);
        json_t *ticks = json_object();
        for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++)
            rj_set_int(ticks, PARTS[i].key, PARTS[i].ticks);
        json_object_set_new(o, "ticks", ticks);
        if (r->guests)
            json_object_set_new(
                o, "exits",
                result_exits_json(r->cpu[c].exits, r->cpu[c].wakeups, &r->cpu[c].polls));
        if (r->guests && c < r->vcpus) json_object_set_new(o, "guest", rj_guest_cpu(r, c));
        json_array_append_new(list, o);
    }
    return list;
}

// What the other host got that waits for answers; null for a trace that waits for nobody.
static json_t *rj_feedback(const run_feedback_t *f)
{
    if (f->kind == TRACE_NO_FEEDBACK) return json_null();
    json_t *o = json_object();
    const uint64_t gaps = f->answers ? f->answers - 1 : 0;
    json_object_set_new(o, "kind", json_string(feedback_name(f->kind)));
    rj_set_int(o, "answers", f->answers);
    rj_set_milli(o, "per_second", figures_scale(gaps, UINT64_C(1000000000000), f->span_ns));
    rj_set_int(o, "timeouts", f->timeouts);
    json_object_set_new(o, "rtt_ns", rj_latency(&f->rtt));
    return o;
}

// Clients of netperf's request and response, in the machine and on the network.
static json_t *rj_clients(const run_result_t *r)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < r->clients; i++) {
        const rr_stats_t *s = &r->client[i].s;
        json_t *o = json_object(), *rtt = json_object();
        json_object_set_new(o, "client", json_string(r->client[i].name));
        rj_set_int(o, "requests", s->requests);
        rj_set_int(o, "answers", s->answers);
        rj_set_milli(o, "per_second", figures_client_milli(s));
        rj_set_int(rtt, "min", s->rtt_min_ns);
        rj_set_milli(rtt, "mean", figures_scale(s->rtt_sum_ns, 1000, s->answers));
        rj_set_int(rtt, "max", s->rtt_max_ns);
        json_object_set_new(o, "rtt_ns", rtt);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *rj_link(const link_stats_t *l)
{
    json_t *o = json_object();
    rj_set_int(o, "writes", l->writes);
    rj_set_int(o, "write_bytes", l->write_bytes);
    rj_set_int(o, "reads", l->reads);
    rj_set_int(o, "read_bytes", l->read_bytes);
    rj_set_int(o, "messages", l->messages);
    rj_set_int(o, "mmio_reads", l->mmio_reads);
    rj_set_int(o, "mmio_writes", l->mmio_writes);
    rj_set_int(o, "backpressure_ns", l->backpressure_cyc * CYC_NS);
    rj_set_int(o, "up_busy_ns", l->up_busy_ps / 1000);
    rj_set_int(o, "down_busy_ns", l->down_busy_ps / 1000);
    return o;
}

static json_t *rj_sim(const report_t *p)
{
    const run_result_t *r = p->result;
    const struct {
        const char *key, *path;
    } FILES[] = {{"summary", p->summary},
                 {"received", p->pcap},
                 {"latency", p->latency},
                 {"timeline", p->timeline}};
    json_t *o = json_object(), *paths = json_object();
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        if (FILES[i].path[0])
            json_object_set_new(paths, FILES[i].key, options_json_string(FILES[i].path));
    }
    json_object_set_new(o, "engine", json_string(p->options->run.engine));
    rj_set_int(o, "jobs", 1);
    json_object_set_new(o, "paths", paths);
    json_object_set_new(o, "interrupted", json_boolean(p->interrupted));
    rj_set_int(o, "cycles", r->cycles);
    rj_set_int(o, "visits", r->visits);
    json_object_set_new(o, "simulated_s", json_real((double)p->figures.simulated_ns / 1e9));
    json_object_set_new(o, "wall_s", json_real((double)(uint64_t)(r->wall_s * 1e6) / 1e6));
    rj_set_milli(o, "realtime_factor", p->figures.realtime_milli);
    return o;
}

// ---- the whole ---------------------------------------------------------------------------------

static void rj_measured(json_t *o, const report_t *p)
{
    json_object_set_new(o, "packets", rj_packets(p));
    json_object_set_new(o, "moderation", rj_moderation(p));
    json_object_set_new(o, "interrupts", rj_interrupts(p, true));
    json_object_set_new(o, "napi", rj_napi(p, true));
    json_object_set_new(o, "latency_ns", rj_latency(&p->result->latency));
}

// Frames of other functions, let go by the switch; "sent": the other way.
static json_t *rj_looped(const run_function_t *f)
{
    const run_result_t v = {.offered = f->looped.offered,
                            .delivered = f->looped.delivered,
                            .offered_bytes = f->looped.offered_bytes,
                            .delivered_bytes = f->looped.delivered_bytes,
                            .drops = f->looped.drops};
    figures_t g;
    figures_compute(&v, &g);
    json_t *o = rj_flow(&v, &g);
    rj_set_int(o, "sent", f->looped_sent);
    return o;
}

static json_t *rj_function(const report_t *p, unsigned i)
{
    const run_function_t *f = &p->result->function[i];
    char name[FUNCTION_NAME_LEN], mac[18];
    run_result_t v;
    report_t one = *p;
    figures_function(p->result, i, &v);
    one.result = &v;
    figures_compute(&v, &one.figures);
    json_t *o = json_object(), *packets = rj_flow(&v, &one.figures);
    snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", f->mac[0], f->mac[1], f->mac[2],
             f->mac[3], f->mac[4], f->mac[5]);
    json_object_set_new(o, "function",
                        json_string(result_function_name(p->result, f->number, name)));
    json_object_set_new(o, "mac", json_string(mac));
    rj_set_int(o, "hosts", f->hosts);
    rj_set_int(packets, "sent", f->sent);
    rj_set_unsent(packets, &v);
    rj_set_int(packets, "spoofed", f->spoofed);
    if (p->result->bridged) {
        rj_set_int(packets, "forwarded", f->wire.forwarded);
        rj_set_int(packets, "sent_lost", f->sent_lost);
    }
    json_object_set_new(o, "packets", packets);
    json_object_set_new(o, "looped", rj_looped(f));
    json_object_set_new(o, "moderation", rj_moderation(&one));
    json_object_set_new(o, "interrupts", rj_interrupts(&one, false));
    json_object_set_new(o, "napi", rj_napi(&one, false));
    json_object_set_new(o, "latency_ns", rj_latency(&f->latency));
    json_object_set_new(o, "latency_driver_ns", rj_latency(&f->latency_driver));
    json_object_set_new(o, "coalescing_ns", rj_latency(&f->coalescing));
    return o;
}

// A device of one function has in it what the run has.
static json_t *rj_functions(const report_t *p)
{
    json_t *list = json_array();
    if (p->result->functions > 1) {
        for (unsigned i = 0; i < p->result->functions; i++)
            json_array_append_new(list, rj_function(p, i));
        return list;
    }
    json_t *pf = json_object();
    json_object_set_new(pf, "function", json_string("pf"));
    rj_measured(pf, p);
    json_array_append_new(list, pf);
    return list;
}

json_t *result_json(const report_t *p)
{
    const run_result_t *r = p->result;
    json_t *o = json_object();
    json_t *config = options_json(p->options);
    if (!o || !config) return NULL;
    // The engine cannot change the result, by construction; it is told in "sim".
    json_object_del(config, option_rows[OPT_ENGINE].key);
    json_object_set_new(o, "config", config);
    json_object_set_new(o, "trace", rj_trace(p));
    if (p->status != 0) json_object_set_new(o, "error", options_json_string(r->error));
    json_object_set_new(o, "packets", rj_packets(p));
    json_object_set_new(o, "rates", rj_rates(p));
    rj_measured(o, p); // "packets" keeps its place
    json_object_set_new(o, "latency_driver_ns", rj_latency(&r->latency_driver));
    json_object_set_new(o, "coalescing_ns", rj_latency(&r->coalescing));
    json_object_set_new(o, "cpu", rj_cpu(r));
    json_object_set_new(o, "feedback", rj_feedback(&r->feedback));
    json_object_set_new(o, "clients", rj_clients(r));
    json_object_set_new(o, "link", rj_link(&r->link));
    json_object_set_new(o, "exits", result_exits_json(r->exits, r->vcpu_wakeups, &r->vcpu_polls));
    json_object_set_new(o, "iommu", result_iommu_json(&r->iommu));
    json_object_set_new(o, "functions", rj_functions(p));
    json_object_set_new(o, "sim", rj_sim(p));
    return o;
}
