// SPDX-License-Identifier: Apache-2.0
// rtl/irq.sv beside model/irq.c.
#include "tests/rtl/lockstep.h"

#include "Virq.h"
#include "Virq___024root.h"
extern "C" {
#include "model/irq.h"
}

namespace
{

enum { CAUSES = 0x1FFFF };

struct bench {
    std::unique_ptr<Virq> dut = std::make_unique<Virq>();
    irq_t c = {};
    irq_in_t in = {};
    bool reset = false;
    uint32_t set_odds = 1, csr_odds = 1, dense = 0; // of this phase
    enum { SET_CLEAR, SET_READ, ICS_SET, MASK_SET, RESET_SET, BACK_TO_BACK, CORNERS };
    lockstep_corner corners[CORNERS] = {
        {"cause set and written 1 together", 0}, {"cause set and ICR read together", 0},
        {"ICS and cause together", 0},           {"IMS or IMC and cause together", 0},
        {"reset and cause together", 0},         {"accesses in adjacent cycles", 0},
    };

    void init()
    {
        irq_reset(&c);
    }

    uint32_t bits(lockstep_rng &r) const
    {
        switch (dense) {
        case 0: return 1u << r.below(17);
        case 1: return r.u32() & r.u32() & CAUSES;
        default: return r.u32() & CAUSES;
        }
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 512 == 0) {
            static const uint32_t odds[] = {1, 2, 5, 20, 200};
            set_odds = odds[r.below(5)];
            csr_odds = odds[r.below(5)];
            dense = r.below(3);
        }
        const bool before = in.csr.valid;
        reset = r.one_in(1000);
        in.set = r.one_in(set_odds) ? bits(r) : 0;
        in.csr.valid = r.one_in(csr_odds);
        in.csr.write = !r.one_in(4);
        static const uint16_t ids[] = {E1000_R_ICR, E1000_R_ICS, E1000_R_IMS, E1000_R_IMC};
        in.csr.id = r.one_in(8) ? (uint16_t)r.below(E1000_R_COUNT) : ids[r.below(4)];
        if (r.one_in(50)) in.csr.id |= (uint16_t)(1u << (4 + r.below(12))); // near misses
        in.csr.wdata = r.one_in(4) ? r.u32() : bits(r) | (r.one_in(4) ? r.u32() & ~CAUSES : 0);
        if (in.set && r.one_in(4)) in.csr.wdata = in.set; // the same bits
        const csr_t &a = in.csr;
        if (a.valid && in.set) {
            const bool same = (a.wdata & in.set) != 0;
            if (a.id == E1000_R_ICR)
                corners[a.write ? SET_CLEAR : SET_READ].count += !a.write || same;
            if (a.write && a.id == E1000_R_ICS) corners[ICS_SET].count++;
            if (a.write && (a.id == E1000_R_IMS || a.id == E1000_R_IMC)) corners[MASK_SET].count++;
        }
        if (reset && in.set) corners[RESET_SET].count++;
        if (before && a.valid) corners[BACK_TO_BACK].count++;
        dut->reset_i = reset;
        dut->set_i = in.set;
        dut->csr_valid_i = a.valid;
        dut->csr_write_i = a.write;
        dut->csr_id_i = a.id;
        dut->csr_wdata_i = a.wdata;
    }

    void compare(uint64_t, lockstep_diff &d) const
    {
        d.same("icr_o", dut->icr_o, c.icr_q);
        d.same("ims_o", dut->ims_o, c.ims_q);
        d.same("pend_o", dut->pend_o, irq_pend(&c));
    }

    void tick(uint64_t)
    {
        if (reset) irq_reset(&c);
        else irq_tick(&c, &in);
    }

    void print() const
    {
        printf(" reset %d set %05" PRIX32, reset, in.set);
        lockstep_print_csr(in.csr);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("irq", argc, argv);
}
