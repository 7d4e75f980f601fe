// SPDX-License-Identifier: Apache-2.0
// A device at its pins, driven by transfers: the same sim_engine_t and nic_ops_t as the C model, and
// the same results to the picosecond.
//
// Inputs. Transfers handed in wait here and are put on the pins cycle by cycle
// (docs/cycle-contract.md, "The pins").
//
// Outputs. The C model calls out in tick t with what is on the pins from t + 1 on. After tick t the
// pins show exactly that, so nothing has to be known ahead: what begins to be visible is announced
// then, in the model's order (frame, INTx, TLP, reply). Of a TLP the first beat tells type, tag and
// length, and pin_dev_ops_t.tlp_addr the address, so that the host can take its link, find the
// cycle in which it is ready again, and queue a write at its place. What only later beats tell comes
// through nic_late_t:
//   payload   with the last beat, in cycle e. A write is visible to memory, and a message arrives,
//             in e at the earliest; e is looked at behind tick e - 1, and then the payload is here.
//   frame     when tx_en has fallen, in cycle e + 1. Nobody may answer before that (run_tap_t): the
//             answer of a peer stands in the queue of the wire before its first possible cycle.
// What differs from the C model: the order of events in timeline.json (not their times); a run that
// is given up while a frame is on the transmit wire counts it as sent, but not its bytes.
//
// Time. While `idle` is 1 and nothing is to be driven, cycles are jumped over up to the next counter
// that ends, the next transfer handed in, or the end of the batch; but not before NIC_IdleCyc cycles
// have been ticked behind a change of the inputs or the end of a counter, which `idle` does not see.
#ifndef MODERATO_PIN_ENGINE_H
#define MODERATO_PIN_ENGINE_H

#include "hostbridge/link.h"
#include "hostbridge/pin_dev.h"
#include "hostbridge/sim.h"

typedef struct pin_engine pin_engine_t;

// The device is the engine's from here on, also when NULL is returned (out of memory). host->probe
// is told what happens inside. jump = false: every cycle is ticked.
pin_engine_t *pin_engine_create(pin_dev_t *dev, const nic_host_t *host, const nic_late_t *late,
                                bool jump);
// NULL is allowed.
void pin_engine_destroy(pin_engine_t *e);

// For sim_t.engine, and for link_attach() and wire_create(). A frame whose fcs_good is false is sent
// with an FCS that is wrong (its last bit turned if need be).
sim_engine_t pin_engine_time(pin_engine_t *e);
nic_ops_t pin_engine_ops(pin_engine_t *e);
void pin_engine_partner(pin_engine_t *e, uint64_t cyc, bool present, uint8_t speed, bool pause);
// Nothing is under way: pin_dev_ops_t.still, no transfer waits, and the host is ready.
bool pin_engine_still(const pin_engine_t *e);

pin_dev_t *pin_engine_dev(const pin_engine_t *e);
// Cycles ticked one by one; and jumped over.
uint64_t pin_engine_ticked(const pin_engine_t *e);
uint64_t pin_engine_jumped(const pin_engine_t *e);

#endif
