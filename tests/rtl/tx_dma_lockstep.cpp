// SPDX-License-Identifier: Apache-2.0
// rtl/tx_dma.sv beside model/tx_dma.c: random packets of every kind, a port and a host that
// answer at any speed and in any pieces, and a mac_tx that takes frames and gives granules
// back when it likes. Beside what the two show, the frames are compared: those of the RTL are
// put together from its writes to the packet buffer and their list entries.
#include "tests/rtl/lockstep.h"

#ifdef TX_82576
#include "Vtx_dma_82576.h"
#else
#include "Vtx_dma.h"
#endif
#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>
extern "C" {
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
#include "model/tx_dma.h"
#include "model/tx_sched.h"
}

namespace
{

#ifdef TX_82576
constexpr bool IGB = true;
using dut_t = Vtx_dma_82576;
#else
constexpr bool IGB = false;
using dut_t = Vtx_dma;
#endif
constexpr uint32_t QUEUES = IGB ? IGB_Queues : 1;
constexpr uint32_t LONGEST = IGB ? IGB_FrameMax : NIC_FrameMax;

enum {
    EOP = E1000_TXD_CMD_EOP,
    IFCS = E1000_TXD_CMD_IFCS,
    IC = E1000_TXD_CMD_IC,
    TSE = IGB ? (int)IGB_ATXD_CMD_TSE : (int)E1000_TXD_CMD_TSE,
    RS = E1000_TXD_CMD_RS,
    DEXT = E1000_TXD_CMD_DEXT,
    VLE = E1000_TXD_CMD_VLE,
    IDE = IGB ? 0 : (int)E1000_TXD_CMD_IDE
};
enum { STALLS = 3, REST = 40 }; // words that may wait between rests of so many cycles

struct desc {
    uint64_t lo, hi;
};

struct bench {
    std::unique_ptr<dut_t> dut = std::make_unique<dut_t>();
    std::unique_ptr<tx_dma_t> c = std::make_unique<tx_dma_t>();
    std::unique_ptr<packet_buffer_t> pb = std::make_unique<packet_buffer_t>();
    tx_dma_in_t in = {};
    bool reset = false;
    uint32_t cap = 0;

    // weather
    uint32_t desc_odds = 1, grant_odds = 1, take_odds = 1, free_odds = 1, wait_max = 1,
             split_odds = 1, stall_odds = 1, kind = 0, size_max = 1, restart_odds = 1,
             reset_odds = 1, en_odds = 1, ahead_odds = 1;

    uint32_t flood = 0; // periods in which the list fills

    // rings
    uint64_t caches[QUEUES][NIC_DescCache][2] = {};
    uint32_t filled[QUEUES] = {};
    std::deque<desc> pendings[QUEUES]; // of packets begun
    std::deque<desc> pending;          // of the one that is made
    // 82576
    tx_sched_t sched = {};
    uint32_t whole[QUEUES] = {}; // EOPs that are here and not taken
    uint32_t vmvir[IGB_Pools] = {};
    uint32_t active = 0, may = 0; // queues
    uint32_t nameless = 0;        // descriptors of no type
    // port and host
    struct chunk {
        uint32_t len;
        uint64_t ready;
    };
    std::deque<chunk> asked;
    uint32_t sent_bytes = 0;
    uint64_t done_cyc = NIC_NEVER, free_cyc = 0;
    uint8_t cpl[NIC_Mrrs];
    uint32_t cpl_len = 0, cpl_at = 0;
    bool cpl_on = false, cpl_told = false;
    // packet buffer and mac_tx
    struct frame {
        uint32_t granules;
        uint32_t start, raw_len, len;
        bool ip_en, tu_en, tag_en;
        uint32_t ip_off, ip_val, tu_off, tu_val, tag, vet;
        std::vector<uint8_t> want;
    };
    std::deque<frame> listed, sending;
    uint8_t mem[NIC_PbBytes] = {};
    bool wready = true;
    uint32_t waited = 0, rested = 0;
    const char *bad = nullptr; // a frame that is not the same
    uint64_t bad_rtl = 0, bad_model = 0;

