// SPDX-License-Identifier: Apache-2.0
// ICR, ICS, IMS and IMC: access classes, every cause against an acknowledge of the same cycle, the driver's interrupt test.
#include "tests/dev_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define CAUSE(x) FMASK(E1000_ICR_##x)

// ---- the module ----

static void tick(irq_t *s, uint32_t set, bool write, uint16_t id, uint32_t w)
{
    const irq_in_t in = {.set = set,
                         .csr = {.valid = id != 0, .write = write, .id = id, .wdata = w}};
    irq_tick(s, &in);
}

static void access_classes_of_the_module(void **state)
{
    (void)state;
    irq_t s;
    irq_reset(&s);
    for (uint32_t bit = 0; bit < 32; bit++) { // exactly the bits 0..16 exist
        const uint32_t m = 1u << bit, have = bit <= 16 ? m : 0;
        tick(&s, 0, true, E1000_R_ICS, m);
        assert_int_equal(s.icr_q, have);
        assert_false(irq_pend(&s));
        tick(&s, 0, true, E1000_R_IMS, m);
        assert_int_equal(s.ims_q, have);
        assert_int_equal(irq_pend(&s), have != 0);
        tick(&s, 0, false, E1000_R_ICS, 0); // reading ICS, IMS, IMC has no side effect
        tick(&s, 0, false, E1000_R_IMS, 0);
        tick(&s, 0, false, E1000_R_IMC, 0);
        assert_int_equal(s.icr_q, have);
        tick(&s, 0, true, E1000_R_ICR, ~m); // write one clears: not these
        assert_int_equal(s.icr_q, have);
        tick(&s, 0, true, E1000_R_ICR, m);
        assert_int_equal(s.icr_q, 0);
        tick(&s, 0, true, E1000_R_IMC, ~m);
        assert_int_equal(s.ims_q, have);
        tick(&s, 0, true, E1000_R_IMC, m);
        assert_int_equal(s.ims_q, 0);
    }
    tick(&s, 0, true, E1000_R_ICS, 0xFFFFFFFF);
    tick(&s, 0, true, E1000_R_IMS, 0x55);
    tick(&s, 0, true, E1000_R_IMS, 0xAA); // sets add up
    assert_int_equal(s.ims_q, 0xFF);
    tick(&s, 0, false, E1000_R_ICR, 0); // a read clears all of it, masked or not
    assert_int_equal(s.icr_q, 0);
    assert_int_equal(s.ims_q, 0xFF);
}

static void a_set_survives_a_clear_of_its_cycle(void **state)
{
    (void)state;
    irq_t s;
    irq_reset(&s);
    tick(&s, 0x1F0F, true, 0, 0);
    tick(&s, 0x0003, false, E1000_R_ICR, 0);
    assert_int_equal(s.icr_q, 0x0003);
    tick(&s, 0x0006, true, E1000_R_ICR, 0xFFFF);
    assert_int_equal(s.icr_q, 0x0006);
    tick(&s, 0x0100, true, E1000_R_ICS, 0x0200); // both set
    assert_int_equal(s.icr_q, 0x0306);
}

// ---- every cause, driven into the cycle of an ICR read or write ----

typedef struct scene {
    const char *name;
    uint32_t cause;
    void (*set_up)(bench_t *b);
    void (*trigger)(bench_t *b, uint64_t at); // must not run
} scene_t;

static void frame_at(bench_t *b, uint64_t at, uint32_t len)
{
    uint8_t f[2048];
    bench_make(f, bench_mac, len, 5);
    bench_send_at(b, at, f, len, true, false);
}

static void rx_up(bench_t *b)
{
    bench_rx(b, 64, 0);
    bench_run(b, 500);
}

static void rx_go(bench_t *b, uint64_t at)
{
    frame_at(b, at, 64);
}

static void srpd_up(bench_t *b)
{
    bench_wr(b, E1000_RSRPD, 64);
    bench_wr(b, E1000_RDTR, 10);
    rx_up(b);
}

static void rdtr_up(bench_t *b)
{
    bench_wr(b, E1000_RDTR, 10);
    rx_up(b);
}

static void fpd_go(bench_t *b, uint64_t at)
{
    bench_wr_at(b, at, E1000_RDTR, 0x80000000u);
}

static void dmt_up(bench_t *b) // the third of eight descriptors makes 4 = 1/2 free
{
    bench_rx(b, 8, 0);
    bench_one(b, 64, 1);
    bench_one(b, 64, 2);
}

static void rxo_up(bench_t *b) // 8 KiB, no descriptors: full
{
    bench_wr(b, E1000_PBA, 8);
    bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_RST));
    bench_run(b, 200);
    bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_SLU));
    bench_run(b, 10);
    bench_wr(b, E1000_RCTL, 0x8002);
    uint8_t f[2048];
    bench_make(f, bench_mac, 1500, 1);
    for (int i = 0; i < 5; i++) bench_send(b, f, 1500);
    bench_run(b, 9000);
    bench_rd(b, E1000_ICR);
    bench_wr(b, E1000_IMS, 0x1FFFF);
}

