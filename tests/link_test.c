// SPDX-License-Identifier: Apache-2.0
// Times on each kind of link, computed by hand. Byte times: x1 4171011 fs, x4 1160429 fs; a TLP
// takes (24 or 20 + payload) bytes, rounded up to ps. PCI: see the clocks in the comments.
#include "hostbridge/link.h"
#include "tests/mock_nic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BUF MEMORY_BASE

typedef struct host {
    sim_t sim;
    memory_t *mem;
    link_t *link;
    mock_t nic;
    uint64_t irq_cyc[8], msi_cyc[8], reply_cyc[8];
    unsigned irqs, msis, replies;
    uint32_t reply, msi_data;
    uint8_t msi_func;
    uint64_t msi_addr;
    bool level;
    unsigned probes, frames;
} host_t;

static void on_irq(void *ctx, uint64_t now_cyc, bool level)
{
    host_t *h = ctx;
    h->irq_cyc[h->irqs++ % 8] = now_cyc;
    h->level = level;
}

static void on_msi(void *ctx, uint64_t now_cyc, uint8_t func, uint64_t addr, uint32_t data)
{
    host_t *h = ctx;
    h->msi_cyc[h->msis++ % 8] = now_cyc;
    h->msi_func = func;
    h->msi_addr = addr;
    h->msi_data = data;
}

static void on_reply(void *ctx, uint64_t now_cyc, uint32_t data)
{
    host_t *h = ctx;
    h->reply_cyc[h->replies++ % 8] = now_cyc;
    h->reply = data;
}

static void on_tx_frame(void *ctx, uint64_t first_cyc, unsigned stride, const uint8_t *b,
                        uint32_t n)
{
    host_t *h = ctx;
    assert_true(first_cyc == 77 && stride == 10 && b[0] == 5 && n == 64);
    h->frames++;
}

static void on_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    host_t *h = ctx;
    assert_true(what == NIC_PROBE_RX_WB && cyc == 78 && a == 3 && b == 4);
    h->probes++;
}

static void open_host(host_t *h, enum link_kind kind, link_params_t p)
{
    memset(h, 0, sizeof *h);
    sim_init(&h->sim);
    h->mem = memory_create(1 << 16);
    p.kind = kind;
    link_client_t c = {h, on_irq, on_msi, on_reply, on_tx_frame, on_probe};
    h->link = link_create(&h->sim, h->mem, &p, &c);
    assert_non_null(h->link);
    mock_init(&h->nic, &h->sim, link_host(h->link));
    nic_ops_t ops = mock_ops(&h->nic);
    link_attach(h->link, &ops);
}

static void close_host(host_t *h)
{
    link_destroy(h->link);
    memory_destroy(h->mem);
    mock_free(&h->nic);
}

static void drain(host_t *h)
{
    while (sim_step(&h->sim, SIM_NEVER)) {}
    assert_true(link_idle(h->link));
}

static const link_params_t USUAL = {.mmio_write_ns = 150,
                                    .mmio_read_ns = 800,
                                    .dma_write_ns = 300,
                                    .dma_read_ns = 500,
                                    .irq_ns = 700};

static const nic_access_t WRITE_A = {
    .write = true, .space = NIC_SPACE_MEM, .addr = 0xA0, .be = 15, .wdata = 1};
static const nic_access_t WRITE_B = {
    .write = true, .space = NIC_SPACE_MEM, .addr = 0xB0, .be = 15, .wdata = 2};
static const nic_access_t READ_C = {.space = NIC_SPACE_MEM, .addr = 0xC0, .be = 15};

// What one thing at a time takes on an idle link, with the profile above.
typedef struct expect {
    enum link_kind kind;
    uint64_t write_cyc; // 64 bytes, first beat 100 (last 109): visible
    uint64_t ready_cyc; // ... req_ready
    uint64_t cpl_cyc;   // 16-byte read, first beat 200 (last 201): completion header
    uint64_t msi_cyc;   // message, first beat 600 (last 602): arrival
    uint64_t pins_cyc;  // register write of CPU time 1000: on the pins
    uint64_t rpins_cyc; // register read of CPU time 1000: on the pins
    uint64_t reply_cyc; // ... data in the CPU
    uint64_t irq_cyc;   // INTx edge in cycle 2000: seen
} expect_t;

