// SPDX-License-Identifier: Apache-2.0
// The C model behind its pins, driven by pin_engine, gives the results of the C model driven by
// transfers: the whole JSON but for "sim", and the received frames byte by byte.
#include "tests/run_engines.h"
#include "tests/stim_play.h"

#include "model/pci_config.h"

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
        for (unsigned n = 0; n < 4; n++) {
            if ((4 * i + n) % run_stride()) continue;
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

// ---- a jump right behind the end of a counter ----

typedef struct line_seen {
    uint64_t cyc; // INTA# rose for the last time
} line_seen_t;

static uint64_t no_tlp(void *ctx, uint64_t first, const nic_tlp_t *t)
{
    (void)ctx, (void)t;
    return first + 1;
}

static void no_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    (void)ctx, (void)cyc, (void)data;
}

static void line(void *ctx, uint64_t cyc, bool level)
{
    line_seen_t *s = ctx;
    if (level) s->cyc = cyc;
}

static void no_frame(void *ctx, uint64_t first, unsigned stride, const uint8_t *b, uint32_t len)
{
    (void)ctx, (void)first, (void)stride, (void)b, (void)len;
}

static void no_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    (void)ctx, (void)what, (void)cyc, (void)a, (void)b;
}

static void no_payload(void *ctx, const uint8_t *data, uint32_t len)
{
    (void)ctx, (void)data, (void)len;
}

// The cycle in which the loss of the link is told, after a reset of the PHY through MDIC. A frame
// that begins in `frame_cyc` is dropped.
static uint64_t link_lost(uint64_t mdic_cyc, uint64_t frame_cyc, bool jump)
{
    static const uint8_t frame[64];
    line_seen_t seen = {0};
    const engine_config_t cfg = {
        .name = "model-pins", .no_jump = !jump, .nic = stim_config(NIC_82540EM)};
    const nic_host_t host = {&seen, no_tlp, no_reply, line, no_frame, no_probe};
    const nic_late_t late = {&seen, no_payload, no_frame};
    const struct {
        uint64_t cyc;
        uint32_t off, data;
        uint8_t space;
    } WRITES[] = {{mdic_cyc - 9, PCI_CONFIG_COMMAND, 7, NIC_SPACE_CFG},
                  {mdic_cyc - 3, E1000_CTRL, FMASK(E1000_CTRL_SLU), NIC_SPACE_MEM},
                  {mdic_cyc - 2, E1000_RCTL, FMASK(E1000_RCTL_EN), NIC_SPACE_MEM},
                  {mdic_cyc - 1, E1000_IMS, FMASK(E1000_ICR_LSC), NIC_SPACE_MEM},
                  {mdic_cyc, E1000_MDIC, 0x04209140, NIC_SPACE_MEM},
                  {mdic_cyc + 100, E1000_ICR, FMASK(E1000_ICR_LSC), NIC_SPACE_MEM}};
    engine_t e;
    assert_true(engine_create(&e, &cfg, &host, &late));
    e.partner(e.nic, 1, true, 2, true);
    for (size_t i = 0; i < sizeof WRITES / sizeof WRITES[0]; i++) {
        const nic_access_t a = {.write = true,
                                .space = WRITES[i].space,
                                .be = 0xF,
                                .addr = WRITES[i].off,
                                .wdata = WRITES[i].data};
        assert_true(e.ops.access(e.nic, WRITES[i].cyc, &a));
    }
    while (e.time.run(e.time.ctx, frame_cyc) < frame_cyc) {}
    e.ops.rx_frame(e.nic, frame_cyc, frame, sizeof frame, false, false);
    while (e.time.run(e.time.ctx, frame_cyc + 2000) < frame_cyc + 2000) {}
    engine_destroy(&e);
    return seen.cyc;
}

static void a_counter_that_ends_just_before_idle_is_seen(void **state)
{
    (void)state;
    const uint64_t mdic_cyc = 10000, end_cyc = mdic_cyc + 1 + NIC_MdicCyc;
    for (uint64_t frame_cyc = end_cyc - 110; frame_cyc < end_cyc - 50; frame_cyc++) {
        const uint64_t lost = link_lost(mdic_cyc, frame_cyc, false);
        assert_true(lost > end_cyc && lost < end_cyc + 10);
        assert_int_equal(link_lost(mdic_cyc, frame_cyc, true), lost);
    }
}

// ---- random stimulus ----

static void stimulus_is_answered_alike(void **state)
{
    (void)state;
    // STIM_SEEDS, if it is less than 12, for each device.
    const char *env = getenv("STIM_SEEDS");
    const uint64_t fewer = env ? strtoull(env, NULL, 10) : 12, seeds = fewer < 12 ? fewer : 12;
    for (uint64_t i = 0; i < 2 * seeds; i++) {
        const uint64_t seed = 7001 + (i < seeds ? i : 12 + i - seeds);
        const enum nic_personality nic = i < seeds ? NIC_82540EM : NIC_82576;
        const nic_visiting_t lazy = {0};
        const uint64_t cycles = 100000;
        stim_run_t a, b;
        stim_play(nic, seed, cycles, &lazy, &a);
        stim_play_engine(nic, seed, cycles, seed & 1, &b);
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
        cmocka_unit_test(a_counter_that_ends_just_before_idle_is_seen),
        cmocka_unit_test(stimulus_is_answered_alike),
        cmocka_unit_test(an_engine_that_is_not_here_is_named),
    };
    return cmocka_run_group_tests_name("pin_engine", tests, NULL, NULL);
}
