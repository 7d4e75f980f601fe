// SPDX-License-Identifier: Apache-2.0
#include "model/rx_filter.h"

#include <endian.h>
#include <string.h>

#define ADDRESS 0xFFFFFFFFFFFFu // the 48 bits of an address
#define COLD    __attribute__((noinline))

enum { RAR_COUNT = E1000_RL_RAL - E1000_R_RAL + 1 };

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

// Bytes as RAL and RAH hold them: the first byte on the wire in bits 7:0.
static uint64_t le64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return le64toh(v);
}

// Entry n as one number, the unused bits of RAH cleared.
static uint64_t entry64(const uint32_t *reg, unsigned n)
{
    uint32_t used = FMASK(E1000_RAH_AV) | FMASK(E1000_RAH_AS) | FMASK(E1000_RAH_RAH);
    return (uint64_t)(reg[E1000_R_RAH + n] & used) << 32 | reg[E1000_R_RAL + n];
}

// What entry64() must be to match: AV=1 and the address select are part of the number.
static uint64_t wanted64(uint64_t address, uint32_t select)
{
    return address | (uint64_t)(FMASK(E1000_RAH_AV) | FPUT(E1000_RAH_AS, select)) << 32;
}

// Entries 1 to 15. Out of line, like every rare part here: the common frame then saves no
// registers.
static COLD bool exact_match_rest(uint64_t want_da, uint64_t want_sa, const uint32_t *reg)
{
    // Mostly entry 0 is the only one that is on.
    uint32_t any = 0;
    for (unsigned n = 1; n < RAR_COUNT; n++) any |= reg[E1000_R_RAH + n];
    if (!(any & FMASK(E1000_RAH_AV))) return false;
    for (unsigned n = 1; n < RAR_COUNT; n++) {
        uint64_t entry = entry64(reg, n);
        if (entry == want_da || entry == want_sa) return true;
    }
    return false;
}

static bool exact_match(uint64_t da, uint64_t sa, const uint32_t *reg)
{
    uint64_t want_da = wanted64(da, 0);
    uint64_t want_sa = wanted64(sa, 1);
    uint64_t entry = entry64(reg, 0);
    return entry == want_da || entry == want_sa || exact_match_rest(want_da, want_sa, reg);
}

// Bytes 4 and 5 of the destination make a 16-bit number; MO chooses which 12 bits index the table.
static bool hash_match(const uint8_t *frame, const uint32_t *reg)
{
    static const uint8_t shift[4] = {4, 3, 2, 0};
    uint32_t v = (uint32_t)frame[5] << 8 | frame[4];
    uint32_t index = v >> shift[FGET(E1000_RCTL_MO, reg[E1000_R_RCTL])] & 0xFFF;
    return reg[E1000_R_MTA + (index >> 5)] >> (index & 31) & 1;
}

static bool vlan_pass(const uint8_t *frame, uint32_t len, const uint32_t *reg)
{
    uint32_t rctl = reg[E1000_R_RCTL];
    if (!FGET(E1000_RCTL_VFE, rctl) || len < NIC_TypeAt + NIC_TagLen ||
        be16(frame + NIC_TypeAt) != reg[E1000_R_VET])
        return true;
    uint32_t tci = be16(frame + 14);
    uint32_t vid = tci & 0xFFF;
    if (!(reg[E1000_R_VFTA + (vid >> 5)] >> (vid & 31) & 1)) return false;
    return !FGET(E1000_RCTL_CFIEN, rctl) || (tci >> 12 & 1) == FGET(E1000_RCTL_CFI, rctl);
}

rx_verdict_t rx_filter(const uint8_t *frame, uint32_t len, const uint32_t *reg)
{
    uint32_t rctl = reg[E1000_R_RCTL];
    bool everything =
        FGET(E1000_RCTL_SBP, rctl) && FGET(E1000_RCTL_UPE, rctl) && FGET(E1000_RCTL_MPE, rctl);
    rx_verdict_t v = {0};
    if (len < NIC_TypeAt) {
        v.pass = v.pif = everything;
        return v;
    }
    uint64_t da = le64(frame) & ADDRESS;
    bool group = da & 1;
    v.is_bcast = da == ADDRESS;
    v.is_mcast = group && !v.is_bcast;
    bool exact =
        exact_match(da, le64(frame + 4) >> 16, reg) || (v.is_bcast && FGET(E1000_RCTL_BAM, rctl));
    bool inexact = everything;
    if (!exact && !inexact) {
        if (!group) inexact = FGET(E1000_RCTL_UPE, rctl);
        else inexact = (v.is_mcast && FGET(E1000_RCTL_MPE, rctl)) || hash_match(frame, reg);
    }
    v.pass = (exact || inexact) && vlan_pass(frame, len, reg);
    v.pif = v.pass && !exact;
    return v;
}

COLD rx_pause_t rx_control(const uint8_t *frame, const rx_control_regs_t *regs)
{
    rx_pause_t p = {0};
    uint64_t da = le64(frame) & ADDRESS;
    uint32_t select = regs->rah0 & (FMASK(E1000_RAH_AV) | FMASK(E1000_RAH_AS));
    bool to_fca = da == ((uint64_t)(regs->fcah & 0xFFFF) << 32 | regs->fcal);
    bool to_rar0 = select == FMASK(E1000_RAH_AV) &&
                   da == ((uint64_t)FGET(E1000_RAH_RAH, regs->rah0) << 32 | regs->ral0);
    p.is_mac_control = to_fca || to_rar0;
    if (!p.is_mac_control || !FGET(E1000_CTRL_RFCE, regs->ctrl)) return p;

    p.is_pause = be16(frame + 14) == NIC_PauseOpcode;
    p.unsupported_opcode = !p.is_pause;
    if (p.is_pause) {
        p.quanta = (uint16_t)be16(frame + 16);
        p.discard = to_rar0 && FGET(E1000_RCTL_DPF, regs->rctl);
    } else {
        p.force = FGET(E1000_RCTL_PMCF, regs->rctl);
        p.discard = !p.force;
    }
    return p;
}

// A frame whose type is FCT.
static COLD rx_pause_t control_frame(const uint8_t *frame, const uint32_t *reg)
{
    const rx_control_regs_t regs = {
        .ctrl = reg[E1000_R_CTRL],
        .rctl = reg[E1000_R_RCTL],
        .fcal = reg[E1000_R_FCAL],
        .fcah = reg[E1000_R_FCAH],
        .ral0 = reg[E1000_R_RAL],
        .rah0 = reg[E1000_R_RAH],
    };
    return rx_control(frame, &regs);
}

rx_pause_t rx_pause(const uint8_t *frame, uint32_t len, const uint32_t *reg)
{
    if (!rx_control_type(frame, len, reg[E1000_R_FCT])) return (rx_pause_t){0};
    return control_frame(frame, reg);
}
