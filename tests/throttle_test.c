// SPDX-License-Identifier: Apache-2.0
// The interrupt throttle (moderation specification §5): exact cycles at the module, against a plain reading of the state
// machine, and through the whole device in INTA# and MSI mode.
#include "tests/dev_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { UNIT = NIC_ItrUnitCyc, LSC = FMASK(E1000_ICR_LSC) };

static uint32_t rnd(uint64_t *s, uint32_t n)
{
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return (uint32_t)(*s >> 20) % n;
}

// ---- the module ----

static void module_equals_the_state_machine(void **state)
{
    (void)state;
    uint64_t s = 1234567, asserted = 0;
    for (int round = 0; round < 50; round++) {
        throttle_t t, lazy;
        memset(&t, 0, sizeof t);
        throttle_reset(&t);
        lazy = t;
        uint32_t cnt = 0, itr = 0, pend_odds = 1 + rnd(&s, 300), calm_odds = 1 + rnd(&s, 300);
        bool line = false, pend = false, seen = false;
        for (uint64_t now = 1; now < 20000; now++) {
            throttle_in_t in = {.now = now};
            bool input = !seen;
            if (pend ? rnd(&s, calm_odds) == 0 : rnd(&s, pend_odds) == 0)
                pend = !pend, input = true;
            if (rnd(&s, 500) == 0) {
                const uint32_t w = rnd(&s, 3) == 0 ? 0 : rnd(&s, 20);
                in.csr = (csr_t){.valid = true,
                                 .write = true,
                                 .id = E1000_R_ITR,
                                 .wdata = w | (rnd(&s, 2) ? 0xABCD0000u : 0)};
                itr = w;
                input = true;
            }
            seen = true;
            in.pend = pend;
            in.itr = itr;
            // §5, with "writing 0 opens the gate at once" in front
            if (in.csr.valid && itr == 0) cnt = 0;
            const bool open = cnt == 0, was = line;
            if (!pend) line = false;
            else if (!line && open) line = true, cnt = itr * UNIT;
            if (cnt != 0) cnt--;
            asserted += line && !was;
            if (input || throttle_quiet(&lazy, pend) <= now) throttle_tick(&lazy, &in);
            throttle_tick(&t, &in);
            assert_int_equal(t.int_q, line);
            assert_int_equal(lazy.int_q, line);
        }
    }
    assert_true(asserted > 1000);
}

static void module_sends_one_message_per_opening(void **state)
{
    (void)state;
    throttle_t t;
    throttle_reset(&t);
    throttle_in_t in = {.now = 10, .pend = true, .msi_en = true, .itr = 2};
    throttle_tick(&t, &in);
    assert_true(t.int_q && t.msi_q);
    in.now = 11, in.msi_done = true;
    throttle_tick(&t, &in);
    assert_true(t.int_q && !t.msi_q); // not repeated while the cause stays
    in.msi_done = false;
    for (in.now = 12; in.now < 200; in.now++) throttle_tick(&t, &in), assert_false(t.msi_q);
    in.msi_en = false, in.pend = false, in.now = 200;
    throttle_tick(&t, &in);
    in.pend = true, in.now = 201;
    throttle_tick(&t, &in);
    assert_true(t.int_q && !t.msi_q);
}

// ---- the device ----

// ICS access in c: bus pulse c+1, ICR c+2, INTA# c+3.
enum { ICS_TO_PIN = 3, READ_TO_LOW = 3 };

static bench_t *ready(uint32_t itr)
{
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_ITR, itr);
    bench_wr(b, E1000_IMS, 0x1FFFF);
    bench_run(b, 100);
    bench_forget(b);
    return b;
}

static void edges_are(const bench_t *b, const bench_edge_t *want, uint32_t n)
{
    for (uint32_t i = 0; i < n || i < b->edges; i++) {
        if (i >= n || i >= b->edges || b->edge[i].cyc != want[i].cyc ||
            b->edge[i].level != want[i].level)
            fail_msg("edge %u: %lld %d, expected %lld %d", i,
                     i < b->edges ? (long long)b->edge[i].cyc : -1,
                     i < b->edges && b->edge[i].level, i < n ? (long long)want[i].cyc : -1,
                     i < n && want[i].level);
    }
}

