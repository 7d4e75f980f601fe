// SPDX-License-Identifier: Apache-2.0
// Receive and transmit rings of the 82576 with advanced descriptors (specification §3), for igb
// and igbvf. The two differ in where a queue's registers are, and in how a receive descriptor says that
// it is done: igb looks for a length, and gives the device all descriptors below the tail; igbvf
// looks for DD, and moves the tail to the last descriptor it has filled, which the device gets with
// the next move.
//
// Known differences from Linux 6.1: one buffer of 2 KiB a frame, none are copied, a frame that
// spans buffers is discarded; packets are linear, in one mapping each; no header split, no time
// stamps.
#ifndef MODERATO_IGB_RING_H
#define MODERATO_IGB_RING_H

#include "driver/e1000_itr.h"
#include "driver/os.h"
#include "rtl/defs_82576.h"

#define IGB_RX_BUFFER      2048u
#define IGB_RX_TAIL_STEP   16u // RDT is written after so many cleaned descriptors
#define IGB_RX_RING_MIN    8u
#define IGB_TX_RING_MIN    64u
#define IGB_RING_MAX       4096u
#define IGB_RING_MULTIPLE  8u // RDLEN and TDLEN count 128 bytes
#define IGB_RING_DEFAULT   256u
#define IGB_TX_STOP        21u // free descriptors below which the queue stops
#define IGB_TX_PACKET_MIN  17u // shorter ones are padded here: the device pads from there on
#define IGB_REFILL_WAIT_NS 10000000ull // try again after a shortage of memory

// Offsets from a queue's first register.
enum {
    IGB_Q_BAL = 0,
    IGB_Q_BAH = IGB_RDBAH - IGB_RDBAL,
    IGB_Q_LEN = IGB_RDLEN - IGB_RDBAL,
    IGB_Q_SRRCTL = IGB_SRRCTL - IGB_RDBAL,
    IGB_Q_H = IGB_RDH - IGB_RDBAL,
    IGB_Q_DCA = IGB_RXCTL - IGB_RDBAL,
    IGB_Q_T = IGB_RDT - IGB_RDBAL,
    IGB_Q_DCTL = IGB_RXDCTL - IGB_RDBAL,
    IGB_Q_DROPS = IGB_RQDPC - IGB_RDBAL
};

// Registers, descriptors, and the two ends. Descriptors clean .. use-1 belong to the device.
typedef struct igb_ring {
    os_dev_t *d;
    uint32_t base; // first register
    uint32_t count, use, clean;
    uint8_t *desc;
    dma_addr_t dma;
} igb_ring_t;

typedef struct igb_rx_buf {
    os_pkt_t *pkt; // NULL: none
    dma_addr_t dma;
} igb_rx_buf_t;

typedef struct igb_rx {
    igb_ring_t ring;
    igb_rx_buf_t *buf;
    os_napi_t *napi; // where frames go
    uint8_t queue;
    bool by_length;        // igb, not igbvf
    bool csum;             // believe the device
    bool discarding;       // inside a frame that spans descriptors
    bool starved;          // no frame can arrive: no memory for buffers
    e1000_itr_load_t load; // for the caller, who sets it back
    uint64_t packets, bytes, errors, alloc_failed, dropped;
} igb_rx_t;

typedef struct igb_tx_buf {
    os_pkt_t *pkt; // in the last descriptor of a packet
    dma_addr_t dma;
    uint32_t watch;         // in the first one: index of the last
    uint32_t frames, bytes; // on the wire, without FCS
} igb_tx_buf_t;

typedef struct igb_tx {
    igb_ring_t ring;
    igb_tx_buf_t *buf;
    uint32_t chunk; // bytes a descriptor
    uint32_t wake;  // free descriptors from which a stopped queue wakes
    // Queues of the function that are stopped: the stack stops with the first one, and wakes with
    // the last.
    unsigned *stops;
    bool stopped;
    bool pending; // igb_tx_hung: descriptors were pending then, at `stuck`
    uint32_t stuck;
    e1000_itr_load_t load;
    uint64_t packets, bytes, restarts, busy;
} igb_tx_t;

static inline uint8_t *igb_desc(const igb_ring_t *r, uint32_t i)
{
    return r->desc + (size_t)i * NIC_DescBytes;
}

static inline uint32_t igb_next(const igb_ring_t *r, uint32_t i)
{
    return i + 1 == r->count ? 0 : i + 1;
}

// Descriptors the driver may fill: one always stays empty, so that full and empty differ.
static inline uint32_t igb_unused(const igb_ring_t *r)
{
    return (r->clean > r->use ? 0 : r->count) + r->clean - r->use - 1;
}

// Registers of a queue of the PF, as Linux addresses them: the first four at their old place.
uint32_t igb_rx_base(unsigned queue);
uint32_t igb_tx_base(unsigned queue);
// A ring size as ethtool -G asks for it, rounded up; OS_KEEP leaves *to alone. False: out of range.
bool igb_ring_size(uint32_t n, uint32_t min, uint32_t *to);

// ---- receive
// Memory of a ring with `count` descriptors; the fields that the caller has set stay. 0 or -ENOMEM.
int igb_rx_alloc(igb_rx_t *q, os_dev_t *d, uint32_t base, uint32_t count);
void igb_rx_free(igb_rx_t *q);
// Gives back buffers; the queue is disabled, or the device reset.
void igb_rx_free_buffers(igb_rx_t *q);
// Base, length, head and tail: an empty ring.
void igb_rx_program(igb_rx_t *q);
// Fills up to n unused descriptors and moves the tail. True if all n were filled.
bool igb_rx_refill(igb_rx_t *q, uint32_t n);
// Takes up to `budget` descriptors from the device; returns how many. Then `starved` may be set:
// refill after IGB_REFILL_WAIT_NS, by an interrupt of the caller's own.
int igb_rx_clean(igb_rx_t *q, int budget);

// ---- transmit
int igb_tx_alloc(igb_tx_t *q, os_dev_t *d, uint32_t base, uint32_t count);
void igb_tx_free(igb_tx_t *q);
void igb_tx_free_buffers(igb_tx_t *q);
void igb_tx_program(igb_tx_t *q);
// Takes back up to `limit` packets; false when there may be more. `wake`: the stack may send.
bool igb_tx_clean(igb_tx_t *q, unsigned limit, bool wake);
// As os_driver_t.xmit. Wakes nobody.
int igb_tx_xmit(igb_tx_t *q, os_pkt_t *p);
// The stack may send again if it was stopped for want of descriptors that are free by now.
void igb_tx_wake(igb_tx_t *q);
// To be asked once a period: the oldest packet has not been sent for the whole of it.
bool igb_tx_hung(igb_tx_t *q);

#endif
