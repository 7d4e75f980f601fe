// SPDX-License-Identifier: Apache-2.0
// rtl/regs_82576.sv beside model/regs_82576.c. What other modules show of their registers is random.
#include "tests/rtl/lockstep.h"

#include <cstring>

#include "Vregs_82576.h"
#include "Vregs_82576___024root.h"
extern "C" {
#include "model/regs_82576.h"
}

namespace
{

enum { SPACE = REGS_82576_WORDS * 4, VF_SPACE = REGS_82576_VF_WORDS * 4 };

struct bench {
    std::unique_ptr<Vregs_82576> dut = std::make_unique<Vregs_82576>();
    std::unique_ptr<regs_82576_map_t> map_p = std::make_unique<regs_82576_map_t>();
    const regs_82576_map_t &map = *map_p;
    regs_82576_t c = {};
    regs_82576_in_t in = {};
    regs_82576_status_t status = {};
    uint32_t pci_rdata = 0, msix_rdata = 0, owner_rdata = 0, mdic = 0, eecd = 0, eerd = 0, swsm = 0;
    uint16_t wvbr = 0, rdh[IGB_Queues] = {}, tdh[IGB_Queues] = {};
    uint8_t hash[2] = {}, vfta[2] = {};
    // of this phase
    uint32_t access_odds = 1, write_odds = 2, rst_odds = 1, link_odds = 1, enable_odds = 1,
             pulse_odds = 1, vf_odds = 2;
    uint32_t few = 0, few_at[4] = {};        // only these places are accessed; 0: all
    bool sweep = false, sweep_write = false; // one element after the other is read (written)
    uint32_t sweep_place = 0, sweep_element = 0;
    uint32_t last_off = 0;
    uint8_t last_func = 0;
    std::vector<uint8_t> touched = std::vector<uint8_t>(IGB_R_COUNT);  // 1 written, 2 read then
    std::vector<uint8_t> seen = std::vector<uint8_t>(9 * IGB_R_COUNT); // by that function
    uint32_t untouched = 0, unseen = 0;
    std::vector<uint32_t> vf_offsets; // of all registers of a window

    enum {
        READ_BACK,
        VF_BACK,
        VIEW_BACK,
        DECODES_OFF,
        DECODES_ON,
        RST_WRITE,
        RST_READ,
        RST_END,
        RST_DUP,
        RST_IO,
        FLR_PF,
        FLR_WRITE,
        FLR_RST,
        VF_CTRL,
        VF_VIEW,
        VF_FLR,
        VF_START,
        VF_STOP,
        VF_TWO,
        VF_BEHIND,
        VF_BEFORE,
        VF_AND_PF,
        MDP,
        MDP_OFF,
        MDP_WRITE,
        MDP_VF,
        EE,
        RISE,
        STAYS,
        FLUSH,
        HEAD,
        LSC,
        LSC_RST,
        IO_HIGH,
        IO_VF,
        HOLE,
        VF_HOLE,
        SAME_WRITE,
        NARROW,
        ODD_FUNC,
        MSIX,
        RESERVED,
        MAY,
        SWEEP,
        ALL_BACK,
        ALL_VF,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"register read in the cycle behind its write", 0},
        {"register of a VF read in the cycle behind its write", 0},
        {"register written by a VF read by the PF in the next cycle", 0},
        {"memory BAR off between an access and its reply", 0},
        {"memory BAR on between an access and its reply", 0},
        {"write while CTRL.RST reads 1", 0},
        {"read in the cycle of the reset", 0},
        {"access in the first cycle in which CTRL.RST reads 0", 0},
        {"reset by CTRL_DUP", 0},
        {"reset by IODATA", 0},
        {"FLR of the PF", 0},
        {"FLR of the PF and a write", 0},
        {"FLR of the PF in the cycle of CTRL.RST", 0},
        {"VTCTRL.RST by the VF", 0},
        {"VTCTRL.RST by the PF", 0},
        {"FLR of a VF", 0},
        {"vf_start", 0},
        {"vf_stop of some that were there", 0},
        {"VTCTRL.RST and vf_start of different VFs", 0},
        {"register of a queue written behind the reset of its VF", 0},
        {"head written in the reset of its VF", 0},
        {"reset of a VF and of the PF", 0},
        {"malicious queue", 0},
        {"bad packet without protection", 0},
        {"malicious queue enabled in that tick", 0},
        {"malicious queue whose VF is reset", 0},
        {"NVM loaded by EE_RST", 0},
        {"enable bit rises", 0},
        {"enable bit written 1 that was 1", 0},
        {"SWFLUSH", 0},
        {"head written", 0},
        {"link changes", 0},
        {"link up again in the tick of the reset", 0},
        {"IODATA beyond the registers", 0},
        {"I/O BAR of a VF", 0},
        {"read where nothing is", 0},
        {"the same in the window of a VF", 0},
        {"write of what all VFs see", 0},
        {"narrow write", 0},
        {"function that does not exist", 0},
        {"access to MSI-X", 0},
        {"reserved speed", 0},
        {"master disabled", 0},
        {"every register read in one go", 0},
        {"every register that can be written was, and read back", 0},
        {"every register of the window was read by every VF", 0},
    };

