// SPDX-License-Identifier: Apache-2.0
// What C makes of the .def files of the 82576: as defs.h, with other prefixes.
//
//   IGB_<REG>              byte offset in the PF (of element 0 for an array)
//   IGB_<REG>_ALIAS        second address of the first elements, with _ALIAS_STRIDE and _ALIAS_COUNT
//   IGB_R_<REG>            register number; IGB_RL_<REG> that of the last element
//   IGB_<REG>_<FLD>_LSB    and _W; use FMASK/FGET/FPUT(IGB_<REG>_<FLD>, ...)
//   IGBVF_<REG>            byte offset in the VF window
//   IGB_CFG_<DWORD>        offset in the PF's configuration space; _RESET; _<FLD>_LSB and _W
//   IGB_VCFG_<DWORD>       the same of a VF's
//   IGB_ARXD_*, IGB_ATXD_*, ...  descriptors: _LSB and _W of a field, for DGET and DPUT; mask of a bit or a
//                          value of a field
//   IGB_PHY_<REG>          address of a PHY register, _INIT and _WMASK; fields as above
//   IGB_EE_<WORD>          NVM word, _INIT; fields as above
//   IGB_<Param>            a size or latency; those that are not here are NIC_<Param>
#ifndef MODERATO_RTL_DEFS_82576_H
#define MODERATO_RTL_DEFS_82576_H

#include "rtl/defs.h"

// Offsets, strides, lengths.
enum {
#define REG(n, off, acc, rst, wm, own, keep, doc) IGB_##n = 0x##off,
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc)                                 \
    IGB_##n = 0x##base, IGB_##n##_STRIDE = stride, IGB_##n##_COUNT = count,
#define QGAP(n, base, stride, split, base2, count, acc, rst, wm, own, keep, doc)                   \
    IGB_##n = 0x##base, IGB_##n##_STRIDE = stride, IGB_##n##_COUNT = count,                        \
    IGB_##n##_SPLIT = split, IGB_##n##_BASE2 = 0x##base2,
#define QALIAS(n, base, stride, count, doc)                                                        \
    IGB_##n##_ALIAS = 0x##base, IGB_##n##_ALIAS_STRIDE = stride, IGB_##n##_ALIAS_COUNT = count,
#define ALSO(n, r, doc) IGB_##n = IGB_##r,
#include "rtl/regs_82576.def"
};

// Register numbers: a plain register takes one, an array takes `count`; IGB_R_COUNT is the total.
enum {
#define REG(n, off, acc, rst, wm, own, keep, doc) IGB_R_##n,
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc)                                 \
    IGB_R_##n, IGB_RL_##n = IGB_R_##n + count - 1,
#define QGAP(n, base, stride, split, base2, count, acc, rst, wm, own, keep, doc)                   \
    IGB_R_##n, IGB_RL_##n = IGB_R_##n + count - 1,
#include "rtl/regs_82576.def"
    IGB_R_COUNT
};
enum {
#define ALSO(n, r, doc) IGB_R_##n = IGB_R_##r,
#include "rtl/regs_82576.def"
};

// Fields.
enum {
#define FLD(r, n, lsb, w, doc) IGB_##r##_##n##_LSB = lsb, IGB_##r##_##n##_W = w,
#include "rtl/regs_82576.def"
};

// Offsets in the VF window.
enum {
#define VREG(n, off, stride, count, kind, target, doc)                                             \
    IGBVF_##n = 0x##off, IGBVF_##n##_STRIDE = stride, IGBVF_##n##_COUNT = count,
#include "rtl/regs_82576.def"
};

enum igb_param {
#define PARAM(n, v, doc) IGB_##n = v,
#include "rtl/nic_params_82576.def"
#undef PARAM
};

// Configuration spaces: offsets, reset values, fields.
enum {
#define CFG(n, off, rst, wm, w1c, doc)                                                             \
    IGB_CFG_##n = 0x##off, IGB_CFG_##n##_RESET = (int32_t)0x##rst##u,
#define CFLD(r, n, lsb, w, doc) IGB_CFG_##r##_##n##_LSB = lsb, IGB_CFG_##r##_##n##_W = w,
#define VCFG(n, off, rst, wm, w1c, doc)                                                            \
    IGB_VCFG_##n = 0x##off, IGB_VCFG_##n##_RESET = (int32_t)0x##rst##u,
#define VCFLD(r, n, lsb, w, doc) IGB_VCFG_##r##_##n##_LSB = lsb, IGB_VCFG_##r##_##n##_W = w,
#include "rtl/pci_config_82576.def"
};
#define IGB_CFG_BYTES 4096

