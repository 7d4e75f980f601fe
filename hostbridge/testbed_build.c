// SPDX-License-Identifier: Apache-2.0
// Builds the machine of a run, brings the interface up, and takes everything apart again.
#include "hostbridge/testbed_priv.h"

#include "driver/builtin.h"
#include "driver/virtio_abi.h"
#include "rtl/defs_82576.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TB_MEMORY = 256 << 20, LINK_WAIT_MS = 8000, SETTLE_MS = 20, DEFAULT_RING = 256 };

static const uint8_t tb_mac[6] = {0x02, 0, 0, 0, 0, 0x01};

// The last word of the driver is what a user needs when it gives up; the rest is chatter.
static void log_line(void *ctx, const os_dev_t *d, const char *text)
{
    testbed_t *t = ctx;
    char name[32];
    if (!t->closing) snprintf(t->r->notice, sizeof t->r->notice, "driver: %s", text);
    if (!t->cfg->log) return;
    const core_t *c = core_current(&t->sim);
    const uint64_t ns = c ? c->local_ps / 1000 : t->sim.now_cyc * CYC_NS;
    for (unsigned i = 0; i < t->funcs; i++)
        if (t->func[i].dev == d)
            t->cfg->log(t->cfg->log_ctx, ns, tb_func_driver_name(&t->func[i], name), text);
}

// ---- drivers -----------------------------------------------------------------------------------

// Vendor and device of a function, as drivers know it.
static uint32_t id_of(const testbed_t *t, const tb_func_t *f)
{
    static const uint32_t id[] = {
        [NIC_82540EM] = 0x8086100E, [NIC_82545GM] = 0x80861026, [NIC_82576] = 0x808610C9};
    if (f->vif.ctx) return f->vif.id;
    return f->number ? 0x808610CA : id[t->cfg->nic];
}

static bool driver_knows(const os_driver_t *d, uint32_t id)
{
    for (const uint32_t *i = d->ids; *i; i++)
        if (*i == id) return true;
    return false;
}

static const struct {
    const char *name;
    const os_driver_t *(*get)(void);
} built_in[] = {
    {"e1000", e1000_driver}, {"e1000-intr", e1000_intr_driver}, {"igb", igb_driver},
    {"igbvf", igbvf_driver}, {"virtio-net", virtio_net_driver}, {"netfront", netfront_driver}};

enum { BUILT_IN = sizeof built_in / sizeof built_in[0] };

// A member that every driver has and this one has not, by name; NULL: it has them.
static const char *missing_member(const os_driver_t *d)
{
    const struct {
        const char *name;
        bool there;
    } needed[] = {
        {"name", d->name}, {"ids", d->ids && *d->ids}, {"probe", d->probe}, {"remove", d->remove},
        {"open", d->open}, {"stop", d->stop},          {"xmit", d->xmit},
    };
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!needed[i].there) return needed[i].name;
    return NULL;
}

static const os_driver_t *load_driver(testbed_t *t, const char *name)
{
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
    if (!d) {
        tb_fail(t, 2, "--driver %s: it has no function moderato_driver", name);
    } else if (d->abi != OS_ABI) {
        tb_fail(t, 2, "--driver %s: built for os.h version %u, this is version %u", name, d->abi,
                OS_ABI);
    } else if (missing_member(d)) {
        tb_fail(t, 2, "--driver %s: its os_driver_t has no %s", name, missing_member(d));
    } else {
        return d;
    }
    return NULL;
}

// The driver that was asked for; NULL with a message.
static const os_driver_t *find_driver(testbed_t *t)
{
    const char *name = t->cfg->driver;
    for (int i = 0; i < BUILT_IN; i++)
        if (strcmp(name, built_in[i].name) == 0) return built_in[i].get();
    if (strchr(name, '/') || strstr(name, ".so")) return load_driver(t, name);
    tb_fail(t, 2,
            "--driver %s: no such driver (built in: e1000, e1000-intr, igb, igbvf, virtio-net, "
            "netfront; or a shared object FILE.so)",
            name);
    return NULL;
}

