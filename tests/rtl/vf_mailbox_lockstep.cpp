// SPDX-License-Identifier: Apache-2.0
// rtl/vf_mailbox.sv beside model/mailbox.c.
// All registers of all VFs are read in every cycle, the whole memory now and then.
#include "tests/rtl/lockstep.h"

#include "Vvf_mailbox.h"
extern "C" {
#include "model/mailbox.h"
}

namespace
{

struct bench {
    std::unique_ptr<Vvf_mailbox> dut = std::make_unique<Vvf_mailbox>();
    mailbox_t c = {};
    mailbox_in_t in = {};
    csr_t before = {}; // the access of the cycle before
    bool reset = false;
    uint32_t csr_odds = 1, flr_odds = 1, there_odds = 1, spread = 8;
    enum {
        PF_REFUSED,
        VF_REFUSED,
        PF_BEHIND_VF,
        VF_BEHIND_PF,
        TAKEN_OVER,
        STS_RELEASES,
        READ_CLEARS,
        PFRSTD,
        PFRSTD_ABSENT,
        REQ_AGAIN,
        REQ_MASKED,
        FLR_TAKES,
        FLR_STS,
        FLR_READ,
        FLR_VFLRE,
        FLR_VFRE,
        FLR_BOTH,
        START_DEBTS,
        GONE_OWNED,
        ABSENT_RESET,
        RESET_ACCESS,
        RESET_MEMORY,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"PF wants the VF's buffer", 0},
        {"VF wants the PF's buffer", 0},
        {"PF takes the buffer a cycle behind the VF's write", 0},
        {"VF takes the buffer a cycle behind the PF's write", 0},
        {"RVFU with PFU while the VF owns it", 0},
        {"STS gives the buffer back", 0},
        {"a read clears PFSTS, PFACK and RSTD", 0},
        {"PFRSTD with RSTI", 0},
        {"PFRSTD while a VF is not there", 0},
        {"REQ or ACK again", 0},
        {"REQ or ACK without an event", 0},
        {"FLR in the tick that takes the buffer", 0},
        {"FLR and STS or ACK of the PF together", 0},
        {"FLR and read of V2PMAILBOX together", 0},
        {"FLR and clear of VFLRE together", 0},
        {"FLR and write of VFRE or VFTE together", 0},
        {"FLR and VTCTRL.RST of other VFs together", 0},
        {"a VF starts with VFLRE set in its tick", 0},
        {"a VF that owns the buffer goes", 0},
        {"FLR or VTCTRL.RST of a VF that is not there", 0},
        {"reset and access together", 0},
        {"reset and write of the memory together", 0},
    };