    enum {
        FRAMES,
        LONG,
        CLOSED_EMPTY,
        REWRITTEN,
        SEGMENTS,
        BOUND,
        TINY_HDR,
        FAILED,
        DONE_TSO,
        BAD_CTX,
        TOO_LONG,
        TAGGED,
        PADDED,
        BOTH_SUMS,
        OVERLAP,
        LEGACY_SUM,
        LIST_FULL,
        NO_ROOM,
        RESTART_DATA,
        RESET_PART,
        RESET_NONE,
        RESET_ALL,
        CUT_COMPLETE,
        STALLED,
        COMMON,
#ifdef TX_82576
        SENSELESS = COMMON,
        SEGMENTED_IDX,
        POOL_TAG,
        NO_TAG,
        HEAD_PATCHED,
        SHORT_HEAD,
        DRAINED,
        DRAINED_REST,
        BAD,
        MUTED,
        MUTED_FRAME,
        ABORTED,
        ABORTED_SEGMENT,
        ABORTED_STALLED,
        ABORTED_DRAIN,
        ABORTED_UNSEEN,
        RESTART_OTHER,
        FORGOTTEN,
        MIXED,
        CORNERS
#else
        CORNERS = COMMON
#endif
    };
    lockstep_corner corners[CORNERS] = {
        {"frames equal", 0},
        {"frames of more than 9000 bytes", 0},
        {"frames closed by a descriptor without data", 0},
        {"reads that end inside a word of their frame", 0},
        {"segments equal", 0},
        {"landings later than the end of the data says", 0},
        {"headers of less than a word", 0},
        {"segmentations failed", 0},
        {"segmentations done", 0},
        {"contexts that make no sense", 0},
        {"packets too long for the buffer or at all", 0},
        {"frames with a tag", 0},
        {"frames padded", 0},
        {"frames with both checksums", 0},
        {"checksums that overlap", 0},
        {"legacy checksums", 0},
        {"cycles with the list full", 0},
        {"cycles without room", 0},
        {"restarts with data under way", 0},
        {"resets with part of a request granted", 0},
        {"resets with none of it", 0},
        {"resets with all of it", 0},
        {"resets with all that is granted here", 0},
        {"words that had to wait", 0},
#ifdef TX_82576
        {"descriptors of no type", 0},
        {"segments of the second context", 0},
        {"tags of pools", 0},
        {"tags that pools forbid", 0},
        {"heads with a checksum in them", 0},
        {"heads of less than 16 bytes", 0},
        {"descriptors drained", 0},
        {"drained later", 0},
        {"events of bad packets", 0},
        {"descriptors that were not told", 0},
        {"frames listed of a queue that has restarted", 0},
        {"packets that a restart ends", 0},
        {"with part of a segment", 0},
        {"waiting for room", 0},
        {"drained", 0},
        {"not yet begun", 0},
        {"restarts of other queues in a packet", 0},
        {"contexts of a VF forgotten", 0},
        {"legacy packets that end with an advanced descriptor", 0},
#endif
    };

    void new_region(lockstep_rng &r)
    {
        static const uint32_t rxa[] = {48, 48, 0, 8, 32, 56, 60, 62, 63, 64};
        packet_buffer_reset(pb.get(), flood ? 0 : rxa[r.below(10)]);
        cap = NIC_PbBytes / NIC_GranuleBytes - pb->rx_cap;
    }

    void init()
    {
        memset(c.get(), 0, sizeof *c);
        memset(pb.get(), 0, sizeof *pb);
        tx_dma_reset(c.get(), 0, 0);
        packet_buffer_reset(pb.get(), 48);
        cap = NIC_PbBytes / NIC_GranuleBytes - pb->rx_cap;
        in.en = true;
        in.vmvir = vmvir;
        tx_sched_reset(&sched);
    }

    // ---- descriptors ----

    static uint32_t pick(lockstep_rng &r, std::initializer_list<uint32_t> l)
    {
        return l.begin()[r.below((uint32_t)l.size())];
    }

    void context(lockstep_rng &r, bool tse, uint32_t paylen, uint32_t hdrlen, uint32_t mss,
                 bool odd)
    {
        uint64_t ipcss = 14, ipcso = 24, ipcse = 33, tucss = 34, tucso = 50, tucse = 0;
        if (odd) {
            ipcss = r.below(r.one_in(3) ? 256 : 40);
            ipcso = r.below(r.one_in(3) ? 256 : 64);
            ipcse = r.one_in(3) ? r.below(2000) : r.below(64);
            tucss = r.below(r.one_in(3) ? 256 : 64);
            tucso = r.one_in(4) ? ipcso + r.below(3) - 1 : r.below(r.one_in(3) ? 256 : 80);
            tucse = r.one_in(2) ? 0 : r.below(2000);
            if (r.one_in(4)) tucss = ipcss + r.below(24) - 12;
        }
        if (IGB) {
            uint64_t mac = 14, ip = 20, l4t = r.one_in(8) ? r.below(4) : r.below(2);
            uint64_t l4 = hdrlen - mac - ip;
            if (odd || hdrlen < mac + ip) {
                mac = r.below(r.one_in(3) ? 128 : 30);
                ip = r.one_in(4) ? r.below(512) : r.below(60);
                if (tse) mac = std::min<uint64_t>(mac, hdrlen), ip = std::min(ip, hdrlen - mac);
                l4 = hdrlen - mac - ip;
            }
            pending.push_back(
                {ip | mac << 9 | (uint64_t)r.u32() << 16,
                 (uint64_t)r.below(2048) << 9 | (uint64_t)IGB_ATXD_DTYP_C << 20 |
                     (uint64_t)idx << 36 |
                     (uint64_t)(r.u32() & 0xF7 & ~(r.one_in(3) ? 0u : RS) & ~DEXT | DEXT) << 24 |
                     (l4 & 255) << 40 | (uint64_t)mss << 48});
            desc &c = pending.back();
            c.hi = (c.hi & ~(3ull << 11)) | l4t << 11;
            return;
        }
        const uint64_t cmd =
            DEXT | (tse ? TSE : 0) | r.below(4) | (r.one_in(3) ? RS : 0) | (r.one_in(4) ? IDE : 0);
        pending.push_back({(ipcss & 255) | (ipcso & 255) << 8 | ipcse << 16 | (tucss & 255) << 32 |
                               (tucso & 255) << 40 | tucse << 48,
                           (uint64_t)paylen | cmd << 24 | (uint64_t)r.below(256) << 32 |
                               (uint64_t)hdrlen << 40 | (uint64_t)mss << 48});
        pending.back().hi &= ~(uint64_t)0xFF00000000; // reserved
    }