    void init()
    {
        regs_82576_map(map_p.get());
        in.ral0 = 0x12345678;
        in.rah0 = 0x80009ABC;
        regs_82576_reset(&c, &in);
        for (unsigned k = 0; k < igb_reg_row_count; k++)
            if (igb_reg_rows[k].owner == OWN_regs && igb_reg_rows[k].wmask)
                untouched += igb_reg_rows[k].count;
        untouched--; // CTRL and CTRL_DUP are one
        for (uint32_t off = 0; off < VF_SPACE; off += 4)
            if (igb_vreg_at(0, off).valid) vf_offsets.push_back(off);
        unseen = IGB_Vfs * (uint32_t)vf_offsets.size();
    }

    bool on_bus(uint64_t now) const
    {
        return c.csr_cyc == now && c.csr.valid;
    }

    enum reg_owner owner() const
    {
        return igb_reg_rows[map.row[c.csr.id]].owner;
    }

    bool resets(uint64_t now) const
    {
        return regs_82576_resets(&c, now, in.flr);
    }

    regs_82576_pulses_t pulses(uint64_t now) const
    {
        return regs_82576_pulses(&c, now, regs_82576_vf_gone(&c, in.flr, in.vf_start, in.vf_stop));
    }

    // The value of the register on the bus.
    uint32_t value(uint64_t now) const
    {
        const uint16_t id = c.csr.id, index = c.csr.index;
        switch (owner()) {
        case OWN_regs:
            return id == IGB_R_STATUS ? regs_82576_status(&c, &status)
                                      : regs_82576_value(&c, now, id, index);
        case OWN_irq:
        case OWN_eitr:
        case OWN_mailbox:
        case OWN_stats: return owner_rdata;
        case OWN_desc_ring: return id == IGB_R_RDH ? rdh[index] : tdh[index];
        case OWN_nvm: return id == IGB_R_EECD ? eecd : id == IGB_R_EERD ? eerd : swsm;
        case OWN_phy: return mdic;
        case OWN_l2_switch: return wvbr;
        default: return 0xBAD;
        }
    }

    void sample(uint64_t now)
    {
        in.now = now;
        in.rdata = 0xBAD;
        if (c.csr_cyc != now || !c.read_q) return;
        switch (c.to_q) {
        case REGS_TO_CSR: in.rdata = value(now); break;
        case REGS_TO_CFG: in.rdata = pci_rdata; break;
        case REGS_TO_IOADDR: in.rdata = in.ioaddr; break;
        case REGS_TO_MSIX: in.rdata = msix_rdata; break;
        default: break;
        }
    }

    void tick(uint64_t now)
    {
        const bool lu_was = c.lu_q, reset = resets(now);
        regs_82576_tick(&c, &map, &in);
        if (c.lsc_cyc == now + 1) corners[reset && lu_was ? LSC_RST : LSC].count++;
    }

