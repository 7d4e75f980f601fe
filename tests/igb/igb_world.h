// SPDX-License-Identifier: Apache-2.0
// A world for the mailbox drivers: an 82576 cut down to its mailbox (model/mailbox.c, a tick an
// access) and the registers that the PF programs for its VFs, and an os.h of one PF and 8 VFs that
// run beside each other.
//
// Drivers run as coroutines, each in its own time; of all that is due the earliest goes on. Reads
// wait, writes are posted, both take a random while on their way (in order, of one function); in
// one cycle the device takes one access. Outside of coroutines, in the test itself, accesses are
// the next thing that happens.
#ifndef MODERATO_TESTS_IGB_WORLD_H
#define MODERATO_TESTS_IGB_WORLD_H

#include "driver/os.h"
#include "hostbridge/coro.h"
#include "model/mailbox.h"

#define WORLD_MS  125000ull // cycles
#define WORLD_SEC (1000 * WORLD_MS)

enum { WORLD_PF = IGB_Vfs, WORLD_FUNCTIONS };

typedef struct world world_t;

// A function, as its driver sees it.
struct os_dev {
    world_t *w;
    unsigned func; // VF n, or WORLD_PF
    coro_t coro;
    bool coroutine;           // has one
    void (*run)(os_dev_t *d); // its body; ends by returning
    void *priv;
    uint64_t wake_cyc; // goes on in this cycle, SIM_NEVER: by an interrupt only
    bool waits;        // for an interrupt
    bool done;
    bool irq; // has come, and nobody has waited for it
    unsigned irqs;
    struct world_post { // writes on their way
        uint64_t cyc;
        uint32_t off, value;
    } post[256];
    unsigned post_first, posts;
    uint64_t post_cyc; // of the last one
    unsigned logs;
};

struct world {
    uint64_t seed, now_cyc;
    mailbox_t mailbox;
    uint8_t there;
    uint32_t regs[IGB_R_COUNT]; // others than the mailbox's
    bool link;
    // Takes the PF's accesses that it returns true for; may be NULL.
    bool (*hook)(world_t *w, bool write, uint32_t off, uint32_t *value);
    void *hook_priv;
    uint32_t cfg[IGB_CFG_BYTES / 4]; // of the PF
    os_dev_t dev[WORLD_FUNCTIONS];
    coro_t main;
    os_dev_t *running;
    uint64_t accesses;
    // What accesses the device has seen, as text: "W 00C00=8; R v3 00C40=44; ...", while `trace`.
    bool trace;
    char log[65536];
    size_t log_len;
};

// All VFs below `vfs` are there.
void world_init(world_t *w, uint64_t seed, unsigned vfs);
void world_free(world_t *w);
uint32_t world_rnd(world_t *w, uint32_t n);

// Lets a function run from `cyc` on.
void world_start(world_t *w, unsigned func, void (*run)(os_dev_t *d), void *priv, uint64_t cyc);
// Until everybody has ended or waits for interrupts, or it is `until`; then writes have arrived.
void world_run(world_t *w, uint64_t until_cyc);

// In a driver: sleeps; until an interrupt, but not beyond `cyc`: whether one came.
void world_sleep(os_dev_t *d, uint64_t cycles);
bool world_wait_irq(os_dev_t *d, uint64_t until_cyc);

// Writes on their way arrive. An access past the drivers, without time.
void world_settle(world_t *w);
uint32_t world_peek(const world_t *w, uint32_t off);
void world_poke(world_t *w, unsigned func, uint32_t off, uint32_t value);
// CTRL.RST of the PF.
void world_device_reset(world_t *w);

#endif
