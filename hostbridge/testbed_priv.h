// SPDX-License-Identifier: Apache-2.0
// Between testbed_build.c (builds), testbed.c (plays) and testbed_meter.c (watches).
#ifndef MODERATO_TESTBED_PRIV_H
#define MODERATO_TESTBED_PRIV_H

#include "hostbridge/core.h"
#include "hostbridge/engine.h"
#include "hostbridge/netstack.h"
#include "hostbridge/os_host.h"
#include "hostbridge/testbed.h"
#include "hostbridge/wire.h"

#include <stdarg.h>

// A frame the device has accepted, until the driver hands it up.
typedef struct tb_frame {
    uint64_t last_cyc; // last byte on the wire
    uint64_t p_cyc;    // completely in host memory
    uint32_t len;      // without FCS
    uint32_t fcs;      // as sent: identifies the contents
} tb_frame_t;

enum { TB_FRAMES = 16384 }; // more than the packet buffer and the largest ring hold

// Where the counters of the traffic begin.
typedef struct tb_base {
    uint64_t cyc, visits, itr_writes, spurious;
    link_stats_t link;
    uint64_t account_ps[RUN_CORES][CORE_ACCOUNTS];
    uint64_t ksoftirqd_wakeups[RUN_CORES];
} tb_base_t;

typedef struct testbed {
    const run_config_t *cfg;
    run_result_t *r;
    const volatile int *stop;
    profile_t profile;
    sim_t sim;
    memory_t *mem;
    link_t *link;
    engine_t engine;
    core_set_t *cores;
    os_host_t *host;
    os_dev_t *dev;
    netstack_t *net;
    trace_t *trace;
    wire_t *wire;
    trace_writer_t *pcap;
    void *so; // --driver FILE.so
    // meters
    nic_host_t inner; // the link's callbacks
    nic_late_t inner_late;
    bool traffic; // the first frame has been sent
    bool trace_over;
    uint64_t offered, accounted; // frames sent; delivered or dropped
    uint64_t skipped_cyc;        // left out of gaps of the trace up to the frame sent last
    bool over;            // the results are fixed: what the end of the driver causes is not counted
    uint64_t stirred_cyc; // draining: the world last had something to do
    uint64_t moves;       // frames that have got somewhere: the run is alive
    tb_frame_t sending;   // on the wire
    tb_frame_t frame[TB_FRAMES];
    uint64_t accepted, hosted, asserted,
        received; // free-running counts into frame[]: device, P, interrupt, driver
    uint64_t last_assert_cyc;
    bool intx;
    uint64_t app_end_cyc;
    tb_base_t base;
    uint8_t answer[TRACE_FRAME_MAX]; // of the peer
} testbed_t;

// Message of a failed run; returns status.
int tb_fail(testbed_t *t, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

// testbed_build.c. 0, or the status of the run with its message.
int tb_build(testbed_t *t);
int tb_bring_up(testbed_t *t);
void tb_tear_down(testbed_t *t);

// testbed_meter.c. Callbacks for the device: count, then pass on to the link.
nic_host_t tb_device_host(testbed_t *t);
nic_late_t tb_device_late(testbed_t *t);
// Operations of the device as the link sees them.
nic_ops_t tb_device_ops(testbed_t *t);
wire_client_t tb_wire_client(testbed_t *t);
void tb_stack_observers(testbed_t *t, netstack_params_t *p);
void tb_poll(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, int packets);
void tb_irq(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, bool claimed);
// All frames of the trace are accounted for.
bool tb_accounted(const testbed_t *t);

#endif
