// SPDX-License-Identifier: Apache-2.0
#include "tests/xen_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "driver/builtin.h"
#include "driver/xen_netif.h"

#include <stdlib.h>
#include <string.h>

enum { SEQ_AT = 14, DATA_AT = 22, TYPE_DOWN = 0xB5, TYPE_UP = 0xB6 };

static const uint8_t guest_mac[6] = {0x02, 0, 0, 0, 0, 0x11}, far_mac[6] = {0x02, 0, 0, 0, 0, 0x22};

// ---- frames ------------------------------------------------------------------------------------

static uint64_t mix(uint64_t v)
{
    v = (v ^ v >> 31) * UINT64_C(0x9E3779B97F4A7C15);
    return v ^ v >> 29;
}

static uint32_t length_of(const xen_rig_t *g, uint64_t seq)
{
    return g->len_min + (uint32_t)(mix(seq) % (g->len_max - g->len_min + 1));
}

static void fill(const xen_rig_t *g, os_pkt_t *p, uint8_t type, uint64_t seq)
{
    p->len = length_of(g, seq);
    memcpy(p->data, type == TYPE_DOWN ? guest_mac : far_mac, 6);
    memcpy(p->data + 6, type == TYPE_DOWN ? far_mac : guest_mac, 6);
    p->data[12] = 0x88;
    p->data[13] = type;
    memcpy(p->data + SEQ_AT, &seq, 8);
    for (uint32_t i = DATA_AT; i < p->len; i++) p->data[i] = (uint8_t)(mix(seq + i) >> 8);
}

// Is it the frame it says it is?
static bool right(const xen_rig_t *g, const os_pkt_t *p, uint8_t type, uint64_t *seq)
{
    if (p->len < DATA_AT || p->data[13] != type) return false;
    memcpy(seq, p->data + SEQ_AT, 8);
    if (p->len != length_of(g, *seq)) return false;
    for (uint32_t i = DATA_AT; i < p->len; i++)
        if (p->data[i] != (uint8_t)(mix(*seq + i) >> 8)) return false;
    return true;
}

static void see(const xen_rig_t *g, const os_pkt_t *p, uint8_t type, xen_seen_t *s)
{
    uint64_t seq;
    if (!right(g, p, type, &seq)) {
        s->wrong++;
        return;
    }
    s->sum += mix(seq + 1);
    if (seq < s->next) s->overtaken++;
    else s->next = seq + 1;
}

static void on_delivered(void *ctx, const os_pkt_t *p, uint64_t cyc)
{
    xen_rig_t *g = ctx;
    see(g, p, TYPE_DOWN, &g->to_guest.seen);
    g->to_guest.came++;
    g->last_cyc = cyc;
}

static void on_uplink(void *ctx, core_t *c, os_pkt_t *p)
{
    xen_rig_t *g = ctx;
    (void)c;
    if (p->len > 13 && p->data[13] == TYPE_UP) {
        see(g, p, TYPE_UP, &g->from_guest.seen);
        g->from_guest.came++;
    } else {
        see(g, p, TYPE_DOWN, &g->echo_seen);
        g->echoed++;
    }
    os_pkt_free(g->uplink, p);
}

// ---- where they are made -----------------------------------------------------------------------

static void make(xen_flow_t *f, core_t *c)
{
    xen_rig_t *g = f->rig;
    const bool down = f == &g->to_guest;
    uint64_t n = f->random ? 1 + rng_below(&g->random, f->burst) : f->burst;
    for (; n && f->left; n--) {
        os_pkt_t *p = os_pkt_alloc(down ? g->uplink : g->vif.dev, g->len_max);
        if (!p) break; // no memory: made later
        f->left--;
        fill(g, p, down ? TYPE_DOWN : TYPE_UP, f->made);
        f->made_sum += mix(++f->made);
        if (down) bridge_in(g->bridge, c, BRIDGE_UPLINK, p);
        else netstack_send(g->net, c, p);
    }
}

static bool on_irq(void *ctx)
{
    xen_flow_t *f = ctx;
    make(f, core_current(&f->rig->sim));
    return true;
}