static void vector_I1(void **state)
{
    (void)state;
    bench_t *b = ready(195);
    const uint64_t z = bench_now(b) + 100;
    bench_wr_at(b, z, E1000_ICS, LSC);
    bench_rd_at(b, z + 125, E1000_ICR);
    bench_wr_at(b, z + 1250, E1000_ICS, LSC);
    bench_rd_at(b, z + 6500, E1000_ICR);
    bench_wr_at(b, z + 25000, E1000_ICS, LSC);
    bench_run(b, 26000);
    const uint64_t first = z + ICS_TO_PIN;
    const bench_edge_t want[] = {{first, true},
                                 {z + 125 + READ_TO_LOW, false},
                                 {first + 6240, true},
                                 {z + 6500 + READ_TO_LOW, false},
                                 {z + 25000 + ICS_TO_PIN, true}};
    edges_are(b, want, 5);
    bench_close(b);
}

// From assertion to assertion it is exactly ITR * 32 cycles, wherever the acknowledge lies.
static void assertions_are_exactly_the_interval_apart(void **state)
{
    (void)state;
    static const uint32_t itrs[] = {1, 2, 7, 55, 195, 976};
    for (size_t k = 0; k < sizeof itrs / sizeof itrs[0]; k++) {
        const uint64_t gap = (uint64_t)itrs[k] * UNIT;
        bench_t *b = ready(itrs[k]);
        uint64_t z = bench_now(b) + 20;
        bench_wr_at(b, z, E1000_ICS, LSC);
        for (uint32_t i = 0; i < 8; i++) { // a read and a new cause somewhere in each interval
            bench_rd_at(b, z + 4 + i * gap + i * (gap - 8) / 8, E1000_ICR);
            bench_wr_at(b, z + 5 + i * gap + i * (gap - 8) / 8, E1000_ICS, 1);
        }
        bench_run(b, 10 * gap + 100);
        uint32_t n = 0;
        for (uint32_t i = 0; i < b->edges; i++)
            if (b->edge[i].level) assert_int_equal(b->edge[i].cyc, z + ICS_TO_PIN + n++ * gap);
        assert_int_equal(n, 9);
        bench_close(b);
    }
}

// The cause that comes in the last cycle of the interval and in the first one behind it.
static void the_gate_opens_in_one_exact_cycle(void **state)
{
    (void)state;
    for (int off = -3; off <= 3; off++) {
        bench_t *b = ready(10);
        const uint64_t z = bench_now(b) + 20, gap = 10 * UNIT;
        bench_wr_at(b, z, E1000_ICS, LSC);
        bench_rd_at(b, z + 50, E1000_ICR);
        bench_wr_at(b, z + gap + (uint64_t)off, E1000_ICS, LSC);
        bench_run(b, 1000);
        assert_int_equal(b->edges, 3);
        assert_int_equal(b->edge[2].cyc, z + ICS_TO_PIN + gap + (off > 0 ? (uint64_t)off : 0));
        bench_close(b);
    }
}

static void line_stays_over_the_end_of_the_interval(void **state)
{
    (void)state;
    bench_t *b = ready(4);
    const uint64_t z = bench_now(b) + 20;
    bench_wr_at(b, z, E1000_ICS, LSC);
    bench_wr_at(b, z + 400, E1000_ICS, 1); // another cause, the line is up: no edge
    bench_rd_at(b, z + 1000, E1000_ICR);
    bench_wr_at(b, z + 1010, E1000_ICS, 1); // the interval is long over: at once
    bench_run(b, 2000);
    const bench_edge_t want[] = {
        {z + ICS_TO_PIN, true}, {z + 1000 + READ_TO_LOW, false}, {z + 1010 + ICS_TO_PIN, true}};
    edges_are(b, want, 3);
    bench_close(b);
}

static void deassertion_is_immediate(void **state)
{
    (void)state;
    static const struct {
        uint32_t off, v;
        bool write;
    } how[] = {{E1000_ICR, 0, false}, {E1000_ICR, LSC, true}, {E1000_IMC, LSC, true}};
    for (int i = 0; i < 3; i++) {
        bench_t *b = ready(1000);
        const uint64_t z = bench_now(b) + 20;
        bench_wr_at(b, z, E1000_ICS, LSC);
        if (how[i].write) bench_wr_at(b, z + 7, how[i].off, how[i].v);
        else bench_rd_at(b, z + 7, how[i].off);
        bench_run(b, 200);
        const bench_edge_t want[] = {{z + ICS_TO_PIN, true}, {z + 7 + READ_TO_LOW, false}};
        edges_are(b, want, 2);
        bench_close(b);
    }
}

