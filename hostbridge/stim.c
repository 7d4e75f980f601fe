// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/stim.h"

#include "hostbridge/stim_state.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t stim_beat(const stim_t *s, uint64_t now, uint32_t which)
{
    const uint64_t h = hash3(s->seed, now >> 14, 41 + which);
    if (pick(hash3(s->seed, now >> 14, 40), 0, 5) || pick(h, 20, 3) == 0) return 0;
    return NIC_TimerUnitCyc * (1 + pick(h, 0, 3)) + pick(h, 16, 3);
}

bool stim_behind(const stim_t *s, uint64_t now)
{
    return pick(hash3(s->seed, now >> 15, 44), 0, 6) == 0;
}

static void record(stim_t *s, uint64_t cyc, uint32_t kind, uint64_t a, uint64_t b)
{
    stim_run_t *r = s->r;
    if (!s->record) return;
    if (r->count == r->size) {
        r->size = r->size ? r->size * 2 : 1024;
        r->event = realloc(r->event, r->size * sizeof *r->event);
        if (!r->event) abort();
    }
    r->event[r->count++] = (stim_event_t){cyc, kind, a, b};
}

// Where nothing is recorded, one entry is used again and again.
static stim_input_t *input(stim_t *s, uint64_t cyc, int kind, const uint8_t *bytes, uint32_t len)
{
    stim_run_t *r = s->r;
    if (!s->record) {
        r->inputs = 0;
        len = 0;
    }
    if (r->inputs == r->input_size) {
        r->input_size = r->input_size ? r->input_size * 2 : 1024;
        r->input = realloc(r->input, r->input_size * sizeof *r->input);
        if (!r->input) abort();
    }
    stim_input_t *i = &r->input[r->inputs++];
    memset(i, 0, sizeof *i);
    i->cyc = cyc;
    i->kind = kind;
    i->len = len;
    if (len) {
        i->bytes = malloc(len);
        if (!i->bytes) abort();
        memcpy(i->bytes, bytes, len);
    }
    return i;
}

uint64_t stim_hash(const uint8_t *p, uint32_t len)
{
    return (uint64_t)(libdeflate_crc32(0, p, len) ^ libdeflate_adler32(1, p, len)) << 32 | len;
}

static bool is_memory(uint64_t addr, uint32_t len)
{
    return addr - STIM_MEM_BASE < STIM_MEM_SIZE && addr - STIM_MEM_BASE + len <= STIM_MEM_SIZE;
}

// The last write, if it is in memory by `cyc`.
static void settle(stim_t *s, uint64_t cyc)
{
    if (s->write.len == 0 || s->write.end_cyc > cyc) return;
    memcpy(s->mem + s->write.addr - STIM_MEM_BASE, s->write.data, s->write.len);
    s->write.len = 0;
}

static void on_payload(void *ctx, const uint8_t *data, uint32_t len)
{
    stim_t *s = ctx;
    if (s->record) s->r->event[s->tlp_event].b = stim_hash(data, len);
    if (s->write.len) memcpy(s->write.data, data, s->write.len);
}

static uint64_t take_tlp(stim_t *s, uint64_t first, const nic_tlp_t *t)
{
    const uint64_t end = first + t->beats - 1;
    const uint64_t h = hash3(s->seed, first, 1);
    uint64_t cpl_end = 0;
    s->r->tlps++;
    record(s, first, 'T',
           (uint64_t)t->type << 60 | (uint64_t)t->tag << 52 | (uint64_t)t->len << 40 |
               (t->addr & 0xFFFFFFFFFFull),
           0);
    s->tlp_event = s->r->count - 1;
    settle(s, first);
    if (t->type == NIC_TLP_WRITE && is_memory(t->addr, t->len)) {
        s->write.end_cyc = end;
        s->write.addr = t->addr;
        s->write.len = t->len;
    }
    if (t->type != NIC_TLP_READ && t->data) on_payload(s, t->data, t->len);
    if (t->type == NIC_TLP_READ) {
        uint64_t cyc = end + 1 + (s->slow ? pick(h, 0, s->slow * 40 + 1) : 0);
        if (cyc < s->cpl_free) cyc = s->cpl_free;
        s->cpl_free = cyc + 2 + (t->len + 7) / 8;
        cpl_end = cyc + (t->len + 7) / 8;
        s->read[s->read_put++ % 64] = (stim_read_t){cyc, t->tag, t->func, t->addr, t->len};
        s->e->time.stop(s->e->time.ctx);
    }
    s->script->tlp(s, end, t);
    if (stim_behind(s, first) && (first & 0x7FFF) < 0x2400)
        return (first & ~UINT64_C(0x7FFF)) + 0x2800; // until it is full
    // The data of the next frame, if it is of 64 bytes, is in host memory when this read has landed.
    if (stim_behind(s, first) && (t->tag & 7) == RQ_TX_DATA && cpl_end > end + 3 && pick(h, 48, 2))
        return cpl_end - 3;
    // Else its granules are free in the cycle in which the frame on the wire takes another one: see frame().
    if (stim_behind(s, first))
        return ((end + 20 + pick(h, 32, 50)) | 15) - (pick(h, 50, 4) ? 2 : pick(h, 52, 16));
    if (s->slow >= 2 && pick(h, 20, 150) == 0) return end + 2000 + pick(h, 32, 12000); // it stalls
    return end + 1 + (pick(h, 16, 8) < s->slow ? pick(h, 32, s->slow * 20 + 1) : 0);
}

