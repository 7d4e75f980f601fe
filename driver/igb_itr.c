// SPDX-License-Identifier: Apache-2.0
#include "driver/igb_itr.h"

#include <errno.h>

#include "rtl/defs_82576.h"

#define US          4u // value of a microsecond
#define USECS_MIN   10u
#define USECS_MAX   10000u
#define WIRE        24u // preamble, FCS, gap of a packet
#define WIRE_MAX    3000u
#define MEDIUM_FROM 300u // sizes that get the most interrupts
#define MEDIUM_TO   1200u

int igb_itr_from_usecs(uint32_t usecs, uint32_t *setting)
{
    switch (usecs) {
    case IGB_ITR_OFF:
    case IGB_ITR_DYNAMIC:
    case IGB_ITR_CONSERVATIVE: *setting = usecs; return 0;
    default: break;
    }
    if (usecs < USECS_MIN || usecs > USECS_MAX) return -EINVAL;
    *setting = usecs * US;
    return 0;
}

int igb_itr_literal(uint32_t usecs, uint32_t *setting)
{
    if (usecs > FGET(IGB_EITR_INTERVAL, UINT32_MAX)) return -EINVAL;
    *setting = FPUT(IGB_EITR_INTERVAL, usecs);
    return 0;
}

uint32_t igb_itr_to_usecs(uint32_t setting)
{
    return setting <= IGB_ITR_CONSERVATIVE ? setting : setting / US;
}

void igb_itr_set(igb_itr_t *s, uint32_t setting)
{
    *s = (igb_itr_t){
        .setting = setting, .changed = true, .rx = E1000_ITR_LOWEST, .tx = E1000_ITR_LOWEST};
    s->value = igb_itr_dynamic(s) ? IGB_ITR_VALUE_START : setting;
}

static bool take(igb_itr_t *s, uint32_t value)
{
    if (value == s->value) return false;
    s->value = value;
    s->changed = true;
    return true;
}

static uint32_t mean(e1000_itr_load_t l)
{
    return l.packets ? l.bytes / l.packets : 0;
}

bool igb_itr_update_size(igb_itr_t *s, unsigned mbps, e1000_itr_load_t rx, e1000_itr_load_t tx)
{
    if (!igb_itr_dynamic(s)) return false;
    if (mbps != 1000) return take(s, IGB_ITR_VALUE_BULK);

    uint32_t size = mean(rx) > mean(tx) ? mean(rx) : mean(tx);
    if (size == 0) return false;
    size = size + WIRE < WIRE_MAX ? size + WIRE : WIRE_MAX;
    uint32_t value = size > MEDIUM_FROM && size < MEDIUM_TO ? size / 3 : size / 2;
    if (s->setting == IGB_ITR_CONSERVATIVE && value < IGB_ITR_VALUE_LOW) value = IGB_ITR_VALUE_LOW;
    return take(s, value);
}

static uint32_t class_value(enum e1000_itr_class class)
{
    switch (class) {
    case E1000_ITR_LOWEST: return IGB_ITR_VALUE_LOWEST;
    case E1000_ITR_LOW: return IGB_ITR_VALUE_LOW;
    case E1000_ITR_BULK: break;
    }
    return IGB_ITR_VALUE_BULK;
}

bool igb_itr_update_class(igb_itr_t *s, unsigned mbps, e1000_itr_load_t rx, e1000_itr_load_t tx)
{
    uint32_t value = IGB_ITR_VALUE_BULK;

    if (!igb_itr_dynamic(s)) return false;
    if (mbps == 1000) {
        s->tx = e1000_itr_classify_below(s->tx, tx, IGB_ITR_BULK_ENDS);
        s->rx = e1000_itr_classify_below(s->rx, rx, IGB_ITR_BULK_ENDS);
        enum e1000_itr_class class = s->rx > s->tx ? s->rx : s->tx;
        if (class == E1000_ITR_LOWEST && s->setting == IGB_ITR_CONSERVATIVE) class = E1000_ITR_LOW;
        value = class_value(class);
    }
    // Linux smooths rising values, max(value * old / (value + old / 4), value): that is always
    // `value`.
    return take(s, value);
}

uint32_t igb_itr_reg(uint32_t value)
{
    value &= FMASK(IGB_EITR_INTERVAL);
    return (value ? value : US) | FMASK(IGB_EITR_CNT_IGNR);
}

// ---- igbvf --------------------------------------------------------------------------------------

static uint32_t rate(uint32_t value)
{
    return 1000000000u / (256 * value);
}

void igbvf_itr_start(igbvf_itr_t *s)
{
    *s = (igbvf_itr_t){.requested = IGB_ITR_CONSERVATIVE, .value = IGBVF_ITR_START};
}

int igbvf_itr_set_usecs(igbvf_itr_t *s, uint32_t usecs)
{
    if (usecs == 2 || usecs == IGB_ITR_CONSERVATIVE) {
        s->value = IGBVF_ITR_START;
        s->requested = usecs;
        return 0;
    }
    if (usecs != 0 && (usecs < USECS_MIN || usecs > USECS_MAX)) return -EINVAL;
    s->value = usecs ? usecs * US : US;
    s->requested = rate(s->value);
    return 0;
}

int igbvf_itr_fix_usecs(igbvf_itr_t *s, uint32_t usecs)
{
    if (usecs > FGET(IGB_EITR_INTERVAL, UINT32_MAX)) return -EINVAL;
    s->value = usecs ? usecs * US : US;
    s->requested = 0;
    return 0;
}

bool igbvf_itr_update(igbvf_itr_t *s, e1000_itr_load_t load)
{
    uint32_t target = IGBVF_ITR_START;

    if (!(s->requested & 3)) return false;
    if (s->repaired) {
        s->class = e1000_itr_classify(s->class, load);
        if (s->class == E1000_ITR_LOWEST && s->requested == IGB_ITR_CONSERVATIVE)
            s->class = E1000_ITR_LOW;
        target = class_value(s->class);
    }
    if (target == s->value) return false;
    s->value = e1000_itr_step(s->value, target);
    s->changed = true;
    return true;
}
