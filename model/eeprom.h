// SPDX-License-Identifier: Apache-2.0
// The serial EEPROM (64 words, 93C46 class) and the two ways to it: EECD, pin by pin, and EERD.
//
// Cycle contract
//   EECD written in cycle c   pins, grant and DO are those of the write from c+1 on
//   EERD written in cycle c   with START: DONE reads 0 in c+1 .. c+EerdCyc, DONE and DATA are there
//                             from c+EerdCyc+1 on; a read that must wait begins in the cycle in
//                             which what it waits for ends
//   CS falls in cycle c       after a complete write or erase command: the word is programmed; busy
//                             until c+EepromWriteCyc; DO (with CS) reads 1 from
//                             c+EepromWriteCyc+1 on
//
// Choices where the specification leaves one
//   - SK, CS and DI reach the EEPROM only while GNT = 1; before that they are storage, and DO
//     reads 0.
//   - GNT follows REQ in the same write, unless an EERD read runs: then it comes when that is done.
//     An EERD read waits for the end of a grant and of the busy time. REQ goes first.
//   - START reads 0. A START while a read runs begins again with the new address; without START a
//     write changes ADDR only, and nothing while a read runs or waits. Address bits 7:6 are
//     ignored.
//   - Programming needs EWEN since power-good; without it a write is ignored and is never busy.
//   - While busy the EEPROM hears no command. ERASE, ERAL and WRAL take as long as WRITE.
//   - READ goes on with the next word, without a dummy bit, as long as it is clocked.
//   - CTRL.RST takes the pins low, as a write would; the EEPROM itself has no reset.
//
// Known to be inaccurate: the word changes when programming begins, not when it ends (software
// cannot look); the hardware's own loading of words takes no time; of the initialization control
// words only the bits that the functions below name have an effect.
#ifndef MODERATO_EEPROM_H
#define MODERATO_EEPROM_H

#include "rtl/defs.h"

enum eeprom_phase {
    EEPROM_PH_START, // waits for a start bit
    EEPROM_PH_CMD,   // 2 bits of operation and 6 of address
    EEPROM_PH_READ,  // shifts out
    EEPROM_PH_DATA,  // shifts 16 bits in
    EEPROM_PH_ARMED, // a write or erase command is complete and runs when CS falls
    EEPROM_PH_DONE,  // nothing more until CS falls
};

typedef struct eeprom {
    uint64_t busy_end_cyc;          // cycle in which programming ends; NIC_NEVER: not busy
    uint64_t eerd_end_cyc;          // cycle in which the EERD read ends; NIC_NEVER: none runs
    uint16_t word[NIC_EepromWords]; // the contents
    uint16_t shift;                 // bits clocked in, last one lowest
    uint16_t eerd_data;             // EERD.DATA
    uint8_t eerd_addr;              // EERD.ADDR
    uint8_t phase;                  // enum eeprom_phase
    uint8_t nbits;                  // bits of this phase so far
    uint8_t op;                     // operation of the command, upper 4 bits of op and address
    uint8_t addr;                   // its address
    uint8_t fwe;                    // EECD.FWE (storage)
    bool sk, cs, di, req;           // EECD bits as written
    bool gnt;                       // EECD.GNT: the pins are the software's
    bool dout;                      // what the EEPROM drives on DO while selected and not busy
    bool wen;                       // programming is enabled
    bool eerd_done;                 // EERD.DONE
    bool eerd_wait;                 // an EERD read waits for the pins or the EEPROM
} eeprom_t;

typedef struct eeprom_in {
    uint64_t now; // this cycle
    csr_t csr;    // register access
    bool reset;   // CTRL.RST or PCI reset: level
} eeprom_in_t;

// Power-good reset. `word` is not volatile and stays: fill it first (eeprom_image).
void eeprom_reset(eeprom_t *s);

// One clock edge at the end of cycle in->now.
void eeprom_tick(eeprom_t *s, const eeprom_in_t *in);

// First cycle that must be ticked if the inputs stay as they are; NIC_NEVER: none.
uint64_t eeprom_quiet(const eeprom_t *s);

// Outputs: the registers as software reads them.
uint32_t eeprom_eecd(const eeprom_t *s);
uint32_t eeprom_eerd(const eeprom_t *s);

// --- words that the hardware loads ---

// The signature of word 0Ah. Without it the hardware keeps its own defaults.
bool eeprom_valid(const eeprom_t *s);

// Words 00h..02h as RAL0, and as RAH0 with AV.
uint32_t eeprom_ral0(const eeprom_t *s);
uint32_t eeprom_rah0(const eeprom_t *s);

// CTRL as a reset leaves it: `ctrl` (the reset value without an EEPROM) with FD and FRCSPD of word
// 0Ah and ASDE of word 0Fh.
uint32_t eeprom_ctrl(const eeprom_t *s, uint32_t ctrl);

// Dwords 00h and 2Ch of the configuration space (id in the upper half, vendor in the lower). Words
// 0Dh, 0Eh and 0Bh, 0Ch count only where word 0Ah says so; else `id`, the hardware's own, is
// returned.
uint32_t eeprom_pci_id(const eeprom_t *s, uint32_t id);
uint32_t eeprom_pci_subsystem(const eeprom_t *s, uint32_t id);

// Word 0Fh bit 7 is not set: the MSI capability is visible.
bool eeprom_msi(const eeprom_t *s);

// A valid image for `mac` (first wire byte first) and the PCI device id.
void eeprom_image(uint16_t word[NIC_EepromWords], const uint8_t mac[6], uint16_t device_id);

#endif