    uint32_t idx = 0; // context of the packet that is made
    uint32_t pay_of = 0;

    // A packet of `len` bytes in some descriptors.
    void packet(lockstep_rng &r, uint32_t len, bool legacy, bool tse)
    {
        const uint32_t parts = r.one_in(2) ? 1 : 1 + r.below(r.one_in(4) ? 12 : 4);
        const uint32_t flags = (r.one_in(6) ? 0 : IFCS) | (r.one_in(3) ? VLE : 0);
        bool first = true;
        for (uint32_t p = 0; p < parts; p++) {
            const bool last = p + 1 == parts;
            uint32_t n = last          ? len
                         : r.one_in(3) ? 0
                                       : r.below(std::min(len, r.one_in(2) ? 40u : 5000u) + 1);
            if (tse && first && r.one_in(2)) n = std::min(len, 14 + r.below(60));
            const bool leg = r.one_in(40) ? !legacy : legacy;
            if (leg || IGB) n = std::min(n, 65535u);
            len -= n;
            uint64_t cmd = flags | (last && !r.one_in(60) ? EOP : 0) | (r.one_in(2) ? RS : 0) |
                           (r.one_in(3) ? IDE : 0);
            if (r.one_in(20)) cmd ^= IFCS | VLE;
            uint64_t hi = (uint64_t)n | r.u32() % 16 * 0x100000000 | (uint64_t)r.u32() << 48;
            if (leg) {
                if (r.one_in(2)) cmd |= IC;
                hi |= (uint64_t)r.below(r.one_in(4) ? 256 : 64) << 16 |
                      (uint64_t)r.below(r.one_in(4) ? 256 : 64) << 40;
            } else if (IGB) {
                cmd |= DEXT | (tse != r.one_in(60) ? TSE : 0) | (r.u32() & 4);
                const uint32_t type = r.one_in(80) ? r.below(16) : IGB_ATXD_DTYP_D;
                nameless += type != IGB_ATXD_DTYP_D && type != IGB_ATXD_DTYP_C;
                hi &= ~0xFFFFFFFFF0000ull & ~(0xFFFFull << 48);
                hi |= (uint64_t)type << 20 | (uint64_t)(r.u32() & 15) << 32 | (uint64_t)idx << 36 |
                      (uint64_t)(r.one_in(8) ? r.u32() & 63 : 3) << 40 | (uint64_t)pay_of << 46;
            } else {
                cmd |= DEXT | (tse != r.one_in(60) ? TSE : 0);
                hi |= (uint64_t)(1 + (r.one_in(50) ? r.below(15) : 0)) << 20 |
                      (uint64_t)(r.one_in(8) ? r.u32() & 255 : 3) << 40;
            }
            pending.push_back({(uint64_t)r.u32() << 32 | r.u32(), hi | cmd << 24});
            first = false;
        }
    }

    void segmentation(lockstep_rng &r)
    {
        uint32_t hdrlen = 54, mss = 100 + r.below(1361), pay = r.below(r.one_in(8) ? 12000 : 4000);
        if (r.one_in(3)) hdrlen = 1 + r.below(r.one_in(4) ? 10 : 240);
        if (r.one_in(4)) mss = 1 + r.below(r.one_in(2) ? 12 : 60), pay = r.below(mss * 12);
        if (r.one_in(16)) mss = 2000 + r.below(16000), pay = r.below(40000);
        if (r.one_in(16)) pay = 0;
        uint32_t len = hdrlen + pay;
        const bool nonsense = r.one_in(12);
        if (nonsense) {
            const uint32_t k = r.below(4);
            if (k == 0) mss = 0;
            if (k == 1) hdrlen = 0;
            if (k == 2) hdrlen = 241 + r.below(15);
            if (k == 3) mss = 65535 - r.below(1000);
            corners[BAD_CTX].count++;
        }
        if (r.one_in(6))
            len = r.one_in(2) ? r.below(len + 1) : len + 1 + r.below(r.one_in(2) ? 3 : 2000);
        idx = IGB ? r.below(8) : 0;
        pay_of = pay;
        if (!r.one_in(10)) context(r, true, pay, hdrlen, mss, r.one_in(3));
        packet(r, len, false, true);
    }

