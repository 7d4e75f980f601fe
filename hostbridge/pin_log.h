// SPDX-License-Identifier: Apache-2.0
// Reads transfers off the pins of a device, both directions, and keeps the last ones for people.
#ifndef MODERATO_PIN_LOG_H
#define MODERATO_PIN_LOG_H

#include "model/pins.h"

#include <stdio.h>

#define PIN_LOG_EVENTS 20u
#define PIN_LOG_LINE   160u

enum pin_event_kind {
    PIN_RX_FRAME,
    PIN_TX_FRAME,
    PIN_TLP,
    PIN_COMPLETION,
    PIN_ACCESS,
    PIN_REPLY,
    PIN_INTX,
    PIN_PARTNER
};

typedef struct pin_event {
    uint64_t cyc; // first beat
    enum pin_event_kind kind;
    bool ended;
    uint64_t
        head; // TLP, COMPLETION: first beat; ACCESS: space, write, byte enables, function; else the value
    uint64_t addr;
    uint32_t bytes; // so far
    uint32_t crc;   // of them
} pin_event_t;

typedef struct pin_log {
    enum nic_personality nic; // whose registers and tags they are
    pin_event_t event[PIN_LOG_EVENTS];
    uint64_t count;      // free running
    uint64_t open[2][2]; // number of the open event + 1: frame and stream, in and out
    uint64_t beat;       // of the TLP on the pins
    nic_in_t in;         // of the last cycle
    bool intx;
} pin_log_t;

// All zero is an empty log of the 82540EM. The pins of cycle `now`; cycles may be left out when nothing moves.
void pin_log_cycle(pin_log_t *l, uint64_t now, const nic_in_t *in, const nic_out_t *out);
// Events that are kept, the oldest is 0.
unsigned pin_log_count(const pin_log_t *l);
void pin_log_text(const pin_log_t *l, unsigned i, char line[PIN_LOG_LINE]);

#endif