static void rxo_go(bench_t *b, uint64_t at)
{
    frame_at(b, at, 1500);
}

static void tx_up(bench_t *b)
{
    bench_tx(b, 64);
    bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x0B);
}

static void tx_go(bench_t *b, uint64_t at)
{
    bench_wr_at(b, at, E1000_TDT, b->tdt);
}

static void tx_delay_up(bench_t *b)
{
    bench_wr(b, E1000_TIDV, 3);
    bench_tx(b, 64);
    bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x8B);
}

static void low_up(bench_t *b)
{
    bench_wr(b, E1000_TXDCTL, 0x03010000);
    bench_tx(b, 64);
    for (int i = 0; i < 9; i++) bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x0B);
}

static void nothing(bench_t *b)
{
    (void)b;
}

static void mdic_go(bench_t *b, uint64_t at)
{
    bench_wr_at(b, at, E1000_MDIC, 0x28210000u); // read PHY register 1, interrupt
}

static void link_go(bench_t *b, uint64_t at)
{
    nic_partner(b->nic, at, false, 2, true);
}

static void phyint_up(bench_t *b)
{
    bench_wr(b, E1000_CTRL_EXT, 0x102);
    bench_wr(b, E1000_MDIC, 0x08330000u); // reading PINTS forgets that the link came up
    bench_run(b, NIC_MdicCyc + 10);
    bench_wr(b, E1000_MDIC, 0x04320400u); // PINTE: link change
    bench_run(b, NIC_MdicCyc + 10);
}

static const scene_t scenes[] = {
    {"TXDW", CAUSE(TXDW), tx_up, tx_go},
    {"TXDW by TIDV", CAUSE(TXDW), tx_delay_up, tx_go},
    {"TXQE", CAUSE(TXQE), tx_up, tx_go},
    {"LSC", CAUSE(LSC), nothing, link_go},
    {"RXDMT0", CAUSE(RXDMT0), dmt_up, rx_go},
    {"RXO", CAUSE(RXO), rxo_up, rxo_go},
    {"RXT0", CAUSE(RXT0), rx_up, rx_go},
    {"RXT0 by RDTR", CAUSE(RXT0), rdtr_up, rx_go},
    {"RXT0 by FPD", CAUSE(RXT0), rx_up, fpd_go},
    {"MDAC", CAUSE(MDAC), nothing, mdic_go},
    {"PHYINT", CAUSE(PHYINT), phyint_up, link_go},
    {"TXD_LOW", CAUSE(TXD_LOW), low_up, tx_go},
    {"SRPD", CAUSE(SRPD), srpd_up, rx_go},
};

enum { LEAD = 100, AFTER = 8000 };

static bench_t *staged(const scene_t *s, uint64_t *at)
{
    bench_t *b = bench_open();
    bench_up(b, 2);
    s->set_up(b);
    bench_rd(b, E1000_ICR);
    bench_wr(b, E1000_IMS, s->cause);
    bench_run(b, 20);
    bench_forget(b);
    *at = bench_now(b) + LEAD;
    return b;
}

static void every_cause_against_an_acknowledge_of_its_cycle(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof scenes / sizeof scenes[0]; k++) {
        const scene_t *s = &scenes[k];
        uint64_t at;
        bench_t *b = staged(s, &at);
        s->trigger(b, at);
        bench_run(b, LEAD + AFTER);
        const uint64_t set =
            bench_probe_cyc(b, NIC_PROBE_CAUSE, s->cause, 0); // the cycle in which irq acts
        if (set == NIC_NEVER) fail_msg("%s did not come", s->name);
        assert_int_equal(bench_probe_count(b, NIC_PROBE_CAUSE, s->cause), 1);
        assert_int_equal(b->edges, 1);
        assert_int_equal(b->edge[0].cyc, set + 2);
        assert_int_equal(nic_peek(b->nic, E1000_ICR) & s->cause, s->cause);
        bench_close(b);
        for (int off = -3; off <= 3; off++) {
            for (int write = 0; write < 2; write++) {
                b = staged(s, &at);
                s->trigger(b, at);
                const uint64_t cyc = set - 1 + (uint64_t)off; // acts in set + off
                if (cyc <= at && b->csr_free > cyc) {         // the trigger itself is on the bus
                    bench_close(b);
                    continue;
                }
                if (write) bench_wr_at(b, cyc, E1000_ICR, 0x1FFFF);
                else bench_rd_at(b, cyc, E1000_ICR);
                bench_until(b, set + 10);
                const bool first = off > 0; // the cause was there before
                if (!write) assert_int_equal(b->reply[0].data & s->cause, first ? s->cause : 0);
                const uint32_t left = nic_peek(b->nic, E1000_ICR) & s->cause;
                if (left != (first ? 0 : s->cause))
                    fail_msg("%s: %s %+d cycles from the cause leaves %x", s->name,
                             write ? "write" : "read", off, left);
                assert_int_equal(b->edges, first ? 2 : 1); // in no case is it lost
                assert_int_equal(b->edge[0].cyc, set + 2);
                if (first) assert_int_equal(b->edge[1].cyc, set + 2 + (uint64_t)off);
                bench_close(b);
            }
        }
    }
}

