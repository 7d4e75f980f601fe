// SPDX-License-Identifier: Apache-2.0
// The PHY: MDIC, every register, every arc of the link state machine, the driver's sequences.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/phy.h"

enum { AN = NIC_PhyAutonegCyc, MDC = NIC_MdicCyc };
enum { MDIC_R = 0x10000000, MDIC_I = 0x20000000, MDIC_E = 0x40000000 };

typedef struct bench {
    phy_t s;
    phy_in_t in;
    uint64_t now;
} bench_t;

static void step(bench_t *b)
{
    b->in.now = b->now++;
    phy_tick(&b->s, &b->in);
    b->in.csr = (csr_t){0};
    b->in.rx_err = false;
}

static void run(bench_t *b, uint64_t cycles)
{
    while (cycles--) step(b);
}

static bench_t power_good(void)
{
    bench_t b;
    memset(&b, 0, sizeof b);
    memset(&b.s, 0xA5, sizeof b.s);
    phy_reset(&b.s);
    return b;
}

static void partner(bench_t *b, bool present, uint8_t speed, bool pause)
{
    b->in.lp_present = present;
    b->in.lp_speed = speed;
    b->in.lp_pause = pause;
}

static bench_t linked(uint8_t speed, bool pause)
{
    bench_t b = power_good();
    partner(&b, true, speed, pause);
    run(&b, AN + 1);
    assert_true(b.s.core.link);
    return b;
}

static void start(bench_t *b, uint32_t mdic)
{
    b->in.csr = (csr_t){.valid = true, .write = true, .id = E1000_R_MDIC, .wdata = mdic};
    step(b);
}

static uint32_t word(unsigned op, unsigned reg, unsigned data)
{
    return op << 26 | 1u << 21 | reg << 16 | data;
}

// Polls as the driver does, every 50 us, with its budget of 64 polls.
static uint32_t finish(bench_t *b)
{
    for (int i = 0; i < 64; i++) {
        if (b->s.core.mdic & MDIC_R) return b->s.core.mdic;
        run(b, 6250);
    }
    fail_msg("MDIC never became ready");
    return 0;
}

static uint16_t rd(bench_t *b, unsigned reg)
{
    start(b, word(2, reg, 0));
    run(b, MDC);
    assert_int_equal(b->s.core.mdic & (MDIC_R | MDIC_E), MDIC_R);
    return (uint16_t)b->s.core.mdic;
}

static void wr(bench_t *b, unsigned reg, unsigned v)
{
    start(b, word(1, reg, v));
    run(b, MDC);
    assert_int_equal(b->s.core.mdic & (MDIC_R | MDIC_E), MDIC_R);
}

// --- MDIC ---

static void mdic_is_busy_for_exactly_its_time(void **state)
{
    (void)state;
    bench_t b = power_good();
    run(&b, 10);
    assert_int_equal(b.s.core.mdic, 0);
    start(&b, word(2, 2, 0xFFFF) | 0x80000000u | MDIC_R | MDIC_E);
    for (int i = 0; i < MDC; i++) {
        assert_int_equal(b.s.core.mdic,
                         word(2, 2, 0xFFFF)); // bits 31, R and E are not the software's
        step(&b);
    }
    assert_int_equal(b.s.core.mdic, word(2, 2, 0x0141) | MDIC_R);
    assert_true(b.s.core.mdac_cyc == NIC_NEVER);
}

static void mdac_pulse_comes_with_ready_and_only_with_i(void **state)
{
    (void)state;
    bench_t b = power_good();
    run(&b, 10);
    start(&b, word(2, 3, 0) | MDIC_I);
    uint64_t written = b.now - 1;
    while (!(b.s.core.mdic & MDIC_R)) {
        assert_true(b.s.core.mdac_cyc == NIC_NEVER);
        step(&b);
    }
    assert_int_equal(b.s.core.mdac_cyc, b.now); // visible in the same cycle as R
    assert_int_equal(b.s.core.mdac_cyc, written + MDC + 1);
    uint64_t first = b.s.core.mdac_cyc;
    run(&b, 3 * MDC);
    wr(&b, 4, 0x01E1);
    assert_int_equal(b.s.core.mdac_cyc, first);
}

static void mdic_write_while_running_replaces_the_operation(void **state)
{
    (void)state;
    bench_t b = power_good();
    run(&b, 10);
    start(&b, word(1, 16, 0x1234) | MDIC_I);
    run(&b, MDC - 1);
    assert_int_equal(b.s.core.mdic & MDIC_R, 0);
    bench_t at_end = b;
    at_end.now = at_end.s.core.mdic_end_cyc;

    bench_t before = b;
    before.now = before.s.core.mdic_end_cyc - 1;
    start(&before, word(2, 16, 0));
    run(&before, MDC - 1);
    assert_int_equal(before.s.core.mdic & MDIC_R, 0); // the whole time again
    step(&before);
    assert_int_equal(before.s.core.mdic, word(2, 16, 0x0068) | MDIC_R); // 1234h was never written
    assert_true(before.s.core.mdac_cyc == NIC_NEVER);

    // In the cycle of the end both happen.
    start(&at_end, word(2, 16, 0));
    assert_int_equal(at_end.s.core.mdic, word(2, 16, 0));
    assert_int_equal(at_end.s.core.mdac_cyc, at_end.now);
    run(&at_end, MDC);
    assert_int_equal(at_end.s.core.mdic, word(2, 16, 0x1234) | MDIC_R);
}

