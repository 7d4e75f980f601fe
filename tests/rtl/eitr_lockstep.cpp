// SPDX-License-Identifier: Apache-2.0
// rtl/eitr.sv beside model/eitr.c.
#include "tests/rtl/lockstep.h"

#include "Veitr.h"
#include "Veitr___024root.h"
extern "C" {
#include "model/eitr.h"
}

namespace
{

struct bench {
    std::unique_ptr<Veitr> dut = std::make_unique<Veitr>();
    eitr_t c = {};
    eitr_in_t in = {};
    bool reset = false;
    uint32_t sent_odds = 1, csr_odds = 1, ll_odds = 1, reset_odds = 1, units = 1, vectors = 1;
    enum {
        AT_OPEN,
        CLOSED_CREDIT,
        CLOSED_FREE,
        TAKE_GROW,
        FULL_GROW,
        WRITE_SENT,
        KEEP_SENT,
        WRITE_GROW,
        COUNTER_OPEN,
        COUNTER_0_CLOSED,
        LL_OFF_STRIKE,
        LL_CHANGE,
        STANDS,
        CTRL_RST_SENT,
        RESET_CLOSED,
        CLEAR_CLOSED,
        CLEAR_WRITE,
        CLEAR_STANDS,
        LONG,
        LONG_COUNTER,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"sent in the tick in which the gate opens", 0},
        {"sent through a closed gate, with a credit", 0},
        {"sent through a closed gate, LLI_EN = 0", 0},
        {"a credit comes as one is taken", 0},
        {"a credit comes with 31", 0},
        {"counters written as the vector is sent", 0},
        {"CNT_IGNR written as the vector is sent", 0},
        {"counters written as a credit comes", 0},
        {"COUNTER closes an open gate", 0},
        {"COUNTER = 0 opens a closed gate", 0},
        {"LL_INTERVAL becomes 0 in a tick of the clock", 0},
        {"LL_INTERVAL changes while the clock runs", 0},
        {"the clock stands, all are full", 0},
        {"CTRL.RST as a vector is sent", 0},
        {"reset while gates are closed", 0},
        {"reset of a vector of which the gate is closed", 0},
        {"written as it is reset", 0},
        {"the clock has nobody left", 0},
        {"closed for INTERVAL = 8191", 0},
        {"closed for COUNTER = 1023", 0},
    };

