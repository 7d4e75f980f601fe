// SPDX-License-Identifier: Apache-2.0
// Reads profiles. One line each: `key = value`; `#` begins a comment line, a `[section]` is for the
// reader only.
//   base  = NAME           values that this profile does not give itself; first. Or a file, seen from
//                          the folder of this one
//   title = text
//   link  = ideal|pci33|pci66|pcie1-x1|pcie1-x4
//   KEY   = NUMBER UNIT ; source
#include "hostbridge/profile.h"

#include "hostbridge/link.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROFILE_ERR   256
#define PROFILE_LINE  512
#define PROFILE_DEPTH 4      // bases of bases
#define PROFILE_LINES 10000u // a file without end is none

typedef struct profile_row {
    const char *key, *unit;
    uint64_t min, max;
} profile_row_t;

static const profile_row_t profile_rows[COST_COUNT] = {
#define COST(key, unit, min, max, doc) {#key, #unit, min, max},
#include "hostbridge/costs.def"
#undef COST
};

typedef struct profile_reader {
    profile_t *p;
    const char *file;
    unsigned line;
    bool seen[COST_COUNT]; // in this file
    bool have[COST_COUNT]; // here or in a base
    bool have_link, seen_title, seen_link, begun;
    int depth;
    char *err;
} profile_reader_t;

__attribute__((format(printf, 2, 3))) static int profile_fail(const profile_reader_t *r,
                                                              const char *fmt, ...)
{
    va_list args;
    int n = r->line ? snprintf(r->err, PROFILE_ERR, "%s:%u: ", r->file, r->line)
                    : snprintf(r->err, PROFILE_ERR, "%s: ", r->file);
    if (n < 0 || n >= PROFILE_ERR) return -1;
    va_start(args, fmt);
    vsnprintf(r->err + n, (size_t)(PROFILE_ERR - n), fmt, args);
    va_end(args);
    return -1;
}

static int profile_read(profile_reader_t *r, const char *name);

static char *trim(char *s)
{
    while (*s == ' ' || *s == '\t') s++;
    size_t n = strlen(s);
    while (n > 0 && strchr(" \t\r\n", s[n - 1])) n--;
    s[n] = '\0';
    return s;
}

// ---- values ------------------------------------------------------------------------------------

static int profile_link(profile_reader_t *r, const char *value)
{
    if (r->seen_link) return profile_fail(r, "link: given twice");
    r->seen_link = true;
    for (int k = 0; k < LINK_KINDS; k++) {
        if (strcmp(value, link_kind_name((enum link_kind)k)) != 0) continue;
        r->p->link = k;
        r->have_link = true;
        return 0;
    }
    return profile_fail(
        r, "link: no link is called '%.40s' (ideal, pci33, pci66, pcie1-x1, pcie1-x4)", value);
}

// A profile that came with the program; NULL: there is none of that name.
static const profile_text_t *built_in(const char *name)
{
    for (const profile_text_t *t = profile_texts; t->name; t++)
        if (strcmp(name, t->name) == 0) return t;
    return NULL;
}

static int profile_base(profile_reader_t *r, const char *value)
{
    const char *slash = strrchr(r->file, '/');
    char path[PATH_MAX];
    if (r->begun) return profile_fail(r, "base: must be the first line");
    r->begun = true;
    if (r->depth == PROFILE_DEPTH) return profile_fail(r, "base: bases are nested too deep");
    profile_reader_t base = {.p = r->p, .err = r->err, .depth = r->depth + 1};
    if (slash && value[0] != '/' && !built_in(value)) {
        const int folder = (int)(slash + 1 - r->file);
        if (snprintf(path, sizeof path, "%.*s%s", folder, r->file, value) >= (int)sizeof path)
            return profile_fail(r, "base: %s", strerror(ENAMETOOLONG));
        value = path;
    }
    if (profile_read(&base, value) != 0) return -1;
    memcpy(r->have, base.have, sizeof r->have);
    r->have_link = base.have_link;
    return 0;
}

static int profile_cost(profile_reader_t *r, unsigned k, char *value)
{
    const profile_row_t *row = &profile_rows[k];
    if (r->seen[k]) return profile_fail(r, "%s: given twice", row->key);
    r->seen[k] = r->have[k] = true;
    char *source = strchr(value, ';');
    if (source) *source++ = '\0';
    value = trim(value);
    size_t digits = strspn(value, "0123456789");
    if (digits == 0) return profile_fail(r, "%s: '%.40s' is not a number", row->key, value);
    errno = 0;
    uint64_t n = strtoull(value, NULL, 10);
    const char *unit = trim(value + digits);
    if (strcmp(unit, row->unit) != 0) {
        return profile_fail(r, "%s: the unit is '%s', not '%.20s'", row->key, row->unit, unit);
    }
    if (errno == ERANGE || n < row->min || n > row->max) {
        return profile_fail(r, "%s: %.*s is out of range (%" PRIu64 " to %" PRIu64 " %s)", row->key,
                            digits < 24 ? (int)digits : 24, value, row->min, row->max, row->unit);
    }
    r->p->value[k] = n;
    snprintf(r->p->source[k], sizeof r->p->source[k], "%s", source ? trim(source) : r->file);
    return 0;
}

