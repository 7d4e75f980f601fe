// SPDX-License-Identifier: Apache-2.0
// The mock's log as text.
#include "tests/mock/mock_os.h"
#include "tests/mock/mock_priv.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 400000

static char text[TEXT_MAX];
static size_t used;

static void item(const char *s)
{
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? "; " : "", s);
    if (used >= sizeof text) used = sizeof text - 1;
}

void mock_log_clear(os_dev_t *d)
{
    d->log_n = 0;
}

static void one(const mock_access_t *e)
{
    char s[80], name[40];
    uint32_t index = 0;
    const reg_row_t *r = mock_row(e->off, &index);

    if (r && r->count > 1) snprintf(name, sizeof name, "%s[%u]", r->name, index);
    else if (r) snprintf(name, sizeof name, "%s", r->name);
    else snprintf(name, sizeof name, "%05X", e->off);
    switch (e->op) {
    case 'R': snprintf(s, sizeof s, "R %s", name); break;
    case 'W': snprintf(s, sizeof s, "W %s=%X", name, e->value); break;
    case 'r': snprintf(s, sizeof s, "io R %u", e->off); break;
    case 'w': snprintf(s, sizeof s, "io W %u=%X", e->off, e->value); break;
    case 'E': snprintf(s, sizeof s, "EE %02X", e->off); break;
    case 'M': snprintf(s, sizeof s, "PHY %u=%04X", e->off, e->value); break;
    case 'm': snprintf(s, sizeof s, "PHY %u", e->off); break;
    case 'P': snprintf(s, sizeof s, "P %u", e->value); break;
    default: snprintf(s, sizeof s, "%c", e->op);
    }
    item(s);
}

const char *mock_log_text(os_dev_t *d)
{
    used = 0;
    text[0] = 0;
    for (unsigned i = 0; i < d->log_n; i++) {
        if (strchr("EMm", d->log[i].op)) continue;
        one(&d->log[i]);
    }
    return text;
}

// Runs that the digest shows as one: arrays (RAL and RAH together), statistics. NULL: shown alone.
static const char *group(const mock_access_t *e)
{
    uint32_t index;
    const reg_row_t *r = strchr("RW", e->op) ? mock_row(e->off, &index) : NULL;

    if (!r) return NULL;
    if (r->owner == OWN_stats) return "stats";
    if (r->count == 1) return NULL;
    return r->name[0] == 'R' ? "RA" : r->name;
}

const char *mock_log_digest(os_dev_t *d)
{
    used = 0;
    text[0] = 0;
    for (unsigned i = 0; i < d->log_n; i++) {
        const mock_access_t *e = &d->log[i];
        const char *g = group(e);
        unsigned n = 0, next = i;
        char s[40];
        if (e->quiet) continue;
        if (!g) {
            one(e);
            continue;
        }
        for (unsigned k = i; k < d->log_n; k++) {
            const char *gk = group(&d->log[k]);
            if (gk && !strcmp(gk, g) && d->log[k].op == e->op) {
                n++;
                next = k;
            } else if (d->log[k].op != 'R' || d->log[k].off != E1000_STATUS) {
                break;
            } else if (k == next + 1) {
                next = k; // the flush after it
            }
        }
        snprintf(s, sizeof s, "%c %s x%u", e->op, g, n);
        item(s);
        i = next;
    }
    return text;
}

unsigned mock_count(const os_dev_t *d, char op, uint32_t off)
{
    unsigned n = 0;

    for (unsigned i = 0; i < d->log_n; i++) n += d->log[i].op == op && d->log[i].off == off;
    return n;
}