// Whether the driver asked for has a function to drive; else a message. Behind a bridge the guests' count.
static bool driver_fits(testbed_t *t, const os_driver_t *asked)
{
    const unsigned first = t->bridged, last = t->funcs - 1;
    char ids[32] = "";
    for (unsigned i = first; i <= last; i++)
        if (driver_knows(asked, id_of(t, &t->func[i]))) return true;
    for (unsigned i = first; i <= last; i += last > first ? last - first : 1) {
        const uint32_t id = id_of(t, &t->func[i]);
        snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%s%04X:%04X", *ids ? ", " : "",
                 id >> 16, id & 0xFFFF);
    }
    tb_fail(t, 2, "--driver %s: it knows no function of the device (%s)", t->cfg->driver, ids);
    return false;
}

// The one asked for, where it knows the function, else a built-in one. Behind a bridge it is the guests' that is asked for.
static const os_driver_t *driver_of(const testbed_t *t, const tb_func_t *f,
                                    const os_driver_t *asked)
{
    const uint32_t id = id_of(t, f);
    if (!tb_is_host(f) && driver_knows(asked, id)) return asked;
    for (int i = 0; i < BUILT_IN; i++)
        if (driver_knows(built_in[i].get(), id)) return built_in[i].get();
    return NULL;
}

// ---- parts, from the outside in ----------------------------------------------------------------

static int check_clients(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    char why[128];
    if (c->server == SERVER_HOST && !t->bridged)
        return tb_fail(t, 2, "--server host: guests behind a bridge of it expected");
    if (!c->clients) return 0;
    if (c->server != SERVER_HOST || c->respond != RESPOND_ECHO)
        return tb_fail(t, 2, "--clients: --server host and --respond echo expected");
    t->clients = run_clients_parse(c->clients, c->guests, why);
    return t->clients ? 0 : tb_fail(t, 2, "--clients: %s", why);
}

static int check_config(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    const bool vf = strcmp(c->path, "vf") == 0;
    t->containers = strcmp(c->path, "container") == 0;
    t->virtio = strcmp(c->path, "virtio") == 0;
    t->pv = strcmp(c->path, "xen-pv") == 0;
    t->bridged = t->virtio || t->pv || strcmp(c->path, "emulated") == 0;
    t->guests = vf || t->bridged;
    if (!t->guests && !t->containers && strcmp(c->path, "native") != 0)
        return tb_fail(
            t, 2,
            "--path %s: not available (there are: native, container, vf, emulated, virtio, xen-pv)",
            c->path);
    if (t->containers && (c->vfs || c->gro))
        return tb_fail(t, 2, "--path container: neither --vfs nor --gro on");
    t->host_cpus = !t->guests ? 0 : c->host_cpus != RUN_UNSET ? c->host_cpus : 1u + t->bridged;
    if (t->bridged && (c->vfs || !c->guests || c->guests >= RUN_FUNCTIONS || c->cpus < c->guests))
        return tb_fail(t, 2, "--path %s: no --vfs, up to eight guests, and a core for each",
                       c->path);
    if (t->guests && (!t->host_cpus || c->cpus + t->host_cpus > RUN_CORES))
        return tb_fail(t, 2, "--cpus %u, --host-cpus %u: 1 to %u in all", c->cpus, t->host_cpus,
                       RUN_CORES);
    if (c->pcpus && (!t->guests || c->pcpus > c->cpus + t->host_cpus))
        return tb_fail(t, 2,
                       "--pcpus %u: of guests, and no more than they and their host have cores",
                       c->pcpus);
    if (vf && (!c->vfs || c->iommu != DMA_PINNED || c->cpus < c->vfs))
        return tb_fail(t, 2, "--path vf: needs --vfs, --iommu pinned, and a core for each VF");
    if (check_clients(t) != 0) return 2;
    char err[ENGINE_ERR_LEN];
    if (!c->make_dev && !engine_available(c->engine, err)) return tb_fail(t, 2, "%s", err);
    if (c->cpus == 0 || c->cpus > RUN_CORES)
        return tb_fail(t, 2, "--cpus %u: from 1 to %u", c->cpus, RUN_CORES);
    if (c->app_cpu >= c->cpus && c->app_cpu != RUN_UNSET)
        return tb_fail(t, 2, "--app-cpu %u: there are %u cores", c->app_cpu, c->cpus);
    if (c->vfs > (c->nic == NIC_82576 ? RUN_FUNCTIONS - 1 : 0))
        return tb_fail(t, 2, "--vfs %u: the device has %u", c->vfs,
                       c->nic == NIC_82576 ? RUN_FUNCTIONS - 1 : 0);
    if (c->hz == 0) return tb_fail(t, 2, "--hz 0: there is no time without ticks");
    if (c->budget == 0 || c->budget > UINT16_MAX || c->netdev_budget == 0)
        return tb_fail(t, 2, "--budget %u, --netdev-budget %u: at least 1, at most %u packets",
                       c->budget, c->netdev_budget, UINT16_MAX);
    return 0;
}

