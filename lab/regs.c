// SPDX-License-Identifier: Apache-2.0
// `moderato regs`: the register map, from the same rows that the device is made of.
#include "lab/cli.h"

#include "rtl/defs_82576.h"

#include <ctype.h>
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
    bool igb; // the 82576 only
} REGS_CODES[] = {
    {"RW", "read and write", false},
    {"RWSC", "read and write; some bits act and read 0", false},
    {"RO", "read only", false},
    {"WO", "write only, a command", false},
    {"RC", "a read clears", false},
    {"RCL, RCH", "64-bit pair; reading the high half clears both", false},
    {"RCW1C", "a read clears, writing ones clears", false},
    {"W1S", "writing ones sets", false},
    {"W1C", "writing ones clears bits of the partner", false},
    {"ICS", "writing ones sets bits of ICR", false},
    {"TAIL, HEAD", "descriptor ring pointers", false},
    {"CMD", "a write starts an operation", false},
    {"RWH", "read and write; hardware changes some bits too", true},
    {"RW1C", "writing ones clears", true},
    {"RCCW1C", "a read clears on a condition, writing ones clears", true},
    {"WO1S", "writing ones sets bits of the partner", true},
    {"CNT", "an interval with its counter", true},
    {"SEM", "a semaphore: a read that finds 0 takes it", true},
    {"MBX", "a mailbox: a write starts an operation", true},
};

// ---- a device ----------------------------------------------------------------------------------

// Its tables; the 82576 has more addresses than one for some registers, second names, and the VF window.
typedef struct regs_map {
    const char *nic;
    const reg_row_t *reg;
    unsigned regs;
    const fld_row_t *fld;
    unsigned flds;
    bool igb;
} regs_map_t;

static regs_map_t regs_map(bool igb)
{
    if (igb)
        return (regs_map_t){"82576",      igb_reg_rows,      igb_reg_row_count,
                            igb_fld_rows, igb_fld_row_count, true};
    return (regs_map_t){"82540em", reg_rows, reg_row_count, fld_rows, fld_row_count, false};
}

static const struct {
    const char *name, *reg, *doc;
} REGS_ALSO[] = {
#define ALSO(n, r, doc) {#n, #r, doc},
#include "rtl/regs_82576.def"
};

enum { REGS_ALSOS = sizeof REGS_ALSO / sizeof REGS_ALSO[0] };

static const struct {
    const char *word, *text;
} REGS_KIND[] = {
    [VREG_SAME] = {"SAME", "the register, read only"},
    [VREG_VECTOR] = {"VECTOR", "of VF v bits 24-3v to 22-3v, as bits 2 to 0"},
    [VREG_EITR] = {"EITR", "of VF v element 22-3v+n"},
    [VREG_IVAR] = {"IVAR", "of VF v element v; vectors count from 22-3v"},
    [VREG_IVAR_MISC] = {"IVAR_MISC", "of VF v element v, bits 7, 1 and 0"},
    [VREG_QUEUE] = {"QUEUE", "of VF v element v+8n"},
    [VREG_VF] = {"VF", "of VF v element v, of an array of c elements v*c+n"},
};

const char *regs_access_name(unsigned access)
{
    return access < sizeof REGS_ACCESS / sizeof REGS_ACCESS[0] ? REGS_ACCESS[access] : "?";
}

static void regs_offsets(uint32_t off, uint32_t stride, uint32_t count, char buf[32])
{
    if (count == 1) snprintf(buf, 32, "%05X", off);
    else snprintf(buf, 32, "%05X+%u*n", off, stride);
}

static void regs_name(const char *reg, uint32_t count, char buf[32])
{
    if (count == 1) snprintf(buf, 32, "%s", reg);
    else snprintf(buf, 32, "%s[%u]", reg, count);
}

static void regs_field_bits(const fld_row_t *f, char *buf, size_t len)
{
    if (f->width == 1) snprintf(buf, len, "%u", f->lsb);
    else snprintf(buf, len, "%u:%u", f->lsb + f->width - 1, f->lsb);
}

// Where else the register is: place `from` or the next one of the table; NULL: nowhere.
static const igb_place_row_t *regs_place(const regs_map_t *m, const reg_row_t *r, unsigned *from)
{
    for (; m->igb && *from < igb_place_row_count; ++*from) {
        const igb_place_row_t *p = &igb_place_rows[*from];
        if (p->reg == r->first && p->off != r->off) return p;
    }
    return NULL;
}

