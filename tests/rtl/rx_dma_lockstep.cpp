// SPDX-License-Identifier: Apache-2.0
// rtl/rx_dma.sv beside model/rx_dma.c: random frames and descriptors (null ones too), a port that takes its time, ring
// restarts, RCTL.EN and CTRL.RST at any time. Compared every cycle: request, completed descriptor, P, RNBC, counts.
#include "Vrx_dma.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
#include "model/rx_dma.h"
}

namespace
{

struct Rng {
    uint64_t s;
    uint64_t next()
    {
        s ^= s << 13;
        s ^= s >> 7;
        s ^= s << 17;
        return s * 0x2545F4914F6CDD1Dull;
    }
    uint32_t below(uint32_t n)
    {
        return (uint32_t)((next() >> 33) % n);
    }
    bool one_in(uint32_t n)
    {
        return below(n) == 0;
    }
};

const char *repro_name;
uint64_t repro_seed, repro_cycles;
bool differs(uint64_t cyc, const char *signal, uint64_t rtl, uint64_t model)
{
    if (rtl == model) return false;
    fprintf(stderr,
            "cycle %" PRIu64 ": %s: rtl %" PRIx64 ", model %" PRIx64 "\nrepro: %s %" PRIu64 " 1"
            " %" PRIu64 "\n",
            cyc, signal, rtl, model, repro_name, repro_seed, repro_cycles);
    return true;
}

struct Bench {
    Rng r;
    Vrx_dma d;
    rx_dma_t m;
    rx_frame_t frame[NIC_RxFramesMax];
    uint64_t cache[NIC_DescCache][2];
    uint32_t frames = 0, filled = 0, rctl = 0, mem_bytes = 1024;
    bool en = true;
    uint64_t packets = 0, descs = 0, nulls = 0, rnbc = 0, restarts = 0, stale = 0;

    void new_frame()
    {
        static const uint32_t most[] = {70, 300, 1600, 16384};
        rx_frame_t &f = frame[frames++ % NIC_RxFramesMax];
        const uint32_t cap = mem_bytes - 16;
        f.len = 1 + r.below(most[r.below(4)]);
        if (f.len > cap) f.len = cap;
        if (r.one_in(8)) f.len = (f.len + 255) & ~255u; // ends with a buffer
        if (f.len > cap) f.len = cap;
        f.start = 16 * r.below(mem_bytes / 16);
        f.granules = 1 + (f.len + 15) / 16;
        f.csum = (uint16_t)r.next();
        f.vlan = (uint16_t)r.next();
        f.status = (uint8_t)r.next();
        f.errors = (uint8_t)r.next();
    }

    bool compare(uint64_t now)
    {
        const bool done = m.done.cyc == now, p = m.p_cyc == now, req = m.req.valid;
        const uint64_t wb0 = (uint64_t)d.done_wb_o[1] << 32 | d.done_wb_o[0];
        const uint64_t wb1 = (uint64_t)d.done_wb_o[3] << 32 | d.done_wb_o[2];
        const pb_free_t &f = m.free_log[(m.free_count - 1) % PB_FREES];
        packets += p;
        descs += done;
        nulls += done && m.done.wb[0] == 0;
        rnbc += m.rnbc_cyc == now;
        stale += m.state_q == RXD_STALE;
        return differs(now, "req_valid", d.req_valid_o, req) ||
               (req && (differs(now, "req_addr", d.req_addr_o, m.req.addr) ||
                        differs(now, "req_len", d.req_len_o, m.req.len) ||
                        differs(now, "req_off", d.req_off_o, m.req.off))) ||
               differs(now, "taken", d.taken_o, m.taken_q & 0xFF) ||
               differs(now, "frames", d.frames_o, m.frames_q & 0xFFF) ||
               differs(now, "done", d.done_o, done) ||
               (done && (differs(now, "done_eop", d.done_eop_o, m.done.eop) ||
                         differs(now, "done_wb[0]", wb0, m.done.wb[0]) ||
                         differs(now, "done_wb[1]", wb1, m.done.wb[1]))) ||
               differs(now, "p", d.p_o, p) ||
               (p && (differs(now, "p_len", d.p_len_o, m.p_len) ||
                      differs(now, "free cycle", now, f.cyc) ||
                      differs(now, "granules", d.granules_o, f.granules))) ||
               differs(now, "rnbc", d.rnbc_o, m.rnbc_cyc == now);
    }