int testbed_check(const run_config_t *c, char err[RUN_ERR_LEN])
{
    testbed_t *t = calloc(1, sizeof *t);
    run_result_t *r = calloc(1, sizeof *r);
    int status = 2;
    snprintf(err, RUN_ERR_LEN, "out of memory");
    if (t && r) {
        t->cfg = c;
        t->r = r;
        status = check_config(t) != 0 || !find_driver(t) ? 2 : 0;
        if (t->so) dlclose(t->so);
        memcpy(err, r->error, RUN_ERR_LEN);
    }
    free(t);
    free(r);
    return status;
}

static int open_files(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    char err[320] = "";
    if (profile_load(&t->profile, c->profile, err) != 0) return tb_fail(t, 2, "%s", err);
    if (c->hz != RUN_UNSET) t->profile.value[COST_hz] = c->hz;
    if (c->halt_poll_ns != RUN_UNSET) t->profile.value[COST_halt_poll_ns] = c->halt_poll_ns;
    const bool host =
        c->server == SERVER_HOST; // to which all is addressed, unless the map says something else
    const unsigned others = host && !c->map ? 0 : t->bridged ? c->guests : c->vfs;
    const char *map = host && !c->map ? "0.0.0.0/0=pf" : c->map;
    if (map || others) {
        char why[SPREAD_ERR_LEN];
        const bool pf = host || (!t->bridged && c->vfs < RUN_FUNCTIONS - 1); // it can have traffic
        if (!(t->spread = spread_create(map, others, pf, why)))
            return tb_fail(t, 2, "--map: %s", why);
    }
    if (!(t->trace = trace_open(c->trace, &c->pace, err))) return tb_fail(t, 2, "%s", err);
    static const enum run_respond wanted[] = {
        [TRACE_ANSWERS] = RESPOND_ECHO, [TRACE_WINDOW] = RESPOND_ACK};
    const enum trace_feedback_kind waits = trace_feedback(t->trace).kind;
    if (waits ? c->respond != wanted[waits] : c->respond == RESPOND_ACK)
        return tb_fail(
            t, 2, "--respond: gen:netperf-rr needs echo, gen:iperf-tcp ack, and ack nothing else");
    if (c->received_pcap && !(t->pcap = trace_writer_open(c->received_pcap, err)))
        return tb_fail(t, 2, "%s", err);
    return 0;
}

static os_params_t os_params(testbed_t *t)
{
    os_params_t p = os_params_of(&t->profile);
    p.weight = (int)t->cfg->budget;
    p.netdev_budget = (int)t->cfg->netdev_budget;
    p.max_backlog = t->cfg->netdev_max_backlog;
    p.gro = t->cfg->gro;
    if (t->cfg->policy == POLICY_NAPI_DEFER) p.defer_hard_irqs = t->cfg->napi_defer_hard_irqs;
    if (t->cfg->gro_flush_timeout != RUN_UNSET)
        p.gro_flush_ps = t->cfg->gro_flush_timeout * UINT64_C(1000);
    p.log_ctx = t;
    p.log = log_line;
    if (t->cfg->timeline) {
        p.poll_ctx = t;
        p.on_poll = tb_poll;
    }
    return p;
}

