// SPDX-License-Identifier: Apache-2.0
// rtl/ring_arbiter.sv beside model/ring_arbiter.c. Three of its queues are rings of model/desc_ring.c with consumers that
// come and go, the others requests without a ring. Host memory is a function of the address, so that every descriptor a ring
// shows can be told from one that another ring, or the same one before a restart, has asked for.
#include "tests/rtl/lockstep.h"

#include <cstring>
#include <deque>

#include "Vring_arbiter.h"
extern "C" {
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
#include "model/desc_ring.h"
#include "model/ring_arbiter.h"
}

namespace
{

enum { N = IGB_Queues, RINGS = 3, SLOT = NIC_DescCache - 1 };
constexpr int AT[RINGS] = {0, 7, N - 1}; // their queues

// A quadword of host memory.
uint64_t memory(uint64_t addr)
{
    return lockstep_rng(addr / 8).u32() * 0x100000001ull ^ addr << 20;
}

struct ring {
    desc_ring_t c = {};
    desc_ring_in_t in = {};
    ring_reg_t reg = {};
    ring_done_t what = {};
    uint32_t taken = 0, done = 0, start = 0; // `start`: place of descriptor 0 of the count
    bool enabled = true, takes = false;

    uint32_t n() const
    {
        return reg.len / NIC_DescBytes;
    }
};

// A completion on its way: of which queue, from where.
struct answer {
    int queue;
    uint64_t addr;
    uint32_t len;
};

template <size_t W> void put(VlWide<W> &to, int at, int width, uint64_t v)
{
    for (int b = 0; b < width; b++) {
        const uint32_t bit = (uint32_t)(at + b);
        to[bit / 32] = (to[bit / 32] & ~(1u << bit % 32)) | (uint32_t)(v >> b & 1) << bit % 32;
    }
}

struct bench {
    std::unique_ptr<Vring_arbiter> dut = std::make_unique<Vring_arbiter>();
    ring_arbiter_t c = {};
    ring_arbiter_in_t in = {};
    ring rings[RINGS];
    port_req_t fetch[N] = {}, wb[N] = {}; // of all
    bool reset = false;
    uint32_t granted = 0; // bytes of the fetch that is held
    std::deque<answer> answers;
    uint32_t beat_at = 0; // of the first of them
    bool beat = false, last = false;
    uint8_t data[NIC_Mrrs];
    uint64_t pay[N];
    bool pay_valid = false; // a write-back is on the pins
    unsigned pay_ring = 0;  // whose it is
    uint32_t idle_odds = 4, grant_odds = 2, sent_odds = 2, take_odds = 2, rare_odds = 100;
    uint32_t may_odds = 4, cpl_odds = 2;
    bool mute = false;
    enum {
        ALL_WAIT,
        ROUND,
        BACK_TO_BACK,
        ONLY_ITSELF,
        AGAIN,
        MAY_NOT,
        MAY_NOT_ALL,
        MAY_FALLS,
        RESTART_HELD,
        RESTART_HELD_WB,
        RESTART_PICK,
        RESTART_ANSWER,
        WITHDRAWN,
        DISCARDED,
        SEVERAL,
        OTHERS,
        RESET_HELD,
        RESET_PART,
        RESET_DONE,
        RESET_ANSWER,
        DESCRIPTORS,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"all queues wait", 0},
        {"round robin begins again", 0},
        {"the next one is picked with `done`", 0},
        {"nobody else waits then", 0},
        {"the same queue twice", 0},
        {"a request may not be picked", 0},
        {"none of several may", 0},
        {"the right to request goes while it is held", 0},
        {"a ring restarts, its fetch is held", 0},
        {"its write-back is held", 0},
        {"a ring restarts that was to be picked", 0},
        {"a ring restarts with a beat for it", 0},
        {"a request is withdrawn", 0},
        {"a fetch is discarded", 0},
        {"three fetches are under way", 0},
        {"a beat for a ring that is not held, while another one is", 0},
        {"reset with both held", 0},
        {"reset with a fetch partly granted", 0},
        {"reset with `done`", 0},
        {"reset with a beat", 0},
        {"descriptors seen", 0},
    };

