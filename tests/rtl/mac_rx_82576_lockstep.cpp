// SPDX-License-Identifier: Apache-2.0
// rtl/mac_rx_82576.sv, with rss.sv, pool_filter.sv and lli_filter.sv, beside model/mac_rx_82576.c.
#define RX_82576 1
#include "tests/rtl/mac_rx_lockstep.cpp"
