// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/pin_dev.h"

#include "model/state.h"

#include <stdlib.h>
#include <string.h>

typedef struct pin_dev_c {
    pin_dev_t dev;
    nic_pins_t *pins;
    nic_t *nic;
} pin_dev_c_t;

static const pin_dev_c_t *model_of(const pin_dev_t *d)
{
    return (const pin_dev_c_t *)d;
}

static void model_destroy(pin_dev_t *d)
{
    nic_pins_destroy(model_of(d)->pins);
    free(d);
}

static uint64_t model_now(const pin_dev_t *d)
{
    return nic_now(model_of(d)->nic);
}

static nic_out_t model_out(pin_dev_t *d)
{
    return nic_pins_out(model_of(d)->pins);
}

static void model_tick(pin_dev_t *d, const nic_in_t *in)
{
    nic_pins_tick(model_of(d)->pins, in);
}

static uint64_t model_horizon(const pin_dev_t *d)
{
    return nic_pins_horizon(model_of(d)->pins);
}

static void model_jump(pin_dev_t *d, uint64_t cycles)
{
    nic_pins_jump(model_of(d)->pins, cycles);
}

static void model_probe(pin_dev_t *d, pin_dev_probe_fn *fn, void *ctx)
{
    nic_pins_probe(model_of(d)->pins, fn, ctx);
}

static uint64_t model_tlp_addr(const pin_dev_t *d)
{
    return nic_pins_tlp_addr(model_of(d)->pins);
}

static bool model_still(const pin_dev_t *d)
{
    return nic_still(model_of(d)->nic);
}

static bool model_loopback(const pin_dev_t *d)
{
    return nic_loopback(model_of(d)->nic);
}

static unsigned model_stride(const pin_dev_t *d)
{
    return nic_wire_stride(model_of(d)->nic);
}

static uint32_t model_peek(const pin_dev_t *d, uint32_t off)
{
    return nic_peek(model_of(d)->nic, off);
}

static void waves_82540em(const nic_chip_t *c, uint64_t now, uint64_t *value)
{
    const uint64_t v[] = {
#define WAVE(scope, name, width, c_value, rtl) (uint64_t)(c_value),
#include "rtl/nic_wave.def"
#undef WAVE
    };
    memcpy(value, v, sizeof v);
}

static void waves_82576(const nic_82576_t *n, uint64_t now, uint64_t *value)
{
    const nic_chip_82576_t *c = &n->c;
    const uint64_t v[] = {
#define WAVE(scope, name, width, c_value, rtl) (uint64_t)(c_value),
#include "rtl/nic_wave_82576.def"
#undef WAVE
    };
    memcpy(value, v, sizeof v);
}

static void model_waves(const pin_dev_t *d, uint64_t value[NIC_WAVES])
{
    const nic_t *n = model_of(d)->nic;
    if (n->cfg.personality == NIC_82576) waves_82576(&n->igb, nic_now(n), value);
    else waves_82540em(&n->c, nic_now(n), value);
}

static const pin_dev_ops_t MODEL_OPS = {
    .destroy = model_destroy,
    .now = model_now,
    .out = model_out,
    .tick = model_tick,
    .horizon = model_horizon,
    .jump = model_jump,
    .probe = model_probe,
    .tlp_addr = model_tlp_addr,
    .still = model_still,
    .loopback = model_loopback,
    .stride = model_stride,
    .peek = model_peek,
    .waves = model_waves,
};

pin_dev_t *pin_dev_model(const nic_config_t *cfg)
{
    pin_dev_c_t *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->dev = (pin_dev_t){&MODEL_OPS, "model"};
    m->pins = nic_pins_create(cfg);
    if (!m->pins) {
        free(m);
        return NULL;
    }
    m->nic = nic_pins_nic(m->pins);
    return &m->dev;
}
