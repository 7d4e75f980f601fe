// SPDX-License-Identifier: Apache-2.0
// The application on the host of guests, as a port of its own bridge, and those that ask it: guests, the host over loopback, machines on the network.
#include "tests/run_help.h"

#include "hostbridge/peer_host.h"

#include <stdio.h>
#include <string.h>

// ---- runs --------------------------------------------------------------------------------------

// Dom0 with one core, a guest on each of two; the trace is a clock for the clients in the machine unless it asks itself.
static void host(run_case_t *k, const char *clients)
{
    k->c.path = "xen-pv";
    k->c.driver = "netfront";
    k->c.guests = k->c.cpus = 2;
    k->c.host_cpus = 1;
    k->c.host_rx_usecs = 0;
    k->c.app_cpu = RUN_UNSET;
    k->c.respond = RESPOND_ECHO;
    k->c.server = SERVER_HOST;
    k->c.clients = clients;
}

// What holds for runs in which frames begin in the machine, and are copied.
static void play(run_case_t *k)
{
    if (run_try(k) != 0) fail_msg("%s: status %d: %s", k->trace, k->status, k->r.error);
    RUN_EXPECT(k->trace, k->r.offered + k->r.replicated, k->r.delivered + run_lost(&k->r));
    RUN_EXPECT(k->trace, k->r.latency.count, k->r.delivered);
    RUN_EXPECT(k->trace, k->r.latency_driver.count, k->r.delivered);
    RUN_EXPECT(k->trace, run_lost(&k->r), 0);
    // All that is sent goes to the wire, or to somebody in the machine.
    uint64_t looped = 0;
    for (unsigned i = 0; i < k->r.functions; i++) looped += k->r.function[i].looped_sent;
    RUN_EXPECT(k->trace, k->r.to_send, k->r.tx_frames + looped);
    for (unsigned i = 0; i < k->r.cores; i++)
        RUN_EXPECT(k->trace, k->r.cpu[i].wall_ps, k->r.cycles * 8000);
}

static const rr_stats_t *client(const run_case_t *k, const char *name)
{
    for (unsigned i = 0; i < k->r.clients; i++)
        if (strcmp(k->r.client[i].name, name) == 0) return &k->r.client[i].s;
    fail_msg("no client %s", name);
    return NULL;
}

static double per_s(const rr_stats_t *s)
{
    return (double)(s->answers - 1) * 1e9 / ((double)(s->last_cyc - s->first_cyc) * 8);
}

// Twenty milliseconds, in which nothing comes by the wire.
#define CLOCK "gen:cbr,size=64,pps=50,count=2"

#define COSTS                                                                                      \
    "bridge_ns = 1600 ns ; a\nveth_ns = 800 ns ; b\nrx_packet_ns = 6400 ns ; c\n"                  \
    "rx_stack_ns = 4000 ns ; d\nrx_alloc_ns = 240 ns ; e\ntx_packet_ns = 2400 ns ; f\n"            \
    "app_packet_ns = 3200 ns ; g\napp_send_ns = 5600 ns ; h\nnetback_packet_ns = 9600 ns ; i\n"    \
    "grant_copy_ns = 4800 ns ; j\nexit_hypercall_ns = 1200 ns ; k\nwakeup_ns = 720 ns ; l\n"

enum {
    BRIDGE = 1600,
    LOOP = 800,
    RX = 6400,
    STACK = 4000,
    ALLOC = 240,
    TX = 2400,
    RECV = 3200,
    SEND = 5600,
    NETBACK = 9600 + 4800,
    CALL = 1200,
    WAKE = 720
};

// ---- one client alone: the sum of what is on the way ---------------------------------------------

static void a_guest_alone_takes_the_sum_of_costs(void **state)
{
    (void)state;
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, COSTS);
    for (unsigned tasklet = 0; tasklet < 2; tasklet++) {
        run_case_t k;
        run_ideal(&k, CLOCK);
        host(&k, "1");
        k.c.profile = profile;
        k.c.netback = tasklet ? NETBACK_TASKLET : NETBACK_THREAD;
        play(&k);
        const rr_stats_t *s = client(&k, "guest1");
        // The guest's request and its notification; netback is woken, copies, says that it has been sent, and the bridge; the server is woken; and
        // back.
        const uint64_t wake = tasklet ? 0 : WAKE;
        const uint64_t to = ALLOC + SEND + TX + CALL + wake + ALLOC + NETBACK + CALL + BRIDGE +
                            STACK + WAKE,
                       back =
                           RECV + SEND + BRIDGE + wake + NETBACK + CALL + ALLOC + RX + WAKE + RECV;
        assert_true(s->answers > 100);
        RUN_EXPECT("answers", s->requests, s->answers);
        RUN_EXPECT("least round trip", s->rtt_min_ns, to + back);
        run_free(&k);
    }
    run_dir_remove(dir);
}

