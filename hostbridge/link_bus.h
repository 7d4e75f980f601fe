// SPDX-License-Identifier: Apache-2.0
// How long things take on the link, and whose turn it is. Private to link.c and its tests.
#ifndef MODERATO_LINK_BUS_H
#define MODERATO_LINK_BUS_H

#include "hostbridge/link.h"

enum link_dir { LINK_UP = 0, LINK_DOWN = 1 }; // device to host, host to device

enum link_xfer {
    LINK_WRITE,     // up: posted write of the device, or interrupt message
    LINK_READ,      // up: read request of the device
    LINK_CPL,       // down: the data
    LINK_REG_WRITE, // down: register write
    LINK_REG_READ,  // down: register read
    LINK_REPLY,     // up: its data (PCI: part of LINK_REG_READ)
    LINK_INTX,      // up: INTx message (PCI: a wire, not on the bus)
};

typedef struct link_bus {
    enum link_kind kind;
    uint64_t byte_fs;    // PCIe: one byte
    uint64_t clk_ps;     // PCI: one bus clock, 0 otherwise
    uint64_t free_ps[2]; // by link_dir: start of the next transfer; PCI uses the first for both
} link_bus_t;

typedef struct link_cost {
    uint64_t span_ps; // start to last byte
    uint64_t hold_ps; // start to the next start
} link_cost_t;

typedef struct link_slot {
    uint64_t start_ps, end_ps; // end: after the last byte
} link_slot_t;

void link_bus_init(link_bus_t *b, enum link_kind kind);
// Zero for LINK_IDEAL. addr counts on PCI only (an odd start costs a data clock).
link_cost_t link_bus_cost(const link_bus_t *b, enum link_xfer what, uint64_t addr, uint32_t len);
// Takes the link for a transfer that is ready at at_ps, as soon as it is free.
link_slot_t link_bus_take(link_bus_t *b, enum link_dir dir, uint64_t at_ps, link_cost_t cost);

#endif
