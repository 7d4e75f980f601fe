// SPDX-License-Identifier: Apache-2.0
// The operating system behind driver/os.h, as the testbed sees it: one per machine (os_host_t) with
// its functions (os_dev_t, what a driver probes) on the cores of a core set.
//
// Costs are charged here: the driver's and the stack's share per packet when a packet goes up
// (rx_packet_ns, rx_byte_ps), a buffer when it is allocated (rx_alloc_ns) or when a sent one is
// freed (tx_clean_ns), a poll when it begins (poll_ns). MMIO costs what the link takes. Stores to
// and loads from DMA memory are observation points of the core (core.h).
//
// ## Inaccuracies
// - Without an IOMMU addresses for the device are physical and mapping costs nothing; the sync calls
//   never do.
// - NAPI polls on the core that scheduled it.
// - With GRO the protocols take their time once for a merged packet; the application still takes its
//   frames one by one.
// - Starting the timer of napi_defer_hard_irqs costs nothing; its interrupt costs what others do.
// - Buffers up to 2048 bytes come from a stack of free ones (the last freed is the next used);
//   Linux takes them from slabs.
#ifndef MODERATO_OS_HOST_H
#define MODERATO_OS_HOST_H

#include "driver/os.h"
#include "hostbridge/core.h"
#include "hostbridge/dma_map.h"
#include "hostbridge/gro.h"
#include "hostbridge/link.h"
#include "hostbridge/memory.h"
#include "hostbridge/meter.h"
#include "hostbridge/profile.h"

#define OS_BUFFER_BYTES 2048u // packet buffers, on 2 KiB boundaries
#define OS_VECTORS      32u   // per function; 0 is the INTx line
#define OS_DEVS         16u
#define OS_NAPIS        16u // per function
#define OS_TIMERS       16u

// What os_pkt_t.stamp[] holds, in cycles. WIRE is free for the testbed.
enum os_stamp { OS_STAMP_WIRE, OS_STAMP_DRIVER, OS_STAMP_SOCKET, OS_STAMP_APP };
#define OS_STAMP_BUFFER                                                                            \
    OS_STAMP_SOCKET // until it is in the socket: the physical address of its buffer

typedef struct os_host os_host_t;

// Costs in ps and limits.
typedef struct os_params {
    uint64_t poll_ps, rx_packet_ps, rx_byte_ps, rx_stack_ps, gro_ps, rx_alloc_ps, tx_packet_ps,
        tx_clean_ps, port_io_ps, jiffy_ps;
    int weight;
    uint32_t max_backlog; // packets in the backlog of a core        // --budget: packets per poll
    int netdev_budget;    // packets per softirq round
    bool gro;
    uint32_t defer_hard_irqs; // napi_defer_hard_irqs, 0 = off
    uint64_t gro_flush_ps;    // gro_flush_timeout, 0 = off
    uint32_t packets_max; // buffers in use at once (then os_pkt_alloc fails), 0 = what memory has
    void *log_ctx;
    // Lines of os_log(); NULL: nowhere.
    void (*log)(void *ctx, const os_dev_t *d, const char *text);
    void *poll_ctx;
    // A poll that took something is over; NULL: nobody looks.
    void (*on_poll)(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, int packets);
} os_params_t;

// NAPI counters of the machine, or of a function (without time_squeeze and driver_errors).
typedef struct os_stats {
    uint64_t polls, poll_packets, budget_exhausted, time_squeeze;
    uint64_t irq_packets; // handed up outside of polls, by an interrupt handler
    // Completions: the interrupt stayed off until the timer polls; it was to be switched on again.
    uint64_t deferred, enabled;
    uint64_t timer_polls; // that the timer has started
    gro_stats_t gro;
    uint64_t driver_errors; // rules of driver/os.h broken by the driver: os_host_breach()
    meter_hist_t packets_per_poll;
} os_stats_t;