    // ---- stimulus ----

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 1, 2, 2, 5, 100};
        access_odds = odds[r.below(6)];
        write_odds = 2 + r.below(3);
        rst_odds = r.one_in(3) ? 3 : 60;
        link_odds = odds[2 + r.below(4)];
        enable_odds = r.one_in(2) ? 20 : 2000;
        pulse_odds = r.one_in(2) ? 6 : 100;
        vf_odds = 1 + r.below(4);
        few = r.one_in(3) ? 1 + r.below(4) : 0;
        for (uint32_t &k : few_at) k = r.below(igb_place_row_count);
        if (r.one_in(4)) few_at[0] = 0; // CTRL
        if (r.one_in(2)) few_at[1] = place_of(r.one_in(2) ? IGB_R_RXDCTL : IGB_R_TXDCTL);
        if (r.one_in(3)) few_at[2] = place_of(IGB_R_VTCTRL);
        sweep = r.one_in(3);
        sweep_write = r.one_in(2);
        if (sweep) access_odds = 1;
        sweep_place = sweep_element = 0;
    }

    static uint32_t place_of(uint16_t reg)
    {
        uint32_t k = 0;
        while (igb_place_rows[k].reg != reg) k++;
        return k;
    }

    // The next register of a sweep.
    bool step(uint32_t *off)
    {
        if (sweep_place < igb_place_row_count &&
            sweep_element == igb_place_rows[sweep_place].count) {
            sweep_place++;
            sweep_element = 0;
        }
        if (sweep_place < igb_place_row_count) {
            const igb_place_row_t *p = &igb_place_rows[sweep_place];
            *off = p->off + sweep_element++ * p->stride;
            return true;
        }
        if (!sweep_write) corners[SWEEP].count++;
        sweep = false;
        return false;
    }

    uint32_t pf_offset(lockstep_rng &r)
    {
        if (r.one_in(12)) return r.below(SPACE);
        const igb_place_row_t *p =
            &igb_place_rows[few ? few_at[r.below(few)] : r.below(igb_place_row_count)];
        uint32_t off = p->off + r.below(p->count) * p->stride;
        if (r.one_in(30)) off ^= 1u << (2 + r.below(15)); // near misses
        return off;
    }

    uint32_t vf_offset(lockstep_rng &r)
    {
        if (r.one_in(12)) return r.below(VF_SPACE);
        uint32_t off = vf_offsets[few && r.one_in(3) ? few_at[0] % vf_offsets.size()
                                                     : r.below((uint32_t)vf_offsets.size())];
        if (r.one_in(30)) off ^= 1u << (2 + r.below(12));
        return off;
    }

    static uint32_t data(lockstep_rng &r)
    {
        switch (r.below(4)) {
        case 0: return r.u32() & r.u32() & r.u32();
        case 1: return 1u << r.below(32);
        case 2: return ~(1u << r.below(32));
        default: return r.u32();
        }
    }

    // The same register by the PF.
    void pf_sees(nic_access_t &a, uint32_t *off) const
    {
        const regs_82576_at_t at = regs_82576_at(&map, a.func, *off);
        if (!at.valid) return;
        const reg_row_t *row = &igb_reg_rows[map.row[at.id]];
        *off = row->off + at.index * row->stride;
        a.func = 0;
    }

    void access(uint64_t now, lockstep_rng &r)
    {
        nic_access_t &a = in.what;
        in.access = r.one_in(access_odds) && now != 0; // cycle 0: see the known differences
        uint32_t off = 0;
        const bool stepped = sweep && in.access && step(&off);
        a.func = stepped || r.below(4) >= vf_odds ? 0 : (uint8_t)(1 + r.below(IGB_Vfs));
        if (!stepped) {
            if (r.one_in(80)) a.func = (uint8_t)r.u32();
            off = a.func ? vf_offset(r) : pf_offset(r);
            if (r.one_in(4)) { // the register of the access before
                off = last_off;
                a.func = last_func;
                if (a.func && r.one_in(4)) pf_sees(a, &off);
            }
        }
        const uint32_t way = stepped ? 23 : r.below(24);
        a.space = NIC_SPACE_MEM;
        a.addr = off | (r.one_in(3) ? r.below(8) << 17 : 0) | (r.one_in(8) ? r.below(4) : 0);
        if (a.func && r.one_in(3)) a.addr |= r.below(8) << 14;
        if (way < 4 && (a.func == 0 || r.one_in(8))) {
            a.space = NIC_SPACE_IO;
            a.addr = r.one_in(4) ? r.below(4) : 4 + r.below(4);
            if (r.one_in(8)) a.addr = r.below(64);
            if (r.one_in(50)) a.addr |= 1u << (6 + r.below(14));
            if (!r.one_in(4)) in.ioaddr = off | r.below(4);
            if (r.one_in(10)) in.ioaddr |= 1u << (17 + r.below(3));
        } else if (way == 4) {
            a.space = NIC_SPACE_CFG;
            a.addr = r.one_in(4) ? r.below(1 << 20) : r.below(4096);
        } else if (way == 5) {
            a.space = NIC_SPACE_MSIX;
            a.addr = r.below(0x4000);
        }
        a.write = stepped ? sweep_write : r.below(write_odds) != 0;
        a.be = r.one_in(12) ? (uint8_t)r.below(16) : 0xF;
        a.wdata = data(r);
        if (a.func == 0 && off <= IGB_CTRL_DUP && (stepped || !r.one_in(rst_odds)))
            a.wdata &= ~FMASK(IGB_CTRL_RST);
        if (a.func == 0 && off <= IGB_CTRL_DUP && r.one_in(2)) a.wdata |= FMASK(IGB_CTRL_SLU);
        if (in.access) {
            last_off = off;
            last_func = a.func;
        }
    }

    void others(uint64_t now, lockstep_rng &r)
    {
        if (r.one_in(enable_odds) || now < 2) {
            in.decodes = (uint16_t)((r.u32() | r.u32()) & 0x1FF);
            if (!r.one_in(3)) in.decodes = 0x1FF;
            in.io_en = !r.one_in(4);
        }
        in.flr = 0;
        in.vf_start = 0;
        in.vf_stop = false;
        if (now && r.one_in(c.reset_cyc == now ? 4 : pulse_odds)) {
            const uint8_t was = c.there_q;
            switch (r.below(8)) {
            case 0: in.flr = r.one_in(rst_odds); break;
            case 1:
            case 2:
            case 3: in.flr = (uint16_t)(2u << r.below(IGB_Vfs)); break;
            case 4:
                if (!was) in.there = in.vf_start = (uint8_t)((1u << r.below(9)) - 1);
                break;
            default:
                in.vf_stop = true;
                in.there = 0;
                break;
            }
            if (c.reset_cyc == now) in.flr = 1;
            if (in.flr & 1) {
                in.vf_stop = was != 0;
                in.there = 0;
            }
        }
        in.bad = r.one_in(pulse_odds);
        in.bad_queue = (uint8_t)r.below(IGB_Queues);
        if (r.one_in(3)) in.bad_queue = (uint8_t)(last_off >> 6 & 15);
        if (r.one_in(100)) in.ioaddr = r.u32() >> (r.below(3) * 8);
        if (r.one_in(link_odds)) {
            const uint32_t x = r.u32();
            in.phy_link = (x & 3) != 0;
            in.phy_fd = x >> 2 & 1;
            in.phy_speed = (uint8_t)(x >> 3 & 3);
            in.phy_loopback = (x >> 5 & 3) == 0;
        }
        if (r.one_in(50)) {
            in.ral0 = r.u32();
            in.rah0 = 0x80000000 | r.below(0x10000);
        }
        status.txoff = r.one_in(2);
        status.vfe = r.one_in(2);
        status.vfs = (uint8_t)r.below(9);
        status.requests = r.one_in(2);
        pci_rdata = r.u32();
        msix_rdata = r.u32();
        owner_rdata = r.u32();
        mdic = r.u32();
        eecd = r.u32();
        eerd = r.u32();
        swsm = r.u32();
        wvbr = (uint16_t)r.u32();
        for (unsigned q = 0; q < IGB_Queues; q++) {
            rdh[q] = (uint16_t)r.u32();
            tdh[q] = (uint16_t)r.u32();
        }
        for (int k = 0; k < 2; k++) {
            hash[k] = (uint8_t)r.below(128);
            vfta[k] = (uint8_t)r.below(128);
        }
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 2048 == 0) phase(r);
        others(now, r);
        access(now, r);
        const regs_82576_at_t at = regs_82576_at(&map, in.what.func, in.what.addr);
        if (at.valid && at.id == IGB_R_TXDCTL && r.one_in(4)) {
            in.bad = true;
            in.bad_queue = (uint8_t)at.index;
        }
        sample(now);
        count(now);

        const nic_access_t &a = in.what;
        dut->csr_valid_i = in.access;
        dut->csr_write_i = a.write; // the rest of it is not looked at when not valid
        dut->csr_space_i = a.space;
        dut->csr_func_i = a.func;
        dut->csr_addr_i = a.addr & 0xFFFFF;
        dut->csr_be_i = a.be;
        dut->csr_wdata_i = a.wdata;
        dut->pci_rdata_i = pci_rdata;
        dut->msix_rdata_i = msix_rdata;
        dut->ioaddr_i = in.ioaddr;
        dut->io_en_i = in.io_en;
        dut->decodes_i = in.decodes;
        dut->flr_i = in.flr;
        dut->vf_start_i = in.vf_start;
        dut->vf_stop_i = in.vf_stop;
        dut->there_i = in.there;
        dut->vfe_i = status.vfe;
        dut->vfs_i = status.vfs;
        dut->bad_i = in.bad;
        dut->bad_queue_i = in.bad_queue;
        const bool any = on_bus(now);
        dut->irq_rdata_i = any && owner() == OWN_irq ? owner_rdata : 0;
        dut->eitr_rdata_i = any && owner() == OWN_eitr ? owner_rdata : 0;
        dut->mailbox_rdata_i = any && owner() == OWN_mailbox ? owner_rdata : 0;
        dut->stats_rdata_i = any && owner() == OWN_stats ? owner_rdata : 0;
        dut->eecd_i = eecd;
        dut->eerd_i = eerd;
        dut->swsm_i = swsm;
        dut->mdic_i = mdic;
        dut->wvbr_i = wvbr;
        for (unsigned q = 0; q < IGB_Queues; q += 2) {
            dut->rdh_i[q / 2] = (uint32_t)rdh[q + 1] << 16 | rdh[q];
            dut->tdh_i[q / 2] = (uint32_t)tdh[q + 1] << 16 | tdh[q];
        }
        dut->txoff_i = status.txoff;
        dut->requests_i = status.requests;
        dut->phy_link_i = in.phy_link;
        dut->phy_fd_i = in.phy_fd;
        dut->phy_speed_i = in.phy_speed;
        dut->phy_loopback_i = in.phy_loopback;
        dut->ral0_i = in.ral0;
        dut->rah0_i = in.rah0;
        dut->hash_addr0_i = hash[0];
        dut->hash_addr1_i = hash[1];
        dut->vfta_addr0_i = vfta[0];
        dut->vfta_addr1_i = vfta[1];
    }

    // ---- corners ----

    void count(uint64_t now)
    {
        const regs_82576_pulses_t p = pulses(now);
        const nic_access_t &a = in.what;
        const bool decodes = a.func <= IGB_Vfs && (in.decodes >> a.func & 1);
        if (c.csr_cyc == now && c.read_q && c.space_q == NIC_SPACE_MEM && c.func_q <= IGB_Vfs) {
            const bool on = in.decodes >> c.func_q & 1;
            corners[DECODES_OFF].count += c.to_q != REGS_TO_NOBODY && !on;
            corners[DECODES_ON].count += c.to_q == REGS_TO_NOBODY && on;
        }
        corners[FLR_PF].count += in.flr & 1;
        corners[FLR_WRITE].count += (in.flr & 1) && in.access && a.write;
        corners[FLR_RST].count += (in.flr & 1) && c.reset_cyc == now;
        if (on_bus(now) && c.pulse.vf_reset) corners[c.func_q ? VF_CTRL : VF_VIEW].count++;
        corners[VF_FLR].count += (in.flr & ~1u) != 0;
        corners[VF_START].count += in.vf_start != 0;
        corners[VF_STOP].count += in.vf_stop && c.there_q && c.there_q != 0xFF;
        corners[VF_TWO].count +=
            on_bus(now) && c.pulse.vf_reset && (in.vf_start & ~c.pulse.vf_reset) != 0;
        corners[VF_BEFORE].count +=
            on_bus(now) && (((c.pulse.rx_head | c.pulse.tx_head) & p.vf_reset * 0x101u) != 0);
        corners[VF_AND_PF].count += p.vf_reset && resets(now);
        if (in.bad) {
            corners[regs_82576_mdp(&c) ? MDP : MDP_OFF].count++;
            corners[MDP_VF].count +=
                regs_82576_mdp(&c) && (p.vf_reset >> in.bad_queue % IGB_Vfs & 1);
        }
        corners[FLUSH].count += (p.rx_flush | p.tx_flush) != 0;
        corners[HEAD].count += on_bus(now) && (c.pulse.rx_head | c.pulse.tx_head);
        corners[MAY].count += !regs_82576_may(&c);
        if (FGET(IGB_CTRL_SPEED, c.file[IGB_R_CTRL]) == 3) corners[RESERVED].count++;
        if (!in.access) return;
        const bool io = a.space == NIC_SPACE_IO;
        const bool window = io && in.io_en && a.func == 0 && (a.addr & ~3u) == 4;
        const uint32_t off = (io ? in.ioaddr : a.addr) & ~3u;
        corners[IO_VF].count += io && a.func && in.io_en;
        corners[ODD_FUNC].count += a.space == NIC_SPACE_MEM && a.func > IGB_Vfs;
        corners[MSIX].count += a.space == NIC_SPACE_MSIX && decodes;
        if (window && off >= SPACE) corners[IO_HIGH].count++;
        if (io ? !window || off >= SPACE : a.space != NIC_SPACE_MEM || !decodes) return;
        const regs_82576_at_t at = regs_82576_at(&map, a.func, off);
        if (!at.valid && !a.write) corners[a.func ? VF_HOLE : HOLE].count++;
        if (now == c.reset_end) corners[RST_END].count++;
        if (!at.valid) return;
        if (a.write) count_write(now, at, io, off, p);
        else count_read(now, at);
    }

    void count_read(uint64_t now, const regs_82576_at_t &at)
    {
        if (resets(now)) corners[RST_READ].count++;
        if (on_bus(now) && c.csr.write && c.csr.id == at.id && c.csr.index == at.index) {
            if (in.what.func == c.func_q) corners[c.func_q ? VF_BACK : READ_BACK].count++;
            else corners[VIEW_BACK].count += c.func_q != 0 && in.what.func == 0;
        }
        if (in.what.func) {
            uint8_t &s = seen[in.what.func * IGB_R_COUNT + at.id + at.index];
            if (!s && --unseen == 0) corners[ALL_VF].count++;
            s = 1;
        }
        touch(at, 1, 2);
    }

    void count_write(uint64_t now, const regs_82576_at_t &at, bool io, uint32_t off,
                     const regs_82576_pulses_t &p)
    {
        const nic_access_t &a = in.what;
        const bool rst = (a.wdata & FMASK(IGB_CTRL_RST)) != 0;
        const uint32_t queue = 1u << at.index % 16;
        if (a.be != 0xF) corners[NARROW].count++;
        else if (now < c.reset_end) corners[RST_WRITE].count++;
        if (a.func && at.kind == VREG_SAME) corners[SAME_WRITE].count++;
        if (a.be != 0xF || now < c.reset_end || resets(now)) return;
        if (a.func && at.kind == VREG_SAME) return;
        touch(at, 0, 1);
        if (at.id == IGB_R_CTRL && rst && off == IGB_CTRL_DUP) corners[RST_DUP].count++;
        if (at.id == IGB_R_CTRL && rst && io) corners[RST_IO].count++;
        if (at.id == IGB_R_CTRL_EXT && (a.wdata & FMASK(IGB_CTRL_EXT_EE_RST))) corners[EE].count++;
        const bool rx = at.id == IGB_R_RXDCTL, tx = at.id == IGB_R_TXDCTL;
        if ((rx || tx) && (a.wdata & FMASK(IGB_TXDCTL_ENABLE))) {
            corners[(rx ? c.rx_en_q : c.tx_en_q) & queue ? STAYS : RISE].count++;
            corners[VF_BEHIND].count += (p.vf_reset * 0x101u & queue) != 0;
            corners[MDP_WRITE].count +=
                tx && in.bad && regs_82576_mdp(&c) && at.index == in.bad_queue;
        }
    }

    void touch(const regs_82576_at_t &at, uint8_t from, uint8_t to)
    {
        const reg_row_t *row = &igb_reg_rows[map.row[at.id]];
        if (row->owner != OWN_regs || !row->wmask) return;
        uint8_t &t = touched[at.id + at.index];
        if (t != from) return;
        t = to;
        if (to == 2 && --untouched == 0) corners[ALL_BACK].count++;
    }

    // ---- comparison ----

    template <class W>
    void array(lockstep_diff &d, const char *name, const W &rtl, uint16_t reg, unsigned n) const
    {
        for (unsigned i = 0; i < n; i++) d.same(name, rtl[i], c.file[reg + i]);
    }

    void plain(uint64_t now, lockstep_diff &d) const
    {
        const uint32_t *f = c.file;
        d.same("ctrl_o", dut->ctrl_o, f[IGB_R_CTRL]);
        d.same("ctrl_ext_o", dut->ctrl_ext_o, f[IGB_R_CTRL_EXT]);
        d.same("rctl_o", dut->rctl_o, f[IGB_R_RCTL]);
        d.same("tctl_o", dut->tctl_o, f[IGB_R_TCTL]);
        d.same("tipg_o", dut->tipg_o, f[IGB_R_TIPG]);
        d.same("vet_o", dut->vet_o, f[IGB_R_VET] & 0xFFFF);
        d.same("fct_o", dut->fct_o, f[IGB_R_FCT]);
        d.same("fcal_o", dut->fcal_o, f[IGB_R_FCAL]);
        d.same("fcah_o", dut->fcah_o, f[IGB_R_FCAH]);
        d.same("fcttv_o", dut->fcttv_o, f[IGB_R_FCTTV]);
        d.same("fcrth_o", dut->fcrth_o, f[IGB_R_FCRTH]);
        d.same("fcrtl_o", dut->fcrtl_o, f[IGB_R_FCRTL]);
        d.same("rxpbs_o", dut->rxpbs_o, f[IGB_R_RXPBS]);
        d.same("txpbs_o", dut->txpbs_o, f[IGB_R_TXPBS]);
        d.same("qde_o", dut->qde_o, f[IGB_R_QDE]);
        d.same("dtxswc_o", dut->dtxswc_o, f[IGB_R_DTXSWC]);
        d.same("dtxctl_o", dut->dtxctl_o, f[IGB_R_DTXCTL]);
        d.same("rxcsum_o", dut->rxcsum_o, f[IGB_R_RXCSUM]);
        d.same("rlpml_o", dut->rlpml_o, f[IGB_R_RLPML]);
        d.same("rfctl_o", dut->rfctl_o, f[IGB_R_RFCTL]);
        d.same("mrqc_o", dut->mrqc_o, f[IGB_R_MRQC]);
        d.same("vt_ctl_o", dut->vt_ctl_o, f[IGB_R_VT_CTL]);
        d.same("rplolr_o", dut->rplolr_o, f[IGB_R_RPLOLR]);
        d.same("synqf_o", dut->synqf_o, f[IGB_R_SYNQF]);
        d.same("imirvp_o", dut->imirvp_o, f[IGB_R_IMIRVP]);
        array(d, "imir_o", dut->imir_o, IGB_R_IMIR, 8);
        array(d, "imirext_o", dut->imirext_o, IGB_R_IMIREXT, 8);
        array(d, "etqf_o", dut->etqf_o, IGB_R_ETQF, 8);
        array(d, "vmolr_o", dut->vmolr_o, IGB_R_VMOLR, 8);
        array(d, "vmvir_o", dut->vmvir_o, IGB_R_VMVIR, 8);
        array(d, "vlvf_o", dut->vlvf_o, IGB_R_VLVF, 32);
        array(d, "reta_o", dut->reta_o, IGB_R_RETA, 32);
        array(d, "rssrk_o", dut->rssrk_o, IGB_R_RSSRK, 10);
        array(d, "rdbal_o", dut->rdbal_o, IGB_R_RDBAL, 16);
        array(d, "rdbah_o", dut->rdbah_o, IGB_R_RDBAH, 16);
        array(d, "rdlen_o", dut->rdlen_o, IGB_R_RDLEN, 16);
        array(d, "srrctl_o", dut->srrctl_o, IGB_R_SRRCTL, 16);
        array(d, "rdt_o", dut->rdt_o, IGB_R_RDT, 16);
        array(d, "rxdctl_o", dut->rxdctl_o, IGB_R_RXDCTL, 16);
        array(d, "tdbal_o", dut->tdbal_o, IGB_R_TDBAL, 16);
        array(d, "tdbah_o", dut->tdbah_o, IGB_R_TDBAH, 16);
        array(d, "tdlen_o", dut->tdlen_o, IGB_R_TDLEN, 16);
        array(d, "tdt_o", dut->tdt_o, IGB_R_TDT, 16);
        array(d, "txdctl_o", dut->txdctl_o, IGB_R_TXDCTL, 16);
        array(d, "tdwbal_o", dut->tdwbal_o, IGB_R_TDWBAL, 16);
        array(d, "tdwbah_o", dut->tdwbah_o, IGB_R_TDWBAH, 16);
        d.same("rx_en_o", dut->rx_en_o, c.rx_en_q);
        d.same("tx_en_o", dut->tx_en_o, c.tx_en_q);
        d.same("mta_row0_o", dut->mta_row0_o, f[IGB_R_MTA + hash[0]]);
        d.same("mta_row1_o", dut->mta_row1_o, f[IGB_R_MTA + hash[1]]);
        d.same("uta_row0_o", dut->uta_row0_o, f[IGB_R_UTA + hash[0]]);
        d.same("uta_row1_o", dut->uta_row1_o, f[IGB_R_UTA + hash[1]]);
        d.same("vfta_row0_o", dut->vfta_row0_o, f[IGB_R_VFTA + vfta[0]]);
        d.same("vfta_row1_o", dut->vfta_row1_o, f[IGB_R_VFTA + vfta[1]]);
        if (now == 0) return; // the NVM's words come in the first tick
        array(d, "ral_o", dut->ral_o, IGB_R_RAL, 24);
        array(d, "rah_o", dut->rah_o, IGB_R_RAH, 24);
    }

    void buses(uint64_t now, lockstep_diff &d) const
    {
        const csr_t &a = c.csr;
        d.same("bus_valid_o", dut->bus_valid_o, on_bus(now));
        if (on_bus(now)) {
            d.same("bus_write_o", dut->bus_write_o, a.write);
            d.same("bus_id_o", dut->bus_id_o, a.id);
            d.same("bus_index_o", dut->bus_index_o, a.index);
            d.same("bus_func_o", dut->bus_func_o, c.csr_func);
            if (a.write) d.same("bus_wdata_o", dut->bus_wdata_o, a.wdata);
        }
        const bool any = c.csr_cyc == now;
        const bool pci = any && (c.to_q == REGS_TO_CFG || c.to_q == REGS_TO_IOADDR);
        const bool msix = any && c.to_q == REGS_TO_MSIX;
        d.same("pci_valid_o", dut->pci_valid_o, pci);
        d.same("msix_valid_o", dut->msix_valid_o, msix);
        if (!pci && !msix) return;
        d.same("acc_write_o", dut->acc_write_o, !c.read_q);
        d.same("acc_io_o", dut->acc_io_o, c.space_q == NIC_SPACE_IO);
        d.same("acc_func_o", dut->acc_func_o, c.func_q);
        d.same("acc_addr_o", dut->acc_addr_o, c.addr_q & 0xFFFFF);
        d.same("acc_be_o", dut->acc_be_o, c.be_q);
        d.same("acc_wdata_o", dut->acc_wdata_o, c.wdata_q);
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const bool reply = c.reply_cyc == now;
        d.same("csr_rvalid_o", dut->csr_rvalid_o, reply);
        d.same("csr_rdata_o", dut->csr_rdata_o, reply ? c.rdata_q : 0);
        buses(now, d);
        const regs_82576_pulses_t p = pulses(now);
        d.same("reset_o", dut->reset_o, resets(now));
        d.same("ctrl_rst_o", dut->ctrl_rst_o, c.reset_cyc == now);
        d.same("vf_reset_o", dut->vf_reset_o, p.vf_reset);
        d.same("reset_cnt_q", dut->rootp->regs_82576__DOT__reset_cnt_q,
               c.reset_end > now ? c.reset_end - now : 0);
        d.same("idle_o", dut->idle_o,
               c.csr_cyc != now && !reply && !resets(now) && !p.vf_reset && c.lsc_cyc != now);
        d.same("rx_restart_o", dut->rx_restart_o, p.rx_restart);
        d.same("tx_restart_o", dut->tx_restart_o, p.tx_restart);
        d.same("rx_head_we_o", dut->rx_head_we_o, p.rx_head);
        d.same("tx_head_we_o", dut->tx_head_we_o, p.tx_head);
        for (unsigned q = 0; q < IGB_Queues; q++)
            if ((p.rx_head | p.tx_head) >> q & 1)
                d.same("head_wdata_o", dut->head_wdata_o[q / 2] >> q % 2 * 16 & 0xFFFF,
                       regs_82576_head(&c, &p, q));
        d.same("rx_flush_o", dut->rx_flush_o, p.rx_flush);
        d.same("tx_flush_o", dut->tx_flush_o, p.tx_flush);
        d.same("mdp_o", dut->mdp_o, in.bad && regs_82576_mdp(&c));
        d.same("may_o", dut->may_o, regs_82576_may(&c));
        d.same("lu_o", dut->lu_o, c.lu_q);
        d.same("speed_o", dut->speed_o, c.speed_q);
        d.same("fd_o", dut->fd_o, c.fd_q);
        d.same("lsc_o", dut->lsc_o, c.lsc_cyc == now);
        d.same("loopback_o", dut->loopback_o, regs_82576_loopback(&c, in.phy_loopback));
        plain(now, d);
    }

    void print() const
    {
        const nic_access_t &a = in.what;
        static const char *const space[] = {"cfg", "mem", "io", "msix"};
        printf(" decodes %03X io_en %d ioaddr %05" PRIX32 " flr %03X start %02X stop %d there %02X"
               " bad %d %u link %d fd %d speed %d loopback %d",
               in.decodes, in.io_en, in.ioaddr, in.flr, in.vf_start, in.vf_stop, in.there, in.bad,
               in.bad_queue, in.phy_link, in.phy_fd, in.phy_speed, in.phy_loopback);
        if (!in.access) printf(" -");
        else if (!a.write) printf(" read %u %s %05" PRIX32, a.func, space[a.space], a.addr);
        else
            printf(" write %u %s %05" PRIX32 " be %X %08" PRIX32, a.func, space[a.space], a.addr,
                   a.be, a.wdata);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("regs_82576", argc, argv);
}
