// SPDX-License-Identifier: Apache-2.0
// A receiving host for the TLM-2.0 example, without any notion of who calls it: registers to write, what to do with an
// interrupt, where frames lie, and a log of what is on the device's pins. The same program runs in SystemC (demo_tlm.cpp) and
// without (demo_plain.c); their logs must be equal.
//
// The protocol: set-up writes one after the other from cycle 0 on; the trace from DEMO_START on; when INTA# is high, read ICR;
// when the reply comes, demo_rx_clean() and the write that it asks for; two cycles after the reply look at INTA# again.
#ifndef MODERATO_DEMO_RX_H
#define MODERATO_DEMO_RX_H

#include "model/nic.h"
#include "traces/traces.h"

#include <stdio.h>

enum {
    DEMO_BASE = 0x100000, // physical address of the memory
    DEMO_BYTES = 0x80000,
    DEMO_RING = 64,      // descriptors
    DEMO_BUFFER = 2048,  // bytes
    DEMO_START = 150000, // first cycle of the trace: the link is up by then
    DEMO_CHECK = 2,      // cycles from the reply to the second look at INTA#
};

typedef struct demo_rx {
    FILE *log;
    trace_t *trace;
    uint8_t mem[DEMO_BYTES];
    uint32_t next; // descriptor to look at
    uint64_t frames, bytes, interrupts, sent;
    uint64_t wire_free;             // first cycle for the next frame
    uint8_t frame[2][NIC_FrameMax]; // on the wire
} demo_rx_t;

// Set-up write number i; false: there are no more.
bool demo_rx_setup(demo_rx_t *d, unsigned i, nic_access_t *a);
// The read of ICR.
nic_access_t demo_rx_icr(void);
// Takes received frames out of the ring. True: *a must be written.
bool demo_rx_clean(demo_rx_t *d, uint64_t cyc, uint32_t icr, nic_access_t *a);
// Next frame of the trace: its cycle, bytes with FCS and their number; NULL at the end (or with a message in err).
const uint8_t *demo_rx_frame(demo_rx_t *d, uint64_t *first_cyc, uint32_t *len, bool *fcs_good,
                             char err[TRACE_ERR_LEN]);
// DMA at addr; false: not in the memory.
bool demo_rx_dma(demo_rx_t *d, bool write, uint64_t addr, uint8_t *data, uint32_t len);

void demo_log_access(demo_rx_t *d, uint64_t cyc, const nic_access_t *a);
void demo_log_reply(demo_rx_t *d, uint64_t cyc, uint32_t data);
void demo_log_intx(demo_rx_t *d, uint64_t cyc, bool level);
void demo_log_dma(demo_rx_t *d, uint64_t end_cyc, bool write, uint64_t addr, const uint8_t *data,
                  uint32_t len);

#endif
