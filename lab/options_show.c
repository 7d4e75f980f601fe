// SPDX-License-Identifier: Apache-2.0
// Options back to text and JSON: what every run prints about itself.
#include "lab/options.h"

#include <ctype.h>
#include <string.h>

#define SHOW_COLUMNS 80

static uint64_t show_load(const lab_options_t *o, const option_row_t *row)
{
    const char *field = (const char *)o + row->offset;
    uint32_t v32;
    uint64_t v64;
    switch (row->kind) {
    case OPTION_SWITCH:
    case OPTION_FLAG:
    case OPTION_NEGFLAG: return *(const bool *)field;
    case OPTION_COUNT32:
    case OPTION_SWITCH32:
    case OPTION_LEVEL:
    case OPTION_ENUM: memcpy(&v32, field, sizeof v32); return v32;
    case OPTION_COUNT64:
    case OPTION_MILLI:
    case OPTION_MICRO:
    case OPTION_TIME: memcpy(&v64, field, sizeof v64); return v64;
    default: return 0;
    }
}

static const char *show_string(const lab_options_t *o, const option_row_t *row)
{
    const char *s = NULL;
    memcpy(&s, (const char *)o + row->offset, sizeof s);
    return s;
}

// False when nothing was chosen: another part's own value is in force.
static bool show_is_set(const lab_options_t *o, const option_row_t *row)
{
    switch (row->kind) {
    case OPTION_COUNT32:
    case OPTION_SWITCH32: return show_load(o, row) != RUN_UNSET;
    case OPTION_MILLI:
    case OPTION_MICRO: return show_load(o, row) != 0; // the pace that is not in force
    case OPTION_WORD:
    case OPTION_FILEWORD:
    case OPTION_TEXT: return show_string(o, row) != NULL;
    case OPTION_LIST: return false;
    default: return true;
    }
}

static const char *show_word(enum option_id id, uint64_t value)
{
    for (const option_choice_t *c = option_choices; c->word; c++) {
        if (c->option == id && c->verbs && c->value == value) return c->word;
    }
    return "";
}

const char *options_text(const lab_options_t *o, enum option_id id, char buf[NUMBER_LEN])
{
    const option_row_t *row = &option_rows[id];
    buf[0] = '\0';
    if (!show_is_set(o, row)) return buf;
    uint64_t v = show_load(o, row);
    switch (row->kind) {
    case OPTION_WORD:
    case OPTION_FILEWORD:
    case OPTION_TEXT: return show_string(o, row);
    case OPTION_ENUM: return show_word(id, v);
    case OPTION_SWITCH:
    case OPTION_SWITCH32:
    case OPTION_FLAG:
    case OPTION_NEGFLAG: return v ? "on" : "off";
    case OPTION_TIME: number_format_time(buf, v); break;
    case OPTION_MILLI: number_format(buf, v, 3); break;
    case OPTION_MICRO: number_format(buf, v, 6); break;
    default: number_format(buf, v, 0); break;
    }
    return buf;
}

// ---- JSON --------------------------------------------------------------------------------------

// A string of any bytes: JSON knows UTF-8 only, file names are whatever they are.
json_t *options_json_string(const char *s)
{
    json_t *j = json_string(s);
    if (j) return j;
    size_t len = strlen(s);
    char copy[1024];
    if (len >= sizeof copy) len = sizeof copy - 1;
    for (size_t i = 0; i < len; i++) copy[i] = (unsigned char)s[i] < 0x80 ? s[i] : '?';
    copy[len] = '\0';
    return json_string(copy);
}

json_t *options_json_value(const lab_options_t *o, enum option_id id)
{
    const option_row_t *row = &option_rows[id];
    if (!show_is_set(o, row)) return json_null();
    uint64_t v = show_load(o, row);
    char number[NUMBER_LEN];
    const char *word;
    switch (row->kind) {
    case OPTION_WORD:
    case OPTION_FILEWORD:
    case OPTION_TEXT: return options_json_string(show_string(o, row));
    case OPTION_ENUM:
        word = show_word(id, v);
        number_format(number, v, 0); // a word that is its value is a number: link_speed, not nic
        return strcmp(word, number) == 0 ? json_integer((json_int_t)v) : json_string(word);
    case OPTION_SWITCH:
    case OPTION_SWITCH32:
    case OPTION_FLAG:
    case OPTION_NEGFLAG: return json_boolean(v != 0);
    case OPTION_MILLI: return json_real((double)v / 1000);
    case OPTION_MICRO: return json_real((double)v / 1000000);
    default: return json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v);
    }
}

json_t *options_json(const lab_options_t *o)
{
    json_t *config = json_object();
    json_object_set_new(config, "version", json_string(MODERATO_VERSION));
    for (int i = 0; i < OPT_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        if (!option_rows[id].key) continue;
        json_object_set_new(config, option_rows[id].key, options_json_value(o, id));
    }
    return config;
}

// ---- the command line --------------------------------------------------------------------------

static bool show_is_plain(const char *s)
{
    if (!*s) return false;
    for (; *s; s++) {
        if (!isalnum((unsigned char)*s) && !strchr("-_./:,=+%@", *s)) return false;
    }
    return true;
}

// Puts an item on the line, or on the next one; quoted for the shell.
static void show_item(FILE *f, int *column, const char *option, const char *value)
{
    bool plain = !value || show_is_plain(value);
    int width =
        (int)(strlen(option) + (value ? strlen(value) + (option[0] != '\0') : 0)) + (plain ? 0 : 2);
    if (*column + 1 + width > SHOW_COLUMNS - 2) {
        fputs(" \\\n   ", f);
        *column = 3;
    }
    fprintf(f, " %s%s", option, value && *option ? " " : "");
    if (value && plain) fputs(value, f);
    if (value && !plain) {
        putc('\'', f);
        for (const char *s = value; *s; s++) fputs(*s == '\'' ? "'\\''" : (char[]){*s, '\0'}, f);
        putc('\'', f);
    }
    *column += 1 + width;
}

void options_command(FILE *f, const lab_options_t *o, const char *verb)
{
    int column = fprintf(f, "moderato %s", verb);
    show_item(f, &column, "", o->run.trace);
    for (int i = 0; i < OPT_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        const option_row_t *row = &option_rows[id];
        char buf[NUMBER_LEN], name[64];
        if (!row->key || !show_is_set(o, row)) continue;
        const char *text = options_text(o, id, buf);
        bool on = strcmp(text, "on") == 0;
        if (row->kind == OPTION_FLAG && !on) continue;
        bool bare = row->kind == OPTION_FLAG || row->kind == OPTION_NEGFLAG;
        snprintf(name, sizeof name, "--%s%s", row->kind == OPTION_NEGFLAG && !on ? "no-" : "",
                 row->name);
        show_item(f, &column, name, bare ? NULL : text);
    }
    putc('\n', f);
}
