// SPDX-License-Identifier: Apache-2.0
// The register file: decodes accesses from the host, holds every plain register, answers reads of
// all registers, sequences CTRL.RST, resolves the link. Twin of model/regs.c and of nic_value() in
// model/nic.c; restart, loopback and the side of configuration space are those of model/wiring.h.
//
// Cycle contract: an access on the pins in cycle c is decoded in tick c. Its pulse on the register
// bus and the new value of a plain register are visible in c+1. A read samples its value as visible
// in c+1 and is on the pins in c+CsrReadCyc. CTRL.RST written in c: reset_o is visible in c+1, this
// module resets itself in that tick; bit 26 reads 1, and writes are ignored, for ResetCyc cycles
// from c+1 on. A PBM read sends its address to the packet buffer in c, whose memory answers in c+1;
// a word written by the access just before is handed on here, for it is stored only in tick c.
//
// Addresses, reset values, writable and kept bits come from regs_82540em.def by way of nic_pkg.
// Plain registers lie in one vector of 32-bit flops (E1000_P_*), long arrays in memories. A memory
// that CTRL.RST clears has a bit for each word: written since.
// Known differences: the C holds the end of the reset as a cycle; in cycle n reset_cnt_q is that
// cycle - n, 0 = over. RAL0, RAH0 and CTRL get the words of the EEPROM in the first tick after
// power-good, so that in cycle 0, when nobody can reach a register, they show the values of the
// table. MTA and VFTA are cleared by initialisation, not by rst_ni.

