// SPDX-License-Identifier: Apache-2.0
// What must hold on every link whatever the load: order, and how much fits through. Every write of
// the device carries its number, so the word in memory says how many are visible.
#include "hostbridge/link.h"
#include "tests/mock_nic.h"
#include "traces/traces.h"

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
    rng_t rng;
    sim_event_t cpu;
    unsigned accesses_left;
    bool reading;
    uint32_t store;            // number of the register write issued last
    uint64_t cpu_cyc;          // CPU time, may be ahead of the sim
    uint32_t before[MOCK_MAX]; // per INTx edge: writes granted before it
    unsigned edges, irqs, msis, replies;
    bool in_fifo; // INTx is a message
    uint64_t msi_cyc;
} host_t;

static uint32_t visible(host_t *h, uint64_t now_cyc)
{
    memory_observe(h->mem, now_cyc);
    uint32_t v;
    memcpy(&v, memory_at(h->mem, BUF, 4), 4);
    return v;
}

static void on_irq(void *ctx, uint64_t now_cyc, bool level)
{
    host_t *h = ctx;
    assert_int_equal(level, h->irqs % 2 == 0); // edges keep their order
    if (h->in_fifo) assert_true(visible(h, now_cyc) >= h->before[h->irqs]);
    h->irqs++;
}

static void on_msi(void *ctx, uint64_t now_cyc, uint8_t func, uint64_t addr, uint32_t data)
{
    host_t *h = ctx;
    assert_int_equal(func, 0);
    assert_int_equal(addr, 0xFEE00000);
    assert_true(visible(h, now_cyc) >= data);
    h->msi_cyc = now_cyc;
    h->msis++;
}

static void on_reply(void *ctx, uint64_t now_cyc, uint32_t data)
{
    host_t *h = ctx;
    const mock_seen_t *a = h->nic.access;
    unsigned i = 0;
    for (unsigned k = 0; a[i].write || k++ < h->replies;) i++; // the read this is the reply to
    assert_int_equal(data, ~a[i].addr);
    assert_true(now_cyc >= a[i].cyc + MOCK_REPLY_CYC);
    assert_true(visible(h, now_cyc) >= a[i].granted);
    h->replies++;
    h->reading = false;
    if (now_cyc > h->cpu_cyc) h->cpu_cyc = now_cyc;
}

// A core that stores and loads at random, up to 60 cycles ahead of the world.
static void on_cpu(void *ctx, uint64_t now_cyc)
{
    host_t *h = ctx;
    if (now_cyc > h->cpu_cyc) h->cpu_cyc = now_cyc;
    for (uint64_t n = rng_below(&h->rng, 4); n && !h->reading && h->accesses_left; n--) {
        nic_access_t a = {.space = NIC_SPACE_MEM, .be = 15, .addr = h->accesses_left * 4};
        h->accesses_left--;
        h->cpu_cyc += rng_below(&h->rng, 20);
        if (rng_below(&h->rng, 3)) {
            a.write = true;
            a.wdata = ++h->store;
            uint64_t go_cyc = link_mmio_write(h->link, h->cpu_cyc, &a);
            assert_true(go_cyc >= h->cpu_cyc);
            h->cpu_cyc = go_cyc;
        } else {
            h->reading = true;
            link_mmio_read(h->link, h->cpu_cyc, &a);
        }
    }
    if (h->accesses_left) sim_at(&h->sim, &h->cpu, now_cyc + 1 + rng_below(&h->rng, 150));
}

static void on_tx_frame(void *ctx, uint64_t first_cyc, unsigned stride, const uint8_t *b,
                        uint32_t n)
{
    (void)ctx, (void)first_cyc, (void)stride, (void)b, (void)n;
}

static void open_host(host_t *h, enum link_kind kind, link_params_t p, uint64_t seed)
{
    memset(h, 0, sizeof *h);
    sim_init(&h->sim);
    rng_seed(&h->rng, seed);
    h->mem = memory_create(1 << 16);
    p.kind = kind;
    h->in_fifo = kind == LINK_PCIE1_X1 || kind == LINK_PCIE1_X4;
    link_client_t c = {h, on_irq, on_msi, on_reply, on_tx_frame, NULL};
    h->link = link_create(&h->sim, h->mem, &p, &c);
    mock_init(&h->nic, &h->sim, link_host(h->link));
    nic_ops_t ops = mock_ops(&h->nic);
    link_attach(h->link, &ops);
    sim_event_init(&h->cpu, "cpu", on_cpu, h);
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
}

