// SPDX-License-Identifier: Apache-2.0
// `moderato regs`: the register map, from the same rows that the device is made of.
#include "lab/cli.h"

#include "rtl/defs.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const REGS_ACCESS[] = {
    [ACC_RW] = "RW",         [ACC_RWSC] = "RWSC", [ACC_RO] = "RO",   [ACC_WO] = "WO",
    [ACC_RC] = "RC",         [ACC_RCL] = "RCL",   [ACC_RCH] = "RCH", [ACC_RCW1C] = "RCW1C",
    [ACC_W1S] = "W1S",       [ACC_W1C] = "W1C",   [ACC_ICS] = "ICS", [ACC_TAIL] = "TAIL",
    [ACC_HEAD] = "HEAD",     [ACC_CMD] = "CMD",   [ACC_RWH] = "RWH", [ACC_RW1C] = "RW1C",
    [ACC_RCCW1C] = "RCCW1C", [ACC_WO1S] = "WO1S", [ACC_CNT] = "CNT", [ACC_SEM] = "SEM",
    [ACC_MBX] = "MBX",
};

static const struct {
    const char *code, *text;
} REGS_CODES[] = {
    {"RW", "read and write"},
    {"RWSC", "read and write; some bits act and read 0"},
    {"RO", "read only"},
    {"WO", "write only, a command"},
    {"RC", "a read clears"},
    {"RCL, RCH", "64-bit pair; reading the high half clears both"},
    {"RCW1C", "a read clears, writing ones clears"},
    {"W1S", "writing ones sets"},
    {"W1C", "writing ones clears bits of the partner"},
    {"ICS", "writing ones sets bits of ICR"},
    {"TAIL, HEAD", "descriptor ring pointers"},
    {"CMD", "a write starts an operation"},
};

const char *regs_access_name(unsigned access)
{
    return access < sizeof REGS_ACCESS / sizeof REGS_ACCESS[0] ? REGS_ACCESS[access] : "?";
}

static void regs_offsets(const reg_row_t *r, char *buf, size_t len)
{
    if (r->count == 1) snprintf(buf, len, "%05X", r->off);
    else snprintf(buf, len, "%05X+%u*n", r->off, r->stride);
}

static void regs_name(const reg_row_t *r, char *buf, size_t len)
{
    if (r->count == 1) snprintf(buf, len, "%s", r->name);
    else snprintf(buf, len, "%s[%u]", r->name, r->count);
}

static void regs_field_bits(const fld_row_t *f, char *buf, size_t len)
{
    if (f->width == 1) snprintf(buf, len, "%u", f->lsb);
    else snprintf(buf, len, "%u:%u", f->lsb + f->width - 1, f->lsb);
}

// ---- forms -------------------------------------------------------------------------------------

static void regs_list(bool fields)
{
    printf("%-11s %-12s %-6s %-8s %-8s %s\n", "OFFSET", "NAME", "ACCESS", "RESET", "WRITABLE",
           "DESCRIPTION");
    for (unsigned i = 0; i < reg_row_count; i++) {
        const reg_row_t *r = &reg_rows[i];
        char off[32], name[32];
        regs_offsets(r, off, sizeof off);
        regs_name(r, name, sizeof name);
        printf("%-11s %-12s %-6s %08X %08X %s\n", off, name, REGS_ACCESS[r->access], r->reset,
               r->wmask, r->doc);
        for (unsigned k = 0; fields && k < fld_row_count; k++) {
            if (strcmp(fld_rows[k].reg, r->name) != 0) continue;
            regs_field_bits(&fld_rows[k], off, sizeof off);
            printf("%24s %-6s %-10s %s\n", "", off, fld_rows[k].name, fld_rows[k].doc);
        }
    }
    printf("\nACCESS\n");
    for (size_t i = 0; i < sizeof REGS_CODES / sizeof REGS_CODES[0]; i++) {
        printf("  %-11s %s\n", REGS_CODES[i].code, REGS_CODES[i].text);
    }
}

