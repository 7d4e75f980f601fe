// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/backend.h"

#include <stdlib.h>

struct backend {
    core_task_t task;
    backend_ops_t ops;
    backend_stats_t stats;
    os_pkt_t *head, **tail;
    uint32_t count, max;
    // what is being moved
    enum { BACKEND_REST, BACKEND_TO_GUEST, BACKEND_FROM_GUEST } moving;
    bool from_next; // whose turn it is
    uint64_t left_ps;
    uint64_t begun_cyc;
    backend_watch_fn watch;
    void *watch_ctx;
};

// ---- one packet --------------------------------------------------------------------------------

static bool take_to_guest(backend_t *b, core_t *c)
{
    if (!b->head) return false;
    const uint64_t ps = b->ops.to_guest_begin(b->ops.ctx, c, b->head);
    if (ps == BACKEND_NOTHING) return false;
    b->moving = BACKEND_TO_GUEST;
    b->left_ps = ps;
    return true;
}

static bool take_from_guest(backend_t *b, core_t *c)
{
    const uint64_t ps = b->ops.from_guest_begin(b->ops.ctx, c);
    if (ps == BACKEND_NOTHING) return false;
    b->moving = BACKEND_FROM_GUEST;
    b->left_ps = ps;
    return true;
}

static bool take(backend_t *b, core_t *c)
{
    const bool from = b->from_next;
    b->from_next = !from;
    if (from) return take_from_guest(b, c) || take_to_guest(b, c);
    return take_to_guest(b, c) || take_from_guest(b, c);
}

static void finish(backend_t *b, core_t *c)
{
    core_settle(c);
    if (b->watch)
        b->watch(b->watch_ctx, c->id, b->begun_cyc, core_now_cyc(c), b->moving == BACKEND_TO_GUEST);
    if (b->moving == BACKEND_FROM_GUEST) {
        b->stats.from_guest++;
        b->ops.from_guest_end(b->ops.ctx, c);
    } else {
        os_pkt_t *p = b->head;
        b->head = p->next;
        if (!b->head) b->tail = &b->head;
        p->next = NULL;
        b->count--;
        b->stats.to_guest++;
        b->ops.to_guest_end(b->ops.ctx, c, p);
    }
    b->moving = BACKEND_REST;
}

static void run(core_t *c, void *ctx)
{
    backend_t *b = ctx;
    for (;;) {
        if (b->moving == BACKEND_REST) {
            core_settle(c);
            const uint64_t looked_ps = c->local_ps;
            b->begun_cyc = core_now_cyc(c);
            if (!take(b, c)) {
                if (b->ops.rest && b->ops.rest(b->ops.ctx, c)) continue;
                core_settle(c);
                if (c->local_ps != looked_ps) continue;
                break; // looked at in this very instant
            }
        }
        b->left_ps = core_work(c, b->left_ps);
        if (b->left_ps) return;
        finish(b, c);
        if (core_should_yield(c)) return;
    }
    b->task.ready = false;
}

// ---- from outside ------------------------------------------------------------------------------

backend_t *backend_create(core_t *core, uint32_t queue_max, const backend_ops_t *ops)
{
    backend_t *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    b->task = (core_task_t){.name = "backend", .account = CORE_BACKEND, .run = run, .ctx = b};
    b->ops = *ops;
    b->tail = &b->head;
    b->max = queue_max;
    core_task_add(core, &b->task);
    return b;
}

void backend_set_tasklet(backend_t *b)
{
    b->task.tasklet = true;
}

void backend_destroy(backend_t *b)
{
    free(b);
}

bool backend_put(backend_t *b, core_t *c, os_pkt_t *p)
{
    core_settle(c);
    if (b->count >= b->max) {
        b->stats.refused++;
        return false;
    }
    p->next = NULL;
    *b->tail = p;
    b->tail = &p->next;
    if (++b->count > b->stats.peak) b->stats.peak = b->count;
    backend_wake(b, c);
    return true;
}

void backend_wake(backend_t *b, core_t *waker)
{
    if (b->task.ready) return;
    b->stats.wakeups++;
    core_task_wake(waker, &b->task);
}

void backend_watch(backend_t *b, backend_watch_fn fn, void *ctx)
{
    b->watch = fn;
    b->watch_ctx = ctx;
}

uint32_t backend_waiting(const backend_t *b)
{
    return b->count;
}

bool backend_idle(const backend_t *b)
{
    return b->count == 0 && b->moving == BACKEND_REST && !b->task.ready;
}

const backend_stats_t *backend_stats(const backend_t *b)
{
    return &b->stats;
}
