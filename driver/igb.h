// SPDX-License-Identifier: Apache-2.0
// Guest driver for the 82576's physical function, in the manner of Linux 6.1's igb: the same
// register accesses in the same order (touch points B.1 to B.10).
//
// How to read it: igb.c (probe, open, stop, VFs), igb_setup.c (what open programs), igb_napi.c
// (interrupts and polls), igb_ring.h (rings), igb_link.c (link watch, watchdog), igb_ethtool.c
// (settings), igb_itr.h (adaptive throttling), igb_mbx.h (mailbox), then igb_hw.h for the chip
// itself.
//
// Vectors: 0 is for link and mailbox; then one for each receive queue and one for each transmit
// queue, or, with many queues, one for each pair.
// Pools: with N VFs the PF has pool N, with 8 none: then it has no queues, and keeps link and
// mailbox only.
//
// Known differences from Linux 6.1, beside those of the parts: MSI-X only; the RSS key is that of
// older drivers, not random; the second transmit queue beside VFs is that of the PF's own pool; a
// VLAN of the PF has an entry in VLVF like those of VFs; promiscuous mode beside VFs does not reach
// VLANs of others; the PF has no multicast list and no further addresses; several transmit queues
// stop the stack together; the watchdog is off unless asked for.
#ifndef MODERATO_IGB_H
#define MODERATO_IGB_H

#include "driver/igb_hw.h"
#include "driver/igb_itr.h"
#include "driver/igb_mbx.h"
#include "driver/igb_ring.h"
#include "driver/os.h"
#include "driver/policy.h"

#define IGB_QUEUES_MAX   8u
#define IGB_QUEUES_VFS   2u // beside VFs
#define IGB_TX_CHUNK     32768u
#define IGB_TX_WAKE      42u
#define IGB_TX_WORK      128u  // packets a poll takes back
#define IGB_RX_LIMIT     1536u // RLPML: what Linux' half page has room for
#define IGB_JUMBO        9728u
#define IGB_LSC_DELAY_NS 1000000ull    // next tick
#define IGB_WATCHDOG_NS  2000000000ull // period

typedef struct igb igb_t;

// A vector of queues: one of either direction, or both.
typedef struct igb_vector {
    igb_t *a;
    unsigned number; // from 1
    igb_rx_t *rx;    // NULL: none
    igb_tx_t *tx;
    os_napi_t *napi;
    bool missed; // an interrupt while a poll was scheduled
    igb_itr_t itr;
    policy_t policy; // of one with a receive queue
} igb_vector_t;

struct igb {
    igb_hw_t hw; // first: hw.d is the device, hw.vfs the number of VFs
    igb_mbx_t mbx;
    bool mbx_busy;    // the interrupt handler must not use it
    bool mbx_event;   // ... but wanted to
    os_timer_t *work; // exists while the interface is open
    bool opened;      // by the stack
    bool down;        // rings and interrupts are not in use
    bool carrier;
    bool reset_due;
    unsigned mbps; // 0 without carrier

    unsigned queues_wanted, queues; // of either direction
    unsigned vectors;               // of queues
    igb_vector_t vector[IGB_QUEUES_MAX];
    igb_rx_t rx[IGB_QUEUES_MAX];
    igb_tx_t tx[IGB_QUEUES_MAX];
    unsigned tx_stops;

    uint32_t rx_setting, tx_setting; // igb_itr.h
    bool literal;                    // intervals hold from the first interrupt on
    os_policy_t policy;
    uint32_t rx_frames, tx_frames; // extension
    uint32_t rx_count, tx_count;   // ring sizes for the next open
    bool promisc, allmulti, vlan_strip, rx_csum, watchdog;
    bool tx_vlan_warned;
    uint32_t vids[IGB_VFTA_COUNT]; // VLANs of the PF
    uint32_t wvbr;                 // spoofing pools, not yet reported

    os_drv_stats_t stats; // those that no queue counts
};

// The PF's own pool exists.
static inline bool igb_has_pool(const igb_t *a)
{
    return a->hw.vfs < IGB_Pools;
}

// Its queue i.
static inline unsigned igb_queue(const igb_t *a, unsigned i)
{
    return a->hw.vfs ? a->hw.vfs + i * IGB_Pools : i;
}

// All vectors in use, 0 among them.
static inline uint32_t igb_vectors(const igb_t *a)
{
    return (2u << a->vectors) - 1;
}

// ---- igb_setup.c
// B.5 steps 2 to 9, the rings being allocated. 0 or -ENOMEM.
int igb_configure(igb_t *a);
void igb_rx_mode(igb_t *a);
int igb_vlan(igb_t *a, uint16_t vid, bool on);
// B.5 step 10: who gets which vector. Frame counters too.
void igb_vectors_configure(igb_t *a);

// ---- igb_napi.c
enum os_irqreturn igb_other_isr(void *priv); // igb_t
void igb_write_itr(igb_vector_t *v);         // if it has changed
enum os_irqreturn igb_queue_isr(void *priv); // igb_vector_t
int igb_poll(void *priv, int budget);        // igb_vector_t
// Around what the mailbox driver does outside of interrupts: events wait.
void igb_mbx_begin(igb_t *a);
void igb_mbx_end(igb_t *a);

// ---- igb_link.c
void igb_work(void *priv); // igb_t: link, watchdog, what else waits for a process context
void igb_fold_stats(igb_t *a);

// ---- igb_ethtool.c
int igb_set_coalesce(void *priv, const os_coalesce_t *c);
int igb_get_coalesce(void *priv, os_coalesce_t *c);
int igb_set_ringparam(void *priv, const os_ringparam_t *r);
int igb_set_rx_mode(void *priv, bool promisc, bool allmulti);
int igb_set_features(void *priv, bool vlan_strip, bool rx_csum);
int igb_set_watchdog(void *priv, bool on);
int igb_set_vlan(void *priv, uint16_t vid, bool on);
int igb_get_stats(void *priv, os_drv_stats_t *s);
int igb_set_policy(void *priv, const os_policy_t *p);
int igb_get_queue_stats(void *priv, unsigned queue, os_queue_stats_t *s);
// The settings to the vectors, to be written by their next interrupts.
void igb_apply_settings(igb_t *a);
void igb_write_frames(igb_t *a, bool all);

// ---- igb.c
int igb_up(igb_t *a);
void igb_down(igb_t *a);
int igb_xmit(void *priv, os_pkt_t *p);
int igb_set_queues(void *priv, unsigned n);
int igb_set_vfs(void *priv, unsigned n);
// The driver's entry in the table of built-in drivers.
const os_driver_t *igb_driver(void);

#endif
