// SPDX-License-Identifier: Apache-2.0
// Cores without an operating system: time, accounts, preemption, scheduling. Code on a core
// records, main asserts.
#include "hostbridge/core.h"
#include "traces/traces.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define US_PS  UINT64_C(1000000)
#define US_CYC UINT64_C(125)
#define LOG    4096u

// ---- a machine ---------------------------------------------------------------------------------

typedef struct job {
    struct box *box;
    core_task_t task;
    uint64_t piece_ps, left_ps;
    unsigned id, pieces, done;
} job_t;

typedef struct box {
    sim_t sim;
    core_params_t params;
    core_set_t *set;
    core_irq_t irq;
    job_t job[8];
    unsigned count;
    struct {
        uint64_t cyc;
        int what;
    } log[LOG];
    unsigned n;
    uint64_t hash;
    uint64_t handler_ps; // what the handler does
    int handled;         // times it has run
    int drop_level_after;
    bool claims;
} box_t;

static void note(box_t *b, uint64_t cyc, int what)
{
    if (b->n < LOG) {
        b->log[b->n].cyc = cyc;
        b->log[b->n++].what = what;
    }
    b->hash = (b->hash ^ cyc) * UINT64_C(0x100000001b3);
    b->hash = (b->hash ^ (uint64_t)what) * UINT64_C(0x100000001b3);
}

static void box_start(box_t *b, unsigned cores)
{
    sim_init(&b->sim);
    if (!b->params.slice_ps) b->params.slice_ps = 1000 * US_PS;
    b->set = core_set_create(&b->sim, cores, &b->params);
    assert_non_null(b->set);
    b->irq.core = &b->set->core[0];
}

static void box_end(box_t *b)
{
    char err[256];
    if (core_set_check(b->set, err) != 0) fail_msg("%s", err);
    core_set_destroy(b->set);
    assert_null(b->sim.head); // no event is left behind
}

static void job_run(core_t *c, void *ctx)
{
    job_t *j = ctx;
    while (j->done < j->pieces) {
        if (!j->left_ps) {
            j->left_ps = j->piece_ps;
            note(j->box, core_now_cyc(c), (int)(100 + j->id));
        }
        j->left_ps = core_work(c, j->left_ps);
        if (j->left_ps) return;
        j->done++;
        note(j->box, core_now_cyc(c), (int)(200 + j->id));
        if (core_should_yield(c)) return;
    }
    j->task.ready = false;
}

static job_t *add_job(box_t *b, unsigned core, uint64_t piece_ps, unsigned pieces)
{
    job_t *j = &b->job[b->count];
    *j = (job_t){.box = b, .piece_ps = piece_ps, .pieces = pieces, .id = b->count++};
    j->task = (core_task_t){.name = "job", .account = CORE_APP, .run = job_run, .ctx = j};
    core_task_add(&b->set->core[core], &j->task);
    return j;
}

static bool handler(void *ctx)
{
    box_t *b = ctx;
    core_t *c = core_current(&b->sim);
    note(b, core_now_cyc(c), 1);
    core_charge(c, b->handler_ps);
    core_sync(c);
    if (++b->handled == b->drop_level_after) core_irq_level(&b->irq, b->sim.now_cyc, false);
    return b->claims;
}

typedef struct timed {
    sim_event_t event;
    box_t *box;
    core_task_t *wake;
    int level; // 0, 1: of the pin; 2: a message; -1: not
} timed_t;

static void on_timed(void *ctx, uint64_t now_cyc)
{
    timed_t *t = ctx;
    if (t->level == 2) {
        core_irq_edge(&t->box->irq, now_cyc);
    } else if (t->level >= 0) {
        core_irq_level(&t->box->irq, now_cyc, t->level);
    }
    if (t->wake) core_task_wake(NULL, t->wake);
}

static void at(box_t *b, timed_t *t, uint64_t cyc, int level, core_task_t *wake)
{
    *t = (timed_t){.box = b, .level = level, .wake = wake};
    sim_event_init(&t->event, "timed", on_timed, t);
    sim_at(&b->sim, &t->event, cyc);
}

static uint64_t account(const box_t *b, unsigned core, enum core_account a)
{
    uint64_t ps[CORE_ACCOUNTS];
    core_accounts(&b->set->core[core], b->sim.now_cyc, ps);
    return ps[a];
}

static void assert_log(const box_t *b, unsigned i, uint64_t cyc, int what)
{
    assert_true(i < b->n);
    assert_int_equal(b->log[i].what, what);
    assert_int_equal(b->log[i].cyc, cyc);
}

// ---- time --------------------------------------------------------------------------------------

static int charges(void *ctx)
{
    box_t *b = ctx;
    core_t *c = core_current(&b->sim);
    for (int i = 0; i < 1000; i++) {
        core_charge(c, 1001); // 1.001 ns: far below a cycle
        core_sync(c);
        if (!core_settled(c)) return -1;
        if (b->sim.now_cyc * CYC_PS - c->local_ps >= CYC_PS)
            return -2; // not farther than the next edge
    }
    return c->local_ps == 1001000 && core_now_cyc(c) == 126 ? 0 : -3;
}

static void costs_below_a_cycle_add_up_exactly(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    box_start(&b, 1);
    assert_int_equal(core_call(&b.set->core[0], charges, &b), 0);
    assert_int_equal(account(&b, 0, CORE_KSOFTIRQD), 1001000);
    box_end(&b);
}

static void on_note(void *ctx, uint64_t now_cyc)
{
    note(ctx, now_cyc, 9);
}

static int looks(void *ctx)
{
    box_t *b = ctx;
    core_t *c = core_current(&b->sim);
    core_charge(c, 100 * CYC_PS);
    if (b->n != 0) return -1; // charging does not move the world
    core_sync(c);
    return b->n == 2 && b->sim.now_cyc == 100 ? 0
                                              : -2; // what is due at 100 itself is still to come
}

