// SPDX-License-Identifier: Apache-2.0
// A descriptor ring of the 82576 as its driver uses it (specification §2.3, §3; contract, "Rings"), and several of them behind
// one arbiter.
#include "model/desc_ring.h"
#include "model/ring_arbiter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { ON = FMASK(IGB_RXDCTL_ENABLE), N = 64 };
#define BASE 0x123456780ull

typedef struct bench {
    desc_ring_t c;
    desc_ring_in_t in;
    ring_reg_t reg;
    ring_done_t what;
    uint64_t mem[512][2]; // the ring in host memory
    uint32_t answer;      // cycles until the completion ends, 0 = none is under way
    uint32_t fetches, write_backs, len, packets, events, rxdmt, lli; // seen so far
    uint64_t addr, fetch_addr;                                       // of the last request
    uint32_t fetch_len;
    uint32_t head;      // payload of the last one of 4 bytes
    bool arbiter, host; // they pick at once; answer
} bench_t;

static void open_ring(bench_t *b, bool tx, uint32_t ctl)
{
    memset(b, 0, sizeof *b);
    desc_ring_reset(&b->c, tx, 0);
    b->in.reg = &b->reg;
    b->in.what = &b->what;
    b->in.en = true;
    b->in.func = 3;
    b->reg = (ring_reg_t){.bal = (uint32_t)BASE, .bah = BASE >> 32, .len = 16 * N, .ctl = ctl};
    b->arbiter = b->host = true;
}

// One cycle; pulses go down behind it.
static void step(bench_t *b)
{
    desc_ring_in_t *in = &b->in;
    static uint8_t data[NIC_Mrrs];
    in->fetch_sent = b->c.fetch.valid && in->fetch_held;
    in->wb_sent = b->c.wb.valid && in->wb_held;
    in->cpl = b->answer == 1;
    if (in->cpl) {
        in->cpl_len = b->c.fetch_bytes;
        in->cpl_data = data;
        memcpy(data, b->mem[(b->c.fetch.addr - BASE) / 16 % 512], in->cpl_len);
    }
    if (b->answer) b->answer--;
    if (in->fetch_sent) {
        b->fetches++;
        b->fetch_addr = b->c.fetch.addr;
        b->fetch_len = b->c.fetch.len;
        if (b->host) b->answer = 4;
    }
    if (in->wb_sent) {
        b->write_backs++;
        b->addr = b->c.wb.addr;
        b->len = b->c.wb.len;
        if (b->len == 4) memcpy(&b->head, b->c.wb.data + b->c.wb.off, 4);
    }
    const bool fetch = b->c.fetch.valid && !in->fetch_sent, wb = b->c.wb.valid && !in->wb_sent;
    desc_ring_tick_82576(&b->c, in);
    in->fetch_held = b->arbiter && fetch && b->c.fetch.valid;
    in->wb_held = b->arbiter && wb && b->c.wb.valid;
    if (b->c.event_cyc == in->now + 1) {
        b->events++;
        b->packets += b->c.event_packets;
        b->rxdmt += b->c.event_rxdmt;
        b->lli += b->c.event_lli;
    }
    assert_true(b->c.cause_cyc == NIC_NEVER); // no bit of ICR from here
    in->now++;
    if (in->restart) in->taken = 0;
    in->restart = in->head_we = in->flush = in->done = in->immediate = false;
}

static void run(bench_t *b, uint32_t cycles)
{
    while (cycles--) step(b);
}

static void tail(bench_t *b, uint32_t t)
{
    b->reg.tail = t;
    run(b, 20);
}

// The consumer takes a descriptor and finishes it in the next cycle.
static void finish(bench_t *b, bool eop, bool rs)
{
    assert_true(b->c.filled_q != b->in.taken);
    b->in.taken++;
    b->in.done = true;
    b->what = (ring_done_t){.eop = eop, .rs = rs, .wb = {b->c.done_q, 1}};
    step(b);
}

static void finish_lli(bench_t *b)
{
    b->in.immediate = true;
    finish(b, true, false);
}

static uint32_t ctl(uint32_t p, uint32_t h, uint32_t w)
{
    return ON | p << IGB_RXDCTL_PTHRESH_LSB | h << IGB_RXDCTL_HTHRESH_LSB |
           w << IGB_RXDCTL_WTHRESH_LSB;
}

