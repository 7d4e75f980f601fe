// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/os_priv.h"

#include <stdlib.h>
#include <string.h>

os_params_t os_params_of(const profile_t *p)
{
    const uint64_t *v = p->value;
    return (os_params_t){
        .poll_ps = v[COST_poll_ns] * 1000,
        .rx_packet_ps = v[COST_rx_packet_ns] * 1000,
        .rx_byte_ps = v[COST_rx_byte_ps],
        .rx_stack_ps = (v[COST_rx_stack_ns] < v[COST_rx_packet_ns] ? v[COST_rx_stack_ns]
                                                                   : v[COST_rx_packet_ns]) *
                       1000,
        .gro_ps = v[COST_gro_ns] * 1000,
        .rx_alloc_ps = v[COST_rx_alloc_ns] * 1000,
        .tx_packet_ps = v[COST_tx_packet_ns] * 1000,
        .tx_clean_ps = v[COST_tx_clean_ns] * 1000,
        .port_io_ps = v[COST_port_io_ns] * 1000,
        .jiffy_ps = UINT64_C(1000000000000) / v[COST_hz],
        .weight = 64,
        .netdev_budget = 300,
        .max_backlog = 1000,
    };
}

os_host_t *os_host_create(core_set_t *cores, memory_t *mem, const os_params_t *p)
{
    os_host_t *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    if (meter_hist_init(&h->stats.packets_per_poll) != 0) {
        free(h);
        return NULL;
    }
    h->sim = cores->sim;
    h->cores = cores;
    h->mem = mem;
    h->params = *p;
    for (unsigned i = 0; i < CORE_MAX; i++) {
        h->softnet[i].tail = &h->softnet[i].head;
        h->softnet[i].backlog_tail = &h->softnet[i].backlog_head;
    }
    core_set_softirq(cores, CORE_SOFTIRQ_TX, os_net_tx_action, h);
    core_set_softirq(cores, CORE_SOFTIRQ_RX, os_net_rx_action, h);
    return h;
}

void os_host_destroy(os_host_t *h)
{
    if (!h) return;
    for (unsigned i = 0; i < h->devs; i++) {
        for (unsigned k = 0; k < OS_TIMERS; k++) sim_cancel(h->sim, &h->dev[i].timer[k].event);
        for (unsigned k = 0; k < OS_NAPIS; k++) {
            sim_cancel(h->sim, &h->dev[i].napi[k].timer);
            free(h->dev[i].napi[k].gro);
        }
        meter_hist_free(&h->dev[i].stats.packets_per_poll);
    }
    if (h->dma) sim_cancel(h->sim, &h->dma_event);
    os_dma_forget(h);
    os_host_free_packets(h);
    meter_hist_free(&h->stats.packets_per_poll);
    free(h);
}

const os_stats_t *os_host_stats(const os_host_t *h)
{
    return &h->stats;
}

const os_stats_t *os_dev_stats(const os_dev_t *d)
{
    return &d->stats;
}

static void stats_reset(os_stats_t *s)
{
    meter_hist_t hist = {.bucket = s->packets_per_poll.bucket};
    memset(hist.bucket, 0, METER_BUCKETS * sizeof *hist.bucket);
    *s = (os_stats_t){.driver_errors = s->driver_errors, .packets_per_poll = hist};
}

void os_host_stats_reset(os_host_t *h)
{
    stats_reset(&h->stats);
    for (unsigned i = 0; i < h->devs; i++) stats_reset(&h->dev[i].stats);
}

core_set_t *os_host_cores(const os_host_t *h)
{
    return h->cores;
}

uint32_t os_host_packets(const os_host_t *h)
{
    return h->packets;
}

// ---- functions ---------------------------------------------------------------------------------

static os_dev_t *os_dev_new(os_host_t *h, uint8_t func, unsigned irq_core)
{
    if (h->devs == OS_DEVS || irq_core >= h->cores->count) return NULL;
    os_dev_t *d = &h->dev[h->devs];
    if (meter_hist_init(&d->stats.packets_per_poll) != 0) return NULL;
    h->devs++;
    d->host = h;
    d->func = func;
    d->core = &h->cores->core[irq_core];
    os_dev_set_windows(d, 128 << 10, 64, 256);
    for (unsigned i = 0; i < OS_VECTORS; i++) {
        d->vector[i].dev = d;
        d->vector[i].irq.core = d->core;
    }
    return d;
}

