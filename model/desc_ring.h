// SPDX-License-Identifier: Apache-2.0
// One descriptor ring: prefetch into the cache, completion by the consumer (rx_dma, tx_dma), write-back by threshold or
// flush, and the interrupt causes that depend on write-backs. The same module serves receive and transmit rings, of the
// 82540EM and of the 82576 (docs/cycle-contract-82576.md, "Rings"): there thresholds hold only while the gate of the vector is
// closed, whole packets are counted, the head may be written instead, and there are events in place of causes.
//
// Descriptors are counted from the last restart (fetch_q, filled_q, done_q, wrote_q run freely); descriptor k of the count
// sits in cache slot k mod DescCache. The consumer keeps its own count of those it has taken.
//
// Cycle contract, with all inputs visible in cycle c and acting in tick c:
//   completion      -> the write-back request is visible in c+1 when the threshold is reached or a flush is due
//   write-back done -> RDH moves, its causes and the next write-back request are visible in c+1
//   flush           -> when nothing is pending its cause is visible in c+1, else one cycle after the `done` of the last
//                      write-back it covers. A flush that comes while one is pending waits for its turn, so that each
//                      yields its cause even under load.
//   last beat of a fetch completion in c -> descriptors are visible to the consumer in c+1
// A restart (head, base or length written, or the enable bit rises) empties the cache; a fetch under way is discarded
// when it arrives. Head or tail outside the ring: nothing is fetched.
#ifndef MODERATO_DESC_RING_H
#define MODERATO_DESC_RING_H

#include <stddef.h>

#include "model/host_port.h"
#include "rtl/defs_82576.h"

// What the consumer says about the descriptor it has finished (a pulse; the fields stay).
typedef struct ring_done {
    uint64_t cyc; // visible in this cycle
    bool eop;
    bool rs, ide;   // transmit: report status, interrupt delay
    uint64_t wb[2]; // as it is to be written back (two little-endian quadwords)
} ring_done_t;

typedef struct desc_ring {
    bool tx;         // a transmit ring
    bool igb;        // strap: of the 82576; set before the first reset, which leaves it alone
    uint32_t head_q; // RDH / TDH
    uint32_t fetch_idx, wb_idx; // ring index of the next fetch and of the next write-back
    uint32_t fetch_q, filled_q, done_q, wrote_q;
    // fetch
    port_req_t fetch;              // request to the port
    bool fetching;                 // from request to the last completion
    bool discard;                  // the fetch under way is not wanted any more
    uint32_t fetch_n, fetch_bytes; // descriptors asked for, bytes still to come
    // write-back
    port_req_t wb;
    uint32_t wb_n;
    bool wb_stale; // the write-back under way belongs to before a restart
    // flush
    bool flush_q, flush_next_q;       // one is pending, another one waits
    uint32_t flush_to, flush_next_to; // they cover descriptors before this count
    uint32_t flush_cause, flush_next_cause;
    // causes: visible in the cycle `cause_cyc`
    uint64_t cause_cyc;
    uint32_t cause;
    uint32_t rs_pending; // transmit: finished with RS, not written back
    uint64_t rs_bits;    // one per cache slot
    uint64_t eop_bits;   // one per cache slot (meters)
    // meters of the last tick
    uint32_t wrote_n;
    uint32_t lost_frames;
    uint64_t cache[NIC_DescCache][2]; // two little-endian quadwords each
    uint64_t behind[2];               // the port reads whole blocks
    // 82576
    uint64_t
        ends; // transmit: fetched with EOP, one per cache slot; of slots that are filled and not taken
    uint64_t lli_bits;  // receive: finished, a low-latency frame; one per cache slot
    uint32_t wb_head;   // payload of a head write-back
    uint64_t event_cyc; // visible in this cycle: a write-back is done that counts
    uint32_t event_packets;
    bool event_rxdmt, event_lli;
} desc_ring_t;

