// SPDX-License-Identifier: Apache-2.0
#include "model/stats_82576.h"

#include <string.h>

// The counters of `stats`, of the 82540EM, by the numbers of the 82576: where a register has the same name, which is where
// it has the same offset (a test says so). Number of the register there; 0: none.
#define CORE_stats(n) [IGB_R_##n - IGB_R_CRCERRS] = E1000_R_##n,
#define CORE_regs(n)
#define CORE_irq(n)
#define CORE_phy(n)
#define CORE_eeprom(n)
#define CORE_desc_ring(n)
#define CORE_packet_buffer(n)
static const uint16_t core_number[IGB_R_SCVPC - IGB_R_CRCERRS + 1] = {
#define REG(n, off, acc, rst, wm, own, keep, doc) CORE_##own(n)
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc)
#define FLD(r, n, lsb, w, doc)
#include "rtl/regs_82540em.def"
#undef REG
#undef QREG
#undef FLD
};

static const uint16_t vf_row[STATS_82576_VF_COUNT] = {
    IGB_R_VFGPRC,   IGB_R_VFGPTC,   IGB_R_VFGORC,   IGB_R_VFGOTC,   IGB_R_VFMPRC,
    IGB_R_VFGPRLBC, IGB_R_VFGPTLBC, IGB_R_VFGORLBC, IGB_R_VFGOTLBC,
};
enum { GPRC, GPTC, GORC, GOTC, MPRC, GPRLBC, GPTLBC, GORLBC, GOTLBC };

static uint16_t core_id(uint16_t id)
{
    return id >= IGB_R_CRCERRS && id <= IGB_R_SCVPC ? core_number[id - IGB_R_CRCERRS] : 0;
}

static void add(uint32_t *count, uint32_t n)
{
    *count = *count > UINT32_MAX - n ? UINT32_MAX : *count + n;
}

static void add64(uint64_t *count, uint32_t n)
{
    *count = *count > UINT64_MAX - n ? UINT64_MAX : *count + n;
}

void stats_82576_reset(stats_82576_t *s)
{
    memset(s, 0, sizeof *s);
}

// Counters of VFs stay.
static void reset_pf(stats_82576_t *s)
{
    stats_reset(&s->core);
    memset(s->rqdpc_q, 0, sizeof s->rqdpc_q);
    s->iac_q = s->rpthc_q = s->hgptc_q = 0;
    s->hgorc_q = s->hgotc_q = 0;
}

void stats_82576_delivered(stats_82576_t *s, const stats_82576_frame_t *f, bool is_vf)
{
    add(&s->rpthc_q, 1);
    add64(&s->hgorc_q, f->len);
    const unsigned vf = f->queue % IGB_Pools;
    if (!is_vf) return;
    s->vf_q[f->loop ? GPRLBC : GPRC][vf]++;
    s->vf_q[f->loop ? GORLBC : GORC][vf] += f->len;
    if (f->mcast) s->vf_q[MPRC][vf]++;
}

static void decided(stats_82576_t *s, const stats_82576_frame_t *f, uint8_t there)
{
    const unsigned vf = f->queue % IGB_Pools;
    const bool is_there = there >> vf & 1;
    if (f->wire) {
        add(&s->hgptc_q, 1);
        add64(&s->hgotc_q, f->len);
        if (is_there) {
            s->vf_q[GPTC][vf]++;
            s->vf_q[GOTC][vf] += f->len;
        }
    }
    if (f->loop && is_there) {
        s->vf_q[GPTLBC][vf]++;
        s->vf_q[GOTLBC][vf] += f->len;
    }
}

static void count(stats_82576_t *s, const stats_82576_in_t *in)
{
    if (in->rnbc) stats_count(&s->core, E1000_R_RNBC);
    if (in->tsc) stats_count(&s->core, in->tsc_bad ? E1000_R_TSCTFC : E1000_R_TSCTC);
    if (in->drop) add(&s->rqdpc_q[in->drop_queue], 1);
    if (in->sent) add(&s->iac_q, (uint32_t)__builtin_popcount(in->sent));
    if (in->rx.valid) stats_82576_delivered(s, &in->rx, in->there >> in->rx.queue % IGB_Pools & 1);
    if (in->tx.valid) decided(s, &in->tx, in->there);
}

void stats_82576_tick(stats_82576_t *s, const stats_82576_in_t *in)
{
    if (in->reset) reset_pf(s);
    else count(s, in);
    for (uint32_t m = in->vf_clear; m; m &= m - 1) {
        const int n = __builtin_ctz(m);
        for (int k = 0; k < STATS_82576_VF_COUNT; k++) s->vf_q[k][n] = 0;
        for (int q = n; q < IGB_Queues; q += IGB_Pools) s->rqdpc_q[q] = 0;
    }
}

uint32_t stats_82576_peek(const stats_82576_t *s, uint16_t id, uint32_t index)
{
    const uint16_t core = core_id(id);
    if (core) return stats_peek(&s->core, core);
    switch (id) {
    case IGB_R_RQDPC: return s->rqdpc_q[index];
    case IGB_R_IAC: return s->iac_q;
    case IGB_R_RPTHC: return s->rpthc_q;
    case IGB_R_HGPTC: return s->hgptc_q;
    case IGB_R_HGORCL: return (uint32_t)s->hgorc_q;
    case IGB_R_HGORCH: return (uint32_t)(s->hgorc_q >> 32);
    case IGB_R_HGOTCL: return (uint32_t)s->hgotc_q;
    case IGB_R_HGOTCH: return (uint32_t)(s->hgotc_q >> 32);
    default: break;
    }
    for (int k = 0; k < STATS_82576_VF_COUNT; k++)
        if (id == vf_row[k]) return s->vf_q[k][index];
    return 0;
}

uint32_t stats_82576_read_clear(stats_82576_t *s, uint16_t id, uint32_t index)
{
    const uint16_t core = core_id(id);
    if (core) return stats_read_clear(&s->core, core);
    const uint32_t value = stats_82576_peek(s, id, index);
    switch (id) {
    case IGB_R_RQDPC: s->rqdpc_q[index] = 0; break;
    case IGB_R_IAC: s->iac_q = 0; break;
    case IGB_R_RPTHC: s->rpthc_q = 0; break;
    case IGB_R_HGPTC: s->hgptc_q = 0; break;
    case IGB_R_HGORCH: s->hgorc_q = 0; break;
    case IGB_R_HGOTCH: s->hgotc_q = 0; break;
    default: break;
    }
    return value;
}