static void a_sync_runs_the_world_up_to_the_local_time_and_not_beyond(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    sim_event_t e[4];
    const uint64_t when[4] = {99, 20, 100, 101};
    box_start(&b, 1);
    for (unsigned i = 0; i < 4; i++) {
        sim_event_init(&e[i], "note", on_note, &b);
        sim_at(&b.sim, &e[i], when[i]);
    }
    assert_int_equal(core_call(&b.set->core[0], looks, &b), 0);
    assert_true(core_set_run(b.set, 200));
    assert_int_equal(b.n, 4);
    assert_int_equal(b.sim.now_cyc, 200);
    box_end(&b);
}

static int sleeps_forever(void *ctx)
{
    box_t *b = ctx;
    core_stall(core_current(&b->sim));
    return 0;
}

static void a_world_at_rest_is_reported(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    box_start(&b, 2);
    assert_false(core_set_run(b.set, SIM_NEVER));
    assert_int_equal(core_call(&b.set->core[1], sleeps_forever, &b), -EDEADLK);
    assert_int_equal(b.sim.now_cyc, 0);
    box_end(&b);
}

// ---- interrupts --------------------------------------------------------------------------------

static void an_interrupt_preempts_a_task_at_the_exact_cycle(void **state)
{
    (void)state;
    static box_t b;
    for (uint64_t cyc = 1000; cyc < 1003; cyc++) {
        memset(&b, 0, sizeof b);
        b.params.irq_entry_ps = 500000;
        b.params.irq_exit_ps = 300000;
        b.handler_ps = 203000;
        b.claims = true;
        box_start(&b, 1);
        core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
        job_t *j = add_job(&b, 0, 50 * US_PS + 1, 1);
        timed_t wake, irq;
        at(&b, &wake, 10, -1, &j->task);
        at(&b, &irq, cyc, 2, NULL);
        core_set_run(b.set, 10000);
        assert_log(&b, 0, 10, 100);
        assert_log(&b, 1, cyc + 63, 1); // 500 ns = 62.5 cycles later
        // 50.000001 us of work and 1.003 us of interrupt after cycle 10
        assert_log(&b, 2, 10 + (50000001 + 1003000 + 7999) / 8000, 200);
        assert_int_equal(account(&b, 0, CORE_APP), 50000001);
        assert_int_equal(account(&b, 0, CORE_IRQ), 1003000);
        assert_int_equal(account(&b, 0, CORE_IDLE), 10000 * 8000 - 51003001);
        box_end(&b);
    }
}

static void a_level_is_served_again_while_it_is_asserted(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.irq_entry_ps = 100 * CYC_PS;
    b.claims = true;
    b.drop_level_after = 3;
    box_start(&b, 1);
    core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
    timed_t t;
    at(&b, &t, 50, 1, NULL);
    core_set_run(b.set, 1000);
    assert_int_equal(b.handled, 3);
    for (unsigned i = 0; i < 3; i++) assert_log(&b, i, 150 + 100 * i, 1);
    assert_int_equal(b.irq.taken, 3);
    assert_int_equal(b.irq.spurious, 0);
    box_end(&b);
}

static void a_level_that_falls_early_makes_a_spurious_interrupt(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.idle_exit_ps = 100 * CYC_PS;
    box_start(&b, 1);
    core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
    timed_t up, down;
    at(&b, &up, 50, 1, NULL);
    at(&b, &down, 60, 0, NULL);
    core_set_run(b.set, 1000);
    assert_int_equal(b.handled, 1);
    assert_log(&b, 0, 150, 1);
    assert_int_equal(b.irq.spurious, 1);
    assert_int_equal(account(&b, 0, CORE_IDLE), 1000 * CYC_PS);
    box_end(&b);
}

static void an_interrupt_nobody_claims_is_switched_off_and_time_goes_on(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    box_start(&b, 1);
    core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
    timed_t t;
    at(&b, &t, 50, 1, NULL);
    core_set_run(b.set, 100000);
    assert_int_equal(b.irq.spurious, 1000);
    assert_true(b.irq.disabled);
    assert_int_equal(b.log[999].cyc, 50 + 999); // a cycle each where nothing else takes time
    box_end(&b);
}

static void a_message_during_its_handler_is_not_lost(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.handler_ps = 100 * CYC_PS;
    b.claims = true;
    box_start(&b, 1);
    core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
    timed_t t[3];
    at(&b, &t[0], 50, 2, NULL);
    at(&b, &t[1], 60, 2, NULL);
    at(&b, &t[2], 70, 2, NULL); // merges with the one before
    core_set_run(b.set, 1000);
    assert_int_equal(b.handled, 2);
    assert_log(&b, 1, 150, 1);
    box_end(&b);
}

static void a_level_is_looked_at_when_its_handler_ends(void **state)
{
    (void)state;
    for (unsigned rise = 0; rise < 2; rise++) {
        static box_t b;
        memset(&b, 0, sizeof b);
        b.handler_ps = 100 * CYC_PS;
        b.claims = true;
        box_start(&b, 1);
        core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
        timed_t t[4];
        at(&b, &t[0], 50, 1, NULL);
        at(&b, &t[1], 60, 0, NULL);
        at(&b, &t[2], 70, 1, NULL);
        at(&b, &t[3], rise ? 170 : 80, 0, NULL);
        core_set_run(b.set, 1000);
        assert_int_equal(b.handled, 1 + rise);
        box_end(&b);
    }
}

static void what_was_asserted_before_anybody_listened_is_delivered(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.claims = true;
    b.drop_level_after = 1;
    box_start(&b, 1);
    core_irq_level(&b.irq, 0, true);
    core_set_run(b.set, 10);
    core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
    core_set_run(b.set, 20);
    assert_int_equal(b.handled, 1);
    assert_log(&b, 0, 10, 1);
    core_irq_level(&b.irq, 20, true);
    core_irq_listen(&b.irq, &b.set->core[0], NULL, NULL);
    core_set_run(b.set, 30);
    assert_int_equal(b.handled, 1);
    box_end(&b);
}

// ---- softirqs ----------------------------------------------------------------------------------

