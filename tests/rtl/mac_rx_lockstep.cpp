// SPDX-License-Identifier: Apache-2.0
// rtl/mac_rx.sv, with rx_filter.sv and offload_rx.sv, beside model/mac_rx.c behind a front that collects frames from the
// pins as model/pins.c does. Compared: pulses, statistics events, fates, the entry of each frame, its stored bytes, and the
// bytes told to the packet buffer against the granules that the C counts as taken.
#ifndef RX_82576
#define RX_82576 0 // 1: rtl/mac_rx_82576.sv, which takes frames in the same way
#endif
#include "tests/rtl/lockstep.h"

#if RX_82576
#include "Vmac_rx_82576.h"
typedef Vmac_rx_82576 mac_rx_rtl;
#define MODULE "mac_rx_82576"
#define R(n)   IGB_R_##n
#define F(f)   FMASK(IGB_##f)
#else
#include "Vmac_rx.h"
typedef Vmac_rx mac_rx_rtl;
#define MODULE "mac_rx"
#define R(n)   E1000_R_##n
#define F(f)   FMASK(E1000_##f)
#endif

#include <algorithm>
#include <cstring>
#include <deque>
extern "C" {
#include "model/mac_rx_82576.h"
#include "model/offload.h"
#include "model/pool_filter.h"
#include "model/rx_filter.h"

// In place of model/stats.c: what mac_rx counts is compared as an event.
static unsigned stats_events;
static stats_rx_event_t stats_event;
void stats_rx(stats_t *s, const stats_rx_event_t *e)
{
    (void)s;
    stats_events++;
    stats_event = *e;
}
}

namespace
{

enum { RARS = RX_82576 ? IGB_RAL_COUNT : 16 };
using bytes_t = std::vector<uint8_t>;

// ---- frames ----

struct frame_maker {
    lockstep_rng &r;
    const uint32_t *reg;
    bytes_t f;

    void u8(uint32_t v)
    {
        f.push_back((uint8_t)v);
    }
    void u16(uint32_t v)
    {
        u8(v >> 8);
        u8(v);
    }
    void random(uint32_t n)
    {
        while (n--) u8(r.u32());
    }
    void put16(size_t at, uint32_t v)
    {
        f[at] = (uint8_t)(v >> 8);
        f[at + 1] = (uint8_t)v;
    }
    uint32_t get16(size_t at) const
    {
        return (uint32_t)f[at] << 8 | f[at + 1];
    }

    static uint32_t fold(uint32_t s)
    {
        while (s >> 16) s = (s & 0xFFFF) + (s >> 16);
        return s;
    }
    uint32_t sum(size_t at, size_t to) const
    {
        uint32_t s = 0;
        for (size_t i = at; i < to; i++) s = fold(s + ((i - at) % 2 ? f[i] : f[i] << 8));
        return s;
    }

    void registers(uint32_t low, uint32_t high)
    {
        for (int i = 0; i < 4; i++) u8(low >> 8 * i);
        for (int i = 0; i < 2; i++) u8(high >> 8 * i);
    }

    // Addresses of a small world, so that filters hit; 0 is right for MAC control.
    void address(uint32_t which)
    {
        if (which == 0) {
            const bool fca = r.one_in(2);
            registers(reg[fca ? R(FCAL) : R(RAL)], reg[fca ? R(FCAH) : R(RAH)]);
        } else if (which == 1) {
            registers(UINT32_MAX, UINT32_MAX);
        } else if (which < 7) { // an entry
            const uint32_t n = r.one_in(2) ? 0 : r.below(RARS);
            registers(reg[R(RAL) + n], reg[R(RAH) + n]);
            if (r.one_in(10)) f.back() ^= (uint8_t)(1u << r.below(8));
        } else {
            u8(r.one_in(2) ? 0x01 : 0x02);
            for (int i = 0; i < 5; i++) u8(r.below(4));
        }
    }

    uint32_t payload()
    {
        const uint32_t kind = r.below(12);
        return kind == 0 ? 0 : kind < 9 ? r.below(40) : kind == 9 ? r.below(300) : r.below(90);
    }

    // TCP or UDP with the sum of its pseudo-header's addresses; mostly right.
    void l4(uint32_t proto, uint32_t addresses, uint32_t data)
    {
        const size_t at = f.size();
        size_t field = 0;
        if (proto == 6) {
            random(20);
            f[at + 12] = 0x50;
            field = at + 16;
            random(data);
        } else if (proto == 17) {
            u16(r.u32());
            u16(r.u32());
            u16(8 + data + (r.one_in(10) ? 1 : 0));
            field = at + 6;
            u16(0);
            random(data);
        } else {
            random(8 + data);
            return;
        }
        put16(field, 0);
        const uint32_t len = (uint32_t)(f.size() - at);
        const uint32_t s = fold(addresses + proto + len + sum(at, f.size()));
        put16(field, ~s & 0xFFFF);
        if (proto == 17 && r.one_in(8)) put16(field, 0);
        if (r.one_in(5)) f[at + r.below(len)] ^= (uint8_t)(1 + r.below(255));
    }

    // A length that is wrong.
    uint32_t other(uint32_t len)
    {
        const uint32_t kind = r.below(4);
        return (kind < 2 ? r.below(len + 8) : kind == 2 ? len + r.below(9) - 4 : r.u32()) & 0xFFFF;
    }

    void ipv4(uint32_t data)
    {
        const size_t at = f.size();
        const uint32_t words = r.one_in(4) ? 5 + r.below(11) : 5;
        const uint32_t proto = r.one_in(8) ? r.below(20) : r.one_in(2) ? 6 : 17;
        u8((r.one_in(30) ? r.below(16) : 4) << 4 | (r.one_in(30) ? r.below(16) : words));
        u8(0);
        u16(0);
        u16(r.u32());
        u16(r.one_in(8) ? r.u32() & 0x3FFF : r.one_in(2) ? 0x4000 : 0);
        u8(64);
        u8(proto);
        u16(0);
        random(8 + (words - 5) * 4);
        l4(proto, sum(at + 12, at + 20), data);
        uint32_t total = (uint32_t)(f.size() - at);
        if (r.one_in(12)) total = other(total);
        put16(at + 2, total);
        if (f[at] >> 4 == 4 && (f[at] & 15) >= 5) put16(at + 10, ~sum(at, at + words * 4) & 0xFFFF);
        if (r.one_in(6)) f[at + r.below(words * 4)] ^= (uint8_t)(1 + r.below(255));
    }

