// SPDX-License-Identifier: Apache-2.0
// Configuration spaces of the 82576; the contract is in pci_config_82576.h.
#include "model/pci_config_82576.h"

#include <string.h>

#include "rtl/defs.h"

enum { POWER_D0 = 0, POWER_D3 = 3 };

// IOADDR, which both personalities have.
enum {
#define CFG(n, off, rst, wm, w1c, doc)
#define IOR(n, off, rst, wm, doc)                                                                  \
    IO_##n = 0x##off, IO_##n##_RESET = 0x##rst, IO_##n##_WMASK = 0x##wm,
#define CFLD(r, n, lsb, w, doc)
#include "rtl/pci_config_82540em.def"
#undef CFG
#undef IOR
#undef CFLD
};

#define PF(name) PCI_CONFIG_82576_PF_##name
#define VF(name) PCI_CONFIG_82576_VF_##name

// Dword of a space -> 1 + row, or 0.
static const uint8_t pf_row_at[IGB_CFG_BYTES / 4] = {
#define CFG(n, off, rst, wm, w1c, doc) [0x##off / 4] = 1 + PF(n),
#include "rtl/pci_config_82576.def"
};
static const uint8_t vf_row_at[IGB_CFG_BYTES / 4] = {
#define VCFG(n, off, rst, wm, w1c, doc) [0x##off / 4] = 1 + VF(n),
#include "rtl/pci_config_82576.def"
};

// ---- reset --------------------------------------------------------------------------------------

static void reset_pf(pci_config_82576_t *s)
{
    for (unsigned i = 0; i < PCI_CONFIG_82576_PF_ROWS; i++) s->pf[i] = igb_cfg_rows[i].reset;
    s->pf[PF(ID)] = s->id;
    s->pf[PF(SUBSYSTEM)] = s->subsystem;
    s->pf[PF(SRIOV_DID)] = FPUT(IGB_CFG_SRIOV_DID_DEVICE, s->vf_device);
    s->pf[PF(SRIOV_RID)] =
        FPUT(IGB_CFG_SRIOV_RID_OFFSET, IGB_VfOffset) | FPUT(IGB_CFG_SRIOV_RID_STRIDE, IGB_VfStride);
    s->ioaddr = IO_IOADDR_RESET;
}

static void reset_vf(pci_config_82576_t *s, unsigned n)
{
    for (unsigned i = 0; i < PCI_CONFIG_82576_VF_ROWS; i++) s->vf[n][i] = igb_vcfg_rows[i].reset;
    s->vf[n][VF(SUBSYSTEM)] = s->subsystem;
}

void pci_config_82576_reset(pci_config_82576_t *s, uint32_t id, uint32_t subsystem,
                            uint16_t vf_device)
{
    memset(s, 0, sizeof *s);
    s->vf_start_cyc = s->vf_stop_cyc = s->flr_cyc = NIC_NEVER;
    s->id = id;
    s->subsystem = subsystem;
    s->vf_device = vf_device;
    reset_pf(s);
    for (unsigned n = 0; n < IGB_Vfs; n++) reset_vf(s, n);
}

// ---- outputs ------------------------------------------------------------------------------------

static uint8_t power_state(const pci_config_82576_t *s)
{
    return (uint8_t)FGET(IGB_CFG_PMCSR_STATE, s->pf[PF(PMCSR)]);
}

static bool vfs_enabled(const pci_config_82576_t *s)
{
    return FGET(IGB_CFG_SRIOV_CTL_VFE, s->pf[PF(SRIOV_CTL)]);
}

// How many VFs there would be with VFE.
static unsigned vfs_asked(const pci_config_82576_t *s)
{
    unsigned n = FGET(IGB_CFG_SRIOV_NUM_NUM_VFS, s->pf[PF(SRIOV_NUM)]);
    return n < IGB_Vfs ? n : IGB_Vfs;
}

unsigned pci_config_82576_vfs(const pci_config_82576_t *s)
{
    return vfs_enabled(s) ? vfs_asked(s) : 0;
}

uint32_t pci_config_82576_read(const pci_config_82576_t *s, unsigned func, unsigned offset)
{
    if (func > pci_config_82576_vfs(s)) return UINT32_MAX;
    if (offset >= IGB_CFG_BYTES) return 0;
    const unsigned row = func ? vf_row_at[offset / 4] : pf_row_at[offset / 4];
    if (row == 0) return 0;
    return func ? s->vf[func - 1][row - 1] : s->pf[row - 1];
}

