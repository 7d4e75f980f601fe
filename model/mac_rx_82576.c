// SPDX-License-Identifier: Apache-2.0
#include "model/mac_rx_82576.h"

#include "model/mac_rx_judge.h"

#include <string.h>

// rx_control_regs_t: one meaning for both devices.
_Static_assert(FMASK(IGB_CTRL_RFCE) == FMASK(E1000_CTRL_RFCE) &&
                   FMASK(IGB_RCTL_DPF) == FMASK(E1000_RCTL_DPF) &&
                   FMASK(IGB_RCTL_PMCF) == FMASK(E1000_RCTL_PMCF) &&
                   FMASK(IGB_RAH_AV) == FMASK(E1000_RAH_AV) &&
                   FMASK(IGB_RAH_ASEL) == FMASK(E1000_RAH_AS) &&
                   FMASK(IGB_RAH_RAH) == FMASK(E1000_RAH_RAH),
               "MAC control");
// offload_rx() looks at RXCSUM of the 82540EM.
_Static_assert(FMASK(IGB_RXCSUM_PCSS) == FMASK(E1000_RXCSUM_PCSS) &&
                   FMASK(IGB_RXCSUM_IPOFLD) == FMASK(E1000_RXCSUM_IPOFLD) &&
                   FMASK(IGB_RXCSUM_TUOFLD) == FMASK(E1000_RXCSUM_TUOFLD),
               "RXCSUM");

// Checksums are over the frame without tag and FCS, whatever is taken off; IPv6 has no enable.
static rx_shape_t shape_82576(const uint32_t *reg)
{
    return (rx_shape_t){
        .rxcsum = (uint16_t)(reg[IGB_R_RXCSUM] | FMASK(E1000_RXCSUM_IPV6OFL)),
        .vet = (uint16_t)FGET(IGB_VET_VET, reg[IGB_R_VET]),
        .vme = true,
        .secrc = true,
    };
}

static bool is_giant(uint32_t len, const uint32_t *reg)
{
    if (len > IGB_FrameMax) return true;
    if (pool_vmdq(reg)) return false; // pools have limits of their own
    const bool lpe = FGET(IGB_RCTL_LPE, reg[IGB_R_RCTL]);
    return len > (lpe ? reg[IGB_R_RLPML] : NIC_FrameMaxStd);
}

static rx_pause_t mac_control(const uint8_t *frame, uint32_t len, const uint32_t *reg)
{
    if (!rx_control_type(frame, len, reg[IGB_R_FCT])) return (rx_pause_t){0};
    const rx_control_regs_t regs = {
        .ctrl = reg[IGB_R_CTRL],
        .rctl = reg[IGB_R_RCTL],
        .fcal = reg[IGB_R_FCAL],
        .fcah = reg[IGB_R_FCAH],
        .ral0 = reg[IGB_R_RAL],
        .rah0 = reg[IGB_R_RAH],
    };
    return rx_control(frame, &regs);
}

// A MAC control frame that PMCF alone lets pass.
static void force(pool_verdict_t *v, uint32_t len, const uint32_t *reg)
{
    const bool vmdq = pool_vmdq(reg);
    v->queues = (uint16_t)(1u << (vmdq ? FGET(IGB_VT_CTL_DEF_PL, reg[IGB_R_VT_CTL])
                                       : FGET(IGB_MRQC_DEF_Q, reg[IGB_R_MRQC])));
    v->strip_fcs = FGET(IGB_RCTL_SECRC, reg[IGB_R_RCTL]);
    v->stored = (uint16_t)(v->strip_fcs ? len - NIC_FcsBytes : len);
}

// Not inlined: only frames with a tag take that room on the stack.
static __attribute__((noinline)) rx_offload_t offload_tagged(const mac_rx_t *s, uint32_t stored,
                                                             bool *udp)
{
    const uint32_t len = s->arr.len;
    uint8_t flat[MAC_RX_BYTES];
    memcpy(flat, s->bytes, NIC_TypeAt);
    memcpy(flat + NIC_TypeAt, s->bytes + NIC_TypeAt + NIC_TagLen, len - NIC_TypeAt - NIC_TagLen);
    return offload_rx_udp(flat, stored - NIC_TagLen, &s->shape, udp);
}

