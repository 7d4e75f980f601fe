// SPDX-License-Identifier: Apache-2.0
// The device as its surroundings see it: transfers in, transfers out, time in cycles of 8 ns.
//
// A transfer is (channel, first cycle, beats, data); docs/cycle-contract.md says how it expands to pins.
// Rules of time:
//   - everything handed in carries the cycle in which its first beat is on the pins, which must be
//     >= nic_now() (that cycle has not been simulated yet) and, per channel, not before the end of the
//     transfer handed in last;
//   - everything the device calls out with carries the cycle of the first beat too, which is always later
//     than nic_now() at the time of the call, so that the surroundings can react in time;
//   - callbacks may hand in new transfers and call nic_stop(), but not nic_run().
#ifndef MODERATO_NIC_H
#define MODERATO_NIC_H

#include "rtl/defs.h"

#include <stddef.h>

typedef struct nic nic_t;

// Codes (enum nic_tlp_type, nic_space, nic_fate, nic_timer) are in rtl/nic_codes.def.

// A requester TLP. The header is HdrBeats beats on the pins, a write has its payload behind it.
typedef struct nic_tlp {
    uint8_t type; // enum nic_tlp_type
    uint8_t func; // requester: 0 = PF, 1 + n = VF n
    uint8_t tag;  // enum port_requester, queue in bits 7:3; READ: comes back with the completion
    uint32_t len; // bytes; WRITE <= Mps, READ <= Mrrs, MSG 4
    uint64_t addr;
    uint32_t beats;      // on the pins, header included
    const uint8_t *data; // payload of WRITE and MSG, valid during the call only
} nic_tlp_t;

// An access from the host: one beat.
typedef struct nic_access {
    bool write;
    uint8_t space; // enum nic_space
    uint8_t func;  // as in nic_tlp_t
    uint8_t be;    // byte enables
    uint32_t addr;
    uint32_t wdata;
} nic_access_t;

// Meters: what happens inside at which cycle. They cost one predicted branch when not used.
enum nic_probe {
    NIC_PROBE_RX_FATE, // a frame ended on the wire; a = enum nic_fate, b = stored length
    NIC_PROBE_RX_HOST, // P: a packet is completely in host memory; a = descriptor index of its last descriptor
    NIC_PROBE_RX_WB,    // descriptors written back; a = RDH afterwards, b = how many
    NIC_PROBE_TX_FETCH, // payload of a transmit frame completely in the packet buffer
    NIC_PROBE_TX_WB,    // descriptors written back; a = ring index afterwards
    NIC_PROBE_CAUSE,    // ICR bits newly set; a = bits
    NIC_PROBE_TIMER,    // a moderation timer fired; a = enum nic_timer, or-ed
    NIC_PROBE_RX_LOST,  // reset or ring restart threw accepted frames away; a = how many
                        // (82576: b = queue, or NIC_PROBE_ALL: of all queues)
    // 82576
    NIC_PROBE_RX_DROP, // an accepted or looped frame is dropped for a queue; a = queue, b = 0 no descriptor, 1 queue off or
                       // restarted (NIC_PROBE_LOOPED: it was a looped one)
    NIC_PROBE_LOOP, // the switch lets a frame go to queues; a = length without FCS, b = set of queues | sender's << 16
    NIC_PROBE_SPOOF, // the switch throws a frame away; a = queue of the sender
    NIC_PROBE_WIRE,  // the switch lets a frame go to the wire; a = length with FCS, b = sender's queue << 16
};

// 82576: of RX_FATE, b = stored length | set of queues << 16; of RX_HOST, b = length | queue << 16. In b of RX_HOST and
// RX_DROP: the frame has come from the switch.
#define NIC_PROBE_LOOPED 0x80000000u
#define NIC_PROBE_ALL    0xFFFFu // in b of RX_LOST: a reset of the device

