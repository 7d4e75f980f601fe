// SPDX-License-Identifier: Apache-2.0
// Between testbed_build.c (builds), testbed.c (plays), testbed_meter.c (watches) and testbed_func.c
// (what is told function by function).
#ifndef MODERATO_TESTBED_PRIV_H
#define MODERATO_TESTBED_PRIV_H

#include "hostbridge/bridge.h"
#include "hostbridge/core.h"
#include "hostbridge/credit.h"
#include "hostbridge/engine.h"
#include "hostbridge/engine_mux.h"
#include "hostbridge/ledger.h"
#include "hostbridge/netstack.h"
#include "hostbridge/os_host.h"
#include "hostbridge/peer.h"
#include "hostbridge/spread.h"
#include "hostbridge/testbed.h"
#include "hostbridge/timeline.h"
#include "hostbridge/veth.h"
#include "hostbridge/vif.h"
#include "hostbridge/wire.h"

#include <stdarg.h>

#define TB_QUEUES     16u
#define TB_ANY_VECTOR 255u

// In os_pkt_t.stamp[OS_STAMP_WIRE]: the frame has come from the switch. Cycles are below.
#define TB_LOOPED (UINT64_C(1) << 63)

#define TB_WIRING 64u // frames on a virtual wire and before it

// Frames for a guest on their way from the bridge.
typedef struct tb_guest {
    uint64_t queued[2];               // at its port, not taken by its thread
    ledger_frame_t wiring[TB_WIRING]; // taken, not judged by its device
    uint64_t wired, fated;            // free running
    ledger_t ledger;
} tb_guest_t;

// An application of the host.
typedef struct tb_socket {
    netstack_t *net;
    os_stack_t stack; // what brings it packets
} tb_socket_t;

// A function of the device with all that stands on it; behind a bridge, 1 + n is guest n.
typedef struct tb_func {
    struct testbed *t;
    unsigned number; // 0 the PF, 1 + n VF n
    unsigned irq_core, app_core;
    os_dev_t *dev;
    netstack_t *net;
    veth_t *veth; // it is in a container; NULL: not
    vif_t vif;    // of a guest behind a bridge
    tb_guest_t guest;
    rr_client_t client; // in the guest; of the host: over loopback
    run_function_t *r;
    ledger_t *rx[TB_QUEUES];              // by the number its driver gives a queue; NULL: none
    uint64_t in_stack[2];                 // handed up and not settled: of the wire, looped
    uint32_t waiting;                     // of these, for the application when the run ended
    uint32_t asserted;                    // vectors, since the traffic began
    uint64_t last_assert_cyc[OS_VECTORS]; // of those
    // Sending, as long as the device tells of the frames that it has taken.
    uint64_t left;         // those
    uint64_t freed_ahead;  // most that were freed beyond them at a time
    uint64_t backlog_full; // in a container: not even given to the host's stack
    uint64_t bridged;      // what has come to the bridge from the guest, or the host's application
    uint64_t base_spurious, base_taken; // where the counters of the traffic begin
    netstack_stats_t base_net;
    uint64_t base_left;
    uint64_t sent_in_all; // when the results were taken: the device goes on while it is asked
    uint64_t stranded;    // then, of what is sent: on the way to the bridge or out of it
    os_drv_stats_t base_counted; // by the driver
} tb_func_t;

// Where the counters of the traffic begin.
typedef struct tb_base {
    uint64_t cyc, visits;
    link_stats_t link;
    uint64_t account_ps[RUN_CORES][CORE_ACCOUNTS];
    uint64_t ticks[RUN_CORES][CORE_ACCOUNTS];
    uint64_t ksoftirqd_wakeups[RUN_CORES], idle_exits[RUN_CORES];
    vcpu_t vcpu[RUN_CORES];       // its counts
    uint64_t ahead_ps[RUN_CORES]; // of an exit that is not over yet
} tb_base_t;

