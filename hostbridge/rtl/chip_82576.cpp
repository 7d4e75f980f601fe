// SPDX-License-Identifier: Apache-2.0
// The Verilated rtl/nic_82576.sv.
#include "Vnic_82576.h"
#include "Vnic_82576___024root.h"

#include "hostbridge/rtl/chips.h"

#include <algorithm>
#include <array>

extern "C" {
#include "model/eitr.h"
#include "model/irq_82576.h"
#include "model/nvm.h"
}

#define NET(name) root->nic_82576__DOT__##name
// A net of each ring, by queue.
#define RING(d, q, name) &NET(gen_##d##_ring__BRA__##q##__KET____DOT__u_ring__DOT__u_ring__DOT__##name)
#define RINGS(d, name)                                                                                                            \
    {                                                                                                                             \
        RING(d, 0, name), RING(d, 1, name), RING(d, 2, name), RING(d, 3, name), RING(d, 4, name), RING(d, 5, name),               \
            RING(d, 6, name), RING(d, 7, name), RING(d, 8, name), RING(d, 9, name), RING(d, 10, name), RING(d, 11, name),         \
            RING(d, 12, name), RING(d, 13, name), RING(d, 14, name), RING(d, 15, name)                                            \
    }
#define GATE(k, name) &NET(u_eitr__DOT__gen_gate__BRA__##k##__KET____DOT__u_gate__DOT__##name)
#define GATES(name)                                                                                                               \
    {                                                                                                                             \
        GATE(0, name), GATE(1, name), GATE(2, name), GATE(3, name), GATE(4, name), GATE(5, name), GATE(6, name), GATE(7, name),   \
            GATE(8, name), GATE(9, name), GATE(10, name), GATE(11, name), GATE(12, name), GATE(13, name), GATE(14, name),         \
            GATE(15, name), GATE(16, name), GATE(17, name), GATE(18, name), GATE(19, name), GATE(20, name), GATE(21, name),       \
            GATE(22, name), GATE(23, name), GATE(24, name)                                                                        \
    }
static_assert(IGB_Queues == 16 && IGB_Vectors == 25, "RINGS and GATES count");

namespace
{

template <class T> using per_queue = std::array<T *, IGB_Queues>;

struct ring_nets {
    per_queue<CData> done, wrote, wb_stale, wb_n, wb_valid, rs_pending;
    per_queue<SData> wb_idx;
};

struct before { // as visible before the clock edge
    bool reset, fate;
    uint32_t fate_a, fate_b, lost, icr, timers;
    uint16_t restart;
    uint32_t wrote[2][IGB_Queues], ring_lost[IGB_Queues];
};

struct chip_82576 final : verilated_chip<chip_82576, Vnic_82576> {
    ring_nets ring[2]; // receive, transmit
    std::array<CData *, IGB_Vectors> gate_pre;
    std::array<SData *, IGB_Vectors> gate_us;
    uint32_t taken[IGB_Queues] = {}; // receive descriptors since the restart of the ring
    uint64_t eop[IGB_Queues] = {};   // a bit a slot of the cache: last descriptor of a frame
    uint32_t listed = 0;             // transmit frames since the reset
    uint32_t owed = 0;               // frames times queues that have not got them yet

    explicit chip_82576(const nic_config_t *cfg) : verilated_chip(cfg)
    {
        ring[0] = {RINGS(rx, done_q), RINGS(rx, wrote_q), RINGS(rx, wb_stale_q), RINGS(rx, wb_n_q), RINGS(rx, wb_valid_q), RINGS(rx, rs_pending_q),
                   RINGS(rx, wb_idx_q)};
        ring[1] = {RINGS(tx, done_q), RINGS(tx, wrote_q), RINGS(tx, wb_stale_q), RINGS(tx, wb_n_q), RINGS(tx, wb_valid_q), RINGS(tx, rs_pending_q),
                   RINGS(tx, wb_idx_q)};
        gate_pre = GATES(pre_q);
        gate_us = GATES(us_q);
        uint16_t word[IGB_NvmWords];
        nvm_image(word, cfg->mac);
        for (unsigned i = 0; i < IGB_NvmWords; i++) NET(u_nvm__DOT__word_q)[i] = word[i];
        power_good();
    }

    // ---- meters: what happens in the tick at the end of the present cycle ----

    // Frames in a receive ring that a restart or reset throws away: completed, and not written back.
    uint32_t lost_frames(unsigned q, uint32_t wrote) const
    {
        uint32_t n = NET(rx_done) && NET(rx_done_queue) == q && NET(rx_done_eop);
        for (uint32_t k = wrote; (k & 0xFF) != *ring[0].done[q]; k++) n += eop[q] >> (k & 63) & 1;
        return n;
    }

