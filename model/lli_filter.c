// SPDX-License-Identifier: Apache-2.0
#include "model/lli_filter.h"

// FLAGS of IMIREXT are those of a TCP header in the other order: URG is its lowest bit.
static uint32_t reversed(uint32_t flags)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < IGB_IMIREXT_FLAGS_W; i++)
        v |= (flags >> i & 1) << (IGB_IMIREXT_FLAGS_W - 1 - i);
    return v;
}

// Filter n of IMIR and IMIREXT.
static bool immediate(const rss_packet_t *p, uint32_t stored, uint32_t imir, uint32_t ext)
{
    if (!FGET(IGB_IMIR_IMM, imir)) return false;
    const bool has_port = p->packet & (PACKET_TCP | PACKET_UDP);
    const bool port = has_port && p->dport == FGET(IGB_IMIR_PORT, imir);
    const bool flags = FGET(IGB_IMIREXT_FLAGS, ext) & reversed(p->tcp_flags);
    return (port || FGET(IGB_IMIR_PORT_BP, imir)) && (flags || FGET(IGB_IMIREXT_CTRL_BP, ext)) &&
           (stored < FGET(IGB_IMIREXT_SIZE_THRESH, ext) || FGET(IGB_IMIREXT_SIZE_BP, ext));
}

// One of `count` registers has the bits.
static bool any(const uint32_t *reg, unsigned count, uint32_t bits)
{
    uint32_t all = 0;
    for (unsigned n = 0; n < count; n++) all |= reg[n];
    return all & bits;
}

lli_verdict_t lli_filter(const rss_packet_t *p, uint32_t stored, const uint32_t *reg)
{
    lli_verdict_t v = {.packet = p->packet};
    const uint32_t imirvp = reg[IGB_R_IMIRVP];
    const bool imm = any(&reg[IGB_R_IMIR], IGB_IMIR_COUNT, FMASK(IGB_IMIR_IMM));
    for (unsigned n = 0; imm && n < IGB_IMIR_COUNT; n++)
        v.lli = v.lli || immediate(p, stored, reg[IGB_R_IMIR + n], reg[IGB_R_IMIREXT + n]);
    if ((p->packet & PACKET_VLAN) && FGET(IGB_IMIRVP_EN, imirvp) &&
        p->priority >= FGET(IGB_IMIRVP_THRESH, imirvp))
        v.lli = true;
    if (FGET(IGB_SYNQF_EN, reg[IGB_R_SYNQF]) && (p->tcp_flags & TCP_FLAG_SYN)) v.lli = true;
    if (!any(&reg[IGB_R_ETQF], IGB_ETQF_COUNT, FMASK(IGB_ETQF_EN))) return v;
    for (unsigned n = IGB_ETQF_COUNT; n-- > 0;) {
        const uint32_t etqf = reg[IGB_R_ETQF + n];
        if (!FGET(IGB_ETQF_EN, etqf) || FGET(IGB_ETQF_ETYPE, etqf) != p->ethertype) continue;
        v.packet = (uint16_t)(PACKET_L2 | n | (p->packet & PACKET_VLAN));
        if (FGET(IGB_ETQF_IMM_INT, etqf)) v.lli = true;
    }
    return v;
}
