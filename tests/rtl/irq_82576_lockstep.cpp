// SPDX-License-Identifier: Apache-2.0
// rtl/irq_82576.sv beside model/irq_82576.c. Gates and credits are random, and more than eitr does.
#include "tests/rtl/lockstep.h"

#include "Virq_82576.h"
#include "Virq_82576___024root.h"
extern "C" {
#include "model/irq_82576.h"
#include "model/vf_view.h"
}

namespace
{

const uint16_t IDS[] = {
    IGB_R_ICR,  IGB_R_ICS,  IGB_R_IMS,  IGB_R_IMC,  IGB_R_IAM,       IGB_R_EICR,        IGB_R_EICS,
    IGB_R_EIMS, IGB_R_EIMC, IGB_R_EIAC, IGB_R_EIAM, IGB_R_VRXFRAMES, IGB_R_VTXFRAMES,   IGB_R_IVAR,
    IGB_R_GPIE, IGB_R_IVAR, IGB_R_GPIE, IGB_R_EIMS, IGB_R_IVAR_MISC, IGB_R_VTIVAR_MISC,
};
enum { REGS = sizeof IDS / sizeof IDS[0], ALL = (1 << IGB_Vectors) - 1 };

struct bench {
    std::unique_ptr<Virq_82576> dut = std::make_unique<Virq_82576>();
    irq_82576_t c = {};
    irq_82576_in_t in = {};
    uint32_t open = 0, credit = 0;
    uint32_t wb_odds = 1, set_odds = 1, csr_odds = 1, open_odds = 1, rare_odds = 1, mode_odds = 1;
    uint32_t vectors = 1, frames = 1;
    bool msix_mode = false; // that this phase likes
    enum {
        SENT,
        SENT_EVENT,
        SENT_MASKED,
        SENT_UNMASK,
        SENT_URGENT,
        CLEAR_EVENT,
        CLEAR_SENT,
        WAKE,
        WAKE_EVENT,
        EICS_UNMASKS,
        EICS_SENT,
        BOTH_WB,
        SAME_VECTOR,
        MAILBOX,
        MAILBOX_3,
        OTHER,
        OTHER_IMS,
        NO_VECTOR,
        RISE,
        RISE_READ,
        RISE_URGENT,
        FALL,
        LEVEL_31,
        ICR_KEPT,
        ICR_IAM,
        EICR_READ,
        VF_EICR_READ,
        VF_EIAC,
        FULL,
        FULL_WRITE,
        LLI_COUNT,
        URGENT_FADES,
        MODE_EVENT,
        MODE_LINE,
        RESET_SENT,
        RESET_LINE,
        RESET_STAY,
        VF_RESET,
        NEWS,
        NEWS_OLD,
        MSI_DONE,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"vectors sent", 0},
        {"event of a vector in the tick that sends it", 0},
        {"sending masks (EIAM) and clears (EIAC)", 0},
        {"EIMS written in the tick of the auto-mask", 0},
        {"urgent event through a closed gate", 0},
        {"EICR written 1 and event together", 0},
        {"EICR written 1 in the tick that sends", 0},
        {"unmasked with EICR set", 0},
        {"unmasked and event together", 0},
        {"EICS unmasks through EIAM", 0},
        {"EICS in the tick that sends and masks", 0},
        {"receive and transmit write-back together", 0},
        {"of the same vector", 0},
        {"mailbox event with a vector", 0},
        {"mailbox event with vector 3", 0},
        {"a cause of ICR has a vector", 0},
        {"IMS written finds one", 0},
        {"write-back of a queue with a vector above 24", 0},
        {"line rises", 0},
        {"ICR read in the tick of the rise", 0},
        {"line rises through a closed gate", 0},
        {"line falls", 0},
        {"EICR bit 31 as a level", 0},
        {"ICR read that does not clear", 0},
        {"ICR access that masks (IAM)", 0},
        {"EICR read that clears", 0},
        {"EICR read by a VF, MSIX_MODE = 0", 0},
        {"EIAC or EIAM written by a VF", 0},
        {"frame counter full", 0},
        {"frame counter full as it is written", 0},
        {"low latency clears a count", 0},
        {"urgency of the line ends with ICR", 0},
        {"mode changes with events waiting", 0},
        {"mode changes with the line up", 0},
        {"reset sends", 0},
        {"reset with the line up", 0},
        {"reset of the PF, a VF's registers stay", 0},
        {"reset of a VF with an event waiting", 0},
        {"another cause is told with the line up", 0},
        {"nobody wants to know of another cause any more", 0},
        {"message done in the tick of a rise", 0},
    };

