// SPDX-License-Identifier: Apache-2.0
// All that the filters of the 82576 say of a frame from the wire: RSS, pools, low latency. The same as rss_packet(),
// pool_filter() and lli_filter() one after the other; verdicts on IPv4 packets of late are remembered by what they depend on, as
// most packets are one more of their flow.
#ifndef MODERATO_FILTERS_82576_H
#define MODERATO_FILTERS_82576_H

#include "model/lli_filter.h"
#include "model/pool_filter.h"
#include "model/rss.h"

typedef struct filters_verdict {
    rss_packet_t packet;
    pool_verdict_t pool;
    lli_verdict_t lli; // of a frame that pool.queues get
} filters_verdict_t;

// What the verdict on an IPv4 packet without options depends on, beside registers and shape.
typedef struct flow_key {
    uint64_t mac[2]; // bytes 0 .. 15, a tag included
    uint64_t ip[3];  // fragment; protocol and source; destination and ports
    uint32_t tcp;    // offset and flags
    uint32_t len;
} flow_key_t;

enum { FLOW_MEMOS = 64 };
typedef struct flow_memo {
    uint32_t changes; // of the registers; 0: none
    flow_key_t key;
    filters_verdict_t v;
} flow_memo_t;

// All zeros after power-good.
typedef struct filters_82576 {
    rss_shape_t shape; // of the arriving frame
    rss_sums_t sums;   // what follows from its key
    pool_memo_t pool[POOL_MEMOS];
    flow_memo_t flow[FLOW_MEMOS];
    filters_verdict_t v; // of a frame that is not remembered
} filters_82576_t;

// Frames that arrive from now on are looked at with this shape.
void filters_82576_take(filters_82576_t *f, const rss_shape_t *shape);

// A frame of `len` bytes with FCS, as it was on the wire. `changes` is another number when one of `reg` has changed, 0: nothing is
// remembered. Valid until the next call.
const filters_verdict_t *filters_82576(filters_82576_t *f, const uint8_t *frame, uint32_t len,
                                       const uint32_t *reg, uint32_t changes);

#endif