static void thresholds_are_descriptors(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, false, ctl(8, 8, 1)); // igb
    tail(&b, 40);
    assert_int_equal(b.fetches, 1);
    assert_int_equal(b.fetch_len, 16 * 32);
    assert_int_equal(b.c.fetch.func, 3);
    b.in.gate_open = true;
    for (int i = 0; i < 24; i++) finish(&b, true, false);
    run(&b, 20);
    assert_int_equal(b.fetches, 1); // 8 are left, and not fewer
    finish(&b, true, false);
    run(&b, 20);
    assert_int_equal(b.fetches, 2);
    assert_int_equal(b.fetch_len, 16 * 8);
    tail(&b, 47); // 15 here
    for (int i = 0; i < 8; i++) finish(&b, true, false);
    run(&b, 20);
    assert_int_equal(b.fetches, 2); // 7 are left, but only 7 are there
    tail(&b, 48);
    assert_int_equal(b.fetches, 3);
}

static void a_closed_gate_makes_the_threshold_count(void **state)
{
    (void)state;
    for (int tx = 0; tx < 2; tx++) {
        bench_t b;
        open_ring(&b, tx, ctl(8, 1, 4));
        tail(&b, 40);
        for (int i = 0; i < 3; i++) finish(&b, true, true);
        run(&b, 100);
        assert_int_equal(b.write_backs, 0);
        finish(&b, true, true);
        run(&b, 10);
        assert_int_equal(b.write_backs, 1);
        assert_int_equal(b.len, 64);
        assert_int_equal(b.packets, 4);
        finish(&b, true, true);
        run(&b, 100);
        assert_int_equal(b.write_backs, 1);
        assert_true(desc_ring_held_back(&b.c));
        b.in.gate_open = true;
        step(&b);
        assert_true(b.c.wb.valid); // in the next cycle
        assert_int_equal(b.c.wb.addr, BASE + 64);
        run(&b, 10);
        assert_int_equal(b.packets, 5);
        finish(&b, true, true);
        run(&b, 10);
        assert_int_equal(b.packets, 6);
    }
}

static void wthresh_0_and_1_do_not_wait(void **state)
{
    (void)state;
    for (uint32_t w = 0; w < 2; w++) {
        bench_t b;
        open_ring(&b, true, ctl(8, 1, w));
        tail(&b, 10);
        finish(&b, true, true);
        run(&b, 10);
        assert_int_equal(b.events, 1);
        assert_int_equal(b.len, w ? 16 : 1);
        assert_int_equal(b.addr, BASE + (w ? 0 : 12));
    }
}

static void a_queue_is_set_up_as_drivers_do(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, false, 0x00010000);
    b.in.func = 0;
    tail(&b, 17); // kept
    assert_int_equal(b.fetches, 0);
    b.in.func = 5;       // pools have changed hands
    b.in.restart = true; // RDBAL, RDLEN
    step(&b);
    b.in.restart = b.in.head_we = true;
    b.in.head = 4;
    step(&b);
    run(&b, 20);
    assert_int_equal(b.fetches, 0);
    b.reg.ctl = ctl(8, 8, 1);
    b.in.restart = true; // ENABLE rises
    step(&b);
    run(&b, 20);
    assert_int_equal(b.fetches, 1);
    assert_int_equal(b.fetch_addr, BASE + 64);
    assert_int_equal(b.fetch_len, 16 * 13);
    assert_int_equal(b.c.fetch.func, 5);
    assert_int_equal(b.c.filled_q, 13);
}

static void disabling_stops_and_writes_what_is_finished(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, false, ctl(31, 1, 31));
    tail(&b, 40);
    for (int i = 0; i < 5; i++) finish(&b, i == 4, false); // two packets, the second is in progress
    run(&b, 20);
    assert_int_equal(b.write_backs, 0);
    const uint32_t fetches = b.fetches;
    b.reg.ctl &= ~(uint32_t)ON;
    finish(&b, true, false);
    run(&b, 20);
    assert_int_equal(b.packets, 2);
    assert_int_equal(b.c.head_q, 6);
    tail(&b, 50);
    assert_int_equal(b.fetches, fetches);
    b.reg.ctl |= ON;
    b.in.restart = true;
    step(&b);
    assert_int_equal(b.c.filled_q, 0);
    run(&b, 20);
    assert_int_equal(b.fetches, fetches + 1);
    assert_int_equal(b.fetch_addr, BASE + 16 * 6); // again, at its head
    assert_int_equal(b.fetch_len, 16 * 32);
    b.in.en = false; // RCTL.RXEN is no restart
    run(&b, 5);
    b.in.en = true;
    run(&b, 20);
    assert_int_equal(b.in.taken, 0);
    assert_int_equal(b.c.filled_q, 32);
}

