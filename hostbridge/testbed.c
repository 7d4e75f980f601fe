// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/testbed_priv.h"

#include "driver/e1000.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TB_MEMORY = 256 << 20, LINK_WAIT_MS = 8000, DRAIN_STEP_CYC = 12500, DRAIN_MAX_STEPS = 100000 };

static const uint8_t tb_mac[6] = {0x02, 0, 0, 0, 0, 0x01};

// What run_config_t holds when nothing is said; lab/options.def states the same defaults for people.
void run_config_defaults(run_config_t *c)
{
    *c = (run_config_t){
        .promisc = true, .path = "native", .profile = "native-2012", .engine = "model", .driver = "e1000",
        .adaptive_rx = RUN_UNSET, .rx_usecs = RUN_UNSET, .rx_frames = RUN_UNSET, .tx_usecs = RUN_UNSET, .tx_frames = RUN_UNSET,
        .rdtr = RUN_UNSET, .radv = RUN_UNSET, .tidv = RUN_UNSET, .tadv = RUN_UNSET, .itr = RUN_UNSET, .master = RUN_UNSET,
        .budget = 64, .netdev_budget = 300, .rx_ring = 256, .tx_ring = 256, .sockbuf = RUN_UNSET, .cpus = 1,
        .link_speed = 1000, .seed = 1,
    };
}

static int fail(testbed_t *t, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int fail(testbed_t *t, int status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->r->error, sizeof t->r->error, fmt, ap);
    va_end(ap);
    return status;
}

static void log_line(void *ctx, const char *text)
{
    testbed_t *t = ctx;
    // The last word of the driver is what a user needs when it gives up; the rest is chatter.
    snprintf(t->r->notice, sizeof t->r->notice, "driver: %s", text);
}

static const os_driver_t *find_driver(testbed_t *t)
{
    const char *name = t->cfg->driver;
    if (strcmp(name, "e1000") == 0) return e1000_driver();
    if (!strchr(name, '/') && !strstr(name, ".so")) {
        fail(t, 2, "--driver %s: no such driver (built in: e1000; or a shared object FILE.so)", name);
        return NULL;
    }
    char path[1024];
    snprintf(path, sizeof path, "%s%s", strchr(name, '/') ? "" : "./", name);
    t->so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!t->so) {
        fail(t, 2, "--driver: %s", dlerror());
        return NULL;
    }
    const os_driver_t *(*entry)(void);
    *(void **)&entry = dlsym(t->so, "moderato_driver");
    const os_driver_t *d = entry ? entry() : NULL;
    if (!d) fail(t, 2, "--driver %s: it has no function moderato_driver", name);
    else if (d->abi != OS_ABI) fail(t, 2, "--driver %s: built for os.h version %u, this is version %u", name, d->abi, OS_ABI);
    return d && d->abi == OS_ABI ? d : NULL;
}

