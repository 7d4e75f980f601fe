// SPDX-License-Identifier: Apache-2.0
// The functions of a device in a run: which queues they have, what their registers hold, what they
// have counted, and that they have lost nothing.
#include "hostbridge/testbed_priv.h"

#include "rtl/defs_82576.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

_Static_assert(RUN_FUNCTIONS == 1 + IGB_Vfs && TB_QUEUES == (unsigned)IGB_Queues, "the 82576 fits");

#define NO_VECTOR 254u

const char *tb_func_driver_name(const tb_func_t *f, char buf[32])
{
    if (f->vif.ctx) snprintf(buf, 32, "driver of guest %u", f->number - 1);
    else if (f->t->bridged) snprintf(buf, 32, "driver of the host");
    else if (f->number) snprintf(buf, 32, "driver of VF %u", f->number - 1);
    else snprintf(buf, 32, "%s", f->t->funcs > 1 ? "driver of the PF" : "driver");
    return buf;
}

// ---- queues ------------------------------------------------------------------------------------

// Pool n belongs to VF n while that is there, else to the PF; it has queues n and n + 8.
static unsigned owner_of(const testbed_t *t, unsigned queue)
{
    const unsigned pool = queue % IGB_Pools;
    return pool < t->cfg->vfs ? 1 + pool : 0;
}

// Drivers count their queues from 0: those of their pool; of the PF without VFs all.
static void find_queues(testbed_t *t, tb_func_t *f)
{
    const unsigned pool = f->number ? f->number - 1 : t->cfg->vfs;
    for (unsigned i = 0; i < TB_QUEUES; i++) {
        const unsigned queue = t->queues == 1 ? 0 : t->cfg->vfs ? pool + IGB_Pools * i : i;
        const bool own = pool < IGB_Pools && queue < t->queues && t->queue_func[queue] == f->number;
        f->rx[i] = own ? &t->queue[queue] : NULL;
    }
}

bool tb_func_init(testbed_t *t)
{
    const run_config_t *c = t->cfg;
    t->funcs = t->r->functions = 1 + (t->bridged ? c->guests : c->vfs);
    t->queues = c->nic == NIC_82576 ? TB_QUEUES : 1;
    for (unsigned q = 0; q < t->queues; q++) {
        if (!ledger_init(&t->queue[q])) return false;
        t->queue_func[q] = (uint8_t)owner_of(t, q);
        t->queue_vector[q] = TB_ANY_VECTOR;
    }
    for (unsigned i = 0; i < t->funcs; i++) {
        tb_func_t *f = &t->func[i];
        run_function_t *r = &t->r->function[i];
        *f = (tb_func_t){.t = t, .number = i, .r = r};
        // The host of guests has processors of its own, behind theirs.
        f->irq_core = !t->guests ? i % c->cpus : i ? (i - 1) % c->cpus : c->cpus;
        f->app_core = c->app_cpu == RUN_UNSET || (t->guests && i == 0) ? f->irq_core : c->app_cpu;
        if (!t->bridged || i == 0) find_queues(t, f);
        r->number = i;
        if (meter_hist_init(&r->packets_per_poll) || meter_hist_init(&r->latency) ||
            meter_hist_init(&r->latency_driver) || meter_hist_init(&r->coalescing))
            return false;
    }
    return true;
}

void tb_func_free(testbed_t *t)
{
    for (unsigned q = 0; q < TB_QUEUES; q++) ledger_free(&t->queue[q]);
}

// ---- what the registers hold -------------------------------------------------------------------

static uint32_t peek(const testbed_t *t, uint32_t off)
{
    return t->engine.peek(t->engine.nic, off);
}

void tb_programmed_82540em(const engine_t *e, run_programmed_t *p)
{
    p->itr = e->peek(e->nic, E1000_ITR);
    p->interval_ns = (uint64_t)p->itr * NIC_ItrUnitCyc * CYC_NS;
    p->rdtr = e->peek(e->nic, E1000_RDTR);
    p->radv = e->peek(e->nic, E1000_RADV);
    p->tidv = e->peek(e->nic, E1000_TIDV);
    p->tadv = e->peek(e->nic, E1000_TADV);
    p->rxframes = e->peek(e->nic, E1000_RXFRAMES);
    p->txframes = e->peek(e->nic, E1000_TXFRAMES);
    p->mtctl = e->peek(e->nic, E1000_MTCTL);
    p->mtdly = e->peek(e->nic, E1000_MTDLY);
}

