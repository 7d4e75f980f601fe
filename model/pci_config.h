// SPDX-License-Identifier: Apache-2.0
// PCI configuration space (header, power management, MSI) and IOADDR of the I/O BAR. The rows are
// in rtl/pci_config_82540em.def.
//
// Cycle contract: a write of cycle c is seen by reads and outputs from c+1 on; the interrupt level
// of cycle c is in the status register from c+1 on. Reads have no side effects.
//
// Choices where the specification leaves one
//   - Command bit 10 (INTx disable) is there, and with it its companion, status bit 3. A host that
//     finds the first and trusts the second, as user-space drivers do, would otherwise never see
//     its interrupt.
//   - MSI says one message, so its multiple message field is read only. No auxiliary power: no PME#
//     from D3cold.
//   - In D3hot the device answers configuration accesses only: no BARs, no bus mastering, no INTA#.
//     Entering D3 clears the I/O and memory enables; all other contents are kept on the way back.
//   - An event of the bus in the cycle in which software clears its status bit survives.
//
// Known to be inaccurate: no BIST, VPD, expansion ROM or PCI-X capability; PME_Status is never set;
// power consumption data reads 0.
#ifndef MODERATO_PCI_CONFIG_H
#define MODERATO_PCI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

// Offsets PCI_CONFIG_<row>, reset values PCI_CONFIG_<row>_RESET, and PCI_CONFIG_<row>_<field>_LSB and
// _W for FGET and its kin.
enum {
#define CFG(n, off, rst, wm, w1c, doc) PCI_CONFIG_##n = 0x##off, PCI_CONFIG_##n##_RESET = 0x##rst,
#define IOR(n, off, rst, wm, doc)      PCI_CONFIG_##n = 0x##off,
#define CFLD(r, n, lsb, w, doc)        PCI_CONFIG_##r##_##n##_LSB = lsb, PCI_CONFIG_##r##_##n##_W = w,
#include "rtl/pci_config_82540em.def"
#undef CFG
#undef IOR
#undef CFLD
};

#define PCI_CONFIG_BYTES 256

typedef struct pci_config {
    uint32_t cfg[PCI_CONFIG_BYTES /
                 4];  // the dwords; flops are the bits of wmask and w1c, and status bit 3
    uint32_t ioaddr;  // IOADDR
    bool msi_visible; // strap: the MSI capability is in the list
} pci_config_t;

typedef struct pci_config_in {
    uint64_t now;   // this cycle
    bool valid;     // access in this cycle
    bool write;     // of these only writes act
    bool io;        // 0: configuration space, 1: I/O BAR
    uint32_t addr;  // byte offset in the space; bits 1:0 are ignored
    uint8_t be;     // byte enables
    uint32_t wdata; // data
    bool intx; // level: (ICR & IMS) != 0 and the throttle open, whether or not INTA# may be driven
    uint16_t status_set; // pulse: events of the bus, as bits of the status register
} pci_config_in_t;

typedef struct pci_config_out {
    bool mem_en;         // respond to BAR0
    bool io_en;          // respond to BAR2
    bool bus_master;     // requests may be made, MSI included
    bool intx_disable;   // INTA# must not be driven
    bool msi_en;         // interrupts are messages; INTA# must not be driven
    uint8_t power_state; // 0 or 3
    uint64_t msi_addr;   // message address
    uint16_t msi_data;   // message data
    uint32_t bar0;       // base of the registers
    uint32_t bar2;       // base of the I/O window
    uint32_t ioaddr;     // what IODATA reaches
} pci_config_out_t;

// Power-good or PCI reset. `id` and `subsystem` are dwords 00h and 2Ch (id in the upper half,
// vendor in the lower), e.g. eeprom_pci_id(&eeprom, PCI_CONFIG_ID_RESET); `msi` shows the MSI
// capability.
void pci_config_reset(pci_config_t *s, uint32_t id, uint32_t subsystem, bool msi);

// Value of the dword that contains byte `offset`; beyond the 256 bytes 0.
uint32_t pci_config_read(const pci_config_t *s, unsigned offset);

// Outputs, from the state alone.
pci_config_out_t pci_config_out(const pci_config_t *s);

// One clock edge at the end of cycle in->now.
void pci_config_tick(pci_config_t *s, const pci_config_in_t *in);

// First cycle that must be ticked if the inputs stay as they are: always NIC_NEVER.
uint64_t pci_config_quiet(const pci_config_t *s);

#endif