static void mdic_error_for_absent_phys_and_reserved_operations(void **state)
{
    (void)state;
    for (unsigned addr = 0; addr < 32; addr++)
        for (unsigned op = 0; op < 4; op++) {
            bench_t b = power_good();
            run(&b, 10);
            start(&b, op << 26 | addr << 21 | 16u << 16 | 0x5A5A | MDIC_I);
            uint32_t got = finish(&b);
            bool good = addr == 1 && (op == 1 || op == 2);
            assert_int_equal(got & MDIC_E, good ? 0 : MDIC_E);
            assert_int_equal(b.s.pscon, good && op == 1 ? 0x5A5A : 0x0068);
            assert_int_equal(got & 0xFFFF, good && op == 2 ? 0x0068 : 0x5A5A);
            assert_true(b.s.core.mdac_cyc != NIC_NEVER);
        }
}

static void other_register_accesses_do_nothing(void **state)
{
    (void)state;
    bench_t b = power_good();
    run(&b, 10);
    phy_t before = b.s;
    b.in.csr = (csr_t){.valid = true, .write = false, .id = E1000_R_MDIC, .wdata = word(1, 16, 1)};
    step(&b);
    b.in.csr = (csr_t){.valid = true, .write = true, .id = E1000_R_CTRL, .wdata = word(1, 16, 1)};
    step(&b);
    b.in.csr = (csr_t){.valid = false, .write = true, .id = E1000_R_MDIC, .wdata = word(1, 16, 1)};
    step(&b);
    assert_memory_equal(&before, &b.s, sizeof before);
}

// --- registers ---

static const uint16_t reset_value[32] = {
    [0] = 0x1140, [1] = 0x7949, [2] = 0x0141,  [3] = 0x0C20,  [4] = 0x01E1,
    [7] = 0x2001, [9] = 0x1E00, [15] = 0x3000, [16] = 0x0068, [20] = 0x0D60,
};

// Bits that a write stores and that do nothing at once. Register 0 without reset, loopback,
// power-down, restart.
static const uint16_t stored[32] = {
    [0] = 0x35C0,  [4] = 0xBFFF,  [7] = 0xB7FF,  [9] = 0xFF00,  [16] = 0xFFFF,
    [18] = 0xFFFF, [20] = 0xFFFF, [29] = 0xFFFF, [30] = 0xFFFF,
};

static void registers_have_their_reset_values(void **state)
{
    (void)state;
    bench_t b = power_good();
    for (unsigned reg = 0; reg < 32; reg++) assert_int_equal(rd(&b, reg), reset_value[reg]);
    assert_int_equal(b.s.core.speed, 2);
    assert_true(b.s.core.fd);
    assert_false(b.s.core.link);
    assert_false(phy_int(&b.s));
    assert_false(phy_loopback(&b.s));
}

static void registers_store_exactly_their_writable_bits(void **state)
{
    (void)state;
    static const uint16_t pattern[] = {0x5A5A, 0xA5A5, 0x0000, 0xFFFF};
    for (unsigned reg = 0; reg < 32; reg++) {
        bench_t b = power_good();
        uint16_t fixed = reset_value[reg] & (uint16_t)~stored[reg];
        for (unsigned p = 0; p < 4; p++) {
            uint16_t v = pattern[p];
            if (reg == 0) v &= (uint16_t)~0xCA00;
            wr(&b, reg, v);
            assert_int_equal(rd(&b, reg), fixed | (v & stored[reg]));
        }
        for (unsigned other = 0; other < 32; other++)
            if (other != reg) assert_int_equal(rd(&b, other), reset_value[other]);
    }
}

static void control_bits_clear_themselves(void **state)
{
    (void)state;
    bench_t b = power_good();
    wr(&b, 0, 0x9340);
    assert_int_equal(rd(&b, 0), 0x1140);
    wr(&b, 0, 0x1340);
    assert_int_equal(rd(&b, 0), 0x1140);
    wr(&b, 0, 0xFFFF); // the reset wins over power-down and loopback and clears them
    assert_int_equal(rd(&b, 0), 0x3140);
    assert_int_equal(b.s.core.state, PHY_ST_DOWN);
}

static void software_reset_keeps_configuration_and_clears_status(void **state)
{
    (void)state;
    static const uint8_t kept[] = {4, 7, 9, 16, 18, 20, 29, 30};
    bench_t b = linked(2, true);
    for (unsigned i = 0; i < sizeof kept; i++) wr(&b, kept[i], 0xA500 + kept[i]);
    uint16_t before[32];
    for (unsigned i = 0; i < sizeof kept; i++) before[kept[i]] = rd(&b, kept[i]);
    b.in.rx_err = true;
    step(&b);
    assert_int_equal(b.s.prec, 1);
    assert_int_equal(b.s.pints, 0x0400);
    wr(&b, 0, 0x8000 | 0x2480);
    assert_int_equal(b.s.prec, 0);
    assert_int_equal(b.s.pints, 0); // its own loss of link is not recorded
    assert_false(b.s.core.link);
    assert_int_equal(rd(&b, 0), 0x2000);
    assert_int_equal(rd(&b, 1), 0x7949);
    assert_int_equal(rd(&b, 5), 0);
    assert_int_equal(rd(&b, 6), 0);
    assert_int_equal(rd(&b, 10), 0);
    assert_int_equal(rd(&b, 17), 0);
    for (unsigned i = 0; i < sizeof kept; i++) assert_int_equal(rd(&b, kept[i]), before[kept[i]]);
}

