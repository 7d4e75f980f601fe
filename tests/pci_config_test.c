// SPDX-License-Identifier: Apache-2.0
// Configuration space: every dword, sizing, capabilities, power states, IOADDR; lspci as second
// reader.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "rtl/defs.h"
#include "model/pci_config.h"

// What the configuration space has to be, dword by dword: offset, reset value, bits a write stores,
// bits a write of 1 clears. Written down apart from the table of the model.
static const uint32_t want[][4] = {
    {0x00, 0x100E8086, 0, 0},
    {0x04, 0x02300000, 0x00000557, 0xF9000000},
    {0x08, 0x02000002, 0, 0},
    {0x0C, 0x00000000, 0x0000FCFF, 0},
    {0x10, 0x00000000, 0xFFFE0000, 0},
    {0x18, 0x00000001, 0xFFFFFFC0, 0},
    {0x2C, 0x001E8086, 0, 0},
    {0x34, 0x000000DC, 0, 0},
    {0x3C, 0x00FF0100, 0x000000FF, 0},
    {0xDC, 0x4822F001, 0, 0},
    {0xE0, 0x00000000, 0x00001F03, 0x00008000},
    {0xF0, 0x00800005, 0x00010000, 0},
    {0xF4, 0x00000000, 0xFFFFFFFC, 0},
    {0xF8, 0x00000000, 0xFFFFFFFF, 0},
    {0xFC, 0x00000000, 0x0000FFFF, 0},
};

static const uint32_t *wanted(unsigned off)
{
    static const uint32_t none[4] = {0};
    for (unsigned i = 0; i < sizeof want / sizeof want[0]; i++)
        if (want[i][0] == off) return want[i];
    return none;
}

static pci_config_t fresh(void)
{
    pci_config_t s;
    memset(&s, 0xA5, sizeof s);
    pci_config_reset(&s, 0x100E8086, 0x001E8086, true);
    return s;
}

static void write_be(pci_config_t *s, unsigned addr, uint8_t be, uint32_t v)
{
    pci_config_in_t in = {.valid = true, .write = true, .addr = addr, .be = be, .wdata = v};
    pci_config_tick(s, &in);
}

static void wr(pci_config_t *s, unsigned addr, uint32_t v)
{
    write_be(s, addr, 0xF, v);
}

static uint32_t lanes(unsigned be)
{
    uint32_t m = 0;
    for (unsigned i = 0; i < 4; i++)
        if (be >> i & 1) m |= 0xFFu << 8 * i;
    return m;
}

static void reset_values_are_those_of_the_specification(void **state)
{
    (void)state;
    pci_config_t s = fresh();
    for (unsigned off = 0; off < 256; off++)
        assert_int_equal(pci_config_read(&s, off), wanted(off & ~3u)[1]);
    s.ioaddr = 0x55555; // the neighbour
    assert_int_equal(pci_config_read(&s, 256), 0);
    assert_int_equal(pci_config_read(&s, 0x1004), 0);
    assert_true(pci_config_quiet(&s) == NIC_NEVER);
    pci_config_reset(&s, 0x10268086, 0x10088086, true);
    assert_int_equal(pci_config_read(&s, 0x00), 0x10268086);
    assert_int_equal(pci_config_read(&s, 0x2C), 0x10088086);
    assert_int_equal(PCI_CONFIG_ID_RESET, 0x100E8086);
    assert_int_equal(PCI_CONFIG_SUBSYSTEM_RESET, 0x10088086);
}

static void writes_store_exactly_the_writable_bits_of_the_enabled_bytes(void **state)
{
    (void)state;
    static const uint32_t pattern[] = {0x5A5A5A5A, 0xA5A5A5A5, 0xFFFFFFFF, 0x00000000};
    for (unsigned off = 0; off < 256; off += 4)
        for (unsigned be = 0; be < 16; be++) {
            pci_config_t s = fresh();
            uint32_t v = wanted(off)[1];
            for (unsigned p = 0; p < 4; p++) {
                uint32_t wmask = wanted(off)[2] & lanes(be);
                uint32_t next = (v & ~wmask) | (pattern[p] & wmask);
                if (off == 0xE0 && (next & 3) != 3 && (next & 3) != 0)
                    next = (next & ~3u) | (v & 3); // no such power state
                v = next;
                write_be(&s, off + (p & 3), (uint8_t)be, pattern[p]);
                assert_int_equal(pci_config_read(&s, off), v);
            }
            for (unsigned other = 0; other < 256; other += 4)
                if (other != off) assert_int_equal(pci_config_read(&s, other), wanted(other)[1]);
            assert_int_equal(pci_config_out(&s).ioaddr, 0);
        }
}

