// SPDX-License-Identifier: Apache-2.0
// Packet, absolute and master timers and frame counters: the vectors and every arc of the state tables of
// the moderation specification (§3, §4, §8) at the module, exact to the cycle; the vectors again through
// the whole device with real frames and descriptors.
#include "tests/dev_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

// ---- the module by itself ----

enum { U = NIC_TimerUnitCyc, BASE = 1000, BIG = 1500, SMALL = 64 };

enum kind { END, P, W, WR, RESTART };
enum w_flags { RS = 1, IDE = 2 };

typedef struct ev {
    enum kind kind;
    uint64_t cyc; // from BASE
    uint32_t a;   // P: length, W: flags, WR: register number
    uint32_t v;   // WR: value
} ev_t;

typedef struct set {
    uint16_t id; // register number
    uint32_t v;
} set_t;

enum { MANY = 24 };

typedef struct timer_case {
    const char *name;
    set_t set[8];
    ev_t ev[MANY];
    uint64_t
        rx[MANY]; // expected receive flushes (ticks from BASE, +1 so that 0 is the end); see RX()
    uint64_t tx[MANY];
    uint32_t srpd; // bit k: flush k is for a small packet
} timer_case_t;

#define AT(c)  ((uint64_t)(c) + 1)
#define ATU(u) AT((u)*U)

typedef struct log {
    uint64_t rx[256], tx[256];
    uint32_t rxs, txs, srpd;
} log_t;

static void note(log_t *l, const timers_t *t, uint64_t now)
{
    if (t->rx_flush_cyc == now + 1) {
        if (t->rx_srpd_q && l->rxs < 32) l->srpd |= 1u << l->rxs;
        l->rx[l->rxs++] = now - BASE;
    }
    if (t->tx_flush_cyc == now + 1) l->tx[l->txs++] = now - BASE;
    assert_true(l->rxs < 256 && l->txs < 256);
}

// Plays the events; `lazy` ticks only when there is an input or quiet() says so.
static void play(const set_t *set, uint32_t sets, const ev_t *ev, uint64_t cycles, bool lazy,
                 log_t *l)
{
    static uint32_t reg[E1000_R_COUNT];
    timers_t t;
    memset(reg, 0, sizeof reg);
    memset(l, 0, sizeof *l);
    memset(&t, 0, sizeof t);
    timers_reset(&t);
    for (uint32_t i = 0; i < sets && set[i].id; i++) reg[set[i].id] = set[i].v;
    for (uint64_t now = BASE - 10; now < BASE + cycles; now++) {
        timers_in_t in = {.now = now, .reg = reg};
        bool input = false;
        for (; ev->kind != END && ev->cyc + BASE == now; ev++, input = true) {
            switch (ev->kind) {
            case P: in.p = true, in.p_len = ev->a; break;
            case W: in.w = true, in.w_rs = ev->a & RS, in.w_ide = ev->a & IDE; break;
            case WR:
                reg[ev->a] = ev->v & 0xFFFF;
                in.csr =
                    (csr_t){.valid = true, .write = true, .id = (uint16_t)ev->a, .wdata = ev->v};
                break;
            default: in.restart_rx = true; break;
            }
        }
        if (lazy && !input && timers_quiet(&t) > now) continue;
        timers_tick(&t, &in);
        note(l, &t, now);
    }
    assert_int_equal(ev->kind, END);
}

static void check(const timer_case_t *c)
{
    log_t l, lazy;
    play(c->set, 8, c->ev, 2000 * U, false, &l);
    play(c->set, 8, c->ev, 2000 * U, true, &lazy);
    assert_memory_equal(&l, &lazy, sizeof l);
    uint32_t rxs = 0, txs = 0;
    while (c->rx[rxs]) rxs++;
    while (c->tx[txs]) txs++;
    for (uint32_t i = 0; i < rxs || i < l.rxs; i++)
        if (i >= l.rxs || i >= rxs || l.rx[i] != c->rx[i] - 1)
            fail_msg("%s: receive flush %u at %lld, expected %lld (cycles)", c->name, i,
                     i < l.rxs ? (long long)l.rx[i] : -1, (long long)c->rx[i] - 1);
    for (uint32_t i = 0; i < txs || i < l.txs; i++)
        if (i >= l.txs || i >= txs || l.tx[i] != c->tx[i] - 1)
            fail_msg("%s: transmit flush %u at %lld, expected %lld (cycles)", c->name, i,
                     i < l.txs ? (long long)l.tx[i] : -1, (long long)c->tx[i] - 1);
    if (l.srpd != c->srpd)
        fail_msg("%s: SRPD with flushes %x, expected %x", c->name, l.srpd, c->srpd);
}

#define R(name) E1000_R_##name

static void check_all(const timer_case_t *c, size_t n)
{
    for (size_t i = 0; i < n; i++) check(&c[i]);
}
#define CHECK_ALL(table) check_all(table, sizeof table / sizeof table[0])

static void receive_vectors_are_exact(void **state)
{
    (void)state;
    static const timer_case_t t[] = {
        {"R1",
         {{R(RDTR), 4}},
         {{P, 0, BIG, 0}, {P, 3 * U, BIG, 0}, {P, 6 * U, BIG, 0}},
         {ATU(10)},
         {0},
         0},
        {"R2",
         {{R(RDTR), 4}, {R(RADV), 8}},
         {{P, 0, BIG, 0}, {P, 3 * U, BIG, 0}, {P, 6 * U, BIG, 0}, {P, 9 * U, BIG, 0}},
         {ATU(8), ATU(13)},
         {0},
         0},
        {"R3",
         {{R(RDTR), 9}, {R(RADV), 8}},
         {{P, 0, BIG, 0}, {P, 3 * U, BIG, 0}, {P, 6 * U, BIG, 0}},
         {ATU(8)},
         {0},
         0},
        // R4 without the ring: with RDTR = 0 the module speaks only where something else needs it (RSRPD).
        {"R4",
         {{R(RADV), 8}, {R(RSRPD), 64}},
         {{P, 0, BIG, 0}, {P, 3 * U, BIG, 0}},
         {ATU(0), ATU(3)},
         {0},
         0},
        {"R4 off", {{R(RADV), 8}}, {{P, 0, BIG, 0}, {P, 3 * U, BIG, 0}}, {0}, {0}, 0},
        {"R5",
         {{R(RDTR), 4}, {R(RSRPD), 64}},
         {{P, 0, BIG, 0}, {P, 2 * U, SMALL, 0}},
         {ATU(2)},
         {0},
         1},
        {"R6",
         {{R(RDTR), 4}},
         {{P, 0, BIG, 0}, {WR, 2 * U, R(RDTR), 0x80000004}},
         {ATU(2)},
         {0},
         0},
        {"R7", {{R(RDTR), 4}}, {{P, 0, BIG, 0}, {P, 4 * U, BIG, 0}}, {ATU(4), ATU(8)}, {0}, 0},
    };
    CHECK_ALL(t);
}

