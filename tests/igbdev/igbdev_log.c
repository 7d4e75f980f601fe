// SPDX-License-Identifier: Apache-2.0
// The world's log as text.
#include "tests/igbdev/igbdev.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[400000];
static size_t used;

void dev_note(dev_world_t *w, const dev_access_t *e)
{
    if (w->log_n == w->log_cap) {
        w->log_cap = w->log_cap ? 2 * w->log_cap : 4096;
        w->log = realloc(w->log, w->log_cap * sizeof *w->log);
        if (!w->log) abort();
    }
    w->log[w->log_n++] = *e;
}

void dev_log_clear(dev_world_t *w)
{
    w->log_n = 0;
}

static void item(const char *s)
{
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? "; " : "", s);
    if (used >= sizeof text) used = sizeof text - 1;
}

static void one(const dev_access_t *e)
{
    char s[80], name[40];
    const reg_row_t *r = igb_reg_row(e->reg);

    if (r->count > 1) snprintf(name, sizeof name, "%s[%u]", r->name, e->element);
    else snprintf(name, sizeof name, "%s", r->name);
    switch (e->op) {
    case 'R': snprintf(s, sizeof s, "R %s", name); break;
    case 'W': snprintf(s, sizeof s, "W %s=%X", name, e->value); break;
    case 'E': snprintf(s, sizeof s, "NVM %02X", e->off); break;
    case 'M': snprintf(s, sizeof s, "PHY %X=%04X", e->off, e->value); break;
    case 'm': snprintf(s, sizeof s, "PHY %X", e->off); break;
    default: snprintf(s, sizeof s, "CFG %X=%X", e->off, e->value); break;
    }
    item(s);
}

// Runs that are shown as one. NULL: shown alone.
static const char *group(const dev_access_t *e)
{
    const reg_row_t *r = strchr("RW", e->op) ? igb_reg_row(e->reg) : NULL;

    if (!r) return NULL;
    switch (e->reg) {
    case IGB_R_RAL:
    case IGB_R_RAH: return "RA";
    case IGB_R_MTA:
    case IGB_R_UTA:
    case IGB_R_VFTA:
    case IGB_R_RETA:
    case IGB_R_RSSRK: return r->name;
    case IGB_R_RQDPC: return NULL;
    default: return r->owner == OWN_stats && !r->keep ? "stats" : NULL;
    }
}

// From entry i on; returns the last one of the run.
static unsigned run(const dev_world_t *w, unsigned func, unsigned i, const char *g)
{
    const char op = w->log[i].op;
    unsigned n = 0, next = i;
    char s[40];

    for (unsigned k = i; k < w->log_n; k++) {
        const dev_access_t *e = &w->log[k];
        const char *gk = group(e);
        if (e->func != func || e->quiet) continue;
        if (gk && !strcmp(gk, g) && e->op == op) {
            n++;
            next = k;
        } else if (e->op != 'R' || e->reg != IGB_R_STATUS) {
            break;
        } else if (k == next + 1) {
            next = k; // the flush after it
        }
    }
    snprintf(s, sizeof s, "%c %s x%u", op, g, n);
    item(s);
    return next;
}

const char *dev_log_text(dev_world_t *w, unsigned func)
{
    used = 0;
    text[0] = 0;
    for (unsigned i = 0; i < w->log_n; i++) {
        const dev_access_t *e = &w->log[i];
        if (e->func != func || e->quiet) continue;
        const char *g = group(e);
        if (g) i = run(w, func, i, g);
        else one(e);
    }
    return text;
}

unsigned dev_count(const dev_world_t *w, unsigned func, char op, uint16_t reg)
{
    unsigned n = 0;

    for (unsigned i = 0; i < w->log_n; i++) {
        const dev_access_t *e = &w->log[i];
        n += e->func == func && e->op == op && e->reg == reg;
    }
    return n;
}
