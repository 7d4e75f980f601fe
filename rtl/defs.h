// SPDX-License-Identifier: Apache-2.0
// What C makes of rtl/*.def: register offsets, register numbers, fields, parameters, pins.
//
//   E1000_<REG>            byte offset (of element 0 for an array)
//   E1000_R_<REG>          register number: index of the register file and of the row table
//   E1000_<REG>_<FLD>_LSB  and _W; use FMASK/FGET/FPUT(E1000_<REG>_<FLD>, ...)
//   NIC_<Param>            a size or latency
//   NIC_TLP_*, RQ_*, ...   a code on the pins or between modules
//   E1000_RXD_*, E1000_TXD_*, E1000_TXC_*  descriptors: _LSB and _W of a field, for DGET and DPUT;
//                          mask of a bit or a value of a field
//   E1000_PHY_<REG>        number of a PHY register, _INIT and _WMASK; fields as above
//   E1000_EE_<WORD>        EEPROM word, _INIT; fields as above
//   E1000_EEOP_*           EEPROM command
#ifndef MODERATO_RTL_DEFS_H
#define MODERATO_RTL_DEFS_H

#include <stdbool.h>
#include <stdint.h>

// Offsets.
enum {
#define REG(n, off, acc, rst, wm, own, keep, doc)                  E1000_##n = 0x##off,
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc) E1000_##n = 0x##base,
#define FLD(r, n, lsb, w, doc)
#include "rtl/regs_82540em.def"
#undef REG
#undef QREG
#undef FLD
};

// Register numbers: a plain register takes one, an array takes `count`; E1000_R_COUNT is the total.
enum {
#define REG(n, off, acc, rst, wm, own, keep, doc) E1000_R_##n,
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc)                                 \
    E1000_R_##n, E1000_RL_##n = E1000_R_##n + count - 1,
#define FLD(r, n, lsb, w, doc)
#include "rtl/regs_82540em.def"
#undef REG
#undef QREG
#undef FLD
    E1000_R_COUNT
};

// Fields.
enum {
#define REG(n, off, acc, rst, wm, own, keep, doc)
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc)
#define FLD(r, n, lsb, w, doc) E1000_##r##_##n##_LSB = lsb, E1000_##r##_##n##_W = w,
#include "rtl/regs_82540em.def"
#undef REG
#undef QREG
#undef FLD
};

#define FMASK(f)   ((0xFFFFFFFFu >> (32 - f##_W)) << f##_LSB)
#define FGET(f, v) (((uint32_t)(v) >> f##_LSB) & (0xFFFFFFFFu >> (32 - f##_W)))
#define FPUT(f, x) (((uint32_t)(x) << f##_LSB) & FMASK(f))

enum nic_param {
#define PARAM(n, v, doc) NIC_##n = v,
#include "rtl/nic_params.def"
};
#define WIDE(n, bits, hex, doc) static const uint64_t NIC_##n = 0x##hex##u;
#include "rtl/nic_params.def"

// Descriptors: 16 bytes as two words of the host, which is little-endian.
enum {
#define DFLD(d, n, lsb, w, doc) E1000_##d##_##n##_LSB = lsb, E1000_##d##_##n##_W = w,
#include "rtl/desc_82540em.def"
#define DBIT(f, n, bit, doc) E1000_##f##_##n = 1 << bit,
#include "rtl/desc_82540em.def"
#define DVAL(f, n, v, doc) E1000_##f##_##n = v,
#include "rtl/desc_82540em.def"
};

// Field of a descriptor; a value as part of the word that has the field.
#define DGET(f, desc) ((desc)[f##_LSB / 64] >> f##_LSB % 64 & (UINT64_MAX >> (64 - f##_W)))
#define DPUT(f, x)    ((uint64_t)(x) << f##_LSB % 64)

