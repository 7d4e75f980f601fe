// SPDX-License-Identifier: Apache-2.0
// rtl/desc_ring.sv beside model/desc_ring.c. It is a receive ring or a transmit ring, anew behind each CTRL.RST.
#include "tests/rtl/lockstep.h"

#include <cstring>

#include "Vdesc_ring.h"
extern "C" {
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
#include "model/desc_ring.h"
}

namespace
{

enum { SLOT = NIC_DescCache - 1 };

struct bench {
    std::unique_ptr<Vdesc_ring> dut = std::make_unique<Vdesc_ring>();
    desc_ring_t c = {}, was = {}; // `was`: before the last tick
    desc_ring_in_t in = {};
    ring_done_t what = {};
    uint32_t reg[8] = {};
    bool tx = false, reset = false;
    // the consumer
    uint32_t taken = 0, done = 0;
    bool takes = false;
    bool lone_rs = false; // RS where nothing is to be written back, and nowhere else
    // the host: bytes granted of the present request, asked for and not come, in this completion
    uint32_t granted = 0, owed = 0, piece = 0, piece_at = 0;
    uint8_t piece_data[NIC_Mrrs];
    bool beat = false;
    // what the port reads in this cycle and sees in the next one
    bool looks = false, looked = false;
    uint64_t want[2] = {}, want_was[2] = {};
    uint32_t done_odds = 1, take_odds = 1, sent_odds = 1, flush_odds = 1, grant_odds = 1;
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
        FLUSH_NOW,
        FLUSH_WAITS,
        FLUSH_MORE,
        FLUSH_BOTH,
        FLUSH_TWO,
        RXDMT0,
        TXQE,
        TXD_LOW,
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
        {"a flush is through at once", 0},
        {"a flush waits for another one", 0},
        {"a third one", 0},
        {"immediate and timers in a tick", 0},
        {"two flushes are through in a tick", 0},
        {"RXDMT0", 0},
        {"TXQE", 0},
        {"TXD_LOW", 0},
    };

    void init()
    {
        desc_ring_reset(&c, tx, 0);
        reg[RING_LEN] = 128;
        in.reg = reg;
        in.what = &what;
    }

    uint32_t n() const
    {
        return reg[RING_LEN] / NIC_DescBytes;
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
        static const uint32_t most[] = {2, 4, 12, 40};
        rings = most[r.below(4)];
    }

    uint32_t index(lockstep_rng &r, uint32_t wild) const
    {
        return r.one_in(wild) ? r.below(65536) : n() ? r.below(n()) : 0;
    }

    void registers(lockstep_rng &r)
    {
        const bool ends = in.wb_sent && c.wb_idx > 8;
        in.restart = false;
        in.csr = {};
        if (r.one_in(rare_odds) || (ends && r.one_in(20))) {
            reg[RING_LEN] = 128 * r.below(rings);
            in.restart = true;
        }
        if (r.one_in(rare_odds)) {
            reg[RING_BAL] = r.u32() & ~15u;
            reg[RING_BAH] = r.u32();
            in.restart = true;
        }
        if (r.one_in(rare_odds)) {
            in.csr.valid = in.csr.write = true;
            in.csr.id = tx ? E1000_R_TDH : E1000_R_RDH;
            in.csr.wdata = index(r, 10);
            in.restart = true;
        }
        if (r.one_in(tail_odds)) reg[RING_TAIL] = index(r, 100);
        if (r.one_in(20) && n()) reg[RING_TAIL] = (c.fetch_idx + n() - 1) % n(); // all of it
        if (r.one_in(100))
            reg[RING_CTL] = r.u32() & (r.one_in(2)   ? 0xFF3F3F3F  // any threshold
                                       : r.one_in(4) ? 0x013F0000u // only that of write-backs
                                                     : 0x05030703);
        in.en = !r.one_in(20);
        in.rdmts = r.below(4);
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
        in.immediate = in.done && r.one_in(3) && (!tx || what.rs);
        in.flush = r.one_in(flush_odds) || (in.immediate && r.one_in(20)) ||
                   (c.done_q - c.wrote_q >= NIC_DescCache - 3 && r.one_in(late_odds));
        in.flush_cause = FMASK(E1000_ICR_RXT0) | (r.one_in(3) ? FMASK(E1000_ICR_SRPD) : 0);
    }