static int profile_key(profile_reader_t *r, const char *key, char *value)
{
    if (strcmp(key, "base") == 0) return profile_base(r, value);
    r->begun = true;
    if (strcmp(key, "link") == 0) return profile_link(r, value);
    if (strcmp(key, "title") == 0) {
        if (r->seen_title) return profile_fail(r, "title: given twice");
        r->seen_title = true;
        snprintf(r->p->title, sizeof r->p->title, "%s", value);
        return 0;
    }
    for (unsigned k = 0; k < COST_COUNT; k++) {
        if (strcmp(key, profile_rows[k].key) == 0) return profile_cost(r, k, value);
    }
    return profile_fail(r, "%.40s: no such key", key);
}

static int profile_line(profile_reader_t *r, const char *text)
{
    char line[PROFILE_LINE];
    r->line++;
    if ((size_t)snprintf(line, sizeof line, "%s", text) >= sizeof line) {
        return profile_fail(r, "line is longer than %d characters", PROFILE_LINE - 1);
    }
    char *s = trim(line);
    if (*s == '\0' || *s == '#' || *s == ';') return 0;
    if (*s == '[' && s[strlen(s) - 1] == ']') return 0;
    char *equals = strchr(s, '=');
    if (!equals) return profile_fail(r, "'%.40s': not of the form key = value", s);
    *equals = '\0';
    return profile_key(r, trim(s), trim(equals + 1));
}

// ---- files -------------------------------------------------------------------------------------

static int profile_stream(profile_reader_t *r, FILE *f)
{
    char line[PROFILE_LINE + 2];
    int result = 0;
    while (result == 0 && fgets(line, sizeof line, f))
        result = r->line < PROFILE_LINES
                     ? profile_line(r, line)
                     : profile_fail(r, "longer than %u lines: no profile", PROFILE_LINES);
    if (result == 0 && ferror(f)) {
        r->line = 0;
        result = profile_fail(r, "%s", strerror(errno));
    }
    return result;
}

static void profile_unknown(const profile_reader_t *r, int error)
{
    int n = snprintf(r->err, PROFILE_ERR, "%.100s: no such profile (there are", r->file);
    for (const char *const *name = profile_names(); *name && n > 0 && n < PROFILE_ERR; name++) {
        n += snprintf(r->err + n, (size_t)(PROFILE_ERR - n), " %s", *name);
    }
    if (n < 0 || n >= PROFILE_ERR) return;
    snprintf(r->err + n, (size_t)(PROFILE_ERR - n), ") and no such file: %s", strerror(error));
}

static int profile_read(profile_reader_t *r, const char *name)
{
    const profile_text_t *t = built_in(name);
    int result = 0;
    r->file = name;
    if (t) {
        for (const char *const *line = t->lines; *line && result == 0; line++)
            result = profile_line(r, *line);
        return result;
    }
    FILE *f = fopen(name, "re");
    if (!f) {
        profile_unknown(r, errno);
        return -1;
    }
    result = profile_stream(r, f);
    fclose(f);
    return result;
}

// ---- public ------------------------------------------------------------------------------------

int profile_load(profile_t *p, const char *name, char err[256])
{
    memset(p, 0, sizeof *p);
    profile_reader_t r = {.p = p, .err = err};
    err[0] = '\0';
    if (profile_read(&r, name) != 0) return -1;
    r.line = 0;
    for (unsigned k = 0; k < COST_COUNT; k++) {
        if (!r.have[k])
            return profile_fail(&r, "%s is missing (and there is no base)", profile_rows[k].key);
    }
    if (!r.have_link) return profile_fail(&r, "link is missing (and there is no base)");
    const char *slash = strrchr(name, '/');
    const char *last = slash ? slash + 1 : name;
    size_t n = strlen(last);
    if (n > 4 && strcmp(last + n - 4, ".ini") == 0) n -= 4;
    snprintf(p->name, sizeof p->name, "%.*s", n < 63 ? (int)n : 63, last);
    return 0;
}

const char *const *profile_names(void)
{
    return profile_text_names;
}
