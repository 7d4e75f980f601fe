// SPDX-License-Identifier: Apache-2.0
// rtl/rx_dma.sv beside model/rx_dma.c.
#include "tests/rtl/lockstep.h"

#include "Vrx_dma.h"
extern "C" {
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
#include "model/rx_dma.h"
}

namespace
{

struct bench {
    std::unique_ptr<Vrx_dma> dut = std::make_unique<Vrx_dma>();
    rx_dma_t c = {};
    rx_dma_in_t in = {};
    bool reset = false;
    rx_frame_t frame[NIC_RxFramesMax] = {};
    uint64_t cache[NIC_DescCache][2] = {};
    uint32_t frame_odds = 1, desc_odds = 1, null_odds = 10, sent_odds = 1, empty_odds = 2;
    uint32_t rare_odds = 100;
    enum {
        PARTS,
        FILLED_UP,
        ONE_BYTE,
        AROUND,
        NULL_DESC,
        NULL_BEHIND,
        NULL_INSIDE,
        NEXT_NOW,
        NEXT_WAITS,
        STARVED,
        STARVED_AGAIN,
        RESTART_REQ,
        RESTART_SENT,
        RESTART_PART,
        RESTART_STALE,
        STALE_SENT,
        EN_OFF_REQ,
        EN_OFF_WAITS,
        RESET_REQ,
        RESET_SENT,
        BSEX_0,
        BSEX_16K,
        LIST_FULL,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"frame of several descriptors", 0},
        {"last descriptor filled to the end", 0},
        {"last descriptor of one byte", 0},
        {"request across the end of the receive region", 0},
        {"null descriptor", 0},
        {"null descriptor behind one that is done", 0},
        {"null descriptor inside a frame", 0},
        {"next frame in the tick of P", 0},
        {"P and no descriptor for the next one", 0},
        {"RNBC", 0},
        {"no RNBC a second time", 0},
        {"restart with a request under way", 0},
        {"restart in the tick of `sent`", 0},
        {"restart behind a part of the frame", 0},
        {"restart while a request is stale", 0},
        {"stale request sent", 0},
        {"receiver off with a request under way", 0},
        {"receiver off with a frame that waits", 0},
        {"reset with a request under way", 0},
        {"reset in the tick of `sent`", 0},
        {"BSEX with its reserved code", 0},
        {"buffers of 16384", 0},
        {"2047 frames wait", 0},
    };

    void init()
    {
        rx_dma_reset(&c);
        in.en = true;
        in.mem_bytes = 49152;
    }

    void phase(lockstep_rng &r)
    {
        frame_odds = 1u << r.below(6);
        desc_odds = 1u << r.below(7);
        null_odds = r.one_in(3) ? 2 : 30;
        sent_odds = 1u << r.below(5);
        empty_odds = 1 + r.below(4);
        rare_odds = 50u << r.below(6);
    }

    void new_frame(lockstep_rng &r)
    {
        static const uint32_t most[] = {70, 300, 1600, 16384};
        rx_frame_t &f = frame[in.frames++ % NIC_RxFramesMax];
        const uint32_t cap = in.mem_bytes - NIC_GranuleBytes;
        f.len = 1 + r.below(most[r.below(4)]);
        if (f.len > cap) f.len = cap;
        if (r.one_in(8)) f.len = ((f.len + 255) & ~255u) + (r.one_in(3) ? 1 : 0); // about a buffer
        if (f.len > cap) f.len = cap;
        f.start = NIC_GranuleBytes * r.below(in.mem_bytes / NIC_GranuleBytes);
        f.granules = 1 + (f.len + NIC_GranuleBytes - 1) / NIC_GranuleBytes;
        f.csum = (uint16_t)r.u32();
        f.vlan = (uint16_t)r.u32();
        f.status = (uint8_t)r.u32();
        f.errors = (uint8_t)r.u32();
    }

    static uint64_t u64(lockstep_rng &r)
    {
        return (uint64_t)r.u32() << 32 | r.u32();
    }