static const expect_t EXPECT[] = {
    // Visible with the last beat; completion one after the request; pins one after the CPU.
    {LINK_IDEAL, 109, 110, 202, 602, 1001, 1001, 1003, 2000},
    // Write: 880.000 ns + 88 B 367.049 + 300 = 1547.049 ns. Read: 1616 + 24 B 100.105 + 500
    // = 2216.105, + 36 B 150.157 = 2366.262. Message: 4824 + 28 B 116.789 + 300 = 5240.789.
    // Register: 8000 + 150; reply 8000 + 800. INTx: 16000 + 700.
    {LINK_PCIE1_X1, 194, 110, 296, 656, 1019, 1019, 1100, 2088},
    // 880 + 102.118 + 300 = 1282.118; 1616 + 27.851 + 500 = 2143.851, + 41.776 = 2185.627;
    // 4824 + 32.493 + 300 = 5156.493.
    {LINK_PCIE1_X4, 161, 110, 274, 645, 1019, 1019, 1100, 2088},
    // 30 ns clocks. Write: 880 -> 900, 4 + 16 clocks, 1500 + 300 = 1800; the buffer is free at 900.
    // Read: 1616 -> 1620, 4 clocks, 1740 + 500 = 2240 -> 2250, 4 + 1 + 4 clocks = 2520. Message:
    // 4824 -> 4830, 5 clocks, 4980 + 300 = 5280. Register write: 8000 -> 8010, 5 clocks = 8160.
    // Register read: 8000 + 150 - 4 clocks = 8030 -> 8040 (10 waited), 4 clocks = 8160 on the pins;
    // 8000 + 800 + 10 = 8810 in the CPU.
    {LINK_PCI33, 225, 113, 315, 660, 1020, 1020, 1102, 2088},
    // 15 ns clocks. 880 -> 885 + 300 + 300 = 1485. 1616 -> 1620 + 60 + 500 = 2180 -> 2190 + 135 =
    // 2325. 4824 -> 4830 + 75 + 300 = 5205. 8000 + 150 - 75 = 8075 -> 8085 + 75 = 8160.
    // 8000 + 150 - 60 = 8090 -> 8100 (10 waited) + 60 = 8160; 8810.
    {LINK_PCI66, 186, 111, 291, 651, 1020, 1020, 1102, 2088},
};

static void unloaded_times_are_those_computed_by_hand(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof EXPECT / sizeof *EXPECT; i++) {
        const expect_t *e = &EXPECT[i];
        host_t h;
        open_host(&h, e->kind, USUAL);
        mock_add(&h.nic, 100, NIC_TLP_WRITE, BUF, 64, 0x11223344);
        mock_add(&h.nic, 200, NIC_TLP_READ, BUF, 16, 0);
        mock_add(&h.nic, 600, NIC_TLP_MSG, 0xFEE00000, 4, 0xCAFE0041)->func = 5;
        mock_add(&h.nic, 2000, MOCK_INTX, 0, 0, 1);
        while (h.nic.done < 1) sim_step(&h.sim, 120);
        assert_int_equal(memory_last_visible(h.mem), e->write_cyc);
        assert_int_equal(h.nic.act[0].ready_cyc, e->ready_cyc);
        while (sim_step(&h.sim, 990)) {}
        assert_int_equal(h.nic.cpls, 1);
        assert_int_equal(h.nic.cpl[0].cyc, e->cpl_cyc);
        assert_int_equal(h.nic.cpl[0].value, 0x11223344);
        assert_int_equal(h.msis, 1);
        assert_int_equal(h.msi_cyc[0], e->msi_cyc);
        assert_int_equal(h.msi_func, 5);
        assert_true(h.msi_addr == 0xFEE00000 && h.msi_data == 0xCAFE0041);
        assert_int_equal(link_mmio_write(h.link, 1000, &WRITE_A), 1000);
        while (sim_step(&h.sim, 1990)) {}
        assert_int_equal(h.nic.access[0].cyc, e->pins_cyc);
        drain(&h);
        assert_int_equal(h.irq_cyc[0], e->irq_cyc);
        assert_true(h.irqs == 1 && h.level);
        close_host(&h);

        open_host(&h, e->kind, USUAL); // a bus without the alignment of what went before
        link_mmio_read(h.link, 1000, &READ_C);
        assert_false(link_idle(h.link));
        drain(&h);
        assert_int_equal(h.nic.access[0].cyc, e->rpins_cyc);
        assert_int_equal(h.reply_cyc[0], e->reply_cyc);
        assert_int_equal(h.reply, ~READ_C.addr);
        close_host(&h);
    }
}