// A random life of the device: n actions. Returns the number of writes; reads expect what[i].
static uint32_t plan(host_t *h, unsigned n, uint32_t *what)
{
    uint32_t writes = 0;
    unsigned reads = 0;
    bool level = false;
    uint64_t cyc = 100;
    for (unsigned i = 0; i < n; i++) {
        cyc += rng_below(&h->rng, 2) ? 0 : rng_below(&h->rng, 200);
        switch (rng_below(&h->rng, 6)) {
        case 0:
            mock_add(&h->nic, cyc, NIC_TLP_READ, BUF, 4 + (uint32_t)rng_below(&h->rng, 500), 0);
            what[reads++] = writes;
            break;
        case 1: mock_add(&h->nic, cyc, NIC_TLP_MSG, 0xFEE00000, 4, writes); break;
        case 2:
            level = !level;
            mock_add(&h->nic, cyc, MOCK_INTX, 0, 0, level);
            h->before[h->edges++] = writes;
            break;
        default:
            mock_add(&h->nic, cyc, NIC_TLP_WRITE, BUF, 4 + (uint32_t)rng_below(&h->rng, 125),
                     ++writes);
        }
    }
    return writes;
}

static link_params_t random_params(rng_t *r)
{
    link_params_t p = {0};
    uint32_t *ns[] = {&p.mmio_write_ns, &p.mmio_read_ns, &p.dma_write_ns, &p.dma_read_ns,
                      &p.irq_ns};
    for (unsigned i = 0; i < 5; i++) *ns[i] = (uint32_t)rng_below(r, rng_below(r, 4) ? 1000 : 5000);
    return p;
}

static void nothing_overtakes_a_posted_write(void **state)
{
    (void)state;
    static uint32_t what[MOCK_MAX];
    for (uint64_t seed = 0; seed < 60; seed++) {
        rng_t r;
        rng_seed(&r, seed + 1000);
        static host_t h;
        open_host(&h, (enum link_kind)(seed % LINK_KINDS), random_params(&r), seed);
        uint32_t writes = plan(&h, 1500, what);
        h.accesses_left = 500;
        sim_at(&h.sim, &h.cpu, 50);
        drain(&h);
        const link_stats_t *s = link_stats(h.link);
        assert_int_equal(visible(&h, SIM_NEVER - 1), writes);
        assert_true(link_idle(h.link));
        assert_int_equal(s->writes, writes);
        assert_int_equal(s->messages, h.msis);
        assert_int_equal(h.irqs, h.edges);
        assert_int_equal(s->reads, h.nic.cpls);
        for (unsigned i = 0; i < h.nic.cpls; i++) assert_true(h.nic.cpl[i].value >= what[i]);
        // The accesses of the one core reach the pins in program order, each once.
        assert_int_equal(h.nic.accesses, 500);
        assert_int_equal(s->mmio_writes + s->mmio_reads, 500);
        for (unsigned i = 0; i < 500; i++) assert_int_equal(h.nic.access[i].addr, (500 - i) * 4);
        close_host(&h);
    }
}

static void completions_keep_the_order_of_their_requests(void **state)
{
    (void)state;
    static uint32_t what[MOCK_MAX];
    for (uint64_t seed = 0; seed < 20; seed++) {
        static host_t h;
        rng_t r;
        rng_seed(&r, seed);
        open_host(&h, (enum link_kind)(seed % LINK_KINDS), random_params(&r), seed + 77);
        plan(&h, 1000, what);
        drain(&h);
        unsigned c = 0;
        for (unsigned i = 0; i < h.nic.acts; i++) {
            const mock_act_t *a = &h.nic.act[i];
            if (a->type != NIC_TLP_READ) continue;
            assert_int_equal(h.nic.cpl[c].tag, (i + 1) & 7);
            assert_int_equal(h.nic.cpl[c].len, a->len);
            assert_true(h.nic.cpl[c].cyc > a->first_cyc + 1);
            c++;
        }
        assert_int_equal(c, h.nic.cpls);
        close_host(&h);
    }
}

static void intx_of_pci_is_a_wire_and_may_overtake(void **state)
{
    (void)state;
    for (unsigned k = LINK_PCI33; k <= LINK_PCIE1_X1; k += 2) {
        static host_t h;
        open_host(&h, (enum link_kind)k, (link_params_t){.dma_write_ns = 5000}, 1);
        mock_add(&h.nic, 100, NIC_TLP_WRITE, BUF, 64, 1);
        mock_add(&h.nic, 120, MOCK_INTX, 0, 0, 1);
        while (h.irqs == 0) sim_step(&h.sim, SIM_NEVER);
        assert_int_equal(visible(&h, h.sim.now_cyc), k == LINK_PCI33 ? 0 : 1);
        close_host(&h);
    }
}

static void reply_waits_for_the_write_before_it(void **state)
{
    (void)state;
    static host_t h;
    open_host(&h, LINK_PCIE1_X4, (link_params_t){.dma_write_ns = 5000}, 1);
    // On the pins in 1004: 32.493 ns. The write is granted in 990, visible 7992 + 102.118 + 5000.
    mock_add(&h.nic, 989, NIC_TLP_WRITE, BUF, 64, 1);
    nic_access_t a = {.space = NIC_SPACE_MEM, .addr = 8, .be = 15};
    h.reading = true;
    link_mmio_read(h.link, 1000, &a);
    while (h.replies == 0) sim_step(&h.sim, SIM_NEVER);
    assert_int_equal(h.sim.now_cyc, 1637);
    close_host(&h);
}