static int build(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    char err[320] = "";
    if (strcmp(c->path, "native") != 0) return fail(t, 2, "--path %s: not available (there is: native)", c->path);
    if (strcmp(c->engine, "model") != 0) return fail(t, 2, "--engine %s: not available (there is: model)", c->engine);
    if (c->app_cpu >= c->cpus) return fail(t, 2, "--app-cpu %u: there are %u cores", c->app_cpu, c->cpus);
    if (profile_load(&t->profile, c->profile, err) != 0) return fail(t, 2, "%s", err);
    t->trace = trace_open(c->trace, &c->pace, err);
    if (!t->trace) return fail(t, 2, "%s", err);
    if (c->received_pcap && !(t->pcap = trace_writer_open(c->received_pcap, err))) return fail(t, 2, "%s", err);

    sim_init(&t->sim);
    t->mem = memory_create(TB_MEMORY);
    const link_params_t lp = {
        .kind = (enum link_kind)t->profile.link,
        .mmio_write_ns = (uint32_t)t->profile.value[COST_mmio_write_ns],
        .mmio_read_ns = (uint32_t)t->profile.value[COST_mmio_read_ns],
        .dma_write_ns = (uint32_t)t->profile.value[COST_dma_write_ns],
        .dma_read_ns = (uint32_t)t->profile.value[COST_dma_read_ns],
        .irq_ns = (uint32_t)t->profile.value[COST_irq_line_ns],
    };
    const core_params_t cp = core_params_of(&t->profile);
    os_params_t op = os_params_of(&t->profile);
    op.weight = (int)c->budget;
    op.netdev_budget = (int)c->netdev_budget;
    op.log_ctx = t;
    op.log = log_line;
    if (c->timeline) {
        op.poll_ctx = t;
        op.on_poll = tb_poll;
    }
    netstack_params_t np = netstack_params_of(&t->profile);
    if (c->sockbuf != RUN_UNSET) np.sockbuf = c->sockbuf;
    np.app_core = c->app_cpu;
    np.echo = c->respond == RESPOND_ECHO;
    tb_stack_observers(t, &np);

    t->cores = core_set_create(&t->sim, c->cpus, &cp);
    t->host = t->cores && t->mem ? os_host_create(t->cores, t->mem, &op) : NULL;
    t->dev = t->host ? os_dev_create(t->host, 0, 0) : NULL;
    const link_client_t lc = {.ctx = t->dev};
    link_client_t client = lc;
    client.irq = (void (*)(void *, uint64_t, bool))os_dev_intx;
    client.msi = (void (*)(void *, uint64_t, uint64_t, uint32_t))os_dev_msi;
    client.reply = (void (*)(void *, uint64_t, uint32_t))os_dev_reply;
    t->link = t->dev ? link_create(&t->sim, t->mem, &lp, &client) : NULL;
    if (!t->link) return fail(t, 2, "out of memory");
    nic_config_t nc = {.personality = c->nic};
    memcpy(nc.mac, tb_mac, sizeof nc.mac);
    const nic_host_t host = tb_device_host(t);
    t->nic = nic_create(&nc, &host);
    if (!t->nic) return fail(t, 2, "out of memory");
    t->sim.engine = engine_model(t->nic);
    const nic_ops_t ops = engine_model_ops(t->nic);
    link_attach(t->link, &ops);
    os_dev_attach(t->dev, t->link);
    t->net = netstack_create(t->dev, &np);
    const wire_client_t wc = tb_wire_client(t);
    t->wire = t->net ? wire_create(&t->sim, &ops, t->trace, c->pace.topspeed, &wc) : NULL;
    if (!t->wire) return fail(t, 2, "out of memory");
    return 0;
}

static uint32_t given(uint32_t v)
{
    return v == RUN_UNSET ? OS_KEEP : v;
}

static int driver_op(testbed_t *t, enum os_op op, void *arg, const char *what)
{
    const int rc = os_dev_op(t->dev, op, arg);
    if (rc == 0) return 0;
    char said[sizeof t->r->notice];
    memcpy(said, t->r->notice, sizeof said);
    t->r->notice[0] = 0;
    return fail(t, 2, "driver: %s failed: %s%s%.180s", what, strerror(-rc), said[0] ? "; it said: " : "", said);
}

static int bring_up(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    const os_driver_t *d = find_driver(t);
    if (!d) return 2;
    nic_partner(t->nic, 1, true, c->link_speed == 10 ? 0 : c->link_speed == 100 ? 1 : 2, false);
    const int rc = os_dev_probe(t->dev, d);
    if (rc != 0) return fail(t, 2, "driver: probe failed: %s", strerror(-rc));
    os_ringparam_t ring = {c->rx_ring, c->tx_ring};
    bool features[2] = {false, true}, watchdog = c->watchdog, rx_mode[2] = {c->promisc, c->promisc};
    os_coalesce_t co = {
        .rx_usecs = given(c->rx_usecs), .tx_usecs = given(c->tx_usecs), .rx_frames = given(c->rx_frames),
        .tx_frames = given(c->tx_frames), .adaptive_rx = given(c->adaptive_rx), .rdtr = given(c->rdtr), .radv = given(c->radv),
        .tidv = given(c->tidv), .tadv = given(c->tadv), .itr = given(c->itr), .mtctl = OS_KEEP, .mtdly = OS_KEEP,
    };
    if (c->master != RUN_UNSET) {
        co.mtctl = FMASK(E1000_MTCTL_EN) | FMASK(E1000_MTCTL_FOLD_RX) | FMASK(E1000_MTCTL_FOLD_TX);
        co.mtdly = c->master;
    }
    if (driver_op(t, OS_OP_SET_RINGPARAM, &ring, "setting the ring sizes") != 0) return 2;
    if (driver_op(t, OS_OP_SET_FEATURES, features, "setting features") != 0) return 2;
    if (driver_op(t, OS_OP_SET_WATCHDOG, &watchdog, "setting the watchdog") != 0) return 2;
    if (driver_op(t, OS_OP_SET_COALESCE, &co, "setting interrupt moderation") != 0) return 2;
    if (driver_op(t, OS_OP_OPEN, NULL, "opening the interface") != 0) return 2;
    if (driver_op(t, OS_OP_SET_RX_MODE, rx_mode, "setting the receive mode") != 0) return 2;
    for (int ms = 0; ms < LINK_WAIT_MS && !os_dev_carrier(t->dev, NULL); ms++)
        core_set_run(t->cores, t->sim.now_cyc + cyc_of_ns(1000000));
    if (!os_dev_carrier(t->dev, NULL)) return fail(t, 2, "driver: no carrier after %d ms", LINK_WAIT_MS);
    core_set_run(t->cores, t->sim.now_cyc + cyc_of_ns(2000000)); // let the last register writes settle
    t->r->notice[0] = 0;                                          // what it said on the way up is no news
    return 0;
}