static netstack_params_t stack_params(tb_func_t *f)
{
    testbed_t *t = f->t;
    netstack_params_t p = netstack_params_of(&t->profile);
    if (t->cfg->sockbuf != RUN_UNSET) p.sockbuf = t->cfg->sockbuf;
    p.app_core = f->app_core;
    p.wake_affine = t->cfg->wake_affine;
    p.echo = t->cfg->respond == RESPOND_ECHO;
    p.ack = t->cfg->respond == RESPOND_ACK;
    tb_stack_observers(f, &p);
    tb_own_stack(f, &p);
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

// What the link reports goes to the operating system. The line is the PF's; of a reply the system
// knows who waits for it.
static void to_os_irq(void *ctx, uint64_t now_cyc, bool level)
{
    testbed_t *t = ctx;
    os_dev_intx(t->func[0].dev, now_cyc, level);
}

static void to_os_msi(void *ctx, uint64_t now_cyc, uint8_t func, uint64_t addr, uint32_t data)
{
    testbed_t *t = ctx;
    if (func < t->funcs) os_dev_msi(t->func[func].dev, now_cyc, addr, data);
}

static void to_os_reply(void *ctx, uint64_t now_cyc, uint32_t data)
{
    testbed_t *t = ctx;
    os_dev_reply(t->func[0].dev, now_cyc, data);
}

static bool build_function(tb_func_t *f)
{
    if (f->t->bridged && f->number) {
        if (!tb_guest_build(f->t, f)) return false;
    } else {
        f->dev = os_dev_create(f->t->host, (uint8_t)f->number, f->irq_core);
        if (!f->dev) return false;
        if (f->number) os_dev_set_windows(f->dev, 16 << 10, 0, IGB_CFG_BYTES);
        else if (f->t->cfg->nic == NIC_82576)
            os_dev_set_windows(f->dev, 128 << 10, 32, IGB_CFG_BYTES);
    }
    os_dev_watch_free(f->dev, tb_freed, f);
    netstack_params_t stack = stack_params(f);
    if (tb_is_host(f) && !tb_own_build(f->t, f, &stack)) return false;
    if (f->t->containers) {
        veth_params_t veth = veth_params_of(&f->t->profile);
        tb_veth_observers(f, &veth);
        if (!(f->veth = veth_create(f->dev, &veth))) return false;
        stack.send = veth_send;
        stack.send_ctx = f->veth;
    }
    f->net = netstack_create(f->dev, &stack);
    if (f->net && f->veth) veth_attach(f->veth, f->net);
    return f->net && (!tb_is_host(f) || tb_guest_host(f->t));
}

// Messages of an assigned function only: others are injected by the hypervisor itself.
static bool posted(const testbed_t *t)
{
    return t->guests && !t->bridged && t->cfg->guest_interrupts == GUEST_IRQ_POSTED;
}

static void build_vcpus(testbed_t *t)
{
    vcpu_params_t p = vcpu_params_of(&t->profile);
    p.posted = posted(t);
    p.pv_eoi = t->cfg->pv_eoi;
    p.pv = t->pv;
    p.idle_poll = t->cfg->guest_idle == GUEST_IDLE_POLL;
    if (t->pv) p.halt_poll_ps = 0; // Xen does not
    for (unsigned i = 0; i < t->cfg->cpus; i++) {
        t->vcpu[i].p = p;
        t->cores->core[i].vcpu = &t->vcpu[i];
    }
}

// All cores are vCPUs of the processors, in turn; those of the host behind the guests'.
static bool build_processors(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    const credit_params_t p = credit_params_of(&t->profile);
    for (unsigned i = 0; i < c->pcpus; i++)
        if (!(t->pcpu[i] = credit_create(t->cores, &p))) return false;
    for (unsigned i = 0; c->pcpus && i < t->cores->count; i++) {
        const bool host = i >= c->cpus;
        if (credit_add(t->pcpu[i % c->pcpus], &t->cores->core[i],
                       host ? c->host_weight : c->guest_weight,
                       host ? c->host_cap : c->guest_cap) != 0)
            return false;
    }
    return true;
}

static bool build_host(testbed_t *t)
{
    const core_params_t cores = core_params_of(&t->profile);
    const os_params_t os = os_params(t);
    t->mem = memory_create(TB_MEMORY);
    t->cores = core_set_create(&t->sim, t->cfg->cpus + t->host_cpus, &cores);
    if (t->cores && t->cfg->timeline) {
        t->cores->on_irq = tb_irq;
        t->cores->on_irq_ctx = t;
        t->cores->on_exit = tb_exit;
        t->cores->on_exit_ctx = t;
    }
    if (t->cores && t->guests) build_vcpus(t);
    if (t->cores && !build_processors(t)) return false;
    t->host = t->cores && t->mem ? os_host_create(t->cores, t->mem, &os) : NULL;
    if (t->host) os_host_watch(t->host, t->stop);
    if (!t->host || tb_iommu_build(t) != 0) return false;
    if (posted(t) && !os_host_post(t->host)) return false;
    for (unsigned i = 0; i < t->funcs; i++)
        if (!build_function(&t->func[i])) return false;
    return true;
}

static bool build_device(testbed_t *t)
{
    const link_params_t lp = link_params(&t->profile);
    const link_client_t lc = {.ctx = t, .irq = to_os_irq, .msi = to_os_msi, .reply = to_os_reply};
    t->link = link_create(&t->sim, t->mem, &lp, &lc);
    if (!t->link) return false;
    if (t->dma) link_set_iommu(t->link, dma_unit_host(t->dma)->unit);
    const run_config_t *c = t->cfg;
    engine_config_t ec = {.name = c->engine, .no_jump = c->no_jump};
    ec.nic.personality = c->nic;
    memcpy(ec.nic.mac, tb_mac, sizeof ec.nic.mac);
    if (c->make_dev && !(ec.dev = c->make_dev(c->make_dev_ctx, &ec.nic))) return false;
    const nic_host_t host = tb_device_host(t);
    const nic_late_t late = tb_device_late(t);
    if (!engine_create(&t->engine, &ec, &host, &late)) return false;
    if (!engine_mux_add(&t->mux, t->engine.time) || !tb_guest_engines(t)) return false;
    t->sim.engine = engine_mux_time(&t->mux);
    const nic_ops_t tapped = tb_device_ops(t);
    link_attach(t->link, &tapped);
    for (unsigned i = 0; i < t->funcs; i++)
        if (!t->func[i].vif.ctx) os_dev_attach(t->func[i].dev, t->link);
    return true;
}

int tb_build(testbed_t *t)
{
    int status = check_config(t);
    if (status == 0) status = open_files(t);
    if (status != 0) return status;
    sim_init(&t->sim);
    const wire_client_t wc = tb_wire_client(t);
    if (tb_func_init(t) && build_host(t) && build_device(t))
        t->wire = wire_create(&t->sim, &t->engine.ops, t->trace, t->cfg->pace.topspeed, &wc);
    if (t->wire && tb_peer_create(t)) return 0;
    return t->r->error[0] ? 2 : tb_fail(t, 2, "out of memory");
}

// Those of the VFs go first.
void tb_remove_drivers(testbed_t *t)
{
    if (t->closing) return;
    t->over = t->closing = true;
    for (unsigned i = t->funcs; t->wire && i-- > 0;) {
        unsigned none = 0;
        if (i == 0 && t->funcs > 1) os_dev_op(t->func[0].dev, OS_OP_SET_VFS, &none);
        os_dev_op(t->func[i].dev, OS_OP_REMOVE, NULL);
    }
}

void tb_tear_down(testbed_t *t)
{
    tb_remove_drivers(t); // frees what they have
    peer_destroy(t->peer);
    t->peer = NULL;
    wire_destroy(t->wire);
    for (unsigned i = 0; i < RUN_CORES; i++)
        if (t->pcpu[i]) credit_destroy(t->pcpu[i]);
    if (t->cores) core_set_destroy(t->cores);
    for (unsigned i = 0; i < t->funcs; i++) {
        netstack_destroy(t->func[i].net);
        veth_destroy(t->func[i].veth);
    }
    tb_own_destroy(t);
    if (t->host) os_host_destroy(t->host);
    link_destroy(t->link);
    engine_destroy(&t->engine);
    dma_unit_destroy(t->dma);
    tb_guest_destroy(t);
    if (t->mem) memory_destroy(t->mem);
    spread_destroy(t->spread);
    tb_func_free(t);
    if (t->trace) trace_close(t->trace);
    if (t->so) dlclose(t->so);
}

// ---- bringing it up ----------------------------------------------------------------------------

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
    // The others begin with the interval that is named, else with none.
    if (c->policy >= POLICY_DIM) {
        co.adaptive_rx = 0;
        if (c->rx_usecs == RUN_UNSET && c->itr == RUN_UNSET) co.rx_usecs = 0;
    }
    return co;
}

