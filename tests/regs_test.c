// SPDX-License-Identifier: Apache-2.0
// The register table of rtl/regs_82540em.def against the device, row by row; the driver's register test; the two ways to
// the registers (memory and I/O BAR).
#include "tests/dev_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { SPACE = 0x20000, RST = 1 << 26 };

static const uint32_t patterns[4] = {0x5A5A5A5A, 0xA5A5A5A5, 0, 0xFFFFFFFF};

// A device whose registers can be reached and that makes no DMA.
static bench_t *quiet_device(void)
{
    bench_t *b = bench_open();
    bench_put(b, NIC_SPACE_CFG, 0xF, 4, 3);
    return b;
}

static bool is_row(const reg_row_t *r, const char *name)
{
    return strcmp(r->name, name) == 0;
}

// What the table's reset value becomes by the EEPROM.
static uint32_t power_on(const reg_row_t *r, uint32_t i)
{
    if (is_row(r, "RAL") && i == 0) return 0x00000002;
    if (is_row(r, "RAH") && i == 0) return 0x80000100;
    if (is_row(r, "STATUS")) return 0x00000881; // FD, 1000, PCI66
    return r->reset;
}

static bool plain(const reg_row_t *r)
{
    return r->access == ACC_RW || r->access == ACC_RWSC || r->access == ACC_HEAD ||
           r->access == ACC_TAIL;
}

static void reset_values(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    bench_run(b, 100);
    for (unsigned k = 0; k < reg_row_count; k++) {
        const reg_row_t *r = &reg_rows[k];
        for (uint32_t i = 0; i < r->count; i++) {
            const uint32_t v = bench_rd(b, r->off + i * r->stride);
            if (v != power_on(r, i)) fail_msg("%s[%u] reads %08x after power-good", r->name, i, v);
            assert_int_equal(nic_peek(b->nic, r->off + i * r->stride), v);
        }
    }
    bench_close(b);
}

static void writable_bits_store_and_no_others(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    for (unsigned k = 0; k < reg_row_count; k++) {
        const reg_row_t *r = &reg_rows[k];
        if (!plain(r)) continue;
        const uint32_t keep_off = is_row(r, "CTRL") || is_row(r, "CTRL_DUP") ? RST
                                  : is_row(r, "CTRL_EXT")                    ? 0x2000
                                                                             : 0;
        for (uint32_t i = 0; i < r->count; i++) {
            const uint32_t off = r->off + i * r->stride;
            for (int p = 0; p < 4; p++) {
                bench_wr(b, off, patterns[p] & ~keep_off);
                uint32_t want = patterns[p] & ~keep_off & r->wmask;
                if (is_row(r, "PBA")) want |= (want < 64 ? 64 - want : 0) << 16;
                const uint32_t v = bench_rd(b, off);
                if (v != want)
                    fail_msg("%s[%u]: %08x written, %08x read, expected %08x", r->name, i,
                             patterns[p], v, want);
            }
            if (r->count > 1) bench_wr(b, off, i * 0x01010101u); // each element its own
        }
        for (uint32_t i = 0; i < r->count && r->count > 1; i++)
            assert_int_equal(bench_rd(b, r->off + i * r->stride), i * 0x01010101u & r->wmask);
        bench_wr(b, r->off, r->reset); // the next register finds this one harmless
    }
    assert_int_equal(b->tlps, 0);
    bench_close(b);
}

static void self_clearing_bits_read_zero(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    bench_wr(b, E1000_TCTL, FMASK(E1000_TCTL_SWXOFF) | FMASK(E1000_TCTL_EN));
    assert_int_equal(bench_rd(b, E1000_TCTL), FMASK(E1000_TCTL_EN));
    bench_wr(b, E1000_RDTR, 0x80000005);
    assert_int_equal(bench_rd(b, E1000_RDTR), 5);
    bench_wr(b, E1000_CTRL_EXT, 0x3100);
    assert_int_equal(bench_rd(b, E1000_CTRL_EXT), 0x100);
    bench_close(b);
}

