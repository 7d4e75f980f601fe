// SPDX-License-Identifier: Apache-2.0
// rtl/phy_igp3.sv beside model/phy_igp3.c: registers, pages and resets, with links that come and go. What
// phy_core does on its own has its corners in phy_lockstep.cpp.
//
// MDIC operations and negotiations are cut short on both sides, as there.
#include "tests/rtl/lockstep.h"

#include "Vphy_igp3.h"
#include "Vphy_igp3___024root.h"
extern "C" {
#include "model/phy_igp3.h"
}

namespace
{

const uint64_t AUTONEG = Vphy_igp3___024root::phy_igp3__DOT__AutonegCyc;
enum : uint32_t { MDIC_I = 1u << 29 };
enum { CTRL_RESET = 0x8000, CTRL_LOOPBACK = 0x4000, CTRL_POWERDOWN = 0x0800 };

struct bench {
    std::unique_ptr<Vphy_igp3> dut = std::make_unique<Vphy_igp3>();
    phy_igp3_t c = {}, was = {}; // `was`: before the last tick
    phy_in_t in = {};
    uint32_t ctrl_odds = 1, lp_odds = 1, rare_odds = 1;
    bool patient = false; // lets operations of MDIC end, in all of their cycles
    enum {
        MDIC_FULL,
        READ_NONE,
        READ_LOW,
        READ_PAGE,
        READ_STORAGE,
        READ_SPEED,
        READ_DOWN = READ_SPEED + 3,
        READ_PCS,
        READ_AGC,
        READ_NEAR = READ_AGC + 4,
        WRITE_STORAGE,
        WRITE_OTHER_PAGE,
        WRITE_CONSTANT,
        WRITE_LOW,
        NO_MASTER,
        MASTER,
        LOOPBACK,
        SOFT,
        HARD,
        HARD_OP,
        RESET_OP,
        NEAR_MISS,
        POWER_GOOD,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"MDIC operation of full length", 0},
        {"read of what is not there", 0},
        {"read of 7, 8 or 11 to 14", 0},
        {"read of PAGE in another page", 0},
        {"read of storage that was written", 0},
        {"port status at 10", 0},
        {"at 100", 0},
        {"at 1000", 0},
        {"without link", 0},
        {"read of PCS", 0},
        {"read of AGC A", 0},
        {"B", 0},
        {"C", 0},
        {"D", 0},
        {"read of the number of an AGC in another page", 0},
        {"write of storage", 0},
        {"write of its number in another page", 0},
        {"write of a constant of a page", 0},
        {"write of 7, 8 or 11 to 14", 0},
        {"1000 with MULTIPORT alone", 0},
        {"1000 as the master", 0},
        {"loopback without a partner", 0},
        {"software reset with a page", 0},
        {"hardware reset with a page", 0},
        {"end of a write in the tick of PHY_RST", 0},
        {"CTRL.RST in the tick of the end of a write", 0},
        {"write to MDIC's number but for a bit", 0},
        {"power-good again", 0},
    };

    void init()
    {
        phy_igp3_reset(&c);
        was = c;
    }

    void phase(lockstep_rng &r)
    {
        ctrl_odds = 6 + r.below(30);
        lp_odds = 200u << r.below(5);
        rare_odds = 1000u << r.below(4);
        patient = r.one_in(6);
    }

    static uint32_t page(lockstep_rng &r)
    {
        static const uint16_t pages[] = {0, 0, 0, 0, 0xA0, 0x11A0, 0x12A0, 0x14A0, 0x18A0};
        uint32_t v = r.one_in(12) ? r.u32() & 0xFFFF : pages[r.below(9)] | r.below(32);
        if (r.one_in(12)) v ^= 1u << r.below(16);
        return v;
    }

    static uint32_t data(lockstep_rng &r, uint32_t reg)
    {
        uint32_t v = r.u32() & 0xFFFF;
        if (reg == 0x1F) return page(r);
        if (reg == 9) return r.one_in(2) ? v : (v & 0x0DFF) | 0x0200;
        if (reg == 4) return v | 0x01E0;
        if (reg != 0) return v;
        v = r.one_in(3) ? 0x1140 : v & 0x3140;
        if (r.one_in(4)) v |= CTRL_RESET;
        if (r.one_in(3)) v |= 0x0200;
        if (r.one_in(6)) v |= CTRL_LOOPBACK;
        if (r.one_in(8)) v |= CTRL_POWERDOWN;
        return v;
    }

