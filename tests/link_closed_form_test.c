// SPDX-License-Identifier: Apache-2.0
// What goes through the wire and the link, beside formulas: rates of Ethernet, throughput of PCIe by
// size of the requests, Little's law, and how full the link is in whole runs.
//
//   Ethernet  frames/s = C / (8 (L + 20)), L with FCS
//   PCIe      write  B s / (s + 24 ceil(s / MPS)), read B s / (s + 20 ceil(s / MPS)) at 24 bytes a
//             request the other way, B = 1.918 and 6.894 Gb/s (Neugebauer et al. 2018)
//   Little    in flight = rate x latency, so rate <= in flight / latency
//
// MPS is the device's, 128. Of the figures of the paper's code, which has 256, those of 64 bytes are
// the same.
#include "tests/mock_nic.h"
#include "tests/run_help.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Ethernet ----------------------------------------------------------------------------------

static void frames_a_second_are_those_of_the_wire(void **state)
{
    (void)state;
    static const struct {
        unsigned len;
        double pps;
    } t[] = {{64, 1488095.24}, {128, 844594.6}, {256, 452898.6}, {512, 234962.4},
             {1024, 119731.8}, {1516, 81380.2}, {1518, 81274.4}};
    enum { N = 2000 };
    for (unsigned i = 0; i < sizeof t / sizeof t[0]; i++) {
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=%u,count=%d", t[i].len, N);
        run_play(&k);
        RUN_EXPECT(k.trace, k.r.delivered, N);
        // From the first preamble byte to the last byte of FCS: all but the last gap.
        RUN_EXPECT(k.trace, k.r.last_cyc - k.r.first_cyc + 1, N * (t[i].len + 20) - 12);
        const double s = (double)(N * (t[i].len + 20)) / 125e6;
        RUN_NEAR(k.trace, N / s, t[i].pps, 1e-6);
        if (t[i].len == 1516) { // 1470 bytes of UDP: 14 + 20 + 8 of headers
            const double payload = (double)(k.r.delivered_bytes - N * 42u);
            RUN_NEAR("goodput of UDP", payload * 8 / s, 957.03e6, 1e-5);
        }
        run_free(&k);
    }
}

// ---- a device that only sends what it is told ----------------------------------------------------

#define BUF MEMORY_BASE

typedef struct bench {
    mock_t nic; // first: callbacks of the device get this
    sim_t sim;
    memory_t *mem;
    link_t *link;
    unsigned left; // reads of the closed loop to come
    uint32_t size;
    uint64_t first_cyc, last_cyc; // completions
} bench_t;

static void on_irq(void *ctx, uint64_t now_cyc, bool level)
{
    (void)ctx, (void)now_cyc, (void)level;
}

static void on_msi(void *ctx, uint64_t now_cyc, uint8_t func, uint64_t addr, uint32_t data)
{
    (void)ctx, (void)now_cyc, (void)func, (void)addr, (void)data;
}

// A device with so many reads outstanding sends the next when one is answered.
static void on_completion(void *nic, uint64_t first_cyc, uint8_t tag, const uint8_t *data,
                          uint32_t len)
{
    bench_t *b = nic;
    mock_ops(&b->nic).completion(nic, first_cyc, tag, data, len);
    b->last_cyc = b->nic.cpl_free_cyc;
    if (b->left == 0) return;
    b->left--;
    mock_add(&b->nic, b->last_cyc + 1, NIC_TLP_READ, BUF, b->size, 0);
}

static bench_t *open_bench(enum link_kind kind, link_params_t p)
{
    bench_t *b = calloc(1, sizeof *b);
    assert_non_null(b);
    sim_init(&b->sim);
    b->mem = memory_create(1 << 16);
    p.kind = kind;
    const link_client_t c = {.ctx = b, .irq = on_irq, .msi = on_msi};
    b->link = link_create(&b->sim, b->mem, &p, &c);
    mock_init(&b->nic, &b->sim, link_host(b->link));
    nic_ops_t ops = mock_ops(&b->nic);
    ops.completion = on_completion;
    link_attach(b->link, &ops);
    return b;
}

static void close_bench(bench_t *b)
{
    link_destroy(b->link);
    memory_destroy(b->mem);
    mock_free(&b->nic);
    free(b);
}