static void transmit_vectors_are_exact(void **state)
{
    (void)state;
    static const timer_case_t t[] = {
        {"T1",
         {{R(TIDV), 8}, {R(TADV), 32}},
         {{W, 0, RS | IDE, 0},
          {W, 5 * U, RS | IDE, 0},
          {W, 10 * U, RS | IDE, 0},
          {W, 15 * U, RS | IDE, 0},
          {W, 20 * U, RS | IDE, 0},
          {W, 25 * U, RS | IDE, 0},
          {W, 30 * U, RS | IDE, 0},
          {W, 35 * U, RS | IDE, 0}},
         {0},
         {ATU(32), ATU(43)},
         0},
        // The ring raises TXDW of the second descriptor itself; the timers must stay silent.
        {"T2",
         {{R(TIDV), 8}, {R(TADV), 32}},
         {{W, 0, RS | IDE, 0}, {W, 3 * U, RS, 0}},
         {0},
         {0},
         0},
        {"T3", {{R(TIDV), 8}}, {{W, 0, RS | IDE, 0}, {W, 5 * U, RS | IDE, 0}}, {0}, {ATU(13)}, 0},
    };
    CHECK_ALL(t);
}

static void delays_last_exactly_their_units(void **state)
{
    (void)state;
    for (uint32_t odd = 0; odd < 200; odd += 37) { // no prescaler runs on its own
        for (uint32_t d = 1; d < 40; d += 7) {
            const timer_case_t rx = {
                "RDTR", {{R(RDTR), d}}, {{P, odd, BIG, 0}}, {AT(odd + d * U)}, {0}, 0};
            const timer_case_t at = {"RADV",
                                     {{R(RDTR), d + 1}, {R(RADV), d}},
                                     {{P, odd, BIG, 0}},
                                     {AT(odd + d * U)},
                                     {0},
                                     0};
            const timer_case_t tx = {"TIDV", {{R(TIDV), d}},    {{W, odd, RS | IDE, 0}},
                                     {0},    {AT(odd + d * U)}, 0};
            const timer_case_t ta = {"TADV",
                                     {{R(TIDV), d + 1}, {R(TADV), d}},
                                     {{W, odd, RS | IDE, 0}},
                                     {0},
                                     {AT(odd + d * U)},
                                     0};
            check(&rx), check(&at), check(&tx), check(&ta);
        }
    }
    // The longest delay.
    log_t l;
    const set_t set[] = {{R(RDTR), 0xFFFF}};
    const ev_t ev[] = {{P, 3, BIG, 0}, {END, 0, 0, 0}};
    play(set, 1, ev, 65540ull * U, true, &l);
    assert_int_equal(l.rxs, 1);
    assert_int_equal(l.rx[0], 3 + 65535ull * U);
}

// §3.2 and §3.3, arc by arc (the vectors show the others).
static void receive_state_tables(void **state)
{
    (void)state;
    static const timer_case_t t[] = {
        {"PT idle, nothing", {{R(RDTR), 4}, {R(RADV), 4}}, {{END, 0, 0, 0}}, {0}, {0}, 0},
        {"PT expiry stops AT", {{R(RDTR), 4}, {R(RADV), 8}}, {{P, 0, BIG, 0}}, {ATU(4)}, {0}, 0},
        {"AT expiry stops PT", {{R(RDTR), 9}, {R(RADV), 8}}, {{P, 0, BIG, 0}}, {ATU(8)}, {0}, 0},
        {"both in one cycle: one event",
         {{R(RDTR), 4}, {R(RADV), 4}},
         {{P, 0, BIG, 0}},
         {ATU(4)},
         {0},
         0},
        {"AT is not restarted",
         {{R(RDTR), 5}, {R(RADV), 6}},
         {{P, 0, BIG, 0}, {P, 3 * U, BIG, 0}, {P, 5 * U, BIG, 0}},
         {ATU(6)},
         {0},
         0},
        {"AT alone: RDTR = RADV + 1",
         {{R(RDTR), 7}, {R(RADV), 6}},
         {{P, 0, BIG, 0}, {P, 1 * U, BIG, 0}, {P, 5 * U, BIG, 0}},
         {ATU(6)},
         {0},
         0},
        {"AT expires, P in that cycle starts both",
         {{R(RDTR), 9}, {R(RADV), 8}},
         {{P, 0, BIG, 0}, {P, 8 * U, BIG, 0}},
         {ATU(8), ATU(16)},
         {0},
         0},
        {"one cycle before expiry restarts",
         {{R(RDTR), 4}},
         {{P, 0, BIG, 0}, {P, 4 * U - 1, BIG, 0}},
         {AT(8 * U - 1)},
         {0},
         0},
        {"S stops both",
         {{R(RDTR), 4}, {R(RADV), 8}, {R(RSRPD), 100}},
         {{P, 0, BIG, 0}, {P, 2 * U, 100, 0}},
         {ATU(2)},
         {0},
         1},
        {"S is not above the size",
         {{R(RDTR), 4}, {R(RSRPD), 100}},
         {{P, 0, BIG, 0}, {P, 2 * U, 101, 0}},
         {ATU(6)},
         {0},
         0},
        {"S when idle", {{R(RDTR), 4}, {R(RSRPD), 100}}, {{P, 0, 1, 0}}, {ATU(0)}, {0}, 1},
        {"RSRPD off", {{R(RDTR), 4}}, {{P, 0, 0, 0}}, {ATU(4)}, {0}, 0},
        {"F when idle", {{R(RDTR), 4}}, {{WR, 0, R(RDTR), 0x80000004}}, {ATU(0)}, {0}, 0},
        {"F with RDTR 0", {{R(RSRPD), 0}}, {{WR, 0, R(RDTR), 0x80000000}}, {ATU(0)}, {0}, 0},
        {"F stops AT",
         {{R(RDTR), 4}, {R(RADV), 8}},
         {{P, 0, BIG, 0}, {WR, U, R(RDTR), 0x80000004}},
         {ATU(1)},
         {0},
         0},
        {"F and P in one cycle: P starts again",
         {{R(RDTR), 4}},
         {{P, 0, BIG, 0}, {WR, U, R(RDTR), 0x80000004}, {P, U, BIG, 0}},
         {ATU(1), ATU(5)},
         {0},
         0},
        {"without F nothing", {{R(RDTR), 4}}, {{WR, 0, R(RDTR), 4}}, {0}, {0}, 0},
        {"RDTR 0 disables AT", {{R(RADV), 8}, {R(RSRPD), 10}}, {{P, 0, BIG, 0}}, {ATU(0)}, {0}, 0},
        {"restart stops both",
         {{R(RDTR), 4}, {R(RADV), 8}},
         {{P, 0, BIG, 0}, {RESTART, 2 * U, 0, 0}},
         {0},
         {0},
         0},
        {"restart in the cycle of expiry",
         {{R(RDTR), 4}},
         {{P, 0, BIG, 0}, {RESTART, 4 * U, 0, 0}},
         {0},
         {0},
         0},
        {"after a restart timers start again",
         {{R(RDTR), 4}},
         {{P, 0, BIG, 0}, {RESTART, U, 0, 0}, {P, 2 * U, BIG, 0}},
         {ATU(6)},
         {0},
         0},
        {"RDTR written while running",
         {{R(RDTR), 4}},
         {{P, 0, BIG, 0}, {WR, U, R(RDTR), 9}, {P, 3 * U, BIG, 0}},
         {ATU(12)},
         {0},
         0},
        {"RDTR written, no load after it",
         {{R(RDTR), 4}},
         {{P, 0, BIG, 0}, {WR, U, R(RDTR), 9}},
         {ATU(4)},
         {0},
         0},
        {"RDTR written 0 while running",
         {{R(RDTR), 4}},
         {{P, 0, BIG, 0}, {WR, U + 5, R(RDTR), 0}},
         {AT(U + 5)},
         {0},
         0},
        {"RDTR written in the cycle of P",
         {{R(RDTR), 4}},
         {{WR, 0, R(RDTR), 2}, {P, 0, BIG, 0}},
         {ATU(2)},
         {0},
         0},
        {"RADV written while running",
         {{R(RDTR), 9}, {R(RADV), 8}},
         {{P, 0, BIG, 0}, {WR, U, R(RADV), 2}},
         {ATU(8)},
         {0},
         0},
        {"RADV written 0 while running",
         {{R(RDTR), 9}, {R(RADV), 8}},
         {{P, 0, BIG, 0}, {WR, U, R(RADV), 0}},
         {ATU(1)},
         {0},
         0},
        {"RADV written 0 while idle",
         {{R(RDTR), 9}},
         {{P, 0, BIG, 0}, {WR, U, R(RADV), 0}},
         {ATU(9)},
         {0},
         0},
        {"RADV written while PT runs starts with the next P",
         {{R(RDTR), 9}},
         {{P, 0, BIG, 0}, {WR, U, R(RADV), 2}, {P, 3 * U, BIG, 0}},
         {ATU(5)},
         {0},
         0},
    };
    CHECK_ALL(t);
}

