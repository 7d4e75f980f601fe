// SPDX-License-Identifier: Apache-2.0
// What cores cost the simulator: a change of stacks, two cores that take turns, an interrupt with
// its softirq and a task. Prints rows of a table for docs/performance.md; the best of five rounds by
// CPU time. Nothing of it takes time in the simulation but what makes cores wait for each other.
#include "hostbridge/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 5u
#define TIMES  2000000u

static double cpu_seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void row(const char *name, double (*measure)(void))
{
    double best = 1e9;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const double s = measure();
        if (s < best) best = s;
    }
    printf("| %s | %.1f |\n", name, best * 1e9 / TIMES);
}

// ---- stacks ------------------------------------------------------------------------------------

typedef struct pair {
    coro_t main, other;
} pair_t;

static void bounce(void *arg)
{
    pair_t *p = arg;
    for (;;) coro_switch(&p->other, &p->main);
}

static double switches(void)
{
    pair_t p;
    coro_adopt(&p.main);
    if (coro_create(&p.other, 65536, bounce, &p) != 0) exit(2);
    const double begin = cpu_seconds();
    for (unsigned i = 0; i < TIMES / 2; i++) coro_switch(&p.main, &p.other);
    const double took = cpu_seconds() - begin;
    coro_destroy(&p.other);
    return took;
}

// ---- cores -------------------------------------------------------------------------------------

typedef struct bench {
    sim_t sim;
    core_set_t *set;
    core_task_t task[2];
    core_irq_t irq;
    sim_event_t event;
    uint64_t left;
} bench_t;

static void start(bench_t *b, unsigned cores)
{
    const core_params_t params = {.slice_ps = 1000000000, .tick_ps = 4000000000};
    sim_init(&b->sim);
    b->set = core_set_create(&b->sim, cores, &params);
    if (!b->set) exit(2);
}

// A microsecond of work at a time, on both cores in turn.
static void works(core_t *c, void *ctx)
{
    bench_t *b = ctx;
    while (b->left) {
        b->left--;
        core_charge(c, 1000000);
        core_sync(c);
    }
    b->task[c->id].ready = false;
}

static double turns(void)
{
    static bench_t b;
    b = (bench_t){.left = TIMES};
    start(&b, 2);
    for (unsigned i = 0; i < 2; i++) {
        b.task[i] = (core_task_t){.name = "work", .account = CORE_APP, .run = works, .ctx = &b};
        core_task_add(&b.set->core[i], &b.task[i]);
        core_task_wake(NULL, &b.task[i]);
    }
    const double begin = cpu_seconds();
    core_set_run(b.set, SIM_NEVER);
    const double took = cpu_seconds() - begin;
    core_set_destroy(b.set);
    return took;
}

// An interrupt a microsecond, whose softirq wakes the task.
static bool handler(void *ctx)
{
    bench_t *b = ctx;
    core_softirq_raise(b->irq.core, CORE_SOFTIRQ_RX);
    return true;
}

static void softirq(core_t *c, void *ctx)
{
    bench_t *b = ctx;
    core_task_wake(c, &b->task[0]);
}

static void sleeps_again(core_t *c, void *ctx)
{
    (void)c;
    ((bench_t *)ctx)->task[0].ready = false;
}

static void on_event(void *ctx, uint64_t now_cyc)
{
    bench_t *b = ctx;
    core_irq_edge(&b->irq, now_cyc);
    if (--b->left) sim_at(&b->sim, &b->event, now_cyc + 125);
}

static double interrupts(void)
{
    static bench_t b;
    b = (bench_t){.left = TIMES};
    start(&b, 1);
    b.task[0] = (core_task_t){.name = "app", .account = CORE_APP, .run = sleeps_again, .ctx = &b};
    core_task_add(&b.set->core[0], &b.task[0]);
    core_set_softirq(b.set, CORE_SOFTIRQ_RX, softirq, &b);
    core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
    sim_event_init(&b.event, "interrupt", on_event, &b);
    sim_at(&b.sim, &b.event, 125);
    const double begin = cpu_seconds();
    core_set_run(b.set, SIM_NEVER);
    const double took = cpu_seconds() - begin;
    core_set_destroy(b.set);
    return took;
}

int main(void)
{
    row("from one stack to another", switches);
    row("two cores taking turns, each time", turns);
    row("interrupt, softirq, wake-up, task, idle again", interrupts);
    return 0;
}
