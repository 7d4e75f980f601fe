// SPDX-License-Identifier: Apache-2.0
// vCPUs that share processors: shares, caps, latency of wake-ups, two stages in a row, interrupts, locks, and exact accounts of
// cores and processors in all of them.
#include "hostbridge/credit.h"
#include "tests/host_world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MS_PS  (1000 * US_PS)
#define MS_CYC (1000 * US_CYC)
#define S_CYC  (1000 * MS_CYC)

#define CORES 6u
#define LOG   8192u

// ---- a machine ---------------------------------------------------------------------------------

// Works in pieces; with a period it sleeps until the next beginning.
typedef struct job {
    struct box *box;
    core_t *core;
    core_task_t task;
    sim_event_t event;
    uint64_t piece_ps, left_ps, period_cyc, woken_cyc;
    uint64_t done, pieces; // pieces 0: endless
    uint64_t latency_max_cyc, latency_sum_cyc, wakes;
    bool begun;
} job_t;

typedef struct box {
    sim_t sim;
    core_params_t params;
    core_set_t *set;
    credit_params_t credit;
    credit_t *cpu[2];
    vcpu_t vcpu[CORES];
    job_t job[CORES];
    core_irq_t irq[CORES];
    uint64_t handler_ps;
    struct {
        uint64_t cyc;
        unsigned core, what;
    } log[LOG];
    unsigned n;
} box_t;

static box_t box; // one at a time

static void note(unsigned core, uint64_t cyc, unsigned what)
{
    if (box.n == LOG) return;
    box.log[box.n].cyc = cyc;
    box.log[box.n].core = core;
    box.log[box.n++].what = what;
}

static void job_run(core_t *c, void *ctx)
{
    job_t *j = ctx;
    if (!j->begun) {
        const uint64_t late_cyc = core_now_cyc(c) - j->woken_cyc;
        j->begun = true;
        j->left_ps = j->piece_ps;
        j->wakes++;
        j->latency_sum_cyc += late_cyc;
        if (late_cyc > j->latency_max_cyc) j->latency_max_cyc = late_cyc;
        note(c->id, core_now_cyc(c), 1);
    }
    j->left_ps = core_work(c, j->left_ps);
    if (j->left_ps) return;
    note(c->id, core_now_cyc(c), 2);
    j->begun = false;
    j->done++;
    j->woken_cyc = core_now_cyc(c);
    if (j->period_cyc || (j->pieces && j->done >= j->pieces)) j->task.ready = false;
}

static void on_wake(void *ctx, uint64_t now_cyc)
{
    job_t *j = ctx;
    if (j->period_cyc) sim_at(&box.sim, &j->event, now_cyc + j->period_cyc);
    if (j->task.ready) return; // late
    j->woken_cyc = now_cyc;
    core_task_wake(NULL, &j->task);
}

static bool on_irq(void *ctx)
{
    core_t *c = core_current(&box.sim);
    (void)ctx;
    note(c->id, core_now_cyc(c), 3);
    core_charge(c, box.handler_ps);
    core_sync(c);
    note(c->id, core_now_cyc(c), 4);
    return true;
}

// `cpus` processors. Costs must have been set.
static void box_start(unsigned cores, unsigned cpus)
{
    sim_init(&box.sim);
    if (!box.params.slice_ps) box.params.slice_ps = 1000 * US_PS;
    if (!box.credit.slice_ps) box.credit.slice_ps = 30 * MS_PS;
    if (!box.credit.tick_ps) box.credit.tick_ps = 10 * MS_PS;
    box.set = core_set_create(&box.sim, cores, &box.params);
    assert_non_null(box.set);
    for (unsigned i = 0; i < cpus; i++) {
        box.cpu[i] = credit_create(box.set, &box.credit);
        assert_non_null(box.cpu[i]);
    }
    for (unsigned i = 0; i < cores; i++)
        core_irq_listen(&box.irq[i], &box.set->core[i], on_irq, NULL);
}

static void box_clear(void)
{
    memset(&box, 0, sizeof box);
}

static void box_check(void)
{
    char err[256];
    if (core_set_check(box.set, err) != 0) fail_msg("%s", err);
    for (unsigned i = 0; i < 2; i++)
        if (box.cpu[i] && credit_check(box.cpu[i], err) != 0) fail_msg("CPU %u: %s", i, err);
}

static void box_run(uint64_t until_cyc)
{
    core_set_run(box.set, until_cyc);
    box_check();
}

static void box_end(void)
{
    box_check();
    for (unsigned i = 0; i < CORES; i++) sim_cancel(&box.sim, &box.job[i].event);
    for (unsigned i = 0; i < 2; i++) credit_destroy(box.cpu[i]);
    core_set_destroy(box.set);
    assert_null(box.sim.head); // no event is left behind
}

// A vCPU with a job that begins at from_cyc.
static job_t *add(unsigned cpu, unsigned core, unsigned weight, unsigned cap, uint64_t piece_ps,
                  uint64_t period_cyc, uint64_t from_cyc)
{
    core_t *c = &box.set->core[core];
    job_t *j = &box.job[core];
    *j = (job_t){.box = &box, .core = c, .piece_ps = piece_ps, .period_cyc = period_cyc};
    j->task = (core_task_t){.name = "job", .account = CORE_APP, .run = job_run, .ctx = j};
    if (cpu < 2) assert_int_equal(credit_add(box.cpu[cpu], c, weight, cap), 0);
    core_task_add(c, &j->task);
    sim_event_init(&j->event, "wake", on_wake, j);
    sim_at(&box.sim, &j->event, from_cyc);
    return j;
}

static job_t *add_hog(unsigned core, unsigned weight, unsigned cap)
{
    return add(0, core, weight, cap, 1000 * MS_PS, 0, 0);
}

static uint64_t account(unsigned core, enum core_account a)
{
    uint64_t ps[CORE_ACCOUNTS];
    core_accounts(&box.set->core[core], box.sim.now_cyc, ps);
    return ps[a];
}

static uint64_t app_ps(unsigned core)
{
    return account(core, CORE_APP);
}

static uint64_t wall_ps(void)
{
    return box.sim.now_cyc * CYC_PS;
}

