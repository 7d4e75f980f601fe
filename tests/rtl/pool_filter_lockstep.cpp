// SPDX-License-Identifier: Apache-2.0
// rtl/pool_filter.sv beside model/pool_filter.c: combinational, a new frame in every cycle. The rows of the tables are
// what the RTL asks for.
#include "tests/rtl/lockstep.h"

#include "Vpool_filter.h"
#include "Vpool_filter___024root.h"

#include <cstring>
extern "C" {
#include "model/pool_filter.h"
}

namespace
{

// The module, without a clock, with its tables.
struct pool_dut {
    Vpool_filter v;
    const uint32_t *reg = nullptr;
    uint8_t clk_i = 0, rst_ni = 0;
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
    std::unique_ptr<pool_dut> dut = std::make_unique<pool_dut>();
    std::vector<uint32_t> reg = std::vector<uint32_t>(IGB_R_COUNT);
    uint8_t head[16] = {};
    uint32_t len = 0, entry = 0;
    int from = POOL_WIRE;
    enum {
        NONE,
        ONE,
        SEVERAL,
        SECOND,
        EXACT,
        UNICAST_HASH,
        MCAST,
        BCAST,
        DEFAULT,
        VLAN_DROP,
        CFI_DROP,
        BY_VLAN,
        TOO_LONG,
        DISABLED,
        NO_REPL,
        IGNORE_MAC,
        LOOPED,
        INSIDE,
        SELF,
        OFF,
        SPOOF_MAC,
        SPOOF_VLAN,
        SPOOF_BOTH,
        MODE2,
        MODE0,
        SOURCE,
        PIF,
        TAG_OFF,
        FCS_OFF,
        SHORT,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"no queue", 0},
        {"one pool", 0},
        {"several pools", 0},
        {"second queue of a pool", 0},
        {"exact", 0},
        {"unicast by hash", 0},
        {"multicast with a queue", 0},
        {"broadcast with a queue", 0},
        {"default pool", 0},
        {"dropped by VFTA", 0},
        {"dropped by CFI", 0},
        {"tagged, with a queue, VFE", 0},
        {"too long", 0},
        {"exact, but no pool left", 0},
        {"one pool for want of replication", 0},
        {"IGNORE_MAC with a queue", 0},
        {"from a pool to others", 0},
        {"not to the wire", 0},
        {"from a pool to itself", 0},
        {"from a pool, no switch", 0},
        {"spoofed address", 0},
        {"spoofed VLAN", 0},
        {"spoofed both", 0},
        {"mode 2", 0},
        {"default queue", 0},
        {"accepted by its source", 0},
        {"PIF", 0},
        {"tag taken off", 0},
        {"FCS left on", 0},
        {"shorter than addresses", 0},
    };

