// SPDX-License-Identifier: Apache-2.0
// The requester side of the host interface: arbitrates the modules that want host memory, cuts their requests into TLPs
// (Mps, Mrrs, 4 KiB pages) and puts those on the pins.
//
// Cycle contract: a request visible in cycle t, with the port free and req_ready = 1 in t, is granted in tick t; the first
// header beat is on the pins in t+1, the last beat in t+beats = e; `done` (the last TLP of the request was sent) is
// visible in e+1; the next grant can be given in tick e+2, so that the requester has lowered or renewed its request.
// Round robin per TLP, from the requester after the one granted last.
#ifndef MODERATO_HOST_PORT_H
#define MODERATO_HOST_PORT_H

#include "model/nic.h"

// Requesters are numbered by enum port_requester, RQ_* of rtl/nic_codes.def.

// A request: a level, held until done. Payload bytes are at data[(off + i) mod wrap].
typedef struct port_req {
    bool valid;
    uint8_t type; // enum nic_tlp_type
    uint8_t func;
    uint32_t len;
    uint64_t addr;
    const uint8_t *data; // base of the memory the payload comes from
    uint32_t off, wrap;
} port_req_t;

typedef struct host_port {
    uint64_t
        free_cyc; // a grant may be given in this tick and after (readiness of the host included)
    uint64_t done_cyc[RQ_COUNT]; // `done` is visible in this cycle
    uint32_t sent[RQ_COUNT];     // bytes of the request already sent
    uint8_t last_q;              // granted last
    // the TLP on the pins
    uint64_t first_cyc, end_cyc;
    nic_tlp_t tlp;
    uint8_t data[NIC_Mps]; // its payload, where that is not to be had in one piece
} host_port_t;

typedef struct host_port_in {
    uint64_t now;
    int grant;             // requester picked by host_port_pick on this cycle's requests, -1 = none
    const port_req_t *req; // the granted request; it stays until done
    uint32_t waiting;      // all requests, a bit each (for the scheduler)
    uint8_t queue;         // of the requester, if it has several: bits 7:3 of the tag
    uint8_t msi_func;      // of an interrupt message
    uint64_t msi_addr;
    uint32_t msi_data;
} host_port_in_t;

void host_port_reset(host_port_t *s, uint64_t now);
// Whose turn it is among the requests of `mask`; -1 if none.
int host_port_pick(const host_port_t *s, uint32_t mask);
// Returns true when a TLP starts in the next cycle (s->tlp, s->first_cyc); the caller then announces it and stores the
// cycle in which the host is ready again with host_port_ready.
bool host_port_tick(host_port_t *s, const host_port_in_t *in);
void host_port_ready(host_port_t *s, uint64_t ready_cyc);
// Beat `i` of a TLP: header word 0, address, payload.
uint64_t host_port_beat(const nic_tlp_t *tlp, const uint8_t *data, uint32_t i);

#endif
