// SPDX-License-Identifier: Apache-2.0
// Text of an axis to its values.
#include "lab/sweep.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 axis_u128_t;

static int axis_fail(char err[LAB_ERR_LEN], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int axis_fail(char err[LAB_ERR_LEN], const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(err, LAB_ERR_LEN, fmt, args);
    va_end(args);
    return -1;
}

static int axis_add(sweep_axis_t *a, const char *value, char err[LAB_ERR_LEN])
{
    const char *name = option_rows[a->option].name;
    if (a->count >= SWEEP_POINTS_MAX)
        return axis_fail(err, "--axis %s: more than %u values", name, SWEEP_POINTS_MAX);
    if ((a->count & (a->count - 1)) == 0) { // grow at powers of two
        char **more = realloc(a->values, (a->count ? 2 * a->count : 1) * sizeof *more);
        if (!more) return axis_fail(err, "out of memory");
        a->values = more;
    }
    a->values[a->count] = strdup(value);
    if (!a->values[a->count]) return axis_fail(err, "out of memory");
    a->count++;
    return 0;
}

static int axis_add_number(sweep_axis_t *a, uint64_t v, char err[LAB_ERR_LEN])
{
    char buf[NUMBER_LEN];
    enum option_kind kind = option_rows[a->option].kind;
    if (kind == OPTION_TIME) number_format_time(buf, v);
    else number_format(buf, v, kind == OPTION_MILLI ? 3 : kind == OPTION_MICRO ? 6 : 0);
    return axis_add(a, buf, err);
}

// A step in the unit of the option; unlike a value it has no lower limit but must not be 0.
static bool axis_step(enum option_kind kind, const char *text, uint64_t *step)
{
    number_result_t got = kind == OPTION_TIME ? number_parse_time(text, step)
                                              : number_parse(text,
                                                             kind == OPTION_MILLI   ? 3
                                                             : kind == OPTION_MICRO ? 6
                                                                                    : 0,
                                                             step);
    return got == NUMBER_OK && *step > 0;
}

// FROM:TO:+STEP and FROM:TO:*FACTOR, both ends included if they are met.
static int axis_range(sweep_axis_t *a, char *item, char err[LAB_ERR_LEN])
{
    const option_row_t *row = &option_rows[a->option];
    char *to_text = strchr(item, ':'), *step_text = to_text ? strchr(to_text + 1, ':') : NULL;
    if (!options_is_number(a->option))
        return axis_fail(err, "--axis %s: not a number, so no range", row->name);
    if (!step_text || (step_text[1] != '+' && step_text[1] != '*')) {
        return axis_fail(err, "--axis %s: '%s': FROM:TO:+STEP or FROM:TO:*FACTOR expected",
                         row->name, item);
    }
    *to_text++ = '\0';
    *step_text++ = '\0';
    uint64_t from, to, step = 0, factor_ppm = 1000000;
    if (options_number(a->option, item, &from, err) != 0 ||
        options_number(a->option, to_text, &to, err) != 0) {
        return -1;
    }
    bool add = *step_text == '+';
    bool ok =
        add ? axis_step(row->kind, step_text + 1, &step)
            : number_parse(step_text + 1, 6, &factor_ppm) == NUMBER_OK && factor_ppm > 1000000;
    if (!ok) {
        return axis_fail(err, "--axis %s: '%s': a %s expected", row->name, step_text,
                         add ? "step above 0" : "factor above 1");
    }
    if (from > to) return axis_fail(err, "--axis %s: %s is above %s", row->name, item, to_text);
    if (!add && from == 0)
        return axis_fail(err, "--axis %s: a range with a factor cannot start at 0", row->name);
    for (axis_u128_t v = from; v <= to;) {
        if (axis_add_number(a, (uint64_t)v, err) != 0) return -1;
        axis_u128_t next = add ? v + step : v * factor_ppm / 1000000;
        v = next > v ? next : v + 1; // a small factor on a small number: the next whole unit
    }
    return 0;
}

// One item of a list: a value, or a range.
static int axis_item(sweep_axis_t *a, char *item, char err[LAB_ERR_LEN])
{
    enum option_kind kind = option_rows[a->option].kind;
    uint64_t ignored;
    if (kind != OPTION_TEXT && kind != OPTION_FILEWORD && strchr(item, ':'))
        return axis_range(a, item, err);
    if (!*item) return axis_fail(err, "--axis %s: an empty value", option_rows[a->option].name);
    // Texts are looked at when the point is put together.
    if (kind != OPTION_TEXT && kind != OPTION_FILEWORD &&
        options_number(a->option, item, &ignored, err) != 0) {
        return -1;
    }
    return axis_add(a, item, err);
}

int sweep_axis_parse(sweep_axis_t *a, const char *text, char err[LAB_ERR_LEN])
{
    bool negated = false;
    size_t len = strcspn(text, "=");
    memset(a, 0, sizeof *a);
    if (text[len] != '=' || len == 0)
        return axis_fail(err, "--axis %s: OPTION=LIST expected", text);
    size_t dashes =
        strspn(text, "-") < len ? strspn(text, "-") : 0; // --axis --itr=... is understood too
    int id = options_find(text + dashes, len - dashes, &negated);
    if (id < 0 || negated) {
        const char *names[OPT_COUNT + 1];
        char name[64];
        unsigned n = 0;
        for (int i = 0; i < OPT_COUNT; i++) {
            if (option_rows[i].key) names[n++] = option_rows[i].name;
        }
        names[n] = NULL;
        snprintf(name, sizeof name, "%.*s", (int)len, text);
        const char *guess = options_guess(name, names);
        return axis_fail(err, "--axis: no option '%s'%s%s%s", name, guess ? "; did you mean " : "",
                         guess ? guess : "", guess ? "?" : "");
    }
    if (!option_rows[id].key) {
        return axis_fail(err, "--axis: %s does not change the result: not an axis",
                         option_rows[id].name);
    }
    a->option = (enum option_id)id;
    char *copy = strdup(text + len + 1), *rest = copy;
    int result = copy ? 0 : axis_fail(err, "out of memory");
    while (rest && result == 0) result = axis_item(a, strsep(&rest, ","), err);
    free(copy);
    return result;
}

void sweep_axis_free(sweep_axis_t *a)
{
    for (size_t i = 0; i < a->count; i++) free(a->values[i]);
    free(a->values);
    memset(a, 0, sizeof *a);
}
