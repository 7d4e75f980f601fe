// SPDX-License-Identifier: Apache-2.0
// Whole runs behind an IOMMU, every function in a domain of its own.
#include "tests/run_help.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NICS = 3 };

static void choose_nic(run_case_t *k, unsigned i)
{
    k->c.nic = i ? NIC_82576 : NIC_82540EM;
    k->c.vfs = i == 2 ? 4 : 0;
    k->c.driver = i == 0 ? "e1000" : i == 1 ? "igb" : "igbvf";
    k->c.app_cpu = i == 2 ? RUN_UNSET : 0;
    k->c.itr = RUN_UNSET;
    k->c.rx_usecs = 20;
    k->c.adaptive_rx = 0;
    k->c.verify = true;
    k->c.respond = RESPOND_ECHO;
    k->c.engine = "model";
}

static void play(run_case_t *k)
{
    if (run_try(k) != 0) fail_msg("%s: status %d: %s", k->trace, k->status, k->r.error);
    const iommu_stats_t *s = &k->r.iommu.unit;
    RUN_EXPECT(k->trace, k->r.iommu.early_faults + s->faults, 0);
    RUN_EXPECT(k->trace, s->translations, s->passed + s->hits + s->walks);
    RUN_EXPECT(k->trace, k->r.mismatched, 0);
}

static uint64_t busy_ps(const run_result_t *r)
{
    return r->cpu[0].wall_ps - r->cpu[0].idle_ps;
}

// What costs nothing changes nothing: each mode against none, in all that can be seen.
static void without_costs_all_modes_are_equal(void **state)
{
    (void)state;
    for (unsigned nic = 0; nic < NICS; nic++) {
        run_case_t off = {0};
        run_ideal(&off, "gen:imix,load=60,count=400");
        choose_nic(&off, nic);
        play(&off);
        RUN_EXPECT("off", off.r.iommu.on, 0);
        for (unsigned mode = DMA_PT; mode <= DMA_PINNED; mode++) {
            for (unsigned pages = 0; pages < (mode == DMA_PT || nic == 1 ? 1u : 3u); pages++) {
                run_case_t k = {0};
                run_ideal(&k, "gen:imix,load=60,count=400");
                choose_nic(&k, nic);
                k.c.iommu = mode;
                k.c.pages = pages;
                play(&k);
                RUN_EXPECT("delivered", k.r.delivered, off.r.delivered);
                RUN_EXPECT("sent", k.r.tx_frames, off.r.tx_frames);
                RUN_EXPECT("interrupts", k.r.irq_asserted, off.r.irq_asserted);
                RUN_EXPECT("gaps", k.r.irq_gap_sum_ns, off.r.irq_gap_sum_ns);
                RUN_EXPECT("latency", run_sum(&k.r.latency), run_sum(&off.r.latency));
                RUN_EXPECT("cycles", k.r.cycles, off.r.cycles);
                RUN_EXPECT("requests", k.r.iommu.unit.requests, k.r.link.writes + k.r.link.reads);
                if (nic) RUN_EXPECT("remapped", k.r.iommu.unit.remapped, k.r.link.messages);
                run_free(&k);
            }
        }
        run_free(&off);
    }
}

// The same at the pins, where addresses, data and times come one after the other.
static void a_device_at_its_pins_sees_the_same(void **state)
{
    (void)state;
    for (unsigned nic = 0; nic < NICS; nic++) {
        run_case_t k[2] = {0};
        for (unsigned i = 0; i < 2; i++) {
            run_ideal(&k[i], "gen:imix,load=30,count=60");
            choose_nic(&k[i], nic);
            k[i].c.profile = "native-2012";
            k[i].c.iommu = DMA_STRICT;
            k[i].c.engine = i ? "model-pins" : "model";
            play(&k[i]);
        }
        RUN_EXPECT("statistics", memcmp(&k[0].r.iommu, &k[1].r.iommu, sizeof k[0].r.iommu), 0);
        RUN_EXPECT("latency", run_sum(&k[0].r.latency), run_sum(&k[1].r.latency));
        RUN_EXPECT("end", k[0].r.end_cyc, k[1].r.end_cyc);
        for (unsigned i = 0; i < 2; i++) run_free(&k[i]);
    }
}

