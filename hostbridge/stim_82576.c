// SPDX-License-Identifier: Apache-2.0
// The random stimulus of the 82576: a PF driver that sets up pools, VFs and vectors anew every few
// thousand cycles, rings that are fed from either side, and in between whatever a driver, a guest or
// nobody in his right mind would write.
#include "hostbridge/stim_82576.h"
#include "hostbridge/stim_frame.h"

#include <stdlib.h>
#include <string.h>

// ---- accesses ----

void stim_82576_access(stim_t *s, uint64_t now, unsigned func, bool write, uint8_t space,
                       uint32_t addr, uint32_t data)
{
    own_t *o = s->own;
    if (o->put - o->get == QUEUE) return;
    o->queue[o->put % QUEUE].cyc = now;
    o->queue[o->put++ % QUEUE].a = (nic_access_t){.write = write,
                                                  .space = space,
                                                  .func = (uint8_t)func,
                                                  .be = s->be,
                                                  .addr = addr,
                                                  .wdata = data};
    s->be = 0xF;
}

// As many of them as the device takes; the next step is behind them.
static void give(stim_t *s, uint64_t now)
{
    own_t *o = s->own;
    for (unsigned i = 0; i < BURST && o->get != o->put; i++) {
        const nic_access_t *a = &o->queue[o->get % QUEUE].a;
        const uint64_t cyc = o->queue[o->get++ % QUEUE].cyc;
        s->func = a->func;
        s->be = a->be;
        stim_access(s, cyc > now ? cyc : now, a->write, a->space, a->addr, a->wdata);
    }
    if (o->get != o->put && s->step_cyc <= s->csr_free) s->step_cyc = s->csr_free + 1;
}

// A function that is there, mostly a VF.
static unsigned some_func(const own_t *o, uint64_t h)
{
    return o->vfs && pick(h, 0, 4) ? 1 + pick(h, 8, o->vfs) : pick(h, 12, 12) ? 0 : pick(h, 16, 10);
}

// ---- what may go wrong ----

// A register anywhere.
static uint32_t any_register(unsigned func, uint64_t h)
{
    if (func) {
        const igb_vreg_row_t *r = &igb_vreg_rows[pick(h, 0, igb_vreg_row_count)];
        return r->off + pick(h, 16, r->count) * r->stride;
    }
    const igb_place_row_t *p = &igb_place_rows[pick(h, 0, igb_place_row_count)];
    return p->off + pick(h, 16, p->count) * p->stride;
}

// A value for it that leaves the wire where it is (no loopback), and seldom resets.
static uint32_t any_value(unsigned func, uint32_t off, uint64_t h)
{
    uint32_t v = (uint32_t)mix(h);
    if (func) return off == IGBVF_VTCTRL && pick(h, 0, 4) ? v & ~FMASK(IGB_VTCTRL_RST) : v;
    if (off == IGB_RCTL) return v & ~FMASK(IGB_RCTL_LBM);
    if (off == IGB_MDIC && FGET(IGB_MDIC_REGADD, v) == E1000_PHY_CTRL)
        return v & ~FMASK(E1000_PHY_CTRL_LOOPBACK);
    if ((off == IGB_CTRL || off == IGB_CTRL_DUP) && pick(h, 0, 4)) return v & ~FMASK(IGB_CTRL_RST);
    return v;
}

static void any_write(stim_t *s, uint64_t now, unsigned func, uint64_t h)
{
    const uint32_t off = any_register(func, h);
    wr(s, now, func, off, any_value(func, off, mix(h + 1)));
}

// What has little effect, if any, wherever it goes.
static void harmless(stim_t *s, uint64_t now, uint64_t h)
{
    const uint32_t off = any_register(0, h);
    const reg_row_t *r = igb_reg_row(igb_reg_at(off).reg);
    const bool counter = r->access == ACC_RC || r->access == ACC_RCL || r->access == ACC_RCH;
    if (pick(h, 36, 3) == 0) wr(s, now, 0, IGB_WVBR, (uint32_t)mix(h));
    else if (counter || r->access == ACC_RO) wr(s, now, 0, off, (uint32_t)mix(h));
    else wr(s, now, 0, pick(h, 32, 2) ? IGB_SWSM : IGB_EECD, (uint32_t)mix(h));
}

