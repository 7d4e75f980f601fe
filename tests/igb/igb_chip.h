// SPDX-License-Identifier: Apache-2.0
// The 82576 below the rings, as the driver of its PF sees it: NVM, semaphores, PHY, CTRL, STATUS; it
// answers as the specification says (§5 to §7). Without time.
#ifndef MODERATO_TESTS_IGB_CHIP_H
#define MODERATO_TESTS_IGB_CHIP_H

#include "rtl/defs_82576.h"

#include <stdbool.h>

typedef struct chip {
    uint16_t nvm[256];
    uint16_t phy[65536];
    uint32_t sync, swsm, mdic, eerd, ctrl, ctrl_ext, fwsm, eecd;
    unsigned eerd_polls, mdic_polls; // reads until done
    unsigned eerd_left, mdic_left;
    unsigned resets, phy_resets, stray; // stray: MDIO without the resource
    bool master_hangs, smbi_stuck, swesmbi_never, txoff;
    void (*reset)(void *ctx); // CTRL.RST: what is not here
    void (*phy_access)(void *ctx, bool write, unsigned reg, uint16_t value); // may be NULL
    void *ctx;
} chip_t;

// The example NVM of §5, the PHY at its reset values (§7), with link.
void chip_init(chip_t *c, void (*reset)(void *ctx), void *ctx);
void chip_link(chip_t *c, bool up);
// An access of the PF; false: not to the chip's registers.
bool chip_access(chip_t *c, bool write, uint32_t off, uint32_t *v);

#endif
