// SPDX-License-Identifier: Apache-2.0
// rtl/lli_filter.sv beside model/lli_filter.c: combinational, new inputs in every cycle.
#include "tests/rtl/lockstep.h"

#include "Vlli_filter.h"
#include "Vlli_filter___024root.h"
extern "C" {
#include "model/lli_filter.h"
}

namespace
{

// The module has no clock.
struct lli_dut {
    Vlli_filter v;
    uint8_t clk_i = 0, rst_ni = 0;
    void eval()
    {
        v.eval();
    }
};

struct bench {
    std::unique_ptr<lli_dut> dut = std::make_unique<lli_dut>();
    std::vector<uint32_t> reg = std::vector<uint32_t>(IGB_R_COUNT);
    rss_packet_t p = {};
    uint32_t stored = 0;
    enum { MARKED, NOT, PORT, SIZE, FLAGS, PRIORITY, SYN, TYPE, TYPE_MARK, TWO, CORNERS };
    lockstep_corner corners[CORNERS] = {
        {"marked", 0},
        {"not marked", 0},
        {"by the port alone", 0},
        {"by the size alone", 0},
        {"by the flags alone", 0},
        {"by the priority alone", 0},
        {"by SYN alone", 0},
        {"type known", 0},
        {"by the type alone", 0},
        {"type known to two", 0},
    };

    void init()
    {
    }

    void registers(lockstep_rng &r)
    {
        const bool few = r.one_in(2);
        for (unsigned n = 0; n < IGB_IMIR_COUNT; n++) {
            const uint32_t imm = r.one_in(few ? 20 : 3) ? FMASK(IGB_IMIR_IMM) : 0;
            const uint32_t bp = r.one_in(3) ? FMASK(IGB_IMIR_PORT_BP) : 0;
            reg[IGB_R_IMIR + n] = (r.u32() & 0xFFFC0000) | r.below(4) | imm | bp;
            reg[IGB_R_IMIREXT + n] = (r.u32() & 0xFFFFF000 & ~FMASK(IGB_IMIREXT_FLAGS)) |
                                     (58 + r.below(8)) |
                                     (r.u32() & r.u32() & FMASK(IGB_IMIREXT_FLAGS));
            if (r.one_in(10)) reg[IGB_R_IMIREXT + n] = r.u32();
            reg[IGB_R_ETQF + n] = (r.u32() & 0xFBFF0000) | r.below(4) |
                                  (r.one_in(few ? 10 : 2) ? FMASK(IGB_ETQF_EN) : 0);
        }
        reg[IGB_R_IMIRVP] = r.u32() & ~(r.one_in(3) ? 0u : FMASK(IGB_IMIRVP_EN));
        reg[IGB_R_SYNQF] = r.u32() & ~(r.one_in(3) ? 0u : FMASK(IGB_SYNQF_EN));
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        static const uint16_t protos[] = {0, PACKET_TCP, PACKET_TCP, PACKET_UDP, PACKET_SCTP};
        if (now % 4 == 0) registers(r);
        const uint32_t proto = protos[r.below(5)];
        p = {};
        p.packet = (uint16_t)(proto | r.below(16) | (r.one_in(2) ? PACKET_VLAN : 0));
        p.ethertype = (uint16_t)(r.one_in(20) ? r.u32() : r.below(4));
        p.dport = (uint16_t)(r.one_in(20) ? r.u32() : r.below(4));
        p.tcp_flags = proto == PACKET_TCP ? (uint8_t)(r.u32() & r.u32() & 0x3F) : 0;
        p.priority = (uint8_t)r.below(8);
        stored = r.one_in(10) ? r.below(16384) : 56 + r.below(12);
        Vlli_filter &v = dut->v;
        v.packet_i = p.packet;
        v.ethertype_i = p.ethertype;
        v.dport_i = p.dport;
        v.tcp_flags_i = p.tcp_flags;
        v.priority_i = p.priority;
        v.stored_i = (uint16_t)stored;
        for (unsigned n = 0; n < IGB_IMIR_COUNT; n++) {
            v.imir_i[n] = reg[IGB_R_IMIR + n];
            v.imirext_i[n] = reg[IGB_R_IMIREXT + n];
            v.etqf_i[n] = reg[IGB_R_ETQF + n];
        }
        v.imirvp_i = reg[IGB_R_IMIRVP];
        v.synqf_i = reg[IGB_R_SYNQF];
    }

    void compare(uint64_t, lockstep_diff &d)
    {
        const lli_verdict_t w = lli_filter(&p, stored, reg.data());
        d.same("lli_o", dut->v.lli_o, w.lli);
        d.same("packet_o", dut->v.packet_o, w.packet);
        corners[w.lli ? MARKED : NOT].count++;
        if (w.packet & PACKET_L2) {
            unsigned knows = 0;
            for (unsigned n = 0; n < IGB_ETQF_COUNT; n++)
                knows += FGET(IGB_ETQF_EN, reg[IGB_R_ETQF + n]) &&
                         FGET(IGB_ETQF_ETYPE, reg[IGB_R_ETQF + n]) == p.ethertype;
            corners[TYPE].count++;
            corners[TWO].count += knows > 1;
        }
        if (w.lli) alone();
    }

    // Which of them it was: without the one it is not marked.
    void alone()
    {
        const auto marked = [this](rss_packet_t q, uint32_t bytes) {
            return lli_filter(&q, bytes, reg.data()).lli;
        };
        rss_packet_t q = p;
        q.dport ^= 0x8000;
        corners[PORT].count += !marked(q, stored);
        corners[SIZE].count += !marked(p, 16000);
        q = p;
        q.tcp_flags &= TCP_FLAG_SYN;
        corners[FLAGS].count += !marked(q, stored);
        q = p;
        q.packet &= ~PACKET_VLAN;
        corners[PRIORITY].count += !marked(q, stored);
        const uint32_t synqf = reg[IGB_R_SYNQF];
        reg[IGB_R_SYNQF] = 0;
        corners[SYN].count += !marked(p, stored);
        reg[IGB_R_SYNQF] = synqf;
        q = p;
        q.ethertype ^= 0x8000;
        corners[TYPE_MARK].count += !marked(q, stored);
    }

    void tick(uint64_t)
    {
    }

    void print() const
    {
        printf(" packet %04X type %04X port %u flags %02X prio %u stored %u", p.packet, p.ethertype,
               p.dport, p.tcp_flags, p.priority, stored);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("lli_filter", argc, argv);
}