    void ipv6(uint32_t data)
    {
        static const uint8_t ext[] = {0, 43, 60, 60, 44, 51};
        const size_t at = f.size();
        u8((r.one_in(30) ? r.below(16) : 6) << 4);
        random(3);
        u16(0);
        u8(0);
        u8(64);
        random(32);
        size_t next = at + 6; // where the type of the next header is told
        for (uint32_t n = r.one_in(2) ? 0 : r.below(4); n; n--) {
            const uint32_t type = ext[r.below(r.one_in(6) ? 6 : 4)];
            const uint32_t units = r.one_in(10) ? r.below(20) : r.below(3);
            f[next] = (uint8_t)type;
            next = f.size();
            u8(0);
            u8(units);
            random(6 + 8 * units);
            if (type == 43 && !r.one_in(4)) f[next + 3] = 0;
        }
        const uint32_t proto = r.one_in(8) ? r.below(20) : r.one_in(2) ? 6 : 17;
        f[next] = (uint8_t)proto;
        l4(proto, sum(at + 8, at + 40), data);
        uint32_t len = (uint32_t)(f.size() - at - 40);
        if (r.one_in(12)) len = other(len);
        put16(at + 4, len);
    }

    void body(uint32_t data)
    {
        const uint32_t kind = r.below(10);
        const bool snap = r.one_in(6), six = kind >= 5 && kind < 9;
        if (snap) {
            static const uint8_t llc[6] = {0xAA, 0xAA, 3, 0, 0, 0};
            u16(r.below(1600));
            for (const uint8_t b : llc) u8(b);
            if (r.one_in(6)) f[f.size() - 1 - r.below(6)] ^= 1;
        }
        if (kind == 9) {
            u16(r.one_in(2) ? 0x0806 : r.u32());
            random(data + 28);
            return;
        }
        u16(six ? 0x86DD : 0x0800);
        if (six) ipv6(data);
        else ipv4(data);
    }

    void control()
    {
        u16(reg[R(FCT)]);
        u16(r.one_in(2) ? r.u32() : 1);
        u16(r.one_in(3) ? 0 : r.u32());
        random(r.one_in(20) ? r.below(60) : 42);
    }

    // A frame with FCS, of at most `most` bytes.
    bytes_t make(uint32_t most)
    {
        f.clear();
        const bool flow = r.one_in(RX_82576 ? 5 : 8);
        address(flow && !r.one_in(4) ? 0 : r.below(10));
        address(2 + r.below(8));
        for (uint32_t tags = !flow && r.one_in(3) ? 1 + r.below(2) : 0; tags; tags--) {
            u16(r.one_in(6) ? 0x88A8 : reg[R(VET)]);
            u16(r.one_in(2) ? r.below(8) << 5 | r.below(4) << 12 : r.u32());
        }
        if (flow) control();
        else body(r.one_in(most > 2000 ? 3 : 40) ? r.below(most) : payload());
        if (f.size() < 60 && !r.one_in(8)) {
            while (f.size() < 60) u8(r.one_in(4) ? r.u32() : 0);
        }
        if (r.one_in(12)) random(r.below(8)); // padding
        uint32_t cut = r.one_in(15) ? r.below(24) : r.one_in(15) ? r.below(80) : UINT32_MAX;
        if (r.one_in(most > 2000 ? 3
                     : RX_82576  ? 40
                                 : 100)) { // by length alone: what is legal, and a little more
            static const uint32_t edge[] = {NIC_FrameMin, NIC_FrameMaxStd, NIC_FrameMax,
                                            NIC_FrameMax + 62};
            cut = edge[most > 2000 && r.one_in(2) ? 3 : r.below(4)];
#if RX_82576
            const uint32_t own[] = {most > 2000 ? IGB_FrameMax : NIC_FrameMaxStd,
                                    IGB_FrameMaxUntagged, reg[R(RLPML)],
                                    reg[R(VMOLR) + r.below(8)] & 0x3FFF};
            if (most > 2000 ? r.one_in(2) : !r.one_in(3)) cut = own[r.below(r.one_in(2) ? 1 : 4)];
#endif
            cut = cut < 8 ? 2 : cut - NIC_FcsBytes - 2 + r.below(5);
            while (f.size() < cut && f.size() < most) u8(r.u32());
        }
        f.resize(std::min({(size_t)cut, (size_t)most - NIC_FcsBytes, f.size()}));
        if (r.one_in(200)) std::fill(f.begin(), f.end(), 0); // the sum that is 0
        // The FCS.
        uint32_t crc = UINT32_MAX;
        for (const uint8_t b : f) {
            crc ^= b;
            for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
        }
        crc = ~crc;
        for (int i = 0; i < 4; i++) u8(crc >> 8 * i);
        if (r.one_in(12)) f[r.below((uint32_t)f.size())] ^= (uint8_t)(1u << r.below(8));
        if (r.one_in(40)) { // cut short on the wire, also where a tag might be
            f.resize(r.one_in(3) && f.size() > 24
                         ? 13 + r.below(8)
                         : 1 + r.below((uint32_t)std::min<size_t>(f.size(), 24)));
            if (f.size() >= 14 && !r.one_in(3)) put16(12, reg[R(VET)]);
        }
        return f;
    }
};

// ---- bench ----

// A frame on its way over the pins, or over the device's own stream.
struct stream {
    bool on = false;
    uint64_t first = 0;
    uint32_t stride = 1;
    bytes_t f;
    bool error = false; // rx_er with one of its bytes
    uint32_t error_at = 0;
    uint32_t preamble = NIC_PreambleBytes; // fewer: nothing but that many preamble bytes
    uint64_t count() const
    {
        return preamble < NIC_PreambleBytes ? preamble : NIC_PreambleBytes + f.size();
    }
    uint64_t end() const
    {
        return first + (count() - 1) * stride;
    }
    bool valid(uint64_t now) const
    {
        return on && now >= first && now <= end();
    }
    bool clock(uint64_t now) const
    {
        return (now - first) % stride == 0;
    }
    uint32_t at(uint64_t now) const
    {
        return (uint32_t)((now - first) / stride);
    }
    uint8_t byte(uint64_t now) const
    {
        const uint32_t i = at(now);
        return i < 7 ? 0x55 : i == 7 ? 0xD5 : f[i - NIC_PreambleBytes];
    }
};

struct bench {
    std::unique_ptr<mac_rx_rtl> dut = std::make_unique<mac_rx_rtl>();
    mac_rx_t c = {};
    packet_buffer_t pb = {};
    stats_t stats = {};
    uint32_t reg[R(COUNT)] = {};
    pb_free_t log[PB_FREES] = {};
    uint32_t free_count = 0;
    std::deque<uint32_t> stored; // granules of accepted frames
    bool en = false, loopback = false, ring_empty = false, reset = false;
    stream wire, lb;
    uint64_t wire_from = 0; // no frame of the wire before this cycle
    // The front: frames of the pins, as in model/pins.c.
    bool rx_active = false, rx_taken = false, rx_er = false;
    uint32_t rx_bytes = 0;
    unsigned rx_buf = 0;
    uint8_t rx[2][MAC_RX_BYTES] = {};
    bytes_t lb_sent; // the device's own frame
    // What the RTL has told the packet buffer about the frame.
    uint32_t told = 0;
    std::vector<uint64_t> words = std::vector<uint64_t>(4096);
    std::vector<uint32_t> written = std::vector<uint32_t>(4096);
    uint32_t frame_no = 1;
    rx_shape_t shape_at_start = {};
    bool on_at_start = false;

