// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/engine.h"

#include "hostbridge/pin_engine.h"
#include "model/state.h"

#include <stdio.h>
#include <string.h>

// ---- the C model by its transfers --------------------------------------------------------------

static uint64_t model_next(void *nic)
{
    return nic_next(nic);
}

static uint64_t model_run(void *nic, uint64_t until)
{
    return nic_run(nic, until);
}

static void model_stop(void *nic)
{
    nic_stop(nic);
}

static void model_rx_frame(void *nic, uint64_t first_cyc, const uint8_t *bytes, uint32_t len,
                           bool fcs_good, bool er)
{
    nic_rx_frame(nic, first_cyc, bytes, len, fcs_good, er);
}

static uint64_t model_wire_free(void *nic)
{
    return nic_rx_wire_free(nic);
}

static unsigned model_stride(void *nic)
{
    return nic_wire_stride(nic);
}

static bool model_access(void *nic, uint64_t cyc, const nic_access_t *a)
{
    return nic_access(nic, cyc, a);
}

static void model_completion(void *nic, uint64_t first_cyc, uint8_t tag, const uint8_t *data,
                             uint32_t len)
{
    nic_completion(nic, first_cyc, tag, data, len);
}

static void model_partner(void *nic, uint64_t cyc, bool present, uint8_t speed, bool pause)
{
    nic_partner(nic, cyc, present, speed, pause);
}

static bool model_still(void *nic)
{
    const nic_t *n = nic;
    return nic_still(n) && n->in.access_get == n->in.access_put && n->in.lp_next.cyc == NIC_NEVER;
}

static bool model_counting(void *nic)
{
    return nic_counting(nic) != NIC_NEVER;
}

static uint32_t model_peek(void *nic, uint32_t off)
{
    return nic_peek(nic, off);
}

static uint64_t model_work(void *nic)
{
    return nic_visits(nic);
}

static void model_destroy(void *nic)
{
    nic_destroy(nic);
}

engine_t engine_of_model(nic_t *nic)
{
    return (engine_t){.nic = nic,
                      .time = {nic, model_next, model_run, model_stop},
                      .ops = {.nic = nic,
                              .rx_frame = model_rx_frame,
                              .wire_free = model_wire_free,
                              .stride = model_stride,
                              .access = model_access,
                              .completion = model_completion},
                      .partner = model_partner,
                      .still = model_still,
                      .counting = model_counting,
                      .peek = model_peek,
                      .work = model_work,
                      .destroy = model_destroy};
}

// ---- a device at its pins ----------------------------------------------------------------------

static void pins_partner(void *e, uint64_t cyc, bool present, uint8_t speed, bool pause)
{
    pin_engine_partner(e, cyc, present, speed, pause);
}

static bool pins_still(void *e)
{
    return pin_engine_still(e);
}

static bool pins_counting(void *e)
{
    const pin_dev_t *d = pin_engine_dev(e);
    return d->ops->horizon(d) != NIC_NEVER;
}

static uint32_t pins_peek(void *e, uint32_t off)
{
    const pin_dev_t *d = pin_engine_dev(e);
    return d->ops->peek(d, off);
}

static uint64_t pins_work(void *e)
{
    return pin_engine_ticked(e);
}

static void pins_destroy(void *e)
{
    pin_engine_destroy(e);
}

static bool create_pins(engine_t *to, pin_dev_t *dev, const engine_config_t *cfg,
                        const nic_host_t *host, const nic_late_t *late)
{
    pin_engine_t *e = dev ? pin_engine_create(dev, host, late, !cfg->no_jump) : NULL;
    if (!e) return false;
    *to = (engine_t){.nic = e,
                     .time = pin_engine_time(e),
                     .ops = pin_engine_ops(e),
                     .partner = pins_partner,
                     .still = pins_still,
                     .counting = pins_counting,
                     .peek = pins_peek,
                     .work = pins_work,
                     .destroy = pins_destroy};
    return true;
}

// ---- by name -----------------------------------------------------------------------------------

bool engine_available(const char *name, char err[ENGINE_ERR_LEN])
{
    if (strcmp(name, "model") == 0 || strcmp(name, "model-pins") == 0) return true;
    if (strcmp(name, "rtl") == 0) {
        if (pin_dev_rtl) return true;
        snprintf(err, ENGINE_ERR_LEN, "--engine rtl: this build has no RTL engine; see 'make rtl'");
        return false;
    }
    snprintf(err, ENGINE_ERR_LEN, "--engine %.80s: no such engine (model, model-pins, rtl)", name);
    return false;
}

bool engine_create(engine_t *e, const engine_config_t *cfg, const nic_host_t *host,
                   const nic_late_t *late)
{
    *e = (engine_t){0};
    if (cfg->dev) return create_pins(e, cfg->dev, cfg, host, late);
    if (strcmp(cfg->name, "model-pins") == 0)
        return create_pins(e, pin_dev_model(&cfg->nic), cfg, host, late);
    if (strcmp(cfg->name, "rtl") == 0 && pin_dev_rtl)
        return create_pins(e, pin_dev_rtl(&cfg->nic), cfg, host, late);
    nic_t *nic = nic_create(&cfg->nic, host);
    if (!nic) return false;
    *e = engine_of_model(nic);
    return true;
}

void engine_destroy(engine_t *e)
{
    if (e->nic) e->destroy(e->nic);
    *e = (engine_t){0};
}
