// SPDX-License-Identifier: Apache-2.0
// One run: everything between a trace and its results. lab/ fills run_config_t from the command
// line (lab/options.def), testbed_run() builds wire, device, link, memory, cores, driver and
// application, plays the trace, drains, checks conservation and fills run_result_t. No output but
// the observers' callbacks; no globals, so runs may go in parallel.
#ifndef MODERATO_TESTBED_H
#define MODERATO_TESTBED_H

#include "hostbridge/dma_map.h"
#include "hostbridge/emulated.h"
#include "driver/os.h"
#include "hostbridge/gro.h"
#include "hostbridge/link.h"
#include "hostbridge/meter.h"
#include "hostbridge/profile.h"
#include "hostbridge/rr.h"
#include "hostbridge/vcpu.h"
#include "hostbridge/wire.h"
#include "traces/traces.h"

#define RUN_ERR_LEN 320
#define RUN_UNSET                                                                                  \
    UINT32_MAX // an option that was not given: the driver's or the profile's own value
#define RUN_CORES     16
#define RUN_FUNCTIONS 9 // the PF and eight VFs
#define RUN_CLIENTS   (TRACE_CLIENTS_MAX + RUN_FUNCTIONS)

enum run_respond { RESPOND_NONE, RESPOND_ECHO, RESPOND_ACK };
// What moderates. The first two are one: adaptive_rx says which, and an interval that is named.
enum run_policy { POLICY_ADAPTIVE, POLICY_FIXED, POLICY_DIM, POLICY_NAPI_DEFER, POLICY_HYBRID };
enum run_dim_mode { DIM_MODE_EQE, DIM_MODE_CQE };
// How an interrupt of an assigned function reaches the guest (hostbridge/vcpu.h).
enum run_guest_interrupts { GUEST_IRQ_REMAPPED, GUEST_IRQ_POSTED };
enum run_guest_idle { GUEST_IDLE_HALT, GUEST_IDLE_POLL };
// What joins guests and the physical NIC; only what it takes differs.
enum run_dom0_net { DOM0_BRIDGE, DOM0_ROUTER, DOM0_NAT };
// What netback is (xen_net.h).
enum run_netback { NETBACK_THREAD, NETBACK_TASKLET };
// Behind a bridge: where the application is that the trace is for.
enum run_server { SERVER_GUESTS, SERVER_HOST };

typedef struct run_config {
    // traffic
    const char *trace;
    trace_pace_t pace;
    enum run_respond respond;
    bool promisc;
    const char *map; // hosts to functions (hostbridge/spread.h); NULL: dealt to the VFs, "none"
    // device and path
    enum nic_personality nic;
    uint32_t vfs; // 82576: virtual functions, 0 = the PF carries the traffic
    const char *
        path; // "native", "container", "emulated", "virtio", "xen-pv", "vf": each VF is assigned to a guest, whose vCPU is the core of its interrupts
    enum run_guest_interrupts guest_interrupts;
    enum run_guest_idle guest_idle;
    bool pv_eoi;
    uint32_t guests;    // behind a bridge: how many
    uint32_t host_cpus; // of the host of guests; RUN_UNSET: as the path needs
    uint32_t pcpus;     // processors that all cores share, as vCPUs; 0: each has its own
    uint32_t guest_weight, guest_cap, host_weight, host_cap; // of each of their cores, then
    uint32_t host_rx_usecs; // its own NIC; RUN_UNSET: its driver adapts
    uint32_t backend_queue; // packets that wait for the thread behind a guest
    uint32_t emulated_itr;  // enum emulated_itr
    bool event_idx;         // virtio: event indices
    uint32_t dom0_net;      // enum run_dom0_net
    uint32_t netback;       // enum run_netback
    uint32_t server;        // enum run_server
    const char *clients;    // of SERVER_HOST, in the machine itself (run_clients_parse); NULL: none
    const char *profile;    // name or file
    const char *engine;     // "model", "model-pins", "rtl"
    const char
        *driver; // built in, or FILE.so; a function that it does not know gets a built-in one
    // moderation, ethtool words and register units; RUN_UNSET = not given
    uint32_t adaptive_rx, rx_usecs, rx_frames, tx_usecs, tx_frames;
    uint32_t rdtr, radv, tidv, tadv, itr,
        master; // master: MTDLY; given = MTCTL enabled with both folds
    enum run_policy policy;
    enum run_dim_mode dim_mode;
    uint32_t napi_defer_hard_irqs; // of POLICY_NAPI_DEFER
    bool gro;
    uint32_t gro_flush_timeout;      // ns
    uint32_t hybrid_up, hybrid_down; // packets/s of a queue; RUN_UNSET: by the costs of the profile
    // host
    uint32_t budget;             // NAPI weight
    uint32_t netdev_budget;      // packets per softirq run
    uint32_t netdev_max_backlog; // packets in the backlog of a core
    uint32_t hz;                 // RUN_UNSET = profile
    uint32_t halt_poll_ns;       // RUN_UNSET = profile
    uint32_t rx_ring, tx_ring;
    uint32_t sockbuf; // bytes of truesize, RUN_UNSET = profile
    uint32_t cpus;    // interrupts of function f go to core f mod cpus
    uint32_t app_cpu; // RUN_UNSET: each application on the core of its interrupts
    bool wake_affine; // a wake-up may put it on another core
    bool watchdog;
    uint32_t link_speed;            // Mb/s of the link partner: 10, 100, 1000
    uint32_t iommu;                 // enum dma_mode
    uint32_t pages;                 // IOMMU_SIZE_*
    const char *iotlb, *walk_cache; // iommu_geometry_parse
    uint64_t seed;
    // observers
    const struct run_tap *tap; // tests and peers, NULL = none
    const char *received_pcap; // file for delivered frames, NULL = none
    struct timeline *timeline; // Perfetto events, NULL = none
    bool verify; // compare every delivered frame with what was sent (tests); counts mismatches
    // A device at its pins to be used instead of `engine` (lockstep, tests), and whether idle
    // cycles are ticked instead of jumped over. The run destroys what it gets.
    struct pin_dev *(*make_dev)(void *ctx, const nic_config_t *cfg);
    void *make_dev_ctx;
    // What the device does from here on is no part of the run; NULL = nobody asks.
    void (*ended)(void *make_dev_ctx);
    bool no_jump;
    // Called every 1024 frames sent, with their number and the time of the trace in cycles; NULL = nobody waits.
    void (*progress)(void *ctx, uint64_t frames, uint64_t cyc);
    void *progress_ctx;
    // Each line that a driver logs, with its time from power-good and its name as in messages; NULL = nobody reads.
    void (*log)(void *ctx, uint64_t ns, const char *driver, const char *text);
    void *log_ctx;
} run_config_t;

