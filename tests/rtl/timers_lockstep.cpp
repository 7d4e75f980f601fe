// SPDX-License-Identifier: Apache-2.0
// rtl/timers.sv beside model/timers.c.
#include "tests/rtl/lockstep.h"

#include "Vtimers.h"
#include "Vtimers___024root.h"
extern "C" {
#include "model/nic.h"
#include "model/timers.h"
}

namespace
{

const uint16_t IDS[] = {E1000_R_RDTR,     E1000_R_RADV,  E1000_R_RSRPD,
                        E1000_R_RXFRAMES, E1000_R_TIDV,  E1000_R_TADV,
                        E1000_R_TXFRAMES, E1000_R_MTCTL, E1000_R_MTDLY};
enum { REGS = sizeof IDS / sizeof IDS[0] };

struct bench {
    std::unique_ptr<Vtimers> dut = std::make_unique<Vtimers>();
    timers_t c = {};
    timers_in_t in = {};
    uint32_t reg[E1000_R_COUNT] = {};
    bool reset = false;
    uint32_t p_odds = 1, w_odds = 1, csr_odds = 1, rare_odds = 1, units = 1, frames = 1;
    uint32_t zero_odds = 2, on = 0; // on: registers that may be other than 0 in this phase
    bool loose = false;             // registers change without a write: more than the device does
    enum {
        EXP_P,
        EXP_W,
        P_EARLY,
        ZERO_RUNS,
        BOTH_RX,
        BOTH_TX,
        MT_EXP,
        FPD_EXP,
        P_AND_W,
        RESTART_RUNS,
        RESTART_EXP,
        RESET_EXP,
        FULL_RX,
        FULL_TX,
        FULL_EXP,
        SMALL,
        SMALL_EXP,
        NO_RS_RELOAD,
        IDE_OFF,
        FOLD_RX,
        FOLD_TX,
        MT_OFF,
        LONG,
        LOAD_0,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"receive expiry and P", 0},
        {"transmit expiry and W", 0},
        {"P one tick before expiry", 0},
        {"0 written to a running timer", 0},
        {"packet and absolute timer expire", 0},
        {"TIDV and TADV expire", 0},
        {"master expires", 0},
        {"FPD and expiry", 0},
        {"P and W", 0},
        {"restart of running timers", 0},
        {"restart and expiry", 0},
        {"reset and expiry", 0},
        {"RXFRAMES full", 0},
        {"TXFRAMES full", 0},
        {"RXFRAMES full in a tick of expiry", 0},
        {"small packet", 0},
        {"small packet in a tick of expiry", 0},
        {"W without RS while TIDV runs", 0},
        {"W without IDE while timers run", 0},
        {"receive folded", 0},
        {"transmit folded", 0},
        {"master switched off while it runs", 0},
        {"load of FFFFh", 0},
        {"load of 0 (loose registers)", 0},
    };