    void init()
    {
        mailbox_reset(&c, true);
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 2, 5, 20, 200};
        csr_odds = odds[r.below(4)];
        flr_odds = odds[1 + r.below(4)];
        there_odds = odds[2 + r.below(3)] * 5;
        spread = r.one_in(2) ? 2 : 8;
    }

    void choose(lockstep_rng &r)
    {
        static const uint16_t ids[] = {
            IGB_R_P2VMAILBOX, IGB_R_P2VMAILBOX, IGB_R_P2VMAILBOX, IGB_R_V2PMAILBOX,
            IGB_R_V2PMAILBOX, IGB_R_V2PMAILBOX, IGB_R_VMBMEM,     IGB_R_MBVFICR,
            IGB_R_MBVFIMR,    IGB_R_VFLRE,      IGB_R_VFRE,       IGB_R_VFTE,
            IGB_R_CTRL_EXT,   IGB_R_VTCTRL,
        };
        csr_t &a = in.csr;
        a.valid = r.one_in(csr_odds);
        a.id = ids[r.below(sizeof ids / sizeof ids[0])];
        if (r.one_in(40)) a.id = (uint16_t)r.below(IGB_R_COUNT);
        if (r.one_in(60)) a.id ^= (uint16_t)(1u << r.below(16)); // near misses
        a.write = !r.one_in(a.id == IGB_R_V2PMAILBOX ? 3 : 6);
        a.index = (uint16_t)r.below(a.id == IGB_R_VMBMEM ? 128 : spread);
        if (r.one_in(3)) a.index = before.index % 8; // the same VF again
        if (r.one_in(50)) a.index = (uint16_t)r.u32();
        a.wdata = r.one_in(4) ? r.u32() : r.below(32);
        if (a.id == IGB_R_CTRL_EXT && r.one_in(2)) a.wdata ^= FMASK(IGB_CTRL_EXT_PFRSTD);
        if (a.id == IGB_R_VTCTRL && r.one_in(2)) a.wdata ^= FMASK(IGB_VTCTRL_RST);
        if (a.id == IGB_R_MBVFIMR && r.one_in(2)) a.wdata |= 0xFF;
        if (a.id == IGB_R_VFLRE && r.one_in(3)) a.wdata = c.vflre_q;
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 512 == 0) phase(r);
        before = in.csr;
        in.now = now;
        in.vf_start = in.vf_flr = 0;
        choose(r);
        if (now == 0 || r.one_in(there_odds)) { // as VFE does it, or anyhow
            const uint8_t was = in.there;
            in.there = (uint8_t)(r.one_in(3) ? 0 : r.one_in(3) ? r.u32() : (1u << r.below(9)) - 1);
            in.vf_start = in.there & ~was;
        }
        if (r.one_in(there_odds)) in.vf_start |= (uint8_t)(1u << r.below(8));
        if (r.one_in(flr_odds)) {
            in.vf_flr = (uint8_t)(1u << r.below(8));
            if (r.one_in(4)) in.vf_flr |= (uint8_t)r.u32();
            if (r.one_in(2)) in.vf_flr |= (uint8_t)(1u << in.csr.index % 8);
        }
        reset = r.one_in(2000);
        count();
        dut->reset_i = reset;
        dut->there_i = in.there;
        dut->vf_flr_i = in.vf_flr;
        dut->vf_start_i = in.vf_start;
        dut->csr_valid_i = in.csr.valid;
        dut->csr_write_i = in.csr.write;
        dut->csr_id_i = in.csr.id;
        dut->csr_index_i = in.csr.index;
        dut->csr_wdata_i = in.csr.wdata;
    }

    // Coincidences before the tick.
    void count()
    {
        const csr_t &a = in.csr;
        const uint8_t vf = (uint8_t)(1u << a.index % 8), here = vf & in.there & ~in.vf_start;
        const bool pf = a.id == IGB_R_P2VMAILBOX, vm = a.id == IGB_R_V2PMAILBOX;
        const uint32_t w = a.wdata;
        const uint32_t told = FMASK(IGB_P2VMAILBOX_STS) | FMASK(IGB_P2VMAILBOX_ACK);
        corners[GONE_OWNED].count += ((c.vfu_q | c.pfu_q) & ~in.there) != 0;
        corners[ABSENT_RESET].count += (in.vf_flr & ~in.there) != 0;
        corners[START_DEBTS].count += (in.vf_start & in.there & (in.vf_flr | c.vflre_q)) != 0;
        if (!a.valid) return;
        corners[RESET_ACCESS].count += reset;
        corners[RESET_MEMORY].count += reset && a.write && a.id == IGB_R_VMBMEM;
        const bool flr = in.vf_flr & here;
        corners[FLR_READ].count += flr && !a.write && vm && ((c.pfsts_q | c.pfack_q) & vf);
        if (!a.write) {
            corners[READ_CLEARS].count += vm && (c.pfsts_q & c.pfack_q & c.rstd_q & here);
            return;
        }
        const bool next = before.valid && before.write && before.index % 8 == a.index % 8;
        const bool pf_takes = pf && here && (w & FMASK(IGB_P2VMAILBOX_PFU));
        const bool vf_takes = vm && here && (w & FMASK(IGB_V2PMAILBOX_VFU));
        const bool rvfu = w & FMASK(IGB_P2VMAILBOX_RVFU);
        corners[PF_REFUSED].count += pf_takes && !rvfu && (c.vfu_q & vf);
        corners[VF_REFUSED].count += vf_takes && (c.pfu_q & vf);
        corners[PF_BEHIND_VF].count += pf_takes && next && before.id == IGB_R_V2PMAILBOX;
        corners[VF_BEHIND_PF].count += vf_takes && next && before.id == IGB_R_P2VMAILBOX;
        corners[TAKEN_OVER].count += pf_takes && rvfu && (c.vfu_q & vf);
        corners[STS_RELEASES].count += pf && !pf_takes && (w & told) && (c.pfu_q & here);
        if (a.id == IGB_R_CTRL_EXT && (w & FMASK(IGB_CTRL_EXT_PFRSTD))) {
            corners[PFRSTD].count += c.rsti_q != 0;
            corners[PFRSTD_ABSENT].count += in.there != 0xFF;
        }
        if (vm && here) {
            const bool again = ((w & FMASK(IGB_V2PMAILBOX_REQ)) && (c.vfreq_q & vf)) ||
                               ((w & FMASK(IGB_V2PMAILBOX_ACK)) && (c.vfack_q & vf));
            corners[REQ_AGAIN].count += again && (c.imr_q & vf);
            corners[REQ_MASKED].count += (w & 3) && !(c.imr_q & vf);
        }
        const bool rst = a.id == IGB_R_VTCTRL && (w & FMASK(IGB_VTCTRL_RST));
        corners[ABSENT_RESET].count += rst && !(in.there & vf);
        corners[FLR_TAKES].count += flr && (pf_takes || vf_takes);
        corners[FLR_STS].count += flr && pf && (w & told);
        corners[FLR_VFLRE].count += a.id == IGB_R_VFLRE && (in.vf_flr & in.there & c.vflre_q & w);
        corners[FLR_VFRE].count += (a.id == IGB_R_VFRE || a.id == IGB_R_VFTE) && (in.vf_flr & w);
        corners[FLR_BOTH].count += rst && here && (in.vf_flr & in.there & ~vf);
    }

    void read(const char *name, uint16_t id, uint16_t index, lockstep_diff &d) const
    {
        dut->csr_id_i = id;
        dut->csr_index_i = index;
        dut->eval();
        d.same(name, dut->rdata_o, mailbox_read(&c, id, index));
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        d.same("rdata_o", dut->rdata_o, mailbox_read(&c, in.csr.id, in.csr.index));
        d.same("vmmb_o", dut->vmmb_o, mailbox_vmmb(&c, now));
        d.same("vf_o", dut->vf_o, mailbox_vf(&c, now));
        d.same("vfre_o", dut->vfre_o, c.vfre_q);
        d.same("vfte_o", dut->vfte_o, c.vfte_q);
        for (uint16_t n = 0; n < IGB_Vfs; n++) {
            read("P2VMAILBOX", IGB_R_P2VMAILBOX, n, d);
            read("V2PMAILBOX", IGB_R_V2PMAILBOX, n, d);
        }
        read("MBVFICR", IGB_R_MBVFICR, 0, d);
        read("MBVFIMR", IGB_R_MBVFIMR, 0, d);
        read("VFLRE", IGB_R_VFLRE, 0, d);
        if (now % 64 == 0)
            for (uint16_t i = 0; i < IGB_VMBMEM_COUNT; i++) read("VMBMEM", IGB_R_VMBMEM, i, d);
        dut->csr_id_i = in.csr.id;
        dut->csr_index_i = in.csr.index;
        dut->eval();
    }

    void tick(uint64_t)
    {
        mailbox_tick(&c, &in); // the access acts first: a write to the memory stays
        if (reset) mailbox_reset(&c, false);
    }

    void print() const
    {
        printf(" reset %d there %02X flr %02X start %02X", reset, in.there, in.vf_flr, in.vf_start);
        if (in.csr.valid)
            printf(" %s %u[%u] %08" PRIX32, in.csr.write ? "write" : "read", in.csr.id,
                   in.csr.index, in.csr.wdata);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("vf_mailbox", argc, argv);
}
