// SPDX-License-Identifier: Apache-2.0
// Above the driver: one datagram socket, the application that reads it, and the queue in front of
// the driver.
//
// A received packet is charged to the socket with its truesize (buffer + skb_truesize_bytes) from
// when it is queued until the application has processed it; what does not fit is dropped. The
// application takes packets one by one, app_packet_ns and app_byte_ps each, and with `echo` sends
// each back to where it came from (app_send_ns, then tx_packet_ns). With `ack` the stack answers TCP segments with
// acknowledgements (rcv_window.h; rx_alloc_ns and tx_packet_ns each), from the softirq that brings them or after the
// application has read. With `ask` the application is a client: when it finds the socket empty it asks what it is to send
// (rx_alloc_ns, app_send_ns). It is a fair-scheduled task of its core, and is woken only when it sleeps, that is, when it found the
// socket empty and had nothing to ask.
//
// ## Inaccuracies
// - No protocol headers are looked at: every frame the driver delivers is one datagram for the one
//   socket.
// - The socket uncharges packet by packet; Linux 3.x and later may do so in batches.
#ifndef MODERATO_NETSTACK_H
#define MODERATO_NETSTACK_H

#include "hostbridge/os_host.h"
#include "hostbridge/rcv_window.h"

#define NETSTACK_REQUEST 64u

typedef struct netstack netstack_t;

// Costs in ps, limits and observers. The observers may be NULL; they get the packet, which they
// must not keep, and the cycle of the core's local time.
typedef struct netstack_params {
    uint64_t app_packet_ps, app_byte_ps, app_send_ps;
    uint32_t truesize_extra;
    uint32_t sockbuf;   // bytes of truesize
    uint32_t queue_max; // packets that wait for the driver (qdisc)
    unsigned app_core;  // where it runs, at first
    bool wake_affine;   // ... and where a wake-up puts it (core_task_wake)
    bool echo;
    bool ack; // as a TCP receiver
    void *ctx;
    void (*received)(void *ctx, os_pkt_t *p, uint64_t cyc);      // from the driver; may set stamps
    void (*dropped)(void *ctx, const os_pkt_t *p, uint64_t cyc); // no room in the socket buffer
    void (*delivered)(void *ctx, const os_pkt_t *p,
                      uint64_t cyc);                // the application has processed it
    bool (*answered)(void *ctx, const os_pkt_t *p); // with echo: sent back; NULL: always
    // A client: writes its next request, with addresses, of at most NETSTACK_REQUEST bytes. 0: none now (netstack_ask).
    uint32_t (*ask)(void *ctx, uint8_t *request, uint64_t cyc);
    void *ask_ctx;
    // Takes what is to be sent; NULL: netstack_send.
    void (*send)(void *ctx, core_t *c, os_pkt_t *p);
    void *send_ctx;
} netstack_params_t;

typedef struct netstack_stats {
    uint64_t received, received_bytes; // from the driver
    uint64_t socket_drops;
    uint64_t delivered, delivered_bytes; // to the application, processing finished
    uint64_t to_send;                    // given to netstack_send
    uint64_t sent;                       // taken by the driver
    uint64_t refused; // by the driver, for another reason than a full ring: dropped
    uint64_t queued;  // of these, had to wait in the queue
    uint64_t queue_drops;
    uint64_t app_wakeups;
    uint64_t acks;                       // acknowledgements made
    uint32_t sockbuf_used, sockbuf_peak; // bytes now and at most
} netstack_stats_t;

// app_core, echo and the observers are to be filled in by the caller.
netstack_params_t netstack_params_of(const profile_t *p);
// Sits on top of d and adds its task to the core. NULL: out of memory or no such core.
netstack_t *netstack_create(os_dev_t *d, const netstack_params_t *p);
// After the cores are destroyed. Packets it holds go with os_host_destroy().
void netstack_destroy(netstack_t *s);
// In an event: a client looks whether it has something to ask.
void netstack_ask(netstack_t *s);
// To the driver, or into the queue in front of it.
void netstack_send(netstack_t *s, core_t *c, os_pkt_t *p);
const netstack_stats_t *netstack_stats(const netstack_t *s);
// The window that a sender may begin with.
uint32_t netstack_window(const netstack_t *s);
// Packets received and neither delivered nor dropped yet.
uint32_t netstack_pending(const netstack_t *s);
// Packets that wait for the driver.
uint32_t netstack_queued(const netstack_t *s);
// Packets that the driver is being given: the device may have them already.
uint32_t netstack_sending(const netstack_t *s);
// Nothing to receive, process or send is held here.
bool netstack_idle(const netstack_t *s);

#endif
