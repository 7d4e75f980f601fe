// SPDX-License-Identifier: Apache-2.0
// Every way to lose a frame can be walked, is counted under its name, and under no other.
#include "tests/run_help.h"

#include <stdio.h>
#include <string.h>

// Expects that all losses have the one cause.
#define ONLY(k, cause, n)                                                                          \
    do {                                                                                           \
        RUN_EXPECT((k)->trace, (k)->r.drops.cause, n);                                             \
        RUN_EXPECT((k)->trace, run_lost(&(k)->r), n);                                              \
        RUN_EXPECT((k)->trace, (k)->r.delivered, (k)->r.offered - (n));                            \
    } while (0)

static void bad_fcs_is_counted(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:imix,load=50,count=1000,bad-fcs=1-in-7");
    k.c.verify = true;
    run_play(&k);
    ONLY(&k, bad_fcs, 142);
    run_free(&k);
}

static void foreign_addresses_are_filtered(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,count=1000,dst=02:00:00:00:00:09");
    k.c.promisc = false;
    run_play(&k);
    ONLY(&k, filtered, 1000);
    RUN_EXPECT(k.trace, k.r.irq_asserted, 0);
    run_free(&k);
    run_ideal(&k, "gen:cbr,count=1000");
    k.c.promisc = false;
    run_play(&k);
    ONLY(&k, filtered, 0); // the generator's address is the device's
    run_free(&k);
}

static void frames_longer_than_the_link_allows_are_oversize(void **state)
{
    (void)state;
    char dir[64], path[128], err[TRACE_ERR_LEN];
    static uint8_t frame[1600] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    run_dir_make(dir);
    snprintf(path, sizeof path, "%s/long.pcap", dir);
    trace_writer_t *w = trace_writer_open(path, err);
    assert_non_null(w);
    for (uint32_t len = 1505; len <= 1524; len++)
        assert_int_equal(trace_writer_put(w, len * UINT64_C(20000), frame, len), 0);
    assert_int_equal(trace_writer_close(w, err), 0);
    run_case_t k;
    run_ideal(&k, "%s", path);
    run_play(&k);
    ONLY(&k, oversize, 10);
    assert_int_equal(k.r.offered, 20); // all that was offered, in frames and bytes
    assert_int_equal(k.r.offered_bytes, (1505 + 1524) * 20 / 2);
    run_free(&k);
    run_dir_remove(dir);
}

// A peer that answers with fragments: only the device can judge them.
static uint32_t fragment(void *ctx, uint64_t last_cyc, const uint8_t *data, uint32_t len,
                         uint8_t *answer, uint64_t *when_cyc)
{
    uint32_t *left = ctx;
    (void)len;
    if (*left == 0) return 0;
    const uint32_t n = (*left)-- % 2 ? 60 : 59; // the next answer makes the next request
    memcpy(answer, data + 6, 6);
    memcpy(answer + 6, data, 6);
    memset(answer + 12, 0, n - 12);
    *when_cyc = last_cyc + 1000;
    return n;
}

static void fragments_are_undersize(void **state)
{
    (void)state;
    uint32_t left = 200;
    const run_tap_t tap = {.ctx = &left, .answer = fragment};
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,pps=1000,count=100");
    k.c.respond = RESPOND_ECHO;
    k.c.tap = &tap;
    run_play(&k);
    // The first answer is a fragment; from then on a frame, whose echo is answered with a fragment.
    RUN_EXPECT(k.trace, k.r.offered, 100 + 199);
    ONLY(&k, undersize, 100);
    run_free(&k);
}

static void a_ring_that_is_empty_and_a_full_buffer_are_no_descriptor(void **state)
{
    (void)state;
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, "rx_packet_ns = 20000 ns ; slow\n");
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=1518,count=2000");
    k.c.profile = profile;
    k.c.rx_ring = 8;
    run_play(&k);
    // Some are lost in the moment after a refill, when the buffer is still full.
    assert_true(k.r.drops.no_descriptor > 2 * k.r.drops.fifo_overflow);
    assert_true(k.r.drops.no_descriptor > 500);
    RUN_EXPECT(k.trace, run_lost(&k.r), k.r.drops.no_descriptor + k.r.drops.fifo_overflow);
    run_free(&k);
    run_dir_remove(dir);
}

// Descriptors there are, but 33 MHz PCI does not carry small frames at line rate.
static void a_bus_slower_than_the_wire_overflows_the_packet_buffer(void **state)
{
    (void)state;
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, "link = pci33\n");
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,count=20000");
    k.c.profile = profile;
    k.c.rx_ring = 4096;
    k.c.itr = 195;
    run_play(&k);
    assert_true(k.r.drops.fifo_overflow > 500);
    ONLY(&k, fifo_overflow, k.r.drops.fifo_overflow);
    run_free(&k);
    run_dir_remove(dir);
}

// A batch of 16 into a socket for 10 (of 2048 bytes each): six are lost, exactly, every time.
static void a_full_socket_drops_what_does_not_fit(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,pps=100000,count=16000");
    k.c.rx_frames = 16;
    k.c.sockbuf = 10 * 2048;
    run_play(&k);
    ONLY(&k, socket_buffer, 6000);
    run_free(&k);
    k.c.sockbuf = 2047;
    run_play(&k);
    ONLY(&k, socket_buffer, 16000);
    run_free(&k);
}

static void what_no_interrupt_reports_is_in_flight_at_the_end(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,count=99");
    k.c.rx_frames = 100;
    run_play(&k);
    ONLY(&k, in_flight_at_end, 99);
    run_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_fcs_is_counted),
        cmocka_unit_test(foreign_addresses_are_filtered),
        cmocka_unit_test(frames_longer_than_the_link_allows_are_oversize),
        cmocka_unit_test(fragments_are_undersize),
        cmocka_unit_test(a_ring_that_is_empty_and_a_full_buffer_are_no_descriptor),
        cmocka_unit_test(a_bus_slower_than_the_wire_overflows_the_packet_buffer),
        cmocka_unit_test(a_full_socket_drops_what_does_not_fit),
        cmocka_unit_test(what_no_interrupt_reports_is_in_flight_at_the_end),
    };
    return cmocka_run_group_tests_name("drops", tests, NULL, NULL);
}