static void endless_softirq(core_t *c, void *ctx)
{
    box_t *b = ctx;
    note(b, core_now_cyc(c), 2);
    core_charge(c, US_PS);
    if (b->n < 40) core_softirq_raise(c, CORE_SOFTIRQ_RX);
}

static bool raises(void *ctx)
{
    core_softirq_raise(core_current(&((box_t *)ctx)->sim), CORE_SOFTIRQ_RX);
    return true;
}

// Ticks every 10 us. Work from 5 us to 35 us, an interrupt from 18 us to 21 us in it: its tick finds
// the work that goes on behind it. Then idle, up to and with the tick at 60 us.
typedef struct alarm_clock {
    box_t *box;
    core_irq_t irq;
    core_task_t *task;
} alarm_clock_t;

static bool rings(void *ctx)
{
    alarm_clock_t *w = ctx;
    core_task_wake(core_current(&w->box->sim), w->task);
    return true;
}

// Has core `by` wake the task, and runs for 20 us.
static void wake_from(box_t *b, unsigned by, core_task_t *task)
{
    alarm_clock_t w = {.box = b, .task = task};
    w.irq.core = &b->set->core[by];
    core_irq_listen(&w.irq, w.irq.core, rings, &w);
    core_irq_edge(&w.irq, b->sim.now_cyc);
    core_set_run(b->set, b->sim.now_cyc + 20 * US_CYC);
    assert_int_equal(w.irq.taken, 1);
}

static void a_floating_task_is_woken_where_nothing_runs(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.wakeup_ps = 1000;
    b.params.wakeup_remote_ps = 7000;
    box_start(&b, 3);
    job_t *j = add_job(&b, 0, US_PS, 6);
    job_t *busy[3];
    for (unsigned i = 0; i < 3; i++) busy[i] = add_job(&b, i, 1000000 * US_PS, 1);
    core_set_run(b.set, 10);
    wake_from(&b, 2, &j->task); // bound to its core
    assert_ptr_equal(j->task.core, &b.set->core[0]);
    j->task.floats = true;
    j->pieces = 100;
    j->done = 99;
    wake_from(&b, 2, &j->task); // the waker does nothing else
    assert_ptr_equal(j->task.core, &b.set->core[2]);
    assert_int_equal(j->done, 100);
    core_task_wake(NULL, &busy[2]->task);
    j->done = 99;
    wake_from(&b, 2, &j->task); // the waker and its last core are busy: the first that is not
    assert_ptr_equal(j->task.core, &b.set->core[0]);
    j->done = 99;
    wake_from(&b, 2, &j->task); // its last core is free
    assert_ptr_equal(j->task.core, &b.set->core[0]);
    core_task_wake(NULL, &busy[0]->task);
    core_task_wake(NULL, &busy[1]->task);
    j->done = 99;
    wake_from(&b, 1, &j->task); // none is: it stays
    assert_ptr_equal(j->task.core, &b.set->core[0]);
    // Remote once when bound, twice to core 0; the others by the core itself.
    assert_int_equal(account(&b, 2, CORE_IRQ), 3 * 7000 + 1000);
    assert_int_equal(account(&b, 1, CORE_IRQ), 7000);
    box_end(&b);
}

static void sleeps_long(void *ctx)
{
    core_sleep(core_current(ctx), 1000 * US_PS);
}

// Its last core comes before others that are free, unless a work item has it; one of a guest is none.
static void a_floating_task_goes_back_to_its_core(void **state)
{
    (void)state;
    static box_t b;
    static vcpu_t guest;
    memset(&b, 0, sizeof b);
    memset(&guest, 0, sizeof guest);
    box_start(&b, 4);
    b.set->core[1].vcpu = &guest;
    job_t *j = add_job(&b, 3, US_PS, 2);
    core_task_wake(NULL, &add_job(&b, 0, 1000000 * US_PS, 1)->task);
    j->task.floats = true;
    core_set_run(b.set, 10);
    wake_from(&b, 0, &j->task);
    assert_ptr_equal(j->task.core, &b.set->core[3]);
    core_item_t item = {.fn = sleeps_long, .ctx = &b.sim};
    core_item_queue(&b.set->core[3], &item);
    core_set_run(b.set, b.sim.now_cyc + 10);
    j->done = 0;
    wake_from(&b, 0, &j->task);
    assert_ptr_equal(j->task.core, &b.set->core[2]);
    core_set_run(b.set, b.sim.now_cyc + 2000 * US_CYC);
    box_end(&b);
}

// One of a guest does not go to a core of the host, though that is free; to another one of guests it does.
static void a_floating_task_of_a_guest_stays_off_the_host(void **state)
{
    (void)state;
    for (unsigned runs = 0; runs < 2; runs++) {
        static box_t b;
        static vcpu_t guest[2];
        memset(&b, 0, sizeof b);
        memset(guest, 0, sizeof guest);
        box_start(&b, 4);
        b.set->core[0].vcpu = &guest[0];
        b.set->core[3].vcpu = &guest[1];
        job_t *j = add_job(&b, 0, US_PS, 2);
        core_task_wake(NULL, &add_job(&b, 0, 1000000 * US_PS, 1)->task);
        if (runs) core_task_wake(NULL, &add_job(&b, 3, 1000000 * US_PS, 1)->task);
        j->task.floats = true;
        core_set_run(b.set, 10);
        wake_from(&b, 0, &j->task);
        assert_ptr_equal(j->task.core, &b.set->core[runs ? 0 : 3]);
        box_end(&b);
    }
}

static bool takes_time_and_raises(void *ctx)
{
    core_t *c = core_current(&((box_t *)ctx)->sim);
    core_charge(c, 4 * US_PS);
    core_softirq_raise(c, CORE_SOFTIRQ_RX);
    return true;
}

