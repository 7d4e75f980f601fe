// SPDX-License-Identifier: Apache-2.0
// Drivers that lose frames, or hand up others than they got: every frame has its cause, and the others their own times and
// contents (tests/faulty).
#include "tests/run_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char driver[512];

static void faulty(run_case_t *k, const char *fault, const char *trace)
{
    run_ideal(k, "%s", trace);
    k->c.driver = driver;
    k->c.verify = true;
    setenv("FAULT", fault, 1);
}

// What a driver keeps for itself is one more fault, told behind these.
static void play(run_case_t *k, const char *fault)
{
    if (!strstr(fault, "leak")) {
        run_play(k);
        return;
    }
    assert_int_equal(run_try(k), 1);
    assert_non_null(strstr(k->r.error, "left 500 packets unfreed"));
}

// Frames of one length, of several, behind an IOMMU, and of a guest.
static void what_the_driver_drops_is_the_drivers(void **state)
{
    (void)state;
    static const char *const FAULTS[] = {"drop", "leak"};
    for (unsigned i = 0; i < 8; i++) {
        run_case_t k;
        faulty(&k, FAULTS[i & 1],
               i & 2 ? "gen:imix,load=20,count=2000" : "gen:poisson,pps=50000,count=2000");
        if (i & 4) k.c.path = "emulated", k.c.host_cpus = 2;
        play(&k, FAULTS[i & 1]);
        RUN_EXPECT(FAULTS[i & 1], k.r.drops.driver, 500);
        RUN_EXPECT(FAULTS[i & 1], k.r.delivered, 1500);
        RUN_EXPECT(FAULTS[i & 1], k.r.mismatched, 0);
        if (!(i & 4)) assert_true(k.r.latency.max < 100000);
        run_free(&k);
    }
    run_case_t k;
    faulty(&k, "drop", "gen:poisson,pps=50000,count=2000");
    k.c.iommu = DMA_STRICT;
    run_play(&k);
    RUN_EXPECT("behind an IOMMU", k.r.drops.driver, 500);
    run_free(&k);
    faulty(&k, "drop-all", "gen:poisson,pps=50000,count=2000");
    run_play(&k);
    RUN_EXPECT("all", k.r.drops.driver, 2000);
    run_free(&k);
}

static void a_copy_is_the_frame(void **state)
{
    (void)state;
    run_case_t k;
    faulty(&k, "copy", "gen:imix,load=50,count=2000");
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, 2000);
    run_free(&k);
}

static void a_wrong_length_is_named(void **state)
{
    (void)state;
    run_case_t k;
    faulty(&k, "fcs", "gen:cbr,size=64,count=1000");
    assert_int_equal(run_try(&k), 1);
    assert_non_null(strstr(k.r.error, "64 bytes"));
    assert_non_null(strstr(k.r.error, "60 bytes on the wire"));
    RUN_EXPECT(k.trace, k.r.delivered, 1000);
    RUN_EXPECT(k.trace, run_lost(&k.r), 0);
    run_free(&k);
    faulty(&k, "made-up", "gen:cbr,size=64,count=1000");
    assert_int_equal(run_try(&k), 1);
    assert_non_null(strstr(k.r.error, "was not received"));
    RUN_EXPECT(k.trace, k.r.offered + k.r.replicated, k.r.delivered + run_lost(&k.r));
    run_free(&k);
}

