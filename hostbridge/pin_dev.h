// SPDX-License-Identifier: Apache-2.0
// A device at its pins, whoever plays it: the C model (pin_dev_model.c), the Verilated RTL, two of
// them side by side (lockstep.h). pin_engine.h makes transfers of it.
//
// What another implementation has to provide, the Verilated RTL for one (hostbridge/rtl/): the
// functions of pin_dev_ops_t, and a constructor of the type pin_dev_create_fn. Of the pins it needs
// nothing but the pins. Beyond them, all without side effects:
//   tlp_addr  the flop of the host port that holds the address of the TLP on the pins, so that the
//             first beat tells all of the header
//   still     what `idle` counts (docs/cycle-contract.md, "Quiet and idle")
//   horizon   the counters listed there under "Jumping"; as down counters, 1 = ends in this tick:
//             the smallest running one minus 1
//   jump      all running counters minus n, those that end without a trace not below their end, and
//             the cycle counter plus n. Combinational outputs are evaluated anew
//   probes    the enum nic_probe events of each tick (the contract says of which cycle), told from
//             within tick(), in the order of enum nic_slot (model/wiring.h): fates first, causes last
//   peek      the registers named at its declaration
//   loopback  PHY loopback or RCTL.LBM = 3
//   stride    cycles a byte by STATUS.SPEED: 100, 10, 1
#ifndef MODERATO_PIN_DEV_H
#define MODERATO_PIN_DEV_H

#include "model/pins.h"

// Rows of rtl/nic_wave.def, and of rtl/nic_wave_82576.def.
enum {
#define WAVE(scope, name, width, c, rtl) NIC_WAVE_##scope##_##name,
#include "rtl/nic_wave.def"
#undef WAVE
    NIC_WAVES_82540EM
};
enum {
#define WAVE(scope, name, width, c, rtl) IGB_WAVE_##scope##_##name,
#include "rtl/nic_wave_82576.def"
#undef WAVE
    NIC_WAVES_82576,
    NIC_WAVES = NIC_WAVES_82576 > (int)NIC_WAVES_82540EM ? NIC_WAVES_82576 : (int)NIC_WAVES_82540EM
};

typedef struct pin_dev pin_dev_t;
typedef void pin_dev_probe_fn(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b);

typedef struct pin_dev_ops {
    void (*destroy)(pin_dev_t *d);
    // The first cycle whose clock edge has not come: 0 after power-good reset.
    uint64_t (*now)(const pin_dev_t *d);
    // Outputs in the present cycle: functions of the state only.
    nic_out_t (*out)(pin_dev_t *d);
    // The clock edge at the end of the present cycle.
    void (*tick)(pin_dev_t *d, const nic_in_t *in);
    // With idle = 1: how many cycles may be jumped over while the inputs rest, NIC_NEVER = any
    // number. With idle = 0: only whether it is NIC_NEVER has a meaning.
    uint64_t (*horizon)(const pin_dev_t *d);
    // As many clock edges, at most `horizon`, with idle = 1 and the inputs as in the last tick. In
    // the NIC_IdleCyc ticks before nothing was driven, no level changed, and no counter ended.
    void (*jump)(pin_dev_t *d, uint64_t cycles);
    // Who is told of what happens inside; NULL = nobody.
    void (*probe)(pin_dev_t *d, pin_dev_probe_fn *fn, void *ctx);
    // Of the TLP whose first beat is on the pins in the present cycle.
    uint64_t (*tlp_addr)(const pin_dev_t *d);
    bool (*still)(const pin_dev_t *d);
    bool (*loopback)(const pin_dev_t *d);
    unsigned (*stride)(const pin_dev_t *d);
    // Value of a register without side effects, by offset. At least ITR RDTR RADV TIDV TADV
    // RXFRAMES TXFRAMES MTCTL MTDLY TDH; 0 for what is not served.
    uint32_t (*peek)(const pin_dev_t *d, uint32_t off);
    // What a waveform shows beside the pins, in the order of the table of its personality, as visible in the present cycle.
    void (*waves)(const pin_dev_t *d, uint64_t value[NIC_WAVES]);
} pin_dev_ops_t;

// The first member of every implementation.
struct pin_dev {
    const pin_dev_ops_t *ops;
    const char *name; // "model", "rtl"
};

// A device after power-good reset at cycle 0. NULL: out of memory, or the implementation cannot be
// what cfg asks for (the RTL has personality, MAC address and autoneg_cyc as parameters of its
// build).
typedef pin_dev_t *pin_dev_create_fn(const nic_config_t *cfg);

// The C model behind its pins, visited in every cycle.
pin_dev_t *pin_dev_model(const nic_config_t *cfg);
// The Verilated RTL. Weak: there is one only in a program that was linked with it (`make rtl`).
pin_dev_t *pin_dev_rtl(const nic_config_t *cfg) __attribute__((weak));

// NULL is allowed.
static inline void pin_dev_destroy(pin_dev_t *d)
{
    if (d) d->ops->destroy(d);
}

#endif
