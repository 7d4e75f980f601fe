// SPDX-License-Identifier: Apache-2.0
// A host without an operating system around the 82576: memory that answers, accesses one after the other, a list of what came
// out. For tests of the device over nic.h.
#ifndef MODERATO_TESTS_IGB_BENCH_H
#define MODERATO_TESTS_IGB_BENCH_H

#include "model/state.h"

enum {
    IGB_MEM = 1 << 22, // bytes of host memory; addresses wrap in it
    IGB_READ_CYC = 60,
    IGB_RING = 64,  // descriptors of a ring of igb_ring_up()
    IGB_BUF = 2048, // bytes of a receive buffer
};

// Something that came out; `kind`: 'R' read, 'W' write, 'M' message, 'A' answer, 'I' INTA#, 'X' frame on the wire, 'P' probe.
typedef struct igb_event {
    uint64_t cyc;
    uint32_t kind;
    uint64_t a, b;
} igb_event_t;

typedef struct igb_message {
    uint64_t cyc, addr;
    uint32_t data;
    uint8_t func;
} igb_message_t;

typedef struct igb_bench {
    nic_t *nic;
    uint8_t *mem;
    uint32_t read_cyc;       // from the end of a read request to its completion: IGB_READ_CYC
    uint64_t cpl_cyc;        // the completion channel is free from here on
    uint64_t csr_cyc;        // and that of accesses
    uint32_t asked, answers; // reads, and replies to them
    uint32_t reply;
    bool intx;
    igb_message_t message[256]; // the last ones
    uint32_t messages;
    uint8_t wire[NIC_FrameMax]; // the last frame sent
    uint32_t wire_len, wire_frames;
    uint32_t fate[8], loops, drops, spoofs, lost, hosted;
    uint8_t frame[4][NIC_FrameMax]; // those on the receive wire
    uint32_t frames;
    // who is the host instead, where not NULL
    void *ctx;
    uint64_t (*tlp)(void *ctx, uint64_t first, const nic_tlp_t *t); // of all TLPs
    void (*sent)(void *ctx, uint64_t cyc, const uint8_t *bytes, uint32_t len);
    void (*answered)(void *ctx, uint32_t number, uint32_t data); // read `number`, from 0 on
    void (*probed)(void *ctx, enum nic_probe what, uint32_t a, uint32_t b);
    // events, when `record`
    bool record;
    igb_event_t *event;
    size_t count, size;
} igb_bench_t;

// A fresh device with a partner at 1000 Mb/s; mac[5] is that of the PF, others of igb_mac().
void igb_bench_up(igb_bench_t *b, const nic_visiting_t *how);
void igb_bench_down(igb_bench_t *b);
// What the bench does about a TLP; for hosts of tests that want it done.
uint64_t igb_bench_tlp(igb_bench_t *b, uint64_t first, const nic_tlp_t *t);
void igb_run(igb_bench_t *b, uint64_t cycles);

// Function f: 0 PF, 1 + n VF n.
void igb_access(igb_bench_t *b, unsigned space, unsigned f, uint32_t addr, bool write, uint32_t w);
void igb_access_be(igb_bench_t *b, unsigned space, unsigned f, uint32_t addr, bool write,
                   uint32_t w, uint8_t be);
void igb_wr(igb_bench_t *b, unsigned f, uint32_t addr, uint32_t w); // register
uint32_t igb_rd(igb_bench_t *b, unsigned f, uint32_t addr);
void igb_cfg(igb_bench_t *b, unsigned f, uint32_t addr, uint32_t w); // configuration space
uint32_t igb_cfg_rd(igb_bench_t *b, unsigned f, uint32_t addr);
// Entry k of the MSI-X table: address 0xFEE00000 + 256 f + k, data 0x10000 * f + k, not masked.
void igb_vector(igb_bench_t *b, unsigned f, unsigned k);

// MAC address of pool or PF: 02:00:00:00:00:`who`.
void igb_mac(uint8_t mac[6], uint8_t who);
// A frame of `len` bytes with FCS, from `from` to `to`; puts it on the wire as soon as that is free.
void igb_frame(uint8_t *bytes, uint8_t to, uint8_t from, uint32_t len);
void igb_receive(igb_bench_t *b, uint8_t to, uint32_t len);

// Memory of the ring of queue q: descriptors, and buffer i.
uint32_t igb_ring_at(bool tx, unsigned q);
uint32_t igb_buf_at(bool tx, unsigned q, unsigned i);
uint64_t igb_word(const igb_bench_t *b, uint32_t at);
void igb_bench_put(igb_bench_t *b, uint32_t at, uint64_t word);
// Sets up and enables a ring through the registers of function f (its queue k: of a VF 0 or 1).
void igb_ring_up(igb_bench_t *b, bool tx, unsigned f, unsigned k, uint32_t wthresh);
// Gives descriptors [from, to) of the ring of queue q to the device: advanced receive descriptors.
void igb_fill(igb_bench_t *b, unsigned f, unsigned k, unsigned from, unsigned to);
// Sends a frame by an advanced descriptor at index i of the ring, with a buffer of its own.
void igb_send(igb_bench_t *b, unsigned f, unsigned k, unsigned i, uint8_t to, uint8_t from,
              uint32_t len);

#endif
