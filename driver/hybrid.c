// SPDX-License-Identifier: Apache-2.0
#include "driver/hybrid.h"

void hybrid_start(hybrid_t *s, uint32_t up_pps, uint32_t down_pps)
{
    *s = (hybrid_t){.up_pps = up_pps, .down_pps = down_pps};
}

bool hybrid_count(hybrid_t *s, uint64_t now_ns, uint32_t packets)
{
    const enum hybrid_mode mode = s->mode;
    const uint64_t ns = now_ns - s->since_ns;

    s->packets += packets;
    if (ns < HYBRID_WINDOW_NS) return false;
    s->pps = s->packets * 1000000000u / ns;
    s->since_ns = now_ns;
    s->packets = 0;
    s->windows++;
    if (s->pps >= s->up_pps) s->mode = HYBRID_NAPI;
    else if (s->pps <= s->down_pps) s->mode = HYBRID_DISABLE_ENABLE;
    return s->mode != mode;
}