    void access(lockstep_rng &r, uint64_t now)
    {
        static const uint8_t regs[] = {0x10, 0x11, 0x11, 0x12, 0x13, 0x14, 0x19, 0x1B, 4, 9, 10, 1};
        csr_t *a = &in.csr;
        const bool runs = c.core.mdic_end_cyc != NIC_NEVER && c.core.mdic_end_cyc > now;
        a->valid = runs ? r.one_in(patient ? 20000 : 400) : r.one_in(5);
        a->write = !r.one_in(10);
        a->id = r.one_in(12) ? (uint16_t)r.below(IGB_R_COUNT) : IGB_R_MDIC;
        if (r.one_in(20)) a->id = (uint16_t)(IGB_R_MDIC ^ 1u << r.below(16));
        const uint32_t reg = r.one_in(ctrl_odds) ? 0
                             : r.one_in(3)       ? 0x1F
                             : r.one_in(3)       ? r.below(32)
                                                 : regs[r.below(12)];
        uint32_t op = r.one_in(30) ? r.below(4) : 1 + r.below(2);
        if (reg == 0x1F && r.one_in(2)) op = 1;
        a->wdata = op << 26 | (r.one_in(30) ? r.below(32) : 1) << 21 | reg << 16 | data(r, reg);
        if (r.one_in(3)) a->wdata |= MDIC_I;
        if (r.one_in(8)) a->wdata |= r.u32() & 0xD0000000; // R, E and a bit that does not exist
    }

    void jump(lockstep_rng &r, uint64_t now)
    {
        Vphy_igp3___024root *t = dut->rootp;
        phy_core_t &core = c.core;
        if (patient) return;
        if (core.mdic_end_cyc != NIC_NEVER && core.mdic_end_cyc > now && r.one_in(8)) {
            const uint64_t left = core.mdic_end_cyc - now,
                           by = left - r.below((uint32_t)(left < 20 ? left : 20));
            core.mdic_end_cyc -= by;
            t->phy_igp3__DOT__u_core__DOT__mdic_cnt_q =
                (uint16_t)(t->phy_igp3__DOT__u_core__DOT__mdic_cnt_q - by);
        }
        if (core.an_end_cyc != NIC_NEVER && core.an_end_cyc > now && r.one_in(200)) {
            const uint64_t left = core.an_end_cyc - now,
                           by = left - r.below((uint32_t)(left < 20 ? left : 20));
            core.an_end_cyc -= by;
            t->phy_igp3__DOT__u_core__DOT__an_cnt_q =
                (uint32_t)(t->phy_igp3__DOT__u_core__DOT__an_cnt_q - by);
        }
    }

