// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/testbed_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// The end of a run is looked for in steps that grow while nothing moves; after STILL_CYC without a
// frame that moves only what does not concern them goes on (the driver's watchdog).
#define STEP_MIN_CYC  UINT64_C(125)
#define GAP_MAX_CYC   (UINT64_C(3600) * 125000000) // an hour: long after the machine has come to rest
#define STEP_MAX_CYC  UINT64_C(12500)
#define PEER_STEP_CYC UINT64_C(125000)
#define THINK_MAX_CYC (UINT64_C(1100) * 125000000) // longer than a session of netperf-rr may think
#define STILL_CYC     cyc_of_ns(UINT64_C(4000000000))
#define SILENT_CYC    (UINT64_C(1) << 21) // longer than any frame takes on any wire
#define STOPPED_CYC   cyc_of_ns(UINT64_C(10000000))

// What run_config_t holds when nothing is said; lab/options.def states the same defaults for
// people.
void run_config_defaults(run_config_t *c)
{
    *c = (run_config_t){
        .promisc = true,
        .path = "native",
        .profile = "native-2012",
        .engine = "model",
        .driver = "e1000",
        .adaptive_rx = RUN_UNSET,
        .rx_usecs = RUN_UNSET,
        .rx_frames = RUN_UNSET,
        .tx_usecs = RUN_UNSET,
        .tx_frames = RUN_UNSET,
        .rdtr = RUN_UNSET,
        .radv = RUN_UNSET,
        .tidv = RUN_UNSET,
        .tadv = RUN_UNSET,
        .itr = RUN_UNSET,
        .master = RUN_UNSET,
        .napi_defer_hard_irqs = RUN_UNSET,
        .gro_flush_timeout = RUN_UNSET,
        .hybrid_up = RUN_UNSET,
        .hybrid_down = RUN_UNSET,
        .budget = 64,
        .netdev_budget = 300,
        .netdev_max_backlog = 1000,
        .hz = RUN_UNSET,
        .halt_poll_ns = RUN_UNSET,
        .rx_ring = 256,
        .tx_ring = 256,
        .sockbuf = RUN_UNSET,
        .cpus = 1,
        .guests = 1,
        .host_cpus = RUN_UNSET,
        .guest_weight = CREDIT_WEIGHT,
        .host_weight = CREDIT_WEIGHT,
        .host_rx_usecs = RUN_UNSET,
        .backend_queue = 1000,
        .event_idx = true,
        .link_speed = 1000,
        .iotlb = "64:64:lru",
        .walk_cache = "16:16:lru",
        .seed = 1,
    };
}

int tb_fail(testbed_t *t, int status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->r->error, sizeof t->r->error, fmt, ap);
    va_end(ap);
    return status;
}

static bool stopped(const testbed_t *t)
{
    return t->stop && *t->stop;
}

bool tb_cut_short(const testbed_t *t)
{
    return stopped(t) || os_host_stuck(t->host);
}

// ---- playing -----------------------------------------------------------------------------------

// What the present exit of a vCPU has yet to take: it is counted, its time is not. Modulo 2^64: less than a cycle may be missing.
static uint64_t exit_ahead_ps(const testbed_t *t, unsigned core)
{
    const core_t *c = &t->cores->core[core];
    return c->account == CORE_HYPERVISOR ? c->local_ps - t->sim.now_cyc * CYC_PS : 0;
}

// The counters from here on are those of the traffic: probing and bringing the link up are not.
// Until no exit is under way.
static void settle_exits(testbed_t *t)
{
    for (unsigned i = 0; t->guests && i < t->cfg->cpus; i++)
        while (t->cores->core[i].account == CORE_HYPERVISOR && !os_host_stuck(t->host))
            core_set_run(t->cores, t->sim.now_cyc + 1);
}

static void begin_counting(testbed_t *t)
{
    tb_base_t *b = &t->base;
    tb_func_begin(t);
    settle_exits(t);
    os_host_stats_reset(t->host);
    tb_iommu_begin(t);
    b->cyc = t->sim.now_cyc;
    b->visits = t->engine.work(t->engine.nic) + tb_guest_work(t);
    b->link = *link_stats(t->link);
    for (unsigned i = 0; i < t->cores->count; i++) {
        core_accounts(&t->cores->core[i], b->cyc, b->account_ps[i]);
        core_ticks(&t->cores->core[i], b->cyc, b->ticks[i]);
        b->ksoftirqd_wakeups[i] = t->cores->core[i].ksoftirqd_wakeups;
        b->idle_exits[i] = t->cores->core[i].idle_exits;
        b->vcpu[i] = t->vcpu[i];
        b->ahead_ps[i] = exit_ahead_ps(t, i);
    }
}