static void control_has_two_addresses(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    bench_wr(b, E1000_CTRL_DUP, 0x40001240);
    assert_int_equal(bench_rd(b, E1000_CTRL), 0x40001240);
    bench_wr(b, E1000_CTRL, 0x00000A41);
    assert_int_equal(bench_rd(b, E1000_CTRL_DUP), 0x00000A41);
    bench_wr(b, E1000_VET, 0x1234);
    bench_wr(b, E1000_CTRL_DUP, 0x00000A41 | RST);
    assert_int_equal(bench_rd(b, E1000_CTRL_DUP) & RST, RST);
    bench_run(b, 200);
    assert_int_equal(bench_rd(b, E1000_VET), 0);
    bench_close(b);
}

// A second EEPROM load changes only what comes from the EEPROM.
static void eeprom_reload(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    bench_wr(b, E1000_RAL, 0x44332211);
    bench_wr(b, E1000_RAH, 0x6655);
    bench_wr(b, E1000_RAH + 8, 0x80006655);
    bench_wr(b, E1000_CTRL, 0x40000040);
    bench_wr(b, E1000_VET, 0x8100);
    bench_wr(b, E1000_CTRL_EXT, 0x2100);
    assert_int_equal(bench_rd(b, E1000_RAL), 0x00000002);
    assert_int_equal(bench_rd(b, E1000_RAH), 0x80000100);
    assert_int_equal(bench_rd(b, E1000_RAH + 8), 0x80006655);
    assert_int_equal(bench_rd(b, E1000_CTRL), 0x40000841); // FD and FRCSPD are the EEPROM's
    assert_int_equal(bench_rd(b, E1000_VET), 0x8100);
    bench_close(b);
}

static void read_only_registers_ignore_writes(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    for (unsigned k = 0; k < reg_row_count; k++) {
        const reg_row_t *r = &reg_rows[k];
        if (r->access != ACC_RO && r->access != ACC_RC && r->access != ACC_RCL &&
            r->access != ACC_RCH)
            continue;
        for (uint32_t i = 0; i < r->count; i++) {
            const uint32_t off = r->off + i * r->stride, v = nic_peek(b->nic, off);
            for (int p = 0; p < 4; p++) {
                bench_wr(b, off, patterns[p]);
                if (nic_peek(b->nic, off) != v) fail_msg("%s changed by a write", r->name);
            }
        }
    }
    bench_close(b);
}

// The counters are set from inside: what they count is the business of other tests.
static void statistics_clear_when_read(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    uint32_t *count = b->nic->c.stats.count_q;
    for (unsigned k = 0; k < reg_row_count; k++) {
        const reg_row_t *r = &reg_rows[k];
        if (r->access != ACC_RC && r->access != ACC_RCL && r->access != ACC_RCH) continue;
        for (uint32_t i = 0; i < STATS_COUNT; i++) count[i] = 0xA0000 + i;
        const uint32_t at = r->first - E1000_R_CRCERRS;
        assert_int_equal(bench_rd(b, r->off), 0xA0000 + at);
        for (uint32_t i = 0; i < STATS_COUNT; i++) {
            bool cleared = r->access != ACC_RCL && i == at;
            cleared |= r->access == ACC_RCH && i == at - 1;
            if (count[i] != (cleared ? 0 : 0xA0000 + i))
                fail_msg("reading %s: counter %u is %x", r->name, i, count[i]);
        }
        assert_int_equal(bench_rd(b, r->off), r->access == ACC_RCL ? 0xA0000 + at : 0);
    }
    bench_close(b);
}