// §4, row by row.
static void transmit_state_table(void **state)
{
    (void)state;
    static const timer_case_t t[] = {
        {"TIDV expiry stops TADV",
         {{R(TIDV), 4}, {R(TADV), 6}},
         {{W, 0, RS | IDE, 0}},
         {0},
         {ATU(4)},
         0},
        {"TADV expiry stops TIDV",
         {{R(TIDV), 9}, {R(TADV), 6}},
         {{W, 0, RS | IDE, 0}, {W, U, RS | IDE, 0}},
         {0},
         {ATU(6)},
         0},
        {"both in one cycle",
         {{R(TIDV), 4}, {R(TADV), 4}},
         {{W, 0, RS | IDE, 0}},
         {0},
         {ATU(4)},
         0},
        {"W without IDE stops both",
         {{R(TIDV), 4}, {R(TADV), 6}},
         {{W, 0, RS | IDE, 0}, {W, U, RS, 0}, {W, 9 * U, RS | IDE, 0}},
         {0},
         {ATU(13)},
         0},
        {"IDE without RS reloads TIDV",
         {{R(TIDV), 4}},
         {{W, 0, RS | IDE, 0}, {W, 3 * U, IDE, 0}},
         {0},
         {ATU(7)},
         0},
        {"IDE without RS starts nothing",
         {{R(TIDV), 4}, {R(TADV), 6}},
         {{W, 0, IDE, 0}},
         {0},
         {0},
         0},
        {"IDE without RS leaves TADV",
         {{R(TIDV), 4}, {R(TADV), 6}},
         {{W, 0, RS | IDE, 0}, {W, 3 * U, IDE, 0}},
         {0},
         {ATU(6)},
         0},
        {"TIDV 0: as IDE = 0", {{R(TADV), 6}}, {{W, 0, RS | IDE, 0}}, {0}, {0}, 0},
        {"TADV alone",
         {{R(TIDV), 7}, {R(TADV), 6}},
         {{W, 0, RS | IDE, 0}, {W, 5 * U, RS | IDE, 0}},
         {0},
         {ATU(6)},
         0},
        {"TADV starts again after its expiry",
         {{R(TIDV), 9}, {R(TADV), 6}},
         {{W, 0, RS | IDE, 0}, {W, 6 * U, RS | IDE, 0}},
         {0},
         {ATU(6), ATU(12)},
         0},
        {"expiry before the event of its cycle",
         {{R(TIDV), 4}},
         {{W, 0, RS | IDE, 0}, {W, 4 * U, RS, 0}},
         {0},
         {ATU(4)},
         0},
        {"TIDV written while running",
         {{R(TIDV), 4}},
         {{W, 0, RS | IDE, 0}, {WR, U, R(TIDV), 2}, {W, 3 * U, RS | IDE, 0}},
         {0},
         {ATU(5)},
         0},
        {"TIDV written 0 while running",
         {{R(TIDV), 4}},
         {{W, 0, RS | IDE, 0}, {WR, U, R(TIDV), 0}},
         {0},
         {ATU(1)},
         0},
        {"TADV written 0 while running",
         {{R(TIDV), 9}, {R(TADV), 6}},
         {{W, 0, RS | IDE, 0}, {WR, U, R(TADV), 0}},
         {0},
         {ATU(1)},
         0},
        {"receive does not touch transmit",
         {{R(TIDV), 4}, {R(RDTR), 2}},
         {{W, 0, RS | IDE, 0}, {P, 0, BIG, 0}, {RESTART, 3 * U, 0, 0}},
         {ATU(2)},
         {ATU(4)},
         0},
    };
    CHECK_ALL(t);
}