static void writing_itr(void **state)
{
    (void)state;
    bench_t *b = ready(100);
    uint64_t z = bench_now(b) + 20;
    bench_wr_at(b, z, E1000_ICS, LSC);
    bench_rd_at(b, z + 10, E1000_ICR);
    bench_wr_at(b, z + 20, E1000_ITR, 5); // counts from the next assertion only
    bench_wr_at(b, z + 30, E1000_ICS, LSC);
    bench_run(b, 100 * UNIT + 100);
    assert_int_equal(b->edge[2].cyc, z + ICS_TO_PIN + 100 * UNIT);
    bench_rd_at(b, bench_now(b), E1000_ICR);
    bench_wr_at(b, bench_now(b) + 1, E1000_ICS, LSC);
    bench_run(b, 1000);
    assert_int_equal(b->edge[4].cyc, z + ICS_TO_PIN + 105 * UNIT);

    bench_forget(b);
    bench_rd(b, E1000_ICR);
    bench_wr(b, E1000_ITR, 2000);
    bench_wr(b, E1000_ICS, LSC);
    bench_run(b, 10);
    bench_rd(b, E1000_ICR);
    z = bench_now(b) + 20;
    bench_wr_at(b, z, E1000_ICS, LSC);
    bench_wr_at(b, z + 100, E1000_ITR, 0xFFFF0000); // 0 in the field: the gate opens at once
    bench_run(b, 300);
    assert_int_equal(b->edge[b->edges - 1].level, true);
    assert_int_equal(b->edge[b->edges - 1].cyc, z + 100 + 2);
    // and stays open
    bench_rd(b, E1000_ICR);
    bench_wr_at(b, z + 400, E1000_ICS, LSC);
    bench_run(b, 300);
    assert_int_equal(b->edge[b->edges - 1].cyc, z + 400 + ICS_TO_PIN);
    bench_close(b);
}

static void masked_causes_wait_for_their_mask(void **state)
{
    (void)state;
    bench_t *b = ready(50);
    bench_wr(b, E1000_IMC, 0xFFFFFFFF);
    const uint64_t z = bench_now(b) + 20;
    bench_wr_at(b, z, E1000_ICS, LSC);
    bench_wr_at(b, z + 500, E1000_IMS, LSC);
    bench_wr_at(b, z + 510, E1000_IMC, LSC);
    bench_wr_at(b, z + 520, E1000_IMS, LSC); // throttled now
    bench_run(b, 5000);
    const uint64_t first = z + 500 + ICS_TO_PIN;
    const bench_edge_t want[] = {
        {first, true}, {z + 510 + ICS_TO_PIN, false}, {first + 50 * UNIT, true}};
    edges_are(b, want, 3);
    bench_close(b);
}

// All causes together: received frames, transmitted ones and software.
static void no_two_assertions_are_closer_under_traffic(void **state)
{
    (void)state;
    bench_t *b = ready(37);
    uint64_t s = 99;
    bench_rx(b, 64, 0);
    bench_tx(b, 64);
    uint8_t f[256];
    for (uint32_t i = 0; i < 400; i++) {
        bench_make(f, bench_mac, 64 + rnd(&s, 100), i);
        bench_send(b, f, 64 + 0);
        bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x0B);
        bench_tx_go(b);
        bench_run(b, rnd(&s, 400));
        if (rnd(&s, 3) == 0) bench_wr(b, E1000_ICS, 1u << rnd(&s, 17));
        if (rnd(&s, 2) == 0) bench_rd(b, E1000_ICR);
        bench_rx_give(b, 1);
    }
    uint64_t last = 0, exact = 0, n = 0;
    for (uint32_t i = 0; i < b->edges; i++) {
        if (!b->edge[i].level) continue;
        if (last) {
            assert_true(b->edge[i].cyc - last >= 37 * UNIT);
            exact += b->edge[i].cyc - last == 37 * UNIT;
        }
        last = b->edge[i].cyc;
        n++;
    }
    assert_true(n > 40);
    assert_true(exact > n / 2);
    bench_close(b);
}

