// SPDX-License-Identifier: Apache-2.0
// The tables of the 82576 (rtl/regs_82576.def, rtl/pci_config_82576.def): against a second list of what
// the specification and the drivers ask for, and against themselves.
#include "rtl/defs_82576.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
enum { SPACE = 0x20000, VF_SPACE = 0x4000 };

static const reg_row_t *row_named(const char *name)
{
    for (unsigned i = 0; i < igb_reg_row_count; i++)
        if (strcmp(igb_reg_rows[i].name, name) == 0) return &igb_reg_rows[i];
    return NULL;
}

// ---- the specification's tables, typed a second time --------------------------------------------

// One or more registers: offset, stride and length; reset value; bits that the driver's register
// test (or, where it has none, the specification) demands to be storage.
static const struct expected {
    const char *name;
    uint32_t off, stride, count, reset, storage;
} expected[] = {
    // general
    {"CTRL", 0x00000, 0, 1, 0x00100201, 1 << 2},
    {"STATUS", 0x00008, 0, 1, 0x80080400, 0},
    {"EECD", 0x00010, 0, 1, 0x00001300, 0},
    {"EERD", 0x00014, 0, 1, 0, 0},
    {"CTRL_EXT", 0x00018, 0, 1, 0, 1 << 28},
    {"MDIC", 0x00020, 0, 1, 0, 0},
    {"SCTL", 0x00024, 0, 1, 0, 0xFFFFFFFF},
    {"FCAL", 0x00028, 0, 1, 0, 0xFFFFFFFF},
    {"FCAH", 0x0002C, 0, 1, 0, 0x0000FFFF},
    {"FCT", 0x00030, 0, 1, 0, 0x0000FFFF},
    {"CONNSW", 0x00034, 0, 1, 0, 0xFFFFFFFF},
    {"VET", 0x00038, 0, 1, 0x81008100, 0xFFFFFFFF},
    {"FCTTV", 0x00170, 0, 1, 0, 0x0000FFFF},
    {"LEDCTL", 0x00E00, 0, 1, 0x07068302, 0},
    {"PBA", 0x01000, 0, 1, 0, 0},
    {"PBS", 0x01008, 0, 1, 0, 0},
    {"EEMNGCTL", 0x01010, 0, 1, 0x80040000, 0},
    {"I2CCMD", 0x01028, 0, 1, 0, 0xFFFFFFFF},
    {"EEWR", 0x0102C, 0, 1, 0, 0xFFFFFFFF},
    {"FRTIMER", 0x01048, 0, 1, 0, 0xFFFFFFFF},
    {"TCPTIMER", 0x0104C, 0, 1, 0, 0xFFFFFFFF},
    {"RXPBS", 0x02404, 0, 1, 0x40, 0x7F},
    {"TXPBS", 0x03404, 0, 1, 0x28, 0x7F},
    {"GCR", 0x05B00, 0, 1, 0x00050000, 0x0001F000},
    {"FACTPS", 0x05B30, 0, 1, 0, 0},
    {"SWSM", 0x05B50, 0, 1, 0, 0xFFFFFFFE},
    {"FWSM", 0x05B54, 0, 1, 0, 0},
    {"SW_FW_SYNC", 0x05B5C, 0, 1, 0, 0x0000FFFF},
    {"DCA_CTRL", 0x05B74, 0, 1, 0, 0},
    {"WUC", 0x05800, 0, 1, 0, 0},
    {"WUFC", 0x05808, 0, 1, 0, 0},
    {"MANC", 0x05820, 0, 1, 0, 0},
    {"RXCSUM", 0x05000, 0, 1, 0x00000300, 0x00002B00},
    {"RLPML", 0x05004, 0, 1, 0x2600, 0x3FFF},
    {"RFCTL", 0x05008, 0, 1, 0, 0x00050000},
    {"IOVCTL", 0x05BBC, 0, 1, 0, 1},
    {"PCIEMISC", 0x05BB8, 0, 1, 0, 0xFFFFFFFF},
    {"CCMCTL", 0x05B48, 0, 1, 0, 0xFFFFFFFF},
    {"GIOCTL", 0x05B44, 0, 1, 0, 0xFFFFFFFF},
    {"SCCTL", 0x05B4C, 0, 1, 0, 0xFFFFFFFF},
    {"SYSTIML", 0x0B600, 0, 1, 0, 0},
    {"SYSTIMH", 0x0B604, 0, 1, 0, 0},
    {"TIMINCA", 0x0B608, 0, 1, 0, 0x01800000},
    {"TSYNCTXCTL", 0x0B614, 0, 1, 0, 0},
    {"TXSTMPL", 0x0B618, 0, 1, 0, 0},
    {"TXSTMPH", 0x0B61C, 0, 1, 0, 0},
    {"TSYNCRXCTL", 0x0B620, 0, 1, 0, 0},
    {"RXSTMPL", 0x0B624, 0, 1, 0, 0},
    {"RXSTMPH", 0x0B628, 0, 1, 0, 0},
    {"RXSATRL", 0x0B62C, 0, 1, 0, 0},
    {"RXSATRH", 0x0B630, 0, 1, 0, 0},
    {"TSAUXC", 0x0B640, 0, 1, 0, 0},
    {"TSICR", 0x0B66C, 0, 1, 0, 0},
    {"TSIM", 0x0B674, 0, 1, 0, 0},
    {"TSYNCRXCFG", 0x05F50, 0, 1, 0, 0},
    {"ETQF", 0x05CB0, 4, 8, 0, 0xFFFFFFFF},
    {"FTQF", 0x059E0, 4, 8, 0, 0xFFFFFFFF},
    {"SAQF", 0x05980, 4, 8, 0, 0xFFFFFFFF},
    {"DAQF", 0x059A0, 4, 8, 0, 0xFFFFFFFF},
    {"SPQF", 0x059C0, 4, 8, 0, 0xFFFFFFFF},
    {"SYNQF", 0x055FC, 0, 1, 0, 0},
    {"IMIR", 0x05A80, 4, 8, 0, 0xE003FFFF},
    {"IMIREXT", 0x05AA0, 4, 8, 0, 0x000FFFFF},
    {"IMIRVP", 0x05AC0, 0, 1, 0, 0xF},
    // interrupts
    {"ICR", 0x000C0, 0, 1, 0, 0x77DCFBFD},
    {"ICS", 0x000C8, 0, 1, 0, 0x77DCFBFD},
    {"IMS", 0x000D0, 0, 1, 0, 0x77DCFBFD},
    {"IMC", 0x000D8, 0, 1, 0, 0x77DCFBFD},
    {"IAM", 0x000E0, 0, 1, 0, 0x77DCFBFD},
    {"EICS", 0x01520, 0, 1, 0, 0x01FFFFFF},
    {"EIMS", 0x01524, 0, 1, 0x80000000, 0x81FFFFFF},
    {"EIMC", 0x01528, 0, 1, 0, 0x81FFFFFF},
    {"EIAC", 0x0152C, 0, 1, 0, 0x01FFFFFF},
    {"EIAM", 0x01530, 0, 1, 0, 0x01FFFFFF},
    {"GPIE", 0x01514, 0, 1, 0, 0xC0000F91},
    {"EICR", 0x01580, 0, 1, 0, 0xC1FFFFFF},
    {"EITR", 0x01680, 4, 25, 0, 0x7FFFFFFC},
    {"IVAR", 0x01700, 4, 8, 0, 0x9F9F9F9F},
    {"IVAR_MISC", 0x01740, 0, 1, 0, 0x9F9F},
    // queues: all at 40h, 0 to 3 at 100h as well
    {"RDBAL", 0x0C000, 0x40, 16, 0, 0xFFFFFF80},
    {"RDBAH", 0x0C004, 0x40, 16, 0, 0xFFFFFFFF},
    {"RDLEN", 0x0C008, 0x40, 16, 0, 0x000FFFF0},
    {"SRRCTL", 0x0C00C, 0x40, 16, 0x400, 0x8FF03F7F},
    {"RDH", 0x0C010, 0x40, 16, 0, 0},
    {"RXCTL", 0x0C014, 0x40, 16, 0, 0xFF002AE0},
    {"RDT", 0x0C018, 0x40, 16, 0, 0xFFFF},
    {"RXDCTL", 0x0C028, 0x40, 16, 0x00010000, 0x021F1F1F},
    {"RQDPC", 0x0C030, 0x40, 16, 0, 0},
    {"RDBAL", 0x02800, 0x100, 4, 0, 0xFFFFFF80},
    {"RDBAH", 0x02804, 0x100, 4, 0, 0xFFFFFFFF},
    {"RDLEN", 0x02808, 0x100, 4, 0, 0x000FFFF0},
    {"SRRCTL", 0x0280C, 0x100, 4, 0x400, 0x8FF03F7F},
    {"RDH", 0x02810, 0x100, 4, 0, 0},
    {"RXCTL", 0x02814, 0x100, 4, 0, 0},
    {"RDT", 0x02818, 0x100, 4, 0, 0xFFFF},
    {"RXDCTL", 0x02828, 0x100, 4, 0x00010000, 0},
    {"RQDPC", 0x02830, 0x100, 4, 0, 0},
    {"TDBAL", 0x0E000, 0x40, 16, 0, 0xFFFFFF80},
    {"TDBAH", 0x0E004, 0x40, 16, 0, 0xFFFFFFFF},
    {"TDLEN", 0x0E008, 0x40, 16, 0, 0x000FFFF0},
    {"TDH", 0x0E010, 0x40, 16, 0, 0},
    {"TXCTL", 0x0E014, 0x40, 16, 0x2A00, 0xFF002AE0},
    {"TDT", 0x0E018, 0x40, 16, 0, 0xFFFF},
    {"TXDCTL", 0x0E028, 0x40, 16, 0, 0x021F1F1F},
    {"TDWBAL", 0x0E038, 0x40, 16, 0, 0xFFFFFFFD},
    {"TDWBAH", 0x0E03C, 0x40, 16, 0, 0xFFFFFFFF},
    {"TDBAL", 0x03800, 0x100, 4, 0, 0xFFFFFF80},
    {"TDBAH", 0x03804, 0x100, 4, 0, 0xFFFFFFFF},
    {"TDLEN", 0x03808, 0x100, 4, 0, 0x000FFFF0},
    {"TDH", 0x03810, 0x100, 4, 0, 0},
    {"TXCTL", 0x03814, 0x100, 4, 0x2A00, 0},
    {"TDT", 0x03818, 0x100, 4, 0, 0xFFFF},
    {"TXDCTL", 0x03828, 0x100, 4, 0, 0},
    {"TDWBAL", 0x03838, 0x100, 4, 0, 0},
    {"TDWBAH", 0x0383C, 0x100, 4, 0, 0},
    // filters and pools
    {"RAL", 0x05400, 8, 16, 0, 0xFFFFFFFF},
    {"RAH", 0x05404, 8, 16, 0, 0x83FFFFFF},
    {"MTA", 0x05200, 4, 128, 0, 0xFFFFFFFF},
    {"UTA", 0x0A000, 4, 128, 0, 0xFFFFFFFF},
    {"VFTA", 0x05600, 4, 128, 0, 0xFFFFFFFF},
    {"VLVF", 0x05D00, 4, 32, 0, 0x801FFFFF},
    {"VT_CTL", 0x0581C, 0, 1, 0, 0x70000380},
    {"MRQC", 0x05818, 0, 1, 0, 0xFFFFFFFF},
    {"RETA", 0x05C00, 4, 32, 0, 0x0F0F0F0F},
    {"RSSRK", 0x05C80, 4, 10, 0, 0xFFFFFFFF},
    {"VMOLR", 0x05AD0, 4, 8, 0x80002600, 0xDF033FFF},
    {"RPLOLR", 0x05AF0, 0, 1, 0, 0xC0000000},
    {"VMVIR", 0x03700, 4, 8, 0, 0xC000FFFF},
    {"PSRTYPE", 0x05480, 4, 8, 0, 0},
    {"QDE", 0x02408, 0, 1, 0, 0xFFFF},
    {"DTXCTL", 0x03590, 0, 1, 0x44, 0x7C},
    {"DTXSWC", 0x03500, 0, 1, 0, 0x80FFFFFF},
    {"WVBR", 0x03554, 0, 1, 0, 0},
    {"VFRE", 0x00C8C, 0, 1, 0xFF, 0xFF},
    {"VFTE", 0x00C90, 0, 1, 0xFF, 0xFF},
    {"MBVFICR", 0x00C80, 0, 1, 0, 0x00FF00FF},
    {"MBVFIMR", 0x00C84, 0, 1, 0, 0xFF},
    {"VFLRE", 0x00C88, 0, 1, 0, 0xFF},
    {"P2VMAILBOX", 0x00C00, 4, 8, 0, 0},
    {"V2PMAILBOX", 0x00C40, 4, 8, 1 << 6, 0},
    {"VMBMEM", 0x00800, 4, 128, 0, 0xFFFFFFFF},
    {"RTTDQSEL", 0x03604, 0, 1, 0, 0xF},
    {"RTTBCNRM", 0x03690, 0, 1, 0, 0},
    {"RTTBCNRC", 0x036B0, 0, 1, 0, 0x8FFFFFFF},
    // inherited, in the register test or written by the driver
    {"RCTL", 0x00100, 0, 1, 0, 0x04CFB0FE},
    {"TCTL", 0x00400, 0, 1, 0, 0},
    {"TIPG", 0x00410, 0, 1, 0, 0x3FFFFFFF},
    {"FCRTL", 0x02160, 0, 1, 0, 0x8000FFF8},
    {"FCRTH", 0x02168, 0, 1, 0, 0x0000FFF0},
    // statistics: the ones beyond the 8254x's
    {"ALGNERRC", 0x04004, 0, 1, 0, 0},
    {"RXERRC", 0x0400C, 0, 1, 0, 0},
    {"CBTMPC", 0x0402C, 0, 1, 0, 0},
    {"TNCRS", 0x04034, 0, 1, 0, 0},
    {"CEXTERR", 0x0403C, 0, 1, 0, 0},
    {"MGTPRC", 0x040B4, 0, 1, 0, 0},
    {"MGTPDC", 0x040B8, 0, 1, 0, 0},
    {"MGTPTC", 0x040BC, 0, 1, 0, 0},
    {"IAC", 0x04100, 0, 1, 0, 0},
    {"ICRXPTC", 0x04104, 0, 1, 0, 0},
    {"ICRXATC", 0x04108, 0, 1, 0, 0},
    {"ICTXPTC", 0x0410C, 0, 1, 0, 0},
    {"ICTXATC", 0x04110, 0, 1, 0, 0},
    {"ICTXQEC", 0x04118, 0, 1, 0, 0},
    {"ICTXQMTC", 0x0411C, 0, 1, 0, 0},
    {"ICRXDMTC", 0x04120, 0, 1, 0, 0},
    {"ICRXOC", 0x04124, 0, 1, 0, 0},
    {"HGORCL", 0x04128, 0, 1, 0, 0},
    {"HGORCH", 0x0412C, 0, 1, 0, 0},
    {"HGOTCL", 0x04130, 0, 1, 0, 0},
    {"HGOTCH", 0x04134, 0, 1, 0, 0},
    {"LENERRS", 0x04138, 0, 1, 0, 0},
    {"SCVPC", 0x04228, 0, 1, 0, 0},
    // of the VFs, at 100h each
    {"VTCTRL", 0x10000, 0x100, 8, 0, 0},
    {"VFGPRC", 0x10010, 0x100, 8, 0, 0},
    {"VFGPTC", 0x10014, 0x100, 8, 0, 0},
    {"VFGORC", 0x10018, 0x100, 8, 0, 0},
    {"VTEICS", 0x10020, 0x100, 8, 0, 7},
    {"VTEIMS", 0x10024, 0x100, 8, 0, 7},
    {"VTEIMC", 0x10028, 0x100, 8, 0, 7},
    {"VTEIAC", 0x1002C, 0x100, 8, 0, 7},
    {"VTEIAM", 0x10030, 0x100, 8, 0, 7},
    {"VFGOTC", 0x10034, 0x100, 8, 0, 0},
    {"VFMPRC", 0x1003C, 0x100, 8, 0, 0},
    {"VFGPRLBC", 0x10040, 0x100, 8, 0, 0},
    {"VFGPTLBC", 0x10044, 0x100, 8, 0, 0},
    {"VFGORLBC", 0x10048, 0x100, 8, 0, 0},
    {"VFGOTLBC", 0x10050, 0x100, 8, 0, 0},
    {"VTEICR", 0x10080, 0x100, 8, 0, 7},
};