// §8.4
static void frame_counters(void **state)
{
    (void)state;
    static const timer_case_t t[] = {
        {"every third",
         {{R(RXFRAMES), 3}},
         {{P, 0, BIG, 0},
          {P, 1, BIG, 0},
          {P, 7, BIG, 0},
          {P, 20, BIG, 0},
          {P, 21, BIG, 0},
          {P, 22, BIG, 0},
          {P, 23, BIG, 0}},
         {AT(7), AT(22)},
         {0},
         0}, // the trailing one is never signalled
        {"N = 1", {{R(RXFRAMES), 1}}, {{P, 0, BIG, 0}, {P, 5, BIG, 0}}, {AT(0), AT(5)}, {0}, 0},
        {"timer first, counter cleared",
         {{R(RXFRAMES), 3}, {R(RDTR), 4}},
         {{P, 0, BIG, 0},
          {P, U, BIG, 0},
          {P, 9 * U, BIG, 0},
          {P, 9 * U + 1, BIG, 0},
          {P, 9 * U + 2, BIG, 0}},
         {ATU(5), AT(9 * U + 2)},
         {0},
         0},
        {"counter first, timers stopped",
         {{R(RXFRAMES), 2}, {R(RDTR), 4}, {R(RADV), 8}},
         {{P, 0, BIG, 0}, {P, U, BIG, 0}},
         {ATU(1)},
         {0},
         0},
        {"expiry in the cycle of the N-th: fires, then counts from 1",
         {{R(RXFRAMES), 2}, {R(RDTR), 4}},
         {{P, 0, BIG, 0}, {P, 4 * U, BIG, 0}, {P, 5 * U, BIG, 0}},
         {ATU(4), ATU(5)},
         {0},
         0},
        {"AT clears",
         {{R(RXFRAMES), 3}, {R(RDTR), 5}, {R(RADV), 4}},
         {{P, 0, BIG, 0},
          {P, 2 * U, BIG, 0},
          {P, 6 * U, BIG, 0},
          {P, 7 * U, BIG, 0},
          {P, 8 * U, BIG, 0}},
         {ATU(4), ATU(8)},
         {0},
         0},
        {"F clears",
         {{R(RXFRAMES), 3}},
         {{P, 0, BIG, 0},
          {P, 1, BIG, 0},
          {WR, 2, R(RDTR), 0x80000000},
          {P, 3, BIG, 0},
          {P, 4, BIG, 0},
          {P, 5, BIG, 0}},
         {AT(2), AT(5)},
         {0},
         0},
        {"S clears",
         {{R(RXFRAMES), 3}, {R(RSRPD), 64}},
         {{P, 0, BIG, 0},
          {P, 1, BIG, 0},
          {P, 2, 64, 0},
          {P, 3, BIG, 0},
          {P, 4, BIG, 0},
          {P, 5, BIG, 0}},
         {AT(2), AT(5)},
         {0},
         1},
        {"writing 0 clears",
         {{R(RXFRAMES), 3}},
         {{P, 0, BIG, 0},
          {P, 1, BIG, 0},
          {WR, 2, R(RXFRAMES), 0},
          {WR, 3, R(RXFRAMES), 3},
          {P, 4, BIG, 0},
          {P, 5, BIG, 0},
          {P, 6, BIG, 0}},
         {AT(6)},
         {0},
         0},
        {"another N keeps the count",
         {{R(RXFRAMES), 9}},
         {{P, 0, BIG, 0}, {P, 1, BIG, 0}, {WR, 2, R(RXFRAMES), 3}, {P, 4, BIG, 0}},
         {AT(4)},
         {0},
         0},
        {"restart clears",
         {{R(RXFRAMES), 2}},
         {{P, 0, BIG, 0}, {RESTART, 1, 0, 0}, {P, 2, BIG, 0}},
         {0},
         {0},
         0},
        {"tx: every second",
         {{R(TXFRAMES), 2}},
         {{W, 0, RS | IDE, 0}, {W, 1, RS | IDE, 0}, {W, 2, RS | IDE, 0}},
         {0},
         {AT(1)},
         0},
        {"tx: without IDE clears",
         {{R(TXFRAMES), 2}},
         {{W, 0, RS | IDE, 0}, {W, 1, RS, 0}, {W, 2, RS | IDE, 0}, {W, 3, RS | IDE, 0}},
         {0},
         {AT(3)},
         0},
        {"tx: IDE without RS does not count",
         {{R(TXFRAMES), 2}},
         {{W, 0, RS | IDE, 0}, {W, 1, IDE, 0}, {W, 2, RS | IDE, 0}},
         {0},
         {AT(2)},
         0},
        {"tx: timer first",
         {{R(TXFRAMES), 2}, {R(TIDV), 4}},
         {{W, 0, RS | IDE, 0}, {W, 9 * U, RS | IDE, 0}, {W, 10 * U, RS | IDE, 0}},
         {0},
         {ATU(4), ATU(10)},
         0},
        {"tx: writing 0 clears",
         {{R(TXFRAMES), 2}},
         {{W, 0, RS | IDE, 0},
          {WR, 1, R(TXFRAMES), 0},
          {WR, 2, R(TXFRAMES), 2},
          {W, 3, RS | IDE, 0}},
         {0},
         {0},
         0},
        {"tx: counter stops the timers",
         {{R(TXFRAMES), 2}, {R(TIDV), 4}, {R(TADV), 9}},
         {{W, 0, RS | IDE, 0}, {W, U, RS | IDE, 0}},
         {0},
         {ATU(1)},
         0},
    };
    CHECK_ALL(t);
}

