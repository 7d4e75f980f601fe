// SPDX-License-Identifier: Apache-2.0
// rtl/rx_dma_82576.sv beside model/rx_dma_82576.c.
#include "tests/rtl/lockstep.h"

#include "Vrx_dma_82576.h"
extern "C" {
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
#include "model/rx_dma_82576.h"
}

namespace
{

struct bench {
    std::unique_ptr<Vrx_dma_82576> dut = std::make_unique<Vrx_dma_82576>();
    rx_dma_82576_t c = {};
    rx_dma_82576_in_t in = {};
    bool reset = false;
    uint32_t reg[IGB_R_COUNT] = {};
    uint8_t func[IGB_Queues] = {};
    desc_ring_t ring[IGB_Queues] = {};
    rx_frame_t frame[NIC_RxFramesMax] = {};
    sw_loop_t loop[NIC_TxFramesMax] = {};
    uint32_t loop_tag[NIC_TxFramesMax] = {}; // bytes 12 .. 15
    uint32_t frame_odds = 1, loop_odds = 1, desc_odds = 1, sent_odds = 1, fetch_odds = 2;
    uint32_t rare_odds = 100, drop_odds = 2, queue_mask = 0xFFFF, off_odds = 400;
    enum {
        PARTS,
        PIECES,
        SPLIT,
        SPLIT_ONLY_HEAD,
        SPLIT_PARTS,
        SPLIT_LONG,
        SPLIT_ALWAYS_ALL,
        HDR_LEN_MANY,
        SPLIT_STRIPPED,
        LEGACY_STRIPPED,
        LOOP_PUT,
        LOOP_PUT_STRIPPED,
        LOOP_SPLIT,
        AROUND,
        LOOP_AROUND,
        NEXT_NOW,
        NEXT_WAITS,
        NEXT_LOOP,
        NEXT_FRAME_BEHIND_LOOP,
        LOOP_BEHIND_LOOP,
        QUEUE_NOW,
        SAME_QUEUE_NOW,
        QUEUES_16,
        DROP_EMPTY,
        DROP_MAY,
        DROP_INSIDE,
        DROP_OFF,
        DROP_LAST,
        DROP_FIRST,
        DROP_LOOP,
        DROP_RESTS,
        TAKEN_IN_REST,
        NO_DROP_WITH_DONE,
        STARVED,
        STARVED_AGAIN,
        RESTART_REQ,
        RESTART_PIECE,
        RESTART_SENT,
        RESTART_PART,
        RESTART_PART_EN_OFF,
        RESTART_STALE,
        RESTART_OTHER,
        RESTART_WAITS,
        RESTART_NEXT,
        STALE_SENT,
        OFF_REQ,
        OFF_PART,
        EN_OFF_REQ,
        EN_OFF_PIECE,
        EN_OFF_WAITS,
        RESET_REQ,
        RESET_SENT,
        LLI,
        HOLDS_UP,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"frame of several descriptors", 0},
        {"descriptor of several pieces", 0},
        {"header split", 0},
        {"nothing behind the header", 0},
        {"header split and several descriptors", 0},
        {"header longer than its buffer", 0},
        {"split always: all of the frame in the header buffer", 0},
        {"header longer than HDR_LEN can say", 0},
        {"three pieces: header split, tag taken off", 0},
        {"legacy descriptor, tag taken off", 0},
        {"tag put into a looped frame", 0},
        {"tag that was put in taken off", 0},
        {"looped frame split", 0},
        {"request across the end of the receive region", 0},
        {"request across the end of the transmit region", 0},
        {"next frame in the tick of P", 0},
        {"P and no descriptor for the next one", 0},
        {"looped frame in the tick of P of a received one", 0},
        {"received frame in the tick of P of a looped one", 0},
        {"looped frame in the tick of P of another", 0},
        {"next queue in the tick of P", 0},
        {"descriptor behind the one that is done, for the next frame", 0},
        {"a frame for 16 queues", 0},
        {"dropped: ring empty", 0},
        {"dropped: function may not request", 0},
        {"dropped in the middle, ring empty", 0},
        {"dropped: disabled", 0},
        {"dropped for the last queue", 0},
        {"dropped for the first queue, not the last", 0},
        {"looped frame dropped", 0},
        {"nothing dropped right behind a frame", 0},
        {"descriptor taken right behind a frame", 0},
        {"nothing dropped in the tick of done", 0},
        {"RNBC", 0},
        {"no RNBC a second time", 0},
        {"restart with a request under way", 0},
        {"restart in front of another piece", 0},
        {"restart in the tick of `sent`", 0},
        {"restart behind a part of the frame", 0},
        {"the same with the receiver off", 0},
        {"restart while a request is stale", 0},
        {"restart of another queue with a request under way", 0},
        {"restart while a frame waits that is not begun", 0},
        {"restart of the queue that comes next, in the tick of P", 0},
        {"stale request sent", 0},
        {"queue disabled with a request under way", 0},
        {"queue disabled behind a part of the frame", 0},
        {"receiver off with a request under way", 0},
        {"next piece with the receiver off", 0},
        {"receiver off with a frame that waits", 0},
        {"reset with a request under way", 0},
        {"reset in the tick of `sent`", 0},
        {"low latency", 0},
        {"a frame that waits holds up the other list", 0},
    };