static void costs_show_where_they_belong(void **state)
{
    (void)state;
    for (unsigned nic = 0; nic < NICS; nic++) {
        run_case_t k[5] = {0};
        static const unsigned modes[] = {DMA_OFF, DMA_PT, DMA_DEFERRED, DMA_STRICT, DMA_STRICT};
        for (unsigned i = 0; i < 5; i++) {
            run_ideal(&k[i], "gen:poisson,size=512,pps=20000,count=1000");
            choose_nic(&k[i], nic);
            k[i].c.profile = "native-2012";
            k[i].c.iommu = modes[i];
            k[i].c.pages = i == 4 ? IOMMU_SIZE_2M : IOMMU_SIZE_4K;
            play(&k[i]);
            RUN_EXPECT("delivered", k[i].r.delivered, 1000);
        }
        // Mapping costs the core: nothing, little, more; large pages nearly nothing.
        assert_true(busy_ps(&k[0].r) <= busy_ps(&k[1].r) + busy_ps(&k[0].r) / 50);
        assert_true(busy_ps(&k[1].r) < busy_ps(&k[2].r));
        assert_true(busy_ps(&k[2].r) < busy_ps(&k[3].r));
        assert_true(busy_ps(&k[4].r) < busy_ps(&k[2].r));
        // Two buffers a frame, each mapped and unmapped once and walked once at least.
        const run_iommu_t *strict = &k[3].r.iommu, *lazy = &k[2].r.iommu, *large = &k[4].r.iommu;
        assert_in_range(strict->dma.unmaps, 2 * 1000 - 300, 2 * 1000);
        RUN_EXPECT("flushes", strict->dma.flushes, strict->dma.unmaps);
        assert_in_range(strict->unit.walks, 2 * 1000 - 300, 2 * 1000 + 300);
        assert_in_range(lazy->dma.flushes, 2 * 1000 / DMA_FLUSH_ENTRIES - 2, 40);
        assert_true(lazy->dma.stale_max <= DMA_FLUSH_ENTRIES && lazy->dma.stale_max > 0);
        assert_true(large->unit.walks <= 16 && large->dma.flushes <= 16);
        RUN_EXPECT("passed", k[1].r.iommu.unit.passed, k[1].r.iommu.unit.requests);
        // A walk with the upper tables remembered: 250 + 80 ns, and 2 ns in all requests.
        RUN_NEAR("added latency", (double)large->unit.latency_ps / (double)large->unit.requests,
                 2000, 0.1);
        assert_true(strict->unit.latency_ps >
                    strict->unit.walks * 330000 + strict->unit.requests * 2000);
        for (unsigned i = 0; i < 5; i++) run_free(&k[i]);
    }
}

// Beside the reads of registers, which take some cycles, nothing else takes time: the core spends what
// the profile says of each map, unmap and flush, here in whole cycles. (That of each page is left
// out: some buffers lie in two.)
static void the_core_pays_for_each_mapping(void **state)
{
    (void)state;
    char dir[64], profile[128];
    double reads_ns = 0;
    run_dir_make(dir);
    run_profile(dir, profile,
                "iova_strict_ns = 1304 ns ; map\niova_deferred_ns = 504 ns ; map\n"
                "iova_free_ns = 200 ns ; unmap\niommu_inv_ns = 704 ns ; flush\n");
    static const unsigned modes[] = {DMA_PT, DMA_STRICT, DMA_DEFERRED};
    for (unsigned i = 0; i < 3; i++) {
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=512,pps=20000,count=2000");
        k.c.profile = profile;
        k.c.iommu = modes[i];
        play(&k);
        const dma_stats_t *d = &k.r.iommu.dma;
        const double spent_ns = (double)busy_ps(&k.r) / 1000 - reads_ns;
        RUN_EXPECT("delivered", k.r.delivered, 2000);
        if (i == 0) {
            reads_ns = spent_ns;
            assert_true(reads_ns < 2000 * 110);
        } else {
            assert_true(d->maps > 1900 && d->unmaps > 1900 && d->flushes > 0);
            const double map_ns = modes[i] == DMA_STRICT ? 1304 : 504;
            RUN_NEAR("spent, ns", spent_ns,
                     (double)d->maps * map_ns + (double)d->unmaps * 200 + (double)d->flushes * 704,
                     0.005);
        }
        run_free(&k);
    }
    run_dir_remove(dir);
}