    before look()
    {
        before b = {};
        b.reset = NET(reset);
        b.restart = NET(rx_restart);
        b.fate = NET(fate_valid);
        b.fate_a = NET(fate);
        if (b.fate_a == NIC_FATE_ACCEPTED)
            b.fate_b = (uint32_t)NET(acc_len) | (uint32_t)(NET(acc_extra)[0] & 0xFFFF) << 16;
        if (NET(p)) owed--;
        if (NET(drop)) owed--;
        if (NET(what_valid)) owed += (uint32_t)__builtin_popcount(NET(what_queues));
        const uint16_t rx_wb = NET(rx_ring_wb_sent), tx_wb = NET(tx_ring_wb_sent);
        for (unsigned q = 0; q < IGB_Queues; q++) {
            if ((rx_wb >> q & 1) && !*ring[0].wb_stale[q]) b.wrote[0][q] = *ring[0].wb_n[q];
            if ((tx_wb >> q & 1) && !*ring[1].wb_stale[q]) b.wrote[1][q] = *ring[1].wb_n[q];
            if (b.reset) b.lost += lost_frames(q, *ring[0].wrote[q]);
            else if (b.restart >> q & 1) b.ring_lost[q] = lost_frames(q, *ring[0].wrote[q] + b.wrote[0][q]);
        }
        if (b.reset) {
            b.lost += owed;
            owed = 0;
        } else if (b.fate && b.fate_a == NIC_FATE_ACCEPTED) {
            owed += (uint32_t)__builtin_popcount(b.fate_b >> 16);
        }
        b.icr = NET(u_irq__DOT__icr_q);
        if (!b.reset)
            b.timers = (NET(u_irq__DOT__rx_full) ? NIC_TIMER_RXFRAMES : 0) | (NET(u_irq__DOT__tx_full) ? NIC_TIMER_TXFRAMES : 0);
        const unsigned q = NET(rx_done_queue);
        if (NET(rx_done) && !(b.restart >> q & 1)) {
            const uint64_t bit = 1ull << (*ring[0].done[q] & 63);
            eop[q] = NET(rx_done_eop) ? eop[q] | bit : eop[q] & ~bit;
        }
        return b;
    }

    // Behind the edge.
    void report(const before &b)
    {
        const uint64_t cyc = now, next = cyc + 1;
        if (b.fate) tell(NIC_PROBE_RX_FATE, cyc, b.fate_a, b.fate_b);
        for (unsigned q = 0; q < IGB_Queues; q++) {
            const uint32_t now_taken = NET(rx_taken)[q / 4] >> 8 * (q % 4) & 0xFF;
            taken[q] = b.reset || (b.restart >> q & 1) ? now_taken : taken[q] + ((now_taken - taken[q]) & 0xFF);
            if (b.wrote[0][q] && !b.reset)
                tell(NIC_PROBE_RX_WB, cyc, *ring[0].wb_idx[q], b.wrote[0][q] | q << 16);
            if (b.wrote[1][q] && !b.reset)
                tell(NIC_PROBE_TX_WB, cyc, *ring[1].wb_idx[q], b.wrote[1][q] | q << 16);
            if (b.ring_lost[q]) tell(NIC_PROBE_RX_LOST, cyc, b.ring_lost[q], q);
        }
        if (NET(p)) {
            const uint32_t q = NET(p_queue);
            tell(NIC_PROBE_RX_HOST, next, taken[q] - 1,
                 NET(p_len) | q << 16 | (NET(p_loop) ? (uint32_t)NIC_PROBE_LOOPED : 0));
        }
        if (NET(drop))
            tell(NIC_PROBE_RX_DROP, next, NET(drop_queue),
                 (uint32_t)NET(drop_off) | (NET(drop_loop) ? (uint32_t)NIC_PROBE_LOOPED : 0));
        if (b.lost) tell(NIC_PROBE_RX_LOST, cyc, b.lost, NIC_PROBE_ALL);
        if (b.reset) listed = 0;
        if (NET(tx_listed)) tell(NIC_PROBE_TX_FETCH, next, ++listed, 0);
        if (NET(what_valid) && NET(what_spoof)) tell(NIC_PROBE_SPOOF, next, NET(what_queue), 0);
        if (NET(what_valid) && NET(what_wire))
            tell(NIC_PROBE_WIRE, next, NET(what_len), (uint32_t)NET(what_queue) << 16);
        if (NET(what_valid) && NET(what_queues))
            tell(NIC_PROBE_LOOP, next, NET(what_loop_len), NET(what_queues) | (uint32_t)NET(what_queue) << 16);
        if (b.timers) tell(NIC_PROBE_TIMER, cyc, b.timers, 0);
        if (const uint32_t fresh = NET(u_irq__DOT__icr_q) & ~b.icr) tell(NIC_PROBE_CAUSE, cyc, fresh, 0);
    }

    // A negotiation that has just begun takes as long as the configuration says.
    bool configure()
    {
        auto &count = NET(u_phy__DOT__u_core__DOT__an_cnt_q);
        if (count != NIC_PhyAutonegCyc || autoneg_cyc == NIC_PhyAutonegCyc) return false;
        count = autoneg_cyc;
        return true;
    }