// Within `permille` of `want`.
static void near(const char *what, uint64_t value, uint64_t want, uint64_t permille)
{
    const uint64_t off = value > want ? value - want : want - value;
    if (off * 1000 > want * permille)
        fail_msg("%s: %llu, want %llu within %llu permille", what, (unsigned long long)value,
                 (unsigned long long)want, (unsigned long long)permille);
}

// ---- weights -----------------------------------------------------------------------------------

// S-4: 1024 gets eight times as much as 128.
static void a_weight_of_1024_gets_eight_times_that_of_128(void **state)
{
    (void)state;
    for (unsigned with_switch = 0; with_switch < 2; with_switch++) {
        box_clear();
        box.credit.switch_ps = with_switch * 5 * US_PS;
        box_start(2, 1);
        add_hog(0, 1024, 0);
        add_hog(1, 128, 0);
        box_run(20 * S_CYC);
        near("share", app_ps(0) * 1000 / app_ps(1), 8000, 30);
        const credit_cpu_stats_t s = credit_cpu_stats(box.cpu[0]);
        assert_int_equal(s.run_ps, app_ps(0) + app_ps(1)); // they do nothing else
        assert_int_equal(s.switch_ps, s.switches * box.credit.switch_ps);
        assert_true(s.switches > 20);
        box_end();
    }
}

static void equal_weights_get_equal_shares(void **state)
{
    (void)state;
    for (unsigned n = 2; n <= 5; n++) {
        box_clear();
        box.credit.switch_ps = 2300000;
        box_start(n, 1);
        for (unsigned i = 0; i < n; i++) add_hog(i, CREDIT_WEIGHT, 0);
        box_run(12 * S_CYC);
        const credit_cpu_stats_t s = credit_cpu_stats(box.cpu[0]);
        for (unsigned i = 0; i < n; i++) near("share", app_ps(i) * n, s.run_ps, 10);
        box_end();
    }
}

static void three_weights_share_in_proportion(void **state)
{
    (void)state;
    static const unsigned WEIGHT[] = {512, 256, 128};
    box_clear();
    box.credit.switch_ps = 2300000;
    box_start(3, 1);
    for (unsigned i = 0; i < 3; i++) add_hog(i, WEIGHT[i], 0);
    box_run(20 * S_CYC);
    for (unsigned i = 0; i < 3; i++) near("share", app_ps(i) * 896 / WEIGHT[i], wall_ps(), 30);
    box_end();
}

// One takes little, by waking up often; the others share what it leaves, 2 : 1.
static void what_one_does_not_take_goes_to_the_others(void **state)
{
    (void)state;
    box_clear();
    box_start(3, 1);
    add_hog(0, 512, 0);
    add_hog(1, 256, 0);
    add(0, 2, 1024, 0, 1 * MS_PS, 20 * MS_CYC, 5 * MS_CYC); // 5 %
    box_run(20 * S_CYC);
    near("little", app_ps(2), wall_ps() / 20, 10);
    near("twice", app_ps(0), app_ps(1) * 2, 60);
    assert_int_equal(app_ps(0) + app_ps(1) + app_ps(2), wall_ps());
    box_end();
}

// The same beside three that could take more, and have saved up all they may.
static void those_that_use_little_do_not_level_the_others(void **state)
{
    (void)state;
    box_clear();
    box_start(5, 1);
    add_hog(0, 512, 0);
    add_hog(1, 256, 0);
    for (unsigned i = 2; i < 5; i++) add(0, i, 4096, 0, 100 * US_PS, (5 + i) * MS_CYC, i * 777777);
    box_run(20 * S_CYC);
    near("twice", app_ps(0), app_ps(1) * 2, 60);
    box_end();
}

// One wakes up so often that switches take a tenth of the time: the others still share 2 : 1.
static void switches_do_not_level_the_others(void **state)
{
    (void)state;
    box_clear();
    box.credit.switch_ps = 5 * US_PS;
    box_start(3, 1);
    add_hog(0, 512, 0);
    add_hog(1, 256, 0);
    const job_t *j = add(0, 2, 256, 0, 10 * US_PS, 100 * US_CYC, 777777);
    box_run(20 * S_CYC);
    near("switching", credit_cpu_stats(box.cpu[0]).switch_ps, wall_ps() / 10, 20);
    near("often", j->wakes, 200000, 10);
    near("twice", app_ps(0), app_ps(1) * 2, 60);
    box_end();
}

static void an_idle_one_leaves_everything_to_the_other(void **state)
{
    (void)state;
    box_clear();
    box_start(2, 1);
    add_hog(0, 128, 0);
    add_hog(1, 1024, 0)->pieces = 1; // a second of work, then nothing
    box_run(10 * S_CYC);
    assert_int_equal(app_ps(1), 1000 * MS_PS);
    assert_int_equal(app_ps(0), wall_ps() - 1000 * MS_PS);
    assert_int_equal(account(0, CORE_IDLE), 0);
    const uint64_t stolen_ps = account(0, CORE_STEAL);
    assert_int_equal(stolen_ps, 1000 * MS_PS);
    box_run(20 * S_CYC);
    assert_int_equal(account(0, CORE_STEAL), stolen_ps);
    assert_int_equal(credit_cpu_stats(box.cpu[0]).idle_ps, 0);
    box_end();
}

// ---- caps --------------------------------------------------------------------------------------

static void a_cap_is_kept_on_an_idle_processor(void **state)
{
    (void)state;
    static const unsigned CAP[] = {10, 25, 33, 50, 75, 90};
    for (unsigned i = 0; i < sizeof CAP / sizeof CAP[0]; i++) {
        box_clear();
        box_start(1, 1);
        add_hog(0, CREDIT_WEIGHT, CAP[i]);
        box_run(30 * S_CYC);
        near("capped", app_ps(0), wall_ps() * CAP[i] / 100, 10);
        assert_int_equal(app_ps(0) + account(0, CORE_STEAL), wall_ps()); // parked is stolen
        assert_int_equal(credit_cpu_stats(box.cpu[0]).idle_ps, account(0, CORE_STEAL));
        assert_true(credit_stats(&box.set->core[0]).parkings > 10);
        box_end();
    }
}

