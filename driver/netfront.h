// SPDX-License-Identifier: Apache-2.0
// Guest driver for Xen's paravirtual network interface, in the manner of Linux 3.x' xen-netfront.
//
// How to read it: xen_netif.h (what both ends share), netfront.c (probe, open, stop), netfront_ring.c (grants, rings), netfront_napi.c
// (event, poll, transmission).
//
// A receive request grants an empty page, a transmit request the page of a frame, read-only. A page is taken back when its response
// is there. Frames are received in the poll; sent ones are cleaned up in the poll and after a transmission. The event stays off while
// the poll runs: nobody moves the event index of the receive ring before it is over.
//
// Known differences from Linux: a grant belongs to a slot for good, where Linux takes one of a pool; the receive ring is kept full, where
// Linux adapts its fill to the load; one page a frame, no fragments, no segmentation offload; the handler clears the event word itself,
// which is the kernel's part.
#ifndef MODERATO_NETFRONT_H
#define MODERATO_NETFRONT_H

#include "driver/os.h"
#include "driver/xen_netif.h"

#define NETFRONT_RETRY_NS 10000000ull // when there was no memory for receive pages
#define NETFRONT_CLOSE_MS 100u        // the host is given to let go of the rings

// One direction.
typedef struct netfront_ring {
    uint8_t *page;
    dma_addr_t addr;
    uint32_t slot_bytes;
    uint32_t ref;                        // grant of the page
    uint32_t first_ref;                  // that of id 0
    uint32_t req_prod, pushed, rsp_cons; // pushed: as the host sees req_prod
    os_pkt_t *pkt[XEN_RING];             // by id
    dma_addr_t pkt_addr[XEN_RING];
    uint16_t free_id[XEN_RING];
    uint32_t free_ids;
} netfront_ring_t;

typedef struct netfront {
    os_dev_t *d;
    os_napi_t *napi;
    os_timer_t *retry; // exists while the interface is open
    bool opened, down;
    uint8_t *table; // of grants
    dma_addr_t table_addr;
    uint8_t *event;
    dma_addr_t event_addr;
    netfront_ring_t tx, rx;
    bool missed;      // an event while a poll was scheduled
    bool tx_cleaning; // on some core
    bool tx_stopped;
    os_drv_stats_t stats;
} netfront_t;

// ---- netfront_ring.c
// Empty rings in pages of their own, which are granted. 0 or -ENOMEM, with nothing allocated.
int netfront_rings_alloc(netfront_t *a);
// Takes back what is granted, and frees pages and packets. The host has let go of them.
void netfront_rings_free(netfront_t *a);
// A page of this address for the host, by the grant of an id.
void netfront_grant(const netfront_t *a, const netfront_ring_t *r, unsigned id, bool readonly);
// False: the host is still using it, and the page must not be.
bool netfront_revoke(const netfront_t *a, uint32_t ref);
// Where the next request goes.
uint8_t *netfront_request(const netfront_ring_t *r);
// Shows requests to the host, with an event if it wants one.
void netfront_push(netfront_t *a, netfront_ring_t *r);
// Takes the packet of a response out of the ring; NULL: there is none of that id, or its page is still in use.
os_pkt_t *netfront_take(netfront_t *a, netfront_ring_t *r, unsigned id);

// ---- netfront_napi.c
enum os_irqreturn netfront_isr(void *priv);
int netfront_poll(void *priv, int budget);
int netfront_xmit(void *priv, os_pkt_t *p);
// Empty pages for the host, as many as there is room for.
void netfront_refill(netfront_t *a);

// The driver's entry in the table of built-in drivers.
const os_driver_t *netfront_driver(void);

#endif
