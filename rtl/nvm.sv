// SPDX-License-Identifier: Apache-2.0
// The NVM of the 82576 as software reaches it (EECD, EERD), the words that the hardware loads, and
// the semaphore that software takes first (SWSM). Twin of model/nvm.c.
//
// Cycle contract: that of model/nvm.h. An EERD read that begins in tick c ends in tick c + EerdCyc.
// Order within a tick: end of the EERD read, register access, CTRL.RST.
//
// The contents are a memory that nobody writes: they have an initial value, and no reset touches
// them. What the hardware loads is read at constant addresses.
// Differences in form: the C holds the end of a read as a cycle, this is a down counter; in cycle n
// it is end - n + 1: 1 ends in this tick, 0 = idle.
// Known differences: none.

module nvm #(
  // First wire byte in bits 7:0.
  parameter logic [47:0] Mac = nic_pkg::DefaultMac
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        reset_i, // CTRL.RST, FLR of the PF

  // register bus
  input  logic        csr_valid_i,
  input  logic        csr_write_i,
  input  logic [15:0] csr_id_i,
  input  logic [31:0] csr_wdata_i,

  // to regs: the registers as software reads them
  output logic [31:0] eecd_o,
  output logic [31:0] eerd_o,
  output logic [31:0] swsm_o,

  // to regs: what a reset loads
  output logic [31:0] ral0_o,
  output logic [31:0] rah0_o,

  // to pci_config_82576: dwords 00h and 2Ch, device id of VFs
  output logic [31:0] pci_id_o,
  output logic [31:0] pci_subsystem_o,
  output logic [15:0] vf_device_o
);

  localparam int unsigned Words  = nic_82576_pkg::NvmWords;
  localparam int unsigned AddrW  = $clog2(Words);
  localparam int unsigned EerdW  = $clog2(nic_pkg::EerdCyc + 1);
  localparam int unsigned SizeEx = AddrW - 6; // EECD.SIZE_EX

  // Fields.
  localparam int unsigned ErAdL = nic_82576_pkg::IGB_EERD_ADDR_LSB;
  localparam int unsigned ErAdW = nic_82576_pkg::IGB_EERD_ADDR_W;
  localparam int unsigned Smbi  = nic_82576_pkg::IGB_SWSM_SMBI_LSB;

  // Words.
  localparam int unsigned WordMac       = nic_82576_pkg::IGB_EE_MAC;
  localparam int unsigned WordSubsystem = nic_82576_pkg::IGB_EE_SUBSYSTEM;
  localparam int unsigned WordSubvendor = nic_82576_pkg::IGB_EE_SUBVENDOR;
  localparam int unsigned WordDevice    = nic_82576_pkg::IGB_EE_DEVICE;
  localparam int unsigned WordVendor    = nic_82576_pkg::IGB_EE_VENDOR;
  localparam int unsigned WordVfDevice  = nic_82576_pkg::IGB_EE_VF_DEVICE;
  localparam int unsigned WordChecksum  = nic_82576_pkg::IGB_EE_CHECKSUM;

  // A word of a valid image but for the checksum: nvm_image() of the C.
  function automatic logic [15:0] image(input int unsigned at);
    unique case (at)
      WordMac:       image = Mac[15:0];
      WordMac + 1:   image = Mac[31:16];
      WordMac + 2:   image = Mac[47:32];
      WordSubsystem: image = nic_82576_pkg::IGB_CFG_SUBSYSTEM_RESET[31:16];
      WordSubvendor: image = nic_82576_pkg::IGB_CFG_SUBSYSTEM_RESET[15:0];
      WordDevice:    image = nic_82576_pkg::IGB_CFG_ID_RESET[31:16];
      WordVendor:    image = nic_82576_pkg::IGB_CFG_ID_RESET[15:0];
      WordVfDevice:  image = nic_82576_pkg::IGB_CFG_SRIOV_DID_RESET[31:16];
      nic_82576_pkg::IGB_EE_LED:     image = nic_82576_pkg::IGB_EE_LED_INIT;
      nic_82576_pkg::IGB_EE_VERSION: image = nic_82576_pkg::IGB_EE_VERSION_INIT;
      nic_82576_pkg::IGB_EE_BOARD:   image = nic_82576_pkg::IGB_EE_BOARD_INIT;
      nic_82576_pkg::IGB_EE_BOARD2:  image = nic_82576_pkg::IGB_EE_BOARD2_INIT;
      nic_82576_pkg::IGB_EE_INIT2:   image = nic_82576_pkg::IGB_EE_INIT2_INIT;
      nic_82576_pkg::IGB_EE_INIT3B:  image = nic_82576_pkg::IGB_EE_INIT3B_INIT;
      nic_82576_pkg::IGB_EE_INIT3:   image = nic_82576_pkg::IGB_EE_INIT3_INIT;
      nic_82576_pkg::IGB_EE_ALT_MAC: image = nic_82576_pkg::IGB_EE_ALT_MAC_INIT;
      nic_82576_pkg::IGB_EE_ETRACK:  image = nic_82576_pkg::IGB_EE_ETRACK_INIT;
      nic_82576_pkg::IGB_EE_ETRACK2: image = nic_82576_pkg::IGB_EE_ETRACK2_INIT;
      default: image = '0;
    endcase
  endfunction

  function automatic logic [15:0] checksum();
    checksum = 16'(nic_pkg::EepromSum);
    for (int unsigned i = 0; i < WordChecksum; i++) checksum = checksum - image(i);
  endfunction

  logic [15:0]      word_q [Words];         // the contents
  logic [EerdW-1:0] eerd_cnt_d, eerd_cnt_q; // EERD read
  logic [15:0]      eerd_data_d, eerd_data_q;
  logic [ErAdW-1:0] eerd_addr_d, eerd_addr_q;
  logic             eerd_done_d, eerd_done_q;
  logic             sk_d, sk_q;             // EECD bits as written
  logic             cs_d, cs_q;
  logic             di_d, di_q;
  logic             req_d, req_q;
  logic [31:0]      swsm_d, swsm_q;

  ////////////////////////
  // Outputs from state //
  ////////////////////////

  always_comb begin
    eecd_o = '0;
    eecd_o[nic_82576_pkg::IGB_EECD_SK_LSB]      = sk_q;
    eecd_o[nic_82576_pkg::IGB_EECD_CS_LSB]      = cs_q;
    eecd_o[nic_82576_pkg::IGB_EECD_DI_LSB]      = di_q;
    eecd_o[nic_82576_pkg::IGB_EECD_REQ_LSB]     = req_q;
    eecd_o[nic_82576_pkg::IGB_EECD_GNT_LSB]     = req_q;
    eecd_o[nic_82576_pkg::IGB_EECD_PRES_LSB]    = 1'b1;
    eecd_o[nic_82576_pkg::IGB_EECD_AUTO_RD_LSB] = 1'b1;
    eecd_o[nic_82576_pkg::IGB_EECD_SIZE_EX_LSB +: nic_82576_pkg::IGB_EECD_SIZE_EX_W] =
        nic_82576_pkg::IGB_EECD_SIZE_EX_W'(SizeEx);

    eerd_o = '0;
    eerd_o[nic_82576_pkg::IGB_EERD_DONE_LSB] = eerd_done_q;
    eerd_o[ErAdL +: ErAdW] = eerd_addr_q;
    eerd_o[nic_82576_pkg::IGB_EERD_DATA_LSB +: 16] = eerd_data_q;
  end

  assign swsm_o = swsm_q;

  ///////////////////////////////////
  // Words that the hardware loads //
  ///////////////////////////////////

  always_comb begin
    ral0_o = {word_q[WordMac + 1], word_q[WordMac]};
    rah0_o = {16'b0, word_q[WordMac + 2]};
    rah0_o[nic_82576_pkg::IGB_RAH_AV_LSB] = 1'b1;
  end

  assign pci_id_o        = {word_q[WordDevice], word_q[WordVendor]};
  assign pci_subsystem_o = {word_q[WordSubsystem], word_q[WordSubvendor]};
  assign vf_device_o     = word_q[WordVfDevice];

  ////////////////
  // Next state //
  ////////////////

  logic write;
  logic eecd_write, eerd_write, swsm_write, swsm_read;
  logic start;    // EERD.START
  logic eerd_end; // the EERD read ends in this tick

  assign write      = csr_valid_i && csr_write_i;
  assign eecd_write = write && csr_id_i == 16'(nic_82576_pkg::IGB_R_EECD);
  assign eerd_write = write && csr_id_i == 16'(nic_82576_pkg::IGB_R_EERD);
  assign swsm_write = write && csr_id_i == 16'(nic_82576_pkg::IGB_R_SWSM);
  assign swsm_read  = csr_valid_i && !csr_write_i && csr_id_i == 16'(nic_82576_pkg::IGB_R_SWSM);
  assign start      = eerd_write && csr_wdata_i[nic_82576_pkg::IGB_EERD_START_LSB];
  assign eerd_end   = eerd_cnt_q == EerdW'(1);

  // EECD.
  always_comb begin
    sk_d  = sk_q;
    cs_d  = cs_q;
    di_d  = di_q;
    req_d = req_q;
    if (eecd_write) begin
      sk_d  = csr_wdata_i[nic_82576_pkg::IGB_EECD_SK_LSB];
      cs_d  = csr_wdata_i[nic_82576_pkg::IGB_EECD_CS_LSB];
      di_d  = csr_wdata_i[nic_82576_pkg::IGB_EECD_DI_LSB];
      req_d = csr_wdata_i[nic_82576_pkg::IGB_EECD_REQ_LSB];
    end
    if (reset_i) begin
      sk_d  = 1'b0;
      cs_d  = 1'b0;
      di_d  = 1'b0;
      req_d = 1'b0;
    end
  end

  // EERD.
  always_comb begin
    eerd_cnt_d  = eerd_cnt_q == '0 ? '0 : eerd_cnt_q - EerdW'(1);
    eerd_addr_d = eerd_addr_q;
    eerd_data_d = eerd_data_q;
    eerd_done_d = eerd_done_q;
    if (eerd_end) begin
      eerd_done_d = 1'b1;
      eerd_data_d = word_q[eerd_addr_q[AddrW-1:0]];
    end
    if (start || (eerd_write && (eerd_cnt_q == '0 || eerd_end))) begin
      eerd_addr_d = csr_wdata_i[ErAdL +: ErAdW];
    end
    if (start) begin
      eerd_done_d = 1'b0;
      eerd_cnt_d  = EerdW'(nic_pkg::EerdCyc);
    end
    if (reset_i) begin
      eerd_cnt_d  = '0;
      eerd_addr_d = '0;
      eerd_data_d = '0;
      eerd_done_d = 1'b0;
    end
  end

  // SWSM: SMBI is got by reading, and given back by writing 0.
  always_comb begin
    swsm_d = swsm_q;
    if (swsm_read) swsm_d[Smbi] = 1'b1;
    if (swsm_write) begin
      swsm_d       = csr_wdata_i;
      swsm_d[Smbi] = csr_wdata_i[Smbi] && swsm_q[Smbi];
    end
    if (reset_i) swsm_d = '0;
  end

  //////////////
  // Contents //
  //////////////

  initial begin
    for (int unsigned i = 0; i < Words; i++) begin
      word_q[i] = i == WordChecksum ? checksum() : image(i);
    end
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      eerd_cnt_q  <= '0;
      eerd_data_q <= '0;
      eerd_addr_q <= '0;
      eerd_done_q <= 1'b0;
      sk_q        <= 1'b0;
      cs_q        <= 1'b0;
      di_q        <= 1'b0;
      req_q       <= 1'b0;
      swsm_q      <= '0;
    end else begin
      eerd_cnt_q  <= eerd_cnt_d;
      eerd_data_q <= eerd_data_d;
      eerd_addr_q <= eerd_addr_d;
      eerd_done_q <= eerd_done_d;
      sk_q        <= sk_d;
      cs_q        <= cs_d;
      di_q        <= di_d;
      req_q       <= req_d;
      swsm_q      <= swsm_d;
    end
  end

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      // A read runs, or is over.
      OneRead_A: assert (eerd_cnt_q == '0 || !eerd_done_q);
    end
  end
`endif

endmodule