// IVAR has a byte for each direction of a queue; of queues n + 8 in the upper half.
static bool vector_of(const testbed_t *t, unsigned queue, bool tx, unsigned *vector)
{
    const uint32_t ivar = peek(t, IGB_IVAR + IGB_IVAR_STRIDE * (queue % IGB_Pools));
    const uint32_t byte =
        ivar >> (queue < IGB_Pools ? 0 : IGB_IVAR_RX_HI_LSB) >> (tx ? IGB_IVAR_TX_LO_LSB : 0);
    *vector = FGET(IGB_IVAR_RX_LO, byte);
    return (byte & FMASK(IGB_IVAR_RX_LO_VALID)) && *vector < IGB_Vectors;
}

// The device's number of the first vector of a function.
static unsigned first_vector(const tb_func_t *f)
{
    return f->number ? IGB_Vectors - IGB_MsixVf * f->number : 0;
}

// The number by which its function knows a vector; NO_VECTOR: it has it not.
static uint8_t local_vector(const tb_func_t *f, unsigned vector)
{
    if (f->number == 0) return (uint8_t)vector;
    const unsigned first = first_vector(f);
    return vector >= first && vector < first + IGB_MsixVf ? (uint8_t)(vector - first) : NO_VECTOR;
}

_Static_assert(TIMELINE_VECTORS == IGB_Vectors, "a track each");

uint64_t tb_gate(const tb_func_t *f, unsigned vector, unsigned *gate)
{
    const testbed_t *t = f->t;
    *gate = 0;
    if (t->cfg->nic != NIC_82576) return (uint64_t)peek(t, E1000_ITR) * NIC_ItrUnitCyc;
    if (peek(t, IGB_GPIE) & FMASK(IGB_GPIE_MSIX_MODE)) *gate = first_vector(f) + vector;
    if (*gate >= IGB_Vectors) return 0;
    return (uint64_t)FGET(IGB_EITR_INTERVAL, peek(t, IGB_EITR + IGB_EITR_STRIDE * *gate)) *
           IGB_EitrUnitCyc;
}

// Of the first queue: with MSIX_MODE its vector, else the line's.
static void programmed_82576(const testbed_t *t, const tb_func_t *f, run_programmed_t *p)
{
    unsigned rx = 0, tx = 0;
    if (!f->rx[0]) return;
    if (peek(t, IGB_GPIE) & FMASK(IGB_GPIE_MSIX_MODE)) {
        const unsigned queue = (unsigned)(f->rx[0] - t->queue);
        if (!vector_of(t, queue, false, &rx)) return;
        if (!vector_of(t, queue, true, &tx)) tx = rx;
    }
    p->itr = FGET(IGB_EITR_INTERVAL, peek(t, IGB_EITR + IGB_EITR_STRIDE * rx));
    p->interval_ns = (uint64_t)p->itr * IGB_EitrUnitCyc * CYC_NS;
    p->rxframes = peek(t, IGB_VRXFRAMES + IGB_VRXFRAMES_STRIDE * rx);
    p->txframes = peek(t, IGB_VTXFRAMES + IGB_VTXFRAMES_STRIDE * tx);
}

static void find_vectors(testbed_t *t)
{
    if (t->cfg->nic != NIC_82576 || !(peek(t, IGB_GPIE) & FMASK(IGB_GPIE_MSIX_MODE))) return;
    for (unsigned q = 0; q < t->queues; q++) {
        unsigned vector;
        t->queue_vector[q] = vector_of(t, q, false, &vector)
                                 ? local_vector(&t->func[t->queue_func[q]], vector)
                                 : NO_VECTOR;
    }
}