static void hardware_reset_clears_everything_and_holds(void **state)
{
    (void)state;
    bench_t b = linked(1, true);
    wr(&b, 0, 0x6000);
    assert_false(b.s.core.fd);
    for (unsigned reg = 1; reg < 32; reg++) wr(&b, reg, 0xA5A5);
    wr(&b, 0, 0x0100);
    b.in.phy_rst = true;
    step(&b);
    assert_false(b.s.core.link);
    assert_int_equal(b.s.core.speed, 2);
    assert_true(b.s.core.fd);
    assert_int_equal(b.s.core.state, PHY_ST_RESET);
    assert_true(phy_quiet(&b.s) == NIC_NEVER);
    run(&b, 2 * AN);
    assert_false(b.s.core.link);
    start(&b, word(1, 16, 0xFFFF)); // nobody answers
    run(&b, MDC);
    assert_int_equal(b.s.core.mdic, word(1, 16, 0xFFFF) | MDIC_R | MDIC_E);
    b.in.phy_rst = false;
    uint64_t released = b.now;
    for (unsigned reg = 0; reg < 32; reg++) assert_int_equal(rd(&b, reg), reset_value[reg]);
    while (!b.s.core.link) step(&b);
    assert_int_equal(b.now, released + AN + 1);
    assert_int_equal(b.s.core.speed, 1);
}

static void mdic_that_ends_while_held_is_an_error(void **state)
{
    (void)state;
    for (int early = 0; early < 2; early++) {
        bench_t b = power_good();
        run(&b, 10);
        start(&b, word(1, 16, 0xFFFF));
        run(&b, early ? MDC - 10 : MDC - 1);
        b.in.phy_rst = true; // in the cycle of the end, or before it
        run(&b, early ? 10 : 1);
        assert_int_equal(b.s.core.mdic & MDIC_E, MDIC_E);
        assert_int_equal(b.s.pscon, 0x0068);
    }
}

static void mdic_that_ends_with_the_release_is_an_error(void **state)
{
    (void)state;
    bench_t b = power_good();
    b.in.phy_rst = true;
    run(&b, 10);
    start(&b, word(1, 16, 0xFFFF));
    run(&b, MDC - 1);
    b.in.phy_rst = false;
    step(&b);
    assert_int_equal(b.s.core.mdic & (MDIC_R | MDIC_E), MDIC_R | MDIC_E);
    assert_int_equal(rd(&b, 16), 0x0068);
}

static void mac_reset_clears_mdic_and_leaves_the_phy_alone(void **state)
{
    (void)state;
    bench_t b = linked(2, true);
    wr(&b, 16, 0x0868);
    start(&b, word(1, 16, 0) | MDIC_I);
    run(&b, 5);
    phy_t before = b.s;
    b.in.reset = true;
    b.in.csr = (csr_t){.valid = true, .write = true, .id = E1000_R_MDIC, .wdata = word(1, 16, 1)};
    run(&b, NIC_ResetCyc);
    b.in.reset = false;
    run(&b, 2 * MDC);
    assert_int_equal(b.s.core.mdic, 0);
    assert_int_equal(b.s.pscon, 0x0868);
    before.core.mdic = 0;
    before.core.mdic_end_cyc = NIC_NEVER;
    assert_memory_equal(&before, &b.s, sizeof before);
    start(&b, word(1, 16, 0x1111)); // due in the very cycle of the reset
    run(&b, MDC - 1);
    b.in.reset = true;
    run(&b, 2);
    assert_int_equal(b.s.pscon, 0x0868);
}

static void receive_error_counter_clears_on_read_and_saturates(void **state)
{
    (void)state;
    bench_t b = power_good();
    for (int i = 0; i < 3; i++) b.in.rx_err = true, step(&b);
    assert_int_equal(rd(&b, 21), 3);
    assert_int_equal(rd(&b, 21), 0);
    start(&b, word(2, 21, 0));
    for (int i = 0; i < MDC; i++) b.in.rx_err = true, step(&b);
    assert_int_equal(b.s.core.mdic & 0xFFFF, MDC - 1); // the error of the cycle of the read
    assert_int_equal(rd(&b, 21), 1);                   // survives it
    for (int i = 0; i < 0x10010; i++) b.in.rx_err = true, step(&b);
    assert_int_equal(rd(&b, 21), 0xFFFF);
}

// --- link ---

static void link_comes_up_after_exactly_the_negotiation_time(void **state)
{
    (void)state;
    bench_t b = power_good();
    assert_int_equal(phy_quiet(&b.s), 0); // the first cycle has to be ticked
    partner(&b, true, 2, true);
    step(&b);
    assert_int_equal(b.s.core.state, PHY_ST_NEGOTIATING);
    assert_int_equal(phy_quiet(&b.s), AN);
    run(&b, AN - 1);
    assert_false(b.s.core.link);
    step(&b);
    assert_true(b.s.core.link);
    assert_true(b.s.core.fd);
    assert_int_equal(b.s.core.speed, 2);
    assert_true(phy_quiet(&b.s) == NIC_NEVER);
    assert_int_equal(rd(&b, 1), 0x796D);
    assert_int_equal(rd(&b, 5), 0x45E1);
    assert_int_equal(rd(&b, 6), 0x0003);
    assert_int_equal(rd(&b, 10), 0x7C00);
    assert_int_equal(rd(&b, 17), 0xAC00); // PAUSE is not advertised by itself
}

