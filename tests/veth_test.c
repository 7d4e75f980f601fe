// SPDX-License-Identifier: Apache-2.0
// The path "container": what bridge, veth pair and the second pass through the softirq cost, and where frames are lost.
#include "tests/run_help.h"

#include <string.h>

static void container(run_case_t *k)
{
    k->c.path = "container";
}

// Frames in a pattern that differs with i.
static void traffic(run_case_t *k, unsigned i)
{
    static const char *const SPEC[] = {
        "gen:cbr,size=64,pps=1000,count=500", "gen:poisson,size=300,pps=60000,count=4000",
        "gen:bursts,size=64,burst=100,gap-us=400,count=4000", "gen:imix,load=100,count=4000"};
    run_ideal(k, "%s", SPEC[i]);
}

// Where nothing costs anything the container is the native machine: same interrupts, same latencies, frame by frame.
static void without_costs_it_is_the_native_path(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        run_case_t k[2];
        for (unsigned path = 0; path < 2; path++) {
            traffic(&k[path], i % 4);
            k[path].c.respond = i < 4 ? RESPOND_NONE : RESPOND_ECHO;
            k[path].c.radv = k[path].c.rdtr = 20 * (i & 1);
            if (path) container(&k[path]);
            run_play(&k[path]);
        }
        RUN_EXPECT("delivered", k[1].r.delivered, k[0].r.delivered);
        RUN_EXPECT("interrupts", k[1].r.irq_asserted, k[0].r.irq_asserted);
        RUN_EXPECT("polls", k[1].r.polls, k[0].r.polls);
        RUN_EXPECT("sent", k[1].r.tx_frames, k[0].r.tx_frames);
        RUN_EXPECT("latencies", run_sum(&k[1].r.latency), run_sum(&k[0].r.latency));
        for (unsigned path = 0; path < 2; path++) run_free(&k[path]);
    }
}

// A lone frame: bridge, pair, another poll; the protocols are paid for once, on the other side. With echo the application's send
// takes the pair, and the poll after it the bridge.
static void a_lone_frame_takes_what_the_parts_cost(void **state)
{
    (void)state;
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile,
                "bridge_ns = 1600 ns ; a\nveth_ns = 800 ns ; b\npoll_ns = 400 ns ; c\n"
                "rx_packet_ns = 3200 ns ; d\nrx_stack_ns = 2000 ns ; e\n");
    for (unsigned echo = 0; echo < 2; echo++) {
        uint64_t mean_ns[2], busy_ps[2];
        for (unsigned path = 0; path < 2; path++) {
            run_case_t k;
            run_ideal(&k, "gen:cbr,size=64,pps=1000,count=200");
            k.c.profile = profile;
            k.c.respond = echo ? RESPOND_ECHO : RESPOND_NONE;
            if (path) container(&k);
            run_play(&k);
            RUN_EXPECT("sent", k.r.tx_frames, echo ? 200 : 0);
            mean_ns[path] = meter_hist_mean_milli(&k.r.latency) / 1000;
            busy_ps[path] = k.r.cpu[0].wall_ps - k.r.cpu[0].idle_ps;
            run_free(&k);
        }
        RUN_EXPECT("latency", mean_ns[1] - mean_ns[0], 1600 + 800 + 400);
        RUN_NEAR("CPU", (double)(busy_ps[1] - busy_ps[0]) / 200,
                 1e6 * (2.8 + echo * (0.8 + 0.4 + 1.6)), 0.001);
    }
    run_dir_remove(dir);
}

// A poll takes up to 64 frames off the ring and into the backlog before that is polled: what it cannot hold is lost, with its cause.
static void a_backlog_that_is_full_drops(void **state)
{
    (void)state;
    static const struct {
        uint32_t backlog;
        uint64_t lost; // of each burst of 64, which one interrupt tells of
    } ROWS[] = {{1000, 0}, {64, 0}, {63, 1}, {40, 24}, {1, 63}};
    for (unsigned i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        run_case_t k;
        run_ideal(&k, "gen:bursts,size=64,burst=64,gap-us=1000,count=640");
        container(&k);
        k.c.rdtr = 1;
        k.c.radv = 100; // all of a burst at once
        k.c.netdev_max_backlog = ROWS[i].backlog;
        run_play(&k);
        RUN_EXPECT("polls", k.r.packets_per_poll.max, 64);
        RUN_EXPECT("dropped", k.r.drops.backend_queue, 10 * ROWS[i].lost);
        RUN_EXPECT("lost", run_lost(&k.r), 10 * ROWS[i].lost);
        run_free(&k);
    }
}

// All answers come back, in whatever numbers, from another core as well; those for which the way back is full are not sent.
static void answers_go_back_the_same_way(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        run_case_t k;
        traffic(&k, i % 4);
        container(&k);
        k.c.profile = "native-2012";
        k.c.respond = RESPOND_ECHO;
        k.c.cpus = 1 + i / 4;
        k.c.app_cpu = i / 4;
        run_play(&k);
        RUN_EXPECT("sent", k.r.tx_frames, k.r.delivered);
        assert_true(k.r.delivered > 0);
        run_free(&k);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,count=9");
    container(&k);
    k.c.gro = true;
    assert_int_equal(run_try(&k), 2);
    assert_non_null(strstr(k.r.error, "--path container"));
    run_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_costs_it_is_the_native_path),
        cmocka_unit_test(a_lone_frame_takes_what_the_parts_cost),
        cmocka_unit_test(a_backlog_that_is_full_drops),
        cmocka_unit_test(answers_go_back_the_same_way),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests_name("veth", tests, NULL, NULL);
}
