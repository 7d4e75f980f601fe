// SPDX-License-Identifier: Apache-2.0
#include "model/pool_filter.h"

#include <string.h>

#define ADDRESS 0xFFFFFFFFFFFFu // the 48 bits of an address

enum {
    MODE_RSS = 2,
    MODE_VMDQ_RSS = 5,
    TAG_LEN = 4,
    ALL_POOLS = (1 << IGB_Pools) - 1,
    SECOND_QUEUE = 8, // bit of a RETA entry: the queue of a pool that is IGB_Pools above its first
};

typedef struct head {
    uint64_t da, sa;
    uint32_t tci;
    bool valid; // there are addresses
    bool tagged, group, bcast;
} head_t;

// Bytes as RAL and RAH hold them: the first byte on the wire in bits 7:0.
static uint64_t address(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40;
}

static head_t look(const uint8_t *f, uint32_t len, const uint32_t *reg)
{
    head_t h = {.valid = len >= 12};
    if (!h.valid) return h;
    h.da = address(f);
    h.sa = address(f + 6);
    h.group = h.da & 1;
    h.bcast = h.da == ADDRESS;
    if (len < 16) return h;
    h.tagged = ((uint32_t)f[12] << 8 | f[13]) == FGET(IGB_VET_VET, reg[IGB_R_VET]);
    h.tci = (uint32_t)f[14] << 8 | f[15];
    return h;
}

// ---- addresses ----

// RAH of all entries that are valid, compare what `asel` says and equal `a`. No branches: several at a time.
static uint32_t entries_for(uint64_t a, uint32_t asel, const uint32_t *reg)
{
    const uint32_t *ral = &reg[IGB_R_RAL], *rah = &reg[IGB_R_RAH];
    const uint32_t looked_at = FMASK(IGB_RAH_AV) | FMASK(IGB_RAH_ASEL) | FMASK(IGB_RAH_RAH);
    const uint32_t high = FMASK(IGB_RAH_AV) | FPUT(IGB_RAH_ASEL, asel) | FPUT(IGB_RAH_RAH, a >> 32);
    const uint32_t low = (uint32_t)a;
    uint32_t found = 0;
    for (unsigned n = 0; n < IGB_RAL_COUNT; n++) {
        const uint32_t differs = (ral[n] ^ low) | ((rah[n] & looked_at) ^ high);
        found |= differs == 0 ? rah[n] : 0;
    }
    return found;
}

// POOL bits of the entries for an address.
static uint32_t pools_of(uint64_t a, const uint32_t *reg)
{
    return FGET(IGB_RAH_POOL, entries_for(a, 0, reg));
}

// Bytes 4 and 5 of the destination make a 16-bit number; MO chooses which 12 bits index a table.
static bool hash_match(const head_t *h, const uint32_t *table, const uint32_t *reg)
{
    static const uint8_t shift[4] = {4, 3, 2, 0};
    const uint32_t v = (uint32_t)(h->da >> 32);
    const uint32_t index = v >> shift[FGET(IGB_RCTL_MO, reg[IGB_R_RCTL])] & 0xFFF;
    return table[index >> 5] >> (index & 31) & 1;
}

// ---- VLAN ----

static bool vlan_drop(const head_t *h, const uint32_t *reg)
{
    const uint32_t rctl = reg[IGB_R_RCTL], vid = h->tci & 0xFFF;
    if (!FGET(IGB_RCTL_VFE, rctl) || !h->tagged) return false;
    if (!(reg[IGB_R_VFTA + (vid >> 5)] >> (vid & 31) & 1)) return true;
    return FGET(IGB_RCTL_CFIEN, rctl) && (h->tci >> 12 & 1) != FGET(IGB_RCTL_CFI, rctl);
}

// Pools that have the VLAN.
static uint32_t vlan_pools(const head_t *h, const uint32_t *reg)
{
    uint32_t pools = 0;
    for (unsigned n = 0; n < IGB_VLVF_COUNT; n++) {
        const uint32_t vlvf = reg[IGB_R_VLVF + n];
        if (FGET(IGB_VLVF_EN, vlvf) && FGET(IGB_VLVF_VID, vlvf) == (h->tci & 0xFFF))
            pools |= FGET(IGB_VLVF_POOLSEL, vlvf);
    }
    return pools;
}

// ---- without VMDq ----