// A virtio interface holds no interrupt back: of all this it knows one thing.
static os_coalesce_t virtio_coalesce(const run_config_t *c)
{
    os_coalesce_t co;
    memset(&co, 0xFF, sizeof co); // OS_KEEP, all of them
    co.tx_frames = given(c->tx_frames);
    return co;
}

// Of the host's own function behind a bridge: --host-rx-usecs, else what its driver does by itself.
static os_coalesce_t host_coalesce(const run_config_t *c)
{
    os_coalesce_t co;
    memset(&co, 0xFF, sizeof co); // OS_KEEP, all of them
    if (c->host_rx_usecs == RUN_UNSET) return co;
    co.rx_usecs = c->host_rx_usecs;
    co.adaptive_rx = 0;
    return co;
}

// ---- the moderation policy ---------------------------------------------------------------------

static uint64_t root(uint64_t n)
{
    uint64_t r = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
        if ((r + bit) * (r + bit) <= n) r += bit;
    return r;
}

// Where interrupts and the stack use up a core, Salah and El-Badawi 2005 (DMA, normal interrupts):
// (r/2)(sqrt(1 + 4u/r) - 1) packets, 1/r the cost of an interrupt and 1/u that of a packet.
static uint32_t cliff_pps(const testbed_t *t)
{
    const uint64_t *v = t->profile.value;
    const bool igb = t->cfg->nic == NIC_82576; // one write; e1000: ICR, and two masks with flushes
    const uint64_t mmio_ns =
        igb ? v[COST_mmio_write_ns] : 3 * v[COST_mmio_read_ns] + 2 * v[COST_mmio_write_ns];
    const uint64_t irq_ns = v[COST_irq_entry_ns] + v[COST_irq_exit_ns] + mmio_ns;
    const uint64_t packet_ns = v[COST_rx_packet_ns] + v[COST_rx_alloc_ns];
    if (packet_ns == 0) return UINT32_MAX; // never: nothing costs anything
    uint64_t pps = UINT64_C(1000000000) / packet_ns;
    if (irq_ns)
        pps = UINT64_C(1000000000) * (root(packet_ns * (packet_ns + 4 * irq_ns)) - packet_ns) /
              (2 * irq_ns * packet_ns);
    return pps > 2 ? (uint32_t)pps : 2;
}

