// SPDX-License-Identifier: Apache-2.0
// rtl/eeprom.sv beside model/eeprom.c.
//
// Software speaks Microwire through EECD in whole commands, which it also breaks off, garbles and sends at the wrong
// time; between them EERD reads and plain noise. Programming and EERD reads are cut short on both sides, as the idle
// jump of a harness does it; most seeds let the first word take all of its cycles. Power-good comes again now and then:
// the contents stay.
#include "tests/rtl/lockstep.h"

#include "Veeprom.h"
#include "Veeprom___024root.h"
extern "C" {
#include "model/eeprom.h"
#include "model/pci_config.h"
}

namespace
{

enum : uint32_t { SK = 1, CS = 2, DI = 4, FWE = 0x30, REQ = 0x40 };
enum : uint32_t { START = 1 };
enum { OPCODE_WRITE = 1, OPCODE_READ, OPCODE_ERASE };

// Parameters of the build.
const uint64_t MAC = Veeprom___024root::eeprom__DOT__Mac;
const uint16_t DEVICE_ID = Veeprom___024root::eeprom__DOT__DeviceId;

struct bench {
    std::unique_ptr<Veeprom> dut = std::make_unique<Veeprom>();
    eeprom_t c = {};
    eeprom_in_t in = {};
    uint32_t ctrl = 0;
    bool slow = false;     // programming takes all of its cycles
    bool busy_cut = false; // what runs was shortened
    bool eerd_cut = false;
    // what software is going to write to EECD, and the value that is there
    std::vector<uint32_t> script;
    size_t at = 0;
    uint32_t pins = FWE & 0x10, gap = 0, wait = 0;
    uint32_t eerd_odds = 1, other_odds = 1, break_odds = 1, rare_odds = 1, cut_odds = 1, pace = 1;
    enum {
        READ,
        READ_ON,
        READ_WRAP,
        WRITE,
        ERASE,
        WRAL,
        ERAL,
        NO_EWEN,
        EWEN,
        EWDS,
        BROKEN_CMD,
        BROKEN_DATA,
        MORE_CLOCKS,
        BUSY_CLOCK,
        BUSY_END_CLOCK,
        BUSY_FULL,
        GNT_LOST,
        CS_WITH_SK,
        NO_GNT,
        RESET_CMD,
        RESET_PROGRAM,
        RESET_EERD,
        EERD_FULL,
        EERD_GNT,
        EERD_BUSY,
        EERD_AGAIN,
        EERD_START_END,
        EERD_ADDR,
        EERD_ADDR_END,
        EERD_ADDR_RUNS,
        EERD_BITS,
        REQ_RUNS,
        REQ_END,
        REQ_WAITS,
        INVALID,
        ID_LOADED,
        SUBSYSTEM_OWN,
        MSI_HIDDEN,
        POWER_GOOD,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"READ", 0},
        {"READ goes on", 0},
        {"READ goes on behind the last word", 0},
        {"WRITE", 0},
        {"ERASE", 0},
        {"WRAL", 0},
        {"ERAL", 0},
        {"programming without EWEN", 0},
        {"EWEN", 0},
        {"EWDS", 0},
        {"CS falls in a command", 0},
        {"CS falls in the data", 0},
        {"clock behind a complete command", 0},
        {"clock while busy", 0},
        {"clock in the tick in which busy ends", 0},
        {"programming of full length", 0},
        {"programming because the grant goes", 0},
        {"CS and SK rise together", 0},
        {"clock without the grant", 0},
        {"CTRL.RST in a command", 0},
        {"CTRL.RST begins programming", 0},
        {"CTRL.RST in an EERD read", 0},
        {"EERD read of full length", 0},
        {"EERD waits for the grant to end", 0},
        {"EERD waits for busy", 0},
        {"START while a read runs", 0},
        {"START in the tick of its end", 0},
        {"ADDR alone", 0},
        {"ADDR alone in the tick of an end", 0},
        {"ADDR alone while a read runs", 0},
        {"ADDR with bits 7:6", 0},
        {"REQ while a read runs", 0},
        {"REQ in the tick of its end", 0},
        {"REQ while a read waits for busy", 0},
        {"no signature", 0},
        {"device id loaded", 0},
        {"subsystem not loaded", 0},
        {"MSI hidden", 0},
        {"power-good again", 0},
    };