    uint32_t odds = 20, gap = 1, reset_odds = 1, free_odds = 1, most = 400, slow = 1;
    enum {
        ACCEPTED,
        BAD,
        UNDERSIZE,
        OVERSIZE,
        FILTERED,
        FIFO,
        NO_DESC,
        IP_GOOD,
        IP_BAD,
        L4_GOOD,
        L4_BAD,
        L4_IPV6,
        UNCHECKED,
#if !RX_82576
        TAG_CUT,
        TAG_SHORT,
        TAG_LAST4,
#endif
        FCS_KEPT,
        FCS_CUT,
        TINY,
        JUMBO,
        BEYOND,
        ER,
        PAUSE_XON,
        PAUSE_XOFF,
        UNSUPPORTED,
        FORCED,
        DISCARDED,
        BCAST,
        MCAST,
        HASH,
        SHAPE,
        EN_LATE,
        EN_LOST,
        CLOSE,
        STRIDE_10,
        STRIDE_100,
        OWN,
        OWN_BAD,
        CUT_OFF,
        PREAMBLE,
        RESET_FRAME,
        RESET_VERDICT,
        RESET_ER,
#if RX_82576
        UDP,
        TAG_OFF,
        TAG_ON,
        TAG_SHORT,
        TAG_OTHER,
        DEFAULT_QUEUE,
        RSS_QUEUE,
        SECOND_QUEUE,
        SEVERAL,
        DEFAULT_POOL,
        FORCED_QUEUE,
        FORCED_POOL,
        FORCED_CUT,
        POOLS_LONG,
        POOLS_LONG_SBP,
        POOLS_SHORT,
        LIMIT_STD,
        LIMIT_LOW,
        LIMIT_RLPML,
        LIMIT_DEVICE,
        LIMIT_VMDQ,
        LLI,
        LLI_BAD,
        LLI_CUT,
        L2,
        SUMMED,
        HEADERS,
        SHAPE_RSS,
        EX_DIS,
#endif
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"accepted", 0},
        {"bad FCS", 0},
        {"undersize", 0},
        {"oversize", 0},
        {"filtered", 0},
        {"packet buffer full", 0},
        {"packet buffer full, ring empty", 0},
        {"IPv4 header good", 0},
        {"IPv4 header bad", 0},
        {"TCP or UDP good", 0},
        {"TCP or UDP bad", 0},
        {"IPv6 checked", 0},
        {"nothing checked", 0},
#if !RX_82576
        {"tag cut out", 0},
        {"type of a tag in less than 16 bytes, stored", 0},
        {"tag cut out of 16 to 19 bytes, and FCS", 0},
#endif
        {"FCS stored", 0},
        {"FCS cut off", 0},
        {"at most 4 bytes stored", 0},
        {"more than FrameMaxStd stored", 0},
        {"more than FrameMax stored", 0},
        {"RX_ER stored", 0},
        {"XON", 0},
        {"XOFF", 0},
        {"MAC control, other opcode", 0},
        {"stored by PMCF only", 0},
        {"good, discarded", 0},
        {"broadcast", 0},
        {"multicast", 0},
        {"stored by hash", 0},
        {"shape changed behind f, stored", 0},
        {"receiver on in f + 1", 0},
        {"receiver off in f + 1, stored", 0},
        {"frame in e + RxVerdictCyc + 1", 0},
        {"10 cycles a byte, stored", 0},
        {"100 cycles a byte, stored", 0},
        {"own frame stored", 0},
        {"own frame with a bad FCS", 0},
        {"frame on the wire in loopback", 0},
        {"preamble alone", 0},
        {"reset while a frame comes", 0},
        {"reset in the tick of the verdict", 0},
        {"and RX_ER in the frame", 0},
#if RX_82576
        {"UDP checked", 0},
        {"tag to be taken off", 0},
        {"tag not to be taken off", 0},
        {"frame of 16 to 19 bytes with a tag, stored", 0},
        {"tag at the verdict and not in f, or the other way round", 0},
        {"default queue, not 0", 0},
        {"queue by RSS, mode 2", 0},
        {"second queue of a pool", 0},
        {"several pools", 0},
        {"pools by promiscuity, hash or default", 0},
        {"forced to the default queue", 0},
        {"forced to the default pool", 0},
        {"forced, without its FCS", 0},
        {"too long for its pools", 0},
        {"too long for its pools, SBP", 0},
        {"and shorter than FrameMaxStd", 0},
        {"one more than FrameMaxStd", 0},
        {"longer than RLPML, but not than FrameMaxStd", 0},
        {"one more than RLPML", 0},
        {"one or two more than FrameMax", 0},
        {"longer than FrameMaxStd, VMDq", 0},
        {"low latency", 0},
        {"low latency, but for an error", 0},
        {"low latency because of what is taken off", 0},
        {"EtherType filter", 0},
        {"RSS sum", 0},
        {"header length", 0},
        {"RSS sum of a key that is another at the verdict", 0},
        {"IPV6_EX_DIS, IPv6", 0},
#endif
    };