// §8.3
static void master_timer(void **state)
{
    (void)state;
    enum { EN = 1, FRX = 2, FTX = 4 };
    static const timer_case_t t[] = {
        {"off: folds nothing",
         {{R(MTCTL), FRX | FTX}, {R(MTDLY), 1}, {R(RDTR), 4}, {R(TIDV), 6}},
         {{P, 0, BIG, 0}, {W, 0, RS | IDE, 0}},
         {ATU(4)},
         {ATU(6)},
         0},
        {"PT folds tx in",
         {{R(MTCTL), EN | FTX}, {R(RDTR), 4}, {R(TIDV), 6}},
         {{P, 0, BIG, 0}, {W, 0, RS | IDE, 0}},
         {ATU(4)},
         {ATU(4)},
         0},
        {"AT folds tx in",
         {{R(MTCTL), EN | FTX}, {R(RDTR), 9}, {R(RADV), 3}, {R(TIDV), 6}},
         {{P, 0, BIG, 0}, {W, 0, RS | IDE, 0}},
         {ATU(3)},
         {ATU(3)},
         0},
        {"no FOLD_TX",
         {{R(MTCTL), EN | FRX}, {R(RDTR), 4}, {R(TIDV), 6}},
         {{P, 0, BIG, 0}, {W, 0, RS | IDE, 0}},
         {ATU(4)},
         {ATU(6)},
         0},
        {"TIDV folds rx in",
         {{R(MTCTL), EN | FRX}, {R(RDTR), 6}, {R(RADV), 9}, {R(TIDV), 4}},
         {{P, 0, BIG, 0}, {W, 0, RS | IDE, 0}},
         {ATU(4)},
         {ATU(4)},
         0},
        {"TADV folds rx in",
         {{R(MTCTL), EN | FRX}, {R(RDTR), 6}, {R(TIDV), 9}, {R(TADV), 4}},
         {{P, 0, BIG, 0}, {W, 0, RS | IDE, 0}},
         {ATU(4)},
         {ATU(4)},
         0},
        {"no FOLD_RX",
         {{R(MTCTL), EN | FTX}, {R(RDTR), 6}, {R(TIDV), 4}},
         {{P, 0, BIG, 0}, {W, 0, RS | IDE, 0}},
         {ATU(6)},
         {ATU(4)},
         0},
        {"nothing running, nothing folded",
         {{R(MTCTL), EN | FRX | FTX}, {R(RDTR), 4}, {R(TIDV), 6}},
         {{P, 0, BIG, 0}, {W, 9 * U, RS | IDE, 0}},
         {ATU(4)},
         {ATU(15)},
         0},
        {"window",
         {{R(MTCTL), EN | FRX | FTX}, {R(MTDLY), 3}, {R(RDTR), 8}, {R(TIDV), 9}},
         {{P, 0, BIG, 0}, {W, 2 * U, RS | IDE, 0}},
         {ATU(3)},
         {ATU(3)},
         0},
        {"window is not restarted",
         {{R(MTCTL), EN | FRX}, {R(MTDLY), 3}, {R(RDTR), 8}},
         {{P, 0, BIG, 0}, {P, 2 * U, BIG, 0}},
         {ATU(3)},
         {0},
         0},
        {"window of transmit",
         {{R(MTCTL), EN | FRX | FTX}, {R(MTDLY), 3}, {R(RDTR), 8}, {R(TIDV), 9}},
         {{W, 0, RS | IDE, 0}, {P, U, BIG, 0}},
         {ATU(3)},
         {ATU(3)},
         0},
        {"window without folds fires nothing",
         {{R(MTCTL), EN}, {R(MTDLY), 3}, {R(RDTR), 8}},
         {{P, 0, BIG, 0}},
         {ATU(8)},
         {0},
         0},
        {"a timer fires first: window over",
         {{R(MTCTL), EN | FRX | FTX}, {R(MTDLY), 5}, {R(RDTR), 4}, {R(TIDV), 9}},
         {{P, 0, BIG, 0}, {W, 4 * U + 1, RS | IDE, 0}},
         {ATU(4)},
         {AT(9 * U + 1)},
         0},
        {"counter fires the master",
         {{R(MTCTL), EN | FTX}, {R(RXFRAMES), 2}, {R(TIDV), 9}},
         {{W, 0, RS | IDE, 0}, {P, 0, BIG, 0}, {P, U, BIG, 0}},
         {ATU(1)},
         {ATU(1)},
         0},
        {"tx counter fires the master",
         {{R(MTCTL), EN | FRX}, {R(TXFRAMES), 2}, {R(RDTR), 9}},
         {{P, 0, BIG, 0}, {W, 0, RS | IDE, 0}, {W, U, RS | IDE, 0}},
         {ATU(1)},
         {ATU(1)},
         0},
        {"fold clears the frame counter",
         {{R(MTCTL), EN | FRX}, {R(RXFRAMES), 2}, {R(RDTR), 9}, {R(TIDV), 3}},
         {{P, 0, BIG, 0}, {W, 0, RS | IDE, 0}, {P, 4 * U, BIG, 0}, {P, 5 * U, BIG, 0}},
         {ATU(3), ATU(5)},
         {ATU(3)},
         0},
        {"EN written 0 ends the window",
         {{R(MTCTL), EN | FRX}, {R(MTDLY), 3}, {R(RDTR), 8}},
         {{P, 0, BIG, 0}, {WR, U, R(MTCTL), 0}},
         {ATU(8)},
         {0},
         0},
        {"MTDLY written 0 while running expires",
         {{R(MTCTL), EN | FRX}, {R(MTDLY), 3}, {R(RDTR), 8}},
         {{P, 0, BIG, 0}, {WR, U, R(MTDLY), 0}},
         {ATU(1)},
         {0},
         0},
        {"a small packet is no master event",
         {{R(MTCTL), EN | FTX}, {R(RSRPD), 64}, {R(RDTR), 8}, {R(TIDV), 6}},
         {{W, 0, RS | IDE, 0}, {P, U, 64, 0}},
         {ATU(1)},
         {ATU(6)},
         1},
        {"W without IDE is no master event",
         {{R(MTCTL), EN | FRX}, {R(RDTR), 8}, {R(TIDV), 6}},
         {{P, 0, BIG, 0}, {W, U, RS, 0}},
         {ATU(8)},
         {0},
         0},
    };
    CHECK_ALL(t);
}

static void reset_stops_and_forgets(void **state)
{
    (void)state;
    static uint32_t reg[E1000_R_COUNT];
    memset(reg, 0, sizeof reg);
    reg[R(RDTR)] = 4, reg[R(RADV)] = 8, reg[R(TIDV)] = 4, reg[R(TADV)] = 8, reg[R(RXFRAMES)] = 9,
    reg[R(TXFRAMES)] = 9;
    reg[R(MTCTL)] = 1, reg[R(MTDLY)] = 9;
    timers_t t, fresh;
    memset(&t, 0, sizeof t);
    memset(&fresh, 0, sizeof fresh);
    timers_reset(&t);
    timers_reset(&fresh);
    const timers_in_t in = {
        .now = 5, .p = true, .p_len = BIG, .w = true, .w_ide = true, .w_rs = true, .reg = reg};
    timers_tick(&t, &in);
    assert_true(timers_quiet(&t) != NIC_NEVER);
    timers_reset(&t);
    assert_memory_equal(&t, &fresh, sizeof t);
    assert_true(timers_quiet(&t) == NIC_NEVER);
}

// ---- an independent reading of the specification: down-counters, one clock at a time ----

typedef struct ref {
    uint64_t pt, at, tidv, tadv, mt; // clocks left, 0 = idle
    uint32_t rxf, txf;
} ref_t;

static bool count_down(uint64_t *cnt)
{
    return *cnt && --*cnt == 0;
}

static void ref_tick(ref_t *s, const timers_in_t *in, bool *rx, bool *tx, bool *srpd)
{
    const uint32_t *r = in->reg, id = in->csr.id, w = in->csr.wdata & 0xFFFF;
    const bool wr = in->csr.valid && in->csr.write, zero = wr && w == 0;
    bool fire = false, pt, at, ti, ta, mt;
    *rx = *tx = *srpd = false;
    if (wr && id == R(MTCTL) && !(w & 1)) s->mt = 0;
    if (zero && id == R(RXFRAMES)) s->rxf = 0;
    if (zero && id == R(TXFRAMES)) s->txf = 0;
    if (in->restart_rx) s->pt = s->at = s->rxf = 0;
    if (zero && id == R(RDTR) && s->pt) s->pt = 1;
    if (zero && id == R(RADV) && s->at) s->at = 1;
    if (zero && id == R(TIDV) && s->tidv) s->tidv = 1;
    if (zero && id == R(TADV) && s->tadv) s->tadv = 1;
    if (zero && id == R(MTDLY) && s->mt) s->mt = 1;
    pt = count_down(&s->pt), at = count_down(&s->at), ti = count_down(&s->tidv),
    ta = count_down(&s->tadv);
    mt = count_down(&s->mt);
    if (pt || at || (wr && id == R(RDTR) && in->csr.wdata >> 31))
        *rx = true, s->pt = s->at = s->rxf = 0;
    if (ti || ta) *tx = true, s->tidv = s->tadv = s->txf = 0;
    fire = pt || at || ti || ta || mt;
    const bool rx_ran = s->pt || s->at, tx_ran = s->tidv || s->tadv;
    if (in->p) {
        const bool small = r[R(RSRPD)] && in->p_len <= r[R(RSRPD)];
        const bool nth = !small && r[R(RXFRAMES)] && ++s->rxf >= r[R(RXFRAMES)];
        if (small || nth || (!r[R(RDTR)] && !r[R(RXFRAMES)] && r[R(RSRPD)])) {
            *rx = true, *srpd = small, s->pt = s->at = s->rxf = 0;
            fire |= nth;
        } else if (r[R(RDTR)]) {
            s->pt = (uint64_t)r[R(RDTR)] * U;
            if (!s->at) s->at = (uint64_t)r[R(RADV)] * U;
        }
    }
    if (in->w && in->w_rs && !in->w_ide) s->tidv = s->tadv = s->txf = 0;
    if (in->w && !in->w_rs && in->w_ide && s->tidv) s->tidv = (uint64_t)r[R(TIDV)] * U;
    if (in->w && in->w_rs && in->w_ide) {
        if (r[R(TXFRAMES)] && ++s->txf >= r[R(TXFRAMES)]) {
            *tx = true, fire = true, s->tidv = s->tadv = s->txf = 0;
        } else if (r[R(TIDV)]) {
            s->tidv = (uint64_t)r[R(TIDV)] * U;
            if (!s->tadv) s->tadv = (uint64_t)r[R(TADV)] * U;
        } else if (!r[R(TXFRAMES)]) {
            s->tadv = 0;
        }
    }
    const uint32_t m = r[R(MTCTL)];
    if (!(m & 1)) return;
    if (fire) {
        s->mt = 0;
        if ((m & 2) && rx_ran && (s->pt || s->at))
            *rx = true, *srpd = false, s->pt = s->at = s->rxf = 0;
        if ((m & 4) && tx_ran && (s->tidv || s->tadv)) *tx = true, s->tidv = s->tadv = s->txf = 0;
    }
    if (!s->mt && (s->pt || s->at || s->tidv || s->tadv)) s->mt = (uint64_t)r[R(MTDLY)] * U;
}

