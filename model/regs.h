// SPDX-License-Identifier: Apache-2.0
// The register file: decodes accesses from the host, holds every plain register, sequences resets, resolves the link.
//
// Cycle contract: an access on the pins in cycle c is decoded in tick c. Its pulse on the internal register bus and the
// new value of a plain register are visible in c+1; modules act on the pulse in tick c+1. A read samples its value in
// c+1 (state before that tick) and is on the pins in c+CsrReadCyc; its side effects happen in tick c+1.
// CTRL.RST: every module is reset in tick c+1; bit 26 reads 1 and register writes are ignored until ResetCyc cycles later.
// Writes narrower than 32 bits are ignored; reads of any width return all 32 bits with all side effects.
#ifndef MODERATO_REGS_H
#define MODERATO_REGS_H

#include "rtl/defs.h"
#include "model/nic.h"

enum { REGS_FILE = E1000_R_PBM, REGS_QUEUE = 64, REGS_WORDS = 0x20000 / 4 };

typedef struct regs {
    uint32_t file[REGS_FILE]; // plain registers; those of other owners are not used
    // register bus
    csr_t csr; // the pulse, visible in csr_cyc
    uint64_t csr_cyc;
    uint32_t old_q; // value of the written register before
    bool read_q;    // a reply is due: sampled in csr_cyc
    uint8_t space_q;
    uint32_t addr_q; // of the access in csr_cyc
    uint8_t be_q;
    uint32_t wdata_q;
    uint64_t reply_cyc; // reply on the pins
    uint32_t rdata_q;
    // reset
    uint64_t reset_cyc; // modules see reset in this cycle
    uint64_t reset_end; // CTRL.RST reads 0 from this cycle on
    // link
    bool lu_q, fd_q;
    uint8_t speed_q;  // 0=10 1=100 2=1000
    uint64_t lsc_cyc; // LSC is pulsed in this cycle
} regs_t;

typedef struct regs_in {
    uint64_t now;
    bool access; // an access is on the pins in this cycle
    nic_access_t what;
    uint32_t ioaddr; // what IODATA reaches
    bool mem_en, io_en;
    uint32_t rdata; // value of the register whose read pulse is visible now
    bool phy_link, phy_fd, phy_loopback;
    uint8_t phy_speed;
    uint32_t ral0, rah0; // from the EEPROM
    uint32_t ee_ctrl;    // CTRL with the EEPROM's bits
} regs_in_t;

void regs_reset(regs_t *s, bool power_good, const regs_in_t *in);
void regs_tick(regs_t *s, const uint16_t *map, const regs_in_t *in);
uint64_t regs_quiet(const regs_t *s, uint64_t now);

// Offset / 4 -> row number + 1, 0 = nothing there. Built once per device.
void regs_map(uint16_t map[REGS_WORDS]);

#endif
