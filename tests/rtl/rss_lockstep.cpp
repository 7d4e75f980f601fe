// SPDX-License-Identifier: Apache-2.0
// rtl/rss.sv beside model/rss.c: the frame that has passed so far is a frame to the C, so every output is compared in
// every cycle. The RETA row is what the RTL asks for.
#include "tests/rtl/lockstep.h"

#include "Vrss.h"
#include "Vrss___024root.h"
extern "C" {
#include "model/rss.h"
}

namespace
{

enum { TCP = 6, UDP = 17, SCTP = 132 };

// The module with its table.
struct rss_dut {
    Vrss v;
    const uint32_t *reg = nullptr;
    uint8_t clk_i = 0, rst_ni = 0;
    void eval()
    {
        v.clk_i = clk_i;
        v.rst_ni = rst_ni;
        v.eval();
        if (!reg) return;
        v.reta_row_i = reg[IGB_R_RETA + v.reta_addr_o];
        v.eval();
    }
};

struct frame_maker {
    lockstep_rng &r;
    uint16_t vet;
    std::vector<uint8_t> f;

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

    size_t ipv4() // returns where the type of the next header is told
    {
        const size_t at = f.size();
        const uint32_t options = r.one_in(3) ? r.below(11) : 0;
        random(20 + 4 * options);
        f[at] = (uint8_t)((r.one_in(30) ? r.u32() << 4 : 0x40) | (5 + options));
        if (r.one_in(40)) f[at] = (uint8_t)r.u32();
        if (!r.one_in(5)) f[at + 6] = f[at + 7] = 0;
        else if (r.one_in(2)) f[at + 6] = (uint8_t)(r.below(4) << 5), f[at + 7] = 0;
        return at + 9;
    }

    size_t ipv6()
    {
        static const uint8_t known[] = {0, 43, 60};
        const size_t at = f.size();
        random(40);
        f[at] = (uint8_t)(r.one_in(40) ? r.u32() : 0x60);
        size_t next = at + 6;
        for (uint32_t n = r.one_in(2) ? 1 + r.below(3) : 0; n; n--) {
            f[next] = (uint8_t)(r.one_in(4) ? 44 + 7 * r.below(2) : known[r.below(3)]);
            next = f.size();
            const uint32_t units = r.one_in(60) ? r.below(256) : r.below(3);
            random(8 + 8 * units);
            f[next + 1] = (uint8_t)units;
        }
        return next;
    }

    std::vector<uint8_t> make()
    {
        static const uint8_t l4[] = {TCP, TCP, UDP, UDP, SCTP, 1};
        f.clear();
        random(12);
        for (uint32_t tags = r.one_in(3) ? 1 + r.one_in(8) : 0; tags; tags--) {
            u16(vet);
            random(2);
        }
        const bool six = r.one_in(2);
        u16(r.one_in(20) ? r.u32() : six ? 0x86DD : 0x0800);
        const size_t next = six ? ipv6() : ipv4();
        f[next] = l4[r.below(6)];
        const size_t at = f.size();
        random(r.one_in(3) ? r.below(10) : 14 + r.below(r.one_in(3) ? 60 : 20));
        if (f.size() > at + 12 && !r.one_in(4))
            f[at + 12] = (uint8_t)(r.one_in(3) ? r.u32() : 0x50);
        random(4); // FCS
        if (r.one_in(4)) f.resize(r.below((uint32_t)f.size()));
        return f;
    }
};

struct bench {
    std::unique_ptr<rss_dut> dut = std::make_unique<rss_dut>();
    std::vector<uint32_t> reg = std::vector<uint32_t>(IGB_R_COUNT);
    rss_shape_t shape = {};
    rss_packet_t want = {};
    std::vector<uint8_t> f; // that comes
    uint32_t passed = 0;    // of it
    bool start = false, valid = false;
    uint32_t wait = 0, stride = 1, written = 0;
    enum {
        TYPE,
        TYPE_LAST = TYPE + RSS_UDP_IPV6EX,
        OPTIONS,
        EXT,
        SCTP_SEEN,
        VLAN,
        FLAGS,
        CHANGED,
        KEY_CHANGED,
        DISABLED,
        SLOW,
        TINY,
        ROW3,
        TCP_HEADER,
        TCP_OPTIONS,
        TCP_SHORT,
        UDP_HEADER,
        UDP_SHORT,
        EX_HEADER,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"type 0", 0},
        {"TCP/IPv4", 0},
        {"IPv4", 0},
        {"TCP/IPv6", 0},
        {"IPv6 with extension headers", 0},
        {"IPv6", 0},
        {"TCP/IPv6 with extension headers", 0},
        {"UDP/IPv4", 0},
        {"UDP/IPv6", 0},
        {"UDP/IPv6 with extension headers", 0},
        {"IPv4 options", 0},
        {"extension headers seen", 0},
        {"SCTP", 0},
        {"tag", 0},
        {"TCP flags", 0},
        {"fields changed while a frame came", 0},
        {"key changed while a frame with a sum came", 0},
        {"extension headers, IPV6_EX_DIS", 0},
        {"bytes with gaps", 0},
        {"no longer than an FCS", 0},
        {"last byte of a RETA row", 0},
        {"header length with a TCP header", 0},
        {"and with its options", 0},
        {"and without it, because it is not there whole", 0},
        {"header length with a UDP header", 0},
        {"and without it, because it is not there whole", 0},
        {"header length that ends with an extension header", 0},
    };

    void init()
    {
        dut->reg = reg.data();
    }

