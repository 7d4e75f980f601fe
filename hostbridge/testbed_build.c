// SPDX-License-Identifier: Apache-2.0
// Builds the machine of a run, brings the interface up, and takes everything apart again.
#include "hostbridge/testbed_priv.h"

#include "driver/e1000.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TB_MEMORY = 256 << 20, LINK_WAIT_MS = 8000, SETTLE_MS = 20 };

static const uint8_t tb_mac[6] = {0x02, 0, 0, 0, 0, 0x01};

// The last word of the driver is what a user needs when it gives up; the rest is chatter.
static void log_line(void *ctx, const char *text)
{
    testbed_t *t = ctx;
    if (t->over) return;
    snprintf(t->r->notice, sizeof t->r->notice, "driver: %s", text);
}

static const os_driver_t *find_driver(testbed_t *t)
{
    const char *name = t->cfg->driver;
    if (strcmp(name, "e1000") == 0) return e1000_driver();
    if (!strchr(name, '/') && !strstr(name, ".so")) {
        tb_fail(t, 2, "--driver %s: no such driver (built in: e1000; or a shared object FILE.so)",
                name);
        return NULL;
    }
    char path[1024];
    snprintf(path, sizeof path, "%s%s", strchr(name, '/') ? "" : "./", name);
    t->so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!t->so) {
        tb_fail(t, 2, "--driver: %s", dlerror());
        return NULL;
    }
    const os_driver_t *(*entry)(void);
    *(void **)&entry = dlsym(t->so, "moderato_driver");
    const os_driver_t *d = entry ? entry() : NULL;
    if (d && d->abi == OS_ABI) return d;
    if (!d) tb_fail(t, 2, "--driver %s: it has no function moderato_driver", name);
    else
        tb_fail(t, 2, "--driver %s: built for os.h version %u, this is version %u", name, d->abi,
                OS_ABI);
    return NULL;
}

// ---- parts, from the outside in ----------------------------------------------------------------

static int check_config(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    if (strcmp(c->path, "native") != 0)
        return tb_fail(t, 2, "--path %s: not available (there is: native)", c->path);
    char err[ENGINE_ERR_LEN];
    if (!c->make_dev && !engine_available(c->engine, err)) return tb_fail(t, 2, "%s", err);
    if (c->cpus == 0 || c->cpus > RUN_CORES)
        return tb_fail(t, 2, "--cpus %u: from 1 to %u", c->cpus, RUN_CORES);
    if (c->app_cpu >= c->cpus)
        return tb_fail(t, 2, "--app-cpu %u: there are %u cores", c->app_cpu, c->cpus);
    if (c->budget == 0 || c->budget > UINT16_MAX || c->netdev_budget == 0)
        return tb_fail(t, 2, "--budget %u, --netdev-budget %u: at least 1, at most %u packets",
                       c->budget, c->netdev_budget, UINT16_MAX);
    return 0;
}

static int open_files(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    char err[320] = "";
    if (profile_load(&t->profile, c->profile, err) != 0) return tb_fail(t, 2, "%s", err);
    if (!(t->trace = trace_open(c->trace, &c->pace, err))) return tb_fail(t, 2, "%s", err);
    if (c->received_pcap && !(t->pcap = trace_writer_open(c->received_pcap, err)))
        return tb_fail(t, 2, "%s", err);
    return 0;
}

static os_params_t os_params(testbed_t *t)
{
    os_params_t p = os_params_of(&t->profile);
    p.weight = (int)t->cfg->budget;
    p.netdev_budget = (int)t->cfg->netdev_budget;
    p.log_ctx = t;
    p.log = log_line;
    if (t->cfg->timeline) {
        p.poll_ctx = t;
        p.on_poll = tb_poll;
    }
    return p;
}

static netstack_params_t stack_params(testbed_t *t)
{
    netstack_params_t p = netstack_params_of(&t->profile);
    if (t->cfg->sockbuf != RUN_UNSET) p.sockbuf = t->cfg->sockbuf;
    p.app_core = t->cfg->app_cpu;
    p.echo = t->cfg->respond == RESPOND_ECHO;
    tb_stack_observers(t, &p);
    return p;
}

