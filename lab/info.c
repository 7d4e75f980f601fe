// SPDX-License-Identifier: Apache-2.0
// `moderato info` and `moderato profiles`.
#include "lab/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int info_verb(cli_t *c)
{
    lab_options_t *o = &c->options;
    char err[LAB_ERR_LEN] = "", notes[LAB_NOTES_LEN], why[TRACE_ERR_LEN] = "";
    if (options_resolve(o, notes, err) != 0 || cli_probe_trace(o, NULL, 0, NULL, err) != 0) {
        cli_message("%s", err);
        return CLI_USAGE;
    }
    if (o->json && strcmp(o->json, "-") != 0 && !freopen(o->json, "w", stdout)) {
        cli_message("--json: %s: %s", o->json, strerror(errno));
        return CLI_USAGE;
    }
    if (trace_info(o->run.trace, &o->run.pace, o->json != NULL, why) == 0) return CLI_OK;
    cli_message("%s", why);
    return CLI_USAGE;
}

// ---- profiles ----------------------------------------------------------------------------------

static const struct {
    const char *key, *unit, *doc;
} PROFILE_ROWS[COST_COUNT] = {
#define COST(key, unit, min, max, doc) [COST_##key] = {#key, #unit, doc},
#include "hostbridge/costs.def"
#undef COST
};

// A source, folded at 80 columns under its row.
static void profiles_source(const char *text)
{
    int column = 0;
    while (*text) {
        int len = (int)strcspn(text, " ");
        if (column == 0 || column + 1 + len > 80) {
            if (column) putchar('\n');
            column = printf("%5s", "");
        }
        column += printf(" %.*s", len, text);
        text += len;
        while (*text == ' ') text++;
    }
    putchar('\n');
}

static void profiles_print(const profile_t *p)
{
    printf("%s: %s\n", p->name, p->title);
    printf("link: %s\n\n", link_kind_name((enum link_kind)p->link));
    printf("%-19s %8s %-6s %s\n", "COST", "VALUE", "UNIT", "MEANING; below it: SOURCE");
    for (int i = 0; i < COST_COUNT; i++) {
        printf("%-19s %8" PRIu64 " %-6s %s\n", PROFILE_ROWS[i].key, p->value[i],
               PROFILE_ROWS[i].unit, PROFILE_ROWS[i].doc);
        if (p->source[i][0]) profiles_source(p->source[i]);
    }
}

int profiles_verb(cli_t *c)
{
    const char *const *names = profile_names();
    char err[256] = "";
    int status = CLI_OK;
    profile_t *p = calloc(1, sizeof *p);
    if (!p) {
        cli_message("out of memory");
        return CLI_USAGE;
    }
    if (c->operand) {
        if (profile_load(p, c->operand, err) == 0) {
            profiles_print(p);
        } else {
            const char *guess = options_guess(c->operand, names);
            cli_message("%s%s%s%s", err, guess ? "; did you mean " : "", guess ? guess : "",
                        guess ? "?" : "");
            status = CLI_USAGE;
        }
    }
    for (; !c->operand && *names; names++) {
        if (profile_load(p, *names, err) != 0) {
            cli_message("%s", err);
            status = CLI_USAGE;
            continue;
        }
        printf("%-16s %s\n", *names, p->title);
    }
    free(p);
    return status;
}
