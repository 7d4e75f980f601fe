// SPDX-License-Identifier: Apache-2.0
// EECD, EERD, SWSM and the words that the hardware loads; the contract is in nvm.h.
#include "model/nvm.h"

#include <string.h>

// EECD.SIZE_EX: 2^(SIZE_EX+6) words.
enum { NVM_SIZE_EX = 2 };
_Static_assert(1 << (NVM_SIZE_EX + 6) == IGB_NvmWords, "EECD.SIZE_EX says how many there are");

// Bits of EECD that always read so.
#define EECD_FIXED                                                                                 \
    (FMASK(IGB_EECD_PRES) | FMASK(IGB_EECD_AUTO_RD) | FPUT(IGB_EECD_SIZE_EX, NVM_SIZE_EX))

// --- registers ---

static void nvm_write_eecd(nvm_t *s, uint32_t v)
{
    s->sk = FGET(IGB_EECD_SK, v);
    s->cs = FGET(IGB_EECD_CS, v);
    s->di = FGET(IGB_EECD_DI, v);
    s->req = FGET(IGB_EECD_REQ, v);
}

static void nvm_write_eerd(nvm_t *s, uint32_t v, uint64_t now)
{
    const bool start = FGET(IGB_EERD_START, v);
    if (!start && s->eerd_end_cyc != NIC_NEVER) return;
    s->eerd_addr = (uint16_t)FGET(IGB_EERD_ADDR, v);
    if (!start) return;
    s->eerd_done = false;
    s->eerd_end_cyc = now + NIC_EerdCyc;
}

// Software gives SMBI back by writing 0, and gets it by reading alone.
static void nvm_write_swsm(nvm_t *s, uint32_t v)
{
    s->swsm = v & (s->swsm | ~FMASK(IGB_SWSM_SMBI));
}

static void nvm_clear(nvm_t *s)
{
    nvm_write_eecd(s, 0);
    s->eerd_end_cyc = NIC_NEVER;
    s->eerd_addr = 0;
    s->eerd_data = 0;
    s->eerd_done = false;
    s->swsm = 0;
}

// --- the module ---

void nvm_reset(nvm_t *s)
{
    nvm_clear(s);
}

void nvm_tick(nvm_t *s, const nvm_in_t *in)
{
    const csr_t *csr = &in->csr;
    if (s->eerd_end_cyc <= in->now) {
        s->eerd_end_cyc = NIC_NEVER;
        s->eerd_done = true;
        s->eerd_data = s->word[s->eerd_addr % IGB_NvmWords];
    }
    if (csr->valid && csr->write) {
        if (csr->id == IGB_R_EECD) nvm_write_eecd(s, csr->wdata);
        if (csr->id == IGB_R_EERD) nvm_write_eerd(s, csr->wdata, in->now);
        if (csr->id == IGB_R_SWSM) nvm_write_swsm(s, csr->wdata);
    } else if (csr->valid && csr->id == IGB_R_SWSM) {
        s->swsm |= FMASK(IGB_SWSM_SMBI);
    }
    if (in->reset) nvm_clear(s);
}

uint64_t nvm_quiet(const nvm_t *s)
{
    return s->eerd_end_cyc;
}

uint32_t nvm_eecd(const nvm_t *s)
{
    return EECD_FIXED | FPUT(IGB_EECD_SK, s->sk) | FPUT(IGB_EECD_CS, s->cs) |
           FPUT(IGB_EECD_DI, s->di) | FPUT(IGB_EECD_REQ, s->req) | FPUT(IGB_EECD_GNT, s->req);
}

uint32_t nvm_eerd(const nvm_t *s)
{
    return FPUT(IGB_EERD_DONE, s->eerd_done) | FPUT(IGB_EERD_ADDR, s->eerd_addr) |
           FPUT(IGB_EERD_DATA, s->eerd_data);
}

// --- words that the hardware loads ---

uint32_t nvm_ral0(const nvm_t *s)
{
    return s->word[IGB_EE_MAC] | (uint32_t)s->word[IGB_EE_MAC + 1] << 16;
}

uint32_t nvm_rah0(const nvm_t *s)
{
    return s->word[IGB_EE_MAC + 2] | FMASK(IGB_RAH_AV);
}

uint32_t nvm_pci_id(const nvm_t *s)
{
    return (uint32_t)s->word[IGB_EE_DEVICE] << 16 | s->word[IGB_EE_VENDOR];
}

uint32_t nvm_pci_subsystem(const nvm_t *s)
{
    return (uint32_t)s->word[IGB_EE_SUBSYSTEM] << 16 | s->word[IGB_EE_SUBVENDOR];
}

uint16_t nvm_vf_device(const nvm_t *s)
{
    return s->word[IGB_EE_VF_DEVICE];
}

void nvm_image(uint16_t word[IGB_NvmWords], const uint8_t mac[6])
{
    memset(word, 0, IGB_NvmWords * sizeof word[0]);
#define EEW(n, at, value, doc) word[IGB_EE_##n] = IGB_EE_##n##_INIT;
#include "rtl/nvm_82576.def"
    for (unsigned i = 0; i < 3; i++)
        word[IGB_EE_MAC + i] = (uint16_t)(mac[2 * i] | mac[2 * i + 1] << 8);
    word[IGB_EE_SUBSYSTEM] = (uint32_t)IGB_CFG_SUBSYSTEM_RESET >> 16;
    word[IGB_EE_SUBVENDOR] = IGB_CFG_SUBSYSTEM_RESET & 0xFFFF;
    word[IGB_EE_DEVICE] = (uint32_t)IGB_CFG_ID_RESET >> 16;
    word[IGB_EE_VENDOR] = IGB_CFG_ID_RESET & 0xFFFF;
    word[IGB_EE_VF_DEVICE] = (uint32_t)IGB_CFG_SRIOV_DID_RESET >> 16;
    unsigned sum = 0;
    for (unsigned i = 0; i < IGB_EE_CHECKSUM; i++) sum += word[i];
    word[IGB_EE_CHECKSUM] = (uint16_t)(NIC_EepromSum - sum);
}