static void what_is_not_sent_has_a_cause(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        uint64_t sent;
        run_unsent_t unsent;
    } CASES[] = {{"", 2000, {0}},
                 {"tx-busy", 0, {.queue_full = 1000, .in_flight_at_end = 1000}},
                 {"tx-error", 1500, {.driver_error = 500}},
                 {"tx-drop", 1500, {.driver_freed = 500}},
                 {"tx-leak", 1500, {.in_flight_at_end = 500}}};
    for (size_t i = 0; i < 2 * sizeof CASES / sizeof CASES[0]; i++) {
        const bool guest = i & 1;
        run_case_t k;
        faulty(&k, CASES[i / 2].fault, "gen:poisson,pps=20000,count=2000");
        k.c.respond = RESPOND_ECHO;
        if (guest) k.c.path = "emulated", k.c.host_cpus = 2;
        play(&k, CASES[i / 2].fault);
        RUN_EXPECT(CASES[i / 2].fault, k.r.to_send, 2000);
        RUN_EXPECT(CASES[i / 2].fault, k.r.tx_frames, CASES[i / 2].sent);
        assert_memory_equal(&k.r.unsent, &CASES[i / 2].unsent, sizeof k.r.unsent);
        run_free(&k);
    }
}

static void a_frame_that_is_sent_twice_fails_the_run(void **state)
{
    (void)state;
    run_case_t k;
    faulty(&k, "tx-twice", "gen:poisson,pps=20000,count=200");
    k.c.respond = RESPOND_ECHO;
    assert_int_equal(run_try(&k), 1);
    assert_non_null(strstr(k.r.error, "200 frames to send, 400 sent"));
    run_free(&k);
}

// Of the leak sanitizer; not there without it.
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

// A driver that hangs never gives back what it has, nor do those that wait for it.
static int play_for_ever(run_case_t *k, const volatile int *stop)
{
    if (__lsan_disable) __lsan_disable();
    const int status = testbed_run(&k->c, &k->r, stop);
    if (__lsan_enable) __lsan_enable();
    return status;
}

static void stop_at_36(void *ctx, const struct wire_sent *f)
{
    volatile int *stop = ctx;
    if (f->seq == 35) *stop = 1;
}

// A guest hangs, and somebody waits for the end, while what it has sent before is on a slow wire, which it gets in bursts: what has not
// left the device of its host is in flight.
static void what_is_in_the_host_of_a_guest_that_hangs_is_in_flight(void **state)
{
    (void)state;
    for (int nic = NIC_82540EM; nic <= NIC_82576; nic += NIC_82576) {
        volatile int stop = 0;
        const run_tap_t tap = {.ctx = (void *)&stop, .sent = stop_at_36};
        run_case_t k;
        faulty(&k, "tx-hang", "gen:cbr,size=1518,count=100");
        k.c.nic = (enum nic_personality)nic;
        k.c.path = "emulated", k.c.host_cpus = 2;
        k.c.respond = RESPOND_ECHO;
        k.c.link_speed = 10;
        k.c.host_rx_usecs = 7350;
        k.c.tap = &tap;
        k.status = play_for_ever(&k, &stop);
        RUN_EXPECT(k.trace, k.status, 0);
        assert_non_null(strstr(k.r.notice, "xmit has not returned"));
        RUN_EXPECT(k.trace, k.r.to_send, 36);
        RUN_EXPECT(k.trace, k.r.tx_frames + k.r.unsent.in_flight_at_end, 36);
        // But for the one that the guest's driver has.
        RUN_EXPECT(k.trace, k.r.function[0].unsent.in_flight_at_end,
                   k.r.unsent.in_flight_at_end - 1);
        assert_true(k.r.unsent.in_flight_at_end > 2);
        run_free(&k);
    }
}

int main(void)
{
    const ssize_t n = readlink("/proc/self/exe", driver, sizeof driver - 1);
    if (n <= 0) return 1;
    strcpy(strrchr(driver, '/'), "/faulty.so");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_driver_drops_is_the_drivers),
        cmocka_unit_test(a_copy_is_the_frame),
        cmocka_unit_test(a_wrong_length_is_named),
        cmocka_unit_test(what_is_not_sent_has_a_cause),
        cmocka_unit_test(a_frame_that_is_sent_twice_fails_the_run),
        cmocka_unit_test(what_is_in_the_host_of_a_guest_that_hangs_is_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
