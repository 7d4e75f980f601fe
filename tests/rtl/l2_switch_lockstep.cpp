// SPDX-License-Identifier: Apache-2.0
// rtl/l2_switch.sv beside model/l2_switch.c, among neighbours that list, send and deliver frames at random. The rows of the
// tables are what the RTL asks for.
#include "tests/rtl/lockstep.h"

#include <algorithm>
#include <cstring>

#include "Vl2_switch.h"
extern "C" {
#include "model/l2_switch.h"
#include "model/pool_filter.h"
}

namespace
{

// A list entry as the RTL has it, beside that of the C.
struct entry {
    uint32_t start, ip_off, tu_off;
    uint16_t tag, vet, ip_val, tu_val;
    bool tag_en, ip_en, tu_en;
};

// The module with its tables.
struct switch_dut {
    Vl2_switch v;
    const uint32_t *reg = nullptr;
    uint8_t &clk_i = v.clk_i, &rst_ni = v.rst_ni;
    void eval()
    {
        v.eval();
        if (!reg) return;
        v.mta_row_i = reg[IGB_R_MTA + v.hash_addr_o];
        v.uta_row_i = reg[IGB_R_UTA + v.hash_addr_o];
        v.vfta_row_i = reg[IGB_R_VFTA + v.vfta_addr_o];
        v.eval();
    }
};

struct bench {
    std::unique_ptr<switch_dut> dut = std::make_unique<switch_dut>();
    std::vector<uint32_t> reg = std::vector<uint32_t>(IGB_R_COUNT);
    l2_switch_t c = {};
    l2_switch_in_t in = {};
    tx_frame_t list[NIC_TxFramesMax] = {};
    entry more[NIC_TxFramesMax] = {};      // of list
    entry wire_more[NIC_TxFramesMax] = {}; // of c.wire
    tx_frame_t wire_frame[NIC_TxFramesMax] = {};
    entry loop_more[NIC_TxFramesMax] = {}; // of c.loop
    tx_frame_t loop_frame[NIC_TxFramesMax] = {};
    uint32_t sent = 0;
    bool reset = false, moved = false;
    uint64_t sent_cyc = 0, loop_cyc = 0; // when mac_tx and rx_dma have taken one
    uint32_t row = 0;                    // frames given back in consecutive ticks
    // kind of weather
    uint32_t put_odds = 10, send_odds = 10, end_odds = 10, loop_odds = 10, turn_odds = 100,
             read_odds = 100, reset_odds = 100000;
    enum {
        WIRE,
        LOOP,
        BOTH,
        NEITHER,
        SPOOF_MAC,
        SPOOF_VLAN,
        SPOOF_QUIET,
        READ,
        READ_SETS,
        TURN,
        FULL,
        UNFULL,
        LISTED_FULL,
        FREE_DECIDE,
        FREE_ROW,
        FREE_NOBODY,
        LOOP_LATE,
        WIRE_LATE,
        STRIP,
        PUT,
        STRIP_PUT,
        HALF_TAG,
        NO_FCS,
        PADDED,
        VF,
        NO_VF,
        SEVERAL,
        PIF,
        RESET_LOOK,
        RESET_DECIDE,
        WIRE_ONE,
        WIRE_MANY,
        LOOP_ONE,
        LOOP_MANY,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"to the wire", 0},
        {"to queues", 0},
        {"to both", 0},
        {"to nobody", 0},
        {"spoofed address", 0},
        {"spoofed VLAN", 0},
        {"spoofed, no cause", 0},
        {"WVBR read, bits set", 0},
        {"WVBR read in the tick that sets a bit", 0},
        {"registers change in the cycle of the decision", 0},
        {"a frame waits because too many are not free", 0},
        {"and is begun when a place is free", 0},
        {"512 listed frames wait", 0},
        {"one is decided, another free in the same tick", 0},
        {"eight free in a row", 0},
        {"nobody's frame is free in the tick behind its decision", 0},
        {"rx_dma later than mac_tx", 0},
        {"mac_tx later than rx_dma", 0},
        {"tag to be taken off", 0},
        {"tag not in the packet buffer", 0},
        {"both", 0},
        {"half a tag, not to be taken off", 0},
        {"FCS of the host", 0},
        {"looped frame was padded", 0},
        {"pool of a VF", 0},
        {"pool without a VF", 0},
        {"several pools", 0},
        {"inexact", 0},
        {"reset while looking", 0},
        {"reset in the tick of a decision", 0},
        {"listed for an idle mac_tx", 0},
        {"listed for mac_tx with four waiting", 0},
        {"listed for an idle rx_dma", 0},
        {"listed for rx_dma with four waiting", 0},
    };

