// SPDX-License-Identifier: Apache-2.0
// Microwire engine, EERD and the words the hardware loads; the contract is in eeprom.h.
#include "model/eeprom.h"

#include "model/pci_config.h"

#include <string.h>

// A field of a word.
#define WORD_GET(w, f, s) FGET(E1000_EE_##w##_##f, (s)->word[E1000_EE_##w])

// --- Microwire ---

// CS falls: a complete command runs, an incomplete one is forgotten.
static void eeprom_deselect(eeprom_t *s, uint64_t now)
{
    bool all = s->op == E1000_EEOP_ERAL || s->op == E1000_EEOP_WRAL;
    bool erase = s->op == E1000_EEOP_ERAL || s->op == E1000_EEOP_ERASE;
    if (s->phase == EEPROM_PH_ARMED && s->wen) {
        for (unsigned i = 0; i < NIC_EepromWords; i++)
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
    s->op = (uint8_t)(op >= E1000_EEOP_WRITE ? op & 0xC : op);
    s->addr = s->shift & (NIC_EepromWords - 1);
    s->nbits = 0;
    switch (s->op) {
    case E1000_EEOP_READ:
        s->phase = EEPROM_PH_READ;
        s->dout = false; // the dummy bit
        break;
    case E1000_EEOP_WRITE:
    case E1000_EEOP_WRAL: s->phase = EEPROM_PH_DATA; break;
    case E1000_EEOP_ERASE:
    case E1000_EEOP_ERAL: s->phase = EEPROM_PH_ARMED; break;
    default: // EWEN and EWDS act at once
        s->wen = s->op == E1000_EEOP_EWEN;
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
            s->addr = (s->addr + 1) & (NIC_EepromWords - 1);
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
    uint16_t word[NIC_EepromWords];
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
        s->eerd_data = s->word[s->eerd_addr & (NIC_EepromWords - 1)];
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
    return WORD_GET(INIT1, SIGNATURE, s) == NIC_EepromSignature;
}

uint32_t eeprom_ral0(const eeprom_t *s)
{
    return s->word[E1000_EE_MAC] | (uint32_t)s->word[E1000_EE_MAC + 1] << 16;
}

uint32_t eeprom_rah0(const eeprom_t *s)
{
    return s->word[E1000_EE_MAC + 2] | FMASK(E1000_RAH_AV);
}

uint32_t eeprom_ctrl(const eeprom_t *s, uint32_t ctrl)
{
    if (!eeprom_valid(s)) return ctrl;
    ctrl &= ~(FMASK(E1000_CTRL_FD) | FMASK(E1000_CTRL_FRCSPD) | FMASK(E1000_CTRL_ASDE));
    if (WORD_GET(INIT1, FD, s)) ctrl |= FMASK(E1000_CTRL_FD);
    if (WORD_GET(INIT1, FRCSPD, s)) ctrl |= FMASK(E1000_CTRL_FRCSPD);
    if (WORD_GET(INIT2, ASDE, s)) ctrl |= FMASK(E1000_CTRL_ASDE);
    return ctrl;
}

uint32_t eeprom_pci_id(const eeprom_t *s, uint32_t id)
{
    if (!eeprom_valid(s) || !WORD_GET(INIT1, LOAD_ID, s)) return id;
    return (uint32_t)s->word[E1000_EE_DEVICE] << 16 | s->word[E1000_EE_VENDOR];
}

uint32_t eeprom_pci_subsystem(const eeprom_t *s, uint32_t id)
{
    if (!eeprom_valid(s) || !WORD_GET(INIT1, LOAD_SUBSYSTEM, s)) return id;
    return (uint32_t)s->word[E1000_EE_SUBSYSTEM] << 16 | s->word[E1000_EE_SUBVENDOR];
}

bool eeprom_msi(const eeprom_t *s)
{
    return !(eeprom_valid(s) && WORD_GET(INIT2, NO_MSI, s));
}

void eeprom_image(uint16_t word[NIC_EepromWords], const uint8_t mac[6], uint16_t device_id)
{
    memset(word, 0, NIC_EepromWords * sizeof word[0]);
#define EEW(n, at, value, doc) word[E1000_EE_##n] = E1000_EE_##n##_INIT;
#include "rtl/eeprom_82540em.def"
    for (unsigned i = 0; i < 3; i++)
        word[E1000_EE_MAC + i] = (uint16_t)(mac[2 * i] | mac[2 * i + 1] << 8);
    word[E1000_EE_SUBVENDOR] = PCI_CONFIG_ID_RESET & 0xFFFF;
    word[E1000_EE_DEVICE] = device_id;
    word[E1000_EE_VENDOR] = PCI_CONFIG_ID_RESET & 0xFFFF;
    unsigned sum = 0;
    for (unsigned i = 0; i < E1000_EE_CHECKSUM; i++) sum += word[i];
    word[E1000_EE_CHECKSUM] = (uint16_t)(NIC_EepromSum - sum);
}