typedef struct testbed {
    const run_config_t *cfg;
    run_result_t *r;
    const volatile int *stop;
    profile_t profile;
    sim_t sim;
    memory_t *mem;
    dma_unit_t *dma; // NULL: no IOMMU
    link_t *link;
    engine_t engine;
    core_set_t *cores;
    vcpu_t vcpu[RUN_CORES];    // of guests
    bool guests;               // there are
    credit_t *pcpu[RUN_CORES]; // that cores share
    bool containers;           // applications are in containers
    bool bridged;              // guests are behind a bridge
    bool virtio;               // ... with virtio interfaces
    bool pv;                   // and paravirtual ones of Xen
    unsigned host_cpus;        // cores of the host of guests, behind theirs
    bridge_t *bridge;
    os_stack_t uplink_stack; // the queue in front of the host's driver
    unsigned own_port;       // of the bridge: the host's stack, with the application; 0: none
    uint64_t stack_ps, loop_ps;
    uint32_t clients; // in the machine, run_clients_parse
    tb_socket_t *
        server; // processes of that application, each with a client: of the machine by number of function, then on the network
    unsigned servers;
    tb_socket_t local; // the client over loopback; none: .net is NULL
    uint64_t looping;  // frames on loopback, in a backlog
    engine_mux_t mux;
    uint64_t exits_ps[RUN_CORES]; // what exits and wake-ups have taken of the run
    os_host_t *host;
    tb_func_t func[RUN_FUNCTIONS];
    unsigned funcs;
    spread_t *spread;
    trace_t *trace;
    wire_t *wire;
    peer_t *peer; // NULL: the trace waits for nobody
    trace_writer_t *pcap;
    void *so; // --driver FILE.so
    // meters
    nic_host_t inner; // the link's callbacks
    nic_late_t inner_late;
    bool traffic; // the first frame has been sent
    bool trace_over;
    uint64_t offered;         // frames sent
    uint64_t fated;           // of these, their fate is known
    uint64_t extra;           // copies for several queues beyond the first, and those of the switch
    uint64_t bridging;        // copies for guests that are not at their ports yet
    uint64_t uplinked;        // frames sent in the machine that the bridge has let go to the uplink
    uint64_t accounted;       // of all of these, delivered or dropped
    char astray[RUN_ERR_LEN]; // why the frames cannot be followed any more; "": they can
    uint64_t skipped_cyc;     // left out of gaps of the trace up to the frame sent last
    bool cut;                 // the run ended in the middle: frames are in somebody's hand
    bool over;    // the results are fixed: what is asked of drivers and their end are not counted
    bool closing; // drivers are at their end: what they say is not of the run
    uint64_t stirred_cyc;   // draining: the world last had something to do
    uint64_t moves;         // frames that have got somewhere: the run is alive
    ledger_frame_t sending; // on the wire
    ledger_t queue[TB_QUEUES];
    unsigned queues;
    uint8_t queue_func[TB_QUEUES];       // index into func
    uint8_t queue_vector[TB_QUEUES];     // of its function, TB_ANY_VECTOR: whichever
    uint64_t gate_cyc[TIMELINE_VECTORS]; // until when throttles are closed, for the timeline
    bool intx;
    uint64_t app_end_cyc[RUN_CORES], thread_end_cyc[RUN_CORES];
    struct {
        bool waits;
        uint8_t func;
        uint64_t cyc, addr;
    } message;         // announced, its payload is to come
    uint64_t wire_cyc; // 82576: the switch has let a frame go to the wire; it may go to queues too
    tb_base_t base;
    uint8_t answer[TRACE_FRAME_MAX]; // of the peer
} testbed_t;