    void more(lockstep_rng &r)
    {
        const uint32_t k = kind == 0 ? r.below(8) : kind == 1 ? 0 : kind == 2 ? 6 : 5 + r.below(3);
        uint32_t len = r.below(r.one_in(3) ? size_max : std::min(size_max, 300u));
        if (r.one_in(300)) len = LONGEST - 1 + r.below(3);
        if (r.one_in(300)) len = 16000 + r.below(4000);
        idx = IGB ? r.below(8) : 0;
        pay_of = r.u32() & 0x3FFFF;
        if (IGB && r.one_in(80)) { // no end in sight
            for (uint32_t n = r.below(150); n; n--)
                pending.push_back({r.u32(), r.below(2000) |
                                                (uint64_t)(r.u32() & (RS | IFCS | DEXT)) << 24 |
                                                (uint64_t)(2 + r.below(2)) << 20});
            return;
        }
        if (k < 5) {
            if (k & 1 && r.one_in(2))
                context(r, false, r.u32() & 0xFFFFF, r.u32() & 255, r.u32() & 0xFFFF, r.one_in(2));
            packet(r, len, k != 1 && k != 3, false);
        } else if (k == 5) {
            packet(r, len, false, false);
        } else {
            segmentation(r);
        }
    }

    // ---- frames ----

    uint8_t raw(const frame &f, uint32_t i) const
    {
        return mem[(f.start * NIC_GranuleBytes + i) % (cap * NIC_GranuleBytes)];
    }

    // What mac_tx would send.
    void check(const frame &f)
    {
        std::vector<uint8_t> b(f.raw_len);
        for (uint32_t i = 0; i < f.raw_len; i++) b[i] = raw(f, i);
        const auto patch = [&](uint32_t off, uint32_t val) {
            if (off + 2 > b.size()) return;
            b[off] = (uint8_t)(val >> 8);
            b[off + 1] = (uint8_t)val;
        };
        if (f.ip_en) patch(f.ip_off, f.ip_val);
        if (f.tu_en) patch(f.tu_off, f.tu_val);
        if (f.tag_en && b.size() >= 12) {
            const uint8_t t[4] = {(uint8_t)(f.vet >> 8), (uint8_t)f.vet, (uint8_t)(f.tag >> 8),
                                  (uint8_t)f.tag};
            b.insert(b.begin() + 12, t, t + 4);
        }
        b.resize(std::max<size_t>(b.size(), f.len), 0);
        for (size_t i = 0; i < b.size() && !bad; i++) {
            if (i < f.want.size() && b[i] == f.want[i]) continue;
            static char text[64];
            snprintf(text, sizeof text, "frame of %zu bytes, byte %zu", f.want.size(), i);
            bad = text;
            bad_rtl = b[i];
            bad_model = i < f.want.size() ? f.want[i] : ~0ull;
        }
    }

    void same(const char *name, uint64_t rtl, uint64_t model)
    {
        if (bad || rtl == model) return;
        bad = name;
        bad_rtl = rtl;
        bad_model = model;
    }

