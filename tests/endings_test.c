// SPDX-License-Identifier: Apache-2.0
// Every run ends, whatever is left over, and says what became of it; in bounded memory.
#include "tests/run_help.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_limit_of_one_is_one_frame(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=1518");
    k.c.pace.limit = 1;
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, 1);
    RUN_EXPECT(k.trace, k.r.irq_asserted, 1);
    RUN_EXPECT(k.trace, k.r.offered_bytes, 1514);
    RUN_EXPECT(k.trace, k.r.irq_min_gap_ns, 0);
    run_free(&k);
}

static void a_trace_without_frames_gives_a_run_without_events(void **state)
{
    (void)state;
    char dir[64], path[128], err[TRACE_ERR_LEN];
    run_dir_make(dir);
    snprintf(path, sizeof path, "%s/empty.pcap", dir);
    trace_writer_t *w = trace_writer_open(path, err);
    assert_non_null(w);
    assert_int_equal(trace_writer_close(w, err), 0);
    for (int watchdog = 0; watchdog < 2; watchdog++) {
        run_case_t k;
        run_ideal(&k, "%s", path);
        k.c.watchdog = watchdog;
        k.c.profile = "native-2012";
        run_play(&k);
        RUN_EXPECT("empty", k.r.offered, 0);
        RUN_EXPECT("empty", k.r.irq_asserted, 0);
        RUN_EXPECT("empty", k.r.polls, 0);
        RUN_EXPECT("empty", k.r.latency.count, 0);
        run_free(&k);
    }
    run_dir_remove(dir);
}

// The longest timer is no stranding: the run goes on until it has fired.
static void the_longest_timers_are_waited_for(void **state)
{
    (void)state;
    static const uint32_t settings[][3] = {{65535, 0, 0}, {65535, 65534, 0}, {0, 0, 65535}};
    for (size_t i = 0; i < 3; i++) {
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=64,count=3");
        k.c.rdtr = settings[i][0];
        k.c.radv = settings[i][1];
        k.c.itr = settings[i][2];
        run_play(&k);
        RUN_EXPECT(k.trace, k.r.delivered, 3);
        assert_true(i == 2 || k.r.latency.max > 65534 * 1024);
        run_free(&k);
    }
}

static void what_is_never_signalled_is_in_flight_at_the_end(void **state)
{
    (void)state;
    static const char *const profiles[] = {"ideal", "native-2012"};
    for (int i = 0; i < 2; i++) {
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=64,pps=10000,count=45");
        k.c.profile = profiles[i];
        k.c.rx_frames = 1000;
        run_play(&k);
        RUN_EXPECT(k.trace, k.r.delivered, 0);
        RUN_EXPECT(k.trace, k.r.drops.in_flight_at_end, 45);
        RUN_EXPECT(k.trace, k.r.irq_asserted, 0);
        // The driver's watchdog rescues them: within its 2 s.
        k.c.watchdog = true;
        run_play(&k);
        RUN_EXPECT(k.trace, k.r.delivered, 45);
        assert_true(k.r.irq_asserted >= 1 && k.r.latency.max < 2100000000);
        run_free(&k);
    }
}

// ---- stopping ----------------------------------------------------------------------------------

typedef struct stopper {
    uint64_t at;
    volatile int stop;
} stopper_t;

static void stop_at(void *ctx, const struct wire_sent *f)
{
    stopper_t *s = ctx;
    if (f->seq == s->at) s->stop = 1;
}

static void stop_at_delivery(void *ctx, uint64_t cyc, const uint8_t *data, uint32_t len)
{
    stopper_t *s = ctx;
    (void)cyc, (void)data, (void)len;
    if (s->at-- == 0) s->stop = 1;
}

static int stopped_run(run_case_t *k, const run_tap_t *tap, stopper_t *s)
{
    k->c.tap = tap;
    k->status = testbed_run(&k->c, &k->r, &s->stop);
    return k->status;
}

static void a_stopped_run_reports_what_it_has_done(void **state)
{
    (void)state;
    static const uint64_t at[] = {0, 1, 1024, 5000, 100000};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        stopper_t s = {.at = at[i]};
        const run_tap_t tap = {.ctx = &s, .sent = stop_at};
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=64"); // endless
        k.c.pace.limit = UINT64_C(1000000000000);
        k.c.profile = i & 1 ? "native-2012" : "ideal";
        k.c.rdtr = i == 3 ? 65535 : 0;
        assert_int_equal(stopped_run(&k, &tap, &s), 0);
        assert_true(k.r.offered > at[i] &&
                    k.r.offered <= at[i] + 1025); // it is looked at now and then
        RUN_EXPECT(k.trace, k.r.offered, k.r.delivered + run_lost(&k.r));
        run_free(&k);
    }
}

