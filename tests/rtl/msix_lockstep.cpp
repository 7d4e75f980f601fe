// SPDX-License-Identifier: Apache-2.0
// rtl/msix.sv beside model/msix.c.
// The pending bits and masks of all functions are read in every cycle, the whole tables now
// and then.
#include "tests/rtl/lockstep.h"

#include "Vmsix.h"
extern "C" {
#include "model/msix.h"
}

namespace
{

enum { FUNCS = 1 + IGB_Vfs, ALL = (1 << FUNCS) - 1 };

struct bench {
    std::unique_ptr<Vmsix> dut = std::make_unique<Vmsix>();
    msix_t c = {};
    msix_in_t in = {};
    uint32_t csr_odds = 1, sent_odds = 1, done_odds = 1, level_odds = 1, mask_odds = 1;
    enum {
        SENT_DONE,
        SENT_BEFORE,
        NEXT_AT_DONE,
        MANY,
        PF_AND_VF,
        NO_ENTRY,
        PF_ENTRY,
        HELD_MASK,
        HELD_FMASK,
        HELD_MASTER,
        UNMASK_WRITE,
        OFF_PENDING,
        OFF_SENT,
        GONE_PENDING,
        GONE_REQUEST,
        FORMER_LIFE,
        RESET_SENT,
        RESET_WRITE,
        RESET_PICK,
        WRITE_REQUEST,
        WRITE_PICK,
        NARROW,
        OUTSIDE,
        NO_FUNC,
        WRAP,
        DONE_ALONE,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"sent in the tick of done", 0},
        {"sent while the request stands", 0},
        {"another request behind done", 0},
        {"more than one is possible", 0},
        {"the PF's and the VF's entry of a vector are pending", 0},
        {"sent without an entry", 0},
        {"sent to the PF's entry of a vector a VF could own", 0},
        {"held back by its mask", 0},
        {"held back by the function mask", 0},
        {"held back by the bus master bit", 0},
        {"pending and unmasked by a write", 0},
        {"MSI-X off clears", 0},
        {"sent while MSI-X is off", 0},
        {"a VF goes with a pending message", 0},
        {"a VF goes with a request", 0},
        {"done of a request whose pending bit is another's", 0},
        {"function reset and sending together", 0},
        {"function reset and write of a mask together", 0},
        {"function reset of what would be the request", 0},
        {"write to the entry of the request", 0},
        {"write to the entry that becomes the request", 0},
        {"write of some bytes", 0},
        {"write behind the table", 0},
        {"access of no function", 0},
        {"address beyond 16 KiB", 0},
        {"done without a request", 0},
    };

