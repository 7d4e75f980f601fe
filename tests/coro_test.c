// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/coro.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct pair {
    coro_t main, a, b;
    int log[16];
    unsigned n;
    uintptr_t align;
    volatile unsigned depth;
} pair_t;

static void note(pair_t *p, int what)
{
    if (p->n < 16) p->log[p->n++] = what;
}

static void run_a(void *arg)
{
    pair_t *p = arg;
    note(p, 1);
    coro_switch(&p->a, &p->b);
    note(p, 3);
    coro_switch(&p->a, &p->main);
    note(p, 5);
    coro_switch(&p->a, &p->b);
    abort();
}

static void run_b(void *arg)
{
    pair_t *p = arg;
    note(p, 2);
    coro_switch(&p->b, &p->a);
    note(p, 6);
    coro_switch(&p->b, &p->main);
    abort();
}

static void continues_where_it_was_left(void **state)
{
    (void)state;
    pair_t p = {0};
    coro_adopt(&p.main);
    assert_int_equal(coro_create(&p.a, 65536, run_a, &p), 0);
    assert_int_equal(coro_create(&p.b, 65536, run_b, &p), 0);
    coro_switch(&p.main, &p.a);
    note(&p, 4);
    coro_switch(&p.main, &p.a);
    note(&p, 7);
    coro_destroy(&p.a);
    coro_destroy(&p.b);
    assert_int_equal(p.n, 7);
    for (int i = 0; i < 7; i++) assert_int_equal(p.log[i], i + 1);
}

// Callee-saved registers hold values across switches on both sides: the compiler keeps these sums
// in them.
static void mix(pair_t *p, coro_t *self, coro_t *other, uint64_t seed, uint64_t *out)
{
    uint64_t a = seed, b = seed * 3, c = seed * 5, d = seed * 7, e = seed * 11, f = seed * 13;
    for (unsigned i = 0; i < 1000; i++) {
        coro_switch(self, other);
        a += b ^ i;
        b += c;
        c += d ^ a;
        d += e;
        e += f ^ i;
        f += a;
    }
    *out = a ^ b ^ c ^ d ^ e ^ f;
    (void)p;
}

static uint64_t mixed_b;

static void mix_b(void *arg)
{
    pair_t *p = arg;
    for (;;) mix(p, &p->b, &p->main, 99, &mixed_b);
}

static void idle_b(void *arg)
{
    pair_t *p = arg;
    for (;;) coro_switch(&p->b, &p->main);
}

static void keeps_registers(void **state)
{
    (void)state;
    pair_t p = {0};
    uint64_t alone, together;
    coro_adopt(&p.main);
    assert_int_equal(coro_create(&p.b, 65536, idle_b, &p), 0);
    mix(&p, &p.main, &p.b, 42, &alone);
    coro_destroy(&p.b);
    assert_int_equal(coro_create(&p.b, 65536, mix_b, &p), 0);
    mix(&p, &p.main, &p.b, 42, &together);
    coro_destroy(&p.b);
    assert_true(alone == together);
    uint64_t changed;
    assert_int_equal(coro_create(&p.b, 65536, idle_b, &p), 0);
    mix(&p, &p.main, &p.b, 43, &changed);
    coro_destroy(&p.b);
    assert_true(alone != changed);
}

static void look_at_stack(void *arg)
{
    pair_t *p = arg;
    _Alignas(16) volatile char aligned[16];
    volatile uintptr_t where =
        (uintptr_t)aligned; // else the compiler knows the answer without looking
    aligned[0] = 1;
    p->align = where % 16;
    double d = p->depth + 0.5; // SSE spills need the alignment, too
    note(p, (int)(d * 2));
    coro_switch(&p->a, &p->main);
}

static void stack_is_aligned(void **state)
{
    (void)state;
    pair_t p = {.depth = 3};
    coro_adopt(&p.main);
    for (size_t bytes = 4096; bytes < 70000; bytes += 9000) {
        assert_int_equal(coro_create(&p.a, bytes, look_at_stack, &p), 0);
        assert_true(p.a.stack_bytes >= bytes);
        coro_switch(&p.main, &p.a);
        coro_destroy(&p.a);
        assert_int_equal(p.align, 0);
    }
    assert_int_equal(p.log[0], 7);
}

static unsigned deep(volatile unsigned *depth)
{
    volatile char page[1024];
    page[0] = (char)*depth;
    (*depth)++;
    return *depth < 1000000 ? deep(depth) + (unsigned)page[0] : 0;
}

static void overflow(void *arg)
{
    pair_t *p = arg;
    deep(&p->depth);
}

static void overflow_hits_the_guard_page(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        static pair_t p;
        static char other_stack[65536];
        stack_t alt = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
        sigaltstack(&alt, NULL);
        signal(SIGSEGV, SIG_DFL);
        close(2);
        coro_adopt(&p.main);
        if (coro_create(&p.a, 65536, overflow, &p) != 0) _exit(3);
        coro_switch(&p.main, &p.a);
        _exit(4);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(continues_where_it_was_left),
        cmocka_unit_test(keeps_registers),
        cmocka_unit_test(stack_is_aligned),
        cmocka_unit_test(overflow_hits_the_guard_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
