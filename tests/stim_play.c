// SPDX-License-Identifier: Apache-2.0
#include "tests/stim_play.h"

#include "hostbridge/pin_engine.h"

#include <stdlib.h>

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9ull;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

void stim_finish(stim_run_t *r, const nic_t *nic)
{
    r->visits = nic_visits(nic);
    for (uint32_t off = 0; off < 0x20000; off += 4)
        r->regs_hash = mix(r->regs_hash ^ nic_peek(nic, off) ^ off);
}

void stim_cut(stim_run_t *r, uint64_t cycles)
{
    enum { TLP_MAX = 100 };
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++) {
        const stim_event_t *e = &r->event[i];
        const uint64_t beats =
            e->kind == 'X' ? (NIC_PreambleBytes + (e->b & 0xFFFFFFFF) + 1) * e->a : TLP_MAX;
        if (e->cyc + beats < cycles) r->event[kept++] = *e;
    }
    r->count = kept;
}

void stim_play(enum nic_personality nic, uint64_t seed, uint64_t cycles, const nic_visiting_t *how,
               stim_run_t *r)
{
    stim_t *s = stim_create(nic, seed, r, true);
    if (!s) abort();
    const nic_config_t cfg = stim_config(nic);
    const nic_host_t host = stim_host(s);
    nic_t *n = nic_create(&cfg, &host);
    if (!n) abort();
    n->how = *how;
    n->how.rng = seed * 2 + 1;
    engine_t e = engine_of_model(n);
    stim_drive(s, &e, cycles, NULL);
    stim_finish(r, n);
    engine_destroy(&e);
    stim_destroy(s);
}

void stim_play_engine(enum nic_personality nic, uint64_t seed, uint64_t cycles, bool jump,
                      stim_run_t *r)
{
    stim_t *s = stim_create(nic, seed, r, true);
    if (!s) abort();
    const engine_config_t cfg = {.name = "model-pins", .no_jump = !jump, .nic = stim_config(nic)};
    const nic_host_t host = stim_host(s);
    const nic_late_t late = stim_late(s);
    engine_t e;
    if (!engine_create(&e, &cfg, &host, &late)) abort();
    stim_drive(s, &e, cycles, NULL);
    for (uint32_t off = 0; off < 0x20000; off += 4)
        r->regs_hash = mix(r->regs_hash ^ e.peek(e.nic, off) ^ off);
    engine_destroy(&e);
    stim_destroy(s);
}
