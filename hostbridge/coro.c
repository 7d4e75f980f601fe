// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/coro.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define CORO_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORO_ASAN 1
#endif
#endif

#ifdef CORO_ASAN
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

// ---- what AddressSanitizer must know -----------------------------------------------------------

static inline void coro_leaving(coro_t *from, const coro_t *to)
{
#ifdef CORO_ASAN
    __sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->stack_bytes);
#else
    (void)from;
    (void)to;
#endif
}

static inline void coro_arrived(coro_t *self)
{
#ifdef CORO_ASAN
    __sanitizer_finish_switch_fiber(self->fake_stack, NULL, NULL);
#else
    (void)self;
#endif
}

// First function on a new stack.
__attribute__((noreturn, noinline)) static void coro_first(coro_t *self)
{
    coro_arrived(self);
    self->fn(self->arg);
    abort(); // fn must not return: there is nowhere to go
}

// ---- the switch --------------------------------------------------------------------------------

#ifdef MODERATO_UCONTEXT

static void coro_entry(unsigned hi, unsigned lo) // makecontext passes ints only
{
    coro_first((coro_t *)(uintptr_t)((uint64_t)hi << 32 | lo));
}

static int coro_prepare(coro_t *c)
{
    if (getcontext(&c->context) != 0) return -1;
    c->context.uc_stack.ss_sp = c->stack;
    c->context.uc_stack.ss_size = c->stack_bytes;
    c->context.uc_link = NULL;
    uint64_t self = (uint64_t)(uintptr_t)c;
    makecontext(&c->context, (void (*)(void))coro_entry, 2, (unsigned)(self >> 32), (unsigned)self);
    return 0;
}

static inline void coro_swap(coro_t *from, coro_t *to)
{
    swapcontext(&from->context, &to->context);
}

#else

// GCC must not conclude from the missing clobber lists which registers the switch leaves alone.
#ifdef __clang__
#define CORO_NAKED __attribute__((naked, noinline))
#else
#define CORO_NAKED __attribute__((naked, noinline, noipa))
#endif

// System V calling convention. Naked functions that name no symbol, because link-time optimisation
// may put any symbol into another unit. A jump instead of a return: it is predicted from its
// history, a return would be from the wrong stack.
CORO_NAKED static void coro_swap_sp(void **save __attribute__((unused)),
                                    void *load __attribute__((unused)))
{
    __asm__("pushq %rbp\n\t"
            "pushq %rbx\n\t"
            "pushq %r12\n\t"
            "pushq %r13\n\t"
            "pushq %r14\n\t"
            "pushq %r15\n\t"
            "movq %rsp, (%rdi)\n\t"
            "movq %rsi, %rsp\n\t"
            "popq %r15\n\t"
            "popq %r14\n\t"
            "popq %r13\n\t"
            "popq %r12\n\t"
            "popq %rbx\n\t"
            "popq %rbp\n\t"
            "popq %rcx\n\t"
            "jmpq *%rcx");
}

// Where a new stack begins: rbx = the coroutine, r12 = coro_first.
CORO_NAKED static void coro_start(void)
{
    __asm__(".cfi_undefined rip\n\t"
            "movq %rbx, %rdi\n\t"
            "callq *%r12\n\t"
            "ud2");
}

static int coro_prepare(coro_t *c)
{
    // At coro_start the stack pointer must be a multiple of 16, as in any function that is about to
    // make a call.
    uint64_t *top = (uint64_t *)(((uintptr_t)c->stack + c->stack_bytes) & ~(uintptr_t)15);
    uint64_t *sp = top - 7; // the return address, rbp, rbx, r12-r15
    memset(sp, 0, 7 * sizeof *sp);
    sp[3] = (uint64_t)(uintptr_t)coro_first;
    sp[4] = (uint64_t)(uintptr_t)c;
    sp[6] = (uint64_t)(uintptr_t)coro_start;
    c->sp = sp;
    return 0;
}

static inline void coro_swap(coro_t *from, coro_t *to)
{
    coro_swap_sp(&from->sp, to->sp);
}

#endif

// ---- public ------------------------------------------------------------------------------------

void coro_adopt(coro_t *c)
{
    memset(c, 0, sizeof *c);
#ifdef CORO_ASAN
    pthread_attr_t attr;
    if (pthread_getattr_np(pthread_self(), &attr) == 0) {
        pthread_attr_getstack(&attr, &c->stack, &c->stack_bytes);
        pthread_attr_destroy(&attr);
    }
#endif
}

int coro_create(coro_t *c, size_t stack_bytes, void (*fn)(void *arg), void *arg)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    memset(c, 0, sizeof *c);
    c->stack_bytes = (stack_bytes + page - 1) / page * page;
    c->map_bytes = c->stack_bytes + page;
    c->map = mmap(NULL, c->map_bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (c->map == MAP_FAILED) {
        c->map = NULL;
        return -1;
    }
    c->stack = (char *)c->map + page;
#ifdef CORO_ASAN
    ASAN_UNPOISON_MEMORY_REGION(c->stack, c->stack_bytes); // of an older stack in this place
#endif
    c->fn = fn;
    c->arg = arg;
    if (mprotect(c->map, page, PROT_NONE) != 0 || coro_prepare(c) != 0) {
        coro_destroy(c);
        return -1;
    }
    return 0;
}

void coro_destroy(coro_t *c)
{
    if (c->map) munmap(c->map, c->map_bytes);
    c->map = NULL;
}

void coro_switch(coro_t *from, coro_t *to)
{
    coro_leaving(from, to);
    coro_swap(from, to);
    coro_arrived(from);
}