    // A frame was listed in this tick, by one or both.
    void list(bool rtl, bool model, const tx_entry_t &head)
    {
        same("put_o", rtl, model);
        if (bad || !model) return;
        const tx_frame_t &t = pb->tx[(c->frames_q - 1) % NIC_TxFramesMax];
        frame f = {.granules = dut->put_granules_o,
                   .start = dut->put_start_o,
                   .raw_len = dut->put_raw_len_o,
                   .len = dut->put_len_o,
                   .ip_en = (bool)dut->put_ip_en_o,
                   .tu_en = (bool)dut->put_tu_en_o,
                   .tag_en = (bool)dut->put_tag_en_o,
                   .ip_off = dut->put_ip_off_o,
                   .ip_val = dut->put_ip_val_o,
                   .tu_off = dut->put_tu_off_o,
                   .tu_val = dut->put_tu_val_o,
                   .tag = dut->put_tag_o,
                   .vet = dut->put_vet_o,
                   .want = {}};
        same("put_start_o", f.start * NIC_GranuleBytes, t.start);
        same("put_len_o", f.len, t.len);
        same("put_granules_o", f.granules, t.granules);
        same("put_add_fcs_o", dut->put_add_fcs_o, t.add_fcs);
#ifdef TX_82576
        same("put_queue_o", dut->put_queue_o, t.queue);
        same("put_tag_en_o", dut->put_tag_en_o, t.tag_put);
        same("put_raw_len_o", dut->put_raw_len_o, t.raw_len);
        for (int i = 0; i < 16; i++)
            same("put_head_o", dut->put_head_o[i / 4] >> (8 * (i & 3)) & 0xFF, t.head[i]);
        const uint32_t pool = vmvir[t.queue % IGB_Pools];
        corners[SEGMENTED_IDX].count += head.f.tse && (head.desc[1] >> 36 & 1);
        corners[POOL_TAG].count += t.tag_put && in.vmdq && (pool & FMASK(IGB_VMVIR_USE_DEFAULT));
        corners[NO_TAG].count += head.f.vle && in.vmdq && (pool & FMASK(IGB_VMVIR_NEVER));
        corners[HEAD_PATCHED].count += (f.ip_en && f.ip_off < 16) || (f.tu_en && f.tu_off < 16);
        corners[SHORT_HEAD].count += t.len < 16;
        corners[MUTED_FRAME].count += head.mute || (in.restarts >> head.queue & 1);
        corners[MIXED].count += head.f.legacy && (head.desc[1] >> 24 & DEXT);
#endif
        f.want.resize(t.len);
        packet_buffer_tx_read(pb.get(), in.rx_bytes, t.start, f.want.data(), t.len);
        check(f);
        corners[FRAMES].count++;
        corners[SEGMENTS].count += head.f.tse;
        corners[LEGACY_SUM].count += head.f.ic;
        corners[CLOSED_EMPTY].count += head.len == 0;
        corners[LONG].count += f.raw_len > 9000;
        corners[TAGGED].count += f.tag_en;
        corners[PADDED].count += f.len > f.raw_len + (f.tag_en ? 4 : 0);
        corners[BOTH_SUMS].count += f.ip_en && f.tu_en;
        corners[OVERLAP].count += f.ip_en && f.tu_en && f.ip_off != f.tu_off &&
                                  f.ip_off + 1 >= f.tu_off && f.tu_off + 1 >= f.ip_off;
        listed.push_back(f);
    }

    // ---- cycles ----

    void weather(lockstep_rng &r)
    {
        desc_odds = 1u << r.below(7);
        grant_odds = pick(r, {1, 1, 2, 6, 100});
        take_odds = r.one_in(12) ? 1u << 30 : 1u << r.below(9);
        free_odds = 1u << r.below(7);
        wait_max = 1u << r.below(9);
        split_odds = pick(r, {1, 2, 8, 1000});
        stall_odds = pick(r, {2, 8, 8, 100});
        kind = r.below(5);
        size_max = pick(r, {20, 100, 1518, 4000, 9100});
        restart_odds = pick(r, {200, 3000, 3000, 1000000});
        reset_odds = pick(r, {100, 6000, 6000, 1000000});
        en_odds = pick(r, {10, 300, 1000000});
        ahead_odds = pick(r, {1, 2, 1000000});
        if (flood) flood--;
        else if (r.one_in(20)) flood = 3, reset = true;
        if (!flood) return;
        desc_odds = grant_odds = free_odds = wait_max = 1;
        take_odds = 2000;
        kind = 1;
        size_max = 20;
        restart_odds = reset_odds = en_odds = 1000000;
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        reset = r.one_in(reset_odds);
        if (now % 4096 == 0) weather(r);
        in.now = now;
        in.restart = !IGB && r.one_in(restart_odds);
        in.en = in.en ? !r.one_in(en_odds) : r.one_in(5);
        if (r.one_in(100)) in.vme = r.one_in(2), in.psp = r.one_in(2), in.vet = (uint16_t)r.u32();
        in.sent = done_cyc == now;
        in.tx_cap = cap;
        in.rx_bytes = pb->rx_cap * NIC_GranuleBytes;
        if (IGB) queues(now, r);
        do fetch(r, IGB ? pick_queue(r) : 0);
        while (IGB && r.one_in(4));
        // mac_tx
        if (!listed.empty() && r.one_in(take_odds)) {
            sending.push_back(listed.front());
            listed.pop_front();
            in.listed++;
        }
        if (!sending.empty() && r.one_in(free_odds)) {
            check(sending.front());
            in.freed += sending.front().granules;
            sending.pop_front();
        }
        in.filled = filled[in.queue];
        in.desc = caches[in.queue][taken(in.queue) % NIC_DescCache];
        completions(now, r);

        rested = dut->tx_we_o ? 0 : rested + 1;
        if (rested >= REST) waited = 0;
        wready = !(dut->tx_we_o && waited < STALLS && r.one_in(stall_odds));
        if (!wready) waited++, corners[STALLED].count++;

        dut->reset_i = reset;
        dut->restart_i = IGB ? in.restarts : in.restart;
        dut->en_i = in.en;
        dut->filled_i = (uint8_t)in.filled;
        const uint64_t *d = in.desc;
        for (int i = 0; i < 4; i++) dut->desc_i[i] = (uint32_t)(d[i / 2] >> (32 * (i & 1)));
        dut->sent_i = in.sent;
        dut->sent_bytes_i = (uint16_t)sent_bytes;
        dut->vme_i = in.vme;
        dut->psp_i = in.psp;
        dut->vet_i = in.vet;
#ifdef TX_82576
        dut->forget_i = in.forget;
        dut->granted_i = in.granted & 1;
        dut->queue_i = in.queue;
        dut->drain_i = in.drain;
        dut->func_i = in.func;
        dut->vmdq_i = in.vmdq;
        for (int i = 0; i < IGB_Pools; i++) dut->vmvir_i[i] = vmvir[i];
#endif
        dut->tx_cap_i = (uint16_t)cap;
        dut->tx_wready_i = wready;
        dut->listed_i = in.listed & 0x3FF;
        dut->freed_i = in.freed & 0x1FFF;
    }

