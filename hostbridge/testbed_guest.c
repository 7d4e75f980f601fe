// SPDX-License-Identifier: Apache-2.0
// Guests behind a software bridge: the host's side of the physical NIC, and an interface for each guest (hostbridge/vif.h).
//
// Function 0 of the run is the host's: the driver of the physical NIC, whose stack is the bridge. Function 1 + n is guest n's. What
// the host receives it forwards; a copy counts for the guest from when it is at the guest's port.
#include "hostbridge/testbed_priv.h"

#include "hostbridge/emulated.h"
#include "hostbridge/timeline.h"
#include "hostbridge/virtio.h"
#include "hostbridge/xen_net.h"

#include <string.h>

// ---- the uplink --------------------------------------------------------------------------------

static void uplink_receive(void *ctx, core_t *c, os_pkt_t *p)
{
    const testbed_t *t = ctx;
    bridge_in(t->bridge, c, BRIDGE_UPLINK, p);
}

static void uplink_arrived(void *ctx, core_t *c, os_pkt_t *p)
{
    const testbed_t *t = ctx;
    t->uplink_stack.arrived(t->uplink_stack.ctx, c, p);
}

static bool uplink_waiting(void *ctx)
{
    const testbed_t *t = ctx;
    return t->uplink_stack.waiting(t->uplink_stack.ctx);
}

static bool uplink_transmit(void *ctx, core_t *c)
{
    const testbed_t *t = ctx;
    return t->uplink_stack.transmit(t->uplink_stack.ctx, c);
}

static void uplink_send(void *ctx, core_t *c, os_pkt_t *p)
{
    const testbed_t *t = ctx;
    netstack_send(t->func[0].net, c, p);
}

// What has brought a frame to the bridge by another port than the uplink: the host's application has the first one, if it has any.
static tb_func_t *func_behind(testbed_t *t, unsigned port)
{
    return &t->func[t->own_port ? port - 1 : port];
}

// A frame that was sent in the machine goes to these ports.
static void sent_forwarded(tb_func_t *f, uint32_t ports)
{
    f->bridged++;
    if (ports & 1u << BRIDGE_UPLINK) f->t->uplinked++;
    if (ports == 0) f->r->unsent.bridge++;
    if (ports & ~(1u << BRIDGE_UPLINK)) f->r->looped_sent++;
}

// A frame of the wire goes to these ports.
static void wire_forwarded(testbed_t *t, const os_pkt_t *p, uint32_t ports)
{
    run_flow_t *flow = &t->func[0].r->wire;
    // (mostly one: without the instruction, counting bits is a call)
    const unsigned copies = ports & (ports - 1) ? (unsigned)__builtin_popcount(ports) : ports != 0;
    const bool kept = tb_own_keeps(t, ports); // it stays above the driver
    if (!kept) t->func[0].in_stack[0]--;
    if (copies == 0) {
        flow->drops.filtered++;
        tb_account(t);
        return;
    }
    if (copies > kept) flow->forwarded++;
    t->bridging += copies - kept;
    if (copies > kept && kept) { // one more
        flow->offered++;
        flow->offered_bytes += p->len;
    }
    t->r->replicated += copies - 1;
    t->extra += copies - 1;
}

static void on_forwarded(void *ctx, unsigned from, const os_pkt_t *p, uint32_t ports)
{
    testbed_t *t = ctx;
    if (t->over) return;
    if (from == BRIDGE_UPLINK) wire_forwarded(t, p, ports);
    else sent_forwarded(func_behind(t, from), ports);
}

// ---- what happens to a frame at a guest's interface ----------------------------------------------

static run_flow_t *guest_flow(tb_func_t *f, const os_pkt_t *p)
{
    return tb_looped(p) ? &f->r->looped : &f->r->wire;
}

// What another guest has sent has begun here.
static void guest_offered(void *ctx, os_pkt_t *p, uint64_t cyc)
{
    tb_func_t *f = ctx;
    testbed_t *t = f->t;
    if (t->over) return;
    if (p->stamp[OS_STAMP_WIRE] == 0) {
        p->stamp[OS_STAMP_WIRE] = tb_clock(t, cyc) | TB_LOOPED;
        t->extra++;
    }
    if (!tb_looped(p)) t->bridging--;
    run_flow_t *flow = guest_flow(f, p);
    flow->offered++;
    flow->offered_bytes += p->len;
    f->guest.queued[tb_looped(p)]++;
}

static void guest_refused(void *ctx, const os_pkt_t *p)
{
    tb_func_t *f = ctx;
    if (f->t->over) return;
    f->guest.queued[tb_looped(p)]--;
    guest_flow(f, p)->drops.backend_queue++;
    tb_account(f->t);
}

// The thread has taken it: it goes to the device, or is in the guest's memory.
static void guest_taken(void *ctx, const os_pkt_t *p)
{
    tb_func_t *f = ctx;
    if (f->t->over) return;
    tb_guest_t *g = &f->guest;
    const ledger_frame_t frame = {.from_cyc = p->stamp[OS_STAMP_WIRE] & ~TB_LOOPED,
                                  .len = (uint16_t)p->len,
                                  .fcs = f->t->cfg->verify ? tb_fcs(p) : 0,
                                  .looped = tb_looped(p)};
    g->queued[frame.looped]--;
    f->t->moves++;
    if (f->vif.engine) g->wiring[g->wired++ % TB_WIRING] = frame;
    else ledger_accept(&g->ledger, &frame);
}

