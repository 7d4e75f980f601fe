// SPDX-License-Identifier: Apache-2.0
// Configuration spaces of the 82576: every dword of PF and VFs, capabilities, what a host does to
// size, enable and reset them, VFs that come and go.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/pci_config_82576.h"

#define ID        0x10C98086u
#define SUBSYSTEM 0xA03C8086u
#define VF_DEVICE 0x10CAu

enum { COMMAND = 0x04, PMCSR = 0x44, MSI = 0x50, MSIX = 0x70, DEVCTL = 0xA8 };
enum { CTL = 0x168, NUM = 0x170, VFE = 1, MSE = 8 };
enum { FLR = 0x8000 };

static pci_config_82576_t s;
static uint64_t now;

static void fresh(void)
{
    memset(&s, 0xA5, sizeof s);
    pci_config_82576_reset(&s, ID, SUBSYSTEM, VF_DEVICE);
    now = 100;
}

static void tick(pci_config_82576_in_t in)
{
    in.now = now;
    pci_config_82576_tick(&s, &in);
    now++;
}

static void write_be(unsigned func, unsigned addr, uint8_t be, uint32_t v)
{
    tick((pci_config_82576_in_t){
        .valid = true, .write = true, .func = (uint8_t)func, .addr = addr, .be = be, .wdata = v});
}

static void wr(unsigned func, unsigned addr, uint32_t v)
{
    write_be(func, addr, 0xF, v);
}

static uint32_t rd(unsigned func, unsigned addr)
{
    return pci_config_82576_read(&s, func, addr);
}

static pci_config_82576_out_t out(void)
{
    return pci_config_82576_out(&s, now);
}

static void vfs_on(unsigned n)
{
    wr(0, NUM, n);
    wr(0, CTL, VFE | MSE);
}

static uint32_t lanes(unsigned be)
{
    uint32_t m = 0;
    for (unsigned i = 0; i < 4; i++)
        if (be >> i & 1) m |= 0xFFu << 8 * i;
    return m;
}

// ---- the dwords ---------------------------------------------------------------------------------

// What the spaces have to be, written down apart from the table of the model: offset, reset value,
// bits that a write stores. Bits that writing 1 clears read 0 in all that follows.
static const uint32_t pf_want[][3] = {
    {0x000, 0x10C98086, 0},          {0x004, 0x00100000, 0x00000547},
    {0x008, 0x02000001, 0},          {0x00C, 0x00000000, 0x000000FF},
    {0x010, 0x00000000, 0xFFFE0000}, {0x018, 0x00000001, 0xFFFFFFE0},
    {0x01C, 0x00000000, 0xFFFFC000}, {0x02C, 0xA03C8086, 0},
    {0x034, 0x00000040, 0},          {0x03C, 0x00000100, 0x000000FF},
    {0x040, 0x48235001, 0},          {0x044, 0x00000008, 0x00001F03},
    {0x050, 0x01807005, 0x00010000}, {0x054, 0x00000000, 0xFFFFFFFC},
    {0x058, 0x00000000, 0xFFFFFFFF}, {0x05C, 0x00000000, 0x0000FFFF},
    {0x060, 0x00000000, 0x00000001}, {0x070, 0x0009A011, 0xC0000000},
    {0x074, 0x00000003, 0},          {0x078, 0x00002003, 0},
    {0x0A0, 0x00020010, 0},          {0x0A4, 0x10008CC2, 0},
    {0x0A8, 0x00002810, 0x000078FF}, {0x0AC, 0x00036C41, 0},
    {0x0B0, 0x10410000, 0x000000CB}, {0x0C4, 0x0000001F, 0},
    {0x0C8, 0x00000000, 0x0000001F}, {0x0D0, 0x00000001, 0},
    {0x100, 0x15010001, 0},          {0x108, 0x00000000, 0x0017F010},
    {0x10C, 0x00062010, 0x0017F010}, {0x114, 0x00002000, 0x000031C1},
    {0x150, 0x1601000E, 0},          {0x160, 0x00010010, 0},
    {0x168, 0x00000000, 0x00000019}, {0x16C, 0x00080008, 0},
    {0x170, 0x00000000, 0x0000FFFF}, {0x174, 0x00020080, 0},
    {0x178, 0x10CA0000, 0},          {0x17C, 0x00000553, 0},
    {0x180, 0x00000001, 0x00000553}, {0x184, 0x0000000C, 0xFFFFC000},
    {0x188, 0x00000000, 0xFFFFFFFF}, {0x190, 0x0000000C, 0xFFFFC000},
    {0x194, 0x00000000, 0xFFFFFFFF},
};
static const uint32_t vf_want[][3] = {
    {0x000, 0xFFFFFFFF, 0}, {0x004, 0x00100000, 0x00000004}, {0x008, 0x02000001, 0},
    {0x02C, 0xA03C8086, 0}, {0x034, 0x00000070, 0},          {0x070, 0x0002A011, 0xC0000000},
    {0x074, 0x00000003, 0}, {0x078, 0x00002003, 0},          {0x0A0, 0x00020010, 0},
    {0x0A4, 0x10008CC2, 0}, {0x0AC, 0x00036C41, 0},          {0x0B0, 0x10410000, 0},
    {0x0C4, 0x0000001F, 0}, {0x100, 0x15010001, 0},          {0x150, 0x0001000E, 0},
};