// One packet of 64 bytes, its descriptor and one interrupt message every `period` cycles. Returns
// by how much the last message is later than the first, against its packet.
static uint64_t lag_per_run(enum link_kind kind, unsigned period, unsigned packets,
                            link_stats_t *stats)
{
    static host_t h;
    open_host(&h, kind, (link_params_t){0}, 1);
    uint64_t first_lag_cyc = 0, lag_cyc = 0;
    for (unsigned i = 0; i < packets; i++) {
        uint64_t cyc = 100 + (uint64_t)i * period;
        mock_add(&h.nic, cyc, NIC_TLP_WRITE, BUF, 64, 2 * i + 1);
        mock_add(&h.nic, cyc, NIC_TLP_WRITE, BUF, 16, 2 * i + 2);
        mock_add(&h.nic, cyc, NIC_TLP_MSG, 0xFEE00000, 4, 2 * i + 2);
        while (h.msis <= i) sim_step(&h.sim, SIM_NEVER);
        lag_cyc = h.msi_cyc - cyc;
        if (i == 0) first_lag_cyc = lag_cyc;
    }
    *stats = *link_stats(h.link);
    close_host(&h);
    return lag_cyc - first_lag_cyc;
}

static void one_message_per_smallest_packet_takes_97_percent_of_x1(void **state)
{
    (void)state;
    enum { N = 5000 };
    link_stats_t s;
    // 88 + 40 + 28 bytes = 156; 650.679 of 672 ns at 1.918 Gb/s.
    assert_int_equal(lag_per_run(LINK_PCIE1_X1, 84, N, &s), 0);
    assert_int_equal(s.up_busy_ps, N * UINT64_C(650679));
    uint64_t permille = s.up_busy_ps / 84 / CYC_PS * 1000 / N;
    assert_int_equal(permille, 968);
    // 82 cycles are 656 ns: still fits. 81 are 648: 2.679 ns are missing per packet.
    assert_true(lag_per_run(LINK_PCIE1_X1, 82, N, &s) <= 1);
}

static void more_than_the_link_carries_is_held_back(void **state)
{
    (void)state;
    static host_t h;
    open_host(&h, LINK_PCIE1_X1, (link_params_t){0}, 1);
    enum { N = 5000 };
    for (unsigned i = 0; i < N; i++) {
        uint64_t cyc = 100 + (uint64_t)i * 81;
        mock_add(&h.nic, cyc, NIC_TLP_WRITE, BUF, 64, 2 * i + 1);
        mock_add(&h.nic, cyc, NIC_TLP_WRITE, BUF, 16, 2 * i + 2);
        mock_add(&h.nic, cyc, NIC_TLP_MSG, 0xFEE00000, 4, 2 * i + 2);
    }
    drain(&h);
    // The link is never idle: the last message comes N * 650.679 ns after the first byte was ready.
    uint64_t start_ps = 110 * CYC_PS;
    assert_int_equal(h.msi_cyc, cyc_of_ps(start_ps + N * UINT64_C(650679)));
    // The device was held back by all but the two TLPs the link holds.
    const mock_act_t *last = &h.nic.act[h.nic.acts - 1];
    assert_true(last->first_cyc - last->want_cyc > N * (650679 - 648000) / CYC_PS - 100);
    close_host(&h);
}

static void pci33_cannot_carry_smallest_packets_at_line_rate(void **state)
{
    (void)state;
    static host_t h;
    open_host(&h, LINK_PCI33, (link_params_t){0}, 1);
    enum { N = 2000 };
    for (unsigned i = 0; i < N; i++) {
        mock_add(&h.nic, 100 + (uint64_t)i * 84, NIC_TLP_WRITE, BUF, 64, 2 * i + 1);
        mock_add(&h.nic, 100 + (uint64_t)i * 84, NIC_TLP_WRITE, BUF, 16, 2 * i + 2);
    }
    drain(&h);
    // 21 + 9 clocks of 30 ns each: 900 ns a packet, 133 %; the first starts at 900 ns.
    assert_int_equal(link_stats(h.link)->up_busy_ps, N * UINT64_C(900000));
    uint64_t want_cyc = cyc_of_ps(900000 + N * UINT64_C(900000) - 30000); // but the idle clock
    assert_int_equal(memory_last_visible(h.mem), want_cyc);
    close_host(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_overtakes_a_posted_write),
        cmocka_unit_test(completions_keep_the_order_of_their_requests),
        cmocka_unit_test(intx_of_pci_is_a_wire_and_may_overtake),
        cmocka_unit_test(reply_waits_for_the_write_before_it),
        cmocka_unit_test(one_message_per_smallest_packet_takes_97_percent_of_x1),
        cmocka_unit_test(more_than_the_link_carries_is_held_back),
        cmocka_unit_test(pci33_cannot_carry_smallest_packets_at_line_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