static void msi_mode(void **state)
{
    (void)state;
    bench_t *b = ready(20);
    bench_put(b, NIC_SPACE_CFG, 0xF, PCI_CONFIG_MSI_ADDR_L, BENCH_BASE + 0x3FFF00);
    bench_put(b, NIC_SPACE_CFG, 0xF, PCI_CONFIG_MSI_ADDR_H, 0);
    bench_put(b, NIC_SPACE_CFG, 0xF, PCI_CONFIG_MSI_DATA, 0x4D51);
    bench_put(b, NIC_SPACE_CFG, 0xF, PCI_CONFIG_MSI, 0x00010000);
    const uint64_t z = bench_now(b) + 20;
    bench_wr_at(b, z, E1000_ICS, LSC);
    bench_wr_at(b, z + 5, E1000_ICS, 1); // the cause is pending still: no message
    bench_rd_at(b, z + 100, E1000_ICR);
    bench_wr_at(b, z + 110, E1000_ICS, 1); // waits for the gate
    bench_rd_at(b, z + 2000, E1000_ICR);
    bench_wr_at(b, z + 2001, E1000_ICS, 1); // open
    bench_run(b, 3000);
    assert_int_equal(b->edges, 0);
    assert_int_equal(b->tlps, 3);
    // The request is there when INTA# would be; the message starts one cycle later.
    static const uint64_t at[3] = {0, 20 * UNIT, 2001};
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(b->tlp[i].type, NIC_TLP_MSG);
        assert_int_equal(b->tlp[i].addr, BENCH_BASE + 0x3FFF00);
        assert_int_equal(b->tlp[i].len, 4);
        assert_int_equal(b->tlp[i].beats, 3);
        assert_int_equal(b->tlp[i].cyc, z + at[i] + ICS_TO_PIN + 1);
    }
    assert_int_equal(bench_le(b, BENCH_BASE + 0x3FFF00, 4), 0x4D51);
    bench_close(b);
}

static void no_message_without_bus_mastering_or_in_d3(void **state)
{
    (void)state;
    bench_t *b = ready(0);
    bench_put(b, NIC_SPACE_CFG, 0xF, PCI_CONFIG_MSI_ADDR_L, BENCH_BASE);
    bench_put(b, NIC_SPACE_CFG, 0xF, PCI_CONFIG_MSI, 0x00010000);
    bench_put(b, NIC_SPACE_CFG, 0xF, 4, 3);
    bench_wr(b, E1000_ICS, LSC);
    bench_run(b, 200);
    assert_int_equal(b->tlps, 0);
    bench_put(b, NIC_SPACE_CFG, 0xF, PCI_CONFIG_PMCSR, 3);
    bench_put(b, NIC_SPACE_CFG, 0xF, 4, 7);
    bench_run(b, 200);
    assert_int_equal(b->tlps, 0);
    bench_put(b, NIC_SPACE_CFG, 0xF, PCI_CONFIG_PMCSR, 0);
    bench_run(b, 200);
    assert_int_equal(b->tlps, 1);
    bench_close(b);
}

static void intx_disable_hides_the_line_only(void **state)
{
    (void)state;
    bench_t *b = ready(0);
    bench_wr(b, E1000_ICS, LSC);
    bench_run(b, 5);
    assert_int_equal(b->edges, 1);
    assert_int_equal(bench_get(b, NIC_SPACE_CFG, 0xF, 4) >> 19 & 1, 1);
    bench_put(b, NIC_SPACE_CFG, 0xF, 4, 0x407);
    bench_run(b, 5);
    assert_int_equal(b->edges, 2);
    assert_false(b->edge[1].level);
    assert_int_equal(bench_get(b, NIC_SPACE_CFG, 0xF, 4) >> 19 & 1, 1);
    bench_put(b, NIC_SPACE_CFG, 0xF, 4, 7);
    bench_run(b, 5);
    assert_int_equal(b->edges, 3);
    bench_rd(b, E1000_ICR);
    bench_run(b, 5);
    assert_int_equal(b->edges, 4);
    assert_int_equal(bench_get(b, NIC_SPACE_CFG, 0xF, 4) >> 19 & 1, 0);
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(module_equals_the_state_machine),
        cmocka_unit_test(module_sends_one_message_per_opening),
        cmocka_unit_test(vector_I1),
        cmocka_unit_test(assertions_are_exactly_the_interval_apart),
        cmocka_unit_test(the_gate_opens_in_one_exact_cycle),
        cmocka_unit_test(line_stays_over_the_end_of_the_interval),
        cmocka_unit_test(deassertion_is_immediate),
        cmocka_unit_test(writing_itr),
        cmocka_unit_test(masked_causes_wait_for_their_mask),
        cmocka_unit_test(no_two_assertions_are_closer_under_traffic),
        cmocka_unit_test(msi_mode),
        cmocka_unit_test(no_message_without_bus_mastering_or_in_d3),
        cmocka_unit_test(intx_disable_hides_the_line_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
