// SPDX-License-Identifier: Apache-2.0
// A machine without a chip for tests of cores, os and netstack: arrivals are events, and a mock
// driver whose costs are exact takes them. The "device" is this struct: packets that wait, a mask,
// and an INTx level.
#ifndef MODERATO_HOST_WORLD_H
#define MODERATO_HOST_WORLD_H

#include "hostbridge/netstack.h"
#include "traces/traces.h"

#define US_PS  UINT64_C(1000000)
#define US_CYC UINT64_C(125)

typedef struct host_world {
    sim_t sim;
    memory_t *mem;
    profile_t profile; // of what: all costs 0, to be changed before host_world_start
    os_params_t os_params;
    netstack_params_t net_params;
    unsigned cores;
    void (*scheduled)(
        struct host_world *w); // the cores are there and have not run; NULL: no matter
    // driver: R every tail_step packets and at the end of a poll that took any; c_e before the
    // interrupt is enabled
    uint32_t tail_us, tail_step, complete_us;
    bool never_completes; // poll says it used up its budget whatever it found
    bool claims_nothing;  // the handler says it was not its device, and does nothing
    bool always_full;     // as if packets never ran out
    int xmit_room; // packets xmit takes before it says -EBUSY; -1: all (and frees them at once)
    // traffic
    uint64_t gap_cyc, left, burst; // `burst` packets every gap_cyc, `left` times
    rng_t *random;                 // exponential gaps, gap_cyc on average; NULL: all the same
    uint64_t window_cyc;           // ITR: from assertion to assertion; 0 = none
    uint32_t len;
    // what happened
    uint64_t waiting, arrived, isr_calls, taken, xmits;
    uint64_t first_cyc, last_cyc; // stamps of the driver: first packet taken, and the last
    uint64_t delivered_cyc;
    uint64_t hash;
    // the rest
    core_set_t *set;
    os_host_t *host;
    os_dev_t *dev;
    netstack_t *net;
    os_napi_t *napi;
    void *scratch;
    os_pkt_t *xmit_queue[256]; // taken by xmit, not finished
    unsigned xmit_count;
    uint64_t asserted_cyc;
    bool masked, level, probed;
    sim_event_t arrival, window;
} host_world_t;

// Zeroes, 1 core, weight 64, all costs 0.
void host_world_init(host_world_t *w);
// Builds what was set up, probes the driver and opens it. Time is 0 when all costs are 0.
void host_world_start(host_world_t *w);
// Packets begin to arrive at the cycle.
void host_world_traffic(host_world_t *w, uint64_t first_cyc, uint64_t gap_cyc, uint64_t times,
                        uint64_t burst);
void host_world_run(host_world_t *w, uint64_t until_cyc);
void host_world_end(host_world_t *w);
// Adds two numbers to the hash of what happened.
void host_world_log(host_world_t *w, uint64_t a, uint64_t b);
// Account of a core in ps.
uint64_t host_world_account(const host_world_t *w, unsigned core, enum core_account account);
extern const os_driver_t host_world_driver;

#endif
