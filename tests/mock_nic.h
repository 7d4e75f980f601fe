// SPDX-License-Identifier: Apache-2.0
// A device that does what a test tells it to: sends given TLPs and INTx edges as early as the link
// takes them, answers register reads two cycles after the access, and writes down what it is given.
// It aborts when it is handed anything against the rules of model/nic.h.
#ifndef MODERATO_MOCK_NIC_H
#define MODERATO_MOCK_NIC_H

#include "hostbridge/link.h"
#include "hostbridge/sim.h"

#define MOCK_MAX       20000u
#define MOCK_REPLY_CYC 2u // access to read data on the pins

typedef struct mock_act {
    uint64_t want_cyc;  // first beat not before this
    uint64_t first_cyc; // what it became
    uint64_t ready_cyc; // what the link returned
    int type;           // enum nic_tlp_type, or MOCK_INTX
    uint64_t addr;
    uint32_t len;
    uint32_t value; // first bytes of the payload (repeated), INTx level
    uint8_t func;   // requester; 0 unless set
} mock_act_t;
enum { MOCK_INTX = 10 };

typedef struct mock_seen {
    uint64_t cyc;
    uint32_t len;
    uint32_t value; // first four bytes, or wdata
    uint32_t addr;
    uint8_t tag;
    uint8_t func, space; // accesses
    bool write;
    uint64_t granted; // reads: writes granted when the data were on the pins
} mock_seen_t;

typedef struct mock {
    sim_t *sim;
    const nic_host_t *host;
    uint64_t now_cyc, ready_cyc;
    bool stopped;
    mock_act_t *act;
    unsigned acts, done;
    mock_seen_t *access; // as they were on the pins
    unsigned accesses, replied;
    unsigned refuse;        // how many of the next accesses to refuse
    const uint32_t *config; // what is read of the configuration space; NULL: as of all others
    mock_seen_t *cpl;
    unsigned cpls;
    uint64_t cpl_free_cyc;
    uint64_t granted; // writes granted so far
} mock_t;

void mock_init(mock_t *m, sim_t *sim, const nic_host_t *host);
void mock_free(mock_t *m);
nic_ops_t mock_ops(mock_t *m);
// Appends an action; want_cyc in ascending order.
mock_act_t *mock_add(mock_t *m, uint64_t want_cyc, int type, uint64_t addr, uint32_t len,
                     uint32_t value);

#endif
