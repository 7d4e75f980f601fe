// SPDX-License-Identifier: Apache-2.0
// rtl/phy.sv beside model/phy.c.
//
// MDIC operations and negotiations are cut short on both sides, as the idle jump of a harness does it: the counters of
// the RTL and the deadlines of the C go the same way forward. Most seeds have a calm time in which a negotiation
// takes all of its cycles and the receive errors reach their end. A build with another AutonegCyc negotiates so fast on
// both sides.
#include "tests/rtl/lockstep.h"

#include "Vphy.h"
#include "Vphy___024root.h"
extern "C" {
#include "model/phy.h"
}

namespace
{

const uint64_t AUTONEG = Vphy___024root::phy__DOT__AutonegCyc;
const uint64_t CALM = NIC_PhyAutonegCyc + 5000; // long enough for both
enum : uint32_t { MDIC_I = 1u << 29 };
enum { CTRL_RESET = 0x8000, CTRL_LOOPBACK = 0x4000, CTRL_AN = 0x1000, CTRL_POWERDOWN = 0x0800 };
enum { PINT_LINK = 0x0400 };

struct bench {
    std::unique_ptr<Vphy> dut = std::make_unique<Vphy>();
    phy_t c = {}, was = {}; // `was`: before the last tick
    phy_in_t in = {};
    uint64_t calm = NIC_NEVER; // first cycle of the calm time
    bool mdic_cut = false;     // the operation under way was shortened
    bool an_cut = false;
    bool patient = false; // lets an operation of MDIC end, in all of its cycles
    uint32_t csr_odds = 1, ctrl_odds = 1, lp_odds = 1, rare_odds = 1, err_odds = 1, cut_odds = 1;
    enum {
        MDIC_FULL,
        MDIC_REPLACED,
        MDIC_AT_END,
        MDIC_RESET,
        MDIC_RESET_END,
        MDIC_RST_END,
        MDIC_FIRST_END,
        MDIC_OP,
        MDIC_ADDRESS,
        AN_FULL,
        AN_LOST,
        AN_LOST_END,
        AN_NONE,
        AN_FORCED,
        AN_RST,
        AN_RESTART,
        AN_RESTART_END,
        ANA_AT_START,
        MODE,
        SOFT_UP = MODE + 6,
        DOWN_AND_UP,
        DOWN_TO_LOOP,
        LOOP_LEFT,
        LOOP_AGAIN,
        STATUS_LOST,
        PINTS_EVENT,
        PREC_EVENT,
        PREC_FULL,
        PHYINT,
        PHYINT_ENABLE,
        PHYINT_RESET,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"MDIC operation of full length", 0},
        {"MDIC written while R = 0", 0},
        {"MDIC written in the tick of the end", 0},
        {"CTRL.RST in an operation", 0},
        {"CTRL.RST in the tick of its end", 0},
        {"end of an operation under PHY_RST", 0},
        {"end of an operation in the tick behind PHY_RST", 0},
        {"operation 00 or 11", 0},
        {"another PHY address", 0},
        {"negotiation of full length", 0},
        {"partner lost in a negotiation", 0},
        {"partner lost in the tick of its end", 0},
        {"negotiation without a result", 0},
        {"forced link", 0},
        {"PHY_RST in a negotiation", 0},
        {"negotiation started anew by 0.9 or 0.15", 0},
        {"the same in the tick of its end", 0},
        {"advertisement written in the tick of the start", 0},
        {"10 half", 0},
        {"10 full", 0},
        {"100 half", 0},
        {"100 full", 0},
        {"1000 half", 0},
        {"1000 full", 0},
        {"software reset with link", 0},
        {"power-down and out of it", 0},
        {"from power-down to loopback", 0},
        {"loopback left", 0},
        {"0 written in loopback", 0},
        {"STATUS read in the tick of a loss", 0},
        {"PINTS read in the tick of a change", 0},
        {"PREC read in the tick of an error", 0},
        {"PREC full", 0},
        {"PHYINT by a change of link", 0},
        {"PHYINT by its enable", 0},
        {"PHYINT would rise in the tick of CTRL.RST", 0},
    };

