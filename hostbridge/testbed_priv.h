// SPDX-License-Identifier: Apache-2.0
// Between testbed.c (builds and runs) and testbed_meter.c (watches).
#ifndef MODERATO_TESTBED_PRIV_H
#define MODERATO_TESTBED_PRIV_H

#include "hostbridge/core.h"
#include "hostbridge/engine.h"
#include "hostbridge/netstack.h"
#include "hostbridge/os_host.h"
#include "hostbridge/testbed.h"
#include "hostbridge/wire.h"

// A frame the device has accepted, until the driver hands it up.
typedef struct tb_frame {
    uint64_t last_cyc; // last byte on the wire
    uint64_t p_cyc;    // completely in host memory
    uint32_t len;      // without FCS
    uint32_t fcs;      // as sent: identifies the contents
} tb_frame_t;

enum { TB_FRAMES = 16384 }; // more than the packet buffer and the largest ring hold

typedef struct testbed {
    const run_config_t *cfg;
    run_result_t *r;
    const volatile int *stop;
    profile_t profile;
    sim_t sim;
    memory_t *mem;
    link_t *link;
    nic_t *nic;
    core_set_t *cores;
    os_host_t *host;
    os_dev_t *dev;
    netstack_t *net;
    trace_t *trace;
    wire_t *wire;
    trace_writer_t *pcap;
    void *so; // --driver FILE.so
    // meters
    nic_host_t inner;           // the link's callbacks
    bool traffic;               // the first frame has been sent
    bool trace_over;
    uint64_t offered, accounted; // frames of the trace; delivered or dropped
    tb_frame_t sending;         // on the wire
    tb_frame_t frame[TB_FRAMES];
    uint64_t accepted, hosted, asserted, received; // free-running counts into frame[]: device, P, interrupt, driver
    uint64_t last_assert_cyc;
    bool intx;
    uint64_t app_end_cyc;
    uint64_t cause0[32], timer0[32];
} testbed_t;

// Callbacks for the device: count, then pass on to the link.
nic_host_t tb_device_host(testbed_t *t);
wire_client_t tb_wire_client(testbed_t *t);
void tb_stack_observers(testbed_t *t, netstack_params_t *p);
void tb_poll(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, int packets);
// All frames of the trace are accounted for.
bool tb_accounted(const testbed_t *t);

#endif
