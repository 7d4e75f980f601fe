// SPDX-License-Identifier: Apache-2.0
// The option table, and text to values.
#include "lab/options.h"

#include <stdarg.h>
#include <string.h>

// The names that the rows use.
enum {
    R = OPTION_FOR_REPLAY,
    S = OPTION_FOR_SWEEP,
    I = OPTION_FOR_INFO,
    G = OPTION_FOR_REGS,
    H = OPTION_FOR_HELP,
    L = OPTION_FOR_LOCKSTEP,
    C = OPTION_FOR_CONFIG_SPACE,
    M = OPTION_FOR_COMPARE,
    P = OPTION_FOR_REPRODUCE
};

const option_row_t option_rows[OPT_COUNT] = {
#define OPT(id, name, letter, kind, field, def, min, max, verbs, group, key, arg, help)            \
    [OPT_##id] = {name,                                                                            \
                  letter,                                                                          \
                  OPTION_##kind,                                                                   \
                  offsetof(lab_options_t, field),                                                  \
                  def,                                                                             \
                  min,                                                                             \
                  max,                                                                             \
                  verbs,                                                                           \
                  OPTION_##group,                                                                  \
                  key,                                                                             \
                  arg,                                                                             \
                  help},
#include "lab/options.def"
};

const option_choice_t option_choices[] = {
#define CHOICE(id, word, value, doc) {OPT_##id, word, value, doc, ~0u},
#define LATER(id, word)              {OPT_##id, word, 0, "", 0},
#include "lab/options.def"
    {OPT_COUNT, NULL, 0, NULL, 0}};

static const char *const OPTIONS_LATER[] = {
#define LATER_OPTION(name) name,
#include "lab/options.def"
};

