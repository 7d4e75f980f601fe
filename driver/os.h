// SPDX-License-Identifier: Apache-2.0
// What a driver sees of the world: the surface that Linux would provide, cut down to what network drivers use.
//
// A driver includes this header (and register definitions) and nothing of the simulator. Time is charged here and nowhere
// else: a register read waits for the device, DMA memory is looked at through accessors (so that posted writes become
// visible at the right time and a checker can watch), and the cost of the driver's own code is charged by the os.
// Every function may be called from probe, interrupt handler, poll, timer and transmit contexts unless said otherwise.
// When remove returns, nothing may be left: interrupts, timers, NAPI contexts, memory, packets, mappings.
// The same source builds into the program and as a shared object for --driver FILE.so.
#ifndef MODERATO_OS_H
#define MODERATO_OS_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OS_ABI 3

#pragma GCC visibility push(default) // the program exports these, however it is built

typedef uint64_t dma_addr_t;      // address as the device uses it (IOVA)
typedef struct os_dev os_dev_t;   // one PCI function, as handed to probe
typedef struct os_napi os_napi_t; // a NAPI context
typedef struct os_timer os_timer_t;

// ---- registers ---------------------------------------------------------------------------------
// Offsets are multiples of 4 below the size of the BAR or space. Others break a rule, and no access is made: a read returns ones.
// Memory BAR. Reads wait for the device, writes are posted.
uint32_t os_rd32(os_dev_t *d, uint32_t off);
void os_wr32(os_dev_t *d, uint32_t off, uint32_t value);
// I/O BAR (port access: both wait).
uint32_t os_io_rd32(os_dev_t *d, uint32_t off);
void os_io_wr32(os_dev_t *d, uint32_t off, uint32_t value);
// PCI configuration space, aligned dwords.
uint32_t os_cfg_rd32(os_dev_t *d, uint32_t off);
void os_cfg_wr32(os_dev_t *d, uint32_t off, uint32_t value);

// ---- DMA memory --------------------------------------------------------------------------------
// Coherent memory (rings); zeroed, aligned to 4 KiB. NULL when none is left.
void *os_dma_alloc(os_dev_t *d, size_t bytes, dma_addr_t *addr);
// Each block once, with the size and address it was allocated with.
void os_dma_free(os_dev_t *d, void *p, size_t bytes, dma_addr_t addr);

enum os_dma_dir { OS_DMA_TO_DEVICE, OS_DMA_FROM_DEVICE };
// Gives a packet buffer (or memory of os_dma_alloc) to the device and takes it back. 0 is never a valid address: there is no
// room, or, which breaks a rule, `p` is other memory.
dma_addr_t os_dma_map(os_dev_t *d, void *p, size_t bytes, enum os_dma_dir dir);
void os_dma_unmap(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir);
void os_dma_sync_for_cpu(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir);
void os_dma_sync_for_device(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir);

// Loads from and stores to DMA memory (descriptors; little endian). A load sees what the device has written by the
// core's present time. os_dma_ldcopy copies n bytes (a whole descriptor) in one observation.
uint8_t os_dma_ld8(os_dev_t *d, const void *p);
uint16_t os_dma_ld16(os_dev_t *d, const void *p);
uint32_t os_dma_ld32(os_dev_t *d, const void *p);
uint64_t os_dma_ld64(os_dev_t *d, const void *p);
void os_dma_ldcopy(os_dev_t *d, void *to, const void *p, size_t n);
void os_dma_st16(os_dev_t *d, void *p, uint16_t v);
void os_dma_st32(os_dev_t *d, void *p, uint32_t v);
void os_dma_st64(os_dev_t *d, void *p, uint64_t v);

// ---- packets -----------------------------------------------------------------------------------
// A packet buffer (an skb, cut down): `data` points into DMA-able memory.
typedef struct os_pkt {
    uint8_t *data;
    uint32_t len;      // bytes of frame without FCS
    uint32_t size;     // bytes of buffer
    uint16_t vlan_tci; // with vlan_present
    bool vlan_present;
    bool csum_ok;     // receive: the device verified the L4 checksum
    uint8_t tx_flags; // OS_TX_*
    uint16_t csum_start,
        csum_offset; // OS_TX_CSUM: sum from csum_start, store at csum_start + csum_offset
    uint16_t gso_size, hdr_len; // OS_TX_TSO: MSS and header length
    void *owner;                // the os
    uint64_t stamp[4];          // the os' meters
    uint8_t queue; // receive: where it came from; transmit: which to use, modulo those there are
    struct os_pkt *next;
} os_pkt_t;
enum { OS_TX_CSUM = 1, OS_TX_TSO = 2, OS_TX_IPV4 = 4 };