    void reset_pb(lockstep_rng *r)
    {
        static const uint32_t kib[] = {1, 2, 4, 20, 40, 40};
        packet_buffer_reset(&pb, kib[r ? r->below(6) : 2]);
        free_count = 0;
        stored.clear();
    }

    void init()
    {
        mac_rx_init(&c);
        reset_pb(nullptr);
        all_registers = true;
    }

    // ---- stimulus ----

    void phase(lockstep_rng &r)
    {
        static const uint32_t some[] = {5, 30, 100, 1000, 10000};
        odds = some[r.below(5)];
        gap = r.one_in(2) ? 1 : 1 + r.below(40);
        reset_odds = r.one_in(8) ? 500 : 40000;
        free_odds = 1 + r.below(r.one_in(2) ? 4000 : 100);
        most = r.one_in(RX_82576 ? 4 : 6) ? NIC_FrameMax + 64 : r.one_in(2) ? 1600 : 200;
        slow = r.one_in(5) ? 1 + r.below(2) : 0;
        calm = r.one_in(RX_82576 ? 4 : 2);
        if (most <= 2000) return;
        calm = calm || RX_82576;
        reg[R(RCTL)] = rctl(r);
#if RX_82576
        if (!r.one_in(3)) reg[R(MRQC)] &= ~F(MRQC_MODE); // there is no limit that SBP cannot pass
#endif
        all_registers = true;
    }
    bool calm = true; // as a driver leaves it

    uint32_t rctl(lockstep_rng &r) const
    {
        uint32_t v = r.u32() & (F(RCTL_SBP) | F(RCTL_UPE) | F(RCTL_MPE) | F(RCTL_LPE) | F(RCTL_MO) |
                                F(RCTL_BAM) | F(RCTL_DPF) | F(RCTL_PMCF) | F(RCTL_SECRC));
        if (r.one_in(3)) v |= r.u32() & (F(RCTL_VFE) | F(RCTL_CFIEN) | F(RCTL_CFI));
        if (calm) v |= F(RCTL_UPE) | F(RCTL_MPE);
        if (most > 2000) v |= F(RCTL_SBP);
        return v | (r.u32() & ~0x06DFB3FEu); // bits that do not exist do not matter
    }

