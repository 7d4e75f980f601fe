// SPDX-License-Identifier: Apache-2.0
#include "tests/virtio_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "driver/builtin.h"
#include "driver/virtio_abi.h"

#include <string.h>

enum { HEAD = 14, NUMBER_AT = 14, LEN_MIN = 22, LEN_MAX = 1514, TAG = 4 };

static const uint8_t guest_mac[6] = {2, 0, 0, 0, 1, 1}, other_mac[6] = {2, 0, 0, 0, 9, 9};

// ---- frames ------------------------------------------------------------------------------------

static uint8_t byte_of(uint32_t number, uint32_t i)
{
    return (uint8_t)((number * 2654435761u + i * 40503u) >> 11);
}

static bool tagged(uint32_t number)
{
    return number % 7 == 3;
}

static void fill(os_pkt_t *p, uint32_t number, uint32_t len)
{
    memcpy(p->data, guest_mac, 6);
    memcpy(p->data + 6, other_mac, 6);
    p->data[12] = 0x88;
    p->data[13] = 0xB5;
    memcpy(p->data + NUMBER_AT, &number, 4);
    for (uint32_t i = NUMBER_AT + 4; i < len; i++) p->data[i] = byte_of(number, i);
    p->len = len;
    p->csum_ok = number & 1;
    p->vlan_present = tagged(number); // taken off by the driver of the uplink
    p->vlan_tci = (uint16_t)(number & 0xFFF);
}

// As the guest has it, tag and all; the number.
static uint32_t check(const os_pkt_t *p, const uint8_t *to, const uint8_t *from)
{
    uint32_t number, at = NUMBER_AT;
    assert_true(p->len >= LEN_MIN);
    assert_memory_equal(p->data, to, 6);
    assert_memory_equal(p->data + 6, from, 6);
    if (p->data[12] == 0x81) at += TAG;
    memcpy(&number, p->data + at, 4);
    assert_true(number < RIG_FRAMES);
    assert_int_equal(at != NUMBER_AT, tagged(number));
    if (tagged(number)) assert_int_equal(p->data[14] << 8 | p->data[15], number & 0xFFF);
    assert_int_equal(p->data[at - 2] << 8 | p->data[at - 1], 0x88B5);
    for (uint32_t i = at + 4; i < p->len; i++)
        if (p->data[i] != byte_of(number, i - at + NUMBER_AT))
            fail_msg("frame %u: byte %u is not the one that was sent", number, i);
    return number;
}

static void become(virtio_rig_t *g, uint32_t number, enum rig_fate from, enum rig_fate to)
{
    if (g->fate[number] != from)
        fail_msg("frame %u: becomes %u from %u", number, to, g->fate[number]);
    g->fate[number] = (uint8_t)to;
    g->count[to]++;
}

static uint32_t number_of(const os_pkt_t *p)
{
    uint32_t number;
    memcpy(&number, p->data + NUMBER_AT, 4);
    return number;
}

// ---- where frames come by ----------------------------------------------------------------------

static void on_offered(void *ctx, os_pkt_t *p, uint64_t cyc)
{
    (void)cyc;
    become(ctx, number_of(p), RIG_NONE, RIG_OFFERED);
}

static void on_refused(void *ctx, const os_pkt_t *p)
{
    become(ctx, number_of(p), RIG_OFFERED, RIG_REFUSED);
}

static void on_taken(void *ctx, const os_pkt_t *p)
{
    become(ctx, number_of(p), RIG_OFFERED, RIG_HOSTED);
}

static void on_hosted(void *ctx, uint64_t cyc, uint64_t hpa)
{
    (void)hpa;
    virtio_rig_t *g = ctx;
    assert_true(cyc >= g->sim.now_cyc);
    assert_int_equal(++g->hosted, g->count[RIG_HOSTED]); // in the instant in which it is taken
}

static void on_interrupt(void *ctx, uint64_t cyc, bool level)
{
    virtio_rig_t *g = ctx;
    (void)cyc;
    assert_true(level);
    g->interrupts++;
}

static void on_delivered(void *ctx, const os_pkt_t *p, uint64_t cyc)
{
    virtio_rig_t *g = ctx;
    const uint32_t number = check(p, guest_mac, other_mac);
    (void)cyc;
    assert_int_equal(p->csum_ok, number & 1);
    assert_true(number > g->last_delivered); // in order
    g->last_delivered = number;
    become(g, number, RIG_HOSTED, RIG_DELIVERED);
}

static void on_answer(void *ctx, core_t *c, os_pkt_t *p)
{
    virtio_rig_t *g = ctx;
    (void)c;
    if (g->no_driver) { // it sends what it likes
        os_pkt_free(g->uplink, p);
        return;
    }
    const uint32_t number = check(p, other_mac, guest_mac);
    assert_true(number > g->last_answered);
    g->last_answered = number;
    become(g, number, RIG_DELIVERED, RIG_ANSWERED);
    os_pkt_free(g->uplink, p);
}

// ---- traffic -----------------------------------------------------------------------------------

static bool on_source(void *ctx)
{
    virtio_rig_t *g = ctx;
    core_t *c = core_current(&g->sim);
    for (; g->due; g->due--) {
        const uint32_t len = LEN_MIN + (uint32_t)rng_below(g->rng, LEN_MAX - LEN_MIN + 1);
        os_pkt_t *p = os_pkt_alloc(g->uplink, len);
        if (!p) continue;
        assert_true(g->frames < RIG_FRAMES);
        fill(p, g->frames++, len);
        bridge_in(g->bridge, c, BRIDGE_UPLINK, p);
    }
    return true;
}

