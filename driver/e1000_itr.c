// SPDX-License-Identifier: Apache-2.0
// Adaptive interrupt throttling of e1000, interrupt-moderation §9.1 and §9.2. Not covered: mode 1
// (lowest latency kept) and mode 4 ("simplified", rate by watchdog).
#include "driver/e1000_itr.h"

void e1000_itr_start(e1000_itr_t *s)
{
    // The first pass usually runs before the link is up and programs 4000/s; traffic then climbs in
    // steps.
    *s =
        (e1000_itr_t){.rate = E1000_ITR_START_RATE, .rx = E1000_ITR_LOWEST, .tx = E1000_ITR_LOWEST};
}

enum e1000_itr_class e1000_itr_classify_below(enum e1000_itr_class now, e1000_itr_load_t load,
                                              uint32_t bulk_ends)
{
    uint32_t p = load.packets, b = load.bytes;

    if (p == 0) return now;
    switch (now) {
    case E1000_ITR_LOWEST:
        if (b / p > 8000) return E1000_ITR_BULK; // jumbo frames or TSO
        if (p < 5 && b > 512) return E1000_ITR_LOW;
        break;
    case E1000_ITR_LOW:
        if (b > 10000) {
            if (b / p > 1200 || p < 10) return E1000_ITR_BULK; // covers "> 8000" of the table
            if (p > 35) return E1000_ITR_LOWEST;
        } else if (b / p > 2000) {
            return E1000_ITR_BULK;
        } else if (p <= 2 && b < 512) {
            return E1000_ITR_LOWEST;
        }
        break;
    case E1000_ITR_BULK:
        if (b > 25000) {
            if (p > 35) return E1000_ITR_LOW;
        } else if (b < bulk_ends) {
            return E1000_ITR_LOW;
        }
        break;
    }
    return now;
}

uint32_t e1000_itr_target(enum e1000_itr_class class)
{
    switch (class) {
    case E1000_ITR_LOWEST: return 70000;
    case E1000_ITR_LOW: return 20000;
    case E1000_ITR_BULK: break;
    }
    return E1000_ITR_BULK_RATE;
}

uint32_t e1000_itr_step(uint32_t rate, uint32_t target)
{
    if (target <= rate) return target;
    uint32_t up = rate + target / 4;
    return up < target ? up : target;
}

static enum e1000_itr_class classify_conservative(enum e1000_itr_class now, e1000_itr_load_t load)
{
    enum e1000_itr_class next = e1000_itr_classify(now, load);
    return next == E1000_ITR_LOWEST ? E1000_ITR_LOW : next;
}

bool e1000_itr_update(e1000_itr_t *s, unsigned mbps, e1000_itr_load_t rx, e1000_itr_load_t tx)
{
    uint32_t target = E1000_ITR_BULK_RATE;

    if (mbps == 1000) {
        s->tx = classify_conservative(s->tx, tx);
        s->rx = classify_conservative(s->rx, rx);
        target = e1000_itr_target(s->rx > s->tx ? s->rx : s->tx);
    }
    if (target == s->rate) return false;
    s->rate = e1000_itr_step(s->rate, target);
    return true;
}

uint32_t e1000_itr_from_rate(uint32_t rate)
{
    return rate ? (uint32_t)(1000000000u / ((uint64_t)rate * 256)) : 0;
}

uint64_t e1000_itr_from_usecs(uint32_t usecs)
{
    return ((uint64_t)usecs * 1000 + 128) / 256;
}

uint32_t e1000_itr_to_usecs(uint32_t itr)
{
    return (uint32_t)(((uint64_t)itr * 256 + 500) / 1000);
}

uint64_t e1000_delay_from_usecs(uint32_t usecs)
{
    return ((uint64_t)usecs * 1000 + 512) / 1024;
}

uint32_t e1000_delay_to_usecs(uint32_t reg)
{
    return (uint32_t)(((uint64_t)reg * 1024 + 500) / 1000);
}