static uint32_t rnd(uint64_t *s, uint32_t n)
{
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return (uint32_t)(*s >> 20) % n;
}

static void random_play_equals_down_counters(void **state)
{
    (void)state;
    static uint32_t reg[E1000_R_COUNT];
    static const uint16_t ids[] = {R(RDTR),     R(RADV),  R(TIDV),  R(TADV), R(RXFRAMES),
                                   R(TXFRAMES), R(MTDLY), R(RSRPD), R(MTCTL)};
    uint64_t s = 88172645463325252ull, flushes = 0;
    for (uint32_t round = 0; round < 60; round++) {
        memset(reg, 0, sizeof reg);
        timers_t t;
        memset(&t, 0, sizeof t);
        timers_reset(&t);
        ref_t ref = {0};
        for (uint64_t now = 1; now < 30000; now++) {
            timers_in_t in = {.now = now, .reg = reg};
            in.p = rnd(&s, 150) == 0, in.p_len = rnd(&s, 6) ? BIG : 64;
            in.w = rnd(&s, 150) == 0, in.w_rs = rnd(&s, 4) != 0,
            in.w_ide = !in.w_rs || rnd(&s, 4) != 0;
            in.restart_rx = rnd(&s, 4000) == 0;
            if (rnd(&s, 300) == 0) {
                const uint16_t id = ids[rnd(&s, 9)];
                const uint32_t v = rnd(&s, 3) == 0  ? 0
                                   : id == R(MTCTL) ? rnd(&s, 8)
                                   : id == R(RSRPD) ? rnd(&s, 2) * 64
                                                    : rnd(&s, 5);
                in.csr = (csr_t){.valid = true, .write = true, .id = id, .wdata = v};
                if (id == R(RDTR) && rnd(&s, 5) == 0) in.csr.wdata |= 0x80000000u;
                reg[id] = v;
            }
            bool rx, tx, srpd;
            ref_tick(&ref, &in, &rx, &tx, &srpd);
            timers_tick(&t, &in);
            const bool got_rx = t.rx_flush_cyc == now + 1, got_tx = t.tx_flush_cyc == now + 1;
            if (got_rx != rx || got_tx != tx || (rx && t.rx_srpd_q != srpd))
                fail_msg("round %u cycle %llu: rx %d/%d tx %d/%d srpd %d/%d", round,
                         (unsigned long long)now, got_rx, rx, got_tx, tx, t.rx_srpd_q, srpd);
            flushes += rx + tx;
        }
    }
    assert_true(flushes > 5000);
}

// ---- the same through the whole device ----

// With an idle port: P or W, timer flush +1, cause +1, ICR +1, INTA# +1.
enum { EVENT_TO_ICR = 2, EVENT_TO_PIN = 4 };
// Without a delay P waits for its write-back: request +1, granted, four beats from +2, `done` +1, then as above.
enum { P_TO_PIN = 9 };
enum { CAUSE_RX = FMASK(E1000_ICR_RXT0) | FMASK(E1000_ICR_SRPD), CAUSE_TX = FMASK(E1000_ICR_TXDW) };

// Cycle of P behind the first preamble cycle of a frame that meets an idle device.
static uint64_t p_after(uint32_t len)
{
    bench_t *b = bench_open();
    uint8_t f[2048];
    bench_up(b, 2);
    bench_rx(b, 64, 0);
    bench_run(b, 2000);
    bench_make(f, bench_mac, len, 1);
    const uint64_t first = bench_send(b, f, len);
    bench_run(b, 5000);
    const uint64_t p = bench_probe_cyc(b, NIC_PROBE_RX_HOST, 0, 0);
    assert_true(p != NIC_NEVER);
    bench_close(b);
    return p - first;
}

typedef struct through {
    const char *name;
    set_t set[5];
    struct {
        uint32_t at, len;
    } p[8];            // units; len 0 ends
    uint32_t flush_at; // units + 1, 0: none
    uint32_t pin[4];   // units + 1
    uint32_t srpd;
    uint32_t late; // bit k: interrupt k waits for the write-back of a packet of the same cycle
} through_t;

static uint32_t offset_of(uint16_t id)
{
    for (unsigned r = 0; r < reg_row_count; r++)
        if (reg_rows[r].first == id) return reg_rows[r].off;
    fail_msg("no register %u", id);
    return 0;
}

static void through_device(const through_t *c)
{
    const uint64_t lead_big = p_after(1500), lead_small = p_after(64);
    bench_t *b = bench_open();
    bench_up(b, 2);
    for (int i = 0; i < 5 && c->set[i].id; i++) bench_wr(b, offset_of(c->set[i].id), c->set[i].v);
    bench_rx(b, 64, 0);
    bench_wr(b, E1000_IMS, CAUSE_RX);
    bench_run(b, 1000);
    const uint64_t zero = bench_now(b) + 4000;
    uint32_t n = 0, pins = 0, edges = 0;
    for (; c->p[n].len; n++) {
        uint8_t f[2048];
        bench_make(f, bench_mac, c->p[n].len, n);
        const uint64_t lead = c->p[n].len == 64 ? lead_small : lead_big;
        bench_send_at(b, zero + c->p[n].at * U - lead, f, c->p[n].len, true, false);
    }
    // F acts one cycle after its access; ICR is read soon after each interrupt so that each makes an edge.
    if (c->flush_at) {
        bench_until(b, zero);
        bench_wr_at(b, zero + (c->flush_at - 1) * U - 1, E1000_RDTR, 0x80000000u | c->set[0].v);
    }
    const uint64_t end = zero + 40 * U;
    while (bench_now(b) < end) {
        bench_run(b, 10);
        if (b->edges > edges && b->edge[b->edges - 1].level)
            bench_rd(b, E1000_ICR), edges = b->edges;
    }
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(bench_probe_cyc(b, NIC_PROBE_RX_HOST, 0, i), zero + c->p[i].at * U);
    for (uint32_t i = 0; i < b->edges; i++) {
        if (!b->edge[i].level) continue;
        const uint64_t want = zero + (uint64_t)(c->pin[pins] - 1) * U +
                              (c->late >> pins & 1 ? P_TO_PIN : EVENT_TO_PIN);
        if (c->pin[pins] == 0 || b->edge[i].cyc != want)
            fail_msg("%s: INTA# %u at %+lld cycles, expected %lld", c->name, pins,
                     (long long)(b->edge[i].cyc - zero),
                     c->pin[pins] ? (long long)(want - zero) : -1ll);
        pins++;
    }
    if (c->pin[pins]) fail_msg("%s: interrupt %u did not come", c->name, pins);
    assert_int_equal(bench_probe_count(b, NIC_PROBE_CAUSE, FMASK(E1000_ICR_SRPD)), c->srpd);
    assert_int_equal(b->stray, 0);
    bench_close(b);
}

