// SPDX-License-Identifier: Apache-2.0
#include "model/msix.h"

#include <string.h>

_Static_assert(IGB_CFG_MSIX_PBA_RESET == IGB_VCFG_MSIX_PBA_RESET, "pending bits of a VF");
_Static_assert(MSIX_ENTRIES <= 64, "masks of entries");

#define ALL    ((1ull << MSIX_ENTRIES) - 1)
#define PF_ALL ((1ull << IGB_MsixPf) - 1)
#define VF_ALL ((1ull << IGB_MsixVf) - 1)

void msix_reset(msix_t *s)
{
    memset(s, 0, sizeof *s);
    s->mask_q = ALL;
}

// First entry of VF n, its vectors 0 to 2 follow.
static unsigned vf_entry(unsigned vf)
{
    return MSIX_VF0 + igb_first_vector(vf);
}

// Mask of entries from a mask of functions.
static uint64_t entries_of(uint16_t functions)
{
    uint64_t e = functions & 1 ? PF_ALL : 0;
    for (unsigned n = 0; n < IGB_Vfs; n++)
        if (functions >> (1 + n) & 1) e |= VF_ALL << vf_entry(n);
    return e;
}

// Entry k of a function; MSIX_ENTRIES: it has none.
static unsigned entry_at(unsigned func, uint32_t k)
{
    if (func == 0) return k < IGB_MsixPf ? k : MSIX_ENTRIES;
    return func <= IGB_Vfs && k < IGB_MsixVf ? vf_entry(func - 1) + k : MSIX_ENTRIES;
}

uint32_t msix_read(const msix_t *s, unsigned func, uint32_t addr)
{
    addr &= MSIX_BYTES - 4;
    if (addr == MSIX_PBA) {
        if (func == 0) return (uint32_t)(s->pend_q & PF_ALL);
        return func <= IGB_Vfs ? (uint32_t)(s->pend_q >> vf_entry(func - 1) & VF_ALL) : 0;
    }
    const unsigned e = entry_at(func, addr / 16);
    if (e == MSIX_ENTRIES) return 0;
    switch (addr / 4 % 4) {
    case 0: return (uint32_t)s->addr_q[e];
    case 1: return (uint32_t)(s->addr_q[e] >> 32);
    case 2: return s->data_q[e];
    default: return s->mask_q >> e & 1; // vector control
    }
}

static void write(msix_t *s, const msix_in_t *in)
{
    const uint32_t addr = in->addr & (MSIX_BYTES - 4), w = in->wdata;
    const unsigned e = entry_at(in->func, addr / 16);
    if (e == MSIX_ENTRIES || in->be != 0xF) return;
    switch (addr / 4 % 4) {
    case 0: s->addr_q[e] = (s->addr_q[e] & ~0xFFFFFFFFull) | (w & ~3u); break;
    case 1: s->addr_q[e] = (uint64_t)w << 32 | (uint32_t)s->addr_q[e]; break;
    case 2: s->data_q[e] = w; break;
    default: s->mask_q = (s->mask_q & ~(1ull << e)) | (uint64_t)(w & 1) << e; break;
    }
}

// Entries that may become the request: pending, and nothing masks them.
static uint64_t possible(const msix_t *s, const msix_in_t *in)
{
    return s->pend_q & ~s->mask_q &
           entries_of(in->msix_en & ~in->msix_mask & in->may_request & ~in->reset &
                      (in->there | 1));
}

void msix_tick(msix_t *s, const msix_in_t *in)
{
    const uint16_t there = in->there | 1;
    const uint64_t vf = entries_of(there & ~1);
    // Entries of the vectors, each that of its owner.
    const uint64_t of_vf = ((uint64_t)in->sent << MSIX_VF0) & vf;
    const uint64_t of_pf = in->sent & PF_ALL & ~(vf >> MSIX_VF0);
    const uint64_t cleared = entries_of(~in->msix_en | ~there | in->reset);
    const uint64_t ended = in->done && s->own_q ? 1ull << s->entry_q : 0;

    // 1. the request
    const uint64_t next = possible(s, in) & ~ended;
    s->own_q = s->own_q && !(cleared >> s->entry_q & 1);
    if (in->done) s->req_q = s->own_q = false;
    if (!s->req_q && next) {
        s->req_q = s->own_q = true;
        s->entry_q = (uint8_t)__builtin_ctzll(next);
        s->to_q = s->addr_q[s->entry_q];
        s->value_q = s->data_q[s->entry_q];
    }

    // 2. pending bits
    s->pend_q = ((s->pend_q & ~ended) | of_vf | of_pf) & ~cleared;

    // 3. software, and resets
    if (in->valid && in->write) write(s, in);
    s->mask_q |= entries_of(in->reset);
}

uint64_t msix_quiet(const msix_t *s, const msix_in_t *in, uint64_t now)
{
    if (s->pend_q & entries_of(~in->msix_en | ~(in->there | 1))) return now;
    return !s->req_q && possible(s, in) ? now : NIC_NEVER;
}