static void a_cap_of_the_whole_processor_is_none(void **state)
{
    (void)state;
    box_clear();
    box_start(1, 1);
    add_hog(0, CREDIT_WEIGHT, 100);
    box_run(5 * S_CYC);
    assert_int_equal(app_ps(0), wall_ps());
    box_end();
}

// The share by weight would be half: two thirds; the cap is less, and the others get the rest by weight.
static void a_cap_is_kept_in_company_too(void **state)
{
    (void)state;
    box_clear();
    box.credit.switch_ps = 2300000;
    box_start(3, 1);
    add_hog(0, 512, 25);
    add_hog(1, 256, 0);
    add_hog(2, 512, 0);
    box_run(30 * S_CYC);
    near("capped", app_ps(0), wall_ps() / 4, 10);
    near("by weight", app_ps(1), wall_ps() / 4, 30);
    near("by weight", app_ps(2), wall_ps() / 2, 30);
    box_end();
}

// A cap above the share by weight changes nothing.
static void a_cap_is_no_share(void **state)
{
    (void)state;
    box_clear();
    box_start(2, 1);
    add_hog(0, 128, 50);
    add_hog(1, 1024, 0);
    box_run(20 * S_CYC);
    near("share", app_ps(1) * 1000 / app_ps(0), 8000, 30);
    box_end();
}

// ---- waking up ---------------------------------------------------------------------------------

// 100 us of work each 7 ms against three that never stop: the one that runs is preempted in the same cycle.
static void one_that_is_under_is_boosted(void **state)
{
    (void)state;
    const uint64_t switch_cyc = 2300000 / CYC_PS + 1;
    const uint64_t FIRST_CYC = 100 * MS_CYC + 1234567; // the others have been boosted, too
    box_clear();
    box.credit.switch_ps = 2300000;
    box_start(4, 1);
    for (unsigned i = 0; i < 3; i++) add_hog(i, CREDIT_WEIGHT, 0);
    const job_t *j = add(0, 3, CREDIT_WEIGHT, 0, 100 * US_PS, 7 * MS_CYC, FIRST_CYC);
    box_run(10 * S_CYC);
    assert_int_equal(j->wakes, (10 * S_CYC - FIRST_CYC) / (7 * MS_CYC) + 1);
    // A switch between the others may be under way: that is finished first.
    assert_true(j->latency_max_cyc <= 2 * switch_cyc);
    near("mean latency", j->latency_sum_cyc * 1000 / j->wakes, switch_cyc * 1000, 10);
    const credit_stats_t s = credit_stats(&box.set->core[3]);
    assert_true(s.boosts >= j->wakes);
    box_end();
}

// One that wants more than its share is out of credits most of the time: it waits for slices of the others.
static void one_that_is_over_waits_its_turn(void **state)
{
    (void)state;
    box_clear();
    box.credit.switch_ps = 2300000;
    box_start(3, 1);
    add_hog(0, CREDIT_WEIGHT, 0);
    add_hog(1, CREDIT_WEIGHT, 0);
    const job_t *j = add(0, 2, CREDIT_WEIGHT, 0, 20 * MS_PS, 40 * MS_CYC, 1000);
    box_run(20 * S_CYC);
    assert_true(j->latency_max_cyc > 30 * MS_CYC);
    assert_true(j->latency_max_cyc <= 90 * MS_CYC);
    assert_true(app_ps(2) < wall_ps() / 3);
    box_end();
}

// Found by a tick it is no longer boosted: an equal may come in between at the end of the slice, and one that wakes up preempts it.
static void a_tick_ends_the_boost(void **state)
{
    (void)state;
    box_clear();
    box_start(2, 1);
    add(0, 0, CREDIT_WEIGHT, 0, 15 * MS_PS, 100 * MS_CYC, 31 * MS_CYC);
    const job_t *j = add(0, 1, CREDIT_WEIGHT, 0, 1 * MS_PS, 100 * MS_CYC, 41 * MS_CYC);
    core_set_run(box.set, 39 * MS_CYC);
    assert_int_equal(box.cpu[0]->running->priority, CREDIT_BOOST);
    core_set_run(box.set, 40 * MS_CYC + 1);
    assert_int_equal(box.cpu[0]->running->priority, CREDIT_UNDER);
    core_set_run(box.set, 43 * MS_CYC);
    assert_int_equal(j->latency_max_cyc, 0);
    assert_int_equal(j->done, 1);
    box_end();
    // Before the tick at 40 ms both are boosted, and the second waits for it.
    box_clear();
    box_start(2, 1);
    add(0, 0, CREDIT_WEIGHT, 0, 15 * MS_PS, 100 * MS_CYC, 31 * MS_CYC);
    add(0, 1, CREDIT_WEIGHT, 0, 1 * MS_PS, 100 * MS_CYC, 35 * MS_CYC);
    box_run(60 * MS_CYC);
    assert_int_equal(box.job[1].latency_max_cyc, 5 * MS_CYC);
    box_end();
}

// Both are boosted when they wake up at 100 ms: the tick at 110 brings the second, which has a slice then.
static void a_slice_ends_after_its_time(void **state)
{
    (void)state;
    box_clear();
    box_start(2, 1);
    for (unsigned i = 0; i < 2; i++) add(0, i, CREDIT_WEIGHT, 0, 1000 * MS_PS, 0, 105 * MS_CYC);
    static const struct {
        unsigned ms, core;
    } AT[] = {{105, 0}, {110, 1}, {140, 0}, {170, 1}};
    for (unsigned i = 0; i < 4; i++) {
        core_set_run(box.set, AT[i].ms * MS_CYC);
        if (i) assert_int_equal(box.cpu[0]->running->core->id, AT[i - 1].core);
        core_set_run(box.set, AT[i].ms * MS_CYC + 1);
        assert_int_equal(box.cpu[0]->running->core->id, AT[i].core);
    }
    box_end();
}

