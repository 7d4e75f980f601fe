// SPDX-License-Identifier: Apache-2.0
// Hybrid interrupt handling in the manner of Salah and Qahtan ("Implementation and experimental
// performance evaluation of a hybrid interrupt-handling scheme", Computer Communications 32(1),
// 2009): up to moderate load the handler itself takes what has come, receive interrupts being off
// meanwhile (disabling-enabling); at high load it leaves that to NAPI. Two thresholds of the packet
// rate, so that it does not flutter. Pure functions, no device.
//
// ## Inaccuracies
// - Only the abstract of the paper was at hand: the window of the rate is an estimate, and in
//   disabling-enabling the packets are taken in the hard interrupt, as drivers without NAPI do.
#ifndef MODERATO_HYBRID_H
#define MODERATO_HYBRID_H

#include <stdbool.h>
#include <stdint.h>

#define HYBRID_WINDOW_NS 1000000u // the rate is the mean of at least so long

enum hybrid_mode { HYBRID_DISABLE_ENABLE, HYBRID_NAPI };

typedef struct hybrid {
    uint32_t up_pps, down_pps; // NAPI from the one on, disabling-enabling from the other down
    enum hybrid_mode mode;
    uint64_t since_ns, packets; // the window
    uint64_t pps;               // of the last one
    uint64_t windows;
} hybrid_t;

void hybrid_start(hybrid_t *s, uint32_t up_pps, uint32_t down_pps);
// So many packets were taken. True: the mode has changed.
bool hybrid_count(hybrid_t *s, uint64_t now_ns, uint32_t packets);

#endif