// A frame that is counted in the very cycle in which the counter is read is in the next reading.
static void a_count_survives_a_read_of_its_cycle(void **state)
{
    (void)state;
    static const uint32_t regs[] = {E1000_GPRC, E1000_TPR,  E1000_GORCH,
                                    E1000_RNBC, E1000_GPTC, E1000_TPT};
    for (size_t k = 0; k < sizeof regs / sizeof regs[0]; k++) {
        uint64_t when = 0; // first cycle in which the counter reads 1
        for (int off = -4; off <= 3; off++) {
            bench_t *b = bench_open();
            bench_up(b, 2);
            bench_tx(b, 64);
            bench_wr(b, E1000_RCTL, 0x8002); // no ring: RNBC
            bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x0B);
            bench_run(b, 50);
            uint8_t f[64];
            bench_make(f, bench_mac, 64, 1);
            const uint64_t at = bench_now(b) + 100;
            bench_send_at(b, at, f, 64, true, false);
            bench_wr_at(b, at, E1000_TDT, 1);
            const uint32_t low = regs[k] == E1000_GORCH ? E1000_GORCL : regs[k];
            if (off == -4) { // look when
                while (nic_peek(b->nic, low) == 0) bench_run(b, 1);
                when = bench_now(b) - 1;
                assert_true(when < at + 1000);
            } else {
                // Counted in tick when - 0: the read pulse lies `off` cycles from it.
                bench_rd_at(b, when - 1 + (uint64_t)off, regs[k]);
                bench_run(b, 1000);
                const uint32_t left = nic_peek(b->nic, low), one = low == E1000_GORCL ? 64 : 1;
                if (left != (off > 0 ? 0 : one))
                    fail_msg("register %05x read %+d cycles from its event: %u left", regs[k], off,
                             left);
                if (low == regs[k])
                    assert_int_equal(b->reply[b->replies - 1].data, off > 0 ? 1 : 0);
            }
            bench_close(b);
        }
    }
}

static void commands_work(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    bench_wr(b, E1000_EERD, 0x0001);
    bench_run(b, NIC_EerdCyc - 4);
    assert_int_equal(bench_rd(b, E1000_EERD) & 0x10, 0);
    bench_run(b, 10);
    assert_int_equal(bench_rd(b, E1000_EERD), 0x00020010);
    bench_wr(b, E1000_EECD, 0x40);
    assert_int_equal(bench_rd(b, E1000_EECD) & 0xC0, 0xC0);
    bench_wr(b, E1000_EECD, 0);
    bench_wr(b, E1000_MDIC, 0x08220000); // PHY register 2
    assert_int_equal(bench_rd(b, E1000_MDIC) & FMASK(E1000_MDIC_R), 0);
    bench_run(b, NIC_MdicCyc);
    assert_int_equal(bench_rd(b, E1000_MDIC), 0x18220141);
    bench_close(b);
}

static void kept_values_survive_reset_and_others_do_not(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    for (unsigned k = 0; k < reg_row_count; k++) {
        const reg_row_t *r = &reg_rows[k];
        if (is_row(r, "CTRL") || is_row(r, "CTRL_DUP") || is_row(r, "CTRL_EXT")) continue;
        const uint32_t w = is_row(r, "PBA") ? 40 : is_row(r, "MDIC") ? 0x04001234 : 0xFFFFFFFF;
        for (uint32_t i = 0; i < r->count; i++) bench_wr(b, r->off + i * r->stride, w);
    }
    for (uint32_t i = 0; i < STATS_COUNT; i++) b->nic->c.stats.count_q[i] = i + 1;
    bench_wr(b, E1000_CTRL_EXT, 0xFFFFDFFF);
    bench_run(b, 10000); // MDIC and the EEPROM have finished
    bench_wr(b, E1000_CTRL, 0xFFFFFFFF & ~0x80000000u);
    bench_run(b, NIC_ResetCyc + 10);
    for (unsigned k = 0; k < reg_row_count; k++) {
        const reg_row_t *r = &reg_rows[k];
        for (uint32_t i = 0; i < r->count; i++) {
            uint32_t want = r->keep ? r->wmask : r->reset;
            if (is_row(r, "PBA")) want = 40 | 24 << 16;
            if (is_row(r, "RAH")) want &= 0x7FFFFFFF;
            if (i == 0 && (is_row(r, "RAL") || is_row(r, "RAH"))) want = power_on(r, 0);
            if (is_row(r, "STATUS")) want = power_on(r, 0);
            if (is_row(r, "CTRL") || is_row(r, "CTRL_DUP"))
                want |= FMASK(E1000_CTRL_SDP01_DIR); // directions of the pins are kept
            if (is_row(r, "CTRL_EXT")) want |= FMASK(E1000_CTRL_EXT_SDP67_DIR);
            const uint32_t v = bench_rd(b, r->off + i * r->stride);
            if (v != want)
                fail_msg("%s[%u] reads %08x after CTRL.RST, expected %08x", r->name, i, v, want);
        }
    }
    bench_close(b);
}

