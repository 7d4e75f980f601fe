// SPDX-License-Identifier: Apache-2.0
// Moderation policies in whole runs, with the drivers of all devices: fixed points of the adaptive
// classes from either side, and that DIM, deferred interrupts and the hybrid do what their units say.
#include "tests/run_help.h"

#include <stdio.h>
#include <string.h>

// ---- adaptive: both fixed points ---------------------------------------------------------------

#define LONG_FRAME 1512u // without FCS
#define FIRST_NS   1000000u

// A capture: the past that decides, then `count` frames evenly spaced. Low: frames a millisecond
// apart, one an interrupt. Bulk: 30 frames back to back right at the start, when the throttle is
// still that of the time before the link, 4,000/s: more than 10,000 bytes an interval. (From low,
// seven such frames in 50 us are more than the wire can carry.)
static void write_history(const char *path, bool bulk, uint64_t gap_ns, unsigned count,
                          uint32_t len)
{
    static uint8_t frame[LONG_FRAME] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xB5};
    char err[TRACE_ERR_LEN];
    trace_writer_t *w = trace_writer_open(path, err);
    uint64_t at_ns = FIRST_NS;
    assert_non_null(w);
    for (unsigned i = 0; !bulk && i < 20; i++, at_ns += 1000000)
        assert_int_equal(trace_writer_put(w, at_ns, frame, len), 0);
    for (unsigned i = 0; bulk && i < 30; i++, at_ns += 12304)
        assert_int_equal(trace_writer_put(w, at_ns, frame, LONG_FRAME), 0);
    for (unsigned i = 0; i < count; i++, at_ns += gap_ns)
        assert_int_equal(trace_writer_put(w, at_ns, frame, len), 0);
    assert_int_equal(trace_writer_close(w, err), 0);
}

// Interrupts a second of the evenly spaced part.
static double settled_rate(const char *dir, bool bulk, uint32_t pps, uint32_t len)
{
    const uint64_t gap_ns = 1000000000u / pps;
    const unsigned count = pps / 5; // 200 ms
    char path[128];
    uint64_t irqs[2];
    run_case_t k;
    // What the past costs is found by a second run of the past and a tenth.
    snprintf(path, sizeof path, "%s/%d-%u.pcap", dir, bulk, pps);
    for (int i = 0; i < 2; i++) {
        write_history(path, bulk, gap_ns, i ? count : count / 10, len);
        run_ideal(&k, "%s", path);
        k.c.itr = RUN_UNSET;
        k.c.adaptive_rx = 1;
        run_play(&k);
        RUN_EXPECT(path, run_lost(&k.r), 0);
        irqs[i] = k.r.irq_asserted;
        run_free(&k);
    }
    return (double)(irqs[1] - irqs[0]) * 1e9 / ((double)gap_ns * (count - count / 10));
}

// 1512-byte frames, 21 to 77 kpps: 20,000/s from low, 4,000/s from bulk (as ITR has them: 195 and
// 976 units); slower than either: one frame an interrupt from both.
static void long_frames_settle_where_they_come_from(void **state)
{
    static const uint32_t rates[] = {21000, 33000, 50000, 64000, 77000};
    char dir[64];
    (void)state;
    run_dir_make(dir);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        RUN_NEAR("from low", settled_rate(dir, false, rates[i], LONG_FRAME), 1e9 / (195 * 256),
                 0.01);
        RUN_NEAR("from bulk", settled_rate(dir, true, rates[i], LONG_FRAME), 1e9 / (976 * 256),
                 0.01);
    }
    // Bulk needs 6,000 bytes an interval, four frames in 250 us, always.
    RUN_NEAR("just enough, from bulk", settled_rate(dir, true, 16300, LONG_FRAME),
             1e9 / (976 * 256), 0.01);
    RUN_NEAR("not enough, from bulk", settled_rate(dir, true, 15800, LONG_FRAME), 15800, 0.01);
    RUN_NEAR("slow, from low", settled_rate(dir, false, 5000, LONG_FRAME), 5000, 0.01);
    RUN_NEAR("slow, from bulk", settled_rate(dir, true, 5000, LONG_FRAME), 5000, 0.01);
    RUN_NEAR("slow, from low", settled_rate(dir, false, 13000, LONG_FRAME), 13000, 0.01);
    RUN_NEAR("slow, from bulk", settled_rate(dir, true, 13000, LONG_FRAME), 13000, 0.01);
    run_dir_remove(dir);
}

