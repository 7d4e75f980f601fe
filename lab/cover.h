// SPDX-License-Identifier: Apache-2.0
// Functional coverage of the device, counted from its pins and meters: what has been reached, by
// name, whatever plays the device.
#ifndef MODERATO_COVER_H
#define MODERATO_COVER_H

#include "model/pins.h"

#include <jansson.h>
#include <stdio.h>

#define COVER_ERR_LEN 256
// From so many cycles of random stimulus on there is a built-in floor, and a higher one.
#define COVER_FLOOR_CYC      UINT64_C(2000000)
#define COVER_FLOOR_LONG_CYC UINT64_C(12000000)

typedef struct cover cover_t;

typedef struct cover_item {
    const char *group;
    const char *name;
    uint64_t count;
} cover_item_t;

// NULL: out of memory.
cover_t *cover_create(enum nic_personality nic);
// NULL is allowed.
void cover_destroy(cover_t *c);
// A fresh device begins at cycle 0; the counts go on.
void cover_restart(cover_t *c);
// The pins of cycle `now`.
void cover_cycle(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out);
void cover_jump(cover_t *c, uint64_t cycles);
void cover_probe(cover_t *c, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b);

// Items, those of a group one behind the other.
const cover_item_t *cover_items(const cover_t *c, unsigned *count);
// A group a line: reached, of. missing: and the names of what was not reached.
void cover_table(FILE *f, const cover_t *c, bool missing);
// {group: {item: count}}
json_t *cover_json(const cover_t *c);

// The floor: lines "N GROUP" (so many items at least) and "GROUP: ITEM" (this one), '#' comments.
// path NULL: the built-in one for random stimulus of so many
// cycles, COVER_FLOOR_CYC at least. Calls `fail` for every line that
// is not reached. Returns their number, or -1 with a message: the file cannot be read or names what
// there is not.
int cover_floor(const cover_t *c, const char *path, uint64_t cycles,
                void (*fail)(void *ctx, const char *text), void *ctx, char err[COVER_ERR_LEN]);

#endif
