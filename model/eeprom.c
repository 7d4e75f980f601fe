// SPDX-License-Identifier: Apache-2.0
// Microwire engine, EERD and the words the hardware loads; the contract is in eeprom.h.
#include "model/eeprom.h"

#include <string.h>

enum {
    WORD_INIT1 = 0x0A,
    WORD_SUBSYSTEM = 0x0B,
    WORD_SUBVENDOR = 0x0C,
    WORD_DEVICE = 0x0D,
    WORD_VENDOR = 0x0E,
    WORD_INIT2 = 0x0F,
    WORD_CHECKSUM = 0x3F
};
enum {
    INIT1_LOAD_ID = 0x0001,
    INIT1_LOAD_SUBSYSTEM = 0x0002,
    INIT1_FD = 0x0400,
    INIT1_FRCSPD = 0x0800,
    INIT1_SIGNATURE = 0xC000,
    INIT1_VALID = 0x4000,
    INIT2_NO_MSI = 0x0080,
    INIT2_ASDE = 0x4000
};

// Operations: opcode and the two upper address bits, which tell the operations of opcode 00 apart.
enum {
    OP_EWDS = 0x0,
    OP_WRAL = 0x1,
    OP_ERAL = 0x2,
    OP_EWEN = 0x3,
    OP_WRITE = 0x4, // 01xx
    OP_READ = 0x8,  // 10xx
    OP_ERASE = 0xC  // 11xx
};

// --- Microwire ---

// CS falls: a complete command runs, an incomplete one is forgotten.
static void eeprom_deselect(eeprom_t *s, uint64_t now)
{
    bool all = s->op == OP_ERAL || s->op == OP_WRAL;
    bool erase = s->op == OP_ERAL || s->op == OP_ERASE;
    if (s->phase == EEPROM_PH_ARMED && s->wen) {
        for (unsigned i = 0; i < EEPROM_WORDS; i++)
            if (all || i == s->addr) s->word[i] = erase ? 0xFFFF : s->shift;
        s->busy_end_cyc = now + NIC_EepromWriteCyc;
    }
    s->phase = EEPROM_PH_START;
    s->dout = true;
}

// The eighth bit of a command is in.
static void eeprom_decode(eeprom_t *s)
{
    unsigned op = s->shift >> 4 & 0xF;
    s->op = (uint8_t)(op >= OP_WRITE ? op & 0xC : op);
    s->addr = s->shift & (EEPROM_WORDS - 1);
    s->nbits = 0;
    switch (s->op) {
    case OP_READ:
        s->phase = EEPROM_PH_READ;
        s->dout = false; // the dummy bit
        break;
    case OP_WRITE:
    case OP_WRAL: s->phase = EEPROM_PH_DATA; break;
    case OP_ERASE:
    case OP_ERAL: s->phase = EEPROM_PH_ARMED; break;
    default: // EWEN and EWDS act at once
        s->wen = s->op == OP_EWEN;
        s->phase = EEPROM_PH_DONE;
        break;
    }
}

// SK rises while selected.
static void eeprom_clock(eeprom_t *s)
{
    switch (s->phase) {
    case EEPROM_PH_START:
        if (!s->di) break;
        s->phase = EEPROM_PH_CMD;
        s->nbits = 0;
        break;
    case EEPROM_PH_CMD:
        s->shift = (uint16_t)(s->shift << 1 | s->di);
        if (++s->nbits == 8) eeprom_decode(s);
        break;
    case EEPROM_PH_READ:
        s->dout = s->word[s->addr] >> (15 - s->nbits) & 1;
        if (++s->nbits == 16) {
            s->nbits = 0;
            s->addr = (s->addr + 1) & (EEPROM_WORDS - 1);
        }
        break;
    case EEPROM_PH_DATA:
        s->shift = (uint16_t)(s->shift << 1 | s->di);
        if (++s->nbits == 16) s->phase = EEPROM_PH_ARMED;
        break;
    default: break;
    }
}

