// SPDX-License-Identifier: Apache-2.0
// rtl/regs.sv beside model/regs.c and nic_value() of model/nic.c. The state of the other modules is random; what they show
// the registers is computed from it by their own functions.
#include "tests/rtl/lockstep.h"

#include <cstring>

#include "Vregs.h"
#include "Vregs___024root.h"
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
extern "C" {
#include "model/state.h"
}

namespace
{

enum { SPACE = REGS_WORDS * 4, WORDS = NIC_PbBytes / 4 };

struct bench {
    std::unique_ptr<Vregs> dut = std::make_unique<Vregs>();
    std::unique_ptr<nic_t, void (*)(void *)> nic{(nic_t *)calloc(1, sizeof(nic_t)), free};
    nic_t *n = nic.get();
    regs_t &c = n->c.regs;
    regs_in_t in = {};
    std::vector<uint32_t> pbm = std::vector<uint32_t>(WORDS); // the memory beside the RTL
    uint32_t pbm_rdata = 0, pbm_next = 0;
    uint32_t mta = 0, vfta = 0; // addresses of the filter
    // of this phase
    uint32_t access_odds = 1, write_odds = 2, rst_odds = 1, link_odds = 1, enable_odds = 1;
    uint32_t few = 0, few_row[4] = {};       // only these rows are accessed; 0: all
    bool sweep = false, sweep_write = false; // one element after the other is read (written)
    uint32_t sweep_row = 0, sweep_index = 0;
    uint32_t last_off = 0;
    std::vector<uint8_t> touched =
        std::vector<uint8_t>(E1000_R_COUNT); // 1 written, 2 read behind that
    uint32_t untouched = 0;

    enum {
        READ_BACK,
        PBM_BACK,
        PBM_OTHER,
        BAR_OFF,
        IO_OFF,
        RST_WRITE,
        RST_READ,
        RST_END,
        RST_DUP,
        RST_IO,
        CLEARED,
        EE,
        RISE,
        STAYS,
        LSC,
        LSC_RST,
        IO_HIGH,
        HOLE,
        NARROW,
        ODD_SPACE,
        RESERVED,
        SWEEP,
        ALL_BACK,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"register read in the cycle behind its write", 0},
        {"PBM read in the cycle behind the write of the word", 0},
        {"PBM read in the cycle behind the write of another", 0},
        {"memory BAR off between an access and its reply", 0},
        {"I/O BAR off between an access and its reply", 0},
        {"write while CTRL.RST reads 1", 0},
        {"read in the cycle of the reset", 0},
        {"access in the first cycle in which CTRL.RST reads 0", 0},
        {"reset by CTRL_DUP", 0},
        {"reset by IODATA", 0},
        {"memory that is cleared read behind a reset", 0},
        {"EEPROM loaded by EE_RST", 0},
        {"enable bit rises", 0},
        {"enable bit written 1 that was 1", 0},
        {"link changes", 0},
        {"link up again in the tick of the reset", 0},
        {"IODATA beyond the registers", 0},
        {"read where nothing is", 0},
        {"narrow write", 0},
        {"space that does not exist", 0},
        {"reserved speed", 0},
        {"every register read in one go", 0},
        {"every register that can be written was, and read back", 0},
    };

    // ---- the C side as nic_create() and nic_82540em.c have it ----

    void init()
    {
        nic_chip_t &chip = n->c;
        regs_map(n->map);
        lockstep_rng r(1);
        for (uint32_t &word : pbm) word = r.u32();
        memcpy(chip.pb.mem, pbm.data(), NIC_PbBytes);
        eeprom_reset(&chip.eeprom);
        const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
        eeprom_image(chip.eeprom.word, mac, 0x100E);
        in.ral0 = eeprom_ral0(&chip.eeprom);
        in.rah0 = eeprom_rah0(&chip.eeprom);
        in.ee_ctrl = eeprom_ctrl(&chip.eeprom, reg_rows[0].reset);
        regs_reset(&c, true, &in);
        for (unsigned k = 0; k < reg_row_count; k++)
            if (reg_rows[k].owner == OWN_regs && reg_rows[k].wmask) untouched += reg_rows[k].count;
        untouched--; // CTRL and CTRL_DUP are one
    }

