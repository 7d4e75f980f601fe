// SPDX-License-Identifier: Apache-2.0
// The copper PHY of the 82576 (IGP3 class) behind MDIC: its vendor's registers around phy_core.
// Twin of model/phy_igp3.c.
//
// Cycle contract: that of model/phy_igp3.h. Order within a tick: end of the MDIC operation, MDIC
// write, link, hardware reset (instead of the link).
// Known differences: none.

module phy_igp3 #(
  // A test build may negotiate faster.
  parameter int unsigned AutonegCyc = nic_pkg::PhyAutonegCyc
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        reset_i, // CTRL.RST: clears MDIC, does not touch the PHY

  // register bus
  input  logic        csr_valid_i,
  input  logic        csr_write_i,
  input  logic [15:0] csr_id_i,
  input  logic [31:0] csr_wdata_i,

  // from regs
  input  logic        phy_rst_i, // CTRL.PHY_RST: level, holds the PHY in hardware reset

  // pins: the link partner
  input  logic        lp_present_i,
  input  logic [1:0]  lp_speed_i, // its fastest: 0=10 1=100 2=1000
  input  logic        lp_pause_i,

  // to regs
  output logic [31:0] mdic_o,
  output logic        link_o,
  output logic        fd_o,       // full duplex; the last link's while there is none
  output logic [1:0]  speed_o,    // 0=10 1=100 2=1000; likewise
  output logic        loopback_o, // transmitted bytes return, nothing is sent on the wire

  // to irq_82576
  output logic        mdac_o      // pulse: MDIO access complete
);

  // Addresses.
  localparam logic [15:0] RegPconf = 16'(nic_82576_pkg::IGB_PHY_PCONF);
  localparam logic [15:0] RegPstat = 16'(nic_82576_pkg::IGB_PHY_PSTAT);
  localparam logic [15:0] RegPctrl = 16'(nic_82576_pkg::IGB_PHY_PCTRL);
  localparam logic [15:0] RegLhr   = 16'(nic_82576_pkg::IGB_PHY_LHR);
  localparam logic [15:0] Reg14    = 16'(nic_82576_pkg::IGB_PHY_REG14);
  localparam logic [15:0] RegPm    = 16'(nic_82576_pkg::IGB_PHY_PM);
  localparam logic [15:0] Reg1b    = 16'(nic_82576_pkg::IGB_PHY_REG1B);
  localparam logic [15:0] RegPage  = 16'(nic_82576_pkg::IGB_PHY_PAGE);
  localparam logic [15:0] RegPcs   = 16'(nic_82576_pkg::IGB_PHY_PCS);
  localparam logic [15:0] RegAgcA  = 16'(nic_82576_pkg::IGB_PHY_AGC_A);
  localparam logic [15:0] RegAgcB  = 16'(nic_82576_pkg::IGB_PHY_AGC_B);
  localparam logic [15:0] RegAgcC  = 16'(nic_82576_pkg::IGB_PHY_AGC_C);
  localparam logic [15:0] RegAgcD  = 16'(nic_82576_pkg::IGB_PHY_AGC_D);

  localparam logic [4:0]  Unpaged    = 5'(nic_pkg::E1000_PHY_EPSTATUS); // up to here
  localparam int unsigned PageL      = nic_82576_pkg::IGB_PHY_PAGE_PAGE_LSB;
  localparam int unsigned PstatSpeed = nic_82576_pkg::IGB_PHY_PSTAT_SPEED_LSB;

  logic [15:0] pconf_d, pconf_q;
  logic [15:0] pctrl_d, pctrl_q;
  logic [15:0] reg14_d, reg14_q;
  logic [15:0] pm_d, pm_q;
  logic [15:0] reg1b_d, reg1b_q;
  logic [15:0] page_d, page_q;

  //////////
  // Core //
  //////////

  logic        op_write; // an operation of MDIC on a register
  logic [4:0]  op_reg;
  logic [15:0] op_data;
  logic [15:0] value;    // of the register
  logic        unused_op_read, unused_soft_rst, unused_changed, unused_pause;

  phy_core #(
    .AutonegCyc (AutonegCyc),
    .MdicId     (nic_82576_pkg::IGB_R_MDIC),
    .Id1        (nic_82576_pkg::IGB_PHY_ID1_INIT),
    .Id2        (nic_82576_pkg::IGB_PHY_ID2_INIT),
    .ResetAna   (nic_82576_pkg::IGB_PHY_ANA_INIT),
    .ResetGcon  (nic_82576_pkg::IGB_PHY_GCON_INIT),
    .Multiport  (1'b0)
  ) u_core (
    .clk_i,
    .rst_ni,
    .reset_i,
    .csr_valid_i,
    .csr_write_i,
    .csr_id_i,
    .csr_wdata_i,
    .phy_rst_i,
    .lp_present_i,
    .lp_speed_i,
    .lp_pause_i,
    .op_read_o  (unused_op_read),
    .op_write_o (op_write),
    .op_reg_o   (op_reg),
    .op_data_o  (op_data),
    .op_value_i (value),
    .soft_rst_o (unused_soft_rst),
    .changed_o  (unused_changed),
    .pause_o    (unused_pause),
    .mdic_o,
    .link_o,
    .fd_o,
    .speed_o,
    .loopback_o,
    .mdac_o
  );

  ////////////////////////
  // Value of registers //
  ////////////////////////

  logic [15:0] address;
  logic [15:0] pstat;

  always_comb begin
    address = 16'(op_reg);
    if (op_reg > Unpaged && address != RegPage) address[15:PageL] = page_q[15:PageL];

    pstat = '0;
    if (link_o) pstat[PstatSpeed +: 2] = speed_o + 2'd1;
  end

  always_comb begin
    value = '0;
    unique case (address)
      RegPconf: value = pconf_q;
      RegPstat: value = pstat;
      RegPctrl: value = pctrl_q;
      RegLhr: value = nic_82576_pkg::IGB_PHY_LHR_INIT;
      Reg14: value = reg14_q;
      RegPm: value = pm_q;
      Reg1b: value = reg1b_q;
      RegPage: value = page_q;
      RegPcs: value = nic_82576_pkg::IGB_PHY_PCS_INIT;
      RegAgcA: value = nic_82576_pkg::IGB_PHY_AGC_A_INIT;
      RegAgcB: value = nic_82576_pkg::IGB_PHY_AGC_B_INIT;
      RegAgcC: value = nic_82576_pkg::IGB_PHY_AGC_C_INIT;
      RegAgcD: value = nic_82576_pkg::IGB_PHY_AGC_D_INIT;
      default: ;
    endcase
  end

  ////////////////
  // Next state //
  ////////////////

  always_comb begin
    pconf_d = pconf_q;
    pctrl_d = pctrl_q;
    reg14_d = reg14_q;
    pm_d    = pm_q;
    reg1b_d = reg1b_q;
    page_d  = page_q;
    if (op_write) begin
      unique case (address)
        RegPconf: pconf_d = op_data;
        RegPctrl: pctrl_d = op_data;
        Reg14: reg14_d = op_data;
        RegPm: pm_d = op_data;
        Reg1b: reg1b_d = op_data;
        RegPage: page_d = op_data;
        default: ;
      endcase
    end
    if (phy_rst_i) begin
      pconf_d = nic_82576_pkg::IGB_PHY_PCONF_INIT;
      pctrl_d = nic_82576_pkg::IGB_PHY_PCTRL_INIT;
      reg14_d = nic_82576_pkg::IGB_PHY_REG14_INIT;
      pm_d    = nic_82576_pkg::IGB_PHY_PM_INIT;
      reg1b_d = nic_82576_pkg::IGB_PHY_REG1B_INIT;
      page_d  = nic_82576_pkg::IGB_PHY_PAGE_INIT;
    end
  end

  ////////////////////
  // State register //
  ////////////////////

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pconf_q <= nic_82576_pkg::IGB_PHY_PCONF_INIT;
      pctrl_q <= nic_82576_pkg::IGB_PHY_PCTRL_INIT;
      reg14_q <= nic_82576_pkg::IGB_PHY_REG14_INIT;
      pm_q    <= nic_82576_pkg::IGB_PHY_PM_INIT;
      reg1b_q <= nic_82576_pkg::IGB_PHY_REG1B_INIT;
      page_q  <= nic_82576_pkg::IGB_PHY_PAGE_INIT;
    end else begin
      pconf_q <= pconf_d;
      pctrl_q <= pctrl_d;
      reg14_q <= reg14_d;
      pm_q    <= pm_d;
      reg1b_q <= reg1b_d;
      page_q  <= page_d;
    end
  end

endmodule
