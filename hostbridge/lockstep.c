// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/lockstep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METERS = 32 }; // events of one tick

typedef struct lockstep_meter {
    enum nic_probe what;
    uint64_t cyc;
    uint32_t a, b;
} lockstep_meter_t;

typedef struct lockstep_meters {
    unsigned count;
    lockstep_meter_t event[METERS];
} lockstep_meters_t;

typedef struct lockstep_pair {
    pin_dev_t dev;
    pin_dev_t *half[2];
    lockstep_t *l;
    nic_out_t out[2]; // of the present cycle
    nic_in_t in;      // of the last tick
    lockstep_meters_t meters[2];
    pin_dev_probe_fn *probe;
    void *probe_ctx;
    unsigned turn;
} lockstep_pair_t;

static lockstep_pair_t *pair_of(const pin_dev_t *d)
{
    return (lockstep_pair_t *)(uintptr_t)d;
}

// ---- comparing ---------------------------------------------------------------------------------

static void differ(lockstep_pair_t *p, const char *what, uint64_t a, uint64_t b)
{
    lockstep_t *l = p->l;
    if (l->differs) return;
    l->differs = true;
    l->stop = 1;
    l->cyc = p->half[0]->ops->now(p->half[0]);
    snprintf(l->what, sizeof l->what, "%s", what);
    l->value[0] = a;
    l->value[1] = b;
}