// The processor is still set up for who ran last.
static void going_on_is_no_switch(void **state)
{
    (void)state;
    box_clear();
    box.credit.switch_ps = 1000 * CYC_PS;
    box_start(2, 1);
    add(0, 0, CREDIT_WEIGHT, 0, 1 * US_PS, 0, SIM_NEVER - 1);
    const job_t *j = add(0, 1, CREDIT_WEIGHT, 0, 1 * US_PS, 1 * MS_CYC, 2000);
    box_run(1000 * MS_CYC);
    assert_int_equal(j->wakes, 1000);
    assert_int_equal(j->latency_max_cyc, 0);
    assert_int_equal(credit_cpu_stats(box.cpu[0]).switches, 1); // at the beginning
    assert_int_equal(credit_cpu_stats(box.cpu[0]).switch_ps, 1000 * CYC_PS);
    box_end();
}

// A slice ends at 141 ms. During the switch, which takes a millisecond, one wakes up that goes first.
static void a_switch_is_finished_and_then_another_goes_first(void **state)
{
    (void)state;
    box_clear();
    box.credit.switch_ps = 1 * MS_PS;
    box_start(3, 1);
    for (unsigned i = 0; i < 2; i++) add(0, i, CREDIT_WEIGHT, 0, 1000 * MS_PS, 0, 105 * MS_CYC);
    const job_t *j = add(0, 2, CREDIT_WEIGHT, 0, 1 * MS_PS, 0, 141500 * US_CYC);
    box.job[2].pieces = 1;
    core_set_run(box.set, 141400 * US_CYC);
    assert_ptr_equal(box.cpu[0]->coming, &box.cpu[0]->vcpu[0]);
    box_run(200 * MS_CYC);
    assert_int_equal(j->done, 1);
    assert_int_equal(j->latency_max_cyc, 1500 * US_CYC);
    box_end();
}

// The accounting at 30 ms parks it on its way to the processor.
static void one_that_is_parked_does_not_come(void **state)
{
    (void)state;
    box_clear();
    box.credit.switch_ps = 1 * MS_PS;
    box_start(2, 1);
    add(0, 0, CREDIT_WEIGHT, 10, 1000 * MS_PS, 0, 5 * MS_CYC);
    add(0, 1, CREDIT_WEIGHT, 0, 3500 * US_PS, 0, 25 * MS_CYC);
    box.job[1].pieces = 1;
    core_set_run(box.set, 29900 * US_CYC);
    assert_ptr_equal(box.cpu[0]->coming, &box.cpu[0]->vcpu[0]);
    const uint64_t before_ps = app_ps(0);
    box_run(50 * MS_CYC);
    assert_true(box.cpu[0]->vcpu[0].parked);
    assert_int_equal(app_ps(0), before_ps);
    box_run(2 * S_CYC); // and comes again
    assert_true(app_ps(0) > before_ps + 100 * MS_PS);
    box_end();
}

// In core_work() to the cycle; in a handler at the next look at the world.
static void preemption_is_exact_in_work(void **state)
{
    (void)state;
    for (uint64_t cyc = 999; cyc < 1003; cyc++) {
        box_clear();
        box.credit.switch_ps = 1000 * CYC_PS;
        box_start(2, 1);
        add(0, 0, CREDIT_WEIGHT, 0, 20 * MS_PS + 1, 0, 10)->pieces = 1;
        const job_t *j = add(0, 1, CREDIT_WEIGHT, 0, 10 * US_PS, 0, 12 * MS_CYC + cyc);
        box.job[1].pieces = 1;
        box_run(50 * MS_CYC);
        assert_int_equal(j->latency_max_cyc, 1000);
        assert_int_equal(app_ps(0), 20 * MS_PS + 1);
        assert_int_equal(app_ps(1), 10 * US_PS);
        // Its work, two switches, and the other's work.
        assert_int_equal(box.log[box.n - 1].core, 0);
        assert_int_equal(box.log[box.n - 1].cyc - box.log[0].cyc, 20 * MS_CYC + 1 + 2000 + 1250);
        box_end();
    }
}

static void on_shot(void *ctx, uint64_t now_cyc)
{
    core_irq_edge(ctx, now_cyc);
}

static void shoot(sim_event_t *e, unsigned core, uint64_t cyc)
{
    sim_event_init(e, "shot", on_shot, &box.irq[core]);
    sim_at(&box.sim, e, cyc);
}

static void a_handler_is_preempted_where_it_looks(void **state)
{
    (void)state;
    box_clear();
    box.handler_ps = 100 * US_PS;
    box_start(2, 1);
    sim_event_t e;
    add_hog(0, CREDIT_WEIGHT, 0);
    const job_t *j = add(0, 1, CREDIT_WEIGHT, 0, 10 * US_PS, 0, 11050 * US_CYC);
    box.job[1].pieces = 1;
    shoot(&e, 0, 11000 * US_CYC);
    box_run(20 * MS_CYC);
    assert_int_equal(j->latency_max_cyc, 50 * US_CYC); // at 11100, the end of what the handler does
    assert_int_equal(account(0, CORE_STEAL), 10 * US_PS);
    assert_int_equal(account(0, CORE_IRQ), 100 * US_PS);
    // It ends after that.
    assert_int_equal(box.log[2].what, 1);
    assert_int_equal(box.log[4].what, 4);
    assert_int_equal(box.log[4].cyc, 11110 * US_CYC);
    box_end();
}

// ---- interrupts --------------------------------------------------------------------------------

static void on_nudge(void *ctx, uint64_t now_cyc)
{
    core_wake(ctx, now_cyc);
}