// Names of the 82576 for places that the 8254x has as well, or for two counters in one place.
static const struct {
    int reg, other;
    uint32_t off;
} second_names[] = {
    {IGB_R_HTDPMC, IGB_R_CEXTERR, IGB_HTDPMC},  {IGB_R_CBRMPC, IGB_R_TSCTFC, IGB_CBRMPC},
    {IGB_R_RPTHC, IGB_R_ICRXPTC, IGB_RPTHC},    {IGB_R_HGPTC, IGB_R_ICTXQEC, IGB_HGPTC},
    {IGB_R_HTCBDPC, IGB_R_ICRXOC, IGB_HTCBDPC},
};

// The VF window of the specification; where VF n's access arrives, for VFs 0 and 7.
static const struct {
    uint32_t off;
    const char *target;
    int at_vf0, at_vf7;
} vf_window[] = {
    {0x00000, "VTCTRL", 0, 7},     {0x00008, "STATUS", 0, 0},      {0x01048, "FRTIMER", 0, 0},
    {0x01520, "EICS", 0, 0},       {0x01524, "EIMS", 0, 0},        {0x01528, "EIMC", 0, 0},
    {0x0152C, "EIAC", 0, 0},       {0x01530, "EIAM", 0, 0},        {0x01580, "EICR", 0, 0},
    {0x01680, "EITR", 22, 1},      {0x01684, "EITR", 23, 2},       {0x01688, "EITR", 24, 3},
    {0x01700, "IVAR", 0, 7},       {0x01740, "VTIVAR_MISC", 0, 7}, {0x02800, "RDBAL", 0, 7},
    {0x02900, "RDBAL", 8, 15},     {0x0280C, "SRRCTL", 0, 7},      {0x02814, "RXCTL", 0, 7},
    {0x02918, "RDT", 8, 15},       {0x02828, "RXDCTL", 0, 7},      {0x03800, "TDBAL", 0, 7},
    {0x03914, "TXCTL", 8, 15},     {0x03918, "TDT", 8, 15},        {0x03828, "TXDCTL", 0, 7},
    {0x00F10, "VFGPRC", 0, 7},     {0x00F14, "VFGPTC", 0, 7},      {0x00F18, "VFGORC", 0, 7},
    {0x00F34, "VFGOTC", 0, 7},     {0x00F3C, "VFMPRC", 0, 7},      {0x00F40, "VFGPRLBC", 0, 7},
    {0x00F44, "VFGPTLBC", 0, 7},   {0x00F48, "VFGORLBC", 0, 7},    {0x00F50, "VFGOTLBC", 0, 7},
    {0x00C40, "V2PMAILBOX", 0, 7}, {0x00800, "VMBMEM", 0, 112},    {0x0083C, "VMBMEM", 15, 127},
    {0x01808, "VRXFRAMES", 24, 3}, {0x01880, "VTXFRAMES", 22, 1},
};

