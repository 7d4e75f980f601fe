// SPDX-License-Identifier: Apache-2.0
// What plays the device in a run: the C model by its transfers ("model"), the C model behind its
// pins ("model-pins": every cycle, as slow as that is, and a check of the way through pins), or the
// Verilated RTL ("rtl", in a build that has it). Same inputs, same results.
#ifndef MODERATO_ENGINE_H
#define MODERATO_ENGINE_H

#include "hostbridge/link.h"
#include "hostbridge/pin_dev.h"
#include "hostbridge/sim.h"
#include "model/nic.h"

#define ENGINE_ERR_LEN 160

typedef struct engine {
    void *nic;
    sim_engine_t time; // for sim_t.engine
    nic_ops_t ops;     // for link_attach() and wire_create()
    void (*partner)(void *nic, uint64_t cyc, bool present, uint8_t speed, bool pause);
    // Levels, of the first cycle that has not been simulated.
    // Nothing is under way in the device, to it or from it (pulses and levels inside may still have
    // to spread: NIC_IdleCyc cycles at most).
    bool (*still)(void *nic);
    // A counter runs that will change something by itself ("Jumping" in docs/cycle-contract.md).
    bool (*counting)(void *nic);
    uint32_t (*peek)(void *nic, uint32_t off); // of pin_dev_ops_t.peek
    // Deterministic work: visits of modules, or cycles ticked.
    uint64_t (*work)(void *nic);
    void (*destroy)(void *nic);
} engine_t;

typedef struct engine_config {
    const char *name; // as of --engine
    // A device at its pins to be used instead; the engine's from then on. NULL: by name.
    pin_dev_t *dev;
    bool no_jump; // engines at the pins: tick every cycle
    nic_config_t nic;
} engine_config_t;

// Whether there is an engine of that name in this program; else false with a message that begins
// with "--engine".
bool engine_available(const char *name, char err[ENGINE_ERR_LEN]);
// A device after power-good reset at cycle 0. host and late are copied. False: out of memory.
bool engine_create(engine_t *e, const engine_config_t *cfg, const nic_host_t *host,
                   const nic_late_t *late);
// An engine that was not created is all zero: nothing happens.
void engine_destroy(engine_t *e);
// The binding of a device that is the C model; engine_destroy() destroys it.
engine_t engine_of_model(nic_t *nic);

#endif