    void init()
    {
        eitr_reset(&c);
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 3, 20, 100, 700}, spans[] = {1, 2, 3, 8, 40};
        sent_odds = odds[r.below(5)];
        csr_odds = odds[1 + r.below(4)];
        ll_odds = odds[3 + r.below(2)] * 5;
        reset_odds = r.one_in(4) ? 300 : 20000;
        units = spans[r.below(5)];
        vectors = r.one_in(3) ? 3 : IGB_Vectors;
        in.ll_interval = r.one_in(3) ? r.below(32) : r.below(3);
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 4096 == 0) phase(r);
        in.now = now;
        reset = r.one_in(reset_odds);
        in.ctrl_rst = r.one_in(reset_odds);
        in.clear = r.one_in(reset_odds) ? r.u32() & (r.one_in(3) ? ~0u : r.u32()) & 0x1FFFFFF : 0;
        const uint32_t ll = in.ll_interval;
        const bool strikes = c.credit_cyc == now;
        if (r.one_in(ll_odds) || (strikes && r.one_in(20)))
            in.ll_interval = r.one_in(3) ? 0 : r.one_in(20) ? 31 : 1 + r.below(2);

        // What irq_82576 may send: through open gates, or with a credit.
        const uint32_t open = eitr_open(&c, now), credit = eitr_credit(&c);
        in.sent = 0;
        for (uint32_t k = 0; k < vectors; k++) {
            const bool near = now >= c.open_cyc[k] && now - c.open_cyc[k] < 2;
            if (r.one_in(near || strikes ? 2 : sent_odds * 8)) in.sent |= 1u << k;
        }
        in.sent &= open | (r.one_in(3) || strikes ? credit : 0);

        csr_t *a = &in.csr;
        a->valid = r.one_in(csr_odds) || (strikes && r.one_in(4));
        a->write = !r.one_in(4);
        a->id = IGB_R_EITR;
        if (r.one_in(10)) a->id ^= (uint16_t)(1u << r.below(12)); // near misses
        a->index = (uint16_t)r.below(vectors);
        a->wdata = FPUT(IGB_EITR_INTERVAL, r.one_in(100) ? 8191 : r.below(units + 1));
        a->wdata |= r.below(2) << IGB_EITR_LLI_EN_LSB;
        a->wdata |= FPUT(IGB_EITR_LL_COUNTER, r.one_in(2) ? r.below(32) : r.one_in(2) ? 31 : 0);
        if (r.one_in(2))
            a->wdata |= FPUT(IGB_EITR_COUNTER, r.one_in(100) ? 1023 : 1 + r.below(units / 4 + 1));
        if (r.one_in(2)) a->wdata |= FMASK(IGB_EITR_CNT_IGNR);
        if (r.one_in(8)) a->wdata |= r.below(4);
        count(now, ll, open);

        dut->reset_i = reset;
        dut->ctrl_rst_i = in.ctrl_rst;
        dut->clear_i = in.clear;
        dut->sent_i = in.sent;
        dut->ll_interval_i = (uint8_t)in.ll_interval;
        dut->csr_valid_i = a->valid;
        dut->csr_write_i = a->write;
        dut->csr_id_i = a->id;
        dut->csr_index_i = a->index;
        dut->csr_wdata_i = a->wdata;
    }

    // Coincidences before the tick.
    void count(uint64_t now, uint32_t ll, uint32_t open)
    {
        const csr_t &a = in.csr;
        const bool mine = a.valid && a.write && a.id == IGB_R_EITR, strikes = c.credit_cyc == now;
        const bool ignr = (a.wdata & FMASK(IGB_EITR_CNT_IGNR)) != 0;
        if (reset) {
            corners[RESET_CLOSED].count += (~open & 0x1FFFFFF) != 0;
            return;
        }
        if (in.ctrl_rst) {
            corners[CTRL_RST_SENT].count += in.sent != 0;
            return;
        }
        corners[CLEAR_CLOSED].count += (in.clear & ~open) != 0;
        corners[CLEAR_WRITE].count += mine && (in.clear >> a.index & 1);
        corners[CLEAR_STANDS].count += c.credit_cyc != NIC_NEVER && !(c.lli_en_q & ~in.clear);
        for (unsigned k = 0; k < IGB_Vectors; k++) {
            const bool sent = in.sent >> k & 1, lli_en = c.lli_en_q >> k & 1;
            const bool closed = !(open >> k & 1), hit = mine && a.index == k;
            const bool grow = strikes && in.ll_interval && lli_en;
            corners[AT_OPEN].count += sent && now && c.open_cyc[k] == now;
            corners[CLOSED_CREDIT].count += sent && closed && lli_en;
            corners[CLOSED_FREE].count += sent && closed && !lli_en;
            corners[TAKE_GROW].count += sent && closed && grow;
            corners[FULL_GROW].count += !sent && grow && c.credit_q[k] == IGB_LliCreditsMax;
            corners[WRITE_SENT].count += sent && hit && !ignr;
            corners[KEEP_SENT].count += sent && hit && ignr;
            corners[WRITE_GROW].count += grow && hit && !ignr;
            if (hit && !ignr)
                corners[closed ? COUNTER_0_CLOSED : COUNTER_OPEN].count +=
                    closed == !FGET(IGB_EITR_COUNTER, a.wdata);
            corners[LONG].count += closed && now > c.open_cyc[k] - 10 && c.interval_q[k] == 8191;
            corners[LONG_COUNTER].count += hit && !ignr && FGET(IGB_EITR_COUNTER, a.wdata) == 1023;
        }
        const bool runs = c.credit_cyc != NIC_NEVER;
        corners[LL_OFF_STRIKE].count += strikes && !in.ll_interval;
        corners[LL_CHANGE].count += runs && ll && in.ll_interval && ll != in.ll_interval;
        corners[STANDS].count += !runs && ll && c.lli_en_q;
    }

    // Units that a gate is closed for, and cycles of the present one behind this.
    uint64_t units_left(uint64_t now, unsigned k) const
    {
        const uint64_t left = now < c.open_cyc[k] ? c.open_cyc[k] - now : 0;
        return (left + IGB_EitrUnitCyc - 1) / IGB_EitrUnitCyc;
    }
    uint64_t cycles_left(uint64_t now, unsigned k) const
    {
        return now < c.open_cyc[k] ? (c.open_cyc[k] - now - 1) % IGB_EitrUnitCyc : 0;
    }

    // Bits at to at+w-1 of a wide net.
    template <class W> static uint32_t bits(const W &net, unsigned at, unsigned w)
    {
        uint32_t value = 0;
        for (unsigned i = 0; i < w; i++) value |= (net[(at + i) / 32] >> (at + i) % 32 & 1) << i;
        return value;
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        d.same("open_o", dut->open_o, eitr_open(&c, now));
        d.same("credit_o", dut->credit_o, eitr_credit(&c));
        d.same("rdata_o", dut->rdata_o,
               in.csr.id == IGB_R_EITR ? eitr_read(&c, in.csr.index, now) : 0);
        for (unsigned k = 0; k < IGB_Vectors; k++) {
            const uint32_t left = bits(dut->rootp->eitr__DOT__left, 20 * k, 20);
            d.same("us_q", left >> 7, units_left(now, k));
            d.same("pre_q", left & 0x7F, cycles_left(now, k));
        }
        d.same("credit_q", dut->rootp->eitr__DOT__credit_q,
               c.credit_cyc == NIC_NEVER ? 0 : c.credit_cyc - now + 1);
    }

    void tick(uint64_t)
    {
        if (reset) eitr_reset(&c);
        else eitr_tick(&c, &in);
    }

    void print() const
    {
        printf(" reset %d ctrl_rst %d clear %07" PRIX32 " sent %07" PRIX32 " ll %u", reset,
               in.ctrl_rst, in.clear, in.sent, in.ll_interval);
        const csr_t &a = in.csr;
        printf(a.valid ? " %s %s(%u) %08" PRIX32 : " -", a.write ? "write" : "read",
               igb_reg_row(a.id) ? igb_reg_row(a.id)->name : "?", a.index, a.wdata);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("eitr", argc, argv);
}
