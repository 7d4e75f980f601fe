// SPDX-License-Identifier: Apache-2.0
// rtl/stats_82576.sv beside model/stats_82576.c. Now and then a counter is set near its end, on both sides.
#include "tests/rtl/lockstep.h"

#include "Vstats_82576.h"
#include "Vstats_82576___024root.h"
extern "C" {
#include "model/stats_82576.h"
}

namespace
{

enum { LEN_MAX = 0x7FFF };

struct bench {
    std::unique_ptr<Vstats_82576> dut = std::make_unique<Vstats_82576>();
    stats_82576_t c = {};
    stats_82576_in_t in = {};
    csr_t csr = {};
    stats_rx_event_t rx = {};
    stats_tx_event_t tx = {};
    bool rx_valid = false, tx_valid = false;
    uint32_t odds[6] = {};
    std::vector<uint16_t> ids; // of the table, and of others

    enum {
        READ_DROP,
        READ_OTHER,
        READ_RPTHC,
        READ_LOW,
        READ_HIGH,
        READ_CORE,
        READ_VF,
        CBTMPC,
        STICK,
        STICK_PAIR,
        STICK_SENT,
        WRAP,
        BOTH,
        SAME_VF,
        NOT_THERE,
        WIRE_LOOP,
        RESET,
        CLEAR,
        CLEAR_RESET,
        MANY,
        WRITE,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"RQDPC read while a frame is dropped for the queue", 0},
        {"RQDPC read while one is dropped for another", 0},
        {"RPTHC read while a frame is delivered", 0},
        {"low half read while its pair is added to", 0},
        {"high half read while its pair is added to", 0},
        {"counter of the 82540EM read and counting", 0},
        {"counter of a VF read while it counts", 0},
        {"CBTMPC read", 0},
        {"counter sticks", 0},
        {"pair sticks", 0},
        {"IAC sticks below its end plus the vectors", 0},
        {"counter of a VF wraps", 0},
        {"delivered and decided in one tick", 0},
        {"these of the same VF", 0},
        {"frame of a VF that is not there", 0},
        {"to the wire and to queues", 0},
        {"PF reset and events", 0},
        {"counters of a VF cleared in the tick of its event", 0},
        {"the same in a PF reset", 0},
        {"more than one vector sent", 0},
        {"write", 0},
    };

    void init()
    {
        stats_82576_reset(&c);
        for (unsigned k = 0; k < igb_reg_row_count; k++) {
            if (igb_reg_rows[k].owner == OWN_stats) ids.push_back(igb_reg_rows[k].first);
        }
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t of[] = {1, 2, 8, 50, 400};
        for (uint32_t &o : odds) o = of[r.below(5)];
    }

    // A counter near its end, on both sides.
    void near_the_end(lockstep_rng &r)
    {
        auto *d = dut->rootp;
        const uint32_t v = UINT32_MAX - r.below(30);
        const uint64_t w = UINT64_MAX - r.below(100000);
        const unsigned q = r.below(IGB_Queues), k = r.below(STATS_82576_VF_COUNT);
        switch (r.below(8)) {
        case 0: c.rqdpc_q[q] = d->stats_82576__DOT__rqdpc_q[q] = v; break;
        case 1: c.iac_q = d->stats_82576__DOT__iac_q = v; break;
        case 2: c.rpthc_q = d->stats_82576__DOT__rpthc_q = v; break;
        case 3: c.hgptc_q = d->stats_82576__DOT__hgptc_q = v; break;
        case 4: c.hgorc_q = d->stats_82576__DOT__hgorc_q = w; break;
        case 5: c.hgotc_q = d->stats_82576__DOT__hgotc_q = w; break;
        default:
            c.vf_q[k][q % IGB_Vfs] = d->stats_82576__DOT__vf_q[IGB_Vfs * k + q % IGB_Vfs] =
                (uint32_t)w;
        }
    }