    void init()
    {
        phy_reset(&c);
        was = c;
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {3, 12, 40, 150, 600, 3000};
        csr_odds = odds[1 + r.below(3)];
        ctrl_odds = 2 + r.below(12);
        lp_odds = odds[2 + r.below(4)] * 4;
        rare_odds = odds[2 + r.below(4)] * 4;
        err_odds = odds[r.below(6)];
        cut_odds = odds[r.below(6)];
        patient = r.one_in(6);
    }

    uint16_t data(lockstep_rng &r, uint32_t reg)
    {
        uint32_t v;
        switch (reg) {
        case 0:
            v = r.one_in(3) ? 0x1140 : r.u32() & 0x3140;
            if (r.one_in(6)) v |= CTRL_RESET;
            if (r.one_in(3)) v |= 0x0200;
            if (r.one_in(6)) v |= CTRL_LOOPBACK;
            if (r.one_in(6)) v |= CTRL_POWERDOWN;
            if (r.one_in(4)) v ^= 1u << r.below(16);
            return (uint16_t)v;
        case 4: return (uint16_t)((r.u32() & (r.one_in(2) ? 0xFDEF : 0xFC1F)) | r.below(2) << 10);
        case 9: return (uint16_t)(r.one_in(2) ? r.u32() : r.u32() & 0x1CFF);
        case 18: return (uint16_t)(r.one_in(4) ? r.u32() : PINT_LINK);
        default: return (uint16_t)r.u32();
        }
    }

    bool is_calm(uint64_t now) const
    {
        return now >= calm && now - calm < CALM;
    }

    void access(lockstep_rng &r, uint64_t now, bool near)
    {
        csr_t *a = &in.csr;
        a->valid = now >= 4 && (r.one_in(csr_odds) || (near && r.one_in(8)));
        const bool runs = c.core.mdic_end_cyc != NIC_NEVER && c.core.mdic_end_cyc > now;
        if (runs && (patient || !r.one_in(4))) a->valid = false;
        a->write = !r.one_in(10);
        a->id = r.one_in(12) ? (uint16_t)r.below(E1000_R_COUNT) : E1000_R_MDIC;
        if (r.one_in(40)) a->id ^= (uint16_t)(1u << r.below(16)); // near misses
        static const uint8_t regs[] = {1, 4, 9, 18, 18, 19, 19, 21, 5, 10, 17, 30};
        uint32_t reg = r.one_in(ctrl_odds) ? 0 : r.one_in(3) ? r.below(32) : regs[r.below(12)];
        uint32_t op = r.one_in(20) ? r.below(4) : r.one_in(2) || reg == 1 ? 2 : 1;
        if (reg == 0 && op == 2 && r.one_in(2)) op = 1;
        if (is_calm(now) && reg == 21) reg = 20;
        if (is_calm(now) && reg == 0) op = 2;
        const uint32_t phy = r.one_in(20) ? r.below(32) : 1;
        a->wdata = op << 26 | phy << 21 | reg << 16 | data(r, reg);
        if (r.one_in(3)) a->wdata |= MDIC_I;
        if (r.one_in(8)) a->wdata |= r.u32() & 0xD0000000; // R, E and a bit that does not exist
    }

    // Forward to the end, or close to it.
    static uint64_t cut(lockstep_rng &r, uint64_t now, uint64_t end)
    {
        const uint64_t left = end - now, keep = r.one_in(3) ? r.below(3) : r.below(40);
        return left > keep ? left - keep : 0;
    }