    // ---- idle jump ("Jumping" of docs/cycle-contract.md) ----

    // Cycles until gate k is open; 0: it is.
    uint64_t gate(unsigned k) const
    {
        return *gate_us[k] ? (uint64_t)(*gate_us[k] - 1) * IGB_EitrUnitCyc + *gate_pre[k] + 1 : 0;
    }

    // Until the first gate is open that something waits for: an event of the vector, or descriptors that are finished. In that
    // very tick something happens. An urgent event with a credit does not wait.
    uint64_t awaited() const
    {
        if (NET(sent)) return 0;
        uint64_t h = NIC_NEVER;
        for (uint32_t m = NET(u_irq__DOT__want); m; m &= m - 1) h = std::min(h, gate((unsigned)__builtin_ctz(m)));
        irq_82576_t irq = {};
        irq.gpie_q = NET(u_irq__DOT__gpie_q);
        for (unsigned n = 0; n < IGB_Pools; n++) irq.ivar_q[n] = NET(u_irq__DOT__ivar_q)[n];
        for (unsigned d = 0; d < 2; d++)
            for (unsigned q = 0; q < IGB_Queues; q++) {
                const bool waits = d == 1 ? *ring[d].rs_pending[q] != 0 : *ring[d].done[q] != *ring[d].wrote[q];
                if (*ring[d].wb_valid[q] || !waits) continue;
                const unsigned k = irq_82576_gate(&irq, q, d == 1);
                h = std::min(h, k < IGB_Vectors ? gate(k) : 0);
            }
        return h;
    }

    uint64_t horizon() const final
    {
        uint64_t h = NIC_NEVER;
        h = soonest(h, NET(u_phy__DOT__u_core__DOT__mdic_cnt_q));
        h = soonest(h, NET(u_phy__DOT__u_core__DOT__an_cnt_q));
        h = soonest(h, NET(u_nvm__DOT__eerd_cnt_q));
        h = soonest(h, NET(u_eitr__DOT__credit_q));
        return std::min(h, awaited());
    }

    void pass_counters(uint64_t cycles)
    {
        pass(NET(u_phy__DOT__u_core__DOT__mdic_cnt_q), cycles);
        pass(NET(u_phy__DOT__u_core__DOT__an_cnt_q), cycles);
        pass(NET(u_nvm__DOT__eerd_cnt_q), cycles);
        pass(NET(u_eitr__DOT__credit_q), cycles);
        for (unsigned k = 0; k < IGB_Vectors; k++) {
            uint64_t left = gate(k);
            pass(left, cycles);
            *gate_us[k] = (SData)(left ? (left - 1) / IGB_EitrUnitCyc + 1 : 0);
            *gate_pre[k] = (CData)(left ? (left - 1) % IGB_EitrUnitCyc : 0);
        }
        // Their end leaves no trace.
        pass(NET(u_regs__DOT__reset_cnt_q), cycles);
        pass(NET(u_mac_tx__DOT__ready_cnt_q), cycles);
        pass(NET(u_mac_tx__DOT__paused_cnt_q), cycles);
    }

    // ---- beside the pins ----

    uint64_t tlp_addr() const final { return NET(u_host_port__DOT__addr_q); }
    bool still() const final { return NET(still); }
    bool loopback() const final { return NET(loopback); }
    unsigned speed() const final { return NET(speed); }

    uint32_t peek(uint32_t off) const final
    {
        for (unsigned q = 0; q < IGB_Queues; q++)
            if (off == IGB_TDH + q * IGB_TDH_STRIDE) return NET(tdh)[q / 2] >> 16 * (q % 2) & 0xFFFF;
        if (off == IGB_GPIE) return NET(u_irq__DOT__gpie_q);
        for (unsigned n = 0; n < IGB_Pools; n++)
            if (off == IGB_IVAR + n * IGB_IVAR_STRIDE) return NET(u_irq__DOT__ivar_q)[n];
        for (unsigned k = 0; k < IGB_Vectors; k++) {
            if (off == IGB_EITR + k * IGB_EITR_STRIDE) return NET(u_eitr__DOT__value)[k];
            if (off == IGB_VRXFRAMES + k * IGB_VRXFRAMES_STRIDE)
                return NET(u_irq__DOT__rx_frames_q)[k / 2] >> 16 * (k % 2) & 0xFFFF;
            if (off == IGB_VTXFRAMES + k * IGB_VTXFRAMES_STRIDE)
                return NET(u_irq__DOT__tx_frames_q)[k / 2] >> 16 * (k % 2) & 0xFFFF;
        }
        return 0;
    }

    void waves(uint64_t value[NIC_WAVES]) const final
    {
        const uint64_t v[] = {
#define WAVE(scope, name, width, c, rtl) (uint64_t)(rtl),
#include "rtl/nic_wave_82576.def"
#undef WAVE
        };
        memcpy(value, v, sizeof v);
    }
};

} // namespace

chip *new_82576(const nic_config_t *cfg)
{
    return new chip_82576(cfg);
}