static void out_vf(const pci_config_82576_t *s, unsigned n, pci_config_82576_out_t *out)
{
    const uint32_t *vf = s->vf[n];
    const uint16_t bit = (uint16_t)(2u << n);
    const bool d0 = power_state(s) == POWER_D0;
    if (d0 && FGET(IGB_CFG_SRIOV_CTL_MSE, s->pf[PF(SRIOV_CTL)])) out->decodes |= bit;
    if (d0 && FGET(IGB_VCFG_COMMAND_MASTER, vf[VF(COMMAND)])) out->may_request |= bit;
    if (FGET(IGB_VCFG_MSIX_EN, vf[VF(MSIX)])) out->msix_en |= bit;
    if (FGET(IGB_VCFG_MSIX_FMASK, vf[VF(MSIX)])) out->msix_mask |= bit;
}

pci_config_82576_out_t pci_config_82576_out(const pci_config_82576_t *s, uint64_t now)
{
    const uint32_t *pf = s->pf;
    const uint32_t command = pf[PF(COMMAND)], msix = pf[PF(MSIX)];
    const bool d0 = power_state(s) == POWER_D0;
    const unsigned vfs = pci_config_82576_vfs(s);
    pci_config_82576_out_t out = {
        .decodes = d0 && FGET(IGB_CFG_COMMAND_MEM, command),
        .may_request = d0 && FGET(IGB_CFG_COMMAND_MASTER, command),
        .msix_en = (uint16_t)FGET(IGB_CFG_MSIX_EN, msix),
        .msix_mask = (uint16_t)FGET(IGB_CFG_MSIX_FMASK, msix),
        .flr = (uint16_t)(s->flr_cyc == now ? 1u << s->flr_func : 0),
        .vf_start = (uint8_t)(s->vf_start_cyc == now ? (1u << vfs) - 1 : 0),
        .vf_stop = s->vf_stop_cyc == now,
        .vfe = vfs_enabled(s),
        .vfs = (uint8_t)vfs,
        .io_en = d0 && FGET(IGB_CFG_COMMAND_IO, command),
        .intx_disable = !d0 || FGET(IGB_CFG_COMMAND_INTX_DISABLE, command),
        .msi_en = FGET(IGB_CFG_MSI_EN, pf[PF(MSI)]),
        .msi_mask = pf[PF(MSI_MASK)] & 1,
        .power_state = power_state(s),
        .msi_addr = (uint64_t)pf[PF(MSI_ADDR_H)] << 32 | pf[PF(MSI_ADDR_L)],
        .msi_data = (uint16_t)pf[PF(MSI_DATA)],
        .bar0 = pf[PF(BAR0)],
        .bar2 = pf[PF(BAR2)] & ~3u,
        .bar3 = pf[PF(BAR3)],
        .vf_bar0 = (uint64_t)pf[PF(VF_BAR0_H)] << 32 | (pf[PF(VF_BAR0)] & ~0xFu),
        .vf_bar3 = (uint64_t)pf[PF(VF_BAR3_H)] << 32 | (pf[PF(VF_BAR3)] & ~0xFu),
        .ioaddr = s->ioaddr,
    };
    for (unsigned n = 0; n < vfs; n++) out_vf(s, n, &out);
    return out;
}

// ---- software -----------------------------------------------------------------------------------

static uint32_t lanes_of(uint8_t be)
{
    return (be & 1 ? 0x000000FFu : 0) | (be & 2 ? 0x0000FF00u : 0) | (be & 4 ? 0x00FF0000u : 0) |
           (be & 8 ? 0xFF000000u : 0);
}

static uint32_t written(const igb_cfg_row_t *row, uint32_t old, uint32_t lanes, uint32_t w)
{
    const uint32_t store = row->wmask & lanes, clear = row->w1c & lanes;
    return ((old & ~store) | (w & store)) & ~(w & clear);
}

static void disable_vfs(pci_config_82576_t *s, uint64_t now)
{
    if (vfs_enabled(s)) s->vf_stop_cyc = now + 1;
}

static void enable_vfs(pci_config_82576_t *s, uint64_t now)
{
    s->vf_start_cyc = now + 1;
    for (unsigned n = 0; n < IGB_Vfs; n++) reset_vf(s, n);
}