    void init()
    {
        dut->reg = reg.data();
        in.reg = reg.data();
        l2_switch_reset(&c);
    }

    // ---- registers, as for pool_filter ----

    static void address(uint8_t *a, lockstep_rng &r)
    {
        static const uint8_t first[] = {0x02, 0x52, 0x01};
        const uint32_t kind = r.below(8);
        memset(a, 0xFF, 6);
        if (kind == 0) return;
        for (int i = 0; i < 6; i++) a[i] = 0;
        a[0] = first[r.below(3)];
        a[5] = (uint8_t)r.below(6);
        if (r.one_in(12)) a[r.below(6)] ^= (uint8_t)(1u << r.below(8));
    }

    void registers(lockstep_rng &r)
    {
        for (unsigned n = 0; n < IGB_RAL_COUNT; n++) {
            uint8_t a[6];
            address(a, r);
            reg[IGB_R_RAL + n] = a[0] | a[1] << 8 | a[2] << 16 | (uint32_t)a[3] << 24;
            reg[IGB_R_RAH + n] = a[4] | a[5] << 8 | (r.u32() & 0x7C000000) |
                                 (r.one_in(2) ? FMASK(IGB_RAH_AV) : 0) |
                                 FPUT(IGB_RAH_ASEL, r.one_in(5) ? r.u32() : 0) |
                                 FPUT(IGB_RAH_POOL, r.one_in(4) ? r.u32() : 1u << r.below(8));
        }
        for (unsigned n = 0; n < IGB_VLVF_COUNT; n++)
            reg[IGB_R_VLVF + n] = r.below(6) | (r.u32() & 0x7FF00000) |
                                  FPUT(IGB_VLVF_POOLSEL, r.one_in(3) ? r.u32() : 1u << r.below(8)) |
                                  (r.one_in(2) ? FMASK(IGB_VLVF_EN) : 0);
        for (unsigned p = 0; p < IGB_Pools; p++)
            reg[IGB_R_VMOLR + p] = ((r.u32() | r.u32()) & 0xFFFFC000) |
                                   (r.one_in(5) ? r.below(16384) : 1512 + r.below(16));
        static const unsigned tables[] = {IGB_R_MTA, IGB_R_UTA, IGB_R_VFTA};
        const unsigned t = tables[r.below(3)];
        const uint32_t all = r.one_in(2) ? UINT32_MAX : 0;
        const bool same = r.one_in(2);
        for (unsigned i = 0; i < 128; i++) reg[t + i] = same ? all : r.u32();
        reg[IGB_R_MRQC] =
            (r.u32() & ~FMASK(IGB_MRQC_MODE)) | (r.one_in(10) ? r.below(8) : 3 + 2 * r.below(2));
        reg[IGB_R_RCTL] = r.u32();
        if (r.one_in(2)) reg[IGB_R_RCTL] &= ~FMASK(IGB_RCTL_CFIEN);
        reg[IGB_R_VT_CTL] = r.u32() & ~(r.one_in(8) ? 0u : FMASK(IGB_VT_CTL_IGNORE_MAC));
        reg[IGB_R_RPLOLR] = r.u32();
        reg[IGB_R_VFRE] = r.one_in(3) ? r.below(256) : 0xFF;
        reg[IGB_R_DTXSWC] = r.u32() & (r.one_in(4) ? UINT32_MAX : 0x00FF0000 & r.u32());
        if (!r.one_in(6)) reg[IGB_R_DTXSWC] |= FMASK(IGB_DTXSWC_LOOPBACK_EN);
        reg[IGB_R_CTRL] = r.u32();
        reg[IGB_R_VET] = r.one_in(10) ? r.u32() : 0x88A88100;
        reg[IGB_R_DTXCTL] = r.u32();
        in.there = (uint8_t)r.u32();
    }

