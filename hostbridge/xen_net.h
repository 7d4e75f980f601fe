// SPDX-License-Identifier: Apache-2.0
// Xen, paravirtual: the guest's interface is a pair of shared rings, and netback, a thread of Dom0 (or of a driver domain), copies
// between the guest's pages and the bridge.
//
// To the guest: a frame from the bridge waits for the thread; it takes a request of the receive ring, copies the frame into the page
// that the request grants, and answers. From the guest: it takes a request of the transmit ring, copies the frame out of its page,
// answers, and gives it to the bridge. Each takes netback_packet_ns, grant_copy_ns and backend_byte_ps a byte. The guest has netfront
// (driver/netfront.h).
//
// Events. The guest asks for one by its event indices; sending it takes the thread a hypercall, and costs the guest an entry if it
// runs (exit `interrupt`), a wake-up if it has blocked. Netback asks for one only before it sleeps: in the transmit ring always, in
// the receive ring when a frame waits for a page. Sending that one costs the guest a hypercall, and is an interrupt of the
// thread's core, whose handler wakes the thread.
//
// Of Linux 2.6.16 netback is two tasklets (params.tasklet: here one, for both directions), which processes of Dom0 wait for; from 2010 on it is
// a thread among them.
//
// What the guest says is believed nowhere: a grant is checked when it is used (xen_grant.h), a request is read once, lengths are checked
// against the page. A request that is bad is answered with an error; more requests than a ring has slots end the connection.
//
// Facts of structure: Menon et al. 2005, Santos et al. (USENIX ATC 2008) and Xen's public headers. Registers: driver/xen_netif.h.
//
// ## Inaccuracies
// - Sent frames are copied. Netback of that time mapped the page (grant map) and copied only headers; what mapping and unmapping took is
//   of the order of a copy (0.53 us a packet for grant map or copy against pages that stay mapped), and is charged as one.
// - Frames are moved one at a time; netback gathers grant copies into one hypercall. grant_copy_ns is a figure for single ones.
// - Dom0 has the interrupts and the idling of a machine, even where its processor is shared (--pcpus). Sending an event costs it a
//   hypercall all the same.
// - A frame for which the guest has no page waits in the thread's queue until there is one; Linux drops all of it after 10 s.
// - Frames longer than a page are dropped; netback would use several requests.
// - Both directions have one thread and one event channel, as in 2012.
#ifndef MODERATO_XEN_NET_H
#define MODERATO_XEN_NET_H

#include "hostbridge/profile.h"
#include "hostbridge/vif.h"

typedef struct xen_params {
    vif_params_t vif;
    uint64_t netback_ps, grant_copy_ps, byte_ps; // of the thread
    uint64_t event_ps;                           // of the thread: sending one
    bool tasklet;                                // netback is one, and no thread
    uint64_t domain_from, domain_to;             // the guest's memory; both 0: all there is
} xen_params_t;

typedef struct xen_stats {
    uint64_t events_to_guest, events_merged; // merged: one was there already
    uint64_t events_from_guest;
    uint64_t tx_errors, rx_errors; // requests answered with an error
    uint64_t fatal;                // connections ended, because a ring could not be right
    uint64_t refused_grants;
} xen_stats_t;

// The costs; all else is to be filled in by the caller.
xen_params_t xen_params_of(const profile_t *p);
// Its function is a new one of the operating system, its port a new one of the bridge. False: out of memory or no room; v is to be
// destroyed all the same if v->ctx is set.
bool xen_create(vif_t *v, const xen_params_t *p);
// Of one that xen_create() has made.
xen_stats_t xen_stats(const vif_t *v);

#endif
