// SPDX-License-Identifier: Apache-2.0
// rtl/pci_config.sv beside model/pci_config.c. All rows of the configuration space are read in every cycle, all
// its dwords now and then; power-good comes back with other straps.
#include "tests/rtl/lockstep.h"

#include "Vpci_config.h"
extern "C" {
#include "model/pci_config.h"
}

namespace
{

struct row {
    const char *name;
    uint32_t off, wmask, w1c;
};
const row ROWS[] = {
#define CFG(n, off, rst, wm, w1c, doc) {#n, 0x##off, 0x##wm, 0x##w1c},
#define IOR(n, off, rst, wm, doc)
#define CFLD(r, n, lsb, w, doc)
#include "rtl/pci_config_82540em.def"
#undef CFG
#undef IOR
#undef CFLD
};
enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0] };

struct bench {
    std::unique_ptr<Vpci_config> dut = std::make_unique<Vpci_config>();
    pci_config_t c = {};
    pci_config_in_t in = {};
    uint32_t id = PCI_CONFIG_ID_RESET, subsystem = PCI_CONFIG_SUBSYSTEM_RESET;
    bool msi = true;
    uint64_t good_cyc = 0; // the first cycle behind power-good
    uint32_t csr_odds = 1, intx_odds = 1, event_odds = 1, same_odds = 1;
    uint32_t favourite = 0; // a dword often written in this phase
    enum {
        PARTIAL,
        NO_LANE,
        BEYOND,
        OTHER_SPACE,
        NOT_WRITTEN,
        IOADDR_PARTIAL,
        IO_OTHER,
        W1C_EVENT,
        W1C_CLEARS,
        STATUS_ZERO,
        ENTER_D3,
        D3_AGAIN,
        LEAVE_D3,
        NO_STATE,
        PMCSR_EVENT,
        COMMAND_IN_D3,
        INTX_WRITE,
        MSI_HIDDEN,
        MSI_ON,
        STRAP_FIRST,
        STRAP_LATER,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"write of some bytes", 0},
        {"write of no byte", 0},
        {"write beyond 256 bytes", 0},
        {"write to a dword without a row", 0},
        {"write access that is not valid", 0},
        {"IOADDR written in part", 0},
        {"write to another dword of the I/O BAR", 0},
        {"status bit cleared and set together", 0},
        {"status bit cleared", 0},
        {"status written, its byte not enabled", 0},
        {"D3 entered with enables set", 0},
        {"D3 written again with enables set", 0},
        {"D3 left", 0},
        {"power state 1 or 2 written", 0},
        {"D3 entered and bus event", 0},
        {"COMMAND written in D3", 0},
        {"COMMAND written while the interrupt changes", 0},
        {"hidden MSI capability written", 0},
        {"MSI switched on", 0},
        {"write in the first cycle behind power-good", 0},
        {"straps other than those loaded", 0},
    };

    void init()
    {
        pci_config_reset(&c, id, subsystem, msi);
    }

    // Power-good falls and rises between two cycles.
    void power_good(uint64_t now, lockstep_rng &r)
    {
        dut->rst_ni = 0;
        dut->eval();
        dut->rst_ni = 1;
        id = r.u32();
        subsystem = r.u32();
        msi = !r.one_in(3);
        init();
        good_cyc = now;
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 2, 5, 20, 100};
        csr_odds = odds[r.below(5)];
        intx_odds = odds[r.below(5)];
        event_odds = odds[r.below(5)];
        same_odds = odds[r.below(4)];
        favourite = ROWS[r.below(ROW_COUNT)].off;
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 512 == 0) phase(r);
        if (now > 0 && r.one_in(3000)) power_good(now, r);
        // The EEPROM may be programmed; the straps have been taken.
        const bool other = now != good_cyc && r.one_in(4);
        dut->id_i = other ? r.u32() : id;
        dut->subsystem_i = other ? r.u32() : subsystem;
        dut->msi_visible_i = other ? r.one_in(2) : msi;
        corners[STRAP_LATER].count += other && dut->id_i != id && dut->msi_visible_i != msi;

        in.now = now;
        in.valid = r.one_in(csr_odds);
        in.write = !r.one_in(5);
        in.io = r.one_in(8);
        const uint32_t k = r.below(16);
        in.addr = k < 4    ? favourite
                  : k < 6  ? (uint32_t)PCI_CONFIG_COMMAND
                  : k < 8  ? (uint32_t)PCI_CONFIG_PMCSR
                  : k < 12 ? ROWS[r.below(ROW_COUNT)].off
                           : r.below(PCI_CONFIG_BYTES);
        if (in.io) in.addr = r.one_in(4) ? r.below(64) : (uint32_t)PCI_CONFIG_IOADDR;
        in.addr = (in.addr & ~3u) + r.below(4);
        if (r.one_in(20)) in.addr ^= 1u << (8 + r.below(12)); // beyond
        in.be = r.one_in(3) ? (uint8_t)r.below(16) : 0xF;
        in.wdata = r.one_in(8) ? UINT32_MAX : r.u32();
        if ((in.addr & ~3u) == PCI_CONFIG_PMCSR && r.one_in(3)) in.wdata &= ~3u;
        if (r.one_in(intx_odds)) in.intx = r.one_in(2);
        in.status_set = 0;
        if (r.one_in(event_odds))
            in.status_set = (uint16_t)(r.one_in(2) ? r.u32() : 1u << r.below(16));
        if (r.one_in(same_odds * 4)) in.status_set |= (uint16_t)(in.wdata >> 16);
        dut->valid_i = in.valid;
        dut->write_i = in.write;
        dut->io_i = in.io;
        dut->addr_i = in.addr;
        dut->be_i = in.be;
        dut->wdata_i = in.wdata;
        dut->intx_i = in.intx;
        dut->status_set_i = in.status_set;
        count(now);
    }

    // Coincidences before the tick.
    void count(uint64_t now)
    {
        const uint32_t off = in.addr & ~3u;
        const uint32_t command = c.cfg[PCI_CONFIG_COMMAND / 4];
        const uint32_t enables = FMASK(PCI_CONFIG_COMMAND_IO) | FMASK(PCI_CONFIG_COMMAND_MEM);
        const bool d3 = pci_config_out(&c).power_state == 3;
        corners[NOT_WRITTEN].count += !in.valid && in.write && off == PCI_CONFIG_COMMAND;
        if (!in.valid || !in.write) return;
        if (in.io) {
            corners[IOADDR_PARTIAL].count += off == PCI_CONFIG_IOADDR && in.be && in.be != 0xF;
            corners[IO_OTHER].count += off != PCI_CONFIG_IOADDR;
            return;
        }
        corners[BEYOND].count += off >= PCI_CONFIG_BYTES;
        if (off >= PCI_CONFIG_BYTES) return;
        const row *w = nullptr;
        for (const row &x : ROWS)
            if (x.off == off) w = &x;
        corners[OTHER_SPACE].count += !w;
        corners[STRAP_FIRST].count += now == good_cyc && now > 0;
        if (!w) return;
        corners[PARTIAL].count += in.be && in.be != 0xF;
        corners[NO_LANE].count += in.be == 0;
        if (off == PCI_CONFIG_COMMAND) {
            const uint32_t hit = command & in.wdata & w->w1c, byte = in.be & 8 ? hit : 0;
            corners[W1C_EVENT].count += (byte & (uint32_t)in.status_set << 16) != 0;
            corners[W1C_CLEARS].count += (byte & ~((uint32_t)in.status_set << 16)) != 0;
            corners[STATUS_ZERO].count += hit && !(in.be & 8);
            corners[COMMAND_IN_D3].count += d3 && (in.be & 1) && (in.wdata & enables);
            corners[INTX_WRITE].count +=
                FGET(PCI_CONFIG_COMMAND_INTX_STATUS, command) != (uint32_t)in.intx;
        }
        if (off == PCI_CONFIG_PMCSR) {
            const uint32_t state = FGET(PCI_CONFIG_PMCSR_STATE, in.wdata);
            const bool low = in.be & 1;
            corners[ENTER_D3].count += !d3 && low && state == 3 && (command & enables);
            corners[D3_AGAIN].count += d3 && (!low || state == 3) && (command & enables);
            corners[LEAVE_D3].count += d3 && low && state == 0;
            corners[NO_STATE].count += low && (state == 1 || state == 2);
            corners[PMCSR_EVENT].count += !d3 && low && state == 3 && in.status_set;
        }
        if (off >= PCI_CONFIG_MSI) {
            corners[MSI_HIDDEN].count += !msi && in.be && (in.wdata & w->wmask);
            corners[MSI_ON].count += msi && off == PCI_CONFIG_MSI && (in.be & 4) &&
                                     (in.wdata & w->wmask) && !pci_config_out(&c).msi_en;
        }
    }

    void read(const char *name, uint32_t addr, lockstep_diff &d) const
    {
        dut->addr_i = addr;
        dut->eval();
        d.same(name, dut->rdata_o, pci_config_read(&c, addr));
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const pci_config_out_t o = pci_config_out(&c);
        d.same("rdata_o", dut->rdata_o, pci_config_read(&c, in.addr));
        d.same("mem_en_o", dut->mem_en_o, o.mem_en);
        d.same("io_en_o", dut->io_en_o, o.io_en);
        d.same("bus_master_o", dut->bus_master_o, o.bus_master);
        d.same("intx_disable_o", dut->intx_disable_o, o.intx_disable);
        d.same("msi_en_o", dut->msi_en_o, o.msi_en);
        d.same("power_state_o", dut->power_state_o, o.power_state);
        d.same("msi_addr_o", dut->msi_addr_o, o.msi_addr);
        d.same("msi_data_o", dut->msi_data_o, o.msi_data);
        d.same("ioaddr_o", dut->ioaddr_o, o.ioaddr);
        for (const row &x : ROWS) read(x.name, x.off, d);
        if (now % 64 == 0)
            for (uint32_t a = 0; a < 2 * PCI_CONFIG_BYTES; a += 4) read("a dword", a, d);
        dut->addr_i = in.addr;
        dut->eval();
    }

    void tick(uint64_t)
    {
        pci_config_tick(&c, &in);
    }

    void print() const
    {
        printf(" intx %d events %04X", in.intx, in.status_set);
        if (in.valid)
            printf(" %s %s %05" PRIX32 " be %X %08" PRIX32, in.write ? "write" : "read",
                   in.io ? "io" : "cfg", in.addr, in.be, in.wdata);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("pci_config", argc, argv);
}
