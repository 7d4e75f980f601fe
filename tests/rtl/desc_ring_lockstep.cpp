// SPDX-License-Identifier: Apache-2.0
// rtl/desc_ring.sv beside model/desc_ring.c. It is a receive ring or a transmit ring, anew behind each CTRL.RST.
// With RING_82576 (desc_ring_82576_lockstep.cpp) it is the ring of the 82576, behind an arbiter that picks it now and then.
#include "tests/rtl/lockstep.h"

#include <cstring>

#ifdef RING_82576
#include "Vdesc_ring_82576.h"
using ring_dut = Vdesc_ring_82576;
#else
#include "Vdesc_ring.h"
using ring_dut = Vdesc_ring;
#endif
extern "C" {
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
#include "model/desc_ring.h"
}

namespace
{

enum { SLOT = NIC_DescCache - 1 };
#ifdef RING_82576
constexpr bool IGB = true;
#else
constexpr bool IGB = false;
#endif

struct bench {
    std::unique_ptr<ring_dut> dut = std::make_unique<ring_dut>();
    desc_ring_t c = {}, was = {}; // `was`: before the last tick
    desc_ring_in_t in = {};
    ring_done_t what = {};
    ring_reg_t reg = {};
    bool tx = false, reset = false;
    // the consumer
    uint32_t taken = 0, done = 0;
    bool takes = false;
    bool enabled = true, corners_rise = false; // 82576: this queue, and it was not
    bool lone_rs = false; // RS where nothing is to be written back, and nowhere else
    // the host: bytes granted of the present request, asked for and not come, in this completion
    uint32_t granted = 0, owed = 0, piece = 0, piece_at = 0;
    uint8_t piece_data[NIC_Mrrs];
    bool beat = false;
    // what the port reads in this cycle and sees in the next one
    bool looks = false, looked = false;
    uint64_t want[2] = {}, want_was[2] = {};
    uint32_t done_odds = 1, take_odds = 1, sent_odds = 1, flush_odds = 1, grant_odds = 1;
    // 82576: it is picked in this tick; odds of an EOP among what is fetched, of the gate
    bool picks_fetch = false, picks_wb = false, looks_head = false, looked_head = false;
    uint32_t pick_odds = 1, eop_odds = 2, gate_odds = 2;
    uint32_t rs_odds = 2, rings = 4, tail_odds = 10, rare_odds = 400, late_odds = 4;
    enum {
        RESTART_FETCH,
        RESTART_CPL,
        RESTART_WB,
        RESTART_WB_SENT,
        RESTART_DONE,
        RESTART_FLUSH,
        RESTART_STALE,
        SHORTER,
        HEAD_OUTSIDE,
        TAIL_OUTSIDE,
        RESET_FETCH,
        RESET_CPL,
        RESET_WB,
        STALE_SENT,
        STALE_WAITS,
        WRAP_1,
        WRAP_SMALL,
        WRAP_MORE,
        STEP_OVER,
        STEP_32,
        STEP_63,
        WB_AND_OVER,
        NO_ROOM,
        ALL_DONE,
        OUT_OF_REACH,
        PREFETCH,
        FETCH_CUT,
        FETCH_MAX,
        STATUS_ONLY,
        CUT_RING,
        CUT_CACHE,
        WB_BEHIND_WB,
        DONE_WB_SENT,
#ifndef RING_82576
        FLUSH_NOW,
        FLUSH_WAITS,
        FLUSH_MORE,
        FLUSH_BOTH,
        FLUSH_TWO,
        RXDMT0,
        TXQE,
        TXD_LOW,
#else
        FLUSH_WAITS,
        FLUSH_MORE,
        FLUSH_BOTH,
        FLUSH_TWO,
        RESTART_HELD_FETCH,
        RESTART_HELD_WB,
        WITHDRAWN_FETCH,
        WITHDRAWN_WB,
        RESET_NOT_HELD,
        ENABLE_RISES,
        STOPPED,
        HELD_BACK,
        BY_GATE,
        BY_STOP,
        BY_FLUSH,
        STARVED,
        PART,
        MALICIOUS,
        WHOLE_MANY,
        HEAD_WB,
        HEAD_WB_MANY,
        EVENT_NONE,
        EVENT_MANY,
        EVENT_RXDMT,
        EVENT_LLI,
        EVENT_NOT_LLI,
#endif
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"restart with a fetch under way", 0},
        {"restart with the last beat of a fetch", 0},
        {"restart with a write-back under way", 0},
        {"restart with a write-back done", 0},
        {"restart with a descriptor finished", 0},
        {"restart with a flush", 0},
        {"restart while a write-back is stale", 0},
        {"ring shortened with a write-back done beyond its end", 0},
        {"head outside the ring", 0},
        {"tail outside the ring", 0},
        {"reset with a fetch partly granted", 0},
        {"reset with a beat of a fetch", 0},
        {"reset with a write-back under way", 0},
        {"stale write-back done", 0},
        {"a fetch waits for a stale write-back", 0},
        {"wrap in a ring of 64 or more", 0},
        {"wrap in a smaller one", 0},
        {"more than once around in a tick", 0},
        {"descriptors without RS are stepped over", 0},
        {"32 and more in a tick", 0},
        {"63 with those written back", 0},
        {"some behind a write-back", 0},
        {"no room in the cache", 0},
        {"all of the cache is finished", 0},
        {"and the threshold out of reach", 0},
        {"prefetch", 0},
        {"fetch cut by the end of the ring", 0},
        {"fetch of DescFetchMax", 0},
        {"status byte only", 0},
        {"write-back cut by the end of the ring", 0},
        {"write-back cut by the end of the cache", 0},
        {"write-back in the tick that ends one", 0},
        {"a descriptor is finished as a write-back is done", 0},
#ifndef RING_82576
        {"a flush is through at once", 0},
        {"a flush waits for another one", 0},
        {"a third one", 0},
        {"immediate and timers in a tick", 0},
        {"two flushes are through in a tick", 0},
        {"RXDMT0", 0},
        {"TXQE", 0},
        {"TXD_LOW", 0},
#else
        {"a flush waits for another one", 0},
        {"a third one", 0},
        {"SWFLUSH and a low-latency frame in a tick", 0},
        {"two flushes are through in a tick", 0},
        {"restart with a fetch that is picked", 0},
        {"restart with a write-back that is picked", 0},
        {"fetch withdrawn", 0},
        {"write-back withdrawn", 0},
        {"reset with a fetch that is not picked", 0},
        {"ENABLE rises", 0},
        {"disabled, a fetch would be due", 0},
        {"held back by the gate", 0},
        {"below the threshold, the gate is open", 0},
        {"below the threshold, disabled", 0},
        {"below the threshold, flush", 0},
        {"below the threshold, no room for the rest of a packet", 0},
        {"fetch for the rest of a packet", 0},
        {"cache full of a packet without an end", 0},
        {"eight packets here whole", 0},
        {"head write-back", 0},
        {"for more than DescWbMax", 0},
        {"write-back without a packet", 0},
        {"with more than DescWbMax", 0},
        {"RXDMT", 0},
        {"LLI", 0},
        {"not LLI, and one comes behind", 0},
#endif
    };