static void latency_below_the_time_on_the_link_has_no_effect(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_PCIE1_X1, (link_params_t){0});
    link_mmio_read(h.link, 1000, &READ_C); // 8000 + 100.105 -> 1013; reply in 1015: 8128 + 100.105
    drain(&h);
    assert_int_equal(h.nic.access[0].cyc, 1013);
    assert_int_equal(h.reply_cyc[0], 1029);
    close_host(&h);
    open_host(&h, LINK_PCI33, (link_params_t){0});
    link_mmio_read(h.link, 1000, &READ_C); // 8010 + 120 -> 1017; data phase ends 8010 + 330
    drain(&h);
    assert_int_equal(h.nic.access[0].cyc, 1017);
    assert_int_equal(h.reply_cyc[0], 1043);
    close_host(&h);
}

static void one_tlp_is_buffered_while_another_is_sent(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_PCIE1_X1, USUAL);
    for (unsigned i = 0; i < 3; i++) mock_add(&h.nic, 100, NIC_TLP_WRITE, BUF, 64, i);
    drain(&h);
    const mock_act_t *a = h.nic.act;
    // The first starts at 880 ns and ends at 1247.049, when the second leaves the buffer: 156; that
    // ends at 1614.098: 202.
    assert_true(a[0].first_cyc == 100 && a[0].ready_cyc == 110);
    assert_true(a[1].first_cyc == 110 && a[1].ready_cyc == 156);
    assert_true(a[2].first_cyc == 156 && a[2].ready_cyc == 202);
    assert_int_equal(link_stats(h.link)->backpressure_cyc, 36 + 36);
    assert_int_equal(link_stats(h.link)->up_busy_ps, 3 * 367049);
    assert_int_equal(memory_last_visible(h.mem), 286); // 1614.098 + 367.049 + 300 = 2281.147 ns
    close_host(&h);
}

static void ideal_link_never_holds_the_device_back(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_IDEAL, USUAL);
    for (unsigned i = 0; i < 100; i++) mock_add(&h.nic, 100, NIC_TLP_WRITE, BUF, 128, i);
    drain(&h);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(h.nic.act[i].first_cyc, 100 + 18 * i);
        assert_int_equal(h.nic.act[i].ready_cyc, 118 + 18 * i);
    }
    assert_int_equal(link_stats(h.link)->backpressure_cyc, 0);
    close_host(&h);
}

static void completions_queue_behind_each_other(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_IDEAL, USUAL);
    mock_add(&h.nic, 200, NIC_TLP_READ, BUF, 512, 0); // last beat 201: 202 .. 266
    mock_add(&h.nic, 202, NIC_TLP_READ, BUF, 16, 0);
    drain(&h);
    assert_int_equal(h.nic.cpl[0].cyc, 202);
    assert_int_equal(h.nic.cpl[1].cyc, 202 + 1 + 64);
    close_host(&h);
    open_host(&h, LINK_PCIE1_X1, USUAL);
    mock_add(&h.nic, 200, NIC_TLP_READ, BUF, 512, 0);
    mock_add(&h.nic, 202, NIC_TLP_READ, BUF, 16, 0);
    drain(&h);
    // 2216.105 + (512 + 4 * 20) B 2469.239 = 4685.344; + 36 B 150.157 = 4835.501: but the first
    // one's 65 beats are on the pins until 651.
    assert_int_equal(h.nic.cpl[0].cyc, 586);
    assert_int_equal(h.nic.cpl[1].cyc, 651);
    assert_int_equal(link_stats(h.link)->down_busy_ps, 2469239 + 150157);
    close_host(&h);
}