// While the other runs they are pending; one that is in the queue does not overtake for them, nor when something wakes it.
static void interrupts_wait_for_the_processor(void **state)
{
    (void)state;
    box_clear();
    box.credit.switch_ps = 10 * US_PS;
    box.handler_ps = 7 * US_PS;
    box_start(2, 1);
    sim_event_t e[4];
    const vcpu_params_t p = {.exit_ps = {[VCPU_EXIT_interrupt] = 3 * US_PS}, .pv_eoi = true};
    for (unsigned i = 0; i < 2; i++) {
        box.vcpu[i].p = p;
        box.set->core[i].vcpu = &box.vcpu[i];
        add_hog(i, CREDIT_WEIGHT, 0);
    }
    core_set_run(box.set, 1 * MS_CYC);
    const unsigned runs = box.cpu[0]->running->core->id, waits = 1 - runs;
    shoot(&e[0], waits, 5 * MS_CYC);
    shoot(&e[1], runs, 6 * MS_CYC);
    shoot(&e[2], runs, 15 * MS_CYC);
    sim_event_init(&e[3], "nudge", on_nudge, &box.set->core[waits]);
    sim_at(&box.sim, &e[3], 7 * MS_CYC);
    box_run(50 * MS_CYC);
    // The boost of the one that runs ends with the tick at 10 ms; then there is a switch, at 30 ms another.
    static const uint64_t US[] = {6003, 10010, 30010};
    unsigned n = 0;
    for (unsigned i = 0; i < box.n; i++) {
        if (box.log[i].what != 3) continue;
        assert_int_equal(box.log[i].core, n == 1 ? waits : runs);
        assert_int_equal(box.log[i].cyc, US[n++] * US_CYC);
    }
    assert_int_equal(n, 3);
    assert_int_equal(box.vcpu[waits].exits[VCPU_EXIT_interrupt], 0); // injected with its entry
    assert_int_equal(box.vcpu[runs].exits[VCPU_EXIT_interrupt], 1);  // the second with its entry
    box_end();
}

// Guests that halt, and guests that do not: time in the hypervisor is exits times their costs whatever is stolen between.
static void guests_pay_for_their_exits_exactly(void **state)
{
    (void)state;
    for (unsigned poll = 0; poll < 2; poll++) {
        box_clear();
        box.credit.switch_ps = 2300000;
        box.handler_ps = 40 * US_PS;
        box_start(4, 1);
        sim_event_t e[200];
        for (unsigned i = 0; i < 4; i++) {
            box.vcpu[i].p =
                (vcpu_params_t){.exit_ps = {1001, 1002, 3000003, 5000004, 1000005, 600006, 1000007},
                                .wake_ps = 6400008,
                                .idle_poll = poll};
            box.set->core[i].vcpu = &box.vcpu[i];
            add(0, i, 64 << i, i == 3 ? 20 : 0, (1 + i) * MS_PS, (5 + i) * MS_CYC, 777 * i);
        }
        rng_t rng;
        rng_seed(&rng, 5);
        for (unsigned i = 0; i < 200; i++) shoot(&e[i], i % 4, 1 + rng_below(&rng, 1000 * MS_CYC));
        for (unsigned ms = 1; ms <= 1000; ms++) {
            box_run(ms * MS_CYC);
            for (unsigned i = 0; i < 4; i++) {
                const core_t *c = &box.set->core[i];
                const uint64_t ahead_ps =
                    c->account == CORE_HYPERVISOR ? c->local_ps - wall_ps() : 0;
                assert_int_equal(
                    account(i, CORE_HYPERVISOR) + ahead_ps,
                    vcpu_exits_ps(&box.vcpu[i].p, box.vcpu[i].exits, box.vcpu[i].wakeups));
            }
        }
        for (unsigned i = 0; i < 4; i++) {
            assert_true(box.irq[i].taken > 5);
            assert_true(account(i, CORE_STEAL) > MS_PS);
            if (poll) assert_int_equal(credit_stats(&box.set->core[i]).blocked_ps, 0);
        }
        if (poll) assert_int_equal(credit_cpu_stats(box.cpu[0]).idle_ps, 0);
        box_end();
    }
}

// Who polls for work takes its share like who works.
static void one_that_does_not_halt_keeps_its_share(void **state)
{
    (void)state;
    box_clear();
    box_start(2, 1);
    box.vcpu[0].p.idle_poll = true;
    box.set->core[0].vcpu = &box.vcpu[0];
    assert_int_equal(credit_add(box.cpu[0], &box.set->core[0], CREDIT_WEIGHT, 0), 0);
    add_hog(1, CREDIT_WEIGHT, 0);
    box_run(10 * S_CYC);
    near("polling", account(0, CORE_IDLE), wall_ps() / 2, 10);
    near("working", app_ps(1), wall_ps() / 2, 10);
    box_end();
}

// ---- two stages --------------------------------------------------------------------------------

// A packet takes c0 on the first vCPU (the driver domain) and cu on the second; between them is a ring.
#define RING 64u

typedef struct tandem {
    core_task_t task[2];
    uint64_t cost_ps[2], left_ps[2];
    bool in_hand[2];
    unsigned ring;
    uint64_t sent, done;
} tandem_t;

static void first_stage(core_t *c, void *ctx)
{
    tandem_t *t = ctx;
    if (!t->in_hand[0]) {
        core_settle(c);
        if (t->ring == RING) {
            t->task[0].ready = false;
            return;
        }
        t->in_hand[0] = true;
        t->left_ps[0] = t->cost_ps[0];
    }
    t->left_ps[0] = core_work(c, t->left_ps[0]);
    if (t->left_ps[0]) return;
    t->in_hand[0] = false;
    t->sent++;
    t->ring++;
    core_task_wake(c, &t->task[1]);
}

static void second_stage(core_t *c, void *ctx)
{
    tandem_t *t = ctx;
    if (!t->in_hand[1]) {
        core_settle(c);
        if (t->ring == 0) {
            t->task[1].ready = false;
            return;
        }
        t->ring--;
        t->in_hand[1] = true;
        t->left_ps[1] = t->cost_ps[1];
        core_task_wake(c, &t->task[0]);
    }
    t->left_ps[1] = core_work(c, t->left_ps[1]);
    if (t->left_ps[1]) return;
    t->in_hand[1] = false;
    t->done++;
}

// Packets in a second.
static uint64_t tandem(unsigned cpus, uint64_t c0_ps, uint64_t cu_ps, uint64_t switch_ps)
{
    static tandem_t t;
    box_clear();
    box.credit.switch_ps = switch_ps;
    box_start(2, cpus);
    memset(&t, 0, sizeof t);
    t.cost_ps[0] = c0_ps;
    t.cost_ps[1] = cu_ps;
    for (unsigned i = 0; i < 2; i++) {
        core_t *c = &box.set->core[i];
        assert_int_equal(credit_add(box.cpu[i % cpus], c, CREDIT_WEIGHT, 0), 0);
        t.task[i] = (core_task_t){
            .name = "stage", .account = CORE_APP, .run = i ? second_stage : first_stage, .ctx = &t};
        core_task_add(c, &t.task[i]);
    }
    core_set_run(box.set, 1);
    core_task_wake(NULL, &t.task[0]);
    box_run(S_CYC);
    assert_true(t.sent - t.done <= RING + 2);
    assert_int_equal(app_ps(0) / c0_ps, t.sent);
    assert_int_equal(app_ps(1) / cu_ps, t.done);
    box_end();
    return t.done;
}

