// SPDX-License-Identifier: Apache-2.0
// Netfront against netback: rules of the rings, events and exits a frame, frames in both directions under pressure, opening and closing, and
// the tandem of Dom0 and guest (analytic-models section 12).
#include "tests/run_help.h"

#include "driver/builtin.h"
#include "driver/xen_netif.h"
#include "tests/xen_rig.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// ---- rules of the rings ------------------------------------------------------------------------

// Notified is who asked for one of the steps that were made, from wherever they begin.
static void who_asked_for_a_step_is_notified(void **state)
{
    (void)state;
    static const uint32_t START[] = {0,          1,          255,        256,
                                     0x7FFFFFFE, 0xFFFFFF00, 0xFFFFFFFE, 0xFFFFFFFF};
    unsigned notified = 0;
    for (unsigned s = 0; s < sizeof START / sizeof START[0]; s++)
        for (uint32_t steps = 0; steps <= XEN_RING; steps++)
            for (int asked = -300; asked <= 300; asked++) {
                const bool made = asked >= 1 && asked <= (int)steps;
                const uint32_t event = START[s] + (uint32_t)asked;
                assert_int_equal(xen_wants_event(START[s], START[s] + steps, event), made);
                notified += made;
            }
    assert_int_equal(notified, 8 * XEN_RING * (XEN_RING + 1) / 2);
}

// Slots follow each other, come round after 256, do not meet, and the page holds them; the same where indices wrap.
static void slots_follow_the_index(void **state)
{
    (void)state;
    static const uint32_t BYTES[] = {XEN_TX_SLOT, XEN_RX_SLOT};
    for (unsigned b = 0; b < 2; b++)
        for (uint32_t i = 0xFFFFFD00; i != 0x300; i++) {
            const uint32_t at = xen_slot(i, BYTES[b]), next = xen_slot(i + 1, BYTES[b]);
            assert_true(at >= XEN_SLOTS && at + BYTES[b] <= XEN_PAGE);
            assert_int_equal(at, xen_slot(i + XEN_RING, BYTES[b]));
            if (i % XEN_RING == XEN_RING - 1) assert_int_equal(next, XEN_SLOTS);
            else assert_int_equal(next, at + BYTES[b]);
        }
}

// ---- events and exits --------------------------------------------------------------------------

static uint64_t exits_of(const xen_rig_t *g, enum vcpu_exit kind)
{
    return g->vcpu[0].exits[kind];
}

// Nothing but these of the kinds there are.
static void expect_exits(const xen_rig_t *g, const uint64_t before[VCPU_EXIT_KINDS],
                         const uint64_t want[VCPU_EXIT_KINDS])
{
    for (unsigned k = 0; k < VCPU_EXIT_KINDS; k++)
        RUN_EXPECT(vcpu_exit_name((enum vcpu_exit)k), g->vcpu[0].exits[k] - before[k], want[k]);
}

typedef struct before {
    uint64_t exits[VCPU_EXIT_KINDS], wakeups, interrupts;
    xen_stats_t s;
} before_t;

static before_t before(const xen_rig_t *g)
{
    before_t b = {
        .wakeups = g->vcpu[0].wakeups, .interrupts = g->interrupts, .s = xen_stats(&g->vif)};
    memcpy(b.exits, g->vcpu[0].exits, sizeof b.exits);
    return b;
}