os_dev_t *os_dev_create(os_host_t *h, uint8_t func, unsigned irq_core)
{
    os_dev_t *d = os_dev_new(h, func, irq_core);
    if (!d || !h->dma) return d;
    d->unit = h->dma;
    if (!(d->space = dma_space_create(h->dma, h->sim->now_cyc * CYC_PS, func))) {
        meter_hist_free(&d->stats.packets_per_poll);
        h->devs--;
        return NULL;
    }
    if (dma_unit_mode(h->dma) == DMA_PT) d->space = NULL;
    return d;
}

os_dev_t *os_dev_create_virtual(os_host_t *h, unsigned irq_core, const os_virt_t *v)
{
    os_dev_t *d = os_dev_new(h, 0, irq_core);
    if (d) d->virt = *v;
    return d;
}

void os_dev_attach(os_dev_t *d, link_t *link)
{
    d->link = link;
    d->bus = &d->own_bus;
    for (const os_dev_t *e = d->host->dev; e != d; e++)
        if (e->link == link) d->bus = e->bus;
}

void os_dev_set_windows(os_dev_t *d, uint32_t mem, uint32_t io, uint32_t cfg)
{
    d->window[NIC_SPACE_MEM] = mem / 4;
    d->window[NIC_SPACE_IO] = io / 4;
    d->window[NIC_SPACE_CFG] = cfg / 4;
}

void os_dev_set_plain(os_dev_t *d)
{
    d->plain = true;
}

void os_dev_set_stack(os_dev_t *d, const os_stack_t *s)
{
    d->stack = *s;
}

const os_stack_t *os_dev_stack(const os_dev_t *d)
{
    return &d->stack;
}

void os_dev_watch_free(os_dev_t *d, void (*freed)(void *ctx, const os_pkt_t *p), void *ctx)
{
    d->freed = freed;
    d->freed_ctx = ctx;
}

uint64_t os_dev_tx_freed(const os_dev_t *d)
{
    return d->tx_freed;
}

bool os_dev_carrier(const os_dev_t *d, unsigned *mbps)
{
    if (mbps) *mbps = d->mbps;
    return d->carrier;
}

const uint8_t *os_dev_mac(const os_dev_t *d)
{
    return d->mac;
}

unsigned os_dev_vfs(const os_dev_t *d)
{
    return d->vfs;
}

int os_dev_queue_stats(os_dev_t *d, unsigned queue, os_queue_stats_t *s)
{
    const os_driver_t *v = d->driver;
    return v && v->get_queue_stats ? v->get_queue_stats(d->priv, queue, s) : -EOPNOTSUPP;
}

uint64_t os_dev_irqs(const os_dev_t *d, uint64_t *spurious)
{
    uint64_t taken = 0, unclaimed = 0;
    for (unsigned i = 0; i < OS_VECTORS; i++) {
        taken += d->vector[i].irq.taken;
        unclaimed += d->vector[i].irq.spurious;
    }
    if (spurious) *spurious = unclaimed;
    return taken;
}

uint32_t os_dev_irq_off(const os_dev_t *d)
{
    for (unsigned i = 0; i < OS_VECTORS; i++)
        if (d->vector[i].irq.disabled) return d->vector[i].irq.unclaimed;
    return 0;
}

os_host_t *os_dev_host(const os_dev_t *d)
{
    return d->host;
}

// ---- calls of the driver -----------------------------------------------------------------------

typedef struct os_request {
    os_dev_t *dev;
    int (*fn)(struct os_request *q);
    const char *what;
    const os_driver_t *driver; // to be probed
    enum os_op op;
    void *arg;
} os_request_t;

static int os_probe(os_request_t *q)
{
    os_dev_t *d = q->dev;
    if (d->driver) return -EBUSY;
    if (q->driver->abi != OS_ABI) return -ENOEXEC;
    d->driver = q->driver;
    int r = q->driver->probe(d, &d->priv);
    if (r != 0) d->driver = NULL;
    return r;
}

