// SPDX-License-Identifier: Apache-2.0
// Configuration spaces of the 82576: of the PF (function 0) and of its VFs (VF n is function 1 +
// n), and IOADDR of the PF's I/O BAR. Twin of model/pci_config_82576.c, whose header lists the
// choices made.
//
// Cycle contract: a write of cycle c is seen by reads and outputs from c+1 on; levels of cycle c
// (interrupt, message held back, transactions pending) are in the status registers from c+1 on.
// Reads have no side effects. What a write of cycle c starts (vf_start, vf_stop, flr) is a pulse in
// c+1, and the space that it resets is at reset in c+1.
// CTRL.RST does not reach this module. The straps are those of the first cycle behind power-good.
// (The C loads them with its reset; here it is the first tick, and in the cycle before it reads see
// the inputs.)
// A VF has flops for what can change only: bus master, MSI-X enable and mask, events. Those of a VF
// that is not there keep what they had; nobody sees it, and vf_start resets them.
// Known differences: none.

module pci_config_82576 #(
  localparam int unsigned Vfs   = nic_82576_pkg::Vfs,
  localparam int unsigned Funcs = Vfs + 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  // straps, NVM words: dwords 00h and 2Ch, device id of VFs
  input  logic [31:0]      id_i,
  input  logic [31:0]      subsystem_i,
  input  logic [15:0]      vf_device_i,

  // from regs: access to a configuration space or (io) to the I/O BAR; and to regs the dword at
  // addr, 0 beyond the 4096 bytes, all ones of a function that is not there
  input  logic             valid_i,
  input  logic             write_i,
  input  logic             io_i,
  input  logic [7:0]       func_i,
  input  logic [19:0]      addr_i,
  input  logic [3:0]       be_i,
  input  logic [31:0]      wdata_i,
  output logic [31:0]      rdata_o,

  // levels
  input  logic             intx_i,        // an interrupt is pending, INTA# driven or not
  input  logic             msi_pending_i, // the mask of MSI holds a message back
  input  logic [Funcs-1:0] pending_i,     // the function waits for completions

  // events of the bus at a function, as bits of the status register
  input  logic [7:0]       status_func_i,
  input  logic [15:0]      status_set_i,

  // a bit a function
  output logic [Funcs-1:0] decodes_o,     // memory BARs are responded to
  output logic [Funcs-1:0] may_request_o, // requests may be made, messages included
  output logic [Funcs-1:0] msix_en_o,     // MSI-X is on: neither INTA# nor MSI
  output logic [Funcs-1:0] msix_mask_o,   // all vectors of the function are masked

  // pulses
  output logic [Funcs-1:0] flr_o,         // the function is reset
  output logic [Vfs-1:0]   vf_start_o,    // the VF has come into being
  output logic             vf_stop_o,     // all VFs are gone

  output logic             vfe_o,         // VFs are enabled
  output logic [3:0]       vfs_o,         // how many are there

  // of the PF
  output logic             io_en_o,       // respond to BAR2
  output logic             intx_disable_o, // INTA# must not be driven
  output logic             msi_en_o,      // interrupts are messages
  output logic             msi_mask_o,    // the message is masked
  output logic [1:0]       power_state_o, // 0 or 3
  output logic [63:0]      msi_addr_o,
  output logic [15:0]      msi_data_o,
  output logic [31:0]      bar0_o,        // bases: registers,
  output logic [31:0]      bar2_o,        // I/O window,
  output logic [31:0]      bar3_o,        // MSI-X table,
  output logic [63:0]      vf_bar0_o,     // registers of VF 0,
  output logic [63:0]      vf_bar3_o,     // MSI-X table of VF 0
  output logic [31:0]      ioaddr_o       // what IODATA reaches
);

  localparam logic [1:0] D0    = 2'd0;
  localparam logic [1:0] D3hot = 2'd3;

  localparam int unsigned StateLsb = nic_82576_pkg::IGB_CFG_PMCSR_STATE_LSB;
  localparam int unsigned StateW   = nic_82576_pkg::IGB_CFG_PMCSR_STATE_W;
  localparam int unsigned FlrLsb   = nic_82576_pkg::IGB_CFG_DEVCTL_FLR_LSB;

  // Whole dwords of the PF; the bits that no write and no event changes are constants.
  logic [31:0] command_d, command_q;
  logic [31:0] line_d, line_q;
  logic [31:0] bar0_d, bar0_q;
  logic [31:0] bar2_d, bar2_q;
  logic [31:0] bar3_d, bar3_q;
  logic [31:0] interrupt_d, interrupt_q;
  logic [31:0] pmcsr_d, pmcsr_q;
  logic [31:0] msi_d, msi_q;
  logic [31:0] msi_addr_l_d, msi_addr_l_q;
  logic [31:0] msi_addr_h_d, msi_addr_h_q;
  logic [31:0] msi_data_d, msi_data_q;
  logic [31:0] msi_mask_d, msi_mask_q;
  logic [31:0] msix_d, msix_q;
  logic [31:0] devctl_d, devctl_q;
  logic [31:0] lnkctl_d, lnkctl_q;
  logic [31:0] devctl2_d, devctl2_q;
  logic [31:0] aer_uemsk_d, aer_uemsk_q;
  logic [31:0] aer_uesvrt_d, aer_uesvrt_q;
  logic [31:0] aer_cemsk_d, aer_cemsk_q;
  logic [31:0] sriov_ctl_d, sriov_ctl_q;
  logic [31:0] sriov_num_d, sriov_num_q;
  logic [31:0] sriov_page_d, sriov_page_q;
  logic [31:0] vf_bar0_d, vf_bar0_q;
  logic [31:0] vf_bar0_h_d, vf_bar0_h_q;
  logic [31:0] vf_bar3_d, vf_bar3_q;
  logic [31:0] vf_bar3_h_d, vf_bar3_h_q;
  logic [31:0] ioaddr_d, ioaddr_q;

  // A bit a VF; status: 8 bits each.
  logic [Vfs-1:0]   vf_master_d, vf_master_q;
  logic [Vfs-1:0]   vf_msix_en_d, vf_msix_en_q;
  logic [Vfs-1:0]   vf_msix_mask_d, vf_msix_mask_q;
  logic [8*Vfs-1:0] vf_status_d, vf_status_q;

  // Levels of the cycle before, and pulses.
  logic             intx_q;
  logic             msi_pending_q;
  logic [Funcs-1:0] pending_q;
  logic [Funcs-1:0] flr_d, flr_q;
  logic [Vfs-1:0]   vf_start_d, vf_start_q;
  logic             vf_stop_d, vf_stop_q;

  logic             loaded_q; // the straps are
  logic [31:0]      id_q;
  logic [31:0]      subsystem_q;
  logic [15:0]      vf_device_q;

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  logic [31:0]    id, subsystem;
  logic [15:0]    vf_device;
  logic           d0;
  logic [15:0]    num_vfs;   // as written
  logic [3:0]     vfs_asked; // how many there would be with VFE
  logic [Vfs-1:0] asked;     // a bit each
  logic [Vfs-1:0] there;

  assign id        = loaded_q ? id_q : id_i;
  assign subsystem = loaded_q ? subsystem_q : subsystem_i;
  assign vf_device = loaded_q ? vf_device_q : vf_device_i;

  assign power_state_o = pmcsr_q[StateLsb +: StateW];
  assign d0            = power_state_o == D0;
  assign vfe_o         = sriov_ctl_q[nic_82576_pkg::IGB_CFG_SRIOV_CTL_VFE_LSB];
  assign num_vfs       = sriov_num_q[nic_82576_pkg::IGB_CFG_SRIOV_NUM_NUM_VFS_LSB +:
                                     nic_82576_pkg::IGB_CFG_SRIOV_NUM_NUM_VFS_W];
  assign vfs_asked     = num_vfs < 16'(Vfs) ? num_vfs[3:0] : 4'(Vfs);
  assign vfs_o         = vfe_o ? vfs_asked : 4'd0;

  always_comb begin
    for (int unsigned n = 0; n < Vfs; n++) asked[n] = 4'(n) < vfs_asked;
    there = vfe_o ? asked : '0;
  end

  assign decodes_o = {
    there & {Vfs{d0 && sriov_ctl_q[nic_82576_pkg::IGB_CFG_SRIOV_CTL_MSE_LSB]}},
    d0 && command_q[nic_82576_pkg::IGB_CFG_COMMAND_MEM_LSB]
  };
  assign may_request_o = {
    there & {Vfs{d0}} & vf_master_q,
    d0 && command_q[nic_82576_pkg::IGB_CFG_COMMAND_MASTER_LSB]
  };
  assign msix_en_o = {
    there & vf_msix_en_q,
    msix_q[nic_82576_pkg::IGB_CFG_MSIX_EN_LSB]
  };
  assign msix_mask_o = {
    there & vf_msix_mask_q,
    msix_q[nic_82576_pkg::IGB_CFG_MSIX_FMASK_LSB]
  };

  assign flr_o          = flr_q;
  assign vf_start_o     = vf_start_q;
  assign vf_stop_o      = vf_stop_q;
  assign io_en_o        = d0 && command_q[nic_82576_pkg::IGB_CFG_COMMAND_IO_LSB];
  assign intx_disable_o = !d0 || command_q[nic_82576_pkg::IGB_CFG_COMMAND_INTX_DISABLE_LSB];
  assign msi_en_o       = msi_q[nic_82576_pkg::IGB_CFG_MSI_EN_LSB];
  assign msi_mask_o     = msi_mask_q[0];
  assign msi_addr_o     = {msi_addr_h_q, msi_addr_l_q};
  assign msi_data_o     = msi_data_q[15:0];
  assign bar0_o         = bar0_q;
  assign bar2_o         = {bar2_q[31:2], 2'b00};
  assign bar3_o         = bar3_q;
  assign vf_bar0_o      = {vf_bar0_h_q, vf_bar0_q[31:4], 4'd0};
  assign vf_bar3_o      = {vf_bar3_h_q, vf_bar3_q[31:4], 4'd0};
  assign ioaddr_o       = ioaddr_q;

  ///////////
  // Reads //
  ///////////

  logic        beyond; // no dword of a configuration space
  logic [11:0] at;     // its offset
  logic        is_pf;
  logic        is_there;
  logic [2:0]  vf;     // of a VF its number
  logic [31:0] pf_rdata, vf_rdata;

  assign beyond   = addr_i[19:12] != '0;
  assign at       = {addr_i[11:2], 2'b00};
  assign is_pf    = func_i == '0;
  assign is_there = func_i <= {4'd0, vfs_o};
  assign vf       = func_i[2:0] - 3'd1;

  always_comb begin
    pf_rdata = '0;
    unique case (at)
      nic_82576_pkg::IGB_CFG_ID: pf_rdata = id;
      nic_82576_pkg::IGB_CFG_COMMAND: begin
        pf_rdata = command_q;
        pf_rdata[nic_82576_pkg::IGB_CFG_COMMAND_INTX_STATUS_LSB] = intx_q;
      end
      nic_82576_pkg::IGB_CFG_CLASS:      pf_rdata = nic_82576_pkg::IGB_CFG_CLASS_RESET;
      nic_82576_pkg::IGB_CFG_LINE:       pf_rdata = line_q;
      nic_82576_pkg::IGB_CFG_BAR0:       pf_rdata = bar0_q;
      nic_82576_pkg::IGB_CFG_BAR2:       pf_rdata = bar2_q;
      nic_82576_pkg::IGB_CFG_BAR3:       pf_rdata = bar3_q;
      nic_82576_pkg::IGB_CFG_SUBSYSTEM:  pf_rdata = subsystem;
      nic_82576_pkg::IGB_CFG_CAPPTR:     pf_rdata = nic_82576_pkg::IGB_CFG_CAPPTR_RESET;
      nic_82576_pkg::IGB_CFG_INTERRUPT:  pf_rdata = interrupt_q;
      nic_82576_pkg::IGB_CFG_PMC:        pf_rdata = nic_82576_pkg::IGB_CFG_PMC_RESET;
      nic_82576_pkg::IGB_CFG_PMCSR:      pf_rdata = pmcsr_q;
      nic_82576_pkg::IGB_CFG_MSI:        pf_rdata = msi_q;
      nic_82576_pkg::IGB_CFG_MSI_ADDR_L: pf_rdata = msi_addr_l_q;
      nic_82576_pkg::IGB_CFG_MSI_ADDR_H: pf_rdata = msi_addr_h_q;
      nic_82576_pkg::IGB_CFG_MSI_DATA:   pf_rdata = msi_data_q;
      nic_82576_pkg::IGB_CFG_MSI_MASK:   pf_rdata = msi_mask_q;
      nic_82576_pkg::IGB_CFG_MSI_PENDING: pf_rdata[0] = msi_pending_q;
      nic_82576_pkg::IGB_CFG_MSIX:       pf_rdata = msix_q;
      nic_82576_pkg::IGB_CFG_MSIX_TABLE: pf_rdata = nic_82576_pkg::IGB_CFG_MSIX_TABLE_RESET;
      nic_82576_pkg::IGB_CFG_MSIX_PBA:   pf_rdata = nic_82576_pkg::IGB_CFG_MSIX_PBA_RESET;
      nic_82576_pkg::IGB_CFG_PCIE:       pf_rdata = nic_82576_pkg::IGB_CFG_PCIE_RESET;
      nic_82576_pkg::IGB_CFG_DEVCAP:     pf_rdata = nic_82576_pkg::IGB_CFG_DEVCAP_RESET;
      nic_82576_pkg::IGB_CFG_DEVCTL: begin
        pf_rdata = devctl_q;
        pf_rdata[nic_82576_pkg::IGB_CFG_DEVCTL_PENDING_LSB] = pending_q[0];
      end
      nic_82576_pkg::IGB_CFG_LNKCAP:      pf_rdata = nic_82576_pkg::IGB_CFG_LNKCAP_RESET;
      nic_82576_pkg::IGB_CFG_LNKCTL:      pf_rdata = lnkctl_q;
      nic_82576_pkg::IGB_CFG_DEVCAP2:     pf_rdata = nic_82576_pkg::IGB_CFG_DEVCAP2_RESET;
      nic_82576_pkg::IGB_CFG_DEVCTL2:     pf_rdata = devctl2_q;
      nic_82576_pkg::IGB_CFG_LNKCTL2:     pf_rdata = nic_82576_pkg::IGB_CFG_LNKCTL2_RESET;
      nic_82576_pkg::IGB_CFG_AER:         pf_rdata = nic_82576_pkg::IGB_CFG_AER_RESET;
      nic_82576_pkg::IGB_CFG_AER_UEMSK:   pf_rdata = aer_uemsk_q;
      nic_82576_pkg::IGB_CFG_AER_UESVRT:  pf_rdata = aer_uesvrt_q;
      nic_82576_pkg::IGB_CFG_AER_CEMSK:   pf_rdata = aer_cemsk_q;
      nic_82576_pkg::IGB_CFG_AER_CAP:     pf_rdata = nic_82576_pkg::IGB_CFG_AER_CAP_RESET;
      nic_82576_pkg::IGB_CFG_ARI:         pf_rdata = nic_82576_pkg::IGB_CFG_ARI_RESET;
      nic_82576_pkg::IGB_CFG_ARI_CAP:     pf_rdata = nic_82576_pkg::IGB_CFG_ARI_CAP_RESET;
      nic_82576_pkg::IGB_CFG_SRIOV:       pf_rdata = nic_82576_pkg::IGB_CFG_SRIOV_RESET;
      nic_82576_pkg::IGB_CFG_SRIOV_CAP:   pf_rdata = nic_82576_pkg::IGB_CFG_SRIOV_CAP_RESET;
      nic_82576_pkg::IGB_CFG_SRIOV_CTL:   pf_rdata = sriov_ctl_q;
      nic_82576_pkg::IGB_CFG_SRIOV_VFS:   pf_rdata = nic_82576_pkg::IGB_CFG_SRIOV_VFS_RESET;
      nic_82576_pkg::IGB_CFG_SRIOV_NUM:   pf_rdata = sriov_num_q;
      nic_82576_pkg::IGB_CFG_SRIOV_RID:
        pf_rdata = {16'(nic_82576_pkg::VfStride), 16'(nic_82576_pkg::VfOffset)};
      nic_82576_pkg::IGB_CFG_SRIOV_DID:   pf_rdata = {vf_device, 16'd0};
      nic_82576_pkg::IGB_CFG_SRIOV_PAGES: pf_rdata = nic_82576_pkg::IGB_CFG_SRIOV_PAGES_RESET;
      nic_82576_pkg::IGB_CFG_SRIOV_PAGE:  pf_rdata = sriov_page_q;
      nic_82576_pkg::IGB_CFG_VF_BAR0:     pf_rdata = vf_bar0_q;
      nic_82576_pkg::IGB_CFG_VF_BAR0_H:   pf_rdata = vf_bar0_h_q;
      nic_82576_pkg::IGB_CFG_VF_BAR3:     pf_rdata = vf_bar3_q;
      nic_82576_pkg::IGB_CFG_VF_BAR3_H:   pf_rdata = vf_bar3_h_q;
      default: ; // and what reads 0 at all times
    endcase
  end

  always_comb begin
    vf_rdata = '0;
    unique case (at)
      nic_82576_pkg::IGB_VCFG_ID: vf_rdata = nic_82576_pkg::IGB_VCFG_ID_RESET;
      nic_82576_pkg::IGB_VCFG_COMMAND: begin
        vf_rdata = nic_82576_pkg::IGB_VCFG_COMMAND_RESET;
        vf_rdata[nic_82576_pkg::IGB_VCFG_COMMAND_MASTER_LSB] = vf_master_q[vf];
        vf_rdata[31:24] = vf_status_q[8 * vf +: 8];
      end
      nic_82576_pkg::IGB_VCFG_CLASS:     vf_rdata = nic_82576_pkg::IGB_VCFG_CLASS_RESET;
      nic_82576_pkg::IGB_VCFG_SUBSYSTEM: vf_rdata = subsystem;
      nic_82576_pkg::IGB_VCFG_CAPPTR:    vf_rdata = nic_82576_pkg::IGB_VCFG_CAPPTR_RESET;
      nic_82576_pkg::IGB_VCFG_MSIX: begin
        vf_rdata = nic_82576_pkg::IGB_VCFG_MSIX_RESET;
        vf_rdata[nic_82576_pkg::IGB_VCFG_MSIX_EN_LSB] = vf_msix_en_q[vf];
        vf_rdata[nic_82576_pkg::IGB_VCFG_MSIX_FMASK_LSB] = vf_msix_mask_q[vf];
      end
      nic_82576_pkg::IGB_VCFG_MSIX_TABLE: vf_rdata = nic_82576_pkg::IGB_VCFG_MSIX_TABLE_RESET;
      nic_82576_pkg::IGB_VCFG_MSIX_PBA:   vf_rdata = nic_82576_pkg::IGB_VCFG_MSIX_PBA_RESET;
      nic_82576_pkg::IGB_VCFG_PCIE:       vf_rdata = nic_82576_pkg::IGB_VCFG_PCIE_RESET;
      nic_82576_pkg::IGB_VCFG_DEVCAP:     vf_rdata = nic_82576_pkg::IGB_VCFG_DEVCAP_RESET;
      nic_82576_pkg::IGB_VCFG_DEVCTL: begin
        vf_rdata = nic_82576_pkg::IGB_VCFG_DEVCTL_RESET;
        vf_rdata[nic_82576_pkg::IGB_VCFG_DEVCTL_PENDING_LSB] = pending_q[{1'b0, vf} + 4'd1];
      end
      nic_82576_pkg::IGB_VCFG_LNKCAP:  vf_rdata = nic_82576_pkg::IGB_VCFG_LNKCAP_RESET;
      nic_82576_pkg::IGB_VCFG_LNKCTL:  vf_rdata = nic_82576_pkg::IGB_VCFG_LNKCTL_RESET;
      nic_82576_pkg::IGB_VCFG_DEVCAP2: vf_rdata = nic_82576_pkg::IGB_VCFG_DEVCAP2_RESET;
      nic_82576_pkg::IGB_VCFG_AER:     vf_rdata = nic_82576_pkg::IGB_VCFG_AER_RESET;
      nic_82576_pkg::IGB_VCFG_AER_CAP: vf_rdata = nic_82576_pkg::IGB_VCFG_AER_CAP_RESET;
      nic_82576_pkg::IGB_VCFG_ARI:     vf_rdata = nic_82576_pkg::IGB_VCFG_ARI_RESET;
      nic_82576_pkg::IGB_VCFG_ARI_CAP: vf_rdata = nic_82576_pkg::IGB_VCFG_ARI_CAP_RESET;
      default: ; // and what reads 0 at all times
    endcase
  end

  always_comb begin
    rdata_o = '0;
    if (!is_there) rdata_o = '1;
    else if (!beyond) rdata_o = is_pf ? pf_rdata : vf_rdata;
  end

  ////////////////
  // Next state //
  ////////////////

  // A dword behind a write. `store` and `clear` are its writable and its write-1-clears bits, those
  // in enabled bytes.
  function automatic logic [31:0] written(input logic [31:0] old, input logic [31:0] w,
                                          input logic [31:0] store, input logic [31:0] clear);
    written = ((old & ~store) | (w & store)) & ~(w & clear);
  endfunction

  logic [31:0]       lanes;
  logic              write, write_pf, write_vf, write_ioaddr;
  logic              flr;     // of func_i
  logic              flr_pf;
  logic [Vfs-1:0]    vf_reset;
  logic [StateW-1:0] state;   // as PMCSR would have it

  assign lanes        = {{8{be_i[3]}}, {8{be_i[2]}}, {8{be_i[1]}}, {8{be_i[0]}}};
  assign write        = valid_i && write_i && is_there && !beyond;
  assign write_pf     = write && !io_i && is_pf;
  assign write_vf     = write && !io_i && !is_pf;
  assign write_ioaddr = write && io_i && is_pf && at == 12'(nic_pkg::PCI_CONFIG_IOADDR);
  // DevCtl is at the same place in all functions.
  assign flr          = write && !io_i && at == nic_82576_pkg::IGB_CFG_DEVCTL &&
                        lanes[FlrLsb] && wdata_i[FlrLsb];
  assign flr_pf       = flr && is_pf;

  always_comb begin
    command_d    = command_q;
    line_d       = line_q;
    bar0_d       = bar0_q;
    bar2_d       = bar2_q;
    bar3_d       = bar3_q;
    interrupt_d  = interrupt_q;
    pmcsr_d      = pmcsr_q;
    msi_d        = msi_q;
    msi_addr_l_d = msi_addr_l_q;
    msi_addr_h_d = msi_addr_h_q;
    msi_data_d   = msi_data_q;
    msi_mask_d   = msi_mask_q;
    msix_d       = msix_q;
    devctl_d     = devctl_q;
    lnkctl_d     = lnkctl_q;
    devctl2_d    = devctl2_q;
    aer_uemsk_d  = aer_uemsk_q;
    aer_uesvrt_d = aer_uesvrt_q;
    aer_cemsk_d  = aer_cemsk_q;
    sriov_ctl_d  = sriov_ctl_q;
    sriov_num_d  = sriov_num_q;
    sriov_page_d = sriov_page_q;
    vf_bar0_d    = vf_bar0_q;
    vf_bar0_h_d  = vf_bar0_h_q;
    vf_bar3_d    = vf_bar3_q;
    vf_bar3_h_d  = vf_bar3_h_q;
    ioaddr_d     = ioaddr_q;
    state        = D0;

    // 1. software
    if (write_ioaddr) begin
      ioaddr_d = written(ioaddr_q, wdata_i, nic_pkg::PCI_CONFIG_IOADDR_WMASK & lanes, '0);
    end
    if (write_pf) begin
      unique case (at)
        nic_82576_pkg::IGB_CFG_COMMAND:
          command_d = written(command_q, wdata_i, nic_82576_pkg::IGB_CFG_COMMAND_WMASK & lanes,
                           nic_82576_pkg::IGB_CFG_COMMAND_W1C & lanes);
        nic_82576_pkg::IGB_CFG_LINE:
          line_d = written(line_q, wdata_i, nic_82576_pkg::IGB_CFG_LINE_WMASK & lanes,
                        '0);
        nic_82576_pkg::IGB_CFG_BAR0:
          bar0_d = written(bar0_q, wdata_i, nic_82576_pkg::IGB_CFG_BAR0_WMASK & lanes,
                        '0);
        nic_82576_pkg::IGB_CFG_BAR2:
          bar2_d = written(bar2_q, wdata_i, nic_82576_pkg::IGB_CFG_BAR2_WMASK & lanes,
                        '0);
        nic_82576_pkg::IGB_CFG_BAR3:
          bar3_d = written(bar3_q, wdata_i, nic_82576_pkg::IGB_CFG_BAR3_WMASK & lanes,
                        '0);
        nic_82576_pkg::IGB_CFG_INTERRUPT:
          interrupt_d = written(interrupt_q, wdata_i,
                             nic_82576_pkg::IGB_CFG_INTERRUPT_WMASK & lanes, '0);
        nic_82576_pkg::IGB_CFG_PMCSR: begin
          pmcsr_d = written(pmcsr_q, wdata_i, nic_82576_pkg::IGB_CFG_PMCSR_WMASK & lanes,
                            nic_82576_pkg::IGB_CFG_PMCSR_W1C & lanes);
          state = pmcsr_d[StateLsb +: StateW];
          if (state == D3hot) begin
            command_d[nic_82576_pkg::IGB_CFG_COMMAND_IO_LSB]  = 1'b0;
            command_d[nic_82576_pkg::IGB_CFG_COMMAND_MEM_LSB] = 1'b0;
          end else if (state != D0) begin // there is no such state: stays where it is
            pmcsr_d[StateLsb +: StateW] = power_state_o;
          end
        end
        nic_82576_pkg::IGB_CFG_MSI:
          msi_d = written(msi_q, wdata_i, nic_82576_pkg::IGB_CFG_MSI_WMASK & lanes,
                       '0);
        nic_82576_pkg::IGB_CFG_MSI_ADDR_L:
          msi_addr_l_d = written(msi_addr_l_q, wdata_i,
                              nic_82576_pkg::IGB_CFG_MSI_ADDR_L_WMASK & lanes, '0);
        nic_82576_pkg::IGB_CFG_MSI_ADDR_H:
          msi_addr_h_d = written(msi_addr_h_q, wdata_i,
                              nic_82576_pkg::IGB_CFG_MSI_ADDR_H_WMASK & lanes, '0);
        nic_82576_pkg::IGB_CFG_MSI_DATA:
          msi_data_d = written(msi_data_q, wdata_i, nic_82576_pkg::IGB_CFG_MSI_DATA_WMASK & lanes,
                            '0);
        nic_82576_pkg::IGB_CFG_MSI_MASK:
          msi_mask_d = written(msi_mask_q, wdata_i, nic_82576_pkg::IGB_CFG_MSI_MASK_WMASK & lanes,
                            '0);
        nic_82576_pkg::IGB_CFG_MSIX:
          msix_d = written(msix_q, wdata_i, nic_82576_pkg::IGB_CFG_MSIX_WMASK & lanes,
                        '0);
        nic_82576_pkg::IGB_CFG_DEVCTL:
          devctl_d = written(devctl_q, wdata_i, nic_82576_pkg::IGB_CFG_DEVCTL_WMASK & lanes,
                          nic_82576_pkg::IGB_CFG_DEVCTL_W1C & lanes);
        nic_82576_pkg::IGB_CFG_LNKCTL:
          lnkctl_d = written(lnkctl_q, wdata_i, nic_82576_pkg::IGB_CFG_LNKCTL_WMASK & lanes,
                          '0);
        nic_82576_pkg::IGB_CFG_DEVCTL2:
          devctl2_d = written(devctl2_q, wdata_i, nic_82576_pkg::IGB_CFG_DEVCTL2_WMASK & lanes,
                           '0);
        nic_82576_pkg::IGB_CFG_AER_UEMSK:
          aer_uemsk_d = written(aer_uemsk_q, wdata_i,
                             nic_82576_pkg::IGB_CFG_AER_UEMSK_WMASK & lanes, '0);
        nic_82576_pkg::IGB_CFG_AER_UESVRT:
          aer_uesvrt_d = written(aer_uesvrt_q, wdata_i,
                              nic_82576_pkg::IGB_CFG_AER_UESVRT_WMASK & lanes, '0);
        nic_82576_pkg::IGB_CFG_AER_CEMSK:
          aer_cemsk_d = written(aer_cemsk_q, wdata_i,
                             nic_82576_pkg::IGB_CFG_AER_CEMSK_WMASK & lanes, '0);
        nic_82576_pkg::IGB_CFG_SRIOV_CTL:
          sriov_ctl_d = written(sriov_ctl_q, wdata_i,
                             nic_82576_pkg::IGB_CFG_SRIOV_CTL_WMASK & lanes, '0);
        nic_82576_pkg::IGB_CFG_SRIOV_NUM:
          if (!vfe_o) begin
            sriov_num_d = written(sriov_num_q, wdata_i,
                                  nic_82576_pkg::IGB_CFG_SRIOV_NUM_WMASK & lanes, '0);
          end
        nic_82576_pkg::IGB_CFG_SRIOV_PAGE:
          sriov_page_d = written(sriov_page_q, wdata_i,
                              nic_82576_pkg::IGB_CFG_SRIOV_PAGE_WMASK & lanes, '0);
        nic_82576_pkg::IGB_CFG_VF_BAR0:
          vf_bar0_d = written(vf_bar0_q, wdata_i, nic_82576_pkg::IGB_CFG_VF_BAR0_WMASK & lanes,
                           '0);
        nic_82576_pkg::IGB_CFG_VF_BAR0_H:
          vf_bar0_h_d = written(vf_bar0_h_q, wdata_i,
                             nic_82576_pkg::IGB_CFG_VF_BAR0_H_WMASK & lanes, '0);
        nic_82576_pkg::IGB_CFG_VF_BAR3:
          vf_bar3_d = written(vf_bar3_q, wdata_i, nic_82576_pkg::IGB_CFG_VF_BAR3_WMASK & lanes,
                           '0);
        nic_82576_pkg::IGB_CFG_VF_BAR3_H:
          vf_bar3_h_d = written(vf_bar3_h_q, wdata_i,
                             nic_82576_pkg::IGB_CFG_VF_BAR3_H_WMASK & lanes, '0);
        default: ;
      endcase
    end

    // 2. the device has the last word in the status register
    if (status_func_i == '0) begin
      command_d |= {status_set_i, 16'd0} & nic_82576_pkg::IGB_CFG_COMMAND_W1C;
    end

    // 3. FLR
    if (flr_pf) begin
      command_d    = nic_82576_pkg::IGB_CFG_COMMAND_RESET;
      line_d       = nic_82576_pkg::IGB_CFG_LINE_RESET;
      bar0_d       = nic_82576_pkg::IGB_CFG_BAR0_RESET;
      bar2_d       = nic_82576_pkg::IGB_CFG_BAR2_RESET;
      bar3_d       = nic_82576_pkg::IGB_CFG_BAR3_RESET;
      interrupt_d  = nic_82576_pkg::IGB_CFG_INTERRUPT_RESET;
      pmcsr_d      = nic_82576_pkg::IGB_CFG_PMCSR_RESET;
      msi_d        = nic_82576_pkg::IGB_CFG_MSI_RESET;
      msi_addr_l_d = nic_82576_pkg::IGB_CFG_MSI_ADDR_L_RESET;
      msi_addr_h_d = nic_82576_pkg::IGB_CFG_MSI_ADDR_H_RESET;
      msi_data_d   = nic_82576_pkg::IGB_CFG_MSI_DATA_RESET;
      msi_mask_d   = nic_82576_pkg::IGB_CFG_MSI_MASK_RESET;
      msix_d       = nic_82576_pkg::IGB_CFG_MSIX_RESET;
      devctl_d     = nic_82576_pkg::IGB_CFG_DEVCTL_RESET;
      lnkctl_d     = nic_82576_pkg::IGB_CFG_LNKCTL_RESET;
      devctl2_d    = nic_82576_pkg::IGB_CFG_DEVCTL2_RESET;
      aer_uemsk_d  = nic_82576_pkg::IGB_CFG_AER_UEMSK_RESET;
      aer_uesvrt_d = nic_82576_pkg::IGB_CFG_AER_UESVRT_RESET;
      aer_cemsk_d  = nic_82576_pkg::IGB_CFG_AER_CEMSK_RESET;
      sriov_ctl_d  = nic_82576_pkg::IGB_CFG_SRIOV_CTL_RESET;
      sriov_num_d  = nic_82576_pkg::IGB_CFG_SRIOV_NUM_RESET;
      sriov_page_d = nic_82576_pkg::IGB_CFG_SRIOV_PAGE_RESET;
      vf_bar0_d    = nic_82576_pkg::IGB_CFG_VF_BAR0_RESET;
      vf_bar0_h_d  = nic_82576_pkg::IGB_CFG_VF_BAR0_H_RESET;
      vf_bar3_d    = nic_82576_pkg::IGB_CFG_VF_BAR3_RESET;
      vf_bar3_h_d  = nic_82576_pkg::IGB_CFG_VF_BAR3_H_RESET;
      ioaddr_d     = nic_pkg::PCI_CONFIG_IOADDR_RESET;
    end
  end

  always_comb begin
    flr_d      = '0;
    vf_start_d = '0;
    vf_stop_d  = 1'b0;
    if (flr) flr_d[func_i[3:0]] = 1'b1;
    if (sriov_ctl_d[nic_82576_pkg::IGB_CFG_SRIOV_CTL_VFE_LSB]) begin
      if (!vfe_o) vf_start_d = asked;
    end else begin
      vf_stop_d = vfe_o;
    end
  end

  // The VFs.
  localparam logic [7:0] VfEvents = nic_82576_pkg::IGB_VCFG_COMMAND_W1C[31:24];

  always_comb begin
    vf_master_d    = vf_master_q;
    vf_msix_en_d   = vf_msix_en_q;
    vf_msix_mask_d = vf_msix_mask_q;
    vf_status_d    = vf_status_q;
    vf_reset       = flr_d[Funcs-1:1];
    if (!vfe_o && sriov_ctl_d[nic_82576_pkg::IGB_CFG_SRIOV_CTL_VFE_LSB]) vf_reset = '1;

    // 1. software
    if (write_vf) begin
      unique case (at)
        nic_82576_pkg::IGB_VCFG_COMMAND: begin
          if (lanes[nic_82576_pkg::IGB_VCFG_COMMAND_MASTER_LSB]) begin
            vf_master_d[vf] = wdata_i[nic_82576_pkg::IGB_VCFG_COMMAND_MASTER_LSB];
          end
          vf_status_d[8 * vf +: 8] = vf_status_q[8 * vf +: 8] & ~(wdata_i[31:24] & lanes[31:24]);
        end
        nic_82576_pkg::IGB_VCFG_MSIX: begin
          if (lanes[nic_82576_pkg::IGB_VCFG_MSIX_EN_LSB]) begin
            vf_msix_en_d[vf] = wdata_i[nic_82576_pkg::IGB_VCFG_MSIX_EN_LSB];
          end
          if (lanes[nic_82576_pkg::IGB_VCFG_MSIX_FMASK_LSB]) begin
            vf_msix_mask_d[vf] = wdata_i[nic_82576_pkg::IGB_VCFG_MSIX_FMASK_LSB];
          end
        end
        default: ;
      endcase
    end

    // 2. events; 3. reset
    for (int unsigned n = 0; n < Vfs; n++) begin
      if (status_func_i == 8'(n + 1)) begin
        vf_status_d[8 * n +: 8] |= status_set_i[15:8] & VfEvents;
      end
      if (vf_reset[n]) begin
        vf_master_d[n]          = 1'b0;
        vf_msix_en_d[n]         = 1'b0;
        vf_msix_mask_d[n]       = 1'b0;
        vf_status_d[8 * n +: 8] = '0;
      end
    end
  end

  logic unused_addr;
  assign unused_addr = ^addr_i[1:0];

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      command_q      <= nic_82576_pkg::IGB_CFG_COMMAND_RESET;
      line_q         <= nic_82576_pkg::IGB_CFG_LINE_RESET;
      bar0_q         <= nic_82576_pkg::IGB_CFG_BAR0_RESET;
      bar2_q         <= nic_82576_pkg::IGB_CFG_BAR2_RESET;
      bar3_q         <= nic_82576_pkg::IGB_CFG_BAR3_RESET;
      interrupt_q    <= nic_82576_pkg::IGB_CFG_INTERRUPT_RESET;
      pmcsr_q        <= nic_82576_pkg::IGB_CFG_PMCSR_RESET;
      msi_q          <= nic_82576_pkg::IGB_CFG_MSI_RESET;
      msi_addr_l_q   <= nic_82576_pkg::IGB_CFG_MSI_ADDR_L_RESET;
      msi_addr_h_q   <= nic_82576_pkg::IGB_CFG_MSI_ADDR_H_RESET;
      msi_data_q     <= nic_82576_pkg::IGB_CFG_MSI_DATA_RESET;
      msi_mask_q     <= nic_82576_pkg::IGB_CFG_MSI_MASK_RESET;
      msix_q         <= nic_82576_pkg::IGB_CFG_MSIX_RESET;
      devctl_q       <= nic_82576_pkg::IGB_CFG_DEVCTL_RESET;
      lnkctl_q       <= nic_82576_pkg::IGB_CFG_LNKCTL_RESET;
      devctl2_q      <= nic_82576_pkg::IGB_CFG_DEVCTL2_RESET;
      aer_uemsk_q    <= nic_82576_pkg::IGB_CFG_AER_UEMSK_RESET;
      aer_uesvrt_q   <= nic_82576_pkg::IGB_CFG_AER_UESVRT_RESET;
      aer_cemsk_q    <= nic_82576_pkg::IGB_CFG_AER_CEMSK_RESET;
      sriov_ctl_q    <= nic_82576_pkg::IGB_CFG_SRIOV_CTL_RESET;
      sriov_num_q    <= nic_82576_pkg::IGB_CFG_SRIOV_NUM_RESET;
      sriov_page_q   <= nic_82576_pkg::IGB_CFG_SRIOV_PAGE_RESET;
      vf_bar0_q      <= nic_82576_pkg::IGB_CFG_VF_BAR0_RESET;
      vf_bar0_h_q    <= nic_82576_pkg::IGB_CFG_VF_BAR0_H_RESET;
      vf_bar3_q      <= nic_82576_pkg::IGB_CFG_VF_BAR3_RESET;
      vf_bar3_h_q    <= nic_82576_pkg::IGB_CFG_VF_BAR3_H_RESET;
      ioaddr_q       <= nic_pkg::PCI_CONFIG_IOADDR_RESET;
      vf_master_q    <= '0;
      vf_msix_en_q   <= '0;
      vf_msix_mask_q <= '0;
      vf_status_q    <= '0;
      intx_q         <= 1'b0;
      msi_pending_q  <= 1'b0;
      pending_q      <= '0;
      flr_q          <= '0;
      vf_start_q     <= '0;
      vf_stop_q      <= 1'b0;
      loaded_q       <= 1'b0;
      id_q           <= '0;
      subsystem_q    <= '0;
      vf_device_q    <= '0;
    end else begin
      command_q      <= command_d;
      line_q         <= line_d;
      bar0_q         <= bar0_d;
      bar2_q         <= bar2_d;
      bar3_q         <= bar3_d;
      interrupt_q    <= interrupt_d;
      pmcsr_q        <= pmcsr_d;
      msi_q          <= msi_d;
      msi_addr_l_q   <= msi_addr_l_d;
      msi_addr_h_q   <= msi_addr_h_d;
      msi_data_q     <= msi_data_d;
      msi_mask_q     <= msi_mask_d;
      msix_q         <= msix_d;
      devctl_q       <= devctl_d;
      lnkctl_q       <= lnkctl_d;
      devctl2_q      <= devctl2_d;
      aer_uemsk_q    <= aer_uemsk_d;
      aer_uesvrt_q   <= aer_uesvrt_d;
      aer_cemsk_q    <= aer_cemsk_d;
      sriov_ctl_q    <= sriov_ctl_d;
      sriov_num_q    <= sriov_num_d;
      sriov_page_q   <= sriov_page_d;
      vf_bar0_q      <= vf_bar0_d;
      vf_bar0_h_q    <= vf_bar0_h_d;
      vf_bar3_q      <= vf_bar3_d;
      vf_bar3_h_q    <= vf_bar3_h_d;
      ioaddr_q       <= ioaddr_d;
      vf_master_q    <= vf_master_d;
      vf_msix_en_q   <= vf_msix_en_d;
      vf_msix_mask_q <= vf_msix_mask_d;
      vf_status_q    <= vf_status_d;
      intx_q         <= intx_i;
      msi_pending_q  <= msi_pending_i;
      pending_q      <= pending_i;
      flr_q          <= flr_d;
      vf_start_q     <= vf_start_d;
      vf_stop_q      <= vf_stop_d;
      loaded_q       <= 1'b1;
      id_q           <= id;
      subsystem_q    <= subsystem;
      vf_device_q    <= vf_device;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // There are two power states.
      State_A: assert (power_state_o == D0 || power_state_o == D3hot);
      // One register bus: one function is reset at a time.
      Flr_A:   assert ((flr_q & (flr_q - Funcs'(1))) == '0);
      // VFs cannot come and go in one cycle.
      Vf_A:    assert (!vf_stop_o || vf_start_o == '0);
      // A VF that starts is there.
      There_A: assert ((vf_start_o & ~there) == '0);
    end
  end
`endif

endmodule