static void partner_word_follows_the_partner(void **state)
{
    (void)state;
    static const struct {
        uint8_t speed;
        bool pause;
        uint16_t lpa, gstatus, psstat;
    } t[] = {
        {0, false, 0x4061, 0x0000, 0x2C00}, {0, true, 0x4461, 0x0000, 0x2C0C},
        {1, false, 0x41E1, 0x0000, 0x6C00}, {1, true, 0x45E1, 0x0000, 0x6C0C},
        {2, false, 0x41E1, 0x7C00, 0xAC00}, {2, true, 0x45E1, 0x7C00, 0xAC0C},
        {3, true, 0x45E1, 0x7C00, 0xAC0C},
    };
    for (unsigned i = 0; i < sizeof t / sizeof t[0]; i++) {
        bench_t b = power_good();
        wr(&b, 4, 0x05E1); // advertise PAUSE
        partner(&b, true, t[i].speed, t[i].pause);
        run(&b, AN + 1);
        assert_int_equal(rd(&b, 5), t[i].lpa);
        assert_int_equal(rd(&b, 10), t[i].gstatus);
        assert_int_equal(rd(&b, 17), t[i].psstat);
    }
}

static void best_common_mode_is_resolved(void **state)
{
    (void)state;
    for (unsigned ours = 0; ours < 64; ours++) // bit 2 * speed + duplex
        for (uint8_t lp = 0; lp < 3; lp++) {
            int best = -1;
            for (int m = 0; m < 2 * (lp + 1); m++)
                if (ours >> m & 1) best = m;
            bench_t b = power_good();
            b.s.core.ana = (uint16_t)(0x0001 | (ours & 0xF) << 5);
            b.s.core.gcon = (uint16_t)((ours >> 4 & 3) << 8);
            partner(&b, true, lp, true);
            run(&b, AN + 1);
            assert_int_equal(b.s.core.link, best >= 0);
            if (best < 0) { // and over again
                assert_int_equal(b.s.core.state, PHY_ST_NEGOTIATING);
                assert_int_equal(b.s.core.an_end_cyc, 2 * AN);
                assert_int_equal(b.s.core.lpa, 0);
                continue;
            }
            assert_int_equal(b.s.core.speed, best / 2);
            assert_int_equal(b.s.core.fd, best % 2);
            assert_int_equal(b.s.core.gstatus & 0x3000, best >= 4 ? 0x3000 : 0);
            assert_int_equal(b.s.core.gstatus & 0x0C00, lp == 2 ? 0x0C00 : 0);
        }
}

static void forced_speed_is_obeyed_without_negotiation(void **state)
{
    (void)state;
    static const uint16_t bits[] = {0x0000, 0x2000, 0x0040, 0x2040}; // the last one is 1000 too
    for (unsigned sp = 0; sp < 4; sp++)
        for (unsigned fd = 0; fd < 2; fd++)
            for (uint8_t lp = 0; lp < 3; lp++) {
                unsigned speed = sp == 3 ? 2 : sp;
                bench_t b = power_good();
                partner(&b, true, lp, true);
                wr(&b, 0, 0x8000u | bits[sp] | fd << 8);
                run(&b, AN);
                assert_int_equal(b.s.core.link, speed <= lp);
                if (!b.s.core.link) continue;
                assert_int_equal(b.s.core.speed, speed);
                assert_int_equal(b.s.core.fd, fd);
                assert_int_equal(rd(&b, 1), 0x794D); // link, but nothing negotiated
                assert_int_equal(rd(&b, 5), 0);
                assert_int_equal(rd(&b, 6), 0);
                assert_int_equal(rd(&b, 10), speed == 2 ? 0x7000 : 0);
                assert_int_equal(rd(&b, 17), speed << 14 | fd << 13 | 0x0C00);
            }
}

static void master_follows_manual_setting_or_port_type(void **state)
{
    (void)state;
    static const uint16_t t[][2] = {
        {0x1A00, 1}, {0x1E00, 1}, {0x1200, 0}, {0x1600, 0}, // manual
        {0x0200, 0}, {0x0A00, 0}, {0x0600, 1}, {0x0E00, 1}, // by port type
    };
    for (unsigned i = 0; i < 8; i++) {
        bench_t b = power_good();
        partner(&b, true, 2, false);
        wr(&b, 9, t[i][0]);
        wr(&b, 0, 0x1340);
        run(&b, AN);
        assert_int_equal(rd(&b, 10), t[i][1] ? 0x7C00 : 0x3C00);
    }
}

static void link_status_latches_low_until_read(void **state)
{
    (void)state;
    bench_t b = linked(2, false);
    assert_int_equal(rd(&b, 1), 0x796D);
    partner(&b, false, 2, false);
    step(&b);
    assert_false(b.s.core.link);
    partner(&b, true, 2, false);
    run(&b, AN + 1);
    assert_true(b.s.core.link);
    assert_int_equal(rd(&b, 17) & 0x0400, 0x0400); // real time
    assert_int_equal(rd(&b, 1), 0x7969);           // it was down once
    assert_int_equal(rd(&b, 1), 0x796D);
    // A loss in the cycle of the read is not forgotten.
    start(&b, word(2, 1, 0));
    run(&b, MDC - 1);
    partner(&b, false, 2, false);
    step(&b);
    assert_int_equal(b.s.core.mdic & 0xFFFF, 0x796D);
    partner(&b, true, 2, false);
    run(&b, AN + 1);
    assert_int_equal(rd(&b, 1), 0x7969);
    assert_int_equal(rd(&b, 1), 0x796D);
}