// A lone frame: one event to the guest, none back, and no EOI. With an echo, each way one more: a hypercall, and the event that tells
// that it has been sent.
static void a_lone_frame_is_one_event(void **state)
{
    (void)state;
    enum { N = 500 };
    for (unsigned i = 0; i < 4; i++) {
        xen_rig_t g;
        xen_rig_init(&g, 1);
        g.idle_poll = i & 1;
        g.echo = i & 2;
        g.profile.value[COST_netback_packet_ns] = 1000;
        xen_rig_start(&g);
        const before_t b = before(&g);
        xen_rig_flow(&g, &g.to_guest, 100 * XEN_RIG_US_CYC, 1, N, false);
        xen_rig_run(&g, (N + 1) * 100);
        const uint64_t events = N * (1 + g.echo);
        const xen_stats_t s = xen_stats(&g.vif);
        RUN_EXPECT("events", s.events_to_guest - b.s.events_to_guest, events);
        RUN_EXPECT("interrupts", g.interrupts - b.interrupts, events);
        RUN_EXPECT("merged", s.events_merged, b.s.events_merged);
        RUN_EXPECT("back", s.events_from_guest - b.s.events_from_guest, g.echo ? N : 0);
        const uint64_t want[VCPU_EXIT_KINDS] = {
            [VCPU_EXIT_hypercall] = g.echo ? N : 0,
            [VCPU_EXIT_interrupt] = g.idle_poll ? events : 0,
            [VCPU_EXIT_hlt] = g.idle_poll ? 0 : events,
        };
        expect_exits(&g, b.exits, want);
        RUN_EXPECT("woken", g.vcpu[0].wakeups - b.wakeups, g.idle_poll ? 0 : events);
        xen_rig_check(&g);
        xen_rig_end(&g);
    }
}

// n frames, of which the guest takes longer for each than netback does: those after the first come while it polls. Beyond 64 it is
// one poll after the other; nothing is asked for while there is more to do.
static void frames_while_the_guest_polls_are_one_event(void **state)
{
    (void)state;
    static const unsigned N[] = {1, 2, 3, 10, 63, 64, 65, 200, 256, 400, 1000};
    for (unsigned i = 0; i < sizeof N / sizeof N[0]; i++) {
        xen_rig_t g;
        xen_rig_init(&g, 1);
        g.idle_poll = true;
        g.queue_max = 1000;
        g.profile.value[COST_netback_packet_ns] = 1000;
        g.profile.value[COST_rx_packet_ns] = 3000;
        xen_rig_start(&g);
        const before_t b = before(&g);
        xen_rig_flow(&g, &g.to_guest, 1, N[i], N[i], false);
        xen_rig_run(&g, 20000);
        RUN_EXPECT("delivered", g.to_guest.came, N[i]);
        RUN_EXPECT("events", g.interrupts - b.interrupts, 1);
        RUN_EXPECT("exits", exits_of(&g, VCPU_EXIT_interrupt) - b.exits[VCPU_EXIT_interrupt], 1);
        xen_rig_check(&g);
        xen_rig_end(&g);
    }
}

// The other way: netback asks only before it sleeps, so n frames that come while it works are one hypercall. It answers one by one, and
// the guest wants to know when half of what is under way has gone.
static void frames_while_netback_works_are_one_hypercall(void **state)
{
    (void)state;
    static const unsigned N[] = {1, 2, 3, 10, 64, 200, 256, 400, 1000};
    for (unsigned i = 0; i < sizeof N / sizeof N[0]; i++) {
        xen_rig_t g;
        xen_rig_init(&g, 1);
        g.idle_poll = true;
        g.profile.value[COST_netback_packet_ns] = 10000;
        g.profile.value[COST_tx_packet_ns] = 100;
        xen_rig_start(&g);
        const before_t b = before(&g);
        xen_rig_flow(&g, &g.from_guest, 1, N[i], N[i], false);
        xen_rig_run(&g, 20000);
        RUN_EXPECT("sent", g.from_guest.came, N[i]);
        RUN_EXPECT("hypercalls", exits_of(&g, VCPU_EXIT_hypercall) - b.exits[VCPU_EXIT_hypercall],
                   1);
        xen_rig_check(&g);
        xen_rig_end(&g);
    }
}

