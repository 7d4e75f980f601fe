// SPDX-License-Identifier: Apache-2.0
// rtl/stats.sv beside model/stats.c. Now and then a counter is set near its end, on both sides.
#include "tests/rtl/lockstep.h"

#include "Vstats.h"
#include "Vstats___024root.h"
extern "C" {
#include "model/stats.h"
}

namespace
{

enum { FIRST = E1000_R_CRCERRS, LEN_MAX = 0x7FFF };

const uint16_t LOWS[] = {E1000_R_GORCL, E1000_R_GOTCL, E1000_R_TORL, E1000_R_TOTL};

bool is_pair(unsigned id)
{
    for (uint16_t low : LOWS)
        if (id == low || id == low + 1u) return true;
    return false;
}

struct bench {
    std::unique_ptr<Vstats> dut = std::make_unique<Vstats>();
    stats_t c = {};
    csr_t csr = {};
    stats_rx_event_t rx = {};
    stats_tx_event_t tx = {};
    bool reset = false, rx_valid = false, tx_valid = false, rnbc = false, tsc = false,
         tsc_bad = false;
    uint32_t rx_odds = 1, tx_odds = 1, rare_odds = 1, csr_odds = 1, end_odds = 1;
    enum {
        ALL_FOUR,
        READ_EVENT,
        READ_HIGH_ADD,
        READ_LOW_ADD,
        FULL,
        STUCK,
        STUCK_READ,
        CARRY,
        PAIR_FULL,
        PAIR_STUCK,
        PAIR_STUCK_READ,
        FOUR_PAIRS,
        WRITE,
        NEAR_MISS,
        RESET_EVENT,
        PAUSE_BOTH,
        MISSED_BAD,
        TOO_LONG,
        ALL_COUNT,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"rx, tx, rnbc and tsc together", 0},
        {"counter read and counting", 0},
        {"high half read while its pair is added to", 0},
        {"low half read while its pair is added to", 0},
        {"counter becomes FFFFFFFF", 0},
        {"counter sticks", 0},
        {"counter at its end read and counting", 0},
        {"carry into the high half", 0},
        {"pair beyond its end", 0},
        {"pair sticks", 0},
        {"pair at its end read while it is added to", 0},
        {"all four pairs added to", 0},
        {"write to a counter", 0},
        {"read beside the counters, with an event", 0},
        {"reset and event", 0},
        {"XON and XOFF together", 0},
        {"missed and bad", 0},
        {"one longer than the longest frame", 0},
        {"all counters that can count have", 0},
    };
    uint64_t counted[2] = {}; // bit = counter