static void resets_forget_that_the_link_was_lost(void **state)
{
    (void)state;
    for (int hard = 0; hard < 2; hard++) {
        bench_t b = linked(2, false);
        partner(&b, false, 2, false);
        step(&b);
        if (hard) b.in.phy_rst = true, step(&b), b.in.phy_rst = false;
        else wr(&b, 0, 0x9140);
        partner(&b, true, 2, false);
        run(&b, AN + 1);
        assert_int_equal(rd(&b, 1), 0x796D);
    }
}

static void losing_the_partner_forgets_it(void **state)
{
    (void)state;
    bench_t b = linked(2, true);
    partner(&b, false, 2, true);
    step(&b);
    assert_int_equal(b.s.core.state, PHY_ST_DOWN);
    assert_true(phy_quiet(&b.s) == NIC_NEVER);
    assert_int_equal(rd(&b, 1), 0x7949);
    assert_int_equal(rd(&b, 5), 0);
    assert_int_equal(rd(&b, 6), 0);
    assert_int_equal(rd(&b, 10), 0);
    assert_int_equal(rd(&b, 17), 0);
}

static void interrupt_is_status_and_enable_and_clears_on_read(void **state)
{
    (void)state;
    bench_t b = linked(2, false);
    assert_int_equal(b.s.pints, 0x0400);
    assert_false(phy_int(&b.s));
    wr(&b, 18, 0xFBFF);
    assert_false(phy_int(&b.s));
    wr(&b, 18, 0x0400);
    assert_true(phy_int(&b.s));
    assert_int_equal(rd(&b, 19), 0x0400);
    assert_false(phy_int(&b.s));
    assert_int_equal(rd(&b, 19), 0);
    start(&b, word(2, 19, 0));
    run(&b, MDC - 1);
    partner(&b, false, 2, false); // in the cycle of the read
    step(&b);
    assert_int_equal(b.s.core.mdic & 0xFFFF, 0);
    assert_true(phy_int(&b.s));
    assert_int_equal(rd(&b, 19), 0x0400);
}

static void configuration_waits_for_a_new_negotiation(void **state)
{
    (void)state;
    bench_t b = linked(2, false);
    wr(&b, 9, 0);      // no 1000
    wr(&b, 4, 0x00A1); // half duplex only
    wr(&b, 0, 0x0000); // no negotiation
    run(&b, 2 * AN);
    assert_int_equal(rd(&b, 17), 0xAC00);
    wr(&b, 0, 0x1140);
    partner(&b, false, 2, false); // a loss of link brings them into force
    step(&b);
    partner(&b, true, 2, false);
    run(&b, AN / 2);
    wr(&b, 4, 0x0061); // too late
    wr(&b, 9, 0x0200);
    run(&b, AN);
    assert_int_equal(rd(&b, 17), 0x4C00);
    wr(&b, 0, 0x0300); // restart, negotiation off: forced 10 full
    run(&b, AN);
    assert_int_equal(rd(&b, 17), 0x2C00);
}