    void init()
    {
        uint8_t mac[6];
        for (int i = 0; i < 6; i++) mac[i] = (uint8_t)(MAC >> (8 * i));
        eeprom_image(c.word, mac, DEVICE_ID);
        eeprom_reset(&c);
    }

    // --- software: Microwire ---

    void eecd(uint32_t clear, uint32_t set)
    {
        pins = (pins & ~clear) | set;
        script.push_back(pins);
    }

    void bit(lockstep_rng &r, bool b)
    {
        const uint32_t di = b ? DI : 0;
        if (r.one_in(3)) { // with the edge
            eecd(DI, di | SK);
        } else {
            eecd(DI, di);
            eecd(0, SK);
        }
        eecd(SK, 0);
    }

    void out(lockstep_rng &r, uint32_t v, uint32_t count)
    {
        for (uint32_t i = count; i-- > 0;) bit(r, v >> i & 1);
    }

    void select(lockstep_rng &r)
    {
        if (!(pins & REQ)) eecd(SK | CS | DI, REQ);
        if (r.one_in(10)) eecd(0, CS | SK); // this edge does not count
        eecd(SK, CS);
        for (uint32_t i = r.one_in(4) ? r.below(3) : 0; i > 0; i--)
            bit(r, false); // no start bit yet
    }

    void deselect(lockstep_rng &r)
    {
        eecd(CS, 0);
        if (r.one_in(3)) eecd(0, SK);
        eecd(SK | DI, 0);
    }

    // Words that the hardware loads are the interesting ones.
    static uint32_t address(lockstep_rng &r)
    {
        static const uint8_t known[] = {0, 1, 2, 0x0A, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 63};
        return r.one_in(3) ? r.below(NIC_EepromWords) : known[r.below(sizeof known)];
    }

    static uint32_t data(lockstep_rng &r, uint32_t addr)
    {
        if (addr == 0x0A && !r.one_in(4)) return (r.u32() & 0x3FFF) | 0x4000;
        return r.one_in(8) ? 0xFFFF : r.u32() & 0xFFFF;
    }

    void command(lockstep_rng &r)
    {
        script.clear();
        at = 0;
        gap = r.one_in(3) ? 0 : r.below(pace);
        const uint32_t addr = address(r), kind = slow && !c.wen ? 0 : r.below(24);
        select(r);
        switch (kind) {
        case 0:
        case 1:
        case 2: out(r, 1u << 8 | 3u << 4 | r.below(16), 9); break; // EWEN
        case 3:                                                    // EWDS
            if (r.one_in(2)) out(r, 1u << 8 | r.below(16), 9);
            break;
        case 4: out(r, 1u << 8 | 2u << 4 | r.below(16), 9); break; // ERAL
        case 5:                                                    // WRAL
            out(r, 1u << 8 | 1u << 4 | r.below(16), 9);
            out(r, r.u32() & 0xFFFF, 16);
            break;
        case 6:
        case 7:
        case 8: out(r, 1u << 8 | OPCODE_ERASE << 6 | addr, 9); break;
        case 9:
        case 10:
        case 11:
        case 12:
        case 13:
        case 14:
            out(r, 1u << 8 | OPCODE_READ << 6 | addr, 9);
            out(r, r.u32(), r.one_in(3) ? r.below(60) : 16);
            break;
        default:
            out(r, 1u << 8 | OPCODE_WRITE << 6 | addr, 9);
            out(r, data(r, addr), 16);
            break;
        }
        for (uint32_t i = r.one_in(8) ? r.below(4) : 0; i > 0; i--) bit(r, r.one_in(2));
        if (r.one_in(6)) { // the end of the grant is the end of CS
            eecd(r.one_in(2) ? REQ : REQ | CS | SK | DI, 0);
            if (r.one_in(2)) eecd(CS | SK | DI, 0);
            return;
        }
        deselect(r);
        for (uint32_t i = r.one_in(2) ? r.below(6) : 0; i > 0; i--) eecd(0, CS); // polls DO
        if (r.one_in(3)) bit(r, true);
        eecd(CS | SK | DI, 0);
        if (r.one_in(2)) eecd(REQ, 0);
    }

