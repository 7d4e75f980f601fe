// SPDX-License-Identifier: Apache-2.0
// A Verilated chip as a pin device: what hostbridge/pin_dev.h asks for and all chips have in common; no behaviour. The file of
// a chip says what its nets mean. Nets that are read or moved beside the pins are listed in rtl/lint.vlt.
//
// A cycle is one evaluation with the clock high, inputs set before. Outputs and nets are functions of the flops, so behind it they
// show the next cycle. With the clock low nothing changes; where Verilator lets us, the class is just told that it was.
#ifndef MODERATO_CHIP_H
#define MODERATO_CHIP_H

#include <verilated.h>

#include <cstring>
#include <memory>
#include <type_traits>

extern "C" {
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
#include "hostbridge/pin_dev.h"
#include "model/state.h"
}

struct verilated {
    pin_dev_t dev; // first: no virtual functions here
    struct chip *chip;
};

// What a chip has to say. Counters: 1 = ends in this tick, 0 = idle.
struct chip {
    verilated face;
    uint64_t now = 0;
    pin_dev_probe_fn *probe = nullptr;
    void *probe_ctx = nullptr;

    virtual ~chip() = default;
    virtual nic_out_t out() const = 0;
    virtual void tick(const nic_in_t *in) = 0;
    // Cycles that may be jumped over, were the chip idle: to the first end of a counter that changes something.
    virtual uint64_t horizon() const = 0;
    virtual void jump(uint64_t cycles) = 0;
    virtual uint64_t tlp_addr() const = 0;
    virtual bool still() const = 0;
    virtual bool loopback() const = 0;
    virtual unsigned speed() const = 0;
    virtual uint32_t peek(uint32_t off) const = 0;
    virtual void waves(uint64_t value[NIC_WAVES]) const = 0;

    void tell(enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b) const
    {
        if (probe) probe(probe_ctx, what, cyc, a, b);
    }
    // Less `cycles`, but not below 0.
    template <class T> static void pass(T &counter, uint64_t cycles)
    {
        counter = (T)(counter > cycles ? counter - cycles : 0);
    }
    static uint64_t soonest(uint64_t h, uint64_t counter)
    {
        return counter && counter - 1 < h ? counter - 1 : h;
    }
    pin_dev_t *device();
};

// The clock and the pins of a class that Verilator made. Chip: look() before an edge, report() of what was seen, behind it;
// configure(), which says whether it has changed anything, before the nets settle; load() before the reset; pass_counters(cycles).
template <class Chip, class Dut> struct verilated_chip : chip {
    VerilatedContext context;
    std::unique_ptr<Dut> dut;
    typename std::remove_const<decltype(Dut::rootp)>::type root = nullptr;
    uint32_t autoneg_cyc = 0;

    explicit verilated_chip(const nic_config_t *cfg)
    {
        autoneg_cyc = cfg->autoneg_cyc ? cfg->autoneg_cyc : (uint32_t)NIC_PhyAutonegCyc;
        context.randReset(2); // what has no reset starts at random, the same in every run
        context.randSeed(1);
        dut = std::make_unique<Dut>(&context);
        root = dut->rootp;
        const nic_in_t none = {};
        put(&none);
        dut->clk_i = 0;
        dut->rst_ni = 1; // the asynchronous reset needs its edge
        dut->eval();
    }
    // Behind load().
    void power_good()
    {
        dut->rst_ni = 0;
        dut->eval();
        dut->rst_ni = 1;
        dut->eval();
    }
    void put(const nic_in_t *in)
    {
#define PIN_I(n, w, doc) dut->n##_i = in->n;
#define PIN_O(n, w, doc)
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
    }
    nic_out_t out() const final
    {
        nic_out_t o;
#define PIN_I(n, w, doc)
#define PIN_O(n, w, doc) o.n = dut->n##_o;
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
        return o;
    }
    // The clock as the class saw it last. An evaluation would find everything that hangs on an input again: an eighth of the time.
    template <class Root>
    static auto clock_was_low(Root *r, int) -> decltype(r->__Vtrigrprev__TOP__clk_i, true)
    {
        r->__Vtrigrprev__TOP__clk_i = 0;
        return true;
    }
    template <class Root> static bool clock_was_low(Root *, long)
    {
        return false; // another Verilator
    }
    void tick(const nic_in_t *in) final
    {
        Chip *me = static_cast<Chip *>(this);
        const auto before = me->look();
        put(in);
        dut->clk_i = 1;
        dut->eval();
        me->report(before);
        now++;
        const bool changed = me->configure();
        if (!clock_was_low(root, 0) || changed) {
            dut->clk_i = 0;
            dut->eval();
        }
    }
    void jump(uint64_t cycles) final
    {
        static_cast<Chip *>(this)->pass_counters(cycles);
        now += cycles;
        dut->clk_i = 0;
        dut->eval();
    }
};

#endif