// Slow traffic: the timer comes before the list is full, 10 ms after its first entry.
static void the_timer_bounds_the_window_of_slow_traffic(void **state)
{
    (void)state;
    for (unsigned nic = 0; nic < NICS; nic++) {
        run_case_t k = {0};
        run_ideal(&k, "gen:cbr,size=128,pps=2000,count=300");
        choose_nic(&k, nic);
        k.c.iommu = DMA_DEFERRED;
        play(&k);
        const dma_stats_t *d = &k.r.iommu.dma;
        assert_in_range(d->stale_max_ps, DMA_FLUSH_PS, DMA_FLUSH_PS + 1000000);
        assert_in_range(d->stale_max, 30, 60); // two buffers a frame, 20 frames in 10 ms
        assert_in_range(d->flushes, 13, 16);
        run_free(&k);
    }
}

// No cache at all, one entry, many: the same frames arrive; only time differs.
static void caches_change_time_only(void **state)
{
    (void)state;
    static const char *const shapes[] = {"0:0:lru", "1:1:fifo", "64:4:plru", "1024:8:random"};
    uint64_t walks = UINT64_MAX, none = 0;
    for (unsigned i = 0; i < 4; i++) {
        run_case_t k = {0};
        run_ideal(&k, "gen:imix,load=40,count=500");
        choose_nic(&k, 2);
        k.c.profile = "native-2012";
        k.c.sockbuf = 1 << 24;
        k.c.iommu = DMA_DEFERRED;
        k.c.iotlb = shapes[i];
        k.c.walk_cache = i ? "16:16:lru" : "0:0:lru";
        play(&k);
        RUN_EXPECT("hits", k.r.iommu.unit.hits == 0, i == 0);
        assert_true(k.r.iommu.unit.walks <= walks);
        walks = k.r.iommu.unit.walks;
        if (i == 0) none = k.r.iommu.unit.latency_ps;
        else assert_true(k.r.iommu.unit.latency_ps < none * 2 / 3);
        run_free(&k);
    }
}

// ---- the IOTLB and a ring ----------------------------------------------------------------------

// A frame at a time, its buffer back in the ring before the next but 16: 256 buffers of 2 KiB, two a page,
// in the same order every time round.
static void go_round(run_case_t *k, unsigned nic, const char *profile, const char *iotlb,
                     unsigned rounds)
{
    run_ideal(k, "gen:cbr,size=64,load=10,count=%u", rounds * 256);
    choose_nic(k, nic);
    k->c.profile = profile;
    k->c.app_cpu = 0;
    k->c.rx_usecs = 0;
    k->c.respond = RESPOND_NONE;
    k->c.iommu = DMA_PINNED;
    k->c.iotlb = iotlb;
    play(k);
    RUN_EXPECT(iotlb, k->r.delivered, rounds * 256);
    RUN_EXPECT(iotlb, k->r.polls, rounds * 256);
    RUN_EXPECT(iotlb, k->r.iommu.dma.flushes, 0);
}

// 128 pages of buffers and one of descriptors: with LRU no entry below the 129th is of any use, every page
// misses when it is come to, and its second buffer finds what the first has fetched.
static void a_ring_falls_off_the_cliff_of_lru(void **state)
{
    (void)state;
    enum { ROUNDS = 20 };
    static const struct {
        const char *iotlb;
        unsigned a_round;
    } t[] = {{"2:2:lru", 128},   {"64:64:lru", 128},    {"127:127:lru", 128}, {"128:128:lru", 128},
             {"129:129:lru", 0}, {"128:128:fifo", 128}, {"0:0:lru", 0}};
    for (unsigned nic = 0; nic < 2; nic++) {
        for (unsigned i = 0; i < sizeof t / sizeof t[0]; i++) {
            run_case_t k = {0};
            go_round(&k, nic, "ideal", t[i].iotlb, ROUNDS);
            const iommu_stats_t *s = &k.r.iommu.unit;
            uint64_t want = 128 + t[i].a_round * (uint64_t)(ROUNDS - 1);
            if (strcmp(t[i].iotlb, "0:0:lru") == 0) want = s->translations;
            if (strcmp(t[i].iotlb, "128:128:fifo") ==
                0) // the ring's page goes, too, and comes back
                assert_in_range(s->walks, want, want + ROUNDS + 1);
            else RUN_EXPECT(t[i].iotlb, s->walks, want);
            run_free(&k);
        }
    }
}