    // Few registers, so that they are mostly right.
    void write(lockstep_rng &r)
    {
        switch (r.below(6)) {
        case 0:
            for (unsigned n = 0; n < IGB_RSSRK_COUNT; n++) reg[IGB_R_RSSRK + n] = r.u32();
            break;
        case 1: reg[IGB_R_MRQC] = r.one_in(3) ? r.u32() : r.u32() | 0x01FF0000; break;
        case 2: reg[IGB_R_VET] = r.one_in(8) ? r.u32() : 0x88A88100; break;
        case 3: reg[IGB_R_RFCTL] = r.one_in(2) ? r.u32() : 0; break;
        case 4: reg[IGB_R_RETA + r.below(IGB_RETA_COUNT)] = r.u32(); break;
        default: reg[IGB_R_RSSRK + r.below(IGB_RSSRK_COUNT)] = r.u32(); break;
        }
        written++;
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now == 0)
            for (int i = 0; i < 200; i++) write(r);
        else if (r.one_in(50)) write(r);
        start = valid = false;
        if (wait) {
            wait--;
        } else if (passed == f.size()) {
            finish();
            start = true;
            const uint16_t vet = (uint16_t)reg[IGB_R_VET];
            f = frame_maker{r, vet, {}}.make();
            passed = 0;
            stride = r.one_in(10) ? 10 : 1;
            wait = 7 * stride;
            if (f.empty()) wait = r.below(4);
        } else {
            valid = true;
            wait = stride - 1;
            if (passed + 1 == f.size()) wait = r.below(20);
        }
        Vrss &v = dut->v;
        v.start_i = start;
        v.valid_i = valid;
        v.index_i = (uint16_t)passed;
        v.data_i = valid ? f[passed] : (uint8_t)r.u32();
        for (unsigned n = 0; n < IGB_RSSRK_COUNT; n++) v.key_i[n] = reg[IGB_R_RSSRK + n];
        v.mrqc_i = reg[IGB_R_MRQC];
        v.vet_i = (uint16_t)reg[IGB_R_VET];
        v.ex_dis_i = FGET(IGB_RFCTL_IPV6_EX_DIS, reg[IGB_R_RFCTL]);
    }

    // The frame is whole.
    void finish()
    {
        const rss_shape_t s = rss_shape(reg.data());
        corners[TYPE + want.type].count++;
        corners[OPTIONS].count += (want.packet & PACKET_IPV4_OPTIONS) != 0;
        corners[EXT].count += (want.packet & PACKET_IPV6_EXT) != 0;
        corners[SCTP_SEEN].count += (want.packet & PACKET_SCTP) != 0;
        corners[VLAN].count += (want.packet & PACKET_VLAN) != 0;
        corners[FLAGS].count += want.tcp_flags != 0;
        corners[CHANGED].count += want.type && s.mrqc != shape.mrqc;
        corners[KEY_CHANGED].count += want.type && s.key[0] != shape.key[0];
        corners[SLOW].count += stride > 1;
        corners[TINY].count += f.size() && f.size() <= NIC_FcsBytes;
        corners[ROW3].count += want.type && (want.hash & 3) == 3;
        headers();
        if (shape.ex_dis) {
            shape.ex_dis = false;
            const rss_packet_t p = rss_packet(f.data(), (uint32_t)f.size(), &shape);
            corners[DISABLED].count += (p.packet & PACKET_IPV6_EXT) != 0;
        }
    }

    // What the header length ends with.
    void headers()
    {
        const uint32_t l2 = want.packet & PACKET_VLAN ? 18 : 14;
        if (!(want.packet & PACKET_IPV4)) {
            corners[EX_HEADER].count += want.hdr_len > l2 + 40 && !(want.packet & 0x70);
            return;
        }
        const uint32_t ip = l2 + (f[l2] & 15) * 4, l4_len = want.hdr_len - ip;
        if (want.packet & PACKET_TCP) {
            corners[TCP_HEADER].count += l4_len == 20;
            corners[TCP_OPTIONS].count += l4_len > 20;
            corners[TCP_SHORT].count += l4_len == 0 && f.size() > ip + 16 && f[ip + 12] >= 0x50;
        }
        if (want.packet & PACKET_UDP) {
            corners[UDP_HEADER].count += l4_len != 0;
            corners[UDP_SHORT].count += l4_len == 0;
        }
    }

    void compare(uint64_t, lockstep_diff &d) const
    {
        const Vrss &v = dut->v;
        d.same("packet_o", v.packet_o, want.packet);
        d.same("type_o", v.type_o, want.type);
        d.same("hash_o", v.hash_o, want.hash);
        d.same("ethertype_o", v.ethertype_o, want.ethertype);
        d.same("dport_o", v.dport_o, want.dport);
        d.same("tcp_flags_o", v.tcp_flags_o, want.tcp_flags);
        d.same("priority_o", v.priority_o, want.priority);
        d.same("hdr_len_o", v.hdr_len_o, want.hdr_len);
        d.same("entry_o", v.entry_o, rss_entry(want.hash, reg.data()));
    }

    void tick(uint64_t)
    {
        if (start) shape = rss_shape(reg.data());
        passed += valid;
        if (start || valid) want = rss_packet(f.data(), passed, &shape);
    }

    void print() const
    {
        printf(" start %d valid %d %02X passed %u of %zu mrqc %08" PRIX32 " packet %04X type %u",
               start, valid, dut->v.data_i, passed, f.size(), shape.mrqc, want.packet, want.type);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("rss", argc, argv);
}