static void two_stages_take_the_sum_on_one_and_the_longer_on_two(void **state)
{
    (void)state;
    static const uint64_t US[][2] = {{5, 3}, {3, 5}, {4, 4}, {12, 1}, {1, 12}};
    for (unsigned i = 0; i < sizeof US / sizeof US[0]; i++) {
        const uint64_t c0 = US[i][0], cu = US[i][1], longer = c0 > cu ? c0 : cu;
        near("on one", tandem(1, c0 * US_PS, cu * US_PS, 0), 1000000 / (c0 + cu), 2);
        near("on two", tandem(2, c0 * US_PS, cu * US_PS, 0), 1000000 / longer, 2);
        // With what switching takes it is less on one, and as much on two.
        assert_true(tandem(1, c0 * US_PS, cu * US_PS, 2 * US_PS) < 1000000 / (c0 + cu));
        near("on two", tandem(2, c0 * US_PS, cu * US_PS, 2 * US_PS), 1000000 / longer, 2);
    }
}

// The same with interrupts, polls, a stack and an application. What comes in never ends, and is polled for as long as there is a
// processor: the driver's vCPU takes all that the application leaves, up to half.
static credit_t *stack_cpu[2];
static unsigned stack_cpus;

static void share_cores(host_world_t *w)
{
    const credit_params_t p = {.slice_ps = 30 * MS_PS, .tick_ps = 10 * MS_PS};
    for (unsigned i = 0; i < stack_cpus; i++) stack_cpu[i] = credit_create(w->set, &p);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(credit_add(stack_cpu[i % stack_cpus], &w->set->core[i], CREDIT_WEIGHT, 0),
                         0);
}

// Packets delivered in a second.
static uint64_t stack(unsigned cpus, unsigned c0_us, unsigned cu_us)
{
    static host_world_t w;
    char err[256];
    stack_cpus = cpus;
    host_world_init(&w);
    w.scheduled = share_cores;
    w.cores = 2;
    w.net_params.app_core = 1;
    w.net_params.queue_max = 4096;
    w.profile.value[COST_rx_packet_ns] = c0_us * 1000;
    w.profile.value[COST_app_packet_ns] = cu_us * 1000;
    host_world_start(&w);
    assert_true(w.probed);
    host_world_traffic(&w, w.sim.now_cyc + 1000, US_CYC, 1100000, 1);
    host_world_run(&w, w.sim.now_cyc + 100 * MS_CYC);
    const uint64_t before = netstack_stats(w.net)->delivered;
    for (unsigned i = 0; i < 100; i++) {
        host_world_run(&w, w.sim.now_cyc + 10 * MS_CYC);
        if (core_set_check(w.set, err) != 0) fail_msg("%s", err);
        for (unsigned k = 0; k < cpus; k++)
            if (credit_check(stack_cpu[k], err) != 0) fail_msg("%s", err);
    }
    const uint64_t n = netstack_stats(w.net)->delivered - before;
    for (unsigned i = 0; i < cpus; i++) credit_destroy(stack_cpu[i]);
    host_world_end(&w);
    return n;
}

static void a_whole_stack_is_such_a_pair_of_stages(void **state)
{
    (void)state;
    near("on one", stack(1, 5, 3), 1000000 / 8, 10);
    near("on one, more than half", stack(1, 3, 5), 500000 / 5, 20);
    near("on two", stack(2, 5, 3), 1000000 / 5, 2);
    near("on two", stack(2, 3, 5), 1000000 / 5, 2);
}

// ---- locks -------------------------------------------------------------------------------------

typedef struct locker {
    core_lock_t *lock;
    core_task_t task;
    int *inside, *worst;
    uint64_t times;
} locker_t;

// Holds it for 2 ms in pieces, where it may be preempted.
static void locks(core_t *c, void *ctx)
{
    locker_t *k = ctx;
    core_lock(c, k->lock);
    if (++*k->inside > *k->worst) *k->worst = *k->inside;
    for (unsigned i = 0; i < 20; i++) {
        core_charge(c, 100 * US_PS);
        core_settle(c);
    }
    --*k->inside;
    core_unlock(c, k->lock);
    core_charge(c, 10 * US_PS);
    core_settle(c);
    k->times++;
}

// Three on one processor and one on another: whoever spins can lose the processor to the one that holds the lock.
static void spinning_does_not_keep_the_owner_from_running(void **state)
{
    (void)state;
    static locker_t k[4];
    core_lock_t lock = {0};
    int inside = 0, worst = 0;
    box_clear();
    box.credit.switch_ps = 2300000;
    box_start(4, 2);
    memset(k, 0, sizeof k);
    for (unsigned i = 0; i < 4; i++) {
        core_t *c = &box.set->core[i];
        assert_int_equal(credit_add(box.cpu[i == 3], c, CREDIT_WEIGHT, i == 2 ? 30 : 0), 0);
        k[i] = (locker_t){.lock = &lock, .inside = &inside, .worst = &worst};
        k[i].task = (core_task_t){.name = "lock", .account = CORE_APP, .run = locks, .ctx = &k[i]};
        core_task_add(c, &k[i].task);
    }
    core_set_run(box.set, 1);
    for (unsigned i = 0; i < 4; i++) core_task_wake(NULL, &k[i].task);
    for (unsigned ms = 1; ms <= 5000; ms++) box_run(ms * MS_CYC);
    assert_int_equal(worst, 1);
    for (unsigned i = 0; i < 4; i++) assert_true(k[i].times >= 20);
    box_end();
}

// ---- beside others -----------------------------------------------------------------------------