// Nothing is under way in the device, and nothing will come of it by itself.
static bool device_still(const testbed_t *t)
{
    return t->engine.still(t->engine.nic) && !t->engine.counting(t->engine.nic) &&
           tb_guest_still(t);
}

static bool stacks_idle(const testbed_t *t)
{
    for (unsigned i = 0; i < t->funcs; i++)
        if (!netstack_idle(t->func[i].net) || (t->func[i].veth && !veth_idle(t->func[i].veth)))
            return false;
    return tb_own_idle(t);
}

static bool quiet(const testbed_t *t)
{
    return tb_accounted(t) && stacks_idle(t) && tb_guest_idle(t) && link_idle(t->link) &&
           !t->intx && wire_idle(t->wire, t->sim.now_cyc) && device_still(t);
}

// The world waits for the device, and the device for the world: it is still, or holds frames that
// nobody will fetch. Not told by the engine's next cycle, which is its own business.
static bool at_rest(const testbed_t *t)
{
    for (unsigned i = 0; i < t->cores->count; i++)
        if (t->cores->core[i].deadline_cyc != SIM_NEVER) return false;
    if (t->sim.head) return false;
    return device_still(t) || (!t->engine.counting(t->engine.nic) && !tb_guest_counting(t) &&
                               t->sim.now_cyc - t->stirred_cyc > SILENT_CYC);
}

// What is true now stays true: levels and pulses inside the device have had the time to spread.
static bool holds(testbed_t *t, bool (*fn)(const testbed_t *))
{
    for (int i = 0; i < 2; i++) {
        engine_mux_catch_up(&t->mux, t->sim.now_cyc);
        if (!fn(t)) return false;
        if (i == 0) core_set_run(t->cores, t->sim.now_cyc + NIC_IdleCyc);
    }
    return true;
}

static uint32_t edit_frame(void *spread, uint8_t *frame, uint32_t len)
{
    return spread_frame(spread, frame, len) ? 6 : 0; // the destination
}

// A trace that waits for answers ends too when none will come any more.
static void play_trace(testbed_t *t)
{
    // What clients in the machine do is no sign that the others go on; those do not think for long.
    const bool clients = t->peer && peer_clients(t->peer);
    const uint64_t still_cyc = clients ? STILL_CYC : t->peer ? THINK_MAX_CYC : SIM_NEVER;
    uint64_t moved_cyc = t->sim.now_cyc, seen = t->moves, order = t->sim.order;
    if (!t->peer && !t->clients) {
        while (!t->trace_over && !tb_cut_short(t) && core_set_run(t->cores, SIM_NEVER)) {}
        if (tb_cut_short(t)) wire_stop(t->wire);
        return;
    }
    t->stirred_cyc = t->sim.now_cyc;
    while (!t->trace_over && !tb_cut_short(t)) {
        core_set_run(t->cores, t->sim.now_cyc + PEER_STEP_CYC);
        if (t->sim.order != order) t->stirred_cyc = t->sim.now_cyc;
        const uint64_t moves = clients ? peer_stats(t->peer)->answers : t->moves;
        if (moves != seen) moved_cyc = t->sim.now_cyc;
        order = t->sim.order;
        seen = moves;
        if (t->trace_over || holds(t, at_rest) || t->sim.now_cyc - moved_cyc > still_cyc) return;
    }
    if (!t->trace_over) wire_stop(t->wire);
}

// Plays the trace, then lets everything drain; ends too when nothing can drain any more: what is
// stranded (by a packet timer, a frame counter) stays stranded.
static void play(testbed_t *t)
{
    if (t->spread) wire_edit(t->wire, edit_frame, t->spread);
    // With the watchdog something happens every 2 s: then every gap is played in full.
    if (!t->cfg->watchdog) wire_skip_gaps(t->wire, GAP_MAX_CYC);
    wire_start(t->wire, t->sim.now_cyc + 1000);
    play_trace(t);
    tb_clients_stop(t);
    uint64_t step_cyc = STEP_MIN_CYC, moved_cyc = t->sim.now_cyc, seen = t->moves;
    uint64_t order = t->sim.order;
    t->stirred_cyc = t->sim.now_cyc;
    while (!os_host_stuck(t->host) && !holds(t, quiet) && !holds(t, at_rest)) {
        core_set_run(t->cores, t->sim.now_cyc + step_cyc);
        if (t->sim.order != order) {
            order = t->sim.order;
            t->stirred_cyc = t->sim.now_cyc;
        }
        if (t->moves != seen) {
            seen = t->moves;
            moved_cyc = t->sim.now_cyc;
            step_cyc = STEP_MIN_CYC;
        } else if (step_cyc < STEP_MAX_CYC) {
            step_cyc *= 2;
        }
        t->cut = t->sim.now_cyc - moved_cyc > (stopped(t) ? STOPPED_CYC : STILL_CYC);
        if (t->cut) break;
    }
    settle_exits(t);
}