static void reset(stim_t *s, uint64_t now, uint64_t h)
{
    own_t *o = s->own;
    wr(s, now, 0, IGB_RXPBS, pick(h, 28, 2) ? 8 * pick(h, 24, 10) : 8); // taken over by it
    wr(s, now, 0, IGB_TXPBS, pick(h, 32, 2) ? 8 * pick(h, 36, 10) : 40);
    if (pick(h, 40, 4) == 0) {
        cfg(s, now, 0, IGB_CFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR));
        o->vfs = 0;
    } else {
        wr(s, now, 0, IGB_CTRL, FMASK(IGB_CTRL_RST) | FMASK(IGB_CTRL_SLU));
    }
    for (uint32_t i = 0; i < 8 && pick(h, 12, 4) == 0; i++) // into the reset
        any_write(s, now, pick(h, 8 + i, 3), mix(h + i));
    if (pick(h, 14, 4) == 0) wr(s, now, 0, IGB_CTRL, FMASK(IGB_CTRL_RST));
    for (uint32_t i = 0; i < 4 && pick(h, 10, 4) == 0; i++) rd(s, now + NIC_ResetCyc, 0, IGB_CTRL);
    s->r->resets++;
    s->setup_cyc = now + NIC_ResetCyc + 20 + pick(h, 16, 400);
}

static void reset_vf(stim_t *s, uint64_t now, unsigned vf, uint64_t h)
{
    switch (pick(h, 0, 3)) {
    case 0: cfg(s, now, 1 + vf, IGB_VCFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR)); break;
    case 1: wr(s, now, 1 + vf, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST)); break;
    default: wr(s, now, 0, IGB_VTCTRL + IGB_VTCTRL_STRIDE * vf, FMASK(IGB_VTCTRL_RST)); break;
    }
    cfg(s, now, 1 + vf, IGB_VCFG_COMMAND, FMASK(IGB_VCFG_COMMAND_MASTER));
    cfg(s, now, 1 + vf, IGB_VCFG_MSIX, FMASK(IGB_VCFG_MSIX_EN));
}

static void revive_vf(stim_t *s, uint64_t now, own_t *o, unsigned vf, uint64_t h)
{
    wr(s, now, 0, IGB_VFRE, 0xFF);
    wr(s, now, 0, IGB_VFTE, 0xFF);
    for (unsigned q = vf; q < IGB_Queues; q += IGB_Vfs) {
        stim_82576_set_up_rx(s, now, o, q, mix(h + q), true);
        stim_82576_set_up_tx(s, now, o, q, mix(h + q + 50), true);
    }
    wr(s, now, 1 + vf, IGBVF_VTIVAR, 0x82818180u);
    wr(s, now, 1 + vf, IGBVF_VTEIMS, 7);
    wr(s, now, 1 + vf, IGBVF_VTEIAC, 7);
}

// A VF calls, and the PF looks at its causes, sets or clears some in the very cycle in which that becomes one.
static void call(stim_t *s, uint64_t now, unsigned vf, uint64_t h)
{
    wr(s, now, 0, IGB_MBVFIMR, 0xFF);
    wr(s, now, 0, IGB_ICR, FMASK(IGB_ICR_VMMB));
    wr(s, now, 1 + vf, IGBVF_V2PMAILBOX, 1 + pick(h, 0, 7));
    switch (pick(h, 4, 3)) {
    case 0: rd(s, now, 0, IGB_ICR); break;
    case 1: wr(s, now, 0, IGB_ICR, (uint32_t)mix(h)); break;
    default: wr(s, now, 0, IGB_ICS, (uint32_t)mix(h)); break;
    }
}