// An event in a handler waits for its end and needs no window; nothing is ended. On the machine of interrupts both are exits.
static void events_have_neither_windows_nor_eois(void **state)
{
    (void)state;
    for (unsigned pv = 0; pv < 2; pv++) {
        xen_rig_t g;
        xen_rig_init(&g, 1);
        g.idle_poll = true;
        g.profile.value[COST_irq_exit_ns] = 20000; // interrupts are off, and the word is clear
        g.profile.value[COST_netback_packet_ns] = 10000;
        xen_rig_start(&g);
        g.vcpu[0].p.pv = pv;
        const before_t b = before(&g);
        // A frame each way, answers to which come 10 us apart.
        xen_rig_flow(&g, &g.to_guest, 100 * XEN_RIG_US_CYC, 1, 100, false);
        xen_rig_flow(&g, &g.from_guest, 100 * XEN_RIG_US_CYC, 1, 100, false);
        xen_rig_run(&g, 12000);
        const uint64_t taken = exits_of(&g, VCPU_EXIT_interrupt) - b.exits[VCPU_EXIT_interrupt];
        const uint64_t eoi = exits_of(&g, VCPU_EXIT_eoi) - b.exits[VCPU_EXIT_eoi];
        const uint64_t window = exits_of(&g, VCPU_EXIT_irq_window) - b.exits[VCPU_EXIT_irq_window];
        assert_true(taken >= 100);
        RUN_EXPECT("EOI", eoi, pv ? 0 : taken);
        if (pv) RUN_EXPECT("windows", window, 0);
        else assert_true(window > 50);
        xen_rig_check(&g);
        xen_rig_end(&g);
    }
}

// From the port of the bridge to the application, a lone frame of 500 bytes takes the sum of its parts: the thread is woken by the
// handler that brings it, the guest by the event.
static void a_lone_frame_takes_what_the_parts_cost(void **state)
{
    (void)state;
    for (unsigned poll = 0; poll < 2; poll++) {
        xen_rig_t g;
        xen_rig_init(&g, 1);
        g.idle_poll = poll;
        g.len_min = g.len_max = 500;
        uint64_t *v = g.profile.value;
        v[COST_wakeup_ns] = 80;
        v[COST_irq_entry_ns] = 160;
        v[COST_irq_exit_ns] = 320;
        v[COST_context_switch_ns] = 640;
        v[COST_netback_packet_ns] = 1280;
        v[COST_grant_copy_ns] = 2560;
        v[COST_backend_byte_ps] = 320; // 160 ns in all
        v[COST_exit_hypercall_ns] = 5120;
        v[COST_vcpu_wake_ns] = 10240;
        v[COST_exit_interrupt_ns] = 7680;
        v[COST_softirq_entry_ns] = 20480;
        v[COST_poll_ns] = 40960;
        v[COST_rx_packet_ns] = 81920;
        v[COST_app_packet_ns] = 163840;
        xen_rig_start(&g);
        for (unsigned i = 0; i < 5; i++) {
            xen_rig_flow(&g, &g.to_guest, 1, 1, 1, false);
            xen_rig_run(&g, 2000);
            RUN_EXPECT("copied", (g.hosted_cyc - g.offered_cyc) * 8,
                       80 + 320 + 640 + 1280 + 2560 + 160);
            RUN_EXPECT("delivered", (g.last_cyc - g.hosted_cyc) * 8,
                       5120 + (poll ? 7680 : 10240) + 160 + 320 + 20480 + 40960 + 81920 + 80 + 640 +
                           163840);
        }
        xen_rig_check(&g);
        xen_rig_end(&g);
    }
}

// ---- frames ------------------------------------------------------------------------------------

static uint64_t below(rng_t *r, uint64_t n)
{
    return rng_below(r, n);
}