    void init()
    {
        irq_82576_reset(&c);
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 2, 5, 20, 100, 500};
        wb_odds = odds[r.below(5)];
        set_odds = odds[1 + r.below(5)];
        csr_odds = odds[r.below(5)];
        open_odds = odds[r.below(5)];
        rare_odds = r.one_in(3) ? 200 : 5000;
        mode_odds = r.one_in(3) ? 3 : 30;
        vectors = r.one_in(2) ? 4 : IGB_Vectors;
        frames = r.one_in(2) ? 3 : 20;
        msix_mode = !r.one_in(3);
    }

    uint32_t bits(lockstep_rng &r) const
    {
        switch (r.below(4)) {
        case 0: return 1u << r.below(32);
        case 1: return r.u32();
        case 2: return r.u32() & r.u32() & r.u32();
        default: return 1u << r.below(vectors);
        }
    }

    uint32_t ivar_byte(lockstep_rng &r) const
    {
        const uint32_t v = r.one_in(10) ? r.below(32) : r.below(vectors);
        return v | (r.one_in(5) ? 0 : 0x80) | (r.one_in(20) ? 0x60 : 0);
    }

    void access(lockstep_rng &r)
    {
        csr_t *a = &in.csr;
        a->valid = r.one_in(csr_odds);
        a->write = !r.one_in(4);
        a->id = IDS[r.below(REGS)];
        if (r.one_in(20)) a->id = (uint16_t)r.below(IGB_R_COUNT);
        if (r.one_in(50)) a->id ^= (uint16_t)(1u << r.below(16)); // near misses
        a->index = 0;
        a->wdata = bits(r);
        in.csr_func = 0;
        switch (a->id) {
        case IGB_R_GPIE:
            if (!r.one_in(mode_odds)) // mostly what the phase likes
                a->wdata = (a->wdata & ~FMASK(IGB_GPIE_MSIX_MODE)) |
                           (msix_mode ? FMASK(IGB_GPIE_MSIX_MODE) : 0);
            break;
        case IGB_R_IVAR:
        case IGB_R_IVAR_MISC:
            a->wdata = ivar_byte(r) | ivar_byte(r) << 8 | ivar_byte(r) << 16 | ivar_byte(r) << 24;
            if (a->id == IGB_R_IVAR) a->index = (uint16_t)r.below(IGB_Pools);
            break;
        case IGB_R_VTIVAR_MISC:
            a->wdata = r.u32() | (r.one_in(4) ? 0 : 0x80);
            a->index = (uint16_t)r.below(IGB_Vfs);
            break;
        case IGB_R_VRXFRAMES:
        case IGB_R_VTXFRAMES:
            a->index = (uint16_t)r.below(vectors);
            a->wdata = r.one_in(3) ? 0 : r.one_in(20) ? 0xFFFF : 1 + r.below(frames);
            if (r.one_in(5)) a->wdata |= r.u32() & 0xFFFF0000;
            break;
        case IGB_R_ICR:
        case IGB_R_ICS:
        case IGB_R_IMS:
        case IGB_R_EIMS:
        case IGB_R_EIAC:
        case IGB_R_EIAM:
            if (r.one_in(3)) a->wdata = 0xFFFFFFFF;
            [[fallthrough]];
        default:
            if (a->id >= IGB_R_EICS && a->id <= IGB_R_EICR && r.one_in(3)) {
                in.csr_func = (uint8_t)(1 + r.below(IGB_Vfs));
                a->wdata = vf_view_write(VREG_VECTOR, in.csr_func - 1u, a->wdata);
            }
            break;
        }
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 1024 == 0) phase(r);
        in.reset = r.one_in(rare_odds);
        in.stay = r.one_in(3) ? 0 : (uint8_t)r.u32();
        in.vf_reset = r.one_in(rare_odds) ? (uint8_t)(r.u32() & r.u32()) : 0;
        in.set = r.one_in(set_odds) ? (r.one_in(2) ? 1u << r.below(32) : r.u32() & r.u32()) : 0;
        in.rx = {r.one_in(wb_odds), (uint8_t)r.below(IGB_Queues), (uint8_t)r.below(4), r.one_in(10),
                 r.one_in(20)};
        in.tx = {r.one_in(wb_odds), (uint8_t)r.below(IGB_Queues), (uint8_t)r.below(4), false,
                 false};
        if (r.one_in(30)) in.rx.packets = in.tx.packets = NIC_DescCache;
        in.vf = r.one_in(set_odds * 2) ? (uint8_t)(r.u32() & r.u32()) : 0;
        if (r.one_in(300)) in.msi_en = !in.msi_en;
        if (r.one_in(300)) in.msix_en = !in.msix_en;
        in.msi_done = r.one_in(c.msi_q ? 5 : 50);
        for (unsigned k = 0; k < IGB_Vectors; k++)
            if (r.one_in(open_odds * 4)) open ^= 1u << k;
        if (r.one_in(10)) credit = r.u32() & ALL;
        access(r);
        in.sent = irq_82576_sent(&c, open, credit, in.reset);
        count();

        const csr_t &a = in.csr;
        dut->reset_i = in.reset;
        dut->stay_i = in.stay;
        dut->vf_reset_i = in.vf_reset;
        dut->set_i = in.set;
        dut->rx_valid_i = in.rx.valid;
        dut->rx_queue_i = in.rx.queue;
        dut->rx_packets_i = in.rx.packets;
        dut->rx_lli_i = in.rx.lli;
        dut->rx_rxdmt_i = in.rx.rxdmt;
        dut->tx_valid_i = in.tx.valid;
        dut->tx_queue_i = in.tx.queue;
        dut->tx_packets_i = in.tx.packets;
        dut->vf_i = in.vf;
        dut->msi_en_i = in.msi_en;
        dut->msix_en_i = in.msix_en;
        dut->msi_done_i = in.msi_done;
        dut->open_i = open;
        dut->credit_i = credit;
        dut->csr_valid_i = a.valid;
        dut->csr_write_i = a.write;
        dut->csr_id_i = a.id;
        dut->csr_index_i = a.index;
        dut->csr_func_i = in.csr_func;
        dut->csr_wdata_i = a.wdata;
    }

    static uint32_t byte_vector(uint32_t byte)
    {
        return byte & 0x80 ? byte & 0x1F : 32;
    }

    // Coincidences before the tick, from inputs and state as they are.
    void count()
    {
        const csr_t &a = in.csr;
        const bool write = a.valid && a.write, read = a.valid && !a.write;
        const bool mode = irq_82576_msix_mode(&c), eiame = c.gpie_q >> 30;
        const uint32_t sent = in.sent, w = a.wdata;
        if (in.reset) {
            corners[RESET_SENT].count += mode && (sent & ~open & ~(c.lli_q & credit));
            corners[RESET_LINE].count += c.int_q;
            for (unsigned n = 0; n < IGB_Vfs; n++)
                corners[RESET_STAY].count +=
                    (in.stay & ~in.vf_reset) >> n & 1 && (c.eims_q & vf_view_vectors(n));
            return;
        }
        corners[VF_RESET].count +=
            (in.vf_reset & 1) && (c.ev_q & vf_view_vectors(0)) && !(sent & vf_view_vectors(0));
        corners[BOTH_WB].count += in.rx.valid && in.tx.valid;
        corners[ICR_KEPT].count += read && a.id == IGB_R_ICR && !(c.gpie_q & 1) && c.ims_q &&
                                   !(c.icr_q >> 31) && in.msix_en && c.icr_q;
        corners[ICR_IAM].count += a.valid && a.id == IGB_R_ICR &&
                                  ((c.gpie_q & 1) || c.icr_q >> 31) && (c.ims_q & c.iam_q);
        const bool shared = a.id == IGB_R_EIAC || a.id == IGB_R_EIAM;
        corners[VF_EIAC].count += write && shared && in.csr_func;
        const uint32_t rxb = c.ivar_q[in.rx.queue & 7] >> (in.rx.queue >> 3) * 16 & 0xFF;
        const uint32_t txb = c.ivar_q[in.tx.queue & 7] >> ((in.tx.queue >> 3) * 16 + 8) & 0xFF;
        const uint32_t rxv = byte_vector(rxb), txv = byte_vector(txb);
        const bool rx = in.rx.valid && rxv < IGB_Vectors, tx = in.tx.valid && txv < IGB_Vectors;
        if (rx && c.rx_frames_q[rxv] && mode) {
            const bool full = c.rx_n_q[rxv] + in.rx.packets >= c.rx_frames_q[rxv];
            corners[FULL].count += full && in.rx.packets && !in.rx.lli;
            corners[FULL_WRITE].count +=
                full && write && a.id == IGB_R_VRXFRAMES && a.index == rxv && !in.rx.lli;
            corners[LLI_COUNT].count += in.rx.lli && c.rx_n_q[rxv];
        }
        if (!mode) {
            const bool rise = sent & 1;
            corners[RISE].count += rise;
            corners[NEWS].count += rise && c.int_q;
            corners[NEWS_OLD].count += c.news_q && !irq_82576_pend(&c);
            corners[RISE_READ].count += rise && read && a.id == IGB_R_ICR;
            corners[RISE_URGENT].count += rise && !(open & 1);
            corners[FALL].count += c.int_q && !irq_82576_pend(&c);
            corners[LEVEL_31].count += (c.icr_q & c.ims_q) && !(c.eicr_q >> 31);
            corners[EICR_READ].count += read && a.id == IGB_R_EICR && !in.csr_func && c.eicr_q;
            corners[VF_EICR_READ].count += read && a.id == IGB_R_EICR && in.csr_func && c.eicr_q;
            corners[URGENT_FADES].count +=
                c.lli_q && !rise && write && a.id == IGB_R_ICR && (w & 0x90) == 0x90;
            corners[MODE_LINE].count += write && a.id == IGB_R_GPIE && (w & 0x10) && c.int_q;
            corners[MSI_DONE].count += rise && in.msi_done && in.msi_en && !in.msix_en;
            return;
        }
        uint32_t event = 0;
        if (rx && (in.rx.lli || in.rx.rxdmt)) event |= 1u << rxv;
        if (rx && in.rx.packets && !c.rx_frames_q[rxv]) event |= 1u << rxv;
        if (tx && in.tx.packets && !c.tx_frames_q[txv]) event |= 1u << txv;
        const uint32_t clear = write && a.id == IGB_R_EICR ? w : 0;
        const uint32_t unmask = write && a.id == IGB_R_EIMS ? w : 0;
        const uint32_t eics = write && a.id == IGB_R_EICS ? w : 0;
        corners[SENT].count += sent != 0;
        corners[SENT_EVENT].count += (sent & event) != 0;
        corners[SENT_MASKED].count += eiame && (sent & c.eiam_q & c.eiac_q);
        corners[SENT_UNMASK].count += eiame && (sent & c.eiam_q & unmask);
        corners[SENT_URGENT].count += (sent & ~open) != 0;
        corners[CLEAR_EVENT].count += (clear & event) != 0;
        corners[CLEAR_SENT].count += (clear & sent) != 0;
        corners[WAKE].count += (unmask & ~c.eims_q & c.eicr_q & ~c.ev_q & ALL) != 0;
        corners[WAKE_EVENT].count += (unmask & ~c.eims_q & event) != 0;
        corners[EICS_UNMASKS].count += (eics & c.eiam_q & ~c.eims_q & ALL) != 0;
        corners[EICS_SENT].count += eiame && (eics & c.eiam_q & sent);
        corners[SAME_VECTOR].count += rx && tx && rxv == txv;
        for (unsigned n = 0; n < IGB_Vfs; n++) {
            const bool hit = (in.vf >> n & 1) && c.vtivar_misc_q[n] & 0x80;
            corners[MAILBOX].count += hit;
            corners[MAILBOX_3].count += hit && (c.vtivar_misc_q[n] & 3) == 3;
        }
        const bool other = (c.ivar_misc_q & 0x8000) && (c.ivar_misc_q >> 8 & 0x1F) < IGB_Vectors;
        corners[OTHER].count += other && (in.set & c.ims_q);
        corners[OTHER_IMS].count += other && write && a.id == IGB_R_IMS && (w & c.icr_q & ~c.ims_q);
        corners[NO_VECTOR].count += in.rx.valid && rxv >= IGB_Vectors && rxv < 32;
        corners[MODE_EVENT].count += write && a.id == IGB_R_GPIE && !(w & 0x10) && c.ev_q;
    }

    void compare(uint64_t, lockstep_diff &d) const
    {
        const Virq_82576___024root *r = dut->rootp;
        d.same("sent_o", dut->sent_o, in.sent);
        d.same("ll_interval_o", dut->ll_interval_o, irq_82576_ll_interval(&c));
        uint32_t rx = 0, tx = 0;
        for (unsigned q = 0; q < IGB_Queues; q++) {
            rx |= (uint32_t)irq_82576_rx_open(&c, q, open) << q;
            tx |= (uint32_t)irq_82576_tx_open(&c, q, open) << q;
        }
        d.same("rx_open_o", dut->rx_open_o, rx);
        d.same("tx_open_o", dut->tx_open_o, tx);
        d.same("rdata_o", dut->rdata_o, irq_82576_read(&c, in.csr.id, in.csr.index));
        d.same("int_o", dut->int_o, c.int_q);
        d.same("news_q", r->irq_82576__DOT__news_q, c.news_q);
        d.same("msi_o", dut->msi_o, c.msi_q);
        d.same("icr_q", r->irq_82576__DOT__icr_q, c.icr_q);
        d.same("ims_q", r->irq_82576__DOT__ims_q, c.ims_q);
        d.same("iam_q", r->irq_82576__DOT__iam_q, c.iam_q);
        d.same("eicr_q", r->irq_82576__DOT__eicr_q, c.eicr_q);
        d.same("eims_q", r->irq_82576__DOT__eims_q, c.eims_q);
        d.same("eiac_q", r->irq_82576__DOT__eiac_q, c.eiac_q);
        d.same("eiam_q", r->irq_82576__DOT__eiam_q, c.eiam_q);
        d.same("gpie_q", r->irq_82576__DOT__gpie_q, c.gpie_q);
        d.same("ev_q", r->irq_82576__DOT__ev_q, c.ev_q);
        d.same("lli_q", r->irq_82576__DOT__lli_q, c.lli_q);
        for (unsigned n = 0; n < IGB_Pools; n++) {
            d.same("ivar_q", r->irq_82576__DOT__ivar_q[n], c.ivar_q[n]);
            d.same("vtivar_misc_q", r->irq_82576__DOT__vtivar_misc_q >> 8 * n & 0xFF,
                   c.vtivar_misc_q[n]);
        }
        d.same("ivar_misc_q", r->irq_82576__DOT__ivar_misc_q, c.ivar_misc_q);
        for (unsigned k = 0; k < IGB_Vectors; k++) {
            const unsigned word = k / 2, at = k % 2 * 16;
            d.same("rx_frames_q", r->irq_82576__DOT__rx_frames_q[word] >> at & 0xFFFF,
                   c.rx_frames_q[k]);
            d.same("tx_frames_q", r->irq_82576__DOT__tx_frames_q[word] >> at & 0xFFFF,
                   c.tx_frames_q[k]);
            d.same("rx_n_q", r->irq_82576__DOT__rx_n_q[word] >> at & 0xFFFF, c.rx_n_q[k]);
            d.same("tx_n_q", r->irq_82576__DOT__tx_n_q[word] >> at & 0xFFFF, c.tx_n_q[k]);
        }
    }

    void tick(uint64_t)
    {
        irq_82576_tick(&c, &in);
    }

    void print() const
    {
        printf(" reset %d stay %02X vf_reset %02X set %08" PRIX32
               " rx %d q%u %u %d%d tx %d q%u %u vf %02X",
               in.reset, in.stay, in.vf_reset, in.set, in.rx.valid, in.rx.queue, in.rx.packets,
               in.rx.lli, in.rx.rxdmt, in.tx.valid, in.tx.queue, in.tx.packets, in.vf);
        printf(" msi %d%d%d open %07" PRIX32 " credit %07" PRIX32 " sent %07" PRIX32, in.msi_en,
               in.msix_en, in.msi_done, open, credit, in.sent);
        const csr_t &a = in.csr;
        if (!a.valid) printf(" -");
        else
            printf(" %s %s(%u) %08" PRIX32 " by %u", a.write ? "write" : "read",
                   igb_reg_row(a.id) ? igb_reg_row(a.id)->name : "?", a.index, a.wdata,
                   in.csr_func);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("irq_82576", argc, argv);
}