    // What packet buffer and ring have done in the tick before. Nothing that is in use is written.
    void others(lockstep_rng &r)
    {
        if (reset) {
            in.frames = in.filled = 0;
            in.mem_bytes = 1024 * (2 + r.below(r.one_in(2) ? 63 : 3));
            return;
        }
        if (in.restart) in.filled = 0;
        if (in.frames - c.frames_q < NIC_RxFramesMax - 1 && r.one_in(frame_odds)) new_frame(r);
        if (in.restart || !r.one_in(desc_odds)) return;
        uint32_t room = NIC_DescCache - 1 - (in.filled - c.taken_q);
        for (uint32_t n = r.below(9); n && room; n--, room--, in.filled++) {
            cache[in.filled % NIC_DescCache][0] = r.one_in(null_odds) ? 0 : u64(r);
            cache[in.filled % NIC_DescCache][1] = u64(r);
        }
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now) others(r);
        if (now % 2048 == 0) phase(r);
        in.now = now;
        reset = r.one_in(20 * rare_odds);
        in.restart = r.one_in(rare_odds);
        if (r.one_in(64)) in.rctl = r.u32();
        if (r.one_in(in.en ? 200 : 20)) in.en = !in.en;
        in.sent = c.req.valid && r.one_in(sent_odds);
        in.ring_empty = r.one_in(empty_odds);
        in.frame = &frame[c.frames_q % NIC_RxFramesMax];
        in.next = &frame[(c.frames_q + 1) % NIC_RxFramesMax];
        in.desc = cache[c.taken_q % NIC_DescCache];
        in.desc_next = cache[(c.taken_q + 1) % NIC_DescCache];
        count();
        dut->reset_i = reset;
        dut->en_i = in.en;
        dut->restart_i = in.restart;
        dut->bsize_i = FGET(E1000_RCTL_BSIZE, in.rctl) & 3;
        dut->bsex_i = FGET(E1000_RCTL_BSEX, in.rctl) & 1;
        dut->frames_i = in.frames & 0xFFF;
        dut->mem_bytes_i = in.mem_bytes & 0x1FFFF;
        dut->filled_i = (uint8_t)in.filled;
        dut->ring_empty_i = in.ring_empty;
        dut->sent_i = in.sent;
        // The memories are read at the addresses that the RTL gives.
        const rx_frame_t &f = frame[dut->frames_o % NIC_RxFramesMax];
        const rx_frame_t &next = frame[(dut->frames_o + 1u) % NIC_RxFramesMax];
        dut->frame_start_i = (uint16_t)f.start;
        dut->frame_len_i = f.len & 0x7FFF;
        dut->frame_granules_i = f.granules & 0x7FF;
        dut->frame_csum_i = f.csum;
        dut->frame_vlan_i = f.vlan;
        dut->frame_status_i = f.status;
        dut->frame_errors_i = f.errors;
        dut->next_start_i = (uint16_t)next.start;
        dut->next_len_i = next.len & 0x7FFF;
        dut->desc_i = cache[dut->taken_o % NIC_DescCache][0];
        dut->desc_next_i = cache[(dut->taken_o + 1u) % NIC_DescCache][0];
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const bool done = c.done.cyc == now, p = c.p_cyc == now;
        const VlWide<4> &wb = dut->done_wb_o;
        d.same("req_valid_o", dut->req_valid_o, c.req.valid);
        if (c.req.valid) {
            d.same("req_addr_o", dut->req_addr_o, c.req.addr);
            d.same("req_len_o", dut->req_len_o, c.req.len);
            d.same("req_off_o", dut->req_off_o, c.req.off);
        }
        d.same("taken_o", dut->taken_o, c.taken_q & 0xFF);
        d.same("frames_o", dut->frames_o, c.frames_q & 0xFFF);
        d.same("done_o", dut->done_o, done);
        if (done) {
            d.same("done_eop_o", dut->done_eop_o, c.done.eop);
            d.same("done_wb_o[63:0]", (uint64_t)wb[1] << 32 | wb[0], c.done.wb[0]);
            d.same("done_wb_o[127:64]", (uint64_t)wb[3] << 32 | wb[2], c.done.wb[1]);
        }
        d.same("p_o", dut->p_o, p);
        if (p) {
            const pb_free_t &f = c.free_log[(c.free_count - 1) % PB_FREES];
            d.same("p_len_o", dut->p_len_o, c.p_len);
            d.same("cycle of the free", now, f.cyc);
            d.same("granules_o", dut->granules_o, f.granules);
        }
        d.same("rnbc_o", dut->rnbc_o, c.rnbc_cyc == now);
    }

    // Coincidences before the tick.
    void count()
    {
        const bool waits = in.frames != c.frames_q;
        const bool under_way = c.state_q == RXD_REQ;
        if (reset) {
            corners[RESET_REQ].count += under_way && !in.sent;
            corners[RESET_SENT].count += under_way && in.sent;
            return;
        }
        corners[RESTART_REQ].count += in.restart && under_way && !in.sent;
        corners[RESTART_SENT].count += in.restart && under_way && in.sent;
        corners[RESTART_PART].count += in.restart && c.off_q;
        corners[RESTART_STALE].count += in.restart && c.state_q == RXD_STALE && !in.sent;
        corners[STALE_SENT].count += !in.restart && c.state_q == RXD_STALE && in.sent;
        corners[EN_OFF_REQ].count += !in.en && under_way && in.sent;
        corners[EN_OFF_WAITS].count += !in.en && c.state_q == RXD_IDLE && waits;
        corners[STARVED_AGAIN].count += in.en && c.state_q == RXD_IDLE && waits && c.starved_q &&
                                        in.filled == c.taken_q && in.ring_empty;
        corners[LIST_FULL].count += in.frames - c.frames_q == NIC_RxFramesMax - 1;
    }

    // Coincidences that the tick tells.
    void count_done(uint64_t now, const rx_dma_t &was)
    {
        const bool p = c.p_cyc == now + 1, done = c.done.cyc == now + 1;
        const bool null = done && !in.sent;
        const bool starts = c.req.valid && (!was.req.valid || in.sent);
        const bool bsex = in.rctl & FMASK(E1000_RCTL_BSEX);
        const uint32_t size = rx_dma_bsize(in.rctl);
        corners[PARTS].count += p && was.off_q;
        corners[FILLED_UP].count += p && (was.chunk_q & 255) == 0;
        corners[ONE_BYTE].count += p && was.off_q && was.chunk_q == 1;
        corners[AROUND].count += starts && c.req.off + c.req.len > in.mem_bytes;
        corners[NULL_DESC].count += null;
        corners[NULL_BEHIND].count += done && in.sent && in.desc_next[0] == 0 && !c.req.valid &&
                                      in.filled != c.taken_q && in.en;
        corners[NULL_INSIDE].count += null && was.off_q;
        corners[NEXT_NOW].count += p && starts;
        corners[NEXT_WAITS].count +=
            p && in.frames != c.frames_q && in.filled == c.taken_q && in.en;
        corners[STARVED].count += c.rnbc_cyc == now + 1;
        corners[BSEX_0].count += starts && bsex && !FGET(E1000_RCTL_BSIZE, in.rctl);
        corners[BSEX_16K].count += starts && size == 16384;
    }

    void tick(uint64_t now)
    {
        if (reset) {
            rx_dma_reset(&c);
            return;
        }
        const rx_dma_t was = c;
        rx_dma_tick(&c, &in);
        count_done(now, was);
    }

    void print() const
    {
        printf(" reset %d restart %d en %d rctl %08X frames %u filled %u empty %d sent %d", reset,
               in.restart, in.en, in.rctl, in.frames, in.filled, in.ring_empty, in.sent);
        printf(" frame %u+%u region %u desc %016" PRIX64 " %016" PRIX64, in.frame->start,
               in.frame->len, in.mem_bytes, in.desc[0], in.desc_next[0]);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("rx_dma", argc, argv);
}