    void apply_registers()
    {
        Vl2_switch &v = dut->v;
        for (unsigned n = 0; n < IGB_RAL_COUNT; n++) {
            v.ral_i[n] = reg[IGB_R_RAL + n];
            v.rah_i[n] = reg[IGB_R_RAH + n];
        }
        for (unsigned n = 0; n < IGB_VLVF_COUNT; n++) v.vlvf_i[n] = reg[IGB_R_VLVF + n];
        for (unsigned p = 0; p < IGB_Pools; p++) v.vmolr_i[p] = reg[IGB_R_VMOLR + p];
        v.rctl_i = reg[IGB_R_RCTL];
        v.vme_i = FGET(IGB_CTRL_VME, reg[IGB_R_CTRL]);
        v.vet_i = (uint16_t)reg[IGB_R_VET];
        v.mrqc_i = reg[IGB_R_MRQC];
        v.vt_ctl_i = reg[IGB_R_VT_CTL];
        v.dtxswc_i = reg[IGB_R_DTXSWC];
        v.rplolr_i = reg[IGB_R_RPLOLR];
        v.vfre_i = (uint8_t)reg[IGB_R_VFRE];
        v.spoof_int_i = FGET(IGB_DTXCTL_SPOOF_INT, reg[IGB_R_DTXCTL]);
        v.there_i = in.there;
    }