static void loopback_takes_the_sum_of_costs(void **state)
{
    (void)state;
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, COSTS);
    run_case_t k;
    run_ideal(&k, CLOCK);
    host(&k, "host");
    k.c.profile = profile;
    play(&k);
    const rr_stats_t *s = client(&k, "localhost");
    assert_true(s->answers > 100);
    RUN_EXPECT("least round trip", s->rtt_min_ns, ALLOC + 2 * (SEND + LOOP + STACK + WAKE + RECV));
    run_free(&k);
    run_dir_remove(dir);
}

// ---- frames ------------------------------------------------------------------------------------

// Each frame is offered and delivered where it belongs, on every path behind a bridge.
static void every_frame_is_accounted_for(void **state)
{
    (void)state;
    static const struct {
        const char *path, *driver;
    } PATH[] = {{"xen-pv", "netfront"}, {"virtio", "virtio-net"}, {"emulated", "e1000"}};
    for (unsigned i = 0; i < 3; i++) {
        run_case_t k;
        run_ideal(&k, "gen:netperf-rr,machines=2,dom0=1,domu=1,count=3000");
        host(&k, "host,0,1");
        k.c.path = PATH[i].path;
        k.c.driver = PATH[i].driver;
        k.c.profile = "native-2012";
        play(&k);
        uint64_t asked = 0, remote = 0;
        const uint64_t local = client(&k, "localhost")->answers;
        for (unsigned n = 0; n < k.r.clients; n++) {
            const rr_stats_t *s = &k.r.client[n].s;
            assert_true(s->answers > 10);
            RUN_EXPECT(k.r.client[n].name, s->requests, s->answers);
            if (strncmp(k.r.client[n].name, "remote", 6) == 0) remote += s->answers;
            else asked += s->answers;
        }
        RUN_EXPECT("clients", k.r.clients, 7);
        RUN_EXPECT("on the wire", remote, 3000);
        RUN_EXPECT("the host's", k.r.function[0].wire.delivered, 3000);
        RUN_EXPECT("all", k.r.delivered, 3000);
        RUN_EXPECT("sent", k.r.tx_frames, 3000);
        // Requests of guests, and both ways over loopback.
        RUN_EXPECT("in the machine", k.r.function[0].looped.delivered, asked + local);
        RUN_EXPECT("guest 0", k.r.function[1].looped.delivered, client(&k, "guest0")->answers);
        RUN_EXPECT("guest 1", k.r.function[2].looped.delivered, client(&k, "guest1")->answers);
        run_free(&k);
    }
}

// Where nothing takes time, a request takes a cycle: the clock of the trace gets to its end.
static void clients_for_whom_all_is_free_let_time_pass(void **state)
{
    (void)state;
    static const char *const PATH[][2] = {
        {"xen-pv", "netfront"}, {"virtio", "virtio-net"}, {"virtio", "virtio-net"}};
    static const char *const CLIENTS[] = {"host", "0", "host,0,1"};
    for (unsigned i = 0; i < 3; i++) {
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=64,pps=100000,count=3");
        host(&k, CLIENTS[i]);
        k.c.path = PATH[i][0];
        k.c.driver = PATH[i][1];
        play(&k);
        for (unsigned n = 0; n < k.r.clients; n++) assert_true(k.r.client[n].s.answers > 100);
        run_free(&k);
    }
}

// A broadcast goes to the host and to each guest; what is for somebody else goes to guests only.
static void the_host_is_a_port_among_others(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,pps=1000,count=100,dst=ff:ff:ff:ff:ff:ff");
    host(&k, NULL);
    k.c.respond = RESPOND_NONE;
    play(&k);
    RUN_EXPECT("host", k.r.function[0].wire.delivered, 100);
    RUN_EXPECT("forwarded", k.r.function[0].wire.forwarded, 100);
    RUN_EXPECT("copies", k.r.replicated, 200);
    for (unsigned g = 1; g <= 2; g++) RUN_EXPECT("guest", k.r.function[g].wire.delivered, 100);
    run_free(&k);
    run_ideal(&k, "gen:cbr,size=64,pps=1000,count=100,dst=02:00:00:00:00:77");
    host(&k, NULL);
    k.c.map = "none";
    k.c.respond = RESPOND_NONE;
    play(&k);
    RUN_EXPECT("host", k.r.function[0].wire.delivered, 0);
    for (unsigned g = 1; g <= 2; g++) RUN_EXPECT("guest", k.r.function[g].wire.delivered, 100);
    run_free(&k);
}

