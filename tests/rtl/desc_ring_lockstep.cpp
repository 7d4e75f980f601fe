// SPDX-License-Identifier: Apache-2.0
// rtl/desc_ring.sv beside model/desc_ring.c, receive and transmit: random registers, restarts, CTRL.RST, consumer, port,
// split completions. Compared every cycle: requests, head, causes, counts, descriptors, payload. Arguments: SEED SEEDS CYCLES.
#include "Vdesc_ring.h"
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
extern "C" {
#define _Static_assert(cond, text) static_assert(true, text)
#include "model/desc_ring.h"
}
static bool tx;    // a transmit ring
static uint64_t s; // of the generator
static uint64_t rnd()
{
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return s * 0x2545F4914F6CDD1Dull;
}
static uint32_t below(uint32_t n)
{
    return (uint32_t)((rnd() >> 33) % n);
}
static bool one(uint32_t n)
{
    return below(n) == 0;
}
static uint64_t seed;
static bool df(uint64_t c, const char *w, uint64_t a, uint64_t b)
{
    if (a == b) return false;
    fprintf(stderr, "cycle %lu: %s: rtl %lx, model %lx; repro: desc_ring_lockstep %lu (tx %d)\n", c,
            w, a, b, seed, tx);
    return true;
}
static bool run(uint64_t cycles)
{
    Vdesc_ring d;
    d.tx_i = tx;
    desc_ring_t m;
    memset(&m, 0, sizeof m);
    desc_ring_reset(&m, tx, 0);
    uint32_t reg[8] = {}, taken = 0, done = 0, granted = 0, owed = 0, piece = 0, pdone = 0;
    uint8_t pb[512];
    uint64_t wbs = 0, fetches = 0, causes = 0;
    reg[RING_LEN] = 128;
    d.rst_ni = 1;
    d.eval();
    d.rst_ni = 0;
    d.eval();
    d.rst_ni = 1;
    uint32_t cin = 2, sin = 4, fin = 10, gin = 4;
    for (uint64_t now = 0; now < cycles; now++) {
        if (now % 2048 == 0) {
            cin = 1u << below(6);
            sin = 1u << below(5);
            fin = 4u << below(6);
            gin = 1u << below(4);
        }
        bool restart = false, head_we = false;
        csr_t csr = {};
        if (one(400)) {
            reg[RING_LEN] = 128 * below(one(3) ? 40 : 4);
            restart = true;
        }
        if (one(400)) {
            reg[RING_BAL] = (uint32_t)rnd() & ~15u;
            reg[RING_BAH] = (uint32_t)rnd();
            restart = true;
        }
        const uint32_t n = reg[RING_LEN] / 16;
        if (one(500)) {
            csr = {true, true, (uint16_t)(tx ? E1000_R_TDH : E1000_R_RDH), 0,
                   one(5) ? below(65536)
                   : n    ? below(n)
                          : 0};
            head_we = restart = true;
        }
        if (one(10)) reg[RING_TAIL] = one(30) ? below(65536) : n ? below(n) : 0;
        if (one(100))
            reg[RING_CTL] = one(2) ? (uint32_t)rnd() & 0xFF3F3F3F : (uint32_t)rnd() & 0x05030703;
        const bool reset = one(4000);
        ring_done_t what = {};
        what.rs = one(2);
        what.ide = one(2);
        what.eop = one(2);
        what.wb[0] = rnd();
        what.wb[1] = rnd();
        desc_ring_in_t in = {};
        in.now = now;
        in.en = !one(20);
        in.restart = restart;
        in.reg = reg;
        in.rdmts = below(4);
        in.done = done != taken && one(cin);
        in.taken = taken;
        in.what = &what;
        in.immediate = in.done && one(3) && (!tx || what.rs);
        in.flush = one(fin);
        in.flush_cause = 0x80 | (one(3) ? 0x10000 : 0);
        in.csr = csr;
        in.wb_sent = m.wb.valid && one(sin);
        if (m.fetch.valid && granted < m.fetch.len && one(gin) && !reset) {
            uint32_t g = 16 * (1 + below((m.fetch.len - granted) / 16));
            granted += g;
            owed += g;
        } else if (m.fetch.valid && granted == m.fetch.len) in.fetch_sent = one(2);
        bool beat = false;
        if (!piece && owed && one(gin)) {
            piece = 16 * (1 + below(owed / 16));
            if (piece > 512) piece = 512;
            pdone = 0;
            for (auto &x : pb) x = (uint8_t)rnd();
        } else if (piece) {
            beat = true;
            memcpy(&d.cpl_data_i, pb + pdone, 8);
            pdone += 8;
            in.cpl = pdone == piece;
            in.cpl_len = piece;
            in.cpl_data = pb;
        }
        d.reset_i = reset;
        d.en_i = in.en;
        d.restart_i = restart;
        d.bal_i = reg[RING_BAL];
        d.bah_i = reg[RING_BAH];
        d.n_i = (uint16_t)n;
        d.tail_i = (uint16_t)reg[RING_TAIL];
        d.dctl_i = reg[RING_CTL];
        d.rdmts_i = in.rdmts & 3;
        d.head_we_i = head_we;
        d.head_wdata_i = (uint16_t)csr.wdata;
        d.taken_i = (uint8_t)taken;
        d.done_i = in.done;
        d.done_rs_i = what.rs;
        for (int i = 0; i < 4; i++) d.done_wb_i[i] = (uint32_t)(what.wb[i / 2] >> (32 * (i & 1)));
        d.immediate_i = in.immediate;
        d.flush_i = in.flush;
        d.flush_cause_i = in.flush_cause;
        d.fetch_sent_i = in.fetch_sent;
        d.fetch_granted_i = granted & 0x7FFF;
        d.wb_sent_i = in.wb_sent;
        d.cpl_valid_i = beat;
        uint32_t at = 0;
        bool look = m.wb.valid;
        if (look) {
            at = (uint32_t)((m.wb.data - (uint8_t *)m.cache + m.wb.off) / 8 +
                            below((m.wb.len + 7) / 8)) &
                 127;
            d.pay_addr_i = at & 127;
            d.pay_next_i = (at + 1) & 127;
        }
        d.eval();
        uint64_t dl = (uint64_t)d.desc_o[1] << 32 | d.desc_o[0],
                 dh = (uint64_t)d.desc_o[3] << 32 | d.desc_o[2];
        causes += m.cause_cyc == now;
        if (df(now, "head", d.head_o, m.head_q) ||
            df(now, "filled", d.filled_o, m.filled_q & 255) ||
            df(now, "empty", d.empty_o,
               desc_ring_empty(&m, reg[RING_LEN], reg[RING_TAIL], taken)) ||
            df(now, "cause", d.cause_o, m.cause_cyc == now ? m.cause : 0) ||
            df(now, "fetch_valid", d.fetch_valid_o, m.fetch.valid) ||
            (m.fetch.valid && (df(now, "fetch_addr", d.fetch_addr_o, m.fetch.addr) ||
                               df(now, "fetch_len", d.fetch_len_o, m.fetch.len))) ||
            df(now, "wb_valid", d.wb_valid_o, m.wb.valid) ||
            (m.wb.valid && (df(now, "wb_addr", d.wb_addr_o, m.wb.addr) ||
                            df(now, "wb_len", d.wb_len_o, m.wb.len) ||
                            df(now, "wb_off", d.wb_off_o,
                               (uint64_t)(m.wb.data - (uint8_t *)m.cache) + m.wb.off))) ||
            (taken != m.filled_q && (df(now, "desc lo", dl, m.cache[taken & 63][0]) ||
                                     df(now, "desc hi", dh, m.cache[taken & 63][1]))))
            return false;
        uint64_t want;
        memcpy(&want, (uint8_t *)m.cache + 8 * at, 8);
        const uint32_t filled = m.filled_q;
        const bool fw = m.fetch.valid, ww = m.wb.valid;
        if (reset) {
            if (in.cpl) m.fetch_bytes -= piece;
            desc_ring_reset(&m, tx, granted);
        } else desc_ring_tick(&m, &in);
        d.clk_i = 1;
        d.eval();
        d.clk_i = 0;
        if (look && df(now, "pay", (uint64_t)d.pay_o[1] << 32 | d.pay_o[0], want)) return false;
        if (in.cpl) {
            owed -= piece;
            piece = 0;
        }
        if (in.fetch_sent || reset) granted = 0;
        fetches += m.fetch.valid && !fw;
        wbs += m.wb.valid && !ww;
        if (reset || restart) taken = done = 0;
        else {
            done += in.done;
            if (taken != filled && one(cin)) taken++;
        }
    }
    printf("desc_ring tx=%d seed %lu: %lu equal, %lu fetches %lu wbs %lu causes\n", tx, seed,
           cycles, fetches, wbs, causes);
    return true;
}
int main(int c, char **v)
{
    const uint64_t first = c > 1 ? strtoull(v[1], nullptr, 0) : 1;
    const uint64_t seeds = c > 2 ? strtoull(v[2], nullptr, 0) : 2;
    const uint64_t cycles = c > 3 ? strtoull(v[3], nullptr, 0) : 500000;
    for (seed = first; seed < first + seeds; seed++)
        for (int t = 0; t < 2; t++) {
            tx = t != 0;
            s = seed * 0x9E3779B97F4A7C15ull | 1;
            if (!run(cycles)) return 1;
        }
    return 0;
}