static const uint32_t *wanted(unsigned func, unsigned off)
{
    static const uint32_t none[3] = {0};
    if (func == 0) {
        for (unsigned i = 0; i < sizeof pf_want / sizeof pf_want[0]; i++)
            if (pf_want[i][0] == off) return pf_want[i];
    } else {
        for (unsigned i = 0; i < sizeof vf_want / sizeof vf_want[0]; i++)
            if (vf_want[i][0] == off) return vf_want[i];
    }
    return none;
}

// FLR and VFE do more than store.
static uint32_t plain(unsigned func, unsigned off, uint32_t v)
{
    if (off == DEVCTL) v &= ~(uint32_t)FLR;
    if (func == 0 && off == CTL) v &= ~(uint32_t)VFE;
    return v;
}

static void reset_values_are_those_of_the_specification(void **state)
{
    (void)state;
    fresh();
    for (unsigned off = 0; off < 4096; off++) {
        if (rd(0, off) != wanted(0, off & ~3u)[1]) fail_msg("PF %03x: %08x", off, rd(0, off));
        for (unsigned vf = 0; vf < 8; vf++) assert_int_equal(rd(1 + vf, off), 0xFFFFFFFF);
    }
    vfs_on(8);
    for (unsigned off = 0; off < 4096; off++)
        for (unsigned f = 1; f <= 8; f++)
            if (rd(f, off) != wanted(f, off & ~3u)[1]) fail_msg("VF %03x: %08x", off, rd(f, off));
    assert_int_equal(rd(0, 0x1004), 0);
    assert_int_equal(rd(9, 0), 0xFFFFFFFF);
    assert_int_equal(rd(255, 0), 0xFFFFFFFF);
    assert_true(pci_config_82576_quiet(&s) == NIC_NEVER);
}

static void straps_are_shown_where_they_belong(void **state)
{
    (void)state;
    pci_config_82576_reset(&s, 0x15188086, 0x12345678, 0xABCD);
    vfs_on(1);
    assert_int_equal(rd(0, 0x000), 0x15188086);
    assert_int_equal(rd(0, 0x02C), 0x12345678);
    assert_int_equal(rd(0, 0x178), 0xABCD0000);
    assert_int_equal(rd(1, 0x000), 0xFFFFFFFF);
    assert_int_equal(rd(1, 0x02C), 0x12345678);
    wr(0, DEVCTL, FLR);
    assert_int_equal(rd(0, 0x178), 0xABCD0000);
    assert_int_equal(rd(0, 0x02C), 0x12345678);
}