// Costs of any proportion, both directions at once, bursts beyond the rings, queues that are too short: every frame comes out once, in
// order and as it was, whatever is asleep when it comes; when nothing more is sent nothing is left behind.
static void every_frame_arrives_and_nothing_stalls(void **state)
{
    (void)state;
    const uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 1;
    uint64_t frames = 0, refused = 0, restarts = 0;
    for (unsigned i = 0; i < 200; i++) {
        xen_rig_t g;
        rng_t r;
        rng_seed(&r, seed * 1000 + i);
        xen_rig_init(&g, seed + i);
        uint64_t *v = g.profile.value;
        v[COST_netback_packet_ns] = below(&r, 3) * below(&r, 4000);
        v[COST_grant_copy_ns] = below(&r, 2) * below(&r, 1000);
        v[COST_backend_byte_ps] = below(&r, 2) * 200;
        v[COST_bridge_ns] = below(&r, 600);
        v[COST_rx_packet_ns] = below(&r, 3) * below(&r, 3000);
        v[COST_rx_alloc_ns] = below(&r, 300);
        v[COST_tx_packet_ns] = below(&r, 2000);
        v[COST_tx_clean_ns] = below(&r, 300);
        v[COST_app_packet_ns] = below(&r, 2000);
        v[COST_irq_entry_ns] = below(&r, 1000);
        v[COST_wakeup_ns] = below(&r, 1000);
        v[COST_exit_hypercall_ns] = below(&r, 3) * below(&r, 2000);
        v[COST_exit_interrupt_ns] = below(&r, 3000);
        v[COST_vcpu_wake_ns] = below(&r, 10000);
        v[COST_idle_exit_ns] = below(&r, 2000);
        g.cores = 2 + (unsigned)below(&r, 2);
        g.idle_poll = below(&r, 2);
        g.echo = below(&r, 2);
        g.queue_max = i % 3 == 0 ? 5 : 2000;
        g.weight = 1 + (uint32_t)below(&r, 64);
        g.len_max = 60 + (uint32_t)below(&r, 1455);
        xen_rig_start(&g);
        const uint64_t gap = 1 + below(&r, 2000), burst = 1 + below(&r, i % 2 ? 400 : 8);
        xen_rig_flow(&g, &g.to_guest, gap * burst / 2, burst, 1200, true);
        if (i % 4 != 3) xen_rig_flow(&g, &g.from_guest, gap * burst / 2, burst, 600, true);
        for (unsigned ms = 0; ms < 400 && (g.to_guest.left || g.from_guest.left); ms++)
            xen_rig_run(&g, 1000);
        xen_rig_run(&g, 60000);
        os_drv_stats_t s;
        assert_int_equal(os_dev_op(g.vif.dev, OS_OP_GET_STATS, &s), 0);
        assert_int_equal(s.rx_packets, g.taken);
        assert_int_equal(s.rx_errors + s.tx_busy + s.rx_alloc_failed, 0);
        xen_rig_check(&g);
        frames += g.to_guest.came + g.from_guest.came + g.echoed;
        refused += g.refused;
        restarts += s.tx_restart;
        xen_rig_end(&g);
    }
    print_message("%" PRIu64 " frames, %" PRIu64 " refused, transmission stopped %" PRIu64
                  " times\n",
                  frames, refused, restarts);
    assert_true(frames >= 100000 && refused > 100 && restarts > 100);
}

// A frame has been sent while the guest polls, behind the poll's look at the transmit ring: its event finds the poll scheduled, and nothing
// else would come that makes somebody look again. A single pair of frames, so that nobody helps.
static void an_event_in_a_poll_is_not_forgotten(void **state)
{
    (void)state;
    for (unsigned netback_us = 1; netback_us < 60; netback_us++) {
        xen_rig_t g;
        xen_rig_init(&g, 1);
        g.profile.value[COST_netback_packet_ns] = netback_us * 1000;
        g.profile.value[COST_poll_ns] = 10000;
        g.profile.value[COST_rx_packet_ns] = 50000;
        xen_rig_start(&g);
        xen_rig_flow(&g, &g.to_guest, 1, 1, 1, false);
        xen_rig_flow(&g, &g.from_guest, 1, 1, 1, false);
        xen_rig_run(&g, 1000);
        xen_rig_check(&g); // with what is left of packets
        xen_rig_end(&g);
    }
}

// The ring's indices wrap after 128 frames, and 256 slots later everything has been used once.
static void indices_wrap(void **state)
{
    (void)state;
    xen_rig_t g;
    xen_rig_init(&g, 1);
    g.echo = true;
    g.len_max = 1514;
    xen_rig_start(&g);
    xen_rig_flow(&g, &g.to_guest, 125, 1, 1000, false);
    xen_rig_run(&g, 2000);
    assert_true((uint32_t)(XEN_RING_START + g.taken) < XEN_RING_START);
    RUN_EXPECT("echoed", g.echoed, 1000);
    xen_rig_check(&g);
    xen_rig_end(&g);
}

// Somebody who takes every buffer there is, and gives them back later.
typedef struct hog {
    xen_rig_t *g;
    os_pkt_t *held;
    uint64_t until_cyc;
    sim_event_t event;
    core_irq_t irq;
} hog_t;