    bool on_bus(uint64_t now) const
    {
        return c.csr_cyc == now && c.csr.valid;
    }

    bool wrote(uint64_t now, uint16_t id) const
    {
        return on_bus(now) && c.csr.write && c.csr.id == id;
    }

    bool rises(uint64_t now, uint16_t id, uint32_t mask) const
    {
        return wrote(now, id) && (c.file[id] & mask) && !(c.old_q & mask);
    }

    uint32_t ctrl_to_eeprom(uint64_t now) const
    {
        if (c.reset_cyc != now) return c.file[E1000_R_CTRL];
        return reg_rows[0].reset | (c.file[E1000_R_CTRL] & FMASK(E1000_CTRL_SDP01_DIR));
    }

    bool at_ioaddr(uint64_t now) const
    {
        return c.csr_cyc == now && c.space_q == NIC_SPACE_IO && (c.addr_q & ~3u) == 0 && in.io_en;
    }

    void sample(uint64_t now)
    {
        const nic_chip_t &chip = n->c;
        const pci_config_out_t p = pci_config_out(&chip.pci);
        in.now = now;
        in.ioaddr = p.ioaddr;
        in.mem_en = p.mem_en;
        in.io_en = p.io_en;
        in.phy_link = chip.phy.core.link;
        in.phy_fd = chip.phy.core.fd;
        in.phy_speed = chip.phy.core.speed;
        in.phy_loopback = phy_loopback(&chip.phy);
        in.ral0 = eeprom_ral0(&chip.eeprom);
        in.rah0 = eeprom_rah0(&chip.eeprom);
        in.ee_ctrl = eeprom_ctrl(&chip.eeprom, ctrl_to_eeprom(now));
        in.rdata = 0xFFFFFFFF;
        if (c.csr_cyc != now || !c.read_q) return;
        if (c.space_q == NIC_SPACE_CFG) in.rdata = pci_config_read(&chip.pci, c.addr_q);
        else if (at_ioaddr(now)) in.rdata = p.ioaddr;
        else if (c.csr.valid) in.rdata = nic_value(n, now, c.csr.id, c.csr.index);
        else if ((c.space_q == NIC_SPACE_MEM && p.mem_en) || (c.space_q == NIC_SPACE_IO && p.io_en))
            in.rdata = 0;
    }

    void tick(uint64_t now)
    {
        pbm_next = pbm[dut->pbm_addr_o];
        if (dut->pbm_we_o) pbm[dut->pbm_waddr_o] = dut->pbm_wdata_o;
        if (wrote(now, E1000_R_PBM))
            memcpy(n->c.pb.mem + c.csr.index * 4u, &c.csr.wdata, sizeof c.csr.wdata);
        const bool lu_was = c.lu_q, reset = c.reset_cyc == now;
        if (reset) regs_reset(&c, false, &in);
        regs_tick(&c, n->map, &in);
        if (c.lsc_cyc == now + 1) corners[reset && lu_was ? LSC_RST : LSC].count++;
    }