// What the driver has counted; zeros if it cannot tell.
static os_drv_stats_t counted(const tb_func_t *f)
{
    os_drv_stats_t s = {0};
    if (os_dev_op(f->dev, OS_OP_GET_STATS, &s) != 0) s = (os_drv_stats_t){0};
    return s;
}

// The function that stands for all: the first that carries traffic.
static const tb_func_t *first_of(const testbed_t *t)
{
    return &t->func[t->funcs > 1 && !t->own_port];
}

void tb_func_begin(testbed_t *t)
{
    for (unsigned i = 0; i < t->funcs; i++) {
        tb_func_t *f = &t->func[i];
        os_coalesce_t c = {0};
        if (os_dev_op(f->dev, OS_OP_GET_COALESCE, &c) == 0)
            f->r->programmed.adaptive = c.adaptive_rx != 0;
        if (f->vif.ctx) tb_guest_programmed(f, &f->r->programmed);
        else if (t->cfg->nic == NIC_82576) programmed_82576(t, f, &f->r->programmed);
        else tb_programmed_82540em(&t->engine, &f->r->programmed);
        memcpy(f->r->mac, os_dev_mac(f->dev), sizeof f->r->mac);
        if (t->spread) spread_set_mac(t->spread, i, f->r->mac);
    }
    tb_clients_begin(t);
    t->r->programmed = first_of(t)->r->programmed;
    find_vectors(t);
    for (unsigned i = 0; i < t->funcs; i++) t->func[i].base_counted = counted(&t->func[i]);
    for (unsigned i = 0; i < t->funcs; i++) {
        tb_func_t *f = &t->func[i];
        f->base_taken = os_dev_irqs(f->dev, &f->base_spurious);
        f->base_net = *netstack_stats(f->net);
        f->base_left = f->left;
        f->freed_ahead = 0;
    }
}

// ---- results -----------------------------------------------------------------------------------

#define SUM(name, what) +d->name
#define ADD(name, what) to->name += d->name;
static uint64_t sum_of(const run_drops_t *d)
{
    return 0 DROP_CAUSES(SUM);
}

static uint64_t sum_of_unsent(const run_unsent_t *d)
{
    return 0 UNSENT_CAUSES(SUM);
}

static void add_drops(run_drops_t *to, const run_drops_t *d)
{
    DROP_CAUSES(ADD)
}

static void add_unsent(run_unsent_t *to, const run_unsent_t *d)
{
    UNSENT_CAUSES(ADD)
}
#undef SUM
#undef ADD

// What is still somewhere: in the device, in a ring, above the driver.
static void collect_in_flight(testbed_t *t)
{
    for (unsigned i = 0; i < t->funcs; i++) {
        tb_func_t *f = &t->func[i];
        f->r->wire.drops.in_flight_at_end += f->in_stack[0];
        f->r->looped.drops.in_flight_at_end += f->in_stack[1];
        f->waiting = netstack_pending(f->net) + os_dev_gro_frames(f->dev) + tb_own_waiting(f);
        if (f->vif.ctx) tb_guest_collect(f);
    }
    for (unsigned q = 0; q < t->queues; q++) {
        const ledger_t *l = &t->queue[q];
        for (uint64_t n = l->received; n < l->accepted; n++)
            tb_strand(&t->func[t->queue_func[q]], ledger_at(l, n));
    }
}

// Of the frames that have left the driver, those that are not on the wire yet, or with a guest's device or thread and not in the bridge;
// of several functions of a device it is not known whose they are.
static uint64_t on_the_way_out(const tb_func_t *f)
{
    const uint64_t arrived = f->vif.ctx ? f->bridged + f->r->sent_lost : f->t->r->tx_frames;
    const bool known = f->vif.ctx || tb_is_host(f) || f->t->funcs == 1;
    return known && f->left > arrived ? f->left - arrived : 0;
}

// What the stack was given to send; *bridging: of it, on the way from the bridge to the host's.
static uint64_t to_send_of(const tb_func_t *f, uint64_t *bridging)
{
    const uint64_t given = netstack_stats(f->net)->to_send - f->base_net.to_send;
    *bridging = tb_is_host(f) ? f->t->uplinked - given : 0;
    return given + *bridging;
}

