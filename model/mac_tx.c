// SPDX-License-Identifier: Apache-2.0
#include "model/mac_tx.h"

#include "rtl/defs_82576.h"

#include <libdeflate.h>
#include <string.h>

enum { PAUSE_LEN = NIC_FrameMin - NIC_FcsBytes };

// Numbers of the registers that are looked at. Their fields are the same in both devices.
typedef struct mac_tx_map {
    uint16_t ctrl, tctl, tipg, ait, fct, fcttv, fcrtl, fcrth, ral, rah;
} mac_tx_map_t;

enum { NONE = 0xFFFF }; // reads 0

static const mac_tx_map_t map_82540em = {
    .ctrl = E1000_R_CTRL,
    .tctl = E1000_R_TCTL,
    .tipg = E1000_R_TIPG,
    .ait = E1000_R_AIT,
    .fct = E1000_R_FCT,
    .fcttv = E1000_R_FCTTV,
    .fcrtl = E1000_R_FCRTL,
    .fcrth = E1000_R_FCRTH,
    .ral = E1000_R_RAL,
    .rah = E1000_R_RAH,
};
static const mac_tx_map_t map_82576 = {
    .ctrl = IGB_R_CTRL,
    .tctl = IGB_R_TCTL,
    .tipg = IGB_R_TIPG,
    .ait = NONE,
    .fct = IGB_R_FCT,
    .fcttv = IGB_R_FCTTV,
    .fcrtl = IGB_R_FCRTL,
    .fcrth = IGB_R_FCRTH,
    .ral = IGB_R_RAL,
    .rah = IGB_R_RAH,
};
_Static_assert(FMASK(E1000_CTRL_TFCE) == FMASK(IGB_CTRL_TFCE) &&
                   FMASK(E1000_TCTL_SWXOFF) == FMASK(IGB_TCTL_SWXOFF) &&
                   FMASK(E1000_TIPG_IPGT) == FMASK(IGB_TIPG_IPGT) &&
                   FMASK(E1000_FCRTL_XONE) == FMASK(IGB_FCRTL_XONE),
               "one module for both");

void mac_tx_reset(mac_tx_t *s, uint64_t now)
{
    if (s->busy && s->end_cyc <= now) s->busy = false; // its last byte goes out in this cycle
    s->orphan = s->busy;
    s->sent_q = 0;
    s->freed_q = 0;
    s->ended_q = 0;
    s->listed = false;
    s->granules = 0; // what is on the wire belongs to nobody any more
    s->paused_until = 0;
    s->xoff_wanted = s->xon_wanted = s->xoff_sent = false;
}

static void finish(mac_tx_t *s, const mac_tx_in_t *in, stats_t *stats)
{
    s->busy = s->orphan = false;
    s->freed_q += s->granules;
    s->ended_q += s->listed;
    if (in->tx_en) stats_tx(stats, &s->event);
}

// Watermarks (§8): XOFF when the receive region fills to FCRTH or loses a frame, XON when it has fallen below FCRTL.
static void flow_control(mac_tx_t *s, const mac_tx_in_t *in, const mac_tx_map_t *map)
{
    if (in->csr.valid && in->csr.write && in->csr.id == map->tctl &&
        (in->csr.wdata & FMASK(E1000_TCTL_SWXOFF)))
        s->xoff_wanted = true;
    if (!(in->reg[map->ctrl] & FMASK(E1000_CTRL_TFCE))) return;
    const uint32_t fill = in->rx_used * NIC_GranuleBytes;
    const uint32_t high = in->reg[map->fcrth], low = in->reg[map->fcrtl];
    if ((!s->xoff_sent && high != 0 && fill >= high) || in->overflow) {
        s->xoff_wanted = true;
        s->xon_wanted = false;
        s->xoff_sent = true;
    } else if (s->xoff_sent && fill < (low & 0xFFF8u)) {
        s->xoff_sent = false;
        s->xon_wanted = (low & FMASK(E1000_FCRTL_XONE)) != 0;
    }
}

static void append_fcs(mac_tx_t *s)
{
    const uint32_t fcs = libdeflate_crc32(0, s->buf, s->len);
    memcpy(s->buf + s->len, &fcs, sizeof fcs);
    s->len += NIC_FcsBytes;
}

