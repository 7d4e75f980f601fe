// SPDX-License-Identifier: Apache-2.0
// An engine as the SystemC module takes it: made by name, so that one platform runs on either.
#ifndef MODERATO_NIC_ENGINE_H
#define MODERATO_NIC_ENGINE_H

#include "hostbridge/link.h"
#include "hostbridge/sim.h"

typedef struct nic_engine {
    void *self;
    sim_engine_t sim;
    nic_ops_t ops;
    void (*destroy)(void *self);
} nic_engine_t;

// A device that calls `host`, connected from cycle 1 on to a partner that can do 1000 Mb/s. name: "model". False: no such
// engine, or out of memory.
bool nic_engine_create(nic_engine_t *e, const char *name, const nic_config_t *cfg,
                       const nic_host_t *host);

#endif