static void receive_vectors_through_the_device(void **state)
{
    (void)state;
    static const through_t t[] = {
        {"R1", {{R(RDTR), 4}}, {{0, 64}, {3, 64}, {6, 64}}, 0, {11}, 0, 0},
        {"R2",
         {{R(RDTR), 4}, {R(RADV), 8}},
         {{0, 64}, {3, 64}, {6, 64}, {9, 64}},
         0,
         {9, 14},
         0,
         0},
        {"R3", {{R(RDTR), 9}, {R(RADV), 8}}, {{0, 64}, {3, 64}, {6, 64}}, 0, {9}, 0, 0},
        {"R4", {{R(RDTR), 0}, {R(RADV), 8}}, {{0, 64}, {3, 64}}, 0, {1, 4}, 0, 3},
        {"R5", {{R(RDTR), 4}, {R(RSRPD), 64}}, {{0, 1500}, {2, 64}}, 0, {3}, 1, 1},
        {"R6", {{R(RDTR), 4}}, {{0, 64}}, 3, {3}, 0, 0},
        {"R7", {{R(RDTR), 4}}, {{0, 64}, {4, 64}}, 0, {5, 9}, 0, 1},
        {"RXFRAMES", {{R(RXFRAMES), 2}}, {{0, 64}, {3, 64}, {6, 64}}, 0, {4}, 0, 1},
        {"RXFRAMES or RADV",
         {{R(RXFRAMES), 4}, {R(RDTR), 9}, {R(RADV), 4}},
         {{0, 64}, {3, 64}, {6, 64}, {7, 64}, {8, 64}},
         0,
         {5, 11},
         0,
         0},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        // In R5 the CRC is stored: a frame of 64 bytes on the wire has the stored length 64.
        through_device(&t[i]);
    }
}

typedef struct tx_through {
    const char *name;
    uint32_t tidv, tadv;
    struct {
        uint32_t at;
        bool ide;
    } w[9];          // units, +1
    uint32_t pin[4]; // units, +1
    bool last_immediate;
} tx_through_t;

static void tx_through_device(const tx_through_t *c)
{
    uint64_t lead = 0; // access of TDT to W
    for (int pass = 0; pass < 2; pass++) {
        bench_t *b = bench_open();
        bench_up(b, 2);
        bench_wr(b, E1000_TXDCTL, 0x01010000);
        bench_tx(b, 64);
        bench_wr(b, E1000_TIDV, c->tidv);
        bench_wr(b, E1000_TADV, c->tadv);
        bench_wr(b, E1000_IMS, CAUSE_TX);
        for (int i = 0; i < 9; i++)
            bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x0B | (c->w[i].ide ? 0x80 : 0)); // EOP IFCS RS
        const uint64_t zero = bench_now(b) + 2000;
        uint32_t n = 0, pins = 0, edges = 0;
        for (; c->w[n].at; n++) {
            const uint64_t go = zero + (uint64_t)(c->w[n].at - 1) * U - lead;
            while (bench_now(b) < go) {
                bench_until(b, bench_now(b) + 10 < go ? bench_now(b) + 10 : go);
                if (b->edges > edges && b->edge[b->edges - 1].level && bench_now(b) + 10 < go)
                    bench_rd(b, E1000_ICR), edges = b->edges;
            }
            bench_wr_at(b, go, E1000_TDT, n + 1);
        }
        for (int i = 0; i < 400; i++) {
            bench_run(b, 10);
            if (b->edges > edges && b->edge[b->edges - 1].level)
                bench_rd(b, E1000_ICR), edges = b->edges;
        }
        if (pass == 0) {
            lead = bench_probe_cyc(b, NIC_PROBE_TX_FETCH, 0, 0) - zero;
            assert_true(lead < 200);
            bench_close(b);
            continue;
        }
        for (uint32_t i = 0; i < n; i++)
            assert_int_equal(bench_probe_cyc(b, NIC_PROBE_TX_FETCH, 0, i),
                             zero + (uint64_t)(c->w[i].at - 1) * U);
        for (uint32_t i = 0; i < b->edges; i++) {
            if (!b->edge[i].level) continue;
            const uint64_t want = zero + (uint64_t)(c->pin[pins] - 1) * U +
                                  (c->last_immediate ? P_TO_PIN : EVENT_TO_PIN);
            if (c->pin[pins] == 0 || b->edge[i].cyc != want)
                fail_msg("%s: INTA# %u at %+lld cycles, expected %lld", c->name, pins,
                         (long long)(b->edge[i].cyc - zero),
                         c->pin[pins] ? (long long)(want - zero) : -1ll);
            pins++;
        }
        if (c->pin[pins]) fail_msg("%s: interrupt %u did not come", c->name, pins);
        for (uint32_t i = 0; i < n; i++) assert_int_equal(bench_tx_sta(b, i) & 1, 1);
        assert_int_equal(b->stray, 0);
        bench_close(b);
    }
}

static void transmit_vectors_through_the_device(void **state)
{
    (void)state;
    static const tx_through_t t[] = {
        {"T1",
         8,
         32,
         {{1, true},
          {6, true},
          {11, true},
          {16, true},
          {21, true},
          {26, true},
          {31, true},
          {36, true}},
         {33, 44},
         false},
        {"T2", 8, 32, {{1, true}, {4, false}}, {4}, true},
        {"T3", 8, 0, {{1, true}, {6, true}}, {14}, false},
        {"TIDV 0", 0, 32, {{1, true}}, {1}, true},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) tx_through_device(&t[i]);
}

