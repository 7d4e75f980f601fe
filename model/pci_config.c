// SPDX-License-Identifier: Apache-2.0
// PCI configuration space; the contract is in pci_config.h.
#include "model/pci_config.h"

#include <string.h>

#include "rtl/defs.h"

typedef struct cfg_row {
    uint32_t reset, wmask, w1c;
} cfg_row_t;

static const cfg_row_t cfg_rows[PCI_CONFIG_BYTES / 4] = {
#define CFG(n, off, rst, wm, w1c, doc) [0x##off / 4] = {0x##rst##u, 0x##wm##u, 0x##w1c##u},
#define IOR(n, off, rst, wm, doc)
#define CFLD(r, n, lsb, w, doc)
#include "rtl/pci_config_82540em.def"
#undef CFG
#undef IOR
#undef CFLD
};

// Writable bits of the registers of the I/O BAR.
enum {
#define CFG(n, off, rst, wm, w1c, doc)
#define IOR(n, off, rst, wm, doc) IOR_##n##_RESET = 0x##rst, IOR_##n##_WMASK = 0x##wm,
#define CFLD(r, n, lsb, w, doc)
#include "rtl/pci_config_82540em.def"
#undef CFG
#undef IOR
#undef CFLD
};

enum { POWER_D0 = 0, POWER_D3 = 3 };

#define DWORD(name) (PCI_CONFIG_##name / 4)

static uint32_t pci_config_lanes(uint8_t be)
{
    return (be & 1 ? 0x000000FFu : 0) | (be & 2 ? 0x0000FF00u : 0) | (be & 4 ? 0x00FF0000u : 0) |
           (be & 8 ? 0xFF000000u : 0);
}

static bool pci_config_is_msi(unsigned dword)
{
    return dword >= DWORD(MSI) && dword <= DWORD(MSI_DATA);
}

static uint8_t pci_config_power(const pci_config_t *s)
{
    return (uint8_t)FGET(PCI_CONFIG_PMCSR_STATE, s->cfg[DWORD(PMCSR)]);
}

static void pci_config_write(pci_config_t *s, unsigned dword, uint8_t be, uint32_t wdata)
{
    const cfg_row_t *row = &cfg_rows[dword];
    uint32_t lanes = pci_config_lanes(be);
    uint32_t old = s->cfg[dword];
    uint32_t v = (old & ~(row->wmask & lanes)) | (wdata & row->wmask & lanes);
    v &= ~(wdata & row->w1c & lanes);

    if (pci_config_is_msi(dword) && !s->msi_visible) return;
    if (dword == DWORD(PMCSR)) {
        uint32_t state = FGET(PCI_CONFIG_PMCSR_STATE, v);
        uint32_t kept = old & FMASK(PCI_CONFIG_PMCSR_STATE);
        if (state != POWER_D0 && state != POWER_D3) v = (v & ~FMASK(PCI_CONFIG_PMCSR_STATE)) | kept;
        else if (state == POWER_D3)
            s->cfg[DWORD(COMMAND)] &=
                ~(FMASK(PCI_CONFIG_COMMAND_IO) | FMASK(PCI_CONFIG_COMMAND_MEM));
    }
    s->cfg[dword] = v;
}

void pci_config_reset(pci_config_t *s, uint32_t id, uint32_t subsystem, bool msi)
{
    memset(s, 0, sizeof *s);
    s->msi_visible = msi;
    s->ioaddr = IOR_IOADDR_RESET;
    for (unsigned i = 0; i < PCI_CONFIG_BYTES / 4; i++)
        if (msi || !pci_config_is_msi(i)) s->cfg[i] = cfg_rows[i].reset;
    s->cfg[DWORD(ID)] = id;
    s->cfg[DWORD(SUBSYSTEM)] = subsystem;
    if (!msi) s->cfg[DWORD(PMC)] &= ~0x0000FF00u; // the list ends here
}

uint32_t pci_config_read(const pci_config_t *s, unsigned offset)
{
    return offset < PCI_CONFIG_BYTES ? s->cfg[offset / 4] : 0;
}

pci_config_out_t pci_config_out(const pci_config_t *s)
{
    uint32_t command = s->cfg[DWORD(COMMAND)];
    bool d0 = pci_config_power(s) == POWER_D0;
    return (pci_config_out_t){
        .mem_en = d0 && FGET(PCI_CONFIG_COMMAND_MEM, command),
        .io_en = d0 && FGET(PCI_CONFIG_COMMAND_IO, command),
        .bus_master = d0 && FGET(PCI_CONFIG_COMMAND_MASTER, command),
        .intx_disable = !d0 || FGET(PCI_CONFIG_COMMAND_INTX_DISABLE, command),
        .msi_en = FGET(PCI_CONFIG_MSI_EN, s->cfg[DWORD(MSI)]),
        .power_state = pci_config_power(s),
        .msi_addr = (uint64_t)s->cfg[DWORD(MSI_ADDR_H)] << 32 | s->cfg[DWORD(MSI_ADDR_L)],
        .msi_data = (uint16_t)s->cfg[DWORD(MSI_DATA)],
        .bar0 = s->cfg[DWORD(BAR0)],
        .bar2 = s->cfg[DWORD(BAR2)] & ~3u,
        .ioaddr = s->ioaddr,
    };
}

void pci_config_tick(pci_config_t *s, const pci_config_in_t *in)
{
    uint32_t *command = &s->cfg[DWORD(COMMAND)];
    if (in->valid && in->write && in->io && (in->addr & ~3u) == PCI_CONFIG_IOADDR) {
        uint32_t mask = IOR_IOADDR_WMASK & pci_config_lanes(in->be);
        s->ioaddr = (s->ioaddr & ~mask) | (in->wdata & mask);
    }
    if (in->valid && in->write && !in->io && in->addr < PCI_CONFIG_BYTES)
        pci_config_write(s, in->addr / 4, in->be, in->wdata);
    *command |= (uint32_t)in->status_set << 16 & cfg_rows[DWORD(COMMAND)].w1c;
    *command &= ~FMASK(PCI_CONFIG_COMMAND_INTX_STATUS);
    *command |= FPUT(PCI_CONFIG_COMMAND_INTX_STATUS, in->intx);
}

uint64_t pci_config_quiet(const pci_config_t *s)
{
    (void)s;
    return NIC_NEVER;
}