static link_params_t link_params(const profile_t *p)
{
    return (link_params_t){
        .kind = (enum link_kind)p->link,
        .mmio_write_ns = (uint32_t)p->value[COST_mmio_write_ns],
        .mmio_read_ns = (uint32_t)p->value[COST_mmio_read_ns],
        .dma_write_ns = (uint32_t)p->value[COST_dma_write_ns],
        .dma_read_ns = (uint32_t)p->value[COST_dma_read_ns],
        .irq_ns = (uint32_t)p->value[COST_irq_line_ns],
    };
}

// What the link reports goes to the operating system.
static void to_os_irq(void *ctx, uint64_t now_cyc, bool level)
{
    os_dev_intx(ctx, now_cyc, level);
}

static void to_os_msi(void *ctx, uint64_t now_cyc, uint8_t func, uint64_t addr, uint32_t data)
{
    (void)func;
    os_dev_msi(ctx, now_cyc, addr, data);
}

static void to_os_reply(void *ctx, uint64_t now_cyc, uint32_t data)
{
    os_dev_reply(ctx, now_cyc, data);
}

static bool build_host(testbed_t *t)
{
    const core_params_t cores = core_params_of(&t->profile);
    const os_params_t os = os_params(t);
    t->mem = memory_create(TB_MEMORY);
    t->cores = core_set_create(&t->sim, t->cfg->cpus, &cores);
    if (t->cores && t->cfg->timeline) {
        t->cores->on_irq = tb_irq;
        t->cores->on_irq_ctx = t;
    }
    t->host = t->cores && t->mem ? os_host_create(t->cores, t->mem, &os) : NULL;
    t->dev = t->host ? os_dev_create(t->host, 0, 0) : NULL;
    if (!t->dev) return false;
    const netstack_params_t stack = stack_params(t);
    t->net = netstack_create(t->dev, &stack);
    return t->net != NULL;
}

static bool build_device(testbed_t *t)
{
    const link_params_t lp = link_params(&t->profile);
    const link_client_t lc = {
        .ctx = t->dev, .irq = to_os_irq, .msi = to_os_msi, .reply = to_os_reply};
    t->link = link_create(&t->sim, t->mem, &lp, &lc);
    if (!t->link) return false;
    const run_config_t *c = t->cfg;
    engine_config_t ec = {.name = c->engine, .no_jump = c->no_jump};
    ec.nic.personality = c->nic;
    memcpy(ec.nic.mac, tb_mac, sizeof ec.nic.mac);
    if (c->make_dev && !(ec.dev = c->make_dev(c->make_dev_ctx, &ec.nic))) return false;
    const nic_host_t host = tb_device_host(t);
    const nic_late_t late = tb_device_late(t);
    if (!engine_create(&t->engine, &ec, &host, &late)) return false;
    t->sim.engine = t->engine.time;
    const nic_ops_t tapped = tb_device_ops(t);
    link_attach(t->link, &tapped);
    os_dev_attach(t->dev, t->link);
    return true;
}

int tb_build(testbed_t *t)
{
    int status = check_config(t);
    if (status == 0) status = open_files(t);
    if (status != 0) return status;
    sim_init(&t->sim);
    const wire_client_t wc = tb_wire_client(t);
    if (build_host(t) && build_device(t))
        t->wire = wire_create(&t->sim, &t->engine.ops, t->trace, t->cfg->pace.topspeed, &wc);
    return t->wire ? 0 : tb_fail(t, 2, "out of memory");
}

void tb_tear_down(testbed_t *t)
{
    t->over = true;
    if (t->wire) os_dev_op(t->dev, OS_OP_REMOVE, NULL); // frees what the driver has
    wire_destroy(t->wire);
    if (t->cores) core_set_destroy(t->cores);
    if (t->net) netstack_destroy(t->net);
    if (t->host) os_host_destroy(t->host);
    link_destroy(t->link);
    engine_destroy(&t->engine);
    if (t->mem) memory_destroy(t->mem);
    if (t->trace) trace_close(t->trace);
    if (t->so) dlclose(t->so);
}

