// SPDX-License-Identifier: Apache-2.0
// Coroutines: a stack of their own with a guard page below it, and a symmetric switch between them.
//
// On x86-64 the switch is written by hand and saves the callee-saved registers only (the program
// never changes the floating point control words, so they are not saved). Elsewhere, and with
// -DMODERATO_UCONTEXT, it is swapcontext(), which makes a system call per switch. AddressSanitizer
// is told about every switch.
#ifndef MODERATO_CORO_H
#define MODERATO_CORO_H

#include <stddef.h>

#if !defined(__x86_64__) && !defined(MODERATO_UCONTEXT)
#define MODERATO_UCONTEXT 1
#endif
#ifdef MODERATO_UCONTEXT
#include <ucontext.h>
#endif

typedef struct coro {
    void *sp;  // saved stack pointer while not running
    void *map; // the mapping, guard page first; NULL for a thread's own stack
    size_t map_bytes;
    void *stack; // lowest usable byte
    size_t stack_bytes;
    void (*fn)(void *arg);
    void *arg;
    void *fake_stack; // AddressSanitizer's
#ifdef MODERATO_UCONTEXT
    ucontext_t context;
#endif
} coro_t;

// Makes *c stand for the stack the caller runs on, so that one can switch away from it and back.
void coro_adopt(coro_t *c);
// A coroutine that calls fn(arg) when first switched to; fn must not return. stack_bytes is rounded
// up to whole pages. Returns 0, or -1 when there is no memory.
int coro_create(coro_t *c, size_t stack_bytes, void (*fn)(void *arg), void *arg);
// Frees the stack. The coroutine must not be running; what it had on its stack is not unwound.
void coro_destroy(coro_t *c);
// Leaves `from`, which must be the one that is running, and continues `to` where it was left.
void coro_switch(coro_t *from, coro_t *to);

#endif
