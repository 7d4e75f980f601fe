// SPDX-License-Identifier: Apache-2.0
// The C model behind its pins, driven by pin_engine, gives the results of the C model driven by
// transfers: the whole JSON but for "sim", and the received frames byte by byte.
#include "tests/run_engines.h"
#include "tests/stim_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- runs ----

static const char *const TRACES[] = {
    "gen:cbr,size=64,count=800",
    "gen:imix,load=60,count=400",
    "gen:poisson,size=200,load=30,count=300",
    "gen:cbr,size=1518,count=100,bad-fcs=1-in-7",
    "gen:bursts,burst=40,gap-us=300,count=200",
    "gen:cbr,size=100,vlan=5,load=20,count=200",
};

static void traces_and_profiles(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TRACES / sizeof TRACES[0]; i++) {
        for (int n = 0; n < 4; n++) {
            run_case_t k;
            run_ideal(&k, "%s", TRACES[i]);
            if (n & 1) k.c.profile = "native-2012";
            if (n & 2) k.c.respond = RESPOND_ECHO;
            run_engines(&k, false);
        }
    }
}

static void links(void **state)
{
    (void)state;
    static const char *const LINKS[] = {"pci33", "pci66", "pcie1-x1", "pcie1-x4"};
    char dir[64], profile[128], lines[256];
    run_dir_make(dir);
    for (size_t i = 0; i < sizeof LINKS / sizeof LINKS[0]; i++) {
        snprintf(lines, sizeof lines,
                 "link = %s\nmmio_write_ns = 200 ns\nmmio_read_ns = 900 ns\ndma_write_ns = 150 ns\n"
                 "dma_read_ns = 400 ns\nirq_line_ns = 300 ns\n",
                 LINKS[i]);
        run_profile(dir, profile, lines);
        run_case_t k;
        run_ideal(&k, "gen:imix,load=95,count=600");
        k.c.profile = profile;
        k.c.respond = RESPOND_ECHO;
        run_engines(&k, false);
    }
    run_dir_remove(dir);
}

static void speeds_of_the_wire(void **state)
{
    (void)state;
    static const uint32_t SPEEDS[] = {10, 100};
    for (size_t i = 0; i < 2; i++) {
        run_case_t k;
        run_ideal(&k, "gen:imix,load=%u,count=60", SPEEDS[i] / 10);
        k.c.link_speed = SPEEDS[i];
        k.c.respond = RESPOND_ECHO;
        k.c.profile = "native-2012";
        run_engines(&k, false);
    }
}

static void settings(void **state)
{
    (void)state;
    run_case_t k;
#define WITH(trace, ...)                                                                           \
    run_ideal(&k, trace);                                                                          \
    __VA_ARGS__;                                                                                   \
    run_engines(&k, false)
    WITH("gen:cbr,size=64,count=1500", k.c.rx_ring = 8); // runs dry: reset paths of the driver too
    WITH("gen:cbr,size=64,count=1500", k.c.itr = 195);
    WITH("gen:imix,load=50,count=400", k.c.rdtr = 10, k.c.radv = 20, k.c.profile = "native-2012");
    WITH("gen:imix,load=50,count=400", k.c.master = 20, k.c.rdtr = 10, k.c.tidv = 20,
         k.c.respond = RESPOND_ECHO);
    WITH("gen:imix,load=90,count=400", k.c.itr = RUN_UNSET, k.c.adaptive_rx = 1,
         k.c.profile = "native-2012");
    WITH("gen:cbr,size=64,load=50,count=400", k.c.promisc = false);
    WITH("gen:cbr,size=64,count=800", k.c.cpus = 2, k.c.app_cpu = 1, k.c.profile = "native-2012");
    WITH("gen:cbr,size=64,pps=10000,count=45", k.c.rx_frames = 1000); // stranded
    WITH("gen:cbr,size=64,pps=10000,count=20", k.c.rx_frames = 8, k.c.tx_frames = 4,
         k.c.respond = RESPOND_ECHO);
    WITH("gen:cbr,size=64,count=900", k.c.sockbuf = 4000, k.c.profile = "native-2012");
    WITH("gen:cbr,size=64", k.c.pace.limit = 1);
    WITH("gen:cbr,size=64,pps=2,count=3", k.c.watchdog = true);
#undef WITH
}

// ---- jumps ----

static void long_gaps_are_jumped_over(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,pps=0.1,count=6"); // 50 s
    k.c.profile = "native-2012";
    const uint64_t jumped = run_engines(&k, false);
    assert_true(jumped > UINT64_C(50) * 125000000 - 100000);
}

// ---- random stimulus ----

static void stimulus_is_answered_alike(void **state)
{
    (void)state;
    for (uint64_t seed = 7001; seed < 7013; seed++) {
        const nic_visiting_t lazy = {0};
        const uint64_t cycles = 100000;
        stim_run_t a, b;
        stim_play(seed, cycles, &lazy, &a);
        stim_play_engine(seed, cycles, seed & 1, &b);
        stim_cut(&a, cycles);
        stim_cut(&b, cycles);
        const long d = stim_diff(&a, &b);
        if (d >= 0 && (size_t)d < a.count) stim_print("model", &a.event[d]);
        if (d >= 0 && (size_t)d < b.count) stim_print("engine", &b.event[d]);
        if (d >= 0) fail_msg("seed %llu: event %ld", (unsigned long long)seed, d);
        assert_memory_equal(a.fate, b.fate, sizeof a.fate);
        stim_free(&a);
        stim_free(&b);
    }
}

// ---- engines by name ----

static void an_engine_that_is_not_here_is_named(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,count=1");
    k.c.engine = "verilog";
    assert_int_equal(run_try(&k), 2);
    assert_non_null(strstr(k.r.error, "--engine verilog"));
    k.c.engine = "rtl";
    if (run_try(&k) == 2) assert_non_null(strstr(k.r.error, "see 'make rtl'"));
    run_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traces_and_profiles),
        cmocka_unit_test(links),
        cmocka_unit_test(speeds_of_the_wire),
        cmocka_unit_test(settings),
        cmocka_unit_test(long_gaps_are_jumped_over),
        cmocka_unit_test(stimulus_is_answered_alike),
        cmocka_unit_test(an_engine_that_is_not_here_is_named),
    };
    return cmocka_run_group_tests_name("pin_engine", tests, NULL, NULL);
}