static void drain(bench_t *b)
{
    while (sim_step(&b->sim, SIM_NEVER)) {}
    assert_true(link_idle(b->link));
}

static double tlp_rate(enum link_kind kind)
{
    return kind == LINK_PCIE1_X1 ? 1.918 : 6.894;
}

// `s` bytes as the device sends them: TLPs of at most MPS.
static unsigned add_write(bench_t *b, uint32_t s)
{
    unsigned n = 0;
    for (uint32_t at = 0; at < s; at += NIC_Mps, n++)
        mock_add(&b->nic, 100, NIC_TLP_WRITE, BUF + at, s - at < NIC_Mps ? s - at : NIC_Mps, 0);
    return n;
}

static void near(const char *what, double value, double want, double tolerance)
{
    if (fabs(value - want) > want * tolerance) fail_msg("%s: %f, not %f", what, value, want);
}

// (A piece that is sent faster than the next one crosses the pins, 1 byte before 128, leaves a gap: one
// TLP is buffered, not two.)
static void writes_have_the_throughput_of_the_formula(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4, 16, 64, 128, 256, 512, 1024, 1518};
    for (unsigned x = LINK_PCIE1_X1; x <= LINK_PCIE1_X4; x++) {
        for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            const uint32_t s = sizes[i], tlps = (s + NIC_Mps - 1) / NIC_Mps;
            const unsigned n = 8000 / tlps;
            bench_t *b = open_bench((enum link_kind)x, (link_params_t){0});
            for (unsigned k = 0; k < n; k++) add_write(b, s);
            drain(b);
            // On the link from when the first TLP has left the pins to when the last is in memory.
            const mock_act_t *first = &b->nic.act[0];
            const uint64_t took_cyc = memory_last_visible(b->mem) - first->ready_cyc;
            const double got = (double)s * n * 8 / (double)(took_cyc * CYC_NS);
            const double want = tlp_rate((enum link_kind)x) * s / (s + 24.0 * tlps);
            // A cycle of the clock at the end, and a ps a TLP: of 36 ns, for 4 bytes on x4.
            near(link_kind_name((enum link_kind)x), got, want, 2e-4);
            if (s == 64) near("64 bytes", got, x == LINK_PCIE1_X1 ? 1.395 : 5.014, 3e-4);
            close_bench(b);
        }
    }
}

static void reads_have_the_throughput_of_the_formula(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {64, 128, 256, 512};
    enum { N = 4000 };
    for (unsigned x = LINK_PCIE1_X1; x <= LINK_PCIE1_X4; x++) {
        for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            const uint32_t s = sizes[i];
            bench_t *b = open_bench((enum link_kind)x, (link_params_t){.dma_read_ns = 400});
            for (unsigned k = 0; k < N; k++) mock_add(&b->nic, 100, NIC_TLP_READ, BUF, s, 0);
            drain(b);
            const uint64_t took_cyc = b->nic.cpl[N - 1].cyc - b->nic.cpl[0].cyc;
            const double got = (double)s * (N - 1) * 8 / (double)(took_cyc * CYC_NS);
            const double rate = tlp_rate((enum link_kind)x), cut = ceil((double)s / NIC_Mps);
            near(link_kind_name((enum link_kind)x), got, rate * s / (s + 20 * cut), 2e-4);
            if (s == 64 && x == LINK_PCIE1_X4) near("64 bytes", got, 5.253, 3e-4);
            // The other way 24 bytes a request: one, for none is above MRRS.
            near("requests", (double)link_stats(b->link)->up_busy_ps, N * 24 * 8000 / rate, 1e-4);
            close_bench(b);
        }
    }
}

// ---- Little ------------------------------------------------------------------------------------

