// SPDX-License-Identifier: Apache-2.0
// rtl/throttle.sv beside model/throttle.c.
#include "tests/rtl/lockstep.h"

#include "Vthrottle.h"
#include "Vthrottle___024root.h"
extern "C" {
#include "model/throttle.h"
}

namespace
{

struct bench {
    std::unique_ptr<Vthrottle> dut = std::make_unique<Vthrottle>();
    throttle_t c = {};
    throttle_in_t in = {};
    bool reset = false;
    uint32_t rise = 1, fall = 1, csr_odds = 1, msi_odds = 1, reset_odds = 1, units = 1;
    bool loose = false; // the interval changes without a write: more than the device does
    enum { AT_OPEN, AT_EARLY, ZERO_CLOSED, ZERO_ASSERT, CHANGE, DONE_ASSERT, LONG, RESET, CORNERS };
    lockstep_corner corners[CORNERS] = {
        {"assertion in the tick the gate opens", 0},
        {"cause one tick before the gate opens", 0},
        {"ITR = 0 while the gate is closed", 0},
        {"ITR = 0 asserts a waiting cause", 0},
        {"ITR changes while the gate is closed", 0},
        {"message sent in the tick of an assertion", 0},
        {"assertion with ITR = FFFFh", 0},
        {"reset while the gate is closed", 0},
    };

    void init()
    {
        throttle_reset(&c);
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 2, 5, 30, 200, 2000}, spans[] = {1, 2, 3, 4, 8, 40};
        rise = odds[r.below(5)];
        fall = odds[r.below(5)];
        csr_odds = odds[2 + r.below(4)];
        msi_odds = odds[r.below(4)];
        reset_odds = odds[4 + r.below(2)];
        units = spans[r.below(6)];
        loose = r.one_in(4);
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 1024 == 0) phase(r);
        const bool closed = c.open_cyc > now;
        const bool near = c.open_cyc >= now && c.open_cyc - now <= 1;
        in.now = now;
        reset = r.one_in(reset_odds);
        if (in.pend ? r.one_in(fall) : r.one_in(near ? 2 : rise)) in.pend = !in.pend;
        if (r.one_in(100)) in.msi_en = !in.msi_en;
        in.msi_done = c.msi_q ? r.one_in(msi_odds) : r.one_in(50);

        csr_t *a = &in.csr;
        a->valid = r.one_in(csr_odds) || (near && r.one_in(4));
        a->write = !r.one_in(4);
        a->id = r.one_in(3) ? (uint16_t)r.below(E1000_R_COUNT) : (uint16_t)E1000_R_ITR;
        if (r.one_in(50)) a->id ^= (uint16_t)(1u << r.below(16)); // near misses
        a->wdata = r.one_in(3) ? 0 : r.one_in(200) ? 0xFFFF : 1 + r.below(units);
        if (r.one_in(8)) a->wdata |= r.u32() & 0xFFFF0000; // bits that do not exist
        const bool mine = a->valid && a->write && a->id == E1000_R_ITR;
        if (mine) in.itr = a->wdata & 0xFFFF;
        else if (loose && r.one_in(20)) in.itr = r.below(units + 1);

        const bool asserts = !reset && in.pend && !c.int_q;
        if (asserts && closed == false && c.open_cyc == now && now) corners[AT_OPEN].count++;
        if (asserts && c.open_cyc == now + 1) corners[AT_EARLY].count++;
        if (mine && closed) corners[in.itr ? CHANGE : ZERO_CLOSED].count++;
        if (mine && closed && !in.itr && asserts) corners[ZERO_ASSERT].count++;
        if (asserts && !closed && in.msi_done && in.msi_en) corners[DONE_ASSERT].count++;
        if (asserts && !closed && in.itr == 0xFFFF) corners[LONG].count++;
        if (reset && closed) corners[RESET].count++;
        dut->reset_i = reset;
        dut->pend_i = in.pend;
        dut->msi_en_i = in.msi_en;
        dut->msi_done_i = in.msi_done;
        dut->itr_i = (uint16_t)in.itr;
        dut->csr_valid_i = a->valid;
        dut->csr_write_i = a->write;
        dut->csr_id_i = a->id;
        dut->csr_wdata_i = a->wdata;
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        d.same("int_o", dut->int_o, c.int_q);
        d.same("msi_o", dut->msi_o, c.msi_q);
        // The down-counter, from the cycle in which the gate opens; reset leaves 0 there, which is only past
        // from cycle 1 on.
        const uint64_t left = now && c.open_cyc + 1 > now ? c.open_cyc + 1 - now : 0;
        d.same("open_q", dut->rootp->throttle__DOT__open_q, left);
    }

    void tick(uint64_t)
    {
        if (reset) throttle_reset(&c);
        else throttle_tick(&c, &in);
    }

    void print() const
    {
        printf(" reset %d pend %d itr %u msi_en %d msi_done %d", reset, in.pend, in.itr, in.msi_en,
               in.msi_done);
        lockstep_print_csr(in.csr);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("throttle", argc, argv);
}