// Random replacement with E entries: h = (1 - 1/E)^(misses in between), and these are those of the 127
// other pages, and of the ring's page, which each of them evicts once in E.
static void a_ring_has_the_random_hits_of_the_formula(void **state)
{
    (void)state;
    enum { ROUNDS = 200 };
    static const unsigned entries[] = {32, 64, 96};
    char iotlb[32];
    for (unsigned i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        const double e = entries[i];
        double h = 0;
        for (int n = 0; n < 10000; n++) h = pow(1 - 1 / e, 127 * (1 - h) * (1 + 1 / e));
        run_case_t k = {0};
        snprintf(iotlb, sizeof iotlb, "%u:%u:random", entries[i], entries[i]);
        go_round(&k, 0, "ideal", iotlb, ROUNDS);
        const double pages = ROUNDS * 128.0, want = pages * (1 - h) * (1 + 1 / e);
        print_message("%s: %.4f walks a page, formula %.4f\n", iotlb,
                      (double)k.r.iommu.unit.walks / pages, want / pages);
        assert_true(fabs((double)k.r.iommu.unit.walks - want) < 0.01 * pages);
        run_free(&k);
    }
}

// (1 - h) t_walk, 330 ns; and the descriptor, 7 cycles behind the data, waits for the same walk.
static void misses_cost_what_a_walk_costs(void **state)
{
    (void)state;
    enum { ROUNDS = 50 };
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(
        dir, profile,
        "iommu_hit_ns = 2 ns ; x\niommu_walk_ns = 250 ns ; x\niommu_access_ns = 80 ns ; x\n");
    for (unsigned fits = 0; fits < 2; fits++) {
        run_case_t k = {0};
        go_round(&k, 0, profile, fits ? "129:129:lru" : "64:64:lru", ROUNDS);
        const iommu_stats_t *s = &k.r.iommu.unit;
        const double miss = (double)s->walks / (double)s->requests;
        RUN_NEAR("share", miss, (fits ? 128 : 128.0 * ROUNDS) / (520 * ROUNDS), 1e-6);
        RUN_NEAR("added", (double)s->latency_ps / (double)s->requests,
                 2000 + miss * (330000 + 332000 - 56000), 1e-3);
        run_free(&k);
    }
    run_dir_remove(dir);
}

// Every request walks, 780 ns, and those of a function one after the other: two for a frame and one for 32
// descriptors. Line rate is more: 16 requests wait, the device is held back, and its FIFO overflows. Of four
// functions each is below that, and they do not wait for each other.
static void misses_reach_the_pins_of_the_device(void **state)
{
    (void)state;
    enum { N = 50000 };
    char dir[64], profile[128];
    run_dir_make(dir);
    run_profile(dir, profile, "iommu_walk_ns = 700 ns ; x\niommu_access_ns = 80 ns ; x\n");
    for (unsigned nic = 0; nic < NICS; nic++) {
        run_case_t k = {0};
        run_ideal(&k, "gen:cbr,size=64,hosts=4,count=%d", N);
        choose_nic(&k, nic);
        k.c.profile = profile;
        k.c.respond = RESPOND_NONE;
        k.c.iommu = DMA_PINNED;
        k.c.iotlb = "0:0:lru";
        play(&k);
        const double ns = (double)(k.r.last_delivery_cyc - k.r.first_delivery_cyc) * CYC_NS;
        if (nic == 2) {
            RUN_EXPECT("four functions", k.r.delivered, N);
            RUN_EXPECT("held back", k.r.link.backpressure_cyc, 0);
        } else {
            RUN_NEAR("rate", (double)k.r.delivered / ns, 1 / (780 * (2 + 1 / 32.0)), 0.005);
            RUN_EXPECT("lost", k.r.drops.fifo_overflow, N - k.r.delivered);
            RUN_EXPECT("16 places", k.r.iommu.unit.latency_max_ps / 780000, 16);
            assert_true(k.r.link.backpressure_cyc > 1000000);
        }
        run_free(&k);
    }
    run_dir_remove(dir);
}