// Ticks every 10 us, work, from 8 us to 12 us a handler, 1 us of softirq behind it.
static void a_tick_in_a_handler_finds_the_softirq_behind_it(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.tick_ps = 10 * US_PS;
    b.n = 40; // one round
    box_start(&b, 1);
    core_set_softirq(b.set, CORE_SOFTIRQ_RX, endless_softirq, &b);
    core_irq_listen(&b.irq, &b.set->core[0], takes_time_and_raises, &b);
    core_task_wake(NULL, &add_job(&b, 0, 100 * US_PS, 1)->task);
    timed_t irq;
    at(&b, &irq, 8 * US_CYC, 2, NULL);
    core_set_run(b.set, 25 * US_CYC);
    uint64_t ticks[CORE_ACCOUNTS];
    core_ticks(&b.set->core[0], b.sim.now_cyc, ticks);
    assert_int_equal(ticks[CORE_IRQ], 0);
    assert_int_equal(ticks[CORE_SOFTIRQ], 1);
    assert_int_equal(ticks[CORE_APP], 1);
    assert_int_equal(account(&b, 0, CORE_SOFTIRQ), US_PS);
    box_end(&b);
}

static void a_tick_finds_what_is_running_but_no_handler(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.tick_ps = 10 * US_PS;
    b.handler_ps = 3 * US_PS;
    b.claims = true;
    box_start(&b, 2);
    core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
    job_t *j = add_job(&b, 0, 27 * US_PS, 1);
    timed_t wake, irq;
    uint64_t ticks[CORE_ACCOUNTS];
    at(&b, &wake, 5 * US_CYC, -1, &j->task);
    at(&b, &irq, 18 * US_CYC, 2, NULL);
    core_set_run(b.set, 19 * US_CYC); // in the handler
    core_ticks(&b.set->core[0], b.sim.now_cyc, ticks);
    assert_int_equal(ticks[CORE_APP], 1);
    core_set_run(b.set, 20 * US_CYC + 1);
    core_ticks(&b.set->core[0], b.sim.now_cyc, ticks);
    assert_int_equal(ticks[CORE_IRQ] + ticks[CORE_APP], 1); // it waits
    core_set_run(b.set, 60 * US_CYC);
    core_ticks(&b.set->core[0], b.sim.now_cyc, ticks);
    assert_int_equal(ticks[CORE_IRQ], 0);
    assert_int_equal(ticks[CORE_APP], 3);  // 10, 20 (late), 30
    assert_int_equal(ticks[CORE_IDLE], 3); // 40, 50, 60
    assert_int_equal(account(&b, 0, CORE_APP), 27 * US_PS);
    core_ticks(&b.set->core[1], b.sim.now_cyc, ticks);
    assert_int_equal(ticks[CORE_IDLE], 6);
    box_end(&b);
}

static void ksoftirqd_takes_over_after_ten_rounds(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.wakeup_ps = 2 * US_PS;
    b.params.context_switch_ps = 3 * US_PS;
    b.params.softirq_entry_ps = US_PS;
    box_start(&b, 1);
    core_set_softirq(b.set, CORE_SOFTIRQ_RX, endless_softirq, &b);
    core_irq_listen(&b.irq, &b.set->core[0], raises, &b);
    timed_t t;
    at(&b, &t, 0, 2, NULL);
    core_set_run(b.set, 1000 * US_CYC);
    assert_int_equal(b.n, 40);
    // entry and ten rounds, wake-up and switch, entry and ten rounds, ...
    assert_log(&b, 9, 10 * US_CYC, 2);
    assert_log(&b, 10, (11 + 2 + 3 + 1) * US_CYC, 2);
    assert_log(&b, 20, (17 + 10 + 1) * US_CYC, 2); // awake already, no switch
    assert_int_equal(b.set->core[0].ksoftirqd_wakeups, 1);
    assert_int_equal(account(&b, 0, CORE_SOFTIRQ), 13 * US_PS);
    assert_int_equal(account(&b, 0, CORE_KSOFTIRQD), (3 + 3 * 11) * US_PS);
    box_end(&b);
}

// A thread of the driver, queued by an interrupt or a timer.
typedef struct thread {
    box_t *box;
    core_item_t item;
    sim_event_t event;
} thread_t;

static void thread_run(void *ctx)
{
    const thread_t *t = ctx;
    core_t *c = core_current(&t->box->sim);
    note(t->box, core_now_cyc(c), 70);
    core_bh_disable(c);
    core_bh_enable(c); // the softirq is ksoftirqd's by now
    note(t->box, core_now_cyc(c), 71);
}

static void thread_queue(void *ctx, uint64_t now_cyc)
{
    thread_t *t = ctx;
    (void)now_cyc;
    core_item_queue(&t->box->set->core[0], &t->item);
}

static bool raises_and_queues(void *ctx)
{
    thread_t *t = ctx;
    thread_queue(t, 0);
    return raises(t->box);
}

// A softirq run has its ten rounds whatever waits; ksoftirqd gives way between two rounds.
static void a_thread_waits_for_ten_rounds_but_for_one_of_ksoftirqd(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    box_start(&b, 1);
    core_set_softirq(b.set, CORE_SOFTIRQ_RX, endless_softirq, &b);
    thread_t first = {.box = &b, .item = {.fn = thread_run, .ctx = &first}};
    thread_t second = {.box = &b, .item = {.fn = thread_run, .ctx = &second}};
    core_irq_listen(&b.irq, &b.set->core[0], raises_and_queues, &first);
    sim_event_init(&second.event, "thread", thread_queue, &second);
    sim_at(&b.sim, &second.event, 12 * US_CYC + 60);
    timed_t irq;
    at(&b, &irq, 0, 2, NULL);
    core_set_run(b.set, 1000 * US_CYC);
    assert_log(&b, 9, 9 * US_CYC, 2);
    assert_log(&b, 10, 10 * US_CYC, 70);
    assert_log(&b, 11, 10 * US_CYC, 71);
    assert_log(&b, 12, 10 * US_CYC, 2);
    assert_log(&b, 14, 12 * US_CYC, 2);
    assert_log(&b, 15, 13 * US_CYC, 70);
    assert_log(&b, 16, 13 * US_CYC, 71);
    assert_log(&b, 17, 13 * US_CYC, 2);
    box_end(&b);
}

