// SPDX-License-Identifier: Apache-2.0
// What lies between a guest's processor and the real one: exits, injected and posted interrupts, HLT.
//
// A core with a vcpu (core_t.vcpu) is the vCPU of a guest, bound to a processor that nobody else uses, or shares one (credit.h). Whatever leaves the guest
// is an exit: it takes the time of its kind, in the account CORE_HYPERVISOR, and is counted; so the time of that account is
// exactly the sum of exits and wake-ups, each times its cost, and of polling, and everything else is what the guest sees (checked after
// every run).
//
//   interrupt   external interrupt while the guest runs: host's handler, injection with the entry that follows
//   irq_window  it came while the guest had interrupts off: a second exit, when they are on again
//   eoi         the guest writes EOI; not with PV-EOI, where it finds in memory that it need not, unless the interrupt is a line's,
//               whose end the I/O APIC must be told, or another one is pending
//   hlt         the guest has nothing to do. A vCPU that halts is blocked; an interrupt wakes it, and is injected with the entry
//               (vcpu_wake_ns, in place of idle_exit_ns, which is a processor's). Before that the host may poll for a while
//               (halt_poll_ns): what comes then finds the vCPU at its entry, for nothing but the time spent polling
//   ipi         the guest writes ICR, to wake a task of another of its vCPUs; not one that polls in its idle loop, which looks by itself
//   mmio_read, mmio_write   registers that the hypervisor emulates: of a function that is assigned to the guest its configuration
//               space and its MSI-X table, of a virtual one all of them
//   mmio_tail   of a virtual one a descriptor tail: the hypervisor hands the work to a thread
//   kick        the guest notifies the other side of a virtqueue
//   hypercall   the guest asks the hypervisor for something, as to send an event
// With posted interrupts a message of the device finds the running vCPU without an exit, and its EOI is virtual.
// A paravirtual guest has no interrupt controller: an event is an entry of the hypervisor if the vCPU runs (`interrupt`), there is
// nothing to end, and one that comes in a handler is found when that is over. Blocking is a call (`hlt`), and so is sending an IPI.
//
// ## Inaccuracies
// - What an exit leaves behind (cold caches, TLBs) is in its cost, not in what follows it.
// - Where the exit of an interrupt comes in a handler of the guest, its time is spent behind that handler, before the injection.
// - An interrupt that comes while the vCPU is outside of the guest already is an exit of its own.
// - The IPI makes no exit of the vCPU that it interrupts.
// - Waking a task of a vCPU that polls costs the waker wakeup_remote_ns, as with an IPI, which is not sent.
// - Timer ticks of the guest make no exits.
// - Who shares a processor (credit.h) is not polled for: KVM does as long as nobody else wants the processor, Xen never does.
// - An interrupt that ends polling costs the host nothing.
#ifndef MODERATO_VCPU_H
#define MODERATO_VCPU_H

#include "hostbridge/profile.h"

#include <stdbool.h>
#include <stdint.h>

// Kinds of exits: X(name). Costs are COST_exit_NAME_ns, JSON keys NAME.
#define VCPU_EXITS(X)                                                                              \
    X(mmio_read)                                                                                   \
    X(mmio_write) X(mmio_tail) X(kick) X(hypercall) X(interrupt) X(irq_window) X(eoi) X(hlt) X(ipi)

enum vcpu_exit {
#define X(name) VCPU_EXIT_##name,
    VCPU_EXITS(X)
#undef X
        VCPU_EXIT_KINDS
};

#define VCPU_ACCOUNTS 8u

// KVM's halt polling: how long is learned from how long halts take (Linux, Documentation/virt/kvm/halt-polling.rst; module
// parameters halt_poll_ns_grow, halt_poll_ns_grow_start, and 0 for halt_poll_ns_shrink, as until 2024).
#define VCPU_POLL_GROW     2u
#define VCPU_POLL_START_PS UINT64_C(10000000)

typedef struct vcpu_polls {
    uint64_t attempted, successful; // KVM's halt_attempted_poll, halt_successful_poll
    uint64_t ps;
} vcpu_polls_t;

typedef struct vcpu_params {
    uint64_t exit_ps[VCPU_EXIT_KINDS];
    uint64_t wake_ps;   // a halted vCPU is in the guest again
    uint64_t posted_ps; // notification of a posted interrupt to its delivery in the running guest
    uint64_t halt_poll_ps; // polled at most before a halted vCPU is blocked; 0: never
    bool posted;           // interrupts of assigned devices
    bool pv_eoi;
    bool pv;        // the guest is paravirtual: interrupts are events
    bool idle_poll; // the guest does not halt (idle=poll)
} vcpu_params_t;

typedef struct vcpu {
    vcpu_params_t p;
    bool halted;
    uint64_t poll_ps; // how long the next halt is polled for
    vcpu_polls_t polls;
    // Of the time and the ticks spent outside, by the account (enum core_account) that was left: the guest does not know that it was gone.
    uint64_t in_ps[VCPU_ACCOUNTS], in_ticks[VCPU_ACCOUNTS];
    uint64_t exits[VCPU_EXIT_KINDS], wakeups;
} vcpu_t;

// Costs of the profile; all flags off.
vcpu_params_t vcpu_params_of(const profile_t *p);
// After a halt of this length, polling and blocking: how long the next one is polled for. Longer than the longest polling: not at
// all. Longer than this time's, but not so long: twice as long, and 10 us at least.
void vcpu_learn(vcpu_t *v, uint64_t halt_ps);
// "mmio_read" and so on.
const char *vcpu_exit_name(enum vcpu_exit kind);
// What these exits and wake-ups have taken.
uint64_t vcpu_exits_ps(const vcpu_params_t *p, const uint64_t exits[VCPU_EXIT_KINDS],
                       uint64_t wakeups);

#endif
