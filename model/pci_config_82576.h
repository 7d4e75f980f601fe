// SPDX-License-Identifier: Apache-2.0
// Configuration spaces of the 82576: of the PF and of its VFs, and IOADDR of the PF's I/O BAR. The
// rows are in rtl/pci_config_82576.def; function 0 is the PF, function 1 + n is VF n.
//
// Cycle contract: a write of cycle c is seen by reads and outputs from c+1 on; levels of cycle c
// (interrupt, message held back, transactions pending) are in the status registers from c+1 on.
// Reads have no side effects. What a write of cycle c starts (vf_start, vf_stop, flr) is a pulse in
// c+1, and the space that it resets is at reset in c+1.
//
// Choices where the specification leaves one
//   - A VF is there while VFE = 1 and its number is below NumVFs and TotalVFs. A function that is
//     not there reads all ones. What a VF's space held when it went is not seen again: it comes
//     back at reset.
//   - NumVFs written while VFE = 1 changes nothing. First VF offset and stride are constants,
//     whatever NumVFs and ARI capable hierarchy are.
//   - VFs have no power management: they are in the PF's power state. In D3hot all functions answer
//     configuration accesses only. Entering D3 clears the PF's I/O and memory enables; all other
//     contents are kept.
//   - FLR: the whole space of the function is at reset, bits that the specification calls sticky
//     too, and D0. That of the PF takes IOADDR and VFE with it, so that vf_stop is pulsed when VFs
//     were enabled. A bus event of its tick is forgotten, and so is one of a function that is not
//     there.
//   - Link status of a VF reads as the PF's, so that software that compares it with the capability
//     finds no fault.
//   - An event of the bus in the cycle in which software clears its status bit survives.
//
// Known to be inaccurate: no VPD, expansion ROM, flash BAR or serial number; PME_Status, device
// status and advanced error status are never set (they can be written, and read 0); power
// consumption data reads 0.
#ifndef MODERATO_PCI_CONFIG_82576_H
#define MODERATO_PCI_CONFIG_82576_H

#include "rtl/defs_82576.h"

// Rows: index of igb_cfg_rows and of the state, igb_vcfg_rows alike.
enum {
#define CFG(n, off, rst, wm, w1c, doc) PCI_CONFIG_82576_PF_##n,
#include "rtl/pci_config_82576.def"
    PCI_CONFIG_82576_PF_ROWS
};
enum {
#define VCFG(n, off, rst, wm, w1c, doc) PCI_CONFIG_82576_VF_##n,
#include "rtl/pci_config_82576.def"
    PCI_CONFIG_82576_VF_ROWS
};

#define PCI_CONFIG_82576_FUNCS (1 + IGB_Vfs)

typedef struct pci_config_82576 {
    uint64_t vf_start_cyc; // the cycle of the pulse; NIC_NEVER: none yet
    uint64_t vf_stop_cyc;
    uint64_t flr_cyc;
    uint32_t pf[PCI_CONFIG_82576_PF_ROWS];
    uint32_t vf[IGB_Vfs][PCI_CONFIG_82576_VF_ROWS];
    uint32_t ioaddr; // IOADDR
    uint32_t id;     // straps: dwords 00h and 2Ch,
    uint32_t subsystem;
    uint16_t vf_device; // and the device id of VFs
    uint8_t flr_func;   // whose FLR it is
} pci_config_82576_t;

typedef struct pci_config_82576_in {
    uint64_t now;        // this cycle
    bool valid;          // access in this cycle
    bool write;          // of these only writes act
    bool io;             // 0: configuration space, 1: I/O BAR of the PF
    uint8_t func;        // function
    uint32_t addr;       // byte offset in the space; bits 1:0 are ignored
    uint8_t be;          // byte enables
    uint32_t wdata;      // data
    bool intx;           // level: an interrupt is pending, whether or not INTA# may be driven
    bool msi_pending;    // level: the mask of MSI holds a message back
    uint16_t pending;    // level: function f (bit f) waits for completions
    uint8_t status_func; // pulse: events of the bus at this function,
    uint16_t status_set; // as bits of the status register
} pci_config_82576_in_t;

// By bit: function (VF for vf_start).
typedef struct pci_config_82576_out {
    uint16_t decodes;     // memory BARs are responded to
    uint16_t may_request; // requests may be made, messages included
    uint16_t msix_en;     // MSI-X is on: neither INTA# nor MSI
    uint16_t msix_mask;   // all vectors of the function are masked
    uint16_t flr;         // pulse: the function is reset
    uint8_t vf_start;     // pulse: the VF has come into being
    bool vf_stop;         // pulse: all VFs are gone
    bool vfe;             // VFs are enabled
    uint8_t vfs;          // number of VFs that are there
    bool io_en;           // respond to BAR2
    bool intx_disable;    // INTA# must not be driven
    bool msi_en;          // interrupts are messages
    bool msi_mask;        // the message is masked
    uint8_t power_state;  // 0 or 3
    uint64_t msi_addr;    // message address
    uint16_t msi_data;    // message data
    uint32_t bar0;        // base of the registers
    uint32_t bar2;        // base of the I/O window
    uint32_t bar3;        // base of the MSI-X table
    uint64_t vf_bar0;     // base of VF 0's registers
    uint64_t vf_bar3;     // base of VF 0's MSI-X table
    uint32_t ioaddr;      // what IODATA reaches
} pci_config_82576_out_t;

// Power-good or PCI reset. `id` and `subsystem` are dwords 00h and 2Ch (id in the upper half,
// vendor in the lower), `vf_device` is the device id of VFs: NVM words.
void pci_config_82576_reset(pci_config_82576_t *s, uint32_t id, uint32_t subsystem,
                            uint16_t vf_device);

// Value of the dword that contains byte `offset` of a function's space.
uint32_t pci_config_82576_read(const pci_config_82576_t *s, unsigned func, unsigned offset);

// Number of VFs that are there.
unsigned pci_config_82576_vfs(const pci_config_82576_t *s);

// Outputs, from the state alone; `now` says which pulses are visible.
pci_config_82576_out_t pci_config_82576_out(const pci_config_82576_t *s, uint64_t now);

// One clock edge at the end of cycle in->now.
void pci_config_82576_tick(pci_config_82576_t *s, const pci_config_82576_in_t *in);

// First cycle that must be ticked if the inputs stay as they are: always NIC_NEVER.
uint64_t pci_config_82576_quiet(const pci_config_82576_t *s);

#endif
