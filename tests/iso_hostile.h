// SPDX-License-Identifier: Apache-2.0
// A VF in hostile hands: it writes and reads whatever its pins let it, gives the device rings and descriptors without sense,
// and resets itself in the middle. And the memory that it has, which knows what the VF has asked for.
#ifndef MODERATO_TESTS_ISO_HOSTILE_H
#define MODERATO_TESTS_ISO_HOSTILE_H

#include "tests/igb_bench.h"

enum { HOSTILE_PAST = 4096, HOSTILE_DESCS = 512 };

typedef struct hostile_span {
    uint64_t at;
    uint32_t len;
} hostile_span_t;

// What it has asked for, the last ones.
typedef struct hostile_past {
    hostile_span_t span[HOSTILE_PAST];
    uint32_t count;
} hostile_past_t;

typedef struct hostile {
    igb_bench_t *b;
    unsigned n; // it is VF n
    uint64_t rng;
    unsigned mood;
    bool endless[2];           // its transmit rings: no packet ends
    uint32_t reg[IGB_R_COUNT]; // of its rings, as it has written them
    uint64_t entry[IGB_MsixVf];
    hostile_past_t ring[2][2], heads[2], message[IGB_MsixVf], desc[2][2];
    uint64_t flr_cyc; // of the access
    bool silent[256]; // reads that must give 0, by number
    // counted
    uint64_t accesses, registers, configs, tables, rings, resets, fetched, written, read, messages,
        frames, slept;
} hostile_t;

void hostile_init(hostile_t *h, igb_bench_t *b, unsigned n, uint64_t seed);
// A few accesses. Without `nice` anything; otherwise what makes the VF work again.
void hostile_act(hostile_t *h);
void hostile_recover(hostile_t *h);
// The PF has reset it.
void hostile_gone(hostile_t *h);
// A TLP of this VF: NULL, or what is wrong about it. Of a read: what it brings.
const char *hostile_tlp(hostile_t *h, const nic_tlp_t *t, uint8_t *data);
// The answer to read `number`.
const char *hostile_answer(hostile_t *h, uint32_t number, uint32_t data);

#endif