// ---- tests --------------------------------------------------------------------------------------

static void registers_of_the_specification(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(expected); i++) {
        const struct expected *e = &expected[i];
        const reg_row_t *r = row_named(e->name);
        if (r == NULL) fail_msg("%s is missing", e->name);
        for (uint32_t k = 0; k < e->count; k++) {
            const igb_at_t at = igb_reg_at(e->off + k * e->stride);
            if (!at.valid || at.reg != r->first || at.element != k)
                fail_msg("%s[%u] is not at %05x", e->name, k, e->off + k * e->stride);
        }
        if (e->reset != r->reset) fail_msg("%s is %08x at reset", e->name, r->reset);
        if (e->storage & ~r->wmask) fail_msg("%s stores only %08x", e->name, r->wmask);
    }
    for (unsigned i = 0; i < COUNT(second_names); i++) {
        assert_int_equal(second_names[i].reg, second_names[i].other);
        assert_int_equal(igb_reg_at(second_names[i].off).reg, second_names[i].reg);
    }
}

// The counters that both personalities have are in the same places and read alike.
static void statistics_of_the_8254x(void **state)
{
    (void)state;
    unsigned n = 0;
    for (unsigned i = 0; i < reg_row_count; i++) {
        if (reg_rows[i].owner != OWN_stats) continue;
        const igb_at_t at = igb_reg_at(reg_rows[i].off);
        assert_true(at.valid);
        const reg_row_t *r = igb_reg_row(at.reg);
        assert_string_equal(r->name, reg_rows[i].name);
        assert_int_equal(r->access, reg_rows[i].access);
        n++;
    }
    assert_true(n > 50);
}