    void init()
    {
        desc_ring_reset(&c, tx, 0);
        reg.len = 128;
        in.reg = &reg;
        in.what = &what;
    }

    uint32_t n() const
    {
        return reg.len / NIC_DescBytes;
    }

    void phase(lockstep_rng &r)
    {
        done_odds = 1u << r.below(6);
        take_odds = 1u << r.below(6);
        sent_odds = 1u << r.below(6);
        flush_odds = 4u << r.below(12);
        grant_odds = 1u << r.below(4);
        tail_odds = 2u << r.below(7);
        rare_odds = 100u << r.below(7);
        static const uint32_t rs[] = {1, 2, 5, 40, 400};
        rs_odds = rs[r.below(5)];
        lone_rs = r.one_in(3);
        late_odds = r.one_in(2) ? 2 : 2000;
        pick_odds = 1u << r.below(5);
        static const uint32_t ends[] = {1, 2, 5, 40, 400};
        eop_odds = ends[r.below(5)];
        gate_odds = 1u << r.below(8);
        static const uint32_t most[] = {2, 4, 12, 40};
        rings = most[r.below(4)];
        if (!IGB || !r.one_in(4)) return; // the cache fills with what is finished
        sent_odds = lone_rs ? 200 : 512;
        done_odds = take_odds = grant_odds = pick_odds = eop_odds = 1;
        tail_odds = 2;
        rings = 40;
        rare_odds = 6400;
        gate_odds = 256;
        rs_odds = lone_rs ? 2 : 20;
        flush_odds = 8192;
        late_odds = 20000;
    }