// Reads of 64 bytes, k outstanding: k / latency, until the link is full.
static void throughput_is_what_is_outstanding_over_latency(void **state)
{
    (void)state;
    enum { N = 6000 };
    const double link_ns = 84 * 8 / 6.894; // a completion
    double latency_ns = 0;
    for (unsigned k = 1; k <= 32; k *= 2) {
        bench_t *b = open_bench(LINK_PCIE1_X4, (link_params_t){.dma_read_ns = 1000});
        b->size = 64;
        b->left = N - k;
        for (unsigned i = 0; i < k; i++) mock_add(&b->nic, 100, NIC_TLP_READ, BUF, 64, 0);
        drain(b);
        const double each_ns = (double)(b->last_cyc - 100) * CYC_NS / N;
        if (k == 1) latency_ns = each_ns; // pins, request, memory, completion, pins
        const double want_ns = latency_ns / k > link_ns ? latency_ns / k : link_ns;
        print_message("%u outstanding: %.1f ns a read, bound %.1f\n", k, each_ns, want_ns);
        near("bound", each_ns, want_ns, 0.01);
        close_bench(b);
    }
    // 1.04 us and more of which 1 is memory's: 1.488 Mpps with reads need two at a time.
    assert_true(latency_ns > 1000 && latency_ns < 1300);
}

// A write of 64 bytes every 672 ns that takes 1 us from its first beat to memory: 1.488 in flight.
static void writes_in_flight_are_rate_times_latency(void **state)
{
    (void)state;
    enum { N = 1000 };
    // 80 ns on the pins, 88 bytes in 102.118 ns, and this: visible after exactly 125 cycles.
    bench_t *b = open_bench(LINK_PCIE1_X4, (link_params_t){.dma_write_ns = 817});
    for (unsigned i = 0; i < N; i++)
        mock_add(&b->nic, 100 + 84 * (uint64_t)i, NIC_TLP_WRITE, BUF, 64, i + 1);
    uint64_t in_flight = 0, most = 0;
    const uint64_t begin = 100 + 84 * 10, cycles = 84 * (N - 20);
    for (uint64_t cyc = begin; cyc < begin + cycles; cyc++) {
        while (sim_step(&b->sim, cyc)) {}
        uint32_t seen;
        memory_observe(b->mem, cyc);
        memcpy(&seen, memory_at(b->mem, BUF, 4), 4);
        const uint64_t begun =
            (cyc - 100) / 84 + 1; // number of the latest whose first beat has been
        in_flight += begun - seen;
        if (begun - seen > most) most = begun - seen;
    }
    near("in flight", (double)in_flight / (double)cycles, 125 / 84.0, 1e-6);
    assert_int_equal(most, 2); // one and a half: two places are needed
    drain(b);
    close_bench(b);
}

// ---- whole runs --------------------------------------------------------------------------------

// 64-byte frames at line rate behind PCIe x1, a host that takes no time.
static void play(run_case_t *k, const char *dir, unsigned vfs, uint32_t usecs, const char *trace)
{
    static char path[128];
    run_profile(dir, path, "link = pcie1-x1\n");
    run_ideal(k, "%s", trace);
    k->c.profile = path;
    k->c.nic = NIC_82576;
    k->c.driver = vfs ? "igbvf" : "igb";
    k->c.vfs = vfs;
    k->c.app_cpu = vfs ? RUN_UNSET : 0;
    k->c.itr = RUN_UNSET;
    k->c.rx_usecs = usecs;
    k->c.adaptive_rx = 0;
    run_play(k);
    RUN_EXPECT(k->trace, k->r.delivered, k->r.offered);
}

// Bytes from device to host: those of the formula, with what the run has counted.
static uint64_t up_bytes(const run_result_t *r)
{
    const link_stats_t *l = &r->link;
    return l->write_bytes + 24 * l->writes + 24 * l->reads + 28 * l->messages;
}

static double utilisation(const run_result_t *r)
{
    return (double)r->link.up_busy_ps / ((double)(r->last_cyc - r->first_cyc) * CYC_PS);
}

// A message a packet, of several functions in turn (the driver does not let one interrupt more than
// once in a microsecond). 60 + 24, the FCS stays in the device; 16 + 24; 4 + 24; a fetch in 32: 152.75
// bytes of 161.1. Behind a completion of 32 descriptors, 2.5 us, the driver's re-enabling waits: then
// a message is for two or three.
static void one_message_per_smallest_packet_is_lossless(void **state)
{
    char dir[64];
    run_case_t k;
    (void)state;
    enum { N = 40000 };
    run_dir_make(dir);
    play(&k, dir, 4, 0, "gen:cbr,size=64,hosts=4,count=40000");
    const link_stats_t *l = &k.r.link;
    RUN_EXPECT("writes", l->writes, 2 * N);
    RUN_EXPECT("bytes", l->write_bytes, N * (60 + 16));
    assert_in_range(l->messages, N * 94 / 100, N);
    near("up", (double)l->up_busy_ps, (double)up_bytes(&k.r) * 8000 / 1.918, 1e-5);
    const double u = utilisation(&k.r), full = 152.75 / (672 * 1.918 / 8);
    print_message("%.2f %% of x1, %.3f messages a packet; with all of them %.2f %%\n", 100 * u,
                  (double)l->messages / N, 100 * full);
    assert_true(u > 0.93 && u <= full);
    near("what is missing", full - u, 28 * (double)(N - l->messages) / N / 161.1, 0.01);
    run_free(&k);
    run_dir_remove(dir);
}

