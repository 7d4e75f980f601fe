// SPDX-License-Identifier: Apache-2.0
// Reports of the coverage, and the floor. What is counted: cover_parts.h.
#include "lab/cover_parts.h"

#include "lab/cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

// ---- reports -----------------------------------------------------------------------------------

const cover_item_t *cover_items(const cover_t *c, unsigned *count)
{
    *count = c->count;
    return c->item;
}

// One past the last item of the group that begins at `i`.
static unsigned group_end(const cover_t *c, unsigned i, unsigned *reached)
{
    const char *group = c->item[i].group;
    *reached = 0;
    for (; i < c->count && strcmp(c->item[i].group, group) == 0; i++)
        *reached += c->item[i].count != 0;
    return i;
}

void cover_table(FILE *f, const cover_t *c, bool missing)
{
    fprintf(f, "%-26s %7s %5s\n", "COVERAGE", "REACHED", "OF");
    for (unsigned i = 0, end, reached; i < c->count; i = end) {
        end = group_end(c, i, &reached);
        fprintf(f, "%-26s %7u %5u\n", c->item[i].group, reached, end - i);
        if (!missing || reached == end - i) continue;
        int column = fprintf(f, "    not:");
        for (unsigned k = i, left = end - i - reached; k < end; k++) {
            if (c->item[k].count) continue;
            const int len = (int)strlen(c->item[k].name);
            if (column + len + 2 > 80) column = fprintf(f, "\n       ") - 1;
            column += fprintf(f, " %s%s", c->item[k].name, --left ? "," : "");
        }
        putc('\n', f);
    }
}

json_t *cover_json(const cover_t *c)
{
    json_t *all = json_object();
    for (unsigned i = 0, end, reached; i < c->count; i = end) {
        end = group_end(c, i, &reached);
        json_t *group = json_object();
        for (unsigned k = i; k < end; k++)
            json_object_set_new(group, c->item[k].name, json_integer((json_int_t)c->item[k].count));
        json_object_set_new(all, c->item[i].group, group);
    }
    return all;
}

// ---- the floor ---------------------------------------------------------------------------------

typedef struct cover_check {
    const cover_t *c;
    void (*fail)(void *ctx, const char *text);
    void *ctx;
    int failed;
    char *err;
} cover_check_t;

static void below(cover_check_t *k, const char *text)
{
    k->failed++;
    if (k->fail) k->fail(k->ctx, text);
}

static int floor_count(cover_check_t *k, unsigned wanted, const char *group)
{
    for (unsigned i = 0, end, reached; i < k->c->count; i = end) {
        end = group_end(k->c, i, &reached);
        if (strcmp(k->c->item[i].group, group) != 0) continue;
        char text[128];
        snprintf(text, sizeof text, "%s: %u of at least %u", group, reached, wanted);
        if (reached < wanted) below(k, text);
        return 0;
    }
    return -1;
}

static int floor_item(cover_check_t *k, const char *group, const char *name)
{
    for (unsigned i = 0; i < k->c->count; i++) {
        const cover_item_t *item = &k->c->item[i];
        if (strcmp(item->group, group) != 0 || strcmp(item->name, name) != 0) continue;
        char text[128];
        snprintf(text, sizeof text, "%s: %s", group, name);
        if (item->count == 0) below(k, text);
        return 0;
    }
    return -1;
}

static int floor_line(cover_check_t *k, const char *where, unsigned number, char *line)
{
    line[strcspn(line, "#\r\n")] = '\0';
    char *end = line + strlen(line);
    while (end > line && isspace((unsigned char)end[-1])) *--end = '\0';
    while (isspace((unsigned char)*line)) line++;
    if (!*line) return 0;
    int rc;
    char *colon = strstr(line, ": ");
    if (isdigit((unsigned char)*line)) {
        char *group;
        const unsigned long wanted = strtoul(line, &group, 10);
        while (*group == ' ') group++;
        rc = floor_count(k, (unsigned)wanted, group);
    } else if (colon) {
        *colon = '\0';
        rc = floor_item(k, line, colon + 2);
        *colon = ':';
    } else {
        rc = -1;
    }
    if (rc != 0)
        snprintf(k->err, COVER_ERR_LEN,
                 "%s: line %u: '%.60s' is neither 'N GROUP' nor "
                 "'GROUP: ITEM' of the coverage table",
                 where, number, line);
    return rc;
}

static int floor_file(cover_check_t *k, const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f) {
        snprintf(k->err, COVER_ERR_LEN, "--floor: %s: %s", path, strerror(errno));
        return -1;
    }
    char line[256];
    int rc = 0;
    for (unsigned n = 1; rc == 0 && fgets(line, sizeof line, f); n++)
        rc = floor_line(k, path, n, line);
    if (rc == 0 && ferror(f)) {
        snprintf(k->err, COVER_ERR_LEN, "--floor: %s: %s", path, strerror(errno));
        rc = -1;
    }
    fclose(f);
    return rc;
}

int cover_floor(const cover_t *c, const char *path, uint64_t cycles,
                void (*fail)(void *ctx, const char *text), void *ctx, char err[COVER_ERR_LEN])
{
    cover_check_t k = {c, fail, ctx, 0, err};
    int rc = 0;
    if (path) {
        rc = floor_file(&k, path);
    } else {
        const char *at = cycles < COVER_FLOOR_LONG_CYC ? c->kind->floor : c->kind->floor_long;
        for (unsigned n = 1; rc == 0 && *at; n++) {
            char line[256];
            const size_t len = strcspn(at, "\n");
            snprintf(line, sizeof line, "%.*s", (int)len, at);
            rc = floor_line(&k, "built-in floor", n, line);
            at += len + (at[len] == '\n');
        }
    }
    return rc == 0 ? k.failed : -1;
}