    uint32_t index(lockstep_rng &r, uint32_t wild) const
    {
        return r.one_in(wild) ? r.below(65536) : n() ? r.below(n()) : 0;
    }

    void registers(lockstep_rng &r)
    {
        const bool ends = in.wb_sent && c.wb_idx > 8;
        in.restart = false;
        in.head_we = false;
        if (r.one_in(rare_odds) || (ends && r.one_in(20))) {
            reg.len = 128 * r.below(rings);
            in.restart = true;
        }
        if (r.one_in(rare_odds)) {
            reg.bal = r.u32() & ~15u;
            reg.bah = r.u32();
            in.restart = true;
        }
        if (r.one_in(rare_odds)) {
            in.head_we = true;
            in.head = index(r, 10);
            in.restart = true;
        }
        if (r.one_in(tail_odds)) reg.tail = index(r, 100);
        if (r.one_in(20) && n()) reg.tail = (c.fetch_idx + n() - 1) % n(); // all of it
        if (r.one_in(100))
            reg.ctl = r.u32() & (r.one_in(2)   ? 0xFF3F3F3F  // any threshold
                                 : r.one_in(4) ? 0x013F0000u // only that of write-backs
                                               : 0x05030703);
        in.en = !r.one_in(20);
        in.rdmts = r.below(IGB ? 32 : 4) >> r.below(4);
        if (IGB) queue(r);
    }

    // What only the 82576 has.
    void queue(lockstep_rng &r)
    {
        const uint32_t enable = FMASK(IGB_RXDCTL_ENABLE);
        const bool was_on = enabled;
        if (r.one_in(enabled ? 4 * rare_odds : 20)) enabled = !enabled;
        reg.ctl = enabled ? reg.ctl | enable : reg.ctl & ~enable;
        if (enabled && !was_on) in.restart = true;
        corners_rise = enabled && !was_on;
        if (!enabled && !was_on && r.one_in(4)) in.func = (uint8_t)r.below(9);
        if (r.one_in(gate_odds)) in.gate_open = r.one_in(3);
        if (r.one_in(rare_odds)) in.head_wb = ((uint64_t)r.u32() << 32 | r.u32()) & ~(uint64_t)2;
        picks_fetch = c.fetch.valid && !in.fetch_held && !in.restart && r.one_in(pick_odds);
        picks_wb = c.wb.valid && !in.wb_held && !in.restart && r.one_in(pick_odds);
    }

    void consumer(lockstep_rng &r)
    {
        what.rs = lone_rs ? c.done_q == c.wrote_q : r.one_in(rs_odds);
        what.ide = r.one_in(2);
        what.eop = r.one_in(2);
        for (uint64_t &word : what.wb) word = (uint64_t)r.u32() << 32 | r.u32();
        in.taken = taken;
        takes = r.one_in(take_odds);
        in.done = done != taken && r.one_in(done_odds);
        if (lone_rs && c.done_q - c.wrote_q == NIC_DescCache - 1) in.done = in.done && r.one_in(32);
        in.immediate = in.done && r.one_in(IGB ? 20 : 3) && (IGB ? !tx : !tx || what.rs);
        in.flush = r.one_in(flush_odds) || (in.immediate && r.one_in(20)) ||
                   (c.done_q - c.wrote_q >= NIC_DescCache - 3 && r.one_in(late_odds));
        in.flush_cause = FMASK(E1000_ICR_RXT0) | (r.one_in(3) ? FMASK(E1000_ICR_SRPD) : 0);
    }