// ---- the driver --------------------------------------------------------------------------------

static uint32_t given(uint32_t v)
{
    return v == RUN_UNSET ? OS_KEEP : v;
}

static os_coalesce_t coalesce_of(const run_config_t *c)
{
    os_coalesce_t co = {
        .rx_usecs = given(c->rx_usecs),
        .tx_usecs = given(c->tx_usecs),
        .rx_frames = given(c->rx_frames),
        .tx_frames = given(c->tx_frames),
        .adaptive_rx = given(c->adaptive_rx),
        .rdtr = given(c->rdtr),
        .radv = given(c->radv),
        .tidv = given(c->tidv),
        .tadv = given(c->tadv),
        .itr = given(c->itr),
        .mtctl = OS_KEEP,
        .mtdly = OS_KEEP,
    };
    if (c->master != RUN_UNSET) {
        co.mtctl = FMASK(E1000_MTCTL_EN) | FMASK(E1000_MTCTL_FOLD_RX) | FMASK(E1000_MTCTL_FOLD_TX);
        co.mtdly = c->master;
    }
    return co;
}

static int driver_op(testbed_t *t, enum os_op op, void *arg, const char *what)
{
    const int rc = os_dev_op(t->dev, op, arg);
    if (rc == 0) return 0;
    char said[sizeof t->r->notice];
    memcpy(said, t->r->notice, sizeof said);
    t->r->notice[0] = 0;
    return tb_fail(t, 2, "driver: %s failed: %s%s%.180s", what, strerror(-rc),
                   said[0] ? "; it said: " : "", said);
}

static int wait_for_link(testbed_t *t)
{
    for (int ms = 0; ms < LINK_WAIT_MS && !os_dev_carrier(t->dev, NULL); ms++)
        core_set_run(t->cores, t->sim.now_cyc + cyc_of_ns(1000000));
    if (!os_dev_carrier(t->dev, NULL))
        return tb_fail(t, 2, "driver: no carrier after %d ms", LINK_WAIT_MS);
    // Longer than the longest ITR: the traffic finds the gate open, whenever the last interrupt of
    // the start-up was.
    core_set_run(t->cores, t->sim.now_cyc + cyc_of_ns(UINT64_C(1000000) * SETTLE_MS));
    t->r->notice[0] = 0; // what the driver said on the way up is no news
    return 0;
}

int tb_bring_up(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    const os_driver_t *d = find_driver(t);
    if (!d) return 2;
    const uint8_t speed = c->link_speed == 10 ? 0 : c->link_speed == 100 ? 1 : 2;
    t->engine.partner(t->engine.nic, 1, true, speed, false);
    const int rc = os_dev_probe(t->dev, d);
    if (rc != 0) return tb_fail(t, 2, "driver: probe failed: %s", strerror(-rc));
    os_ringparam_t ring = {c->rx_ring, c->tx_ring};
    os_coalesce_t co = coalesce_of(c);
    bool features[2] = {false, true}, watchdog = c->watchdog, rx_mode[2] = {c->promisc, c->promisc};
    const struct {
        enum os_op op;
        void *arg;
        const char *what;
    } steps[] = {
        {OS_OP_SET_RINGPARAM, &ring, "setting the ring sizes"},
        {OS_OP_SET_FEATURES, features, "setting features"},
        {OS_OP_SET_WATCHDOG, &watchdog, "setting the watchdog"},
        {OS_OP_SET_COALESCE, &co, "setting interrupt moderation"},
        {OS_OP_OPEN, NULL, "opening the interface"},
        {OS_OP_SET_RX_MODE, rx_mode, "setting the receive mode"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (driver_op(t, steps[i].op, steps[i].arg, steps[i].what) != 0) return 2;
    return wait_for_link(t);
}