// Data descriptors as Linux makes them.
static void packet(bench_t *b, uint32_t at, uint32_t n, bool context)
{
    for (uint32_t i = 0; i < n; i++) {
        const bool first = context && i == 0;
        const uint32_t cmd =
            E1000_TXD_CMD_DEXT | (i == n - 1 ? E1000_TXD_CMD_EOP | E1000_TXD_CMD_RS : 0);
        b->mem[at + i][1] = (uint64_t)(cmd << 24 | (first ? 2u : 3u) << 20);
    }
}

static void a_transmit_ring_fetches_until_a_packet_is_whole(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, true, ctl(0, 31, 1));
    packet(&b, 0, 2, true);
    packet(&b, 2, 20, true);
    packet(&b, 22, 3, false);
    tail(&b, 2);
    assert_int_equal(desc_ring_whole(&b.c, 0), 1);
    tail(&b, 10);
    assert_int_equal(b.fetches, 1); // not while one is there
    b.in.taken = 2;
    run(&b, 20);
    assert_int_equal(b.fetches, 2);
    assert_int_equal(desc_ring_whole(&b.c, 2), 0);
    tail(&b, 21);
    assert_int_equal(b.fetches, 3);
    tail(&b, 25);
    assert_int_equal(b.fetches, 4);
    assert_int_equal(desc_ring_whole(&b.c, 2), 2);
    assert_int_equal(desc_ring_whole(&b.c, 22), 1);
    assert_int_equal(desc_ring_whole(&b.c, 25), 0);
    // A context with EOP ends nothing.
    b.in.taken = 25;
    b.mem[25][1] = 0x21200000;
    tail(&b, 26);
    assert_int_equal(desc_ring_whole(&b.c, 25), 0);
    b.mem[26][1] = 0x21000000; // of the other type 2: not advanced, so it does
    tail(&b, 27);
    assert_int_equal(desc_ring_whole(&b.c, 25), 1);
}

static void a_packet_without_end_fills_the_cache(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, true, ctl(8, 1, 1));
    b.reg.len = 16 * 512;
    tail(&b, 500);
    run(&b, 100);
    assert_int_equal(b.c.filled_q, NIC_DescCache);
    assert_int_equal(desc_ring_whole(&b.c, 0), 0);
    assert_int_equal(b.fetches, 2);
}

// WTHRESH 16 with 20 descriptors a packet: three packets are below the threshold and leave no room for a fourth.
static void no_room_for_a_packet_writes_back(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, true, ctl(8, 1, 16));
    b.reg.len = 16 * 512;
    for (uint32_t i = 0; i < 10; i++) packet(&b, 20 * i, 20, false);
    tail(&b, 80);
    run(&b, 50);
    for (uint32_t i = 0; i < 60; i++) finish(&b, i % 20 == 19, i % 20 == 0);
    run(&b, 200);
    assert_int_equal(b.c.filled_q, 80);
    assert_int_equal(desc_ring_whole(&b.c, 60), 1);
    assert_int_equal(b.packets, 1); // no more than that
}

static void the_head_is_written_instead(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, true, ctl(8, 1, 4));
    b.in.head_wb = 0x700000123ull | 1; // bit 1 is none of the address
    tail(&b, 40);
    for (uint32_t i = 0; i < 11; i++) finish(&b, i % 4 == 2, i % 4 == 2);
    run(&b, 50);
    assert_int_equal(b.write_backs, 0); // three with RS
    b.in.gate_open = true;
    run(&b, 10);
    assert_int_equal(b.write_backs, 1);
    assert_int_equal(b.addr, 0x700000120ull);
    assert_int_equal(b.len, 4);
    assert_int_equal(b.head, 11);
    assert_int_equal(b.packets, 3);
    assert_int_equal(b.c.wrote_q, 11);
    finish(&b, false, false);
    run(&b, 20);
    assert_int_equal(b.write_backs, 1);
    b.in.wb_held = false;
    b.arbiter = false; // what is finished while it waits is not in it
    finish(&b, true, true);
    run(&b, 3);
    finish(&b, true, true);
    run(&b, 3);
    b.arbiter = true;
    run(&b, 3);
    assert_int_equal(b.head, 13);
    run(&b, 10);
    assert_int_equal(b.head, 14);
    assert_int_equal(b.packets, 5);
}

static void rxdmt_counts_sixteens(void **state)
{
    (void)state;
    for (uint32_t rdmts = 0; rdmts < 3; rdmts++) {
        bench_t b;
        open_ring(&b, false, ctl(8, 8, 1));
        b.in.rdmts = rdmts;
        b.in.gate_open = true;
        tail(&b, 40);
        for (uint32_t i = 1; i <= 40; i++) {
            finish(&b, true, false);
            run(&b, 20);
            assert_int_equal(b.rxdmt, 40 - i <= 16 * rdmts);
        }
        assert_int_equal(b.events, 40);
    }
}