static bool hog_takes(void *ctx)
{
    hog_t *h = ctx;
    xen_rig_t *g = h->g;
    os_pkt_t *p;
    while (g->sim.now_cyc < h->until_cyc && (p = os_pkt_alloc(g->uplink, 60))) {
        p->next = h->held;
        h->held = p;
    }
    while (g->sim.now_cyc >= h->until_cyc && (p = h->held)) {
        h->held = p->next;
        os_pkt_free(g->uplink, p);
    }
    return true;
}

static void on_hog(void *ctx, uint64_t now_cyc)
{
    hog_t *h = ctx;
    core_irq_edge(&h->irq, now_cyc);
    if (now_cyc < h->until_cyc) sim_at(&h->g->sim, &h->event, now_cyc + XEN_RIG_US_CYC);
}

// Memory for receive pages is short for 12 ms: the ring runs dry, and frames wait.
static void run_dry(xen_rig_t *g, hog_t *h)
{
    xen_rig_init(g, 1);
    g->packets_max = 2000;
    g->queue_max = 400;
    g->profile.value[COST_rx_packet_ns] = 3000; // from the copy to the next page
    xen_rig_start(g);
    *h = (hog_t){.g = g, .until_cyc = g->sim.now_cyc + 12000 * XEN_RIG_US_CYC};
    sim_event_init(&h->event, "hog", on_hog, h);
    core_irq_listen(&h->irq, &g->set->core[1], hog_takes, h);
    xen_rig_flow(g, &g->to_guest, 1, 400, 400, false);
    xen_rig_run(g, 2);
    sim_at(&g->sim, &h->event, g->sim.now_cyc + 1);
    xen_rig_run(g, 10000);
    RUN_EXPECT("came", g->to_guest.came, XEN_RING);
    RUN_EXPECT("wait", backend_waiting(g->vif.backend), 400 - XEN_RING);
}

// When there is some the ring is filled up, and all of them arrive.
static void a_ring_without_pages_recovers(void **state)
{
    (void)state;
    xen_rig_t g;
    hog_t h;
    run_dry(&g, &h);
    xen_rig_run(&g, 20000); // netfront tries again every 10 ms
    os_drv_stats_t s;
    assert_int_equal(os_dev_op(g.vif.dev, OS_OP_GET_STATS, &s), 0);
    assert_true(s.rx_alloc_failed > 0);
    RUN_EXPECT("came", g.to_guest.came, 400);
    xen_rig_check(&g);
    xen_rig_end(&g);
}

// The guest closes instead: what waits for its pages has nowhere to go any more.
static void what_waits_for_pages_goes_when_the_guest_closes(void **state)
{
    (void)state;
    xen_rig_t g;
    hog_t h;
    run_dry(&g, &h);
    assert_int_equal(os_dev_op(g.vif.dev, OS_OP_STOP, NULL), 0);
    xen_rig_run(&g, 1000);
    RUN_EXPECT("wait", backend_waiting(g.vif.backend), 0);
    RUN_EXPECT("refused", g.refused, 400 - XEN_RING);
    assert_true(g.vif.idle(g.vif.ctx, g.sim.now_cyc));
    xen_rig_run(&g, 20000); // what the hog has
    RUN_EXPECT("buffers", os_host_packets(g.host), 0);
    xen_rig_end(&g);
}

