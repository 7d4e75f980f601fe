// SPDX-License-Identifier: Apache-2.0
// Guest driver for a virtual function of the 82576, in the manner of Linux 6.1's igbvf: the same
// register accesses in the same order (touch points C.1 to C.4).
//
// How to read it: igbvf.c (probe, open, stop), igbvf_napi.c (interrupts, poll), igb_ring.h (rings),
// igbvf_link.c (link, watchdog, resets), igbvf_ethtool.c (settings), igb_itr.h (adaptive
// throttling), igbvf_mbx.h (the PF).
//
// Known differences from Linux 6.1, beside those of the parts: the watchdog's statistics and
// software interrupts are off unless asked for; without link it runs all the same, since nobody
// says when a PF is back; all multicasts can be asked for; a random address comes from the time.
#ifndef MODERATO_IGBVF_H
#define MODERATO_IGBVF_H

#include "driver/igb_itr.h"
#include "driver/igb_ring.h"
#include "driver/igbvf_mbx.h"
#include "driver/os.h"
#include "driver/policy.h"

#define IGBVF_TX_CHUNK    65535u // as much as a descriptor can say
#define IGBVF_TX_WAKE     32u
#define IGBVF_FRAME_MAX   (IGB_FrameMaxUntagged + 4u) // asked of the PF
#define IGBVF_WATCHDOG_NS 2000000000ull               // period
#define IGBVF_EVENT_NS    1000000ull                  // next tick
#define IGBVF_VLANS       4096u

enum { IGBVF_V_TX, IGBVF_V_RX, IGBVF_V_OTHER, IGBVF_VECTORS };

typedef struct igbvf {
    os_dev_t *d;
    igbvf_mbx_t mbx;
    os_napi_t *napi;
    os_timer_t *work; // exists while the interface is open
    bool opened;      // by the stack
    bool down;        // rings and interrupts are not in use
    bool carrier;
    bool reset_due;
    bool missed;   // an interrupt while a poll was scheduled
    unsigned mbps; // 0 without carrier
    uint8_t mac[6];

    igb_rx_t rx;
    igb_tx_t tx;
    unsigned tx_stops;
    igbvf_itr_t rx_itr, tx_itr;
    policy_t policy; // of the receive vector

    uint32_t rx_frames, tx_frames; // extension
    uint32_t rx_count, tx_count;   // ring sizes for the next open
    bool allmulti, rx_csum, watchdog;
    uint32_t vids[IGBVF_VLANS / 32];

    os_drv_stats_t stats; // those that no queue counts
} igbvf_t;

static inline uint32_t igbvf_rd(const igbvf_t *a, uint32_t off)
{
    return os_rd32(a->d, off);
}

static inline void igbvf_wr(const igbvf_t *a, uint32_t off, uint32_t value)
{
    os_wr32(a->d, off, value);
}

// ---- igbvf_napi.c
enum os_irqreturn igbvf_tx_isr(void *priv);
enum os_irqreturn igbvf_rx_isr(void *priv);
enum os_irqreturn igbvf_other_isr(void *priv);
int igbvf_poll(void *priv, int budget);

// ---- igbvf_link.c
void igbvf_work(void *priv); // link, resets, watchdog

// ---- igbvf_ethtool.c
int igbvf_set_coalesce(void *priv, const os_coalesce_t *c);
int igbvf_get_coalesce(void *priv, os_coalesce_t *c);
int igbvf_set_ringparam(void *priv, const os_ringparam_t *r);
int igbvf_set_rx_mode(void *priv, bool promisc, bool allmulti);
int igbvf_set_features(void *priv, bool vlan_strip, bool rx_csum);
int igbvf_set_watchdog(void *priv, bool on);
int igbvf_set_vids(void *priv, uint16_t vid, bool on);
int igbvf_get_stats(void *priv, os_drv_stats_t *s);
int igbvf_set_policy(void *priv, const os_policy_t *p);
int igbvf_get_queue_stats(void *priv, unsigned queue, os_queue_stats_t *s);
void igbvf_write_frames(const igbvf_t *a, bool all);

// ---- igbvf.c
int igbvf_up(igbvf_t *a);
void igbvf_down(igbvf_t *a);
int igbvf_xmit(void *priv, os_pkt_t *p);
// The driver's entry in the table of built-in drivers.
const os_driver_t *igbvf_driver(void);

#endif
