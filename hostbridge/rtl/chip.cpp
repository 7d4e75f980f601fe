// SPDX-License-Identifier: Apache-2.0
// From the functions of a pin device to those of a chip, and which chip it is.
#include "hostbridge/rtl/chips.h"

namespace
{

chip *of(const pin_dev_t *d)
{
    return reinterpret_cast<const verilated *>(d)->chip;
}

void destroy(pin_dev_t *d)
{
    delete of(d);
}

uint64_t now(const pin_dev_t *d)
{
    return of(d)->now;
}

nic_out_t out(pin_dev_t *d)
{
    return of(d)->out();
}

void tick(pin_dev_t *d, const nic_in_t *in)
{
    of(d)->tick(in);
}

uint64_t horizon(const pin_dev_t *d)
{
    return of(d)->horizon();
}

void jump(pin_dev_t *d, uint64_t cycles)
{
    of(d)->jump(cycles);
}

void probe(pin_dev_t *d, pin_dev_probe_fn *fn, void *ctx)
{
    of(d)->probe = fn;
    of(d)->probe_ctx = ctx;
}

uint64_t tlp_addr(const pin_dev_t *d)
{
    return of(d)->tlp_addr();
}

bool still(const pin_dev_t *d)
{
    return of(d)->still();
}

bool loopback(const pin_dev_t *d)
{
    return of(d)->loopback();
}

unsigned stride(const pin_dev_t *d)
{
    static const unsigned cycles[4] = {NIC_Stride10, NIC_Stride100, NIC_Stride1000, NIC_Stride1000};
    return cycles[of(d)->speed() & 3];
}

uint32_t peek(const pin_dev_t *d, uint32_t off)
{
    return of(d)->peek(off);
}

void waves(const pin_dev_t *d, uint64_t value[NIC_WAVES])
{
    of(d)->waves(value);
}

const pin_dev_ops_t OPS = {
    destroy, now, out, tick, horizon, jump, probe, tlp_addr, still, loopback, stride, peek, waves,
};

} // namespace

pin_dev_t *chip::device()
{
    face.dev.ops = &OPS;
    face.dev.name = "rtl";
    face.chip = this;
    return &face.dev;
}

extern "C" pin_dev_t *pin_dev_rtl(const nic_config_t *cfg)
{
    return (cfg->personality == NIC_82576 ? new_82576(cfg) : new_82540em(cfg))->device();
}