// A buffer of at least `size` bytes, NULL when memory is short (the driver must cope).
os_pkt_t *os_pkt_alloc(os_dev_t *d, uint32_t size);
// Back to the os (dropped, or transmission finished). NULL is allowed.
void os_pkt_free(os_dev_t *d, os_pkt_t *p);
// A received packet goes up the stack (through GRO if the os does it). Takes the packet. Frames of a queue come in the
// order of its ring: those that are passed over count as dropped by the driver.
void os_napi_receive(os_napi_t *n, os_pkt_t *p);

// ---- interrupts and NAPI -----------------------------------------------------------------------
enum os_irqreturn { OS_IRQ_NONE, OS_IRQ_HANDLED };
typedef enum os_irqreturn (*os_irq_fn)(void *priv);
// Switches the function to MSI-X with vectors 0 .. n-1 (the os fills the table), and back. 0 or
// -errno: -ENOSPC when it does not have as many. No vector may be requested meanwhile.
int os_msix_enable(os_dev_t *d, unsigned n);
void os_msix_disable(os_dev_t *d);
// The INTx line (vector 0) or an MSI/MSI-X vector of the function. 0 or -errno.
int os_request_irq(os_dev_t *d, unsigned vector, os_irq_fn fn, void *priv);
void os_free_irq(os_dev_t *d, unsigned vector);

// poll: clean up to `budget` packets, return how many; when fewer than budget, it must have called os_napi_complete.
typedef int (*os_poll_fn)(void *priv, int budget);
os_napi_t *os_napi_add(os_dev_t *d, os_poll_fn poll, void *priv);
void os_napi_del(os_napi_t *n);
void os_napi_enable(os_napi_t *n);
void os_napi_disable(os_napi_t *n); // waits for a poll in progress
// True if it was not scheduled before and may be now (then the driver masks its interrupt and calls __schedule).
bool os_napi_schedule_prep(os_napi_t *n);
void os_napi_schedule(os_napi_t *n);
// Ends the poll that runs; once.
void os_napi_complete(os_napi_t *n);
// The same, having taken `work` packets. False: the os polls again by itself (napi_defer_hard_irqs), so
// the driver leaves its interrupt masked. With os_napi_complete it never does.
bool os_napi_complete_done(os_napi_t *n, int work);

// ---- time --------------------------------------------------------------------------------------
uint64_t os_now_ns(os_dev_t *d);
void os_udelay(os_dev_t *d, uint32_t us); // spins
void os_msleep(os_dev_t *d, uint32_t ms); // sleeps; probe, open, stop and work contexts only
// A one-shot timer whose function runs in process context (a work item).
os_timer_t *os_timer_add(os_dev_t *d, void (*fn)(void *priv), void *priv);
void os_timer_mod(os_timer_t *t, uint64_t delay_ns); // (re)arm; 0 = as soon as possible
void os_timer_del(os_timer_t *t);                    // stops and frees

