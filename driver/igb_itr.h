// SPDX-License-Identifier: Apache-2.0
// Interrupt throttling of igb (interrupt-moderation §9.3) and igbvf (§9.4), one object a vector:
// ethtool settings, adaptive values, register words. Pure functions, no device. The classifier is
// that of e1000_itr.h.
//
// A value is in register units of EITR: quarters of a microsecond, of which the register keeps
// whole microseconds, bits 14:2. Smaller values interrupt more often.
#ifndef MODERATO_IGB_ITR_H
#define MODERATO_IGB_ITR_H

#include "driver/e1000_itr.h"

#define IGB_ITR_VALUE_LOWEST 56u
#define IGB_ITR_VALUE_LOW    196u
#define IGB_ITR_VALUE_BULK   980u
#define IGB_ITR_VALUE_START  648u
#define IGB_ITR_BULK_ENDS    1500u // bytes
#define IGBVF_ITR_START      488u

// What ethtool -C asks for, as igb keeps it: the modes, or microseconds << 2.
enum { IGB_ITR_OFF = 0, IGB_ITR_DYNAMIC = 1, IGB_ITR_CONSERVATIVE = 3 };

typedef struct igb_itr {
    uint32_t setting;
    uint32_t value;
    bool changed;                // to be written at the start of the vector's next interrupt
    enum e1000_itr_class rx, tx; // with one vector only
} igb_itr_t;

// rx-usecs or tx-usecs as a setting: 0, 1, 3 and 10 to 10000. -EINVAL for others. Above 8191 us the
// register wraps.
int igb_itr_from_usecs(uint32_t usecs, uint32_t *setting);
// Microseconds and nothing else, as many as the register has. -EINVAL above.
int igb_itr_literal(uint32_t usecs, uint32_t *setting);
uint32_t igb_itr_to_usecs(uint32_t setting);
// Takes a setting; the value starts anew and is to be written.
void igb_itr_set(igb_itr_t *s, uint32_t setting);
static inline bool igb_itr_dynamic(const igb_itr_t *s)
{
    return (s->setting & 3) != 0;
}

// One pass at the end of polling; nothing unless dynamic. True: the value changed. `mbps` is the
// link speed, 0 without a link: anything but 1000 asks for IGB_ITR_VALUE_BULK. By the mean size of
// packets: with several vectors, or with VFs. A vector without rx (tx) has zeros.
bool igb_itr_update_size(igb_itr_t *s, unsigned mbps, e1000_itr_load_t rx, e1000_itr_load_t tx);
// By traffic class: with one vector and no VFs.
bool igb_itr_update_class(igb_itr_t *s, unsigned mbps, e1000_itr_load_t rx, e1000_itr_load_t tx);

// What is written to EITR: the counters go on (CNT_IGNR), and 1 us is the least.
uint32_t igb_itr_reg(uint32_t value);

// ---- igbvf

typedef struct igbvf_itr {
    uint32_t requested; // 2 or 3, or interrupts/s; the two low bits not 0: dynamic
    uint32_t value;
    bool changed;
    bool repaired; // classify by class; false: as Linux 6.1 does
    enum e1000_itr_class class;
} igbvf_itr_t;

// The state after loading the driver: conservative, 488.
void igbvf_itr_start(igbvf_itr_t *s);
// rx-usecs: 0, 2, 3 and 10 to 10000. -EINVAL for others, which change nothing. The value is written
// at once (`changed` stays as it is). Rates whose two low bits are not 0 are taken for a mode
// later, and the value drifts.
int igbvf_itr_set_usecs(igbvf_itr_t *s, uint32_t usecs);
// Microseconds and nothing else, as many as the register has, and there the value stays. -EINVAL
// above.
int igbvf_itr_fix_usecs(igbvf_itr_t *s, uint32_t usecs);
// One pass. Linux 6.1 passes the value where the class belongs: no rule applies, the target is
// always 488, reached in steps of 122 upwards and at once downwards.
bool igbvf_itr_update(igbvf_itr_t *s, e1000_itr_load_t load);
// What is written to VTEITR: the plain value, so counters are loaded with 0 and a waiting interrupt
// is released. From 8192 us on it sets LLI_EN.
static inline uint32_t igbvf_itr_reg(uint32_t value)
{
    return value;
}

#endif