// §8.4 with the cause acknowledged each time: nothing between the N-th packets.
static void frame_counters_through_the_device(void **state)
{
    (void)state;
    for (uint32_t timers = 0; timers < 2; timers++) {
        bench_t *b = bench_open();
        bench_up(b, 2);
        bench_wr(b, E1000_TXDCTL, 0x01010000);
        bench_wr(b, E1000_RXFRAMES, 3);
        bench_wr(b, E1000_TXFRAMES, 4);
        bench_wr(b, E1000_RDTR, timers ? 0xFFFF : 0);
        bench_wr(b, E1000_TIDV, timers ? 0xFFFF : 0);
        bench_rx(b, 64, 0);
        bench_tx(b, 64);
        for (uint32_t i = 1; i <= 14; i++) {
            bench_one(b, 64, i);
            assert_int_equal(bench_rx_desc(b, i - 1).status & 1, 1);
            const uint32_t c = bench_rd(b, E1000_ICR);
            assert_int_equal(c & CAUSE_RX, i % 3 == 0 ? FMASK(E1000_ICR_RXT0) : 0);
        }
        for (uint32_t i = 1; i <= 14; i++) {
            bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x8B);
            bench_tx_go(b);
            bench_run(b, 600);
            assert_int_equal(bench_tx_sta(b, i - 1) & 1, 1);
            const uint32_t c = bench_rd(b, E1000_ICR);
            assert_int_equal(c & CAUSE_TX, i % 4 == 0 ? CAUSE_TX : 0);
        }
        bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x0B); // without IDE: at once, whatever is counted
        bench_tx_go(b);
        bench_run(b, 600);
        assert_int_equal(bench_rd(b, E1000_ICR) & CAUSE_TX, CAUSE_TX);
        bench_close(b);
    }
}

// §8.3: the packet timer takes the transmit cause with it, both in one interrupt.
static void master_timer_through_the_device(void **state)
{
    (void)state;
    for (uint32_t window = 0; window < 6; window += 5) {
        for (uint32_t on = 0; on < 2; on++) {
            bench_t *b = bench_open();
            bench_up(b, 2);
            bench_wr(b, E1000_TXDCTL, 0x01010000);
            bench_wr(b, E1000_MTCTL, on ? 7 : 6);
            bench_wr(b, E1000_MTDLY, window);
            bench_wr(b, E1000_RDTR, 10);
            bench_wr(b, E1000_TIDV, 30);
            bench_rx(b, 64, 0);
            bench_tx(b, 64);
            bench_wr(b, E1000_IMS, CAUSE_RX | CAUSE_TX);
            uint8_t f[64];
            bench_make(f, bench_mac, 64, 1);
            bench_send(b, f, 64);
            bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x8B);
            bench_tx_go(b);
            bench_run(b, 40 * U);
            const uint64_t p = bench_probe_cyc(b, NIC_PROBE_RX_HOST, 0, 0);
            const uint64_t w = bench_probe_cyc(b, NIC_PROBE_TX_FETCH, 0, 0);
            const uint64_t rx = bench_probe_cyc(b, NIC_PROBE_CAUSE, CAUSE_RX, 0);
            const uint64_t tx = bench_probe_cyc(b, NIC_PROBE_CAUSE, CAUSE_TX, 0);
            const uint64_t start = p < w ? p : w; // the window starts with the first timer
            const uint64_t fire = on && window ? start + window * U : p + 10 * U;
            assert_int_equal(rx, fire + EVENT_TO_ICR);
            assert_int_equal(tx, (on ? fire : w + 30 * U) + EVENT_TO_ICR);
            assert_int_equal(b->edges, 1);
            bench_close(b);
        }
    }
}

// §3.4 item 7: disabling the receiver leaves the timer, enabling it or a new ring stops it.
static void which_register_writes_stop_the_receive_timers(void **state)
{
    (void)state;
    static const struct {
        uint32_t off, v;
        bool stops;
    } t[] = {
        {E1000_RCTL, 0, false},
        {E1000_RDBAL, BENCH_RX_RING, true},
        {E1000_RDH, 1, true},
        {E1000_RDBAH, 0, true},
        {E1000_RDLEN, 64 * 16, true},
        {E1000_RDT, 62, false},
        {E1000_RXDCTL, 0x1010000, false},
        {E1000_TDH, 0, false},
        {E1000_RCTL, 0x8002, false},
        {E1000_CTRL, 0x04000040, true},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        bench_t *b = bench_open();
        bench_up(b, 2);
        bench_rx(b, 64, 0);
        bench_wr(b, E1000_RDTR, 20);
        bench_one(b, 64, 1);
        assert_int_equal(bench_probe_count(b, NIC_PROBE_RX_HOST, 0), 1);
        bench_wr(b, t[i].off, t[i].v);
        bench_run(b, 30 * U);
        assert_int_equal(bench_probe_count(b, NIC_PROBE_CAUSE, FMASK(E1000_ICR_RXT0)),
                         t[i].stops ? 0 : 1);
        bench_close(b);
    }
    bench_t *b = bench_open(); // EN 0 -> 1 stops it
    bench_up(b, 2);
    bench_rx(b, 64, 0);
    bench_wr(b, E1000_RDTR, 20);
    bench_one(b, 64, 1);
    bench_wr(b, E1000_RCTL, 0);
    bench_wr(b, E1000_RCTL, 0x8002);
    bench_run(b, 30 * U);
    assert_int_equal(bench_probe_count(b, NIC_PROBE_CAUSE, FMASK(E1000_ICR_RXT0)), 0);
    bench_close(b);
}

// A flush writes back what a high threshold has kept.
static void expiry_writes_back_what_the_threshold_holds(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_RXDCTL, 0x01080000); // eight at a time
    bench_wr(b, E1000_RDTR, 10);
    bench_rx(b, 64, 0);
    for (uint32_t i = 0; i < 3; i++) bench_one(b, 64, i);
    assert_int_equal(bench_rx_desc(b, 0).status, 0);
    assert_int_equal(bench_rd(b, E1000_RDH), 0);
    bench_run(b, 11 * U);
    for (uint32_t i = 0; i < 3; i++) assert_int_equal(bench_rx_desc(b, i).status & 3, 3);
    assert_int_equal(bench_rd(b, E1000_RDH), 3);
    // RXT0 comes behind the write-back: flush, request, 2 + 6 beats, done, cause.
    const uint64_t fired = bench_probe_cyc(b, NIC_PROBE_TIMER, NIC_TIMER_PT, 0);
    assert_int_equal(bench_probe_cyc(b, NIC_PROBE_CAUSE, FMASK(E1000_ICR_RXT0), 0),
                     fired + 1 + 1 + 8 + 1 + 1);
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receive_vectors_are_exact),
        cmocka_unit_test(transmit_vectors_are_exact),
        cmocka_unit_test(delays_last_exactly_their_units),
        cmocka_unit_test(receive_state_tables),
        cmocka_unit_test(transmit_state_table),
        cmocka_unit_test(frame_counters),
        cmocka_unit_test(master_timer),
        cmocka_unit_test(reset_stops_and_forgets),
        cmocka_unit_test(random_play_equals_down_counters),
        cmocka_unit_test(receive_vectors_through_the_device),
        cmocka_unit_test(transmit_vectors_through_the_device),
        cmocka_unit_test(frame_counters_through_the_device),
        cmocka_unit_test(master_timer_through_the_device),
        cmocka_unit_test(which_register_writes_stop_the_receive_timers),
        cmocka_unit_test(expiry_writes_back_what_the_threshold_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