static void regs_place_text(const igb_place_row_t *p, char buf[64])
{
    if (p->alias) snprintf(buf, 64, "second address, elements 0 to %u", p->count - 1);
    else
        snprintf(buf, 64, "elements %u to %u, n less %u", p->first, p->first + p->count - 1,
                 p->first);
}

// ---- forms -------------------------------------------------------------------------------------

// Columns of a line as text or Markdown; five or six.
static void regs_line(bool markdown, const char *const col[6])
{
    if (markdown) {
        for (int i = 0; i < 6; i++) printf("| %s ", col[i]);
        printf("|\n");
    } else {
        printf("%-11s %-12s %-6s %-8s %-8s %s\n", col[0], col[1], col[2], col[3], col[4], col[5]);
    }
}

static void regs_rows(const regs_map_t *m, bool markdown, bool fields)
{
    for (unsigned i = 0; i < m->regs; i++) {
        const reg_row_t *r = &m->reg[i];
        char off[32], name[32], reset[16], wmask[16], text[64];
        regs_offsets(r->off, r->stride, r->count, off);
        regs_name(r->name, r->count, name);
        snprintf(reset, sizeof reset, "%08X", r->reset);
        snprintf(wmask, sizeof wmask, "%08X", r->wmask);
        regs_line(markdown,
                  (const char *const[6]){off, name, REGS_ACCESS[r->access], reset, wmask, r->doc});
        unsigned at = 0;
        for (const igb_place_row_t *p; (p = regs_place(m, r, &at)); at++) {
            regs_offsets(p->off, p->stride, r->count, off);
            regs_place_text(p, text);
            regs_line(markdown, (const char *const[6]){off, name, "", "", "", text});
        }
        for (unsigned k = 0; m->igb && k < REGS_ALSOS; k++) {
            if (strcmp(REGS_ALSO[k].reg, r->name) != 0) continue;
            regs_offsets(r->off, r->stride, r->count, off);
            regs_line(markdown,
                      (const char *const[6]){off, REGS_ALSO[k].name, "", "", "", REGS_ALSO[k].doc});
        }
        for (unsigned k = 0; fields && k < m->flds; k++) {
            if (strcmp(m->fld[k].reg, r->name) != 0) continue;
            regs_field_bits(&m->fld[k], off, sizeof off);
            printf("%24s %-6s %-10s %s\n", "", off, m->fld[k].name, m->fld[k].doc);
        }
    }
}

static const reg_row_t *regs_target(const igb_vreg_row_t *v)
{
    return igb_reg_row(v->target);
}

static void regs_vf_window(bool markdown)
{
    for (unsigned i = 0; i < igb_vreg_row_count; i++) {
        const igb_vreg_row_t *v = &igb_vreg_rows[i];
        char off[32], name[32];
        regs_offsets(v->off, v->stride, v->count, off);
        regs_name(v->name, v->count, name);
        printf(markdown ? "| %s | %s | %s | %s | %s |\n" : "%-11s %-12s %-9s %-12s %s\n", off, name,
               REGS_KIND[v->kind].word, regs_target(v)->name, v->doc);
    }
}

static void regs_list(const regs_map_t *m, bool fields)
{
    regs_line(false, (const char *const[6]){"OFFSET", "NAME", "ACCESS", "RESET", "WRITABLE",
                                            "DESCRIPTION"});
    regs_rows(m, false, fields);
    if (m->igb) {
        printf("\nVF WINDOW\n%-11s %-12s %-9s %-12s %s\n", "OFFSET", "NAME", "KIND", "REGISTER",
               "DESCRIPTION");
        regs_vf_window(false);
    }
    printf("\nACCESS\n");
    for (size_t i = 0; i < sizeof REGS_CODES / sizeof REGS_CODES[0]; i++) {
        if (m->igb || !REGS_CODES[i].igb)
            printf("  %-11s %s\n", REGS_CODES[i].code, REGS_CODES[i].text);
    }
    if (!m->igb) return;
    printf("\nKIND\n");
    for (size_t i = 0; i < sizeof REGS_KIND / sizeof REGS_KIND[0]; i++)
        printf("  %-11s %s\n", REGS_KIND[i].word, REGS_KIND[i].text);
}