static uint64_t everything(bench_t *b)
{
    uint64_t h = 1469598103934665603ull;
    for (uint32_t off = 0; off < SPACE; off += 4)
        h = (h ^ nic_peek(b->nic, off) ^ off) * 1099511628211ull;
    return h;
}

static void nothing_is_at_other_offsets(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    static uint8_t taken[SPACE / 4];
    memset(taken, 0, sizeof taken);
    for (unsigned k = 0; k < reg_row_count; k++)
        for (uint32_t i = 0; i < reg_rows[k].count; i++) {
            assert_int_equal(taken[(reg_rows[k].off + i * reg_rows[k].stride) / 4], 0);
            taken[(reg_rows[k].off + i * reg_rows[k].stride) / 4] = 1;
        }
    const uint64_t before = everything(b);
    uint32_t holes = 0;
    for (uint32_t off = 0; off < SPACE; off += 4) {
        if (taken[off / 4]) continue;
        bench_wr(b, off, 0xFFFFFFFF);
        if (bench_rd(b, off) != 0)
            fail_msg("offset %05x reads %08x", off, b->reply[b->replies - 1].data);
        holes++;
    }
    assert_true(holes > 10000);
    assert_true(everything(b) == before);
    assert_int_equal(b->tlps + b->edges + b->frames, 0);
    bench_close(b);
}

static void narrow_writes_are_ignored_and_narrow_reads_are_whole(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    bench_wr(b, E1000_FCAL, 0x12345678);
    bench_wr(b, E1000_ICS, 0x55);
    const uint64_t before = everything(b);
    static const uint32_t regs[] = {E1000_FCAL, E1000_CTRL, E1000_ICS, E1000_ICR,  E1000_IMS,
                                    E1000_RDT,  E1000_RDH,  E1000_MTA, E1000_TCTL, E1000_PBM,
                                    E1000_EERD, E1000_EECD, E1000_MDIC};
    for (uint8_t be = 0; be < 15; be++) {
        for (size_t k = 0; k < sizeof regs / sizeof regs[0]; k++)
            bench_put(b, NIC_SPACE_MEM, be, regs[k], 0xFFFFFFFF);
        assert_true(everything(b) == before);
        assert_int_equal(bench_get(b, NIC_SPACE_MEM, be, E1000_FCAL), 0x12345678);
        assert_int_equal(bench_get(b, NIC_SPACE_MEM, be, E1000_ICS), 0x55);
    }
    assert_int_equal(bench_get(b, NIC_SPACE_MEM, 0x8, E1000_ICR),
                     0x55); // side effects of a narrow read are whole too
    assert_int_equal(bench_rd(b, E1000_ICR), 0);
    bench_close(b);
}

static void disabled_spaces_do_not_answer(void **state)
{
    (void)state;
    bench_t *b = bench_open(); // command register 0
    bench_wr(b, E1000_VET, 0x1234);
    assert_int_equal(bench_rd(b, E1000_VET), 0xFFFFFFFF);
    bench_put(b, NIC_SPACE_IO, 0xF, 0, E1000_VET);
    bench_put(b, NIC_SPACE_IO, 0xF, 4, 0x1234);
    assert_int_equal(bench_get(b, NIC_SPACE_IO, 0xF, 4), 0xFFFFFFFF);
    assert_int_equal(bench_get(b, NIC_SPACE_IO, 0xF, 0), 0xFFFFFFFF);
    bench_put(b, NIC_SPACE_CFG, 0xF, 4, 3);
    assert_int_equal(bench_rd(b, E1000_VET), 0);
    assert_int_equal(bench_get(b, NIC_SPACE_IO, 0xF, 0), 0); // IOADDR heard nothing either
    bench_close(b);
}

// ---- the I/O BAR ----

