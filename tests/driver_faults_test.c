// SPDX-License-Identifier: Apache-2.0
// Drivers that hang, break rules, and leave things behind: each is found, and told.
#include "tests/host_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

// A second function beside the mock, with a driver that does one thing wrong.
typedef struct fault {
    host_world_t w;
    os_dev_t *dev;
    volatile int stop;
    uint64_t irqs;
    os_napi_t *napi;
    int (*open)(struct fault *f);
    enum os_irqreturn (*isr)(struct fault *f);
    int (*poll)(struct fault *f);
    void (*remove)(struct fault *f);
} fault_t;

static fault_t f;

static int probe(os_dev_t *d, void **priv)
{
    f.dev = d;
    *priv = &f;
    return 0;
}

static enum os_irqreturn isr(void *priv)
{
    (void)priv;
    f.irqs++;
    return f.isr(&f);
}

static int poll(void *priv, int budget)
{
    (void)priv, (void)budget;
    return f.poll(&f);
}

static int open_it(void *priv)
{
    (void)priv;
    return f.open ? f.open(&f) : os_request_irq(f.dev, 0, isr, &f);
}

static int stop_it(void *priv)
{
    (void)priv;
    return 0;
}

static void remove_it(void *priv)
{
    (void)priv;
    os_free_irq(f.dev, 0);
    if (f.remove) f.remove(&f);
}

static int xmit(void *priv, os_pkt_t *p)
{
    (void)priv, (void)p;
    return 0; // and never freed
}

static const os_driver_t driver = {.abi = OS_ABI,
                                   .name = "faulty",
                                   .probe = probe,
                                   .remove = remove_it,
                                   .open = open_it,
                                   .stop = stop_it,
                                   .xmit = xmit};

static void begin(void)
{
    memset(&f, 0, sizeof f);
    host_world_init(&f.w);
    host_world_start(&f.w);
    os_host_watch(f.w.host, &f.stop);
    os_dev_t *d = os_dev_create(f.w.host, 1, 0);
    assert_non_null(d);
    assert_int_equal(os_dev_probe(d, &driver), 0);
}

static void end(void)
{
    char err[256];
    if (core_set_check(f.w.set, err) != 0) fail_msg("%s", err);
    host_world_end(&f.w);
}

static void says(const char *text, const char *what)
{
    if (!text || !strstr(text, what)) fail_msg("\"%s\" does not say %s", text ? text : "", what);
}

static void run_ms(uint64_t ms)
{
    core_set_run(f.w.set, f.w.sim.now_cyc + ms * 1000 * US_CYC);
}

// ---- hanging -----------------------------------------------------------------------------------

static enum os_irqreturn spins(fault_t *k)
{
    while (k->dev) os_udelay(k->dev, 1);
    return OS_IRQ_HANDLED;
}

static enum os_irqreturn looks_at_the_clock(fault_t *k)
{
    while (os_now_ns(k->dev) < UINT64_MAX) {}
    return OS_IRQ_HANDLED;
}

static enum os_irqreturn acks_nothing(fault_t *k)
{
    (void)k;
    return OS_IRQ_HANDLED;
}

static void a_handler_that_hangs_ends_the_run(void **state)
{
    (void)state;
    static const struct {
        enum os_irqreturn (*isr)(fault_t *f);
        const char *what;
    } cases[] = {{spins, "faulty: its interrupt handler has not returned"},
                 {looks_at_the_clock, "faulty: its interrupt handler has not returned"},
                 {acks_nothing, "faulty: the interrupt line stays asserted"}};
    for (unsigned i = 0; i < 6; i++) {
        begin();
        f.isr = cases[i % 3].isr;
        assert_int_equal(os_dev_op(f.dev, OS_OP_OPEN, NULL), 0);
        os_dev_intx(f.dev, f.w.sim.now_cyc, true);
        f.stop = i >= 3; // somebody waits for the end
        const uint64_t from_cyc = f.w.sim.now_cyc;
        for (int ms = 0; ms < 1000 && !os_host_stuck(f.w.host); ms++) run_ms(1);
        says(os_host_stuck(f.w.host), cases[i % 3].what);
        if (f.stop) assert_true(f.w.sim.now_cyc - from_cyc < 20000 * US_CYC);
        // Nobody waits for it any more.
        assert_int_equal(os_dev_op(f.dev, OS_OP_REMOVE, NULL), -EDEADLK);
        end();
    }
}