    void change(lockstep_rng &r)
    {
        static const uint16_t types[] = {0x8100, 0x8100, 0x8100, 0x88A8, 0x0800, 0x0000, 0x86DD};
        all_registers = true;
#if RX_82576
        if (r.one_in(2)) {
            change_82576(r);
            return;
        }
#endif
        const uint32_t n = r.one_in(2) ? 0 : r.below(RARS);
        switch (r.below(11)) {
        case 0: reg[R(RCTL)] = rctl(r); break;
        case 1: reg[R(CTRL)] = r.u32(); break;
        case 2: reg[R(RXCSUM)] = (r.one_in(3) ? r.u32() : 0x700 | r.below(80)) & 0x7FF; break;
        case 3:
            reg[R(VET)] = r.one_in(8) ? r.u32() & 0xFFFF : types[r.below(7)];
            if (RX_82576) reg[R(VET)] |= r.u32() << 16;
            break;
        case 4: reg[R(FCT)] = r.one_in(4) ? r.u32() & 0xFFFF : 0x8808; break;
        case 5:
            reg[R(FCAL)] = r.one_in(4) ? r.u32() : 0x00C28001;
            reg[R(FCAH)] = r.one_in(4) ? r.u32() & 0xFFFF : 0x0100;
            break;
        case 6:
        case 7:
            reg[R(RAL) + n] = r.below(4) << 24 | r.below(4) << 16 | r.below(4) << 8 | 2;
            reg[R(RAH) + n] = (r.one_in(3) ? 0 : 1u << 31) | (r.one_in(3) ? r.below(4) : 0) << 16 |
                              r.below(4) << 8 | r.below(4);
            if (RX_82576) reg[R(RAH) + n] |= (r.u32() & r.u32() & 0xFF) << 18;
            if (r.one_in(6)) reg[R(RAL) + n] |= 1; // a group
            if (r.one_in(10)) reg[R(RAL) + n] = reg[R(FCAL)], reg[R(RAH) + n] |= reg[R(FCAH)];
            break;
        case 8: reg[R(MTA) + r.below(128)] = r.one_in(4) ? 0 : r.u32(); break;
        case 9: reg[R(VFTA) + (r.one_in(3) ? r.below(128) : r.below(4))] = r.u32(); break;
        default: en = r.one_in(8) ? false : true; break;
        }
    }

#if RX_82576
    // What the 82540EM has not.
    void change_82576(lockstep_rng &r)
    {
        static const uint32_t modes[] = {0, 2, 2, 3, 3, 5, 5, 1};
        static const uint32_t longest[] = {1518, 1522, 1000, 100, 9728, 9000, 0x3FFF, 64};
        const uint32_t n = r.below(8), p = r.one_in(2) ? 0 : r.below(8);
        switch (r.below(22)) {
        case 0:
        case 1:
        case 2:
            reg[R(MRQC)] = (r.one_in(20) ? r.below(8) : modes[r.below(8)]) | r.below(8) << 3 |
                           (r.one_in(3) ? r.u32() : 0x1FF) << 16;
            break;
        case 3:
            reg[R(VT_CTL)] = (r.u32() & 0xF0000380) | (r.one_in(2) ? F(VT_CTL_REPL_EN) : 0);
            if (!r.one_in(4)) reg[R(VT_CTL)] &= ~F(VT_CTL_IGNORE_MAC);
            break;
        case 4:
        case 5:
        case 6:
            reg[R(VMOLR) + n] = (r.u32() & ~0x3FFFu) | longest[r.below(8)];
            if (!r.one_in(4)) reg[R(VMOLR) + n] |= F(VMOLR_AUPE) | F(VMOLR_BAM);
            break;
        case 7: reg[R(VFRE)] = r.one_in(2) ? 0xFF : r.one_in(3) ? 0 : r.u32() & 0xFF; break;
        case 8: reg[R(RPLOLR)] = r.u32(); break;
        case 9:
            reg[R(VLVF) + r.below(32)] = (r.one_in(3) ? 0 : 1u << 31) | (r.u32() & 0xFF000) |
                                         r.below(8) << (r.one_in(2) ? 5 : 0);
            break;
        case 10: reg[R(RLPML)] = r.one_in(2) ? r.below(1600) : longest[r.below(8)]; break;
        case 11: reg[R(RSSRK) + (r.one_in(2) ? 0 : r.below(10))] = r.u32(); break;
        case 12:
        case 13: reg[R(RETA) + r.below(32)] = r.u32(); break;
        case 14: reg[R(RFCTL)] = r.one_in(2) ? r.u32() : 0; break;
        case 15: reg[R(UTA) + r.below(128)] = r.one_in(4) ? 0 : r.u32(); break;
        case 16:
        case 17:
            reg[R(IMIR) + p] = r.u32() & (r.one_in(2) ? 0xE001FFFF : 0xE003FFFF);
            reg[R(IMIREXT) + p] = (r.u32() & 0xFE000) |
                                  (r.one_in(2) ? 64 + r.below(16) : r.below(300)) |
                                  (r.one_in(8) ? 1u << 12 : 0);
            break;
        case 18: reg[R(IMIRVP)] = r.u32() & (r.one_in(2) ? 15 : 7); break;
        case 19: reg[R(SYNQF)] = r.one_in(3); break;
        default:
            reg[R(ETQF) + n] = (r.u32() & (r.one_in(2) ? 0xFBFF0000 : 0xFFFF0000)) |
                               (r.one_in(4)   ? 0x0806
                                : r.one_in(4) ? 0x0800
                                              : r.u32() & 0xFFFF);
            break;
        }
        reg[R(UTA)] |= 1u << r.below(32);
    }
#endif

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 16384 == 0) phase(r);
        if (now % 65536 == 0)
            for (int i = 0; i < (RX_82576 ? 250 : 64); i++) change(r);
        const bool near_start = wire.on && wire.first <= now && now < wire.first + 3;
        const bool near_end = c.active && now + 2 >= (c.own ? lb.end() + 1 : wire.end());
        if (r.one_in(odds) || ((near_start || near_end) && r.one_in(8))) change(r);
        if (!en && r.one_in(30)) en = true;
        if (near_start && r.one_in(12)) en = !en;
        reset = r.one_in(reset_odds) || (near_end && r.one_in(250));
        ring_empty = r.one_in(3);
        if (!loopback && r.one_in(3000) && !c.active && !rx_active) loopback = true;
        else if (loopback && r.one_in(1000)) loopback = false;
        if (!stored.empty() && r.one_in(free_odds)) {
            log[free_count % PB_FREES].cyc = now;
            log[free_count++ % PB_FREES].granules = stored.front();
            stored.pop_front();
        }
        // a frame on the wire
        if (wire.on && now > wire.end()) wire.on = false;
        if (!wire.on && now >= wire_from && (loopback || (!c.active && !lb.on)) &&
            (r.one_in(gap))) {
            frame_maker m = {r, reg, {}};
            static const uint32_t strides[] = {1, 10, 100};
            wire.stride = strides[slow];
            wire.f = m.make(slow == 2 ? 90 : slow == 1 ? std::min(most, 400u) : most);
            wire.first = now;
            wire.on = true;
            wire.error = r.one_in(25);
            wire.preamble = r.one_in(150) ? 1 + r.below(8) : NIC_PreambleBytes;
            if (r.one_in(300)) wire.f.clear();
            wire.error_at =
                r.one_in(2) ? (uint32_t)wire.count() - 1 : r.below((uint32_t)wire.count());
            wire_from = wire.end() + NIC_RxVerdictCyc + 1;
            if (wire.f.empty() || wire.preamble < NIC_PreambleBytes) wire_from = wire.end() + 2;
        }
        // the device's own, beginning in the next cycle
        if (lb.on && now > lb.end()) lb.on = false;
        own_starts = loopback && !lb.on && !c.active && !rx_active && r.one_in(30);
        if (own_starts) {
            frame_maker m = {r, reg, {}};
            static const uint32_t strides[] = {1, 10, 100};
            lb.stride = strides[slow];
            lb.f = m.make(slow == 2 ? 90 : slow == 1 ? std::min(most, 400u) : most);
            lb.first = now + 1;
            lb.on = true;
        }

        dut->reset_i = reset;
        const bool dv = wire.valid(now), ce = dv && wire.clock(now);
        dut->rx_dv_i = dv;
        dut->rx_ce_i = ce;
        dut->rxd_i = ce ? wire.byte(now) : (uint8_t)r.u32();
        dut->rx_er_i = ce ? wire.error && wire.at(now) == wire.error_at : r.one_in(2);
        if (!dv) dut->rx_ce_i = r.one_in(2);
        const bool lb_en = lb.valid(now), lb_ce = lb_en && lb.clock(now);
        dut->lb_en_i = lb_en;
        dut->lb_ce_i = lb_ce;
        dut->lb_d_i = lb_ce ? lb.byte(now) : 0;
        dut->loopback_i = loopback;
        dut->en_i = en;
        dut->ring_empty_i = ring_empty;
        dut->rx_lost_i = c.arr.lost;
        if (all_registers) {
            dut->rctl_i = reg[R(RCTL)];
            dut->ctrl_i = reg[R(CTRL)];
            dut->rxcsum_i = reg[R(RXCSUM)];
            dut->vet_i = (uint16_t)reg[R(VET)];
            dut->fct_i = (uint16_t)reg[R(FCT)];
            dut->fcal_i = reg[R(FCAL)];
            dut->fcah_i = (uint16_t)reg[R(FCAH)];
            for (int i = 0; i < RARS; i++) dut->ral_i[i] = reg[R(RAL) + i];
            for (int i = 0; i < RARS; i++) dut->rah_i[i] = reg[R(RAH) + i];
#if RX_82576
            dut->rlpml_i = (uint16_t)reg[R(RLPML)];
            dut->rfctl_i = reg[R(RFCTL)];
            dut->mrqc_i = reg[R(MRQC)];
            dut->vt_ctl_i = reg[R(VT_CTL)];
            dut->rplolr_i = reg[R(RPLOLR)];
            dut->vfre_i = (uint8_t)reg[R(VFRE)];
            dut->imirvp_i = reg[R(IMIRVP)];
            dut->synqf_i = reg[R(SYNQF)];
            for (int i = 0; i < 10; i++) dut->rssrk_i[i] = reg[R(RSSRK) + i];
            for (int i = 0; i < 32; i++) dut->vlvf_i[i] = reg[R(VLVF) + i];
            for (int i = 0; i < 8; i++) {
                dut->vmolr_i[i] = reg[R(VMOLR) + i];
                dut->imir_i[i] = reg[R(IMIR) + i];
                dut->imirext_i[i] = reg[R(IMIREXT) + i];
                dut->etqf_i[i] = reg[R(ETQF) + i];
            }
#endif
            all_registers = false;
        }
        reset_rng = &r;
    }
    bool all_registers = true, own_starts = false;
    lockstep_rng *reset_rng = nullptr;

    // ---- the C ----

    // As receive() of model/pins.c.
    void front(uint64_t now)
    {
        if (dut->rx_dv_i && !rx_active) {
            rx_active = true;
            rx_bytes = 0;
            rx_er = false;
            rx_taken = !loopback;
            rx_buf ^= 1;
            corners[CUT_OFF].count += loopback;
            if (rx_taken) {
                corners[CLOSE].count += now == last_verdict + 1;
                mac_rx_start(&c, now, wire.stride, rx[rx_buf], 1, false);
                shape_at_start = shape();
                on_at_start = en;
            }
        }
        if (dut->rx_dv_i) {
            if (!dut->rx_ce_i) return;
            rx_er |= dut->rx_er_i != 0;
            const uint32_t at = rx_bytes++;
            if (at >= NIC_PreambleBytes) rx[rx_buf][at - NIC_PreambleBytes] = dut->rxd_i;
            if (rx_taken && at + 1 >= NIC_PreambleBytes) c.arr.len = at + 1 - NIC_PreambleBytes + 1;
            return;
        }
        if (!rx_active) return;
        rx_active = false;
        if (!rx_taken) return;
        if (rx_bytes <= NIC_PreambleBytes) {
            c.active = false;
            corners[PREAMBLE].count++;
            return;
        }
        c.arr.len = rx_bytes - NIC_PreambleBytes;
        c.er = rx_er;
        c.fcs_good = mac_rx_fcs_good(rx[rx_buf], c.arr.len);
    }

    // As the C takes it.
    rx_shape_t shape() const
    {
#if RX_82576
        return {(uint16_t)(reg[R(RXCSUM)] | FMASK(E1000_RXCSUM_IPV6OFL)), (uint16_t)reg[R(VET)],
                true, true};
#else
        return rx_shape(reg);
#endif
    }

    int fate = -1;
    bool due = false;
    uint64_t last_verdict = 0;

    void tick_c(uint64_t now)
    {
        front(now);
        fate = -1;
        stats_events = 0;
        due = c.active && now >= mac_rx_quiet(&c);
        if (due) last_verdict = now;
        if (reset) {
            corners[RESET_FRAME].count += c.active && !due && c.latched && c.on;
            corners[RESET_VERDICT].count += due && c.on;
            corners[RESET_ER].count += due && c.er;
            if (mac_rx_reset(&c, now)) fate = NIC_FATE_FILTERED;
            reset_pb(reset_rng);
        } else {
            const mac_rx_in_t in = {now, en, ring_empty, true, reg, free_count, log};
            fate = RX_82576 ? mac_rx_tick_82576(&c, &in, &pb, &stats, due)
                            : mac_rx_tick(&c, &in, &pb, &stats, due);
        }
        if (own_starts && !c.active) {
            lb_sent = lb.f;
            mac_rx_start(&c, now + 2, lb.stride, lb_sent.data(), (uint32_t)lb_sent.size(), true);
            c.fcs_good = mac_rx_fcs_good(lb_sent.data(), (uint32_t)lb_sent.size());
            c.er = false;
        }
        if (c.own && c.active && c.arr.first_cyc == now) {
            shape_at_start = shape();
            on_at_start = en;
        }
        if (c.active && c.latched && c.arr.first_cyc + 1 == now) {
            corners[EN_LATE].count += !c.on && en;
            en_lost = c.on && !en;
        }
    }
    bool en_lost = false;

    // ---- comparison ----

    void compare(uint64_t now, lockstep_diff &d)
    {
#if RX_82576
        dut->mta_row_i = reg[R(MTA) + dut->hash_addr_o];
        dut->uta_row_i = reg[R(UTA) + dut->hash_addr_o];
        dut->reta_row_i = reg[R(RETA) + dut->reta_addr_o];
#else
        dut->mta_row_i = reg[R(MTA) + dut->mta_addr_o];
#endif
        dut->vfta_row_i = reg[R(VFTA) + dut->vfta_addr_o];
        dut->eval();
        d.same("rxo_o", dut->rxo_o, c.rxo_cyc == now);
        d.same("rx_err_o", dut->rx_err_o, c.err_cyc == now);
        d.same("pause_o", dut->pause_o, c.pause_cyc == now);
        d.same("pause_quanta_o", dut->pause_quanta_o, c.pause_quanta);
        d.same("busy_o", dut->busy_o, c.active);

        const uint32_t frames_were = pb.rx_count;
        tick_c(now); // what the RTL answers in this cycle is what the C does in this tick
        const bool mine = c.latched && c.on;
        if (!reset) bytes(now, d, mine);
        d.same("fate_valid_o", dut->fate_valid_o, fate >= 0);
        if (fate >= 0) d.same("fate_o", dut->fate_o, (uint64_t)fate);
        d.same("st_valid_o", dut->st_valid_o, stats_events);
        if (stats_events) {
            d.same("st_len_o", dut->st_len_o, stats_event.len);
            d.same("st_flags_o", dut->st_flags_o, stats_event.flags);
        }
        d.same("rx_accept_o", dut->rx_accept_o, fate == NIC_FATE_ACCEPTED);
        if (reset) return;
        d.same("rx_end_o", dut->rx_end_o, fate >= 0 && mine);
        if (pb.rx_count != frames_were) accepted(d);
        if (fate >= 0) count();
    }

    // Bytes told and words written.
    void bytes(uint64_t now, lockstep_diff &d, bool mine)
    {
        if (dut->rx_first_o) {
            d.same("rx_byte_o with rx_first_o", dut->rx_byte_o, 1);
            told = 0;
            frame_no++;
        }
        told += dut->rx_byte_o;
        if (dut->rx_byte_o) d.same("rx_first_o", dut->rx_first_o, told == 1);
        const bool arrives = (c.active || due) && mine;
        const uint32_t held = arrives ? packet_buffer_held(&c.arr, now) : 0;
        if (arrives && held)
            d.same("granules by rx_byte_o", 1 + (told + NIC_GranuleBytes - 1) / NIC_GranuleBytes,
                   held);
        else d.same("rx_byte_o", dut->rx_byte_o, 0);
        if (arrives && c.active && c.arr.stride > 1 && held)
            d.same("cycle of rx_byte_o", dut->rx_byte_o,
                   told <= c.arr.len &&
                       now == c.arr.first_cyc +
                                  (NIC_PreambleBytes + (uint64_t)told - 1) * c.arr.stride + 1);
        if (dut->rx_we_o) {
            d.same("rx_we_o", 1, arrives);
            words[dut->rx_word_o] = dut->rx_wdata_o;
            written[dut->rx_word_o] = frame_no;
        }
    }

    void accepted(lockstep_diff &d)
    {
        const rx_frame_t &f = pb.rx[(pb.rx_count - 1) % NIC_RxFramesMax];
        stored.push_back(f.granules);
        d.same("rx_len_o", dut->rx_len_o, f.len);
        d.same("rx_csum_o", dut->rx_csum_o, f.csum);
        d.same("rx_vlan_o", dut->rx_vlan_o, f.vlan);
        d.same("rx_status_o", dut->rx_status_o, f.status);
        d.same("rx_errors_o", dut->rx_errors_o, f.errors);
        d.same("bytes told", told, c.arr.len);
        const uint32_t size = pb.rx_cap * NIC_GranuleBytes;
        for (uint32_t i = 0; i < f.len && !d.signal; i++) {
            const uint32_t at = f.start + i < size ? f.start + i : f.start + i - size;
            if (written[i / 8] != frame_no) d.same("word that was not written", i / 8, UINT64_MAX);
            d.same("byte of rx_wdata_o", words[i / 8] >> i % 8 * 8 & 0xFF, pb.mem[at]);
        }

        const uint32_t len = c.arr.len;
        const bool ipv6 = len > 60 && (f.status & E1000_RXD_STAT_TCPCS) &&
                          !(f.status & E1000_RXD_STAT_IPCS) &&
                          (c.shape.rxcsum & FMASK(E1000_RXCSUM_IPOFLD));
        corners[IP_GOOD].count +=
            (f.status & E1000_RXD_STAT_IPCS) && !(f.errors & E1000_RXD_ERR_IPE);
        corners[IP_BAD].count += (f.errors & E1000_RXD_ERR_IPE) != 0;
        corners[L4_GOOD].count +=
            (f.status & E1000_RXD_STAT_TCPCS) && !(f.errors & E1000_RXD_ERR_TCPE);
        corners[L4_BAD].count += (f.errors & E1000_RXD_ERR_TCPE) != 0;
        corners[L4_IPV6].count += ipv6;
        corners[UNCHECKED].count += RX_82576 ? !(f.status & 0x60) : (f.status & 4) != 0;
        corners[TINY].count += len <= 4;
        corners[JUMBO].count += len > NIC_FrameMaxStd;
        corners[BEYOND].count += len > (uint32_t)(RX_82576 ? IGB_FrameMax : NIC_FrameMax);
        corners[ER].count += c.er;
        corners[EN_LOST].count += en_lost;
        corners[STRIDE_10].count += c.arr.stride == 10;
        corners[STRIDE_100].count += c.arr.stride == 100;
        corners[OWN].count += c.own;
        const rx_shape_t s = shape();
        corners[SHAPE].count += s.rxcsum != shape_at_start.rxcsum || s.vet != shape_at_start.vet ||
                                s.vme != shape_at_start.vme || s.secrc != shape_at_start.secrc;
#if RX_82576
        accepted_82576(d, f);
#else
        const rx_verdict_t v = rx_filter(c.bytes, len, reg);
        const bool vet = len >= 14 && ((uint32_t)c.bytes[12] << 8 | c.bytes[13]) == c.shape.vet;
        corners[TAG_CUT].count += (f.status & 8) != 0;
        corners[TAG_SHORT].count += vet && c.shape.vme && len < 16;
        corners[TAG_LAST4].count += (f.status & 8) && len < 20 && c.shape.secrc;
        corners[FCS_KEPT].count += !c.shape.secrc;
        corners[FCS_CUT].count += c.shape.secrc && len > 4;
        corners[FORCED].count += !v.pass;
        corners[HASH].count += v.is_mcast && v.pif && !(reg[R(RCTL)] & F(RCTL_MPE));
#endif
    }