// Stopped in the middle of traffic, and opened again: whatever was in hand is answered before the pages go, and nothing of the guest's is
// left with anybody.
static void it_can_be_stopped_at_any_time(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        xen_rig_t g;
        xen_rig_init(&g, i);
        g.echo = i & 1;
        g.len_max = 1514;
        g.profile.value[COST_netback_packet_ns] = 700 + 37 * i;
        g.profile.value[COST_rx_packet_ns] = 1000;
        xen_rig_start(&g);
        xen_rig_flow(&g, &g.to_guest, 900 + 11 * i, 3, 5000, true);
        xen_rig_run(&g, 500 + 3 * i);
        assert_int_equal(os_dev_op(g.vif.dev, OS_OP_STOP, NULL), 0);
        xen_rig_run(&g, 1000);
        const uint64_t came = g.to_guest.came,
                       left = g.taken - came; // in the ring, with their pages
        assert_true(came > 0 && left <= XEN_RING);
        if (!g.echo) RUN_EXPECT("buffers", os_host_packets(g.host), 0); // else answers wait
        assert_true(g.vif.idle(g.vif.ctx, g.sim.now_cyc));
        assert_int_equal(os_dev_op(g.vif.dev, OS_OP_OPEN, NULL), 0);
        xen_rig_run(&g, 200000);
        assert_true(g.to_guest.came > came);
        assert_int_equal(g.offered, g.taken + g.refused);
        RUN_EXPECT("came", g.to_guest.came, g.taken - left);
        assert_int_equal(g.to_guest.seen.wrong + g.echo_seen.wrong, 0);
        RUN_EXPECT("buffers", os_host_packets(g.host), XEN_RING);
        assert_int_equal(os_dev_op(g.vif.dev, OS_OP_REMOVE, NULL), 0);
        RUN_EXPECT("buffers", os_host_packets(g.host), 0);
        xen_rig_end(&g);
    }
}

static void what_it_has_not_it_refuses(void **state)
{
    (void)state;
    xen_rig_t g;
    xen_rig_init(&g, 1);
    xen_rig_start(&g);
    os_coalesce_t c = {.rx_usecs = 10};
    assert_int_equal(os_dev_op(g.vif.dev, OS_OP_SET_COALESCE, &c), -EOPNOTSUPP);
    assert_int_equal(os_dev_op(g.vif.dev, OS_OP_GET_COALESCE, &c), -EOPNOTSUPP);
    assert_int_equal(os_dev_op(g.vif.dev, OS_OP_OPEN, NULL), -EBUSY);
    assert_int_equal(netfront_driver()->ids[0], XEN_ID);
    xen_rig_end(&g);
}

// ---- the tandem --------------------------------------------------------------------------------

// Frames a second of the guest, with more offered than anybody can take. Whoever is slower has something to do from the first frame to the
// last delivery, in whatever order.
static double capacity(xen_rig_t *g, uint32_t c0_ns, uint32_t cu_ns, unsigned frames)
{
    g->queue_max = 64;
    g->idle_poll = true;
    g->profile.value[COST_netback_packet_ns] = c0_ns - 400; // 300 for the copy, 100 for 500 bytes
    g->profile.value[COST_grant_copy_ns] = 300;
    g->profile.value[COST_backend_byte_ps] = 200;
    g->len_min = g->len_max = 500;
    g->profile.value[COST_rx_packet_ns] = cu_ns - 300;
    g->profile.value[COST_app_packet_ns] = 300;
    xen_rig_start(g);
    const uint32_t least_ns = c0_ns < cu_ns ? c0_ns : cu_ns;
    xen_rig_flow(g, &g->to_guest, least_ns / 16 + 1, 1, frames, false); // twice as many
    xen_rig_run(g, (uint64_t)frames * least_ns / 1000);
    xen_rig_run(g, 100000);
    assert_int_equal(g->to_guest.seen.wrong, 0);
    assert_true(g->refused > 0);
    return (double)g->to_guest.came / ((double)(g->last_cyc - g->first_cyc) * 8e-9);
}

// 1 / max(c0, cu) on two processors, 1 / (c0 + cu) where they share one. What the faster one does for the first frame, and for the
// last one when it is the second, is the tolerance: a frame or two of some thousand.

static void capacity_is_that_of_the_slower_one(void **state)
{
    (void)state;
    static const uint32_t C0[] = {1000, 2000, 3000, 5000, 2000, 2000},
                          CU[] = {3000, 2000, 1500, 1500, 2100, 1900};
    for (unsigned i = 0; i < 6; i++)
        for (unsigned cores = 1; cores <= 2; cores++) {
            if ((2 * i + cores) % run_stride()) continue;
            xen_rig_t g;
            xen_rig_init(&g, 1);
            g.cores = cores;
            const double pps = capacity(&g, C0[i], CU[i], 40000);
            const uint32_t slower = C0[i] > CU[i] ? C0[i] : CU[i];
            const double want = 1e9 / (cores == 1 ? C0[i] + CU[i] : slower);
            print_message("c0 %u ns, cu %u ns, %u processors: %.0f frames/s, formula %.0f\n", C0[i],
                          CU[i], cores, pps, want);
            RUN_NEAR("capacity", pps, want, 0.0005);
            xen_rig_end(&g);
        }
}

