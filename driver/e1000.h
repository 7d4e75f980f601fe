// SPDX-License-Identifier: Apache-2.0
// Guest driver for 82540EM and 82545GM, in the manner of Linux 3.0's e1000: the same register
// accesses in the same order, because those are what virtualization makes expensive.
//
// How to read it: e1000.c (probe, open, stop), e1000_napi.c (interrupt and poll), e1000_rx.c,
// e1000_tx.c (rings), e1000_link.c (link watch), e1000_ethtool.c (settings), e1000_itr.c (adaptive
// throttling), then e1000_hw.c, e1000_eeprom.c and e1000_phy.c for the chip itself.
//
// Known differences from Linux: received frames are never copied into smaller buffers (no
// copybreak); packets are linear, one mapping each; the errata workarounds for early descriptor
// write-back are absent (this device does not do that).
#ifndef MODERATO_E1000_H
#define MODERATO_E1000_H

#include "driver/e1000_hw.h"
#include "driver/e1000_itr.h"
#include "driver/os.h"
#include "driver/policy.h"

#define E1000_RX_BUFFER    2048u // RCTL.BSIZE 00
#define E1000_RX_TAIL_STEP 16u   // RDT is written after so many cleaned descriptors
#define E1000_TX_CHUNK     4096u // bytes a data descriptor
#define E1000_TX_STOP                                                                              \
    20u // free descriptors below which the queue stops: those of the largest packet
#define E1000_TX_WAKE         32u // ... and from which it wakes
#define E1000_RING_DEFAULT    256u
#define E1000_RX_RING_MIN     8u
#define E1000_TX_RING_MIN     64u
#define E1000_RING_MAX        4096u
#define E1000_RING_MULTIPLE   8u            // RDLEN and TDLEN count 128 bytes
#define E1000_LSC_DELAY_NS    1000000ull    // next tick
#define E1000_REFILL_DELAY_NS 10000000ull   // try again after a shortage of memory
#define E1000_WATCHDOG_NS     2000000000ull // period

// A ring: register block, descriptors, and the two ends. Descriptors clean .. use-1 belong to the
// device.
typedef struct e1000_ring {
    uint8_t *desc;
    dma_addr_t dma;
    uint32_t base;  // E1000_RDBAL or E1000_TDBAL
    uint32_t count; // descriptors
    uint32_t use;   // next to give to the device
    uint32_t clean; // next to take back
} e1000_ring_t;
enum {
    E1000_Q_BAL = 0x00,
    E1000_Q_BAH = 0x04,
    E1000_Q_LEN = 0x08,
    E1000_Q_H = 0x10,
    E1000_Q_T = 0x18
};

typedef struct e1000_rx_buf {
    os_pkt_t *pkt; // NULL: none
    dma_addr_t dma;
} e1000_rx_buf_t;

typedef struct e1000_tx_buf {
    os_pkt_t *pkt; // in the last descriptor of a packet
    dma_addr_t dma;
    uint32_t watch;         // in the first one: index of the last
    uint32_t frames, bytes; // on the wire, without FCS
} e1000_tx_buf_t;

// Register values of the moderation settings; ITR is in itr.
typedef struct e1000_moderation {
    uint32_t rdtr, radv, tidv, tadv, rxframes, txframes, mtctl, mtdly;
    bool adaptive;
} e1000_moderation_t;

typedef struct e1000 {
    e1000_hw_t hw; // first: hw.d is the device
    os_napi_t *napi;
    os_timer_t *work; // exists while the interface is open
    bool opened;      // by the stack
    bool down;        // rings and interrupts are not in use
    bool carrier;
    bool tx_stopped;
    bool discarding; // inside a frame that spans descriptors
    bool refill_starved;
    unsigned mbps; // 0 without carrier

    e1000_ring_t rx, tx;
    e1000_rx_buf_t *rx_buf;
    e1000_tx_buf_t *tx_buf;

    e1000_moderation_t mod;
    uint32_t itr_reg;
    e1000_itr_t itr;
    e1000_itr_load_t rx_load, tx_load; // since the last interrupt
    policy_t policy;

    uint32_t rx_count, tx_count; // ring sizes for the next open
    bool per_packet;             // e1000-intr: no polls, an interrupt takes one frame
    bool promisc, allmulti, vlan_strip, rx_csum, watchdog;
    bool tx_vlan_warned;
    uint32_t hang_clean; // watchdog: tx.clean of a period ago, with descriptors pending
    bool hang_pending;

    os_drv_stats_t stats;
} e1000_t;