    void init()
    {
        rx_dma_82576_reset(&c);
        reg[IGB_R_RCTL] = FMASK(IGB_RCTL_EN);
        in.reg = reg;
        in.func = func;
        in.ring = ring;
        in.may = 0xFFFF;
        in.rx_bytes = 65536;
        in.tx_bytes = 40960;
        for (uint32_t q = 0; q < IGB_Queues; q++) reg[IGB_R_RXDCTL + q] = FMASK(IGB_RXDCTL_ENABLE);
    }

    void phase(lockstep_rng &r)
    {
        frame_odds = 1u << r.below(6);
        loop_odds = 1u << r.below(6);
        desc_odds = 1u << r.below(7);
        sent_odds = 1u << r.below(4);
        fetch_odds = 1 + r.below(4);
        rare_odds = 50u << r.below(6);
        off_odds = 20u << r.below(8);
        drop_odds = 1 + r.below(3);
        queue_mask = r.one_in(3) ? 0xFFFF : r.one_in(2) ? 3u << r.below(15) : r.u32() & 0xFFFF;
        if (queue_mask == 0) queue_mask = 1;
        for (uint32_t q = 0; q < IGB_Queues; q++) srrctl(q, r);
    }

    void srrctl(uint32_t q, lockstep_rng &r)
    {
        static const uint8_t types[] = {0, 1, 2, 5, 2, 5, 3, 7};
        const uint32_t kib = r.one_in(3) ? 0 : r.one_in(10) ? r.below(128) : r.below(4);
        reg[IGB_R_SRRCTL + q] =
            FPUT(IGB_SRRCTL_BSIZEPACKET, kib) |
            FPUT(IGB_SRRCTL_BSIZEHEADER, r.one_in(4) ? r.below(64) : r.below(5)) |
            FPUT(IGB_SRRCTL_DESCTYPE, types[r.below(8)]) |
            FPUT(IGB_SRRCTL_DROP_EN, r.one_in(drop_odds) && drop_odds > 1);
    }

    uint16_t queues(lockstep_rng &r)
    {
        if (r.one_in(30)) return 0xFFFF;
        uint32_t mask = 0;
        do {
            mask |= 1u << r.below(IGB_Queues);
            mask &= queue_mask;
        } while (mask == 0 || r.one_in(4));
        return (uint16_t)mask;
    }