enum {
#define PHYR(n, number, rst, wm, doc)                                                              \
    E1000_PHY_##n = number, E1000_PHY_##n##_INIT = 0x##rst, E1000_PHY_##n##_WMASK = 0x##wm,
#include "rtl/phy_88e1011.def"
#define PHYF(r, n, lsb, w, doc) E1000_PHY_##r##_##n##_LSB = lsb, E1000_PHY_##r##_##n##_W = w,
#include "rtl/phy_88e1011.def"
};

enum {
#define EEW(n, word, value, doc) E1000_EE_##n = 0x##word, E1000_EE_##n##_INIT = 0x##value,
#include "rtl/eeprom_82540em.def"
#define EEF(word, n, lsb, w, doc) E1000_EE_##word##_##n##_LSB = lsb, E1000_EE_##word##_##n##_W = w,
#include "rtl/eeprom_82540em.def"
#define EEOP(n, code, doc) E1000_EEOP_##n = code,
#include "rtl/eeprom_82540em.def"
};

// Codes; a bit of a set is its mask.
enum nic_tlp_type {
#define NIC_TLP(n, value, doc) NIC_TLP_##n = value,
#include "rtl/nic_codes.def"
};
enum nic_space {
#define NIC_SPACE(n, value, doc) NIC_SPACE_##n = value,
#include "rtl/nic_codes.def"
};
enum port_requester {
#define RQ(n, value, doc) RQ_##n = value,
#include "rtl/nic_codes.def"
    RQ_COUNT
};
enum nic_fate {
#define NIC_FATE(n, value, doc) NIC_FATE_##n = value,
#include "rtl/nic_codes.def"
};
enum nic_timer {
#define NIC_TIMER(n, bit, doc) NIC_TIMER_##n = 1 << bit,
#include "rtl/nic_codes.def"
};
enum stats_flags {
#define STATS(n, bit, doc) STATS_##n = 1 << bit,
#include "rtl/nic_codes.def"
};

enum reg_access {
    ACC_RW,
    ACC_RWSC,
    ACC_RO,
    ACC_WO,
    ACC_RC,
    ACC_RCL,
    ACC_RCH,
    ACC_RCW1C,
    ACC_W1S,
    ACC_W1C,
    ACC_ICS,
    ACC_TAIL,
    ACC_HEAD,
    ACC_CMD,
    // of the 82576
    ACC_RWH,
    ACC_RW1C,
    ACC_RCCW1C,
    ACC_WO1S,
    ACC_CNT,
    ACC_SEM,
    ACC_MBX,
};

enum reg_owner {
    OWN_regs,
    OWN_eeprom,
    OWN_phy,
    OWN_irq,
    OWN_desc_ring,
    OWN_stats,
    OWN_packet_buffer,
    // of the 82576
    OWN_eitr,
    OWN_mailbox,
    OWN_nvm,
    OWN_l2_switch,
    OWN_vf, // no state: element n is accessed as VF n would
};

// One row of the register table.
typedef struct reg_row {
    const char *name;
    uint32_t off;
    uint32_t stride; // 0 for a plain register
    uint32_t count;  // 1 for a plain register
    enum reg_access access;
    uint32_t reset;
    uint32_t wmask;
    enum reg_owner owner;
    bool keep;
    const char *doc;
    uint16_t first; // register number of element 0
} reg_row_t;

typedef struct fld_row {
    const char *reg, *name;
    uint8_t lsb, width;
    const char *doc;
} fld_row_t;

extern const reg_row_t reg_rows[];
extern const unsigned reg_row_count;
extern const fld_row_t fld_rows[];
extern const unsigned fld_row_count;

// A register access as the modules see it: a pulse of one cycle on the internal register bus.
typedef struct csr {
    bool valid;
    bool write;
    uint16_t id;    // register number of the row (element 0 of an array)
    uint16_t index; // element
    uint32_t wdata;
} csr_t;

#define NIC_NEVER                                                                                  \
    UINT64_MAX // "no cycle": a deadline that does not come, a pulse that was not given

#endif