typedef struct late {
    box_t *box;
    uint64_t first_ps;
    core_task_t task;
    uint64_t left_ps;
    bool begun;
} late_t;

static void charges_first(core_t *c, void *ctx)
{
    late_t *l = ctx;
    if (!l->begun) core_charge(c, l->first_ps);
    l->begun = true;
    l->left_ps = core_work(c, l->left_ps);
    if (l->left_ps) return;
    note(l->box, core_now_cyc(c), 5);
    l->task.ready = false;
}

static void an_interrupt_just_before_work_is_not_overslept(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.handler_ps = 10 * CYC_PS;
    b.claims = true;
    box_start(&b, 1);
    core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
    late_t l = {.box = &b, .first_ps = 1000 * CYC_PS, .left_ps = 5000 * CYC_PS};
    l.task = (core_task_t){.account = CORE_APP, .run = charges_first, .ctx = &l};
    core_task_add(&b.set->core[0], &l.task);
    timed_t wake, irq;
    at(&b, &wake, 100, -1, &l.task);
    at(&b, &irq, 600, 2, NULL);
    core_set_run(b.set, 10000);
    assert_log(&b, 0, 1100, 1); // at the first observation, which is the beginning of the work
    assert_log(&b, 1, 6110, 5);
    box_end(&b);
}

static int holds_softirqs_off(void *ctx)
{
    box_t *b = ctx;
    core_t *c = core_current(&b->sim);
    core_bh_disable(c);
    core_bh_disable(c);
    core_charge(c, 1000 * CYC_PS);
    core_sync(c); // takes the interrupt, whose softirq must wait
    note(b, core_now_cyc(c), 70);
    core_charge(c, 1000 * CYC_PS);
    core_bh_enable(c);
    note(b, core_now_cyc(c), 71);
    core_bh_enable(c); // it runs here
    note(b, core_now_cyc(c), 72);
    return 0;
}

static void softirq_once(core_t *c, void *ctx)
{
    note(ctx, core_now_cyc(c), 2);
    core_charge(c, 100 * CYC_PS);
}

static void a_softirq_waits_while_it_is_held_off(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    box_start(&b, 1);
    core_set_softirq(b.set, CORE_SOFTIRQ_RX, softirq_once, &b);
    core_irq_listen(&b.irq, &b.set->core[0], raises, &b);
    timed_t irq;
    at(&b, &irq, 500, 2, NULL);
    assert_int_equal(core_call(&b.set->core[0], holds_softirqs_off, &b), 0);
    assert_int_equal(b.irq.taken, 1);
    assert_log(&b, 0, 1000, 70);
    assert_log(&b, 1, 2000, 71);
    assert_log(&b, 2, 2000, 2);
    assert_log(&b, 3, 2100, 72);
    box_end(&b);
}

static void ksoftirqd_and_a_task_take_turns_by_slices(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.slice_ps = 25 * US_PS;
    box_start(&b, 1);
    core_set_softirq(b.set, CORE_SOFTIRQ_RX, endless_softirq, &b);
    core_irq_listen(&b.irq, &b.set->core[0], raises, &b);
    job_t *j = add_job(&b, 0, 1000 * US_PS, 1);
    timed_t wake, irq;
    at(&b, &wake, 0, -1, &j->task);
    at(&b, &irq, 5 * US_CYC, 2, NULL);
    core_set_run(b.set, 15 * US_CYC);
    assert_int_equal(account(&b, 0, CORE_APP), 5 * US_PS); // ten rounds go before it
    core_set_run(b.set, 35 * US_CYC);
    assert_int_equal(account(&b, 0, CORE_APP),
                     25 * US_PS); // its slice, 5 of it before the interrupt
    core_set_run(b.set, 60 * US_CYC);
    assert_int_equal(account(&b, 0, CORE_APP), 25 * US_PS);
    assert_int_equal(account(&b, 0, CORE_KSOFTIRQD), 25 * US_PS);
    core_set_run(b.set, 61 * US_CYC);
    assert_int_equal(account(&b, 0, CORE_APP), 26 * US_PS);
    box_end(&b);
}

// ---- tasks -------------------------------------------------------------------------------------

static void fair_tasks_share_a_core_in_slices(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.slice_ps = 10 * US_PS;
    box_start(&b, 1);
    timed_t t[3];
    for (unsigned i = 0; i < 3; i++)
        at(&b, &t[i], 0, -1, &add_job(&b, 0, (7 + i) * US_PS, 1000)->task);
    core_set_run(b.set, 300 * US_CYC);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t used = b.job[i].done * b.job[i].piece_ps;
        if (b.job[i].left_ps) used += b.job[i].piece_ps - b.job[i].left_ps;
        assert_int_equal(used, 100 * US_PS); // ten slices each, to the picosecond
    }
    box_end(&b);
}

// A tasklet goes before a process that has its slice, and that goes on behind it: no switch, whoever else waits.
static void a_tasklet_goes_before_processes(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.context_switch_ps = 10 * US_PS;
    b.params.softirq_entry_ps = 2 * US_PS;
    box_start(&b, 1);
    job_t *first = add_job(&b, 0, 100 * US_PS, 1), *other = add_job(&b, 0, 100 * US_PS, 1),
          *tasklet = add_job(&b, 0, 20 * US_PS, 1);
    tasklet->task.tasklet = true;
    timed_t t[3];
    at(&b, &t[0], 1000, -1, &first->task);
    at(&b, &t[1], 1001, -1, &other->task);
    at(&b, &t[2], 1000 + 60 * US_CYC, -1, &tasklet->task);
    core_set_run(b.set, 100000);
    assert_log(&b, 0, 1000 + 10 * US_CYC, 100);
    assert_log(&b, 1, 1000 + 62 * US_CYC, 102);
    assert_log(&b, 2, 1000 + 82 * US_CYC, 202);
    assert_log(&b, 3, 1000 + 132 * US_CYC, 200);
    assert_log(&b, 4, 1000 + 142 * US_CYC, 101);
    assert_log(&b, 5, 1000 + 242 * US_CYC, 201);
    box_end(&b);
}