static os_policy_t policy_of(const testbed_t *t)
{
    const run_config_t *c = t->cfg;
    os_policy_t p = {.kind = OS_POLICY_NONE, .dim_cqe = c->dim_mode == DIM_MODE_CQE};
    if (c->policy == POLICY_DIM) p.kind = OS_POLICY_DIM;
    if (c->policy != POLICY_HYBRID) return p;
    p.kind = OS_POLICY_HYBRID;
    p.hybrid_up_pps = c->hybrid_up == RUN_UNSET ? cliff_pps(t) : c->hybrid_up;
    p.hybrid_down_pps = c->hybrid_down == RUN_UNSET ? (uint32_t)((uint64_t)p.hybrid_up_pps * 3 / 4)
                                                    : c->hybrid_down;
    t->r->hybrid_up = p.hybrid_up_pps;
    t->r->hybrid_down = p.hybrid_down_pps;
    return p;
}

// With what the driver said last meanwhile: that is what a user needs.
static int driver_failed(tb_func_t *f, const char *what, int rc)
{
    testbed_t *t = f->t;
    char said[sizeof t->r->notice], name[32];
    if (tb_cut_short(t) || os_host_breach(t->host)) return TB_CUT_SHORT;
    memcpy(said, t->r->notice, sizeof said);
    t->r->notice[0] = 0;
    return tb_fail(t, 2, "%s: %s failed: %s%s%.180s", tb_func_driver_name(f, name), what,
                   strerror(-rc), said[0] ? "; it said: " : "", said);
}

