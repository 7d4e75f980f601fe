// SPDX-License-Identifier: Apache-2.0
// The tables of the 82576, from rtl/regs_82576.def and rtl/pci_config_82576.def.
#include "rtl/defs_82576.h"

#include <stddef.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const reg_row_t igb_reg_rows[] = {
#define REG(n, off, acc, rst, wm, own, keep, doc)                                                  \
    {#n, 0x##off, 0, 1, ACC_##acc, 0x##rst##u, 0x##wm##u, OWN_##own, keep, doc, IGB_R_##n},
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc)                                 \
    {#n,        0x##base,  stride, count, ACC_##acc, 0x##rst##u,                                   \
     0x##wm##u, OWN_##own, keep,   doc,   IGB_R_##n},
#define QGAP(n, base, stride, split, base2, count, acc, rst, wm, own, keep, doc)                   \
    {#n,        0x##base,  stride, count, ACC_##acc, 0x##rst##u,                                   \
     0x##wm##u, OWN_##own, keep,   doc,   IGB_R_##n},
#include "rtl/regs_82576.def"
};
const unsigned igb_reg_row_count = COUNT(igb_reg_rows);

const fld_row_t igb_fld_rows[] = {
#define FLD(r, n, lsb, w, doc) {#r, #n, lsb, w, doc},
#include "rtl/regs_82576.def"
};
const unsigned igb_fld_row_count = COUNT(igb_fld_rows);

const igb_place_row_t igb_place_rows[] = {
#define REG(n, off, acc, rst, wm, own, keep, doc) {#n, 0x##off, 0, 0, 1, IGB_R_##n, false},
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc)                                 \
    {#n, 0x##base, stride, 0, count, IGB_R_##n, false},
#define QGAP(n, base, stride, split, base2, count, acc, rst, wm, own, keep, doc)                   \
    {#n, 0x##base, stride, 0, split, IGB_R_##n, false},                                            \
        {#n, 0x##base2, stride, split, count - split, IGB_R_##n, false},
#define QALIAS(n, base, stride, count, doc) {#n, 0x##base, stride, 0, count, IGB_R_##n, true},
#include "rtl/regs_82576.def"
};
const unsigned igb_place_row_count = COUNT(igb_place_rows);

const igb_vreg_row_t igb_vreg_rows[] = {
#define VREG(n, off, stride, count, kind, target, doc)                                             \
    {#n, 0x##off, stride, count, VREG_##kind, IGB_R_##target, doc},
#include "rtl/regs_82576.def"
};
const unsigned igb_vreg_row_count = COUNT(igb_vreg_rows);

const igb_cfg_row_t igb_cfg_rows[] = {
#define CFG(n, off, rst, wm, w1c, doc) {#n, 0x##off, 0x##rst##u, 0x##wm##u, 0x##w1c##u, doc},
#include "rtl/pci_config_82576.def"
};
const unsigned igb_cfg_row_count = COUNT(igb_cfg_rows);

const igb_cfg_row_t igb_vcfg_rows[] = {
#define VCFG(n, off, rst, wm, w1c, doc) {#n, 0x##off, 0x##rst##u, 0x##wm##u, 0x##w1c##u, doc},
#include "rtl/pci_config_82576.def"
};
const unsigned igb_vcfg_row_count = COUNT(igb_vcfg_rows);

// Index of the element of an array that lies at `off`; `count` when there is none.
static uint32_t element_at(uint32_t off, uint32_t base, uint32_t stride, uint32_t count)
{
    if (off < base) return count;
    if (count == 1) return off == base ? 0 : 1;
    const uint32_t k = (off - base) / stride;
    return (off - base) % stride == 0 && k < count ? k : count;
}

igb_at_t igb_reg_at(uint32_t off)
{
    off &= ~3u;
    for (unsigned i = 0; i < igb_place_row_count; i++) {
        const igb_place_row_t *p = &igb_place_rows[i];
        const uint32_t k = element_at(off, p->off, p->stride, p->count);
        if (k == p->count) continue;
        const uint16_t reg = p->reg == IGB_R_CTRL_DUP ? IGB_R_CTRL : p->reg;
        return (igb_at_t){true, VREG_SAME, reg, (uint16_t)(p->first + k)};
    }
    return (igb_at_t){0};
}

static uint16_t vreg_element(const igb_vreg_row_t *v, unsigned vf, uint32_t k)
{
    switch (v->kind) {
    case VREG_SAME:
    case VREG_VECTOR: return 0;
    case VREG_EITR: return (uint16_t)(igb_first_vector(vf) + k);
    case VREG_IVAR:
    case VREG_IVAR_MISC: return (uint16_t)vf;
    case VREG_QUEUE: return (uint16_t)(vf + IGB_Vfs * k);
    case VREG_VF: return (uint16_t)(vf * v->count + k);
    }
    return 0;
}

igb_at_t igb_vreg_at(unsigned vf, uint32_t off)
{
    off &= 0x3FFC;
    for (unsigned i = 0; i < igb_vreg_row_count; i++) {
        const igb_vreg_row_t *v = &igb_vreg_rows[i];
        const uint32_t k = element_at(off, v->off, v->stride, v->count);
        if (k < v->count) return (igb_at_t){true, v->kind, v->target, vreg_element(v, vf, k)};
    }
    return (igb_at_t){0};
}

igb_at_t igb_view(uint16_t reg)
{
    const reg_row_t *row = igb_reg_row(reg);
    if (row == NULL || row->owner != OWN_vf) return (igb_at_t){0};
    for (unsigned i = 0; i < igb_vreg_row_count; i++) {
        const igb_vreg_row_t *v = &igb_vreg_rows[i];
        if (strcmp(v->name, row->name) == 0) return (igb_at_t){true, v->kind, v->target, 0};
    }
    return (igb_at_t){0};
}

const reg_row_t *igb_reg_row(uint16_t number)
{
    for (unsigned i = 0; i < igb_reg_row_count; i++) {
        const reg_row_t *row = &igb_reg_rows[i];
        if (number >= row->first && number < row->first + row->count) return row;
    }
    return NULL;
}

uint32_t igb_reg_reset(const reg_row_t *row, uint32_t element)
{
    const unsigned number = row->first + element;
#define QRST(n, e, rst, doc)                                                                       \
    if (number == IGB_R_##n + e) return 0x##rst##u;
#include "rtl/regs_82576.def"
    return row->reset;
}