    void noise(lockstep_rng &r)
    {
        script.clear();
        at = 0;
        gap = r.one_in(2) ? 0 : r.below(pace);
        for (uint32_t i = r.below(40); i > 0; i--) {
            pins ^= r.one_in(12) ? REQ : 1u << r.below(3);
            script.push_back(r.one_in(30) ? r.u32() : pins);
        }
    }

    void software(lockstep_rng &r)
    {
        csr_t *a = &in.csr;
        *a = {};
        const bool near = eeprom_quiet(&c) <= in.now + 1;
        if (r.one_in(eerd_odds) || (near && r.one_in(6))) {
            a->valid = true;
            a->write = !r.one_in(10);
            a->id = E1000_R_EERD;
            a->wdata = address(r) << 8 | (r.one_in(3) ? 0 : START);
            if (r.one_in(8)) a->wdata |= r.u32() & ~START;
            return;
        }
        if (r.one_in(other_odds)) {
            a->valid = true;
            a->write = r.one_in(2);
            a->id = r.one_in(2) ? (uint16_t)r.below(E1000_R_COUNT)
                                : (uint16_t)(E1000_R_EECD ^ 1u << r.below(16));
            if (a->id == E1000_R_EECD) a->write = false;
            a->wdata = r.u32();
            return;
        }
        if (wait > 0 && !near) {
            wait--;
            return;
        }
        if (at >= script.size() || r.one_in(break_odds)) {
            wait = r.one_in(4) ? r.below(40 * pace) : 0;
            if (r.one_in(10)) noise(r);
            else command(r);
            return;
        }
        wait = gap == 0 ? 0 : r.below(gap + 1);
        a->valid = true;
        a->write = true;
        a->id = E1000_R_EECD;
        a->wdata = script[at++] | (r.one_in(20) ? r.u32() & ~(SK | CS | DI | REQ) : 0);
    }