static uint64_t on_tlp(void *ctx, uint64_t first, const nic_tlp_t *t)
{
    stim_t *s = ctx;
    const uint64_t ready = take_tlp(s, first, t), next = first + t->beats;
    if (ready > next) input(s, next, STIM_READY, NULL, 0)->until = ready;
    return ready;
}

static void on_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    stim_t *s = ctx;
    s->r->replies++;
    record(s, cyc, 'R', data, 0);
}

static void on_intx(void *ctx, uint64_t cyc, bool level)
{
    stim_t *s = ctx;
    s->r->edges++;
    record(s, cyc, 'I', level, 0);
}

static void on_tx(void *ctx, uint64_t first, unsigned stride, const uint8_t *bytes, uint32_t len)
{
    stim_t *s = ctx;
    if (bytes == NULL) return; // it comes late
    s->r->tx_frames++;
    record(s, first, 'X', stride, stim_hash(bytes, len));
}

static void on_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    stim_t *s = ctx;
    (void)cyc, (void)b;
    if (what != NIC_PROBE_RX_FATE) return;
    s->r->fate[a]++;
    if (a == NIC_FATE_ACCEPTED) s->r->accepted++;
}

void stim_partner(stim_t *s, uint64_t cyc, bool present, uint8_t speed, bool pause)
{
    s->present = present;
    s->speed = speed;
    s->pause = pause;
    s->e->partner(s->e->nic, cyc, present, speed, pause);
    stim_input_t *i = input(s, cyc, STIM_PARTNER, NULL, 0);
    i->present = present;
    i->speed = speed;
    i->pause = pause;
}

void stim_access(stim_t *s, uint64_t now, bool write, uint8_t space, uint32_t addr, uint32_t data)
{
    const uint64_t cyc = now > s->csr_free ? now : s->csr_free;
    const nic_access_t a = {
        .write = write, .space = space, .func = s->func, .be = s->be, .addr = addr, .wdata = data};
    if (!s->e->ops.access(s->e->ops.nic, cyc, &a)) return;
    s->csr_free = cyc + 1;
    s->be = 0xF;
    s->func = 0;
    input(s, cyc, STIM_ACCESS, NULL, 0)->access = a;
}

void stim_put(stim_t *s, uint32_t at, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        s->mem[at - STIM_MEM_BASE + (uint32_t)i] = (uint8_t)(v >> (8 * i));
}

static void frame(stim_t *s, uint64_t now)
{
    const uint64_t h = hash3(s->seed, s->frame_no, 13);
    const nic_ops_t *ops = &s->e->ops;
    const uint64_t free_cyc = ops->wire_free(ops->nic);
    if (free_cyc > now) { // the wire is still taken: later
        s->frame_cyc = free_cyc + pick(h, 0, 4);
        if (stim_behind(s, now)) s->frame_cyc = (s->frame_cyc | 15) + 1;
        return;
    }
    uint8_t *f = s->frame[s->frame_no++ & 1];
    uint32_t len = pick(h, 0, 4) == 0 ? 64 + pick(h, 16, 1500) : 64 + pick(h, 16, 80);
    const uint64_t g = mix(h + 5);
    if (pick(h, 32, 40) == 0) len = 18 + pick(h, 16, 50);
    if (pick(g, 32, 60) == 0) len = NIC_FrameMaxStd - 4 + pick(g, 36, 8);
    const uint64_t stride = ops->stride(ops->nic);
    const uint32_t period = s->script->beats && stride == 1 ? stim_beat(s, now, 0) : 0;
    if (s->script->beats && stim_aiming(s, now) && pick(g, 48, 2)) len = 64 + pick(g, 54, 40);
    if (stim_behind(s, now) && pick(g, 52, 4)) len = 64;
    if (s->steady && pick(g, 52, 8)) len = 64 + pick(g, 54, 20);
    if (period) len = 64 + pick(hash3(s->seed, now >> 14, 43), 0, 40);
    for (uint32_t i = 0; i < len; i += 8) {
        const uint64_t v = mix(h + i);
        memcpy(f + i, &v, 8);
    }
    s->script->frame(s, f, len, h);
    const bool good = pick(h, 40, 30) != 0;
    uint32_t fcs = libdeflate_crc32(0, f, len - 4);
    if (!good) fcs ^= 1;
    memcpy(f + len - 4, &fcs, 4);
    const bool er = pick(h, 44, 60) == 0;
    ops->rx_frame(ops->nic, now, f, len, good, er);
    s->r->frames++;
    stim_input_t *i = input(s, now, STIM_FRAME, f, len);
    i->stride = (uint32_t)stride;
    i->er = er;
    uint32_t gap = pick(h, 48, 3) || stim_behind(s, now) || s->steady ? 12 : 12 + pick(h, 8, 300);
    if (pick(h, 52, 40) == 0 && !stim_behind(s, now) && !s->steady) gap += 4000;
    s->frame_cyc = now + (8 + len + gap) * stride;
    if (period > 8 + len + 12) s->frame_cyc = now + period;
    if (stim_behind(s, now)) s->frame_cyc = (s->frame_cyc | 15) + 1;
}

