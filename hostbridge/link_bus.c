// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/link_bus.h"

// ---- PCIe: bytes of header and framing beside the payload (start, sequence, header with 64-bit
// address, LCRC, end) --------------------------------------------------------------------------
#define PCIE_REQ_BYTES 24u // MWr, MRd, Msg
#define PCIE_CPL_BYTES 20u // CplD
#define PCIE_REG_BYTES 4u  // payload of a register access

// TLP rate after 8b/10b and after ACK and flow-control DLLPs (at MPS 256), in Mb/s.
#define PCIE_X1_MBPS 1918u
#define PCIE_X4_MBPS 6894u

// ---- PCI: bus clocks of a transaction beside its data clocks -----------------------------------
// REQ# is sampled, GNT# comes one clock later, FRAME# after it. Hidden arbitration would save
// these two on a busy bus; the bridge parks the bus at itself and takes it away again each time.
#define PCI_ARB_CLK     2u
#define PCI_ADDR_CLK    1u // address phase
#define PCI_DEVSEL_CLK  1u // medium decode: the target takes part one clock later
#define PCI_AD_TURN_CLK 1u // reads: the AD lines change their driver
#define PCI_IDLE_CLK    1u // after the last data phase
// Wait states of the device before the data of a register read (16 are allowed). Fixed, because the
// bus must be given away before the device has answered; a later answer makes the reply late, but
// does not hold the bus longer.
#define PCI_TARGET_WAIT_CLK 4u

#define PCI_START_CLK (PCI_ARB_CLK + PCI_ADDR_CLK + PCI_DEVSEL_CLK)

void link_bus_init(link_bus_t *b, enum link_kind kind)
{
    *b = (link_bus_t){.kind = kind};
    switch (kind) {
    case LINK_PCI33: b->clk_ps = 30000; break;
    case LINK_PCI66: b->clk_ps = 15000; break;
    case LINK_PCIE1_X1: b->byte_fs = 8000000000u / PCIE_X1_MBPS; break;
    case LINK_PCIE1_X4: b->byte_fs = 8000000000u / PCIE_X4_MBPS; break;
    case LINK_IDEAL:
    case LINK_KINDS: break;
    }
}

static uint64_t pcie_bytes(enum link_xfer what, uint32_t len)
{
    switch (what) {
    case LINK_WRITE: return PCIE_REQ_BYTES + len;
    case LINK_READ:
    case LINK_REG_READ:
    case LINK_INTX: return PCIE_REQ_BYTES;
    case LINK_CPL: return len + (uint64_t)PCIE_CPL_BYTES * ((len + NIC_Mps - 1) / NIC_Mps);
    case LINK_REG_WRITE: return PCIE_REQ_BYTES + PCIE_REG_BYTES;
    case LINK_REPLY: return PCIE_CPL_BYTES + PCIE_REG_BYTES;
    }
    return 0;
}

// Clocks from the start to the last byte.
static uint64_t pci_clocks(enum link_xfer what, uint64_t addr, uint32_t len)
{
    uint64_t dwords = ((addr & 3) + len + 3) / 4;
    switch (what) {
    case LINK_WRITE: return PCI_START_CLK + dwords;
    case LINK_READ: return PCI_START_CLK; // ends with STOP#: retry
    case LINK_CPL: return PCI_START_CLK + PCI_AD_TURN_CLK + dwords;
    case LINK_REG_WRITE: return PCI_START_CLK + 1;
    case LINK_REG_READ: return PCI_START_CLK; // the access is on the pins; the bus waits for it
    case LINK_REPLY:
    case LINK_INTX: break;
    }
    return 0;
}

link_cost_t link_bus_cost(const link_bus_t *b, enum link_xfer what, uint64_t addr, uint32_t len)
{
    if (b->clk_ps) {
        uint64_t clocks = pci_clocks(what, addr, len);
        if (clocks == 0) return (link_cost_t){0, 0};
        uint64_t behind = PCI_IDLE_CLK;
        if (what == LINK_REG_READ) behind += PCI_AD_TURN_CLK + PCI_TARGET_WAIT_CLK + 1;
        return (link_cost_t){clocks * b->clk_ps, (clocks + behind) * b->clk_ps};
    }
    uint64_t ps = (pcie_bytes(what, len) * b->byte_fs + 999) / 1000;
    return (link_cost_t){ps, ps};
}

link_slot_t link_bus_take(link_bus_t *b, enum link_dir dir, uint64_t at_ps, link_cost_t cost)
{
    uint64_t *free_ps = &b->free_ps[b->clk_ps ? 0 : dir];
    uint64_t start_ps = *free_ps; // on PCI always a bus clock
    if (at_ps > start_ps) {
        start_ps = at_ps;
        if (b->clk_ps) start_ps = (at_ps + b->clk_ps - 1) / b->clk_ps * b->clk_ps;
    }
    *free_ps = start_ps + cost.hold_ps;
    return (link_slot_t){start_ps, start_ps + cost.span_ps};
}
