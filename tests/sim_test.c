// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

// An engine that has work at given cycles and notes when it does it.
typedef struct fake {
    sim_t *sim;
    uint64_t now_cyc;
    uint64_t work[16];
    unsigned n, done, stops, runs;
    bool stopped;
    char *log;
    void (*at_work)(struct fake *f, uint64_t cyc);
    sim_event_t *queue; // for at_work
    uint64_t queue_in_cyc;
} fake_t;

static uint64_t fake_next(void *ctx)
{
    fake_t *f = ctx;
    return f->done < f->n ? f->work[f->done] : SIM_NEVER;
}

static uint64_t fake_run(void *ctx, uint64_t until)
{
    fake_t *f = ctx;
    f->stopped = false;
    f->runs++;
    while (f->done < f->n && f->work[f->done] < until) {
        uint64_t cyc = f->now_cyc = f->work[f->done];
        f->done++;
        strcat(f->log, "D");
        if (f->at_work) f->at_work(f, cyc);
        if (f->stopped) return f->now_cyc = cyc + 1;
    }
    return f->now_cyc = until;
}

static void fake_stop(void *ctx)
{
    fake_t *f = ctx;
    f->stopped = true;
    f->stops++;
}

static void fake_attach(fake_t *f, sim_t *s, char *log)
{
    sim_init(s);
    f->sim = s;
    f->log = log;
    s->engine = (sim_engine_t){f, fake_next, fake_run, fake_stop};
}

typedef struct note {
    sim_event_t e;
    sim_t *sim;
    char *log;
    char mark[2];
    uint64_t again_cyc;
    uint64_t seen_cyc;
} note_t;

static void note_fn(void *ctx, uint64_t now_cyc)
{
    note_t *n = ctx;
    assert_int_equal(now_cyc, n->sim->now_cyc);
    n->seen_cyc = now_cyc;
    strcat(n->log, n->mark);
    if (n->again_cyc) {
        uint64_t again_cyc = n->again_cyc;
        n->again_cyc = 0;
        sim_at(n->sim, &n->e, again_cyc);
    }
}

static void note_init(note_t *n, sim_t *s, char *log, char mark)
{
    *n = (note_t){.sim = s, .log = log, .mark = {mark, 0}};
    sim_event_init(&n->e, "note", note_fn, n);
}

static void drain(sim_t *s, uint64_t until)
{
    while (sim_step(s, until)) {}
}

static void events_run_in_order_of_cycle_then_of_insertion(void **state)
{
    (void)state;
    sim_t s;
    char log[32] = "";
    note_t n[5];
    sim_init(&s);
    for (unsigned i = 0; i < 5; i++) note_init(&n[i], &s, log, (char)('a' + i));
    sim_at(&s, &n[0].e, 30);
    sim_at(&s, &n[1].e, 10);
    sim_at(&s, &n[2].e, 30);
    sim_at(&s, &n[3].e, 20);
    sim_at(&s, &n[4].e, 10);
    assert_int_equal(sim_next(&s), 10);
    drain(&s, 100);
    assert_string_equal(log, "bedac");
    assert_int_equal(s.now_cyc, 100);
}

static void requeue_goes_behind_and_cancel_removes(void **state)
{
    (void)state;
    sim_t s;
    char log[32] = "";
    note_t n[3];
    sim_init(&s);
    for (unsigned i = 0; i < 3; i++) {
        note_init(&n[i], &s, log, (char)('a' + i));
        sim_at(&s, &n[i].e, 10);
    }
    sim_at(&s, &n[0].e, 10); // a: now behind b and c
    sim_cancel(&s, &n[1].e);
    sim_cancel(&s, &n[1].e);
    assert_false(n[1].e.queued);
    drain(&s, 11);
    assert_string_equal(log, "ca");
}

static void event_may_queue_itself_in_the_same_cycle(void **state)
{
    (void)state;
    sim_t s;
    char log[32] = "";
    note_t a, b;
    sim_init(&s);
    note_init(&a, &s, log, 'a');
    note_init(&b, &s, log, 'b');
    a.again_cyc = 10;
    sim_at(&s, &a.e, 10);
    sim_at(&s, &b.e, 10);
    drain(&s, 20);
    assert_string_equal(log, "aba");
}

static void host_event_runs_before_the_device_in_the_same_cycle(void **state)
{
    (void)state;
    sim_t s;
    char log[32] = "";
    fake_t f = {.work = {9, 10, 11}, .n = 3};
    note_t a;
    fake_attach(&f, &s, log);
    note_init(&a, &s, log, 'a');
    sim_at(&s, &a.e, 10);
    assert_true(sim_step(&s, 50)); // device cycle 9 only
    assert_string_equal(log, "D");
    assert_int_equal(s.now_cyc, 10);
    assert_true(sim_step(&s, 50));
    assert_string_equal(log, "Da");
    assert_int_equal(s.now_cyc, 10);
    assert_true(sim_step(&s, 50));
    assert_string_equal(log, "DaDD");
    assert_int_equal(s.now_cyc, 50);
}