static int driver_op(tb_func_t *f, enum os_op op, void *arg, const char *what)
{
    f->t->r->notice[0] = 0;
    const int rc = os_dev_op(f->dev, op, arg);
    if (tb_cut_short(f->t)) return TB_CUT_SHORT;
    return rc == 0 ? 0 : driver_failed(f, what, rc);
}

static int wait_for_link(tb_func_t *f)
{
    testbed_t *t = f->t;
    char name[32];
    for (int ms = 0; ms < LINK_WAIT_MS && !os_dev_carrier(f->dev, NULL); ms++) {
        if (tb_cut_short(t)) return TB_CUT_SHORT;
        core_set_run(t->cores, t->sim.now_cyc + cyc_of_ns(1000000));
    }
    if (os_dev_carrier(f->dev, NULL)) return 0;
    return tb_fail(t, 2, "%s: no carrier after %d ms", tb_func_driver_name(f, name), LINK_WAIT_MS);
}

// Something that the driver is asked for on the way up.
typedef struct step {
    enum os_op op;
    void *arg;
    const char *what; // that fails
    bool there;       // the driver has the operation
    bool asked;       // it is needed; else what the driver does by itself will do
    const char *options, *member;
} step_t;

// More than the adaptive throttling that drivers begin with.
static bool moderation_asked(const os_coalesce_t *c)
{
    os_coalesce_t rest = *c, keep;
    memset(&keep, 0xFF, sizeof keep); // OS_KEEP, all of them
    if (rest.adaptive_rx == 1) rest.adaptive_rx = OS_KEEP;
    return memcmp(&rest, &keep, sizeof rest) != 0;
}

static int take_step(tb_func_t *f, const step_t *s)
{
    char name[32];
    if (s->there) return driver_op(f, s->op, s->arg, s->what);
    if (!s->asked) return 0;
    return tb_fail(f->t, 2, "%s: %s: it has no %s", tb_func_driver_name(f, name), s->options,
                   s->member);
}

// The VLANs of the map. A bridge takes all.
static int join_vlans(tb_func_t *f, const os_driver_t *d)
{
    testbed_t *t = f->t;
    unsigned vlan[2] = {1, true};
    const step_t join = {OS_OP_SET_VLAN,  vlan,      "joining a VLAN", d->set_vlan, true,
                         "--map vlan:ID", "set_vlan"};
    for (; t->spread && !t->bridged && vlan[0] <= SPREAD_VID_MAX; vlan[0]++) {
        const int status = spread_joins(t->spread, f->number, vlan[0]) ? take_step(f, &join) : 0;
        if (status != 0) return status;
    }
    return 0;
}

