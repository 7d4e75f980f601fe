// SPDX-License-Identifier: Apache-2.0
// rtl/pci_config_82576.sv beside model/pci_config_82576.c. Some dwords of all functions are read in every cycle, all of
// them now and then; power-good comes back with other straps.
#include "tests/rtl/lockstep.h"

#include "Vpci_config_82576.h"
extern "C" {
#include "model/pci_config_82576.h"
}

namespace
{

struct row {
    const char *name;
    uint32_t off, wmask, w1c;
};
const row PF[] = {
#define CFG(n, off, rst, wm, w1c, doc) {#n, 0x##off, 0x##wm, 0x##w1c},
#include "rtl/pci_config_82576.def"
};
const row VF[] = {
#define VCFG(n, off, rst, wm, w1c, doc) {#n, 0x##off, 0x##wm, 0x##w1c},
#include "rtl/pci_config_82576.def"
};

struct bench {
    std::unique_ptr<Vpci_config_82576> dut = std::make_unique<Vpci_config_82576>();
    pci_config_82576_t c = {};
    pci_config_82576_in_t in = {};
    uint32_t id = IGB_CFG_ID_RESET, subsystem = IGB_CFG_SUBSYSTEM_RESET;
    uint16_t vf_device = 0x10CA;
    uint64_t good_cyc = 0; // the first cycle behind power-good
    uint32_t csr_odds = 1, level_odds = 1, event_odds = 1, flr_odds = 1, vf_odds = 2;
    uint32_t favourite = 0; // a dword often written in this phase
    uint32_t read_func = 0, read_addr = 0;
    enum {
        PARTIAL,
        NO_LANE,
        BEYOND,
        NO_ROW,
        NOT_WRITTEN,
        NO_VF,
        NO_FUNC,
        IOADDR_PARTIAL,
        IOADDR_VF,
        IO_OTHER,
        W1C_EVENT,
        W1C_CLEARS,
        VF_W1C_EVENT,
        ENTER_D3,
        LEAVE_D3,
        NO_STATE,
        VFS_IN_D3,
        START,
        START_SOME,
        START_ALL,
        START_NONE,
        START_KEPT,
        STOP,
        VFE_AGAIN,
        NUM_LATE,
        NUM_PARTIAL,
        FLR_VF,
        FLR_VF_KEPT,
        FLR_NO_VF,
        FLR_NO_LANE,
        FLR_PF,
        FLR_PF_VFS,
        FLR_EVENT,
        FLR_TWICE,
        MASTER_NO_MSE,
        STRAP_FIRST,
        STRAP_LATER,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"write of some bytes", 0},
        {"write of no byte", 0},
        {"write beyond 4096 bytes", 0},
        {"write to a dword without a row", 0},
        {"write access that is not valid", 0},
        {"write to a VF that is not there", 0},
        {"write to a function behind the VFs", 0},
        {"IOADDR written in part", 0},
        {"IOADDR written by a VF", 0},
        {"write to another dword of the I/O BAR", 0},
        {"status bit cleared and set together", 0},
        {"status bit cleared", 0},
        {"status bit of a VF cleared and set together", 0},
        {"D3 entered with enables set", 0},
        {"D3 left", 0},
        {"power state 1 or 2 written", 0},
        {"VFs that would decode in D3", 0},
        {"VFE rises", 0},
        {"VFE rises with some VFs", 0},
        {"VFE rises with NumVFs above TotalVFs", 0},
        {"VFE rises without VFs", 0},
        {"VFE rises, and a VF had bits set", 0},
        {"VFE falls", 0},
        {"VFE written 1 that was 1", 0},
        {"NumVFs written while VFE = 1", 0},
        {"half of NumVFs written", 0},
        {"FLR of a VF", 0},
        {"FLR of a VF with bits set", 0},
        {"FLR of a VF that is not there", 0},
        {"FLR, its byte not enabled", 0},
        {"FLR of the PF", 0},
        {"FLR of the PF with VFs", 0},
        {"FLR and event", 0},
        {"FLR in adjacent cycles", 0},
        {"VF with bus master, but no MSE", 0},
        {"write in the first cycle behind power-good", 0},
        {"straps other than those loaded", 0},
    };

    void init()
    {
        pci_config_82576_reset(&c, id, subsystem, vf_device);
    }

