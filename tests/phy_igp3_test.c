// SPDX-License-Identifier: Apache-2.0
// The PHY of the 82576: its registers and pages, and what the driver does with it. The link state
// machine and MDIC itself are tested in phy_test.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/phy_igp3.h"

enum { AN = NIC_PhyAutonegCyc, MDC = NIC_MdicCyc };
enum { MDIC_R = 0x10000000, MDIC_I = 0x20000000, MDIC_E = 0x40000000 };
enum { US = 125 }; // cycles

typedef struct bench {
    phy_igp3_t s;
    phy_in_t in;
    uint64_t now;
} bench_t;

static void step(bench_t *b)
{
    b->in.now = b->now++;
    phy_igp3_tick(&b->s, &b->in);
    b->in.csr = (csr_t){0};
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
    phy_igp3_reset(&b.s);
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

// --- the driver: one operation of MDIC, polled every 50 us with its budget; no error ever ---

static uint16_t mdic(bench_t *b, unsigned op, unsigned reg, unsigned data)
{
    const uint32_t word = op << 26 | 1u << 21 | reg << 16 | data;
    b->in.csr = (csr_t){.valid = true, .write = true, .id = IGB_R_MDIC, .wdata = word};
    step(b);
    for (int i = 0; i < 1920; i++) {
        run(b, 50 * US);
        if (!(b->s.core.mdic & MDIC_R)) continue;
        assert_int_equal(b->s.core.mdic & MDIC_E, 0);
        return (uint16_t)b->s.core.mdic;
    }
    fail_msg("MDIC never became ready");
    return 0;
}

// Behind 0Fh the whole offset goes to the page register first.
static uint16_t rd(bench_t *b, unsigned offset)
{
    if (offset > 0xF) mdic(b, 1, 0x1F, offset);
    return mdic(b, 2, offset & 0x1F, 0);
}

static void wr(bench_t *b, unsigned offset, unsigned v)
{
    if (offset > 0xF) mdic(b, 1, 0x1F, offset);
    mdic(b, 1, offset & 0x1F, v);
}

static bool driver_sees_link(bench_t *b)
{
    rd(b, 1);
    return rd(b, 1) & 0x0004;
}

// CTRL.PHY_RST for 100 us, as the driver does; it goes on after 150 us and 100 ms.
static void driver_resets_hard(bench_t *b)
{
    b->in.phy_rst = true;
    run(b, 100 * US);
    assert_false(b->s.core.link);
    b->in.phy_rst = false;
    run(b, 150 * US);
}

static void driver_sets_up(bench_t *b)
{
    driver_resets_hard(b);
    wr(b, 0x19, rd(b, 0x19) & 0xFFF9); // no low power link
    wr(b, 0x12, rd(b, 0x12) | 0x1000); // automatic crossover
    wr(b, 9, rd(b, 9) & 0xEFFF);
    wr(b, 4, rd(b, 4) | 0x0C00);
    wr(b, 9, rd(b, 9) | 0x0200);
    wr(b, 0, rd(b, 0) | 0x1200);
}

static void driver_identifies_the_phy(void **state)
{
    (void)state;
    bench_t b = power_good();
    assert_int_equal((uint32_t)rd(&b, 2) << 16 | rd(&b, 3), 0x02A80391);
}

static void driver_sets_up_the_link(void **state)
{
    (void)state;
    bench_t b = linked(2, true);
    driver_sets_up(&b);
    const uint64_t restarted = b.now - (uint64_t)50 * US; // the poll came that much later
    assert_false(b.s.core.link);
    for (int i = 0; i < 10 && !driver_sees_link(&b); i++) run(&b, 10 * US);
    while (!b.s.core.link) step(&b);
    assert_true(b.now >= restarted + AN - MDC);
    assert_true(driver_sees_link(&b));
    assert_int_equal(rd(&b, 1), 0x796D);
    assert_int_equal(rd(&b, 4), 0x0DE1);
    assert_int_equal(rd(&b, 5), 0x45E1);
    assert_int_equal(rd(&b, 0x19), 0x0041);
    assert_int_equal(rd(&b, 0x12), 0x1000);
}

static void driver_asks_for_polarity_and_cable(void **state)
{
    (void)state;
    static const uint16_t agc[] = {0x11B1, 0x12B1, 0x14B1, 0x18B1};
    bench_t b = linked(2, true);
    assert_int_equal(rd(&b, 0x11) & 0xC000, 0xC000); // so polarity is in another page
    assert_int_equal(rd(&b, 0xB4) & 0x0078, 0);
    assert_int_equal(rd(&b, 0x11) & 0x0802, 0);
    for (unsigned i = 0; i < 4; i++) {
        const unsigned index = rd(&b, agc[i]) >> 9 & 0x7F;
        assert_in_range(index, 1, 112);
        assert_int_equal(index, 16);
    }
    assert_int_equal(rd(&b, 10), 0x3C00);       // both receivers are well
    assert_int_equal(rd(&b, 0x13) & 0x8000, 0); // the watchdog: not shifted down
}

static void driver_closes_and_opens(void **state)
{
    (void)state;
    bench_t b = linked(2, true);
    wr(&b, 0, rd(&b, 0) | 0x0800);
    assert_false(b.s.core.link);
    assert_int_equal(rd(&b, 0x11), 0);
    driver_resets_hard(&b);
    wr(&b, 0, rd(&b, 0) & 0xF7FF);
    driver_sets_up(&b);
    run(&b, AN);
    assert_true(driver_sees_link(&b));
}

static void driver_loops_back_without_a_cable(void **state)
{
    (void)state;
    bench_t b = power_good();
    driver_sets_up(&b);
    assert_false(driver_sees_link(&b));
    wr(&b, 0, 0x8140);
    wr(&b, 0, 0x4140);
    assert_true(b.s.core.link);
    assert_true(phy_core_loopback(&b.s.core));
    assert_int_equal(b.s.core.speed, 2);
    assert_true(b.s.core.fd);
    assert_true(driver_sees_link(&b));
    assert_int_equal(rd(&b, 0x11), 0xC000);
    wr(&b, 0, (rd(&b, 0) & 0xBFFF) | 0x8000);
    assert_false(b.s.core.link);
    assert_false(phy_core_loopback(&b.s.core));
    assert_int_equal(rd(&b, 0) & 0xC000, 0);
}

// --- registers ---

// By address: those of registers 0 to Fh, and of pages.
static const struct {
    uint16_t address, reset, stored;
} known[] = {
    // register 0 without reset, loopback, power-down, restart
    {0x00, 0x1140, 0x35C0},   {0x01, 0x7949, 0},      {0x02, 0x02A8, 0},
    {0x03, 0x0391, 0},        {0x04, 0x0DE1, 0xBFFF}, {0x09, 0x0E00, 0xFF00},
    {0x0F, 0x3000, 0},        {0x10, 0x0120, 0xFFFF}, {0x12, 0x0000, 0xFFFF},
    {0x14, 0x0000, 0xFFFF},   {0x19, 0x0043, 0xFFFF}, {0x1B, 0x0000, 0xFFFF},
    {0x11B1, 0x2000, 0x0000}, {0x12B1, 0x2000, 0},    {0x14B1, 0x2000, 0},
    {0x18B1, 0x2000, 0},
};
enum { KNOWN = sizeof known / sizeof known[0] };

static void reset_value(unsigned address, uint16_t *reset, uint16_t *stored)
{
    *reset = *stored = 0;
    for (unsigned i = 0; i < KNOWN; i++)
        if (known[i].address == address) *reset = known[i].reset, *stored = known[i].stored;
}

// Pages that have registers, their neighbours, and every single bit of the page.
static unsigned page_of(unsigned i)
{
    static const uint16_t pages[] = {0x0000, 0x00A0, 0x11A0, 0x12A0,
                                     0x14A0, 0x18A0, 0x1180, 0xFFE0};
    return i < 8 ? pages[i] : 0x20u << (i - 8);
}
enum { PAGES = 8 + 11 };

static void every_register_answers_with_its_reset_value(void **state)
{
    (void)state;
    bench_t b = power_good();
    for (unsigned p = 0; p < PAGES; p++)
        for (unsigned reg = 0; reg < 31; reg++) {
            const unsigned address = reg < 16 ? reg : page_of(p) | reg;
            uint16_t want, stored;
            reset_value(address, &want, &stored);
            assert_int_equal(rd(&b, address), want);
        }
    assert_int_equal(b.s.core.speed, 2);
    assert_true(b.s.core.fd);
    assert_false(b.s.core.link);
}

static void registers_store_exactly_their_writable_bits(void **state)
{
    (void)state;
    static const uint16_t pattern[] = {0x5A5A, 0xA5A5, 0x0000, 0xFFFF};
    for (unsigned i = 0; i < PAGES * 31; i++) {
        const unsigned reg = i % 31, address = reg < 16 ? reg : page_of(i / 31) | reg;
        if (reg < 16 && i >= 31) continue;
        bench_t b = power_good();
        uint16_t reset, stored;
        reset_value(address, &reset, &stored);
        for (unsigned p = 0; p < 4; p++) {
            const uint16_t v = reg == 0 ? pattern[p] & (uint16_t)~0xCA00 : pattern[p];
            wr(&b, address, v);
            assert_int_equal(rd(&b, address), (reset & ~stored) | (v & stored));
        }
        for (unsigned o = 0; o < KNOWN; o++)
            if (known[o].address != address)
                assert_int_equal(rd(&b, known[o].address), known[o].reset);
    }
}

static void page_register_is_in_all_pages_and_reads_back(void **state)
{
    (void)state;
    bench_t b = power_good();
    assert_int_equal(mdic(&b, 2, 0x1F, 0), 0);
    for (unsigned v = 0; v < 0x10000; v += 0x0FFD) {
        mdic(&b, 1, 0x1F, v);
        assert_int_equal(mdic(&b, 2, 0x1F, 0), v);
        assert_int_equal(mdic(&b, 2, 2, 0), 0x02A8); // registers 0 to Fh do not look at it
    }
    mdic(&b, 1, 0x1F, 0x11B1);
    assert_int_equal(mdic(&b, 2, 0x11, 0), 0x2000);
    mdic(&b, 1, 0x1F, 0x11A0); // the lower bits do not count
    assert_int_equal(mdic(&b, 2, 0x11, 0), 0x2000);
    assert_int_equal(mdic(&b, 2, 0x10, 0), 0);
    mdic(&b, 1, 0x10, 0xFFFF);
    assert_int_equal(rd(&b, 0x10), 0x0120);
}

static void port_status_follows_the_link(void **state)
{
    (void)state;
    static const uint16_t want[] = {0x4000, 0x8000, 0xC000};
    for (uint8_t speed = 0; speed < 3; speed++) {
        bench_t b = linked(speed, false);
        assert_int_equal(rd(&b, 0x11), want[speed]);
        wr(&b, 0x11, 0xFFFF);
        assert_int_equal(rd(&b, 0x11), want[speed]);
        partner(&b, false, speed, false);
        step(&b);
        assert_int_equal(rd(&b, 0x11), 0);
    }
}

static void master_follows_the_manual_setting_alone(void **state)
{
    (void)state;
    static const uint16_t t[][2] = {
        {0x1A00, 0x7C00}, {0x1E00, 0x7C00}, {0x1200, 0x3C00}, {0x1600, 0x3C00}, // manual
        {0x0200, 0x3C00}, {0x0A00, 0x3C00}, {0x0600, 0x3C00}, {0x0E00, 0x3C00},
    };
    for (unsigned i = 0; i < 8; i++) {
        bench_t b = power_good();
        partner(&b, true, 2, false);
        wr(&b, 9, t[i][0]);
        wr(&b, 0, 0x1340);
        run(&b, AN);
        assert_int_equal(rd(&b, 10), t[i][1]);
    }
}

// --- resets ---

static void software_reset_keeps_configuration(void **state)
{
    (void)state;
    static const uint8_t kept[] = {4, 9, 0x10, 0x12, 0x14, 0x19, 0x1B};
    bench_t b = linked(2, true);
    uint16_t before[sizeof kept];
    for (unsigned i = 0; i < sizeof kept; i++) wr(&b, kept[i], 0xA500 + kept[i]);
    for (unsigned i = 0; i < sizeof kept; i++) before[i] = rd(&b, kept[i]);
    mdic(&b, 1, 0x1F, 0x11B1);
    partner(&b, false, 0, false);
    mdic(&b, 1, 0, 0x8000 | 0x2480);
    assert_false(b.s.core.link);
    assert_int_equal(mdic(&b, 2, 0x1F, 0), 0x11B1);
    assert_int_equal(rd(&b, 0), 0x2000);
    assert_int_equal(rd(&b, 1), 0x7949);
    assert_int_equal(rd(&b, 5), 0);
    assert_int_equal(rd(&b, 10), 0);
    assert_int_equal(rd(&b, 0x11), 0);
    for (unsigned i = 0; i < sizeof kept; i++) assert_int_equal(rd(&b, kept[i]), before[i]);
}

static void hardware_reset_clears_everything(void **state)
{
    (void)state;
    bench_t b = linked(1, true);
    for (unsigned reg = 1; reg < 31; reg++) wr(&b, reg, 0xA5A5);
    wr(&b, 0, 0x0100);
    partner(&b, false, 1, true);
    driver_resets_hard(&b);
    assert_int_equal(b.s.page, 0);
    for (unsigned i = 0; i < KNOWN; i++) assert_int_equal(rd(&b, known[i].address), known[i].reset);
    partner(&b, true, 1, true);
    run(&b, AN + 1);
    assert_true(b.s.core.link);
    b.in.phy_rst = true; // nobody answers
    const uint32_t word = 1u << 26 | 1u << 21 | 0x10u << 16 | 0xFFFF;
    b.in.csr = (csr_t){.valid = true, .write = true, .id = IGB_R_MDIC, .wdata = word};
    run(&b, MDC + 1);
    assert_int_equal(b.s.core.mdic, word | MDIC_R | MDIC_E);
    b.in.phy_rst = false;
    step(&b);
    assert_int_equal(rd(&b, 0x10), 0x0120);
}

static void mac_reset_leaves_the_phy_alone(void **state)
{
    (void)state;
    bench_t b = linked(2, true);
    wr(&b, 0x10, 0x1234);
    const phy_igp3_t before = b.s;
    b.in.reset = true;
    run(&b, NIC_ResetCyc);
    b.in.reset = false;
    assert_int_equal(b.s.core.mdic, 0);
    b.s.core.mdic = before.core.mdic;
    assert_memory_equal(&before, &b.s, sizeof before);
}

// --- MDIC ---

static void mdic_takes_its_time_and_hears_its_own_number_alone(void **state)
{
    (void)state;
    bench_t b = power_good();
    run(&b, 10);
    const phy_igp3_t before = b.s;
    const uint32_t word = 2u << 26 | 1u << 21 | 0x19u << 16 | MDIC_I;
    for (uint16_t id = 0; id < IGB_R_COUNT; id++) {
        b.in.csr = (csr_t){.valid = id != IGB_R_MDIC, .write = true, .id = id, .wdata = word};
        step(&b);
    }
    assert_memory_equal(&before, &b.s, sizeof before);
    b.in.csr = (csr_t){.valid = true, .write = true, .id = IGB_R_MDIC, .wdata = word};
    step(&b);
    const uint64_t written = b.now - 1;
    assert_int_equal(phy_igp3_quiet(&b.s), written + MDC);
    run(&b, MDC - 1);
    assert_int_equal(b.s.core.mdic, word);
    step(&b);
    assert_int_equal(b.s.core.mdic, word | MDIC_R | 0x0043);
    assert_int_equal(b.s.core.mdac_cyc, written + MDC + 1);
    assert_true(phy_igp3_quiet(&b.s) == NIC_NEVER);
}

// --- scheduling ---

static void ticking_only_when_due_gives_the_same_state(void **state)
{
    (void)state;
    static const uint16_t ctrl[] = {0x1140, 0x1340, 0x9140, 0x1940, 0x4140, 0x8100, 0xA100, 0x0140};
    uint64_t x = 0x9E3779B97F4A7C15u, due = 0, visits = 0;
    bench_t each = power_good(), sparse = power_good();
    phy_in_t in;
    memset(&in, 0, sizeof in);
    const uint64_t end = 5000000;
    for (uint64_t now = 0; now < end; now++) {
        const bool change = now == due;
        in.csr = (csr_t){0};
        if (change) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            const uint32_t reg = x >> 8 & 31, op = 1 + (x >> 13 & 1);
            const uint32_t data = reg == 0 ? ctrl[x >> 16 & 7] : (uint32_t)(x >> 16 & 0xFFFF);
            switch (x & 15) {
            case 0: in.lp_present = (x >> 40 & 3) != 0; break;
            case 1: in.lp_speed = x >> 40 & 3; break;
            case 2: in.phy_rst = (x >> 40 & 3) == 0; break;
            case 3: in.reset = (x >> 40 & 3) == 0; break;
            default:
                in.csr = (csr_t){.valid = true,
                                 .write = true,
                                 .id = IGB_R_MDIC,
                                 .wdata = op << 26 | 1u << 21 | reg << 16 | data};
                break;
            }
            due = now + 1 + ((x >> 50 & 7) == 0 ? AN : (x >> 53) % (MDC + 100));
        }
        in.now = now;
        phy_igp3_tick(&each.s, &in);
        if (change || phy_igp3_quiet(&sparse.s) <= now) {
            phy_igp3_tick(&sparse.s, &in);
            visits++;
        }
        if (memcmp(&each.s, &sparse.s, sizeof each.s) != 0)
            fail_msg("cycle %llu: states differ", (unsigned long long)now);
    }
    assert_true(visits < end / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(driver_identifies_the_phy),
        cmocka_unit_test(driver_sets_up_the_link),
        cmocka_unit_test(driver_asks_for_polarity_and_cable),
        cmocka_unit_test(driver_closes_and_opens),
        cmocka_unit_test(driver_loops_back_without_a_cable),
        cmocka_unit_test(every_register_answers_with_its_reset_value),
        cmocka_unit_test(registers_store_exactly_their_writable_bits),
        cmocka_unit_test(page_register_is_in_all_pages_and_reads_back),
        cmocka_unit_test(port_status_follows_the_link),
        cmocka_unit_test(master_follows_the_manual_setting_alone),
        cmocka_unit_test(software_reset_keeps_configuration),
        cmocka_unit_test(hardware_reset_clears_everything),
        cmocka_unit_test(mac_reset_leaves_the_phy_alone),
        cmocka_unit_test(mdic_takes_its_time_and_hears_its_own_number_alone),
        cmocka_unit_test(ticking_only_when_due_gives_the_same_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
