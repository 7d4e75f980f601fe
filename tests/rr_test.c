// SPDX-License-Identifier: Apache-2.0
// Request and response, one transaction at a time: a peer on the wire sends a request, the
// application answers, the peer sends the next request a fixed time after the answer. With RTT0 the
// round trip without moderation:
//   ITR I on one side or on both: a transaction every max(RTT0, I);
//   absolute timer T: RTT0 + T for each side that has it; packet timer P likewise.
// Exact, up to the ways to the pin of run_help.h and, without moderation, the descriptor fetches.
#include "tests/run_help.h"

#include <string.h>

#define TRANSACTIONS 4000u
// Every 32nd request starts a descriptor fetch, whose two beats delay its interrupt by 4 cycles;
// its 65 beats of completion then hold up the fetch of the answer's descriptor by 38. Timers and
// throttle leave time enough for it.
#define FETCHES    ((TRANSACTIONS - 1) / RUN_FETCH_FRAMES)
#define FETCH_HOLD 38u

typedef struct peer {
    uint64_t think_cyc; // from the last byte of an answer to the next request
    uint64_t gate_cyc;  // ITR of the peer, 0 = off
    uint64_t timer_cyc; // absolute or packet timer of the peer
    uint64_t irq_cyc;   // its last interrupt
    uint32_t answers, transactions;
} peer_t;

static uint32_t next_request(void *ctx, uint64_t last_cyc, const uint8_t *data, uint32_t len,
                             uint8_t *request, uint64_t *when_cyc)
{
    peer_t *p = ctx;
    if (++p->answers == p->transactions) return 0;
    uint64_t irq_cyc = last_cyc + p->timer_cyc;
    if (p->gate_cyc && p->answers > 1 && irq_cyc < p->irq_cyc + p->gate_cyc)
        irq_cyc = p->irq_cyc + p->gate_cyc;
    p->irq_cyc = irq_cyc;
    *when_cyc = irq_cyc + p->think_cyc;
    memcpy(request, data + 6, 6); // back to where it came from
    memcpy(request + 6, data, 6);
    memcpy(request + 12, data + 12, len - 12);
    return len;
}

static run_case_t rr(peer_t *p, uint32_t itr, uint32_t rdtr, uint32_t radv, uint32_t tidv)
{
    static run_tap_t tap;
    run_case_t k;
    tap = (run_tap_t){.ctx = p, .answer = next_request};
    run_ideal(&k, "gen:cbr,size=64,count=1");
    k.c.respond = RESPOND_ECHO;
    k.c.tap = &tap;
    k.c.itr = itr;
    k.c.rdtr = rdtr;
    k.c.radv = radv;
    k.c.tidv = tidv;
    k.c.tadv = 0;
    run_play(&k);
    RUN_EXPECT("rr", k.r.delivered, p->transactions);
    RUN_EXPECT("rr", k.r.tx_frames, p->transactions);
    RUN_EXPECT("rr", k.r.offered, p->transactions);
    return k;
}

// The answer's own interrupt never comes (67 ms): the poll cleans it.
#define NO_TX_IRQ 65535u

// All transactions together, cycles.
static uint64_t span_cyc(peer_t p, uint32_t itr, uint32_t rdtr, uint32_t radv)
{
    run_case_t k = rr(&p, itr, rdtr, radv, NO_TX_IRQ);
    const uint64_t span = k.r.last_delivery_cyc - k.r.first_delivery_cyc;
    run_free(&k);
    return span;
}

// The part of the round trip that is not the peer's, in cycles: no fetch among so few.
static uint64_t bare_cyc(void)
{
    const uint64_t span = span_cyc((peer_t){.think_cyc = 1, .transactions = 21}, 0, 0, 0);
    assert_int_equal(span % 20, 0);
    return span / 20 - 1;
}

static peer_t peer_of(uint64_t round_trip_us)
{
    return (peer_t){.think_cyc = round_trip_us * 125 - bare_cyc(), .transactions = TRANSACTIONS};
}

// All but the first transaction with the same period.
static uint64_t periods(uint64_t cyc)
{
    return (TRANSACTIONS - 1) * cyc;
}

// ... with the fetches. What the last one holds up is after the end.
static uint64_t periods_and_fetches(uint64_t cyc)
{
    assert_int_equal(TRANSACTIONS % RUN_FETCH_FRAMES, 0);
    return periods(cyc) + FETCHES * (RUN_FETCH_CYC + FETCH_HOLD) + RUN_FETCH_CYC;
}

