// SPDX-License-Identifier: Apache-2.0
// MSI-X tables and pending bits of all functions, and the messages they become.
//
// Cycle contract: docs/cycle-contract-82576.md, "Messages". An access visible in cycle c acts in
// tick c and reads what is visible in c (msix_read). A vector that is sent in tick c is pending from
// c+1 on; a request that is possible in c is visible to the host port in c+1, with the address and
// the data that were visible in c. `done` in c ends the request and the pending bit in tick c, which
// a sending in c sets again.
//
// An entry has one number here: the PF's are 0 to MsixPf-1, that of VF n's vector v (of the device)
// is MSIX_VF0 + v. So the PF's come first, then the lowest vector, which is the order of requests.
#ifndef MODERATO_MSIX_H
#define MODERATO_MSIX_H

#include "rtl/defs_82576.h"

enum {
    MSIX_VF0 = IGB_MsixPf - (IGB_Vectors - IGB_Vfs * IGB_MsixVf), // entry of "vector 0 of a VF"
    MSIX_ENTRIES = IGB_MsixPf + IGB_Vfs * IGB_MsixVf,
    MSIX_PBA = IGB_CFG_MSIX_PBA_RESET & ~7, // offset of the pending bits in BAR3, of a VF too
    MSIX_BYTES = 0x4000,                    // of BAR3 that are decoded
};

typedef struct msix {
    uint64_t addr_q[MSIX_ENTRIES]; // message address
    uint32_t data_q[MSIX_ENTRIES]; // message data
    uint64_t mask_q, pend_q;       // bit e: of entry e
    // the request
    bool req_q;
    bool own_q;       // what it is for is the pending bit of its entry; 0: that was reset since
    uint8_t entry_q;  // its entry
    uint64_t to_q;    // address
    uint32_t value_q; // data
} msix_t;

// Masks of functions: bit 0 the PF, bit 1+n VF n.
typedef struct msix_in {
    bool valid;           // access to BAR3 in this cycle
    bool write;           // of these only writes act
    uint8_t func;         // function
    uint32_t addr;        // byte address in BAR3; bits 1:0 are ignored
    uint8_t be;           // byte enables
    uint32_t wdata;       // data
    uint32_t sent;        // pulses, bit v: vector v is sent in this tick
    bool done;            // pulse: the host port has sent the request
    uint16_t msix_en;     // level: MSI-X is on
    uint16_t msix_mask;   // level: all vectors of the function are masked
    uint16_t may_request; // level
    uint16_t there;       // level; bit 0 is not looked at: the PF always is
    uint16_t reset;       // pulse: FLR of the function, or the VF starts
} msix_in_t;

// Power-good.
void msix_reset(msix_t *s);
void msix_tick(msix_t *s, const msix_in_t *in);

// Value of the dword that contains byte `addr` of a function's BAR3.
uint32_t msix_read(const msix_t *s, unsigned func, uint32_t addr);

// Function of an entry.
static inline unsigned msix_func(unsigned entry)
{
    if (entry < IGB_MsixPf) return 0;
    return 1 + (IGB_Vectors - 1 - (entry - MSIX_VF0)) / IGB_MsixVf;
}

// First cycle in which a tick with unchanged levels and without access and pulse changes something.
uint64_t msix_quiet(const msix_t *s, const msix_in_t *in, uint64_t now);

#endif