static void programmed(testbed_t *t)
{
    run_result_t *r = t->r;
    os_coalesce_t c = {0};
    const nic_t *n = t->nic;
    if (os_dev_op(t->dev, OS_OP_GET_COALESCE, &c) == 0) r->programmed.adaptive = c.adaptive_rx != 0;
    r->programmed.itr = nic_peek(n, E1000_ITR);
    r->programmed.rdtr = nic_peek(n, E1000_RDTR);
    r->programmed.radv = nic_peek(n, E1000_RADV);
    r->programmed.tidv = nic_peek(n, E1000_TIDV);
    r->programmed.tadv = nic_peek(n, E1000_TADV);
    r->programmed.rxframes = nic_peek(n, E1000_RXFRAMES);
    r->programmed.txframes = nic_peek(n, E1000_TXFRAMES);
    r->programmed.mtctl = nic_peek(n, E1000_MTCTL);
    r->programmed.mtdly = nic_peek(n, E1000_MTDLY);
}

static bool quiet(const testbed_t *t)
{
    return tb_accounted(t) && nic_drained(t->nic) && netstack_idle(t->net) && link_idle(t->link) && !t->intx &&
           nic_next(t->nic) == NIC_NEVER;
}

// Plays the trace, then lets everything drain; ends too when nothing can drain any more.
static void play(testbed_t *t)
{
    wire_start(t->wire, t->sim.now_cyc + 1000);
    while (!t->trace_over && core_set_run(t->cores, SIM_NEVER)) {
    }
    uint64_t progress = t->accounted;
    uint32_t still = 0;
    for (uint32_t i = 0; i < DRAIN_MAX_STEPS && !quiet(t); i++) {
        core_set_run(t->cores, t->sim.now_cyc + DRAIN_STEP_CYC);
        // Only timers of the driver are left (its watchdog), or nothing at all: what is stranded stays stranded.
        still = t->accounted == progress && !t->intx ? still + 1 : 0;
        progress = t->accounted;
        if (still > 2 && (sim_next(&t->sim) == SIM_NEVER || still > 40000)) break;
        if (t->stop && *t->stop && still > 100) break;
    }
}

static void collect(testbed_t *t)
{
    run_result_t *r = t->r;
    const os_stats_t *s = os_host_stats(t->host);
    const wire_stats_t *w = wire_stats(t->wire);
    const netstack_stats_t *ns = netstack_stats(t->net);
    r->trace = *trace_stats(t->trace);
    r->max_injection_error_ns = w->max_injection_error_ns;
    r->offered = t->offered + r->trace.oversize;
    r->drops.oversize += r->trace.oversize;
    r->offered_bytes = w->offered_bytes;
    r->end_cyc = t->sim.now_cyc;
    r->polls = s->polls;
    r->poll_packets = s->poll_packets;
    r->budget_exhausted = s->budget_exhausted;
    r->time_squeeze = s->time_squeeze;
    meter_hist_t *h = &r->packets_per_poll;
    if (s->packets_per_poll.count) {
        uint32_t *bucket = h->bucket;
        memcpy(bucket, s->packets_per_poll.bucket, METER_BUCKETS * sizeof *bucket);
        *h = s->packets_per_poll;
        h->bucket = bucket;
    }
    os_dev_irqs(t->dev, &r->irq_spurious);
    os_drv_stats_t ds = {0};
    uint64_t acc[RUN_CORES][CORE_ACCOUNTS];
    r->cores = t->cfg->cpus;
    for (unsigned i = 0; i < r->cores; i++) {
        core_accounts(&t->cores->core[i], t->sim.now_cyc, acc[i]);
        r->cpu[i].irq_ps = acc[i][CORE_IRQ];
        r->cpu[i].softirq_ps = acc[i][CORE_SOFTIRQ];
        r->cpu[i].ksoftirqd_ps = acc[i][CORE_KSOFTIRQD];
        r->cpu[i].app_ps = acc[i][CORE_APP];
        r->cpu[i].hypervisor_ps = acc[i][CORE_HYPERVISOR];
        r->cpu[i].idle_ps = acc[i][CORE_IDLE];
        r->cpu[i].wall_ps = t->sim.now_cyc * CYC_PS;
        r->ksoftirqd_wakeups += t->cores->core[i].ksoftirqd_wakeups;
    }
    r->link = *link_stats(t->link);
    r->visits = nic_visits(t->nic);
    r->cycles = t->sim.now_cyc;
    (void)ns;
    if (os_dev_op(t->dev, OS_OP_GET_STATS, &ds) == 0) r->itr_writes = ds.itr_writes;
}