static void without_moderation_the_round_trip_is_constant(void **state)
{
    (void)state;
    assert_in_range(bare_cyc(), 2 * 72, 2 * 72 + 125); // two frames and less than a microsecond
    RUN_EXPECT("40 us", span_cyc(peer_of(40), 0, 0, 0), periods_and_fetches(5000));
    RUN_EXPECT("200 us", span_cyc(peer_of(200), 0, 0, 0), periods_and_fetches(25000));
}

static void the_throttle_sets_the_period_of_quicker_transactions_exactly(void **state)
{
    (void)state;
    const uint32_t itr = 488; // 124.928 us: 8 004.6 transactions a second
    const uint64_t round_trips_us[] = {2, 40, 100, 124};
    for (size_t i = 0; i < 4; i++) {
        peer_t p = peer_of(round_trips_us[i]);
        run_case_t k = rr(&p, itr, 0, 0, NO_TX_IRQ);
        RUN_EXPECT("rr", k.r.irq_min_gap_ns, itr * 256);
        RUN_EXPECT("rr", k.r.last_delivery_cyc - k.r.first_delivery_cyc,
                   periods(itr * RUN_ITR_CYC));
        run_free(&k);
    }
}

static void the_throttle_leaves_slower_transactions_alone(void **state)
{
    (void)state;
    const peer_t p = peer_of(200);
    RUN_EXPECT("rr", span_cyc(p, 488, 0, 0), span_cyc(p, 0, 0, 0)); // 5 000 a second
}

static void throttles_on_both_sides_synchronise(void **state)
{
    (void)state;
    peer_t p = peer_of(40);
    p.gate_cyc = 488 * RUN_ITR_CYC;
    RUN_EXPECT("both", span_cyc(p, 488, 0, 0), periods(488 * RUN_ITR_CYC));
    p = peer_of(200);
    p.gate_cyc = 488 * RUN_ITR_CYC;
    RUN_EXPECT("rr", span_cyc(p, 488, 0, 0), span_cyc(peer_of(200), 0, 0, 0));
}

// The interrupt of the answer (8.2 us after it) opens the window that the next request runs into:
// with RTT0 between I and 2 I a transaction takes 2 I.
static void transmit_interrupts_share_the_window(void **state)
{
    (void)state;
    peer_t p = peer_of(200);
    run_case_t k = rr(&p, 488, 0, 0, 8);
    RUN_EXPECT("rr", k.r.irq_min_gap_ns, 488 * 256);
    RUN_EXPECT("rr", k.r.last_delivery_cyc - k.r.first_delivery_cyc,
               periods(2 * 488 * RUN_ITR_CYC));
    run_free(&k);
    p = peer_of(100); // both causes wait for the same gate
    k = rr(&p, 488, 0, 0, 8);
    RUN_EXPECT("rr", k.r.last_delivery_cyc - k.r.first_delivery_cyc, periods(488 * RUN_ITR_CYC));
    run_free(&k);
}

// A timer's cause comes T after P and goes to the pin directly; without a timer the descriptor is
// written first.
static void timers_add_to_the_round_trip(void **state)
{
    (void)state;
    const uint64_t saved = RUN_PACKET_TO_PIN - RUN_TIMER_TO_PIN;
    const uint64_t t = 49 * RUN_TIMER_CYC; // 50.176 us
    peer_t p = peer_of(40);
    RUN_EXPECT("absolute", span_cyc(p, 0, 50, 49), periods(5000 + t - saved));
    RUN_EXPECT("packet", span_cyc(p, 0, 49, 0), periods(5000 + t - saved));
    p.timer_cyc = t;
    RUN_EXPECT("both absolute", span_cyc(p, 0, 50, 49), periods(5000 + 2 * t - saved));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_moderation_the_round_trip_is_constant),
        cmocka_unit_test(the_throttle_sets_the_period_of_quicker_transactions_exactly),
        cmocka_unit_test(the_throttle_leaves_slower_transactions_alone),
        cmocka_unit_test(throttles_on_both_sides_synchronise),
        cmocka_unit_test(transmit_interrupts_share_the_window),
        cmocka_unit_test(timers_add_to_the_round_trip),
    };
    return cmocka_run_group_tests_name("rr", tests, NULL, NULL);
}