// ---- results -----------------------------------------------------------------------------------

static void collect_polls(testbed_t *t)
{
    run_result_t *r = t->r;
    const os_stats_t *s = os_host_stats(t->host);
    r->time_squeeze = s->time_squeeze;
    r->gro = s->gro;
    for (unsigned i = 0; i < t->funcs; i++) {
        if (!tb_counts(&t->func[i])) continue;
        const os_stats_t *f = os_dev_stats(t->func[i].dev);
        r->polls += f->polls;
        r->poll_packets += f->poll_packets;
        r->budget_exhausted += f->budget_exhausted;
        meter_hist_merge(&r->packets_per_poll, &f->packets_per_poll);
    }
}

static void collect_exits(testbed_t *t, unsigned core)
{
    run_result_t *r = t->r;
    for (unsigned k = 0; k < VCPU_EXIT_KINDS; k++) {
        r->cpu[core].exits[k] = t->vcpu[core].exits[k] - t->base.vcpu[core].exits[k];
        r->exits[k] += r->cpu[core].exits[k];
    }
    r->cpu[core].wakeups = t->vcpu[core].wakeups - t->base.vcpu[core].wakeups;
    for (unsigned a = 0; a < VCPU_ACCOUNTS; a++) {
        r->cpu[core].in_ps[a] = t->vcpu[core].in_ps[a] - t->base.vcpu[core].in_ps[a];
        r->cpu[core].in_ticks[a] = t->vcpu[core].in_ticks[a] - t->base.vcpu[core].in_ticks[a];
    }
    r->vcpu_wakeups += r->cpu[core].wakeups;
    const vcpu_polls_t *now = &t->vcpu[core].polls, *was = &t->base.vcpu[core].polls;
    vcpu_polls_t *polls = &r->cpu[core].polls;
    polls->attempted = now->attempted - was->attempted;
    polls->successful = now->successful - was->successful;
    polls->ps = now->ps - was->ps;
    r->vcpu_polls.attempted += polls->attempted;
    r->vcpu_polls.successful += polls->successful;
    r->vcpu_polls.ps += polls->ps;
    t->exits_ps[core] = vcpu_exits_ps(&t->vcpu[core].p, r->cpu[core].exits, r->cpu[core].wakeups) +
                        polls->ps + t->base.ahead_ps[core] - exit_ahead_ps(t, core);
}

// Host time less what the guests see is what exits, wake-ups and polling take.
static int conserve_exits(testbed_t *t)
{
    for (unsigned i = 0; t->guests && i < t->r->cores; i++) {
        if (t->exits_ps[i] != t->r->cpu[i].hypervisor_ps)
            return tb_fail(t, 1,
                           "vCPU %u: its exits take %" PRIu64 " ps, the hypervisor %" PRIu64 " ps",
                           i, t->exits_ps[i], t->r->cpu[i].hypervisor_ps);
    }
    return 0;
}

