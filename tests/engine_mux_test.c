// SPDX-License-Identifier: Apache-2.0
// Several engines as one: each cycle with work is run once, in order of time and of the engines, whatever stops the batch.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hostbridge/engine_mux.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS = 3, CYCLES = 4000 };

// Has work in some cycles; now and then it queues an event for a later one, or is touched by it.
typedef struct part {
    struct box *box;
    unsigned number;
    bool work[CYCLES + 64];
    uint64_t now;
    bool stop;
} part_t;

typedef struct box {
    sim_t sim;
    engine_mux_t mux;
    part_t part[PARTS];
    sim_event_t event;
    uint32_t random;
    uint64_t seen[3 * CYCLES]; // cycle * 4 + part
    unsigned count, events;
} box_t;

static uint32_t random_of(box_t *b, uint32_t n)
{
    b->random = b->random * 1664525 + 1013904223;
    return (b->random >> 8) % n;
}

static uint64_t next(void *ctx)
{
    const part_t *p = ctx;
    for (uint64_t c = p->now; c < CYCLES; c++)
        if (p->work[c]) return c;
    return SIM_NEVER;
}

static uint64_t run(void *ctx, uint64_t until)
{
    part_t *p = ctx;
    box_t *b = p->box;
    p->stop = false;
    while (p->now < until && !p->stop) {
        const uint64_t c = p->now++;
        if (c >= CYCLES || !p->work[c]) continue;
        assert_true(b->sim.now_cyc <= c);
        b->seen[b->count++] = c * 4 + p->number;
        p->work[c] = false;
        if (random_of(b, 4) == 0) sim_at(&b->sim, &b->event, c + 1 + random_of(b, 9));
    }
    return p->now;
}

static void stop(void *ctx)
{
    part_t *p = ctx;
    p->stop = true;
}

// The world gives some part something to do, from this cycle on; no part has been there.
static void on_event(void *ctx, uint64_t now_cyc)
{
    box_t *b = ctx;
    part_t *p = &b->part[random_of(b, PARTS)];
    b->events++;
    for (unsigned i = 0; i < PARTS; i++) {
        if (b->part[i].now > now_cyc && b->count) {
            // It may have run ahead only where it had nothing to do.
            for (unsigned k = 0; k < b->count; k++)
                assert_true(b->seen[k] / 4 < now_cyc || b->seen[k] % 4 != i);
        }
    }
    const uint64_t at = now_cyc + random_of(b, 3);
    if (at < CYCLES && at >= p->now) p->work[at] = true;
}

static void cycles_are_run_once_and_in_order(void **state)
{
    (void)state;
    box_t *b = malloc(sizeof *b);
    assert_non_null(b);
    for (uint32_t seed = 1; seed <= 200; seed++) {
        memset(b, 0, sizeof *b);
        b->random = seed;
        sim_init(&b->sim);
        sim_event_init(&b->event, "event", on_event, b);
        unsigned planned = 0;
        for (unsigned i = 0; i < PARTS; i++) {
            b->part[i] = (part_t){.box = b, .number = i};
            for (unsigned c = 0; c < CYCLES; c++)
                planned += b->part[i].work[c] = random_of(b, 3 + 20 * i) == 0;
            assert_true(engine_mux_add(&b->mux, (sim_engine_t){&b->part[i], next, run, stop}));
        }
        b->sim.engine = engine_mux_time(&b->mux);
        while (sim_step(&b->sim, CYCLES)) {}
        assert_true(b->count >= planned && b->events > 50);
        for (unsigned k = 1; k < b->count; k++) assert_true(b->seen[k] > b->seen[k - 1]);
        assert_int_equal(b->sim.now_cyc, CYCLES);
    }
    free(b);
}

static void there_is_an_end_to_their_number(void **state)
{
    (void)state;
    engine_mux_t m = {0};
    const sim_engine_t e = {NULL, next, run, stop};
    for (unsigned i = 0; i < ENGINE_MUX_PARTS; i++) assert_true(engine_mux_add(&m, e));
    assert_false(engine_mux_add(&m, e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_are_run_once_and_in_order),
        cmocka_unit_test(there_is_an_end_to_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