// --- EECD and EERD ---

static void eeprom_write_eecd(eeprom_t *s, uint32_t v)
{
    s->sk = FGET(E1000_EECD_SK, v);
    s->cs = FGET(E1000_EECD_CS, v);
    s->di = FGET(E1000_EECD_DI, v);
    s->fwe = (uint8_t)FGET(E1000_EECD_FWE, v);
    s->req = FGET(E1000_EECD_REQ, v);
}

static void eeprom_write_eerd(eeprom_t *s, uint32_t v)
{
    bool idle = s->eerd_end_cyc == NIC_NEVER && !s->eerd_wait;
    if (!FGET(E1000_EERD_START, v) && !idle) return;
    s->eerd_addr = (uint8_t)FGET(E1000_EERD_ADDR, v);
    if (!FGET(E1000_EERD_START, v)) return;
    s->eerd_done = false;
    s->eerd_end_cyc = NIC_NEVER;
    s->eerd_wait = true;
}

static void eeprom_clear(eeprom_t *s)
{
    eeprom_write_eecd(s, FPUT(E1000_EECD_FWE, 1));
    s->eerd_addr = 0;
    s->eerd_data = 0;
    s->eerd_done = false;
    s->eerd_wait = false;
    s->eerd_end_cyc = NIC_NEVER;
}

// What the pins of the EEPROM do between two cycles. A rising SK counts only if CS was there
// before.
static void eeprom_pins(eeprom_t *s, bool sk_was, bool cs_was, uint64_t now)
{
    bool sk = s->gnt && s->sk;
    bool cs = s->gnt && s->cs;
    if (cs_was && !cs) eeprom_deselect(s, now);
    if (cs_was && cs && !sk_was && sk && s->busy_end_cyc == NIC_NEVER) eeprom_clock(s);
}

// --- the module ---

void eeprom_reset(eeprom_t *s)
{
    uint16_t word[EEPROM_WORDS];
    memcpy(word, s->word, sizeof word);
    memset(s, 0, sizeof *s);
    memcpy(s->word, word, sizeof word);
    s->busy_end_cyc = NIC_NEVER;
    s->phase = EEPROM_PH_START;
    s->dout = true;
    eeprom_clear(s);
}

void eeprom_tick(eeprom_t *s, const eeprom_in_t *in)
{
    bool sk_was = s->gnt && s->sk;
    bool cs_was = s->gnt && s->cs;
    const csr_t *csr = &in->csr;

    if (s->busy_end_cyc <= in->now) s->busy_end_cyc = NIC_NEVER;
    if (s->eerd_end_cyc <= in->now) {
        s->eerd_end_cyc = NIC_NEVER;
        s->eerd_done = true;
        s->eerd_data = s->word[s->eerd_addr & (EEPROM_WORDS - 1)];
    }
    if (csr->valid && csr->write && csr->id == E1000_R_EECD) eeprom_write_eecd(s, csr->wdata);
    if (csr->valid && csr->write && csr->id == E1000_R_EERD) eeprom_write_eerd(s, csr->wdata);
    if (in->reset) eeprom_clear(s);

    s->gnt = s->req && s->eerd_end_cyc == NIC_NEVER;
    eeprom_pins(s, sk_was, cs_was, in->now);
    if (s->eerd_wait && !s->gnt && s->busy_end_cyc == NIC_NEVER) {
        s->eerd_wait = false;
        s->eerd_end_cyc = in->now + NIC_EerdCyc;
    }
}

uint64_t eeprom_quiet(const eeprom_t *s)
{
    return s->busy_end_cyc < s->eerd_end_cyc ? s->busy_end_cyc : s->eerd_end_cyc;
}