// What happens on the pins of the device, as it happens (cycles lie just ahead of the world's), for
// tests; and a peer on the other end of the wire. Members may be NULL. The tap must not change
// anything but its own state: a run with a tap that does not answer equals the run without.
typedef struct run_tap {
    void *ctx;
    void (*access)(void *ctx, uint64_t cyc, const nic_access_t *a); // of the host
    void (*intx)(void *ctx, uint64_t cyc, bool level);
    void (*probe)(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b);
    // A frame of the trace or the peer is on its way in; data without FCS.
    void (*sent)(void *ctx, const struct wire_sent *f);
    // The application has processed a frame.
    void (*delivered)(void *ctx, uint64_t cyc, const uint8_t *data, uint32_t len);
    // The same, with the function: 0 the PF, 1 + n VF n.
    void (*delivered_by)(void *ctx, unsigned func, uint64_t cyc, const uint8_t *data, uint32_t len);
    // The device sends a frame (without FCS here), last byte of its FCS in last_cyc. The peer
    // writes its answer (up to TRACE_FRAME_MAX bytes without FCS) and the earliest cycle of its
    // first preamble byte (> last_cyc), and returns its length, 0 = no answer. Answers count as
    // offered frames.
    uint32_t (*answer)(void *ctx, uint64_t last_cyc, const uint8_t *data, uint32_t len,
                       uint8_t *answer, uint64_t *when_cyc);
} run_tap_t;

// Causes of loss: offered = delivered + these. Name of the counter and key of JSON, what it is; in the order of reports.
// queue_disabled: or its ring was set up anew; driver: whole frames in host memory.
#define DROP_CAUSES(X)                                                                             \
    X(bad_fcs, "wrong frame check sequence")                                                       \
    X(oversize, "longer than the link allows")                                                     \
    X(undersize, "shorter than 64 bytes")                                                          \
    X(filtered, "address or VLAN filter, PAUSE, receiver off")                                     \
    X(fifo_overflow, "packet buffer full, descriptors available")                                  \
    X(no_descriptor, "packet buffer full, ring empty")                                             \
    X(queue_disabled, "the queue was off (82576)")                                                 \
    X(driver, "thrown away by the driver")                                                         \
    X(backend_queue, "backlog of a core, or queue of a thread behind a guest, full")               \
    X(socket_buffer, "receive buffer of the socket full")                                          \
    X(iommu_fault, "refused by the IOMMU")                                                         \
    X(in_flight_at_end, "never signalled by the end of the run")