static void only_valid_writes_act(void **state)
{
    (void)state;
    pci_config_t s = fresh(), before = s;
    pci_config_in_t in = {.write = true, .addr = 4, .be = 0xF, .wdata = 0xFFFFFFFF};
    pci_config_tick(&s, &in);
    in.valid = true;
    in.write = false;
    pci_config_tick(&s, &in);
    in.write = true;
    in.addr = 0x100;
    pci_config_tick(&s, &in);
    in.addr = 0x10004;
    pci_config_tick(&s, &in);
    in.addr = 0x104;
    pci_config_tick(&s, &in);
    in.io = true;
    in.addr = 4; // IODATA is not here
    pci_config_tick(&s, &in);
    assert_memory_equal(&before, &s, sizeof s);
}

static void bars_size_as_128_kib_memory_and_64_bytes_of_io(void **state)
{
    (void)state;
    static const uint32_t size[6] = {0xFFFE0000, 0, 0xFFFFFFC1, 0, 0, 0};
    pci_config_t s = fresh();
    for (unsigned i = 0; i < 6; i++) {
        wr(&s, 0x10 + 4 * i, 0xFFFFFFFF);
        assert_int_equal(pci_config_read(&s, 0x10 + 4 * i), size[i]);
        wr(&s, 0x10 + 4 * i, 0xFEBC1234);
    }
    assert_int_equal(pci_config_out(&s).bar0, 0xFEBC0000);
    assert_int_equal(pci_config_out(&s).bar2, 0xFEBC1200);
    assert_int_equal(pci_config_read(&s, 0x18), 0xFEBC1201);
    wr(&s, 0x30, 0xFFFFFFFF); // no expansion ROM
    assert_int_equal(pci_config_read(&s, 0x30), 0);
}

static void command_bits_drive_the_outputs(void **state)
{
    (void)state;
    pci_config_t s = fresh();
    for (unsigned v = 0; v < 0x800; v++) {
        write_be(&s, 4, 3, v);
        pci_config_out_t out = pci_config_out(&s);
        assert_int_equal(out.io_en, v & 1);
        assert_int_equal(out.mem_en, v >> 1 & 1);
        assert_int_equal(out.bus_master, v >> 2 & 1);
        assert_int_equal(out.intx_disable, v >> 10 & 1);
    }
}

static void status_events_stay_until_a_one_is_written(void **state)
{
    (void)state;
    pci_config_t s = fresh();
    pci_config_in_t in = {.status_set = 0xFFFF};
    pci_config_tick(&s, &in);
    assert_int_equal(pci_config_read(&s, 4), 0xFB300000);
    write_be(&s, 4, 0x3, 0xFFFF0000); // the bytes are not enabled
    write_be(&s, 4, 0xC, 0x06FF0000);
    assert_int_equal(pci_config_read(&s, 4), 0xFB300000);
    write_be(&s, 4, 0xC, 0x20000000);
    assert_int_equal(pci_config_read(&s, 4), 0xDB300000);
    in = (pci_config_in_t){.valid = true,
                           .write = true,
                           .addr = 4,
                           .be = 0xF,
                           .wdata = 0xFFFF0007,
                           .status_set = 0x1000};
    pci_config_tick(&s, &in); // set and clear in one cycle: set wins
    assert_int_equal(pci_config_read(&s, 4), 0x12300007);
}

static void interrupt_status_follows_the_level_with_or_without_disable(void **state)
{
    (void)state;
    pci_config_t s = fresh();
    for (unsigned i = 0; i < 8; i++) {
        pci_config_in_t in = {.valid = true,
                              .write = true,
                              .addr = 4,
                              .be = 3,
                              .wdata = i & 2 ? 0x400 : 0,
                              .intx = i & 1};
        pci_config_tick(&s, &in);
        assert_int_equal(pci_config_read(&s, 4) >> 19 & 1, i & 1);
        pci_config_t before = s;
        in.valid = false;
        pci_config_tick(&s, &in);
        assert_memory_equal(&before, &s, sizeof s);
    }
}

static void capability_list_ends(void **state)
{
    (void)state;
    for (int msi = 0; msi < 2; msi++) {
        pci_config_t s;
        pci_config_reset(&s, 0x100E8086, 0x001E8086, msi);
        unsigned ids[8], n = 0;
        for (unsigned off = pci_config_read(&s, 0x34); off != 0 && n < 8;
             off = pci_config_read(&s, off) >> 8 & 0xFF)
            ids[n++] = pci_config_read(&s, off) & 0xFF;
        assert_int_equal(n, msi ? 2 : 1);
        assert_int_equal(ids[0], 0x01);
        if (msi) assert_int_equal(ids[1], 0x05);
    }
}