module regs #(
  localparam int unsigned CauseW = nic_pkg::E1000_ICR_SRPD_LSB + 1,
  localparam int unsigned RalW   = 32 * nic_pkg::E1000_RAL_COUNT,
  localparam int unsigned MtaW   = $clog2(nic_pkg::E1000_MTA_COUNT),
  localparam int unsigned VftaW  = $clog2(nic_pkg::E1000_VFTA_COUNT),
  localparam int unsigned PbmW   = $clog2(nic_pkg::E1000_PBM_COUNT)
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // completer pins
  input  logic              csr_valid_i,
  input  logic              csr_write_i,
  input  logic [1:0]        csr_space_i,
  input  logic [7:0]        csr_func_i,
  input  logic [19:0]       csr_addr_i,
  input  logic [3:0]        csr_be_i,
  input  logic [31:0]       csr_wdata_i,
  output logic              csr_rvalid_o,
  output logic [31:0]       csr_rdata_o,

  // register bus
  output logic              bus_valid_o,
  output logic              bus_write_o,
  output logic [15:0]       bus_id_o,
  output logic [15:0]       bus_index_o,
  output logic [31:0]       bus_wdata_o,

  // pci_config: accesses to configuration space and IOADDR, with the register bus
  output logic              pci_valid_o,
  output logic              pci_write_o,
  output logic              pci_io_o,
  output logic [19:0]       pci_addr_o,
  output logic [3:0]        pci_be_o,
  output logic [31:0]       pci_wdata_o,
  input  logic [31:0]       pci_rdata_i, // of pci_addr_o
  input  logic [31:0]       pci_ioaddr_i,
  input  logic              pci_mem_en_i,
  input  logic              pci_io_en_i,

  output logic              reset_o, // CTRL.RST, to all modules
  output logic              idle_o,  // no pulse, reply or reset is visible

  // values of registers that others hold
  input  logic [31:0]       eecd_i,
  input  logic [31:0]       eerd_i,
  input  logic [31:0]       mdic_i,
  input  logic [CauseW-1:0] icr_i,
  input  logic [CauseW-1:0] ims_i,
  input  logic [15:0]       rdh_i,
  input  logic [15:0]       tdh_i,
  input  logic [31:0]       stats_rdata_i, // of bus_id_o
  input  logic [31:0]       pbm_rdata_i,   // of pbm_addr_o in the cycle before
  input  logic              phy_int_i,
  input  logic              txoff_i,

  // link: from phy; to mac_rx, mac_tx, irq
  input  logic              phy_link_i,
  input  logic              phy_fd_i,
  input  logic [1:0]        phy_speed_i, // 0=10 1=100 2=1000
  input  logic              phy_loopback_i,
  output logic              lu_o,
  output logic [1:0]        speed_o,
  output logic              fd_o,
  output logic              lsc_o,
  output logic              loopback_o,

  // eeprom: what it loads; CTRL passes through it
  input  logic [31:0]       ral0_i,
  input  logic [31:0]       rah0_i,
  output logic [31:0]       ee_ctrl_o,
  input  logic [31:0]       ee_ctrl_i,

  // rings start anew in this tick
  output logic              restart_rx_o,
  output logic              restart_tx_o,

  // values of plain registers
  output logic [31:0]       ctrl_o,
  output logic [31:0]       ctrl_ext_o,
  output logic [31:0]       rctl_o,
  output logic [31:0]       tctl_o,
  output logic [15:0]       itr_o,
  output logic [15:0]       rdtr_o,
  output logic [15:0]       radv_o,
  output logic [11:0]       rsrpd_o,
  output logic [15:0]       rxframes_o,
  output logic [15:0]       tidv_o,
  output logic [15:0]       tadv_o,
  output logic [15:0]       txframes_o,
  output logic [2:0]        mtctl_o,
  output logic [15:0]       mtdly_o,
  output logic [31:0]       rdbal_o,
  output logic [31:0]       rdbah_o,
  output logic [31:0]       rdlen_o,
  output logic [15:0]       rdt_o,
  output logic [31:0]       rxdctl_o,
  output logic [31:0]       tdbal_o,
  output logic [31:0]       tdbah_o,
  output logic [31:0]       tdlen_o,
  output logic [15:0]       tdt_o,
  output logic [31:0]       txdctl_o,
  output logic [31:0]       rxcsum_o,
  output logic [15:0]       vet_o,
  output logic [15:0]       fct_o,
  output logic [31:0]       fcal_o,
  output logic [15:0]       fcah_o,
  output logic [15:0]       fcttv_o,
  output logic [31:0]       fcrth_o,
  output logic [31:0]       fcrtl_o,
  output logic [31:0]       tipg_o,
  output logic [15:0]       ait_o,
  output logic [15:0]       pba_o, // KiB of the receive region
  output logic [RalW-1:0]   ral_o,
  output logic [RalW-1:0]   rah_o,

  // filter tables: row of an address, without a clock
  input  logic [MtaW-1:0]   mta_addr_i,
  output logic [31:0]       mta_row_o,
  input  logic [VftaW-1:0]  vfta_addr_i,
  output logic [31:0]       vfta_row_o,

  // packet buffer memory, in words of 32 bits
  output logic [PbmW-1:0]   pbm_addr_o, // comb. from the pins: for a read that is on them now
  output logic              pbm_we_o,
  output logic [PbmW-1:0]   pbm_waddr_o,
  output logic [31:0]       pbm_wdata_o
);

  // Values of csr_space_i.
  localparam logic [1:0] SpaceCfg = 2'(nic_pkg::NIC_SPACE_CFG);
  localparam logic [1:0] SpaceMem = 2'(nic_pkg::NIC_SPACE_MEM);
  localparam logic [1:0] SpaceIo  = 2'(nic_pkg::NIC_SPACE_IO);

  // The two registers of the I/O BAR: IOADDR, and behind it the window IODATA.
  localparam logic [19:0] IoAddr = 20'(nic_pkg::PCI_CONFIG_IOADDR);
  localparam logic [19:0] IoData = IoAddr + 20'd4;

  // Address bits that are decoded: the size of the memory BAR.
  localparam int unsigned SpaceW = $bits(nic_pkg::E1000_CTRL);

  localparam int unsigned CntW  = $clog2(nic_pkg::ResetCyc + 1);
  localparam int unsigned FileW = 32 * nic_pkg::E1000_P_COUNT;
  localparam int unsigned PosW  = nic_pkg::E1000_P_W;

  // Bits of the vector that CTRL.RST leaves alone: the registers that are kept, without the valid
  // bits of receive addresses; the directions of SDP6 and SDP7 (those of SDP0 and SDP1: ee_ctrl_o).
  localparam logic [31:0] Sdp01 =
      ((32'd1 << nic_pkg::E1000_CTRL_SDP01_DIR_W) - 32'd1) <<
      nic_pkg::E1000_CTRL_SDP01_DIR_LSB;
  localparam logic [31:0] Sdp67 =
      ((32'd1 << nic_pkg::E1000_CTRL_EXT_SDP67_DIR_W) - 32'd1) <<
      nic_pkg::E1000_CTRL_EXT_SDP67_DIR_LSB;
  localparam logic [31:0] Av = 32'd1 << nic_pkg::E1000_RAH_AV_LSB;
  localparam logic [FileW-1:0] FileReset = nic_pkg::E1000_P_RESET;
  localparam logic [FileW-1:0] FileWmask = nic_pkg::E1000_P_WMASK;
  localparam logic [FileW-1:0] FileKeep =
      (nic_pkg::E1000_P_KEEP &
       ~(FileW'({nic_pkg::E1000_RAH_COUNT{Av}}) << (32 * nic_pkg::E1000_P_RAH))) |
      (FileW'(Sdp67) << (32 * nic_pkg::E1000_P_CTRL_EXT));

  localparam int unsigned FfmtW = $clog2(nic_pkg::E1000_FFMT_COUNT);
  localparam int unsigned FfmtB = $clog2(nic_pkg::E1000_FFMT_WMASK + 32'd1); // bits of a word
  localparam int unsigned FfvtW = $clog2(nic_pkg::E1000_FFVT_COUNT);

  // plain registers
  logic [FileW-1:0] file_q;
  logic             load_q; // the first cycle after power-good: the EEPROM's words are loaded
  // register bus and the access behind it
  logic             acc_d, acc_q; // any access
  logic             valid_d, valid_q; // it reaches a register
  logic             read_q;
  logic [1:0]       space_q;
  logic [19:0]      addr_q;
  logic [3:0]       be_q;
  logic [31:0]      wdata_q;
  logic [15:0]      id_d, id_q;
  logic [15:0]      index_d, index_q;
  logic             plain_d, plain_q; // a plain register, at this place of the vector
  logic [PosW-1:0]  pos_d, pos_q;
  logic             rx_rise_d, rx_rise_q; // RCTL.EN rose with the write that is visible
  logic             tx_rise_d, tx_rise_q; // TCTL.EN
  logic             fwd_d, fwd_q; // a PBM read of the word that was written by the access before
  logic [31:0]      fwd_wdata_q;
  // reply
  logic             rvalid_d, rvalid_q;
  logic [31:0]      rdata_d, rdata_q;
  // reset
  logic             reset_d, reset_q;
  logic [CntW-1:0]  reset_cnt_d, reset_cnt_q; // in so many cycles, with this, RST reads 1
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
  assign bus_wdata_o = wdata_q;
  assign wrote       = valid_q && !read_q;

  assign pci_valid_o = acc_q && (space_q == SpaceCfg ||
                                 (space_q == SpaceIo && addr_q[19:2] == IoAddr[19:2] &&
                                  pci_io_en_i));
  assign pci_write_o = pci_valid_o && !read_q;
  assign pci_io_o    = space_q == SpaceIo;
  assign pci_addr_o  = addr_q;
  assign pci_be_o    = be_q;
  assign pci_wdata_o = wdata_q;

  assign csr_rvalid_o = rvalid_q;
  assign csr_rdata_o  = rdata_q;
  assign reset_o      = reset_q;
  assign idle_o       = !acc_q && !rvalid_q && !reset_q && !lsc_q;

  assign lu_o       = lu_q;
  assign speed_o    = speed_q;
  assign fd_o       = fd_q;
  assign lsc_o      = lsc_q;
  assign loopback_o = phy_loopback_i || (&rctl_o[nic_pkg::E1000_RCTL_LBM_LSB +:
                                                 nic_pkg::E1000_RCTL_LBM_W]);

  assign restart_rx_o = (wrote && (id_q == 16'(nic_pkg::E1000_R_RDH) ||
                                   id_q == 16'(nic_pkg::E1000_R_RDBAL) ||
                                   id_q == 16'(nic_pkg::E1000_R_RDBAH) ||
                                   id_q == 16'(nic_pkg::E1000_R_RDLEN))) || rx_rise_q;
  assign restart_tx_o = (wrote && (id_q == 16'(nic_pkg::E1000_R_TDH) ||
                                   id_q == 16'(nic_pkg::E1000_R_TDBAL) ||
                                   id_q == 16'(nic_pkg::E1000_R_TDBAH) ||
                                   id_q == 16'(nic_pkg::E1000_R_TDLEN))) || tx_rise_q;

  assign pbm_we_o    = wrote && id_q == 16'(nic_pkg::E1000_R_PBM);
  assign pbm_waddr_o = index_q[PbmW-1:0];
  assign pbm_wdata_o = wdata_q;

  assign ctrl_o     = file_q[32*nic_pkg::E1000_P_CTRL +: 32];
  assign ctrl_ext_o = file_q[32*nic_pkg::E1000_P_CTRL_EXT +: 32];
  assign rctl_o     = file_q[32*nic_pkg::E1000_P_RCTL +: 32];
  assign tctl_o     = file_q[32*nic_pkg::E1000_P_TCTL +: 32];
  assign itr_o      = file_q[32*nic_pkg::E1000_P_ITR +: 16];
  assign rdtr_o     = file_q[32*nic_pkg::E1000_P_RDTR +: 16];
  assign radv_o     = file_q[32*nic_pkg::E1000_P_RADV +: 16];
  assign rsrpd_o    = file_q[32*nic_pkg::E1000_P_RSRPD +: 12];
  assign rxframes_o = file_q[32*nic_pkg::E1000_P_RXFRAMES +: 16];
  assign tidv_o     = file_q[32*nic_pkg::E1000_P_TIDV +: 16];
  assign tadv_o     = file_q[32*nic_pkg::E1000_P_TADV +: 16];
  assign txframes_o = file_q[32*nic_pkg::E1000_P_TXFRAMES +: 16];
  assign mtctl_o    = file_q[32*nic_pkg::E1000_P_MTCTL +: 3];
  assign mtdly_o    = file_q[32*nic_pkg::E1000_P_MTDLY +: 16];
  assign rdbal_o    = file_q[32*nic_pkg::E1000_P_RDBAL +: 32];
  assign rdbah_o    = file_q[32*nic_pkg::E1000_P_RDBAH +: 32];
  assign rdlen_o    = file_q[32*nic_pkg::E1000_P_RDLEN +: 32];
  assign rdt_o      = file_q[32*nic_pkg::E1000_P_RDT +: 16];
  assign rxdctl_o   = file_q[32*nic_pkg::E1000_P_RXDCTL +: 32];
  assign tdbal_o    = file_q[32*nic_pkg::E1000_P_TDBAL +: 32];
  assign tdbah_o    = file_q[32*nic_pkg::E1000_P_TDBAH +: 32];
  assign tdlen_o    = file_q[32*nic_pkg::E1000_P_TDLEN +: 32];
  assign tdt_o      = file_q[32*nic_pkg::E1000_P_TDT +: 16];
  assign txdctl_o   = file_q[32*nic_pkg::E1000_P_TXDCTL +: 32];
  assign rxcsum_o   = file_q[32*nic_pkg::E1000_P_RXCSUM +: 32];
  assign vet_o      = file_q[32*nic_pkg::E1000_P_VET +: 16];
  assign fct_o      = file_q[32*nic_pkg::E1000_P_FCT +: 16];
  assign fcal_o     = file_q[32*nic_pkg::E1000_P_FCAL +: 32];
  assign fcah_o     = file_q[32*nic_pkg::E1000_P_FCAH +: 16];
  assign fcttv_o    = file_q[32*nic_pkg::E1000_P_FCTTV +: 16];
  assign fcrth_o    = file_q[32*nic_pkg::E1000_P_FCRTH +: 32];
  assign fcrtl_o    = file_q[32*nic_pkg::E1000_P_FCRTL +: 32];
  assign tipg_o     = file_q[32*nic_pkg::E1000_P_TIPG +: 32];
  assign ait_o      = file_q[32*nic_pkg::E1000_P_AIT +: 16];
  assign pba_o      = 16'(file_q[32*nic_pkg::E1000_P_PBA + nic_pkg::E1000_PBA_RXA_LSB +:
                                 nic_pkg::E1000_PBA_RXA_W]);
  assign ral_o      = file_q[32*nic_pkg::E1000_P_RAL +: RalW];
  assign rah_o      = file_q[32*nic_pkg::E1000_P_RAH +: RalW];

  ////////////
  // Decode //
  ////////////

  logic [SpaceW-3:0] word; // address bits of the 32-bit word
  logic [PosW-1:0]   base;
  logic              reach, hit;
  logic              store;       // a register is written in this tick
  logic              rst, ee_rst; // by CTRL.RST, by CTRL_EXT.EE_RST

  always_comb begin
    word  = csr_addr_i[SpaceW-1:2];
    reach = pci_mem_en_i;
    if (csr_space_i == SpaceCfg) begin
      reach = 1'b0;
    end else if (csr_space_i == SpaceIo) begin
      word  = pci_ioaddr_i[SpaceW-1:2];
      reach = pci_io_en_i && csr_addr_i[19:2] == IoData[19:2] && pci_ioaddr_i[31:SpaceW] == '0;
    end

    acc_d   = csr_valid_i;
    hit     = 1'b0;
    id_d    = '0;
    index_d = '0;
    plain_d = 1'b0;
    base    = '0;
    if (csr_valid_i) begin
      {hit, id_d, index_d} = nic_pkg::reg_at(word);
      {plain_d, base}      = nic_pkg::reg_file(id_d);
    end
    pos_d = base + index_d[PosW-1:0];

    valid_d = reach && hit && (!csr_write_i || (&csr_be_i && reset_cnt_q == '0));
    store   = valid_d && csr_write_i;
    rst     = store && id_d == 16'(nic_pkg::E1000_R_CTRL) &&
              csr_wdata_i[nic_pkg::E1000_CTRL_RST_LSB];
    ee_rst  = store && id_d == 16'(nic_pkg::E1000_R_CTRL_EXT) &&
              csr_wdata_i[nic_pkg::E1000_CTRL_EXT_EE_RST_LSB];

    rx_rise_d = store && id_d == 16'(nic_pkg::E1000_R_RCTL) &&
                csr_wdata_i[nic_pkg::E1000_RCTL_EN_LSB] && !rctl_o[nic_pkg::E1000_RCTL_EN_LSB];
    tx_rise_d = store && id_d == 16'(nic_pkg::E1000_R_TCTL) &&
                csr_wdata_i[nic_pkg::E1000_TCTL_EN_LSB] && !tctl_o[nic_pkg::E1000_TCTL_EN_LSB];
    fwd_d     = pbm_we_o && index_d[PbmW-1:0] == pbm_waddr_o;

    reset_d     = rst;
    reset_cnt_d = reset_cnt_q == '0 ? '0 : reset_cnt_q - CntW'(1);
    if (rst) reset_cnt_d = CntW'(nic_pkg::ResetCyc);
  end

  assign pbm_addr_o = index_d[PbmW-1:0];

  // No use is made of the function number: there is only one.
  logic unused_csr_func;
  assign unused_csr_func = ^csr_func_i;

  ////////////
  // Tables //
  ////////////

  logic [31:0]      mta [nic_pkg::E1000_MTA_COUNT];
  logic [31:0]      vfta [nic_pkg::E1000_VFTA_COUNT];
  logic [FfmtB-1:0] ffmt [nic_pkg::E1000_FFMT_COUNT];
  logic [31:0]      ffvt [nic_pkg::E1000_FFVT_COUNT];
  // CTRL.RST clears the last two: words written since
  logic [nic_pkg::E1000_FFMT_COUNT-1:0] ffmt_set_q;
  logic [nic_pkg::E1000_FFVT_COUNT-1:0] ffvt_set_q;
  logic             mta_we, vfta_we, ffmt_we, ffvt_we;

  initial begin
    for (int i = 0; i < nic_pkg::E1000_MTA_COUNT; i++) mta[i] = nic_pkg::E1000_MTA_RESET;
    for (int i = 0; i < nic_pkg::E1000_VFTA_COUNT; i++) vfta[i] = nic_pkg::E1000_VFTA_RESET;
  end

  assign mta_we  = store && id_d == 16'(nic_pkg::E1000_R_MTA);
  assign vfta_we = store && id_d == 16'(nic_pkg::E1000_R_VFTA);
  assign ffmt_we = store && id_d == 16'(nic_pkg::E1000_R_FFMT);
  assign ffvt_we = store && id_d == 16'(nic_pkg::E1000_R_FFVT);

  assign mta_row_o  = mta[mta_addr_i];
  assign vfta_row_o = vfta[vfta_addr_i];

  always_ff @(posedge clk_i) begin
    if (mta_we) mta[index_d[MtaW-1:0]] <= csr_wdata_i & nic_pkg::E1000_MTA_WMASK;
    if (vfta_we) vfta[index_d[VftaW-1:0]] <= csr_wdata_i & nic_pkg::E1000_VFTA_WMASK;
    if (ffmt_we) ffmt[index_d[FfmtW-1:0]] <= csr_wdata_i[FfmtB-1:0];
    if (ffvt_we) ffvt[index_d[FfvtW-1:0]] <= csr_wdata_i & nic_pkg::E1000_FFVT_WMASK;
  end

  //////////
  // Read //
  //////////

  // Packet buffer: what is not for receive is for transmit, in KiB.
  localparam int unsigned PbKib = nic_pkg::PbBytes / 1024;

  logic [31:0] status;
  logic [31:0] pba;
  logic [31:0] value; // of the register on the bus

  always_comb begin
    status = '0;
    status[nic_pkg::E1000_STATUS_FD_LSB]    = fd_q;
    status[nic_pkg::E1000_STATUS_LU_LSB]    = lu_q;
    status[nic_pkg::E1000_STATUS_TXOFF_LSB] = txoff_i;
    status[nic_pkg::E1000_STATUS_SPEED_LSB +: nic_pkg::E1000_STATUS_SPEED_W] = speed_q;
    status[nic_pkg::E1000_STATUS_PCI66_LSB] = 1'b1;

    pba = '0;
    pba[nic_pkg::E1000_PBA_RXA_LSB +: nic_pkg::E1000_PBA_RXA_W] =
        pba_o[nic_pkg::E1000_PBA_RXA_W-1:0];
    if (pba_o < 16'(PbKib)) begin
      pba[nic_pkg::E1000_PBA_TXA_LSB +: nic_pkg::E1000_PBA_TXA_W] = 16'(PbKib) - pba_o;
    end

    case (id_q)
      16'(nic_pkg::E1000_R_CTRL): begin
        value = ctrl_o;
        value[nic_pkg::E1000_CTRL_RST_LSB] = reset_cnt_q != '0;
      end
      16'(nic_pkg::E1000_R_STATUS): value = status;
      16'(nic_pkg::E1000_R_CTRL_EXT): begin
        value = ctrl_ext_o;
        value[nic_pkg::E1000_CTRL_EXT_PHYINT_LSB] = phy_int_i;
      end
      16'(nic_pkg::E1000_R_EECD): value = eecd_i;
      16'(nic_pkg::E1000_R_EERD): value = eerd_i;
      16'(nic_pkg::E1000_R_MDIC): value = mdic_i;
      16'(nic_pkg::E1000_R_ICR),
      16'(nic_pkg::E1000_R_ICS): value = 32'(icr_i);
      16'(nic_pkg::E1000_R_IMS): value = 32'(ims_i);
      16'(nic_pkg::E1000_R_IMC): value = '0;
      16'(nic_pkg::E1000_R_RDH): value = 32'(rdh_i);
      16'(nic_pkg::E1000_R_TDH): value = 32'(tdh_i);
      16'(nic_pkg::E1000_R_PBA): value = pba;
      16'(nic_pkg::E1000_R_PBM): value = fwd_q ? fwd_wdata_q : pbm_rdata_i;
      16'(nic_pkg::E1000_R_MTA): value = mta[index_q[MtaW-1:0]];
      16'(nic_pkg::E1000_R_VFTA): value = vfta[index_q[VftaW-1:0]];
      16'(nic_pkg::E1000_R_FFMT): begin
        value = ffmt_set_q[index_q[FfmtW-1:0]] ? 32'(ffmt[index_q[FfmtW-1:0]]) : '0;
      end
      16'(nic_pkg::E1000_R_FFVT): begin
        value = ffvt_set_q[index_q[FfvtW-1:0]] ? ffvt[index_q[FfvtW-1:0]] : '0;
      end
      default: begin
        value = '0; // what cannot be written reads 0
        if (plain_q) value = file_q[32*pos_q +: 32];
        if (id_q >= 16'(nic_pkg::E1000_R_CRCERRS) && id_q <= 16'(nic_pkg::E1000_R_TSCTFC)) begin
          value = stats_rdata_i;
        end
      end
    endcase

    rvalid_d = acc_q && read_q;
    rdata_d  = '0;
    if (rvalid_d) begin
      if (space_q == SpaceCfg) rdata_d = pci_rdata_i;
      else if (pci_valid_o) rdata_d = pci_ioaddr_i;
      else if (valid_q) rdata_d = value;
      else if (!(space_q == SpaceMem && pci_mem_en_i) &&
               !(space_q == SpaceIo && pci_io_en_i)) rdata_d = '1; // nobody answers
    end
  end

  ////////////////////
  // Reset and link //
  ////////////////////

  // CTRL before this tick's write: anew after power-good and CTRL.RST, with the bits of the EEPROM.
  logic [31:0] ctrl;
  logic        anew, forced;

  assign anew      = load_q || reset_q;
  assign ee_ctrl_o = reset_q ? nic_pkg::E1000_CTRL_RESET | (ctrl_o & Sdp01) : ctrl_o;
  assign ctrl      = anew ? ee_ctrl_i : ctrl_o;

  always_comb begin
    forced = ctrl[nic_pkg::E1000_CTRL_FRCSPD_LSB] ||
             (reset_q ? nic_pkg::E1000_CTRL_EXT_RESET[nic_pkg::E1000_CTRL_EXT_SPD_BYPS_LSB]
                      : ctrl_ext_o[nic_pkg::E1000_CTRL_EXT_SPD_BYPS_LSB]);
    lu_d    = phy_link_i && (ctrl[nic_pkg::E1000_CTRL_SLU_LSB] || phy_loopback_i);
    speed_d = forced ? ctrl[nic_pkg::E1000_CTRL_SPEED_LSB +: nic_pkg::E1000_CTRL_SPEED_W]
                     : phy_speed_i;
    if (speed_d == 2'd3) speed_d = 2'd2;
    fd_d    = ctrl[nic_pkg::E1000_CTRL_FRCDPLX_LSB] ? ctrl[nic_pkg::E1000_CTRL_FD_LSB] : phy_fd_i;
    lsc_d   = lu_d != (lu_q && !reset_q); // a reset takes the link down in silence
  end

  /////////////////////
  // Plain registers //
  /////////////////////

  // No _d of so many bits: each register is loaded when it changes. Never all in one
  // statement: the code of Verilator 5.006 for constants so wide writes beyond their end.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned p = 0; p < nic_pkg::E1000_P_COUNT; p++) begin
        file_q[32*p +: 32] <= FileReset[32*p +: 32];
      end
      ffmt_set_q <= '0;
      ffvt_set_q <= '0;
    end else begin
      if (reset_q) begin
        for (int unsigned p = 0; p < nic_pkg::E1000_P_COUNT; p++) begin
          file_q[32*p +: 32] <= (file_q[32*p +: 32] & FileKeep[32*p +: 32]) |
                                (FileReset[32*p +: 32] & ~FileKeep[32*p +: 32]);
        end
        ffmt_set_q <= '0;
        ffvt_set_q <= '0;
      end
      if (store && plain_d) begin
        for (int unsigned p = 0; p < nic_pkg::E1000_P_COUNT; p++) begin
          if (pos_d == PosW'(p)) begin
            file_q[32*p +: 32] <= (file_q[32*p +: 32] & ~FileWmask[32*p +: 32]) |
                                  (csr_wdata_i & FileWmask[32*p +: 32]);
          end
        end
      end
      if (ffmt_we) ffmt_set_q[index_d[FfmtW-1:0]] <= 1'b1;
      if (ffvt_we) ffvt_set_q[index_d[FfvtW-1:0]] <= 1'b1;
      if (anew || ee_rst) begin
        file_q[32*nic_pkg::E1000_P_CTRL +: 32] <= ee_ctrl_i;
        file_q[32*nic_pkg::E1000_P_RAL +: 32]  <= ral0_i;
        file_q[32*nic_pkg::E1000_P_RAH +: 32]  <= rah0_i;
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
      valid_q     <= 1'b0;
      read_q      <= 1'b0;
      space_q     <= '0;
      addr_q      <= '0;
      be_q        <= '0;
      wdata_q     <= '0;
      id_q        <= '0;
      index_q     <= '0;
      plain_q     <= 1'b0;
      pos_q       <= '0;
      rx_rise_q   <= 1'b0;
      tx_rise_q   <= 1'b0;
      fwd_q       <= 1'b0;
      fwd_wdata_q <= '0;
      rvalid_q    <= 1'b0;
      rdata_q     <= '0;
      reset_q     <= 1'b0;
      reset_cnt_q <= '0;
      lu_q        <= 1'b0;
      fd_q        <= 1'b1;
      speed_q     <= 2'd2;
      lsc_q       <= 1'b0;
    end else begin
      load_q      <= 1'b0;
      acc_q       <= acc_d;
      valid_q     <= valid_d;
      rx_rise_q   <= rx_rise_d;
      tx_rise_q   <= tx_rise_d;
      rvalid_q    <= rvalid_d;
      rdata_q     <= rdata_d;
      reset_q     <= reset_d;
      reset_cnt_q <= reset_cnt_d;
      lu_q        <= lu_d;
      fd_q        <= fd_d;
      speed_q     <= speed_d;
      lsc_q       <= lsc_d;
      if (acc_d) begin
        read_q      <= !csr_write_i;
        space_q     <= csr_space_i;
        addr_q      <= csr_addr_i;
        be_q        <= csr_be_i;
        wdata_q     <= csr_wdata_i;
        id_q        <= id_d;
        index_q     <= index_d;
        plain_q     <= plain_d;
        pos_q       <= pos_d;
        fwd_q       <= fwd_d;
        fwd_wdata_q <= wdata_q;
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
      AnewAlone_A: assert (!(anew && store));
      // The whole reset lies behind its pulse.
      ResetCnt_A:  assert (!reset_q || reset_cnt_q == CntW'(nic_pkg::ResetCyc));
      // The EEPROM's words have no bits that a register has not.
      EeBits_A:    assert (!(anew || ee_rst) ||
                           ((rah0_i & ~nic_pkg::E1000_RAH_WMASK) == '0 &&
                            ((ee_ctrl_i ^ ee_ctrl_o) & ~nic_pkg::E1000_CTRL_WMASK) == '0));
    end
  end
`endif

endmodule