// ---- whole runs --------------------------------------------------------------------------------

static void xen_pv(run_case_t *k, const char *profile)
{
    k->c.path = "xen-pv";
    k->c.profile = profile;
    k->c.driver = "netfront";
    k->c.host_rx_usecs = 0;
}

// The ways of Dom0 differ by their time a frame, and bridge and router in nothing (K-76).
static void attachments_differ_by_their_time(void **state)
{
    (void)state;
    uint64_t mean_ns[3];
    for (unsigned net = DOM0_BRIDGE; net <= DOM0_NAT; net++) {
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=300,pps=2000,count=400");
        xen_pv(&k, "xen-pv-4");
        k.c.dom0_net = net;
        run_play(&k);
        RUN_EXPECT("delivered", k.r.delivered, 400);
        mean_ns[net] = meter_hist_mean_milli(&k.r.latency) / 1000;
        run_free(&k);
    }
    RUN_EXPECT("router", mean_ns[DOM0_ROUTER], mean_ns[DOM0_BRIDGE]);
    RUN_NEAR("NAT", (double)(mean_ns[DOM0_NAT] - mean_ns[DOM0_BRIDGE]), 400, 0.02);
}

// Everything that is offered is accounted for, from a quiet line to more than anybody can take, with answers and between guests.
static void nothing_is_lost_without_a_cause(void **state)
{
    (void)state;
    static const char *const SPEC[] = {"gen:cbr,size=64,pps=1000,count=500,hosts=8",
                                       "gen:poisson,size=300,pps=60000,count=5000,hosts=8",
                                       "gen:bursts,size=64,burst=100,gap-us=400,count=5000,hosts=8",
                                       "gen:imix,load=100,count=8000,hosts=8",
                                       "gen:cbr,size=64,load=100,count=20000,hosts=8"};
    unsigned setting = 0;
    for (unsigned i = 0; i < 5; i++)
        for (unsigned guests = 1; guests <= 8; guests *= 2)
            for (unsigned echo = 0; echo < 2; echo++) {
                if (++setting % run_stride()) continue;
                run_case_t k;
                run_ideal(&k, "%s", SPEC[i]);
                xen_pv(&k, "xen-pv-4");
                k.c.guests = k.c.cpus = guests;
                k.c.app_cpu = RUN_UNSET;
                k.c.respond = echo ? RESPOND_ECHO : RESPOND_NONE;
                k.c.verify = true;
                k.c.backend_queue = i % 2 ? 50 : 1000;
                run_play(&k);
                assert_int_equal(k.r.mismatched, 0);
                assert_true(k.r.delivered > 0);
                if (i == 0) RUN_EXPECT("delivered", k.r.delivered, 500);
                RUN_EXPECT("EOI", k.r.exits[VCPU_EXIT_eoi], 0);
                run_free(&k);
            }
}

static run_result_t saturate(run_case_t *k, unsigned guests, bool pv, const char *profile,
                             unsigned pcpus)
{
    run_ideal(k, "gen:cbr,size=64,load=100,count=120000,hosts=8");
    if (pv) {
        xen_pv(k, profile);
        k->c.host_cpus = 1;
        k->c.pcpus = pcpus;
        k->c.host_rx_usecs = 50; // its registers take some time even where all is free
        k->c.backend_queue = 256;
    } else {
        k->c.itr = RUN_UNSET;
        k->c.adaptive_rx = 0;
        k->c.rx_usecs = 50;
        k->c.nic = NIC_82576;
        k->c.vfs = 8;
        k->c.driver = "igbvf";
        k->c.path = "vf";
        k->c.iommu = DMA_PINNED;
        k->c.pages = IOMMU_SIZE_2M;
        k->c.profile = profile;
    }
    k->c.guests = guests;
    k->c.cpus = pv ? guests : 8;
    k->c.app_cpu = RUN_UNSET;
    run_play(k);
    return k->r;
}