    static void frame(stats_82576_frame_t &f, lockstep_rng &r, uint32_t odd)
    {
        f.valid = r.one_in(odd);
        f.queue = (uint8_t)r.below(IGB_Queues);
        f.len = (uint16_t)(r.one_in(3) ? r.u32() : 64 + r.below(1455));
        f.mcast = r.one_in(3);
        f.loop = r.one_in(2);
        f.wire = r.one_in(2);
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 512 == 0) phase(r);
        if (r.one_in(16)) near_the_end(r);
        in.reset = r.one_in(300);
        in.vf_clear = r.one_in(40) ? (uint8_t)(r.u32() & r.u32()) : 0;
        in.there = (uint8_t)(r.u32() | (r.one_in(2) ? 0xFF : 0));
        rx_valid = r.one_in(odds[0]);
        tx_valid = r.one_in(odds[0]);
        rx.len = r.below(LEN_MAX);
        rx.flags = r.one_in(2) ? 0 : r.u32() & (STATS_DISCARDED * 2 - 1);
        tx.len = r.below(2000);
        tx.flags = r.one_in(2) ? 0 : r.u32() & (STATS_DISCARDED * 2 - 1);
        in.rnbc = r.one_in(odds[1]);
        in.tsc = r.one_in(odds[1]);
        in.tsc_bad = r.one_in(2);
        in.drop = r.one_in(odds[2]);
        in.drop_queue = (uint8_t)r.below(IGB_Queues);
        in.sent = r.one_in(odds[3]) ? r.u32() & r.u32() & 0x1FFFFFF : 0;
        frame(in.rx, r, odds[4]);
        frame(in.tx, r, odds[4]);
        csr.valid = r.one_in(odds[5]);
        csr.write = r.one_in(8);
        csr.id = ids[r.below((uint32_t)ids.size())];
        if (r.one_in(3)) csr.id = IGB_R_RQDPC;
        if (r.one_in(12)) csr.id = (uint16_t)r.below(IGB_R_COUNT);
        csr.index = 0;
        const reg_row_t *row = igb_reg_row(csr.id);
        if (row->first != csr.id) csr.id = row->first;
        if (row->count > 1) csr.index = (uint16_t)r.below(row->count);
        if (csr.id == IGB_R_RQDPC && r.one_in(3)) csr.index = in.drop_queue;
        count();