static void collect_cores(testbed_t *t)
{
    run_result_t *r = t->r;
    r->cores = t->cores->count;
    r->guests = t->guests;
    r->bridged = t->bridged;
    r->vcpus = t->guests ? t->cfg->cpus : 0;
    for (unsigned i = 0; i < r->cores; i++) {
        uint64_t acc[CORE_ACCOUNTS];
        core_accounts(&t->cores->core[i], t->sim.now_cyc, acc);
        for (unsigned a = 0; a < CORE_ACCOUNTS; a++) acc[a] -= t->base.account_ps[i][a];
        r->cpu[i].irq_ps = acc[CORE_IRQ];
        r->cpu[i].softirq_ps = acc[CORE_SOFTIRQ];
        r->cpu[i].ksoftirqd_ps = acc[CORE_KSOFTIRQD];
        r->cpu[i].app_ps = acc[CORE_APP];
        r->cpu[i].hypervisor_ps = acc[CORE_HYPERVISOR];
        r->cpu[i].backend_ps = acc[CORE_BACKEND];
        r->cpu[i].idle_ps = acc[CORE_IDLE];
        r->cpu[i].idle_exit_ps =
            (t->cores->core[i].idle_exits - t->base.idle_exits[i]) * t->cores->params.idle_exit_ps;
        r->cpu[i].idle_poll_ps = i < r->vcpus && t->vcpu[i].p.idle_poll ? acc[CORE_IDLE] : 0;
        r->cpu[i].steal_ps = acc[CORE_STEAL];
        uint64_t ticks[CORE_ACCOUNTS];
        core_ticks(&t->cores->core[i], t->sim.now_cyc, ticks);
        for (unsigned a = 0; a < CORE_ACCOUNTS; a++) ticks[a] -= t->base.ticks[i][a];
        r->cpu[i].irq_ticks = ticks[CORE_IRQ];
        r->cpu[i].softirq_ticks = ticks[CORE_SOFTIRQ];
        r->cpu[i].ksoftirqd_ticks = ticks[CORE_KSOFTIRQD];
        r->cpu[i].app_ticks = ticks[CORE_APP];
        r->cpu[i].hypervisor_ticks = ticks[CORE_HYPERVISOR];
        r->cpu[i].backend_ticks = ticks[CORE_BACKEND];
        r->cpu[i].idle_ticks = ticks[CORE_IDLE];
        r->cpu[i].steal_ticks = ticks[CORE_STEAL];
        r->cpu[i].wall_ps = (t->sim.now_cyc - t->base.cyc) * CYC_PS;
        r->ksoftirqd_wakeups += t->cores->core[i].ksoftirqd_wakeups - t->base.ksoftirqd_wakeups[i];
        collect_exits(t, i);
    }
}

static void collect_feedback(testbed_t *t)
{
    run_feedback_t *f = &t->r->feedback;
    const peer_stats_t *s = peer_stats(t->peer);
    f->answers = s->answers;
    f->span_ns = (s->last_cyc - s->first_cyc) * CYC_NS;
    f->timeouts = s->timeouts;
    meter_hist_merge(&f->rtt, &s->rtt);
}

static link_stats_t link_since(const testbed_t *t)
{
    const link_stats_t *a = &t->base.link, *b = link_stats(t->link);
    return (link_stats_t){
        .writes = b->writes - a->writes,
        .write_bytes = b->write_bytes - a->write_bytes,
        .reads = b->reads - a->reads,
        .read_bytes = b->read_bytes - a->read_bytes,
        .messages = b->messages - a->messages,
        .mmio_reads = b->mmio_reads - a->mmio_reads,
        .mmio_writes = b->mmio_writes - a->mmio_writes,
        .backpressure_cyc = b->backpressure_cyc - a->backpressure_cyc,
        .up_busy_ps = b->up_busy_ps - a->up_busy_ps,
        .down_busy_ps = b->down_busy_ps - a->down_busy_ps,
        .store_wait_cyc = b->store_wait_cyc - a->store_wait_cyc,
    };
}

static void collect(testbed_t *t)
{
    run_result_t *r = t->r;
    const wire_stats_t *w = wire_stats(t->wire);
    r->trace = *trace_stats(t->trace);
    r->max_injection_error_ns = w->max_injection_error_ns;
    r->offered = t->offered + r->trace.oversize;
    r->drops.oversize += r->trace.oversize;
    r->offered_bytes = w->offered_bytes + w->injected_bytes + r->trace.oversize_bytes;
    r->end_cyc = t->sim.now_cyc;
    if (t->peer) collect_feedback(t);
    tb_clients_collect(t);
    r->cycles = t->sim.now_cyc - t->base.cyc + w->skipped_cyc;
    r->skipped_cyc = w->skipped_cyc;
    r->visits = t->engine.work(t->engine.nic) + tb_guest_work(t) - t->base.visits;
    r->link = link_since(t);
    tb_iommu_collect(t);
    collect_polls(t);
    collect_cores(t);
    tb_func_collect(t); // asks the device: after all else
}

// DESIGN §8: nothing is lost without a cause, and no time.
static int conserve(testbed_t *t)
{
    run_result_t *r = t->r;
    char err[256];
    if (tb_func_conserve(t) != 0) return 1;
    for (unsigned i = 0; i < r->cores; i++) {
        const uint64_t sum = r->cpu[i].irq_ps + r->cpu[i].softirq_ps + r->cpu[i].ksoftirqd_ps +
                             r->cpu[i].app_ps + r->cpu[i].hypervisor_ps + r->cpu[i].backend_ps +
                             r->cpu[i].idle_ps + r->cpu[i].steal_ps;
        if (sum != r->cpu[i].wall_ps)
            return tb_fail(t, 1, "accounts of core %u: %" PRIu64 " ps of %" PRIu64 " ps", i, sum,
                           r->cpu[i].wall_ps);
    }
    if (conserve_exits(t) != 0) return 1;
    if (core_set_check(t->cores, err) != 0) return tb_fail(t, 1, "%s", err);
    for (unsigned i = 0; i < t->cfg->pcpus; i++)
        if (credit_check(t->pcpu[i], err) != 0) return tb_fail(t, 1, "%s", err);
    if (tb_iommu_conserve(t) != 0) return 1;
    if (memory_faults(t->mem))
        return tb_fail(t, 1, "the device reached outside memory %" PRIu64 " times",
                       memory_faults(t->mem));
    if (t->cfg->verify && r->mismatched)
        return tb_fail(t, 1,
                       "%" PRIu64 " frames arrived with other contents than they were sent with",
                       r->mismatched);
    return 0;
}