    // Requests are granted in pieces, completions come in others, a beat a cycle.
    void host(lockstep_rng &r)
    {
        in.wb_sent = c.wb.valid && r.one_in(sent_odds);
        in.fetch_sent = false;
        if (c.fetch.valid && granted < c.fetch.len && r.one_in(grant_odds) && !reset) {
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
        dut->bal_i = reg[RING_BAL];
        dut->bah_i = reg[RING_BAH];
        dut->n_i = (uint16_t)n();
        dut->tail_i = (uint16_t)reg[RING_TAIL];
        dut->dctl_i = reg[RING_CTL];
        dut->rdmts_i = in.rdmts & 3;
        dut->head_we_i = in.csr.valid;
        dut->head_wdata_i = (uint16_t)in.csr.wdata;
        dut->taken_i = (uint8_t)taken;
        dut->done_i = in.done;
        dut->done_rs_i = what.rs;
        for (int i = 0; i < 4; i++)
            dut->done_wb_i[i] = (uint32_t)(what.wb[i / 2] >> (32 * (i & 1)));
        dut->immediate_i = in.immediate;
        dut->flush_i = in.flush;
        dut->flush_cause_i = in.flush_cause;
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
        d.same("empty_o", dut->empty_o, desc_ring_empty(&c, reg[RING_LEN], reg[RING_TAIL], taken));
        d.same("cause_o", dut->cause_o, cause ? c.cause : 0);
        d.same("idle_o", dut->idle_o,
               !c.fetch.valid && !c.fetching && !c.wb.valid && !cause &&
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
            d.same("wb_off_o", dut->wb_off_o,
                   (uint64_t)(c.wb.data - (const uint8_t *)c.cache) + c.wb.off);
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
        d.same("pay_o[127:64]", half(dut->pay_o, 1), want_was[1]);
    }

    // Coincidences before the tick.
    void count()
    {
        const uint32_t flushes = (in.done && in.immediate) + in.flush;
        if (reset) {
            corners[RESET_FETCH].count += c.fetch.valid && granted && granted < c.fetch.len;
            corners[RESET_CPL].count += c.fetching && beat;
            corners[RESET_WB].count += c.wb.valid && !in.wb_sent;
            return;
        }
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
        corners[TAIL_OUTSIDE].count += n() && reg[RING_TAIL] >= n();
        corners[STALE_SENT].count += in.wb_sent && c.wb_stale;
        corners[STALE_WAITS].count += c.wb_stale && !in.wb_sent && !c.fetching && in.en &&
                                      desc_ring_avail(&c, reg[RING_LEN], reg[RING_TAIL]);
        corners[NO_ROOM].count += c.fetch_q - c.wrote_q == NIC_DescCache;
        corners[ALL_DONE].count += c.done_q - c.wrote_q == NIC_DescCache;
        corners[DONE_WB_SENT].count += in.done && in.wb_sent;
        corners[FLUSH_WAITS].count += flushes && c.flush_q && !c.flush_next_q;
        corners[FLUSH_MORE].count += flushes && c.flush_next_q;
        corners[FLUSH_BOTH].count += flushes == 2;
    }

    uint32_t threshold() const
    {
        const uint32_t t = FGET(E1000_RXDCTL_WTHRESH, reg[RING_CTL]);
        return reg[RING_CTL] & FMASK(E1000_RXDCTL_GRAN) ? t : 2 * t;
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
        corners[FLUSH_NOW].count += in.flush && !was.flush_q && !c.flush_q && cause;
        corners[FLUSH_TWO].count += was.flush_next_q && !c.flush_q;
        corners[RXDMT0].count += (cause & FMASK(E1000_ICR_RXDMT0)) != 0;
        corners[TXQE].count += (cause & FMASK(E1000_ICR_TXQE)) != 0;
        corners[TXD_LOW].count += (cause & FMASK(E1000_ICR_TXD_LOW)) != 0;
    }

    void tick(uint64_t now)
    {
        was = c;
        if (reset) {
            if (in.cpl) c.fetch_bytes -= piece; // the RTL has counted its beats
            tx = !tx;
            desc_ring_reset(&c, tx, granted);
        } else {
            desc_ring_tick(&c, &in);
            count_done(now);
        }
        looked = looks;
        memcpy(want_was, want, sizeof want);
        if (in.cpl) {
            owed -= piece;
            piece = 0;
        }
        if (in.fetch_sent || reset) granted = 0;
        done += in.done;
        if (reset || in.restart) taken = done = 0;
        else if (takes && taken != was.filled_q) taken++;
    }

    void print() const
    {
        printf(" tx %d reset %d restart %d en %d n %u tail %u ctl %08X head %d %X taken %u", tx,
               reset, in.restart, in.en, n(), reg[RING_TAIL], reg[RING_CTL], in.csr.valid,
               in.csr.wdata, taken);
        printf(" done %d rs %d immediate %d flush %d fetch_sent %d granted %u wb_sent %d beat %d",
               in.done, what.rs, in.immediate, in.flush, in.fetch_sent, granted, in.wb_sent, beat);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("desc_ring", argc, argv);
}