static void sample_captures_arrive_whole(void **state)
{
    (void)state;
    static const char *const names[] = {"web-http-browse.pcap", "burst-fix-orders.pcap",
                                        "vlan-goose-multicast.pcap"};
    char path[512];
    unsigned played = 0;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!run_sample(names[i], path)) continue;
        for (unsigned nic = 0; nic < NICS; nic += 2) {
            run_case_t k[2] = {0};
            for (unsigned on = 0; on < 2; on++) {
                run_ideal(&k[on], "%s", path);
                choose_nic(&k[on], nic);
                k[on].c.pace.max_gap_ns = 1000000;
                k[on].c.pace.limit = 150;
                k[on].c.iommu = on ? DMA_STRICT : DMA_OFF;
                play(&k[on]);
            }
            RUN_EXPECT(names[i], k[1].r.delivered, k[0].r.delivered);
            RUN_EXPECT(names[i], k[1].r.tx_bytes, k[0].r.tx_bytes);
            RUN_EXPECT(names[i], run_sum(&k[1].r.latency), run_sum(&k[0].r.latency));
            played++;
            for (unsigned on = 0; on < 2; on++) run_free(&k[on]);
        }
    }
    if (!played) skip();
}

// Interrupts unmap while a core switches to the flush, whose time is over: it takes what they add.
static void a_flush_that_begins_takes_what_is_added(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        unsigned nic, pps;
    } t[] = {{"native", 0, 15000},    {"native", 1, 15000}, {"native", 2, 20000},
             {"container", 0, 15000}, {"virtio", 0, 20000}, {"emulated", 0, 20000}};
    for (unsigned i = 0; i < sizeof t / sizeof t[0]; i++) {
        for (unsigned seed = 1; seed <= 3; seed++) {
            run_case_t k = {0};
            run_ideal(&k, "gen:poisson,pps=%u,count=20000", t[i].pps);
            choose_nic(&k, t[i].nic);
            k.c.profile = "native-2012";
            k.c.path = t[i].path;
            if (strcmp(t[i].path, "virtio") == 0) k.c.driver = "virtio-net";
            k.c.respond = RESPOND_NONE;
            k.c.rx_usecs = 0;
            k.c.pace.seed = seed;
            k.c.iommu = DMA_DEFERRED;
            play(&k);
            run_free(&k);
        }
    }
}

static void what_cannot_be_built_is_said(void **state)
{
    (void)state;
    run_case_t k = {0};
    run_ideal(&k, "gen:cbr,count=1");
    k.c.iommu = DMA_STRICT;
    k.c.iotlb = "64:5:lru";
    assert_int_equal(run_try(&k), 2);
    assert_non_null(strstr(k.r.error, "--iotlb 64:5:lru"));
    run_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_costs_all_modes_are_equal),
        cmocka_unit_test(a_device_at_its_pins_sees_the_same),
        cmocka_unit_test(costs_show_where_they_belong),
        cmocka_unit_test(the_core_pays_for_each_mapping),
        cmocka_unit_test(the_timer_bounds_the_window_of_slow_traffic),
        cmocka_unit_test(caches_change_time_only),
        cmocka_unit_test(a_ring_falls_off_the_cliff_of_lru),
        cmocka_unit_test(a_ring_has_the_random_hits_of_the_formula),
        cmocka_unit_test(misses_cost_what_a_walk_costs),
        cmocka_unit_test(misses_reach_the_pins_of_the_device),
        cmocka_unit_test(sample_captures_arrive_whole),
        cmocka_unit_test(a_flush_that_begins_takes_what_is_added),
        cmocka_unit_test(what_cannot_be_built_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
