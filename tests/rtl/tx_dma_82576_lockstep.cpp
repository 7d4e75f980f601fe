// SPDX-License-Identifier: Apache-2.0
// rtl/tx_dma_82576.sv beside tx_dma_tick_82576() of model/tx_dma.c.
#define TX_82576 1
#include "tests/rtl/tx_dma_lockstep.cpp"
