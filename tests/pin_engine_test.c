// SPDX-License-Identifier: Apache-2.0
// The C model behind its pins, driven by pin_engine, gives the results of the C model driven by
// transfers: the whole JSON but for "sim", and the received frames byte by byte.
#include "lab/result.h"
#include "tests/run_help.h"
#include "tests/stim_play.h"

#include "hostbridge/pin_dev.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- one run, as text ----

typedef struct played {
    char *json; // without "sim"
    uint8_t *pcap;
    size_t pcap_bytes;
    uint64_t work, cycles;
} played_t;

static void play(run_case_t *k, const char *dir, const char *engine, bool no_jump, played_t *p)
{
    char pcap[128];
    snprintf(pcap, sizeof pcap, "%s/received.pcap", dir);
    k->c.engine = engine;
    k->c.no_jump = no_jump;
    k->c.received_pcap = pcap;
    if (run_try(k) != 0) fail_msg("%s: %s", k->trace, k->r.error);
    lab_options_t o;
    options_defaults(&o);
    o.run = k->c;
    report_t *report = calloc(1, sizeof *report);
    assert_non_null(report);
    report->options = &o;
    report->result = &k->r;
    report->status = k->status;
    figures_compute(&k->r, &report->figures);
    json_t *j = result_json(report);
    assert_non_null(j);
    json_object_del(j, "sim");
    p->json = json_dumps(j, JSON_INDENT(1));
    json_decref(j);
    free(report);
    p->pcap = run_file(pcap, &p->pcap_bytes);
    p->work = k->r.visits;
    p->cycles = k->r.cycles;
}

static void played_free(played_t *p)
{
    free(p->json);
    free(p->pcap);
}

static void expect_same(const char *what, const played_t *a, const played_t *b)
{
    if (strcmp(a->json, b->json) != 0) {
        size_t i = 0;
        while (a->json[i] == b->json[i]) i++;
        i = i < 60 ? 0 : i - 60;
        fail_msg("%s:\n%.200s\n--- but\n%.200s", what, a->json + i, b->json + i);
    }
    assert_int_equal(a->pcap_bytes, b->pcap_bytes);
    assert_memory_equal(a->pcap, b->pcap, a->pcap_bytes);
}

// All three ways; the case is freed. Returns how many cycles were jumped over.
static uint64_t expect_identical(run_case_t *k, bool slow_too)
{
    char dir[64];
    run_dir_make(dir);
    played_t model, pins, slow = {0};
    k->c.verify = true;
    play(k, dir, "model", false, &model);
    play(k, dir, "model-pins", false, &pins);
    expect_same(k->trace, &model, &pins);
    assert_true(pins.work <= pins.cycles);
    const uint64_t jumped = pins.cycles - pins.work;
    if (slow_too) {
        play(k, dir, "model-pins", true, &slow);
        expect_same(k->trace, &model, &slow);
        assert_true(slow.cycles - slow.work <= 1); // none
    }
    played_free(&model);
    played_free(&pins);
    played_free(&slow);
    run_free(k);
    run_dir_remove(dir);
    return jumped;
}

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
            expect_identical(&k, false);
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
        expect_identical(&k, false);
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
        expect_identical(&k, false);
    }
}

static void settings(void **state)
{
    (void)state;
    run_case_t k;
#define WITH(trace, ...)                                                                           \
    run_ideal(&k, trace);                                                                          \
    __VA_ARGS__;                                                                                   \
    expect_identical(&k, false)
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

static void every_cycle_or_jumps(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        run_case_t k;
        run_ideal(&k, n & 1 ? "gen:poisson,size=64,pps=2000,count=10" : "gen:imix,count=200");
        k.c.rdtr = n & 1 ? 40 : 0;
        if (n & 2) k.c.profile = "native-2012";
        expect_identical(&k, n == 1); // one is enough: the start-up alone has millions of cycles
    }
}

static void long_gaps_are_jumped_over(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,pps=0.1,count=6"); // 50 s
    k.c.profile = "native-2012";
    const uint64_t jumped = expect_identical(&k, false);
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
        cmocka_unit_test(every_cycle_or_jumps),
        cmocka_unit_test(long_gaps_are_jumped_over),
        cmocka_unit_test(stimulus_is_answered_alike),
        cmocka_unit_test(an_engine_that_is_not_here_is_named),
    };
    return cmocka_run_group_tests_name("pin_engine", tests, NULL, NULL);
}