    // ---- neighbours ----

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 4, 10, 30, 200, 100000};
        put_odds = odds[r.below(5)];
        send_odds = odds[r.below(5)];
        end_odds = odds[r.below(6)];
        loop_odds = odds[r.below(6)];
        turn_odds = odds[2 + r.below(4)];
        read_odds = odds[2 + r.below(3)];
        reset_odds = r.one_in(4) ? 1000 : 50000;
    }

    void put(lockstep_rng &r)
    {
        const uint32_t slot = in.listed++ % NIC_TxFramesMax;
        entry &e = more[slot];
        tx_frame_t &f = list[slot];
        f = tx_frame_t{};
        e = entry{};
        e.start = r.below(4096);
        f.start = 16 * e.start;
        f.raw_len = (uint16_t)(r.one_in(4) ? 1 + r.below(30) : 1 + r.below(1530));
        f.queue = (uint8_t)r.below(IGB_Queues);
        f.add_fcs = !r.one_in(4);
        address(f.head, r);
        address(f.head + 6, r);
        const uint32_t type = r.one_in(2) ? reg[IGB_R_VET] : r.one_in(2) ? 0x0800 : r.u32();
        f.head[12] = (uint8_t)(type >> 8);
        f.head[13] = (uint8_t)type;
        f.head[14] = (uint8_t)(r.u32() & (r.one_in(20) ? 0xFF : 0xF0));
        f.head[15] = (uint8_t)r.below(r.one_in(20) ? 256 : 6);
        e.tag_en = f.tag_put = f.raw_len >= 12 && r.one_in(3);
        const uint32_t len = f.raw_len + 4u * e.tag_en;
        for (uint32_t i = len; i < 16; i++) f.head[i] = 0;
        e.vet = (uint16_t)(f.head[12] << 8 | f.head[13]);
        e.tag = (uint16_t)(f.head[14] << 8 | f.head[15]);
        f.len = r.one_in(4) ? len : std::max(len, 60u);
        f.granules = 1 + (f.len + 15) / 16;
        e.ip_off = r.below(256);
        e.tu_off = r.below(256);
        e.ip_val = (uint16_t)r.u32();
        e.tu_val = (uint16_t)r.u32();
        e.ip_en = r.one_in(2);
        e.tu_en = r.one_in(2);
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now == 0)
            for (int i = 0; i < 20; i++) registers(r);
        if (now % 16384 == 0) phase(r);
        if (reset) in.listed = in.wire_ended = in.loop_ended = sent = 0;
        in.now = now;
        const bool decides = c.due_cyc == now;
        reset = r.one_in(reset_odds) || (decides && r.one_in(2000));
        moved = now == 0 || r.one_in(decides ? 20 : turn_odds);
        if (moved) {
            registers(r);
            apply_registers();
        }
        if (in.listed - c.looked_q < NIC_TxFramesMax && r.one_in(put_odds)) put(r);
        if (sent != c.wire_q && now >= sent_cyc + 3 && r.one_in(send_odds)) {
            sent++;
            sent_cyc = now;
        }
        if (in.wire_ended != sent && r.one_in(end_odds)) in.wire_ended++;
        if (in.loop_ended != c.loop_q && now >= loop_cyc + 3 && r.one_in(loop_odds)) {
            in.loop_ended++;
            loop_cyc = now;
        }
        in.csr.valid = r.one_in(read_odds) || (decides && r.one_in(20));
        in.csr.write = r.one_in(4);
        in.csr.id = r.one_in(4) ? (uint16_t)r.below(IGB_R_COUNT) : (uint16_t)IGB_R_WVBR;
        in.frame = &list[c.looked_q % NIC_TxFramesMax];
        apply();
    }

    void apply()
    {
        Vl2_switch &v = dut->v;
        const tx_frame_t &f = *in.frame;
        const entry &e = more[c.looked_q % NIC_TxFramesMax];
        v.reset_i = reset;
        v.listed_i = in.listed & 0x3FF;
        v.f_start_i = (uint16_t)e.start;
        v.f_len_i = (uint16_t)f.len;
        v.f_raw_len_i = f.raw_len;
        v.f_granules_i = (uint16_t)f.granules;
        v.f_add_fcs_i = f.add_fcs;
        v.f_tag_en_i = e.tag_en;
        v.f_tag_i = e.tag;
        v.f_vet_i = e.vet;
        v.f_ip_en_i = e.ip_en;
        v.f_ip_off_i = (uint8_t)e.ip_off;
        v.f_ip_val_i = e.ip_val;
        v.f_tu_en_i = e.tu_en;
        v.f_tu_off_i = (uint8_t)e.tu_off;
        v.f_tu_val_i = e.tu_val;
        v.f_queue_i = f.queue;
        for (unsigned n = 0; n < 4; n++)
            v.f_head_i[n] = f.head[4 * n] | f.head[4 * n + 1] << 8 | f.head[4 * n + 2] << 16 |
                            (uint32_t)f.head[4 * n + 3] << 24;
        v.csr_valid_i = in.csr.valid;
        v.csr_write_i = in.csr.write;
        v.csr_id_i = in.csr.id;
        v.wire_sent_i = sent & 0x3FF;
        v.wire_ended_i = in.wire_ended & 0x3FF;
        v.loop_ended_i = in.loop_ended & 0x3FF;
    }

    void compare(uint64_t now, lockstep_diff &d)
    {
        const Vl2_switch &v = dut->v;
        d.same("looked_o", v.looked_o, c.looked_q & 0x3FF);
        d.same("freed_o", v.freed_o, c.freed_q & 0x1FFF);
        d.same("wire_o", v.wire_o, c.wire_q & 0x3FF);
        d.same("loop_o", v.loop_o, c.loop_q & 0x3FF);
        d.same("wvbr_o", v.wvbr_o, c.wvbr_q);
        d.same("doutsync_o", v.doutsync_o, c.doutsync_cyc == now);
        d.same("what_valid_o", v.what_valid_o, c.what.cyc == now);
        d.same("what_len_o", v.what_len_o, c.what.len);
        d.same("what_queue_o", v.what_queue_o, c.what.queue);
        d.same("what_vf_o", v.what_vf_o, c.what.vf);
        d.same("what_spoof_o", v.what_spoof_o, c.what.spoof);
        d.same("what_wire_o", v.what_wire_o, c.what.wire);
        d.same("what_queues_o", v.what_queues_o, c.what.queues);
        d.same("what_loop_len_o", v.what_loop_len_o, c.what.loop_len);
        if (sent != c.wire_q) compare_wire(d);
        if (in.loop_ended != c.loop_q) {
            const sw_loop_t &l = c.loop[in.loop_ended % NIC_TxFramesMax];
            const entry &e = loop_more[in.loop_ended % NIC_TxFramesMax];
            const uint8_t *h = loop_frame[in.loop_ended % NIC_TxFramesMax].head;
            d.same("l_start_o", v.l_start_o, l.start);
            d.same("l_len_o", v.l_len_o, l.len);
            d.same("l_queues_o", v.l_queues_o, l.queues);
            d.same("l_tag_o", v.l_tag_o, h[12] | h[13] << 8 | h[14] << 16 | (uint32_t)h[15] << 24);
            d.same("l_strip_tag_o", v.l_strip_tag_o, l.strip_tag);
            d.same("l_put_tag_o", v.l_put_tag_o, l.put_tag);
            d.same("l_mcast_o", v.l_mcast_o, l.mcast);
            d.same("l_pif_o", v.l_pif_o, l.pif);
            d.same("l_ip_en_o", v.l_ip_en_o, e.ip_en);
            d.same("l_ip_off_o", v.l_ip_off_o, e.ip_off);
            d.same("l_ip_val_o", v.l_ip_val_o, e.ip_val);
            d.same("l_tu_en_o", v.l_tu_en_o, e.tu_en);
            d.same("l_tu_off_o", v.l_tu_off_o, e.tu_off);
            d.same("l_tu_val_o", v.l_tu_val_o, e.tu_val);
        }
        // Nobody looks at it sooner.
        if (c.loop_q - in.loop_ended > 1 && c.loop_q - in.loop_ended <= NIC_TxFramesMax &&
            now >= loop_cyc + 2)
            compare_next(d);
    }

    void compare_wire(lockstep_diff &d)
    {
        const Vl2_switch &v = dut->v;
        const tx_frame_t &w = c.wire[sent % NIC_TxFramesMax];
        const tx_frame_t &f = wire_frame[sent % NIC_TxFramesMax];
        const entry &e = wire_more[sent % NIC_TxFramesMax];
        d.same("w_start_o", v.w_start_o, w.start / 16);
        d.same("w_len_o", v.w_len_o, w.len);
        d.same("w_granules_o", v.w_granules_o, w.granules);
        d.same("w_add_fcs_o", v.w_add_fcs_o, w.add_fcs);
        d.same("w_raw_len_o", v.w_raw_len_o, f.raw_len);
        d.same("w_tag_en_o", v.w_tag_en_o, e.tag_en);
        d.same("w_tag_o", v.w_tag_o, e.tag);
        d.same("w_vet_o", v.w_vet_o, e.vet);
        d.same("w_ip_en_o", v.w_ip_en_o, e.ip_en);
        d.same("w_ip_off_o", v.w_ip_off_o, e.ip_off);
        d.same("w_ip_val_o", v.w_ip_val_o, e.ip_val);
        d.same("w_tu_en_o", v.w_tu_en_o, e.tu_en);
        d.same("w_tu_off_o", v.w_tu_off_o, e.tu_off);
        d.same("w_tu_val_o", v.w_tu_val_o, e.tu_val);
    }

    void compare_next(lockstep_diff &d)
    {
        const Vl2_switch &v = dut->v;
        const uint32_t slot = (in.loop_ended + 1) % NIC_TxFramesMax;
        const sw_loop_t &l = c.loop[slot];
        d.same("ln_start_o", v.ln_start_o, l.start);
        d.same("ln_len_o", v.ln_len_o, l.len);
        d.same("ln_queues_o", v.ln_queues_o, l.queues);
        d.same("ln_strip_tag_o", v.ln_strip_tag_o, l.strip_tag);
        d.same("ln_put_tag_o", v.ln_put_tag_o, l.put_tag);
    }

    void tick(uint64_t now)
    {
        if (reset) {
            corners[RESET_LOOK].count += c.due_cyc != NIC_NEVER;
            corners[RESET_DECIDE].count += c.due_cyc == now;
            l2_switch_reset(&c);
            full = false;
            row = 0;
            return;
        }
        const l2_switch_t &s = c;
        const uint32_t looked = s.looked_q, free = s.free_q, wire = s.wire_q, loop = s.loop_q;
        const uint32_t wire_free = s.wire_free_q, loop_free = s.loop_free_q;
        const uint16_t wvbr = s.wvbr_q;
        const bool idle = s.due_cyc == NIC_NEVER, waits = in.listed != looked;
        const bool read = in.csr.valid && !in.csr.write && in.csr.id == IGB_R_WVBR;
        const uint64_t decided = s.what.cyc;
        corners[FULL].count += idle && waits && looked - free == NIC_TxFramesMax;
        corners[LISTED_FULL].count += in.listed - looked == NIC_TxFramesMax;
        corners[READ].count += read && wvbr;
        l2_switch_tick(&c, &in);
        corners[UNFULL].count += full && s.due_cyc != NIC_NEVER;
        full = idle && waits && looked - free == NIC_TxFramesMax;
        // free
        const bool frees = s.free_q != free;
        row = frees ? row + 1 : 0;
        corners[FREE_ROW].count += row == 8;
        corners[FREE_DECIDE].count += frees && s.looked_q != looked;
        corners[FREE_NOBODY].count += frees && decided == now && free + 1 == looked &&
                                      s.wire_free_q == wire_free && s.loop_free_q == loop_free;
        const bool both = frees && s.wire_free_q != wire_free && s.loop_free_q != loop_free;
        corners[LOOP_LATE].count += both && loop_cyc == now;
        corners[WIRE_LATE].count += both && loop_cyc != now;
        // decided
        if (s.looked_q == looked) return;
        const uint32_t slot = looked % NIC_TxFramesMax;
        const tx_frame_t &f = list[slot];
        corners[TURN].count += moved;
        corners[NO_FCS].count += !f.add_fcs;
        corners[VF].count += s.what.vf;
        corners[NO_VF].count += !s.what.vf;
        corners[SPOOF_QUIET].count += s.what.spoof && s.doutsync_cyc != now + 1;
        corners[SPOOF_MAC].count += (s.wvbr_q & 0xFF & ~wvbr) != 0;
        corners[SPOOF_VLAN].count += (s.wvbr_q >> 8 & ~(wvbr >> 8)) != 0;
        corners[READ_SETS].count += read && wvbr && s.what.spoof;
        const bool w = s.wire_q != wire, l = s.loop_q != loop;
        corners[WIRE].count += w && !l;
        corners[LOOP].count += l && !w;
        corners[BOTH].count += l && w;
        corners[NEITHER].count += !l && !w && !s.what.spoof;
        if (w) {
            wire_more[wire % NIC_TxFramesMax] = more[slot];
            wire_frame[wire % NIC_TxFramesMax] = f;
            corners[WIRE_ONE].count += wire == sent;
            corners[WIRE_MANY].count += wire - sent >= 4;
        }
        if (!l) return;
        loop_more[loop % NIC_TxFramesMax] = more[slot];
        loop_frame[loop % NIC_TxFramesMax] = f;
        corners[LOOP_ONE].count += loop == in.loop_ended;
        corners[LOOP_MANY].count += loop - in.loop_ended >= 4;
        const sw_loop_t &x = s.loop[loop % NIC_TxFramesMax];
        corners[STRIP].count += x.strip_tag;
        corners[PUT].count += x.put_tag;
        corners[STRIP_PUT].count += x.strip_tag && x.put_tag;
        corners[SEVERAL].count += x.several;
        corners[PIF].count += x.pif;
        corners[PADDED].count += f.len > x.len;
        const pool_verdict_t v =
            pool_filter(f.head, s.what.len, f.queue % IGB_Pools, 0, reg.data());
        corners[HALF_TAG].count += v.strip_tag && !x.strip_tag;
    }

    void print() const
    {
        printf(
            " reset %d listed %u looked %u wire %u sent %u ended %u loop %u ended %u csr %d %d %u",
            reset, in.listed, c.looked_q, c.wire_q, sent, in.wire_ended, c.loop_q, in.loop_ended,
            in.csr.valid, in.csr.write, in.csr.id);
    }

    bool full = false; // the tick before found no place
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("l2_switch", argc, argv);
}