static void mailbox(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    // Mostly of one VF, so that both sides are at its mailbox.
    const unsigned vf = !o->vfs ? 0 : pick(h, 40, 2) ? o->hot % o->vfs : pick(h, 0, o->vfs);
    switch (pick(h, 4, 8)) {
    case 0:
        wr(s, now, 1 + vf, IGBVF_V2PMAILBOX, (uint32_t)(h >> 16 & 15));
        if (pick(h, 28, 2)) rd(s, now, 1 + vf, IGBVF_V2PMAILBOX);
        break;
    case 1:
        wr(s, now, 0, IGB_P2VMAILBOX + 4 * vf, (uint32_t)(h >> 16 & 31));
        if (pick(h, 28, 2)) rd(s, now, 0, IGB_P2VMAILBOX + 4 * vf);
        break;
    case 2:
        rd(s, now, 1 + vf, IGBVF_V2PMAILBOX);
        if (pick(h, 28, 3) == 0) call(s, now, vf, mix(h));
        break;
    case 3: wr(s, now, 1 + vf, IGBVF_VMBMEM + 4 * pick(h, 8, 16), (uint32_t)mix(h)); break;
    case 4: rd(s, now, 0, IGB_VMBMEM + 64 * vf + 4 * pick(h, 8, 16)); break;
    case 5: wr(s, now, 0, pick(h, 12, 2) ? IGB_MBVFICR : IGB_VFLRE, (uint32_t)mix(h)); break;
    case 6: rd(s, now, 0, pick(h, 12, 2) ? IGB_MBVFICR : IGB_VFLRE); break;
    default: wr(s, now, 0, IGB_VMBMEM + 64 * vf + 4 * pick(h, 8, 16), (uint32_t)mix(h)); break;
    }
}

static void rare(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    static const uint8_t SPEED[] = {0, 1, 1, 2, 2};
    const unsigned vf = o->vfs ? pick(h, 0, o->vfs) : 0, q = pick(h, 4, IGB_Queues);
    switch (pick(h, 32, 20)) {
    case 0: reset(s, now, h); break;
    case 1:
    case 2:
    case 3: reset_vf(s, now, vf, h); return; // until somebody revives it, or a set-up comes
    case 4:
    case 5: revive_vf(s, now, o, vf, h); return;
    case 6:
        cfg(s, now, 1 + vf, IGB_VCFG_COMMAND, pick(h, 8, 2) ? FMASK(IGB_VCFG_COMMAND_MASTER) : 0);
        return;
    case 7: cfg(s, now, 1 + vf, IGB_VCFG_MSIX, (uint32_t)(h & 3) << 30); return;
    case 8: stim_82576_set_up_rx(s, now, o, q, h, q % IGB_Vfs < o->vfs && pick(h, 8, 2)); return;
    case 9: stim_82576_set_up_tx(s, now, o, q, h, q % IGB_Vfs < o->vfs && pick(h, 8, 2)); return;
    case 10:
        wr(s, now, 0,
           pick(h, 8, 2) ? IGB_RXDCTL + IGB_RXDCTL_STRIDE * q : IGB_TXDCTL + IGB_TXDCTL_STRIDE * q,
           stim_82576_thresholds(h));
        return;
    case 11:
        if (s->speed != 2 || !s->present || pick(h, 28, 2) == 0)
            stim_partner(s, now, pick(h, 16, 3) != 0, SPEED[pick(h, 20, sizeof SPEED)],
                         pick(h, 24, 2));
        break;
    case 12: cfg(s, now, 0, IGB_CFG_SRIOV_CTL, pick(h, 8, 2) ? 0 : (uint32_t)mix(h)); break;
    case 13: cfg(s, now, 0, IGB_CFG_PMCSR, pick(h, 8, 4)); break;
    case 14: cfg(s, now, 0, IGB_CFG_COMMAND, (uint32_t)mix(h) & 0x407); break;
    case 15: {
        const unsigned f = some_func(o, mix(h));
        const uint32_t at = 4 * pick(h, 16, pick(h, 8, 2) ? 64 : 1024);
        stim_82576_access(s, now, f, false, NIC_SPACE_CFG, at, 0);
        if (at != IGB_CFG_COMMAND && at != IGB_CFG_PMCSR) cfg(s, now, f, at, (uint32_t)mix(h));
        break;
    }
    case 16: // through the I/O BAR
        stim_82576_access(s, now, 0, true, NIC_SPACE_IO, 0, any_register(0, mix(h + 3)));
        stim_82576_access(s, now, 0, pick(h, 16, 2), NIC_SPACE_IO, 4,
                          (uint32_t)mix(h) & ~FMASK(IGB_RCTL_LBM) & ~FMASK(IGB_CTRL_RST));
        break;
    case 17: s->be = (uint8_t)pick(h, 16, 16); return; // of the next access
    case 18:
        wr(s, now, 0, IGB_EERD, 1u | pick(h, 16, 256) << 2);
        wr(s, now, 0, IGB_MDIC,
           FMASK(IGB_MDIC_I) | FPUT(IGB_MDIC_OP, NIC_MdicOpRead) |
               FPUT(IGB_MDIC_PHYADD, NIC_PhyAddress) | FPUT(IGB_MDIC_REGADD, pick(h, 20, 32)));
        return;
    default:
        for (uint32_t i = 0; i < 4; i++)
            any_write(s, now, pick(h, 8, 3) ? 0 : some_func(o, mix(h + i)), mix(h + 6 + i));
        break;
    }
    if (s->setup_cyc == NIC_NEVER)
        s->setup_cyc = now + 1000 + pick(h, 48, 6000); // and all is well again
}