static void writes_store_exactly_the_writable_bits_of_the_enabled_bytes(void **state)
{
    (void)state;
    static const uint32_t pattern[] = {0x5A5A5A5A, 0xA5A5A5A5, 0xFFFFFFFF, 0x00000000};
    for (unsigned func = 0; func < 9; func += 4)
        for (unsigned off = 0; off < 4096; off += off < 0x1A0 ? 4 : 0x100)
            for (unsigned be = 0; be < 16; be++) {
                fresh();
                if (func) vfs_on(8);
                uint32_t v = wanted(func, off)[1];
                for (unsigned p = 0; p < 4; p++) {
                    const uint32_t w = plain(func, off, pattern[p]);
                    const uint32_t store = wanted(func, off)[2] & lanes(be);
                    uint32_t next = (v & ~store) | (w & store);
                    if (func == 0 && off == PMCSR && (next & 3) % 3 != 0)
                        next = (next & ~3u) | (v & 3); // no such power state
                    v = next;
                    write_be(func, off + (p & 3), (uint8_t)be, w);
                    if (rd(func, off) != v)
                        fail_msg("%u:%03x: %08x, not %08x", func, off, rd(func, off), v);
                }
                for (unsigned f = func ? 1 : 0; f < (func ? 9u : 1u); f++)
                    for (unsigned other = 0; other < 0x1A0; other += 4)
                        if (f != func || other != off)
                            assert_int_equal(rd(f, other), wanted(f, other)[1]);
            }
}

static void only_valid_writes_to_a_function_act(void **state)
{
    (void)state;
    fresh();
    const pci_config_82576_t before = s;
    pci_config_82576_in_t in = {.write = true, .addr = COMMAND, .be = 0xF, .wdata = UINT32_MAX};
    tick(in);
    in.valid = true;
    in.write = false;
    tick(in);
    in.write = true;
    in.addr = 0x1000 | COMMAND;
    tick(in);
    in.addr = COMMAND;
    in.func = 1; // not there
    tick(in);
    in.func = 9;
    tick(in);
    in.addr = DEVCTL;
    tick(in);
    in.func = 0;
    in.io = true;
    in.addr = 4; // IODATA is not here
    tick(in);
    assert_memory_equal(&before, &s, sizeof s);
}

// ---- the PF -------------------------------------------------------------------------------------

static void bars_size_as_the_specification_says(void **state)
{
    (void)state;
    static const uint32_t size[6] = {0xFFFE0000, 0, 0xFFFFFFE1, 0xFFFFC000, 0, 0};
    static const uint32_t vf_size[6] = {0xFFFFC00C, 0xFFFFFFFF, 0, 0xFFFFC00C, 0xFFFFFFFF, 0};
    fresh();
    for (unsigned i = 0; i < 6; i++) {
        wr(0, 0x10 + 4 * i, 0xFFFFFFFF);
        assert_int_equal(rd(0, 0x10 + 4 * i), size[i]);
        wr(0, 0x10 + 4 * i, 0xFEBD5234);
        wr(0, 0x184 + 4 * i, 0xFFFFFFFF);
        assert_int_equal(rd(0, 0x184 + 4 * i), vf_size[i]);
        wr(0, 0x184 + 4 * i, 0xA1234567 + i);
    }
    assert_int_equal(out().bar0, 0xFEBC0000);
    assert_int_equal(out().bar2, 0xFEBD5220);
    assert_int_equal(out().bar3, 0xFEBD4000);
    assert_true(out().vf_bar0 == 0xA1234568A1234000u);
    assert_true(out().vf_bar3 == 0xA123456BA1234000u);
    wr(0, 0x30, 0xFFFFFFFF); // no expansion ROM
    assert_int_equal(rd(0, 0x30), 0);
}

static void command_bits_drive_the_outputs(void **state)
{
    (void)state;
    fresh();
    for (unsigned v = 0; v < 0x800; v++) {
        write_be(0, COMMAND, 3, v);
        const pci_config_82576_out_t o = out();
        assert_int_equal(o.io_en, v & 1);
        assert_int_equal(o.decodes, v >> 1 & 1);
        assert_int_equal(o.may_request, v >> 2 & 1);
        assert_int_equal(o.intx_disable, v >> 10 & 1);
    }
}