static void compare_pins(lockstep_pair_t *p)
{
    const nic_out_t *a = &p->out[0], *b = &p->out[1];
    if (memcmp(a, b, sizeof *a) == 0) return;
#define PIN_I(n, w, doc)
#define PIN_O(n, w, doc)                                                                           \
    if (a->n != b->n) {                                                                            \
        differ(p, #n, a->n, b->n);                                                                 \
        return;                                                                                    \
    }
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
}

static int by_kind(const void *x, const void *y)
{
    const lockstep_meter_t *a = x, *b = y;
    if (a->what != b->what) return a->what < b->what ? -1 : 1;
    if (a->cyc != b->cyc) return a->cyc < b->cyc ? -1 : 1;
    if (a->a != b->a) return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

static void compare_meters(lockstep_pair_t *p)
{
    static const char *const NAME[] = {
        [NIC_PROBE_RX_FATE] = "RX_FATE", [NIC_PROBE_RX_HOST] = "RX_HOST",
        [NIC_PROBE_RX_WB] = "RX_WB",     [NIC_PROBE_TX_FETCH] = "TX_FETCH",
        [NIC_PROBE_TX_WB] = "TX_WB",     [NIC_PROBE_CAUSE] = "CAUSE",
        [NIC_PROBE_TIMER] = "TIMER",     [NIC_PROBE_RX_LOST] = "RX_LOST",
        [NIC_PROBE_RX_DROP] = "RX_DROP", [NIC_PROBE_LOOP] = "LOOP",
        [NIC_PROBE_SPOOF] = "SPOOF",     [NIC_PROBE_WIRE] = "WIRE",
    };
    lockstep_meters_t *a = &p->meters[0], *b = &p->meters[1];
    if (a->count == 0 && b->count == 0) return;
    if (a->count > 1) qsort(a->event, a->count, sizeof a->event[0], by_kind);
    if (b->count > 1) qsort(b->event, b->count, sizeof b->event[0], by_kind);
    for (unsigned i = 0; i < a->count || i < b->count; i++) {
        const lockstep_meter_t *x = i < a->count ? &a->event[i] : NULL,
                               *y = i < b->count ? &b->event[i] : NULL;
        if (x && y && by_kind(x, y) == 0) continue;
        char what[40];
        const bool same_kind = x && y && x->what == y->what;
        const char *field = !same_kind         ? "missing"
                            : x->cyc != y->cyc ? "cycle"
                            : x->a != y->a     ? "a"
                                               : "b";
        snprintf(what, sizeof what, "meter %s %s", NAME[(x ? x : y)->what], field);
        if (!same_kind) differ(p, what, x != NULL, y != NULL);
        else if (x->cyc != y->cyc) differ(p, what, x->cyc, y->cyc);
        else if (x->a != y->a) differ(p, what, x->a, y->a);
        else differ(p, what, x->b, y->b);
        break;
    }
    a->count = b->count = 0;
}

static void meter(lockstep_pair_t *p, unsigned half, enum nic_probe what, uint64_t cyc, uint32_t a,
                  uint32_t b)
{
    lockstep_meters_t *m = &p->meters[half];
    if (m->count < METERS) m->event[m->count++] = (lockstep_meter_t){what, cyc, a, b};
}

static void meter_a(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    lockstep_pair_t *p = ctx;
    meter(p, 0, what, cyc, a, b);
    if (p->l->watch.probe) p->l->watch.probe(p->l->watch.ctx, what, cyc, a, b);
    if (p->probe) p->probe(p->probe_ctx, what, cyc, a, b);
}

static void meter_b(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    meter(ctx, 1, what, cyc, a, b);
}

// ---- time --------------------------------------------------------------------------------------

static void look(lockstep_pair_t *p, unsigned half)
{
    p->out[half] = p->half[half]->ops->out(p->half[half]);
}

static void pair_tick(pin_dev_t *d, const nic_in_t *in)
{
    lockstep_pair_t *p = pair_of(d);
    lockstep_t *l = p->l;
    pin_dev_t *a = p->half[0], *b = p->half[1];
    const uint64_t now = a->ops->now(a);
    p->in = *in;
    if (l->interrupted && *l->interrupted) l->stop = 1;
    if (l->watch.cycle) l->watch.cycle(l->watch.ctx, now, in, &p->out[0]);
    if (l->differs) { // the first one goes on alone, until somebody has seen it
        a->ops->tick(a, in);
        look(p, 0);
        return;
    }
    pin_log_cycle(&l->log[0], now, in, &p->out[0]);
    pin_log_cycle(&l->log[1], now, in, &p->out[1]);
    a->ops->tick(a, in);
    b->ops->tick(b, in);
    l->cycles++;
    look(p, 0);
    look(p, 1);
    compare_pins(p);
    compare_meters(p);
    if (!l->differs) return;
    // The transfers of the cycle in which they differ are part of the tale.
    const nic_in_t rest = {.lp_present = in->lp_present,
                           .lp_speed = in->lp_speed,
                           .lp_pause = in->lp_pause,
                           .req_ready = in->req_ready};
    pin_log_cycle(&l->log[0], now + 1, &rest, &p->out[0]);
    pin_log_cycle(&l->log[1], now + 1, &rest, &p->out[1]);
}

static void tick_through(lockstep_pair_t *p, unsigned half, uint64_t cycles)
{
    pin_dev_t *d = p->half[half];
    const volatile int *stop = p->l->interrupted;
    for (uint64_t i = 0; i < cycles && !p->l->differs; i++) {
        if (stop && *stop) { // it may be seconds: nobody waits for them
            d->ops->jump(d, cycles - i);
            look(p, half);
            return;
        }
        d->ops->tick(d, &p->in);
        look(p, half);
        compare_pins(p);
    }
}

static void pair_jump(pin_dev_t *d, uint64_t cycles)
{
    lockstep_pair_t *p = pair_of(d);
    lockstep_t *l = p->l;
    const uint64_t now = p->half[0]->ops->now(p->half[0]);
    if (l->watch.jump) l->watch.jump(l->watch.ctx, now, cycles);
    l->jumped += cycles;
    const bool check = l->jump == LOCKSTEP_JUMP_CHECK && !l->differs;
    const unsigned slow = check ? p->turn++ & 1 : 2;
    for (unsigned h = 0; h < 2; h++) {
        if (h == 1 && l->differs) break;
        if (h == slow) continue;
        p->half[h]->ops->jump(p->half[h], cycles);
        look(p, h);
    }
    if (slow < 2) tick_through(p, slow, cycles);
    compare_pins(p);
    compare_meters(p);
}

static uint64_t pair_horizon(const pin_dev_t *d)
{
    lockstep_pair_t *p = pair_of(d);
    const uint64_t a = p->half[0]->ops->horizon(p->half[0]);
    if (p->l->differs) return a;
    const uint64_t b = p->half[1]->ops->horizon(p->half[1]);
    if (a != b && p->out[0].idle) differ(p, "horizon", a, b);
    return a;
}

// ---- the rest is the first one's ---------------------------------------------------------------

static void pair_destroy(pin_dev_t *d)
{
    lockstep_pair_t *p = pair_of(d);
    pin_dev_destroy(p->half[0]);
    pin_dev_destroy(p->half[1]);
    free(p);
}

static uint64_t pair_now(const pin_dev_t *d)
{
    const pin_dev_t *a = pair_of(d)->half[0];
    return a->ops->now(a);
}

static nic_out_t pair_out(pin_dev_t *d)
{
    return pair_of(d)->out[0];
}

static void pair_probe(pin_dev_t *d, pin_dev_probe_fn *fn, void *ctx)
{
    lockstep_pair_t *p = pair_of(d);
    p->probe = fn;
    p->probe_ctx = ctx;
}

static uint64_t pair_tlp_addr(const pin_dev_t *d)
{
    const pin_dev_t *a = pair_of(d)->half[0];
    return a->ops->tlp_addr(a);
}

static bool pair_still(const pin_dev_t *d)
{
    const pin_dev_t *a = pair_of(d)->half[0];
    return a->ops->still(a);
}

static bool pair_loopback(const pin_dev_t *d)
{
    const pin_dev_t *a = pair_of(d)->half[0];
    return a->ops->loopback(a);
}

static unsigned pair_stride(const pin_dev_t *d)
{
    const pin_dev_t *a = pair_of(d)->half[0];
    return a->ops->stride(a);
}

static uint32_t pair_peek(const pin_dev_t *d, uint32_t off)
{
    const pin_dev_t *a = pair_of(d)->half[0];
    return a->ops->peek(a, off);
}

static const pin_dev_ops_t PAIR_OPS = {
    .destroy = pair_destroy,
    .now = pair_now,
    .out = pair_out,
    .tick = pair_tick,
    .horizon = pair_horizon,
    .jump = pair_jump,
    .probe = pair_probe,
    .tlp_addr = pair_tlp_addr,
    .still = pair_still,
    .loopback = pair_loopback,
    .stride = pair_stride,
    .peek = pair_peek,
};

pin_dev_t *lockstep_dev(pin_dev_t *a, pin_dev_t *b, lockstep_t *l)
{
    lockstep_pair_t *p = a && b ? calloc(1, sizeof *p) : NULL;
    if (!p) {
        pin_dev_destroy(a);
        pin_dev_destroy(b);
        return NULL;
    }
    p->dev = (pin_dev_t){&PAIR_OPS, "lockstep"};
    p->half[0] = a;
    p->half[1] = b;
    p->l = l;
    l->name[0] = a->name;
    l->name[1] = b->name;
    a->ops->probe(a, meter_a, p);
    b->ops->probe(b, meter_b, p);
    look(p, 0);
    look(p, 1);
    compare_pins(p);
    return &p->dev;
}