// A row whose field has another size than its kind stores would corrupt its neighbours.
#define SIZE_COUNT32  4
#define SIZE_COUNT64  8
#define SIZE_MILLI    8
#define SIZE_MICRO    8
#define SIZE_TIME     8
#define SIZE_SWITCH   sizeof(bool)
#define SIZE_SWITCH32 4
#define SIZE_FLAG     sizeof(bool)
#define SIZE_NEGFLAG  sizeof(bool)
#define SIZE_LEVEL    4
#define SIZE_ENUM     4
#define SIZE_WORD     sizeof(char *)
#define SIZE_FILEWORD sizeof(char *)
#define SIZE_TEXT     sizeof(char *)
#define SIZE_LIST     (LAB_AXES_MAX * sizeof(char *))
#define OPT(id, name, letter, kind, field, ...)                                                    \
    _Static_assert(sizeof(((lab_options_t *)NULL)->field) == SIZE_##kind, name);
#include "lab/options.def"

static int options_fail(char err[LAB_ERR_LEN], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int options_fail(char err[LAB_ERR_LEN], const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(err, LAB_ERR_LEN, fmt, args);
    va_end(args);
    return -1;
}

static void *options_field(lab_options_t *o, enum option_id id)
{
    return (char *)o + option_rows[id].offset;
}

static bool options_has_choices(enum option_kind kind)
{
    return kind == OPTION_ENUM || kind == OPTION_WORD || kind == OPTION_FILEWORD;
}

static bool options_has_switch(enum option_kind kind)
{
    return kind == OPTION_SWITCH || kind == OPTION_SWITCH32 || kind == OPTION_FLAG ||
           kind == OPTION_NEGFLAG;
}

bool options_is_number(enum option_id id)
{
    enum option_kind kind = option_rows[id].kind;
    return kind <= OPTION_TIME;
}

static unsigned options_decimals(enum option_kind kind)
{
    return kind == OPTION_MILLI ? 3 : kind == OPTION_MICRO ? 6 : 0;
}

// ---- what is accepted --------------------------------------------------------------------------

static void options_number_text(enum option_kind kind, uint64_t v, char buf[NUMBER_LEN])
{
    if (kind == OPTION_TIME) number_format_time(buf, v);
    else number_format(buf, v, options_decimals(kind));
}

void options_range(enum option_id id, unsigned verbs, char *buf, size_t len)
{
    const option_row_t *row = &option_rows[id];
    buf[0] = '\0';
    if (options_is_number(id)) {
        char low[NUMBER_LEN], high[NUMBER_LEN];
        options_number_text(row->kind, row->min, low);
        options_number_text(row->kind, row->max, high);
        snprintf(buf, len, "%s .. %s", low, high);
    } else if (options_has_switch(row->kind)) {
        snprintf(buf, len, "on, off");
    } else if (options_has_choices(row->kind)) {
        size_t used = 0;
        for (const option_choice_t *c = option_choices; c->word; c++) {
            if (c->option != id || !(c->verbs & verbs) || used >= len) continue;
            int n = snprintf(buf + used, len - used, "%s%s", used ? ", " : "", c->word);
            used += n > 0 ? (size_t)n : 0;
        }
        if (row->kind == OPTION_FILEWORD && used < len)
            snprintf(buf + used, len - used, ", FILE.so");
    }
}

// ---- finding -----------------------------------------------------------------------------------

int options_find(const char *name, size_t len, bool *negated)
{
    *negated = false;
    for (int id = 0; id < OPT_COUNT; id++) {
        const option_row_t *row = &option_rows[id];
        if (strlen(row->name) == len && memcmp(row->name, name, len) == 0) return id;
        if (row->kind == OPTION_NEGFLAG && len > 3 && memcmp(name, "no-", 3) == 0 &&
            strlen(row->name) == len - 3 && memcmp(row->name, name + 3, len - 3) == 0) {
            *negated = true;
            return id;
        }
    }
    return -1;
}

int options_find_letter(char letter)
{
    for (int id = 0; id < OPT_COUNT; id++) {
        if (option_rows[id].letter == letter) return id;
    }
    return -1;
}

bool options_is_later(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof OPTIONS_LATER / sizeof OPTIONS_LATER[0]; i++) {
        if (strlen(OPTIONS_LATER[i]) == len && memcmp(OPTIONS_LATER[i], name, len) == 0)
            return true;
    }
    return false;
}

// ---- setting -----------------------------------------------------------------------------------

static int options_choice(enum option_id id, unsigned verb, const char *value, uint64_t *v,
                          char err[LAB_ERR_LEN])
{
    const char *words[32];
    size_t n = 0;
    bool later = false;
    char range[160];
    for (const option_choice_t *c = option_choices; c->word; c++) {
        if (c->option != id) continue;
        if (c->verbs & verb && n + 1 < sizeof words / sizeof words[0]) words[n++] = c->word;
        if (strcmp(c->word, value) != 0) continue;
        later = !(c->verbs & verb);
        *v = c->value;
        if (!later) return 0;
    }
    words[n] = NULL;
    options_range(id, verb, range, sizeof range);
    const char *name = option_rows[id].name;
    if (later) {
        return options_fail(err, "--%s: '%s' is not available in this version; available: %s", name,
                            value, range);
    }
    const char *guess = n > 1 ? options_guess(value, words) : NULL;
    return options_fail(err, "--%s: unknown value '%s'; available: %s%s%s%s", name, value, range,
                        guess ? " (did you mean " : "", guess ? guess : "", guess ? "?)" : "");
}

static int options_value(enum option_id id, unsigned verb, const char *value, uint64_t *v,
                         char err[LAB_ERR_LEN])
{
    const option_row_t *row = &option_rows[id];
    if (options_has_choices(row->kind)) return options_choice(id, verb, value, v, err);
    if (options_has_switch(row->kind)) {
        *v = strcmp(value, "on") == 0;
        if (*v || strcmp(value, "off") == 0) return 0;
        return options_fail(err, "--%s: '%s': on or off expected", row->name, value);
    }
    char range[2 * NUMBER_LEN + 8];
    unsigned decimals = options_decimals(row->kind);
    number_result_t got =
        row->kind == OPTION_TIME ? number_parse_time(value, v) : number_parse(value, decimals, v);
    if (got == NUMBER_OK && *v >= row->min && *v <= row->max) return 0;
    options_range(id, verb, range, sizeof range);
    if (got == NUMBER_OK || got == NUMBER_TOO_BIG) {
        return options_fail(err, "--%s: '%s' is out of range: %s", row->name, value, range);
    }
    if (got == NUMBER_TOO_FINE && decimals > 0) {
        return options_fail(err, "--%s: '%s': at most %u decimals", row->name, value, decimals);
    }
    const char *what = row->kind == OPTION_TIME ? "a time (ns, us, ms, s)"
                       : decimals               ? "a number"
                                                : "a whole number";
    return options_fail(err, "--%s: '%s': %s expected, %s", row->name, value, what, range);
}

int options_number(enum option_id id, const char *value, uint64_t *v, char err[LAB_ERR_LEN])
{
    return options_value(id, OPTION_FOR_REPLAY, value, v, err);
}

// Stores a number in the width of its kind.
static void options_store(lab_options_t *o, enum option_id id, uint64_t v)
{
    void *field = options_field(o, id);
    uint32_t v32 = (uint32_t)v;
    switch (option_rows[id].kind) {
    case OPTION_SWITCH:
    case OPTION_FLAG:
    case OPTION_NEGFLAG: *(bool *)field = v != 0; break;
    case OPTION_COUNT32:
    case OPTION_SWITCH32:
    case OPTION_LEVEL:
    case OPTION_ENUM: memcpy(field, &v32, sizeof v32); break;
    default: memcpy(field, &v, sizeof v); break;
    }
}

// NAME of the choices, or a file name: something with a slash, or ending in .so.
static int options_set_fileword(enum option_id id, unsigned verb, const char *value,
                                char err[LAB_ERR_LEN])
{
    uint64_t ignored;
    size_t len = strlen(value);
    if (strchr(value, '/') || (len > 3 && strcmp(value + len - 3, ".so") == 0)) return 0;
    return options_choice(id, verb, value, &ignored, err);
}

int options_set(lab_options_t *o, enum option_id id, const char *value, char err[LAB_ERR_LEN])
{
    const option_row_t *row = &option_rows[id];
    uint64_t v = 0;
    switch (row->kind) {
    case OPTION_LIST:
        if (o->axes == LAB_AXES_MAX) {
            return options_fail(err, "--%s: at most %d of them", row->name, LAB_AXES_MAX);
        }
        o->axis[o->axes++] = value;
        break;
    case OPTION_LEVEL: o->verbose++; break;
    case OPTION_TEXT:
    case OPTION_WORD:
    case OPTION_FILEWORD:
        if (!*value) return options_fail(err, "--%s: a value is missing", row->name);
        if (row->kind == OPTION_WORD && options_choice(id, o->verb, value, &v, err) != 0) return -1;
        if (row->kind == OPTION_FILEWORD && options_set_fileword(id, o->verb, value, err) != 0)
            return -1;
        memcpy(options_field(o, id), &value, sizeof value);
        break;
    default:
        if (options_value(id, o->verb, value, &v, err) != 0) return -1;
        options_store(o, id, v);
    }
    o->given[id] = true;
    return 0;
}

void options_defaults(lab_options_t *o)
{
    char err[LAB_ERR_LEN];
    memset(o, 0, sizeof *o);
    o->verb = OPTION_FOR_REPLAY;
    run_config_defaults(&o->run);
    for (int i = 0; i < OPT_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        const option_row_t *row = &option_rows[id];
        if (row->kind == OPTION_LEVEL || row->kind == OPTION_LIST) continue;
        if (*row->def) {
            // A default that its own rules refuse is a mistake in options.def; the options test
            // shows it.
            if (options_set(o, id, row->def, err) != 0) fprintf(stderr, "moderato: %s\n", err);
        } else {
            options_store(o, id, row->kind == OPTION_COUNT32 ? RUN_UNSET : 0);
        }
    }
    memset(o->given, 0, sizeof o->given);
}