// Every arc: state, what happens, next state, and whether the link is there.
static void every_arc_of_the_state_machine(void **state)
{
    (void)state;
    enum { PLUG, PULL, CTRL, RST_ON, RST_OFF, WAIT };
    static const struct {
        uint8_t from, what;
        uint16_t ctrl;
        uint8_t to;
    } arc[] = {
        {PHY_ST_DOWN, PLUG, 0, PHY_ST_NEGOTIATING},
        {PHY_ST_DOWN, WAIT, 0, PHY_ST_DOWN},
        {PHY_ST_DOWN, CTRL, 0x9140, PHY_ST_DOWN},
        {PHY_ST_DOWN, CTRL, 0x1340, PHY_ST_DOWN},
        {PHY_ST_DOWN, CTRL, 0x1940, PHY_ST_POWERDOWN},
        {PHY_ST_DOWN, CTRL, 0x4140, PHY_ST_LOOPBACK},
        {PHY_ST_DOWN, RST_ON, 0, PHY_ST_RESET},
        {PHY_ST_NEGOTIATING, PULL, 0, PHY_ST_DOWN},
        {PHY_ST_NEGOTIATING, WAIT, 0, PHY_ST_UP},
        {PHY_ST_NEGOTIATING, CTRL, 0x1140, PHY_ST_NEGOTIATING},
        {PHY_ST_NEGOTIATING, CTRL, 0x1940, PHY_ST_POWERDOWN},
        {PHY_ST_NEGOTIATING, CTRL, 0x4140, PHY_ST_LOOPBACK},
        {PHY_ST_NEGOTIATING, RST_ON, 0, PHY_ST_RESET},
        {PHY_ST_UP, PULL, 0, PHY_ST_DOWN},
        {PHY_ST_UP, WAIT, 0, PHY_ST_UP},
        {PHY_ST_UP, CTRL, 0x1140, PHY_ST_UP},
        {PHY_ST_UP, CTRL, 0x15FF, PHY_ST_UP},
        {PHY_ST_UP, CTRL, 0x9140, PHY_ST_NEGOTIATING},
        {PHY_ST_UP, CTRL, 0x1340, PHY_ST_NEGOTIATING},
        {PHY_ST_UP, CTRL, 0x1940, PHY_ST_POWERDOWN},
        {PHY_ST_UP, CTRL, 0x5140, PHY_ST_LOOPBACK},
        {PHY_ST_UP, RST_ON, 0, PHY_ST_RESET},
        {PHY_ST_POWERDOWN, WAIT, 0, PHY_ST_POWERDOWN},
        {PHY_ST_POWERDOWN, PULL, 0, PHY_ST_POWERDOWN},
        {PHY_ST_POWERDOWN, CTRL, 0x1B40, PHY_ST_POWERDOWN},
        {PHY_ST_POWERDOWN, CTRL, 0x5940, PHY_ST_POWERDOWN},
        {PHY_ST_POWERDOWN, CTRL, 0x9940, PHY_ST_NEGOTIATING},
        {PHY_ST_POWERDOWN, CTRL, 0x1140, PHY_ST_NEGOTIATING},
        {PHY_ST_POWERDOWN, CTRL, 0x4140, PHY_ST_LOOPBACK},
        {PHY_ST_POWERDOWN, RST_ON, 0, PHY_ST_RESET},
        {PHY_ST_LOOPBACK, WAIT, 0, PHY_ST_LOOPBACK},
        {PHY_ST_LOOPBACK, PULL, 0, PHY_ST_LOOPBACK},
        {PHY_ST_LOOPBACK, CTRL, 0x4340, PHY_ST_LOOPBACK},
        {PHY_ST_LOOPBACK, CTRL, 0x1140, PHY_ST_NEGOTIATING},
        {PHY_ST_LOOPBACK, CTRL, 0xC140, PHY_ST_NEGOTIATING},
        {PHY_ST_LOOPBACK, CTRL, 0x4940, PHY_ST_POWERDOWN},
        {PHY_ST_LOOPBACK, RST_ON, 0, PHY_ST_RESET},
        {PHY_ST_RESET, WAIT, 0, PHY_ST_RESET},
        {PHY_ST_RESET, RST_OFF, 0, PHY_ST_NEGOTIATING},
    };
    for (unsigned i = 0; i < sizeof arc / sizeof arc[0]; i++) {
        bench_t b = arc[i].from == PHY_ST_DOWN ? power_good() : linked(2, false);
        step(&b);
        if (arc[i].from == PHY_ST_NEGOTIATING) wr(&b, 0, 0x1340);
        if (arc[i].from == PHY_ST_POWERDOWN) wr(&b, 0, 0x1940);
        if (arc[i].from == PHY_ST_LOOPBACK) wr(&b, 0, 0x4140);
        if (arc[i].from == PHY_ST_RESET) b.in.phy_rst = true, step(&b);
        assert_int_equal(b.s.core.state, arc[i].from);
        switch (arc[i].what) {
        case PLUG: partner(&b, true, 2, false), step(&b); break;
        case PULL: partner(&b, false, 2, false), step(&b); break;
        case CTRL: wr(&b, 0, arc[i].ctrl); break;
        case RST_ON: b.in.phy_rst = true, step(&b); break;
        case RST_OFF: b.in.phy_rst = false, step(&b); break;
        default: run(&b, AN + 1); break;
        }
        if (b.s.core.state != arc[i].to) fail_msg("arc %u: state %u", i, b.s.core.state);
        bool link = arc[i].to == PHY_ST_UP || arc[i].to == PHY_ST_LOOPBACK;
        assert_int_equal(b.s.core.link, link);
        assert_int_equal(phy_loopback(&b.s), arc[i].to == PHY_ST_LOOPBACK);
        assert_int_equal(phy_quiet(&b.s) == NIC_NEVER, arc[i].to != PHY_ST_NEGOTIATING);
    }
}

static void leaving_power_down_is_a_reset_that_keeps_configuration(void **state)
{
    (void)state;
    bench_t b = linked(2, false);
    wr(&b, 4, 0x0101);
    wr(&b, 9, 0);
    wr(&b, 18, 0x1234);
    wr(&b, 0, 0x1940);
    assert_false(b.s.core.link);
    assert_int_equal(rd(&b, 0), 0x1940); // registers answer
    assert_int_equal(rd(&b, 1), 0x7949);
    assert_int_equal(rd(&b, 4), 0x0101);
    assert_int_equal(b.s.pints, 0x0400);
    wr(&b, 0, 0x1140);
    assert_int_equal(b.s.pints, 0);
    run(&b, AN - 1);
    assert_false(b.s.core.link);
    step(&b);
    assert_int_equal(rd(&b, 17), 0x6C00); // 100 full, as advertised
    assert_int_equal(rd(&b, 18), 0x1234);
}