    void power_good()
    {
        phy_igp3_reset(&c);
        dut->rst_ni = 0;
        dut->eval();
        dut->rst_ni = 1;
        dut->eval();
        corners[POWER_GOOD].count++;
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 131072 == 0) phase(r);
        if (now == 0) in.lp_speed = (uint8_t)r.below(4);
        if (r.one_in(50000)) power_good();
        in.now = now;
        jump(r, now);
        const bool ends = c.core.mdic_end_cyc == now;
        in.reset = r.one_in(rare_odds) || (ends && r.one_in(60));
        in.phy_rst = in.phy_rst ? !r.one_in(10) : r.one_in(rare_odds * 2) || (ends && r.one_in(60));
        if (r.one_in(in.lp_present ? lp_odds * 4 : 200) && !patient) in.lp_present = !in.lp_present;
        if (patient) in.lp_present = true;
        if (r.one_in(lp_odds)) in.lp_speed = (uint8_t)r.below(4);
        if (r.one_in(lp_odds)) in.lp_pause = r.one_in(2);
        in.rx_err = r.one_in(2); // not looked at
        in.gpi1 = r.one_in(2);
        if (patient && c.core.an_end_cyc != NIC_NEVER && c.core.an_end_cyc != now)
            in.phy_rst = false;
        access(r, now);
        if (patient && in.csr.valid && (in.csr.wdata >> 16 & 31) == 0) in.csr.write = false;
        dut->reset_i = in.reset;
        dut->csr_valid_i = in.csr.valid;
        dut->csr_write_i = in.csr.write;
        dut->csr_id_i = in.csr.id;
        dut->csr_wdata_i = in.csr.wdata;
        dut->phy_rst_i = in.phy_rst;
        dut->lp_present_i = in.lp_present;
        dut->lp_speed_i = in.lp_speed;
        dut->lp_pause_i = in.lp_pause;
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const Vphy_igp3___024root *t = dut->rootp;
        d.same("mdic_o", dut->mdic_o, c.core.mdic);
        d.same("mdac_o", dut->mdac_o, c.core.mdac_cyc == now);
        d.same("link_o", dut->link_o, c.core.link);
        d.same("fd_o", dut->fd_o, c.core.fd);
        d.same("speed_o", dut->speed_o, c.core.speed);
        d.same("loopback_o", dut->loopback_o, phy_core_loopback(&c.core));
        d.same("state_q", t->phy_igp3__DOT__u_core__DOT__state_q, c.core.state);
        d.same("ana_q", t->phy_igp3__DOT__u_core__DOT__ana_q, c.core.ana);
        d.same("gcon_q", t->phy_igp3__DOT__u_core__DOT__gcon_q, c.core.gcon);
        d.same("gstatus_q", t->phy_igp3__DOT__u_core__DOT__gstatus_q, c.core.gstatus);
        d.same("pconf_q", t->phy_igp3__DOT__pconf_q, c.pconf);
        d.same("pctrl_q", t->phy_igp3__DOT__pctrl_q, c.pctrl);
        d.same("reg14_q", t->phy_igp3__DOT__reg14_q, c.reg14);
        d.same("pm_q", t->phy_igp3__DOT__pm_q, c.pm);
        d.same("reg1b_q", t->phy_igp3__DOT__reg1b_q, c.reg1b);
        d.same("page_q", t->phy_igp3__DOT__page_q, c.page);
    }

    static bool is_storage(uint32_t reg)
    {
        return reg == 0x10 || reg == 0x12 || reg == 0x14 || reg == 0x19 || reg == 0x1B;
    }

    // Coincidences of the tick that `was` went into.
    void count()
    {
        const phy_core_t &p = was.core;
        const bool ends = p.mdic_end_cyc == in.now;
        const bool hears = p.state != PHY_ST_RESET && (p.mdic >> 21 & 31) == 1;
        const uint32_t code = p.mdic >> 26 & 3, reg = p.mdic >> 16 & 31, v = c.core.mdic & 0xFFFF;
        const uint32_t pg = was.page & 0xFFE0, at = reg > 15 ? pg | reg : reg;
        const bool write = in.csr.valid && in.csr.write;
        const bool wr = ends && hears && code == 1, rd = ends && hears && code == 2;
        const bool low = reg == 7 || reg == 8 || (reg >= 11 && reg <= 14);
        corners[NEAR_MISS].count +=
            write && in.csr.id != IGB_R_MDIC && __builtin_popcount(in.csr.id ^ IGB_R_MDIC) == 1;
        corners[HARD].count += in.phy_rst && was.page;
        corners[HARD_OP].count += wr && in.phy_rst && !in.reset;
        corners[RESET_OP].count += wr && in.reset && is_storage(at);
        corners[LOOPBACK].count += c.core.state == PHY_ST_LOOPBACK && !in.lp_present;
        const bool up = p.state == PHY_ST_NEGOTIATING && c.core.state == PHY_ST_UP;
        if (up && c.core.speed == 2) {
            corners[MASTER].count += (c.core.gstatus & 0x4000) != 0;
            corners[NO_MASTER].count +=
                !(c.core.gstatus & 0x4000) && (p.op_gcon & 0x1400) == 0x0400;
        }
        if (in.phy_rst || in.reset) return;
        corners[MDIC_FULL].count += ends && patient;
        if (wr) {
            corners[SOFT].count += reg == 0 && (p.mdic & CTRL_RESET) && was.page;
            corners[WRITE_STORAGE].count += is_storage(at);
            corners[WRITE_OTHER_PAGE].count += is_storage(reg) && pg;
            corners[WRITE_CONSTANT].count += at == IGB_PHY_AGC_A || at == IGB_PHY_PCS;
            corners[WRITE_LOW].count += low;
        }
        if (!rd) return;
        corners[READ_LOW].count += low;
        corners[READ_PAGE].count += reg == 0x1F && pg;
        corners[READ_STORAGE].count += is_storage(at) && v != 0 && v != 0x0120 && v != 0x0043;
        if (at == IGB_PHY_PSTAT)
            corners[c.core.link ? READ_SPEED + c.core.speed : READ_DOWN].count++;
        corners[READ_PCS].count += at == IGB_PHY_PCS;
        corners[READ_AGC].count += at == IGB_PHY_AGC_A;
        corners[READ_AGC + 1].count += at == IGB_PHY_AGC_B;
        corners[READ_AGC + 2].count += at == IGB_PHY_AGC_C;
        corners[READ_AGC + 3].count += at == IGB_PHY_AGC_D;
        corners[READ_NEAR].count += reg == 0x11 && pg && v == 0;
        corners[READ_NONE].count += reg > 15 && v == 0;
    }

    void tick(uint64_t)
    {
        was = c;
        phy_igp3_tick(&c, &in);
        if (c.core.an_end_cyc == in.now + NIC_PhyAutonegCyc) c.core.an_end_cyc = in.now + AUTONEG;
        count();
    }

    void print() const
    {
        printf(" reset %d phy_rst %d partner %d speed %u pause %d state %u page %04X: %s %u "
               "%08" PRIX32,
               in.reset, in.phy_rst, in.lp_present, in.lp_speed, in.lp_pause, c.core.state, c.page,
               !in.csr.valid  ? "-"
               : in.csr.write ? "write"
                              : "read",
               in.csr.id, in.csr.wdata);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("phy_igp3", argc, argv);
}
