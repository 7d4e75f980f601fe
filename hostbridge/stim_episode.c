// SPDX-License-Identifier: Apache-2.0
// Sequences of accesses that chance would hardly come upon.
#include "hostbridge/stim_state.h"

#include "model/pci_config.h"
#include "rtl/defs.h"

void stim_packet_buffer(stim_t *s, uint64_t now, uint64_t h)
{
    for (uint32_t i = 0; i < 32; i++) {
        const uint32_t at = E1000_PBM + 4 * pick(mix(h + i / 2), 0, NIC_PbBytes / 4);
        if (i & 1) stim_access(s, now, false, NIC_SPACE_MEM, at, 0);
        else stim_write(s, now, at, (uint32_t)mix(h + 40 + i));
    }
}

void stim_eeprom(stim_t *s, uint64_t now, uint64_t h)
{
    enum { SK = 1, CS = 2, DI = 4, REQ = 0x40, ADDRESS_BITS = 6, WORD_BITS = 16 };
    // Start bit, opcode and the upper two address bits, which tell those of opcode 0 apart.
    static const uint8_t op[] = {0x13, 0x13, 0x10, 0x10, 0x14, 0x14, 0x14, 0x11, 0x12, 0x18, 0x1C};
    const uint32_t code = op[pick(h, 0, sizeof op)];
    const bool data = code == 0x14 || code == 0x11 || code == 0x18;
    const uint32_t bits = 3 + ADDRESS_BITS + (data ? WORD_BITS : 0);
    const uint64_t low = mix(h) & ((UINT64_C(1) << (bits - 5)) - 1);
    uint64_t word = (uint64_t)code << (bits - 5);
    word |= code < 0x14 ? low : mix(h) & ((UINT64_C(1) << (bits - 3)) - 1);
    for (uint32_t i = bits; i-- > 0;) {
        const uint32_t out = REQ | CS | (word >> i & 1 ? DI : 0);
        stim_write(s, now, E1000_EECD, out);
        stim_write(s, now, E1000_EECD, out | SK);
    }
    stim_write(s, now, E1000_EECD, REQ);
    stim_write(s, now, E1000_EECD, REQ | CS); // DO says whether it is busy
    stim_access(s, now, false, NIC_SPACE_MEM, E1000_EECD, 0);
    stim_write(s, now, E1000_EECD, REQ);
}

void stim_message(stim_t *s, uint64_t now, uint64_t h)
{
    stim_write(s, now, E1000_RCTL, 0);
    stim_write(s, now, E1000_TCTL, 0);
    stim_write(s, now, E1000_IMS, 0x1FFFF);
    const uint64_t still = now + 600; // nothing is under way any more
    stim_access(s, still, false, NIC_SPACE_MEM, E1000_ICR, 0);
    stim_access(s, still, true, NIC_SPACE_CFG, PCI_CONFIG_COMMAND, 3);
    stim_write(s, still + 10, E1000_ICS, 1u << pick(h, 24, 17));
    s->step_cyc = still + 600;
}