    uint32_t taken(uint32_t q) const
    {
        return IGB ? c->taken[q] : c->taken_q;
    }

    void fetch(lockstep_rng &r, uint32_t q)
    {
        while (filled[q] - taken(q) < NIC_DescCache && r.one_in(desc_odds)) {
            if (pendings[q].empty()) {
                more(r);
                pendings[q].swap(pending);
                if (pendings[q].empty()) return;
            }
            uint64_t *slot = caches[q][filled[q]++ % NIC_DescCache];
            slot[0] = pendings[q].front().lo;
            slot[1] = pendings[q].front().hi;
            pendings[q].pop_front();
            whole[q] += ends(slot[1]);
        }
    }

    // It is the last descriptor of a packet (82576).
    static bool ends(uint64_t hi)
    {
        const uint32_t cmd = hi >> 24 & 255;
        return (cmd & EOP) && !((cmd & DEXT) && (hi >> 20 & 15) == IGB_ATXD_DTYP_C);
    }

    uint32_t pick_queue(lockstep_rng &r)
    {
        const uint32_t q = r.below(16);
        return active >> q & 1 ? q : (uint32_t)__builtin_ctz(active);
    }

    // Who restarts, whose turn it is.
    void queues(uint64_t now, lockstep_rng &r)
    {
        if (now % 4096 == 0) {
            const uint32_t some[] = {1, 0x101, 0x8008, 0xFFFF, 0xFFFF, r.u32() & 0xFFFF};
            active = some[r.below(6)];
            if (!active) active = 2;
        }
        if (r.one_in(200)) {
            may = r.one_in(2) ? 0xFFFF : r.u32() & 0xFFFF;
            in.vmdq = r.one_in(2);
            vmvir[r.below(IGB_Pools)] = r.u32() & (r.one_in(2) ? 0x4000FFFF : 0xC000FFFF);
        }
        in.restarts = 0;
        if (r.one_in(restart_odds))
            in.restarts = (uint16_t)(r.one_in(2)   ? 1u << sched.queue_q
                                     : r.one_in(2) ? 1u << r.below(16)
                                                   : r.u32());
        if (sched.granted_q != c->pkts_q && (c->draining >> sched.queue_q & 1) && r.one_in(100))
            in.restarts |= (uint16_t)(1u << sched.queue_q); // a drain is short
        in.forget = r.one_in(3) ? in.restarts : r.one_in(2) ? in.restarts & r.u32() : 0;
        in.granted = sched.granted_q;
        in.queue = sched.queue_q;
        in.drain = sched.drain_q;
        in.func = (uint8_t)(in.queue % IGB_Pools + (may & 1));
    }

    // The scheduler: in the same tick, with what is visible.
    void schedule()
    {
        tx_sched_in_t si = {};
        si.en = in.en;
        si.pkts = c->pkts_q;
        si.cost = c->cost;
        for (uint32_t q = 0; q < QUEUES; q++) {
            const bool full = filled[q] - c->taken[q] == NIC_DescCache && !whole[q];
            if ((full || whole[q]) && ((may & ~in.restarts) >> q & 1)) si.ready |= 1u << q;
            if (full) si.malformed |= 1u << q;
        }
        si.malformed &= si.ready;
        tx_sched_tick(&sched, &si);
    }

    // Completions of this cycle: header beat, payload beats without a gap.
    void completions(uint64_t now, lockstep_rng &r)
    {
        dut->cpl_valid_i = 0;
        dut->cpl_eop_i = r.one_in(2);
        dut->cpl_data_i = (uint64_t)r.u32() << 32 | r.u32();
        if (cpl_on) {
            dut->cpl_valid_i = 1;
            uint64_t w = 0;
            for (uint32_t k = 0; k < 8; k++)
                w |= (uint64_t)(cpl_at + k < cpl_len ? cpl[cpl_at + k] : r.u32() & 255) << (8 * k);
            cpl_at += 8;
            dut->cpl_data_i = w;
            dut->cpl_eop_i = cpl_at >= cpl_len;
            if (cpl_at >= cpl_len) {
                if (!cpl_told) tx_dma_landed(c.get(), now, cpl, cpl_len);
                cpl_on = false;
            }
            return;
        }
        dut->cpl_len_i = r.u32() & 0x1FFF;
        if (asked.empty() || asked.front().ready > now) return;
        uint32_t n = asked.front().len;
        if (r.one_in(split_odds)) n = 1 + r.below(n);
        asked.front().len -= n;
        if (asked.front().len == 0) asked.pop_front();
        const uint32_t fill = r.below(6);
        for (uint32_t i = 0; i < n; i++)
            cpl[i] = fill == 0 ? 0 : fill == 1 ? 0xFF : (uint8_t)r.u32();
        cpl_len = n;
        cpl_at = 0;
        cpl_on = true;
        cpl_told = r.one_in(ahead_odds);
        if (cpl_told) tx_dma_landed(c.get(), now + (n + 7) / 8, cpl, n);
        dut->cpl_len_i = n;
    }