static void flr(pci_config_82576_t *s, uint8_t func, uint64_t now)
{
    s->flr_cyc = now + 1;
    s->flr_func = func;
    if (func) {
        reset_vf(s, func - 1u);
        return;
    }
    disable_vfs(s, now);
    reset_pf(s);
}

static void write_pmcsr(pci_config_82576_t *s, uint32_t v)
{
    const uint32_t state = FGET(IGB_CFG_PMCSR_STATE, v);
    if (state == POWER_D3)
        s->pf[PF(COMMAND)] &= ~(FMASK(IGB_CFG_COMMAND_IO) | FMASK(IGB_CFG_COMMAND_MEM));
    else if (state != POWER_D0)
        v = (v & ~FMASK(IGB_CFG_PMCSR_STATE)) | FPUT(IGB_CFG_PMCSR_STATE, power_state(s));
    s->pf[PF(PMCSR)] = v;
}

static void write_pf(pci_config_82576_t *s, const pci_config_82576_in_t *in)
{
    const unsigned at = pf_row_at[in->addr / 4];
    if (at == 0) return;
    const uint32_t v = written(&igb_cfg_rows[at - 1], s->pf[at - 1], lanes_of(in->be), in->wdata);
    switch (at - 1) {
    case PF(PMCSR): write_pmcsr(s, v); return;
    case PF(SRIOV_NUM):
        if (vfs_enabled(s)) return;
        break;
    case PF(SRIOV_CTL):
        if (!FGET(IGB_CFG_SRIOV_CTL_VFE, v)) disable_vfs(s, in->now);
        else if (!vfs_enabled(s)) enable_vfs(s, in->now);
        break;
    }
    s->pf[at - 1] = v;
}

static void write_vf(pci_config_82576_t *s, const pci_config_82576_in_t *in)
{
    const unsigned at = vf_row_at[in->addr / 4];
    if (at == 0) return;
    uint32_t *dword = &s->vf[in->func - 1][at - 1];
    *dword = written(&igb_vcfg_rows[at - 1], *dword, lanes_of(in->be), in->wdata);
}

// ---- the clock edge -----------------------------------------------------------------------------

static void bus_event(pci_config_82576_t *s, unsigned func, uint16_t set)
{
    if (func == 0) s->pf[PF(COMMAND)] |= (uint32_t)set << 16 & igb_cfg_rows[PF(COMMAND)].w1c;
    else s->vf[func - 1][VF(COMMAND)] |= (uint32_t)set << 16 & igb_vcfg_rows[VF(COMMAND)].w1c;
}

static void level(uint32_t *dword, uint32_t mask, bool on)
{
    *dword = on ? *dword | mask : *dword & ~mask;
}

void pci_config_82576_tick(pci_config_82576_t *s, const pci_config_82576_in_t *in)
{
    const unsigned vfs = pci_config_82576_vfs(s);
    const bool write = in->valid && in->write && in->func <= vfs;
    const bool cfg = write && !in->io && in->addr < IGB_CFG_BYTES;
    const uint32_t wdata = in->wdata & lanes_of(in->be);
    if (write && in->io && in->func == 0 && (in->addr & ~3u) == IO_IOADDR) {
        const uint32_t store = IO_IOADDR_WMASK & lanes_of(in->be);
        s->ioaddr = (s->ioaddr & ~store) | (in->wdata & store);
    }
    if (cfg && in->func == 0) write_pf(s, in);
    else if (cfg) write_vf(s, in);
    if (in->status_func <= vfs) bus_event(s, in->status_func, in->status_set);
    // DevCtl is at the same place in all functions
    if (cfg && (in->addr & ~3u) == IGB_CFG_DEVCTL && FGET(IGB_CFG_DEVCTL_FLR, wdata))
        flr(s, in->func, in->now);

    level(&s->pf[PF(COMMAND)], FMASK(IGB_CFG_COMMAND_INTX_STATUS), in->intx);
    level(&s->pf[PF(MSI_PENDING)], 1, in->msi_pending);
    level(&s->pf[PF(DEVCTL)], FMASK(IGB_CFG_DEVCTL_PENDING), in->pending & 1);
    for (unsigned n = 0; n < IGB_Vfs; n++)
        level(&s->vf[n][VF(DEVCTL)], FMASK(IGB_VCFG_DEVCTL_PENDING), in->pending >> (n + 1) & 1);
}

uint64_t pci_config_82576_quiet(const pci_config_82576_t *s)
{
    (void)s;
    return NIC_NEVER;
}