static void loopback_takes_its_speed_from_the_control_register(void **state)
{
    (void)state;
    static const uint16_t t[][3] = {
        {0x4140, 2, 1}, {0x4040, 2, 0}, {0x6100, 1, 1},
        {0x6000, 1, 0}, {0x4100, 0, 1}, {0x4000, 0, 0},
    };
    bench_t b = power_good(); // no cable
    for (unsigned i = 0; i < 6; i++) {
        wr(&b, 0, t[i][0]);
        assert_true(b.s.core.link);
        assert_true(phy_loopback(&b.s));
        assert_int_equal(b.s.core.speed, t[i][1]);
        assert_int_equal(b.s.core.fd, t[i][2]);
        assert_int_equal(rd(&b, 17), t[i][1] << 14 | t[i][2] << 13 | 0x0C00);
    }
    wr(&b, 0, 0x0140);
    assert_false(b.s.core.link);
}

// --- the driver ---

static void driver_sets_up_the_link(void **state)
{
    (void)state;
    bench_t b = linked(2, true);
    uint32_t id = (uint32_t)rd(&b, 2) << 16 | rd(&b, 3);
    assert_int_equal(id & ~0xFu, 0x01410C20);
    wr(&b, 16, (rd(&b, 16) | 0x0860) & 0xFFFD);
    wr(&b, 20, (rd(&b, 20) & 0xF0FF) | 0x0170);
    wr(&b, 0, rd(&b, 0) | 0x8000);
    run(&b, 125);
    assert_int_equal(rd(&b, 0) & 0x8000, 0);
    assert_int_equal(rd(&b, 16), 0x0868);
    assert_int_equal(rd(&b, 20), 0x0170);
    wr(&b, 4, rd(&b, 4) | 0x0C00);
    wr(&b, 9, rd(&b, 9) | 0x0200);
    wr(&b, 0, rd(&b, 0) | 0x1200);
    uint64_t restarted = b.now - 1; // the cycle in which the write took effect
    unsigned rounds = 0;
    do {
        start(&b, word(2, 1, 0));
        finish(&b);
        start(&b, word(2, 1, 0));
        rounds++;
    } while (!(finish(&b) & 0x0004));
    assert_true(b.now >= restarted + AN);
    assert_true(rounds < 20);
    assert_int_equal(rd(&b, 5), 0x45E1);
    assert_int_equal(rd(&b, 17), 0xAC0C);
    assert_int_equal(rd(&b, 10) & 0x3000, 0x3000);
    wr(&b, 0, rd(&b, 0) | 0x0800); // close
    assert_false(b.s.core.link);
    wr(&b, 0, rd(&b, 0) & 0xF7FF); // open
    run(&b, AN);
    assert_true(b.s.core.link);
}

static void driver_loops_back_without_a_cable(void **state)
{
    (void)state;
    bench_t b = power_good();
    wr(&b, 16, 0x0808);
    wr(&b, 0, 0x9140);
    wr(&b, 0, 0x8140);
    assert_int_equal(b.s.core.ctrl, 0x0140);
    wr(&b, 0, 0x4140);
    for (int i = 0; i < 2; i++) {
        wr(&b, 29, 0x001F);
        wr(&b, 30, 0x8FFC);
        wr(&b, 29, 0x001A);
        wr(&b, 30, 0x8FF0);
    }
    assert_true(b.s.core.link);
    assert_true(phy_loopback(&b.s));
    assert_int_equal(b.s.core.speed, 2);
    assert_true(b.s.core.fd);
    assert_int_equal(rd(&b, 1) & 0x0004, 0x0004);
    wr(&b, 0, (rd(&b, 0) & 0xBFFF) | 0x8000);
    assert_false(b.s.core.link);
    assert_false(phy_loopback(&b.s));
}

static void mdic_stays_inside_the_polling_budgets(void **state)
{
    (void)state;
    assert_true(MDC < 64 * 6250); // read: 64 x 50 us
    assert_true(MDC < 641 * 625); // write: 641 x 5 us
    bench_t b = power_good();
    for (unsigned reg = 0; reg < 32; reg++) {
        start(&b, word(2, reg, 0));
        assert_int_equal(finish(&b) & MDIC_E, 0);
    }
}

// --- scheduling ---

static uint64_t random_next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

static void phyint_pulse_comes_with_the_interrupt_and_with_its_enable(void **state)
{
    (void)state;
    bench_t b = linked(2, true);
    b.in.gpi1 = true;
    rd(&b, 19);
    wr(&b, 18, 0x0400);
    assert_false(phy_int(&b.s));
    assert_true(b.s.phyint_cyc == NIC_NEVER);
    partner(&b, false, 0, false);
    step(&b);
    assert_true(phy_int(&b.s));
    assert_int_equal(b.s.phyint_cyc, b.now); // visible in the same cycle as the level
    uint64_t first = b.s.phyint_cyc;
    run(&b, 100);
    assert_int_equal(b.s.phyint_cyc, first); // once
    b.in.gpi1 = false;
    step(&b);
    assert_int_equal(b.s.phyint_cyc, first);
    b.in.gpi1 = true;
    step(&b);
    assert_int_equal(b.s.phyint_cyc, b.now);
}