    void compare(uint64_t now, lockstep_diff &d)
    {
        if (bad) d.same(bad, bad_rtl, bad_model);
        d.same("req_valid_o", dut->req_valid_o, c->req.valid);
        if (c->req.valid) {
            d.same("req_addr_o", dut->req_addr_o, c->req.addr);
            d.same("req_len_o", dut->req_len_o, c->req.len);
        }
#ifdef TX_82576
        for (uint32_t q = 0; q < QUEUES; q++)
            d.same("taken_o", dut->taken_o[q / 4] >> (8 * (q & 3)) & 0xFF, c->taken[q] & 0xFF);
        d.same("pkts_o", dut->pkts_o, c->pkts_q & 1);
        if (c->pkts_q == in.granted) d.same("cost_o", dut->cost_o, c->cost);
        if (c->req.valid) d.same("req_func_o", dut->req_func_o, c->req.func);
        d.same("bad_o", dut->bad_o, c->bad_cyc == now);
        if (c->bad_cyc == now) d.same("bad_queue_o", dut->bad_queue_o, c->bad_queue);
        if (c->done.cyc == now) d.same("done_queue_o", dut->done_queue_o, c->done_queue);
        corners[BAD].count += c->bad_cyc == now;
#else
        d.same("taken_o", dut->taken_o, c->taken_q & 0xFF);
        d.same("w_o", dut->w_o, c->w_cyc == now);
        if (c->w_cyc == now) {
            d.same("w_rs_o", dut->w_rs_o, c->w_rs);
            d.same("w_ide_o", dut->w_ide_o, c->w_ide);
        }
        if (c->done.cyc == now) d.same("done_ide_o", dut->done_ide_o, c->done.ide);
#endif
        const bool done = c->done.cyc == now, tsc = c->tsc_cyc == now;
        d.same("done_o", dut->done_o, done);
        if (done) {
            d.same("done_eop_o", dut->done_eop_o, c->done.eop);
            d.same("done_rs_o", dut->done_rs_o, c->done.rs);
            for (int i = 0; i < 4; i++)
                d.same("done_wb_o", dut->done_wb_o[i],
                       (uint32_t)(c->done.wb[i / 2] >> (32 * (i & 1))));
        }
        d.same("tsc_o", dut->tsc_o, tsc);
        if (tsc) d.same("tsc_bad_o", dut->tsc_bad_o, c->tsc_bad);
        corners[FAILED].count += tsc && c->tsc_bad;
        corners[DONE_TSO].count += tsc && !c->tsc_bad;
        d.same("frames_o", dut->frames_o, c->frames_q & 0x3FF);
        d.same("frame_o", dut->frame_o, c->frame_cyc == now);
        d.same("busy_o", dut->busy_o, c->get_q != c->put_q);
    }

    void count_tick(uint64_t now, const tx_entry_t &e, bool there)
    {
        const bool under_way = c->get_q != c->put_q;
        corners[RESTART_DATA].count += (in.restart || in.restarts) && !reset && there && e.len;
        if (there && !e.drop && e.len && e.ready_cyc == now) {
            corners[BOUND].count += e.f.tse && e.ready_cyc > e.end_cyc + NIC_TxFinishCyc;
            corners[REWRITTEN].count += !e.closes && (e.off + e.len) % 8 && !e.header;
            corners[TINY_HDR].count += e.begins && e.f.tse && e.ctx.hdrlen < 8;
        }
        if (there && !e.drop && e.closes) {
            corners[LIST_FULL].count +=
                e.ready_cyc <= now && c->frames_q - in.listed >= NIC_TxFramesMax;
        }
        if (reset && under_way && c->req.valid) {
            const tx_entry_t &l = c->entry[(c->put_q - 1) % NIC_TxEntries];
            corners[RESET_NONE].count += sent_bytes == 0;
            corners[RESET_PART].count += sent_bytes && sent_bytes < l.len;
            corners[RESET_ALL].count += sent_bytes == l.len;
            corners[CUT_COMPLETE].count += sent_bytes && sent_bytes < l.len && l.got == sent_bytes;
        }
    }

#ifdef TX_82576
    void count_queues(const tx_entry_t &e, bool there)
    {
        corners[SENSELESS].count += std::exchange(nameless, 0);
        const bool mine = in.restarts >> in.queue & 1, on = in.granted != c->pkts_q;
        const bool goes = there && !e.drop && e.ready_cyc <= in.now;
        corners[MUTED].count += goes && e.desc_end && (e.mute || (in.restarts >> e.queue & 1));
        corners[ABORTED].count += mine && on && c->in_packet;
        corners[ABORTED_SEGMENT].count += mine && on && c->in_packet && c->f.tse && c->total;
        corners[ABORTED_STALLED].count += mine && on && c->stalled;
        corners[ABORTED_DRAIN].count += mine && on && (c->draining >> in.queue & 1);
        corners[ABORTED_UNSEEN].count += mine && on && !c->turn;
        corners[RESTART_OTHER].count += in.restarts && !mine && c->in_packet;
        for (unsigned q = 0; q < IGB_Queues; q++)
            corners[FORGOTTEN].count += in.forget >> q & 1 && c->advanced[q][0].ctx.ipcse;
        const bool drains = on && !mine && (in.drain || (c->draining >> in.queue & 1));
        corners[DRAINED].count += drains;
        corners[DRAINED_REST].count += drains && !in.drain;
    }
#endif

