// SPDX-License-Identifier: Apache-2.0
// rtl/mac_tx.sv beside model/mac_tx.c. The packet buffer of the C has the finished frames, that of the RTL the bytes that
// came from the host; the list has what is to be put over them. The read port says no as often as the packet buffer may.
#include "tests/rtl/lockstep.h"

#include <algorithm>
#include <cstring>

#include "Vmac_tx.h"
#include "Vmac_tx___024root.h"
extern "C" {
#include "model/mac_tx.h"
}

namespace
{

// A list entry as the RTL has it.
struct entry {
    uint32_t start, len, raw_len, granules, ip_off, tu_off;
    uint16_t tag, vet, ip_val, tu_val;
    bool add_fcs, tag_en, ip_en, tu_en;
};

struct bench {
    std::unique_ptr<Vmac_tx> dut = std::make_unique<Vmac_tx>();
    mac_tx_t c = {};
    mac_tx_in_t in = {};
    packet_buffer_t pb = {};
    stats_t stats = {};
    uint32_t reg[E1000_R_COUNT] = {};
    entry list[NIC_TxFramesMax] = {};
    uint8_t raw[NIC_PbBytes] = {};
    uint32_t rx_cap = 3072, wr = 0, alloc = 0, frames = 0;
    uint32_t speed = 2;
    bool any = false; // a frame has been on the wire
    bool reset = false, rready = true, read_taken = false;
    uint32_t refused = 0; // cycles in a row
    uint64_t read_data = 0;
    // kind of weather
    uint32_t frame_odds = 10, pause_odds = 1000, used_odds = 30, rare_odds = 1000, longest = 100;
    uint32_t no_odds = 2, gap_odds = 4, quanta = 4;
    bool short_gap = true;
    enum {
        TAG,
        TAG_12,
        IP,
        TU,
        OVER,
        SPLIT,
        OFF_255,
        PADDED,
        NO_FCS,
        LEN_1,
        WRAP,
        LONG,
        BCAST,
        MCAST,
        XOFF,
        XON,
        SWXOFF,
        OVERFLOW,
        FILL_HIGH,
        PAUSED,
        PAUSE_START,
        RESUME,
        PAUSE_ENDS,
        ORPHAN,
        ORPHAN_MOVED,
        RESET_LAST,
        RESET_START,
        LOOP,
        SLOW,
        SLOWEST,
        SPEED_TURNS,
        NO_LINK,
        LONG_GAP,
        REFUSED,
        NOT_COUNTED,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"tag", 0},
        {"tag behind the last byte", 0},
        {"IP checksum", 0},
        {"TCP/UDP checksum", 0},
        {"one checksum over the other", 0},
        {"checksum in two words", 0},
        {"checksum at 255", 0},
        {"padding", 0},
        {"FCS of the host", 0},
        {"frame of one byte", 0},
        {"frame that wraps", 0},
        {"frame of more than 8000 bytes", 0},
        {"broadcast", 0},
        {"multicast", 0},
        {"XOFF sent", 0},
        {"XON sent", 0},
        {"SWXOFF", 0},
        {"XOFF for a lost frame", 0},
        {"XOFF for the watermark", 0},
        {"a frame waits for the end of PAUSE", 0},
        {"PAUSE in the tick of a start", 0},
        {"PAUSE of 0 quanta ends another and lets a frame start", 0},
        {"PAUSE ends and a frame starts", 0},
        {"reset in a frame", 0},
        {"reset in a frame, the region moves", 0},
        {"reset in the tick of the last byte", 0},
        {"reset in the tick of a start", 0},
        {"loopback", 0},
        {"frame at 100 Mb/s", 0},
        {"frame at 10 Mb/s", 0},
        {"speed changes in a frame", 0},
        {"a frame waits for the link", 0},
        {"gap of more than 1000 byte times", 0},
        {"first read refused twice", 0},
        {"frame not counted", 0},
    };

    void init()
    {
        mac_tx_reset(&c, 0);
        in.reg = reg;
        in.list = pb.tx;
    }