// Registers of a ring. The 82540EM has them in this order in its register file, whatever ring it is (RING_REGS).
// `len` is a multiple of 128: who fills this for the 82576 leaves bits 6:4 out, which are storage there.
typedef struct ring_reg {
    uint32_t bal, bah, len, head, tail, timer, ctl;
} ring_reg_t;
#define RING_AT(field) (offsetof(ring_reg_t, field) / sizeof(uint32_t))
_Static_assert(E1000_R_RDLEN == E1000_R_RDBAL + RING_AT(len) &&
                   E1000_R_RDT == E1000_R_RDBAL + RING_AT(tail) &&
                   E1000_R_RXDCTL == E1000_R_RDBAL + RING_AT(ctl),
               "receive ring registers");
_Static_assert(E1000_R_TDLEN == E1000_R_TDBAL + RING_AT(len) &&
                   E1000_R_TDT == E1000_R_TDBAL + RING_AT(tail) &&
                   E1000_R_TXDCTL == E1000_R_TDBAL + RING_AT(ctl),
               "transmit ring registers");
// `first`: E1000_R_RDBAL or E1000_R_TDBAL.
#define RING_REGS(file, first) ((const ring_reg_t *)&(file)[first])

typedef struct desc_ring_in {
    uint64_t now;
    bool en; // RCTL.EN / TCTL.EN
    bool restart;
    const ring_reg_t *reg; // of them `head` and `timer` are not looked at
    uint32_t rdmts;        // RCTL.RDMTS; 82576: SRRCTL.RDMTS
    uint32_t taken;        // consumer's count
    bool done;             // the consumer finished a descriptor
    const ring_done_t *what;
    bool
        immediate; // this completion raises its cause without delay; 82576: a low-latency frame ends here
    bool flush; // from the timers; 82576: SWFLUSH
    uint32_t flush_cause;
    bool fetch_sent, wb_sent; // from the port
    bool cpl;                 // the last beat of a completion is on the pins
    uint32_t cpl_len;
    const uint8_t *cpl_data;
    bool head_we; // the head is written, with a restart
    uint32_t head;
    // 82576
    bool gate_open;           // of the vector of this queue
    uint8_t func;             // whose the queue is; changes while it is disabled
    uint64_t head_wb;         // TDWBAH, TDWBAL
    bool fetch_held, wb_held; // the arbiter has picked the request: it is not withdrawn
} desc_ring_in_t;

// granted: bytes of a fetch request still at the port that have gone out (their completions will come).
void desc_ring_reset(desc_ring_t *s, bool tx, uint32_t granted);
// The tick of a ring of the 82540EM, and that of a ring of the 82576: two straps of one module.
void desc_ring_tick(desc_ring_t *s, const desc_ring_in_t *in);
void desc_ring_tick_82576(desc_ring_t *s, const desc_ring_in_t *in);
// The same where restart, head_we, flush, fetch_sent and cpl are false. It does not look at them, nor at what belongs to them.
void desc_ring_step_rx_82576(desc_ring_t *s, const desc_ring_in_t *in);
void desc_ring_step_tx_82576(desc_ring_t *s, const desc_ring_in_t *in);
// A fetch depends on the tail now (and so does desc_ring_empty). False: the tail is not looked at before something else
// happens to the ring.
bool desc_ring_wants(const desc_ring_t *s, const ring_reg_t *reg, uint32_t taken);
bool desc_ring_wants_82576(const desc_ring_t *s, const ring_reg_t *reg, uint32_t taken);

// Transmit ring of the 82576: EOP descriptors here and not taken.
uint32_t desc_ring_whole(const desc_ring_t *s, uint32_t taken);
// Ring of the 82576: something is finished that may wait for the gate to open.
static inline bool desc_ring_held_back(const desc_ring_t *s)
{
    return !s->wb.valid && s->done_q != s->wrote_q;
}

// Descriptors in the ring that the device has not fetched; 0 when head or tail is outside.
uint32_t desc_ring_avail(const desc_ring_t *s, uint32_t len, uint32_t tail);
// The device has no descriptor left anywhere: the state that the data sheet calls head = tail.
static inline bool desc_ring_empty(const desc_ring_t *s, uint32_t len, uint32_t tail,
                                   uint32_t taken)
{
    return s->filled_q == taken && !s->fetching && desc_ring_avail(s, len, tail) == 0;
}

#endif
