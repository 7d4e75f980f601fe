// SPDX-License-Identifier: Apache-2.0
// The transmit scheduler of the 82576: who is chosen when, and what shares busy pools get.
#include "model/tx_sched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static tx_sched_t s;
static tx_sched_in_t in;

static void fresh(void)
{
    memset(&s, 0, sizeof s);
    tx_sched_reset(&s);
    in = (tx_sched_in_t){.en = true};
}

// Ticks until a packet is chosen, at most `most`; the queue, or -1.
static int choose(unsigned most)
{
    const uint32_t was = s.granted_q;
    for (unsigned i = 0; i < most; i++) {
        tx_sched_tick(&s, &in);
        if (s.granted_q != was) return s.queue_q;
    }
    return -1;
}

static void sent(uint32_t cost)
{
    in.pkts = s.granted_q;
    in.cost = cost;
}

static void nothing_without_a_ready_queue(void **state)
{
    (void)state;
    fresh();
    assert_int_equal(choose(100), -1);
    assert_int_equal(tx_sched_quiet(&s, 7, 0, 0), NIC_NEVER);
    in.ready = 1u << 9;
    assert_int_equal(tx_sched_quiet(&s, 7, in.ready, 0), 8);
    in.en = false;
    assert_int_equal(choose(100), -1);
}

static void a_new_pool_waits_a_tick_for_its_quantum(void **state)
{
    (void)state;
    fresh();
    in.ready = 1u << 9;
    assert_int_equal(choose(1), -1);
    assert_int_equal(choose(1), 9);
    assert_int_equal(choose(50), -1); // not before the packet is taken
    assert_int_equal(tx_sched_quiet(&s, 7, in.ready, 0), NIC_NEVER);
    sent(100);
    assert_int_equal(tx_sched_quiet(&s, 7, in.ready, in.pkts), 8);
    assert_int_equal(choose(1), 9); // enough is left
    assert_int_equal(s.granted_q, 2);
}

static void a_long_packet_is_paid_for_in_quanta(void **state)
{
    (void)state;
    fresh();
    in.ready = 1;
    assert_int_equal(choose(2), 0);
    sent(10 * IGB_TxQuantum);        // 9 quanta short
    assert_int_equal(choose(9), -1); // 0 is not above 0
    assert_int_equal(choose(1), -1);
    assert_int_equal(choose(1), 0);
}

static void who_has_nothing_to_send_owes_nothing(void **state)
{
    (void)state;
    fresh();
    in.ready = 1;
    assert_int_equal(choose(2), 0);
    sent(60000);
    in.ready = 0;
    assert_int_equal(choose(1), -1);
    assert_int_equal(s.deficit[0], 0);
    in.ready = 1;
    assert_int_equal(choose(2), 0);
    sent(60000);
    in.en = false;
    assert_int_equal(choose(1), -1);
    assert_int_equal(s.deficit[0], 0);
}

static void the_two_queues_of_a_pool_take_turns(void **state)
{
    (void)state;
    fresh();
    in.ready = 0x0404; // 2 and 10
    for (int i = 0; i < 6; i++) {
        assert_int_equal(choose(3), i & 1 ? 10 : 2);
        sent(64);
    }
    in.ready = 0x0004; // no turn is lost by who has nothing
    assert_int_equal(choose(3), 2);
    sent(64);
    assert_int_equal(choose(3), 2);
    sent(64);
    in.ready = 0x0404;
    assert_int_equal(choose(3), 10);
}

static void a_pool_goes_on_while_it_has_credit(void **state)
{
    (void)state;
    fresh();
    in.ready = 0x0003;
    for (int i = 0; i < 3; i++) { // 600 bytes each: three of them, then it owes
        assert_int_equal(choose(2), 0);
        sent(600);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(choose(1), 1);
        sent(600);
    }
    assert_int_equal(choose(2), 1); // all get a quantum, the one chosen last goes first
}

static void malformed_packets_are_drained(void **state)
{
    (void)state;
    fresh();
    in.ready = 0x0030;
    in.malformed = 0x0020;
    assert_int_equal(choose(2), 4);
    assert_false(s.drain_q);
    sent(5000);
    assert_int_equal(choose(1), 5);
    assert_true(s.drain_q);
}

// Eight pools with packets of other sizes each, always ready: equal shares of the bytes.
static void shares_are_equal(void **state)
{
    (void)state;
    static const uint32_t size[] = {64, 1514, 9000, 300, 60000, 700, 65, 4000};
    uint64_t bytes[IGB_Pools] = {0};
    fresh();
    in.ready = 0xFFFF;
    for (int i = 0; i < 200000; i++) {
        const int q = choose(200);
        assert_true(q >= 0);
        bytes[q % IGB_Pools] += size[q % IGB_Pools];
        sent(size[q % IGB_Pools]);
    }
    for (int p = 0; p < IGB_Pools; p++)
        for (int o = 0; o < IGB_Pools; o++)
            assert_true(bytes[p] <= bytes[o] + 60000 + 9000 + 2 * IGB_TxQuantum);
}

static void a_reset_keeps_whose_turn_it_is(void **state)
{
    (void)state;
    fresh();
    in.ready = 0x00FF;
    for (int p = 0; p < 3; p++) {
        assert_int_equal(choose(2), p);
        sent(IGB_TxQuantum);
    }
    tx_sched_reset(&s);
    in = (tx_sched_in_t){.en = true, .ready = 0xFFFF};
    assert_int_equal(s.granted_q, 0);
    assert_int_equal(choose(2), 10); // the pool chosen last, its other queue
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_without_a_ready_queue),
        cmocka_unit_test(a_new_pool_waits_a_tick_for_its_quantum),
        cmocka_unit_test(a_long_packet_is_paid_for_in_quanta),
        cmocka_unit_test(who_has_nothing_to_send_owes_nothing),
        cmocka_unit_test(the_two_queues_of_a_pool_take_turns),
        cmocka_unit_test(a_pool_goes_on_while_it_has_credit),
        cmocka_unit_test(malformed_packets_are_drained),
        cmocka_unit_test(shares_are_equal),
        cmocka_unit_test(a_reset_keeps_whose_turn_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