static void sleeping_earns_no_credit(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.slice_ps = 10 * US_PS;
    box_start(&b, 1);
    job_t *busy = add_job(&b, 0, US_PS, 1000), *late = add_job(&b, 0, US_PS, 1000);
    timed_t t[2];
    at(&b, &t[0], 0, -1, &busy->task);
    at(&b, &t[1], 200 * US_CYC, -1, &late->task);
    core_set_run(b.set, 400 * US_CYC);
    assert_int_equal(late->done, 100);
    assert_int_equal(busy->done, 300);
    box_end(&b);
}

static void leaving_the_idle_state_is_a_context_switch(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.params.idle_exit_ps = 50 * CYC_PS;
    b.params.context_switch_ps = 30 * CYC_PS;
    box_start(&b, 1);
    job_t *j = add_job(&b, 0, 100 * CYC_PS, 1);
    timed_t t[2];
    at(&b, &t[0], 1000, -1, &j->task);
    core_set_run(b.set, 2000);
    assert_log(&b, 1, 1180, 200);
    j->done = 0;
    at(&b, &t[1], 3000, -1, &j->task);
    core_set_run(b.set, 4000);
    assert_log(&b, 3, 3180, 200);
    assert_int_equal(b.set->core[0].switches, 2);
    box_end(&b);
}

typedef struct chain {
    box_t *box;
    core_item_t item;
} chain_t;

static void notes_time(void *ctx)
{
    chain_t *k = ctx;
    note(k->box, core_now_cyc(core_current(&k->box->sim)), 80);
}

static int queues_on_the_other(void *ctx)
{
    chain_t *k = ctx;
    core_charge(core_current(&k->box->sim), 1000 * CYC_PS);
    core_item_queue(&k->box->set->core[1], &k->item);
    return 0;
}

static void a_work_item_does_not_begin_before_it_was_queued(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    box_start(&b, 2);
    chain_t k = {.box = &b};
    k.item = (core_item_t){.fn = notes_time, .ctx = &k};
    timed_t t;
    at(&b, &t, 300, -1,
       &add_job(&b, 1, 10, 1)->task); // core 1 is busy with looking around in between
    assert_int_equal(core_call(&b.set->core[0], queues_on_the_other, &k), 0);
    core_set_run(b.set, 2000);
    assert_log(&b, 2, 1000, 80);
    box_end(&b);
}

typedef struct waker {
    box_t *box;
    core_task_t *task;
} waker_t;

static int wakes(void *ctx)
{
    waker_t *w = ctx;
    core_t *c = core_current(&w->box->sim);
    core_task_wake(c, w->task);
    core_task_wake(c, w->task); // awake: free
    note(w->box, core_now_cyc(c), 50);
    return 0;
}

static void a_wake_up_is_paid_by_the_waker(void **state)
{
    (void)state;
    static box_t b;
    for (unsigned remote = 0; remote < 2; remote++) {
        memset(&b, 0, sizeof b);
        b.params.wakeup_ps = 3 * US_PS;
        b.params.wakeup_remote_ps = 5 * US_PS;
        b.params.idle_exit_ps = 7 * US_PS;
        b.params.context_switch_ps = 11 * US_PS;
        box_start(&b, 2);
        core_set_run(b.set, 1000);
        waker_t w = {&b, &add_job(&b, remote, US_PS, 1)->task};
        // The caller's core leaves idling (7) and switches to the work item (11) first.
        assert_int_equal(core_call(&b.set->core[0], wakes, &w), 0);
        core_set_run(b.set, 1000 + 100 * US_CYC);
        assert_log(&b, 0, 1000 + (18 + (remote ? 5 : 3)) * US_CYC, 50);
        // Its own core switches to the task (11); the other one leaves idling (7) and switches.
        assert_log(&b, 1, 1000 + (remote ? 23 + 18 : 21 + 11) * US_CYC, 100);
        assert_int_equal(account(&b, remote, CORE_APP), 12 * US_PS);
        box_end(&b);
    }
}

static int sleeper(void *ctx)
{
    box_t *b = ctx;
    core_t *c = core_current(&b->sim);
    core_charge(c, US_PS);
    core_sleep(c, 20 * US_PS);
    note(b, core_now_cyc(c), 60);
    return c->in_item ? 0 : -1;
}

static void while_a_work_item_sleeps_its_core_does_other_things(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    b.handler_ps = US_PS;
    b.claims = true;
    box_start(&b, 1);
    core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
    job_t *j = add_job(&b, 0, 2 * US_PS, 100);
    timed_t t, u;
    at(&b, &t, 5 * US_CYC, -1, &j->task);
    at(&b, &u, 6 * US_CYC, 2, NULL);
    assert_int_equal(core_call(&b.set->core[0], sleeper, &b), 0);
    // 1 us of its own, 4 us idle, then the task with an interrupt in it until it wakes at 21 us.
    assert_int_equal(b.sim.now_cyc, 21 * US_CYC);
    assert_int_equal(account(&b, 0, CORE_KSOFTIRQD), US_PS);
    assert_int_equal(account(&b, 0, CORE_IDLE), 4 * US_PS);
    assert_int_equal(account(&b, 0, CORE_IRQ), US_PS);
    assert_int_equal(account(&b, 0, CORE_APP), 15 * US_PS);
    assert_int_equal(j->done, 7);
    assert_int_equal(j->left_ps, US_PS);
    box_end(&b);
}

// ---- locks -------------------------------------------------------------------------------------

typedef struct critical {
    box_t *box;
    core_lock_t *lock;
    core_item_t item;
    unsigned id;
    int *inside, *worst;
} critical_t;