static void addresses_above_the_gap(void **state)
{
    (void)state;
    for (uint32_t k = 16; k < 24; k++) {
        const igb_at_t low = igb_reg_at(0x054E0 + 8 * (k - 16));
        const igb_at_t high = igb_reg_at(0x054E4 + 8 * (k - 16));
        assert_true(low.valid && low.reg == IGB_R_RAL && low.element == k);
        assert_true(high.valid && high.reg == IGB_R_RAH && high.element == k);
    }
    assert_int_equal(igb_reg_at(0x05480).reg, IGB_R_PSRTYPE);
    assert_false(igb_reg_at(0x05520).valid);
    assert_int_equal(IGB_RL_RAL - IGB_R_RAL, 23);
}

static void queue_0_is_enabled_at_reset(void **state)
{
    (void)state;
    const reg_row_t *rx = row_named("RXDCTL"), *tx = row_named("TXDCTL");
    for (uint32_t q = 0; q < IGB_Queues; q++) {
        assert_int_equal(igb_reg_reset(rx, q), q == 0 ? 0x02010000 : 0x00010000);
        assert_int_equal(igb_reg_reset(tx, q), q == 0 ? 0x02000000 : 0);
    }
}

// No address leads to two registers; elements have exactly one first address; numbers count on.
static void one_register_an_address(void **state)
{
    (void)state;
    const char **owner = calloc(SPACE / 4, sizeof *owner);
    unsigned *homes = calloc(IGB_R_COUNT, sizeof *homes);
    assert_non_null(owner);
    assert_non_null(homes);
    for (unsigned i = 0; i < igb_place_row_count; i++) {
        const igb_place_row_t *p = &igb_place_rows[i];
        for (uint32_t k = 0; k < p->count; k++) {
            const uint32_t at = p->off + k * p->stride;
            assert_true(at % 4 == 0 && at < SPACE);
            if (owner[at / 4] != NULL) fail_msg("%s and %s at %05x", p->name, owner[at / 4], at);
            owner[at / 4] = p->name;
            if (!p->alias) homes[p->reg + p->first + k]++;
        }
    }
    for (unsigned i = 0; i < IGB_R_COUNT; i++) assert_int_equal(homes[i], 1);
    free(owner);
    free(homes);
    unsigned number = 0;
    for (unsigned i = 0; i < igb_reg_row_count; i++) {
        assert_int_equal(igb_reg_rows[i].first, number);
        number += igb_reg_rows[i].count;
    }
    assert_int_equal(number, IGB_R_COUNT);
}