static void odd_start_costs_a_pci_clock(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_PCI33, USUAL);
    mock_add(&h.nic, 100, NIC_TLP_WRITE, BUF + 2, 64, 0); // 17 data clocks: 1530 + 300 ns
    while (h.nic.done < 1) sim_step(&h.sim, 120);
    assert_int_equal(memory_last_visible(h.mem), 229); // 228.75
    close_host(&h);
}

static void waits_for_the_link_come_on_top_of_the_round_trip(void **state)
{
    (void)state;
    host_t h;
    link_params_t p = USUAL;
    p.dma_write_ns = 0;
    open_host(&h, LINK_PCIE1_X1, p);
    // Reply ready at 8176 ns; the write has the link from 8144 for 152 B, 633.994 ns. 601.994 ns of
    // wait: 8000 + 800 + 601.994.
    mock_add(&h.nic, 1000, NIC_TLP_WRITE, BUF, 128, 0);
    link_mmio_read(h.link, 1000, &READ_C);
    drain(&h);
    assert_int_equal(h.reply_cyc[0], 1176);
    close_host(&h);
    p.mmio_write_ns = 1000;
    open_host(&h, LINK_PCIE1_X1, p);
    // The store is on the link from 8883.211 to 9000; the read was ready at 8299.895: 700.105 ns.
    link_mmio_write(h.link, 1000, &WRITE_A);
    link_mmio_read(h.link, 1000, &READ_C);
    drain(&h);
    assert_true(h.nic.access[0].cyc == 1125 && h.nic.access[1].cyc == 1138);
    assert_int_equal(h.reply_cyc[0], 1188); // 8000 + 800 + 700.105
    close_host(&h);
}

static void another_tlp_makes_no_write_visible_early(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_PCIE1_X1, USUAL);
    mock_add(&h.nic, 100, NIC_TLP_WRITE, BUF, 64, 0x77); // visible in 194
    while (sim_step(&h.sim, 192)) {}
    mock_add(&h.nic, 193, NIC_TLP_WRITE, BUF + 64, 64, 0x77);
    while (sim_step(&h.sim, 193)) {}
    assert_int_equal(h.nic.done, 2);
    const uint8_t *p = memory_at(h.mem, BUF, 1);
    memory_observe(h.mem, 193);
    assert_int_equal(*p, 0);
    memory_observe(h.mem, 194);
    assert_int_equal(*p, 0x77);
    close_host(&h);
}

static void pci_shares_one_bus_and_pcie_has_two_directions(void **state)
{
    (void)state;
    // A write of 128 bytes is on the link when the CPU's store comes.
    host_t h;
    open_host(&h, LINK_PCI33, USUAL);
    mock_add(&h.nic, 983, NIC_TLP_WRITE, BUF, 128, 0); // last beat 1000: 8008 -> 8010, 37 clocks
    link_mmio_write(h.link, 1010, &WRITE_A);           // from 9120, 5 clocks: 9270
    drain(&h);
    assert_int_equal(h.nic.access[0].cyc, 1159);
    close_host(&h);
    open_host(&h, LINK_PCIE1_X1, USUAL);
    mock_add(&h.nic, 983, NIC_TLP_WRITE, BUF, 128, 0);
    link_mmio_write(h.link, 1010, &WRITE_A); // 8080 + 150
    drain(&h);
    assert_int_equal(h.nic.access[0].cyc, 1029);
    close_host(&h);
}

static void register_accesses_take_one_cycle_each_in_order_of_cpu_time(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_IDEAL, USUAL);
    assert_int_equal(link_mmio_write(h.link, 300, &WRITE_A), 300);
    assert_int_equal(link_mmio_write(h.link, 200, &WRITE_B), 200); // another core, behind in time
    assert_int_equal(link_mmio_write(h.link, 300, &WRITE_B), 300);
    link_mmio_read(h.link, 300, &READ_C);
    drain(&h);
    const mock_seen_t *a = h.nic.access;
    assert_int_equal(h.nic.accesses, 4);
    assert_true(a[0].cyc == 201 && a[0].addr == 0xB0);
    assert_true(a[1].cyc == 301 && a[1].addr == 0xA0 && a[1].value == 1);
    assert_true(a[2].cyc == 302 && a[2].addr == 0xB0 && a[2].value == 2);
    assert_true(a[3].cyc == 303 && a[3].addr == 0xC0 && !a[3].write);
    assert_int_equal(h.reply_cyc[0], 305);
    assert_int_equal(link_stats(h.link)->mmio_writes, 3);
    assert_int_equal(link_stats(h.link)->mmio_reads, 1);
    close_host(&h);
}