    void init()
    {
        stats_reset(&c);
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 2, 10, 60, 400};
        rx_odds = odds[r.below(5)];
        tx_odds = odds[r.below(5)];
        rare_odds = odds[r.below(5)];
        csr_odds = odds[r.below(5)];
        end_odds = odds[1 + r.below(4)];
    }

    static uint32_t length(lockstep_rng &r)
    {
        static const uint32_t edges[] = {NIC_FrameMin, 65,   128,  256,
                                         512,          1024, 1519, NIC_FrameMaxStd + 1,
                                         NIC_FrameMax, 16,   2048, NIC_FrameMax + 1};
        if (r.one_in(4)) return r.below(LEN_MAX + 1);
        if (r.one_in(3)) return r.below(NIC_FrameMaxStd + 8);
        return edges[r.below(sizeof edges / sizeof edges[0])] + r.below(3) - 1;
    }

    static uint32_t flags(lockstep_rng &r)
    {
        const uint32_t all = STATS_TOO_LONG * 2 - 1;
        switch (r.below(6)) {
        case 0: return 0;
        case 1: return 1u << r.below(11);
        case 2: return r.u32() & r.u32() & r.u32() & all;
        case 3: return r.u32() & (STATS_BCAST | STATS_MCAST | STATS_LPE);
        case 4: return 1u << r.below(11) | STATS_LPE;
        default: return r.u32() & all;
        }
    }

    // Sets a counter near its end, in both.
    void set(unsigned ix, uint32_t value)
    {
        c.count_q[ix] = value;
        dut->rootp->stats__DOT__count_q[ix] = value;
    }

    void near_the_end(lockstep_rng &r)
    {
        if (r.one_in(2)) {
            const unsigned ix = LOWS[r.below(4)] - FIRST;
            set(ix, r.one_in(4) ? UINT32_MAX : UINT32_MAX - r.below(3 * LEN_MAX));
            if (!r.one_in(3)) set(ix + 1, UINT32_MAX - r.below(2));
        } else {
            set(r.below(STATS_COUNT), UINT32_MAX - r.below(3));
        }
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 512 == 0) phase(r);
        if (r.one_in(end_odds)) near_the_end(r);
        reset = r.one_in(2000);
        rx_valid = r.one_in(rx_odds);
        tx_valid = r.one_in(tx_odds);
        rx.len = length(r);
        rx.flags = flags(r);
        tx.len = length(r);
        tx.flags = flags(r);
        rnbc = r.one_in(rare_odds);
        tsc = r.one_in(rare_odds);
        tsc_bad = r.one_in(2);
        csr.valid = r.one_in(csr_odds);
        csr.write = r.one_in(8);
        csr.id = r.one_in(3) ? LOWS[r.below(4)] + (uint16_t)r.below(2)
                             : (uint16_t)(FIRST - 2 + r.below(STATS_COUNT + 4));
        if (r.one_in(50)) csr.id ^= (uint16_t)(1u << r.below(16)); // near misses
        dut->reset_i = reset;
        dut->csr_valid_i = csr.valid;
        dut->csr_write_i = csr.write;
        dut->csr_id_i = csr.id;
        dut->rx_valid_i = rx_valid;
        dut->rx_len_i = (uint16_t)rx.len;
        dut->rx_flags_i = (uint16_t)rx.flags;
        dut->tx_valid_i = tx_valid;
        dut->tx_len_i = (uint16_t)tx.len;
        dut->tx_flags_i = (uint16_t)tx.flags;
        dut->rnbc_i = rnbc;
        dut->tsc_i = tsc;
        dut->tsc_bad_i = tsc_bad;
    }

    void compare(uint64_t, lockstep_diff &d) const
    {
        d.same("rdata_o", dut->rdata_o, stats_peek(&c, csr.id));
        for (unsigned i = 0; i < reg_row_count; i++) {
            const unsigned ix = reg_rows[i].first - (unsigned)FIRST;
            if (ix < STATS_COUNT)
                d.same(reg_rows[i].name, dut->rootp->stats__DOT__count_q[ix], c.count_q[ix]);
        }
    }

    void events(stats_t *s) const
    {
        if (rx_valid) stats_rx(s, &rx);
        if (tx_valid) stats_tx(s, &tx);
        if (rnbc) stats_count(s, E1000_R_RNBC);
        if (tsc) stats_count(s, tsc_bad ? E1000_R_TSCTFC : E1000_R_TSCTC);
    }

    void tick(uint64_t)
    {
        stats_t add = {}; // what this tick's events count, from 0
        events(&add);
        count(add);
        if (reset) {
            stats_reset(&c);
            return;
        }
        if (csr.valid && !csr.write) stats_read_clear(&c, csr.id);
        events(&c);
    }

    // Coincidences before the tick.
    void count(const stats_t &add)
    {
        const bool event = rx_valid || tx_valid || rnbc || tsc;
        corners[RESET_EVENT].count += reset && event;
        if (reset) return;
        const bool read = csr.valid && !csr.write;
        const unsigned ix = csr.id - (unsigned)FIRST; // of the register on the bus
        const bool mine = ix < STATS_COUNT;
        corners[ALL_FOUR].count += rx_valid && tx_valid && rnbc && tsc;
        corners[WRITE].count += csr.valid && csr.write && mine;
        corners[NEAR_MISS].count += read && !mine && event;
        corners[PAUSE_BOTH].count +=
            rx_valid && (rx.flags & STATS_XON) && (rx.flags & STATS_XOFF) && add.count_q[IX_XONRXC];
        corners[MISSED_BAD].count +=
            rx_valid && (rx.flags & STATS_MISSED) && (rx.flags & STATS_CRC_ERR);
        corners[TOO_LONG].count +=
            rx_valid &&
            rx.len == (uint32_t)(rx.flags & STATS_LPE ? NIC_FrameMax : NIC_FrameMaxStd) + 1;
        for (unsigned i = 0; i < STATS_COUNT; i++) {
            if (is_pair(FIRST + i) || !add.count_q[i]) continue;
            counted[i / 64] |= 1ull << i % 64;
            const bool cleared = read && ix == i;
            corners[READ_EVENT].count += cleared;
            corners[FULL].count += !cleared && c.count_q[i] == UINT32_MAX - 1;
            corners[STUCK].count += !cleared && c.count_q[i] == UINT32_MAX;
            corners[STUCK_READ].count += cleared && c.count_q[i] == UINT32_MAX;
        }
        unsigned pairs = 0;
        for (uint16_t low : LOWS) {
            const unsigned i = low - (unsigned)FIRST;
            const uint64_t v = (uint64_t)c.count_q[i + 1] << 32 | c.count_q[i];
            const uint32_t n = add.count_q[i];
            const bool cleared = read && ix == i + 1;
            if (n == 0) continue;
            pairs++;
            corners[READ_HIGH_ADD].count += cleared && v;
            corners[READ_LOW_ADD].count += read && ix == i;
            corners[CARRY].count += !cleared && (uint32_t)v + n < n && v + n >= n;
            corners[PAIR_FULL].count += !cleared && v != UINT64_MAX && v + n < n;
            corners[PAIR_STUCK].count += !cleared && v == UINT64_MAX;
            corners[PAIR_STUCK_READ].count += cleared && v == UINT64_MAX;
        }
        corners[FOUR_PAIRS].count += pairs == 4;
        corners[ALL_COUNT].count = bits(counted[0]) + bits(counted[1]) == COUNTERS;
    }

    static unsigned bits(uint64_t v)
    {
        return (unsigned)__builtin_popcountll(v);
    }

    void print() const
    {
        printf(" reset %d rx %d len %u flags %03" PRIX32 " tx %d len %u flags %03" PRIX32
               " rnbc %d tsc %d bad %d",
               reset, rx_valid, rx.len, rx.flags, tx_valid, tx.len, tx.flags, rnbc, tsc,
               tsc_bad);
        lockstep_print_csr(csr);
    }

    enum { IX_XONRXC = E1000_R_XONRXC - FIRST };
    // Those that some event of this device counts, pairs apart: 21 of receive, 12 of transmit, and
    // RNBC, TSCTC, TSCTFC.
    enum { COUNTERS = 36 };
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("stats", argc, argv);
}