    void jump(lockstep_rng &r, uint64_t now)
    {
        Vphy___024root *t = dut->rootp;
        if (c.core.mdic_end_cyc != NIC_NEVER && c.core.mdic_end_cyc > now && !patient && r.one_in(cut_odds)) {
            const uint64_t by = cut(r, now, c.core.mdic_end_cyc);
            c.core.mdic_end_cyc -= by;
            t->phy__DOT__u_core__DOT__mdic_cnt_q = (uint16_t)(t->phy__DOT__u_core__DOT__mdic_cnt_q - by);
            if (by) mdic_cut = true;
        }
        if (is_calm(now) || c.core.an_end_cyc == NIC_NEVER || c.core.an_end_cyc <= now || !r.one_in(cut_odds))
            return;
        uint64_t by = cut(r, now, c.core.an_end_cyc);
        if (c.core.mdic_end_cyc >= now && c.core.mdic_end_cyc < c.core.an_end_cyc && r.one_in(3))
            by = c.core.an_end_cyc - c.core.mdic_end_cyc; // to end together
        c.core.an_end_cyc -= by;
        t->phy__DOT__u_core__DOT__an_cnt_q = (uint32_t)(t->phy__DOT__u_core__DOT__an_cnt_q - by);
        if (by) an_cut = true;
    }