static void guest_hosted(void *ctx, uint64_t cyc, uint64_t hpa)
{
    tb_func_t *f = ctx;
    if (f->t->over) return;
    ledger_t *q = &f->guest.ledger;
    // One queue: whoever sent it, they come in the order in which they were taken.
    ledger_frame_t *frame =
        q->hosted == q->accepted ? NULL : ledger_host(q, ledger_at(q, q->hosted)->looped);
    if (frame) tb_hosted(f, q, frame, cyc, hpa);
    else tb_astray(f->t, "a frame of which nothing is known came to a guest");
}

// Not of an emulated device, which tells by its probes.
static void guest_fetched(void *ctx)
{
    tb_func_t *f = ctx;
    if (!f->t->over) tb_left(f);
}

static void guest_interrupt(void *ctx, uint64_t cyc, bool level)
{
    tb_func_t *f = ctx;
    if (level && !f->t->over) tb_assert(f, cyc, 0);
}

// The virtual device has decided about the oldest frame that was put on its wire.
static void guest_fate(tb_func_t *f, enum nic_fate fate)
{
    tb_guest_t *g = &f->guest;
    if (g->fated == g->wired) {
        tb_astray(f->t, "a virtual device judged a frame that it was not given");
        return;
    }
    const ledger_frame_t *frame = &g->wiring[g->fated++ % TB_WIRING];
    if (fate == NIC_FATE_ACCEPTED) {
        ledger_accept(&g->ledger, frame);
        return;
    }
    tb_drop(&(frame->looped ? &f->r->looped : &f->r->wire)->drops, fate);
    tb_account(f->t);
}

static void guest_lost(tb_func_t *f, uint32_t count)
{
    ledger_frame_t lost;
    link_take_frame(f->vif.link);
    while (count-- && ledger_lose(&f->guest.ledger, &lost)) {
        (lost.looped ? &f->r->looped : &f->r->wire)->drops.in_flight_at_end++;
        tb_account(f->t);
    }
}

static void guest_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    tb_func_t *f = ctx;
    testbed_t *t = f->t;
    (void)b;
    if (t->over) return;
    switch (what) {
    case NIC_PROBE_RX_FATE: guest_fate(f, (enum nic_fate)a); break;
    case NIC_PROBE_RX_HOST: guest_hosted(f, cyc, link_take_frame(f->vif.link)); break;
    case NIC_PROBE_RX_LOST: guest_lost(f, a); break;
    case NIC_PROBE_TX_FETCH: tb_left(f); break;
    case NIC_PROBE_CAUSE: tb_causes(t, a); break;
    case NIC_PROBE_TIMER: tb_timers(t, a); break;
    default: break;
    }
}

// ---- set-up ------------------------------------------------------------------------------------

static vif_params_t vif_params(testbed_t *t, tb_func_t *f)
{
    const run_config_t *c = t->cfg;
    vif_params_t p = {.sim = &t->sim,
                      .mem = t->mem,
                      .uplink = t->func[0].dev,
                      .bridge = t->bridge,
                      .core = &t->cores->core[t->cores->count - 1],
                      .queue_max = c->backend_queue,
                      .guest_core = f->irq_core,
                      .number = f->number,
                      .mac = {0x02, 0, 0, 0, 0x01, (uint8_t)f->number},
                      .ctx = f,
                      .offered = guest_offered,
                      .refused = guest_refused,
                      .taken = guest_taken,
                      .hosted = guest_hosted,
                      .fetched = guest_fetched,
                      .interrupt = guest_interrupt};
    return p;
}

static bool build_emulated(testbed_t *t, tb_func_t *f)
{
    const emulated_params_t p = {.vif = vif_params(t, f),
                                 .itr = (enum emulated_itr)t->cfg->emulated_itr,
                                 .packet_ps = t->profile.value[COST_emulated_packet_ns] * 1000,
                                 .byte_ps = t->profile.value[COST_backend_byte_ps],
                                 .probe = guest_probe};
    return emulated_create(&f->vif, &p);
}

static bool build_virtio(testbed_t *t, tb_func_t *f)
{
    const virtio_params_t p = {.vif = vif_params(t, f),
                               .packet_ps = t->profile.value[COST_vhost_packet_ns] * 1000,
                               .byte_ps = t->profile.value[COST_backend_byte_ps],
                               .event_idx = t->cfg->event_idx};
    return virtio_create(&f->vif, &p);
}

static bool build_xen(testbed_t *t, tb_func_t *f)
{
    xen_params_t p = xen_params_of(&t->profile);
    p.tasklet = t->cfg->netback == NETBACK_TASKLET;
    p.vif = vif_params(t, f);
    return xen_create(&f->vif, &p);
}