// What is easily overlooked: frames in VLANs reach nobody unless somebody joins them.
static void tell_of_vlans(testbed_t *t)
{
    run_result_t *r = t->r;
    unsigned vid = 0;
    const uint64_t n = t->spread && !t->bridged ? spread_strays(t->spread, &vid) : 0;
    if (n && r->drops.filtered && !r->notice[0])
        snprintf(r->notice, sizeof r->notice,
                 "%" PRIu64
                 " frames are in VLANs that no function has joined, the first in VLAN %u: "
                 "--map vlan:%u=all",
                 n, vid, vid);
}

// In place of what drivers have said.
static void tell_of_drivers(testbed_t *t)
{
    run_result_t *r = t->r;
    char name[32];
    if (os_host_stuck(t->host) && stopped(t))
        snprintf(r->notice, sizeof r->notice, "%s", os_host_stuck(t->host));
    for (unsigned i = 0; i < t->funcs; i++) {
        const uint32_t n = os_dev_irq_off(t->func[i].dev);
        if (n)
            snprintf(r->notice, sizeof r->notice,
                     "%s: nobody cared: an interrupt was switched off after %u in a row that its "
                     "handler did not claim",
                     tb_func_driver_name(&t->func[i], name), n);
    }
}

// Before what comes of it.
static int drivers_behave(testbed_t *t)
{
    const char *stuck = os_host_stuck(t->host), *breach = os_host_breach(t->host);
    if (stuck && !stopped(t)) return tb_fail(t, 1, "%s", stuck);
    return breach ? tb_fail(t, 1, "the driver broke a rule of driver/os.h: %s", breach) : 0;
}

// ---- the run -----------------------------------------------------------------------------------

static double seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int run(testbed_t *t)
{
    int status = tb_build(t);
    if (status == 0) status = tb_bring_up(t);
    if (status > 0) return status;
    const double begin = seconds();
    if (status != TB_CUT_SHORT) {
        begin_counting(t);
        play(t);
    }
    t->r->wall_s = seconds() - begin;
    collect(t);
    if (t->spread && spread_failed(t->spread)) return tb_fail(t, 2, "out of memory");
    if (t->r->error[0]) return 2; // the trace could not be read to its end
    status = conserve(t);
    tell_of_vlans(t);
    tell_of_drivers(t);
    tb_remove_drivers(t);
    return drivers_behave(t) != 0 ? 1 : status;
}

void run_result_free(run_result_t *r)
{
    meter_hist_t *const h[] = {&r->packets_per_poll, &r->latency, &r->latency_driver,
                               &r->coalescing, &r->feedback.rtt};
    for (size_t i = 0; i < sizeof h / sizeof h[0]; i++) meter_hist_free(h[i]);
    for (unsigned i = 0; i < r->functions; i++) {
        run_function_t *f = &r->function[i];
        meter_hist_free(&f->packets_per_poll);
        meter_hist_free(&f->latency);
        meter_hist_free(&f->latency_driver);
        meter_hist_free(&f->coalescing);
    }
}

int testbed_run(const run_config_t *c, run_result_t *r, const volatile int *stop)
{
    memset(r, 0, sizeof *r);
    testbed_t *t = calloc(1, sizeof *t);
    if (!t || meter_hist_init(&r->packets_per_poll) || meter_hist_init(&r->latency) ||
        meter_hist_init(&r->latency_driver) || meter_hist_init(&r->feedback.rtt) ||
        meter_hist_init(&r->coalescing)) {
        snprintf(r->error, sizeof r->error, "out of memory");
        free(t);
        return 2;
    }
    t->cfg = c;
    t->r = r;
    t->stop = stop;
    int status = run(t);
    char err[TRACE_ERR_LEN];
    if (t->pcap && trace_writer_close(t->pcap, err) != 0 && status == 0)
        status = tb_fail(t, 2, "%s", err);
    tb_tear_down(t);
    free(t);
    return status;
}