static void regs_markdown(const regs_map_t *m)
{
    printf("| Offset | Name | Access | Reset | Writable | Description |\n");
    printf("|---|---|---|---|---|---|\n");
    regs_rows(m, true, false);
    if (m->igb) {
        printf("\n| Offset | Name | Kind | PF register | Description |\n|---|---|---|---|---|\n");
        regs_vf_window(true);
    }
    printf("\n| Register | Bits | Field | Description |\n|---|---|---|---|\n");
    for (unsigned k = 0; k < m->flds; k++) {
        char bits[16];
        regs_field_bits(&m->fld[k], bits, sizeof bits);
        printf("| %s | %s | %s | %s |\n", m->fld[k].reg, bits, m->fld[k].name, m->fld[k].doc);
    }
}

static uint32_t regs_reset(const regs_map_t *m, const reg_row_t *r, uint32_t element)
{
    return m->igb ? igb_reg_reset(r, element) : r->reset;
}

// Access, values and fields; of an array those of all elements (element < 0) or of one.
static void regs_facts(const regs_map_t *m, const reg_row_t *r, int64_t element)
{
    const uint32_t reset = element < 0 ? r->reset : regs_reset(m, r, (uint32_t)element);
    char bits[16];
    printf("  access    %s\n", REGS_ACCESS[r->access]);
    printf("  reset     %08X", reset);
    for (uint32_t i = 0; element < 0 && i < r->count; i++)
        if (regs_reset(m, r, i) != reset) printf(", of element %u %08X", i, regs_reset(m, r, i));
    printf("%s\n", r->keep ? " at power-on; kept over a software reset" : "");
    printf("  writable  %08X\n", r->wmask);
    bool heading = false;
    for (unsigned k = 0; k < m->flds; k++) {
        const fld_row_t *f = &m->fld[k];
        if (strcmp(f->reg, r->name) != 0) continue;
        if (!heading) printf("  %-8s %-10s %-8s %s\n", "bits", "field", "reset", "");
        heading = true;
        regs_field_bits(f, bits, sizeof bits);
        printf("  %-8s %-10s %-8X %s\n", bits, f->name,
               reset >> f->lsb & 0xFFFFFFFFu >> (32 - f->width), f->doc);
    }
}

static void regs_one(const regs_map_t *m, const reg_row_t *r, int64_t element)
{
    char off[32], name[32], text[64];
    unsigned at = 0;
    regs_offsets(r->off, r->stride, r->count, off);
    regs_name(r->name, r->count, name);
    printf("%s, offset %s: %s\n", name, off, r->doc);
    for (const igb_place_row_t *p; (p = regs_place(m, r, &at)); at++) {
        regs_offsets(p->off, p->stride, r->count, off);
        regs_place_text(p, text);
        printf("  also      %s: %s\n", off, text);
    }
    if (element >= 0) {
        uint32_t e = (uint32_t)element, here = r->off + e * r->stride;
        at = 0;
        for (const igb_place_row_t *p; (p = regs_place(m, r, &at)); at++)
            if (!p->alias && e >= p->first) here = p->off + (e - p->first) * p->stride;
        printf("  element   %u, offset %05X\n", e, here);
    }
    regs_facts(m, r, element);
}

static void regs_one_vf(const regs_map_t *m, const igb_vreg_row_t *v, int64_t element)
{
    const reg_row_t *r = regs_target(v);
    char off[32], name[32];
    regs_offsets(v->off, v->stride, v->count, off);
    regs_name(v->name, v->count, name);
    printf("%s, offset %s in the VF window: %s\n", name, off, v->doc);
    if (element >= 0)
        printf("  element   %u, offset %05X\n", (unsigned)element,
               v->off + (uint32_t)element * v->stride);
    printf("  in the PF %s: %s\n", r->name, REGS_KIND[v->kind].text);
    regs_facts(m, r, -1);
}

// ---- the verb ----------------------------------------------------------------------------------

// What a word stands for: a register of the PF, one of the VF window, or both by the same name.
typedef struct regs_hit {
    const reg_row_t *reg;
    const igb_vreg_row_t *vf;
    int64_t element; // -1: all
} regs_hit_t;

static const reg_row_t *regs_row(const regs_map_t *m, const char *name)
{
    for (unsigned k = 0; m->igb && k < REGS_ALSOS; k++)
        if (strcasecmp(REGS_ALSO[k].name, name) == 0) name = REGS_ALSO[k].reg;
    for (unsigned i = 0; i < m->regs; i++)
        if (strcasecmp(m->reg[i].name, name) == 0) return &m->reg[i];
    return NULL;
}