    void partner(lockstep_rng &r, uint64_t now, bool near)
    {
        if (is_calm(now)) {
            in.lp_present = now - calm >= 5;
            in.lp_speed = 2;
            return;
        }
        const bool ends = c.core.an_end_cyc == now || c.core.mdic_end_cyc == now;
        if (r.one_in(lp_odds) || (!in.lp_present && r.one_in(20)) ||
            (ends && r.one_in(in.lp_present ? 15 : 3)))
            in.lp_present = !in.lp_present;
        if (r.one_in(lp_odds) || (near && r.one_in(8))) in.lp_speed = (uint8_t)r.below(4);
        if (r.one_in(lp_odds) || (near && r.one_in(8))) in.lp_pause = r.one_in(2);
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now == 0) {
            calm = r.one_in(4) ? NIC_NEVER : 60000 + r.below(60000);
            in.lp_present = r.one_in(2); // in the first tick already
            in.lp_speed = (uint8_t)r.below(4);
        }
        if (now % 8192 == 0) phase(r);
        in.now = now;
        jump(r, now);
        const bool near = phy_quiet(&c) <= now + 1;
        in.reset = r.one_in(rare_odds * 2) || (near && r.one_in(30));
        in.phy_rst =
            !is_calm(now) &&
            (in.phy_rst ? !r.one_in(20) : r.one_in(rare_odds * 4) || (near && r.one_in(40)));
        if (in.phy_rst && c.core.mdic_end_cyc == now && r.one_in(3)) in.phy_rst = false;
        if (in.phy_rst && c.core.mdic_end_cyc == now + 1 && r.one_in(2))
            in.phy_rst = false;                        // the operation ends in the tick behind it
        if (now == calm) in.reset = in.phy_rst = true; // it begins with nothing
        partner(r, now, near);
        in.rx_err = is_calm(now) ? now - calm > 100 : r.one_in(err_odds);
        if (r.one_in(60)) in.gpi1 = !in.gpi1;
        access(r, now, near);
        dut->reset_i = in.reset;
        dut->csr_valid_i = in.csr.valid;
        dut->csr_write_i = in.csr.write;
        dut->csr_id_i = in.csr.id;
        dut->csr_wdata_i = in.csr.wdata;
        dut->phy_rst_i = in.phy_rst;
        dut->gpi1_i = in.gpi1;
        dut->lp_present_i = in.lp_present;
        dut->lp_speed_i = in.lp_speed;
        dut->lp_pause_i = in.lp_pause;
        dut->rx_err_i = in.rx_err;
    }

    // The down counter of a deadline.
    static uint64_t left(uint64_t now, uint64_t end)
    {
        return end == NIC_NEVER ? 0 : end - now + 1;
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const Vphy___024root *t = dut->rootp;
        d.same("mdic_o", dut->mdic_o, c.core.mdic);
        d.same("mdac_o", dut->mdac_o, c.core.mdac_cyc == now);
        d.same("link_o", dut->link_o, c.core.link);
        d.same("fd_o", dut->fd_o, c.core.fd);
        d.same("speed_o", dut->speed_o, c.core.speed);
        d.same("loopback_o", dut->loopback_o, phy_loopback(&c));
        d.same("int_o", dut->int_o, phy_int(&c));
        d.same("phyint_o", dut->phyint_o, c.phyint_cyc == now);
        d.same("state_q", t->phy__DOT__u_core__DOT__state_q, c.core.state);
        d.same("mdic_cnt_q", t->phy__DOT__u_core__DOT__mdic_cnt_q, left(now, c.core.mdic_end_cyc));
        d.same("an_cnt_q", t->phy__DOT__u_core__DOT__an_cnt_q, left(now, c.core.an_end_cyc));
        d.same("ctrl_q", t->phy__DOT__u_core__DOT__ctrl_q, c.core.ctrl);
        d.same("ana_q", t->phy__DOT__u_core__DOT__ana_q, c.core.ana);
        d.same("lpa_q", t->phy__DOT__u_core__DOT__lpa_q, c.core.lpa);
        d.same("npt_q", t->phy__DOT__npt_q, c.npt);
        d.same("gcon_q", t->phy__DOT__u_core__DOT__gcon_q, c.core.gcon);
        d.same("gstatus_q", t->phy__DOT__u_core__DOT__gstatus_q, c.core.gstatus);
        d.same("pscon_q", t->phy__DOT__pscon_q, c.pscon);
        d.same("pinte_q", t->phy__DOT__pinte_q, c.pinte);
        d.same("pints_q", t->phy__DOT__pints_q, c.pints);
        d.same("epscon_q", t->phy__DOT__epscon_q, c.epscon);
        d.same("prec_q", t->phy__DOT__prec_q, c.prec);
        d.same("page_q", t->phy__DOT__page_q, c.page);
        d.same("window_q", t->phy__DOT__window_q, c.window);
        d.same("op_ctrl_q", t->phy__DOT__u_core__DOT__op_ctrl_q, c.core.op_ctrl);
        d.same("op_ana_q", t->phy__DOT__u_core__DOT__op_ana_q, c.core.op_ana);
        d.same("op_gcon_q", t->phy__DOT__u_core__DOT__op_gcon_q, c.core.op_gcon);
        d.same("link_lost_q", t->phy__DOT__u_core__DOT__link_lost_q, c.core.link_lost);
        d.same("an_done_q", t->phy__DOT__u_core__DOT__an_done_q, c.core.an_done);
        d.same("phyint_q", t->phy__DOT__phyint_q, c.phyint_q);
    }

    // The operation of MDIC that ends in this tick, if the PHY does it.
    struct mdic_op {
        bool ends, rd, wr;
        uint32_t reg, data;
    };

    mdic_op ending() const
    {
        mdic_op m = {};
        m.ends = c.core.mdic_end_cyc == in.now && !in.reset;
        m.reg = c.core.mdic >> 16 & 31;
        m.data = c.core.mdic & 0xFFFF;
        const bool hears = !in.phy_rst && c.core.state != PHY_ST_RESET && (c.core.mdic >> 21 & 31) == 1;
        m.rd = m.ends && hears && (c.core.mdic >> 26 & 3) == 2;
        m.wr = m.ends && hears && (c.core.mdic >> 26 & 3) == 1;
        return m;
    }

    void count_mdic(const mdic_op &m)
    {
        const bool write = in.csr.valid && in.csr.write && in.csr.id == E1000_R_MDIC;
        const bool runs = c.core.mdic_end_cyc != NIC_NEVER, heard = !in.phy_rst && m.ends;
        const uint32_t op = c.core.mdic >> 26 & 3;
        corners[MDIC_FULL].count += m.ends && !mdic_cut;
        corners[MDIC_REPLACED].count += write && !in.reset && runs && c.core.mdic_end_cyc > in.now;
        corners[MDIC_AT_END].count += write && m.ends;
        corners[MDIC_RESET].count += in.reset && runs;
        corners[MDIC_RESET_END].count += in.reset && c.core.mdic_end_cyc == in.now;
        corners[MDIC_RST_END].count += m.ends && in.phy_rst;
        corners[MDIC_FIRST_END].count += heard && c.core.state == PHY_ST_RESET;
        corners[MDIC_OP].count += heard && (op == 0 || op == 3);
        corners[MDIC_ADDRESS].count += heard && (c.core.mdic >> 21 & 31) != 1;
        if (m.ends || in.reset || write) mdic_cut = false;
    }

    // Coincidences of the tick that `was` went into.
    void count_phy(const mdic_op &m)
    {
        const bool negotiated = was.core.state == PHY_ST_NEGOTIATING, an_end = was.core.an_end_cyc == in.now;
        const bool ctrl = m.wr && m.reg == 0, restart = ctrl && (m.data & (0x0200 | CTRL_RESET));
        const bool started = c.core.an_end_cyc == in.now + AUTONEG;
        const bool lost = was.core.link && !c.core.link && !in.phy_rst;
        const bool came = !was.core.link && c.core.link, lp = in.lp_present;
        const bool ended = negotiated && an_end && c.core.state == PHY_ST_UP;
        corners[AN_FULL].count += ended && !an_cut;
        corners[AN_LOST].count += negotiated && !lp;
        corners[AN_LOST_END].count += negotiated && an_end && !lp;
        corners[AN_NONE].count += negotiated && an_end && started && !ctrl;
        corners[AN_FORCED].count += ended && !(was.core.op_ctrl & CTRL_AN);
        corners[AN_RST].count += negotiated && in.phy_rst;
        corners[AN_RESTART].count += negotiated && restart && started;
        corners[AN_RESTART_END].count += negotiated && restart && started && an_end;
        corners[ANA_AT_START].count += started && m.wr && (m.reg == 4 || m.reg == 9);
        if (ended) corners[MODE + 2 * c.core.speed + c.core.fd].count++;
        corners[SOFT_UP].count += ctrl && (m.data & CTRL_RESET) && was.core.state == PHY_ST_UP;
        corners[DOWN_AND_UP].count +=
            ctrl && was.core.state == PHY_ST_POWERDOWN && c.core.state == PHY_ST_NEGOTIATING;
        corners[DOWN_TO_LOOP].count +=
            ctrl && was.core.state == PHY_ST_POWERDOWN && c.core.state == PHY_ST_LOOPBACK;
        corners[LOOP_LEFT].count += was.core.state == PHY_ST_LOOPBACK && ctrl && !c.core.link;
        corners[LOOP_AGAIN].count +=
            was.core.state == PHY_ST_LOOPBACK && ctrl && c.core.state == PHY_ST_LOOPBACK;
        corners[STATUS_LOST].count += m.rd && m.reg == 1 && lost;
        corners[PINTS_EVENT].count += m.rd && m.reg == 19 && (lost || came);
        corners[PREC_EVENT].count += m.rd && m.reg == 21 && in.rx_err;
        corners[PREC_FULL].count += was.prec == 0xFFFF && in.rx_err && c.prec == 0xFFFF;
        const bool rose = c.phyint_cyc == in.now + 1;
        corners[PHYINT].count += rose && !phy_int(&was) && (lost || came);
        corners[PHYINT_ENABLE].count += rose && phy_int(&was);
        corners[PHYINT_RESET].count += in.reset && in.gpi1 && !was.phyint_q && phy_int(&c);
        if (c.core.an_end_cyc != was.core.an_end_cyc) an_cut = false;
    }

    void tick(uint64_t)
    {
        const mdic_op m = ending();
        count_mdic(m);
        was = c;
        phy_tick(&c, &in);
        if (c.core.an_end_cyc == in.now + NIC_PhyAutonegCyc) c.core.an_end_cyc = in.now + AUTONEG;
        count_phy(m);
    }

    void print() const
    {
        printf(" reset %d phy_rst %d gpi1 %d partner %d speed %u pause %d rx_err %d state %u",
               in.reset, in.phy_rst, in.gpi1, in.lp_present, in.lp_speed, in.lp_pause, in.rx_err,
               c.core.state);
        lockstep_print_csr(in.csr);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("phy", argc, argv);
}