static void status_events_stay_until_a_one_is_written(void **state)
{
    (void)state;
    fresh();
    vfs_on(2);
    tick((pci_config_82576_in_t){.status_set = 0xFFFF});
    tick((pci_config_82576_in_t){.status_func = 2, .status_set = 0x3000});
    tick((pci_config_82576_in_t){.status_func = 9, .status_set = 0xFFFF}); // nobody
    assert_int_equal(rd(0, COMMAND), 0xF9100000);
    assert_int_equal(rd(1, COMMAND), 0x00100000);
    assert_int_equal(rd(2, COMMAND), 0x30100000);
    write_be(0, COMMAND, 0x3, 0xFFFF0000); // the bytes are not enabled
    write_be(0, COMMAND, 0xC, 0x06FF0000);
    assert_int_equal(rd(0, COMMAND), 0xF9100000);
    write_be(2, COMMAND, 0xC, 0x20000000);
    assert_int_equal(rd(2, COMMAND), 0x10100000);
    tick((pci_config_82576_in_t){.valid = true,
                                 .write = true,
                                 .func = 2,
                                 .addr = COMMAND,
                                 .be = 0xF,
                                 .wdata = 0xFFFF0007,
                                 .status_func = 2,
                                 .status_set = 0x1000}); // set and clear in one cycle: set wins
    assert_int_equal(rd(2, COMMAND), 0x10100004);
}

static void levels_are_in_the_status_a_cycle_later(void **state)
{
    (void)state;
    fresh();
    vfs_on(8);
    tick((pci_config_82576_in_t){.intx = true, .msi_pending = true, .pending = 0x101});
    assert_int_equal(rd(0, COMMAND), 0x00180000);
    assert_int_equal(rd(0, 0x64), 1);
    assert_int_equal(rd(0, DEVCTL), 0x00202810);
    assert_int_equal(rd(1, DEVCTL), 0);
    assert_int_equal(rd(8, DEVCTL), 0x00200000);
    tick((pci_config_82576_in_t){.pending = 0x2});
    assert_int_equal(rd(0, COMMAND), 0x00100000);
    assert_int_equal(rd(0, 0x64), 0);
    assert_int_equal(rd(0, DEVCTL), 0x2810);
    assert_int_equal(rd(1, DEVCTL), 0x00200000);
    assert_int_equal(rd(8, DEVCTL), 0);
}

static void message_outputs_follow_their_capabilities(void **state)
{
    (void)state;
    fresh();
    vfs_on(3);
    assert_false(out().msi_en || out().msi_mask || out().msix_en || out().msix_mask);
    wr(0, MSI, 0xFFFFFFFF);
    wr(0, 0x54, 0xFEE01007);
    wr(0, 0x58, 0x12345678);
    wr(0, 0x5C, 0xABCD4021);
    wr(0, 0x60, 0xFFFFFFFF);
    pci_config_82576_out_t o = out();
    assert_true(o.msi_en && o.msi_mask);
    assert_true(o.msi_addr == 0x12345678FEE01004u);
    assert_int_equal(o.msi_data, 0x4021);
    assert_int_equal(rd(0, MSI), 0x01817005);
    write_be(0, MSIX, 0x8, 0x80000000);
    write_be(3, MSIX, 0x8, 0xC0000000);
    o = out();
    assert_int_equal(o.msix_en, 0x9);
    assert_int_equal(o.msix_mask, 0x8);
    write_be(3, MSIX, 0x8, 0x40000000);
    assert_int_equal(out().msix_en, 0x1);
    assert_int_equal(out().msix_mask, 0x8);
}

