// SPDX-License-Identifier: Apache-2.0
// The device at its pins: one call a cycle. The definition that transfers are held to; the RTL has the same pins.
//
// How transfers expand to pins (docs/cycle-contract.md):
//   receive wire    rx_dv from the first preamble byte to the cycle of the last byte, rx_ce in the cycles of bytes; 8 bytes
//                   of preamble and SFD (any value), then the frame with FCS
//   transmit wire   the same with tx_en, tx_ce, txd; the preamble is 7 times 55h and D5h
//   requester       beats of host_port_beat() in consecutive cycles
//   completions     header beat as of a requester TLP (type 3, tag in bits 23:16, length in bits 44:32); then 8 bytes a beat, first byte in bits 7:0
//   register access one cycle; reads are answered CsrReadCyc later
#ifndef MODERATO_PINS_H
#define MODERATO_PINS_H

#include "model/nic.h"

typedef struct nic_in {
#define PIN_I(n, w, doc) uint64_t n;
#define PIN_O(n, w, doc)
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
} nic_in_t;

typedef struct nic_out {
#define PIN_I(n, w, doc)
#define PIN_O(n, w, doc) uint64_t n;
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
} nic_out_t;

typedef struct nic_pins nic_pins_t;

// A device after power-good reset at cycle 0; NULL when out of memory.
nic_pins_t *nic_pins_create(const nic_config_t *cfg);
void nic_pins_destroy(nic_pins_t *p);
// Outputs in the present cycle: functions of the state only.
nic_out_t nic_pins_out(const nic_pins_t *p);
// The clock edge at the end of the present cycle.
void nic_pins_tick(nic_pins_t *p, const nic_in_t *in);
// For how many cycles nothing but counters moves, when `idle` is 1 and the inputs rest: up to the tick in which the first
// counter of "Jumping" (docs/cycle-contract.md) ends. NIC_NEVER: none runs.
uint64_t nic_pins_horizon(const nic_pins_t *p);
// `cycles` clock edges at once, at most up to the horizon, with `idle` = 1 and the inputs as in the last tick.
void nic_pins_jump(nic_pins_t *p, uint64_t cycles);
// Who is told of what happens inside (nic_host_t.probe); NULL: nobody.
void nic_pins_probe(nic_pins_t *p,
                    void (*fn)(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a,
                               uint32_t b),
                    void *ctx);
// The TLP whose first beat is on the pins: its address, one cycle before it is on them.
uint64_t nic_pins_tlp_addr(const nic_pins_t *p);
// The device behind the pins (levels for meters and tests).
nic_t *nic_pins_nic(nic_pins_t *p);

#endif
