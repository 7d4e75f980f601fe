// SPDX-License-Identifier: Apache-2.0
// The receive side of the 82576's MAC: as mac_rx, but for what follows from queues and pools. A
// frame is stored with its tag and listed with its queues, RSS sum, packet type, header length and
// low latency mark.
//
// Cycle contract: that of mac_rx (model/mac_rx.h). RXCSUM, VET, MRQC, RSSRK and RFCTL count as they
// are in the first preamble cycle of a frame for checksums, RSS sum and packet type; everything
// else, and VET for pools and tags, at the verdict (docs/cycle-contract-82576.md, "Receive path").
//
// mac_rx_init, mac_rx_reset, mac_rx_start, mac_rx_end and mac_rx_quiet are those of mac_rx.
// mac_rx_in_t: `reg` is indexed by register number: reg[IGB_R_RCTL], ...
#ifndef MODERATO_MAC_RX_82576_H
#define MODERATO_MAC_RX_82576_H

#include "model/mac_rx.h"

enum { MAC_RX_STAT_UDPCS = 1 << 4 }; // status: what was checked is UDP

// Returns the fate of the frame that ended in this tick, -1 when none did.
int mac_rx_tick_82576(mac_rx_t *s, const mac_rx_in_t *in, packet_buffer_t *pb, stats_t *stats,
                      bool ended);

#endif