// Of several threads on a core each packet is shown from when the one before it was done.
static void on_moved(void *ctx, unsigned core, uint64_t from_cyc, uint64_t to_cyc, bool to_guest)
{
    tb_func_t *f = ctx;
    testbed_t *t = f->t;
    if (t->over) return;
    if (from_cyc < t->thread_end_cyc[core]) from_cyc = t->thread_end_cyc[core];
    timeline_slice(t->cfg->timeline, timeline_core(core, TIMELINE_CORE_THREAD), from_cyc, to_cyc,
                   to_guest ? "to guest" : "from guest", "guest", f->number - 1, NULL, 0);
    t->thread_end_cyc[core] = to_cyc;
}

bool tb_guest_build(testbed_t *t, tb_func_t *f)
{
    if (!ledger_init(&f->guest.ledger)) return false;
    f->rx[0] = &f->guest.ledger;
    const bool built = t->virtio ? build_virtio(t, f)
                       : t->pv   ? build_xen(t, f)
                                 : build_emulated(t, f);
    if (!built) return false;
    f->dev = f->vif.dev;
    if (t->cfg->timeline) backend_watch(f->vif.backend, on_moved, f);
    return true;
}

bool tb_guest_host(testbed_t *t)
{
    static const enum profile_key FORWARD[] = {
        [DOM0_BRIDGE] = COST_bridge_ns, [DOM0_ROUTER] = COST_route_ns, [DOM0_NAT] = COST_nat_ns};
    const bridge_params_t p = {.forward_ps = t->profile.value[FORWARD[t->cfg->dom0_net]] * 1000,
                               .ctx = t,
                               .forwarded = on_forwarded};
    os_dev_t *d = t->func[0].dev;
    t->uplink_stack = *os_dev_stack(d);
    const os_stack_t mine = {.ctx = t,
                             .forwards = true,
                             .arrived = uplink_arrived,
                             .receive = uplink_receive,
                             .waiting = uplink_waiting,
                             .transmit = uplink_transmit};
    os_dev_set_stack(d, &mine);
    os_dev_set_plain(d);
    t->bridge = bridge_create(d, &p, uplink_send, t);
    return t->bridge && tb_own_port(t);
}

bool tb_guest_engines(testbed_t *t)
{
    for (unsigned i = 1; i < t->funcs; i++) {
        const vif_t *v = &t->func[i].vif;
        if (v->engine && !engine_mux_add(&t->mux, v->engine->time)) return false;
    }
    return true;
}

void tb_guest_partner(testbed_t *t)
{
    for (unsigned i = 1; i < t->funcs; i++) {
        engine_t *e = t->func[i].vif.engine;
        if (e) e->partner(e->nic, 1, true, 2, false); // its wire is always a gigabit
    }
}

void tb_guest_destroy(testbed_t *t)
{
    for (unsigned i = 1; i < t->funcs; i++) {
        vif_t *v = &t->func[i].vif;
        if (v->ctx) v->destroy(v->ctx);
        ledger_free(&t->func[i].guest.ledger);
    }
    bridge_destroy(t->bridge);
}

// ---- how it stands -----------------------------------------------------------------------------

bool tb_guest_idle(const testbed_t *t)
{
    for (unsigned i = 1; i < t->funcs; i++) {
        const vif_t *v = &t->func[i].vif;
        if (v->ctx && !v->idle(v->ctx, t->sim.now_cyc)) return false;
    }
    return true;
}

bool tb_guest_still(const testbed_t *t)
{
    for (unsigned i = 1; i < t->funcs; i++) {
        const engine_t *e = t->func[i].vif.engine;
        if (e && !(e->still(e->nic) && !e->counting(e->nic))) return false;
    }
    return true;
}

bool tb_guest_counting(const testbed_t *t)
{
    for (unsigned i = 1; i < t->funcs; i++) {
        const engine_t *e = t->func[i].vif.engine;
        if (e && e->counting(e->nic)) return true;
    }
    return false;
}

uint64_t tb_guest_work(const testbed_t *t)
{
    uint64_t work = 0;
    for (unsigned i = 1; i < t->funcs; i++) {
        const engine_t *e = t->func[i].vif.engine;
        if (e) work += e->work(e->nic);
    }
    return work;
}

void tb_guest_programmed(const tb_func_t *f, run_programmed_t *p)
{
    const vif_t *v = &f->vif;
    if (v->engine) tb_programmed_82540em(v->engine, p);
    p->none = !v->interval_ns;
    if (v->interval_ns) p->interval_ns = v->interval_ns(v->ctx);
}

void tb_guest_collect(tb_func_t *f)
{
    const tb_guest_t *g = &f->guest;
    const vif_t *v = &f->vif;
    f->r->wire.drops.in_flight_at_end += g->queued[0];
    f->r->looped.drops.in_flight_at_end += g->queued[1];
    for (uint64_t n = g->fated; n < g->wired; n++) tb_strand(f, &g->wiring[n % TB_WIRING]);
    for (uint64_t n = g->ledger.received; n < g->ledger.accepted; n++)
        tb_strand(f, ledger_at(&g->ledger, n));
    f->r->sent_lost = v->sent_lost ? v->sent_lost(v->ctx) : 0;
}
