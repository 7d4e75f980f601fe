// SPDX-License-Identifier: Apache-2.0
#include "model/mac_rx.h"

#include "model/mac_rx_judge.h"

#include <libdeflate.h>
#include <string.h>

static void forget(mac_rx_t *s)
{
    // A frame on the wire goes on arriving; the receiver is off, so it is ignored if it has not been latched as wanted.
    s->on = false;
    s->en_q = false;
    s->shape_q = (rx_shape_t){0}; // none of its registers survives, all are 0 then
    s->rxo_cyc = NIC_NEVER;
    s->pause_cyc = NIC_NEVER;
}

void mac_rx_init(mac_rx_t *s)
{
    forget(s);
    s->err_cyc = NIC_NEVER;
}

bool mac_rx_reset(mac_rx_t *s, uint64_t now)
{
    const bool ended = s->active && now >= mac_rx_quiet(s);
    if (ended) mac_rx_ended(s, now);
    forget(s);
    return ended;
}

void mac_rx_start(mac_rx_t *s, uint64_t first_cyc, uint32_t stride, const uint8_t *bytes,
                  uint32_t len, bool own)
{
    s->active = true;
    s->own = own;
    s->latched = false;
    s->on = false;
    s->bytes = bytes;
    s->arr = (pb_arrival_t){.first_cyc = first_cyc, .stride = stride, .len = len};
}

bool mac_rx_fcs_good(const uint8_t *bytes, uint32_t len)
{
    uint32_t fcs;
    if (len <= NIC_FcsBytes) return false;
    memcpy(&fcs, bytes + len - NIC_FcsBytes, sizeof fcs);
    return fcs == libdeflate_crc32(0, bytes, len - NIC_FcsBytes);
}

static uint32_t frame_max(const uint32_t *reg)
{
    return (reg[E1000_R_RCTL] & FMASK(E1000_RCTL_LPE)) ? NIC_FrameMax : NIC_FrameMaxStd;
}

// What is stored: the frame without its VLAN tag (VME) and FCS (SECRC).
static void store(const mac_rx_t *s, packet_buffer_t *pb, uint8_t status, uint8_t errors)
{
    const uint8_t *data = s->bytes;
    uint32_t len = s->arr.len;
    uint16_t vlan = 0;
    uint8_t flat[MAC_RX_BYTES];
    if (s->shape.vme && len >= NIC_TypeAt + NIC_TagLen &&
        ((uint32_t)data[NIC_TypeAt] << 8 | data[NIC_TypeAt + 1]) == s->shape.vet) {
        vlan = (uint16_t)((uint32_t)data[NIC_TypeAt + 2] << 8 | data[NIC_TypeAt + 3]);
        status |= E1000_RXD_STAT_VP;
        memcpy(flat, data, NIC_TypeAt);
        memcpy(flat + NIC_TypeAt, data + NIC_TypeAt + NIC_TagLen, len - NIC_TypeAt - NIC_TagLen);
        data = flat;
        len -= NIC_TagLen;
    }
    if (s->shape.secrc && len > NIC_FcsBytes) len -= NIC_FcsBytes;
    const rx_offload_t o = offload_rx(data, len, &s->shape);
    rx_frame_t *f = packet_buffer_accept(pb, data, len);
    f->csum = o.csum;
    f->vlan = vlan;
    f->status = status | o.status;
    f->errors = errors | o.errors;
}

static enum nic_fate verdict(mac_rx_t *s, const mac_rx_in_t *in, packet_buffer_t *pb,
                             stats_t *stats)
{
    const uint32_t len = s->arr.len, rctl = in->reg[E1000_R_RCTL];
    if (!s->on) return NIC_FATE_FILTERED;
    const rx_verdict_t v = rx_filter(s->bytes, len, in->reg);
    const bool giant = len > frame_max(in->reg), legal = mac_rx_legal(s, giant);
    const uint32_t flags = ((rctl & FMASK(E1000_RCTL_LPE)) ? STATS_LPE : 0u) |
                           (v.is_bcast ? STATS_BCAST : 0u) | (v.is_mcast ? STATS_MCAST : 0u);
    const bool sbp = (rctl & FMASK(E1000_RCTL_SBP)) != 0;
    rx_pause_t control = {0};
    if (legal) control = rx_pause(s->bytes, len, in->reg);
    const enum nic_fate fate =
        mac_rx_judge(s, in, stats, flags, v.pass, giant, legal, sbp, control);
    if (fate == NIC_FATE_ACCEPTED) store(s, pb, v.pif ? E1000_RXD_STAT_PIF : 0, mac_rx_errors(s));
    return fate;
}

int mac_rx_tick(mac_rx_t *s, const mac_rx_in_t *in, packet_buffer_t *pb, stats_t *stats, bool ended)
{
    int fate = -1;
    if (mac_rx_latch(s, in)) s->shape = s->shape_q;
    if (__builtin_expect(in->written, 0)) s->shape_q = rx_shape(in->reg);
    packet_buffer_catch_up(pb, in->free_log, in->free_count, in->now, s->active ? &s->arr : NULL);
    if (ended) {
        mac_rx_ended(s, in->now);
        fate = (int)verdict(s, in, pb, stats);
    }
    return fate;
}