// Who is above a function; called on the core that runs. arrived (may be NULL) sees a packet
// when the driver hands it up, receive takes it, later if GRO holds it. waiting: packets
// wait for the driver. transmit gives them to the driver (in the transmit softirq) and returns true
// if it did not do all it could.
typedef struct os_stack {
    void *ctx;
    bool forwards; // the protocols are somebody else's: rx_stack_ns is not spent here
    void (*arrived)(void *ctx, core_t *c, os_pkt_t *p);
    void (*receive)(void *ctx, core_t *c, os_pkt_t *p);
    bool (*waiting)(void *ctx);
    bool (*transmit)(void *ctx, core_t *c);
} os_stack_t;

// From one stack of the machine to another, on the core that runs: fn takes the packet in a poll of the core's own context, in the receive
// softirq. False: max_backlog packets are waiting, it stays the caller's.
typedef void (*os_netif_fn)(void *ctx, core_t *c, os_pkt_t *p);
bool os_netif_rx(os_host_t *h, core_t *c, os_pkt_t *p, os_netif_fn fn, void *ctx);

// Registers of a guest's interface that the hypervisor emulates.
typedef struct os_virt {
    void *ctx;
    // Before the access: the kind of exit that it is, VCPU_EXIT_KINDS: none. May change what is written.
    enum vcpu_exit (*trap)(void *ctx, nic_access_t *a);
    // Who carries it out, on the core that runs, settled; NULL: a device on a link (os_dev_attach).
    uint32_t (*read)(void *ctx, core_t *c, const nic_access_t *a);
    void (*write)(void *ctx, core_t *c, const nic_access_t *a);
} os_virt_t;

// ---- the machine -------------------------------------------------------------------------------

// weight, netdev_budget, packets_max and log are to be filled in by the caller (64, 300, 0, NULL
// here).
os_params_t os_params_of(const profile_t *p);
// Serves the softirqs of the cores. The buffers come out of `mem`. NULL: out of memory.
os_host_t *os_host_create(core_set_t *cores, memory_t *mem, const os_params_t *p);
// Functions and packets are freed; the cores must be destroyed before.
void os_host_destroy(os_host_t *h);
// Puts the functions created from now on behind the unit, which must outlive the host.
void os_host_set_dma(os_host_t *h, dma_unit_t *u);
// Behind the unit: interrupts of functions other than the PF are posted to the vCPUs they are for. False: out of memory.
bool os_host_post(os_host_t *h);
const os_stats_t *os_host_stats(const os_host_t *h);
// Starts them over, those of the functions too; broken rules stay.
void os_host_stats_reset(os_host_t *h);
// Of one function.
const os_stats_t *os_dev_stats(const os_dev_t *d);
core_set_t *os_host_cores(const os_host_t *h);
// The first rule of driver/os.h that a driver has broken; NULL: none.
const char *os_host_breach(const os_host_t *h);
// From now on looks for calls of drivers that do not come back, and for interrupt lines that they do not clear, with little patience
// when *stop (unless it is NULL) is not 0. Then all is abandoned (core_set_abandon), which os_host_stuck() tells of; NULL: it is not.
// When *stop is not 0 core_set_run() returns every now and then.
void os_host_watch(os_host_t *h, const volatile int *stop);
const char *os_host_stuck(const os_host_t *h);
// Packets allocated and not freed.
uint32_t os_host_packets(const os_host_t *h);

// ---- a function --------------------------------------------------------------------------------

