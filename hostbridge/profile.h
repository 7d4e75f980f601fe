// SPDX-License-Identifier: Apache-2.0
// Cost profiles: what CPU, memory and link operations take. hostbridge/costs.def names every cost
// once (key, unit, range, doc); hostbridge/profiles/NAME.ini gives values, each with its source.
// The built-in profiles are compiled in.
#ifndef MODERATO_PROFILE_H
#define MODERATO_PROFILE_H

#include <stdint.h>

enum profile_key {
#define COST(key, unit, min, max, doc) COST_##key,
#include "hostbridge/costs.def"
#undef COST
    COST_COUNT
};

typedef struct profile {
    char name[64];
    char title[128];
    uint64_t value[COST_COUNT]; // in the unit of its row
    char source[COST_COUNT][160];
    int link; // enum link_kind
} profile_t;

// Loads a built-in profile by name or an INI file by path. 0 or -1 with a message naming file, line
// and key.
int profile_load(profile_t *p, const char *name, char err[256]);
// Names of the built-in profiles, NULL terminated.
const char *const *profile_names(void);

// The built-in profiles as text, made from hostbridge/profiles/*.ini at build time; ends with a
// NULL name.
typedef struct profile_text {
    const char *name;
    const char *const *lines; // NULL terminated
} profile_text_t;
extern const profile_text_t profile_texts[];
extern const char *const profile_text_names[];

#endif