static void io_put(bench_t *b, uint32_t off, uint32_t v)
{
    bench_put(b, NIC_SPACE_IO, 0xF, 0, off);
    bench_put(b, NIC_SPACE_IO, 0xF, 4, v);
}

static uint32_t io_get(bench_t *b, uint32_t off)
{
    bench_put(b, NIC_SPACE_IO, 0xF, 0, off);
    return bench_get(b, NIC_SPACE_IO, 0xF, 4);
}

static void io_window_has_the_same_side_effects(void **state)
{
    (void)state;
    bench_t *b = quiet_device();
    bench_put(b, NIC_SPACE_IO, 0xF, 0, 0xFFFFFFFF);
    assert_int_equal(bench_get(b, NIC_SPACE_IO, 0xF, 0), 0x000FFFFF); // 31:20 read 0
    io_put(b, E1000_VET, 0xABCD8100);
    assert_int_equal(bench_rd(b, E1000_VET), 0x8100);
    assert_int_equal(io_get(b, E1000_VET), 0x8100);
    io_put(b, E1000_MTA + 4 * 77, 0xCAFEF00D);
    assert_int_equal(bench_rd(b, E1000_MTA + 4 * 77), 0xCAFEF00D);
    io_put(b, E1000_IMS, 0x10);
    io_put(b, E1000_ICS, 0x10); // ICS through ports makes an interrupt
    bench_run(b, 5);
    assert_int_equal(b->edges, 1);
    assert_int_equal(io_get(b, E1000_ICR), 0x10); // and reading ICR ends it
    bench_run(b, 5);
    assert_int_equal(b->edges, 2);
    b->nic->c.stats.count_q[E1000_R_GPRC - E1000_R_CRCERRS] = 7;
    assert_int_equal(io_get(b, E1000_GPRC), 7);
    assert_int_equal(io_get(b, E1000_GPRC), 0);
    bench_put(b, NIC_SPACE_IO, 0xF, 0, E1000_VET);
    bench_put(b, NIC_SPACE_IO, 0x3, 4, 0x4321); // dwords only
    assert_int_equal(bench_rd(b, E1000_VET), 0x8100);
    for (uint32_t port = 8; port < 64; port += 4) {
        bench_put(b, NIC_SPACE_IO, 0xF, port, 0xFFFFFFFF);
        assert_int_equal(bench_get(b, NIC_SPACE_IO, 0xF, port), 0);
    }
    io_put(b, 0x20000 + E1000_VET, 0x1111); // no register up there
    io_put(b, 0x80000 + E1000_VET, 0x1111);
    assert_int_equal(io_get(b, 0x20000 + E1000_VET), 0);
    assert_int_equal(bench_rd(b, E1000_VET), 0x8100);
    // The reset as the driver makes it. IOADDR survives it.
    const uint32_t ctrl = bench_rd(b, E1000_CTRL);
    io_put(b, E1000_CTRL, ctrl | RST);
    assert_int_equal(bench_get(b, NIC_SPACE_IO, 0xF, 4) & RST, RST);
    bench_run(b, NIC_ResetCyc);
    assert_int_equal(bench_rd(b, E1000_CTRL), ctrl);
    assert_int_equal(bench_rd(b, E1000_VET), 0);
    bench_put(b, NIC_SPACE_IO, 0xF, 0, 0x12345);
    bench_wr(b, E1000_CTRL, ctrl | RST);
    bench_run(b, 200);
    assert_int_equal(bench_get(b, NIC_SPACE_IO, 0xF, 0), 0x12345);
    bench_close(b);
}

// ---- the register part of the driver's self-test ----

static void pattern(bench_t *b, uint32_t off, uint32_t mask, uint32_t write)
{
    for (int p = 0; p < 4; p++) {
        bench_wr(b, off, patterns[p] & write);
        const uint32_t v = bench_rd(b, off);
        if (v != (patterns[p] & write & mask)) fail_msg("register %05x: %08x", off, v);
    }
}

static void set_check(bench_t *b, uint32_t off, uint32_t mask, uint32_t v)
{
    bench_wr(b, off, v & mask);
    assert_int_equal(bench_rd(b, off) & mask, v & mask);
}

