// SPDX-License-Identifier: Apache-2.0
// The register file of the 82576: decodes accesses of all functions, holds every plain register and
// table, answers reads of all registers; resets of the PF and of VFs, restarts and flushes of
// rings, malicious queues, link. Twin of model/regs_82576.c.
//
// Cycle contract: docs/cycle-contract-82576.md, "Register access", "Rings", "Resets". An access on
// the pins in cycle c is decoded in tick c, with the levels of c. Its pulse on the register bus and
// the new value of a plain register are visible in c+1. A read samples its value as visible in c+1
// and is on the pins in c+CsrReadCyc. A PF reset is visible in r (reset_o): this module resets
// itself in that tick, and writes of registers that are on the pins in r, or while CTRL.RST reads
// 1, are ignored. Order within a tick: PF reset, resets of VFs, malicious queue, access on the
// pins. These answer in the same cycle: resets, restarts and head writes to pulses of
// pci_config_82576, which are flops; mdp_o to bad_i, loopback_o to phy_loopback_i, rows of tables
// to their addresses; rdata of the owners must answer so to the bus.
//
// Addresses, reset values, writable and kept bits come from regs_82576.def by way of nic_82576_pkg.
// Plain registers lie in one vector of 32-bit flops (IGB_P_*), long arrays in memories.
// Known differences: the C holds the end of the reset as a cycle; in cycle n reset_cnt_q is that
// cycle - n, 0 = over. RAL0 and RAH0 get the words of the NVM in the first tick after power-good,
// so that in cycle 0, when nobody can reach a register, they show the values of the table. MTA, UTA
// and VFTA are cleared by initialisation, not by rst_ni.