static void low_latency_does_not_wait(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, false, ctl(8, 8, 16));
    tail(&b, 40);
    for (int i = 0; i < 10; i++) finish(&b, i % 3 == 0, false);
    run(&b, 50);
    assert_int_equal(b.write_backs, 0);
    finish_lli(&b);
    run(&b, 3);
    assert_int_equal(b.events, 1); // the first eight
    assert_int_equal(b.packets, 3);
    assert_int_equal(b.lli, 0);
    run(&b, 6);
    assert_int_equal(b.events, 2);
    assert_int_equal(b.packets, 5);
    assert_int_equal(b.lli, 1);
    finish(&b, true, false);
    run(&b, 50);
    assert_int_equal(b.events, 2);
    b.in.flush = true; // SWFLUSH
    run(&b, 10);
    assert_int_equal(b.events, 3);
    assert_int_equal(b.packets, 6);
    assert_int_equal(b.lli, 1);
}

// A piece of a packet is written back, and is no packet.
static void packets_are_counted_at_their_end(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, false, ctl(8, 8, 1));
    tail(&b, 40);
    finish(&b, false, false);
    run(&b, 10);
    assert_int_equal(b.events, 1);
    assert_int_equal(b.packets, 0);
    finish(&b, true, false);
    run(&b, 10);
    assert_int_equal(b.packets, 1);
}

static void a_restart_takes_back_what_is_not_held(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, false, ctl(8, 8, 1));
    b.arbiter = false;
    b.reg.tail = 20;
    step(&b);
    assert_true(b.c.fetch.valid);
    b.in.restart = true;
    step(&b);
    assert_false(b.c.fetch.valid || b.c.fetching);
    step(&b);
    assert_true(b.c.fetch.valid); // anew
    b.arbiter = true;
    b.host = false;
    step(&b);
    assert_true(b.in.fetch_held);
    b.in.restart = b.in.head_we = true; // VTCTRL.RST
    b.in.head = 0;
    b.in.fetch_held = true;
    b.reg.ctl = 0x00010000;
    step(&b);
    run(&b, 10);
    assert_int_equal(b.fetches, 1);
    assert_true(b.c.fetching && b.c.discard);
    b.reg.ctl = ctl(8, 8, 1);
    b.in.restart = true;
    run(&b, 10);
    assert_int_equal(b.fetches, 1);
    b.host = true;
    b.answer = 1; // comes late, for nothing
    step(&b);
    assert_int_equal(b.c.filled_q, 0);
    run(&b, 10);
    assert_int_equal(b.fetches, 2);
    assert_int_equal(b.c.filled_q, 20);

    // Write-backs: one withdrawn, one that goes on and is not told.
    b.arbiter = false;
    finish(&b, true, false);
    assert_true(b.c.wb.valid);
    b.in.restart = true;
    step(&b);
    assert_false(b.c.wb.valid || b.c.wb_stale);
    b.arbiter = true;
    run(&b, 20);
    b.arbiter = false;
    finish(&b, true, false);
    b.in.wb_held = b.in.restart = true;
    const uint32_t fetches = b.fetches;
    desc_ring_tick_82576(&b.c, &b.in);
    assert_true(b.c.wb.valid && b.c.wb_stale);
    b.in = (desc_ring_in_t){
        .reg = &b.reg, .what = &b.what, .en = true, .now = b.in.now + 1, .wb_held = true};
    b.arbiter = true;
    step(&b);
    assert_false(b.c.wb.valid);
    assert_int_equal(b.events, 0);
    run(&b, 20);
    assert_int_equal(b.fetches, fetches + 1);
}

// CTRL.RST: of a fetch at the port what has gone out is awaited, of one that waits for the arbiter nothing.
static void reset_awaits_what_was_granted(void **state)
{
    (void)state;
    bench_t b;
    open_ring(&b, false, ctl(8, 8, 1));
    b.arbiter = false;
    b.reg.tail = 20;
    step(&b);
    desc_ring_reset(&b.c, false, 0);
    assert_false(b.c.fetching);
    step(&b);
    desc_ring_reset(&b.c, false, 128);
    assert_true(b.c.fetching && b.c.discard);
    assert_int_equal(b.c.fetch_bytes, 128);
    run(&b, 5);
    assert_false(b.c.fetch.valid);
}

// ---- the arbiter ----

