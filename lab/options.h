// SPDX-License-Identifier: Apache-2.0
// The options of the command line as data: the rows of lab/options.def, the values they fill in,
// the rules between them.
#ifndef MODERATO_OPTIONS_H
#define MODERATO_OPTIONS_H

#include "hostbridge/credit.h"
#include "hostbridge/testbed.h"
#include "lab/number.h"

#include <jansson.h>
#include <stdio.h>

#define LAB_ERR_LEN   512
#define LAB_NOTES_LEN 8192
#define LAB_AXES_MAX  16

enum option_id {
#define OPT(id, ...) OPT_##id,
#include "lab/options.def"
    OPT_COUNT
};

enum option_kind {
    OPTION_COUNT32,
    OPTION_COUNT64,
    OPTION_MILLI,
    OPTION_MICRO,
    OPTION_TIME,
    OPTION_SWITCH,
    OPTION_SWITCH32,
    OPTION_FLAG,
    OPTION_NEGFLAG,
    OPTION_LEVEL,
    OPTION_ENUM,
    OPTION_WORD,
    OPTION_FILEWORD,
    OPTION_TEXT,
    OPTION_LIST,
};

enum option_group {
    OPTION_TRAFFIC,
    OPTION_MODERATION,
    OPTION_DEVICE,
    OPTION_LOCKSTEP,
    OPTION_OUTPUT,
    OPTION_GROUPS
};

// Verbs, as bits: who takes an option.
enum {
    OPTION_FOR_REPLAY = 1,
    OPTION_FOR_SWEEP = 2,
    OPTION_FOR_INFO = 4,
    OPTION_FOR_REGS = 8,
    OPTION_FOR_HELP = 16,
    OPTION_FOR_LOCKSTEP = 32,
    OPTION_FOR_CONFIG_SPACE = 64,
    OPTION_FOR_COMPARE = 128,
    OPTION_FOR_REPRODUCE = 256,
};

enum lab_jump { LAB_JUMP_ON, LAB_JUMP_OFF, LAB_JUMP_CHECK };

// --function: 0 is the PF, 1 + n is VF n.
enum { LAB_FUNCTION_ALL = 255 };

// What a command line asks for.
typedef struct lab_options {
    unsigned verb; // OPTION_FOR_*: whose options these are
    run_config_t run;
    const char *axis[LAB_AXES_MAX];
    unsigned axes;
    const char *csv, *json, *out; // NULL: not given
    const char *paths, *plot;     // of compare
    const char *wave;             // NULL: not given
    const char *wave_file;
    uint64_t timeline_events;
    uint64_t cycles;             // of lockstep
    const char *against, *floor; // NULL: not given
    uint32_t jump;               // enum lab_jump
    uint32_t function;           // LAB_FUNCTION_ALL, or a function
    uint32_t jobs, verbose;
    bool quiet, markdown, man;
    bool given[OPT_COUNT];
} lab_options_t;

typedef struct option_row {
    const char *name;
    char letter;
    enum option_kind kind;
    size_t offset; // in lab_options_t
    const char *def;
    uint64_t min, max;
    unsigned verbs;
    enum option_group group;
    const char *key, *arg, *help;
} option_row_t;

typedef struct option_choice {
    enum option_id option;
    const char *word;
    uint32_t value;
    const char *doc;
    unsigned verbs; // who takes it; 0: named by the design, refused by this version
} option_choice_t;

extern const option_row_t option_rows[OPT_COUNT];
extern const option_choice_t option_choices[]; // ends with word == NULL

// All options at their defaults, nothing given; as options of replay.
void options_defaults(lab_options_t *o);
// The option called `name` (length len, without dashes), or -1. *negated: it was the no- form of a
// NEGFLAG.
int options_find(const char *name, size_t len, bool *negated);
int options_find_letter(char letter);
// True for the name of an option that is in the design but not in this version.
bool options_is_later(const char *name, size_t len);
// Sets an option from text; `value` is kept by reference. 0, or -1 with a message naming the
// option.
int options_set(lab_options_t *o, enum option_id id, const char *value, char err[LAB_ERR_LEN]);
// The value of a number option, or the value of a choice word of a run. 0, or -1 with a message naming
// the option.
int options_number(enum option_id id, const char *value, uint64_t *v, char err[LAB_ERR_LEN]);
bool options_is_number(enum option_id id);
// "1 .. 65535" or "on, off" or "none, echo": what options_set accepts from one of these verbs. "" for
// free text.
void options_range(enum option_id id, unsigned verbs, char *buf, size_t len);

// Rules between options; computes the effective values (adaptive off when an interval is named, the
// profile's socket buffer, ...). 0, or -1 with a message. `notes`: lines (with '\n') for the user
// about settings that do nothing.
int options_resolve(lab_options_t *o, char notes[LAB_NOTES_LEN], char err[LAB_ERR_LEN]);

// The value as it would be typed ("" when there is none); an integer kind is written into buf.
const char *options_text(const lab_options_t *o, enum option_id id, char buf[NUMBER_LEN]);
// A JSON string of any bytes: those that are not UTF-8 become question marks.
json_t *options_json_string(const char *s);
// As JSON: integer, real, boolean, string, or null when the driver's own value is in force.
json_t *options_json_value(const lab_options_t *o, enum option_id id);
// JSON "config": every option that can change the simulated result, and the version.
json_t *options_json(const lab_options_t *o);
// The effective configuration as a command line, folded at 80 columns.
void options_command(FILE *f, const lab_options_t *o, const char *verb);

// The word of `words` (NULL terminated) that `typed` may have been meant for, or NULL.
const char *options_guess(const char *typed, const char *const *words);

#endif