static int os_call_driver(void *ctx)
{
    os_request_t *q = ctx;
    os_dev_t *d = q->dev;
    core_t *c = os_core(d);
    os_call_t k;
    os_enter(&k, d, c, q->what, false);
    const int r = q->fn(q);
    os_leave(&k, c);
    return r;
}

static int os_ask_driver(os_request_t *q)
{
    os_host_t *h = q->dev->host;
    h->op = q->what;
    h->op_dev = q->dev;
    h->op_cyc = h->sim->now_cyc;
    h->op_waits = q->dev->core->waits;
    const int r = core_call(q->dev->core, os_call_driver, q);
    h->op = NULL;
    return r;
}

int os_dev_probe(os_dev_t *d, const os_driver_t *driver)
{
    os_request_t q = {.dev = d, .fn = os_probe, .what = "probe", .driver = driver};
    return os_ask_driver(&q);
}

static int os_carry_out(os_request_t *q)
{
    os_dev_t *d = q->dev;
    const os_driver_t *v = d->driver;
    const bool *flag = q->arg;
    const unsigned *number = q->arg;
    if (!v) return -ENODEV;
    switch (q->op) {
    case OS_OP_REMOVE:
        v->remove(d->priv);
        os_check_removed(d);
        d->driver = NULL;
        return 0;
    case OS_OP_OPEN: return v->open(d->priv);
    case OS_OP_STOP: return v->stop(d->priv);
    case OS_OP_SET_COALESCE:
        return v->set_coalesce ? v->set_coalesce(d->priv, q->arg) : -EOPNOTSUPP;
    case OS_OP_GET_COALESCE:
        return v->get_coalesce ? v->get_coalesce(d->priv, q->arg) : -EOPNOTSUPP;
    case OS_OP_SET_RINGPARAM:
        return v->set_ringparam ? v->set_ringparam(d->priv, q->arg) : -EOPNOTSUPP;
    case OS_OP_SET_RX_MODE:
        return v->set_rx_mode ? v->set_rx_mode(d->priv, flag[0], flag[1]) : -EOPNOTSUPP;
    case OS_OP_SET_FEATURES:
        return v->set_features ? v->set_features(d->priv, flag[0], flag[1]) : -EOPNOTSUPP;
    case OS_OP_SET_WATCHDOG:
        return v->set_watchdog ? v->set_watchdog(d->priv, flag[0]) : -EOPNOTSUPP;
    case OS_OP_GET_STATS: return v->get_stats ? v->get_stats(d->priv, q->arg) : -EOPNOTSUPP;
    case OS_OP_SET_QUEUES: return v->set_queues ? v->set_queues(d->priv, *number) : -EOPNOTSUPP;
    case OS_OP_SET_VFS: return v->set_vfs ? v->set_vfs(d->priv, *number) : -EOPNOTSUPP;
    case OS_OP_SET_VLAN:
        return v->set_vlan ? v->set_vlan(d->priv, (uint16_t)number[0], number[1]) : -EOPNOTSUPP;
    case OS_OP_SET_POLICY: return v->set_policy ? v->set_policy(d->priv, q->arg) : -EOPNOTSUPP;
    }
    return -EINVAL;
}

static const char *const os_op_name[] = {
    [OS_OP_REMOVE] = "remove",
    [OS_OP_OPEN] = "open",
    [OS_OP_STOP] = "stop",
    [OS_OP_SET_COALESCE] = "set_coalesce",
    [OS_OP_GET_COALESCE] = "get_coalesce",
    [OS_OP_SET_RINGPARAM] = "set_ringparam",
    [OS_OP_SET_RX_MODE] = "set_rx_mode",
    [OS_OP_SET_FEATURES] = "set_features",
    [OS_OP_SET_WATCHDOG] = "set_watchdog",
    [OS_OP_GET_STATS] = "get_stats",
    [OS_OP_SET_QUEUES] = "set_queues",
    [OS_OP_SET_VFS] = "set_vfs",
    [OS_OP_SET_VLAN] = "set_vlan",
    [OS_OP_SET_POLICY] = "set_policy",
};

int os_dev_op(os_dev_t *d, enum os_op op, void *arg)
{
    os_request_t q = {.dev = d, .fn = os_carry_out, .what = os_op_name[op], .op = op, .arg = arg};
    return os_ask_driver(&q);
}