// The filter of the 82540EM.
static bool accepted(const head_t *h, const uint32_t *reg, pool_verdict_t *v)
{
    const uint32_t rctl = reg[IGB_R_RCTL];
    const bool upe = FGET(IGB_RCTL_UPE, rctl), mpe = FGET(IGB_RCTL_MPE, rctl);
    const bool everything = FGET(IGB_RCTL_SBP, rctl) && upe && mpe;
    bool sure = false, inexact = everything;
    if (h->valid) {
        v->exact = entries_for(h->da, 0, reg) || entries_for(h->sa, 1, reg);
        sure = v->exact || (h->bcast && FGET(IGB_RCTL_BAM, rctl));
        if (!h->group) inexact = inexact || upe;
        else inexact = inexact || (mpe && !h->bcast) || hash_match(h, &reg[IGB_R_MTA], reg);
    }
    const bool pass = (sure || inexact) && !v->vlan_drop;
    v->pif = pass && !sure;
    return pass;
}

// ---- pools ----

// Those of `pools` with one of the bits in VMOLR.
static uint32_t pools_with(uint32_t pools, uint32_t field_mask, const uint32_t *reg)
{
    uint32_t with = 0;
    for (uint32_t m = pools; m; m &= m - 1)
        if (reg[IGB_R_VMOLR + __builtin_ctz(m)] & field_mask) with |= m & -m;
    return with;
}

// Step 1. `exact` are the POOL bits of its entries.
static uint32_t pools_by_address(const head_t *h, uint32_t exact, const uint32_t *reg)
{
    if (!h->valid) return 0;
    if (FGET(IGB_VT_CTL_IGNORE_MAC, reg[IGB_R_VT_CTL])) return ALL_POOLS;
    if (h->bcast) return exact | pools_with(ALL_POOLS, FMASK(IGB_VMOLR_BAM), reg);
    if (h->group) {
        const bool hit = hash_match(h, &reg[IGB_R_MTA], reg);
        const uint32_t fields = FMASK(IGB_VMOLR_MPME) | (hit ? FMASK(IGB_VMOLR_ROMPE) : 0u);
        return exact | pools_with(ALL_POOLS, fields, reg);
    }
    if (exact || !hash_match(h, &reg[IGB_R_UTA], reg)) return exact;
    return pools_with(ALL_POOLS, FMASK(IGB_VMOLR_ROPE), reg);
}

// Those of `pools` that take a frame of this length.
static uint32_t pools_by_length(uint32_t pools, const head_t *h, uint32_t len, const uint32_t *reg)
{
    uint32_t fit = 0;
    for (uint32_t m = pools; m; m &= m - 1) {
        const uint32_t vmolr = reg[IGB_R_VMOLR + __builtin_ctz(m)];
        uint32_t most = IGB_FrameMaxUntagged + (h->tagged ? TAG_LEN : 0);
        if (FGET(IGB_VMOLR_LPE, vmolr)) most = FGET(IGB_VMOLR_RLPML, vmolr);
        if (len <= most) fit |= m & -m;
    }
    return fit;
}

// Steps 1 to 6.
static uint32_t choose(const head_t *h, uint32_t len, int from, const uint32_t *reg,
                       pool_verdict_t *v)
{
    const uint32_t vt_ctl = reg[IGB_R_VT_CTL];
    uint32_t exact = 0;
    if (h->valid && !FGET(IGB_VT_CTL_IGNORE_MAC, vt_ctl)) exact = pools_of(h->da, reg);
    v->exact = exact != 0;
    uint32_t pools = pools_by_address(h, exact, reg);

    if (FGET(IGB_RCTL_VFE, reg[IGB_R_RCTL]))
        pools =
            h->tagged ? pools & vlan_pools(h, reg) : pools_with(pools, FMASK(IGB_VMOLR_AUPE), reg);

    if (!pools && from == POOL_WIRE && h->valid && !h->group &&
        !FGET(IGB_VT_CTL_DIS_DEF_POOL, vt_ctl))
        pools = 1u << FGET(IGB_VT_CTL_DEF_PL, vt_ctl);
    if (v->vlan_drop) pools = 0;

    pools &= reg[IGB_R_VFRE];
    if (from != POOL_WIRE && !(FGET(IGB_DTXSWC_LLE, reg[IGB_R_DTXSWC]) >> from & 1))
        pools &= ~(1u << from);

    const uint32_t fit = pools_by_length(pools, h, len, reg);
    v->too_long = pools && !fit;
    pools = fit;

    // Without replication one: the lowest, of those with an exact match if any has one.
    if (!FGET(IGB_VT_CTL_REPL_EN, vt_ctl)) {
        if (pools & exact) pools &= exact;
        pools &= ~pools + 1;
    }
    return pools;
}

static uint32_t queues_of(uint32_t pools, int from, uint32_t entry, const uint32_t *reg)
{
    uint32_t second = 0;
    if (FGET(IGB_MRQC_MODE, reg[IGB_R_MRQC]) == MODE_VMDQ_RSS && from == POOL_WIRE &&
        (entry & SECOND_QUEUE))
        second = pools_with(pools, FMASK(IGB_VMOLR_RSSE), reg);
    return (pools & ~second) | second << IGB_Pools;
}

