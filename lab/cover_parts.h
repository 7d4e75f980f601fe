// SPDX-License-Identifier: Apache-2.0
// What the coverage of all personalities has in common: items, registers and their fields, wire, host and streams. A
// personality says which items there are and finds its own (cover_82540em.c, cover_82576.c).
#ifndef MODERATO_COVER_PARTS_H
#define MODERATO_COVER_PARTS_H

#include "lab/cover.h"

enum { COVER_MAX = 4096, COVER_NAME_LEN = 40, COVER_REPLIES = 4, COVER_ROWS = 512 };

// What a device was doing when it was reset.
enum cover_during {
    DURING_NOTHING,
    DURING_RX_FRAME,
    DURING_TX_FRAME,
    DURING_TLP,
    DURING_COMPLETION,
    DURING_READ,
    DURING_INTERRUPT,
    DURING_RESET,
    DURINGS
};

// The counting of a personality. `floor` is what any seed reaches in COVER_FLOOR_CYC cycles, `floor_long` in
// COVER_FLOOR_LONG_CYC, with some to spare.
typedef struct cover_kind {
    size_t own; // bytes of its state, zero at first
    void (*create)(cover_t *c);
    void (*restart)(cover_t *c);
    void (*cycle)(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out);
    void (*probe)(cover_t *c, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b);
    const char *floor, *floor_long;
} cover_kind_t;
extern const cover_kind_t cover_82540em, cover_82576;

// Registers by access class, so that a group is in one piece.
typedef struct cover_regs {
    const reg_row_t *row;
    const fld_row_t *fld;
    unsigned rows, flds;
    unsigned read, write, field; // first items
    uint16_t order[COVER_ROWS];  // of a row, behind the first item
    uint16_t *of_field;          // its row
    struct {
        uint32_t zero, one; // bits that were seen so
    } seen[COVER_ROWS];
    // reads that are not answered, by cycle
    int reply_row[COVER_REPLIES];
    uint64_t reply_cyc[COVER_REPLIES];
} cover_regs_t;

// A direction of the wire.
typedef struct cover_wire {
    unsigned speed; // items
    bool on, counted;
    uint64_t first;
} cover_wire_t;

typedef struct cover_pins {
    unsigned space_read, space_write, host, idle; // items
    cover_wire_t rx, tx;
    nic_in_t in; // of the cycle before
    uint64_t stall_cyc, access_cyc;
    uint64_t awaited; // bytes asked for
    uint64_t cpl_head, beat;
    bool reset_seen;
    uint64_t reset_cyc;
} cover_pins_t;

struct cover {
    const cover_kind_t *kind;
    void *own;
    cover_item_t item[COVER_MAX];
    char name[COVER_MAX][COVER_NAME_LEN];
    unsigned count;
    cover_regs_t regs;
    cover_pins_t pins;
};

// ---- items: their number ----

unsigned cover_add(cover_t *c, const char *group, const char *name);
unsigned cover_add_all(cover_t *c, const char *group, const char *const *names, unsigned n);
// Names are a word and numbers from 0 on.
unsigned cover_add_numbers(cover_t *c, const char *group, const char *word, unsigned n);

static inline void cover_hit(cover_t *c, unsigned item)
{
    c->item[item].count++;
}

// ---- items that all have ----

void cover_add_registers(cover_t *c, const reg_row_t *row, unsigned rows, const fld_row_t *fld,
                         unsigned flds);                  // and their fields
unsigned cover_add_during(cover_t *c, const char *group); // the first of its items
void cover_add_speeds(cover_t *c);
void cover_add_spaces(cover_t *c, unsigned spaces);
void cover_add_host(cover_t *c);
void cover_add_idle(cover_t *c);
// The first of them; by enum nic_fate, and by tag bits 2:0.
unsigned cover_add_fates(cover_t *c);
unsigned cover_add_tlps(cover_t *c);
// Causes: bits of ICR, in order.
unsigned cover_add_causes(cover_t *c, enum nic_personality nic, uint32_t *bits);
void cover_causes(cover_t *c, unsigned first, uint32_t all, uint32_t bits);

// ---- counting ----

// An access to an element of the row. A read is answered NIC_CsrReadCyc later: cover_reply(). One that is only awaited is not
// counted.
void cover_register_read(cover_t *c, uint64_t now, unsigned row);
void cover_await(cover_t *c, uint64_t now, unsigned row);
void cover_register_write(cover_t *c, unsigned row);
// The row whose value is on the pins, or -1.
int cover_reply(const cover_t *c, uint64_t now);
// The row was seen to have this value.
void cover_value(cover_t *c, unsigned row, uint32_t value);

// A reset is written in this cycle; first: what cover_add_during() began with.
void cover_reset(cover_t *c, unsigned first, uint64_t now, const nic_in_t *in,
                 const nic_out_t *out);
// Tag of the completion on the pins.
static inline unsigned cover_cpl_tag(const cover_t *c)
{
    return c->pins.cpl_head >> 16 & 0xFF;
}

#endif