static void regs_markdown(void)
{
    printf("| Offset | Name | Access | Reset | Writable | Description |\n");
    printf("|---|---|---|---|---|---|\n");
    for (unsigned i = 0; i < reg_row_count; i++) {
        const reg_row_t *r = &reg_rows[i];
        char off[32], name[32];
        regs_offsets(r, off, sizeof off);
        regs_name(r, name, sizeof name);
        printf("| %s | %s | %s | %08X | %08X | %s |\n", off, name, REGS_ACCESS[r->access], r->reset,
               r->wmask, r->doc);
    }
    printf("\n| Register | Bits | Field | Description |\n|---|---|---|---|\n");
    for (unsigned k = 0; k < fld_row_count; k++) {
        char bits[16];
        regs_field_bits(&fld_rows[k], bits, sizeof bits);
        printf("| %s | %s | %s | %s |\n", fld_rows[k].reg, bits, fld_rows[k].name, fld_rows[k].doc);
    }
}

static void regs_one(const reg_row_t *r)
{
    char off[32], name[32];
    regs_offsets(r, off, sizeof off);
    regs_name(r, name, sizeof name);
    printf("%s, offset %s: %s\n", name, off, r->doc);
    printf("  access    %s\n", REGS_ACCESS[r->access]);
    printf("  reset     %08X%s\n", r->reset,
           r->keep ? " at power-on; kept over a software reset" : "");
    printf("  writable  %08X\n", r->wmask);
    bool heading = false;
    for (unsigned k = 0; k < fld_row_count; k++) {
        if (strcmp(fld_rows[k].reg, r->name) != 0) continue;
        if (!heading) printf("  %-8s %-10s %-8s %s\n", "bits", "field", "reset", "");
        heading = true;
        regs_field_bits(&fld_rows[k], off, sizeof off);
        printf("  %-8s %-10s %-8X %s\n", off, fld_rows[k].name,
               r->reset >> fld_rows[k].lsb & 0xFFFFFFFFu >> (32 - fld_rows[k].width),
               fld_rows[k].doc);
    }
}

// ---- the verb ----------------------------------------------------------------------------------

// By name, or by byte offset in hex (with or without 0x, into an array too).
static const reg_row_t *regs_find(const char *text)
{
    for (unsigned i = 0; i < reg_row_count; i++) {
        if (strcasecmp(reg_rows[i].name, text) == 0) return &reg_rows[i];
    }
    char *end;
    unsigned long off = strtoul(text, &end, 16);
    if (end == text || *end) return NULL;
    for (unsigned i = 0; i < reg_row_count; i++) {
        const reg_row_t *r = &reg_rows[i];
        if (r->off == off) return r;
        if (r->count > 1 && off > r->off && off < r->off + (unsigned long)r->stride * r->count &&
            (off - r->off) % r->stride == 0) {
            return r;
        }
    }
    return NULL;
}

int regs_verb(cli_t *c)
{
    const char *names[512], *upper = c->operand;
    char folded[32];
    if (!c->operand) {
        if (c->options.markdown) regs_markdown();
        else regs_list(c->options.verbose > 0);
        return CLI_OK;
    }
    const reg_row_t *r = regs_find(c->operand);
    if (r) {
        regs_one(r);
        return CLI_OK;
    }
    unsigned n = 0;
    for (; n < reg_row_count && n + 1 < sizeof names / sizeof names[0]; n++)
        names[n] = reg_rows[n].name;
    names[n] = NULL;
    if (strlen(c->operand) < sizeof folded) {
        for (n = 0; c->operand[n]; n++) {
            folded[n] = (char)(c->operand[n] >= 'a' && c->operand[n] <= 'z' ? c->operand[n] - 32
                                                                            : c->operand[n]);
        }
        folded[n] = '\0';
        upper = folded;
    }
    const char *guess = options_guess(upper, names);
    cli_message("no register '%s'%s%s%s", c->operand, guess ? "; did you mean " : "",
                guess ? guess : "", guess ? "?" : " (`moderato regs` lists them)");
    return CLI_USAGE;
}