static int sleeps_for_ever(fault_t *k)
{
    while (k->dev) os_msleep(k->dev, 1);
    return 0;
}

static int spins_for_ever(fault_t *k)
{
    while (k->dev) os_udelay(k->dev, 100);
    return 0;
}

static void an_open_that_hangs_ends_the_run(void **state)
{
    (void)state;
    int (*const open[])(fault_t *) = {sleeps_for_ever, spins_for_ever};
    for (unsigned i = 0; i < 4; i++) {
        begin();
        f.open = open[i % 2];
        f.stop = i >= 2;
        assert_int_equal(os_dev_op(f.dev, OS_OP_OPEN, NULL), -EDEADLK);
        says(os_host_stuck(f.w.host), "faulty: open has not returned");
        end();
    }
}

static int waits_for_memory(fault_t *k)
{
    dma_addr_t addr;
    uint32_t *p = os_dma_alloc(k->dev, 64, &addr);
    const uint32_t one = 1;
    memory_post(k->w.mem, k->w.sim.now_cyc + 1000, addr, &one, 4);
    while (!os_dma_ld32(k->dev, p)) {}
    const uint64_t until_ns = os_now_ns(k->dev) + 1000;
    while (os_now_ns(k->dev) < until_ns) {}
    os_dma_free(k->dev, p, 64, addr);
    return 0;
}

static void looking_again_and_again_lets_time_pass(void **state)
{
    (void)state;
    begin();
    f.open = waits_for_memory;
    assert_int_equal(os_dev_op(f.dev, OS_OP_OPEN, NULL), 0);
    assert_null(os_host_stuck(f.w.host));
    assert_true(f.w.sim.now_cyc >= 1125 && f.w.sim.now_cyc < 1200);
    end();
}

// ---- rules -------------------------------------------------------------------------------------

static enum os_irqreturn sleeps_once(fault_t *k)
{
    os_dev_intx(k->dev, k->w.sim.now_cyc, false);
    os_msleep(k->dev, 1);
    return OS_IRQ_HANDLED;
}

static void a_handler_may_not_sleep(void **state)
{
    (void)state;
    begin();
    f.isr = sleeps_once;
    assert_int_equal(os_dev_op(f.dev, OS_OP_OPEN, NULL), 0);
    os_dev_intx(f.dev, f.w.sim.now_cyc, true);
    run_ms(2);
    says(os_host_breach(f.w.host), "faulty: os_msleep outside of process context");
    assert_null(os_host_stuck(f.w.host));
    end();
}

static int frees_twice(fault_t *k)
{
    dma_addr_t a, b, c;
    void *p = os_dma_alloc(k->dev, 4096, &a);
    os_dma_free(k->dev, p, 4096, a);
    os_dma_free(k->dev, p, 4096, a);
    void *q = os_dma_alloc(k->dev, 4096, &b), *r = os_dma_alloc(k->dev, 4096, &c);
    if (q == r) return -1;
    os_pkt_t *s = os_pkt_alloc(k->dev, 100); // a later one is not told
    os_pkt_free(k->dev, s);
    os_pkt_free(k->dev, s);
    os_log(k->dev, "all fine");
    return 0;
}

static void the_first_broken_rule_is_kept(void **state)
{
    (void)state;
    begin();
    assert_null(os_host_breach(f.w.host));
    f.open = frees_twice;
    assert_int_equal(os_dev_op(f.dev, OS_OP_OPEN, NULL), 0);
    os_host_stats_reset(f.w.host);
    says(os_host_breach(f.w.host), "faulty: os_dma_free of what is not allocated");
    assert_int_equal(os_host_stats(f.w.host)->driver_errors, 2);
    end();
}

static int completes_twice(fault_t *k)
{
    os_napi_complete(k->napi);
    assert_null(os_host_breach(k->w.host));
    os_napi_complete(k->napi);
    return 0;
}