static void ioaddr_stores_20_bits_by_byte(void **state)
{
    (void)state;
    for (unsigned be = 0; be < 16; be++) {
        fresh();
        pci_config_82576_in_t in = {
            .valid = true, .write = true, .io = true, .be = 0xF, .wdata = UINT32_MAX, .addr = 3};
        tick(in);
        assert_int_equal(out().ioaddr, 0x000FFFFF);
        in.be = (uint8_t)be;
        in.wdata = 0x12345678;
        tick(in);
        assert_int_equal(out().ioaddr, 0xFFFFF & ((0x12345678 & lanes(be)) | ~lanes(be)));
        in.func = 1; // VFs have no I/O
        in.be = 0xF;
        in.wdata = 0;
        const uint32_t was = out().ioaddr;
        tick(in);
        assert_int_equal(out().ioaddr, was);
        assert_int_equal(rd(0, 0), ID);
        wr(0, DEVCTL, FLR);
        assert_int_equal(out().ioaddr, 0);
    }
}

static void d3_answers_configuration_only_in_all_functions(void **state)
{
    (void)state;
    fresh();
    wr(0, 0x10, 0xFEBC0000);
    wr(0, COMMAND, 0x107);
    vfs_on(1);
    wr(1, COMMAND, 4);
    assert_int_equal(out().decodes, 3);
    assert_int_equal(out().may_request, 3);
    for (unsigned st = 1; st < 3; st++) { // not supported: nothing happens
        wr(0, PMCSR, 0x100 | st);
        assert_int_equal(rd(0, PMCSR), 0x108);
        assert_int_equal(out().decodes, 3);
    }
    write_be(0, PMCSR, 0xE, 0x103); // the byte is not enabled
    assert_int_equal(out().power_state, 0);

    wr(0, PMCSR, 3);
    assert_int_equal(out().power_state, 3);
    assert_int_equal(out().decodes, 0);
    assert_int_equal(out().may_request, 0);
    assert_false(out().io_en);
    assert_true(out().intx_disable);
    assert_int_equal(out().vfs, 1);
    assert_int_equal(rd(0, COMMAND), 0x00100104);
    assert_int_equal(rd(1, COMMAND), 0x00100004);
    wr(0, COMMAND, 0x3); // stored, but of no use before D0
    assert_false(out().decodes || out().io_en);

    wr(0, PMCSR, 0);
    assert_int_equal(out().decodes, 3);
    assert_int_equal(out().may_request, 2);
    assert_true(out().io_en);
    assert_int_equal(out().bar0, 0xFEBC0000);
}

// ---- VFs that come and go -----------------------------------------------------------------------

static void vfs_are_there_while_enabled(void **state)
{
    (void)state;
    fresh();
    wr(0, NUM, 5);
    assert_int_equal(out().vfs, 0);
    wr(0, CTL, VFE);
    assert_int_equal(out().vfs, 5);
    assert_true(out().vfe);
    assert_int_equal(out().vf_start, 0x1F);
    assert_int_equal(out().decodes, 0); // MSE
    tick((pci_config_82576_in_t){0});
    assert_int_equal(out().vf_start, 0); // a pulse
    wr(0, CTL, VFE | MSE);
    assert_int_equal(out().vf_start, 0); // was there already
    assert_int_equal(out().decodes, 0x3E);
    assert_int_equal(rd(5, 8), 0x02000001);
    assert_int_equal(rd(6, 8), 0xFFFFFFFF);

    wr(5, COMMAND, 4);
    wr(6, COMMAND, 4); // not there
    assert_int_equal(out().may_request, 0x20);
    wr(5, COMMAND, 0x3); // memory and I/O space are not a VF's
    assert_int_equal(rd(5, COMMAND), 0x00100000);
    wr(5, COMMAND, 4);
    wr(5, MSIX, 0xC0000000);
    wr(0, NUM, 2); // too late
    assert_int_equal(rd(0, NUM), 5);
    assert_int_equal(out().vfs, 5);

    assert_false(out().vf_stop);
    wr(0, CTL, MSE);
    assert_true(out().vf_stop);
    assert_int_equal(out().vfs, 0);
    assert_int_equal(out().decodes | out().may_request | out().msix_en | out().msix_mask, 0);
    assert_int_equal(rd(5, COMMAND), 0xFFFFFFFF);
    wr(5, COMMAND, 0);
    assert_false(out().vf_stop);
    wr(0, CTL, VFE | MSE); // and again: at reset
    assert_int_equal(out().vf_start, 0x1F);
    assert_int_equal(rd(5, COMMAND), 0x00100000);
    assert_int_equal(rd(5, MSIX), 0x0002A011);
    assert_int_equal(out().may_request | out().msix_en | out().msix_mask, 0);
}