static void collect_unsent(tb_func_t *f)
{
    const netstack_stats_t *now = netstack_stats(f->net), *base = &f->base_net;
    run_unsent_t *u = &f->r->unsent;
    const uint64_t sending = f->veth ? veth_sending(f->veth) : 0;
    const uint64_t given = f->r->sent + netstack_sending(f->net);
    const uint64_t left = f->left - f->base_left, kept = given > left ? given - left : 0;
    const uint64_t under_way = on_the_way_out(f), freed = os_dev_tx_freed(f->dev);
    uint64_t bridging;
    if (freed > f->left + f->freed_ahead) f->freed_ahead = freed - f->left;
    f->r->to_send = to_send_of(f, &bridging) + sending + f->backlog_full;
    if (tb_is_host(f)) f->r->to_send += u->bridge; // of its application
    f->sent_in_all = f->vif.ctx ? f->bridged - u->bridge : left - under_way;
    f->stranded = bridging + (f->vif.ctx && !f->vif.engine ? under_way : 0);
    u->queue_full = now->queue_drops - base->queue_drops + f->backlog_full;
    u->driver_error = now->refused - base->refused;
    u->driver_freed = kept < f->freed_ahead ? kept : f->freed_ahead;
    u->backend = f->r->sent_lost;
    u->in_flight_at_end =
        netstack_queued(f->net) + sending + kept - u->driver_freed + under_way + bridging;
}

static void collect_function(tb_func_t *f)
{
    run_function_t *r = f->r;
    const os_stats_t *s = os_dev_stats(f->dev);
    r->polls = s->polls;
    r->poll_packets = s->poll_packets;
    r->budget_exhausted = s->budget_exhausted;
    meter_hist_merge(&r->packets_per_poll, &s->packets_per_poll);
    r->sent = netstack_stats(f->net)->sent - f->base_net.sent;
    collect_unsent(f);
    if (f->t->spread) r->hosts = spread_hosts(f->t->spread, f->number);
    r->irq_taken = os_dev_irqs(f->dev, &r->irq_spurious) - f->base_taken;
    r->irq_spurious -= f->base_spurious;
}

// A sum of functions. The host of guests has its own interrupts and times, which are none of theirs; what it does not send is.
static void add_function(run_result_t *to, const tb_func_t *f)
{
    const run_function_t *r = f->r;
    to->delivered += r->wire.delivered;
    to->delivered_bytes += r->wire.delivered_bytes;
    add_drops(&to->drops, &r->wire.drops);
    add_unsent(&to->unsent, &r->unsent);
    to->to_send += tb_is_host(f) ? f->bridged : r->to_send; // what guests send it has from them
    if (!tb_counts(f)) return;
    if (r->irq_gaps && (!to->irq_gaps || r->irq_min_gap_ns < to->irq_min_gap_ns))
        to->irq_min_gap_ns = r->irq_min_gap_ns;
    to->irq_asserted += r->irq_asserted;
    to->irq_gaps += r->irq_gaps;
    to->irq_gap_sum_ns += r->irq_gap_sum_ns;
    to->irq_spurious += r->irq_spurious;
    to->irq_taken += r->irq_taken;
    meter_hist_merge(&to->latency, &r->latency);
    meter_hist_merge(&to->latency_driver, &r->latency_driver);
    meter_hist_merge(&to->coalescing, &r->coalescing);
}

static void collect_policy(tb_func_t *f, const os_policy_stats_t *now,
                           const os_policy_stats_t *base)
{
    run_policy_result_t *p = &f->r->policy;
    const os_stats_t *s = os_dev_stats(f->dev);
    p->driver = *now;
    p->driver.changes -= base->changes;
    for (unsigned i = 0; i < OS_POLICY_LEVELS; i++) p->driver.passes[i] -= base->passes[i];
    p->deferred = s->deferred;
    p->enabled = s->enabled;
    p->timer_polls = s->timer_polls;
    p->irq_packets = s->irq_packets;
    f->r->gro = s->gro;
}

