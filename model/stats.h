// SPDX-License-Identifier: Apache-2.0
// Statistics of the 82540EM (device specification §2.7): 32-bit counters that stick at FFFFFFFFh
// and clear when read, and 64-bit pairs that stick at all ones and clear when the high half is
// read.
//
// What a frame counts as. Receive: one event per frame whose address and VLAN passed, and per frame
// that flow control took (§8), while RCTL.EN=1. Bad frames are reported whether or not SBP stores
// them.
//
//   received frame                        TPR TOR  error counters          MPC         GPRC GORC
//                                                                                  PRCn B/MPRC
//   good                                   x   x   -                        -           x
//   good, packet buffer full (missed)      x   x   -                        x           -
//   good, not stored (discarded)           x   x   -                        -           -
//   PAUSE (XONRXC or XOFFRXC)              x   x   -                        if missed  -
//   MAC control, other opcode (FCRUC)      x   x   -                        as any good frame
//   < 64 bytes                             x   x   RLEC, RUC or RFC         if missed  -
//   >= 64 bytes, bad CRC / RX_ER           x   x   CRCERRS / RXERRC         if missed  -
//   too long (LPE, or TOO_LONG)            x   x   RLEC, ROC or RJC,        if missed  -
//                                                  and CRCERRS / RXERRC
//
//   transmitted frame                     TPT TOT  GPTC GOTC PTCn   BPTC/MPTC
//   >= 64 bytes                            x   x    x                x
//   < 64 bytes (PSP=0)                     x   x    -                x
//   PAUSE (XONTXC or XOFFTXC)              x   x    -                -
//
// Chosen where the specification leaves room: bad CRC and RX_ER are counted each by itself (a frame
// can count in both); RFC and RJC take the frames with either; a missed frame is in MPC also when
// it is bad; a bad frame is never a MAC control frame; PAUSE counts even when missed; MPTC and BPTC
// take frames of any length; octets are those from DA to CRC, also in TOR and TOT. Counters of what
// is no frame (RNBC, TSCTC, TSCTFC, DC, collisions, ...) go through stats_count().
#ifndef MODERATO_STATS_H
#define MODERATO_STATS_H

#include "rtl/defs.h"

enum { STATS_COUNT = E1000_R_TSCTFC - E1000_R_CRCERRS + 1 };

typedef struct stats {
    uint32_t count_q[STATS_COUNT]; // by register number - E1000_R_CRCERRS; a pair is low, then high
} stats_t;

typedef struct stats_rx_event {
    uint32_t len;   // bytes from DA to CRC
    uint32_t flags; // STATS_* of rtl/nic_codes.def
} stats_rx_event_t;

typedef struct stats_tx_event {
    uint32_t len;   // bytes from DA to CRC, as sent
    uint32_t flags; // STATS_BCAST, STATS_MCAST, STATS_XON, STATS_XOFF
} stats_tx_event_t;

// All counters 0 (power-good, PCI reset, CTRL.RST).
void stats_reset(stats_t *s);

// A frame ended on the receive wire, see the table.
void stats_rx(stats_t *s, const stats_rx_event_t *e);

// A frame was sent, see the table. Call while TCTL.EN=1.
void stats_tx(stats_t *s, const stats_tx_event_t *e);

// Counter `id` (E1000_R_<NAME>, not half of a pair) plus one. Any other id is ignored.
void stats_count(stats_t *s, uint16_t id);

// The value without side effect; 0 if id is no statistics register.
uint32_t stats_peek(const stats_t *s, uint16_t id);

// The value as a register read returns it, with the side effect: a counter clears, the low half of
// a pair does not, the high half clears both. An event of the same cycle must be counted after the
// read.
uint32_t stats_read_clear(stats_t *s, uint16_t id);

#endif