// The same of what the stack was given to send: to_send = sent by the device + these; behind a bridge (+ looped to others alone). What its
// host does not send is in the sum of a run: it is the guests', or of the host's own application.
#define UNSENT_CAUSES(X)                                                                           \
    X(queue_full, "the queue in front of the driver, or of a container's host, full")              \
    X(driver_error, "the driver returned an error other than -EBUSY")                              \
    X(driver_freed, "taken by the driver, and freed without being sent")                           \
    X(backend, "behind a bridge: taken by the thread behind the guest, and thrown away")           \
    X(bridge, "behind a bridge: for whoever has sent it, the bridge lets nothing back")            \
    X(in_flight_at_end, "in the queue, with the driver or in the device")

#define RUN_COUNTER(name, what) uint64_t name;
typedef struct run_drops {
    DROP_CAUSES(RUN_COUNTER)
} run_drops_t;
typedef struct run_unsent {
    UNSENT_CAUSES(RUN_COUNTER)
} run_unsent_t;
#undef RUN_COUNTER

// Copies of frames that a function was to get: offered = delivered + forwarded + drops.
typedef struct run_flow {
    uint64_t offered, delivered;
    uint64_t forwarded;                      // by the host of guests behind a bridge
    uint64_t offered_bytes, delivered_bytes; // frames without FCS
    run_drops_t drops;
} run_flow_t;

// Moderation as the registers hold it when traffic starts.
typedef struct run_programmed {
    bool none;    // the interface has no such register
    uint32_t itr; // units of the device: 256 ns, 82576: 1 us
    uint64_t interval_ns;
    uint32_t rdtr, radv, tidv, tadv, rxframes, txframes, mtctl, mtdly;
    bool adaptive;
} run_programmed_t;

// What a trace that waits for answers got (hostbridge/peer.h).
typedef struct run_feedback {
    enum trace_feedback_kind kind;
    uint64_t answers;  // answers to requests, or acknowledgements
    uint64_t span_ns;  // from the first to the last of them
    uint64_t timeouts; // of the sender
    meter_hist_t rtt;  // of requests, ns
} run_feedback_t;
// A client of netperf's request and response, in the machine or on the network.
typedef struct run_client {
    char name[32]; // "localhost", "guest0"; "remote0.dom0"
    rr_stats_t s;
} run_client_t;
// Of the traffic; `early_faults` came before.
typedef struct run_iommu {
    bool on;
    uint64_t early_faults;
    iommu_stats_t unit;
    dma_stats_t dma;
} run_iommu_t;
// What the policy has decided since traffic began.
typedef struct run_policy_result {
    os_policy_stats_t driver;                // level: at the end
    uint64_t deferred, enabled, timer_polls; // ends of polling, see os_stats_t
    uint64_t irq_packets;                    // taken by handlers
} run_policy_result_t;

typedef struct run_function {
    unsigned number; // 0 the PF, 1 + n VF n
    uint8_t mac[6];
    uint64_t hosts;    // of the trace, that are assigned to it
    run_flow_t wire;   // frames of the wire that the device took for it
    run_flow_t looped; // frames of other functions, let go by the switch
    uint64_t sent;     // frames its driver took to send
    uint64_t to_send;  // frames its stack had to send; of the host of guests: what is for its wire
    run_unsent_t unsent;  // of these
    uint64_t looped_sent; // of these, let go to queues, or to other ports of a bridge
    uint64_t spoofed;     // thrown away by the switch
    uint64_t sent_lost;   // behind a bridge: frames that the host has dropped
    run_programmed_t programmed;
    uint64_t itr_writes;
    run_policy_result_t policy;
    gro_stats_t gro;
    // Assertions: INTA# or messages, all vectors. Gaps are those of one vector.
    uint64_t irq_asserted, irq_gaps, irq_min_gap_ns, irq_gap_sum_ns, irq_spurious;
    uint64_t
        irq_taken; // by processors, as /proc/interrupts counts: edges during a handler are none
    uint64_t polls, poll_packets, budget_exhausted;
    meter_hist_t packets_per_poll;
    meter_hist_t latency, latency_driver, coalescing; // of frames of the wire
} run_function_t;

