// SPDX-License-Identifier: Apache-2.0
// The NVM of the 82576 as software reaches it (EECD, EERD), the words that the hardware loads, and
// the semaphore that software takes first (SWSM).
//
// Cycle contract
//   EECD written in cycle c   it is as written, and GNT is REQ, from c+1 on
//   EERD written in cycle c   with START: DONE reads 0 in c+1 .. c+EerdCyc, DONE and DATA are there
//                             from c+EerdCyc+1 on
//   SWSM read in cycle c      the value of cycle c; SMBI is 1 from c+1 on
//   SWSM written in cycle c   it is as written from c+1 on, SMBI only where it was 1
//   CTRL.RST in cycle c       all of these are 0 from c+1 on (EECD: but for what is constant), and
//                             a read of a word is given up
//
// Choices where the specification leaves one
//   - SK, CS and DI are storage, and DO reads 0: nothing is behind them. So GNT waits for nothing,
//     EERD does not wait for it, and no word ever changes.
//   - START reads 0. A START while a read runs begins again with the new address; without START a
//     write changes ADDR only, and nothing while a read runs. Address bits 13:8 are stored and
//     ignored.
//   - SWESMBI is storage, as are bits 31:2: there is no firmware that could hold it.
//   - Ids and the MAC address are loaded whatever the other words and the checksum are.
//
// Known to be inaccurate: no SPI, no write, no flash; the hardware's own loading takes no time.
#ifndef MODERATO_NVM_H
#define MODERATO_NVM_H

#include "rtl/defs_82576.h"

typedef struct nvm {
    uint64_t eerd_end_cyc;       // cycle in which the EERD read ends; NIC_NEVER: none runs
    uint32_t swsm;               // output: SWSM as software reads it
    uint16_t word[IGB_NvmWords]; // the contents; constant
    uint16_t eerd_data;          // EERD.DATA
    uint16_t eerd_addr;          // EERD.ADDR
    bool eerd_done;              // EERD.DONE
    bool sk, cs, di, req;        // EECD bits as written
} nvm_t;

typedef struct nvm_in {
    uint64_t now; // this cycle
    csr_t csr;    // register access, IGB_R_ numbers
    bool reset;   // CTRL.RST, FLR of the PF: level
} nvm_in_t;

// Power-good reset. `word` is not volatile and stays: fill it first (nvm_image).
void nvm_reset(nvm_t *s);

// One clock edge at the end of cycle in->now.
void nvm_tick(nvm_t *s, const nvm_in_t *in);

// First cycle that must be ticked if the inputs stay as they are; NIC_NEVER: none.
uint64_t nvm_quiet(const nvm_t *s);

// Outputs: the registers as software reads them.
uint32_t nvm_eecd(const nvm_t *s);
uint32_t nvm_eerd(const nvm_t *s);

// --- words that the hardware loads ---

// Words 00h..02h as RAL0, and as RAH0 with AV.
uint32_t nvm_ral0(const nvm_t *s);
uint32_t nvm_rah0(const nvm_t *s);

// Straps of the configuration spaces: dwords 00h and 2Ch of the PF's (id in the upper half, vendor
// in the lower), device id of VFs.
uint32_t nvm_pci_id(const nvm_t *s);
uint32_t nvm_pci_subsystem(const nvm_t *s);
uint16_t nvm_vf_device(const nvm_t *s);

// A valid image for `mac` (first wire byte first).
void nvm_image(uint16_t word[IGB_NvmWords], const uint8_t mac[6]);

#endif
