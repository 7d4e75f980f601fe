// SPDX-License-Identifier: Apache-2.0
// A register of the PF as a VF sees it (rows VREG of rtl/regs_82576.def, docs/cycle-contract-82576.md):
// which bits of it a write by the VF is, and what the VF reads of it. Which register and element it is
// say igb_vreg_at() and igb_view(). Combinational; for the decoder.
//
// Kinds of which the bits are the same on both sides (SAME, EITR, IVAR_MISC, QUEUE, VF) pass through.
// Known to be inaccurate: nothing.
#ifndef MODERATO_VF_VIEW_H
#define MODERATO_VF_VIEW_H

#include "rtl/defs_82576.h"

// Vectors that the VF owns, as bits of EICR and its kin.
static inline uint32_t vf_view_vectors(unsigned vf)
{
    return (uint32_t)((1 << IGB_MsixVf) - 1) << igb_first_vector(vf);
}

// A write of w by VF `vf` -> data on the register bus.
static inline uint32_t vf_view_write(enum igb_vreg_kind kind, unsigned vf, uint32_t w)
{
    const uint32_t first = igb_first_vector(vf);
    uint32_t data = 0;
    switch (kind) {
    case VREG_VECTOR: return (w << first) & vf_view_vectors(vf);
    case VREG_IVAR:
        for (unsigned at = 0; at < 32; at += 8) {
            const uint32_t k = w >> at & 3;
            if (w >> at & 0x80) data |= (0x80 | (first + (k == 3 ? 2 : k))) << at;
        }
        return data;
    default: return w;
    }
}

// The PF's value -> what VF `vf` reads.
static inline uint32_t vf_view_read(enum igb_vreg_kind kind, unsigned vf, uint32_t value)
{
    const uint32_t first = igb_first_vector(vf);
    uint32_t data = 0;
    switch (kind) {
    case VREG_VECTOR: return (value & vf_view_vectors(vf)) >> first;
    case VREG_IVAR:
        for (unsigned at = 0; at < 32; at += 8) {
            const uint32_t k = value >> at & 0x1F;
            if (value >> at & 0x80) data |= (0x80 | ((k - first) & 3)) << at;
        }
        return data;
    default: return value;
    }
}

#endif