// A field is within the register, lies on no other, and can be written, or else its text or its register
// says that it acts, reads only, or belongs to a module.
static void fields_are_stored_or_say_so(void **state)
{
    (void)state;
    const char *reg = "";
    uint32_t taken = 0;
    for (unsigned i = 0; i < igb_fld_row_count; i++) {
        const fld_row_t *f = &igb_fld_rows[i];
        if (strcmp(reg, f->reg) != 0) taken = 0;
        reg = f->reg;
        const reg_row_t *r = row_named(f->reg);
        assert_non_null(r);
        assert_true(f->width >= 1 && f->lsb + f->width <= 32);
        const uint32_t mask = (0xFFFFFFFFu >> (32 - f->width)) << f->lsb;
        if (taken & mask) fail_msg("%s.%s lies on another field", f->reg, f->name);
        taken |= mask;
        if ((mask & ~r->wmask) == 0) continue;
        static const char *const excuse[] = {"self clearing", "read only", "reads 0",
                                             "(0)",           "(1)",       "00: copper"};
        bool excused = r->access == ACC_RO || r->access == ACC_RC || r->access == ACC_CMD ||
                       r->access == ACC_MBX || r->access == ACC_WO;
        for (unsigned k = 0; k < COUNT(excuse); k++) excused |= strstr(f->doc, excuse[k]) != NULL;
        if (!excused) fail_msg("%s.%s is not stored", f->reg, f->name);
    }
}