static void a_core_of_its_own_notices_nothing(void **state)
{
    (void)state;
    static box_t alone;
    for (unsigned shared = 0; shared < 2; shared++) {
        box_clear();
        box.credit.switch_ps = 2300000;
        box.params = (core_params_t){.irq_entry_ps = 1234567, .idle_exit_ps = 1500001};
        box.handler_ps = 777777;
        box_start(3, 1);
        sim_event_t e[8];
        add(9, 0, 0, 0, 3333333, 20 * US_CYC, 1000); // not scheduled
        for (unsigned i = 0; i < 8; i++) shoot(&e[i], 0, 5000 + 7777 * i);
        if (shared) {
            add_hog(1, CREDIT_WEIGHT, 0);
            add_hog(2, CREDIT_WEIGHT, 10);
        }
        box_run(500 * MS_CYC);
        unsigned n = 0;
        for (unsigned i = 0; i < box.n; i++)
            if (box.log[i].core == 0) box.log[n++] = box.log[i];
        assert_true(n > 1000);
        if (!shared) alone = box;
        if (shared) assert_memory_equal(alone.log, box.log, n * sizeof box.log[0]);
        assert_int_equal(account(0, CORE_STEAL), 0);
        box_end();
    }
}

// The credits of all are made up in the end, and then nothing happens any more.
static void a_machine_without_work_comes_to_rest(void **state)
{
    (void)state;
    box_clear();
    box_start(3, 1);
    for (unsigned i = 0; i < 3; i++) add_hog(i, 1 + 500 * i, i == 1 ? 10 : 0)->pieces = 1;
    assert_false(core_set_run(box.set, SIM_NEVER));
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(app_ps(i), 1000 * MS_PS);
        assert_false(box.cpu[0]->vcpu[i].active);
        assert_true(box.cpu[0]->vcpu[i].credit_ps > 0);
    }
    assert_null(box.sim.head);
    assert_true(box.sim.now_cyc < 20 * S_CYC);
    box_end();
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    sim_t sim;
    const core_params_t costs = {.slice_ps = 1};
    credit_params_t p = {.slice_ps = 30 * MS_PS, .tick_ps = 10 * MS_PS};
    sim_init(&sim);
    core_set_t *s = core_set_create(&sim, 3, &costs), *other = core_set_create(&sim, 1, &costs);
    credit_t *k = credit_create(s, &p);
    assert_non_null(k);
    p.tick_ps = 0;
    assert_null(credit_create(s, &p));
    p = (credit_params_t){.tick_ps = 1};
    assert_null(credit_create(s, &p));
    p.slice_ps = 1001 * MS_PS;
    assert_null(credit_create(s, &p));
    assert_int_equal(credit_add(k, &s->core[0], 0, 0), -EINVAL);
    assert_int_equal(credit_add(k, &s->core[0], 65536, 0), -EINVAL);
    assert_int_equal(credit_add(k, &s->core[0], 1, 101), -EINVAL);
    assert_int_equal(credit_add(k, &other->core[0], 1, 0), -EINVAL);
    assert_int_equal(credit_add(k, &s->core[0], 65535, 100), 0);
    assert_int_equal(credit_add(k, &s->core[0], 1, 0), -EINVAL);
    core_set_run(s, 100);
    assert_int_equal(credit_add(k, &s->core[1], 1, 0), -EINVAL);
    credit_destroy(k);
    credit_destroy(NULL);
    core_set_destroy(s);
    core_set_destroy(other);
}

static void the_switch_is_the_profiles(void **state)
{
    (void)state;
    profile_t p;
    char err[256];
    assert_int_equal(profile_load(&p, "native-2012", err), 0);
    const credit_params_t c = credit_params_of(&p);
    assert_int_equal(c.slice_ps, 30 * MS_PS);
    assert_int_equal(c.tick_ps, 10 * MS_PS);
    assert_int_equal(c.switch_ps, p.value[COST_vcpu_switch_ns] * 1000);
    assert_true(c.switch_ps > 0);
    assert_int_equal(profile_load(&p, "ideal", err), 0);
    assert_int_equal(credit_params_of(&p).switch_ps, 0);
}

// ---- random work -------------------------------------------------------------------------------

typedef struct storm {
    rng_t rng;
    sim_event_t event;
    core_item_t item[CORES];
    core_lock_t lock;
    uint64_t steps;
} storm_t;

static storm_t storm;

static void storm_softirq(core_t *c, void *ctx)
{
    (void)ctx;
    core_charge(c, rng_below(&storm.rng, 200 * US_PS));
    core_sync(c);
    note(c->id, core_now_cyc(c), 5);
    core_task_wake(c, &box.job[rng_below(&storm.rng, CORES)].task);
    if (rng_below(&storm.rng, 2)) core_softirq_raise(c, CORE_SOFTIRQ_RX);
}

static bool storm_irq(void *ctx)
{
    core_t *c = core_current(&box.sim);
    core_irq_level(ctx, box.sim.now_cyc, false);
    core_charge(c, rng_below(&storm.rng, 100 * US_PS));
    core_sync(c);
    core_softirq_raise(c, CORE_SOFTIRQ_RX);
    note(c->id, core_now_cyc(c), 6);
    return true;
}

static void storm_item(void *ctx)
{
    core_t *c = core_current(&box.sim);
    (void)ctx;
    core_charge(c, rng_below(&storm.rng, 100 * US_PS));
    core_lock(c, &storm.lock);
    core_charge(c, rng_below(&storm.rng, 1000 * US_PS));
    core_sync(c);
    core_unlock(c, &storm.lock);
    if (rng_below(&storm.rng, 2)) core_sleep(c, rng_below(&storm.rng, 5000 * US_PS));
    note(c->id, core_now_cyc(c), 7);
}

static void storm_step(void *ctx, uint64_t now_cyc)
{
    const unsigned i = (unsigned)rng_below(&storm.rng, CORES);
    (void)ctx;
    switch (rng_below(&storm.rng, 4)) {
    case 0: core_irq_level(&box.irq[i], now_cyc, true); break;
    case 1: core_item_queue(&box.set->core[i], &storm.item[i]); break;
    case 2: core_task_wake(NULL, &box.job[i].task); break;
    default: break;
    }
    if (--storm.steps) sim_at(&box.sim, &storm.event, now_cyc + rng_below(&storm.rng, 2 * MS_CYC));
}