typedef struct run_result {
    trace_stats_t trace;
    // latest start against the asked time, waits for the line included
    uint64_t max_injection_error_ns;
    // packets: offered + replicated = delivered + drops
    uint64_t offered, delivered;
    uint64_t replicated; // copies of one frame, beyond the first, for several functions
    run_drops_t drops;
    uint64_t offered_bytes, delivered_bytes; // frames without FCS
    uint64_t first_cyc, last_cyc; // first preamble byte of the first frame; last byte of the last
    uint64_t end_cyc;             // the run ended
    uint64_t first_delivery_cyc, last_delivery_cyc;
    uint64_t mismatched;         // with verify
    run_programmed_t programmed; // of the first function that carries traffic
    uint64_t itr_writes;         // by the adaptive algorithm, or DIM
    run_policy_result_t policy;
    gro_stats_t gro;
    uint32_t hybrid_up, hybrid_down; // thresholds in force; 0: another policy
    // interrupts: assertions during the run (after the first frame)
    uint64_t irq_asserted, irq_gaps, irq_min_gap_ns, irq_gap_sum_ns, irq_spurious;
    uint64_t
        irq_taken; // by processors, as /proc/interrupts counts: edges during a handler are none
    uint64_t cause[32]; // how often each ICR bit was newly set
    uint64_t timer[32]; // how often each timer of NIC_TIMER_* fired
    // NAPI
    uint64_t polls, poll_packets, budget_exhausted;
    meter_hist_t packets_per_poll;
    uint64_t time_squeeze, ksoftirqd_wakeups;
    // latency, ns
    meter_hist_t latency, latency_driver, coalescing;
    // transmit side
    uint64_t tx_frames, tx_bytes;
    uint64_t to_send; // what stacks had to send
    run_unsent_t unsent;
    run_feedback_t feedback;
    unsigned clients;
    run_client_t client[RUN_CLIENTS];
    // the device, function by function; all of the above are their sums
    unsigned functions;
    run_function_t function[RUN_FUNCTIONS];
    // cores
    unsigned cores;
    struct {
        uint64_t wall_ps, irq_ps, softirq_ps, ksoftirqd_ps, app_ps, hypervisor_ps, backend_ps,
            idle_ps;
        // What the timer tick has found: ticks, by account.
        uint64_t irq_ticks, softirq_ticks, ksoftirqd_ticks, app_ticks, hypervisor_ticks,
            backend_ticks, idle_ticks;
        // Of idle_ps, in which the processor is not idle: it leaves its idle state; the guest looks for work (idle=poll).
        uint64_t idle_exit_ps, idle_poll_ps;
        uint64_t steal_ps, steal_ticks;           // it had something to do, and not the processor
        uint64_t exits[VCPU_EXIT_KINDS], wakeups; // of the vCPU
        vcpu_polls_t polls;
        // Of a vCPU: of hypervisor_ps and its ticks, what the guest takes for its own, by what it was doing.
        uint64_t in_ps[VCPU_ACCOUNTS], in_ticks[VCPU_ACCOUNTS];
    } cpu[RUN_CORES];
    bool guests;    // the cores are vCPUs
    bool bridged;   // function 0 is the host's, 1 + n guest n's
    unsigned vcpus; // cores of guests, the first ones; others are the host's
    uint64_t exits[VCPU_EXIT_KINDS], vcpu_wakeups; // of all
    vcpu_polls_t vcpu_polls;
    // link and device
    link_stats_t link;
    run_iommu_t iommu;
    uint64_t visits; // deterministic work of the engine: module visits, or cycles ticked
    // simulator
    uint64_t
        cycles; // from when the interface is up (all counters begin there) to the end, skipped_cyc included
    uint64_t
        skipped_cyc; // of gaps longer than an hour, in which nothing happens; not in the accounts of the cores
    double wall_s; // the only number that is not a function of the inputs
    char error[RUN_ERR_LEN];
    char notice[RUN_ERR_LEN]; // one line for the user, "" if none
} run_result_t;

// What --clients says: numbers of guests, below `guests`, and "host", each once. A bit for each, that of guest n is 1 + n. 0 with a message
// without the option's name.
uint32_t run_clients_parse(const char *text, unsigned guests, char err[128]);

// Sensible defaults (those of --help): lab/options.def overrides them by the same names.
void run_config_defaults(run_config_t *c);

// Frees the histograms of a result.
void run_result_free(run_result_t *r);

// What can be said of a configuration without playing it: 0, or 2 with a message. A driver in a shared object is loaded, and asked for its
// members.
int testbed_check(const run_config_t *c, char err[RUN_ERR_LEN]);

// 0 ok; 1 a check failed (conservation, accounts, verification), message in r->error; 2 bad usage
// or input, message in r->error. *stop, if given, is polled: non-zero ends the run early (Ctrl-C)
// with what has been delivered so far.
int testbed_run(const run_config_t *c, run_result_t *r, const volatile int *stop);

#endif