static void a_run_can_be_stopped_while_it_drains(void **state)
{
    (void)state;
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, "app_packet_ns = 100000 ns ; slow\n");
    stopper_t s = {.at = 20};
    const run_tap_t tap = {.ctx = &s, .delivered = stop_at_delivery};
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,count=900");
    k.c.profile = profile;
    assert_int_equal(stopped_run(&k, &tap, &s), 0);
    RUN_EXPECT(k.trace, k.r.offered, k.r.delivered + run_lost(&k.r));
    run_free(&k);
    run_dir_remove(dir);
}

// ---- slow hosts --------------------------------------------------------------------------------

// A guest that polls has the processor: the host gets on so slowly that the run ends with frames in its hands. They are counted once,
// though the world goes on while the drivers are asked for their counters.
static void what_is_in_the_hands_of_a_starved_host_is_in_flight(void **state)
{
    (void)state;
    static const char *const PATH[][2] = {
        {"virtio", "virtio-net"}, {"xen-pv", "netfront"}, {"emulated", "e1000"}};
    for (unsigned i = 0; i < 3; i++) {
        run_case_t k;
        run_ideal(&k, "gen:netperf-rr,machines=2,dom0=1,domu=1,count=300");
        k.c.profile = "native-2012";
        k.c.path = PATH[i][0];
        k.c.driver = PATH[i][1];
        k.c.app_cpu = RUN_UNSET;
        k.c.respond = RESPOND_ECHO;
        k.c.pcpus = 1;
        k.c.guest_weight = 65535;
        k.c.host_weight = 1;
        k.c.guest_idle = GUEST_IDLE_POLL;
        k.c.itr = k.c.host_rx_usecs = RUN_UNSET;
        if (run_try(&k) != 0) fail_msg("%s: %s", PATH[i][0], k.r.error);
        RUN_EXPECT(PATH[i][0], k.r.offered + k.r.replicated, k.r.delivered + run_lost(&k.r));
        assert_true(k.r.drops.in_flight_at_end > 0);
        run_free(&k);
    }
}

// What the application sends when it has taken the last packet: it waits for nothing then but for the driver.
static void the_last_acknowledgement_is_sent(void **state)
{
    (void)state;
    static const char *const PROFILE[] = {"native-2012", "kvm-2012", "server-2020"};
    for (unsigned i = 0; i < 12; i++) {
        run_case_t k;
        run_ideal(&k, "gen:iperf-tcp,count=%u", i / 3 + 1);
        k.c.profile = PROFILE[i % 3];
        k.c.respond = RESPOND_ACK;
        k.c.link_speed = 100;
        run_play(&k);
        assert_true(k.r.to_send > 0);
        RUN_EXPECT(k.trace, k.r.tx_frames, k.r.to_send);
        run_free(&k);
    }
}

// A backlog that takes the application minutes is waited for.
static void a_slow_application_is_waited_for(void **state)
{
    (void)state;
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, "app_packet_ns = 100000 ns ; slow\napp_byte_ps = 100000 ps ; slow\n");
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=1518,count=100000");
    k.c.profile = profile;
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, 100000);
    // 251.4 us each
    assert_true(k.r.last_delivery_cyc - k.r.first_delivery_cyc >=
                99999 * UINT64_C(251400) / CYC_NS);
    run_free(&k);
    run_dir_remove(dir);
}