#if RX_82576
    uint64_t extra(uint32_t at, uint32_t width) const
    {
        uint64_t v = 0;
        for (uint32_t i = 0; i < width; i++)
            v |= (uint64_t)(dut->rx_extra_o[(at + i) / 32] >> (at + i) % 32 & 1) << i;
        return v;
    }

    void accepted_82576(lockstep_diff &d, const rx_frame_t &f)
    {
        d.same("rx_extra_o queues", extra(IGB_RxExtraQueues, 16), f.queues);
        d.same("rx_extra_o hash", extra(IGB_RxExtraHash, 32), f.hash);
        d.same("rx_extra_o rss_type", extra(IGB_RxExtraType, 4), f.rss_type);
        d.same("rx_extra_o packet", extra(IGB_RxExtraPacket, 13), f.packet);
        d.same("rx_extra_o hdr_len", extra(IGB_RxExtraHdrLen, 15), f.hdr_len);
        d.same("rx_extra_o several", extra(IGB_RxExtraSeveral, 1), f.several);
        d.same("rx_extra_o strip_tag", extra(IGB_RxExtraStripTag, 1), f.strip_tag);
        d.same("rx_extra_o strip_fcs", extra(IGB_RxExtraStripFcs, 1), f.strip_fcs);
        d.same("rx_extra_o tagged", extra(IGB_RxExtraTagged, 1), f.tagged);
        d.same("rx_extra_o lli", extra(IGB_RxExtraLli, 1), f.lli);
        d.same("rx_extra_o mcast", extra(IGB_RxExtraMcast, 1), f.mcast);

        const uint32_t len = c.arr.len, mode = reg[R(MRQC)] & 7;
        const bool vmdq = pool_vmdq(reg), legal = !f.errors && len >= NIC_FrameMin;
        const rss_packet_t p = rss_packet(c.bytes, len, &c.filters.shape);
        const pool_verdict_t v = pool_filter(c.bytes, len, POOL_WIRE, rss_entry(p.hash, reg), reg);
        const bool vet = len >= 16 && ((uint32_t)c.bytes[12] << 8 | c.bytes[13]) == c.shape.vet;
        rss_shape_t shape = c.filters.shape;
        shape.key[0] = reg[R(RSSRK)];
        corners[FCS_KEPT].count += f.len == len;
        corners[FCS_CUT].count += f.len < len;
        corners[FORCED].count += !v.queues;
        corners[HASH].count += v.is_mcast && v.pif && !(reg[R(RCTL)] & F(RCTL_MPE));
        corners[UDP].count += (f.status & MAC_RX_STAT_UDPCS) != 0;
        corners[TAG_OFF].count += f.strip_tag;
        corners[TAG_ON].count += f.tagged && !f.strip_tag;
        corners[TAG_SHORT].count += f.tagged && len < 20;
        corners[TAG_OTHER].count += f.tagged != vet;
        corners[DEFAULT_QUEUE].count += !vmdq && mode != 2 && f.queues > 1;
        corners[RSS_QUEUE].count += mode == 2 && f.queues > 1 && f.hash && v.queues;
        corners[SECOND_QUEUE].count += vmdq && f.queues > 0xFF;
        corners[SEVERAL].count += f.several;
        corners[DEFAULT_POOL].count += vmdq && (f.status & E1000_RXD_STAT_PIF);
        corners[FORCED_QUEUE].count += !v.queues && !vmdq;
        corners[FORCED_POOL].count += !v.queues && vmdq;
        corners[FORCED_CUT].count += !v.queues && f.len < len;
        corners[LIMIT_VMDQ].count += vmdq && len > NIC_FrameMaxStd && legal;
        corners[LLI].count += f.lli;
        corners[LLI_BAD].count += !f.lli && p.priority >= (reg[R(IMIRVP)] & 7) && !legal &&
                                  (reg[R(IMIRVP)] & 8) && (p.packet & PACKET_VLAN);
        corners[LLI_CUT].count += f.lli && v.stored < f.len;
        corners[L2].count += (f.packet & PACKET_L2) != 0;
        corners[SUMMED].count += f.rss_type != 0;
        corners[HEADERS].count += f.hdr_len != 0;
        corners[SHAPE_RSS].count += f.hash != rss_packet(c.bytes, len, &shape).hash;
        corners[EX_DIS].count += c.filters.shape.ex_dis && (f.packet & PACKET_IPV6);
    }

    // Of frames that are too long, stored or not.
    void count_82576()
    {
        const uint32_t len = c.arr.len, rlpml = reg[R(RLPML)];
        if (!stats_events || !(stats_event.flags & STATS_TOO_LONG)) return;
        const bool lpe = reg[R(RCTL)] & F(RCTL_LPE), sbp = reg[R(RCTL)] & F(RCTL_SBP);
        if (!pool_vmdq(reg)) {
            corners[LIMIT_STD].count += !lpe && len == NIC_FrameMaxStd + 1;
            corners[LIMIT_LOW].count += lpe && len <= NIC_FrameMaxStd;
            corners[LIMIT_RLPML].count += lpe && len == rlpml + 1;
        } else {
            corners[POOLS_LONG].count += len <= IGB_FrameMax;
            corners[POOLS_LONG_SBP].count += len <= IGB_FrameMax && sbp;
            corners[POOLS_SHORT].count += len <= NIC_FrameMaxStd;
        }
        corners[LIMIT_DEVICE].count += len - IGB_FrameMax - 1 < 2;
    }