static void interrupts(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    const unsigned f = some_func(o, mix(h));
    switch (pick(h, 0, 14)) {
    case 0: rd(s, now, 0, IGB_ICR); break;
    case 1: rd(s, now, f, f ? IGBVF_VTEICR : IGB_EICR); break;
    case 2: wr(s, now, f, f ? IGBVF_VTEICR : IGB_EICR, (uint32_t)mix(h)); break;
    case 3:
        wr(s, now, f, f ? IGBVF_VTEICS : IGB_EICS, f ? pick(h, 4, 8) : 1u << pick(h, 8, 32));
        break;
    case 4:
    case 5: wr(s, now, f, f ? IGBVF_VTEIMS : IGB_EIMS, (uint32_t)mix(h)); break;
    case 6:
        wr(s, now, f, f ? IGBVF_VTEIMC : IGB_EIMC, (uint32_t)mix(h) & (uint32_t)mix(h + 1));
        break;
    case 7: {
        const uint32_t eitr =
            f ? IGBVF_VTEITR + 4 * pick(h, 4, 3) : IGB_EITR + 4 * pick(h, 8, IGB_Vectors);
        wr(s, now, f, eitr,
           FPUT(IGB_EITR_INTERVAL, pick(h, 12, pick(h, 20, 4) ? 8 : 40)) |
               (pick(h, 16, 2) ? FMASK(IGB_EITR_CNT_IGNR) : (uint32_t)mix(h) & 0x003F8000));
        if (pick(h, 24, 2)) rd(s, now, f, eitr);
        break;
    }
    case 8:
        rd(s, now, f,
           f ? IGBVF_VTEITR + 4 * pick(h, 4, 3) : IGB_EITR + 4 * pick(h, 8, IGB_Vectors));
        break;
    case 9:
        stim_82576_access(s, now, f, true, NIC_SPACE_MSIX, 16 * pick(h, 4, f ? 3 : 10) + 12,
                          pick(h, 8, 2));
        break;
    case 10:
        stim_82576_access(s, now, f, false, NIC_SPACE_MSIX,
                          pick(h, 4, 2) ? 0x2000 : 4 * pick(h, 8, 48), 0);
        break;
    case 11: wr(s, now, 0, IGB_ICS, 1u << pick(h, 4, 31)); break;
    case 12:
        wr(s, now, f,
           f ? IGBVF_VRXFRAMES + 4 * pick(h, 4, 3) : IGB_VRXFRAMES + 4 * pick(h, 8, IGB_Vectors),
           pick(h, 12, 6));
        break;
    default: wr(s, now, 0, pick(h, 4, 2) ? IGB_IMS : IGB_IMC, (uint32_t)mix(h)); break;
    }
}

// Some stretches of time bring one pool more short frames than a ring has slots for descriptors, with nothing that starts the
// ring anew, some of them of low latency, while its interrupts are throttled.
static bool steady(const stim_t *s, uint64_t now)
{
    return pick(hash3(s->seed, now >> 15, 22), 0, 5) == 0;
}