// Advanced descriptors: as those of the 82540EM in defs.h.
enum {
#define DFLD(d, n, lsb, w, doc) IGB_##d##_##n##_LSB = lsb, IGB_##d##_##n##_W = w,
#include "rtl/desc_82576.def"
#define DBIT(f, n, bit, doc) IGB_##f##_##n = 1 << bit,
#include "rtl/desc_82576.def"
#define DVAL(f, n, v, doc) IGB_##f##_##n = v,
#include "rtl/desc_82576.def"
};

// PHY and NVM.
enum {
#define PHYR(n, address, rst, wm, doc)                                                             \
    IGB_PHY_##n = address, IGB_PHY_##n##_INIT = 0x##rst, IGB_PHY_##n##_WMASK = 0x##wm,
#include "rtl/phy_igp3.def"
#define PHYF(r, n, lsb, w, doc) IGB_PHY_##r##_##n##_LSB = lsb, IGB_PHY_##r##_##n##_W = w,
#include "rtl/phy_igp3.def"
};
enum {
#define EEW(n, word, value, doc) IGB_EE_##n = 0x##word, IGB_EE_##n##_INIT = 0x##value,
#include "rtl/nvm_82576.def"
#define EEF(word, n, lsb, w, doc) IGB_EE_##word##_##n##_LSB = lsb, IGB_EE_##word##_##n##_W = w,
#include "rtl/nvm_82576.def"
};

// Registers of the PF, in the order of their numbers. Elements are where igb_place_rows says.
extern const reg_row_t igb_reg_rows[];
extern const unsigned igb_reg_row_count;
extern const fld_row_t igb_fld_rows[];
extern const unsigned igb_fld_row_count;

// Elements first to first+count-1 of a register are at `off` and every `stride` behind it, in the PF.
typedef struct igb_place_row {
    const char *name;
    uint32_t off, stride, first, count;
    uint16_t reg; // number of element 0
    bool alias;   // not their first address
} igb_place_row_t;
extern const igb_place_row_t igb_place_rows[];
extern const unsigned igb_place_row_count;

// What an access by VF n is in the PF: regs_82576.def.
enum igb_vreg_kind {
    VREG_SAME,
    VREG_VECTOR,
    VREG_EITR,
    VREG_IVAR,
    VREG_IVAR_MISC,
    VREG_QUEUE,
    VREG_VF,
};
typedef struct igb_vreg_row {
    const char *name;
    uint32_t off, stride, count;
    enum igb_vreg_kind kind;
    uint16_t target; // number of element 0
    const char *doc;
} igb_vreg_row_t;
extern const igb_vreg_row_t igb_vreg_rows[];
extern const unsigned igb_vreg_row_count;

// A dword of a configuration space.
typedef struct igb_cfg_row {
    const char *name;
    uint32_t off, reset, wmask, w1c;
    const char *doc;
} igb_cfg_row_t;
extern const igb_cfg_row_t igb_cfg_rows[], igb_vcfg_rows[];
extern const unsigned igb_cfg_row_count, igb_vcfg_row_count;

// Address decoders: a register or none.
typedef struct igb_at {
    bool valid;
    enum igb_vreg_kind kind; // of the VF window, and of rows that OWN_vf has
    uint16_t reg;            // number of element 0
    uint16_t element;
} igb_at_t;

// Byte offset in the PF's window. A row of OWN_vf comes as itself: see igb_view().
igb_at_t igb_reg_at(uint32_t off);
// Byte offset in the window of VF `vf`: the register of the PF.
igb_at_t igb_vreg_at(unsigned vf, uint32_t off);
// Register number of element 0 -> for a row of OWN_vf valid, with kind and register that VF n, the element,
// would reach.
igb_at_t igb_view(uint16_t reg);

// Row of a register by its number (any element), and the reset value of an element.
const reg_row_t *igb_reg_row(uint16_t number);
uint32_t igb_reg_reset(const reg_row_t *row, uint32_t element);

// First vector of a VF.
static inline unsigned igb_first_vector(unsigned vf)
{
    return IGB_Vectors - IGB_MsixVf * (vf + 1);
}

#endif