static rx_offload_t offload(const mac_rx_t *s, bool *udp)
{
    const uint32_t len = s->arr.len;
    const uint8_t *type = s->bytes + NIC_TypeAt;
    const uint32_t stored = len > NIC_FcsBytes ? len - NIC_FcsBytes : len;
    if (len >= NIC_TypeAt + NIC_TagLen && ((uint32_t)type[0] << 8 | type[1]) == s->shape.vet)
        return offload_tagged(s, stored, udp);
    return offload_rx_udp(s->bytes, stored, &s->shape, udp);
}

static void store(const mac_rx_t *s, packet_buffer_t *pb, const filters_verdict_t *seen, bool legal)
{
    const pool_verdict_t *v = &seen->pool;
    bool udp;
    const rx_offload_t o = offload(s, &udp);
    const uint32_t len = s->arr.len - (v->strip_fcs ? NIC_FcsBytes : 0);
    rx_frame_t *f = packet_buffer_accept(pb, s->bytes, len);
    f->csum = o.csum;
    f->vlan = 0;
    f->status =
        (uint8_t)((o.status & ~E1000_RXD_STAT_IXSM) | (udp ? MAC_RX_STAT_UDPCS : 0) |
                  (v->strip_tag ? E1000_RXD_STAT_VP : 0) | (v->pif ? E1000_RXD_STAT_PIF : 0));
    f->errors = o.errors | mac_rx_errors(s);
    if (v->strip_tag)
        f->vlan = (uint16_t)((uint32_t)s->bytes[NIC_TypeAt + 2] << 8 | s->bytes[NIC_TypeAt + 3]);
    f->queues = v->queues;
    f->several = v->several;
    f->strip_tag = v->strip_tag;
    f->strip_fcs = v->strip_fcs;
    f->tagged = v->tagged;
    f->mcast = v->is_mcast;
    f->lli = seen->lli.lli && legal;
    f->packet = seen->lli.packet;
    f->hdr_len = seen->packet.hdr_len;
    f->rss_type = seen->packet.type;
    f->hash = seen->packet.hash;
}

static enum nic_fate verdict(mac_rx_t *s, const mac_rx_in_t *in, packet_buffer_t *pb,
                             stats_t *stats)
{
    const uint32_t len = s->arr.len;
    const uint32_t *reg = in->reg;
    if (!s->on) return NIC_FATE_FILTERED;
    const filters_verdict_t *seen = filters_82576(&s->filters, s->bytes, len, reg, in->changes);
    const pool_verdict_t *v = &seen->pool;
    const bool too_long = v->too_long || is_giant(len, reg);
    const bool legal = mac_rx_legal(s, too_long);
    const uint32_t flags = STATS_LPE | (too_long ? STATS_TOO_LONG : 0u) |
                           (v->is_bcast ? STATS_BCAST : 0u) | (v->is_mcast ? STATS_MCAST : 0u);
    const bool pass = v->queues || v->too_long;
    const bool keep_bad = FGET(IGB_RCTL_SBP, reg[IGB_R_RCTL]) && v->queues;
    rx_pause_t control = {0};
    if (legal) control = mac_control(s->bytes, len, reg);
    const enum nic_fate fate =
        mac_rx_judge(s, in, stats, flags, pass, too_long, legal, keep_bad, control);
    if (fate != NIC_FATE_ACCEPTED) return fate;
    filters_verdict_t forced;
    if (!v->queues) {
        forced = *seen;
        force(&forced.pool, len, reg);
        forced.lli = lli_filter(&forced.packet, forced.pool.stored, reg);
        seen = &forced;
    }
    store(s, pb, seen, legal);
    return fate;
}

int mac_rx_tick_82576(mac_rx_t *s, const mac_rx_in_t *in, packet_buffer_t *pb, stats_t *stats,
                      bool ended)
{
    int fate = -1;
    if (mac_rx_latch(s, in) && s->shapes_differ) {
        s->shapes_differ = false;
        s->shape = s->shape_q;
        filters_82576_take(&s->filters, &s->rss_q);
    }
    if (in->written) {
        s->shapes_differ = true;
        s->shape_q = shape_82576(in->reg);
        s->rss_q = rss_shape(in->reg);
    }
    packet_buffer_catch_up(pb, in->free_log, in->free_count, in->now, s->active ? &s->arr : NULL);
    if (ended) {
        mac_rx_ended(s, in->now);
        fate = (int)verdict(s, in, pb, stats);
    }
    return fate;
}