static void access_classes_fit_their_masks(void **state)
{
    (void)state;
    for (unsigned i = 0; i < igb_reg_row_count; i++) {
        const reg_row_t *r = &igb_reg_rows[i];
        switch (r->access) {
        case ACC_RO:
        case ACC_WO:
        case ACC_RC:
        case ACC_RCL:
        case ACC_RCH:
        case ACC_CMD:
        case ACC_MBX: assert_int_equal(r->wmask, 0); break;
        default:
            if (r->wmask == 0) fail_msg("%s cannot be written", r->name);
        }
        // RSTI and EIMS.OTHER are bits of hardware; RXPBS and the like read what they are
        if (r->owner == OWN_regs && r->access == ACC_RW && (r->reset & ~r->wmask) != 0)
            assert_string_equal(r->name, "GCR"); // CAP_VER2
    }
}

static void vf_window_of_the_specification(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(vf_window); i++) {
        for (unsigned vf = 0; vf < IGB_Vfs; vf += 7) {
            const igb_at_t at = igb_vreg_at(vf, vf_window[i].off);
            if (!at.valid) fail_msg("nothing at %05x of a VF", vf_window[i].off);
            const reg_row_t *r = igb_reg_row(at.reg);
            assert_string_equal(r->name, vf_window[i].target);
            assert_int_equal(at.element, vf ? vf_window[i].at_vf7 : vf_window[i].at_vf0);
        }
    }
    assert_false(igb_vreg_at(0, 0x1400).valid);
    assert_int_equal(igb_vreg_at(3, VF_SPACE + 8).reg, IGB_R_STATUS); // addresses wrap
}