static void pause_frame(mac_tx_t *s, const mac_tx_in_t *in, const mac_tx_map_t *map, bool xoff)
{
    const uint32_t quanta = xoff ? in->reg[map->fcttv] : 0, type = in->reg[map->fct];
    memset(s->buf, 0, PAUSE_LEN);
    memcpy(s->buf, &NIC_PauseAddress, 6); // as RAL and RAH hold them: first byte lowest
    memcpy(s->buf + 6, &in->reg[map->ral], 4);
    memcpy(s->buf + 10, &in->reg[map->rah], 2);
    s->buf[NIC_TypeAt] = (uint8_t)(type >> 8);
    s->buf[NIC_TypeAt + 1] = (uint8_t)type;
    s->buf[15] = NIC_PauseOpcode;
    s->buf[16] = (uint8_t)(quanta >> 8);
    s->buf[17] = (uint8_t)quanta;
    s->len = PAUSE_LEN;
    append_fcs(s);
    s->granules = 0;
    s->listed = false;
    s->event =
        (stats_tx_event_t){.len = s->len, .flags = STATS_MCAST | (quanta ? STATS_XOFF : STATS_XON)};
}

static void data_frame(mac_tx_t *s, const mac_tx_in_t *in, const packet_buffer_t *pb)
{
    const tx_frame_t *f = &in->list[s->sent_q % NIC_TxFramesMax];
    packet_buffer_tx_read(pb, in->rx_bytes, f->start, s->buf, f->len);
    s->len = f->len;
    s->granules = f->granules;
    s->listed = true;
    if (f->add_fcs) append_fcs(s);
    static const uint8_t ones[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const bool bcast = s->len >= 6 && memcmp(s->buf, ones, 6) == 0;
    s->event = (stats_tx_event_t){.len = s->len,
                                  .flags = bcast             ? STATS_BCAST
                                           : (s->buf[0] & 1) ? STATS_MCAST
                                                             : 0u};
    s->sent_q++;
}

// The map is a constant where this is called: nothing is looked up.
static inline __attribute__((always_inline)) bool tick(mac_tx_t *s, const mac_tx_in_t *in,
                                                       const packet_buffer_t *pb, stats_t *stats,
                                                       const mac_tx_map_t *map)
{
    if (s->busy && in->now >= s->end_cyc) finish(s, in, stats);
    // PAUSE time counts from here; 0 resumes.
    if (in->pause)
        s->paused_until = in->now + (uint64_t)in->pause_quanta * NIC_PauseUnitCyc * in->stride;
    flow_control(s, in, map);

    if (s->busy || in->now < s->ready_cyc || !in->link) return false;
    if (s->xoff_wanted || s->xon_wanted) {
        pause_frame(s, in, map, s->xoff_wanted);
        s->xoff_wanted = s->xon_wanted = false;
    } else if (in->frames != s->sent_q && in->now >= s->paused_until) {
        data_frame(s, in, pb);
    } else {
        return false;
    }
    const uint32_t ait = map->ait == NONE ? 0 : in->reg[map->ait];
    const uint32_t asked = FGET(E1000_TIPG_IPGT, in->reg[map->tipg]) + 4 + ait;
    const uint32_t gap = asked < NIC_TxGapMin ? NIC_TxGapMin : asked;
    s->busy = true;
    s->loop = in->loopback;
    s->stride = in->stride;
    s->first_cyc = in->now + 1;
    s->end_cyc = in->now + 1 + (uint64_t)(NIC_PreambleBytes + s->len - 1) * s->stride;
    s->ready_cyc =
        s->end_cyc + ((uint64_t)gap + 1) * s->stride - 1; // the last byte takes its time too
    return true;
}

bool mac_tx_tick(mac_tx_t *s, const mac_tx_in_t *in, const packet_buffer_t *pb, stats_t *stats)
{
    return tick(s, in, pb, stats, &map_82540em);
}

bool mac_tx_tick_82576(mac_tx_t *s, const mac_tx_in_t *in, const packet_buffer_t *pb,
                       stats_t *stats)
{
    return tick(s, in, pb, stats, &map_82576);
}

uint64_t mac_tx_quiet(const mac_tx_t *s, uint32_t frames, bool link)
{
    if (s->busy) return s->end_cyc;
    const bool control = s->xoff_wanted || s->xon_wanted;
    if (!link || (!control && frames == s->sent_q)) return NIC_NEVER;
    if (!control && s->paused_until > s->ready_cyc) return s->paused_until;
    return s->ready_cyc;
}