// ---- registers of the device ----

static void reads_and_writes_of_the_registers(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_ICS, 0xFFFFFFFF);
    assert_int_equal(bench_rd(b, E1000_ICS), 0x1FFFF); // ICS shows ICR and clears nothing
    assert_int_equal(bench_rd(b, E1000_ICS), 0x1FFFF);
    bench_wr(b, E1000_ICR, 0x00F0);
    assert_int_equal(bench_rd(b, E1000_ICS), 0x1FF0F);
    assert_int_equal(bench_rd(b, E1000_ICR), 0x1FF0F);
    assert_int_equal(bench_rd(b, E1000_ICR), 0);
    bench_wr(b, E1000_IMS, 0x12345);
    bench_wr(b, E1000_IMS, 0x0000A);
    assert_int_equal(bench_rd(b, E1000_IMS), 0x1234F);
    assert_int_equal(bench_rd(b, E1000_IMC), 0);
    bench_wr(b, E1000_IMC, 0x00005);
    assert_int_equal(bench_rd(b, E1000_IMS), 0x1234A);
    assert_int_equal(b->edges, 0); // causes were gone before
    // A narrow read clears as well, a narrow write does nothing.
    bench_wr(b, E1000_ICS, 0x3);
    bench_put(b, NIC_SPACE_MEM, 0x1, E1000_ICR, 0x3);
    bench_put(b, NIC_SPACE_MEM, 0x3, E1000_ICS, 0xC);
    assert_int_equal(bench_rd(b, E1000_ICS), 0x3);
    assert_int_equal(bench_get(b, NIC_SPACE_MEM, 0x2, E1000_ICR), 0x3);
    assert_int_equal(bench_rd(b, E1000_ICS), 0);
    bench_close(b);
}

static void phyint_needs_its_enable_and_fires_once(void **state)
{
    (void)state;
    for (int on = 0; on < 2; on++) {
        bench_t *b = bench_open();
        bench_up(b, 2);
        phyint_up(b);
        if (!on) bench_wr(b, E1000_CTRL_EXT, 0x100);
        bench_rd(b, E1000_ICR);
        nic_partner(b->nic, bench_now(b) + 10, false, 2, true);
        bench_run(b, 100);
        assert_int_equal(nic_peek(b->nic, E1000_ICR), CAUSE(LSC) | (on ? CAUSE(PHYINT) : 0));
        assert_int_equal(nic_peek(b->nic, E1000_CTRL_EXT) & FMASK(E1000_CTRL_EXT_PHYINT),
                         FMASK(E1000_CTRL_EXT_PHYINT));
        bench_rd(b, E1000_ICR);
        bench_run(b, 1000);
        assert_int_equal(nic_peek(b->nic, E1000_ICR), 0);
        bench_wr(b, E1000_MDIC, 0x08330000u); // reading PINTS ends it
        bench_run(b, NIC_MdicCyc + 10);
        assert_int_equal(nic_peek(b->nic, E1000_CTRL_EXT) & FMASK(E1000_CTRL_EXT_PHYINT), 0);
        bench_close(b);
    }
}

// The interrupt part of the driver's self-test, all three steps for the bits 0 to 9.
static uint32_t handler(bench_t *b, uint32_t *edges)
{
    uint32_t seen = 0;
    bench_run(b, 1250000); // 10 ms
    for (; *edges < b->edges; ++*edges)
        if (b->edge[*edges].level) seen |= 0x80000000u | bench_rd(b, E1000_ICR);
    return seen;
}

static void interrupt_self_test(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_IMC, 0xFFFFFFFF);
    uint32_t edges = b->edges;
    for (uint32_t i = 0; i < 10; i++) {
        const uint32_t bit = 1u << i;
        bench_wr(b, E1000_IMC, bit);
        bench_wr(b, E1000_ICS, bit);
        assert_int_equal(handler(b, &edges) & bit, 0);
        bench_wr(b, E1000_IMS, bit);
        bench_wr(b, E1000_ICS, bit);
        assert_int_equal(handler(b, &edges) & bit, bit);
        bench_wr(b, E1000_IMC, ~bit & 0x7FFF);
        bench_wr(b, E1000_ICS, ~bit & 0x7FFF);
        assert_int_equal(handler(b, &edges), 0);
    }
    bench_wr(b, E1000_IMC, 0xFFFFFFFF);
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(access_classes_of_the_module),
        cmocka_unit_test(a_set_survives_a_clear_of_its_cycle),
        cmocka_unit_test(every_cause_against_an_acknowledge_of_its_cycle),
        cmocka_unit_test(reads_and_writes_of_the_registers),
        cmocka_unit_test(phyint_needs_its_enable_and_fires_once),
        cmocka_unit_test(interrupt_self_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