    void init()
    {
        msix_reset(&c);
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 2, 5, 20, 200};
        csr_odds = odds[r.below(4)];
        sent_odds = odds[r.below(5)];
        done_odds = odds[r.below(4)];
        level_odds = odds[2 + r.below(3)] * 4;
        mask_odds = odds[1 + r.below(3)];
    }

    // As the VFs of an enabled PF, or anyhow.
    uint16_t some(lockstep_rng &r, bool mostly) const
    {
        const uint16_t few = (uint16_t)(r.u32() & r.u32() & r.u32() & ALL);
        if (r.one_in(8)) return (uint16_t)(r.u32() & ALL);
        return mostly ? (uint16_t)(ALL & ~few) : few;
    }

    void access(lockstep_rng &r)
    {
        in.valid = r.one_in(csr_odds);
        in.write = !r.one_in(5);
        in.func = (uint8_t)(r.one_in(3) ? 0 : r.below(FUNCS));
        const uint32_t k = r.below(in.func ? IGB_MsixVf : IGB_MsixPf);
        in.addr = 16 * k + 4 * (r.one_in(2) ? 3 : r.below(4));
        if (r.one_in(30)) in.addr = 16 * r.below(16) + 4 * r.below(4);
        if (r.one_in(30)) in.addr = MSIX_PBA + 4 * r.below(4);
        in.addr += r.below(4);
        if (r.one_in(30)) in.addr ^= 1u << (4 + r.below(16));
        if (r.one_in(30)) in.func = (uint8_t)r.u32();
        in.be = r.one_in(10) ? (uint8_t)r.below(16) : 0xF;
        in.wdata = r.u32();
        if ((in.addr & 12) == 12) in.wdata = (in.wdata & ~1u) | r.one_in(mask_odds);
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 512 == 0) phase(r);
        access(r);
        in.sent = 0;
        if (r.one_in(sent_odds))
            in.sent = r.one_in(8) ? r.u32() & 0x1FFFFFF : 1u << r.below(IGB_Vectors);
        in.done = c.req_q && r.one_in(done_odds);
        if (r.one_in(500)) in.done = true;
        if (in.done && r.one_in(3)) in.sent |= sent_of(c.entry_q);
        if (now == 0 || r.one_in(level_odds)) in.msix_en = some(r, true);
        if (r.one_in(level_odds)) in.msix_mask = some(r, false);
        if (now == 0 || r.one_in(level_odds)) in.may_request = some(r, true);
        in.reset = 0;
        if (now == 0 || r.one_in(level_odds)) {
            const uint16_t was = in.there;
            in.there = (uint16_t)(r.one_in(4)   ? r.u32() & ALL
                                  : r.one_in(3) ? 1u
                                                : (2u << r.below(9)) - 1);
            in.reset = in.there & ~was & ~1u;
        }
        if (r.one_in(level_odds)) in.reset |= (uint16_t)(1u << r.below(FUNCS));
        count();
        dut->valid_i = in.valid;
        dut->write_i = in.write;
        dut->func_i = in.func;
        dut->addr_i = in.addr;
        dut->be_i = in.be;
        dut->wdata_i = in.wdata;
        dut->sent_i = in.sent;
        dut->done_i = in.done;
        dut->msix_en_i = in.msix_en;
        dut->msix_mask_i = in.msix_mask;
        dut->may_request_i = in.may_request;
        dut->func_reset_i = in.reset;
        dut->there_i = (uint8_t)(in.there >> 1);
    }

    // The vector of an entry, as a mask.
    static uint32_t sent_of(unsigned e)
    {
        return 1u << (e < IGB_MsixPf ? e : e - MSIX_VF0);
    }

    bool of(uint16_t functions, unsigned e) const
    {
        return functions >> msix_func(e) & 1;
    }

    // Coincidences before the tick.
    void count()
    {
        const uint16_t there = in.there | 1;
        const uint16_t ready = in.msix_en & ~in.msix_mask & in.may_request & there & ~in.reset;
        unsigned possible = 0, first = MSIX_ENTRIES;
        for (unsigned e = 0; e < MSIX_ENTRIES; e++) {
            const bool mine = e < IGB_MsixPf ? !vf_owns(e) : of(there, e); // of its vector
            const bool sent = mine && (in.sent & sent_of(e));
            const bool pend = c.pend_q >> e & 1, masked = c.mask_q >> e & 1;
            const bool live = of(in.msix_en & there, e);
            corners[OFF_SENT].count += sent && !of(in.msix_en, e);
            corners[RESET_SENT].count += sent && live && of(in.reset, e);
            corners[PF_ENTRY].count += sent && live && e > 0 && e < IGB_MsixPf;
            if (!pend) continue;
            corners[OFF_PENDING].count += !of(in.msix_en, e);
            corners[GONE_PENDING].count += !of(there, e);
            corners[HELD_MASK].count += masked && of(ready, e);
            corners[HELD_FMASK].count += !masked && live && of(in.msix_mask, e);
            corners[HELD_MASTER].count += !masked && live && !of(in.may_request, e);
            corners[PF_AND_VF].count += e < IGB_MsixPf && e > 0 && (c.pend_q >> (MSIX_VF0 + e) & 1);
            const bool request = c.req_q && c.own_q && c.entry_q == e;
            corners[SENT_DONE].count += sent && request && in.done && live && !of(in.reset, e);
            corners[SENT_BEFORE].count += sent && request && !in.done;
            corners[FORMER_LIFE].count += c.req_q && !c.own_q && c.entry_q == e && in.done;
            corners[RESET_PICK].count += !c.req_q && !masked && of(ready | in.reset, e) &&
                                         of(in.reset, e) && live && !of(in.msix_mask, e);
            if (masked || !of(ready, e) || (request && in.done)) continue;
            possible++;
            if (first == MSIX_ENTRIES) first = e;
        }
        const bool pick = possible && (!c.req_q || in.done);
        corners[MANY].count += pick && possible > 1;
        corners[NEXT_AT_DONE].count += pick && c.req_q;
        corners[DONE_ALONE].count += in.done && !c.req_q;
        corners[GONE_REQUEST].count += c.req_q && !of(there, c.entry_q);
        for (unsigned v = IGB_MsixPf; v < IGB_Vectors; v++)
            corners[NO_ENTRY].count += (in.sent >> v & 1) && !vf_owns(v);
        if (!in.valid || !in.write) return;
        const uint32_t at = in.addr & 0x3FFC;
        corners[NO_FUNC].count += in.func >= FUNCS;
        corners[WRAP].count += in.addr >= 0x4000;
        if (in.func >= FUNCS) return;
        const unsigned k = at / 16, have = in.func ? IGB_MsixVf : IGB_MsixPf;
        corners[OUTSIDE].count += k >= have;
        if (k >= have) return;
        corners[NARROW].count += in.be != 0xF;
        if (in.be != 0xF) return;
        const unsigned e = in.func ? MSIX_VF0 + igb_first_vector(in.func - 1u) + k : k;
        const bool control = at % 16 == 12;
        corners[UNMASK_WRITE].count += control && !(in.wdata & 1) && (c.mask_q & c.pend_q) >> e & 1;
        corners[RESET_WRITE].count += control && !(in.wdata & 1) && of(in.reset, e);
        corners[WRITE_REQUEST].count += c.req_q && c.entry_q == e;
        corners[WRITE_PICK].count += pick && first == e;
    }

    bool vf_owns(unsigned v) const
    {
        for (unsigned n = 0; n < IGB_Vfs; n++)
            if (v - igb_first_vector(n) < IGB_MsixVf) return in.there >> (1 + n) & 1;
        return false;
    }

    void read(const char *name, unsigned func, uint32_t addr, lockstep_diff &d) const
    {
        dut->func_i = (uint8_t)func;
        dut->addr_i = addr;
        dut->eval();
        d.same(name, dut->rdata_o, msix_read(&c, func, addr));
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        d.same("rdata_o", dut->rdata_o, msix_read(&c, in.func, in.addr));
        d.same("req_valid_o", dut->req_valid_o, c.req_q);
        d.same("req_func_o", dut->req_func_o, msix_func(c.entry_q));
        d.same("req_addr_o", dut->req_addr_o, c.to_q);
        d.same("req_data_o", dut->req_data_o, c.value_q);
        for (unsigned f = 0; f < FUNCS; f++) {
            read("pending bits", f, MSIX_PBA, d);
            const unsigned have = f ? IGB_MsixVf : IGB_MsixPf;
            for (uint32_t k = 0; k < have; k++) read("vector control", f, 16 * k + 12, d);
        }
        if (now % 256 == 0)
            for (unsigned f = 0; f <= FUNCS; f++)
                for (uint32_t a = 0; a < 16 * 12; a += 4) read("a dword", f, a, d);
        dut->func_i = in.func;
        dut->addr_i = in.addr;
        dut->eval();
    }

    void tick(uint64_t)
    {
        msix_tick(&c, &in);
    }

    void print() const
    {
        printf(" en %03X mask %03X may %03X there %03X reset %03X sent %07" PRIX32 " done %d",
               in.msix_en, in.msix_mask, in.may_request, in.there, in.reset, in.sent, in.done);
        if (in.valid)
            printf(" %s %u:%05" PRIX32 " be %X %08" PRIX32, in.write ? "write" : "read", in.func,
                   in.addr, in.be, in.wdata);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("msix", argc, argv);
}