// What a VF reaches is there, and is reached by no other VF, unless it is shared by bits or read only.
static void vf_targets_exist_and_are_their_own(void **state)
{
    (void)state;
    unsigned char taken[IGB_R_COUNT] = {0};
    for (unsigned vf = 0; vf < IGB_Vfs; vf++) {
        for (uint32_t off = 0; off < VF_SPACE; off += 4) {
            const igb_at_t at = igb_vreg_at(vf, off);
            if (!at.valid) continue;
            const reg_row_t *r = igb_reg_row(at.reg);
            assert_non_null(r);
            assert_int_equal(r->first, at.reg);
            assert_true(at.element < r->count);
            assert_true(r->owner != OWN_vf);
            if (at.kind == VREG_SAME || at.kind == VREG_VECTOR) continue;
            if (taken[at.reg + at.element]++) fail_msg("%s[%u] of two VFs", r->name, at.element);
        }
    }
    for (unsigned i = 0; i < igb_reg_row_count; i++) {
        const igb_at_t view = igb_view(igb_reg_rows[i].first);
        assert_int_equal(view.valid, igb_reg_rows[i].owner == OWN_vf);
        if (!view.valid) continue;
        assert_int_equal(view.kind, VREG_VECTOR);
        assert_string_equal(igb_reg_row(view.reg)->name, igb_reg_rows[i].name + 2); // VTEIMS, EIMS
    }
}

static void vectors_of_the_vfs(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < IGB_Vfs; vf++) assert_int_equal(igb_first_vector(vf), 22 - 3 * vf);
    assert_int_equal(IGB_EITR_COUNT, IGB_Vectors);
    assert_int_equal(IGB_VRXFRAMES_COUNT, IGB_Vectors);
    assert_int_equal(IGB_VTXFRAMES_COUNT, IGB_Vectors);
    assert_int_equal(row_named("VRXFRAMES")->reset | row_named("VTXFRAMES")->reset, 0);
    assert_int_equal(IGB_VMBMEM_COUNT, IGB_Vfs * IGB_MailboxDwords);
    assert_int_equal(IGBVF_VMBMEM_COUNT, IGB_MailboxDwords);
    assert_int_equal(row_named("RXPBS")->reset, IGB_RxPbKiB);
    assert_int_equal(row_named("TXPBS")->reset, IGB_TxPbKiB);
    assert_int_equal(row_named("RLPML")->reset, IGB_FrameMax);
    assert_int_equal(64 << FGET(IGB_EECD_SIZE_EX, row_named("EECD")->reset), IGB_NvmWords);
}

// ---- configuration spaces -----------------------------------------------------------------------

typedef struct space {
    uint32_t dword[IGB_CFG_BYTES / 4];
} space_t;

static void load(space_t *s, const igb_cfg_row_t *rows, unsigned count)
{
    memset(s, 0, sizeof *s);
    uint32_t last = 0;
    for (unsigned i = 0; i < count; i++) {
        const igb_cfg_row_t *r = &rows[i];
        assert_true(r->off % 4 == 0 && r->off < IGB_CFG_BYTES && (i == 0 || r->off > last));
        if (r->wmask & r->w1c) fail_msg("%s: stored and cleared", r->name);
        if (r->reset & r->w1c) fail_msg("%s: an event at reset", r->name);
        last = r->off;
        s->dword[r->off / 4] = r->reset;
    }
}

// Follows the list of capabilities: `ids` in this order at `offs`, then the end.
static void walk(const space_t *s, const uint32_t (*caps)[2], unsigned count)
{
    uint32_t at = s->dword[0x34 / 4];
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(at, caps[i][0]);
        assert_int_equal(s->dword[at / 4] & 0xFF, caps[i][1]);
        at = s->dword[at / 4] >> 8 & 0xFF;
    }
    assert_int_equal(at, 0);
}

static void walk_extended(const space_t *s, const uint32_t (*caps)[2], unsigned count)
{
    uint32_t at = 0x100;
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(at, caps[i][0]);
        assert_int_equal(s->dword[at / 4] & 0xFFFFF, 0x10000 | caps[i][1]); // version 1
        at = s->dword[at / 4] >> 20;
    }
    assert_int_equal(at, 0);
}

