// SPDX-License-Identifier: Apache-2.0
// rtl/desc_ring_82576.sv beside desc_ring_tick_82576() of model/desc_ring.c.
#define RING_82576 1
#include "tests/rtl/desc_ring_lockstep.cpp"