module regs_82576 #(
  localparam int unsigned Vfs    = nic_82576_pkg::Vfs,
  localparam int unsigned Queues = nic_82576_pkg::Queues,
  localparam int unsigned QueueW = $clog2(Queues),
  localparam int unsigned TableW = $clog2(nic_82576_pkg::IGB_MTA_COUNT)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  // completer pins
  input  logic                 csr_valid_i,
  input  logic                 csr_write_i,
  input  logic [1:0]           csr_space_i,
  input  logic [7:0]           csr_func_i,
  input  logic [19:0]          csr_addr_i,
  input  logic [3:0]           csr_be_i,
  input  logic [31:0]          csr_wdata_i,
  output logic                 csr_rvalid_o,
  output logic [31:0]          csr_rdata_o,

  // register bus
  output logic                 bus_valid_o,
  output logic                 bus_write_o,
  output logic [15:0]          bus_id_o,
  output logic [15:0]          bus_index_o,
  output logic [3:0]           bus_func_o, // 0 PF, 1+n VF n: also where the PF looks as VF n
  output logic [31:0]          bus_wdata_o,

  // accesses that others answer, with the register bus: pci_config_82576, msix
  output logic                 pci_valid_o,
  output logic                 msix_valid_o,
  output logic                 acc_write_o,
  output logic                 acc_io_o,
  output logic [7:0]           acc_func_o,
  output logic [19:0]          acc_addr_o,
  output logic [3:0]           acc_be_o,
  output logic [31:0]          acc_wdata_o,
  input  logic [31:0]          pci_rdata_i,
  input  logic [31:0]          msix_rdata_i,

  // from pci_config_82576
  input  logic [31:0]          ioaddr_i,
  input  logic                 io_en_i,    // the PF responds to the I/O BAR
  input  logic [Vfs:0]         decodes_i,  // function f responds to its memory BARs
  input  logic [Vfs:0]         flr_i,      // pulses: of function f
  input  logic [Vfs-1:0]       vf_start_i, // pulses: VF n is there from this cycle on
  input  logic                 vf_stop_i,  // pulse: no VF is there from this cycle on
  input  logic [Vfs-1:0]       there_i,    // levels: VF n is there
  input  logic                 vfe_i,
  input  logic [3:0]           vfs_i,      // so many are there

  // resets, in this tick
  output logic                 reset_o,    // of the PF: CTRL.RST, FLR
  output logic [Vfs-1:0]       stay_o,     // in a reset: VFs whose registers stay (ENABLE does not)
  output logic                 ctrl_rst_o, // of these CTRL.RST
  output logic [Vfs-1:0]       vf_reset_o, // of VF n: VTCTRL.RST, FLR, vf_start, vf_stop
  output logic                 idle_o,     // no pulse, reply or reset is visible

  // rings start anew in this tick, some with another head; SWFLUSH
  output logic [Queues-1:0]    rx_restart_o,
  output logic [Queues-1:0]    tx_restart_o,
  output logic [Queues-1:0]    rx_head_we_o,
  output logic [Queues-1:0]    tx_head_we_o,
  output logic [16*Queues-1:0] head_wdata_o, // of either direction
  output logic [Queues-1:0]    rx_flush_o,
  output logic [Queues-1:0]    tx_flush_o,

  // from tx_dma: a bad packet of this queue; to irq_82576: it disables the queue (DOUTSYNC)
  input  logic                 bad_i,
  input  logic [QueueW-1:0]    bad_queue_i,
  output logic                 mdp_o,

  output logic                 may_o, // CTRL.GIO_MASTER_DISABLE = 0: functions may request

  // values of registers that others hold; of the first four that on the bus, 0 of others
  input  logic [31:0]          irq_rdata_i,
  input  logic [31:0]          eitr_rdata_i,
  input  logic [31:0]          mailbox_rdata_i,
  input  logic [31:0]          stats_rdata_i,
  input  logic [31:0]          eecd_i,
  input  logic [31:0]          eerd_i,
  input  logic [31:0]          swsm_i,
  input  logic [31:0]          mdic_i,
  input  logic [15:0]          wvbr_i,
  input  logic [16*Queues-1:0] rdh_i,
  input  logic [16*Queues-1:0] tdh_i,
  input  logic                 txoff_i,
  input  logic                 requests_i, // something asked of the host is not over

  // link: from phy; to mac_rx, mac_tx, irq
  input  logic                 phy_link_i,
  input  logic                 phy_fd_i,
  input  logic [1:0]           phy_speed_i, // 0=10 1=100 2=1000
  input  logic                 phy_loopback_i,
  output logic                 lu_o,
  output logic [1:0]           speed_o,
  output logic                 fd_o,
  output logic                 lsc_o,
  output logic                 loopback_o,

  // nvm: what it loads
  input  logic [31:0]          ral0_i,
  input  logic [31:0]          rah0_i,

  // values of plain registers; element n of an array in bits 32n+31:32n
  output logic [31:0]          ctrl_o,
  output logic [31:0]          ctrl_ext_o,
  output logic [31:0]          rctl_o,
  output logic [31:0]          tctl_o,
  output logic [31:0]          tipg_o,
  output logic [15:0]          vet_o,
  output logic [15:0]          fct_o,
  output logic [31:0]          fcal_o,
  output logic [15:0]          fcah_o,
  output logic [15:0]          fcttv_o,
  output logic [31:0]          fcrth_o,
  output logic [31:0]          fcrtl_o,
  output logic [6:0]           rxpbs_o,
  output logic [6:0]           txpbs_o,
  output logic [Queues-1:0]    qde_o,
  output logic [31:0]          dtxswc_o,
  output logic [31:0]          dtxctl_o,
  output logic [31:0]          rxcsum_o,
  output logic [13:0]          rlpml_o,
  output logic [31:0]          rfctl_o,
  output logic [31:0]          mrqc_o,
  output logic [31:0]          vt_ctl_o,
  output logic [31:0]          rplolr_o,
  output logic [31:0]          synqf_o,
  output logic [31:0]          imirvp_o,
  output logic [255:0]         imir_o,
  output logic [255:0]         imirext_o,
  output logic [255:0]         etqf_o,
  output logic [255:0]         vmolr_o,
  output logic [255:0]         vmvir_o,
  output logic [767:0]         ral_o,
  output logic [767:0]         rah_o,
  output logic [1023:0]        vlvf_o,
  output logic [1023:0]        reta_o,
  output logic [319:0]         rssrk_o,

  // registers of the queues
  output logic [32*Queues-1:0] rdbal_o,
  output logic [32*Queues-1:0] rdbah_o,
  output logic [32*Queues-1:0] rdlen_o,
  output logic [32*Queues-1:0] srrctl_o,
  output logic [32*Queues-1:0] rdt_o,
  output logic [32*Queues-1:0] rxdctl_o,
  output logic [32*Queues-1:0] tdbal_o,
  output logic [32*Queues-1:0] tdbah_o,
  output logic [32*Queues-1:0] tdlen_o,
  output logic [32*Queues-1:0] tdt_o,
  output logic [32*Queues-1:0] txdctl_o,
  output logic [32*Queues-1:0] tdwbal_o,
  output logic [32*Queues-1:0] tdwbah_o,
  output logic [Queues-1:0]    rx_en_o, // RXDCTL.ENABLE
  output logic [Queues-1:0]    tx_en_o, // TXDCTL.ENABLE

  // filter tables: rows of addresses, without a clock, for two who ask (0 mac_rx, 1 l2_switch)
  input  logic [TableW-1:0]    hash_addr0_i,
  output logic [31:0]          mta_row0_o,
  output logic [31:0]          uta_row0_o,
  input  logic [TableW-1:0]    vfta_addr0_i,
  output logic [31:0]          vfta_row0_o,
  input  logic [TableW-1:0]    hash_addr1_i,
  output logic [31:0]          mta_row1_o,
  output logic [31:0]          uta_row1_o,
  input  logic [TableW-1:0]    vfta_addr1_i,
  output logic [31:0]          vfta_row1_o
);

  // Values of csr_space_i.
  localparam logic [1:0] SpaceCfg  = 2'(nic_pkg::NIC_SPACE_CFG);
  localparam logic [1:0] SpaceMem  = 2'(nic_pkg::NIC_SPACE_MEM);
  localparam logic [1:0] SpaceIo   = 2'(nic_pkg::NIC_SPACE_IO);
  localparam logic [1:0] SpaceMsix = 2'(nic_pkg::NIC_SPACE_MSIX);

  // The two registers of the I/O BAR: IOADDR, and behind it the window IODATA.
  localparam logic [19:0] IoAddr = 20'(nic_pkg::PCI_CONFIG_IOADDR);
  localparam logic [19:0] IoData = IoAddr + 20'd4;

  // Address bits that are decoded: the sizes of the memory BARs.
  localparam int unsigned SpaceW = $bits(nic_82576_pkg::IGB_CTRL);
  localparam int unsigned VfW    = $clog2(Vfs);

  localparam int unsigned CntW  = $clog2(nic_pkg::ResetCyc + 1);
  localparam int unsigned Regs  = nic_82576_pkg::IGB_P_COUNT;
  localparam int unsigned FileW = 32 * Regs;
  localparam int unsigned PosW  = nic_82576_pkg::IGB_P_W;

  // Bits of the vector that a PF reset leaves alone: the registers that are kept, without the valid
  // bits of receive addresses.
  localparam logic [31:0] Av = 32'd1 << nic_82576_pkg::IGB_RAH_AV_LSB;
  localparam logic [FileW-1:0] FileReset = nic_82576_pkg::IGB_P_RESET;
  localparam logic [FileW-1:0] FileWmask = nic_82576_pkg::IGB_P_WMASK;
  localparam logic [FileW-1:0] FileKeep =
      nic_82576_pkg::IGB_P_KEEP &
      ~(FileW'({nic_82576_pkg::IGB_RAH_COUNT{Av}}) << (32 * nic_82576_pkg::IGB_P_RAH));

  // Registers of queues: the same of all queues in a row, one register behind the other.
  localparam int unsigned FirstQ = nic_82576_pkg::IGB_P_RDBAL;
  localparam int unsigned EndQ   = nic_82576_pkg::IGB_P_TDWBAH + Queues;
  localparam int unsigned RxDctl = nic_82576_pkg::IGB_P_RXDCTL;
  localparam int unsigned TxDctl = nic_82576_pkg::IGB_P_TXDCTL;
  localparam int unsigned RxEn   = nic_82576_pkg::IGB_RXDCTL_ENABLE_LSB;
  localparam int unsigned TxEn   = nic_82576_pkg::IGB_TXDCTL_ENABLE_LSB;

  // Bits of register p of a VF that are 0 behind any reset, whatever the table says.
  function automatic logic [31:0] off_bits(input int unsigned p);
    off_bits = '0;
    if (p >= RxDctl && p < RxDctl + Queues) off_bits = 32'd1 << RxEn;
    if (p >= TxDctl && p < TxDctl + Queues) off_bits = 32'd1 << TxEn;
  endfunction

  // plain registers
  logic [FileW-1:0] file_q;
  logic             load_q;              // the first cycle after power-good: the NVM is loaded
  // register bus and the access behind it
  logic             acc_d, acc_q;        // any access
  logic             reach_d, reach_q;    // somebody answers
  logic             valid_d, valid_q;    // it reaches a register
  logic             cfg_d, cfg_q;        // these three: it is for somebody else
  logic             ioaddr_d, ioaddr_q;
  logic             msix_d, msix_q;
  logic             read_q;
  logic             io_q;
  logic [7:0]       func_q;
  logic [19:0]      addr_q;
  logic [3:0]       be_q;
  logic [31:0]      wdata_d, wdata_q;    // as it is on the register bus
  logic [15:0]      id_d, id_q;
  logic [15:0]      index_d, index_q;
  logic [2:0]       kind_d, kind_q;      // how a VF sees the register, nic_82576_pkg::VREG_*
  logic [3:0]       bus_func_d, bus_func_q;
  logic             plain_d, plain_q;    // a plain register, at this place of the vector
  logic [PosW-1:0]  pos_d, pos_q;
  logic             rx_rise_d, rx_rise_q; // ENABLE rose with the write that is visible
  logic             tx_rise_d, tx_rise_q;
  // reply
  logic             rvalid_d, rvalid_q;
  logic [31:0]      rdata_d, rdata_q;
  // reset
  logic             ctrl_rst_d, ctrl_rst_q;
  logic [CntW-1:0]  reset_cnt_d, reset_cnt_q; // in so many cycles, with this, RST reads 1
  logic [Vfs-1:0]   there_q;
  // link
  logic             lu_d, lu_q;
  logic             fd_d, fd_q;
  logic [1:0]       speed_d, speed_q;
  logic             lsc_d, lsc_q;

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  logic wrote;

  assign bus_valid_o = valid_q;
  assign bus_write_o = !read_q;
  assign bus_id_o    = id_q;
  assign bus_index_o = index_q;
  assign bus_func_o  = bus_func_q;
  assign bus_wdata_o = wdata_q;
  assign wrote       = valid_q && !read_q;

  assign pci_valid_o  = cfg_q || ioaddr_q;
  assign msix_valid_o = msix_q;
  assign acc_write_o  = !read_q;
  assign acc_io_o     = io_q;
  assign acc_func_o   = func_q;
  assign acc_addr_o   = addr_q;
  assign acc_be_o     = be_q;
  assign acc_wdata_o  = wdata_q;

  assign csr_rvalid_o = rvalid_q;
  assign csr_rdata_o  = rdata_q;
  assign idle_o       = !acc_q && !rvalid_q && !reset_o && vf_reset_o == '0 && !lsc_q;

  assign lu_o       = lu_q;
  assign speed_o    = speed_q;
  assign fd_o       = fd_q;
  assign lsc_o      = lsc_q;
  assign loopback_o = phy_loopback_i || (&rctl_o[nic_82576_pkg::IGB_RCTL_LBM_LSB +:
                                                 nic_82576_pkg::IGB_RCTL_LBM_W]);

  assign may_o = !ctrl_o[nic_82576_pkg::IGB_CTRL_GIO_MASTER_DISABLE_LSB];
  assign mdp_o = bad_i && dtxctl_o[nic_82576_pkg::IGB_DTXCTL_MDP_EN_LSB];

  assign ctrl_o     = file_q[32*nic_82576_pkg::IGB_P_CTRL +: 32];
  assign ctrl_ext_o = file_q[32*nic_82576_pkg::IGB_P_CTRL_EXT +: 32];
  assign rctl_o     = file_q[32*nic_82576_pkg::IGB_P_RCTL +: 32];
  assign tctl_o     = file_q[32*nic_82576_pkg::IGB_P_TCTL +: 32];
  assign tipg_o     = file_q[32*nic_82576_pkg::IGB_P_TIPG +: 32];
  assign vet_o      = file_q[32*nic_82576_pkg::IGB_P_VET +: 16];
  assign fct_o      = file_q[32*nic_82576_pkg::IGB_P_FCT +: 16];
  assign fcal_o     = file_q[32*nic_82576_pkg::IGB_P_FCAL +: 32];
  assign fcah_o     = file_q[32*nic_82576_pkg::IGB_P_FCAH +: 16];
  assign fcttv_o    = file_q[32*nic_82576_pkg::IGB_P_FCTTV +: 16];
  assign fcrth_o    = file_q[32*nic_82576_pkg::IGB_P_FCRTH +: 32];
  assign fcrtl_o    = file_q[32*nic_82576_pkg::IGB_P_FCRTL +: 32];
  assign rxpbs_o    = file_q[32*nic_82576_pkg::IGB_P_RXPBS +: 7];
  assign txpbs_o    = file_q[32*nic_82576_pkg::IGB_P_TXPBS +: 7];
  assign qde_o      = file_q[32*nic_82576_pkg::IGB_P_QDE +: Queues];
  assign dtxswc_o   = file_q[32*nic_82576_pkg::IGB_P_DTXSWC +: 32];
  assign dtxctl_o   = file_q[32*nic_82576_pkg::IGB_P_DTXCTL +: 32];
  assign rxcsum_o   = file_q[32*nic_82576_pkg::IGB_P_RXCSUM +: 32];
  assign rlpml_o    = file_q[32*nic_82576_pkg::IGB_P_RLPML +: 14];
  assign rfctl_o    = file_q[32*nic_82576_pkg::IGB_P_RFCTL +: 32];
  assign mrqc_o     = file_q[32*nic_82576_pkg::IGB_P_MRQC +: 32];
  assign vt_ctl_o   = file_q[32*nic_82576_pkg::IGB_P_VT_CTL +: 32];
  assign rplolr_o   = file_q[32*nic_82576_pkg::IGB_P_RPLOLR +: 32];
  assign synqf_o    = file_q[32*nic_82576_pkg::IGB_P_SYNQF +: 32];
  assign imirvp_o   = file_q[32*nic_82576_pkg::IGB_P_IMIRVP +: 32];
  assign imir_o     = file_q[32*nic_82576_pkg::IGB_P_IMIR +: 256];
  assign imirext_o  = file_q[32*nic_82576_pkg::IGB_P_IMIREXT +: 256];
  assign etqf_o     = file_q[32*nic_82576_pkg::IGB_P_ETQF +: 256];
  assign vmolr_o    = file_q[32*nic_82576_pkg::IGB_P_VMOLR +: 256];
  assign vmvir_o    = file_q[32*nic_82576_pkg::IGB_P_VMVIR +: 256];
  assign ral_o      = file_q[32*nic_82576_pkg::IGB_P_RAL +: 768];
  assign rah_o      = file_q[32*nic_82576_pkg::IGB_P_RAH +: 768];
  assign vlvf_o     = file_q[32*nic_82576_pkg::IGB_P_VLVF +: 1024];
  assign reta_o     = file_q[32*nic_82576_pkg::IGB_P_RETA +: 1024];
  assign rssrk_o    = file_q[32*nic_82576_pkg::IGB_P_RSSRK +: 320];
  assign rdbal_o    = file_q[32*nic_82576_pkg::IGB_P_RDBAL +: 32*Queues];
  assign rdbah_o    = file_q[32*nic_82576_pkg::IGB_P_RDBAH +: 32*Queues];
  assign rdlen_o    = file_q[32*nic_82576_pkg::IGB_P_RDLEN +: 32*Queues];
  assign srrctl_o   = file_q[32*nic_82576_pkg::IGB_P_SRRCTL +: 32*Queues];
  assign rdt_o      = file_q[32*nic_82576_pkg::IGB_P_RDT +: 32*Queues];
  assign rxdctl_o   = file_q[32*nic_82576_pkg::IGB_P_RXDCTL +: 32*Queues];
  assign tdbal_o    = file_q[32*nic_82576_pkg::IGB_P_TDBAL +: 32*Queues];
  assign tdbah_o    = file_q[32*nic_82576_pkg::IGB_P_TDBAH +: 32*Queues];
  assign tdlen_o    = file_q[32*nic_82576_pkg::IGB_P_TDLEN +: 32*Queues];
  assign tdt_o      = file_q[32*nic_82576_pkg::IGB_P_TDT +: 32*Queues];
  assign txdctl_o   = file_q[32*nic_82576_pkg::IGB_P_TXDCTL +: 32*Queues];
  assign tdwbal_o   = file_q[32*nic_82576_pkg::IGB_P_TDWBAL +: 32*Queues];
  assign tdwbah_o   = file_q[32*nic_82576_pkg::IGB_P_TDWBAH +: 32*Queues];

  always_comb begin
    for (int unsigned q = 0; q < Queues; q++) begin
      rx_en_o[q] = file_q[32*(RxDctl+q)+RxEn];
      tx_en_o[q] = file_q[32*(TxDctl+q)+TxEn];
    end
  end

  /////////////////////////////
  // Resets, restarts, flush //
  /////////////////////////////

  logic [Vfs-1:0]    vtctrl; // VTCTRL.RST is written
  logic [Queues-1:0] queue;  // of the access
  logic [Queues-1:0] gone;   // queues of VFs that are reset
  logic              rx_head, tx_head;

  assign ctrl_rst_o = ctrl_rst_q;
  assign reset_o    = ctrl_rst_q || flr_i[0];
  assign stay_o     = flr_i[0] ? '0 : there_i; // those that are there, of CTRL.RST

  always_comb begin
    vtctrl = '0;
    if (wrote && id_q == 16'(nic_82576_pkg::IGB_R_VTCTRL)) begin
      vtctrl[index_q[VfW-1:0]] = wdata_q[nic_82576_pkg::IGB_VTCTRL_RST_LSB];
    end
    vf_reset_o = vtctrl | flr_i[Vfs:1] | vf_start_i;
    if (vf_stop_i) vf_reset_o = vf_reset_o | there_q;
    gone = {(Queues/Vfs){vf_reset_o}};

    queue                     = '0;
    queue[index_q[QueueW-1:0]] = wrote;
    rx_head      = id_q == 16'(nic_82576_pkg::IGB_R_RDH);
    tx_head      = id_q == 16'(nic_82576_pkg::IGB_R_TDH);
    rx_head_we_o = gone;
    tx_head_we_o = gone;
    rx_restart_o = gone;
    tx_restart_o = gone;
    rx_flush_o   = '0;
    tx_flush_o   = '0;
    if (rx_head) rx_head_we_o = gone | queue;
    if (tx_head) tx_head_we_o = gone | queue;
    if (rx_head || rx_rise_q || id_q == 16'(nic_82576_pkg::IGB_R_RDBAL) ||
        id_q == 16'(nic_82576_pkg::IGB_R_RDBAH) ||
        id_q == 16'(nic_82576_pkg::IGB_R_RDLEN)) rx_restart_o = gone | queue;
    if (tx_head || tx_rise_q || id_q == 16'(nic_82576_pkg::IGB_R_TDBAL) ||
        id_q == 16'(nic_82576_pkg::IGB_R_TDBAH) ||
        id_q == 16'(nic_82576_pkg::IGB_R_TDLEN)) tx_restart_o = gone | queue;
    if (id_q == 16'(nic_82576_pkg::IGB_R_RXDCTL) &&
        wdata_q[nic_82576_pkg::IGB_RXDCTL_SWFLUSH_LSB]) rx_flush_o = queue;
    if (id_q == 16'(nic_82576_pkg::IGB_R_TXDCTL) &&
        wdata_q[nic_82576_pkg::IGB_TXDCTL_SWFLUSH_LSB]) tx_flush_o = queue;

    for (int unsigned q = 0; q < Queues; q++) begin
      head_wdata_o[16*q +: 16] = gone[q] ? '0 : wdata_q[15:0];
    end
  end

  ////////////
  // Decode //
  ////////////

  logic              is_pf, decodes;
  logic [VfW-1:0]    vf;       // whose window it is
  logic              io_reg;   // IODATA
  logic              regs_at;  // an access to register space
  logic [SpaceW-3:0] word;     // address bits of the 32-bit word
  logic              pf_hit, vf_hit, viewed;
  logic [15:0]       pf_id, pf_index, vf_id, vf_index, view_id;
  logic [2:0]        vf_kind, view_kind;
  logic              hit;
  logic [VfW-1:0]    as_vf;    // as whom it is seen
  logic [PosW-1:0]   base;
  logic              store;    // a register is written in this tick
  logic              rst, ee_rst; // by CTRL.RST, by CTRL_EXT.EE_RST

  assign is_pf   = csr_func_i == '0;
  assign vf      = csr_func_i[VfW-1:0] - VfW'(1);
  assign decodes = csr_func_i <= 8'(Vfs) && decodes_i[csr_func_i[VfW:0]];
  assign io_reg  = csr_addr_i[19:2] == IoData[19:2] && ioaddr_i[31:SpaceW] == '0;
  assign word    = csr_space_i == SpaceIo ? ioaddr_i[SpaceW-1:2] : csr_addr_i[SpaceW-1:2];

  always_comb begin
    cfg_d    = csr_valid_i && csr_space_i == SpaceCfg;
    msix_d   = csr_valid_i && csr_space_i == SpaceMsix && decodes;
    ioaddr_d = 1'b0;
    regs_at  = csr_valid_i && csr_space_i == SpaceMem && decodes;
    reach_d  = regs_at;
    if (csr_valid_i && csr_space_i == SpaceIo && is_pf && io_en_i) begin
      reach_d  = 1'b1;
      ioaddr_d = csr_addr_i[19:2] == IoAddr[19:2];
      regs_at  = io_reg;
    end

    {pf_hit, pf_id, pf_index}          = '0;
    {viewed, view_kind, view_id}       = '0;
    {vf_hit, vf_kind, vf_id, vf_index} = '0;
    if (regs_at && is_pf) begin
      {pf_hit, pf_id, pf_index}    = nic_82576_pkg::reg_at(word);
      {viewed, view_kind, view_id} = nic_82576_pkg::reg_view(pf_id);
    end else if (regs_at) begin
      {vf_hit, vf_kind, vf_id, vf_index} =
          nic_82576_pkg::vreg_at(vf, csr_addr_i[13:2]);
    end

    hit        = pf_hit || vf_hit;
    id_d       = pf_id;
    index_d    = pf_index;
    kind_d     = 3'(nic_82576_pkg::VREG_SAME);
    bus_func_d = '0;
    as_vf      = vf;
    if (viewed) begin
      id_d       = view_id;
      index_d    = '0;
      kind_d     = view_kind;
      bus_func_d = pf_index[3:0] + 4'd1;
      as_vf      = pf_index[VfW-1:0];
    end else if (vf_hit) begin
      id_d       = vf_id;
      index_d    = vf_index;
      kind_d     = vf_kind;
      bus_func_d = csr_func_i[3:0];
    end

    acc_d = csr_valid_i;
    // Whole registers only, none in a reset; and what a VF shares with all it does not write.
    valid_d = hit && (!csr_write_i ||
                      (&csr_be_i && reset_cnt_q == '0 && !flr_i[0] &&
                       !(vf_hit && vf_kind == 3'(nic_82576_pkg::VREG_SAME))));
    {plain_d, base} = nic_82576_pkg::reg_file(id_d);
    if (!hit) plain_d = 1'b0;
    pos_d = base + index_d[PosW-1:0];

    store = valid_d && csr_write_i;
  end

  assign rst    = store && id_d == 16'(nic_82576_pkg::IGB_R_CTRL) &&
                  wdata_d[nic_82576_pkg::IGB_CTRL_RST_LSB];
  assign ee_rst = store && id_d == 16'(nic_82576_pkg::IGB_R_CTRL_EXT) &&
                  wdata_d[nic_82576_pkg::IGB_CTRL_EXT_EE_RST_LSB];

  assign ctrl_rst_d = rst;

  always_comb begin
    reset_cnt_d = reset_cnt_q == '0 ? '0 : reset_cnt_q - CntW'(1);
    if (rst) reset_cnt_d = CntW'(nic_pkg::ResetCyc);
  end

  // Queues that are enabled behind what else happens to them in this tick.
  logic [Queues-1:0] rx_on, tx_on;

  always_comb begin
    rx_on = rx_en_o & ~gone;
    tx_on = tx_en_o & ~gone;
    if (mdp_o) tx_on[bad_queue_i] = 1'b0;
    rx_rise_d = store && id_d == 16'(nic_82576_pkg::IGB_R_RXDCTL) && wdata_d[RxEn] &&
                !rx_on[index_d[QueueW-1:0]];
    tx_rise_d = store && id_d == 16'(nic_82576_pkg::IGB_R_TXDCTL) && wdata_d[TxEn] &&
                !tx_on[index_d[QueueW-1:0]];
  end

  /////////////////////
  // As a VF sees it //
  /////////////////////

  logic [31:0]    value; // of the register on the bus, in the PF
  logic [31:0]    seen;
  logic [VfW-1:0] seen_by;
  logic [31:0]    unused_rdata, unused_wdata;

  assign seen_by = bus_func_q[VfW-1:0] - VfW'(1);

  vf_view u_view_write (
    .kind_i  (kind_d),
    .vf_i    (as_vf),
    .wdata_i (csr_wdata_i),
    .wdata_o (wdata_d),
    .rdata_i (32'd0),
    .rdata_o (unused_rdata)
  );

  vf_view u_view_read (
    .kind_i  (kind_q),
    .vf_i    (seen_by),
    .wdata_i (32'd0),
    .wdata_o (unused_wdata),
    .rdata_i (value),
    .rdata_o (seen)
  );

  logic unused;
  assign unused = ^{unused_rdata, unused_wdata};

  ////////////
  // Tables //
  ////////////

  logic [31:0] mta [nic_82576_pkg::IGB_MTA_COUNT];
  logic [31:0] uta [nic_82576_pkg::IGB_UTA_COUNT];
  logic [31:0] vfta [nic_82576_pkg::IGB_VFTA_COUNT];
  logic        mta_we, uta_we, vfta_we;

  initial begin
    for (int i = 0; i < nic_82576_pkg::IGB_MTA_COUNT; i++) begin
      mta[i]  = nic_82576_pkg::IGB_MTA_RESET;
      uta[i]  = nic_82576_pkg::IGB_UTA_RESET;
      vfta[i] = nic_82576_pkg::IGB_VFTA_RESET;
    end
  end

  assign mta_we  = store && id_d == 16'(nic_82576_pkg::IGB_R_MTA);
  assign uta_we  = store && id_d == 16'(nic_82576_pkg::IGB_R_UTA);
  assign vfta_we = store && id_d == 16'(nic_82576_pkg::IGB_R_VFTA);

  assign mta_row0_o  = mta[hash_addr0_i];
  assign mta_row1_o  = mta[hash_addr1_i];
  assign uta_row0_o  = uta[hash_addr0_i];
  assign uta_row1_o  = uta[hash_addr1_i];
  assign vfta_row0_o = vfta[vfta_addr0_i];
  assign vfta_row1_o = vfta[vfta_addr1_i];

  always_ff @(posedge clk_i) begin
    if (mta_we) mta[index_d[TableW-1:0]] <= wdata_d & nic_82576_pkg::IGB_MTA_WMASK;
    if (uta_we) uta[index_d[TableW-1:0]] <= wdata_d & nic_82576_pkg::IGB_UTA_WMASK;
    if (vfta_we) vfta[index_d[TableW-1:0]] <= wdata_d & nic_82576_pkg::IGB_VFTA_WMASK;
  end

  //////////
  // Read //
  //////////

  logic [31:0] status;

  always_comb begin
    status = nic_82576_pkg::IGB_STATUS_RESET;
    status[nic_82576_pkg::IGB_STATUS_FD_LSB]    = fd_q;
    status[nic_82576_pkg::IGB_STATUS_LU_LSB]    = lu_q;
    status[nic_82576_pkg::IGB_STATUS_TXOFF_LSB] = txoff_i;
    status[nic_82576_pkg::IGB_STATUS_SPEED_LSB +: nic_82576_pkg::IGB_STATUS_SPEED_W] = speed_q;
    status[nic_82576_pkg::IGB_STATUS_IOV_LSB]   = vfe_i;
    status[nic_82576_pkg::IGB_STATUS_NUM_VFS_LSB +: nic_82576_pkg::IGB_STATUS_NUM_VFS_W] =
        vfe_i ? vfs_i : '0;
    status[nic_82576_pkg::IGB_STATUS_GIO_MASTER_ENABLE_LSB] = may_o || requests_i;

    case (id_q)
      16'(nic_82576_pkg::IGB_R_CTRL): begin
        value = ctrl_o;
        value[nic_82576_pkg::IGB_CTRL_RST_LSB] = reset_cnt_q != '0;
      end
      16'(nic_82576_pkg::IGB_R_STATUS): value = status;
      16'(nic_82576_pkg::IGB_R_EECD):   value = eecd_i;
      16'(nic_82576_pkg::IGB_R_EERD):   value = eerd_i;
      16'(nic_82576_pkg::IGB_R_SWSM):   value = swsm_i;
      16'(nic_82576_pkg::IGB_R_MDIC):   value = mdic_i;
      16'(nic_82576_pkg::IGB_R_WVBR):   value = 32'(wvbr_i);
      16'(nic_82576_pkg::IGB_R_RDH):    value = 32'(rdh_i[16*index_q[QueueW-1:0] +: 16]);
      16'(nic_82576_pkg::IGB_R_TDH):    value = 32'(tdh_i[16*index_q[QueueW-1:0] +: 16]);
      16'(nic_82576_pkg::IGB_R_MTA):    value = mta[index_q[TableW-1:0]];
      16'(nic_82576_pkg::IGB_R_UTA):    value = uta[index_q[TableW-1:0]];
      16'(nic_82576_pkg::IGB_R_VFTA):   value = vfta[index_q[TableW-1:0]];
      default: begin
        // what has no owner and cannot be written reads 0
        value = irq_rdata_i | eitr_rdata_i | mailbox_rdata_i | stats_rdata_i;
        if (plain_q) value = file_q[32*pos_q +: 32];
      end
    endcase

    rvalid_d = acc_q && read_q;
    rdata_d  = '0;
    if (rvalid_d) begin
      if (cfg_q)          rdata_d = pci_rdata_i;
      else if (ioaddr_q)  rdata_d = ioaddr_i;
      else if (msix_q)    rdata_d = msix_rdata_i;
      else if (valid_q)   rdata_d = seen;
      else if (!reach_q)  rdata_d = '1; // nobody answers
    end
  end

  //////////
  // Link //
  //////////

  // CTRL before this tick's write: anew after a reset.
  logic [31:0] ctrl;

  assign ctrl = reset_o ? nic_82576_pkg::IGB_CTRL_RESET : ctrl_o;

  always_comb begin
    lu_d    = phy_link_i && (ctrl[nic_82576_pkg::IGB_CTRL_SLU_LSB] || phy_loopback_i);
    speed_d = phy_speed_i;
    if (ctrl[nic_82576_pkg::IGB_CTRL_FRCSPD_LSB]) begin
      speed_d = ctrl[nic_82576_pkg::IGB_CTRL_SPEED_LSB +: nic_82576_pkg::IGB_CTRL_SPEED_W];
    end
    if (speed_d == 2'd3) speed_d = 2'd2;
    fd_d  = ctrl[nic_82576_pkg::IGB_CTRL_FRCDPLX_LSB] ? ctrl[nic_82576_pkg::IGB_CTRL_FD_LSB]
                                                      : phy_fd_i;
    lsc_d = lu_d != (lu_q && !reset_o); // a reset takes the link down in silence
  end

  /////////////////////
  // Plain registers //
  /////////////////////

  // No _d of so many bits: each register is loaded when it changes. Never all in one
  // statement: the code of Verilator 5.006 for constants so wide writes beyond their end.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned p = 0; p < Regs; p++) begin
        file_q[32*p +: 32] <= FileReset[32*p +: 32];
      end
    end else begin
      if (reset_o) begin
        for (int unsigned p = 0; p < Regs; p++) begin
          file_q[32*p +: 32] <= (file_q[32*p +: 32] & FileKeep[32*p +: 32]) |
                                (FileReset[32*p +: 32] & ~FileKeep[32*p +: 32]);
          if (p >= FirstQ && p < EndQ && stay_o[(p - FirstQ) % Vfs]) begin
            file_q[32*p +: 32] <= file_q[32*p +: 32] & ~off_bits(p);
          end
        end
      end
      if (vf_reset_o != '0) begin
        for (int unsigned p = FirstQ; p < EndQ; p++) begin
          if (gone[(p - FirstQ) % Queues]) begin
            file_q[32*p +: 32] <= FileReset[32*p +: 32] & ~off_bits(p);
          end
        end
      end
      if (mdp_o) begin
        for (int unsigned q = 0; q < Queues; q++) begin
          if (bad_queue_i == QueueW'(q)) file_q[32*(TxDctl+q)+TxEn] <= 1'b0;
        end
      end
      if (store && plain_d) begin
        for (int unsigned p = 0; p < Regs; p++) begin
          if (pos_d == PosW'(p)) begin
            file_q[32*p +: 32] <= (file_q[32*p +: 32] & ~FileWmask[32*p +: 32]) |
                                  (wdata_d & FileWmask[32*p +: 32]);
          end
        end
      end
      if (load_q || reset_o || ee_rst) begin
        file_q[32*nic_82576_pkg::IGB_P_RAL +: 32] <= ral0_i;
        file_q[32*nic_82576_pkg::IGB_P_RAH +: 32] <= rah0_i;
      end
    end
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      load_q      <= 1'b1;
      acc_q       <= 1'b0;
      reach_q     <= 1'b0;
      valid_q     <= 1'b0;
      cfg_q       <= 1'b0;
      ioaddr_q    <= 1'b0;
      msix_q      <= 1'b0;
      read_q      <= 1'b0;
      io_q        <= 1'b0;
      func_q      <= '0;
      addr_q      <= '0;
      be_q        <= '0;
      wdata_q     <= '0;
      id_q        <= '0;
      index_q     <= '0;
      kind_q      <= '0;
      bus_func_q  <= '0;
      plain_q     <= 1'b0;
      pos_q       <= '0;
      rx_rise_q   <= 1'b0;
      tx_rise_q   <= 1'b0;
      rvalid_q    <= 1'b0;
      rdata_q     <= '0;
      ctrl_rst_q  <= 1'b0;
      reset_cnt_q <= '0;
      there_q     <= '0;
      lu_q        <= 1'b0;
      fd_q        <= 1'b1;
      speed_q     <= 2'd2;
      lsc_q       <= 1'b0;
    end else begin
      load_q      <= 1'b0;
      acc_q       <= acc_d;
      valid_q     <= valid_d;
      cfg_q       <= cfg_d;
      ioaddr_q    <= ioaddr_d;
      msix_q      <= msix_d;
      rx_rise_q   <= rx_rise_d;
      tx_rise_q   <= tx_rise_d;
      rvalid_q    <= rvalid_d;
      rdata_q     <= rdata_d;
      ctrl_rst_q  <= ctrl_rst_d;
      reset_cnt_q <= reset_cnt_d;
      there_q     <= there_i;
      lu_q        <= lu_d;
      fd_q        <= fd_d;
      speed_q     <= speed_d;
      lsc_q       <= lsc_d;
      if (acc_d) begin
        read_q     <= !csr_write_i;
        reach_q    <= reach_d;
        io_q       <= csr_space_i == SpaceIo;
        func_q     <= csr_func_i;
        addr_q     <= csr_addr_i;
        be_q       <= csr_be_i;
        wdata_q    <= wdata_d;
        id_q       <= id_d;
        index_q    <= index_d;
        kind_q     <= kind_d;
        bus_func_q <= bus_func_d;
        plain_q    <= plain_d;
        pos_q      <= pos_d;
      end
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // Nothing is written in a tick that loads everything.
      AnewAlone_A: assert (!((load_q || reset_o) && store));
      // The whole reset lies behind its pulse.
      ResetCnt_A:  assert (!ctrl_rst_q || reset_cnt_q == CntW'(nic_pkg::ResetCyc));
      // One answers.
      OneTarget_A: assert ($onehot0({cfg_q, ioaddr_q, msix_q, valid_q}));
      // The NVM's words have no bits that a register has not.
      NvmBits_A:   assert (!(load_q || reset_o || ee_rst) ||
                           (rah0_i & ~nic_82576_pkg::IGB_RAH_WMASK) == '0);
    end
  end
`endif

endmodule