// ---- the frame ----

static void check_source(const head_t *h, int pool, const uint32_t *reg, pool_verdict_t *v)
{
    const uint32_t dtxswc = reg[IGB_R_DTXSWC];
    if (FGET(IGB_DTXSWC_MACAS, dtxswc) >> pool & 1)
        v->spoof_mac = !h->valid || !(pools_of(h->sa, reg) >> pool & 1);
    if (FGET(IGB_DTXSWC_VLANAS, dtxswc) >> pool & 1)
        v->spoof_vlan = h->tagged && !(vlan_pools(h, reg) >> pool & 1);
}

static void strip(pool_verdict_t *v, uint32_t len, bool tag, bool fcs)
{
    if (!v->queues) return;
    v->strip_tag = tag && v->tagged;
    if (v->strip_tag) v->stored = (uint16_t)(v->stored - TAG_LEN);
    v->strip_fcs = fcs && len > NIC_FcsBytes + (v->strip_tag ? TAG_LEN : 0u);
    if (v->strip_fcs) v->stored = (uint16_t)(v->stored - NIC_FcsBytes);
}

pool_verdict_t pool_filter(const uint8_t *frame, uint32_t len, int from, uint32_t entry,
                           const uint32_t *reg)
{
    const head_t h = look(frame, len, reg);
    const uint32_t mrqc = reg[IGB_R_MRQC];
    const bool secrc = FGET(IGB_RCTL_SECRC, reg[IGB_R_RCTL]);
    pool_verdict_t v = {
        .stored = (uint16_t)len,
        .is_bcast = h.bcast,
        .is_mcast = h.group && !h.bcast,
        .tagged = h.tagged,
        .vlan_drop = vlan_drop(&h, reg),
    };
    if (from != POOL_WIRE) {
        const bool on = pool_vmdq(reg) && FGET(IGB_DTXSWC_LOOPBACK_EN, reg[IGB_R_DTXSWC]);
        check_source(&h, from, reg, &v);
        if (v.spoof_mac || v.spoof_vlan) return v;
        v.to_wire = true;
        if (!on) return v;
    } else if (!pool_vmdq(reg)) {
        if (!accepted(&h, reg, &v)) return v;
        const bool by_entry = FGET(IGB_MRQC_MODE, mrqc) == MODE_RSS;
        v.queues = (uint16_t)(1u << (by_entry ? entry & 15 : FGET(IGB_MRQC_DEF_Q, mrqc)));
        strip(&v, len, FGET(IGB_CTRL_VME, reg[IGB_R_CTRL]), secrc);
        return v;
    }
    const uint32_t pools = choose(&h, len, from, reg, &v);
    const uint32_t bam = h.bcast ? pools_with(ALL_POOLS, FMASK(IGB_VMOLR_BAM), reg) : 0;
    if (v.exact && !h.group) v.to_wire = false;
    v.queues = (uint16_t)queues_of(pools, from, entry, reg);
    v.pif = pools && !v.exact && !bam;
    v.several = (pools & (pools - 1)) != 0;
    uint32_t rule = reg[IGB_R_RPLOLR]; // VMOLR has both bits at the same places
    if (pools && !v.several) rule = reg[IGB_R_VMOLR + __builtin_ctz(pools)];
    strip(&v, len, FGET(IGB_VMOLR_STRVLAN, rule),
          FGET(IGB_VMOLR_STRCRC, rule) || secrc || from != POOL_WIRE);
    return v;
}

pool_verdict_t pool_filter_wire(const uint8_t *frame, uint32_t len, uint32_t entry,
                                const uint32_t *reg, uint32_t changes, pool_memo_t memo[POOL_MEMOS])
{
    uint64_t head[2];
    if (len < sizeof head || changes == 0) return pool_filter(frame, len, POOL_WIRE, entry, reg);
    memcpy(head, frame, sizeof head);
    const uint64_t hash = (head[0] ^ len) * UINT64_C(0x9E3779B97F4A7C15);
    pool_memo_t *m = &memo[(hash >> 32) % POOL_MEMOS];
    if (m->changes != changes || m->len != len || m->entry != entry || m->head[0] != head[0] ||
        m->head[1] != head[1])
        *m = (pool_memo_t){.changes = changes,
                           .len = len,
                           .entry = entry,
                           .head = {head[0], head[1]},
                           .v = pool_filter(frame, len, POOL_WIRE, entry, reg)};
    return m->v;
}