#endif

    void count()
    {
        corners[ACCEPTED + fate].count++;
        corners[OWN_BAD].count += c.own && c.on && !c.fcs_good;
#if RX_82576
        count_82576();
#endif
        if (!stats_events) return;
        const uint32_t f = stats_event.flags;
        corners[PAUSE_XON].count += (f & STATS_XON) != 0;
        corners[PAUSE_XOFF].count += (f & STATS_XOFF) != 0;
        corners[UNSUPPORTED].count += (f & STATS_UNSUPPORTED) != 0;
        corners[DISCARDED].count += (f & STATS_DISCARDED) != 0;
        corners[BCAST].count += (f & STATS_BCAST) != 0;
        corners[MCAST].count += (f & STATS_MCAST) != 0;
    }

    void tick(uint64_t)
    {
        // done in compare()
    }

    void print() const
    {
        printf(" reset %d en %d dv %d ce %d d %02X er %d lb %d%d %02X loopback %d lost %d", reset,
               en, dut->rx_dv_i, dut->rx_ce_i, dut->rxd_i, dut->rx_er_i, dut->lb_en_i, dut->lb_ce_i,
               dut->lb_d_i, loopback, dut->rx_lost_i);
        printf(" rctl %08" PRIX32 " ctrl %08" PRIX32 " rxcsum %03" PRIX32 " vet %04" PRIX32
               " | active %d on %d len %u fate %d",
               reg[R(RCTL)], reg[R(CTRL)], reg[R(RXCSUM)], reg[R(VET)], c.active, c.on, c.arr.len,
               fate);
        if (fate < 0) return;
        printf("\n   ");
        for (uint32_t i = 0; i < c.arr.len && i < 128; i++) printf(" %02x", c.bytes[i]);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>(MODULE, argc, argv);
}