    void init()
    {
        ring_arbiter_reset(&c);
        for (int i = 0; i < RINGS; i++) {
            ring &q = rings[i];
            desc_ring_reset(&q.c, i == 1, 0);
            q.in.reg = &q.reg;
            q.in.what = &q.what;
            q.reg.len = 128;
            q.reg.ctl = FMASK(IGB_RXDCTL_ENABLE);
        }
    }

    void phase(lockstep_rng &r)
    {
        idle_odds = 1u << r.below(8);
        grant_odds = 1u << r.below(4);
        sent_odds = 1u << r.below(5);
        take_odds = 1u << r.below(5);
        cpl_odds = 1u << r.below(4);
        rare_odds = 30u << r.below(7);
        may_odds = 1u << r.below(8);
        mute = r.one_in(3); // only rings
    }

    void port(lockstep_rng &r)
    {
        in.fetch_done = in.wb_done = false;
        if (c.fetch.held_q) {
            const port_req_t &p = fetch[c.fetch.cur_q];
            if (granted < p.len) {
                if (!reset && answers.size() < 5 && r.one_in(grant_odds)) {
                    uint32_t more = 16 * (1 + r.below((p.len - granted) / 16));
                    if (more > NIC_Mrrs) more = NIC_Mrrs;
                    answers.push_back({c.fetch.cur_q, p.addr + granted, more});
                    granted += more;
                }
            } else {
                in.fetch_done = r.one_in(2);
            }
        }
        if (c.wb.held_q) in.wb_done = r.one_in(sent_odds);
        // Completions: in order, a beat now and then. None comes before the request it answers is through with its TLP.
        beat = last = false;
        if (answers.empty() || !r.one_in(cpl_odds)) return;
        answer &a = answers.front();
        if (answers.size() == 1 && c.fetch.held_q && granted && beat_at == 0 && !r.one_in(20))
            return;
        // The last beat comes behind `done` of the port at the earliest.
        if (c.fetch.held_q && c.fetch.cur_q == a.queue && beat_at + 8 == a.len &&
            answers.size() == 1 && granted == fetch[a.queue].len)
            return;
        const uint64_t word = memory(a.addr + beat_at);
        memcpy(data + beat_at, &word, 8);
        beat_at += 8;
        beat = true;
        last = beat_at == a.len;
    }

    void queue(ring &q, int at, lockstep_rng &r)
    {
        desc_ring_in_t &x = q.in;
        x.restart = x.head_we = false;
        x.en = !r.one_in(30);
        if (r.one_in(rare_odds)) {
            q.reg.len = 128 * r.below(5);
            x.restart = true;
        }
        if (r.one_in(rare_odds)) {
            q.reg.bal = r.u32() & ~127u;
            q.reg.bah = r.u32();
            x.restart = true;
        }
        if (r.one_in(2 * rare_odds)) { // of the VF, too
            x.head_we = x.restart = true;
            x.head = r.one_in(2) || !q.n() ? 0 : r.below(q.n());
        }
        const bool was_on = q.enabled;
        if (r.one_in(q.enabled ? 2 * rare_odds : 10)) q.enabled = !q.enabled;
        if (q.enabled && !was_on) x.restart = true;
        if (!q.enabled && !was_on) x.func = (uint8_t)r.below(9);
        if (r.one_in(100)) q.reg.ctl = r.u32() & 0x001F1F1Fu;
        q.reg.ctl =
            (q.reg.ctl & ~FMASK(IGB_RXDCTL_ENABLE)) | (q.enabled ? FMASK(IGB_RXDCTL_ENABLE) : 0);
        if (r.one_in(20) && q.n()) q.reg.tail = r.below(q.n());
        if (r.one_in(30)) x.gate_open = r.one_in(2);
        if (r.one_in(rare_odds)) x.head_wb = (uint64_t)r.u32() << 2 | r.one_in(2);
        x.now = 0;
        x.rdmts = r.below(3);
        x.taken = q.taken;
        q.takes = r.one_in(take_odds);
        x.done = q.done != q.taken && r.one_in(take_odds);
        q.what.eop = r.one_in(2);
        q.what.rs = r.one_in(2);
        x.immediate = !q.c.tx && x.done && r.one_in(50);
        x.flush = r.one_in(200);
        x.flush_cause = 0;
        x.fetch_held = ring_pick_held(&c.fetch) >> at & 1;
        x.wb_held = ring_pick_held(&c.wb) >> at & 1;
        x.fetch_sent = ring_pick_done(&c.fetch, in.fetch_done) >> at & 1;
        x.wb_sent = ring_pick_done(&c.wb, in.wb_done) >> at & 1;
        x.cpl = last && answers.front().queue == at;
        x.cpl_len = last ? answers.front().len : 0;
        x.cpl_data = data;
    }

