// SPDX-License-Identifier: Apache-2.0
// A small host for directed tests of the whole device: memory, rings, registers at exact cycles, frames, and a log of all
// that comes out. A bench without hesitation: reads are answered `latency` cycles after their request, writes are taken at
// once (`stall` cycles later). A DMA outside of the bench's memory fails no test by itself: look at `stray`.
#ifndef MODERATO_DEV_BENCH_H
#define MODERATO_DEV_BENCH_H

#include "model/nic.h"
#include "model/state.h"

enum {
    BENCH_BASE = 0x00100000, // physical address of the memory
    BENCH_BYTES = 0x00400000,
    BENCH_RX_RING = BENCH_BASE,
    BENCH_TX_RING = BENCH_BASE + 0x10000,
    BENCH_RX_BUF = BENCH_BASE + 0x40000,  // buffer i at + i * rx_stride
    BENCH_TX_BUF = BENCH_BASE + 0x240000, // free for the tests
};

typedef struct bench_tlp {
    uint64_t cyc; // first beat
    uint64_t addr;
    uint32_t len, beats;
    uint8_t type, tag;
} bench_tlp_t;

typedef struct bench_frame {
    uint64_t cyc;
    unsigned stride;
    uint32_t len; // with FCS
    uint8_t *bytes;
} bench_frame_t;

typedef struct bench_edge {
    uint64_t cyc;
    bool level;
} bench_edge_t;

typedef struct bench_reply {
    uint64_t cyc;
    uint32_t data;
} bench_reply_t;

typedef struct bench_probe {
    enum nic_probe what;
    uint64_t cyc;
    uint32_t a, b;
} bench_probe_t;

typedef struct bench_wire { // a frame that waits for its cycle
    uint64_t cyc;
    uint32_t len;
    bool good, er;
    uint8_t *bytes;
} bench_wire_t;

typedef struct bench_read { // a read whose completion waits for its cycle
    uint64_t cyc;
    uint64_t addr;
    uint32_t len;
    uint8_t tag;
} bench_read_t;

typedef struct bench {
    nic_t *nic;
    uint8_t *mem;
    uint32_t latency; // cycles from the end of a read request to its completion header
    uint32_t stall;   // cycles the host is not ready after each TLP
    bool early;       // hand completions in as soon as they are known
    uint32_t rx_stride, rx_n, tx_n;
    uint32_t rdt, tdt; // as last written
    uint64_t csr_free, cpl_free, wire_free;
    // what came out
    bench_tlp_t *tlp;
    bench_frame_t *frame;
    bench_edge_t *edge;
    bench_reply_t *reply;
    bench_probe_t *probe;
    uint32_t tlps, frames, edges, replies, probes;
    uint32_t stray; // TLPs outside of the memory
    // what waits
    bench_wire_t *wire;
    uint32_t wires, wire_get;
    bench_read_t read[64];
    uint32_t read_put, read_get;
} bench_t;

extern const uint8_t bench_mac[6], bench_bcast[6];

// A device after power-good at cycle 10; nothing has been written to it.
bench_t *bench_open(void);
void bench_close(bench_t *b);
void bench_run(bench_t *b, uint64_t cycles);
void bench_until(bench_t *b, uint64_t cyc);
uint64_t bench_now(const bench_t *b);

// ---- registers ----
// An access at the first free cycle from now on; returns its cycle.
uint64_t bench_access(bench_t *b, uint8_t space, bool write, uint8_t be, uint32_t addr,
                      uint32_t data);
// An access at exactly `cyc`, later than those before it. The reply of a read is in reply[].
void bench_wr_at(bench_t *b, uint64_t cyc, uint32_t off, uint32_t data);
void bench_rd_at(bench_t *b, uint64_t cyc, uint32_t off);
// At once; returns when it has acted (the reply is here).
void bench_wr(bench_t *b, uint32_t off, uint32_t data);
uint32_t bench_rd(bench_t *b, uint32_t off);
uint32_t bench_get(bench_t *b, uint8_t space, uint8_t be, uint32_t addr);
void bench_put(bench_t *b, uint8_t space, uint8_t be, uint32_t addr, uint32_t data);

// ---- set up ----
// Memory and I/O enabled, bus master, a partner of `speed`, SLU; waits for the link, clears ICR.
void bench_up(bench_t *b, uint8_t speed);
// Receive ring of n descriptors with a buffer each, all but one given to the device; RCTL = EN | BAM | rctl.
void bench_rx(bench_t *b, uint32_t n, uint32_t rctl);
// Transmit ring of n descriptors, TCTL = EN | PSP.
void bench_tx(bench_t *b, uint32_t n);
// Gives the device k more receive descriptors (RDT).
void bench_rx_give(bench_t *b, uint32_t k);
// Writes a descriptor at the software tail, which moves on (TDT is not written).
void bench_tx_put(bench_t *b, uint64_t lo, uint64_t hi);
// A legacy descriptor; cmd as in bits 31:24.
void bench_tx_legacy(bench_t *b, uint64_t addr, uint32_t len, uint32_t cmd);
void bench_tx_go(bench_t *b);

// ---- memory ----
uint8_t *bench_at(bench_t *b, uint64_t addr);
uint64_t bench_le(bench_t *b, uint64_t addr, int bytes);
void bench_le_put(bench_t *b, uint64_t addr, uint64_t v, int bytes);
// Receive descriptor i as it lies in memory.
typedef struct bench_desc {
    uint64_t addr;
    uint16_t len, csum, special;
    uint8_t status, errors;
} bench_desc_t;
bench_desc_t bench_rx_desc(bench_t *b, uint32_t i);
// Status byte of transmit descriptor i.
uint8_t bench_tx_sta(bench_t *b, uint32_t i);
uint8_t *bench_rx_data(bench_t *b, uint32_t i);

// ---- wire ----
// Fills f with a frame of `len` bytes (FCS included) of the type 88B5h; the contents depend on `seed`.
void bench_make(uint8_t *f, const uint8_t *dst, uint32_t len, uint32_t seed);
void bench_fcs(uint8_t *f, uint32_t len);
// Sends a copy as early as the wire allows (gap 12); returns its first cycle.
uint64_t bench_send(bench_t *b, const uint8_t *f, uint32_t len);
// Same at exactly `cyc`.
void bench_send_at(bench_t *b, uint64_t cyc, const uint8_t *f, uint32_t len, bool good, bool er);
// bench_make + bench_send to the device's own address, and waits until everything has settled.
void bench_one(bench_t *b, uint32_t len, uint32_t seed);
// Runs until the device is drained and nothing waits here (at most `limit` cycles); then 200 more.
bool bench_settle(bench_t *b, uint64_t limit);

// ---- log ----
// Cycle of the k-th (0 = first) probe of the kind whose `a` has a bit of `mask` (0: any); NIC_NEVER if there is none.
uint64_t bench_probe_cyc(const bench_t *b, enum nic_probe what, uint32_t mask, uint32_t k);
uint32_t bench_probe_count(const bench_t *b, enum nic_probe what, uint32_t mask);
// Forgets what came out so far.
void bench_forget(bench_t *b);

#endif