static int by_time(const void *x, const void *y)
{
    const stim_event_t *a = x, *b = y;
    if (a->cyc != b->cyc) return a->cyc < b->cyc ? -1 : 1;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->a != b->a) return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

static void complete(stim_t *s)
{
    const stim_read_t *p = &s->read[s->read_get++ % 64];
    settle(s, p->cyc);
    uint8_t data[NIC_Mrrs];
    memset(data, 0xFF, sizeof data);
    if (is_memory(p->addr, p->len)) memcpy(data, s->mem + p->addr - STIM_MEM_BASE, p->len);
    s->e->ops.completion(s->e->ops.nic, p->cyc, p->tag, data, p->len);
    input(s, p->cyc, STIM_COMPLETION, data, p->len)->tag = p->tag;
    const uint64_t h = hash3(s->seed, p->cyc, 8);
    s->script->completion(s, p->cyc + (p->len + 7) / 8, p->tag, p->len);
    if (p->len > 8 && pick(h, 0, 600) == 0 && !s->steady)
        s->script->reset(s, p->cyc + (p->len + 7) / 8 - 2, h); // acts with its last beat
}
nic_config_t stim_config(enum nic_personality nic)
{
    return (nic_config_t){
        .personality = nic, .mac = {2, 0, 0, 0, 0, 1}, .autoneg_cyc = STIM_AUTONEG_CYC};
}

nic_host_t stim_host(stim_t *s)
{
    return (nic_host_t){s, on_tlp, on_reply, on_intx, on_tx, on_probe};
}

nic_late_t stim_late(stim_t *s)
{
    return (nic_late_t){s, on_payload, on_tx};
}

stim_t *stim_create(enum nic_personality nic, uint64_t seed, stim_run_t *r, bool record)
{
    memset(r, 0, sizeof *r);
    stim_t *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->script = nic == NIC_82576 ? &stim_82576 : &stim_82540em;
    s->seed = seed;
    s->r = r;
    s->record = record;
    s->slow = pick(hash3(seed, 0, 0), 0, 4);
    for (uint32_t i = 0; i < STIM_MEM_SIZE; i += 8) {
        const uint64_t v = mix(seed + i);
        memcpy(s->mem + i, &v, 8);
    }
    s->be = 0xF;
    s->setup_cyc = 10;
    s->step_cyc = 10;
    s->later_cyc = NIC_NEVER;
    for (unsigned i = 0; i < STIM_AIMS; i++) s->aim[i] = NIC_NEVER;
    s->frame_cyc = 4000;
    s->script->begin(s);
    return s;
}

void stim_destroy(stim_t *s)
{
    free(s ? s->own : NULL);
    free(s);
}

void stim_drive(stim_t *s, engine_t *e, uint64_t cycles, const volatile int *stop)
{
    s->e = e;
    stim_partner(s, 1, true, 2, true);
    uint64_t now = 0;
    while (now < cycles && !(stop && *stop)) {
        uint64_t next = s->step_cyc < s->frame_cyc ? s->step_cyc : s->frame_cyc;
        if (s->read_get != s->read_put && s->read[s->read_get % 64].cyc < next)
            next = s->read[s->read_get % 64].cyc;
        if (stim_aim_next(s) < next) next = stim_aim_next(s);
        if (next > cycles) next = cycles;
        now = e->time.run(e->time.ctx, next);
        if (now < next) continue; // stopped: a completion may come before `next` now
        if (now >= cycles) break;
        if (s->read_get != s->read_put && s->read[s->read_get % 64].cyc == now) complete(s);
        if (stim_aim_next(s) == now) s->script->aim(s, now);
        if (s->step_cyc == now) s->script->step(s, now);
        if (s->frame_cyc == now) frame(s, now);
    }
    stim_sort(s->r);
}

void stim_sort(stim_run_t *r)
{
    if (r->count) qsort(r->event, r->count, sizeof *r->event, by_time);
}

void stim_free(stim_run_t *r)
{
    for (size_t i = 0; i < r->inputs; i++) free(r->input[i].bytes);
    free(r->input);
    free(r->event);
    *r = (stim_run_t){0};
}

long stim_diff(const stim_run_t *a, const stim_run_t *b)
{
    const size_t n = a->count < b->count ? a->count : b->count;
    for (size_t i = 0; i < n; i++)
        if (by_time(&a->event[i], &b->event[i]) != 0) return (long)i;
    if (a->count != b->count) return (long)n;
    return a->regs_hash == b->regs_hash ? -1 : (long)n;
}

void stim_print(const char *who, const stim_event_t *e)
{
    fprintf(stderr, "  %-8s cycle %" PRIu64 " %c %016" PRIx64 " %016" PRIx64 "\n", who, e->cyc,
            (int)e->kind, e->a, e->b);
}