    static ring *ring_at(ring *rings, int queue)
    {
        for (int i = 0; i < RINGS; i++)
            if (AT[i] == queue) return &rings[i];
        return nullptr;
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 2048 == 0) phase(r);
        reset = r.one_in(10 * rare_odds);
        // Requests without a ring: withdrawn, new.
        for (int q = 0; q < N; q++) {
            if (ring *x = ring_at(rings, q)) {
                fetch[q] = x->c.fetch;
                wb[q] = x->c.wb;
                continue;
            }
            if (!fetch[q].valid && !mute && r.one_in(idle_odds)) {
                fetch[q].valid = true;
                fetch[q].addr = ((uint64_t)r.u32() << 32 | r.u32()) & ~15ull;
                fetch[q].len = 16 * (1 + r.below(r.one_in(8) ? (uint32_t)NIC_DescFetchMax : 4));
                fetch[q].func = (uint8_t)r.below(9);
            }
            if (!wb[q].valid && !mute && r.one_in(idle_odds)) {
                wb[q].valid = true;
                wb[q].addr = (uint64_t)r.u32() << 32 | r.u32();
                wb[q].len = r.u32() & 255;
                wb[q].off = r.u32() & 1023;
                wb[q].func = (uint8_t)r.below(9);
            }
        }
        port(r);
        in.restart = 0;
        for (int q = 0; q < N; q++)
            if (r.one_in(may_odds) || r.one_in(50))
                in.may ^= r.one_in(in.may >> q & 1 ? 4 : 1) << q;
        in.fetch = in.wb = 0;
        for (int q = 0; q < N; q++) {
            in.fetch |= (uint32_t)fetch[q].valid << q;
            in.wb |= (uint32_t)wb[q].valid << q;
            if (!ring_at(rings, q)) in.restart |= (uint32_t)r.one_in(rare_odds) << q;
        }
        for (int i = 0; i < RINGS; i++) {
            queue(rings[i], AT[i], r);
            rings[i].in.now = now;
            in.restart |= (uint32_t)rings[i].in.restart << AT[i];
        }
        count();
        dut->reset_i = reset;
        dut->may_i = (uint16_t)in.may;
        dut->restart_i = (uint16_t)in.restart;
        dut->ring_fetch_valid_i = (uint16_t)in.fetch;
        dut->ring_wb_valid_i = (uint16_t)in.wb;
        for (int q = 0; q < N; q++) {
            put(dut->ring_fetch_addr_i, 64 * q, 64, fetch[q].addr);
            put(dut->ring_fetch_len_i, 15 * q, 15, fetch[q].len);
            put(dut->ring_fetch_func_i, 8 * q, 8, fetch[q].func);
            put(dut->ring_wb_addr_i, 64 * q, 64, wb[q].addr);
            put(dut->ring_wb_len_i, 15 * q, 15, wb[q].len);
            put(dut->ring_wb_off_i, 16 * q, 16, wb[q].off);
            put(dut->ring_wb_func_i, 8 * q, 8, wb[q].func);
        }
        for (int one = 0; one < N; one++) { // what one of the memories gives
            if (now && !r.one_in(N)) continue;
            pay[one] = (uint64_t)r.u32() << 32 | r.u32();
            put(dut->ring_pay_i, 128 * one, 64, pay[one]);
            put(dut->ring_pay_i, 128 * one + 64, 64, ~pay[one]);
        }
        pay_valid = r.one_in(2);
        dut->pay_valid_i = pay_valid;
        dut->fetch_done_i = in.fetch_done;
        dut->wb_done_i = in.wb_done;
        dut->cpl_valid_i = beat;
        dut->cpl_queue_i = beat ? (uint8_t)answers.front().queue : r.below(32);
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        (void)now;
        d.same("fetch_valid_o", dut->fetch_valid_o, c.fetch.held_q);
        d.same("wb_valid_o", dut->wb_valid_o, c.wb.held_q);
        d.same("ring_fetch_held_o", dut->ring_fetch_held_o, ring_pick_held(&c.fetch));
        d.same("ring_wb_held_o", dut->ring_wb_held_o, ring_pick_held(&c.wb));
        d.same("ring_fetch_sent_o", dut->ring_fetch_sent_o,
               ring_pick_done(&c.fetch, in.fetch_done));
        d.same("ring_wb_sent_o", dut->ring_wb_sent_o, ring_pick_done(&c.wb, in.wb_done));
        d.same("ring_cpl_valid_o", dut->ring_cpl_valid_o, beat ? 1u << answers.front().queue : 0);
        d.same("fetch_queue_o", dut->fetch_queue_o, c.fetch.cur_q);
        d.same("wb_queue_o", dut->wb_queue_o, c.wb.cur_q);
        const port_req_t &f = fetch[c.fetch.cur_q], &w = wb[c.wb.cur_q];
        d.same("fetch_addr_o", dut->fetch_addr_o, f.addr);
        d.same("fetch_len_o", dut->fetch_len_o, f.len);
        d.same("fetch_func_o", dut->fetch_func_o, f.func);
        d.same("wb_addr_o", dut->wb_addr_o, w.addr);
        d.same("wb_len_o", dut->wb_len_o, w.len);
        d.same("wb_off_o", dut->wb_off_o, w.off & 0xFFFF);
        d.same("wb_func_o", dut->wb_func_o, w.func);
        const uint64_t p = pay[pay_ring];
        d.same("pay_o[31:0]", dut->pay_o[0], p & UINT32_MAX);
        d.same("pay_o[127:96]", dut->pay_o[3], ~p >> 32);
        // A held request is there; a ring shows what lies where it was to look.
        d.same("a held fetch is visible", c.fetch.held_q && !f.valid, 0);
        d.same("a held write-back is visible", c.wb.held_q && !w.valid, 0);
        for (const ring &q : rings) {
            if (q.c.filled_q == q.taken || q.in.restart) continue; // its registers are new
            const uint64_t *desc = q.c.cache[q.taken & SLOT];
            const uint64_t addr =
                ((uint64_t)q.reg.bah << 32 | q.reg.bal) + 16ull * ((q.start + q.taken) % q.n());
            d.same("descriptor[63:0]", desc[0], memory(addr));
            d.same("descriptor[127:64]", desc[1], memory(addr + 8));
        }
    }

    // Coincidences before the tick.
    void count()
    {
        const bool free = !c.fetch.held_q || in.fetch_done;
        const uint32_t held = ring_pick_held(&c.fetch), want = in.fetch & in.may & ~held;
        if (reset) {
            corners[RESET_HELD].count += c.fetch.held_q && c.wb.held_q;
            corners[RESET_PART].count +=
                c.fetch.held_q && granted && granted < fetch[c.fetch.cur_q].len;
            corners[RESET_DONE].count += in.fetch_done;
            corners[RESET_ANSWER].count += beat;
            return;
        }
        corners[ALL_WAIT].count += in.fetch == 0xFFFF;
        corners[ONLY_ITSELF].count += in.fetch_done && in.fetch == held;
        corners[MAY_NOT].count += free && (in.fetch & ~in.may & ~held) && (want & ~in.restart);
        corners[MAY_NOT_ALL].count += free && !want && __builtin_popcount(in.fetch & ~held) > 1;
        corners[MAY_FALLS].count += c.fetch.held_q && !(held & in.may);
        corners[RESTART_PICK].count += free && (want & in.restart);
        int under_way = 0;
        for (int i = 0; i < RINGS; i++) {
            const ring &q = rings[i];
            under_way += q.c.fetching;
            if (last && answers.front().queue == AT[i] && q.c.discard) corners[DISCARDED].count++;
            if (!q.in.restart) continue;
            corners[RESTART_HELD].count += q.in.fetch_held;
            corners[RESTART_HELD_WB].count += q.in.wb_held;
            corners[RESTART_ANSWER].count += beat && answers.front().queue == AT[i];
            corners[WITHDRAWN].count += q.c.fetch.valid && !q.in.fetch_held;
        }
        corners[SEVERAL].count += under_way == RINGS;
        corners[OTHERS].count += beat && c.fetch.held_q && answers.front().queue != c.fetch.cur_q;
    }

    void tick_ring(ring &q, int at)
    {
        const uint32_t filled = q.c.filled_q;
        if (reset) {
            if (q.in.cpl) q.c.fetch_bytes -= q.in.cpl_len; // it is not under way any more
            // What has come of it in beats is counted with its last one.
            desc_ring_reset(&q.c, q.c.tx, ring_pick_held(&c.fetch) >> at & 1 ? granted : 0);
        } else {
            desc_ring_tick_82576(&q.c, &q.in);
        }
        q.done += q.in.done;
        if (reset || q.in.restart) {
            q.taken = q.done = 0;
            q.start = q.c.head_q;
        } else if (q.takes && q.taken != filled) {
            corners[DESCRIPTORS].count++;
            q.taken++;
        }
    }

    void tick(uint64_t now)
    {
        (void)now;
        if (!pay_valid) pay_ring = c.wb.cur_q;
        const uint8_t was = c.fetch.cur_q;
        const bool held = c.fetch.held_q;
        const uint32_t fetch_sent = ring_pick_done(&c.fetch, in.fetch_done);
        const uint32_t wb_sent = ring_pick_done(&c.wb, in.wb_done);
        const uint32_t fetch_held = ring_pick_held(&c.fetch), wb_held = ring_pick_held(&c.wb);
        for (int i = 0; i < RINGS; i++) tick_ring(rings[i], AT[i]);
        for (int q = 0; q < N; q++) {
            if (ring_at(rings, q)) continue;
            const uint32_t bit = 1u << q;
            if (reset || (fetch_sent & bit) || (in.restart & ~fetch_held & bit))
                fetch[q].valid = false;
            if (reset || (wb_sent & bit) || (in.restart & ~wb_held & bit)) wb[q].valid = false;
        }
        if (reset || in.fetch_done) granted = 0;
        if (reset) ring_arbiter_reset(&c);
        else ring_arbiter_tick(&c, &in);
        if (last) {
            answers.pop_front();
            beat_at = 0;
        }
        if (reset || !c.fetch.held_q || (held && !in.fetch_done)) return;
        corners[BACK_TO_BACK].count += held;
        corners[ROUND].count += c.fetch.cur_q < was;
        corners[AGAIN].count += c.fetch.cur_q == was;
    }

    void print() const
    {
        printf(" reset %d fetch %X wb %X may %X restart %X done %d %d held %d/%u %d/%u beat %d",
               reset, in.fetch, in.wb, in.may & 0xFFFF, in.restart, in.fetch_done, in.wb_done,
               c.fetch.held_q, c.fetch.cur_q, c.wb.held_q, c.wb.cur_q, beat);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("ring_arbiter", argc, argv);
}