// What the device calls.
typedef struct nic_host {
    void *ctx;
    // A TLP starts on the pins in first_cyc. Returns the cycle from which req_ready is 1 for the next one,
    // later than the last beat (first_cyc + beats - 1).
    uint64_t (*tlp)(void *ctx, uint64_t first_cyc, const nic_tlp_t *tlp);
    // Read data on the pins in `cyc`.
    void (*csr_reply)(void *ctx, uint64_t cyc, uint32_t data);
    // INTA# changes in `cyc`.
    void (*intx)(void *ctx, uint64_t cyc, bool level);
    // A frame starts on the transmit wire (first preamble byte in first_cyc, one byte every stride_cyc);
    // bytes = frame with FCS, without preamble; valid during the call only.
    void (*tx_frame)(void *ctx, uint64_t first_cyc, unsigned stride_cyc, const uint8_t *bytes,
                     uint32_t len);
    // Meters; may be NULL.
    void (*probe)(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b);
} nic_host_t;

enum nic_personality { NIC_82540EM = 0, NIC_82545GM = 1, NIC_82576 = 2 };

typedef struct nic_config {
    enum nic_personality personality;
    uint8_t mac[6];
    uint32_t
        autoneg_cyc; // how long the PHY negotiates, 0 = PhyAutonegCyc (the RTL has a parameter for it)
} nic_config_t;

// A device after power-good reset at cycle 0, or NULL when out of memory.
nic_t *nic_create(const nic_config_t *cfg, const nic_host_t *host);
void nic_destroy(nic_t *n);

// The first cycle that has not been simulated.
uint64_t nic_now(const nic_t *n);
// The next cycle in which anything happens inside if nothing is handed in; NIC_NEVER if none.
uint64_t nic_next(const nic_t *n);
// Simulates all cycles before `until`, or fewer when a callback calls nic_stop(). Returns nic_now().
uint64_t nic_run(nic_t *n, uint64_t until);
// From a callback: return from nic_run() after the cycle in progress.
void nic_stop(nic_t *n);

// ---- transfers in ----
// A frame whose first preamble byte is on the pins in first_cyc, then a byte every stride of the link speed.
// bytes: the frame with FCS (without preamble), must stay valid until the frame has ended (RxVerdictCyc after
// its last byte) or nic_rx_wire_free() says so. fcs_good is the verdict of the source. er: RX_ER was seen.
void nic_rx_frame(nic_t *n, uint64_t first_cyc, const uint8_t *bytes, uint32_t len, bool fcs_good,
                  bool er);
// The first cycle in which the first preamble byte of another frame may be handed in (gap not included).
uint64_t nic_rx_wire_free(const nic_t *n);
// An access of the host. Up to 64 accesses may be queued ahead in order of cycle; at most one a cycle.
// Returns false when the queue is full.
bool nic_access(nic_t *n, uint64_t cyc, const nic_access_t *a);
// A completion of a READ: the header beat is on the pins in first_cyc. The data are copied.
// Completions must come in the order of their requests.
void nic_completion(nic_t *n, uint64_t first_cyc, uint8_t tag, const uint8_t *data, uint32_t len);
// The link partner changes in `cyc`. speed 0=10 1=100 2=1000 Mb/s.
void nic_partner(nic_t *n, uint64_t cyc, bool present, uint8_t speed, bool pause);

// ---- levels, for meters and tests ----
bool nic_link_up(const nic_t *n);
// Cycles a byte takes on the wire at the current link speed: 1, 10 or 100.
unsigned nic_wire_stride(const nic_t *n);
// Nothing is on its way through the device (frames in the packet buffer, write-backs, requests).
bool nic_drained(const nic_t *n);
// Register value without side effects, by byte offset (0 where none is).
uint32_t nic_peek(const nic_t *n, uint32_t off);
// Module visits so far: the deterministic measure of work.
uint64_t nic_visits(const nic_t *n);

#endif