static void nothing_at_or_after_until_is_done(void **state)
{
    (void)state;
    sim_t s;
    char log[32] = "";
    fake_t f = {.work = {20, 40}, .n = 2};
    note_t a;
    fake_attach(&f, &s, log);
    note_init(&a, &s, log, 'a');
    sim_at(&s, &a.e, 30);
    assert_false(sim_step(&s, 20));
    assert_int_equal(s.now_cyc, 20);
    assert_true(sim_step(&s, 21));
    assert_false(sim_step(&s, 30));
    assert_string_equal(log, "D");
    assert_int_equal(s.now_cyc, 30);
    assert_true(sim_step(&s, 31));
    assert_string_equal(log, "Da");
    assert_int_equal(s.now_cyc, 30); // an event leaves its own cycle open
    assert_false(sim_step(&s, 10));  // time never goes back
    assert_int_equal(s.now_cyc, 30);
}

static void empty_world_keeps_its_time(void **state)
{
    (void)state;
    sim_t s;
    sim_init(&s);
    assert_int_equal(sim_next(&s), SIM_NEVER);
    assert_false(sim_step(&s, SIM_NEVER));
    assert_int_equal(s.now_cyc, 0);
}

static void queue_at_work(fake_t *f, uint64_t cyc)
{
    if (f->done == 1) sim_at(f->sim, f->queue, cyc + f->queue_in_cyc);
}

static void event_queued_by_a_device_callback_is_not_overrun(void **state)
{
    (void)state;
    // From the very next cycle to beyond the end of the batch.
    static const struct {
        uint64_t in_cyc;
        const char *log;
        unsigned stops;
    } CASE[] = {{1, "DaDD", 1}, {2, "DDaD", 1}, {10, "DDaD", 1}, {11, "DDDa", 1}, {90, "DDDa", 0}};
    for (unsigned i = 0; i < sizeof CASE / sizeof *CASE; i++) {
        sim_t s;
        char log[32] = "";
        fake_t f = {
            .work = {10, 11, 20}, .n = 3, .at_work = queue_at_work, .queue_in_cyc = CASE[i].in_cyc};
        note_t a;
        fake_attach(&f, &s, log);
        note_init(&a, &s, log, 'a');
        f.queue = &a.e;
        drain(&s, 100);
        drain(&s, 200);
        assert_string_equal(log, CASE[i].log);
        assert_int_equal(a.seen_cyc, 10 + CASE[i].in_cyc);
        assert_int_equal(f.stops, CASE[i].stops);
    }
}

static void quiet_device_is_run_in_one_batch(void **state)
{
    (void)state;
    sim_t s;
    char log[32] = "";
    fake_t f = {.work = {1, 2, 3, 4, 5}, .n = 5};
    fake_attach(&f, &s, log);
    drain(&s, 1000);
    assert_string_equal(log, "DDDDD");
    assert_int_equal(f.runs, 1);
}

static void return_early(fake_t *f, uint64_t cyc)
{
    if (cyc == 10) f->stopped = true;
}

static void device_is_stopped_from_its_callbacks_only(void **state)
{
    (void)state;
    sim_t s;
    char log[32] = "";
    fake_t f = {.work = {10, 60}, .n = 2, .at_work = return_early};
    note_t a;
    fake_attach(&f, &s, log);
    note_init(&a, &s, log, 'a');
    assert_true(sim_step(&s, 100)); // comes back before its batch is over
    assert_int_equal(s.now_cyc, 11);
    sim_at(&s, &a.e, 50);
    assert_int_equal(f.stops, 0);
    drain(&s, 100);
    assert_string_equal(log, "DaD");
}

static void ns_and_ps_round_up_to_cycles(void **state)
{
    (void)state;
    assert_int_equal(cyc_of_ns(0), 0);
    assert_int_equal(cyc_of_ns(8), 1);
    assert_int_equal(cyc_of_ns(9), 2);
    assert_int_equal(cyc_of_ps(1), 1);
    assert_int_equal(cyc_of_ps(16000), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_run_in_order_of_cycle_then_of_insertion),
        cmocka_unit_test(requeue_goes_behind_and_cancel_removes),
        cmocka_unit_test(event_may_queue_itself_in_the_same_cycle),
        cmocka_unit_test(host_event_runs_before_the_device_in_the_same_cycle),
        cmocka_unit_test(nothing_at_or_after_until_is_done),
        cmocka_unit_test(empty_world_keeps_its_time),
        cmocka_unit_test(event_queued_by_a_device_callback_is_not_overrun),
        cmocka_unit_test(quiet_device_is_run_in_one_batch),
        cmocka_unit_test(device_is_stopped_from_its_callbacks_only),
        cmocka_unit_test(ns_and_ps_round_up_to_cycles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