// All gates closed, all purses full but one, for which the clock of credits runs: what waits goes in the tick in which that
// gives one, or near it, again and again.
static void credits(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    const uint32_t poor = pick(h, 0, IGB_Vectors), units = 1 + pick(h, 4, 2);
    const uint32_t gpie = FMASK(IGB_GPIE_MSIX_MODE) | FMASK(IGB_GPIE_EIAME);
    wr(s, now, 0, IGB_GPIE, gpie); // the clock stands
    for (unsigned k = 0; k < IGB_Vectors; k++)
        wr(s, now, 0, IGB_EITR + 4 * k,
           FPUT(IGB_EITR_INTERVAL, 100 + pick(h, 8, 400)) | FMASK(IGB_EITR_LLI_EN) |
               FPUT(IGB_EITR_LL_COUNTER, k == poor ? 0 : IGB_LliCreditsMax) |
               FPUT(IGB_EITR_COUNTER, 60));
    wr(s, now, 0, IGB_EIMC, 0xFFFFFFFF);
    const uint64_t start = now + 200;
    wr(s, start, 0, IGB_GPIE, gpie | FPUT(IGB_GPIE_LL_INTERVAL, units));
    for (uint32_t i = 1; i < 12; i++) {
        const uint64_t g = mix(h + i);
        const uint64_t at = start + (uint64_t)i * units * IGB_LliUnitCyc;
        wr(s, at - 2 + pick(g, 0, 4), 0, IGB_EIMS, 0xFFFFFFFF);
        for (unsigned k = 0; k < IGB_Vectors; k++) rd(s, at + 20, 0, IGB_EITR + 4 * k);
        for (unsigned q = o->hot % IGB_Pools; q < IGB_Queues; q += IGB_Pools)
            stim_82576_give_rx(s, at + 50, o, q, 6, false);
        wr(s, at + 60 + pick(g, 4, 100), 0, IGB_EIMC, 0xFFFFFFFF);
    }
    wr(s, now, 0, IGB_EIMS, 0xFFFFFFFF);
}

// What a steady stretch begins with, behind a set-up.
static void prepare(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    for (unsigned k = 0; k < IGB_Vectors; k++)
        wr(s, now, 0, IGB_EITR + 4 * k, FPUT(IGB_EITR_INTERVAL, 10 + pick(mix(h + k), 0, 50)));
    wr(s, now, 0, IGB_ETQF + 4 * pick(h, 0, 8),
       FMASK(IGB_ETQF_EN) | (pick(h, 4, 4) ? FMASK(IGB_ETQF_IMM_INT) : 0) |
           (pick(h, 8, 2) ? NIC_TypeIpv4 : NIC_TypeIpv6));
    if (pick(h, 12, 2)) credits(s, now, o, mix(h + 30));
}

static unsigned some_queue(const stim_t *s, const own_t *o, uint64_t h)
{
    if (pick(h, 12, 4) && s->steady) return o->hot % IGB_Pools + IGB_Pools * pick(h, 0, 2);
    return pick(h, 0, 2) ? pick(h, 4, IGB_Queues) : (o->hot + pick(h, 8, 3)) % IGB_Queues;
}

static void act(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    if (now >= s->setup_cyc) {
        if (s->step == 1 && pick(h, 32, 2)) { // for other packet buffers from the beginning
            cfg(s, now, 0, IGB_CFG_COMMAND, 7);
            reset(s, now, mix(h));
            return;
        }
        s->setup_cyc = NIC_NEVER;
        stim_82576_set_up(s, now, o);
        if ((s->speed != 2 || !s->present) && pick(h, 40, 4) == 0)
            stim_partner(s, now, true, 2, true);
        return;
    }
    if (s->steady && o->steady_cyc != now >> 15) {
        if (o->steady_cyc == NIC_NEVER) { // set up
            o->steady_cyc = now >> 15;
            prepare(s, now, o, mix(h));
        } else {
            o->steady_cyc = NIC_NEVER;
            s->setup_cyc = now;
        }
        return;
    }
    const uint32_t what = pick(h, 16, 100);
    const unsigned q = some_queue(s, o, mix(h + 1));
    const bool by_vf = q % IGB_Vfs < o->vfs && pick(h, 44, 2);
    const bool asleep = pick(hash3(s->seed, now >> 15, 21), 0, 4) == 0; // few descriptors
    if (what < 25) {
        if (!asleep || pick(h, 36, 8) == 0)
            stim_82576_give_rx(s, now, o, q, asleep ? 1 : 1 + pick(h, 32, 8), by_vf);
    } else if (what < 50) {
        stim_82576_give_tx(s, now, o, q, 1 + pick(h, 32, 4), by_vf);
    } else if (what < 75) {
        interrupts(s, now, o, mix(h + 2));
    } else if (what < 82) {
        mailbox(s, now, o, mix(h + 3));
    } else if (what < 92) {
        static const uint32_t READS[] = {IGB_STATUS, IGB_GPRC, IGB_RNBC,   IGB_WVBR,
                                         IGB_MPC,    IGB_TPT,  IGB_HGORCL, IGB_HGORCH,
                                         IGB_TSCTC,  IGB_IAC,  IGB_MDIC,   IGB_EERD};
        const unsigned f = pick(h, 28, 2) ? some_func(o, mix(h + 4)) : 0;
        if (o->waits && pick(h, 24, 3) == 0) rd(s, now, 0, IGB_RNBC);
        else if (pick(h, 50, 4) == 0) harmless(s, now, mix(h + 7));
        else if (f || pick(h, 32, 2) == 0) rd(s, now, f, any_register(f, mix(h + 5)));
        else if (pick(h, 34, 3) == 0) rd(s, now, 0, IGB_RQDPC + IGB_RQDPC_STRIDE * q);
        else rd(s, now, 0, READS[pick(h, 36, sizeof READS / sizeof READS[0])]);
    } else if (pick(h, 32, 3) == 0 && !s->steady) {
        rare(s, now, o, mix(h + 6));
    }
}