static void on_item(void *ctx)
{
    xen_flow_t *f = ctx;
    make(f, core_current(&f->rig->sim));
}

static unsigned dom0(const xen_rig_t *g)
{
    return g->cores - 1;
}

// Where the guest's application is, and what it sends is made.
static unsigned app_core(const xen_rig_t *g)
{
    return g->cores > 2;
}

static void on_flow(void *ctx, uint64_t now_cyc)
{
    xen_flow_t *f = ctx;
    xen_rig_t *g = f->rig;
    if (!f->left) return;
    if (f == &g->to_guest) core_irq_edge(&f->irq, now_cyc);
    else core_item_queue(&g->set->core[app_core(g)], &f->item);
    const uint64_t gap_cyc = f->random ? 1 + rng_below(&g->random, 2 * f->gap_cyc) : f->gap_cyc;
    sim_at(&g->sim, &f->event, now_cyc + gap_cyc);
}

void xen_rig_flow(xen_rig_t *g, xen_flow_t *f, uint64_t gap_cyc, uint64_t burst, uint64_t count,
                  bool random)
{
    f->gap_cyc = gap_cyc;
    f->burst = burst;
    f->left = count;
    f->random = random;
    sim_at(&g->sim, &f->event, g->sim.now_cyc + 1);
}

// ---- observers ---------------------------------------------------------------------------------

static void on_offered(void *ctx, os_pkt_t *p, uint64_t cyc)
{
    xen_rig_t *g = ctx;
    (void)p;
    g->offered_cyc = cyc;
    g->offered++;
}

static void on_refused(void *ctx, const os_pkt_t *p)
{
    xen_rig_t *g = ctx;
    (void)p;
    g->refused++;
}

static void on_taken(void *ctx, const os_pkt_t *p)
{
    xen_rig_t *g = ctx;
    (void)p;
    if (g->taken == 0) g->first_cyc = g->sim.now_cyc;
    g->taken++;
}

static void on_hosted(void *ctx, uint64_t cyc, uint64_t hpa)
{
    (void)hpa;
    xen_rig_t *g = ctx;
    g->hosted_cyc = cyc;
    g->hosted++;
}

static void on_interrupt(void *ctx, uint64_t cyc, bool level)
{
    xen_rig_t *g = ctx;
    (void)cyc, (void)level;
    g->interrupts++;
}

// ---- the machine -------------------------------------------------------------------------------

void xen_rig_init(xen_rig_t *g, uint64_t seed)
{
    memset(g, 0, sizeof *g);
    g->profile.value[COST_hz] = 250;
    g->profile.value[COST_sched_slice_us] = 1000;
    g->profile.value[COST_sockbuf_bytes] = 1u << 30;
    g->cores = 2;
    g->queue_max = 256;
    g->weight = 64;
    g->len_min = g->len_max = 60;
    rng_seed(&g->random, seed);
}

static os_params_t os_params(const xen_rig_t *g)
{
    os_params_t p = os_params_of(&g->profile);
    p.weight = (int)g->weight;
    p.packets_max = g->packets_max;
    return p;
}

static void flow_init(xen_rig_t *g, xen_flow_t *f)
{
    f->rig = g;
    f->item = (core_item_t){.fn = on_item, .ctx = f};
    sim_event_init(&f->event, "frames", on_flow, f);
}

static void build_vif(xen_rig_t *g)
{
    xen_params_t p = xen_params_of(&g->profile);
    p.vif = (vif_params_t){.sim = &g->sim,
                           .mem = g->mem,
                           .uplink = g->uplink,
                           .bridge = g->bridge,
                           .core = &g->set->core[dom0(g)],
                           .queue_max = g->queue_max,
                           .ctx = g,
                           .offered = on_offered,
                           .refused = on_refused,
                           .taken = on_taken,
                           .hosted = on_hosted,
                           .interrupt = on_interrupt};
    memcpy(p.vif.mac, guest_mac, 6);
    assert_true(xen_create(&g->vif, &p));
    netstack_params_t np = netstack_params_of(&g->profile);
    np.echo = g->echo;
    np.app_core = app_core(g);
    np.ctx = g;
    np.delivered = on_delivered;
    np.queue_max = 4096;
    g->net = netstack_create(g->vif.dev, &np);
    assert_non_null(g->net);
}