    // One tick of the C module.
    void model(uint64_t now)
    {
        if (!IGB && reset) return tx_dma_reset(c.get(), now, sent_bytes);
        if (!IGB) return tx_dma_tick(c.get(), &in, pb.get());
        if (reset) {
            tx_dma_reset(c.get(), now, sent_bytes);
            tx_sched_reset(&sched);
            for (uint32_t q = 0; q < QUEUES; q++) forget(q);
            return;
        }
        schedule();
        const uint32_t was = c->taken[in.queue];
        tx_dma_tick_82576(c.get(), &in, pb.get());
        if (c->taken[in.queue] == was + 1) whole[in.queue] -= ends(in.desc[1]);
        for (uint32_t q = 0; q < QUEUES; q++)
            if (in.restarts >> q & 1) forget(q);
    }

    void forget(uint32_t q)
    {
        filled[q] = whole[q] = 0;
        pendings[q].clear();
    }

    void tick(uint64_t now)
    {
        // The other pins of this cycle are known: the RTL shows what it does in this tick.
        if (dut->tx_we_o && wready) {
            const uint32_t at = dut->tx_waddr_o * 8u;
            same("tx_waddr_o", at < cap * NIC_GranuleBytes, 1);
            for (uint32_t k = 0; k < 8 && !bad; k++)
                mem[at + k] = (uint8_t)(dut->tx_wdata_o >> (8 * k));
        }
        const tx_entry_t head = c->entry[c->get_q % NIC_TxEntries];
        const bool there = c->get_q != c->put_q;
        count_tick(now, head, there);
        const uint32_t frames_was = c->frames_q, req_was = c->req.valid && !in.sent;
        const bool bad_was = c->bad || !c->in_packet;
#ifdef TX_82576
        if (!reset) count_queues(head, there);
#endif
        model(now);
        corners[NO_ROOM].count += c->stalled;
        corners[TOO_LONG].count += !bad_was && c->bad && c->in_packet && !c->f.tse;
        list(dut->put_o, !reset && c->frames_q != frames_was, head);
        if (in.sent || reset) {
            sent_bytes = 0;
            done_cyc = NIC_NEVER;
        }
        if (reset) {
            lockstep_rng r(now);
            in.listed = in.freed = 0;
            forget(0);
            listed.clear();
            sending.clear();
            free_cyc = now + 3;
            new_region(r);
            return;
        }
        if (in.restart) { forget(0); }
        grant(now, req_was);
    }

    // The port: a TLP in the two cycles behind its grant, `done` behind the last.
    void grant(uint64_t now, bool req_was)
    {
        if (!req_was || done_cyc != NIC_NEVER || now < free_cyc) return;
        lockstep_rng r(now * 77 + 5);
        if (!r.one_in(grant_odds)) return;
        uint32_t n = std::min<uint32_t>(c->req.len - sent_bytes, NIC_Mrrs);
        if (r.one_in(6)) n = 1 + r.below(n);
        sent_bytes += n;
        uint64_t ready = now + 3 + r.below(wait_max);
        asked.push_back({n, ready});
        free_cyc = now + 4;
        if (sent_bytes == c->req.len) done_cyc = now + 3;
    }

    void print() const
    {
        printf(" reset %d restart %d en %d filled %u taken %u sent %d/%u cpl %d cap %u freed %u "
               "listed %u head %u/%u",
               reset, in.restart, in.en, in.filled, taken(in.queue), in.sent, sent_bytes,
               dut->cpl_valid_i, cap, in.freed, in.listed, c->get_q, c->put_q);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>(IGB ? "tx_dma_82576" : "tx_dma", argc, argv);
}
