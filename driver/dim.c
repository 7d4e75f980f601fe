// SPDX-License-Identifier: Apache-2.0
#include "driver/dim.h"

#define DIFFERS_PERCENT 10u

enum verdict { WORSE, SAME, BETTER };

dim_profile_t dim_profile(enum dim_mode mode, uint32_t profile)
{
    static const dim_profile_t profiles[][DIM_PROFILES] = {
        [DIM_EQE] = {{1, 256}, {8, 256}, {64, 256}, {128, 256}, {256, 256}},
        [DIM_CQE] = {{2, 256}, {8, 128}, {16, 64}, {32, 64}, {64, 64}},
    };
    return profiles[mode][profile];
}

void dim_start(dim_t *s, enum dim_mode mode)
{
    *s = (dim_t){.mode = mode, .profile = DIM_START};
}

// ---- comparing ----------------------------------------------------------------------------------

static bool differs(uint64_t now, uint64_t before)
{
    const uint64_t by = now > before ? now - before : before - now;

    return before && 100 * by / before > DIFFERS_PERCENT;
}

static enum verdict compare(const dim_rates_t *now, const dim_rates_t *before)
{
    if (!before->bytes) return now->bytes ? BETTER : SAME;
    if (differs(now->bytes, before->bytes)) return now->bytes > before->bytes ? BETTER : WORSE;
    if (!before->packets) return now->packets ? BETTER : SAME;
    if (differs(now->packets, before->packets))
        return now->packets > before->packets ? BETTER : WORSE;
    if (differs(now->events, before->events)) return now->events < before->events ? BETTER : WORSE;
    return SAME;
}

// ---- stepping -----------------------------------------------------------------------------------

static void park(dim_t *s, enum dim_tune how)
{
    s->steps_right = s->steps_left = 0;
    if (how == DIM_PARKED_ON_TOP) s->tired = 0;
    s->tune = how;
}

static void turn(dim_t *s)
{
    if (s->tune == DIM_GOING_RIGHT) {
        s->tune = DIM_GOING_LEFT;
        s->steps_left = 0;
    } else {
        s->tune = DIM_GOING_RIGHT;
        s->steps_right = 0;
    }
}

// It has come from two or more steps away, gone one too far and turned: this is the best.
static bool on_top(const dim_t *s)
{
    return s->tune == DIM_GOING_RIGHT ? s->steps_left > 1 && s->steps_right == 1
                                      : s->steps_right > 1 && s->steps_left == 1;
}

static void step(dim_t *s)
{
    if (s->tired == DIM_TIRED) {
        park(s, DIM_PARKED_TIRED);
    } else if (s->profile == (s->tune == DIM_GOING_RIGHT ? DIM_PROFILES - 1 : 0)) {
        park(s, DIM_PARKED_ON_TOP);
    } else if (s->tune == DIM_GOING_RIGHT) {
        s->profile++;
        s->steps_right++;
        s->tired++;
    } else {
        s->profile--;
        s->steps_left++;
        s->tired++;
    }
}

static void leave(dim_t *s)
{
    s->tune = s->profile ? DIM_GOING_LEFT : DIM_GOING_RIGHT;
    step(s);
}

bool dim_decide(dim_t *s, const dim_rates_t *now)
{
    const uint32_t profile = s->profile;
    const bool parked = s->tune == DIM_PARKED_ON_TOP;

    s->decisions++;
    switch (s->tune) {
    case DIM_PARKED_ON_TOP:
        if (compare(now, &s->before) != SAME) leave(s);
        break;
    case DIM_PARKED_TIRED:
        if (--s->tired == 0) leave(s);
        break;
    case DIM_GOING_RIGHT:
    case DIM_GOING_LEFT:
        if (compare(now, &s->before) != BETTER) turn(s);
        if (on_top(s)) park(s, DIM_PARKED_ON_TOP);
        else step(s);
        break;
    }
    // What it was parked for stays the measure.
    if (!parked || s->tune != DIM_PARKED_ON_TOP) s->before = *now;
    return s->profile != profile;
}

// ---- measuring ----------------------------------------------------------------------------------

static uint64_t per_ms(uint64_t n, uint64_t us)
{
    return (n * 1000 + us - 1) / us;
}

bool dim_sample(dim_t *s, const dim_sample_t *now)
{
    if (s->measuring) {
        const uint64_t us = now->time_us - s->start.time_us;
        if (now->events - s->start.events < DIM_EVENTS || us == 0) return false;
        const dim_rates_t rates = {.bytes = per_ms(now->bytes - s->start.bytes, us),
                                   .packets = per_ms(now->packets - s->start.packets, us),
                                   .events = per_ms(DIM_EVENTS, us)};
        if (dim_decide(s, &rates)) {
            s->measuring = false; // from the next interrupt on, when the new profile holds
            return true;
        }
    }
    s->start = *now;
    s->measuring = true;
    return false;
}