    uint32_t tx_cap() const
    {
        return NIC_PbBytes / NIC_GranuleBytes - rx_cap;
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {5, 40, 200, 1000, 5000};
        static const uint32_t most[] = {20, 70, 300, 1600, 16384};
        speed = r.below(10) < 6 ? 2 : r.below(3) ? 1 : 0;
        longest = speed == 2 ? most[r.below(5)] : most[r.below(2)];
        frame_odds = odds[r.below(3)];
        pause_odds = odds[2 + r.below(3)] * 4;
        used_odds = odds[r.below(3)];
        rare_odds = odds[1 + r.below(4)] * 4;
        no_odds = 1 + r.below(4);
        gap_odds = 2 + r.below(8);
        quanta = r.one_in(6) ? 60 : 3;
        short_gap = !r.one_in(4);
        // Long gaps are for the fast link only.
        if (speed < 2) short_gap = true;
        if (short_gap) reg[E1000_R_AIT] = reg[E1000_R_TIPG] = 0;
        for (uint32_t k = 0; k < 3; k++) setting(r);
    }

    // A register with another value.
    void setting(lockstep_rng &r)
    {
        switch (r.below(8)) {
        case 0:
            reg[E1000_R_TIPG] = r.u32() & 0x3FFFFFFF & ~0x3FFu;
            reg[E1000_R_TIPG] |= r.below(short_gap ? 16 : 1024);
            break;
        case 1:
            reg[E1000_R_AIT] =
                short_gap || speed < 2 ? r.below(3) : r.below(r.one_in(4) ? 65536 : 2000);
            break;
        case 2: reg[E1000_R_FCTTV] = r.one_in(4) ? 0 : r.u32() & 0xFFFF; break;
        case 3: reg[E1000_R_FCT] = r.one_in(4) ? r.u32() & 0xFFFF : 0x8808; break;
        case 4:
            reg[E1000_R_FCRTH] = r.one_in(4) ? 0 : r.below(NIC_PbBytes) & 0xFFF8;
            reg[E1000_R_FCRTL] = (r.below(NIC_PbBytes) & 0xFFF8) | (r.one_in(3) ? 0 : 0x80000000);
            break;
        case 5: reg[E1000_R_CTRL] ^= FMASK(E1000_CTRL_TFCE); break;
        case 6:
            reg[E1000_R_RAL] = r.u32();
            reg[E1000_R_RAH] = r.u32();
            break;
        default: in.tx_en = !r.one_in(4); break;
        }
    }

    // Writes a frame into both packet buffers and lists it.
    void put(lockstep_rng &r)
    {
        if (frames == c.sent_q && alloc == c.freed_q && tx_cap() && r.one_in(3)) // near the end
            wr = tx_cap() - 1 - r.below(std::min<uint32_t>(tx_cap(), longest / 16 + 2));
        entry e = {};
        e.raw_len = 1 + r.below(longest);
        if (r.one_in(20)) e.raw_len = 1 + r.below(16);
        e.granules = 1 + (std::max<uint32_t>(e.raw_len + 4, 64) + 15) / 16;
        if (alloc - c.freed_q + e.granules > tx_cap() || frames - c.sent_q >= NIC_TxFramesMax)
            return;
        e.start = wr;
        e.add_fcs = !r.one_in(5);
        e.tag = (uint16_t)r.u32();
        e.vet = r.one_in(2) ? 0x8100 : (uint16_t)r.u32();
        e.tag_en = e.raw_len >= 12 && r.one_in(3);
        e.ip_off = offset(r, e.raw_len);
        e.tu_off = r.one_in(12) ? (e.ip_off + r.below(3) - 1) & 255 : offset(r, e.raw_len);
        e.ip_val = (uint16_t)r.u32();
        e.tu_val = (uint16_t)r.u32();
        e.ip_en = e.ip_off + 2 <= e.raw_len && r.one_in(2);
        e.tu_en = e.tu_off + 2 <= e.raw_len && r.one_in(2);
        std::vector<uint8_t> host(e.raw_len);
        const uint32_t dst = r.below(4);
        for (size_t i = 0; i < host.size(); i++)
            host[i] = dst == 0 && i < 6 && !r.one_in(40) ? 0xFF : (uint8_t)r.u32();
        const uint32_t base = rx_cap * 16, size = tx_cap() * 16;
        for (uint32_t i = 0; i < e.raw_len; i++) raw[base + (e.start * 16 + i) % size] = host[i];
        // The frame as tx_dma makes it for the C.
        if (e.ip_en) {
            host[e.ip_off] = (uint8_t)(e.ip_val >> 8);
            host[e.ip_off + 1] = (uint8_t)e.ip_val;
        }
        if (e.tu_en) {
            host[e.tu_off] = (uint8_t)(e.tu_val >> 8);
            host[e.tu_off + 1] = (uint8_t)e.tu_val;
        }
        if (e.tag_en) {
            const uint8_t t[4] = {(uint8_t)(e.vet >> 8), (uint8_t)e.vet, (uint8_t)(e.tag >> 8),
                                  (uint8_t)e.tag};
            host.insert(host.begin() + 12, t, t + 4);
        }
        if (host.size() < 60 && !r.one_in(4)) host.resize(60);
        e.len = (uint32_t)host.size();
        packet_buffer_tx_write(&pb, base, e.start * 16, host.data(), e.len);
        pb.tx[frames % NIC_TxFramesMax] = tx_frame_t{};
        pb.tx[frames % NIC_TxFramesMax].start = e.start * 16;
        pb.tx[frames % NIC_TxFramesMax].len = e.len;
        pb.tx[frames % NIC_TxFramesMax].granules = e.granules;
        pb.tx[frames % NIC_TxFramesMax].add_fcs = e.add_fcs;
        list[frames % NIC_TxFramesMax] = e;
        wr = (wr + e.granules) % tx_cap();
        alloc += e.granules;
        frames++;
    }