    static uint32_t length(lockstep_rng &r)
    {
        static const uint32_t most[] = {50, 280, 1600, 9000};
        uint32_t len = 20 + r.below(most[r.below(4)]);
        if (r.one_in(6))
            len = ((len + 255) & ~255u) + r.below(2) + 4 * r.below(2); // about a buffer
        return len;
    }

    void new_frame(lockstep_rng &r)
    {
        rx_frame_t &f = frame[in.frames++ % NIC_RxFramesMax];
        f = {};
        f.len = length(r);
        if (f.len > in.rx_bytes - NIC_GranuleBytes) f.len = in.rx_bytes - NIC_GranuleBytes;
        f.start = NIC_GranuleBytes * r.below(in.rx_bytes / NIC_GranuleBytes);
        f.granules = 1 + (f.len + NIC_GranuleBytes - 1) / NIC_GranuleBytes;
        f.csum = (uint16_t)r.u32();
        f.vlan = (uint16_t)r.u32();
        f.status = (uint8_t)r.u32() & 0xF8;
        f.errors = (uint8_t)r.u32();
        f.rss_type = r.below(16);
        f.several = r.one_in(2);
        f.queues = queues(r);
        f.packet = r.u32() & 0x1FFF;
        f.strip_tag = r.one_in(3);
        f.strip_fcs = r.one_in(2);
        if (!r.one_in(4)) {
            f.hdr_len = (uint16_t)(18 + r.below(r.one_in(8) ? 3000 : 120));
            if (f.hdr_len > f.len || r.one_in(10)) f.hdr_len = (uint16_t)f.len;
        }
        f.tagged = f.strip_tag || r.one_in(2);
        f.lli = r.one_in(4);
        f.mcast = r.one_in(2);
        f.hash = r.u32();
    }

    void new_loop(lockstep_rng &r)
    {
        const uint32_t n = in.loops++ % NIC_TxFramesMax;
        sw_loop_t &f = loop[n];
        f = {};
        f.len = length(r);
        if (f.len > in.tx_bytes - NIC_GranuleBytes) f.len = in.tx_bytes - NIC_GranuleBytes;
        f.start = NIC_GranuleBytes * r.below(in.tx_bytes / NIC_GranuleBytes);
        f.queues = queues(r);
        f.strip_tag = r.one_in(3);
        f.put_tag = r.one_in(2);
        f.mcast = r.one_in(2);
        f.pif = r.one_in(2);
        f.vlan = (uint16_t)r.u32();
        loop_tag[n] = (r.u32() & 0xFFFF) | (f.vlan & 0xFFu) << 24 | (uint32_t)(f.vlan >> 8) << 16;
    }

    static uint64_t u64(lockstep_rng &r)
    {
        return (uint64_t)r.u32() << 32 | r.u32();
    }

    // What the other modules have done in the tick before. Nothing that is in use is written.
    void others(lockstep_rng &r)
    {
        if (reset) {
            in.frames = in.loops = 0;
            for (desc_ring_t &d : ring) d.filled_q = 0;
            in.rx_bytes = 1024 * (1 + r.below(r.one_in(2) ? 64 : 3));
            in.tx_bytes = 1024 * (1 + r.below(r.one_in(2) ? 64 : 3));
            return;
        }
        if (in.frames - c.frames_q < 8 && r.one_in(frame_odds)) new_frame(r);
        if (in.loops - c.loops_q < 8 && r.one_in(loop_odds)) new_loop(r);
        for (uint32_t q = 0; q < IGB_Queues; q++) {
            desc_ring_t &d = ring[q];
            if (in.restart >> q & 1) d.filled_q = 0;
            else if (r.one_in(desc_odds)) {
                uint32_t room = NIC_DescCache - 1 - (d.filled_q - c.taken_q[q]);
                for (uint32_t n = r.below(3); n && room; n--, room--, d.filled_q++) {
                    d.cache[d.filled_q % NIC_DescCache][0] = r.one_in(10) ? 0 : u64(r);
                    d.cache[d.filled_q % NIC_DescCache][1] = u64(r);
                }
            }
        }
    }

