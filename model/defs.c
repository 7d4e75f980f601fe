// SPDX-License-Identifier: Apache-2.0
// The register table, from rtl/regs_82540em.def.
#include "rtl/defs.h"

const reg_row_t reg_rows[] = {
#define REG(n, off, acc, rst, wm, own, keep, doc)                                                  \
    {#n, 0x##off, 0, 1, ACC_##acc, 0x##rst##u, 0x##wm##u, OWN_##own, keep, doc, E1000_R_##n},
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc)                                 \
    {#n,        0x##base,  stride, count, ACC_##acc,  0x##rst##u,                                  \
     0x##wm##u, OWN_##own, keep,   doc,   E1000_R_##n},
#define FLD(r, n, lsb, w, doc)
#include "rtl/regs_82540em.def"
#undef REG
#undef QREG
#undef FLD
};
const unsigned reg_row_count = sizeof reg_rows / sizeof reg_rows[0];

const fld_row_t fld_rows[] = {
#define REG(n, off, acc, rst, wm, own, keep, doc)
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc)
#define FLD(r, n, lsb, w, doc) {#r, #n, lsb, w, doc},
#include "rtl/regs_82540em.def"
#undef REG
#undef QREG
#undef FLD
};
const unsigned fld_row_count = sizeof fld_rows / sizeof fld_rows[0];
