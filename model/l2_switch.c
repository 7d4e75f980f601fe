// SPDX-License-Identifier: Apache-2.0
#include "model/l2_switch.h"

#include "model/pool_filter.h"

#include <string.h>

enum {
    WITH_TAG = NIC_TypeAt + NIC_TagLen, // bytes of a frame that has all of its tag
    // l2_switch_t.held
    ON_WIRE = 1 << 15,
    IN_LOOP = 1 << 14,
    GRANULES = IN_LOOP - 1,
};
_Static_assert(NIC_PbBytes / NIC_GranuleBytes <= GRANULES, "a frame has fewer granules");

void l2_switch_reset(l2_switch_t *s)
{
    s->looked_q = 0;
    s->due_cyc = NIC_NEVER;
    s->wire_q = s->loop_q = 0;
    s->free_q = s->wire_free_q = s->loop_free_q = 0;
    s->freed_q = 0;
    s->wvbr_q = 0;
    s->doutsync_cyc = NIC_NEVER;
    s->what.cyc = NIC_NEVER;
}

// A frame can be looked at.
static bool begins(const l2_switch_t *s, uint32_t listed)
{
    return s->due_cyc == NIC_NEVER && listed != s->looked_q &&
           s->looked_q - s->free_q < NIC_TxFramesMax;
}

// All who have the first frame that is not free are through.
static bool through(const l2_switch_t *s, uint32_t wire_ended, uint32_t loop_ended)
{
    if (s->free_q == s->looked_q) return false;
    const uint16_t held = s->held[s->free_q % NIC_TxFramesMax];
    return !((held & ON_WIRE) && wire_ended == s->wire_free_q) &&
           !((held & IN_LOOP) && loop_ended == s->loop_free_q);
}

static void give_back(l2_switch_t *s)
{
    const uint16_t held = s->held[s->free_q++ % NIC_TxFramesMax];
    s->freed_q += held & GRANULES;
    s->wire_free_q += (held & ON_WIRE) != 0;
    s->loop_free_q += (held & IN_LOOP) != 0;
}

static void list_loop(l2_switch_t *s, const tx_frame_t *f, const pool_verdict_t *v)
{
    const uint32_t len = f->raw_len + (f->tag_put ? NIC_TagLen : 0u);
    const bool strip = v->strip_tag && len >= WITH_TAG;
    s->loop[s->loop_q++ % NIC_TxFramesMax] = (sw_loop_t){
        .start = f->start,
        .len = len,
        .granules = f->granules,
        .queues = v->queues,
        .vlan = strip ? (uint16_t)(f->head[14] << 8 | f->head[15]) : 0,
        .tagged = v->tagged,
        .strip_tag = strip,
        .put_tag = f->tag_put,
        .several = v->several,
        .mcast = v->is_mcast,
        .pif = v->pif,
        .queue = f->queue,
    };
    s->what.loop_len = len;
}

static void decide(l2_switch_t *s, const l2_switch_in_t *in)
{
    const tx_frame_t *f = in->frame;
    const uint32_t len = f->len + (f->add_fcs ? NIC_FcsBytes : 0u);
    const int pool = f->queue % IGB_Pools;
    const pool_verdict_t v = pool_filter(f->head, len, pool, 0, in->reg);
    s->what = (l2_decision_t){
        .cyc = in->now + 1,
        .len = len,
        .queue = f->queue,
        .vf = in->there >> pool & 1,
        .spoof = v.spoof_mac || v.spoof_vlan,
        .wire = v.to_wire,
        .queues = v.queues,
    };
    uint32_t held = f->granules;
    if (v.to_wire) {
        s->wire[s->wire_q++ % NIC_TxFramesMax] = *f;
        held |= ON_WIRE;
    }
    if (v.queues) {
        list_loop(s, f, &v);
        held |= IN_LOOP;
    }
    if (s->what.spoof) {
        s->wvbr_q |= (uint16_t)((uint32_t)v.spoof_mac << (IGB_WVBR_MAC_LSB + pool) |
                                (uint32_t)v.spoof_vlan << (IGB_WVBR_VLAN_LSB + pool));
        if (FGET(IGB_DTXCTL_SPOOF_INT, in->reg[IGB_R_DTXCTL])) s->doutsync_cyc = in->now + 1;
    }
    s->held[s->looked_q++ % NIC_TxFramesMax] = (uint16_t)held;
}

void l2_switch_tick(l2_switch_t *s, const l2_switch_in_t *in)
{
    if (in->csr.valid && !in->csr.write && in->csr.id == IGB_R_WVBR) s->wvbr_q = 0;
    if (begins(s, in->listed)) s->due_cyc = in->now + IGB_SwitchCyc - 1;
    if (through(s, in->wire_ended, in->loop_ended)) give_back(s);
    if (s->due_cyc != in->now) return;
    s->due_cyc = NIC_NEVER;
    decide(s, in);
}

uint64_t l2_switch_quiet(const l2_switch_t *s, uint64_t now, uint32_t listed, uint32_t wire_ended,
                         uint32_t loop_ended)
{
    if (begins(s, listed) || through(s, wire_ended, loop_ended)) return now;
    return s->due_cyc;
}