    static uint32_t offset(lockstep_rng &r, uint32_t len)
    {
        if (r.one_in(4)) return r.below(32) * 8 + 7;
        if (len > 256 && r.one_in(10)) return 255;
        return r.below(std::min<uint32_t>(len, 256));
    }

    void access(lockstep_rng &r)
    {
        csr_t *a = &in.csr;
        a->valid = r.one_in(rare_odds / 2 + 1);
        a->write = !r.one_in(4);
        a->id = r.one_in(3) ? (uint16_t)r.below(E1000_R_COUNT) : (uint16_t)E1000_R_TCTL;
        a->wdata = r.one_in(2) ? r.u32() : r.u32() & ~FMASK(E1000_TCTL_SWXOFF);
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 16384 == 0) phase(r);
        if (reset) { // that of the tick before
            frames = alloc = wr = 0;
            if (r.one_in(2)) rx_cap = 64 * r.below(r.one_in(3) ? 64 : 60);
        }
        const bool ends = c.busy && now == c.end_cyc;
        const bool may_start = in.link && !c.busy && now >= c.ready_cyc && frames != c.sent_q;
        reset = r.one_in(rare_odds * 8) ||
                (c.busy && wrapping && r.one_in(c.stride == 1 ? 400 : 4000)) ||
                (ends && r.one_in(60)) || (may_start && r.one_in(300));
        in.now = now;
        if (r.one_in(rare_odds)) setting(r);
        if (r.one_in(rare_odds * 2) || (!in.link && r.one_in(300))) in.link = !in.link;
        if (r.one_in(rare_odds * 2)) in.loopback = !in.loopback;
        if (short_gap && r.one_in(rare_odds * 8)) speed = r.below(3);
        if (!c.orphan && r.one_in(frame_odds)) put(r);
        static const uint32_t stride[3] = {100, 10, 1};
        in.stride = stride[speed];
        in.frames = frames;
        in.rx_bytes = rx_cap * NIC_GranuleBytes;
        if (r.one_in(used_odds)) in.rx_used = r.below(rx_cap + 1);
        const bool was_paused = now < c.paused_until;
        in.pause = r.one_in(pause_odds) || (may_start && r.one_in(50)) ||
                   (was_paused && c.paused_until - now > 2000 && r.one_in(500));
        in.pause_quanta = (uint16_t)(r.one_in(3) || speed == 0 ? 0
                                     : r.one_in(20)            ? 0xFFFF
                                                               : r.below(quanta));
        in.overflow = r.one_in(pause_odds);
        access(r);
        // Two refusals in a row at most.
        rready = refused == 2 || r.one_in(no_odds);
        refused = rready ? 0 : refused + 1;
        apply(r);
        count(now);
    }

    void apply(lockstep_rng &r)
    {
        Vmac_tx *d = dut.get();
        d->reset_i = reset;
        d->link_i = in.link;
        d->loopback_i = in.loopback;
        d->tx_en_i = in.tx_en;
        d->speed_i = (uint8_t)speed;
        d->tfce_i = (reg[E1000_R_CTRL] & FMASK(E1000_CTRL_TFCE)) != 0;
        d->fcrth_i = reg[E1000_R_FCRTH];
        d->fcrtl_i = reg[E1000_R_FCRTL];
        d->fcttv_i = (uint16_t)reg[E1000_R_FCTTV];
        d->fct_i = (uint16_t)reg[E1000_R_FCT];
        d->tipg_i = reg[E1000_R_TIPG];
        d->ait_i = (uint16_t)reg[E1000_R_AIT];
        d->mac_i = (uint64_t)(reg[E1000_R_RAH] & 0xFFFF) << 32 | reg[E1000_R_RAL];
        d->csr_valid_i = in.csr.valid;
        d->csr_write_i = in.csr.write;
        d->csr_id_i = in.csr.id;
        d->csr_wdata_i = in.csr.wdata;
        d->rx_used_i = (uint16_t)in.rx_used;
        d->pause_i = in.pause;
        d->pause_quanta_i = in.pause_quanta;
        d->overflow_i = in.overflow;
        d->frames_i = frames & 0x3FF;
        entry e = list[c.sent_q % NIC_TxFramesMax];
        if (frames == c.sent_q) { // nothing there
            e.len = e.raw_len = r.u32() & 0x7FFF;
            e.start = r.u32() & 0xFFF;
        }
        d->f_start_i = (uint16_t)e.start;
        d->f_len_i = (uint16_t)e.len;
        d->f_raw_len_i = (uint16_t)e.raw_len;
        d->f_granules_i = (uint16_t)e.granules;
        d->f_add_fcs_i = e.add_fcs;
        d->f_tag_en_i = e.tag_en;
        d->f_tag_i = e.tag;
        d->f_vet_i = e.vet;
        d->f_ip_en_i = e.ip_en;
        d->f_ip_off_i = (uint8_t)e.ip_off;
        d->f_ip_val_i = e.ip_val;
        d->f_tu_en_i = e.tu_en;
        d->f_tu_off_i = (uint8_t)e.tu_off;
        d->f_tu_val_i = e.tu_val;
        d->tx_base_i = rx_cap * 2 & 0x1FFF;
        d->tx_cap_i = (uint16_t)tx_cap();
        d->tx_rready_i = rready;
        d->tx_rdata_i = read_taken ? read_data : (uint64_t)r.u32() << 32 | r.u32();
    }

    // Coincidences before the tick.
    void count(uint64_t now)
    {
        const bool waits = frames != c.sent_q, free = !c.busy && now >= c.ready_cyc && in.link;
        const bool was_paused = now < c.paused_until;
        if (reset) {
            corners[ORPHAN].count += c.busy && now < c.end_cyc;
            corners[RESET_LAST].count += c.busy && now == c.end_cyc;
            corners[RESET_START].count += free && waits && !was_paused;
            return;
        }
        corners[ORPHAN_MOVED].count += c.orphan && now == c.end_cyc && in.rx_bytes != orphan_base;
        corners[SWXOFF].count += in.csr.valid && in.csr.write && in.csr.id == E1000_R_TCTL &&
                                 (in.csr.wdata & FMASK(E1000_TCTL_SWXOFF));
        const bool tfce = (reg[E1000_R_CTRL] & FMASK(E1000_CTRL_TFCE)) != 0;
        corners[OVERFLOW].count += tfce && in.overflow;
        corners[FILL_HIGH].count += tfce && !in.overflow && !c.xoff_sent && reg[E1000_R_FCRTH] &&
                                    in.rx_used * 16 >= reg[E1000_R_FCRTH];
        corners[PAUSED].count += free && waits && was_paused;
        corners[PAUSE_START].count += free && waits && in.pause && in.pause_quanta && !was_paused;
        corners[RESUME].count += free && waits && in.pause && !in.pause_quanta && was_paused;
        corners[PAUSE_ENDS].count += free && waits && now == c.paused_until;
        corners[NO_LINK].count += waits && !c.busy && now >= c.ready_cyc && !in.link;
        corners[SPEED_TURNS].count += c.busy && c.stride != in.stride;
        corners[NOT_COUNTED].count += c.busy && now == c.end_cyc && !in.tx_en;
        corners[REFUSED].count += c.busy && now == c.first_cyc + 1 && refused == 2;
    }

    // A frame that has just started.
    void count_start(uint32_t sent_was)
    {
        corners[LOOP].count += c.loop;
        corners[SLOW].count += c.stride == 10;
        corners[SLOWEST].count += c.stride == 100;
        corners[LONG_GAP].count += c.ready_cyc - c.end_cyc > 1000 * (uint64_t)c.stride;
        if (c.sent_q == sent_was) {
            corners[XOFF].count += (c.event.flags & STATS_XOFF) != 0;
            corners[XON].count += (c.event.flags & STATS_XON) != 0;
            return;
        }
        wrapping = false;
        const entry &e = list[sent_was % NIC_TxFramesMax];
        wrapping = e.start * 16 + e.raw_len > tx_cap() * 16;
        corners[TAG].count += e.tag_en;
        corners[TAG_12].count += e.tag_en && e.raw_len == 12;
        corners[IP].count += e.ip_en;
        corners[TU].count += e.tu_en;
        corners[OVER].count += e.ip_en && e.tu_en && e.ip_off + 1 - e.tu_off < 3;
        corners[SPLIT].count += e.ip_en && e.ip_off % 8 == 7;
        corners[OFF_255].count += e.tu_en && e.tu_off == 255;
        corners[PADDED].count += e.len > e.raw_len + 4u * e.tag_en;
        corners[NO_FCS].count += !e.add_fcs;
        corners[LEN_1].count += e.len == 1;
        corners[WRAP].count += wrapping;
        corners[LONG].count += e.len > 8000;
        corners[BCAST].count += (c.event.flags & STATS_BCAST) != 0;
        corners[MCAST].count += (c.event.flags & STATS_MCAST) != 0;
    }

    void compare(uint64_t now, lockstep_diff &d)
    {
        const Vmac_tx___024root *r = dut->rootp;
        const bool on = any && c.first_cyc <= now && now <= c.end_cyc;
        const uint64_t at = on ? now - c.first_cyc : 0, i = on ? at / c.stride : 0;
        const bool ce = on && at % c.stride == 0;
        const uint8_t byte = !ce ? 0 : i < 7 ? 0x55 : i == 7 ? 0xD5 : c.buf[i - NIC_PreambleBytes];
        d.same("tx_en_o", dut->tx_en_o, on && !c.loop);
        d.same("tx_ce_o", dut->tx_ce_o, ce && !c.loop);
        d.same("txd_o", dut->txd_o, c.loop ? 0 : byte);
        d.same("lb_en_o", dut->lb_en_o, on && c.loop);
        d.same("lb_ce_o", dut->lb_ce_o, ce && c.loop);
        d.same("lb_d_o", dut->lb_d_o, c.loop ? byte : 0);
        d.same("sent_o", dut->sent_o, c.sent_q & 0x3FF);
        d.same("freed_o", dut->freed_o, c.freed_q & 0x1FFF);
        d.same("ended_o", dut->ended_o, c.ended_q & 0x3FF);
        d.same("txoff_o", dut->txoff_o, mac_tx_off(&c, now));
        d.same("busy_o", dut->busy_o, c.busy);
        d.same("orphan_o", dut->orphan_o, c.orphan);
        d.same("want_o", dut->want_o, c.xoff_wanted || c.xon_wanted);
        const bool counted = !reset && c.busy && now >= c.end_cyc && in.tx_en;
        d.same("st_valid_o", dut->st_valid_o, counted);
        if (counted) {
            d.same("st_len_o", dut->st_len_o, c.event.len);
            d.same("st_flags_o", dut->st_flags_o, c.event.flags);
        }
        d.same("xoff_wanted_q", r->mac_tx__DOT__xoff_wanted_q, c.xoff_wanted);
        d.same("xon_wanted_q", r->mac_tx__DOT__xon_wanted_q, c.xon_wanted);
        d.same("xoff_sent_q", r->mac_tx__DOT__xoff_sent_q, c.xoff_sent);
        d.same("ready_cnt_q", r->mac_tx__DOT__ready_cnt_q,
               any && c.ready_cyc >= now ? c.ready_cyc - now + 1 : 0);
        d.same("paused_cnt_q", r->mac_tx__DOT__paused_cnt_q,
               c.paused_until > now ? c.paused_until - now : 0);
        // The memory's tick.
        read_taken = dut->tx_re_o && rready;
        if (read_taken) memcpy(&read_data, raw + dut->tx_raddr_o * 8u, sizeof read_data);
    }

    void tick(uint64_t now)
    {
        const uint32_t sent_was = c.sent_q;
        if (reset) {
            if (c.busy && !c.orphan) orphan_base = in.rx_bytes;
            mac_tx_reset(&c, now);
            return;
        }
        if (mac_tx_tick(&c, &in, &pb, &stats)) {
            any = true;
            count_start(sent_was);
        }
    }

    void print() const
    {
        printf(
            " reset %d link %d loop %d speed %u frames %u pause %d %u overflow %d used %u ready %d",
            reset, in.link, in.loopback, speed, frames, in.pause, in.pause_quanta, in.overflow,
            in.rx_used, rready);
        lockstep_print_csr(in.csr);
    }

    bool wrapping = false; // the frame that was started last lies at the end and at the beginning
    uint32_t orphan_base = 0; // receive region when the orphan was begun
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("mac_tx", argc, argv);
}