    void init()
    {
        dut->reg = reg.data();
    }

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
                                 (r.one_in(4) ? FMASK(IGB_RAH_AV) : 0) |
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
        // One table is all of one value more often than not: then the rest decides.
        static const unsigned tables[] = {IGB_R_MTA, IGB_R_UTA, IGB_R_VFTA};
        const unsigned t = tables[r.below(3)];
        const uint32_t all = r.one_in(2) ? UINT32_MAX : 0;
        const bool same = r.one_in(2);
        for (unsigned i = 0; i < 128; i++) reg[t + i] = same ? all : r.u32();
        static const uint8_t modes[] = {3, 3, 3, 5, 5, 5, 2, 0};
        reg[IGB_R_MRQC] =
            (r.u32() & ~FMASK(IGB_MRQC_MODE)) | (r.one_in(10) ? r.below(8) : modes[r.below(8)]);
        reg[IGB_R_RCTL] = r.u32() & ~(r.one_in(3) ? 0u : FMASK(IGB_RCTL_SECRC));
        if (r.one_in(2)) reg[IGB_R_RCTL] &= ~FMASK(IGB_RCTL_CFIEN);
        reg[IGB_R_VT_CTL] = r.u32() & ~(r.one_in(8) ? 0u : FMASK(IGB_VT_CTL_IGNORE_MAC));
        reg[IGB_R_RPLOLR] = r.u32();
        reg[IGB_R_VFRE] = r.one_in(3) ? r.below(256) : 0xFF;
        reg[IGB_R_DTXSWC] = r.u32() & (r.one_in(3) ? UINT32_MAX : r.u32() & r.u32());
        if (!r.one_in(4)) reg[IGB_R_DTXSWC] |= FMASK(IGB_DTXSWC_LOOPBACK_EN);
        reg[IGB_R_CTRL] = r.u32();
        reg[IGB_R_VET] = r.one_in(10) ? r.u32() : 0x88A88100;
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        Vpool_filter &v = dut->v;
        if (now == 0)
            for (int i = 0; i < 20; i++) registers(r);
        if (now % 8 == 0) {
            registers(r);
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
        }
        address(head, r);
        address(head + 6, r);
        const uint32_t type = r.one_in(2) ? reg[IGB_R_VET] : r.one_in(2) ? 0x0800 : r.u32();
        head[12] = (uint8_t)(type >> 8);
        head[13] = (uint8_t)type;
        head[14] = (uint8_t)(r.u32() & (r.one_in(20) ? 0xFF : 0xF0));
        head[15] = (uint8_t)r.below(r.one_in(20) ? 256 : 6);
        len = r.one_in(4) ? r.below(24) : r.one_in(2) ? 64 : 1508 + r.below(20);
        if (r.one_in(30)) len = r.below(16384);
        from = r.one_in(2) ? POOL_WIRE : (int)r.below(8);
        entry = r.below(16);
        for (unsigned n = 0; n < 4; n++)
            v.head_i[n] = head[4 * n] | head[4 * n + 1] << 8 | head[4 * n + 2] << 16 |
                          (uint32_t)head[4 * n + 3] << 24;
        v.len_i = (uint16_t)len;
        v.from_pool_i = from != POOL_WIRE;
        v.pool_i = from == POOL_WIRE ? (uint8_t)r.below(8) : (uint8_t)from;
        v.entry_i = (uint8_t)entry;
    }

    void compare(uint64_t, lockstep_diff &d)
    {
        const Vpool_filter &v = dut->v;
        const pool_verdict_t w = pool_filter(head, len, from, entry, reg.data());
        d.same("queues_o", v.queues_o, w.queues);
        d.same("stored_o", v.stored_o, w.stored);
        d.same("several_o", v.several_o, w.several);
        d.same("strip_tag_o", v.strip_tag_o, w.strip_tag);
        d.same("strip_fcs_o", v.strip_fcs_o, w.strip_fcs);
        d.same("exact_o", v.exact_o, w.exact);
        d.same("is_bcast_o", v.is_bcast_o, w.is_bcast);
        d.same("is_mcast_o", v.is_mcast_o, w.is_mcast);
        d.same("tagged_o", v.tagged_o, w.tagged);
        d.same("pif_o", v.pif_o, w.pif);
        d.same("vlan_drop_o", v.vlan_drop_o, w.vlan_drop);
        d.same("too_long_o", v.too_long_o, w.too_long);
        d.same("spoof_mac_o", v.spoof_mac_o, w.spoof_mac);
        d.same("spoof_vlan_o", v.spoof_vlan_o, w.spoof_vlan);
        d.same("to_wire_o", v.to_wire_o, w.to_wire);
        count(w);
    }

    void count(const pool_verdict_t &w)
    {
        const bool vmdq = pool_vmdq(reg.data()), wire = from == POOL_WIRE, any = w.queues != 0;
        const bool group = w.is_bcast || w.is_mcast;
        const uint32_t vt = reg[IGB_R_VT_CTL], rctl = reg[IGB_R_RCTL];
        const bool spoofed = w.spoof_mac || w.spoof_vlan;
        const bool ignored = FGET(IGB_VT_CTL_IGNORE_MAC, vt);
        corners[NONE].count += !any;
        corners[ONE].count += vmdq && any && !w.several;
        corners[SEVERAL].count += w.several;
        corners[SECOND].count += vmdq && w.queues >> IGB_Pools != 0;
        corners[EXACT].count += w.exact && any;
        corners[MCAST].count += w.is_mcast && any;
        corners[BCAST].count += w.is_bcast && any;
        if (vmdq && wire && any && !group && !w.exact && !ignored) {
            const uint32_t pool = 1u << FGET(IGB_VT_CTL_DEF_PL, vt);
            std::vector<uint32_t> without = reg;
            without[IGB_R_VT_CTL] |= FMASK(IGB_VT_CTL_DIS_DEF_POOL);
            const bool hashed = pool_filter(head, len, from, entry, without.data()).queues != 0;
            corners[UNICAST_HASH].count += hashed;
            corners[DEFAULT].count += !hashed && (w.queues | w.queues >> 8) & pool;
        }
        if (w.vlan_drop) {
            std::vector<uint32_t> without = reg;
            without[IGB_R_RCTL] &= ~FMASK(IGB_RCTL_CFIEN);
            const bool table = pool_filter(head, len, from, entry, without.data()).vlan_drop;
            corners[table ? VLAN_DROP : CFI_DROP].count++;
        }
        corners[BY_VLAN].count += vmdq && any && w.tagged && FGET(IGB_RCTL_VFE, rctl);
        corners[TOO_LONG].count += w.too_long;
        corners[DISABLED].count += vmdq && w.exact && !any && !w.vlan_drop && !w.too_long;
        corners[NO_REPL].count += vmdq && any && group && !FGET(IGB_VT_CTL_REPL_EN, vt);
        corners[IGNORE_MAC].count += vmdq && any && ignored;
        corners[LOOPED].count += !wire && any;
        corners[INSIDE].count += !wire && any && !w.to_wire;
        corners[SELF].count += !wire && w.queues >> from & 1;
        corners[OFF].count += !wire && !vmdq && w.to_wire;
        corners[SPOOF_MAC].count += w.spoof_mac;
        corners[SPOOF_VLAN].count += w.spoof_vlan;
        corners[SPOOF_BOTH].count += w.spoof_mac && w.spoof_vlan;
        const uint32_t mode = FGET(IGB_MRQC_MODE, reg[IGB_R_MRQC]);
        corners[MODE2].count += any && mode == 2;
        corners[MODE0].count += any && !vmdq && mode != 2;
        corners[SOURCE].count += !vmdq && w.exact && any && !spoofed;
        corners[PIF].count += w.pif;
        corners[TAG_OFF].count += w.strip_tag;
        corners[FCS_OFF].count += any && !w.strip_fcs;
        corners[SHORT].count += any && len < 12;
    }

    void tick(uint64_t)
    {
    }

    void print() const
    {
        printf(" from %d len %u entry %u mrqc %08" PRIX32 " rctl %08" PRIX32 " vt_ctl %08" PRIX32
               " dtxswc %08" PRIX32 " vfre %02" PRIX32 " |",
               from, len, entry, reg[IGB_R_MRQC], reg[IGB_R_RCTL], reg[IGB_R_VT_CTL],
               reg[IGB_R_DTXSWC], reg[IGB_R_VFRE]);
        for (const uint8_t b : head) printf(" %02x", b);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("pool_filter", argc, argv);
}