// Message of a failed run; returns status.
int tb_fail(testbed_t *t, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

// Nothing more is to be played: somebody waits for the end, or a driver does not come back.
bool tb_cut_short(const testbed_t *t);
#define TB_CUT_SHORT (-1)

// testbed_build.c. 0, or the status of the run with its message.
int tb_build(testbed_t *t);
// TB_CUT_SHORT: not to its end.
int tb_bring_up(testbed_t *t);
// After the results: what they leave behind is looked at.
void tb_remove_drivers(testbed_t *t);
void tb_tear_down(testbed_t *t);

// testbed_func.c
// The functions of the run, their queues.
bool tb_func_init(testbed_t *t);
// Traffic begins: what the registers hold, and where counters stand.
void tb_func_begin(testbed_t *t);
// The results of the functions, and their sums.
void tb_func_collect(testbed_t *t);
// 0, or 1 with a message: some function has lost a frame without a cause.
int tb_func_conserve(testbed_t *t);
void tb_func_free(testbed_t *t);
// "driver", or "driver of VF 3".
const char *tb_func_driver_name(const tb_func_t *f, char buf[32]);

// Registers of an 82540EM.
void tb_programmed_82540em(const engine_t *e, run_programmed_t *p);
// What an interrupt of the function has waited for: number of the throttle (0 of the 82540EM) and, returned, the cycles it then
// stays closed; 0: it is off.
uint64_t tb_gate(const tb_func_t *f, unsigned vector, unsigned *gate);

// testbed_guest.c, all for guests behind a bridge.
// The bridge, when the host's function is there; then each guest's interface; then their devices. False: out of memory.
bool tb_guest_host(testbed_t *t);
bool tb_guest_build(testbed_t *t, tb_func_t *f);
bool tb_guest_engines(testbed_t *t);
void tb_guest_partner(testbed_t *t);
void tb_guest_destroy(testbed_t *t);
bool tb_guest_idle(const testbed_t *t);
bool tb_guest_still(const testbed_t *t);
bool tb_guest_counting(const testbed_t *t);
uint64_t tb_guest_work(const testbed_t *t);
void tb_guest_programmed(const tb_func_t *f, run_programmed_t *p);
void tb_guest_collect(tb_func_t *f);

// testbed_clients.c: the host's own stack as a port of its bridge, and clients in the machine.
// Before and after the host's function has its stack and bridge. False: out of memory.
bool tb_own_build(testbed_t *t, tb_func_t *f, const netstack_params_t *p);
bool tb_own_port(testbed_t *t);
void tb_own_stack(tb_func_t *f, netstack_params_t *p);
void tb_own_destroy(testbed_t *t);
// Whether the host keeps a frame of its wire, its bridge's ports given.
bool tb_own_keeps(const testbed_t *t, uint32_t ports);
void tb_clients_begin(testbed_t *t); // addresses are known
void tb_clients_start(testbed_t *t);
void tb_clients_stop(testbed_t *t);
void tb_clients_collect(testbed_t *t);
// Frames above the driver of the host that its stack does not know of.
uint32_t tb_own_waiting(const tb_func_t *f);
bool tb_own_idle(const testbed_t *t);

// testbed_iommu.c. After the host, before its functions. 0, or 2 with a message.
int tb_iommu_build(testbed_t *t);
void tb_iommu_begin(testbed_t *t);
void tb_iommu_collect(testbed_t *t);
// 0, or 1 with a message: the device was refused something.
int tb_iommu_conserve(testbed_t *t);

// testbed_meter.c. Callbacks for the device: count, then pass on to the link.
nic_host_t tb_device_host(testbed_t *t);
nic_late_t tb_device_late(testbed_t *t);
// Operations of the device as the link sees them.
nic_ops_t tb_device_ops(testbed_t *t);
wire_client_t tb_wire_client(testbed_t *t);
// The other host, if the trace waits for answers. False: out of memory.
bool tb_peer_create(testbed_t *t);
void tb_stack_observers(tb_func_t *f, netstack_params_t *p);
void tb_veth_observers(tb_func_t *f, veth_params_t *p);
void tb_poll(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, int packets);
void tb_irq(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, bool claimed);
void tb_exit(void *ctx, unsigned core, const char *name, uint64_t from_ps, uint64_t to_ps);
// A frame has got its end; what cannot be followed.
void tb_account(testbed_t *t);
void tb_astray(testbed_t *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// A frame of the queue is in host memory, from hpa on (0: not known).
void tb_hosted(tb_func_t *fn, ledger_t *q, ledger_frame_t *frame, uint64_t cyc, uint64_t hpa);
// The device of the function has taken a frame to send from memory.
void tb_left(tb_func_t *f);
// The run is over, and the frame is still in the ledger.
void tb_strand(tb_func_t *fn, const ledger_frame_t *f);
// The driver has freed a packet that it has not handed up.
void tb_freed(void *ctx, const os_pkt_t *p);
void tb_drop(run_drops_t *d, enum nic_fate fate);
// An interrupt of the function, `vector`; ICR bits newly set; timers.
void tb_assert(tb_func_t *f, uint64_t pin_cyc, unsigned vector);
void tb_causes(testbed_t *t, uint32_t bits);
void tb_timers(testbed_t *t, uint32_t fired);
uint32_t tb_fcs(const os_pkt_t *p);
// Time of the trace.
uint64_t tb_clock(const testbed_t *t, uint64_t cyc);
// It has come from another function or guest, not by the wire.
static inline bool tb_looped(const os_pkt_t *p)
{
    return (p->stamp[OS_STAMP_WIRE] & TB_LOOPED) != 0;
}
// The host of guests behind a bridge.
static inline bool tb_is_host(const tb_func_t *f)
{
    return f->t->bridged && f->number == 0;
}
// A function that the results are about.
static inline bool tb_counts(const tb_func_t *f)
{
    return !tb_is_host(f) || f->t->own_port;
}
// All frames are accounted for.
bool tb_accounted(const testbed_t *t);

#endif