// Somebody has something to do from the first frame to the last delivery.
static double rate(const run_result_t *r)
{
    return (double)r->delivered / ((double)(r->last_delivery_cyc - r->first_cyc) * 8e-9);
}

// c0 2 us, cu 3.5 us, of which Dom0's share is the protocols'.
static const char TANDEM[] = "netback_packet_ns = 1500 ns ; c0\ngrant_copy_ns = 500 ns ; c0\n"
                             "rx_packet_ns = 3500 ns ; cu\nrx_stack_ns = 3500 ns ; cu\n";

// K-74: Dom0 has one processor, on which each frame takes c0; however many guests share it, together they get 1/c0. VFs share
// the line. 64 bytes at line rate, 1,488,095 frames a second; all but c0, and the guests' time a frame, is free. What a guest has in its ring when Dom0
// has nothing left is the tolerance: 0.9 ms of 80.
static void guests_share_what_dom0_can_do(void **state)
{
    (void)state;
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, TANDEM);
    const double c0_us = 2.0, cu_us = 3.5;
    for (unsigned guests = 1; guests <= 8; guests *= 2) {
        run_case_t k;
        const run_result_t r = saturate(&k, guests, true, profile, 0);
        const double one = 1e6 / (c0_us > cu_us ? c0_us : cu_us), all = 1e6 / c0_us;
        const double want = guests * one < all ? guests * one : all;
        const double pps = rate(&r);
        const double busy = (double)r.cpu[guests].backend_ps / (double)r.cpu[guests].wall_ps;
        print_message("xen-pv, %u guests: %.0f frames/s, formula %.0f; Dom0's processor %.1f %%\n",
                      guests, pps, want, 100 * busy);
        RUN_NEAR("together", pps, want, 0.01);
        if (guests > 1) assert_true(busy > 0.98);
        run_free(&k);
    }
    run_case_t k;
    const run_result_t r = saturate(&k, 8, false, "ideal", 0);
    print_message("vf, 8 VFs: %.0f frames/s\n", rate(&r));
    RUN_NEAR("VFs together", rate(&r), 1e9 / 672, 0.01);
    run_free(&k);
    run_dir_remove(dir);
}

// Guests and Dom0 on one processor, which they get by credits: whoever waits for room or frames leaves it to the others, so each frame
// that arrives has taken c0 + cu.
static void guests_and_dom0_share_a_processor(void **state)
{
    (void)state;
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, TANDEM);
    for (unsigned guests = 1; guests <= 4; guests *= 2) {
        run_case_t k;
        const run_result_t r = saturate(&k, guests, true, profile, 1);
        print_message("%u guests and Dom0 on one: %.0f frames/s\n", guests, rate(&r));
        RUN_NEAR("together", rate(&r), 1e6 / (2.0 + 3.5), 0.01);
        run_free(&k);
    }
    run_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asked_for_a_step_is_notified),
        cmocka_unit_test(slots_follow_the_index),
        cmocka_unit_test(a_lone_frame_is_one_event),
        cmocka_unit_test(frames_while_the_guest_polls_are_one_event),
        cmocka_unit_test(frames_while_netback_works_are_one_hypercall),
        cmocka_unit_test(events_have_neither_windows_nor_eois),
        cmocka_unit_test(a_lone_frame_takes_what_the_parts_cost),
        cmocka_unit_test(every_frame_arrives_and_nothing_stalls),
        cmocka_unit_test(an_event_in_a_poll_is_not_forgotten),
        cmocka_unit_test(indices_wrap),
        cmocka_unit_test(a_ring_without_pages_recovers),
        cmocka_unit_test(what_waits_for_pages_goes_when_the_guest_closes),
        cmocka_unit_test(it_can_be_stopped_at_any_time),
        cmocka_unit_test(what_it_has_not_it_refuses),
        cmocka_unit_test(capacity_is_that_of_the_slower_one),
        cmocka_unit_test(attachments_differ_by_their_time),
        cmocka_unit_test(nothing_is_lost_without_a_cause),
        cmocka_unit_test(guests_share_what_dom0_can_do),
        cmocka_unit_test(guests_and_dom0_share_a_processor),
    };
    return cmocka_run_group_tests_name("xen", tests, NULL, NULL);
}