static void the_arbiter_goes_round(void **state)
{
    (void)state;
    ring_arbiter_t a;
    ring_arbiter_reset(&a);
    ring_arbiter_in_t in = {.may = 0xFFFF, .fetch = 1 << 3 | 1 << 9, .wb = 1 << 0 | 1 << 15};
    assert_int_equal(ring_pick_held(&a.fetch), 0);
    ring_arbiter_tick(&a, &in);
    assert_int_equal(ring_pick_held(&a.fetch), 1 << 3);
    assert_int_equal(ring_pick_held(&a.wb), 1 << 0);
    in.fetch |= 1 << 1;
    in.may = 0; // it goes on
    ring_arbiter_tick(&a, &in);
    assert_int_equal(ring_pick_held(&a.fetch), 1 << 3);
    in.may = 0xFFFF;
    in.fetch_done = true;
    assert_int_equal(ring_pick_done(&a.fetch, true), 1 << 3);
    assert_int_equal(ring_pick_done(&a.wb, false), 0);
    ring_arbiter_tick(&a, &in);
    assert_int_equal(ring_pick_held(&a.fetch), 1 << 9);
    assert_int_equal(ring_pick_held(&a.wb), 1 << 0);
    in.fetch &= ~(1u << 3);
    in.wb_done = true;
    ring_arbiter_tick(&a, &in);
    assert_int_equal(ring_pick_held(&a.fetch), 1 << 1);
    assert_int_equal(ring_pick_held(&a.wb), 1 << 15);
    in.fetch = 1 << 1; // still visible in the cycle of its `done`
    ring_arbiter_tick(&a, &in);
    assert_int_equal(ring_pick_held(&a.fetch), 0);
    in.fetch_done = in.wb_done = false;
    ring_arbiter_tick(&a, &in); // asks again
    assert_int_equal(ring_pick_held(&a.fetch), 1 << 1);
}

static void the_arbiter_leaves_out_who_may_not(void **state)
{
    (void)state;
    ring_arbiter_t a;
    ring_arbiter_reset(&a);
    ring_arbiter_in_t in = {.may = 1 << 5, .fetch = 0x00F0, .restart = 1 << 5};
    ring_arbiter_tick(&a, &in);
    assert_int_equal(ring_pick_held(&a.fetch), 0);
    assert_false(ring_pick_quiet(&a.fetch, in.fetch & in.may, false));
    in.restart = 1 << 4;
    ring_arbiter_tick(&a, &in);
    assert_int_equal(ring_pick_held(&a.fetch), 1 << 5);
    assert_true(ring_pick_quiet(&a.fetch, in.fetch, false));
    ring_arbiter_reset(&a);
    in = (ring_arbiter_in_t){.may = 0xFFFF, .fetch = 0xFFFF};
    ring_arbiter_tick(&a, &in);
    assert_int_equal(ring_pick_held(&a.fetch), 1 << 0);
}

// All that ask get their turn before any gets a second one.
static void the_arbiter_is_fair(void **state)
{
    (void)state;
    ring_arbiter_t a;
    ring_arbiter_reset(&a);
    ring_arbiter_in_t in = {.may = 0xFFFF, .fetch = 0xFFFF, .wb = 0x8421};
    ring_arbiter_tick(&a, &in);
    in.fetch_done = in.wb_done = true;
    for (uint32_t i = 0; i < 64; i++) {
        assert_int_equal(ring_pick_held(&a.fetch), 1u << i % 16);
        assert_int_equal(ring_pick_held(&a.wb), 1u << 5 * (i % 4));
        ring_arbiter_tick(&a, &in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_are_descriptors),
        cmocka_unit_test(a_closed_gate_makes_the_threshold_count),
        cmocka_unit_test(wthresh_0_and_1_do_not_wait),
        cmocka_unit_test(a_queue_is_set_up_as_drivers_do),
        cmocka_unit_test(disabling_stops_and_writes_what_is_finished),
        cmocka_unit_test(a_transmit_ring_fetches_until_a_packet_is_whole),
        cmocka_unit_test(a_packet_without_end_fills_the_cache),
        cmocka_unit_test(no_room_for_a_packet_writes_back),
        cmocka_unit_test(the_head_is_written_instead),
        cmocka_unit_test(rxdmt_counts_sixteens),
        cmocka_unit_test(low_latency_does_not_wait),
        cmocka_unit_test(packets_are_counted_at_their_end),
        cmocka_unit_test(a_restart_takes_back_what_is_not_held),
        cmocka_unit_test(reset_awaits_what_was_granted),
        cmocka_unit_test(the_arbiter_goes_round),
        cmocka_unit_test(the_arbiter_leaves_out_who_may_not),
        cmocka_unit_test(the_arbiter_is_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