// ---- the interface -----------------------------------------------------------------------------
void os_set_mac(os_dev_t *d, const uint8_t mac[6]);
void os_carrier(os_dev_t *d, bool up, unsigned mbps); // a run waits for it after open
void os_tx_stop(os_dev_t *d);                         // the stack must not call xmit until
void os_tx_wake(os_dev_t *d);
// The driver of a PF has enabled so many virtual functions (0: it is about to take them away; their
// drivers must have been removed).
void os_sriov_changed(os_dev_t *d, unsigned vfs);
void os_log(os_dev_t *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

// ethtool -C. UINT32_MAX in a set request: leave as it is. Times of rx_usecs in microseconds; the *_reg values are
// register units (RDTR, RADV, TIDV, TADV 1.024 us; ITR 256 ns; MTDLY 1.024 us).
typedef struct os_coalesce {
    uint32_t rx_usecs; // minimum interval between interrupts (ITR), 0 = off
    uint32_t tx_usecs; // TIDV, in us
    uint32_t rx_frames, tx_frames;
    uint32_t adaptive_rx;                 // 0 or 1
    uint32_t rdtr, radv, tidv, tadv, itr; // raw register values
    uint32_t mtctl, mtdly;                // master timer (extension)
} os_coalesce_t;
#define OS_KEEP UINT32_MAX

// Moderation policies beside fixed intervals and the driver's own classes (set_coalesce).
enum os_policy_kind { OS_POLICY_NONE, OS_POLICY_DIM, OS_POLICY_HYBRID };
typedef struct os_policy {
    uint32_t kind;
    bool dim_cqe;                            // profiles of CQE mode, else of EQE mode
    uint32_t hybrid_up_pps, hybrid_down_pps; // packets per second of a vector
} os_policy_t;

// What a policy has decided, all vectors. Levels are classes (adaptive: lowest, low, bulk),
// profiles (DIM) or modes (hybrid: disabling-enabling, NAPI).
#define OS_POLICY_LEVELS 8u
typedef struct os_policy_stats {
    uint64_t passes[OS_POLICY_LEVELS]; // decisions that ended in the level; all 0: it has none
    uint64_t changes;                  // of level, or of the interval where there are none
    uint32_t level;                    // now, of the first vector
} os_policy_stats_t;

typedef struct os_ringparam {
    uint32_t rx, tx;
} os_ringparam_t;

typedef struct os_drv_stats {
    uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, rx_errors, rx_alloc_failed, tx_restart,
        tx_busy;
    uint64_t itr_writes;   // writes of ITR by the adaptive algorithm
    uint64_t rx_missed;    // from the device's MPC register, as ethtool -S would show
    uint64_t rx_no_buffer; // RNBC
    uint64_t rx_dropped;   // by queues without descriptors (82576: RQDPC)
    uint64_t resets;       // of an open interface
    os_policy_stats_t policy;
} os_drv_stats_t;

// What a queue has done. A driver with one queue need not tell.
typedef struct os_queue_stats {
    uint64_t rx_packets, rx_bytes, rx_dropped, tx_packets, tx_bytes;
} os_queue_stats_t;

// A driver. All functions return 0 or a negative errno; `priv` is what probe stored.
//
// Every driver has abi to xmit; what follows may be NULL, and then a run with an option that needs it is refused. Order:
//   probe
//   set_vfs           with VFs to be had; their drivers come up behind that of the PF, in this order too
//   set_ringparam set_features set_watchdog set_coalesce set_policy (if one is asked for)
//   open              the carrier must follow, see os_carrier
//   set_rx_mode
//   xmit, get_stats, get_coalesce: at any time from here on
//   set_vfs           0, when the drivers of the VFs are gone
//   remove            of an interface that is still open
// Runs do not call stop, set_queues, get_queue_stats and set_vlan.
typedef struct os_driver {
    uint32_t abi; // OS_ABI
    const char *name;
    const uint32_t *ids; // (vendor << 16 | device), 0-terminated: it is given no other function
    int (*probe)(os_dev_t *d, void **priv);
    void (*remove)(void *priv); // stops it if it is open; frees `priv`
    int (*open)(void *priv);
    int (*stop)(void *priv);
    // 0: taken (and freed later with os_pkt_free); -EBUSY: ring full, the stack retries after os_tx_wake; any other
    // error: the stack drops it.
    int (*xmit)(void *priv, os_pkt_t *p);
    // May be NULL from here on.
    int (*set_coalesce)(void *priv, const os_coalesce_t *c);
    int (*get_coalesce)(void *priv, os_coalesce_t *c);
    int (*set_ringparam)(void *priv, const os_ringparam_t *r); // while stopped
    int (*set_rx_mode)(void *priv, bool promisc, bool allmulti);
    int (*set_features)(void *priv, bool vlan_strip, bool rx_csum); // while stopped
    int (*set_watchdog)(void *priv, bool on); // the 2 s watchdog (default off); while stopped
    int (*get_stats)(void *priv, os_drv_stats_t *s);
    int (*set_queues)(void *priv, unsigned n); // ethtool -L; while stopped
    int (*get_queue_stats)(void *priv, unsigned queue, os_queue_stats_t *s); // -EINVAL: no such
    int (*set_vfs)(void *priv, unsigned n);              // sriov_numvfs; -EBUSY: it has other VFs
    int (*set_vlan)(void *priv, uint16_t vid, bool on);  // tagged frames with this VID are wanted
    int (*set_policy)(void *priv, const os_policy_t *p); // while stopped, after set_coalesce
    // The one descriptor after `n` cleaned ones etc. are private to the driver.
} os_driver_t;

// A shared object exports this function; the built-in drivers have it under their own names.
// Build it with -fvisibility=hidden: the program exports names of its own, and a driver must not be bound to them.
__attribute__((visibility("default"))) const os_driver_t *moderato_driver(void);

#pragma GCC visibility pop

#endif