// A byte offset, into an array too.
static bool regs_at(const regs_map_t *m, unsigned long off, regs_hit_t *hit)
{
    for (unsigned i = 0; i < m->regs; i++) {
        const reg_row_t *r = &m->reg[i];
        if (m->igb && r->count > 1) continue; // its elements are where the places say
        const unsigned long end = r->off + (unsigned long)r->stride * r->count;
        if (off != r->off && (off < r->off || off >= end || (off - r->off) % r->stride)) continue;
        *hit = (regs_hit_t){r, NULL, r->count > 1 ? (int64_t)((off - r->off) / r->stride) : -1};
        return true;
    }
    if (!m->igb || off % 4 || off > UINT32_MAX) return false;
    const igb_at_t at = igb_reg_at((uint32_t)off);
    if (!at.valid) return false;
    const reg_row_t *r = igb_reg_row(at.reg);
    *hit = (regs_hit_t){r, NULL, r->count > 1 ? (int64_t)at.element : -1};
    return true;
}

// NAME, NAME[INDEX], or a byte offset in hex with or without 0x. An index is not looked at.
static bool regs_find(const regs_map_t *m, const char *text, regs_hit_t *hit)
{
    char name[32], *end;
    *hit = (regs_hit_t){.element = -1};
    const size_t len = strcspn(text, "[");
    if (len >= sizeof name) return false;
    memcpy(name, text, len);
    name[len] = '\0';
    if (text[len]) {
        hit->element = (int64_t)strtoul(text + len + 1, &end, 0);
        if (end == text + len + 1 || strcmp(end, "]") != 0 || hit->element > UINT32_MAX)
            return false;
    }
    hit->reg = regs_row(m, name);
    for (unsigned i = 0; m->igb && i < igb_vreg_row_count; i++)
        if (strcasecmp(igb_vreg_rows[i].name, name) == 0) hit->vf = &igb_vreg_rows[i];
    if (hit->reg || hit->vf) return true;
    const unsigned long off = strtoul(text, &end, 16);
    return end != text && !*end && regs_at(m, off, hit);
}

static int regs_unknown(const regs_map_t *m, const char *text)
{
    const regs_map_t other = regs_map(!m->igb);
    regs_hit_t hit;
    const char *names[1024];
    char upper[32];
    unsigned n = 0, i = 0;
    for (; i < m->regs && n < 900; i++) names[n++] = m->reg[i].name;
    for (i = 0; m->igb && i < igb_vreg_row_count && n < 1000; i++)
        names[n++] = igb_vreg_rows[i].name;
    names[n] = NULL;
    for (n = 0; text[n] && n + 1 < sizeof upper; n++) upper[n] = (char)toupper(text[n]);
    upper[n] = '\0';
    if (regs_find(&other, text, &hit)) {
        cli_message("no register '%s' in the %s; the %s has it: --nic %s", text, m->nic, other.nic,
                    other.nic);
        return CLI_USAGE;
    }
    const char *guess = options_guess(upper, names);
    cli_message("no register '%s'%s%s%s", text, guess ? "; did you mean " : "", guess ? guess : "",
                guess ? "?" : " (`moderato regs` lists them)");
    return CLI_USAGE;
}

static int regs_show(const regs_map_t *m, const char *text)
{
    regs_hit_t hit;
    if (!regs_find(m, text, &hit)) return regs_unknown(m, text);
    const bool reg = hit.reg && hit.element < (int64_t)hit.reg->count,
               vf = hit.vf && hit.element < (int64_t)hit.vf->count;
    const uint32_t count = hit.reg ? hit.reg->count : hit.vf->count;
    if (!reg && !vf) {
        cli_message("%s: there are elements 0 to %u", text, count - 1);
        return CLI_USAGE;
    }
    if (hit.element >= 0 && count == 1 && !vf) {
        cli_message("%s: the register is no array", text);
        return CLI_USAGE;
    }
    if (reg) regs_one(m, hit.reg, hit.element);
    if (reg && vf) printf("\n");
    if (vf) regs_one_vf(m, hit.vf, hit.element);
    return CLI_OK;
}

int regs_verb(cli_t *c)
{
    const regs_map_t m = regs_map(c->options.run.nic == NIC_82576);
    if (!c->operand) {
        if (c->options.markdown) regs_markdown(&m);
        else regs_list(&m, c->options.verbose > 0);
        return CLI_OK;
    }
    int status = CLI_OK;
    for (unsigned i = 0; i < c->operands && status == CLI_OK; i++) {
        if (i) printf("\n");
        status = regs_show(&m, c->all[i]);
    }
    return status;
}
