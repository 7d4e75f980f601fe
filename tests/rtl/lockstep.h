// SPDX-License-Identifier: Apache-2.0
// What the lockstep tests of single modules share: the RTL beside the C module, every output and register of
// state compared in every cycle, stop at the first difference.
//
// Stimulus is random from a seed; every few hundred cycles its odds and ranges change. `corners` counts the
// coincidences that matter: a full run that never met one of them fails.
//
// A bench is a class with
//   dut                                 the Verilated module
//   corners[]                           lockstep_corner
//   void init()                         the C module to its reset state
//   void drive(uint64_t now, rng &)     chooses the inputs of cycle `now`, for both
//   void compare(uint64_t now, diff &)  what is visible in cycle `now`
//   void tick(uint64_t now)             the C module, or its reset
//   void print()                        the inputs, as part of a line
#ifndef MODERATO_TESTS_RTL_LOCKSTEP_H
#define MODERATO_TESTS_RTL_LOCKSTEP_H

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "verilated.h"
extern "C" {
#include "rtl/defs.h"
}

// splitmix64
struct lockstep_rng {
    uint64_t s;
    explicit lockstep_rng(uint64_t seed) : s(seed * 0x9E3779B97F4A7C15u + 1)
    {
    }
    uint32_t u32()
    {
        uint64_t z = (s += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return (uint32_t)((z ^ (z >> 31)) >> 32);
    }
    // 0 .. n-1
    uint32_t below(uint32_t n)
    {
        return (uint32_t)((uint64_t)u32() * n >> 32);
    }
    bool one_in(uint32_t n)
    {
        return below(n) == 0;
    }
};

struct lockstep_corner {
    const char *name;
    uint64_t count;
};

// The first difference of a cycle.
struct lockstep_diff {
    const char *signal = nullptr;
    uint64_t rtl = 0, model = 0;
    void same(const char *name, uint64_t r, uint64_t m)
    {
        if (signal || r == m) return;
        signal = name;
        rtl = r;
        model = m;
    }
};

// Part of a line: an access on the register bus.
inline void lockstep_print_csr(const csr_t &a)
{
    const char *name = "?";
    for (unsigned i = 0; i < reg_row_count; i++)
        if (reg_rows[i].first == a.id) name = reg_rows[i].name;
    if (!a.valid) printf(" -");
    else if (a.write) printf(" write %s(%u) %08" PRIX32, name, a.id, a.wdata);
    else printf(" read %s(%u)", name, a.id);
}

// One seed from reset on; returns the cycle of the first difference, or `cycles`. The inputs of the ticks from `show` on are
// printed.
template <class B>
uint64_t lockstep_run(B &b, uint64_t seed, uint64_t cycles, uint64_t show, lockstep_diff &d)
{
    lockstep_rng rng(seed);
    b.dut->clk_i = 0;
    b.dut->rst_ni = 1; // the asynchronous reset needs its edge
    b.dut->eval();
    b.dut->rst_ni = 0;
    b.dut->eval();
    b.dut->rst_ni = 1;
    b.init();
    for (uint64_t now = 0; now < cycles; now++) {
        // Outputs are compared with the inputs of the same cycle applied: they must not answer to them.
        b.drive(now, rng);
        b.dut->clk_i = 0;
        b.dut->eval();
        b.compare(now, d);
        if (d.signal) return now;
        if (now >= show) {
            printf("  tick %" PRIu64 ":", now);
            b.print();
            printf("\n");
        }
        b.tick(now);
        b.dut->clk_i = 1;
        b.dut->eval();
    }
    return cycles;
}

// argv: [first seed [number of seeds [cycles of each]]]
template <class B> int lockstep_main(const char *module, int argc, char **argv)
{
    const uint64_t first = argc > 1 ? strtoull(argv[1], nullptr, 0) : 1;
    const uint64_t seeds = argc > 2 ? strtoull(argv[2], nullptr, 0) : 1;
    const uint64_t cycles = argc > 3 ? strtoull(argv[3], nullptr, 0) : 1000000;
    std::vector<lockstep_corner> corners;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        lockstep_diff d;
        auto b = std::make_unique<B>();
        const uint64_t end = lockstep_run(*b, seed, cycles, cycles, d);
        if (d.signal) { // the same again, for its last ticks
            lockstep_diff again;
            lockstep_run(*std::make_unique<B>(), seed, end + 1, end < 8 ? 0 : end - 8, again);
            printf("FAIL cycle %" PRIu64 ": %s.%s rtl=%" PRIu64 " model=%" PRIu64 "\n", end, module,
                   d.signal, d.rtl, d.model);
            printf("repro: make lockstep-modules RTL_MODULES=%s SEED=%" PRIu64
                   " RTL_SEEDS=1 RTL_CYCLES=%" PRIu64 "\n",
                   module, seed, end + 1);
            return 1;
        }
        size_t i = 0;
        for (const lockstep_corner &c : b->corners) {
            if (corners.size() == i) corners.push_back({c.name, 0});
            corners[i++].count += c.count;
        }
    }
    bool met = true;
    for (const lockstep_corner &c : corners) {
        printf("  %10" PRIu64 " %s\n", c.count, c.name);
        met = met && c.count;
    }
    const bool ok = met || seeds * cycles < 1000000; // a short run owes no corners
    printf("%s: %s, seeds %" PRIu64 "..%" PRIu64 " x %" PRIu64 " cycles\n", module,
           ok ? "RTL = model" : "FAIL: a corner was never met", first, first + seeds - 1, cycles);
    return ok ? 0 : 1;
}

#endif