    // ---- stimulus ----

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 1, 2, 2, 5, 100};
        access_odds = odds[r.below(6)];
        write_odds = 2 + r.below(3);
        rst_odds = r.one_in(2) ? 3 : 40;
        link_odds = odds[2 + r.below(4)];
        enable_odds = r.one_in(2) ? 20 : 2000;
        few = r.one_in(3) ? 1 + r.below(4) : 0;
        for (uint32_t &k : few_row) k = r.below(reg_row_count);
        if (r.one_in(4)) few_row[0] = reg_row_count - 1; // PBM
        if (r.one_in(4)) few_row[0] = 0;                 // CTRL
        sweep = r.one_in(3);
        sweep_write = r.one_in(2);
        if (sweep) access_odds = 1;
        sweep_row = sweep_index = 0;
    }

    // The next register of a sweep.
    bool step(uint32_t *off)
    {
        if (sweep_row < reg_row_count && sweep_index == reg_rows[sweep_row].count) {
            sweep_row++;
            sweep_index = 0;
        }
        if (sweep_row < reg_row_count && reg_rows[sweep_row].owner != OWN_packet_buffer) {
            *off = reg_rows[sweep_row].off + sweep_index++ * reg_rows[sweep_row].stride;
            return true;
        }
        if (!sweep_write) corners[SWEEP].count++;
        sweep = false;
        return false;
    }

    uint32_t offset(lockstep_rng &r)
    {
        uint32_t off;
        if (sweep && in.access && step(&off)) return off;
        if (r.one_in(3)) return last_off; // the register of the access before
        if (r.one_in(12)) return r.below(SPACE);
        const reg_row_t *row = &reg_rows[few ? few_row[r.below(few)] : r.below(reg_row_count)];
        uint32_t index = r.below(row->count);
        if (r.one_in(4)) index %= 4;
        off = row->off + index * row->stride;
        if (r.one_in(30)) off ^= 1u << (2 + r.below(15)); // near misses
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

    void access(uint64_t now, lockstep_rng &r)
    {
        nic_access_t &a = in.what;
        pci_config_t &pci = n->c.pci;
        in.access = r.one_in(access_odds) && now != 0; // cycle 0: see the known differences
        const uint32_t off = offset(r);
        const uint32_t way = sweep ? 23 : r.below(24);
        a.space = NIC_SPACE_MEM;
        a.addr = off | (r.one_in(3) ? r.below(8) << 17 : 0) | (r.one_in(8) ? r.below(4) : 0);
        if (way < 4) {
            a.space = NIC_SPACE_IO;
            a.addr = r.one_in(4) ? r.below(4) : 4 + r.below(4);
            if (r.one_in(8)) a.addr = r.below(64);
            if (r.one_in(50)) a.addr |= 1u << (6 + r.below(14));
            if (!r.one_in(4)) pci.ioaddr = off | r.below(4);
            if (r.one_in(10)) pci.ioaddr |= 1u << (17 + r.below(3));
        } else if (way == 4) {
            a.space = NIC_SPACE_CFG;
            a.addr = r.one_in(4) ? r.below(1 << 20) : r.below(256);
        } else if (way == 5 && r.one_in(4)) {
            a.space = 3;
        }
        a.write = sweep ? sweep_write : r.below(write_odds) != 0;
        a.func = (uint8_t)r.u32();
        a.be = r.one_in(12) ? (uint8_t)r.below(16) : 0xF;
        a.wdata = data(r);
        if (off <= E1000_CTRL_DUP && (sweep || !r.one_in(rst_odds)))
            a.wdata &= ~FMASK(E1000_CTRL_RST);
        if (off <= E1000_CTRL_DUP && r.one_in(2)) a.wdata |= FMASK(E1000_CTRL_SLU);
        if (in.access) last_off = off;
    }

    // The state of the others.
    void others(uint64_t now, lockstep_rng &r)
    {
        nic_chip_t &chip = n->c;
        pci_config_t &pci = chip.pci;
        const uint32_t dword = 3 + r.below(PCI_CONFIG_BYTES / 4 - 3);
        if (dword != PCI_CONFIG_PMCSR / 4) pci.cfg[dword] = r.u32();
        if (r.one_in(enable_odds)) {
            pci.cfg[PCI_CONFIG_COMMAND / 4] = r.u32() | (r.one_in(3) ? 0 : 3);
            pci.cfg[PCI_CONFIG_PMCSR / 4] = r.one_in(8) ? 3 : 0;
        }
        if (now < 2) pci.cfg[PCI_CONFIG_COMMAND / 4] = now ? 3 : 0;
        if (r.one_in(100)) pci.ioaddr = r.u32() >> (r.below(3) * 8);
        if (r.one_in(link_odds)) {
            const uint32_t x = r.u32();
            chip.phy.core.link = (x & 3) != 0;
            chip.phy.core.fd = x >> 2 & 1;
            chip.phy.core.speed = (uint8_t)(x >> 3 & 3);
            chip.phy.core.state = (x >> 5 & 3) ? PHY_ST_UP : PHY_ST_LOOPBACK;
        }
        chip.phy.pinte = (uint16_t)r.u32();
        chip.phy.pints = r.one_in(2) ? (uint16_t)r.u32() : 0;
        chip.phy.core.mdic = r.u32();
        chip.irq.icr_q = r.u32() & 0x1FFFF;
        chip.irq.ims_q = r.u32() & 0x1FFFF;
        chip.rx_ring.head_q = (uint16_t)r.u32();
        chip.tx_ring.head_q = (uint16_t)r.u32();
        chip.mac_tx.paused_until = now + r.below(3);
        chip.eeprom.eerd_data = (uint16_t)r.u32();
        chip.eeprom.eerd_addr = (uint8_t)r.u32();
        chip.eeprom.eerd_done = r.one_in(2);
        chip.eeprom.sk = r.one_in(2);
        chip.eeprom.cs = r.one_in(2);
        chip.eeprom.gnt = r.one_in(2);
        chip.eeprom.fwe = (uint8_t)r.below(4);
        if (r.one_in(50)) chip.eeprom.word[r.below(16)] = (uint16_t)r.u32();
        chip.stats.count_q[r.below(STATS_COUNT)] = r.u32();
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 1024 == 0) phase(r);
        pbm_rdata = pbm_next;
        others(now, r);
        access(now, r);
        mta = r.below(128);
        vfta = r.below(128);
        sample(now);
        count(now);

        const nic_chip_t &chip = n->c;
        const nic_access_t &a = in.what;
        dut->csr_valid_i = in.access;
        dut->csr_write_i = a.write; // the rest of it is not looked at when not valid
        dut->csr_space_i = a.space;
        dut->csr_func_i = a.func;
        dut->csr_addr_i = a.addr;
        dut->csr_be_i = a.be;
        dut->csr_wdata_i = a.wdata;
        dut->pci_rdata_i = pci_config_read(&chip.pci, c.addr_q);
        dut->pci_ioaddr_i = in.ioaddr;
        dut->pci_mem_en_i = in.mem_en;
        dut->pci_io_en_i = in.io_en;
        dut->eecd_i = eeprom_eecd(&chip.eeprom);
        dut->eerd_i = eeprom_eerd(&chip.eeprom);
        dut->mdic_i = chip.phy.core.mdic;
        dut->icr_i = chip.irq.icr_q;
        dut->ims_i = chip.irq.ims_q;
        dut->rdh_i = (uint16_t)chip.rx_ring.head_q;
        dut->tdh_i = (uint16_t)chip.tx_ring.head_q;
        dut->stats_rdata_i = stats_peek(&chip.stats, c.csr.id);
        dut->pbm_rdata_i = pbm_rdata;
        dut->phy_int_i = phy_int(&chip.phy);
        dut->txoff_i = mac_tx_off(&chip.mac_tx, now);
        dut->phy_link_i = in.phy_link;
        dut->phy_fd_i = in.phy_fd;
        dut->phy_speed_i = in.phy_speed;
        dut->phy_loopback_i = in.phy_loopback;
        dut->ral0_i = in.ral0;
        dut->rah0_i = in.rah0;
        dut->ee_ctrl_i = in.ee_ctrl;
        dut->mta_addr_i = (uint8_t)mta;
        dut->vfta_addr_i = (uint8_t)vfta;
    }

    // ---- corners ----

    void count(uint64_t now)
    {
        const nic_access_t &a = in.what;
        if (c.csr_cyc == now && c.read_q && c.csr.valid) {
            if (c.space_q == NIC_SPACE_MEM && !in.mem_en) corners[BAR_OFF].count++;
            if (c.space_q == NIC_SPACE_IO && !in.io_en) corners[IO_OFF].count++;
        }
        if (!in.access) return;
        const bool io = a.space == NIC_SPACE_IO, window = io && in.io_en && (a.addr & ~3u) == 4;
        const uint32_t off = (io ? in.ioaddr : a.addr) & ~3u;
        const bool reach = io ? window && off < SPACE : a.space != NIC_SPACE_CFG && in.mem_en;
        const uint16_t at = n->map[off % SPACE / 4];
        if (a.space == 3) corners[ODD_SPACE].count++;
        if (window && off >= SPACE) corners[IO_HIGH].count++;
        if (reach && !at && !a.write) corners[HOLE].count++;
        if (now == c.reset_end) corners[RST_END].count++;
        if (!reach || !at) return;
        const reg_row_t *row = &reg_rows[at - 1];
        const uint32_t index = row->stride ? (off % SPACE - row->off) / row->stride : 0;
        if (a.write) count_write(now, row, index, io);
        else count_read(now, row, index);
    }

    void count_read(uint64_t now, const reg_row_t *row, uint32_t index)
    {
        if (c.reset_cyc == now) corners[RST_READ].count++;
        if (on_bus(now) && c.csr.write && c.csr.id == row->first) {
            const bool same = c.csr.index == index;
            if (row->owner == OWN_packet_buffer) corners[same ? PBM_BACK : PBM_OTHER].count++;
            else if (same) corners[READ_BACK].count++;
        }
        if (now < c.reset_end && row->first == E1000_R_FFVT) corners[CLEARED].count++;
        touch(row, index, 1, 2);
    }

    void count_write(uint64_t now, const reg_row_t *row, uint32_t index, bool io)
    {
        const nic_access_t &a = in.what;
        const bool rst = (a.wdata & FMASK(E1000_CTRL_RST)) != 0;
        if (a.be != 0xF) corners[NARROW].count++;
        else if (now < c.reset_end) corners[RST_WRITE].count++;
        if (a.be != 0xF || now < c.reset_end) return;
        touch(row, index, 0, 1);
        if (row->first == E1000_R_CTRL_DUP && rst) corners[RST_DUP].count++;
        if (row->first == E1000_R_CTRL && rst && io) corners[RST_IO].count++;
        if (row->first == E1000_R_CTRL_EXT && (a.wdata & FMASK(E1000_CTRL_EXT_EE_RST)))
            corners[EE].count++;
        if (row->first == E1000_R_RCTL && (a.wdata & FMASK(E1000_RCTL_EN)))
            corners[c.file[E1000_R_RCTL] & FMASK(E1000_RCTL_EN) ? STAYS : RISE].count++;
        if (FGET(E1000_CTRL_SPEED, c.file[E1000_R_CTRL]) == 3) corners[RESERVED].count++;
    }

    void touch(const reg_row_t *row, uint32_t index, uint8_t from, uint8_t to)
    {
        if (row->owner != OWN_regs || !row->wmask) return;
        uint8_t &t =
            touched[row->first == E1000_R_CTRL_DUP ? (uint32_t)E1000_R_CTRL : row->first + index];
        if (t != from) return;
        t = to;
        if (to == 2 && --untouched == 0) corners[ALL_BACK].count++;
    }

    // ---- comparison ----

    void plain(lockstep_diff &d) const
    {
        const uint32_t *f = c.file;
        d.same("ctrl_ext_o", dut->ctrl_ext_o, f[E1000_R_CTRL_EXT]);
        d.same("rctl_o", dut->rctl_o, f[E1000_R_RCTL]);
        d.same("tctl_o", dut->tctl_o, f[E1000_R_TCTL]);
        d.same("itr_o", dut->itr_o, f[E1000_R_ITR]);
        d.same("rdtr_o", dut->rdtr_o, f[E1000_R_RDTR]);
        d.same("radv_o", dut->radv_o, f[E1000_R_RADV]);
        d.same("rsrpd_o", dut->rsrpd_o, f[E1000_R_RSRPD]);
        d.same("rxframes_o", dut->rxframes_o, f[E1000_R_RXFRAMES]);
        d.same("tidv_o", dut->tidv_o, f[E1000_R_TIDV]);
        d.same("tadv_o", dut->tadv_o, f[E1000_R_TADV]);
        d.same("txframes_o", dut->txframes_o, f[E1000_R_TXFRAMES]);
        d.same("mtctl_o", dut->mtctl_o, f[E1000_R_MTCTL]);
        d.same("mtdly_o", dut->mtdly_o, f[E1000_R_MTDLY]);
        d.same("rdbal_o", dut->rdbal_o, f[E1000_R_RDBAL]);
        d.same("rdbah_o", dut->rdbah_o, f[E1000_R_RDBAH]);
        d.same("rdlen_o", dut->rdlen_o, f[E1000_R_RDLEN]);
        d.same("rdt_o", dut->rdt_o, f[E1000_R_RDT]);
        d.same("rxdctl_o", dut->rxdctl_o, f[E1000_R_RXDCTL]);
        d.same("tdbal_o", dut->tdbal_o, f[E1000_R_TDBAL]);
        d.same("tdbah_o", dut->tdbah_o, f[E1000_R_TDBAH]);
        d.same("tdlen_o", dut->tdlen_o, f[E1000_R_TDLEN]);
        d.same("tdt_o", dut->tdt_o, f[E1000_R_TDT]);
        d.same("txdctl_o", dut->txdctl_o, f[E1000_R_TXDCTL]);
        d.same("rxcsum_o", dut->rxcsum_o, f[E1000_R_RXCSUM]);
        d.same("vet_o", dut->vet_o, f[E1000_R_VET]);
        d.same("fct_o", dut->fct_o, f[E1000_R_FCT]);
        d.same("fcal_o", dut->fcal_o, f[E1000_R_FCAL]);
        d.same("fcah_o", dut->fcah_o, f[E1000_R_FCAH]);
        d.same("fcttv_o", dut->fcttv_o, f[E1000_R_FCTTV]);
        d.same("fcrth_o", dut->fcrth_o, f[E1000_R_FCRTH]);
        d.same("fcrtl_o", dut->fcrtl_o, f[E1000_R_FCRTL]);
        d.same("tipg_o", dut->tipg_o, f[E1000_R_TIPG]);
        d.same("ait_o", dut->ait_o, f[E1000_R_AIT]);
        d.same("pba_o", dut->pba_o, FGET(E1000_PBA_RXA, f[E1000_R_PBA]));
        d.same("mta_row_o", dut->mta_row_o, f[E1000_R_MTA + mta]);
        d.same("vfta_row_o", dut->vfta_row_o, f[E1000_R_VFTA + vfta]);
    }

    void buses(uint64_t now, lockstep_diff &d) const
    {
        const csr_t &a = c.csr;
        d.same("bus_valid_o", dut->bus_valid_o, on_bus(now));
        if (on_bus(now)) {
            d.same("bus_write_o", dut->bus_write_o, a.write);
            d.same("bus_id_o", dut->bus_id_o, a.id);
            d.same("bus_index_o", dut->bus_index_o, a.index);
            d.same("bus_wdata_o", dut->bus_wdata_o, a.wdata);
        }
        const bool mine = c.csr_cyc == now && (c.space_q == NIC_SPACE_CFG || at_ioaddr(now));
        d.same("pci_valid_o", dut->pci_valid_o, mine);
        if (mine) {
            d.same("pci_write_o", dut->pci_write_o, !c.read_q);
            d.same("pci_io_o", dut->pci_io_o, c.space_q == NIC_SPACE_IO);
            d.same("pci_addr_o", dut->pci_addr_o, c.addr_q);
            d.same("pci_be_o", dut->pci_be_o, c.be_q);
            d.same("pci_wdata_o", dut->pci_wdata_o, c.wdata_q);
        }
        const bool pbm_we = wrote(now, E1000_R_PBM);
        d.same("pbm_we_o", dut->pbm_we_o, pbm_we);
        if (pbm_we) {
            d.same("pbm_waddr_o", dut->pbm_waddr_o, a.index);
            d.same("pbm_wdata_o", dut->pbm_wdata_o, a.wdata);
        }
        d.same("restart_rx_o", dut->restart_rx_o,
               wrote(now, E1000_R_RDH) || wrote(now, E1000_R_RDBAL) || wrote(now, E1000_R_RDBAH) ||
                   wrote(now, E1000_R_RDLEN) || rises(now, E1000_R_RCTL, FMASK(E1000_RCTL_EN)));
        d.same("restart_tx_o", dut->restart_tx_o,
               wrote(now, E1000_R_TDH) || wrote(now, E1000_R_TDBAL) || wrote(now, E1000_R_TDBAH) ||
                   wrote(now, E1000_R_TDLEN) || rises(now, E1000_R_TCTL, FMASK(E1000_TCTL_EN)));
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const bool reply = c.reply_cyc == now;
        d.same("csr_rvalid_o", dut->csr_rvalid_o, reply);
        d.same("csr_rdata_o", dut->csr_rdata_o, reply ? c.rdata_q : 0);
        buses(now, d);
        d.same("reset_o", dut->reset_o, c.reset_cyc == now);
        d.same("reset_cnt_q", dut->rootp->regs__DOT__reset_cnt_q,
               c.reset_end > now ? c.reset_end - now : 0);
        d.same("idle_o", dut->idle_o,
               c.csr_cyc != now && !reply && c.reset_cyc != now && c.lsc_cyc != now);
        d.same("lu_o", dut->lu_o, c.lu_q);
        d.same("speed_o", dut->speed_o, c.speed_q);
        d.same("fd_o", dut->fd_o, c.fd_q);
        d.same("lsc_o", dut->lsc_o, c.lsc_cyc == now);
        d.same("loopback_o", dut->loopback_o,
               in.phy_loopback || FGET(E1000_RCTL_LBM, c.file[E1000_R_RCTL]) == 3);
        plain(d);
        if (now == 0) return; // the EEPROM's words come in the first tick
        d.same("ee_ctrl_o", dut->ee_ctrl_o, ctrl_to_eeprom(now));
        d.same("ctrl_o", dut->ctrl_o, c.file[E1000_R_CTRL]);
        for (unsigned i = 0; i < 16; i++) {
            d.same("ral_o", dut->ral_o[i], c.file[E1000_R_RAL + i]);
            d.same("rah_o", dut->rah_o[i], c.file[E1000_R_RAH + i]);
        }
    }

    void print() const
    {
        const nic_access_t &a = in.what;
        static const char *const space[] = {"cfg", "mem", "io", "3"};
        printf(" mem_en %d io_en %d ioaddr %05" PRIX32 " link %d fd %d speed %d loopback %d",
               in.mem_en, in.io_en, in.ioaddr, in.phy_link, in.phy_fd, in.phy_speed,
               in.phy_loopback);
        if (!in.access) printf(" -");
        else if (!a.write) printf(" read %s %05" PRIX32, space[a.space], a.addr);
        else
            printf(" write %s %05" PRIX32 " be %X %08" PRIX32, space[a.space], a.addr, a.be,
                   a.wdata);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("regs", argc, argv);
}