static void numvfs_of_any_size_is_kept(void **state)
{
    (void)state;
    static const struct {
        uint16_t num;
        unsigned there, start;
    } cases[] = {{0, 0, 0}, {1, 1, 1}, {7, 7, 0x7F}, {8, 8, 0xFF}, {9, 8, 0xFF}, {0xFFFF, 8, 0xFF}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fresh();
        wr(0, NUM, 0xFFFF0000 | cases[i].num);
        assert_int_equal(rd(0, NUM), cases[i].num);
        assert_int_equal(rd(0, 0x174), 0x00020080); // offset and stride do not depend on it
        wr(0, CTL, VFE);
        assert_int_equal(out().vfs, cases[i].there);
        assert_int_equal(out().vf_start, cases[i].start);
        assert_int_equal(rd(0, NUM), cases[i].num);
        wr(0, CTL, 0);
        assert_true(out().vf_stop);
    }
}

static void flr_of_a_vf_resets_that_vf_only(void **state)
{
    (void)state;
    fresh();
    wr(0, COMMAND, 0x507);
    vfs_on(8);
    for (unsigned f = 1; f <= 8; f++) {
        wr(f, COMMAND, 4);
        wr(f, MSIX, 0xC0000000);
    }
    write_be(3, DEVCTL, 0xD, FLR); // the byte is not enabled
    assert_int_equal(out().flr, 0);
    write_be(3, DEVCTL, 0x2, FLR);
    assert_int_equal(out().flr, 1 << 3);
    assert_int_equal(rd(3, DEVCTL), 0);
    assert_int_equal(rd(3, COMMAND), 0x00100000);
    assert_int_equal(rd(3, MSIX), 0x0002A011);
    assert_int_equal(out().may_request, 0x1FF & ~8);
    assert_int_equal(out().msix_en, 0x1FE & ~8);
    assert_int_equal(out().decodes, 0x1FF);
    assert_false(out().vf_stop || out().vf_start);
    tick((pci_config_82576_in_t){0});
    assert_int_equal(out().flr, 0);
    wr(3, DEVCTL, FLR); // twice in a row
    wr(8, DEVCTL, FLR);
    assert_int_equal(out().flr, 1 << 8);
    assert_int_equal(rd(0, COMMAND), 0x00100507);
}

static void flr_of_the_pf_takes_the_vfs_with_it(void **state)
{
    (void)state;
    fresh();
    wr(0, COMMAND, 0x507);
    wr(0, 0x10, 0xFEBC0000);
    wr(0, PMCSR, 0x103);
    wr(0, 0x108, UINT32_MAX); // sticky where there are sticky bits
    vfs_on(4);
    assert_true(rd(0, 0x108) != 0);
    tick((pci_config_82576_in_t){.valid = true,
                                 .write = true,
                                 .addr = DEVCTL,
                                 .be = 0xF,
                                 .wdata = FLR | 0xFF,
                                 .intx = true,
                                 .pending = 1,
                                 .status_set = 0x2000});
    assert_int_equal(out().flr, 1);
    assert_true(out().vf_stop);
    assert_int_equal(out().vfs, 0);
    assert_int_equal(rd(0, COMMAND), 0x00180000);
    assert_int_equal(rd(0, DEVCTL), 0x00202810);
    for (unsigned off = 0; off < 4096; off += 4)
        if (off != COMMAND && off != DEVCTL) assert_int_equal(rd(0, off), wanted(0, off)[1]);
    assert_int_equal(rd(1, 0), 0xFFFFFFFF);
    wr(0, DEVCTL, FLR); // no VFs this time
    assert_int_equal(out().flr, 1);
    assert_false(out().vf_stop);
}

// ---- drivers ------------------------------------------------------------------------------------