// One random change of the inputs; pulses are in `in` for one cycle. Returns the cycles to the next
// one.
static uint64_t stimulus(uint64_t *seed, phy_in_t *in)
{
    static const uint16_t ctrl[] = {0x1140, 0x1340, 0x9140, 0x1940, 0x4140, 0x8100, 0xA100, 0x0140};
    uint64_t r = random_next(seed);
    unsigned what = (unsigned)(r % 100);
    unsigned reg = r >> 8 & 31;
    unsigned data = r >> 16 & 0xFFFF;
    if (what < 45) in->csr.wdata = word(2, reg, data) | (r & MDIC_I);
    else if (what < 60 && reg != 0) in->csr.wdata = word(1, reg, data) | (r & MDIC_I);
    else if (what < 68) in->csr.wdata = word(1, 0, ctrl[reg & 7]);
    else if (what < 70) in->csr.wdata = (uint32_t)data << 16;
    else if (what < 76) in->lp_present = (r >> 40 & 3) != 0;
    else if (what < 80) in->lp_speed = r >> 40 & 3, in->lp_pause = r >> 42 & 1;
    else if (what < 84) in->phy_rst = (r >> 40 & 3) == 0;
    else if (what < 88) in->reset = (r >> 40 & 3) == 0;
    else if (what < 92) in->gpi1 = r >> 40 & 1;
    else in->rx_err = true;
    if (in->csr.wdata) in->csr.valid = in->csr.write = true, in->csr.id = E1000_R_MDIC;
    switch (r >> 50 & 7) {
    case 0: return 1;
    case 1: return MDC - 2 + (r >> 53 & 3);
    case 2: return AN - 2 + (r >> 53 & 3);
    case 3: return AN + MDC;
    default: return 1 + (r >> 53) % (MDC + 100);
    }
}

static void ticking_only_when_due_gives_the_same_state(void **state)
{
    (void)state;
    uint64_t seed = 0x9E3779B97F4A7C15u, due = 0, visits = 0, seen[6] = {0};
    bench_t each = power_good(), sparse = power_good();
    phy_in_t in;
    memset(&in, 0, sizeof in);
    const uint64_t end = 40000000;
    for (uint64_t now = 0; now < end; now++) {
        bool change = now == due;
        in.csr = (csr_t){0};
        in.rx_err = false;
        if (change) due = now + stimulus(&seed, &in);
        in.now = now;
        phy_tick(&each.s, &in);
        if (change || phy_quiet(&sparse.s) <= now) {
            phy_tick(&sparse.s, &in);
            visits++;
        }
        seen[each.s.core.state]++;
        if (memcmp(&each.s, &sparse.s, sizeof each.s) != 0)
            fail_msg("cycle %llu: states differ", (unsigned long long)now);
    }
    for (unsigned i = 0; i < 6; i++) assert_true(seen[i] > 10000);
    assert_true(visits < end / 100);
}

static void a_tick_that_is_not_due_changes_nothing(void **state)
{
    (void)state;
    bench_t b = linked(2, true);
    wr(&b, 9, 0x0100);
    for (int phase = 0; phase < 4; phase++) {
        if (phase == 1) wr(&b, 0, 0x1340);
        if (phase == 2) wr(&b, 0, 0x4140);
        if (phase == 3) start(&b, word(2, 1, 0));
        phy_t before = b.s;
        run(&b, 100);
        assert_memory_equal(&before, &b.s, sizeof before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mdic_is_busy_for_exactly_its_time),
        cmocka_unit_test(mdac_pulse_comes_with_ready_and_only_with_i),
        cmocka_unit_test(mdic_write_while_running_replaces_the_operation),
        cmocka_unit_test(mdic_error_for_absent_phys_and_reserved_operations),
        cmocka_unit_test(other_register_accesses_do_nothing),
        cmocka_unit_test(registers_have_their_reset_values),
        cmocka_unit_test(registers_store_exactly_their_writable_bits),
        cmocka_unit_test(control_bits_clear_themselves),
        cmocka_unit_test(software_reset_keeps_configuration_and_clears_status),
        cmocka_unit_test(hardware_reset_clears_everything_and_holds),
        cmocka_unit_test(mdic_that_ends_while_held_is_an_error),
        cmocka_unit_test(mdic_that_ends_with_the_release_is_an_error),
        cmocka_unit_test(mac_reset_clears_mdic_and_leaves_the_phy_alone),
        cmocka_unit_test(receive_error_counter_clears_on_read_and_saturates),
        cmocka_unit_test(link_comes_up_after_exactly_the_negotiation_time),
        cmocka_unit_test(partner_word_follows_the_partner),
        cmocka_unit_test(best_common_mode_is_resolved),
        cmocka_unit_test(forced_speed_is_obeyed_without_negotiation),
        cmocka_unit_test(master_follows_manual_setting_or_port_type),
        cmocka_unit_test(link_status_latches_low_until_read),
        cmocka_unit_test(resets_forget_that_the_link_was_lost),
        cmocka_unit_test(losing_the_partner_forgets_it),
        cmocka_unit_test(interrupt_is_status_and_enable_and_clears_on_read),
        cmocka_unit_test(configuration_waits_for_a_new_negotiation),
        cmocka_unit_test(every_arc_of_the_state_machine),
        cmocka_unit_test(leaving_power_down_is_a_reset_that_keeps_configuration),
        cmocka_unit_test(loopback_takes_its_speed_from_the_control_register),
        cmocka_unit_test(driver_sets_up_the_link),
        cmocka_unit_test(driver_loops_back_without_a_cable),
        cmocka_unit_test(mdic_stays_inside_the_polling_budgets),
        cmocka_unit_test(phyint_pulse_comes_with_the_interrupt_and_with_its_enable),
        cmocka_unit_test(ticking_only_when_due_gives_the_same_state),
        cmocka_unit_test(a_tick_that_is_not_due_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