static void add_policy(run_policy_result_t *to, const run_policy_result_t *p)
{
    to->driver.changes += p->driver.changes;
    for (unsigned i = 0; i < OS_POLICY_LEVELS; i++) to->driver.passes[i] += p->driver.passes[i];
    to->deferred += p->deferred;
    to->enabled += p->enabled;
    to->timer_polls += p->timer_polls;
    to->irq_packets += p->irq_packets;
}

void tb_func_collect(testbed_t *t)
{
    run_result_t *r = t->r;
    collect_in_flight(t);
    r->drops.in_flight_at_end += t->offered - t->fated + t->bridging; // on the wire, in the bridge
    for (unsigned i = 0; i < t->funcs; i++) {
        collect_function(&t->func[i]);
        add_function(r, &t->func[i]);
    }
    t->over = true; // while drivers are asked the world goes on: what is in flight has been counted
    if (t->cfg->ended) t->cfg->ended(t->cfg->make_dev_ctx);
    for (unsigned i = 0; i < t->funcs; i++) {
        tb_func_t *f = &t->func[i];
        const os_drv_stats_t now = counted(f), *base = &f->base_counted;
        f->r->itr_writes = now.itr_writes - base->itr_writes;
        if (tb_counts(f)) r->itr_writes += f->r->itr_writes;
        collect_policy(f, &now.policy, &base->policy);
        if (tb_counts(f)) add_policy(&r->policy, &f->r->policy);
    }
    r->policy.driver.level = first_of(t)->r->policy.driver.level;
}

// ---- conservation ------------------------------------------------------------------------------

static const char *name_of(const tb_func_t *f, char buf[32])
{
    snprintf(buf, 32, "%s", tb_is_host(f) ? "the host" : "the PF");
    if (f->number) snprintf(buf, 32, "%s %u", f->t->bridged ? "guest" : "VF", f->number - 1);
    return buf;
}

static int flow_conserved(testbed_t *t, const tb_func_t *f, const run_flow_t *flow,
                          const char *what)
{
    const uint64_t lost = sum_of(&flow->drops);
    char name[32];
    if (flow->offered == flow->delivered + flow->forwarded + lost) return 0;
    return tb_fail(t, 1,
                   "conservation: %s: %" PRIu64 " frames %s, %" PRIu64 " delivered and %" PRIu64
                   " dropped",
                   name_of(f, name), flow->offered, what, flow->delivered, lost);
}

static int sending_conserved(testbed_t *t, const tb_func_t *f)
{
    const uint64_t lost = sum_of_unsent(&f->r->unsent);
    const uint64_t sent = f->sent_in_all;
    char name[32];
    if (f->r->to_send != sent + lost)
        return tb_fail(t, 1,
                       "conservation: %s: %" PRIu64 " frames to send, %" PRIu64 " sent and %" PRIu64
                       " lost",
                       name_of(f, name), f->r->to_send, sent, lost);
    if (f->stranded && !t->cut && !tb_cut_short(t))
        return tb_fail(t, 1, "conservation: %s: %" PRIu64 " frames are still at the bridge",
                       name_of(f, name), f->stranded);
    return 0;
}

int tb_func_conserve(testbed_t *t)
{
    const run_result_t *r = t->r;
    const uint64_t lost = sum_of(&r->drops), offered = r->offered + r->replicated;
    if (t->astray[0]) return tb_fail(t, 1, "%s", t->astray);
    if (offered != r->delivered + lost)
        return tb_fail(t, 1,
                       "conservation: %" PRIu64 " frames offered, %" PRIu64
                       " delivered and %" PRIu64 " dropped",
                       offered, r->delivered, lost);
    for (unsigned i = 0; i < t->funcs; i++) {
        const tb_func_t *f = &t->func[i];
        if (flow_conserved(t, f, &f->r->wire, "for it") != 0) return 1;
        if (flow_conserved(t, f, &f->r->looped, "looped to it") != 0) return 1;
        if (sending_conserved(t, f) != 0) return 1;
        const uint64_t above = f->in_stack[0] + f->in_stack[1];
        if (t->cut ? above < f->waiting : above != f->waiting)
            return tb_fail(t, 1, "conservation: %u frames wait for the application, not %" PRIu64,
                           f->waiting, above);
    }
    return 0;
}
