// SPDX-License-Identifier: Apache-2.0
// Between stim_82576.c (what happens to the device) and stim_82576_setup.c (a driver that brings it into order, and feeds its rings).
#ifndef MODERATO_STIM_82576_H
#define MODERATO_STIM_82576_H

#include "hostbridge/stim_state.h"
#include "rtl/defs_82576.h"

enum {
    RING_BYTES = 0x800,
    RX_RINGS = STIM_MEM_BASE,
    TX_RINGS = RX_RINGS + IGB_Queues * RING_BYTES,
    HEADS = 0x20000,       // of Linux' head write-back, a line each
    SPLIT = 0x22000,       // header buffers, 128 of 512 bytes
    BUFFERS = 0x40000,     // receive buffers, 64 of 2 KiB
    TX_BUFFERS = 0x80000,  // transmit buffers, 64 of 2 KiB: frames
    MESSAGES = 0x00F00000, // where messages go: outside of memory
    RING_MAX = RING_BYTES / NIC_DescBytes,
    QUEUE = 4096,
    BURST = 32, // accesses given to the device at once
};

typedef struct own { // stim_t.own
    struct {
        uint64_t cyc; // not before
        nic_access_t a;
    } queue[QUEUE]; // accesses to come, more than the device is given at once
    uint32_t put, get;
    unsigned vfs;                  // that were enabled last
    uint32_t count[2][IGB_Queues]; // descriptors of receive and transmit rings
    uint32_t tail[2][IGB_Queues];
    unsigned hot;        // the queues that get most of the work are its neighbours, or its pool's
    bool waits;          // no queue drops: a frame without a descriptor holds up all behind it
    uint64_t steady_cyc; // steady() since then, as far as this device has been prepared for it
} own_t;

// Queues an access for cycle `now`, or as soon as those before it are through.
void stim_82576_access(stim_t *s, uint64_t now, unsigned func, bool write, uint8_t space,
                       uint32_t addr, uint32_t data);

static inline void wr(stim_t *s, uint64_t now, unsigned func, uint32_t off, uint32_t data)
{
    stim_82576_access(s, now, func, true, NIC_SPACE_MEM, off, data);
}

static inline void rd(stim_t *s, uint64_t now, unsigned func, uint32_t off)
{
    stim_82576_access(s, now, func, false, NIC_SPACE_MEM, off, 0);
}

static inline void cfg(stim_t *s, uint64_t now, unsigned func, uint32_t off, uint32_t data)
{
    stim_82576_access(s, now, func, true, NIC_SPACE_CFG, off, data);
}

// A register of a queue, by the PF or by the VF that has it.
static inline void wr_queue(stim_t *s, uint64_t now, bool by_vf, unsigned q, uint32_t off,
                            uint32_t vf_off, uint32_t data)
{
    const bool tx = off >= IGB_TDBAL;
    const uint32_t stride = tx ? IGB_TDBAL_STRIDE : IGB_RDBAL_STRIDE;
    const uint32_t vf_stride = tx ? IGBVF_TDBAL_STRIDE : IGBVF_RDBAL_STRIDE;
    if (by_vf) wr(s, now, 1 + q % IGB_Vfs, vf_off + q / IGB_Vfs * vf_stride, data);
    else wr(s, now, 0, off + q * stride, data);
}
#define WR_QUEUE(by_vf, q, reg, data) wr_queue(s, now, by_vf, q, IGB_##reg, IGBVF_##reg, data)

// Descriptors, and the tail behind them.
void stim_82576_give_rx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint32_t n, bool by_vf);
void stim_82576_give_tx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint32_t packets,
                        bool by_vf);
uint32_t stim_82576_thresholds(uint64_t h); // RXDCTL, TXDCTL
void stim_82576_set_up_rx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint64_t h, bool by_vf);
void stim_82576_set_up_tx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint64_t h, bool by_vf);
// Brings the device into working order again, in some thousand cycles.
void stim_82576_set_up(stim_t *s, uint64_t now, own_t *o);

#endif