    // Power-good falls and rises between two cycles.
    void power_good(uint64_t now, lockstep_rng &r)
    {
        dut->rst_ni = 0;
        dut->eval();
        dut->rst_ni = 1;
        id = r.u32();
        subsystem = r.u32();
        vf_device = (uint16_t)r.u32();
        init();
        good_cyc = now;
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 2, 5, 20, 100};
        csr_odds = odds[r.below(5)];
        level_odds = odds[r.below(5)];
        event_odds = odds[r.below(5)];
        flr_odds = odds[r.below(4)] * 2;
        vf_odds = 1 + r.below(5);
        favourite = PF[r.below(PCI_CONFIG_82576_PF_ROWS)].off;
    }

    uint32_t pf_addr(lockstep_rng &r) const
    {
        static const uint32_t active[] = {IGB_CFG_COMMAND, IGB_CFG_PMCSR, IGB_CFG_SRIOV_CTL,
                                          IGB_CFG_SRIOV_NUM, IGB_CFG_DEVCTL};
        const uint32_t k = r.below(16);
        return k < 3    ? favourite
               : k < 10 ? active[r.below(5)]
               : k < 15 ? PF[r.below(PCI_CONFIG_82576_PF_ROWS)].off
                        : r.below(IGB_CFG_BYTES);
    }

    uint32_t vf_addr(lockstep_rng &r) const
    {
        static const uint32_t active[] = {IGB_VCFG_COMMAND, IGB_VCFG_MSIX, IGB_VCFG_DEVCTL};
        const uint32_t k = r.below(16);
        return k < 10   ? active[r.below(3)]
               : k < 15 ? VF[r.below(PCI_CONFIG_82576_VF_ROWS)].off
                        : r.below(IGB_CFG_BYTES);
    }

    uint32_t data(lockstep_rng &r, uint32_t off) const
    {
        uint32_t w = r.one_in(8) ? UINT32_MAX : r.u32();
        if (off == IGB_CFG_DEVCTL && !r.one_in(flr_odds)) w &= ~FMASK(IGB_CFG_DEVCTL_FLR);
        if (in.func) return w;
        if (off == IGB_CFG_PMCSR && !r.one_in(3)) w &= ~3u;
        if (off == IGB_CFG_SRIOV_NUM && !r.one_in(4)) w = r.below(11);
        if (off == IGB_CFG_SRIOV_CTL && r.one_in(2)) w |= FMASK(IGB_CFG_SRIOV_CTL_VFE);
        return w;
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 512 == 0) phase(r);
        if (now > 0 && r.one_in(3000)) power_good(now, r);
        // The NVM may be programmed; the straps have been taken.
        const bool other = now != good_cyc && r.one_in(4);
        dut->id_i = other ? r.u32() : id;
        dut->subsystem_i = other ? r.u32() : subsystem;
        dut->vf_device_i = other ? (uint16_t)r.u32() : vf_device;
        corners[STRAP_LATER].count += other && dut->id_i != id && dut->vf_device_i != vf_device;

        in.now = now;
        in.valid = r.one_in(csr_odds);
        in.write = !r.one_in(5);
        in.func = r.one_in(vf_odds) ? 0 : (uint8_t)(1 + r.below(IGB_Vfs));
        if (r.one_in(40)) in.func = (uint8_t)r.u32();
        in.io = r.one_in(10);
        in.addr = in.func ? vf_addr(r) : pf_addr(r);
        if (in.io) in.addr = r.one_in(4) ? r.below(64) : 0;
        in.addr = (in.addr & ~3u) + r.below(4);
        if (r.one_in(20)) in.addr ^= 1u << (12 + r.below(8)); // beyond
        in.be = r.one_in(3) ? (uint8_t)r.below(16) : 0xF;
        in.wdata = data(r, in.addr & ~3u);
        if (r.one_in(level_odds)) in.intx = r.one_in(2);
        if (r.one_in(level_odds)) in.msi_pending = r.one_in(2);
        if (r.one_in(level_odds)) in.pending = (uint16_t)r.below(1u << PCI_CONFIG_82576_FUNCS);
        in.status_func = r.one_in(2) ? in.func : (uint8_t)r.below(12);
        in.status_set = 0;
        if (r.one_in(event_odds))
            in.status_set = (uint16_t)(r.one_in(2) ? in.wdata >> 16 : 1u << r.below(16));
        read_func = r.below(10);
        read_addr = 4 * r.below(0x1A0 / 4);

        dut->valid_i = in.valid;
        dut->write_i = in.write;
        dut->io_i = in.io;
        dut->func_i = in.func;
        dut->addr_i = in.addr;
        dut->be_i = in.be;
        dut->wdata_i = in.wdata;
        dut->intx_i = in.intx;
        dut->msi_pending_i = in.msi_pending;
        dut->pending_i = in.pending;
        dut->status_func_i = in.status_func;
        dut->status_set_i = in.status_set;
        count(now);
    }

    // ---- coincidences before the tick ----

    bool vf_set(unsigned n) const
    {
        const uint32_t *vf = c.vf[n];
        return FGET(IGB_VCFG_COMMAND_MASTER, vf[PCI_CONFIG_82576_VF_COMMAND]) &&
               FGET(IGB_VCFG_MSIX_EN, vf[PCI_CONFIG_82576_VF_MSIX]);
    }

    void count_pf(uint32_t off)
    {
        const pci_config_82576_out_t o = pci_config_82576_out(&c, in.now);
        const bool low = in.be & 1;
        const uint32_t state = FGET(IGB_CFG_PMCSR_STATE, in.wdata);
        if (off == IGB_CFG_PMCSR && low) {
            corners[ENTER_D3].count += o.power_state == 0 && state == 3 && o.decodes & 1;
            corners[LEAVE_D3].count += o.power_state == 3 && state == 0;
            corners[NO_STATE].count += state == 1 || state == 2;
        }
        if (off == IGB_CFG_SRIOV_NUM) {
            corners[NUM_LATE].count += o.vfe && in.be & 3;
            corners[NUM_PARTIAL].count += !o.vfe && (in.be & 3) % 3 != 0;
        }
        if (off == IGB_CFG_SRIOV_CTL && low) {
            const bool on = FGET(IGB_CFG_SRIOV_CTL_VFE, in.wdata);
            const uint32_t num = c.pf[PCI_CONFIG_82576_PF_SRIOV_NUM] & 0xFFFF;
            const bool rise = on && !o.vfe;
            corners[START].count += rise;
            corners[START_SOME].count += rise && num > 0 && num < IGB_Vfs;
            corners[START_ALL].count += rise && num > IGB_Vfs;
            corners[START_NONE].count += rise && num == 0;
            corners[START_KEPT].count += rise && num > 2 && vf_set(0) && vf_set(2);
            corners[STOP].count += !on && o.vfe;
            corners[VFE_AGAIN].count += on && o.vfe;
        }
    }

    void count_flr(bool there)
    {
        const bool vf = in.func > 0 && in.func <= IGB_Vfs;
        if (!FGET(IGB_CFG_DEVCTL_FLR, in.wdata)) return;
        corners[FLR_NO_LANE].count += there && !(in.be & 2);
        if (!(in.be & 2)) return;
        corners[FLR_NO_VF].count += vf && !there;
        if (!there) return;
        corners[FLR_VF].count += vf;
        corners[FLR_VF_KEPT].count += vf && vf_set(in.func - 1u);
        corners[FLR_PF].count += in.func == 0;
        corners[FLR_PF_VFS].count += in.func == 0 && pci_config_82576_vfs(&c) > 0;
        corners[FLR_EVENT].count += in.status_func == in.func && (in.status_set & 0xF900);
        corners[FLR_TWICE].count += c.flr_cyc == in.now;
    }

    void count(uint64_t now)
    {
        const uint32_t off = in.addr & ~3u;
        const bool there = in.func <= pci_config_82576_vfs(&c);
        const pci_config_82576_out_t o = pci_config_82576_out(&c, now);
        corners[VFS_IN_D3].count +=
            o.power_state == 3 && o.vfs && c.pf[PCI_CONFIG_82576_PF_SRIOV_CTL] & 8;
        corners[MASTER_NO_MSE].count += (o.may_request & ~o.decodes) > 1;
        corners[NOT_WRITTEN].count += !in.valid && in.write && off == IGB_CFG_COMMAND;
        if (!in.valid || !in.write) return;
        if (in.io) {
            corners[IOADDR_PARTIAL].count +=
                there && off == 0 && in.func == 0 && in.be && in.be != 0xF;
            corners[IOADDR_VF].count += there && off == 0 && in.func > 0;
            corners[IO_OTHER].count += off != 0;
            return;
        }
        corners[BEYOND].count += off >= IGB_CFG_BYTES;
        if (off >= IGB_CFG_BYTES) return;
        corners[NO_VF].count += !there && in.func <= IGB_Vfs;
        corners[NO_FUNC].count += in.func > IGB_Vfs;
        if (off == IGB_CFG_DEVCTL) count_flr(there);
        if (!there) return;
        const row *w = nullptr;
        for (const row &x : PF)
            if (x.off == off && in.func == 0) w = &x;
        for (const row &x : VF)
            if (x.off == off && in.func > 0) w = &x;
        corners[NO_ROW].count += !w;
        corners[STRAP_FIRST].count += now == good_cyc && now > 0;
        if (!w) return;
        corners[PARTIAL].count += in.be && in.be != 0xF;
        corners[NO_LANE].count += in.be == 0;
        if (off == IGB_CFG_COMMAND && in.be & 8) {
            const uint32_t command = pci_config_82576_read(&c, in.func, off);
            const uint32_t hit = command & in.wdata & w->w1c;
            const uint32_t set = in.status_func == in.func ? (uint32_t)in.status_set << 16 : 0;
            corners[in.func ? VF_W1C_EVENT : W1C_EVENT].count += (hit & set) != 0;
            corners[W1C_CLEARS].count += (hit & ~set) != 0;
        }
        if (in.func == 0) count_pf(off);
    }

    // ---- comparison ----

    void read(const char *name, uint32_t func, uint32_t addr, lockstep_diff &d) const
    {
        dut->func_i = (uint8_t)func;
        dut->addr_i = addr;
        dut->eval();
        d.same(name, dut->rdata_o, pci_config_82576_read(&c, func, addr));
    }

    void compare_outputs(uint64_t now, lockstep_diff &d) const
    {
        const pci_config_82576_out_t o = pci_config_82576_out(&c, now);
        d.same("decodes_o", dut->decodes_o, o.decodes);
        d.same("may_request_o", dut->may_request_o, o.may_request);
        d.same("msix_en_o", dut->msix_en_o, o.msix_en);
        d.same("msix_mask_o", dut->msix_mask_o, o.msix_mask);
        d.same("flr_o", dut->flr_o, o.flr);
        d.same("vf_start_o", dut->vf_start_o, o.vf_start);
        d.same("vf_stop_o", dut->vf_stop_o, o.vf_stop);
        d.same("vfe_o", dut->vfe_o, o.vfe);
        d.same("vfs_o", dut->vfs_o, o.vfs);
        d.same("io_en_o", dut->io_en_o, o.io_en);
        d.same("intx_disable_o", dut->intx_disable_o, o.intx_disable);
        d.same("msi_en_o", dut->msi_en_o, o.msi_en);
        d.same("msi_mask_o", dut->msi_mask_o, o.msi_mask);
        d.same("power_state_o", dut->power_state_o, o.power_state);
        d.same("msi_addr_o", dut->msi_addr_o, o.msi_addr);
        d.same("msi_data_o", dut->msi_data_o, o.msi_data);
        d.same("bar0_o", dut->bar0_o, o.bar0);
        d.same("bar2_o", dut->bar2_o, o.bar2);
        d.same("bar3_o", dut->bar3_o, o.bar3);
        d.same("vf_bar0_o", dut->vf_bar0_o, o.vf_bar0);
        d.same("vf_bar3_o", dut->vf_bar3_o, o.vf_bar3);
        d.same("ioaddr_o", dut->ioaddr_o, o.ioaddr);
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        d.same("rdata_o", dut->rdata_o, pci_config_82576_read(&c, in.func, in.addr));
        compare_outputs(now, d);
        read("a dword", read_func, read_addr, d);
        read("COMMAND", read_func, IGB_CFG_COMMAND, d);
        read("DEVCTL", read_func, IGB_CFG_DEVCTL, d);
        if (now % 32 == 0) {
            for (const row &x : PF) read(x.name, 0, x.off, d);
            for (uint32_t f = 1; f < 1 + PCI_CONFIG_82576_FUNCS; f++)
                for (const row &x : VF) read(x.name, f, x.off, d);
        }
        if (now % 4096 == 0)
            for (uint32_t f = 0; f < 2; f++)
                for (uint32_t a = 0; a < 2 * IGB_CFG_BYTES; a += 4) read("a dword", f, a, d);
        dut->func_i = in.func;
        dut->addr_i = in.addr;
        dut->eval();
    }

    void tick(uint64_t)
    {
        pci_config_82576_tick(&c, &in);
    }

    void print() const
    {
        printf(" levels %d%d %03X events %u:%04X", in.intx, in.msi_pending, in.pending,
               in.status_func, in.status_set);
        if (in.valid)
            printf(" %s %s %u:%05" PRIX32 " be %X %08" PRIX32, in.write ? "write" : "read",
                   in.io ? "io" : "cfg", in.func, in.addr, in.be, in.wdata);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("pci_config_82576", argc, argv);
}
