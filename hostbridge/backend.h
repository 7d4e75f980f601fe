// SPDX-License-Identifier: Apache-2.0
// The thread of the host that stands behind a guest's interface: the I/O thread of an emulator, a vhost worker, a netback kthread.
//
// It is a fair task of a host core (account CORE_BACKEND) that moves packets one at a time: to the guest from a queue that the bridge
// fills, and from the guest. It goes from one direction to the other after each packet, sleeps when neither has anything to do, and
// is woken by whoever brings something (wakeup_ns or wakeup_remote_ns). What a packet takes is said by the interface (backend_ops_t).
//
// The queue is finite: what does not fit is dropped by the caller, as `backend_queue`.
#ifndef MODERATO_BACKEND_H
#define MODERATO_BACKEND_H

#include "hostbridge/os_host.h"

#define BACKEND_NOTHING UINT64_MAX // there is nothing to move, or no room for it

typedef struct backend backend_t;

// What is done for a packet; on the core of the thread, settled. `begin` returns the work in ps, `end` is called when that has been done.
typedef struct backend_ops {
    void *ctx;
    // To the guest; p stays the backend's until to_guest_end, which takes it. NOTHING: no room, backend_wake() when there is.
    uint64_t (*to_guest_begin)(void *ctx, core_t *c, const os_pkt_t *p);
    void (*to_guest_end)(void *ctx, core_t *c, os_pkt_t *p);
    // From the guest. NOTHING: the guest has nothing.
    uint64_t (*from_guest_begin)(void *ctx, core_t *c);
    void (*from_guest_end)(void *ctx, core_t *c);
    // Both directions have nothing to move: the thread is about to sleep. True: look once more (notifications are on again, and
    // something had come before). May be NULL.
    bool (*rest)(void *ctx, core_t *c);
} backend_ops_t;

typedef struct backend_stats {
    uint64_t to_guest, from_guest; // packets moved
    uint64_t refused;              // the queue was full
    uint64_t wakeups;
    uint32_t peak; // most packets in the queue
} backend_stats_t;

// On that core of the set; queue_max packets wait. NULL: out of memory.
backend_t *backend_create(core_t *core, uint32_t queue_max, const backend_ops_t *ops);
// It is no thread but a tasklet (core_task_t).
void backend_set_tasklet(backend_t *b);
// After the cores are destroyed. Packets in the queue go with os_host_destroy().
void backend_destroy(backend_t *b);
// A packet for the guest, from the core that runs. False: the queue is full, it stays the caller's.
bool backend_put(backend_t *b, core_t *c, os_pkt_t *p);
// Something may be moved now. `waker` pays (may be another core); NULL: an event, free of charge.
void backend_wake(backend_t *b, core_t *waker);
// fn is told of each packet that was moved, on which core and from when to when. NULL: nobody looks.
typedef void (*backend_watch_fn)(void *ctx, unsigned core, uint64_t from_cyc, uint64_t to_cyc,
                                 bool to_guest);
void backend_watch(backend_t *b, backend_watch_fn fn, void *ctx);
// Packets in the queue, the one in hand included.
uint32_t backend_waiting(const backend_t *b);
// Nothing is waiting, in hand or being moved.
bool backend_idle(const backend_t *b);
const backend_stats_t *backend_stats(const backend_t *b);

#endif
