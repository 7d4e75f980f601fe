// SPDX-License-Identifier: Apache-2.0
// Filters of the 82576 that mark a received frame as one whose interrupt does not wait (low
// latency), and the EtherType filters' part of the packet type. A pure function; the rules are in
// docs/cycle-contract-82576.md, "Which pools".
#ifndef MODERATO_LLI_FILTER_H
#define MODERATO_LLI_FILTER_H

#include "model/rss.h"

typedef struct lli_verdict {
    bool lli;
    uint16_t packet; // PACKET_*, as the descriptor has it
} lli_verdict_t;

// A frame from the wire without errors. `stored` is the number of bytes that a queue gets.
lli_verdict_t lli_filter(const rss_packet_t *p, uint32_t stored, const uint32_t *reg);

#endif