// Bulk is stable for 60-byte frames from 400 kpps on, and is not entered from low.
static void short_frames_stay_in_bulk_when_they_are_many(void **state)
{
    char dir[64];
    (void)state;
    run_dir_make(dir);
    RUN_NEAR("from low", settled_rate(dir, false, 500000, 60), 1e9 / (195 * 256), 0.01);
    RUN_NEAR("from bulk", settled_rate(dir, true, 500000, 60), 1e9 / (976 * 256), 0.01);
    RUN_NEAR("too few", settled_rate(dir, true, 300000, 60), 1e9 / (195 * 256), 0.01);
    run_dir_remove(dir);
}

// ---- all devices -------------------------------------------------------------------------------

static const struct {
    const char *name;
    enum nic_personality nic;
    uint32_t vfs;
    const char *driver;
} devices[] = {{"e1000", NIC_82540EM, 0, "e1000"},
               {"igb", NIC_82576, 0, "igb"},
               {"igbvf", NIC_82576, 1, "igbvf"}};
#define DEVICES (sizeof devices / sizeof devices[0])

static void run_on(run_case_t *k, size_t device, enum run_policy policy, const char *trace)
{
    run_ideal(k, "%s", trace);
    k->c.itr = RUN_UNSET;
    k->c.policy = policy;
    k->c.adaptive_rx = 0;
    k->c.nic = devices[device].nic;
    k->c.vfs = devices[device].vfs;
    k->c.driver = devices[device].driver;
    k->c.verify = true;
}

// Poisson at 500 kpps: after the first steps the longest profile, within 3 % of its rate at the end.
static void dim_goes_to_the_longest_profile_under_load(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEVICES; i++) {
        run_case_t k;
        run_on(&k, i, POLICY_DIM, "gen:poisson,size=64,pps=500000,count=100000");
        run_play(&k);
        const run_policy_result_t *p = &k.r.policy;
        RUN_EXPECT(devices[i].name, p->driver.level, 4);
        assert_true(p->driver.passes[4] >= 5);
        assert_true(p->driver.changes >= 4);
        RUN_EXPECT(devices[i].name, k.r.itr_writes, p->driver.changes);
        // 200 ms, most of them at 256 us
        assert_true(k.r.irq_asserted > 780 && k.r.irq_asserted < 1400);
        run_free(&k);
    }
}

// 20 kpps: nothing to be had, it stays with the first two profiles.
static void dim_stays_short_when_packets_are_few(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEVICES; i++) {
        run_case_t k;
        run_on(&k, i, POLICY_DIM, "gen:cbr,size=64,pps=20000,count=20000");
        run_play(&k);
        const run_policy_result_t *p = &k.r.policy;
        RUN_EXPECT(devices[i].name, k.r.irq_asserted, 20000);
        RUN_EXPECT(devices[i].name, p->driver.passes[2] + p->driver.passes[3] + p->driver.passes[4],
                   0);
        run_free(&k);
    }
}