void xen_rig_start(xen_rig_t *g)
{
    const core_params_t cp = core_params_of(&g->profile);
    const os_params_t op = os_params(g);
    const bridge_params_t bp = {.forward_ps = g->profile.value[COST_bridge_ns] * 1000};
    const os_virt_t none = {0};
    sim_init(&g->sim);
    g->mem = memory_create(256u << 20);
    g->set = core_set_create(&g->sim, g->cores, &cp);
    g->host = os_host_create(g->set, g->mem, &op);
    for (unsigned i = 0; i < dom0(g); i++) { // on one processor there is no vCPU of its own
        g->vcpu[i].p = vcpu_params_of(&g->profile);
        g->vcpu[i].p.pv = true;
        g->vcpu[i].p.idle_poll = g->idle_poll;
        g->set->core[i].vcpu = &g->vcpu[i];
    }
    g->uplink = os_dev_create_virtual(g->host, dom0(g), &none);
    g->bridge = bridge_create(g->uplink, &bp, on_uplink, g);
    assert_non_null(g->bridge);
    build_vif(g);
    flow_init(g, &g->to_guest);
    flow_init(g, &g->from_guest);
    core_irq_listen(&g->to_guest.irq, &g->set->core[dom0(g)], on_irq, &g->to_guest);
    assert_int_equal(os_dev_probe(g->vif.dev, netfront_driver()), 0);
    assert_int_equal(os_dev_op(g->vif.dev, OS_OP_OPEN, NULL), 0);
    assert_memory_equal(os_dev_mac(g->vif.dev), guest_mac, 6);
    xen_rig_run(g, 1000); // to rest
}

void xen_rig_run(xen_rig_t *g, uint64_t us)
{
    core_set_run(g->set, g->sim.now_cyc + us * XEN_RIG_US_CYC);
}

// Each as it was, once, and in order.
static void check_order(const xen_rig_t *g)
{
    const xen_seen_t *down = &g->to_guest.seen, *up = &g->from_guest.seen, *echo = &g->echo_seen;
    assert_int_equal(down->wrong + up->wrong + echo->wrong, 0);
    assert_int_equal(down->overtaken + up->overtaken + echo->overtaken, 0);
    assert_int_equal(up->sum, g->from_guest.made_sum);
    if (g->echo) assert_int_equal(echo->sum, down->sum);
    if (g->refused == 0) assert_int_equal(down->sum, g->to_guest.made_sum);
}

void xen_rig_check(xen_rig_t *g)
{
    char err[256];
    check_order(g);
    assert_int_equal(g->to_guest.left + g->from_guest.left, 0);
    assert_int_equal(g->offered, g->to_guest.made);
    assert_int_equal(g->taken, g->offered - g->refused);
    assert_int_equal(g->hosted, g->taken);
    assert_int_equal(g->to_guest.came, g->taken);
    assert_int_equal(g->from_guest.came, g->from_guest.made);
    assert_int_equal(g->echoed, g->echo ? g->to_guest.came : 0);
    assert_true(g->vif.idle(g->vif.ctx, g->sim.now_cyc));
    assert_true(netstack_idle(g->net));
    assert_int_equal(g->vif.sent_lost(g->vif.ctx), 0);
    assert_int_equal(os_host_packets(g->host),
                     XEN_RING); // receive pages: all that was sent is cleaned up
    assert_int_equal(os_host_stats(g->host)->driver_errors, 0);
    if (core_set_check(g->set, err) != 0) fail_msg("%s", err);
}

void xen_rig_end(xen_rig_t *g)
{
    (void)os_dev_op(g->vif.dev, OS_OP_REMOVE, NULL);
    core_set_destroy(g->set);
    netstack_destroy(g->net);
    g->vif.destroy(g->vif.ctx);
    bridge_destroy(g->bridge);
    os_host_destroy(g->host);
    memory_destroy(g->mem);
}