    bool run(uint64_t cycles)
    {
        memset(&m, 0, sizeof m);
        rx_dma_reset(&m);
        memset(frame, 0, sizeof frame);
        memset(cache, 0, sizeof cache);
        d.rst_ni = 1; // the reset is an edge
        d.eval();
        d.rst_ni = 0;
        d.eval();
        d.rst_ni = 1;
        uint32_t frame_in = 10, desc_in = 10, null_in = 10, sent_in = 10, empty_in = 2;
        for (uint64_t now = 0; now < cycles; now++) {
            if (now % 2048 == 0) { // another kind of weather
                frame_in = 1u << r.below(6);
                desc_in = 1u << r.below(7);
                null_in = r.one_in(3) ? 2 : 30;
                sent_in = 1u << r.below(5);
                empty_in = 1 + r.below(4);
            }
            if (r.one_in(64)) rctl = (uint32_t)r.next();
            if (r.one_in(en ? 200 : 20)) en = !en;
            const bool reset = r.one_in(3000), restart = r.one_in(150);
            const bool sent = m.req.valid && r.one_in(sent_in), empty = r.one_in(empty_in);

            rx_dma_in_t in = {};
            in.now = now;
            in.en = en;
            in.restart = restart;
            in.rctl = rctl;
            in.frames = frames;
            in.frame = &frame[m.frames_q % NIC_RxFramesMax];
            in.next = &frame[(m.frames_q + 1) % NIC_RxFramesMax];
            in.filled = filled;
            in.desc = cache[m.taken_q % NIC_DescCache];
            in.desc_next = cache[(m.taken_q + 1) % NIC_DescCache];
            in.ring_empty = empty;
            in.sent = sent;
            in.mem_bytes = mem_bytes;

            // The memories of the RTL are read at its own addresses.
            d.eval();
            const rx_frame_t &f = frame[d.frames_o % NIC_RxFramesMax];
            const rx_frame_t &g = frame[(d.frames_o + 1u) % NIC_RxFramesMax];
            d.reset_i = reset;
            d.en_i = en;
            d.restart_i = restart;
            d.bsize_i = FGET(E1000_RCTL_BSIZE, rctl) & 3;
            d.bsex_i = FGET(E1000_RCTL_BSEX, rctl) & 1;
            d.frames_i = frames & 0xFFF;
            d.frame_start_i = (uint16_t)f.start;
            d.frame_len_i = f.len & 0x7FFF;
            d.frame_granules_i = f.granules & 0x7FF;
            d.frame_csum_i = f.csum;
            d.frame_vlan_i = f.vlan;
            d.frame_status_i = f.status;
            d.frame_errors_i = f.errors;
            d.next_start_i = (uint16_t)g.start;
            d.next_len_i = g.len & 0x7FFF;
            d.mem_bytes_i = mem_bytes & 0x1FFFF;
            d.filled_i = (uint8_t)filled;
            d.desc_i = cache[d.taken_o % NIC_DescCache][0];
            d.desc_next_i = cache[(d.taken_o + 1u) % NIC_DescCache][0];
            d.ring_empty_i = empty;
            d.sent_i = sent;
            d.eval();
            if (compare(now)) return false;

            if (reset) rx_dma_reset(&m);
            else rx_dma_tick(&m, &in);
            d.clk_i = 1;
            d.eval();
            d.clk_i = 0;

            restarts += restart;
            if (reset) {
                frames = filled = 0;
                mem_bytes = 1024 * (1 + r.below(r.one_in(2) ? 64 : 4));
                if (mem_bytes < 2048) mem_bytes = 2048;
                continue;
            }
            if (restart) filled = 0;
            // Up to one frame more than the list holds is never offered; nor is a slot in use written.
            if (frames - m.frames_q < NIC_RxFramesMax - 1 && r.one_in(frame_in)) new_frame();
            if (!restart && r.one_in(desc_in)) {
                uint32_t room = NIC_DescCache - 1 - (filled - m.taken_q);
                uint32_t n = r.below(9);
                for (; n && room; n--, room--, filled++) {
                    cache[filled % NIC_DescCache][0] = r.one_in(null_in) ? 0 : r.next();
                    cache[filled % NIC_DescCache][1] = r.next();
                }
            }
        }
        return true;
    }
};

} // namespace

int main(int argc, char **argv)
{
    repro_name = argv[0];
    const uint64_t first = argc > 1 ? strtoull(argv[1], nullptr, 0) : 1;
    repro_cycles = argc > 3 ? strtoull(argv[3], nullptr, 0) : 500000;
    const uint64_t last = first + (argc > 2 ? strtoull(argv[2], nullptr, 0) : 4) - 1;
    for (repro_seed = first; repro_seed <= last; repro_seed++) {
        auto *b = new Bench;
        b->r.s = repro_seed * 0x9E3779B97F4A7C15ull | 1;
        b->mem_bytes = 49152;
        const bool ok = b->run(repro_cycles);
        if (ok)
            printf("rx_dma seed %" PRIu64 ": %" PRIu64 " cycles equal, %" PRIu64
                   " packets, %" PRIu64 " descriptors (%" PRIu64 " null), %" PRIu64
                   " RNBC, %" PRIu64 " restarts, %" PRIu64 " stale\n",
                   repro_seed, repro_cycles, b->packets, b->descs, b->nulls, b->rnbc, b->restarts,
                   b->stale);
        delete b;
        if (!ok) return 1;
    }
    return 0;
}