    void registers(lockstep_rng &r)
    {
        uint32_t &rctl = reg[IGB_R_RCTL];
        if (r.one_in(rctl & FMASK(IGB_RCTL_EN) ? 2 * off_odds : 8)) rctl ^= FMASK(IGB_RCTL_EN);
        if (r.one_in(64)) rctl = (rctl & FMASK(IGB_RCTL_EN)) | (r.u32() & FMASK(IGB_RCTL_BSIZE));
        if (r.one_in(50)) reg[IGB_R_RXCSUM] = r.u32();
        if (r.one_in(200)) reg[IGB_R_QDE] = r.one_in(drop_odds) ? 0 : r.u32() & 0xFFFF;
        if (r.one_in(20)) srrctl(r.below(IGB_Queues), r);
        const uint32_t q = r.below(IGB_Queues);
        uint32_t &rxdctl = reg[IGB_R_RXDCTL + q];
        if (r.one_in(rxdctl & FMASK(IGB_RXDCTL_ENABLE) ? off_odds : 20))
            rxdctl ^= FMASK(IGB_RXDCTL_ENABLE);
        ring[q].fetching = r.one_in(fetch_odds) && fetch_odds > 1;
        if (r.one_in(in.may >> q & 1 ? off_odds : 10)) in.may = (uint16_t)(in.may ^ 1u << q);
        if (r.one_in(30)) func[q] = (uint8_t)r.u32();
        if (r.one_in(100)) in.there = (uint8_t)r.u32();
    }

    // The RTL's vector of what is beyond the 82540EM.
    static void extra(const rx_frame_t &f, uint32_t *to)
    {
        unsigned __int128 x = 0;
        x |= (unsigned __int128)f.queues << IGB_RxExtraQueues;
        x |= (unsigned __int128)f.hash << IGB_RxExtraHash;
        x |= (unsigned __int128)f.rss_type << IGB_RxExtraType;
        x |= (unsigned __int128)f.packet << IGB_RxExtraPacket;
        x |= (unsigned __int128)f.hdr_len << IGB_RxExtraHdrLen;
        x |= (unsigned __int128)f.several << IGB_RxExtraSeveral;
        x |= (unsigned __int128)f.strip_tag << IGB_RxExtraStripTag;
        x |= (unsigned __int128)f.tagged << IGB_RxExtraTagged;
        x |= (unsigned __int128)f.lli << IGB_RxExtraLli;
        x |= (unsigned __int128)f.mcast << IGB_RxExtraMcast;
        x |= (unsigned __int128)f.strip_fcs << IGB_RxExtraStripFcs;
        for (uint32_t i = 0; i < 3; i++) to[i] = (uint32_t)(x >> 32 * i);
    }