static void step(stim_t *s, uint64_t now)
{
    own_t *o = s->own;
    const uint64_t h = hash3(s->seed, s->step, 5);
    s->step_cyc = now + 1 + pick(h, 0, 120);
    s->steady = steady(s, now);
    if (o->get == o->put) {
        s->step++;
        act(s, now, o, h);
    }
    give(s, now);
}

// ---- frames ----

static void address(uint8_t *at, uint64_t h)
{
    memset(at, 0, 6);
    at[0] = 2;
    at[5] = (uint8_t)(1 + pick(h, 8, IGB_Pools));
}

static void contents(stim_t *s, uint8_t *f, uint32_t len, uint64_t h)
{
    static const uint8_t PAUSE[] = {0x01, 0x80, 0xC2, 0,    0, 1, 2, 0, 0,
                                    0,    0,    1,    0x88, 8, 0, 1, 0, 2};
    const uint64_t g = mix(h + 5);
    const uint32_t kind = pick(h, 36, 12);
    const own_t *o = s->own;
    f[0] &= 0xFE;
    if (pick(g, 0, 6)) address(f, g);
    if (s->steady && pick(g, 0, 6)) f[5] = (uint8_t)(1 + o->hot % IGB_Pools);
    if (pick(g, 2, 8)) address(f + 6, mix(g));
    if (kind == 0) memset(f, 0xFF, 6);
    if (kind == 1) {
        f[0] |= 1;
        f[5] = 0; // few bits of the tables of hashes
    }
    if (kind == 2) f[5] = 0;
    if (kind == 3 && len >= 64 && pick(g, 4, 2)) memcpy(f, PAUSE, sizeof PAUSE);
    if (kind > 3) stim_frame_headers(f, len, mix(h + 7));
    if (f[12] == NIC_TypeVlan >> 8 &&
        f[13] == (NIC_TypeVlan & 0xFF)) { // VLANs that the tables know
        f[14] = (uint8_t)((f[14] & 0xF0) | pick(g, 8, 4));
        f[15] = (uint8_t)pick(g, 12, 3);
    }
}

static void begin(stim_t *s)
{
    own_t *o = s->own = calloc(1, sizeof *o);
    if (!o) abort();
    for (unsigned q = 0; q < IGB_Queues; q++) o->count[0][q] = o->count[1][q] = 8;
    for (uint32_t i = 0; i < 64; i++) { // frames to send, between pools mostly
        uint8_t *f = s->mem + TX_BUFFERS - STIM_MEM_BASE + 2048 * i;
        contents(s, f, 64 + pick(mix(i), 0, 1000), hash3(s->seed, i, 91));
    }
}

const stim_script_t stim_82576 = {.begin = begin,
                                  .step = step,
                                  .frame = contents,
                                  .reset = reset,
                                  .tlp = stim_82576_tlp,
                                  .completion = stim_82576_completion,
                                  .aim = stim_82576_aim};
