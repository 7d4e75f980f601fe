// SPDX-License-Identifier: Apache-2.0
// rtl/nvm.sv beside model/nvm.c: EERD reads of all words, EECD and SWSM, and resets at the wrong time.
#include "tests/rtl/lockstep.h"

#include "Vnvm.h"
extern "C" {
#include "model/nvm.h"
}

namespace
{

enum : uint32_t { START = 1, SMBI = 1 };

struct bench {
    std::unique_ptr<Vnvm> dut = std::make_unique<Vnvm>();
    nvm_t c = {};
    nvm_in_t in = {};
    bool seen[IGB_NvmWords] = {};
    uint32_t words_seen = 0;
    uint32_t next = 0; // address
    uint32_t csr_odds = 1, rare_odds = 1;
    enum {
        EERD_FULL,
        EERD_ALL,
        EERD_BITS,
        EERD_AGAIN,
        EERD_START_END,
        EERD_ADDR,
        EERD_ADDR_END,
        EERD_ADDR_RUNS,
        EERD_GNT,
        RESET_EERD,
        RESET_END,
        RESET_START,
        RESET_TAKE,
        TAKE,
        HELD,
        GIVE,
        FORGE,
        KEEP,
        GRANT,
        POWER_GOOD,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"EERD read", 0},
        {"EERD has read all words", 0},
        {"ADDR beyond the last word", 0},
        {"START while a read runs", 0},
        {"START in the tick of its end", 0},
        {"ADDR alone", 0},
        {"ADDR alone in the tick of an end", 0},
        {"ADDR alone while a read runs", 0},
        {"EERD read under a grant", 0},
        {"CTRL.RST in an EERD read", 0},
        {"CTRL.RST in the tick of its end", 0},
        {"CTRL.RST in the tick of START", 0},
        {"CTRL.RST in the tick in which SMBI is taken", 0},
        {"SMBI taken", 0},
        {"SMBI read while it is held", 0},
        {"SMBI given back", 0},
        {"SMBI written 1 while it is free", 0},
        {"SMBI written 1 while it is held", 0},
        {"REQ", 0},
        {"power-good again", 0},
    };

    void init()
    {
        uint8_t mac[6];
        for (int i = 0; i < 6; i++) mac[i] = (uint8_t)(NIC_DefaultMac >> (8 * i));
        nvm_image(c.word, mac);
        nvm_reset(&c);
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {2, 10, 60, 300, 1500};
        csr_odds = odds[1 + r.below(4)];
        rare_odds = odds[3 + r.below(2)] * 8;
    }

    void access(lockstep_rng &r, bool near)
    {
        static const uint16_t ids[] = {IGB_R_EERD, IGB_R_EERD, IGB_R_EECD, IGB_R_SWSM};
        csr_t *a = &in.csr;
        const bool runs = c.eerd_end_cyc != NIC_NEVER && c.eerd_end_cyc > in.now;
        a->valid = r.one_in(runs ? csr_odds : 10) || (near && r.one_in(3));
        a->write = !r.one_in(3);
        a->id = r.one_in(12) ? (uint16_t)r.below(IGB_R_COUNT) : ids[r.below(4)];
        if (r.one_in(40)) a->id ^= (uint16_t)(1u << r.below(16)); // near misses
        a->wdata = r.u32();
        if (a->id != IGB_R_EERD) return;
        a->wdata &= ~START;
        if (!r.one_in(6)) a->wdata = (a->wdata & 0xFFFF0002) | next << 2; // one after the other
        if (runs ? r.one_in(40) : !r.one_in(4)) {
            a->wdata |= START;
            next = (next + 1) % IGB_NvmWords;
        }
    }

    void power_good()
    {
        nvm_reset(&c);
        dut->rst_ni = 0;
        dut->eval();
        dut->rst_ni = 1;
        dut->eval();
        corners[POWER_GOOD].count++;
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 4096 == 0) phase(r);
        if (r.one_in(20000)) power_good();
        in.now = now;
        const bool near = nvm_quiet(&c) <= now + 1;
        in.reset = r.one_in(rare_odds) || (near && r.one_in(20));
        access(r, near);
        dut->reset_i = in.reset;
        dut->csr_valid_i = in.csr.valid;
        dut->csr_write_i = in.csr.write;
        dut->csr_id_i = in.csr.id;
        dut->csr_wdata_i = in.csr.wdata;
    }

    void compare(uint64_t, lockstep_diff &d) const
    {
        d.same("eecd_o", dut->eecd_o, nvm_eecd(&c));
        d.same("eerd_o", dut->eerd_o, nvm_eerd(&c));
        d.same("swsm_o", dut->swsm_o, c.swsm);
        d.same("ral0_o", dut->ral0_o, nvm_ral0(&c));
        d.same("rah0_o", dut->rah0_o, nvm_rah0(&c));
        d.same("pci_id_o", dut->pci_id_o, nvm_pci_id(&c));
        d.same("pci_subsystem_o", dut->pci_subsystem_o, nvm_pci_subsystem(&c));
        d.same("vf_device_o", dut->vf_device_o, nvm_vf_device(&c));
    }

    // Coincidences of the tick that `was` went into.
    void count(const nvm_t &was)
    {
        const csr_t &a = in.csr;
        const bool write = a.valid && a.write;
        const bool eerd = write && a.id == IGB_R_EERD, start = eerd && (a.wdata & START);
        const bool ran = was.eerd_end_cyc != NIC_NEVER, ends = was.eerd_end_cyc == in.now;
        const bool swsm = write && a.id == IGB_R_SWSM, held = was.swsm & SMBI;
        const bool look = a.valid && !a.write && a.id == IGB_R_SWSM;
        corners[RESET_EERD].count += in.reset && ran;
        corners[RESET_END].count += in.reset && ends;
        corners[RESET_START].count += in.reset && start;
        corners[RESET_TAKE].count += in.reset && look;
        if (in.reset) return;
        corners[EERD_FULL].count += ends;
        corners[EERD_BITS].count += ends && was.eerd_addr >= IGB_NvmWords;
        corners[EERD_GNT].count += ends && was.req;
        corners[EERD_AGAIN].count += start && ran && !ends;
        corners[EERD_START_END].count += start && ends;
        corners[EERD_ADDR].count += eerd && !start && !ran;
        corners[EERD_ADDR_END].count += eerd && !start && ends;
        corners[EERD_ADDR_RUNS].count += eerd && !start && ran && !ends;
        corners[TAKE].count += look && !held;
        corners[HELD].count += look && held;
        corners[GIVE].count += swsm && held && !(a.wdata & SMBI);
        corners[FORGE].count += swsm && !held && (a.wdata & SMBI);
        corners[KEEP].count += swsm && held && (a.wdata & SMBI);
        corners[GRANT].count += !was.req && c.req;
        if (ends && !seen[was.eerd_addr % IGB_NvmWords]) {
            seen[was.eerd_addr % IGB_NvmWords] = true;
            corners[EERD_ALL].count += ++words_seen == IGB_NvmWords;
        }
    }

    void tick(uint64_t)
    {
        const nvm_t was = c;
        nvm_tick(&c, &in);
        count(was);
    }

    void print() const
    {
        printf(" reset %d eerd %08" PRIX32 " swsm %08" PRIX32 ": %s %u %08" PRIX32, in.reset,
               nvm_eerd(&c), c.swsm, !in.csr.valid ? "-" : in.csr.write ? "write" : "read",
               in.csr.id, in.csr.wdata);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("nvm", argc, argv);
}