static void stores_wait_when_the_posting_buffer_is_full(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_PCIE1_X1, USUAL);
    for (unsigned i = 0; i < LINK_POSTED; i++) {
        assert_int_equal(link_mmio_write(h.link, 0, &WRITE_A), 0);
    }
    // The first leaves after 28 B: 116.789 ns; the second twice that.
    assert_int_equal(link_mmio_write(h.link, 0, &WRITE_A), 15);
    assert_int_equal(link_mmio_write(h.link, 15, &WRITE_A), 30);
    assert_int_equal(link_stats(h.link)->store_wait_cyc, 15 + 15);
    assert_int_equal(link_mmio_write(h.link, 1000, &WRITE_A), 1000);
    drain(&h);
    assert_int_equal(h.nic.accesses, LINK_POSTED + 3);
    close_host(&h);
}

static void access_refused_by_the_device_is_tried_again(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_IDEAL, USUAL);
    h.nic.refuse = 5;
    link_mmio_write(h.link, 100, &WRITE_A);
    link_mmio_write(h.link, 100, &WRITE_B);
    drain(&h);
    assert_int_equal(h.nic.accesses, 2);
    assert_true(h.nic.access[0].addr == 0xA0 && h.nic.access[0].cyc == 105);
    assert_true(h.nic.access[1].addr == 0xB0 && h.nic.access[1].cyc == 106);
    close_host(&h);
}

static void device_read_outside_memory_gets_ones(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_PCIE1_X4, USUAL);
    mock_add(&h.nic, 100, NIC_TLP_READ, 0, 16, 0);
    mock_add(&h.nic, 110, NIC_TLP_WRITE, UINT64_MAX - 8, 64, 0);
    drain(&h);
    assert_int_equal(h.nic.cpls, 1);
    assert_int_equal(h.nic.cpl[0].value, UINT32_MAX);
    assert_int_equal(memory_faults(h.mem), 2);
    close_host(&h);
}

static void frames_and_probes_pass_through(void **state)
{
    (void)state;
    host_t h;
    open_host(&h, LINK_PCI66, USUAL);
    const nic_host_t *n = link_host(h.link);
    uint8_t frame[64] = {5};
    n->tx_frame(n->ctx, 77, 10, frame, 64);
    n->probe(n->ctx, NIC_PROBE_RX_WB, 78, 3, 4);
    assert_true(h.frames == 1 && h.probes == 1);
    link_client_t quiet = {.ctx = &h};
    link_params_t p = {.kind = LINK_IDEAL};
    link_t *other = link_create(&h.sim, h.mem, &p, &quiet);
    assert_null(link_host(other)->probe); // the device's branch stays untaken
    link_destroy(other);
    link_destroy(NULL);
    close_host(&h);
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(link_kind_name(LINK_PCI66), "pci66");
    assert_string_equal(link_kind_name(LINK_PCIE1_X4), "pcie1-x4");
    assert_string_equal(link_kind_name(LINK_KINDS), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unloaded_times_are_those_computed_by_hand),
        cmocka_unit_test(latency_below_the_time_on_the_link_has_no_effect),
        cmocka_unit_test(one_tlp_is_buffered_while_another_is_sent),
        cmocka_unit_test(ideal_link_never_holds_the_device_back),
        cmocka_unit_test(completions_queue_behind_each_other),
        cmocka_unit_test(odd_start_costs_a_pci_clock),
        cmocka_unit_test(waits_for_the_link_come_on_top_of_the_round_trip),
        cmocka_unit_test(another_tlp_makes_no_write_visible_early),
        cmocka_unit_test(pci_shares_one_bus_and_pcie_has_two_directions),
        cmocka_unit_test(register_accesses_take_one_cycle_each_in_order_of_cpu_time),
        cmocka_unit_test(stores_wait_when_the_posting_buffer_is_full),
        cmocka_unit_test(access_refused_by_the_device_is_tried_again),
        cmocka_unit_test(device_read_outside_memory_gets_ones),
        cmocka_unit_test(frames_and_probes_pass_through),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