static void the_largest_costs_end_too(void **state)
{
    (void)state;
    char dir[64], profile[128], lines[4096] = "link = pci33\n";
#define COST(key, unit, min, max, doc)                                                             \
    if (strcmp(#key, "hz") != 0)                                                                   \
        snprintf(lines + strlen(lines), sizeof lines - strlen(lines), #key " = %u " #unit "\n",    \
                 (unsigned)(max));
#include "hostbridge/costs.def"
#undef COST
    snprintf(lines + strlen(lines), sizeof lines - strlen(lines), "hz = 100 Hz\n");
    run_dir_make(dir);
    run_profile(dir, profile, lines);
    for (int echo = 0; echo < 2; echo++) {
        run_case_t k;
        run_ideal(&k, "gen:imix,load=100,count=3000");
        k.c.profile = profile;
        k.c.respond = echo ? RESPOND_ECHO : RESPOND_NONE;
        k.c.cpus = 1 + (uint32_t)echo;
        k.c.app_cpu = (uint32_t)echo;
        run_play(&k);
        assert_true(k.r.delivered > 100);
        RUN_EXPECT(k.trace, k.r.drops.in_flight_at_end, 0);
        run_free(&k);
    }
    run_dir_remove(dir);
}

// ---- bad input ---------------------------------------------------------------------------------

static void refused(run_case_t *k, const char *message)
{
    assert_int_equal(run_try(k), 2);
    if (!strstr(k->r.error, message)) fail_msg("\"%s\" does not say %s", k->r.error, message);
    run_free(k);
}

static void impossible_settings_are_refused_by_name(void **state)
{
    (void)state;
    run_case_t k;
#define WITH(field, value, message)                                                                \
    run_ideal(&k, "gen:cbr,count=10");                                                             \
    k.c.field = value;                                                                             \
    refused(&k, message)
    WITH(cpus, 0, "--cpus 0");
    WITH(cpus, RUN_CORES + 1, "--cpus 17");
    WITH(app_cpu, 1, "--app-cpu 1");
    WITH(budget, 0, "--budget 0");
    WITH(budget, 65536, "--budget 65536");
    WITH(netdev_budget, 0, "--netdev-budget 0");
    WITH(path, "vf", "--path vf");
    WITH(engine, "rtl", "--engine rtl");
    WITH(driver, "nosuch", "--driver nosuch");
    WITH(driver, "./nosuch.so", "nosuch.so");
    WITH(profile, "nosuch", "nosuch");
    WITH(trace, "/nosuch.pcap", "/nosuch.pcap");
    WITH(received_pcap, "/nosuch/received.pcap", "/nosuch/received.pcap");
    WITH(rx_ring, 4, "ring");
    WITH(itr, 65536, "ITR");
    WITH(radv, 65536, "RADV");
    WITH(rx_usecs, 100, "rx-usecs and itr");
#undef WITH
}

// ---- memory ------------------------------------------------------------------------------------

static void memory_does_not_depend_on_the_length_of_the_trace(void **state)
{
    (void)state;
    long kib[2];
    const char *long_run = getenv("MEMORY_FRAMES");
    const uint32_t frames[2] = {30000, long_run ? (uint32_t)strtoul(long_run, NULL, 10) : 3000000};
    for (int i = 0; i < 2; i++) {
        const pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            run_case_t k;
            run_ideal(&k, "gen:cbr,size=64,count=%u", frames[i]);
            k.c.rx_ring = 4096;
            k.c.itr = 488;
            _exit(run_try(&k) == 0 && k.r.offered == frames[i] ? 0 : 1);
        }
        int status;
        struct rusage use;
        assert_int_equal(wait4(pid, &status, 0, &use), pid);
        assert_int_equal(status, 0);
        kib[i] = use.ru_maxrss;
        print_message("peak of %u frames: %ld KiB\n", frames[i], kib[i]);
    }
#if !defined(__SANITIZE_ADDRESS__)
    assert_true(kib[1] < 200 * 1024);
    assert_true(kib[1] < kib[0] + 4 * 1024);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_of_one_is_one_frame),
        cmocka_unit_test(a_trace_without_frames_gives_a_run_without_events),
        cmocka_unit_test(the_longest_timers_are_waited_for),
        cmocka_unit_test(what_is_never_signalled_is_in_flight_at_the_end),
        cmocka_unit_test(a_stopped_run_reports_what_it_has_done),
        cmocka_unit_test(a_run_can_be_stopped_while_it_drains),
        cmocka_unit_test(what_is_in_the_hands_of_a_starved_host_is_in_flight),
        cmocka_unit_test(the_last_acknowledgement_is_sent),
        cmocka_unit_test(a_slow_application_is_waited_for),
        cmocka_unit_test(the_largest_costs_end_too),
        cmocka_unit_test(impossible_settings_are_refused_by_name),
        cmocka_unit_test(memory_does_not_depend_on_the_length_of_the_trace),
    };
    return cmocka_run_group_tests_name("endings", tests, NULL, NULL);
}