static void deferred_interrupts_need_a_lull(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEVICES; i++) {
        run_case_t k;
        run_on(&k, i, POLICY_NAPI_DEFER, "gen:cbr,size=64,gap-ns=30000,count=5000");
        k.c.napi_defer_hard_irqs = 2;
        k.c.gro_flush_timeout = 20000; // 30 us < 40 us
        run_play(&k);
        RUN_EXPECT(devices[i].name, k.r.irq_asserted, 1);
        RUN_EXPECT(devices[i].name, k.r.delivered, 5000);
        assert_true(k.r.policy.timer_polls >= 4999 * 30 / 20);
        k.c.napi_defer_hard_irqs = 1; // 30 us > 20 us
        run_play(&k);
        RUN_EXPECT(devices[i].name, k.r.irq_asserted, 5000);
        // The last packet is accounted for before its timer.
        assert_true(k.r.policy.enabled >= 4999 && k.r.policy.deferred == 5000);
        run_free(&k);
    }
}

static void the_hybrid_switches_at_its_thresholds(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEVICES; i++) {
        run_case_t k;
        run_on(&k, i, POLICY_HYBRID, "gen:cbr,size=64,pps=100000,count=10000");
        k.c.hybrid_up = 110000;
        k.c.hybrid_down = 90000;
        run_play(&k); // below: the handler takes every packet, and no poll runs
        RUN_EXPECT(devices[i].name, k.r.policy.irq_packets, 10000);
        RUN_EXPECT(devices[i].name, k.r.polls, 0);
        RUN_EXPECT(devices[i].name, k.r.policy.driver.changes, 0);
        RUN_EXPECT(devices[i].name, k.r.delivered, 10000);
        k.c.hybrid_up = 95000;
        run_play(&k); // above: NAPI from the end of the second window (the first began long before)
        RUN_EXPECT(devices[i].name, k.r.policy.driver.changes, 1);
        RUN_EXPECT(devices[i].name, k.r.policy.driver.level, 1);
        RUN_NEAR("packets of a window", (double)k.r.policy.irq_packets, 101, 0.02);
        RUN_EXPECT(devices[i].name, k.r.policy.irq_packets + k.r.poll_packets, 10000);
        run_free(&k);
    }
}

// Bursts of 2 ms at line rate, 10 ms apart: up in each, and down again by the first packets of the
// next one, which end a window that was mostly silence.
static void the_hybrid_comes_back(void **state)
{
    run_case_t k;
    (void)state;
    run_on(&k, 0, POLICY_HYBRID, "gen:bursts,size=64,burst=3000,gap-us=10000,count=30000");
    k.c.hybrid_up = 200000;
    k.c.hybrid_down = 100000;
    k.c.budget = 64;
    run_play(&k);
    RUN_EXPECT("bursts", k.r.delivered, 30000);
    assert_true(k.r.policy.driver.changes >= 10 && k.r.policy.driver.changes <= 20);
    assert_true(k.r.policy.irq_packets > 0 && k.r.poll_packets > 0);
    run_free(&k);
}

// Overload in the handler: without the switch it would never return.
static void the_hybrid_survives_overload(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEVICES; i++) {
        run_case_t k;
        run_on(&k, i, POLICY_HYBRID, "gen:cbr,size=64,load=100,count=50000");
        k.c.profile = "native-2012";
        run_play(&k);
        RUN_EXPECT(devices[i].name, k.r.policy.driver.changes, 1);
        assert_true(k.r.hybrid_up > 100000 && k.r.hybrid_up < 1000000);
        RUN_EXPECT(devices[i].name, k.r.hybrid_down, (uint64_t)k.r.hybrid_up * 3 / 4);
        assert_true(k.r.policy.irq_packets < 2000);
        run_free(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_frames_settle_where_they_come_from),
        cmocka_unit_test(short_frames_stay_in_bulk_when_they_are_many),
        cmocka_unit_test(dim_goes_to_the_longest_profile_under_load),
        cmocka_unit_test(dim_stays_short_when_packets_are_few),
        cmocka_unit_test(deferred_interrupts_need_a_lull),
        cmocka_unit_test(the_hybrid_switches_at_its_thresholds),
        cmocka_unit_test(the_hybrid_comes_back),
        cmocka_unit_test(the_hybrid_survives_overload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