void virtio_rig_burst(virtio_rig_t *g, uint32_t frames)
{
    g->due += frames;
    core_irq_edge(&g->source, g->sim.now_cyc);
}

static void on_event(void *ctx, uint64_t now_cyc)
{
    virtio_rig_t *g = ctx;
    uint32_t n = 1 + (uint32_t)rng_below(g->rng, g->burst_max);
    if (n > g->left) n = g->left;
    g->left -= n;
    virtio_rig_burst(g, n);
    if (g->left) sim_at(&g->sim, &g->event, now_cyc + 1 + rng_below(g->rng, g->gap_max_cyc));
}

void virtio_rig_traffic(virtio_rig_t *g, uint32_t frames, uint32_t burst_max, uint64_t gap_max_cyc)
{
    g->left = frames;
    g->burst_max = burst_max;
    g->gap_max_cyc = gap_max_cyc;
    sim_at(&g->sim, &g->event, g->sim.now_cyc + 1);
}

void virtio_rig_rest(virtio_rig_t *g)
{
    while (core_set_run(g->set, SIM_NEVER)) {}
}

// ---- the machine -------------------------------------------------------------------------------

static void on_log(void *ctx, const os_dev_t *d, const char *text)
{
    (void)d;
    virtio_rig_t *g = ctx;
    if (!g->logs++) print_message("the driver says: %s\n", text);
}

void virtio_rig_init(virtio_rig_t *g, rng_t *rng)
{
    memset(g, 0, sizeof *g);
    g->profile.value[COST_hz] = 250;
    g->profile.value[COST_sched_slice_us] = 1000;
    g->profile.value[COST_sockbuf_bytes] = 1u << 30;
    g->vcpus = 1;
    g->event_idx = true;
    g->rx_ring = g->tx_ring = 256;
    g->queue_max = 1000;
    g->budget = 64;
    g->vcpu_params.idle_poll = true;
    g->rng = rng;
    g->last_delivered = g->last_answered = -1;
}

static void build_guest(virtio_rig_t *g)
{
    virtio_params_t p = {.vif = {.sim = &g->sim,
                                 .mem = g->mem,
                                 .uplink = g->uplink,
                                 .bridge = g->bridge,
                                 .core = &g->set->core[g->vcpus + 1],
                                 .queue_max = g->queue_max,
                                 .ctx = g,
                                 .offered = on_offered,
                                 .refused = on_refused,
                                 .taken = on_taken,
                                 .hosted = on_hosted,
                                 .interrupt = on_interrupt},
                         .packet_ps = g->worker_ps,
                         .byte_ps = g->byte_ps,
                         .event_idx = g->event_idx};
    memcpy(p.vif.mac, guest_mac, 6);
    assert_true(virtio_create(&g->vif, &p));
    netstack_params_t np = netstack_params_of(&g->profile);
    np.app_core = g->app_vcpu;
    np.echo = g->echo;
    np.queue_max = 1u << 20;
    np.ctx = g;
    np.delivered = on_delivered;
    g->net = netstack_create(g->vif.dev, &np);
    assert_non_null(g->net);
}

static void open_guest(virtio_rig_t *g)
{
    os_coalesce_t co;
    os_ringparam_t ring = {g->rx_ring, g->tx_ring};
    memset(&co, 0xFF, sizeof co);
    co.tx_frames = g->each_tx;
    assert_int_equal(os_dev_probe(g->vif.dev, virtio_net_driver()), 0);
    assert_int_equal(os_dev_op(g->vif.dev, OS_OP_SET_RINGPARAM, &ring), 0);
    assert_int_equal(os_dev_op(g->vif.dev, OS_OP_SET_COALESCE, &co), 0);
    assert_int_equal(os_dev_op(g->vif.dev, OS_OP_OPEN, NULL), 0);
    assert_true(os_dev_carrier(g->vif.dev, NULL));
    assert_memory_equal(os_dev_mac(g->vif.dev), guest_mac, 6);
}

void virtio_rig_start(virtio_rig_t *g)
{
    const core_params_t cp = core_params_of(&g->profile);
    os_params_t op = os_params_of(&g->profile);
    op.weight = g->budget;
    op.packets_max = g->packets_max;
    op.log_ctx = g;
    op.log = on_log;
    op.defer_hard_irqs = g->defer;
    op.gro_flush_ps = g->defer ? 20000000 : 0;
    sim_init(&g->sim);
    g->mem = memory_create(64u << 20);
    g->set = core_set_create(&g->sim, g->vcpus + 2, &cp);
    for (unsigned i = 0; i < g->vcpus; i++) {
        g->vcpu[i].p = g->vcpu_params;
        g->set->core[i].vcpu = &g->vcpu[i];
    }
    g->host = os_host_create(g->set, g->mem, &op);
    g->uplink = os_dev_create(g->host, 0, g->vcpus);
    const bridge_params_t bp = {.forward_ps = g->profile.value[COST_bridge_ns] * 1000};
    g->bridge = bridge_create(g->uplink, &bp, on_answer, g);
    assert_non_null(g->bridge);
    build_guest(g);
    sim_event_init(&g->event, "frames", on_event, g);
    core_irq_listen(&g->source, &g->set->core[g->vcpus], on_source, g);
    if (!g->no_driver) open_guest(g);
    virtio_rig_rest(g);
}

void virtio_rig_end(virtio_rig_t *g)
{
    core_set_destroy(g->set);
    g->vif.destroy(g->vif.ctx);
    netstack_destroy(g->net);
    bridge_destroy(g->bridge);
    os_host_destroy(g->host);
    memory_destroy(g->mem);
}
