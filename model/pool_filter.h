// SPDX-License-Identifier: Apache-2.0
// Which queues of the 82576 get a frame: the filter of the 82540EM with 24 addresses, or pools
// (VMDq). What is taken off the frame, anti-spoof and the way to the wire of a frame that a pool
// sends. A pure function; the rules are in docs/cycle-contract-82576.md, "Which pools".
//
// `reg` is indexed by register number: reg[IGB_R_RCTL], reg[IGB_R_MTA + row], ...
#ifndef MODERATO_POOL_FILTER_H
#define MODERATO_POOL_FILTER_H

#include "rtl/defs_82576.h"

enum { POOL_WIRE = -1 }; // where a frame comes from, beside pools 0 .. Pools-1

typedef struct pool_verdict {
    uint16_t queues; // bit q: receive queue q gets it; 0: none
    uint16_t stored; // bytes that a queue gets
    bool several;    // more than one pool gets it
    bool strip_tag;  // bytes 12 .. 15 are not given to the host; 0 without a queue
    bool strip_fcs;  // the last four are not, or are not there; 0 without a queue

    bool exact;     // an address entry let it pass; with VMDq: it has pools
    bool is_bcast;  // destination FF:FF:FF:FF:FF:FF; valid whether or not the frame passes
    bool is_mcast;  // group address other than broadcast
    bool tagged;    // type VET 15:0
    bool pif;       // only a hash, promiscuity or the default pool let it pass
    bool vlan_drop; // the VLAN filter (VFTA, CFI) stopped it, whatever else would have
    bool too_long;  // the pools that would have got it do not take its length

    // Of a frame that a pool sends; 0 for frames from the wire.
    bool spoof_mac, spoof_vlan; // bits of the pool in WVBR; the frame goes nowhere
    bool to_wire;
} pool_verdict_t;

// A frame of `len` bytes with FCS, from the wire or from a pool; then as it would be on the wire,
// with tag, and `len` as if with FCS. `entry` is the entry of RETA that RSS chose (bits 3:0; no
// matter for a frame from a pool). Never reads at or behind frame[len], nor behind frame[15].
pool_verdict_t pool_filter(const uint8_t *frame, uint32_t len, int from, uint32_t entry,
                           const uint32_t *reg);

// Verdicts on frames of late, by what they depend on.
enum { POOL_MEMOS = 32 };
typedef struct pool_memo {
    uint32_t changes; // 0: none
    uint32_t len, entry;
    uint64_t head[2]; // of the frame
    pool_verdict_t v;
} pool_memo_t;

// The same of a frame from the wire. `changes` is another number when one of `reg` has changed, 0: nothing is remembered.
pool_verdict_t pool_filter_wire(const uint8_t *frame, uint32_t len, uint32_t entry,
                                const uint32_t *reg, uint32_t changes,
                                pool_memo_t memo[POOL_MEMOS]);

// MRQC says that there are pools.
static inline bool pool_vmdq(const uint32_t *reg)
{
    const uint32_t mode = FGET(IGB_MRQC_MODE, reg[IGB_R_MRQC]);
    return mode == 3 || mode == 5;
}

// The entry of RETA counts.
static inline bool pool_by_entry(const uint32_t *reg)
{
    const uint32_t mode = FGET(IGB_MRQC_MODE, reg[IGB_R_MRQC]);
    return mode == 2 || mode == 5;
}

#endif