        dut->reset_i = in.reset;
        dut->vf_clear_i = in.vf_clear;
        dut->there_i = in.there;
        dut->csr_valid_i = csr.valid;
        dut->csr_write_i = csr.write;
        dut->csr_id_i = csr.id;
        dut->csr_index_i = csr.index;
        dut->rx_valid_i = rx_valid;
        dut->rx_len_i = (uint16_t)rx.len;
        dut->rx_flags_i = (uint16_t)rx.flags;
        dut->tx_valid_i = tx_valid;
        dut->tx_len_i = (uint16_t)tx.len;
        dut->tx_flags_i = (uint16_t)tx.flags;
        dut->rnbc_i = in.rnbc;
        dut->tsc_i = in.tsc;
        dut->tsc_bad_i = in.tsc_bad;
        dut->drop_i = in.drop;
        dut->drop_queue_i = in.drop_queue;
        dut->sent_i = in.sent;
        dut->host_rx_valid_i = in.rx.valid;
        dut->host_rx_queue_i = in.rx.queue;
        dut->host_rx_len_i = in.rx.len;
        dut->host_rx_mcast_i = in.rx.mcast;
        dut->host_rx_loop_i = in.rx.loop;
        dut->host_tx_valid_i = in.tx.valid;
        dut->host_tx_queue_i = in.tx.queue;
        dut->host_tx_len_i = in.tx.len;
        dut->host_tx_wire_i = in.tx.wire;
        dut->host_tx_loop_i = in.tx.loop;
    }

    // Coincidences before the tick.
    void count()
    {
        const bool read = csr.valid && !csr.write;
        const stats_82576_frame_t &f = in.rx, &t = in.tx;
        const unsigned fv = f.queue % IGB_Vfs, tv = t.queue % IGB_Vfs;
        if (in.reset) {
            corners[RESET].count += f.valid || t.valid || in.drop;
            corners[CLEAR_RESET].count += f.valid && (in.vf_clear >> fv & 1);
            return;
        }
        if (read && csr.id == IGB_R_RQDPC && in.drop)
            corners[csr.index == in.drop_queue ? READ_DROP : READ_OTHER].count++;
        if (read && f.valid) {
            corners[READ_RPTHC].count += csr.id == IGB_R_RPTHC;
            corners[READ_LOW].count += csr.id == IGB_R_HGORCL;
            corners[READ_HIGH].count += csr.id == IGB_R_HGORCH;
            corners[READ_VF].count += csr.id == IGB_R_VFGPRC && csr.index == fv;
        }
        corners[READ_CORE].count += read && csr.id == IGB_R_TPR && rx_valid;
        corners[CBTMPC].count += read && csr.id == IGB_R_CBTMPC;
        corners[STICK].count += f.valid && c.rpthc_q == UINT32_MAX;
        corners[STICK_PAIR].count += f.valid && c.hgorc_q > UINT64_MAX - f.len;
        corners[STICK_SENT].count +=
            c.iac_q < UINT32_MAX && c.iac_q + (uint32_t)__builtin_popcount(in.sent) < c.iac_q;
        if (f.valid && (in.there >> fv & 1)) {
            const uint32_t octets = c.vf_q[f.loop ? 7 : 2][fv];
            corners[WRAP].count += octets + f.len < octets;
            corners[CLEAR].count += in.vf_clear >> fv & 1;
        }
        corners[BOTH].count += f.valid && t.valid;
        corners[SAME_VF].count += f.valid && t.valid && fv == tv;
        corners[NOT_THERE].count += f.valid && !(in.there >> fv & 1);
        corners[WIRE_LOOP].count += t.valid && t.wire && t.loop;
        corners[MANY].count += __builtin_popcount(in.sent) > 1;
        corners[WRITE].count += csr.valid && csr.write && stats_82576_mine(csr.id);
    }

    void compare(uint64_t, lockstep_diff &d) const
    {
        const auto *s = dut->rootp;
        d.same("rdata_o", dut->rdata_o, stats_82576_peek(&c, csr.id, csr.index));
        for (unsigned q = 0; q < IGB_Queues; q++)
            d.same("rqdpc_q", s->stats_82576__DOT__rqdpc_q[q], c.rqdpc_q[q]);
        d.same("iac_q", s->stats_82576__DOT__iac_q, c.iac_q);
        d.same("rpthc_q", s->stats_82576__DOT__rpthc_q, c.rpthc_q);
        d.same("hgptc_q", s->stats_82576__DOT__hgptc_q, c.hgptc_q);
        d.same("hgorc_q", s->stats_82576__DOT__hgorc_q, c.hgorc_q);
        d.same("hgotc_q", s->stats_82576__DOT__hgotc_q, c.hgotc_q);
        for (unsigned k = 0; k < STATS_82576_VF_COUNT; k++)
            for (unsigned n = 0; n < IGB_Vfs; n++)
                d.same("vf_q", s->stats_82576__DOT__vf_q[IGB_Vfs * k + n], c.vf_q[k][n]);
        for (unsigned i = 0; i < STATS_COUNT; i++)
            d.same("u_core.count_q", s->stats_82576__DOT__u_core__DOT__count_q[i],
                   c.core.count_q[i]);
    }

    void tick(uint64_t)
    {
        if (csr.valid && !csr.write) stats_82576_read_clear(&c, csr.id, csr.index);
        if (!in.reset) {
            if (rx_valid) stats_rx(&c.core, &rx);
            if (tx_valid) stats_tx(&c.core, &tx);
        }
        stats_82576_tick(&c, &in);
    }

    void print() const
    {
        printf(" reset %d clear %02X there %02X rx %d %u %X tx %d %u %X drop %d %u sent %07" PRIX32,
               in.reset, in.vf_clear, in.there, rx_valid, rx.len, rx.flags, tx_valid, tx.len,
               tx.flags, in.drop, in.drop_queue, in.sent);
        printf(" to %d q%u %u m%d l%d from %d q%u %u w%d l%d", in.rx.valid, in.rx.queue, in.rx.len,
               in.rx.mcast, in.rx.loop, in.tx.valid, in.tx.queue, in.tx.len, in.tx.wire,
               in.tx.loop);
        if (csr.valid)
            printf(" %s %s[%u]", csr.write ? "write" : "read", igb_reg_row(csr.id)->name,
                   csr.index);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("stats_82576", argc, argv);
}