    bool empty(uint32_t q) const
    {
        return desc_ring_empty(&ring[q], 0, 0, c.taken_q[q]);
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now) others(r);
        if (now % 2048 == 0) phase(r);
        in.now = now;
        reset = r.one_in(20 * rare_odds);
        in.restart = 0;
        if (r.one_in(rare_odds))
            in.restart = (uint16_t)(1u << (r.one_in(3) ? r.below(IGB_Queues) : c.queue_q));
        if (r.one_in(10 * rare_odds)) in.restart = (uint16_t)r.u32();
        registers(r);
        in.sent = c.req.valid && r.one_in(sent_odds);
        in.frame = &frame[c.frames_q % NIC_RxFramesMax];
        in.next = &frame[(c.frames_q + 1) % NIC_RxFramesMax];
        in.loop = &loop[c.loops_q % NIC_TxFramesMax];
        in.loop_next = &loop[(c.loops_q + 1) % NIC_TxFramesMax];
        count();
        Vrx_dma_82576 &d = *dut;
        d.reset_i = reset;
        d.en_i = FGET(IGB_RCTL_EN, reg[IGB_R_RCTL]);
        d.bsize_i = FGET(IGB_RCTL_BSIZE, reg[IGB_R_RCTL]);
        d.pcsd_i = FGET(IGB_RXCSUM_PCSD, reg[IGB_R_RXCSUM]);
        d.qde_i = (uint16_t)reg[IGB_R_QDE];
        d.enable_i = d.empty_i = 0;
        for (uint32_t q = 0; q < IGB_Queues; q++) {
            d.enable_i |= FGET(IGB_RXDCTL_ENABLE, reg[IGB_R_RXDCTL + q]) << q;
            d.srrctl_i[q] = reg[IGB_R_SRRCTL + q];
            d.empty_i |= empty(q) << q;
        }
        for (uint32_t i = 0; i < 4; i++) d.func_i[i] = d.filled_i[i] = 0;
        for (uint32_t q = 0; q < IGB_Queues; q++) {
            d.func_i[q / 4] |= (uint32_t)func[q] << q % 4 * 8;
            d.filled_i[q / 4] |= (ring[q].filled_q & 0xFF) << q % 4 * 8;
        }
        d.restart_i = in.restart;
        d.may_i = in.may;
        d.there_i = in.there;
        d.frames_i = in.frames & 0xFFF;
        d.loops_i = in.loops & 0x3FF;
        d.rx_bytes_i = in.rx_bytes;
        d.tx_bytes_i = in.tx_bytes;
        d.sent_i = in.sent;
        // The memories are read at the addresses that the RTL gives.
        const rx_frame_t &f = frame[d.frames_o % NIC_RxFramesMax];
        const rx_frame_t &next = frame[(d.frames_o + 1u) % NIC_RxFramesMax];
        d.frame_start_i = (uint16_t)f.start;
        d.frame_len_i = f.len & 0x7FFF;
        d.frame_granules_i = f.granules & 0x7FF;
        d.frame_csum_i = f.csum;
        d.frame_vlan_i = f.vlan;
        d.frame_status_i = f.status;
        d.frame_errors_i = f.errors;
        extra(f, &d.frame_extra_i[0]);
        d.next_start_i = (uint16_t)next.start;
        d.next_len_i = next.len & 0x7FFF;
        extra(next, &d.next_extra_i[0]);
        const sw_loop_t &l = loop[d.loops_o % NIC_TxFramesMax];
        const sw_loop_t &then = loop[(d.loops_o + 1u) % NIC_TxFramesMax];
        d.loop_start_i = (uint16_t)l.start;
        d.loop_len_i = l.len & 0x7FFF;
        d.loop_queues_i = l.queues;
        d.loop_tag_i = loop_tag[d.loops_o % NIC_TxFramesMax];
        d.loop_strip_tag_i = l.strip_tag;
        d.loop_put_tag_i = l.put_tag;
        d.loop_mcast_i = l.mcast;
        d.loop_pif_i = l.pif;
        d.loop_next_start_i = (uint16_t)then.start;
        d.loop_next_len_i = then.len & 0x7FFF;
        d.loop_next_queues_i = then.queues;
        d.loop_next_strip_tag_i = then.strip_tag;
        d.loop_next_put_tag_i = then.put_tag;
        d.clk_i = 0;
        d.eval(); // desc_queue_o answers to the lists
        const uint32_t q = d.desc_queue_o, taken = d.taken_o[q / 4] >> q % 4 * 8 & 0xFF;
        for (uint32_t i = 0; i < 4; i++) {
            d.desc_i[i] = (uint32_t)(ring[q].cache[taken % NIC_DescCache][i / 2] >> 32 * (i % 2));
            d.desc_next_i[i] =
                (uint32_t)(ring[q].cache[(taken + 1) % NIC_DescCache][i / 2] >> 32 * (i % 2));
        }
    }

    static uint64_t half(const VlWide<4> &w, uint32_t i)
    {
        return (uint64_t)w[2 * i + 1] << 32 | w[2 * i];
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const bool done = c.done.cyc == now, p = c.p_cyc == now, drop = c.drop_cyc == now;
        d.same("req_valid_o", dut->req_valid_o, c.req.valid);
        if (c.req.valid) {
            // A tag that was put in is not in the RTL's memory.
            const sw_loop_t &l = loop[c.loops_q % NIC_TxFramesMax];
            const bool put = c.loop_q && l.put_tag;
            const bool imm = put && !l.strip_tag && c.off_q >= 12 && c.off_q < 16;
            uint32_t off = c.req.off;
            if (put && !imm && c.off_q >= 12) off = off >= 4 ? off - 4 : off - 4 + c.req.wrap;
            d.same("req_addr_o", dut->req_addr_o, c.req.addr);
            d.same("req_len_o", dut->req_len_o, c.req.len);
            d.same("req_func_o", dut->req_func_o, c.req.func);
            d.same("req_off_o", dut->req_off_o, off);
            d.same("req_loop_o", dut->req_loop_o, c.loop_q);
            d.same("req_imm_en_o", dut->req_imm_en_o, imm);
            if (imm) d.same("req_imm_o", dut->req_imm_o, loop_tag[c.loops_q % NIC_TxFramesMax]);
        }
        for (uint32_t q = 0; q < IGB_Queues; q++)
            d.same("taken_o", dut->taken_o[q / 4] >> q % 4 * 8 & 0xFF, c.taken_q[q] & 0xFF);
        d.same("frames_o", dut->frames_o, c.frames_q & 0xFFF);
        d.same("loops_o", dut->loops_o, c.loops_q & 0x3FF);
        d.same("done_o", dut->done_o, done);
        if (done) {
            d.same("done_queue_o", dut->done_queue_o, c.done_queue);
            d.same("done_eop_o", dut->done_eop_o, c.done.eop);
            d.same("done_lli_o", dut->done_lli_o, c.done_lli);
            d.same("done_wb_o[63:0]", half(dut->done_wb_o, 0), c.done.wb[0]);
            d.same("done_wb_o[127:64]", half(dut->done_wb_o, 1), c.done.wb[1]);
        }
        d.same("p_o", dut->p_o, p);
        if (p) {
            d.same("p_queue_o", dut->p_queue_o, c.p_queue);
            d.same("p_len_o", dut->p_len_o, c.p_len);
            d.same("p_bytes_o", dut->p_bytes_o, c.p_bytes);
            d.same("p_loop_o", dut->p_loop_o, c.p_loop);
            d.same("p_mcast_o", dut->p_mcast_o, c.p_mcast);
            d.same("p_vf_o", dut->p_vf_o, c.p_vf);
        }
        d.same("drop_o", dut->drop_o, drop);
        if (drop) {
            d.same("drop_queue_o", dut->drop_queue_o, c.drop_queue);
            d.same("drop_off_o", dut->drop_off_o, c.drop_off);
            d.same("drop_loop_o", dut->drop_loop_o, c.drop_loop);
        }
        const pb_free_t &f = c.free_log[(c.free_count - 1) % PB_FREES];
        const bool frees = c.free_count && f.cyc == now;
        d.same("free_o", dut->free_o, frees);
        if (frees) d.same("granules_o", dut->granules_o, f.granules);
        d.same("rnbc_o", dut->rnbc_o, c.rnbc_cyc == now);
    }

    bool more() const
    {
        return c.here_q != c.chunk_q || c.then_q;
    }

    // Coincidences before the tick.
    void count()
    {
        const bool en = reg[IGB_R_RCTL] & FMASK(IGB_RCTL_EN);
        const bool waits = in.frames != c.frames_q || in.loops != c.loops_q;
        const bool under_way = c.state_q == RXQ_REQ, idle = c.state_q == RXQ_IDLE;
        const bool hit = in.restart >> c.queue_q & 1;
        const bool off = !(reg[IGB_R_RXDCTL + c.queue_q] & FMASK(IGB_RXDCTL_ENABLE));
        if (reset) {
            corners[RESET_REQ].count += under_way && !in.sent;
            corners[RESET_SENT].count += under_way && in.sent;
            return;
        }
        corners[RESTART_REQ].count += hit && under_way && !in.sent;
        corners[RESTART_PIECE].count += hit && under_way && in.sent && more();
        corners[RESTART_SENT].count += hit && under_way && in.sent && !more();
        corners[RESTART_PART].count += hit && idle && c.off_q && en;
        corners[RESTART_PART_EN_OFF].count += hit && idle && c.off_q && !en;
        corners[RESTART_STALE].count += hit && c.state_q == RXQ_STALE && !in.sent;
        corners[RESTART_OTHER].count += !hit && in.restart && under_way && in.sent;
        corners[RESTART_WAITS].count += hit && idle && c.busy_q && !c.off_q && en;
        corners[STALE_SENT].count += !hit && c.state_q == RXQ_STALE && in.sent;
        corners[OFF_REQ].count += off && under_way && in.sent && !hit;
        corners[OFF_PART].count += off && idle && c.off_q && en;
        corners[EN_OFF_REQ].count += !en && under_way && in.sent && !more();
        corners[EN_OFF_PIECE].count += !en && under_way && in.sent && more() && !hit;
        corners[EN_OFF_WAITS].count += !en && idle && waits;
        corners[STARVED_AGAIN].count += en && idle && c.starved_q && empty(c.queue_q) && !hit;
        corners[HOLDS_UP].count +=
            idle && c.busy_q && in.frames != c.frames_q && in.loops != c.loops_q;
    }

    // Coincidences that the tick tells.
    void count_done(uint64_t now, const rx_dma_82576_t &was)
    {
        const bool p = c.p_cyc == now + 1, done = c.done.cyc == now + 1,
                   drop = c.drop_cyc == now + 1;
        const bool piece = was.state_q == RXQ_REQ && in.sent && c.req.valid && !done;
        const bool taken = c.req.valid && !piece && (!was.req.valid || in.sent);
        const bool starts = piece || taken;
        const bool frame_ended = c.frames_q != was.frames_q || c.loops_q != was.loops_q;
        const bool waits = in.frames != c.frames_q || in.loops != c.loops_q;
        const bool en = reg[IGB_R_RCTL] & FMASK(IGB_RCTL_EN);
        const uint32_t type = FGET(IGB_SRRCTL_DESCTYPE, reg[IGB_R_SRRCTL + c.queue_q]);
        const bool strip = c.loop_q ? loop[c.loops_q % NIC_TxFramesMax].strip_tag
                                    : frame[c.frames_q % NIC_RxFramesMax].strip_tag;
        const bool put = c.loop_q && loop[c.loops_q % NIC_TxFramesMax].put_tag;
        const uint32_t hdr_len = c.loop_q ? 0 : frame[c.frames_q % NIC_RxFramesMax].hdr_len;
        const bool head = taken && c.first_q && c.head_q;
        corners[PARTS].count += p && !was.first_q;
        corners[PIECES].count += piece;
        corners[SPLIT].count += head && c.then_q;
        corners[SPLIT_ONLY_HEAD].count += head && !c.hbo_q && !c.part_q && type == RXD_SPLIT;
        corners[SPLIT_PARTS].count += done && !p && was.first_q && was.head_q && !was.hbo_q;
        corners[SPLIT_LONG].count += taken && c.hbo_q;
        corners[SPLIT_ALWAYS_ALL].count += head && !c.part_q && type == RXD_SPLIT_ALWAYS;
        corners[HDR_LEN_MANY].count += head && hdr_len > 1027;
        corners[SPLIT_STRIPPED].count += piece && strip && c.then_q && !put && !c.legacy_q;
        corners[LEGACY_STRIPPED].count += piece && strip && c.legacy_q;
        corners[LOOP_PUT].count += piece && put && !strip && c.off_q == 12;
        corners[LOOP_PUT_STRIPPED].count += piece && put && strip;
        corners[LOOP_SPLIT].count += head && c.loop_q;
        corners[AROUND].count += starts && !c.loop_q && c.req.off + c.req.len > in.rx_bytes;
        corners[LOOP_AROUND].count += starts && c.loop_q && c.req.off + c.req.len > in.tx_bytes;
        corners[NEXT_NOW].count += p && frame_ended && taken;
        corners[NEXT_WAITS].count += p && frame_ended && !taken && waits && en;
        corners[NEXT_LOOP].count += p && frame_ended && taken && !was.loop_q && c.loop_q;
        corners[NEXT_FRAME_BEHIND_LOOP].count +=
            p && frame_ended && taken && was.loop_q && !c.loop_q;
        corners[LOOP_BEHIND_LOOP].count += p && frame_ended && taken && was.loop_q && c.loop_q;
        corners[QUEUE_NOW].count += p && !frame_ended && taken;
        corners[SAME_QUEUE_NOW].count += p && frame_ended && taken && c.queue_q == was.queue_q;
        corners[QUEUES_16].count +=
            frame_ended && (c.loop_q ? in.loop->queues : in.frame->queues) == 0xFFFF;
        corners[DROP_EMPTY].count += drop && !c.drop_off && in.may >> c.drop_queue & 1;
        corners[DROP_MAY].count += drop && !c.drop_off && !(in.may >> c.drop_queue & 1);
        corners[DROP_INSIDE].count += drop && !c.drop_off && was.off_q;
        corners[DROP_OFF].count += drop && c.drop_off;
        corners[DROP_LAST].count += drop && frame_ended;
        corners[DROP_FIRST].count += drop && !frame_ended && !was.busy_q;
        corners[DROP_LOOP].count += drop && c.drop_loop;
        corners[DROP_RESTS].count += en && was.state_q == RXQ_IDLE && waits && !taken && !drop &&
                                     now < was.rest_cyc && c.busy_q &&
                                     !(reg[IGB_R_RXDCTL + c.queue_q] & FMASK(IGB_RXDCTL_ENABLE));
        corners[TAKEN_IN_REST].count += taken && !in.sent && now < was.rest_cyc;
        corners[NO_DROP_WITH_DONE].count +=
            done && c.busy_q && !c.off_q && !taken && en &&
            !(reg[IGB_R_RXDCTL + c.queue_q] & FMASK(IGB_RXDCTL_ENABLE));
        corners[RESTART_NEXT].count += p && en && c.busy_q && !taken && in.restart >> c.queue_q & 1;
        corners[STARVED].count += c.rnbc_cyc == now + 1;
        corners[LLI].count += done && c.done_lli;
    }

    void tick(uint64_t now)
    {
        if (reset) {
            rx_dma_82576_reset(&c);
            return;
        }
        const rx_dma_82576_t was = c;
        rx_dma_82576_tick(&c, &in);
        count_done(now, was);
    }

    void print() const
    {
        printf(" reset %d restart %04X rctl %08X may %04X frames %u loops %u sent %d", reset,
               in.restart, reg[IGB_R_RCTL], in.may, in.frames, in.loops, in.sent);
        printf(" state %d busy %d loop %d queue %u left %04X off %u chunk %u", c.state_q, c.busy_q,
               c.loop_q, c.queue_q, c.left_q, c.off_q, c.chunk_q);
        printf(" frame %u+%u for %04X loop %u+%u for %04X", in.frame->start, in.frame->len,
               in.frame->queues, in.loop->start, in.loop->len, in.loop->queues);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("rx_dma_82576", argc, argv);
}
