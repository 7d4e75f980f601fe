// SPDX-License-Identifier: Apache-2.0
// The Verilated rtl/nic_82540em.sv.
#include "Vnic_82540em.h"
#include "Vnic_82540em___024root.h"

#include "hostbridge/rtl/chips.h"

#define NET(name) root->nic_82540em__DOT__##name

namespace
{

struct before { // as visible before the clock edge
    bool reset, fate, restart;
    uint32_t fate_a, fate_b, lost, rx_wrote, tx_wrote, causes;
};

struct chip_82540em final : verilated_chip<chip_82540em, Vnic_82540em> {
    uint32_t taken = 0;  // receive descriptors since the restart of the ring
    uint32_t listed = 0; // transmit frames since the reset
    uint64_t eop = 0;    // a bit a slot of the receive ring's cache: last descriptor of a frame

    explicit chip_82540em(const nic_config_t *cfg) : verilated_chip(cfg)
    {
        eeprom_t eeprom;
        eeprom_image(eeprom.word, cfg->mac, nic_device_id(cfg->personality));
        for (unsigned i = 0; i < NIC_EepromWords; i += 2)
            NET(u_eeprom__DOT__word_q)[i / 2] = (uint32_t)eeprom.word[i + 1] << 16 | eeprom.word[i];
        power_good();
    }

    // ---- meters: what happens in the tick at the end of the present cycle ----

    // Frames in the receive ring that a restart or reset throws away: completed, and not written back.
    uint32_t lost_frames(uint32_t wrote) const
    {
        uint32_t n = NET(rx_done) && NET(rx_done_eop);
        for (uint32_t k = wrote; (k & 0xFF) != NET(u_rx_ring__DOT__done_q); k++) n += eop >> (k & 63) & 1;
        return n;
    }

    before look()
    {
        before b = {};
        b.reset = NET(reset);
        b.restart = NET(restart_rx);
        b.fate = NET(fate_valid);
        b.fate_a = NET(fate);
        b.fate_b = b.fate_a == NIC_FATE_ACCEPTED ? NET(acc_len) : 0;
        const uint32_t done = NET(done), wrote = NET(u_rx_ring__DOT__wrote_q);
        if ((done >> RQ_RX_WB & 1) && !NET(u_rx_ring__DOT__wb_stale_q)) b.rx_wrote = NET(u_rx_ring__DOT__wb_n_q);
        if ((done >> RQ_TX_WB & 1) && !NET(u_tx_ring__DOT__wb_stale_q)) b.tx_wrote = NET(u_tx_ring__DOT__wb_n_q);
        if (b.reset) b.lost = lost_frames(wrote) + ((NET(rx_frames) - NET(rx_frames_done)) & 0xFFF);
        else if (b.restart) b.lost = lost_frames(wrote + b.rx_wrote);
        b.causes = NET(causes) & ~NET(icr);
        if (NET(rx_done) && !b.restart) {
            const uint64_t bit = 1ull << (NET(u_rx_ring__DOT__done_q) & 63);
            eop = NET(rx_done_eop) ? eop | bit : eop & ~bit;
        }
        return b;
    }

    // Behind the edge, in the order in which the C model's modules tick.
    void report(const before &b)
    {
        const uint64_t cyc = now, next = cyc + 1;
        if (b.fate) tell(NIC_PROBE_RX_FATE, cyc, b.fate_a, b.fate_b);
        taken = b.reset || b.restart ? NET(rx_taken) : taken + ((NET(rx_taken) - taken) & 0xFF);
        if (NET(p)) tell(NIC_PROBE_RX_HOST, next, taken - 1, NET(p_len));
        if (b.rx_wrote && !b.reset) tell(NIC_PROBE_RX_WB, cyc, NET(u_rx_ring__DOT__wb_idx_q), b.rx_wrote);
        if (b.lost) tell(NIC_PROBE_RX_LOST, cyc, b.lost, 0);
        if (b.tx_wrote && !b.reset) tell(NIC_PROBE_TX_WB, cyc, NET(u_tx_ring__DOT__wb_idx_q), b.tx_wrote);
        if (b.reset) listed = 0;
        if (NET(tx_listed)) tell(NIC_PROBE_TX_FETCH, next, ++listed, 0);
        if (NET(fired)) tell(NIC_PROBE_TIMER, cyc, NET(fired), 0);
        if (b.causes && !b.reset) tell(NIC_PROBE_CAUSE, cyc, b.causes, 0);
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

    uint64_t horizon() const final
    {
        uint64_t h = NIC_NEVER;
        h = soonest(h, NET(u_timers__DOT__pt_q));
        h = soonest(h, NET(u_timers__DOT__at_q));
        h = soonest(h, NET(u_timers__DOT__tidv_q));
        h = soonest(h, NET(u_timers__DOT__tadv_q));
        h = soonest(h, NET(u_timers__DOT__mt_q));
        h = soonest(h, NET(u_phy__DOT__u_core__DOT__mdic_cnt_q));
        h = soonest(h, NET(u_phy__DOT__u_core__DOT__an_cnt_q));
        h = soonest(h, NET(u_eeprom__DOT__eerd_cnt_q));
        h = soonest(h, NET(u_eeprom__DOT__busy_cnt_q));
        return soonest(h, NET(pend) && !NET(int_level) ? NET(u_throttle__DOT__open_q) : 0);
    }

    void pass_counters(uint64_t cycles)
    {
        pass(NET(u_timers__DOT__pt_q), cycles);
        pass(NET(u_timers__DOT__at_q), cycles);
        pass(NET(u_timers__DOT__tidv_q), cycles);
        pass(NET(u_timers__DOT__tadv_q), cycles);
        pass(NET(u_timers__DOT__mt_q), cycles);
        pass(NET(u_phy__DOT__u_core__DOT__mdic_cnt_q), cycles);
        pass(NET(u_phy__DOT__u_core__DOT__an_cnt_q), cycles);
        pass(NET(u_eeprom__DOT__eerd_cnt_q), cycles);
        pass(NET(u_eeprom__DOT__busy_cnt_q), cycles);
        pass(NET(u_throttle__DOT__open_q), cycles);
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
        switch (off) {
        case E1000_ITR: return NET(itr);
        case E1000_RDTR: return NET(rdtr);
        case E1000_RADV: return NET(radv);
        case E1000_TIDV: return NET(tidv);
        case E1000_TADV: return NET(tadv);
        case E1000_RXFRAMES: return NET(rxframes);
        case E1000_TXFRAMES: return NET(txframes);
        case E1000_MTCTL: return NET(mtctl);
        case E1000_MTDLY: return NET(mtdly);
        case E1000_TDH: return NET(tdh);
        default: return 0;
        }
    }

    void waves(uint64_t value[NIC_WAVES]) const final
    {
        const uint64_t v[] = {
#define WAVE(scope, name, width, c, rtl) NET(rtl),
#include "rtl/nic_wave.def"
#undef WAVE
        };
        memcpy(value, v, sizeof v);
    }
};

} // namespace

chip *new_82540em(const nic_config_t *cfg)
{
    return new chip_82540em(cfg);
}