static void enters(void *ctx)
{
    critical_t *k = ctx;
    core_t *c = core_current(&k->box->sim);
    core_charge(c, k->id * 100 * CYC_PS);
    core_lock(c, k->lock);
    note(k->box, core_now_cyc(c), (int)k->id);
    if (++*k->inside > *k->worst) *k->worst = *k->inside;
    core_charge(c, 1000 * CYC_PS);
    core_sync(c);
    --*k->inside;
    core_unlock(c, k->lock);
}

static void a_lock_has_one_owner_and_serves_in_order(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    core_lock_t lock = {0};
    int inside = 0, worst = 0;
    critical_t k[4];
    box_start(&b, 4);
    for (unsigned i = 0; i < 4; i++) {
        k[i] =
            (critical_t){.box = &b, .lock = &lock, .id = 4 - i, .inside = &inside, .worst = &worst};
        k[i].item = (core_item_t){.fn = enters, .ctx = &k[i]};
        core_item_queue(&b.set->core[i], &k[i].item);
    }
    core_set_run(b.set, 10000);
    assert_int_equal(worst, 1);
    assert_int_equal(b.n, 4);
    for (unsigned i = 0; i < 4; i++) assert_log(&b, i, 100 + 1000 * i, (int)i + 1);
    assert_int_equal(account(&b, 0, CORE_KSOFTIRQD), 4100 * CYC_PS); // spinning is not idling
    box_end(&b);
}

static void enters_thrice(void *ctx)
{
    for (unsigned i = 0; i < 3; i++) enters(ctx);
}

// Whoever unlocks may be the one that locks again before the next in line has moved.
static void a_lock_that_is_taken_again_at_once_keeps_one_owner(void **state)
{
    (void)state;
    static box_t b;
    memset(&b, 0, sizeof b);
    core_lock_t lock = {0};
    int inside = 0, worst = 0;
    critical_t k[3];
    box_start(&b, 3);
    for (unsigned i = 0; i < 3; i++) {
        k[i] = (critical_t){.box = &b, .lock = &lock, .id = 0, .inside = &inside, .worst = &worst};
        k[i].item = (core_item_t){.fn = enters_thrice, .ctx = &k[i]};
        core_item_queue(&b.set->core[i], &k[i].item);
    }
    core_set_run(b.set, 20000);
    assert_int_equal(worst, 1);
    assert_int_equal(b.n, 9);
    for (unsigned i = 0; i < 9; i++) assert_int_equal(b.log[i].cyc, 1000 * i);
    box_end(&b);
}

// ---- random work -------------------------------------------------------------------------------

typedef struct storm {
    box_t box;
    rng_t rng;
    sim_event_t event;
    core_irq_t irq[CORE_MAX];
    core_item_t item[CORE_MAX];
    core_lock_t lock;
    unsigned cores;
    uint64_t steps;
} storm_t;

static core_t *storm_core(storm_t *s)
{
    return &s->box.set->core[rng_below(&s->rng, s->cores)];
}

static bool storm_handler(void *ctx)
{
    storm_t *s = ctx;
    core_t *c = core_current(&s->box.sim);
    core_charge(c, rng_below(&s->rng, 3000000));
    core_sync(c);
    note(&s->box, core_now_cyc(c), (int)(10 + c->id));
    core_softirq_raise(c, CORE_SOFTIRQ_RX);
    core_irq_level(&s->irq[c->id], s->box.sim.now_cyc, false);
    return true;
}

static void storm_softirq(core_t *c, void *ctx)
{
    storm_t *s = ctx;
    for (uint64_t n = rng_below(&s->rng, 5); n > 0; n--) {
        core_charge(c, rng_below(&s->rng, 2000000));
        core_sync(c);
        note(&s->box, core_now_cyc(c), (int)(30 + c->id));
        core_task_wake(c, &s->box.job[rng_below(&s->rng, s->box.count)].task);
    }
    if (rng_below(&s->rng, 3) == 0) core_softirq_raise(c, CORE_SOFTIRQ_RX);
    if (rng_below(&s->rng, 200) == 0) { // enough to need ksoftirqd
        core_softirq_raise(c, CORE_SOFTIRQ_TX);
    }
}

static void storm_flood(core_t *c, void *ctx)
{
    storm_t *s = ctx;
    core_charge(c, 100000);
    if (rng_below(&s->rng, 100)) core_softirq_raise(c, CORE_SOFTIRQ_TX);
}

static void storm_item(void *ctx)
{
    storm_t *s = ctx;
    core_t *c = core_current(&s->box.sim);
    core_charge(c, rng_below(&s->rng, 1000000));
    core_lock(c, &s->lock);
    core_charge(c, rng_below(&s->rng, 1000000));
    core_sync(c);
    core_unlock(c, &s->lock);
    if (rng_below(&s->rng, 2)) core_sleep(c, rng_below(&s->rng, 50000000));
    note(&s->box, core_now_cyc(c), (int)(50 + c->id));
}

static void storm_step(void *ctx, uint64_t now_cyc)
{
    storm_t *s = ctx;
    core_t *c = storm_core(s);
    switch (rng_below(&s->rng, 4)) {
    case 0: core_irq_level(&s->irq[c->id], now_cyc, true); break;
    case 1: core_item_queue(c, &s->item[c->id]); break;
    case 2: {
        job_t *j = &s->box.job[rng_below(&s->rng, s->box.count)];
        j->done = 0;
        core_task_wake(NULL, &j->task);
        break;
    }
    default: break;
    }
    if (--s->steps) sim_at(&s->box.sim, &s->event, now_cyc + rng_below(&s->rng, 1000));
}