static int polls_at_once(fault_t *k)
{
    k->napi = os_napi_add(k->dev, poll, k);
    os_napi_enable(k->napi);
    if (os_napi_schedule_prep(k->napi)) os_napi_schedule(k->napi);
    return 0;
}

static void a_poll_is_completed_once(void **state)
{
    (void)state;
    begin();
    f.open = polls_at_once;
    f.poll = completes_twice;
    assert_int_equal(os_dev_op(f.dev, OS_OP_OPEN, NULL), 0);
    run_ms(1);
    says(os_host_breach(f.w.host), "faulty: os_napi_complete");
    end();
}

static void nothing(void *priv)
{
    (void)priv;
    fail_msg("called after it was removed");
}

static void leaves_an_interrupt(fault_t *k)
{
    os_request_irq(k->dev, 3, isr, k);
}

static void leaves_a_timer(fault_t *k)
{
    os_timer_mod(os_timer_add(k->dev, nothing, k), 1000);
}

static void leaves_a_context(fault_t *k)
{
    os_napi_add(k->dev, poll, k);
}

static void leaves_memory(fault_t *k)
{
    dma_addr_t addr;
    os_dma_alloc(k->dev, 64, &addr);
}

static void leaves_packets(fault_t *k)
{
    os_pkt_alloc(k->dev, 64);
    core_t *c = core_current(&k->w.sim);
    os_dev_xmit(k->dev, c, os_dev_pkt(k->dev, 64));
    os_dev_pkt(k->dev, 64); // the stack's own
}

static void what_a_driver_leaves_behind_is_found(void **state)
{
    (void)state;
    static const struct {
        void (*remove)(fault_t *f);
        const char *what;
    } cases[] = {{leaves_an_interrupt, "left 1 interrupt requested"},
                 {leaves_a_timer, "left 1 timer"},
                 {leaves_a_context, "left 1 NAPI context"},
                 {leaves_memory, "left 1 block of DMA memory"},
                 {leaves_packets, "left 2 packets unfreed"},
                 {NULL, NULL}};
    for (unsigned i = 0; i < 6; i++) {
        begin();
        f.remove = cases[i].remove;
        assert_int_equal(os_dev_op(f.dev, OS_OP_OPEN, NULL), 0);
        assert_int_equal(os_dev_op(f.dev, OS_OP_REMOVE, NULL), 0);
        if (cases[i].what) says(os_host_breach(f.w.host), cases[i].what);
        else assert_null(os_host_breach(f.w.host));
        os_dev_intx(f.dev, f.w.sim.now_cyc, true);
        run_ms(5);
        assert_int_equal(f.irqs, 0);
        end();
    }
}

// ---- nobody cares ------------------------------------------------------------------------------

static enum os_irqreturn claims_nothing(fault_t *k)
{
    (void)k;
    return OS_IRQ_NONE;
}

static void an_interrupt_that_nobody_claims_is_told(void **state)
{
    (void)state;
    begin();
    f.isr = claims_nothing;
    assert_int_equal(os_dev_op(f.dev, OS_OP_OPEN, NULL), 0);
    assert_int_equal(os_dev_irq_off(f.dev), 0);
    os_dev_intx(f.dev, f.w.sim.now_cyc, true);
    run_ms(1);
    assert_int_equal(os_dev_irq_off(f.dev), 1000);
    assert_int_equal(f.irqs, 1000);
    assert_null(os_host_stuck(f.w.host));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_that_hangs_ends_the_run),
        cmocka_unit_test(an_open_that_hangs_ends_the_run),
        cmocka_unit_test(looking_again_and_again_lets_time_pass),
        cmocka_unit_test(a_handler_may_not_sleep),
        cmocka_unit_test(the_first_broken_rule_is_kept),
        cmocka_unit_test(a_poll_is_completed_once),
        cmocka_unit_test(what_a_driver_leaves_behind_is_found),
        cmocka_unit_test(an_interrupt_that_nobody_claims_is_told),
    };
    return cmocka_run_group_tests_name("driver_faults", tests, NULL, NULL);
}