    // Requests are granted in pieces, completions come in others, a beat a cycle.
    void host(lockstep_rng &r)
    {
        in.wb_sent = c.wb.valid && (!IGB || in.wb_held) && r.one_in(sent_odds);
        in.fetch_sent = false;
        if (c.fetch.valid && granted < c.fetch.len && r.one_in(grant_odds) && !reset &&
            (!IGB || in.fetch_held)) {
            const uint32_t more = 16 * (1 + r.below((c.fetch.len - granted) / 16));
            granted += more;
            owed += more;
        } else if (c.fetch.valid && granted == c.fetch.len) {
            in.fetch_sent = r.one_in(2);
        }
        beat = in.cpl = false;
        if (!piece && owed && r.one_in(grant_odds)) {
            piece = 16 * (1 + r.below(owed / 16));
            if (piece > sizeof piece_data) piece = sizeof piece_data;
            piece_at = 0;
            for (uint8_t &x : piece_data) x = (uint8_t)r.u32();
            for (uint32_t i = 8 + 3; IGB && i < piece; i += NIC_DescBytes) { // the command
                const bool eop = r.one_in(eop_odds);
                piece_data[i] =
                    (uint8_t)((piece_data[i] & ~E1000_TXD_CMD_EOP) | (eop ? E1000_TXD_CMD_EOP : 0));
                if (r.one_in(4)) piece_data[i - 1] = 0x20; // a context, with DEXT
            }
        } else if (piece) {
            beat = true;
            memcpy(&dut->cpl_data_i, piece_data + piece_at, 8);
            piece_at += 8;
            in.cpl = piece_at == piece;
            in.cpl_len = piece;
            in.cpl_data = piece_data;
        }
        // A word of the write-back that is asked for, and the one behind it.
        looks = c.wb.valid;
        if (!looks) return;
        looks_head = IGB && c.wb.data == (const uint8_t *)&c.wb_head;
        if (looks_head) {
            dut->pay_addr_i = 0;
            dut->pay_next_i = 1;
            want[0] = c.wb_head;
            return;
        }
        const uint32_t words = (c.wb.len + 7) / 8;
        const uint32_t at = ((uint32_t)(c.wb.data - (const uint8_t *)c.cache) + c.wb.off) / 8;
        const uint32_t word = at + r.below(words);
        const uint32_t next = word + 1 < at + words ? word + 1 : word;
        dut->pay_addr_i = word & 127;
        dut->pay_next_i = next & 127;
        memcpy(&want[0], (const uint8_t *)c.cache + 8 * word, 8);
        memcpy(&want[1], (const uint8_t *)c.cache + 8 * next, 8);
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 2048 == 0) phase(r);
        in.now = now;
        reset = r.one_in(5 * rare_odds);
        host(r);
        registers(r);
        consumer(r);
        count();
        dut->tx_i = tx;
        dut->reset_i = reset;
        dut->en_i = in.en;
        dut->restart_i = in.restart;
        dut->bal_i = reg.bal;
        dut->bah_i = reg.bah;
#ifdef RING_82576
        dut->len_i = reg.len | (r.u32() & 0xFFF0007F);
        dut->srrctl_i = in.rdmts << IGB_SRRCTL_RDMTS_LSB | (r.u32() & ~FMASK(IGB_SRRCTL_RDMTS));
        dut->func_i = in.func;
        dut->wbal_i = (uint32_t)in.head_wb;
        dut->wbah_i = (uint32_t)(in.head_wb >> 32);
        dut->gate_open_i = in.gate_open;
        dut->done_eop_i = what.eop;
        dut->done_lli_i = in.immediate;
        dut->fetch_held_i = in.fetch_held;
        dut->wb_held_i = in.wb_held;
#else
        dut->n_i = (uint16_t)n();
        dut->rdmts_i = in.rdmts & 3;
        dut->enable_i = 1;
        dut->gate_open_i = r.one_in(2); // neither is looked at
        dut->done_eop_i = r.one_in(2);
        dut->immediate_i = in.immediate;
        dut->flush_cause_i = in.flush_cause;
#endif
        dut->tail_i = (uint16_t)reg.tail;
        dut->dctl_i = reg.ctl;
        dut->head_we_i = in.head_we;
        dut->head_wdata_i = (uint16_t)in.head;
        dut->taken_i = (uint8_t)taken;
        dut->done_i = in.done;
        dut->done_rs_i = what.rs;
        for (int i = 0; i < 4; i++)
            dut->done_wb_i[i] = (uint32_t)(what.wb[i / 2] >> (32 * (i & 1)));
        dut->flush_i = in.flush;
        dut->fetch_sent_i = in.fetch_sent;
        dut->fetch_granted_i = granted & 0x7FFF;
        dut->wb_sent_i = in.wb_sent;
        dut->cpl_valid_i = beat;
    }

    static uint64_t half(const VlWide<4> &w, int i)
    {
        return (uint64_t)w[2 * i + 1] << 32 | w[2 * i];
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const bool cause = c.cause_cyc == now;
        d.same("head_o", dut->head_o, c.head_q);
        d.same("filled_o", dut->filled_o, c.filled_q & 0xFF);
        d.same("empty_o", dut->empty_o, desc_ring_empty(&c, reg.len, reg.tail, taken));
#ifdef RING_82576
        const bool event = c.event_cyc == now;
        d.same("event_valid_o", dut->event_valid_o, event);
        d.same("event_packets_o", dut->event_packets_o, event ? c.event_packets : 0);
        d.same("event_rxdmt_o", dut->event_rxdmt_o, event && c.event_rxdmt);
        d.same("event_lli_o", dut->event_lli_o, event && c.event_lli);
        if (tx) d.same("whole_o", dut->whole_o, desc_ring_whole(&c, taken));
        if (c.fetch.valid) d.same("fetch_func_o", dut->fetch_func_o, c.fetch.func);
        if (c.wb.valid) d.same("wb_func_o", dut->wb_func_o, c.wb.func);
#else
        const bool event = false;
        d.same("cause_o", dut->cause_o, cause ? c.cause : 0);
#endif
        d.same("idle_o", dut->idle_o,
               !c.fetch.valid && !c.fetching && !c.wb.valid && !cause && !event &&
                   (tx || c.wrote_q == c.done_q));
        d.same("fetch_valid_o", dut->fetch_valid_o, c.fetch.valid);
        if (c.fetch.valid) {
            d.same("fetch_addr_o", dut->fetch_addr_o, c.fetch.addr);
            d.same("fetch_len_o", dut->fetch_len_o, c.fetch.len);
        }
        d.same("wb_valid_o", dut->wb_valid_o, c.wb.valid);
        if (c.wb.valid) {
            d.same("wb_addr_o", dut->wb_addr_o, c.wb.addr);
            d.same("wb_len_o", dut->wb_len_o, c.wb.len);
            const bool head = IGB && c.wb.data == (const uint8_t *)&c.wb_head;
            d.same("wb_off_o", dut->wb_off_o,
                   head ? 0 : (uint64_t)(c.wb.data - (const uint8_t *)c.cache) + c.wb.off);
        }
        for (uint32_t i = 0; i < 2; i++) {
            if (c.filled_q - taken <= i) break;
            const VlWide<4> &desc = i ? dut->desc_next_o : dut->desc_o;
            const uint64_t *slot = c.cache[(taken + i) & SLOT];
            d.same(i ? "desc_next_o[63:0]" : "desc_o[63:0]", half(desc, 0), slot[0]);
            d.same(i ? "desc_next_o[127:64]" : "desc_o[127:64]", half(desc, 1), slot[1]);
        }
        if (!looked) return;
        d.same("pay_o[63:0]", half(dut->pay_o, 0), want_was[0]);
        if (!looked_head) d.same("pay_o[127:64]", half(dut->pay_o, 1), want_was[1]);
    }

    // Coincidences before the tick.
    void count()
    {
        const uint32_t flushes = (in.done && in.immediate) + in.flush;
        if (reset) {
            corners[RESET_FETCH].count += c.fetch.valid && granted && granted < c.fetch.len;
            corners[RESET_CPL].count += c.fetching && beat;
            corners[RESET_WB].count += c.wb.valid && !in.wb_sent;
#ifdef RING_82576
            corners[RESET_NOT_HELD].count += c.fetch.valid && !in.fetch_held;
#endif
            return;
        }
#ifdef RING_82576
        if (in.restart) {
            corners[RESTART_HELD_FETCH].count += c.fetch.valid && in.fetch_held;
            corners[RESTART_HELD_WB].count += c.wb.valid && in.wb_held;
            corners[WITHDRAWN_FETCH].count += c.fetch.valid && !in.fetch_held;
            corners[WITHDRAWN_WB].count += c.wb.valid && !in.wb_held;
            corners[ENABLE_RISES].count += corners_rise;
        }
#endif
        if (in.restart) {
            corners[RESTART_FETCH].count += c.fetching;
            corners[RESTART_CPL].count += c.fetching && in.cpl && piece == c.fetch_bytes;
            corners[RESTART_WB].count += c.wb.valid && !in.wb_sent;
            corners[RESTART_WB_SENT].count += in.wb_sent && !c.wb_stale;
            corners[RESTART_DONE].count += in.done;
            corners[RESTART_FLUSH].count += in.flush;
            corners[RESTART_STALE].count += c.wb_stale;
            corners[SHORTER].count += in.wb_sent && !c.wb_stale && !tx && c.wb_idx >= n();
            return;
        }
        corners[HEAD_OUTSIDE].count += n() && c.fetch_idx >= n();
        corners[TAIL_OUTSIDE].count += n() && reg.tail >= n();
        corners[STALE_SENT].count += in.wb_sent && c.wb_stale;
        corners[STALE_WAITS].count += c.wb_stale && !in.wb_sent && !c.fetching && in.en &&
                                      desc_ring_avail(&c, reg.len, reg.tail);
        corners[NO_ROOM].count += c.fetch_q - c.wrote_q == NIC_DescCache;
        corners[ALL_DONE].count += c.done_q - c.wrote_q == NIC_DescCache;
        corners[DONE_WB_SENT].count += in.done && in.wb_sent;
        corners[FLUSH_WAITS].count += flushes && c.flush_q && !c.flush_next_q;
        corners[FLUSH_MORE].count += flushes && c.flush_next_q;
        corners[FLUSH_BOTH].count += flushes == 2;
    }

    uint32_t threshold() const
    {
        if (IGB) return FGET(IGB_RXDCTL_WTHRESH, reg.ctl);
        const uint32_t t = FGET(E1000_RXDCTL_WTHRESH, reg.ctl);
        return reg.ctl & FMASK(E1000_RXDCTL_GRAN) ? t : 2 * t;
    }

    // Coincidences that the tick tells.
    void count_done(uint64_t now)
    {
        const bool starts_wb = c.wb.valid && (!was.wb.valid || in.wb_sent);
        const bool starts_fetch = c.fetch.valid && !was.fetch.valid;
        const uint32_t left = n() - (starts_wb ? c.wb_idx : 0);
        const uint32_t finished = c.done_q - c.wrote_q;
        const uint32_t moved = c.wrote_q - was.wrote_q, over = moved - c.wrote_n;
        const uint32_t cause = c.cause_cyc == now + 1 ? c.cause : 0;
        if (in.restart) return;
        corners[WRAP_1].count += moved && n() >= 64 && c.wb_idx < was.wb_idx;
        corners[WRAP_SMALL].count += moved && n() < 64 && c.wb_idx < was.wb_idx;
        corners[WRAP_MORE].count += was.wb_idx + moved >= 2 * n() && moved;
        corners[STEP_OVER].count += over != 0;
        corners[STEP_32].count += over >= 32;
        corners[STEP_63].count += over && moved == NIC_DescCache - 1;
        corners[WB_AND_OVER].count += over && c.wrote_n;
        corners[PREFETCH].count += starts_fetch && was.filled_q != taken;
        corners[FETCH_CUT].count += starts_fetch && c.fetch_idx == 0 && c.fetch_n < 32;
        corners[FETCH_MAX].count += starts_fetch && c.fetch_n == NIC_DescFetchMax;
        corners[STATUS_ONLY].count += starts_wb && c.wb.len == 1;
        corners[CUT_RING].count +=
            starts_wb && c.wb.len > 1 && c.wb_n == left && left < NIC_DescWbMax && finished > left;
        corners[OUT_OF_REACH].count += starts_wb && finished == NIC_DescCache && !c.flush_q &&
                                       (tx ? c.rs_pending : finished) < threshold();
        corners[CUT_CACHE].count += starts_wb && c.wb.len > 1 && c.wb_n < NIC_DescWbMax &&
                                    ((c.wrote_q + c.wb_n) & SLOT) == 0 && finished > c.wb_n;
        corners[WB_BEHIND_WB].count += starts_wb && in.wb_sent;
        corners[FLUSH_TWO].count += was.flush_next_q && !c.flush_q;
#ifndef RING_82576
        corners[FLUSH_NOW].count += in.flush && !was.flush_q && !c.flush_q && cause;
        corners[RXDMT0].count += (cause & FMASK(E1000_ICR_RXDMT0)) != 0;
        corners[TXQE].count += (cause & FMASK(E1000_ICR_TXQE)) != 0;
        corners[TXD_LOW].count += (cause & FMASK(E1000_ICR_TXD_LOW)) != 0;
#else
        (void)cause;
        const uint32_t pending = tx ? c.rs_pending : finished;
        const bool below = pending && pending < threshold() && finished < NIC_DescCache;
        const uint32_t whole = tx ? desc_ring_whole(&c, taken) : 0, cached = c.filled_q - taken;
        const bool event = c.event_cyc == now + 1;
        const bool starved =
            tx && !was.fetching && !c.fetching && !whole && c.fetch_q - c.wrote_q == NIC_DescCache;
        corners[HELD_BACK].count += below && !c.wb.valid;
        corners[BY_GATE].count += starts_wb && below && in.gate_open && enabled && !c.flush_q;
        corners[BY_STOP].count += starts_wb && below && !in.gate_open && !enabled && !c.flush_q;
        corners[BY_FLUSH].count += starts_wb && below && !in.gate_open && enabled && c.flush_q;
        corners[STARVED].count +=
            starts_wb && below && !in.gate_open && enabled && !c.flush_q && starved;
        corners[PART].count +=
            starts_fetch && cached && cached >= FGET(IGB_RXDCTL_PTHRESH, reg.ctl);
        corners[MALICIOUS].count += tx && cached == NIC_DescCache && !whole;
        corners[WHOLE_MANY].count += whole >= 8;
        corners[HEAD_WB].count += starts_wb && c.wb.len == 4;
        corners[HEAD_WB_MANY].count += starts_wb && c.wb.len == 4 && c.wb_n > NIC_DescWbMax;
        corners[EVENT_NONE].count += event && !c.event_packets;
        corners[EVENT_MANY].count += event && c.event_packets > NIC_DescWbMax;
        corners[EVENT_RXDMT].count += event && c.event_rxdmt;
        corners[EVENT_LLI].count += event && c.event_lli;
        corners[EVENT_NOT_LLI].count += event && !c.event_lli && c.lli_bits && c.flush_q;
        corners[STOPPED].count += !enabled && in.en && !c.fetching &&
                                  desc_ring_wants_82576(&c, &reg, taken) &&
                                  desc_ring_avail(&c, reg.len, reg.tail);
#endif
    }

    void tick(uint64_t now)
    {
        was = c;
        if (reset) {
            if (in.cpl) c.fetch_bytes -= piece; // the RTL has counted its beats
            tx = !tx;
            desc_ring_reset(&c, tx, granted);
        } else {
            IGB ? desc_ring_tick_82576(&c, &in) : desc_ring_tick(&c, &in);
            count_done(now);
        }
        in.fetch_held = c.fetch.valid && (in.fetch_held || picks_fetch);
        in.wb_held = c.wb.valid && !in.wb_sent && (in.wb_held || picks_wb);
        looked = looks;
        looked_head = looks_head;
        memcpy(want_was, want, sizeof want);
        if (in.cpl) {
            owed -= piece;
            piece = 0;
        }
        if (in.fetch_sent || reset || !c.fetch.valid) granted = 0;
        done += in.done;
        if (reset || in.restart) taken = done = 0;
        else if (takes && taken != was.filled_q) taken++;
    }

    void print() const
    {
        printf(" tx %d reset %d restart %d en %d n %u tail %u ctl %08X head %d %X taken %u", tx,
               reset, in.restart, in.en, n(), reg.tail, reg.ctl, in.head_we, in.head, taken);
        printf(" done %d rs %d immediate %d flush %d fetch_sent %d granted %u wb_sent %d beat %d",
               in.done, what.rs, in.immediate, in.flush, in.fetch_sent, granted, in.wb_sent, beat);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>(IGB ? "desc_ring_82576" : "desc_ring", argc, argv);
}