static uint64_t storm_run(unsigned cores, uint64_t seed, bool check)
{
    static storm_t s;
    memset(&s, 0, sizeof s);
    rng_seed(&s.rng, seed);
    s.cores = cores;
    s.steps = 3000;
    uint64_t *cost = (uint64_t *)&s.box.params;
    for (unsigned i = 0; i < sizeof s.box.params / sizeof *cost; i++)
        cost[i] = rng_below(&s.rng, 1500001);
    s.box.params.slice_ps = 1 + rng_below(&s.rng, 20000000);
    box_start(&s.box, cores);
    core_set_softirq(s.box.set, CORE_SOFTIRQ_RX, storm_softirq, &s);
    core_set_softirq(s.box.set, CORE_SOFTIRQ_TX, storm_flood, &s);
    for (unsigned i = 0; i < cores; i++) {
        core_irq_listen(&s.irq[i], &s.box.set->core[i], storm_handler, &s);
        s.item[i] = (core_item_t){.fn = storm_item, .ctx = &s};
        add_job(&s.box, i, 1 + rng_below(&s.rng, 5000000), 5);
        add_job(&s.box, i, 1 + rng_below(&s.rng, 5000000), 5);
    }
    sim_event_init(&s.event, "storm", storm_step, &s);
    sim_at(&s.box.sim, &s.event, 5);
    char err[256];
    for (uint64_t t = 0; s.steps && t < 100000000; t += 1 + rng_below(&s.rng, 5000)) {
        core_set_run(s.box.set, t);
        if (check && core_set_check(s.box.set, err) != 0)
            fail_msg("seed %u: %s", (unsigned)seed, err);
    }
    assert_int_equal(s.steps, 0);
    uint64_t hash = s.box.hash;
    for (unsigned i = 0; i < cores; i++) {
        for (unsigned k = 0; k < CORE_ACCOUNTS; k++) {
            hash = (hash ^ account(&s.box, i, (enum core_account)k)) * UINT64_C(0x100000001b3);
        }
    }
    box_end(&s.box);
    return hash;
}

static void accounts_sum_to_the_wall_on_random_work(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) storm_run(1 + seed % 4, seed, true);
}

static void the_same_run_twice_is_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        uint64_t hash = storm_run(1 + seed % 4, seed, true);
        assert_true(hash == storm_run(1 + seed % 4, seed, false));
        assert_true(hash != storm_run(1 + seed % 4, seed + 100, false));
    }
}

// A core that has nothing to do with the others is not disturbed by their switching.
static void a_core_runs_the_same_whatever_the_others_do(void **state)
{
    (void)state;
    static box_t b;
    uint64_t hash[3];
    for (unsigned cores = 1; cores <= 3; cores++) {
        memset(&b, 0, sizeof b);
        b.params.slice_ps = 9 * US_PS;
        b.params.irq_entry_ps = 1234567;
        b.claims = true;
        b.handler_ps = 777777;
        box_start(&b, cores);
        core_irq_listen(&b.irq, &b.set->core[0], handler, &b);
        timed_t wake[8], irq[8];
        for (unsigned i = 0; i < 2; i++) {
            at(&b, &wake[i], 3 + 1000 * i, -1, &add_job(&b, 0, 3333333 + 1000001 * i, 50)->task);
        }
        static box_t others;
        memset(&others, 0, sizeof others);
        for (unsigned c = 1; c < cores; c++) {
            job_t *j = add_job(&b, c, 100001 * c, 5000);
            j->box = &others; // their own log
            at(&b, &wake[1 + c], 1, -1, &j->task);
        }
        for (unsigned i = 0; i < 8; i++) at(&b, &irq[i], 500 + 777 * i, 2, NULL);
        core_set_run(b.set, 100000);
        hash[cores - 1] = b.hash;
        if (cores > 1) assert_true(others.n > 1000);
        assert_int_equal(b.handled, 8);
        box_end(&b);
    }
    assert_true(hash[0] == hash[1] && hash[1] == hash[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_below_a_cycle_add_up_exactly),
        cmocka_unit_test(a_sync_runs_the_world_up_to_the_local_time_and_not_beyond),
        cmocka_unit_test(a_world_at_rest_is_reported),
        cmocka_unit_test(an_interrupt_preempts_a_task_at_the_exact_cycle),
        cmocka_unit_test(a_level_is_served_again_while_it_is_asserted),
        cmocka_unit_test(a_level_that_falls_early_makes_a_spurious_interrupt),
        cmocka_unit_test(an_interrupt_nobody_claims_is_switched_off_and_time_goes_on),
        cmocka_unit_test(a_message_during_its_handler_is_not_lost),
        cmocka_unit_test(a_level_is_looked_at_when_its_handler_ends),
        cmocka_unit_test(what_was_asserted_before_anybody_listened_is_delivered),
        cmocka_unit_test(a_floating_task_is_woken_where_nothing_runs),
        cmocka_unit_test(a_floating_task_goes_back_to_its_core),
        cmocka_unit_test(a_floating_task_of_a_guest_stays_off_the_host),
        cmocka_unit_test(a_tick_in_a_handler_finds_the_softirq_behind_it),
        cmocka_unit_test(a_tick_finds_what_is_running_but_no_handler),
        cmocka_unit_test(ksoftirqd_takes_over_after_ten_rounds),
        cmocka_unit_test(a_thread_waits_for_ten_rounds_but_for_one_of_ksoftirqd),
        cmocka_unit_test(ksoftirqd_and_a_task_take_turns_by_slices),
        cmocka_unit_test(fair_tasks_share_a_core_in_slices),
        cmocka_unit_test(a_tasklet_goes_before_processes),
        cmocka_unit_test(sleeping_earns_no_credit),
        cmocka_unit_test(a_wake_up_is_paid_by_the_waker),
        cmocka_unit_test(while_a_work_item_sleeps_its_core_does_other_things),
        cmocka_unit_test(a_lock_has_one_owner_and_serves_in_order),
        cmocka_unit_test(an_interrupt_just_before_work_is_not_overslept),
        cmocka_unit_test(a_softirq_waits_while_it_is_held_off),
        cmocka_unit_test(leaving_the_idle_state_is_a_context_switch),
        cmocka_unit_test(a_work_item_does_not_begin_before_it_was_queued),
        cmocka_unit_test(a_lock_that_is_taken_again_at_once_keeps_one_owner),
        cmocka_unit_test(accounts_sum_to_the_wall_on_random_work),
        cmocka_unit_test(the_same_run_twice_is_the_same),
        cmocka_unit_test(a_core_runs_the_same_whatever_the_others_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