static void configuration_space_of_the_pf(void **state)
{
    (void)state;
    static space_t s;
    load(&s, igb_cfg_rows, igb_cfg_row_count);
    assert_int_equal(s.dword[0], 0x10C98086);
    assert_int_equal(s.dword[2], 0x02000001);
    walk(&s, (const uint32_t[][2]){{0x40, 0x01}, {0x50, 0x05}, {0x70, 0x11}, {0xA0, 0x10}}, 4);
    walk_extended(&s, (const uint32_t[][2]){{0x100, 0x01}, {0x150, 0x0E}, {0x160, 0x10}}, 3);
    assert_int_equal(s.dword[0x40 / 4] >> 16 & 7, 3);  // power management version
    assert_int_equal(s.dword[0x50 / 4] >> 16, 0x0180); // MSI: one, 64 bits, mask
    assert_int_equal(s.dword[0x70 / 4] >> 16, 9);      // MSI-X: ten
    assert_int_equal(s.dword[0x70 / 4] >> 16 & 0x7FF, IGB_MsixPf - 1);
    assert_int_equal(s.dword[0x74 / 4], 3);            // table: BAR3
    assert_int_equal(s.dword[0x78 / 4], 0x2003);       // PBA: BAR3 + 2000h
    assert_int_equal(s.dword[0xA0 / 4] >> 16, 2);      // PCIe version 2, endpoint
    assert_int_equal(s.dword[0xA4 / 4] >> 28 & 1, 1);  // FLR
    assert_int_equal(s.dword[0xA4 / 4] & 7, 2);        // 512 bytes
    assert_int_equal(s.dword[0xAC / 4] & 0x3FF, 0x41); // x4, 2.5 GT/s
    assert_int_equal(s.dword[0xB0 / 4] >> 16 & 0x3FF, 0x41);
    assert_int_equal(s.dword[0x16C / 4], IGB_Vfs << 16 | IGB_Vfs);
    assert_int_equal(s.dword[0x178 / 4] >> 16, 0x10CA);
    assert_int_equal(s.dword[0x17C / 4], 0x553);
    assert_int_equal(s.dword[0x180 / 4], 1);
    assert_int_equal(s.dword[0x184 / 4] & 0xF, 0xC);
    assert_int_equal(s.dword[0x190 / 4] & 0xF, 0xC);
    assert_int_equal(IGB_VfOffset, 0x80);
    assert_int_equal(IGB_VfStride, 2);
    assert_int_equal((uint32_t)IGB_CFG_SUBSYSTEM_RESET, 0xA03C8086);
}

static void configuration_space_of_a_vf(void **state)
{
    (void)state;
    static space_t s;
    load(&s, igb_vcfg_rows, igb_vcfg_row_count);
    assert_int_equal(s.dword[0], 0xFFFFFFFF);
    assert_int_equal(s.dword[2], 0x02000001);
    walk(&s, (const uint32_t[][2]){{0x70, 0x11}, {0xA0, 0x10}}, 2);
    walk_extended(&s, (const uint32_t[][2]){{0x100, 0x01}, {0x150, 0x0E}}, 2);
    assert_int_equal(s.dword[0x70 / 4] >> 16 & 0x7FF, IGB_MsixVf - 1);
    assert_int_equal(s.dword[0xA4 / 4] >> 28 & 1, 1);
    for (unsigned i = 0; i < igb_vcfg_row_count; i++)
        if (igb_vcfg_rows[i].off == 4) assert_int_equal(igb_vcfg_rows[i].wmask, 4);
        else if (igb_vcfg_rows[i].off < 0x40) assert_int_equal(igb_vcfg_rows[i].wmask, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_of_the_specification),
        cmocka_unit_test(statistics_of_the_8254x),
        cmocka_unit_test(addresses_above_the_gap),
        cmocka_unit_test(queue_0_is_enabled_at_reset),
        cmocka_unit_test(one_register_an_address),
        cmocka_unit_test(fields_are_stored_or_say_so),
        cmocka_unit_test(access_classes_fit_their_masks),
        cmocka_unit_test(vf_window_of_the_specification),
        cmocka_unit_test(vf_targets_exist_and_are_their_own),
        cmocka_unit_test(vectors_of_the_vfs),
        cmocka_unit_test(configuration_space_of_the_pf),
        cmocka_unit_test(configuration_space_of_a_vf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