// What the PCI core of Linux reads and writes at boot: SR-IOV capability, offset and stride for
// every NumVFs.
static void the_pci_core_finds_room_for_vfs(void **state)
{
    (void)state;
    fresh();
    write_be(0, CTL, 3, 0x10); // ARI capable hierarchy
    assert_int_equal(rd(0, CTL), 0x10);
    assert_int_equal(rd(0, 0x16C) >> 16, 8);
    assert_true(rd(0, 0x17C) & 1);
    wr(0, 0x180, 1);
    for (unsigned n = 1; n <= 8; n++) {
        write_be(0, NUM, 3, n);
        assert_true((rd(0, 0x174) & 0xFFFF) != 0);
        assert_true(rd(0, 0x174) >> 16 != 0);
    }
    write_be(0, NUM, 3, 0);
    assert_int_equal(rd(0, 0x178) >> 16, 0x10CA);
    // sysfs: seven of them
    write_be(0, NUM, 3, 7);
    write_be(0, CTL, 3, 0x10 | VFE | MSE);
    assert_int_equal(out().vf_start, 0x7F);
    for (unsigned f = 1; f <= 7; f++) {
        assert_int_equal(rd(f, 8), 0x02000001);
        assert_int_equal(rd(f, 0x0C) >> 16 & 0x7F, 0);
        assert_int_equal(rd(f, 0x2C), SUBSYSTEM);
        assert_int_equal(rd(f, 0xB0) >> 16, rd(0, 0xB0) >> 16);
    }
    write_be(0, CTL, 3, 0x10);
    assert_true(out().vf_stop);
}

// igb: bus master, ten vectors, completion timeout; link status for its message.
static void igb_sets_up_the_pf(void **state)
{
    (void)state;
    fresh();
    write_be(0, COMMAND, 3, 0x6);
    assert_int_equal(out().decodes, 1);
    assert_int_equal(out().may_request, 1);
    assert_int_equal((rd(0, MSIX) >> 16 & 0x7FF) + 1, 10);
    write_be(0, MSIX, 0xC, 0xC0000000); // on with all masked, then open
    assert_int_equal(out().msix_mask, 1);
    write_be(0, MSIX, 0xC, 0x80000000);
    assert_int_equal(out().msix_en, 1);
    assert_int_equal(out().msix_mask, 0);
    write_be(0, 0xC8, 3, rd(0, 0xC8) | 5);
    assert_int_equal(rd(0, 0xC8), 5);
    assert_int_equal(rd(0, 0xB0) >> 16 & 0xF, 1);  // 2.5 GT/s
    assert_int_equal(rd(0, 0xB0) >> 20 & 0x3F, 4); // x4
    assert_int_equal(rd(0, 0xAC) & 0x3FF, rd(0, 0xB0) >> 16 & 0x3FF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_values_are_those_of_the_specification),
        cmocka_unit_test(straps_are_shown_where_they_belong),
        cmocka_unit_test(writes_store_exactly_the_writable_bits_of_the_enabled_bytes),
        cmocka_unit_test(only_valid_writes_to_a_function_act),
        cmocka_unit_test(bars_size_as_the_specification_says),
        cmocka_unit_test(command_bits_drive_the_outputs),
        cmocka_unit_test(status_events_stay_until_a_one_is_written),
        cmocka_unit_test(levels_are_in_the_status_a_cycle_later),
        cmocka_unit_test(message_outputs_follow_their_capabilities),
        cmocka_unit_test(ioaddr_stores_20_bits_by_byte),
        cmocka_unit_test(d3_answers_configuration_only_in_all_functions),
        cmocka_unit_test(vfs_are_there_while_enabled),
        cmocka_unit_test(numvfs_of_any_size_is_kept),
        cmocka_unit_test(flr_of_a_vf_resets_that_vf_only),
        cmocka_unit_test(flr_of_the_pf_takes_the_vfs_with_it),
        cmocka_unit_test(the_pci_core_finds_room_for_vfs),
        cmocka_unit_test(igb_sets_up_the_pf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