    void init()
    {
        timers_reset(&c);
        in.reg = reg;
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 2, 10, 60, 150, 500, 3000};
        p_odds = odds[r.below(6)];
        w_odds = odds[r.below(6)];
        csr_odds = odds[2 + r.below(5)];
        rare_odds = odds[4 + r.below(3)] * 2;
        units = 1 + r.below(4);
        frames = 1 + r.below(6);
        zero_odds = 2 + r.below(4);
        on = r.u32() | (r.one_in(2) ? 1u << 7 | 1u << 8 : 0);
        loose = r.one_in(4);
    }

    // A value for register number k of IDS.
    uint32_t value(lockstep_rng &r, uint32_t k) const
    {
        if (IDS[k] == E1000_R_MTCTL) return r.one_in(5) ? r.below(8) : r.below(8) | 1;
        if (!(on >> k & 1) || r.one_in(zero_odds)) return 0;
        if (r.one_in(100)) return IDS[k] == E1000_R_RSRPD ? 0xFFF : 0xFFFF;
        if (IDS[k] == E1000_R_RSRPD) return 58 + r.below(8);
        if (IDS[k] == E1000_R_RXFRAMES || IDS[k] == E1000_R_TXFRAMES) return 1 + r.below(frames);
        return 1 + r.below(units);
    }

    static uint32_t stored(uint16_t id, uint32_t w)
    {
        return w & (id == E1000_R_MTCTL ? 7 : id == E1000_R_RSRPD ? 0xFFF : 0xFFFF);
    }

    void access(lockstep_rng &r, bool near)
    {
        csr_t *a = &in.csr;
        a->valid = r.one_in(csr_odds) || (near && r.one_in(8));
        a->write = !r.one_in(6);
        const uint32_t k = r.below(REGS);
        a->id = IDS[k];
        a->wdata = value(r, k);
        if (r.one_in(4)) a->wdata |= r.u32() & 0xFFFF0000;        // FPD, and bits that do not exist
        if (r.one_in(30)) a->id ^= (uint16_t)(1u << r.below(14)); // near misses
        if (a->id >= E1000_R_COUNT) a->id = 0;
        if (a->valid && a->write) {
            for (uint16_t id : IDS)
                if (a->id == id) reg[id] = stored(id, a->wdata);
        } else if (loose && r.one_in(20)) {
            reg[a->id] = stored(a->id, value(r, k));
        }
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 2048 == 0) phase(r);
        in.now = now;
        const uint64_t next = timers_quiet(&c);
        const bool near = next <= now + 1;
        reset = r.one_in(rare_odds * 4) || (near && r.one_in(40));
        if (reset_was) memset(reg, 0, sizeof reg);
        reset_was = reset;
        in.p = r.one_in(p_odds) || (near && r.one_in(3));
        in.p_len = r.one_in(10) ? r.below(NIC_FrameMax + 1) : 56 + r.below(12);
        in.w = r.one_in(w_odds) || (near && r.one_in(3));
        in.w_ide = !r.one_in(4);
        in.w_rs = !r.one_in(4);
        in.restart_rx = r.one_in(rare_odds) || (near && r.one_in(30));
        access(r, near);
        count(now);
        dut->reset_i = reset;
        dut->p_i = in.p;
        dut->p_len_i = (uint16_t)in.p_len;
        dut->w_i = in.w;
        dut->w_ide_i = in.w_ide;
        dut->w_rs_i = in.w_rs;
        dut->restart_rx_i = in.restart_rx;
        dut->rdtr_i = (uint16_t)reg[E1000_R_RDTR];
        dut->radv_i = (uint16_t)reg[E1000_R_RADV];
        dut->rsrpd_i = (uint16_t)reg[E1000_R_RSRPD];
        dut->rxframes_i = (uint16_t)reg[E1000_R_RXFRAMES];
        dut->tidv_i = (uint16_t)reg[E1000_R_TIDV];
        dut->tadv_i = (uint16_t)reg[E1000_R_TADV];
        dut->txframes_i = (uint16_t)reg[E1000_R_TXFRAMES];
        dut->mtctl_i = (uint8_t)reg[E1000_R_MTCTL];
        dut->mtdly_i = (uint16_t)reg[E1000_R_MTDLY];
        dut->csr_valid_i = in.csr.valid;
        dut->csr_write_i = in.csr.write;
        dut->csr_id_i = in.csr.id;
        dut->csr_wdata_i = in.csr.wdata;
    }

    // Coincidences before the tick.
    void count(uint64_t now)
    {
        const bool rx = c.pt_cyc <= now || c.at_cyc <= now;
        const bool tx = c.tidv_cyc <= now || c.tadv_cyc <= now;
        const bool rx_runs = c.pt_cyc != NIC_NEVER || c.at_cyc != NIC_NEVER;
        const bool tx_runs = c.tidv_cyc != NIC_NEVER || c.tadv_cyc != NIC_NEVER;
        const csr_t &a = in.csr;
        const bool write = a.valid && a.write, zero = write && !(a.wdata & 0xFFFF);
        if (reset) {
            corners[RESET_EXP].count += rx || tx;
            return;
        }
        corners[EXP_P].count += rx && in.p;
        corners[EXP_W].count += tx && in.w;
        corners[P_EARLY].count += in.p && c.pt_cyc == now + 1;
        corners[BOTH_RX].count += c.pt_cyc <= now && c.at_cyc <= now;
        corners[BOTH_TX].count += c.tidv_cyc <= now && c.tadv_cyc <= now;
        corners[FPD_EXP].count += rx && write && a.id == E1000_R_RDTR && a.wdata >> 31;
        corners[P_AND_W].count += in.p && in.w;
        corners[RESTART_RUNS].count += in.restart_rx && rx_runs;
        corners[RESTART_EXP].count += in.restart_rx && rx;
        corners[ZERO_RUNS].count += zero && ((a.id == E1000_R_RDTR && c.pt_cyc != NIC_NEVER) ||
                                             (a.id == E1000_R_TADV && c.tadv_cyc != NIC_NEVER));
        corners[NO_RS_RELOAD].count += in.w && in.w_ide && !in.w_rs && c.tidv_cyc != NIC_NEVER;
        corners[IDE_OFF].count += in.w && !in.w_ide && in.w_rs && tx_runs;
        corners[MT_OFF].count +=
            write && a.id == E1000_R_MTCTL && !(a.wdata & 1) && c.mt_cyc != NIC_NEVER;
        corners[LONG].count += in.p && reg[E1000_R_RDTR] == 0xFFFF;
        corners[LOAD_0].count += in.w && in.w_ide && !in.w_rs && c.tidv_cyc != NIC_NEVER &&
                                 c.tidv_cyc > now && reg[E1000_R_TIDV] == 0 && !zero;
    }

    // Coincidences that the tick tells.
    void count_fired(uint64_t now)
    {
        const uint32_t f = c.fired_q, rx = NIC_TIMER_PT | NIC_TIMER_AT | NIC_TIMER_SRPD |
                                           NIC_TIMER_RXFRAMES | NIC_TIMER_FLUSH;
        const uint32_t tx = NIC_TIMER_TIDV | NIC_TIMER_TADV | NIC_TIMER_TXFRAMES;
        if (!f) return;
        corners[MT_EXP].count += (f & NIC_TIMER_MASTER) != 0;
        corners[FULL_RX].count += (f & NIC_TIMER_RXFRAMES) != 0;
        corners[FULL_TX].count += (f & NIC_TIMER_TXFRAMES) != 0;
        corners[FULL_EXP].count += (f & NIC_TIMER_RXFRAMES) && (f & (NIC_TIMER_PT | NIC_TIMER_AT));
        corners[SMALL].count += (f & NIC_TIMER_SRPD) != 0;
        corners[SMALL_EXP].count += (f & NIC_TIMER_SRPD) && (f & (NIC_TIMER_PT | NIC_TIMER_AT));
        corners[FOLD_RX].count += !(f & rx) && c.rx_flush_cyc == now + 1;
        corners[FOLD_TX].count += !(f & tx) && c.tx_flush_cyc == now + 1;
    }

    // The down-counter of a timer. A load of 0 lies one cycle back: it expires in this tick.
    static uint64_t left(uint64_t now, uint64_t expiry)
    {
        return expiry == NIC_NEVER ? 0 : expiry < now ? 1 : expiry - now + 1;
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const Vtimers___024root *r = dut->rootp;
        d.same("rx_flush_o", dut->rx_flush_o, c.rx_flush_cyc == now);
        d.same("tx_flush_o", dut->tx_flush_o, c.tx_flush_cyc == now);
        d.same("rx_srpd_o", dut->rx_srpd_o, c.rx_srpd_q);
        d.same("fired_o", dut->fired_o, c.fired_q);
        d.same("pt_q", r->timers__DOT__pt_q, left(now, c.pt_cyc));
        d.same("at_q", r->timers__DOT__at_q, left(now, c.at_cyc));
        d.same("tidv_q", r->timers__DOT__tidv_q, left(now, c.tidv_cyc));
        d.same("tadv_q", r->timers__DOT__tadv_q, left(now, c.tadv_cyc));
        d.same("mt_q", r->timers__DOT__mt_q, left(now, c.mt_cyc));
        d.same("rxf_q", r->timers__DOT__rxf_q, c.rxf_q);
        d.same("txf_q", r->timers__DOT__txf_q, c.txf_q);
    }

    void tick(uint64_t now)
    {
        if (reset) {
            timers_reset(&c);
            return;
        }
        timers_tick(&c, &in);
        count_fired(now);
    }

    void print() const
    {
        printf(" reset %d p %d len %u w %d ide %d rs %d restart_rx %d", reset, in.p, in.p_len, in.w,
               in.w_ide, in.w_rs, in.restart_rx);
        for (uint16_t id : IDS) printf(" %" PRIX32, reg[id]);
        lockstep_print_csr(in.csr);
    }

    bool reset_was = false;
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("timers", argc, argv);
}
