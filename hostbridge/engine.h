// SPDX-License-Identifier: Apache-2.0
// The C model as an engine: the two interfaces through which the host bridge drives a device,
// sim_engine_t (time) and nic_ops_t (transfers), bound to model/nic.h. The RTL has its own binding.
#ifndef MODERATO_ENGINE_H
#define MODERATO_ENGINE_H

#include "hostbridge/link.h"
#include "hostbridge/sim.h"
#include "model/nic.h"

static inline uint64_t engine_model_next(void *nic)
{
    return nic_next(nic);
}
static inline uint64_t engine_model_run(void *nic, uint64_t until)
{
    return nic_run(nic, until);
}
static inline void engine_model_stop(void *nic)
{
    nic_stop(nic);
}

static inline void engine_model_rx_frame(void *nic, uint64_t first_cyc, const uint8_t *bytes,
                                         uint32_t len, bool fcs_good, bool er)
{
    nic_rx_frame(nic, first_cyc, bytes, len, fcs_good, er);
}

static inline uint64_t engine_model_wire_free(void *nic)
{
    return nic_rx_wire_free(nic);
}
static inline unsigned engine_model_stride(void *nic)
{
    return nic_wire_stride(nic);
}

static inline bool engine_model_access(void *nic, uint64_t cyc, const nic_access_t *a)
{
    return nic_access(nic, cyc, a);
}

static inline void engine_model_completion(void *nic, uint64_t first_cyc, uint8_t tag,
                                           const uint8_t *data, uint32_t len)
{
    nic_completion(nic, first_cyc, tag, data, len);
}

// For sim_t.engine.
static inline sim_engine_t engine_model(nic_t *nic)
{
    return (sim_engine_t){nic, engine_model_next, engine_model_run, engine_model_stop};
}

// For link_attach() and wire_create().
static inline nic_ops_t engine_model_ops(nic_t *nic)
{
    return (nic_ops_t){.nic = nic,
                       .rx_frame = engine_model_rx_frame,
                       .wire_free = engine_model_wire_free,
                       .stride = engine_model_stride,
                       .access = engine_model_access,
                       .completion = engine_model_completion};
}

#endif