// 100 frames to hosts of the map, all answered: whoever does, they are sent once, by the host.
static void all_is_sent_once(run_case_t *k, unsigned hosts, const char *map)
{
    run_ideal(k, "gen:cbr,size=64,pps=1000,count=100,hosts=%u", hosts);
    host(k, NULL);
    k->c.map = map;
    play(k);
    RUN_EXPECT(map, k->r.to_send, 100);
    RUN_EXPECT(map, k->r.function[0].to_send, 100);
}

// What guests send passes the host, and is sent once.
static void what_the_host_forwards_is_sent_once(void **state)
{
    (void)state;
    run_case_t k;
    all_is_sent_once(&k, 1, "02:00:00:00:00:01=0");
    RUN_EXPECT("the guest", k.r.function[1].to_send, 100);
    run_free(&k);
    all_is_sent_once(&k, 3, "198.18.1.0=0,198.18.1.1=pf");
    assert_true(k.r.function[1].to_send > 0 && k.r.function[1].to_send < 100);
    run_free(&k);
}

static void the_same_run_gives_the_same(void **state)
{
    (void)state;
    run_client_t first[RUN_CLIENTS];
    for (unsigned i = 0; i < 2; i++) {
        run_case_t k;
        run_ideal(&k, "gen:netperf-rr,machines=3,dom0=1,domu=2,count=4000");
        host(&k, "host,0,1");
        k.c.profile = "xen-pv-2007";
        k.c.pcpus = 2;
        k.c.netback = NETBACK_TASKLET;
        k.c.wake_affine = true;
        k.c.link_speed = 100;
        play(&k);
        RUN_EXPECT("clients", k.r.clients, 12);
        if (i == 0) memcpy(first, k.r.client, sizeof first);
        else assert_memory_equal(first, k.r.client, sizeof first);
        run_free(&k);
    }
}

// ---- machines on the network ---------------------------------------------------------------------

static unsigned order[64], ordered;
static uint64_t ready_cyc[64];
static sim_t *world;

static void on_ready(void *ctx, unsigned n)
{
    (void)ctx;
    order[ordered] = n;
    ready_cyc[ordered++] = world->now_cyc;
}

// A machine's processor serves one after the other; a guest's work is beside it.
static void a_remote_machine_serves_in_turn(void **state)
{
    (void)state;
    sim_t sim;
    sim_init(&sim);
    world = &sim;
    const trace_feedback_t f = {
        .kind = TRACE_ANSWERS, .machines = 2, .sessions = 6, .clients = {0, 1, 2}};
    const peer_costs_t c = {.switch_ps = 800000,
                            .path = {[TRACE_CLIENT_DOM0] = {.in_ps = 8000000},
                                     [TRACE_CLIENT_DOMU] = {4000000, 16000000, 2400000}}};
    peer_hosts_t *h = peer_hosts_create(&sim, &f, &c, on_ready, NULL);
    assert_non_null(h);
    char name[32];
    peer_hosts_name(h, 4, name);
    assert_string_equal(name, "remote1.guest0");
    peer_hosts_name(h, 0, name);
    assert_string_equal(name, "remote0.dom0");
    // Machine 0: Dom0's client, then both guests; machine 1: one guest alone.
    ordered = 0;
    peer_hosts_answered(h, 0, 1000);
    peer_hosts_answered(h, 1, 1000);
    peer_hosts_answered(h, 2, 1000);
    peer_hosts_answered(h, 4, 1000);
    while (sim_step(&sim, SIM_NEVER)) {}
    // 100 cycles each way through the switch; 1000 in Dom0; of a guest 500, 2000 beside, 300.
    static const struct {
        unsigned n;
        uint64_t cyc;
    } WANT[] = {{0, 1100 + 1000 + 100},
                {4, 1100 + 500 + 2000 + 300 + 100},
                {1, 1100 + 1500 + 2000 + 300 + 100},
                {2, 1100 + 2000 + 2000 + 300 + 100}};
    RUN_EXPECT("requests", ordered, 4);
    for (unsigned i = 0; i < 4; i++) {
        RUN_EXPECT("client", order[i], WANT[i].n);
        RUN_EXPECT("cycle", ready_cyc[i], WANT[i].cyc);
    }
    peer_hosts_destroy(h);
    assert_null(sim.head);
}