static void hidden_msi_is_not_there_at_all(void **state)
{
    (void)state;
    pci_config_t s;
    pci_config_reset(&s, 0x100E8086, 0x001E8086, false);
    assert_int_equal(pci_config_read(&s, 0xDC), 0x48220001);
    for (unsigned off = 0xF0; off < 0x100; off += 4) {
        wr(&s, off, 0xFFFFFFFF);
        assert_int_equal(pci_config_read(&s, off), 0);
    }
    assert_false(pci_config_out(&s).msi_en);
    wr(&s, 0xE0, 0x100); // the neighbour below is
    assert_int_equal(pci_config_read(&s, 0xE0), 0x100);
}

static void msi_outputs_follow_the_capability(void **state)
{
    (void)state;
    pci_config_t s = fresh();
    assert_false(pci_config_out(&s).msi_en);
    wr(&s, 0xF0, 0xFFFFFFFF);
    wr(&s, 0xF4, 0xFEE01007);
    wr(&s, 0xF8, 0x12345678);
    wr(&s, 0xFC, 0xABCD4021);
    pci_config_out_t out = pci_config_out(&s);
    assert_true(out.msi_en);
    assert_true(out.msi_addr == 0x12345678FEE01004u);
    assert_int_equal(out.msi_data, 0x4021);
    assert_int_equal(pci_config_read(&s, 0xF0), 0x00810005);
    wr(&s, 0xF0, 0);
    assert_false(pci_config_out(&s).msi_en);
}

static void d3_answers_configuration_only_and_drops_the_enables(void **state)
{
    (void)state;
    pci_config_t s = fresh();
    wr(&s, 0x10, 0xFEBC0000);
    wr(&s, 0x04, 0x00000107);
    for (unsigned st = 1; st < 3; st++) { // not supported: nothing happens
        wr(&s, 0xE0, 0x100 | st);
        assert_int_equal(pci_config_read(&s, 0xE0), 0x100);
        assert_true(pci_config_out(&s).mem_en);
    }
    write_be(&s, 0xE0, 0xE, 0x103); // the byte is not enabled
    assert_int_equal(pci_config_out(&s).power_state, 0);
    assert_true(pci_config_out(&s).mem_en);

    wr(&s, 0xE0, 3);
    pci_config_out_t out = pci_config_out(&s);
    assert_int_equal(out.power_state, 3);
    assert_false(out.mem_en || out.io_en || out.bus_master);
    assert_true(out.intx_disable);
    assert_int_equal(pci_config_read(&s, 0x04), 0x02300104);
    assert_int_equal(pci_config_read(&s, 0x00), 0x100E8086);
    wr(&s, 0x04, 0x00000003); // stored, but of no use before D0
    assert_false(pci_config_out(&s).mem_en || pci_config_out(&s).io_en);
    wr(&s, 0xE0, 1); // D1: stays in D3
    assert_int_equal(pci_config_read(&s, 0xE0), 3);
    assert_int_equal(pci_config_read(&s, 0x04), 0x02300003);

    wr(&s, 0xE0, 0);
    out = pci_config_out(&s);
    assert_int_equal(out.power_state, 0);
    assert_true(out.mem_en && out.io_en);
    assert_false(out.intx_disable);
    assert_int_equal(out.bar0, 0xFEBC0000);
}

static void ioaddr_stores_20_bits_by_byte_and_is_reset(void **state)
{
    (void)state;
    for (unsigned be = 0; be < 16; be++) {
        pci_config_t s = fresh();
        pci_config_in_t in = {
            .valid = true, .write = true, .io = true, .be = 0xF, .wdata = 0xFFFFFFFF, .addr = 3};
        pci_config_tick(&s, &in);
        assert_int_equal(pci_config_out(&s).ioaddr, 0x000FFFFF);
        in.be = (uint8_t)be;
        in.wdata = 0x12345678;
        pci_config_tick(&s, &in);
        assert_int_equal(pci_config_out(&s).ioaddr,
                         0x000FFFFF & ((0x12345678 & lanes(be)) | ~lanes(be)));
        assert_int_equal(pci_config_read(&s, 0), 0x100E8086);
        pci_config_reset(&s, 0x100E8086, 0x001E8086, true);
        assert_int_equal(pci_config_out(&s).ioaddr, 0);
    }
}

static void driver_resets_through_the_io_window(void **state)
{
    (void)state;
    pci_config_t s = fresh();
    wr(&s, 0x18, 0x0000C000);
    wr(&s, 0x04, 0x00000007);
    pci_config_in_t in = {
        .valid = true, .write = true, .io = true, .addr = 0, .be = 0xF, .wdata = 0x00004};
    pci_config_tick(&s, &in);
    assert_int_equal(pci_config_out(&s).ioaddr, 4);
    in.wdata = 0; // CTRL
    pci_config_tick(&s, &in);
    pci_config_out_t out = pci_config_out(&s);
    assert_int_equal(out.ioaddr, 0);
    assert_int_equal(out.bar2, 0xC000);
    assert_true(out.io_en && out.mem_en && out.bus_master);
    assert_true((pci_config_read(&s, 0x3C) >> 8 & 0xFF) != 0); // an interrupt pin
}