    // --- time ---

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {6, 30, 100, 400, 2000, 10000};
        eerd_odds = odds[1 + r.below(4)];
        other_odds = odds[r.below(4)];
        break_odds = odds[1 + r.below(5)];
        rare_odds = odds[3 + r.below(3)] * 4;
        cut_odds = odds[r.below(5)];
        pace = 1 + r.below(12);
    }

    static uint64_t cut(lockstep_rng &r, uint64_t now, uint64_t end)
    {
        const uint64_t left = end - now, keep = r.one_in(3) ? r.below(4) : r.below(300);
        return left > keep ? left - keep : 0;
    }

    void jump(lockstep_rng &r, uint64_t now)
    {
        Veeprom___024root *t = dut->rootp;
        if (!slow && c.busy_end_cyc != NIC_NEVER && c.busy_end_cyc > now && r.one_in(cut_odds)) {
            const uint64_t by = cut(r, now, c.busy_end_cyc);
            c.busy_end_cyc -= by;
            t->eeprom__DOT__busy_cnt_q = (uint32_t)(t->eeprom__DOT__busy_cnt_q - by);
            if (by) busy_cut = true;
        }
        if (c.eerd_end_cyc == NIC_NEVER || c.eerd_end_cyc <= now || !r.one_in(cut_odds)) return;
        const uint64_t by = cut(r, now, c.eerd_end_cyc);
        c.eerd_end_cyc -= by;
        t->eeprom__DOT__eerd_cnt_q = (uint8_t)(t->eeprom__DOT__eerd_cnt_q - by);
        if (by) eerd_cut = true;
    }

    void power_good()
    {
        eeprom_reset(&c);
        dut->rst_ni = 0;
        dut->eval();
        dut->rst_ni = 1;
        dut->eval();
        corners[POWER_GOOD].count++;
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now == 0) slow = !r.one_in(3);
        if (now % 4096 == 0) phase(r);
        if (!slow && r.one_in(20000)) power_good();
        in.now = now;
        jump(r, now);
        in.reset = r.one_in(rare_odds) || (eeprom_quiet(&c) == now && r.one_in(20)) ||
                   (c.phase == EEPROM_PH_ARMED && r.one_in(200));
        if (slow && c.busy_end_cyc != NIC_NEVER && c.busy_end_cyc > now + 1) in.reset = false;
        software(r);
        ctrl = r.u32();
        dut->reset_i = in.reset;
        dut->csr_valid_i = in.csr.valid;
        dut->csr_write_i = in.csr.write;
        dut->csr_id_i = in.csr.id;
        dut->csr_wdata_i = in.csr.wdata;
        dut->ctrl_i = ctrl;
    }

    // The down counter of a deadline.
    static uint64_t left(uint64_t now, uint64_t end)
    {
        return end == NIC_NEVER ? 0 : end - now + 1;
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const Veeprom___024root *t = dut->rootp;
        const uint32_t id = (uint32_t)DEVICE_ID << 16 | (PCI_CONFIG_ID_RESET & 0xFFFF);
        const uint32_t subsystem = PCI_CONFIG_SUBSYSTEM_RESET;
        d.same("eecd_o", dut->eecd_o, eeprom_eecd(&c));
        d.same("eerd_o", dut->eerd_o, eeprom_eerd(&c));
        d.same("ral0_o", dut->ral0_o, eeprom_ral0(&c));
        d.same("rah0_o", dut->rah0_o, eeprom_rah0(&c));
        d.same("ctrl_o", dut->ctrl_o, eeprom_ctrl(&c, ctrl));
        d.same("pci_id_o", dut->pci_id_o, eeprom_pci_id(&c, id));
        d.same("pci_subsystem_o", dut->pci_subsystem_o, eeprom_pci_subsystem(&c, subsystem));
        d.same("msi_o", dut->msi_o, eeprom_msi(&c));
        for (uint32_t i = 0; i < NIC_EepromWords; i++)
            d.same("word_q", t->eeprom__DOT__word_q[i / 2] >> (i % 2 * 16) & 0xFFFF, c.word[i]);
        d.same("busy_cnt_q", t->eeprom__DOT__busy_cnt_q, left(now, c.busy_end_cyc));
        d.same("eerd_cnt_q", t->eeprom__DOT__eerd_cnt_q, left(now, c.eerd_end_cyc));
        d.same("shift_q", t->eeprom__DOT__shift_q, c.shift);
        d.same("phase_q", t->eeprom__DOT__phase_q, c.phase);
        d.same("nbits_q", t->eeprom__DOT__nbits_q, c.nbits);
        d.same("op_q", t->eeprom__DOT__op_q, c.op);
        d.same("addr_q", t->eeprom__DOT__addr_q, c.addr);
        d.same("dout_q", t->eeprom__DOT__dout_q, c.dout);
        d.same("wen_q", t->eeprom__DOT__wen_q, c.wen);
        d.same("eerd_wait_q", t->eeprom__DOT__eerd_wait_q, c.eerd_wait);
    }

    // Coincidences of the tick that `was` went into.
    void count_microwire(const eeprom_t &was)
    {
        static const int of_op[] = {CORNERS, WRAL,    ERAL,    CORNERS, WRITE,   CORNERS, CORNERS,
                                    CORNERS, CORNERS, CORNERS, CORNERS, CORNERS, ERASE};
        const bool cs_was = was.gnt && was.cs, sk_was = was.gnt && was.sk;
        const bool cs = c.gnt && c.cs, sk = c.gnt && c.sk;
        const bool rise = cs_was && cs && !sk_was && sk;
        const bool busy_was = was.busy_end_cyc != NIC_NEVER && was.busy_end_cyc > in.now;
        const bool programs = c.busy_end_cyc == in.now + NIC_EepromWriteCyc;
        const bool decoded = was.phase == EEPROM_PH_CMD && was.nbits == 7 && rise && !busy_was;
        if (programs) {
            corners[of_op[was.op]].count++;
            corners[GNT_LOST].count += was.req && !c.req && c.cs;
            corners[RESET_PROGRAM].count += in.reset;
            busy_cut = false;
        }
        corners[READ].count += decoded && c.phase == EEPROM_PH_READ;
        corners[READ_ON].count += was.phase == EEPROM_PH_READ && c.addr != was.addr;
        corners[READ_WRAP].count += was.phase == EEPROM_PH_READ && c.addr == 0 && was.addr == 63;
        corners[EWEN].count += !was.wen && c.wen;
        corners[EWDS].count += was.wen && !c.wen;
        if (cs_was && !cs) {
            corners[NO_EWEN].count += was.phase == EEPROM_PH_ARMED && !was.wen;
            corners[BROKEN_CMD].count += was.phase == EEPROM_PH_CMD && !in.reset;
            corners[BROKEN_DATA].count += was.phase == EEPROM_PH_DATA && !in.reset;
            corners[RESET_CMD].count += was.phase == EEPROM_PH_CMD && in.reset;
        }
        corners[MORE_CLOCKS].count += rise && was.phase == EEPROM_PH_ARMED;
        corners[BUSY_CLOCK].count += rise && busy_was && c.di;
        corners[BUSY_END_CLOCK].count += rise && was.busy_end_cyc == in.now;
        corners[BUSY_FULL].count += was.busy_end_cyc == in.now && !busy_cut;
        corners[CS_WITH_SK].count += !cs_was && cs && !sk_was && sk;
        corners[NO_GNT].count += !c.gnt && !was.sk && c.sk && was.cs && c.cs;
    }

    void count_eerd(const eeprom_t &was)
    {
        const csr_t &a = in.csr;
        const bool write = a.valid && a.write && a.id == E1000_R_EERD && !in.reset;
        const bool start = write && (a.wdata & START);
        const bool ran = was.eerd_end_cyc != NIC_NEVER, ends = was.eerd_end_cyc == in.now;
        const bool begins = c.eerd_end_cyc == in.now + NIC_EerdCyc;
        const bool asks = !was.req && c.req;
        corners[RESET_EERD].count += in.reset && ran;
        corners[EERD_FULL].count += ends && !eerd_cut && !in.reset;
        corners[EERD_GNT].count += was.eerd_wait && was.gnt && begins && !start;
        corners[EERD_BUSY].count += was.eerd_wait && was.busy_end_cyc == in.now && begins && !start;
        corners[EERD_AGAIN].count += start && ran && !ends;
        corners[EERD_START_END].count += start && ends;
        corners[EERD_ADDR].count += write && !start && !ran && !was.eerd_wait;
        corners[EERD_ADDR_END].count += write && !start && ends;
        corners[EERD_ADDR_RUNS].count += write && !start && ran && !ends;
        corners[EERD_BITS].count += ends && was.eerd_addr >> 6 && !in.reset;
        corners[REQ_RUNS].count += asks && ran && !ends;
        corners[REQ_END].count += asks && ends;
        corners[REQ_WAITS].count += asks && was.eerd_wait;
        if (begins) eerd_cut = false;
    }

    void tick(uint64_t)
    {
        const eeprom_t was = c;
        eeprom_tick(&c, &in);
        if (slow && was.busy_end_cyc == in.now) slow = false;
        count_microwire(was);
        count_eerd(was);
        corners[INVALID].count += !eeprom_valid(&c);
        corners[ID_LOADED].count += eeprom_valid(&c) && (c.word[0x0A] & 1);
        corners[SUBSYSTEM_OWN].count += eeprom_valid(&c) && !(c.word[0x0A] & 2);
        corners[MSI_HIDDEN].count += !eeprom_msi(&c);
    }

    void print() const
    {
        printf(" reset %d eecd %03" PRIX32 " phase %u bits %u", in.reset, eeprom_eecd(&c), c.phase,
               c.nbits);
        lockstep_print_csr(in.csr);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("eeprom", argc, argv);
}