static uint64_t mix(uint64_t hash, uint64_t x)
{
    return (hash ^ x) * UINT64_C(0x100000001b3);
}

static void storm_build(uint64_t seed)
{
    rng_t *r = &storm.rng;
    memset(&storm, 0, sizeof storm);
    box_clear();
    rng_seed(r, seed);
    storm.steps = 1000;
    uint64_t *cost = (uint64_t *)&box.params;
    for (unsigned i = 0; i < sizeof box.params / sizeof *cost; i++)
        cost[i] = rng_below(r, 15000001);
    box.params.slice_ps = 1 + rng_below(r, 20 * MS_PS);
    box.params.tick_ps = 1 * MS_PS + rng_below(r, 9 * MS_PS);
    box.credit.slice_ps = 1 + rng_below(r, 30 * MS_PS);
    box.credit.tick_ps = 1 + rng_below(r, 10 * MS_PS) + MS_PS;
    box.credit.switch_ps = seed % 3 ? rng_below(r, 50 * US_PS) : 0;
    box_start(CORES, 2);
    core_set_softirq(box.set, CORE_SOFTIRQ_RX, storm_softirq, NULL);
    for (unsigned i = 0; i < CORES; i++) {
        add(i < 3   ? 0
            : i < 5 ? 1
                    : 9,
            i, 1 + (unsigned)rng_below(r, 1000), (unsigned)(rng_below(r, 2) * rng_below(r, 101)),
            1 + rng_below(r, 5 * MS_PS), 0, rng_below(r, 1000));
        box.job[i].pieces = 1;
        core_irq_listen(&box.irq[i], &box.set->core[i], storm_irq, &box.irq[i]);
        storm.item[i] = (core_item_t){.fn = storm_item};
        if (!(seed >> i & 1)) continue;
        box.vcpu[i].p = (vcpu_params_t){.exit_ps = {1, 2, 3000003, 4000004, 5000005, 6000006, 7},
                                        .wake_ps = 5000001,
                                        .idle_poll = i == 4};
        box.set->core[i].vcpu = &box.vcpu[i];
    }
    sim_event_init(&storm.event, "storm", storm_step, NULL);
    sim_at(&box.sim, &storm.event, 5);
}

// With checks the run is cut into pieces, which must not make a difference.
static uint64_t storm_run(uint64_t seed, bool check)
{
    uint64_t hash = 1;
    rng_t cuts;
    storm_build(seed);
    rng_seed(&cuts, seed);
    while (storm.steps && box.sim.now_cyc < 20 * S_CYC) {
        if (check) box_run(box.sim.now_cyc + rng_below(&cuts, 200 * US_CYC));
        if (!check) core_set_run(box.set, box.sim.now_cyc + 10 * MS_CYC);
    }
    assert_int_equal(storm.steps, 0);
    core_set_run(box.set, 20 * S_CYC);
    for (unsigned i = 0; i < CORES; i++)
        for (unsigned a = 0; a < CORE_ACCOUNTS; a++)
            hash = mix(hash, account(i, (enum core_account)a));
    for (unsigned i = 0; i < 2; i++) {
        const credit_cpu_stats_t s = credit_cpu_stats(box.cpu[i]);
        assert_true(s.run_ps && s.switches);
        hash = mix(mix(mix(hash, s.run_ps), s.idle_ps), s.switches);
    }
    box_end();
    return hash;
}

static void times_are_exact_on_random_work(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) storm_run(seed, true);
}

static void the_same_run_twice_is_the_same(void **state)
{
    (void)state;
    static box_t first;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        const uint64_t hash = storm_run(seed, true);
        first = box;
        assert_true(hash == storm_run(seed, false));
        assert_true(box.n > 500);
        assert_int_equal(box.n, first.n);
        assert_memory_equal(box.log, first.log, sizeof box.log);
        assert_true(hash != storm_run(seed + 100, false));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_weight_of_1024_gets_eight_times_that_of_128),
        cmocka_unit_test(equal_weights_get_equal_shares),
        cmocka_unit_test(three_weights_share_in_proportion),
        cmocka_unit_test(what_one_does_not_take_goes_to_the_others),
        cmocka_unit_test(those_that_use_little_do_not_level_the_others),
        cmocka_unit_test(switches_do_not_level_the_others),
        cmocka_unit_test(an_idle_one_leaves_everything_to_the_other),
        cmocka_unit_test(a_cap_is_kept_on_an_idle_processor),
        cmocka_unit_test(a_cap_of_the_whole_processor_is_none),
        cmocka_unit_test(a_cap_is_kept_in_company_too),
        cmocka_unit_test(a_cap_is_no_share),
        cmocka_unit_test(one_that_is_under_is_boosted),
        cmocka_unit_test(one_that_is_over_waits_its_turn),
        cmocka_unit_test(a_tick_ends_the_boost),
        cmocka_unit_test(a_slice_ends_after_its_time),
        cmocka_unit_test(going_on_is_no_switch),
        cmocka_unit_test(a_switch_is_finished_and_then_another_goes_first),
        cmocka_unit_test(one_that_is_parked_does_not_come),
        cmocka_unit_test(preemption_is_exact_in_work),
        cmocka_unit_test(a_handler_is_preempted_where_it_looks),
        cmocka_unit_test(interrupts_wait_for_the_processor),
        cmocka_unit_test(guests_pay_for_their_exits_exactly),
        cmocka_unit_test(one_that_does_not_halt_keeps_its_share),
        cmocka_unit_test(two_stages_take_the_sum_on_one_and_the_longer_on_two),
        cmocka_unit_test(a_whole_stack_is_such_a_pair_of_stages),
        cmocka_unit_test(spinning_does_not_keep_the_owner_from_running),
        cmocka_unit_test(a_core_of_its_own_notices_nothing),
        cmocka_unit_test(a_machine_without_work_comes_to_rest),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(the_switch_is_the_profiles),
        cmocka_unit_test(times_are_exact_on_random_work),
        cmocka_unit_test(the_same_run_twice_is_the_same),
    };
    return cmocka_run_group_tests_name("credit", tests, NULL, NULL);
}