uint32_t eeprom_eecd(const eeprom_t *s)
{
    bool dout = s->gnt && !(s->cs && s->busy_end_cyc != NIC_NEVER) && s->dout;
    return FPUT(E1000_EECD_SK, s->sk) | FPUT(E1000_EECD_CS, s->cs) | FPUT(E1000_EECD_DI, s->di) |
           FPUT(E1000_EECD_DO, dout) | FPUT(E1000_EECD_FWE, s->fwe) | FPUT(E1000_EECD_REQ, s->req) |
           FPUT(E1000_EECD_GNT, s->gnt) | FMASK(E1000_EECD_PRES);
}

uint32_t eeprom_eerd(const eeprom_t *s)
{
    return FPUT(E1000_EERD_DONE, s->eerd_done) | FPUT(E1000_EERD_ADDR, s->eerd_addr) |
           FPUT(E1000_EERD_DATA, s->eerd_data);
}

// --- words that the hardware loads ---

bool eeprom_valid(const eeprom_t *s)
{
    return (s->word[WORD_INIT1] & INIT1_SIGNATURE) == INIT1_VALID;
}

uint32_t eeprom_ral0(const eeprom_t *s)
{
    return s->word[0] | (uint32_t)s->word[1] << 16;
}

uint32_t eeprom_rah0(const eeprom_t *s)
{
    return s->word[2] | FMASK(E1000_RAH_AV);
}

uint32_t eeprom_ctrl(const eeprom_t *s, uint32_t ctrl)
{
    if (!eeprom_valid(s)) return ctrl;
    ctrl &= ~(FMASK(E1000_CTRL_FD) | FMASK(E1000_CTRL_FRCSPD) | FMASK(E1000_CTRL_ASDE));
    if (s->word[WORD_INIT1] & INIT1_FD) ctrl |= FMASK(E1000_CTRL_FD);
    if (s->word[WORD_INIT1] & INIT1_FRCSPD) ctrl |= FMASK(E1000_CTRL_FRCSPD);
    if (s->word[WORD_INIT2] & INIT2_ASDE) ctrl |= FMASK(E1000_CTRL_ASDE);
    return ctrl;
}

uint32_t eeprom_pci_id(const eeprom_t *s, uint32_t id)
{
    if (!eeprom_valid(s) || !(s->word[WORD_INIT1] & INIT1_LOAD_ID)) return id;
    return (uint32_t)s->word[WORD_DEVICE] << 16 | s->word[WORD_VENDOR];
}

uint32_t eeprom_pci_subsystem(const eeprom_t *s, uint32_t id)
{
    if (!eeprom_valid(s) || !(s->word[WORD_INIT1] & INIT1_LOAD_SUBSYSTEM)) return id;
    return (uint32_t)s->word[WORD_SUBSYSTEM] << 16 | s->word[WORD_SUBVENDOR];
}

bool eeprom_msi(const eeprom_t *s)
{
    return !(eeprom_valid(s) && (s->word[WORD_INIT2] & INIT2_NO_MSI));
}

void eeprom_image(uint16_t word[EEPROM_WORDS], const uint8_t mac[6], uint16_t device_id)
{
    memset(word, 0, EEPROM_WORDS * sizeof word[0]);
    for (unsigned i = 0; i < 3; i++) word[i] = (uint16_t)(mac[2 * i] | mac[2 * i + 1] << 8);
    word[0x04] = 0xFFFF;           // LEDs: the driver's default
    word[WORD_INIT1] = 0x6C0A;     // 32-bit BARs, FRCSPD, FD, power management, load subsystem ids
    word[WORD_SUBSYSTEM] = 0x001E; // desktop adapter
    word[WORD_SUBVENDOR] = 0x8086;
    word[WORD_DEVICE] = device_id;
    word[WORD_VENDOR] = 0x8086;
    word[WORD_INIT2] = 0x3040; // PAUSE both ways
    word[0x21] = 0x7061;       // circuit control
    word[0x22] = 0x280B;       // power
    word[0x2F] = 0x0602;       // LEDCTL
    unsigned sum = 0;
    for (unsigned i = 0; i < WORD_CHECKSUM; i++) sum += word[i];
    word[WORD_CHECKSUM] = (uint16_t)(0xBABA - sum);
}