// --- lspci ---

// A dump in the form of `lspci -xxx` of a device as firmware leaves it.
static void dump(FILE *f)
{
    pci_config_t s = fresh();
    wr(&s, 0x10, 0xFEBC0000);
    wr(&s, 0x18, 0x0000C000);
    wr(&s, 0x3C, 0x0000000B);
    wr(&s, 0x0C, 0x00004010);
    wr(&s, 0xF4, 0xFEE0100C);
    wr(&s, 0xFC, 0x00004021);
    wr(&s, 0xF0, 0x00010000);
    wr(&s, 0x04, 0x00000507);
    fprintf(f, "00:03.0 Ethernet controller\n");
    for (unsigned off = 0; off < 256; off++) {
        if (off % 16 == 0) fprintf(f, "%02x:", off);
        fprintf(f, " %02x", pci_config_read(&s, off) >> 8 * (off % 4) & 0xFF);
        if (off % 16 == 15) fprintf(f, "\n");
    }
}

static void lspci_decodes_it_without_complaint(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "00:03.0 0200: 8086:100e (rev 02)",
        "Subsystem: 8086:001e",
        "Control: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR+",
        "FastB2B- DisINTx+",
        "Status: Cap+ 66MHz+ UDF- FastB2B- ParErr- DEVSEL=medium >TAbort- <TAbort- <MAbort-",
        ">SERR- <PERR- INTx-",
        "Latency: 64 (63750ns min), Cache Line Size: 64 bytes",
        "Interrupt: pin A routed to IRQ 11",
        "Region 0: Memory at febc0000 (32-bit, non-prefetchable)",
        "Region 2: I/O ports at c000",
        "Capabilities: [dc] Power Management version 2",
        "Flags: PMEClk- DSI+ D1- D2- AuxCurrent=0mA PME(D0+,D1-,D2-,D3hot+,D3cold-)",
        "Status: D0 NoSoftRst- PME-Enable- DSel=0 DScale=0 PME-",
        "Capabilities: [f0] MSI: Enable+ Count=1/1 Maskable- 64bit+",
        "Address: 00000000fee0100c  Data: 4021",
    };
    // Not the messages of lspci itself: it also complains of a machine without kernel modules.
    static const char *const complaints[] = {"!!!",    "Unknown", "unknown",   "invalid",
                                             "denied", "broken",  "truncated", "pcilib:"};
    if (system("command -v lspci >/dev/null 2>&1") != 0) {
        print_message("lspci (pciutils) is not installed: skipped\n");
        skip();
    }
    char name[] = "/tmp/pci_config_XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    dump(f);
    assert_int_equal(fclose(f), 0);

    char command[128], text[8192];
    snprintf(command, sizeof command, "LC_ALL=C lspci -F %s -n -vvv 2>&1", name);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    size_t n = fread(text, 1, sizeof text - 1, p);
    text[n] = 0;
    int status = pclose(p);
    unlink(name);
    assert_int_equal(status, 0);
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (!strstr(text, lines[i])) fail_msg("no \"%s\" in:\n%s", lines[i], text);
    for (unsigned i = 0; i < sizeof complaints / sizeof complaints[0]; i++)
        if (strstr(text, complaints[i])) fail_msg("\"%s\" in:\n%s", complaints[i], text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_values_are_those_of_the_specification),
        cmocka_unit_test(writes_store_exactly_the_writable_bits_of_the_enabled_bytes),
        cmocka_unit_test(only_valid_writes_act),
        cmocka_unit_test(bars_size_as_128_kib_memory_and_64_bytes_of_io),
        cmocka_unit_test(command_bits_drive_the_outputs),
        cmocka_unit_test(status_events_stay_until_a_one_is_written),
        cmocka_unit_test(interrupt_status_follows_the_level_with_or_without_disable),
        cmocka_unit_test(capability_list_ends),
        cmocka_unit_test(hidden_msi_is_not_there_at_all),
        cmocka_unit_test(msi_outputs_follow_the_capability),
        cmocka_unit_test(d3_answers_configuration_only_and_drops_the_enables),
        cmocka_unit_test(ioaddr_stores_20_bits_by_byte_and_is_reset),
        cmocka_unit_test(driver_resets_through_the_io_window),
        cmocka_unit_test(lspci_decodes_it_without_complaint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