static inline uint8_t *e1000_desc(const e1000_ring_t *r, uint32_t i)
{
    return r->desc + (size_t)i * NIC_DescBytes;
}

static inline uint32_t e1000_next(const e1000_ring_t *r, uint32_t i)
{
    return i + 1 == r->count ? 0 : i + 1;
}

// Descriptors the driver may fill: one always stays empty, so that full and empty differ.
static inline uint32_t e1000_unused(const e1000_ring_t *r)
{
    return (r->clean > r->use ? 0 : r->count) + r->clean - r->use - 1;
}

// ---- e1000_rx.c
// Memory of the ring. 0 or -ENOMEM.
int e1000_rx_alloc(e1000_t *a);
// Gives back buffers (returning them from the device) and memory.
void e1000_rx_free(e1000_t *a);
void e1000_rx_free_buffers(e1000_t *a);
// A.6 steps 4 and 5: receive registers; leaves the receiver enabled with an empty ring.
void e1000_rx_configure(e1000_t *a);
// Fills up to n unused descriptors and moves RDT to the last filled one. True if all n were filled.
bool e1000_rx_refill(e1000_t *a, uint32_t n);
// Takes up to `budget` descriptors from the device; returns how many.
int e1000_rx_clean(e1000_t *a, int budget);
// There is one to be taken.
bool e1000_rx_waiting(e1000_t *a);

// ---- e1000_tx.c
int e1000_tx_alloc(e1000_t *a);
void e1000_tx_free(e1000_t *a);
void e1000_tx_free_buffers(e1000_t *a);
// A.6 step 3; TCTL.EN waits for the carrier.
void e1000_tx_configure(e1000_t *a);
// Takes back transmitted packets. False when it gave up after a whole ring.
bool e1000_tx_clean(e1000_t *a);
// os_driver_t.xmit.
int e1000_xmit(void *priv, os_pkt_t *p);

// ---- e1000_napi.c
enum os_irqreturn e1000_isr(void *priv);
int e1000_poll(void *priv, int budget);
void e1000_irq_enable(e1000_t *a);
void e1000_irq_disable(e1000_t *a);

// ---- e1000_link.c
// The work item: link watch, and the watchdog if it is on.
void e1000_work(void *priv);
// Adds the device's missed-frame counters (they clear when read) to the statistics.
void e1000_fold_stats(e1000_t *a);

// ---- e1000_ethtool.c
int e1000_set_coalesce(void *priv, const os_coalesce_t *c);
int e1000_get_coalesce(void *priv, os_coalesce_t *c);
int e1000_set_ringparam(void *priv, const os_ringparam_t *r);
int e1000_set_rx_mode(void *priv, bool promisc, bool allmulti);
int e1000_set_features(void *priv, bool vlan_strip, bool rx_csum);
int e1000_set_watchdog(void *priv, bool on);
int e1000_get_stats(void *priv, os_drv_stats_t *s);
int e1000_set_policy(void *priv, const os_policy_t *p);
// Defaults of Linux: RDTR 0, RADV 8, TIDV 8, TADV 32, adaptive from 20000/s.
void e1000_default_moderation(e1000_t *a);
// Writes the extension registers, those that are not 0 (their reset value): a stock device never
// sees them.
void e1000_write_extensions(const e1000_t *a);

// ---- e1000.c
// Starts and stops traffic without freeing rings. up: 0 or -ENOMEM.
int e1000_up(e1000_t *a);
void e1000_down(e1000_t *a);
// The driver's entry in the table of built-in drivers.
const os_driver_t *e1000_driver(void);
// The same without NAPI (e1000_napi.c): what drivers were before it, to show what it is good for.
const os_driver_t *e1000_intr_driver(void);

#endif