// Without one the link has room: 124 bytes and the fetches, 1.48 of 1.918 Gb/s (with the FCS 1.52).
static void without_it_the_link_is_never_full(void **state)
{
    char dir[64];
    run_case_t k;
    (void)state;
    enum { N = 40000 };
    run_dir_make(dir);
    play(&k, dir, 0, 100, "gen:cbr,size=64,count=40000");
    const double bits = (double)up_bytes(&k.r) * 8 / N * 1.488095e6;
    near("up", bits, (60 + 24 + 16 + 24) * 8 * 1.488095e6, 0.02);
    assert_true(bits < 1.52e9);
    near("utilisation", utilisation(&k.r), bits / 1.918e9, 0.002);
    run_free(&k);
    run_dir_remove(dir);
}

// Time between wire and application, frame by frame, against how many are in between.
typedef struct between {
    uint64_t now_cyc, frames, area, most;
} between_t;

static void step(between_t *b, uint64_t cyc, int change)
{
    b->area += b->frames * (cyc - b->now_cyc);
    b->now_cyc = cyc;
    b->frames += (uint64_t)change;
    if (b->frames > b->most) b->most = b->frames;
}

// The tap tells of a frame when it begins: ends to come.
typedef struct little {
    between_t b;
    uint64_t end_cyc[65536];
    unsigned in, out;
} little_t;

static void on_sent(void *ctx, const wire_sent_t *f)
{
    little_t *l = ctx;
    l->end_cyc[l->in++ % 65536] = f->last_cyc;
}

static void on_delivered(void *ctx, uint64_t cyc, const uint8_t *data, uint32_t len)
{
    little_t *l = ctx;
    (void)data, (void)len;
    for (; l->out < l->in && l->end_cyc[l->out % 65536] <= cyc; l->out++)
        step(&l->b, l->end_cyc[l->out % 65536], 1);
    step(&l->b, cyc, -1);
}

static void frames_in_between_are_rate_times_latency(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        run_case_t k;
        static little_t l;
        memset(&l, 0, sizeof l);
        const run_tap_t tap = {.ctx = &l, .sent = on_sent, .delivered = on_delivered};
        run_ideal(&k, "gen:poisson,size=512,pps=60000,count=20000");
        k.c.tap = &tap;
        k.c.itr = RUN_UNSET;
        k.c.rx_usecs = i ? 125 : 20;
        k.c.adaptive_rx = 0;
        k.c.profile = "native-2012";
        k.c.sockbuf = 1 << 24;
        run_play(&k);
        RUN_EXPECT(k.trace, k.r.delivered, 20000);
        const double ns = (double)(l.b.now_cyc - k.r.first_cyc) * CYC_NS;
        const double mean = (double)l.b.area * CYC_NS / ns, rate = 20000 / ns;
        print_message("%.3f frames on the way, at most %u\n", mean, (unsigned)l.b.most);
        assert_true(l.b.most > 2);
        near("L = lambda W", mean, rate * (double)run_sum(&k.r.latency) / 20000, 1e-4);
        run_free(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_a_second_are_those_of_the_wire),
        cmocka_unit_test(writes_have_the_throughput_of_the_formula),
        cmocka_unit_test(reads_have_the_throughput_of_the_formula),
        cmocka_unit_test(throughput_is_what_is_outstanding_over_latency),
        cmocka_unit_test(writes_in_flight_are_rate_times_latency),
        cmocka_unit_test(one_message_per_smallest_packet_is_lossless),
        cmocka_unit_test(without_it_the_link_is_never_full),
        cmocka_unit_test(frames_in_between_are_rate_times_latency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