// DESIGN §8: nothing is lost without a cause, and no time.
static int conserve(testbed_t *t)
{
    run_result_t *r = t->r;
    char err[256];
    const run_drops_t *d = &r->drops;
    r->drops.in_flight_at_end += t->offered - t->accounted;
    const uint64_t lost = d->bad_fcs + d->oversize + d->undersize + d->filtered + d->fifo_overflow + d->no_descriptor +
                          d->backend_queue + d->socket_buffer + d->iommu_fault + d->in_flight_at_end;
    if (r->offered != r->delivered + lost)
        return fail(t, 1, "conservation: %" PRIu64 " frames offered, %" PRIu64 " delivered and %" PRIu64 " dropped", r->offered,
                    r->delivered, lost);
    for (unsigned i = 0; i < r->cores; i++) {
        const uint64_t sum = r->cpu[i].irq_ps + r->cpu[i].softirq_ps + r->cpu[i].ksoftirqd_ps + r->cpu[i].app_ps +
                             r->cpu[i].hypervisor_ps + r->cpu[i].idle_ps;
        if (sum != r->cpu[i].wall_ps)
            return fail(t, 1, "accounts of core %u: %" PRIu64 " ps of %" PRIu64 " ps", i, sum, r->cpu[i].wall_ps);
    }
    if (core_set_check(t->cores, err) != 0) return fail(t, 1, "%s", err);
    if (memory_faults(t->mem)) return fail(t, 1, "the device reached outside memory %" PRIu64 " times", memory_faults(t->mem));
    if (os_host_stats(t->host)->driver_errors) return fail(t, 1, "the driver broke a rule of driver/os.h: %.200s", r->notice);
    if (t->cfg->verify && r->mismatched)
        return fail(t, 1, "%" PRIu64 " frames arrived with other contents than they were sent with", r->mismatched);
    return 0;
}

static void tear_down(testbed_t *t)
{
    wire_destroy(t->wire);
    if (t->cores) core_set_destroy(t->cores);
    if (t->net) netstack_destroy(t->net);
    if (t->host) os_host_destroy(t->host);
    link_destroy(t->link);
    if (t->nic) nic_destroy(t->nic);
    if (t->mem) memory_destroy(t->mem);
    if (t->trace) trace_close(t->trace);
    if (t->so) dlclose(t->so);
}

static double seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int testbed_run(const run_config_t *c, run_result_t *r, const volatile int *stop)
{
    memset(r, 0, sizeof *r);
    testbed_t *t = calloc(1, sizeof *t);
    if (!t || meter_hist_init(&r->packets_per_poll) || meter_hist_init(&r->latency) || meter_hist_init(&r->latency_driver) ||
        meter_hist_init(&r->coalescing)) {
        snprintf(r->error, sizeof r->error, "out of memory");
        free(t);
        return 2;
    }
    t->cfg = c;
    t->r = r;
    t->stop = stop;
    int status = build(t);
    if (status == 0) status = bring_up(t);
    if (status == 0) {
        programmed(t);
        const double begin = seconds();
        play(t);
        collect(t);
        r->wall_s = seconds() - begin;
        if (r->error[0]) status = 2; // the trace could not be read to its end
        else status = conserve(t);
    }
    char err[TRACE_ERR_LEN];
    if (t->pcap && trace_writer_close(t->pcap, err) != 0 && status == 0) status = fail(t, 2, "%s", err);
    tear_down(t);
    free(t);
    return status;
}