static void register_self_test(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_forget(b);
    const uint32_t status = bench_rd(b, E1000_STATUS);
    bench_wr(b, E1000_STATUS, 0xFFFFF833);
    assert_int_equal(bench_rd(b, E1000_STATUS) & 0xFFFFF833, status & 0xFFFFF833);
    static const struct {
        uint32_t off, mask, write;
    } t[] = {
        {E1000_FCAL, 0xFFFFFFFF, 0xFFFFFFFF},  {E1000_FCAH, 0x0000FFFF, 0xFFFFFFFF},
        {E1000_FCT, 0x0000FFFF, 0xFFFFFFFF},   {E1000_VET, 0x0000FFFF, 0xFFFFFFFF},
        {E1000_RDTR, 0x0000FFFF, 0xFFFFFFFF},  {E1000_RDBAH, 0xFFFFFFFF, 0xFFFFFFFF},
        {E1000_RDLEN, 0x000FFF80, 0x000FFFFF}, {E1000_RDH, 0x0000FFFF, 0x0000FFFF},
        {E1000_RDT, 0x0000FFFF, 0x0000FFFF},   {E1000_FCRTH, 0x0000FFF8, 0x0000FFF8},
        {E1000_FCTTV, 0x0000FFFF, 0x0000FFFF}, {E1000_TIPG, 0x3FFFFFFF, 0x3FFFFFFF},
        {E1000_TDBAH, 0xFFFFFFFF, 0xFFFFFFFF}, {E1000_TDLEN, 0x000FFF80, 0x000FFFFF},
    };
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) pattern(b, t[i].off, t[i].mask, t[i].write);
    set_check(b, E1000_RCTL, 0xFFFFFFFF, 0);
    set_check(b, E1000_RCTL, 0x06DFB3FE, 0x003FFFFB);
    // Frames come while the receiver is on and the ring is nonsense.
    uint8_t f[64];
    bench_make(f, bench_bcast, 64, 1);
    bench_send(b, f, 64);
    bench_run(b, 2000);
    set_check(b, E1000_TCTL, 0xFFFFFFFF, 0);
    set_check(b, E1000_RCTL, 0x06DFB3FE, 0xFFFFFFFF);
    bench_send(b, f, 64);
    bench_run(b, 2000);
    pattern(b, E1000_RDBAL, 0xFFFFFFF0, 0xFFFFFFFF);
    pattern(b, E1000_TXCW, 0xC000FFFF, 0x0000FFFF);
    pattern(b, E1000_TDBAL, 0xFFFFFFF0, 0xFFFFFFFF);
    pattern(b, E1000_TIDV, 0x0000FFFF, 0x0000FFFF);
    for (uint32_t i = 0; i < 15; i++) pattern(b, E1000_RAH + 8 * i, 0x8003FFFF, 0xFFFFFFFF);
    for (uint32_t i = 0; i < 128; i++) pattern(b, E1000_MTA + 4 * i, 0xFFFFFFFF, 0xFFFFFFFF);
    bench_run(b, 2000);
    assert_int_equal(b->tlps, 0);
    assert_int_equal(b->edges, 0);
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_values),
        cmocka_unit_test(writable_bits_store_and_no_others),
        cmocka_unit_test(self_clearing_bits_read_zero),
        cmocka_unit_test(control_has_two_addresses),
        cmocka_unit_test(eeprom_reload),
        cmocka_unit_test(read_only_registers_ignore_writes),
        cmocka_unit_test(statistics_clear_when_read),
        cmocka_unit_test(a_count_survives_a_read_of_its_cycle),
        cmocka_unit_test(commands_work),
        cmocka_unit_test(kept_values_survive_reset_and_others_do_not),
        cmocka_unit_test(nothing_is_at_other_offsets),
        cmocka_unit_test(narrow_writes_are_ignored_and_narrow_reads_are_whole),
        cmocka_unit_test(disabled_spaces_do_not_answer),
        cmocka_unit_test(io_window_has_the_same_side_effects),
        cmocka_unit_test(register_self_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
