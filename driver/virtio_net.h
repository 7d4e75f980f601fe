// SPDX-License-Identifier: Apache-2.0
// Guest driver for a virtio network interface, in the manner of Linux' virtio_net of 2012, over VIRTIO 1.1.
//
// How to read it: virtio_abi.h (what both sides know), virtio_queue.h (a ring), virtio_net.c (probe, open, stop, settings),
// virtio_net_io.c (interrupts, poll, transmission).
//
// Receive: one buffer of 2 KiB a frame, header in front; given again in bulk, when half of them have been used. While a poll is
// scheduled no interrupts are wanted.
//
// Transmit: a chain of two descriptors, header and frame. Sent buffers are freed by the next transmission, and the queue of the stack
// is stopped before the ring is full; only then an interrupt is wanted, for when three quarters of them have been sent. With
// tx-frames 1 (ethtool -C) each frame's end is an interrupt instead, and a poll of the queue's own frees it.
//
// Known differences from Linux: no merged receive buffers, no indirect descriptors, no segmentation or checksums by the host, no
// control queue: the interface takes what it gets. Closing resets the device. A sent packet counts when it is given, not when it is
// freed.
#ifndef MODERATO_VIRTIO_NET_H
#define MODERATO_VIRTIO_NET_H

#include "driver/os.h"
#include "driver/virtio_abi.h"
#include "driver/virtio_queue.h"

#define VIRTIO_NET_BUFFER       2048u
#define VIRTIO_NET_RING_DEFAULT 256u
#define VIRTIO_NET_RX_RING_MIN  2u
#define VIRTIO_NET_TX_RING_MIN  4u // two frames
#define VIRTIO_NET_TX_STOP                                                                         \
    9u // free slots below which the queue stops; in a small ring a quarter of them
#define VIRTIO_NET_REFILL_NS 10000000ull // try again after a shortage of memory

// A frame that is in the device's hands.
typedef struct virtio_net_buf {
    os_pkt_t *pkt;
    dma_addr_t dma;
} virtio_net_buf_t;

typedef struct virtio_net {
    os_dev_t *d;
    uint64_t features;
    uint8_t mac[6];
    bool opened;               // by the stack
    bool up;                   // the device is running
    bool each_tx;              // tx-frames 1
    uint32_t rx_size, tx_size; // descriptors, for the next open
    os_drv_stats_t stats;

    os_napi_t *rx_napi, *tx_napi;
    os_timer_t *refill;

    virtio_queue_t rx;
    virtio_net_buf_t *rx_buf; // by descriptor
    uint16_t *rx_free;        // those without a buffer: a stack
    unsigned rx_frees;

    virtio_queue_t tx;
    virtio_net_buf_t *tx_buf; // by slot: two descriptors
    uint16_t *tx_free;        // free slots: a queue, so that who frees and who takes do not meet
    unsigned tx_slots, tx_stop;
    uint16_t tx_took, tx_freed; // ever
    bool tx_stopped;
    void *tx_header; // of all frames
    dma_addr_t tx_header_dma;
} virtio_net_t;

// ---- virtio_net_io.c
enum os_irqreturn virtio_net_rx_isr(void *priv);
enum os_irqreturn virtio_net_tx_isr(void *priv);
int virtio_net_rx_poll(void *priv, int budget);
int virtio_net_tx_poll(void *priv, int budget);
int virtio_net_xmit(void *priv, os_pkt_t *p);
// Gives the device a buffer for every free descriptor, as far as memory goes.
void virtio_net_fill(virtio_net_t *a);
// Polls, as if an interrupt had come.
void virtio_net_kick_rx(virtio_net_t *a);

// The driver's entry in the table of built-in drivers.
const os_driver_t *virtio_net_driver(void);

#endif