static int bring_function_up(tb_func_t *f, const os_driver_t *d)
{
    testbed_t *t = f->t;
    const run_config_t *c = t->cfg;
    t->r->notice[0] = 0;
    const int rc = os_dev_probe(f->dev, d);
    if (rc != 0) return driver_failed(f, "probe", rc);
    os_ringparam_t ring = {c->rx_ring, c->tx_ring};
    const bool host = tb_is_host(f);
    if (host) ring = (os_ringparam_t){DEFAULT_RING, DEFAULT_RING};
    os_coalesce_t co = host ? host_coalesce(c) : t->virtio ? virtio_coalesce(c) : coalesce_of(c);
    os_policy_t policy = {.kind = OS_POLICY_NONE};
    if (!host) policy = policy_of(t);
    // All groups for everybody, but for the host of guests. Frames for strangers are the PF's, which has the default pool; were it
    // promiscuous, it would have all that VFs send as well.
    bool features[2] = {false, true}, watchdog = c->watchdog,
         rx_mode[2] = {host || (c->promisc && (t->bridged || t->funcs == 1)),
                       host || (c->promisc && (f->number || !t->guests))};
    const bool paravirtual = t->pv && f->vif.ctx;
    unsigned vfs = f->number ? 0 : c->vfs;
    const bool rings = ring.rx != DEFAULT_RING || ring.tx != DEFAULT_RING;
    const bool with_policy = policy.kind != OS_POLICY_NONE;
    // The order is that of docs/manual.md, "A driver of your own".
    const step_t steps[] = {
        {OS_OP_SET_VFS, &vfs, "enabling virtual functions", vfs && d->set_vfs, vfs, "--vfs",
         "set_vfs"},
        {OS_OP_SET_RINGPARAM, &ring, "setting the ring sizes", d->set_ringparam, rings,
         "--rx-ring, --tx-ring", "set_ringparam"},
        {OS_OP_SET_FEATURES, features, "setting features", d->set_features, false, NULL, NULL},
        {OS_OP_SET_WATCHDOG, &watchdog, "setting the watchdog", d->set_watchdog, watchdog,
         "--watchdog", "set_watchdog"},
        {OS_OP_SET_COALESCE, &co, "setting interrupt moderation", d->set_coalesce,
         moderation_asked(&co), "--rx-usecs and other options of moderation", "set_coalesce"},
        {OS_OP_SET_POLICY, &policy, "setting the moderation policy", with_policy && d->set_policy,
         with_policy, "--policy", "set_policy"},
        {OS_OP_OPEN, NULL, "opening the interface", true, true, NULL, NULL},
        {OS_OP_SET_RX_MODE, rx_mode, "setting the receive mode", d->set_rx_mode, !c->promisc,
         "--no-promisc", "set_rx_mode"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (paravirtual && steps[i].op != OS_OP_OPEN) continue; // it has nothing to be set
        const int status = take_step(f, &steps[i]);
        if (status != 0) return status;
    }
    const int status = join_vlans(f, d);
    return status ? status : wait_for_link(f);
}

int tb_bring_up(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    const os_driver_t *asked = find_driver(t);
    if (!asked || !driver_fits(t, asked)) return 2;
    const uint8_t speed = c->link_speed == 10 ? 0 : c->link_speed == 100 ? 1 : 2;
    t->engine.partner(t->engine.nic, 1, true, speed, false);
    tb_guest_partner(t);
    for (unsigned i = 0; i < t->funcs; i++) {
        const os_driver_t *d = driver_of(t, &t->func[i], asked);
        const int status = d ? bring_function_up(&t->func[i], d) : 0;
        if (status != 0) return status;
        if (!d)
            return tb_fail(t, 2, "--driver %s: it does not know %08X", c->driver,
                           id_of(t, &t->func[i]));
    }
    // Longer than the longest ITR: the traffic finds the gate open, whenever the last interrupt of
    // the start-up was.
    core_set_run(t->cores, t->sim.now_cyc + cyc_of_ns(UINT64_C(1000000) * SETTLE_MS));
    t->r->notice[0] = 0; // what the driver said on the way up is no news
    return tb_cut_short(t) ? TB_CUT_SHORT : 0;
}