// `func`: requester number on its link; `irq_core`: where its interrupts and work items go. NULL:
// no room or out of memory.
os_dev_t *os_dev_create(os_host_t *h, uint8_t func, unsigned irq_core);
// Of a guest: not behind the IOMMU; `v` says what becomes of its registers.
os_dev_t *os_dev_create_virtual(os_host_t *h, unsigned irq_core, const os_virt_t *v);
// The way to its registers, shared with the functions attached to that link before. What the link
// reports goes to the three functions below; a reply belongs to whoever reads: any function of the
// link will do.
void os_dev_attach(os_dev_t *d, link_t *link);
// Bytes of registers, ports and configuration space that its driver can reach: those of the 82540EM
// unless said otherwise. Anything else breaks a rule.
void os_dev_set_windows(os_dev_t *d, uint32_t mem, uint32_t io, uint32_t cfg);
// NAPI of the function as Linux has it by default: weight 64, no GRO, no deferral. Before its driver is probed.
void os_dev_set_plain(os_dev_t *d);
void os_dev_set_stack(os_dev_t *d, const os_stack_t *s);
const os_stack_t *os_dev_stack(const os_dev_t *d);
// Sees packets that are freed and were neither handed up nor sent: buffers of the driver's, among them.
void os_dev_watch_free(os_dev_t *d, void (*freed)(void *ctx, const os_pkt_t *p), void *ctx);
// Of a packet that is the driver's: the address is in its buffer.
static inline bool os_pkt_holds(const os_pkt_t *p, uint64_t hpa)
{
    return hpa - p->stamp[OS_STAMP_BUFFER] < p->size;
}
// Packets that the driver was given to send, and has freed; free running.
uint64_t os_dev_tx_freed(const os_dev_t *d);
void os_dev_intx(os_dev_t *d, uint64_t now_cyc, bool level); // link_client_t.irq
// A message of the function, data = vector; or, behind an IOMMU, of any, as the unit has made it.
void os_dev_msi(os_dev_t *d, uint64_t now_cyc, uint64_t addr, uint32_t data);
// The vector of a message as the function sends it.
unsigned os_dev_msi_index(const os_dev_t *d, uint64_t addr, uint32_t data);
void os_dev_reply(os_dev_t *d, uint64_t now_cyc, uint32_t data); // .reply

// Calls of the driver in process context, from the main context; the world runs meanwhile. 0 or
// what the driver returns, -EOPNOTSUPP when it has no such function. arg: COALESCE, RINGPARAM and
// STATS their struct; POLICY os_policy_t; RX_MODE and FEATURES bool[2]; WATCHDOG bool; QUEUES and VFS unsigned; VLAN
// unsigned[2]; others NULL.
enum os_op {
    OS_OP_REMOVE,
    OS_OP_OPEN,
    OS_OP_STOP,
    OS_OP_SET_COALESCE,
    OS_OP_GET_COALESCE,
    OS_OP_SET_RINGPARAM,
    OS_OP_SET_RX_MODE,
    OS_OP_SET_FEATURES,
    OS_OP_SET_WATCHDOG,
    OS_OP_GET_STATS,
    OS_OP_SET_QUEUES,
    OS_OP_SET_VFS,
    OS_OP_SET_VLAN,
    OS_OP_SET_POLICY,
};
int os_dev_probe(os_dev_t *d, const os_driver_t *driver);
int os_dev_op(os_dev_t *d, enum os_op op, void *arg);
// os_pkt_alloc() for whoever is above a driver.
os_pkt_t *os_dev_pkt(os_dev_t *d, uint32_t size);
// Gives a packet to the driver on the core that runs: 0 (taken), -EBUSY (stopped or ring full), or what else the driver
// says; then it is the caller's. tx_packet_ns is charged.
int os_dev_xmit(os_dev_t *d, core_t *c, os_pkt_t *p);
// Runs the transmit softirq of the function on the core that runs.
void os_dev_tx_schedule(os_dev_t *d, core_t *c);
bool os_dev_tx_stopped(const os_dev_t *d);

bool os_dev_carrier(const os_dev_t *d, unsigned *mbps);
const uint8_t *os_dev_mac(const os_dev_t *d);
// Virtual functions that its driver has enabled.
unsigned os_dev_vfs(const os_dev_t *d);
int os_dev_queue_stats(os_dev_t *d, unsigned queue, os_queue_stats_t *s);
// Frames that GRO holds.
uint32_t os_dev_gro_frames(const os_dev_t *d);
// One of its interrupts has been switched off, after so many in a row that its handler did not claim; 0: none.
uint32_t os_dev_irq_off(const os_dev_t *d);
// Interrupts taken, and how many of them nobody claimed.
uint64_t os_dev_irqs(const os_dev_t *d, uint64_t *spurious);
os_host_t *os_dev_host(const os_dev_t *d);

#endif