// A server that takes no time: a client alone is as fast as its path and the lines allow; eight of a machine share its processor.
static void remote_clients_are_bound_by_their_machine(void **state)
{
    (void)state;
    profile_t p;
    char err[256];
    assert_int_equal(profile_load(&p, "native-2012", err), 0);
    const peer_costs_t c = peer_costs_of(&p, 1000, 60, false);
    const double busy_us = (double)c.path[TRACE_CLIENT_NATIVE].in_ps / 1e6;
    // Of the whole path: eight things that native-2012 has, by hand.
    RUN_NEAR("path", busy_us,
             1.5 + 0.8 + 0.1 + 0.1 + 0.9 + 0.16 + 0.5 + 1.3 + 0.7 + 0.015 + 0.16 + 1.2 + 0.5 + 0.1,
             1e-9);
    run_case_t k;
    run_ideal(&k, "gen:netperf-rr,native=8,count=20000");
    k.c.respond = RESPOND_ECHO;
    play(&k);
    run_free(&k); // ideal machines ask back to back
    for (unsigned clients = 1; clients <= 8; clients += 7) {
        run_ideal(&k, "gen:netperf-rr,native=%u,count=8000", clients);
        k.c.respond = RESPOND_ECHO;
        k.c.profile = "native-2012";
        play(&k);
        double sum = 0;
        for (unsigned i = 0; i < k.r.clients; i++) sum += per_s(&k.r.client[i].s);
        RUN_NEAR("alone or together", sum,
                 (double)(k.r.feedback.answers - 1) * 1e9 / (double)k.r.feedback.span_ns, 0.002);
        // The server, the same machine, needs about as much: it is one of the two that is full.
        assert_true(clients == 1 ? sum < 1e6 / (2 * busy_us)
                                 : sum < 1e6 / busy_us && sum > 0.6e6 / busy_us);
        run_free(&k);
    }
}

// What is said of a remote machine is what the simulated one takes for the same: driver, bridge, netback, guest, within 7 %. The way on the
// wire, two frames of 72 byte times, is not in it, nor are links, memory and registers (4 us).
static void a_remote_path_is_that_of_the_machine_itself(void **state)
{
    (void)state;
    profile_t p;
    char err[256];
    assert_int_equal(profile_load(&p, "xen-pv-2007", err), 0);
    const peer_costs_t c = peer_costs_of(&p, 100, 60, true);
    for (unsigned kind = 0; kind < TRACE_CLIENT_KINDS; kind++) {
        run_case_t k;
        run_ideal(&k, "gen:netperf-rr,count=300,think-us=3000");
        k.c.profile = "xen-pv-2007";
        k.c.link_speed = 100;
        k.c.respond = RESPOND_ECHO;
        if (kind != TRACE_CLIENT_NATIVE) host(&k, NULL);
        if (kind == TRACE_CLIENT_DOMU) k.c.server = SERVER_GUESTS;
        k.c.netback = NETBACK_TASKLET;
        run_try(&k);
        RUN_EXPECT(k.trace, k.status, 0);
        const peer_path_t *path = &c.path[kind];
        const double us = (double)(path->in_ps + path->away_ps + path->out_ps) / 1e6;
        RUN_NEAR(k.trace, (double)meter_hist_mean_milli(&k.r.feedback.rtt) / 1e6 - 2 * 72 * 0.08,
                 us, 0.07);
        run_free(&k);
    }
}

// ---- words -------------------------------------------------------------------------------------

static void clients_are_named_once(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t set;
    } ROW[] = {{"host", 1},
               {"0", 2},
               {"1", 4},
               {"host,1", 5},
               {"1,0,host", 7},
               {"", 0},
               {"2", 0},
               {"0,0", 0},
               {"x", 0},
               {"1x", 0},
               {",", 0},
               {"-1", 0},
               {"0123456789012345678", 0}};
    for (size_t i = 0; i < sizeof ROW / sizeof ROW[0]; i++) {
        char err[128] = "";
        RUN_EXPECT(ROW[i].text, run_clients_parse(ROW[i].text, 2, err), ROW[i].set);
        assert_true((err[0] == '\0') == (ROW[i].set != 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guest_alone_takes_the_sum_of_costs),
        cmocka_unit_test(loopback_takes_the_sum_of_costs),
        cmocka_unit_test(every_frame_is_accounted_for),
        cmocka_unit_test(clients_for_whom_all_is_free_let_time_pass),
        cmocka_unit_test(the_host_is_a_port_among_others),
        cmocka_unit_test(what_the_host_forwards_is_sent_once),
        cmocka_unit_test(the_same_run_gives_the_same),
        cmocka_unit_test(a_remote_machine_serves_in_turn),
        cmocka_unit_test(remote_clients_are_bound_by_their_machine),
        cmocka_unit_test(a_remote_path_is_that_of_the_machine_itself),
        cmocka_unit_test(clients_are_named_once),
    };
    return cmocka_run_group_tests_name("host_server", tests, NULL, NULL);
}
